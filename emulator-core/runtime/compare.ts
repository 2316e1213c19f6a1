/** Compare: looks for the first element of a buffer that is not what a program expects. */
import { elementBits, getElement } from '../artifacts/elements.ts'
import type { ElementType } from '../artifacts/elements.ts'
import type { Sha256 } from '../artifacts/sha256.ts'
import type { Files } from '../driver/files.ts'

/** Bytes looked at in one go; a multiple of every element size. */
export const pieceBytes = 64 << 10

/** First differing element between `found` and `expected` from byte `from` on, -1 when they agree. */
export function firstDifference(
  type: ElementType,
  found: Uint8Array,
  expected: Uint8Array,
  from: number,
  bytes: number,
  count: number,
  tolerance: number,
): number {
  const bits = elementBits(type)
  const first = (from * 8) / bits
  if (tolerance > 0) {
    const last = Math.min(count, first + (bytes * 8) / bits)
    for (let i = first; i < last; i++) {
      const a = getElement(type, found, i - first)
      const b = getElement(type, expected, i)
      const bothNan = a !== a && b !== b
      if (a !== b && !bothNan && !(Math.abs(a - b) <= tolerance)) return i
    }
    return -1
  }
  for (let i = 0; i < bytes; i++) {
    const difference = found[i] ^ expected[from + i]
    if (difference === 0) continue
    if (bits >= 8) return Math.floor((from + i) / (bits >> 3))
    const element = (from + i) * 2 + ((difference & 0xf) !== 0 ? 0 : 1)
    if (element < count) return element
  }
  return -1
}

/** Feeds a range of a process's memory to a digest; false when something is not mapped. */
export function digestRange(
  memory: Files,
  file: number,
  address: number,
  bytes: number,
  piece: Uint8Array,
  digest: Sha256,
): boolean {
  digest.reset()
  for (let at = 0; at < bytes; at += pieceBytes) {
    const run = Math.min(pieceBytes, bytes - at)
    if (!memory.read(file, address + at, piece, 0, run)) return false
    digest.update(piece, 0, run)
  }
  return true
}
