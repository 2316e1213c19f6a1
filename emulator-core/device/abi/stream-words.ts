/** Words of the stream-switch configuration registers, the same on all generations (am025; observed in aiebu-tests). */
import type { BitField } from './bd.ts'
import { dmaNumbers } from '../dma-facts.ts'

export const portWord = {
  enable: 2 ** 31,
  packet: 2 ** 30,
  dropHeader: 1 << 7,
  configMask: 0x7f,
  slaveMask: 0x1f,
  arbiterMask: 0x7,
  mselEnableShift: 3,
  mselEnableMask: 0xf,
} as const

/** Fields of the port registers, for those who show them. */
export const masterFields = {
  enable: [0, 31, 1],
  packet: [0, 30, 1],
  dropHeader: [0, 7, 1],
  configuration: [0, 0, 7],
} as const
export const slaveFields = { enable: [0, 31, 1], packet: [0, 30, 1] } as const
export const slotFields = {
  id: [0, 24, 5],
  mask: [0, 16, 5],
  enable: [0, 8, 1],
  msel: [0, 4, 2],
  arbiter: [0, 0, 3],
} as const

/** Arbiters of a switch that the three bits of a slot can name. */
export const arbitersPerSwitch = 8

/** Packet slots per slave port. */
export const slotsPerSlave = 4

/** True when a port register enables its port. */
export function isEnabled(word: number): boolean {
  return word >>> 31 !== 0
}

/** True when a port register puts its port into packet mode. */
export function isPacket(word: number): boolean {
  return ((word >>> 30) & 1) !== 0
}

/** Slave id that a circuit master selects. */
export function circuitSource(word: number): number {
  return word & portWord.slaveMask
}

/** Is a packet slot in use? */
export function isSlotEnabled(word: number): boolean {
  return ((word >>> 8) & 1) !== 0
}

/** Does packet slot `word` take packets with stream id `id`? */
export function slotTakes(word: number, id: number): boolean {
  if (!isSlotEnabled(word)) return false
  const mask = (word >>> 16) & 0x1f
  return ((id ^ (word >>> 24)) & mask) === 0
}

/** Is a packet master with register `master` fed by the arbiter and msel that `slot` names? */
export function masterTakes(master: number, slot: number): boolean {
  if ((master & portWord.arbiterMask) !== (slot & portWord.arbiterMask)) return false
  const msel = (slot >>> 4) & 3
  return ((master >>> (portWord.mselEnableShift + msel)) & 1) !== 0
}

/** Register of a circuit master fed by the slave with this id. */
export function circuitMaster(slaveId: number): number {
  return (portWord.enable + slaveId) >>> 0
}

/** Register of an enabled circuit slave. */
export const circuitSlave = portWord.enable >>> 0

/** Register of an enabled packet slave. */
export const packetSlave = (portWord.enable + portWord.packet) >>> 0

/** Register of a packet master on `arbiter` that listens to the msels of the bit mask. */
export function packetMaster(arbiter: number, mselMask: number): number {
  return (
    (portWord.enable + portWord.packet + (mselMask << portWord.mselEnableShift) + arbiter) >>> 0
  )
}

/** Register of an enabled packet slot. */
export function packetSlot(id: number, mask: number, arbiter: number, msel: number): number {
  return ((id << 24) | (mask << 16) | (1 << 8) | (msel << 4) | arbiter) >>> 0
}

/**
 * Packet header (am020, table of stream headers): id, type, source tile and odd parity over the word. The manuals do not
 * say where an out-of-order id travels; it is put into the spare bits between id and type.
 */
const header = {
  id: [0, 0, 5],
  outOfOrderId: [0, dmaNumbers.outOfOrder.headerShift, 6],
  type: [0, 12, 3],
  row: [0, 16, 5],
  column: [0, 21, 7],
} as const

/** What a packet header says. */
export interface PacketHeader {
  readonly id: number
  readonly type: number
  readonly row: number
  readonly column: number
  /** Descriptor that an out-of-order receiver takes; 0 when left out. */
  readonly outOfOrderId?: number
}

/** Composes a packet header; values are cut to their width. */
export function packetHeader({ id, type, row, column, outOfOrderId = 0 }: PacketHeader): number {
  return composeHeader(id, type, row, column, outOfOrderId)
}

/** The same from bare numbers, for those who must not allocate. */
export function composeHeader(
  id: number,
  type: number,
  row: number,
  column: number,
  outOfOrderId: number,
): number {
  return withOddParity(
    put(header.id, id) |
      put(header.outOfOrderId, outOfOrderId) |
      put(header.type, type) |
      put(header.row, row) |
      put(header.column, column),
  )
}

/** Reads a packet header. */
export function readPacketHeader(word: number): Required<PacketHeader> {
  return {
    id: get(header.id, word),
    type: get(header.type, word),
    row: get(header.row, word),
    column: get(header.column, word),
    outOfOrderId: headerOutOfOrderId(word),
  }
}

/** The out-of-order id of a packet header. */
export function headerOutOfOrderId(word: number): number {
  return get(header.outOfOrderId, word)
}

/** Sets bit 31 of a word so that the number of its one bits is odd. */
export function withOddParity(word: number): number {
  let parity = word & 0x7fffffff
  for (let shift = 16; shift > 0; shift >>= 1) parity ^= parity >>> shift
  return ((word & 0x7fffffff) | ((~parity & 1) << 31)) >>> 0
}

/** True when the number of one bits of a word is odd, as of every sound header. */
export function hasOddParity(word: number): boolean {
  return withOddParity(word) === word >>> 0
}

function put(field: readonly [number, number, number], value: number): number {
  return (value & (2 ** field[2] - 1)) << field[1]
}

function get(field: readonly [number, number, number], word: number): number {
  return (word >>> field[1]) & (2 ** field[2] - 1)
}

/** Positions in the fixed sequence of a deterministic merge, two to a register. */
export const mergePositions = 4

/** Fields of a register of merge positions, of which `first` is the first (am025; the AIE4 copies are taken to be the same). */
export function mergeFields(first: number): Readonly<Record<string, BitField>> {
  return {
    [`slave${first}`]: [0, 0, 5],
    [`packets${first}`]: [0, 8, 6],
    [`slave${first + 1}`]: [0, 16, 5],
    [`packets${first + 1}`]: [0, 24, 6],
  }
}

/** Id of the slave at a position of a merge whose registers begin at `words[at]`. */
export function mergeSlaveAt(words: Uint32Array, at: number, position: number): number {
  return (words[at + (position >> 1)]! >>> (16 * (position & 1))) & 0x1f
}

/** Packets that the slave at a position may send in its turn. */
export function mergePacketsAt(words: Uint32Array, at: number, position: number): number {
  return (words[at + (position >> 1)]! >>> (16 * (position & 1) + 8)) & 0x3f
}

/** A register of two merge positions. */
export function mergeWord(slave0: number, packets0: number, slave1 = 0, packets1 = 0): number {
  return (slave0 | (packets0 << 8) | (slave1 << 16) | (packets1 << 24)) >>> 0
}

/**
 * Fields of the command word of a control packet (am020 for the AIE2 family; aiebu-tests for AIE4,
 * whose programs only write: a response id and an operation are not known there).
 */
export const controlCommand = {
  aie2: {
    address: (word: number) => word & 0xffffc,
    count: (word: number) => ((word >>> 20) & 3) + 1,
    operation: (word: number) => (word >>> 22) & 3,
    response: (word: number) => (word >>> 24) & 0x1f,
  },
  aie4: {
    address: (word: number) => (word & 0x3ffff) * 4,
    count: (word: number) => ((word >>> 21) & 0xf) + 1,
    operation: (_word: number) => 0,
    response: (_word: number) => 0,
  },
} as const
