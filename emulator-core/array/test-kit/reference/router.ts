/**
 * Router: says, packet by packet, where the stream switches send it, from the words of their registers alone.
 *
 *     packet ──▶ slave ──┬─ circuit: every master that names it ─────────────┐
 *                        └─ packet: first slot for its id, arbiter, msel ────┴─▶ wire ──▶ slave … ──▶ endpoint
 *
 * Faithful    circuits, packet slots, multicast, dropped headers, the shim multiplexer, the bridge between
 *             the two switches of AIE4, wires, edges
 * Simplified  no time: it follows each packet alone and says nothing about who goes first
 *
 * It is the reference for the network of `streams/`: slow and obvious, it shares with it only the port tables.
 */
import {
  circuitSource,
  isEnabled,
  isPacket,
  masterTakes,
  portWord,
  slotsPerSlave,
  slotTakes,
} from '../../../device/abi/stream-words.ts'
import { mapOfRow, rowCount } from '../../../device/geometry.ts'
import type { Bundle, Device, Fabric, Port } from '../../../device/tiles.ts'

export type FabricName = 'data' | 'control'

/** A port of a switch: a slave or a master, as the context says. */
export interface PortAt {
  readonly column: number
  readonly row: number
  readonly fabric: FabricName
  readonly bundle: Bundle
  readonly channel: number
}

/** Words up to TLAST. A slave in packet mode takes the first one as the header. */
export interface Packet {
  readonly from: PortAt
  readonly words: readonly number[]
}

/** Where a packet leaves the switches, and what is left of it there. */
export interface Delivery {
  readonly endpoint: PortAt
  /** Name of the endpoint: `s2mm`, `core`, `control`, `uc`, `trace` or `outside`, with its place. */
  readonly name: string
  readonly words: readonly number[]
  /** Nothing was dropped on the way. */
  readonly isWhole: boolean
  /** The last hop of its way. */
  readonly hop: number
}

/** Why a packet does not get on at a port. */
export type Obstacle = 'disabled' | 'noSlot' | 'noMaster' | 'edge' | 'illegal' | 'loop' | 'gated'

export interface Stuck {
  readonly at: PortAt
  readonly why: Obstacle
  /** The slaves passed up to there. */
  readonly before: string
}

/** One switch passed: by which slave, through which arbiter if any, to which masters. */
export interface Hop {
  readonly slave: PortAt
  /** Index of the hop before, −1 for the first. */
  readonly parent: number
  /** Arbiter that serves it, undefined in a circuit. */
  readonly arbiter: number | undefined
  readonly masters: readonly PortAt[]
}

export interface Passage {
  readonly deliveries: readonly Delivery[]
  readonly stuck: readonly Stuck[]
  readonly hops: readonly Hop[]
}

/** Word of a register of a tile, without side effects. */
export type Peek = (column: number, row: number, offset: number) => number

const wires: Partial<Record<Bundle, readonly [Bundle, number, number]>> = {
  south: ['north', 0, -1],
  north: ['south', 0, 1],
  west: ['east', -1, 0],
  east: ['west', 1, 0],
  northControl: ['southControl', 0, 1],
}

/** Text that identifies a port. */
export function portKey(at: PortAt): string {
  return `${at.column},${at.row} ${at.fabric} ${at.bundle}${at.channel}`
}

export function fabricAt(device: Device, at: PortAt): Fabric {
  return mapOfRow(device, at.row)[at.fabric]
}

/** The entry of the port table for a port, or undefined when the tile has none such. */
export function portIn(list: readonly Port[], at: PortAt): Port | undefined {
  return list.find((p) => p.bundle === at.bundle && p.channel === at.channel)
}

/** Tiles of the AIE2 family have one switch: what is asked about its control switch is about that one. */
function canonical(device: Device, at: PortAt): PortAt {
  const map = mapOfRow(device, at.row)
  return map.control === map.data ? { ...at, fabric: 'data' } : at
}

/** What a master is wired to: the slave of another switch, an endpoint by name, or nothing. */
export function beyond(
  device: Device,
  peek: Peek,
  master: PortAt,
): { slave: PortAt } | { endpoint: string } | undefined {
  const { column, row, fabric, bundle, channel } = master
  const here = `[${column},${row}]`
  if (bundle === 'bridge')
    return { slave: { ...master, fabric: fabric === 'data' ? 'control' : 'data' } }
  if (bundle === 'fifo') return { slave: master }
  const wire = wires[bundle]
  if (wire) {
    const slave = { ...master, column: column + wire[1], row: row + wire[2], bundle: wire[0] }
    const isInside =
      slave.column >= 0 &&
      slave.column < device.columns &&
      slave.row >= 0 &&
      slave.row < rowCount(device)
    if (isInside) return portIn(fabricAt(device, slave).slaves, slave) ? { slave } : undefined
    if (!(bundle === 'south' && row === 0)) return undefined
    return { endpoint: belowShim(device, peek, master) + here }
  }
  if (bundle === 'dma') return { endpoint: `s2mm${channel}${here}` }
  if (bundle === 'traceDma') return { endpoint: `trace${here}` }
  return { endpoint: `${bundle}${channel}${here}` }
}

/** South ports of a shim of the AIE2 family: a DMA channel when selected, the management CPU, or fabric outside. */
function belowShim(device: Device, peek: Peek, master: PortAt): string {
  const { mux, channels } = device.shimTile
  const channel = channels.find(
    (c) => c.direction === 's2mm' && c.port.bundle === 'south' && c.port.channel === master.channel,
  )
  if (mux && channel) {
    const word = peek(master.column, 0, mux.demux)
    const field = (word >>> mux.demuxShift.get(master.channel)!) & mux.mask
    if (field === mux.dma) return `s2mm${channel.channel}`
  }
  return master.channel === 0 ? 'uc0' : `outside${master.channel}`
}

/** Is the MM2S channel behind a south slave of a shim connected by the multiplexer? Others always are. */
function isFed(device: Device, peek: Peek, slave: PortAt): boolean {
  const { mux } = device.shimTile
  if (!mux || slave.row !== 0 || slave.bundle !== 'south') return true
  const shift = mux.muxShift.get(slave.channel)
  return shift !== undefined && ((peek(slave.column, 0, mux.mux) >>> shift) & mux.mask) === mux.dma
}

/** First enabled slot of a slave that takes packets with this id: its word, or undefined. */
function slotFor(peek: Peek, at: PortAt, slave: Port, id: number): number | undefined {
  for (let s = 0; s < slotsPerSlave; s++) {
    const word = peek(at.column, at.row, slave.slots! + 4 * s)
    if (slotTakes(word, id)) return word
  }
  return undefined
}

/** The slaves passed up to a hop: packets that take the same way cannot overtake each other. */
export function wayOf({ hops }: { readonly hops: readonly Hop[] }, last: number): string {
  const ports: string[] = []
  for (let hop = last; hop >= 0; hop = hops[hop]!.parent) ports.unshift(portKey(hops[hop]!.slave))
  return ports.join(' > ')
}

class Walk {
  readonly deliveries: Delivery[] = []
  readonly stuck: Stuck[] = []
  readonly hops: Hop[] = []
  private readonly device: Device
  private readonly peek: Peek

  constructor(device: Device, peek: Peek) {
    this.device = device
    this.peek = peek
  }

  private stop(at: PortAt, why: Obstacle, hop: number): void {
    const before = hop < 0 ? portKey(at) : `${wayOf(this, hop)} > ${portKey(at)}`
    this.stuck.push({ at, why, before })
  }

  /** The packet stands at a slave with `words` left of it. */
  enter(at: PortAt, words: readonly number[], isWhole: boolean, parent: number): void {
    for (let hop = parent; hop >= 0; hop = this.hops[hop]!.parent) {
      if (portKey(this.hops[hop]!.slave) === portKey(at)) return this.stop(at, 'loop', parent)
    }
    const fabric = fabricAt(this.device, at)
    const slave = portIn(fabric.slaves, at)!
    const word = this.peek(at.column, at.row, slave.register)
    if (!isEnabled(word)) return this.stop(at, 'disabled', parent)
    let slot: number | undefined
    if (isPacket(word)) {
      slot = slotFor(this.peek, at, slave, words[0]! & 0x1f)
      if (slot === undefined) return this.stop(at, 'noSlot', parent)
    }
    const masters = fabric.masters.filter((master) => {
      const config = this.peek(at.column, at.row, master.register)
      if (!isEnabled(config) || isPacket(config) !== isPacket(word)) return false
      return slot === undefined ? circuitSource(config) === slave.id : masterTakes(config, slot)
    })
    if (masters.length === 0) return this.stop(at, 'noMaster', parent)
    const place = (p: Port): PortAt => ({ ...at, bundle: p.bundle, channel: p.channel })
    this.hops.push({
      slave: at,
      parent,
      arbiter: slot === undefined ? undefined : slot & portWord.arbiterMask,
      masters: masters.map(place),
    })
    const hop = this.hops.length - 1
    for (const master of masters) {
      if (!fabric.legal(fabric.slaves.indexOf(slave), fabric.masters.indexOf(master))) {
        this.stop(place(master), 'illegal', hop)
        continue
      }
      const config = this.peek(at.column, at.row, master.register)
      const drops = slot !== undefined && (config & portWord.dropHeader) !== 0
      this.leave(place(master), drops ? words.slice(1) : words, isWhole && !drops, hop)
    }
  }

  /** The packet passes a master. One whose only word was dropped is gone. */
  private leave(at: PortAt, words: readonly number[], isWhole: boolean, hop: number): void {
    if (words.length === 0) return
    const next = beyond(this.device, this.peek, at)
    if (!next) return this.stop(at, 'edge', hop)
    if ('slave' in next) return this.enter(next.slave, words, isWhole, hop)
    this.deliveries.push({ endpoint: at, name: next.endpoint, words, isWhole, hop })
  }
}

/** Follows one packet from its source to everything it reaches. */
export function route(device: Device, peek: Peek, packet: Packet): Passage {
  const from = canonical(device, packet.from)
  const walk = new Walk(device, peek)
  if (isFed(device, peek, from)) walk.enter(from, packet.words, true, -1)
  else walk.stuck.push({ at: from, why: 'gated', before: portKey(from) })
  return walk
}
