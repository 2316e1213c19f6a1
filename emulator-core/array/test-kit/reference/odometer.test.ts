import { describe as suite, expect, it } from 'vitest'
import { chained, reloaded, touched } from './odometer.ts'

suite('the odometer', () => {
  it('walks straight on when nothing wraps', () => {
    expect(touched({ base: 7, length: 4 })).toEqual([7, 8, 9, 10])
    expect(touched({ base: 0, length: 4, steps: [3] })).toEqual([0, 3, 6, 9])
  })

  it('carries into the next dimension at a wrap', () => {
    expect(touched({ base: 0, length: 6, steps: [1, 10], wraps: [2] })).toEqual([
      0, 1, 10, 11, 20, 21,
    ])
    expect(touched({ base: 0, length: 9, steps: [1, 10, 100], wraps: [2, 2] })).toEqual([
      0, 1, 10, 11, 100, 101, 110, 111, 200,
    ])
  })

  it('transposes', () => {
    expect(touched({ base: 0, length: 6, steps: [3, 1], wraps: [2] })).toEqual([0, 3, 1, 4, 2, 5])
  })

  it('never reaches a dimension behind one that runs on', () => {
    expect(touched({ base: 0, length: 5, steps: [1, 50, 500], wraps: [2, 0] })).toEqual([
      0, 1, 50, 51, 100,
    ])
  })

  it('walks the first 65 words of the mem tile descriptor that public programs contain', () => {
    const list = touched({ base: 0x1c0e0, length: 14336, steps: [1, 512, 32, 1], wraps: [32, 28] })
    expect([list[0], list[31], list[32], list[64]]).toEqual([
      0x1c0e0,
      0x1c0e0 + 31,
      0x1c0e0 + 512,
      0x1c0e0 + 1024,
    ])
    expect(list[32 * 28]).toBe(0x1c0e0 + 32)
    expect(new Set(list).size).toBe(14336)
  })

  it('pads words, whole rows and whole planes', () => {
    const p = undefined
    expect(
      touched({ base: 0, length: 5, steps: [1], wraps: [2], before: [1], after: [2] }),
    ).toEqual([p, 0, 1, p, p])
    expect(
      touched({
        base: 0,
        length: 12,
        steps: [1, 10],
        wraps: [2, 2],
        before: [1, 1],
        after: [0, 1],
      }),
    ).toEqual([p, p, p, p, 0, 1, p, 10, 11, p, p, p])
  })

  it('moves on by the iteration step at each load until its wrap', () => {
    const iteration = { step: 16, wrap: 3, current: 1 }
    const { words, left } = chained([{ base: 0, length: 1, iteration }], 4)
    expect(words).toEqual([16, 32, 0, 16])
    expect(left[0]!.iteration!.current).toBe(2)
    expect(reloaded({ base: 0, length: 1 })).toEqual({ base: 0, length: 1 })
  })
})
