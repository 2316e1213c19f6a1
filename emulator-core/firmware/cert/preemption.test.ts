import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ControlCode } from '../../artifacts/control-code.ts'
import { command } from '../../device/abi/command.ts'
import { Opcode } from '../../device/abi/control-code.ts'
import { CertFault } from './events.ts'
import { Bench, code, context } from './test-kit/bench.ts'
import { pointLines, withPoints } from './test-kit/points.ts'

const done = command.state.completed
const queue = 0x10_0000

/** One uC's share: main pages with a point, a PDI, save and restore pages; every write names what it is. */
interface Share {
  readonly uc: number
  /** Jobs in front of the point and behind it, as lines of source. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly delay?: number
}

const at = (uc: number) => `0x${(uc * 0x100).toString(16)}`

function source({ uc, before, after, delay = 0 }: Share): string {
  const write = (value: number) => `WRITE_32 ${at(uc)}, ${value}`
  return [
    `.attach_to_group ${uc}`,
    'START_JOB 0',
    `LOAD_PDI 1, @p${uc}`,
    'END_JOB',
    ...before,
    ...pointLines(`s${uc}`, `r${uc}`, delay),
    ...after,
    `p${uc}:`,
    'START_JOB 0',
    write(100),
    'END_JOB',
    'EOF',
    `.endl p${uc}`,
    `s${uc}:`,
    'START_JOB 0',
    write(200),
    'END_JOB',
    'EOF',
    `.endl s${uc}`,
    `r${uc}:`,
    'START_JOB 0',
    write(300),
    'END_JOB',
    'START_JOB 1',
    'LOAD_LAST_PDI',
    'END_JOB',
    'EOF',
    `.endl r${uc}`,
    'EOF',
    '',
  ].join('\n')
}

/** Assembles shares with their points. */
function preemptible(...shares: Share[]): ControlCode {
  return withPoints(code(shares.map(source).join('')))
}

const job = (id: number, ...lines: string[]) => [`START_JOB ${id}`, ...lines, 'END_JOB']
const values = (bench: Bench) => bench.writes.map((w) => w.value)

function submitted(artifact: ControlCode): { bench: Bench; completion: number } {
  const bench = new Bench()
  const completion = bench.submit(artifact)
  bench.ring()
  return { bench, completion }
}

/** Takes the context off and puts it back, as the scheduler does. */
function comeBack(bench: Bench, ucs: readonly number[] = [0, 1, 2, 3, 4, 5]): void {
  bench.cert.detach(context)
  bench.cert.attach(context, { queueAddress: queue, ucs })
}

const simple = preemptible({
  uc: 0,
  before: job(1, 'WRITE_32 0, 1'),
  after: job(2, 'WRITE_32 0, 2'),
})

describe('a preemption point', () => {
  it('is passed when nobody wants the array', () => {
    const { bench, completion } = submitted(simple)
    bench.run()
    expect(values(bench)).toEqual([100, 1, 2])
    expect(bench.word(completion)).toBe(done)
    expect(bench.switches).toEqual([])
    const preempt = bench.cert.inspect(0).handshake.find((w) => w.name === 'lastPreemptId')
    expect(preempt).toEqual({ name: 'lastPreemptId', offset: 0x78, value: 5 })
  })

  it('saves when the array is wanted, says so, and goes on behind it after restoring', () => {
    const { bench, completion } = submitted(simple)
    bench.cert.requestSwitch(context)
    bench.run()
    // The request came before the packet was popped, so the first switch is between two commands.
    expect(bench.switches).toEqual([[context, false]])
    comeBack(bench)
    bench.ring()
    while (!values(bench).includes(1) && bench.sim.schedule.runOne(100_000));
    bench.cert.requestSwitch(context)
    bench.run()
    expect(values(bench)).toEqual([100, 1, 200])
    expect(bench.switches.at(-1)).toEqual([context, true])
    expect(bench.readIndex).toBe(0)
    comeBack(bench)
    bench.run()
    expect(values(bench)).toEqual([100, 1, 200, 300, 100, 2])
    expect(bench.word(completion)).toBe(done)
    expect(bench.readIndex).toBe(1)
    expect(bench.cert.preemptions(context)).toEqual({ boundaries: 1, points: 1 })
  })

  it('holds the jobs behind it back and lets those in front of it end first', () => {
    const artifact = preemptible({
      uc: 0,
      // Two ordinary jobs in a row: the page does not let polls keep their turn.
      before: [...job(1, 'POLL_32 0x400, 1', 'WRITE_32 0, 1'), ...job(3, 'NOP')],
      after: job(2, 'WRITE_32 0, 2'),
    })
    const { bench } = submitted(artifact)
    while (!values(bench).includes(100) && bench.sim.schedule.runOne(100_000));
    bench.cert.requestSwitch(context)
    bench.run(5000)
    expect(values(bench)).toEqual([100])
    expect(bench.cert.explainWait(0)).toContain('(0x400) to read 0x1; the last time it read 0x0')
    expect(bench.cert.inspect(0).jobs.map((j) => j.wait?.kind)).toEqual([
      undefined,
      'poll',
      undefined,
      'earlier',
      undefined,
    ])
    bench.registers.write32(0x400, 1)
    bench.run(5000)
    expect(values(bench)).toEqual([100, 1, 200])
    expect(bench.switches).toEqual([[context, true]])
  })

  it('keeps deferred jobs, shared registers and tokens over the switch', () => {
    const artifact = preemptible({
      uc: 0,
      before: [
        ...job(1, 'MOV $g2, 7', 'LAUNCH_JOB 4'),
        'START_JOB_DEFERRED 4',
        'WRITE_32 0, 4',
        'END_JOB',
      ],
      after: [
        ...job(2, 'LAUNCH_JOB 3', 'ADD $g2, 1', 'WRITE_32_D 2, 0, 10'),
        'START_JOB_DEFERRED 3',
        'WRITE_32 0, 3',
        'END_JOB',
        'START_JOB_DEFERRED 5',
        'WRITE_32 0, 5',
        'END_JOB',
      ],
    })
    const straight = submitted(artifact).bench
    straight.run()
    expect(values(straight).toSorted((a, b) => a - b)).toEqual([3, 4, 8, 100])
    const { bench } = submitted(artifact)
    while (!values(bench).includes(100) && bench.sim.schedule.runOne(100_000));
    bench.cert.requestSwitch(context)
    bench.run()
    expect(bench.switches).toEqual([[context, true]])
    comeBack(bench)
    bench.run()
    // Job 4 stands in front of the point and ends there; job 3 is launched behind it.
    expect(values(bench)).toEqual([100, 4, 200, 300, 100, 8, 3])
  })

  it('can switch at every point without being asked', () => {
    const { bench, completion } = submitted(simple)
    bench.cert.detach(context)
    bench.cert.attach(context, {
      queueAddress: queue,
      ucs: [0, 1, 2, 3, 4, 5],
      forcePreemption: true,
    })
    bench.ring()
    bench.run()
    expect(bench.switches).toEqual([[context, true]])
    comeBack(bench)
    bench.run()
    expect(bench.word(completion)).toBe(done)
  })
})

const share = (uc: number, delay: number): Share => ({
  uc,
  delay,
  before: job(1, `WRITE_32 ${at(uc)}, 1`),
  after: job(2, `WRITE_32 ${at(uc)}, 2`),
})

describe('preemption of several uCs', () => {
  it('all decide alike, wherever each of them is when the array is wanted', () => {
    const artifact = preemptible(share(0, 0), share(2, 60), share(4, 12))
    const straight = submitted(artifact).bench
    straight.run()
    const end = straight.sim.schedule.now
    fc.assert(
      fc.property(fc.integer({ min: 150, max: end }), (tick) => {
        const { bench, completion } = submitted(artifact)
        bench.run(tick)
        bench.cert.requestSwitch(context)
        bench.run()
        // Either all have saved, or the command was over before.
        const saves = values(bench).filter((v) => v === 200).length
        expect(bench.switches).toEqual([[context, saves > 0]])
        expect([0, 3]).toContain(saves)
        // It comes back on other uCs: the context's own numbers count.
        comeBack(bench, [5, 4, 3, 2, 1, 0])
        bench.run()
        expect(bench.word(completion)).toBe(done)
        for (const uc of [0, 2, 4]) {
          const own = bench.writes.filter((w) => w.address === uc * 0x100).map((w) => w.value)
          expect(own).toEqual(saves > 0 ? [100, 1, 200, 300, 100, 2] : [100, 1, 2])
        }
      }),
      { numRuns: 40 },
    )
  })

  it('can be brought back from any instant of it and ends alike', () => {
    const artifact = preemptible(share(0, 0), share(2, 9))
    const start = () => {
      const { bench } = submitted(artifact)
      bench.run(1300)
      bench.cert.requestSwitch(context)
      return bench
    }
    const finish = (bench: Bench) => {
      bench.run()
      if (bench.switches.length > 0) comeBack(bench)
      bench.run()
      return bench.checksum()
    }
    const sum = finish(start())
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2500 }), fc.nat(900), (cut, beyond) => {
        const bench = start()
        bench.run(cut)
        const [back, left] = [bench.save(), bench.switches.length]
        bench.run(beyond)
        back()
        bench.switches.length = left
        expect(finish(bench)).toBe(sum)
      }),
      { numRuns: 30 },
    )
  })

  it('hang at a point that not all of them have', () => {
    const artifact = preemptible(share(0, 0), share(2, 0))
    const pages = artifact.ucs[1]!.pages
    const place = artifact.ucs[1]!.places.find((p) => p.job === 99 && p.text.includes('@s2'))!
    pages.fill(0, 16 + place.offset, 16 + place.offset + 24)
    for (let b = 0; b < 24; b += 4) pages[16 + place.offset + b] = Opcode.nop
    const { bench } = submitted(artifact)
    bench.run()
    expect(bench.cert.explainWait(0)).toBe(
      'uC 0: job 99 on page 0, PREEMPT, waits for uC 2 to reach preemption point 5.',
    )
  })
})

describe('a conditional job', () => {
  const conditional = (uc: number): Share => ({
    uc,
    before: [],
    after: [
      ...job(2, `WRITE_32 ${at(uc)}, 2`),
      'START_COND_JOB_PREEMPT 3',
      `WRITE_32 ${at(uc)}, 3`,
      'END_JOB',
      'START_COND_JOB_PREEMPT 4',
      `WRITE_32 ${at(uc)}, 4`,
      'END_JOB',
      ...job(5, `WRITE_32 ${at(uc)}, 5`),
    ],
  })

  /** The assembler wants a PREEMPT in front; the stand-in is a load, so the opcode is put in afterwards. */
  function program(): ControlCode {
    const shares = [0, 2].map(conditional).map((s) => ({
      ...s,
      after: s.after.map((line) => line.replace('START_COND_JOB_PREEMPT', 'START_JOB')),
    }))
    const artifact = preemptible(...shares)
    for (const { pages, places } of artifact.ucs) {
      for (const p of places) {
        if (/^START_JOB [34]$/.test(p.text))
          pages[p.page * 8192 + 16 + p.offset] = Opcode.startCondJobPreempt
      }
    }
    return artifact
  }

  it('is left out without a preemption, and runs once after one', () => {
    const { bench } = submitted(program())
    bench.run()
    expect(values(bench).filter((v) => v < 100)).toEqual([2, 2, 5, 5])
    const other = submitted(program()).bench
    while (!values(other).includes(100) && other.sim.schedule.runOne(100_000));
    other.cert.requestSwitch(context)
    other.run()
    comeBack(other)
    other.run()
    expect(values(other).filter((v) => v < 100)).toEqual([2, 2, 3, 3, 5, 5])
    expect(other.interrupts).toBe(1)
  })
})

describe('a chain of commands', () => {
  it('may be left between two packets and is taken up at the next', () => {
    const bench = new Bench()
    const words = [1, 2, 3].map((value, i) =>
      bench.submit(code(`START_JOB 0\nWRITE_32 0, ${value}\nEND_JOB\nEOF\n`), { chain: i < 2 }),
    )
    bench.ring()
    while (!values(bench).includes(2) && bench.sim.schedule.runOne(100_000));
    bench.cert.requestSwitch(context)
    bench.run()
    expect(bench.switches).toEqual([[context, false]])
    expect([bench.readIndex, values(bench)]).toEqual([0, [1, 2]])
    comeBack(bench)
    bench.ring()
    bench.run()
    expect(values(bench)).toEqual([1, 2, 3])
    expect(words.map((w) => bench.word(w))).toEqual([done, done, done])
    expect([bench.readIndex, bench.interrupts]).toEqual([3, 1])
  })
})

describe('a context that is forgotten', () => {
  it('does not go on when its number is used again', () => {
    const { bench } = submitted(simple)
    while (!values(bench).includes(1) && bench.sim.schedule.runOne(100_000));
    bench.cert.requestSwitch(context)
    bench.run()
    bench.cert.detach(context)
    bench.cert.forget(context)
    bench.cert.attach(context, { queueAddress: queue, ucs: [0] })
    bench.run()
    expect(values(bench)).toEqual([100, 1, 200])
    expect(bench.cert.preemptions(context)).toEqual({ boundaries: 0, points: 0 })
  })
})

describe('points where none may be', () => {
  it('are refused on a page that is being loaded', () => {
    const artifact = preemptible({ uc: 0, before: [], after: [] })
    const pdi = artifact.ucs[0]!.places.find((p) => p.page === 1 && p.text.startsWith('WRITE_32'))!
    const { pages } = artifact.ucs[0]!
    pages[8192 + 16 + pdi.offset] = Opcode.preempt
    const { bench, completion } = submitted(artifact)
    bench.run()
    expect(bench.sim.faults.list()[0]!.code).toBe(CertFault.nestedLoad)
    expect(bench.word(completion) & 0xf).toBe(command.state.error)
  })
})
