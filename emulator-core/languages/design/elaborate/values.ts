/** Numbers that are known before the run: constants, and what simple arithmetic makes of them. */
import { integerOf } from '../syntax/lexer.ts'
import type { Attr, Op, Operand, Value } from '../syntax/tree.ts'
import { dynamic } from '../ops/read.ts'

/** Values bound while a sequence is walked: loop variables and carried values. */
export type Environment = ReadonlyMap<Value, number>

const none: Environment = new Map()

/** The number a value is, when it is known before the run. */
export function constantOf(value: Value | undefined, env: Environment = none): number | undefined {
  if (!value) return undefined
  const bound = env.get(value)
  if (bound !== undefined) return bound
  const { op } = value
  if (!op) return undefined
  if (op.name === 'arith.constant' || op.name === 'index.constant') {
    const attr = op.attrs.get('value')
    if (attr?.kind === 'int' || attr?.kind === 'float') return attr.value
    return attr?.kind === 'bool' ? Number(attr.value) : undefined
  }
  const args = op.groups.get('args')?.map((a) => constantOf(a.value, env))
  if (!args || args.length === 0 || args.some((a) => a === undefined)) return undefined
  return fold(op.name, args as number[])
}

function fold(name: string, [a, b]: readonly number[]): number | undefined {
  switch (name) {
    case 'arith.addi':
      return a! + b!
    case 'arith.subi':
      return a! - b!
    case 'arith.muli':
      return a! * b!
    case 'arith.divsi':
    case 'arith.divui':
      return b === 0 ? undefined : Math.trunc(a! / b!)
    case 'arith.remsi':
    case 'arith.remui':
      return b === 0 ? undefined : a! % b!
    case 'arith.minsi':
    case 'arith.minui':
      return Math.min(a!, b!)
    case 'arith.maxsi':
    case 'arith.maxui':
      return Math.max(a!, b!)
    case 'arith.index_cast':
    case 'arith.index_castui':
    case 'arith.extsi':
    case 'arith.extui':
    case 'arith.trunci':
      return a
    default:
      return undefined
  }
}

/** A number written as an attribute, or as an operand of a group with the same name. */
export function numberOf(op: Op, key: string, env: Environment = none): number | undefined {
  const operand: Operand | undefined = op.groups.get(key)?.[0]
  if (operand) return constantOf(operand.value, env)
  const attr = op.attrs.get(key)
  if (attr?.kind === 'int') return attr.value
  if (attr?.kind === 'bool') return Number(attr.value)
  return attr?.kind === 'unit' ? 1 : undefined
}

/** The numbers of a mixed list; undefined where one is not known. */
export function mixedNumbers(
  op: Op,
  key: string,
  env: Environment = none,
): (number | undefined)[] | undefined {
  const attr = op.attrs.get(`static_${key}`)
  if (attr?.kind !== 'array') return undefined
  const values = op.groups.get(key) ?? []
  let next = 0
  return attr.items.map((i) => {
    if (i.kind !== 'int') return undefined
    return i.value === dynamic ? constantOf(values[next++]?.value, env) : i.value
  })
}

/** `[<size = s, stride = t>, ...]` as lists, outermost first; undefined when it is something else. */
export function dimensionPairs(
  attr: Attr | undefined,
): { sizes: number[]; strides: number[] } | undefined {
  const pairs = pairsOf(attr, 'size', 'stride')
  return pairs && { sizes: pairs.map((p) => p[0]), strides: pairs.map((p) => p[1]) }
}

/** `[<const_pad_before = b, const_pad_after = a>, ...]`. */
export function padPairs(attr: Attr | undefined): { before: number; after: number }[] | undefined {
  return pairsOf(attr, 'const_pad_before', 'const_pad_after')?.map(([before, after]) => ({
    before,
    after,
  }))
}

function pairsOf(
  attr: Attr | undefined,
  first: string,
  second: string,
): [number, number][] | undefined {
  if (attr?.kind !== 'array') return undefined
  const pairs: [number, number][] = []
  for (const item of attr.items) {
    if (item.kind !== 'dict') return undefined
    const a = item.entries.get(first)
    const b = item.entries.get(second)
    if (a?.kind !== 'int' || b?.kind !== 'int') return undefined
    pairs.push([a.value, b.value])
  }
  return pairs
}

/** `<pkt_type = t, pkt_id = i>`; also from two numbers written as text. */
export function packetOf(attr: Attr | undefined): { id: number; type: number } | undefined {
  if (attr?.kind !== 'dict') return undefined
  const number = (key: string) => {
    const entry = attr.entries.get(key)
    if (entry?.kind === 'int') return entry.value
    return entry?.kind === 'keyword' ? integerOf(entry.name).value : 0
  }
  return { id: number('pkt_id'), type: number('pkt_type') }
}
