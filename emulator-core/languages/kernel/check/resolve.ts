/** Names to entities and type syntax to types. */
import type { Span } from '../../../sim/diagnostics.ts'
import * as w from '../wide.ts'
import type {
  Name,
  NamePart,
  TemplateArgument,
  TemplateParameter,
  TypeNode,
} from '../syntax/tree.ts'
import { makeBuiltinType, traitMember, traitValue } from '../api/builtin-types.ts'
import { Scope, type Entity, type Value } from './entities.ts'
import { errorValue, fail, type Env } from './env.ts'
import {
  autoType,
  errorType,
  int,
  intOf,
  pointerTo,
  templateKey,
  typeName,
  uintType,
  voidCType,
  withoutReference,
  type CType,
  type IntKind,
  type TemplateValue,
} from './types.ts'
import { constant, constantNumber } from './values.ts'

/** What a qualified name leads to. */
export type Resolved =
  | {
      readonly kind: 'entity'
      readonly entity: Entity
      readonly args: readonly TemplateValue[]
      readonly part: NamePart
    }
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'none' }

const none: Resolved = { kind: 'none' }

/** Follows a name; reports what cannot be found. */
export function resolveName(env: Env, name: Name): Resolved {
  let current: Resolved = none
  for (const [i, part] of name.parts.entries()) {
    current =
      i === 0 ? firstPart(env, name, part) : memberPart(env, current, part, name.parts[i - 1]!.text)
    if (current.kind === 'none') return none
    current = withArguments(env, current, part)
    if (current.kind === 'none') return none
  }
  return current
}

function entityOf(entity: Entity, part: NamePart): Resolved {
  return { kind: 'entity', entity, args: [], part }
}

function firstPart(env: Env, name: Name, part: NamePart): Resolved {
  const { file } = env.scope
  const found = name.global
    ? (file.own(part.text) ?? file.parent?.own(part.text))
    : env.scope.find(part.text)
  if (!found) {
    // Later uses of the same unknown name in one function are the same mistake.
    const key = `${part.text} ${env.node?.at.start ?? -1} ${env.node?.at.file ?? ''}`
    if (!env.unit.unknown.has(key))
      fail(env, 'C0301', part.at, `'${part.text}' is not declared.`, similar(env, part))
    env.unit.unknown.add(key)
    return none
  }
  if (part.text === 'aie' && found.kind === 'namespace' && !env.unit.hasVectorLibrary) {
    const user = env.unit.fileScope.names.has('aie')
    if (!user) {
      fail(env, 'C0305', part.at, "'aie' needs #include <aie_api/aie.hpp>.")
      return none
    }
  }
  return entityOf(found, part)
}

/** A note with the closest name in sight. */
function similar(env: Env, part: NamePart): { at?: Span; message: string }[] {
  for (let scope: Scope | undefined = env.scope; scope; scope = scope.parent) {
    for (const [name, entity] of scope.names) {
      if (!isClose(name, part.text)) continue
      const at =
        entity.kind === 'variable'
          ? entity.at
          : entity.kind === 'functions'
            ? entity.list[0]?.node.at
            : undefined
      return [
        at ? { at, message: `did you mean '${name}'?` } : { message: `did you mean '${name}'?` },
      ]
    }
  }
  return []
}

/** One letter changed, missing, added or swapped. */
function isClose(a: string, b: string): boolean {
  if (a === b || Math.min(a.length, b.length) < 3 || Math.abs(a.length - b.length) > 1) return false
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  const [x, y] = [a.slice(i), b.slice(i)]
  const swapped =
    x.length > 1 && y.length > 1 && x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2)
  return x.slice(1) === y.slice(1) || x.slice(1) === y || x === y.slice(1) || swapped
}

function memberPart(env: Env, left: Resolved, part: NamePart, owner: string): Resolved {
  if (left.kind !== 'entity') return none
  const { entity } = left
  if (entity.kind === 'namespace') {
    const found = entity.scope.own(part.text)
    if (found) return entityOf(found, part)
    const code = owner === 'aie' || owner === 'std' ? 'C0703' : 'C0301'
    fail(env, code, part.at, `'${owner}' has no '${part.text}'.`)
    return none
  }
  if (entity.kind === 'type') return typeMember(env, entity.type, part)
  fail(env, 'C0303', part.at, `'${owner}' is no namespace and no type.`)
  return none
}

/** `T::member` */
function typeMember(env: Env, type: CType, part: NamePart): Resolved {
  const { at } = part
  if (type.kind === 'struct' || type.kind === 'enum') {
    const found = type.info.scope.names.get(part.text)
    if (found) return entityOf(found, part)
    if (type.kind === 'struct') {
      const set = type.info.methods.get(part.text)
      if (set) return entityOf(set, part)
    }
  }
  if (type.kind === 'trait') {
    const member = traitMember(env, type, part.text, at)
    if (member)
      return member.kind === 'type'
        ? entityOf(member, part)
        : { kind: 'value', value: member.value }
  }
  if (type.kind === 'vector' || type.kind === 'accum' || type.kind === 'mask') {
    if (part.text === 'size' || part.text === 'Size')
      return { kind: 'value', value: sizeMember(type.lanes, part) }
    if (part.text === 'value_type' && type.kind === 'vector') {
      const of = type.of
      const element: CType =
        of === 'bf16'
          ? { kind: 'real', of }
          : of === 'f32'
            ? { kind: 'real', of: 'float' }
            : int(of as IntKind)
      return entityOf({ kind: 'type', type: element }, part)
    }
    if (part.text === 'bits')
      return { kind: 'value', value: constantNumber(uintType, 8 * (sizeBits(type) ?? 0), at) }
  }
  fail(env, 'C0304', at, `${typeName(type)} has no member '${part.text}'.`)
  return none
}

function sizeBits(type: CType): number | undefined {
  return type.kind === 'vector' ? type.lanes : undefined
}

/** `V::size` is called like a function; a call of a plain constant gives the constant. */
function sizeMember(lanes: number, part: NamePart): Value {
  return constantNumber(uintType, lanes, part.at)
}

/** Applies `<…>` to what takes it, and turns templates of types into types. */
function withArguments(env: Env, found: Resolved, part: NamePart): Resolved {
  if (found.kind !== 'entity') return found
  const { entity } = found
  const given = part.args
  if (entity.kind === 'type-template') {
    const args = given ? templateValues(env, given) : []
    if (!args) return none
    const type = makeBuiltinType(env, entity.name, args, part.at)
    return type.kind === 'error' ? none : entityOf({ kind: 'type', type }, part)
  }
  if (entity.kind === 'alias-template') {
    const scope = bindAll(env, entity.node.template ?? [], given, entity.scope, part)
    if (!scope) return none
    const type = resolveType({ ...env, scope }, entity.node.type)
    return type.kind === 'error' ? none : entityOf({ kind: 'type', type }, part)
  }
  if (entity.kind === 'variable-template') {
    const scope = bindAll(env, entity.node.template ?? [], given, entity.scope, part)
    return scope ? { kind: 'value', value: variableTemplate(env, entity, scope, part) } : none
  }
  if (entity.kind === 'trait-value') {
    const args = given ? templateValues(env, given) : []
    return args ? { kind: 'value', value: traitValue(env, entity.name, args, part.at) } : none
  }
  if (!given) return found
  if (entity.kind !== 'functions' && entity.kind !== 'api') {
    fail(env, 'C0303', part.at, `'${part.text}' is no template.`)
    return none
  }
  const args = templateValues(env, given)
  return args ? { ...found, args } : none
}

function variableTemplate(
  env: Env,
  entity: Extract<Entity, { kind: 'variable-template' }>,
  scope: Scope,
  part: NamePart,
): Value {
  const cached = entity.cache.get(scope.key)
  if (cached) return { ...cached, at: part.at }
  const { node } = entity
  const item = node.init?.items[0]
  const inside = { ...env, scope }
  const type = resolveType(inside, node.type)
  if (!item) return fail(env, 'C0409', node.at, `'${node.name}' needs an initialiser.`)
  const known = env.unit.checks.constant(
    inside,
    item,
    type.kind === 'auto' ? undefined : type,
    `'${node.name}'`,
  )
  if (!known) return errorValue(part.at)
  const value = constant(type.kind === 'auto' ? int('i32') : type, known, part.at)
  entity.cache.set(scope.key, value)
  return value
}

/** A scope with template parameters bound to the arguments given and the defaults. */
function bindAll(
  env: Env,
  parameters: readonly TemplateParameter[],
  given: readonly TemplateArgument[] | undefined,
  outer: Scope,
  part: NamePart,
): Scope | undefined {
  const values = given ? templateValues(env, given) : []
  if (!values) return undefined
  return bindParameters(env, parameters, values, outer, part.text, part.at)
}

/** Binds explicit or deduced values; what is missing comes from defaults or is reported. */
export function bindParameters(
  env: Env,
  parameters: readonly TemplateParameter[],
  values: readonly (TemplateValue | undefined)[],
  outer: Scope,
  name: string,
  at: Span,
): Scope | undefined {
  if (values.length > parameters.length) {
    fail(
      env,
      'C0502',
      at,
      `'${name}' takes ${parameters.length} template arguments, got ${values.length}.`,
    )
    return undefined
  }
  const texts: string[] = []
  const keys: string[] = []
  const scope = new Scope(outer)
  for (const [i, parameter] of parameters.entries()) {
    const value = values[i] ?? defaultValue({ ...env, scope }, parameter)
    if (!value) {
      fail(
        env,
        'C0501',
        at,
        `Template argument '${parameter.name}' of '${name}' cannot be deduced; write it in <>.`,
      )
      return undefined
    }
    if (!bindOne({ ...env, scope }, parameter, value, name, at)) return undefined
    keys.push(templateKey(value))
    texts.push(
      `${parameter.name} = ${value.kind === 'type' ? typeName(value.type) : w.show(value.value, true)}`,
    )
  }
  const noted = new Scope(outer, undefined, texts.join(', '))
  noted.key = keys.join('|')
  for (const [key, entity] of scope.names) noted.names.set(key, entity)
  return noted
}

function defaultValue(env: Env, parameter: TemplateParameter): TemplateValue | undefined {
  if (parameter.kind === 'type') {
    return parameter.byDefault && { kind: 'type', type: resolveType(env, parameter.byDefault) }
  }
  if (!parameter.byDefault) return undefined
  const type = parameterType(env, parameter)
  const value = env.unit.checks.constant(
    env,
    parameter.byDefault,
    type,
    `template argument '${parameter.name}'`,
  )
  return value && { kind: 'value', value, type }
}

function parameterType(env: Env, parameter: Extract<TemplateParameter, { kind: 'value' }>): CType {
  return resolveType(env, parameter.type)
}

function bindOne(
  env: Env,
  parameter: TemplateParameter,
  value: TemplateValue,
  name: string,
  at: Span,
): boolean {
  if (parameter.kind !== value.kind) {
    const wanted = parameter.kind === 'type' ? 'a type' : 'a constant'
    fail(env, 'C0502', at, `Template argument '${parameter.name}' of '${name}' must be ${wanted}.`)
    return false
  }
  if (value.kind === 'type') {
    env.scope.names.set(parameter.name, { kind: 'type', type: value.type })
    return true
  }
  if (parameter.kind !== 'value') return false
  const declared = parameterType(env, parameter)
  const type = declared.kind === 'auto' ? value.type : declared
  if (!intOf(type)) {
    if (type.kind !== 'error')
      fail(
        env,
        'C0801',
        parameter.at,
        `A template parameter of type ${typeName(type)}: known C++, not emulated.`,
      )
    return false
  }
  const known = constant(type, value.value, at).known!
  env.scope.names.set(parameter.name, {
    kind: 'variable',
    name: parameter.name,
    type,
    constant: true,
    at: parameter.at,
    storage: { kind: 'none' },
    known,
    owner: undefined,
  })
  return true
}

/** Evaluates template arguments; undefined when one is wrong (reported). */
export function templateValues(
  env: Env,
  args: readonly TemplateArgument[],
): TemplateValue[] | undefined {
  const out: TemplateValue[] = []
  for (const arg of args) {
    if (arg.kind === 'type') {
      const type = resolveType(env, arg.type)
      if (type.kind === 'error') return undefined
      out.push({ kind: 'type', type })
      continue
    }
    const named = arg.value.kind === 'name' ? typeNamed(env, arg.value.name) : undefined
    if (named) {
      out.push({ kind: 'type', type: named })
      continue
    }
    const known = env.unit.checks.constant(env, arg.value, undefined, 'a template argument')
    if (!known) return undefined
    out.push({
      kind: 'value',
      value: known,
      type: known.hi === known.lo >> 31 ? int('i32') : int('i64'),
    })
  }
  return out
}

/** A dependent name that turned out to be a type. */
function typeNamed(env: Env, name: Name): CType | undefined {
  const first = name.parts[0]
  const found = first && env.scope.find(first.text)
  if (found?.kind === 'type' && name.parts.length === 1) return found.type
  return undefined
}

/** The type that syntax stands for; `error` when it was reported. */
export function resolveType(env: Env, node: TypeNode): CType {
  switch (node.kind) {
    case 'builtin':
      return builtin(node.of)
    case 'pointer': {
      const to = resolveType(env, node.to)
      if (to.kind === 'error') return to
      if (to.kind === 'reference')
        return typeError(env, node.at, 'A pointer to a reference does not exist.')
      const plain = pointerTo(to, isConstant(node.to, to))
      return node.restrict ? ({ ...plain, kind: 'pointer', restrict: true } as CType) : plain
    }
    case 'reference': {
      const to = resolveType(env, node.to)
      if (to.kind === 'error') return to
      if (to.kind === 'reference') return to
      // T&& of a deduced T takes lvalues and rvalues alike; it is treated as a reference that binds
      // to both.
      return { kind: 'reference', to, constant: isConstant(node.to, to), rvalue: node.rvalue }
    }
    case 'array':
      return arrayType(env, node)
    case 'decltype': {
      const value = env.unit.checks.expression({ ...env, b: env.b.fork(node.at) }, node.of)
      return withoutReference(value.type)
    }
    case 'named':
      return namedType(env, node)
  }
}

function isConstant(node: TypeNode, type: CType): boolean {
  return node.constant || (type.kind === 'array' && type.constant)
}

function builtin(of: Extract<TypeNode, { kind: 'builtin' }>['of']): CType {
  if (of === 'void') return voidCType
  if (of === 'auto') return autoType
  if (of === 'float' || of === 'double') return { kind: 'real', of }
  return int(of === 'char' ? 'i8' : of)
}

function typeError(env: Env, at: Span, message: string): CType {
  fail(env, 'C0408', at, message)
  return errorType
}

const maxArray = 1 << 20

function arrayType(env: Env, node: Extract<TypeNode, { kind: 'array' }>): CType {
  const of = resolveType(env, node.of)
  if (of.kind === 'error') return of
  if (of.kind === 'void' || of.kind === 'reference')
    return typeError(env, node.at, `An array of ${typeName(of)} does not exist.`)
  const shared = { kind: 'array' as const, of, constant: isConstant(node.of, of) || node.constant }
  if (!node.length) return { ...shared, length: -1 }
  const length = env.unit.checks.constant(env, node.length, undefined, 'the length of an array')
  if (!length) return errorType
  const count = w.toNumber(length)
  if (count < 0 || count > maxArray) {
    return typeError(env, node.length.at, `An array cannot have ${count} elements.`)
  }
  return { ...shared, length: count }
}

function namedType(env: Env, node: Extract<TypeNode, { kind: 'named' }>): CType {
  const found = resolveName(env, node.name)
  if (found.kind === 'none') return errorType
  if (found.kind === 'entity' && found.entity.kind === 'type') return found.entity.type
  const text = node.name.parts.map((part) => part.text).join('::')
  fail(env, 'C0303', node.at, `'${text}' is not a type.`)
  return errorType
}
