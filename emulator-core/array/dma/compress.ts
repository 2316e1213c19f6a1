/**
 * Compression of DMA streams: 32 bytes travel as a mask of the bytes that are not zero, followed by
 * those bytes, filled up to a whole word.
 *
 *     8 words of memory ── packUnit ──▶ mask, 0 … 8 words of bytes ── unpackUnit ──▶ 8 words
 */

import { dmaNumbers } from '../../device/dma-facts.ts'

/** Words of memory in a unit, and words of the stream that a unit takes at most. */
export const unitWords: number = dmaNumbers.compression.unitBytes / 4
export const packedWords: number = unitWords + 1

/** Words of the stream that the unit with this mask takes, the mask included. */
export function packedLength(mask: number): number {
  let bits = mask - ((mask >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  bits = Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  return 1 + ((bits + 3) >>> 2)
}

/** Packs the unit `from[at…]` to `into[to…]`; returns the words it takes there. */
export function packUnit(from: Int32Array, at: number, into: Int32Array, to: number): number {
  let mask = 0
  let length = 1
  let word = 0
  let bytes = 0
  for (let i = 0; i < unitWords; i++) {
    const value = from[at + i]!
    for (let k = 0; k < 4; k++) {
      const byte = (value >>> (8 * k)) & 0xff
      if (byte === 0) continue
      mask |= 1 << (4 * i + k)
      word |= byte << (8 * bytes)
      if (++bytes < 4) continue
      into[to + length++] = word
      word = 0
      bytes = 0
    }
  }
  if (bytes > 0) into[to + length++] = word
  into[to] = mask
  return length
}

/** Unpacks the unit that begins with its mask at `from[at]` to `into[to…]`. */
export function unpackUnit(from: Int32Array, at: number, into: Int32Array, to: number): void {
  const mask = from[at]!
  let next = at
  let bytes = 4
  for (let i = 0; i < unitWords; i++) {
    let value = 0
    for (let k = 0; k < 4; k++) {
      if (((mask >>> (4 * i + k)) & 1) === 0) continue
      if (bytes === 4) {
        next++
        bytes = 0
      }
      value |= ((from[next]! >>> (8 * bytes++)) & 0xff) << (8 * k)
    }
    into[to + i] = value
  }
}
