/**
 * Register space: every register of a tile kind under its published name, made once from the tables.
 *
 *     tile map, named rows ── registerSpace ──▶ entries by offset ──▶ register file, effects of control code
 */
import { assert } from '../../sim/assert.ts'
import type { BitField } from '../abi/bd.ts'
import {
  masterFields,
  mergeFields,
  slaveFields,
  slotFields,
  slotsPerSlave,
} from '../abi/stream-words.ts'
import { aie2Registers } from '../registers-aie2.ts'
import { aie4Registers } from '../registers-aie4.ts'
import type { RegisterRole } from '../registers.ts'
import { lockBitsPerWord } from '../registers.ts'
import type { SourceKey } from '../sources.ts'
import type { Fabric, TileMap } from '../tiles.ts'
import { mapSource, roleFields } from './role-fields.ts'

/** One register of a tile kind. */
export interface RegisterEntry {
  readonly name: string
  readonly offset: number
  readonly role: RegisterRole
  /** Channel of the tile, lock, timer module, port; what it counts follows from the role. */
  readonly arg: number
  readonly fields: Readonly<Record<string, BitField>>
  readonly resetValue: number
  readonly source: SourceKey
}

/** The registers of one tile kind: entry `i` is storage word `i` of the tile. */
export interface RegisterSpace {
  readonly entries: readonly RegisterEntry[]
  readonly at: ReadonlyMap<number, number>
}

const noFields = {}

/** The registers of a tile kind of a generation. */
export function registerSpace(map: TileMap, isAie4: boolean): RegisterSpace {
  const entries: RegisterEntry[] = []
  const at = new Map<number, number>()
  const table = isAie4 ? aie4Registers : aie2Registers
  const put = (row: RegisterEntry) => {
    assert(!at.has(row.offset), `two registers at offset ${row.offset} of a tile: ${row.name}`)
    at.set(row.offset, entries.length)
    const isBare = Object.keys(row.fields).length === 0
    entries.push(isBare ? { ...row, fields: roleFields(map, row.role, row.offset) } : row)
  }
  const plain = (
    name: string,
    offset: number,
    role: RegisterRole,
    arg: number,
    fields: RegisterEntry['fields'] = noFields,
  ) => put({ name, offset, role, arg, fields, resetValue: 0, source: mapSource(isAie4, role) })

  for (let lock = 0; lock < map.locks.count; lock++)
    plain(`Lock${lock}_value`, map.locks.value(lock), 'lockValue', lock)
  const fabrics = map.control === map.data ? [map.data] : [map.data, map.control]
  fabrics.forEach((fabric, f) => putPorts(fabric, f, plain))
  for (const row of table[map.kind]) {
    for (let i = 0; i < (row.count ?? 1); i++) {
      const arg =
        (row.which ?? 0) +
        i * (row.role === 'lockOverflow' || row.role === 'lockUnderflow' ? lockBitsPerWord : 1)
      const name = (row.count ?? 1) > 1 ? `${row.name}_${i}` : row.name
      const offset = row.offset + i * (row.stride ?? 4)
      put({
        name,
        offset,
        role: row.role,
        arg,
        fields: row.fields ?? noFields,
        resetValue: row.resetValue ?? 0,
        source: row.source,
      })
    }
  }
  return { entries, at }
}

function putPorts(
  fabric: Fabric,
  f: number,
  plain: (
    name: string,
    offset: number,
    role: RegisterRole,
    arg: number,
    fields?: RegisterEntry['fields'],
  ) => void,
): void {
  const prefix = f === 0 ? 'Stream_Switch' : 'Control_Switch'
  for (const { arbiter, register } of fabric.merge ?? []) {
    const name = `${prefix}_Deterministic_Merge_Arb${arbiter}`
    plain(`${name}_Slave0_1`, register, 'store', arbiter, mergeFields(0))
    plain(`${name}_Slave2_3`, register + 4, 'store', arbiter, mergeFields(2))
    plain(`${name}_Ctrl`, register + 8, 'store', arbiter, { enable: [0, 0, 1] })
  }
  fabric.masters.forEach((port, i) =>
    plain(
      `${prefix}_Master_${port.bundle}${port.channel}`,
      port.register,
      'master',
      portArg(f, i),
      masterFields,
    ),
  )
  fabric.slaves.forEach((port, i) => {
    plain(
      `${prefix}_Slave_${port.bundle}${port.channel}`,
      port.register,
      'slave',
      portArg(f, i),
      slaveFields,
    )
    if (port.slots === undefined) return
    for (let slot = 0; slot < slotsPerSlave; slot++) {
      const name = `${prefix}_Slave_${port.bundle}${port.channel}_Slot${slot}`
      plain(name, port.slots + 4 * slot, 'slot', portArg(f, i), slotFields)
    }
  })
}

const fabricStride = 256

/** The `arg` of a port register: fabric 0 data, 1 control, and the port's place in its list. */
export function portArg(fabric: number, port: number): number {
  return fabric * fabricStride + port
}

/** Fabric and port of a port register's `arg`. */
export function portOfArg(arg: number): { fabric: number; port: number } {
  return { fabric: Math.floor(arg / fabricStride), port: arg % fabricStride }
}
