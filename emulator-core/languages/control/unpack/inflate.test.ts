import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inflate } from './inflate.ts'

const repeated = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 300 }))
  .map(([bytes, times]) =>
    Uint8Array.from({ length: bytes.length * times }, (_, i) => bytes[i % bytes.length]),
  )

describe('a packed section', () => {
  it('opens to what was packed, at every level', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array(), repeated),
        fc.integer({ min: 0, max: 9 }),
        (bytes, level) => {
          const packed = new Uint8Array(deflateSync(bytes, { level }))
          expect(Buffer.from(inflate(packed, bytes.length) ?? []).equals(Buffer.from(bytes))).toBe(
            true,
          )
        },
      ),
    )
  })

  it('is refused when it is cut, damaged, or of another size', () => {
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) >> 3)
    const packed = new Uint8Array(deflateSync(bytes))
    expect(inflate(packed.subarray(0, packed.length - 5), bytes.length)).toBeUndefined()
    expect(inflate(packed, bytes.length + 1)).toBeUndefined()
    expect(inflate(packed, bytes.length - 1)).toBeUndefined()
    const damaged = packed.slice()
    damaged[packed.length >> 1] ^= 1
    expect(inflate(damaged, bytes.length)).toBeUndefined()
  })

  it('ends for any bytes', () => {
    const noise = fc.uint8Array({ minLength: 0, maxLength: 200 })
    fc.assert(
      fc.property(noise, (bytes) => {
        const found = inflate(Uint8Array.from([0x78, 0x9c, ...bytes]), 1000)
        expect(found === undefined || found.length === 1000).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
