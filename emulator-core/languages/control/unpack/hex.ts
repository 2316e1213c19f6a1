/**
 * Page files: the text form of pages, read back to the pages of each uC.
 *
 *     ff ff 00 00 ...  ──▶ bytes ──▶ pages of 8192 bytes ──▶ a uC wherever the page numbers begin again
 *
 * Words of two hexadecimal digits with blanks between; how many stand on a line is no matter. A page file carries no
 * uC index and no relocations.
 */
import { controlCode } from '../../../device/abi/control-code.ts'
import type { Diagnostic } from '../../../sim/diagnostics.ts'
import { hasErrors } from '../../../sim/diagnostics.ts'
import { Report } from '../../text/source.ts'
import { unpackCodes } from './codes.ts'

const { page: layout } = controlCode

export interface ReadPages {
  /** Pages back to back for each run of page numbers; empty after an error. */
  readonly runs: readonly Uint8Array[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads a page file; diagnostics point at the text. */
export function readPagesHex(text: string, file: string): ReadPages {
  const report = new Report()
  const bytes = readBytes(text, file, report)
  if (!bytes) return { runs: [], diagnostics: report.diagnostics }
  const whole = { file, start: 0, end: text.length }
  if (bytes.length === 0) {
    report.error(unpackCodes.empty[0], whole, `${file} has no pages`)
  } else if (bytes.length % layout.bytes !== 0) {
    const message = `${file} has ${bytes.length} bytes, no whole number of pages of ${layout.bytes}`
    report.error(unpackCodes.pages[0], whole, message)
  }
  const runs = hasErrors(report.diagnostics) ? [] : splitRuns(bytes, file, report)
  return { runs, diagnostics: report.diagnostics }
}

function readBytes(text: string, file: string, report: Report): Uint8Array | undefined {
  const words = [...text.matchAll(/\S+/g)]
  const bytes = new Uint8Array(words.length)
  for (let i = 0; i < words.length; i++) {
    const [word] = words[i]
    if (/^[0-9a-fA-F]{2}$/.test(word)) {
      bytes[i] = Number.parseInt(word, 16)
      continue
    }
    const start = words[i].index
    const shown = word.length > 20 ? `${word.slice(0, 20)}...` : word
    const at = { file, start, end: start + word.length }
    const offset = `0x${i.toString(16)}`
    const message = `'${shown}' is no byte of two hexadecimal digits (byte ${offset} of ${file})`
    report.error(unpackCodes.pages[0], at, message)
    return undefined
  }
  return bytes
}

/** Each page says its number within the uC; where it is 0 the next uC begins. */
function splitRuns(bytes: Uint8Array, file: string, report: Report): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const starts: number[] = []
  for (let at = 0; at < bytes.length; at += layout.bytes) {
    const number = view.getUint16(at + layout.indexAt, true)
    if (number === 0) starts.push(at)
    const expected = (at - (starts.at(-1) ?? 0)) / layout.bytes
    if (view.getUint16(at, true) === layout.magic && number === expected) continue
    const message = `no page ${expected} begins at byte 0x${at.toString(16)} of ${file}`
    report.error(unpackCodes.pages[0], { file, start: 0, end: 1 }, message)
    return []
  }
  return starts.map((start, i) => bytes.subarray(start, starts[i + 1] ?? bytes.length))
}
