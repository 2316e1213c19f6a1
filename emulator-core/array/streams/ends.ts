/**
 * Ends: who sends words into the switches and who takes them out, as two dense lists of numbers.
 *
 * Sources: DMA channels, core output streams, the control blocks of tiles (tokens, answers), trace
 * units. Sinks: DMA channels, core input streams, the control blocks, the controllers. Channels
 * come first in both, so that a channel has one number everywhere.
 */
import { coreAt, coreCount, tileCount, tileIndex } from '../../device/geometry.ts'
import type { ArrayNumbering } from '../../device/parts.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import type { Branch } from './routes.ts'
import type { Topology } from './topology.ts'
import { SinkKind } from './topology.ts'

const halves = 2

export class Ends {
  readonly sourceCount: number
  readonly sinkCount: number
  readonly firstCoreSource: number
  readonly firstControlSource: number
  readonly firstTraceSource: number
  readonly firstCoreSink: number
  readonly firstControlSink: number
  readonly firstUcSink: number
  /** Slave node a source feeds, −1 when it has none. */
  readonly slaveOf: Int32Array
  private readonly device: Device
  private readonly topology: Topology

  constructor(device: Device, numbering: ArrayNumbering, topology: Topology) {
    this.device = device
    this.topology = topology
    const cores = coreCount(device)
    const controls = tileCount(device) * halves
    this.firstCoreSource = numbering.channelCount
    this.firstControlSource = this.firstCoreSource + cores * device.core.streamOut
    this.firstTraceSource = this.firstControlSource + controls
    this.sourceCount = this.firstTraceSource + topology.traces.length
    this.firstCoreSink = numbering.channelCount
    this.firstControlSink = this.firstCoreSink + cores * device.core.streamIn
    this.firstUcSink = this.firstControlSink + controls
    this.sinkCount = this.firstUcSink + device.uc.count
    this.slaveOf = new Int32Array(this.sourceCount).fill(-1)
    this.slaveOf.set(topology.slaveOfChannel, 0)
    this.slaveOf.set(topology.slaveOfCore, this.firstCoreSource)
    for (let tile = 0; tile < tileCount(device); tile++) {
      for (let half = 0; half < halves; half++)
        this.slaveOf[this.controlSource(tile, half)] =
          topology.slaveOfControl[half * tileCount(device) + tile]!
    }
    topology.traces.forEach(({ slave }, i) => (this.slaveOf[this.firstTraceSource + i] = slave))
  }

  /** The source by which a tile's control block sends tokens and answers. */
  controlSource(tile: number, half: number): number {
    return this.firstControlSource + tile * halves + half
  }

  /** The sink of a tile's control block. */
  controlSink(tile: number, half: number): number {
    return this.firstControlSink + tile * halves + half
  }

  /** Number of the sink a master leads to, or −1 when it is none of ours. */
  sinkOf(kind: SinkKind, target: number): number {
    switch (kind) {
      case SinkKind.channel:
        return target
      case SinkKind.core:
        return this.firstCoreSink + target
      case SinkKind.control:
        return this.firstControlSink + target
      case SinkKind.uc:
        return this.firstUcSink + target
      default:
        return -1
    }
  }

  sinkOfBranch(branch: Branch): number {
    return this.sinkOf(branch.sink, branch.target)
  }

  /** Does a sink act on registers or controllers, rather than on memory? */
  isControlling(sink: number): boolean {
    return sink >= this.firstControlSink
  }

  partOfSource(source: number): number {
    if (source < this.firstCoreSource) return partOf(PartKind.channel, source)
    if (source < this.firstControlSource)
      return this.partOfCore((source - this.firstCoreSource) / this.device.core.streamOut)
    if (source < this.firstTraceSource)
      return partOf(PartKind.tile, Math.floor((source - this.firstControlSource) / halves))
    return partOf(PartKind.tile, this.topology.traces[source - this.firstTraceSource]!.tile)
  }

  partOfSink(sink: number): number {
    if (sink < this.firstCoreSink) return partOf(PartKind.channel, sink)
    if (sink < this.firstControlSink)
      return this.partOfCore((sink - this.firstCoreSink) / this.device.core.streamIn)
    if (sink < this.firstUcSink)
      return partOf(PartKind.tile, Math.floor((sink - this.firstControlSink) / halves))
    return partOf(PartKind.uc, sink - this.firstUcSink)
  }

  /** Tile of a core's stream end. */
  tileOfCore(core: number): number {
    const { column, row } = coreAt(this.device, core)
    return tileIndex(this.device, column, row)
  }

  private partOfCore(core: number): number {
    return partOf(PartKind.core, Math.floor(core))
  }
}
