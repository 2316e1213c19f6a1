/** Event numbers of AIE4 (aie-codegen, event headers): eight bits everywhere, one module per tile or application half. */
import { commonNames, expandNames, groups, lockNames, portNames } from './hw-event-module.ts'
import type { EventModule, EventRun, NameRow } from './hw-event-module.ts'
import { TileKind } from './tiles.ts'

const shared: readonly NameRow[] = [
  ...commonNames,
  [17, 'COMBO_EVENT_#', 8],
  [25, 'EDGE_DETECTION_EVENT_#', 8],
]
const sharedRuns = { combo: [17, 8], edge: [25, 8] } as const

const activities: readonly (readonly [sender: string, receiver: string, key: string])[] = [
  ['START_BD', 'START_BD', 'dmaStartBd'],
  ['START_TASK', 'START_TASK', 'dmaStartTask'],
  ['FINISHED_BD', 'FINISHED_BD', 'dmaFinishedBd'],
  ['FINISHED_TASK', 'FINISHED_TASK', 'dmaFinishedTask'],
  ['STALLED_LOCK', 'STALLED_LOCK', 'dmaLockStall'],
  ['STREAM_BACKPRESSURE', 'STREAM_STARVATION', 'dmaStreamStall'],
  ['MEMORY_STARVATION', 'MEMORY_BACKPRESSURE', 'dmaMemoryStall'],
  ['RUNNING', 'RUNNING', 'dmaRunning'],
]

/** DMA activity: every activity has `stride` numbers, one for each channel name. */
function dma(first: number, stride: number, channels: readonly string[]) {
  const names: NameRow[] = []
  const runs: Record<string, EventRun> = {}
  activities.forEach(([sender, receiver, key], i) => {
    runs[key] = [first + i * stride, stride]
    channels.forEach((channel, c) => {
      if (channel === '' || (channel.startsWith('TRACE') && key === 'dmaLockStall')) return
      const what = channel.includes('MM2S') ? sender : receiver
      names.push([first + i * stride + c, `DMA_${channel}_${what}`])
    })
  })
  return { names, runs }
}

const coreDma = dma(151, 4, ['S2MM_0', 'S2MM_1', 'MM2S_0', ''])
const memDma = dma(39, 4, ['S2MM_SEL0', 'S2MM_SEL1', 'MM2S_SEL0', 'MM2S_SEL1'])
const shimDma = dma(34, 8, [
  'S2MM_0',
  'TRACE_S2MM',
  'S2MM_1',
  '',
  'MM2S_0',
  'MM2S_1',
  'MM2S_2',
  'MM2S_3',
])

const sizes = { bits: 8, combos: 8, edges: 8, switches: 1, interrupts: [] } as const

const core: EventModule = {
  ...sizes,
  name: 'Core',
  half: -1,
  names: expandNames([
    ...shared,
    [5, 'PERF_CNT_#', 12],
    [33, 'GROUP_PC_EVENT'],
    [34, 'PC_#', 10],
    [44, ['PC_RANGE_0_1', 'PC_RANGE_2_3', 'PC_RANGE_4_5', 'PC_RANGE_6_7', 'PC_RANGE_8_9']],
    [49, ['GROUP_STALL', 'MEMORY_STALL', 'STREAM_STALL', 'CASCADE_STALL', 'LOCK_STALL']],
    [54, ['DEBUG_HALTED', 'ACTIVE', 'DISABLED', 'ECC_ERROR_STALL', 'ECC_SCRUBBING_STALL']],
    [61, 'GROUP_PROGRAM_FLOW'],
    [62, 'INSTR_EVENT_#', 6],
    [68, ['INSTR_CALL', 'INSTR_RETURN', 'INSTR_VECTOR', 'INSTR_MATRIX', 'INSTR_MOVE']],
    [73, ['INSTR_ALU', 'INSTR_LOAD_A', 'INSTR_LOAD_B', 'INSTR_STORE']],
    [77, 'INSTR_STREAM_#_GET', 2],
    [79, ['INSTR_STREAM_PUT', 'INSTR_CASCADE_GET', 'INSTR_CASCADE_PUT']],
    [82, ['INSTR_LOCK_ACQUIRE_REQ', 'INSTR_LOCK_RELEASE_REQ']],
    [86, 'GROUP_ERRORS_#', 3],
    [89, ['SRS_OVERFLOW', 'UPS_OVERFLOW', 'FP_HUGE', 'INT_FP_TINY', 'FP_INVALID', 'FP_INF']],
    [95, ['CONTROL_PKT_ERROR', 'AXI_MM_SLAVE_ERROR', 'FATAL_ERROR', 'DM_ADDRESS_OUT_OF_RANGE']],
    [99, ['PM_ECC_ERROR_SCRUB_CORRECTED', 'PM_ECC_ERROR_SCRUB_2BIT', 'PM_ECC_ERROR_1BIT']],
    [102, ['PM_ECC_ERROR_2BIT', 'PM_ADDRESS_OUT_OF_RANGE', 'DM_ACCESS_TO_UNAVAILABLE']],
    [105, ['LOCK_ACCESS_TO_UNAVAILABLE', 'INSTR_WARNING', 'INSTR_ERROR', 'DATA_ERROR']],
    [109, ['STREAM_SWITCH_PORT_PARITY_ERROR', 'PROCESSOR_BUS_ERROR']],
    [111, ['DM_ECC_ERROR_SCRUB_CORRECTED', 'DM_ECC_ERROR_SCRUB_2BIT', 'DM_ECC_ERROR_1BIT']],
    [114, ['DM_ECC_ERROR_2BIT', 'DM_PARITY_ERROR', 'DMA_ERROR', 'LOCK_ERROR']],
    [118, 'DMA_TASK_TOKEN_STALL'],
    [121, 'GROUP_STREAM_SWITCH'],
    [122, portNames, 6],
    [146, ['GROUP_WATCHPOINT', 'WATCHPOINT_0', 'WATCHPOINT_1', 'WATCHPOINT_2']],
    [150, 'GROUP_DMA_ACTIVITY'],
    ...coreDma.names,
    [183, 'GROUP_LOCK'],
    [184, lockNames, 6],
    [208, 'GROUP_MEMORY_CONFLICT'],
    [209, 'CONFLICT_DM_BANK_#', 8],
    [217, 'GROUP_BROADCAST'],
    [218, 'BROADCAST_#', 16],
    [234, 'GROUP_USER_EVENT'],
    [235, 'USER_EVENT_#', 8],
  ]),
  runs: {
    ...sharedRuns,
    perf: [5, 12],
    programCounter: [34, 10],
    programRange: [44, 5],
    coreMemoryStall: [50, 1],
    coreStreamStall: [51, 1],
    coreCascadeStall: [52, 1],
    coreLockStall: [53, 1],
    coreDebugHalted: [54, 1],
    coreActive: [55, 1],
    coreDisabled: [56, 1],
    instructionEvent: [62, 6],
    call: [68, 1],
    return: [69, 1],
    vector: [70, 1],
    matrix: [71, 1],
    move: [72, 1],
    alu: [73, 1],
    load: [74, 2],
    store: [76, 1],
    streamGet: [77, 2],
    streamPut: [79, 1],
    cascadeGet: [80, 1],
    cascadePut: [81, 1],
    lockAcquireRequest: [82, 1],
    lockReleaseRequest: [83, 1],
    controlPacketError: [95, 1],
    busError: [96, 1],
    dmAddressOutOfRange: [98, 1],
    pmAddressOutOfRange: [103, 1],
    dmAddressUnavailable: [104, 1],
    coreLockUnavailable: [105, 1],
    instructionError: [107, 1],
    streamParity: [109, 1],
    processorBusError: [110, 1],
    dmaError: [116, 1],
    lockError: [117, 1],
    dmaTokenStall: [118, 1],
    port: [122, 6],
    ...coreDma.runs,
    lock: [184, 6],
    bankConflict: [209, 8],
    broadcast: [218, 16],
    user: [235, 8],
  },
  groups: groups([
    [2, 3, 30],
    [33, 34, 15],
    [49, 50, 9],
    [61, 62, 22],
    [86, 89, 30],
    [87, 89, 30],
    [88, 89, 30],
    [121, 122, 24],
    [146, 147, 3],
    [150, 151, 32],
    [183, 184, 24],
    [208, 209, 8],
    [217, 218, 16],
    [234, 235, 8],
  ]),
  counters: 12,
  statusWords: 8,
  ports: 6,
  lockSelectors: 6,
  locks: [0, 16],
  dma: [0, 1, 2],
  traceUnits: 2,
}

function memHalf(half: number): EventModule {
  return {
    ...sizes,
    name: half === 0 ? 'Mem' : 'Mem_B',
    half,
    names: expandNames([
      ...shared,
      [5, 'PERF_CNT#_EVENT', 12],
      [33, 'GROUP_WATCHPOINT'],
      [34, 'WATCHPOINT_#', 4],
      [38, 'GROUP_DMA_ACTIVITY'],
      ...memDma.names,
      [71, 'GROUP_LOCK'],
      [72, lockNames, 8],
      [104, 'GROUP_STREAM_SWITCH'],
      [105, portNames, 8],
      [137, 'GROUP_MEMORY_CONFLICT'],
      [138, 'CONFLICT_DM_BANK_#', 24],
      [162, ['GROUP_ERRORS', 'DM_ECC_ERROR_SCRUB_CORRECTED', 'DM_ECC_ERROR_SCRUB_2BIT']],
      [165, ['DM_ECC_ERROR_1BIT', 'DM_ECC_ERROR_2BIT', 'DMA_S2MM_ERROR', 'DMA_MM2S_ERROR']],
      [169, ['STREAM_SWITCH_PARITY_ERROR', 'CONTROL_PKT_ERROR', 'AXI_MM_SLAVE_ERROR']],
      [172, ['LOCK_ERROR', 'DMA_TASK_TOKEN_STALL']],
      [176, 'GROUP_BROADCAST'],
      [177, 'BROADCAST_#', 16],
      [193, 'GROUP_USER_EVENT'],
      [194, 'USER_EVENT_#', 8],
    ]),
    runs: {
      ...sharedRuns,
      perf: [5, 12],
      ...memDma.runs,
      lock: [72, 8],
      port: [105, 8],
      bankConflict: [138, 24],
      dmaError: [167, 2],
      streamParity: [169, 1],
      controlPacketError: [170, 1],
      busError: [171, 1],
      lockError: [172, 1],
      dmaTokenStall: [173, 1],
      broadcast: [177, 16],
      user: [194, 8],
    },
    groups: groups([
      [2, 3, 30],
      [33, 34, 4],
      [38, 39, 32],
      [71, 72, 32],
      [104, 105, 32],
      [137, 138, 24],
      [162, 163, 11],
      [176, 177, 16],
      [193, 194, 8],
    ]),
    counters: 6,
    statusWords: 7,
    ports: 8,
    lockSelectors: 8,
    locks: [32 * half, 32],
    dma: 'selected',
    selectable: { s2mm: [4 * half, 4], mm2s: [5 * half, 5] },
    traceUnits: 1,
  }
}

function shimHalf(half: number): EventModule {
  return {
    ...sizes,
    name: half === 0 ? 'Shim' : 'Shim_B',
    half,
    names: expandNames([
      ...shared,
      [5, 'PERF_CNT_#', 12],
      [33, 'GROUP_DMA_ACTIVITY'],
      ...shimDma.names,
      [98, 'UC_DMA_GROUP_ACTIVITY'],
      ...ucDmaNames,
      [127, 'GROUP_LOCK'],
      [128, lockNames.map((name) => name.replace('SEL#', '#')), 6],
      [152, ['GROUP_ERRORS', 'AXI_MM_SUBORDINATE_TILE_ERROR', 'CONTROL_PKT_ERROR']],
      [155, ['STREAM_SWITCH_PARITY_ERROR', 'NSU_ERROR', 'DMA_ERROR', 'LOCK_ERROR']],
      [159, ['DMA_TASK_TOKEN_STALL', 'DMA_HW_ERROR', 'UC_MODULE_A_ERROR', 'UC_MODULE_B_ERROR']],
      [163, ['UC_MODULE_A_AXI_MM_ERROR', 'UC_MODULE_B_AXI_MM_ERROR']],
      [165, ['UC_MODULE_A_ECC_ERROR_1BIT', 'UC_MODULE_B_ECC_ERROR_1BIT']],
      [167, ['UC_MODULE_A_ECC_ERROR_2BIT', 'UC_MODULE_B_ECC_ERROR_2BIT']],
      [170, 'STREAM_SWITCH_GROUP_ERRORS'],
      [171, portNames.map((name) => `STREAM_SWITCH_${name}`), 6],
      [195, 'UC_CORE_PROGRAM_FLOW_GROUP_ERRORS'],
      [196, ['UC_CORE_SLEEP', 'UC_CORE_INTERRUPT', 'UC_CORE_DEBUG_SYS_RESET']],
      [199, ['UC_CORE_DEBUG_WAKEUP', 'UC_CORE_TIMER1_INTERRUPT', 'UC_CORE_TIMER2_INTERRUPT']],
      [202, ['UC_CORE_TIMER3_INTERRUPT', 'UC_CORE_TIMER4_INTERRUPT', 'UC_CORE_REG_WRITE']],
      [205, ['UC_CORE_EXCEPTION_TAKEN', 'UC_CORE_JUMP_TAKEN', 'UC_CORE_JUMP_HIT']],
      [208, ['UC_CORE_DATA_READ', 'UC_CORE_DATA_WRITE', 'UC_CORE_PIPLINE_HALTED_DEBUG']],
      [211, ['UC_CORE_STREAM_GET', 'UC_CORE_STREAM_PUT', 'UC_CORE_GROUP_PC_STATUS_EVENT']],
      [214, 'UC_CORE_PC_#', 6],
      [220, ['UC_CORE_PC_RANGE_0_1', 'UC_CORE_PC_RANGE_2_3', 'UC_CORE_PC_RANGE_4_5']],
      [223, 'UC_CORE_STATUS_#', 8],
      [231, 'GROUP_BROADCAST'],
      [232, 'BROADCAST_#', 16],
      [248, 'USER_EVENT_#', 8],
    ]),
    runs: {
      ...sharedRuns,
      perf: [5, 12],
      ...shimDma.runs,
      lock: [128, 6],
      busError: [153, 1],
      controlPacketError: [154, 1],
      streamParity: [155, 1],
      dmaError: [157, 1],
      lockError: [158, 1],
      dmaTokenStall: [159, 1],
      port: [171, 6],
      broadcast: [232, 16],
      user: [248, 8],
    },
    groups: groups([
      [2, 3, 30],
      [33, 34, 32],
      [33, 66, 32],
      [98, 99, 28],
      [127, 128, 24],
      [152, 153, 16],
      [170, 171, 24],
      [195, 196, 17],
      [213, 214, 17],
      [231, 232, 16],
    ]),
    counters: 6,
    statusWords: 8,
    ports: 6,
    lockSelectors: 6,
    locks: [16 * half, 16],
    dma: [0, 2, 4, 5, 6, 7, -1, -1, 1],
    traceUnits: 1,
    interrupts: [17],
  }
}

const ucDmaNames: readonly NameRow[] = [
  [99, ucDma('START_BD')],
  [103, ucDma('START_TASK')],
  [107, ucDma('FINISHED_BD')],
  [111, ucDma('FINISHED_TASK')],
  [115, ['UC_DMA_DM2MM_A_LOCAL_MEMORY_STARVATION', 'UC_DMA_DM2MM_B_LOCAL_MEMORY_STARVATION']],
  [117, ['UC_DMA_DM2MM_A_REMOTE_MEMORY_BACKPRESSURE', 'UC_DMA_DM2MM_B_REMOTE_MEMORY_BACKPRESSURE']],
  [119, ['UC_DMA_MM2DM_A_LOCAL_MEMORY_BACKPRESSURE', 'UC_DMA_MM2DM_B_LOCAL_MEMORY_BACKPRESSURE']],
  [121, ['UC_DMA_MM2DM_A_REMOTE_MEMORY_STARVATION', 'UC_DMA_MM2DM_B_REMOTE_MEMORY_STARVATION']],
  [123, ucDma('RUNNING')],
]

function ucDma(what: string): string[] {
  return ['DM2MM_A', 'DM2MM_B', 'MM2DM_A', 'MM2DM_B'].map((side) => `UC_DMA_${side}_${what}`)
}

export const aie4Modules: Readonly<Record<TileKind, readonly EventModule[]>> = {
  [TileKind.core]: [core],
  [TileKind.mem]: [memHalf(0), memHalf(1)],
  [TileKind.shim]: [shimHalf(0), shimHalf(1)],
}
