/**
 * What the rows of the registry share: matching shapes, broadcasting numbers, lane-wise shuffles.
 */
import type { ElementKind, IrType, Operand, OpName } from '../../codegen/ir.ts'
import { elementBits, vector } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import { implicit } from '../check/convert.ts'
import type { Value } from '../check/entities.ts'
import { fail, isBroken, type Env } from '../check/env.ts'
import {
  elementOf,
  elementType,
  intOf,
  irTypeOf,
  typeName,
  type CType,
  type TemplateValue,
} from '../check/types.ts'
import { load, operandOf, registerOf } from '../check/values.ts'
import { toNumber } from '../wide.ts'
import { checkedVector } from './builtin-types.ts'
import type { ApiCall } from './row.ts'

export type VectorType = Extract<CType, { kind: 'vector' }>
export type AccumType = Extract<CType, { kind: 'accum' }>

export function vectorOf(of: ElementKind, lanes: number): VectorType {
  return { kind: 'vector', of, lanes }
}

/** A vector value made by one operation. */
export function made(env: Env, type: CType, op: OpName, args: readonly Operand[], at: Span): Value {
  return { type, at, operand: env.b.value(op, irTypeOf(type)!, args, at) }
}

/** A number converted to the element type of a vector. */
export function asElement(env: Env, value: Value, of: ElementKind, what: string): Value {
  return implicit(env, value, elementType(of), what)
}

/**
 * A vector of this shape: the value itself, an accumulator moved down by 0, or a number in every
 * lane.
 */
export function asVector(env: Env, value: Value, type: VectorType, what: string): Value {
  const v = load(env, value)
  if (isBroken(v)) return v
  if (v.type.kind === 'vector' || v.type.kind === 'accum') return implicit(env, v, type, what)
  const element = asElement(env, v, type.of, what)
  if (isBroken(element)) return element
  return made(env, type, 'broadcast', [operandOf(env, element)], v.at)
}

/** Both operands as vectors of one type; at least one must be a vector. */
export function commonVectors(
  env: Env,
  a: Value,
  b: Value,
  at: Span,
  name: string,
): [Value, Value, VectorType] | undefined {
  const x = load(env, a)
  const y = load(env, b)
  if (isBroken(x, y)) return undefined
  const type = x.type.kind === 'vector' ? x.type : y.type.kind === 'vector' ? y.type : undefined
  if (!type) {
    fail(
      env,
      'C0701',
      at,
      `${name} needs a vector, got ${typeName(x.type)} and ${typeName(y.type)}.`,
    )
    return undefined
  }
  if (
    x.type.kind === 'vector' &&
    y.type.kind === 'vector' &&
    (x.type.of !== y.type.of || x.type.lanes !== y.type.lanes)
  ) {
    fail(
      env,
      'C0701',
      at,
      `${name} needs two vectors of one type, got ${typeName(x.type)} and ${typeName(y.type)}.`,
    )
    return undefined
  }
  const left = asVector(env, x, type, `An operand of ${name}`)
  const right = asVector(env, y, type, `An operand of ${name}`)
  return isBroken(left, right) ? undefined : [left, right, type]
}

/** Lowers `name(a, b)` lane by lane with one IR operation. */
export function lanewise(op: OpName): (call: ApiCall) => Value | undefined {
  return ({ env, args, at, name }) => {
    const pair = commonVectors(env, args[0]!, args[1]!, at, name)
    if (!pair) return undefined
    const [a, b, type] = pair
    return made(env, type, op, [registerOf(env, a), registerOf(env, b)], at)
  }
}

/** The type given as template argument `index`, if any. */
export function typeArgument(targs: readonly TemplateValue[], index: number): CType | undefined {
  const arg = targs[index]
  return arg?.kind === 'type' ? arg.type : undefined
}

/** The number given as template argument `index`, if any. */
export function numberArgument(targs: readonly TemplateValue[], index: number): number | undefined {
  const arg = targs[index]
  return arg?.kind === 'value' ? toNumber(arg.value) : undefined
}

/** An integer argument as an operand of 32 bits. */
export function intOperand(env: Env, value: Value, what: string): Operand | undefined {
  const v = load(env, value)
  if (isBroken(v)) return undefined
  const converted = implicit(env, v, { kind: 'int', of: 'i32' }, what)
  return isBroken(converted) ? undefined : operandOf(env, converted)
}

/** An integer argument that must be known when compiling. */
export function knownInt(env: Env, value: Value, what: string): number | undefined {
  const v = load(env, value)
  if (isBroken(v)) return undefined
  if (v.known && intOf(v.type)) return toNumber(v.known)
  fail(
    env,
    'C0601',
    v.at,
    `${what} must be a constant here; a value known at run time only is not emulated yet.`,
  )
  return undefined
}

/** The element type that a pointer argument offers. */
export function pointedElement(env: Env, value: Value, name: string): ElementKind | undefined {
  const { type, at } = value
  const to = type.kind === 'pointer' ? type.to : undefined
  const of = to && elementOf(to)
  if (!of) fail(env, 'C0701', at, `${name} needs a pointer to numbers, got ${typeName(type)}.`)
  return of
}

/**
 * A vector whose lane i is lane `from[i]` of the operands laid end to end. Runs that are whole
 * chunks become
 * subvector and concat operations, the rest single lanes.
 */
export function permute(
  env: Env,
  parts: readonly Operand[],
  type: VectorType,
  from: readonly number[],
  at: Span,
): Operand {
  const chunk = chunkSize(type, from)
  if (chunk > 0) return permuteChunks(env, parts, type, from, chunk, at)
  const of = irOf(elementType(type.of))
  const lanes = from.length
  const result = vector(type.of, lanes)
  let out = env.b.value('zeros', result, [], at)
  from.forEach((lane, i) => {
    const source = parts[Math.floor(lane / type.lanes)] ?? parts[0]!
    const one = env.b.value('extract', of, [source, { imm: lane % type.lanes }], at)
    out = env.b.value('insert', result, [out, { imm: i }, one], at)
  })
  return out
}

/** Largest chunk of at least 128 bits that every run of the permutation is made of, or 0. */
function chunkSize(type: VectorType, from: readonly number[]): number {
  const least = 128 / elementBits(type.of)
  for (let size = Math.min(type.lanes, from.length); size >= least; size >>= 1) {
    const fits = from.every((lane, i) =>
      i % size === 0 ? lane % size === 0 : lane === from[i - 1]! + 1,
    )
    if (fits && from.length % size === 0) return size
  }
  return 0
}

function permuteChunks(
  env: Env,
  parts: readonly Operand[],
  type: VectorType,
  from: readonly number[],
  chunk: number,
  at: Span,
): Operand {
  let pieces: Operand[] = []
  for (let i = 0; i < from.length; i += chunk) {
    const source = parts[Math.floor(from[i]! / type.lanes)] ?? parts[0]!
    pieces.push(subvector(env, source, type, (from[i]! % type.lanes) / chunk, chunk, at))
  }
  for (let width = chunk; pieces.length > 1; width *= 2) {
    const joined: Operand[] = []
    for (let i = 0; i < pieces.length; i += 2) {
      joined.push(
        env.b.value('concat', vector(type.of, width * 2), [pieces[i]!, pieces[i + 1]!], at),
      )
    }
    pieces = joined
  }
  return pieces[0]!
}

/** Part `index` of a vector, in units of `lanes`. */
export function subvector(
  env: Env,
  source: Operand,
  type: VectorType,
  index: number,
  lanes: number,
  at: Span,
): Operand {
  if (lanes === type.lanes) return source
  return env.b.value('subvector', vector(type.of, lanes), [source], at, { index })
}

/** Checks the shape and gives the type, or undefined after reporting. */
export function shaped(env: Env, of: ElementKind, lanes: number, at: Span): VectorType | undefined {
  const type = checkedVector(env, of, lanes, at)
  return type.kind === 'vector' ? type : undefined
}

export function irOf(type: CType): IrType {
  return irTypeOf(type)!
}

/** A number or vector of bfloat16 or float. */
export function isReal(type: CType): boolean {
  return (
    type.kind === 'real' || (type.kind === 'vector' && (type.of === 'bf16' || type.of === 'f32'))
  )
}

/** Arithmetic on real lanes is refused rather than approximated. */
export function refuseReal(env: Env, what: string, value: Value, at: Span): Value {
  return fail(
    env,
    'C0803',
    at,
    `${what} on ${typeName(value.type)} is known, not emulated yet (planned for tier 2).`,
  )
}
