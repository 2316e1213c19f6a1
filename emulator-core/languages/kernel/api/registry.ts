/**
 * The registry: every library name with its row, for the checker, completion, hover and the
 * reference page.
 */
import type { CType } from '../check/types.ts'
import { arithmeticRows } from './arithmetic.ts'
import { controlRows } from './control.ts'
import { memoryRows } from './memory.ts'
import { methodRows } from './methods.ts'
import { multiplyRows } from './multiply.ts'
import { plannedRows } from './planned.ts'
import { portRows } from './ports.ts'
import { rawPattern, rawRows } from './raw.ts'
import { reduceRows } from './reduce.ts'
import { reshapeRows } from './reshape.ts'
import type { ApiRow } from './row.ts'
import { standardRows } from './standard.ts'

/** All rows; where a name is both emulated and planned, the emulated row comes first. */
export const apiRows: readonly ApiRow[] = [
  ...memoryRows,
  ...arithmeticRows,
  ...multiplyRows,
  ...reshapeRows,
  ...reduceRows,
  ...controlRows,
  ...portRows,
  ...standardRows,
  ...rawRows,
  ...methodRows,
  ...plannedRows,
]

const index = new Map<string, ApiRow>()
for (const row of apiRows) {
  const key = `${row.space} ${row.name}`
  if (!index.has(key)) index.set(key, row)
}

/** The row of a free function in one of the namespaces. */
export function apiRow(space: 'aie' | 'std' | 'global', name: string): ApiRow | undefined {
  return index.get(`${space} ${name}`) ?? (space === 'global' ? rawPattern(name) : undefined)
}

/** The row of a member of a vector, accumulator or mask. */
export function methodRow(type: CType, name: string): ApiRow | undefined {
  if (type.kind !== 'vector' && type.kind !== 'accum' && type.kind !== 'mask') return undefined
  return index.get(`${type.kind} ${name}`)
}
