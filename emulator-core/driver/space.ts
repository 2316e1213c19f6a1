/**
 * Space: ranges handed out of address ranges, one address range per owner.
 *
 *     owner ── base … limit ──▶ [node][hole][node][node][hole]     nodes in address order, holes between them
 *
 * Faithful    best fit takes the smallest hole that fits; of equal holes, the one that came to be last. From the
 *             top takes the highest place
 */
import type { Sim } from '../sim/sim.ts'

const none = -1

/** Free space of an owner, for people who ask why nothing fits. */
export interface FreeSpace {
  readonly freeBytes: number
  readonly largestHole: number
  readonly holes: number
}

export class Space {
  private readonly capacity: number
  private readonly used: Uint8Array
  private readonly owner: Int32Array
  private readonly start: Float64Array
  private readonly bytes: Float64Array
  private readonly next: Int32Array
  /** When the hole behind a node came to be. */
  private readonly born: Float64Array
  private readonly base: Float64Array
  private readonly limit: Float64Array
  private readonly first: Int32Array
  /** When the hole before the first node came to be. */
  private readonly firstBorn: Float64Array
  private readonly clock: Float64Array

  constructor(sim: Sim, name: string, owners: number, capacity: number) {
    const { state } = sim
    this.capacity = capacity
    this.used = state.u8(`${name}.used`, capacity)
    this.owner = state.i32(`${name}.owner`, capacity)
    this.start = state.f64(`${name}.start`, capacity)
    this.bytes = state.f64(`${name}.bytes`, capacity)
    this.next = state.i32(`${name}.next`, capacity)
    this.born = state.f64(`${name}.born`, capacity)
    this.base = state.f64(`${name}.base`, owners)
    this.limit = state.f64(`${name}.limit`, owners)
    this.first = state.i32(`${name}.first`, owners).fill(none)
    this.firstBorn = state.f64(`${name}.firstBorn`, owners)
    this.clock = state.f64(`${name}.clock`, 1)
  }

  /** Gives an owner an empty address range. */
  setUp(owner: number, base: number, limit: number): void {
    this.base[owner] = base
    this.limit[owner] = limit
    this.first[owner] = none
  }

  /** Takes the smallest hole that fits; the node, or -1. */
  bestFit(owner: number, bytes: number, alignment: number): number {
    let before = none
    let place = -1
    let smallest = Infinity
    let born = -1
    for (let node: number = none; ; node = this.after(owner, node)) {
      const from = this.holeStart(owner, node)
      const size = this.holeEnd(owner, node) - from
      const at = Math.ceil(from / alignment) * alignment
      const isBetter = size < smallest || (size === smallest && this.bornOf(owner, node) > born)
      if (at + bytes <= from + size && isBetter) {
        before = node
        place = at
        smallest = size
        born = this.bornOf(owner, node)
      }
      if (this.after(owner, node) === none) break
    }
    return place < 0 ? none : this.insert(owner, before, place, bytes)
  }

  /** Takes the highest place that fits; the node, or -1. */
  fromTop(owner: number, bytes: number, alignment: number): number {
    let before = none
    let place = -1
    for (let node: number = none; ; node = this.after(owner, node)) {
      const end = this.holeEnd(owner, node)
      const at = Math.floor((end - bytes) / alignment) * alignment
      if (at >= this.holeStart(owner, node)) {
        before = node
        place = at
      }
      if (this.after(owner, node) === none) break
    }
    return place < 0 ? none : this.insert(owner, before, place, bytes)
  }

  /** Gives a node back. */
  free(node: number): void {
    const owner = this.owner[node]
    let before = none
    while (this.after(owner, before) !== node) before = this.after(owner, before)
    if (before === none) this.first[owner] = this.next[node]
    else this.next[before] = this.next[node]
    this.setBorn(owner, before)
    this.used[node] = 0
  }

  /** The node that starts at an address, which there is. */
  nodeAt(owner: number, address: number): number {
    let node = this.first[owner]
    while (this.start[node] !== address) node = this.next[node]
    return node
  }

  /** Where a node starts. */
  startOf(node: number): number {
    return this.start[node]
  }

  /** Free space of an owner. */
  freeOf(owner: number): FreeSpace {
    let freeBytes = 0
    let largestHole = 0
    let holes = 0
    for (let node: number = none; ; node = this.after(owner, node)) {
      const size = this.holeEnd(owner, node) - this.holeStart(owner, node)
      if (size > 0) holes++
      freeBytes += size
      largestHole = Math.max(largestHole, size)
      if (this.after(owner, node) === none) break
    }
    return { freeBytes, largestHole, holes }
  }

  private insert(owner: number, before: number, at: number, bytes: number): number {
    const from = this.holeStart(owner, before)
    const to = this.holeEnd(owner, before)
    const node = this.used.indexOf(0)
    if (node < 0 || node >= this.capacity) return none
    this.used[node] = 1
    this.owner[node] = owner
    this.start[node] = at
    this.bytes[node] = bytes
    this.next[node] = this.after(owner, before)
    if (before === none) this.first[owner] = node
    else this.next[before] = node
    if (at > from) this.setBorn(owner, before)
    if (at + bytes < to) this.setBorn(owner, node)
    return node
  }

  private after(owner: number, node: number): number {
    return node === none ? this.first[owner] : this.next[node]
  }

  private holeStart(owner: number, node: number): number {
    return node === none ? this.base[owner] : this.start[node] + this.bytes[node]
  }

  private holeEnd(owner: number, node: number): number {
    const next = this.after(owner, node)
    return next === none ? this.limit[owner] : this.start[next]
  }

  private bornOf(owner: number, node: number): number {
    return node === none ? this.firstBorn[owner] : this.born[node]
  }

  private setBorn(owner: number, node: number): void {
    const now = ++this.clock[0]
    if (node === none) this.firstBorn[owner] = now
    else this.born[node] = now
  }
}
