/**
 * Statements, with loop hints and recovery: a bad statement costs one message and the text up to
 * its end.
 */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Cursor } from './cursor.ts'
import { readDeclarator, readSpecifiers, skipAttributes, startsDeclaration } from './type-rules.ts'
import type { Expr, Hint, Stmt } from './tree.ts'

export function readBlock(p: Cursor): Stmt {
  return p.inside(() => readBlockItems(p))
}

function readBlockItems(p: Cursor): Stmt {
  const at = p.peek().at
  p.expect('{', 'at the start of a block')
  const items: Stmt[] = []
  while (!p.is('}') && !p.ended) {
    const before = p.position
    const item = readStatement(p)
    if (item) items.push(item)
    if (p.position === before) p.next()
  }
  const end = p.peek().at
  if (!p.accept('}')) {
    p.error('C0203', at, "This '{' is never closed with '}'.")
    p.lossy = true
  }
  return { kind: 'block', at, items, end }
}

export function readStatement(p: Cursor): Stmt | undefined {
  return p.deeper(
    () => statement(p),
    () => undefined,
  )
}

/** A statement that must be there, as after `if (…)`. */
function body(p: Cursor): Stmt {
  const at = p.peek().at
  if (p.is('}')) {
    p.error('C0201', at, "A statement is expected before '}'.")
    return { kind: 'empty', at }
  }
  return p.inside(() => readStatement(p)) ?? { kind: 'empty', at }
}

function statement(p: Cursor): Stmt | undefined {
  const hint = readHints(p)
  const token = p.peek()
  const at = token.at
  if (p.is('{')) return readBlock(p)
  if (p.accept(';')) return { kind: 'empty', at }
  if (p.is(':', 1) && token.kind === 'name' && token.text !== 'default') return label(p)
  switch (token.kind === 'name' ? token.text : '') {
    case 'if':
      return ifStatement(p)
    case 'for':
      return p.inside(() => forStatement(p, hint))
    case 'while':
      p.next()
      return p.inside(() => {
        const test = condition(p, 'while')
        const more = { ...hint, ...readHints(p) }
        return { kind: 'while', at, test, body: body(p), hint: more }
      })
    case 'do':
      return doStatement(p, hint)
    case 'switch': {
      p.next()
      const on = condition(p, 'switch')
      return { kind: 'switch', at, on, body: body(p) }
    }
    case 'case':
    case 'default':
      return caseStatement(p)
    case 'break':
    case 'continue':
      p.next()
      p.expect(';', `after '${token.text}'`)
      return { kind: token.text === 'break' ? 'break' : 'continue', at }
    case 'return':
      return returnStatement(p)
    case 'goto':
    case 'try':
    case 'asm':
    case '__asm__':
    case 'co_return':
      return refused(p, token.text)
    case 'else':
      p.error('C0201', at, "'else' stands without an 'if'.")
      p.next()
      return undefined
    case 'catch':
      p.skipStatement()
      return undefined
  }
  if (startsDeclaration(p)) {
    const items = p.rules.declarations(p, 'block')
    return { kind: 'declare', at: p.since(at), items }
  }
  return expressionStatement(p)
}

function label(p: Cursor): Stmt | undefined {
  const token = p.next()
  p.next()
  p.unsupported(token.at, 'A label')
  return p.is('}') ? undefined : readStatement(p)
}

function refused(p: Cursor, word: string): undefined {
  const what: Record<string, string> = {
    goto: "'goto'",
    try: 'Exception handling',
    asm: 'Inline assembly',
    __asm__: 'Inline assembly',
    co_return: 'A coroutine',
  }
  p.unsupported(p.next().at, what[word] ?? word)
  p.skipStatement()
  while (p.is('catch')) p.skipStatement()
}

function expressionStatement(p: Cursor): Stmt {
  const at = p.peek().at
  const start = p.position
  const of = p.rules.expression(p)
  if (p.accept(';')) return { kind: 'expression', at, of }
  if (p.position === start || of.kind === 'unsupported') {
    p.skipStatement()
    return { kind: 'empty', at }
  }
  endStatement(p, 'after this statement')
  return { kind: 'expression', at, of }
}

/** Takes the `;`, or says that it is missing and skips what cannot belong to a next statement. */
export function endStatement(p: Cursor, where: string): void {
  if (p.accept(';')) return
  if (p.position === p.failedAt) return p.skipStatement()
  p.expect(';', where)
  const token = p.peek()
  const sameLine = !token.first && !p.is('}')
  if (sameLine && (token.kind === 'punct' || token.kind === 'number')) p.skipStatement()
}

function condition(p: Cursor, word: string): Expr {
  p.expect('(', `after '${word}'`)
  const test = p.rules.expression(p)
  p.expect(')', `after the condition of '${word}'`)
  return test
}

function ifStatement(p: Cursor): Stmt {
  const at = p.next().at
  return p.inside(() => {
    const isConstexpr = p.accept('constexpr')
    if (p.is('consteval') || p.is('!')) p.unsupported(p.next().at, "'if consteval'")
    p.expect('(', "after 'if'")
    let init: Stmt | undefined
    if (startsDeclaration(p)) {
      const start = p.peek().at
      init = { kind: 'declare', at: start, items: p.rules.declarations(p, 'block') }
    }
    const test = p.rules.expression(p)
    p.expect(')', "after the condition of 'if'")
    skipAttributes(p)
    const yes = body(p)
    skipPragmas(p)
    const no = p.accept('else') ? body(p) : undefined
    return {
      kind: 'if',
      at,
      isConstexpr,
      test,
      yes,
      ...(init ? { init } : {}),
      ...(no ? { no } : {}),
    }
  })
}

function skipPragmas(p: Cursor): void {
  let ahead = 0
  while (p.peek(ahead).kind === 'pragma') ahead++
  if (p.is('else', ahead)) for (; ahead > 0; ahead--) p.next()
}

function forStatement(p: Cursor, before: Hint): Stmt {
  const at = p.next().at
  if (!p.expect('(', "after 'for'")) {
    p.lossy = true
    p.skipStatement()
    return { kind: 'empty', at }
  }
  let init: Stmt | undefined
  if (p.accept(';')) init = undefined
  else if (startsDeclaration(p)) {
    const ranged = rangeFor(p, at, before)
    if (ranged) return ranged
    const start = p.peek().at
    init = { kind: 'declare', at: start, items: p.rules.declarations(p, 'block') }
  } else {
    const start = p.peek().at
    init = { kind: 'expression', at: start, of: p.rules.expression(p) }
    p.expect(';', "after the first part of 'for'")
  }
  const test = p.is(';') ? undefined : p.rules.expression(p)
  p.expect(';', "after the condition of 'for'")
  const step = p.is(')') ? undefined : p.rules.expression(p)
  p.expect(')', "after the last part of 'for'")
  const hint = { ...before, ...readHints(p) }
  return {
    kind: 'for',
    at,
    body: body(p),
    hint,
    ...(init ? { init } : {}),
    ...(test ? { test } : {}),
    ...(step ? { step } : {}),
  }
}

/** `for (T x : array)`; decided by a `:` before the first `;`. */
function rangeFor(p: Cursor, at: Span, before: Hint): Stmt | undefined {
  let depth = 0
  let ahead = 0
  for (; ; ahead++) {
    const token = p.peek(ahead)
    if (token.kind === 'end' || token.text === ';' || token.text === '?') return undefined
    if (token.text === '(' || token.text === '{' || token.text === '[') depth++
    if ((token.text === ')' || token.text === '}' || token.text === ']') && depth-- === 0)
      return undefined
    if (token.text === ':' && depth === 0) break
  }
  const read = readSpecifiers(p, () => undefined)
  const base = read.type ?? { kind: 'builtin' as const, at, constant: false, of: 'auto' as const }
  const declarator = readDeclarator(p, base, 'never')
  const name = declarator.name?.parts[0]?.text ?? ''
  p.scope.declare(name, 'value')
  p.expect(':', 'before what is iterated')
  const over = p.rules.expression(p)
  p.expect(')', "after the range of 'for'")
  const hint = { ...before, ...readHints(p) }
  const variable = {
    kind: 'variable' as const,
    at: declarator.at,
    name,
    type: declarator.type,
    specifiers: read.specifiers,
  }
  return { kind: 'range-for', at, variable, over, body: body(p), hint }
}

function doStatement(p: Cursor, before: Hint): Stmt {
  const at = p.next().at
  const inner = { ...before, ...readHints(p) }
  const block = body(p)
  p.expect('while', "after the body of 'do'")
  const test = condition(p, 'while')
  endStatement(p, "after 'do … while'")
  return { kind: 'do', at, body: block, test, hint: inner }
}

function caseStatement(p: Cursor): Stmt {
  const word = p.next()
  let value: Expr | undefined
  if (word.text === 'case') {
    value = p.rules.expression(p)
    if (p.is('...')) {
      p.unsupported(p.next().at, 'A range of cases')
      p.rules.expression(p)
    }
  }
  p.expect(':', `after '${word.text}'`)
  const of = p.is('}')
    ? ({ kind: 'empty', at: word.at } as const)
    : (readStatement(p) ?? { kind: 'empty', at: word.at })
  return value ? { kind: 'case', at: word.at, value, of } : { kind: 'case', at: word.at, of }
}

function returnStatement(p: Cursor): Stmt {
  const at = p.next().at
  if (p.accept(';')) return { kind: 'return', at }
  if (p.is('}')) {
    p.expect(';', "after 'return'")
    return { kind: 'return', at }
  }
  const value = p.is('{') ? p.rules.braces(p) : p.rules.expression(p)
  endStatement(p, 'after this return')
  return { kind: 'return', at: p.since(at), value }
}

/** Collects pragmas and vendor words that stand before a loop or its body. */
function readHints(p: Cursor): Hint {
  let hint: Hint = {}
  for (;;) {
    if (p.peek().kind === 'pragma') {
      hint = { ...hint, ...hintOf(p.next().text) }
      continue
    }
    const attribute = p.is('[') && p.is('[', 1)
    const chess =
      p.peek().kind === 'name' &&
      /^chess_\w+$/.test(p.peek().text) &&
      !p.is('=', 1) &&
      !p.is('.', 1)
    if (!attribute && !chess) return hint
    hint = { ...hint, ...hintOf(skipAttributes(p)) }
  }
}

function hintOf(text: string): Hint {
  const number = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(text)
    return found ? Number(found[1]) : undefined
  }
  const full = /unroll\s*\(\s*full\s*\)|unroll_loop\s*\(\s*\)|flatten_loop/.test(text)
  const unroll = number(/unroll(?:_count|_loop)?\s*\(?\s*(\d+)/)
  const off = /unroll\s*\(\s*disable|nounroll|no_unroll/.test(text)
  const least = number(/(?:\bmin|min_iteration_count|min_loop_count|loop_range)\s*\(\s*(\d+)/)
  const pipeline = /\bpipeline$|prepare_for_pipelining|pipeline_initiation_interval/.test(
    text.trim(),
  )
  const noPipeline = /nopipeline|no_prepare_for_pipelining/.test(text)
  return {
    ...(full ? { unroll: 'full' as const } : off ? { unroll: 1 } : unroll ? { unroll } : {}),
    ...(least !== undefined ? { minIterations: least } : {}),
    ...(noPipeline ? { pipeline: false } : pipeline ? { pipeline: true } : {}),
  }
}
