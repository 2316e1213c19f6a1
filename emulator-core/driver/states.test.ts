import { describe, expect, it } from 'vitest'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStack } from './test-kit/host-stack.ts'

function opened(stack: HostStack = createHostStack(), thread = 0, uid = 0): Process {
  const process = new Process(stack, thread)
  expect([process.boot(), process.open(uid)]).toEqual([0, 0])
  return process
}

const array = argument.getArray
const entry = queries.hwContext
const { hwContextAll: all, hwContextById: byId } = queries.array

/** GET_ARRAY: the result, and element size and count as they came back. */
function ask(p: Process, param: number, size: number, count: number, buffer: number) {
  const result = p.ioctl(ioctls.getArray, [
    [array.param, param],
    [array.elementSize, size],
    [array.numElement, count],
    [array.buffer, buffer],
  ])
  return [result, p.arg(array.elementSize), p.arg(array.numElement)]
}

/** Asks by handle and process: the result. */
function askFor(p: Process, address: number, handle: number, pid: number, size = 160, count = 1) {
  p.store(address, [handle, 0, 0, 0, pid, 0])
  return ask(p, byId, size, count, address)[0]
}

describe('GET_ARRAY of hardware contexts', () => {
  it('lists an entry of 160 bytes for each, all columns wide', () => {
    const p = opened()
    const { address } = p.buffer(4096)
    expect(ask(p, all, 160, 8, address)).toEqual([0, 160, 0])
    p.context(12, argument.priority.high)
    p.context(4)
    expect(ask(p, all, 4096, 1024, address)).toEqual([0, 160, 2])
    const word = (i: number, offset: number) => p.load(address + 160 * i + offset)
    const pid = p.stack.driver.memory.pid[p.file]
    for (const [i, tiles] of [
      [0, argument.priority.high],
      [1, argument.priority.normal],
    ] as const) {
      expect(word(i, entry.id)).toBe(i + 1)
      expect(word(i, entry.fwId)).toBe(i)
      expect([word(i, entry.startCol), word(i, entry.numCol)]).toEqual([0, 3])
      expect(word(i, entry.pid)).toBe(pid)
      expect(word(i, entry.priority)).toBe(tiles)
      expect(word(i, entry.state)).toBe(0)
    }
  })

  it('cuts down to the room there is, in bytes and in number', () => {
    const p = opened()
    const { address } = p.buffer(4096)
    for (let i = 0; i < 3; i++) p.context(4)
    p.store(address + 64, [77])
    expect(ask(p, all, 32, 2, address)).toEqual([0, 32, 2])
    expect([p.load(address), p.load(address + 32), p.load(address + 64)]).toEqual([1, 2, 77])
  })

  it('refuses more than 1024 of them and elements beyond 4 KiB', () => {
    const p = opened()
    const { address } = p.buffer(4096)
    expect(ask(p, all, 4097, 1, address)[0]).toBe(-errno.EINVAL)
    expect(ask(p, all, 160, 1025, address)[0]).toBe(-errno.EINVAL)
    p.context(4)
    expect(ask(p, all, 160, 1, 64)[0]).toBe(-errno.EFAULT)
  })

  it('shows a user their own, and root everything', () => {
    const root = opened()
    const [anna, berta] = [opened(root.stack, 1, 1000), opened(root.stack, 2, 1001)]
    for (const p of [root, anna, berta]) p.context(4)
    const seen = (p: Process) => ask(p, all, 160, 9, p.buffer(4096).address)[2]
    expect([root, anna, berta].map(seen)).toEqual([3, 1, 1])
    const { address } = anna.buffer(4096)
    const pidOf = (p: Process) => root.stack.driver.memory.pid[p.file]!
    expect(askFor(anna, address, 2, pidOf(anna))).toBe(0)
    expect(anna.load(address + entry.numCol)).toBe(3)
    expect(askFor(anna, address, 3, pidOf(berta))).toBe(-errno.ENOENT)
    expect(askFor(root, root.buffer(4096).address, 3, pidOf(berta))).toBe(0)
  })

  it('asks for one by handle and process, both of which must be there', () => {
    const p = opened()
    const { address } = p.buffer(4096)
    const pid = p.stack.driver.memory.pid[p.file]!
    p.context(4)
    expect(askFor(p, address, 1, pid, 24)).toBe(0)
    expect(askFor(p, address, 1, pid, 23)).toBe(-errno.EINVAL)
    expect(askFor(p, address, 1, pid, 160, 2)).toBe(-errno.EINVAL)
    expect(askFor(p, address, 0, pid)).toBe(-errno.EINVAL)
    expect(askFor(p, address, 1, 0)).toBe(-errno.EINVAL)
    expect(askFor(p, address, 2, pid)).toBe(-errno.ENOENT)
    expect(p.reason).toBe(`Process ${pid} has no context 2, or it belongs to another user.`)
    expect(askFor(p, address, 1, pid + 1)).toBe(-errno.ENOENT)
  })
})

const getInfo = argument.getInfo

function info(p: Process, param: number, size: number, address: number): number {
  return p.ioctl(ioctls.getInfo, [
    [getInfo.param, param],
    [getInfo.bufferSize, size],
    [getInfo.buffer, address],
  ])
}

describe('GET_INFO of hardware contexts', () => {
  it('has the first 64 bytes of each entry, and counts the size down', () => {
    const p = opened()
    const { address } = p.buffer(4096)
    for (let i = 0; i < 3; i++) p.context(4)
    expect(info(p, queries.info.hwContexts, 150, address)).toBe(0)
    expect(p.arg(getInfo.bufferSize)).toBe(150 - 128)
    expect([p.load(address), p.load(address + 64), p.load(address + 128)]).toEqual([1, 2, 0])
  })
})

/** SET_STATE with two words of payload. */
function set(p: Process, param: number, words: readonly [number, number?], size = 8): number {
  const { address } = p.buffer(4096)
  p.store(address, [words[0], words[1] ?? 0])
  const at = argument.setState
  return p.ioctl(ioctls.setState, [
    [at.param, param],
    [at.bufferSize, size],
    [at.buffer, address],
  ])
}

/** The byte that GET_INFO answers. */
function state(p: Process, param: number): number {
  const { address } = p.buffer(4096)
  p.store(address, [-1, -1])
  expect(info(p, param, 8, address)).toBe(0)
  expect(p.load(address + 4)).toBe(0)
  return p.load(address)
}

describe('SET_STATE', () => {
  const { powerMode, forcePreempt } = power.setState

  it('sets a power mode from 0 to 4 and tells the firmware', () => {
    const p = opened()
    expect(state(p, queries.info.powerMode)).toBe(0)
    for (const mode of [1, 4, 0, 2, 3]) {
      expect(set(p, powerMode, [mode])).toBe(0)
      expect(state(p, queries.info.powerMode)).toBe(mode)
      expect(p.stack.firmware.inspect().powerMode).toBe(mode)
    }
    expect(set(p, powerMode, [5])).toBe(-errno.EINVAL)
    expect(p.reason).toBe('5 is not a power mode; they end at 4.')
    expect(set(p, powerMode, [0x101])).toBe(-errno.EINVAL)
    expect(set(p, powerMode, [1, 1])).toBe(-errno.EINVAL)
    expect(state(p, queries.info.powerMode)).toBe(3)
  })

  it('looks at no more bytes than the caller says there are', () => {
    const p = opened()
    expect(set(p, powerMode, [0x101, 7], 1)).toBe(0)
    expect(state(p, queries.info.powerMode)).toBe(1)
  })

  it('forces preemption or not', () => {
    const p = opened()
    expect(set(p, forcePreempt, [1])).toBe(0)
    expect(state(p, queries.info.forcePreempt)).toBe(1)
    expect(set(p, forcePreempt, [2])).toBe(-errno.EINVAL)
    expect(set(p, forcePreempt, [0])).toBe(0)
    expect(state(p, queries.info.forcePreempt)).toBe(0)
    expect(state(p, queries.info.framePreempt)).toBe(1)
  })

  it('is for root; everybody may ask', () => {
    const p = opened(createHostStack(), 0, 1000)
    for (const param of [powerMode, forcePreempt, 99]) {
      expect(set(p, param, [1])).toBe(-errno.EACCES)
    }
    expect(state(p, queries.info.powerMode)).toBe(0)
  })

  it('has no other states on this device', () => {
    const p = opened()
    for (const param of [1, 2, 4, 9, 77]) expect(set(p, param, [0])).toBe(-errno.EOPNOTSUPP)
    expect(p.reason).toBe('This device has no SET_STATE parameter 77.')
  })
})
