/**
 * Expansion of a call in place: for references, structs, lambdas and methods, which no register
 * carries.
 */
import type { Span } from '../../../sim/diagnostics.ts'
import { implicit } from './convert.ts'
import { Scope, type Instance, type Place, type Storage, type Value } from './entities.ts'
import { errorValue, fail, isBroken, type Env, type ReturnTarget } from './env.ts'
import { settled } from './operators.ts'
import { alignOf, irTypeOf, sizeOf, withoutReference, type CType } from './types.ts'
import { frameMemory, load, newRegister, store } from './values.ts'

const maxExpansion = 40

export function expandCall(
  env: Env,
  instance: Instance,
  args: readonly Value[],
  at: Span,
  self?: Value,
): Value {
  const { node } = instance
  if (
    env.expanding.includes(instance) ||
    env.expanding.some((other) => other.node === node && other.scope === instance.scope)
  ) {
    return fail(
      env,
      'C0904',
      at,
      `'${node.name}' calls itself; recursion is known C++, not emulated.`,
    )
  }
  if (env.expanding.length >= maxExpansion)
    return fail(env, 'C0902', at, 'Calls are nested too deeply here.')
  env.b.spend(1)
  const scope = new Scope(instance.scope)
  const owner = instance.entity.owner ?? {}
  const chain = instance.args ? instance.requiredFrom : env.chain
  const inside: Env = {
    ...env,
    scope,
    owner,
    node,
    chain,
    expanding: [...env.expanding, instance],
    depth: Math.max(env.depth, instance.depth),
  }
  for (const [i, arg] of args.entries()) {
    if (!bindParameter(env, inside, instance, i, arg)) return errorValue(at)
  }
  const exit = env.b.block(at)
  const ret = returnTarget(env, instance.result, exit, at)
  const { breakTo: _b, continueTo: _c, switchCases: _s, self: _t, ...plain } = inside
  const bodyEnv: Env = self
    ? { ...plain, ret, self }
    : { ...plain, ret, ...(instance.entity.owner && env.self ? { self: env.self } : {}) }
  if (node.body) env.unit.checks.statement(bodyEnv, node.body)
  if (!ret.used && ret.type.kind === 'auto') {
    ret.type = { kind: env.unit.report.hasErrors ? 'error' : 'void' }
  }
  if (instance.result.kind === 'auto' && !instance.entity.node.parameters.length)
    instance.result = ret.type
  env.b.jump(exit, at)
  env.b.enter(exit)
  return result(ret, at)
}

function returnTarget(env: Env, type: CType, exit: number, at: Span): ReturnTarget {
  const target: ReturnTarget = { type, reg: undefined, exit, used: false }
  if (type.kind === 'struct') {
    const memory = frameMemory(env, type, alignOf(type), at)
    return { ...target, memory: { base: memory.base, offset: memory.offset } }
  }
  const ir =
    type.kind === 'auto' || type.kind === 'void' || type.kind === 'closure'
      ? undefined
      : irTypeOf(type)
  if (ir && type.kind !== 'reference') target.reg = env.b.reg(ir)
  return target
}

function result(ret: ReturnTarget, at: Span): Value {
  const { type } = ret
  if (type.kind === 'void' || type.kind === 'error') return { type, at }
  if (type.kind === 'auto') return errorValue(at)
  if (type.kind === 'reference') {
    const plain: Value = { type: type.to, at, place: referred(ret) }
    return type.constant ? { ...plain, constant: true } : plain
  }
  if (ret.memory) return { type, at, place: { kind: 'memory', ...ret.memory, scope: 0 } }
  if (ret.value) return { ...ret.value, at }
  return ret.reg === undefined ? { type, at } : { type, at, operand: { reg: ret.reg } }
}

function referred(ret: ReturnTarget): Place {
  return ret.value?.place ?? { kind: 'memory', base: { imm: 0 }, offset: 0, scope: 0 }
}

/** Makes the argument known under the parameter's name; false when it does not fit. */
function bindParameter(env: Env, inside: Env, instance: Instance, i: number, arg: Value): boolean {
  const parameter = instance.node.parameters[i]!
  const type = instance.parameters[i]!
  const what = `Argument ${i + 1} of '${instance.node.name}'`
  const declare = (storage: Storage, of: CType, constant: boolean, scope?: number): true => {
    inside.scope.names.set(parameter.name, {
      kind: 'variable',
      name: parameter.name,
      type: of,
      constant,
      at: parameter.at,
      storage,
      owner: inside.owner,
      ...(scope ? { scope } : {}),
    })
    return true
  }
  if (type.kind === 'closure') return declareClosure(inside, parameter.name, parameter.at, arg)
  if (type.kind === 'reference') {
    const bound = bindReference(env, arg, type, what)
    if (isBroken(bound)) return false
    return declare({ kind: 'alias', value: bound }, type.to, type.constant)
  }
  if (type.kind === 'struct') {
    const memory = frameMemory(env, type, alignOf(type), arg.at)
    store(env, memory, type, arg, arg.at)
    return declare(
      { kind: 'alias', value: { type, at: parameter.at, place: memory } },
      type,
      parameter.type.constant,
    )
  }
  const value = implicit(env, arg, type, what)
  if (isBroken(value)) return false
  const scope = pointerScope(inside, instance.node, parameter.name, type, value)
  if (instance.node.addressed.has(parameter.name)) {
    const offset = env.b.frame(sizeOf(type) ?? 4, alignOf(type))
    const storage = { kind: 'frame', offset } as const
    const base = env.b.value('frame', { kind: 'scalar', of: 'ptr' }, [], arg.at, { offset })
    store(env, { kind: 'memory', base, offset: 0, scope: 0 }, type, value, arg.at)
    return declare(storage, type, parameter.type.constant, scope)
  }
  const register = newRegister(env, type)
  store(env, register, type, value, arg.at)
  return declare({ kind: 'register', reg: register.reg }, type, parameter.type.constant, scope)
}

function declareClosure(inside: Env, name: string, at: Span, arg: Value): true {
  inside.scope.names.set(name, {
    kind: 'variable',
    name,
    type: arg.type,
    constant: true,
    at,
    storage: { kind: 'none' },
    owner: undefined,
  })
  return true
}

/**
 * The disjointness scope of a pointer variable: its own when declared restrict, else that of the
 * value it starts
 * with, unless the function ever assigns something else to it.
 */
export function pointerScope(
  env: Env,
  node: Env['node'],
  name: string,
  type: CType,
  value: Value | undefined,
): number | undefined {
  if (type.kind !== 'pointer') return undefined
  if (node?.assigned.has(name) || node?.addressed.has(name)) return undefined
  if (value?.scope) return value.scope
  return type.restrict ? env.restrict.next++ : undefined
}

/**
 * A value that a reference may stand for: the variable itself, or a hidden variable that holds the
 * value.
 */
export function bindReference(
  env: Env,
  arg: Value,
  type: Extract<CType, { kind: 'reference' }>,
  what: string,
): Value {
  const to = withoutReference(type.to)
  const sameKind =
    arg.place !== undefined && JSON.stringify(irTypeOf(arg.type)) === JSON.stringify(irTypeOf(to))
  if (arg.place && sameKind && arg.type.kind === to.kind) {
    if (arg.constant && !type.constant && !type.rvalue) return implicit(env, arg, type, what)
    // What happens to a pointer behind a reference is not followed: its promise no longer counts.
    if (arg.scope && to.kind === 'pointer' && !type.constant) env.b.forget(arg.scope)
    return { ...arg, place: settledPlace(env, arg.place, arg.at) }
  }
  if (arg.place && (arg.type.kind === 'struct' || arg.type.kind === 'array'))
    return { ...arg, place: settledPlace(env, arg.place, arg.at) }
  if (!type.constant && !type.rvalue) {
    return fail(
      env,
      'C0401',
      arg.at,
      `${what} is a reference that needs a variable of its own type.`,
    )
  }
  const value =
    to.kind === 'struct' || arg.type.kind === 'closure' ? arg : implicit(env, arg, to, what)
  if (isBroken(value) || to.kind === 'struct') return value
  const held = newRegister(env, to)
  store(env, held, to, load(env, value), arg.at)
  return { type: to, at: arg.at, place: held, ...(type.constant ? { constant: true } : {}) }
}

/** A place whose address no longer depends on variables that may change. */
export function settledPlace(env: Env, place: Place, at: Span): Place {
  if (place.kind === 'register') return place
  if (place.kind === 'lane') {
    const index =
      settled(env, { type: { kind: 'int', of: 'i32' }, at, operand: place.index }, at).operand ??
      place.index
    return { ...place, of: settledPlace(env, place.of, at), index }
  }
  const base = settled(
    env,
    { type: { kind: 'pointer', to: { kind: 'void' }, constant: false }, at, operand: place.base },
    at,
  )
  return { ...place, base: base.operand ?? place.base }
}
