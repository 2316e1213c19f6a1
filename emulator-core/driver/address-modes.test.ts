import { describe, expect, it } from 'vitest'
import { command, commandHeader } from '../device/abi/command.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import type { HostSwitches } from '../device/host-memory.ts'
import { SocFault } from '../soc/events.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'

const { share, cmd, heap, dev } = argument.boType
const mib = 1 << 20
const page = 4096
const allOnes = 2 ** 64

function machine(switches: HostSwitches, options: HostStackOptions = {}): Process {
  return new Process(createHostStack({ ...options, switches }), 0)
}

function opened(switches: HostSwitches, options: HostStackOptions = {}): Process {
  const p = machine(switches, options)
  expect([p.boot(), p.open()]).toEqual([0, 0])
  return p
}

function carve(p: Process, text: string): number {
  p.stack.driver.carve(p.thread, text)
  return p.finish()
}

/** Runs one command of a context through to its completion. */
function runs(p: Process): boolean {
  const { handle, result } = p.context(4)
  expect(result).toBe(0)
  const bo = p.buffer(page)
  p.store(bo.address, [commandHeader(command.opcode.startDpu, 7, command.state.new), 1])
  const exec = argument.execCmd
  const fields = [
    [exec.hwctx, handle],
    [exec.commandHandle, bo.handle],
    [exec.commandCount, 1],
  ] as const
  expect(p.ioctl(ioctls.execCmd, fields)).toBe(0)
  const wait = argument.waitCmd
  expect(p.ioctl(ioctls.waitCmd, [[wait.hwctx, handle]])).toBe(0)
  return p.load(bo.address) === command.state.completed
}

describe('with PASIDs', () => {
  it('a buffer has the address of its process, from its mapping on', () => {
    const p = opened({})
    const { handle } = p.create(share, page)
    expect(p.info(handle).device).toBe(allOnes)
    const at = p.map(handle, page)
    expect(p.info(handle)).toMatchObject({ address: at, device: at })
    expect(runs(p)).toBe(true)
  })
})

describe('with addresses of the driver’s own (force_iova)', () => {
  it('a buffer has pages and a device address as soon as it has a handle, from the top down', () => {
    const p = opened({ forceIova: true })
    const { dram } = p.stack.soc
    const before = dram.committedPages
    const devices = [page, 3 * page].map((size) => p.info(p.create(share, size).handle).device)
    expect(devices).toEqual([2 ** 47 - page, 2 ** 47 - 4 * page])
    expect(dram.committedPages - before).toBe(4)
    expect(p.stack.driver.inspectBuffers()[0].mapping).toBe('opened')
  })

  it('the process and the device find the same bytes at their own addresses', () => {
    const p = opened({ forceIova: true })
    const { handle, address } = p.buffer(page, share)
    const { device } = p.info(handle)
    expect(device).not.toBe(address)
    p.store(address, [6])
    const { soc, sim } = p.stack
    expect(soc.memory.read32(-1, device)).toBe(6)
    expect(soc.memory.read32(-1, address)).toBe(-1)
    expect(sim.faults.list().at(-1)).toMatchObject({ code: SocFault.noMapping, part: 0 })
    expect(p.closeBo(handle)).toBe(0)
    expect(soc.memory.read32(-1, device)).toBe(-1)
  })

  it('commands run, and the firmware is told of no PASID', () => {
    const p = opened({ forceIova: true })
    expect(runs(p)).toBe(true)
    expect(p.stack.firmware.contexts.inspectContexts()[0].pasid).toBe(-1)
  })

  it('scattered memory of the process is one range for the device', () => {
    const p = opened({ forceIova: true })
    const { memory } = p.stack.driver
    const [a, b] = [memory.allot(p.file, page), memory.allot(p.file, 2 * page)]
    memory.allot(p.file, page)
    p.store(a, [1])
    p.store(b + page, [2])
    const words = [b, 2 * page, a, page].flatMap((n) => [n % 2 ** 32, Math.floor(n / 2 ** 32)])
    const table = memory.allot(p.file, page)
    p.store(table, [-1, 2, ...words])
    const { result, handle } = p.create(share, 3 * page, table)
    expect(result).toBe(0)
    const { device } = p.info(handle)
    const { soc } = p.stack
    expect([
      soc.memory.read32(-1, device + page),
      soc.memory.read32(-1, device + 2 * page),
    ]).toEqual([2, 1])
  })

  it('memory of the process that is read-only is read-only for the device too', () => {
    const p = opened({ forceIova: true })
    const { driver, soc } = p.stack
    const own = driver.memory.allot(p.file, page)
    const table = driver.memory.allot(p.file, page)
    p.store(own, [5])
    p.store(table, [-1, 1, own % 2 ** 32, Math.floor(own / 2 ** 32), page, 0])
    driver.memory.protect(p.file, own, false)
    const { device } = p.info(p.create(share, page, table).handle)
    expect([soc.memory.read32(-1, device), soc.memory.write32(-1, device, 6)]).toEqual([5, false])
    expect(soc.iommu.recentFaults()[0].code).toBe(SocFault.readOnly)
  })

  it('a range of the device that is used up is ENOMEM, and what is closed can be had again', () => {
    const p = opened({ forceIova: true, iovaBits: 16 })
    const { handle } = p.create(share, 14 * page)
    expect(p.create(share, 2 * page).result).toBe(-errno.ENOMEM)
    expect(p.reason).toContain('no room for 8192 bytes')
    expect(p.create(share, page).result).toBe(0)
    p.closeBo(handle)
    expect(p.create(share, 2 * page).result).toBe(0)
  })

  it('a chunk of the heap starts on a multiple of its size, and commands reach it by its heap address', () => {
    const p = opened({ forceIova: true, heap: 'expandable' })
    p.create(share, page)
    const made = p.create(heap, 64 * mib)
    const at = p.map(made.handle, 64 * mib)
    const { result, handle } = p.create(dev, page)
    expect(result).toBe(0)
    const { device } = p.info(handle)
    expect(device).toBe(64 * mib)
    p.store(at, [3])
    p.context(4)
    const { soc } = p.stack
    expect(soc.windows.inspect()[0].hostAddress % (64 * mib)).toBe(0)
    expect(soc.memory.read32(-1, device)).toBe(3)
    p.context(4)
    expect(soc.memory.read32(-2, device)).toBe(3)
  })

  it('without an IOMMU the driver does not come up', () => {
    const p = machine({ forceIova: true, iommu: 'absent' })
    expect(p.boot()).toBe(-errno.ENODEV)
    expect(p.open()).toBe(-errno.ENODEV)
    expect(opened({ forceIova: true, iommu: 'plain' }).file).toBe(0)
  })
})

describe('without PASIDs', () => {
  it('a process cannot open the device', () => {
    for (const iommu of ['plain', 'absent'] as const) {
      const p = machine({ iommu })
      expect([p.boot(), p.open()]).toEqual([0, -errno.EINVAL])
      expect(p.reason).toContain('no memory was carved out')
    }
  })

  it('it can once memory is carved out: buffers come from there, cleared and contiguous', () => {
    const p = machine({ iommu: 'absent' })
    p.boot()
    const start = 1024 * mib
    expect(carve(p, `0x${(8 * mib).toString(16)}@0x${start.toString(16)}`)).toBe(0)
    expect(p.open()).toBe(0)
    const first = p.buffer(page, share)
    expect(p.info(first.handle).device).toBe(start)
    p.store(first.address, [9])
    const { soc } = p.stack
    expect(soc.memory.read32(-1, start)).toBe(9)
    expect(p.closeBo(first.handle)).toBe(0)
    expect(soc.dram.memory.read32(start)).toBe(9)
    const second = p.buffer(page, share)
    expect([p.info(second.handle).device, p.load(second.address)]).toEqual([start, 0])
    expect(p.create(share, 8 * mib).result).toBe(-errno.ENOSPC)
    expect(runs(p)).toBe(true)
  })

  it('memory is carved out once, in whole pages that are free', () => {
    const p = machine({ iommu: 'absent' })
    p.boot()
    for (const text of ['0@0x40000000', '4096@100', '100@0x40000000', '4096', 'x@y', '1e99@0']) {
      expect(carve(p, text)).toBe(-errno.EINVAL)
    }
    expect(carve(p, `${4096 * mib}@0`)).toBe(-errno.EINVAL)
    expect(carve(p, '0x100000@0x40000000')).toBe(0)
    expect(carve(p, '0x100000@0x50000000')).toBe(-errno.EBUSY)
    expect(p.stack.soc.dram.reserveAt(0x4000_0000 / page, 1)).toBe(false)
  })

  it('memory of the process has to be contiguous', () => {
    const p = machine({ iommu: 'absent' })
    p.boot()
    carve(p, '0x100000@0x40000000')
    p.open()
    const { memory } = p.stack.driver
    const make = (address: number, bytes: number): number => {
      const table = memory.allot(p.file, page)
      const words = [address, bytes].flatMap((n) => [n % 2 ** 32, Math.floor(n / 2 ** 32)])
      p.store(table, [-1, 1, ...words])
      return p.create(share, bytes, table).result
    }
    const own = memory.allot(p.file, 4 * page)
    expect(make(own, 4 * page)).toBe(0)
    const above = memory.allot(p.file, page)
    const below = memory.allot(p.file, page)
    expect(above - below).toBe(page)
    expect(make(below, 2 * page)).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The memory is not contiguous from byte 4096 on, and nothing maps it.')
  })

  it('an access beyond memory faults with its address and no owner', () => {
    const p = machine({ iommu: 'absent' })
    p.boot()
    carve(p, '0x100000@0x40000000')
    expect(p.stack.soc.memory.read32(-1, 2 ** 40)).toBe(-1)
    expect(p.stack.soc.iommu.recentFaults()).toMatchObject([
      { owner: 0, address: 2 ** 40, write: false, rule: 'no mapping covers the address' },
    ])
  })
})

describe('with contiguous memory (CMA)', () => {
  it('buffers have physical addresses at once, and there is no heap', () => {
    const p = opened({ cma: true, heap: 'expandable' })
    const { handle, address } = p.buffer(3 * page, cmd)
    const { device } = p.info(handle)
    const view = p.stack.driver.inspectBuffers()[0]
    expect(view).toMatchObject({ deviceAddress: device, physicalAddress: device, presentPages: 3 })
    p.store(address, [4])
    expect(p.stack.soc.memory.read32(-1, device)).toBe(4)
    expect(p.create(heap, 64 * mib).result).toBe(-errno.EINVAL)
    expect(p.reason).toContain('contiguous memory there is no device heap')
    expect(runs(p)).toBe(true)
  })
})
