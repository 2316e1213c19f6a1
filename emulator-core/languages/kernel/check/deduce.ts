/** Deduction of template arguments from the types of call arguments. */
import type { Expr, TemplateParameter, TypeNode } from '../syntax/tree.ts'
import * as w from '../wide.ts'
import type { Scope, Value } from './entities.ts'
import {
  elementType,
  int,
  sameType,
  withoutReference,
  type CType,
  type TemplateValue,
} from './types.ts'

type Deduced = (TemplateValue | undefined)[]

/** The type an argument offers for deduction: arrays decay unless a reference takes them. */
export function argumentType(value: Value, node: TypeNode): CType {
  if (value.type.kind === 'array' && node.kind !== 'reference') {
    return {
      kind: 'pointer',
      to: value.type.of,
      constant: value.type.constant || value.constant === true,
    }
  }
  if (node.kind === 'pointer' && value.type.kind === 'array') {
    return { kind: 'pointer', to: value.type.of, constant: value.constant === true }
  }
  return value.type
}

/** Fills `out` from one parameter; false when it contradicts what was deduced before. */
export function deduce(
  node: TypeNode,
  type: CType,
  parameters: readonly TemplateParameter[],
  out: Deduced,
  scope: Scope,
): boolean {
  switch (node.kind) {
    case 'reference':
      return deduce(node.to, withoutReference(type), parameters, out, scope)
    case 'pointer':
      return type.kind !== 'pointer' || deduce(node.to, type.to, parameters, out, scope)
    case 'array':
      if (type.kind !== 'array') return true
      if (!deduce(node.of, type.of, parameters, out, scope)) return false
      return !node.length || deduceValue(node.length, type.length, parameters, out)
    case 'named':
      return deduceNamed(node, type, parameters, out, scope)
    default:
      return true
  }
}

function deduceNamed(
  node: Extract<TypeNode, { kind: 'named' }>,
  type: CType,
  parameters: readonly TemplateParameter[],
  out: Deduced,
  scope: Scope,
): boolean {
  const { parts } = node.name
  const last = parts[parts.length - 1]
  if (!last) return true
  if (parts.length === 1 && !last.args) {
    const index = parameters.findIndex((p) => p.kind === 'type' && p.name === last.text)
    return index < 0 || agree(out, index, { kind: 'type', type })
  }
  if (!last.args) return true
  const offered = templateShape(last.text, type)
  if (!offered) return true
  return last.args.every((arg, i) => {
    const value = offered[i]
    if (!value) return true
    if (arg.kind === 'type')
      return value.kind !== 'type' || deduce(arg.type, value.type, parameters, out, scope)
    if (value.kind === 'value')
      return deduceValue(arg.value, w.toNumber(value.value), parameters, out)
    const name = arg.value.kind === 'name' ? arg.value.name.parts[0]?.text : undefined
    const index = parameters.findIndex((p) => p.kind === 'type' && p.name === name)
    return index < 0 || agree(out, index, value)
  })
}

/** The template arguments that a library type was made of. */
function templateShape(name: string, type: CType): TemplateValue[] | undefined {
  const count = (n: number): TemplateValue => ({
    kind: 'value',
    value: w.fromNumber(n),
    type: int('u32'),
  })
  if (name === 'vector' && type.kind === 'vector')
    return [{ kind: 'type', type: elementType(type.of) }, count(type.lanes)]
  if (name === 'accum' && type.kind === 'accum')
    return [{ kind: 'type', type: { kind: 'tag', name: type.of } }, count(type.lanes)]
  if (name === 'mask' && type.kind === 'mask') return [count(type.lanes)]
  return undefined
}

function deduceValue(
  node: Expr,
  n: number,
  parameters: readonly TemplateParameter[],
  out: Deduced,
): boolean {
  const name =
    node.kind === 'name' && node.name.parts.length === 1 ? node.name.parts[0]!.text : undefined
  const index = parameters.findIndex((p) => p.kind === 'value' && p.name === name)
  return index < 0 || agree(out, index, { kind: 'value', value: w.fromNumber(n), type: int('i32') })
}

function agree(out: Deduced, index: number, value: TemplateValue): boolean {
  const known = out[index]
  if (!known) {
    out[index] = value
    return true
  }
  if (known.kind === 'type') return value.kind === 'type' && sameType(known.type, value.type)
  return value.kind === 'value' && w.equal(known.value, value.value)
}
