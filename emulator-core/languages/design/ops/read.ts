/** Small readers that several rows share, and small questions to a finished operation. */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Parser } from '../syntax/parser.ts'
import { Kind } from '../syntax/lexer.ts'
import type { Attr, Attrs, Op, Operand, Region, Value } from '../syntax/tree.ts'
import { intType } from '../syntax/tree.ts'
import type { OpDraft } from './row.ts'

/** Puts an operand into a group. */
export function put(op: OpDraft, group: string, ...operands: Operand[]): void {
  const list = op.groups.get(group)
  if (list) list.push(...operands)
  else op.groups.set(group, operands)
}

/** First operand of a group. */
export function operandOf(op: Op, group: string): Operand | undefined {
  return op.groups.get(group)?.[0]
}

export function valueOf(op: Op, group: string): Value | undefined {
  return operandOf(op, group)?.value
}

export function operandsOf(op: Op, group: string): readonly Operand[] {
  return op.groups.get(group) ?? []
}

/** Integer attribute; booleans and units count as 1. */
export function intOf(op: Op, key: string): number | undefined {
  return intIn(op.attrs, key)
}

export function intIn(attrs: Attrs, key: string): number | undefined {
  const attr = attrs.get(key)
  if (attr?.kind === 'int') return attr.value
  if (attr?.kind === 'bool') return attr.value ? 1 : 0
  return attr?.kind === 'unit' ? 1 : undefined
}

/** True when a flag is set: `flag`, `flag = true`, `flag = 1`. */
export function flagOf(op: Op, key: string): boolean {
  return (intOf(op, key) ?? 0) !== 0
}

/** A word, string or symbol attribute as text. */
export function textOf(op: Op, key: string): string | undefined {
  const attr = op.attrs.get(key)
  if (attr?.kind === 'string') return attr.value
  if (attr?.kind === 'keyword') return attr.name
  return attr?.kind === 'symbol' ? attr.path.at(-1) : undefined
}

export function itemsOf(op: Op, key: string): readonly Attr[] {
  const attr = op.attrs.get(key)
  return attr?.kind === 'array' ? attr.items : []
}

/** Integers of a list attribute. */
export function intsOf(op: Op, key: string): readonly number[] | undefined {
  const attr = op.attrs.get(key)
  if (attr?.kind !== 'array') return undefined
  return attr.items.map((i) => (i.kind === 'int' ? i.value : 0))
}

/** Place of an attribute, or of the operation's name. */
export function placeOf(op: Op, key: string): Span {
  return op.attrs.get(key)?.at ?? op.nameAt
}

/** Operations of the first body, when it is one block. */
export function bodyOf(op: Op): readonly Op[] {
  return op.regions[0]?.blocks.flatMap((b) => b.ops) ?? []
}

/** `DIR, channel` */
export function direction(p: Parser, op: OpDraft): void {
  p.keywordAttr(op.attrs, 'channel_dir', 'S2MM or MM2S')
  p.expect(',', 'after the direction')
  p.integerAttr(op.attrs, 'channel_index', 'a channel number')
}

/** `Bundle : channel` */
export function port(p: Parser, op: OpDraft, prefix: string): void {
  p.keywordAttr(op.attrs, `${prefix}_bundle`, 'a port bundle')
  p.expect(':', 'after the bundle')
  p.integerAttr(op.attrs, `${prefix}_channel`, 'a channel number')
}

/** A number or a value: the number goes to attribute `key`, the value to the group of that name. */
export function numberOrValue(p: Parser, op: OpDraft, key: string, what: string): void {
  if (p.kind === Kind.value) put(op, key, p.operand())
  else p.integerAttr(op.attrs, key, what)
}

/**
 * `[1, %n, 3]`: numbers go to the list attribute `static_<key>`, values to the group `key`, a value's place in the
 * list is marked by the smallest 64-bit number.
 */
export function mixedList(p: Parser, op: OpDraft, key: string): void {
  const start = p.lexer.start
  const items: Attr[] = []
  p.list('[', ']', `in the ${key}`, () => {
    const at = p.here
    if (p.kind === Kind.value) {
      put(op, key, p.operand())
      items.push({ kind: 'int', value: dynamic, low: 0, at })
    } else {
      const value = p.integer('a number')
      items.push({ kind: 'int', value, low: value | 0, at })
    }
  })
  op.attrs.set(`static_${key}`, { kind: 'array', items, at: p.spanFrom(start) })
}

/** Stands in a static list for a number that is a value. */
export const dynamic = -(2 ** 63)

/** A body that may be missing. */
export function optionalRegion(
  p: Parser,
  op: OpDraft,
  args: readonly Value[] = [],
): Region | undefined {
  if (!p.is('{')) return undefined
  const region = p.region(args)
  op.regions.push(region)
  return region
}

/** `(%a: type, %b: type)` */
export function argumentList(p: Parser): Value[] {
  const args: Value[] = []
  p.list('(', ')', 'in the list of arguments', () => {
    args.push(p.argument(args.length))
    p.dict(new Map())
  })
  return args
}

/** `(%a, %b)[%s]` */
export function mapOperands(p: Parser, op: OpDraft, group: string): void {
  put(op, group, ...p.operands('(', ')', 'in the operands of the map'))
  if (p.is('[')) put(op, group, ...p.operands('[', ']', 'in the symbols of the map'))
}

export const handle = { kind: 'index' } as const
export const i1 = intType(1)
