/** Lanes: the bytes of a vector register, read as elements of a type. */

export const laneTypes = [
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'bfloat16',
  'float',
  'hex',
] as const
export type LaneType = (typeof laneTypes)[number]

const sizes: Readonly<Record<LaneType, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  bfloat16: 2,
  float: 4,
  hex: 4,
}

export const isLaneType = (word: string): word is LaneType =>
  (laneTypes as readonly string[]).includes(word)

const thin = '\u2009'

/** An integer with thin spaces between thousands. */
const spaced = (value: number | bigint) =>
  String(value)
    .replace('-', '−')
    .replace(/\B(?=(\d{3})+$)/g, thin)

const decimal = (value: number) =>
  Number.isFinite(value) ? String(Number(value.toPrecision(7))) : String(value)

function element(view: DataView, at: number, type: LaneType): string {
  switch (type) {
    case 'int8':
      return spaced(view.getInt8(at))
    case 'uint8':
      return spaced(view.getUint8(at))
    case 'int16':
      return spaced(view.getInt16(at, true))
    case 'uint16':
      return spaced(view.getUint16(at, true))
    case 'int32':
      return spaced(view.getInt32(at, true))
    case 'uint32':
      return spaced(view.getUint32(at, true))
    case 'int64':
      return spaced(view.getBigInt64(at, true))
    case 'bfloat16': {
      const bits = new DataView(new ArrayBuffer(4))
      bits.setUint32(0, view.getUint16(at, true) << 16)
      return decimal(bits.getFloat32(0))
    }
    case 'float':
      return decimal(view.getFloat32(at, true))
    case 'hex':
      return view.getUint32(at, true).toString(16).padStart(8, '0')
  }
}

export interface Lane {
  readonly text: string
  readonly changed: boolean
}

/** Little-endian lanes of a register; `before` is what it held at the moment shown earlier. */
export function lanesOf(bytes: Uint8Array, type: LaneType, before?: Uint8Array): readonly Lane[] {
  const size = sizes[type]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const lanes: Lane[] = []
  for (let at = 0; at + size <= bytes.length; at += size) {
    let changed = false
    for (let byte = at; before && byte < at + size; byte++) changed ||= before[byte] !== bytes[byte]
    lanes.push({ text: element(view, at, type), changed })
  }
  return lanes
}

/** How many lanes stand in a row. */
export const columnsFor = (type: LaneType) =>
  sizes[type] <= 2 ? (sizes[type] === 1 ? 8 : 6) : size8(type)
const size8 = (type: LaneType) => (sizes[type] === 8 ? 2 : 4)
