/** What management firmware does to columns before a context gets them: everything back to its reset state. */
import type { ArrayPart } from '../array/array.ts'
import { dmaControl } from '../device/abi/dma-words.ts'
import { coreIndex, kindOfRow, mapOfRow, rowCount, tileAddress } from '../device/geometry.ts'
import type { Device } from '../device/tiles.ts'
import { TileKind } from '../device/tiles.ts'
import type { FlatMemory } from '../sim/memory.ts'

/** CORE_CONTROL with reset asserted. */
const coreInReset = 2

/**
 * Resets columns by register writes: cores held in reset, channels reset, locks 0, switch ports disabled. With
 * `clearMemory` data memories become zero, because another process comes (modelled: the mechanism is not public).
 */
export function resetColumns(
  array: ArrayPart,
  device: Device,
  start: number,
  columns: number,
  clearMemory: boolean,
): void {
  for (let column = start; column < start + columns; column++) {
    for (let row = 0; row < rowCount(device); row++) {
      resetTile(array, device, column, row)
      if (!clearMemory) continue
      const kind = kindOfRow(device, row)
      if (kind === TileKind.core) {
        clear(array.coreDm, coreIndex(device, column, row) * device.core.dmBytes, device.core.dmBytes)
      } else if (kind === TileKind.mem) {
        const index = column * device.rows.mem + row - device.rows.shim
        clear(array.memDm, index * device.mem.dmBytes, device.mem.dmBytes)
      }
    }
  }
}

function resetTile(array: ArrayPart, device: Device, column: number, row: number): void {
  const map = mapOfRow(device, row)
  const write = (offset: number, value: number) => {
    const address = tileAddress(device, column, row, offset)
    if (array.peek32(address) !== value) array.write32(address, value)
  }
  if (map.kind === TileKind.core) write(device.core.control, coreInReset)
  for (const channel of map.channels) {
    if (map.kind !== TileKind.shim) {
      write(channel.control, 1 << dmaControl.reset[1])
      write(channel.control, 0)
    }
  }
  for (let lock = 0; lock < map.locks.count; lock++) write(map.locks.value(lock), 0)
  for (const fabric of new Set([map.data, map.control])) {
    for (const port of fabric.masters) write(port.register, 0)
    for (const port of fabric.slaves) write(port.register, 0)
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
