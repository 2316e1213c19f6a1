/**
 * Route table: the routes of all sources as flat numbers, found anew when the configuration has
 * changed.
 *
 * A source is an MM2S channel or an output stream of a core, a sink an S2MM channel or an input
 * stream of a core; both are numbered channels first. The table is a cache: it holds nothing that
 * the registers do not say.
 */
import { slotsPerSlave } from '../../device/abi/stream-words.ts'
import { coreCount } from '../../device/geometry.ts'
import type { ArrayNumbering } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import type { Branch, Route } from './routes.ts'
import { Routes } from './routes.ts'
import type { Topology } from './topology.ts'
import { SinkKind } from './topology.ts'

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
  /** Source that feeds a sink, −1 for none, and the cycles between them. */
  readonly sinkSource: Int32Array
  readonly sinkLatency: Int32Array
  private readonly device: Device
  private readonly channelCount: number
  private list: Route[] = []
  private isFresh = false
  /** Configuration registers that routes depend on, and what they held when the table was made. */
  private readonly watched: Int32Array
  private readonly held: Uint32Array
  /** Switch that each belongs to, −1 when it concerns many. */
  private readonly switchOf: Int32Array
  private readonly changed: Uint8Array
  private readonly words: Uint32Array

  constructor(device: Device, numbering: ArrayNumbering, topology: Topology, words: Uint32Array) {
    this.device = device
    this.routes = new Routes(topology, words)
    this.words = words
    const configuration = configurationOf(topology)
    this.watched = Int32Array.from(configuration.keys())
    this.switchOf = Int32Array.from(configuration.values())
    this.changed = new Uint8Array(topology.switches.length)
    this.held = new Uint32Array(this.watched.length)
    this.channelCount = numbering.channelCount
    this.sourceCount = this.channelCount + coreCount(device) * device.core.streamOut
    this.sinkCount = this.channelCount + coreCount(device) * device.core.streamIn
    this.first = new Int32Array(this.sourceCount + 1)
    this.beatWords = new Int32Array(this.sourceCount).fill(1)
    this.sinkSource = new Int32Array(this.sinkCount)
    this.sinkLatency = new Int32Array(this.sinkCount)
  }

  /** The configuration has changed, or another one was loaded. */
  forget(): void {
    this.isFresh = false
  }

  /** Makes the table agree with the configuration registers. */
  refresh(): void {
    if (this.isFresh) return
    if (this.findChanges() || this.list.length === 0) this.resolve()
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
    if (branch.sink === SinkKind.channel) return branch.target
    return branch.sink === SinkKind.core ? this.channelCount + branch.target : -1
  }

  private resolve(): void {
    const { topology } = this.routes
    const { timing } = this.device
    const channels = this.channelCount
    const ends = timing.mm2sFifo + timing.s2mmFifo
    const isOpen = (channel: number) => this.routes.isOpen(topology.gateOfChannel[channel])
    const sinks: number[] = []
    const depths: number[] = []
    const before = this.list
    this.list = []
    this.sinkSource.fill(-1)
    for (let source = 0; source < this.sourceCount; source++) {
      const isChannel = source < channels
      const slave = isChannel
        ? topology.slaveOfChannel[source]!
        : topology.slaveOfCore[source - channels]!
      const known = before[source]
      const route =
        known && !known.through.some((s) => this.changed[s] !== 0)
          ? known
          : this.routeFrom(slave, !isChannel || isOpen(source), isOpen)
      const beat = route.beatBytes / 4
      this.list.push(route)
      this.first[source] = sinks.length
      this.beatWords[source] = beat
      if (route.refused !== 0) continue
      for (const branch of route.branches) {
        const sink = this.sinkOf(branch)
        this.sinkSource[sink] = source
        this.sinkLatency[sink] = branch.latency + (isChannel ? timing.dmaMemoryLatency : 0)
        sinks.push(sink)
        depths.push((branch.depth + ends) * beat)
      }
    }
    this.first[this.sourceCount] = sinks.length
    this.branchSink = Int32Array.from(sinks)
    this.branchWords = Int32Array.from(depths)
    this.changed.fill(0)
  }

  private routeFrom(
    slave: number,
    isGateOpen: boolean,
    isOpen: (channel: number) => boolean,
  ): Route {
    if (isGateOpen || slave < 0) return this.routes.from(slave, -1, isOpen)
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
