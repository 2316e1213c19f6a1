/**
 * Control code: what the assembler and the design compiler hand to the machine for the microcontrollers.
 *
 *     languages/* ──▶ ControlCode ──▶ runtime (copies pages to host memory, patches arguments)
 *                          └────────▶ debugger (where am I, what are these bytes)
 *
 * Plain data. Offsets count from the first byte of a page's text, that is 16 bytes behind the start of
 * the page; a relocation counts the same way.
 */
import { controlCode } from '../device/abi/control-code.ts'
import type { ControlTarget } from '../device/abi/control-code.ts'
import type { Span } from '../sim/diagnostics.ts'

export type ControlRules = '2025' | '2026'

/** A place in a page that must be changed when an address or a value becomes known. */
export interface ControlRelocation {
  readonly uc: number
  readonly page: number
  /** Bytes from the start of the page's text. */
  readonly offset: number
  /** Schema number of device/abi/control-code.ts. */
  readonly schema: number
  /** Decimal argument number, `control-code-<uc>`, a buffer's name or a run-time word. */
  readonly symbol: string
  /** The argument number when `symbol` is one. */
  readonly argument?: number
  readonly addend: number
}

/** Where one operation or data entry of a page comes from. */
export interface ControlPlace {
  readonly page: number
  readonly offset: number
  readonly sizeBytes: number
  readonly at: Span
  /** One-based line of `at`. */
  readonly line: number
  /** The operation as the source writes it, comments taken off. */
  readonly text: string
  /** Job number the operation belongs to, -1 for data and for EOF. */
  readonly job: number
  readonly kind: 'operation' | 'data'
}

/** A named piece of a page's data. */
export interface ControlLabel {
  readonly name: string
  readonly page: number
  readonly offset: number
  readonly sizeBytes: number
  /** 16: uC-DMA descriptors, 4: words. */
  readonly align: 4 | 16
  readonly at: Span
  readonly line: number
}

/** A chain of pages with a name: the main program is `default`. */
export interface ControlScope {
  readonly name: string
  readonly firstPage: number
  readonly pageCount: number
}

/** A place in data beside the pages that must be changed when an address becomes known. */
export interface DataPatch {
  /** Bytes from the start of the data. */
  readonly offset: number
  /** Schema number of device/abi/control-code.ts. */
  readonly schema: number
  readonly symbol: string
  /** The argument number when `symbol` is one. */
  readonly argument?: number
  readonly addend: number
}

/** A buffer that the loader places behind the pages (`.setpad`). */
export interface ControlPad {
  readonly name: string
  readonly offset: number
  readonly bytes: Uint8Array
  readonly patches?: readonly DataPatch[]
}

/** Control packets in a buffer of their own; relocations call it `.ctrlpkt-<id>`. */
export interface ControlPacket {
  readonly id: number
  readonly bytes: Uint8Array
  readonly patches: readonly DataPatch[]
}

/** What one uC executes. */
export interface UcControlCode {
  readonly uc: number
  /** All pages back to back, 8192 bytes each. */
  readonly pages: Uint8Array
  readonly scopes: readonly ControlScope[]
  /** Sorted by page, then offset. */
  readonly places: readonly ControlPlace[]
  readonly labels: readonly ControlLabel[]
  readonly pads: readonly ControlPad[]
}

export interface ControlPartition {
  readonly columns?: number
  readonly cores?: number
  /** Memory chunks of 256 KiB. */
  readonly memChunks?: number
}

export interface ControlCode {
  readonly target: ControlTarget
  readonly rules: ControlRules
  readonly partition?: ControlPartition
  /** Rows of a column from the south: shim, mem, core, north shim. */
  readonly rowTopology?: readonly [number, number, number, number]
  /** By rising uC index; only uCs that have pages. */
  readonly ucs: readonly UcControlCode[]
  readonly relocations: readonly ControlRelocation[]
  readonly packets?: readonly ControlPacket[]
}

/** Number of pages of one uC. */
export function pageCount(uc: UcControlCode): number {
  return uc.pages.length / controlCode.page.bytes
}

/** The operation or data entry that covers `offset` (from the start of the text), if any. */
export function placeAt(uc: UcControlCode, page: number, offset: number): ControlPlace | undefined {
  let low = 0
  let high = uc.places.length
  while (low < high) {
    const middle = (low + high) >> 1
    const place = uc.places[middle]
    if (place.page < page || (place.page === page && place.offset <= offset)) low = middle + 1
    else high = middle
  }
  const place = uc.places[low - 1]
  if (!place || place.page !== page || offset >= place.offset + place.sizeBytes) return undefined
  return place
}

/** Readable dump: pages with lengths, every operation and data entry with its bytes, relocations. */
export function dumpControlCode(code: ControlCode): string {
  const lines: string[] = [`target ${code.target}`]
  const { bytes: pageBytes, headerBytes, lengthAt, nextLengthAt } = controlCode.page
  for (const uc of code.ucs) {
    for (let page = 0; page < pageCount(uc); page++) {
      const base = page * pageBytes
      const view = new DataView(uc.pages.buffer, uc.pages.byteOffset + base, pageBytes)
      const scope = uc.scopes.find((s) => page >= s.firstPage && page < s.firstPage + s.pageCount)
      lines.push(
        `uc ${uc.uc} page ${page} ${scope?.name ?? ''} length ${view.getUint16(lengthAt, true)}` +
          ` next ${view.getUint16(nextLengthAt, true)}`,
      )
      for (const place of uc.places) {
        if (place.page !== page) continue
        const label = uc.labels.find((l) => l.page === page && l.offset === place.offset)
        if (label) lines.push(`${label.name}:`)
        const from = base + headerBytes + place.offset
        const hex = Array.from(uc.pages.subarray(from, from + place.sizeBytes), (b) =>
          b.toString(16).padStart(2, '0'),
        ).join('')
        lines.push(`  ${place.offset.toString(16).padStart(4, '0')}  ${hex}  ${place.text}`)
      }
    }
  }
  for (const r of code.relocations) {
    const where = `uc ${r.uc} page ${r.page} +${r.offset.toString(16).padStart(4, '0')}`
    lines.push(`relocation ${where} schema ${r.schema} ${r.symbol} + ${r.addend}`)
  }
  return lines.join('\n')
}
