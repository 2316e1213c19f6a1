/** Number and character literals: values and types. */
import type { Wide } from '../wide.ts'
import { fromNumber, parse } from '../wide.ts'

export interface IntegerLiteral {
  readonly kind: 'integer'
  readonly value: Wide
  readonly unsigned: boolean
  /** 0 plain, 1 `l` (32 bits here), 2 `ll`. */
  readonly long: 0 | 1 | 2
  readonly decimal: boolean
}

export interface RealLiteral {
  readonly kind: 'real'
  readonly value: number
  readonly single: boolean
}

export type Literal = IntegerLiteral | RealLiteral | { readonly kind: 'bad'; readonly why: string }

/** Reads a preprocessing number. */
export function readNumber(spelling: string): Literal {
  const text = spelling.replaceAll("'", '')
  const integer = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)([uUlLzZ]*)$/.exec(text)
  if (integer) return readInteger(integer[1]!, integer[2]!.toLowerCase())
  const real = /^((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)([fFlL]?)$/.exec(text)
  if (real) return { kind: 'real', value: Number(real[1]), single: /f/i.test(real[2]!) }
  const hex = /^0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)([fFlL]?)$/.exec(text)
  if (hex && hex[1]!.length + hex[2]!.length > 0) {
    const digits = Number.parseInt(hex[1]! + hex[2]!, 16)
    const exponent = Number(hex[3]) - 4 * hex[2]!.length
    return { kind: 'real', value: digits * 2 ** exponent, single: /f/i.test(hex[4]!) }
  }
  return { kind: 'bad', why: `'${spelling}' is not a number` }
}

function readInteger(digits: string, suffix: string): Literal {
  const shape = /^(u?(l{0,2}|z)|(l{1,2}|z)u)$/.test(suffix)
  if (!shape) return { kind: 'bad', why: `'${suffix}' is not a suffix of integers` }
  const base = /^0x/i.test(digits)
    ? 16
    : /^0b/i.test(digits)
      ? 2
      : digits.length > 1 && digits[0] === '0'
        ? 8
        : 10
  const body = base === 16 || base === 2 ? digits.slice(2) : digits
  if (base === 8 && /[89]/.test(body))
    return { kind: 'bad', why: `'${digits}' has a digit that is not octal` }
  const value = parse(body, base)
  if (!value) return { kind: 'bad', why: `'${digits}' needs more than 64 bits` }
  const long = suffix.includes('ll') ? 2 : suffix.includes('l') || suffix.includes('z') ? 1 : 0
  return { kind: 'integer', value, unsigned: /[uz]/.test(suffix), long, decimal: base === 10 }
}

/** Value of a character literal in quotes, or undefined when it is malformed. */
export function readCharacter(spelling: string): Wide | undefined {
  const body = decode(spelling.replace(/^(L|u8|u|U)?'/, '').replace(/'$/, ''))
  if (body === undefined || body.length === 0 || body.length > 4) return undefined
  let value = 0
  for (const code of body) value = (value << 8) | (code & 255)
  return fromNumber(body.length === 1 ? (value << 24) >> 24 : value)
}

const escapes: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  '0': 0,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '?': 63,
}

/** Character codes of the inside of a literal, escapes resolved. */
function decode(body: string): number[] | undefined {
  const out: number[] = []
  for (let i = 0; i < body.length; i++) {
    if (body[i] !== '\\') {
      out.push(body.charCodeAt(i))
      continue
    }
    const rest = body.slice(i + 1)
    const coded = /^x([0-9a-fA-F]+)/.exec(rest) ?? /^([0-7]{1,3})/.exec(rest)
    if (coded) {
      out.push(Number.parseInt(coded[1]!, rest[0] === 'x' ? 16 : 8))
      i += coded[0].length
    } else {
      const code = escapes[rest[0] ?? '']
      if (code === undefined) return undefined
      out.push(code)
      i++
    }
  }
  return out
}

/** Text of a string literal, escapes resolved, or undefined when malformed. */
export function readString(spelling: string): number[] | undefined {
  const raw = /^(?:L|u8|u|U)?R"([^(]*)\(([\s\S]*)\)\1"$/.exec(spelling)
  if (raw) return [...raw[2]!].map((c) => c.charCodeAt(0))
  const plain = /^(?:L|u8|u|U)?"([\s\S]*)"$/.exec(spelling)
  return plain ? decode(plain[1]!) : undefined
}
