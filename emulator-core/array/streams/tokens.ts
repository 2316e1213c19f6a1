/**
 * Tokens: one-word packets by which a tile's control block tells a controller that a task is
 * complete.
 *
 *     DMA channel ── send ──▶ ┌────────┐ ── packet ──▶ network ──▶ Deliveries
 *                             └────────┘ ── note, when no path is configured
 *
 * Faithful    word layout, path through the tile-control slave, contention for ports, back-pressure
 * Simplified  how many tokens a control block holds is known from one device file only
 */
import { tokenStreamId, tokenWord } from '../../device/abi/dma-words.ts'
import { columnOf, rowOf, tileCount } from '../../device/geometry.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { ArrayEvent } from '../events.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import type { Streams } from './streams.ts'
import { SinkKind } from './topology.ts'

const streamIds = 32
/** Channels that can wait at once: more than any array has. */
const capacity = 1024
const halves = 2
const unknown = -2

export class Tokens {
  private readonly sim: Sim
  private readonly device: Device
  private readonly streams: Streams
  private readonly notes: Notes
  /** 1 where it was noted that a control block's tokens have no path. */
  private readonly noted: Uint8Array
  /** Slots that wait for room, and the source each waits for. */
  private readonly waiting: Int32Array
  private readonly waitSource: Int32Array
  private readonly waitSlot: Int32Array
  /** Cache of the controller that tokens reach by tile, half and stream id; −1 none. */
  private readonly ends: Int32Array

  constructor(sim: Sim, device: Device, streams: Streams, notes: Notes) {
    this.sim = sim
    this.device = device
    this.streams = streams
    this.notes = notes
    this.noted = sim.state.u8('array.token.noted', tileCount(device) * halves)
    this.waiting = sim.state.i32('array.token.waiting', 1)
    this.waitSource = sim.state.i32('array.token.waitSource', capacity)
    this.waitSlot = sim.state.i32('array.token.waitSlot', capacity)
    const slot = sim.schedule.slot('array.tokens', () => this.wake())
    for (let tile = 0; tile < tileCount(device); tile++) {
      for (let half = 0; half < halves; half++)
        streams.bind(streams.ends.controlSource(tile, half), -1, slot)
    }
    this.ends = new Int32Array(tileCount(device) * halves * streamIds).fill(unknown)
  }

  /** A configuration register was written, or the state was loaded. */
  rebuild(): void {
    this.ends.fill(unknown)
  }

  /** Can the control block of a tile take one more token of `words` words? */
  hasRoom(tile: number, half: number, words = 1): boolean {
    return this.room(tile, half) >= words
  }

  /** Wakes `slot` when the control block of a tile may have room for a token again. */
  waitForRoom(tile: number, half: number, slot: Slot): void {
    const source = this.sourceOf(tile, half)
    const at = this.waiting[0]!++
    this.waitSource[at] = source
    this.waitSlot[at] = slot
    this.streams.waitForRoom(source)
  }

  /**
   * Sends the token of a finished task of `channel` and, behind it in its packet, the `more` words
   * of `extra` from `at` on. The caller has made sure of room.
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
    const part = partOf(PartKind.channel, channel)
    const uc = this.endOf(tile, half, tokenStreamId(controllerId))
    this.sim.trace.emit(ArrayEvent.tokenSent, part, uc, word | 0)
    if (uc < 0 && this.noted[tile * halves + half] === 0) {
      this.noted[tile * halves + half] = 1
      this.notes.add(NoteCode.tokenLost, part, actor)
    }
    const source = this.sourceOf(tile, half)
    this.put(source, word, more === 0)
    for (let i = 0; i < more; i++) this.put(source, extra![at + i]!, i + 1 === more)
  }

  private put(source: number, word: number, isLast: boolean): void {
    this.streams.fifo.u32[this.streams.writeAt(source)] = word
    this.streams.post(source, 1, isLast)
  }

  /** Some control block has room again: whoever waits for it tries once more. */
  private wake(): void {
    const { now } = this.sim.schedule
    let kept = 0
    const count = this.waiting[0]!
    for (let i = 0; i < count; i++) {
      const source = this.waitSource[i]!
      if (this.streams.isSourceWaiting(source)) {
        this.waitSource[kept] = source
        this.waitSlot[kept] = this.waitSlot[i]!
        kept++
      } else this.sim.schedule.at(this.waitSlot[i]!, now)
    }
    this.waiting[0] = kept
  }

  /** The controller that a tile's tokens with a stream id reach, −1 when there is no path. */
  endOf(tile: number, half: number, streamId: number): number {
    const at = (tile * halves + half) * streamIds + streamId
    if (this.ends[at] === unknown) {
      const slave = this.streams.ends.slaveOf[this.sourceOf(tile, half)]!
      const { branches } = this.streams.table.routes.from(slave, streamId, () => false)
      this.ends[at] = branches.find((b) => b.sink === SinkKind.uc)?.target ?? -1
    }
    return this.ends[at]!
  }

  /** Cycles that any token takes at least. */
  get leastLatency(): number {
    return 1 + this.device.timing.slavePortLatency + this.device.timing.localMasterLatency
  }

  private room(tile: number, half: number): number {
    const source = this.sourceOf(tile, half)
    const waiting = this.streams.waiting(source)
    return Math.min(this.device.dma.tokenDepth - waiting, this.streams.room(source, true))
  }

  private sourceOf(tile: number, half: number): number {
    const { ends } = this.streams
    const own = ends.controlSource(tile, half)
    return ends.slaveOf[own]! >= 0 ? own : ends.controlSource(tile, 0)
  }
}
