/**
 * Arbiters: who of the slave ports of a switch may send its packet through which masters.
 *
 *     header at a slave port ── slot ──▶ arbiter, msel ──▶ masters in packet mode
 *
 * An arbiter belongs to one slave port from the header of a packet to its TLAST; then it serves the
 * other ports in turn, or in the fixed sequence that its deterministic merge registers hold.
 *
 * Faithful    slot match, arbiter and msel, lock to TLAST, deterministic merge
 * Simplified  the lowest slot that matches wins and the turn goes round by port number: neither is
 *             published
 */
import {
  arbitersPerSwitch,
  isEnabled,
  isPacket,
  mergePacketsAt,
  mergePositions,
  mergeSlaveAt,
  slotsPerSlave,
  slotTakes,
} from '../../device/abi/stream-words.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Topology } from './topology.ts'

/** Arbiters of a switch (array.arbiters of device/ says why 8), and msels of an arbiter. */
export const arbiterCount = arbitersPerSwitch
export const mselCount = 4

export class Arbiters {
  /** Slave node + 1 that an arbiter belongs to, 0 when it is free. */
  readonly owner: Int32Array
  /** Arbiter of the switch and msel of the packet under way at a slave node: `arbiter·4 + msel + 1`. */
  readonly held: Uint8Array
  /** Slave node + 1 that an arbiter served last, 0 for none. */
  private readonly served: Int32Array
  /** Deterministic merge: present position, and packets that it has already sent. */
  private readonly position: Uint8Array
  private readonly sent: Uint8Array
  private readonly topology: Topology
  private readonly words: Uint32Array

  constructor(sim: Sim, topology: Topology, words: Uint32Array) {
    this.topology = topology
    this.words = words
    const arbiters = topology.switches.length * arbiterCount
    this.owner = sim.state.i32('array.net.owner', arbiters)
    this.served = sim.state.i32('array.net.served', arbiters)
    this.held = sim.state.u8('array.net.held', topology.slaves.length)
    this.position = sim.state.u8('array.net.mergePosition', arbiters)
    this.sent = sim.state.u8('array.net.mergeSent', arbiters)
  }

  /** Arbiter and msel that the first matching slot of a slave node names, as in `held`; 0 = none. */
  match(node: number, header: number): number {
    const { slots } = this.topology.slaves[node]!
    if (slots < 0) return 0
    for (let slot = 0; slot < slotsPerSlave; slot++) {
      const word = this.words[slots + slot]!
      if (slotTakes(word, header & 0x1f)) return (word & 7) * mselCount + ((word >>> 4) & 3) + 1
    }
    return 0
  }

  /**
   * The node that gets a free arbiter of a switch next, or −1. `wants(node)` = what its waiting
   * header asks for, as in `held`.
   */
  next(fabric: number, arbiter: number, wants: Int32Array): number {
    const { slaves } = this.topology.switches[fabric]!
    const fixed = this.mergeSlave(fabric, arbiter)
    const first = slaves[0]!
    const turn = Math.max(0, this.served[fabric * arbiterCount + arbiter]! - first)
    for (let i = 0; i < slaves.length; i++) {
      const node = first + ((turn + i) % slaves.length)
      const wanted = wants[node]! - 1
      if (wanted < 0 || wanted >> 2 !== arbiter) continue
      if (fixed < 0 || this.topology.slaves[node]!.port.id === fixed) return node
    }
    return -1
  }

  grant(fabric: number, node: number, wanted: number): void {
    const arbiter = fabric * arbiterCount + ((wanted - 1) >> 2)
    this.owner[arbiter] = node + 1
    this.served[arbiter] = node + 1
    this.held[node] = wanted
  }

  /** The packet of a node has passed, or its port was reconfigured. */
  release(fabric: number, node: number): void {
    const held = this.held[node]!
    if (held === 0) return
    const arbiter = (held - 1) >> 2
    this.held[node] = 0
    this.owner[fabric * arbiterCount + arbiter] = 0
    if (this.mergeSlave(fabric, arbiter) >= 0) this.advance(fabric, arbiter)
  }

  /** Forgets the packets under way of a switch. */
  clear(fabric: number): void {
    this.owner.fill(0, fabric * arbiterCount, (fabric + 1) * arbiterCount)
    for (const node of this.topology.switches[fabric]!.slaves) this.held[node] = 0
    this.position.fill(0, fabric * arbiterCount, (fabric + 1) * arbiterCount)
    this.sent.fill(0, fabric * arbiterCount, (fabric + 1) * arbiterCount)
  }

  /** Is a slave node an enabled port in packet mode? */
  isPacketPort(node: number): boolean {
    const word = this.words[this.topology.slaves[node]!.word]!
    return isEnabled(word) && isPacket(word)
  }

  /** Id of the slave that a fixed sequence lets send now, −1 when the arbiter has none. */
  private mergeSlave(fabric: number, arbiter: number): number {
    const at = this.topology.switches[fabric]!.merge[arbiter]!
    if (at < 0 || (this.words[at + mergeWords - 1]! & 1) === 0) return -1
    const place = fabric * arbiterCount + arbiter
    for (let i = 0; i < mergePositions; i++) {
      const position = this.position[place]!
      if (mergePacketsAt(this.words, at, position) > this.sent[place]!)
        return mergeSlaveAt(this.words, at, position)
      this.sent[place] = 0
      this.position[place] = (position + 1) % mergePositions
    }
    return -1
  }

  private advance(fabric: number, arbiter: number): void {
    this.sent[fabric * arbiterCount + arbiter]!++
  }
}

/** Registers of one deterministic merge: two of positions and the enable. */
const mergeWords = 3
