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
import type { Sim } from '../../sim/sim.ts'
import { ArrayEvent } from '../events.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import type { Streams } from './streams.ts'
import { SinkKind } from './topology.ts'

const streamIds = 32
const halves = 2
const unknown = -2

export class Tokens {
  private readonly sim: Sim
  private readonly device: Device
  private readonly streams: Streams
  private readonly notes: Notes
  /** 1 where it was noted that a control block's tokens have no path. */
  private readonly noted: Uint8Array
  /** Cache of the controller that tokens reach by tile, half and stream id; −1 none. */
  private readonly ends: Int32Array

  constructor(sim: Sim, device: Device, streams: Streams, notes: Notes) {
    this.sim = sim
    this.device = device
    this.streams = streams
    this.notes = notes
    this.noted = sim.state.u8('array.token.noted', tileCount(device) * halves)
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

  /** Sends the token of a finished task of `channel`; the caller has made sure of room. */
  send(channel: number, tile: number, half: number, actor: number, controllerId: number): void {
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
    this.streams.fifo.i32[this.streams.writeAt(source)] = word
    this.streams.post(source, 1, true)
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
