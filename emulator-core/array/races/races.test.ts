import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PartKind, partIndex, partKind } from '../../device/parts.ts'
import { profileIds } from '../test-kit/bed.ts'
import {
  expected,
  handover,
  inputAt,
  omissions,
  outputAt,
  received,
  type HandoverShape,
} from '../test-kit/handover.ts'
import type { CoreBed } from '../test-kit/programs.ts'

const end = 6000
const shapes = fc.record({
  words: fc.integer({ min: 8, max: 40 }),
  blocks: fc.integer({ min: 3, max: 5 }),
  pause: fc.integer({ min: 0, max: 9 }),
})

/** The names of the two agents of every row, in words of the test. */
function pairs(core: CoreBed): string[][] {
  const { bed, row } = core
  const names = new Map([
    [bed.number(0, row, 's2mm', 0), 'S2MM'],
    [bed.number(0, row, 'mm2s', 0), 'MM2S'],
  ])
  const name = (part: number) =>
    partKind(part) === PartKind.core
      ? `core ${partIndex(part) - core.numberOf(0, row)}`
      : partKind(part) === PartKind.channel
        ? (names.get(partIndex(part)) ?? 'another channel')
        : 'a controller'
  return bed.array.races
    .found()
    .map(({ first, second }) => [name(first.part), name(second.part)].sort())
}

for (const id of profileIds) {
  describe(`the race detector of ${id}`, () => {
    it('finds nothing where locks hand every buffer over', () => {
      fc.assert(
        fc.property(shapes, (shape) => {
          const core = handover(id, shape)
          core.bed.array.races.start()
          core.until(end)
          expect(received(core, shape)).toEqual(expected(shape))
          expect(core.bed.array.races.total).toBe(0)
        }),
        { numRuns: 6 },
      )
    })

    it('names both agents and the buffer when any use of a lock is left out', () => {
      fc.assert(
        fc.property(shapes, fc.constantFrom(...omissions), (shape, omit) => {
          const core = handover(id, { ...shape, omit })
          core.bed.array.races.start()
          core.until(end)
          const isInput = omit.endsWith('input')
          expect(pairs(core)).toEqual([[isInput ? 'S2MM' : 'MM2S', 'core 0'].sort()])
          const [race] = core.bed.array.races.found()
          const at = isInput ? inputAt : outputAt
          expect(race!.at).toBeGreaterThanOrEqual(at)
          expect(race!.low).toBeGreaterThanOrEqual(at)
          expect(race!.end).toBeLessThanOrEqual(at + 4 * shape.words)
          expect(race!.tile).toBe(core.row)
          expect(race!.first.tick).toBeLessThanOrEqual(race!.second.tick)
          expect(race!.first.isWrite || race!.second.isWrite).toBe(true)
          expect(race!.count).toBe(core.bed.array.races.total)
        }),
        { numRuns: 18 },
      )
    })

    it('changes nothing: the machine ends as it does without, on every engine', () => {
      fc.assert(
        fc.property(shapes, fc.option(fc.constantFrom(...omissions)), (shape, omit) => {
          const all: HandoverShape = omit === null ? shape : { ...shape, omit }
          const plain = handover(id, all, { engine: 'jit', hotTurns: 2 })
          plain.until(end)
          const watched = handover(id, all, { engine: 'jit', hotTurns: 2 })
          watched.bed.array.races.start()
          watched.until(end)
          expect(watched.bed.checksum()).toBe(plain.bed.checksum())
        }),
        { numRuns: 6 },
      )
    })

    it('finds the same in the same order however the run is sliced', () => {
      fc.assert(
        fc.property(shapes, fc.constantFrom(...omissions), (shape, omit) => {
          const straight = handover(id, { ...shape, omit })
          straight.bed.array.races.start()
          straight.until(end)
          const sliced = handover(id, { ...shape, omit }, { engine: 'jit', hotTurns: 2 })
          sliced.bed.array.races.start()
          for (let tick = 7; tick < end; tick += 97) sliced.until(tick)
          sliced.until(end)
          expect(sliced.bed.array.races.found()).toEqual(straight.bed.array.races.found())
        }),
        { numRuns: 5 },
      )
    })

    it('can be switched on in the middle, and counts nothing twice when the machine goes back', () => {
      const shape: HandoverShape = { words: 16, blocks: 5, pause: 4, omit: 'core takes full input' }
      const core = handover(id, shape)
      core.until(300)
      core.bed.array.races.start()
      const saved = core.bed.save()
      core.until(end)
      const { total } = core.bed.array.races
      expect(total).toBeGreaterThan(0)
      core.bed.load(saved)
      core.until(end)
      expect(core.bed.array.races.total).toBe(total)
      core.bed.array.races.stop()
      core.bed.load(saved)
      core.until(end)
      expect(core.bed.array.races.total).toBe(total)
    })

    it('reports a controller that reads a buffer which a core still writes', () => {
      const shape: HandoverShape = { words: 40, blocks: 3, pause: 9 }
      const core = handover(id, shape)
      core.bed.array.races.start()
      core.until(end)
      expect(core.bed.array.races.total).toBe(0)
      core.bed.read(0, core.row, outputAt)
      expect(pairs(core)).toEqual([['a controller', 'core 0']])
    })

    it('knows that a controller which has read the status of a core has seen its work', () => {
      const core = handover(id, { words: 40, blocks: 3, pause: 9 })
      core.bed.array.races.start()
      core.until(end)
      core.status(0, core.row)
      core.bed.read(0, core.row, outputAt)
      expect(core.bed.array.races.total).toBe(0)
    })
  })
}
