/**
 * Host memory: pages that the kernel hands to buffers, with the bytes they hold.
 *
 *     driver ── reserve, commit, release ──▶ ┌──────┐ ◀── bytes ── IOMMU (device), kernel (CPU)
 *                                            │ Dram │
 *                                            └──────┘
 *
 * Faithful    a page reads as zero when it is handed out; a page not handed out yet cannot be read
 * Simplified  the pages of one reservation are contiguous; physical addresses start at 0
 */
import type { HostFacts } from '../device/host-facts.ts'
import type { PagedMemory } from '../sim/memory.ts'
import type { Sim } from '../sim/sim.ts'
import type { CpuCache } from './cpu-cache.ts'

const maxExtents = 4096

export class Dram {
  /** The bytes, by physical address. */
  readonly memory: PagedMemory
  readonly pageBytes: number
  readonly pageCount: number
  /** Free extents by rising first page. */
  private readonly start: Int32Array
  private readonly length: Int32Array
  /** [number of free extents, pages reserved, pages committed] */
  private readonly counts: Int32Array
  /** One bit per page: handed out. */
  private readonly committed: Int32Array
  private readonly cpu: CpuCache

  constructor(sim: Sim, facts: HostFacts, memory: PagedMemory, cpu: CpuCache) {
    this.memory = memory
    this.cpu = cpu
    this.pageBytes = facts.pageBytes
    this.pageCount = facts.dramBytes / facts.pageBytes
    this.start = sim.state.i32('soc.dram.freeStart', maxExtents)
    this.length = sim.state.i32('soc.dram.freeLength', maxExtents)
    this.counts = sim.state.i32('soc.dram.counts', 3)
    this.committed = sim.state.i32('soc.dram.committed', this.pageCount >> 5)
    this.length[0] = this.pageCount
    this.counts[0] = 1
  }

  /** Sets `pages` contiguous pages aside; returns the first page's number, or -1 when there is no room. */
  reserve(pages: number): number {
    const extents = this.counts[0]
    for (let i = 0; i < extents; i++) {
      if (this.length[i] < pages) continue
      const page = this.start[i]
      this.start[i] += pages
      this.length[i] -= pages
      if (this.length[i] === 0) this.removeExtent(i)
      this.counts[1] += pages
      return page
    }
    return -1
  }

  /** Sets pages aside as high as they fit, their first one a multiple of `align`; returns it, or -1. */
  reserveHigh(pages: number, align: number): number {
    for (let i = this.counts[0]! - 1; i >= 0; i--) {
      const last = this.start[i]! + this.length[i]! - pages
      const page = last - (last % align)
      if (page >= this.start[i]! && this.reserveAt(page, pages)) return page
    }
    return -1
  }

  /** Sets given pages aside; false when one of them is taken or does not exist. */
  reserveAt(page: number, pages: number): boolean {
    const extents = this.counts[0]
    for (let i = 0; i < extents; i++) {
      const end = this.start[i] + this.length[i]
      if (page < this.start[i] || page + pages > end) continue
      if (page > this.start[i] && page + pages < end && extents === maxExtents) return false
      this.takeOut(i, page, pages)
      this.counts[1] += pages
      return true
    }
    return false
  }

  /** Gives reserved pages back, handed out or not. */
  release(page: number, pages: number): void {
    for (let p = page; p < page + pages; p++) {
      if (!this.isCommitted(p)) continue
      this.committed[p >> 5] &= ~(1 << (p & 31))
      this.counts[2]--
    }
    this.counts[1] -= pages
    const extents = this.counts[0]
    let i = 0
    while (i < extents && this.start[i] < page) i++
    const joinsBefore = i > 0 && this.start[i - 1] + this.length[i - 1] === page
    const joinsAfter = i < extents && page + pages === this.start[i]
    if (joinsBefore) {
      this.length[i - 1] += pages + (joinsAfter ? this.length[i] : 0)
      if (joinsAfter) this.removeExtent(i)
    } else if (joinsAfter) {
      this.start[i] = page
      this.length[i] += pages
    } else {
      this.start.copyWithin(i + 1, i, extents)
      this.length.copyWithin(i + 1, i, extents)
      this.start[i] = page
      this.length[i] = pages
      this.counts[0]++
    }
  }

  /** Hands out the pages of a range that are not handed out yet, zeroed; returns how many there were. */
  commit(page: number, pages: number): number {
    let fresh = 0
    for (let p = page; p < page + pages; p++) {
      if (this.isCommitted(p)) continue
      this.committed[p >> 5] |= 1 << (p & 31)
      this.cpu.drop(p * this.pageBytes, this.pageBytes)
      this.memory.fill(p * this.pageBytes, 0, this.pageBytes)
      fresh++
    }
    this.counts[2] += fresh
    return fresh
  }

  /** Whether a page is handed out. */
  isCommitted(page: number): boolean {
    return (this.committed[page >> 5] & (1 << (page & 31))) !== 0
  }

  /** How many of the pages from `page`, at most `pages`, are handed out without a gap. */
  committedRun(page: number, pages: number): number {
    let run = 0
    while (run < pages && this.isCommitted(page + run)) run++
    return run
  }

  /** Number of handed-out pages in a range. */
  committedIn(page: number, pages: number): number {
    let count = 0
    for (let p = page; p < page + pages; p++) if (this.isCommitted(p)) count++
    return count
  }

  /** Pages set aside. */
  get reservedPages(): number {
    return this.counts[1]
  }

  /** Pages handed out. */
  get committedPages(): number {
    return this.counts[2]
  }

  /** Takes pages out of a free extent that has them. */
  private takeOut(i: number, page: number, pages: number): void {
    const before = page - this.start[i]
    const after = this.start[i] + this.length[i] - page - pages
    if (before > 0) this.length[i] = before
    if (after === 0) {
      if (before === 0) this.removeExtent(i)
      return
    }
    if (before > 0) {
      const extents = this.counts[0]++
      this.start.copyWithin(i + 2, i + 1, extents)
      this.length.copyWithin(i + 2, i + 1, extents)
      i++
    }
    this.start[i] = page + pages
    this.length[i] = after
  }

  private removeExtent(i: number): void {
    const extents = this.counts[0]
    this.start.copyWithin(i, i + 1, extents)
    this.length.copyWithin(i, i + 1, extents)
    this.counts[0]--
  }
}
