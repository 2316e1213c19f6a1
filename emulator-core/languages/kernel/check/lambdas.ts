/** Lambdas: what they capture. Their bodies are expanded wherever they are called. */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Lambda } from '../syntax/tree.ts'
import { Scope, type Value, type VariableEntity } from './entities.ts'
import { fail, isBroken, type Env } from './env.ts'
import { irTypeOf } from './types.ts'
import { load, newRegister, store } from './values.ts'

/**
 * The closure: captures by reference see the variables themselves, captures by copy get registers
 * of their own.
 */
export function closure(env: Env, lambda: Lambda, at: Span): Value {
  const scope = new Scope(env.scope)
  const listed = new Set(lambda.captures.map((capture) => capture.name))
  for (const capture of lambda.captures) {
    if (capture.name === 'this') continue
    const found = env.scope.find(capture.name)
    if (capture.init)
      copy(env, scope, capture.name, env.unit.checks.expression(env, capture.init), capture.at)
    else if (found?.kind !== 'variable')
      fail(env, 'C0301', capture.at, `'${capture.name}' is no variable that can be captured.`)
    else if (!capture.reference) copyVariable(env, scope, found, capture.at)
  }
  if (lambda.capture === 'copy') {
    for (const name of namesIn(lambda.fn.body)) {
      const found = listed.has(name) ? undefined : env.scope.find(name)
      if (found?.kind === 'variable' && found.owner === env.owner && found.owner !== undefined)
        copyVariable(env, scope, found, at)
    }
  }
  return { type: { kind: 'closure', info: { lambda, scope, owner: env.owner } }, at }
}

function copyVariable(env: Env, scope: Scope, variable: VariableEntity, at: Span): void {
  if (
    variable.known !== undefined ||
    variable.storage.kind === 'none' ||
    variable.storage.kind === 'global'
  )
    return
  const name = { text: variable.name, at }
  const value = env.unit.checks.expression(env, {
    kind: 'name',
    at,
    name: { at, global: false, parts: [name] },
  })
  if (variable.type.kind === 'array' || variable.type.kind === 'struct') {
    fail(
      env,
      'C0801',
      at,
      `Capturing the ${variable.type.kind} '${variable.name}' by copy: known C++, not emulated; use [&].`,
    )
    return
  }
  copy(env, scope, variable.name, value, at)
}

function copy(env: Env, scope: Scope, name: string, value: Value, at: Span): void {
  const v = load(env, value)
  if (isBroken(v)) return
  const entity = {
    kind: 'variable' as const,
    name,
    type: v.type,
    constant: true,
    at,
    owner: env.owner,
  }
  if (v.type.kind === 'closure' || !irTypeOf(v.type)) {
    scope.names.set(name, { ...entity, storage: { kind: 'alias', value: v } })
    return
  }
  const held = newRegister(env, v.type)
  store(env, held, v.type, v, at)
  const flags = v.scope ? { scope: v.scope } : {}
  scope.names.set(name, { ...entity, storage: { kind: 'register', reg: held.reg }, ...flags })
}

/** Every plain name that syntax mentions. */
function namesIn(node: unknown, out = new Set<string>()): Set<string> {
  if (Array.isArray(node)) for (const item of node) namesIn(item, out)
  else if (typeof node === 'object' && node !== null) {
    if ('parts' in node && Array.isArray(node.parts) && node.parts.length === 1)
      out.add(String(node.parts[0].text))
    for (const value of Object.values(node)) if (typeof value === 'object') namesIn(value, out)
  }
  return out
}
