/**
 * Routes: where a stream goes, found by following the switch configuration registers.
 *
 * A pure function of the registers, kept as a cache. A circuit is a tree from one source to its
 * sinks; the same walk with a packet id follows packet slots, which is how tokens find their way.
 */
import {
  circuitSource,
  isEnabled,
  isPacket,
  isSlotEnabled,
  masterTakes,
  slotsPerSlave,
  slotTakes,
} from '../../device/abi/stream-words.ts'
import { Unmodelled } from '../notes.ts'
import type { Gate, MasterNode, SlaveNode, Topology } from './topology.ts'
import { SinkKind } from './topology.ts'

/** Follows every enabled slot of packet ports: all that can be reached from somewhere. */
export const anyPacket = -2

/** One branch of a route. */
export interface Branch {
  readonly sink: SinkKind
  readonly target: number
  /** Cycles from leaving the source to arriving, and beats that fit in between. */
  readonly latency: number
  readonly depth: number
  /** Masters passed, in order. */
  readonly hops: readonly number[]
}

export interface Route {
  readonly branches: readonly Branch[]
  /** What of it is not emulated (`Unmodelled`), 0 when all is. */
  readonly refused: number
  /**
   * True when it passes a packet port, changes width or ends at a control port: then its words
   * move hop by hop.
   */
  readonly byHops: boolean
  /** Fewest bytes per cycle along the way. */
  readonly beatBytes: number
  /** Switches whose configuration it depends on. */
  readonly through: readonly number[]
}

const nowhere: Route = { branches: [], refused: 0, byHops: false, beatBytes: 4, through: [] }

export class Routes {
  readonly topology: Topology
  private readonly words: Uint32Array
  /** First switch of each tile; a tile's switches follow each other. */
  private readonly firstSwitch: number[] = []

  constructor(topology: Topology, words: Uint32Array) {
    this.topology = topology
    this.words = words
    topology.switches.forEach(({ tile }, i) => (this.firstSwitch[tile] ??= i))
  }

  /** Does the shim multiplexer, if there is one, connect this channel's port to the DMA? */
  isOpen(gate: Gate | undefined): boolean {
    return gate === undefined || ((this.words[gate.word]! >>> gate.shift) & gate.mask) === gate.dma
  }

  /**
   * The circuit that leaves from a slave node; `packetId` ≥ 0 follows the packet slots that take
   * it, `anyPacket` all of them.
   */
  from(slave: number, packetId: number, isOpenSink: (channel: number) => boolean): Route {
    const { topology } = this
    if (slave < 0) return nowhere
    const start = topology.slaves[slave]!
    if (!isEnabled(this.words[start.word]!)) return { ...nowhere, through: [start.fabric] }
    const through = new Set<number>()
    const branches: Branch[] = []
    const visited = new Set<number>()
    let refused = 0
    let isPacketRoute = false
    let beatBytes = Infinity
    let isMixed = false
    const visit = (node: number, latency: number, depth: number, hops: readonly number[]): void => {
      const at = topology.slaves[node]!
      through.add(at.fabric)
      const word = this.words[at.word]!
      if (!isEnabled(word) || visited.has(node)) return
      visited.add(node)
      const fabric = topology.switches[at.fabric]!
      if (beatBytes !== Infinity && beatBytes !== fabric.fabric.beatBytes) isMixed = true
      beatBytes = Math.min(beatBytes, fabric.fabric.beatBytes)
      if (isPacket(word) && packetId === -1) {
        isPacketRoute = true
        return
      }
      for (const m of fabric.masters) {
        const master = topology.masters[m]!
        if (!this.feeds(at, word, master, packetId)) continue
        const on = {
          latency: latency + master.latency,
          depth: depth + master.depth,
          hops: [...hops, m],
        }
        if (master.next >= 0) visit(master.next, on.latency, on.depth, on.hops)
        else if (master.sink !== SinkKind.none) {
          if (master.sink === SinkKind.channel && !isOpenSink(master.target)) continue
          branches.push({ sink: master.sink, target: master.target, ...on })
        }
      }
    }
    visit(slave, 0, 0, [])
    if (branches.some((b) => b.sink === SinkKind.outside)) refused = Unmodelled.sink
    const controls = branches.some((b) => b.sink === SinkKind.control || b.sink === SinkKind.uc)
    return {
      branches,
      refused,
      byHops: isPacketRoute || isMixed || controls,
      beatBytes: beatBytes === Infinity ? 4 : beatBytes,
      through: [...through],
    }
  }

  /** May a master port's register hold `word`? False for an illegal circuit. */
  isLegal(tile: number, fabric: number, port: number, word: number): boolean {
    if (!isEnabled(word) || isPacket(word)) return true
    const own = this.topology.switches[this.firstSwitch[tile]! + fabric]!.fabric
    const slave = own.slaves.findIndex((candidate) => candidate.id === circuitSource(word))
    return slave >= 0 && own.legal(slave, port)
  }

  private feeds(slave: SlaveNode, word: number, master: MasterNode, packetId: number): boolean {
    const config = this.words[master.word]!
    if (!isEnabled(config) || isPacket(config) !== isPacket(word)) return false
    const { fabric } = this.topology.switches[slave.fabric]!
    if (!isPacket(word))
      return circuitSource(config) === slave.port.id && fabric.legal(slave.index, master.index)
    if (slave.slots < 0) return false
    for (let slot = 0; slot < slotsPerSlave; slot++) {
      const entry = this.words[slave.slots + slot]!
      if (packetId === anyPacket) {
        if (isSlotEnabled(entry) && masterTakes(config, entry)) return true
      } else if (slotTakes(entry, packetId)) return masterTakes(config, entry)
    }
    return false
  }
}
