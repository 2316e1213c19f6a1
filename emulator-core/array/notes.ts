/**
 * Notes: what the array noticed and a person should know, kept as numbers until somebody looks.
 *
 *     part ── add(code, part, detail) ──▶ ┌───────┐ ── list, explain ──▶ console, inspector
 *                                         └───────┘ ── trace record
 */
import type { Device } from '../device/tiles.ts'
import { kindOfRow, rowOf } from '../device/geometry.ts'
import { partIndex, partName } from '../device/parts.ts'
import { refusedWindowAt } from '../device/registers/system.ts'
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
  refusedWindow: 20,
  /** Detail: tile offset of the slave port. */
  streamNowhere: 40,
  /** Detail: stream id · 2^20 + tile offset of the slave port. */
  packetUnrouted: 41,
  eventsLost: 10,
  traceMode: 12,
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
  finishTooLong: 61,
  finishTooMany: 62,
  /** Detail: the error bit of the handler's status. */
  controlPacket: 100,
  cascadeCut: 76,
  coreNotAtRest: 77,
  programWhileRunning: 78,
  readOnlyCoreRegister: 79,
  clearedUnderCore: 90,
} as const
export type NoteCode = (typeof NoteCode)[keyof typeof NoteCode]

/** What `unmodelled` names: the detail of that note. */
export const Unmodelled = {
  packetRoute: 5,
  sink: 6,
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
  [Unmodelled.packetRoute]:
    'its route passes a port in packet mode; packet-switched data is not emulated yet',
  [Unmodelled.sink]: 'its route ends at a port that nothing in the emulator drains',
}

/** What went wrong with a control packet, by the bit of the handler's status. */
const controlErrors: Readonly<Record<number, string>> = {
  1: 'came with a header of even parity and was dropped',
  2: 'came with a command word of even parity and was dropped',
  4: 'named an address where the tile has no register',
  8: 'ended before or after the words that its command names',
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
    case NoteCode.refusedWindow: {
      const kind = kindOfRow(device, rowOf(device, partIndex(part)))
      const window = refusedWindowAt(device.generation === 'aie4', kind, detail)
      return `${name}: ${window?.name ?? 'the window'} at tile offset ${hex(detail)} is not modelled; reads give 0 and writes are ignored.`
    }
    case NoteCode.tokenLost:
      return `${name}: a task-complete token (actor ${detail}) found no configured path and waits.`
    case NoteCode.illegalCircuit:
      return `${name}: the master port at tile offset ${hex(detail)} cannot be fed by the slave its register names.`
    case NoteCode.streamDataLost:
      return `${name}: ${detail} words in flight were lost when its route was changed.`
    case NoteCode.addressWraps:
      return `${name}: BD ${detail} runs past the end of the tile's memory; its addresses wrap around.`
    case NoteCode.streamNowhere:
      return `${name}: words at the slave port at tile offset ${hex(detail)} wait, because no master that leads anywhere takes them.`
    case NoteCode.packetUnrouted:
      return `${name}: no slot of the slave port at tile offset ${hex(detail & 0xfffff)} takes packet id ${detail >>> 20}; it blocks the port.`
    case NoteCode.eventsLost:
      return `${name}: more event edges lie in the future than the emulator keeps; one was lost.`
    case NoteCode.traceMode:
      return `${name}: trace mode ${detail} is not emulated; the trace unit stays idle.`
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
    case NoteCode.controlPacket:
      return `${name}: a control packet ${controlErrors[detail] ?? 'was not understood'}.`
    case NoteCode.padding:
      return `${name}: BD ${detail} pads a dimension that has no wrap; the channel stops until it is reset.`
    case NoteCode.finishTooLong:
      return `${name}: BD ${detail} was full before TLAST came; the channel stops until it is reset.`
    case NoteCode.finishTooMany:
      return `${name}: its task has finished more BDs than the count FIFO holds; at BD ${detail} the channel stops until it is reset.`
    case NoteCode.cascadeCut:
      return `${name}: the direction of its cascade was changed with ${detail} values under way; they stay where they are.`
    case NoteCode.coreNotAtRest:
      return `${name}: a register of the core was written while it runs; the write was ignored. Stop or halt it first.`
    case NoteCode.programWhileRunning:
      return `${name}: its program memory was written while it runs, from byte ${hex(detail)}; it executes the new words.`
    case NoteCode.readOnlyCoreRegister:
      return `${name}: a register of the core that can only be read was written; the write was ignored.`
    case NoteCode.clearedUnderCore:
      return `${name}: its ${detail ? 'data' : 'program'} memory was cleared while its core was running; the core goes on with zeros.`
    case NoteCode.unmodelled:
      return `${name}: ${refused[detail] ?? 'it asks for something that is not emulated'}.`
    default:
      return `${name}: note ${code}, detail ${detail}.`
  }
}
