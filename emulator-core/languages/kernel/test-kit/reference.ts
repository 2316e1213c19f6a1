/**
 * Random integer expressions with a reference value computed in big integers by the rules of C++.
 */
import fc from 'fast-check'

export const integerTypes = [
  'int8_t',
  'uint8_t',
  'int16_t',
  'uint16_t',
  'int32_t',
  'uint32_t',
  'int64_t',
  'uint64_t',
] as const
export type IntegerType = (typeof integerTypes)[number]

export interface Variable {
  readonly name: string
  readonly type: IntegerType
  readonly value: bigint
}

export interface Known {
  readonly text: string
  readonly type: IntegerType
  readonly value: bigint
}

function bitsOf(type: IntegerType): number {
  return Number(/\d+/.exec(type)![0])
}

function isSigned(type: IntegerType): boolean {
  return type.startsWith('i')
}

export function wrapTo(type: IntegerType, value: bigint): bigint {
  return isSigned(type) ? BigInt.asIntN(bitsOf(type), value) : BigInt.asUintN(bitsOf(type), value)
}

function promote(k: Known): Known {
  return bitsOf(k.type) < 32 ? { ...k, type: 'int32_t' } : k
}

function common(a: IntegerType, b: IntegerType): IntegerType {
  const bits = Math.max(bitsOf(a), bitsOf(b))
  const unsigned = [a, b].some((t) => bitsOf(t) === bits && !isSigned(t))
  return `${unsigned ? 'u' : ''}int${bits}_t` as IntegerType
}

type Tree =
  | { readonly kind: 'variable'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number; readonly suffix: string }
  | { readonly kind: 'unary'; readonly op: string; readonly a: Tree }
  | { readonly kind: 'cast'; readonly to: IntegerType; readonly a: Tree }
  | { readonly kind: 'binary'; readonly op: string; readonly a: Tree; readonly b: Tree }
  | { readonly kind: 'ternary'; readonly c: Tree; readonly a: Tree; readonly b: Tree }

const binaries = [
  '+',
  '-',
  '*',
  '&',
  '|',
  '^',
  '<<',
  '>>',
  '<',
  '>',
  '<=',
  '>=',
  '==',
  '!=',
  '&&',
  '||',
  '/',
  '%',
]

export const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.record({ kind: fc.constant('variable' as const), index: fc.nat(5) }),
    fc.record({
      kind: fc.constant('constant' as const),
      value: fc.oneof(fc.nat(40), fc.integer({ min: 0, max: 0x7fffffff })),
      suffix: fc.constantFrom('', 'u', 'LL', 'uLL'),
    }),
    fc.record({
      kind: fc.constant('unary' as const),
      op: fc.constantFrom('-', '~', '!', '+'),
      a: tie('tree'),
    }),
    fc.record({
      kind: fc.constant('cast' as const),
      to: fc.constantFrom(...integerTypes),
      a: tie('tree'),
    }),
    fc.record({
      kind: fc.constant('binary' as const),
      op: fc.constantFrom(...binaries),
      a: tie('tree'),
      b: tie('tree'),
    }),
    fc.record({
      kind: fc.constant('ternary' as const),
      c: tie('tree'),
      a: tie('tree'),
      b: tie('tree'),
    }),
  ),
})).tree

/** Text, type and value of a tree. */
export function known(tree: Tree, variables: readonly Variable[]): Known {
  switch (tree.kind) {
    case 'variable': {
      const v = variables[tree.index % variables.length]!
      return { text: v.name, type: v.type, value: v.value }
    }
    case 'constant': {
      const type = ({ '': 'int32_t', u: 'uint32_t', LL: 'int64_t', uLL: 'uint64_t' } as const)[
        tree.suffix as ''
      ]
      return { text: `${tree.value}${tree.suffix}`, type, value: BigInt(tree.value) }
    }
    case 'cast': {
      const a = known(tree.a, variables)
      return { text: `(${tree.to})${a.text}`, type: tree.to, value: wrapTo(tree.to, a.value) }
    }
    case 'unary':
      return unary(tree.op, known(tree.a, variables))
    case 'ternary': {
      const [c, a, b] = [
        known(tree.c, variables),
        known(tree.a, variables),
        known(tree.b, variables),
      ]
      const type = a.type === b.type ? a.type : common(promote(a).type, promote(b).type)
      return {
        text: `(${c.text} ? ${a.text} : ${b.text})`,
        type,
        value: wrapTo(type, c.value !== 0n ? a.value : b.value),
      }
    }
    case 'binary':
      return binary(tree.op, known(tree.a, variables), known(tree.b, variables))
  }
}

function unary(op: string, a: Known): Known {
  // A blank keeps two signs from growing together.
  const text = `(${op} ${a.text})`
  if (op === '!') return { text, type: 'int32_t', value: a.value === 0n ? 1n : 0n }
  const { type } = promote(a)
  const value = op === '-' ? -a.value : op === '~' ? ~a.value : a.value
  return { text, type, value: wrapTo(type, value) }
}

function binary(op: string, left: Known, right: Known): Known {
  if (
    (op === '/' || op === '%') &&
    (right.value === 0n || bitsOf(common(promote(left).type, promote(right).type)) > 32)
  ) {
    return binary('+', left, right)
  }
  const text = `(${left.text} ${op} ${right.text})`
  const a = promote(left)
  const b = promote(right)
  if (op === '<<' || op === '>>') {
    const count = b.value & (bitsOf(a.type) === 64 ? 63n : 31n)
    return {
      text,
      type: a.type,
      value: wrapTo(a.type, op === '<<' ? a.value << count : a.value >> count),
    }
  }
  if (op === '&&' || op === '||') {
    const yes = op === '&&' ? a.value !== 0n && b.value !== 0n : a.value !== 0n || b.value !== 0n
    return { text, type: 'int32_t', value: yes ? 1n : 0n }
  }
  const type = common(a.type, b.type)
  const [x, y] = [wrapTo(type, a.value), wrapTo(type, b.value)]
  const compared: Record<string, boolean> = {
    '<': x < y,
    '>': x > y,
    '<=': x <= y,
    '>=': x >= y,
    '==': x === y,
    '!=': x !== y,
  }
  if (op in compared) return { text, type: 'int32_t', value: compared[op] ? 1n : 0n }
  if ((op === '/' || op === '%') && y === 0n) return binary('+', left, right)
  const results: Record<string, () => bigint> = {
    '+': () => x + y,
    '-': () => x - y,
    '*': () => x * y,
    '&': () => x & y,
    '|': () => x | y,
    '^': () => x ^ y,
    '/': () => x / y,
    '%': () => x % y,
  }
  return { text, type, value: wrapTo(type, results[op]!()) }
}

/** Values of every variable, near the edges of its type more often than not. */
export const variables: fc.Arbitrary<Variable[]> = fc.tuple(
  ...integerTypes.map((type, i) =>
    fc
      .oneof(
        fc.constantFrom(
          0n,
          1n,
          -1n,
          127n,
          128n,
          255n,
          32767n,
          -32768n,
          2147483647n,
          -2147483648n,
          4294967295n,
        ),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      )
      .map((value): Variable => ({ name: `v${i}`, type, value: wrapTo(type, value) })),
  ),
)
