/** Lexer: text to tokens, comments dropped, line splices and positions kept right. */
import type { Report, Source } from '../../text/source.ts'
import type { Token, TokenKind } from './token.ts'

const punctuators = [
  '%:%:',
  '<<=',
  '>>=',
  '...',
  '->*',
  '<=>',
  '::',
  '->',
  '++',
  '--',
  '<<',
  '>>',
  '<=',
  '>=',
  '==',
  '!=',
  '&&',
  '||',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '##',
  '.*',
]
const singles = '{}[]()#;:?.+-*/%^&|~!=<>,'

const nameStart = /[A-Za-z_$\u0080-\uffff]/
const namePart = /[A-Za-z0-9_$\u0080-\uffff]/

/**
 * Splits a whole file into tokens; the last one is of kind `end`. Unknown characters are reported
 * and skipped.
 */
export function tokenize(source: Source, report: Report): Token[] {
  const text = source.text
  const tokens: Token[] = []
  let at = 0
  let first = true
  let spaced = false

  const push = (kind: TokenKind, start: number, end: number): void => {
    const spelling = text.slice(start, end).replace(/\\\r?\n/g, '')
    tokens.push({ kind, text: spelling, at: source.span(start, end), first, spaced })
    first = false
    spaced = false
  }

  while (at < text.length) {
    const c = text[at]!
    if (c === '\n') {
      first = true
      spaced = true
      at++
    } else if (c === '\\' && spliceLength(text, at) > 0) {
      spaced = true
      at += spliceLength(text, at)
    } else if (c <= ' ' || c === '\ufeff' || c === '\u00a0') {
      spaced = true
      at++
    } else if (c === '/' && text[at + 1] === '/') {
      at = endOfLine(text, at)
      spaced = true
    } else if (c === '/' && text[at + 1] === '*') {
      const close = text.indexOf('*/', at + 2)
      if (close < 0)
        report.error('C0002', source.span(at, at + 2), 'This comment is never closed with */.')
      at = close < 0 ? text.length : close + 2
      spaced = true
    } else if (nameStart.test(c)) {
      const end = endOfName(text, at)
      const prefix = text.slice(at, end)
      const next = text[end]
      if ((next === '"' || next === "'") && /^(L|u|U|u8|R|LR|uR|UR|u8R)$/.test(prefix)) {
        const close =
          prefix.endsWith('R') && next === '"' ? endOfRaw(text, end) : endOfQuoted(text, end)
        closeQuoted(source, report, at, close)
        push(next === '"' ? 'string' : 'char', at, close.end)
        at = close.end
      } else {
        push('name', at, end)
        at = end
      }
    } else if (isDigit(c) || (c === '.' && isDigit(text[at + 1]))) {
      const end = endOfNumber(text, at)
      push('number', at, end)
      at = end
    } else if (c === '"' || c === "'") {
      const close = endOfQuoted(text, at)
      closeQuoted(source, report, at, close)
      push(c === '"' ? 'string' : 'char', at, close.end)
      at = close.end
    } else {
      const long = punctuators.find((p) => text.startsWith(p, at))
      if (long || singles.includes(c)) {
        const end = at + (long ? long.length : 1)
        push('punct', at, end)
        at = end
      } else {
        push('other', at, at + 1)
        at++
      }
    }
  }
  first = true
  push('end', text.length, text.length)
  return tokens
}

function isDigit(c: string | undefined): boolean {
  return c !== undefined && c >= '0' && c <= '9'
}

/** Length of a backslash-newline at `at`, or 0. */
function spliceLength(text: string, at: number): number {
  if (text[at] !== '\\') return 0
  if (text[at + 1] === '\n') return 2
  return text[at + 1] === '\r' && text[at + 2] === '\n' ? 3 : 0
}

function endOfLine(text: string, at: number): number {
  let end = text.indexOf('\n', at)
  while (
    end > 0 &&
    (text[end - 1] === '\\' || (text[end - 1] === '\r' && text[end - 2] === '\\'))
  ) {
    end = text.indexOf('\n', end + 1)
  }
  return end < 0 ? text.length : end
}

function endOfName(text: string, at: number): number {
  let end = at
  while (end < text.length && (namePart.test(text[end]!) || spliceLength(text, end) > 0)) {
    end += spliceLength(text, end) || 1
  }
  return end
}

function endOfNumber(text: string, at: number): number {
  let end = at
  while (end < text.length) {
    const c = text[end]!
    const sign = (c === '+' || c === '-') && /[eEpP]/.test(text[end - 1]!)
    const hexE = /^0[xX]/.test(text.slice(at, at + 2)) && /[eE]/.test(text[end - 1]!)
    if (sign && !hexE && end > at) end++
    else if (c === '.' || namePart.test(c)) end++
    else if (c === "'" && namePart.test(text[end + 1] ?? ' ')) end += 2
    else break
  }
  return end
}

interface Close {
  readonly end: number
  readonly closed: boolean
}

function endOfQuoted(text: string, at: number): Close {
  const quote = text[at]
  let end = at + 1
  while (end < text.length && text[end] !== quote && text[end] !== '\n') {
    end += text[end] === '\\' ? Math.max(2, spliceLength(text, end)) : 1
  }
  const closed = text[end] === quote
  return { end: Math.min(closed ? end + 1 : end, text.length), closed }
}

function endOfRaw(text: string, at: number): Close {
  const open = text.indexOf('(', at)
  if (open < 0 || open - at > 17) return endOfQuoted(text, at)
  const close = text.indexOf(`)${text.slice(at + 1, open)}"`, open)
  return close < 0
    ? { end: text.length, closed: false }
    : { end: close + open - at + 1, closed: true }
}

function closeQuoted(source: Source, report: Report, at: number, close: Close): void {
  if (!close.closed)
    report.error('C0002', source.span(at, at + 1), 'This literal is not closed on its line.')
}
