import { describe, expect, it } from 'vitest'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'

const { share, cmd, heap, dev } = argument.boType
const mib = 1 << 20
const page = 4096
const allOnes = 2 ** 64

function booted(options: HostStackOptions = {}, uid = 0): Process {
  const process = new Process(createHostStack(options), 0)
  expect([process.boot(), process.open(uid)]).toEqual([0, 0])
  return process
}

function mmap(p: Process, offset: number, bytes: number): number {
  p.stack.driver.mmap(p.thread, p.file, offset, bytes)
  return p.finish()
}

describe('mmap of a buffer', () => {
  it('is EINVAL for no offset of this process, for no bytes, for more than it has, and for a second time', () => {
    const p = booted()
    const other = new Process(p.stack, 1)
    other.open()
    const { handle } = p.create(share, 3 * page - 1)
    const { mapOffset } = p.info(handle)
    for (const offset of [0, 4096, mapOffset + page, 2 ** 60])
      expect(mmap(p, offset, page)).toBe(-errno.EINVAL)
    expect(mmap(other, mapOffset, page)).toBe(-errno.EINVAL)
    expect(mmap(p, mapOffset, 0)).toBe(-errno.EINVAL)
    expect(mmap(p, mapOffset, 3 * page + 1)).toBe(-errno.EINVAL)
    expect(mmap(p, mapOffset, 3 * page)).toBe(0)
    expect(mmap(p, mapOffset, page)).toBe(-errno.EINVAL)
    expect(p.closeBo(handle)).toBe(0)
    expect(mmap(p, mapOffset, page)).toBe(-errno.EINVAL)
  })

  it('of a buffer in the heap has no offset to ask for', () => {
    const p = booted({ profile: 'npu4' })
    p.chunk(p.stack.driver.memory.setAside(p.file, 512 * mib, 64 * mib), 64 * mib)
    const { handle } = p.create(dev, page)
    expect(p.info(handle).mapOffset).toBe(allOnes)
    expect(mmap(p, allOnes, page)).toBe(-errno.EINVAL)
  })
})

describe('CREATE_BO of more than any memory could hold', () => {
  it.each([{}, { deferredMapping: true }])('is ENOMEM at once, with %j', (switches) => {
    const p = booted({ switches })
    for (const size of [2 ** 44 + page, 2 ** 45, 2 ** 52])
      expect(p.create(share, size).result).toBe(-errno.ENOMEM)
    expect(p.stack.driver.inspectBuffers()).toEqual([])
    expect(p.stack.driver.memory.totalBytes[p.file]).toBe(0)
  })
})

describe('the device heap of XDNA2', () => {
  it('refuses buffers of no bytes and of more than it can ever have, and chunks of odd sizes', () => {
    const p = booted({ profile: 'npu4' })
    expect(p.create(dev, 0).result).toBe(-errno.EINVAL)
    expect(p.create(dev, 576 * mib).result).toBe(-errno.EINVAL)
    expect(p.reason).toBe(
      `The buffer has ${576 * mib} bytes; the device heap can have at most ${512 * mib}.`,
    )
    expect(p.create(dev, 512 * mib + 1).result).toBe(-errno.EINVAL)
    for (const odd of [0, page, 64 * mib - 1, 96 * mib])
      expect(p.create(heap, odd).result).toBe(-errno.EINVAL)
    expect(p.create(heap, 576 * mib).result).toBe(-errno.ENOSPC)
    expect(p.create(dev, page).result).toBe(-errno.EAGAIN)
  })
})

describe('a va table', () => {
  const made = (p: Process, words: readonly number[], at = -1) => {
    const table = at < 0 ? p.stack.driver.memory.allot(p.file, page) : at
    p.store(table, words)
    return p.create(share, page, table).result
  }

  it('that cannot be copied is EINVAL: its head, or its entries', () => {
    const p = booted()
    expect(p.create(share, page, 64).result).toBe(-errno.EINVAL)
    const end = p.stack.driver.memory.privateAddress[p.file]! + (128 << 10)
    expect(made(p, [-1, 1], end - 8)).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The structure points to memory that the process has not mapped.')
    expect(p.create(share, page, end - 4).result).toBe(-errno.EINVAL)
  })

  it('whose entries wrap around or reach the end of addresses is refused, and nothing waits for it', () => {
    const p = booted()
    const all = [-4096, -1]
    expect(made(p, [-1, 1, ...all, page, 0])).toBeLessThan(0)
    expect(made(p, [-1, 1, 0, 0, ...all])).toBeLessThan(0)
    expect(made(p, [-1, 1, 0, 0, 0, 1])).toBe(-errno.EFAULT)
    expect(made(p, [-1, 0xffff_ffff, 0, 0, page, 0])).toBe(-errno.ENOMEM)
  })

  it('of a user without the right to lock memory is EPERM before it is looked at', () => {
    const p = booted({}, 1000)
    p.stack.driver.memory.memlockLimit[p.file] = 0
    expect(made(p, [-1, 1, 1, 0, 1, 0])).toBe(-errno.EPERM)
  })
})

describe('SYNC_BO', () => {
  it('of a range whose end overflows is EINVAL, one that is only too long is clipped', () => {
    const p = booted()
    const { handle } = p.buffer(2 * page)
    const at = argument.syncBo
    const sync = (...fields: [number, number][]): number =>
      p.ioctl(ioctls.syncBo, [[at.handle, handle], ...fields])
    const most: [number, number][] = [
      [at.size, 0xffff_ffff],
      [at.size + 4, 0xffff_ffff],
    ]
    expect(sync([at.offset, page], ...most)).toBe(-errno.EINVAL)
    expect(sync(...most)).toBe(0)
    expect(sync([at.offset, 2 * page - 1], [at.size, 2])).toBe(0)
    expect(sync([at.offset, 2 * page])).toBe(-errno.EINVAL)
    expect(sync([at.handle, handle + 1])).toBe(-errno.ENOENT)
  })
})

describe('a call of a process that is not there', () => {
  it('is EBADF, whatever the call', () => {
    const p = booted()
    const { handle } = p.context(4)
    expect(p.close()).toBe(0)
    for (const spec of Object.values(ioctls))
      expect(p.ioctl(spec, [[0, handle]])).toBe(-errno.EBADF)
    expect(mmap(p, 2 ** 32, page)).toBe(-errno.EBADF)
    expect(p.close()).toBe(-errno.EBADF)
    expect(p.unmap(0)).toBe(-errno.EBADF)
  })

  it('does not live on in the next one, which may have its number', () => {
    const p = booted()
    const { handle } = p.context(4)
    const { handle: bo } = p.buffer(page, cmd)
    expect(p.close()).toBe(0)
    expect(p.open()).toBe(0)
    expect(p.file).toBe(0)
    expect(p.info(bo).result).toBe(-errno.ENOENT)
    expect(p.closeBo(bo)).toBe(-errno.EINVAL)
    expect(p.ioctl(ioctls.destroyHwctx, [[0, handle]])).toBe(-errno.EINVAL)
  })

  it('is refused before there are 65, and again possible when one is closed', () => {
    const p = booted()
    const processes = Array.from({ length: 63 }, () => {
      const other = new Process(p.stack, 1)
      expect(other.open()).toBe(0)
      return other
    })
    const last = new Process(p.stack, 1)
    expect(last.open()).toBe(-errno.EMFILE)
    expect(processes[7]!.close()).toBe(0)
    expect(last.open()).toBe(0)
  })
})
