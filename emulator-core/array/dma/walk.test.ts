import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { createSim } from '../../sim/sim.ts'
import { Walks } from './walk.ts'

interface Shape {
  readonly start: number
  readonly steps: readonly number[]
  readonly wraps: readonly number[]
  readonly length: number
}

/** Word addresses by a naive odometer: a wrap of 0 runs on, the last dimension has none. */
function odometer({ start, steps, wraps, length }: Shape): number[] {
  const index = [0, 0, 0, 0]
  return Array.from({ length }, () => {
    const address = start + index.reduce((sum, i, d) => sum + i * steps[d]!, 0)
    for (let d = 0; d < 4; d++) {
      index[d]!++
      if (d === 3 || wraps[d] === 0 || index[d]! < wraps[d]!) break
      index[d] = 0
    }
    return address
  })
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  start: fc.integer({ min: 0, max: 1000 }),
  steps: fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(1, 4, 16)), {
    minLength: 4,
    maxLength: 4,
  }),
  wraps: fc.array(fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constantFrom(1, 4, 16)), {
    minLength: 3,
    maxLength: 3,
  }),
  length: fc.integer({ min: 1, max: 300 }),
})

function begin(shape: Shape): Walks {
  const walks = new Walks(createSim(), 2)
  shape.steps.forEach((step, d) => (walks.step[4 + d] = step))
  shape.wraps.forEach((wrap, d) => (walks.wrap[4 + d] = wrap))
  walks.begin(1, shape.start)
  return walks
}

suite('an address walk', () => {
  it('visits what a naive odometer visits, however it is cut into stretches', () => {
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.integer({ min: 1, max: 50 })), (shape, cuts) => {
        const walks = begin(shape)
        const visited: number[] = []
        while (visited.length < shape.length) {
          const limit = Math.min(shape.length - visited.length, cuts.next().value as number)
          const run = walks.stretch(1, limit)
          expect(run).toBeGreaterThan(0)
          for (let i = 0; i < run; i++) visited.push(walks.at[1]! + i * walks.step[4]!)
          walks.advance(1, run)
        }
        expect(visited).toEqual(odometer(shape))
      }),
    )
  })

  it('knows the highest address it will visit', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        expect(begin(shape).highest(1, shape.start, shape.length)).toBe(
          Math.max(...odometer(shape)),
        )
      }),
    )
  })

  it('is one stretch when its dimensions continue each other', () => {
    const walks = begin({ start: 0, steps: [1, 8, 1, 32], wraps: [8, 4, 1], length: 320 })
    expect(walks.stretch(1, 320)).toBe(320)
  })
})
