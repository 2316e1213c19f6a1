/**
 * System registers: what keeps a tile alive and apart from others, beside the parts that do the work.
 *
 *     firmware ── privileged window of each tile ──▶ clocks · resets · isolation · applications · keys
 *
 * Faithful    offsets, names and fields of the AIE2 family (register parameters); offsets and names of AIE4 (profiler)
 * Simplified  AIE4 fields take the positions of the generation before; clocks are stored and gate nothing; SMID,
 *             keys, parity and error-correction registers are stored without effect and note their first write
 */
import type { BitField } from '../abi/bd.ts'
import { fact, guess, resolve } from '../fact.ts'
import type { RegisterRow } from '../registers.ts'
import { isolationFields, unmodelled } from '../registers.ts'
import type { SourceKey } from '../sources.ts'
import { TileKind } from '../tiles.ts'

/** Sizes and times that belong to no part of the array. */
export const systemFacts = {
  /** Deterministic merge: arbiters that have it per switch, or per half of one. */
  mergeArbiters: fact(2, 'aie-codegen', 'per half on AIE4 shim and mem tiles'),
  mergePositions: fact(4, 'aie-codegen', 'two to a register'),
  /** Distance of the merge registers of two arbiters, in bytes. */
  mergeStride: fact({ aie2: 0x10, aie4: 0xc }, 'xdp', 'aie-rt for the AIE2 family'),
  /** Clearing of a microcontroller's memories, in bytes per cycle. */
  ucZeroiseBytesPerCycle: guess(
    32,
    'software only polls until it is done; the width of the memory',
  ),
}

/** The same as plain numbers. */
export const system = resolve(systemFacts)

const appBOffset = 0x40000

interface Extra {
  readonly fields?: Readonly<Record<string, BitField>>
  readonly resetValue?: number
  readonly count?: number
  readonly stride?: number
}

/** A register that is kept and read back, and that notes its first write. */
function kept(name: string, offset: number, source: SourceKey, extra: Extra = {}): RegisterRow {
  return { name, offset, role: 'unmodelled', source, ...extra }
}

const bit = (...names: readonly (string | undefined)[]): Readonly<Record<string, BitField>> =>
  Object.fromEntries(
    names.flatMap((name, at) => (name === undefined ? [] : [[name, [0, at, 1] as BitField]])),
  )
const spare = { fields: { value: [0, 0, 16] } } as const
const trigger = { fields: bit('trigger') }
const gates = ['dmaAdaptiveGate', 'streamSwitchAdaptiveGate'] as const

// ---- AIE2 family

const rt: SourceKey = 'aie-rt'

/** Parity, adaptive clock gate: behind the switch of every tile of the AIE2 family. */
function switchUpkeep(base: number, parity: Extra['fields'] & {}): RegisterRow[] {
  return [
    kept('Stream_Switch_Parity_Status', base + 0xf10, rt, { fields: parity }),
    kept('Stream_Switch_Parity_Injection', base + 0xf20, rt, { fields: parity }),
    kept('Stream_Switch_Adaptive_Clock_Gate_Status', base + 0xf34, rt, { fields: bit('active') }),
    kept('Stream_Switch_Adaptive_Clock_Gate_Abort_Period', base + 0xf38, rt, {
      fields: { abortPeriod: [0, 0, 4] },
      resetValue: 7,
    }),
  ]
}

const core2: RegisterRow[] = [
  kept('Module_Clock_Control', 0x60000, 'am025', {
    fields: bit('streamSwitch', 'memoryModule', 'coreModule', undefined, gates[1], gates[0]),
    resetValue: 0x37,
  }),
  kept('Module_Reset_Control', 0x60010, rt, {
    fields: bit('streamSwitch', 'memoryModule', 'coreModule'),
  }),
  kept('CSSD_Trigger', 0x36040, rt, trigger),
  { ...kept('Core_Module_Spare_Reg', 0x36050, rt, spare), role: 'store' },
  { ...kept('Memory_Module_Spare_Reg', 0x16000, rt, spare), role: 'store' },
  kept('ECC_Control', 0x32100, rt, { fields: bit('stallCore', 'unstallCore') }),
  kept('Core_Module_ECC_Scrubbing_Event', 0x32110, rt, { fields: { event: [0, 0, 7] } }),
  kept('Core_Module_ECC_Failing_Address', 0x32120, rt, {
    fields: { address: [0, 0, 14], accessType: [0, 14, 1], clear: [0, 15, 1] },
  }),
  kept('Memory_Module_ECC_Scrubbing_Event', 0x12110, rt, { fields: { event: [0, 0, 7] } }),
  kept('Memory_Module_ECC_Failing_Address', 0x12120, rt, {
    fields: { address: [0, 0, 14], valid: [0, 15, 1] },
  }),
  kept('Memory_Module_Parity_Failing_Address', 0x12124, rt, {
    fields: { address: [0, 0, 16], valid: [0, 16, 1] },
  }),
  ...switchUpkeep(0x3f000, bit('core', 'dma0', 'dma1', 'tileControl', 'coreTrace', 'memoryTrace')),
]

const mem2: RegisterRow[] = [
  kept('Module_Clock_Control', 0xfff00, rt, {
    fields: bit('streamSwitch', 'memoryModule', undefined, undefined, gates[1], gates[0]),
    resetValue: 0x33,
  }),
  kept('Module_Reset_Control', 0xfff10, rt, { fields: bit('streamSwitch', 'memory') }),
  kept('CSSD_Trigger', 0x96040, rt, trigger),
  { ...kept('Spare_Reg', 0x96000, rt, spare), role: 'store' },
  kept('ECC_Scrubbing_Event', 0x92110, rt, { fields: { event: [0, 0, 8] } }),
  kept('ECC_Failing_Address', 0x92120, rt, {
    fields: { address: [0, 0, 19], valid: [0, 19, 1] },
  }),
  ...switchUpkeep(
    0xb0000,
    bit('dma0', 'dma1', 'dma2', 'dma3', 'dma4', 'dma5', 'tileControl', 'trace'),
  ),
]

const south = (count: number) => Array.from({ length: count }, (_, i) => `south${i}`)
const nocTdest = { count: 4, fields: { tdest: [0, 0, 10] } } as const

const shim2: RegisterRow[] = [
  kept('NoC_Interface_ME_to_NoC_South', 0x1e008, rt, nocTdest),
  kept('ME_AXIMM_Config', 0x1e020, rt, {
    fields: bit('masterSelect', 'slaveSelect', 'blockSlaveError', 'blockDecodeError'),
  }),
  { ...kept('NoC_Module_Spare_Reg', 0x16000, rt, spare), role: 'store' },
  kept('PL_Interface_Upsizer_Config', 0x33000, rt, { resetValue: 0xdb }),
  kept('PL_Interface_Downsizer_Config', 0x33004, rt, { resetValue: 0x6db }),
  kept('PL_Interface_Downsizer_Enable', 0x33008, rt, { fields: bit(...south(8)) }),
  kept('PL_Interface_Downsizer_Bypass', 0x3300c, rt, {
    fields: bit('south0', 'south1', 'south2', 'south4', 'south5', 'south6'),
  }),
  kept('BISR_Cache_Ctrl', 0x36000, rt, {
    fields: bit('trigger', undefined, undefined, undefined, 'clear'),
  }),
  kept('BISR_Cache_Status', 0x36008, rt, { fields: bit('done', 'pass') }),
  kept('BISR_Cache_Data', 0x36010, rt, { count: 4 }),
  kept('BISR_Test_Data', 0x36020, rt, { count: 4 }),
  {
    name: 'Tile_Control',
    offset: 0x36030,
    role: 'isolation',
    fields: isolationFields,
    source: 'am025',
  },
  kept('Module_Clock_Control_0', 0xfff00, rt, {
    fields: bit('streamSwitch', 'plInterface', undefined, 'control', gates[1], gates[0]),
    resetValue: 0x3b,
  }),
  kept('Module_Clock_Control_1', 0xfff04, rt, { fields: bit('nocModule'), resetValue: 1 }),
  kept('Module_Reset_Control_0', 0xfff10, rt, {
    fields: bit('streamSwitch', 'plInterface', undefined, 'control'),
  }),
  kept('Module_Reset_Control_1', 0xfff14, rt, { fields: bit('nocModule') }),
  kept('Column_Clock_Control', 0xfff20, rt, { fields: bit('clockBufferEnable') }),
  kept('CSSD_Trigger', 0xfff24, rt, trigger),
  {
    name: 'Column_Reset_Control',
    offset: 0xfff28,
    role: 'reset',
    which: 0,
    fields: bit('reset'),
    source: rt,
  },
  { ...kept('Spare_Reg', 0xfff30, rt, spare), role: 'store' },
  ...switchUpkeep(0x3f000, bit(...south(6), 'tileControl')),
]

// ---- AIE4

const xdp: SourceKey = 'xdp'
const keep4 = (name: string, offset: number, count = 1) => unmodelled(name, offset, xdp, count)
/** Values of the application mode: 0 one application; 1 A; 2 top row of A; 3 bottom row of B; 4 B. */
const dualApp = { fields: { mode: [0, 0, 3] } } as const

const core4: RegisterRow[] = [
  keep4('CSSD_Trigger', 0xe0000),
  keep4('ECC_Control', 0xe0010),
  keep4('ECC_Scrubbing_Period', 0xe0014),
  keep4('ECC_Failing_Address', 0xe0018),
  keep4('Stream_Switch_Parity_Status', 0xe0020),
  keep4('Stream_Switch_Parity_Injection', 0xe0024, 2),
  keep4('Stream_Switch_32b_Parity_Injection', 0xe002c),
  kept('Module_Clock_Control', 0xe0030, xdp, {
    fields: bit('streamSwitch', 'memoryModule', 'coreModule', undefined, gates[1], gates[0]),
  }),
  keep4('Medium_Grained_Clock_Gating_Control', 0xe0034),
  keep4('Core_Reset_Defeature', 0xe0050),
  { ...keep4('Spare_Reg_Privileged', 0xe0060), role: 'store' },
  kept('Dual_App_Mode', 0xe0070, 'aie-codegen', dualApp),
  keep4('Short_Loop_Defeature', 0xe0084),
  keep4('Memory_Interleaving', 0xe0088),
]

const mem4: RegisterRow[] = [
  keep4('Checkbit_Error_Generation', 0xe0000),
  keep4('ECC_Scrubbing_Period', 0xe0008),
  keep4('ECC_Failing_Address', 0xe000c),
  keep4('Stream_Switch_Parity_Status', 0xe0010),
  keep4('Stream_Switch_Parity_Injection', 0xe0014, 6),
  keep4('Stream_Switch_32b_Parity_Injection', 0xe002c),
  keep4('CSSD_Trigger', 0xe0050),
  kept('Module_Clock_Control', 0xe0070, xdp, {
    fields: bit('streamSwitch', 'memoryModule', undefined, undefined, gates[1], gates[0]),
  }),
  keep4('Medium_Grained_Clock_Gating_Control', 0xe0074),
  kept('Dual_App_Mode', 0xe0090, 'aie-codegen', dualApp),
  keep4('L2_Split', 0xe0094),
  { ...keep4('Spare_Reg_Privileged', 0xe00a0), role: 'store' },
]

/** Registers of the module of one microcontroller; what the controller itself does is not behind them. */
const ucModule: RegisterRow[] = [
  keep4('uC_Core_Status', 0x2c000),
  kept('uC_Core_Control', 0x2c004, xdp, { fields: bit('wakeUp', 'goToSleep') }),
  keep4('uC_Core_Interrupt_Status', 0x2c008),
  keep4('uC_Core_AXI_MM_Errors', 0x2c00c),
  keep4('uC_Core_PC_Event', 0x2c010, 6),
  keep4('uC_Module_AXIMM_Offset', 0x2c030),
  ...['DM2MM', 'MM2DM'].flatMap((way, i) => [
    keep4(`uC_DMA_${way}_Status`, 0x2c040 + 0x10 * i),
    keep4(`uC_DMA_${way}_Control`, 0x2c044 + 0x10 * i),
    keep4(`uC_DMA_${way}_AXI_Control`, 0x2c048 + 0x10 * i),
  ]),
  keep4('uC_MDM_DBG_Ctrl_Status', 0x38010),
  keep4('uC_MDM_DBG_Data', 0x38014),
  keep4('uC_MDM_DBG_Lock', 0x38018),
  keep4('uC_MDM_PCCTRLR', 0x3d440),
  keep4('uC_MDM_PCCMDR', 0x3d480),
  keep4('uC_MDM_PCSR', 0x3d4c0),
  keep4('uC_MDM_PCDRR', 0x3d580),
  keep4('uC_MDM_PCWR', 0x3d5c0),
]

const inHalfB = (row: RegisterRow): RegisterRow => ({
  ...row,
  name: `${row.name}_B`,
  offset: row.offset + appBOffset,
})

/** A and B of a privileged register that has one word for each application. */
const pair = (name: string, offset: number): RegisterRow[] => [
  keep4(`${name}_A`, offset),
  keep4(`${name}_B`, offset + 4),
]

const zeroiseUc = (half: 0 | 1): RegisterRow => ({
  name: `Memory_Zeroization_${half === 0 ? 'A' : 'B'}`,
  offset: 0xe0110 + 4 * half,
  role: 'zeroiseUc',
  which: half,
  fields: bit('zeroise'),
  source: xdp,
})

const spareShim: RegisterRow = {
  name: 'Spare_Reg',
  offset: 0x1c000,
  role: 'store',
  source: 'aiebu-tests',
}

const shim4: RegisterRow[] = [
  spareShim,
  inHalfB(spareShim),
  ...ucModule,
  ...ucModule.map(inHalfB),
  keep4('BISR_Cache_Ctrl', 0xe0000),
  keep4('BISR_Cache_Status', 0xe0004),
  keep4('BISR_Cache_Data', 0xe0008, 8),
  keep4('BISR_Test_Data', 0xe0028, 8),
  keep4('Stream_Switch_Parity_Status', 0xe0050),
  keep4('Stream_Switch_32b_Parity_Status', 0xe0054),
  keep4('Stream_Switch_Parity_Injection', 0xe0058, 7),
  keep4('Stream_Switch_32b_Parity_Injection', 0xe0074),
  kept('Module_Clock_Control_0', 0xe0080, xdp, {
    fields: bit('streamSwitch', 'plInterface', undefined, 'control', gates[1], gates[0]),
  }),
  kept('Module_Clock_Control_1', 0xe0084, xdp, { fields: bit('nocModule') }),
  keep4('Medium_Grained_Clock_Gating_Control', 0xe0088),
  kept('Column_Clock_Control', 0xe0090, xdp, { fields: bit('clockBufferEnable') }),
  ...(['A', 'B'] as const).map((half, which): RegisterRow => ({
    name: `Application_Reset_${half}`,
    offset: 0xe00a0 + 4 * which,
    role: 'reset',
    which,
    fields: bit('reset'),
    source: xdp,
  })),
  keep4('Reset_Clk_Stop_Cycles', 0xe00a8),
  { ...keep4('Spare_Reg_Privileged', 0xe00b0), role: 'store' },
  {
    name: 'Tile_Control',
    offset: 0xe00c0,
    role: 'isolation',
    fields: isolationFields,
    source: xdp,
  },
  kept('Tile_Control_AXI_MM', 0xe00c4, xdp, { fields: { west: [0, 1, 1], east: [0, 3, 1] } }),
  keep4('CSSD_Trigger', 0xe00d0),
  ...pair('Interrupt_Controller_HW_Error_Mask', 0xe00e0),
  ...pair('Interrupt_Controller_HW_Error_Status', 0xe00e8),
  ...pair('Interrupt_Controller_HW_Error_Interrupt', 0xe00f0),
  kept('Dual_App_Mode', 0xe0100, 'aie-codegen', dualApp),
  keep4('Application_Address_Bit', 0xe0104),
  zeroiseUc(0),
  zeroiseUc(1),
  keep4('Memory_Privileged', 0xe0120),
  keep4('Memory_DM_ECC_Scrubbing_Period', 0xe0130),
  keep4('Memory_DM_ECC_Error_Generation', 0xe0140),
  ...pair('uC_DMA_Pause', 0xe0150),
  keep4('NSU_Errors_Physical', 0xe0160),
  keep4('AXI_MM_Hang_Protection_Timeout', 0xe0170),
  keep4('Compression_Decompression_Enable', 0xe0180),
  ...pair('SMID', 0xe8000),
  ...pair('AxUSER', 0xe8008),
  ...pair('Trusted_Keys', 0xe8010),
  keep4('DMA_MM2S_Response_FIFO_Parity_Error_Injection', 0xe8020, 4),
  keep4('DMA_Control_MM2S_Response_FIFO_Parity_Error_Injection', 0xe8030, 2),
  keep4('ME_AXIMM_Config', 0xe8050),
  keep4('AXI_MM_Outstanding_Transactions', 0xe8060),
  keep4('Interrupt_Controller_Global_Enable', 0xe8070),
  keep4('Interrupt_Controller_Interrupt_Line', 0xe8074),
]

/** System registers by tile kind. */
export const aie2System = {
  [TileKind.core]: core2,
  [TileKind.mem]: mem2,
  [TileKind.shim]: shim2,
} as const
export const aie4System = {
  [TileKind.core]: core4,
  [TileKind.mem]: mem4,
  [TileKind.shim]: shim4,
} as const

/** A range of a tile that has a name but no words here: reads give 0, writes are dropped, its first use is noted. */
export interface RefusedWindow {
  readonly name: string
  readonly offset: number
  readonly bytes: number
  readonly source: SourceKey
}

const ucWindows: readonly RefusedWindow[] = [
  { name: 'uC_Program_Memory', offset: 0x20000, bytes: 0x8000, source: xdp },
  { name: 'uC_Private_Data_Memory', offset: 0x28000, bytes: 0x4000, source: xdp },
  { name: 'uC_Module_Data_Memory', offset: 0x30000, bytes: 0x8000, source: xdp },
]

/** Bytes of the three memories of one microcontroller module. */
export const ucModuleBytes = ucWindows.reduce((sum, window) => sum + window.bytes, 0)

const none: readonly RefusedWindow[] = []

/** Refused windows of a tile kind of a generation. */
export function refusedWindows(isAie4: boolean, kind: TileKind): readonly RefusedWindow[] {
  if (!isAie4 || kind !== TileKind.shim) return none
  return [
    ...ucWindows,
    ...ucWindows.map((w) => ({ ...w, name: `${w.name}_B`, offset: w.offset + appBOffset })),
  ]
}

/** The refused window at a tile offset. */
export function refusedWindowAt(
  isAie4: boolean,
  kind: TileKind,
  offset: number,
): RefusedWindow | undefined {
  return refusedWindows(isAie4, kind).find((w) => offset >= w.offset && offset < w.offset + w.bytes)
}
