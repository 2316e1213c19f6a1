import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolve } from '../device/fact.ts'
import { ucFacts } from '../device/uc-facts.ts'
import { argument } from '../device/abi/ioctl.ts'
import { pointLines, withPoints } from '../firmware/cert/test-kit/points.ts'
import { buildProject } from '../worker/build.ts'
import { drain } from '../worker/pump.ts'
import { Machine } from './machine.ts'
import { columnShare, quietShare } from './test-kit/column-code.ts'
import { code, ControlBed, HostProcess } from './test-kit/control-bed.ts'
import type { Submitted } from './test-kit/control-bed.ts'

const columnBytes = 3 << 20
const words = 64

/** A process with data for each column and code that keeps it in the mem tiles over a point. */
interface Play {
  readonly process: HostProcess
  readonly context: number
  readonly submitted: Submitted
  readonly results: () => number[][]
}

const value = (owner: number, column: number, i: number) => owner * 10_000 + column * 1000 + i

/** On `columns` columns; with `all`, the uCs of half B have shares too, and all of them meet. */
function play(
  process: HostProcess,
  owner: number,
  columns: number,
  priority?: number,
  all = false,
): Play {
  const context = process.hwctx(4 * columns, priority)
  const data = process.buffer(columns * 2 * 4 * words)
  const pad = process.buffer(columns * columnBytes)
  const shares = Array.from({ length: columns }, (_, column) => {
    const from = data.address + column * 4 * words
    process.store(
      from,
      Array.from({ length: words }, (__, i) => value(owner, column, i)),
    )
    return columnShare({
      column,
      from,
      to: from + columns * 4 * words,
      scratch: pad.address + column * columnBytes,
      party: all ? 2 ** (2 * columns) - 1 : [0x1, 0x5, 0x15][columns - 1]!,
      sleep: owner === 1 ? 200 : 0,
    })
  })
  for (let uc = 1; all && uc < 2 * columns; uc += 2) {
    shares.push(quietShare(uc, 2 ** (2 * columns) - 1))
  }
  const uses = [data.handle, pad.handle]
  const submitted = process.submit(context, withPoints(code(shares.join(''))), uses)
  const results = () =>
    Array.from({ length: columns }, (_, column) =>
      Array.from({ length: words }, (__, i) =>
        process.load(data.address + 4 * (words * (columns + column) + i)),
      ),
    )
  return { process, context, submitted, results }
}

const expected = (owner: number, columns: number) =>
  Array.from({ length: columns }, (_, column) =>
    Array.from({ length: words }, (__, i) => value(owner, column, i)),
  )

describe('a context with data in its mem tiles', () => {
  it.each([1, 3])('runs through when nobody wants the array, on %i columns', (columns) => {
    const a = play(new ControlBed().boot(), 1, columns)
    expect(a.process.wait(a.submitted)).toBe('completed')
    expect(a.results()).toEqual(expected(1, columns))
  })

  it.each([1, 3])('gives way to a higher band and has its data back, on %i columns', (columns) => {
    const bed = new ControlBed()
    const a = play(bed.boot(), 1, columns)
    // All columns are taken by others when there is one only.
    bed.run(200_000)
    const b = play(new HostProcess(bed, 1).opened(), 2, 3, argument.priority.realtime)
    expect(b.process.wait(b.submitted)).toBe('completed')
    expect(b.results()).toEqual(expected(2, 3))
    expect(a.process.state(a.submitted)).toBe('new')
    expect(a.process.wait(a.submitted)).toBe('completed')
    expect(a.results()).toEqual(expected(1, columns))
    expect(bed.cert.preemptions(0)).toEqual({ boundaries: 0, points: 1 })
    expect(bed.driver.inspectLastError()).toBe(undefined)
  })
})

describe('a context that reaches no point', () => {
  it('is in error when it should have left, and the other one has its turn', () => {
    const bed = new ControlBed()
    const process = bed.boot()
    const second = Array.from({ length: 4 }, () => 'SLEEP 1000000')
    const source = ['START_JOB 0', ...second, 'END_JOB', 'EOF', ''].join('\n')
    const a = process.submit(process.hwctx(12), code(source))
    bed.run(200_000)
    const b = play(new HostProcess(bed, 1).opened(), 2, 3, argument.priority.realtime)
    expect(b.process.wait(b.submitted)).toBe('completed')
    expect(process.state(a)).toBe('timeout')
    const { errorType, ucs } = process.health(a)
    expect(errorType).toBe(resolve(ucFacts.contextError).preemptionTimeout)
    // It hangs nowhere: it runs.
    expect(ucs[0]).toMatchObject({ state: resolve(ucFacts.state).leaderRun, misc: 0 })
  })
})

describe('six uCs', () => {
  it('meet at barriers and points, and give way together', () => {
    const bed = new ControlBed()
    const a = play(bed.boot(), 1, 3, argument.priority.normal, true)
    bed.run(200_000)
    expect(Array.from({ length: 6 }, (_, uc) => bed.cert.inspect(uc).context)).toEqual([
      0, 0, 0, 0, 0, 0,
    ])
    const b = play(new HostProcess(bed, 1).opened(), 2, 3, argument.priority.realtime, true)
    expect(b.process.wait(b.submitted)).toBe('completed')
    expect(a.process.state(a.submitted)).toBe('new')
    expect(a.process.wait(a.submitted)).toBe('completed')
    expect([a.results(), b.results()]).toEqual([expected(1, 3), expected(2, 3)])
    expect(bed.cert.preemptions(0)).toEqual({ boundaries: 0, points: 1 })
  })

  it('hand a word around: chains of the uC-DMA, deferred jobs, local barriers, polls', () => {
    const process = new ControlBed().boot()
    const at = (uc: number) => (uc >> 1) * 2 ** 25 + 0x20_0000 + (uc & 1) * 0x18_0000
    const share = (uc: number) =>
      [
        `.attach_to_group ${uc}`,
        'START_JOB 0',
        `UC_DMA_WRITE_DES $r0, @chain_${uc}`,
        'WAIT_UC_DMA $r0',
        'LOCAL_BARRIER $lb0, 2',
        'END_JOB',
        'START_JOB 1',
        'LOCAL_BARRIER $lb0, 2',
        ...(uc === 0 ? [] : [`POLL_32 ${at(uc - 1)}, ${uc}`]),
        `WRITE_32 ${at(uc)}, ${uc + 1}`,
        'LAUNCH_JOB 2',
        'END_JOB',
        'START_JOB_DEFERRED 2',
        'REMOTE_BARRIER $rb0, 0x3F',
        `READ_32 $r1, ${at(5)}`,
        `WRITE_32_D 2, ${at(uc) + 4}, 1`,
        'END_JOB',
        'EOF',
        '.align 16',
        `chain_${uc}:`,
        `  UC_DMA_BD 0, ${at(uc) + 16}, @first_${uc}, 2, 0, 1`,
        `  UC_DMA_BD 0, ${at(uc) + 32}, @second_${uc}, 1, 0, 0`,
        `first_${uc}:`,
        `  .long ${uc + 100}`,
        `  .long ${uc + 200}`,
        `second_${uc}:`,
        `  .long ${uc + 300}`,
        '',
      ].join('\n')
    const ucs = [0, 1, 2, 3, 4, 5]
    const submitted = process.submit(process.hwctx(), code(ucs.map(share).join('')))
    expect(process.wait(submitted)).toBe('completed')
    const { array } = process.stack
    for (const uc of ucs) {
      const words = [0, 4, 16, 20, 32].map((offset) => array.peek32(at(uc) + offset))
      expect(words).toEqual([uc + 1, 6, uc + 100, uc + 200, uc + 300])
    }
  })
})

/** Two contexts whose second one has just been submitted: the first is about to give way. */
function contest(): { bed: ControlBed; a: Play; b: Play } {
  const bed = new ControlBed()
  const a = play(bed.boot(), 1, 3)
  bed.run(200_000)
  const b = play(new HostProcess(bed, 1).opened(), 2, 3, argument.priority.realtime)
  return { bed, a, b }
}

const span = 3_600_000

describe('an instant of a switch', () => {
  const straight = contest()
  straight.bed.run(span)
  const sum = straight.bed.checksum()

  it('has everything behind it when the span is over', () => {
    const { a, b } = straight
    expect([a, b].map((p) => p.process.state(p.submitted))).toEqual(['completed', 'completed'])
    expect([a.results(), b.results()]).toEqual([expected(1, 3), expected(2, 3)])
  })

  it('is the same when it is run in slices', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 30 }), (slices) => {
        const { bed } = contest()
        const end = bed.sim.schedule.now + span
        for (const slice of slices) bed.run(Math.min(slice, end - bed.sim.schedule.now))
        bed.run(end - bed.sim.schedule.now)
        expect(bed.checksum()).toBe(sum)
      }),
      { numRuns: 2 },
    )
  })

  it('can be brought back and goes on alike', () => {
    fc.assert(
      fc.property(fc.nat(span), fc.nat(400_000), (cut, beyond) => {
        const { bed } = contest()
        bed.run(cut)
        const [back, here] = [bed.save(), bed.checksum()]
        bed.run(beyond)
        back()
        expect(bed.checksum()).toBe(here)
        bed.run(span - cut)
        expect(bed.checksum()).toBe(sum)
      }),
      { numRuns: 3 },
    )
  })
})

describe('a machine whose contexts share the array in time', () => {
  /** One process, two contexts of all columns; the pages of save and restore only write what they are. */
  function project() {
    const mark = (to: string, n: number) => `WRITE_32 ${to}, ${n}`
    const asm = (register: string, sleep: number) =>
      [
        'START_JOB 0',
        'LOAD_PDI 7, @image',
        'END_JOB',
        'START_JOB 1',
        `SLEEP ${sleep}`,
        mark(register, 1),
        'END_JOB',
        '.eop',
        ...pointLines('save', 'restore'),
        'START_JOB 2',
        mark(register, 2),
        `SLEEP ${sleep}`,
        'END_JOB',
        ...['image', 'save'].flatMap((scope) => [
          `${scope}:`,
          'START_JOB 0',
          'NOP',
          'END_JOB',
          'EOF',
          `.endl ${scope}`,
        ]),
        'restore:',
        'START_JOB 0',
        'LOAD_LAST_PDI',
        'END_JOB',
        'EOF',
        '.endl restore',
        'EOF',
        '',
      ].join('\n')
    const host = {
      steps: [
        { boot: {} },
        { open: { client: 'p' } },
        { createHwctx: { client: 'p', hwctx: 'low', numTiles: 12, priority: 'low' } },
        { createHwctx: { client: 'p', hwctx: 'high', numTiles: 12, priority: 'realtime' } },
        { exec: { hwctx: 'low', run: 'a', control: { 0: 'a.asm' } } },
        { sleep: { us: 50 } },
        { exec: { hwctx: 'high', run: 'b', control: { 0: 'b.asm' } } },
        { wait: { run: 'b' } },
        { wait: { run: 'a' } },
      ],
    }
    const files = new Map([
      [
        'project.json',
        JSON.stringify({ title: 'Two contexts', device: 'aie4', host: 'host.json' }),
      ],
      ['host.json', JSON.stringify(host)],
      ['a.asm', asm('0x18000', 300)],
      ['b.asm', asm('0x18004', 20)],
    ])
    const { pkg, diagnostics } = buildProject(files)
    expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([])
    pkg!.codes.forEach(withPoints)
    return new Machine(pkg!)
  }

  it('comes to the same moment forwards, backwards and by steps', () => {
    const straight = project()
    expect(drain(straight.run(1e7)).kind).toBe('end')
    expect(straight.parts.runtime.status).toBe('ok')
    expect(straight.parts.cert.preemptions(0)).toEqual({ boundaries: 0, points: 1 })
    const { origin, now: end } = straight
    const walker = project()
    drain(walker.run(1e7))
    fc.assert(
      fc.property(fc.integer({ min: origin, max: end }), (tick) => {
        const fresh = project()
        drain(fresh.seek({ tick }))
        drain(walker.seek({ tick }))
        expect([walker.now, walker.checksum()]).toEqual([fresh.now, fresh.checksum()])
      }),
      { numRuns: 6 },
    )
    drain(walker.seek({ tick: end }))
    expect(walker.checksum()).toBe(straight.checksum())
  })
})

describe('pages that the assembler makes for PREEMPT', () => {
  it('save three columns and bring them back', () => {
    const places = [0x20_0000, 0x220_0000, 0x438_0000]
    const each = (word: string, value: (i: number) => number) =>
      places.map((address, i) => `${word} ${address}, ${value(i)}`)
    const job = (id: number, ...lines: string[]) => [`START_JOB ${id}`, ...lines, 'END_JOB']
    const low = [
      '.partition 3column',
      ...job(0, 'LOAD_PDI 7, @image'),
      ...job(1, ...each('WRITE_32', (i) => i + 17), 'SLEEP 300'),
      '.eop',
      ...job(2, 'PREEMPT 1, @save, @restore'),
      ...job(3, ...each('POLL_32', (i) => i + 17)),
      'image:',
      ...job(0, 'NOP'),
      'EOF',
      '.endl image',
      'EOF',
    ]
    const high = [...job(0, ...each('WRITE_32', () => 99)), 'EOF']
    const context = (hwctx: string, priority: string) => ({
      createHwctx: { client: 'p', hwctx, numTiles: 12, priority },
    })
    const steps = [
      { boot: {} },
      { open: { client: 'p' } },
      context('low', 'low'),
      context('high', 'realtime'),
      { exec: { hwctx: 'low', run: 'a', control: { 0: 'a.asm' } } },
      { sleep: { us: 50 } },
      { exec: { hwctx: 'high', run: 'b', control: { 0: 'b.asm' } } },
      { wait: { run: 'b' } },
      { wait: { run: 'a' } },
    ]
    const { pkg, diagnostics } = buildProject(
      new Map([
        ['project.json', JSON.stringify({ title: 'P', device: 'aie4', host: 'host.json' })],
        ['host.json', JSON.stringify({ steps })],
        ['a.asm', [...low, ''].join('\n')],
        ['b.asm', [...high, ''].join('\n')],
      ]),
    )
    expect(diagnostics.map((d) => d.message)).toEqual([])
    const machine = new Machine(pkg!)
    expect(drain(machine.run(1e8)).kind).toBe('end')
    expect(machine.parts.runtime.status).toBe('ok')
    expect(machine.parts.cert.preemptions(0)).toEqual({ boundaries: 0, points: 1 })
  })
})
