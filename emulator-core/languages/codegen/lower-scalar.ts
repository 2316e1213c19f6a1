/** Lowering of scalar operations: 32 bits and fewer directly, 64 bits as two words. */
import type { OpName } from '../../device/abi/core-isa.ts'
import type { FlatOp } from './inline.ts'
import { sizeBytes, type IrType, type Relation, type ScalarKind } from './ir.ts'
import { typeText, type Lowering } from './lowering.ts'
import { reg, type Arg } from './mir.ts'

const signed = new Set<ScalarKind>(['i8', 'i16', 'i32', 'i64'])

export function isSigned(of: ScalarKind): boolean {
  return signed.has(of)
}

function kindOf(type: IrType): ScalarKind {
  return type.kind === 'scalar' ? type.of : 'i32'
}

/** Lowers one operation whose types are all scalar. */
export function lowerScalar(low: Lowering, op: FlatOp): void {
  const system = lowerSystem(low, op)
  if (system) return
  const of = kindOf(op.type)
  const moves = op.op === 'copy' || op.op === 'load' || op.op === 'store' || op.op === 'select'
  const isFloat = of === 'bf16' || of === 'f32'
  const fromFloat = op.from?.kind === 'scalar' && (op.from.of === 'bf16' || op.from.of === 'f32')
  if ((isFloat && !moves) || fromFloat) {
    return low.refuse(
      `Arithmetic on ${typeText(isFloat ? op.type : op.from!)} values and its conversions`,
    )
  }
  const isWide = of === 'i64' || of === 'u64'
  const fromWide = op.from?.kind === 'scalar' && (op.from.of === 'i64' || op.from.of === 'u64')
  if (isWide || fromWide) lowerWide(low, op, of)
  else lowerNarrow(low, op, of)
}

/** Locks, events, modes and the timer. Says whether the operation was one of them. */
function lowerSystem(low: Lowering, op: FlatOp): boolean {
  const args = op.args.map((a) => low.operand(a)[0] ?? 0)
  const dst = op.dst === undefined ? undefined : low.registers(op.dst)
  switch (op.op) {
    case 'acquire':
      low.emit(op.mode === 'eq' ? 'acqeq' : 'acqge', args[0]!, shortOf(low, args[1]!))
      return true
    case 'release':
      low.emit('rel', args[0]!, shortOf(low, args[1]!))
      return true
    case 'event':
      low.emit('event', (op.offset ?? 0) & 1)
      return true
    case 'setmode':
      low.emit(op.symbol === 'saturation' ? 'setsat' : 'setrnd', args[0]!)
      return true
    case 'getmode':
      if (dst) low.emit(op.symbol === 'saturation' ? 'getsat' : 'getrnd', reg(dst[0]!))
      return true
    case 'cycles':
      if (dst) {
        low.emit('cycles', reg(dst[0]!))
        if (dst[1] !== undefined) low.emit('movi', reg(dst[1]), 0)
      }
      return true
    default:
      return false
  }
}

/** Only the first flexible operand of an operation may be a long constant. */
function shortOf(low: Lowering, arg: Arg): Arg {
  return typeof arg === 'number' && (arg < -512 || arg > 511) ? low.inRegister(arg) : arg
}

/** A constant as a register of this type holds it. */
export function normalConstant(value: number, of: ScalarKind): number {
  switch (of) {
    case 'i1':
      return value & 1
    case 'i8':
      return (value << 24) >> 24
    case 'u8':
      return value & 0xff
    case 'i16':
      return (value << 16) >> 16
    case 'u16':
    case 'bf16':
      return value & 0xffff
    default:
      return value | 0
  }
}

/** Writes `value` to `dst`, brought into the range of the type. */
function normalise(low: Lowering, dst: Arg, value: Arg, of: ScalarKind): void {
  if (typeof value === 'number') return low.emit('movi', dst, normalConstant(value, of))
  switch (of) {
    case 'i1':
      return low.emit('and', dst, value, 1)
    case 'i8':
      return low.emit('ext8', dst, value)
    case 'u8':
      return low.emit('extu8', dst, value)
    case 'i16':
      return low.emit('ext16', dst, value)
    case 'u16':
    case 'bf16':
      return low.emit('extu16', dst, value)
    default:
      return low.emit('mov', dst, value)
  }
}

function isNarrow(of: ScalarKind): boolean {
  return of === 'i1' || of === 'i8' || of === 'u8' || of === 'i16' || of === 'u16'
}

const plain: Partial<Record<FlatOp['op'], readonly [OpName, OpName]>> = {
  add: ['add', 'add'],
  sub: ['sub', 'sub'],
  mul: ['mul', 'mul'],
  and: ['and', 'and'],
  or: ['or', 'or'],
  xor: ['xor', 'xor'],
  shl: ['shl', 'shl'],
  shr: ['asr', 'lsr'],
  min: ['min', 'minu'],
  max: ['max', 'maxu'],
  div: ['div', 'divu'],
  rem: ['rem', 'remu'],
}

const keepsRange = new Set<FlatOp['op']>(['and', 'or', 'xor', 'shr', 'min', 'max', 'rem'])

const compareNames: Readonly<Record<Relation, readonly [OpName, OpName]>> = {
  eq: ['eq', 'eq'],
  ne: ['ne', 'ne'],
  lt: ['lt', 'ltu'],
  le: ['le', 'leu'],
  gt: ['gt', 'gtu'],
  ge: ['ge', 'geu'],
}

function lowerNarrow(low: Lowering, op: FlatOp, of: ScalarKind): void {
  const args = op.args.map((a) => {
    const arg = low.operand(a)[0] ?? 0
    return typeof arg === 'number' && op.op !== 'load' && op.op !== 'store'
      ? normalConstant(arg, of)
      : arg
  })
  if (op.op === 'store') return storeScalar(low, op, of)
  if (op.dst === undefined) return
  const dst = reg(low.registers(op.dst)[0]!)
  const binary = plain[op.op]
  if (binary) {
    const name = binary[isSigned(of) ? 0 : 1]
    const isShift = op.op === 'shl' || op.op === 'shr'
    const right = isShift ? (low.operand(op.args[1]!)[0] ?? 0) : args[1]!
    if (!isNarrow(of) || keepsRange.has(op.op))
      return low.emit(name, dst, low.inRegister(args[0]!), right)
    return normalise(low, dst, low.value('r', name, low.inRegister(args[0]!), right), of)
  }
  switch (op.op) {
    case 'copy':
      return typeof args[0] === 'number'
        ? low.emit('movi', dst, args[0])
        : low.emit('mov', dst, args[0]!)
    case 'neg':
      return normalise(low, dst, low.value('r', 'rsub', low.inRegister(args[0]!), 0), of)
    case 'not':
      return normalise(low, dst, low.value('r', 'xor', low.inRegister(args[0]!), -1), of)
    case 'abs':
      if (!isSigned(of)) return normalise(low, dst, args[0]!, of)
      return normalise(low, dst, low.value('r', 'abs', low.inRegister(args[0]!)), of)
    case 'compare': {
      const name = compareNames[op.relation ?? 'eq'][isSigned(of) ? 0 : 1]
      return low.emit(name, dst, low.inRegister(args[0]!), args[1]!)
    }
    case 'select': {
      const c = low.operand(op.args[0]!)[0] ?? 0
      const [a, b] = [low.inRegister(args[1]!), low.inRegister(args[2]!)]
      return low.emit('sel', dst, low.inRegister(c), a, b)
    }
    case 'convert': {
      const from = op.from ? kindOf(op.from) : of
      const arg = low.operand(op.args[0]!)[0] ?? 0
      const value = typeof arg === 'number' ? normalConstant(arg, from) : arg
      if (of === 'i1') return low.emit('ne', dst, low.inRegister(value), 0)
      if (holds(of, from)) {
        return typeof value === 'number'
          ? low.emit('movi', dst, value)
          : low.emit('mov', dst, value)
      }
      return normalise(low, dst, value, of)
    }
    case 'load':
      return low.emit(loadNames[of] ?? 'ld32', dst, low.inRegister(args[0]!), 0, op.offset ?? 0)
    default:
      return low.refuse(`Operations '${op.op}' on ${typeText(op.type)} values`)
  }
}

/** True when every value of type `from` is a value of type `to` in the same 32 bits. */
function holds(to: ScalarKind, from: ScalarKind): boolean {
  if (to === from || !isNarrow(to)) return true
  if (from === 'i1') return true
  if (from === 'u8') return to === 'i16' || to === 'u16'
  return from === 'i8' && to === 'i16'
}

const loadNames: Partial<Record<ScalarKind, OpName>> = {
  i1: 'ldu8',
  i8: 'ld8',
  u8: 'ldu8',
  i16: 'ld16',
  u16: 'ldu16',
  bf16: 'ldu16',
}

const storeNames: Partial<Record<ScalarKind, OpName>> = {
  i1: 'st8',
  i8: 'st8',
  u8: 'st8',
  i16: 'st16',
  u16: 'st16',
  bf16: 'st16',
}

function storeScalar(low: Lowering, op: FlatOp, of: ScalarKind): void {
  const base = low.inRegister(low.operand(op.args[0]!)[0] ?? 0)
  const value = low.inRegister(low.operand(op.args[1]!)[0] ?? 0)
  low.emit(storeNames[of] ?? 'st32', value, base, 0, op.offset ?? 0)
}

/** 64-bit scalars: low word, high word. */
function lowerWide(low: Lowering, op: FlatOp, of: ScalarKind): void {
  const pair = (i: number): [Arg, Arg] => {
    const parts = low.operand(op.args[i]!)
    return [low.inRegister(parts[0] ?? 0), low.inRegister(parts[1] ?? 0)]
  }
  if (op.op === 'store') {
    const base = low.inRegister(low.operand(op.args[0]!)[0] ?? 0)
    const [lo, hi] = pair(1)
    low.emit('st32', lo, base, 0, op.offset ?? 0)
    return low.emit('st32', hi, base, 0, (op.offset ?? 0) + 4)
  }
  if (op.dst === undefined) return
  const target = low.registers(op.dst)
  if (op.op === 'compare')
    return low.emit('mov', reg(target[0]!), compareWide(low, op, of, pair(0), pair(1)))
  if (op.op === 'convert' && sizeBytes(op.type) < 8) {
    const [lo, hi] = pair(0)
    if (of === 'i1') return low.emit('ne', reg(target[0]!), low.value('r', 'or', lo, hi), 0)
    return normalise(low, reg(target[0]!), lo, of)
  }
  const result = wideValue(low, op, of, pair)
  if (!result) return low.refuse(`Operations '${op.op}' on ${typeText(op.type)} values`)
  // The result is complete before the target changes: it may be one of the operands.
  low.emit('mov', reg(target[0]!), result[0])
  low.emit('mov', reg(target[1]!), result[1])
}

type Pair = [Arg, Arg]

function wideValue(
  low: Lowering,
  op: FlatOp,
  of: ScalarKind,
  pair: (i: number) => Pair,
): Pair | undefined {
  const word = (name: OpName, ...args: Arg[]): Arg => low.value('r', name, ...args)
  switch (op.op) {
    case 'copy':
      return pair(0)
    case 'add': {
      const [a, b] = [pair(0), pair(1)]
      const lo = word('add', a[0], b[0])
      return [lo, word('add', word('add', a[1], b[1]), word('ltu', lo, a[0]))]
    }
    case 'sub':
      return subtract(low, pair(0), pair(1))
    case 'neg':
      return subtract(low, [low.inRegister(0), low.inRegister(0)], pair(0))
    case 'not': {
      const a = pair(0)
      return [word('xor', a[0], -1), word('xor', a[1], -1)]
    }
    case 'and':
    case 'or':
    case 'xor': {
      const [a, b] = [pair(0), pair(1)]
      return [word(op.op, a[0], b[0]), word(op.op, a[1], b[1])]
    }
    case 'mul': {
      const [a, b] = [pair(0), pair(1)]
      const cross = word('add', word('mul', a[0], b[1]), word('mul', a[1], b[0]))
      return [word('mul', a[0], b[0]), word('add', word('mulhu', a[0], b[0]), cross)]
    }
    case 'shl':
    case 'shr':
      return shiftWide(low, op, of, pair(0), low.inRegister(low.operand(op.args[1]!)[0] ?? 0))
    case 'min':
    case 'max': {
      const [a, b] = [pair(0), pair(1)]
      const less = compareWide(low, { ...op, relation: 'lt' }, of, a, b)
      return op.op === 'min' ? choose(low, less, a, b) : choose(low, less, b, a)
    }
    case 'abs': {
      const a = pair(0)
      if (!isSigned(of)) return a
      return choose(
        low,
        word('lt', a[1], 0),
        subtract(low, [low.inRegister(0), low.inRegister(0)], a),
        a,
      )
    }
    case 'select':
      return choose(low, low.inRegister(low.operand(op.args[0]!)[0] ?? 0), pair(1), pair(2))
    case 'convert': {
      const from = op.from ? kindOf(op.from) : 'i32'
      if (from === 'i64' || from === 'u64') return pair(0)
      const lo = low.inRegister(low.operand(op.args[0]!)[0] ?? 0)
      return [lo, isSigned(from) ? word('asr', lo, 31) : low.inRegister(0)]
    }
    case 'load': {
      const base = low.inRegister(low.operand(op.args[0]!)[0] ?? 0)
      const at = op.offset ?? 0
      return [word('ld32', base, 0, at), word('ld32', base, 0, at + 4)]
    }
    default:
      return undefined
  }
}

function subtract(low: Lowering, a: Pair, b: Pair): Pair {
  const lo = low.value('r', 'sub', a[0], b[0])
  const borrow = low.value('r', 'ltu', a[0], b[0])
  return [lo, low.value('r', 'sub', low.value('r', 'sub', a[1], b[1]), borrow)]
}

function choose(low: Lowering, c: Arg, a: Pair, b: Pair): Pair {
  return [low.value('r', 'sel', c, a[0], b[0]), low.value('r', 'sel', c, a[1], b[1])]
}

function compareWide(low: Lowering, op: FlatOp, of: ScalarKind, a: Pair, b: Pair): Arg {
  const word = (name: OpName, ...args: Arg[]): Arg => low.value('r', name, ...args)
  const relation = op.relation ?? 'eq'
  if (relation === 'eq' || relation === 'ne') {
    const bits = word('or', word('xor', a[0], b[0]), word('xor', a[1], b[1]))
    return word(relation, bits, 0)
  }
  const strict: Relation = relation === 'lt' || relation === 'le' ? 'lt' : 'gt'
  const high = word(compareNames[strict][isSigned(of) ? 0 : 1], a[1], b[1])
  const lowWords = word(compareNames[relation][1], a[0], b[0])
  return word('sel', word('eq', a[1], b[1]), lowWords, high)
}

/** Shifts by 0…63; the amount's low six bits count. */
function shiftWide(low: Lowering, op: FlatOp, of: ScalarKind, a: Pair, n: Arg): Pair {
  const word = (name: OpName, ...args: Arg[]): Arg => low.value('r', name, ...args)
  const big = word('and', n, 32)
  const rest = word('xor', n, -1)
  if (op.op === 'shl') {
    const carry = word('lsr', word('lsr', a[0], 1), rest)
    const near: Pair = [word('shl', a[0], n), word('or', word('shl', a[1], n), carry)]
    return choose(low, big, [low.inRegister(0), word('shl', a[0], n)], near)
  }
  const name = isSigned(of) ? 'asr' : 'lsr'
  const carry = word('shl', word('shl', a[1], 1), rest)
  const near: Pair = [word('or', word('lsr', a[0], n), carry), word(name, a[1], n)]
  const top = isSigned(of) ? word('asr', a[1], 31) : low.inRegister(0)
  return choose(low, big, [word(name, a[1], n), top], near)
}
