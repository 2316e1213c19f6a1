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
  /** Routes of ports that are not enabled, by switch. */
  private readonly closedAt: (Route | undefined)[]
  /** What the present walk has found. Scratch. */
  private branches: Branch[] = []
  private through: number[] = []
  private isPacketRoute = false
  private isMixed = false
  private beatBytes = 0
  /** Number of the walk, and of the last one that came to each slave node. */
  private walk = 0
  private readonly visited: Int32Array

  constructor(topology: Topology, words: Uint32Array) {
    this.topology = topology
    this.words = words
    this.visited = new Int32Array(topology.slaves.length)
    this.closedAt = topology.switches.map(() => undefined)
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
    if (!isEnabled(this.words[start.word]!)) return this.closed(start.fabric)
    this.branches = []
    this.through = []
    this.walk++
    this.isPacketRoute = false
    this.isMixed = false
    this.beatBytes = Infinity
    this.visit(slave, packetId, isOpenSink, 0, 0, [])
    const { branches, through, beatBytes } = this
    const controls = branches.some((b) => b.sink === SinkKind.control || b.sink === SinkKind.uc)
    return {
      branches,
      refused: branches.some((b) => b.sink === SinkKind.outside) ? Unmodelled.sink : 0,
      byHops: this.isPacketRoute || this.isMixed || controls,
      beatBytes: beatBytes === Infinity ? 4 : beatBytes,
      through,
    }
  }

  /** The route of a port that is not enabled. */
  private closed(fabric: number): Route {
    return (this.closedAt[fabric] ??= { ...nowhere, through: [fabric] })
  }

  private visit(
    node: number,
    packetId: number,
    isOpenSink: (channel: number) => boolean,
    latency: number,
    depth: number,
    hops: readonly number[],
  ): void {
    const { topology } = this
    const at = topology.slaves[node]!
    if (!this.through.includes(at.fabric)) this.through.push(at.fabric)
    const word = this.words[at.word]!
    if (!isEnabled(word) || this.visited[node] === this.walk) return
    this.visited[node] = this.walk
    const { fabric, masters } = topology.switches[at.fabric]!
    if (this.beatBytes !== Infinity && this.beatBytes !== fabric.beatBytes) this.isMixed = true
    this.beatBytes = Math.min(this.beatBytes, fabric.beatBytes)
    if (isPacket(word) && packetId === -1) {
      this.isPacketRoute = true
      return
    }
    for (let i = 0; i < masters.length; i++) {
      const m = masters[i]!
      const master = topology.masters[m]!
      if (!isEnabled(this.words[master.word]!) || !this.feeds(at, word, master, packetId)) continue
      const { sink, target, next } = master
      const passed = [...hops, m]
      const arrives = latency + master.latency
      const holds = depth + master.depth
      if (next >= 0) this.visit(next, packetId, isOpenSink, arrives, holds, passed)
      else if (sink !== SinkKind.none && (sink !== SinkKind.channel || isOpenSink(target)))
        this.branches.push({ sink, target, latency: arrives, depth: holds, hops: passed })
    }
  }

  /** May a master port's register hold `word`? False for an illegal circuit. */
  isLegal(tile: number, fabric: number, port: number, word: number): boolean {
    if (!isEnabled(word) || isPacket(word)) return true
    const own = this.topology.switches[this.firstSwitch[tile]! + fabric]!.fabric
    const slave = own.slaves.findIndex((candidate) => candidate.id === circuitSource(word))
    return slave >= 0 && own.legal(slave, port)
  }

  /** Does an enabled slave port feed an enabled master port? */
  private feeds(slave: SlaveNode, word: number, master: MasterNode, packetId: number): boolean {
    const config = this.words[master.word]!
    if (isPacket(config) !== isPacket(word)) return false
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
