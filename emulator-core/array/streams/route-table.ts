/**
 * Route table: the routes of all sources as flat numbers, found anew when the configuration has
 * changed.
 *
 * A source is an MM2S channel or an output stream of a core, a sink an S2MM channel or an input
 * stream of a core; both are numbered channels first. The table is a cache: it holds nothing that
 * the registers do not say.
 */
import { isPacket, slotsPerSlave } from '../../device/abi/stream-words.ts'
import type { Device } from '../../device/tiles.ts'
import type { Ends } from './ends.ts'
import type { Branch, Route } from './routes.ts'
import { anyPacket, Routes } from './routes.ts'
import type { Topology } from './topology.ts'

export class RouteTable {
  readonly routes: Routes
  readonly sourceCount: number
  readonly sinkCount: number
  /** Branches of source `s` are `first[s] … first[s + 1] − 1`. */
  readonly first: Int32Array
  /** Sink at the end of each branch, and words that fit on the way. */
  branchSink = new Int32Array(0)
  branchWords = new Int32Array(0)
  /** Words per cycle that a source sends. */
  readonly beatWords: Int32Array
  /** Does a channel or a core send words hop by hop? */
  hasDataByHops = false
  /** Source that feeds a sink, −1 for none, and the cycles between them. */
  readonly sinkSource: Int32Array
  readonly sinkLatency: Int32Array
  private readonly reached: Uint8Array
  private readonly device: Device
  private readonly ends: Ends
  private readonly allByHops: boolean
  /** 1 per source that moves hop by hop although it need not. */
  private readonly hops: Uint8Array
  /** 1 per source that must. */
  private readonly structural: Uint8Array
  /** 1 per source whose route is made anew whatever the registers say. */
  private readonly stale: Uint8Array
  private list: Route[] = []
  private isFresh = false
  /** Configuration registers that routes depend on, and what they held when the table was made. */
  private readonly watched: Int32Array
  private readonly held: Uint32Array
  /** Switch that each belongs to, −1 when it concerns many. */
  private readonly switchOf: Int32Array
  private readonly changed: Uint8Array
  private readonly words: Uint32Array

  /** `allByHops`: no stream takes the short way; for comparing the two. */
  constructor(
    device: Device,
    ends: Ends,
    topology: Topology,
    words: Uint32Array,
    hops: Uint8Array,
    allByHops = false,
  ) {
    this.hops = hops
    this.stale = new Uint8Array(ends.sourceCount)
    this.structural = new Uint8Array(ends.sourceCount)
    this.allByHops = allByHops
    this.device = device
    this.ends = ends
    this.routes = new Routes(topology, words)
    this.words = words
    const configuration = configurationOf(topology)
    this.watched = Int32Array.from(configuration.keys())
    this.switchOf = Int32Array.from(configuration.values())
    this.changed = new Uint8Array(topology.switches.length)
    this.held = new Uint32Array(this.watched.length)
    this.sourceCount = ends.sourceCount
    this.sinkCount = ends.sinkCount
    this.first = new Int32Array(this.sourceCount + 1)
    this.beatWords = new Int32Array(this.sourceCount + this.sinkCount).fill(1)
    this.sinkSource = new Int32Array(this.sinkCount)
    this.reached = new Uint8Array(this.sinkCount)
    this.sinkLatency = new Int32Array(this.sinkCount + this.sourceCount)
    for (const { fabric, masters } of topology.switches) {
      for (const m of masters) {
        const sink = ends.sinkOf(topology.masters[m]!.sink, topology.masters[m]!.target)
        if (sink >= 0) this.beatWords[this.sourceCount + sink] = fabric.beatBytes / 4
      }
    }
  }

  /** The configuration has changed, or another one was loaded. */
  forget(): void {
    this.isFresh = false
  }

  /** Makes the table agree with the configuration registers. */
  refresh(): void {
    if (this.isFresh) return
    if (this.findChanges() || this.list.length === 0 || this.stale.includes(1)) this.resolve()
    this.isFresh = true
  }

  /** Marks the switches whose configuration is another than the table was made from. */
  private findChanges(): boolean {
    const { watched, held, words, switchOf, changed } = this
    let any = false
    for (let i = 0; i < watched.length; i++) {
      const word = words[watched[i]!]!
      if (word === held[i]) continue
      held[i] = word
      any = true
      if (switchOf[i]! < 0) changed.fill(1)
      else changed[switchOf[i]!] = 1
    }
    return any
  }

  /** The route of a source. */
  routeOf(source: number): Route {
    this.refresh()
    return this.list[source]!
  }

  /** The source that feeds a sink, or −1. */
  sourceOf(sink: number): number {
    this.refresh()
    return this.sinkSource[sink]!
  }

  /** Cycles from a source's departure to a sink's arrival. */
  latencyTo(sink: number): number {
    this.refresh()
    return this.sinkLatency[sink]!
  }

  /** What of a source's route is not emulated, 0 when all is. */
  refusedOf(source: number): number {
    this.refresh()
    return this.list[source]!.refused
  }

  /** Number of the sink at the end of a branch, or −1 when it is none of ours. */
  sinkOf(branch: Branch): number {
    return this.ends.sinkOfBranch(branch)
  }

  /** Does the way of a source pass a port in packet mode? */
  passesPackets(source: number): boolean {
    this.refresh()
    const { topology } = this.routes
    const isPacketPort = (node: number) =>
      node >= 0 && isPacket(this.words[topology.slaves[node]!.word]!)
    const { branches } = this.list[source]!
    return (
      isPacketPort(this.ends.slaveOf[source]!) ||
      branches.some(({ hops }) => hops.some((m) => isPacketPort(topology.masters[m]!.next)))
    )
  }

  /** Must a source's words move hop by hop, because they share ports or fan out? */
  needsHops(source: number): boolean {
    this.refresh()
    return this.structural[source] !== 0
  }

  /** The way of a source was chosen anew. */
  renew(source: number): void {
    this.stale[source] = 1
    this.isFresh = false
  }

  /** Can words that move hop by hop come to a sink? */
  isReachedByHops(sink: number): boolean {
    this.refresh()
    return this.reached[sink] !== 0
  }

  /** Does a source's stream move hop by hop, through ports that it shares? */
  isByHops(source: number): boolean {
    this.refresh()
    return this.list[source]!.byHops
  }

  private resolve(): void {
    const { topology } = this.routes
    const { timing } = this.device
    const ends = timing.mm2sFifo + timing.s2mmFifo
    const isOpen = (channel: number) => this.routes.isOpen(topology.gateOfChannel[channel])
    const sinks: number[] = []
    const depths: number[] = []
    const before = this.list
    this.list = []
    this.sinkSource.fill(-1)
    this.sinkLatency.fill(0)
    this.hasDataByHops = false
    this.reached.fill(0)
    for (let source = 0; source < this.sourceCount; source++) {
      const isChannel = source < this.ends.firstCoreSource
      const slave = this.ends.slaveOf[source]!
      const known = before[source]
      const route =
        known && this.stale[source] === 0 && !this.hasChanged(known)
          ? known
          : this.routeFrom(source, slave, !isChannel || isOpen(source), isOpen)
      this.stale[source] = 0
      const memory = isChannel ? timing.dmaMemoryLatency : 0
      this.list.push(route)
      this.first[source] = sinks.length
      if (route.byHops) {
        for (const branch of route.branches) {
          const sink = this.sinkOf(branch)
          if (sink >= 0) this.reached[sink] = 1
        }
        if (source < this.ends.firstControlSource) this.hasDataByHops = true
        const beat = topology.switches[topology.slaves[slave]!.fabric]!.fabric.beatBytes / 4
        this.beatWords[source] = beat
        this.sinkLatency[this.sinkCount + source] = memory
        sinks.push(this.sinkCount + source)
        depths.push(timing.mm2sFifo * beat)
        continue
      }
      const beat = route.beatBytes / 4
      this.beatWords[source] = beat
      if (route.refused !== 0) continue
      for (const branch of route.branches) {
        const sink = this.sinkOf(branch)
        this.sinkSource[sink] = source
        this.sinkLatency[sink] = branch.latency + memory
        sinks.push(sink)
        depths.push((branch.depth + ends) * beat)
      }
    }
    this.first[this.sourceCount] = sinks.length
    this.branchSink = Int32Array.from(sinks)
    this.branchWords = Int32Array.from(depths)
    this.changed.fill(0)
  }

  /** Does a route pass a switch whose configuration is another now? */
  private hasChanged({ through }: Route): boolean {
    for (let i = 0; i < through.length; i++) if (this.changed[through[i]!] !== 0) return true
    return false
  }

  private routeFrom(
    source: number,
    slave: number,
    isGateOpen: boolean,
    isOpen: (channel: number) => boolean,
  ): Route {
    if (isGateOpen || slave < 0) {
      const circuit = this.routes.from(slave, -1, isOpen)
      // Control blocks and trace units send packets of their own.
      // Of a broadcast, each branch is held back by what the others cannot take behind the fork.
      const most = this.allByHops ? 0 : 1
      const isShort = !circuit.byHops && source < this.ends.firstControlSource
      const isPossible = slave < 0 || (isShort && circuit.branches.length <= most)
      this.structural[source] = isPossible ? 0 : 1
      if (isPossible && (this.hops[source] === 0 || circuit.branches.length === 0)) return circuit
      return { ...this.routes.from(slave, anyPacket, isOpen), refused: 0, byHops: true }
    }
    this.structural[source] = 0
    const through = [this.routes.topology.slaves[slave]!.fabric]
    return { ...this.routes.from(-1, -1, isOpen), through }
  }
}

/** All storage words that routes are made from, with the switch each belongs to or −1 for all. */
function configurationOf(topology: Topology): Map<number, number> {
  const words = new Map<number, number>()
  for (const { word, slots, fabric } of topology.slaves) {
    words.set(word, fabric)
    for (let i = 0; slots >= 0 && i < slotsPerSlave; i++) words.set(slots + i, fabric)
  }
  topology.switches.forEach(({ masters }, fabric) => {
    for (const master of masters) words.set(topology.masters[master]!.word, fabric)
  })
  for (const gate of topology.gateOfChannel) if (gate) words.set(gate.word, -1)
  words.delete(-1)
  return words
}
