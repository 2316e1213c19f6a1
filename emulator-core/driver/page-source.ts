/**
 * Page source: where the pages of a buffer come from, and what the device calls them.
 *
 *     share, cmd, heap ──▶ ┌────────────┐ ── pages ──▶ Dram: pageable memory, carveout, contiguous memory
 *                          │ PageSource │
 *                          └────────────┘ ── device address ──▶ none (PASID), IOVA, physical
 *
 * Faithful    which mode gives which address and when; the carveout is set once, best fit, cleared at allocation
 * Simplified  the pages of a buffer are contiguous in every mode; the carveout is part of host memory
 */
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { driverDomain } from '../soc/iommu.ts'
import type { Soc } from '../soc/soc.ts'
import { DriverEvent } from './events.ts'
import { Space } from './space.ts'

/** Where pages come from. */
export const Source = { pageable: 0, carveout: 1, contiguous: 2 } as const

/** Ranges of the carveout, and of device addresses where there are any. */
const nodes = 1024
const none = -1

/** Words of `carveout`: bytes (0: none), address. */
const Carveout = { bytes: 0, address: 1, count: 2 } as const

export class PageSource {
  private readonly carveout: Float64Array
  private readonly carved: Space
  private readonly iova: Space
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly soc: Soc

  constructor(sim: Sim, facts: HostFacts, soc: Soc) {
    this.sim = sim
    this.facts = facts
    this.soc = soc
    this.carveout = sim.state.f64('driver.carveout', Carveout.count)
    this.carved = new Space(sim, 'driver.carved', 1, nodes)
    const hasIova = facts.memory.addressing === 'iova'
    this.iova = new Space(sim, 'driver.iova', 1, hasIova ? nodes : 1)
    this.iova.setUp(0, facts.pageBytes, facts.memory.iovaTop)
  }

  /** Whether the device uses the map of each process. */
  get hasPasid(): boolean {
    return this.facts.memory.addressing === 'pasid'
  }

  /** Whether memory was carved out. */
  get hasCarveout(): boolean {
    return this.carveout[Carveout.bytes] > 0
  }

  /** The carveout as its debug file reads: size and address, both 0 without one. */
  get carveoutText(): string {
    const hex = (value: number): string => `0x${value.toString(16)}`
    return `${hex(this.carveout[Carveout.bytes])}@${hex(this.carveout[Carveout.address])}`
  }

  /** Carves memory out, once; false when host memory does not have it free. */
  carve(bytes: number, address: number): boolean {
    const { pageBytes } = this.facts
    const { dram } = this.soc
    if (!dram.reserveAt(address / pageBytes, bytes / pageBytes)) return false
    dram.commit(address / pageBytes, bytes / pageBytes)
    this.carveout[Carveout.bytes] = bytes
    this.carveout[Carveout.address] = address
    this.carved.setUp(0, address, address + bytes)
    return true
  }

  /** Where pages asked for now would come from. */
  sourceNow(): number {
    if (this.hasCarveout) return Source.carveout
    return this.facts.memory.cma ? Source.contiguous : Source.pageable
  }

  /** Sets pages aside; the first page, or -1. `node` tells the carveout's record. */
  take(source: number, pages: number, alignment: number): number {
    const { pageBytes } = this.facts
    const { dram } = this.soc
    if (source !== Source.carveout) {
      const page = pages <= dram.pageCount ? dram.reserve(pages) : none
      if (page >= 0 && source === Source.contiguous) dram.commit(page, pages)
      return page
    }
    const node = this.carved.bestFit(0, pages * pageBytes, Math.max(pageBytes, alignment))
    if (node < 0) return none
    const at = this.carved.startOf(node)
    this.soc.cpu.drop(at, pages * pageBytes)
    dram.memory.fill(at, 0, pages * pageBytes)
    this.sim.trace.emit(DriverEvent.cleared, node, pages, 0)
    return at / pageBytes
  }

  /** Gives pages back; nobody clears them. */
  give(source: number, page: number, pages: number): void {
    if (source === Source.carveout)
      this.carved.free(this.carved.nodeAt(0, page * this.facts.pageBytes))
    else this.soc.dram.release(page, pages)
  }

  /**
   * Obtains pages and maps them for the device, where it has no map of the process; the device address, or -1
   * when there is no room. `pages` lie at `pageOf(i)`.
   */
  mapForDevice(
    pages: number,
    pageOf: (i: number) => number,
    isHeap: boolean,
    writable: boolean,
  ): number {
    const { pageBytes, memory } = this.facts
    const { dram, iommu } = this.soc
    for (let i = 0; i < pages; i++) dram.commit(pageOf(i), 1)
    if (memory.addressing === 'physical') return pageOf(0) * pageBytes
    const bytes = pages * pageBytes
    let alignment = pageBytes
    while (isHeap && alignment < bytes) alignment *= 2
    const node = this.iova.fromTop(0, bytes, alignment)
    if (node < 0) return none
    const at = this.iova.startOf(node)
    for (let i = 0; i < pages;) {
      let run = 1
      while (i + run < pages && pageOf(i + run) === pageOf(i) + run) run++
      if (!iommu.map(driverDomain, at + i * pageBytes, run, pageOf(i), writable)) {
        this.unmapForDevice(at, i)
        return none
      }
      i += run
    }
    return at
  }

  /** Takes the device's map of a buffer away. */
  unmapForDevice(address: number, pages: number): void {
    if (this.facts.memory.addressing !== 'iova') return
    this.soc.iommu.unmapRange(driverDomain, address, pages)
    this.iova.free(this.iova.nodeAt(0, address))
  }
}
