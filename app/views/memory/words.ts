/** Bytes as elements of a type, for the grid. Little-endian, as the device stores them. */

export const wordTypes = [
  'hex',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'float32',
  'bf16',
] as const
export type WordType = (typeof wordTypes)[number]

const sizes: Readonly<Record<WordType, number>> = {
  hex: 4,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  bf16: 2,
}

export function sizeOfWord(type: WordType): number {
  return sizes[type]
}

/** One element at a byte offset, as text; empty past the end. */
export function wordAt(bytes: Uint8Array, offset: number, type: WordType): string {
  if (offset + sizes[type] > bytes.length) return ''
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, sizes[type])
  switch (type) {
    case 'hex':
      return view.getUint32(0, true).toString(16).toUpperCase().padStart(8, '0')
    case 'int8':
      return String(view.getInt8(0))
    case 'uint8':
      return String(view.getUint8(0))
    case 'int16':
      return String(view.getInt16(0, true))
    case 'uint16':
      return String(view.getUint16(0, true))
    case 'int32':
      return String(view.getInt32(0, true))
    case 'uint32':
      return String(view.getUint32(0, true))
    case 'float32':
      return floatText(view.getFloat32(0, true))
    case 'bf16':
      return floatText(fromBf16(view.getUint16(0, true)))
  }
}

function fromBf16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, bits << 16)
  return view.getFloat32(0)
}

function floatText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e7
    ? value.toFixed(1)
    : String(Number(value.toPrecision(7)))
}

/** Strength of one word in the content map, 0 (zero) to 8: by the position of its highest bit. */
export function wordStrength(word: number): number {
  return word === 0 ? 0 : 1 + Math.min(7, Math.floor((31 - Math.clz32(word)) / 4))
}
