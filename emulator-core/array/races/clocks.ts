/**
 * Clocks: for every agent, how far it knows that each other agent has come.
 *
 *     publish(agent) ──▶ a clock that travels with a lock, a task, a word ──▶ join(other, clock)
 *
 * An agent's own time is counted in epochs: accesses of one epoch are known to others together. A new
 * epoch begins with the first access after a publication.
 */

/** A clock that no longer changes: the epoch of each agent. */
export type Clock = Int32Array

export class Clocks {
  private readonly live: Int32Array[]
  /** The last publication of an agent, while nothing has changed since. */
  private readonly published: (Clock | undefined)[]

  constructor(agents: number) {
    this.live = Array.from({ length: agents }, (_, agent) => {
      const clock = new Int32Array(agents)
      clock[agent] = 1
      return clock
    })
    this.published = Array.from({ length: agents }, () => undefined)
  }

  /** The epoch to which an access of an agent belongs now. */
  epoch(agent: number): number {
    const clock = this.live[agent]!
    if (this.published[agent] !== undefined) {
      clock[agent]!++
      this.published[agent] = undefined
    }
    return clock[agent]!
  }

  /** Everything that an agent has done and knows, for others. */
  publish(agent: number): Clock {
    return (this.published[agent] ??= this.live[agent]!.slice())
  }

  /** From now on an agent knows what a clock knows. */
  join(agent: number, clock: Clock | undefined): void {
    if (clock === undefined) return
    const own = this.live[agent]!
    let isNews = false
    for (let i = 0; i < own.length; i++) {
      if (clock[i]! <= own[i]!) continue
      own[i] = clock[i]!
      isNews = true
    }
    // What was published before lacks the news; the epoch has to change with it.
    if (isNews && this.published[agent] !== undefined) {
      own[agent]!++
      this.published[agent] = undefined
    }
  }

  /** Does an agent know what another did in an epoch? */
  knows(agent: number, other: number, epoch: number): boolean {
    return this.live[agent]![other]! >= epoch
  }
}

/** The later of two clocks, agent by agent; `into` may change. */
export function merged(into: Clock | undefined, clock: Clock): Clock {
  if (into === undefined) return clock.slice()
  for (let i = 0; i < into.length; i++) if (clock[i]! > into[i]!) into[i] = clock[i]!
  return into
}
