/**
 * Reply layouts: the records that queries copy, with a name for every piece, so that bytes can be read by people.
 *
 * Offsets come from `device/abi`; sizes and words stand here. A record without a layout is shown as words.
 */
import { arrayInfo } from '../device/abi/array-info.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import { telemetry, telemetryHeaderBytes } from '../device/abi/telemetry.ts'
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
  /** Records that one reply may have; 1 when absent. */
  readonly records?: number
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
    ['migrations', at.migrations, 8],
    ['preemptions', at.preemptions, 8],
    ['errors', at.errors, 8],
  ),
]

const contextRest: Piece[] = [
  { name: 'priority', at: at.priority, sizeBytes: 8, format: 'hex' },
  ...row(['heap_usage', at.heapUsage, 8], ['suspensions', at.suspensions, 8]),
  { name: 'state', at: at.state, sizeBytes: 4, words: byNumber(queries.hwContextState) },
  ...row(
    ['pasid', at.pasid, 4],
    ['gops', at.gops, 4],
    ['fps', at.fps, 4],
    ['dma_bandwidth', at.dmaBandwidth, 4],
    ['latency', at.latency, 4],
    ['frame_exec_time', at.frameTime, 4],
    ['txn_op_idx', at.opIndex, 4],
  ),
  { name: 'ctx_pc', at: at.pc, sizeBytes: 4, format: 'hex' },
  { name: 'process name', at: at.name, sizeBytes: queries.processNameBytes, format: 'text' },
]

const { metadata, tileBlock, clock, resource, sensor } = arrayInfo

/** A block of the metadata, one per tile kind. */
const block = (kind: string, from: number): Piece[] =>
  row(
    [`${kind}.rows`, from + tileBlock.rows, 2],
    [`${kind}.row_start`, from + tileBlock.rowStart, 2],
    [`${kind}.dma_channels`, from + tileBlock.channels, 2],
    [`${kind}.locks`, from + tileBlock.locks, 2],
    [`${kind}.events`, from + tileBlock.events, 2],
  )

const clockRecord = (from: number): Piece[] => [
  { name: 'name', at: from + clock.name, sizeBytes: clock.nameBytes, format: 'text' },
  { name: 'MHz', at: from + clock.mhz, sizeBytes: 4 },
]

const sensorTypes = byNumber(arrayInfo.sensorType)

const sensorRecord: Piece[] = [
  { name: 'label', at: sensor.label, sizeBytes: sensor.input - sensor.label, format: 'text' },
  ...row(
    ['input', sensor.input, 4],
    ['max', sensor.max, 4],
    ['average', sensor.average, 4],
    ['highest', sensor.highest, 4],
  ),
  { name: 'status', at: sensor.status, sizeBytes: sensor.units - sensor.status, format: 'text' },
  { name: 'units', at: sensor.units, sizeBytes: sensor.exponent - sensor.units, format: 'text' },
  { name: 'unitm', at: sensor.exponent, sizeBytes: 1, format: 'signed' },
  { name: 'type', at: sensor.type, sizeBytes: 1, words: sensorTypes },
]

const telemetryHead: Piece[] = [
  ...row(
    ['major', telemetry.header.major, 4],
    ['minor', telemetry.header.minor, 4],
    ['type', telemetry.header.type, 4],
    ['map_num_elements', telemetry.header.mapCount, 4],
  ),
  ...row(
    ['payload.enabled', telemetryHeaderBytes + telemetry.payload.enabled, 1],
    ['payload.interrupts', telemetryHeaderBytes + telemetry.payload.interrupts, 8],
    ['payload.dma', telemetryHeaderBytes + telemetry.payload.dma, 8],
  ),
  ...telemetry.domains.map((domain, i) => ({
    name: `payload.deep_sleep.${domain}`,
    at: telemetryHeaderBytes + telemetry.payload.domains + i,
    sizeBytes: 1,
  })),
  ...Array.from({ length: telemetry.supervisors + 1 }, (_, i) => ({
    name: `payload.starts.${i === 0 ? 'hypervisor' : `supervisor ${i - 1}`}`,
    at: telemetryHeaderBytes + telemetry.payload.starts + 8 * i,
    sizeBytes: 8,
  })),
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
  [`info:${info.aieStatus}`]: {
    bytes: arrayInfo.statusBytes,
    pieces: row(
      ['buffer', arrayInfo.status.buffer, 8],
      ['size', arrayInfo.status.size, 4],
      ['cols_filled', arrayInfo.status.columns, 4],
    ),
  },
  [`info:${info.aieMetadata}`]: {
    bytes: arrayInfo.metadataBytes,
    pieces: [
      ...row(
        ['col_size', metadata.columnSize, 4],
        ['cols', metadata.columns, 2],
        ['rows', metadata.rows, 2],
        ['version.major', metadata.major, 4],
        ['version.minor', metadata.minor, 4],
      ),
      ...block('core', metadata.core),
      ...block('mem', metadata.mem),
      ...block('shim', metadata.shim),
    ],
  },
  [`info:${info.aieVersion}`]: {
    bytes: arrayInfo.aieVersionBytes,
    pieces: row(['major', arrayInfo.aieVersion.major, 4], ['minor', arrayInfo.aieVersion.minor, 4]),
  },
  [`info:${info.clockMetadata}`]: {
    bytes: clock.bytes,
    records: arrayInfo.clockNames.length,
    pieces: clockRecord(0),
  },
  [`info:${info.sensors}`]: { bytes: arrayInfo.sensorBytes, records: 8, pieces: sensorRecord },
  [`info:${info.resourceInfo}`]: {
    bytes: arrayInfo.resourceBytes,
    pieces: row(
      ['npu_clk_max', resource.clockMax, 8],
      ['npu_tops_max', resource.topsMax, 8],
      ['npu_task_max', resource.taskMax, 8],
      ['npu_tops_curr', resource.topsNow, 8],
      ['npu_task_curr', resource.taskNow, 8],
    ),
  },
  [`info:${info.telemetry}`]: {
    bytes: telemetryHeaderBytes + telemetry.payloadBytes,
    pieces: telemetryHead,
  },
  [`info:${info.hwContexts}`]: { bytes: queries.hwContextOldBytes, records: 8, pieces: context },
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
