/**
 * 64-bit integers as two signed words, for constants of any C++ integer type and for preprocessor
 * conditions.
 */

export interface Wide {
  readonly lo: number
  readonly hi: number
}

export const wideZero: Wide = { lo: 0, hi: 0 }
export const wideOne: Wide = { lo: 1, hi: 0 }

const two32 = 4294967296

export function wide(lo: number, hi: number): Wide {
  return { lo: lo | 0, hi: hi | 0 }
}

/** From an integer of magnitude below 2^53. */
export function fromNumber(n: number): Wide {
  const t = Number.isFinite(n) ? Math.trunc(n) : 0
  const high = Math.floor(t / two32)
  return wide(t - high * two32, high)
}

/** As a double, read as signed or unsigned; exact below 2^53. */
export function toNumber(a: Wide, signed = true): number {
  return (signed ? a.hi : a.hi >>> 0) * two32 + (a.lo >>> 0)
}

export function add(a: Wide, b: Wide): Wide {
  const lo = (a.lo >>> 0) + (b.lo >>> 0)
  return wide(lo, a.hi + b.hi + (lo >= two32 ? 1 : 0))
}

export function not(a: Wide): Wide {
  return wide(~a.lo, ~a.hi)
}

export function neg(a: Wide): Wide {
  return add(not(a), wideOne)
}

export function sub(a: Wide, b: Wide): Wide {
  return add(a, neg(b))
}

/** Full 64-bit product of two unsigned words. */
function product(a: number, b: number): Wide {
  const al = a & 0xffff
  const ah = a >>> 16
  const bl = b & 0xffff
  const bh = b >>> 16
  const low = al * bl
  const middle = ah * bl + (low >>> 16)
  const other = al * bh + (middle & 0xffff)
  const high = ah * bh + Math.floor(middle / 65536) + Math.floor(other / 65536)
  return wide(((other & 0xffff) << 16) | (low & 0xffff), high)
}

export function mul(a: Wide, b: Wide): Wide {
  const low = product(a.lo, b.lo)
  return wide(low.lo, low.hi + Math.imul(a.lo, b.hi) + Math.imul(a.hi, b.lo))
}

export function shl(a: Wide, n: number): Wide {
  const s = n & 63
  if (s === 0) return a
  if (s >= 32) return wide(0, a.lo << (s - 32))
  return wide(a.lo << s, (a.hi << s) | (a.lo >>> (32 - s)))
}

export function shr(a: Wide, n: number, signed: boolean): Wide {
  const s = n & 63
  if (s === 0) return a
  const fill = signed && a.hi < 0 ? -1 : 0
  if (s >= 32) return wide(signed ? a.hi >> (s - 32) : a.hi >>> (s - 32), fill)
  return wide((a.lo >>> s) | (a.hi << (32 - s)), signed ? a.hi >> s : a.hi >>> s)
}

export function and(a: Wide, b: Wide): Wide {
  return wide(a.lo & b.lo, a.hi & b.hi)
}

export function or(a: Wide, b: Wide): Wide {
  return wide(a.lo | b.lo, a.hi | b.hi)
}

export function xor(a: Wide, b: Wide): Wide {
  return wide(a.lo ^ b.lo, a.hi ^ b.hi)
}

export function isZero(a: Wide): boolean {
  return a.lo === 0 && a.hi === 0
}

export function equal(a: Wide, b: Wide): boolean {
  return a.lo === b.lo && a.hi === b.hi
}

export function less(a: Wide, b: Wide, signed: boolean): boolean {
  if (a.hi !== b.hi) return signed ? a.hi < b.hi : a.hi >>> 0 < b.hi >>> 0
  return a.lo >>> 0 < b.lo >>> 0
}

function divideUnsigned(a: Wide, b: Wide): { quotient: Wide; remainder: Wide } {
  let quotient = wideZero
  let remainder = wideZero
  for (let i = 63; i >= 0; i--) {
    const carry = remainder.hi < 0
    const bit = i >= 32 ? (a.hi >>> (i - 32)) & 1 : (a.lo >>> i) & 1
    remainder = or(shl(remainder, 1), wide(bit, 0))
    if (carry || !less(remainder, b, false)) {
      remainder = sub(remainder, b)
      quotient = or(quotient, shl(wideOne, i))
    }
  }
  return { quotient, remainder }
}

/** Quotient and remainder, truncating; by zero gives zeros (the caller has refused it). */
export function divide(a: Wide, b: Wide, signed: boolean): { quotient: Wide; remainder: Wide } {
  if (isZero(b)) return { quotient: wideZero, remainder: wideZero }
  const negativeA = signed && a.hi < 0
  const negativeB = signed && b.hi < 0
  const r = divideUnsigned(negativeA ? neg(a) : a, negativeB ? neg(b) : b)
  return {
    quotient: negativeA === negativeB ? r.quotient : neg(r.quotient),
    remainder: negativeA ? neg(r.remainder) : r.remainder,
  }
}

/** Keeps the low `bits` and extends them by sign or by zeros. */
export function normalise(a: Wide, bits: number, signed: boolean): Wide {
  if (bits >= 64) return a
  if (bits === 32) return wide(a.lo, signed ? a.lo >> 31 : 0)
  const shift = 32 - bits
  const lo = signed ? (a.lo << shift) >> shift : (a.lo << shift) >>> shift
  return wide(lo, signed ? lo >> 31 : 0)
}

/** Parses digits of a base; undefined when the value needs more than 64 bits. */
export function parse(digits: string, base: number): Wide | undefined {
  let value = wideZero
  const limit = divide(wide(-1, -1), fromNumber(base), false).quotient
  for (const digit of digits) {
    if (less(limit, value, false)) return undefined
    const next = add(mul(value, fromNumber(base)), fromNumber(Number.parseInt(digit, base)))
    if (less(next, value, false)) return undefined
    value = next
  }
  return value
}

/** Decimal digits of the value. */
export function show(a: Wide, signed: boolean): string {
  if (signed && a.hi < 0) return `-${show(neg(a), false)}`
  let digits = ''
  let rest = a
  do {
    const step = divide(rest, fromNumber(1e9), false)
    const chunk = String(toNumber(step.remainder))
    digits = (isZero(step.quotient) ? chunk : chunk.padStart(9, '0')) + digits
    rest = step.quotient
  } while (!isZero(rest))
  return digits
}
