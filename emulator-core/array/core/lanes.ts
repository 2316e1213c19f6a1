/**
 * Lanes: vector arithmetic of the interpreter on the register files.
 *
 * Lanes of any type are brought into 32-bit scratch lanes, computed there and packed back, so that
 * every loop here sees one array type. Additions of narrow lanes work on four or two lanes in a
 * word.
 */
import { pair, srsLane, upsLane32, upsLane64 } from './rounding.ts'

/** Scratch lanes; not state. */
export const laneA = new Int32Array(64)
export const laneB = new Int32Array(64)

/** The vector registers of all cores seen as lanes of each width. */
export interface VectorFile {
  readonly i8: Int8Array
  readonly u8: Uint8Array
  readonly i16: Int16Array
  readonly u16: Uint16Array
  readonly i32: Int32Array
}

/** Views of one block of words. */
export function vectorFile(words: Int32Array): VectorFile {
  const { buffer, byteOffset, byteLength } = words
  return {
    i8: new Int8Array(buffer, byteOffset, byteLength),
    u8: new Uint8Array(buffer, byteOffset, byteLength),
    i16: new Int16Array(buffer, byteOffset, byteLength >> 1),
    u16: new Uint16Array(buffer, byteOffset, byteLength >> 1),
    i32: words,
  }
}

/** Lane types: 0 i8, 1 u8, 2 i16, 3 u16, 4 i32, 5 u32. Bits per lane. */
export function bitsOf(e: number): number {
  return 8 << (e >> 1)
}

/** Lanes `[0, n)` at byte `at` into `to`, extended to 32 bits. */
export function unpack(file: VectorFile, at: number, e: number, n: number, to: Int32Array): void {
  switch (e) {
    case 0: {
      const from = file.i8
      for (let i = 0; i < n; i++) to[i] = from[at + i]!
      return
    }
    case 1: {
      const from = file.u8
      for (let i = 0; i < n; i++) to[i] = from[at + i]!
      return
    }
    case 2: {
      const from = file.i16
      const h = at >> 1
      for (let i = 0; i < n; i++) to[i] = from[h + i]!
      return
    }
    case 3: {
      const from = file.u16
      const h = at >> 1
      for (let i = 0; i < n; i++) to[i] = from[h + i]!
      return
    }
    default: {
      const from = file.i32
      const w = at >> 2
      for (let i = 0; i < n; i++) to[i] = from[w + i]!
    }
  }
}

/** The low bits of `n` scratch lanes to byte `at`. */
export function pack(file: VectorFile, at: number, e: number, n: number, from: Int32Array): void {
  switch (e >> 1) {
    case 0: {
      const to = file.i8
      for (let i = 0; i < n; i++) to[at + i] = from[i]!
      return
    }
    case 1: {
      const to = file.i16
      const h = at >> 1
      for (let i = 0; i < n; i++) to[h + i] = from[i]!
      return
    }
    default: {
      const to = file.i32
      const w = at >> 2
      for (let i = 0; i < n; i++) to[w + i] = from[i]!
    }
  }
}

/** Lane sums of whole words; `e` gives the lane width. */
export function addWords(
  x: Int32Array,
  d: number,
  a: number,
  b: number,
  words: number,
  e: number,
): void {
  if (e >= 4) {
    for (let i = 0; i < words; i++) x[d + i] = (x[a + i]! + x[b + i]!) | 0
    return
  }
  const high = e >= 2 ? 0x80008000 | 0 : 0x80808080 | 0
  const rest = ~high
  for (let i = 0; i < words; i++) {
    const p = x[a + i]!
    const q = x[b + i]!
    x[d + i] = ((p & rest) + (q & rest)) ^ ((p ^ q) & high)
  }
}

/** Lane differences of whole words. */
export function subWords(
  x: Int32Array,
  d: number,
  a: number,
  b: number,
  words: number,
  e: number,
): void {
  if (e >= 4) {
    for (let i = 0; i < words; i++) x[d + i] = (x[a + i]! - x[b + i]!) | 0
    return
  }
  const high = e >= 2 ? 0x80008000 | 0 : 0x80808080 | 0
  for (let i = 0; i < words; i++) {
    const p = x[a + i]!
    const q = x[b + i]!
    x[d + i] = ((p | high) - (q & ~high)) ^ ((p ^ ~q) & high)
  }
}

/** Unsigned 32-bit lanes compare as signed ones after this offset; all others as they are. */
function biasOf(e: number): number {
  return e === 5 ? -0x80000000 : 0
}

export function minLanes(a: Int32Array, b: Int32Array, n: number, e: number): void {
  const bias = biasOf(e)
  for (let i = 0; i < n; i++) if ((b[i]! ^ bias) < (a[i]! ^ bias)) a[i] = b[i]!
}

export function maxLanes(a: Int32Array, b: Int32Array, n: number, e: number): void {
  const bias = biasOf(e)
  for (let i = 0; i < n; i++) if ((b[i]! ^ bias) > (a[i]! ^ bias)) a[i] = b[i]!
}

export function mulLanes(a: Int32Array, b: Int32Array, n: number): void {
  for (let i = 0; i < n; i++) a[i] = Math.imul(a[i]!, b[i]!)
}

export function divLanes(a: Int32Array, b: Int32Array, n: number, e: number): void {
  for (let i = 0; i < n; i++) {
    const p = e === 5 ? a[i]! >>> 0 : a[i]!
    const q = e === 5 ? b[i]! >>> 0 : b[i]!
    a[i] = q === 0 ? 0 : Math.trunc(p / q) | 0
  }
}

export function remLanes(a: Int32Array, b: Int32Array, n: number, e: number): void {
  for (let i = 0; i < n; i++) {
    const p = e === 5 ? a[i]! >>> 0 : a[i]!
    const q = e === 5 ? b[i]! >>> 0 : b[i]!
    if (q !== 0) a[i] = (p % q) | 0
  }
}

export function shlLanes(a: Int32Array, n: number, shift: number): void {
  const s = shift & 31
  for (let i = 0; i < n; i++) a[i] = a[i]! << s
}

export function shrLanes(a: Int32Array, n: number, shift: number, e: number): void {
  const s = shift & 31
  if (e === 5) for (let i = 0; i < n; i++) a[i] = a[i]! >>> s
  else for (let i = 0; i < n; i++) a[i] = a[i]! >> s
}

export function shlvLanes(a: Int32Array, b: Int32Array, n: number): void {
  for (let i = 0; i < n; i++) a[i] = a[i]! << (b[i]! & 31)
}

export function shrvLanes(a: Int32Array, b: Int32Array, n: number, e: number): void {
  if (e === 5) for (let i = 0; i < n; i++) a[i] = a[i]! >>> (b[i]! & 31)
  else for (let i = 0; i < n; i++) a[i] = a[i]! >> (b[i]! & 31)
}

export function absLanes(a: Int32Array, n: number): void {
  for (let i = 0; i < n; i++) if (a[i]! < 0) a[i] = -a[i]! | 0
}

/** True when `a q b`; relations as the instruction set numbers them. */
function holds(a: number, b: number, q: number): boolean {
  switch (q) {
    case 0:
      return a === b
    case 1:
      return a !== b
    case 2:
      return a < b
    case 3:
      return a <= b
    case 4:
      return a > b
    default:
      return a >= b
  }
}

/** Bits `from … from + n` of the mask at word `m`: lane comparisons. */
export function compareLanes(
  a: Int32Array,
  b: Int32Array,
  n: number,
  e: number,
  q: number,
  masks: Int32Array,
  m: number,
  from: number,
): void {
  const bias = biasOf(e)
  for (let i = 0; i < n; i++) {
    const bit = from + i
    const w = m + (bit >> 5)
    if (holds(a[i]! ^ bias, b[i]! ^ bias, q)) masks[w]! |= 1 << (bit & 31)
    else masks[w]! &= ~(1 << (bit & 31))
  }
}

/** Lanes of `b` where the mask bit is set, into `a`. */
export function selectLanes(
  a: Int32Array,
  b: Int32Array,
  n: number,
  masks: Int32Array,
  m: number,
  from: number,
): void {
  for (let i = 0; i < n; i++) {
    const bit = from + i
    if ((masks[m + (bit >> 5)]! >>> (bit & 31)) & 1) a[i] = b[i]!
  }
}

/**
 * High word of the product of two lanes whose low word is `low`. Exact: the rounded product is near
 * enough.
 */
export function productHigh(a: number, b: number, low: number): number {
  return Math.floor((a * b - (low >>> 0)) * 2.3283064365386963e-10 + 0.5) | 0
}

/** 32-bit accumulator lanes: d = products, plus or minus `c` when `sign` is 1 or -1. */
export function multiply32(
  acc: Int32Array,
  d: number,
  c: number,
  a: Int32Array,
  b: Int32Array,
  n: number,
  sign: number,
): void {
  if (sign === 0) for (let i = 0; i < n; i++) acc[d + i] = Math.imul(a[i]!, b[i]!)
  else if (sign > 0)
    for (let i = 0; i < n; i++) acc[d + i] = (acc[c + i]! + Math.imul(a[i]!, b[i]!)) | 0
  else for (let i = 0; i < n; i++) acc[d + i] = (acc[c + i]! - Math.imul(a[i]!, b[i]!)) | 0
}

/**
 * 64-bit accumulator lanes, low word first; `ua`, `ub` say that a factor is an unsigned 32-bit
 * lane.
 */
export function multiply64(
  acc: Int32Array,
  d: number,
  c: number,
  a: Int32Array,
  b: Int32Array,
  n: number,
  sign: number,
  ua: number,
  ub: number,
): void {
  for (let i = 0; i < n; i++) {
    const p = a[i]!
    const q = b[i]!
    const low = Math.imul(p, q)
    const high = productHigh(ua !== 0 ? p >>> 0 : p, ub !== 0 ? q >>> 0 : q, low)
    const w = 2 * i
    if (sign === 0) {
      acc[d + w] = low
      acc[d + w + 1] = high
    } else if (sign > 0) {
      const sum = (acc[c + w]! + low) | 0
      acc[d + w + 1] = acc[c + w + 1]! + high + (sum >>> 0 < low >>> 0 ? 1 : 0)
      acc[d + w] = sum
    } else {
      const old = acc[c + w]!
      acc[d + w + 1] = acc[c + w + 1]! - high - (old >>> 0 < low >>> 0 ? 1 : 0)
      acc[d + w] = old - low
    }
  }
}

/** Accumulator sums (`sign` 1) or differences (-1), lanes of one or two words. */
export function addAccumulators(
  acc: Int32Array,
  d: number,
  a: number,
  b: number,
  n: number,
  sign: number,
  isWide: boolean,
): void {
  if (!isWide) {
    if (sign > 0) for (let i = 0; i < n; i++) acc[d + i] = acc[a + i]! + acc[b + i]!
    else for (let i = 0; i < n; i++) acc[d + i] = acc[a + i]! - acc[b + i]!
    return
  }
  for (let i = 0; i < 2 * n; i += 2) {
    const p = acc[a + i]!
    const q = acc[b + i]!
    if (sign > 0) {
      const sum = (p + q) | 0
      acc[d + i + 1] = acc[a + i + 1]! + acc[b + i + 1]! + (sum >>> 0 < q >>> 0 ? 1 : 0)
      acc[d + i] = sum
    } else {
      acc[d + i + 1] = acc[a + i + 1]! - acc[b + i + 1]! - (p >>> 0 < q >>> 0 ? 1 : 0)
      acc[d + i] = p - q
    }
  }
}

/** Accumulator lanes shifted, rounded and saturated into scratch lanes. */
export function srsLanes(
  acc: Int32Array,
  c: number,
  n: number,
  isWide: boolean,
  shift: number,
  rounding: number,
  saturation: number,
  e: number,
  to: Int32Array,
): void {
  const bits = bitsOf(e)
  const isSigned = (e & 1) ^ 1
  if (isWide) {
    for (let i = 0; i < n; i++) {
      to[i] = srsLane(
        acc[c + 2 * i]!,
        acc[c + 2 * i + 1]!,
        shift,
        rounding,
        saturation,
        bits,
        isSigned,
      )
    }
  } else {
    for (let i = 0; i < n; i++) {
      const v = acc[c + i]!
      to[i] = srsLane(v, v >> 31, shift, rounding, saturation, bits, isSigned)
    }
  }
}

/** Scratch lanes shifted up into accumulator lanes. */
export function upsLanes(
  acc: Int32Array,
  d: number,
  n: number,
  isWide: boolean,
  shift: number,
  saturation: number,
  e: number,
  from: Int32Array,
): void {
  const isUnsigned32 = e === 5 ? 1 : 0
  for (let i = 0; i < n; i++) {
    if (isWide) {
      upsLane64(from[i]!, isUnsigned32, shift, saturation)
      acc[d + 2 * i] = pair[0]!
      acc[d + 2 * i + 1] = pair[1]!
    } else acc[d + i] = upsLane32(from[i]!, isUnsigned32, shift, saturation)
  }
}
