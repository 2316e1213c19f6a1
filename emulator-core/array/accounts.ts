/**
 * Accounts of the array: what every tick of every core and every DMA channel went into.
 *
 *     dma/states ─── channel, cause ──▶ ┌───────────────┐
 *     core/report ── core, cause ─────▶ │ ArrayAccounts │ ── stalls() ──▶ inspector, run --json
 *     dma/task-queue ── queued ───────▶ └───────────────┘
 *
 * An account begins when its agent first does something. From then on run, the causes of waiting and
 * idle add up to the time that has passed.
 *
 * Faithful    one cause per tick, from the same instants at which states change
 * Simplified  the cycle between enabling a core and its first bundle counts as run; a channel moves
 *             batches, so a gap inside a batch counts as run
 */
import { PartKind, partOf } from '../device/parts.ts'
import { Accounts } from '../sim/accounts.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'

/** What a tick of a core or a channel goes into. */
export const Cause = {
  /** Nothing to do: no task, or a core that is off, done or stopped by a fault. */
  idle: 0,
  run: 1,
  lock: 2,
  /** Words have nowhere to go. */
  streamFull: 3,
  /** Words have not come. */
  streamEmpty: 4,
  cascade: 5,
  /** Banks of data memory serve others. */
  memory: 6,
  /** A task leaves the queue, or a descriptor is loaded. */
  descriptor: 7,
  /** Host memory starts up. */
  ddr: 8,
  /** A token or a count cannot leave. */
  token: 9,
  /** Halted, or paused by a control register. */
  halt: 10,
} as const
export type Cause = (typeof Cause)[keyof typeof Cause]

/** Names of the causes, by number. */
export const causeNames = Object.keys(Cause) as readonly (keyof typeof Cause)[]

/** Where the time of one agent went. */
export interface StallView {
  readonly part: number
  /** Tick at which it first did something. */
  readonly start: Tick
  readonly elapsed: number
  /** Ticks per `Cause`; they add up to `elapsed`. */
  readonly ticks: readonly number[]
  /** Ticks during which a task waited behind the channel's present one; they overlap the others. */
  readonly queued: number
}

export class ArrayAccounts {
  private readonly channels: Accounts
  private readonly cores: Accounts
  private readonly waiting: Accounts

  constructor(sim: Sim, channels: number, cores: number) {
    this.channels = new Accounts(sim, 'array.stall.channel', channels, causeNames.length)
    this.cores = new Accounts(sim, 'array.stall.core', cores, causeNames.length)
    this.waiting = new Accounts(sim, 'array.stall.queue', channels, 2)
  }

  channel(channel: number, cause: Cause): void {
    this.channels.enter(channel, cause)
  }

  core(core: number, cause: Cause): void {
    this.cores.enter(core, cause)
  }

  /** So many tasks wait behind the present one of a channel. */
  queued(channel: number, tasks: number): void {
    this.waiting.enter(channel, tasks > 0 ? 1 : 0)
  }

  /** The account of a channel. */
  ofChannel(channel: number): StallView {
    const part = partOf(PartKind.channel, channel)
    return { ...viewOf(this.channels, channel, part), queued: this.waiting.spent(channel, 1) }
  }

  /** The account of a core that has lost `memoryCycles` of its running time to banks. */
  ofCore(core: number, memoryCycles = 0): StallView {
    const view = viewOf(this.cores, core, partOf(PartKind.core, core))
    const ticks = [...view.ticks]
    // A core may have been charged for a bundle that is still under way.
    const lost = Math.min(memoryCycles, ticks[Cause.run]!)
    ticks[Cause.run]! -= lost
    ticks[Cause.memory]! += lost
    return { ...view, ticks }
  }

  /** The accounts of all channels and cores that ever did something. */
  all(memoryCycles: (core: number) => number): readonly StallView[] {
    const list: StallView[] = []
    for (let c = 0; c < this.channels.agents; c++) {
      if (this.channels.start(c) >= 0) list.push(this.ofChannel(c))
    }
    for (let core = 0; core < this.cores.agents; core++) {
      if (this.cores.start(core) >= 0) list.push(this.ofCore(core, memoryCycles(core)))
    }
    return list
  }
}

function viewOf(accounts: Accounts, agent: number, part: number): StallView {
  const ticks = causeNames.map((_, cause) => accounts.spent(agent, cause))
  return {
    part,
    start: accounts.start(agent),
    elapsed: accounts.elapsed(agent),
    ticks,
    queued: 0,
  }
}
