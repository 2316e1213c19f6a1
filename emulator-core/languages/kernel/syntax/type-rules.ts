/** Types: specifiers, declarators and type-ids. */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Cursor } from './cursor.ts'
import { behindName, kindAhead, readName, startsName, startsType } from './name-rules.ts'
import { isRestrict, isSpecifierWord, isTypeWord } from './words.ts'
import type {
  BuiltinName,
  Declaration,
  Expr,
  Name,
  ParameterNode,
  Specifiers,
  TypeNode,
} from './tree.ts'

export interface SpecifierRead {
  readonly at: Span
  readonly type: TypeNode | undefined
  readonly specifiers: Specifiers
  readonly isTypedef: boolean
  /** Struct or enum defined in place. */
  readonly defines?: Declaration
}

/** Rule for `struct X { … }` and `enum X { … }`, given by the declarations file. */
export type DefinitionRule = (p: Cursor) => { type: TypeNode; defines?: Declaration } | undefined

/**
 * Skips attributes and vendor words that have no effect here; gives the text of what it skipped.
 */
export function skipAttributes(p: Cursor): string {
  let text = ''
  for (;;) {
    if (p.is('[') && p.is('[', 1)) {
      text += groupText(p)
    } else if (p.is('__attribute__') || p.is('__attribute') || p.is('__declspec')) {
      p.next()
      if (p.is('(')) text += groupText(p)
    } else if (/^chess_\w+$/.test(p.peek().text) && p.peek().kind === 'name') {
      text += ` ${p.next().text}`
      if (p.is('(')) text += groupText(p)
    } else if (p.is('__extension__')) {
      p.next()
    } else {
      return text
    }
  }
}

/** Skips a bracketed group and gives its spelling. */
function groupText(p: Cursor): string {
  let text = ''
  let depth = 0
  while (!p.ended) {
    const token = p.next()
    text += token.text
    if (token.kind !== 'punct') continue
    if (token.text === '(' || token.text === '[') depth++
    if ((token.text === ')' || token.text === ']') && --depth === 0) break
    if (token.text === ';' || token.text === '{') break
  }
  return `${text} `
}

/** True when a declaration begins here (in a block). */
export function startsDeclaration(p: Cursor): boolean {
  const token = p.peek()
  if (token.kind === 'punct') {
    if (token.text === '[' && p.is('[', 1)) return true
    if (token.text !== '::') return false
  } else if (token.kind !== 'name') {
    return false
  }
  if (isTypeWord(token.text) || isSpecifierWord(token.text)) return true
  if (['using', 'static_assert', 'template', 'namespace'].includes(token.text)) return true
  if (!startsName(p) || !startsType(p)) return unknownType(p)
  return !castFollows(p)
}

/** `Missing x = …`: an undeclared name followed by a name must be meant as a type. */
function unknownType(p: Cursor): boolean {
  if (
    !startsName(p) ||
    p.is('::') ||
    kindAhead(p, 0) !== 'unknown' ||
    p.peek().text.startsWith('chess_')
  )
    return false
  const behind = behindName(p, 0)
  return startsName(p, behind) && !p.is('::', behind)
}

/** A type name followed by `(` or `{` begins an expression. */
function castFollows(p: Cursor): boolean {
  return p.peek().kind === 'name' && (p.is('(', 1) || p.is('{', 1))
}

export function readSpecifiers(p: Cursor, definition: DefinitionRule): SpecifierRead {
  const at = p.peek().at
  const words: string[] = []
  const flags = {
    isStatic: false,
    isInline: false,
    isConstexpr: false,
    isExtern: false,
    isMutable: false,
  }
  let attributes = ''
  let align: Expr | undefined
  let type: TypeNode | undefined
  let defines: Declaration | undefined
  let constant = false
  let isTypedef = false
  for (;;) {
    attributes += skipAttributes(p)
    const token = p.peek()
    const text = token.kind === 'name' ? token.text : ''
    if (text === 'const') constant = true
    else if (text === 'static') flags.isStatic = true
    else if (text === 'extern') flags.isExtern = true
    else if (text === 'mutable') flags.isMutable = true
    else if (text === 'typedef') isTypedef = true
    else if (text === 'constexpr' || text === 'consteval') flags.isConstexpr = true
    else if (text === 'inline' || text === '__inline' || text === '__inline__')
      flags.isInline = true
    else if (text === '__forceinline') attributes += ' always_inline'
    else if (['volatile', 'register', 'constinit', 'explicit'].includes(text)) words.length += 0
    else if (text === 'virtual' || text === 'friend' || text === 'thread_local')
      p.unsupported(token.at, `'${text}'`)
    else if (text === 'alignas' || text === '_Alignas') {
      p.next()
      if (p.expect('(', 'after alignas')) {
        align = startsType(p)
          ? { kind: 'sizeof', at: token.at, align: true, type: p.rules.typeId(p) }
          : p.rules.expression(p)
        p.expect(')', 'after the alignment')
      }
      continue
    } else if (text === 'typename') {
      p.next()
      const { name } = readName(p)
      type = { kind: 'named', at: name.at, constant: false, name }
      continue
    } else if (text === 'decltype') {
      type = readDecltype(p)
      continue
    } else if (['struct', 'class', 'enum', 'union'].includes(text) && !type && words.length === 0) {
      const read = definition(p)
      type = read?.type
      defines = read?.defines
      // What stands on the next line begins another declaration: the semicolon is missing.
      if (!read || (defines && p.peek().first)) break
      continue
    } else if (isTypeWord(text) && !type) words.push(text)
    else if (!type && words.length === 0 && startsName(p) && (startsType(p) || unknownType(p))) {
      const { name, kind } = readName(p)
      if (kind === 'unknown') {
        p.error('C0301', name.at, `'${spellName(name)}' is not the name of a type.`)
        p.lossy = true
        if (p.is('<')) for (let n = behindName(p, -1); n > 0; n--) p.next()
      }
      type = { kind: 'named', at: name.at, constant: false, name }
      continue
    } else break
    p.next()
  }
  if (!type && words.length > 0) type = builtinType(p, words, p.since(at))
  if (type && constant) type = { ...type, constant: true }
  const specifiers: Specifiers = {
    ...flags,
    noInline: /noinline/.test(attributes),
    alwaysInline: /always_inline/.test(attributes),
    ...(align ? { align } : {}),
  }
  return { at, type, specifiers, isTypedef, ...(defines ? { defines } : {}) }
}

function readDecltype(p: Cursor): TypeNode {
  const at = p.next().at
  p.expect('(', 'after decltype')
  const auto = p.accept('auto')
  const of: Expr = auto ? { kind: 'unsupported', at } : p.rules.expression(p)
  p.expect(')', 'after the operand of decltype')
  if (auto) return { kind: 'builtin', at, constant: false, of: 'auto' }
  return { kind: 'decltype', at: p.since(at), constant: false, of }
}

function builtinType(p: Cursor, words: readonly string[], at: Span): TypeNode {
  const has = (word: string): boolean => words.includes(word)
  const longs = words.filter((word) => word === 'long').length
  const unsigned = has('unsigned')
  let of: BuiltinName
  if (has('void')) of = 'void'
  else if (has('bool')) of = 'bool'
  else if (has('auto')) of = 'auto'
  else if (has('float')) of = 'float'
  else if (has('double')) of = 'double'
  else if (has('char')) of = unsigned ? 'u8' : has('signed') ? 'i8' : 'char'
  else if (has('char8_t')) of = 'u8'
  else if (has('short') || has('char16_t')) of = unsigned || has('char16_t') ? 'u16' : 'i16'
  else if (longs >= 2) of = unsigned ? 'u64' : 'i64'
  else of = unsigned || has('char32_t') ? 'u32' : 'i32'
  const clash =
    words.filter((w) => ['void', 'bool', 'auto', 'float', 'double', 'char', 'int'].includes(w))
      .length > 1
  if (clash || longs > 2) p.error('C0408', at, `'${words.join(' ')}' is not a type.`)
  if (has('__int128')) p.unsupported(at, '128-bit integers')
  return { kind: 'builtin', at, constant: false, of }
}

export function spellName(name: Name): string {
  return (name.global ? '::' : '') + name.parts.map((part) => part.text).join('::')
}

export interface Declarator {
  readonly at: Span
  readonly name: Name | undefined
  readonly type: TypeNode
  /** Present for a function declarator. */
  readonly parameters?: readonly ParameterNode[]
  readonly attributes: string
  /** A parameter pack or other form that was refused. */
  readonly refused?: boolean
}

/** Reads pointers, references, the name, array bounds and a parameter list around `base`. */
export function readDeclarator(
  p: Cursor,
  base: TypeNode,
  functions: 'always' | 'if-types' | 'never',
): Declarator {
  let type = readPointers(p, base)
  let attributes = skipAttributes(p)
  const at = p.peek().at
  if (p.is('(') && (p.is('*', 1) || p.is('&', 1) || p.is('&&', 1))) return readNested(p, type)
  if (p.is('...')) {
    p.unsupported(p.next().at, 'A parameter pack')
    if (startsName(p)) p.next()
    return { at, name: undefined, type, attributes, refused: true }
  }
  if (p.is('operator')) {
    p.unsupported(at, 'An operator defined by the user')
    while (!p.is('(') && !p.is(';') && !p.is('{') && !p.ended) p.next()
    if (p.is('(')) p.skipGroup()
    return { at, name: undefined, type, attributes, refused: true }
  }
  const name = startsName(p) ? readName(p).name : undefined
  attributes += skipAttributes(p)
  if (
    p.is('(') &&
    name &&
    functions !== 'never' &&
    (functions === 'always' ? fileScopeFunction(p) : listsTypes(p))
  ) {
    const parameters = p.rules.parameters(p)
    attributes += readTrailing(p)
    if (p.accept('->')) type = p.rules.typeId(p)
    return { at: name.at, name, type, parameters, attributes }
  }
  type = readBounds(p, type)
  attributes += skipAttributes(p)
  return { at: name?.at ?? at, name, type, attributes }
}

function readTrailing(p: Cursor): string {
  let text = ''
  for (;;) {
    text += skipAttributes(p)
    if (p.accept('const') || p.accept('override') || p.accept('final') || p.accept('&')) continue
    if (p.accept('noexcept')) {
      if (p.is('(')) p.skipGroup()
      continue
    }
    return text
  }
}

/**
 * At file scope `T x(1)` initialises a variable; anything else in parentheses is a parameter list.
 */
function fileScopeFunction(p: Cursor): boolean {
  const token = p.peek(1)
  return (
    !(token.kind === 'number' || token.kind === 'string' || token.kind === 'char') && !valueFirst(p)
  )
}

function valueFirst(p: Cursor): boolean {
  if (!startsName(p, 1) || startsType(p, 1)) return false
  return kindAhead(p, 1) === 'value'
}

/** In a block only a list of types makes a function declaration. */
function listsTypes(p: Cursor): boolean {
  return p.is(')', 1) || (startsType(p, 1) && !(p.is('(', 2) || p.is('{', 2)))
}

function readPointers(p: Cursor, base: TypeNode): TypeNode {
  let type = base
  for (;;) {
    const at = p.peek().at
    if (p.accept('*')) {
      let constant = false
      let restrict = false
      for (;;) {
        if (p.accept('const')) constant = true
        else if (p.peek().kind === 'name' && isRestrict(p.peek().text)) {
          p.next()
          restrict = true
        } else if (!p.accept('volatile')) break
      }
      type = { kind: 'pointer', at, constant, to: type, restrict }
    } else if (p.is('&') || p.is('&&')) {
      type = { kind: 'reference', at, constant: false, to: type, rvalue: p.next().text === '&&' }
      if (p.peek().kind === 'name' && isRestrict(p.peek().text)) p.next()
    } else if (p.is('const') && type.kind !== 'reference') {
      p.next()
      type = { ...type, constant: true }
    } else if (p.is('volatile')) {
      p.next()
    } else {
      return type
    }
  }
}

function readBounds(p: Cursor, element: TypeNode): TypeNode {
  const bounds: { at: Span; length?: Expr }[] = []
  while (p.is('[') && !p.is('[', 1)) {
    const at = p.next().at
    while (
      p.peek().kind === 'name' &&
      (isRestrict(p.peek().text) || p.is('static') || p.is('const'))
    )
      p.next()
    if (p.accept(']')) {
      bounds.push({ at })
      continue
    }
    const length = p.rules.expression(p)
    p.expect(']', 'after the array length')
    bounds.push({ at: p.since(at), length })
  }
  let type = element
  for (const bound of bounds.reverse())
    type = { kind: 'array', constant: type.constant, of: type, ...bound }
  return type
}

/** `(&a)[N]`, `(*a)[N]`; a parameter list behind it would make a function pointer. */
function readNested(p: Cursor, element: TypeNode): Declarator {
  p.next()
  const marks: { sign: string; at: Span; restrict: boolean }[] = []
  while (p.is('*') || p.is('&') || p.is('&&')) {
    const sign = p.next()
    let restrict = false
    while (p.peek().kind === 'name' && (isRestrict(p.peek().text) || p.is('const')))
      restrict = p.next().text !== 'const' || restrict
    marks.push({ sign: sign.text, at: sign.at, restrict })
  }
  const at = p.peek().at
  const name = startsName(p) ? readName(p).name : undefined
  p.expect(')', 'after the declared name')
  if (p.is('(')) {
    p.unsupported(at, 'A pointer to a function')
    p.skipGroup()
    return { at, name, type: element, attributes: '', refused: true }
  }
  let type = readBounds(p, element)
  for (const mark of marks) {
    type =
      mark.sign === '*'
        ? { kind: 'pointer', at: mark.at, constant: false, to: type, restrict: mark.restrict }
        : { kind: 'reference', at: mark.at, constant: false, to: type, rvalue: mark.sign === '&&' }
  }
  return { at, name, type, attributes: '' }
}

/** A type without a declared name, as in a cast. */
export function readTypeId(p: Cursor): TypeNode {
  const read = readSpecifiers(p, () => {
    const at = p.next().at
    if (!startsName(p)) return undefined
    const { name } = readName(p)
    return { type: { kind: 'named', at: p.since(at), constant: false, name } }
  })
  if (!read.type) {
    p.error('C0201', p.peek().at, `A type is expected, found ${p.found()}.`)
    return { kind: 'builtin', at: read.at, constant: false, of: 'i32' }
  }
  const declarator = readDeclarator(p, read.type, 'never')
  return declarator.type
}
