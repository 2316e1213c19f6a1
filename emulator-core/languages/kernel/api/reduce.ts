/**
 * Reductions of a vector to one number: halves are combined until 128 bits are left, then lane by
 * lane.
 */
import type { Operand, OpName } from '../../codegen/ir.ts'
import { elementBits, scalar, vector } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import type { Value } from '../check/entities.ts'
import type { Env } from '../check/env.ts'
import { boolType, elementType, intType } from '../check/types.ts'
import { load, registerOf } from '../check/values.ts'
import { irOf, subvector, vectorOf, type VectorType } from './helpers.ts'
import type { ApiCall, ApiRow } from './row.ts'
import { maskCount } from './vector-operators.ts'

const i32 = scalar('i32')

/** Combines halves until the vector is 128 bits wide. */
function halve(
  env: Env,
  operand: Operand,
  type: VectorType,
  op: OpName,
  at: Span,
): { operand: Operand; type: VectorType } {
  let now = { operand, type }
  while (now.type.lanes * elementBits(type.of) > 128) {
    const half = vectorOf(type.of, now.type.lanes / 2)
    const low = subvector(env, now.operand, now.type, 0, half.lanes, at)
    const high = subvector(env, now.operand, now.type, 1, half.lanes, at)
    now = { operand: env.b.value(op, irOf(half), [low, high], at), type: half }
  }
  return now
}

/** Combines the lanes of a small vector in a tree of scalar operations. */
function gather(
  env: Env,
  operand: Operand,
  type: VectorType,
  op: OpName,
  widen: boolean,
  at: Span,
): Operand {
  const element = irOf(elementType(type.of))
  let lanes: Operand[] = []
  for (let i = 0; i < type.lanes; i++) {
    const lane = env.b.value('extract', element, [operand, { imm: i }], at)
    lanes.push(widen ? env.b.value('convert', i32, [lane], at, { from: element }) : lane)
  }
  const result = widen ? i32 : element
  while (lanes.length > 1) {
    const half = lanes.length / 2
    lanes = lanes
      .slice(0, half)
      .map((lane, i) => env.b.value(op, result, [lane, lanes[i + half]!], at))
  }
  return lanes[0]!
}

function reduce(op: OpName): (call: ApiCall) => Value | undefined {
  return ({ env, args, at }) => {
    const v = load(env, args[0]!)
    if (v.type.kind !== 'vector') return undefined
    const small = halve(env, registerOf(env, v), v.type, op, at)
    const wraps = op === 'add' && elementBits(v.type.of) < 32
    const total = gather(env, small.operand, small.type, op, wraps, at)
    const operand = wraps ? settle(env, total, v.type, at) : total
    return { type: elementType(v.type.of), at, operand }
  }
}

/**
 * Sums of 8- and 16-bit lanes leave the machine through an accumulator, so that they wrap or clamp
 * as the
 * saturation mode says.
 */
function settle(env: Env, total: Operand, type: VectorType, at: Span): Operand {
  const bytes = elementBits(type.of) === 8
  const wide = bytes ? vector('i16', 32) : vector('i32', 16)
  const lanes = bytes ? 32 : 16
  const narrowed = bytes ? env.b.value('convert', scalar('i16'), [total], at, { from: i32 }) : total
  const spread = env.b.value('broadcast', wide, [narrowed], at)
  const acc = env.b.value(
    'ups',
    { kind: 'accum', of: bytes ? 'acc32' : 'acc64', lanes },
    [spread, { imm: 0 }],
    at,
  )
  const out = env.b.value('srs', vector(type.of, lanes), [acc, { imm: 0 }], at)
  return env.b.value('extract', irOf(elementType(type.of)), [out, { imm: 0 }], at)
}

function row(name: string, op: OpName, about: string): ApiRow {
  return {
    space: 'aie',
    name,
    shape: `${name}(v)`,
    about,
    forms: [{ takes: ['vector'], lower: reduce(op) }],
  }
}

/** How many bits of the mask are set, in a register of 32 bits. */
function countBits({ env, args, at }: ApiCall): Operand | undefined {
  const spread = maskCount(env, args[0]!, at)
  if (!spread) return undefined
  const small = halve(env, spread.operand, vectorOf(spread.of, spread.lanes), 'add', at)
  return gather(env, small.operand, small.type, 'add', true, at)
}

function count(call: ApiCall): Value | undefined {
  const operand = countBits(call)
  return operand && { type: intType, at: call.at, operand }
}

function isEmpty(relation: 'eq' | 'ne', full: boolean): (call: ApiCall) => Value | undefined {
  return (call) => {
    const operand = countBits(call)
    const mask = load(call.env, call.args[0]!)
    if (!operand || mask.type.kind !== 'mask') return undefined
    const against = { imm: full ? mask.type.lanes : 0 }
    return {
      type: boolType,
      at: call.at,
      operand: call.env.b.compare(relation, i32, operand, against, call.at),
    }
  }
}

export const reduceRows: readonly ApiRow[] = [
  row('reduce_add', 'add', 'Sum of all lanes.'),
  row('reduce_min', 'min', 'Smallest lane.'),
  row('reduce_max', 'max', 'Largest lane.'),
  {
    space: 'mask',
    name: 'count',
    shape: 'count()',
    about: 'Number of set bits.',
    forms: [{ takes: ['mask'], lower: count }],
  },
  {
    space: 'mask',
    name: 'empty',
    shape: 'empty()',
    about: 'No bit is set.',
    forms: [{ takes: ['mask'], lower: isEmpty('eq', false) }],
  },
  {
    space: 'mask',
    name: 'full',
    shape: 'full()',
    about: 'Every bit is set.',
    forms: [{ takes: ['mask'], lower: isEmpty('eq', true) }],
  },
]
