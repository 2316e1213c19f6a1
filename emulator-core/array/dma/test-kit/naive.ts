/**
 * Naive descriptors: what one visits and what compression makes of words, written from the manual
 * word by word and byte by byte, slow and obvious; and random ones to compare by.
 */
import fc from 'fast-check'
import type { DmaChannel } from '../../../device/tiles.ts'
import type { Fields } from '../../test-kit/bed.ts'
import type { Loopback, LoopKind } from './loopback.ts'

/** What a descriptor says about addresses. */
export interface Shape {
  /** Words between neighbours, dimension 0 innermost. */
  readonly steps: readonly [number, number, number, number]
  /** 0 = runs on. */
  readonly wraps: readonly [number, number, number]
  readonly length: number
  readonly iterationStep: number
  /** Loads until the iteration begins anew. */
  readonly iterations: number
  readonly current: number
  readonly before: readonly [number, number, number]
  readonly after: readonly [number, number, number]
}

/** Word offsets that one load visits, −1 for a word that is made up; and nothing clever. */
export function visited(shape: Shape, load: number): number[] {
  const { steps, wraps, before, after } = shape
  const isPadded = [...before, ...after].some((n) => n > 0)
  const iteration = (shape.current + load) % shape.iterations
  const index = [0, 0, 0, 0]
  return Array.from({ length: shape.length }, () => {
    let at = iteration * shape.iterationStep + index[3]! * steps[3]
    let isMadeUp = false
    for (let d = 0; d < 3; d++) {
      const k = index[d]! - before[d]!
      if (k < 0 || (wraps[d]! > 0 && k >= wraps[d]!)) isMadeUp = true
      at += k * steps[d]!
    }
    for (let d = 0; d < 4; d++) {
      index[d]!++
      const extent = d < 3 ? before[d]! + wraps[d]! + after[d]! : 0
      if (d === 3 || wraps[d] === 0 || index[d]! < extent) break
      index[d] = 0
    }
    return isPadded && isMadeUp ? -1 : at
  })
}

const small = (max: number, min = 0) => fc.integer({ min, max })
const three = (max: number) => fc.tuple(small(max), small(max), small(max))

/** Shapes that a channel can describe. Without padding a dimension may run on. */
export function shapes(on: DmaChannel, kind: LoopKind, longest = 120): fc.Arbitrary<Shape> {
  const { layout } = on
  const least = layout.stepsMinusOne ? 1 : 0
  const step = (d: number, max: number) => {
    if (d >= layout.dimensions) return fc.constant(1)
    return d === 0 && !layout.fields.d0Step ? fc.constant(1) : small(max, least)
  }
  const wrap = (d: number, max: number) =>
    d < layout.dimensions - 1 ? fc.oneof(fc.constant(0), small(max, 1)) : fc.constant(0)
  const pads = kind === 'mem' && on.direction === 'mm2s'
  return fc
    .record({
      steps: fc.tuple(step(0, 5), step(1, 30), step(2, 60), step(3, 90)),
      wraps: fc.tuple(wrap(0, 9), wrap(1, 5), wrap(2, 4)),
      length: small(longest, 1),
      iterationStep: small(200, least),
      iterations: small(5, 1),
      current: small(4),
      before: pads ? three(4) : fc.constant([0, 0, 0] as const),
      after: pads ? three(4) : fc.constant([0, 0, 0] as const),
    })
    .map((shape) => {
      const padded = [0, 1, 2].map((d) => shape.before[d]! + shape.after[d]! > 0)
      const top = padded.lastIndexOf(true)
      const wraps = shape.wraps.map((w, d) => (d <= top ? Math.max(1, w) : w))
      const current = Math.min(shape.current, shape.iterations - 1)
      return { ...shape, current, wraps: wraps as [number, number, number] }
    })
}

/** Writes descriptor `bd` for a shape that begins at word `word` of the tile's memory. */
export function put(
  loop: Loopback,
  on: DmaChannel,
  bd: number,
  word: number,
  shape: Shape,
  more: Fields = {},
): void {
  const { steps, wraps, before, after } = shape
  loop.bd(on, bd, word, shape.length, {
    d0Step: steps[0],
    d1Step: steps[1],
    d2Step: steps[2],
    d3Step: steps[3],
    d0Wrap: wraps[0],
    d1Wrap: wraps[1],
    d2Wrap: wraps[2],
    iterationStep: shape.iterationStep,
    iterationWrap: shape.iterations - 1,
    iterationCurrent: shape.current,
    d0PadBefore: before[0],
    d1PadBefore: before[1],
    d2PadBefore: before[2],
    d0PadAfter: after[0],
    d1PadAfter: after[1],
    d2PadAfter: after[2],
    ...more,
  })
}

/** What the manual says, byte by byte: a mask, the bytes that are not zero, filled up to a word. */
export function packed(words: readonly number[]): number[] {
  const out: number[] = []
  for (let unit = 0; unit < words.length; unit += 8) {
    const bytes = Array.from({ length: 32 }, (_, i) => {
      const word = words[unit + Math.floor(i / 4)] ?? 0
      return Math.floor(word / 256 ** (i % 4)) % 256
    })
    const kept = bytes.filter((b) => b !== 0)
    while (kept.length % 4 !== 0) kept.push(0)
    out.push(bytes.reduce((mask, b, i) => mask + (b === 0 ? 0 : 2 ** i), 0))
    for (let i = 0; i < kept.length; i += 4)
      out.push(kept[i]! + kept[i + 1]! * 2 ** 8 + kept[i + 2]! * 2 ** 16 + kept[i + 3]! * 2 ** 24)
  }
  return out
}

/** Words with many zero bytes. */
export const sparse = fc
  .array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 255 })), {
    minLength: 4,
    maxLength: 4,
  })
  .map(([a, b, c, d]) => (a! + b! * 2 ** 8 + c! * 2 ** 16 + d! * 2 ** 24) % 2 ** 32)
