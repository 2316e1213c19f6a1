/** Raw intrinsics on vectors in the global namespace, as far as tier 1 needs them. */
import type { OpName, Relation } from '../../codegen/ir.ts'
import type { Value } from '../check/entities.ts'
import { fail } from '../check/env.ts'
import { lane } from '../check/operators.ts'
import { typeName } from '../check/types.ts'
import { load, operandOf, registerOf } from '../check/values.ts'
import { asElement, asVector, commonVectors, irOf, isReal, lanewise, made } from './helpers.ts'
import { rawVectorType } from './builtin-types.ts'
import type { ApiCall, ApiRow, Form } from './row.ts'
import { compareVectors } from './vector-operators.ts'

function two(name: string, op: OpName, about: string): ApiRow {
  return {
    space: 'global',
    name,
    shape: `${name}(a, b)`,
    about,
    forms: [{ takes: ['vector', 'vector'], lower: lanewise(op) }],
  }
}

function compared(name: string, relation: Relation): ApiRow {
  return {
    space: 'global',
    name,
    shape: `${name}(a, b)`,
    about: 'Mask of the lanes for which the comparison holds.',
    forms: [
      {
        takes: ['vector', 'vector'],
        lower: ({ env, args, at }) => compareVectors(env, relation, args[0]!, args[1]!, at, name),
      },
    ],
  }
}

function extract({ env, args, at }: ApiCall): Value {
  return load(env, lane(env, args[0]!, args[1]!, at))
}

/** A copy of the vector with one lane changed. */
function update({ env, args, at, name }: ApiCall): Value | undefined {
  const v = load(env, args[0]!)
  if (v.type.kind !== 'vector') return undefined
  const at0 = lane(env, v, args[1]!, at)
  const value = asElement(env, args[2]!, v.type.of, `The lane of ${name}`)
  if (at0.place?.kind !== 'lane' || value.type.kind === 'error') return undefined
  return made(
    env,
    v.type,
    'insert',
    [registerOf(env, v), at0.place.index, operandOf(env, value)],
    at,
  )
}

/** Lanes of a where the mask is 0, of b where it is 1. */
function select({ env, args, at, name }: ApiCall): Value | undefined {
  const pair = commonVectors(env, args[0]!, args[1]!, at, name)
  const mask = load(env, args[2]!)
  if (!pair) return undefined
  if (mask.type.kind !== 'mask' || mask.type.lanes !== pair[2].lanes) {
    fail(
      env,
      'C0701',
      at,
      `${name} needs a mask of ${pair[2].lanes} lanes, got ${typeName(mask.type)}.`,
    )
    return undefined
  }
  return made(
    env,
    pair[2],
    'select',
    [operandOf(env, mask), registerOf(env, pair[0]), registerOf(env, pair[1])],
    at,
  )
}

const picks: readonly Form[] = [{ takes: ['vector', 'number'], lower: extract }]

export const rawRows: readonly ApiRow[] = [
  two('add', 'add', 'Lane sums, wrapping around.'),
  two('sub', 'sub', 'Lane differences, wrapping around.'),
  two('min', 'min', 'The smaller of each pair of lanes.'),
  two('max', 'max', 'The larger of each pair of lanes.'),
  two('band', 'and', 'Bitwise and.'),
  two('bor', 'or', 'Bitwise or.'),
  two('bxor', 'xor', 'Bitwise exclusive or.'),
  compared('lt', 'lt'),
  compared('ge', 'ge'),
  compared('eq', 'eq'),
  {
    moves: true,
    space: 'global',
    name: 'sel',
    shape: 'sel(a, b, mask)',
    about: 'Lanes of a where the mask is 0, of b where it is 1.',
    forms: [{ takes: ['vector', 'vector', 'mask'], lower: select }],
  },
  {
    moves: true,
    space: 'global',
    name: 'extract_elem',
    shape: 'extract_elem(v, i)',
    about: 'The number in lane i.',
    forms: picks,
  },
  {
    moves: true,
    space: 'global',
    name: 'ext_elem',
    shape: 'ext_elem(v, i)',
    about: 'The number in lane i.',
    forms: picks,
  },
  {
    moves: true,
    space: 'global',
    name: 'upd_elem',
    shape: 'upd_elem(v, i, x)',
    about: 'The vector with lane i replaced.',
    forms: [{ takes: ['vector', 'number', 'number'], lower: update }],
  },
  {
    moves: true,
    space: 'global',
    name: 'insert',
    shape: 'insert(v, i, x)',
    about: 'The vector with lane i replaced.',
    forms: [{ takes: ['vector', 'number', 'number'], lower: update }],
  },
]

/**
 * Rows whose names carry a vector type: broadcast_to_v16int32, undef_v16int32,
 * broadcast_zero_to_v16int32.
 */
export function rawPattern(name: string): ApiRow | undefined {
  const found = /^(broadcast_to|broadcast_zero_to|undef|broadcast_one_to)_(v\d+\w+)$/.exec(name)
  const type = found && rawVectorType(found[2]!)
  if (!found || type?.kind !== 'vector') return undefined
  const fill = found[1] === 'broadcast_to'
  const one = found[1] === 'broadcast_one_to'
  const lower = ({ env, args, at }: ApiCall): Value | undefined => {
    if (one && isReal(type)) {
      fail(env, 'C0803', at, `'${name}' is known, not emulated yet (planned for tier 2).`)
      return undefined
    }
    if (fill) return asVector(env, args[0]!, type, `The value of ${name}`)
    if (one) return { type, at, operand: env.b.value('broadcast', irOf(type), [{ imm: 1 }], at) }
    return made(env, type, 'zeros', [], at)
  }
  return {
    moves: true,
    space: 'global',
    name,
    shape: fill ? `${name}(x)` : `${name}()`,
    about: `A ${typeName(type)}.`,
    forms: [{ takes: fill ? ['number'] : [], lower }],
  }
}
