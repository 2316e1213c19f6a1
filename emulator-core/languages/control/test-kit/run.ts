/** Short ways to assemble a text in tests. */
import { assemble } from '../assemble.ts'
import type { AssembleOptions, Assembled } from '../assemble.ts'

/** Options, and more files by name. */
export type Extra = Partial<AssembleOptions> & { readonly more?: Record<string, string> }

/** Assembles `source` as main.asm. */
export function run(source: string, extra: Extra = {}): Assembled {
  const { more = {}, ...options } = extra
  const files = new Map([['main.asm', source], ...Object.entries(more)])
  return assemble('main.asm', { files, ...options })
}

/** Code and the text the span covers, of every error. */
export function problems(source: string, extra: Extra = {}): string[] {
  const texts: Record<string, string> = { 'main.asm': source, ...extra.more }
  return run(source, extra)
    .diagnostics.filter((d) => d.severity !== 'note')
    .map((d) => `${d.code} ${texts[d.at.file]?.slice(d.at.start, d.at.end)}`)
}

export const lines = (...all: string[]) => `${all.join('\n')}\n`
export const wrap = (...body: string[]) => lines('START_JOB 0', ...body, 'END_JOB', 'EOF')
