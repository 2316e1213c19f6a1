import { describe, expect, it } from 'vitest'
import { coreStatusFields } from '../../device/registers.ts'
import { describeCore } from '../../device/core-facts.ts'
import { profileIds } from '../test-kit/bed.ts'
import { coreBed, op, registerOf, type CoreBed } from '../test-kit/programs.ts'

const lanes = 16
const vectors = 12
const inputAt = 0x1000
const outputAt = 0x2000
/** Accumulator_Control: input 0 north, 1 west; output 0 south, 1 east. */
const fromWest = 1
const toEast = 2

const scd = 1 << coreStatusFields.cascadeStallIn[1]
const mcd = 1 << coreStatusFields.cascadeStallOut[1]
const done = 1 << coreStatusFields.done[1]

type Place = readonly [number, number]

/** Loads vectors from `inputAt`, puts them into the cascade, waiting so many cycles after each. */
function sender({ own }: CoreBed, wait: number) {
  return [
    [op('movi', 1, `#${own + inputAt}`)],
    [op('loop', `#${vectors}`, 6, 0)],
    [op('ldv64', 0, 1, 1, '#64')],
    [op('putcdx', 0), op('nop', wait)],
    [op('done')],
  ] as const
}

/** Takes vectors, doubles their lanes and stores them from `outputAt` on. */
function receiver({ own }: CoreBed, wait: number) {
  return [
    [op('movi', 1, `#${own + outputAt}`)],
    [op('loop', `#${vectors}`, 6, 0)],
    [op('getcdx', 0), op('nop', wait)],
    [op('vadd', 1, 0, 0, 4, 4)],
    [op('stv64', 1, 1, 1, '#64')],
    [op('done')],
  ] as const
}

/** The last bundle of a hardware loop, as a target in words. */
function closed(
  bed: CoreBed,
  place: Place,
  bundles: readonly (readonly ReturnType<typeof op>[])[],
  last: number,
) {
  const places = bed.load(place[0], place[1], bundles)
  const target = places[last]! / 4
  const patched = bundles.map((bundle) =>
    bundle.map((o) =>
      o.code === op('loop', '#1', 0, 0).code ? { ...o, args: [o.args[0]!, target, 0] } : o,
    ),
  )
  bed.load(place[0], place[1], patched)
}

function word(vector: number, lane: number): number {
  return (vector * 1000 + lane * 7 + 3) | 0
}

function fill({ bed }: CoreBed, [column, row]: Place): void {
  for (let i = 0; i < vectors * lanes; i++)
    bed.write(column, row, inputAt + 4 * i, word(Math.floor(i / lanes), i % lanes))
}

function result({ bed }: CoreBed, [column, row]: Place): number[] {
  return Array.from({ length: vectors * lanes }, (_, i) => bed.read(column, row, outputAt + 4 * i))
}

const expected = Array.from(
  { length: vectors * lanes },
  (_, i) => 2 * word(Math.floor(i / lanes), i % lanes),
)

for (const id of profileIds) {
  describe(`two cores of ${id} on a cascade`, () => {
    const make = (direction: 'east' | 'south', waits: readonly [number, number]) => {
      const bed = coreBed(id, { engine: 'jit', hotTurns: 2 })
      const { row } = bed
      const from: Place = direction === 'east' ? [0, row + 1] : [0, row + 2]
      const to: Place = direction === 'east' ? [1, row + 1] : [0, row + 1]
      const control = registerOf(bed, 'Accumulator_Control')
      bed.bed.write(from[0], from[1], control, direction === 'east' ? toEast : 0)
      bed.bed.write(to[0], to[1], control, direction === 'east' ? fromWest : 0)
      fill(bed, from)
      closed(bed, from, sender(bed, waits[0]), 3)
      closed(bed, to, receiver(bed, waits[1]), 4)
      return { bed, from, to, control }
    }

    it.each(['east', 'south'] as const)('pass vectors to the %s', (direction) => {
      const { bed, from, to } = make(direction, [0, 0])
      bed.start(...to)
      bed.start(...from)
      bed.bed.settle()
      expect(result(bed, to)).toEqual(expected)
      expect(bed.status(...from) & done).toBe(done)
      expect(bed.status(...to) & done).toBe(done)
      expect(bed.bed.array.waits()).toEqual([])
      expect(bed.bed.array.notes()).toEqual([])
    })

    it('hold four vectors between them and stall the sender until the receiver takes one', () => {
      const { bed, from, to } = make('east', [0, 0])
      bed.start(...from)
      bed.until(500)
      const sent = bed.cores.inspect(bed.numberOf(...from))
      expect(bed.status(...from) & mcd).toBe(mcd)
      expect(sent.stall).toMatchObject({ kind: 4 })
      const { cascade } = describeCore(bed.bed.device.generation)
      expect(sent.scalars[1]! - bed.own - inputAt).toBe((2 * cascade.depth + 1) * 64)
      expect(bed.bed.array.waits()).toMatchObject([{ kind: 'cascadeRoom' }])
      bed.start(...to)
      bed.bed.settle()
      expect(result(bed, to)).toEqual(expected)
      expect(bed.cores.inspect(bed.numberOf(...from)).portCycles).toBeGreaterThan(450)
    })

    it('stall the receiver until a vector has gone through both FIFOs', () => {
      const { bed, from, to } = make('south', [0, 0])
      bed.start(...to)
      bed.until(100)
      expect(bed.status(...to) & scd).toBe(scd)
      bed.start(...from)
      // movi, loop and the load start at 101, 102 and 103, so the first put at 104.
      const { stage } = describeCore(bed.bed.device.generation).cascade
      bed.until(104 + 2 * stage - 1)
      expect(bed.status(...to) & scd).toBe(scd)
      bed.until(104 + 2 * stage)
      expect(bed.status(...to) & scd).toBe(0)
      bed.bed.settle()
      expect(result(bed, to)).toEqual(expected)
    })

    it('go at the pace of the slower one', () => {
      for (const waits of [
        [9, 0],
        [0, 9],
      ] as const) {
        const { bed, from, to } = make('east', waits)
        bed.start(...to)
        bed.start(...from)
        bed.bed.settle()
        expect(result(bed, to)).toEqual(expected)
        expect(bed.bed.now).toBeGreaterThan(vectors * 10)
        expect(bed.bed.now).toBeLessThan(vectors * 14)
      }
    })

    it('wait for ever where no link is, and say so', () => {
      const bed = coreBed(id)
      const { row } = bed
      const control = registerOf(bed, 'Accumulator_Control')
      const last = bed.bed.device.columns - 1
      bed.bed.write(last, row, control, toEast)
      closed(bed, [last, row], sender(bed, 0), 3)
      closed(bed, [0, row + 3], receiver(bed, 0), 4)
      bed.start(last, row)
      bed.start(0, row + 3)
      bed.until(5000)
      expect(bed.bed.array.waits()).toMatchObject([
        { kind: 'cascadeValue', resource: -1, since: 3 },
        { kind: 'cascadeRoom', resource: -1 },
      ])
      expect(bed.status(0, row + 3) & scd).toBe(scd)
      expect(bed.status(last, row) & mcd).toBe(mcd)
    })

    it('keep what is under way when the direction changes, and note how much', () => {
      const { bed, from, control } = make('east', [0, 0])
      bed.start(...from)
      bed.until(500)
      expect(bed.bed.read(...from, control)).toBe(toEast)
      bed.bed.write(...from, control, 0)
      expect(bed.bed.array.notes()).toMatchObject([{ code: 76, detail: 2 }])
      bed.bed.write(...from, control, toEast)
      expect(bed.bed.read(...from, control)).toBe(toEast)
    })

    it('pass half accumulators, and the other half of the target stays', () => {
      const bed = coreBed(id)
      const { row } = bed
      const base = `#${bed.own + inputAt}`
      for (let i = 0; i < 32; i++) bed.bed.write(0, row + 1, inputAt + 4 * i, 100 + i)
      for (let i = 0; i < 32; i++) bed.bed.write(0, row, inputAt + 4 * i, 200 + i)
      bed.load(0, row + 1, [
        [op('movi', 1, base)],
        [op('ldc', 2, 1, '#0', 3)],
        [op('putcd', 2, 1)],
        [op('done')],
      ])
      bed.load(0, row, [
        [op('movi', 1, base)],
        [op('ldc', 3, 1, '#0', 3)],
        [op('getcd', 4, 3, 0)],
        [op('stc', 4, 1, '#128', 3)],
        [op('done')],
      ])
      bed.start(0, row)
      bed.start(0, row + 1)
      bed.bed.settle()
      const got = Array.from({ length: 32 }, (_, i) => bed.bed.read(0, row, inputAt + 128 + 4 * i))
      expect(got).toEqual(Array.from({ length: 32 }, (_, i) => (i < 16 ? 116 + i : 200 + i)))
    })
  })
}
