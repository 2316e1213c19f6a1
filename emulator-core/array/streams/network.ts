/**
 * Network: streams that move hop by hop, because they share ports with others.
 *
 *     sources ── ring ──▶ slave port ─▶ switch ─▶ slave port ─▶ ... ──▶ ring ── sinks
 *                            │ header, slot, arbiter, masters │
 *
 * Packets take turns at arbiters, are copied to several masters, lose their header where a master
 * drops it, and block what is behind them when nothing takes them. A beat leaves a slave port when
 * every master it goes to has room behind it; it reaches the next port after the latency of the hop.
 * Room that appears anywhere is used in the same tick all the way back, as on a chain of registers
 * with common back-pressure.
 *
 * Faithful    packet switching, multicast with a buffer for each branch, header drop, both fabrics with their widths, blocking
 * Simplified  a port buffers what its two registers hold together; a master without a neighbour
 *             never has room
 */
import { isEnabled, isPacket, portWord } from '../../device/abi/stream-words.ts'
import type { Device } from '../../device/tiles.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { HwEventSink } from '../hw-events/vocabulary.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import { arbiterCount, Arbiters } from './arbiters.ts'
import type { Ends } from './ends.ts'
import { Fifos } from './fifos.ts'
import { PortWatch } from './port-watch.ts'
import { Targets } from './targets.ts'
import type { Topology } from './topology.ts'

/** The rings at both ends of the network. */
export interface Rings {
  /** Words of the source's next beat that has come to its switch, 0 when there is none. */
  nextBeat(source: number): number
  /** When the next beat of a source comes to its switch, `never` when none is under way. */
  nextBeatAt(source: number): Tick
  /** Place in `words` of the source's next word. */
  beatPlace(source: number): number
  /** Does the last of the next `count` words of a source carry TLAST? */
  isLastWord(source: number, count: number): boolean
  /** The switch has taken words of a source. */
  takeBeat(source: number, count: number): void
  /** Words a sink has room for, when it holds `extra` more than usual. */
  roomAt(sink: number, extra: number): number
  /** Words come to a sink at `tick`. */
  deliver(
    sink: number,
    tick: Tick,
    from: Int32Array,
    at: number,
    count: number,
    isLast: boolean,
  ): void
  readonly words: Int32Array
}

/** A word that waits longer than this is aged, because ports keep ticks in 32 bits. */
const longSleep = 2 ** 30

export class Network {
  readonly fifos: Fifos
  readonly arbiters: Arbiters
  readonly watch: PortWatch
  private readonly targets: Targets
  /** Is the next word of a port inside a packet, rather than its header? */
  private readonly inside: Uint8Array
  /** 1 where it was noted that the head of a port goes nowhere. */
  private readonly noted: Uint8Array
  private readonly lastRun: Float64Array
  /** Bit per port that holds something, bit per source that has words under way. Caches. */
  private readonly active: Int32Array
  private readonly feeding: Int32Array
  /** Tick at which a port, a source last moved a beat: one per cycle. Scratch of one tick. */
  private readonly movedAt: Float64Array
  private readonly fedAt: Float64Array
  /** What the waiting header of a port asks for. Scratch. */
  private readonly wants: Int32Array
  /** Words that each branch of a multicast holds besides. */
  private readonly branchWords: number
  private readonly slot: Slot
  private readonly sim: Sim
  private readonly topology: Topology
  private readonly ends: Ends
  private readonly notes: Notes
  private readonly rings: Rings
  private readonly words: Uint32Array

  constructor(
    sim: Sim,
    device: Device,
    parts: {
      topology: Topology
      ends: Ends
      words: Uint32Array
      notes: Notes
      rings: Rings
      events: HwEventSink
    },
  ) {
    const { topology, ends, words } = parts
    this.sim = sim
    this.topology = topology
    this.ends = ends
    this.words = words
    this.notes = parts.notes
    this.rings = parts.rings
    const ports = topology.slaves.length
    const { timing } = device
    const capacity = new Uint8Array(ports).fill(timing.slavePortDepth)
    for (const { next, port } of topology.masters) {
      if (next < 0) continue
      const isFifo = port.bundle === 'fifo'
      const local = isFifo || port.bundle === 'bridge'
      capacity[next]! += local ? timing.localMasterDepth : timing.externalMasterDepth
      if (isFifo) capacity[next]! += timing.switchFifoDepth
    }
    const beat = Uint8Array.from(
      topology.slaves,
      (s) => topology.switches[s.fabric]!.fabric.beatBytes / 4,
    )
    this.branchWords = timing.multicastBuffer
    const extra = beat.map((words) => Math.ceil(this.branchWords / words))
    this.fifos = new Fifos(sim, capacity, extra, beat)
    this.arbiters = new Arbiters(sim, topology, words)
    this.targets = new Targets(topology, words)
    this.watch = new PortWatch(sim, topology, parts.events)
    this.inside = sim.state.u8('array.net.inside', ports)
    this.noted = sim.state.u8('array.net.noted', ports)
    this.lastRun = sim.state.f64('array.net.lastRun', 1)
    this.active = new Int32Array((ports + 31) >> 5)
    this.feeding = new Int32Array((ends.sourceCount + 31) >> 5)
    this.movedAt = new Float64Array(ports).fill(-1)
    this.fedAt = new Float64Array(ends.sourceCount).fill(-1)
    this.wants = new Int32Array(ports)
    this.slot = sim.schedule.slot('array.network', () => this.run())
  }

  /** Somebody may be able to move at `tick`. */
  wake(tick: Tick): void {
    if (this.sim.schedule.dueOf(this.slot) > tick) this.sim.schedule.at(this.slot, tick)
  }

  /**
   * A source has put words into its ring; none comes to the switch in this very tick, whose turn for
   * ports is over.
   */
  feed(source: number): void {
    this.feeding[source >> 5]! |= 1 << (source & 31)
    this.wake(Math.max(this.sim.schedule.now + 1, this.rings.nextBeatAt(source)))
  }

  /** When it moves next, or `never`: nothing can leave it before. */
  get due(): Tick {
    return this.sim.schedule.dueOf(this.slot)
  }

  /** True while a port holds words or a source has some under way. */
  private get hasWork(): boolean {
    for (let i = 0; i < this.active.length; i++) if (this.active[i] !== 0) return true
    for (let i = 0; i < this.feeding.length; i++) if (this.feeding[i] !== 0) return true
    return false
  }

  /** True while words that may reach a register or a controller wait to enter or to move. */
  get isControlling(): boolean {
    for (let i = 0; i < this.active.length; i++) {
      for (let bits = this.active[i]!; bits !== 0; bits &= bits - 1)
        if (this.targets.reachesControl((i << 5) + 31 - Math.clz32(bits & -bits))) return true
    }
    for (let i = 0; i < this.feeding.length; i++) {
      for (let bits = this.feeding[i]!; bits !== 0; bits &= bits - 1) {
        const source = (i << 5) + 31 - Math.clz32(bits & -bits)
        if (this.reachesControl(this.ends.slaveOf[source]!)) return true
      }
    }
    return false
  }

  /** Can words that enter at a slave node reach a register or a controller? */
  reachesControl(node: number): boolean {
    return node >= 0 && this.targets.reachesControl(node)
  }

  /** A configuration register was written. */
  forget(): void {
    this.targets.forget()
  }

  /** The configuration has settled: packets whose port left packet mode let their arbiter go. */
  settle(): void {
    for (let node = 0; node < this.inside.length; node++) {
      this.noted[node] = 0
      if (this.arbiters.held[node] === 0 || this.arbiters.isPacketPort(node)) continue
      this.arbiters.release(this.topology.slaves[node]!.fabric, node)
      this.inside[node] = 0
    }
    this.wake(this.sim.schedule.now + 1)
  }

  /** Drops what the switches of a tile hold; part of resetting it. `isMine(offset)` names ports. */
  flush(tile: number, isMine: (offset: number) => boolean): void {
    this.topology.switches.forEach((node, fabric) => {
      if (node.tile !== tile) return
      for (const slave of node.slaves) {
        if (!isMine(this.topology.slaves[slave]!.port.register)) continue
        this.fifos.clear(slave)
        this.arbiters.release(fabric, slave)
        this.inside[slave] = 0
        this.active[slave >> 5]! &= ~(1 << (slave & 31))
      }
    })
  }

  /** Forgets caches after the state was loaded. `hasWords(source)`: it has words under way. */
  rebuild(hasWords: (source: number) => boolean): void {
    this.targets.forget()
    this.active.fill(0)
    this.feeding.fill(0)
    this.movedAt.fill(-1)
    this.fedAt.fill(-1)
    for (let node = 0; node < this.inside.length; node++)
      if (this.fifos.length[node] !== 0) this.active[node >> 5]! |= 1 << (node & 31)
    for (let source = 0; source < this.fedAt.length; source++)
      if (hasWords(source)) this.feeding[source >> 5]! |= 1 << (source & 31)
  }

  private run(): void {
    const { now } = this.sim.schedule
    if (now - this.lastRun[0]! > longSleep) this.fifos.age(now)
    this.lastRun[0] = now
    if (!this.hasWork && !this.watch.isOn) return
    this.targets.refresh()
    let passes = 0
    while (this.pass(now)) passes++
    this.sim.schedule.spend(passes)
    const next = this.watch.isOn ? this.report(now) : this.nextMove(now)
    if (next !== never) this.sim.schedule.at(this.slot, next)
  }

  /** Tells what watched ports did in this tick; returns when to look again. */
  private report(now: Tick): Tick {
    const { watch, fifos } = this
    let moving = watch.settleMasters(now)
    for (let node = 0; node < watch.slave.length; node++) {
      if (watch.slave[node] === 0) continue
      const moved = this.movedAt[node] === now
      const isHeld = !moved && fifos.length[node] !== 0 && fifos.wait(node, now) <= 0
      if (watch.settleSlave(node, moved, isHeld)) moving = true
    }
    // Whoever ran does so no longer when the next tick says nothing else.
    return moving ? now + 1 : this.nextMove(now)
  }

  /** Tries everybody once; true when a beat moved. */
  private pass(now: Tick): boolean {
    let moved = false
    for (let i = this.active.length - 1; i >= 0; i--) {
      for (let bits = this.active[i]!; bits !== 0; bits &= bits - 1) {
        const node = (i << 5) + 31 - Math.clz32(bits & -bits)
        if (this.movedAt[node] !== now && this.fifos.wait(node, now) <= 0 && this.move(node, now))
          moved = true
      }
    }
    for (let i = 0; i < this.feeding.length; i++) {
      for (let bits = this.feeding[i]!; bits !== 0; bits &= bits - 1) {
        const source = (i << 5) + 31 - Math.clz32(bits & -bits)
        if (this.fedAt[source] !== now && this.enter(source, now)) moved = true
      }
    }
    return moved
  }

  /** The next beat of a source enters its slave port. */
  private enter(source: number, now: Tick): boolean {
    const { rings, fifos } = this
    const count = rings.nextBeat(source)
    if (count === 0) {
      if (rings.nextBeatAt(source) === never) this.feeding[source >> 5]! &= ~(1 << (source & 31))
      return false
    }
    const node = this.ends.slaveOf[source]!
    if (!isEnabled(this.words[this.topology.slaves[node]!.word]!) || !fifos.hasRoom(node))
      return false
    const isLast = rings.isLastWord(source, count)
    this.put(node, now, rings.words, rings.beatPlace(source), count, isLast)
    rings.takeBeat(source, count)
    this.fedAt[source] = now
    return true
  }

  private put(
    node: number,
    tick: Tick,
    from: Int32Array,
    at: number,
    count: number,
    isLast: boolean,
  ): void {
    this.fifos.push(node, tick, from, at, count, isLast)
    this.active[node >> 5]! |= 1 << (node & 31)
  }

  /** Moves the head of a port on, if it can. */
  private move(node: number, now: Tick): boolean {
    const word = this.words[this.topology.slaves[node]!.word]!
    if (!isEnabled(word)) return false
    const isHeader = isPacket(word) && this.inside[node] === 0
    if (isHeader && this.arbiters.held[node] === 0) {
      this.arbitrate(node, now)
      return false
    }
    const list = isPacket(word)
      ? this.targets.packet(node, this.arbiters.held[node]!)
      : this.targets.circuit(node)
    const to = this.targets.end(list)
    if (to === this.targets.begin(list)) {
      this.tell(node, NoteCode.streamNowhere, 0)
      return false
    }
    const count = this.fit(node, list, isHeader)
    if (count === 0) return false
    this.forward(node, list, isHeader, count, now)
    return true
  }

  /** Words of the head that every target has room for, 0 when one of them has none. */
  private fit(node: number, list: number, isHeader: boolean): number {
    const { topology, targets, fifos, ends, rings } = this
    let count = isHeader ? 1 : fifos.words(node)
    const isBranch = targets.end(list) - targets.begin(list) > 1
    for (let i = targets.begin(list); i < targets.end(list); i++) {
      const master = topology.masters[targets.list[i]!]!
      if (isHeader && (this.words[master.word]! & portWord.dropHeader) !== 0) continue
      if (master.next >= 0) {
        if (!fifos.hasRoom(master.next, isBranch)) return this.hold(targets.list[i]!)
        count = Math.min(count, fifos.beat[master.next]!)
        continue
      }
      const sink = targets.isOpen(targets.list[i]!) ? ends.sinkOf(master.sink, master.target) : -1
      if (sink < 0) {
        this.tell(node, NoteCode.streamNowhere, 1)
        return 0
      }
      if (rings.roomAt(sink, isBranch ? this.branchWords : 0) < count)
        return this.hold(targets.list[i]!)
    }
    return count
  }

  private hold(master: number): number {
    this.watch.held(master, this.sim.schedule.now)
    return 0
  }

  private forward(node: number, list: number, isHeader: boolean, count: number, now: Tick): void {
    const { topology, targets, fifos, ends, rings } = this
    const at = fifos.place(node)
    const isRest = count === fifos.words(node)
    const isLast = isRest && fifos.isLast(node)
    for (let i = targets.begin(list); i < targets.end(list); i++) {
      const master = topology.masters[targets.list[i]!]!
      if (isHeader && (this.words[master.word]! & portWord.dropHeader) !== 0) continue
      this.watch.moved(targets.list[i]!, now, isLast)
      const tick = now + master.latency
      if (master.next >= 0) this.put(master.next, tick, fifos.data, at, count, isLast)
      else
        rings.deliver(ends.sinkOf(master.sink, master.target), tick, fifos.data, at, count, isLast)
    }
    if (isLast) this.watch.last(node)
    fifos.take(node, count)
    this.movedAt[node] = now
    this.noted[node] = 0
    if (fifos.length[node] === 0) this.active[node >> 5]! &= ~(1 << (node & 31))
    if (this.arbiters.held[node] === 0) return
    this.inside[node] = isLast ? 0 : 1
    if (isLast) this.arbiters.release(topology.slaves[node]!.fabric, node)
  }

  /** The header of a port asks for its arbiter; whoever's turn it is gets it for the next tick. */
  private arbitrate(node: number, now: Tick): void {
    const { arbiters, fifos, topology } = this
    const { fabric } = topology.slaves[node]!
    const wanted = arbiters.match(node, fifos.data[fifos.place(node)]!)
    if (wanted === 0)
      return this.tell(node, NoteCode.packetUnrouted, fifos.data[fifos.place(node)]! & 0x1f)
    const arbiter = (wanted - 1) >> 2
    if (arbiters.owner[fabric * arbiterCount + arbiter] !== 0) return
    for (const other of topology.switches[fabric]!.slaves) {
      this.wants[other] = this.isAsking(other, now)
        ? arbiters.match(other, fifos.data[fifos.place(other)]!)
        : 0
    }
    const winner = arbiters.next(fabric, arbiter, this.wants)
    if (winner < 0) return
    arbiters.grant(fabric, winner, this.wants[winner]!)
    fifos.delay(winner, now + 1)
  }

  /** Does the head of a port wait for an arbiter? */
  private isAsking(node: number, now: Tick): boolean {
    const { fifos, arbiters } = this
    return (
      fifos.length[node] !== 0 &&
      this.movedAt[node] !== now &&
      this.inside[node] === 0 &&
      arbiters.held[node] === 0 &&
      arbiters.isPacketPort(node) &&
      fifos.wait(node, now) <= 0
    )
  }

  /** The next tick at which somebody can move without anything else happening. */
  private nextMove(now: Tick): Tick {
    let next = never
    for (let i = 0; i < this.active.length; i++) {
      for (let bits = this.active[i]!; bits !== 0; bits &= bits - 1) {
        const node = (i << 5) + 31 - Math.clz32(bits & -bits)
        const wait = this.fifos.wait(node, now)
        if (wait > 0) next = Math.min(next, now + wait)
        else if (this.movedAt[node] === now) next = now + 1
      }
    }
    for (let i = 0; i < this.feeding.length; i++) {
      for (let bits = this.feeding[i]!; bits !== 0; bits &= bits - 1) {
        const source = (i << 5) + 31 - Math.clz32(bits & -bits)
        const tick = this.rings.nextBeatAt(source)
        if (tick > now) next = Math.min(next, tick)
        else if (this.fedAt[source] === now) next = now + 1
      }
    }
    return next
  }

  private tell(node: number, code: NoteCode, detail: number): void {
    if (this.noted[node] !== 0) return
    this.noted[node] = 1
    const { tile, port } = this.topology.slaves[node]!
    this.notes.add(
      code,
      partOf(PartKind.tile, tile),
      code === NoteCode.packetUnrouted ? (detail << 20) | port.register : port.register,
    )
  }
}
