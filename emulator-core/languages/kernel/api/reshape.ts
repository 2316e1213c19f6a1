/** Functions that move lanes: joining, casting, raw byte shifts. */
import { elementBits } from '../../codegen/ir.ts'
import type { Value } from '../check/entities.ts'
import { fail } from '../check/env.ts'
import { typeName } from '../check/types.ts'
import { load, registerOf } from '../check/values.ts'
import { knownInt, made, permute, shaped, type VectorType } from './helpers.ts'
import { castTo } from './methods.ts'
import type { ApiCall, ApiRow, Form } from './row.ts'

/** Vectors or accumulators laid end to end. */
function concat({ env, args, at, name }: ApiCall): Value | undefined {
  let parts = args.map((arg) => load(env, arg))
  const first = parts[0]!.type
  const fits =
    parts.every((part) => typeName(part.type) === typeName(first)) &&
    (parts.length === 2 || parts.length === 4)
  if (!fits || (first.kind !== 'vector' && first.kind !== 'accum')) {
    fail(env, 'C0701', at, `${name} joins two or four vectors of one type.`)
    return undefined
  }
  while (parts.length > 1) {
    const joined: Value[] = []
    for (let i = 0; i < parts.length; i += 2) {
      const [a, b] = [parts[i]!, parts[i + 1]!]
      const lanes = 'lanes' in a.type ? a.type.lanes * 2 : 0
      const type = first.kind === 'accum' ? { ...first, lanes } : shaped(env, first.of, lanes, at)
      if (!type) return undefined
      joined.push(made(env, type, 'concat', [registerOf(env, a), registerOf(env, b)], at))
    }
    parts = joined
  }
  return parts[0]
}

/** Lanes n to n + N - 1 of a and b laid end to end, n counted in bytes. */
function shiftBytes({ env, args, at, name }: ApiCall): Value | undefined {
  const [a, b] = [load(env, args[0]!), load(env, args[1]!)]
  const bytes = knownInt(env, args[2]!, `The number of bytes of ${name}`)
  if (a.type.kind !== 'vector' || b.type.kind !== 'vector' || bytes === undefined) return undefined
  const { type } = a
  const step = bytes / (elementBits(type.of) >> 3)
  const shape =
    typeName(type) === typeName(b.type) && Number.isInteger(step) && step >= 0 && step <= type.lanes
  if (!shape) {
    fail(env, 'C0701', at, `${name} needs two vectors of one type and whole elements within them.`)
    return undefined
  }
  const from = Array.from({ length: type.lanes }, (_, i) => i + step)
  return {
    type,
    at,
    operand: permute(env, [registerOf(env, a), registerOf(env, b)], type, from, at),
  }
}

type Mapping = (lanes: number, n: number) => number[]

/** A row that permutes the lanes of one vector. */
function mapped(
  name: string,
  about: string,
  shape: string,
  map: Mapping,
  needsCount: boolean,
): ApiRow {
  const lower = ({ env, args, at }: ApiCall): Value | undefined => {
    const v = load(env, args[0]!)
    const n = needsCount ? knownInt(env, args[1]!, `The distance of ${name}`) : 0
    if (v.type.kind !== 'vector' || n === undefined) return undefined
    const type: VectorType = v.type
    if (n < 0 || n > type.lanes) {
      fail(env, 'C0701', at, `${name} moves by 0 to ${type.lanes} lanes, this is ${n}.`)
      return undefined
    }
    return { type, at, operand: permute(env, [registerOf(env, v)], type, map(type.lanes, n), at) }
  }
  return {
    moves: true,
    space: 'aie',
    name,
    shape,
    about,
    forms: [{ takes: needsCount ? ['vector', 'number'] : ['vector'], lower }],
  }
}

const ramp = (lanes: number, f: (i: number) => number): number[] =>
  Array.from({ length: lanes }, (_, i) => f(i))

/** Every second chunk of a vector, as a vector of half the lanes. */
function filter(odd: boolean): (call: ApiCall) => Value | undefined {
  return ({ env, args, at, name }) => {
    const v = load(env, args[0]!)
    const chunk = args[1] ? knownInt(env, args[1], `The chunk of ${name}`) : 1
    if (v.type.kind !== 'vector' || chunk === undefined) return undefined
    const half = shaped(env, v.type.of, v.type.lanes / 2, at)
    if (!half || chunk < 1 || !Number.isInteger(half.lanes / chunk)) {
      if (half)
        fail(
          env,
          'C0701',
          at,
          `${name}: chunks of ${chunk} lanes do not divide ${typeName(v.type)}.`,
        )
      return undefined
    }
    const from = ramp(
      half.lanes,
      (i) => Math.floor(i / chunk) * 2 * chunk + (i % chunk) + (odd ? chunk : 0),
    )
    return { type: half, at, operand: permute(env, [registerOf(env, v)], v.type, from, at) }
  }
}

function filterRow(name: string, odd: boolean): ApiRow {
  const lower = filter(odd)
  return {
    moves: true,
    space: 'aie',
    name,
    shape: `${name}(v, chunk)`,
    about: `The ${odd ? 'odd' : 'even'} chunks of a vector.`,
    forms: [
      { takes: ['vector'], lower },
      { takes: ['vector', 'number'], lower },
    ],
  }
}

const many: readonly Form[] = [
  { takes: ['vector', 'vector'], lower: concat },
  { takes: ['accum', 'accum'], lower: concat },
  { takes: ['vector', 'vector', 'vector', 'vector'], lower: concat },
  { takes: ['accum', 'accum', 'accum', 'accum'], lower: concat },
]

/** Rows × columns in, columns × rows out. */
function transpose({ env, args, at, name }: ApiCall): Value | undefined {
  const v = load(env, args[0]!)
  const rows = knownInt(env, args[1]!, `The rows of ${name}`)
  const columns = knownInt(env, args[2]!, `The columns of ${name}`)
  if (v.type.kind !== 'vector' || rows === undefined || columns === undefined) return undefined
  if (rows * columns !== v.type.lanes) {
    fail(
      env,
      'C0701',
      at,
      `${name}: ${rows} × ${columns} is not the ${v.type.lanes} lanes of ${typeName(v.type)}.`,
    )
    return undefined
  }
  const from = ramp(v.type.lanes, (i) => (i % rows) * columns + Math.floor(i / rows))
  return { type: v.type, at, operand: permute(env, [registerOf(env, v)], v.type, from, at) }
}

export const reshapeRows: readonly ApiRow[] = [
  {
    moves: true,
    space: 'aie',
    name: 'concat',
    shape: 'concat(a, b)',
    about: 'Two or four vectors laid end to end.',
    forms: many,
  },
  {
    moves: true,
    space: 'global',
    name: 'concat',
    shape: 'concat(a, b)',
    about: 'Two or four vectors laid end to end.',
    forms: many,
  },
  {
    moves: true,
    space: 'aie',
    name: 'vector_cast',
    shape: 'vector_cast<T>(v)',
    about: 'The same bits as elements of T.',
    forms: [{ takes: ['vector'], lower: castTo }],
  },
  {
    moves: true,
    space: 'global',
    name: 'shift_bytes',
    shape: 'shift_bytes(a, b, n)',
    about: 'Bytes n and up of a and b laid end to end.',
    forms: [{ takes: ['vector', 'vector', 'number'], lower: shiftBytes }],
  },
  filterRow('filter_even', false),
  filterRow('filter_odd', true),
  {
    moves: true,
    space: 'aie',
    name: 'transpose',
    shape: 'transpose(v, rows, columns)',
    about: 'Row-major lanes to column-major.',
    forms: [{ takes: ['vector', 'number', 'number'], lower: transpose }],
  },
  mapped(
    'reverse',
    'Lanes in opposite order.',
    'reverse(v)',
    (lanes) => ramp(lanes, (i) => lanes - 1 - i),
    false,
  ),
  mapped(
    'shuffle_up',
    'Lanes moved up; the lowest are undefined.',
    'shuffle_up(v, n)',
    (lanes, n) => ramp(lanes, (i) => Math.max(0, i - n)),
    true,
  ),
  mapped(
    'shuffle_down',
    'Lanes moved down; the highest are undefined.',
    'shuffle_down(v, n)',
    (lanes, n) => ramp(lanes, (i) => Math.min(lanes - 1, i + n)),
    true,
  ),
  mapped(
    'shuffle_up_rotate',
    'Lanes moved up around the end.',
    'shuffle_up_rotate(v, n)',
    (lanes, n) => ramp(lanes, (i) => (i - n + lanes) % lanes),
    true,
  ),
  mapped(
    'shuffle_down_rotate',
    'Lanes moved down around the end.',
    'shuffle_down_rotate(v, n)',
    (lanes, n) => ramp(lanes, (i) => (i + n) % lanes),
    true,
  ),
  mapped(
    'shuffle_up_replicate',
    'Lanes moved up; lane 0 is repeated.',
    'shuffle_up_replicate(v, n)',
    (lanes, n) => ramp(lanes, (i) => Math.max(0, i - n)),
    true,
  ),
  mapped(
    'shuffle_down_replicate',
    'Lanes moved down; the last lane is repeated.',
    'shuffle_down_replicate(v, n)',
    (lanes, n) => ramp(lanes, (i) => Math.min(lanes - 1, i + n)),
    true,
  ),
]
