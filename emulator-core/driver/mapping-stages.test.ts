import { describe, expect, it } from 'vitest'
import { command, commandHeader } from '../device/abi/command.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { SocFault } from '../soc/events.ts'
import { completeAll } from './test-kit/fake-ucs.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'

const { share, cmd, heap, dev } = argument.boType
const mib = 1 << 20
const page = 4096

function booted(options: HostStackOptions = {}): Process {
  const process = new Process(createHostStack(options), 0)
  expect([process.boot(), process.open()]).toEqual([0, 0])
  return process
}

/** Submits a command that uses one more buffer; the result. */
function submit(p: Process, context: number, used: number): number {
  const bo = p.buffer(page)
  p.store(bo.address, [commandHeader(command.opcode.startDpu, 7, command.state.new), 1])
  const list = p.stack.driver.memory.privateAddress[p.file]
  p.store(list, [used])
  const at = argument.execCmd
  return p.ioctl(ioctls.execCmd, [
    [at.hwctx, context],
    [at.commandHandle, bo.handle],
    [at.commandCount, 1],
    [at.argsPointer, list],
    [at.argCount, 1],
  ])
}

const stageOf = (p: Process, handle: number): string =>
  p.stack.driver.inspectBuffers().find((bo) => bo.handle === handle)?.mapping ?? 'gone'

describe('the way of a buffer to the device', () => {
  it('is handle, mapping, pages one by one, pin at the first submit, use', () => {
    const p = booted({ ucs: { ...completeAll, serviceTicks: 1000 } })
    const { driver, soc } = p.stack
    const { handle } = p.create(share, 4 * page)
    const stages = [stageOf(p, handle)]
    const at = p.map(handle, 4 * page)
    stages.push(stageOf(p, handle))
    p.store(at, [1])
    const present = (): number | undefined =>
      driver.inspectBuffers().find((bo) => bo.handle === handle)?.presentPages
    stages.push(stageOf(p, handle))
    expect(present()).toBe(1)
    p.store(at + 2 * page, [1])
    expect(present()).toBe(2)
    const { handle: context } = p.context(4)
    expect(submit(p, context, handle)).toBe(0)
    stages.push(stageOf(p, handle))
    expect(present()).toBe(4)
    soc.memory.read32(driver.memory.pasid[p.file], at)
    stages.push(stageOf(p, handle))
    expect(stages).toEqual(['created', 'mapped', 'present', 'pinned', 'used'])
  })

  it('has no page for the device before somebody touches or submits it', () => {
    const p = booted()
    const { handle, address } = p.buffer(page, share)
    const { soc, driver, sim } = p.stack
    const pasid = driver.memory.pasid[p.file]
    expect(soc.memory.read32(pasid, address)).toBe(-1)
    expect(sim.faults.list().at(-1)?.code).toBe(SocFault.notPresent)
    p.context(4)
    submit(p, 1, handle)
    expect(soc.memory.read32(pasid, address)).toBe(0)
  })

  it('is faulted in again at submit when the kernel has moved its pages', () => {
    const p = booted()
    const { handle, address } = p.buffer(2 * page, share)
    const { soc, driver } = p.stack
    const pasid = driver.memory.pasid[p.file]
    p.store(address, [8])
    const place = driver.inspectBuffers()[0].physicalAddress
    expect(driver.movePages(p.file, handle)).toBe(true)
    expect(stageOf(p, handle)).toBe('moved')
    expect(driver.inspectBuffers()[0].physicalAddress).not.toBe(place)
    expect(soc.memory.read32(pasid, address)).toBe(-1)
    expect(soc.iommu.recentFaults().at(-1)?.code).toBe(SocFault.invalidated)
    p.context(4)
    expect(submit(p, 1, handle)).toBe(0)
    expect(soc.memory.read32(pasid, address)).toBe(8)
    expect(driver.movePages(p.file, handle)).toBe(false)
  })

  it('is not unmapped before the commands that use it have ended', () => {
    const p = booted({ ucs: { ...completeAll, serviceTicks: 240_000 } })
    const { handle, address } = p.buffer(page, share)
    const { handle: context } = p.context(4)
    submit(p, context, handle)
    const { driver, sim } = p.stack
    const since = sim.schedule.now
    driver.munmap(p.thread, p.file, address)
    sim.schedule.runUntil(since + 10_000)
    expect(driver.inspectThreads()[0].waitsFor).toBe('the commands that use a buffer')
    expect(p.finish()).toBe(0)
    expect(sim.schedule.now - since).toBeGreaterThan(200_000)
    expect(p.load(address)).toBe(-1)
    expect(p.unmap(address)).toBe(-errno.EINVAL)
  })

  it('ends when nobody has a handle and no command uses it', () => {
    const p = booted({ ucs: { ...completeAll, serviceTicks: 240_000 } })
    const { handle } = p.buffer(page, share)
    const { handle: context } = p.context(4)
    submit(p, context, handle)
    expect(p.closeBo(handle)).toBe(0)
    expect(stageOf(p, handle)).toBe('pinned')
    const wait = argument.waitCmd
    p.ioctl(ioctls.waitCmd, [[wait.hwctx, context]])
    expect(stageOf(p, handle)).toBe('gone')
  })
})

describe('a guest’s way (deferred mapping)', () => {
  const guest: HostStackOptions = { switches: { deferredMapping: true } }

  it('asks the host for a buffer and gets memory when the buffer is mapped', () => {
    const p = booted(guest)
    const { schedule } = p.stack.sim
    const { dram } = p.stack.soc
    const before = [schedule.now, dram.reservedPages]
    const { handle } = p.create(share, 8 * page)
    expect(schedule.now - before[0]).toBeGreaterThanOrEqual(20 * 1200)
    expect(dram.reservedPages).toBe(before[1])
    expect(p.stack.driver.inspectBuffers()[0]).toMatchObject({
      mapping: 'created',
      physicalAddress: -1,
    })
    const at = p.map(handle, 8 * page)
    expect(dram.reservedPages - before[1]).toBe(8)
    expect(p.load(at)).toBe(0)
    p.store(at, [2])
    expect(p.load(at)).toBe(2)
  })

  it('gives memory to a buffer that a command uses before anybody maps it', () => {
    const p = booted(guest)
    const { handle } = p.create(cmd, page)
    p.context(4)
    expect(submit(p, 1, handle)).toBe(0)
    expect(stageOf(p, handle)).toBe('pinned')
  })

  it('runs out of memory at the mapping, not at the creation', () => {
    const p = booted(guest)
    const large = p.create(share, 1536 * mib)
    expect(large.result).toBe(0)
    const other = p.create(share, 1024 * mib)
    expect(other.result).toBe(0)
    expect(p.map(large.handle, page)).toBeGreaterThan(0)
    expect(p.map(other.handle, page)).toBe(-errno.ENOMEM)
  })

  it('shares buffers of type share only, and gives no heap once a chunk is closed', () => {
    const p = booted({ switches: { deferredMapping: true, heap: 'expandable' } })
    const other = new Process(p.stack, 1)
    other.open()
    const importOf = (type: number): number => {
      const { handle } = p.create(type, page)
      p.ioctl(ioctls.handleToFd, [[argument.prime.handle, handle]])
      return other.ioctl(ioctls.fdToHandle, [[argument.prime.fd, p.arg(argument.prime.fd)]])
    }
    expect([importOf(share), importOf(cmd)]).toEqual([0, -errno.EACCES])
    const at = p.stack.driver.memory.setAside(p.file, 512 * mib, 64 * mib)
    const { handle } = p.chunk(at, 64 * mib)
    expect(p.create(dev, page).result).toBe(0)
    expect(p.closeBo(handle)).toBe(0)
    expect(p.create(dev, page).result).toBe(-errno.EINVAL)
    expect(p.create(heap, 64 * mib).result).toBe(-errno.EINVAL)
    expect(p.reason).toContain('hands out nothing more')
  })
})
