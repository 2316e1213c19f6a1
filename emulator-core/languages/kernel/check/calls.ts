/** Calls: overload resolution, template instantiation, library functions, and the call itself. */
import type { Note, Span } from '../../../sim/diagnostics.ts'
import { callLibrary } from '../api/call.ts'
import type { FunctionNode } from '../syntax/tree.ts'
import { implicit, rankOf } from './convert.ts'
import { argumentType, deduce } from './deduce.ts'
import type { Callee, FunctionEntity, FunctionSet, Instance, Value } from './entities.ts'
import { errorValue, fail, isBroken, type Env, type Unit } from './env.ts'
import { bindParameters, resolveType, templateValues } from './resolve.ts'
import {
  irTypeOf,
  sameType,
  templateKey,
  typeKey,
  typeName,
  withoutReference,
  type CType,
  type TemplateValue,
} from './types.ts'
import { operandOf } from './values.ts'

interface Candidate {
  readonly instance: Instance
  readonly ranks: readonly number[]
  readonly isTemplate: boolean
}

export function checkCall(env: Env, callee: Callee, args: readonly Value[], at: Span): Value {
  if (isBroken(...args)) return errorValue(at)
  if (callee.kind === 'api') return callLibrary(env, callee, args, at)
  const set: FunctionSet = callee.kind === 'method' ? methodSet(callee.fn) : callee.set
  const given = callee.kind === 'functions' ? callee.args : []
  const instance = choose(env, set, given, args, at)
  if (!instance) return errorValue(at)
  const self = callee.kind === 'method' ? callee.self : undefined
  if (callee.kind === 'method' && !self && !instance.node.specifiers.isStatic) {
    return fail(env, 'C0303', at, `'${set.name}' needs an object to be called on.`)
  }
  return callInstance(env, instance, args, at, self)
}

function methodSet(fn: FunctionEntity): FunctionSet {
  return { kind: 'functions', name: fn.name, list: [fn] }
}

/** Picks the overload that fits best. */
function choose(
  env: Env,
  set: FunctionSet,
  given: readonly TemplateValue[],
  args: readonly Value[],
  at: Span,
): Instance | undefined {
  const notes: Note[] = []
  const found: Candidate[] = []
  for (const entity of set.list) {
    const candidate = consider(env, entity, given, args, at)
    if (typeof candidate === 'string') notes.push({ at: entity.node.at, message: candidate })
    else found.push(candidate)
  }
  const best = found.filter((c) => found.every((other) => other === c || better(c, other)))
  if (best.length === 1) return best[0]!.instance
  if (found.length === 0) {
    const types = args.map((arg) => typeName(arg.type)).join(', ')
    const only = set.list.length === 1 ? notes[0]?.message : undefined
    const detail = only ? `: ${only}` : ''
    const code = only?.startsWith('template argument') ? 'C0501' : 'C0405'
    const [first] = set.list
    const where = first ? [{ at: first.node.at, message: `'${set.name}' is declared here` }] : []
    fail(
      env,
      code,
      at,
      `'${set.name}' cannot be called with (${types})${detail}.`,
      only ? where : notes,
    )
    return undefined
  }
  const others = found.map((c) => ({ at: c.instance.node.at, message: 'this one fits' }))
  fail(env, 'C0406', at, `The call of '${set.name}' is ambiguous.`, others)
  return undefined
}

function better(a: Candidate, b: Candidate): boolean {
  const noWorse = a.ranks.every((rank, i) => rank <= (b.ranks[i] ?? 9))
  if (!noWorse) return false
  if (a.ranks.some((rank, i) => rank < (b.ranks[i] ?? 9))) return true
  return !a.isTemplate && b.isTemplate
}

/** A candidate with its ranks, or why it does not fit. */
function consider(
  env: Env,
  entity: FunctionEntity,
  given: readonly TemplateValue[],
  args: readonly Value[],
  at: Span,
): Candidate | string {
  const { node } = entity
  const least = node.parameters.filter((p) => !p.byDefault).length
  if (args.length < least || args.length > node.parameters.length) {
    const wants =
      least === node.parameters.length ? String(least) : `${least} to ${node.parameters.length}`
    return `it takes ${wants} arguments, got ${args.length}`
  }
  if (!node.template && given.length > 0) return 'it is no template'
  const values = templateArguments(entity, given, args)
  if (typeof values === 'string') return values
  const instance = instantiate(env, entity, values, args, at)
  if (!instance) return 'its parameters are not understood'
  const ranks: number[] = []
  for (const [i, arg] of args.entries()) {
    const rank = rankOf(arg, instance.parameters[i]!)
    if (rank === undefined)
      return `argument ${i + 1} is ${typeName(arg.type)}, ${typeName(instance.parameters[i]!)} is needed`
    ranks.push(rank)
  }
  return { instance, ranks, isTemplate: node.template !== undefined }
}

function templateArguments(
  entity: FunctionEntity,
  given: readonly TemplateValue[],
  args: readonly Value[],
): (TemplateValue | undefined)[] | string {
  const parameters = entity.node.template
  if (!parameters) return []
  if (given.length > parameters.length) {
    return `it takes ${parameters.length} template arguments, got ${given.length}`
  }
  const out: (TemplateValue | undefined)[] = parameters.map((_, i) => given[i])
  // Parameters whose template arguments are all given are converted to, not deduced from.
  const open = parameters.filter((_, i) => i >= given.length)
  for (const [i, arg] of args.entries()) {
    const node = entity.node.parameters[i]!.type
    const before = out.slice()
    const fits = deduce(node, argumentType(arg, node), parameters, out, entity.scope)
    given.forEach((value, k) => {
      out[k] = value
    })
    if (
      !fits &&
      open.length > 0 &&
      before.some((value, k) => k >= given.length && value !== undefined)
    ) {
      const clash = open.find((p) => out[parameters.indexOf(p)] !== undefined)
      return `template argument '${clash?.name ?? open[0]!.name}' is deduced in two different ways`
    }
  }
  const missing = parameters.find((p, i) => out[i] === undefined && !p.byDefault)
  return missing ? `template argument '${missing.name}' cannot be deduced; write it in <>` : out
}

const maxInstances = 2000
const maxDepth = 64

/**
 * The instance of a function for these template arguments (and, for `auto` parameters, argument
 * types).
 */
export function instantiate(
  env: Env,
  entity: FunctionEntity,
  values: readonly (TemplateValue | undefined)[],
  args: readonly Value[],
  at: Span,
): Instance | undefined {
  const generic = entity.node.parameters.some((p) => hasAuto(p.type))
  const key = [
    ...values.map((value) => (value ? templateKey(value) : '')),
    ...(generic ? args.map((arg) => typeKey(arg.type)) : []),
  ].join('|')
  const unique = generic && args.some((arg) => arg.type.kind === 'closure')
  const closures = values.some((value) => value?.kind === 'type' && value.type.kind === 'closure')
  const cached = unique || closures ? undefined : entity.instances.get(key)
  if (cached) return cached
  if (env.depth > maxDepth || ++env.unit.instantiations > maxInstances) {
    fail(env, 'C0903', at, 'The templates of this source unfold without end.')
    return undefined
  }
  const { template } = entity.node
  const home = { ...env, scope: entity.scope }
  let scope = entity.scope
  if (template) {
    const bound = bindParameters(home, template, values, entity.scope, entity.name, at)
    if (!bound) return undefined
    scope = bound
  }
  const specialised = template ? findSpecialisation(home, entity, scope) : undefined
  const node = specialised ?? entity.node
  const inside = { ...env, scope: specialised ? entity.scope : scope }
  const parameters = node.parameters.map((p, i) => parameterType(inside, p.type, args[i]))
  const result = resolveType(inside, node.result)
  if (parameters.some((type) => type.kind === 'error') || result.kind === 'error') return undefined
  const text = template ? (scope.note ?? '') : ''
  const instance: Instance = {
    entity,
    node,
    scope: inside.scope,
    parameters,
    result,
    args: text,
    depth: env.depth + (template ? 1 : 0),
    state: 'declared',
    ir: undefined,
    name: uniqueName(env.unit, symbolName(entity, node, parameters, text)),
    requiredFrom: text
      ? [{ at, message: `required from here, with ${text}` }, ...chainOf(env)]
      : chainOf(env),
  }
  if (!unique && !closures) entity.instances.set(key, instance)
  return instance
}

const maxChain = 6

function chainOf(env: Env): readonly { at: Span; message: string }[] {
  return env.chain
    .flatMap((note) => (note.at ? [{ at: note.at, message: note.message }] : []))
    .slice(0, maxChain)
}

function hasAuto(node: FunctionNode['result']): boolean {
  if (node.kind === 'builtin') return node.of === 'auto'
  return node.kind === 'pointer' || node.kind === 'reference' ? hasAuto(node.to) : false
}

/** Type of a parameter: arrays become pointers, `auto` becomes what the argument is. */
function parameterType(env: Env, node: FunctionNode['result'], arg: Value | undefined): CType {
  const type = resolveType(env, node)
  if (type.kind === 'array') return { kind: 'pointer', to: type.of, constant: type.constant }
  return arg ? fillAuto(type, argumentType(arg, node)) : type
}

/** Replaces `auto` in a declared type by what the value has at that place. */
export function fillAuto(type: CType, from: CType): CType {
  if (type.kind === 'auto') return withoutReference(from)
  if (type.kind === 'pointer' && from.kind === 'pointer')
    return { ...type, to: fillAuto(type.to, from.to), constant: type.constant || from.constant }
  if (type.kind === 'reference') return { ...type, to: fillAuto(type.to, withoutReference(from)) }
  return type
}

function findSpecialisation(
  env: Env,
  entity: FunctionEntity,
  scope: FunctionEntity['scope'],
): FunctionNode | undefined {
  for (const node of entity.specialisations) {
    const inside = { ...env, scope: entity.scope }
    const given = templateValues(inside, node.specialises ?? [])
    if (!given) continue
    const names = entity.node.template ?? []
    const agrees = given.every((value, i) => {
      const bound = names[i] && scope.names.get(names[i].name)
      if (value.kind === 'type') return bound?.kind === 'type' && sameType(bound.type, value.type)
      return (
        bound?.kind === 'variable' &&
        bound.known?.lo === value.value.lo &&
        bound.known.hi === value.value.hi
      )
    })
    if (!agrees || node.parameters.length !== entity.node.parameters.length) continue
    const mine = node.parameters.map((p) => resolveType(inside, p.type))
    const theirs = entity.node.parameters.map((p) => resolveType({ ...env, scope }, p.type))
    if (mine.every((type, i) => sameType(type, theirs[i]!))) return node
  }
  return undefined
}

/** Name in the IR: the plain one for C functions, a readable one with types for all others. */
function symbolName(
  entity: FunctionEntity,
  node: FunctionNode,
  parameters: readonly CType[],
  args: string,
): string {
  if (node.externC && !args) return node.name
  const types = parameters.map(typeName).join(', ')
  return `${entity.prefix ?? ''}${entity.name}${args ? `<${args}>` : ''}(${types})`
}

/** The name itself, or with a number when types of equal names made it twice. */
function uniqueName(unit: Unit, name: string): string {
  const count = (unit.symbols.get(name) ?? 0) + 1
  unit.symbols.set(name, count)
  return count === 1 ? name : `${name}#${count}`
}

/**
 * Values that a register or two cannot carry across a call are handled by expanding the callee in
 * place.
 */
function needsExpansion(instance: Instance): boolean {
  const unusual = (type: CType): boolean =>
    type.kind === 'reference' ||
    type.kind === 'struct' ||
    type.kind === 'closure' ||
    type.kind === 'array'
  return (
    instance.entity.isMethod ||
    instance.entity.owner !== undefined ||
    instance.node.name === '(lambda)' ||
    instance.parameters.some(unusual) ||
    unusual(instance.result)
  )
}

export function callInstance(
  env: Env,
  instance: Instance,
  given: readonly Value[],
  at: Span,
  self?: Value,
): Value {
  const { node } = instance
  const args: Value[] = [...given]
  for (let i = given.length; i < node.parameters.length; i++) {
    const parameter = node.parameters[i]!
    const byDefault = env.unit.checks.expression(
      { ...env, scope: instance.scope },
      parameter.byDefault!,
    )
    args.push({ ...byDefault, at })
  }
  if (needsExpansion(instance)) {
    if (!node.body)
      return fail(
        env,
        'C0412',
        at,
        `'${node.name}' has no body here, and its parameters cannot cross files.`,
      )
    return env.unit.checks.inline(env, instance, args, at, self)
  }
  const fileLocal =
    node.specifiers.isStatic || node.specifiers.isInline || node.template !== undefined
  if (!node.body && fileLocal) {
    return fail(env, 'C0412', at, `'${node.name}' is declared but has no body.`, [
      { at: node.at, message: 'declared here' },
    ])
  }
  if (node.body) require(env.unit, instance)
  if (instance.result.kind === 'auto') {
    if (instance.state === 'lowering' || !node.body) {
      return fail(env, 'C0407', at, `'${node.name}' is used before its result type is known.`)
    }
    env.unit.checks.lower(env.unit, instance)
    if (instance.result.kind === 'auto') return errorValue(at)
  }
  const operands = args.map((arg, i) => {
    const value = implicit(env, arg, instance.parameters[i]!, `Argument ${i + 1} of '${node.name}'`)
    return isBroken(value) ? undefined : operandOf(env, value)
  })
  const ready = operands.flatMap((operand) => operand ?? [])
  if (ready.length < operands.length) return errorValue(at)
  const { result } = instance
  if (result.kind === 'error') return errorValue(at)
  const ir = irTypeOf(result)
  if (!ir)
    return fail(
      env,
      'C0803',
      at,
      `A result of type ${typeName(result)} is known, not emulated yet.`,
    )
  if (result.kind === 'void') {
    env.b.effect('call', ir, ready, at, { symbol: instance.name })
    return { type: result, at }
  }
  return {
    type: result,
    at,
    operand: env.b.value('call', ir, ready, at, { symbol: instance.name }),
  }
}

/** Puts an instance on the list of what must be lowered. */
export function require(unit: Unit, instance: Instance): void {
  if (!unit.instances.includes(instance)) unit.instances.push(instance)
}
