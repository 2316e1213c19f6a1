/**
 * Surroundings of the cores: where their loads, stores and locks lead, and how far a core may run
 * ahead.
 *
 *     core ── neighbour, acquire, release ──▶ ┌──────────────┐ ──▶ Memories, Locks
 *     core ◀── horizon ────────────────────── └──────────────┘ ◀── due times of everybody else
 */
import { tileIndex, coreAt, tileAddress } from '../device/geometry.ts'
import { type ArrayNumbering, PartKind, partOf } from '../device/parts.ts'
import type { Device } from '../device/tiles.ts'
import type { FlatMemory } from '../sim/memory.ts'
import type { Slot, Tick } from '../sim/scheduler.ts'
import { never } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import type { ArrayAccounts } from './accounts.ts'
import type { Cascade } from './cascade/cascade.ts'
import type { Stalls } from './core/stalls.ts'
import {
  type CorePorts,
  type CoreStreams,
  type CoreSurroundings,
  type TileBus,
  Watch,
} from './core/surroundings.ts'
import type { Channels } from './dma/channels.ts'
import { ChannelState } from './dma/channels.ts'
import { Foresight } from './dma/foresight.ts'
import type { HwEvents } from './hw-events/hw-events.ts'
import type { HwEventSink } from './hw-events/vocabulary.ts'
import type { Locks } from './locks/locks.ts'
import type { Memories } from './memory/memories.ts'
import type { Ports } from './memory/ports.ts'
import type { NoteCode, Notes } from './notes.ts'
import type { Lens } from './races/probe.ts'
import type { RegisterBus } from './registers/bus.ts'
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
  readonly ports: Ports
  readonly registers: RegisterFile
  readonly hwEvents: HwEvents
  /** Fewest ticks from an interrupt to a register write that follows from it. */
  readonly interruptReaction: Tick
  /** Slot of each core, filled when the cores are built. */
  readonly coreSlots: Slot[]
  /** First scheduler slot that belongs to the array and the one behind its last. */
  readonly ownSlots: { first: Slot; end: Slot }
  readonly cascade: Cascade
  readonly stalls: Stalls
  readonly accounts: ArrayAccounts
  readonly lens: Lens
  readonly notes: Notes
  /** The register bus, built after the cores. */
  readonly bound: { bus?: RegisterBus }
}

const windows = 4
/** A bound nearer than this is worth another look. */
const patience = 256

export class Surroundings implements CoreSurroundings {
  readonly dm: FlatMemory
  readonly memoryPorts: CorePorts
  readonly watched: Uint8Array
  readonly events: HwEventSink
  readonly stalls: Stalls
  readonly accounts: ArrayAccounts
  readonly lens: Lens
  readonly streams: CoreStreams
  readonly cascade: Cascade
  readonly bus: TileBus
  readonly writers: Uint8Array
  private readonly tileOfCore: Int32Array
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
    this.memoryPorts = parts.ports
    const cores = device.columns * device.rows.core
    this.watched = parts.hwEvents.watched
    this.events = parts.hwEvents
    this.stalls = parts.stalls
    this.accounts = parts.accounts
    this.lens = parts.lens
    this.cascade = parts.cascade
    this.streams = {
      ends: parts.streams,
      first: parts.numbering.channelCount,
      inputs: device.core.streamIn,
      outputs: device.core.streamOut,
    }
    this.bus = busOf(sim, device, parts)
    this.writers = new Uint8Array(cores)
    const tileOfCore = new Int32Array(cores)
    this.tileOfCore = tileOfCore
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
    const { numbering, memories, locks, streams, tokens, channels } = parts
    const { coreSlots, registers, cascade, stalls } = parts
    this.foresight = new Foresight(sim, device, tileOfCore, {
      numbering,
      memories,
      locks,
      streams,
      tokens,
      channels,
      coreSlots,
      registers,
      cascade,
      stalls,
      watched: this.watched,
    })
  }

  /** Tells streams and cascade the slots of the cores, once they are there. */
  bindCores(): void {
    const { coreSlots, streams, cascade } = this.parts
    const { first, inputs, outputs } = this.streams
    coreSlots.forEach((slot, core) => {
      for (let i = 0; i < outputs; i++) streams.bind(first + core * outputs + i, -1, slot)
      for (let i = 0; i < inputs; i++) streams.bind(-1, first + core * inputs + i, slot)
      cascade.bind(core, slot)
    })
  }

  tileOf(core: number): number {
    return this.tileOfCore[core]!
  }

  note(core: number, code: number, detail: number): void {
    this.parts.notes.add(code as NoteCode, partOf(PartKind.core, core), detail)
  }

  forgetWaits(core: number): void {
    const { coreSlots, locks, streams, cascade } = this.parts
    const { first, inputs, outputs } = this.streams
    locks.cancel(coreSlots[core]!)
    for (let i = 0; i < outputs; i++) streams.cancel(first + core * outputs + i, -1)
    for (let i = 0; i < inputs; i++) streams.cancel(-1, first + core * inputs + i)
    cascade.cancel(core)
  }

  neighbour(core: number, direction: number): number {
    return this.parts.memories.neighbour(core, direction)
  }

  acquire(owner: number, lock: number, amount: number, equal: boolean, slot: Slot): boolean {
    const number = this.firstLock[owner]! + lock
    const isTaken = this.parts.locks.acquire(number, amount, equal, slot)
    if (isTaken) this.lens.probe?.acquired(number, amount, equal)
    return isTaken
  }

  release(owner: number, lock: number, amount: number, slot: Slot): void {
    this.lens.probe?.released(this.firstLock[owner]! + lock, amount)
    this.parts.locks.release(this.firstLock[owner]! + lock, amount, slot)
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
    const { streams, locks, ownSlots, hwEvents, interruptReaction } = this.parts
    if (this.fenced !== ownSlots.end) {
      schedule.fence(ownSlots.first, ownSlots.end)
      this.fenced = ownSlots.end
    }
    if (streams.isUnsettled || hwEvents.isWatched(core)) return now
    let writers = Math.min(schedule.outerDue, streams.nextControl) - 1
    if (hwEvents.isArmed) writers = Math.min(writers, now + interruptReaction - 1)
    const near = Math.min(writers, locks.nextRelease, this.dueBound(core), this.writerBound(core))
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
      if ((this.watched[peer]! & Watch.actions) !== 0) return schedule.now
      if (peer === core) continue
      limit = Math.min(limit, before(schedule.dueOf(coreSlots[peer]!), coreSlots[peer]!, self))
    }
    return limit
  }

  /**
   * Bound of the cores that may write registers through their processor bus: such a write can start
   * anything, so nothing is concluded beyond it.
   */
  private writerBound(core: number): Tick {
    const { schedule } = this.sim
    const { coreSlots, stalls, locks } = this.parts
    let limit = never
    for (let i = 0; i < this.writers.length; i++) {
      if (this.writers[i] === 0 || i === core) continue
      const slot = coreSlots[i]!
      const due = schedule.dueOf(slot)
      const waits = locks.waitOf(slot) >= 0 || stalls.kind[i] !== 0
      limit = Math.min(limit, due === never ? (waits ? schedule.now : never) : due - 1)
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
      const state = channels.state[c]!
      if (state !== ChannelState.stream && state !== ChannelState.token) continue
      if (foresight.acts[c]! >= limit) continue
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

/** A core's way to the registers of its own tile. */
function busOf(sim: Sim, device: Device, { bound, registers }: SurroundingsParts): TileBus {
  const addressOf = (core: number, offset: number) => {
    const { column, row } = coreAt(device, core)
    return tileAddress(device, column, row, offset)
  }
  return {
    read: (core, offset) => bound.bus!.read32(addressOf(core, offset)),
    write(core, offset, value) {
      bound.bus!.write32(addressOf(core, offset), value)
      sim.schedule.disturb()
    },
    has(core, offset) {
      const { column, row } = coreAt(device, core)
      return registers.find(tileIndex(device, column, row), offset) >= 0
    },
  }
}

/** The last tick of `self` that comes before `slot` acts at `due`. */
function before(due: Tick, slot: Slot, self: Slot): Tick {
  return slot < self ? due - 1 : due
}
