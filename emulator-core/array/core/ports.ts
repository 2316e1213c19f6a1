/**
 * Ports: the operations by which a core reaches beyond memory and locks.
 *
 *     bundle ── act ──▶ ┌───────┐ ── room, post, arrived, consume ──▶ streams
 *            ◀─ land ── │ Ports │ ── send, take ────────────────────▶ cascade
 *                       └───────┘ ── read, write ───────────────────▶ registers of the own tile
 *
 * An operation first acts on the other side, or finds that it must wait; what it fetched lands in
 * the registers after the rest of its bundle has run. A bundle holds one such operation at most.
 *
 * Faithful    blocking and non-blocking forms, TLAST, one beat per cycle, stalls
 * Simplified  a wide access on a narrow port moves all its words in one instant and holds the core
 *             for their beats; an access of the processor bus takes the cycle of its bundle
 */
import { Op } from '../../device/abi/core-isa.ts'
import { never, type Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { HwEvent } from '../hw-events/vocabulary.ts'
import { F } from './decode.ts'
import { CoreFault } from './events.ts'
import type { Registers } from './registers.ts'
import type { Report } from './report.ts'
import { Stall, type Stalls } from './stalls.ts'
import type { CoreStreams, CoreSurroundings } from './surroundings.ts'
import type { Windows } from './windows.ts'

/** Status flags of stream operations, as the status register of the AIE2 family has them. */
const status = { taken: 2, last: 4, sent: 8 } as const
/** Words of a vector register and of half an accumulator. */
const wide = 16

/** Where what an operation fetched goes. */
const Target = { none: 0, scalar: 1, vector: 2, accumulator: 3 } as const

const getWord: number = Op.getss
const putWord: number = Op.putms

/** Processor bus control: enable, and answer every access with an error. */
const busEnable = 1
const busFails = 4

export class Ports {
  /** Cycles that the present operation holds the core beyond its bundle. Scratch, not state. */
  extraCycles = 0
  /** Processor bus control of each core. */
  readonly bus: Uint8Array
  private readonly regs: Registers
  private readonly surroundings: CoreSurroundings
  private readonly stalls: Stalls
  private readonly windows: Windows
  private readonly report: Report
  private readonly slots: readonly number[]
  private readonly sim: Sim
  /** What the present operation fetched, and where it goes. Scratch, not state. */
  private readonly fetched = new Int32Array(wide)
  private target: number = Target.none
  private targetAt = 0
  private targetWords = 0
  private endsPacket = false

  constructor(
    sim: Sim,
    cores: number,
    regs: Registers,
    stalls: Stalls,
    surroundings: CoreSurroundings,
    parts: {
      readonly windows: Windows
      readonly report: Report
      readonly slots: readonly number[]
    },
  ) {
    this.sim = sim
    this.bus = sim.state.u8('array.core.processorBus', cores)
    this.regs = regs
    this.stalls = stalls
    this.surroundings = surroundings
    this.windows = parts.windows
    this.report = parts.report
    this.slots = parts.slots
  }

  /** Acts on the other side. False when the core must wait; then `stalls` says for what. */
  act(core: number, ops: Int32Array, at: number): boolean {
    this.target = Target.none
    this.extraCycles = 0
    switch (ops[at]) {
      case 56 /* getss */:
      case 57 /* getsv */:
        return this.get(core, ops, at)
      case 58 /* putms */:
      case 59 /* putsv */:
        return this.put(core, ops, at)
      case 60 /* putcd */:
        return this.give(core, this.regs.c, ops[at + F.a]! + (ops[at + F.p]! & 1) * wide)
      case 94 /* putcdx */:
        return this.give(core, this.regs.x.i32, ops[at + F.a]!)
      case 61 /* getcd */:
      case 62 /* getcdx */:
        return this.fetch(core, ops, at)
      case 92 /* ldtm */:
      case 93 /* sttm */:
        this.access(core, ops, at)
        return true
      default:
        return true
    }
  }

  /** Puts what was fetched where it belongs. */
  land(): void {
    const { r, x, c } = this.regs
    const file = this.target === Target.vector ? x.i32 : this.target === Target.accumulator ? c : r
    if (this.target === Target.none) return
    for (let i = 0; i < this.targetWords; i++) file[this.targetAt + i] = this.fetched[i]!
  }

  /** Gives the number of a core's stream port, or −1 when it has none. */
  private portOf(core: number, port: number, isInput: boolean): number {
    const { streams } = this.surroundings
    const count = !streams ? 0 : isInput ? streams.inputs : streams.outputs
    return port < count ? streams!.first + core * count + port : -1
  }

  private get(core: number, ops: Int32Array, at: number): boolean {
    const isWord = ops[at] === getWord
    const count = isWord ? 1 : ops[at + F.n]! >> 2
    const port = ops[at + F.p]!
    const sink = this.portOf(core, port, true)
    this.endsPacket = false
    this.fetched.fill(0)
    const taken = sink < 0 ? 0 : this.takeWords(this.surroundings.streams!, sink, count)
    if (taken === 0 && ops[at + F.x] === 0) {
      this.stall(core, Stall.streamIn, port, count)
      return false
    }
    this.target = isWord ? Target.scalar : Target.vector
    this.targetAt = ops[at + F.d]!
    this.targetWords = isWord ? 1 : wide
    const { flags } = this.regs
    flags[core] =
      (flags[core]! & ~(status.taken | status.last)) |
      (taken > 0 ? status.taken : 0) |
      (this.endsPacket ? status.last : 0)
    if (taken > 0) this.report.pulse(core, HwEvent.streamGet, port)
    return true
  }

  /**
   * Takes `count` words of a sink, or those up to TLAST, or none while they are not all there.
   * Gives how many.
   */
  private takeWords({ ends }: CoreStreams, sink: number, count: number): number {
    const here = ends.arrived(sink)
    if (here === 0) return 0
    const last = ends.untilLast(sink)
    const taken = last > 0 && last < count ? last : count
    if (taken > here) return 0
    const at = ends.readAt(sink)
    const base = at - (at % ends.ringWords)
    const ring = ends.fifo.i32
    for (let i = 0; i < taken; i++)
      this.fetched[i] = ring[base + ((at - base + i) % ends.ringWords)]!
    this.endsPacket = last === taken
    ends.commit(sink, taken)
    ends.consume(sink, taken)
    return taken
  }

  private put(core: number, ops: Int32Array, at: number): boolean {
    const { streams } = this.surroundings
    const { sent } = this.stalls
    const count = ops[at] === putWord ? 1 : ops[at + F.n]! >> 2
    const port = ops[at + F.p]!
    const mayWait = ops[at + F.x] === 0
    const source = this.portOf(core, port, false)
    const room = source < 0 ? 0 : streams!.ends.room(source)
    const left = count - sent[core]!
    const now = room >= left ? left : mayWait ? room : 0
    if (now > 0) this.post(core, ops, at, streams!, source, now)
    if (now < left && mayWait) {
      sent[core]! += now
      this.stall(core, Stall.streamOut, port, left - now)
      if (now > 0) this.sim.schedule.at(this.slots[core]!, this.sim.schedule.now + this.extraCycles)
      return false
    }
    sent[core] = 0
    this.extraCycles = Math.max(0, this.extraCycles - 1)
    const isSent = now === left
    const { flags } = this.regs
    flags[core] = (flags[core]! & ~status.sent) | (isSent ? status.sent : 0)
    if (isSent) this.report.pulse(core, HwEvent.streamPut, port)
    return true
  }

  /** Sends the next `count` words of a put; leaves the cycles of their beats in `extraCycles`. */
  private post(
    core: number,
    ops: Int32Array,
    at: number,
    { ends }: CoreStreams,
    source: number,
    count: number,
  ): void {
    const isWord = ops[at] === putWord
    const from = isWord ? this.regs.r : this.regs.x.i32
    const done = this.stalls.sent[core]!
    const whole = isWord ? 1 : ops[at + F.n]! >> 2
    const ring = ends.fifo.i32
    const base = ends.ringOf(source)
    const first = ends.written[source]! % ends.ringWords
    for (let i = 0; i < count; i++)
      ring[base + ((first + i) % ends.ringWords)] = from[ops[at + F.a]! + done + i]!
    const isLast = (this.flexible(ops, at) & 1) !== 0 && done + count === whole
    this.extraCycles = ends.post(source, count, isLast)
  }

  private give(core: number, file: Int32Array, at: number): boolean {
    if (this.surroundings.cascade?.send(core, file, at)) {
      this.report.pulse(core, HwEvent.cascadePut, 0)
      return true
    }
    this.stall(core, Stall.cascadeOut, 0, wide)
    return false
  }

  private fetch(core: number, ops: Int32Array, at: number): boolean {
    if (!this.surroundings.cascade?.take(core, this.fetched, 0)) {
      this.stall(core, Stall.cascadeIn, 0, wide)
      return false
    }
    this.report.pulse(core, HwEvent.cascadeGet, 0)
    const d = ops[at + F.d]!
    this.targetWords = wide
    if (ops[at] === Op.getcdx) {
      this.target = Target.vector
      this.targetAt = d
      return true
    }
    const { c } = this.regs
    const half = (ops[at + F.p]! & 1) * wide
    const other = wide - half
    for (let i = 0; i < wide; i++) c[d + other + i] = c[ops[at + F.a]! + other + i]!
    this.target = Target.accumulator
    this.targetAt = d + half
    return true
  }

  private access(core: number, ops: Int32Array, at: number): void {
    const { r } = this.regs
    const { bus } = this.surroundings
    const isRead = ops[at] === Op.ldtm
    const base = r[ops[at + (isRead ? F.a : F.b)]!]!
    const offset = (base + this.flexible(ops, at)) & ~3
    const control = this.bus[core]!
    const isGood =
      (control & busEnable) !== 0 && (control & busFails) === 0 && bus?.has(core, offset) === true
    if (!isGood) this.windows.raise(core, CoreFault.busError, offset)
    if (isRead) {
      this.fetched[0] = isGood ? bus!.read(core, offset) : 0
      this.target = Target.scalar
      this.targetAt = ops[at + F.d]!
      this.targetWords = 1
    } else if (isGood) bus!.write(core, offset, r[ops[at + F.a]!]!)
  }

  /** Leaves word of what the core waits for and makes its slot due when it is time to look again. */
  private stall(core: number, kind: number, port: number, words: number): void {
    const { stalls } = this
    stalls.kind[core] = kind
    stalls.port[core] = port
    stalls.words[core] = words
    this.await(core)
  }

  private await(core: number): void {
    const { stalls, surroundings } = this
    const { streams, cascade } = surroundings
    const port = stalls.port[core]!
    switch (stalls.kind[core]) {
      case Stall.streamIn: {
        const sink = this.portOf(core, port, true)
        if (sink >= 0) this.awaitWords(streams!, sink, core)
        return
      }
      case Stall.streamOut: {
        if (this.extraCycles > 0) return
        const source = this.portOf(core, port, false)
        if (source >= 0) streams!.ends.waitForRoom(source)
        return
      }
      case Stall.cascadeIn:
        cascade?.waitForValue(core)
        return
      case Stall.cascadeOut:
        cascade?.waitForRoom(core)
        return
    }
  }

  private awaitWords({ ends }: CoreStreams, sink: number, core: number): void {
    const count = this.stalls.words[core]!
    ends.commit(sink, count)
    const last = ends.untilLast(sink)
    const wanted = last > 0 && last < count ? last : count
    const tick: Tick = ends.nextArrival(sink, wanted)
    if (tick === never) ends.waitForWords(sink)
    else this.sim.schedule.at(this.slots[core]!, tick)
  }

  private flexible(ops: Int32Array, at: number): number {
    const register = ops[at + F.vReg]!
    return register >= 0 ? this.regs.r[register]! : ops[at + F.v]!
  }
}
