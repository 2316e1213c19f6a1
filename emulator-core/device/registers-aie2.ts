/** Named registers of the AIE2 family and AIE2P, from the register reference and the runtime's parameter tables. */
import { aie2CoreTile, aie2MemTile, aie2ShimMux, aie2ShimTile } from './aie2-map.ts'
import type { RegisterRow, RegisterTable } from './registers.ts'
import { controlStatusFields } from './registers.ts'
import { aie2CoreEvents, aie2MemEvents, aie2ShimEvents } from './registers/events.ts'
import { aie2System } from './registers/system.ts'
import { dmaRegisters } from './registers/dma.ts'
import { aie2CoreRegisters } from './registers/core.ts'
import { aie2CoreMemory, aie2MemMemory, aie2ShimMemory } from './registers/memory.ts'
import { TileKind } from './tiles.ts'

const source = 'am025'

const core: RegisterRow[] = [
  ...dmaRegisters(aie2CoreTile),
  ...aie2CoreRegisters,
  ...aie2CoreMemory,
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
  ...aie2MemMemory,
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
  ...aie2ShimMemory,
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
