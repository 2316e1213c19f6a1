/** Registers by name: what a tile answers to besides descriptors, channels, ports and locks, which `TileMap` lists. */
import type { BitField } from './abi/bd.ts'
import type { SourceKey } from './sources.ts'
import type { Device, TileKind } from './tiles.ts'

/** What reading and writing a register does. `sticky` = bits clear where a 1 is written. `unmodelled` = stored, and its first write is noted. */
export type RegisterRole =
  | 'store'
  | 'sticky'
  | 'unmodelled'
  | 'bd'
  | 'dmaControl'
  | 'dmaQueue'
  | 'dmaStatus'
  | 'dmaWriteCount'
  | 'dmaCountPop'
  | 'dmaPause'
  | 'master'
  | 'slave'
  | 'slot'
  | 'mux'
  | 'lockValue'
  | 'lockOverflow'
  | 'lockUnderflow'
  | 'coreControl'
  | 'coreStatus'
  | 'core'
  | 'isolation'
  | 'zeroiseDm'
  | 'zeroisePm'
  | 'zeroiseUc'
  | 'event'
  | 'reset'

/** One register, or a run of registers. Names are the published ones. */
export interface RegisterRow {
  readonly name: string
  /** Tile offset of the first. */
  readonly offset: number
  /** Registers in the run, 1 when left out, and the bytes between them, 4 when left out. */
  readonly count?: number
  readonly stride?: number
  readonly role: RegisterRole
  readonly fields?: Readonly<Record<string, BitField>>
  readonly resetValue?: number
  /** Which of several: event register, first lock or channel of the run, application half. */
  readonly which?: number
  readonly source: SourceKey
}

/** The named registers of each tile kind. */
export type RegisterTable = Readonly<Record<TileKind, readonly RegisterRow[]>>

/** A register that software may keep values in but that changes nothing here. */
export function unmodelled(
  name: string,
  offset: number,
  source: SourceKey,
  count = 1,
  stride = 4,
): RegisterRow {
  return { name, offset, count, stride, role: 'unmodelled', source }
}

export const coreControlFields = { enable: [0, 0, 1], reset: [0, 1, 1] } as const

/** Errors that the handler of control packets keeps until they are cleared. */
export const controlStatusFields = {
  firstHeaderParity: [0, 0, 1],
  secondHeaderParity: [0, 1, 1],
  slaveError: [0, 2, 1],
  lastPosition: [0, 3, 1],
} as const

export const coreStatusFields = {
  enabled: [0, 0, 1],
  reset: [0, 1, 1],
  memoryStallSouth: [0, 2, 1],
  memoryStallWest: [0, 3, 1],
  memoryStallNorth: [0, 4, 1],
  memoryStallEast: [0, 5, 1],
  lockStallSouth: [0, 6, 1],
  lockStallWest: [0, 7, 1],
  lockStallNorth: [0, 8, 1],
  lockStallEast: [0, 9, 1],
  streamStallIn: [0, 10, 1],
  streamStallOut: [0, 12, 1],
  cascadeStallIn: [0, 14, 1],
  cascadeStallOut: [0, 15, 1],
  debugHalt: [0, 16, 1],
  eccStall: [0, 17, 1],
  scrubStall: [0, 18, 1],
  errorHalt: [0, 19, 1],
  done: [0, 20, 1],
  busStall: [0, 21, 1],
} as const

/**
 * Sides on which a tile ignores its neighbours' memory and lock traffic. Silicon powers up with all four closed (am025);
 * firmware opens the inner sides when it makes a partition, and the array begins in that state.
 */
export const isolationFields = {
  south: [0, 0, 1],
  west: [0, 1, 1],
  north: [0, 2, 1],
  east: [0, 3, 1],
} as const

/** Distance of two words of a lock overflow register file, and locks per word. */
export const lockBitsPerWord = 32

/** True when a tile offset belongs to the second application half of a tile. */
export function inSecondHalf(device: Device, offset: number): boolean {
  const half = device.address.appBOffset
  return half !== 0 && offset < device.memTile.dmOffset && Math.floor(offset / half) % 2 === 1
}

/** Core control with only the reset bit set. */
export const coreControlReset = 2
