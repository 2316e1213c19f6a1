/**
 * Fields that follow from what a register does, for rows of the tables that name none of their own, and what of them
 * is inferred rather than published.
 */
import type { BitField } from '../abi/bd.ts'
import type { RegisterRole } from '../registers.ts'
import type { TileMap } from '../tiles.ts'

type Fields = Readonly<Record<string, BitField>>

const byRole: Partial<Record<RegisterRole, Fields>> = {
  lockValue: { value: [0, 0, 7] },
  lockOverflow: { locks: [0, 0, 32] },
  lockUnderflow: { locks: [0, 0, 32] },
  zeroiseDm: { zeroise: [0, 0, 1] },
  zeroisePm: { zeroise: [0, 0, 1] },
}

const noFields: Fields = {}

function muxFields(map: TileMap, offset: number): Fields {
  const shifts = offset === map.mux?.mux ? map.mux.muxShift : map.mux?.demuxShift
  return Object.fromEntries(
    [...(shifts ?? [])].map(([port, shift]) => [`south${port}`, [0, shift, 2] as const]),
  )
}

/** Fields of a register by its role; none when the role says nothing about them. */
export function roleFields(map: TileMap, role: RegisterRole, offset: number): Fields {
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

/** Source of registers that follow from a tile's map: ports and locks. */
export function mapSource(isAie4: boolean, role: RegisterRole): 'am025' | 'aie-codegen' | 'xdp' {
  if (!isAie4) return 'am025'
  return role === 'lockValue' ? 'aie-codegen' : 'xdp'
}
