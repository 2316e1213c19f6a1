import { describe, expect, it } from 'vitest'
import { command } from '../../device/abi/command.ts'
import { tokenWord } from '../../device/abi/dma-words.ts'
import { hostQueue } from '../../device/abi/host-queue.ts'
import { describe as describeDevice } from '../../device/profiles.ts'
import { barrierPlace, jobPlace } from './breaks.ts'
import type { UcBreaks } from './breaks.ts'
import { CertEvent, CertFault, explainCertFault } from './events.ts'
import { Bench, breakpointAt, code, context } from './test-kit/bench.ts'

const done = command.state.completed

function job(id: number, ...lines: string[]): string {
  return [`START_JOB ${id}`, ...lines, 'END_JOB'].join('\n')
}

function program(...jobs: string[]): string {
  return [...jobs, 'EOF', ''].join('\n')
}

function started(source: string): Bench {
  const bench = new Bench()
  bench.submit(code(source))
  bench.ring()
  return bench
}

describe('a command', () => {
  it('runs its operations in order, completes, moves the read index and interrupts', () => {
    const bench = new Bench()
    const completion = bench.submit(code(program(job(0, 'WRITE_32 0x100, 5', 'WRITE_32 0x104, 6'))))
    bench.ring()
    bench.run()
    expect(bench.writes.map((w) => [w.address, w.value])).toEqual([
      [0x100, 5],
      [0x104, 6],
    ])
    expect(bench.word(completion)).toBe(done)
    expect(bench.readIndex).toBe(1)
    expect(bench.interrupts).toBe(1)
    expect(bench.cert.inspect(0).phase).toBe('idle')
  })

  it('costs the wake-up, the packet, the page and its operations', () => {
    const bench = started(program(job(0, 'WRITE_32 0x100, 5')))
    bench.run()
    const { wakeUp, packetFetch, pageLatency, pageBytesPerCycle, operation } = bench.facts
    const length = 16 + 8 + 12 + 4 + 4
    const page = pageLatency + Math.ceil(length / pageBytesPerCycle)
    expect(bench.writes[0].tick).toBe(wakeUp + packetFetch + page + operation)
  })

  it('runs every job of a page that is full of them', () => {
    const source = program(...Array.from({ length: 510 }, (_, i) => job(i, 'NOP')))
    const { ucs } = code(source)
    expect(ucs[0].pages.length).toBe(8192)
    const bench = new Bench()
    const completion = bench.submit(code(source))
    bench.ring()
    bench.run()
    expect(bench.sim.faults.list()).toEqual([])
    expect(bench.word(completion)).toBe(done)
  })

  it('runs one after the other when several wait', () => {
    const bench = new Bench()
    for (let i = 0; i < 40; i++) {
      bench.submit(code(program(job(0, `WRITE_32 0x100, ${i}`))))
      bench.ring()
      bench.run()
    }
    expect(bench.writes.map((w) => w.value)).toEqual(Array.from({ length: 40 }, (_, i) => i))
    expect(bench.readIndex).toBe(40)
  })

  it('runs on each uC that has a share', () => {
    const share = (uc: number) =>
      `.attach_to_group ${uc}\n${program(job(0, `WRITE_32 0x${uc}00, ${uc + 1}`))}`
    const bench = started(share(0) + share(2) + share(4))
    bench.run()
    expect(bench.writes.map((w) => w.value).sort()).toEqual([1, 3, 5])
    expect(bench.interrupts).toBe(1)
    expect(bench.cert.stepCount(2)).toBe(3)
    expect(bench.cert.stepCount(1)).toBe(0)
  })

  it('adds the first column of its context to every address', () => {
    const bench = new Bench([2, 3], 1)
    bench.submit(code(program(job(0, 'WRITE_32 0x100, 5'))))
    bench.ring()
    bench.run()
    expect(bench.writes[0].address).toBe(0x200_0100)
    expect(bench.cert.inspect(2).ownIndex).toBe(0)
  })

  it('does nothing after its context was detached', () => {
    const bench = started(program(job(0, 'WRITE_32 0x100, 5')))
    bench.run(50)
    bench.cert.detach(context)
    bench.run()
    expect(bench.writes).toEqual([])
    bench.ring()
    bench.run()
    expect(bench.interrupts).toBe(0)
  })

  it('fails as a whole with its uC and reason when an opcode does not exist', () => {
    const bench = new Bench()
    const artifact = code(program(job(0, 'NOP', 'WRITE_32 0x100, 5')))
    artifact.ucs[0].pages[16 + 8] = 0x0a
    const completion = bench.submit(artifact)
    bench.ring()
    bench.run()
    const { invalidOpcode } = bench.facts.error
    expect(bench.word(completion)).toBe((invalidOpcode << 4) | command.state.error)
    expect(bench.readIndex).toBe(1)
    expect(bench.interrupts).toBe(1)
    const [fault] = bench.sim.faults.list()
    expect(fault.code).toBe(CertFault.unknownOperation)
    expect(
      explainCertFault(fault.code, fault.part, fault.detail, describeDevice('aie4')),
    ).toContain('0xa')
  })

  it('refuses operations that exist but do not run here', () => {
    const bench = started(program(job(0, 'UC_DMA_MASK_POLL_EXT 0, 0, 0, 0')))
    bench.run()
    expect(bench.sim.faults.list()[0].code).toBe(CertFault.unmodelledOperation)
    expect(bench.interrupts).toBe(1)
  })

  it('fails with an invalid page when the code is not there', () => {
    const bench = new Bench()
    const artifact = code(program(job(0, 'NOP')))
    artifact.ucs[0].pages[0] = 0
    const completion = bench.submit(artifact)
    bench.ring()
    bench.run()
    expect(bench.word(completion)).toBe((bench.facts.error.invalidPage << 4) | command.state.error)
  })

  it('answers test, exit and unknown packets without running anything', () => {
    const bench = new Bench()
    const { test, exit } = hostQueue.packetOpcode
    const words = [test, exit, 99].map((opcode) => bench.submitOpcode(opcode))
    bench.ring()
    bench.run()
    const { error } = command.state
    const invalid = (bench.facts.error.invalidPacket << 4) | error
    expect(words.map((at) => bench.word(at))).toEqual([done, error, invalid])
    expect(bench.readIndex).toBe(3)
  })

  it('moves the read index once per chain and aborts what follows a failure', () => {
    const bench = new Bench()
    const good = code(program(job(0, 'NOP')))
    const bad = code(program(job(0, 'NOP')))
    bad.ucs[0].pages[16 + 8] = 0x0a
    const words = [
      bench.submit(good, { chain: true }),
      bench.submit(bad, { chain: true }),
      bench.submit(good, { chain: true }),
    ]
    bench.ring()
    bench.run()
    expect(bench.readIndex).toBe(0)
    expect(bench.interrupts).toBe(0)
    words.push(bench.submit(good))
    bench.ring()
    bench.run()
    const { error, abort } = command.state
    expect(words.map((at) => bench.word(at) & 0xf)).toEqual([done, error, abort, abort])
    expect(bench.readIndex).toBe(4)
    expect(bench.interrupts).toBe(1)
  })

  it('reports a queue that has no mapping', () => {
    const bench = started(program(job(0, 'NOP')))
    bench.hostEnd = 0x1000
    bench.run()
    expect(bench.sim.faults.list()[0].code).toBe(CertFault.hostMemory)
    expect(bench.interrupts).toBe(0)
  })
})

describe('jobs', () => {
  it('take turns in page order when they yield', () => {
    const lines = (base: number) =>
      [0, 1, 2].flatMap((i) => [`WRITE_32 0x100, ${base + i}`, 'YIELD'])
    const bench = started(program(job(0, ...lines(0)), job(1, ...lines(10)), job(2, ...lines(20))))
    bench.run()
    expect(bench.writes.map((w) => w.value)).toEqual([0, 10, 20, 1, 11, 21, 2, 12, 22])
  })

  it('keep the turn at NOP', () => {
    const bench = started(
      program(job(0, 'WRITE_32 0, 1', 'NOP', 'WRITE_32 0, 2'), job(1, 'WRITE_32 0, 3')),
    )
    bench.run()
    expect(bench.writes.map((w) => w.value)).toEqual([1, 2, 3])
  })

  it('start in the next round when they are launched, though the page holds them behind their launcher', () => {
    const source = program(
      job(0, 'LAUNCH_JOB 2', 'WRITE_32 0, 1', 'YIELD', 'WRITE_32 0, 4'),
      job(1, 'WRITE_32 0, 2', 'YIELD', 'WRITE_32 0, 5'),
      ['START_JOB_DEFERRED 2', 'WRITE_32 0, 3', 'END_JOB'].join('\n'),
    )
    const bench = started(source)
    bench.run()
    expect(bench.writes.map((w) => w.value)).toEqual([1, 2, 4, 3, 5])
  })

  it('report a launch of a job that is not waiting for one', () => {
    const source = program(
      job(0, 'LAUNCH_JOB 1', 'LAUNCH_JOB 1'),
      'START_JOB_DEFERRED 1\nWRITE_32 0, 1\nEND_JOB',
    )
    const bench = started(source)
    bench.run()
    expect(bench.sim.faults.list().map((f) => f.code)).toEqual([CertFault.badLaunch])
    expect(bench.writes.length).toBe(1)
  })

  it('meet at a local barrier', () => {
    const bench = started(
      program(
        job(0, 'WRITE_32 0, 1', 'LOCAL_BARRIER $lb3, 3', 'WRITE_32 0, 11'),
        job(1, 'WRITE_32 0, 2', 'LOCAL_BARRIER $lb3, 3', 'WRITE_32 0, 12'),
        job(2, 'WRITE_32 0, 3', 'LOCAL_BARRIER $lb3, 3', 'WRITE_32 0, 13'),
      ),
    )
    bench.run()
    const values = bench.writes.map((w) => w.value)
    expect(values.slice(0, 3)).toEqual([1, 2, 3])
    expect(values.slice(3).sort()).toEqual([11, 12, 13])
  })

  it('say what they wait for when a barrier lacks a partner', () => {
    const bench = started(program(job(4, 'LOCAL_BARRIER $lb1, 2')))
    bench.run()
    expect(bench.interrupts).toBe(0)
    const { wait, jobs } = bench.cert.inspect(0)
    expect(wait).toEqual({ kind: 'localBarrier', on: 1, count: 2, have: 1 })
    expect(jobs[0]).toMatchObject({ id: 4, state: 'waiting', mnemonic: 'LOCAL_BARRIER' })
    expect(bench.cert.isPolling(0)).toBe(false)
  })

  it('go on to the next page of the scope with the shared registers kept and their own cleared', () => {
    const first = job(0, 'MOV $g1, 7', 'MOV $r1, 9')
    const second = job(0, 'ADD $g1, 1', 'WRITE_32_D 2, 0x100, 9', 'WRITE_32_D 2, 0x104, 1')
    const bench = started(`${first}\n.eop\n${second}\nEOF\n`)
    bench.run()
    expect(bench.writes.map((w) => [w.address, w.value])).toEqual([
      [0x100, 8],
      [0x104, 0],
    ])
    const pages = Array.from({ length: bench.sim.trace.end }, (_, i) => bench.sim.trace.record(i))
      .filter((r) => r.kind === CertEvent.pageFetched)
      .map((r) => r.a)
    expect(pages).toEqual([0, 1])
  })
})

describe('register operations', () => {
  it('read, mask, add and write through registers', () => {
    const bench = new Bench()
    bench.registers.write32(0x200, 0xff00ff00)
    bench.registers.write32(0x204, 0x200)
    const source = program(
      job(
        0,
        'MASK_WRITE_32 0x200, 0x0000FFFF, 0x12345678',
        'READ_32 $r1, 0x204',
        'READ_32_D $r1, $g3',
        'ADD $g3, 0xFFFFFFFF',
        'WRITE_32_D 2, 0x300, 11',
        'WRITE_32_D 1, 1, 0x55',
        'WRITE_32_D 3, 0x304, 0x66',
        'MOV $r2, 0x308',
        'WRITE_32_D 0, 2, 11',
      ),
    )
    bench.submit(code(source))
    bench.ring()
    bench.run()
    expect(bench.writes.map((w) => [w.address, w.value])).toEqual([
      [0x200, 0xff005678],
      [0x300, 0xff005677],
      [0x200, 0x55],
      [0x304, 0x66],
      [0x308, 0xff005677],
    ])
  })

  it('poll without burning steps until the value is there, while other jobs run', () => {
    const bench = started(
      program(job(0, 'MASK_POLL_32 0x400, 0xF0, 0x30', 'WRITE_32 0, 2'), job(1, 'WRITE_32 0, 1')),
    )
    bench.run(20_000)
    expect(bench.writes.map((w) => w.value)).toEqual([1])
    expect(bench.cert.isPolling(0)).toBe(true)
    expect(bench.cert.inspect(0).wait).toMatchObject({ kind: 'poll', on: 0x400, count: 0x30 })
    expect(bench.cert.stepCount(0)).toBeLessThan(20_000 / bench.facts.pollRetry + 10)
    bench.registers.write32(0x400, 0xf3f)
    bench.run(1000)
    expect(bench.writes.map((w) => w.value)).toEqual([1, 2])
    expect(bench.interrupts).toBe(1)
  })

  it('hold the uC at a lock request until it succeeds', () => {
    const bench = started(
      program(job(0, 'REL_ACQ_SYNC 0x500, 0x504', 'WRITE_32 0, 1'), job(1, 'WRITE_32 0, 2')),
    )
    let free = false
    bench.answers.set(0x504, () => (free ? 1 : 0))
    bench.run(5000)
    expect(bench.writes).toEqual([])
    expect(bench.cert.isPolling(0)).toBe(true)
    expect(bench.cert.inspect(0).wait?.kind).toBe('lock')
    free = true
    bench.run()
    expect(bench.writes.map((w) => w.value)).toEqual([1, 2])
    expect(bench.reads.filter((a) => a === 0x500).length).toBe(1)
  })

  it('keep records of times and registers', () => {
    const bench = new Bench()
    bench.registers.write32(0x700, 42)
    bench.submit(
      code(
        program(
          job(0, 'SAVE_TIMESTAMPS 3', 'SLEEP 2', 'SAVE_TIMESTAMPS 4', 'SAVE_REGISTER 0x700, 5'),
        ),
      ),
    )
    bench.ring()
    bench.run()
    const [first, second, third] = bench.cert.inspect(0).records
    expect(first).toMatchObject({ kind: 'timestamp', id: 3 })
    expect(second.value - first.value).toBe(2000 + 2 * bench.facts.operation)
    expect(third).toEqual({ kind: 'register', id: 5, value: 42 })
  })
})

describe('tokens', () => {
  const source = program(job(0, 'WAIT_TCTS TILE_1_0, SHIM_MM2S_1, 2', 'WRITE_32 0, 1'))
  const word = tokenWord(1, 0, 7, 0)

  it('that came before the wait count', () => {
    const bench = started(source)
    bench.cert.token(0, word)
    bench.cert.token(0, word)
    bench.run()
    expect(bench.interrupts).toBe(1)
    expect(bench.cert.inspect(0).tokens).toEqual([])
  })

  it('wake the job when enough have come, and only those of its channel and uC', () => {
    const bench = started(source)
    bench.run()
    bench.cert.token(0, word)
    bench.cert.token(0, tokenWord(1, 0, 8, 0))
    bench.cert.token(1, word)
    bench.run()
    expect(bench.writes).toEqual([])
    expect(bench.cert.inspect(0).wait).toMatchObject({ kind: 'tokens', count: 2, have: 1 })
    bench.cert.token(0, word)
    bench.run()
    expect(bench.writes.length).toBe(1)
    const left = bench.cert.inspect(0).tokens
    expect(left).toEqual([{ tile: 1 << 5, actor: 8, count: 1 }])
  })

  it('that are left over stay for the next wait', () => {
    const bench = started(program(job(0, 'WAIT_TCTS TILE_1_0, SHIM_MM2S_1, 2')))
    for (let i = 0; i < 3; i++) bench.cert.token(0, word)
    bench.run()
    expect(bench.cert.inspect(0).tokens).toEqual([{ tile: 1 << 5, actor: 7, count: 1 }])
  })
})

describe('breakpoints', () => {
  it('stop before the operation and go on when told', () => {
    const artifact = code(program(job(0, 'WRITE_32 0, 1', 'WRITE_32 0, 2')))
    const bench = new Bench()
    bench.submit(artifact)
    bench.cert.setBreakpoints(0, new Set([breakpointAt(artifact, 0, 'WRITE_32', 1)]))
    bench.ring()
    while (bench.cert.breakHit < 0 && bench.sim.schedule.runOne(100_000));
    expect(bench.writes.map((w) => w.value)).toEqual([1])
    const at = bench.cert.position(0)
    const place = artifact.ucs[0].places.find((p) => p.page === at.page && p.offset === at.offset)
    expect(place?.text).toBe('WRITE_32 0, 2')
    const now = bench.sim.schedule.now
    bench.cert.breakHit = -1
    bench.cert.passBreakpoint = 0
    bench.sim.schedule.runOne(100_000)
    expect(bench.writes.at(-1)).toEqual({ tick: now, address: 0, value: 2 })
    bench.run()
    expect(bench.interrupts).toBe(1)
    expect(bench.cert.breakHit).toBe(-1)
  })

  /** Mnemonics of the operations that the uC stops before, run to its end. */
  function stops(source: string, more: UcBreaks): string[] {
    const artifact = code(source)
    const bench = new Bench()
    bench.submit(artifact)
    bench.cert.setBreakpoints(0, new Set(), more)
    bench.ring()
    const found: string[] = []
    while (bench.sim.schedule.runOne(100_000)) {
      if (bench.cert.breakHit < 0) continue
      const { jobs, job } = bench.cert.position(0)
      found.push(`${job} ${jobs.find((j) => j.id === job)!.mnemonic}`)
      bench.cert.breakHit = -1
      bench.cert.passBreakpoint = 0
    }
    expect(bench.interrupts).toBe(1)
    return found
  }

  it('stop at starts and ends of jobs, and at barriers of either kind', () => {
    const source = program(
      job(3, 'LOCAL_BARRIER $lb2, 2', 'REMOTE_BARRIER $rb0, 1'),
      job(4, 'LOCAL_BARRIER $lb2, 2', 'LOCAL_BARRIER $lb1, 1'),
    )
    expect(stops(source, { jobStarts: new Set([jobPlace(0, 4)]) })).toEqual(['4 START_JOB'])
    expect(stops(source, { jobEnds: new Set([jobPlace(0, 3)]) })).toEqual(['3 END_JOB'])
    const barriers = new Set([barrierPlace('local', 2), barrierPlace('remote', 0)])
    expect(stops(source, { barriers })).toEqual([
      '3 LOCAL_BARRIER',
      '4 LOCAL_BARRIER',
      '3 REMOTE_BARRIER',
    ])
  })

  it('stop once at an operation that is tried many times', () => {
    const artifact = code(program(job(0, 'POLL_32 0x400, 1')))
    const bench = new Bench()
    bench.submit(artifact)
    bench.cert.setBreakpoints(0, new Set([breakpointAt(artifact, 0, 'POLL_32')]))
    bench.ring()
    let hits = 0
    while (bench.sim.schedule.now < 5000 && bench.sim.schedule.runOne(10_000)) {
      if (bench.cert.breakHit < 0) continue
      hits++
      bench.cert.breakHit = -1
      bench.cert.passBreakpoint = 0
    }
    expect(bench.reads.length).toBeGreaterThan(10)
    expect(hits).toBe(1)
  })
})
