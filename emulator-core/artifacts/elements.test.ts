import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bytesOf,
  elementTypes,
  getElement,
  integerWords,
  putElement,
  putInteger,
  showElement,
} from './elements.ts'

describe('elements', () => {
  it('come back as they were stored when they fit', () => {
    const value = fc.constantFrom(...elementTypes).chain((type) => {
      const bits = Number(/\d+/.exec(type)?.[0] ?? 8)
      const most = Math.min(2 ** (bits - 1) - 1, Number.MAX_SAFE_INTEGER)
      const least = type.startsWith('u') ? 0 : -most
      const values =
        type === 'f32'
          ? fc.float({ noNaN: true })
          : type === 'bf16'
            ? fc.integer({ min: -256, max: 256 })
            : fc.integer({ min: least, max: most })
      return fc.tuple(fc.constant(type), fc.array(values, { minLength: 1, maxLength: 9 }))
    })
    fc.assert(
      fc.property(value, ([type, values]) => {
        const bytes = new Uint8Array(bytesOf(type, values.length))
        values.forEach((v, i) => putElement(type, bytes, i, v))
        expect(values.map((_, i) => getElement(type, bytes, i))).toEqual(values)
      }),
    )
  })

  it('show 64-bit integers exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes = new Uint8Array(8)
        const { low, high } = integerWords(String(value))
        putInteger('i64', bytes, 0, low, high)
        expect(String(showElement('i64', bytes, 0))).toBe(String(value))
        expect(String(showElement('u64', bytes, 0))).toBe(String(BigInt.asUintN(64, value)))
      }),
    )
  })

  it('round bf16 to the nearest even', () => {
    const bytes = new Uint8Array(2)
    const stored = (value: number): number => {
      putElement('bf16', bytes, 0, value)
      return getElement('bf16', bytes, 0)
    }
    expect(stored(1 + 2 ** -8)).toBe(1)
    expect(stored(1 + 3 * 2 ** -8)).toBe(1 + 2 ** -6)
    expect(stored(3.5e38)).toBe(Infinity)
    expect(stored(NaN)).toBeNaN()
  })
})
