/**
 * Topology: all stream ports of the array as numbers, and which port is wired to which.
 *
 * A node is a slave port (where data enters a switch). A master port (where data leaves it) leads
 * to the slave of a neighbouring switch, or to an endpoint: a DMA channel, a core, a controller.
 */
import { arbitersPerSwitch } from '../../device/abi/stream-words.ts'
import { coreCount, coreIndex, kindOfRow, rowCount } from '../../device/geometry.ts'
import type { ArrayNumbering } from '../../device/parts.ts'
import type { Bundle, Device, Fabric, Port, TimingFacts } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Plain } from '../../device/fact.ts'
import type { RegisterFile } from '../registers/register-file.ts'

/** What a master leads to outside the switches. */
export const SinkKind = { none: 0, channel: 1, core: 2, control: 3, uc: 4, outside: 5 } as const
export type SinkKind = (typeof SinkKind)[keyof typeof SinkKind]

export interface SlaveNode {
  readonly tile: number
  /** The switch it belongs to, a number over the whole array. */
  readonly fabric: number
  readonly port: Port
  readonly index: number
  /** Storage words of its register and its first slot (−1: no slots). */
  readonly word: number
  readonly slots: number
}

export interface MasterNode {
  readonly tile: number
  readonly port: Port
  readonly index: number
  readonly word: number
  /** Slave node it is wired to, or −1. */
  readonly next: number
  readonly sink: SinkKind
  /** Channel, core port, tile · 2 + half, or uc, according to `sink`. */
  readonly target: number
  /** Cycles and beats of buffering from the switch's slave port to what follows. */
  readonly latency: number
  readonly depth: number
}

export interface SwitchNode {
  readonly tile: number
  readonly fabric: Fabric
  readonly slaves: readonly number[]
  readonly masters: readonly number[]
  /** First storage word of the deterministic merge registers of each arbiter, −1 where it has none. */
  readonly merge: Int32Array
}

/** Storage word and field of the shim multiplexer that must select the DMA. */
export interface Gate {
  readonly word: number
  readonly shift: number
  readonly mask: number
  readonly dma: number
}

export interface Topology {
  readonly switches: readonly SwitchNode[]
  readonly slaves: readonly SlaveNode[]
  readonly masters: readonly MasterNode[]
  /** Slave node fed by a DMA channel, −1 for S2MM channels. */
  readonly slaveOfChannel: Int32Array
  readonly gateOfChannel: readonly (Gate | undefined)[]
  /** Slave node of a core's output stream. */
  readonly slaveOfCore: Int32Array
  /**
   * Slave node into which a tile's control block sends tokens; second halves of AIE4 tiles after
   * all first ones.
   */
  readonly slaveOfControl: Int32Array
  /** Trace units: their tile, their number in it, and the slave node each feeds. */
  readonly traces: readonly TraceNode[]
}

export interface TraceNode {
  readonly tile: number
  readonly unit: number
  readonly slave: number
}

const opposite: Partial<Record<Bundle, Bundle>> = {
  south: 'north',
  north: 'south',
  west: 'east',
  east: 'west',
  northControl: 'southControl',
}
const stepOf: Partial<Record<Bundle, readonly [number, number]>> = {
  south: [0, -1],
  north: [0, 1],
  west: [-1, 0],
  east: [1, 0],
  northControl: [0, 1],
}

/** Numbers the ports of all switches and finds their wires. */
export function buildTopology(
  device: Device,
  numbering: ArrayNumbering,
  registers: RegisterFile,
): Topology {
  const rows = rowCount(device)
  const tiles = device.columns * rows
  const switches: (SwitchNode & { slaves: number[]; masters: number[] })[] = []
  const slaves: SlaveNode[] = []
  const masters: MasterNode[] = []
  const switchOf: number[][] = []
  for (let tile = 0; tile < tiles; tile++) {
    const map = registers.mapOf(tile)
    switchOf[tile] = []
    for (const fabric of map.control === map.data ? [map.data] : [map.data, map.control]) {
      const number = switches.length
      switchOf[tile]!.push(number)
      const merge = new Int32Array(arbitersPerSwitch).fill(-1)
      for (const { arbiter, register } of fabric.merge ?? [])
        merge[arbiter] = registers.find(tile, register)
      const node = { tile, fabric, merge, slaves: [] as number[], masters: [] as number[] }
      fabric.slaves.forEach((port, index) => {
        node.slaves.push(slaves.length)
        const slots = port.slots === undefined ? -1 : registers.find(tile, port.slots)
        slaves.push({
          tile,
          fabric: number,
          port,
          index,
          word: registers.find(tile, port.register),
          slots,
        })
      })
      switches.push(node)
    }
  }
  const slaveAt = (tile: number, fabric: number, bundle: Bundle, channel: number): number => {
    const number = switchOf[tile]?.[fabric]
    if (number === undefined) return -1
    return (
      switches[number]!.slaves.find(
        (s) => slaves[s]!.port.bundle === bundle && slaves[s]!.port.channel === channel,
      ) ?? -1
    )
  }
  const controlFabric = (tile: number) => switchOf[tile]!.length - 1
  const neighbour = (tile: number, bundle: Bundle): number => {
    const step = stepOf[bundle]!
    const column = Math.floor(tile / rows) + step[0]
    const row = (tile % rows) + step[1]
    return column < 0 || column >= device.columns || row < 0 || row >= rows
      ? -1
      : column * rows + row
  }

  const follow = (
    tile: number,
    fabric: number,
    port: Port,
  ): Pick<MasterNode, 'next' | 'sink' | 'target'> => {
    const wire = (next: number) => ({ next, sink: SinkKind.none, target: -1 })
    const end = (sink: SinkKind, target: number) => ({ next: -1, sink, target })
    const column = Math.floor(tile / rows)
    const row = tile % rows
    if (port.bundle === 'bridge') return wire(slaveAt(tile, 1 - fabric, 'bridge', port.channel))
    if (port.bundle === 'fifo') return wire(slaveAt(tile, fabric, 'fifo', port.channel))
    const back = opposite[port.bundle]
    if (back) {
      const to = neighbour(tile, port.bundle)
      if (to >= 0) return wire(slaveAt(to, fabric, back, port.channel))
      if (port.bundle !== 'south') return end(SinkKind.none, -1)
    }
    const channel = channelAt(tile, 's2mm', port)
    if (channel >= 0) return end(SinkKind.channel, channel)
    switch (port.bundle) {
      case 'south':
        return port.channel === 0 ? end(SinkKind.uc, 0) : end(SinkKind.outside, tile)
      case 'core':
        return end(
          SinkKind.core,
          coreIndex(device, column, row) * device.core.streamIn + port.channel,
        )
      case 'control':
        return end(SinkKind.control, tile * 2 + port.channel)
      case 'uc':
        return end(SinkKind.uc, column * device.uc.perColumn + port.channel)
      default:
        return end(SinkKind.outside, tile)
    }
  }
  const channelAt = (tile: number, direction: 's2mm' | 'mm2s', port: Port): number => {
    const at = registers
      .mapOf(tile)
      .channels.findIndex(
        (c) =>
          c.direction === direction &&
          c.port.bundle === port.bundle &&
          c.port.channel === port.channel,
      )
    return at < 0 ? -1 : numbering.firstChannel[tile]! + at
  }

  switches.forEach((node) => {
    const fabricIndex = switchOf[node.tile]!.indexOf(switches.indexOf(node))
    node.fabric.masters.forEach((port, index) => {
      node.masters.push(masters.length)
      const word = registers.find(node.tile, port.register)
      masters.push({
        tile: node.tile,
        port,
        index,
        word,
        ...follow(node.tile, fabricIndex, port),
        ...cost(device.timing, port),
      })
    })
  })

  const channels = numbering.channelCount
  const slaveOfChannel = new Int32Array(channels).fill(-1)
  const gateOfChannel: (Gate | undefined)[] = Array.from({ length: channels })
  const slaveOfControl = new Int32Array(tiles * 2).fill(-1)
  for (let tile = 0; tile < tiles; tile++) {
    const map = registers.mapOf(tile)
    map.channels.forEach((channel, i) => {
      const number = numbering.firstChannel[tile]! + i
      if (channel.direction === 'mm2s')
        slaveOfChannel[number] = slaveAt(tile, 0, channel.port.bundle, channel.port.channel)
      gateOfChannel[number] = gateOf(tile, map, channel, registers)
    })
    for (let half = 0; half < 2; half++) {
      slaveOfControl[half * tiles + tile] = slaveAt(tile, controlFabric(tile), 'control', half)
    }
  }
  const outs = device.core.streamOut
  const slaveOfCore = new Int32Array(coreCount(device) * outs).fill(-1)
  for (let tile = 0; tile < tiles; tile++) {
    if (kindOfRow(device, tile % rows) !== TileKind.core) continue
    const core = coreIndex(device, Math.floor(tile / rows), tile % rows)
    for (let out = 0; out < outs; out++)
      slaveOfCore[core * outs + out] = slaveAt(tile, 0, 'core', out)
  }
  const traces = slaves.flatMap(({ tile, port }, slave) =>
    port.bundle === 'trace' ? [{ tile, unit: port.channel, slave }] : [],
  )
  return {
    switches,
    slaves,
    masters,
    slaveOfChannel,
    gateOfChannel,
    slaveOfCore,
    slaveOfControl,
    traces,
  }
}

function gateOf(
  tile: number,
  map: ReturnType<RegisterFile['mapOf']>,
  channel: { direction: string; port: { channel: number } },
  registers: RegisterFile,
): Gate | undefined {
  if (!map.mux) return undefined
  const [register, shifts] =
    channel.direction === 'mm2s'
      ? [map.mux.mux, map.mux.muxShift]
      : [map.mux.demux, map.mux.demuxShift]
  const shift = shifts.get(channel.port.channel)
  if (shift === undefined) return undefined
  return { word: registers.find(tile, register), shift, mask: map.mux.mask, dma: map.mux.dma }
}

/**
 * A switch passes data from its slave port to a master; external masters add the wire to the next
 * tile.
 */
function cost(timing: Plain<TimingFacts>, port: Port): { latency: number; depth: number } {
  const external = opposite[port.bundle] !== undefined
  return external
    ? {
        latency: timing.slavePortLatency + timing.externalMasterLatency + timing.tileHop,
        depth: timing.slavePortDepth + timing.externalMasterDepth,
      }
    : {
        latency: timing.slavePortLatency + timing.localMasterLatency,
        depth:
          timing.slavePortDepth +
          timing.localMasterDepth +
          (port.bundle === 'fifo' ? timing.switchFifoDepth : 0),
      }
}
