/**
 * Core instruction set: the machine operations of the assumed core architecture and how a bundle of
 * them lies in program memory.
 *
 * No public document describes the encoding of the AIE4 core, so the operations follow the
 * published shape of its ancestors (slots, register files, latencies in core-facts.ts) and the bit
 * layout is ours. Nothing here runs vendor binaries.
 *
 *     word 0   31 end of bundle · 30 long immediate follows · 29:22 operation · 21:0 operands
 *     word 1   only when the operands need more than 22 bits: the rest of them
 *     last     only when bit 30 is set: the 32-bit value of the flexible operand
 *
 * A bundle is one to seven operations and starts in one cycle. Memory addresses are formed from the
 * registers as they are when the bundle starts; then the operations act in their encoded order and
 * their results are visible at once. The code generator never reads a result before its latency has
 * passed nor writes what another operation of the same bundle reads, so a machine that writes late
 * computes the same.
 *
 * The operations that others can see at once (locks, events, streams, cascade, the processor bus)
 * share the last slot; a bundle holds at most one of them, so that it either waits whole or runs
 * whole, and one with more is no bundle. What they fetch lands after the other operations of their
 * bundle.
 */
import { guess } from '../fact.ts'

/** Why this encoding exists and how sure we are of it. */
export const isaProvenance = guess(
  { name: 'tilescope-core', revision: 1 },
  'no instruction set of this generation is public; operations follow the slots of its ancestors',
)

/** Names of the slots by bit number. */
export const slotNames = ['lda', 'ldb', 'st', 'alu', 'mov', 'vec', 'ctl'] as const

export type LatencyClass =
  | 'alu'
  | 'multiply'
  | 'divide'
  | 'load'
  | 'store'
  | 'vector'
  | 'extract'
  | 'vmul'
  | 'vmac'
  | 'accadd'
  | 'srs'
  | 'ups'
  | 'move'
  | 'vmove'
  | 'port'
  | 'control'

/** Sizes of the register files as the encoding can name them; an architecture may have fewer. */
export const registerFile = { r: 32, x: 12, c: 16, m: 4 } as const

export type RegisterClass = keyof typeof registerFile

/** Bytes of one vector register, accumulator and mask register. */
export const registerBytes = { r: 4, x: 64, c: 128, m: 16 } as const

/** Lane types in the order of their 3-bit code. */
export const elements = ['i8', 'u8', 'i16', 'u16', 'i32', 'u32'] as const

/** Relations in the order of their 3-bit code. */
export const relations = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const

/**
 * Operand kinds: r x c m register numbers · v scalar register or 32-bit constant · s scalar
 * register or constant 0…63 · e lane type · l log2 of the lanes · k the same minus 2 · p part · z
 * log2 of the bytes minus 4 · q relation · w 1 when the base register moves on by the offset after
 * the access · f flag · t target, in words · h extra cycles
 */
export type OperandKind =
  | 'r'
  | 'x'
  | 'c'
  | 'm'
  | 'v'
  | 's'
  | 'e'
  | 'l'
  | 'k'
  | 'p'
  | 'z'
  | 'q'
  | 'w'
  | 'f'
  | 't'
  | 'h'
  | 'n'

const widths: Readonly<Record<OperandKind, number>> = {
  r: 5,
  x: 4,
  c: 4,
  m: 2,
  v: 11,
  s: 7,
  e: 3,
  l: 3,
  k: 2,
  p: 2,
  z: 2,
  q: 3,
  w: 1,
  f: 1,
  t: 14,
  h: 3,
  n: 8,
}

export interface OperandSpec {
  readonly kind: OperandKind
  /** The operation writes this register. */
  readonly isDef: boolean
}

export interface OpSpec {
  readonly code: number
  readonly name: string
  /** Slots the operation may issue in, as bits of `Slot`. */
  readonly slots: number
  readonly latency: LatencyClass
  readonly operands: readonly OperandSpec[]
  /** No effect but its result: may be moved, merged or dropped. */
  readonly isPure: boolean
  readonly doc: string
}

type Row = readonly [number, string, string, LatencyClass, string, string]

/* code, name, slots, latency, operands ('>' marks a written register), meaning */
const rows = [
  [1, 'nop', 'ctl', 'control', 'n', 'nothing, for 1 + n cycles'],
  [2, 'jump', 'ctl', 'control', 't h', 'continue at t; h delay slots stayed empty'],
  [3, 'bnz', 'ctl', 'control', 'r t h', 'continue at t when the register is not 0'],
  [4, 'bz', 'ctl', 'control', 'r t h', 'continue at t when the register is 0'],
  [
    5,
    'loop',
    'ctl',
    'control',
    'v t h',
    'run the bundles after this one up to and including t v times, at least once',
  ],
  [6, 'done', 'ctl', 'control', '', 'set the done bit and stop'],
  [7, 'acqge', 'ctl', 'control', 'v v', 'wait until lock >= amount, then subtract it'],
  [8, 'acqeq', 'ctl', 'control', 'v v', 'wait until lock = amount, then subtract it'],
  [9, 'rel', 'ctl', 'control', 'v v', 'add amount to lock'],
  [10, 'event', 'ctl', 'control', 'f', 'trace event 0 or 1'],
  [11, 'setrnd', 'mov', 'move', 'v', 'rounding mode = v'],
  [12, 'setsat', 'mov', 'move', 'v', 'saturation mode = v'],
  [13, 'getrnd', 'mov', 'move', '>r', 'd = rounding mode'],
  [14, 'getsat', 'mov', 'move', '>r', 'd = saturation mode'],
  [15, 'cycles', 'mov', 'move', '>r', 'd = low word of the core timer when the bundle starts'],

  [16, 'add', 'alu mov', 'alu', '>r r v', 'd = a + b'],
  [17, 'sub', 'alu', 'alu', '>r r v', 'd = a - b'],
  [18, 'rsub', 'alu', 'alu', '>r r v', 'd = b - a'],
  [19, 'and', 'alu', 'alu', '>r r v', 'd = a & b'],
  [20, 'or', 'alu', 'alu', '>r r v', 'd = a | b'],
  [21, 'xor', 'alu', 'alu', '>r r v', 'd = a ^ b'],
  [22, 'shl', 'alu', 'alu', '>r r v', 'd = a << (b & 31)'],
  [23, 'asr', 'alu', 'alu', '>r r v', 'd = a >> (b & 31), arithmetic'],
  [24, 'lsr', 'alu', 'alu', '>r r v', 'd = a >> (b & 31), logical'],
  [25, 'min', 'alu', 'alu', '>r r v', 'd = signed minimum'],
  [26, 'max', 'alu', 'alu', '>r r v', 'd = signed maximum'],
  [27, 'minu', 'alu', 'alu', '>r r v', 'd = unsigned minimum'],
  [28, 'maxu', 'alu', 'alu', '>r r v', 'd = unsigned maximum'],
  [29, 'eq', 'alu', 'alu', '>r r v', 'd = a = b'],
  [30, 'ne', 'alu', 'alu', '>r r v', 'd = a != b'],
  [31, 'lt', 'alu', 'alu', '>r r v', 'd = a < b, signed'],
  [32, 'le', 'alu', 'alu', '>r r v', 'd = a <= b, signed'],
  [33, 'gt', 'alu', 'alu', '>r r v', 'd = a > b, signed'],
  [34, 'ge', 'alu', 'alu', '>r r v', 'd = a >= b, signed'],
  [35, 'ltu', 'alu', 'alu', '>r r v', 'd = a < b, unsigned'],
  [36, 'leu', 'alu', 'alu', '>r r v', 'd = a <= b, unsigned'],
  [37, 'gtu', 'alu', 'alu', '>r r v', 'd = a > b, unsigned'],
  [38, 'geu', 'alu', 'alu', '>r r v', 'd = a >= b, unsigned'],
  [39, 'mul', 'alu', 'multiply', '>r r v', 'd = low word of a * b'],
  [40, 'mulh', 'alu', 'multiply', '>r r v', 'd = high word of the signed product'],
  [41, 'mulhu', 'alu', 'multiply', '>r r v', 'd = high word of the unsigned product'],
  [42, 'div', 'alu', 'divide', '>r r v', 'd = a / b toward zero, signed; 0 when b = 0'],
  [43, 'divu', 'alu', 'divide', '>r r v', 'd = a / b, unsigned; 0 when b = 0'],
  [44, 'rem', 'alu', 'divide', '>r r v', 'd = a - (a / b) * b, signed; a when b = 0'],
  [45, 'remu', 'alu', 'divide', '>r r v', 'd = a - (a / b) * b, unsigned; a when b = 0'],
  [46, 'sel', 'alu', 'alu', '>r r r r', 'd = c != 0 ? a : b'],
  [47, 'ext8', 'alu', 'alu', '>r r', 'd = low byte, sign-extended'],
  [48, 'extu8', 'alu', 'alu', '>r r', 'd = low byte'],
  [49, 'ext16', 'alu', 'alu', '>r r', 'd = low half, sign-extended'],
  [50, 'extu16', 'alu', 'alu', '>r r', 'd = low half'],
  [51, 'abs', 'alu', 'alu', '>r r', 'd = |a|, the minimum stays'],
  [52, 'mov', 'mov alu', 'move', '>r r', 'd = a'],
  [53, 'movi', 'mov alu', 'move', '>r v', 'd = constant'],

  [54, 'call', 'ctl', 'control', 't h', 'link register = the bundle after this one; continue at t'],
  [55, 'ret', 'ctl', 'control', 'h', 'continue at the link register'],
  [56, 'getss', 'ctl', 'port', '>r f p', 'd = word of stream port p; waits unless f'],
  [
    57,
    'getsv',
    'ctl',
    'port',
    '>x f z p',
    'the same for z bytes; ends at TLAST, lanes behind are 0',
  ],
  [58, 'putms', 'ctl', 'control', 'r v f p', 'send a, with TLAST when b is odd; waits unless f'],
  [59, 'putsv', 'ctl', 'control', 'x v f z p', 'the same for the low z bytes of a'],
  [60, 'putcd', 'ctl', 'control', 'c p', 'put half p of a into the cascade; waits for room'],
  [61, 'getcd', 'ctl', 'port', '>c c p', 'd = a with half p from the cascade; waits for it'],
  [62, 'getcdx', 'ctl', 'port', '>x', 'd = what comes out of the cascade; waits for it'],
  [
    63,
    'getsr',
    'mov',
    'move',
    '>r',
    'd = flags of the last stream operations: 2 taken, 4 TLAST, 8 sent',
  ],

  [64, 'ld8', 'lda', 'load', '>r r w v', 'd = signed byte at a + b'],
  [65, 'ldu8', 'lda', 'load', '>r r w v', 'd = byte at a + b'],
  [66, 'ld16', 'lda', 'load', '>r r w v', 'd = signed half at a + b'],
  [67, 'ldu16', 'lda', 'load', '>r r w v', 'd = half at a + b'],
  [68, 'ld32', 'lda', 'load', '>r r w v', 'd = word at a + b'],
  [69, 'ldv16', 'lda ldb', 'load', '>x r w v', 'low 16 bytes of d = memory at a + b'],
  [70, 'ldv32', 'lda ldb', 'load', '>x r w v', 'low 32 bytes of d = memory at a + b'],
  [71, 'ldv64', 'lda ldb', 'load', '>x r w v', 'd = 64 bytes at a + b'],
  [72, 'ldc', 'lda', 'load', '>c r v z', 'low bytes of accumulator d = memory at a + b'],
  [73, 'ldm', 'lda', 'load', '>m r v', 'mask d = 16 bytes at a + b'],
  [80, 'st8', 'st', 'store', 'r r w v', 'byte at b + c = a'],
  [81, 'st16', 'st', 'store', 'r r w v', 'half at b + c = a'],
  [82, 'st32', 'st', 'store', 'r r w v', 'word at b + c = a'],
  [83, 'stv16', 'st', 'store', 'x r w v', '16 bytes at b + c = a'],
  [84, 'stv32', 'st', 'store', 'x r w v', '32 bytes at b + c = a'],
  [85, 'stv64', 'st', 'store', 'x r w v', '64 bytes at b + c = a'],
  [86, 'stc', 'st', 'store', 'c r v z', 'memory at b + c = low bytes of accumulator a'],
  [87, 'stm', 'st', 'store', 'm r v', '16 bytes at b + c = mask a'],

  [92, 'ldtm', 'ctl', 'port', '>r r v', 'd = register of the own tile at offset a + b'],
  [94, 'putcdx', 'ctl', 'control', 'x', 'put a into the cascade; waits for room'],
  [93, 'sttm', 'ctl', 'control', 'r r v', 'register of the own tile at offset b + c = a'],

  [96, 'vmov', 'mov', 'vmove', '>x x', 'd = a'],
  [97, 'cmov', 'mov', 'vmove', '>c c', 'd = a'],
  [98, 'mmov', 'mov', 'vmove', '>m m', 'd = a'],
  [99, 'vzero', 'mov', 'vmove', '>x', 'd = 0'],
  [100, 'czero', 'mov', 'vmove', '>c', 'd = 0'],
  [101, 'mzero', 'mov', 'vmove', '>m', 'd = 0'],
  [102, 'vbc', 'mov', 'vmove', '>x e l v', 'every lane of d = b'],
  [103, 'vext', 'mov', 'extract', '>r x e s', 'd = lane s of a, extended by its type'],
  [104, 'vins', 'mov', 'vmove', '>x x e s r', 'd = a with lane s = b'],
  [105, 'vget', 'mov', 'vmove', '>x x z p', 'low bytes of d = part p of a'],
  [106, 'vput', 'mov', 'vmove', '>x x x z p', 'd = a with part p = low bytes of b'],
  [107, 'vselm', 'vec', 'vector', '>x m x x e l', 'lane of d = mask bit ? lane of b : lane of a'],
  [108, 'mand', 'mov', 'vmove', '>m m m', 'd = a & b'],
  [109, 'mor', 'mov', 'vmove', '>m m m', 'd = a | b'],
  [110, 'mxor', 'mov', 'vmove', '>m m m', 'd = a ^ b'],
  [111, 'mnot', 'mov', 'vmove', '>m m l', 'd = ~a in the low lanes, 0 above'],
  [112, 'mget', 'mov', 'extract', '>r m s', 'd = word s of the mask'],
  [113, 'mput', 'mov', 'vmove', '>m m s r', 'd = a with word s = b'],

  [120, 'vadd', 'vec', 'vector', '>x x x e l', 'lanes a + b'],
  [121, 'vsub', 'vec', 'vector', '>x x x e l', 'lanes a - b'],
  [122, 'vmin', 'vec', 'vector', '>x x x e l', 'lanes min(a, b)'],
  [123, 'vmax', 'vec', 'vector', '>x x x e l', 'lanes max(a, b)'],
  [124, 'vand', 'vec', 'vector', '>x x x', 'a & b'],
  [125, 'vor', 'vec', 'vector', '>x x x', 'a | b'],
  [126, 'vxor', 'vec', 'vector', '>x x x', 'a ^ b'],
  [127, 'vshl', 'vec', 'vector', '>x x e l s', 'lanes a << s'],
  [128, 'vshr', 'vec', 'vector', '>x x e l s', 'lanes a >> s by their type'],
  [129, 'vshlv', 'vec', 'vector', '>x x x e l', 'lanes a << b'],
  [130, 'vshrv', 'vec', 'vector', '>x x x e l', 'lanes a >> b by their type'],
  [131, 'vcmp', 'vec', 'vector', '>m x x e l q', 'mask of the lanes where a q b; bits above are 0'],
  [132, 'vlmul', 'vec', 'vmul', '>x x x e l', 'lanes low part of a * b'],
  [133, 'vdiv', 'vec', 'divide', '>x x x e l', 'lanes a / b toward zero; 0 when b = 0'],
  [134, 'vrem', 'vec', 'divide', '>x x x e l', 'lanes remainder of a / b; a when b = 0'],
  [136, 'vcmpp', 'vec', 'vector', '>m m x x e l q p', 'd = a with the bits of part p from b q c'],
  [137, 'vselmp', 'vec', 'vector', '>x m x x e l p', 'as vselm with the mask bits of part p'],
  [135, 'vabs', 'vec', 'vector', '>x x e l', 'lanes |a|, the minimum stays'],

  [144, 'vmul32', 'vec', 'vmul', '>c x x e e k p p', '32-bit lanes: products of parts of a and b'],
  [145, 'vmul64', 'vec', 'vmul', '>c x x e e k p p', '64-bit lanes: products of parts of a and b'],
  [146, 'vmac32', 'vec', 'vmac', '>c c x x e e k p p', '32-bit lanes: c + products'],
  [147, 'vmac64', 'vec', 'vmac', '>c c x x e e k p p', '64-bit lanes: c + products'],
  [148, 'vmsc32', 'vec', 'vmac', '>c c x x e e k p p', '32-bit lanes: c - products'],
  [149, 'vmsc64', 'vec', 'vmac', '>c c x x e e k p p', '64-bit lanes: c - products'],
  [150, 'cadd32', 'vec', 'accadd', '>c c c k', '32-bit lanes a + b'],
  [151, 'cadd64', 'vec', 'accadd', '>c c c k', '64-bit lanes a + b'],
  [152, 'csub32', 'vec', 'accadd', '>c c c k', '32-bit lanes a - b'],
  [153, 'csub64', 'vec', 'accadd', '>c c c k', '64-bit lanes a - b'],
  [
    154,
    'srs32',
    'mov',
    'srs',
    '>x c e k s',
    'lanes of d = 32-bit lanes of a, shifted, rounded, saturated',
  ],
  [155, 'srs64', 'mov', 'srs', '>x c e k s', 'the same from 64-bit lanes'],
  [156, 'srsp32', 'mov', 'srs', '>x x c e k p s', 'd = a with part p from the 32-bit lanes of b'],
  [157, 'srsp64', 'mov', 'srs', '>x x c e k p s', 'the same from 64-bit lanes'],
  [158, 'ups32', 'ldb', 'ups', '>c x e k p s', '32-bit lanes = part p of a, shifted up, saturated'],
  [159, 'ups64', 'ldb', 'ups', '>c x e k p s', 'the same to 64-bit lanes'],
  [160, 'srsu32', 'mov', 'srs', '>x c e k s', 'as srs32 from the upper 16 of the 32-bit lanes'],
  [
    161,
    'cput',
    'mov',
    'vmove',
    '>c c c',
    'low half of d = low half of a, high half = low half of b',
  ],
  [162, 'cget', 'mov', 'vmove', '>c c', 'low half of d = high half of a'],
] as const satisfies readonly Row[]

/** Names of the machine operations. */
export type OpName = (typeof rows)[number][1]

const impure: ReadonlySet<string> = new Set<OpName>([
  'nop',
  'jump',
  'bnz',
  'bz',
  'loop',
  'done',
  'acqge',
  'acqeq',
  'rel',
  'event',
  'setrnd',
  'setsat',
  'getrnd',
  'getsat',
  'cycles',
  'call',
  'ret',
  'getss',
  'getsv',
  'putms',
  'putsv',
  'putcd',
  'putcdx',
  'getcd',
  'getcdx',
  'ldtm',
  'sttm',
  'getsr',
  'ld8',
  'ldu8',
  'ld16',
  'ldu16',
  'ld32',
  'ldv16',
  'ldv32',
  'ldv64',
  'ldc',
  'ldm',
  'st8',
  'st16',
  'st32',
  'stv16',
  'stv32',
  'stv64',
  'stc',
  'stm',
  'srs32',
  'srs64',
  'srsp32',
  'srsp64',
  'srsu32',
  'ups32',
  'ups64',
])

function operandsOf(text: string): OperandSpec[] {
  if (text === '') return []
  return text.split(' ').map((word) => {
    const isDef = word.startsWith('>')
    return { kind: (isDef ? word.slice(1) : word) as OperandKind, isDef }
  })
}

function slotsOf(text: string): number {
  return text.split(' ').reduce((bits, name) => bits | (1 << slotNames.indexOf(name as 'lda')), 0)
}

/** Every machine operation. */
export const operations: readonly OpSpec[] = rows.map(
  ([code, name, slots, latency, operands, doc]) => ({
    code,
    name,
    slots: slotsOf(slots),
    latency,
    operands: operandsOf(operands),
    isPure: !impure.has(name),
    doc,
  }),
)

const byCode: (OpSpec | undefined)[] = []
for (const op of operations) byCode[op.code] = op

/** The operation with a code, if there is one. */
export function operation(code: number): OpSpec | undefined {
  return byCode[code]
}

/** Code of every operation by name. */
export const Op = Object.fromEntries(rows.map(([code, name]) => [name, code])) as {
  readonly [K in OpName]: number
}

/** One operation with its operands in table order. */
export interface MachineOp {
  readonly code: number
  readonly args: readonly number[]
  /** Bit i is set when operand i of kind v or s is a constant. */
  readonly constants: number
}

/** At most this many operations start in one cycle. */
export const bundleOps = 7

const endBit = 1 << 31
const longBit = 1 << 30
const fieldBits = 22

function fieldValue(kind: OperandKind, value: number, isConstant: boolean): number {
  if (kind === 'v') return isConstant ? 0x400 | (value & 0x3ff) : value
  if (kind === 's') return isConstant ? 0x40 | (value & 0x3f) : value
  return value
}

function isShort(value: number): boolean {
  return value >= -512 && value <= 511
}

function operandBits(spec: OpSpec): number {
  return spec.operands.reduce((sum, o) => sum + widths[o.kind], 0)
}

/** Index of the operand that may take the long immediate, or -1. */
function flexibleIndex(spec: OpSpec): number {
  return spec.operands.findIndex((o) => o.kind === 'v')
}

function encodeOp(op: MachineOp, isLast: boolean, out: number[]): void {
  const spec = byCode[op.code]!
  const flexible = flexibleIndex(spec)
  const isLong = flexible >= 0 && (op.constants >> flexible) & 1 && !isShort(op.args[flexible]!)
  let low = 0
  let high = 0
  let at = 0
  spec.operands.forEach((operand, i) => {
    const isConstant = ((op.constants >> i) & 1) === 1
    const value =
      isLong && i === flexible ? 0x400 : fieldValue(operand.kind, op.args[i]!, isConstant)
    const width = widths[operand.kind]
    if (at < fieldBits) low |= (value << at) & (2 ** fieldBits - 1)
    if (at + width > fieldBits)
      high |= at >= fieldBits ? value << (at - fieldBits) : value >>> (fieldBits - at)
    at += width
  })
  out.push((low | (op.code << fieldBits) | (isLast ? endBit : 0) | (isLong ? longBit : 0)) >>> 0)
  if (at > fieldBits) out.push(high >>> 0)
  if (isLong) out.push(op.args[flexible]! >>> 0)
}

/**
 * The words of one bundle. Operand values must fit their fields; a bundle has at least one
 * operation.
 */
export function encode(bundle: readonly MachineOp[]): number[] {
  const out: number[] = []
  bundle.forEach((op, i) => encodeOp(op, i === bundle.length - 1, out))
  return out
}

/** Number of words `encode` gives for a bundle. */
export function bundleWords(bundle: readonly MachineOp[]): number {
  return encode(bundle).length
}

function isLegal(kind: OperandKind, value: number): boolean {
  if (kind === 'x') return value < registerFile.x
  if (kind === 'e') return value < elements.length
  if (kind === 'q') return value < relations.length
  return true
}

/** Could this word begin the operation with a code? */
export function encodesCode(word: number, code: number): boolean {
  return ((word >>> fieldBits) & 0xff) === code
}

export interface DecodedBundle {
  readonly ops: readonly MachineOp[]
  /** Words the bundle occupies. */
  readonly length: number
}

/** Reads the bundle at word `at`; undefined when the words there are no bundle. */
export function decode(
  words: ArrayLike<number>,
  at: number,
  end = words.length,
): DecodedBundle | undefined {
  const ops: MachineOp[] = []
  let next = at
  for (;;) {
    if (next >= end || ops.length >= bundleOps) return undefined
    const head = words[next++]! >>> 0
    const spec = byCode[(head >>> fieldBits) & 0xff]
    if (!spec) return undefined
    const bits = operandBits(spec)
    if (next + (bits > fieldBits ? 1 : 0) > end) return undefined
    const extra = bits > fieldBits ? words[next++]! >>> 0 : 0
    const op = decodeOp(spec, head & (2 ** fieldBits - 1), extra)
    if (!op) return undefined
    if (head & longBit) {
      const flexible = flexibleIndex(spec)
      if (flexible < 0 || ((op.constants >> flexible) & 1) === 0 || next >= end) return undefined
      op.args[flexible] = words[next++]! | 0
    }
    ops.push(op)
    if (head & endBit) return { ops, length: next - at }
  }
}

/** Lanes must fit the registers they lie in. */
function fitsRegisters(spec: OpSpec, args: readonly number[]): boolean {
  let lanes = 0
  let widest = 1
  spec.operands.forEach((operand, i) => {
    if (operand.kind === 'l') lanes = 2 ** args[i]!
    if (operand.kind === 'k') lanes = 4 << args[i]!
    if (operand.kind === 'e') widest = Math.max(widest, 1 << (args[i]! >> 1))
    if (operand.kind === 'z' && spec.operands.some((o) => o.kind === 'x')) lanes = 16 << args[i]!
  })
  if (spec.name === 'mnot') return true
  const wide = spec.name.endsWith('64') && spec.operands.some((o) => o.kind === 'c')
  return lanes * widest <= registerBytes.x && (!wide || lanes * 8 <= registerBytes.c)
}

function decodeOp(
  spec: OpSpec,
  low: number,
  high: number,
): { code: number; args: number[]; constants: number } | undefined {
  const args: number[] = []
  let constants = 0
  let at = 0
  for (const operand of spec.operands) {
    const width = widths[operand.kind]
    const mask = 2 ** width - 1
    let value = at < fieldBits ? low >>> at : high >>> (at - fieldBits)
    if (at < fieldBits && at + width > fieldBits) value |= high << (fieldBits - at)
    value &= mask
    at += width
    if (operand.kind === 'v' || operand.kind === 's') {
      const flag = operand.kind === 'v' ? 0x400 : 0x40
      if (value & flag) {
        constants |= 1 << args.length
        value = operand.kind === 'v' ? (value << 22) >> 22 : value & 0x3f
      } else if (value >= registerFile.r) return undefined
    }
    if (!isLegal(operand.kind, value)) return undefined
    args.push(value)
  }
  return fitsRegisters(spec, args) ? { code: spec.code, args, constants } : undefined
}

function operandText(kind: OperandKind, value: number, isConstant: boolean): string {
  switch (kind) {
    case 'r':
    case 'x':
    case 'c':
    case 'm':
      return `${kind}${value}`
    case 'v':
    case 's':
      return isConstant ? `#${value}` : `r${value}`
    case 'e':
      return elements[value]!
    case 'l':
      return `x${2 ** value}`
    case 'k':
      return `x${4 << value}`
    case 'z':
      return `${16 << value}B`
    case 'q':
      return relations[value]!
    case 'p':
      return `part ${value}`
    case 't':
      return `0x${(value * 4).toString(16)}`
    case 'w':
      return value === 1 ? 'post' : ''
    case 'h':
      return value > 0 ? `wait ${value}` : ''
    default:
      return String(value)
  }
}

/** Readable form of one operation. */
export function opText(op: MachineOp): string {
  const spec = byCode[op.code]!
  const words = spec.operands
    .map((o, i) => operandText(o.kind, op.args[i]!, ((op.constants >> i) & 1) === 1))
    .filter((word) => word !== '')
  return words.length === 0 ? spec.name : `${spec.name} ${words.join(', ')}`
}

export interface DisassembledBundle {
  /** Byte offset in program memory. */
  readonly pc: number
  readonly text: readonly string[]
}

/** Text of every bundle from byte 0 up to the first word that is none. */
export function disassemble(words: ArrayLike<number>): DisassembledBundle[] {
  const out: DisassembledBundle[] = []
  let at = 0
  while (at < words.length) {
    const bundle = decode(words, at)
    if (!bundle) break
    out.push({ pc: at * 4, text: bundle.ops.map(opText) })
    at += bundle.length
  }
  return out
}
