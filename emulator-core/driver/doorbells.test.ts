import { describe, expect, it } from 'vitest'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStack } from './test-kit/host-stack.ts'

const pageBytes = 4096
const noDoorbell = 0xffff_ffff

function opened(stack: HostStack = createHostStack(), thread = 0): Process {
  const process = new Process(stack, thread)
  expect([process.boot(), process.open()]).toEqual([0, 0])
  return process
}

/** Creates a context in user mode with a queue of some size: the result, its handle and its doorbell. */
function create(p: Process, bytes = 8320) {
  const { driver } = p.stack
  driver.switchSubmission(p.thread, true)
  expect(p.finish()).toBe(0)
  const at = argument.createHwctx
  const queue = p.buffer(bytes)
  const result = p.ioctl(ioctls.createHwctx, [
    [at.qosPointer, driver.memory.privateAddress[p.file]!],
    [at.umqBo, queue.handle],
    [at.numTiles, 4],
  ])
  const made = { result, handle: p.arg(at.handle), doorbell: p.arg(at.umqDoorbell), queue }
  driver.switchSubmission(p.thread, false)
  expect(p.finish()).toBe(0)
  return made
}

function map(p: Process, offset: number, bytes = pageBytes): number {
  p.stack.driver.mmap(p.thread, p.file, offset, bytes)
  return p.finish()
}

describe('a context in user mode', () => {
  it('hands its doorbell out, a page per context, and leaves the queue to the process', () => {
    const p = opened()
    const { base, stride } = p.stack.facts.doorbell
    const [first, second] = [create(p), create(p)]
    expect([first.doorbell, second.doorbell]).toEqual([base, base + stride])
    expect(p.load(first.queue.address + 12)).toBe(0)
    expect(p.context(4).result).toBe(0)
    expect(p.arg(argument.createHwctx.umqDoorbell)).toBe(noDoorbell)
  })

  it('needs 128 bytes for its queue where one in kernel mode needs 8,320', () => {
    const p = opened()
    expect(create(p, 128).result).toBe(0)
    expect(create(p, 127).result).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The queue buffer has 127 bytes; the queue needs 128.')
  })

  it('takes no commands through the driver', () => {
    const p = opened()
    const { handle } = create(p)
    const { handle: command } = p.buffer(4096)
    const at = argument.execCmd
    const result = p.ioctl(ioctls.execCmd, [
      [at.hwctx, handle],
      [at.commandHandle, command],
      [at.commandCount, 1],
    ])
    expect(result).toBe(-errno.EOPNOTSUPP)
    expect(p.reason).toContain('submits to this context itself')
  })
})

describe('mmap of a doorbell', () => {
  it('is for one page of a context of the process in user mode, once', () => {
    const p = opened()
    const { doorbell } = create(p)
    expect(map(p, doorbell, 2 * pageBytes)).toBe(-errno.EINVAL)
    expect(p.reason).toBe('A doorbell is one page of 4096 bytes, not 8192.')
    expect(map(p, doorbell)).toBe(0)
    const address = p.stack.driver.value(p.thread)
    expect(map(p, doorbell)).toBe(-errno.EINVAL)
    expect(p.unmap(address)).toBe(0)
    expect(map(p, doorbell)).toBe(0)
  })

  it('refuses doorbells of other processes, of contexts in kernel mode and beyond', () => {
    const p = opened()
    const other = opened(p.stack, 1)
    const { doorbell } = create(p)
    p.context(4)
    const { stride } = p.stack.facts.doorbell
    expect(map(other, doorbell)).toBe(-errno.EINVAL)
    expect(map(p, doorbell + stride)).toBe(-errno.EINVAL)
    expect(map(p, noDoorbell)).toBe(-errno.EINVAL)
    expect(map(p, 0)).toBe(-errno.EINVAL)
    expect(p.reason).toContain('whose doorbell lies on that page')
  })

  it('ends with the context', () => {
    const p = opened()
    const { doorbell, handle } = create(p)
    expect(map(p, doorbell)).toBe(0)
    const address = p.stack.driver.value(p.thread)
    expect(p.stack.driver.ring(p.file, address)).toBe(true)
    p.ioctl(ioctls.destroyHwctx, [[argument.destroyHwctx.handle, handle]])
    expect(p.stack.driver.ring(p.file, address)).toBe(false)
    expect(map(p, doorbell)).toBe(-errno.EINVAL)
  })
})

describe('a process that writes nonsense into the indices of its queue', () => {
  it.each([
    ['both far ahead', [0, 1 << 20], [0, 1 << 20]],
    ['read far ahead', [0xffff_ffff, 0xffff_ffff], [0, 0]],
    ['written far ahead', [0, 0], [0xffff_ffff, 0xffff_ffff]],
  ])('%s: harms its own waits, and nothing takes longer', (_, read, written) => {
    const p = opened()
    const { handle, queue } = create(p)
    p.store(queue.address, read)
    p.store(queue.address + 64, written)
    const at = argument.waitCmd
    const seq = [
      [at.hwctx, handle],
      [at.timeoutMs, 1],
    ] as const
    expect([0, -errno.ETIME]).toContain(p.ioctl(ioctls.waitCmd, seq))
    expect(p.context(4).result).toBe(0)
    expect(p.ioctl(ioctls.destroyHwctx, [[argument.destroyHwctx.handle, handle]])).toBe(0)
    expect(p.close()).toBe(0)
  })
})
