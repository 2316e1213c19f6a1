/** Calls of library functions: picks the form that fits and lowers it, or says what is wrong. */
import type { Span } from '../../../sim/diagnostics.ts'
import { fail, errorValue, isBroken, type Env } from '../check/env.ts'
import type { Callee, Value } from '../check/entities.ts'
import { intOf, typeName } from '../check/types.ts'
import { isReal, refuseReal } from './helpers.ts'
import type { ApiRow, Takes } from './row.ts'

export function callLibrary(
  env: Env,
  callee: Extract<Callee, { kind: 'api' }>,
  given: readonly Value[],
  at: Span,
): Value {
  const { row } = callee
  const name = displayName(row)
  if (isBroken(...given)) return errorValue(at)
  if (row.forms.length === 0) {
    return fail(
      env,
      'C0802',
      at,
      `'${name}' is known, not emulated yet (planned for tier ${row.tier ?? 2}).`,
    )
  }
  const args = callee.self ? [callee.self, ...given] : given
  const form = row.forms.find(
    (f) => f.takes.length === args.length && f.takes.every((takes, i) => fits(takes, args[i]!)),
  )
  if (!form) {
    const types = given.map((arg) => typeName(arg.type)).join(', ')
    const real = given.find((arg) => isReal(arg.type) && row.space !== 'std')
    if (real) return refuseReal(env, `'${name}'`, real, at)
    return fail(
      env,
      'C0701',
      at,
      `'${name}' does not take (${types}); it is called as ${row.shape}.`,
    )
  }
  const real = row.moves ? undefined : args.find((arg) => isReal(arg.type))
  if (real) return refuseReal(env, `'${name}'`, real, at)
  const value = form.lower({ env, at, name, args, targs: callee.args })
  if (value) return value
  if (env.unit.report.hasErrors) return errorValue(at)
  return fail(
    env,
    'C0701',
    at,
    `'${name}' cannot be called like this; it is called as ${row.shape}.`,
  )
}

function displayName(row: ApiRow): string {
  return row.space === 'aie' || row.space === 'std' ? `${row.space}::${row.name}` : row.name
}

function fits(takes: Takes, value: Value): boolean {
  const { type } = value
  const number = intOf(type) !== undefined
  switch (takes) {
    case 'any':
      return true
    case 'number':
      return number || type.kind === 'real'
    case 'operand':
      return number || type.kind === 'real' || type.kind === 'vector' || type.kind === 'accum'
    case 'pointer':
      return type.kind === 'pointer' || type.kind === 'array'
    default:
      return type.kind === takes
  }
}
