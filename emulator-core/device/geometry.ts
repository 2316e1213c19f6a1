/** Where tiles are: from column and row to addresses and dense indices, and back. */
import type { Device, TileMap } from './tiles.ts'
import { TileKind } from './tiles.ts'

/** Rows of a column, shim included. */
export function rowCount(device: Device): number {
  return device.rows.shim + device.rows.mem + device.rows.core
}

/** Number of tiles. */
export function tileCount(device: Device): number {
  return device.columns * rowCount(device)
}

/** Dense tile number: column by column, bottom row first. */
export function tileIndex(device: Device, column: number, row: number): number {
  return column * rowCount(device) + row
}

export function columnOf(device: Device, tile: number): number {
  return Math.floor(tile / rowCount(device))
}

export function rowOf(device: Device, tile: number): number {
  return tile % rowCount(device)
}

/** Kind of the tiles of a logical row. */
export function kindOfRow(device: Device, row: number): TileKind {
  if (row < device.rows.shim) return TileKind.shim
  return row < device.rows.shim + device.rows.mem ? TileKind.mem : TileKind.core
}

/** Register map of the tiles of a logical row. */
export function mapOfRow(device: Device, row: number): TileMap {
  const kind = kindOfRow(device, row)
  if (kind === TileKind.shim) return device.shimTile
  return kind === TileKind.mem ? device.memTile : device.coreTile
}

/** Logical row of the first core. */
export function firstCoreRow(device: Device): number {
  return device.rows.shim + device.rows.mem
}

/** Number of cores. */
export function coreCount(device: Device): number {
  return device.columns * device.rows.core
}

/** Dense core number: column by column, bottom row first. */
export function coreIndex(device: Device, column: number, row: number): number {
  return column * device.rows.core + row - firstCoreRow(device)
}

/** Column and row of a core. */
export function coreAt(device: Device, core: number): { column: number; row: number } {
  return {
    column: Math.floor(core / device.rows.core),
    row: (core % device.rows.core) + firstCoreRow(device),
  }
}

/** Address row (multiples of 1 MiB inside the column) at which a logical row's registers begin. */
export function addressRow(device: Device, row: number): number {
  const span = device.address.memRowSpan
  const kind = kindOfRow(device, row)
  if (kind === TileKind.shim) return row
  if (kind === TileKind.mem) return device.rows.shim + (row - device.rows.shim) * span
  return row + device.rows.mem * (span - 1)
}

/** Array address of a byte offset inside a tile (partition-relative, from column 0). */
export function tileAddress(device: Device, column: number, row: number, offset: number): number {
  const { columnShift, rowShift } = device.address
  return column * 2 ** columnShift + addressRow(device, row) * 2 ** rowShift + offset
}

/** Tile offset of the second application's copy of a register; memory and core tiles have none. */
export function inHalfB(device: Device, kind: TileKind, offset: number): number {
  const { appBOffset, rowShift } = device.address
  const isRegister = kind !== TileKind.core && offset < 2 ** rowShift
  return isRegister ? offset | appBOffset : offset
}

/** Column, logical row and tile offset of an array address; undefined outside the array. */
export function decodeAddress(
  device: Device,
  address: number,
): { column: number; row: number; offset: number } | undefined {
  const { columnShift, rowShift, appBAlias, appBAliasBit } = device.address
  const alias = 2 ** appBAliasBit
  if (appBAlias && address >= alias && address < 2 * alias) {
    const place = decodeAddress(device, address - alias)
    return (
      place && { ...place, offset: inHalfB(device, kindOfRow(device, place.row), place.offset) }
    )
  }
  const column = Math.floor(address / 2 ** columnShift)
  if (column >= device.columns) return undefined
  const inColumn = address % 2 ** columnShift
  const aRow = Math.floor(inColumn / 2 ** rowShift)
  for (let row = rowCount(device) - 1; row >= 0; row--) {
    const start = addressRow(device, row)
    if (aRow < start) continue
    const span = kindOfRow(device, row) === TileKind.mem ? device.address.memRowSpan : 1
    if (aRow >= start + span) return undefined
    return { column, row, offset: inColumn - start * 2 ** rowShift }
  }
  return undefined
}
