/** Named registers of the AIE2 family and AIE2P, from the register reference and the runtime's parameter tables. */
import { aie2CoreTile, aie2MemTile, aie2ShimMux, aie2ShimTile } from './aie2-map.ts'
import type { RegisterRow, RegisterTable } from './registers.ts'
import { controlStatusFields, isolationFields } from './registers.ts'
import { aie2CoreEvents, aie2MemEvents, aie2ShimEvents } from './registers/events.ts'
import { aie2System } from './registers/system.ts'
import { dmaRegisters } from './registers/dma.ts'
import { aie2CoreRegisters } from './registers/core.ts'
import { TileKind } from './tiles.ts'

const source = 'am025'

function lockSides(offset: number, words: number): RegisterRow[] {
  return [
    { name: 'Locks_Overflow', offset: offset + 0x20, count: words, role: 'lockOverflow', source },
    { name: 'Locks_Underflow', offset: offset + 0x28, count: words, role: 'lockUnderflow', source },
  ]
}

const core: RegisterRow[] = [
  ...dmaRegisters(aie2CoreTile),
  ...aie2CoreRegisters,
  { name: 'Tile_Control', offset: 0x36030, role: 'isolation', fields: isolationFields, source },
  { name: 'Core_Module_Memory_Control', offset: 0x36070, role: 'zeroisePm', source },
  { name: 'Memory_Module_Memory_Control', offset: 0x16010, role: 'zeroiseDm', source },
  ...lockSides(0x1f100, 1),
  {
    name: 'Control_Packet_Handler_Status',
    offset: 0x3ff30,
    role: 'sticky',
    fields: controlStatusFields,
    source,
  },
]

const mem: RegisterRow[] = [
  ...dmaRegisters(aie2MemTile),
  { name: 'Tile_Control', offset: 0x96030, role: 'isolation', fields: isolationFields, source },
  { name: 'Memory_Control', offset: 0x96048, role: 'zeroiseDm', source },
  ...lockSides(0xc0400, 2),
  {
    name: 'Control_Packet_Handler_Status',
    offset: 0xb0f30,
    role: 'sticky',
    fields: controlStatusFields,
    source,
  },
]

const shim: RegisterRow[] = [
  ...dmaRegisters(aie2ShimTile),
  { name: 'Mux_Config', offset: aie2ShimMux.mux, role: 'mux', source },
  { name: 'Demux_Config', offset: aie2ShimMux.demux, role: 'mux', source },
  ...lockSides(0x14100, 1),
  {
    name: 'Control_Packet_Handler_Status',
    offset: 0x3ff30,
    role: 'sticky',
    fields: controlStatusFields,
    source,
  },
]

export const aie2Registers: RegisterTable = {
  [TileKind.core]: [...core, ...aie2CoreEvents, ...aie2System[TileKind.core]],
  [TileKind.mem]: [...mem, ...aie2MemEvents, ...aie2System[TileKind.mem]],
  [TileKind.shim]: [...shim, ...aie2ShimEvents, ...aie2System[TileKind.shim]],
}
