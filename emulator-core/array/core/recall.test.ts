import { describe, expect, it } from 'vitest'
import { describeCore } from '../../device/core-facts.ts'
import { Recall, recallKey } from './recall.ts'

const aie4 = describeCore('aie4')

describe('what is recalled of programs', () => {
  it('is known again for the same words, also when they lie elsewhere', () => {
    const recall = new Recall<string>()
    const words = Uint32Array.of(1, 2, 3, 4)
    recall.of(words, aie4).set(recallKey(4, 8, 0, 1), 'unit')
    expect(recall.of(words.slice(), aie4).get(recallKey(4, 8, 0, 1))).toBe('unit')
  })

  it('is another thing once a word differs, and under another timing', () => {
    const recall = new Recall<string>()
    recall.of(Uint32Array.of(1, 2, 3, 4), aie4).set(recallKey(4, 8, 0, 1), 'unit')
    expect(recall.of(Uint32Array.of(1, 2, 3, 5), aie4).size).toBe(0)
    expect(recall.of(Uint32Array.of(1, 2, 3, 4), describeCore('aie2')).size).toBe(0)
  })

  it('does not change when the words it was asked for change later', () => {
    const recall = new Recall<string>()
    const words = Uint32Array.of(1, 2, 3, 4)
    const units = recall.of(words, aie4)
    words[0] = 9
    expect(recall.of(Uint32Array.of(1, 2, 3, 4), aie4)).toBe(units)
    expect(recall.of(words, aie4)).not.toBe(units)
  })

  it('tells loops, straight runs and modes apart', () => {
    const keys = [-1, 0, 4, 65_532].flatMap((end) =>
      [0, 4, 65_532].flatMap((start) =>
        [0, 13].flatMap((rounding) =>
          [0, 3].map((saturation) => recallKey(start, end, rounding, saturation)),
        ),
      ),
    )
    expect(new Set(keys).size).toBe(keys.length)
  })
})
