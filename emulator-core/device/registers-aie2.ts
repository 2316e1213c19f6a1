/** Named registers of the AIE2 family and AIE2P, from the register reference and the runtime's parameter tables. */
import { aie2ShimMux } from './aie2-map.ts'
import type { RegisterRow, RegisterTable } from './registers.ts'
import { aie2CoreEvents, aie2MemEvents, aie2ShimEvents } from './registers/events.ts'
import { coreControlFields, coreStatusFields, isolationFields, unmodelled } from './registers.ts'
import { TileKind } from './tiles.ts'

const source = 'am025'

function lockSides(offset: number, words: number): RegisterRow[] {
  return [
    { name: 'Locks_Overflow', offset: offset + 0x20, count: words, role: 'lockOverflow', source },
    { name: 'Locks_Underflow', offset: offset + 0x28, count: words, role: 'lockUnderflow', source },
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
  { name: 'Tile_Control', offset: 0x36030, role: 'isolation', fields: isolationFields, source },
  { name: 'Module_Clock_Control', offset: 0x60000, role: 'unmodelled', resetValue: 0x37, source },
  { name: 'Core_Module_Memory_Control', offset: 0x36070, role: 'zeroisePm', source },
  { name: 'Memory_Module_Memory_Control', offset: 0x16010, role: 'zeroiseDm', source },
  ...lockSides(0x1f100, 1),
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
  ...aie2CoreEvents,
  unmodelled('Control_Packet_Handler_Status', 0x3ff30, source),
]

const mem: RegisterRow[] = [
  { name: 'Tile_Control', offset: 0x96030, role: 'isolation', fields: isolationFields, source },
  { name: 'Memory_Control', offset: 0x96048, role: 'zeroiseDm', source },
  { name: 'Module_Clock_Control', offset: 0xfff00, role: 'unmodelled', source },
  { name: 'Module_Reset_Control', offset: 0xfff10, role: 'unmodelled', source },
  ...lockSides(0xc0400, 2),
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
  ...aie2MemEvents,
  unmodelled('Control_Packet_Handler_Status', 0xb0f30, source),
]

const shim: RegisterRow[] = [
  { name: 'Mux_Config', offset: aie2ShimMux.mux, role: 'mux', source },
  { name: 'Demux_Config', offset: aie2ShimMux.demux, role: 'mux', source },
  unmodelled('NoC_Interface_ME_to_NoC_South', 0x1e020, source),
  ...lockSides(0x14100, 1),
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
  ...aie2ShimEvents,
  unmodelled('Control_Packet_Handler_Status', 0x3ff30, source),
  { name: 'Column_Clock_Control', offset: 0xfff20, role: 'unmodelled', source: 'aie-rt' },
  { name: 'Column_Reset_Control', offset: 0xfff28, role: 'reset', which: 0, source: 'aie-rt' },
]

export const aie2Registers: RegisterTable = {
  [TileKind.core]: core,
  [TileKind.mem]: mem,
  [TileKind.shim]: shim,
}
