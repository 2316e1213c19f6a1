/**
 * Transfer: the next words of the present descriptor, out into the stream or in from it, whatever
 * its form: plain, padded, behind a header, compressed.
 *
 *     engine ── how many may go, have come ──▶ ┌──────────┐ ── copies ──▶ Copier
 *     engine ◀── how many went, were taken ─── └──────────┘ ── remaining, written ──▶ channel
 */
import type { Ports } from '../memory/ports.ts'
import type { Lens } from '../races/probe.ts'
import type { Streams } from '../streams/streams.ts'
import type { Channels } from './channels.ts'
import type { Copier } from './copy.ts'

export class Transfer {
  private readonly channels: Channels
  private readonly streams: Streams
  private readonly copier: Copier
  private readonly ports: Ports
  private readonly lens: Lens

  constructor(channels: Channels, streams: Streams, copier: Copier, ports: Ports, lens: Lens) {
    this.lens = lens
    this.ports = ports
    this.channels = channels
    this.streams = streams
    this.copier = copier
  }

  /**
   * Puts the next words of the block into the ring, the header alone; returns how many. A block has
   * whole beats unless the descriptor ends with it.
   */
  depart(c: number, room: number): number {
    const { probe } = this.lens
    if (probe === undefined) return this.send(c, room)
    const remaining = this.channels.remaining[c]!
    probe.moves(c)
    const count = this.send(c, room)
    probe.moved(c, remaining - this.channels.remaining[c]!)
    return count
  }

  /** Stores what the next `limit` words of the stream hold; returns how many of them were taken. */
  take(c: number, limit: number, isEnding: boolean): number {
    const { probe } = this.lens
    if (probe === undefined) return this.receive(c, limit, isEnding)
    this.streams.tellHeard(c, limit)
    const remaining = this.channels.remaining[c]!
    probe.moves(c)
    const taken = this.receive(c, limit, isEnding)
    probe.moved(c, remaining - this.channels.remaining[c]!)
    return taken
  }

  private send(c: number, room: number): number {
    const { channels, copier } = this
    const left = this.ports.left(c)
    if (channels.header[c] !== 0) {
      if (room === 0) return 0
      copier.sendWord(c, channels.headerWord[c]!)
      channels.header[c] = 0
      return 1
    }
    if (channels.packs[c] !== 0) {
      const count = copier.pack(c, left, room)
      channels.remaining[c]! -= copier.moved
      return count
    }
    let count = Math.min(left, room)
    if (count < left) count -= count % this.streams.table.beatWords[c]!
    copier.send(c, count)
    channels.remaining[c]! -= count
    return count
  }

  private receive(c: number, limit: number, isEnding: boolean): number {
    const { channels, copier } = this
    const left = this.ports.left(c)
    if (limit === 0) return 0
    let taken = Math.min(left, limit)
    let stored = taken
    if (channels.packs[c] === 0) copier.receive(c, taken)
    else {
      taken = copier.unpack(c, left, limit)
      stored = copier.moved
      // What TLAST cuts off within a unit belongs to nobody.
      if (isEnding && stored < left) taken = limit
    }
    channels.remaining[c]! -= stored
    channels.writeCount[c]! += stored
    return taken
  }

  /** Words of the stream that end the present block at the earliest. */
  wanted(c: number): number {
    const left = this.ports.left(c)
    return this.channels.packs[c] === 0 ? left : this.copier.leastPacked(c, left)
  }

  /** The next unread word of an S2MM channel. */
  peek(c: number): number {
    return this.copier.peek(c, 0)
  }
}
