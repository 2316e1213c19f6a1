/**
 * A page taken apart: its operations and jobs, and where its data must be by what the header says.
 *
 *     header 16 │ jobs ... EOF │ filler │ data │ zeros
 *               └ offset 0: all offsets here count from the start of the text
 *
 * Reads any 8192 bytes; where they stop making sense, `problem` says at which byte.
 */
import { controlCode, Opcode } from '../../../device/abi/control-code.ts'
import type { OperationSpec } from '../../../device/abi/control-code.ts'

const { page: layout, descriptor } = controlCode

export interface FoundOperation {
  readonly spec: OperationSpec
  readonly offset: number
}

export interface FoundJob {
  readonly number: number
  readonly isDeferred: boolean
  /** Positions in the page's list of operations, the last one inclusive. */
  readonly first: number
  readonly last: number
  readonly barriers: readonly number[]
  readonly launches: readonly number[]
}

export interface FoundPage {
  readonly page: number
  readonly view: DataView
  /** Without EOF. */
  readonly operations: readonly FoundOperation[]
  readonly jobs: readonly FoundJob[]
  /** Bytes of text before EOF. */
  readonly textBytes: number
  /** Length in the header, and that of the next page of the chain. */
  readonly lengthBytes: number
  readonly nextBytes: number
  readonly hint: number
  /** First byte of the data; the end of the page when there is none. */
  readonly dataStart: number
  /** Data as the header counts it, which may be more than there is. */
  readonly countedBytes: number
  /** What is wrong with the text, if anything. */
  readonly problem?: string
}

/** Bytes of a page behind its header. */
export const bodyBytes = layout.bytes - layout.headerBytes

const starts = new Set<number>([
  Opcode.startJob,
  Opcode.startJobDeferred,
  Opcode.startCondJobPreempt,
])

/** Reads page `page` of the pages of one uC with a table of operations by opcode byte. */
export function readPage(
  pages: Uint8Array,
  page: number,
  table: readonly (OperationSpec | undefined)[],
): FoundPage {
  const header = new DataView(pages.buffer, pages.byteOffset + page * layout.bytes, layout.bytes)
  const from = header.byteOffset + layout.headerBytes
  const view = new DataView(pages.buffer, from, bodyBytes)
  const text = readText(view, table)
  const lengthBytes = header.getUint16(layout.lengthAt, true)
  const textEnd = text.textBytes + layout.eofBytes
  const data = align(textEnd, layout.dataAlign)
  const hasData = lengthBytes > align(layout.headerBytes + textEnd, layout.wordAlign)
  return {
    page,
    view,
    ...text,
    lengthBytes,
    nextBytes: header.getUint16(layout.nextLengthAt, true),
    hint: header.getUint8(layout.busyPollAt),
    dataStart: hasData ? Math.min(data, bodyBytes) : bodyBytes,
    countedBytes: hasData ? Math.max(0, lengthBytes - layout.headerBytes - data) : 0,
  }
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to
}

type Text = Pick<FoundPage, 'operations' | 'jobs' | 'textBytes'> & { problem?: string }

function readText(view: DataView, table: readonly (OperationSpec | undefined)[]): Text {
  const operations: FoundOperation[] = []
  let problem = 'the page has no EOF'
  let offset = 0
  while (offset < view.byteLength) {
    const spec = table[view.getUint8(offset)]
    if (spec?.code === Opcode.eof) {
      problem = ''
      break
    }
    if (!spec || offset + spec.sizeBytes > view.byteLength) {
      const byte = view.getUint8(offset).toString(16).padStart(2, '0')
      problem = spec
        ? `${spec.mnemonic} at text offset 0x${offset.toString(16)} runs over the end of the page`
        : `byte 0x${byte} at text offset 0x${offset.toString(16)} is no operation`
      break
    }
    operations.push({ spec, offset })
    offset += spec.sizeBytes
  }
  const jobs = findJobs(view, operations)
  return { operations, jobs, textBytes: offset, ...(problem ? { problem } : {}) }
}

function findJobs(view: DataView, operations: readonly FoundOperation[]): FoundJob[] {
  const jobs: FoundJob[] = []
  let first = -1
  operations.forEach(({ spec }, i) => {
    if (starts.has(spec.code)) first = i
    if (spec.code !== Opcode.endJob || first < 0) return
    const inside = operations.slice(first, i)
    const of = (code: number) => inside.filter((o) => o.spec.code === code)
    jobs.push({
      number: view.getUint16(operations[first].offset + 2, true),
      isDeferred: operations[first].spec.code === Opcode.startJobDeferred,
      first,
      last: i,
      barriers: of(Opcode.localBarrier).map((o) => view.getUint8(o.offset + 2)),
      launches: of(Opcode.launchJob).map((o) => view.getUint16(o.offset + 2, true)),
    })
    first = -1
  })
  return jobs
}

/** One uC-DMA descriptor. `local` is the offset its relative pointer means. */
export interface FoundDescriptor {
  readonly words: number
  readonly local: number
  readonly low: number
  readonly high: number
  readonly external: boolean
  readonly more: boolean
}

/** The descriptor at `offset`, or undefined where the bytes are none that an assembler writes. */
export function descriptorAt(view: DataView, offset: number): FoundDescriptor | undefined {
  if (offset < 0 || offset + descriptor.bytes > view.byteLength) return undefined
  const length = view.getUint16(offset, true)
  const flags = view.getUint8(offset + descriptor.flagsAt)
  const known = descriptor.more | descriptor.external | descriptor.relative
  const high = view.getUint32(offset + descriptor.remoteHighAt, true)
  if ((flags & descriptor.relative) === 0 || (flags & ~known) !== 0) return undefined
  if (length > descriptor.lengthMask || high > descriptor.remoteHighMask) return undefined
  if (view.getUint8(offset + descriptor.flagsAt + 1) !== 0) return undefined
  return {
    words: length,
    local: offset + view.getInt32(offset + descriptor.localAt, true),
    low: view.getUint32(offset + descriptor.remoteLowAt, true),
    high,
    external: (flags & descriptor.external) !== 0,
    more: (flags & descriptor.more) !== 0,
  }
}
