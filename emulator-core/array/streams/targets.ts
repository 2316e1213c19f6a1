/**
 * Targets: the masters that each slave port feeds, as lists of numbers, found from the switch
 * registers. A cache, found anew when the configuration has changed.
 */
import { circuitSource, isEnabled, isPacket, portWord } from '../../device/abi/stream-words.ts'
import { arbiterCount, mselCount } from './arbiters.ts'
import type { Topology } from './topology.ts'
import { SinkKind } from './topology.ts'

export class Targets {
  /** Masters of list `l` are `list[begin(l) … end(l) − 1]`. */
  readonly list: Int32Array
  /** Bit per slave node from which words can reach a tile's registers or a controller. */
  readonly controls: Int32Array
  private readonly first: Int32Array
  private readonly open: Uint8Array
  private readonly topology: Topology
  private readonly words: Uint32Array
  private isFresh = false

  constructor(topology: Topology, words: Uint32Array) {
    this.topology = topology
    this.words = words
    const lists = topology.slaves.length + topology.switches.length * arbiterCount * mselCount
    this.first = new Int32Array(lists + 1)
    // A packet master is in the lists of up to four msels, a circuit master in one.
    this.list = new Int32Array(topology.masters.length * mselCount)
    this.open = new Uint8Array(topology.masters.length)
    this.controls = new Int32Array((topology.slaves.length + 31) >> 5)
  }

  begin(list: number): number {
    return this.first[list]!
  }

  end(list: number): number {
    return this.first[list + 1]!
  }

  /** The list of a circuit from a slave node. */
  circuit(node: number): number {
    return node
  }

  /** The list of what `held` (`arbiter·4 + msel + 1`) names in the switch of a slave node. */
  packet(node: number, held: number): number {
    const { fabric } = this.topology.slaves[node]!
    return this.topology.slaves.length + fabric * arbiterCount * mselCount + held - 1
  }

  /** Does the shim multiplexer, if there is one, lead a master to its end? */
  isOpen(master: number): boolean {
    return this.open[master] !== 0
  }

  forget(): void {
    this.isFresh = false
  }

  refresh(): void {
    if (this.isFresh) return
    this.isFresh = true
    this.fill()
    this.findControls()
  }

  private fill(): void {
    const { topology, words, first, list, open } = this
    let count = 0
    topology.slaves.forEach((slave, node) => {
      first[node] = count
      for (const m of topology.switches[slave.fabric]!.masters) {
        const config = words[topology.masters[m]!.word]!
        if (!isEnabled(config) || isPacket(config) || circuitSource(config) !== slave.port.id)
          continue
        const { fabric } = topology.switches[slave.fabric]!
        if (fabric.legal(slave.index, topology.masters[m]!.index)) list[count++] = m
      }
    })
    topology.switches.forEach(({ masters }, fabric) => {
      const base = topology.slaves.length + fabric * arbiterCount * mselCount
      for (let want = 0; want < arbiterCount * mselCount; want++) {
        first[base + want] = count
        for (const m of masters) {
          const config = words[topology.masters[m]!.word]!
          if (!isEnabled(config) || !isPacket(config)) continue
          if ((config & portWord.arbiterMask) !== want >> 2) continue
          if (((config >>> (portWord.mselEnableShift + (want & 3))) & 1) !== 0) list[count++] = m
        }
      }
    })
    first[first.length - 1] = count
    topology.masters.forEach(({ sink, target }, m) => {
      const gate = sink === SinkKind.channel ? topology.gateOfChannel[target] : undefined
      open[m] =
        gate === undefined || ((words[gate.word]! >>> gate.shift) & gate.mask) === gate.dma ? 1 : 0
    })
  }

  /** Goes backwards from control and controller ports through everything that may feed them. */
  private findControls(): void {
    const { topology, words, controls } = this
    controls.fill(0)
    const has = (node: number) => ((controls[node >> 5]! >>> (node & 31)) & 1) !== 0
    for (let changed = true; changed;) {
      changed = false
      topology.switches.forEach(({ slaves, masters }) => {
        const leads = masters.some((m) => {
          const { word, next, sink } = topology.masters[m]!
          if (!isEnabled(words[word]!)) return false
          return next >= 0 ? has(next) : sink === SinkKind.control || sink === SinkKind.uc
        })
        if (!leads) return
        for (const node of slaves) {
          if (has(node) || !isEnabled(words[topology.slaves[node]!.word]!)) continue
          if (!this.feedsControl(node, has)) continue
          controls[node >> 5]! |= 1 << (node & 31)
          changed = true
        }
      })
    }
  }

  private feedsControl(node: number, has: (node: number) => boolean): boolean {
    const { topology, words } = this
    const slave = topology.slaves[node]!
    const leads = (m: number) => {
      const { next, sink } = topology.masters[m]!
      return next >= 0 ? has(next) : sink === SinkKind.control || sink === SinkKind.uc
    }
    const inList = (list: number) => {
      for (let i = this.begin(list); i < this.end(list); i++) if (leads(this.list[i]!)) return true
      return false
    }
    if (!isPacket(words[slave.word]!)) return inList(node)
    for (let slot = 0; slave.slots >= 0 && slot < 4; slot++) {
      const word = words[slave.slots + slot]!
      if (
        ((word >>> 8) & 1) !== 0 &&
        inList(this.packet(node, (word & 7) * 4 + ((word >>> 4) & 3) + 1))
      )
        return true
    }
    return false
  }
}
