import { describe, expect, it } from 'vitest'
import { command } from '../../device/abi/command.ts'
import { hostQueue, packetOffset } from '../../device/abi/host-queue.ts'
import { CertFault } from './events.ts'
import { Bench, code } from './test-kit/bench.ts'

const { packet, indirectEntryBytes, recordExecBuf, ucShift, packetOpcode } = hostQueue
const queue = 0x10_0000
const listAt = 0x50_0000
const done = command.state.completed
const shares = (ucs: readonly number[]) =>
  code(
    ucs
      .map((uc) => `.attach_to_group ${uc}\nSTART_JOB 0\nWRITE_32 ${4 * uc}, ${uc}\nEND_JOB\nEOF\n`)
      .join(''),
  )

/** Moves the entries of the packet in slot 0 into a list of the second level. */
function deepen(bench: Bench, count: number): void {
  const at = queue + packetOffset(0)
  bench.host.write32(listAt, packetOpcode.execBuf << 16)
  bench.host.write32(listAt + 4, (count * indirectEntryBytes) | (1 << 16) | (1 << 24))
  for (let i = 0; i < count * indirectEntryBytes; i += 4) {
    bench.host.write32(listAt + recordExecBuf + i, bench.host.read32(at + packet.data + i))
  }
  bench.host.write32(at + packet.data, listAt)
  bench.host.write32(at + packet.data + 4, 0)
  bench.host.write32(at + 4, indirectEntryBytes | (1 << 16) | (1 << 24))
}

describe('a packet of two levels', () => {
  it('names one list, whose entries name the shares', () => {
    const bench = new Bench()
    const completion = bench.submit(shares([0, 1, 2, 3, 4, 5]))
    deepen(bench, 6)
    bench.ring()
    bench.run()
    expect(bench.word(completion)).toBe(done)
    expect(bench.writes.map((w) => w.value).toSorted()).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('fails when its list names more uCs than there are', () => {
    const bench = new Bench()
    const completion = bench.submit(shares([0, 2]))
    deepen(bench, 2)
    bench.host.write32(listAt + 4, (7 * indirectEntryBytes) | (1 << 16) | (1 << 24))
    bench.ring()
    bench.run()
    const { error, detailShift } = bench.facts
    expect(bench.word(completion)).toBe((error.invalidPacket << detailShift) | command.state.error)
    expect(bench.sim.faults.list()[0]!.code).toBe(CertFault.badPacket)
  })
})

describe('an indirect packet', () => {
  it('of one entry runs on the uC that the entry names', () => {
    const bench = new Bench()
    const completion = bench.submit(shares([3]))
    bench.ring()
    bench.run()
    expect([bench.word(completion), bench.writes.map((w) => w.value)]).toEqual([done, [3]])
    expect(bench.cert.inspect(3).counters.pages).toBe(1)
  })

  it('fails when it names a uC twice', () => {
    const bench = new Bench()
    const completion = bench.submit(shares([0, 2]))
    const second = queue + packetOffset(0) + packet.data + indirectEntryBytes
    bench.host.write32(second + 4, 0 << ucShift)
    bench.ring()
    bench.run()
    expect(bench.word(completion) & 0xf).toBe(command.state.error)
    expect(bench.writes).toEqual([])
  })

  it('says which uC it names that the context lacks', () => {
    const bench = new Bench()
    const completion = bench.submit(shares([0, 2]))
    const second = queue + packetOffset(0) + packet.data + indirectEntryBytes
    bench.host.write32(second + 4, 7 << ucShift)
    bench.ring()
    bench.run()
    const { error, detailShift } = bench.facts
    expect(bench.word(completion)).toBe((error.invalidPacket << detailShift) | command.state.error)
    expect(bench.sim.faults.list()[0]).toMatchObject({ code: CertFault.strangerUc, detail: 7 })
  })
})

describe('a command that lasts too long', () => {
  it('fails with a packet time-out though no operation hangs', () => {
    const bench = new Bench()
    bench.cert.setTimeLimit(2000)
    const jobs = Array.from({ length: 40 }, () => 'SLEEP 1')
    const completion = bench.submit(code(['START_JOB 0', ...jobs, 'END_JOB', 'EOF', ''].join('\n')))
    bench.ring()
    bench.run()
    const { error, detailShift } = bench.facts
    expect(bench.word(completion)).toBe((error.timeout << detailShift) | command.state.error)
    expect(bench.failures).toEqual([])
    expect(bench.readIndex).toBe(1)
  })
})

describe('pages', () => {
  it('are fetched ahead while the one in front runs', () => {
    const text = ['START_JOB 0', 'SLEEP 5', 'END_JOB', '.eop', 'START_JOB 1', 'WRITE_32 0, 1']
    const bench = new Bench()
    bench.submit(code([...text, 'END_JOB', 'EOF', ''].join('\n')))
    bench.ring()
    bench.run(3000)
    expect(bench.cert.inspect(0)).toMatchObject({ page: 0, aheadPage: 1 })
    bench.run()
    expect(bench.cert.inspect(0).counters).toMatchObject({ pages: 2, prefetchedPages: 1 })
  })
})

describe('records of a program', () => {
  it('go to the host buffer when the command ends, and before that when the table is full', () => {
    const bench = new Bench()
    bench.cert.attachDebugBuffer(0, 0x60_0000, 16 * 100)
    const saves = Array.from({ length: 70 }, (_, i) => `SAVE_REGISTER 0, ${i}`)
    bench.registers.write32(0, 0xabc)
    bench.submit(code(['START_JOB 0', ...saves, 'END_JOB', 'EOF', ''].join('\n')))
    bench.ring()
    bench.run()
    const record = (i: number) =>
      [0, 4, 8, 12].map((b) => bench.host.read32(0x60_0000 + 16 * i + b))
    expect([record(0), record(69), record(70)]).toEqual([
      [1, 0, 0xabc, 0],
      [1, 69, 0xabc, 0],
      [0, 0, 0, 0],
    ])
    expect(bench.cert.inspect(0).counters.recordsFlushed).toBe(70)
  })
})

describe('wait handles', () => {
  it('run out after sixteen chains that nobody waits for, and come back when their jobs end', () => {
    const starts = Array.from({ length: 20 }, (_, i) => `UC_DMA_WRITE_DES $r${i % 8}, @c`)
    const source = ['START_JOB 0', ...starts, 'END_JOB', 'START_JOB 1', 'NOP', 'END_JOB', 'EOF']
    const bench = new Bench()
    const data = '.align 16\nc:\n  UC_DMA_BD 0, 0x100, @w, 1, 0, 0\nw:\n  .long 1\n'
    bench.submit(code(`${source.join('\n')}\n${data}`))
    bench.ring()
    bench.run(50_000)
    expect(bench.writes).toHaveLength(16)
    expect(bench.cert.inspect(0).counters.outOfDmaHandles).toBeGreaterThan(0)
    expect(bench.cert.explainWait(0)).toContain('waits for a free wait handle')
  })
})
