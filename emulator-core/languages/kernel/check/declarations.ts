/**
 * File scope: functions with their overloads and specialisations, variables, namespaces; and
 * lowering of functions.
 */
import type { IrFunction } from '../../codegen/ir.ts'
import type { Declaration, FunctionNode, VariableNode } from '../syntax/tree.ts'
import { Builder } from './builder.ts'
import { declareAlias, declareEnum, declareStruct, declareUsing } from './declare-types.ts'
import {
  Scope,
  type FunctionEntity,
  type FunctionSet,
  type Instance,
  type Storage,
} from './entities.ts'
import { fail, type Env, type ReturnTarget, type Unit } from './env.ts'
import { initialBytes } from './initialise.ts'
import { pointerScope } from './inline.ts'
import {
  alignment,
  checkAssert,
  completeType,
  declareLocal,
  declareVariable,
  makeGlobal,
} from './locals.ts'
import { resolveType } from './resolve.ts'
import { alignOf, irTypeOf, sizeOf, typeName } from './types.ts'
import { frameMemory, store } from './values.ts'

/** Surroundings of file scope. */
export function fileEnv(unit: Unit, scope: Scope): Env {
  const at = { file: unit.file, start: 0, end: 0 }
  return {
    unit,
    scope,
    b: new Builder(unit.budget, at),
    node: undefined,
    ret: undefined,
    owner: undefined,
    expanding: [],
    depth: 0,
    chain: [],
    restrict: { next: 1 },
  }
}

/** Declares everything; bodies are lowered later. */
export function declareFile(
  env: Env,
  items: readonly Declaration[],
  functions: FunctionEntity[],
): void {
  for (const item of items) {
    switch (item.kind) {
      case 'function':
        declareFunction(env, item, functions)
        break
      case 'variable':
        declareFileVariable(env, item)
        break
      case 'struct':
        declareStruct(env, item)
        break
      case 'enum':
        declareEnum(env, item)
        break
      case 'alias':
        declareAlias(env, item)
        break
      case 'static-assert':
        checkAssert(env, item)
        break
      case 'namespace': {
        const old = env.scope.names.get(item.name)
        const known = item.name !== '' && old?.kind === 'namespace' ? old.scope : undefined
        const scope = known ?? new Scope(env.scope)
        scope.prefix = `${env.scope.prefix}${item.name || '(file)'}::`
        if (item.name === '') env.scope.use(scope)
        else env.scope.names.set(item.name, { kind: 'namespace', scope })
        declareFile({ ...env, scope }, item.items, functions)
        break
      }
      default:
        declareUsing(env, item)
    }
  }
}

function declareFunction(env: Env, node: FunctionNode, functions: FunctionEntity[]): void {
  const old = env.scope.names.get(node.name)
  if (old && old.kind !== 'functions') {
    fail(env, 'C0302', node.at, `'${node.name}' is already declared as something else.`)
    return
  }
  const set: FunctionSet = old ?? { kind: 'functions', name: node.name, list: [] }
  env.scope.names.set(node.name, set)
  if (node.specialises) {
    const primary = set.list.find(
      (f) => f.node.template && f.node.parameters.length === node.parameters.length,
    )
    if (primary) primary.specialisations.push(node)
    else fail(env, 'C0303', node.at, `There is no template '${node.name}' to specialise.`)
    return
  }
  const same = set.list.find((f) => sameSignature(env, f, node))
  if (!same) {
    const entity: FunctionEntity = {
      node,
      scope: env.scope,
      name: node.name,
      prefix: env.scope.prefix,
      specialisations: [],
      instances: new Map(),
      isMethod: false,
    }
    set.list.push(entity)
    functions.push(entity)
    return
  }
  if (same.node.body && node.body) {
    const notes = [{ at: same.node.at, message: 'first defined here' }]
    fail(env, 'C0302', node.at, `'${node.name}' is defined twice.`, notes)
    return
  }
  if (node.body) same.node = merge(same.node, node)
}

/** A definition takes over what only its declaration says. */
function merge(declared: FunctionNode, defined: FunctionNode): FunctionNode {
  const parameters = defined.parameters.map((p, i) => {
    const byDefault = p.byDefault ?? declared.parameters[i]?.byDefault
    return byDefault ? { ...p, byDefault } : p
  })
  const specifiers = {
    ...defined.specifiers,
    isStatic: defined.specifiers.isStatic || declared.specifiers.isStatic,
  }
  return { ...defined, parameters, specifiers, externC: defined.externC || declared.externC }
}

function sameSignature(env: Env, entity: FunctionEntity, node: FunctionNode): boolean {
  const { node: old } = entity
  if (old.parameters.length !== node.parameters.length) return false
  if ((old.template?.length ?? -1) !== (node.template?.length ?? -1)) return false
  // Two templates with equally many parameters are one declared twice when only one of them has a
  // body.
  if (old.template) return !(old.body && node.body)
  if (old.externC && node.externC) return true
  const types = (n: FunctionNode): string =>
    n.parameters
      .map((p) => {
        const type = resolveType(env, p.type)
        return typeName(
          type.kind === 'array' ? { kind: 'pointer', to: type.of, constant: type.constant } : type,
        )
      })
      .join()
  return types(old) === types(node)
}

function declareFileVariable(env: Env, node: VariableNode): void {
  const { specifiers } = node
  const isConst = node.type.constant || specifiers.isConstexpr
  if (node.template || specifiers.isConstexpr)
    return declareVariable({ ...env, b: env.b.fork(node.at) }, node, undefined)
  const declared = resolveType(env, node.type)
  if (declared.kind === 'error')
    return declareLocal(env, node, declared, { kind: 'none' }, { constant: false })
  const fork: Env = { ...env, b: env.b.fork(node.at) }
  const first = node.init?.items[0]
  const single =
    first && first.kind !== 'list' && node.init?.items.length === 1
      ? env.unit.checks.expression(fork, first)
      : undefined
  const type = completeType(env, node, declared, single)
  if (!type)
    return declareLocal(env, node, { kind: 'error' }, { kind: 'none' }, { constant: false })
  if (
    type.kind === 'closure' ||
    (isConst && first && (type.kind === 'int' || type.kind === 'enum' || type.kind === 'real'))
  ) {
    return declareVariable(
      fork,
      { ...node, specifiers: { ...specifiers, isStatic: false } },
      undefined,
    )
  }
  if (sizeOf(type) === undefined || type.kind === 'reference') {
    fail(
      env,
      'C0803',
      node.at,
      `A variable of type ${typeName(type)} at file scope is known, not emulated yet.`,
    )
    return
  }
  if (specifiers.isExtern && !node.init) {
    const storage: Storage = {
      kind: 'global',
      global: {
        name: node.name,
        type,
        align: 1,
        readOnly: false,
        bytes: undefined,
        sizeBytes: sizeOf(type)!,
      },
    }
    return declareLocal(env, node, type, storage, { constant: isConst })
  }
  const old = env.scope.names.get(node.name)
  if (old?.kind === 'variable' && old.storage.kind === 'global' && !env.unit.globals.has(node.name))
    env.scope.names.delete(node.name)
  const bytes = node.init ? initialBytes(fork, type, node.init, false) : undefined
  const align = Math.max(alignOf(type), alignment(env, node))
  const global = makeGlobal(env, env.scope.prefix + node.name, type, align, bytes, isConst)
  declareLocal(env, node, type, { kind: 'global', global }, { constant: isConst })
}

/** Lowers a function with a body to IR, once. */
export function lowerFunction(unit: Unit, instance: Instance): void {
  if (instance.state !== 'declared' || !instance.node.body) return
  instance.state = 'lowering'
  const { node } = instance
  const b = new Builder(unit.budget, node.at)
  const scope = new Scope(instance.scope)
  const ret: ReturnTarget = { type: instance.result, reg: undefined, exit: undefined, used: false }
  const env: Env = {
    unit,
    b,
    scope,
    node,
    ret,
    owner: {},
    expanding: [instance],
    depth: instance.depth,
    restrict: { next: 1 },
    chain: instance.args ? instance.requiredFrom : [],
  }
  const parameters: number[] = []
  let fine = true
  for (const [i, parameter] of node.parameters.entries()) {
    const type = instance.parameters[i]!
    const ir = irTypeOf(type)
    if (!ir || type.kind === 'void') {
      fail(
        env,
        type.kind === 'void' ? 'C0408' : 'C0803',
        parameter.at,
        `A parameter of type ${typeName(type)} cannot cross a call here.`,
      )
      fine = false
      continue
    }
    const reg = b.reg(ir)
    parameters.push(reg)
    declareParameter(env, instance, i, reg)
  }
  const result = instance.result
  if (fine && result.kind !== 'auto' && !irTypeOf(result)) {
    fail(env, 'C0803', node.at, `A result of type ${typeName(result)} cannot cross a call here.`)
    fine = false
  }
  if (fine) unit.checks.statement(env, node.body!)
  if (ret.type.kind === 'auto') ret.type = { kind: unit.report.hasErrors ? 'error' : 'void' }
  instance.result = ret.type
  b.end({ kind: 'return', at: node.body?.kind === 'block' ? node.body.end : node.at })
  const head = {
    name: instance.name,
    parameters,
    result: irTypeOf(ret.type) ?? ({ kind: 'void' } as const),
    at: node.at,
  }
  const small =
    node.specifiers.alwaysInline || (node.specifiers.isInline && !node.specifiers.noInline)
  instance.ir = checkEnds(
    env,
    b.finish(head, small || (node.template !== undefined && !node.specifiers.noInline)),
    instance,
  )
  instance.state = 'done'
}

/** A function with a result must not run off its end. */
function checkEnds(env: Env, fn: IrFunction, instance: Instance): IrFunction {
  if (fn.result.kind === 'void') return fn
  for (const block of fn.blocks) {
    if (block.end.kind !== 'return' || block.end.value) continue
    if (!env.unit.report.hasErrors && !env.b.exhausted) {
      env.unit.report.warning(
        'C0407',
        block.end.at,
        `'${instance.node.name}' can end here without returning ${typeName(instance.result)}.`,
      )
    }
    block.end = { ...block.end, value: { imm: 0 } }
  }
  return fn
}

function declareParameter(env: Env, instance: Instance, i: number, reg: number): void {
  const parameter = instance.node.parameters[i]!
  const type = instance.parameters[i]!
  if (parameter.name === '') return
  const node: VariableNode = {
    kind: 'variable',
    at: parameter.at,
    name: parameter.name,
    type: parameter.type,
    specifiers: {
      isStatic: false,
      isInline: false,
      isConstexpr: false,
      isExtern: false,
      isMutable: false,
      noInline: false,
      alwaysInline: false,
    },
  }
  const constant = parameter.type.constant
  const value = { type, at: parameter.at, operand: { reg } }
  if (type.kind === 'reference') {
    const place = { kind: 'memory' as const, base: { reg }, offset: 0, scope: 0 }
    const bound = {
      type: type.to,
      at: parameter.at,
      place,
      ...(type.constant ? { constant: true } : {}),
    }
    return declareLocal(
      env,
      node,
      type.to,
      { kind: 'alias', value: bound },
      { constant: type.constant },
    )
  }
  const scope = pointerScope(env, instance.node, parameter.name, type, undefined)
  if (instance.node.addressed.has(parameter.name)) {
    const memory = frameMemory(env, type, alignOf(type), parameter.at)
    store(env, memory, type, value, parameter.at)
    const offset = env.b.frameBytes - Math.max(sizeOf(type) ?? 1, 1)
    return declareLocal(env, node, type, { kind: 'frame', offset }, { constant, scope })
  }
  declareLocal(env, node, type, { kind: 'register', reg }, { constant, scope })
}
