/** Operators written between vectors, accumulators and masks. */
import type { OpName, Relation } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import { load, maskToVector, operandOf, registerOf } from '../check/values.ts'
import type { Value } from '../check/entities.ts'
import { errorValue, fail, isBroken, type Env } from '../check/env.ts'
import { typeName } from '../check/types.ts'
import type { BinaryOp, UnaryOp } from '../syntax/tree.ts'
import { commonVectors, intOperand, irOf, isReal, made, refuseReal } from './helpers.ts'
import { addAccum, multiply } from './multiply.ts'

const lanewiseOps: Partial<Record<BinaryOp, OpName>> = {
  '+': 'add',
  '-': 'sub',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
}

const comparisons: Partial<Record<BinaryOp, Relation>> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
}

export function vectorBinary(env: Env, op: BinaryOp, a: Value, b: Value, at: Span): Value {
  const refuse = (): Value =>
    fail(env, 'C0402', at, `'${op}' does not take ${typeName(a.type)} and ${typeName(b.type)}.`)
  const kinds = [a.type.kind, b.type.kind]
  const real = [a, b].find((v) => isReal(v.type))
  if (real) return refuseReal(env, `'${op}'`, real, at)
  if (kinds.includes('mask')) return maskBinary(env, op, a, b, at)
  if (kinds.includes('accum')) {
    if (op === '+' || op === '-') return addAccum(env, a, b, op === '-', at) ?? errorValue(at)
    return refuse()
  }
  if (op === '*') return multiply(env, a, b, undefined, false, at, "'*'") ?? errorValue(at)
  if (op === '<<' || op === '>>') {
    if (a.type.kind !== 'vector' || b.type.kind === 'vector') return refuse()
    return shift(env, a, b, op === '<<', at) ?? errorValue(at)
  }
  const relation = comparisons[op]
  if (relation) return compareVectors(env, relation, a, b, at, `'${op}'`) ?? errorValue(at)
  const name = lanewiseOps[op]
  if (!name) return refuse()
  const pair = commonVectors(env, a, b, at, `'${op}'`)
  if (!pair) return errorValue(at)
  return made(env, pair[2], name, [registerOf(env, pair[0]), registerOf(env, pair[1])], at)
}

/** Lanes moved left or right by one number; the vacated bits follow the element type. */
export function shift(
  env: Env,
  a: Value,
  count: Value,
  isLeft: boolean,
  at: Span,
): Value | undefined {
  const v = load(env, a)
  const n = intOperand(env, count, 'The number of bits')
  if (!n || isBroken(v)) return undefined
  return made(env, v.type, isLeft ? 'shl' : 'shr', [registerOf(env, v), n], at)
}

/** Lane-wise comparison to a mask. */
export function compareVectors(
  env: Env,
  relation: Relation,
  a: Value,
  b: Value,
  at: Span,
  name: string,
): Value | undefined {
  const pair = commonVectors(env, a, b, at, name)
  if (!pair) return undefined
  const [x, y, type] = pair
  const operand = env.b.compare(relation, irOf(type), registerOf(env, x), registerOf(env, y), at)
  return { type: { kind: 'mask', lanes: type.lanes }, at, operand }
}

const maskOps: Partial<Record<BinaryOp, OpName>> = { '&': 'and', '|': 'or', '^': 'xor' }

function maskBinary(env: Env, op: BinaryOp, a: Value, b: Value, at: Span): Value {
  const name = maskOps[op]
  const same = a.type.kind === 'mask' && b.type.kind === 'mask' && a.type.lanes === b.type.lanes
  if (!name || !same)
    return fail(
      env,
      'C0402',
      at,
      `'${op}' does not take ${typeName(a.type)} and ${typeName(b.type)}.`,
    )
  return made(env, a.type, name, [operandOf(env, a), operandOf(env, b)], at)
}

export function vectorUnary(env: Env, op: UnaryOp, v: Value, at: Span): Value {
  const { type } = v
  if (isReal(type)) return refuseReal(env, `'${op}'`, v, at)
  if (type.kind === 'vector' && op === '-') return made(env, type, 'neg', [registerOf(env, v)], at)
  if (type.kind === 'vector' && op === '~') return made(env, type, 'not', [registerOf(env, v)], at)
  if (type.kind === 'vector' && op === '+') return v
  if (type.kind === 'mask' && op === '~') return made(env, type, 'not', [operandOf(env, v)], at)
  if (type.kind === 'accum' && op === '-') {
    const zero = made(env, type, 'zeros', [], at)
    return made(env, type, 'accsub', [operandOf(env, zero), operandOf(env, v)], at)
  }
  return fail(env, 'C0402', at, `'${op}' does not take ${typeName(type)}.`)
}

/** The number of set bits, as a sum over a vector of ones and zeros. */
export function maskCount(
  env: Env,
  mask: Value,
  at: Span,
): { operand: ReturnType<typeof operandOf>; of: 'u8' | 'u16' | 'u32'; lanes: number } | undefined {
  const v = load(env, mask)
  if (v.type.kind !== 'mask') return undefined
  const spread = maskToVector(env, operandOf(env, v), v.type.lanes, at)
  return { ...spread, lanes: v.type.lanes }
}
