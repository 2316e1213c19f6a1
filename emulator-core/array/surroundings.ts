/**
 * Surroundings of the cores: where their loads, stores and locks lead, and how far a core may run
 * ahead.
 *
 *     core ── neighbour, acquire, release ──▶ ┌──────────────┐ ──▶ Memories, Locks
 *     core ◀── horizon ────────────────────── └──────────────┘ ◀── due times of everybody else
 */
import { tileIndex, coreAt } from '../device/geometry.ts'
import type { ArrayNumbering } from '../device/parts.ts'
import type { Device } from '../device/tiles.ts'
import type { FlatMemory } from '../sim/memory.ts'
import type { Slot, Tick } from '../sim/scheduler.ts'
import { never } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import type { CoreSurroundings } from './core/surroundings.ts'
import type { Channels } from './dma/channels.ts'
import { ChannelState } from './dma/channels.ts'
import type { Locks } from './locks/locks.ts'
import type { Memories } from './memory/memories.ts'
import type { Streams } from './streams/streams.ts'
import type { Tokens } from './streams/tokens.ts'

export interface SurroundingsParts {
  readonly numbering: ArrayNumbering
  readonly memories: Memories
  readonly locks: Locks
  readonly streams: Streams
  readonly tokens: Tokens
  readonly channels: Channels
  /** Slot of each core, filled when the cores are built. */
  readonly coreSlots: Slot[]
  /** First scheduler slot that belongs to the array and the one behind its last. */
  readonly ownSlots: { first: Slot; end: Slot }
}

const windows = 4

export class Surroundings implements CoreSurroundings {
  readonly dm: FlatMemory
  private readonly sim: Sim
  private readonly parts: SurroundingsParts
  /** First lock and first channel of each core's tile, and the channel behind its last. */
  private readonly firstLock: Int32Array
  private readonly firstChannel: Int32Array
  private readonly endChannel: Int32Array

  constructor(sim: Sim, device: Device, parts: SurroundingsParts) {
    this.sim = sim
    this.parts = parts
    this.dm = parts.memories.coreDm
    const cores = device.columns * device.rows.core
    this.firstLock = new Int32Array(cores)
    this.firstChannel = new Int32Array(cores)
    this.endChannel = new Int32Array(cores)
    for (let core = 0; core < cores; core++) {
      const { column, row } = coreAt(device, core)
      const tile = tileIndex(device, column, row)
      this.firstLock[core] = parts.numbering.firstLock[tile]!
      this.firstChannel[core] = parts.numbering.firstChannel[tile]!
      this.endChannel[core] = parts.numbering.firstChannel[tile + 1]!
    }
  }

  neighbour(core: number, direction: number): number {
    return this.parts.memories.neighbour(core, direction)
  }

  acquire(owner: number, lock: number, amount: number, equal: boolean): boolean {
    return this.parts.locks.acquire(this.firstLock[owner]! + lock, amount, equal)
  }

  release(owner: number, lock: number, amount: number): void {
    this.parts.locks.release(this.firstLock[owner]! + lock, amount)
  }

  waitForLock(owner: number, lock: number, slot: Slot): void {
    this.parts.locks.wait(this.firstLock[owner]! + lock, slot)
  }

  /**
   * The last tick at which `core` may start a bundle unnoticed, by what is due now. It holds until
   * the core itself does something others can see (a lock, a stream); then it must be asked again.
   *
   * It speaks of the core's own memory: a core touches a neighbour's memory only in the first
   * bundle of a turn, so at its very tick. What bounds it: the DMA channels of its tile, the cores
   * that see its memory, and whoever can write registers. Work that is not due yet cannot begin
   * before somebody who is due starts it, so a waiting agent is bounded by the earliest due time of
   * all plus the delay of what would wake it. Channels that wait for a lock need no bound of their
   * own: whoever releases it is bounded already, and waking takes a tick. Cores that neither are
   * due nor wait for a lock run only after a register write.
   */
  horizon(core: number): Tick {
    const { schedule } = this.sim
    const { memories, coreSlots } = this.parts
    const self = coreSlots[core]!
    const next = schedule.nextDue()
    let limit = Math.min(this.writers(next), this.channelsOf(core, self, next))
    for (let i = 0; i < windows; i++) {
      const peer = memories.seer(core, i)
      if (peer < 0 || peer === core) continue
      const due = schedule.dueOf(coreSlots[peer]!)
      if (due !== never) limit = Math.min(limit, before(due, coreSlots[peer]!, self))
      else if (this.parts.locks.waitOf(coreSlots[peer]!) >= 0) limit = Math.min(limit, next)
    }
    return Math.max(schedule.now, limit)
  }

  /**
   * Bound of everybody who can write registers: agents outside the array, and whom tokens may wake.
   */
  private writers(next: Tick): Tick {
    const { schedule } = this.sim
    const { tokens, ownSlots, channels } = this.parts
    let limit = never
    for (let slot = 0; slot < ownSlots.first; slot++) limit = Math.min(limit, schedule.dueOf(slot))
    for (let slot = ownSlots.end; slot < schedule.slotCount; slot++)
      limit = Math.min(limit, schedule.dueOf(slot))
    limit = Math.min(limit, tokens.nextDelivery)
    let left = channels.tokenTasks[0]!
    for (let c = 0; left > 0; c++) {
      if (channels.tokens[c] === 0) continue
      left -= channels.tokens[c]!
      limit = Math.min(limit, this.actsAt(c, next) + tokens.leastLatency)
    }
    return limit - 1
  }

  private channelsOf(core: number, self: Slot, next: Tick): Tick {
    const { channels } = this.parts
    let limit = never
    for (let c = this.firstChannel[core]!; c < this.endChannel[core]!; c++) {
      const due = this.sim.schedule.dueOf(channels.slot[c]!)
      if (due !== never) limit = Math.min(limit, before(due, channels.slot[c]!, self))
      else if (channels.state[c] === ChannelState.stream)
        limit = Math.min(limit, this.actsAt(c, next) - 1)
    }
    return limit
  }

  /** Earliest tick at which a channel can act, given that nobody acts before `next`. */
  private actsAt(c: number, next: Tick): Tick {
    const { channels, streams } = this.parts
    const { schedule } = this.sim
    const due = schedule.dueOf(channels.slot[c]!)
    if (due !== never) return due
    if (channels.state[c] !== ChannelState.stream || channels.info[c]!.isMm2s) return next + 1
    const source = streams.table.sourceOf(c)
    if (source < 0) return next + 1
    const slot = streams.slotOf(source)
    const sends = slot < 0 ? next : schedule.dueOf(slot)
    return (sends === never ? next : sends) + streams.table.latencyTo(c)
  }
}

/** The last tick of `self` that comes before `slot` acts at `due`. */
function before(due: Tick, slot: Slot, self: Slot): Tick {
  return slot < self ? due - 1 : due
}
