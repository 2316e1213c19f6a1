/** What management firmware does to columns before a context gets them: everything back to its reset state. */
import type { ArrayPart } from '../array/array.ts'
import { aie2Registers } from '../device/registers-aie2.ts'
import { aie4Registers } from '../device/registers-aie4.ts'
import { coreIndex, kindOfRow, rowCount, tileAddress } from '../device/geometry.ts'
import type { Device } from '../device/tiles.ts'
import { TileKind } from '../device/tiles.ts'
import type { FlatMemory } from '../sim/memory.ts'

/**
 * Resets columns through the reset registers of their shim tiles: cores, channels, locks, switches and registers. With
 * `clearMemory` data memories become zero, because another process comes (modelled: the mechanism is not public).
 */
export function resetColumns(
  array: ArrayPart,
  device: Device,
  start: number,
  columns: number,
  clearMemory: boolean,
): void {
  const table = device.generation === 'aie4' ? aie4Registers : aie2Registers
  const resets = table[TileKind.shim].filter((row) => row.role === 'reset')
  for (let column = start; column < start + columns; column++) {
    for (const { offset } of resets) {
      array.write32(tileAddress(device, column, 0, offset), 1)
      array.write32(tileAddress(device, column, 0, offset), 0)
    }
    if (clearMemory) clearColumn(array, device, column)
  }
}

function clearColumn(array: ArrayPart, device: Device, column: number): void {
  for (let row = 0; row < rowCount(device); row++) {
    const kind = kindOfRow(device, row)
    if (kind === TileKind.core) {
      clear(array.coreDm, coreIndex(device, column, row) * device.core.dmBytes, device.core.dmBytes)
    } else if (kind === TileKind.mem) {
      const index = (row - device.rows.shim) * device.columns + column
      clear(array.memDm, index * device.mem.dmBytes, device.mem.dmBytes)
    }
  }
}

/** Zeroes what is not zero yet, page by page, so that untouched pages stay untouched. */
function clear(memory: FlatMemory, from: number, sizeBytes: number): void {
  const step = memory.bytesPerPage
  for (let at = from; at < from + sizeBytes; at += step) {
    let any = 0
    for (let i = at >> 2; i < (at + step) >> 2; i++) any |= memory.i32[i]!
    if (any === 0) continue
    memory.u8.fill(0, at, at + step)
    memory.mark(at, at + step)
  }
}
