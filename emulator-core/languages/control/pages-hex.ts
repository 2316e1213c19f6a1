/** The text form of pages: all pages of all uCs, 8 bytes a line, lower-case hexadecimal, one space between. */
import type { ControlCode } from '../../artifacts/control-code.ts'

const bytesPerLine = 8

/** What `asm --pages` writes; every line ends with a line feed. */
export function pagesHex(code: ControlCode): string {
  const lines: string[] = []
  for (const uc of code.ucs) {
    for (let at = 0; at < uc.pages.length; at += bytesPerLine) {
      const row = uc.pages.subarray(at, at + bytesPerLine)
      lines.push(`${Array.from(row, (b) => b.toString(16).padStart(2, '0')).join(' ')}\n`)
    }
  }
  return lines.join('')
}
