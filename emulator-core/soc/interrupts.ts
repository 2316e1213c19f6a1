/**
 * Interrupts: message-signalled vectors from the die to the host.
 *
 *     firmware ── raise(vector) ──▶ ┌────────────┐ ── some microseconds later ──▶ handler(vector) in the driver
 *                                   │ Interrupts │
 *                                   └────────────┘
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
  /** When each vector reaches the host, `never` when it is not pending. */
  private readonly due: Float64Array
  private readonly slot: Slot
  private readonly handler: (vector: number) => void

  constructor(sim: Sim, facts: HostFacts, handler: (vector: number) => void) {
    this.sim = sim
    this.delay = facts.ticks.interrupt
    this.due = sim.state.f64('soc.msix.due', facts.vectors.count)
    this.due.fill(never)
    this.handler = handler
    this.slot = sim.schedule.slot('soc.msix', () => this.deliver())
  }

  /** Raises a vector on the die. */
  raise(vector: number): void {
    if (this.due[vector] !== never) return
    this.due[vector] = this.sim.schedule.now + this.delay
    this.sim.trace.emit(SocEvent.interruptRaised, vector, 0, 0)
    this.arm()
  }

  /** Whether a vector is on its way to the host. */
  isPending(vector: number): boolean {
    return this.due[vector] !== never
  }

  private deliver(): void {
    const now = this.sim.schedule.now
    for (let vector = 0; vector < this.due.length; vector++) {
      if (this.due[vector] > now) continue
      this.due[vector] = never
      this.sim.trace.emit(SocEvent.interruptTaken, vector, 0, 0)
      this.handler(vector)
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
