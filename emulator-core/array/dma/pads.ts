/**
 * Pads: constant words that a mem tile's MM2S channel puts around what it reads.
 *
 * Dimension 0 counts words, dimension 1 whole padded rows, dimension 2 whole padded planes. The
 * descriptor's length includes the padding. The walk of such a descriptor keeps its three wraps; a
 * position in padded coordinates says whether a stretch of a row is read or made up.
 */
import type { Sim } from '../../sim/sim.ts'
import type { Ports } from '../memory/ports.ts'
import type { BdPlan } from './descriptor.ts'
import { F, readField } from './descriptor.ts'
import type { Walks } from './walk.ts'
import { dimensions } from './walk.ts'

const padded = 3

export class Pads {
  private readonly before: Int32Array
  private readonly after: Int32Array
  /** Position in padded coordinates. */
  readonly index: Int32Array

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
   * The next `count` words to `into[at…]`: runs of rows from `memory` at `origin`, else `value`.
   * `behind` words of the descriptor are still to come then.
   */
  gather(
    c: number,
    walks: Walks,
    memory: Int32Array,
    origin: number,
    into: Int32Array,
    at: number,
    count: number,
    behind: number,
    value: number,
    ports: Ports,
  ): void {
    const base = c * dimensions
    const before = this.before[c * padded]!
    const wrap = walks.wrap[base]!
    const extent = before + wrap + this.after[c * padded]!
    const step = walks.step[base]!
    while (count > 0) {
      const row = this.rowAt(c, walks)
      let x = this.index[base]!
      const dataEnd = before + wrap
      const isData = row >= 0 && x >= before && x < dataEnd
      const end = row < 0 || x >= dataEnd ? extent : isData ? dataEnd : before
      const run = Math.min(count, end - x)
      const more = Math.min(count + behind, end - x) - run
      if (isData) {
        let word = origin + row + (x - before) * step
        ports.add(c, word, step, run, more)
        for (let i = 0; i < run; i++, word += step) into[at + i] = memory[word]!
      } else {
        into.fill(value, at, at + run)
        ports.skip(run)
      }
      x += run
      this.index[base] = x
      if (x === extent) this.nextRow(c, walks)
      at += run
      count -= run
    }
  }

  /** Goes on by `count` words like `gather`, but tells the runs of words it would read. */
  visit(
    c: number,
    walks: Walks,
    count: number,
    tell: (word: number, step: number, length: number) => void,
  ): void {
    const base = c * dimensions
    const before = this.before[c * padded]!
    const dataEnd = before + walks.wrap[base]!
    const extent = dataEnd + this.after[c * padded]!
    const step = walks.step[base]!
    while (count > 0) {
      const row = this.rowAt(c, walks)
      const x = this.index[base]!
      const isData = row >= 0 && x >= before && x < dataEnd
      const end = row < 0 || x >= dataEnd ? extent : isData ? dataEnd : before
      const run = Math.min(count, end - x)
      if (isData) tell(row + (x - before) * step, step, run)
      this.index[base] = x + run
      if (x + run === extent) this.nextRow(c, walks)
      count -= run
    }
  }

  /** Word address of the first datum of the present row, −1 when all of it is padding. */
  private rowAt(c: number, walks: Walks): number {
    const base = c * dimensions
    let address = walks.at[c]! + this.index[base + 3]! * walks.step[base + 3]!
    for (let d = 1; d < padded; d++) {
      const wrap = walks.wrap[base + d]!
      const position = this.index[base + d]! - this.before[c * padded + d]!
      if (position < 0 || (wrap > 0 && position >= wrap)) return -1
      address += position * walks.step[base + d]!
    }
    return address
  }

  private nextRow(c: number, walks: Walks): void {
    const base = c * dimensions
    this.index[base] = 0
    for (let d = 1; d < padded; d++) {
      const wrap = walks.wrap[base + d]!
      const extent = this.before[c * padded + d]! + wrap + this.after[c * padded + d]!
      this.index[base + d]!++
      if (wrap === 0 || this.index[base + d]! < extent) return
      this.index[base + d] = 0
    }
    this.index[base + 3]!++
  }
}
