/**
 * Streams: words in flight between those who send (MM2S channels, cores) and those who receive
 * (S2MM channels, cores).
 *
 *     source ── post a batch ──▶ ┌─────────┐ ── words that have arrived ──▶ sinks of its route
 *     source ◀── room, wake ──── │ Streams │ ◀── consume, commitment ────── sinks
 *     bus ── configuration ────▶ └─────────┘
 *
 * A source owns a ring of words; each sink of its route reads the ring on its own. A batch leaves
 * at one beat per cycle and reaches a sink after the latency of its path. A source may have as many
 * words under way as the path buffers, plus what its sinks are certain to take (the rest of their
 * present descriptor).
 *
 * Faithful    one beat per cycle, path latency and buffering, a broadcast moves only when every
 *             sink has room
 * Simplified  changing a route under way drops what is in flight to the sinks it moves
 */
import type { ArrayNumbering } from '../../device/parts.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import { RouteTable } from './route-table.ts'
import type { Topology } from './topology.ts'

/** Batches a source can have under way. */
const entries = 64
/** A ring holds this many beats at least, and this many words at least. */
const ringBeats = 256
const ringWordsLeast = 1024
const noSlot = -1

export class Streams {
  /** Where every stream goes. */
  readonly table: RouteTable
  /** Rings of words in flight, source after source. */
  readonly fifo: FlatMemory
  /** One byte per word of `fifo`: 1 where the word carries TLAST. */
  readonly lastFlags: FlatMemory
  readonly ringWords: number
  /** Most words that leave in one batch. */
  readonly batchWords: number
  readonly sourceCount: number
  readonly sinkCount: number
  /** Words ever sent by a source, and ever read by a sink (on the count of its source). */
  readonly written: Float64Array
  readonly read: Float64Array
  /** Words that a sink will take without fail as they arrive. */
  readonly commitment: Float64Array
  /** What `nextBatch` found besides. Scratch, not state. */
  batchEnd: Tick = 0
  private readonly attached: Int32Array
  private readonly entryEnd: Float64Array
  private readonly entryCount: Float64Array
  private readonly entryHead: Int32Array
  private readonly entryLength: Int32Array
  private readonly sourceWaits: Uint8Array
  private readonly sinkWaits: Uint8Array
  private readonly dirty: Uint8Array
  private readonly sim: Sim
  private readonly device: Device
  private readonly notes: Notes
  private readonly numbering: ArrayNumbering
  private readonly slotOfSource: Int32Array
  private readonly slotOfSink: Int32Array
  private readonly settleSlot: Slot

  constructor(
    sim: Sim,
    device: Device,
    numbering: ArrayNumbering,
    topology: Topology,
    words: Uint32Array,
    notes: Notes,
  ) {
    this.sim = sim
    this.device = device
    this.numbering = numbering
    this.notes = notes
    this.table = new RouteTable(device, numbering, topology, words)
    this.sourceCount = this.table.sourceCount
    this.sinkCount = this.table.sinkCount
    const beat = device.memTile.data.beatBytes / 4
    this.ringWords = Math.max(ringWordsLeast, beat * ringBeats)
    this.batchWords = this.ringWords / 4
    this.fifo = sim.flatMemory('array.stream.fifo', this.sourceCount * this.ringWords * 4)
    this.lastFlags = sim.flatMemory('array.stream.last', this.sourceCount * this.ringWords)
    const f64 = (name: string, length: number) => sim.state.f64(`array.stream.${name}`, length)
    this.written = f64('written', this.sourceCount)
    this.read = f64('read', this.sinkCount)
    this.commitment = f64('commitment', this.sinkCount)
    this.attached = sim.state.i32('array.stream.attached', this.sinkCount)
    this.entryEnd = f64('entryEnd', this.sourceCount * entries)
    this.entryCount = f64('entryCount', this.sourceCount * entries)
    this.entryHead = sim.state.i32('array.stream.entryHead', this.sourceCount)
    this.entryLength = sim.state.i32('array.stream.entryLength', this.sourceCount)
    this.sourceWaits = sim.state.u8('array.stream.sourceWaits', this.sourceCount)
    this.sinkWaits = sim.state.u8('array.stream.sinkWaits', this.sinkCount)
    this.dirty = sim.state.u8('array.stream.dirty', 1)
    this.attached.fill(-1)
    this.slotOfSource = new Int32Array(this.sourceCount).fill(noSlot)
    this.slotOfSink = new Int32Array(this.sinkCount).fill(noSlot)
    this.settleSlot = sim.schedule.slot('array.streams', () => this.settle())
  }

  /** Tells which slot acts for a source or a sink; part of building the array. */
  bind(source: number, sink: number, slot: Slot): void {
    if (source >= 0) this.slotOfSource[source] = slot
    if (sink >= 0) this.slotOfSink[sink] = slot
  }

  /** The slot that acts for a source, −1 when nobody does yet. */
  slotOf(source: number): Slot {
    return this.slotOfSource[source]!
  }

  /** A configuration register was written: routes are found anew before anything moves. */
  reconfigure(): void {
    this.table.forget()
    if (this.dirty[0] !== 0) return
    this.dirty[0] = 1
    this.sim.schedule.at(this.settleSlot, this.sim.schedule.now + 1)
  }

  /** Forgets caches after the state was loaded. */
  rebuild(): void {
    this.table.forget()
  }

  /** Makes routes and attachments agree with the configuration registers. */
  settle(): void {
    this.table.refresh()
    if (this.dirty[0] === 0) return
    this.dirty[0] = 0
    for (let sink = 0; sink < this.sinkCount; sink++) {
      const source = this.table.sinkSource[sink]!
      const before = this.attached[sink]!
      if (source === before) continue
      if (before >= 0) {
        const lost = this.written[before]! - this.read[sink]!
        if (lost > 0) this.notes.add(NoteCode.streamDataLost, this.partOfSink(sink), lost)
      }
      this.attached[sink] = source
      this.read[sink] = source < 0 ? 0 : this.written[source]!
    }
    const tick = this.sim.schedule.now + 1
    for (let source = 0; source < this.sourceCount; source++) {
      if (this.sourceWaits[source] !== 0) this.wakeSource(source, tick)
    }
  }

  /** Words a source may send now. Settles first. */
  room(source: number): number {
    this.settle()
    const from = this.table.first[source]!
    const to = this.table.first[source + 1]!
    if (from === to) return 0
    const written = this.written[source]!
    let room = this.batchWords
    let least = written
    for (let b = from; b < to; b++) {
      const sink = this.table.branchSink[b]!
      const read = this.read[sink]!
      if (read < least) least = read
      const free = this.table.branchWords[b]! + this.commitment[sink]! - (written - read)
      if (free < room) room = free
    }
    this.dropRead(source, least)
    if (this.entryLength[source] === entries) return 0
    return Math.max(0, Math.min(room, this.ringWords - (written - least)))
  }

  /** Index in `fifo` words of the ring of a source. */
  ringOf(source: number): number {
    return source * this.ringWords
  }

  /**
   * Sends `count` words that were put into the ring behind what is there; returns the cycles it
   * takes. `isLast`: the last of them carries TLAST.
   */
  post(source: number, count: number, isLast: boolean): number {
    const beat = this.table.beatWords[source]!
    const cycles = Math.ceil(count / beat)
    const at = this.written[source]! % this.ringWords
    this.markRing(source, at, count, isLast)
    const end = this.sim.schedule.now + cycles
    const total = this.written[source]! + count
    this.written[source] = total
    const entry =
      source * entries + ((this.entryHead[source]! + this.entryLength[source]!) % entries)
    this.entryEnd[entry] = end
    this.entryCount[entry] = total
    this.entryLength[source]!++
    for (let b = this.table.first[source]!; b < this.table.first[source + 1]!; b++) {
      const sink = this.table.branchSink[b]!
      if (this.sinkWaits[sink] === 0) continue
      this.sinkWaits[sink] = 0
      this.sim.schedule.at(this.slotOfSink[sink]!, this.nextArrival(sink, this.commitment[sink]!))
    }
    return cycles
  }

  /** Words that have arrived at a sink and were not read yet. Settles first. */
  arrived(sink: number): number {
    this.settle()
    const source = this.attached[sink]!
    if (source < 0) return 0
    const now = this.sim.schedule.now - this.table.sinkLatency[sink]!
    const read = this.read[sink]!
    const beat = this.table.beatWords[source]!
    const head = this.entryHead[source]!
    let before = read
    for (let i = 0; i < this.entryLength[source]!; i++) {
      const entry = source * entries + ((head + i) % entries)
      const count = this.entryCount[entry]!
      if (count <= read) continue
      const end = this.entryEnd[entry]!
      if (end <= now) {
        before = count
        continue
      }
      return Math.max(before, count - (end - now) * beat) - read
    }
    return before - read
  }

  /**
   * The tick at which the `wanted`-th unread word reaches a sink or, when fewer are on their way,
   * the last of the first batch that is not wholly there; `never` when nothing is on its way.
   */
  nextArrival(sink: number, wanted: number): Tick {
    const source = this.attached[sink]!
    if (source < 0) return never
    const latency = this.table.sinkLatency[sink]!
    const beat = this.table.beatWords[source]!
    const target = this.read[sink]! + wanted
    const head = this.entryHead[source]!
    for (let i = 0; i < this.entryLength[source]!; i++) {
      const entry = source * entries + ((head + i) % entries)
      const end = this.entryEnd[entry]! + latency
      if (end <= this.sim.schedule.now) continue
      const count = this.entryCount[entry]!
      if (count <= target) return end
      return Math.max(this.sim.schedule.now + 1, end - Math.floor((count - target) / beat))
    }
    return never
  }

  /**
   * Words of the first batch under way to a sink that lie behind its first `skip` unread ones, 0 when
   * there are none. `batchEnd` is the tick at which the last of them arrives.
   */
  nextBatch(sink: number, skip: number): number {
    const source = this.attached[sink]!
    if (source < 0) return 0
    const from = this.read[sink]! + skip
    if (from >= this.written[source]!) return 0
    const head = this.entryHead[source]!
    for (let i = 0; i < this.entryLength[source]!; i++) {
      const entry = source * entries + ((head + i) % entries)
      if (this.entryCount[entry]! <= from) continue
      this.batchEnd = this.entryEnd[entry]! + this.table.sinkLatency[sink]!
      return this.entryCount[entry]! - from
    }
    return 0
  }

  /**
   * Unread words of a sink up to and with the next word that carries TLAST, among those that have
   * left their source; 0 when none of them does.
   */
  untilLast(sink: number): number {
    const source = this.attached[sink]!
    if (source < 0) return 0
    const base = source * this.ringWords
    const flags = this.lastFlags.u8
    for (let word = this.read[sink]!; word < this.written[source]!; word++) {
      if (flags[base + (word % this.ringWords)] !== 0) return word - this.read[sink]! + 1
    }
    return 0
  }

  /** Index in `fifo` words of the next word a sink reads. */
  readAt(sink: number): number {
    const source = this.attached[sink]!
    return source * this.ringWords + (this.read[sink]! % this.ringWords)
  }

  /** A sink has taken `count` words. */
  consume(sink: number, count: number): void {
    this.read[sink]! += count
    this.commitment[sink]! -= count
    const source = this.attached[sink]!
    if (this.sourceWaits[source] !== 0) this.wakeSource(source, this.sim.schedule.now + 1)
  }

  /** A sink will take `count` words without fail from now on (0: it no longer does). */
  commit(sink: number, count: number): void {
    this.settle()
    this.commitment[sink] = count
    const source = this.attached[sink]!
    if (source >= 0 && this.sourceWaits[source] !== 0)
      this.wakeSource(source, this.sim.schedule.now + 1)
  }

  /** A source sleeps until there may be room. */
  waitForRoom(source: number): void {
    this.sourceWaits[source] = 1
  }

  /** A sink sleeps until words are on their way. */
  waitForWords(sink: number): void {
    this.sinkWaits[sink] = 1
  }

  /** True from a write of the configuration until routes and attachments agree with it. */
  get isUnsettled(): boolean {
    return this.dirty[0] !== 0
  }

  isSourceWaiting(source: number): boolean {
    return this.sourceWaits[source] !== 0
  }

  /** Forgets what a source and a sink wait for. */
  cancel(source: number, sink: number): void {
    if (source >= 0) this.sourceWaits[source] = 0
    if (sink >= 0) {
      this.sinkWaits[sink] = 0
      this.commitment[sink] = 0
    }
  }

  /** Words sent by a source that its slowest sink has not read. */
  inFlight(source: number): number {
    this.table.refresh()
    let least = this.written[source]!
    for (let b = this.table.first[source]!; b < this.table.first[source + 1]!; b++) {
      const sink = this.table.branchSink[b]!
      if (this.attached[sink] === source) least = Math.min(least, this.read[sink]!)
    }
    return this.written[source]! - least
  }

  private wakeSource(source: number, tick: Tick): void {
    this.sourceWaits[source] = 0
    if (this.slotOfSource[source] !== noSlot) this.sim.schedule.at(this.slotOfSource[source]!, tick)
  }

  private dropRead(source: number, least: number): void {
    let head = this.entryHead[source]!
    let length = this.entryLength[source]!
    while (length > 0 && this.entryCount[source * entries + head]! <= least) {
      head = (head + 1) % entries
      length--
    }
    this.entryHead[source] = head
    this.entryLength[source] = length
  }

  private markRing(source: number, at: number, count: number, isLast: boolean): void {
    const base = source * this.ringWords
    const inRing = Math.min(count, this.ringWords - at)
    this.markRun(base + at, base + at + inRing)
    if (inRing < count) this.markRun(base, base + count - inRing)
    if (isLast) this.lastFlags.u8[base + ((at + count - 1) % this.ringWords)] = 1
  }

  private markRun(from: number, to: number): void {
    this.fifo.mark(from * 4, to * 4)
    this.lastFlags.u8.fill(0, from, to)
    this.lastFlags.mark(from, to)
  }

  private partOfSink(sink: number): number {
    const { channelCount } = this.numbering
    if (sink < channelCount) return partOf(PartKind.channel, sink)
    return partOf(PartKind.core, Math.floor((sink - channelCount) / this.device.core.streamIn))
  }
}
