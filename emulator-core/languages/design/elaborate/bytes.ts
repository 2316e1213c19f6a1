/** Initial contents: constants of the source as bytes in memory, little endian. */
import type { Attr, MemrefType, Type } from '../syntax/tree.ts'
import { bitsOf, elementCount } from '../syntax/tree.ts'

/** Bytes of a whole array, two 4-bit elements per byte, low half first. */
export function arrayBytes(type: MemrefType): number {
  return Math.ceil((elementCount(type.shape) * bitsOf(type.element)) / 8)
}

/** Far more than any tile holds; a larger array is reported where it is placed. */
const mostBytes = 2 ** 24

/**
 * Bytes of a constant for an array of this type, or a sentence that says why there are none: wrong count, or a
 * constant that is not written out.
 */
export function initialBytes(attr: Attr, type: MemrefType): Uint8Array | string {
  const count = elementCount(type.shape)
  const sizeBytes = arrayBytes(type)
  if (attr.kind !== 'dense') return 'the initial value must be a dense constant'
  if (!(sizeBytes <= mostBytes)) return 'the buffer is larger than any memory of the array'
  if (attr.hex !== undefined) return hexBytes(attr.hex, sizeBytes, type.element)
  if (!attr.splat && attr.values.length !== count) {
    return `the initial value has ${attr.values.length} elements, the buffer has ${count}`
  }
  if (attr.splat && attr.values.length === 0 && count > 0) return 'the initial value is empty'
  const view = new DataView(new ArrayBuffer(sizeBytes))
  for (let i = 0; i < count; i++)
    putElement(view, i, attr.values[attr.splat ? 0 : i]!, type.element)
  return new Uint8Array(view.buffer)
}

function hexBytes(text: string, sizeBytes: number, element: Type): Uint8Array | string {
  const digits = text.replace(/^0x/i, '')
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits))
    return 'the initial value is not hexadecimal'
  const bytes = Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  )
  if (bytes.length === sizeBytes) return bytes
  const one = Math.max(1, bitsOf(element) / 8)
  if (bytes.length !== one)
    return `the initial value has ${bytes.length} bytes, the buffer has ${sizeBytes}`
  return Uint8Array.from({ length: sizeBytes }, (_, i) => bytes[i % one]!)
}

function putElement(view: DataView, index: number, value: number, element: Type): void {
  const bits = bitsOf(element)
  if (element.kind === 'float') {
    if (element.name === 'f32') view.setFloat32(4 * index, value, true)
    else if (element.name === 'f64') view.setFloat64(8 * index, value, true)
    else view.setUint16(2 * index, element.name === 'bf16' ? bf16Bits(value) : f16Bits(value), true)
    return
  }
  const low = value | 0
  if (bits === 4) {
    const shift = 4 * (index & 1)
    view.setUint8(index >> 1, view.getUint8(index >> 1) | ((low & 15) << shift))
  } else if (bits <= 8) view.setUint8(index, low & 255)
  else if (bits === 16) view.setUint16(2 * index, low & 0xffff, true)
  else if (bits === 64) {
    view.setUint32(8 * index, wordOf(value), true)
    view.setUint32(8 * index + 4, wordOf(Math.floor(value / 2 ** 32)), true)
  } else view.setUint32(4 * index, wordOf(value), true)
}

/** Low 32 bits of a whole number. */
export function wordOf(value: number): number {
  const rest = value % 2 ** 32
  return (rest < 0 ? rest + 2 ** 32 : rest) >>> 0
}

const scratch = new DataView(new ArrayBuffer(4))

/** Bits of a single-precision number. */
export function f32Bits(value: number): number {
  scratch.setFloat32(0, value, true)
  return scratch.getUint32(0, true)
}

/** Bits of the nearest bf16, ties to even. */
export function bf16Bits(value: number): number {
  const bits = f32Bits(value)
  if (Number.isNaN(value)) return 0x7fc0
  const rounded = bits + 0x7fff + ((bits >>> 16) & 1)
  return (rounded >>> 16) & 0xffff
}

/** Bits of the nearest half-precision number, ties to even. */
export function f16Bits(value: number): number {
  const bits = f32Bits(value)
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 255) - 112
  let mantissa = bits & 0x7fffff
  if (Number.isNaN(value)) return sign | 0x7e00
  if (exponent >= 31) return sign | 0x7c00
  if (exponent <= 0) {
    if (exponent < -10) return sign
    mantissa |= 0x800000
    const shift = 14 - exponent
    const half = mantissa >> shift
    const rest = mantissa & ((1 << shift) - 1)
    const tie = 1 << (shift - 1)
    return sign | (half + (rest > tie || (rest === tie && (half & 1) === 1) ? 1 : 0))
  }
  const half = (exponent << 10) | (mantissa >> 13)
  const rest = mantissa & 0x1fff
  return sign | (half + (rest > 0x1000 || (rest === 0x1000 && (half & 1) === 1) ? 1 : 0))
}
