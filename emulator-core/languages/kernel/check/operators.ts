/** Operators on values: arithmetic, comparison, pointers, increments, assignment. */
import type { OpName, Relation } from '../../codegen/ir.ts'
import { scalar } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import type { BinaryOp, UnaryOp } from '../syntax/tree.ts'
import { vectorBinary, vectorUnary } from '../api/vector-operators.ts'
import * as w from '../wide.ts'
import { cast, implicit, promoted, truth, usualType } from './convert.ts'
import type { Place, Value } from './entities.ts'
import { errorValue, fail, isBroken, warn, type Env } from './env.ts'
import { foldBinary, foldReal } from './fold.ts'
import { address, dereference, movePointer, powerOfTwo } from './pointers.ts'
import {
  boolType,
  int,
  intBits,
  intOf,
  intType,
  irTypeOf,
  isArithmetic,
  isVectorLike,
  sameType,
  sizeOf,
  typeName,
  type CType,
} from './types.ts'
import { constant, constantNumber, load, operandOf, store } from './values.ts'

const ptr = scalar('ptr')
const i32 = scalar('i32')

export const relations: Partial<Record<BinaryOp, Relation>> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
}

const opNames: Partial<Record<BinaryOp, OpName>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'rem',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
  '<<': 'shl',
  '>>': 'shr',
}

/** `a op b` for every operator but `&&` and `||`. */
export function binary(env: Env, op: BinaryOp, left: Value, right: Value, at: Span): Value {
  const a = load(env, left)
  const b = load(env, right)
  if (isBroken(a, b)) return errorValue(at)
  if (isVectorLike(a.type) || isVectorLike(b.type)) return vectorBinary(env, op, a, b, at)
  const pointers = [a, b].some((v) => v.type.kind === 'pointer' || v.type.kind === 'nullptr')
  if (pointers) return pointerBinary(env, op, a, b, at)
  if (sameEnum(a.type, b.type) && relations[op]) return integerBinary(env, op, a, b, a.type, at)
  if (!isArithmetic(a.type) || !isArithmetic(b.type)) return refuse(env, op, a, b, at)
  const isShift = op === '<<' || op === '>>'
  const type = isShift ? promoted(a.type) : usualType(a.type, b.type)
  if (type.kind === 'real' || b.type.kind === 'real') return realBinary(env, op, a, b, type, at)
  return integerBinary(
    env,
    op,
    cast(env, a, type),
    isShift ? cast(env, b, promoted(b.type)) : cast(env, b, type),
    type,
    at,
  )
}

function sameEnum(a: CType, b: CType): boolean {
  return a.kind === 'enum' && a.info.scoped && sameType(a, b)
}

function refuse(env: Env, op: string, a: Value, b: Value, at: Span): Value {
  return fail(
    env,
    'C0402',
    at,
    `'${op}' does not take ${typeName(a.type)} and ${typeName(b.type)}.`,
  )
}

function integerBinary(env: Env, op: BinaryOp, a: Value, b: Value, type: CType, at: Span): Value {
  const of = intOf(type) ?? 'i32'
  const relation = relations[op]
  if (a.known && b.known) {
    const folded = foldBinary(op, of, a.known, b.known)
    if (folded) return constant(relation ? boolType : type, folded, at)
  }
  const divides = op === '/' || op === '%'
  if (divides && b.known && w.isZero(b.known)) warn(env, 'C0413', at, 'This divides by zero.')
  const ir = irTypeOf(type)!
  if (divides && intBits(of) === 64) {
    const message =
      'Dividing 64-bit numbers at run time is known, not emulated yet (planned for tier 3).'
    return fail(env, 'C0803', at, message)
  }
  if (relation)
    return {
      type: boolType,
      at,
      operand: env.b.compare(relation, ir, operandOf(env, a), operandOf(env, b), at),
    }
  const name = opNames[op]
  if (!name) return refuse(env, op, a, b, at)
  let right = operandOf(env, b)
  if (op === '<<' || op === '>>') {
    const mask = intBits(of) === 64 ? 63 : 31
    if ('imm' in right) right = { imm: right.imm & mask }
    else if (mask === 63 || intBits(intOf(b.type) ?? 'i32') === 64) {
      const from = irTypeOf(b.type)!
      right = env.b.value('convert', i32, [right], at, { from })
    }
  }
  return { type, at, operand: env.b.value(name, ir, [operandOf(env, a), right], at) }
}

function realBinary(env: Env, op: BinaryOp, a: Value, b: Value, type: CType, at: Span): Value {
  const x = cast(env, a, type)
  const y = cast(env, b, type)
  if (isBroken(x, y)) return errorValue(at)
  const folded =
    x.real !== undefined && y.real !== undefined ? foldReal(op, x.real, y.real) : undefined
  if (typeof folded === 'boolean') return constantNumber(boolType, folded ? 1 : 0, at)
  if (folded !== undefined) {
    const single = type.kind === 'real' && type.of !== 'double'
    return { type, at, real: single ? Math.fround(folded) : folded }
  }
  if (!relations[op] && !['+', '-', '*', '/'].includes(op)) return refuse(env, op, a, b, at)
  const message = `'${op}' on ${typeName(type)} values at run time is known, not emulated yet (planned for tier 2).`
  return fail(env, 'C0803', at, message)
}

function pointerBinary(env: Env, op: BinaryOp, a: Value, b: Value, at: Span): Value {
  const relation = relations[op]
  if (relation) {
    const comparable = (x: Value, y: Value): boolean =>
      y.type.kind === 'nullptr' ||
      (y.known !== undefined && w.isZero(y.known)) ||
      (x.type.kind === 'pointer' &&
        y.type.kind === 'pointer' &&
        (sameType(x.type.to, y.type.to) || x.type.to.kind === 'void' || y.type.to.kind === 'void'))
    if (!comparable(a, b) && !comparable(b, a)) return refuse(env, op, a, b, at)
    return {
      type: boolType,
      at,
      operand: env.b.compare(relation, ptr, operandOf(env, a), operandOf(env, b), at),
    }
  }
  if (op === '-' && a.type.kind === 'pointer' && b.type.kind === 'pointer')
    return distance(env, a, b, at)
  const [pointer, count] = a.type.kind === 'pointer' ? [a, b] : [b, a]
  const fits = intOf(count.type) && (op === '+' || (op === '-' && pointer === a))
  if (!fits || pointer.type.kind !== 'pointer') return refuse(env, op, a, b, at)
  return movePointer(env, pointer, count, op === '-', at)
}

function distance(env: Env, a: Value, b: Value, at: Span): Value {
  const size = a.type.kind === 'pointer' ? sizeOf(a.type.to) : undefined
  if (
    !size ||
    a.type.kind !== 'pointer' ||
    b.type.kind !== 'pointer' ||
    !sameType(a.type.to, b.type.to)
  ) {
    return refuse(env, '-', a, b, at)
  }
  const bytes = env.b.value('sub', i32, [operandOf(env, a), operandOf(env, b)], at)
  const shift = powerOfTwo(size)
  const operand =
    shift !== undefined
      ? shift === 0
        ? bytes
        : env.b.value('shr', i32, [bytes, { imm: shift }], at)
      : env.b.value('div', i32, [bytes, { imm: size }], at)
  return { type: intType, at, operand }
}

export function unary(env: Env, op: UnaryOp, value: Value, at: Span): Value {
  if (op === '*') return dereference(env, value, at)
  if (op === '&') return address(env, value, at)
  if (op === '++' || op === '--') return step(env, op, value, at, false)
  if (op === '!') {
    const v = truth(env, value)
    if (v.known) return constant(boolType, w.isZero(v.known) ? w.wideOne : w.wideZero, at)
    if (isBroken(v)) return v
    return {
      type: boolType,
      at,
      operand: env.b.compare('eq', scalar('i1'), operandOf(env, v), { imm: 0 }, at),
    }
  }
  const v = load(env, value)
  if (isBroken(v)) return v
  if (isVectorLike(v.type)) return vectorUnary(env, op, v, at)
  if (v.type.kind === 'pointer' && op === '+') return v
  if (v.type.kind === 'real') return realUnary(env, op, v, at)
  if (!isArithmetic(v.type))
    return fail(env, 'C0402', at, `'${op}' does not take ${typeName(v.type)}.`)
  const type = promoted(v.type)
  const x = cast(env, v, type)
  if (op === '+') return { ...x, at }
  if (x.known) return constant(type, op === '-' ? w.neg(x.known) : w.not(x.known), at)
  return {
    type,
    at,
    operand: env.b.value(op === '-' ? 'neg' : 'not', irTypeOf(type)!, [operandOf(env, x)], at),
  }
}

function realUnary(env: Env, op: UnaryOp, v: Value, at: Span): Value {
  if (op === '+') return v
  if (op === '-' && v.real !== undefined) return { ...v, at, real: -v.real }
  if (op !== '-') return fail(env, 'C0402', at, `'${op}' does not take ${typeName(v.type)}.`)
  return fail(
    env,
    'C0803',
    at,
    `Negating ${typeName(v.type)} at run time is known, not emulated yet (planned for tier 2).`,
  )
}

/** Says whether the value may be written to; reports when not. */
export function writable(env: Env, value: Value, at: Span): boolean {
  if (isBroken(value)) return false
  if (value.constant) {
    fail(env, 'C0403', at, 'This is const and cannot be changed.')
    return false
  }
  if (!value.place) {
    fail(env, 'C0404', at, 'Only a variable can be changed; this is a value without a place.')
    return false
  }
  if (value.type.kind === 'array') {
    fail(env, 'C0402', at, 'A whole array cannot be assigned.')
    return false
  }
  return true
}

/** `++x`, `x--` and the like. */
export function step(env: Env, op: '++' | '--', value: Value, at: Span, isPostfix: boolean): Value {
  if (!writable(env, value, at)) return errorValue(at)
  if (isVectorLike(value.type) || value.type.kind === 'enum' || value.type.kind === 'struct') {
    return fail(env, 'C0402', at, `'${op}' does not take ${typeName(value.type)}.`)
  }
  const before = load(env, value)
  const old = isPostfix ? settled(env, before, at) : before
  const changed = binary(env, op === '++' ? '+' : '-', old, constantNumber(intType, 1, at), at)
  if (isBroken(changed)) return changed
  store(env, value.place!, value.type, cast(env, changed, value.type), at)
  return isPostfix ? old : value
}

/** The value in a register that later changes of the variable do not touch. */
export function settled(env: Env, v: Value, at: Span): Value {
  const ir = irTypeOf(v.type)
  if (!ir || v.known || v.real !== undefined) return v
  const { offset: _, ...rest } = v
  return { ...rest, operand: env.b.value('copy', ir, [operandOf(env, v)], at) }
}

/** `x = v` and `x op= v`; the result is the variable. */
export function assign(env: Env, op: BinaryOp | '', target: Value, value: Value, at: Span): Value {
  if (isBroken(target, value)) return errorValue(at)
  if (!writable(env, target, at)) return errorValue(at)
  const { type } = target
  if (op === '') {
    const converted =
      type.kind === 'struct' && sameType(type, value.type)
        ? value
        : implicit(env, value, type, 'The variable')
    if (isBroken(converted)) return converted
    store(env, target.place!, type, converted, at)
    return target
  }
  const result = binary(env, op, target, value, at)
  if (isBroken(result)) return result
  const fits =
    sameType(result.type, type) ||
    (isArithmetic(result.type) && (isArithmetic(type) || type.kind === 'enum'))
  if (!fits || type.kind === 'enum') {
    return fail(
      env,
      'C0402',
      at,
      `'${op}=' gives ${typeName(result.type)}, the variable is ${typeName(type)}.`,
    )
  }
  store(env, target.place!, type, cast(env, result, type), at)
  return target
}

/** `a[i]` */
export function index(env: Env, object: Value, which: Value, at: Span): Value {
  if (isBroken(object, which)) return errorValue(at)
  const { type } = object
  if (type.kind === 'vector' || type.kind === 'mask') return lane(env, object, which, at)
  const i = load(env, which)
  const base = load(env, object)
  if (isBroken(i, base)) return errorValue(at)
  if (base.type.kind !== 'pointer' || !intOf(i.type)) {
    return fail(
      env,
      'C0402',
      at,
      `'[]' needs a pointer or array and a number, this is ${typeName(base.type)} and ${typeName(i.type)}.`,
    )
  }
  if (type.kind === 'array' && i.known && type.length >= 0) {
    const n = w.toNumber(i.known)
    if (n < 0 || n >= type.length)
      warn(env, 'C0411', at, `Index ${n} lies outside the ${type.length} elements of the array.`)
  }
  return dereference(env, movePointer(env, base, i, false, at), at)
}

/** `v[i]` of a vector or mask. */
export function lane(env: Env, object: Value, which: Value, at: Span): Value {
  const i = cast(env, load(env, which), int('i32'))
  if (isBroken(i)) return i
  const { type } = object
  const lanes = type.kind === 'vector' || type.kind === 'mask' ? type.lanes : 0
  if (i.known && (i.known.lo < 0 || i.known.lo >= lanes)) {
    return fail(
      env,
      'C0411',
      at,
      `Lane ${i.known.lo} does not exist: ${typeName(type)} has lanes 0 to ${lanes - 1}.`,
    )
  }
  const element = elementOfVector(type)
  if (!object.place) {
    const held: Place = { kind: 'register', reg: env.b.reg(irTypeOf(type)!) }
    store(env, held, type, object, at)
    return {
      type: element,
      at,
      place: { kind: 'lane', of: held, type, index: operandOf(env, i) },
      constant: true,
    }
  }
  const place: Place = { kind: 'lane', of: object.place, type, index: operandOf(env, i) }
  return { type: element, at, place, ...(object.constant ? { constant: true } : {}) }
}

function elementOfVector(type: CType): CType {
  if (type.kind !== 'vector') return boolType
  return type.of === 'bf16'
    ? { kind: 'real', of: 'bf16' }
    : type.of === 'f32'
      ? { kind: 'real', of: 'float' }
      : int(type.of as 'i8')
}
