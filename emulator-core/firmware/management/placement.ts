/**
 * Placement: which columns a context gets, and who holds each half column now.
 *
 *     TimeSharing ── find, take, free ──▶ ┌───────────┐ ── reset ──▶ array
 *                                         └───────────┘ owner per half column
 *
 * Modelled    lowest start column with enough free adjacent columns inside the partition; contexts of half a column
 *             pair on one, the first takes half A; memories are cleared when another process comes
 * Simplified  two halves share their tiles, so a half whose neighbour is taken is not reset
 */
import type { HostFacts } from '../../device/host-facts.ts'
import { describe } from '../../device/profiles.ts'
import type { Sim } from '../../sim/sim.ts'
import type { TileReset } from './connections.ts'
import type { ContextTable } from './context-table.ts'
import { Half, Residence } from './context-table.ts'
import type { Partitions } from './partitions.ts'

const free = -1
const kib = 1024

export class Placement {
  /** Owner of each half column: index 2·column + (0 for A, 1 for B). */
  readonly owner: Int32Array
  /** Last process on each half column. */
  private readonly lastPasid: Int32Array
  /** KiB that those who left a half column have saved, until the next one pays for it. */
  private readonly savedKib: Float64Array
  private readonly facts: HostFacts
  private readonly table: ContextTable
  private readonly partitions: Partitions
  private readonly tiles: TileReset
  private readonly halfKib: number

  constructor(
    sim: Sim,
    facts: HostFacts,
    table: ContextTable,
    partitions: Partitions,
    tiles: TileReset,
  ) {
    this.facts = facts
    this.table = table
    this.partitions = partitions
    this.tiles = tiles
    const { columns } = facts.device
    this.owner = sim.state.i32('management.column.owner', columns * 2).fill(free)
    this.lastPasid = sim.state.i32('management.column.lastPasid', columns * 2)
    this.savedKib = sim.state.f64('management.column.saved', columns * 2)
    const device = describe(facts.profile)
    this.halfKib = (device.mem.dmBytes * device.rows.mem) / kib / 2
  }

  /** Columns that so many tiles take. */
  columnsOf(numTiles: number): number {
    return Math.ceil(numTiles / this.facts.tilesPerColumn)
  }

  /** Columns that a context takes. */
  widthOf(c: number): number {
    return this.columnsOf(this.table.numTiles[c])
  }

  /** The last column at which a context can begin. */
  lastStartOf(c: number): number {
    const part = this.table.partition[c] - 1
    return this.partitions.start[part] + this.partitions.count[part] - this.widthOf(c)
  }

  /** The first column at which a context can begin. */
  firstStartOf(c: number): number {
    return this.partitions.start[this.table.partition[c] - 1]
  }

  /** Bits of the half columns of `width` columns from `start`. */
  maskOf(start: number, width: number): number {
    return (2 ** (2 * width) - 1) * 2 ** (2 * start)
  }

  /** Gives a context free columns; halves in `reserved` count as taken. False when none fit. */
  take(c: number, reserved: number): boolean {
    if (this.facts.device.ucsPerColumn === 0 && !this.controllerIsFree(c)) return false
    const width = this.widthOf(c)
    const last = this.lastStartOf(c)
    for (let start = this.firstStartOf(c); start <= last; start++) {
      const half = this.freeHalf(c, start, width, reserved)
      if (half < 0) continue
      this.grant(c, start, width, half)
      return true
    }
    return false
  }

  /** Takes a context's half columns back; `saved` when its memories went to host memory before. */
  release(c: number, saved: boolean): void {
    for (let i = 0; i < this.owner.length; i++) {
      if (this.owner[i] !== c) continue
      this.owner[i] = free
      if (saved) this.savedKib[i] += this.halfKib
    }
  }

  /** KiB of memory that a context saves when it leaves at a preemption point. */
  kibOf(c: number): number {
    return this.halfKib * (this.table.half[c] === Half.both ? 2 * this.table.width[c] : 1)
  }

  /** KiB that were saved out of the columns of a context to make room for it; asked once, when it comes. */
  takeSaved(c: number): number {
    let sum = 0
    for (let i = 0; i < this.owner.length; i++) {
      if (this.owner[i] !== c) continue
      sum += this.savedKib[i]
      this.savedKib[i] = 0
    }
    return sum
  }

  private controllerIsFree(c: number): boolean {
    const { table } = this
    for (let other = 0; other < table.count; other++) {
      if (other !== c && table.used[other] !== 0 && table.residence[other] !== Residence.off) {
        return false
      }
    }
    return true
  }

  /** What of `width` columns from `start` the context could take: a `Half`, or -1. */
  private freeHalf(c: number, start: number, width: number, reserved: number): number {
    if ((this.maskOf(start, width) & reserved) !== 0) return -1
    if (this.table.numTiles[c] < this.facts.tilesPerColumn) {
      if (this.owner[2 * start] === free) return Half.a
      return this.owner[2 * start + 1] === free ? Half.b : -1
    }
    for (let i = 2 * start; i < 2 * (start + width); i++) if (this.owner[i] !== free) return -1
    return Half.both
  }

  private grant(c: number, start: number, width: number, half: number): void {
    const { table } = this
    table.start[c] = start
    table.width[c] = width
    table.half[c] = half
    const pasid = table.pasid[c]
    let isForeign = false
    let isAlone = true
    for (let i = 2 * start; i < 2 * (start + width); i++) {
      if (this.owner[i] !== free) isAlone = false
      if (this.lastPasid[i] !== 0 && this.lastPasid[i] !== pasid) isForeign = true
    }
    for (let i = 2 * start; i < 2 * (start + width); i++) {
      const isOwn = half === Half.both || half === (i & 1) + 1
      if (isOwn) this.owner[i] = c
      if (isOwn || isAlone) this.lastPasid[i] = pasid
    }
    if (isAlone) this.tiles.reset(start, width, isForeign)
  }
}
