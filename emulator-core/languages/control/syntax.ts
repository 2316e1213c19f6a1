/** Control-code source as tokens: what one line says, with places for people. */
import type { OperationSpec } from '../../device/abi/control-code.ts'
import type { Note, Span } from '../../sim/diagnostics.ts'
import { Report } from '../text/source.ts'
import type { Source } from '../text/source.ts'
import { controlCodes } from './codes.ts'
import type { ControlProblem } from './codes.ts'

/** One operand word: lower case, trailing commas taken off, and where it stands. */
export interface Word {
  readonly text: string
  readonly at: Span
}

export interface Token {
  readonly kind: 'label' | 'operation'
  /** Lower case. */
  readonly name: string
  readonly words: readonly Word[]
  /** The row of the opcode table, if the operation is in it. */
  readonly spec: OperationSpec | undefined
  /** File name as written; labels and jobs are told apart by it. */
  readonly file: string
  readonly at: Span
  readonly line: number
  /** As written, without a trailing comment. */
  readonly text: string
  /** Part of save or restore code, which no source holds; `at` is the PREEMPT. */
  readonly isGenerated?: boolean
}

/** A PREEMPT of the source. */
export interface PreemptPoint {
  readonly scope: ScopeSource
  /** Place in the text of the scope. */
  readonly index: number
  readonly token: Token
  /** Name of the hint map, empty when there is none. */
  readonly map: string
}

/** One scope of one uC: its jobs and its data, in the order written. */
export interface ScopeSource {
  /** `default` or `default:outer:inner`. */
  readonly name: string
  readonly text: Token[]
  readonly data: Token[]
}

export interface PadSource {
  readonly name: string
  readonly sizeBytes: number
  readonly content: Uint8Array | undefined
}

/** Counts of the operations that every uC must execute equally often. */
export type CountedOperation =
  | 'preempt'
  | 'load_pdi'
  | 'load_cores'
  | 'load_cores_cp'
  | 'start_cond_job_preempt'

export interface UcSource {
  readonly uc: number
  /** By full name, in order of appearance. */
  readonly scopes: Map<string, ScopeSource>
  readonly pads: Map<string, PadSource>
  readonly files: Set<string>
  readonly counts: Map<CountedOperation, Token[]>
  /** Scopes named by LOAD_PDI and LOAD_CORES, `operation @scope`. */
  readonly loads: Set<string>
  readonly preempts: PreemptPoint[]
  /** Labels that are hint maps. */
  readonly hintMaps: Set<Token>
}

/** One readable line: filtered text and, when bytes were dropped, where each character stood. */
export interface Line {
  readonly text: string
  readonly number: number
  readonly at: Span
  /** Offset in the file of character `index` of `text`. */
  place(index: number): number
}

/** Reports with the codes of the table. */
export class ControlReport {
  readonly report = new Report()

  error(problem: ControlProblem, at: Span, message: string, notes: readonly Note[] = []): void {
    this.report.error(controlCodes[problem][0], at, message, notes)
  }

  warning(problem: ControlProblem, at: Span, message: string, notes: readonly Note[] = []): void {
    this.report.warning(controlCodes[problem][0], at, message, notes)
  }

  note(problem: ControlProblem, at: Span, message: string): void {
    this.report.note(controlCodes[problem][0], at, message)
  }
}

function isReadable(code: number): boolean {
  return (code >= 32 && code <= 126) || code === 9 || code === 13
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13
}

/** Splits a source in trimmed lines without the bytes that the language does not read. */
export function readLines(source: Source, report: ControlReport): Line[] {
  const lines: Line[] = []
  const { text } = source
  let number = 0
  for (let from = 0; from <= text.length;) {
    const end = text.indexOf('\n', from)
    const to = end < 0 ? text.length : end
    number++
    const line = readLine(source, from, to, number, report)
    if (line) lines.push(line)
    from = to + 1
  }
  return lines
}

function readLine(
  source: Source,
  from: number,
  to: number,
  number: number,
  report: ControlReport,
): Line | undefined {
  const { text } = source
  let map: number[] | undefined
  let kept = ''
  let dropped = -1
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i)
    if (isReadable(code)) {
      map?.push(i)
      continue
    }
    if (dropped < 0) dropped = i
    if (!map) map = Array.from({ length: i - from }, (_, k) => from + k)
  }
  const places = map
  kept = places ? places.map((i) => text[i]).join('') : text.slice(from, to)
  let first = 0
  let last = kept.length
  while (first < last && isBlank(kept.charCodeAt(first))) first++
  while (last > first && isBlank(kept.charCodeAt(last - 1))) last--
  if (first === last) return undefined
  const place = (index: number) => (places ? places[index + first] : from + first + index)
  const comment = text.slice(from, to).indexOf(';')
  if (dropped >= 0 && (comment < 0 || dropped < from + comment)) {
    const message = 'characters that are not printable ASCII are dropped here'
    report.warning('droppedBytes', source.span(dropped, dropped + 1), message)
  }
  const trimmed = kept.slice(first, last)
  const at = source.span(place(0), place(trimmed.length - 1) + 1)
  return { text: trimmed, number, at, place }
}

/**
 * Splits operands on blanks; only the space separates, as in the reference assembler. A word of commas alone
 * stays, as an empty one: the assembler of 2025 reads it, that of 2026 drops it.
 */
export function readWords(source: Source, line: Line, from: number): Word[] {
  const words: Word[] = []
  const { text } = line
  for (let i = from; i < text.length;) {
    if (text[i] === ' ') {
      i++
      continue
    }
    let end = text.indexOf(' ', i)
    if (end < 0) end = text.length
    let last = end
    while (last > i && text[last - 1] === ',') last--
    const stop = last > i ? last : i + 1
    const at = source.span(line.place(i), line.place(stop - 1) + 1)
    words.push({ text: text.slice(i, last).toLowerCase(), at })
    i = end
  }
  return words
}
