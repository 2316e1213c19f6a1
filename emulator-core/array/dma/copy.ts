/**
 * Copies words along a channel's walk between a memory and the ring of words in flight.
 *
 * Host memory moves in blocks through the bus; tile memories in element loops over one typed array,
 * which allocate nothing and run at memory speed for the few hundred words of a batch.
 */
import { PartKind, partOf } from '../../device/parts.ts'
import { dmaStatus } from '../../device/abi/dma-words.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import type { Streams } from '../streams/streams.ts'
import type { Ports } from '../memory/ports.ts'
import type { Channels } from './channels.ts'
import type { Pads } from './pads.ts'
import type { Walks } from './walk.ts'

/** Host memory as a shim DMA sees it. */
export interface MemoryBus {
  /**
   * Copies `count` bytes from host address `address` to `target[at…]`; false = the access faulted.
   */
  read(column: number, address: number, target: Uint8Array, at: number, count: number): boolean
  /**
   * Copies `count` bytes of `source[at…]` to host address `address`; false = the access faulted.
   */
  write(column: number, address: number, source: Uint8Array, at: number, count: number): boolean
}

/** Stored words further apart than this are marked one by one. */
const sparseStep = 64

export class Copier {
  private readonly channels: Channels
  private readonly walks: Walks
  private readonly streams: Streams
  private readonly bus: MemoryBus
  private readonly notes: Notes
  private readonly ports: Ports

  constructor(
    channels: Channels,
    walks: Walks,
    streams: Streams,
    bus: MemoryBus,
    notes: Notes,
    ports: Ports,
  ) {
    this.ports = ports
    this.channels = channels
    this.walks = walks
    this.streams = streams
    this.bus = bus
    this.notes = notes
  }

  /** Copies the next `count` words of a tile memory into the ring of source `c`. */
  send(c: number, memory: FlatMemory, mask: number, count: number): void {
    const { walks, streams } = this
    const ring = streams.fifo.i32
    const base = streams.ringOf(c)
    const from = memory.i32
    const origin = this.channels.origin[c]!
    let at = streams.written[c]! % streams.ringWords
    this.ports.begin(c, count)
    while (count > 0) {
      const run = Math.min(walks.stretch(c, count), streams.ringWords - at)
      const step = walks.step[c * 4]!
      let word = walks.at[c]!
      if (mask === 0) {
        word += origin
        this.ports.add(c, word, step, run)
        for (let i = 0; i < run; i++, word += step) ring[base + at + i] = from[word]!
      } else {
        for (let i = 0; i < run; i++, word += step) {
          this.ports.add(c, origin + (word & mask), 1, 1)
          ring[base + at + i] = from[origin + (word & mask)]!
        }
      }
      walks.advance(c, run)
      at += run
      if (at === streams.ringWords) at = 0
      count -= run
    }
  }

  /** Like `send` for a descriptor that pads; `value` is what it pads with. */
  sendPadded(c: number, memory: FlatMemory, count: number, pads: Pads, value: number): void {
    this.ports.begin(c, count)
    const { walks, streams, ports } = this
    pads.send(c, walks, memory.i32, this.channels.origin[c]!, streams, count, value, ports)
  }

  /** Copies the next `count` words from the ring that sink `c` reads into a tile memory. */
  receive(c: number, memory: FlatMemory, mask: number, count: number): void {
    const { walks, streams } = this
    const ring = streams.fifo.i32
    const into = memory.i32
    const origin = this.channels.origin[c]!
    let at = streams.readAt(c)
    const end = at - (at % streams.ringWords) + streams.ringWords
    while (count > 0) {
      const run = Math.min(walks.stretch(c, count), end - at)
      const step = walks.step[c * 4]!
      let word = walks.at[c]!
      const last = word + (run - 1) * step
      if (mask === 0 && step <= sparseStep) {
        word += origin
        memory.mark(word * 4, (last + origin + 1) * 4)
        for (let i = 0; i < run; i++, word += step) into[word] = ring[at + i]!
      } else {
        for (let i = 0; i < run; i++, word += step) {
          const place = origin + (mask === 0 ? word : word & mask)
          memory.mark(place * 4, place * 4 + 4)
          into[place] = ring[at + i]!
        }
      }
      walks.advance(c, run)
      at += run
      if (at === end) at -= streams.ringWords
      count -= run
    }
  }

  /** Copies the next `count` words of host memory into the ring of shim channel `c`. */
  fetch(c: number, count: number): void {
    const { streams } = this
    const base = streams.ringOf(c)
    let at = streams.written[c]! % streams.ringWords
    while (count > 0) {
      const run = Math.min(this.blockOf(c, count), streams.ringWords - at)
      const address = this.channels.origin[c]! + this.walks.at[c]! * 4
      const from = (base + at) * 4
      if (!this.bus.read(this.channels.info[c]!.column, address, streams.fifo.u8, from, run * 4)) {
        streams.fifo.u8.fill(0, from, from + run * 4)
        this.fault(c)
      }
      this.walks.advance(c, run)
      at += run
      if (at === streams.ringWords) at = 0
      count -= run
    }
  }

  /** Copies the next `count` words from the ring that shim channel `c` reads into host memory. */
  store(c: number, count: number): void {
    const { streams } = this
    let at = streams.readAt(c)
    const end = at - (at % streams.ringWords) + streams.ringWords
    while (count > 0) {
      const run = Math.min(this.blockOf(c, count), end - at)
      const address = this.channels.origin[c]! + this.walks.at[c]! * 4
      if (!this.bus.write(this.channels.info[c]!.column, address, streams.fifo.u8, at * 4, run * 4))
        this.fault(c)
      this.walks.advance(c, run)
      at += run
      if (at === end) at -= streams.ringWords
      count -= run
    }
  }

  /** Words that lie one behind the other in host memory, at most `limit`. */
  private blockOf(c: number, limit: number): number {
    return this.walks.step[c * 4] === 1 ? this.walks.stretch(c, limit) : 1
  }

  private fault(c: number): void {
    if ((this.channels.sticky[c]! & dmaStatus.decodeError) !== 0) return
    this.channels.sticky[c]! |= dmaStatus.decodeError
    const bd = this.channels.bd[c]! + this.channels.info[c]!.channel.firstBd
    this.notes.add(NoteCode.hostAccess, partOf(PartKind.channel, c), bd)
  }
}
