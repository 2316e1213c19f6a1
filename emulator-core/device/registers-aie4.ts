/** Named registers of AIE4, from the profiler's lists, the code generator's tables and public control programs. */
import type { RegisterRow, RegisterTable } from './registers.ts'
import { aie4CoreEvents, aie4MemEvents, aie4ShimEvents } from './registers/events.ts'
import { coreControlFields, coreStatusFields, isolationFields, unmodelled } from './registers.ts'
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
  { name: 'Tile_Control', offset: 0xe0040, role: 'isolation', fields: isolationFields, source },
  unmodelled('Module_Clock_Control', 0xe0030, source, 2),
  unmodelled('Dual_App_Control', 0xe0070, 'aie-codegen'),
  { name: 'Core_Memory_Control', offset: 0xe0080, role: 'zeroisePm', source: 'aie-codegen' },
  { name: 'Data_Memory_Control', offset: 0xf0030, role: 'zeroiseDm', source: 'aie-codegen' },
  unmodelled('Watchpoint', 0xa7100, source, 4),
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
  ...aie4CoreEvents,
  unmodelled('Control_Packet_Handler_Status', 0xb4f10, source),
]

const memHalf: RegisterRow[] = [
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
]

/** What the B half of a mem tile counts from: four S2MM channels, 32 locks. */
function memSecond(row: RegisterRow): number | undefined {
  if (row.role === 'dmaWriteCount' || row.role === 'dmaCountPop') return 4
  if (row.role === 'lockOverflow' || row.role === 'lockUnderflow') return 32
  return row.which
}

const mem: RegisterRow[] = [
  ...aie4MemEvents,
  ...twice(memHalf, memSecond),
  unmodelled('Memory_Control', 0xe0060, source),
  unmodelled('Module_Clock_Control', 0xe0070, source),
  { name: 'Tile_Control', offset: 0xe0080, role: 'isolation', fields: isolationFields, source },
  unmodelled('Memory_Split', 0xe0094, source),
]

const shimHalf: RegisterRow[] = [
  unmodelled('Control_Packet_Handler_Status', 0x8260, source),
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
]

/** What the B half of a shim tile counts from: the second S2MM channel, 16 locks. */
function shimSecond(row: RegisterRow): number | undefined {
  if (row.role === 'dmaWriteCount' || row.role === 'dmaCountPop') return 1
  if (row.role === 'lockOverflow' || row.role === 'lockUnderflow') return 16
  return row.which
}

const shim: RegisterRow[] = [
  ...aie4ShimEvents,
  ...twice(shimHalf, shimSecond),
  unmodelled('Module_Clock_Control', 0xe0080, source, 2),
  unmodelled('Column_Clock_Control', 0xe0090, source),
  { name: 'Application_Reset_A', offset: 0xe00a0, role: 'reset', which: 0, source },
  { name: 'Application_Reset_B', offset: 0xe00a4, role: 'reset', which: 1, source },
  unmodelled('Isolation', 0xe00c0, source, 2),
  unmodelled('Dual_App_Control', 0xe0100, source),
  unmodelled('UC_DMA_Pause', 0xe0150, source, 2),
  unmodelled('AXI_SMID', 0xe8000, source, 16),
  unmodelled('DMA_Pause', 0xe8040, source),
]

export const aie4Registers: RegisterTable = {
  [TileKind.core]: core,
  [TileKind.mem]: mem,
  [TileKind.shim]: shim,
}
