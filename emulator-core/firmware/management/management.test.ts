import { describe, expect, it } from 'vitest'
import { hostQueue } from '../../device/abi/host-queue.ts'
import { mailbox, MailOpcode, message } from '../../device/abi/mailbox.ts'
import { PlacementRule, unpackRefusal } from '../../device/abi/placement.ts'
import { hostFacts } from '../../device/host-facts.ts'
import type { HostProfile, TileInfo } from '../../device/host-facts.ts'
import { createSim } from '../../sim/sim.ts'
import { createSoc } from '../../soc/soc.ts'
import { ManagementServer } from './server.ts'

const tile: TileInfo = {
  memRows: 1,
  shimRows: 1,
  coreDma: 2,
  memDma: 12,
  shimDma: 6,
  coreLocks: 16,
  memLocks: 64,
  shimLocks: 16,
  coreEvents: 128,
  memEvents: 160,
  shimEvents: 128,
}

/** A bare host: writes requests into the ring, reads responses; queues live in one mapped range. */
function build(profile: HostProfile = 'aie4') {
  const sim = createSim({ traceCapacity: 1024 })
  const facts = hostFacts(profile)
  const log: string[] = []
  const soc = createSoc(sim, facts, {
    onMailbox: (fn) => server.onMailbox(fn),
    onDoorbell: (fwId, fn) => server.onDoorbell(fwId, fn),
    onInterrupt: (vector) => log.push(`vector ${vector}`),
  })
  const server: ManagementServer = new ManagementServer(
    sim,
    facts,
    soc,
    tile,
    {
      attach: (c, s) =>
        log.push(`attach ${c} pasid ${s.pasid} column ${s.startColumn} ucs ${s.ucs.join()}`),
      detach: (c) => log.push(`detach ${c}`),
      doorbell: (c) => log.push(`doorbell ${c}`),
    },
    {
      reset: (start, columns, clear) =>
        log.push(`reset ${start}+${columns}${clear ? ' clear' : ''}`),
    },
    { read32: () => 0, write32: () => {} },
  )
  server.start()
  sim.schedule.runUntil(facts.ticks.firmwareStart)
  const { sram, mailbox: registers } = facts.bar
  const info = (offset: number): number => soc.bars.read32(sram, offset)
  let tail = 0
  let head = 0
  const put = (at: number, words: readonly number[]): void =>
    words.forEach((word, i) => soc.bars.write32(sram, at + 4 * i, word))
  /** Sends a request and gives the words of the response, or nothing when none comes. */
  const ask = (opcode: number, payload: readonly number[]): number[] | undefined => {
    const bytes = payload.length * 4
    if (tail + 16 + bytes > info(mailbox.infoBlock.x2iSize) - 4) {
      put(info(mailbox.infoBlock.x2iBuffer) + tail, [mailbox.tombstone])
      tail = 0
    }
    put(info(mailbox.infoBlock.x2iBuffer) + tail, [
      bytes,
      bytes | (1 << 16),
      0x1d00_0000,
      opcode,
      ...payload,
    ])
    tail += 16 + bytes
    soc.bars.write32(registers, info(mailbox.infoBlock.x2iTail), tail)
    sim.schedule.runUntil(sim.schedule.now + 2 * facts.ticks.mailbox)
    const end = soc.bars.read32(registers, info(mailbox.infoBlock.i2xTail))
    if (end === head) return undefined
    const from = info(mailbox.infoBlock.i2xBuffer)
    if (soc.bars.read32(sram, from + head) === mailbox.tombstone) head = 0
    const size = soc.bars.read32(sram, from + head)
    const words = Array.from({ length: size / 4 }, (_, i) =>
      soc.bars.read32(sram, from + head + 16 + 4 * i),
    )
    head += 16 + size
    soc.bars.write32(registers, info(mailbox.infoBlock.i2xHead), head)
    return words
  }
  const pages = 64
  const page = soc.dram.reserve(pages)
  soc.dram.commit(page, pages)
  for (const pasid of [1, 2]) soc.iommu.map(pasid, 0x10_0000, pages, page, true)
  const queue = (n: number): number => 0x10_0000 + n * 4096
  const create = (n: number, tiles: number, pasid = 1, band = 1): number[] | undefined =>
    ask(MailOpcode.createHwContext, [1, tiles, 0, queue(n), pasid | mailbox.pasidValid, band])
  const run = (us: number): void => {
    sim.schedule.runUntil(sim.schedule.now + us * facts.ticksPerMicrosecond)
  }
  return { sim, facts, soc, server, log, ask, create, queue, run }
}

/** The log without interrupts, from here on. */
function events(log: string[]): string[] {
  return log.splice(0).filter((line) => !line.startsWith('vector'))
}

describe('the mailbox', () => {
  it('answers what it knows, refuses what it does not', () => {
    const { ask, facts } = build()
    expect(ask(MailOpcode.echo, [5, 6])).toEqual([0, 5, 6])
    expect(ask(MailOpcode.identify, [0])).toEqual([0, ...facts.npuVersion])
    expect(ask(0x7_7777, [0])).toEqual([mailbox.status.notSupported])
    expect(ask(MailOpcode.getTelemetry, [0, 0, 0, 0, 0, 0])).toEqual([mailbox.status.error])
    expect(ask(MailOpcode.getRuntimeConfig, [7])).toEqual([0, 0, 0, 0])
    expect(ask(MailOpcode.createPartition, [])).toEqual([mailbox.status.error, 0])
  })

  it('keeps working when the rings wrap many times', () => {
    const { ask } = build()
    for (let i = 0; i < 700; i++)
      expect(ask(MailOpcode.echo, [i, ~i >>> 0])).toEqual([0, i, ~i >>> 0])
  })

  it('answers an event registration later and refuses one too many', () => {
    const { ask } = build()
    for (let i = 0; i < 3; i++)
      expect(ask(MailOpcode.asyncEventReport, [0x1000, 0, 0, 8192])).toBeUndefined()
    expect(ask(MailOpcode.asyncEventReport, [0x1000, 0, 0, 8192])?.[0]).toBe(mailbox.status.error)
  })

  it('reports the geometry it was given', () => {
    const { ask } = build()
    const reply = ask(MailOpcode.aieTileInfo, [0])!
    const half = (offset: number): number => (reply[offset >> 2] >>> ((offset & 2) * 8)) & 0xffff
    const at = message.tileInfo
    expect([at.cols, at.rows, at.coreRowStart, at.memDma].map(half)).toEqual([3, 6, 2, 12])
  })
})

describe('partitions', () => {
  it('are ranges of columns that do not overlap', () => {
    const { ask } = build()
    const make = (start: number, count: number): number[] | undefined =>
      ask(MailOpcode.createPartition, [start, count])
    const refusal = (reply?: number[]): object => [reply?.[0], unpackRefusal(reply?.[1] ?? 0)]
    const { outside, overlap } = PlacementRule
    expect(refusal(make(0, 4))).toEqual([1, { rule: outside, who: 3, start: 0, count: 3 }])
    expect(make(0, 2)).toEqual([0, 1])
    expect(refusal(make(1, 1))).toEqual([1, { rule: overlap, who: 1, start: 2, count: 1 }])
    expect(make(2, 1)).toEqual([0, 2])
    expect(ask(MailOpcode.destroyPartition, [1])).toEqual([0])
    expect(ask(MailOpcode.destroyPartition, [1])).toEqual([1])
    expect(make(0, 1)).toEqual([0, 1])
  })

  it('take their contexts with them', () => {
    const { ask, create, run, log, server } = build()
    ask(MailOpcode.createPartition, [0, 3])
    create(0, 4)
    run(100)
    events(log)
    ask(MailOpcode.destroyPartition, [1])
    expect(events(log)).toEqual(['detach 0'])
    expect(server.contexts.inspectContexts()).toEqual([])
  })
})

describe('contexts', () => {
  it('get the lowest free columns, an id, a doorbell page and a vector', () => {
    const { ask, create, run, log, facts } = build()
    ask(MailOpcode.createPartition, [0, 3])
    const doorbell = (id: number): number => facts.doorbell.base + id * facts.doorbell.stride
    expect(create(0, 4)).toEqual([0, 0, doorbell(0), 1])
    expect(create(1, 8, 2)).toEqual([0, 1, doorbell(1), 2])
    run(100)
    expect(events(log)).toEqual([
      'reset 0+1',
      'attach 0 pasid 1 column 0 ucs 0,1',
      'reset 1+2',
      'attach 1 pasid 2 column 1 ucs 2,3,4,5',
    ])
    for (const tiles of [0, 5, 13, 16]) expect(create(2, tiles)?.[0]).toBe(mailbox.status.error)
  })

  it('of less than a column pair up on one', () => {
    const { ask, create, run, log } = build()
    ask(MailOpcode.createPartition, [0, 1])
    create(0, 2)
    create(1, 1)
    create(2, 3)
    run(100)
    expect(events(log)).toEqual([
      'reset 0+1',
      'attach 0 pasid 1 column 0 ucs 0',
      'attach 1 pasid 1 column 0 ucs 1',
    ])
  })

  it('that find no columns get those of an idle one when they have work', () => {
    const { ask, create, run, log, server, soc, queue, sim } = build()
    ask(MailOpcode.createPartition, [0, 3])
    create(0, 12, 1)
    create(1, 12, 2)
    run(51)
    events(log)
    expect(server.contexts.inspectContexts().map((c) => c.loaded)).toEqual([true, false])
    soc.memory.write32(2, queue(1) + hostQueue.writeIndex, 1)
    server.onDoorbell(1)
    run(600)
    expect(events(log)).toEqual([])
    run(400)
    expect(events(log)).toEqual([
      'detach 0',
      'reset 0+3 clear',
      'attach 1 pasid 2 column 0 ucs 0,1,2,3,4,5',
      'doorbell 1',
    ])
    expect(server.pasidOfColumn(1)).toBe(2)
    expect(sim.schedule.nextDue()).toBe(Infinity)
  })

  it('with unfinished work keep their columns until it is done', () => {
    const { ask, create, run, log, server, soc, queue, sim } = build()
    ask(MailOpcode.createPartition, [0, 3])
    create(0, 12)
    create(1, 4)
    run(100)
    soc.memory.write32(1, queue(0) + hostQueue.writeIndex, 1)
    server.onDoorbell(0)
    soc.memory.write32(1, queue(1) + hostQueue.writeIndex, 1)
    server.onDoorbell(1)
    run(50_000)
    events(log)
    expect(sim.schedule.nextDue()).toBe(Infinity)
    soc.memory.write32(1, queue(0) + hostQueue.readIndex, 1)
    server.completed(0)
    run(1100)
    expect(events(log)).toEqual([
      'detach 0',
      'reset 0+1',
      'attach 1 pasid 1 column 0 ucs 0,1',
      'doorbell 1',
    ])
  })

  it('are served by band, then in order of arrival', () => {
    const { ask, create, run, log, server, soc, queue } = build()
    ask(MailOpcode.createPartition, [0, 3])
    create(0, 12)
    ;[1, 2, 3].forEach((n) => create(n, 12, 1, n === 3 ? 3 : 1))
    run(100)
    ;[2, 1, 3].forEach((n) => {
      soc.memory.write32(1, queue(n) + hostQueue.writeIndex, 1)
      server.onDoorbell(n)
    })
    events(log)
    for (const n of [3, 2, 1]) {
      run(1100)
      expect(events(log).find((line) => line.startsWith('attach'))).toContain(`attach ${n} `)
      soc.memory.write32(1, queue(n) + hostQueue.readIndex, 1)
      server.completed(n)
    }
  })

  it('share the one controller of a profile without uCs in the array', () => {
    const { ask, create, run, log, server, soc, queue } = build('npu1')
    ask(MailOpcode.createPartition, [0, 4])
    create(0, 4)
    create(1, 4)
    run(100)
    expect(events(log)).toEqual(['reset 0+1', 'attach 0 pasid 1 column 0 ucs 0'])
    soc.memory.write32(1, queue(1) + hostQueue.writeIndex, 1)
    server.onDoorbell(1)
    run(2000)
    expect(events(log)).toEqual([
      'detach 0',
      'reset 0+1',
      'attach 1 pasid 1 column 0 ucs 0',
      'doorbell 1',
    ])
  })

  it('that do not exist swallow a doorbell', () => {
    const { server, log } = build()
    server.onDoorbell(7)
    expect(events(log)).toEqual([])
  })
})

describe('the messages of the scheduler', () => {
  it('set turns of bands and the share of normal, up to half', () => {
    const { ask, create, facts, server } = build()
    ask(MailOpcode.createPartition, [0, 3])
    create(0, 12)
    const bands = (share: number): number[] | undefined =>
      ask(MailOpcode.setupPriorityBands, [0, 0, 20_000, 0, 0, 0, 70_000, 0, share])
    expect(bands(51)).toEqual([mailbox.status.error])
    expect(bands(50)).toEqual([mailbox.status.success])
    create(1, 12, 1, 3)
    const quanta = server.contexts.inspectContexts().map((c) => c.quantum)
    expect(quanta.map((q) => q / facts.ticksPerMicrosecond)).toEqual([2000, 7000])
  })

  it('configure contexts: band, scheduling, demand; buffers of the uCs are not among them', () => {
    const { ask, create, server } = build()
    ask(MailOpcode.createPartition, [0, 3])
    create(0, 12)
    const configure = (...words: number[]): number[] | undefined =>
      ask(MailOpcode.configureHwContext, [
        ...words,
        ...Array.from({ length: 21 - words.length }, () => 0),
      ])
    expect(configure(0, 0, 3)).toEqual([mailbox.status.success])
    expect(configure(0, 0, 4)).toEqual([mailbox.status.error])
    expect(configure(0, 1, 30_000, -7 >>> 0, 31)).toEqual([mailbox.status.success])
    expect(configure(0, 1, 30_000, 8, 0)).toEqual([mailbox.status.error])
    expect(configure(9, 1, 30_000, 0, 0)).toEqual([mailbox.status.error])
    expect(configure(0, 2, 1000, 30)).toEqual([mailbox.status.success])
    expect(configure(0, 3)).toEqual([mailbox.status.notSupported])
    expect(server.contexts.inspectContexts()[0]).toMatchObject({
      band: 3,
      inProcess: -7,
      level: 31,
    })
  })
})
