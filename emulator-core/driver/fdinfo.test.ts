import { describe, expect, it } from 'vitest'
import { command, commandHeader } from '../device/abi/command.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { queries } from '../device/abi/queries.ts'
import { completeAll } from './test-kit/fake-ucs.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'

const { share, cmd, heap, dev } = argument.boType
const mib = 1 << 20
const page = 4096

function booted(options: HostStackOptions = {}): Process {
  const process = new Process(createHostStack(options), 0)
  expect([process.boot(), process.open()]).toEqual([0, 0])
  return process
}

/** Submits an empty START_DPU command; its sequence number. */
function submit(p: Process, context: number): number {
  const bo = p.buffer(page)
  p.store(bo.address, [commandHeader(command.opcode.startDpu, 7, command.state.new), 1])
  const at = argument.execCmd
  const fields = [
    [at.hwctx, context],
    [at.commandHandle, bo.handle],
    [at.commandCount, 1],
  ] as const
  expect(p.ioctl(ioctls.execCmd, fields)).toBe(0)
  return p.arg64(at.seq)
}

const info = (p: Process): Record<string, string> =>
  Object.fromEntries(p.stack.driver.inspectFile(p.file))

describe('the information of a device file', () => {
  it('splits memory into heap, internal and external, each in its largest whole unit', () => {
    const p = booted({ profile: 'npu4' })
    const at = p.stack.driver.memory.setAside(p.file, 512 * mib, 64 * mib)
    p.chunk(at, 64 * mib)
    p.create(share, 3 * page)
    p.create(cmd, 2 * mib)
    p.create(dev, page)
    expect(info(p)).toEqual({
      'drm-driver': 'amdxdna_accel_driver',
      'drm-client-id': '1',
      'drm-engine-amdxdna_accel_driver': '0 ns',
      'amdxdna_accel_driver-heap-alloc': '4 KiB',
      'amdxdna_accel_driver-internal-alloc': '66 MiB',
      'amdxdna_accel_driver-external-alloc': '12 KiB',
      'drm-total-memory': '67600 KiB',
      'drm-shared-memory': '0',
      'drm-active-memory': '0',
      'drm-resident-memory': '0',
    })
  })

  it('counts 12 KiB of internal memory for a queue', () => {
    const p = booted()
    expect(p.context(4).result).toBe(0)
    expect(info(p)['amdxdna_accel_driver-internal-alloc']).toBe('12 KiB')
  })

  it('adds up the time in which a command was unfinished', () => {
    const p = booted({ ucs: { ...completeAll, serviceTicks: 120_000 } })
    const { handle } = p.context(4)
    const { schedule } = p.stack.sim
    const busy = (): number => Number.parseInt(info(p)['drm-engine-amdxdna_accel_driver'], 10)
    const seq = submit(p, handle)
    const since = schedule.now
    expect(busy()).toBeGreaterThan(0)
    expect(info(p)['drm-active-memory']).toBe('4 KiB')
    p.ioctl(ioctls.waitCmd, [
      [argument.waitCmd.hwctx, handle],
      [argument.waitCmd.seq, seq],
    ])
    const first = busy()
    expect(first).toBeGreaterThanOrEqual(100_000)
    expect(first).toBeLessThanOrEqual((schedule.now - since + 2400) / 1.2)
    schedule.runUntil(schedule.now + 1_000_000)
    expect(busy()).toBe(first)
    expect(info(p)['drm-active-memory']).toBe('0')
  })
})

describe('GET_ARRAY of memory usage', () => {
  it('tells buffers of the device heap apart', () => {
    const p = booted({ profile: 'npu4' })
    const at = p.stack.driver.memory.setAside(p.file, 512 * mib, 64 * mib)
    p.chunk(at, 64 * mib)
    expect(p.create(heap, 64 * mib).result).toBe(0)
    const { handle } = p.create(dev, 5 * page)
    const usage = (): number[] => {
      const record = p.stack.driver.memory.privateAddress[p.file]
      p.store(record, [p.stack.driver.memory.pid[p.file], 0])
      const ask = argument.getArray
      const fields = [
        [ask.param, queries.array.boUsage],
        [ask.elementSize, queries.boUsageBytes],
        [ask.numElement, 1],
        [ask.buffer, record],
      ] as const
      expect(p.ioctl(ioctls.getArray, fields)).toBe(0)
      const { total, internal, heap: inHeap } = queries.boUsage
      return [total, internal, inHeap].map((offset) => p.load(record + offset))
    }
    expect(usage()).toEqual([128 * mib, 128 * mib, 5 * page])
    expect(p.closeBo(handle)).toBe(0)
    expect(usage()).toEqual([128 * mib, 128 * mib, 0])
  })
})

describe('SYNC_BO', () => {
  const sync = (p: Process, handle: number, direction: number, offset: number, size: number) => {
    const at = argument.syncBo
    return p.ioctl(ioctls.syncBo, [
      [at.handle, handle],
      [at.direction, direction],
      [at.offset, offset],
      [at.size, size],
    ])
  }

  it('refuses handles it does not know and ranges outside, and clips lengths', () => {
    const p = booted()
    const { handle } = p.buffer(2 * page, share)
    expect(sync(p, 999, 0, 0, 8)).toBe(-errno.ENOENT)
    expect(sync(p, handle, 0, 2 * page, 1)).toBe(-errno.EINVAL)
    expect(sync(p, handle, 0, 2 ** 52, 1)).toBe(-errno.EINVAL)
    expect(sync(p, handle, 2, 0, 1)).toBe(-errno.EINVAL)
    expect(sync(p, handle, 0, page, 2 ** 52)).toBe(0)
    expect(sync(p, handle, 0, 0, 0)).toBe(0)
  })

  it('from the device is refused by AIE4, after the flush', () => {
    const p = booted({ switches: { coherent: false } })
    const { handle, address } = p.buffer(page, share)
    p.store(address, [8])
    const view = () => p.stack.driver.inspectBuffers()[0]
    expect(view().lines).toEqual({ present: 1, dirty: 1, stale: 0 })
    expect(sync(p, handle, 1, 0, page)).toBe(-errno.EOPNOTSUPP)
    expect(p.reason).toContain('debug-buffer sync')
    expect(view().lines).toEqual({ present: 0, dirty: 0, stale: 0 })
    expect(p.stack.soc.dram.memory.read32(view().physicalAddress)).toBe(8)
    expect(sync(booted(), 1, 1, 0, page)).toBe(-errno.ENOENT)
  })

  it('of a buffer in the device heap flushes its own range, over the seam of chunks too', () => {
    const p = booted({ profile: 'npu4' })
    const { driver } = p.stack
    const at = driver.memory.setAside(p.file, 512 * mib, 64 * mib)
    p.chunk(at, 64 * mib)
    p.chunk(at + 64 * mib, 64 * mib)
    const { handle } = p.create(dev, 128 * mib)
    for (const offset of [0, 64 * mib - 4, 64 * mib, 128 * mib - 4]) p.store(at + offset, [1])
    expect(driver.memory.lines(p.file, at, 128 * mib).dirty).toBe(4)
    expect(sync(p, handle, 0, 64 * mib - 64, 128)).toBe(0)
    expect(driver.memory.lines(p.file, at, 128 * mib).dirty).toBe(2)
    expect(sync(p, handle, 1, 0, 2 ** 40)).toBe(0)
    expect(driver.memory.lines(p.file, at, 128 * mib)).toEqual({ present: 0, dirty: 0, stale: 0 })
  })
})
