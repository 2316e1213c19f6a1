import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { hostQueue, packetOffset } from '../device/abi/host-queue.ts'
import { argument, ioctls } from '../device/abi/ioctl.ts'
import { functionOfVf } from '../device/functions.ts'
import { chain, imageLines, memBd, shimBd } from './test-kit/column-code.ts'
import type { Entry } from './test-kit/column-code.ts'
import { code, ControlBed, HostProcess } from './test-kit/control-bed.ts'

const page = 4096
const words = 64
const workBytes = 3 * page
const vaultBytes = 2 * page
/** Upper half of every word that an owner has written: nothing else on the machine looks like that. */
const tagOf = (owner: number): number => 0xca70 + owner
const canary = (owner: number, i: number): number => tagOf(owner) * 0x1_0000 + (i & 0xffff)

/**
 * Control code that copies words: host memory at `from` into the mem tile, and the words at `place` of the mem tile to
 * host memory at `to`. It waits for nothing: a transfer that cannot be leaves the tile, or the host, as it was.
 */
function copyCode(from: number, to: number, place: number, count: number): string {
  const read: Entry[] = [
    [0x10_8000, memBd(0x80_0000, count)],
    [0x1_8030, shimBd(from, count)],
    [0x10_9e04, [0]],
    [0x1_8554, [1]],
  ]
  const write: Entry[] = [
    [0x10_8c00, memBd(0x80_0000 + place, count)],
    [0x1_8000, shimBd(to, count)],
    [0x1_8544, [0]],
    [0x10_9e64, [0]],
  ]
  return [
    '.attach_to_group 0',
    '.partition 1column',
    'START_JOB 0',
    'LOAD_PDI 7, @image',
    'END_JOB',
    'START_JOB 1',
    'UC_DMA_WRITE_DES_SYNC @read',
    'SLEEP 20',
    'UC_DMA_WRITE_DES_SYNC @write',
    'SLEEP 20',
    'END_JOB',
    ...imageLines('image', 0),
    'EOF',
    ...chain('read', read),
    ...chain('write', write),
    '',
  ].join('\n')
}

interface Buffer {
  readonly handle: number
  readonly address: number
}

/** A process whose memory is full of its own words: one buffer to work with, one that nobody may touch. */
interface Tenant {
  readonly owner: number
  readonly process: HostProcess
  readonly pasid: number
  readonly work: Buffer
  readonly vault: Buffer
  /** A buffer that was there. */
  readonly freed: Buffer
}

/** A process of the device, or of a virtual function of its own. */
function tenant(bed: ControlBed, owner: number, isGuest: boolean): Tenant {
  const process = new HostProcess(bed, owner)
  bed.driver.open(owner, 0, isGuest ? functionOfVf(owner) : 0)
  if (process.finish() !== 0) throw new Error(process.reason)
  process.file = bed.driver.value(owner)
  const { memory } = bed.driver
  const fill = (buffer: Buffer, size: number): Buffer => {
    process.store(
      buffer.address,
      Array.from({ length: size / 4 }, (_, i) => canary(owner, i)),
    )
    // What lies behind it is nobody's.
    memory.setAside(process.file, 1 << 16, page)
    return buffer
  }
  // Far apart, so that an address of one is nothing to the others.
  memory.setAside(process.file, (owner + 1) << 26, page)
  const vault = fill(process.buffer(vaultBytes), vaultBytes)
  const work = fill(process.buffer(workBytes), workBytes)
  const freed = fill(process.buffer(page), page)
  process.unmap(freed.address)
  process.closeBo(freed.handle)
  return { owner, process, pasid: memory.pasid[process.file]!, work, vault, freed }
}

/** The words that lie somewhere in a process's memory, as its CPU sees them; -1 where nothing is mapped. */
function wordsAt({ process }: Tenant, address: number, size: number): Uint32Array {
  const piece = new Uint8Array(size)
  if (!process.stack.driver.memory.peek(process.file, address, piece)) return new Uint32Array()
  return new Uint32Array(piece.buffer)
}

/** Words of others in anything that a process has mapped. */
function strangeIn(bed: ControlBed, by: Tenant): number[] {
  const ranges = bed.soc.iommu.inspect().filter((range) => range.pasid === by.pasid)
  return ranges.flatMap((range) =>
    Array.from(
      wordsAt(by, range.address, range.pages * page).filter((word) => {
        const owner = (word >>> 16) - tagOf(0)
        return owner >= 0 && owner < 3 && owner !== by.owner
      }),
    ),
  )
}

/** The kinds of addresses that a program may try. */
const kinds = ['own', 'end', 'behind', 'freed', 'foreign', 'place', 'null', 'high'] as const
const target = fc.record({
  kind: fc.constantFrom('own', 'own', ...kinds),
  of: fc.nat(2),
  offset: fc.nat(workBytes / 4 - words).map((word) => 4 * word),
})
type Target = typeof target extends fc.Arbitrary<infer T> ? T : never

const attempt = fc.record({
  from: target,
  to: target,
  place: fc.nat(500),
  count: fc.constantFrom<number>(words, 16, 1),
})

describe.each([
  ['processes', false],
  ['guests on virtual functions', true],
])('%s that try every kind of address', (_who, isGuest) => {
  let bed: ControlBed
  let tenants: Tenant[] = []

  beforeAll(() => {
    bed = new ControlBed(1 << 12, isGuest ? { function: 'pf' } : {})
    const host = new HostProcess(bed, 0)
    if (host.boot() !== 0) throw new Error(host.reason)
    if (isGuest) bed.driver.setVfs(0, 3)
    if (host.finish() !== 0) throw new Error(host.reason)
    tenants = [0, 1, 2].map((owner) => tenant(bed, owner, isGuest))
  })

  /** The address of a target as a tenant would write it. */
  function addressOf(by: Tenant, { kind, of, offset }: Target): number {
    const other = tenants[(by.owner + 1 + (of % 2)) % 3]!
    switch (kind) {
      case 'own':
        return by.work.address + offset
      case 'end':
        return by.work.address + workBytes - 4 * ((offset >> 2) % words)
      case 'behind':
        return by.work.address + workBytes + (offset % page)
      case 'freed':
        return by.freed.address + (offset % page)
      case 'foreign':
        return (of === 0 ? other.work : other.vault).address + (offset % vaultBytes)
      case 'place':
        // Where the bytes of the other process really lie.
        return bed.soc.iommu.translate(other.pasid, other.vault.address, false) + (offset % page)
      case 'null':
        return offset % 64
      default:
        return 2 ** 47 + offset
    }
  }

  const isOwn = (by: Tenant, address: number, count: number): boolean =>
    address >= by.work.address && address + 4 * count <= by.work.address + workBytes

  it('read and write their own memory only; every other attempt is told with owner, address and rule', () => {
    const kind = fc.tuple(fc.array(attempt, { minLength: 3, maxLength: 3 }), fc.nat(2))
    const own = { kind: 'own', of: 0, offset: 0 } as const
    const behind = { ...own, kind: 'behind' } as const
    const plain = [
      { from: own, to: own, place: 0, count: words },
      { from: own, to: behind, place: 0, count: words },
      { from: behind, to: own, place: 0, count: words },
    ]
    const seen = { read: 0, written: 0, faults: 0 }
    fc.assert(
      fc.property(fc.array(kind, { minLength: 1, maxLength: 3 }), (rounds) => {
        for (const [attempts, first] of rounds) {
          const before = bed.soc.iommu.faultCount
          // All three at once, in any order; a context of their own each time.
          const running = attempts.map((what, i) => {
            const by = tenants[(first + i) % 3]!
            const { process, work } = by
            const [from, to] = [addressOf(by, what.from), addressOf(by, what.to)]
            const context = process.hwctx(4)
            const source = code(copyCode(from, to, what.place, what.count))
            const submitted = process.submit(context, source, [work.handle])
            return { by, from, to, context, submitted, count: what.count }
          })
          for (const { by, context, submitted } of running) {
            expect(by.process.wait(submitted)).toBe('completed')
            by.process.ioctl(ioctls.destroyHwctx, [[argument.destroyHwctx.handle, context]])
            by.process.closeBo(submitted.handle)
          }
          const faults = bed.soc.iommu.recentFaults().slice(before - bed.soc.iommu.faultCount || 64)
          for (const { by, from, to, count } of running) {
            const of = (address: number, write: boolean) =>
              faults.filter(
                (f) =>
                  f.owner === by.pasid &&
                  f.write === write &&
                  f.address >= address &&
                  f.address < address + 4 * count,
              )
            expect(of(from, false).length > 0).toBe(!isOwn(by, from, count))
            expect(of(to, true).length > 0).toBe(!isOwn(by, to, count))
            for (const fault of [...of(from, false), ...of(to, true)])
              expect(fault.rule).not.toBe('')
            seen.read += isOwn(by, from, count) ? 1 : 0
            seen.written += isOwn(by, to, count) ? 1 : 0
          }
          seen.faults += faults.length
        }
        for (const by of tenants) {
          const vault = wordsAt(by, by.vault.address, vaultBytes)
          expect(vault.every((word, i) => word === canary(by.owner, i))).toBe(true)
          expect(strangeIn(bed, by)).toEqual([])
        }
      }),
      { numRuns: isGuest ? 3 : 4, endOnFailure: true, examples: [[[[plain, 0]]]] },
    )
    expect(Math.min(seen.read, seen.written, seen.faults)).toBeGreaterThan(0)
  })

  const sleeping = () => code('START_JOB 0\nSLEEP 300\nEND_JOB\nEOF\n')
  const quiet = () => code('START_JOB 0\nNOP\nEND_JOB\nEOF\n')

  it.each([
    ['for its completion word', hostQueue.packet.completion, true],
    ['for its code', hostQueue.packet.data + hostQueue.execBuf.codeLow, false],
  ])('that forge the address in a packet %s only stop themselves', (_, offset, write) => {
    const [forger, other] = [tenants[0]!, tenants[1]!]
    const { process } = forger
    const { handle, queue } = process.context(4)
    const otherContext = other.process.hwctx(4)
    const first = process.submit(handle, sleeping())
    const second = process.submit(handle, quiet())
    const at = other.vault.address
    process.store(queue.address + packetOffset(1) + offset, [
      at % 2 ** 32,
      Math.floor(at / 2 ** 32),
    ])
    const going = other.process.submit(otherContext, quiet())
    expect(other.process.wait(going)).toBe('completed')
    expect(process.wait(first)).toBe('completed')
    expect(process.wait(second)).toBe('timeout')
    const fault = bed.soc.iommu.recentFaults().findLast((f) => f.address === at)
    expect(fault).toMatchObject({ owner: forger.pasid, write })
    const vault = wordsAt(other, at, vaultBytes)
    expect(vault.every((word, i) => word === canary(other.owner, i))).toBe(true)
    expect(process.wait(process.submit(handle, quiet()))).toBe('completed')
    expect(bed.driver.inspectContexts().map((c) => c.errors > 0)).toContain(false)
    process.ioctl(ioctls.destroyHwctx, [[argument.destroyHwctx.handle, handle]])
    other.process.ioctl(ioctls.destroyHwctx, [[argument.destroyHwctx.handle, otherContext]])
  })

  it('and that scribble over a queue of their own leave the others alone', () => {
    const scribble = fc.tuple(fc.nat(hostQueue.totalBytes / 4 - 1), fc.integer())
    const low = fc.constantFrom(0, 1, 2, 31, 32, 33)
    fc.assert(
      fc.property(fc.array(scribble, { maxLength: 40 }), low, low, (words, read, written) => {
        const [by, other] = [tenants[2]!, tenants[1]!]
        const fn = isGuest ? functionOfVf(by.owner) : 0
        bed.driver.switchSubmission(by.process.thread, true, fn)
        by.process.finish()
        const { handle, queue } = by.process.context(4)
        const offset = by.process.arg(argument.createHwctx.umqDoorbell)
        bed.driver.switchSubmission(by.process.thread, false, fn)
        by.process.finish()
        bed.driver.mmap(by.process.thread, by.process.file, offset, page)
        expect(by.process.finish()).toBe(0)
        const doorbell = bed.driver.value(by.process.thread)
        for (const [i, word] of words) by.process.store(queue.address + 4 * i, [word])
        by.process.store(queue.address + hostQueue.capacityAt, [hostQueue.capacity])
        const data = queue.address + hostQueue.packets
        by.process.store(queue.address + 120, [data % 2 ** 32, Math.floor(data / 2 ** 32)])
        by.process.store(queue.address, [read, 0])
        by.process.store(queue.address + hostQueue.writeIndex, [written, 0])
        expect(bed.driver.ring(by.process.file, doorbell)).toBe(true)
        const context = other.process.hwctx(4)
        expect(other.process.wait(other.process.submit(context, quiet()))).toBe('completed')
        bed.run(3_000_000)
        for (const end of [
          [by, handle],
          [other, context],
        ] as const)
          expect(end[0].process.ioctl(ioctls.destroyHwctx, [[0, end[1]]])).toBe(0)
        for (const one of tenants) {
          const vault = wordsAt(one, one.vault.address, vaultBytes)
          expect(vault.every((word, i) => word === canary(one.owner, i))).toBe(true)
          expect(strangeIn(bed, one)).toEqual([])
        }
      }),
      { numRuns: isGuest ? 4 : 8 },
    )
  })
})
