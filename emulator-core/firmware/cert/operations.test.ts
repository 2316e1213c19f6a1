import { describe, expect, it } from 'vitest'
import { command } from '../../device/abi/command.ts'
import { controlCode, Opcode, operationByCode } from '../../device/abi/control-code.ts'
import { tokenWord } from '../../device/abi/dma-words.ts'
import { CertFault } from './events.ts'
import { Bench, code } from './test-kit/bench.ts'
import { pointLines, withPoints } from './test-kit/points.ts'

/** Where programs put their results. */
const out = 0x1_8000
const text = controlCode.page.headerBytes
const job = (id: number, ...lines: string[]) => [`START_JOB ${id}`, ...lines, 'END_JOB']
const page = (...lines: string[]) => [...lines, 'EOF', ''].join('\n')
/** One job and its end. */
const single = (...lines: string[]) => page(...job(0, ...lines))

interface Options {
  /** Words in registers before the program begins. */
  readonly registers?: Readonly<Record<number, number>>
  readonly during?: (bench: Bench) => void
  readonly args?: number[]
}

/** Runs a program to its end: what it wrote, in order, as address and value. */
function run(source: string, { registers = {}, during, args = [] }: Options = {}) {
  const bench = new Bench()
  for (const [address, word] of Object.entries(registers)) {
    bench.registers.write32(Number(address), word)
  }
  const completion = bench.submit(withPoints(code(source)), { args })
  bench.ring()
  if (during) {
    bench.run(3000)
    during(bench)
  }
  bench.run()
  const writes = bench.writes.map((w) => [w.address, w.value])
  return { bench, writes, word: bench.word(completion) }
}

/** Values that a program wrote, if it ended well. */
function values(source: string, options?: Options): number[] {
  const { writes, word } = run(source, options)
  expect(word).toBe(command.state.completed)
  return writes.map(([, value]) => value!)
}

/** Puts an opcode over the first operation of job 0. */
function withOpcode(opcode: number): ReturnType<typeof code> {
  const artifact = code(single('NOP', 'NOP', 'NOP', 'NOP', 'NOP'))
  artifact.ucs[0]!.pages[text + 8] = opcode
  return artifact
}

/** What each operation does, by opcode. */
const sheet: Readonly<Record<number, () => void>> = {
  [Opcode.startJob]: () =>
    expect(values(page(...job(3, `WRITE_32 ${out}, 1`), ...job(1, `WRITE_32 ${out}, 2`)))).toEqual([
      1, 2,
    ]),
  [Opcode.startJobDeferred]: () =>
    expect(
      values(page(...job(0, 'NOP'), 'START_JOB_DEFERRED 1', `WRITE_32 ${out}, 1`, 'END_JOB')),
    ).toEqual([]),
  [Opcode.launchJob]: () =>
    expect(
      values(
        page(
          ...job(0, 'LAUNCH_JOB 1', `WRITE_32 ${out}, 1`),
          'START_JOB_DEFERRED 1',
          `WRITE_32 ${out}, 2`,
          'END_JOB',
        ),
      ),
    ).toEqual([1, 2]),
  [Opcode.endJob]: () => {
    const { bench } = run(single('NOP'))
    expect(bench.cert.inspect(0).counters.jobsFinished).toBe(1)
  },
  [Opcode.eof]: () => expect(values(single(`WRITE_32 ${out}, 1`))).toEqual([1]),
  [Opcode.nop]: () =>
    // A NOP keeps the turn: the jobs do not mix.
    expect(
      values(
        page(
          ...job(0, `WRITE_32 ${out}, 1`, 'NOP', `WRITE_32 ${out}, 2`),
          ...job(1, `WRITE_32 ${out}, 3`),
        ),
      ),
    ).toEqual([1, 2, 3]),
  [Opcode.yield]: () =>
    expect(
      values(
        page(
          ...job(0, `WRITE_32 ${out}, 1`, 'YIELD', `WRITE_32 ${out}, 2`),
          ...job(1, `WRITE_32 ${out}, 3`),
        ),
      ),
    ).toEqual([1, 3, 2]),
  [Opcode.write32]: () =>
    expect(run(single(`WRITE_32 ${out}, 0xDEADBEEF`)).writes).toEqual([[out, 0xdead_beef]]),
  [Opcode.maskWrite32]: () =>
    // Bits under the mask change, the others stay, and value bits outside the mask do not count.
    expect(
      values(single(`MASK_WRITE_32 ${out}, 0x0000FF00, 0x12345678`), {
        registers: { [out]: 0xaabb_ccdd },
      }),
    ).toEqual([0xaabb_56dd]),
  [Opcode.read32]: () =>
    expect(
      values(single(`READ_32 $r3, ${out}`, `WRITE_32_D 2, ${out + 4}, 3`), {
        registers: { [out]: 77 },
      }),
    ).toEqual([77]),
  [Opcode.read32D]: () =>
    expect(
      values(single(`MOV $r1, ${out}`, 'READ_32_D $r1, $g0', `WRITE_32_D 2, ${out + 4}, 8`), {
        registers: { [out]: 78 },
      }),
    ).toEqual([78]),
  [Opcode.write32D]: () =>
    // Bit 1: the address is a number. Bit 0: the value is one.
    expect(
      run(
        single(
          `MOV $r0, ${out}`,
          'MOV $r1, 9',
          'WRITE_32_D 0, 0, 1',
          'WRITE_32_D 1, 0, 5',
          `WRITE_32_D 2, ${out + 4}, 1`,
          `WRITE_32_D 3, ${out + 8}, 6`,
        ),
      ).writes,
    ).toEqual([
      [out, 9],
      [out, 5],
      [out + 4, 9],
      [out + 8, 6],
    ]),
  [Opcode.mov]: () =>
    expect(values(single('MOV $r7, 0xFFFFFFFF', `WRITE_32_D 2, ${out}, 7`))).toEqual([0xffff_ffff]),
  [Opcode.add]: () =>
    expect(values(single('MOV $r7, 0xFFFFFFFF', 'ADD $r7, 3', `WRITE_32_D 2, ${out}, 7`))).toEqual([
      2,
    ]),
  [Opcode.poll32]: () =>
    expect(
      values(single(`POLL_32 ${out}, 4`, `WRITE_32 ${out + 4}, 1`), {
        registers: { [out]: 5 },
        during: (bench) => {
          expect(bench.writes).toEqual([])
          bench.registers.write32(out, 4)
        },
      }),
    ).toEqual([1]),
  [Opcode.maskPoll32]: () =>
    expect(
      values(single(`MASK_POLL_32 ${out}, 0xF0, 0x40`, `WRITE_32 ${out + 4}, 1`), {
        registers: { [out]: 0x34 },
        during: (bench) => {
          expect(bench.writes).toEqual([])
          bench.registers.write32(out, 0xf4f)
        },
      }),
    ).toEqual([1]),
  [Opcode.relAcqSync]: () => {
    const { bench, word } = run(single('REL_ACQ_SYNC 0x15404, 0x15604'), {
      during: (b) => b.answers.set(0x15604, () => 1),
    })
    expect(word).toBe(command.state.completed)
    // The first request once, the second until it succeeds.
    expect(bench.reads.filter((a) => a === 0x15404)).toHaveLength(1)
    expect(bench.reads.filter((a) => a === 0x15604).length).toBeGreaterThan(5)
  },
  [Opcode.waitTcts]: () =>
    expect(
      values(single('WAIT_TCTS TILE_0_1, MEM_MM2S_0, 2', `WRITE_32 ${out}, 1`), {
        during: (bench) => {
          const token = tokenWord(0, 1, 16, 15)
          bench.cert.token(0, token)
          bench.run(500)
          expect(bench.writes).toEqual([])
          bench.cert.token(0, token)
        },
      }),
    ).toEqual([1]),
  [Opcode.localBarrier]: () =>
    expect(
      values(
        page(
          ...job(0, 'LOCAL_BARRIER $lb0, 2', `WRITE_32 ${out}, 1`),
          ...job(1, 'NOP', `WRITE_32 ${out}, 2`, 'LOCAL_BARRIER $lb0, 2'),
        ),
      ),
    ).toEqual([2, 1]),
  [Opcode.remoteBarrier]: () => {
    const share = (uc: number, ...lines: string[]) => `.attach_to_group ${uc}\n${single(...lines)}`
    const met = values(
      share(0, 'REMOTE_BARRIER $rb0, 5', `WRITE_32 ${out}, 1`) +
        share(2, 'SLEEP 1', `WRITE_32 ${out}, 2`, 'REMOTE_BARRIER $rb0, 5'),
    )
    expect(met).toEqual([2, 1])
  },
  [Opcode.ucDmaWriteDes]: () => {
    const { writes } = run(
      `${single('UC_DMA_WRITE_DES $r0, @a', 'UC_DMA_WRITE_DES $r1, @b', 'WAIT_UC_DMA $r1', 'WAIT_UC_DMA $r0')}${chains}`,
    )
    expect(writes).toEqual([
      [0x100, 1],
      [0x104, 2],
      [0x200, 3],
      [0x300, 4],
    ])
  },
  [Opcode.waitUcDma]: () =>
    expect(
      values(
        `${single('UC_DMA_WRITE_DES $r0, @a', 'WAIT_UC_DMA $r0', `WRITE_32 ${out}, 9`)}${chains}`,
      ),
    ).toEqual([1, 2, 3, 9]),
  [Opcode.ucDmaWriteDesSync]: () =>
    expect(values(`${single('UC_DMA_WRITE_DES_SYNC @a', `WRITE_32 ${out}, 9`)}${chains}`)).toEqual([
      1, 2, 3, 9,
    ]),
  [Opcode.loadPdi]: () =>
    // The same number again is skipped, another one is not.
    expect(
      values(
        page(
          ...job(0, 'LOAD_PDI 1, @p'),
          ...job(1, 'LOAD_PDI 1, @q'),
          ...job(2, 'LOAD_PDI 2, @r'),
          ...['p', 'q', 'r'].flatMap((name, i) => scope(name, `WRITE_32 ${out}, ${i}`)),
        ),
      ),
    ).toEqual([0, 2]),
  [Opcode.loadCores]: () => {
    const { bench, writes } = run(
      page(
        ...job(0, 'LOAD_PDI 1, @p'),
        ...job(1, 'LOAD_CORES 4, @c'),
        ...scope('p', 'NOP'),
        ...scope('c', `WRITE_32 ${out}, 6`),
      ),
    )
    expect(writes).toEqual([[out, 6]])
    expect([bench.cert.inspect(0).cores, bench.cert.inspect(0).pdi]).toEqual([4, 1])
  },
  [Opcode.loadCoresCp]: () => {
    // Only the number is kept; what loads the cores follows in the same job.
    const { bench, writes } = run(
      page(
        ...job(0, 'LOAD_PDI 1, @p'),
        ...job(1, 'LOAD_CORES_CP 8', `WRITE_32 ${out}, 7`),
        ...scope('p', 'NOP'),
      ),
    )
    expect(writes).toEqual([[out, 7]])
    expect(bench.cert.inspect(0).cores).toBe(8)
  },
  [Opcode.loadLastPdi]: () =>
    expect(
      values(
        page(
          ...job(0, 'LOAD_PDI 1, @p'),
          ...job(1, 'LOAD_CORES 2, @c'),
          ...job(2, 'LOAD_LAST_PDI'),
          ...scope('p', `WRITE_32 ${out}, 5`),
          ...scope('c', `WRITE_32 ${out}, 6`),
        ),
      ),
    ).toEqual([5, 6, 5, 6]),
  [Opcode.applyOffset57]: () => {
    const table = '.align 16\nd:\n  UC_DMA_BD 0, 0x18000, @w, 9, 0, 0\nw:\n'
    const words = Array.from({ length: 9 }, (_, i) => `  .long ${i === 1 ? 0x40 : 0}\n`).join('')
    const program = single('APPLY_OFFSET_57 @w, 1, 0', 'UC_DMA_WRITE_DES_SYNC @d') + table + words
    // Without arguments the host has patched already; with them the argument is added, and the DDR offset.
    expect(values(program)[1]).toBe(0x40)
    expect(values(program, { args: [0x1000, 0x2] }).slice(0, 2)).toEqual([2, 0x8000_1040])
  },
  [Opcode.saveTimestamps]: () => {
    const { bench } = run(single('SAVE_TIMESTAMPS 6', 'SLEEP 2', 'SAVE_TIMESTAMPS 7'))
    const [first, second] = bench.cert.inspect(0).records
    expect([first!.kind, first!.id, second!.id]).toEqual(['timestamp', 6, 7])
    expect(second!.value - first!.value).toBeGreaterThanOrEqual(2 * bench.facts.ticksPerMicrosecond)
  },
  [Opcode.saveRegister]: () => {
    const { bench } = run(single(`SAVE_REGISTER ${out}, 12`), { registers: { [out]: 0x55 } })
    expect(bench.cert.inspect(0).records).toEqual([{ kind: 'register', id: 12, value: 0x55 }])
  },
  [Opcode.sleep]: () => {
    const { bench } = run(
      page(
        ...job(0, `WRITE_32 ${out}, 1`, 'SLEEP 3', `WRITE_32 ${out}, 2`),
        ...job(1, `WRITE_32 ${out}, 3`),
      ),
    )
    const [first, second, third] = bench.writes
    // It keeps the turn: the other job comes behind.
    expect([first!.value, second!.value, third!.value]).toEqual([1, 2, 3])
    expect(second!.tick - first!.tick).toBeGreaterThanOrEqual(3 * bench.facts.ticksPerMicrosecond)
  },
  [Opcode.preempt]: () =>
    expect(
      values(
        page(
          ...job(0, 'LOAD_PDI 1, @p'),
          ...pointLines('s', 'r'),
          ...job(1, `WRITE_32 ${out}, 1`),
          ...['p', 's', 'r'].flatMap((name) => scope(name, 'NOP')),
        ),
      ),
    ).toEqual([1]),
  [Opcode.startCondJobPreempt]: () => {
    const artifact = code(
      page(...job(0, 'NOP'), ...job(1, `WRITE_32 ${out}, 1`), ...job(2, `WRITE_32 ${out}, 2`)),
    )
    const place = artifact.ucs[0]!.places.find((p) => p.text === 'START_JOB 1')!
    artifact.ucs[0]!.pages[text + place.offset] = Opcode.startCondJobPreempt
    const bench = new Bench()
    bench.submit(artifact)
    bench.ring()
    bench.run()
    // No preemption has happened: it is left out.
    expect(bench.writes.map((w) => w.value)).toEqual([2])
  },
  [Opcode.trace]: () => expectRefused(Opcode.trace, CertFault.noTracer),
  [Opcode.ucDmaMaskPollExt]: () =>
    expectRefused(Opcode.ucDmaMaskPollExt, CertFault.unmodelledOperation),
  [Opcode.applyOffsetPl]: () => expectRefused(Opcode.applyOffsetPl, CertFault.unmodelledOperation),
  [Opcode.filler]: () => expectRefused(Opcode.filler, CertFault.unknownOperation),
}

/** A chain of two descriptors, and one of one. */
const chains = `.align 16
a:
  UC_DMA_BD 0, 0x100, @one, 2, 0, 1
  UC_DMA_BD 0, 0x200, @two, 1, 0, 0
b:
  UC_DMA_BD 0, 0x300, @three, 1, 0, 0
one:
  .long 1
  .long 2
two:
  .long 3
three:
  .long 4
`

function scope(name: string, ...lines: string[]): string[] {
  return [`${name}:`, ...job(0, ...lines), 'EOF', `.endl ${name}`]
}

/** An operation that does not run here ends the command with the detail of an invalid opcode, and says why. */
function expectRefused(opcode: number, fault: number): void {
  const bench = new Bench()
  const completion = bench.submit(withOpcode(opcode))
  bench.ring()
  bench.run()
  const { error, detailShift } = bench.facts
  expect(bench.word(completion)).toBe((error.invalidOpcode << detailShift) | command.state.error)
  expect(bench.sim.faults.list()[0]).toMatchObject({ code: fault, part: 0 })
}

describe('the operations of control code', () => {
  const known = operationByCode.flatMap((spec, opcode) => (spec === undefined ? [] : [opcode]))

  it.each(known.map((opcode) => [operationByCode[opcode]!.mnemonic, opcode] as const))(
    '%s does what its row says',
    (_, opcode) => {
      expect(sheet[opcode], 'every operation of the table is in the sheet').toBeDefined()
      sheet[opcode]!()
    },
  )

  it('end the command when no operation has the opcode', () => {
    for (const opcode of [0x0a, 0x24, 0x80, 0xfe]) {
      expect(operationByCode[opcode]).toBe(undefined)
      expectRefused(opcode, CertFault.unknownOperation)
    }
  })
})
