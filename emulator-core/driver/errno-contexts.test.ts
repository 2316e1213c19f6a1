import { describe, expect, it, vi } from 'vitest'
import { hostQueue } from '../device/abi/host-queue.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { hostFacts } from '../device/host-facts.ts'
import { createHwctx } from './test-kit/calls.ts'
import type { Fields } from './test-kit/calls.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'

const at = argument.createHwctx
const page = 4096

function booted(options: HostStackOptions = {}, uid = 0): Process {
  const process = new Process(createHostStack(options), 0)
  expect([process.boot(), process.open(uid)]).toEqual([0, 0])
  return process
}

function second(p: Process): Process {
  const other = new Process(p.stack, 1)
  expect(other.open()).toBe(0)
  return other
}

const qosOf = (p: Process): number => p.stack.driver.memory.privateAddress[p.file]!
/** What a good call has, with what is different. */
const fields = (p: Process, queue: number, other: Fields = []): Fields => [
  [at.qosPointer, qosOf(p)],
  [at.umqBo, queue],
  [at.numTiles, 4],
  ...other,
]
const firmwareContexts = (p: Process): number => p.stack.firmware.contexts.inspectContexts().length

describe('CREATE_HWCTX refuses, in this order,', () => {
  it('1: extension words that are not 0, whatever else is wrong', () => {
    const p = booted()
    for (const offset of [at.ext, at.ext + 4, at.extFlags, at.extFlags + 4]) {
      expect(createHwctx(p, [[offset, 1]]).result).toBe(-errno.EINVAL)
      expect(p.reason).toBe('The extension fields are reserved and must be 0.')
    }
  })

  it('3: a QoS block that cannot be copied, before it looks at the queue', () => {
    const p = booted()
    const end = qosOf(p) + (128 << 10)
    for (const pointer of [0, 64, end - argument.qosBytes + 4, 2 ** 53]) {
      expect(createHwctx(p, fields(p, 999, [[at.qosPointer, pointer]])).result).toBe(-errno.EFAULT)
    }
    const { handle } = p.buffer(8320)
    const last = end - argument.qosBytes
    expect(createHwctx(p, fields(p, handle, [[at.qosPointer, last]])).result).toBe(0)
  })

  it('8: a queue that is no buffer of type share or cmd of this process', () => {
    const p = booted({ profile: 'npu4' })
    const other = second(p)
    const { memory } = p.stack.driver
    const chunk = p.chunk(memory.setAside(p.file, 512 << 20, 64 << 20), 64 << 20)
    const dev = p.create(argument.boType.dev, 16 * page)
    expect(dev.result).toBe(0)
    const closed = p.buffer(8320)
    expect(p.closeBo(closed.handle)).toBe(0)
    for (const handle of [
      0,
      999,
      chunk.handle,
      dev.handle,
      closed.handle,
      other.buffer(8320).handle,
    ])
      expect(createHwctx(p, fields(p, handle, [[at.numTiles, 0]])).result).toBe(-errno.ENOENT)
    for (const type of [argument.boType.share, argument.boType.cmd])
      expect(createHwctx(p, fields(p, p.buffer(8320, type).handle)).result).toBe(0)
  })

  it('9: a queue of 8,319 bytes, before it looks at the tiles', () => {
    const p = booted()
    const short = p.buffer(8319).handle
    expect(createHwctx(p, fields(p, short, [[at.numTiles, 0]])).result).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The queue buffer has 8319 bytes; the queue needs 8320.')
    expect(createHwctx(p, fields(p, p.buffer(8320).handle)).result).toBe(0)
  })

  it('10: a queue that the kernel cannot map, because it is memory of the process', () => {
    const p = booted()
    const { memory } = p.stack.driver
    const own = memory.allot(p.file, 3 * page)
    const table = memory.allot(p.file, page)
    p.store(table, [-1, 1, own % 2 ** 32, Math.floor(own / 2 ** 32), 3 * page, 0])
    const { handle, result } = p.create(argument.boType.cmd, 3 * page, table)
    expect(result).toBe(0)
    expect(createHwctx(p, fields(p, handle)).result).toBe(-errno.ENOMEM)
  })

  it('13: no tiles, with the queue already cleared and formatted', () => {
    const p = booted()
    const queue = p.buffer(8320)
    p.store(queue.address + hostQueue.writeIndex, [77])
    expect(createHwctx(p, fields(p, queue.handle, [[at.numTiles, 0]])).result).toBe(-errno.EINVAL)
    expect(p.reason).toBe('A context needs at least one tile.')
    expect(p.load(queue.address + hostQueue.writeIndex)).toBe(0)
    expect(p.load(queue.address + hostQueue.capacityAt)).toBe(32)
    expect(firmwareContexts(p)).toBe(0)
  })

  it('14: what the firmware refuses, and a firmware that says nothing for five seconds', () => {
    const p = booted()
    const { handle } = p.buffer(8320)
    expect(createHwctx(p, fields(p, handle, [[at.numTiles, 13]])).result).toBe(-errno.EINVAL)
    expect(p.reason).toContain('13 tiles stand for no width')
    const deaf = vi.spyOn(p.stack.firmware, 'onMailbox').mockImplementation(() => undefined)
    const { schedule } = p.stack.sim
    const since = schedule.now
    expect(createHwctx(p, fields(p, handle)).result).toBe(-errno.ETIME)
    expect(schedule.now - since).toBeGreaterThanOrEqual(5_000_000 * 1200)
    expect(schedule.now - since).toBeLessThan(5_000_100 * 1200)
    deaf.mockRestore()
    expect(createHwctx(p, fields(p, handle)).result).toBe(-errno.ENODEV)
    expect(p.reason).toBe('The mailbox is closed.')
  })

  it('15: a doorbell outside the BAR; the firmware forgets the context again', () => {
    const { doorbell } = hostFacts('aie4')
    const p = booted({ change: { doorbell: { ...doorbell, base: 0x10_0000 - 4096 } } })
    const first = p.buffer(8320)
    expect(createHwctx(p, fields(p, first.handle)).result).toBe(0)
    const before = p.stack.soc.dram.reservedPages
    const queue = p.buffer(8320)
    expect(createHwctx(p, fields(p, queue.handle)).result).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The firmware put the doorbell at offset 1048576, outside the BAR.')
    expect(firmwareContexts(p)).toBe(1)
    expect(p.unmap(queue.address)).toBe(0)
    expect(p.closeBo(queue.handle)).toBe(0)
    expect(p.stack.soc.dram.reservedPages).toBe(before)
    // In user mode nobody in the kernel rings it; the process cannot map it either.
    p.stack.driver.switchSubmission(0, true)
    expect(p.finish()).toBe(0)
    expect(createHwctx(p, fields(p, p.buffer(8320).handle)).result).toBe(0)
    p.stack.driver.mmap(0, p.file, p.arg(at.umqDoorbell), page)
    expect(p.finish()).toBe(-errno.EINVAL)
  })

  it('16: a completion vector that the function does not have', () => {
    const { vectors } = hostFacts('aie4')
    const p = booted({ change: { vectors: { ...vectors, count: 3 } } })
    const results = [0, 1, 2].map(() => createHwctx(p, fields(p, p.buffer(8320).handle)).result)
    expect(results).toEqual([0, 0, -errno.ENODEV])
    expect(p.reason).toBe('The firmware named vector 3; the function has 3.')
    expect(firmwareContexts(p)).toBe(2)
  })

  it('18: when all handles are in use; the firmware forgets the context again', () => {
    const p = booted({ change: { maxHandle: 2 } })
    const made = [0, 1, 2].map(() => createHwctx(p, fields(p, p.buffer(8320).handle)))
    expect(made.map((m) => m.result)).toEqual([0, 0, -errno.ENOSPC])
    expect(firmwareContexts(p)).toBe(2)
    expect(p.ioctl(ioctls.destroyHwctx, [[0, 1]])).toBe(0)
    expect(createHwctx(p, fields(p, p.buffer(8320).handle))).toEqual({ result: 0, handle: 1 })
  })
})

describe('handles of contexts', () => {
  it('count on over the whole device, and none is used again at once', () => {
    const p = booted({ change: { maxHandle: 5 } })
    const other = second(p)
    const make = (by: Process): number => createHwctx(by, fields(by, by.buffer(8320).handle)).handle
    expect([make(p), make(other), make(p)]).toEqual([1, 2, 3])
    expect(p.ioctl(ioctls.destroyHwctx, [[0, 1]])).toBe(0)
    expect([make(other), make(p), make(p)]).toEqual([4, 5, 1])
  })

  it('are no context of another process', () => {
    const p = booted()
    const other = second(p)
    const { handle } = p.context(4)
    expect(other.ioctl(ioctls.destroyHwctx, [[0, handle]])).toBe(-errno.EINVAL)
    expect(other.reason).toBe(`The process has no hardware context with handle ${handle}.`)
    expect(other.ioctl(ioctls.configHwctx, [[0, handle]])).toBe(-errno.EINVAL)
    for (const odd of [0, handle + 1, 1025, 0xffff_ffff])
      expect(p.ioctl(ioctls.destroyHwctx, [[0, odd]])).toBe(-errno.EINVAL)
    expect(
      p.ioctl(ioctls.destroyHwctx, [
        [0, handle],
        [4, 1],
      ]),
    ).toBe(-errno.EINVAL)
    expect(p.ioctl(ioctls.destroyHwctx, [[0, handle]])).toBe(0)
  })

  it('do not matter to the names that the firmware uses: the lowest that is free', () => {
    const p = booted()
    const fwIds = (): number[] => p.stack.driver.inspectContexts().map((c) => c.fwId)
    for (let i = 0; i < 3; i++) p.context(4)
    expect(p.ioctl(ioctls.destroyHwctx, [[0, 2]])).toBe(0)
    expect(p.context(4).handle).toBe(4)
    expect(fwIds().toSorted()).toEqual([0, 1, 2])
  })
})

describe('CONFIG_HWCTX', () => {
  const of = argument.configHwctx
  const configure = (p: Process, ...other: [number, number][]): number =>
    p.ioctl(ioctls.configHwctx, [[of.handle, p.context(4).handle], ...other])

  it('0 (CUs): takes at most 4 KiB, copies them, and then the device does not have it', () => {
    const p = booted()
    const size = (bytes: number, pointer = qosOf(p)): [number, number][] => [
      [of.paramSize, bytes],
      [of.paramValue, pointer],
    ]
    expect(configure(p, ...size(4097))).toBe(-errno.E2BIG)
    expect(configure(p, ...size(4096))).toBe(-errno.EOPNOTSUPP)
    expect(configure(p, ...size(0, 0))).toBe(-errno.EOPNOTSUPP)
    expect(configure(p, ...size(8, 64))).toBe(-errno.EFAULT)
    expect(configure(p, ...size(16), [of.pad, 1])).toBe(-errno.EINVAL)
  })

  it('looks at the kind and its value before it looks for the context', () => {
    const p = booted()
    const none = (...other: [number, number][]): number =>
      p.ioctl(ioctls.configHwctx, [[of.handle, 99], ...other])
    expect(none([of.paramSize, 4097])).toBe(-errno.E2BIG)
    expect(none([of.paramSize, 8], [of.paramValue, 64])).toBe(-errno.EFAULT)
    expect(none([of.paramSize, 0])).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The process has no hardware context with handle 99.')
  })

  it('of other kinds than 0, 1 and 2 is refused', () => {
    const p = booted()
    for (const type of [3, 4, 0xffff_ffff])
      expect(configure(p, [of.paramType, type])).toBe(-errno.EINVAL)
  })
})

describe('buffers of the uCs', () => {
  const of = argument.configHwctx
  const { share, cmd } = argument.boType
  /** CONFIG_HWCTX with metadata as words; `payload` is the size of the buffer behind it. */
  function attach(
    p: Process,
    kind: number,
    ucs: readonly (readonly [uc: number, size: number])[],
    other: { count?: number; payload?: number; bytes?: number; type?: number } = {},
  ): number {
    const payload = p.buffer(other.payload ?? page, share)
    const metadata = p.create(cmd, other.bytes ?? page).handle
    const at = p.map(metadata, other.bytes ?? page)
    const count = other.count ?? ucs.length
    p.store(at, [kind | (count << 8), payload.handle, 0, 0, ...ucs.flat()])
    return p.ioctl(ioctls.configHwctx, [
      [of.handle, p.context(4).handle],
      [of.paramType, other.type ?? 1],
      [of.paramValue, metadata],
    ])
  }

  it('of kinds 0 to 3 are known, and not emulated in the end; other kinds do not exist', () => {
    const p = booted()
    for (const kind of [0, 1, 2, 3, 4, 255]) {
      expect(attach(p, kind, [[0, 64]])).toBe(-errno.EOPNOTSUPP)
      const isKnown = kind < 4
      expect(p.reason.includes('are not emulated')).toBe(isKnown)
    }
    expect(attach(p, 3, [], { type: 2 })).toBe(-errno.EOPNOTSUPP)
  })

  it('are refused where their list is missing, too short, or memory of the process', () => {
    const p = booted()
    const { handle } = p.context(4)
    const configure = (value: number): number =>
      p.ioctl(ioctls.configHwctx, [
        [of.handle, handle],
        [of.paramType, 1],
        [of.paramValue, value],
      ])
    expect([configure(0), configure(999)]).toEqual([-errno.EINVAL, -errno.EINVAL])
    expect(attach(p, 3, [], { bytes: 15 })).toBe(-errno.EINVAL)
    expect(attach(p, 3, [[0, 4]], { bytes: 23 })).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The list of uCs has 23 bytes; what it says needs 24.')
    const { memory } = p.stack.driver
    const [own, table] = [memory.allot(p.file, page), memory.allot(p.file, page)]
    p.store(table, [-1, 1, own % 2 ** 32, Math.floor(own / 2 ** 32), page, 0])
    expect(configure(p.create(share, page, table).handle)).toBe(-errno.ENOMEM)
  })

  it('are refused with more than six uCs, a uC 6, one twice, or slices past their payload', () => {
    const p = booted()
    const all = Array.from({ length: 6 }, (_, uc) => [uc, 512] as const)
    expect(attach(p, 3, all)).toBe(-errno.EOPNOTSUPP)
    expect(attach(p, 3, [...all, [0, 0]])).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The list has 7 uCs; there are at most 6.')
    expect(attach(p, 3, [[6, 4]])).toBe(-errno.EINVAL)
    expect(attach(p, 3, [[6, 0]])).toBe(-errno.EINVAL)
    expect(
      attach(p, 3, [
        [1, 4],
        [1, 4],
      ]),
    ).toBe(-errno.EINVAL)
    expect(p.reason).toBe('The list has uC 1 twice.')
    expect(
      attach(p, 3, [
        [1, 0],
        [1, 4],
        [1, 0],
      ]),
    ).toBe(-errno.EOPNOTSUPP)
    expect(
      attach(p, 3, [
        [1, 4096],
        [2, 4],
      ]),
    ).toBe(-errno.EINVAL)
    expect(p.reason).toBe('A slice ends at byte 4100 of a buffer of 4096.')
    expect(
      attach(p, 3, [
        [1, 0xffff_ffff],
        [2, 4],
      ]),
    ).toBe(-errno.EINVAL)
    // Taking buffers away looks at no sizes.
    expect(
      attach(
        p,
        3,
        [
          [1, 0xffff_ffff],
          [1, 4],
        ],
        { type: 2 },
      ),
    ).toBe(-errno.EOPNOTSUPP)
    expect(attach(p, 3, [[9, 0]], { type: 2 })).toBe(-errno.EINVAL)
  })

  it('name a payload that is there', () => {
    const p = booted()
    const metadata = p.buffer(page)
    p.store(metadata.address, [3 | (1 << 8), 4711, 0, 0, 0, 4])
    const fields = [
      [of.handle, p.context(4).handle],
      [of.paramType, 1],
      [of.paramValue, metadata.handle],
    ] as const
    expect(p.ioctl(ioctls.configHwctx, fields)).toBe(-errno.EINVAL)
    expect(p.reason).toContain('buffer 4711')
  })
})

describe('a call while the firmware is silent', () => {
  it('ends the context all the same, and every later message with ENODEV', () => {
    const p = booted()
    const { handle } = p.context(4)
    const deaf = vi.spyOn(p.stack.firmware, 'onMailbox').mockImplementation(() => undefined)
    const since = p.stack.sim.schedule.now
    expect(p.ioctl(ioctls.destroyHwctx, [[0, handle]])).toBe(0)
    expect(p.stack.sim.schedule.now - since).toBeGreaterThanOrEqual(5_000_000 * 1200)
    expect(p.reason).toContain('did not answer DESTROY_HW_CONTEXT in time')
    expect(p.stack.driver.inspectContexts()).toEqual([])
    deaf.mockRestore()
    expect(p.context(4).result).toBe(-errno.ENODEV)
  })
})
