/**
 * Control code: the binary layout of what CERT, the firmware of an array microcontroller, executes.
 *
 *     languages/control ── pages of 8192 bytes ──▶ host memory ── uC-DMA ──▶ firmware/cert
 *
 * One table of operations drives the assembler's parser, checker, encoder, completion and hover, the
 * disassembler and the interpreter.
 */
import { fact, resolve } from '../fact.ts'

export type OperandKind = 'const' | 'register' | 'barrier' | 'pad' | 'size' | 'page'

/** One field of an operation, in encoding order. `pad` and `size` are never written in source. */
export interface OperandSpec {
  readonly name: string
  readonly kind: OperandKind
  readonly bytes: 1 | 2 | 4
  /** Bytes from the opcode byte. */
  readonly offset: number
}

export type OperationGroup =
  | 'structure'
  | 'register'
  | 'dma'
  | 'wait'
  | 'barrier'
  | 'load'
  | 'debug'
  | 'pl'

export interface OperationSpec {
  readonly code: number
  readonly mnemonic: string
  readonly group: OperationGroup
  readonly operands: readonly OperandSpec[]
  /** Operands a source writes. */
  readonly written: readonly OperandSpec[]
  readonly sizeBytes: number
  readonly summary: string
}

/** `name:width`, `name:reg`, `name:bar`, `name:page`, `size`, or a bare pad width in bits. */
function operation(
  code: number,
  mnemonic: string,
  group: OperationGroup,
  layout: string,
  summary: string,
): OperationSpec {
  let offset = 2
  const operands = layout
    .split(' ')
    .filter(Boolean)
    .map((word): OperandSpec => {
      const [name, type] = word.split(':') as [string, string | undefined]
      const kind: OperandKind =
        name === 'size'
          ? 'size'
          : type === undefined
            ? 'pad'
            : type === 'reg'
              ? 'register'
              : type === 'bar'
                ? 'barrier'
                : type === 'page'
                  ? 'page'
                  : 'const'
      const bits =
        kind === 'size' || kind === 'page'
          ? 16
          : kind === 'register' || kind === 'barrier'
            ? 8
            : Number(type ?? name)
      const bytes = (bits >> 3) as 1 | 2 | 4
      const operand = { name: kind === 'pad' ? '' : name, kind, bytes, offset }
      offset += bytes
      return operand
    })
  const written = operands.filter((o) => o.kind !== 'pad' && o.kind !== 'size')
  return { code, mnemonic, group, operands, written, sizeBytes: offset, summary }
}

/** Opcode numbers by mnemonic, for code that dispatches on them. */
export const Opcode = {
  startJob: 0x00,
  ucDmaWriteDes: 0x01,
  waitUcDma: 0x02,
  maskWrite32: 0x03,
  loadCores: 0x04,
  write32: 0x05,
  waitTcts: 0x06,
  endJob: 0x07,
  yield: 0x08,
  ucDmaWriteDesSync: 0x09,
  write32D: 0x0b,
  read32: 0x0c,
  read32D: 0x0d,
  applyOffset57: 0x0e,
  add: 0x0f,
  mov: 0x10,
  localBarrier: 0x11,
  remoteBarrier: 0x12,
  poll32: 0x13,
  maskPoll32: 0x14,
  trace: 0x15,
  nop: 0x16,
  startJobDeferred: 0x17,
  launchJob: 0x18,
  preempt: 0x19,
  loadPdi: 0x1a,
  loadLastPdi: 0x1b,
  saveTimestamps: 0x1c,
  sleep: 0x1d,
  saveRegister: 0x1e,
  startCondJobPreempt: 0x1f,
  loadCoresCp: 0x20,
  relAcqSync: 0x21,
  ucDmaMaskPollExt: 0x22,
  applyOffsetPl: 0x23,
  filler: 0xa5,
  eof: 0xff,
} as const

const rows: readonly OperationSpec[] = [
  operation(
    Opcode.startJob,
    'START_JOB',
    'structure',
    'job_id:16 size 16',
    'Opens a job that is ready as soon as its page is scanned.',
  ),
  operation(
    Opcode.ucDmaWriteDes,
    'UC_DMA_WRITE_DES',
    'dma',
    'wait_handle:reg 8 descriptor_ptr:16 16',
    'Starts the uC-DMA chain at a descriptor and puts a wait handle in a register.',
  ),
  operation(
    Opcode.waitUcDma,
    'WAIT_UC_DMA',
    'dma',
    'wait_handle:reg 8',
    'Waits until the uC-DMA chain of a handle is done.',
  ),
  operation(
    Opcode.maskWrite32,
    'MASK_WRITE_32',
    'register',
    '16 address:32 mask:32 value:32',
    'Replaces the masked bits of a register; other bits stay.',
  ),
  operation(
    Opcode.loadCores,
    'LOAD_CORES',
    'load',
    '16 core_elf_id:32 core_elf_page:page 16',
    'Runs a scope that loads the cores, unless this id is loaded already.',
  ),
  operation(Opcode.write32, 'WRITE_32', 'register', '16 address:32 value:32', 'Writes a register.'),
  operation(
    Opcode.waitTcts,
    'WAIT_TCTS',
    'wait',
    'tile_id:16 actor_id:8 8 target_tcts:8 8',
    'Waits for task-complete tokens of one DMA channel and takes them.',
  ),
  operation(Opcode.endJob, 'END_JOB', 'structure', '16', 'Ends the job.'),
  operation(Opcode.yield, 'YIELD', 'structure', '16', 'Lets the other ready jobs run.'),
  operation(
    Opcode.ucDmaWriteDesSync,
    'UC_DMA_WRITE_DES_SYNC',
    'dma',
    'descriptor_ptr:16',
    'Runs the uC-DMA chain at a descriptor and waits for its end.',
  ),
  operation(
    Opcode.write32D,
    'WRITE_32_D',
    'register',
    'flags:8 8 address:32 value:32',
    'Writes a register; flags bit 1: the address is a number, bit 0: the value is a number; else each names a $r or $g register by its number.',
  ),
  operation(Opcode.read32, 'READ_32', 'register', 'value:reg 8 address:32', 'Reads a register.'),
  operation(
    Opcode.read32D,
    'READ_32_D',
    'register',
    'address:reg value:reg',
    'Reads the register whose address is in a register.',
  ),
  operation(
    Opcode.applyOffset57,
    'APPLY_OFFSET_57',
    'dma',
    'table_ptr:16 num_entries:16 offset:16',
    'Adds an argument to the 57-bit base of shim descriptors; done by the loader when the host patched them.',
  ),
  operation(Opcode.add, 'ADD', 'register', 'dest:reg 8 value:32', 'Adds a constant modulo 2^32.'),
  operation(Opcode.mov, 'MOV', 'register', 'dest:reg 8 value:32', 'Loads a constant.'),
  operation(
    Opcode.localBarrier,
    'LOCAL_BARRIER',
    'barrier',
    'local_barrier_id:bar num_participants:8',
    'Waits until so many jobs of this uC have arrived.',
  ),
  operation(
    Opcode.remoteBarrier,
    'REMOTE_BARRIER',
    'barrier',
    'remote_barrier_id:bar 8 party_mask:32',
    'Waits until every uC of the mask has arrived.',
  ),
  operation(
    Opcode.poll32,
    'POLL_32',
    'wait',
    '16 address:32 value:32',
    'Reads a register until it has the value; other jobs run between attempts.',
  ),
  operation(
    Opcode.maskPoll32,
    'MASK_POLL_32',
    'wait',
    '16 address:32 mask:32 value:32',
    'Reads a register until its masked bits have the value.',
  ),
  operation(Opcode.trace, 'TRACE', 'debug', 'info:16', 'Put in by the dynamic tracer only.'),
  operation(Opcode.nop, 'NOP', 'structure', '16', 'Does nothing.'),
  operation(
    Opcode.startJobDeferred,
    'START_JOB_DEFERRED',
    'structure',
    'job_id:16 size 16',
    'Opens a job that sleeps until LAUNCH_JOB names it.',
  ),
  operation(
    Opcode.launchJob,
    'LAUNCH_JOB',
    'structure',
    'job_id:16',
    'Makes a deferred job ready.',
  ),
  operation(
    Opcode.preempt,
    'PREEMPT',
    'load',
    'id:16 save_page:page restore_page:page',
    'A point where the context may be taken off the array.',
  ),
  operation(
    Opcode.loadPdi,
    'LOAD_PDI',
    'load',
    '16 pdi_id:32 pdi_page:page 16',
    'Runs a scope that configures the array, unless this id is loaded already.',
  ),
  operation(
    Opcode.loadLastPdi,
    'LOAD_LAST_PDI',
    'load',
    '16',
    'Loads the remembered PDI and cores again; only in restore code.',
  ),
  operation(
    Opcode.saveTimestamps,
    'SAVE_TIMESTAMPS',
    'debug',
    '16 unq_id:32',
    'Appends the time to the debug buffer.',
  ),
  operation(
    Opcode.sleep,
    'SLEEP',
    'debug',
    '16 target:32',
    'Does nothing for so many microseconds.',
  ),
  operation(
    Opcode.saveRegister,
    'SAVE_REGISTER',
    'debug',
    '16 address:32 unq_id:32',
    'Appends a register value to the debug buffer.',
  ),
  operation(
    Opcode.startCondJobPreempt,
    'START_COND_JOB_PREEMPT',
    'structure',
    'job_id:16 size 16',
    'Opens a job that runs only if a preemption happened.',
  ),
  operation(
    Opcode.loadCoresCp,
    'LOAD_CORES_CP',
    'load',
    '16 core_elf_id:32',
    'Notes which cores the rest of this job loads by control packets.',
  ),
  operation(
    Opcode.relAcqSync,
    'REL_ACQ_SYNC',
    'wait',
    '16 rel_addr:32 acq_addr:32',
    'Makes the first lock request once, then the second until it succeeds.',
  ),
  operation(
    Opcode.ucDmaMaskPollExt,
    'UC_DMA_MASK_POLL_EXT',
    'pl',
    '16 address_high:32 address_low:32 mask:32 value:32',
    'Polls programmable logic; Versal only.',
  ),
  operation(
    Opcode.applyOffsetPl,
    'APPLY_OFFSET_PL',
    'pl',
    'table_ptr:16 buffer_id:16 16',
    'Patches descriptors of programmable logic; Versal only.',
  ),
  operation(Opcode.eof, 'EOF', 'structure', '16', "Ends the page's text."),
]

/** The layout facts with their sources. */
export const controlCodeFacts = {
  operations: fact(rows, 'aiebu-spec', 'opcode table of the AIE2PS and AIE4 instruction set'),
  page: {
    bytes: fact(8192, 'aiebu-spec'),
    headerBytes: fact(16, 'aiebu-spec', 'page header'),
    magic: fact(0xffff, 'aiebu-spec', 'header bytes 0..1'),
    dataAlign: fact(16, 'aiebu-spec', 'start of the data after EOF'),
    wordAlign: fact(4, 'aiebu-spec'),
    filler: fact(0xa5, 'aiebu-spec', 'bytes between EOF and the data'),
    eofBytes: fact(4, 'aiebu-spec'),
    maxPages: fact(32_640, 'aiebu-spec', 'two sections per page, 65,279 sections'),
    /** Byte offsets in the header. */
    indexAt: fact(2, 'aiebu-spec'),
    farLengthsAt: fact(4, 'aiebu-spec', 'two lengths, used until 2025 only'),
    lengthAt: fact(8, 'aiebu-spec'),
    nextLengthAt: fact(10, 'aiebu-spec'),
    busyPollAt: fact(12, 'aiebu-spec', 'newest revision'),
  },
  descriptor: {
    bytes: fact(16, 'aiebu-spec', 'UC_DMA_BD'),
    lengthMask: fact(0x7fff, 'aiebu-spec', 'length in words, bytes 0..1'),
    flagsAt: fact(2, 'aiebu-spec'),
    more: fact(1, 'aiebu-spec', 'another descriptor follows'),
    external: fact(2, 'aiebu-spec', 'the remote side is a host address'),
    relative: fact(4, 'aiebu-spec', 'the local pointer counts from the descriptor'),
    localAt: fact(4, 'aiebu-spec'),
    remoteLowAt: fact(8, 'aiebu-spec'),
    remoteHighAt: fact(12, 'aiebu-spec'),
    remoteHighMask: fact(0x1fff_ffff, 'aiebu-spec'),
  },
  registers: {
    count: fact(24, 'aiebu-spec', '$r0..$r23'),
    shared: fact(16, 'aiebu-spec', '$g0..$g15 are $r8..$r23'),
    firstShared: fact(8, 'aiebu-spec'),
  },
  barriers: {
    local: fact(16, 'aiebu-spec', '$lb0..$lb15'),
    remoteEncodings: fact(
      65,
      'aiebu-spec',
      '$rbN is encoded as N+1; the assembler takes N up to 64',
    ),
  },
  tile: {
    columnShift: fact(5, 'aiebu-spec'),
    columnMask: fact(0x7f, 'aiebu-spec'),
    rowMask: fact(0x1f, 'aiebu-spec'),
  },
  applyOffset: {
    controlCode: fact(0xffff, 'aiebu-spec', 'offset operand that names the first page'),
    lastRunTimeArgument: fact(6, 'aiebu-spec', 'CERT patches arguments 0..6 only'),
  },
  shimDescriptorWords: fact(9, 'aiebu-spec'),
  noImage: fact(0xffff_ffff, 'aiebu-spec', 'reserved core image id'),
  write32D: {
    addressNumber: fact(2, 'aiebu-tests', 'flag as the test programs use it'),
    valueNumber: fact(1, 'aiebu-tests', 'flag as the test programs use it'),
  },
  /** Relocation schema numbers; patch.ts says which words each one changes. */
  schema: {
    shimDma57: fact(2, 'xrt'),
    scalar32: fact(3, 'xrt'),
    controlPacket48: fact(4, 'xrt'),
    shimDma48: fact(5, 'xrt'),
    shimDma57Aie4: fact(6, 'xrt'),
    controlPacket57: fact(7, 'xrt'),
    address64: fact(8, 'xrt'),
    controlPacket57Aie4: fact(9, 'xrt'),
    unknown: fact(10, 'aiebu-tests', 'what the first APPLY_OFFSET_PL wrote; loaders patch nothing'),
    plDdr64: fact(11, 'xrt'),
  },
}

/** The same without tags. */
export const controlCode = resolve(controlCodeFacts)

/** Operation rows by opcode byte; undefined where the byte is no operation. */
export const operationByCode: readonly (OperationSpec | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => rows.find((row) => row.code === code),
)

/** Operation rows by lower-case mnemonic. */
export const operationByName: ReadonlyMap<string, OperationSpec> = new Map(
  rows.map((row) => [row.mnemonic.toLowerCase(), row]),
)

/** APPLY_OFFSET_PL as its first revision had it: it counts its blocks. */
export const firstApplyOffsetPl = operation(
  Opcode.applyOffsetPl,
  'APPLY_OFFSET_PL',
  'pl',
  'table_ptr:16 num_entries:16 buffer_id:16',
  'Patches descriptors of programmable logic; Versal only.',
)

/**
 * The operations of the February 2025 tools where they differ: LOAD_PDI is 6 bytes long, 0x19 has
 * another name, 0x04 and everything from 0x1F are not there yet.
 */
export const operationByName2025: ReadonlyMap<string, OperationSpec> = new Map([
  ...rows
    .filter((r) => r.code !== Opcode.loadCores && r.code !== Opcode.preempt)
    .filter((r) => r.code < Opcode.startCondJobPreempt || r.code === Opcode.eof)
    .map((r): [string, OperationSpec] => [r.mnemonic.toLowerCase(), r]),
  [
    'load_pdi',
    operation(
      Opcode.loadPdi,
      'LOAD_PDI',
      'load',
      'pdi_id:16 pdi_page:page',
      'Runs a scope that configures the array, unless this id is loaded already.',
    ),
  ],
  [
    'preemption_checkpoint',
    operation(
      Opcode.preempt,
      'PREEMPTION_CHECKPOINT',
      'load',
      'id:16 save_page:page restore_page:page',
      'A point where the context may be taken off the array.',
    ),
  ],
])

export type ControlTarget = 'aie2ps' | 'aie4' | 'aie4-a' | 'aie4-z'

/** Names a `.target` line may carry. */
export const controlTargets: readonly ControlTarget[] = ['aie2ps', 'aie4', 'aie4-a', 'aie4-z']

/** DMA channels as WAIT_TCTS names them: prefix, first index, count, number of the first. */
export interface ActorRange {
  readonly prefix: string
  readonly first: number
  readonly count: number
  readonly number: number
  readonly row: 'shim' | 'mem' | 'core'
}

function actors(
  row: ActorRange['row'],
  prefix: string,
  first: number,
  count: number,
  number: number,
) {
  return { prefix, first, count, number, row }
}

export const actorFacts = {
  aie2ps: fact<readonly ActorRange[]>(
    [
      actors('shim', 'shim_s2mm_', 0, 2, 0),
      actors('shim', 'shim_mm2s_', 0, 2, 6),
      actors('mem', 'mem_s2mm_', 0, 6, 0),
      actors('mem', 'mem_mm2s_', 0, 6, 6),
      actors('core', 'tile_s2mm_', 0, 2, 0),
      actors('core', 'tile_mm2s_', 0, 2, 6),
      actors('core', 'tile_core', -1, 1, 15),
    ],
    'aiebu-spec',
    'actor table',
  ),
  aie4: fact<readonly ActorRange[]>(
    [
      actors('shim', 'shim_s2mm_', 0, 1, 0),
      actors('shim', 'shim_trace_s2mm', -1, 1, 1),
      actors('shim', 'shim_s2mm_', 1, 1, 2),
      actors('shim', 'shim_mm2s_', 0, 4, 6),
      actors('shim', 'shim_ctrl_mm2s_', 0, 2, 16),
      actors('mem', 'mem_s2mm_', 0, 8, 0),
      actors('mem', 'mem_mm2s_', 0, 5, 16),
      actors('mem', 'mem_mm2s_', 5, 5, 22),
      actors('core', 'tile_s2mm_', 0, 2, 0),
      actors('core', 'tile_mm2s_', 0, 1, 6),
      actors('core', 'tile_core', -1, 1, 15),
    ],
    'aiebu-spec',
    'actor table; 21 is skipped',
  ),
  /** Names without a tile kind, accepted until February 2025. */
  bare2025: fact<readonly ActorRange[]>(
    [actors('core', 's2mm_', 0, 2, 0), actors('core', 'mm2s_', 0, 2, 6)],
    'aiebu-spec',
    'assembler of February 2025',
  ),
}

/** Actor tables by family. */
export const actorTables = resolve(actorFacts)

/** Tile word of WAIT_TCTS and of tokens: column in bits 11:5, logical row in bits 4:0. */
export function tileWord(column: number, row: number): number {
  const { columnMask, columnShift, rowMask } = controlCode.tile
  return ((column & columnMask) << columnShift) | (row & rowMask)
}
