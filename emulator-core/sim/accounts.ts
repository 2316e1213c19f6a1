/**
 * Accounts: where the time of many agents goes, every tick under exactly one cause.
 *
 *     agent ── enter(agent, cause), when its state changes ──▶ ┌──────────┐
 *     views ◀── spent(agent, cause), elapsed(agent) ────────── │ Accounts │
 *                                                              └──────────┘
 *
 * Nothing is counted cycle by cycle: an interval is added when its cause ends, and the one under way
 * is added when somebody asks. So the sum over all causes is the time since the agent first left
 * cause 0, whatever happened.
 */
import type { Tick } from './scheduler.ts'
import type { Sim } from './sim.ts'

export class Accounts {
  /** Number of agents and of causes. */
  readonly agents: number
  readonly causes: number
  private readonly sim: Sim
  /** Ticks of the intervals that have ended: cause after cause, agent after agent. */
  private readonly ticks: Float64Array
  private readonly cause: Uint8Array
  /** Tick at which the present cause began. */
  private readonly since: Float64Array
  /** Tick at which the agent first did anything; −1 before. */
  private readonly first: Float64Array

  constructor(sim: Sim, name: string, agents: number, causes: number) {
    this.sim = sim
    this.agents = agents
    this.causes = causes
    this.ticks = sim.state.f64(`${name}.ticks`, agents * causes)
    this.cause = sim.state.u8(`${name}.cause`, agents)
    this.since = sim.state.f64(`${name}.since`, agents)
    this.first = sim.state.f64(`${name}.first`, agents).fill(-1)
  }

  /** From now on an agent's time belongs to a cause. */
  enter(agent: number, cause: number): void {
    const before = this.cause[agent]!
    if (before === cause) return
    const { now } = this.sim.schedule
    if (this.first[agent]! < 0) this.first[agent] = now
    else this.ticks[agent * this.causes + before]! += now - this.since[agent]!
    this.since[agent] = now
    this.cause[agent] = cause
  }

  /** The cause that an agent's time belongs to now. */
  causeOf(agent: number): number {
    return this.cause[agent]!
  }

  /** Ticks that an agent has spent on a cause until now. */
  spent(agent: number, cause: number): number {
    const isNow = this.first[agent]! >= 0 && this.cause[agent] === cause
    const open = isNow ? this.sim.schedule.now - this.since[agent]! : 0
    return this.ticks[agent * this.causes + cause]! + open
  }

  /** Tick at which an agent first did anything, −1 when it never did. */
  start(agent: number): Tick {
    return this.first[agent]!
  }

  /** Ticks from then until now. */
  elapsed(agent: number): number {
    const first = this.first[agent]!
    return first < 0 ? 0 : this.sim.schedule.now - first
  }
}
