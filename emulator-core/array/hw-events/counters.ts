/**
 * Performance counters: each counts the cycles between two events, or the cycles in which one event is on.
 *
 *     events of a cycle ──▶ ┌──────────┐ ── value reached ──▶ PERF_CNT_n, a cycle later
 *                           │ Counters │
 *     bus ── read, write ─▶ └──────────┘
 *
 * Between two changes of its unit's events a counter grows steadily, so its value is computed from the time that has
 * passed. In the cycle of a reset event a counter begins anew and counts that cycle, so that one that resets itself by
 * reaching its value ticks with exactly that period. A stop event wins over a start event of the same cycle.
 */
import { EventRegister } from '../../device/registers/events.ts'
import type { Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { EventUnits } from './units.ts'

const perUnit = 12
const wrap = 2 ** 32

/** Is an event on in a vector of event words? Event 0 never is. */
export function isOn(vector: Uint32Array, event: number): boolean {
  return event !== 0 && ((vector[event >> 5]! >>> (event & 31)) & 1) !== 0
}

export class Counters {
  private readonly value: Float64Array
  /** 1 while between start and stop. */
  private readonly running: Uint8Array
  /** 1 when it counts every cycle until the unit's events change. */
  private readonly steady: Uint8Array
  private readonly snapshot: Uint32Array
  /** Tick through which the counters of a unit stand. */
  private readonly through: Float64Array
  private readonly units: EventUnits

  constructor(sim: Sim, units: EventUnits) {
    this.units = units
    const n = units.count * perUnit
    this.value = sim.state.f64('array.counter.value', n)
    this.running = sim.state.u8('array.counter.running', n)
    this.steady = sim.state.u8('array.counter.steady', n)
    this.snapshot = sim.state.u32('array.counter.snapshot', n)
    this.through = sim.state.f64('array.counter.through', units.count)
    this.through.fill(-1)
  }

  /** What a counter shows at `now`: the cycles before. */
  read(u: number, c: number, now: Tick): number {
    const at = u * perUnit + c
    const more = this.steady[at] === 0 ? 0 : Math.max(0, now - 1 - this.through[u]!)
    return (this.value[at]! + more) % wrap
  }

  write(u: number, c: number, value: number): void {
    this.value[u * perUnit + c] = value >>> 0
  }

  readSnapshot(u: number, c: number): number {
    return this.snapshot[u * perUnit + c]!
  }

  writeSnapshot(u: number, c: number, value: number): void {
    this.snapshot[u * perUnit + c] = value
  }

  /** Counts up to and with the tick before `tick`, in which nothing changed. */
  advance(u: number, tick: Tick): void {
    const cycles = tick - 1 - this.through[u]!
    if (cycles <= 0) return
    const end = u * perUnit + this.units.modules[u]!.counters
    for (let at = u * perUnit; at < end; at++)
      if (this.steady[at] !== 0) this.value[at] = (this.value[at]! + cycles) % wrap
    this.through[u] = tick - 1
  }

  /** Counts `tick`, in which the events of `vector` are on; answers a bit per counter that reached its value. */
  count(u: number, vector: Uint32Array, tick: Tick): number {
    const { units } = this
    const { counters } = units.modules[u]!
    const load = isOn(vector, units.event(u, EventRegister.snapshotLoad, 0))
    let reached = 0
    for (let c = 0; c < counters; c++) {
      const at = u * perUnit + c
      if (load) this.snapshot[at] = this.value[at]!
      const resets = isOn(vector, units.event(u, EventRegister.counterReset, c))
      if (resets) this.value[at] = 0
      const counts = this.counts(u, c, vector)
      this.steady[at] = counts && !resets ? 1 : 0
      if (!counts) continue
      this.value[at] = (this.value[at]! + 1) % wrap
      if (this.value[at] === units.read(u, EventRegister.compare, c)) reached |= 1 << c
    }
    this.through[u] = tick
    return reached
  }

  /** The tick in which a counter next reaches its value if nothing changes, or `never`. */
  nextReached(u: number): Tick {
    const { counters } = this.units.modules[u]!
    let next = never
    for (let c = 0; c < counters; c++) {
      const at = u * perUnit + c
      if (this.steady[at] === 0) continue
      const left = this.units.read(u, EventRegister.compare, c) - this.value[at]!
      next = Math.min(next, this.through[u]! + (left > 0 ? left : left + wrap))
    }
    return next
  }

  reset(u: number): void {
    const from = u * perUnit
    this.value.fill(0, from, from + perUnit)
    this.running.fill(0, from, from + perUnit)
    this.steady.fill(0, from, from + perUnit)
    this.snapshot.fill(0, from, from + perUnit)
  }

  private counts(u: number, c: number, vector: Uint32Array): boolean {
    const start = this.units.event(u, EventRegister.counterEvents, 2 * c)
    const stop = this.units.event(u, EventRegister.counterEvents, 2 * c + 1)
    if (start === stop) return isOn(vector, start)
    const at = u * perUnit + c
    if (isOn(vector, stop)) this.running[at] = 0
    else if (isOn(vector, start)) this.running[at] = 1
    return this.running[at] !== 0
  }
}
