/** Expressions: precedence climbing over unary, postfix and primary forms. */
import type { Span } from '../../../sim/diagnostics.ts'
import { fromNumber } from '../wide.ts'
import type { Cursor } from './cursor.ts'
import { kindAhead, readName, startsName, startsType, templateArguments } from './name-rules.ts'
import { readLambda } from './lambda-rules.ts'
import { readNumberLiteral, readStringLiteral } from './literal-rules.ts'
import { readCharacter } from './number.ts'
import { readTypeId } from './type-rules.ts'
import { isTypeWord } from './words.ts'
import type { BinaryOp, CastStyle, Expr, Initialiser, NamePart, UnaryOp } from './tree.ts'

const precedence: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
}

const maxChain = 400

/** Members of library types that take template arguments, so that `<` behind them opens a list. */
const memberTemplates = new Set([
  'to_vector',
  'cast_to',
  'extract',
  'insert',
  'grow',
  'grow_extract',
  'grow_replicate',
  'from_vector',
  'split',
  'cast',
  'to_vector_sign',
  'unpack_sign',
  'pack_sign',
])

/** Comma expression. */
export function readExpression(p: Cursor): Expr {
  let left = readAssignment(p)
  for (let count = 0; p.is(',') && count < maxChain; count++) {
    p.next()
    const right = readAssignment(p)
    left = { kind: 'comma', at: join(left.at, right.at), left, right }
  }
  return left
}

export function readAssignment(p: Cursor): Expr {
  return p.deeper(
    () => assignment(p, false),
    () => ({ kind: 'unsupported', at: p.peek().at }),
  )
}

/** An expression where `>` and `>>` end it. */
export function readTemplateValue(p: Cursor): Expr {
  return p.deeper(
    () => ternary(p, true),
    () => ({ kind: 'unsupported', at: p.peek().at }),
  )
}

function assignment(p: Cursor, inAngles: boolean): Expr {
  if (p.is('throw')) {
    const at = p.next().at
    p.unsupported(at, 'An exception')
    if (!p.is(';')) readAssignment(p)
    return { kind: 'unsupported', at }
  }
  const left = ternary(p, inAngles)
  const sign = p.peek()
  const op = /^([-+*/%&|^]|<<|>>)?=$/.exec(sign.kind === 'punct' ? sign.text : '')
  if (!op) return left
  p.next()
  if (!op[1] && left.kind === 'name')
    p.assigned.add(left.name.parts[left.name.parts.length - 1]?.text ?? '')
  const right = p.is('{') ? p.rules.braces(p) : readAssignment(p)
  return {
    kind: 'assign',
    at: join(left.at, right.at),
    op: (op[1] ?? '') as BinaryOp | '',
    opAt: sign.at,
    left,
    right,
  }
}

function ternary(p: Cursor, inAngles: boolean): Expr {
  const test = binary(p, 1, inAngles)
  if (!p.accept('?')) return test
  const yes = readExpression(p)
  p.expect(':', "between the two values of '?'")
  const no = p.deeper(
    () => assignment(p, inAngles),
    () => test,
  )
  return { kind: 'ternary', at: join(test.at, no.at), test, yes, no }
}

function binary(p: Cursor, minimum: number, inAngles: boolean): Expr {
  let left = unary(p)
  for (let count = 0; ; count++) {
    const sign = p.peek()
    const level = sign.kind === 'punct' ? precedence[sign.text] : undefined
    if (level === undefined || level < minimum) return left
    if (inAngles && (sign.text === '>' || sign.text === '>>' || sign.text === '>=')) return left
    if (count > maxChain) {
      p.halt('C0902', sign.at, 'This expression has too many operands in a row.')
      return left
    }
    p.next()
    if (p.is('...')) {
      p.unsupported(p.next().at, 'A fold expression')
      return left
    }
    const right = p.deeper(
      () => binary(p, level + 1, inAngles),
      () => left,
    )
    left = {
      kind: 'binary',
      at: join(left.at, right.at),
      op: sign.text as BinaryOp,
      opAt: sign.at,
      left,
      right,
    }
  }
}

function unary(p: Cursor): Expr {
  return p.deeper(
    () => unaryForm(p),
    () => ({ kind: 'unsupported', at: p.peek().at }),
  )
}

function unaryForm(p: Cursor): Expr {
  const token = p.peek()
  const at = token.at
  if (token.kind === 'punct') {
    if (['-', '+', '!', '~', '*', '&', '++', '--'].includes(token.text)) {
      p.next()
      const of = unary(p)
      if (token.text === '&') markAddressed(p, of)
      return { kind: 'unary', at: p.since(at), op: token.text as UnaryOp, of }
    }
    if (token.text === '(' && startsType(p, 1) && !constructs(p, 1)) return cStyleCast(p)
  }
  if (token.kind === 'name') {
    switch (token.text) {
      case 'sizeof':
      case 'alignof':
      case '_Alignof':
        return sizeOf(p)
      case 'new':
      case 'delete':
        p.unsupported(p.next().at, `'${token.text}'`)
        while (!p.is(';') && !p.is('}') && !p.ended) p.next()
        return { kind: 'unsupported', at }
      case 'co_await':
      case 'co_yield':
        p.unsupported(p.next().at, 'A coroutine')
        return { kind: 'unsupported', at }
      case 'not':
        p.next()
        return { kind: 'unary', at, op: '!', of: unary(p) }
    }
  }
  return postfix(p, primary(p))
}

/** `(T(x))` and `(T{})` are expressions in parentheses, `(T)x` is a cast. */
function constructs(p: Cursor, ahead: number): boolean {
  return (
    p.peek(ahead).kind === 'name' &&
    (p.is('(', ahead + 1) || p.is('{', ahead + 1)) &&
    !p.is('decltype', ahead)
  )
}

function markAddressed(p: Cursor, of: Expr): void {
  let root = of
  while (root.kind === 'index' || root.kind === 'member') root = root.of
  if (root.kind === 'name') p.addressed.add(root.name.parts[root.name.parts.length - 1]?.text ?? '')
}

function cStyleCast(p: Cursor): Expr {
  const at = p.next().at
  const type = readTypeId(p)
  p.expect(')', 'after the type of the cast')
  if (p.is('{')) return construct(p, at, type)
  const of = unary(p)
  return { kind: 'cast', at: p.since(at), style: 'c', type, of }
}

function construct(p: Cursor, at: Span, type: ReturnType<typeof readTypeId>): Expr {
  const braces = p.is('{')
  const args = readArguments(p, braces ? '}' : ')')
  return { kind: 'construct', at: p.since(at), type, args, braces }
}

function sizeOf(p: Cursor): Expr {
  const word = p.next()
  const align = word.text !== 'sizeof'
  if (p.is('...')) {
    p.unsupported(p.next().at, 'The size of a parameter pack')
    if (p.is('(')) p.skipGroup()
    return { kind: 'unsupported', at: word.at }
  }
  if (p.is('(') && startsType(p, 1)) {
    p.next()
    const type = readTypeId(p)
    p.expect(')', `after the type of ${word.text}`)
    return { kind: 'sizeof', at: p.since(word.at), align, type }
  }
  const of = unary(p)
  return { kind: 'sizeof', at: p.since(word.at), align, of }
}

/** Arguments in brackets; the opening bracket is next. */
export function readArguments(p: Cursor, close: ')' | '}' | ']'): Expr[] {
  p.next()
  const args: Expr[] = []
  while (!p.is(close) && !p.ended && !p.is(';')) {
    if (p.is('.') && close === '}') {
      p.unsupported(p.next().at, 'A designated initialiser')
      if (startsName(p)) p.next()
      p.accept('=')
    }
    args.push(p.is('{') ? readBraces(p) : readAssignment(p))
    if (p.is('...')) p.unsupported(p.next().at, 'A pack expansion')
    if (!p.accept(',')) break
  }
  p.expect(close, close === ')' ? 'after the arguments' : 'at the end of the list')
  return args
}

export function readBraces(p: Cursor): Expr {
  const at = p.peek().at
  return p.deeper(
    () => ({ kind: 'list', items: readArguments(p, '}'), at: p.since(at) }),
    () => ({ kind: 'list', items: [], at }),
  )
}

function postfix(p: Cursor, start: Expr): Expr {
  let of = start
  for (let count = 0; count < maxChain; count++) {
    const token = p.peek()
    if (token.kind !== 'punct') return of
    if (token.text === '(') {
      of = { kind: 'call', callee: of, args: readArguments(p, ')'), at: p.since(start.at) }
    } else if (token.text === '[' && !p.is('[', 1)) {
      p.next()
      const index = p.is('{') ? readBraces(p) : readExpression(p)
      p.expect(']', 'after the index')
      of = { kind: 'index', of, index, at: p.since(start.at) }
    } else if (token.text === '.' || token.text === '->') {
      p.next()
      of = {
        kind: 'member',
        of,
        arrow: token.text === '->',
        part: memberPart(p),
        at: p.since(start.at),
      }
    } else if (token.text === '++' || token.text === '--') {
      p.next()
      of = { kind: 'postfix', op: token.text as '++' | '--', of, at: p.since(start.at) }
    } else if (token.text === '.*' || token.text === '->*') {
      p.unsupported(p.next().at, 'A pointer to a member')
      return { kind: 'unsupported', at: of.at }
    } else {
      return of
    }
  }
  return of
}

function memberPart(p: Cursor): NamePart {
  const forced = p.accept('template')
  const token = p.peek()
  if (p.is('operator') || p.is('~')) {
    p.unsupported(p.next().at, 'An operator or destructor called by name')
    return { text: '', at: token.at }
  }
  if (token.kind !== 'name') {
    p.error('C0201', token.at, `The name of a member is expected, found ${p.found()}.`)
    return { text: '', at: token.at }
  }
  p.next()
  const opens = p.is('<') && (forced || memberTemplates.has(token.text))
  return opens
    ? { text: token.text, at: token.at, args: templateArguments(p) }
    : { text: token.text, at: token.at }
}

const castWords: Readonly<Record<string, CastStyle>> = {
  static_cast: 'static',
  reinterpret_cast: 'reinterpret',
  const_cast: 'const',
}

function primary(p: Cursor): Expr {
  const token = p.peek()
  const at = token.at
  switch (token.kind) {
    case 'number':
      return readNumberLiteral(p)
    case 'char': {
      const value = readCharacter(p.next().text)
      if (!value) p.error('C0003', at, `${token.text} is not a character.`)
      return { kind: 'integer', at, value: value ?? fromNumber(0), of: 'char' }
    }
    case 'string':
      return readStringLiteral(p)
    case 'punct':
      if (token.text === '(') {
        p.next()
        const inner = readExpression(p)
        p.expect(')', 'to close the parenthesis')
        return inner.kind === 'list' ? inner : { ...inner, at: p.since(at) }
      }
      if (token.text === '[') return readLambda(p)
      if (token.text === '::') return named(p)
      break
    case 'name':
      return word(p)
    default:
  }
  return missing(p)
}

function missing(p: Cursor): Expr {
  const { at } = p.peek()
  p.error('C0204', at, `An expression is expected, found ${p.found()}.`)
  p.lossy = true
  p.failedAt = p.position
  return { kind: 'unsupported', at }
}

function word(p: Cursor): Expr {
  const token = p.peek()
  const at = token.at
  const style = castWords[token.text]
  if (style) return namedCast(p, style)
  switch (token.text) {
    case 'true':
    case 'false':
      p.next()
      return { kind: 'bool', at, value: token.text === 'true' }
    case 'nullptr':
      p.next()
      return { kind: 'nullptr', at }
    case 'this':
      p.next()
      return { kind: 'this', at }
    case '__builtin_bit_cast': {
      p.next()
      p.expect('(', 'after __builtin_bit_cast')
      const type = readTypeId(p)
      p.expect(',', 'between type and value')
      const of = readAssignment(p)
      p.expect(')', 'after the value')
      return { kind: 'cast', at: p.since(at), style: 'bit', type, of }
    }
    case 'dynamic_cast':
    case 'typeid':
    case 'requires':
    case 'noexcept':
    case 'asm':
    case '__asm__':
      p.unsupported(p.next().at, `'${token.text}'`)
      while (!p.is(';') && !p.is('}') && !p.ended) p.next()
      return { kind: 'unsupported', at }
  }
  if (startsType(p)) {
    const type = isTypeWord(token.text) ? readTypeId(p) : namedType(p)
    if (p.is('(') || p.is('{')) return construct(p, at, type)
    p.error('C0204', p.peek().at, `A value is expected here, not the type '${token.text}'.`)
    return { kind: 'unsupported', at }
  }
  return startsName(p) ? named(p) : missing(p)
}

function namedType(p: Cursor): ReturnType<typeof readTypeId> {
  const { name } = readName(p)
  return { kind: 'named', at: name.at, constant: false, name }
}

function named(p: Cursor): Expr {
  if (p.is('::') && kindAhead(p, 0) === 'type') {
    const at = p.peek().at
    const type = namedType(p)
    if (p.is('(') || p.is('{')) return construct(p, at, type)
  }
  const { name } = readName(p)
  if (p.is('{') && kindOf(p, name.parts[0]?.text) === 'type') {
    return construct(p, name.at, { kind: 'named', at: name.at, constant: false, name })
  }
  return { kind: 'name', at: name.at, name }
}

function kindOf(p: Cursor, text: string | undefined): string {
  return (text !== undefined && p.scope.find(text)?.kind) || ''
}

function namedCast(p: Cursor, style: CastStyle): Expr {
  const { at, text } = p.next()
  p.expect('<', `after ${text}`)
  const type = readTypeId(p)
  p.splitAngle()
  p.expect('>', 'after the type of the cast')
  p.expect('(', 'before the value of the cast')
  const of = readExpression(p)
  p.expect(')', 'after the value of the cast')
  return { kind: 'cast', at: p.since(at), style, type, of }
}

/** `= x`, `(a, b)` or `{a, b}` behind a declared name. */
export function readInitialiser(p: Cursor): Initialiser | undefined {
  const at = p.peek().at
  if (p.accept('=')) {
    const item = p.is('{') ? readBraces(p) : readAssignment(p)
    return { style: 'assign', items: [item], at: item.at }
  }
  if (p.is('{')) return { style: 'braces', items: readArguments(p, '}'), at: p.since(at) }
  if (p.is('(')) return { style: 'parens', items: readArguments(p, ')'), at: p.since(at) }
  return undefined
}

export function join(a: Span, b: Span): Span {
  if (a.file !== b.file) return a
  return { file: a.file, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) }
}
