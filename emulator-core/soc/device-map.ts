/**
 * Device map: from the address something on the die puts on the bus to a place in host memory.
 *
 *     bus ──▶ heap address? ── Windows ──┐
 *        └──▶ host address ──────────────┴──▶ Iommu ──▶ physical address, or a rule that forbids it
 *
 * Faithful    which of the address modes translates by what; heap addresses go through what was announced
 * Simplified  a translation takes no time
 */
import type { HostFacts } from '../device/host-facts.ts'
import type { Dram } from './dram.ts'
import { SocFault } from './events.ts'
import type { Iommu } from './iommu.ts'
import { driverDomain } from './iommu.ts'
import type { Windows } from './windows.ts'

export class DeviceMap {
  private readonly iommu: Iommu
  private readonly windows: Windows
  private readonly dram: Dram
  private readonly isPhysical: boolean

  constructor(facts: HostFacts, dram: Dram, iommu: Iommu, windows: Windows) {
    this.dram = dram
    this.iommu = iommu
    this.windows = windows
    this.isPhysical = facts.memory.addressing === 'physical'
  }

  /** The physical address behind a device address, or minus the code of the fault that it is. */
  translate(requester: number, address: number, write: boolean): number {
    const isHeap = this.windows.covers(address)
    const host = isHeap ? this.windows.hostAddress(requester, address) : address
    if (host < 0) return -SocFault.notAnnounced
    if (requester > 0 || !this.isPhysical) {
      return this.iommu.deviceTranslate(domainOf(requester), host, write)
    }
    const page = Math.floor(host / this.dram.pageBytes)
    const isThere = page < this.dram.pageCount && this.dram.isCommitted(page)
    return isThere ? host : -SocFault.noMapping
  }

  /** Bytes from `address`, at most `count`, that lie behind each other in memory. */
  contiguous(requester: number, address: number, count: number): number {
    const isHeap = this.windows.covers(address)
    const host = isHeap ? this.windows.hostAddress(requester, address) : address
    const run = isHeap ? this.windows.run(requester, address, count) : count
    if (requester > 0 || !this.isPhysical) {
      return this.iommu.contiguous(domainOf(requester), host, run)
    }
    const { pageBytes } = this.dram
    return Math.min(run, pageBytes - (host % pageBytes))
  }

  /** Reports what `translate` answered, negated, for an access that failed. */
  fault(code: number, requester: number, address: number, write: boolean): void {
    this.iommu.fault(code, domainOf(requester), address, write)
  }
}

/** Requests without a PASID use the driver's own map. */
function domainOf(requester: number): number {
  return requester > 0 ? requester : driverDomain
}
