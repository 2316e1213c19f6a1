import { describe, expect, it } from 'vitest'
import { command, commandHeader } from '../device/abi/command.ts'
import { hostQueue, packetOffset, recordOffset } from '../device/abi/host-queue.ts'
import { argument, errno, ioctlList, ioctls } from '../device/abi/ioctl.ts'
import { completeAll } from './test-kit/fake-ucs.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'

const never = { ...completeAll, serviceTicks: Infinity }

function booted(options: HostStackOptions = {}): Process {
  const process = new Process(createHostStack(options), 0)
  expect(process.boot()).toBe(0)
  expect(process.open()).toBe(0)
  return process
}

/** Writes a START_DPU command for the given uCs; the code address of uC i is 0x1000 + i. */
function startDpu(
  p: Process,
  address: number,
  ucs: readonly number[],
  chained = ucs.length - 1,
): void {
  const words = [1]
  for (const uc of ucs) words.push(0, 0, 0x1000 + uc, 0, 16, uc | (chained << 16))
  p.store(address, [
    commandHeader(command.opcode.startDpu, words.length, command.state.new),
    ...words,
  ])
}

function exec(p: Process, context: number, bo: number): { result: number; seq: number } {
  const at = argument.execCmd
  const result = p.ioctl(ioctls.execCmd, [
    [at.hwctx, context],
    [at.commandHandle, bo],
    [at.commandCount, 1],
  ])
  return { result, seq: p.arg64(at.seq) }
}

function wait(p: Process, context: number, seq: number, timeoutMs = 0): number {
  const at = argument.waitCmd
  return p.ioctl(ioctls.waitCmd, [
    [at.hwctx, context],
    [at.seq, seq],
    [at.timeoutMs, timeoutMs],
  ])
}

describe('bring-up', () => {
  it('ends with versions, geometry, one partition and one report buffer per column', () => {
    const p = booted()
    expect(p.stack.driver.inspectDevice()).toEqual({
      isUp: true,
      firmwareVersion: '2.14.0.114',
      certVersion: '1.8.0.46',
      columns: 3,
      rows: 6,
      coreRows: 4,
      partition: 1,
    })
    const { firmware } = p.stack
    p.stack.sim.schedule.runUntil(p.stack.sim.schedule.now + 1_000_000)
    expect(firmware.contexts.inspectPartitions()).toEqual([
      { id: 1, fn: 0, startColumn: 0, columns: 3 },
    ])
    expect(firmware.inspect().asyncBuffers).toBe(3)
    expect(firmware.inspect().hysteresisUs).toBe(1000)
    expect(firmware.inspect().hostClockNs).toBeGreaterThan(1.7e18)
  })

  it('refuses every call before the device is up', () => {
    const p = new Process(createHostStack(), 0)
    expect(p.open()).toBe(-errno.ENODEV)
    expect(p.reason).toContain('has not come up')
  })
})

describe('ioctl codes', () => {
  it('carry the structure sizes of the published header', () => {
    const own = ioctlList.filter((spec) => spec.nr >= 0)
    expect(own.map((spec) => spec.sizeBytes)).toEqual([56, 8, 24, 32, 48, 24, 56, 16, 16, 16, 24])
    expect(own.map((spec) => spec.code & 0xff)).toEqual(own.map((spec) => 0x40 + spec.nr))
  })

  it('that do not exist are refused', () => {
    const p = booted()
    expect(p.ioctl({ name: 'X', nr: 99, code: 0xc008_6463, sizeBytes: 8 }, [])).toBe(-errno.EINVAL)
  })
})

describe('buffer objects', () => {
  it('read as zeros when fresh, also when their pages were used before', () => {
    const p = booted()
    const first = p.buffer(4096, argument.boType.share)
    p.store(first.address, [1, 2, 3])
    expect(p.ioctl(ioctls.gemClose, [[0, first.handle]])).toBe(0)
    const second = p.buffer(4096, argument.boType.share)
    expect(p.stack.driver.inspectBuffers()[0].physicalAddress).toBeGreaterThan(0)
    expect([0, 4, 8].map((i) => p.load(second.address + i))).toEqual([0, 0, 0])
  })

  it('go from created to mapped to present to pinned', () => {
    const p = booted()
    const state = (): string => p.stack.driver.inspectBuffers()[0].mapping
    const at = argument.createBo
    p.ioctl(ioctls.createBo, [
      [at.size, 10_000],
      [at.type, argument.boType.share],
    ])
    const handle = p.arg(at.handle)
    expect(state()).toBe('created')
    p.ioctl(ioctls.getBoInfo, [[argument.getBoInfo.handle, handle]])
    expect(p.arg(argument.getBoInfo.vaddr)).toBe(0xffff_ffff)
    p.stack.driver.mmap(0, p.file, p.arg64(argument.getBoInfo.mapOffset), 10_000)
    expect(p.finish()).toBe(0)
    expect(state()).toBe('mapped')
    p.store(p.stack.driver.value(0) + 4096, [7])
    expect(state()).toBe('present')
    expect(p.stack.driver.inspectBuffers()[0].presentPages).toBe(1)
  })

  it('are refused with the reason', () => {
    const p = booted()
    const at = argument.createBo
    const create = (...fields: [number, number][]): number => p.ioctl(ioctls.createBo, fields)
    expect(create([at.size, 64], [at.type, argument.boType.heap])).toBe(-errno.EINVAL)
    expect(p.reason).toContain('no device heap')
    expect(create([at.size, 64], [at.type, argument.boType.dev])).toBe(-errno.EINVAL)
    expect(create([at.size, 64], [at.type, 0])).toBe(-errno.EINVAL)
    expect(create([at.size, 64], [at.type, 1], [at.flags, 1])).toBe(-errno.EINVAL)
    expect(create([at.type, 1])).toBe(-errno.EINVAL)
    expect(create([at.size, 2 ** 40], [at.type, 1])).toBe(-errno.ENOMEM)
    expect(p.ioctl(ioctls.getBoInfo, [[argument.getBoInfo.handle, 77]])).toBe(-errno.ENOENT)
  })

  it('refuse to sync from the device, after accepting the other direction', () => {
    const p = booted()
    const { handle } = p.buffer(4096)
    const at = argument.syncBo
    expect(
      p.ioctl(ioctls.syncBo, [
        [at.handle, handle],
        [at.size, 4096],
      ]),
    ).toBe(0)
    expect(
      p.ioctl(ioctls.syncBo, [
        [at.handle, handle],
        [at.direction, 1],
      ]),
    ).toBe(-errno.EOPNOTSUPP)
    expect(
      p.ioctl(ioctls.syncBo, [
        [at.handle, handle],
        [at.offset, 4096],
      ]),
    ).toBe(-errno.EINVAL)
    expect(p.ioctl(ioctls.syncBo, [[at.handle, 99]])).toBe(-errno.ENOENT)
  })

  it('are invisible to other processes and stale after close', () => {
    const p = booted()
    const other = new Process(p.stack, 1)
    expect(other.open()).toBe(0)
    const { handle } = p.buffer(4096)
    const info = argument.getBoInfo.handle
    expect(other.ioctl(ioctls.getBoInfo, [[info, handle]])).toBe(-errno.ENOENT)
    p.ioctl(ioctls.gemClose, [[0, handle]])
    expect(p.buffer(4096).handle).not.toBe(handle)
    expect(p.ioctl(ioctls.getBoInfo, [[info, handle]])).toBe(-errno.ENOENT)
  })
})

describe('contexts', () => {
  it('have a formatted queue and no doorbell of their own in kernel mode', () => {
    const p = booted()
    const { result, handle, queue } = p.context(4)
    expect(result).toBe(0)
    expect(handle).toBe(1)
    expect(p.arg(argument.createHwctx.umqDoorbell)).toBe(0xffff_ffff)
    expect(p.load(queue.address + hostQueue.versionMajor)).toBe(1)
    expect(p.load(queue.address + hostQueue.capacityAt)).toBe(32)
    const data = p.load(queue.address + 120) + p.load(queue.address + 124) * 2 ** 32
    expect(data).toBe(queue.address + 128)
  })

  it('refuse what the driver and the firmware refuse', () => {
    const p = booted()
    const at = argument.createHwctx
    const qos = p.stack.driver.memory.privateAddress[p.file]
    const queue = p.buffer(8320)
    const small = p.buffer(8192)
    const make = (...fields: [number, number][]): number => p.ioctl(ioctls.createHwctx, fields)
    expect(make([at.ext, 1])).toBe(-errno.EINVAL)
    expect(make([at.qosPointer, 4096])).toBe(-errno.EFAULT)
    expect(make([at.qosPointer, qos], [at.umqBo, 999])).toBe(-errno.ENOENT)
    expect(make([at.qosPointer, qos], [at.umqBo, small.handle])).toBe(-errno.EINVAL)
    expect(p.reason).toContain('8320')
    expect(make([at.qosPointer, qos], [at.umqBo, queue.handle])).toBe(-errno.EINVAL)
    for (const tiles of [5, 13, 16]) {
      const refused = make([at.qosPointer, qos], [at.umqBo, queue.handle], [at.numTiles, tiles])
      expect(refused).toBe(-errno.EINVAL)
      const fits = tiles === 5 ? 4 : 12
      expect(p.reason).toContain(`the nearest request that fits is ${fits} tiles`)
    }
  })

  it('number 129 is refused by the firmware and leaves room after a destroy', () => {
    const p = booted()
    const handles = Array.from({ length: 128 }, () => p.context(4)).map((c) => {
      expect(c.result).toBe(0)
      return c.handle
    })
    expect(p.context(4).result).toBe(-errno.EINVAL)
    expect(p.ioctl(ioctls.destroyHwctx, [[0, handles[5]]])).toBe(0)
    expect(p.context(4)).toMatchObject({ result: 0, handle: 129 })
  })

  it('end with an unknown handle refused', () => {
    const p = booted()
    const { handle } = p.context(4)
    expect(p.ioctl(ioctls.destroyHwctx, [[0, handle]])).toBe(0)
    expect(p.ioctl(ioctls.destroyHwctx, [[0, handle]])).toBe(-errno.EINVAL)
    expect(p.stack.firmware.contexts.inspectContexts()).toEqual([])
  })

  it('know what configuration the device does not take', () => {
    const p = booted()
    const { handle } = p.context(4)
    const at = argument.configHwctx
    const configure = (type: number, size = 0): number =>
      p.ioctl(ioctls.configHwctx, [
        [at.handle, handle],
        [at.paramType, type],
        [at.paramSize, size],
        [at.paramValue, type === 0 ? p.stack.driver.memory.privateAddress[p.file] : 0],
      ])
    expect(configure(0)).toBe(-errno.EOPNOTSUPP)
    expect(configure(0, 4097)).toBe(-errno.E2BIG)
    expect(configure(0, 4096)).toBe(-errno.EOPNOTSUPP)
    expect(configure(9)).toBe(-errno.EINVAL)
    // Attaching and detaching of debug buffers name a buffer with the list of uCs.
    expect([configure(1), configure(2)]).toEqual([-errno.EINVAL, -errno.EINVAL])
    expect(p.reason).toContain('there is no buffer 0')
  })
})

describe('submission', () => {
  it('answers seq 0 for the first command and writes a direct packet for one uC', () => {
    const p = booted()
    const { handle, queue } = p.context(4)
    const bo = p.buffer(4096)
    startDpu(p, bo.address, [0])
    expect(exec(p, handle, bo.handle)).toEqual({ result: 0, seq: 0 })
    const at = queue.address + packetOffset(0)
    expect([0, 4].map((i) => p.load(at + i))).toEqual([0x0001_0000, 24])
    expect(p.load(at + 8) + p.load(at + 12) * 2 ** 32).toBe(bo.address)
    expect(p.load(at + 16 + 4)).toBe(0x1000)
    expect(wait(p, handle, 0)).toBe(0)
    expect(p.load(bo.address)).toBe(command.state.completed)
    expect(p.load(queue.address + hostQueue.readIndex)).toBe(1)
  })

  it('writes an indirect packet with one record per uC for several', () => {
    const p = booted()
    const { handle, queue } = p.context(12)
    const bo = p.buffer(4096)
    startDpu(p, bo.address, [0, 3, 5])
    expect(exec(p, handle, bo.handle).result).toBe(0)
    const at = queue.address + packetOffset(0)
    expect(p.load(at + 4)).toBe(24 | (1 << 16) | (1 << 24))
    ;[0, 3, 5].forEach((uc, i) => {
      const record = queue.address + recordOffset(uc, 0)
      expect(p.load(at + 16 + 8 * i)).toBe(record % 2 ** 32)
      expect(p.load(at + 20 + 8 * i)).toBe((Math.floor(record / 2 ** 32) | (uc << 25)) >>> 0)
      expect(p.load(record + 4)).toBe(24 | (1 << 16))
      expect(p.load(record + 12)).toBe(0x1000 + uc)
    })
  })

  it('refuses malformed commands with their errno', () => {
    const p = booted()
    const { handle } = p.context(12)
    const bo = p.buffer(4096)
    startDpu(p, bo.address, [0, 6])
    expect(exec(p, handle, bo.handle).result).toBe(-errno.EINVAL)
    expect(p.reason).toContain('uC 6')
    startDpu(p, bo.address, [0], 6)
    expect(exec(p, handle, bo.handle).result).toBe(-errno.EINVAL)
    p.store(bo.address, [commandHeader(command.opcode.startDpu, 3, 1)])
    expect(exec(p, handle, bo.handle).result).toBe(-errno.EINVAL)
    p.store(bo.address, [commandHeader(20, 7, 1)])
    expect(exec(p, handle, bo.handle).result).toBe(-errno.EINVAL)
    expect(exec(p, handle, 500).result).toBe(-errno.EINVAL)
    startDpu(p, bo.address, [0])
    expect(exec(p, 999, bo.handle).result).toBe(-errno.EINVAL)
    const at = argument.execCmd
    const args = p.stack.driver.memory.privateAddress[p.file]
    p.store(args, [400])
    expect(
      p.ioctl(ioctls.execCmd, [
        [at.hwctx, handle],
        [at.commandHandle, bo.handle],
        [at.commandCount, 1],
        [at.argsPointer, args],
        [at.argCount, 1],
      ]),
    ).toBe(-errno.ENOENT)
    expect(p.stack.driver.inspectContexts()[0].submissions).toBe(0)
    expect(exec(p, handle, bo.handle)).toEqual({ result: 0, seq: 0 })
  })

  it('runs a chain as one: the last seq, read_index only at its end, 33 refused', () => {
    const p = booted()
    const { handle, queue } = p.context(4)
    const parts = Array.from({ length: 32 }, () => p.buffer(4096))
    parts.forEach((part) => startDpu(p, part.address, [0]))
    const chain = p.buffer(4096)
    const build = (n: number): void => {
      const handles = Array.from({ length: n }, (_, i) => parts[i % 32].handle)
      const words = [n, 0, 0, 0, 0, 0, ...handles.flatMap((h) => [h, 0])]
      p.store(chain.address, [commandHeader(command.opcode.chain, words.length, 1), ...words])
    }
    build(33)
    expect(exec(p, handle, chain.handle).result).toBe(-errno.EINVAL)
    build(32)
    expect(exec(p, handle, chain.handle)).toEqual({ result: 0, seq: 31 })
    expect(wait(p, handle, 0, 1)).toBe(0)
    expect(p.load(queue.address + hostQueue.readIndex)).toBe(32)
    expect(p.load(chain.address) & 0xf).toBe(command.state.new)
  })

  it('blocks the 33rd packet until a slot is free, and a signal ends that wait', () => {
    const p = booted({ ucs: never })
    const { handle } = p.context(4)
    const bo = p.buffer(4096)
    startDpu(p, bo.address, [0])
    for (let i = 0; i < 32; i++) expect(exec(p, handle, bo.handle).seq).toBe(i)
    const at = argument.execCmd
    p.start(ioctls.execCmd, [
      [at.hwctx, handle],
      [at.commandHandle, bo.handle],
      [at.commandCount, 1],
    ])
    p.stack.sim.schedule.runUntil(p.stack.sim.schedule.now + 1_000_000)
    expect(p.stack.driver.inspectThreads()[0].waitsFor).toBe('a free queue slot')
    expect(p.stack.driver.signal(0)).toBe(true)
    expect(p.finish()).toBe(-errno.EINTR)
  })

  it('keeps strict turns when several threads wait for slots', () => {
    const p = booted({ ucs: { ...completeAll, serviceTicks: 400_000 } })
    const { handle } = p.context(4)
    const submit = (by: Process): void => {
      const bo = p.buffer(4096)
      startDpu(p, bo.address, [0])
      const at = argument.execCmd
      by.start(ioctls.execCmd, [
        [at.hwctx, handle],
        [at.commandHandle, bo.handle],
        [at.commandCount, 1],
      ])
    }
    for (let i = 0; i < 33; i++) {
      submit(p)
      p.finish()
    }
    const threads = [3, 1, 2].map((thread) => {
      const other = new Process(p.stack, thread)
      other.file = p.file
      submit(other)
      return other
    })
    const waits = p.stack.driver.inspectThreads().map((view) => view.waitsFor)
    expect(waits).toEqual([
      undefined,
      'its turn to submit',
      'its turn to submit',
      'a free queue slot',
    ])
    expect(threads.map((t) => t.finish())).toEqual([0, 0, 0])
    expect(threads.map((t) => t.arg64(argument.execCmd.seq))).toEqual([33, 34, 35])
  })
})

describe('waiting', () => {
  it('answers ETIME when time is up, EINVAL without a context, EAGAIN when the context goes', () => {
    const p = booted({ ucs: never })
    const { handle } = p.context(4)
    const bo = p.buffer(4096)
    startDpu(p, bo.address, [0])
    exec(p, handle, bo.handle)
    const from = p.stack.sim.schedule.now
    expect(wait(p, handle, 0, 1)).toBe(-errno.ETIME)
    expect(p.stack.sim.schedule.now - from).toBeGreaterThanOrEqual(1_200_000)
    expect(wait(p, 77, 0)).toBe(-errno.EINVAL)
    const at = argument.waitCmd
    const other = new Process(p.stack, 1)
    other.file = p.file
    other.start(ioctls.waitCmd, [[at.hwctx, handle]])
    expect(p.ioctl(ioctls.destroyHwctx, [[0, handle]])).toBe(0)
    expect(other.finish()).toBe(-errno.EAGAIN)
    expect(p.load(bo.address) & 0xf).toBe(command.state.abort)
  })
})

describe('closing', () => {
  it('ends contexts, releases buffers and frees every page', () => {
    const p = booted({ ucs: never })
    const { dram } = p.stack.soc
    const other = new Process(p.stack, 1)
    const before = dram.reservedPages
    other.open()
    const { handle } = other.context(4)
    const bo = other.buffer(4096)
    startDpu(other, bo.address, [0])
    exec(other, handle, bo.handle)
    other.ioctl(ioctls.gemClose, [[0, bo.handle]])
    expect(p.stack.driver.inspectBuffers().some((b) => !b.hasHandle)).toBe(true)
    expect(other.close()).toBe(0)
    expect(dram.reservedPages).toBe(before)
    expect(p.stack.driver.inspectBuffers()).toEqual([])
    expect(p.stack.firmware.contexts.inspectContexts()).toEqual([])
  })
})
