/** Words of the stream-switch configuration registers, the same on all generations (am025; observed in aiebu-tests). */

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

/** Does packet slot `word` take packets with stream id `id`? */
export function slotTakes(word: number, id: number): boolean {
  if (((word >>> 8) & 1) === 0) return false
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
