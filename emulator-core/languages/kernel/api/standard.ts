/** The few functions of the standard library that kernels use, and compiler built-ins. */
import { cast, truth } from '../check/convert.ts'
import type { Value } from '../check/entities.ts'
import { fail, isBroken } from '../check/env.ts'
import { promoted } from '../check/convert.ts'
import { intOf, irTypeOf, isSigned, sameType, typeName, type CType } from '../check/types.ts'
import { load, operandOf } from '../check/values.ts'
import * as w from '../wide.ts'
import { typeArgument } from './helpers.ts'
import type { ApiCall, ApiRow } from './row.ts'

/** std::min and std::max: both arguments have the type T. */
function extreme(op: 'min' | 'max'): (call: ApiCall) => Value | undefined {
  return ({ env, args, targs, at, name }) => {
    const [x, y] = [load(env, args[0]!), load(env, args[1]!)]
    const type = typeArgument(targs, 0) ?? x.type
    if (isBroken(x, y)) return undefined
    if (!intOf(type) || (!typeArgument(targs, 0) && !sameType(x.type, y.type))) {
      const real = type.kind === 'real'
      const message = real
        ? `${name} of ${typeName(type)} is known, not emulated yet (planned for tier 2).`
        : `${name} needs two values of one type, got ${typeName(x.type)} and ${typeName(y.type)}; write ${name}<T>.`
      fail(env, real ? 'C0803' : 'C0701', at, message)
      return undefined
    }
    return pick(op, { env, at }, cast(env, x, type), cast(env, y, type), type)
  }
}

function pick(
  op: 'min' | 'max',
  { env, at }: Pick<ApiCall, 'env' | 'at'>,
  a: Value,
  b: Value,
  type: CType,
): Value {
  if (a.known && b.known) {
    const less = w.less(a.known, b.known, isSigned(intOf(type) ?? 'i32'))
    return { ...(less === (op === 'min') ? a : b), at }
  }
  return {
    type,
    at,
    operand: env.b.value(op, irTypeOf(type)!, [operandOf(env, a), operandOf(env, b)], at),
  }
}

function clamp(call: ApiCall): Value | undefined {
  const { env, args, at, name } = call
  const [v, low, high] = args.map((arg) => load(env, arg))
  if (!v || !low || !high || isBroken(v, low, high)) return undefined
  if (!intOf(v.type) || !sameType(v.type, low.type) || !sameType(v.type, high.type)) {
    fail(env, 'C0701', at, `${name} needs three whole numbers of one type.`)
    return undefined
  }
  return pick('min', call, pick('max', call, v, low, v.type), high, v.type)
}

function absolute({ env, args, at, name }: ApiCall): Value | undefined {
  const v = load(env, args[0]!)
  if (isBroken(v)) return undefined
  if (!intOf(v.type)) {
    fail(
      env,
      'C0803',
      at,
      `${name} of ${typeName(v.type)} is known, not emulated yet (planned for tier 2).`,
    )
    return undefined
  }
  const type = promoted(v.type)
  const x = cast(env, v, type)
  if (x.known)
    return {
      ...x,
      at,
      known: w.less(x.known, w.wideZero, true) && isSigned(intOf(type)!) ? w.neg(x.known) : x.known,
    }
  return { type, at, operand: env.b.value('abs', irTypeOf(type)!, [operandOf(env, x)], at) }
}

function same({ env, args, at }: ApiCall): Value {
  return { ...load(env, args[0]!), at }
}

function assume({ env, args, at }: ApiCall): Value {
  truth(env, args[0]!)
  return { type: { kind: 'void' }, at }
}

function row(
  space: 'std' | 'global',
  name: string,
  shape: string,
  about: string,
  count: number,
  lower: (call: ApiCall) => Value | undefined,
): ApiRow {
  return { space, name, shape, about, forms: [{ takes: Array<'any'>(count).fill('any'), lower }] }
}

export const standardRows: readonly ApiRow[] = [
  row('std', 'min', 'std::min(a, b)', 'The smaller of two numbers.', 2, extreme('min')),
  row('std', 'max', 'std::max(a, b)', 'The larger of two numbers.', 2, extreme('max')),
  row('std', 'clamp', 'std::clamp(x, low, high)', 'A number brought into a range.', 3, clamp),
  row('std', 'abs', 'std::abs(x)', 'Absolute value.', 1, absolute),
  row('std', 'move', 'std::move(x)', 'The value itself.', 1, (call) => call.args[0]),
  row('std', 'forward', 'std::forward<T>(x)', 'The value itself.', 1, (call) => call.args[0]),
  row('global', 'abs', 'abs(x)', 'Absolute value.', 1, absolute),
  row('global', '__builtin_expect', '__builtin_expect(x, likely)', 'The value itself.', 2, same),
  row(
    'global',
    '__builtin_assume_aligned',
    '__builtin_assume_aligned(p, n)',
    'The pointer itself.',
    2,
    same,
  ),
  row(
    'global',
    '__builtin_assume',
    '__builtin_assume(condition)',
    'A promise to the compiler.',
    1,
    assume,
  ),
]
