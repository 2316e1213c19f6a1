/**
 * Interrupts: message-signalled vectors from the die to the host.
 *
 *     firmware ── raise(vector, function) ──▶ ┌────────────┐ ── some microseconds later ──▶ handler in the driver
 *                                             │ Interrupts │
 *                                             └────────────┘
 *
 * Every function has vectors of its own.
 *
 * Faithful    a vector raised again before the host took it arrives once
 * Simplified  the delay from raise to handler is one modelled constant
 */
import type { HostFacts } from '../device/host-facts.ts'
import { never } from '../sim/scheduler.ts'
import type { Slot } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import { SocEvent } from './events.ts'

export class Interrupts {
  private readonly sim: Sim
  private readonly delay: number
  /** When each vector of each function reaches the host, `never` when it is not pending. */
  private readonly due: Float64Array
  private readonly slot: Slot
  /** Vectors of one function. */
  private readonly count: number
  private readonly handler: (vector: number, fn: number) => void

  constructor(sim: Sim, facts: HostFacts, handler: (vector: number, fn: number) => void) {
    this.sim = sim
    this.delay = facts.ticks.interrupt
    this.count = facts.vectors.count
    this.due = sim.state.f64('soc.msix.due', this.count * facts.functions.kinds.length)
    this.due.fill(never)
    this.handler = handler
    this.slot = sim.schedule.slot('soc.msix', () => this.deliver())
  }

  /** Raises a vector of a function on the die. */
  raise(vector: number, fn = 0): void {
    const at = fn * this.count + vector
    if (this.due[at] !== never) return
    this.due[at] = this.sim.schedule.now + this.delay
    this.sim.trace.emit(SocEvent.interruptRaised, vector, fn, 0)
    this.arm()
  }

  /** Whether a vector of a function is on its way to the host. */
  isPending(vector: number, fn = 0): boolean {
    return this.due[fn * this.count + vector] !== never
  }

  /** A function is gone: what was on its way from it does not arrive. */
  drop(fn: number): void {
    this.due.fill(never, fn * this.count, (fn + 1) * this.count)
    this.arm()
  }

  private deliver(): void {
    const now = this.sim.schedule.now
    for (let at = 0; at < this.due.length; at++) {
      if (this.due[at] > now) continue
      this.due[at] = never
      const fn = Math.floor(at / this.count)
      const vector = at - fn * this.count
      this.sim.trace.emit(SocEvent.interruptTaken, vector, fn, 0)
      this.handler(vector, fn)
    }
    this.arm()
  }

  private arm(): void {
    let next = never
    for (let vector = 0; vector < this.due.length; vector++) {
      if (this.due[vector] < next) next = this.due[vector]
    }
    if (next !== never) this.sim.schedule.at(this.slot, next)
  }
}
