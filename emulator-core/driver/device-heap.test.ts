import { describe, expect, it } from 'vitest'
import { MailOpcode } from '../device/abi/mailbox.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { momentChecksum } from '../sim/sim.ts'
import { SocFault } from '../soc/events.ts'
import { ManagementEvent } from '../firmware/management/events.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'

const { share, heap, dev } = argument.boType
const mib = 1 << 20
const chunk = 64 * mib
const base = 64 * mib
const page = 4096
const allOnes = 2 ** 64

const npu4: HostStackOptions = { profile: 'npu4' }
const expandable: HostStackOptions = { profile: 'aie4', switches: { heap: 'expandable' } }

/** A process with addresses set aside for its heap and so many chunks mapped one behind the other. */
function withHeap(chunks: number, options = npu4): { p: Process; at: number } {
  const p = new Process(createHostStack(options), 0)
  expect([p.boot(), p.open()]).toEqual([0, 0])
  const at = p.stack.driver.memory.setAside(p.file, 512 * mib, chunk)
  for (let i = 0; i < chunks; i++) p.chunk(at + i * chunk, chunk)
  return { p, at }
}

/** Opcodes that the firmware was asked with, since the `from`th. */
function asked(p: Process): number[] {
  const { trace } = p.stack.sim
  const records = Array.from({ length: trace.end }, (_, i) => trace.record(i))
  return records.filter((r) => r.kind === ManagementEvent.request).map((r) => r.a)
}

const announced = (p: Process): number[] =>
  asked(p).filter((code) => code === MailOpcode.mapHostBuffer || code === MailOpcode.addHostBuffer)

describe.each([
  ['npu4', npu4],
  ['aie4 with an expandable heap', expandable],
] as const)('the heap of %s', (_, options) => {
  it('grows by multiples of 64 MiB to 512 MiB, each chunk behind the last', () => {
    const { p } = withHeap(0, options)
    for (const size of [0, page, 63 * mib, chunk + page]) {
      expect(p.create(heap, size).result).toBe(-errno.EINVAL)
    }
    const places = [1, 2, 4, 1].map((n) => p.info(p.create(heap, n * chunk).handle).device)
    expect(places).toEqual([base, base + chunk, base + 3 * chunk, base + 7 * chunk])
    expect(p.create(heap, chunk).result).toBe(-errno.ENOSPC)
    expect(p.reason).toContain('with this chunk it would exceed 536870912')
  })

  it('has no room before its first chunk, and wants to be asked again', () => {
    const { p } = withHeap(0, options)
    expect(p.create(dev, page).result).toBe(-errno.EAGAIN)
    expect(p.create(dev, 0).result).toBe(-errno.EINVAL)
    expect(p.create(dev, 512 * mib + 1).result).toBe(-errno.EINVAL)
    expect(p.create(dev, 576 * mib).result).toBe(-errno.EINVAL)
    expect(p.create(dev, 512 * mib).result).toBe(-errno.EAGAIN)
  })

  it('takes a buffer of 128 MiB with a second chunk: EAGAIN, one more chunk, success', () => {
    const { p, at } = withHeap(1, options)
    expect(p.create(dev, 128 * mib).result).toBe(-errno.EAGAIN)
    expect(p.stack.driver.inspectHeap(p.file)).toMatchObject({ usedBytes: 0, totalBytes: chunk })
    p.chunk(at + chunk, chunk)
    const { result, handle } = p.create(dev, 128 * mib)
    expect(result).toBe(0)
    expect(p.info(handle)).toMatchObject({ address: at, device: base, mapOffset: allOnes })
    expect(p.map(handle, page)).toBe(-errno.EINVAL)
    p.store(at + chunk - 4, [1, 2])
    expect([p.load(at + chunk - 4), p.load(at + chunk)]).toEqual([1, 2])
  })
})

describe('a buffer of the device heap', () => {
  it('starts on a multiple of 32 KiB and is as long as its pages', () => {
    const { p } = withHeap(1)
    const places = [1, page + 1, 40_000].map((size) => p.info(p.create(dev, size).handle).device)
    expect(places).toEqual([base, base + 32768, base + 65536])
    const { memory } = p.stack.driver
    expect(memory.heapBytes[p.file]).toBe(page + 2 * page + 10 * page)
  })

  it('goes into the smallest hole that takes it, of equal ones into the youngest', () => {
    const { p } = withHeap(1)
    const unit = 32768
    const make = (units: number): number => p.create(dev, units * unit).handle
    const place = (handle: number): number => (p.info(handle).device - base) / unit
    const all = [4, 1, 2, 1, 3, 1, 2, 1].map(make)
    for (const i of [0, 6, 4, 2]) p.closeBo(all[i])
    expect([2, 2, 2, 4].map((units) => place(make(units)))).toEqual([5, 12, 8, 0])
  })

  it('is refused with ENOSPC when the whole range has no hole, chunks or not', () => {
    const { p } = withHeap(8)
    expect(p.create(dev, 400 * mib).result).toBe(0)
    expect(p.create(dev, 112 * mib + page).result).toBe(-errno.ENOSPC)
    expect(p.reason).toContain('the largest has 117440512')
    expect(p.create(dev, 112 * mib).result).toBe(0)
    expect(p.create(dev, 1).result).toBe(-errno.ENOSPC)
  })

  it('waits for chunks that are mapped, each right behind the one before', () => {
    const { p, at } = withHeap(1)
    const second = p.create(heap, chunk).handle
    expect(p.create(dev, 65 * mib).result).toBe(-errno.EAGAIN)
    expect(p.reason).toBe('The process has not mapped chunk 1 of the device heap.')
    expect(p.create(dev, 63 * mib).result).toBe(0)
    const away = p.map(second, chunk)
    expect(away).not.toBe(at + chunk)
    expect(p.create(dev, 65 * mib).result).toBe(-errno.EINVAL)
    expect(p.reason).toContain('is not mapped right behind')
    expect(p.create(dev, 2 * mib).result).toBe(-errno.EINVAL)
    expect(p.unmap(away)).toBe(0)
    expect(p.map(second, chunk, at + chunk)).toBe(at + chunk)
    expect(p.create(dev, 65 * mib).result).toBe(0)
  })

  it('keeps its range until it is closed, and the range keeps its bytes', () => {
    const { p, at } = withHeap(1)
    const { handle } = p.create(dev, page)
    p.store(at, [9])
    expect(p.closeBo(handle)).toBe(0)
    const again = p.create(dev, page)
    expect(p.info(again.handle).address).toBe(at)
    expect(p.load(at)).toBe(9)
  })

  it('is not exported, and is no queue and no command', () => {
    const { p } = withHeap(1)
    const { handle } = p.create(dev, 3 * page)
    expect(p.ioctl(ioctls.handleToFd, [[argument.prime.handle, handle]])).toBe(-errno.EOPNOTSUPP)
    const { handle: context } = p.context(4)
    const qos = p.stack.driver.memory.privateAddress[p.file]
    const at = argument.createHwctx
    const queue = [
      [at.qosPointer, qos],
      [at.umqBo, handle],
      [at.numTiles, 4],
    ] as const
    expect(p.ioctl(ioctls.createHwctx, queue)).toBe(-errno.ENOENT)
    const exec = argument.execCmd
    const command = [
      [exec.hwctx, context],
      [exec.commandHandle, handle],
      [exec.commandCount, 1],
    ] as const
    expect(p.ioctl(ioctls.execCmd, command)).toBe(-errno.EINVAL)
  })
})

describe('the heap', () => {
  it('never shrinks: a chunk whose handle is closed stays under its buffers until the file closes', () => {
    const { p, at } = withHeap(1)
    const first = p.stack.driver.inspectHeap(p.file).chunks[0]
    const { handle } = p.create(dev, page)
    expect(p.closeBo(first.handle)).toBe(0)
    const { driver } = p.stack
    expect(driver.memory.totalBytes[p.file]).toBe(0)
    p.store(at, [4])
    expect(p.load(at)).toBe(4)
    expect(p.closeBo(handle)).toBe(0)
    expect(driver.inspectHeap(p.file)).toMatchObject({ totalBytes: chunk, usedBytes: 0 })
    expect(p.create(dev, page).result).toBe(0)
    const { dram } = p.stack.soc
    const free = dram.reservedPages - 32 - chunk / page
    expect(p.close()).toBe(0)
    expect(dram.reservedPages).toBe(free)
    expect(driver.inspectBuffers()).toEqual([])
  })

  it('is one of each process', () => {
    const { p } = withHeap(1)
    const other = new Process(p.stack, 1)
    other.open()
    expect(other.create(dev, page).result).toBe(-errno.EAGAIN)
    expect(p.info(p.create(dev, page).handle).device).toBe(base)
  })

  it('of npu1 is one chunk: a second is refused, and so is what does not fit', () => {
    const { p } = withHeap(1, { profile: 'npu1' })
    expect(p.create(heap, chunk).result).toBe(-errno.EOPNOTSUPP)
    expect(p.reason).toContain('does not grow')
    expect(p.create(dev, chunk + 1).result).toBe(-errno.EINVAL)
    expect(p.create(dev, 40 * mib).result).toBe(0)
    expect(p.create(dev, 25 * mib).result).toBe(-errno.ENOSPC)
    const { p: empty } = withHeap(0, { profile: 'npu1' })
    expect(empty.create(heap, 2 * chunk).result).toBe(-errno.ENOSPC)
  })

  it('counts for its process as total and internal, buffers in it apart', () => {
    const { p } = withHeap(2)
    p.create(share, page)
    p.create(dev, 3 * page)
    const { memory } = p.stack.driver
    const counted = [memory.totalBytes, memory.internalBytes, memory.heapBytes].map(
      (c) => c[p.file],
    )
    expect(counted).toEqual([2 * chunk + page, 2 * chunk, 3 * page])
  })
})

describe('announcement of chunks', () => {
  it('comes to each context with its creation, for every chunk there is', () => {
    const { p } = withHeap(3)
    expect(announced(p)).toEqual([])
    expect(p.context(4).result).toBe(0)
    expect(announced(p)).toEqual([
      MailOpcode.mapHostBuffer,
      MailOpcode.addHostBuffer,
      MailOpcode.addHostBuffer,
    ])
  })

  it('comes at the next buffer of the heap, not with the chunk, to every context of the process', () => {
    const { p, at } = withHeap(1)
    const other = new Process(p.stack, 1)
    other.open()
    other.context(4)
    p.context(4)
    p.context(4)
    const before = announced(p).length
    expect(before).toBe(2)
    p.chunk(at + chunk, chunk)
    expect(announced(p)).toHaveLength(before)
    expect(p.create(dev, page).result).toBe(0)
    expect(announced(p).slice(before)).toEqual([MailOpcode.addHostBuffer, MailOpcode.addHostBuffer])
    expect(p.create(dev, page).result).toBe(0)
    expect(announced(p)).toHaveLength(before + 2)
  })

  it('is what makes a heap address one that the device can use', () => {
    const { p, at } = withHeap(1)
    const { soc, driver, sim } = p.stack
    const pasid = driver.memory.pasid[p.file]
    const { handle } = p.create(dev, page)
    const { device } = p.info(handle)
    p.store(at, [12])
    driver.memory.flush(p.file, at, 4)
    expect(soc.memory.read32(pasid, device)).toBe(-1)
    expect(sim.faults.list().at(-1)).toMatchObject({ code: SocFault.notAnnounced, part: pasid })
    const { handle: context } = p.context(4)
    expect(soc.memory.read32(pasid, device)).toBe(12)
    expect(soc.memory.write32(pasid, device + 4, 13)).toBe(true)
    driver.memory.flush(p.file, at, 8)
    expect(p.load(at + 4)).toBe(13)
    expect(soc.windows.inspect()).toMatchObject([{ deviceAddress: base, hostAddress: at }])
    expect(p.ioctl(ioctls.destroyHwctx, [[0, context]])).toBe(0)
    expect(soc.windows.inspect()).toEqual([])
  })

  it('lets bursts run over the seam of two chunks', () => {
    const { p, at } = withHeap(2)
    const { soc, driver } = p.stack
    p.context(4)
    const pasid = driver.memory.pasid[p.file]
    const source = Uint8Array.from({ length: 3 * page }, (_, i) => i * 13)
    expect(soc.memory.write(pasid, base + chunk - page - 7, source, 0, source.length)).toBe(true)
    const back = new Uint8Array(source.length)
    expect(driver.memory.read(p.file, at + chunk - page - 7, back, 0, back.length)).toBe(true)
    expect(back).toEqual(source)
  })

  it('pins the chunk', () => {
    const { p } = withHeap(1)
    const { dram } = p.stack.soc
    const before = dram.committedPages
    p.context(4)
    expect(dram.committedPages - before).toBeGreaterThanOrEqual(chunk / page)
    expect(p.stack.driver.inspectBuffers()[0]).toMatchObject({ kind: 'heap', mapping: 'pinned' })
  })
})

describe('a saved heap', () => {
  it('goes on like the one it was saved from', () => {
    const grow = (p: Process, at: number): string => {
      p.chunk(at + chunk, chunk)
      p.create(dev, 100 * mib)
      p.context(4)
      p.create(dev, 3 * page)
      return momentChecksum(p.stack.sim)
    }
    const whole = withHeap(1)
    const { state } = whole.p.stack.sim
    const saved = state.save()
    const end = grow(whole.p, whole.at)
    const twin = withHeap(1)
    twin.p.stack.sim.state.load(saved)
    expect(grow(twin.p, twin.at)).toBe(end)
  })
})
