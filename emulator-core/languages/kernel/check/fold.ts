/**
 * Arithmetic on constants by the rules of C++ on this machine: wrap-around, truncating division,
 * masked shifts.
 */
import type { BinaryOp } from '../syntax/tree.ts'
import * as w from '../wide.ts'
import { intBits, isSigned, type IntKind } from './types.ts'

/** The result before wrapping, or undefined for a division by zero. */
export function foldBinary(op: BinaryOp, of: IntKind, a: w.Wide, b: w.Wide): w.Wide | undefined {
  const signed = isSigned(of)
  const yes = (value: boolean): w.Wide => (value ? w.wideOne : w.wideZero)
  // Shift counts use their low five bits, six for 64-bit values.
  const count = b.lo & (intBits(of) === 64 ? 63 : 31)
  switch (op) {
    case '+':
      return w.add(a, b)
    case '-':
      return w.sub(a, b)
    case '*':
      return w.mul(a, b)
    case '/':
      return w.isZero(b) ? undefined : w.divide(a, b, signed).quotient
    case '%':
      return w.isZero(b) ? undefined : w.divide(a, b, signed).remainder
    case '&':
      return w.and(a, b)
    case '|':
      return w.or(a, b)
    case '^':
      return w.xor(a, b)
    case '<<':
      return w.shl(a, count)
    case '>>':
      return w.shr(a, count, signed)
    case '==':
      return yes(w.equal(a, b))
    case '!=':
      return yes(!w.equal(a, b))
    case '<':
      return yes(w.less(a, b, signed))
    case '>':
      return yes(w.less(b, a, signed))
    case '<=':
      return yes(!w.less(b, a, signed))
    case '>=':
      return yes(!w.less(a, b, signed))
    case '&&':
      return yes(!w.isZero(a) && !w.isZero(b))
    case '||':
      return yes(!w.isZero(a) || !w.isZero(b))
  }
}

/**
 * Real arithmetic at compile time: a number, a truth value, or undefined where the operator does
 * not exist.
 */
export function foldReal(op: BinaryOp, a: number, b: number): number | boolean | undefined {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '>':
      return a > b
    case '<=':
      return a <= b
    case '>=':
      return a >= b
    default:
      return undefined
  }
}
