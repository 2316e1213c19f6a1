import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SliceState } from '../../../emulator-core/worker/frame.ts'
import { addSlices, countWithin, emptyLane, firstAfter, firstFrom, sliceAt } from './lane.ts'
import { pixelKey } from './paint-lanes.ts'
import { Kind, kindOf, Pyramid } from './pyramid.ts'

/** Slices in order that do not overlap, from gaps and lengths. */
const slices = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 4000 }),
      length: fc.integer({ min: 1, max: 9000 }),
      state: fc.constantFrom(
        SliceState.run,
        SliceState.wait,
        SliceState.done,
        SliceState.setup,
        SliceState.fault,
      ),
    }),
    { maxLength: 40 },
  )
  .map((steps) => {
    let at = 0
    return steps.map(({ gap, length, state }) => {
      const start = at + gap
      at = start + length
      return { start, end: at, state }
    })
  })

const numbersOf = (list: readonly { start: number; end: number; state: number }[]) =>
  Float64Array.from(list.flatMap(({ start, end, state }) => [start, end, state, -1]))

const nothing = () => undefined

function recordOf(list: readonly { start: number; end: number; state: number }[]) {
  const lane = emptyLane()
  const pyramid = new Pyramid()
  addSlices(lane, numbersOf(list), [], (start, end, state) =>
    pyramid.add(start, end, kindOf(state)),
  )
  return { lane, pyramid }
}

/** The obvious way: every tick of overlap, slice by slice. */
function naive(
  list: readonly { start: number; end: number; state: number }[],
  kind: number,
  from: number,
  to: number,
): number {
  return list.reduce(
    (sum, { start, end, state }) =>
      sum + (kindOf(state) === kind ? Math.max(0, Math.min(to, end) - Math.max(from, start)) : 0),
    0,
  )
}

describe('the pyramid of busy time', () => {
  it('agrees with a naive count at every level, bin by bin', () => {
    fc.assert(
      fc.property(
        slices,
        fc.integer({ min: 0, max: 12 }),
        fc.nat(60),
        fc.integer({ min: 1, max: 5 }),
        (list, level, bin, bins) => {
          const { pyramid } = recordOf(list)
          pyramid.levelFor(1 << 20)
          const width = pyramid.ticksOf(level)
          const [from, to] = [bin * width, (bin + bins) * width]
          for (const kind of Object.values(Kind)) {
            expect(pyramid.busy(level, kind, from, to)).toBeCloseTo(naive(list, kind, from, to), 6)
          }
        },
      ),
    )
  })

  it('loses no time when it coarsens', () => {
    fc.assert(
      fc.property(slices, (list) => {
        const { pyramid } = recordOf(list)
        const end = list[list.length - 1]?.end ?? 0
        const level = Math.max(0, pyramid.levelFor(end + 1))
        for (const kind of Object.values(Kind)) {
          expect(pyramid.busy(level, kind, 0, pyramid.ticksOf(20) * 8)).toBeCloseTo(
            naive(list, kind, 0, end),
            6,
          )
        }
      }),
    )
  })

  it('offers the coarsest level that is no coarser than a pixel', () => {
    const pyramid = new Pyramid()
    pyramid.add(0, 8192 * 4, Kind.run)
    expect(pyramid.levelFor(3)).toBe(-1)
    expect(pyramid.levelFor(4)).toBe(0)
    expect(pyramid.levelFor(15)).toBe(1)
    expect(pyramid.levelFor(16)).toBe(2)
  })
})

describe('a pixel of a lane', () => {
  it('shows the kind that took most of it and nothing where it was idle', () => {
    const record = recordOf([
      { start: 0, end: 60, state: SliceState.run },
      { start: 60, end: 80, state: SliceState.wait },
    ])
    expect(pixelKey(record, 0, 80)! >> 4).toBe(Kind.run)
    expect(pixelKey(record, 60, 80)! >> 4).toBe(Kind.wait)
    expect(pixelKey(record, 200, 300)).toBe(-1)
  })
})

describe('a lane', () => {
  it('takes a slice that was still open in place of itself', () => {
    const lane = emptyLane()
    const grew: number[] = []
    const hear = (start: number, end: number) => void grew.push(end - start)
    addSlices(lane, Float64Array.from([0, 10, 0, -1, 10, 15, 1, 0]), ['L'], hear)
    addSlices(lane, Float64Array.from([10, 40, 1, 0, 40, 50, 0, -1]), ['L'], hear)
    expect(lane.count).toBe(3)
    expect(lane.end.slice(0, 3)).toEqual(Float64Array.from([10, 40, 50]))
    expect(grew.reduce((sum, ticks) => sum + ticks, 0)).toBe(50)
  })

  it('finds slices by time as a search through all would', () => {
    fc.assert(
      fc.property(slices, fc.nat(60_000), fc.nat(5000), (list, from, length) => {
        const { lane } = recordOf(list)
        const to = from + length + 1
        expect(countWithin(lane, from, to)).toBe(
          list.filter(({ start, end }) => end > from && start < to).length,
        )
        expect(sliceAt(lane, from)).toBe(
          list.findIndex(({ start, end }) => start <= from && end > from),
        )
        expect(firstFrom(lane, from)).toBe(list.filter(({ start }) => start < from).length)
        expect(firstAfter(lane, from)).toBe(list.filter(({ end }) => end <= from).length)
      }),
    )
  })

  it('keeps any number of slices', () => {
    const lane = emptyLane()
    const many = Array.from({ length: 1000 }, (_, i) => ({
      start: i * 2,
      end: i * 2 + 1,
      state: 0,
    }))
    addSlices(lane, numbersOf(many), [], nothing)
    expect(lane.count).toBe(1000)
    expect(lane.start[999]).toBe(1998)
  })
})
