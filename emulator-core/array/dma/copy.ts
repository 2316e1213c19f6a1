/**
 * Copier: moves words along a channel's walk between a memory and the words in flight.
 *
 *     tile memory, host memory ◀── gather, scatter along the walk ──▶ ring of words in flight
 *                                     └── unit by unit when they are compressed
 *
 * Host memory moves in blocks through the bus; tile memories in element loops over one typed array,
 * which allocate nothing and run at memory speed for the few hundred words of a batch.
 */
import { dmaStatus } from '../../device/abi/dma-words.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import { TileKind } from '../../device/tiles.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import type { Memories } from '../memory/memories.ts'
import type { Ports } from '../memory/ports.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import type { Streams } from '../streams/streams.ts'
import type { Channels } from './channels.ts'
import { packedLength, packedWords, packUnit, unitWords, unpackUnit } from './compress.ts'
import type { Pads } from './pads.ts'
import { peekWord } from './peek.ts'
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

/** The same bytes as words and as bytes. */
interface Words {
  readonly i32: Int32Array
  readonly u8: Uint8Array
}

export interface CopierParts {
  readonly channels: Channels
  readonly walks: Walks
  readonly pads: Pads
  readonly streams: Streams
  readonly memories: Memories
  readonly bus: MemoryBus
  /** Where reads of tile memories are claimed; writes are claimed when their words leave. */
  readonly ports: Ports
  readonly notes: Notes
  /** Storage words of the registers; pad values are among them. */
  readonly words: Uint32Array
  /** Words of a core's data memory. */
  readonly coreWords: number
  /** A channel's access to host memory failed for the first time. */
  readonly fault: (c: number) => void
}

/** Stored words further apart than this are marked one by one. */
const sparseStep = 64

export class Copier {
  /** Words of memory that the last `pack` or `unpack` moved. */
  moved = 0
  private readonly parts: CopierParts
  /** A unit as it lies in memory, and a batch as it travels. */
  private readonly unit: Words
  private readonly packed: Words

  constructor(parts: CopierParts) {
    this.parts = parts
    this.unit = wordBuffer(unitWords)
    this.packed = wordBuffer(parts.streams.ringWords)
  }

  /** Copies the next `count` words of memory into the ring of source `c`. */
  send(c: number, count: number): void {
    const { channels, streams, ports } = this.parts
    if (count === 0) return
    const at = streams.written[c]! % streams.ringWords
    ports.begin(c)
    const base = streams.ringOf(c)
    const first = Math.min(count, streams.ringWords - at)
    const behind = channels.remaining[c]! - count
    this.gather(c, first, behind + count - first, streams.fifo, base + at)
    if (first < count) this.gather(c, count - first, behind, streams.fifo, base)
    ports.end(c, count)
  }

  /** Copies the next `count` words of the ring that sink `c` reads into memory. */
  receive(c: number, count: number): void {
    const { streams } = this.parts
    const at = streams.readAt(c)
    const end = at - (at % streams.ringWords) + streams.ringWords
    const first = Math.min(count, end - at)
    this.scatter(c, first, streams.fifo, at)
    if (first < count) this.scatter(c, count - first, streams.fifo, end - streams.ringWords)
  }

  /**
   * Packs at most `count` words of memory into the ring of source `c`, as many units as surely fit
   * into `room` words; returns the words that were put there.
   */
  pack(c: number, count: number, room: number): number {
    const { streams, ports } = this.parts
    const limit = Math.min(room, streams.batchWords)
    let length = 0
    let left = count
    while (left > 0 && length + packedWords <= limit) {
      const words = Math.min(unitWords, left)
      if (length === 0) ports.begin(c)
      ports.beginUnit(c, length)
      this.gather(c, words, 0, this.unit, 0)
      this.unit.i32.fill(0, words)
      length += packUnit(this.unit.i32, 0, this.packed.i32, length)
      left -= words
    }
    if (length > 0) ports.end(c, length)
    const ring = streams.fifo.i32
    const base = streams.ringOf(c)
    let at = streams.written[c]! % streams.ringWords
    for (let i = 0; i < length; i++) {
      ring[base + at] = this.packed.i32[i]!
      at = at + 1 === streams.ringWords ? 0 : at + 1
    }
    this.moved = count - left
    return length
  }

  /**
   * Unpacks the whole units among the next `limit` words of the ring that sink `c` reads, at most
   * `count` words of memory; returns the words of the stream that they take.
   */
  unpack(c: number, count: number, limit: number): number {
    let length = 0
    let left = count
    while (left > 0 && length < limit) {
      const words = packedLength(this.peek(c, length))
      if (length + words > limit) break
      for (let i = 0; i < words; i++) this.packed.i32[i] = this.peek(c, length + i)
      unpackUnit(this.packed.i32, 0, this.unit.i32, 0)
      const stored = Math.min(unitWords, left)
      this.scatter(c, stored, this.unit, 0)
      length += words
      left -= stored
    }
    this.moved = count - left
    return length
  }

  /** Puts one word into the ring of source `c`. */
  sendWord(c: number, word: number): void {
    const { streams } = this.parts
    streams.fifo.i32[streams.ringOf(c) + (streams.written[c]! % streams.ringWords)] = word
  }

  /**
   * Words of the stream that `count` words of memory take at the least: the rest of the next unit
   * as far as its mask is there, one word for each further one.
   */
  leastPacked(c: number, count: number): number {
    const { streams } = this.parts
    if (count === 0) return 0
    const units = Math.ceil(count / unitWords)
    return streams.arrived(c) === 0 ? units : units - 1 + packedLength(this.peek(c, 0))
  }

  /** The `ahead`-th unread word of sink `c`. */
  peek(c: number, ahead: number): number {
    return peekWord(this.parts.streams, c, ahead)
  }

  /** Reads the next words; `behind` words of the descriptor are still to come then. */
  private gather(c: number, count: number, behind: number, into: Words, at: number): void {
    const { channels, walks, pads, words, ports } = this.parts
    const info = channels.info[c]!
    if (info.kind === TileKind.shim) return this.fetch(c, count, into, at)
    const from = this.memoryOf(info.kind).i32
    const origin = channels.origin[c]!
    if (channels.pads[c] !== 0) {
      const value = info.padWord < 0 ? 0 : words[info.padWord]!
      return pads.gather(c, walks, from, origin, into.i32, at, count, behind, value, ports)
    }
    const mask = channels.wraps[c] === 0 ? 0 : this.parts.coreWords - 1
    const to = into.i32
    while (count > 0) {
      const stretch = walks.stretch(c, count + behind)
      const run = Math.min(stretch, count)
      const step = walks.step[c * 4]!
      let word = walks.at[c]!
      if (mask === 0) {
        word += origin
        ports.add(c, word, step, run, stretch - run)
        for (let i = 0; i < run; i++, word += step) to[at + i] = from[word]!
      } else {
        for (let i = 0; i < run; i++, word += step) {
          ports.add(c, origin + (word & mask), 1, 1, 0)
          to[at + i] = from[origin + (word & mask)]!
        }
      }
      walks.advance(c, run)
      at += run
      count -= run
    }
  }

  private scatter(c: number, count: number, from: Words, at: number): void {
    const { channels, walks } = this.parts
    const { kind } = channels.info[c]!
    if (kind === TileKind.shim) return this.store(c, count, from, at)
    const memory = this.memoryOf(kind)
    const into = memory.i32
    const words = from.i32
    const origin = channels.origin[c]!
    const mask = channels.wraps[c] === 0 ? 0 : this.parts.coreWords - 1
    while (count > 0) {
      const run = walks.stretch(c, count)
      const step = walks.step[c * 4]!
      let word = walks.at[c]!
      const last = word + (run - 1) * step
      if (mask === 0 && step <= sparseStep) {
        word += origin
        memory.mark(word * 4, (last + origin + 1) * 4)
        for (let i = 0; i < run; i++, word += step) into[word] = words[at + i]!
      } else {
        for (let i = 0; i < run; i++, word += step) {
          const place = origin + (mask === 0 ? word : word & mask)
          memory.mark(place * 4, place * 4 + 4)
          into[place] = words[at + i]!
        }
      }
      walks.advance(c, run)
      at += run
      count -= run
    }
  }

  private fetch(c: number, count: number, into: Words, at: number): void {
    const { channels, walks, bus } = this.parts
    while (count > 0) {
      const run = this.blockOf(c, count)
      const address = channels.origin[c]! + walks.at[c]! * 4
      if (!bus.read(channels.info[c]!.column, address, into.u8, at * 4, run * 4)) {
        into.u8.fill(0, at * 4, (at + run) * 4)
        this.fault(c)
      }
      walks.advance(c, run)
      at += run
      count -= run
    }
  }

  private store(c: number, count: number, from: Words, at: number): void {
    const { channels, walks, bus } = this.parts
    while (count > 0) {
      const run = this.blockOf(c, count)
      const address = channels.origin[c]! + walks.at[c]! * 4
      if (!bus.write(channels.info[c]!.column, address, from.u8, at * 4, run * 4)) this.fault(c)
      walks.advance(c, run)
      at += run
      count -= run
    }
  }

  /** Words that lie one behind the other in host memory, at most `limit`. */
  private blockOf(c: number, limit: number): number {
    const { walks } = this.parts
    return walks.step[c * 4] === 1 ? walks.stretch(c, limit) : 1
  }

  private memoryOf(kind: TileKind): FlatMemory {
    const { memories } = this.parts
    return kind === TileKind.core ? memories.coreDm : memories.memDm
  }

  private fault(c: number): void {
    const { channels, notes } = this.parts
    if ((channels.sticky[c]! & dmaStatus.decodeError) !== 0) return
    channels.sticky[c]! |= dmaStatus.decodeError
    const bd = channels.bd[c]! + channels.info[c]!.channel.firstBd
    notes.add(NoteCode.hostAccess, partOf(PartKind.channel, c), bd)
    this.parts.fault(c)
  }
}

function wordBuffer(words: number): Words {
  const i32 = new Int32Array(words)
  return { i32, u8: new Uint8Array(i32.buffer) }
}
