import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { command } from '../../device/abi/command.ts'
import { tokenWord } from '../../device/abi/dma-words.ts'
import { CertEvent, CertFault } from './events.ts'
import { Bench, code, context } from './test-kit/bench.ts'

/** A chain of descriptors: `runs[i]` words to address `0x1000 * (i + 1)`. */
function chainSource(runs: readonly number[]): string {
  const bds = runs.map(
    (n, i) =>
      `UC_DMA_BD 0, 0x${((i + 1) * 0x1000).toString(16)}, @d${i}, ${n}, 0, ${i + 1 < runs.length ? 1 : 0}`,
  )
  const data = runs.map((n, i) =>
    [`d${i}:`, ...Array.from({ length: n }, (_, k) => `.long ${i * 1000 + k}`)].join('\n'),
  )
  return [
    'START_JOB 0',
    'UC_DMA_WRITE_DES_SYNC @c',
    'WRITE_32 0, 1',
    'END_JOB',
    'EOF',
    'c:',
    ...bds,
    ...data,
    '',
  ].join('\n')
}

describe('the uC-DMA', () => {
  it('writes every word of a chain in order, one per cycle, and ends when the last is written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }),
        (runs) => {
          const bench = new Bench()
          bench.submit(code(chainSource(runs)))
          bench.ring()
          bench.run()
          const expected = runs.flatMap((n, i) =>
            Array.from({ length: n }, (_, k) => [0x1000 * (i + 1) + 4 * k, i * 1000 + k]),
          )
          const dma = bench.writes.slice(0, -1)
          expect(dma.map((w) => [w.address, w.value])).toEqual(expected)
          const kinds = Array.from({ length: bench.sim.trace.end }, (_, i) =>
            bench.sim.trace.record(i),
          )
          const start = kinds.find((r) => r.kind === CertEvent.dmaStart)?.tick ?? 0
          const { chainSetup, descriptorSetup } = bench.facts
          const words = runs.reduce((a, b) => a + b, 0)
          const end = start + chainSetup + runs.length * descriptorSetup + words
          expect(dma.at(-1)?.tick).toBe(end)
          let due = start + chainSetup
          let index = 0
          for (const n of runs) {
            due += descriptorSetup
            for (let k = 1; k <= n; k++) {
              const { tick } = dma[index++]
              expect(tick).toBeGreaterThanOrEqual(due + k)
              expect(tick).toBeLessThan(due + k + 16)
            }
            due += n
          }
          expect(bench.writes.at(-1)?.tick).toBe(end + bench.facts.operation)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('runs beside the job, hands out handles and takes four chains at most', () => {
    const start = Array.from({ length: 6 }, (_, i) => `UC_DMA_WRITE_DES $r${i}, @c${i}`)
    const wait = Array.from({ length: 6 }, (_, i) => `WAIT_UC_DMA $r${5 - i}`)
    const chains = Array.from(
      { length: 6 },
      (_, i) => `c${i}:\nUC_DMA_BD 0, 0x${i}00, @d, 50, 0, 0`,
    )
    const data = ['d:', ...Array.from({ length: 50 }, (_, i) => `.long ${i}`)]
    const source = [
      'START_JOB 0',
      ...start,
      'WRITE_32 0x9000, 1',
      ...wait,
      'WRITE_32 0x9000, 2',
      'END_JOB',
      'EOF',
      ...chains,
      ...data,
      '',
    ].join('\n')
    const bench = new Bench()
    bench.submit(code(source))
    bench.ring()
    let most = 0
    while (bench.sim.schedule.runOne(100_000))
      most = Math.max(most, bench.cert.inspect(0).chainsPending)
    expect(most).toBe(4)
    const marks = bench.writes.flatMap((w, i) => (w.address === 0x9000 ? [i] : []))
    expect(marks[0]).toBeLessThan(300)
    expect(marks[1]).toBe(301)
  })

  it('reaches host memory when a descriptor says so', () => {
    const source = [
      'START_JOB 0',
      'UC_DMA_WRITE_DES_SYNC @c',
      'END_JOB',
      'EOF',
      'c:',
      'UC_DMA_BD 1, 0x2000, @d, 2, 1, 0',
      'd:',
      '.long 0x11',
      '.long 0x22',
      '',
    ].join('\n')
    const bench = new Bench()
    bench.submit(code(source))
    bench.ring()
    bench.run()
    expect([bench.word(2 ** 32 + 0x2000), bench.word(2 ** 32 + 0x2004)]).toEqual([0x11, 0x22])
    expect(bench.writes).toEqual([])
  })

  it('stops the command when a descriptor leaves the page', () => {
    const artifact = code(chainSource([4]))
    const bd = artifact.ucs[0].labels.find((l) => l.name === 'c')
    artifact.ucs[0].pages[16 + (bd?.offset ?? 0) + 5] = 0x7f
    const bench = new Bench()
    const completion = bench.submit(artifact)
    bench.ring()
    bench.run()
    expect(bench.sim.faults.list()[0].code).toBe(CertFault.badDescriptor)
    expect(bench.word(completion) & 0xf).toBe(command.state.error)
  })

  it('adds run-time arguments to shim descriptors and leaves patched ones alone', () => {
    const source = [
      'START_JOB 0',
      'APPLY_OFFSET_57 @d, 1, 1',
      'UC_DMA_WRITE_DES_SYNC @c',
      'END_JOB',
      'EOF',
      'c:',
      'UC_DMA_BD 0, 0x18000, @d, 9, 0, 0',
      'd:',
      '.long 0xFE000001',
      '.long 0x10',
      ...Array.from({ length: 7 }, () => '.long 0'),
      '',
    ].join('\n')
    for (const [args, high, low] of [
      [[], 0xfe000001, 0x10],
      [[1, 2, 0xfffffff0, 3], 0xfe000005, 0x80000000],
    ] as const) {
      const bench = new Bench()
      bench.submit(code(source), { args: [...args] })
      bench.ring()
      bench.run()
      expect(bench.writes.slice(0, 2).map((w) => w.value)).toEqual([high, low])
    }
  })
})

describe('uCs together', () => {
  const share = (uc: number, lines: readonly string[]) =>
    [`.attach_to_group ${uc}`, 'START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')

  it('meet at remote barriers whatever each does before', () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30)), (delays) => {
        const sources = delays.map((n, i) => {
          const nops = Array.from({ length: n }, () => 'NOP')
          const after = [
            'REMOTE_BARRIER $rb0, 0x15',
            ...Array.from({ length: delays[(i + 1) % 3] }, () => 'NOP'),
            `WRITE_32 0x${i}00, 2`,
            'REMOTE_BARRIER $rb0, 0x15',
          ]
          return share(2 * i, [...nops, `WRITE_32 0x${i}00, 1`, ...after, `WRITE_32 0x${i}00, 3`])
        })
        const bench = new Bench()
        bench.submit(code(sources.join('')))
        bench.ring()
        bench.run()
        const values = bench.writes.map((w) => w.value)
        expect(values).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3])
        expect(bench.interrupts).toBe(1)
      }),
      { numRuns: 15 },
    )
  })

  it('say who is missing at a remote barrier', () => {
    const bench = new Bench()
    bench.submit(
      code(share(0, ['REMOTE_BARRIER $rb2, 5']) + share(2, ['WAIT_TCTS TILE_0_0, SHIM_S2MM_0, 1'])),
    )
    bench.ring()
    bench.run()
    expect(bench.cert.inspect(0).wait).toEqual({ kind: 'remoteBarrier', on: 3, count: 5, have: 1 })
    expect(bench.cert.inspect(2).wait?.kind).toBe('tokens')
    expect([0, 1, 2].map((uc) => bench.cert.explainWait(uc))).toEqual([
      'uC 0: job 0 on page 0, REMOTE_BARRIER, waits for remote barrier 2: uC 2 has not arrived.',
      undefined,
      'uC 2: job 0 on page 0, WAIT_TCTS, waits for 1 task-complete token of S2MM 0 of tile [0,0]; none has come.',
    ])
  })

  it('refuse a barrier with a uC outside the command', () => {
    const bench = new Bench()
    const completion = bench.submit(code(share(0, ['REMOTE_BARRIER $rb0, 5'])))
    bench.ring()
    bench.run()
    expect(bench.sim.faults.list()[0].code).toBe(CertFault.remoteParty)
    expect(bench.word(completion) & 0xf).toBe(command.state.error)
  })

  it('all stop when one fails, and the word names the one', () => {
    const artifact = code(share(0, ['WAIT_TCTS TILE_0_0, SHIM_S2MM_0, 1']) + share(4, ['NOP']))
    artifact.ucs[1].pages[16 + 8] = 0x0a
    const bench = new Bench()
    const completion = bench.submit(artifact)
    bench.ring()
    bench.run()
    const { perUc, invalidOpcode } = bench.facts.error
    expect(bench.word(completion)).toBe(((4 * perUc + invalidOpcode) << 4) | command.state.error)
    expect(bench.cert.inspect(0).phase).toBe('idle')
  })
})

const loads = (id: number) =>
  [
    'START_JOB 0',
    `LOAD_PDI ${id}, @pdi`,
    'WRITE_32 0, 10',
    'END_JOB',
    'START_JOB 1',
    'WRITE_32 0, 11',
    'END_JOB',
    'pdi:',
    'START_JOB 0',
    'WRITE_32 0, 1',
    'END_JOB',
    '.eop',
    'START_JOB 1',
    'WRITE_32 0, 2',
    'END_JOB',
    'EOF',
    '.endl pdi',
    'EOF',
    '',
  ].join('\n')

describe('loads', () => {
  it('run another chain of pages before the jobs behind them, once per id', () => {
    const bench = new Bench()
    for (const id of [5, 5, 6]) {
      bench.submit(code(loads(id)))
      bench.ring()
    }
    bench.run()
    const each = [1, 2, 10, 11]
    expect(bench.writes.map((w) => w.value)).toEqual([...each, 10, 11, ...each])
    expect(bench.cert.inspect(0).pdi).toBe(6)
    expect(bench.readIndex).toBe(3)
  })

  it('are done again after the context was attached anew', () => {
    const bench = new Bench()
    bench.submit(code(loads(5)))
    bench.ring()
    bench.run()
    bench.cert.detach(context)
    bench.cert.attach(context, { queueAddress: 0x10_0000, ucs: [0] })
    bench.submit(code(loads(5)))
    bench.ring()
    bench.run()
    expect(bench.writes.filter((w) => w.value === 1).length).toBe(2)
  })

  it('let all uCs of the command meet before anyone goes on', () => {
    const share = (uc: number, extra: number) =>
      [
        `.attach_to_group ${uc}`,
        'START_JOB 0',
        `LOAD_PDI 1, @p${uc}`,
        'END_JOB',
        'START_JOB 1',
        `WRITE_32 0x${uc}00, 9`,
        'END_JOB',
        `p${uc}:`,
        'START_JOB 0',
        ...Array.from({ length: extra }, () => 'NOP'),
        `WRITE_32 0x${uc}00, 1`,
        'END_JOB',
        'EOF',
        `.endl p${uc}`,
        'EOF',
        '',
      ].join('\n')
    const bench = new Bench()
    bench.submit(code(share(0, 0) + share(2, 40) + share(4, 3)))
    bench.ring()
    bench.run()
    expect(bench.writes.map((w) => w.value)).toEqual([1, 1, 1, 9, 9, 9])
  })

  it('can bring the remembered images back', () => {
    const source = [
      'START_JOB 0',
      'LOAD_PDI 1, @p',
      'END_JOB',
      'START_JOB 1',
      'LOAD_CORES 2, @k',
      'END_JOB',
      'START_JOB 2',
      'WRITE_32 0, 9',
      'LOAD_LAST_PDI',
      'WRITE_32 0, 8',
      'END_JOB',
      'p:',
      'START_JOB 0',
      'WRITE_32 0, 1',
      'END_JOB',
      'EOF',
      '.endl p',
      'k:',
      'START_JOB 0',
      'WRITE_32 0, 2',
      'END_JOB',
      'EOF',
      '.endl k',
      'EOF',
      '',
    ].join('\n')
    const bench = new Bench()
    bench.submit(code(source))
    bench.ring()
    bench.run()
    expect(bench.writes.map((w) => w.value)).toEqual([1, 2, 9, 1, 2, 8])
  })
})

describe('the state', () => {
  const nops = (n: number) => Array.from({ length: n }, () => 'NOP')
  const share = (uc: number) =>
    [
      `.attach_to_group ${uc}`,
      'START_JOB 0',
      `LOAD_PDI 1, @p${uc}`,
      'END_JOB',
      'START_JOB 1',
      `UC_DMA_WRITE_DES $r0, @c${uc}`,
      'LOCAL_BARRIER $lb0, 2',
      'WAIT_UC_DMA $r0',
      'REMOTE_BARRIER $rb1, 0x15',
      'POLL_32 0x400, 3',
      'END_JOB',
      'START_JOB 2',
      ...nops(uc),
      'LOCAL_BARRIER $lb0, 2',
      'WAIT_TCTS TILE_0_0, SHIM_MM2S_0, 1',
      `WRITE_32 0x400, ${uc === 4 ? 3 : 0}`,
      'END_JOB',
      `p${uc}:`,
      'START_JOB 0',
      `UC_DMA_WRITE_DES_SYNC @c${uc}`,
      'END_JOB',
      'EOF',
      `c${uc}:`,
      `UC_DMA_BD 0, 0x${uc}000, @d${uc}, 20, 0, 0`,
      `d${uc}:`,
      ...Array.from({ length: 20 }, (_, i) => `.long ${i}`),
      `.endl p${uc}`,
      'EOF',
      `c${uc}:`,
      `UC_DMA_BD 0, 0x${uc}000, @d${uc}, 20, 0, 0`,
      `d${uc}:`,
      ...Array.from({ length: 20 }, (_, i) => `.long ${i + 100}`),
      '',
    ].join('\n')
  const artifact = code(share(0) + share(2) + share(4))

  function start(): Bench {
    const bench = new Bench()
    bench.submit(artifact)
    bench.ring()
    for (const uc of [0, 2, 4]) bench.cert.token(uc, tokenWord(0, 0, 6, 0))
    return bench
  }

  it('is complete: any instant can be brought back and ends alike', () => {
    const straight = start()
    straight.registers.write32(0x400, 3)
    straight.run()
    expect(straight.interrupts).toBe(1)
    const end = straight.sim.schedule.now
    const sum = straight.checksum()
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: end }),
        fc.integer({ min: 0, max: 500 }),
        (cut, beyond) => {
          const bench = start()
          bench.registers.write32(0x400, 3)
          bench.run(cut)
          const back = bench.save()
          bench.run(beyond)
          back()
          bench.run()
          expect(bench.sim.schedule.now).toBe(end)
          expect(bench.checksum()).toBe(sum)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('whatever the pages hold', () => {
  it('the firmware never breaks: it finishes, fails or waits', () => {
    const source = [
      'START_JOB 0',
      'UC_DMA_WRITE_DES_SYNC @c',
      'WAIT_TCTS TILE_0_0, 0, 0',
      'LOCAL_BARRIER $lb0, 1',
      'END_JOB',
      'START_JOB 1',
      'LOAD_PDI 1, @p',
      'END_JOB',
      'START_JOB 2',
      'MOV $r1, 8',
      'READ_32_D $r1, $r2',
      'END_JOB',
      'p:',
      'START_JOB 0',
      'NOP',
      'END_JOB',
      'EOF',
      '.endl p',
      'EOF',
      'c:',
      'UC_DMA_BD 0, 0x100, @d, 2, 0, 0',
      'd:',
      '.long 1',
      '.long 2',
      '',
    ].join('\n')
    const change = fc.tuple(fc.integer({ min: 0, max: 190 }), fc.nat(1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const artifact = code(source)
        for (const [at, page, value] of changes) artifact.ucs[0].pages[8192 * page + at] = value
        const bench = new Bench()
        const completion = bench.submit(artifact)
        bench.ring()
        bench.run(100_000)
        const view = bench.cert.inspect(0)
        const isOver = bench.interrupts === 1 && (bench.word(completion) & 0xf) > 3
        const isWaiting = view.wait !== undefined || view.phase === 'drain'
        const isBusy = bench.sim.schedule.nextDue() < Infinity
        expect(isOver || isWaiting || isBusy).toBe(true)
        expect(bench.cert.position(0).page).toBe(view.page)
      }),
      { numRuns: 300 },
    )
  })

  it('jobs that yield interleave as a plain round robin would', () => {
    const body = fc.array(fc.constantFrom('w', 'y', 'n'), { maxLength: 8 })
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 6 }), (bodies) => {
        const source = bodies.map((steps, j) => {
          const lines = steps.map((step, i) =>
            step === 'w' ? `WRITE_32 0, ${j * 100 + i}` : step === 'y' ? 'YIELD' : 'NOP',
          )
          return [`START_JOB ${j}`, ...lines, 'END_JOB'].join('\n')
        })
        const bench = new Bench()
        bench.submit(code([...source, 'EOF', ''].join('\n')))
        bench.ring()
        bench.run()
        const at = bodies.map(() => 0)
        const expected: number[] = []
        while (at.some((i, j) => i < bodies[j].length)) {
          for (let j = 0; j < bodies.length; j++) {
            while (at[j] < bodies[j].length) {
              const step = bodies[j][at[j]++]
              if (step === 'w') expected.push(j * 100 + at[j] - 1)
              if (step === 'y') break
            }
          }
        }
        expect(bench.writes.map((w) => w.value)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })
})
