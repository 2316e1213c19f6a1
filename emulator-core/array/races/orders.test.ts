import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bed, idleCores, profileIds } from '../test-kit/bed.ts'
import { coreBed, op, registerOf } from '../test-kit/programs.ts'

const words = 4000

/** A mem tile reads a buffer and stores what comes back `ahead` words further on, in the same buffer. */
function inPlace(id: (typeof profileIds)[number], ahead: number, allByHops: boolean): Bed {
  const bed = new Bed(id, idleCores, { allByHops })
  const out = bed.channel(1, 'mm2s', 0)
  const into = bed.channel(1, 's2mm', 0)
  bed.circuit(0, 1, ['dma', 0], ['dma', 0])
  bed.bd(0, 1, out, 0, { base: bed.localBase(0), length: words })
  bed.bd(0, 1, into, 1, { base: bed.localBase(4 * ahead), length: words })
  bed.array.races.start()
  bed.push(0, 1, into, 1)
  bed.push(0, 1, out, 0)
  bed.settle()
  return bed
}

/** Two cores of a column: the upper one stores a word and puts a vector, the lower one reads the word. */
function neighbours(id: (typeof profileIds)[number], takes: boolean) {
  const core = coreBed(id)
  const { bed, row } = core
  const north = bed.device.core.windowBase + 2 * bed.device.core.windowBytes
  bed.write(0, row + 1, registerOf(core, 'Accumulator_Control'), 0)
  bed.write(0, row, registerOf(core, 'Accumulator_Control'), 0)
  core.load(0, row + 1, [
    [op('movi', 1, `#${core.own + 0x100}`)],
    [op('st32', 1, 1, 0, '#0')],
    [op('putcdx', 0)],
    [op('done')],
  ])
  core.load(0, row, [
    [op('movi', 1, `#${north + 0x100}`)],
    takes ? [op('getcdx', 0)] : [op('nop', 40)],
    [op('ld32', 2, 1, 0, '#0')],
    [op('done')],
  ])
  bed.array.races.start()
  core.start(0, row)
  core.start(0, row + 1)
  core.until(500)
  return core
}

for (const id of profileIds) {
  describe(`what orders accesses on ${id}`, () => {
    it.each([false, true])('words of a stream order their read before their write (%s)', (hops) => {
      expect(inPlace(id, 0, hops).array.races.total).toBe(0)
    })

    it('words order nothing that comes behind them', () => {
      const bed = inPlace(id, 3000, false)
      expect(bed.array.races.total).toBe(1000)
      const [race] = bed.array.races.found()
      expect(race).toMatchObject({ tile: 1, low: 12000, end: 16000, count: 1000 })
    })

    it('a task is behind what was done before it was pushed, not behind what came later', () => {
      for (const isLate of [false, true]) {
        const bed = new Bed(id)
        const out = bed.channel(1, 'mm2s', 0)
        bed.circuit(0, 1, ['dma', 0], ['dma', 0])
        bed.bd(0, 1, out, 0, { base: bed.localBase(0), length: 8 })
        bed.array.races.start()
        if (!isLate) bed.write(0, 1, bed.device.mem.dmOffset, 1)
        bed.push(0, 1, out, 0)
        if (isLate) bed.write(0, 1, bed.device.mem.dmOffset, 1)
        bed.settle()
        expect(bed.array.races.total).toBe(isLate ? 1 : 0)
      }
    })

    it('a value of the cascade orders what its sender did before what its receiver does', () => {
      expect(neighbours(id, true).bed.array.races.total).toBe(0)
      const core = neighbours(id, false)
      expect(core.bed.array.races.found()).toMatchObject([
        { tile: core.row + 1, at: 0x100, end: 0x104, count: 1, first: { isWrite: true } },
      ])
    })

    it('every word that a walk visits is looked at, and no padding', () => {
      const size = fc.integer({ min: 1, max: 5 })
      const pad = fc.integer({ min: 0, max: 2 })
      fc.assert(
        fc.property(
          fc.tuple(size, size, size),
          fc.tuple(pad, pad, pad, pad, pad, pad),
          fc.boolean(),
          ([w0, w1, w2], pads, hasPads) => {
            const bed = new Bed(id)
            const out = bed.channel(1, 'mm2s', 0)
            const [b0, a0, b1, a1, b2, a2] = hasPads ? pads : [0, 0, 0, 0, 0, 0]
            const length = (w0 + b0 + a0) * (w1 + b1 + a1) * (w2 + b2 + a2)
            bed.circuit(0, 1, ['dma', 0], ['dma', 0])
            bed.bd(0, 1, out, 0, {
              base: bed.localBase(0x100),
              length,
              d0Wrap: w0,
              d0Step: 2,
              d1Wrap: w1,
              d1Step: 20,
              d2Wrap: w2,
              d2Step: 200,
              ...(hasPads
                ? {
                    d0PadBefore: b0,
                    d0PadAfter: a0,
                    d1PadBefore: b1,
                    d1PadAfter: a1,
                    d2PadBefore: b2,
                    d2PadAfter: a2,
                  }
                : {}),
            })
            bed.bd(0, 1, bed.channel(1, 's2mm', 0), 1, { base: bed.localBase(0x8000), length })
            bed.array.races.start()
            bed.push(0, 1, bed.channel(1, 's2mm', 0), 1)
            bed.push(0, 1, out, 0)
            bed.settle()
            expect(bed.array.races.total).toBe(0)
            for (let i = 0; i < 1200; i++)
              bed.write(0, 1, bed.device.mem.dmOffset + 0x80 + 4 * i, 0)
            expect(bed.array.races.total).toBe(w0 * w1 * w2)
          },
        ),
        { numRuns: 12 },
      )
    })
  })
}
