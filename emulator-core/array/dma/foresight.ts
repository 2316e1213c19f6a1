/**
 * Foresight: the earliest ticks at which channels and waiting cores can act, so that a core knows
 * how long nobody will touch its memory.
 *
 *     due times, locks, routes, words left ──▶ ┌───────────┐ ── acts, wakes, token ▶ Surroundings
 *                                              └───────────┘
 *
 * Whoever is due acts then. Whoever waits for a lock acts a tick after somebody who can reach it;
 * whoever waits for words acts after the sender, by the latency of the path; a descriptor ends no
 * sooner than its remaining words can flow. These are shortest paths, found by relaxing until
 * nothing changes.
 *
 * Every figure is a lower bound that stays true until somebody outside the array acts, whatever
 * happens inside. So it is a cache: computed now and then, and dropped when the outside moves.
 */
import { columnOf, rowCount, tileCount } from '../../device/geometry.ts'
import type { ArrayNumbering } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Locks } from '../locks/locks.ts'
import type { Memories } from '../memory/memories.ts'
import type { RegisterFile } from '../registers/register-file.ts'
import type { Streams } from '../streams/streams.ts'
import type { Tokens } from '../streams/tokens.ts'
import type { Channels } from './channels.ts'
import { ChannelState } from './channels.ts'
import { LockSets } from './lock-sets.ts'

export interface ForesightParts {
  readonly numbering: ArrayNumbering
  readonly memories: Memories
  readonly locks: Locks
  readonly streams: Streams
  readonly tokens: Tokens
  readonly channels: Channels
  readonly coreSlots: readonly Slot[]
  readonly registers: RegisterFile
}

const windows = 4

export class Foresight {
  /** Per channel, the earliest tick at which it can act; meaningful for channels that are busy. */
  readonly acts: Float64Array
  /** Per core, the earliest tick at which it can act; `never` when it neither runs nor waits. */
  readonly wakes: Float64Array
  /** The earliest tick at which a task can tell a controller that it is done. */
  token: Tick = 0
  /** Per channel, the earliest end of its present descriptor. */
  private readonly ends: Float64Array
  /** Per lock, the earliest tick at which a channel can change it. */
  private readonly lockChange: Float64Array
  /** Per tile, the earliest tick at which somebody can change any of its locks. */
  private readonly tileChange: Float64Array
  private readonly lockSets: LockSets
  private readonly busy: Int32Array
  private busyCount = 0
  private readonly awake: Int32Array
  private awakeCount = 0
  private readonly tileOfLock: Int32Array
  private readonly tileOfCore: Int32Array
  private seenOutside = -1
  private readonly sim: Sim
  private readonly device: Device
  private readonly parts: ForesightParts

  constructor(sim: Sim, device: Device, tileOfCore: Int32Array, parts: ForesightParts) {
    this.sim = sim
    this.device = device
    this.parts = parts
    this.tileOfCore = tileOfCore
    const { channelCount, lockCount, firstLock } = parts.numbering
    this.acts = new Float64Array(channelCount).fill(never)
    this.ends = new Float64Array(channelCount).fill(never)
    this.busy = new Int32Array(channelCount)
    this.wakes = new Float64Array(tileOfCore.length).fill(never)
    this.awake = new Int32Array(tileOfCore.length)
    this.lockChange = new Float64Array(lockCount)
    this.tileChange = new Float64Array(tileCount(device))
    this.lockSets = new LockSets(
      sim,
      device,
      parts.numbering,
      parts.channels,
      parts.registers.words,
    )
    this.tileOfLock = new Int32Array(lockCount)
    for (let tile = 0; tile < tileCount(device); tile++)
      this.tileOfLock.fill(tile, firstLock[tile]!, firstLock[tile + 1]!)
  }

  /** True while the last look still holds. */
  get holds(): boolean {
    return this.seenOutside === this.sim.schedule.outerCount
  }

  /** Looks anew. `self` is the core whose slot is running. */
  look(self: number): void {
    this.seenOutside = this.sim.schedule.outerCount
    this.begin(self)
    while (this.relax());
    this.token = this.nextToken()
  }

  private begin(self: number): void {
    const { channels, coreSlots, locks } = this.parts
    const { schedule } = this.sim
    this.busyCount = 0
    for (let c = 0; c < this.acts.length; c++) {
      const state = channels.state[c]!
      this.acts[c] = never
      this.ends[c] = never
      if (state === ChannelState.idle || state === ChannelState.stopped) continue
      this.acts[c] = schedule.dueOf(channels.slot[c]!)
      this.lockSets.refresh(c)
      this.busy[this.busyCount++] = c
    }
    this.awakeCount = 0
    for (let core = 0; core < this.wakes.length; core++) {
      const slot = coreSlots[core]!
      const due = core === self ? schedule.now : schedule.dueOf(slot)
      this.wakes[core] = due
      if (due !== never || locks.waitOf(slot) >= 0) this.awake[this.awakeCount++] = core
    }
    this.lockChange.fill(never)
    this.tileChange.fill(never)
    for (let i = 0; i < locks.releases; i++) this.lockChange[locks.releaseOf(i)] = locks.nextRelease
  }

  /** One round over everybody who is busy; false when nothing got earlier. */
  private relax(): boolean {
    let changed = false
    for (let i = 0; i < this.awakeCount; i++) {
      if (this.relaxCore(this.awake[i]!)) changed = true
    }
    for (let i = 0; i < this.busyCount; i++) {
      if (this.relaxChannel(this.busy[i]!)) changed = true
    }
    return changed
  }

  private relaxCore(core: number): boolean {
    const { coreSlots, locks, memories } = this.parts
    const lock = locks.waitOf(coreSlots[core]!)
    if (lock >= 0) {
      const tick = this.changeOf(lock) + 1
      if (tick < this.wakes[core]!) this.wakes[core] = tick
    }
    let changed = false
    for (let d = 0; d < windows; d++) {
      const owner = memories.neighbour(core, d)
      if (owner >= 0 && this.changesTile(this.tileOfCore[owner]!, this.wakes[core]!)) changed = true
    }
    return changed
  }

  private relaxChannel(c: number): boolean {
    const { channels } = this.parts
    const state = channels.state[c]!
    const acts = this.earliest(c, state)
    const isAtLocks = state === ChannelState.starting || state === ChannelState.lock
    const ends = isAtLocks ? acts : this.endOf(c, acts)
    if (acts === this.acts[c] && ends === this.ends[c]) return false
    this.acts[c] = acts
    this.ends[c] = ends
    this.changesLocks(c, ends)
    return true
  }

  private changesLocks(c: number, tick: Tick): void {
    const { lockSets, lockChange } = this
    const count = lockSets.count[c]!
    if (count < 0) {
      this.changesReach(c, tick)
      return
    }
    const first = lockSets.first(c)
    for (let i = first; i < first + count; i++) {
      const lock = lockSets.locks[i]!
      if (tick < lockChange[lock]!) lockChange[lock] = tick
    }
  }

  /** Any lock that channel `c` can name may change. */
  private changesReach(c: number, tick: Tick): void {
    const { tile, kind, channel } = this.parts.channels.info[c]!
    this.changesTile(tile, tick)
    if (kind !== TileKind.mem || !channel.reachesNeighbours) return
    const rows = rowCount(this.device)
    const column = columnOf(this.device, tile)
    const { reach } = this.device.mem
    const most = Math.min(this.device.columns - 1, column + reach)
    for (let other = Math.max(0, column - reach); other <= most; other++)
      this.changesTile(tile + (other - column) * rows, tick)
  }

  private changesTile(tile: number, tick: Tick): boolean {
    if (tick >= this.tileChange[tile]!) return false
    this.tileChange[tile] = tick
    return true
  }

  /** Earliest change of a lock. */
  private changeOf(lock: number): Tick {
    const byChannel = this.lockChange[lock]!
    const byOther = this.tileChange[this.tileOfLock[lock]!]!
    return byChannel < byOther ? byChannel : byOther
  }

  private earliest(c: number, state: number): Tick {
    const { channels, streams } = this.parts
    const known = this.acts[c]!
    if (state === ChannelState.lock) {
      const tick = this.changeOf(channels.acquireLock[c]! - 1) + 1
      return tick < known ? tick : known
    }
    if (state !== ChannelState.stream) return known
    const { table } = streams
    if (!channels.info[c]!.isMm2s) {
      const source = table.sourceOf(c)
      if (source < 0) return known
      const tick = this.actsOf(source) + table.latencyTo(c)
      return tick < known ? tick : known
    }
    let best = known
    for (let b = table.first[c]!; b < table.first[c + 1]!; b++) {
      const tick = this.actsOf(table.branchSink[b]!) + 1
      if (tick < best) best = tick
    }
    return best
  }

  /** Channels first; streams of cores are nobody's yet, so at once. */
  private actsOf(end: number): Tick {
    return end < this.acts.length ? this.acts[end]! : this.sim.schedule.now
  }

  /** Earliest end of the descriptor under way, when its channel acts no sooner than `acts`. */
  private endOf(c: number, acts: Tick): Tick {
    const { channels, streams } = this.parts
    const { table } = streams
    const remaining = channels.remaining[c]!
    if (channels.info[c]!.isMm2s) return acts + Math.floor(remaining / table.beatWords[c]!)
    const source = table.sourceOf(c)
    if (source < 0) return acts
    const missing = remaining - (streams.written[source]! - streams.read[c]!)
    if (missing <= 0) return acts
    const flow = Math.floor(missing / table.beatWords[source]!)
    return Math.max(acts, this.actsOf(source) + flow + table.latencyTo(c))
  }

  private nextToken(): Tick {
    const { channels, tokens } = this.parts
    let earliest = never
    if (channels.tokenTasks[0] === 0) return never
    for (let i = 0; i < this.busyCount; i++) {
      const c = this.busy[i]!
      if (channels.tokens[c] !== 0 && this.ends[c]! < earliest) earliest = this.ends[c]!
    }
    return earliest + tokens.leastLatency
  }
}
