/** Initialisers: filling a variable from values, and computing the bytes of constant data. */
import type { Span } from '../../../sim/diagnostics.ts'
import { checkedAccum } from '../api/builtin-types.ts'
import { asElement, permute } from '../api/helpers.ts'
import { moveUp } from '../api/multiply.ts'
import type { Initialiser } from '../syntax/tree.ts'
import { implicit } from './convert.ts'
import type { Place, Value } from './entities.ts'
import { fail, isBroken, type Env } from './env.ts'
import { runConstant } from './constants.ts'
import { irTypeOf, sameType, sizeOf, typeName, type CType } from './types.ts'
import { load, operandOf, registerOf, store } from './values.ts'

/** Fills new memory or a new register from constructor arguments. */
export function constructInto(
  env: Env,
  target: Value,
  args: readonly Value[],
  braces: boolean,
  at: Span,
): void {
  const { type } = target
  if (!target.place || isBroken(...args)) return
  switch (type.kind) {
    case 'array':
      return constructArray(env, target, args, braces, at)
    case 'struct':
      return constructStruct(env, target, args, braces, at)
    case 'vector':
      return constructVector(env, target, args, at)
    case 'accum':
      return constructAccum(env, target, args, at)
    case 'mask':
      if (args.length === 1) return put(env, target, args[0]!, at)
      if (args.length === 0) return
      fail(env, 'C0409', at, `${typeName(type)} is made of one mask.`)
      return
    default:
      if (args.length === 1) return put(env, target, args[0]!, at)
      if (args.length === 0)
        return put(
          env,
          target,
          { type: { kind: 'int', of: 'i32' }, at, known: { lo: 0, hi: 0 } },
          at,
        )
      fail(env, 'C0409', at, `${typeName(type)} takes one value, got ${args.length}.`)
  }
}

function put(env: Env, target: Value, value: Value, at: Span): void {
  const converted = implicit(env, value, target.type, 'The variable')
  if (!isBroken(converted) && target.place) store(env, target.place, target.type, converted, at)
}

function part(target: Value, type: CType, offset: number): Value {
  const place = target.place as Extract<Place, { kind: 'memory' }>
  return { type, at: target.at, place: { ...place, offset: place.offset + offset } }
}

/** One element or field from one value or nested list. */
function fillPart(env: Env, target: Value, value: Value, at: Span): void {
  const { type } = target
  if (value.items) return constructInto(env, target, value.items, true, at)
  if (type.kind === 'array' && !value.text) {
    fail(env, 'C0409', value.at, `${typeName(type)} needs a list in braces.`)
    return
  }
  constructInto(env, target, [value], false, at)
}

function constructArray(
  env: Env,
  target: Value,
  args: readonly Value[],
  braces: boolean,
  at: Span,
): void {
  const { type } = target
  if (type.kind !== 'array') return
  const size = sizeOf(type.of) ?? 1
  const [first] = args
  if (first?.text && args.length === 1) return fillText(env, target, first, at)
  if (!braces && args.length > 0) {
    fail(env, 'C0409', at, 'An array is initialised with a list in braces.')
    return
  }
  if (args.length > type.length) {
    fail(
      env,
      'C0409',
      args[type.length]?.at ?? at,
      `${args.length} values do not fit an array of ${type.length}.`,
    )
    return
  }
  const flat = type.of.kind === 'array' && args.length > 0 && args.every((arg) => !arg.items)
  if (flat) {
    fail(env, 'C0409', at, 'An array of arrays needs a list in braces for every row.')
    return
  }
  args.forEach((arg, i) => fillPart(env, part(target, type.of, i * size), arg, at))
  clear(env, target, args.length * size, type.length * size, at)
}

/** Zeroes the rest of an aggregate that has an initialiser. */
function clear(env: Env, target: Value, from: number, to: number, at: Span): void {
  const place = target.place
  if (place?.kind !== 'memory' || from >= to) return
  const { b } = env
  let offset = from
  while (offset < to) {
    const step =
      offset % 4 === 0 && to - offset >= 4 ? 4 : offset % 2 === 0 && to - offset >= 2 ? 2 : 1
    const ir = irTypeOf({ kind: 'int', of: step === 4 ? 'i32' : step === 2 ? 'i16' : 'i8' })!
    b.effect('store', ir, [place.base, { imm: 0 }], at, {
      offset: place.offset + offset,
      scope: place.scope,
    })
    offset += step
  }
}

function fillText(env: Env, target: Value, value: Value, at: Span): void {
  const { type } = target
  if (type.kind !== 'array' || sizeOf(type.of) !== 1) {
    fail(env, 'C0409', value.at, `A string cannot initialise ${typeName(type)}.`)
    return
  }
  const codes = [...(value.text ?? []), 0]
  if (codes.length > type.length) {
    fail(env, 'C0409', value.at, `A string of ${codes.length} bytes does not fit ${type.length}.`)
    return
  }
  codes.forEach((code, i) =>
    put(
      env,
      part(target, type.of, i),
      { type: type.of, at: value.at, known: { lo: (code << 24) >> 24, hi: code > 127 ? -1 : 0 } },
      at,
    ),
  )
  clear(env, target, codes.length, type.length, at)
}

function constructStruct(
  env: Env,
  target: Value,
  args: readonly Value[],
  braces: boolean,
  at: Span,
): void {
  const { type } = target
  if (type.kind !== 'struct') return
  const only = args.length === 1 ? args[0] : undefined
  if (only && sameType(only.type, type)) {
    store(env, target.place!, type, only, at)
    return
  }
  if (only?.items && !braces) return constructStruct(env, target, only.items, true, at)
  if (!braces && args.length > 0) {
    fail(env, 'C0409', at, `${typeName(type)} is initialised with a list in braces.`)
    return
  }
  const { fields } = type.info
  if (args.length > fields.length) {
    fail(
      env,
      'C0409',
      at,
      `${typeName(type)} has ${fields.length} fields, got ${args.length} values.`,
    )
    return
  }
  for (const [i, field] of fields.entries()) {
    const slot = part(target, field.type, field.offset)
    const arg = args[i]
    const init = field.node.init
    if (arg) fillPart(env, slot, arg, at)
    else if (init) {
      const items = init.items.map((item) => env.unit.checks.expression(env, item))
      constructInto(
        env,
        slot,
        items.length === 1 && items[0]!.items ? items[0]!.items : items,
        init.style === 'braces' || items[0]?.items !== undefined,
        at,
      )
    } else clear(env, slot, 0, sizeOf(field.type) ?? 0, at)
  }
}

/** vector v(w), v(accumulator), v(x, y, …) for the first lanes, v(low, high) */
function constructVector(env: Env, target: Value, args: readonly Value[], at: Span): void {
  const { type } = target
  if (type.kind !== 'vector' || args.length === 0) return
  const values = args.map((arg) => load(env, arg))
  const [first] = values
  if (isBroken(...values) || !first) return
  if (
    values.length === 1 &&
    (first.type.kind === 'vector' || first.type.kind === 'accum') &&
    first.type.lanes === type.lanes
  ) {
    return put(env, target, first, at)
  }
  if (first.type.kind === 'vector') return joinParts(env, target, values, at)
  if (values.length > type.lanes) {
    fail(
      env,
      'C0409',
      at,
      `${typeName(type)} has ${type.lanes} lanes, got ${values.length} values.`,
    )
    return
  }
  let operand = env.b.value('zeros', irTypeOf(type)!, [], at)
  for (const [i, value] of values.entries()) {
    const lane = asElement(env, value, type.of, `Lane ${i}`)
    if (isBroken(lane)) return
    operand = env.b.value(
      'insert',
      irTypeOf(type)!,
      [operand, { imm: i }, operandOf(env, lane)],
      at,
    )
  }
  store(env, target.place!, type, { type, at, operand }, at)
}

function joinParts(env: Env, target: Value, values: readonly Value[], at: Span): void {
  const { type } = target
  const one = values[0]!.type
  const fits =
    type.kind === 'vector' &&
    one.kind === 'vector' &&
    values.every((v) => sameType(v.type, one)) &&
    one.of === type.of &&
    one.lanes * values.length === type.lanes
  if (!fits) {
    fail(
      env,
      'C0409',
      at,
      `${values.map((v) => typeName(v.type)).join(' and ')} do not make ${typeName(type)}.`,
    )
    return
  }
  const parts = values.map((v) => registerOf(env, v))
  const from = Array.from({ length: type.lanes }, (_, i) => i)
  store(env, target.place!, type, { type, at, operand: permute(env, parts, one, from, at) }, at)
}

function constructAccum(env: Env, target: Value, args: readonly Value[], at: Span): void {
  const { type } = target
  if (type.kind !== 'accum' || args.length === 0) return
  const value = load(env, args[0]!)
  if (isBroken(value)) return
  if (value.type.kind !== 'vector') return put(env, target, value, at)
  if (type.of === 'accfloat' || checkedAccum(env, type.of, type.lanes, at).kind === 'error') return
  const shift = args[1]
    ? operandOf(env, implicit(env, args[1], { kind: 'int', of: 'i32' }, 'The shift'))
    : { imm: 0 }
  const up = moveUp(env, value, type, shift, at)
  if (up) store(env, target.place!, type, up, at)
}

/**
 * The bytes of constant data, found by running the initialiser at compile time. `quiet` asks
 * without reporting that
 * it is not constant.
 */
export function initialBytes(
  env: Env,
  type: CType,
  init: Initialiser,
  quiet: boolean,
): Uint8Array | undefined {
  const size = sizeOf(type)
  if (size === undefined) return undefined
  const fork: Env = { ...env, b: env.b.fork(init.at) }
  const offset = fork.b.frame(size, 64)
  const memory = fork.b.value('frame', { kind: 'scalar', of: 'ptr' }, [], init.at, { offset })
  const target: Value = {
    type,
    at: init.at,
    place: { kind: 'memory', base: memory, offset: 0, scope: 0 },
  }
  const [only] = init.items
  const errors = env.unit.report.diagnostics.length
  const isList = only?.kind === 'list' && init.items.length === 1
  const items = (isList ? only.items : init.items).map((item) =>
    env.unit.checks.expression(fork, item),
  )
  constructInto(fork, target, items, isList || init.style === 'braces', init.at)
  if (env.unit.report.diagnostics.length > errors && env.unit.report.hasErrors) return undefined
  const result = runConstant(env.unit, fork.b)
  if (result.kind === 'ok') return result.memory.slice(offset, offset + size)
  if (!quiet) fail(env, 'C0601', init.at, `This initialiser must be constant: ${result.why}.`)
  return undefined
}
