/**
 * Walks: the order in which a descriptor visits memory, and the copying along it.
 *
 *     descriptor ── step, wrap per dimension ──▶ ┌───────┐ ── copies ──▶ memory ⇄ words in flight
 *                                                │ Walks │
 *                                                └───────┘
 *
 * A walk has up to four dimensions, 0 innermost, each with a step in words and a wrap; the last has
 * none. When a walk begins it is simplified: dimensions of extent 1 vanish and dimensions that
 * continue each other merge, so that what is contiguous is copied as one block.
 */
import type { Sim } from '../../sim/sim.ts'

/** Address dimensions besides iteration. */
export const dimensions = 4

export class Walks {
  /** Steps and wraps of channel `c` from `4·c`; wrap 0 = runs on. */
  readonly step: Int32Array
  readonly wrap: Int32Array
  /** Position in each dimension. */
  readonly index: Int32Array
  /** Word address of the next word. */
  readonly at: Float64Array

  constructor(sim: Sim, channels: number, name = 'array.dma.walk') {
    this.step = sim.state.i32(`${name}.step`, channels * dimensions)
    this.wrap = sim.state.i32(`${name}.wrap`, channels * dimensions)
    this.index = sim.state.i32(`${name}.index`, channels * dimensions)
    this.at = sim.state.f64(`${name}.at`, channels)
  }

  /** Takes over where another set of walks stands in the walk of a channel. */
  copy(channel: number, from: Walks): void {
    const base = channel * dimensions
    for (let i = base; i < base + dimensions; i++) {
      this.step[i] = from.step[i]!
      this.wrap[i] = from.wrap[i]!
      this.index[i] = from.index[i]!
    }
    this.at[channel] = from.at[channel]!
  }

  /** Words between two words of a stretch. */
  stepOf(channel: number): number {
    return this.step[channel * dimensions]!
  }

  /** Begins the walk whose steps and wraps were just stored, at word address `start`. */
  begin(channel: number, start: number): void {
    const base = channel * dimensions
    this.at[channel] = start
    this.index.fill(0, base, base + dimensions)
    let kept = 0
    for (let d = 0; d < dimensions; d++) {
      const step = this.step[base + d]!
      const wrap = d === dimensions - 1 ? 0 : this.wrap[base + d]!
      if (wrap === 1) continue
      const previous = base + kept - 1
      if (kept > 0 && step === this.step[previous]! * this.wrap[previous]!) {
        this.wrap[previous]! *= wrap
      } else {
        this.step[base + kept] = step
        this.wrap[base + kept] = wrap
        kept++
      }
      if (wrap === 0) break
    }
    for (let d = kept; d < dimensions; d++) {
      this.step[base + d] = 0
      this.wrap[base + d] = 0
    }
  }

  /**
   * Highest word address that the first `length` words of a walk just begun at `start` visit. Steps
   * are not negative.
   */
  highest(channel: number, start: number, length: number): number {
    const base = channel * dimensions
    let top = 0
    let below = 1
    let reach = 0
    while (this.wrap[base + top] !== 0) {
      reach += (this.wrap[base + top]! - 1) * this.step[base + top]!
      below *= this.wrap[base + top]!
      top++
    }
    let best = start
    let from = start
    let rest = length
    for (let d = top; d >= 0; d--) {
      const turns = Math.floor(rest / below)
      rest -= turns * below
      if (turns > 0) best = Math.max(best, from + (turns - 1) * this.step[base + d]! + reach)
      if (rest === 0) break
      from += turns * this.step[base + d]!
      if (d === 0) break
      below /= this.wrap[base + d - 1]!
      reach -= (this.wrap[base + d - 1]! - 1) * this.step[base + d - 1]!
    }
    return best
  }

  /** Length in words of the next stretch with one step, at most `limit`. */
  stretch(channel: number, limit: number): number {
    const wrap = this.wrap[channel * dimensions]!
    return wrap === 0 ? limit : Math.min(limit, wrap - this.index[channel * dimensions]!)
  }

  /** Moves on by `count` words, which lie in one stretch. */
  advance(channel: number, count: number): void {
    const base = channel * dimensions
    const wrap = this.wrap[base]!
    const step = this.step[base]!
    this.at[channel]! += count * step
    if (wrap === 0) return
    let position = this.index[base]! + count
    this.index[base] = position
    if (position < wrap) return
    this.index[base] = 0
    let back = wrap * step
    for (let d = 1; d < dimensions; d++) {
      position = this.index[base + d]! + 1
      this.at[channel]! += this.step[base + d]! - back
      back = this.step[base + d]! * this.wrap[base + d]!
      if (this.wrap[base + d] === 0 || position < this.wrap[base + d]!) {
        this.index[base + d] = position
        return
      }
      this.index[base + d] = 0
    }
  }
}
