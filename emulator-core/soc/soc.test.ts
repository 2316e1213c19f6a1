import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostFacts } from '../device/host-facts.ts'
import { createSim } from '../sim/sim.ts'
import { SocFault } from './events.ts'
import { createSoc } from './soc.ts'

const facts = hostFacts('aie4')
const page = facts.pageBytes

function build() {
  const sim = createSim({ traceCapacity: 1024 })
  const seen: string[] = []
  const soc = createSoc(sim, facts, {
    onMailbox: () => seen.push('mail'),
    onDoorbell: (fwId) => seen.push(`doorbell ${fwId}`),
    onInterrupt: (vector) => seen.push(`vector ${vector} at ${sim.schedule.now}`),
  })
  return { sim, soc, seen }
}

describe('host memory', () => {
  it('never hands a page out twice and gets all of them back', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 40 })), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(steps, (list) => {
        const { dram } = build().soc
        const held: [number, number][] = []
        const owned = new Set<number>()
        for (const [take, n] of list) {
          if (take || held.length === 0) {
            const from = dram.reserve(n)
            for (let i = 0; i < n; i++) {
              expect(owned.has(from + i)).toBe(false)
              owned.add(from + i)
            }
            held.push([from, n])
            dram.commit(from, n)
          } else {
            const [from, count] = held.splice(n % held.length, 1)[0]
            dram.release(from, count)
            for (let i = 0; i < count; i++) owned.delete(from + i)
          }
          expect(dram.reservedPages).toBe(owned.size)
          expect(dram.committedPages).toBe(owned.size)
        }
        for (const [from, n] of held) dram.release(from, n)
        expect(dram.reserve(dram.pageCount)).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('is zero when a page is handed out again', () => {
    const { dram } = build().soc
    const from = dram.reserve(1)
    dram.commit(from, 1)
    dram.memory.write32(from * page, 7)
    dram.release(from, 1)
    expect(dram.reserve(1)).toBe(from)
    expect(dram.commit(from, 1)).toBe(1)
    expect(dram.memory.read32(from * page)).toBe(0)
  })

  it('has an end', () => {
    const { dram } = build().soc
    expect(dram.reserve(dram.pageCount + 1)).toBe(-1)
  })
})

describe('the IOMMU', () => {
  const at = 0x7eff_0000_0000

  it('keeps the maps of two owners apart', () => {
    const { soc } = build()
    const [a, b] = [soc.dram.reserve(2), soc.dram.reserve(2)]
    soc.dram.commit(a, 2)
    soc.dram.commit(b, 2)
    soc.iommu.map(1, at, 2, a, true)
    soc.iommu.map(2, at, 2, b, true)
    soc.memory.write32(1, at + page, 11)
    soc.memory.write32(2, at + page, 22)
    expect(soc.memory.read32(1, at + page)).toBe(11)
    expect(soc.memory.read32(2, at + page)).toBe(22)
    soc.iommu.unmapAll(1)
    expect(soc.memory.read32(1, at)).toBe(-1)
    expect(soc.memory.read32(2, at + page)).toBe(22)
  })

  it('answers a miss with a fault that names address and owner', () => {
    const { sim, soc } = build()
    const a = soc.dram.reserve(1)
    soc.iommu.map(3, at, 1, a, false)
    expect(soc.memory.read32(3, at + page)).toBe(-1)
    expect(soc.memory.read32(3, at)).toBe(-1)
    expect(soc.memory.write32(3, at, 1)).toBe(false)
    const faults = sim.faults.list()
    expect(faults.map((f) => [f.code, f.part])).toEqual([
      [SocFault.noMapping, 3],
      [SocFault.notPresent, 3],
      [SocFault.readOnly, 3],
    ])
    expect(faults.map((f) => soc.iommu.faultAddressOf(f.detail))).toEqual([at + page, at, at])
  })

  it('moves bursts over pages and ranges, and stops at the first page that is missing', () => {
    const { soc } = build()
    const low = soc.dram.reserve(1)
    soc.dram.reserve(1)
    const high = soc.dram.reserve(2)
    soc.dram.commit(low, 1)
    soc.dram.commit(high, 1)
    soc.iommu.map(1, at, 1, low, true)
    soc.iommu.map(1, at + page, 2, high, true)
    const source = Uint8Array.from({ length: 2 * page }, (_, i) => i * 7)
    expect(soc.memory.write(1, at + 100, source, 0, 2 * page - 100)).toBe(true)
    const back = new Uint8Array(2 * page - 100)
    expect(soc.memory.read(1, at + 100, back, 0, back.length)).toBe(true)
    expect(back).toEqual(source.subarray(0, back.length))
    expect(soc.memory.write(1, at + page, source, 0, page + 1)).toBe(false)
    expect(soc.memory.read32(1, at + page)).toBe(0x150e_0700)
  })

  it('takes the DDR offset off for the shim', () => {
    const { soc } = build()
    const a = soc.dram.reserve(1)
    soc.dram.commit(a, 1)
    soc.iommu.map(1, at, 1, a, true)
    soc.memory.write32(1, at, 5)
    expect(soc.shimMemory.read32(1, at + facts.ddrOffset)).toBe(5)
    expect(soc.shimMemory.read32(1, at)).toBe(-1)
  })
})

describe('BARs', () => {
  it('deliver the mailbox tail and doorbells, and hold SRAM words', () => {
    const { soc, seen } = build()
    const { bar, mailboxRegister, doorbell } = facts
    soc.bars.write32(bar.mailbox, mailboxRegister.x2iTail, 20)
    soc.bars.write32(bar.mailbox, mailboxRegister.i2xHead, 4)
    soc.bars.write32(bar.sram, 64, 9)
    soc.bars.write32(bar.sram, doorbell.base + 5 * doorbell.stride, 0)
    soc.bars.write32(bar.sram, doorbell.base + 6 * doorbell.stride + 8, 1)
    expect(seen).toEqual(['mail', 'doorbell 5', 'doorbell 6'])
    expect(soc.bars.read32(bar.mailbox, mailboxRegister.x2iTail)).toBe(20)
    expect(soc.bars.read32(bar.sram, 64)).toBe(9)
  })

  it('keep the named PSP and SMU registers and report everything else', () => {
    const { sim, soc } = build()
    const { bar, pspRegister, smuRegister } = facts
    soc.bars.write32(bar.psp, pspRegister.arg1, 3)
    soc.bars.write32(bar.smu, smuRegister.argument, 4)
    expect(soc.bars.read32(bar.psp, pspRegister.arg1)).toBe(3)
    expect(soc.bars.read32(bar.smu, smuRegister.argument)).toBe(4)
    expect(sim.faults.total).toBe(0)
    expect(soc.bars.read32(bar.psp, smuRegister.argument)).toBe(0xffff_ffff)
    expect(soc.bars.read32(1, 0)).toBe(0xffff_ffff)
    soc.bars.write32(bar.sram, facts.bar.bytes[2], 1)
    expect(sim.faults.list().map((f) => f.code)).toEqual(Array(3).fill(SocFault.unmappedRegister))
  })
})

describe('interrupts', () => {
  it('arrive once after the delay, each vector by itself', () => {
    const { sim, soc, seen } = build()
    const delay = facts.ticks.interrupt
    soc.interrupts.raise(2)
    sim.schedule.runUntil(100)
    soc.interrupts.raise(1)
    soc.interrupts.raise(2)
    sim.schedule.runUntil(10 * delay)
    expect(seen).toEqual([`vector 2 at ${delay}`, `vector 1 at ${delay + 100}`])
    expect(soc.interrupts.isPending(2)).toBe(false)
  })
})
