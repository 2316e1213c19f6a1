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
  readonly startColumn: number
  readonly columns: number
}

export class Partitions {
  /** First column and columns by row; a row without columns is free. The id of row r is r + 1. */
  readonly start: Int32Array
  readonly count: Int32Array
  /** Why the last request was refused, as a word of `device/abi/placement.ts`. Empty between messages. */
  refusal = 0
  private readonly columns: number
  /** Nearest request that fits: start and count. Scratch of `refuse`. */
  private readonly nearest = new Int32Array(2)

  constructor(sim: Sim, facts: HostFacts) {
    this.columns = facts.device.columns
    this.start = sim.state.i32('management.partition.start', facts.maxPartitions)
    this.count = sim.state.i32('management.partition.count', facts.maxPartitions)
  }

  /** Whether a partition is there. */
  has(id: number): boolean {
    return id >= 1 && id <= this.count.length && this.count[id - 1] !== 0
  }

  /** Columns of a partition. */
  columnsOf(id: number): number {
    return this.has(id) ? this.count[id - 1] : 0
  }

  /** Makes a partition; returns its id, or 0 and says in `refusal` why not. */
  create(start: number, count: number): number {
    const rule = this.ruleAgainst(start, count)
    if (rule !== PlacementRule.none) {
      this.refuse(rule, start, count)
      return 0
    }
    const row = this.count.indexOf(0)
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
      views.push({ id: i + 1, startColumn: this.start[i], columns: this.count[i] })
    }
    return views
  }

  /** The rule that refuses a request, or none. */
  private ruleAgainst(start: number, count: number): number {
    if (count < 1) return PlacementRule.empty
    if (start + count > this.columns) return PlacementRule.outside
    if (this.overlapping(start, count) !== 0) return PlacementRule.overlap
    return this.count.indexOf(0) < 0 ? PlacementRule.partitionLimit : PlacementRule.none
  }

  /** The first partition that shares a column with the range, 0 for none. */
  private overlapping(start: number, count: number): number {
    for (let i = 0; i < this.count.length; i++) {
      const isThere = this.count[i] !== 0
      if (isThere && start < this.start[i] + this.count[i] && this.start[i] < start + count) {
        return i + 1
      }
    }
    return 0
  }

  private refuse(rule: number, start: number, count: number): void {
    const { nearest } = this
    this.findNearest(start, count)
    const isOverlap = rule === PlacementRule.overlap
    const who = isOverlap ? this.overlapping(start, count) : this.count.length
    this.refusal = packRefusal(rule, who, nearest[0], nearest[1])
  }

  /** The legal request that is least away from one; ties go to more columns, then to a lower start. */
  private findNearest(start: number, count: number): void {
    const { nearest } = this
    nearest.fill(0)
    let least = Infinity
    for (let c = this.columns; c >= 1; c--) {
      for (let s = 0; s + c <= this.columns; s++) {
        const away = Math.abs(s - start) + Math.abs(c - count)
        if (away >= least || this.ruleAgainst(s, c) !== PlacementRule.none) continue
        least = away
        nearest[0] = s
        nearest[1] = c
      }
    }
  }
}
