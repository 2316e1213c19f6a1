/** Literals: numbers with their types, strings laid end to end. */
import { less, fromNumber, wide } from '../wide.ts'
import type { Cursor } from './cursor.ts'
import { readNumber, readString } from './number.ts'
import type { BuiltinName, Expr } from './tree.ts'

export function readNumberLiteral(p: Cursor): Expr {
  const token = p.next()
  const literal = readNumber(token.text)
  if (literal.kind === 'bad') {
    p.error('C0003', token.at, `${literal.why}.`)
    return { kind: 'integer', at: token.at, value: fromNumber(0), of: 'i32' }
  }
  if (literal.kind === 'real')
    return { kind: 'real', at: token.at, value: literal.value, single: literal.single }
  const fits = (limit: number, high = 0): boolean => !less(wide(limit, high), literal.value, false)
  let of: BuiltinName
  if (literal.long < 2 && !literal.unsigned && fits(0x7fffffff)) of = 'i32'
  else if (literal.long < 2 && (literal.unsigned || !literal.decimal) && fits(-1)) of = 'u32'
  else if (!literal.unsigned && fits(-1, 0x7fffffff)) of = 'i64'
  else of = 'u64'
  return { kind: 'integer', at: token.at, value: literal.value, of }
}

export function readStringLiteral(p: Cursor): Expr {
  const at = p.peek().at
  const codes: number[] = []
  while (p.peek().kind === 'string') {
    const token = p.next()
    const read = readString(token.text)
    if (!read) p.error('C0003', token.at, 'This string has a malformed escape.')
    codes.push(...(read ?? []).slice(0, 4096))
  }
  return { kind: 'string', at: p.since(at), codes }
}
