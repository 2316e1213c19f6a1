/**
 * Tokens: packets that tell a controller that a task is complete: one word, and behind it the counts
 * of finished descriptors when the channel reports them.
 *
 *     DMA channel ── send ──▶ ┌────────┐ ── token(uc, word, place), after the path's latency ──▶ controller
 *                             └────────┘ ── note, when no path is configured
 *
 * Faithful    word layout, path through tile-control slave, circuits and packet slots, loss without
 *             a path
 * Simplified  tokens do not contend for ports, and the controller always takes them
 */
import { tokenStreamId, tokenWord } from '../../device/abi/dma-words.ts'
import { columnOf, rowOf, tileCount } from '../../device/geometry.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { ArrayEvent } from '../events.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import type { Route, Routes } from './routes.ts'
import { SinkKind } from './topology.ts'

/** Tokens that can be under way at once. */
const capacity = 512
const streamIds = 32

export class Tokens {
  private readonly due: Float64Array
  private readonly uc: Int32Array
  private readonly word: Uint32Array
  /** Place of a word in its packet: 0 the token, from 1 on counts. */
  private readonly place: Uint8Array
  /** Words under way; they lie in the order in which they were sent. */
  private readonly count: Int32Array
  /** Tokens delivered to each controller since the machine was made. */
  readonly delivered: Float64Array
  private readonly slot: Slot
  private readonly sim: Sim
  private readonly device: Device
  private readonly routes: Routes
  private readonly notes: Notes
  private readonly deliver: (uc: number, word: number, place: number) => void
  /** Cache of token paths by half, tile and stream id. */
  private readonly paths: (Route | undefined)[]

  constructor(
    sim: Sim,
    device: Device,
    routes: Routes,
    notes: Notes,
    deliver: (uc: number, word: number, place: number) => void,
  ) {
    this.sim = sim
    this.device = device
    this.routes = routes
    this.notes = notes
    this.deliver = deliver
    this.due = sim.state.f64('array.token.due', capacity)
    this.uc = sim.state.i32('array.token.uc', capacity)
    this.word = sim.state.u32('array.token.word', capacity)
    this.place = sim.state.u8('array.token.place', capacity)
    this.count = sim.state.i32('array.token.count', 1)
    this.delivered = sim.state.f64('array.token.delivered', device.uc.count)
    this.slot = sim.schedule.slot('array.tokens', () => this.run())
    this.paths = Array.from({ length: tileCount(device) * 2 * streamIds })
  }

  /** A configuration register was written, or the state was loaded. */
  rebuild(): void {
    this.paths.fill(undefined)
  }

  /** Can a tile send a token now? Tokens leave at once today, so its buffer never fills. */
  hasRoom(_tile: number): boolean {
    return true
  }

  /** Wakes `slot` when a tile may have room for a token again. */
  waitForRoom(_tile: number, slot: Slot): void {
    this.sim.schedule.at(slot, this.sim.schedule.now + 1)
  }

  /**
   * Sends the token of a finished task of `channel`, and behind it in its packet the `more` words
   * of `extra` from `at` on.
   */
  send(
    channel: number,
    tile: number,
    half: number,
    actor: number,
    controllerId: number,
    extra?: Uint32Array,
    at = 0,
    more = 0,
  ): void {
    const word = tokenWord(
      columnOf(this.device, tile),
      rowOf(this.device, tile),
      actor,
      controllerId,
    )
    const route = this.pathOf(tile, half, tokenStreamId(controllerId))
    const part = partOf(PartKind.channel, channel)
    let arrived = false
    for (let i = 0; i < route.branches.length; i++) {
      const branch = route.branches[i]!
      if (branch.sink !== SinkKind.uc || this.count[0]! + more >= capacity) continue
      arrived = true
      this.sim.trace.emit(ArrayEvent.tokenSent, part, branch.target, word | 0)
      const tick = this.sim.schedule.now + branch.latency + 1
      this.enqueue(branch.target, word, 0, tick)
      for (let k = 0; k < more; k++)
        this.enqueue(branch.target, extra![at + k]!, k + 1, tick + k + 1)
    }
    if (arrived) return
    this.sim.trace.emit(ArrayEvent.tokenSent, part, -1, word | 0)
    this.notes.add(NoteCode.tokenLost, part, actor)
  }

  /** The path of a tile's tokens with a stream id. */
  pathOf(tile: number, half: number, streamId: number): Route {
    const at = (half * tileCount(this.device) + tile) * streamIds + streamId
    let path = this.paths[at]
    if (!path) {
      const { slaveOfControl } = this.routes.topology
      const second = slaveOfControl[half * tileCount(this.device) + tile]!
      path = this.routes.from(second < 0 ? slaveOfControl[tile]! : second, streamId, () => false)
      this.paths[at] = path
    }
    return path
  }

  /** When the next token arrives somewhere, or `never`. */
  get nextDelivery(): Tick {
    return this.sim.schedule.dueOf(this.slot)
  }

  /** Cycles that any token takes at least. */
  get leastLatency(): number {
    return 1 + this.device.timing.slavePortLatency + this.device.timing.localMasterLatency
  }

  /** Number of tokens that have left and not arrived. */
  get underWay(): number {
    return this.count[0]!
  }

  private enqueue(uc: number, word: number, place: number, tick: number): void {
    const at = this.count[0]!++
    this.due[at] = tick
    this.uc[at] = uc
    this.word[at] = word
    this.place[at] = place
    if (this.sim.schedule.dueOf(this.slot) > tick) this.sim.schedule.at(this.slot, tick)
  }

  private run(): void {
    const { now } = this.sim.schedule
    let kept = 0
    let earliest = Infinity
    const count = this.count[0]!
    for (let i = 0; i < count; i++) {
      if (this.due[i]! <= now) {
        if (this.place[i] === 0) this.delivered[this.uc[i]!]!++
        this.deliver(this.uc[i]!, this.word[i]!, this.place[i]!)
        continue
      }
      this.due[kept] = this.due[i]!
      this.uc[kept] = this.uc[i]!
      this.word[kept] = this.word[i]!
      this.place[kept] = this.place[i]!
      if (this.due[kept]! < earliest) earliest = this.due[kept]!
      kept++
    }
    this.count[0] = kept
    if (earliest !== Infinity) this.sim.schedule.at(this.slot, earliest)
  }
}
