import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256, Sha256 } from './sha256.ts'

describe('SHA-256', () => {
  it('agrees with the published digests', () => {
    expect(sha256(new Uint8Array())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
    expect(sha256(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('agrees with another implementation on any bytes, in any pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        const digest = new Sha256()
        const at = Math.min(cut, bytes.length)
        digest.update(bytes, 0, at)
        digest.update(bytes, at, bytes.length - at)
        expect(digest.hex()).toBe(createHash('sha256').update(bytes).digest('hex'))
      }),
    )
  })
})
