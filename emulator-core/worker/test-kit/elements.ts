/** Integer elements and access patterns as a plain list of numbers sees them. */
import type { Choices } from './choices.ts'

export const words = ['i32', 'i16', 'i8'] as const
export type Word = (typeof words)[number]

export function bytesOf(word: Word): number {
  return bitsOf(word) / 8
}

export function bitsOf(word: Word): number {
  return Number(word.slice(1))
}

/** The number that remains of `value` in a word. */
export function wrap(value: number, word: Word): number {
  const shift = 32 - bitsOf(word)
  return (value << shift) >> shift
}

/** The number without its sign. */
export function unsigned(value: number, word: Word): number {
  return bitsOf(word) === 32 ? value >>> 0 : value & (2 ** bitsOf(word) - 1)
}

/** Numbers that look arbitrary and are the same for the same seed. */
export function numbers(count: number, word: Word, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const mixed = Math.imul((i + 1) ^ Math.imul(seed + 1, 0x9e37_79b1), 0x85eb_ca6b)
    return wrap(mixed ^ (mixed >>> 13), word)
  })
}

/** One dimension of a pattern: how many steps and how far apart, in elements. */
export interface Dimension {
  readonly size: number
  readonly stride: number
}

/** Outermost first. */
export type Pattern = readonly Dimension[]

/** Elements that a pattern visits, in order. */
export function visits(pattern: Pattern): number[] {
  return pattern.reduceRight<number[]>(
    (inner, { size, stride }) =>
      Array.from({ length: size }, (_, i) => inner.map((at) => at + i * stride)).flat(),
    [0],
  )
}

/** What the descriptors of a tile kind can hold. */
export interface PatternLimits {
  readonly dimensions: number
  /** Largest size of an inner dimension. */
  readonly wrap: number
  /** An innermost stride other than 1 takes a dimension of its own. */
  readonly contiguous: boolean
}

/**
 * A pattern within the limits that visits `0 … count − 1` once each, in some order. The bytes of a run of neighbours
 * stay together in words; undefined when the order is the plain one.
 */
export function reordering(
  c: Choices,
  count: number,
  word: Word,
  { dimensions, wrap: limit, contiguous }: PatternLimits,
): Pattern | undefined {
  const run = 4 / bytesOf(word)
  const factors: number[] = []
  let rest = count / run
  while (rest > 1 && factors.length < dimensions - (run > 1 ? 1 : 0) - 1) {
    const factor = c.of(divisorsOf(rest))
    factors.push(factor)
    rest /= factor
  }
  factors.push(rest)
  // Innermost in memory first; each level steps over all levels inside it.
  let stride = run
  const levels = factors.map((size) => {
    const level = { size, stride }
    stride *= size
    return level
  })
  const order = c.shuffled(levels).filter((level) => level.size > 1)
  const pattern: Pattern = run > 1 ? [...order, { size: run, stride: 1 }] : order
  const taken = pattern.length + (contiguous && pattern.at(-1)?.stride !== 1 ? 1 : 0)
  const fits = taken <= dimensions && pattern.every((d, i) => i === 0 || d.size <= limit)
  return fits && pattern.length > 0 && !isPlain(pattern) ? pattern : undefined
}

export function divisorsOf(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1).filter((d) => count % d === 0)
}

function isPlain(pattern: Pattern): boolean {
  return visits(pattern).every((at, i) => at === i)
}

/** The stream that reading `object` in the order of a pattern gives. */
export function gather(object: readonly number[], pattern: Pattern | undefined): number[] {
  return pattern ? visits(pattern).map((at) => object[at]!) : [...object]
}

/** The object that a stream leaves behind when it is written in the order of a pattern. */
export function scatter(stream: readonly number[], pattern: Pattern | undefined): number[] {
  const object = [...stream]
  if (pattern) visits(pattern).forEach((at, i) => (object[at] = stream[i]!))
  return object
}

/** A list cut into pieces of `size`. */
export function cut<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: list.length / size }, (_, i) => list.slice(i * size, (i + 1) * size))
}

/** Pattern pairs as the design language writes them. */
export function pairs(pattern: Pattern): string {
  return `[${pattern.map((d) => `<size = ${d.size}, stride = ${d.stride}>`).join(', ')}]`
}
