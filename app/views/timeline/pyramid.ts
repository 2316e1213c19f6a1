/**
 * Busy time per lane at every zoom: bins of equal length, each level half as many as the one below. A window of any
 * length is painted from the level whose bins are just finer than a pixel.
 */
import { SliceState } from '../../../emulator-core/worker/frame.ts'

/** What a bin keeps apart. Setup counts as done, a fault as waiting: both are labelled on slices. */
export const Kind = { run: 0, wait: 1, done: 2 } as const
const kinds = 3

export function kindOf(state: number): number {
  if (state === SliceState.run) return Kind.run
  return state === SliceState.wait || state === SliceState.fault ? Kind.wait : Kind.done
}

const finest = 8192

export class Pyramid {
  /** Ticks that one bin of the finest level covers; doubles whenever time outgrows the bins. */
  private binTicks = 1
  /** Busy ticks: per level, bin after bin, three kinds each. */
  private levels: Float64Array[] = [new Float64Array(finest * kinds)]
  private dirty = false

  /** Adds a stretch of busy time. */
  add(start: number, end: number, kind: number): void {
    while (end > this.binTicks * finest) this.coarsen()
    const base = this.levels[0]!
    const { binTicks } = this
    let at = Math.max(0, start)
    while (at < end) {
      const bin = Math.floor(at / binTicks)
      const edge = Math.min(end, (bin + 1) * binTicks)
      const cell = bin * kinds + kind
      base[cell] = base[cell]! + (edge - at)
      at = edge
    }
    this.dirty = true
  }

  private coarsen(): void {
    const base = this.levels[0]!
    const merged = new Float64Array(finest * kinds)
    for (let bin = 0; bin < finest; bin++) {
      for (let kind = 0; kind < kinds; kind++) {
        const cell = (bin >> 1) * kinds + kind
        merged[cell] = merged[cell]! + base[bin * kinds + kind]!
      }
    }
    this.levels = [merged]
    this.binTicks *= 2
    this.dirty = true
  }

  private build(): void {
    if (!this.dirty) return
    this.dirty = false
    const base = this.levels[0]!
    this.levels = [base]
    let below = base
    for (let bins = finest / 2; bins >= 1; bins /= 2) {
      const level = new Float64Array(bins * kinds)
      for (let bin = 0; bin < bins; bin++) {
        for (let kind = 0; kind < kinds; kind++) {
          level[bin * kinds + kind] =
            below[2 * bin * kinds + kind]! + below[(2 * bin + 1) * kinds + kind]!
        }
      }
      this.levels.push(level)
      below = level
    }
  }

  /** Ticks per bin of a level. */
  ticksOf(level: number): number {
    return this.binTicks * 2 ** level
  }

  /** The coarsest level whose bins are no longer than `ticks`; −1 when even the finest are. */
  levelFor(ticks: number): number {
    if (ticks < this.binTicks) return -1
    this.build()
    return Math.min(this.levels.length - 1, Math.floor(Math.log2(ticks / this.binTicks)))
  }

  /** Busy ticks of a kind between two ticks, bins counted by the share that lies inside. */
  busy(level: number, kind: number, from: number, to: number): number {
    this.build()
    const bins = this.levels[level]
    if (!bins || to <= from) return 0
    const width = this.ticksOf(level)
    const first = Math.max(0, Math.floor(from / width))
    const last = Math.min(bins.length / kinds - 1, Math.ceil(to / width) - 1)
    let sum = 0
    for (let bin = first; bin <= last; bin++) {
      const inside = Math.min(to, (bin + 1) * width) - Math.max(from, bin * width)
      sum += bins[bin * kinds + kind]! * (inside / width)
    }
    return sum
  }
}
