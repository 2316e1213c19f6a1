/** The expressions of #if: 64-bit arithmetic over tokens whose macros are already expanded. */
import { isPunct, type Token } from '../syntax/token.ts'
import { readCharacter, readNumber } from '../syntax/number.ts'
import * as w from '../wide.ts'

interface Term {
  readonly value: w.Wide
  readonly unsigned: boolean
}

export type ConditionResult =
  | { readonly kind: 'value'; readonly value: boolean }
  | { readonly kind: 'error'; readonly at?: Token; readonly why: string }

const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
]

/** Evaluates a condition; `defined` and `__has_include` must be replaced by numbers before. */
export function evaluateCondition(tokens: readonly Token[]): ConditionResult {
  const reader = new Reader(tokens)
  const term = reader.ternary(0)
  const rest = tokens[reader.at]
  if (!reader.failure && rest) reader.fail(rest, `'${rest.text}' is not expected here`)
  if (reader.failure) return reader.failure
  return { kind: 'value', value: !w.isZero(term.value) }
}

class Reader {
  private readonly tokens: readonly Token[]
  at = 0
  failure: Extract<ConditionResult, { kind: 'error' }> | undefined

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }

  fail(at: Token | undefined, why: string): Term {
    this.failure ??= at ? { kind: 'error', at, why } : { kind: 'error', why }
    this.at = this.tokens.length
    return { value: w.wideZero, unsigned: false }
  }

  private accept(text: string): boolean {
    const token = this.tokens[this.at]
    if (!token || !isPunct(token, text)) return false
    this.at++
    return true
  }

  ternary(depth: number): Term {
    if (depth > 100) return this.fail(this.tokens[this.at], 'it is nested too deeply')
    const condition = this.binary(0, depth)
    if (!this.accept('?')) return condition
    const yes = this.ternary(depth + 1)
    if (!this.accept(':')) return this.fail(this.tokens[this.at], "a ':' is missing")
    const no = this.ternary(depth + 1)
    return w.isZero(condition.value) ? no : yes
  }

  private binary(level: number, depth: number): Term {
    const operators = levels[level]
    if (!operators) return this.unary(depth)
    let left = this.binary(level + 1, depth)
    for (;;) {
      const token = this.tokens[this.at]
      if (!token || token.kind !== 'punct' || !operators.includes(token.text)) return left
      this.at++
      left = this.apply(token, left, this.binary(level + 1, depth))
    }
  }

  private apply(token: Token, a: Term, b: Term): Term {
    const unsigned = a.unsigned || b.unsigned
    const yes = (value: boolean): Term => ({
      value: value ? w.wideOne : w.wideZero,
      unsigned: false,
    })
    const make = (value: w.Wide): Term => ({ value, unsigned })
    switch (token.text) {
      case '||':
        return yes(!w.isZero(a.value) || !w.isZero(b.value))
      case '&&':
        return yes(!w.isZero(a.value) && !w.isZero(b.value))
      case '|':
        return make(w.or(a.value, b.value))
      case '^':
        return make(w.xor(a.value, b.value))
      case '&':
        return make(w.and(a.value, b.value))
      case '==':
        return yes(w.equal(a.value, b.value))
      case '!=':
        return yes(!w.equal(a.value, b.value))
      case '<':
        return yes(w.less(a.value, b.value, !unsigned))
      case '>':
        return yes(w.less(b.value, a.value, !unsigned))
      case '<=':
        return yes(!w.less(b.value, a.value, !unsigned))
      case '>=':
        return yes(!w.less(a.value, b.value, !unsigned))
      case '<<':
        return { value: w.shl(a.value, b.value.lo), unsigned: a.unsigned }
      case '>>':
        return { value: w.shr(a.value, b.value.lo, !a.unsigned), unsigned: a.unsigned }
      case '+':
        return make(w.add(a.value, b.value))
      case '-':
        return make(w.sub(a.value, b.value))
      case '*':
        return make(w.mul(a.value, b.value))
      default:
        // A branch that is not taken may divide by zero, as in defined(N) && 8 / N; the result is
        // not used then.
        return make(
          w.divide(a.value, b.value, !unsigned)[token.text === '/' ? 'quotient' : 'remainder'],
        )
    }
  }

  private unary(depth: number): Term {
    if (depth > 100) return this.fail(this.tokens[this.at], 'it is nested too deeply')
    if (this.accept('!'))
      return {
        value: w.isZero(this.unary(depth + 1).value) ? w.wideOne : w.wideZero,
        unsigned: false,
      }
    if (this.accept('~')) {
      const a = this.unary(depth + 1)
      return { value: w.not(a.value), unsigned: a.unsigned }
    }
    if (this.accept('-')) {
      const a = this.unary(depth + 1)
      return { value: w.neg(a.value), unsigned: a.unsigned }
    }
    if (this.accept('+')) return this.unary(depth + 1)
    if (this.accept('(')) {
      const inner = this.ternary(depth + 1)
      return this.accept(')') ? inner : this.fail(this.tokens[this.at], "a ')' is missing")
    }
    return this.atom()
  }

  private atom(): Term {
    const token = this.tokens[this.at]
    if (!token) return this.fail(undefined, 'a value is missing')
    this.at++
    if (token.kind === 'name') {
      return { value: token.text === 'true' ? w.wideOne : w.wideZero, unsigned: false }
    }
    if (token.kind === 'char') {
      return { value: readCharacter(token.text) ?? w.wideZero, unsigned: false }
    }
    const literal = token.kind === 'number' ? readNumber(token.text) : undefined
    if (literal?.kind !== 'integer') return this.fail(token, `'${token.text}' is not an integer`)
    return { value: literal.value, unsigned: literal.unsigned }
  }
}
