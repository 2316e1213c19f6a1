/**
 * Trace units: each watches eight events and writes what it sees, with the time between, as frames into packets.
 *
 *     events of a cycle ──▶ ┌────────────┐ ── frames ──▶ TracePackets ──▶ stream switch
 *     bus ── control ─────▶ │ TraceUnits │
 *                           └────────────┘
 *
 * A cycle in which slots are on gets one frame with all of them. A frame in front of which cycles passed names an
 * instant; to hold it, a frame without delta follows and repeats prolong that one. So no frame is written while nothing
 * changes, and the length of a hold is written when it ends. Recording begins the cycle after the start event and ends
 * before the stop event (measured on Phoenix).
 *
 * Faithful    frame patterns, one frame per cycle at most, holds by repeats as captured on Phoenix, start frame
 * Modelled    what is lost when the port is not ready: whole packets, then a start frame sets the time anew
 * Left out    execution trace (mode 2), refused by a note
 */
import {
  traceDelta,
  TraceMode,
  traceRepeat,
  traceStart,
  traceSync,
} from '../../device/abi/trace-words.ts'
import { columnOf, rowOf } from '../../device/geometry.ts'
import { traceSlots } from '../../device/hw-event-module.ts'
import { EventRegister } from '../../device/registers/events.ts'
import type { Device } from '../../device/tiles.ts'
import type { Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { isOn } from './counters.ts'
import type { TracePackets } from './trace-packets.ts'
import type { EventUnits } from './units.ts'

/** State field of the status register. */
export const TraceState = { idle: 0, running: 1, overrun: 3 } as const

export class TraceUnits {
  private readonly state: Uint8Array
  /** 1 while a start event that is on may start the unit: it was off before. */
  private readonly armed: Uint8Array
  /** Last cycle that frames account for, the slots that were on then, and 1 when that frame had a delta. */
  private readonly last: Float64Array
  private readonly mask: Uint8Array
  private readonly wasInstant: Uint8Array
  private readonly units: EventUnits
  private readonly packets: TracePackets
  private readonly device: Device
  private readonly programCounter: (tile: number) => number

  constructor(
    sim: Sim,
    device: Device,
    units: EventUnits,
    packets: TracePackets,
    programCounter: (tile: number) => number,
  ) {
    this.device = device
    this.units = units
    this.packets = packets
    this.programCounter = programCounter
    const n = units.firstTrace[units.count]!
    this.state = sim.state.u8('array.trace.state', n)
    this.armed = sim.state.u8('array.trace.armed', n)
    this.last = sim.state.f64('array.trace.last', n)
    this.mask = sim.state.u8('array.trace.mask', n)
    this.wasInstant = sim.state.u8('array.trace.wasInstant', n)
  }

  /** The status register of trace unit `k` of a unit. */
  status(u: number, k: number): number {
    return (this.state[this.units.firstTrace[u]! + k]! << 8) | this.mode(u, k)
  }

  /** Control 0 was written: a new session may start. */
  configure(u: number, k: number): void {
    const t = this.units.firstTrace[u]! + k
    this.state[t] = TraceState.idle
    this.armed[t] = 1
    this.mask[t] = 0
    this.packets.drop(t)
  }

  reset(u: number): void {
    for (let t = this.units.firstTrace[u]!; t < this.units.firstTrace[u + 1]!; t++) {
      this.state[t] = TraceState.idle
      this.armed[t] = 0
      this.mask[t] = 0
      this.packets.reset(t)
    }
  }

  /** The events of `vector` are on in cycle `tick`; the unit's timer shows `time` then. */
  step(u: number, vector: Uint32Array, tick: Tick, time: number): void {
    const count = this.units.modules[u]!.traceUnits
    for (let k = 0; k < count; k++) {
      const control = this.units.read(u, EventRegister.traceControl, 2 * k)
      const start = (control >>> 16) & this.units.mask(u)
      if (start === 0) continue
      this.stepOne(u, k, vector, tick, time, start, (control >>> 24) & this.units.mask(u))
    }
  }

  private stepOne(
    u: number,
    k: number,
    vector: Uint32Array,
    tick: Tick,
    time: number,
    start: number,
    stop: number,
  ): void {
    const t = this.units.firstTrace[u]! + k
    const begins = isOn(vector, start)
    const ends = isOn(vector, stop)
    switch (this.state[t]) {
      case TraceState.idle:
        if (begins && this.armed[t] !== 0 && this.mode(u, k) <= TraceMode.eventPc)
          this.begin(u, k, tick, time)
        break
      case TraceState.running:
        if (ends) this.end(u, k, tick)
        else this.record(u, k, vector, tick)
        break
      default:
        if (ends) this.state[t] = TraceState.idle
        else if (this.packets.hasRoom(t)) this.begin(u, k, tick, time)
    }
    this.armed[t] = begins ? 0 : 1
  }

  /** Only the first unit of a core has a mode. */
  private mode(u: number, k: number): number {
    const module = this.units.modules[u]!
    const isCore = k === 0 && module.runs['coreActive'] !== undefined
    return isCore ? this.units.read(u, EventRegister.traceControl, 0) & 3 : TraceMode.eventTime
  }

  private begin(u: number, k: number, tick: Tick, time: number): void {
    const t = this.units.firstTrace[u]! + k
    this.state[t] = TraceState.running
    this.last[t] = tick
    this.mask[t] = 0
    this.wasInstant[t] = 1
    this.put(u, k, traceStart | this.mode(u, k))
    let high = Math.floor(time / 2 ** 32) & 0xffffff
    for (let i = 0; i < 3; i++, high <<= 8) this.put(u, k, (high >>> 16) & 0xff)
    for (let shift = 24; shift >= 0; shift -= 8) this.put(u, k, (time >>> shift) & 0xff)
  }

  private end(u: number, k: number, tick: Tick): void {
    const t = this.units.firstTrace[u]! + k
    this.hold(u, k, tick - 1)
    this.state[t] = TraceState.idle
    if (this.packets.isOpen(t)) this.close(u, k)
    if (this.state[t] === TraceState.overrun) this.state[t] = TraceState.idle
  }

  private record(u: number, k: number, vector: Uint32Array, tick: Tick): void {
    const t = this.units.firstTrace[u]! + k
    const mask = this.slotsOn(u, k, vector)
    if (this.mode(u, k) === TraceMode.eventPc) {
      if (mask !== 0 && mask !== this.mask[t]) this.framePc(u, k, mask)
      this.mask[t] = mask
      return
    }
    // Held since the last frame without a gap: the hold goes on.
    if (mask === this.mask[t]) return
    this.hold(u, k, tick - 1)
    this.mask[t] = mask
    if (mask === 0 || this.state[t] !== TraceState.running) return
    let gap = tick - 1 - this.last[t]!
    while (gap > traceDelta.long) {
      this.put(u, k, traceSync)
      gap -= traceDelta.long + 1
    }
    this.frame(u, k, mask, gap)
    this.last[t] = tick
  }

  /** Writes that the slots of the last frame stayed on up to and with `end`. */
  private hold(u: number, k: number, end: Tick): void {
    const t = this.units.firstTrace[u]! + k
    let cycles = end - this.last[t]!
    if (this.mask[t] === 0 || cycles <= 0 || this.mode(u, k) !== TraceMode.eventTime) return
    this.last[t] = end
    if (this.wasInstant[t] !== 0) {
      this.frame(u, k, this.mask[t]!, 0)
      cycles--
    }
    while (cycles > 0) {
      const n = Math.min(cycles, traceRepeat.long)
      if (n > traceRepeat.short) {
        this.put(u, k, 0xd8 | (n >> 8))
        this.put(u, k, n & 0xff)
      } else this.put(u, k, 0xe0 | n)
      cycles -= n
    }
  }

  private slotsOn(u: number, k: number, vector: Uint32Array): number {
    let mask = 0
    for (let s = 0; s < traceSlots; s++)
      if (isOn(vector, this.units.event(u, EventRegister.traceEvents, 8 * k + s))) mask |= 1 << s
    return mask
  }

  private frame(u: number, k: number, mask: number, delta: number): void {
    this.wasInstant[this.units.firstTrace[u]! + k] = delta === 0 ? 0 : 1
    const slot = 31 - Math.clz32(mask)
    const isSingle = mask === 1 << slot
    if (delta <= traceDelta.short) {
      if (isSingle) return this.put(u, k, (slot << 4) | delta)
      this.put(u, k, 0xc0 | (mask >> 4))
      return this.put(u, k, ((mask & 0xf) << 4) | delta)
    }
    const isMiddle = delta <= traceDelta.middle
    const top = isMiddle ? delta >> 8 : delta >> 16
    if (isSingle) this.put(u, k, (isMiddle ? 0x80 : 0xa0) | (slot << 2) | top)
    else {
      this.put(u, k, (isMiddle ? 0xd0 : 0xd4) | (mask >> 6))
      this.put(u, k, ((mask & 0x3f) << 2) | top)
    }
    if (!isMiddle) this.put(u, k, (delta >> 8) & 0xff)
    this.put(u, k, delta & 0xff)
  }

  private framePc(u: number, k: number, mask: number): void {
    const pc = this.programCounter(this.units.tileOf[u]!) & 0x3fff
    this.put(u, k, 0xc4 | (mask >> 6))
    this.put(u, k, (mask & 0x3f) << 2)
    this.put(u, k, pc >> 8)
    this.put(u, k, pc & 0xff)
  }

  private put(u: number, k: number, byte: number): void {
    const t = this.units.firstTrace[u]! + k
    if (this.state[t] === TraceState.overrun) return
    if (this.packets.put(t, byte)) this.close(u, k)
  }

  private close(u: number, k: number): void {
    const { units, device } = this
    const t = units.firstTrace[u]! + k
    const tile = units.tileOf[u]!
    const control = units.read(u, EventRegister.traceControl, 2 * k + 1)
    if (!this.packets.close(t, columnOf(device, tile), rowOf(device, tile), control))
      this.state[t] = TraceState.overrun
  }
}
