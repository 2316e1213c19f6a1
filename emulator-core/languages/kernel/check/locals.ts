/**
 * Declarations inside functions, and what all variables share: deducing, initialising, static
 * storage.
 */
import type { Span } from '../../../sim/diagnostics.ts'
import { scalar } from '../../codegen/ir.ts'
import type { Declaration, Expr, VariableNode } from '../syntax/tree.ts'
import * as w from '../wide.ts'
import { fillAuto } from './calls.ts'
import { implicit } from './convert.ts'
import { declareAlias, declareEnum, declareStruct, declareUsing } from './declare-types.ts'
import type { GlobalInfo, Place, Scope, Storage, Value, VariableEntity } from './entities.ts'
import { fail, isBroken, type Env } from './env.ts'
import { constructInto, initialBytes } from './initialise.ts'
import { bindReference, pointerScope } from './inline.ts'
import { resolveType } from './resolve.ts'
import { alignOf, irTypeOf, sizeOf, typeName, withoutReference, type CType } from './types.ts'
import { load, newRegister, store } from './values.ts'

export function declareAll(env: Env, items: readonly Declaration[]): void {
  for (const item of items) {
    switch (item.kind) {
      case 'variable':
        declareVariable(env, item, undefined)
        break
      case 'alias':
        declareAlias(env, item)
        break
      case 'struct':
        declareStruct(env, item)
        break
      case 'enum':
        declareEnum(env, item)
        break
      case 'static-assert':
        checkAssert(env, item)
        break
      case 'function':
        if (item.body)
          fail(
            env,
            'C0801',
            item.at,
            'A function inside a function: known C++, not emulated; a lambda is.',
          )
        break
      default:
        declareUsing(env, item)
    }
  }
}

export function checkAssert(env: Env, node: Extract<Declaration, { kind: 'static-assert' }>): void {
  const known = env.unit.checks.constant(
    env,
    node.test,
    { kind: 'int', of: 'bool' },
    'static_assert',
  )
  if (!known || !w.isZero(known)) return
  const reason = node.message ? `: ${node.message}` : ''
  fail(env, 'C0602', node.test.at, `This static assertion fails${reason}.`)
}

type Extra = {
  readonly constant: boolean
  readonly known?: w.Wide | undefined
  readonly real?: number | undefined
  readonly scope?: number | undefined
}

/** Puts a variable into the scope. */
export function declareLocal(
  env: Env,
  node: VariableNode,
  type: CType,
  storage: Storage,
  extra: Extra,
): void {
  const old = env.scope.names.get(node.name)
  if (old) {
    const notes = old.kind === 'variable' ? [{ at: old.at, message: 'first declared here' }] : []
    fail(env, 'C0302', node.at, `'${node.name}' is declared twice in this block.`, notes)
  }
  const entity: VariableEntity = {
    kind: 'variable',
    name: node.name,
    type,
    constant: extra.constant,
    at: node.at,
    storage,
    owner: env.owner,
    ...(extra.known ? { known: extra.known } : {}),
    ...(extra.real !== undefined ? { real: extra.real } : {}),
    ...(extra.scope ? { scope: extra.scope } : {}),
  }
  env.scope.names.set(node.name, entity)
}

/**
 * Declares and initialises a local variable; `given` replaces the initialiser (loops over arrays).
 */
export function declareVariable(env: Env, node: VariableNode, given: Value | undefined): void {
  const { specifiers } = node
  if (node.template) {
    env.scope.names.set(node.name, {
      kind: 'variable-template',
      node,
      scope: env.scope,
      cache: new Map(),
    })
    return
  }
  const declared = resolveType(env, node.type)
  const broken = (): void =>
    declareLocal(env, node, { kind: 'error' }, { kind: 'none' }, { constant: false })
  if (declared.kind === 'error') {
    for (const item of node.init?.items ?? [])
      env.unit.checks.expression({ ...env, b: env.b.fork(node.at) }, item)
    return broken()
  }
  const constant = node.type.constant || specifiers.isConstexpr
  if (specifiers.isStatic || specifiers.isExtern)
    return declareStatic(env, node, declared, constant)
  const first = node.init?.items[0]
  const single =
    given ??
    (node.init && node.init.items.length === 1 && first && first.kind !== 'list'
      ? env.unit.checks.expression(env, first)
      : undefined)
  const type = completeType(env, node, declared, single)
  if (!type) return broken()
  if (specifiers.isConstexpr && !constantType(type)) return declareConstantMemory(env, node, type)
  if (type.kind === 'reference') return declareReference(env, node, type, single)
  if (type.kind === 'closure')
    return declareLocal(env, node, type, { kind: 'none' }, { constant: true })
  if (type.kind === 'array' || type.kind === 'struct')
    return declareMemory(env, node, type, constant, single)
  declareScalar(env, node, type, constant, single)
}

function constantType(type: CType): boolean {
  return (
    type.kind === 'int' ||
    type.kind === 'enum' ||
    type.kind === 'real' ||
    type.kind === 'closure' ||
    type.kind === 'vector' ||
    type.kind === 'pointer'
  )
}

/** The declared type with `auto` and open array lengths filled in. */
export function completeType(
  env: Env,
  node: VariableNode,
  declared: CType,
  single: Value | undefined,
): CType | undefined {
  const isAuto = (t: CType): boolean =>
    t.kind === 'auto' || ((t.kind === 'pointer' || t.kind === 'reference') && isAuto(t.to))
  if (isAuto(declared)) {
    if (!single) {
      fail(env, 'C0409', node.at, `'${node.name}' needs one value to take its type from.`)
      return undefined
    }
    if (isBroken(single)) return undefined
    if (single.callee || single.items) {
      fail(env, 'C0409', node.at, `'${node.name}' cannot take its type from this.`)
      return undefined
    }
    const byReference = declared.kind === 'reference'
    const from = single.type.kind === 'array' && !byReference ? load(env, single).type : single.type
    if (declared.kind === 'pointer' && from.kind !== 'pointer') {
      fail(
        env,
        'C0409',
        node.at,
        `'${node.name}' is declared as a pointer, its value is ${typeName(from)}.`,
      )
      return undefined
    }
    return checkObject(env, node, fillAuto(declared, from))
  }
  if (declared.kind === 'array' && declared.length < 0) {
    const item = node.init?.items[0]
    const count =
      node.init?.style === 'braces'
        ? node.init.items.length
        : item?.kind === 'list'
          ? item.items.length
          : item?.kind === 'string'
            ? item.codes.length + 1
            : -1
    if (count < 0) {
      fail(env, 'C0409', node.at, `The length of '${node.name}' is not given.`)
      return undefined
    }
    return { ...declared, length: count }
  }
  return checkObject(env, node, declared)
}

function checkObject(env: Env, node: VariableNode, type: CType): CType | undefined {
  const plain = withoutReference(type)
  if (plain.kind === 'void' || plain.kind === 'trait' || plain.kind === 'tag') {
    fail(env, 'C0408', node.type.at, `A variable cannot have the type ${typeName(plain)}.`)
    return undefined
  }
  if (type.kind === 'struct' && type.info.sizeBytes < 0) {
    fail(env, 'C0408', node.type.at, `'${typeName(type)}' is not defined here.`)
    return undefined
  }
  return type
}

function declareScalar(
  env: Env,
  node: VariableNode,
  type: CType,
  constant: boolean,
  single: Value | undefined,
): void {
  let value: Value | undefined
  const direct =
    type.kind === 'int' || type.kind === 'enum' || type.kind === 'real' || type.kind === 'pointer'
  const what = `'${node.name}'`
  if (single && (direct || single.type.kind === type.kind))
    value = implicit(env, single, type, what)
  else if (node.init && direct) value = fromList(env, node, type)
  if (value && isBroken(value))
    return declareLocal(env, node, { kind: 'error' }, { kind: 'none' }, { constant })
  if (node.specifiers.isConstexpr && direct && type.kind !== 'pointer') {
    const known = constantOf(env, node, type, value)
    return declareLocal(
      env,
      node,
      known ? type : { kind: 'error' },
      { kind: 'none' },
      { constant: true, ...known },
    )
  }
  const place = localPlace(env, node, type)
  const known =
    constant && value?.known !== undefined && type.kind !== 'pointer' ? value.known : undefined
  const real = constant ? value?.real : undefined
  if (value) store(env, place.place, type, value, node.at)
  else if (!node.init && (type.kind === 'vector' || type.kind === 'accum')) {
    // Undefined content reads as zeros, so that runs are the same everywhere.
    store(
      env,
      place.place,
      type,
      { type, at: node.at, operand: env.b.value('zeros', irTypeOf(type)!, [], node.at) },
      node.at,
    )
  } else if (node.init)
    constructInto(
      env,
      { type, at: node.at, place: place.place },
      itemsOf(env, node, single),
      node.init.style !== 'parens',
      node.at,
    )
  const pointer = constant ? value?.scope : pointerScope(env, env.node, node.name, type, value)
  if (real !== undefined) return declareLocal(env, node, type, { kind: 'none' }, { constant, real })
  declareLocal(env, node, type, place.storage, { constant, known, scope: pointer })
}

function itemsOf(env: Env, node: VariableNode, single: Value | undefined): Value[] {
  if (single) return [single]
  return (node.init?.items ?? []).map((item) => env.unit.checks.expression(env, item))
}

/** `int x{}` and `int x = {3}` */
function fromList(env: Env, node: VariableNode, type: CType): Value {
  const items = node.init?.items ?? []
  const list = items.length === 1 && items[0]?.kind === 'list' ? items[0].items : items
  if (list.length === 0) return zeroOf(type, node.at)
  if (list.length > 1)
    return fail(env, 'C0409', node.at, `'${node.name}' takes one value, got ${list.length}.`)
  return implicit(env, env.unit.checks.expression(env, list[0]!), type, `'${node.name}'`)
}

function zeroOf(type: CType, at: Span): Value {
  if (type.kind === 'real') return { type, at, real: 0 }
  if (type.kind === 'pointer') return { type, at, operand: { imm: 0 } }
  return { type, at, known: w.wideZero }
}

function constantOf(
  env: Env,
  node: VariableNode,
  type: CType,
  value: Value | undefined,
): { known?: w.Wide; real?: number } | undefined {
  if (value?.known) return { known: value.known }
  if (value?.real !== undefined) return { real: value.real }
  const item = node.init?.items[0]
  if (!item) {
    fail(env, 'C0409', node.at, `'${node.name}' is constexpr and needs a value.`)
    return undefined
  }
  const known = env.unit.checks.constant(env, item, type, `'${node.name}'`)
  return known && { known }
}

/** A register, or memory when the variable's address is taken somewhere. */
function localPlace(env: Env, node: VariableNode, type: CType): { place: Place; storage: Storage } {
  if (env.node?.addressed.has(node.name)) {
    const offset = env.b.frame(sizeOf(type) ?? 4, Math.max(alignOf(type), alignment(env, node)))
    const base = env.b.value('frame', scalar('ptr'), [], node.at, { offset })
    return {
      place: { kind: 'memory', base, offset: 0, scope: 0 },
      storage: { kind: 'frame', offset },
    }
  }
  const place = newRegister(env, type)
  return { place, storage: { kind: 'register', reg: place.reg } }
}

/** Alignment asked for with alignas, or 1. */
export function alignment(env: Env, node: VariableNode): number {
  if (!node.specifiers.align) return 1
  const known = env.unit.checks.constant(env, node.specifiers.align, undefined, 'An alignment')
  const n = known ? w.toNumber(known) : 1
  const valid = n > 0 && n <= 65536 && (n & (n - 1)) === 0
  if (!valid && known)
    fail(
      env,
      'C0409',
      node.specifiers.align.at,
      `${n} is not an alignment; it must be a power of two.`,
    )
  return valid ? n : 1
}

function declareReference(
  env: Env,
  node: VariableNode,
  type: Extract<CType, { kind: 'reference' }>,
  single: Value | undefined,
): void {
  if (!single) {
    fail(env, 'C0409', node.at, `The reference '${node.name}' needs something to refer to.`)
    return
  }
  const bound = isBroken(single) ? single : bindReference(env, single, type, `'${node.name}'`)
  const flags = { constant: type.constant }
  if (isBroken(bound)) return declareLocal(env, node, { kind: 'error' }, { kind: 'none' }, flags)
  if (type.to.kind === 'closure') return declareLocal(env, node, type.to, { kind: 'none' }, flags)
  declareLocal(env, node, bound.type, { kind: 'alias', value: bound }, flags)
}

function declareMemory(
  env: Env,
  node: VariableNode,
  type: CType,
  constant: boolean,
  single: Value | undefined,
): void {
  const size = sizeOf(type)
  if (size === undefined) {
    fail(env, 'C0408', node.at, `${typeName(type)} has no size.`)
    return
  }
  if (constant && type.kind === 'array' && env.node && !single) {
    const bytes = tryBytes(env, node, type)
    if (bytes) return declareGlobal(env, node, type, bytes, true, true)
  }
  const offset = env.b.frame(size, Math.max(alignOf(type), alignment(env, node)))
  declareLocal(env, node, type, { kind: 'frame', offset }, { constant })
  if (!node.init) return
  const base = env.b.value('frame', scalar('ptr'), [], node.at, { offset })
  const target: Value = { type, at: node.at, place: { kind: 'memory', base, offset: 0, scope: 0 } }
  const item = node.init.items[0]
  if (single) return constructInto(env, target, [single], false, node.at)
  const list: readonly Expr[] =
    node.init.items.length === 1 && item?.kind === 'list' ? item.items : node.init.items
  constructInto(
    env,
    target,
    list.map((x) => env.unit.checks.expression(env, x)),
    true,
    node.at,
  )
}

function tryBytes(env: Env, node: VariableNode, type: CType): Uint8Array | undefined {
  const before = env.unit.report.diagnostics.length
  const quiet = { ...env, b: env.b.fork(node.at) }
  const bytes = node.init ? initialBytes(quiet, type, node.init, true) : undefined
  return env.unit.report.diagnostics.length === before ? bytes : undefined
}

/** Arrays and structs that are constexpr live in read-only memory. */
function declareConstantMemory(env: Env, node: VariableNode, type: CType): void {
  if (!node.init) {
    fail(env, 'C0409', node.at, `'${node.name}' is constexpr and needs a value.`)
    return
  }
  const bytes = initialBytes({ ...env, b: env.b.fork(node.at) }, type, node.init, false)
  declareGlobal(env, node, type, bytes, true, true)
}

function declareStatic(env: Env, node: VariableNode, declared: CType, constant: boolean): void {
  const first = node.init?.items[0]
  const fork = { ...env, b: env.b.fork(node.at) }
  const needsValue = declared.kind === 'auto' || node.specifiers.isConstexpr || constant
  const single =
    needsValue && node.init?.items.length === 1 && first && first.kind !== 'list'
      ? env.unit.checks.expression(fork, first)
      : undefined
  const type = completeType(env, node, declared, single)
  if (!type) return
  if (
    constant &&
    constantType(type) &&
    type.kind !== 'vector' &&
    type.kind !== 'pointer' &&
    first
  ) {
    if (single?.real !== undefined || type.kind === 'real')
      return declareScalar(env, node, type, true, single)
    const known = env.unit.checks.constant(env, first, type, `'${node.name}'`)
    return declareLocal(
      env,
      node,
      known ? type : { kind: 'error' },
      { kind: 'none' },
      { constant: true, known },
    )
  }
  if (irTypeOf(type) === undefined && type.kind !== 'array' && type.kind !== 'struct') {
    fail(
      env,
      'C0803',
      node.at,
      `A static variable of type ${typeName(type)} is known, not emulated yet.`,
    )
    return
  }
  const shared = env.unit.statics.get(node)?.get(instanceKey(env))
  const bytes = node.init ? initialBytes(fork, type, node.init, false) : undefined
  if (shared) {
    return declareLocal(env, node, type, { kind: 'global', global: shared }, { constant })
  }
  declareGlobal(env, node, type, bytes, constant, false)
}

/** A variable of a function in the tile's memory, named after both. */
function declareGlobal(
  env: Env,
  node: VariableNode,
  type: CType,
  bytes: Uint8Array | undefined,
  readOnly: boolean,
  share: boolean,
): void {
  const known = share ? env.unit.statics.get(node)?.get(instanceKey(env)) : undefined
  const same = known && sameBytes(known.bytes, bytes)
  const global = same
    ? known
    : makeGlobal(
        env,
        `${env.node?.name ?? 'file'}.${node.name}`,
        type,
        Math.max(alignOf(type), alignment(env, node)),
        bytes,
        readOnly,
      )
  const byInstance = env.unit.statics.get(node) ?? new Map<string, GlobalInfo>()
  env.unit.statics.set(node, byInstance.set(instanceKey(env), global))
  declareLocal(env, node, type, { kind: 'global', global }, { constant: readOnly })
}

/** Template arguments in force: every instance of a function has static variables of its own. */
function instanceKey(env: Env): string {
  let key = ''
  for (let scope: Scope | undefined = env.scope; scope; scope = scope.parent) key += scope.key
  return key
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (!a || !b) return a === b
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** Adds a variable to the module under a name nobody else has. */
export function makeGlobal(
  env: Env,
  name: string,
  type: CType,
  align: number,
  bytes: Uint8Array | undefined,
  readOnly: boolean,
): GlobalInfo {
  let unique = name
  for (let n = 2; env.unit.globals.has(unique); n++) unique = `${name}.${n}`
  const global: GlobalInfo = {
    name: unique,
    type,
    align,
    readOnly,
    bytes,
    sizeBytes: Math.max(1, sizeOf(type) ?? 1),
  }
  env.unit.globals.set(unique, global)
  return global
}
