/**
 * IOMMU: turns the addresses a process and its device contexts use into places in host memory, one map per PASID.
 *
 *     driver ── map, unmap ──▶ ┌───────┐ ── physical address ──▶ Dram
 *     bus ── translate ──────▶ │ Iommu │
 *                              └───────┘ ── fault with address and owner when nothing is there
 *
 * Faithful    a device access needs a mapping of its PASID and a page that has been handed out
 * Simplified  maps are ranges of pages, not trees; a translation takes no time
 */
import type { HostFacts } from '../device/host-facts.ts'
import { assert } from '../sim/assert.ts'
import type { Sim } from '../sim/sim.ts'
import type { Dram } from './dram.ts'
import { SocEvent, SocFault } from './events.ts'

const capacity = 2048
const keptFaults = 64
const hints = 64

/** One mapped range, for inspection. */
export interface MappedRange {
  readonly pasid: number
  readonly address: number
  readonly pages: number
  readonly physicalPage: number
  readonly present: number
  readonly writable: boolean
}

export class Iommu {
  private readonly sim: Sim
  private readonly dram: Dram
  private readonly pageBytes: number
  /** PASID of a range, 0 when the row is free. */
  private readonly pasid: Int32Array
  /** First virtual page number; 35 bits. */
  private readonly first: Float64Array
  private readonly pages: Int32Array
  private readonly physical: Int32Array
  private readonly writable: Uint8Array
  /** [rows in use at most, faults so far] */
  private readonly counts: Int32Array
  private readonly faultAddress: Float64Array
  /** Rows found last, by low page bits. A cache: every use checks the row. */
  private readonly hint = new Int32Array(hints)

  constructor(sim: Sim, facts: HostFacts, dram: Dram) {
    this.sim = sim
    this.dram = dram
    this.pageBytes = facts.pageBytes
    this.pasid = sim.state.i32('soc.iommu.pasid', capacity)
    this.first = sim.state.f64('soc.iommu.first', capacity)
    this.pages = sim.state.i32('soc.iommu.pages', capacity)
    this.physical = sim.state.i32('soc.iommu.physical', capacity)
    this.writable = sim.state.u8('soc.iommu.writable', capacity)
    this.counts = sim.state.i32('soc.iommu.counts', 2)
    this.faultAddress = sim.state.f64('soc.iommu.faultAddress', keptFaults)
  }

  /** Maps `pages` pages at a page-aligned address; false when the table is full. */
  map(
    pasid: number,
    address: number,
    pages: number,
    physicalPage: number,
    writable: boolean,
  ): boolean {
    assert(
      pasid > 0 && address % this.pageBytes === 0,
      'a mapping needs an owner and an aligned address',
    )
    let row = 0
    while (row < this.counts[0] && this.pasid[row] !== 0) row++
    if (row === capacity) return false
    this.pasid[row] = pasid
    this.first[row] = address / this.pageBytes
    this.pages[row] = pages
    this.physical[row] = physicalPage
    this.writable[row] = writable ? 1 : 0
    if (row === this.counts[0]) this.counts[0]++
    return true
  }

  /** Takes the range that starts at `address` out of the map. */
  unmap(pasid: number, address: number): void {
    const row = this.find(pasid, address / this.pageBytes)
    if (row >= 0) this.pasid[row] = 0
  }

  /** Forgets everything a PASID has mapped. */
  unmapAll(pasid: number): void {
    for (let row = 0; row < this.counts[0]; row++) {
      if (this.pasid[row] === pasid) this.pasid[row] = 0
    }
  }

  /**
   * The physical address behind a device address, or a negative number: minus a fault code when there is no
   * mapping, when the page is not handed out, or when it may not be written.
   */
  translate(pasid: number, address: number, write: boolean): number {
    const page = Math.floor(address / this.pageBytes)
    const row = this.find(pasid, page)
    if (row < 0) return -SocFault.noMapping
    if (write && this.writable[row] === 0) return -SocFault.readOnly
    const physical = this.physical[row] + (page - this.first[row])
    if (!this.dram.isCommitted(physical)) return -SocFault.notPresent
    return physical * this.pageBytes + (address - page * this.pageBytes)
  }

  /** Physical page number of a mapped address whether or not it is handed out; -1 without a mapping. */
  physicalPageOf(pasid: number, address: number): number {
    const page = Math.floor(address / this.pageBytes)
    const row = this.find(pasid, page)
    return row < 0 ? -1 : this.physical[row] + (page - this.first[row])
  }

  /** Bytes from `address`, at most `count`, that lie in one mapped range on pages handed out. */
  contiguous(pasid: number, address: number, count: number): number {
    const page = Math.floor(address / this.pageBytes)
    const inPage = address - page * this.pageBytes
    if (inPage + count <= this.pageBytes) return count
    const row = this.find(pasid, page)
    if (row < 0) return 0
    const ahead = page - this.first[row]
    const wanted = Math.min(this.pages[row] - ahead, Math.ceil((inPage + count) / this.pageBytes))
    const run = this.dram.committedRun(this.physical[row] + ahead, wanted)
    return Math.min(count, run * this.pageBytes - inPage)
  }

  /** Reports a failed device access; `code` is what `translate` answered, negated. */
  fault(code: number, pasid: number, address: number): void {
    const at = this.counts[1]++ % keptFaults
    this.faultAddress[at] = address
    this.sim.faults.raise(code, pasid, at)
    this.sim.trace.emit(SocEvent.translationFault, pasid, at, 0)
  }

  /** Number of failed device accesses so far. */
  get faultCount(): number {
    return this.counts[1]
  }

  /** The address of a recent translation fault by the detail that the fault record carries. */
  faultAddressOf(detail: number): number {
    return this.faultAddress[detail % keptFaults]
  }

  /** The map, for the app. */
  inspect(): readonly MappedRange[] {
    const ranges: MappedRange[] = []
    for (let row = 0; row < this.counts[0]; row++) {
      if (this.pasid[row] === 0) continue
      ranges.push({
        pasid: this.pasid[row],
        address: this.first[row] * this.pageBytes,
        pages: this.pages[row],
        physicalPage: this.physical[row],
        present: this.dram.committedIn(this.physical[row], this.pages[row]),
        writable: this.writable[row] !== 0,
      })
    }
    return ranges
  }

  private find(pasid: number, page: number): number {
    const key = page % hints
    const hinted = this.hint[key]
    if (this.covers(hinted, pasid, page)) return hinted
    const rows = this.counts[0]
    for (let row = 0; row < rows; row++) {
      if (!this.covers(row, pasid, page)) continue
      this.hint[key] = row
      return row
    }
    return -1
  }

  private covers(row: number, pasid: number, page: number): boolean {
    return (
      this.pasid[row] === pasid &&
      page >= this.first[row] &&
      page < this.first[row] + this.pages[row]
    )
  }
}
