import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lanesOf, laneTypes } from './lanes.ts'

const texts = (bytes: number[], type: (typeof laneTypes)[number]) =>
  lanesOf(Uint8Array.from(bytes), type).map(({ text }) => text)

describe('lanes', () => {
  it('read the same bytes as every type', () => {
    const bytes = [0x00, 0x00, 0x80, 0x3f, 0xff, 0xff, 0xff, 0xff]
    expect(texts(bytes, 'float')).toEqual(['1', 'NaN'])
    expect(texts(bytes, 'bfloat16')).toEqual(['0', '1', 'NaN', 'NaN'])
    expect(texts(bytes, 'int32')).toEqual(['1\u2009065\u2009353\u2009216', '−1'])
    expect(texts(bytes, 'uint8').slice(2)).toEqual(['128', '63', '255', '255', '255', '255'])
    expect(texts(bytes, 'hex')).toEqual(['3f800000', 'ffffffff'])
    expect(texts([0, 0, 0, 0, 1, 0, 0, 0], 'int64')).toEqual(['4\u2009294\u2009967\u2009296'])
  })

  it('never read beyond the register, whatever its size', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 70 }),
        fc.constantFrom(...laneTypes),
        (bytes, type) => {
          const lanes = lanesOf(bytes, type)
          expect(lanes.length).toBeLessThanOrEqual(bytes.length)
        },
      ),
    )
  })

  it('mark those that differ from before and no others', () => {
    const before = Uint8Array.from([1, 0, 2, 0])
    const lanes = lanesOf(Uint8Array.from([1, 0, 2, 1]), 'int16', before)
    expect(lanes.map(({ changed }) => changed)).toEqual([false, true])
  })
})
