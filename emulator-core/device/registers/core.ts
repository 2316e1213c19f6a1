/**
 * Registers of a core: control, debug, PC events, error halt, processor bus, cascade direction, and
 * the core's own registers as software sees them.
 *
 * Core registers lie 16 bytes apart; wide ones take a word every four bytes. Registers of the
 * address generators and second-generation status words have no counterpart in our core, so they
 * are named and kept, and their first use is noted.
 */
import type { RegisterRow } from '../registers.ts'
import { coreControlFields, coreStatusFields } from '../registers.ts'
import type { SourceKey } from '../sources.ts'

/** What a register of role `core` is; runs count on from the first. */
export const CoreRegister = {
  pc: 0,
  fetchCounter: 1,
  link: 2,
  loopStart: 3,
  loopEnd: 4,
  loopCount: 5,
  control: 6,
  status: 7,
  debugControl0: 8,
  debugControl2: 9,
  debugStatus: 10,
  errorHaltControl: 11,
  processorBus: 12,
  accumulatorControl: 13,
  pcEvent: 32,
  scalar: 64,
  vector: 128,
  accumulator: 512,
} as const

/** Values after power-up and reset that are not 0, from the register reference. */
export const coreRegisterResets = { loopEnd: 0x000fffff, control: 0x1800 } as const

/** Bits of debug control 0 and 2. */
export const debugControl0 = { halt: 1, stepShift: 2, stepMask: 15 } as const
export const debugControl2 = {
  pcEventHalt: 1,
  memoryStallHalt: 2,
  lockStallHalt: 4,
  streamStallHalt: 8,
} as const

/** Where the core's modes lie in its control register (AIE2 family). */
export const coreModes = { saturationMask: 3, roundingShift: 2, roundingMask: 15 } as const

/** PC event registers of a core. */
export const pcEventCount = { aie2: 4, aie2p: 4, aie4: 10 } as const

const debugFields = {
  control0: { debugHalt: [0, 0, 1], singleStepCount: [0, 2, 4] },
  control2: {
    pcEventHalt: [0, 0, 1],
    memoryStallHalt: [0, 1, 1],
    lockStallHalt: [0, 2, 1],
    streamStallHalt: [0, 3, 1],
  },
  status: {
    debugHalted: [0, 0, 1],
    pcEventHalted: [0, 1, 1],
    memoryStallHalted: [0, 2, 1],
    lockStallHalted: [0, 3, 1],
    streamStallHalted: [0, 4, 1],
    event0Halted: [0, 5, 1],
    event1Halted: [0, 6, 1],
  },
  pcEvent: { pcAddress: [0, 0, 14], valid: [0, 31, 1] },
  errorHalt: { errorHalt: [0, 0, 1] },
  bus: { enable: [0, 0, 1], slaveError: [0, 2, 1] },
  accumulator: { input: [0, 0, 1], output: [0, 1, 1] },
} as const satisfies Record<string, NonNullable<RegisterRow['fields']>>

/** Modes and masks of the control register of an AIE2 core that are not float masks. */
const controlFields = {
  saturationMode: [0, 0, 2],
  roundMode: [0, 2, 4],
  mcdEnable: [0, 11, 1],
  scdEnable: [0, 12, 1],
  vaddSign: [0, 13, 1],
  unpackSign: [0, 14, 1],
  packSign: [0, 15, 1],
  upsSign: [0, 16, 1],
  srsSign: [0, 17, 1],
} as const

const statusFields = {
  carry: [0, 0, 1],
  ss0Success: [0, 1, 1],
  ss0Tlast: [0, 2, 1],
  ms0Success: [0, 3, 1],
  srsOverflow: [0, 4, 1],
  upsOverflow: [0, 5, 1],
} as const

/** A register of the core, with what it is. */
function own(
  name: string,
  offset: number,
  which: number,
  source: SourceKey,
  more: Partial<RegisterRow> = {},
): RegisterRow {
  return { name, offset, role: 'core', which, source, ...more }
}

/** A register that keeps what is written; somebody else, or nobody, reads it. */
function kept(
  name: string,
  offset: number,
  source: SourceKey,
  more: Partial<RegisterRow> = {},
): RegisterRow {
  return { name, offset, role: 'unmodelled', source, ...more }
}

/** Offsets of the control block, which both generations order alike. */
interface Block {
  readonly base: number
  readonly pcEvents: number
  readonly errorHalt: number
  readonly processorBus: number
  readonly accumulatorControl: number
  readonly eventBits: number
}

function controlBlock(at: Block, source: SourceKey, published: SourceKey): RegisterRow[] {
  const { base, eventBits } = at
  const selects = (...names: string[]) =>
    Object.fromEntries(names.map((name, i) => [name, [0, 8 * i, eventBits] as const]))
  const store = { role: 'store' } as const
  return [
    {
      name: 'Core_Control',
      offset: base,
      role: 'coreControl',
      fields: coreControlFields,
      source: published,
    },
    {
      name: 'Core_Status',
      offset: base + 0x4,
      role: 'coreStatus',
      fields: coreStatusFields,
      source,
    },
    kept('Enable_Events', base + 0x8, source, {
      ...store,
      fields: selects('enableEvent', 'disableEvent'),
    }),
    kept('Reset_Event', base + 0xc, source, { ...store, fields: selects('resetEvent') }),
    own('Debug_Control0', base + 0x10, CoreRegister.debugControl0, source, {
      fields: debugFields.control0,
    }),
    kept('Debug_Control1', base + 0x14, source, {
      ...store,
      fields: selects('resumeEvent', 'singleStepEvent', 'haltEvent0', 'haltEvent1'),
    }),
    own('Debug_Control2', base + 0x18, CoreRegister.debugControl2, source, {
      fields: debugFields.control2,
    }),
    own('Debug_Status', base + 0x1c, CoreRegister.debugStatus, source, {
      fields: debugFields.status,
    }),
    own('PC_Event', base + 0x20, CoreRegister.pcEvent, source, {
      count: at.pcEvents,
      fields: debugFields.pcEvent,
    }),
    own('Error_Halt_Control', at.errorHalt, CoreRegister.errorHaltControl, source, {
      fields: debugFields.errorHalt,
    }),
    kept('Error_Halt_Event', at.errorHalt + 4, source, {
      ...store,
      fields: selects('errorHaltEvent'),
    }),
    own('Core_Processor_Bus', at.processorBus, CoreRegister.processorBus, published, {
      fields: debugFields.bus,
    }),
    own('Accumulator_Control', at.accumulatorControl, CoreRegister.accumulatorControl, source, {
      fields: debugFields.accumulator,
    }),
  ]
}

/** PC, fetch counter, link register and hardware loop, 16 bytes apart from `base`. */
function sequencer(base: number, source: SourceKey): RegisterRow[] {
  const at = (i: number) => base + 0x10 * i
  return [
    own('Core_PC', at(0), CoreRegister.pc, source),
    own('Core_FC', at(1), CoreRegister.fetchCounter, source),
    kept('Core_SP', at(2), source),
    own('Core_LR', at(3), CoreRegister.link, source),
    own('Core_LS', at(4), CoreRegister.loopStart, source),
    own('Core_LE', at(5), CoreRegister.loopEnd, source),
    own('Core_LC', at(6), CoreRegister.loopCount, source),
  ]
}

const scalars = 32
const apart = { stride: 0x10 } as const
const am = 'am025'
const rt = 'aie-rt'

const accumulatorParts = ['AMLL', 'AMLH', 'AMHL', 'AMHH'] as const

/** Accumulators and vector registers in 128-bit parts of four words, as the AIE2 family shows them. */
function wideRegisters(): RegisterRow[] {
  const rows: RegisterRow[] = []
  for (let n = 0; n < 9; n++) {
    accumulatorParts.forEach((half, k) => {
      for (let part = 0; part < 2; part++) {
        const word = n * 32 + k * 8 + part * 4
        rows.push(
          own(
            `Core_${half}${n}_Part${part + 1}`,
            0x30000 + 4 * word,
            CoreRegister.accumulator + word,
            rt,
            {
              count: 4,
            },
          ),
        )
      }
    })
  }
  for (let n = 0; n < 12; n++) {
    ;['WL', 'WH'].forEach((half, k) => {
      for (let part = 0; part < 2; part++) {
        const word = n * 16 + k * 8 + part * 4
        rows.push(
          own(
            `Core_${half}${n}_Part${part + 1}`,
            0x30800 + 4 * word,
            CoreRegister.vector + word,
            rt,
            {
              count: 4,
            },
          ),
        )
      }
    })
  }
  return rows
}

/** Core registers of the AIE2 family. */
export const aie2CoreRegisters: readonly RegisterRow[] = [
  ...controlBlock(
    {
      base: 0x32000,
      pcEvents: pcEventCount.aie2,
      errorHalt: 0x32030,
      processorBus: 0x32038,
      accumulatorControl: 0x36060,
      eventBits: 7,
    },
    am,
    am,
  ),
  ...sequencer(0x31100, am),
  own('Core_CR', 0x31170, CoreRegister.control, am, { fields: controlFields }),
  own('Core_SR', 0x31180, CoreRegister.status, am, { fields: statusFields }),
  kept('Core_DP', 0x31190, am),
  ...wideRegisters(),
  own('Core_R', 0x30c00, CoreRegister.scalar, rt, { count: scalars, ...apart }),
  ...['M', 'DN', 'DJ', 'DC'].map((name, i) =>
    kept(`Core_${name}`, 0x30e00 + 0x80 * i, am, { count: 8, ...apart }),
  ),
  kept('Core_P', 0x31000, rt, { count: 8, ...apart }),
  kept('Core_S', 0x31080, rt, { count: 4, ...apart }),
]

const xdp = 'xdp'

/**
 * Core registers of AIE4. The profiler's list names them without their bits: control 1 and status 1
 * are kept only. Where the scalar registers lie is inferred: they end where the modifier registers
 * begin on the generation before, 16 bytes apart as all others. Of the accumulators the list has
 * many parts whose order is not public; the first two are named.
 */
export const aie4CoreRegisters: readonly RegisterRow[] = [
  ...controlBlock(
    {
      base: 0xa3000,
      pcEvents: pcEventCount.aie4,
      errorHalt: 0xa3050,
      processorBus: 0xa3060,
      accumulatorControl: 0xa1060,
      eventBits: 8,
    },
    xdp,
    'aiebu-tests',
  ),
  { name: 'Spare_Reg', offset: 0xa3070, role: 'store', source: 'aiebu-tests' },
  ...sequencer(0x95540, xdp),
  kept('Core_LCI', 0x955b0, xdp),
  kept('Core_CR', 0x955c0, xdp, { count: 4, ...apart }),
  kept('Core_SR', 0x95600, xdp, { count: 4, ...apart }),
  kept('Core_BM0', 0x90000, xdp, { count: 4 }),
  kept('Core_BM1', 0x90010, xdp, { count: 4 }),
  own('Core_R', 0x95000, CoreRegister.scalar, xdp, { count: scalars, ...apart }),
  kept('Core_M', 0x95200, xdp, { count: 8, ...apart }),
  kept('Core_DN', 0x95280, xdp, { count: 8, ...apart }),
  kept('Core_DJ', 0x95300, xdp, { count: 8, ...apart }),
  kept('Core_DC', 0x95380, xdp, { count: 8, ...apart }),
  kept('Core_P', 0x95400, xdp, { count: 8, ...apart }),
]
