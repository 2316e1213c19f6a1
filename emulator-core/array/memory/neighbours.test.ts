/**
 * Cores in each other's memory: what a core does in a neighbour's memory meets the neighbour, its
 * DMA channels and other neighbours at the banks.
 */
import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import type { MachineOp } from '../../device/abi/core-isa.ts'
import { encode } from '../../device/abi/core-isa.ts'
import { profileIds } from '../test-kit/bed.ts'
import { ContendedBed, contendedDesigns, type Contended } from '../test-kit/contended.ts'
import { coreBed, op } from '../test-kit/programs.ts'

type Id = (typeof profileIds)[number]
type Engine = 'jit' | 'interpreter'

const turns = 100
const south = 0
const own = 3

/** A core that reads 4 bytes at offset `at` of the memory in a window in every cycle. */
function reader(id: Id, window: number, at: number): MachineOp[][] {
  const { core } = coreBed(id).bed.device
  const first = op('movi', 1, `#${core.windowBase + window * core.windowBytes + at}`)
  const start = encode([first]).length + encode([op('loop', `#${turns}`, '#0', '#0')]).length
  return [
    [first],
    [op('loop', `#${turns}`, `#${start}`, '#0')],
    [op('ld32', 4, 1, 0, '#0')],
    [op('done')],
  ]
}

/** Runs a program on the first core and one on the core above; says what they lost, and where. */
function lostBy(
  id: Id,
  below: MachineOp[][] | undefined,
  above: MachineOp[][] | undefined,
  engine: Engine,
  before?: (bed: ReturnType<typeof coreBed>) => void,
) {
  const cores = coreBed(id, { engine, hotTurns: 2 })
  const { row } = cores
  if (below) cores.load(0, row, below)
  if (above) cores.load(0, row + 1, above)
  before?.(cores)
  if (below) cores.start(0, row)
  if (above) cores.start(0, row + 1)
  cores.until(3000)
  cores.bed.array.settle()
  const lost = (core: number) => cores.cores.inspect(core).memoryCycles
  const banks = (at: number) =>
    Array.from({ length: 8 }, (_, bank) => cores.bed.array.dma.ports.lostAt(0, at, bank))
  return { below: lost(0), above: lost(1), banks: banks(row), others: banks(row + 1), cores }
}

for (const id of profileIds) {
  for (const engine of ['interpreter', 'jit'] as const) {
    suite(`a core of ${id} in the memory of the core below (${engine})`, () => {
      it('takes turns with it at a bank that both want in every cycle', () => {
        const { below, above, banks, others } = lostBy(
          id,
          reader(id, own, 0),
          reader(id, south, 0),
          engine,
        )
        expect(below).toBeGreaterThanOrEqual(turns - 2)
        expect(below).toBeLessThanOrEqual(turns)
        expect(Math.abs(below - above)).toBeLessThanOrEqual(2)
        expect(banks).toEqual([below + above, 0, 0, 0, 0, 0, 0, 0])
        expect(others).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
      })

      it('loses nothing at another bank, nor when it is alone', () => {
        const apart = lostBy(id, reader(id, own, 0), reader(id, south, 0x20), engine)
        const pair = id === 'npu1' || id === 'npu4' ? 0x10 : 0x20
        const next = lostBy(id, reader(id, own, 0), reader(id, south, pair), engine)
        expect([next.below, next.above]).toEqual([0, 0])
        expect(apart.below + apart.above > 0).toBe(pair === 0x10)
        expect(lostBy(id, undefined, reader(id, south, 0), engine).above).toBe(0)
      })

      it('meets the channels that write there, and the late channel is held up', () => {
        const words = 64
        const receives = (isMet: boolean) => {
          const { above, banks, cores } = lostBy(
            id,
            undefined,
            isMet ? reader(id, south, 0) : undefined,
            engine,
            ({ bed, row }) => {
              const send = bed.channel(row, 'mm2s', 0)
              const receive = bed.channel(row, 's2mm', 0)
              bed.circuit(0, row, ['dma', 0], ['dma', 0])
              bed.bd(0, row, send, 0, { base: 0x3000, length: words })
              // Every word goes to bank 0.
              bed.bd(0, row, receive, 4, { base: 0, length: words, d0Wrap: 1, d1Step: 16 })
              bed.push(0, row, receive, 4)
              bed.push(0, row, send, 0)
            },
          )
          const c = cores.bed.number(0, row(cores), 's2mm', 0)
          return { above, lost: banks[0]!, end: cores.bed.array.channel(c).since }
        }
        const row = (cores: ReturnType<typeof coreBed>) => cores.row
        const met = receives(true)
        const free = receives(false)
        expect(free).toMatchObject({ above: 0 })
        expect(met.above).toBeGreaterThan(10)
        expect(met.lost).toBeGreaterThan(met.above)
        expect(met.end).toBeGreaterThanOrEqual(free.end)
      })

      it('shows the stall at the window it waits at', () => {
        const cores = coreBed(id, { engine, hotTurns: 2 })
        cores.load(0, cores.row, reader(id, own, 0))
        cores.load(0, cores.row + 1, reader(id, south, 0))
        cores.start(0, cores.row)
        cores.start(0, cores.row + 1)
        let seen = 0
        for (let tick = 1; tick < 40; tick++) {
          cores.until(tick)
          seen |= cores.status(0, cores.row + 1)
        }
        // Memory stalls south, west, north and at the own memory are bits 2 to 5.
        expect((seen >> 2) & 0xf).toBe(1)
      })
    })
  }

  suite(
    `a loop of ${id} whose last bundle has one access, behind one that waits for itself`,
    () => {
      it('goes as far by either engine, wherever the run is cut', () => {
        const at = (engine: Engine, tick: number) => {
          const cores = coreBed(id, { engine, hotTurns: 2 })
          const { core } = cores.bed.device
          const base = core.windowBase + own * core.windowBytes
          const first = [[op('movi', 1, `#${base}`)], [op('movi', 2, `#${base + 0x80}`)]]
          // Both loads of the first bundle want bank 0; the second bundle ends the loop.
          const pair = [op('ld32', 4, 1, 0, '#0'), op('ld32', 5, 2, 0, '#0')]
          const single = [op('ld32', 6, 1, 0, '#0')]
          const loop = (last: number) => [op('loop', `#${turns}`, `#${last}`, '#0')]
          const last = [...first, loop(0), pair].flatMap((bundle) => encode(bundle)).length
          cores.load(0, cores.row, [...first, loop(last), pair, single, [op('done')]])
          cores.start(0, cores.row)
          cores.until(tick)
          const { bundles, busyCycles, memoryCycles, since } = cores.cores.inspect(0)
          return { bundles, busyCycles, memoryCycles, since, sum: cores.bed.checksum() }
        }
        expect(at('interpreter', 90).memoryCycles).toBeGreaterThan(5)
        for (let tick = 60; tick < 100; tick++)
          expect(at('jit', tick)).toEqual(at('interpreter', tick))
      })
    },
  )

  suite(`cores of ${id} and channels in one memory`, { timeout: 240_000 }, () => {
    it('come to the same state with either engine, however the run is sliced, and from a copy', () => {
      let lost = 0
      fc.assert(
        fc.property(
          contendedDesigns.filter(({ above, core }) => above.turns > 50 && core.turns > 50),
          fc.array(fc.integer({ min: 80, max: 900 }), { minLength: 1, maxLength: 3 }),
          (plan, cuts) => {
            const ticks = [...cuts].sort((a, b) => a - b)
            const whole = begun(id, plan, 'interpreter')
            const sums = ticks.map((tick) => sumAt(whole, tick))
            const compiled = begun(id, plan, 'jit')
            expect(ticks.map((tick) => sumAt(compiled, tick))).toEqual(sums)
            const straight = begun(id, plan, 'jit')
            expect(sumAt(straight, ticks.at(-1)!)).toBe(sums.at(-1))
            const stepped = begun(id, plan, 'interpreter')
            for (let tick = 60; tick < ticks[0]!; tick++) stepped.goTo(tick)
            expect(sumAt(stepped, ticks[0]!)).toBe(sums[0])
            const saved = compiled.save()
            const ahead = sumAt(compiled, 2500)
            compiled.load(saved)
            expect(sumAt(compiled, 2500)).toBe(ahead)
            expect(sumAt(straight, 2500)).toBe(ahead)
            lost += straight.cores.inspect(1).memoryCycles
          },
        ),
        { numRuns: 5, endOnFailure: true },
      )
      expect(lost).toBeGreaterThan(0)
    })
  })
}

/** A contended design all of whose parts are told to start at once. */
function begun(id: Id, plan: Contended, engine: Engine): ContendedBed {
  const bed = new ContendedBed(id, plan, {}, engine)
  bed.begin()
  return bed
}

function sumAt(bed: ContendedBed, tick: number): string {
  bed.goTo(tick)
  return bed.checksum()
}
