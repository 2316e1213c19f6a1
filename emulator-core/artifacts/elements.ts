/** Elements: how numbers of a project's buffers lie in memory. Little endian; two 4-bit values per byte, low first. */

export const elementTypes = [
  'i4',
  'u4',
  'i8',
  'u8',
  'i16',
  'u16',
  'i32',
  'u32',
  'i64',
  'u64',
  'bf16',
  'f32',
] as const

export type ElementType = (typeof elementTypes)[number]

const bitsOf: Readonly<Record<ElementType, number>> = {
  i4: 4,
  u4: 4,
  i8: 8,
  u8: 8,
  i16: 16,
  u16: 16,
  i32: 32,
  u32: 32,
  i64: 64,
  u64: 64,
  bf16: 16,
  f32: 32,
}

/** Width of an element in bits. */
export function elementBits(type: ElementType): number {
  return bitsOf[type]
}

/** Whether elements are floating-point numbers. */
export function isFloat(type: ElementType): boolean {
  return type === 'bf16' || type === 'f32'
}

/** Bytes that `count` elements take; an odd number of 4-bit elements takes half a byte more. */
export function bytesOf(type: ElementType, count: number): number {
  return Math.ceil((bitsOf[type] * count) / 8)
}

/** Whole elements in a number of bytes. */
export function elementsIn(type: ElementType, bytes: number): number {
  return Math.floor((bytes * 8) / bitsOf[type])
}

/** A number, or the exact decimal text of an integer that a double cannot hold. */
export type ElementValue = number | string

const high32 = 2 ** 32

const scratch = new DataView(new ArrayBuffer(8))

/** Bits of a float32, rounded to nearest even to its upper 16 when `half` asks for bf16. */
function floatBits(value: number, half: boolean): number {
  scratch.setFloat32(0, value)
  const bits = scratch.getUint32(0)
  if (Number.isNaN(value)) return half ? 0x7fc0 : 0x7fc0_0000
  return half ? (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16 : bits
}

/** Stores element `index` at `bytes`; integers wrap in the type. */
export function putElement(
  type: ElementType,
  bytes: Uint8Array,
  index: number,
  value: number,
): void {
  if (type === 'f32' || type === 'bf16') {
    const size = bitsOf[type] >> 3
    storeInteger(bytes, index * size, size, floatBits(value, type === 'bf16'))
    return
  }
  const whole = Math.trunc(value)
  putInteger(type, bytes, index, wrap(whole, high32), wrap(Math.floor(whole / high32), high32))
}

/** Stores an integer given as its low and high 32 bits; bits beyond the type are dropped. */
export function putInteger(
  type: ElementType,
  bytes: Uint8Array,
  index: number,
  low: number,
  high: number,
): void {
  const bits = bitsOf[type]
  if (bits === 4) {
    const at = index >> 1
    const nibble = low & 0xf
    bytes[at] = (index & 1) === 0 ? (bytes[at] & 0xf0) | nibble : (bytes[at] & 0x0f) | (nibble << 4)
  } else if (bits === 64) {
    storeInteger(bytes, index * 8, 4, low)
    storeInteger(bytes, index * 8 + 4, 4, high)
  } else {
    storeInteger(bytes, index * (bits >> 3), bits >> 3, low)
  }
}

/** Low and high 32 bits, modulo 2^64, of an integer in decimal digits with an optional minus sign. */
export function integerWords(text: string): { readonly low: number; readonly high: number } {
  const negative = text.startsWith('-')
  let low = 0
  let high = 0
  for (const digit of negative ? text.slice(1) : text) {
    const sum = low * 10 + Number(digit)
    low = sum % high32
    high = (high * 10 + Math.floor(sum / high32)) % high32
  }
  if (!negative) return { low, high }
  return { low: wrap(-low, high32), high: wrap(-high - (low === 0 ? 0 : 1), high32) }
}

/** Element `index` of `bytes` as a double; 64-bit values beyond 2^53 lose their low bits. */
export function getElement(type: ElementType, bytes: Uint8Array, index: number): number {
  const bits = bitsOf[type]
  const signed = type.startsWith('i')
  if (bits === 4) {
    const nibble = (bytes[index >> 1] >>> ((index & 1) * 4)) & 0xf
    return signed && nibble > 7 ? nibble - 16 : nibble
  }
  const size = bits >> 3
  const at = index * size
  const low = loadInteger(bytes, at, Math.min(size, 4))
  if (type === 'f32' || type === 'bf16') {
    scratch.setUint32(0, type === 'bf16' ? low << 16 : low)
    return scratch.getFloat32(0)
  }
  if (size === 8) {
    const high = loadInteger(bytes, at + 4, 4)
    return (signed ? high | 0 : high) * high32 + low
  }
  return signed && low >= 2 ** (bits - 1) ? low - 2 ** bits : low
}

/** Element `index` for people and programs: a number where a double is exact, else decimal text. */
export function showElement(type: ElementType, bytes: Uint8Array, index: number): ElementValue {
  const value = getElement(type, bytes, index)
  if (bitsOf[type] < 64 || Number.isSafeInteger(value)) return value
  let low = loadInteger(bytes, index * 8, 4)
  let high = loadInteger(bytes, index * 8 + 4, 4)
  const negative = type === 'i64' && high >= 2 ** 31
  if (negative) {
    low = wrap(-low, high32)
    high = wrap(-high - (low === 0 ? 0 : 1), high32)
  }
  let digits = ''
  while (high > 0 || low > 0) {
    const rest = (high % 10) * high32 + low
    high = Math.floor(high / 10)
    low = Math.floor(rest / 10)
    digits = String(rest % 10) + digits
  }
  return (negative ? '-' : '') + digits
}

function wrap(value: number, modulus: number): number {
  const rest = Math.trunc(value) % modulus
  return rest < 0 ? rest + modulus : rest
}

function storeInteger(bytes: Uint8Array, at: number, size: number, value: number): void {
  let rest = value
  for (let i = 0; i < size; i++) {
    bytes[at + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
}

function loadInteger(bytes: Uint8Array, at: number, size: number): number {
  let value = 0
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[at + i]
  return value
}
