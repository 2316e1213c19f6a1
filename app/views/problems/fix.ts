/** Fixes: from lines and columns to the text after the edit that a diagnostic proposes. */
import type { Problem } from '../../../emulator-core/worker/protocol.ts'
import type { Place } from '../../../emulator-core/worker/frame.ts'

/** Offset of a one-based place in a text; places beyond the text are its end. */
export function offsetAt(text: string, { line, column }: Pick<Place, 'line' | 'column'>): number {
  let start = 0
  for (let at = 1; at < line; at++) {
    const next = text.indexOf('\n', start)
    if (next < 0) return text.length
    start = next + 1
  }
  return Math.min(text.length, start + column - 1)
}

/** The text after the fix. */
export function applyFix(text: string, fix: NonNullable<Problem['fix']>): string {
  return text.slice(0, offsetAt(text, fix.from)) + fix.text + text.slice(offsetAt(text, fix.to))
}
