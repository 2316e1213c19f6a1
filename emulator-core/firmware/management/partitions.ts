/**
 * Partitions: static ranges of columns in which contexts are put.
 *
 *     server ── create, destroy ──▶ ┌────────────┐ ◀── which columns? ── Placement
 *                                   └────────────┘
 *
 * Faithful    every context names one partition; bad columns are refused
 * Modelled    partitions do not overlap, at most three; a refusal says which rule and the nearest request that fits
 */
import { packRefusal, PlacementRule } from '../../device/abi/placement.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import type { Sim } from '../../sim/sim.ts'

/** A partition, for the app. */
export interface PartitionView {
  readonly id: number
  readonly fn: number
  readonly startColumn: number
  readonly columns: number
}

export class Partitions {
  /**
   * First column and columns by row; a row without columns is free. The id of row r is r + 1; rows of one function
   * lie behind each other, and partitions of different functions share columns in time.
   */
  readonly start: Int32Array
  readonly count: Int32Array
  /** Why the last request was refused, as a word of `device/abi/placement.ts`. Empty between messages. */
  refusal = 0
  private readonly columns: number
  /** Partitions that a function may have. */
  private readonly most: number
  /** Nearest request that fits: start and count. Scratch of `refuse`. */
  private readonly nearest = new Int32Array(2)

  constructor(sim: Sim, facts: HostFacts) {
    this.columns = facts.device.columns
    this.most = facts.maxPartitions
    const rows = facts.maxPartitions * facts.functions.kinds.length
    this.start = sim.state.i32('management.partition.start', rows)
    this.count = sim.state.i32('management.partition.count', rows)
  }

  /** Whether a partition is there. */
  has(id: number): boolean {
    return id >= 1 && id <= this.count.length && this.count[id - 1] !== 0
  }

  /** Columns of a partition. */
  columnsOf(id: number): number {
    return this.has(id) ? this.count[id - 1] : 0
  }

  /** The function that a partition belongs to. */
  functionOf(id: number): number {
    return Math.floor((id - 1) / this.most)
  }

  /** Makes a partition of a function; returns its id, or 0 and says in `refusal` why not. */
  create(start: number, count: number, fn: number): number {
    const rule = this.ruleAgainst(start, count, fn)
    if (rule !== PlacementRule.none) {
      this.refuse(rule, start, count, fn)
      return 0
    }
    const row = this.freeRow(fn)
    this.start[row] = start
    this.count[row] = count
    return row + 1
  }

  /** Forgets a partition. */
  remove(id: number): void {
    this.count[id - 1] = 0
  }

  /** Plain view, for the app. */
  inspect(): readonly PartitionView[] {
    const views: PartitionView[] = []
    for (let i = 0; i < this.count.length; i++) {
      if (this.count[i] === 0) continue
      views.push({
        id: i + 1,
        fn: this.functionOf(i + 1),
        startColumn: this.start[i],
        columns: this.count[i],
      })
    }
    return views
  }

  /** The rule that refuses a request, or none. */
  private ruleAgainst(start: number, count: number, fn: number): number {
    if (count < 1) return PlacementRule.empty
    if (start + count > this.columns) return PlacementRule.outside
    if (this.overlapping(start, count, fn) !== 0) return PlacementRule.overlap
    return this.freeRow(fn) < 0 ? PlacementRule.partitionLimit : PlacementRule.none
  }

  /** A row of a function that is free, or -1. */
  private freeRow(fn: number): number {
    for (let i = fn * this.most; i < (fn + 1) * this.most; i++) if (this.count[i] === 0) return i
    return -1
  }

  /** The first partition of a function that shares a column with the range, 0 for none. */
  private overlapping(start: number, count: number, fn: number): number {
    for (let i = fn * this.most; i < (fn + 1) * this.most; i++) {
      const isThere = this.count[i] !== 0
      if (isThere && start < this.start[i] + this.count[i] && this.start[i] < start + count) {
        return i + 1
      }
    }
    return 0
  }

  private refuse(rule: number, start: number, count: number, fn: number): void {
    const { nearest } = this
    this.findNearest(start, count, fn)
    const isOverlap = rule === PlacementRule.overlap
    const who = isOverlap ? this.overlapping(start, count, fn) : this.most
    this.refusal = packRefusal(rule, who, nearest[0], nearest[1])
  }

  /** The legal request that is least away from one; ties go to more columns, then to a lower start. */
  private findNearest(start: number, count: number, fn: number): void {
    const { nearest } = this
    nearest.fill(0)
    let least = Infinity
    for (let c = this.columns; c >= 1; c--) {
      for (let s = 0; s + c <= this.columns; s++) {
        const away = Math.abs(s - start) + Math.abs(c - count)
        if (away >= least || this.ruleAgainst(s, c, fn) !== PlacementRule.none) continue
        least = away
        nearest[0] = s
        nearest[1] = c
      }
    }
  }
}
