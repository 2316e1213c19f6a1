/** Pointers: moving, following and taking them. */
import type { Operand } from '../../codegen/ir.ts'
import { scalar } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import * as w from '../wide.ts'
import { cast } from './convert.ts'
import type { Place, Value } from './entities.ts'
import { fail, isBroken, type Env } from './env.ts'
import { intType, pointerTo, sizeOf, typeName } from './types.ts'
import { load, operandOf } from './values.ts'

const ptr = scalar('ptr')
const i32 = scalar('i32')

/** Pointer plus or minus a number of elements. */
export function movePointer(
  env: Env,
  pointer: Value,
  count: Value,
  back: boolean,
  at: Span,
): Value {
  const to = pointer.type.kind === 'pointer' ? pointer.type.to : undefined
  const size = to && (to.kind === 'void' ? 1 : sizeOf(to))
  if (!to || !size) {
    return fail(
      env,
      'C0402',
      at,
      `Arithmetic on ${typeName(pointer.type)} needs the size of what it points to.`,
    )
  }
  const sign = back ? -1 : 1
  if (count.known) {
    const step = sign * size * w.toNumber(count.known)
    return { ...pointer, at, offset: (pointer.offset ?? 0) + step }
  }
  const bytes = scaled(env, cast(env, count, intType), size, at)
  const { global: _, ...rest } = pointer
  const base = pointer.operand ?? { imm: 0 }
  return { ...rest, at, operand: env.b.value(back ? 'sub' : 'add', ptr, [base, bytes], at) }
}

function scaled(env: Env, count: Value, size: number, at: Span): Operand {
  const operand = operandOf(env, count)
  const shift = powerOfTwo(size)
  if (shift === 0) return operand
  if (shift !== undefined) return env.b.value('shl', i32, [operand, { imm: shift }], at)
  return env.b.value('mul', i32, [operand, { imm: size }], at)
}

/** `*p` */
export function dereference(env: Env, value: Value, at: Span): Value {
  const p = load(env, value)
  if (isBroken(p)) return p
  if (p.type.kind !== 'pointer')
    return fail(env, 'C0402', at, `'*' needs a pointer, this is ${typeName(p.type)}.`)
  const { to } = p.type
  if (to.kind === 'void')
    return fail(env, 'C0402', at, "'*' cannot read through a pointer to void; cast it first.")
  let base = p.operand ?? { imm: 0 }
  let offset = p.offset ?? 0
  if ('imm' in base) {
    base = { imm: base.imm + offset }
    offset = 0
  }
  const global = p.global ? { global: p.global } : {}
  const place: Place = { kind: 'memory', base, offset, scope: p.scope ?? 0, ...global }
  return { type: to, at, place, ...(p.type.constant ? { constant: true } : {}) }
}

/** `&x` */
export function address(env: Env, value: Value, at: Span): Value {
  const { place, type } = value
  if (isBroken(value)) return value
  if (!place)
    return fail(env, 'C0404', at, "'&' needs a variable; this is a value without a place.")
  if (place.kind !== 'memory') {
    return fail(
      env,
      'C0404',
      at,
      place.kind === 'lane'
        ? 'A lane of a vector has no address.'
        : 'This variable has no address here.',
    )
  }
  const scope = place.scope ? { scope: place.scope } : {}
  const global = place.global ? { global: place.global } : {}
  return {
    type: pointerTo(type, value.constant === true),
    at,
    operand: place.base,
    offset: place.offset,
    ...scope,
    ...global,
  }
}

/** The exponent of a power of two; undefined for any other number. */
export function powerOfTwo(n: number): number | undefined {
  return n > 0 && (n & (n - 1)) === 0 ? 31 - Math.clz32(n) : undefined
}
