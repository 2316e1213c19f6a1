/**
 * Notes: what the array noticed and a person should know, kept as numbers until somebody looks.
 *
 *     part ── add(code, part, detail) ──▶ ┌───────┐ ── list, explain ──▶ console, inspector
 *                                         └───────┘ ── trace record
 */
import type { Device } from '../device/tiles.ts'
import { partName } from '../device/parts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Tick } from '../sim/scheduler.ts'
import { ArrayEvent } from './events.ts'

/** What was noticed. Codes from 50 on are also raised as faults. */
export const NoteCode = {
  unmodelledRegister: 1,
  unmappedRead: 2,
  unmappedWrite: 3,
  tokenLost: 4,
  illegalCircuit: 5,
  streamDataLost: 6,
  addressWraps: 7,
  outsideArray: 8,
  readOnlyWrite: 9,
  queueOverflow: 50,
  zeroLength: 51,
  bdInvalid: 52,
  bdUnavailable: 53,
  lockUnavailable: 54,
  memoryUnavailable: 55,
  lockOverflow: 56,
  lockUnderflow: 57,
  hostAccess: 58,
  unmodelled: 59,
  padding: 60,
  clearedUnderCore: 90,
} as const
export type NoteCode = (typeof NoteCode)[keyof typeof NoteCode]

/** What `unmodelled` names: the detail of that note. */
export const Unmodelled = {
  packetSend: 1,
  compression: 2,
  outOfOrder: 3,
  finishOnLast: 4,
  packetRoute: 5,
  sink: 6,
  controlDma: 7,
} as const
export type Unmodelled = (typeof Unmodelled)[keyof typeof Unmodelled]

export interface ArrayNote {
  readonly tick: Tick
  readonly code: NoteCode
  readonly part: number
  readonly detail: number
}

const capacity = 256
const firstFault = 50

export class Notes {
  private readonly sim: Sim
  private readonly count: Int32Array
  private readonly ticks: Float64Array
  private readonly words: Int32Array

  constructor(sim: Sim) {
    this.sim = sim
    this.count = sim.state.i32('array.note.count', 1)
    this.ticks = sim.state.f64('array.note.tick', capacity)
    this.words = sim.state.i32('array.note.words', capacity * 3)
  }

  /** Notes `code` at `part`; serious codes are raised as faults too. */
  add(code: NoteCode, part: number, detail: number): void {
    const at = this.count[0]! % capacity
    this.ticks[at] = this.sim.schedule.now
    this.words[at * 3] = code
    this.words[at * 3 + 1] = part
    this.words[at * 3 + 2] = detail
    this.count[0]!++
    this.sim.trace.emit(ArrayEvent.note, part, code, detail)
    if (code >= firstFault) this.sim.faults.raise(faultBase + code, part, detail)
  }

  /** Number of notes so far. */
  get total(): number {
    return this.count[0]!
  }

  /** The notes still kept, oldest first. */
  list(): readonly ArrayNote[] {
    const from = Math.max(0, this.total - capacity)
    return Array.from({ length: this.total - from }, (_, i) => {
      const at = (from + i) % capacity
      return {
        tick: this.ticks[at]!,
        code: this.words[at * 3]! as NoteCode,
        part: this.words[at * 3 + 1]!,
        detail: this.words[at * 3 + 2]!,
      }
    })
  }
}

/** Fault codes of the array are `faultBase + NoteCode`. */
export const faultBase = 400

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`

const refused: Readonly<Record<number, string>> = {
  [Unmodelled.packetSend]:
    'its descriptor asks for a packet header; packet-switched data is not emulated yet',
  [Unmodelled.compression]: 'its descriptor asks for compression, which is not emulated',
  [Unmodelled.outOfOrder]: 'its control register asks for out-of-order mode, which is not emulated',
  [Unmodelled.finishOnLast]: 'its control register asks for finish-on-TLAST, which is not emulated',
  [Unmodelled.packetRoute]:
    'its route passes a port in packet mode; packet-switched data is not emulated yet',
  [Unmodelled.sink]: 'its route ends at a port that nothing in the emulator drains',
  [Unmodelled.controlDma]: 'control packets are not emulated yet',
}

/** The sentence for a note, or for a fault whose code is `faultBase` plus a note code. */
export function explain(device: Device, code: number, part: number, detail: number): string {
  const name = partName(device, part)
  switch (code >= faultBase ? code - faultBase : code) {
    case NoteCode.unmodelledRegister:
      return `${name}: the register at tile offset ${hex(detail)} is stored, but nothing reads it here.`
    case NoteCode.unmappedRead:
      return `${name}: a read of tile offset ${hex(detail)} found no register and gave 0.`
    case NoteCode.unmappedWrite:
      return `${name}: a write to tile offset ${hex(detail)} found no register and was ignored.`
    case NoteCode.readOnlyWrite:
      return `${name}: the register at tile offset ${hex(detail)} is read-only; the write was ignored.`
    case NoteCode.outsideArray:
      return `Address ${hex(detail)} lies outside the array; reads give 0 and writes are ignored.`
    case NoteCode.tokenLost:
      return `${name}: a task-complete token (actor ${detail}) found no configured path and was lost.`
    case NoteCode.illegalCircuit:
      return `${name}: the master port at tile offset ${hex(detail)} cannot be fed by the slave its register names.`
    case NoteCode.streamDataLost:
      return `${name}: ${detail} words in flight were lost when its route was changed.`
    case NoteCode.addressWraps:
      return `${name}: BD ${detail} runs past the end of the tile's memory; its addresses wrap around.`
    case NoteCode.queueOverflow:
      return `${name}: the task queue was full, so the push of BD ${detail} was dropped.`
    case NoteCode.zeroLength:
      return `${name}: BD ${detail} has length 0 and ends at once.`
    case NoteCode.bdInvalid:
      return `${name}: BD ${detail} was loaded without its valid bit; the channel stops until it is reset.`
    case NoteCode.bdUnavailable:
      return `${name}: there is no BD ${detail}; the channel stops until it is reset.`
    case NoteCode.lockUnavailable:
      return `${name}: BD ${detail} names a lock outside its reach; the channel stalls until it is reset.`
    case NoteCode.memoryUnavailable:
      return `${name}: BD ${detail} reaches memory outside its windows; the channel stalls until it is reset.`
    case NoteCode.lockOverflow:
      return `${name}: a release took the lock above its highest value; it stays at ${detail}.`
    case NoteCode.lockUnderflow:
      return `${name}: a change took the lock below its lowest value; it stays at ${detail}.`
    case NoteCode.hostAccess:
      return `${name}: an access to host memory failed in BD ${detail}; reads give 0 and writes are lost.`
    case NoteCode.padding:
      return `${name}: BD ${detail} pads a dimension that has no wrap; the channel stops until it is reset.`
    case NoteCode.clearedUnderCore:
      return `${name}: its ${detail ? 'data' : 'program'} memory was cleared while its core was running; the core goes on with zeros.`
    case NoteCode.unmodelled:
      return `${name}: ${refused[detail] ?? 'it asks for something that is not emulated'}.`
    default:
      return `${name}: note ${code}, detail ${detail}.`
  }
}
