/** Lane-wise arithmetic, comparison and selection. */
import type { OpName, Relation } from '../../codegen/ir.ts'
import type { Value } from '../check/entities.ts'
import { fail } from '../check/env.ts'
import { elementType, intOf, isSigned, typeName } from '../check/types.ts'
import { load, operandOf, registerOf } from '../check/values.ts'
import {
  asVector,
  commonVectors,
  irOf,
  lanewise,
  made,
  numberArgument,
  shaped,
  typeArgument,
} from './helpers.ts'
import { addAccum } from './multiply.ts'
import { checkedAccum } from './builtin-types.ts'
import { elementOf } from '../check/types.ts'
import type { ApiCall, ApiRow, Form } from './row.ts'
import { compareVectors, shift } from './vector-operators.ts'

function two(name: string, op: OpName, about: string, more: readonly Form[] = []): ApiRow {
  return {
    space: 'aie',
    name,
    shape: `${name}(a, b)`,
    about,
    forms: [...more, { takes: ['operand', 'operand'], lower: lanewise(op) }],
  }
}

function one(name: string, op: OpName, about: string): ApiRow {
  const lower = ({ env, args, at }: ApiCall): Value => {
    const v = load(env, args[0]!)
    return made(env, v.type, op, [registerOf(env, v)], at)
  }
  return { space: 'aie', name, shape: `${name}(a)`, about, forms: [{ takes: ['vector'], lower }] }
}

const accumForms = (minus: boolean): Form[] => {
  const lower = ({ env, args, at }: ApiCall): Value | undefined =>
    addAccum(env, args[0]!, args[1]!, minus, at)
  return [
    { takes: ['accum', 'accum'], lower },
    { takes: ['accum', 'vector'], lower },
    { takes: ['vector', 'accum'], lower },
  ]
}

/** abs of unsigned lanes is the value itself. */
function absolute({ env, args, at }: ApiCall): Value {
  const v = load(env, args[0]!)
  const of = v.type.kind === 'vector' ? intOf(elementType(v.type.of)) : undefined
  return of && !isSigned(of) ? v : made(env, v.type, 'abs', [registerOf(env, v)], at)
}

/** max(a - b, 0) without overflow: a - b where a > b, else 0. */
function maxDiff({ env, args, at, name }: ApiCall): Value | undefined {
  const pair = commonVectors(env, args[0]!, args[1]!, at, name)
  if (!pair) return undefined
  const [a, b, type] = pair
  const [x, y] = [registerOf(env, a), registerOf(env, b)]
  const zero = env.b.value('zeros', irOf(type), [], at)
  const difference = env.b.value('sub', irOf(type), [x, y], at)
  const mask = env.b.compare('gt', irOf(type), x, y, at)
  return made(env, type, 'select', [mask, zero, difference], at)
}

function clamp({ env, args, at, name }: ApiCall): Value | undefined {
  const pair = commonVectors(env, args[0]!, args[1]!, at, name)
  if (!pair) return undefined
  const top = asVector(env, args[2]!, pair[2], `The upper limit of ${name}`)
  if (top.type.kind === 'error') return undefined
  const raised = made(env, pair[2], 'max', [registerOf(env, pair[0]), registerOf(env, pair[1])], at)
  return made(env, pair[2], 'min', [registerOf(env, raised), registerOf(env, top)], at)
}

function compared(relation: Relation): (call: ApiCall) => Value | undefined {
  return ({ env, args, at, name }) => compareVectors(env, relation, args[0]!, args[1]!, at, name)
}

function comparison(name: string, relation: Relation, sign: string): ApiRow {
  return {
    space: 'aie',
    name,
    shape: `${name}(a, b)`,
    about: `Mask of the lanes where a ${sign} b.`,
    forms: [{ takes: ['operand', 'operand'], lower: compared(relation) }],
  }
}

/**
 * Lanes of a where the mask is 0, of b where it is 1; numbers are broadcast to the other operand's
 * type.
 */
function select({ env, args, at, name }: ApiCall): Value | undefined {
  const mask = load(env, args[2]!)
  const [x, y] = [load(env, args[0]!), load(env, args[1]!)]
  if (mask.type.kind !== 'mask') return undefined
  let pair =
    x.type.kind === 'vector' || y.type.kind === 'vector'
      ? commonVectors(env, x, y, at, name)
      : undefined
  if (!pair && x.type.kind !== 'vector' && y.type.kind !== 'vector') {
    const of = elementOf(x.type)
    const type = of && shaped(env, of, mask.type.lanes, at)
    if (!type) return undefined
    pair = [asVector(env, x, type, name), asVector(env, y, type, name), type]
  }
  if (!pair) return undefined
  const [a, b, type] = pair
  if (type.lanes !== mask.type.lanes) {
    fail(
      env,
      'C0701',
      at,
      `${name}: the mask has ${mask.type.lanes} lanes, ${typeName(type)} has ${type.lanes}.`,
    )
    return undefined
  }
  return made(
    env,
    type,
    'select',
    [operandOf(env, mask), registerOf(env, a), registerOf(env, b)],
    at,
  )
}

const selectForms: readonly Form[] = [{ takes: ['operand', 'operand', 'mask'], lower: select }]

/** zeros<T, N>() of a vector or an accumulator. */
function zeros({ env, targs, at, name }: ApiCall): Value | undefined {
  const type = typeArgument(targs, 0)
  const lanes = numberArgument(targs, 1)
  if (type?.kind === 'tag' && (type.name === 'acc32' || type.name === 'acc64')) {
    const made0 = checkedAccum(env, type.name, lanes ?? (type.name === 'acc32' ? 32 : 16), at)
    return made0.kind === 'accum' ? made(env, made0, 'zeros', [], at) : undefined
  }
  const of = type && elementOf(type)
  if (!of) {
    fail(env, 'C0502', at, `${name} needs the element type: ${name}<int32_t, 16>().`)
    return undefined
  }
  const shape = shaped(env, of, lanes ?? 512 / (8 * elementBytes(of)), at)
  return shape && made(env, shape, 'zeros', [], at)
}

function elementBytes(of: string): number {
  return /8/.test(of) ? 1 : /16/.test(of) ? 2 : 4
}

/** broadcast<T, N>(x); the type may be left to the value. */
function broadcast({ env, args, targs, at, name }: ApiCall): Value | undefined {
  const v = load(env, args[0]!)
  const of = elementOf(typeArgument(targs, 0) ?? v.type)
  if (!of) {
    fail(env, 'C0701', at, `${name} cannot fill a vector with ${typeName(v.type)}.`)
    return undefined
  }
  const lanes = numberArgument(targs, typeArgument(targs, 0) ? 1 : 0)
  const shape = shaped(env, of, lanes ?? 512 / (8 * elementBytes(of)), at)
  return shape && asVector(env, v, shape, `The value of ${name}`)
}

export const arithmeticRows: readonly ApiRow[] = [
  two(
    'add',
    'add',
    'Lane sums, wrapping around; numbers are added to every lane.',
    accumForms(false),
  ),
  two('sub', 'sub', 'Lane differences, wrapping around.', accumForms(true)),
  two('min', 'min', 'The smaller of each pair of lanes.'),
  two('max', 'max', 'The larger of each pair of lanes.'),
  two('bit_and', 'and', 'Bitwise and of the lanes.'),
  two('bit_or', 'or', 'Bitwise or of the lanes.'),
  two('bit_xor', 'xor', 'Bitwise exclusive or of the lanes.'),
  one('bit_not', 'not', 'Every bit of the lanes inverted.'),
  one('neg', 'neg', 'Lanes with the sign changed.'),
  {
    space: 'aie',
    name: 'abs',
    shape: 'abs(a)',
    about: 'Absolute values; the smallest number stays as it is.',
    forms: [{ takes: ['vector'], lower: absolute }],
  },
  {
    space: 'aie',
    name: 'maxdiff',
    shape: 'maxdiff(a, b)',
    about: 'a - b where a is larger, else 0.',
    forms: [{ takes: ['operand', 'operand'], lower: maxDiff }],
  },
  {
    space: 'aie',
    name: 'clamp',
    shape: 'clamp(v, low, high)',
    about: 'Lanes brought into a range.',
    forms: [{ takes: ['operand', 'operand', 'operand'], lower: clamp }],
  },
  {
    space: 'aie',
    name: 'upshift',
    shape: 'upshift(v, n)',
    about: 'Lanes moved left by n bits; bits are lost at the top.',
    forms: [
      {
        takes: ['vector', 'number'],
        lower: ({ env, args, at }) => shift(env, args[0]!, args[1]!, true, at),
      },
    ],
  },
  {
    space: 'aie',
    name: 'downshift',
    shape: 'downshift(v, n)',
    about: 'Lanes moved right by n bits, without rounding.',
    forms: [
      {
        takes: ['vector', 'number'],
        lower: ({ env, args, at }) => shift(env, args[0]!, args[1]!, false, at),
      },
    ],
  },
  comparison('eq', 'eq', '='),
  comparison('neq', 'ne', '≠'),
  comparison('ne', 'ne', '≠'),
  comparison('lt', 'lt', '<'),
  comparison('le', 'le', '≤'),
  comparison('gt', 'gt', '>'),
  comparison('ge', 'ge', '≥'),
  {
    moves: true,
    space: 'aie',
    name: 'select',
    shape: 'select(a, b, mask)',
    about: 'Lanes of a where the mask is 0, of b where it is 1.',
    forms: selectForms,
  },
  {
    moves: true,
    space: 'aie',
    name: 'zeros',
    shape: 'zeros<T, N>()',
    about: 'Vector or accumulator of zeros.',
    forms: [{ takes: [], lower: zeros }],
  },
  {
    moves: true,
    space: 'aie',
    name: 'broadcast',
    shape: 'broadcast<T, N>(x)',
    about: 'Vector with the same number in every lane.',
    forms: [{ takes: ['number'], lower: broadcast }],
  },
]
