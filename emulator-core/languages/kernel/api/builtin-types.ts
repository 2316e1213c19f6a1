/**
 * Types and templates that exist before the first line: fixed-width integers, vectors,
 * accumulators, traits.
 */
import type { Span } from '../../../sim/diagnostics.ts'
import { elementBits, type ElementKind } from '../../codegen/ir.ts'
import type { Entity, Value } from '../check/entities.ts'
import { errorValue, fail, type Env } from '../check/env.ts'
import {
  bf16Type,
  boolType,
  elementOf,
  errorType,
  floatType,
  int,
  intBits,
  intOf,
  intType,
  isSigned,
  sameType,
  typeName,
  uintType,
  withoutReference,
  type CType,
  type TemplateValue,
} from '../check/types.ts'
import { constant, constantNumber } from '../check/values.ts'
import * as w from '../wide.ts'

/** Type names in the global namespace (and, for the standard ones, in std). */
export const standardTypes: Readonly<Record<string, CType>> = {
  int8_t: int('i8'),
  uint8_t: int('u8'),
  int16_t: int('i16'),
  uint16_t: int('u16'),
  int32_t: int('i32'),
  uint32_t: int('u32'),
  int64_t: int('i64'),
  uint64_t: int('u64'),
  size_t: int('u32'),
  ptrdiff_t: int('i32'),
  intptr_t: int('i32'),
  uintptr_t: int('u32'),
  ssize_t: int('i32'),
  int_fast8_t: int('i32'),
  int_fast16_t: int('i32'),
  int_fast32_t: int('i32'),
  uint_fast8_t: int('u32'),
  uint_fast16_t: int('u32'),
  uint_fast32_t: int('u32'),
  intmax_t: int('i64'),
  uintmax_t: int('u64'),
  nullptr_t: { kind: 'nullptr' },
}

/** Type names of the vector library in the global namespace. */
export const vendorTypes: Readonly<Record<string, CType>> = {
  bfloat16: bf16Type,
  int8: int('i8'),
  uint8: int('u8'),
  int16: int('i16'),
  uint16: int('u16'),
  int32: int('i32'),
  uint32: int('u32'),
  int64: int('i64'),
  uint64: int('u64'),
  acc32: { kind: 'tag', name: 'acc32' },
  acc40: { kind: 'tag', name: 'acc64' },
  acc48: { kind: 'tag', name: 'acc64' },
  acc56: { kind: 'tag', name: 'acc64' },
  acc64: { kind: 'tag', name: 'acc64' },
  accfloat: { kind: 'tag', name: 'accfloat' },
  cint16: { kind: 'tag', name: 'cint16' },
  cint32: { kind: 'tag', name: 'cint32' },
  int4: { kind: 'tag', name: 'int4' },
  uint4: { kind: 'tag', name: 'uint4' },
  cacc64: { kind: 'tag', name: 'cacc64' },
  cfloat: { kind: 'tag', name: 'cfloat' },
}

const rawNames: Readonly<Record<string, ElementKind>> = {
  int8: 'i8',
  uint8: 'u8',
  int16: 'i16',
  uint16: 'u16',
  int32: 'i32',
  uint32: 'u32',
  bfloat16: 'bf16',
  float: 'f32',
}

/** Raw vector type names such as v16int32; undefined for any other name. */
export function rawVectorType(name: string): CType | undefined {
  const raw = /^v(\d+)(u?int(?:8|16|32)|bfloat16|float)$/.exec(name)
  if (raw) {
    const of = rawNames[raw[2]!]!
    const lanes = Number(raw[1])
    return vectorBits(of, lanes) ? { kind: 'vector', of, lanes } : undefined
  }
  const acc = /^v(\d+)(acc32|acc64|accfloat)$/.exec(name)
  return acc
    ? { kind: 'accum', of: acc[2] as 'acc32' | 'acc64' | 'accfloat', lanes: Number(acc[1]) }
    : undefined
}

/** Total bits when a vector of this shape exists, else 0. */
function vectorBits(of: ElementKind, lanes: number): number {
  const bits = elementBits(of) * lanes
  return [128, 256, 512, 1024].includes(bits) ? bits : 0
}

/** Templates that make types, by namespace. */
export const typeTemplates: Readonly<Record<'aie' | 'std', readonly string[]>> = {
  aie: [
    'vector',
    'accum',
    'mask',
    'mmul',
    'block_vector',
    'lut',
    'parallel_lookup',
    'linear_approx',
    'sliding_mul_ops',
    'sliding_mul_x_ops',
    'sliding_mul_y_ops',
    'vector_elem_ref',
    'unaligned_vector_iterator',
    'tensor_buffer_stream',
    'accum_tag',
  ],
  std: [
    'is_same',
    'is_signed',
    'is_unsigned',
    'is_integral',
    'is_floating_point',
    'is_pointer',
    'numeric_limits',
    'conditional',
    'conditional_t',
    'make_unsigned',
    'make_unsigned_t',
    'make_signed',
    'make_signed_t',
    'remove_reference',
    'remove_reference_t',
    'remove_cv_t',
    'remove_const_t',
    'decay_t',
    'remove_cvref_t',
    'integral_constant',
    'enable_if',
    'enable_if_t',
    'array',
    'pair',
    'tuple',
    'bool_constant',
  ],
}

/** Templates of constants in std. */
export const valueTraits = [
  'is_same_v',
  'is_signed_v',
  'is_unsigned_v',
  'is_integral_v',
  'is_floating_point_v',
  'is_pointer_v',
  'is_arithmetic_v',
] as const

/** Native register width in bits of a vector written without a number of lanes. */
const defaultBits = 512

/** The type that a built-in template gives for these arguments. */
export function makeBuiltinType(
  env: Env,
  name: string,
  args: readonly TemplateValue[],
  at: Span,
): CType {
  switch (name) {
    case 'vector':
      return vectorType(env, args, at)
    case 'accum':
      return accumType(env, args, at)
    case 'mask':
      return maskType(env, args, at)
    case 'conditional_t':
      return conditional(env, args, at)
    case 'make_unsigned_t':
    case 'make_signed_t':
    case 'remove_reference_t':
    case 'remove_cv_t':
    case 'remove_const_t':
    case 'decay_t':
    case 'remove_cvref_t':
      return mappedType(env, name.slice(0, -2), args, at)
    case 'is_same':
    case 'is_signed':
    case 'is_unsigned':
    case 'is_integral':
    case 'is_floating_point':
    case 'is_pointer':
    case 'numeric_limits':
    case 'conditional':
    case 'make_unsigned':
    case 'make_signed':
    case 'remove_reference':
    case 'integral_constant':
    case 'bool_constant':
      return { kind: 'trait', name, args }
    default:
      fail(
        env,
        'C0802',
        at,
        `'${name}' is known, not emulated yet (planned for tier ${plannedTier(name)}).`,
      )
      return errorType
  }
}

function plannedTier(name: string): number {
  return name === 'block_vector' || name === 'array' || name === 'pair' || name === 'tuple' ? 4 : 2
}

function firstType(
  env: Env,
  args: readonly TemplateValue[],
  what: string,
  at: Span,
): CType | undefined {
  const first = args[0]
  if (first?.kind === 'type') return first.type
  fail(env, 'C0502', at, `${what} needs a type as its first template argument.`)
  return undefined
}

function lanesOf(args: readonly TemplateValue[], index: number): number | undefined {
  const arg = args[index]
  return arg?.kind === 'value' ? w.toNumber(arg.value) : undefined
}

function vectorType(env: Env, args: readonly TemplateValue[], at: Span): CType {
  const type = firstType(env, args, 'aie::vector', at)
  if (!type) return errorType
  if (type.kind === 'tag') {
    const tier = type.name.includes('int4') ? 3 : 4
    fail(
      env,
      'C0803',
      at,
      `Vectors of ${type.name} are known, not emulated yet (planned for tier ${tier}).`,
    )
    return errorType
  }
  const of = elementOf(type)
  if (!of) {
    fail(env, 'C0702', at, `A vector cannot have elements of type ${typeName(type)}.`)
    return errorType
  }
  return checkedVector(env, of, lanesOf(args, 1) ?? defaultBits / elementBits(of), at)
}

/** A vector type after its shape was checked. */
export function checkedVector(env: Env, of: ElementKind, lanes: number, at: Span): CType {
  const made: CType = { kind: 'vector', of, lanes }
  if (!vectorBits(of, lanes)) {
    const sizes = [128, 256, 512, 1024].map((bits) => bits / elementBits(of)).join(', ')
    fail(
      env,
      'C0702',
      at,
      `${typeName(made)} does not exist: ${typeName(elementTypeOf(of))} vectors have ${sizes} lanes.`,
    )
    return errorType
  }
  return made
}

function elementTypeOf(of: ElementKind): CType {
  return of === 'bf16'
    ? bf16Type
    : of === 'f32'
      ? floatType
      : of === 'i4' || of === 'u4'
        ? int('i8')
        : int(of)
}

function accumType(env: Env, args: readonly TemplateValue[], at: Span): CType {
  const type = firstType(env, args, 'aie::accum', at)
  if (!type) return errorType
  const lanes = lanesOf(args, 1)
  if (type.kind !== 'tag' || !type.name.startsWith('acc')) {
    const known = type.kind === 'tag'
    const message = known
      ? `Accumulators of ${type.name} are known, not emulated yet (planned for tier 4).`
      : `aie::accum needs a tag such as acc32 or acc64, not ${typeName(type)}.`
    fail(env, known ? 'C0803' : 'C0702', at, message)
    return errorType
  }
  if (type.name === 'accfloat') {
    fail(env, 'C0803', at, 'Float accumulators are known, not emulated yet (planned for tier 2).')
    return errorType
  }
  const of = type.name === 'acc32' ? 'acc32' : 'acc64'
  return checkedAccum(env, of, lanes ?? (of === 'acc32' ? 32 : 16), at)
}

/** An accumulator type after its shape was checked. */
export function checkedAccum(env: Env, of: 'acc32' | 'acc64', lanes: number, at: Span): CType {
  const sizes = of === 'acc32' ? [8, 16, 32, 64, 128] : [4, 8, 16, 32, 64]
  if (!sizes.includes(lanes)) {
    fail(
      env,
      'C0702',
      at,
      `aie::accum<${of}, ${lanes}> does not exist: ${of} has ${sizes.join(', ')} lanes.`,
    )
    return errorType
  }
  return { kind: 'accum', of, lanes }
}

function maskType(env: Env, args: readonly TemplateValue[], at: Span): CType {
  const lanes = lanesOf(args, 0)
  if (lanes === undefined || ![4, 8, 16, 32, 64, 128].includes(lanes)) {
    fail(env, 'C0702', at, 'aie::mask needs its number of lanes: 4, 8, 16, 32, 64 or 128.')
    return errorType
  }
  return { kind: 'mask', lanes }
}

function conditional(env: Env, args: readonly TemplateValue[], at: Span): CType {
  const [test, yes, no] = args
  if (test?.kind !== 'value' || yes?.kind !== 'type' || no?.kind !== 'type') {
    fail(env, 'C0502', at, 'std::conditional takes a condition and two types.')
    return errorType
  }
  return w.isZero(test.value) ? no.type : yes.type
}

function mappedType(env: Env, name: string, args: readonly TemplateValue[], at: Span): CType {
  const type = firstType(env, args, `std::${name}`, at)
  if (!type) return errorType
  const of = intOf(type)
  if (name === 'make_unsigned' && of && isSigned(of)) return int(`u${intBits(of)}` as 'u8')
  if (name === 'make_signed' && of && of !== 'bool' && !isSigned(of))
    return int(`i${intBits(of)}` as 'i8')
  return withoutReference(type)
}

export type TraitMember =
  | Extract<Entity, { kind: 'type' }>
  | { readonly kind: 'constant'; readonly value: Value }

/** `std::is_same<A, B>::value` and the like. */
export function traitMember(
  env: Env,
  trait: Extract<CType, { kind: 'trait' }>,
  member: string,
  at: Span,
): TraitMember | undefined {
  const { name, args } = trait
  if (member === 'type') {
    const type =
      name === 'conditional' ? conditional(env, args, at) : mappedType(env, name, args, at)
    return { kind: 'type', type }
  }
  if (name === 'numeric_limits') {
    const first = args[0]
    return first?.kind === 'type'
      ? { kind: 'constant', value: limit(env, first.type, member, at) }
      : undefined
  }
  if (member !== 'value') return undefined
  if (name === 'integral_constant' || name === 'bool_constant') {
    const arg = args[args.length - 1]
    if (arg?.kind !== 'value') return undefined
    const type = args[0]?.kind === 'type' ? args[0].type : boolType
    return { kind: 'constant', value: constant(type, arg.value, at) }
  }
  return { kind: 'constant', value: traitValue(env, `${name}_v`, args, at) }
}

/** `std::is_same_v<A, B>` and the like. */
export function traitValue(
  env: Env,
  name: string,
  args: readonly TemplateValue[],
  at: Span,
): Value {
  const types = args.flatMap((arg) => (arg.kind === 'type' ? [arg.type] : []))
  const [a, b] = types
  if (name === 'vector_ldst_align_v')
    return constantNumber(uintType, env.unit.arch === 'aie2' ? 32 : 64, at)
  if (!a || (name === 'is_same_v' && !b))
    return fail(env, 'C0502', at, `'${name}' needs types as template arguments.`)
  const of = a.kind === 'int' ? a.of : undefined
  const yes = (value: boolean): Value => constantNumber(boolType, value ? 1 : 0, at)
  switch (name) {
    case 'native_vector_length_v': {
      const element = elementOf(a)
      if (element) return constantNumber(uintType, defaultBits / elementBits(element), at)
      return fail(env, 'C0702', at, `A vector cannot have elements of type ${typeName(a)}.`)
    }
    case 'is_same_v':
      return yes(sameType(a, b!))
    case 'is_signed_v':
      return yes(of ? isSigned(of) : a.kind === 'real')
    case 'is_unsigned_v':
      return yes(of !== undefined && !isSigned(of))
    case 'is_integral_v':
      return yes(of !== undefined)
    case 'is_floating_point_v':
      return yes(a.kind === 'real')
    case 'is_arithmetic_v':
      return yes(of !== undefined || a.kind === 'real')
    default:
      return yes(a.kind === 'pointer')
  }
}

function limit(env: Env, type: CType, member: string, at: Span): Value {
  const of = intOf(type)
  const bits = of ? intBits(of) : 0
  if (!of)
    return fail(
      env,
      'C0803',
      at,
      `The limits of ${typeName(type)} are known, not emulated yet (planned for tier 2).`,
    )
  const signed = isSigned(of)
  const top = w.sub(w.shl(w.wideOne, signed ? bits - 1 : bits), w.wideOne)
  switch (member) {
    case 'max':
      return constant(type, bits === 64 && !signed ? w.wide(-1, -1) : top, at)
    case 'min':
    case 'lowest':
      return constant(type, signed ? w.neg(w.shl(w.wideOne, bits - 1)) : w.wideZero, at)
    case 'digits':
      return constantNumber(intType, signed ? bits - 1 : bits, at)
    case 'is_signed':
      return constantNumber(boolType, signed ? 1 : 0, at)
    case 'is_integer':
      return constantNumber(boolType, 1, at)
    default:
      fail(env, 'C0304', at, `std::numeric_limits has no '${member}'.`)
      return errorValue(at)
  }
}
