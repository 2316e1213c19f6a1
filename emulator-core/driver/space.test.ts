import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSim } from '../sim/sim.ts'
import { Space } from './space.ts'

const limit = 1000

/** The same by lists: every hole is remembered with the moment it came to be. */
class Naive {
  nodes: { start: number; end: number }[] = []
  holes: { start: number; end: number; born: number }[] = [{ start: 0, end: limit, born: 0 }]
  clock = 0

  take(size: number, alignment: number, isTop: boolean): number {
    const fits = this.holes
      .map((hole) => ({ hole, at: this.place(hole, size, alignment, isTop) }))
      .filter(({ hole, at }) => at >= hole.start && at + size <= hole.end)
    if (fits.length === 0) return -1
    const length = (h: { start: number; end: number }): number => h.end - h.start
    fits.sort((a, b) =>
      isTop ? b.at - a.at : length(a.hole) - length(b.hole) || b.hole.born - a.hole.born,
    )
    const [{ hole, at }] = fits
    this.holes = this.holes.filter((h) => h !== hole)
    if (at > hole.start) this.holes.push({ start: hole.start, end: at, born: ++this.clock })
    if (at + size < hole.end)
      this.holes.push({ start: at + size, end: hole.end, born: ++this.clock })
    this.nodes.push({ start: at, end: at + size })
    return at
  }

  free(start: number): void {
    const node = this.nodes.find((n) => n.start === start)!
    this.nodes = this.nodes.filter((n) => n !== node)
    const before = this.holes.find((h) => h.end === node.start)
    const after = this.holes.find((h) => h.start === node.end)
    this.holes = this.holes.filter((h) => h !== before && h !== after)
    const from = before?.start ?? node.start
    this.holes.push({ start: from, end: after?.end ?? node.end, born: ++this.clock })
  }

  private place(
    hole: { start: number; end: number },
    size: number,
    alignment: number,
    isTop: boolean,
  ): number {
    return isTop
      ? Math.floor((hole.end - size) / alignment) * alignment
      : Math.ceil(hole.start / alignment) * alignment
  }
}

describe('a space', () => {
  const step = fc.record({
    take: fc.boolean(),
    size: fc.integer({ min: 1, max: 200 }),
    alignment: fc.constantFrom(1, 8, 32),
    pick: fc.nat(),
  })

  it.each([false, true])('hands out what the plain rule says, from the top: %s', (isTop) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const space = new Space(createSim({ traceCapacity: 64 }), 'test', 3, 64)
        for (const owner of [0, 1, 2]) space.setUp(owner, 0, limit)
        const naive = new Naive()
        const held: number[] = []
        for (const { take, size, alignment, pick } of steps) {
          if (take || held.length === 0) {
            const node = isTop
              ? space.fromTop(1, size, alignment)
              : space.bestFit(1, size, alignment)
            const at = naive.take(size, alignment, isTop)
            expect(node < 0 ? -1 : space.startOf(node)).toBe(at)
            if (at >= 0) held.push(at)
          } else {
            const [at] = held.splice(pick % held.length, 1)
            space.free(space.nodeAt(1, at))
            naive.free(at)
          }
          const lengths = naive.holes.map((h) => h.end - h.start)
          expect(space.freeOf(1)).toEqual({
            freeBytes: lengths.reduce((sum, n) => sum + n, 0),
            largestHole: Math.max(0, ...lengths),
            holes: lengths.length,
          })
        }
        expect(space.freeOf(0)).toEqual({ freeBytes: limit, largestHole: limit, holes: 1 })
      }),
      { numRuns: 100 },
    )
  })

  it('ends when its records do', () => {
    const space = new Space(createSim({ traceCapacity: 64 }), 'test', 1, 2)
    space.setUp(0, 0, limit)
    expect([1, 1, 1].map((size) => space.bestFit(0, size, 1))).toEqual([0, 1, -1])
  })
})
