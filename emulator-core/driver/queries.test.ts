import { describe, expect, it } from 'vitest'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { queries } from '../device/abi/queries.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'

function booted(): Process {
  const process = new Process(createHostStack(), 0)
  expect([process.boot(), process.open()]).toEqual([0, 0])
  return process
}

const at = argument.getArray

/** GET_ARRAY: the result, and element size and count as they came back. */
function ask(p: Process, param: number, size: number, count: number, buffer: number, pad = 0) {
  const result = p.ioctl(ioctls.getArray, [
    [at.param, param],
    [at.elementSize, size],
    [at.numElement, count],
    [at.pad, pad],
    [at.buffer, buffer],
  ])
  return [result, p.arg(at.elementSize), p.arg(at.numElement)]
}

const { lastAsyncError, boUsage } = queries.array
const words = (p: Process, address: number, count: number) =>
  Array.from({ length: count }, (_, i) => p.load(address + 4 * i))

describe('GET_ARRAY of the last asynchronous error', () => {
  it('answers one record of zeros while nothing has happened', () => {
    const p = booted()
    const { address } = p.buffer(4096)
    p.store(address, [1, 2, 3, 4, 5, 6, 7])
    expect(ask(p, lastAsyncError, 24, 1, address)).toEqual([0, 24, 1])
    expect(words(p, address, 7)).toEqual([0, 0, 0, 0, 0, 0, 7])
  })

  it('has more than one element or a longer one cut down, and a shorter one clipped', () => {
    const p = booted()
    const { address } = p.buffer(4096)
    expect(ask(p, lastAsyncError, 4096, 1024, address)).toEqual([0, 24, 1])
    p.store(address, [-1, -1, -1])
    expect(ask(p, lastAsyncError, 6, 2, address)).toEqual([0, 6, 1])
    expect(words(p, address, 3).map((w) => w >>> 0)).toEqual([0, 0xffff0000, 0xffffffff])
  })

  it('refuses padding, no elements, elements of no size and memory that is not mapped', () => {
    const p = booted()
    const { address } = p.buffer(4096)
    expect(ask(p, lastAsyncError, 24, 1, address, 1)[0]).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The padding of the structure must be 0.')
    expect(ask(p, lastAsyncError, 24, 0, address)[0]).toBe(-errno.EINVAL)
    expect(ask(p, lastAsyncError, 0, 1, address)[0]).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The array has 1 elements of 0 bytes; neither may be 0.')
    expect(ask(p, lastAsyncError, 24, 1, 64)).toEqual([-errno.EFAULT, 24, 1])
    expect(ask(p, lastAsyncError, 24, 9, 0)).toEqual([-errno.EFAULT, 24, 1])
  })
})

describe('GET_ARRAY of memory usage', () => {
  it('sums what a process has, queues and commands apart', () => {
    const p = booted()
    const { address } = p.buffer(8192, argument.boType.share)
    p.buffer(4096)
    const pid = p.stack.driver.memory.pid[p.file]
    p.store(address, [pid, 0, 7, 7, 7, 7, 7, 7, 7])
    expect(ask(p, boUsage, 64, 1, address)).toEqual([0, 32, 1])
    expect(words(p, address, 9)).toEqual([pid, 0, 12288, 0, 4096, 0, 0, 0, 7])
  })

  it('has nothing to say of a process that never was, and needs exactly one', () => {
    const p = booted()
    const { address } = p.buffer(4096)
    p.store(address, [12345, 0])
    expect(ask(p, boUsage, 32, 1, address)[0]).toBe(0)
    expect(words(p, address, 8)).toEqual([12345, 0, 0, 0, 0, 0, 0, 0])
    expect(ask(p, boUsage, 32, 2, address)[0]).toBe(-errno.EINVAL)
    p.store(address, [0, 0])
    expect(ask(p, boUsage, 32, 1, address)[0]).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The record must name a process; its pid is 0.')
  })
})

describe('parameters that do not exist', () => {
  it('are refused', () => {
    const p = booted()
    const { address } = p.buffer(4096)
    expect(ask(p, 10, 160, 1, address)[0]).toBe(-errno.EOPNOTSUPP)
    expect(p.reason).toBe('GET_ARRAY has no parameter 10.')
  })

  it('and GET_INFO gives the versions, clipped to the room there is', () => {
    const p = booted()
    const { address } = p.buffer(4096)
    const info = (param: number, size: number) =>
      p.ioctl(ioctls.getInfo, [
        [argument.getInfo.param, param],
        [argument.getInfo.bufferSize, size],
        [argument.getInfo.buffer, address],
      ])
    expect(info(queries.info.firmwareVersion, 64)).toBe(0)
    expect(words(p, address, 5)).toEqual([2, 14, 0, 114, 0])
    p.store(address, [9, 9, 9])
    expect(info(queries.info.certFirmwareVersion, 8)).toBe(0)
    expect(words(p, address, 3)).toEqual([1, 8, 9])
    expect(info(6, 8)).toBe(-errno.EOPNOTSUPP)
    expect(p.reason).toBe('GET_INFO has no parameter 6.')
  })
})
