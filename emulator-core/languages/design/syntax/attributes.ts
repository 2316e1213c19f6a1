/** Reads attributes: numbers, strings, symbols, lists, dictionaries, dense constants, the dialect's own. */
import { Kind, integerOf } from './lexer.ts'
import type { Parser } from './parser.ts'
import { readAffineMap, skipAngles, startsType } from './types.ts'
import type { Attr, Attrs, Type } from './tree.ts'

/** The attribute that starts at the current token. */
export function attributeOf(p: Parser): Attr {
  return p.nested(() => readAttribute(p))
}

/** `{key, key = value, ...}`; keys already there are replaced. */
export function attributeDict(p: Parser, attrs: Attrs): void {
  p.list('{', '}', 'in the attributes', () => entry(p, attrs))
}

function entry(p: Parser, attrs: Attrs): void {
  const at = p.here
  const key = p.keyword('the name of an attribute')
  attrs.set(key, p.accept('=') ? p.attribute() : { kind: 'unit', at })
}

function readAttribute(p: Parser): Attr {
  const start = p.lexer.start
  const at = () => p.spanFrom(start)
  if (p.is('-') || p.kind === Kind.integer || p.kind === Kind.float)
    return numberAttribute(p, start)
  if (p.kind === Kind.string) {
    const value = p.string()
    if (p.accept(':')) p.type()
    return { kind: 'string', value, at: at() }
  }
  if (p.kind === Kind.symbol) return { kind: 'symbol', path: p.symbolPath('a symbol'), at: at() }
  if (p.is('[')) {
    const items: Attr[] = []
    p.list('[', ']', 'in the list', () => items.push(p.attribute()))
    return { kind: 'array', items, at: at() }
  }
  if (p.is('{')) {
    const entries: Attrs = new Map()
    attributeDict(p, entries)
    return { kind: 'dict', entries, at: at() }
  }
  if (p.is('<')) return { kind: 'dict', entries: fields(p), at: at() }
  if (p.kind === Kind.hash) return dialectAttribute(p, start)
  if (p.kind === Kind.bare) return wordAttribute(p, start)
  if (startsType(p)) return { kind: 'type', type: p.type(), at: at() }
  return p.fail(`expected an attribute, found ${p.found()}`)
}

function numberAttribute(p: Parser, start: number): Attr {
  const negative = p.accept('-')
  const { word } = p.lexer
  const isFloat = p.kind === Kind.float
  if (!isFloat && p.kind !== Kind.integer) p.fail(`expected a number, found ${p.found()}`)
  p.advance()
  const type = p.accept(':') ? p.type() : undefined
  const at = p.spanFrom(start)
  const typed = type ? { type } : {}
  const asFloat = isFloat || (type?.kind === 'float' && !word.startsWith('0x'))
  if (asFloat)
    return { kind: 'float', value: negative ? -Number(word) : Number(word), ...typed, at }
  const { value, low } = integerOf(word)
  return {
    kind: 'int',
    value: negative ? -value : value,
    low: negative ? -low | 0 : low,
    ...typed,
    at,
  }
}

function wordAttribute(p: Parser, start: number): Attr {
  const at = () => p.spanFrom(start)
  const { word } = p.lexer
  switch (word) {
    case 'true':
    case 'false':
      p.advance()
      return { kind: 'bool', value: word === 'true', at: at() }
    case 'unit':
      p.advance()
      return { kind: 'unit', at: at() }
    case 'dense':
      p.advance()
      return denseAttribute(p, start)
    case 'array':
      p.advance()
      return denseArray(p, start)
    case 'affine_map':
      p.advance()
      return { kind: 'map', map: readAffineMap(p), at: at() }
    case 'dense_resource':
    case 'affine_set':
    case 'sparse':
      p.advance()
      skipAngles(p)
      if (p.accept(':')) p.type()
      return { kind: 'opaque', text: word, at: at() }
    case 'loc':
      p.advance()
      skipParentheses(p)
      return { kind: 'opaque', text: word, at: at() }
    default:
      if (startsType(p)) return { kind: 'type', type: p.type(), at: at() }
      p.advance()
      return { kind: 'keyword', name: word, at: at() }
  }
}

/** Skips `(...)` with everything inside. */
export function skipParentheses(p: Parser): void {
  let depth = 0
  do {
    if (p.is('(')) depth++
    else if (p.is(')')) depth--
    if (p.kind === Kind.end) p.fail(`expected ')', found the end of the file`)
    p.advance()
  } while (depth > 0)
}

function dialectAttribute(p: Parser, start: number): Attr {
  const { word } = p.lexer
  const alias = p.attributeAliases.get(word)
  p.advance()
  if (alias) return alias
  const at = () => p.spanFrom(start)
  if (!p.is('<')) return { kind: 'opaque', text: word, at: at() }
  const inner = p.lexer.start
  p.advance()
  if (p.is('[')) {
    const list = p.attribute()
    p.expect('>', `to close '${word}'`)
    return list
  }
  p.lexer.seek(inner)
  const following = /<\s*[\w.]+\s*=/y
  following.lastIndex = inner
  if (following.test(p.source.text)) return { kind: 'dict', entries: fields(p), at: at() }
  p.advance()
  if (p.kind === Kind.bare || p.isInteger()) {
    const body = p.attribute()
    // Before 2025: #aie<bd_dim_layout_array[...]>
    const list = p.is('[') ? p.attribute() : body
    if (p.accept('>')) return list
  }
  p.lexer.seek(inner)
  skipAngles(p)
  return { kind: 'opaque', text: word, at: at() }
}

/** `<key = value, ...>` */
function fields(p: Parser): Attrs {
  const entries: Attrs = new Map()
  p.list('<', '>', 'in the fields', () => entry(p, entries))
  return entries
}

function denseArray(p: Parser, start: number): Attr {
  p.expect('<', `after 'array'`)
  const element = p.type()
  const items: Attr[] = []
  if (p.accept(':')) {
    do items.push(p.attribute())
    while (p.accept(','))
  }
  p.expect('>', 'to close the array')
  void element
  return { kind: 'array', items, at: p.spanFrom(start) }
}

function denseAttribute(p: Parser, start: number): Attr {
  p.expect('<', `after 'dense'`)
  const values: number[] = []
  let hex: string | undefined
  let splat = false
  if (p.kind === Kind.string) hex = p.string()
  else if (!p.is('>')) {
    splat = !p.is('[')
    denseElements(p, values)
  }
  p.expect('>', 'to close the constant')
  const type: Type | undefined = p.accept(':') ? p.type() : undefined
  const at = p.spanFrom(start)
  return {
    kind: 'dense',
    splat,
    values,
    ...(hex === undefined ? {} : { hex }),
    ...(type ? { type } : {}),
    at,
  }
}

function denseElements(p: Parser, values: number[]): void {
  if (p.is('[')) {
    p.list('[', ']', 'in the constant', () => p.nested(() => denseElements(p, values)))
    return
  }
  if (p.accept('true')) values.push(1)
  else if (p.accept('false')) values.push(0)
  else {
    const negative = p.accept('-')
    if (p.kind !== Kind.integer && p.kind !== Kind.float)
      p.fail(`expected a number, found ${p.found()}`)
    const value = p.kind === Kind.integer ? integerOf(p.lexer.word).value : Number(p.lexer.word)
    p.advance()
    values.push(negative ? -value : value)
  }
}
