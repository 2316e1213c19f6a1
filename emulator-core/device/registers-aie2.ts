/** Named registers of the AIE2 family and AIE2P, from the register reference and the runtime's parameter tables. */
import { aie2ShimMux } from './aie2-map.ts'
import { aie2CoreMemory, aie2MemMemory, aie2ShimMemory } from './registers/memory.ts'
import type { RegisterRow, RegisterTable } from './registers.ts'
import { coreControlFields, coreStatusFields, timer, unmodelled } from './registers.ts'
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

const core: RegisterRow[] = [
  { name: 'Core_Control', offset: 0x32000, role: 'coreControl', fields: coreControlFields, source },
  { name: 'Core_Status', offset: 0x32004, role: 'coreStatus', fields: coreStatusFields, source },
  unmodelled('Enable_Events', 0x32008, source),
  unmodelled('Reset_Event', 0x3200c, source),
  unmodelled('Debug_Control', 0x32010, source, 3),
  unmodelled('Debug_Status', 0x3201c, source),
  unmodelled('PC_Event', 0x32020, source, 4),
  unmodelled('Error_Halt_Control', 0x32030, source),
  unmodelled('Error_Halt_Event', 0x32034, source),
  {
    name: 'Core_Processor_Bus',
    offset: 0x32038,
    role: 'store',
    fields: { enable: [0, 0, 1], slaveError: [0, 2, 1] },
    source,
  },
  { name: 'Core_PC', offset: 0x31100, role: 'corePc', source },
  ...['FC', 'SP', 'LR', 'LS', 'LE', 'LC', 'CR', 'SR', 'DP'].map((name, i) =>
    unmodelled(`Core_${name}`, 0x31110 + 0x10 * i, source),
  ),
  ...['M', 'DN', 'DJ', 'DC'].map((name, i) =>
    unmodelled(`Core_${name}`, 0x30e00 + 0x80 * i, source, 8, 0x10),
  ),
  {
    name: 'Accumulator_Control',
    offset: 0x36060,
    role: 'unmodelled',
    fields: { input: [0, 0, 1], output: [0, 1, 1] },
    source,
  },
  { name: 'Module_Clock_Control', offset: 0x60000, role: 'unmodelled', resetValue: 0x37, source },
  unmodelled('Locks_Event_Selection', 0x1f100, source, 8),
  ...aie2CoreMemory,
  {
    name: 'DMA_S2MM_Current_Write_Count',
    offset: 0x1df18,
    count: 2,
    role: 'dmaWriteCount',
    which: 0,
    source,
  },
  {
    name: 'DMA_S2MM_FoT_Count_FIFO_Pop',
    offset: 0x1df20,
    count: 2,
    role: 'dmaCountPop',
    which: 0,
    source,
  },
  ...eventModule('Core_Module', 0x34000, 4, 0),
  ...eventModule('Memory_Module', 0x14000, 4, 1),
  ...performance('Core_Module', 0x31500, 4),
  ...performance('Memory_Module', 0x11000, 2),
  unmodelled('Stream_Switch_Event_Port_Selection', 0x3ff00, source, 2),
  unmodelled('Control_Packet_Handler_Status', 0x3ff30, source),
]

const mem: RegisterRow[] = [
  { name: 'Module_Clock_Control', offset: 0xfff00, role: 'unmodelled', source },
  { name: 'Module_Reset_Control', offset: 0xfff10, role: 'unmodelled', source },
  unmodelled('Locks_Event_Selection', 0xc0400, source, 8),
  ...aie2MemMemory,
  {
    name: 'DMA_S2MM_Current_Write_Count',
    offset: 0xa06b0,
    count: 6,
    role: 'dmaWriteCount',
    which: 0,
    source,
  },
  {
    name: 'DMA_S2MM_FoT_Count_FIFO_Pop',
    offset: 0xa06c8,
    count: 6,
    role: 'dmaCountPop',
    which: 0,
    source,
  },
  unmodelled('DMA_Event_Channel_Selection', 0xa06a0, source),
  ...eventModule('Mem_Tile', 0x94000, 6, 0),
  ...performance('Mem_Tile', 0x91000, 4),
  unmodelled('Stream_Switch_Event_Port_Selection', 0xb0f00, source, 2),
  unmodelled('Control_Packet_Handler_Status', 0xb0f30, source),
]

const shim: RegisterRow[] = [
  { name: 'Mux_Config', offset: aie2ShimMux.mux, role: 'mux', source },
  { name: 'Demux_Config', offset: aie2ShimMux.demux, role: 'mux', source },
  unmodelled('NoC_Interface_ME_to_NoC_South', 0x1e020, source),
  unmodelled('Locks_Event_Selection', 0x14100, source, 8),
  ...aie2ShimMemory,
  {
    name: 'DMA_S2MM_Current_Write_Count',
    offset: 0x1d230,
    count: 2,
    role: 'dmaWriteCount',
    which: 0,
    source,
  },
  {
    name: 'DMA_S2MM_FoT_Count_FIFO_Pop',
    offset: 0x1d238,
    count: 2,
    role: 'dmaCountPop',
    which: 0,
    source,
  },
  ...eventModule('Shim', 0x34000, 4, 0),
  ...performance('Shim', 0x31000, 2),
  unmodelled('Interrupt_Controller_1st_Level', 0x35000, source, 21),
  unmodelled('Interrupt_Controller_2nd_Level', 0x15000, source, 5),
  unmodelled('Stream_Switch_Event_Port_Selection', 0x3ff00, source, 2),
  unmodelled('Control_Packet_Handler_Status', 0x3ff30, source),
  { name: 'Column_Clock_Control', offset: 0xfff20, role: 'unmodelled', source: 'aie-rt' },
  { name: 'Column_Reset_Control', offset: 0xfff28, role: 'reset', which: 0, source: 'aie-rt' },
]

export const aie2Registers: RegisterTable = {
  [TileKind.core]: core,
  [TileKind.mem]: mem,
  [TileKind.shim]: shim,
}
