/**
 * Shift-round-saturate and its reverse, lane by lane.
 *
 * Half modes add one when the guard bit is set and either the mode's direction or a bit below it
 * says so; directed modes add one when the direction says so and anything was cut off.
 */

/** Rounding modes by code; the codes between are reserved and act as floor. */
export const Rounding = {
  floor: 0,
  ceil: 1,
  symFloor: 2,
  symCeil: 3,
  negInf: 8,
  posInf: 9,
  symZero: 10,
  symInf: 11,
  convEven: 12,
  convOdd: 13,
} as const

/** 1 when the quotient with this guard, sticky and lowest bit is to be incremented. */
export function roundsUp(
  mode: number,
  negative: number,
  guard: number,
  sticky: number,
  lowest: number,
): number {
  switch (mode) {
    case 1:
      return guard | sticky
    case 2:
      return negative & (guard | sticky)
    case 3:
      return (negative ^ 1) & (guard | sticky)
    case 8:
      return guard & sticky
    case 9:
      return guard
    case 10:
      return guard & (negative | sticky)
    case 11:
      return guard & ((negative ^ 1) | sticky)
    case 12:
      return guard & (lowest | sticky)
    case 13:
      return guard & ((lowest ^ 1) | sticky)
    default:
      return 0
  }
}

/**
 * One lane: the 64-bit value (`high`, `low`) shifted right by `shift` (0…63), rounded, saturated to
 * `bits` bits. The result is normalised to the type: sign-extended when `isSigned`, else zero-
 * extended (32 bits: as signed).
 */
export function srsLane(
  low: number,
  high: number,
  shift: number,
  rounding: number,
  saturation: number,
  bits: number,
  isSigned: number,
): number {
  let lo = low
  let hi = high
  if (shift > 0) {
    let guard: number
    let sticky: number
    if (shift < 32) {
      guard = (low >>> (shift - 1)) & 1
      sticky = (low & ((1 << (shift - 1)) - 1)) !== 0 ? 1 : 0
      lo = (low >>> shift) | (high << (32 - shift))
      hi = high >> shift
    } else if (shift === 32) {
      guard = low >>> 31
      sticky = (low & 0x7fffffff) !== 0 ? 1 : 0
      lo = high
      hi = high >> 31
    } else {
      guard = (high >>> (shift - 33)) & 1
      sticky = low !== 0 || (high & ((1 << (shift - 33)) - 1)) !== 0 ? 1 : 0
      lo = high >> (shift - 32)
      hi = high >> 31
    }
    if (rounding !== 0 && roundsUp(rounding, high >>> 31, guard, sticky, lo & 1) !== 0) {
      lo = (lo + 1) | 0
      if (lo === 0) hi = (hi + 1) | 0
    }
  }
  if (saturation === 1 || saturation === 3) return clamp(lo, hi, saturation, bits, isSigned)
  if (bits === 32) return lo
  const unused = 32 - bits
  return isSigned !== 0 ? (lo << unused) >> unused : (lo << unused) >>> unused
}

function clamp(lo: number, hi: number, saturation: number, bits: number, isSigned: number): number {
  if (isSigned !== 0) {
    const most = bits === 32 ? 0x7fffffff : (1 << (bits - 1)) - 1
    const least = saturation === 3 ? -most : (-most - 1) | 0
    if (hi < 0) return hi !== -1 || lo >= 0 || lo < least ? least : lo
    return hi !== 0 || lo < 0 || lo > most ? most : lo
  }
  if (hi < 0) return 0
  if (bits === 32) return hi !== 0 ? -1 : lo
  const most = (1 << bits) - 1
  return hi !== 0 || lo < 0 || lo > most ? most : lo
}

/** Scratch for the two words of a 64-bit lane. */
export const pair = new Int32Array(2)

/** One lane up: `value` times 2^shift as a 64-bit accumulator lane into `pair`. */
export function upsLane64(
  value: number,
  isUnsigned32: number,
  shift: number,
  saturation: number,
): void {
  if (saturation === 1 || saturation === 3) {
    const exact = (isUnsigned32 !== 0 ? value >>> 0 : value) * powers[shift]!
    if (exact >= two63) {
      pair[0] = -1
      pair[1] = 0x7fffffff
      return
    }
    if (exact < -two63 || (saturation === 3 && exact === -two63)) {
      pair[0] = saturation === 3 ? 1 : 0
      pair[1] = -0x80000000
      return
    }
  }
  const sign = isUnsigned32 !== 0 ? 0 : value >> 31
  if (shift === 0) {
    pair[0] = value
    pair[1] = sign
  } else if (shift < 32) {
    pair[0] = value << shift
    pair[1] = (sign << shift) | (value >>> (32 - shift))
  } else {
    pair[0] = 0
    pair[1] = value << (shift - 32)
  }
}

/** One lane up: `value` times 2^shift as a 32-bit accumulator lane. */
export function upsLane32(
  value: number,
  isUnsigned32: number,
  shift: number,
  saturation: number,
): number {
  if (saturation === 1 || saturation === 3) {
    const exact = (isUnsigned32 !== 0 ? value >>> 0 : value) * powers[shift]!
    if (exact > 0x7fffffff) return 0x7fffffff
    const least = saturation === 3 ? -0x7fffffff : -0x80000000
    if (exact < least) return least
  }
  return shift < 32 ? value << shift : 0
}

const powers = Float64Array.from({ length: 64 }, (_, i) => 2 ** i)
const two63 = 2 ** 63
