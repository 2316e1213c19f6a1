/** Named registers of AIE4, from the profiler's lists, the code generator's tables and public control programs. */
import { aie4CoreTile, aie4MemTile, aie4ShimTile } from './aie4-map.ts'
import type { RegisterRow, RegisterTable } from './registers.ts'
import { controlStatusFields, isolationFields, timer, unmodelled } from './registers.ts'
import { aie4DmaPause, dmaRegisters } from './registers/dma.ts'
import { aie4CoreRegisters } from './registers/core.ts'
import { aie4System } from './registers/system.ts'
import { TileKind } from './tiles.ts'

const source = 'xdp'
const half = 0x40000

/** The same rows again for the second application half. */
function twice(
  rows: readonly RegisterRow[],
  lower: (row: RegisterRow) => number | undefined = (r) => r.which,
): RegisterRow[] {
  const copy = (row: RegisterRow): RegisterRow => {
    const which = lower(row)
    const moved = { ...row, name: `${row.name}_B`, offset: row.offset + half }
    return which === undefined ? moved : { ...moved, which }
  }
  return [...rows, ...rows.map(copy)]
}

const core: RegisterRow[] = [
  ...dmaRegisters(aie4CoreTile),
  ...aie4CoreRegisters,
  { name: 'Tile_Control', offset: 0xe0040, role: 'isolation', fields: isolationFields, source },
  { name: 'Core_Memory_Control', offset: 0xe0080, role: 'zeroisePm', source: 'aie-codegen' },
  { name: 'Data_Memory_Control', offset: 0xf0030, role: 'zeroiseDm', source: 'aie-codegen' },
  unmodelled('Watchpoint', 0xa7100, source, 4),
  unmodelled('Locks_Event_Selection', 0xae100, 'aie-codegen', 6),
  {
    name: 'Locks_Overflow',
    offset: 0xae120,
    role: 'lockOverflow',
    which: 0,
    source: 'aie-codegen',
  },
  {
    name: 'Locks_Underflow',
    offset: 0xae130,
    role: 'lockUnderflow',
    which: 0,
    source: 'aie-codegen',
  },
  ...timer('Core', { control: 0xa0110, trigger: 0xa0114, value: 0xa0120 }, 0, source),
  unmodelled('Event_Generate', 0xa0008, source),
  unmodelled('Event_Broadcast', 0xa0010, source, 16),
  unmodelled('Event_Broadcast_Block', 0xa0050, source, 16),
  unmodelled('Trace_Control_0', 0xa00d0, source, 3),
  unmodelled('Trace_Event_0', 0xa00e0, source, 2),
  unmodelled('Trace_Control_1', 0xa00f0, source, 3),
  unmodelled('Trace_Event_1', 0xa0100, source, 2),
  unmodelled('Event_Status', 0xa0200, source, 8),
  unmodelled('Combo_Event', 0xa0400, source, 4),
  unmodelled('Edge_Detection_Event_Control', 0xa0410, source, 4),
  unmodelled('Event_Group_Enable', 0xa0500, source, 14),
  unmodelled('Performance_Control', 0xa2500, source, 9),
  unmodelled('Performance_Counter', 0xa2530, source, 12),
  unmodelled('Performance_Snapshot', 0xa2560, source, 12),
  unmodelled('Performance_Counter_Event_Value', 0xa2590, source, 12),
  unmodelled('Performance_Snapshot_Load', 0xa25c0, source),
  unmodelled('Stream_Switch_Event_Port_Selection', 0xb4f00, source, 2),
  {
    name: 'Control_Packet_Handler_Status',
    offset: 0xb4f10,
    role: 'sticky',
    fields: controlStatusFields,
    source,
  },
]

const memHalf: RegisterRow[] = [
  unmodelled('Performance_Control', 0x0, source, 5),
  unmodelled('Performance_Counter', 0x20, source, 6),
  unmodelled('Performance_Snapshot', 0x40, source, 6),
  unmodelled('Performance_Counter_Event_Value', 0x60, source, 6),
  unmodelled('Performance_Snapshot_Load', 0x80, source),
  unmodelled('Event_Generate', 0x90, source),
  unmodelled('Event_Broadcast', 0xa0, source, 16),
  unmodelled('Event_Broadcast_Block', 0xe0, source, 12),
  unmodelled('Trace_Control', 0x110, source, 3),
  unmodelled('Trace_Event', 0x120, source, 2),
  ...timer('Mem', { control: 0x130, trigger: 0x134, value: 0x140 }, 0, source),
  unmodelled('Event_Status', 0x170, source, 7),
  unmodelled('Combo_Event', 0x190, source, 4),
  unmodelled('Edge_Detection_Event_Control', 0x1a0, source, 4),
  unmodelled('Event_Group_Enable', 0x1b0, source, 9),
  unmodelled('DMA_Event_Channel_Selection', 0x9f40, source),
  unmodelled('Locks_Event_Selection', 0x10200, 'aie-codegen', 8),
  {
    name: 'Locks_Overflow',
    offset: 0x10220,
    role: 'lockOverflow',
    which: 0,
    source: 'aie-codegen',
  },
  {
    name: 'Locks_Underflow',
    offset: 0x10230,
    role: 'lockUnderflow',
    which: 0,
    source: 'aie-codegen',
  },
  unmodelled('Stream_Switch_Event_Port_Selection', 0x20260, source),
]

/** What the B half of a mem tile counts from: 32 locks, the second timer. */
function memSecond(row: RegisterRow): number | undefined {
  if (row.role === 'lockOverflow' || row.role === 'lockUnderflow') return 32
  return row.role.startsWith('timer') ? 1 : row.which
}

const mem: RegisterRow[] = [
  ...dmaRegisters(aie4MemTile),
  ...twice(memHalf, memSecond),
  unmodelled('Memory_Control', 0xe0060, source),
  { name: 'Tile_Control', offset: 0xe0080, role: 'isolation', fields: isolationFields, source },
]

const shimHalf: RegisterRow[] = [
  unmodelled('Performance_Control', 0x4000, source, 5),
  unmodelled('Performance_Counter', 0x4020, source, 6),
  unmodelled('Performance_Snapshot', 0x4040, source, 6),
  unmodelled('Performance_Counter_Event_Value', 0x4060, source, 6),
  ...timer('Shim', { control: 0x4090, trigger: 0x4094, value: 0x4140 }, 0, source),
  unmodelled('Event_Generate', 0x40a0, source),
  unmodelled('Event_Broadcast', 0x40b0, source, 16),
  unmodelled('Event_Broadcast_Block', 0x40f0, source, 12),
  unmodelled('Trace_Control', 0x4120, source, 3),
  unmodelled('Trace_Event', 0x4130, source, 2),
  unmodelled('Event_Status', 0x4150, source, 8),
  unmodelled('Combo_Event', 0x4170, source, 4),
  unmodelled('Event_Group_Enable', 0x4190, source, 10),
  unmodelled('UC_Interrupt_Event', 0x41c0, source),
  unmodelled('Stream_Switch_Event_Port_Selection', 0x8250, source, 2),
  {
    name: 'Control_Packet_Handler_Status',
    offset: 0x8260,
    role: 'sticky',
    fields: controlStatusFields,
    source,
  },
  unmodelled('Locks_Event_Selection', 0x10100, 'aie-codegen', 6),
  {
    name: 'Locks_Overflow',
    offset: 0x10120,
    role: 'lockOverflow',
    which: 0,
    source: 'aie-codegen',
  },
  {
    name: 'Locks_Underflow',
    offset: 0x10130,
    role: 'lockUnderflow',
    which: 0,
    source: 'aie-codegen',
  },
  unmodelled('DMA_Event_Channel_Selection', 0x185c0, source),
  unmodelled('Interrupt_Controller', 0x1c010, source, 4),
]

/** What the B half of a shim tile counts from: 16 locks, the second timer. */
function shimSecond(row: RegisterRow): number | undefined {
  if (row.role === 'lockOverflow' || row.role === 'lockUnderflow') return 16
  return row.role.startsWith('timer') ? 1 : row.which
}

const shim: RegisterRow[] = [
  ...dmaRegisters(aie4ShimTile),
  ...twice(shimHalf, shimSecond),
  aie4DmaPause,
]

export const aie4Registers: RegisterTable = {
  [TileKind.core]: [...core, ...aie4System[TileKind.core]],
  [TileKind.mem]: [...mem, ...aie4System[TileKind.mem]],
  [TileKind.shim]: [...shim, ...aie4System[TileKind.shim]],
}
