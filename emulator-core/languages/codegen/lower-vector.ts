/** Lowering of vector, accumulator and mask operations, register by register. */
import { relations, type OpName } from '../../device/abi/core-isa.ts'
import type { FlatOp } from './inline.ts'
import { elementBits, sizeBytes, type ElementKind, type IrType, type Operand } from './ir.ts'
import { partsOf, typeText, type Lowering } from './lowering.ts'
import { elementCode, reg, type Arg } from './mir.ts'

type VectorType = Extract<IrType, { kind: 'vector' }>
type AccumType = Extract<IrType, { kind: 'accum' }>

const registerBytes = 64

/** log2 of a power of two. */
export function log2(n: number): number {
  return 31 - Math.clz32(n)
}

/** Lane type code; floating types move as bits of their width. */
function laneCode(of: ElementKind): number {
  if (of === 'bf16') return elementCode('u16')
  return elementCode(of === 'f32' ? 'u32' : of)
}

function lanesPerRegister(type: VectorType): number {
  return Math.min(type.lanes, (registerBytes * 8) / elementBits(type.of))
}

function isFloat(type: IrType): boolean {
  if (type.kind === 'accum') return type.of === 'accfloat'
  return (
    (type.kind === 'vector' || type.kind === 'scalar') && (type.of === 'bf16' || type.of === 'f32')
  )
}

const moves = new Set<FlatOp['op']>([
  'copy',
  'load',
  'store',
  'select',
  'broadcast',
  'zeros',
  'extract',
  'insert',
  'subvector',
  'concat',
])

/** Lowers one operation that touches a vector, an accumulator or a mask. */
export function lowerVector(low: Lowering, op: FlatOp): void {
  const types = [op.type, ...op.args.map((a) => ('reg' in a ? low.typeOf(a.reg) : op.type))]
  const float = types.find(isFloat)
  if (float && !moves.has(op.op)) return low.refuse(`Arithmetic on ${typeText(float)} values`)
  switch (op.op) {
    case 'load':
    case 'store':
      return lowerMemory(low, op)
    case 'extract':
      return lowerExtract(low, op)
    case 'compare':
      return lowerCompare(low, op)
    case 'setmode':
    case 'getmode':
    case 'acquire':
    case 'release':
    case 'event':
    case 'cycles':
    case 'call':
    case 'frame':
    case 'symbol':
    case 'convert':
    case 'div':
    case 'rem':
      if ((op.op === 'div' || op.op === 'rem') && op.type.kind === 'vector') break
      return low.refuse(`Operations '${op.op}' on ${typeText(op.type)} values`)
    default:
      break
  }
  if (op.dst === undefined) return
  const target = low.registers(op.dst)
  const result =
    op.type.kind === 'accum'
      ? accumValue(low, op, op.type)
      : op.type.kind === 'mask'
        ? maskValue(low, op)
        : op.type.kind === 'vector'
          ? vectorValue(low, op, op.type)
          : undefined
  if (!result || result.length !== target.length) {
    return low.refuse(`Operations '${op.op}' on ${typeText(op.type)} values`)
  }
  const move: OpName = op.type.kind === 'accum' ? 'cmov' : op.type.kind === 'mask' ? 'mmov' : 'vmov'
  result.forEach((part, i) => low.emit(move, reg(target[i]!), part))
}

/** The registers of a vector operand; scalars and constants become broadcasts. */
function vectorOperand(low: Lowering, operand: Operand, like: VectorType): Arg[] {
  const type = 'reg' in operand ? low.typeOf(operand.reg) : undefined
  if (type?.kind === 'vector') return low.operand(operand)
  const value = low.operand(operand)[0] ?? 0
  const e = laneCode(like.of)
  const l = log2(lanesPerRegister(like))
  return (partsOf(like) ?? []).map(() => low.value('x', 'vbc', e, l, value))
}

const lanewise: Partial<Record<FlatOp['op'], OpName>> = {
  add: 'vadd',
  sub: 'vsub',
  min: 'vmin',
  max: 'vmax',
  mul: 'vlmul',
  div: 'vdiv',
  rem: 'vrem',
}
const bitwise: Partial<Record<FlatOp['op'], OpName>> = { and: 'vand', or: 'vor', xor: 'vxor' }

function vectorValue(low: Lowering, op: FlatOp, type: VectorType): Arg[] | undefined {
  const e = laneCode(type.of)
  const l = log2(lanesPerRegister(type))
  const operands = (i: number): Arg[] => vectorOperand(low, op.args[i]!, type)
  const each = (name: OpName, a: Arg[], ...rest: Arg[]): Arg[] =>
    a.map((x) => low.value('x', name, x, ...rest))
  const both = (name: OpName, a: Arg[], b: Arg[], ...rest: Arg[]): Arg[] =>
    a.map((x, i) => low.value('x', name, x, b[i]!, ...rest))
  const lane = lanewise[op.op]
  if (lane) return both(lane, operands(0), operands(1), e, l)
  const bits = bitwise[op.op]
  if (bits) return both(bits, operands(0), operands(1))
  switch (op.op) {
    case 'copy':
    case 'broadcast':
      return operands(0)
    case 'zeros':
      return (partsOf(type) ?? []).map(() => low.value('x', 'vzero'))
    case 'neg':
      return both('vsub', vectorOperand(low, { imm: 0 }, type), operands(0), e, l)
    case 'not':
      return both('vxor', operands(0), vectorOperand(low, { imm: -1 }, type))
    case 'abs':
      return type.of.startsWith('u') ? operands(0) : each('vabs', operands(0), e, l)
    case 'shl':
    case 'shr': {
      const amount = op.args[1]!
      const isVector = 'reg' in amount && low.typeOf(amount.reg).kind === 'vector'
      if (isVector) return both(op.op === 'shl' ? 'vshlv' : 'vshrv', operands(0), operands(1), e, l)
      const shift = low.operand(amount)[0] ?? 0
      const s = typeof shift === 'number' ? shift & 31 : shift
      return each(op.op === 'shl' ? 'vshl' : 'vshr', operands(0), e, l, s)
    }
    case 'select': {
      const mask = low.operand(op.args[0]!)[0] ?? 0
      const [a, b] = [operands(1), operands(2)]
      if (typeof mask === 'number') return mask === 0 ? a : b
      return a.map((x, i) =>
        i === 0
          ? low.value('x', 'vselm', mask, x, b[i]!, e, l)
          : low.value('x', 'vselmp', mask, x, b[i]!, e, l, i),
      )
    }
    case 'srs':
      return lowerSrs(low, op, type)
    case 'insert':
      return lowerInsert(low, op, type)
    case 'subvector':
      return lowerSubvector(low, op, type)
    case 'concat':
      return lowerConcat(low, op)
    default:
      return undefined
  }
}

function maskValue(low: Lowering, op: FlatOp): Arg[] | undefined {
  const of = (i: number): Arg => {
    const arg = low.operand(op.args[i]!)[0] ?? 0
    return typeof arg === 'number' ? low.value('m', 'mzero') : arg
  }
  const lanes = op.type.kind === 'mask' ? op.type.lanes : 0
  switch (op.op) {
    case 'copy':
      return [of(0)]
    case 'zeros':
      return [low.value('m', 'mzero')]
    case 'and':
    case 'or':
    case 'xor':
      return [
        low.value('m', op.op === 'and' ? 'mand' : op.op === 'or' ? 'mor' : 'mxor', of(0), of(1)),
      ]
    case 'not':
      return [low.value('m', 'mnot', of(0), log2(lanes))]
    default:
      return undefined
  }
}

/** `type` is the type of the operands; the result is a mask with one bit per lane. */
function lowerCompare(low: Lowering, op: FlatOp): void {
  if (op.dst === undefined) return
  const type = op.type.kind === 'vector' ? op.type : vectorOf(low, op)
  const target = low.registers(op.dst)
  if (!type || low.typeOf(op.dst).kind !== 'mask')
    return low.refuse(`Comparisons of ${typeText(op.type)} values`)
  const [a, b] = [vectorOperand(low, op.args[0]!, type), vectorOperand(low, op.args[1]!, type)]
  const e = laneCode(type.of)
  const l = log2(lanesPerRegister(type))
  const q = relations.indexOf(op.relation ?? 'eq')
  let mask: Arg = low.value('m', 'vcmp', a[0]!, b[0]!, e, l, q)
  for (let i = 1; i < a.length; i++) mask = low.value('m', 'vcmpp', mask, a[i]!, b[i]!, e, l, q, i)
  low.emit('mmov', reg(target[0]!), mask)
}

function vectorOf(low: Lowering, op: FlatOp): VectorType | undefined {
  for (const a of op.args) {
    const type = 'reg' in a ? low.typeOf(a.reg) : undefined
    if (type?.kind === 'vector') return type
  }
  return undefined
}

const loads: Readonly<Record<number, OpName>> = { 16: 'ldv16', 32: 'ldv32', 64: 'ldv64' }
const stores: Readonly<Record<number, OpName>> = { 16: 'stv16', 32: 'stv32', 64: 'stv64' }

function lowerMemory(low: Lowering, op: FlatOp): void {
  const { type } = op
  const base = low.inRegister(low.operand(op.args[0]!)[0] ?? 0)
  const from = op.offset ?? 0
  const isLoad = op.op === 'load'
  if (isLoad && op.dst === undefined) return
  const parts = isLoad ? low.registers(op.dst!).map(reg) : storedParts(low, op)
  if (type.kind === 'mask') {
    if (isLoad) low.emit('ldm', parts[0]!, base, from)
    else low.emit('stm', parts[0]!, base, from)
    return
  }
  const bytes = sizeBytes(type)
  parts.forEach((part, i) => {
    if (type.kind === 'vector') {
      const size = Math.min(bytes, registerBytes)
      low.emit(isLoad ? loads[size]! : stores[size]!, part, base, 0, from + i * registerBytes)
    } else {
      const size = Math.min(bytes, 2 * registerBytes)
      low.emit(isLoad ? 'ldc' : 'stc', part, base, from + i * 2 * registerBytes, log2(size) - 4)
    }
  })
}

function storedParts(low: Lowering, op: FlatOp): Arg[] {
  const value = op.args[1]!
  if (op.type.kind === 'vector') return vectorOperand(low, value, op.type)
  const parts = low.operand(value)
  if (typeof parts[0] !== 'number') return parts
  const zero: OpName = op.type.kind === 'mask' ? 'mzero' : 'czero'
  const kind = op.type.kind === 'mask' ? 'm' : 'c'
  return (partsOf(op.type) ?? []).map(() => low.value(kind, zero))
}

/** The lane at a run-time index of a value of several registers: take it from each and choose. */
function lowerExtract(low: Lowering, op: FlatOp): void {
  const source = op.args[0]!
  const type = 'reg' in source ? low.typeOf(source.reg) : undefined
  if (op.dst === undefined) return
  if (type?.kind !== 'vector' || low.registers(op.dst).length !== 1) {
    return low.refuse(`Lanes of ${typeText(type ?? op.type)} values`)
  }
  const dst = reg(low.registers(op.dst)[0]!)
  const e = laneCode(type.of)
  const each = lanesPerRegister(type)
  const parts = low.operand(source)
  const index = op.args[1] ? (low.operand(op.args[1])[0] ?? 0) : (op.index ?? 0)
  if (typeof index === 'number') {
    if (index < 0 || index >= type.lanes) {
      return low.error('C9021', `Lane ${index} does not exist in a vector of ${type.lanes}.`)
    }
    const at = Math.floor(index / each)
    return low.emit('vext', dst, parts[at]!, e, index - at * each)
  }
  const lane = low.value('r', 'and', index, each - 1)
  let value = low.value('r', 'vext', parts[0]!, e, lane)
  const part = parts.length > 1 ? low.value('r', 'lsr', index, log2(each)) : 0
  for (let i = 1; i < parts.length; i++) {
    const here = low.value('r', 'eq', part, i)
    value = low.value('r', 'sel', here, low.value('r', 'vext', parts[i]!, e, lane), value)
  }
  low.emit('mov', dst, value)
}

function lowerInsert(low: Lowering, op: FlatOp, type: VectorType): Arg[] | undefined {
  const e = laneCode(type.of)
  const each = lanesPerRegister(type)
  const parts = [...vectorOperand(low, op.args[0]!, type)]
  const hasIndex = op.args.length > 2
  const index = hasIndex ? (low.operand(op.args[1]!)[0] ?? 0) : (op.index ?? 0)
  const value = low.inRegister(low.operand(op.args[hasIndex ? 2 : 1]!)[0] ?? 0)
  if (typeof index === 'number') {
    if (index < 0 || index >= type.lanes) {
      low.error('C9021', `Lane ${index} does not exist in a vector of ${type.lanes}.`)
      return parts
    }
    const at = Math.floor(index / each)
    parts[at] = low.value('x', 'vins', parts[at]!, e, index - at * each, value)
    return parts
  }
  const lane = low.value('r', 'and', index, each - 1)
  if (parts.length === 1) return [low.value('x', 'vins', parts[0]!, e, lane, value)]
  const part = low.value('r', 'lsr', index, log2(each))
  return parts.map((x, i) => {
    const here = low.value('r', 'eq', part, i)
    const old = low.value('r', 'vext', x, e, lane)
    return low.value('x', 'vins', x, e, lane, low.value('r', 'sel', here, value, old))
  })
}

/** Chunk `index` of a vector. */
function lowerSubvector(low: Lowering, op: FlatOp, type: VectorType): Arg[] | undefined {
  const source = op.args[0]!
  const from = 'reg' in source ? low.typeOf(source.reg) : type
  if (from.kind !== 'vector') return undefined
  const parts = low.operand(source)
  const bytes = sizeBytes(type)
  const at = (op.index ?? 0) * bytes
  if (at < 0 || at + bytes > sizeBytes(from)) {
    low.error(
      'C9022',
      `Part ${op.index ?? 0} of ${typeText(type)} does not exist in ${typeText(from)}.`,
    )
    return undefined
  }
  if (bytes >= registerBytes) return parts.slice(at / registerBytes, (at + bytes) / registerBytes)
  const inside = at % registerBytes
  return [
    low.value('x', 'vget', parts[Math.floor(at / registerBytes)]!, log2(bytes) - 4, inside / bytes),
  ]
}

function lowerConcat(low: Lowering, op: FlatOp): Arg[] | undefined {
  const out: Arg[] = []
  let fill = 0
  for (const operand of op.args) {
    const from = 'reg' in operand ? low.typeOf(operand.reg) : undefined
    if (from?.kind !== 'vector') return undefined
    const bytes = sizeBytes(from)
    const parts = low.operand(operand)
    if (bytes >= registerBytes) {
      if (fill % registerBytes !== 0) return undefined
      out.push(...parts)
    } else if (fill % registerBytes === 0) out.push(parts[0]!)
    else {
      const p = (fill % registerBytes) / bytes
      out[out.length - 1] = low.value(
        'x',
        'vput',
        out[out.length - 1]!,
        parts[0]!,
        log2(bytes) - 4,
        p,
      )
    }
    fill += bytes
  }
  return out
}

/** Lanes of one accumulator register for this accumulator type. */
function lanesPerAccumulator(type: AccumType): number {
  return Math.min(type.lanes, type.of === 'acc64' ? 16 : 32)
}

/** The register and the part in it that hold lanes `[lane, lane + count)` of a vector. */
function partAt(type: VectorType, lane: number, count: number): { register: number; part: number } {
  const bytes = (elementBits(type.of) * lane) >> 3
  const each = (elementBits(type.of) * count) >> 3
  return { register: bytes >> 6, part: (bytes & 63) / each }
}

function accumValue(low: Lowering, op: FlatOp, type: AccumType): Arg[] | undefined {
  const wide = type.of === 'acc64'
  const lanes = lanesPerAccumulator(type)
  const k = log2(lanes) - 2
  const count = (partsOf(type) ?? []).length
  const acc = (i: number): Arg[] => {
    const parts = low.operand(op.args[i]!)
    if (typeof parts[0] !== 'number') return parts
    return Array.from({ length: count }, () => low.value('c', 'czero'))
  }
  switch (op.op) {
    case 'copy':
      return acc(0)
    case 'zeros':
      return acc0(low, count)
    case 'accadd':
    case 'accsub':
    case 'add':
    case 'sub': {
      const adds = op.op === 'accadd' || op.op === 'add'
      const name: OpName = adds ? (wide ? 'cadd64' : 'cadd32') : wide ? 'csub64' : 'csub32'
      const [a, b] = [acc(0), acc(1)]
      return a.map((x, i) => low.value('c', name, x, b[i]!, k))
    }
    case 'vmul':
    case 'vmac':
    case 'vmsc': {
      const first = op.op === 'vmul' ? 0 : 1
      const factors = factorsOf(low, op, first, type)
      if (!factors) return undefined
      const old = first === 1 ? acc(0) : []
      const one = (from: number, n: number, before: Arg | undefined): Arg => {
        const a = partAt(factors.a.type, from, n)
        const b = partAt(factors.b.type, from, n)
        const tail = [
          factors.a.parts[a.register]!,
          factors.b.parts[b.register]!,
          laneCode(factors.a.type.of),
          laneCode(factors.b.type.of),
          log2(n) - 2,
          a.part,
          b.part,
        ]
        if (before === undefined) return low.value('c', wide ? 'vmul64' : 'vmul32', ...tail)
        const name: OpName =
          op.op === 'vmac' ? (wide ? 'vmac64' : 'vmac32') : wide ? 'vmsc64' : 'vmsc32'
        return low.value('c', name, before, ...tail)
      }
      const halves = isHalved(factors.a.type, lanes) || isHalved(factors.b.type, lanes)
      return Array.from({ length: count }, (_, i) => {
        if (!halves) return one(i * lanes, lanes, old[i])
        const upper = old[i] === undefined ? undefined : low.value('c', 'cget', old[i]!)
        const half = lanes / 2
        return low.value(
          'c',
          'cput',
          one(i * lanes, half, old[i]),
          one(i * lanes + half, half, upper),
        )
      })
    }
    case 'ups': {
      const source = op.args[0]!
      const from = 'reg' in source ? low.typeOf(source.reg) : undefined
      if (from?.kind !== 'vector' || from.lanes !== type.lanes) return undefined
      const parts = low.operand(source)
      const shift = shiftOperand(low, op.args[1])
      if (shift === undefined) return acc0(low, count)
      const one = (lane: number, n: number): Arg => {
        const { register, part } = partAt(from, lane, n)
        const name: OpName = wide ? 'ups64' : 'ups32'
        return low.value('c', name, parts[register]!, laneCode(from.of), log2(n) - 2, part, shift)
      }
      return Array.from({ length: count }, (_, i) => {
        if (!isHalved(from, lanes)) return one(i * lanes, lanes)
        return low.value(
          'c',
          'cput',
          one(i * lanes, lanes / 2),
          one(i * lanes + lanes / 2, lanes / 2),
        )
      })
    }
    case 'subvector': {
      const parts = low.operand(op.args[0]!)
      const at = (op.index ?? 0) * count
      if (sizeBytes(type) < 2 * registerBytes || at + count > parts.length) return undefined
      return parts.slice(at, at + count)
    }
    case 'concat': {
      const out: Arg[] = []
      for (const operand of op.args) {
        const from = 'reg' in operand ? low.typeOf(operand.reg) : undefined
        if (from?.kind !== 'accum' || sizeBytes(from) < 2 * registerBytes) return undefined
        out.push(...low.operand(operand))
      }
      return out
    }
    default:
      return undefined
  }
}

/** The lanes of one accumulator register fill two registers of this vector. */
function isHalved(type: VectorType, lanes: number): boolean {
  return lanes * elementBits(type.of) > registerBytes * 8
}

function acc0(low: Lowering, count: number): Arg[] {
  return Array.from({ length: count }, () => low.value('c', 'czero'))
}

interface Factor {
  readonly type: VectorType
  readonly parts: Arg[]
}

/** Both factors of a product as vectors with the accumulator's lanes. */
function factorsOf(
  low: Lowering,
  op: FlatOp,
  first: number,
  acc: AccumType,
): { a: Factor; b: Factor } | undefined {
  const vectorIn = (i: number): VectorType | undefined => {
    const operand = op.args[i]!
    const type = 'reg' in operand ? low.typeOf(operand.reg) : undefined
    return type?.kind === 'vector' ? type : undefined
  }
  const like = vectorIn(first) ?? vectorIn(first + 1)
  if (!like) return undefined
  const factor = (i: number): Factor | undefined => {
    const operand = op.args[i]!
    const own = vectorIn(i)
    if (own) return own.lanes === acc.lanes ? { type: own, parts: low.operand(operand) } : undefined
    const type: VectorType = {
      kind: 'vector',
      of: scalarLane(low, operand, like.of),
      lanes: acc.lanes,
    }
    if (!partsOf(type) || isFloat(type)) return undefined
    return { type, parts: vectorOperand(low, operand, type) }
  }
  const [a, b] = [factor(first), factor(first + 1)]
  return a && b ? { a, b } : undefined
}

/**
 * The lane type of a scalar factor: its own, or for a constant that of the other factor when it
 * fits.
 */
function scalarLane(low: Lowering, operand: Operand, other: ElementKind): ElementKind {
  if ('reg' in operand) {
    const type = low.typeOf(operand.reg)
    const of = type.kind === 'scalar' ? type.of : 'i32'
    if (of === 'i1') return 'u8'
    return of === 'ptr' || of === 'i64' || of === 'u64' ? 'i32' : of
  }
  const bits = elementBits(other)
  const isSigned = other.startsWith('i')
  const low0 = isSigned ? -(2 ** (bits - 1)) : 0
  const high = isSigned ? 2 ** (bits - 1) - 1 : 2 ** bits - 1
  if (operand.imm >= low0 && operand.imm <= high) return other
  if (operand.imm >= -32768 && operand.imm <= 32767) return 'i16'
  return operand.imm > 2 ** 31 - 1 ? 'u32' : 'i32'
}

/**
 * A shift of SRS or UPS: 0…63, or a register; undefined (reported) when a constant is out of range.
 */
function shiftOperand(low: Lowering, operand: Operand | undefined): Arg | undefined {
  const shift = operand ? (low.operand(operand)[0] ?? 0) : 0
  if (typeof shift === 'number' && (shift < 0 || shift > 63)) {
    low.error('C9023', `A shift of ${shift} was given, SRS and UPS take 0 to 63.`)
    return undefined
  }
  return shift
}

function lowerSrs(low: Lowering, op: FlatOp, type: VectorType): Arg[] | undefined {
  const source = op.args[0]!
  const from = 'reg' in source ? low.typeOf(source.reg) : undefined
  if (from?.kind !== 'accum' || from.lanes !== type.lanes) return undefined
  const wide = from.of === 'acc64'
  const lanes = lanesPerAccumulator(from)
  const k = log2(lanes) - 2
  const e = laneCode(type.of)
  const shift = shiftOperand(low, op.args[1])
  if (shift === undefined) return (partsOf(type) ?? []).map(() => low.value('x', 'vzero'))
  const out: Arg[] = []
  low.operand(source).forEach((acc, i) => {
    if (isHalved(type, lanes)) {
      out.push(
        low.value('x', 'srs32', acc, e, k - 1, shift),
        low.value('x', 'srsu32', acc, e, k - 1, shift),
      )
      return
    }
    const { register, part } = partAt(type, i * lanes, lanes)
    if (part === 0) out[register] = low.value('x', wide ? 'srs64' : 'srs32', acc, e, k, shift)
    else
      out[register] = low.value(
        'x',
        wide ? 'srsp64' : 'srsp32',
        out[register]!,
        acc,
        e,
        k,
        part,
        shift,
      )
  })
  return out
}
