/** Structs, enumerations, aliases and using-declarations, at file scope and inside functions. */
import type { AliasNode, Declaration, EnumNode, FunctionNode, StructNode } from '../syntax/tree.ts'
import * as w from '../wide.ts'
import { Scope, type FunctionEntity, type StructInfo } from './entities.ts'
import { fail, type Env } from './env.ts'
import { resolveName, resolveType } from './resolve.ts'
import { alignOf, int, intOf, sizeOf, typeName, type CType, type IntKind } from './types.ts'
import { fit } from './values.ts'

export function declareStruct(env: Env, node: StructNode): void {
  const scope = new Scope(env.scope)
  const info: StructInfo = {
    name: node.name,
    at: node.at,
    fields: [],
    scope,
    methods: new Map(),
    sizeBytes: -1,
    align: 1,
  }
  const old = env.scope.names.get(node.name)
  if (old && !(old.kind === 'type' && old.at === undefined)) {
    fail(env, 'C0302', node.at, `'${node.name}' is declared twice.`)
    return
  }
  env.scope.names.set(node.name, { kind: 'type', type: { kind: 'struct', info }, at: node.at })
  const inside = { ...env, scope }
  for (const alias of node.aliases) {
    scope.names.set(alias.name, {
      kind: 'type',
      type: resolveType(inside, alias.type),
      at: alias.at,
    })
  }
  let size = 0
  for (const field of node.fields) {
    if (field.specifiers.isStatic) {
      staticMember(inside, field)
      continue
    }
    const type = resolveType(inside, field.type)
    const bytes = sizeOf(type)
    if (type.kind === 'error') continue
    if (
      bytes === undefined ||
      type.kind === 'reference' ||
      (type.kind === 'struct' && type.info === info)
    ) {
      fail(env, 'C0408', field.at, `A field cannot have the type ${typeName(type)}.`)
      continue
    }
    const align = alignOf(type)
    const offset = Math.ceil(size / align) * align
    info.fields.push({ name: field.name, type, offset, node: field })
    scope.names.set(field.name, { kind: 'field', name: field.name, type, offset })
    size = offset + bytes
    info.align = Math.max(info.align, align)
  }
  info.sizeBytes = Math.max(1, Math.ceil(size / info.align) * info.align)
  for (const method of node.methods) addMethod(inside, info, method)
}

function staticMember(env: Env, field: StructNode['fields'][number]): void {
  const type = resolveType(env, field.type)
  const item = field.init?.items[0]
  const known =
    item && intOf(type) !== undefined
      ? env.unit.checks.constant(env, item, type, `'${field.name}'`)
      : undefined
  if (!known) {
    if (type.kind !== 'error' && !item)
      fail(
        env,
        'C0801',
        field.at,
        'A static member that is not a constant: known C++, not emulated.',
      )
    return
  }
  env.scope.names.set(field.name, {
    kind: 'variable',
    name: field.name,
    type,
    constant: true,
    at: field.at,
    storage: { kind: 'none' },
    known,
    owner: undefined,
  })
}

function addMethod(env: Env, info: StructInfo, node: FunctionNode): void {
  const entity: FunctionEntity = {
    node,
    scope: info.scope,
    name: node.name,
    specialisations: [],
    instances: new Map(),
    isMethod: true,
  }
  const set = info.methods.get(node.name)
  if (set) {
    fail(env, 'C0801', node.at, 'Overloaded member functions: known C++, not emulated.')
    return
  }
  const made = { kind: 'functions' as const, name: node.name, list: [entity] }
  info.methods.set(node.name, made)
  info.scope.names.set(node.name, made)
}

export function declareEnum(env: Env, node: EnumNode): void {
  const declared = node.underlying ? intOf(resolveType(env, node.underlying)) : undefined
  const scope = new Scope(env.scope)
  const values: { name: string; value: w.Wide }[] = []
  let next = w.wideZero
  const plain = int(declared ?? 'i32')
  for (const item of node.items) {
    const inside = { ...env, scope }
    const value = item.value
      ? env.unit.checks.constant(inside, item.value, undefined, `'${item.name}'`)
      : next
    if (value) values.push({ name: item.name, value })
    if (value) next = w.add(value, w.wideOne)
    scope.names.set(item.name, {
      kind: 'variable',
      name: item.name,
      type: plain,
      constant: true,
      at: item.at,
      storage: { kind: 'none' },
      known: value ?? w.wideZero,
      owner: undefined,
    })
  }
  const underlying: IntKind =
    declared ?? (node.scoped ? 'i32' : smallest(values.map((v) => v.value)))
  const info = { name: node.name, scoped: node.scoped, underlying, scope, at: node.at }
  const type: CType = { kind: 'enum', info }
  env.scope.names.set(node.name, { kind: 'type', type, at: node.at })
  for (const item of node.items) {
    const known = fit(values.find((v) => v.name === item.name)?.value ?? w.wideZero, underlying)
    const entity = {
      kind: 'variable' as const,
      name: item.name,
      type,
      constant: true,
      at: item.at,
      storage: { kind: 'none' as const },
      known,
      owner: undefined,
    }
    scope.names.set(item.name, entity)
    if (node.scoped) continue
    if (env.scope.names.has(item.name))
      fail(env, 'C0302', item.at, `'${item.name}' is declared twice.`)
    env.scope.names.set(item.name, entity)
  }
}

/** Unscoped enumerations are unsigned 32-bit numbers unless a value is negative. */
function smallest(values: readonly w.Wide[]): IntKind {
  if (values.some((value) => value.hi < 0)) return 'i32'
  return values.some((value) => value.hi > 0) ? 'u64' : 'u32'
}

/** A name for a type: `using name = type`, `typedef`, or a template of such. */
export function declareAlias(env: Env, node: AliasNode): void {
  env.scope.names.set(
    node.name,
    node.template
      ? { kind: 'alias-template', node, scope: env.scope }
      : { kind: 'type', type: resolveType(env, node.type), at: node.at },
  )
}

export function declareUsing(
  env: Env,
  node:
    | Extract<Declaration, { kind: 'using' | 'using-namespace' | 'namespace-alias' | 'namespace' }>
    | { kind: string; at: Declaration['at'] },
): void {
  if (!('name' in node)) return
  if (node.kind === 'using-namespace' && typeof node.name !== 'string') {
    const found = resolveName(env, node.name)
    if (found.kind === 'entity' && found.entity.kind === 'namespace')
      env.scope.use(found.entity.scope)
    else if (found.kind === 'entity') fail(env, 'C0303', node.at, 'This is no namespace.')
  } else if (node.kind === 'using' && typeof node.name !== 'string') {
    const found = resolveName(env, node.name)
    const last = node.name.parts[node.name.parts.length - 1]
    if (found.kind === 'entity' && last) env.scope.names.set(last.text, found.entity)
  } else if (node.kind === 'namespace-alias' && 'of' in node) {
    const found = resolveName(env, node.of)
    if (found.kind === 'entity' && found.entity.kind === 'namespace')
      env.scope.names.set(node.name as string, found.entity)
  }
}
