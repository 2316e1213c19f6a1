/** Named registers of the AIE2 family and AIE2P, from the register reference and the runtime's parameter tables. */
import { aie2CoreTile, aie2MemTile, aie2ShimMux, aie2ShimTile } from './aie2-map.ts'
import type { RegisterRow, RegisterTable } from './registers.ts'
import { controlStatusFields, isolationFields, timer, unmodelled } from './registers.ts'
import { aie2System } from './registers/system.ts'
import { dmaRegisters } from './registers/dma.ts'
import { aie2CoreRegisters } from './registers/core.ts'
import { TileKind } from './tiles.ts'

const source = 'am025'

/** Events, broadcast, trace and timer of a module whose block begins at `base`. */
function eventModule(
  name: string,
  base: number,
  statusWords: number,
  which: number,
): RegisterRow[] {
  const u = (what: string, offset: number, count = 1) =>
    unmodelled(`${name}_${what}`, base + offset, source, count)
  return [
    ...timer(name, { control: base, trigger: base + 0xf0, value: base + 0xf8 }, which, source),
    u('Event_Generate', 0x8),
    u('Event_Broadcast', 0x10, 16),
    u('Event_Broadcast_Block', 0x50, 16),
    u('Trace_Control', 0xd0, 2),
    u('Trace_Status', 0xd8),
    u('Trace_Event', 0xe0, 2),
    u('Event_Status', 0x200, statusWords),
    u('Combo_Event_Inputs', 0x400),
    u('Combo_Event_Control', 0x404),
    u('Edge_Detection_Event_Control', 0x408),
    u('Event_Group_Enable', 0x500, 9),
  ]
}

function performance(name: string, base: number, counters: number): RegisterRow[] {
  return [
    unmodelled(`${name}_Performance_Control`, base, source, 3),
    unmodelled(`${name}_Performance_Counter`, base + 0x20, source, counters),
    unmodelled(`${name}_Performance_Counter_Event_Value`, base + 0x80, source, counters),
  ]
}

function lockSides(offset: number, words: number): RegisterRow[] {
  return [
    unmodelled('Locks_Event_Selection', offset, source, 8),
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
  ...eventModule('Core_Module', 0x34000, 4, 0),
  ...eventModule('Memory_Module', 0x14000, 4, 1),
  ...performance('Core_Module', 0x31500, 4),
  ...performance('Memory_Module', 0x11000, 2),
  unmodelled('Stream_Switch_Event_Port_Selection', 0x3ff00, source, 2),
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
  unmodelled('DMA_Event_Channel_Selection', 0xa06a0, source),
  ...eventModule('Mem_Tile', 0x94000, 6, 0),
  ...performance('Mem_Tile', 0x91000, 4),
  unmodelled('Stream_Switch_Event_Port_Selection', 0xb0f00, source, 2),
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
  ...eventModule('Shim', 0x34000, 4, 0),
  ...performance('Shim', 0x31000, 2),
  unmodelled('Interrupt_Controller_1st_Level', 0x35000, source, 21),
  unmodelled('Interrupt_Controller_2nd_Level', 0x15000, source, 5),
  unmodelled('Stream_Switch_Event_Port_Selection', 0x3ff00, source, 2),
  {
    name: 'Control_Packet_Handler_Status',
    offset: 0x3ff30,
    role: 'sticky',
    fields: controlStatusFields,
    source,
  },
]

export const aie2Registers: RegisterTable = {
  [TileKind.core]: [...core, ...aie2System[TileKind.core]],
  [TileKind.mem]: [...mem, ...aie2System[TileKind.mem]],
  [TileKind.shim]: [...shim, ...aie2System[TileKind.shim]],
}
