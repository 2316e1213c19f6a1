/**
 * Pads: constant words that a mem tile's MM2S channel puts around what it reads.
 *
 * Dimension 0 counts words, dimension 1 whole padded rows, dimension 2 whole padded planes. The
 * descriptor's length includes the padding. The walk of such a descriptor keeps its three wraps; a
 * position in padded coordinates says whether a word is read or made up.
 */
import type { Sim } from '../../sim/sim.ts'
import type { Ports } from '../memory/ports.ts'
import type { Streams } from '../streams/streams.ts'
import type { BdPlan } from './descriptor.ts'
import { F, readField } from './descriptor.ts'
import type { Walks } from './walk.ts'
import { dimensions } from './walk.ts'

const padded = 3

export class Pads {
  private readonly before: Int32Array
  private readonly after: Int32Array
  /** Position in padded coordinates. */
  private readonly index: Int32Array

  constructor(sim: Sim, channels: number) {
    this.before = sim.state.i32('array.dma.pad.before', channels * padded)
    this.after = sim.state.i32('array.dma.pad.after', channels * padded)
    this.index = sim.state.i32('array.dma.pad.index', channels * dimensions)
  }

  /** Latches the pad counts of a descriptor; true when there are any. */
  latch(c: number, plan: BdPlan, words: Uint32Array, at: number): boolean {
    let any = 0
    for (let d = 0; d < padded; d++) {
      any |= this.before[c * padded + d] = readField(plan, words, at, F.d0PadBefore + d)
      any |= this.after[c * padded + d] = readField(plan, words, at, F.d0PadAfter + d)
    }
    return any !== 0
  }

  /** Every padded dimension, and every one below it, needs a wrap. */
  isSound(c: number, walks: Walks): boolean {
    for (let d = padded - 1; d >= 0; d--) {
      if (this.before[c * padded + d] === 0 && this.after[c * padded + d] === 0) continue
      for (let k = d; k >= 0; k--) if (walks.wrap[c * dimensions + k] === 0) return false
      return true
    }
    return true
  }

  begin(c: number, walks: Walks, start: number): void {
    this.index.fill(0, c * dimensions, (c + 1) * dimensions)
    walks.at[c] = start
  }

  /** Highest word address that the first `length` padded words of a walk at `start` can read. */
  highest(c: number, walks: Walks, start: number, length: number): number {
    let last = start
    let rest = length
    for (let d = 0; d < dimensions; d++) {
      const wrap = walks.wrap[c * dimensions + d]!
      const pad = d < padded ? this.before[c * padded + d]! + this.after[c * padded + d]! : 0
      const extent = d === dimensions - 1 || wrap === 0 ? rest : Math.min(wrap, rest)
      last += Math.max(0, extent - 1) * walks.step[c * dimensions + d]!
      if (wrap === 0) break
      rest = Math.ceil(rest / (wrap + pad))
    }
    return last
  }

  /**
   * Puts the next `count` words into the ring of source `c`: data from `memory` at `origin`, else
   * `value`.
   */
  send(
    c: number,
    walks: Walks,
    memory: Int32Array,
    origin: number,
    streams: Streams,
    count: number,
    value: number,
    ports: Ports,
  ): void {
    const base = c * dimensions
    const ring = streams.fifo.i32
    const first = streams.ringOf(c)
    const end = first + streams.ringWords
    let at = first + (streams.written[c]! % streams.ringWords)
    let from = 0
    let run = 0
    for (let i = 0; i < count; i++) {
      let address = walks.at[c]! + this.index[base + 3]! * walks.step[base + 3]!
      let inside = true
      for (let d = 0; d < padded; d++) {
        const wrap = walks.wrap[base + d]!
        const position = this.index[base + d]! - this.before[c * padded + d]!
        if (position < 0 || (wrap > 0 && position >= wrap)) inside = false
        address += position * walks.step[base + d]!
      }
      ring[at] = inside ? memory[origin + address]! : value
      if (run > 0 && (!inside || address !== from + run)) {
        ports.add(c, origin + from, 1, run)
        run = 0
      }
      if (!inside) ports.skip(1)
      else if (run++ === 0) from = address
      at = at + 1 === end ? first : at + 1
      this.count(c, walks)
    }
    if (run > 0) ports.add(c, origin + from, 1, run)
  }

  private count(c: number, walks: Walks): void {
    const base = c * dimensions
    for (let d = 0; d < padded; d++) {
      const wrap = walks.wrap[base + d]!
      const extent = this.before[c * padded + d]! + wrap + this.after[c * padded + d]!
      this.index[base + d]!++
      if (wrap === 0 || this.index[base + d]! < extent) return
      this.index[base + d] = 0
    }
    this.index[base + 3]!++
  }
}
