/**
 * Members of vectors, accumulators and masks. The first argument of every row is the object itself.
 */
import { elementBits } from '../../codegen/ir.ts'
import { bitCast } from '../check/convert.ts'
import type { Value } from '../check/entities.ts'
import { fail, isBroken } from '../check/env.ts'
import { lane, writable } from '../check/operators.ts'
import { elementOf, irTypeOf, typeName, uintType } from '../check/types.ts'
import { constantNumber, load, operandOf, registerOf, store } from '../check/values.ts'
import { checkedVector } from './builtin-types.ts'
import {
  asElement,
  intOperand,
  irOf,
  isReal,
  knownInt,
  made,
  numberArgument,
  permute,
  shaped,
  subvector,
  typeArgument,
} from './helpers.ts'
import { moveUp } from './multiply.ts'
import type { ApiCall, ApiRow, Form } from './row.ts'

/** Accumulator to vector with a right shift, rounding and saturation by the modes in force. */
function toVector({ env, args, targs, at, name }: ApiCall): Value | undefined {
  const acc = load(env, args[0]!)
  const wanted = typeArgument(targs, 0)
  const of = wanted && elementOf(wanted)
  if (acc.type.kind !== 'accum') return undefined
  if (!of) {
    fail(env, 'C0502', at, `${name} needs the element type: ${name}<int16_t>(shift).`)
    return undefined
  }
  if (isReal(wanted)) {
    fail(
      env,
      'C0803',
      at,
      `${name}<${typeName(wanted)}> is known, not emulated yet (planned for tier 2).`,
    )
    return undefined
  }
  const type = checkedVector(env, of, acc.type.lanes, at)
  const shift = args[1] ? intOperand(env, args[1], `The shift of ${name}`) : { imm: 0 }
  if (type.kind !== 'vector' || !shift) return undefined
  if ('imm' in shift && (shift.imm < 0 || shift.imm > 63)) {
    fail(env, 'C0701', args[1]!.at, `The shift of ${name} is 0 to 63, this is ${shift.imm}.`)
    return undefined
  }
  return made(env, type, 'srs', [operandOf(env, acc), shift], at)
}

function fromVector({ env, args, at, name }: ApiCall): Value | undefined {
  const self = args[0]!
  if (self.type.kind !== 'accum' || !writable(env, self, at)) return undefined
  const shift = args[2] ? intOperand(env, args[2], `The shift of ${name}`) : { imm: 0 }
  const value = load(env, args[1]!)
  const up = shift && moveUp(env, value, self.type, shift, at)
  if (!up) return undefined
  store(env, self.place!, self.type, up, at)
  return self
}

/** Part `index` of the object, N lanes wide. */
function extractPart({ env, args, targs, at, name }: ApiCall): Value | undefined {
  const v = load(env, args[0]!)
  const lanes = numberArgument(targs, 0)
  const index = knownInt(env, args[1]!, `The index of ${name}`)
  if (
    lanes === undefined ||
    index === undefined ||
    (v.type.kind !== 'vector' && v.type.kind !== 'accum')
  ) {
    if (lanes === undefined)
      fail(env, 'C0502', at, `${name} needs the number of lanes: ${name}<8>(0).`)
    return undefined
  }
  if (index < 0 || (index + 1) * lanes > v.type.lanes) {
    fail(
      env,
      'C0411',
      args[1]!.at,
      `Part ${index} of ${lanes} lanes does not exist in ${typeName(v.type)}.`,
    )
    return undefined
  }
  if (v.type.kind === 'accum') {
    const type = { ...v.type, lanes }
    return {
      type,
      at,
      operand: env.b.value('subvector', irTypeOf(type)!, [operandOf(env, v)], at, { index }),
    }
  }
  const type = shaped(env, v.type.of, lanes, at)
  return type && { type, at, operand: subvector(env, registerOf(env, v), v.type, index, lanes, at) }
}

/** Replaces part `index` by a smaller vector. */
function insertPart({ env, args, at, name }: ApiCall): Value | undefined {
  const self = args[0]!
  const part = load(env, args[2]!)
  const index = knownInt(env, args[1]!, `The index of ${name}`)
  if (
    index === undefined ||
    self.type.kind !== 'vector' ||
    part.type.kind !== 'vector' ||
    !writable(env, self, at)
  )
    return undefined
  const { lanes } = part.type
  const total = self.type.lanes
  if (part.type.of !== self.type.of || index < 0 || (index + 1) * lanes > self.type.lanes) {
    fail(env, 'C0701', at, `${typeName(part.type)} is no part ${index} of ${typeName(self.type)}.`)
    return undefined
  }
  const whole = registerOf(env, load(env, self))
  const padded = permute(
    env,
    [registerOf(env, part)],
    part.type,
    Array.from({ length: total }, (_, i) => i % lanes),
    at,
  )
  const from = Array.from({ length: total }, (_, i) =>
    Math.floor(i / lanes) === index ? total + i : i,
  )
  store(
    env,
    self.place!,
    self.type,
    { type: self.type, at, operand: permute(env, [whole, padded], self.type, from, at) },
    at,
  )
  return self
}

function getLane({ env, args, at }: ApiCall): Value {
  return load(env, lane(env, args[0]!, args[1]!, at))
}

function setLane({ env, args, at }: ApiCall): Value | undefined {
  const self = args[0]!
  if (self.type.kind !== 'vector' || !writable(env, self, at)) return undefined
  const target = lane(env, self, args[2]!, at)
  const value = asElement(env, args[1]!, self.type.of, 'The lane')
  if (isBroken(target, value) || !target.place) return undefined
  store(env, target.place, target.type, value, at)
  return self
}

/** Moves all lanes up by one and puts the value into lane 0. */
function push({ env, args, at }: ApiCall): Value | undefined {
  const self = args[0]!
  const { type } = self
  if (type.kind !== 'vector' || !writable(env, self, at)) return undefined
  const value = asElement(env, args[1]!, type.of, 'The value pushed')
  if (isBroken(value)) return undefined
  const whole = registerOf(env, load(env, self))
  const moved = permute(
    env,
    [whole],
    type,
    Array.from({ length: type.lanes }, (_, i) => Math.max(0, i - 1)),
    at,
  )
  const operand = env.b.value('insert', irOf(type), [moved, { imm: 0 }, operandOf(env, value)], at)
  store(env, self.place!, type, { type, at, operand }, at)
  return self
}

/** A wider vector; the lanes added hold zeros, which programs must not rely on. */
function grow({ env, args, targs, at, name }: ApiCall): Value | undefined {
  const v = load(env, args[0]!)
  const lanes = numberArgument(targs, 0)
  if (v.type.kind !== 'vector') return undefined
  const type = shaped(env, v.type.of, lanes ?? v.type.lanes * 2, at)
  if (!type) return undefined
  if (type.lanes < v.type.lanes) {
    fail(env, 'C0701', at, `${name} cannot make ${typeName(v.type)} smaller.`)
    return undefined
  }
  let operand = registerOf(env, v)
  for (let width = v.type.lanes; width < type.lanes; width *= 2) {
    const half = irOf({ ...type, lanes: width })
    const zero = env.b.value('zeros', half, [], at)
    operand = env.b.value('concat', irOf({ ...type, lanes: width * 2 }), [operand, zero], at)
  }
  return { type, at, operand }
}

/** The same bits with other elements. */
export function castTo({ env, args, targs, at, name }: ApiCall): Value | undefined {
  const v = load(env, args[0]!)
  const wanted = typeArgument(targs, 0)
  const of = wanted && elementOf(wanted)
  if (v.type.kind !== 'vector') return undefined
  if (!of) {
    fail(env, 'C0502', at, `${name} needs the element type: ${name}<uint8_t>().`)
    return undefined
  }
  const type = shaped(env, of, (v.type.lanes * elementBits(v.type.of)) / elementBits(of), at)
  return type && bitCast(env, v, type)
}

/** Elements of twice the width, extended by their type. */
function unpack({ env, args, at }: ApiCall): Value | undefined {
  const v = load(env, args[0]!)
  if (v.type.kind !== 'vector' || elementBits(v.type.of) !== 8)
    return resized(args[0]!, env, at, 'unpack')
  const type = shaped(env, v.type.of === 'i8' ? 'i16' : 'u16', v.type.lanes, at)
  const acc =
    type && moveUp(env, v, { kind: 'accum', of: 'acc32', lanes: v.type.lanes }, { imm: 0 }, at)
  return acc && type && made(env, type, 'srs', [operandOf(env, acc), { imm: 0 }], at)
}

/** Elements of half the width, by the saturation mode in force. */
function pack({ env, args, at }: ApiCall): Value | undefined {
  const v = load(env, args[0]!)
  if (v.type.kind !== 'vector' || elementBits(v.type.of) !== 16)
    return resized(args[0]!, env, at, 'pack')
  const type = shaped(env, v.type.of === 'i16' ? 'i8' : 'u8', v.type.lanes, at)
  const acc =
    type && moveUp(env, v, { kind: 'accum', of: 'acc32', lanes: v.type.lanes }, { imm: 0 }, at)
  return acc && type && made(env, type, 'srs', [operandOf(env, acc), { imm: 0 }], at)
}

function resized(self: Value, env: ApiCall['env'], at: ApiCall['at'], name: string): undefined {
  fail(
    env,
    'C0802',
    at,
    `${name} of ${typeName(self.type)} is known, not emulated yet (planned for tier 3).`,
  )
}

function sizeOfSelf({ args, at }: ApiCall): Value {
  const { type } = args[0]!
  return constantNumber(uintType, 'lanes' in type ? type.lanes : 0, at)
}

const arithmetic = new Set(['unpack', 'pack', 'from_vector', 'to_vector'])

function method(
  space: 'vector' | 'accum' | 'mask',
  name: string,
  shape: string,
  about: string,
  forms: readonly Form[],
): ApiRow {
  return { space, name, shape, about, forms, moves: !arithmetic.has(name) }
}

const size = { about: 'Number of lanes.', shape: 'size()' }

export const methodRows: readonly ApiRow[] = [
  method(
    'accum',
    'to_vector',
    'to_vector<T>(shift)',
    'Shifts right, rounds, saturates and gives a vector of T.',
    [
      { takes: ['accum'], lower: toVector },
      { takes: ['accum', 'number'], lower: toVector },
    ],
  ),
  method('accum', 'from_vector', 'from_vector(v, shift)', 'Takes a vector, shifted left.', [
    { takes: ['accum', 'vector'], lower: fromVector },
    { takes: ['accum', 'vector', 'number'], lower: fromVector },
  ]),
  method('accum', 'extract', 'extract<N>(i)', 'Part i of N lanes.', [
    { takes: ['accum', 'number'], lower: extractPart },
  ]),
  method('accum', 'size', size.shape, size.about, [{ takes: ['accum'], lower: sizeOfSelf }]),
  method('mask', 'size', size.shape, size.about, [{ takes: ['mask'], lower: sizeOfSelf }]),
  method('mask', 'test', 'test(i)', 'Bit i.', [{ takes: ['mask', 'number'], lower: getLane }]),
  method('vector', 'size', size.shape, size.about, [{ takes: ['vector'], lower: sizeOfSelf }]),
  method('vector', 'extract', 'extract<N>(i)', 'Part i of N lanes.', [
    { takes: ['vector', 'number'], lower: extractPart },
  ]),
  method('vector', 'insert', 'insert(i, v)', 'Replaces part i by a smaller vector.', [
    { takes: ['vector', 'number', 'vector'], lower: insertPart },
  ]),
  method('vector', 'get', 'get(i)', 'The number in lane i.', [
    { takes: ['vector', 'number'], lower: getLane },
  ]),
  method('vector', 'set', 'set(x, i)', 'Puts a number into lane i.', [
    { takes: ['vector', 'number', 'number'], lower: setLane },
  ]),
  method('vector', 'push', 'push(x)', 'Moves all lanes up by one and puts a number into lane 0.', [
    { takes: ['vector', 'number'], lower: push },
  ]),
  method('vector', 'grow', 'grow<N>()', 'A wider vector whose upper lanes are undefined.', [
    { takes: ['vector'], lower: grow },
  ]),
  method('vector', 'cast_to', 'cast_to<T>()', 'The same bits as elements of T.', [
    { takes: ['vector'], lower: castTo },
  ]),
  method('vector', 'unpack', 'unpack()', 'Elements of twice the width.', [
    { takes: ['vector'], lower: unpack },
  ]),
  method('vector', 'pack', 'pack()', 'Elements of half the width.', [
    { takes: ['vector'], lower: pack },
  ]),
]
