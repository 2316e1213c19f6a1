import { describe, expect, it } from 'vitest'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'

const { share, cmd, heap, dev, invalid } = argument.boType
const mib = 1 << 20
const page = 4096
const allOnes = 2 ** 64

function booted(options: HostStackOptions = {}, uid = 0): Process {
  const process = new Process(createHostStack(options), 0)
  expect([process.boot(), process.open(uid)]).toEqual([0, 0])
  return process
}

describe('CREATE_BO', () => {
  it('refuses flags, type 0 and types that do not exist', () => {
    const p = booted()
    const at = argument.createBo
    for (const offset of [at.flags, at.flags + 4]) {
      const fields = [
        [offset, 1],
        [at.size, page],
        [at.type, share],
      ] as const
      expect(p.ioctl(ioctls.createBo, fields)).toBe(-errno.EINVAL)
      expect(p.reason).toBe('The flags of a buffer object are reserved and must be 0.')
    }
    for (const type of [invalid, 5, 0xffff_ffff]) {
      expect(p.create(type, page).result).toBe(-errno.EINVAL)
    }
  })

  it('of type share or cmd takes any size but 0, counted in whole pages', () => {
    const p = booted()
    const files = p.stack.driver.memory
    const usage = (): number[] => [files.totalBytes[p.file], files.internalBytes[p.file]]
    expect(p.create(share, 0).result).toBe(-errno.EINVAL)
    const one = p.create(share, 1)
    const other = p.create(cmd, 3 * page - 1)
    expect([one.result, other.result]).toEqual([0, 0])
    expect(usage()).toEqual([4 * page, 3 * page])
    expect(p.create(cmd, 576 * mib).result).toBe(0)
    expect(p.closeBo(other.handle)).toBe(0)
    expect(usage()).toEqual([576 * mib + page, 576 * mib])
  })

  it('of type heap and dev is refused by AIE4, whatever the size', () => {
    const p = booted()
    for (const size of [0, page, 64 * mib, 128 * mib]) {
      expect(p.create(heap, size).result).toBe(-errno.EINVAL)
      expect(p.create(dev, size).result).toBe(-errno.EINVAL)
    }
    expect(p.reason).toContain('no device heap')
  })

  it('answers ENOMEM beyond host memory', () => {
    const p = booted()
    expect(p.create(share, 2048 * mib).result).toBe(-errno.ENOMEM)
    expect(p.create(share, 2 ** 52).result).toBe(-errno.ENOMEM)
  })

  it('makes a handle and a map offset, no page and no address', () => {
    const p = booted()
    const { dram } = p.stack.soc
    const before = dram.committedPages
    const { handle } = p.create(share, 10 * page)
    const info = p.info(handle)
    expect(info.mapOffset).toBeGreaterThanOrEqual(2 ** 32)
    expect([info.address, info.device]).toEqual([allOnes, allOnes])
    expect(dram.committedPages).toBe(before)
    expect(p.info(9999).result).toBe(-errno.ENOENT)
  })
})

describe('GET_BO_INFO', () => {
  it('refuses reserved fields that are not 0, and handles that are no longer one', () => {
    const p = booted()
    const { handle } = p.create(share, page)
    const at = argument.getBoInfo
    const ask = (...fields: [number, number][]): number =>
      p.ioctl(ioctls.getBoInfo, [[at.handle, handle], ...fields])
    expect(ask()).toBe(0)
    for (const offset of [at.ext, at.ext + 4, at.extFlags, at.pad]) {
      expect(ask([offset, 1])).toBe(-errno.EINVAL)
    }
    expect(p.closeBo(handle)).toBe(0)
    expect(ask()).toBe(-errno.ENOENT)
    expect(p.closeBo(handle)).toBe(-errno.EINVAL)
  })

  it('of another process is ENOENT', () => {
    const p = booted()
    const other = new Process(p.stack, 1)
    other.open()
    const { handle } = p.create(share, page)
    expect(other.info(handle).result).toBe(-errno.ENOENT)
  })
})

describe('a fresh buffer', () => {
  it('reads as zeros where another process has left bytes, and freed memory keeps them', () => {
    const p = booted()
    const other = new Process(p.stack, 1)
    other.open()
    const first = p.buffer(page, share)
    const place = p.stack.driver.inspectBuffers()[0].physicalAddress
    p.store(first.address, [7, 7])
    expect(p.closeBo(first.handle)).toBe(0)
    expect(p.stack.soc.dram.memory.read32(place)).toBe(7)
    const { address } = other.buffer(page, share)
    expect(p.stack.driver.inspectBuffers()[0].physicalAddress).toBe(place)
    expect(other.load(address)).toBe(0)
  })

  it('larger than a queue keeps what lies behind the queue when a context is made of it', () => {
    const p = booted()
    const queue = p.buffer(4 * page)
    p.store(queue.address + 8316, [5, 6])
    const qos = p.stack.driver.memory.privateAddress[p.file]
    const at = argument.createHwctx
    const fields = [
      [at.qosPointer, qos],
      [at.umqBo, queue.handle],
      [at.numTiles, 4],
    ] as const
    expect(p.ioctl(ioctls.createHwctx, fields)).toBe(0)
    expect([p.load(queue.address + 8316), p.load(queue.address + 8320)]).toEqual([0, 6])
  })
})

describe('a buffer made of memory of the process', () => {
  /** Writes a va table into a buffer of the process; its address. */
  function table(p: Process, entries: readonly (readonly [number, number])[], fd = -1): number {
    const { memory } = p.stack.driver
    const at = memory.allot(p.file, 4 * page)
    const words = entries.flatMap(([address, length]) => [
      address % 2 ** 32,
      Math.floor(address / 2 ** 32),
      length % 2 ** 32,
      Math.floor(length / 2 ** 32),
    ])
    p.store(at, [fd, entries.length, ...words])
    return at
  }

  it('keeps its bytes, is found at its address and counts as external', () => {
    const p = booted()
    const { memory } = p.stack.driver
    const own = memory.allot(p.file, 2 * page)
    p.store(own + 8, [77])
    const made = p.create(share, 2 * page, table(p, [[own, 2 * page]]))
    expect(made.result).toBe(0)
    expect(p.info(made.handle)).toMatchObject({ address: own, device: own })
    expect(p.load(own + 8)).toBe(77)
    expect([memory.totalBytes[p.file], memory.internalBytes[p.file]]).toEqual([2 * page, 0])
    expect(p.stack.driver.inspectBuffers()[0]).toMatchObject({
      behind: 'process memory',
      kind: 'share',
    })
    const { soc } = p.stack
    expect(soc.memory.read32(memory.pasid[p.file], own + 8)).toBe(77)
    expect(p.closeBo(made.handle)).toBe(0)
    expect([p.load(own + 8), memory.lockedBytes[p.file]]).toEqual([77, 0])
  })

  it('cannot be mapped again, exported, or used by the kernel as queue or command', () => {
    const p = booted()
    const own = p.stack.driver.memory.allot(p.file, 3 * page)
    const { handle } = p.create(cmd, 3 * page, table(p, [[own, 3 * page]]))
    expect(p.map(handle, page)).toBe(-errno.EINVAL)
    expect(p.reason).toContain('cannot be mapped once more')
    expect(p.ioctl(ioctls.handleToFd, [[argument.prime.handle, handle]])).toBe(-errno.EOPNOTSUPP)
    const at = argument.createHwctx
    const fields = [
      [at.qosPointer, own],
      [at.umqBo, handle],
      [at.numTiles, 4],
    ] as const
    expect(p.ioctl(ioctls.createHwctx, fields)).toBe(-errno.ENOMEM)
    const { handle: context } = p.context(4)
    const exec = argument.execCmd
    const command = [
      [exec.hwctx, context],
      [exec.commandHandle, handle],
      [exec.commandCount, 1],
    ] as const
    expect(p.ioctl(ioctls.execCmd, command)).toBe(-errno.EINVAL)
  })

  it('needs entries of whole pages, behind each other', () => {
    const p = booted()
    const own = p.stack.driver.memory.allot(p.file, 8 * page)
    const make = (...entries: [number, number][]): number =>
      p.create(share, page, table(p, entries)).result
    expect(make([own + 8, page])).toBe(-errno.EINVAL)
    expect(make([own, page + 1])).toBe(-errno.EINVAL)
    expect(make([own, 0])).toBe(-errno.EINVAL)
    expect(p.reason).toContain('Entry 0 of the table is empty')
    expect(make([own, page], [own + 2 * page, page])).toBe(-errno.EINVAL)
    expect(p.reason).toBe('Entry 1 of the table does not continue the one before it.')
    expect(make([own, page], [own + page, 2 * page])).toBe(0)
    expect(make([4096, page])).toBe(-errno.EFAULT)
    expect(p.create(share, page, 64).result).toBe(-errno.EINVAL)
  })

  it('of pages that a buffer object owns is refused', () => {
    const p = booted()
    const { address } = p.buffer(page, share)
    expect(p.create(share, page, table(p, [[address, page]])).result).toBe(-errno.EFAULT)
  })

  it('is limited by what a process without privileges may lock', () => {
    const p = booted({}, 1000)
    const { memory } = p.stack.driver
    const own = memory.allot(p.file, 9 * mib)
    const make = (bytes: number): number => p.create(share, bytes, table(p, [[own, bytes]])).result
    expect(make(5 * mib)).toBe(0)
    expect(make(4 * mib)).toBe(-errno.ENOMEM)
    expect(p.reason).toContain('its limit is 8388608')
    memory.memlockLimit[p.file] = 0
    expect(make(page)).toBe(-errno.EPERM)
    const root = new Process(p.stack, 1)
    root.open()
    const large = memory.allot(root.file, 9 * mib)
    expect(root.create(share, 9 * mib, table(root, [[large, 9 * mib]])).result).toBe(0)
  })

  it('of memory that is read-only can be read by the device and not written', () => {
    const p = booted()
    const { driver, soc, sim } = p.stack
    const own = driver.memory.allot(p.file, page)
    p.store(own, [3])
    driver.memory.protect(p.file, own, false)
    expect(p.create(share, page, table(p, [[own, page]])).result).toBe(0)
    const pasid = driver.memory.pasid[p.file]
    expect(soc.memory.read32(pasid, own)).toBe(3)
    expect(soc.memory.write32(pasid, own, 4)).toBe(false)
    expect(soc.iommu.recentFaults().at(-1)).toMatchObject({
      owner: pasid,
      address: own,
      write: true,
      rule: 'the mapping is read-only',
    })
    expect(sim.faults.total).toBe(1)
    expect(driver.memory.write32(p.file, own, 5)).toBe(false)
  })

  it('without entries is the dma-buf that the table names', () => {
    const p = booted()
    const from = p.buffer(2 * page, share)
    p.store(from.address, [41])
    expect(p.ioctl(ioctls.handleToFd, [[argument.prime.handle, from.handle]])).toBe(0)
    const fd = p.arg(argument.prime.fd)
    const made = p.create(cmd, 1, table(p, [], fd))
    expect(made.result).toBe(0)
    expect(made.handle).not.toBe(from.handle)
    expect(p.load(p.map(made.handle, 2 * page))).toBe(41)
    expect(p.create(cmd, 1, table(p, [], 99)).result).toBe(-errno.EBADF)
  })
})

describe('a dma-buf', () => {
  const toFd = (p: Process, handle: number, flags = 0): number =>
    p.ioctl(ioctls.handleToFd, [
      [argument.prime.handle, handle],
      [argument.prime.flags, flags],
    ])
  const toHandle = (p: Process, fd: number): number =>
    p.ioctl(ioctls.fdToHandle, [[argument.prime.fd, fd]])

  it('shares pages with another process, which counts them for itself', () => {
    const p = booted()
    const other = new Process(p.stack, 1)
    other.open()
    const { handle, address } = p.buffer(page, cmd)
    expect(toFd(p, handle, argument.primeFlags)).toBe(0)
    const fd = p.arg(argument.prime.fd)
    expect(toHandle(other, fd)).toBe(0)
    const imported = other.arg(argument.prime.handle)
    const at = other.map(imported, page)
    p.store(address, [5])
    expect(other.load(at)).toBe(5)
    const { memory } = p.stack.driver
    expect([memory.totalBytes[other.file], memory.internalBytes[other.file]]).toEqual([page, 0])
    expect(p.closeBo(handle)).toBe(0)
    expect(p.close()).toBe(0)
    expect(other.load(at)).toBe(5)
    other.store(at, [6])
    expect(other.closeBo(imported)).toBe(0)
    expect(p.stack.driver.inspectBuffers()).toEqual([])
  })

  it('opened by the process that made it is the handle it has', () => {
    const p = booted()
    const { handle } = p.buffer(page, share)
    toFd(p, handle)
    expect(toHandle(p, p.arg(argument.prime.fd))).toBe(0)
    expect(p.arg(argument.prime.handle)).toBe(handle)
  })

  it('is refused for unknown handles, odd flags and descriptors that are closed', () => {
    const p = booted()
    const { handle } = p.buffer(page, share)
    expect(toFd(p, 4711)).toBe(-errno.ENOENT)
    expect(toFd(p, handle, 1)).toBe(-errno.EINVAL)
    expect(toFd(p, handle)).toBe(0)
    const fd = p.arg(argument.prime.fd)
    const close = (): number => {
      p.stack.driver.closeFd(p.thread, p.file, fd)
      return p.finish()
    }
    expect([close(), close()]).toEqual([0, -errno.EBADF])
    expect(toHandle(p, fd)).toBe(-errno.EBADF)
  })
})
