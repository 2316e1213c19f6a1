/**
 * Claims: the accesses to data memory that DMA channels are going to make, in the order in which
 * each channel makes them.
 *
 *     batch of words ── walk ──▶ ┌────────┐ ── the next access of each channel ──▶ BankArbiter
 *                                │ Claims │
 *                                └────────┘
 *
 * A claim is one access: consecutive words of a walk that lie in one line of memory, which is what a
 * beat of the stream or the width of a bank covers, whichever is more. It says which banks of which
 * memory it needs and the tick from which on it is tried. How the words are cut into batches makes
 * no difference: a line is read with its first word and written with its last.
 */
import { bankRule, banksBy, type BankRule } from '../../device/banks.ts'
import { coreIndex, firstCoreRow } from '../../device/geometry.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import type { Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'

/** Where a channel's memory lies. */
export interface ClaimChannel {
  readonly column: number
  readonly row: number
  readonly kind: TileKind
  readonly isMm2s: boolean
}

/** What the accesses of a channel have in common. */
interface Shape {
  readonly rule: BankRule
  readonly lineShift: number
  readonly dmBytes: number
  /** Offset in the flat memory of the first memory the channel can reach. */
  readonly base: number
  readonly beatWords: number
  readonly isWrite: boolean
}

/** A claim in the ring: due tick (its low 32 bits), then banks and memory. */
const claimWords = 2
const memoryShift = 24
const bankMask = 2 ** memoryShift - 1
const log2 = (value: number) => 31 - Math.clz32(value)

export class Claims {
  /** Claims ever made and ever served of each channel, as wrapping counters. */
  readonly made: Int32Array
  readonly served: Int32Array
  /** Byte + 1 at which the line begins that the last batch has cut through, 0 when there is none. */
  private readonly cutLine: Int32Array
  private readonly ring: FlatMemory
  private readonly places: number
  private readonly shapes: readonly (Shape | undefined)[]
  /** The batch under way: tick of its first beat and place of the next word. Scratch, not state. */
  private start: Tick = 0
  private next = 0
  /** The words added belong to one access; it is made already. */
  private isUnit = false
  private isMade = false

  constructor(sim: Sim, device: Device, channels: readonly ClaimChannel[], places: number) {
    this.places = places
    this.made = sim.state.i32('array.port.made', channels.length)
    this.served = sim.state.i32('array.port.served', channels.length)
    this.cutLine = sim.state.i32('array.port.cutLine', channels.length)
    this.ring = sim.flatMemory('array.port.claims', channels.length * places * claimWords * 4)
    this.shapes = channels.map((channel) => shapeOf(device, channel))
  }

  /** True when a channel has claims that were not served. */
  isPending(c: number): boolean {
    return this.made[c] !== this.served[c]
  }

  /** Tick from which on the next claim of a channel is tried; `near` is some tick not far from it. */
  dueOf(c: number, near: Tick): Tick {
    const stored = this.ring.i32[this.placeOf(c, this.served[c]!)]!
    return near + ((stored - (near | 0)) | 0)
  }

  /** True when the claim behind the next one is due by `tick` too. */
  isNextDue(c: number, tick: Tick): boolean {
    const second = (this.served[c]! + 1) | 0
    if (second === this.made[c]) return false
    return ((this.ring.i32[this.placeOf(c, second)]! - (tick | 0)) | 0) <= 0
  }

  /** Banks of the next claim of a channel, as bits, and the number of the memory they belong to. */
  banksOf(c: number): number {
    return this.ring.i32[this.placeOf(c, this.served[c]!) + 1]! & bankMask
  }

  memoryOf(c: number): number {
    return this.ring.i32[this.placeOf(c, this.served[c]!) + 1]! >>> memoryShift
  }

  /** The most pending claims of a channel that one bank must serve. */
  longestQueue(c: number, counts: Int32Array): number {
    counts.fill(0)
    let most = 0
    for (let n = this.served[c]!; n !== this.made[c]; n = (n + 1) | 0) {
      const key = this.ring.i32[this.placeOf(c, n) + 1]!
      const bank = (key >>> memoryShift) * memoryShift + log2(key & bankMask)
      const count = counts[bank]! + 1
      counts[bank] = count
      if (count > most) most = count
    }
    return most
  }

  /** Begins a batch whose first beat, from its `place`-th word on, is due at `first`. */
  beginAt(first: Tick, place = 0): void {
    this.start = first
    this.next = place
    this.isUnit = false
  }

  /** Begins a unit: all words that follow are one access, due at `due`. */
  beginUnit(due: Tick): void {
    this.start = due
    this.isUnit = true
    this.isMade = false
  }

  /** Words of the batch that no access goes with. */
  skip(words: number): void {
    this.next += words
  }

  /**
   * The next `words` words of the batch lie from word `at` of the flat memory on, `step` apart;
   * `more` words of batches to come go on from there. Returns their banks as bits, widened to whole
   * groups of interleaved banks.
   */
  add(c: number, at: number, step: number, words: number, more = 0): number {
    if (this.isUnit) return this.addToUnit(c, at, step, words)
    const { rule, lineShift, dmBytes, base, beatWords, isWrite } = this.shapes[c]!
    const ring = this.ring.i32
    const lineWords = 1 << (lineShift - 2)
    const before = this.made[c]!
    let made = before
    let groups = 0
    let n = 0
    for (let i = 0; i < words; i += n) {
      const from = (at + i * step) * 4 - base
      const room = lineWords - ((from >> 2) & (lineWords - 1))
      const inLine = step < lineWords && step > 0 ? Math.ceil(room / step) : 1
      const whole = Math.min(words - i + more, inLine)
      n = Math.min(words - i, whole)
      const memory = from < dmBytes ? 0 : Math.floor(from / dmBytes)
      const inMemory = from - memory * dmBytes
      const begun = this.cutLine[c]! - 1
      const word = this.next + (isWrite ? n - 1 : 0)
      this.next += n
      this.cutLine[c] = n === whole ? 0 : 1 + (begun < 0 ? inMemory : begun)
      // The access was made with the first word, or will be made with the last.
      if (isWrite ? n < whole : begun >= 0) continue
      const low = begun < 0 ? inMemory : begun
      const banks = banksBy(rule, low, inMemory - low + ((whole - 1) * step + 1) * 4)
      const first = (inMemory >> rule.groupShift) << rule.perGroupShift
      groups |= ((1 << (1 << rule.perGroupShift)) - 1) << first
      const place = this.placeOf(c, made)
      ring[place] = (this.start + Math.floor(word / beatWords)) | 0
      ring[place + 1] = banks | (memory << memoryShift)
      made = (made + 1) | 0
    }
    this.mark(c, before, made)
    this.made[c] = made
    return groups
  }

  /** Words of a unit; those in another memory than its first do not count. */
  private addToUnit(c: number, at: number, step: number, words: number): number {
    const { rule, dmBytes, base } = this.shapes[c]!
    const ring = this.ring.i32
    let groups = 0
    for (let i = 0; i < words; i++) {
      const from = (at + i * step) * 4 - base
      const memory = from < dmBytes ? 0 : Math.floor(from / dmBytes)
      const inMemory = from - memory * dmBytes
      const made = this.made[c]!
      const first = (inMemory >> rule.groupShift) << rule.perGroupShift
      groups |= ((1 << (1 << rule.perGroupShift)) - 1) << first
      const place = this.placeOf(c, this.isMade ? (made - 1) | 0 : made)
      if (!this.isMade) {
        ring[place] = this.start | 0
        ring[place + 1] = memory << memoryShift
        this.made[c] = (made + 1) | 0
        this.mark(c, made, (made + 1) | 0)
        this.isMade = true
      }
      if (ring[place + 1]! >>> memoryShift === memory)
        ring[place + 1]! |= banksBy(rule, inMemory, 4)
    }
    return groups
  }

  /** A channel begins another walk. */
  restart(c: number): void {
    this.cutLine[c] = 0
  }

  /** Drops all claims of a channel. */
  clear(c: number): void {
    this.cutLine[c] = 0
    this.served[c] = this.made[c]!
  }

  private placeOf(c: number, count: number): number {
    return (c * this.places + (count & (this.places - 1))) * claimWords
  }

  private mark(c: number, from: number, to: number): void {
    if (from === to) return
    const first = this.placeOf(c, from) * 4
    const last = this.placeOf(c, (to - 1) | 0) * 4
    const bytes = claimWords * 4
    if (first <= last) {
      this.ring.mark(first, last + bytes)
      return
    }
    this.ring.mark(first, (c + 1) * this.places * bytes)
    this.ring.mark(c * this.places * bytes, last + bytes)
  }
}

function shapeOf(device: Device, channel: ClaimChannel): Shape | undefined {
  const { column, row, kind, isMm2s } = channel
  if (kind === TileKind.shim) return undefined
  const isCore = kind === TileKind.core
  const part = isCore ? device.core : device.mem
  const { beatBytes } = (isCore ? device.coreTile : device.memTile).data
  const { granuleBytes } = isCore ? device.bank.core : device.bank.mem
  const memory = isCore
    ? coreIndex(device, column, row)
    : (row - firstCoreRow(device) + device.rows.mem) * device.columns
  return {
    rule: bankRule(device, kind),
    lineShift: log2(Math.max(beatBytes, granuleBytes)),
    dmBytes: part.dmBytes,
    base: memory * part.dmBytes,
    beatWords: beatBytes / 4,
    isWrite: !isMm2s,
  }
}
