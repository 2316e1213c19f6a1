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
import type { CorePorts, CoreSurroundings } from './core/surroundings.ts'
import type { Channels } from './dma/channels.ts'
import { ChannelState } from './dma/channels.ts'
import { Foresight } from './dma/foresight.ts'
import type { Locks } from './locks/locks.ts'
import type { Memories } from './memory/memories.ts'
import type { RegisterFile } from './registers/register-file.ts'
import type { Streams } from './streams/streams.ts'
import type { Tokens } from './streams/tokens.ts'

export interface SurroundingsParts {
  readonly numbering: ArrayNumbering
  readonly memories: Memories
  readonly locks: Locks
  readonly streams: Streams
  readonly tokens: Tokens
  readonly channels: Channels
  readonly ports: CorePorts
  readonly registers: RegisterFile
  /** Slot of each core, filled when the cores are built. */
  readonly coreSlots: Slot[]
  /** First scheduler slot that belongs to the array and the one behind its last. */
  readonly ownSlots: { first: Slot; end: Slot }
}

const windows = 4
/** A bound nearer than this is worth another look. */
const patience = 256

export class Surroundings implements CoreSurroundings {
  readonly dm: FlatMemory
  readonly ports: CorePorts
  private readonly sim: Sim
  private readonly parts: SurroundingsParts
  private readonly foresight: Foresight
  /** End of the slots that the scheduler was told are the array's. */
  private fenced = -1
  /** First lock and first channel of each core's tile, and the channel behind its last. */
  private readonly firstLock: Int32Array
  private readonly firstChannel: Int32Array
  private readonly endChannel: Int32Array

  constructor(sim: Sim, device: Device, parts: SurroundingsParts) {
    this.sim = sim
    this.parts = parts
    this.dm = parts.memories.coreDm
    this.ports = parts.ports
    const cores = device.columns * device.rows.core
    const tileOfCore = new Int32Array(cores)
    this.firstLock = new Int32Array(cores)
    this.firstChannel = new Int32Array(cores)
    this.endChannel = new Int32Array(cores)
    for (let core = 0; core < cores; core++) {
      const { column, row } = coreAt(device, core)
      const tile = tileIndex(device, column, row)
      tileOfCore[core] = tile
      this.firstLock[core] = parts.numbering.firstLock[tile]!
      this.firstChannel[core] = parts.numbering.firstChannel[tile]!
      this.endChannel[core] = parts.numbering.firstChannel[tile + 1]!
    }
    this.foresight = new Foresight(sim, device, tileOfCore, parts)
  }

  neighbour(core: number, direction: number): number {
    return this.parts.memories.neighbour(core, direction)
  }

  acquire(owner: number, lock: number, amount: number, equal: boolean, slot: Slot): boolean {
    return this.parts.locks.acquire(this.firstLock[owner]! + lock, amount, equal, slot)
  }

  release(owner: number, lock: number, amount: number, slot: Slot): void {
    this.parts.locks.release(this.firstLock[owner]! + lock, amount, slot)
  }

  cancelWait(slot: Slot): void {
    this.parts.locks.cancel(slot)
  }

  /**
   * The last tick at which `core` may start a bundle unnoticed, by what is due now. It holds until
   * the core itself does something others can see (a lock, a stream); then it must be asked again.
   *
   * It speaks of the core's own memory: a core touches a neighbour's memory only in the first
   * bundle of a turn, so at its very tick. What bounds it: the DMA channels of its tile, the cores
   * that see its memory, and whoever can write registers. Channels of the own tile that wait for a
   * lock need no bound of their own: whoever releases it is bounded already, and waking takes a
   * tick. Cores that neither are due nor wait for a lock run only after a register write.
   */
  horizon(core: number): Tick {
    const { schedule } = this.sim
    const { now } = schedule
    const { tokens, streams, locks, ownSlots } = this.parts
    if (this.fenced !== ownSlots.end) {
      schedule.fence(ownSlots.first, ownSlots.end)
      this.fenced = ownSlots.end
    }
    if (streams.isUnsettled) return now
    const writers = Math.min(schedule.outerDue, tokens.nextDelivery) - 1
    const near = Math.min(writers, locks.nextRelease, this.dueBound(core))
    if (near <= now) return now
    const { foresight } = this
    let far = foresight.holds ? Math.min(near, this.waitBound(core)) : now
    if (far < near && far < now + patience) {
      foresight.look(core)
      far = Math.min(near, this.waitBound(core))
    }
    return Math.max(now, far)
  }

  /** Bound of the own tile's channels and of the cores that see its memory, if they are due. */
  private dueBound(core: number): Tick {
    const { schedule } = this.sim
    const { channels, memories, coreSlots } = this.parts
    const self = coreSlots[core]!
    let limit = never
    for (let c = this.firstChannel[core]!; c < this.endChannel[core]!; c++) {
      const slot = channels.slot[c]!
      limit = Math.min(limit, before(schedule.dueOf(slot), slot, self))
    }
    for (let i = 0; i < windows; i++) {
      const peer = memories.seer(core, i)
      if (peer < 0) break
      if (peer === core) continue
      limit = Math.min(limit, before(schedule.dueOf(coreSlots[peer]!), coreSlots[peer]!, self))
    }
    return limit
  }

  /** Bound of those who wait: for words, for room, for a lock, for a token. */
  private waitBound(core: number): Tick {
    const { foresight } = this
    const { schedule } = this.sim
    const { channels, memories, coreSlots } = this.parts
    let limit = foresight.token
    for (let c = this.firstChannel[core]!; c < this.endChannel[core]!; c++) {
      if (channels.state[c] !== ChannelState.stream || foresight.acts[c]! >= limit) continue
      if (schedule.dueOf(channels.slot[c]!) === never) limit = foresight.acts[c]!
    }
    for (let i = 0; i < windows; i++) {
      const peer = memories.seer(core, i)
      if (peer < 0) break
      if (peer !== core && schedule.dueOf(coreSlots[peer]!) === never)
        limit = Math.min(limit, foresight.wakes[peer]!)
    }
    return limit - 1
  }
}

/** The last tick of `self` that comes before `slot` acts at `due`. */
function before(due: Tick, slot: Slot, self: Slot): Tick {
  return slot < self ? due - 1 : due
}
