/** Conversions: promotions, implicit conversions with their rank, casts. */
import type { Span } from '../../../sim/diagnostics.ts'
import { scalar } from '../../codegen/ir.ts'
import * as w from '../wide.ts'
import type { Value } from './entities.ts'
import { errorValue, fail, isBroken, warn, type Env } from './env.ts'
import {
  boolType,
  doubleType,
  floatType,
  int,
  intBits,
  intOf,
  intType,
  irTypeOf,
  isSigned,
  sameType,
  sizeOf,
  typeName,
  withoutReference,
  type CType,
} from './types.ts'
import { constant, fits, floatBits, frameMemory, load, operandOf, store } from './values.ts'

/** How good an implicit conversion is; lower is better, `undefined` is none. */
export type Rank = 0 | 1 | 2

/** The type integer operands have in arithmetic. */
export function promoted(type: CType): CType {
  const of = intOf(type)
  if (!of || intBits(of) >= 32) return of ? int(of) : type
  return intType
}

/** The common type of two arithmetic operands. */
export function usualType(a: CType, b: CType): CType {
  if (a.kind === 'real' || b.kind === 'real') return commonReal(a, b)
  const x = intOf(promoted(a)) ?? 'i32'
  const y = intOf(promoted(b)) ?? 'i32'
  if (intBits(x) !== intBits(y)) return int(intBits(x) > intBits(y) ? x : y)
  return int(isSigned(x) ? y : x)
}

function commonReal(a: CType, b: CType): CType {
  const is = (type: CType, of: string): boolean => type.kind === 'real' && type.of === of
  if (is(a, 'double') || is(b, 'double')) return doubleType
  if (is(a, 'float') || is(b, 'float')) return floatType
  return is(a, 'bf16') && is(b, 'bf16') ? a : floatType
}

/** How a value would become an argument of this type. */
export function rankOf(value: Value, type: CType): Rank | undefined {
  const to = withoutReference(type)
  const from = value.type
  if (from.kind === 'error' || to.kind === 'error') return 0
  if (type.kind === 'reference' && !type.constant && !type.rvalue) {
    return value.place && !value.constant && sameType(from, to) ? 0 : undefined
  }
  if (value.items)
    return to.kind === 'struct' || to.kind === 'vector' || value.items.length <= 1 ? 1 : undefined
  if (from.kind === 'array' && to.kind === 'pointer') {
    return pointerRank(
      { kind: 'pointer', to: from.of, constant: from.constant || value.constant === true },
      to,
      value,
    )
  }
  if (to.kind === 'pointer') return pointerRank(from, to, value)
  if (sameType(from, to)) return 0
  const a = intOf(from)
  const b = intOf(to)
  if (from.kind === 'enum' && from.info.scoped) return undefined
  if (to.kind === 'enum') return undefined
  if (a && b) return sameType(promoted(from), to) ? 1 : 2
  if ((a || from.kind === 'real') && (b || to.kind === 'real'))
    return from.kind === 'real' && to.kind === 'real' ? 1 : 2
  if (from.kind === 'pointer' && to.kind === 'int' && to.of === 'bool') return 2
  if (from.kind === 'accum' && to.kind === 'vector') return from.lanes === to.lanes ? 2 : undefined
  return undefined
}

function pointerRank(
  from: CType,
  to: Extract<CType, { kind: 'pointer' }>,
  value: Value,
): Rank | undefined {
  if (from.kind === 'nullptr') return 1
  if (intOf(from) && value.known && w.isZero(value.known) && from.kind === 'int') return 2
  if (from.kind !== 'pointer') return undefined
  if (from.constant && !to.constant) return undefined
  if (sameType(from.to, to.to)) return from.constant === to.constant ? 0 : 1
  if (to.to.kind === 'void') return 2
  return undefined
}

/** Converts as an initialisation or assignment would; reports what is impossible. */
export function implicit(env: Env, value: Value, type: CType, what: string): Value {
  const to = withoutReference(type)
  const v = value.place || value.text ? load(env, value) : value
  if (isBroken(v) || to.kind === 'error') return errorValue(value.at)
  const rank = rankOf(value.place && type.kind !== 'reference' ? { ...v } : value, to)
  if (rank === undefined) return refuse(env, v, to, what)
  if (rank === 2) warnLoss(env, v, to)
  return cast(env, v, to)
}

function refuse(env: Env, v: Value, to: CType, what: string): Value {
  let hint = ''
  if (v.type.kind === 'pointer' && to.kind === 'pointer' && sameType(v.type.to, to.to))
    hint = ' It would drop const.'
  else if (v.type.kind === 'accum' && to.kind === 'vector')
    hint = ' Use to_vector<T>() on the accumulator.'
  else if (v.type.kind === 'accum' && to.kind === 'accum') {
    hint = ` The product of these operands needs ${v.type.of} with ${v.type.lanes} lanes.`
  } else if (v.type.kind === 'vector' && to.kind === 'accum')
    hint = ' Use from_vector() on the accumulator.'
  else if (v.type.kind === 'vector' && to.kind === 'vector' && v.type.of === to.of)
    hint = ' The numbers of lanes differ.'
  else if (v.type.kind === 'pointer' && to.kind === 'pointer')
    hint = ' Write a cast if this is meant.'
  return fail(
    env,
    'C0401',
    v.at,
    `${what} needs ${typeName(to)}, this is ${typeName(v.type)}.${hint}`,
  )
}

function warnLoss(env: Env, v: Value, to: CType): void {
  const from = intOf(v.type)
  const target = intOf(to)
  if (!v.known || !from || !target || target === 'bool' || fits(v.known, from, target)) return
  // -1 as an unsigned number and 0xff as a signed one are everyday idioms; only lost bits are worth
  // a word.
  if (intBits(target) >= 32 && v.known.hi === (v.known.lo < 0 ? -1 : 0)) return
  const shown = w.show(v.known, isSigned(from))
  const kept = constant(to, v.known, v.at).known!
  const message = `${shown} does not fit ${typeName(to)}; it becomes ${w.show(kept, isSigned(target))}.`
  warn(env, 'C0411', v.at, message)
}

/**
 * Converts an rvalue without asking whether the language allows it; the caller has decided that.
 */
export function cast(env: Env, v: Value, to: CType): Value {
  if (isBroken(v)) return v
  if (sameType(v.type, to)) return { ...v, type: to }
  const from = intOf(v.type)
  const target = intOf(to)
  if (v.items) return castList(env, v, to)
  if (to.kind === 'real' || v.type.kind === 'real') return castReal(env, v, to)
  if (to.kind === 'pointer') return castToPointer(env, v, to)
  if (target === 'bool') return truth(env, v)
  if (from && target) {
    if (v.known) return constant(to, v.known, v.at)
    const fields = { from: irTypeOf(v.type)! }
    return {
      type: to,
      at: v.at,
      operand: env.b.value('convert', irTypeOf(to)!, [operandOf(env, v)], v.at, fields),
    }
  }
  if (target && (v.type.kind === 'pointer' || v.type.kind === 'nullptr')) {
    const fields = { from: scalar('ptr') }
    return {
      type: to,
      at: v.at,
      operand: env.b.value('convert', irTypeOf(to)!, [operandOf(env, v)], v.at, fields),
    }
  }
  if (v.type.kind === 'accum' && to.kind === 'vector') {
    const operand = env.b.value('srs', irTypeOf(to)!, [operandOf(env, v), { imm: 0 }], v.at)
    return { type: to, at: v.at, operand }
  }
  if (to.kind === 'void') return { type: to, at: v.at }
  return fail(env, 'C0401', v.at, `${typeName(v.type)} cannot become ${typeName(to)}.`)
}

function castList(env: Env, v: Value, to: CType): Value {
  const items = v.items ?? []
  if (items.length === 0 && to.kind === 'int') return constant(to, w.wideZero, v.at)
  if (items.length === 1 && items[0]) return cast(env, load(env, items[0]), to)
  return fail(env, 'C0409', v.at, `A list of ${items.length} values cannot become ${typeName(to)}.`)
}

function castToPointer(env: Env, v: Value, to: CType): Value {
  if (v.type.kind === 'nullptr') return { type: to, at: v.at, operand: { imm: 0 } }
  if (v.type.kind === 'pointer') return { ...v, type: to }
  if (v.known) return { type: to, at: v.at, operand: { imm: v.known.lo } }
  const from = irTypeOf(v.type)
  if (!from || !intOf(v.type))
    return fail(env, 'C0401', v.at, `${typeName(v.type)} cannot become a pointer.`)
  return {
    type: to,
    at: v.at,
    operand: env.b.value('convert', scalar('ptr'), [operandOf(env, v)], v.at, { from }),
  }
}

const maxInt = 2 ** 63

/** Conversions from and to real numbers happen at compile time only. */
function castReal(env: Env, v: Value, to: CType): Value {
  const number =
    v.real ?? (v.known ? w.toNumber(v.known, isSigned(intOf(v.type) ?? 'i32')) : undefined)
  if (number === undefined) {
    const message = `Converting ${typeName(v.type)} to ${typeName(to)} at run time is known, not emulated yet (planned for tier 2).`
    return fail(env, 'C0803', v.at, message)
  }
  const of = intOf(to)
  if (of === 'bool') return constant(to, number !== 0 ? w.wideOne : w.wideZero, v.at)
  if (of) {
    const whole = Math.trunc(Math.max(-maxInt, Math.min(number, maxInt * 2)))
    return constant(to, w.fromNumber(Number.isNaN(number) ? 0 : whole), v.at)
  }
  if (to.kind !== 'real')
    return fail(env, 'C0401', v.at, `${typeName(v.type)} cannot become ${typeName(to)}.`)
  if (to.of === 'double') return { type: to, at: v.at, real: number }
  const single = Math.fround(number)
  if (to.of === 'bf16' && (floatBits(single) & 0xffff) !== 0) {
    const message = `${number} is not a bfloat16 number: it would be rounded in the mode in force, which is known, not emulated yet.`
    return fail(env, 'C0803', v.at, message)
  }
  return { type: to, at: v.at, real: single }
}

/** The value as a condition. */
export function truth(env: Env, value: Value): Value {
  const v = load(env, value)
  const { at, type } = v
  if (isBroken(v)) return v
  if (type.kind === 'int' && type.of === 'bool') return v
  if (v.known) return constant(boolType, w.isZero(v.known) ? w.wideZero : w.wideOne, at)
  if (v.real !== undefined) return constant(boolType, v.real === 0 ? w.wideZero : w.wideOne, at)
  if (type.kind === 'nullptr') return constant(boolType, w.wideZero, at)
  const of = intOf(type)
  if (!of && type.kind !== 'pointer') {
    if (type.kind === 'real') {
      return fail(
        env,
        'C0803',
        at,
        `Comparing ${typeName(type)} values at run time is known, not emulated yet (planned for tier 2).`,
      )
    }
    return fail(env, 'C0401', at, `A condition is needed here, this is ${typeName(type)}.`)
  }
  if (type.kind === 'enum' && type.info.scoped) {
    return fail(
      env,
      'C0401',
      at,
      `The scoped enumeration ${typeName(type)} is no condition; compare it.`,
    )
  }
  const ir = type.kind === 'pointer' ? scalar('ptr') : irTypeOf(type)!
  return { type: boolType, at, operand: env.b.compare('ne', ir, operandOf(env, v), { imm: 0 }, at) }
}

/** A cast the user wrote. */
export function explicit(env: Env, value: Value, type: CType, style: string, at: Span): Value {
  const to = withoutReference(type)
  if (to.kind === 'void') return { type: to, at }
  if (type.kind === 'reference') return castReference(env, value, to, at)
  const v = { ...load(env, value), at }
  if (isBroken(v) || to.kind === 'error') return errorValue(at)
  if (style === 'bit') return bitCast(env, v, to)
  const from = v.type
  const scalars = (t: CType): boolean => intOf(t) !== undefined || t.kind === 'real'
  const both = scalars(from) && scalars(to)
  if (style === 'reinterpret') {
    const pointers = (t: CType): boolean =>
      t.kind === 'pointer' || intOf(t) !== undefined || t.kind === 'nullptr'
    if (!pointers(from) || !pointers(to)) {
      return fail(
        env,
        'C0401',
        at,
        `reinterpret_cast cannot turn ${typeName(from)} into ${typeName(to)}.`,
      )
    }
  } else if (style === 'static' && from.kind === 'pointer' && to.kind === 'pointer') {
    const related = sameType(from.to, to.to) || from.to.kind === 'void' || to.to.kind === 'void'
    if (!related || (from.constant && !to.constant)) {
      return fail(
        env,
        'C0401',
        at,
        `static_cast cannot turn ${typeName(from)} into ${typeName(to)}.`,
      )
    }
  } else if (!both && !(from.kind === 'pointer' || to.kind === 'pointer')) {
    if (rankOf(v, to) === undefined) {
      if (from.kind === 'vector' && to.kind === 'vector' && style === 'c')
        return bitCast(env, v, to)
      return fail(env, 'C0401', at, `${typeName(from)} cannot be cast to ${typeName(to)}.`)
    }
  } else if (style === 'static' && !both && rankOf(v, to) === undefined) {
    return fail(env, 'C0401', at, `static_cast cannot turn ${typeName(from)} into ${typeName(to)}.`)
  }
  return cast(env, v, to)
}

function castReference(env: Env, value: Value, to: CType, at: Span): Value {
  if (sameType(value.type, to)) return { ...value, at }
  const place = value.place
  if (place?.kind !== 'memory') {
    return fail(
      env,
      'C0401',
      at,
      `${typeName(value.type)} cannot be cast to a reference to ${typeName(to)}.`,
    )
  }
  const { global: _, ...rest } = place
  return { type: to, at, place: rest, ...(value.constant ? { constant: true } : {}) }
}

/** The same bits as another type of the same size, through memory. */
export function bitCast(env: Env, v: Value, to: CType): Value {
  const from = irTypeOf(v.type)
  const target = irTypeOf(to)
  const size = (t: CType): number =>
    t.kind === 'vector' || t.kind === 'int' || t.kind === 'real' ? 1 : 0
  if (!from || !target || size(v.type) + size(to) !== 2 || sizeOf(v.type) !== sizeOf(to)) {
    return fail(
      env,
      'C0401',
      v.at,
      `The bits of ${typeName(v.type)} cannot be read as ${typeName(to)}.`,
    )
  }
  if (v.known && v.real === undefined && intOf(to)) return constant(to, v.known, v.at)
  const memory = frameMemory(env, v.type, 64, v.at)
  store(env, memory, v.type, v, v.at)
  return load(env, { type: to, at: v.at, place: memory })
}
