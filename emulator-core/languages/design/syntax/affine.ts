/** Affine expressions and maps: reading, evaluating, and the linear form of those that have one. */
import { Kind } from './lexer.ts'
import type { Parser } from './parser.ts'
import type { Affine, AffineMap } from './tree.ts'

/** Reads a leaf of an expression that is neither a number nor a parenthesis. */
export type Leaf = (p: Parser) => Affine

/** `(d0, d1)[s0] -> (expressions)`. */
export function affineMap(p: Parser): AffineMap {
  const dims = names(p, '(', ')')
  const symbols = p.is('[') ? names(p, '[', ']') : []
  p.expect('->', 'in the map')
  const results: Affine[] = []
  const leaf: Leaf = (q) => {
    const word = q.keyword('a dimension or symbol')
    const dim = dims.indexOf(word)
    if (dim >= 0) return { kind: 'dim', index: dim }
    const symbol = symbols.indexOf(word)
    return symbol >= 0
      ? { kind: 'symbol', index: symbol }
      : q.fail(`the map has no dimension '${word}'`)
  }
  p.list('(', ')', 'in the results of the map', () => results.push(affineExpression(p, leaf)))
  return { dims: dims.length, symbols: symbols.length, results }
}

function names(p: Parser, open: string, close: string): string[] {
  const list: string[] = []
  p.list(open, close, 'in the map', () => list.push(p.keyword('a dimension or symbol')))
  return list
}

/** Sum of terms. */
export function affineExpression(p: Parser, leaf: Leaf): Affine {
  return p.nested(() => {
    let sum = term(p, leaf)
    for (;;) {
      if (p.accept('+')) sum = { kind: '+', a: sum, b: term(p, leaf) }
      else if (p.accept('-')) sum = { kind: '+', a: sum, b: negated(term(p, leaf)) }
      else return sum
    }
  })
}

const negated = (e: Affine): Affine => ({ kind: '*', a: e, b: { kind: 'constant', value: -1 } })

function term(p: Parser, leaf: Leaf): Affine {
  let product = factor(p, leaf)
  for (;;) {
    const kind = (['*', 'mod', 'floordiv', 'ceildiv'] as const).find((k) => p.accept(k))
    if (!kind) return product
    product = { kind, a: product, b: factor(p, leaf) }
  }
}

function factor(p: Parser, leaf: Leaf): Affine {
  if (p.accept('-')) return negated(factor(p, leaf))
  if (p.kind === Kind.integer) return { kind: 'constant', value: p.integer('a number') }
  if (!p.accept('(')) return leaf(p)
  const inner = affineExpression(p, leaf)
  p.expect(')', 'to close the expression')
  return inner
}

/** Value of an expression, or undefined when it divides by a number that is not positive. */
export function evaluateAffine(
  e: Affine,
  dims: readonly number[],
  symbols: readonly number[],
): number | undefined {
  if (e.kind === 'constant') return e.value
  if (e.kind === 'dim') return dims[e.index]
  if (e.kind === 'symbol') return symbols[e.index]
  const { kind } = e
  const a = evaluateAffine(e.a, dims, symbols)
  const b = evaluateAffine(e.b, dims, symbols)
  if (a === undefined || b === undefined) return undefined
  if (kind === '+') return a + b
  if (kind === '*') return a * b
  if (b <= 0) return undefined
  if (kind === 'mod') return a - Math.floor(a / b) * b
  return kind === 'floordiv' ? Math.floor(a / b) : Math.ceil(a / b)
}

/** `constant + Σ factors[i] · d_i`, when the expression has that form. */
export function linearForm(
  e: Affine,
  dims: number,
): { factors: number[]; constant: number } | undefined {
  const zero = () => Array.from({ length: dims }, () => 0)
  if (e.kind === 'constant') return { factors: zero(), constant: e.value }
  if (e.kind === 'dim') {
    const factors = zero()
    factors[e.index] = 1
    return { factors, constant: 0 }
  }
  if (e.kind !== '+' && e.kind !== '*') return undefined
  const a = linearForm(e.a, dims)
  const b = linearForm(e.b, dims)
  if (!a || !b) return undefined
  if (e.kind === '+') {
    return {
      factors: a.factors.map((f, i) => f + b.factors[i]!),
      constant: a.constant + b.constant,
    }
  }
  const scale = b.factors.every((f) => f === 0) ? b.constant : undefined
  if (scale !== undefined)
    return { factors: a.factors.map((f) => f * scale), constant: a.constant * scale }
  if (!a.factors.every((f) => f === 0)) return undefined
  return { factors: b.factors.map((f) => f * a.constant), constant: b.constant * a.constant }
}
