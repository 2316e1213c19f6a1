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
 * What a channel cannot know beforehand is taken to happen at once: which descriptor a header names,
 * where TLAST ends one, when a token or a count can leave. Compressed, eight words of memory may be
 * one word of the stream.
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
import type { Cascade } from '../cascade/cascade.ts'
import { Stall, type Stalls } from '../core/stalls.ts'
import { Watch } from '../core/surroundings.ts'
import type { Locks } from '../locks/locks.ts'
import type { Memories } from '../memory/memories.ts'
import type { RegisterFile } from '../registers/register-file.ts'
import type { Streams } from '../streams/streams.ts'
import type { Tokens } from '../streams/tokens.ts'
import type { Channels } from './channels.ts'
import { ChannelState } from './channels.ts'
import { unitWords } from './compress.ts'
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
  readonly cascade: Cascade
  readonly stalls: Stalls
  /** Bits of `Watch` per core. */
  readonly watched: Uint8Array
}

const windows = 4

export class Foresight {
  /** Per channel, the earliest tick at which it can act; meaningful for channels that are busy. */
  readonly acts: Float64Array
  /** Per core, the earliest tick at which it can act; `never` when it neither runs nor waits. */
  readonly wakes: Float64Array
  /** The earliest tick at which a task can tell a controller that it is done. */
  token: Tick = 0
  /**
   * The earliest tick at which somebody at an end of the hop-level network acts, and so may set
   * words there in motion.
   */
  private hops: Tick = never
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
    const { channels, coreSlots, locks, stalls, watched } = this.parts
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
      const isOpen = core === self || (watched[core]! & Watch.actions) !== 0
      const due = isOpen ? schedule.now : schedule.dueOf(slot)
      this.wakes[core] = due
      const waits = locks.waitOf(slot) >= 0 || stalls.kind[core] !== Stall.none
      if (due !== never || waits) this.awake[this.awakeCount++] = core
    }
    this.lockChange.fill(never)
    this.tileChange.fill(never)
    this.hops = never
    for (let i = 0; i < locks.releases; i++) this.lockChange[locks.releaseOf(i)] = locks.nextRelease
  }

  /** One round over everybody who is busy; false when nothing got earlier. */
  private relax(): boolean {
    let changed = this.relaxHops()
    for (let i = 0; i < this.awakeCount; i++) {
      if (this.relaxCore(this.awake[i]!)) changed = true
    }
    for (let i = 0; i < this.busyCount; i++) {
      if (this.relaxChannel(this.busy[i]!)) changed = true
    }
    return changed
  }

  private relaxHops(): boolean {
    const { streams, channels } = this.parts
    let first = streams.network.due
    for (let i = 0; i < this.busyCount; i++) {
      const c = this.busy[i]!
      const isAtNetwork = channels.info[c]!.isMm2s
        ? streams.table.isByHops(c)
        : streams.table.isReachedByHops(c)
      if (isAtNetwork && this.acts[c]! < first) first = this.acts[c]!
    }
    for (let i = 0; i < this.awakeCount; i++) {
      const core = this.awake[i]!
      if (this.wakes[core]! < first && this.isCoreAtNetwork(core)) first = this.wakes[core]!
    }
    if (first >= this.hops) return false
    this.hops = first
    return true
  }

  private isCoreAtNetwork(core: number): boolean {
    const { table } = this.parts.streams
    const { streamIn, streamOut } = this.device.core
    const first = this.acts.length
    for (let port = 0; port < streamOut; port++)
      if (table.isByHops(first + core * streamOut + port)) return true
    for (let port = 0; port < streamIn; port++)
      if (table.isReachedByHops(first + core * streamIn + port)) return true
    return false
  }

  private relaxCore(core: number): boolean {
    const { coreSlots, locks, memories } = this.parts
    const lock = locks.waitOf(coreSlots[core]!)
    if (lock >= 0) {
      const tick = this.changeOf(lock) + 1
      if (tick < this.wakes[core]!) this.wakes[core] = tick
    }
    let changed = false
    const tick = this.unstalled(core)
    if (tick < this.wakes[core]!) {
      this.wakes[core] = tick
      changed = true
    }
    for (let d = 0; d < windows; d++) {
      const owner = memories.neighbour(core, d)
      if (owner >= 0 && this.changesTile(this.tileOfCore[owner]!, this.wakes[core]!)) changed = true
    }
    return changed
  }

  /** Earliest tick at which a core that waits at a stream port or the cascade can go on. */
  private unstalled(core: number): Tick {
    const { stalls, streams, cascade } = this.parts
    const { table } = streams
    const port = stalls.port[core]!
    switch (stalls.kind[core]) {
      case Stall.streamIn: {
        const sink = this.acts.length + core * this.device.core.streamIn + port
        if (port >= this.device.core.streamIn) return never
        const source = table.sourceOf(sink)
        if (source >= 0) return this.actsOfSource(source) + table.latencyTo(sink)
        return table.isReachedByHops(sink) ? this.hops + streams.leastHop : never
      }
      case Stall.streamOut: {
        if (port >= this.device.core.streamOut) return never
        const source = this.acts.length + core * this.device.core.streamOut + port
        return table.isByHops(source) ? this.hops : this.roomFor(source)
      }
      case Stall.cascadeIn:
        return this.wakeOf(cascade.inputOf(core)) + 1
      case Stall.cascadeOut:
        return this.wakeOf(cascade.outputOf(core)) + 1
      default:
        return never
    }
  }

  private wakeOf(core: number): Tick {
    return core < 0 ? never : this.wakes[core]!
  }

  /** Earliest tick at which one of the sinks of a source can have made room. */
  private roomFor(source: number): Tick {
    const { table } = this.parts.streams
    let best: Tick = never
    for (let b = table.first[source]!; b < table.first[source + 1]!; b++) {
      const tick = this.actsOfSink(table.branchSink[b]!) + 1
      if (tick < best) best = tick
    }
    return best
  }

  private relaxChannel(c: number): boolean {
    const { channels } = this.parts
    const state = channels.state[c]!
    const acts = this.earliest(c, state)
    const ends = this.mayEndAtOnce(c, state) ? acts : this.endOf(c, acts)
    if (acts === this.acts[c] && ends === this.ends[c]) return false
    this.acts[c] = acts
    this.ends[c] = ends
    this.changesLocks(c, ends)
    return true
  }

  /** True when what a channel does next may end a descriptor, or begin another. */
  private mayEndAtOnce(c: number, state: number): boolean {
    const { channels } = this.parts
    const isMoving =
      state === ChannelState.moving ||
      state === ChannelState.stream ||
      state === ChannelState.memory
    if (!isMoving) return true
    return !channels.info[c]!.isMm2s && (channels.finishMode[c] !== 0 || channels.header[c] !== 0)
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
    // Whoever reads the count register is outside; whatever makes room for a token is not foreseen.
    if (state === ChannelState.token) return Math.min(known, this.sim.schedule.now)
    if (state === ChannelState.lock) {
      const tick = this.changeOf(channels.acquireLock[c]! - 1) + 1
      return tick < known ? tick : known
    }
    if (state !== ChannelState.stream) return known
    const { table } = streams
    if (!channels.info[c]!.isMm2s) {
      const source = table.sourceOf(c)
      const tick =
        source >= 0
          ? this.actsOfSource(source) + table.latencyTo(c)
          : table.isReachedByHops(c)
            ? this.hops + streams.leastHop
            : never
      return tick < known ? tick : known
    }
    if (table.isByHops(c)) return this.hops < known ? this.hops : known
    return Math.min(known, this.roomFor(c))
  }

  /** Channels first, then the output ports of the cores. */
  private actsOfSource(source: number): Tick {
    const { length } = this.acts
    if (source < length) return this.acts[source]!
    return this.wakes[Math.floor((source - length) / this.device.core.streamOut)]!
  }

  /** Channels first, then the input ports of the cores. */
  private actsOfSink(sink: number): Tick {
    const { length } = this.acts
    if (sink < length) return this.acts[sink]!
    return this.wakes[Math.floor((sink - length) / this.device.core.streamIn)]!
  }

  /** Earliest end of the descriptor under way, when its channel acts no sooner than `acts`. */
  private endOf(c: number, acts: Tick): Tick {
    const { channels, streams } = this.parts
    const { table } = streams
    const left = channels.remaining[c]!
    const remaining = channels.packs[c] === 0 ? left : Math.ceil(left / unitWords)
    if (channels.info[c]!.isMm2s) return acts + Math.floor(remaining / table.beatWords[c]!)
    const source = table.sourceOf(c)
    if (source < 0) return acts
    const missing = remaining - (streams.written[source]! - streams.read[c]!)
    if (missing <= 0) return acts
    const flow = Math.floor(missing / table.beatWords[source]!)
    return Math.max(acts, this.actsOfSource(source) + flow + table.latencyTo(c))
  }

  private nextToken(): Tick {
    const { channels, tokens, streams } = this.parts
    let earliest = never
    if (channels.tokenTasks[0] === 0 && !streams.mayDataControl) return never
    for (let i = 0; i < this.busyCount; i++) {
      const c = this.busy[i]!
      if (channels.tokens[c] !== 0 && this.ends[c]! < earliest) earliest = this.ends[c]!
      if (channels.info[c]!.isMm2s && this.acts[c]! < earliest && streams.mayControl(c))
        earliest = this.acts[c]!
    }
    return earliest + tokens.leastLatency
  }
}
