import { describe, expect, it } from 'vitest'
import { command, commandHeader } from '../device/abi/command.ts'
import { hostQueue, packetOffset } from '../device/abi/host-queue.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import {
  chainOf,
  commandBuffer,
  exec,
  execFields,
  startDpu,
  stateOf,
  wait,
  waitFields,
} from './test-kit/calls.ts'
import { completeAll } from './test-kit/fake-ucs.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'

const at = argument.execCmd
const { state } = command
const never = { ucs: { ...completeAll, serviceTicks: Infinity } }

function booted(options: HostStackOptions = {}): Process {
  const process = new Process(createHostStack(options), 0)
  expect([process.boot(), process.open()]).toEqual([0, 0])
  return process
}

function opened(p: Process, thread: number): Process {
  const other = new Process(p.stack, thread)
  expect(other.open()).toBe(0)
  return other
}

/** Another thread of a process. */
function threadOf(p: Process, thread: number): Process {
  const other = new Process(p.stack, thread)
  other.file = p.file
  return other
}

/** A process with a context and a command, and what EXEC_CMD makes of other fields. */
function ready(options: HostStackOptions = {}) {
  const p = booted(options)
  const { handle: hwctx, queue } = p.context(12)
  const bo = commandBuffer(p)
  const refused = (...other: [number, number][]): number => exec(p, hwctx, bo.handle, other).result
  return { p, hwctx, queue, bo, refused }
}

/** Fills a queue whose packets nobody finishes. */
function full() {
  const all = ready(never)
  for (let i = 0; i < hostQueue.capacity; i++)
    expect(exec(all.p, all.hwctx, all.bo.handle)).toEqual({ result: 0, seq: i })
  return all
}

describe('EXEC_CMD refuses, in this order,', () => {
  it('1: extensions, another number of commands than one, 4,096 arguments, another type than 0', () => {
    const { p, refused } = ready()
    for (const offset of [at.ext, at.ext + 4, at.extFlags, at.extFlags + 4])
      expect(refused([offset, 1])).toBe(-errno.EINVAL)
    for (const count of [0, 2, 0xffff_ffff])
      expect(refused([at.commandCount, count])).toBe(-errno.EINVAL)
    expect(p.reason).toBe(`EXEC_CMD takes one command, not ${0xffff_ffff}.`)
    expect(refused([at.argCount, 4096])).toBe(-errno.EINVAL)
    expect(p.reason).toBe('EXEC_CMD takes at most 4095 argument buffers, not 4096.')
    expect(refused([at.type, 1])).toBe(-errno.EINVAL)
    const list = p.buffer(4 * 4095)
    const used = p.buffer(4096)
    p.store(
      list.address,
      Array.from({ length: 4095 }, () => used.handle),
    )
    expect(refused([at.argCount, 4095], [at.argsPointer, list.address])).toBe(0)
  })

  it('2: a command that is no buffer of type share or cmd of this process', () => {
    const p = booted({ profile: 'npu4' })
    const { handle: hwctx } = p.context(4)
    const chunk = p.chunk(p.stack.driver.memory.setAside(p.file, 512 << 20, 64 << 20), 64 << 20)
    const dev = p.create(argument.boType.dev, 4096).handle
    const closed = commandBuffer(p).handle
    expect(p.closeBo(closed)).toBe(0)
    const foreign = commandBuffer(opened(p, 1)).handle
    for (const handle of [0, 999, 2 ** 32 + 1, chunk.handle, dev, closed, foreign])
      expect(exec(p, hwctx, handle).result).toBe(-errno.EINVAL)
    expect(exec(p, hwctx, commandBuffer(p).handle).result).toBe(0)
  })

  it('2: arguments that are no buffers of this process, before it looks at the context', () => {
    const { p, refused } = ready()
    const list = p.stack.driver.memory.privateAddress[p.file]!
    const foreign = opened(p, 1).buffer(4096).handle
    for (const handle of [0, 4711, foreign]) {
      p.store(list, [handle])
      expect(refused([at.argsPointer, list], [at.argCount, 1], [at.hwctx, 99])).toBe(-errno.ENOENT)
    }
    expect(refused([at.argsPointer, 64], [at.argCount, 1])).toBe(-errno.EFAULT)
    // Nothing that was pinned on the way stays pinned by a call that was refused.
    const { handle, address } = p.buffer(4096)
    p.store(list, [handle, 4711])
    expect(refused([at.argsPointer, list], [at.argCount, 2])).toBe(-errno.ENOENT)
    expect([p.unmap(address), p.closeBo(handle)]).toEqual([0, 0])
    expect(p.stack.driver.inspectBuffers().some((b) => b.handle === handle)).toBe(false)
  })

  it('4: a context that is not there, not of this process, or ended', () => {
    const { p, bo, hwctx } = ready()
    const foreign = opened(p, 1).context(4).handle
    for (const handle of [0, 77, foreign, 1025, 0xffff_ffff])
      expect(exec(p, handle, bo.handle).result).toBe(-errno.EINVAL)
    expect(p.ioctl(ioctls.destroyHwctx, [[0, hwctx]])).toBe(0)
    expect(exec(p, hwctx, bo.handle).result).toBe(-errno.EINVAL)
    expect(p.reason).toBe(`The process has no hardware context with handle ${hwctx}.`)
  })

  it('5: a context in user mode, before it looks at the command', () => {
    const p = booted()
    p.stack.driver.switchSubmission(0, true)
    expect(p.finish()).toBe(0)
    const { handle } = p.context(4)
    expect(exec(p, handle, p.buffer(4096).handle).result).toBe(-errno.EOPNOTSUPP)
  })

  it.each([0, 1, 17, 20, 21, 22, 31])('6: opcode %i', (opcode) => {
    const { p, bo, refused } = ready()
    p.store(bo.address, [commandHeader(opcode, 7, state.new)])
    expect(refused()).toBe(-errno.EINVAL)
    expect(p.reason).toBe(
      `The command has opcode ${opcode}; this device runs START_DPU and CMD_CHAIN.`,
    )
  })

  it('11: more than six records, a payload that is too short, a uC 6 in an indirect packet', () => {
    const { p, bo, refused } = ready()
    startDpu(p, bo, [0, 1, 2, 3, 4, 5, 0])
    expect(refused()).toBe(-errno.EINVAL)
    startDpu(p, bo, [0], 6)
    expect(refused()).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The command names 7 uCs; there are at most 6.')
    startDpu(p, bo, [0], 1)
    expect(refused()).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The command says 7 words follow its header; its records need 13.')
    startDpu(p, bo, [0, 6])
    expect(refused()).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The command names uC 6; the indices end at 5.')
    // A direct packet says nothing of a uC.
    startDpu(p, bo, [9])
    expect(refused()).toBe(0)
    startDpu(p, bo, [0, 1, 2, 3, 4, 5])
    expect(refused()).toBe(0)
  })

  it('11: words of further CU masks come before the records', () => {
    const { p, bo, refused } = ready()
    const header = commandHeader(command.opcode.startDpu, 9, state.new) | (2 << 10)
    p.store(bo.address, [header >>> 0, 1, 1, 1, 0, 0, 0x5000, 0, 16, 0])
    expect(refused()).toBe(0)
    p.store(bo.address, [((header & ~(0x7ff << 12)) | (8 << 12)) >>> 0])
    expect(refused()).toBe(-errno.EINVAL)
  })

  it('11: chains of none, of 33, of fewer words than they need, of buffers that are not there', () => {
    const { p, bo, hwctx } = ready()
    const chain = p.buffer(4096)
    const run = (): number => exec(p, hwctx, chain.handle).result
    const handles = Array.from({ length: 33 }, () => bo.handle)
    for (const [some, count] of [
      [[], 0],
      [handles, 33],
      [handles.slice(0, 2), 3],
      [[bo.handle], 0xffff_ffff],
    ] as const) {
      chainOf(p, chain, some, count)
      expect(run()).toBe(-errno.EINVAL)
    }
    p.store(chain.address, [commandHeader(command.opcode.chain, 5, state.new)])
    expect(run()).toBe(-errno.EINVAL)
    const foreign = commandBuffer(opened(p, 1)).handle
    for (const missing of [0, 999, foreign]) {
      chainOf(p, chain, [missing, bo.handle])
      expect(run()).toBe(-errno.ENOENT)
    }
    // A chain is no part of a chain.
    chainOf(p, chain, [chain.handle])
    expect(run()).toBe(-errno.EINVAL)
    expect(p.stack.driver.inspectContexts()[0]!.submissions).toBe(0)
  })

  it('11 before 12: what is malformed does not wait for room in a full queue', () => {
    const { p, hwctx, bo } = full()
    const bad = p.buffer(4096)
    startDpu(p, bad, [0, 6])
    expect(exec(p, hwctx, bad.handle).result).toBe(-errno.EINVAL)
    startDpu(p, bad, [0], 6)
    expect(exec(p, hwctx, bad.handle).result).toBe(-errno.EINVAL)
    chainOf(p, bad, [999, bo.handle])
    expect(exec(p, hwctx, bad.handle).result).toBe(-errno.ENOENT)
  })

  it('10 before 11: what is malformed waits behind the submitters before it', () => {
    const { p, hwctx, bo } = full()
    const bad = p.buffer(4096)
    chainOf(p, bad, [], 0)
    const [first, second] = [threadOf(p, 1), threadOf(p, 2)]
    first.start(ioctls.execCmd, execFields(hwctx, bo.handle))
    second.start(ioctls.execCmd, execFields(hwctx, bad.handle))
    const waits = (): (string | undefined)[] =>
      p.stack.driver.inspectThreads().map(({ waitsFor }) => waitsFor)
    expect(waits()).toEqual([undefined, 'a free queue slot', 'its turn to submit'])
    expect(p.stack.driver.signal(1)).toBe(true)
    expect(first.finish()).toBe(-errno.EINTR)
    expect(second.finish()).toBe(-errno.EINVAL)
  })
})

describe('EXEC_CMD in a queue that is full', () => {
  it('is ended by a signal, as is one that waits for its turn', () => {
    const { p, hwctx, bo } = full()
    const threads = [threadOf(p, 1), threadOf(p, 2)]
    for (const thread of threads) thread.start(ioctls.execCmd, execFields(hwctx, bo.handle))
    expect([p.stack.driver.signal(2), p.stack.driver.signal(1)]).toEqual([true, true])
    expect(threads.map((thread) => thread.finish())).toEqual([-errno.EINTR, -errno.EINTR])
    expect(p.stack.driver.inspectContexts()[0]!).toMatchObject({ submissions: 32, writeIndex: 32 })
  })

  it('ends as EAGAIN when the context goes, and leaves nothing pinned', () => {
    const { p, hwctx, bo } = full()
    const [submitter, next] = [threadOf(p, 1), threadOf(p, 2)]
    const own = commandBuffer(p)
    for (const thread of [submitter, next])
      thread.start(ioctls.execCmd, execFields(hwctx, own.handle))
    expect(p.ioctl(ioctls.destroyHwctx, [[0, hwctx]])).toBe(0)
    expect([submitter.finish(), next.finish()]).toEqual([-errno.EAGAIN, -errno.EAGAIN])
    expect(stateOf(p, own)).toBe(state.new)
    expect(stateOf(p, bo)).toBe(state.abort)
    expect(p.closeBo(own.handle)).toBe(0)
    expect(p.stack.driver.inspectBuffers().some((b) => b.handle === own.handle)).toBe(false)
  })

  it('takes 32 commands of a chain when it is empty, and makes room for them when it is not', () => {
    const { p, hwctx, bo } = ready()
    const chain = p.buffer(4096)
    const parts = Array.from({ length: 32 }, () => commandBuffer(p).handle)
    chainOf(p, chain, parts)
    expect(exec(p, hwctx, bo.handle)).toEqual({ result: 0, seq: 0 })
    expect(exec(p, hwctx, chain.handle)).toEqual({ result: 0, seq: 32 })
    expect(wait(p, hwctx, 32)).toBe(0)
  })
})

describe('a chain of which only the front can be published', () => {
  it('is a success with the seq of the front, and ends as ABORT with the next command', () => {
    const { p, hwctx, queue } = ready()
    const parts = [commandBuffer(p), commandBuffer(p), commandBuffer(p)]
    startDpu(p, parts[2]!, [0, 6])
    const chain = p.buffer(4096)
    chainOf(
      p,
      chain,
      parts.map((part) => part.handle),
    )
    expect(exec(p, hwctx, chain.handle)).toEqual({ result: 0, seq: 1 })
    expect(p.load(queue.address + packetOffset(1)) >>> 24).toBe(1)
    expect(wait(p, hwctx, 1, 1)).toBe(-errno.ETIME)
    expect(parts.map((part) => stateOf(p, part))).toEqual([4, 4, 1])
    const last = commandBuffer(p)
    expect(exec(p, hwctx, last.handle)).toEqual({ result: 0, seq: 2 })
    expect(wait(p, hwctx, 1)).toBe(0)
    expect([stateOf(p, chain), stateOf(p, last)]).toEqual([state.abort, state.completed])
    const context = p.stack.driver.inspectContexts()[0]!
    expect(context).toMatchObject({ submissions: 2, completions: 2, readIndex: 3, writeIndex: 3 })
  })

  it('is one too when a signal ends the wait for room', () => {
    const { p, hwctx, bo } = ready(never)
    for (let i = 0; i < 30; i++) exec(p, hwctx, bo.handle)
    const chain = p.buffer(4096)
    chainOf(
      p,
      chain,
      Array.from({ length: 5 }, () => bo.handle),
    )
    p.start(ioctls.execCmd, execFields(hwctx, chain.handle))
    expect(p.stack.driver.signal(0)).toBe(true)
    expect(p.finish()).toBe(0)
    expect(p.arg64(at.seq)).toBe(31)
    expect(stateOf(p, chain)).toBe(state.abort)
  })
})

describe('WAIT_CMD', () => {
  it('of a context that is not there, not of this process, or ended is EINVAL', () => {
    const { p, hwctx, bo } = ready()
    const other = opened(p, 1)
    exec(p, hwctx, bo.handle)
    expect([wait(p, 0, 0), wait(p, 77, 0), wait(other, hwctx, 0)]).toEqual([
      -errno.EINVAL,
      -errno.EINVAL,
      -errno.EINVAL,
    ])
    expect(p.ioctl(ioctls.destroyHwctx, [[0, hwctx]])).toBe(0)
    expect(wait(p, hwctx, 0)).toBe(-errno.EINVAL)
  })

  it('of what is done is 0, however often; of what is not is ETIME after its time', () => {
    const { p, hwctx, bo } = ready()
    const { seq } = exec(p, hwctx, bo.handle)
    expect([wait(p, hwctx, seq), wait(p, hwctx, seq, 1), wait(p, hwctx, 0)]).toEqual([0, 0, 0])
    const { schedule } = p.stack.sim
    const since = schedule.now
    expect(wait(p, hwctx, seq + 1, 3)).toBe(-errno.ETIME)
    expect(p.reason).toBe('The command was not finished within 3 ms.')
    expect((schedule.now - since) / 1_200_000).toBeCloseTo(3, 2)
  })

  it('says nothing of how the command ended: its header does', () => {
    const ucs = { ...completeAll, work: () => state.error | (3 << 4) }
    const { p, hwctx, bo } = ready({ ucs })
    const { seq } = exec(p, hwctx, bo.handle)
    expect(wait(p, hwctx, seq)).toBe(0)
    expect(p.load(bo.address)).toBe((3 << 4) | state.error)
    // The whole word is the completion: opcode and count are to be written again.
    expect(exec(p, hwctx, bo.handle).result).toBe(-errno.EINVAL)
    startDpu(p, bo)
    expect(exec(p, hwctx, bo.handle)).toEqual({ result: 0, seq: 1 })
  })

  it('is ended by a signal, and the command goes on', () => {
    const { p, hwctx, bo } = ready({ ucs: { ...completeAll, serviceTicks: 100_000 } })
    const { seq } = exec(p, hwctx, bo.handle)
    p.start(ioctls.waitCmd, waitFields(hwctx, seq))
    expect(p.stack.driver.signal(0)).toBe(true)
    expect(p.finish()).toBe(-errno.EINTR)
    expect(p.reason).toBe('A signal ended the wait.')
    expect(wait(p, hwctx, seq)).toBe(0)
  })

  it('is woken by the vector it shares with others, and goes on waiting for its own command', () => {
    const { p } = ready({ ucs: { ...completeAll, serviceTicks: 50_000 } })
    const contexts = Array.from({ length: 9 }, () => p.context(4).handle)
    const shares = p.stack.driver.inspectContexts()
    const [a, b] = [shares[0]!, shares[8]!]
    expect(a.vector).toBe(b.vector)
    expect(contexts).toContain(b.handle)
    const [first, second] = [commandBuffer(p), commandBuffer(p)]
    exec(p, a.handle, first.handle)
    p.stack.sim.schedule.runUntil(p.stack.sim.schedule.now + 20_000)
    exec(p, b.handle, second.handle)
    expect(wait(p, b.handle, 0)).toBe(0)
    expect([stateOf(p, first), stateOf(p, second)]).toEqual([state.completed, state.completed])
  })
})

describe('a command that its process has never written', () => {
  it('is zeros to the kernel, not what another process left there', () => {
    const { p, hwctx } = ready()
    const chain = p.buffer(4096)
    const other = opened(p, 1)
    const placeOf = (handle: number): number =>
      p.stack.driver.inspectBuffers().find((b) => b.handle === handle)!.physicalAddress
    const left = other.buffer(4096)
    other.store(left.address, [commandHeader(21, 7, state.new)])
    const place = placeOf(left.handle)
    expect(other.closeBo(left.handle)).toBe(0)
    const fresh = p.buffer(4096)
    expect(placeOf(fresh.handle)).toBe(place)
    chainOf(p, chain, [fresh.handle])
    expect(exec(p, hwctx, chain.handle).result).toBe(-errno.EINVAL)
    expect(p.reason).toContain('has opcode 0;')
  })
})
