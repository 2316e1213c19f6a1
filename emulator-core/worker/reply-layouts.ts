/**
 * Reply layouts: the records that queries copy, with a name for every piece, so that bytes can be read by people.
 *
 * Offsets come from `device/abi`; sizes and words stand here. A record without a layout is shown as words.
 */
import { queries } from '../device/abi/queries.ts'
import { power } from '../device/abi/power.ts'
import type { ReplyField } from './layout-protocol.ts'

export type Format = 'number' | 'hex' | 'text' | 'signed'

/** A piece of a record. */
export interface Piece {
  readonly name: string
  readonly at: number
  readonly sizeBytes: number
  readonly format?: Format
  /** What values mean, by number. */
  readonly words?: Readonly<Record<number, string>>
}

/** How the reply to one question is read. */
export interface ReplyLayout {
  /** Bytes of one record. */
  readonly bytes: number
  readonly pieces: readonly Piece[]
}

const byNumber = (table: Readonly<Record<string, number>>): Readonly<Record<number, string>> =>
  Object.fromEntries(Object.entries(table).map(([word, number]) => [number, word]))

/** Pieces one behind the other, from names with their sizes. */
const row = (...pieces: readonly (readonly [name: string, at: number, bytes: number])[]): Piece[] =>
  pieces.map(([name, at, sizeBytes]) => ({ name, at, sizeBytes }))

const { hwContext: at, asyncError, boUsage } = queries

const context: Piece[] = [
  ...row(['context_id', at.id, 4], ['start_col', at.startCol, 4], ['num_col', at.numCol, 4]),
  { name: 'hwctx_id', at: at.fwId, sizeBytes: 4, format: 'signed' },
  ...row(
    ['pid', at.pid, 8],
    ['submissions', at.submissions, 8],
    ['completions', at.completions, 8],
    ['migrations', at.completions + 8, 8],
    ['preemptions', at.completions + 16, 8],
    ['errors', at.completions + 24, 8],
  ),
]

const contextRest: Piece[] = [
  { name: 'priority', at: at.priority, sizeBytes: 8, format: 'hex' },
  ...row(['heap_usage', at.heapUsage, 8], ['suspensions', at.heapUsage + 8, 8]),
  { name: 'state', at: at.state, sizeBytes: 4, words: byNumber(queries.hwContextState) },
  ...row(
    ['pasid', at.pasid, 4],
    ['gops', at.gops, 4],
    ['fps', at.fps, 4],
    ['dma_bandwidth', at.dmaBandwidth, 4],
    ['latency', at.latency, 4],
    ['frame_exec_time', at.frameTime, 4],
    ['txn_op_idx', at.frameTime + 4, 4],
    ['ctx_pc', at.frameTime + 8, 4],
  ),
]

const contextEntry: ReplyLayout = {
  bytes: queries.hwContextBytes,
  pieces: [...context, ...contextRest],
}
const version: ReplyLayout = {
  bytes: queries.versionBytes,
  pieces: row(['major', 0, 4], ['minor', 4, 4], ['patch', 8, 4], ['build', 12, 4]),
}
const state: ReplyLayout = { bytes: 8, pieces: row(['state', 0, 1]) }

const { array, info } = queries

/** Layouts by kind of question and parameter. */
export const replyLayouts: Readonly<Record<string, ReplyLayout>> = {
  [`array:${array.hwContextAll}`]: contextEntry,
  [`array:${array.hwContextById}`]: contextEntry,
  [`array:${array.lastAsyncError}`]: {
    bytes: queries.asyncErrorBytes,
    pieces: [
      { name: 'err_code', at: asyncError.code, sizeBytes: 8, format: 'hex' },
      { name: 'timestamp', at: asyncError.timestamp, sizeBytes: 8 },
      { name: 'extra', at: asyncError.extra, sizeBytes: 8, format: 'hex' },
    ],
  },
  [`array:${array.boUsage}`]: {
    bytes: queries.boUsageBytes,
    pieces: row(
      ['pid', boUsage.pid, 8],
      ['total', boUsage.total, 8],
      ['internal', boUsage.internal, 8],
      ['heap', boUsage.heap, 8],
    ),
  },
  [`array:${array.fwLogConfig}`]: logConfig(),
  [`array:${array.fwTraceConfig}`]: logConfig(),
  [`info:${info.hwContexts}`]: { bytes: queries.hwContextOldBytes, pieces: context },
  [`info:${info.firmwareVersion}`]: version,
  [`info:${info.certFirmwareVersion}`]: version,
  [`info:${info.powerMode}`]: {
    bytes: 8,
    pieces: [{ name: 'mode', at: 0, sizeBytes: 1, words: byNumber(power.modes) }],
  },
  [`info:${info.forcePreempt}`]: state,
  [`info:${info.framePreempt}`]: state,
  [`info:${info.autoCoredump}`]: state,
}

function logConfig(): ReplyLayout {
  return {
    bytes: 16,
    pieces: row(['version', 0, 4], ['status', 4, 4], ['config', 8, 4]),
  }
}

/** The words of a reply without a layout. */
function wordsOf(bytes: Uint8Array): readonly Piece[] {
  return Array.from({ length: Math.min(64, bytes.length >> 2) }, (_, i) => ({
    name: `word ${i}`,
    at: 4 * i,
    sizeBytes: 4,
    format: 'hex',
  }))
}

/** Records that are listed one by one; the bytes of the rest stand in the dump. */
const mostRecords = 64

/** The pieces of a reply with their values. */
export function readReply(layout: ReplyLayout | undefined, bytes: Uint8Array): ReplyField[] {
  if (!layout) return wordsOf(bytes).map((piece) => fieldOf(piece, bytes, 0, 0))
  const records = Math.min(mostRecords, Math.floor(bytes.length / layout.bytes))
  const whole = records === 0 && bytes.length > 0 ? 1 : records
  return Array.from({ length: whole }, (_, element) =>
    layout.pieces
      .filter(({ at, sizeBytes }) => element * layout.bytes + at + sizeBytes <= bytes.length)
      .map((piece) => fieldOf(piece, bytes, element * layout.bytes, element)),
  ).flat()
}

/** One piece with its value. */
export function fieldOf(
  piece: Piece,
  bytes: Uint8Array,
  base: number,
  element: number,
): ReplyField {
  const at = base + piece.at
  return {
    at,
    sizeBytes: piece.sizeBytes,
    name: piece.name,
    value: shown(piece, bytes, at),
    element,
  }
}

const printable = (byte: number) => byte >= 32 && byte < 127

function shown({ sizeBytes, format, words }: Piece, bytes: Uint8Array, at: number): string {
  if (format === 'text') {
    const text = bytes.subarray(at, at + sizeBytes)
    const end = text.indexOf(0)
    const used = text.subarray(0, end < 0 ? text.length : end)
    return `"${[...used].map((b) => (printable(b) ? String.fromCharCode(b) : '·')).join('')}"`
  }
  let value = 0
  for (let i = sizeBytes - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!
  const bits = 8 * sizeBytes
  if (format === 'signed' && value >= 2 ** (bits - 1)) value -= 2 ** bits
  if (format === 'hex' || value > Number.MAX_SAFE_INTEGER) return hexOf(bytes, at, sizeBytes)
  const word = words?.[value]
  return word === undefined ? String(value) : `${value}, ${word}`
}

function hexOf(bytes: Uint8Array, at: number, sizeBytes: number): string {
  let digits = ''
  for (let i = sizeBytes - 1; i >= 0; i--) digits += bytes[at + i]!.toString(16).padStart(2, '0')
  return `0x${digits.replace(/^0+(?=.)/, '')}`
}
