/** SR-IOV through the calls of a process: the number of VFs, what a PF refuses, what VFs share and what they do not. */
import { beforeAll, describe, expect, it } from 'vitest'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { mailbox } from '../device/abi/mailbox.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import { functionOfVf } from '../device/functions.ts'
import { ManagementEvent } from '../firmware/management/events.ts'
import { SocEvent } from '../soc/events.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStack } from './test-kit/host-stack.ts'

function pf(vfLimit: 4 | 64 = 4): HostStack {
  return createHostStack({ switches: { function: 'pf', vfLimit } })
}

function setVfs(p: Process, count: number, noRoom = false): number {
  p.stack.driver.setVfs(p.thread, count, noRoom)
  return p.finish()
}

function assign(p: Process, vfs: readonly number[]): number {
  p.stack.driver.assignVfs(p.thread, vfs)
  return p.finish()
}

function openVf(p: Process, vf: number, uid = 0): number {
  p.stack.driver.open(p.thread, uid, functionOfVf(vf))
  const result = p.finish()
  p.file = p.stack.driver.value(p.thread)
  return result
}

/** Processes on VFs 0, 1, … of a booted PF, each with a thread of its own; the first one is the host's. */
function guests(count: number, stack = pf()): { host: Process; guest: Process[] } {
  const host = new Process(stack, 0)
  expect(host.boot()).toBe(0)
  expect(setVfs(host, count)).toBe(0)
  const guest = Array.from({ length: count }, (_, vf) => {
    const p = new Process(stack, vf + 1)
    expect(openVf(p, vf)).toBe(0)
    return p
  })
  return { host, guest }
}

function setState(p: Process, param: number, value: number): number {
  const at = p.stack.driver.memory.privateAddress[p.file]
  p.store(at, [value, 0])
  return p.ioctl(ioctls.setState, [
    [argument.setState.param, param],
    [argument.setState.bufferSize, power.stateBytes],
    [argument.setState.buffer, at],
  ])
}

describe('the number of VFs', () => {
  it('is 1 to 4, made all at once, and is the value of the write', () => {
    const host = new Process(pf(), 0)
    expect(setVfs(host, 2)).toBe(-errno.ENODEV)
    expect(host.boot()).toBe(0)
    expect(setVfs(host, 5)).toBe(-errno.EINVAL)
    expect(host.reason).toBe('The firmware makes no 5 VFs; it makes 1 to 4 at once.')
    expect(setVfs(host, 4)).toBe(0)
    expect(host.stack.driver.value(0)).toBe(4)
    expect(host.stack.firmware.inspect().vfs).toBe(4)
    expect(setVfs(host, 2)).toBe(-errno.EINVAL)
    expect(host.reason).toContain('makes no 2 VFs while')
    expect(setVfs(host, 0)).toBe(0)
    expect(host.stack.firmware.inspect().vfs).toBe(0)
    expect(setVfs(host, 0)).toBe(0)
    expect(setVfs(host, 1)).toBe(0)
  })

  it('stays while a VF is given to a VM', () => {
    const { host } = guests(2)
    expect(assign(host, [2])).toBe(-errno.ENODEV)
    expect(assign(host, [1])).toBe(0)
    expect(setVfs(host, 0)).toBe(-errno.EPERM)
    expect(host.reason).toBe('VF 1 is given to a VM, so the VFs stay.')
    expect(assign(host, [])).toBe(0)
    expect(setVfs(host, 0)).toBe(0)
  })

  it('is taken back when PCI has no room for the VFs', () => {
    const host = new Process(pf(), 0)
    host.boot()
    expect(setVfs(host, 3, true)).toBe(-errno.ENOMEM)
    expect(host.stack.firmware.inspect().vfs).toBe(0)
    expect(setVfs(host, 3)).toBe(0)
  })

  it('does not exist on a classic device', () => {
    const host = new Process(createHostStack(), 0)
    host.boot()
    expect(setVfs(host, 1)).toBe(-errno.EOPNOTSUPP)
    expect(assign(host, [])).toBe(-errno.EOPNOTSUPP)
    expect(openVf(host, 0)).toBe(-errno.ENODEV)
  })
})

describe('a PF', () => {
  let p: Process
  beforeAll(() => {
    p = new Process(pf(), 0)
    p.boot()
    p.open()
  })

  it('has no contexts, state, info and arrays; what is checked before that is refused before', () => {
    expect(p.context(4).result).toBe(-errno.EOPNOTSUPP)
    expect(p.ioctl(ioctls.createHwctx, [[argument.createHwctx.ext, 1]])).toBe(-errno.EINVAL)
    expect(p.ioctl(ioctls.configHwctx, [])).toBe(-errno.EOPNOTSUPP)
    expect(p.ioctl(ioctls.configHwctx, [[argument.configHwctx.pad, 1]])).toBe(-errno.EINVAL)
    expect(p.ioctl(ioctls.getInfo, [[argument.getInfo.param, 8]])).toBe(-errno.EOPNOTSUPP)
    expect(p.ioctl(ioctls.getArray, [])).toBe(-errno.EOPNOTSUPP)
    expect(p.ioctl(ioctls.waitCmd, [])).toBe(-errno.EOPNOTSUPP)
    expect(setState(p, power.setState.powerMode, 1)).toBe(-errno.EOPNOTSUPP)
    const user = new Process(p.stack, 1)
    user.open(1000)
    expect(setState(user, power.setState.powerMode, 1)).toBe(-errno.EACCES)
  })

  it('has no doorbells to map and no switch of who submits', () => {
    p.stack.driver.mmap(0, p.file, 0x40000, 4096)
    expect(p.finish()).toBe(-errno.EOPNOTSUPP)
    p.stack.driver.switchSubmission(0, true)
    expect(p.finish()).toBe(-errno.ENOENT)
  })

  it('has no doorbell pages either: nobody answers there', () => {
    const { bars } = p.stack.soc
    const { doorbell, bar } = p.stack.facts
    const faults = p.stack.sim.faults.list().length
    bars.write32(bar.sram, doorbell.base, 0)
    expect(p.stack.sim.faults.list().length).toBe(faults + 1)
  })
})

describe('virtual functions', () => {
  let host: Process
  let a: Process
  let b: Process
  let stack: HostStack
  beforeAll(() => {
    const made = guests(2)
    host = made.host
    ;[a, b] = made.guest
    stack = host.stack
  })

  it('have handles, PASIDs, partitions, rings and vectors of their own', () => {
    const first = a.context(4)
    const second = b.context(4)
    expect([first.handle, second.handle]).toEqual([1, 1])
    const [x, y] = stack.firmware.contexts.inspectContexts()
    expect([x.fn, y.fn]).toEqual([1, 2])
    expect([x.pasid, y.pasid]).toEqual([1, 1])
    expect(x.partition).not.toBe(y.partition)
    const valid = (fn: number): number =>
      stack.soc.functions[fn].read32(stack.facts.bar.sram, mailbox.infoBlock.valid)
    expect([0, 1, 2, 3].map(valid)).toEqual([1, 1, 1, 0])
  })

  it('do not reach what another one has mapped, though its PASID has the same number', () => {
    const mine = a.buffer(4096)
    a.store(mine.address, [77])
    const { pasid } = stack.driver.memory
    expect(stack.soc.memory.read32(pasid[a.file], mine.address)).toBe(77)
    expect(stack.soc.memory.read32(pasid[b.file], mine.address)).toBe(-1)
  })

  it('ring nothing through the doorbell page of another one', () => {
    const { doorbell, bar } = stack.facts
    const { fwId } = stack.firmware.contexts.inspectContexts()[0]
    const page = doorbell.base + fwId * doorbell.stride
    const { trace } = stack.sim
    const from = trace.end
    stack.soc.functions[2].write32(bar.sram, page, 0)
    stack.soc.functions[1].write32(bar.sram, page, 0)
    const kinds = Array.from({ length: trace.end - from }, (_, i) => trace.record(from + i).kind)
    expect(kinds.filter((kind) => kind === SocEvent.doorbell)).toHaveLength(2)
    expect(kinds.filter((kind) => kind === ManagementEvent.strayDoorbell)).toHaveLength(1)
  })

  it('run the device in the highest of the modes that they ask for', () => {
    const { turbo, powersaver: low } = power.modes
    expect(setState(a, power.setState.powerMode, turbo)).toBe(0)
    expect(setState(b, power.setState.powerMode, low)).toBe(0)
    expect(stack.firmware.inspect().powerMode).toBe(turbo)
    expect(stack.driver.powerMode).toBe(turbo)
    expect(setState(a, power.setState.powerMode, power.modes.default)).toBe(0)
    expect(stack.firmware.inspect().powerMode).toBe(low)
    expect(setState(a, power.setState.powerMode, 5)).toBe(-errno.EINVAL)
  })

  it('may not force preemption', () => {
    expect(setState(a, power.setState.forcePreempt, 1)).toBe(-errno.EINVAL)
    expect(a.reason).toContain('while virtual functions share')
  })

  it('see the processes of their own function only', () => {
    const at = stack.driver.memory.privateAddress[a.file]
    const asked = a.ioctl(ioctls.getArray, [
      [argument.getArray.param, queries.array.hwContextAll],
      [argument.getArray.elementSize, queries.hwContextBytes],
      [argument.getArray.numElement, 8],
      [argument.getArray.buffer, at],
    ])
    expect(asked).toBe(0)
    expect(a.arg(argument.getArray.numElement)).toBe(1)
  })

  it('leave with their contexts; an open file is good for closing only', () => {
    expect(setVfs(host, 0)).toBe(0)
    expect(stack.firmware.contexts.inspectContexts()).toEqual([])
    expect(stack.firmware.contexts.inspectPartitions()).toEqual([])
    expect(stack.firmware.inspect().powerMode).toBe(0)
    expect(a.ioctl(ioctls.createHwctx, [])).toBe(-errno.ENODEV)
    expect(a.reason).toBe('The function that the process had open is gone.')
    expect(a.close()).toBe(0)
    expect(openVf(a, 0)).toBe(-errno.ENODEV)
    expect(setVfs(host, 1)).toBe(0)
    expect(openVf(a, 0)).toBe(0)
    expect(a.context(4).handle).toBe(1)
    expect(b.ioctl(ioctls.waitCmd, [])).toBe(-errno.ENODEV)
  })
})
