/**
 * Register file: which registers every tile has, under which offsets, and the words they hold.
 *
 *     bus, DMA, streams ── find, words ──▶ ┌──────────────┐
 *                                          │ RegisterFile │  one storage word per register and tile
 *     tables of device/ ── once ─────────▶ └──────────────┘
 */
import type { BitField } from '../../device/abi/bd.ts'
import {
  masterFields,
  mergeFields,
  slaveFields,
  slotFields,
  slotsPerSlave,
} from '../../device/abi/stream-words.ts'
import { kindOfRow, mapOfRow, rowCount, rowOf, tileCount } from '../../device/geometry.ts'
import { aie2Registers } from '../../device/registers-aie2.ts'
import { aie4Registers } from '../../device/registers-aie4.ts'
import type { RegisterRole, RegisterTable } from '../../device/registers.ts'
import { lockBitsPerWord } from '../../device/registers.ts'
import { mapSource, roleFields } from '../../device/registers/role-fields.ts'
import type { SourceKey } from '../../device/sources.ts'
import type { Device, Fabric, TileMap } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import { assert } from '../../sim/assert.ts'
import type { Sim } from '../../sim/sim.ts'

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

function buildSpace(map: TileMap, table: RegisterTable): RegisterSpace {
  const entries: RegisterEntry[] = []
  const at = new Map<number, number>()
  const isAie4 = table === aie4Registers
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

export class RegisterFile {
  /** One word per register and tile, tile after tile. */
  readonly words: Uint32Array
  /** 1 where the first use of an unmodelled register was noted. */
  readonly noted: Uint8Array
  /** First storage word of a tile. */
  readonly base: Int32Array
  private readonly spaces: readonly RegisterSpace[]
  private readonly device: Device

  constructor(sim: Sim, device: Device) {
    this.device = device
    const table = device.generation === 'aie4' ? aie4Registers : aie2Registers
    this.spaces = [device.shimTile, device.memTile, device.coreTile].map((map) =>
      buildSpace(map, table),
    )
    const tiles = tileCount(device)
    this.base = new Int32Array(tiles + 1)
    for (let tile = 0; tile < tiles; tile++) {
      this.base[tile + 1] = this.base[tile]! + this.spaceOf(tile).entries.length
    }
    this.words = sim.state.u32('array.register', this.base[tiles]!)
    this.noted = sim.state.u8('array.register.noted', this.base[tiles]!)
    for (let tile = 0; tile < tiles; tile++) this.reset(tile, () => true)
  }

  /** The registers of a tile. */
  spaceOf(tile: number): RegisterSpace {
    const kind = kindOfRow(this.device, rowOf(this.device, tile))
    return this.spaces[kind === TileKind.shim ? 0 : kind === TileKind.mem ? 1 : 2]!
  }

  /** Storage word of the register at a tile offset, or −1. */
  find(tile: number, offset: number): number {
    const entry = this.spaceOf(tile).at.get(offset)
    return entry === undefined ? -1 : this.base[tile]! + entry
  }

  /** The register behind a storage word of a tile. */
  entry(tile: number, word: number): RegisterEntry {
    return this.spaceOf(tile).entries[word - this.base[tile]!]!
  }

  /** Brings the registers that `which` names back to their reset values. */
  reset(tile: number, which: (entry: RegisterEntry) => boolean): void {
    this.spaceOf(tile).entries.forEach((entry, i) => {
      if (which(entry)) this.words[this.base[tile]! + i] = entry.resetValue
    })
  }

  /** Register map of a tile. */
  mapOf(tile: number): TileMap {
    return mapOfRow(this.device, tile % rowCount(this.device))
  }
}
