/** Code requests: the control code that a host program needs, each kind once. */
import type { CodeRequest } from '../../artifacts/host-program.ts'
import type { Span } from '../../sim/diagnostics.ts'
import type { Word } from './reader.ts'

type Scalars = Extract<CodeRequest, { kind: 'sequence' }>['scalars']

export class CodeRequests {
  readonly list: CodeRequest[] = []
  private readonly keys: string[] = []

  /** Index of a design's sequence with these launch constants. */
  sequence(
    design: string | undefined,
    sequence: string | undefined,
    scalars: Scalars,
    argCount: number,
    at: Span,
  ): number {
    return this.add(JSON.stringify([design, sequence, scalars, argCount]), {
      kind: 'sequence',
      scalars,
      argCount,
      at,
      ...(design === undefined ? {} : { design }),
      ...(sequence === undefined ? {} : { sequence }),
    })
  }

  /** Index of hand-written control code. */
  control(words: Readonly<Record<number, Word>>, at: Span): number {
    const entries = Object.entries(words)
    const files = Object.fromEntries(entries.map(([uc, word]) => [uc, word.value]))
    const places = Object.fromEntries(entries.map(([uc, word]) => [uc, word.at]))
    return this.add(JSON.stringify(files), { kind: 'control', files, places, at })
  }

  private add(key: string, request: CodeRequest): number {
    const index = this.keys.indexOf(key)
    if (index >= 0) return index
    this.keys.push(key)
    return this.list.push(request) - 1
  }
}
