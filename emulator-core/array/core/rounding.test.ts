import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roundShift } from '../../languages/codegen/test-kit/evaluate.ts'
import { pair, Rounding, srsLane, upsLane32, upsLane64 } from './rounding.ts'

/** Quarters 1.25 1.5 1.75 2.5 -1.25 -1.5 -1.75 -2.5, rounded. */
const table: Readonly<Record<keyof typeof Rounding, readonly number[]>> = {
  floor: [1, 1, 1, 2, -2, -2, -2, -3],
  ceil: [2, 2, 2, 3, -1, -1, -1, -2],
  symFloor: [1, 1, 1, 2, -1, -1, -1, -2],
  symCeil: [2, 2, 2, 3, -2, -2, -2, -3],
  negInf: [1, 1, 2, 2, -1, -2, -2, -3],
  posInf: [1, 2, 2, 3, -1, -1, -2, -2],
  symZero: [1, 1, 2, 2, -1, -1, -2, -2],
  symInf: [1, 2, 2, 3, -1, -2, -2, -3],
  convEven: [1, 2, 2, 2, -1, -2, -2, -2],
  convOdd: [1, 1, 2, 3, -1, -1, -2, -3],
}
const quarters = [5, 6, 7, 10, -5, -6, -7, -10]

function halves(value: bigint): [number, number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))]
}

const modes = fc.constantFrom(0, 1, 2, 3, 8, 9, 10, 11, 12, 13)
const edge = fc.oneof(
  fc.bigInt(-(1n << 63n), (1n << 63n) - 1n),
  fc.bigInt(-300n, 300n),
  fc.bigInt(-(1n << 33n), 1n << 33n),
)

describe('shift, round, saturate', () => {
  it.each(Object.entries(table))('rounds quarters in mode %s as published', (mode, row) => {
    const code = Rounding[mode as keyof typeof Rounding]
    expect(quarters.map((q) => srsLane(q, q >> 31, 2, code, 0, 32, 1))).toEqual(row)
  })

  it('agrees with exact arithmetic for every mode, shift, width and saturation', () => {
    fc.assert(
      fc.property(
        edge,
        fc.nat(63),
        modes,
        fc.constantFrom(0, 1, 3),
        fc.constantFrom(8, 16, 32),
        fc.boolean(),
        (value, shift, mode, saturation, bits, isSigned) => {
          const [low, high] = halves(value)
          const exact = roundShift(value, BigInt(shift), mode)
          const most = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n
          const least = !isSigned ? 0n : saturation === 3 ? -most : -most - 1n
          const clamped =
            saturation === 0 ? exact : exact > most ? most : exact < least ? least : exact
          const wrapped = isSigned ? BigInt.asIntN(bits, clamped) : BigInt.asUintN(bits, clamped)
          const got = srsLane(low, high, shift, mode, saturation, bits, isSigned ? 1 : 0)
          expect(got | 0).toBe(Number(BigInt.asIntN(32, wrapped)))
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('shifts up exactly and saturates at the width of the accumulator', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.boolean(),
        fc.nat(63),
        fc.constantFrom(0, 1, 3),
        (lane, isUnsigned, shift, saturation) => {
          const value = BigInt(isUnsigned ? lane >>> 0 : lane) << BigInt(shift)
          const clamp = (bits: number): bigint => {
            const most = (1n << BigInt(bits - 1)) - 1n
            const least = saturation === 3 ? -most : -most - 1n
            if (saturation === 0) return BigInt.asIntN(bits, value)
            return value > most ? most : value < least ? least : value
          }
          upsLane64(lane, isUnsigned ? 1 : 0, shift, saturation)
          expect([pair[0], pair[1]]).toEqual(halves(clamp(64)))
          expect(upsLane32(lane, isUnsigned ? 1 : 0, shift, saturation)).toBe(Number(clamp(32)))
        },
      ),
      { numRuns: 2000 },
    )
  })
})
