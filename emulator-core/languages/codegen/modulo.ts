/**
 * Modulo scheduling: the start cycles of a loop body whose turns overlap, a new turn every
 * `interval` cycles.
 */
import type { CoreFacts } from '../../device/core-facts.ts'
import { occupancyOf, settleCycles, type Dependence } from './depend.ts'
import type { MOp } from './mir.ts'
import { Reservations } from './schedule.ts'

export interface ModuloSchedule {
  readonly interval: number
  /** Start cycle of each operation in its own turn. */
  readonly start: Int32Array
  /** Turns that are under way at once. */
  readonly stages: number
}

/**
 * Longest way from each operation to the end of its turn; undefined when a cycle of dependences is
 * too long.
 */
function heights(
  ops: readonly MOp[],
  edges: readonly Dependence[],
  interval: number,
  facts: CoreFacts,
): Int32Array | undefined {
  const height = Int32Array.from(ops, (op) => settleCycles(op, facts))
  for (let round = 0; round <= ops.length; round++) {
    let changed = false
    for (const e of edges) {
      const h = e.cycles - e.distance * interval + height[e.to]!
      if (h > height[e.from]!) {
        height[e.from] = h
        changed = true
      }
    }
    if (!changed) return height
  }
  return undefined
}

/** Fewest cycles per turn that the slots allow. */
function resourceBound(ops: readonly MOp[], facts: CoreFacts): number {
  for (let interval = 1; ; interval++) {
    const table = new Reservations(interval)
    const uses = ops
      .map((op) => occupancyOf(op, facts))
      .sort((a, b) => bitCount(a.slots) - bitCount(b.slots))
    const fits = uses.every((use) => {
      for (let c = 0; c < interval; c++) {
        if (!table.fits(c, use)) continue
        table.take(c, use)
        return true
      }
      return false
    })
    if (fits) return interval
  }
}

function bitCount(n: number): number {
  let count = 0
  for (let w = n; w !== 0; w &= w - 1) count++
  return count
}

const attemptsPerOp = 12

/** A schedule with the least interval found below `most`, or undefined. */
export function moduloSchedule(
  ops: readonly MOp[],
  edges: readonly Dependence[],
  most: number,
  facts: CoreFacts,
  accept: (schedule: ModuloSchedule) => boolean,
): ModuloSchedule | undefined {
  for (let interval = resourceBound(ops, facts); interval < most; interval++) {
    const height = heights(ops, edges, interval, facts)
    if (!height) continue
    const start = new Attempt(ops, edges, interval, height, facts).run()
    if (!start) continue
    const schedule = normal(start, interval)
    if (accept(schedule)) return schedule
  }
  return undefined
}

function normal(start: Int32Array, interval: number): ModuloSchedule {
  const first = start.reduce((a, b) => Math.min(a, b), Infinity)
  const moved = start.map((t) => t - first)
  const last = moved.reduce((a, b) => Math.max(a, b), 0)
  return { interval, start: moved, stages: Math.floor(last / interval) + 1 }
}

/** One attempt at one interval: places the most urgent operation, throws out what is in its way. */
class Attempt {
  private readonly ops: readonly MOp[]
  private readonly edges: readonly Dependence[]
  private readonly interval: number
  private readonly height: Int32Array
  private readonly facts: CoreFacts
  private readonly start: Int32Array
  private readonly tried: Int32Array
  private readonly table: Reservations

  constructor(
    ops: readonly MOp[],
    edges: readonly Dependence[],
    interval: number,
    height: Int32Array,
    facts: CoreFacts,
  ) {
    this.ops = ops
    this.edges = edges
    this.interval = interval
    this.height = height
    this.facts = facts
    this.start = new Int32Array(ops.length).fill(-1)
    this.tried = new Int32Array(ops.length).fill(-1)
    this.table = new Reservations(interval)
  }

  run(): Int32Array | undefined {
    for (let budget = this.ops.length * attemptsPerOp; budget > 0; budget--) {
      const i = this.mostUrgent()
      if (i < 0) return this.start
      if (!this.placeOne(i)) return undefined
    }
    return undefined
  }

  private mostUrgent(): number {
    let best = -1
    for (let i = 0; i < this.ops.length; i++) {
      if (this.start[i]! >= 0) continue
      if (best < 0 || this.height[i]! > this.height[best]!) best = i
    }
    return best
  }

  private placeOne(i: number): boolean {
    const use = occupancyOf(this.ops[i]!, this.facts)
    let earliest = 0
    for (const e of this.edges) {
      if (e.to !== i || e.from === i || this.start[e.from]! < 0) continue
      earliest = Math.max(earliest, this.start[e.from]! + e.cycles - e.distance * this.interval)
    }
    let at = -1
    for (let t = earliest; t < earliest + this.interval && at < 0; t++)
      if (this.table.fits(t, use)) at = t
    if (at < 0) {
      at = Math.max(earliest, this.tried[i]! + 1)
      for (let other = 0; other < this.ops.length && !this.table.fits(at, use); other++) {
        if (this.start[other]! >= 0 && this.shares(other, at, use.cycles)) this.remove(other)
      }
      if (!this.table.fits(at, use)) return false
    }
    this.table.take(at, use)
    this.start[i] = at
    this.tried[i] = at
    for (const e of this.edges) {
      if (e.from !== i || e.to === i || this.start[e.to]! < 0) continue
      if (this.start[e.to]! < at + e.cycles - e.distance * this.interval) this.remove(e.to)
    }
    return true
  }

  private shares(other: number, at: number, cycles: number): boolean {
    const held = occupancyOf(this.ops[other]!, this.facts).cycles
    for (let a = 0; a < cycles; a++) {
      for (let b = 0; b < held; b++) {
        if ((at + a) % this.interval === (this.start[other]! + b) % this.interval) return true
      }
    }
    return false
  }

  private remove(i: number): void {
    this.table.drop(this.start[i]!, occupancyOf(this.ops[i]!, this.facts))
    this.start[i] = -1
  }
}
