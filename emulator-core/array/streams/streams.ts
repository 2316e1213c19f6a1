/**
 * Streams: words in flight between those who send (MM2S channels, cores, control blocks, trace
 * units) and those who receive (S2MM channels, cores, control blocks, controllers).
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
 * That is for circuits of one width between data ends. All other streams cross the hop-level
 * `Network`: it reads their source's ring as a sink, and each of their sinks reads a ring that the
 * network fills as a source. Those rings follow the others in the same arrays: ring
 * `sourceCount + k` belongs to sink `k`, reader `sinkCount + s` to source `s`.
 *
 * Faithful    one beat per cycle, path latency and buffering, a broadcast moves only when every
 *             sink has room
 * Simplified  changing a route under way drops what is in flight to the sinks it moves
 */
import type { ArrayNumbering } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { HwEventSink } from '../hw-events/vocabulary.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import { Batches } from './batches.ts'
import type { Lens } from '../races/probe.ts'
import { Ends } from './ends.ts'
import type { Rings } from './network.ts'
import { Network } from './network.ts'
import { RouteTable } from './route-table.ts'
import type { Topology } from './topology.ts'

/** Batches that a source, a ring filled by the network, a control block can have under way. */
const mostBatches = { source: 64, sink: 32, block: 1 } as const
/** A ring holds this many beats at least, and this many words at least. */
const ringBeats = 256
const ringWordsLeast = 1024
const noSlot = -1

export class Streams implements Rings {
  /** Who sends and who receives. */
  readonly ends: Ends
  /** Streams that share ports with others. */
  readonly network: Network
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
  batchBeat = 0
  batchSize = 0
  /** Tick from which a sink can take its next beat. */
  private readonly freeAt: Float64Array
  /** 1 when a sink's commitment ends with the next TLAST. */
  private readonly endsAtLast: Uint8Array
  /**
   * Tick at which a sink last made room, what it had read and was certain to take before. Room is
   * used from the next tick on, whoever's turn comes first.
   */
  private readonly roomMade: Float64Array
  private readonly readWas: Float64Array
  private readonly certainWas: Float64Array
  private readonly attached: Int32Array
  private readonly batches: Batches
  private readonly sourceWaits: Uint8Array
  private readonly sinkWaits: Uint8Array
  private readonly dirty: Uint8Array
  /** 1 per source whose stream moves hop by hop now. */
  private readonly hops: Uint8Array
  private readonly sim: Sim
  private readonly notes: Notes
  private readonly lens: Lens
  /** Ring of a source in `fifo`, −1 when it has none: not every number sends. */
  private readonly ringIndex: Int32Array
  /** Beats that a sink of the network buffers. */
  private readonly sinkWords: Int32Array
  private readonly slotOfSource: Int32Array
  private readonly slotOfSink: Int32Array
  private readonly settleSlot: Slot
  /** Cycles that the last hop takes at least. */
  readonly leastHop: number

  constructor(
    sim: Sim,
    device: Device,
    numbering: ArrayNumbering,
    topology: Topology,
    words: Uint32Array,
    notes: Notes,
    events: HwEventSink,
    lens: Lens,
    allByHops = false,
  ) {
    this.lens = lens
    this.sim = sim
    this.notes = notes
    this.ends = new Ends(device, numbering, topology)
    this.hops = sim.state.u8('array.stream.hops', this.ends.sourceCount)
    this.table = new RouteTable(device, this.ends, topology, words, this.hops, allByHops)
    this.sourceCount = this.ends.sourceCount
    this.sinkCount = this.ends.sinkCount
    const both = this.sourceCount + this.sinkCount
    const beat = device.memTile.data.beatBytes / 4
    this.ringWords = Math.max(ringWordsLeast, beat * ringBeats)
    this.batchWords = this.ringWords / 4
    this.sinkWords = this.measureSinks(device, topology)
    this.ringIndex = new Int32Array(both).fill(-1)
    let rings = 0
    for (let source = 0; source < this.sourceCount; source++)
      if (this.ends.slaveOf[source]! >= 0) this.ringIndex[source] = rings++
    for (let sink = 0; sink < this.sinkCount; sink++)
      if (this.sinkWords[sink]! > 0) this.ringIndex[this.sourceCount + sink] = rings++
    this.fifo = sim.flatMemory('array.stream.fifo', rings * this.ringWords * 4)
    this.lastFlags = sim.flatMemory('array.stream.last', rings * this.ringWords)
    const f64 = (name: string, length: number) => sim.state.f64(`array.stream.${name}`, length)
    this.written = f64('written', both)
    this.read = f64('read', both)
    this.commitment = f64('commitment', both)
    this.endsAtLast = sim.state.u8('array.stream.endsAtLast', both)
    this.freeAt = f64('freeAt', both)
    this.roomMade = f64('roomMade', this.sinkCount).fill(-1)
    this.readWas = f64('readWas', this.sinkCount)
    this.certainWas = f64('certainWas', this.sinkCount)
    this.attached = sim.state.i32('array.stream.attached', both)
    const capacity = Array.from({ length: both }, (_, ring) => this.batchesOf(ring))
    this.batches = new Batches(sim, capacity)
    this.sourceWaits = sim.state.u8('array.stream.sourceWaits', this.sourceCount)
    this.sinkWaits = sim.state.u8('array.stream.sinkWaits', this.sinkCount)
    this.dirty = sim.state.u8('array.stream.dirty', 1)
    this.attached.fill(-1)
    for (let sink = 0; sink < this.sinkCount; sink++) this.attached[sink] = this.netRing(sink)
    this.slotOfSource = new Int32Array(this.sourceCount).fill(noSlot)
    this.slotOfSink = new Int32Array(this.sinkCount).fill(noSlot)
    this.network = new Network(sim, device, {
      topology,
      ends: this.ends,
      words,
      notes,
      events,
      rings: this,
    })
    this.leastHop = device.timing.slavePortLatency + device.timing.localMasterLatency
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
    this.network.forget()
    if (this.dirty[0] !== 0) return
    this.dirty[0] = 1
    this.sim.schedule.at(this.settleSlot, this.sim.schedule.now + 1)
  }

  /** Forgets caches after the state was loaded. */
  rebuild(): void {
    this.network.watch.refresh(-1)
    this.table.forget()
    this.table.refresh()
    this.network.rebuild((source) => {
      const reader = this.sinkCount + source
      return this.attached[reader] === source && this.read[reader]! < this.written[source]!
    })
  }

  /** Drops what the ports of a tile that `isMine` names hold; part of resetting it. */
  resetTile(tile: number, isMine: (offset: number) => boolean): void {
    this.network.flush(tile, isMine)
    const { topology } = this.table.routes
    for (let source = 0; source < this.sourceCount; source++) {
      const slave = this.ends.slaveOf[source]!
      if (slave < 0 || topology.slaves[slave]!.tile !== tile) continue
      const reader = this.sinkCount + source
      if (this.attached[reader] !== source || !isMine(topology.slaves[slave]!.port.register))
        continue
      this.read[reader] = this.written[source]!
      this.batches.drop(source, this.read[reader]!)
    }
  }

  /** Makes routes and attachments agree with the configuration registers. */
  settle(): void {
    this.table.refresh()
    if (this.dirty[0] === 0) return
    this.dirty[0] = this.choose() ? 0 : 1
    this.table.refresh()
    for (let sink = 0; sink < this.sinkCount; sink++) {
      const source = this.table.sinkSource[sink]!
      this.attach(sink, source >= 0 ? source : this.netRing(sink))
    }
    for (let source = 0; source < this.sourceCount; source++)
      this.attach(this.sinkCount + source, this.table.isByHops(source) ? source : -1)
    this.network.settle()
    const tick = this.sim.schedule.now + 1
    for (let source = 0; source < this.sourceCount; source++) {
      if (this.sourceWaits[source] !== 0) this.wakeSource(source, tick)
    }
  }

  /** Stream ports of a tile are watched, or no longer. */
  portsSelected(tile: number): void {
    if (this.network.watch.refresh(tile)) this.reconfigure()
  }

  /**
   * Chooses for every source whether its words take the short way. Words under way keep theirs;
   * false when a choice has to wait for them.
   */
  private choose(): boolean {
    const { table, hops, network } = this
    let isDone = true
    for (let source = 0; source < this.sourceCount; source++) {
      const before = hops[source]!
      if (table.needsHops(source)) {
        hops[source] = 1
        continue
      }
      const isWatched = network.watch.isOn && this.passesWatched(source)
      if (isWatched === (before !== 0)) continue
      if (isWatched ? this.isShortBusy(source) : this.isNetworkBusy(source)) {
        if (isWatched) isDone = false
        continue
      }
      hops[source] = isWatched ? 1 : 0
      table.renew(source)
    }
    return isDone
  }

  private passesWatched(source: number): boolean {
    const { watch } = this.network
    const { masters } = this.table.routes.topology
    const slave = this.ends.slaveOf[source]!
    if (slave >= 0 && watch.slave[slave] !== 0) return true
    return this.table.routeOf(source).branches.some((branch) =>
      branch.hops.some((m) => {
        const { next } = masters[m]!
        return watch.master[m] !== 0 || (next >= 0 && watch.slave[next] !== 0)
      }),
    )
  }

  private isShortBusy(source: number): boolean {
    return this.table.routeOf(source).branches.some((branch) => {
      const sink = this.table.sinkOf(branch)
      return this.attached[sink] === source && this.read[sink]! < this.written[source]!
    })
  }

  private isNetworkBusy(source: number): boolean {
    return this.inPorts(source) > 0
  }

  /** Lets a sink or a reader of the network read the ring of a source, −1 for none. */
  private attach(sink: number, source: number): void {
    const before = this.attached[sink]!
    if (source === before) return
    if (before >= 0) {
      const lost = this.written[before]! - this.read[sink]!
      const part =
        sink < this.sinkCount
          ? this.ends.partOfSink(sink)
          : this.ends.partOfSource(sink - this.sinkCount)
      if (lost > 0) this.notes.add(NoteCode.streamDataLost, part, lost)
    }
    this.attached[sink] = source
    this.read[sink] = source < 0 ? 0 : this.written[source]!
  }

  /** Ring by which the network feeds a sink, −1 for those that are no sink. */
  private netRing(sink: number): number {
    return this.sinkWords[sink]! > 0 ? this.sourceCount + sink : -1
  }

  /** Place in `fifo` words where the next word of a source goes. */
  writeAt(source: number): number {
    return this.ringOf(source) + (this.written[source]! % this.ringWords)
  }

  /** Words of a source that its switch has not taken yet. */
  waiting(source: number): number {
    const reader = this.sinkCount + source
    return this.attached[reader] === source ? this.written[source]! - this.read[reader]! : 0
  }

  /**
   * Words a source may send now. Settles first. `isDeep`: the source is a block with a buffer of
   * its own, and only the ring limits it.
   */
  room(source: number, isDeep = false): number {
    this.settle()
    if (isDeep) {
      this.batches.drop(source, this.written[source]! - this.waiting(source))
      return this.ringWords - this.waiting(source)
    }
    const from = this.table.first[source]!
    const to = this.table.first[source + 1]!
    if (from === to) return 0
    const written = this.written[source]!
    let room = this.batchWords
    let least = written
    for (let b = from; b < to; b++) {
      const sink = this.table.branchSink[b]!
      const isFresh = this.isFresh(sink)
      const read = isFresh ? this.readWas[sink]! : this.read[sink]!
      const certain = isFresh ? this.certainWas[sink]! : this.certain(sink)
      if (read < least) least = read
      const free = this.table.branchWords[b]! + this.spare(source, read, certain)
      if (free < room) room = free
    }
    room -= room % this.table.beatWords[source]!
    this.batches.drop(source, least)
    if (this.batches.isFull(source)) return 0
    return Math.max(0, Math.min(room, this.ringWords - (written - least)))
  }

  /**
   * Room that the words of a source take which a sink at `read` has not read: a beat that is not
   * full takes the place of a full one.
   */
  private taken(source: number, read: number): number {
    const beat = this.table.beatWords[source]!
    if (beat === 1) return this.written[source]! - read
    return this.batches.room(source, read, beat)
  }

  /**
   * Words that a sink at `read` which is certain to take so many goes on to take behind those in the
   * ring; negative: the room that those take which it may leave there.
   */
  private spare(source: number, read: number, certain: number): number {
    const more = certain - (this.written[source]! - read)
    return more >= 0 ? more : -this.taken(source, read + certain)
  }

  /** Index in `fifo` words of the ring of a source. */
  ringOf(source: number): number {
    return this.ringIndex[source]! * this.ringWords
  }

  /**
   * Sends `count` words that were put into the ring behind what is there; returns the cycles it
   * takes. `isLast`: the last of them carries TLAST.
   */
  post(source: number, count: number, isLast: boolean): number {
    this.lens.probe?.posted(source, this.written[source]!, this.table.isByHops(source))
    const beat = this.table.beatWords[source]!
    const cycles = Math.ceil(count / beat)
    const at = this.written[source]! % this.ringWords
    this.markRing(source, at, count, isLast)
    this.append(source, this.sim.schedule.now + cycles, count)
    for (let b = this.table.first[source]!; b < this.table.first[source + 1]!; b++) {
      const sink = this.table.branchSink[b]!
      if (sink >= this.sinkCount) this.network.feed(source)
      else this.wakeSink(sink)
    }
    return cycles
  }

  /** Words go under way that are there by `end`. */
  private append(source: number, end: Tick, count: number): void {
    const total = this.written[source]! + count
    this.written[source] = total
    this.batches.append(source, end, total, count)
  }

  private batchesOf(ring: number): number {
    if (this.ringIndex[ring]! < 0) return 0
    if (ring >= this.sourceCount) return mostBatches.sink
    return ring >= this.ends.firstControlSource ? mostBatches.block : mostBatches.source
  }

  private wakeSink(sink: number): void {
    if (this.sinkWaits[sink] === 0) return
    this.sinkWaits[sink] = 0
    this.sim.schedule.at(this.slotOfSink[sink]!, this.nextArrival(sink, 1))
  }

  /**
   * Words that have arrived at a sink and that it can have taken by now, at one beat per cycle.
   * Settles first.
   */
  arrived(sink: number): number {
    this.settle()
    const source = this.attached[sink]!
    if (source < 0) return 0
    const beat = this.table.beatWords[source]!
    const latency = this.table.sinkLatency[sink]!
    const { now } = this.sim.schedule
    return this.batches.arrived(source, this.read[sink]!, beat, latency, this.freeAt[sink]!, now)
  }

  /**
   * The tick at which a sink can have taken `wanted` unread words or, when fewer are on their way,
   * the last of the first batch that is not wholly there; `never` when nothing is on its way.
   */
  nextArrival(sink: number, wanted: number): Tick {
    const source = this.attached[sink]!
    if (source < 0) return never
    const beat = this.table.beatWords[source]!
    const latency = this.table.sinkLatency[sink]!
    const { now } = this.sim.schedule
    const free = this.freeAt[sink]!
    return this.batches.nextTick(source, this.read[sink]!, wanted, beat, latency, free, now)
  }

  /** When a sink has taken the next `count` of its words, all of which have arrived. */
  private takes(sink: number, count: number): Tick {
    const source = this.attached[sink]!
    const beat = this.table.beatWords[source]!
    const latency = this.table.sinkLatency[sink]!
    return this.batches.freeAfter(
      source,
      this.read[sink]!,
      count,
      beat,
      latency,
      this.freeAt[sink]!,
    )
  }

  /**
   * Words of the first batch under way to a sink that lie behind its first `skip` unread ones, 0 when
   * there are none. `batchEnd` is the tick at which the last of them arrives, `batchBeat` the words
   * that come in one cycle, `batchSize` the words of the whole batch.
   */
  nextBatch(sink: number, skip: number): number {
    const source = this.attached[sink]!
    if (source < 0) return 0
    const from = this.read[sink]! + skip
    if (from >= this.written[source]!) return 0
    const place = this.batches.firstUnread(source, from)
    if (place < 0) return 0
    this.batchEnd = this.batches.end[place]! + this.table.sinkLatency[sink]!
    this.batchBeat = this.table.beatWords[source]!
    this.batchSize = this.batches.words[place]!
    return this.batches.count[place]! - from
  }

  /**
   * Unread words of a sink up to and with the next word that carries TLAST, among those that have
   * left their source; 0 when none of them does.
   */
  untilLast(sink: number): number {
    const source = this.attached[sink]!
    if (source < 0) return 0
    const base = this.ringOf(source)
    const flags = this.lastFlags.u8
    for (let word = this.read[sink]!; word < this.written[source]!; word++) {
      if (flags[base + (word % this.ringWords)] !== 0) return word - this.read[sink]! + 1
    }
    return 0
  }

  /** Index in `fifo` words of the next word a sink reads. */
  readAt(sink: number): number {
    const source = this.attached[sink]!
    return this.ringOf(source) + (this.read[sink]! % this.ringWords)
  }

  /** The next `count` words of a sink bring what their sender knew. */
  tellHeard(sink: number, count: number): void {
    const ring = this.attached[sink]!
    const byHops = ring >= this.sourceCount
    if (ring >= 0) this.lens.probe?.heard(ring, this.read[sink]! + count, byHops)
  }

  /** A sink has taken `count` words. */
  consume(sink: number, count: number): void {
    if (this.lens.probe !== undefined) this.tellHeard(sink, count)
    this.makeRoom(sink)
    this.freeAt[sink] = this.takes(sink, count)
    this.read[sink]! += count
    // Sinks that commit nothing take what comes.
    this.commitment[sink] = Math.max(0, this.commitment[sink]! - count)
    const source = this.attached[sink]!
    this.roomAhead(source, this.read[sink]!)
  }

  /**
   * A sink will take `count` words without fail from now on (0: it no longer does). `endsAtLast`:
   * or those up to and with the next TLAST, if they are fewer.
   */
  commit(sink: number, count: number, endsAtLast = false): void {
    this.settle()
    this.makeRoom(sink)
    this.commitment[sink] = count
    this.freeAt[sink] = Math.max(this.freeAt[sink]!, this.sim.schedule.now)
    this.endsAtLast[sink] = endsAtLast ? 1 : 0
    const source = this.attached[sink]!
    if (source >= 0) this.roomAhead(source, this.read[sink]!)
  }

  /** A sink has room or will have: whoever fills its ring may go on in the next tick. */
  private roomAhead(source: number, read: number): void {
    if (source >= this.sourceCount) {
      this.batches.drop(source, read)
      this.network.wake(this.sim.schedule.now + 1)
    } else if (this.sourceWaits[source] !== 0) this.wakeSource(source, this.sim.schedule.now + 1)
  }

  /** A sink is about to take words, or to promise that it will. */
  private makeRoom(sink: number): void {
    const { now } = this.sim.schedule
    if (sink >= this.sinkCount || this.roomMade[sink] === now) return
    this.roomMade[sink] = now
    this.readWas[sink] = this.read[sink]!
    this.certainWas[sink] = this.certain(sink)
  }

  /** Has a sink made room in this very tick? */
  private isFresh(sink: number): boolean {
    return sink < this.sinkCount && this.roomMade[sink] === this.sim.schedule.now
  }

  /** A source sleeps until there may be room. */
  waitForRoom(source: number): void {
    this.sourceWaits[source] = 1
    for (let b = this.table.first[source]!; b < this.table.first[source + 1]!; b++)
      if (this.isFresh(this.table.branchSink[b]!))
        this.wakeSource(source, this.sim.schedule.now + 1)
  }

  /** A sink sleeps until words are on their way. */
  waitForWords(sink: number): void {
    this.sinkWaits[sink] = 1
  }

  /**
   * The earliest tick at which words in the network can reach a register or a controller; `never`
   * while none that may do so are under way. Those that have reached a sink are that sink's.
   */
  get nextControl(): Tick {
    if (!this.network.isControlling) return never
    const { due } = this.network
    // Whoever frees a blocked path is not foreseen here.
    return (due === never ? this.sim.schedule.now : due) + this.leastHop
  }

  /**
   * The earliest tick at which the network can bring words to any sink, by what is in it now.
   */
  get nextByHops(): Tick {
    return this.network.due + this.leastHop
  }

  /** Is there a channel or core whose words may reach a register or a controller? */
  get mayDataControl(): boolean {
    this.table.refresh()
    return this.table.hasDataByHops
  }

  /** Does a source send words that may reach a register or a controller? */
  mayControl(source: number): boolean {
    return this.table.isByHops(source) && this.network.reachesControl(this.ends.slaveOf[source]!)
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

  /**
   * Words sent by a source that its slowest sink has not read; where ports are shared, the words in
   * all ports and rings that it may pass.
   */
  inFlight(source: number): number {
    this.table.refresh()
    if (this.table.isByHops(source)) return this.inPorts(source)
    let least = this.written[source]!
    for (let b = this.table.first[source]!; b < this.table.first[source + 1]!; b++) {
      const sink = this.table.branchSink[b]!
      if (this.attached[sink] === source) least = Math.min(least, this.read[sink]!)
    }
    return this.written[source]! - least
  }

  private inPorts(source: number): number {
    const { masters } = this.table.routes.topology
    const { branches } = this.table.routeOf(source)
    const ports = new Set([this.ends.slaveOf[source]!])
    let words = this.waiting(source)
    for (const branch of branches) {
      for (const m of branch.hops) ports.add(masters[m]!.next)
      const sink = this.table.sinkOf(branch)
      const ring = this.sourceCount + sink
      if (sink >= 0 && this.attached[sink] === ring) words += this.written[ring]! - this.read[sink]!
    }
    for (const port of ports) if (port >= 0) words += this.network.fifos.held(port)
    return words
  }

  /** Unread words that a sink is certain to take, as far as is known now. */
  private certain(sink: number): number {
    const count = this.commitment[sink]!
    if (this.endsAtLast[sink] === 0) return count
    const last = this.untilLast(sink)
    return last === 0 ? count : Math.min(count, last)
  }

  private wakeSource(source: number, tick: Tick): void {
    this.sourceWaits[source] = 0
    if (this.slotOfSource[source] !== noSlot) this.sim.schedule.at(this.slotOfSource[source]!, tick)
  }

  private markRing(source: number, at: number, count: number, isLast: boolean): void {
    const base = this.ringOf(source)
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

  // ---- what the network sees

  get words(): Int32Array {
    return this.fifo.i32
  }

  nextBeat(source: number): number {
    const reader = this.sinkCount + source
    const at = this.batches.firstUnread(source, this.read[reader]!)
    if (at < 0) return 0
    const { now } = this.sim.schedule
    return this.beatArrival(source, at) <= now ? this.beatLeft(source, at) : 0
  }

  nextBeatAt(source: number): Tick {
    const at = this.batches.firstUnread(source, this.read[this.sinkCount + source]!)
    return at < 0 ? never : this.beatArrival(source, at)
  }

  beatPlace(source: number): number {
    return this.readAt(this.sinkCount + source)
  }

  isLastWord(source: number, count: number): boolean {
    const word = this.read[this.sinkCount + source]! + count - 1
    return this.lastFlags.u8[this.ringOf(source) + (word % this.ringWords)] !== 0
  }

  takeBeat(source: number, count: number): void {
    const reader = this.sinkCount + source
    this.read[reader]! += count
    this.batches.drop(source, this.read[reader]!)
    // The slots of sources come after the network's, so that they use the room in this very tick.
    if (this.sourceWaits[source] !== 0) this.wakeSource(source, this.sim.schedule.now)
  }

  roomAt(sink: number, extra = 0): number {
    const ring = this.sourceCount + sink
    if (this.attached[sink] !== ring || this.batches.isFull(ring)) return 0
    const under = this.taken(ring, this.read[sink]!)
    const spare = this.spare(ring, this.read[sink]!, this.certain(sink))
    const room = this.sinkWords[sink]! + extra + spare
    // A beat that is not full takes the place of a full one.
    if (room < this.table.beatWords[ring]!) return 0
    return Math.min(room, this.ringWords - under)
  }

  deliver(
    sink: number,
    tick: Tick,
    from: Int32Array,
    at: number,
    count: number,
    isLast: boolean,
  ): void {
    const ring = this.sourceCount + sink
    const base = this.ringOf(ring)
    const place = this.written[ring]! % this.ringWords
    for (let i = 0; i < count; i++)
      this.fifo.i32[base + ((place + i) % this.ringWords)] = from[at + i]!
    this.markRing(ring, place, count, isLast)
    this.append(ring, tick, count)
    this.wakeSink(sink)
  }

  /** Words of the next beat of an entry: its beats are full but for the last. */
  private beatLeft(source: number, entry: number): number {
    const left = this.batches.count[entry]! - this.read[this.sinkCount + source]!
    return Math.min(left, this.table.beatWords[source]!)
  }

  private beatArrival(source: number, entry: number): Tick {
    const beat = this.table.beatWords[source]!
    const left = this.batches.count[entry]! - this.read[this.sinkCount + source]!
    const latency = this.table.sinkLatency[this.sinkCount + source]!
    return this.batches.end[entry]! + latency - (Math.ceil(left / beat) - 1)
  }

  /** Words that each sink of the network buffers: its master's registers and its own. */
  private measureSinks(device: Device, topology: Topology): Int32Array {
    const words = new Int32Array(this.sinkCount)
    const { slavePortDepth, s2mmFifo } = device.timing
    topology.switches.forEach(({ masters, fabric }) => {
      for (const m of masters) {
        const { sink, target, depth } = topology.masters[m]!
        const number = this.ends.sinkOf(sink, target)
        if (number >= 0)
          words[number] = ((depth - slavePortDepth + s2mmFifo) * fabric.beatBytes) / 4
      }
    })
    return words
  }
}
