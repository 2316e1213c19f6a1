import { describe, expect, it } from 'vitest'
import { hostFacts } from '../device/host-facts.ts'
import type { HostSwitches } from '../device/host-memory.ts'
import { createSim } from '../sim/sim.ts'
import { SocFault } from './events.ts'
import { driverDomain } from './iommu.ts'
import { createSoc } from './soc.ts'

const page = 4096
const mib = 1 << 20
const base = 64 * mib
const at = 0x7eff_0000_0000

function build(switches: HostSwitches = { heap: 'expandable' }) {
  const sim = createSim({ traceCapacity: 256 })
  const nothing = (): void => undefined
  const soc = createSoc(sim, hostFacts('aie4', switches), {
    onMailbox: nothing,
    onDoorbell: nothing,
    onInterrupt: nothing,
  })
  return { sim, soc }
}

/** Two mapped pages of an owner, handed out. */
function mapped(soc: ReturnType<typeof build>['soc'], owner: number, address = at): number {
  const first = soc.dram.reserve(2)
  soc.dram.commit(first, 2)
  soc.iommu.map(owner, address, 2, first, true)
  return first * page
}

describe('a heap address', () => {
  it('means the host address that was announced for it, to each requester its own', () => {
    const { soc } = build()
    const [a, b] = [mapped(soc, 1), mapped(soc, 2)]
    soc.windows.open(1, base, at, 2 * page)
    soc.windows.open(2, base, at + page, page)
    soc.memory.write32(1, base + 8, 11)
    soc.memory.write32(2, base + 8, 22)
    const { memory } = soc.dram
    expect([memory.read32(a + 8), memory.read32(b + page + 8)]).toEqual([11, 22])
  })

  it('that was not announced, or beyond what was, faults by that name', () => {
    const { soc } = build()
    mapped(soc, 1)
    soc.windows.open(1, base, at, page)
    expect(soc.memory.read32(1, base + page)).toBe(-1)
    expect(soc.memory.read32(2, base)).toBe(-1)
    const rule = 'no chunk of the device heap was announced to the firmware there'
    expect(soc.iommu.recentFaults()).toEqual([
      { owner: 1, address: base + page, write: false, code: SocFault.notAnnounced, rule },
      { owner: 2, address: base, write: false, code: SocFault.notAnnounced, rule },
    ])
    expect(soc.iommu.explain(SocFault.notAnnounced, 2, 1)).toBe(
      `A device read of PASID 2 at host address 0x4000000 failed: ${rule}.`,
    )
  })

  it('stays open as long as one context of the requester has it', () => {
    const { soc } = build()
    mapped(soc, 1)
    soc.windows.open(1, base, at, page)
    soc.windows.open(1, base, at, page)
    soc.windows.close(1, base)
    expect(soc.memory.read32(1, base)).toBe(0)
    soc.windows.close(1, base)
    expect(soc.memory.read32(1, base)).toBe(-1)
    expect(soc.windows.inspect()).toEqual([])
  })

  it('is a host address like any other where there is no heap', () => {
    const { soc } = build({})
    mapped(soc, 1, base)
    expect(soc.memory.write32(1, base, 5)).toBe(true)
  })
})

describe('a request without a PASID', () => {
  it('uses the map of the driver', () => {
    const { soc } = build()
    const place = mapped(soc, driverDomain, 0x1000)
    expect(soc.memory.write32(-3, 0x1004, 7)).toBe(true)
    expect(soc.dram.memory.read32(place + 4)).toBe(7)
    expect(soc.memory.read32(1, 0x1004)).toBe(-1)
    expect(soc.iommu.explain(SocFault.noMapping, 0, 0)).toContain('PASID')
  })

  it('uses physical addresses where nothing maps, as far as memory was handed out', () => {
    const { soc } = build({ iommu: 'absent' })
    const first = soc.dram.reserve(2)
    soc.dram.commit(first, 1)
    expect(soc.memory.write32(-1, first * page, 7)).toBe(true)
    expect(soc.dram.memory.read32(first * page)).toBe(7)
    const source = new Uint8Array(2 * page)
    expect(soc.memory.write(-1, first * page, source, 0, 2 * page)).toBe(false)
    expect(soc.iommu.recentFaults()).toMatchObject([{ owner: 0, address: (first + 1) * page }])
    expect(soc.iommu.explain(SocFault.noMapping, 0, 0)).toContain('without a PASID')
  })
})

describe('a range of the IOMMU', () => {
  it('remembers when the device has used it, and not that the CPU has', () => {
    const { sim, soc } = build()
    mapped(soc, 1)
    soc.iommu.translate(1, at, true)
    expect(soc.iommu.lastUse(1, at, true)).toBe(-1)
    sim.schedule.runUntil(500)
    soc.memory.read32(1, at + page)
    expect([soc.iommu.lastUse(1, at, false), soc.iommu.lastUse(1, at, true)]).toEqual([500, -1])
    soc.memory.write32(1, at, 1)
    expect(soc.iommu.inspect()).toMatchObject([{ readAt: 500, wroteAt: 500 }])
  })

  it('is no use to the device between a move of its pages and the fault that brings them back', () => {
    const { soc } = build()
    mapped(soc, 1)
    const to = soc.dram.reserve(2)
    soc.dram.commit(to, 2)
    soc.iommu.move(1, at, to)
    expect(soc.memory.read32(1, at)).toBe(-1)
    expect(soc.iommu.recentFaults()[0].code).toBe(SocFault.invalidated)
    expect(soc.iommu.translate(1, at, false)).toBe(to * page)
    soc.iommu.validate(1, at)
    expect(soc.memory.read32(1, at)).toBe(0)
  })

  it('of the driver goes with all its pieces', () => {
    const { soc } = build()
    mapped(soc, driverDomain, 0x2000)
    mapped(soc, driverDomain, 0x4000)
    soc.iommu.unmapRange(driverDomain, 0x2000, 4)
    expect(soc.iommu.inspect()).toEqual([])
  })
})

describe('reserved pages', () => {
  it('can be chosen, once, where they are free', () => {
    const { soc } = build()
    const { dram } = soc
    const first = dram.reserve(4)
    expect(dram.reserveAt(first + 2, 4)).toBe(false)
    expect(dram.reserveAt(dram.pageCount - 1, 2)).toBe(false)
    expect(dram.reserveAt(100, 10)).toBe(true)
    expect(dram.reserveAt(109, 1)).toBe(false)
    expect(dram.reserve(96)).toBe(4)
    expect(dram.reserve(1)).toBe(110)
    dram.release(100, 10)
    expect(dram.reserveAt(100, 10)).toBe(true)
    expect(dram.reservedPages).toBe(4 + 96 + 1 + 10)
  })
})
