/**
 * Fields that follow from what a register does, for rows of the tables that name none of their own, and what of them
 * is inferred rather than published.
 */
import type { BitField } from '../abi/bd.ts'
import { dmaQueue } from '../abi/dma-words.ts'
import type { RegisterRole } from '../registers.ts'
import type { TileMap } from '../tiles.ts'

type Fields = Readonly<Record<string, BitField>>

const statusBits = {
  state: [0, 0, 2],
  lockAcquireStall: [0, 2, 1],
  lockReleaseStall: [0, 3, 1],
  streamStall: [0, 4, 1],
  tokenStall: [0, 5, 1],
  lockUnavailable: [0, 8, 1],
  memoryUnavailable: [0, 9, 1],
  bdUnavailable: [0, 10, 1],
  bdInvalid: [0, 11, 1],
  lengthExceeded: [0, 12, 1],
  bdCountExceeded: [0, 13, 1],
  decodeError: [0, 16, 1],
  slaveError: [0, 17, 1],
  queueOverflow: [0, 18, 1],
  channelRunning: [0, 19, 1],
} as const

const byRole: Partial<Record<RegisterRole, Fields>> = {
  dmaWriteCount: { words: [0, 0, 32] },
  dmaCountPop: {
    count: [0, 0, 18],
    bdId: [0, 24, 6],
    lastOfTask: [0, 30, 1],
    valid: [0, 31, 1],
  },
  lockValue: { value: [0, 0, 7] },
  lockOverflow: { locks: [0, 0, 32] },
  lockUnderflow: { locks: [0, 0, 32] },
  corePc: { pc: [0, 0, 20] },
  timerLow: { ticks: [0, 0, 32] },
  timerHigh: { ticks: [0, 0, 32] },
  zeroiseDm: { zeroise: [0, 0, 1] },
  zeroisePm: { zeroise: [0, 0, 1] },
}

const queue2: Fields = { ...dmaQueue, repeat: [0, 16, 8] }
const status2: Fields = { ...statusBits, queueSize: [0, 20, 3], currentBd: [0, 24, 6] }
const status4: Fields = { ...statusBits, queueSize: [0, 20, 5], currentBd: [0, 25, 6] }
const noFields: Fields = {}

function muxFields(map: TileMap, offset: number): Fields {
  const shifts = offset === map.mux?.mux ? map.mux.muxShift : map.mux?.demuxShift
  return Object.fromEntries(
    [...(shifts ?? [])].map(([port, shift]) => [`south${port}`, [0, shift, 2] as const]),
  )
}

/** Fields of a register by its role; none when the role says nothing about them. */
export function roleFields(
  map: TileMap,
  isAie4: boolean,
  role: RegisterRole,
  offset: number,
): Fields {
  if (role === 'dmaQueue') return isAie4 ? dmaQueue : queue2
  if (role === 'dmaStatus') return isAie4 ? status4 : status2
  if (role === 'mux') return muxFields(map, offset)
  return byRole[role] ?? noFields
}

const inferredByRole: Partial<Record<RegisterRole, string>> = {
  dmaControl:
    'only the reset bit of core channels is seen in programs; the other positions are those of AIE2',
  dmaStatus:
    'programs poll the stall, running and queue bits; the other positions are those of AIE2',
  coreStatus: 'only the offset is public; the bits are those of AIE2',
  dmaCountPop: 'the fields are those of AIE2',
  isolation: 'the bits are those of AIE2',
}

const inferredByName: readonly (readonly [RegExp, string])[] = [
  [/Deterministic_Merge/, 'offset and name are published; the fields are those of AIE2'],
  [/Module_Clock_Control/, 'offset and name are published; the fields are those of AIE2'],
  [/^DMA_TRACE_/, 'offset inferred from the distance of two published register lists'],
  [/Dual_App_Mode/, 'the values are published, their position in the word is not'],
]

/** Why a register of AIE4 is partly inferred, or undefined when it is published as it stands. */
export function inferredNote(role: RegisterRole, name: string): string | undefined {
  return inferredByName.find(([pattern]) => pattern.test(name))?.[1] ?? inferredByRole[role]
}

/** Source of registers that follow from a tile's map: descriptors, channels, ports, locks. */
export function mapSource(
  isAie4: boolean,
  role: RegisterRole,
): 'am025' | 'aiebu-tests' | 'aie-codegen' | 'xdp' {
  if (!isAie4) return 'am025'
  if (role === 'bd' || role === 'dmaQueue' || role === 'dmaStatus') return 'aiebu-tests'
  return role === 'lockValue' ? 'aie-codegen' : 'xdp'
}
