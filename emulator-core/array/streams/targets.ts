/**
 * Targets: the masters that each slave port feeds, as lists of numbers, found from the switch
 * registers. A cache, found anew for the switches whose configuration has changed.
 */
import {
  circuitSource,
  isEnabled,
  isPacket,
  isSlotEnabled,
  portWord,
  slotsPerSlave,
} from '../../device/abi/stream-words.ts'
import { arbiterCount, mselCount } from './arbiters.ts'
import type { Gate, Topology } from './topology.ts'
import { SinkKind } from './topology.ts'

export class Targets {
  /** Masters of list `l` are `list[begin(l) … end(l) − 1]`. */
  readonly list: Int32Array
  /** Per slave node whether its words can reach a control or controller port, as far as is known. */
  private readonly reach: Uint8Array
  /** Nodes still to be looked at in a search, and those already seen. Scratch. */
  private readonly todo: Int32Array
  private readonly seen: Uint8Array
  private pending = 0
  private readonly first: Int32Array
  private readonly behind: Int32Array
  private readonly open: Uint8Array
  /** Storage word of each master, and what it held when the lists of its switch were made. */
  private readonly word: Int32Array
  private readonly held: Uint32Array
  /** First place in `list` of the lists of each switch. */
  private readonly area: Int32Array
  /** Masters that end at a shim multiplexer. */
  private readonly gated: Int32Array
  private readonly topology: Topology
  private readonly words: Uint32Array
  private isFresh = false

  constructor(topology: Topology, words: Uint32Array) {
    this.topology = topology
    this.words = words
    const lists = topology.slaves.length + topology.switches.length * arbiterCount * mselCount
    this.first = new Int32Array(lists)
    this.behind = new Int32Array(lists)
    // A packet master is in the lists of up to four msels, a circuit master in one.
    this.list = new Int32Array(topology.masters.length * mselCount)
    this.word = Int32Array.from(topology.masters, (master) => master.word)
    this.held = new Uint32Array(topology.masters.length)
    this.area = new Int32Array(topology.switches.length)
    let places = 0
    topology.switches.forEach(({ masters }, fabric) => {
      this.area[fabric] = places
      places += masters.length * mselCount
    })
    const isGated = (m: number) => this.gateOf(m) !== undefined
    this.gated = Int32Array.from([...topology.masters.keys()].filter(isGated))
    this.open = new Uint8Array(topology.masters.length).fill(1)
    this.reach = new Uint8Array(topology.slaves.length)
    this.todo = new Int32Array(topology.slaves.length)
    this.seen = new Uint8Array(topology.slaves.length)
  }

  begin(list: number): number {
    return this.first[list]!
  }

  end(list: number): number {
    return this.behind[list]!
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
    for (let fabric = 0; fabric < this.area.length; fabric++)
      if (this.hasChanged(fabric)) this.fill(fabric)
    for (let i = 0; i < this.gated.length; i++) {
      const m = this.gated[i]!
      const { word, shift, mask, dma } = this.gateOf(m)!
      this.open[m] = ((this.words[word]! >>> shift) & mask) === dma ? 1 : 0
    }
    this.reach.fill(Reach.unknown)
  }

  private gateOf(master: number): Gate | undefined {
    const { sink, target } = this.topology.masters[master]!
    return sink === SinkKind.channel ? this.topology.gateOfChannel[target] : undefined
  }

  /** Does a master of a switch hold another word than its lists were made from? Notes what it holds. */
  private hasChanged(fabric: number): boolean {
    const { words, word, held } = this
    const { masters } = this.topology.switches[fabric]!
    let any = false
    for (let i = 0; i < masters.length; i++) {
      const m = masters[i]!
      const config = words[word[m]!]!
      if (config === held[m]) continue
      held[m] = config
      any = true
    }
    return any
  }

  /** Makes the lists of a switch. */
  private fill(fabric: number): void {
    const { topology, held, first, behind, list } = this
    const { slaves, masters, fabric: rules } = topology.switches[fabric]!
    let count = this.area[fabric]!
    for (const node of slaves) {
      const slave = topology.slaves[node]!
      first[node] = count
      for (const m of masters) {
        const config = held[m]!
        if (!isEnabled(config) || isPacket(config) || circuitSource(config) !== slave.port.id)
          continue
        if (rules.legal(slave.index, topology.masters[m]!.index)) list[count++] = m
      }
      behind[node] = count
    }
    const base = topology.slaves.length + fabric * arbiterCount * mselCount
    for (let want = 0; want < arbiterCount * mselCount; want++) {
      first[base + want] = count
      for (const m of masters) {
        const config = held[m]!
        if (!isEnabled(config) || !isPacket(config)) continue
        if ((config & portWord.arbiterMask) !== want >> 2) continue
        if (((config >>> (portWord.mselEnableShift + (want & 3))) & 1) !== 0) list[count++] = m
      }
      behind[base + want] = count
    }
  }

  /** Can words at a slave node reach a tile's registers or a controller? */
  reachesControl(node: number): boolean {
    this.refresh()
    if (this.reach[node] === Reach.unknown)
      this.reach[node] = this.search(node) ? Reach.yes : Reach.no
    return this.reach[node] === Reach.yes
  }

  /** Looks at everything that words from a node can come to. */
  private search(from: number): boolean {
    const { todo, seen } = this
    seen.fill(0)
    seen[from] = 1
    todo[0] = from
    this.pending = 1
    while (this.pending > 0) {
      const node = todo[--this.pending]!
      const { word, slots } = this.topology.slaves[node]!
      const config = this.words[word]!
      if (!isEnabled(config)) continue
      if (!isPacket(config)) {
        if (this.follow(node)) return true
        continue
      }
      for (let slot = 0; slots >= 0 && slot < slotsPerSlave; slot++) {
        const entry = this.words[slots + slot]!
        if (isSlotEnabled(entry) && this.follow(this.packet(node, heldOf(entry)))) return true
      }
    }
    return false
  }

  /** Adds the ports behind the masters of a list to what is to be looked at; true at a control port. */
  private follow(list: number): boolean {
    for (let i = this.begin(list); i < this.end(list); i++) {
      const { next, sink } = this.topology.masters[this.list[i]!]!
      if (next < 0) {
        if (sink === SinkKind.control || sink === SinkKind.uc) return true
      } else if (this.seen[next] === 0) {
        this.seen[next] = 1
        this.todo[this.pending++] = next
      }
    }
    return false
  }
}

/** What an enabled slot names, as `arbiter·4 + msel + 1`. */
function heldOf(slot: number): number {
  return (slot & 7) * mselCount + ((slot >>> 4) & 3) + 1
}

const Reach = { unknown: 0, no: 1, yes: 2 } as const
