/** Buffer descriptors: where each field lies, per tile kind and generation, and how software's numbers are stored. */

/** `[word, least significant bit, width]`. */
export type BitField = readonly [number, number, number]

/**
 * Fields of a buffer descriptor. `base` counts 32-bit words in core and mem tiles; a shim's byte address is split in
 * `addressLow` (bits 31:0) and `addressHigh`. Steps and wraps are named by dimension, 0 innermost.
 */
export type BdFieldName =
  | 'base'
  | 'addressLow'
  | 'addressHigh'
  | 'length'
  | 'd0Step'
  | 'd1Step'
  | 'd2Step'
  | 'd3Step'
  | 'd0Wrap'
  | 'd1Wrap'
  | 'd2Wrap'
  | 'iterationStep'
  | 'iterationWrap'
  | 'iterationCurrent'
  | 'd0PadBefore'
  | 'd1PadBefore'
  | 'd2PadBefore'
  | 'd0PadAfter'
  | 'd1PadAfter'
  | 'd2PadAfter'
  | 'packetEnable'
  | 'packetType'
  | 'packetId'
  | 'outOfOrderId'
  | 'compression'
  | 'lastSuppress'
  | 'next'
  | 'useNext'
  | 'valid'
  | 'acquireEnable'
  | 'acquireValue'
  | 'acquireId'
  | 'releaseValue'
  | 'releaseId'
  | 'burst'
  | 'secure'
  | 'smid'
  | 'axCache'
  | 'axQos'
  | 'axUser'
  | 'keyIndex'
  | 'reuseHint'
  | 'ioCoherent'

export interface BdLayout {
  readonly words: number
  /** Distance between descriptors in bytes. */
  readonly strideBytes: number
  readonly fields: Readonly<Partial<Record<BdFieldName, BitField>>>
  /** Steps are stored as actual − 1 (AIE2 family) or as they are (AIE4). The iteration wrap is −1 in both. */
  readonly stepsMinusOne: boolean
  /** Number of address dimensions besides iteration. */
  readonly dimensions: number
}

/** Puts raw field values into descriptor words; fields not given are 0. Values are cut to their width. */
export function encodeBd(
  layout: BdLayout,
  values: Readonly<Partial<Record<BdFieldName, number>>>,
): Uint32Array {
  const words = new Uint32Array(layout.words)
  for (const name of Object.keys(values) as BdFieldName[]) {
    const field = layout.fields[name]
    const value = values[name]
    if (!field || value === undefined) continue
    const mask = field[2] === 32 ? 0xffffffff : 2 ** field[2] - 1
    words[field[0]]! |= (value & mask) << field[1]
  }
  return words
}

/** Reads one raw field of the descriptor that starts at `words[at]`; 0 when the generation has no such field. */
export function bdField(
  layout: BdLayout,
  words: Uint32Array,
  at: number,
  name: BdFieldName,
): number {
  const field = layout.fields[name]
  if (!field) return 0
  const word = words[at + field[0]]! >>> field[1]
  return field[2] === 32 ? word >>> 0 : word & (2 ** field[2] - 1)
}

/** Largest raw value a field holds; 0 when the generation has no such field. */
export function bdFieldMax(layout: BdLayout, name: BdFieldName): number {
  const field = layout.fields[name]
  return field ? 2 ** field[2] - 1 : 0
}

/** Burst lengths of shim descriptors in bytes; the code is the place in the list (am025; npu1 lacks the last). */
export const shimBursts = [64, 128, 256, 512] as const

/** Cache attribute that the compilers put into shim descriptors (mlir-aie; aiebu-tests show the same). */
export const shimAxCache = 2

const tail: BdLayout['fields'] = {
  lastSuppress: [5, 31, 1],
  next: [5, 27, 4],
  useNext: [5, 26, 1],
  valid: [5, 25, 1],
  releaseValue: [5, 18, 7],
  releaseId: [5, 13, 4],
  acquireEnable: [5, 12, 1],
  acquireValue: [5, 5, 7],
  acquireId: [5, 0, 4],
}

function moved(fields: BdLayout['fields'], word: number): BdLayout['fields'] {
  const entries = Object.entries(fields).map(([name, f]) => [name, [word, f[1], f[2]]])
  return Object.fromEntries(entries) as BdLayout['fields']
}

export const aie2CoreBd: BdLayout = {
  words: 6,
  strideBytes: 0x20,
  stepsMinusOne: true,
  dimensions: 3,
  fields: {
    base: [0, 14, 14],
    length: [0, 0, 14],
    compression: [1, 31, 1],
    packetEnable: [1, 30, 1],
    outOfOrderId: [1, 24, 6],
    packetId: [1, 19, 5],
    packetType: [1, 16, 3],
    d1Step: [2, 13, 13],
    d0Step: [2, 0, 13],
    d1Wrap: [3, 21, 8],
    d0Wrap: [3, 13, 8],
    d2Step: [3, 0, 13],
    iterationCurrent: [4, 19, 6],
    iterationWrap: [4, 13, 6],
    iterationStep: [4, 0, 13],
    ...tail,
  },
}

export const aie2MemBd: BdLayout = {
  words: 8,
  strideBytes: 0x20,
  stepsMinusOne: true,
  dimensions: 4,
  fields: {
    packetEnable: [0, 31, 1],
    packetType: [0, 28, 3],
    packetId: [0, 23, 5],
    outOfOrderId: [0, 17, 6],
    length: [0, 0, 17],
    d0PadBefore: [1, 26, 6],
    next: [1, 20, 6],
    useNext: [1, 19, 1],
    base: [1, 0, 19],
    lastSuppress: [2, 31, 1],
    d0Wrap: [2, 17, 10],
    d0Step: [2, 0, 17],
    d1PadBefore: [3, 27, 5],
    d1Wrap: [3, 17, 10],
    d1Step: [3, 0, 17],
    compression: [4, 31, 1],
    d2PadBefore: [4, 27, 4],
    d2Wrap: [4, 17, 10],
    d2Step: [4, 0, 17],
    d2PadAfter: [5, 28, 4],
    d1PadAfter: [5, 23, 5],
    d0PadAfter: [5, 17, 6],
    d3Step: [5, 0, 17],
    iterationCurrent: [6, 23, 6],
    iterationWrap: [6, 17, 6],
    iterationStep: [6, 0, 17],
    valid: [7, 31, 1],
    releaseValue: [7, 24, 7],
    releaseId: [7, 16, 8],
    acquireEnable: [7, 15, 1],
    acquireValue: [7, 8, 7],
    acquireId: [7, 0, 8],
  },
}

export const aie2ShimBd: BdLayout = {
  words: 8,
  strideBytes: 0x20,
  stepsMinusOne: true,
  dimensions: 3,
  fields: {
    length: [0, 0, 32],
    addressLow: [1, 0, 32],
    packetEnable: [2, 30, 1],
    outOfOrderId: [2, 24, 6],
    packetId: [2, 19, 5],
    packetType: [2, 16, 3],
    addressHigh: [2, 0, 16],
    secure: [3, 30, 1],
    d0Wrap: [3, 20, 10],
    d0Step: [3, 0, 20],
    burst: [4, 30, 2],
    d1Wrap: [4, 20, 10],
    d1Step: [4, 0, 20],
    smid: [5, 28, 4],
    axCache: [5, 24, 4],
    axQos: [5, 20, 4],
    d2Step: [5, 0, 20],
    iterationCurrent: [6, 26, 6],
    iterationWrap: [6, 20, 6],
    iterationStep: [6, 0, 20],
    ...moved(tail, 7),
  },
}

export const aie4CoreBd: BdLayout = {
  words: 6,
  strideBytes: 0x20,
  stepsMinusOne: false,
  dimensions: 3,
  fields: {
    base: [0, 16, 15],
    length: [0, 0, 15],
    packetEnable: [1, 30, 1],
    outOfOrderId: [1, 24, 4],
    packetId: [1, 19, 5],
    packetType: [1, 16, 3],
    d1Step: [2, 16, 15],
    iterationCurrent: [3, 24, 6],
    d0Wrap: [3, 15, 9],
    d2Step: [3, 0, 15],
    d1Wrap: [4, 21, 9],
    iterationWrap: [4, 15, 6],
    iterationStep: [4, 0, 15],
    lastSuppress: [5, 31, 1],
    next: [5, 27, 4],
    useNext: [5, 26, 1],
    releaseValue: [5, 18, 7],
    releaseId: [5, 13, 4],
    acquireEnable: [5, 12, 1],
    acquireValue: [5, 5, 7],
    acquireId: [5, 0, 4],
  },
}

export const aie4MemBd: BdLayout = {
  words: 11,
  strideBytes: 0x30,
  stepsMinusOne: false,
  dimensions: 4,
  fields: {
    base: [0, 0, 26],
    acquireValue: [1, 25, 7],
    length: [1, 0, 25],
    releaseId: [2, 20, 10],
    releaseValue: [2, 11, 7],
    acquireId: [2, 1, 10],
    acquireEnable: [2, 0, 1],
    d1Step: [3, 0, 23],
    d2Step: [4, 0, 23],
    d3Step: [5, 0, 23],
    lastSuppress: [6, 31, 1],
    iterationStep: [6, 0, 23],
    iterationCurrent: [7, 22, 8],
    packetEnable: [7, 21, 1],
    packetId: [7, 16, 5],
    d0PadAfter: [7, 8, 8],
    d0PadBefore: [7, 0, 8],
    d2PadAfter: [8, 24, 8],
    d2PadBefore: [8, 16, 8],
    d1PadAfter: [8, 8, 8],
    d1PadBefore: [8, 0, 8],
    d1Wrap: [9, 19, 12],
    d0Wrap: [9, 5, 12],
    outOfOrderId: [9, 0, 4],
    next: [10, 27, 4],
    useNext: [10, 26, 1],
    d2Wrap: [10, 14, 12],
    iterationWrap: [10, 0, 8],
  },
}

export const aie4ShimBd: BdLayout = {
  words: 9,
  strideBytes: 0x30,
  stepsMinusOne: false,
  dimensions: 4,
  fields: {
    axUser: [0, 28, 4],
    keyIndex: [0, 25, 3],
    addressHigh: [0, 0, 25],
    addressLow: [1, 0, 32],
    length: [2, 0, 32],
    acquireId: [3, 27, 5],
    acquireEnable: [3, 26, 1],
    burst: [3, 24, 2],
    d1Wrap: [3, 12, 12],
    d2Wrap: [3, 0, 12],
    d0Wrap: [4, 20, 12],
    releaseValue: [4, 13, 7],
    releaseId: [4, 8, 5],
    acquireValue: [4, 1, 7],
    packetEnable: [5, 31, 1],
    next: [5, 27, 4],
    useNext: [5, 26, 1],
    axQos: [5, 22, 4],
    d1Step: [5, 0, 22],
    compression: [6, 31, 1],
    lastSuppress: [6, 30, 1],
    iterationCurrent: [6, 24, 6],
    reuseHint: [6, 22, 2],
    d2Step: [6, 0, 22],
    axCache: [7, 28, 4],
    iterationWrap: [7, 22, 6],
    iterationStep: [7, 0, 22],
    d3Step: [8, 10, 22],
    ioCoherent: [8, 9, 1],
    outOfOrderId: [8, 5, 4],
    packetId: [8, 0, 5],
  },
}

/**
 * Descriptors of AIE4's control MM2S channels: as those of the shim, without word 4. Its lock values and first wrap lie
 * there, so these descriptors take no locks and have one dimension.
 */
export const aie4ControlBd: BdLayout = {
  ...aie4ShimBd,
  fields: Object.fromEntries(
    Object.entries(aie4ShimBd.fields).filter(
      ([name, field]) => field[0] !== 4 && !name.startsWith('acquire'),
    ),
  ),
}
