/**
 * Memory bus: how something on the die reads and writes host memory through the map of a PASID.
 *
 *     uC, management firmware, shim DMA ── read, write ──▶ MemoryBus ──▶ Iommu ──▶ Dram
 *
 * Every access that fails leaves one fault with its address and owner and answers false (or -1).
 * A failed burst has moved everything before the page that failed.
 */
import type { Dram } from './dram.ts'
import type { Iommu } from './iommu.ts'

export interface MemoryBus {
  /** Copies `count` bytes from a device address into `target` at `at`. */
  read(pasid: number, address: number, target: Uint8Array, at: number, count: number): boolean
  /** Copies `count` bytes of `source` from `at` to a device address. */
  write(pasid: number, address: number, source: Uint8Array, at: number, count: number): boolean
  /** The word at a 4-aligned device address, or -1 when the access fails. */
  read32(pasid: number, address: number): number
  /** Stores a word at a 4-aligned device address. */
  write32(pasid: number, address: number, value: number): boolean
}

class IommuBus implements MemoryBus {
  private readonly iommu: Iommu
  private readonly dram: Dram
  /** What callers add to a host address; taken off before translation. */
  private readonly offset: number

  constructor(iommu: Iommu, dram: Dram, offset: number) {
    this.iommu = iommu
    this.dram = dram
    this.offset = offset
  }

  read(pasid: number, address: number, target: Uint8Array, at: number, count: number): boolean {
    let from = address - this.offset
    while (count > 0) {
      const physical = this.translate(pasid, from, false)
      if (physical < 0) return false
      const run = this.iommu.contiguous(pasid, from, count)
      this.dram.memory.read(physical, target, at, run)
      from += run
      at += run
      count -= run
    }
    return true
  }

  write(pasid: number, address: number, source: Uint8Array, at: number, count: number): boolean {
    let to = address - this.offset
    while (count > 0) {
      const physical = this.translate(pasid, to, true)
      if (physical < 0) return false
      const run = this.iommu.contiguous(pasid, to, count)
      this.dram.memory.write(physical, source, at, run)
      to += run
      at += run
      count -= run
    }
    return true
  }

  read32(pasid: number, address: number): number {
    const physical = this.translate(pasid, address - this.offset, false)
    return physical < 0 ? -1 : this.dram.memory.read32(physical)
  }

  write32(pasid: number, address: number, value: number): boolean {
    const physical = this.translate(pasid, address - this.offset, true)
    if (physical < 0) return false
    this.dram.memory.write32(physical, value)
    return true
  }

  private translate(pasid: number, address: number, write: boolean): number {
    const physical = this.iommu.translate(pasid, address, write)
    if (physical < 0) this.iommu.fault(-physical, pasid, address)
    return physical
  }
}

/** A bus whose callers use host addresses plus `offset`. */
export function createMemoryBus(iommu: Iommu, dram: Dram, offset: number): MemoryBus {
  return new IommuBus(iommu, dram, offset)
}
