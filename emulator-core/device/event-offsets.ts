/** Where an event register lies in a tile: for those who reach tiles by register. */
import { eventRegister, eventRegisterCount } from './registers/events.ts'
import type { EventRegister } from './registers/events.ts'
import { aie2Registers } from './registers-aie2.ts'
import { aie4Registers } from './registers-aie4.ts'
import type { Device, TileKind } from './tiles.ts'

/** Tile offset of register `index` of a kind in event module `module`, −1 where there is none. */
export function eventOffset(
  device: Device,
  tileKind: TileKind,
  module: number,
  register: EventRegister,
  index: number,
): number {
  const table = device.generation === 'aie4' ? aie4Registers : aie2Registers
  const wanted = module * eventRegisterCount + eventRegister(register, index)
  for (const row of table[tileKind]) {
    const i = wanted - (row.which ?? 0)
    if (row.role === 'event' && i >= 0 && i < (row.count ?? 1))
      return row.offset + i * (row.stride ?? 4)
  }
  return -1
}
