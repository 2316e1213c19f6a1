/** Part numbers: one 32-bit number for anything with state and a name, as trace records and faults carry it. */
import { columnOf, coreAt, mapOfRow, rowCount, rowOf, tileCount } from './geometry.ts'
import type { Device } from './tiles.ts'

/** What a part number names; the number itself is `kind · 2^20 + index`. */
export const PartKind = {
  machine: 0,
  tile: 1,
  core: 2,
  channel: 3,
  lock: 4,
  route: 5,
  uc: 6,
  firmware: 7,
  driver: 8,
  hwctx: 9,
  bo: 10,
  thread: 11,
} as const
export type PartKind = (typeof PartKind)[keyof typeof PartKind]

const indexBits = 20

export function partOf(kind: PartKind, index: number): number {
  return (kind << indexBits) | index
}

export function partKind(part: number): PartKind {
  return (part >>> indexBits) as PartKind
}

export function partIndex(part: number): number {
  return part & (2 ** indexBits - 1)
}

/** Dense numbers of the DMA channels and locks of the whole array, tile after tile. */
export interface ArrayNumbering {
  /** Number of the first channel of a tile; channels follow in the order of `TileMap.channels`. */
  readonly firstChannel: Int32Array
  readonly channelCount: number
  /** Number of the first lock of a tile. */
  readonly firstLock: Int32Array
  readonly lockCount: number
}

/** Numberings that were made; they follow from the device alone. */
const numberings = new WeakMap<Device, ArrayNumbering>()

/** Numbers the channels and locks of a device. */
export function numberArray(device: Device): ArrayNumbering {
  let numbering = numberings.get(device)
  if (!numbering) {
    numbering = makeNumbering(device)
    numberings.set(device, numbering)
  }
  return numbering
}

function makeNumbering(device: Device): ArrayNumbering {
  const tiles = tileCount(device)
  const firstChannel = new Int32Array(tiles + 1)
  const firstLock = new Int32Array(tiles + 1)
  for (let tile = 0; tile < tiles; tile++) {
    const map = mapOfRow(device, rowOf(device, tile))
    firstChannel[tile + 1] = firstChannel[tile]! + map.channels.length
    firstLock[tile + 1] = firstLock[tile]! + map.locks.count
  }
  return {
    firstChannel,
    channelCount: firstChannel[tiles]!,
    firstLock,
    lockCount: firstLock[tiles]!,
  }
}

/** The tile that owns a dense channel or lock number, given its table of firsts. */
export function tileOwning(firsts: Int32Array, number: number): number {
  let tile = 0
  while (tile + 1 < firsts.length && firsts[tile + 1]! <= number) tile++
  return tile
}

/** The name people see, for example `tile[2,3].dma.mm2s0`. */
export function partName(device: Device, part: number): string {
  const index = partIndex(part)
  const at = (tile: number) => `tile[${columnOf(device, tile)},${rowOf(device, tile)}]`
  const numbering = numberArray(device)
  switch (partKind(part)) {
    case PartKind.tile:
      return at(index)
    case PartKind.core: {
      const { column, row } = coreAt(device, index)
      return `tile[${column},${row}].core`
    }
    case PartKind.channel: {
      const tile = tileOwning(numbering.firstChannel, index)
      const channel = mapOfRow(device, tile % rowCount(device)).channels[
        index - numbering.firstChannel[tile]!
      ]!
      const role = channel.role === 'data' ? '' : channel.role
      return `${at(tile)}.dma.${role}${channel.direction}${channel.channel}`
    }
    case PartKind.lock: {
      const tile = tileOwning(numbering.firstLock, index)
      return `${at(tile)}.lock${index - numbering.firstLock[tile]!}`
    }
    case PartKind.uc:
      return `uc${index}`
    case PartKind.hwctx:
      return `hwctx${index}`
    case PartKind.bo:
      return `bo${index}`
    case PartKind.thread:
      return `thread${index}`
    case PartKind.driver:
      return 'driver'
    case PartKind.firmware:
      return 'firmware'
    default:
      return 'machine'
  }
}
