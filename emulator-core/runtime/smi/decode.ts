/** Decoding: the bytes of answers as numbers and text. A field behind the end of an answer reads as 0. */
import { argument } from '../../device/abi/ioctl.ts'
import { arrayInfo } from '../../device/abi/array-info.ts'
import { queries } from '../../device/abi/queries.ts'
import { telemetry, telemetryHeaderBytes } from '../../device/abi/telemetry.ts'
import type { Answer, Answers } from './answers.ts'

const high32 = 2 ** 32

/** Bytes with little-endian fields; what is behind the end reads as 0. */
export class Fields {
  private readonly bytes: Uint8Array

  constructor(answer: Answer | undefined) {
    this.bytes = answer?.bytes ?? new Uint8Array(0)
  }

  u8(at: number): number {
    return this.bytes[at] ?? 0
  }

  u16(at: number): number {
    return this.u8(at) | (this.u8(at + 1) << 8)
  }

  u32(at: number): number {
    return this.u16(at) + this.u16(at + 2) * 0x10000
  }

  u64(at: number): number {
    return this.u32(at) + this.u32(at + 4) * high32
  }

  /** Text up to a zero byte. */
  text(at: number, room: number): string {
    let text = ''
    for (let i = at; i < at + room && this.u8(i) !== 0; i++) text += String.fromCharCode(this.u8(i))
    return text
  }

  /** A version of four words. */
  version(): readonly number[] {
    return [0, 4, 8, 12].map((at) => this.u32(at))
  }
}

/** One context of the list. */
export interface ContextEntry {
  readonly id: number
  readonly startColumn: number
  readonly columns: number
  readonly fwId: number
  readonly pid: number
  readonly submissions: number
  readonly completions: number
  readonly migrations: number
  readonly preemptions: number
  readonly errors: number
  readonly priority: number
  readonly heapUsage: number
  readonly suspensions: number
  readonly isActive: boolean
  readonly pasid: number
  readonly gops: number
  readonly fps: number
  readonly latency: number
  readonly process: string
}

/** The contexts of an answer to GET_ARRAY 0. */
export function contextsOf(answers: Answers): readonly ContextEntry[] {
  const answer = answers.array.get(queries.array.hwContextAll)
  const fields = new Fields(answer)
  const at = queries.hwContext
  return Array.from({ length: answer?.count ?? 0 }, (_, i): ContextEntry => {
    const from = i * queries.hwContextBytes
    return {
      id: fields.u32(from + at.id),
      startColumn: fields.u32(from + at.startCol),
      columns: fields.u32(from + at.numCol),
      fwId: fields.u32(from + at.fwId) | 0,
      pid: fields.u64(from + at.pid),
      submissions: fields.u64(from + at.submissions),
      completions: fields.u64(from + at.completions),
      migrations: fields.u64(from + at.migrations),
      preemptions: fields.u64(from + at.preemptions),
      errors: fields.u64(from + at.errors),
      priority: fields.u64(from + at.priority),
      heapUsage: fields.u64(from + at.heapUsage),
      suspensions: fields.u64(from + at.suspensions),
      isActive: fields.u32(from + at.state) === queries.hwContextState.active,
      pasid: fields.u32(from + at.pasid),
      gops: fields.u32(from + at.gops),
      fps: fields.u32(from + at.fps),
      latency: fields.u32(from + at.latency),
      process: fields.text(from + at.name, queries.processNameBytes),
    }
  })
}

/** Telemetry as the tool reads it. */
export interface Telemetry {
  readonly interrupts: number
  readonly starts: readonly number[]
  readonly schedules: readonly number[]
  readonly transfers: number
  readonly partitions: readonly number[]
  readonly opcodes: readonly number[]
  readonly sleeps: readonly number[]
  /** By firmware id: handle of the owner, 0 for none, and what was counted. */
  readonly owner: readonly number[]
  readonly frame: readonly number[]
  readonly checkpoint: readonly number[]
}

/** The answer to GET_INFO 10; undefined when there is none. */
export function telemetryOf(answers: Answers): Telemetry | undefined {
  const answer = answers.info.get(queries.info.telemetry)
  if (!answer || answer.errno !== undefined) return undefined
  const fields = new Fields(answer)
  const { payload, supervisors, traceOpcodes, mapEntries, domains } = telemetry
  const base = telemetryHeaderBytes
  const list = (at: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => fields.u64(base + at + 8 * i))
  return {
    interrupts: fields.u64(base + payload.interrupts),
    starts: list(payload.starts, supervisors + 1),
    schedules: list(payload.schedules, supervisors + 1),
    transfers: fields.u64(base + payload.dma),
    partitions: list(payload.partitions, supervisors),
    opcodes: Array.from({ length: traceOpcodes * (supervisors + 1) }, (_, i) =>
      fields.u32(base + payload.hypervisorTrace + 4 * i),
    ),
    sleeps: domains.map((_, i) => fields.u8(base + payload.domains + i)),
    owner: Array.from({ length: mapEntries }, (_, i) => fields.u32(telemetry.header.map + 4 * i)),
    frame: list(payload.frame, mapEntries),
    checkpoint: list(payload.checkpoint, mapEntries),
  }
}

/** One sensor. */
export interface Sensor {
  readonly label: string
  readonly value: number
  readonly units: string
}

/** The sensors, scaled by their power of ten. */
export function sensorsOf(answers: Answers): readonly Sensor[] {
  const answer = answers.info.get(queries.info.sensors)
  const fields = new Fields(answer)
  const at = arrayInfo.sensor
  const count = Math.floor((answer?.bytes.length ?? 0) / arrayInfo.sensorBytes)
  return Array.from({ length: count }, (_, i): Sensor => {
    const from = i * arrayInfo.sensorBytes
    const exponent = (fields.u8(from + at.exponent) << 24) >> 24
    const raw = fields.u32(from + at.input)
    return {
      label: fields.text(from + at.label, at.input - at.label),
      value: exponent < 0 ? raw / 10 ** -exponent : raw * 10 ** exponent,
      units: fields.text(from + at.units, at.exponent - at.units),
    }
  })
}

/** What people call the priority of a context. */
export function priorityWord(priority: number): string {
  const { realtime, high, normal, low } = argument.priority
  const words = new Map([
    [realtime, 'Realtime'],
    [high, 'High'],
    [normal, 'Normal'],
    [low, 'Low'],
  ])
  return words.get(priority) ?? 'N/A'
}
