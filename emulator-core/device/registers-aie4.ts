/** Named registers of AIE4, from the profiler's lists, the code generator's tables and public control programs. */
import {
  aie4CoreMemory,
  aie4MemLocks,
  aie4MemMemory,
  aie4ShimLocks,
  aie4ShimMemory,
} from './registers/memory.ts'
import type { RegisterRow, RegisterTable } from './registers.ts'
import { coreControlFields, coreStatusFields, timer, unmodelled } from './registers.ts'
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
  {
    name: 'Core_Control',
    offset: 0xa3000,
    role: 'coreControl',
    fields: coreControlFields,
    source: 'aiebu-tests',
  },
  { name: 'Core_Status', offset: 0xa3004, role: 'coreStatus', fields: coreStatusFields, source },
  unmodelled('Enable_Events', 0xa3008, source),
  unmodelled('Reset_Event', 0xa300c, source),
  unmodelled('Debug_Control', 0xa3010, source, 3),
  unmodelled('Debug_Status', 0xa301c, source),
  unmodelled('PC_Event', 0xa3020, source, 10),
  unmodelled('Error_Halt_Control', 0xa3050, source),
  unmodelled('Error_Halt_Event', 0xa3054, source),
  {
    name: 'Core_Processor_Bus',
    offset: 0xa3060,
    role: 'store',
    fields: { enable: [0, 0, 1], slaveError: [0, 2, 1] },
    source: 'aiebu-tests',
  },
  { name: 'Spare_Reg', offset: 0xa3070, role: 'store', source: 'aiebu-tests' },
  { name: 'Core_PC', offset: 0x95540, role: 'corePc', source },
  ...['FC', 'SP', 'LR', 'LS', 'LE', 'LC', 'LCI'].map((name, i) =>
    unmodelled(`Core_${name}`, 0x95550 + 0x10 * i, source),
  ),
  unmodelled('Core_CR', 0x955c0, source, 4, 0x10),
  unmodelled('Core_SR', 0x95600, source, 4, 0x10),
  unmodelled('Core_DN', 0x95280, source, 8, 0x10),
  unmodelled('Core_DJ', 0x95300, source, 8, 0x10),
  unmodelled('Core_DC', 0x95380, source, 8, 0x10),
  unmodelled('Core_P', 0x95400, source, 8, 0x10),
  {
    name: 'Accumulator_Control',
    offset: 0xa1060,
    role: 'unmodelled',
    fields: { input: [0, 0, 1], output: [0, 1, 1] },
    source,
  },
  unmodelled('Module_Clock_Control', 0xe0030, source, 2),
  unmodelled('Watchpoint', 0xa7100, source, 4),
  unmodelled('Locks_Event_Selection', 0xae100, 'aie-codegen', 6),
  ...aie4CoreMemory,
  {
    name: 'DMA_S2MM_Current_Write_Count',
    offset: 0xacf20,
    count: 2,
    role: 'dmaWriteCount',
    which: 0,
    source: 'aie-codegen',
  },
  {
    name: 'DMA_S2MM_FoT_Count_FIFO_Pop',
    offset: 0xacf30,
    count: 2,
    role: 'dmaCountPop',
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
  unmodelled('Control_Packet_Handler_Status', 0xb4f10, source),
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
  {
    name: 'DMA_S2MM_Current_Write_Count',
    offset: 0x9f50,
    count: 4,
    role: 'dmaWriteCount',
    which: 0,
    source: 'aie-codegen',
  },
  {
    name: 'DMA_S2MM_FoT_Count_FIFO_Pop',
    offset: 0x9f60,
    count: 4,
    role: 'dmaCountPop',
    which: 0,
    source: 'aie-codegen',
  },
  {
    name: 'DMA_MM2S_Constant_Pad_Value',
    offset: 0x9f70,
    count: 5,
    role: 'store',
    source: 'aiebu-tests',
  },
  unmodelled('Locks_Event_Selection', 0x10200, 'aie-codegen', 8),
  ...aie4MemLocks,
  unmodelled('Stream_Switch_Event_Port_Selection', 0x20260, source),
]

/** What the B half of a mem tile counts from: four S2MM channels, 32 locks, the second timer. */
function memSecond(row: RegisterRow): number | undefined {
  if (row.role === 'dmaWriteCount' || row.role === 'dmaCountPop') return 4
  if (row.role === 'lockOverflow' || row.role === 'lockUnderflow') return 32
  return row.role.startsWith('timer') ? 1 : row.which
}

const mem: RegisterRow[] = [
  ...twice(memHalf, memSecond),
  unmodelled('Module_Clock_Control', 0xe0070, source),
  ...aie4MemMemory,
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
  unmodelled('Control_Packet_Handler_Status', 0x8260, source),
  unmodelled('Locks_Event_Selection', 0x10100, 'aie-codegen', 6),
  ...aie4ShimLocks,
  {
    name: 'DMA_S2MM_Current_Write_Count',
    offset: 0x185a0,
    role: 'dmaWriteCount',
    which: 0,
    source: 'aie-codegen',
  },
  {
    name: 'DMA_S2MM_FoT_Count_FIFO_Pop',
    offset: 0x185b0,
    role: 'dmaCountPop',
    which: 0,
    source: 'aie-codegen',
  },
  unmodelled('DMA_Event_Channel_Selection', 0x185c0, source),
  { name: 'Spare_Reg', offset: 0x1c000, role: 'store', source: 'aiebu-tests' },
  unmodelled('Interrupt_Controller', 0x1c010, source, 4),
]

/** What the B half of a shim tile counts from: the second S2MM channel, 16 locks, the second timer. */
function shimSecond(row: RegisterRow): number | undefined {
  if (row.role === 'dmaWriteCount' || row.role === 'dmaCountPop') return 1
  if (row.role === 'lockOverflow' || row.role === 'lockUnderflow') return 16
  return row.role.startsWith('timer') ? 1 : row.which
}

const shim: RegisterRow[] = [
  ...twice(shimHalf, shimSecond),
  unmodelled('Module_Clock_Control', 0xe0080, source, 2),
  unmodelled('Column_Clock_Control', 0xe0090, source),
  { name: 'Application_Reset_A', offset: 0xe00a0, role: 'reset', which: 0, source },
  { name: 'Application_Reset_B', offset: 0xe00a4, role: 'reset', which: 1, source },
  ...aie4ShimMemory,
  unmodelled('UC_DMA_Pause', 0xe0150, source, 2),
  unmodelled('AXI_SMID', 0xe8000, source, 16),
  unmodelled('DMA_Pause', 0xe8040, source),
]

export const aie4Registers: RegisterTable = {
  [TileKind.core]: core,
  [TileKind.mem]: mem,
  [TileKind.shim]: shim,
}
