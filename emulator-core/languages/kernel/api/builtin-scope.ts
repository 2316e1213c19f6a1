/**
 * The scopes that exist before the first line, for the checker and for the parser, made from the
 * same tables.
 */
import { Scope, type Entity } from '../check/entities.ts'
import { int, type CType } from '../check/types.ts'
import { NameScope, type NameEntry } from '../syntax/names.ts'
import * as w from '../wide.ts'
import {
  rawVectorType,
  standardTypes,
  typeTemplates,
  valueTraits,
  vendorTypes,
} from './builtin-types.ts'
import { modes, rawRounding } from './modes.ts'
import { apiRow } from './registry.ts'

const traitNames = new Set<string>(valueTraits)

/** Entities of the built-in names. */
export function builtinScope(): Scope {
  const global = new Scope(undefined, globalEntity)
  const aie = new Scope(global, aieEntity)
  const std = new Scope(global, stdEntity)
  global.names.set('aie', { kind: 'namespace', scope: aie })
  global.names.set('std', { kind: 'namespace', scope: std })
  for (const kind of ['rounding', 'saturation'] as const)
    aie.names.set(`${kind}_mode`, modeType(kind, aie))
  aie.names.set('operators', { kind: 'namespace', scope: new Scope(aie) })
  for (const [name, code] of Object.entries(rawRounding))
    global.names.set(name, constantEntity(name, int('i32'), code))
  return global
}

function globalEntity(name: string): Entity | undefined {
  const type = standardTypes[name] ?? vendorTypes[name] ?? rawVectorType(name)
  if (type && Object.hasOwn(standardTypes, name)) return { kind: 'type', type }
  if (type && (Object.hasOwn(vendorTypes, name) || /^v\d/.test(name))) return { kind: 'type', type }
  const row = apiRow('global', name)
  return row && { kind: 'api', row }
}

function aieEntity(name: string): Entity | undefined {
  if (typeTemplates.aie.includes(name)) return { kind: 'type-template', name }
  if (name === 'native_vector_length_v' || name === 'vector_ldst_align_v')
    return { kind: 'trait-value', name }
  const row = apiRow('aie', name)
  return row && { kind: 'api', row }
}

function stdEntity(name: string): Entity | undefined {
  if (Object.hasOwn(standardTypes, name)) return { kind: 'type', type: standardTypes[name]! }
  if (typeTemplates.std.includes(name)) return { kind: 'type-template', name }
  if (traitNames.has(name)) return { kind: 'trait-value', name }
  if (name === 'true_type' || name === 'false_type') {
    const value = {
      kind: 'value' as const,
      value: w.fromNumber(name === 'true_type' ? 1 : 0),
      type: int('bool'),
    }
    return { kind: 'type', type: { kind: 'trait', name: 'bool_constant', args: [value] } }
  }
  const row = apiRow('std', name)
  return row && { kind: 'api', row }
}

function constantEntity(
  name: string,
  type: CType,
  value: number,
): Extract<Entity, { kind: 'variable' }> {
  return {
    kind: 'variable',
    name,
    type,
    constant: true,
    at: { file: '', start: 0, end: 0 },
    storage: { kind: 'none' },
    known: w.fromNumber(value),
    owner: undefined,
  }
}

function modeType(kind: 'rounding' | 'saturation', parent: Scope): Entity {
  const scope = new Scope(parent)
  const info = { name: `aie::${kind}_mode`, scoped: true, underlying: 'u32' as const, scope }
  const type: CType = { kind: 'enum', info }
  for (const [name, code] of Object.entries(modes[kind]))
    scope.names.set(name, constantEntity(name, type, code))
  return { kind: 'type', type }
}

/** What the parser must know of the same names. */
export function builtinNames(): NameScope {
  const kindOf = (entity: Entity | undefined): NameEntry | undefined => {
    if (!entity) return undefined
    if (entity.kind === 'type') return { kind: 'type' }
    if (entity.kind === 'type-template') return { kind: 'type-template' }
    return { kind: 'template' }
  }
  const global = new NameScope(undefined, (name) => kindOf(globalEntity(name)))
  const aie = new NameScope(global, (name) => kindOf(aieEntity(name)))
  const std = new NameScope(global, (name) => kindOf(stdEntity(name)))
  for (const kind of ['rounding', 'saturation'] as const) {
    const inside = new NameScope(aie)
    for (const name of Object.keys(modes[kind])) inside.declare(name, 'value')
    aie.declare(`${kind}_mode`, 'type', inside)
  }
  aie.declare('operators', 'namespace', new NameScope(aie))
  global.declare('aie', 'namespace', aie)
  global.declare('std', 'namespace', std)
  for (const name of Object.keys(rawRounding)) global.declare(name, 'value')
  return global
}
