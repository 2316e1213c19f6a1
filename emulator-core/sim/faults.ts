/**
 * Faults: what goes wrong in the emulated machine, kept as numbers so that it replays and costs no prose.
 *
 *     part ── raise(code, part, detail) ──▶ ┌────────┐ ── latest ──▶ machine stops, driver is told
 *                                           │ Faults │
 *                                           └────────┘ ── the sentence is made when somebody looks
 */
import type { StateArena } from './arena.ts'
import type { Scheduler, Tick } from './scheduler.ts'

export interface Fault {
  readonly tick: Tick
  readonly code: number
  readonly part: number
  readonly detail: number
}

const capacity = 64

export class Faults {
  private readonly count: Int32Array
  private readonly ticks: Float64Array
  private readonly words: Int32Array
  private readonly schedule: Scheduler

  constructor(state: StateArena, schedule: Scheduler) {
    this.count = state.i32('sim.faults.count', 1)
    this.ticks = state.f64('sim.faults.tick', capacity)
    this.words = state.i32('sim.faults.words', capacity * 3)
    this.schedule = schedule
  }

  /** Records a fault: a code the raising part defines, the part's number and one detail. */
  raise(code: number, part: number, detail: number): void {
    const at = this.count[0]! % capacity
    this.ticks[at] = this.schedule.now
    this.words.set([code, part, detail], at * 3)
    this.count[0]!++
  }

  /** Number of faults raised so far. */
  get total(): number {
    return this.count[0]!
  }

  /** The faults that are still kept, oldest first. */
  list(): readonly Fault[] {
    const from = Math.max(0, this.total - capacity)
    return Array.from({ length: this.total - from }, (_, i) => {
      const at = (from + i) % capacity
      return {
        tick: this.ticks[at]!,
        code: this.words[at * 3]!,
        part: this.words[at * 3 + 1]!,
        detail: this.words[at * 3 + 2]!,
      }
    })
  }
}
