/**
 * Recall: what was generated for programs that some core, of this machine or another, has held
 * before. A program loaded again finds its code without being decoded first.
 *
 *     words of a program ──▶ ┌────────┐ ── start, end, modes ──▶ unit, or that there is none
 *                            └────────┘
 *
 * A cache over machines: what it holds is a function of the program, its timing and the key alone,
 * so nothing can tell.
 */
import type { CoreFacts } from '../../device/core-facts.ts'

/** `null`: known not to qualify. */
type Units<U> = Map<number, U | null>

interface KnownProgram<U> {
  readonly words: Uint32Array
  readonly timing: CoreFacts
  readonly units: Units<U>
}

const mostPrograms = 128
const placeBits = 2 ** 15
/** Stands for the end of a straight run. */
const noEnd = 2 ** 14

export class Recall<U> {
  private readonly list: KnownProgram<U>[] = []

  /** What is known of a program; the same map as long as somebody remembers it. */
  of(words: Uint32Array, timing: CoreFacts): Units<U> {
    const known = this.list.find((p) => p.timing === timing && isSame(p.words, words))
    if (known) return known.units
    if (this.list.length >= mostPrograms) this.list.length = 0
    const units: Units<U> = new Map()
    this.list.push({ words: words.slice(), timing, units })
    return units
  }
}

/** Names the code from byte `start` to byte `end` (−1 = a straight run) under some modes. */
export function recallKey(
  start: number,
  end: number,
  rounding: number,
  saturation: number,
): number {
  const to = end < 0 ? noEnd : end >>> 2
  return ((start >>> 2) * placeBits + to) * 64 + rounding * 4 + saturation
}

function isSame(one: Uint32Array, other: Uint32Array): boolean {
  if (one.length !== other.length) return false
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
