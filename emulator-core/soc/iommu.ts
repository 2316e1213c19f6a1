/**
 * IOMMU: turns the addresses a process and its device contexts use into places in host memory, one map per PASID
 * of each function and one of the driver's own for requests without a PASID. A PASID here is a requester of
 * device/functions.ts: the PASIDs of two functions are different owners.
 *
 *     driver ── map, unmap ────▶ ┌───────┐ ── physical address ──▶ Dram
 *     DeviceMap ── translate ──▶ │ Iommu │
 *                                └───────┘ ── fault with address, owner and rule when it may not be
 *
 * Faithful    a device access needs a mapping of its owner, a page that has been handed out, and leave to write
 * Simplified  maps are ranges of pages, not trees; a translation takes no time
 */
import { functionOfRequester, pasidOfRequester, vfOfFunction } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { assert } from '../sim/assert.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import type { Dram } from './dram.ts'
import { SocEvent, SocFault } from './events.ts'

const capacity = 2048
const keptFaults = 64

/** The owner of mappings for requests that carry no PASID. */
export const driverDomain = 0
const hints = 64
const never = -1

/** One mapped range, for inspection. */
export interface MappedRange {
  readonly pasid: number
  readonly address: number
  readonly pages: number
  readonly physicalPage: number
  readonly present: number
  readonly writable: boolean
  /** When the device last read and wrote there, -1 for never. */
  readonly readAt: Tick
  readonly wroteAt: Tick
  /** The kernel has moved its pages; it must be faulted in again. */
  readonly isInvalid: boolean
}

/** A failed device access, for people. */
export interface TranslationFault {
  /** The PASID, 0 for requests without one. */
  readonly owner: number
  readonly address: number
  readonly write: boolean
  /** A code of `SocFault`. */
  readonly code: number
  /** What forbids it. */
  readonly rule: string
}

/** Why an access fails, by code. */
const rules: Readonly<Record<number, string>> = {
  [SocFault.noMapping]: 'no mapping covers the address',
  [SocFault.notPresent]: 'the page has not been handed out',
  [SocFault.readOnly]: 'the mapping is read-only',
  [SocFault.notAnnounced]: 'no chunk of the device heap was announced to the firmware there',
  [SocFault.invalidated]: 'the kernel has moved the pages and nobody has faulted them in again',
}

/** The rule that a translation fault broke. */
export function ruleOf(code: number): string {
  return rules[code] ?? 'the access is not allowed'
}

export class Iommu {
  private readonly sim: Sim
  private readonly dram: Dram
  private readonly pageBytes: number
  /** Owner of a range: a PASID, or 0 for the driver's own map. A row without pages is free. */
  private readonly pasid: Int32Array
  /** First virtual page number; 35 bits. */
  private readonly first: Float64Array
  private readonly pages: Int32Array
  private readonly physical: Int32Array
  private readonly writable: Uint8Array
  /** When the device last read and wrote there. */
  private readonly readAt: Float64Array
  private readonly wroteAt: Float64Array
  private readonly invalid: Uint8Array
  /** [rows in use at most, faults so far] */
  private readonly counts: Int32Array
  private readonly faultAddress: Float64Array
  /** [owner, code, 1 for a write] of recent faults. */
  private readonly faultWords: Int32Array
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
    this.readAt = sim.state.f64('soc.iommu.readAt', capacity)
    this.wroteAt = sim.state.f64('soc.iommu.wroteAt', capacity)
    this.invalid = sim.state.u8('soc.iommu.invalid', capacity)
    this.counts = sim.state.i32('soc.iommu.counts', 2)
    this.faultWords = sim.state.i32('soc.iommu.faultWords', keptFaults * 3)
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
      pages > 0 && address % this.pageBytes === 0,
      'a mapping needs pages and an aligned address',
    )
    let row = 0
    while (row < this.counts[0] && this.pages[row] !== 0) row++
    if (row === capacity) return false
    this.pasid[row] = pasid
    this.first[row] = address / this.pageBytes
    this.pages[row] = pages
    this.physical[row] = physicalPage
    this.writable[row] = writable ? 1 : 0
    this.readAt[row] = never
    this.wroteAt[row] = never
    this.invalid[row] = 0
    if (row === this.counts[0]) this.counts[0]++
    return true
  }

  /** Takes the range that starts at `address` out of the map. */
  unmap(pasid: number, address: number): void {
    const row = this.find(pasid, address / this.pageBytes)
    if (row >= 0) this.pages[row] = 0
  }

  /** Takes every range that starts within `pages` pages from an address out of the map. */
  unmapRange(pasid: number, address: number, pages: number): void {
    const from = address / this.pageBytes
    for (let row = 0; row < this.counts[0]; row++) {
      const isInside = this.first[row] >= from && this.first[row] < from + pages
      if (this.pasid[row] === pasid && isInside) this.pages[row] = 0
    }
  }

  /** Forgets everything a PASID has mapped. */
  unmapAll(pasid: number): void {
    for (let row = 0; row < this.counts[0]; row++) {
      if (this.pasid[row] === pasid) this.pages[row] = 0
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

  /** The same for an access of the device: the range is noted as used, and one whose pages moved is no use. */
  deviceTranslate(pasid: number, address: number, write: boolean): number {
    const physical = this.translate(pasid, address, write)
    if (physical < 0) return physical
    const row = this.find(pasid, Math.floor(address / this.pageBytes))
    if (this.invalid[row] !== 0) return -SocFault.invalidated
    if (write) this.wroteAt[row] = this.sim.schedule.now
    else this.readAt[row] = this.sim.schedule.now
    return physical
  }

  /** When the device last wrote (or read) the range that covers an address, -1 for never. */
  lastUse(pasid: number, address: number, write: boolean): Tick {
    const row = this.find(pasid, Math.floor(address / this.pageBytes))
    if (row < 0) return never
    return write ? this.wroteAt[row] : this.readAt[row]
  }

  /** The pages behind a range have moved: the device may not use it before it is valid again. */
  move(pasid: number, address: number, physicalPage: number): void {
    const row = this.find(pasid, address / this.pageBytes)
    this.physical[row] = physicalPage
    this.invalid[row] = 1
  }

  /** Faults a range in again. */
  validate(pasid: number, address: number): void {
    const row = this.find(pasid, Math.floor(address / this.pageBytes))
    if (row >= 0) this.invalid[row] = 0
  }

  /** Makes the range that starts at an address read-only, or writable again. */
  protect(pasid: number, address: number, writable: boolean): boolean {
    const row = this.find(pasid, address / this.pageBytes)
    if (row < 0) return false
    this.writable[row] = writable ? 1 : 0
    return true
  }

  /** Whether the range that covers an address may be written. */
  isWritable(pasid: number, address: number): boolean {
    const row = this.find(pasid, Math.floor(address / this.pageBytes))
    return row >= 0 && this.writable[row] !== 0
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
  fault(code: number, pasid: number, address: number, write: boolean): void {
    const at = this.counts[1]++ % keptFaults
    this.faultAddress[at] = address
    this.faultWords[at * 3] = pasid
    this.faultWords[at * 3 + 1] = code
    this.faultWords[at * 3 + 2] = write ? 1 : 0
    this.sim.faults.raise(code, pasid, at)
    this.sim.trace.emit(SocEvent.translationFault, pasid, at, code)
  }

  /** A failed access in a sentence: who, where, which rule; undefined for a fault that is no translation fault. */
  explain(code: number, owner: number, detail: number): string | undefined {
    if (rules[code] === undefined) return undefined
    const at = detail % keptFaults
    const pasid = pasidOfRequester(owner)
    const fn = functionOfRequester(owner)
    const whose = fn === 0 ? '' : ` of VF ${vfOfFunction(fn)}`
    const who = owner === driverDomain ? 'without a PASID' : `of PASID ${pasid}${whose}`
    const what = this.faultWords[at * 3 + 2] === 0 ? 'read' : 'write'
    const where = `0x${this.faultAddress[at].toString(16)}`
    return `A device ${what} ${who} at host address ${where} failed: ${ruleOf(code)}.`
  }

  /** Recent failed accesses, oldest first. */
  recentFaults(): readonly TranslationFault[] {
    const from = Math.max(0, this.counts[1] - keptFaults)
    return Array.from({ length: this.counts[1] - from }, (_, i) => {
      const at = (from + i) % keptFaults
      const code = this.faultWords[at * 3 + 1]
      return {
        owner: this.faultWords[at * 3],
        address: this.faultAddress[at],
        write: this.faultWords[at * 3 + 2] !== 0,
        code,
        rule: ruleOf(code),
      }
    })
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
      if (this.pages[row] === 0) continue
      ranges.push({
        pasid: this.pasid[row],
        address: this.first[row] * this.pageBytes,
        pages: this.pages[row],
        physicalPage: this.physical[row],
        present: this.dram.committedIn(this.physical[row], this.pages[row]),
        writable: this.writable[row] !== 0,
        readAt: this.readAt[row],
        wroteAt: this.wroteAt[row],
        isInvalid: this.invalid[row] !== 0,
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
