/** Folds the bytes `[from, to)` into a 32-bit digest. Four bytes at a time; `from` and `to` must be multiples of four. */
export function hashBytes(bytes: Uint8Array, from: number, to: number, seed: number): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + from, (to - from) >> 2)
  return hashWords(words, 0, words.length, seed)
}

/** Folds the words `[from, to)` into a 32-bit digest (multiply, rotate, xor; finalised by avalanche). */
export function hashWords(words: Int32Array, from: number, to: number, seed: number): number {
  let hash = seed | 0
  for (let i = from; i < to; i++) {
    const mixed = Math.imul(words[i]!, 0xcc9e2d51)
    hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  return avalanche(hash ^ (to - from))
}

/** Spreads every input bit over the whole word. */
export function avalanche(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
