/** Products into accumulators: default accumulator rule, scalar operands, accumulation. */
import type { Operand, OpName } from '../../codegen/ir.ts'
import { elementBits } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import type { Value } from '../check/entities.ts'
import { fail, isBroken, type Env } from '../check/env.ts'
import { elementOf, intOf, typeName, type CType } from '../check/types.ts'
import { load, operandOf, registerOf } from '../check/values.ts'
import { checkedAccum } from './builtin-types.ts'
import { irOf, knownInt, made, typeArgument, type AccumType } from './helpers.ts'
import type { ApiCall, ApiRow } from './row.ts'

interface Factors {
  readonly a: Operand
  readonly b: Operand
  readonly lanes: number
  /** Accumulator that holds the products without loss of more than its rule allows. */
  readonly needs: 'acc32' | 'acc64'
}

/** Both factors, one of which may be a number; 32-bit factors need 64-bit lanes. */
function factors(env: Env, a: Value, b: Value, at: Span, name: string): Factors | undefined {
  const x = load(env, a)
  const y = load(env, b)
  if (isBroken(x, y)) return undefined
  const lanes =
    x.type.kind === 'vector' ? x.type.lanes : y.type.kind === 'vector' ? y.type.lanes : 0
  const both = x.type.kind === 'vector' && y.type.kind === 'vector'
  if (
    lanes === 0 ||
    (both && x.type.kind === 'vector' && y.type.kind === 'vector' && x.type.lanes !== y.type.lanes)
  ) {
    fail(
      env,
      'C0701',
      at,
      `${name} needs factors with the same number of lanes, got ${typeName(x.type)} and ${typeName(y.type)}.`,
    )
    return undefined
  }
  const widths = [factorBits(env, x, name), factorBits(env, y, name)]
  if (!widths[0] || !widths[1]) return undefined
  const operand = (v: Value): Operand =>
    v.type.kind === 'vector' ? registerOf(env, v) : numberFactor(env, v)
  return {
    a: operand(x),
    b: operand(y),
    lanes,
    needs: Math.max(...(widths as number[])) > 16 ? 'acc64' : 'acc32',
  }
}

function factorBits(env: Env, v: Value, name: string): number | undefined {
  if (v.type.kind === 'vector') return elementBits(v.type.of)
  const of = elementOf(v.type)
  if (of && of !== 'bf16' && of !== 'f32' && intOf(v.type)) return elementBits(of)
  fail(env, 'C0701', v.at, `${name} cannot multiply a vector by ${typeName(v.type)}.`)
  return undefined
}

/** A number in a register of its own type, so that its signedness is known to the multiplier. */
function numberFactor(env: Env, v: Value): Operand {
  const operand = operandOf(env, v)
  if ('reg' in operand) return operand
  return env.b.value('copy', irOf(v.type), [operand], v.at)
}

/** a·b in an accumulator of the default or the given kind; negated when `negate`. */
export function multiply(
  env: Env,
  a: Value,
  b: Value,
  tag: CType | undefined,
  negate: boolean,
  at: Span,
  name: string,
): Value | undefined {
  const f = factors(env, a, b, at, name)
  if (!f) return undefined
  const asked = tag?.kind === 'tag' ? tag.name : undefined
  if (asked && asked !== 'acc32' && asked !== 'acc64') {
    fail(env, 'C0803', at, `${name} with ${asked} is known, not emulated yet.`)
    return undefined
  }
  if (asked === 'acc32' && f.needs === 'acc64') {
    fail(env, 'C0701', at, `${name} of 32-bit factors needs acc64, acc32 was asked for.`)
    return undefined
  }
  const type = checkedAccum(env, asked === 'acc64' ? 'acc64' : f.needs, f.lanes, at)
  if (type.kind !== 'accum') return undefined
  if (!negate) return made(env, type, 'vmul', [f.a, f.b], at)
  const zero = made(env, type, 'zeros', [], at)
  return made(env, type, 'vmsc', [operandOf(env, zero), f.a, f.b], at)
}

/** acc ± a·b */
export function accumulate(
  env: Env,
  acc: Value,
  a: Value,
  b: Value,
  op: OpName,
  at: Span,
  name: string,
): Value | undefined {
  const sum = load(env, acc)
  const f = factors(env, a, b, at, name)
  if (!f || sum.type.kind !== 'accum') return undefined
  if (sum.type.lanes !== f.lanes) {
    fail(
      env,
      'C0701',
      at,
      `${name}: the accumulator has ${sum.type.lanes} lanes, the factors have ${f.lanes}.`,
    )
    return undefined
  }
  if (sum.type.of === 'acc32' && f.needs === 'acc64') {
    fail(
      env,
      'C0701',
      at,
      `${name}: products of 32-bit factors need an acc64 accumulator, this one is acc32.`,
    )
    return undefined
  }
  return made(env, sum.type, op, [operandOf(env, sum), f.a, f.b], at)
}

/** Sum or difference of accumulators; a vector operand is moved up first. */
export function addAccum(
  env: Env,
  a: Value,
  b: Value,
  minus: boolean,
  at: Span,
): Value | undefined {
  const x = load(env, a)
  const y = load(env, b)
  if (isBroken(x, y)) return undefined
  const type = x.type.kind === 'accum' ? x.type : y.type.kind === 'accum' ? y.type : undefined
  const left = type && asAccum(env, x, type, at)
  const right = type && asAccum(env, y, type, at)
  if (!type || !left || !right) return undefined
  return made(
    env,
    type,
    minus ? 'accsub' : 'accadd',
    [operandOf(env, left), operandOf(env, right)],
    at,
  )
}

/** The value in an accumulator of this type. */
function asAccum(env: Env, v: Value, type: AccumType, at: Span): Value | undefined {
  if (v.type.kind === 'accum' && v.type.of === type.of && v.type.lanes === type.lanes) return v
  if (v.type.kind === 'vector' && v.type.lanes === type.lanes)
    return moveUp(env, v, type, { imm: 0 }, at)
  fail(env, 'C0701', at, `${typeName(v.type)} does not go together with ${typeName(type)}.`)
  return undefined
}

/** Vector to accumulator, shifted left. */
export function moveUp(
  env: Env,
  v: Value,
  type: AccumType,
  shift: Operand,
  at: Span,
): Value | undefined {
  const from = v.type
  if (from.kind !== 'vector') return undefined
  const fits =
    from.lanes === type.lanes &&
    (type.of === 'acc64' ? elementBits(from.of) >= 16 : elementBits(from.of) <= 16)
  if (fits) return made(env, type, 'ups', [registerOf(env, v), shift], at)
  if (from.lanes !== type.lanes) {
    fail(
      env,
      'C0701',
      at,
      `${typeName(from)} does not fit ${typeName(type)}: the numbers of lanes differ.`,
    )
    return undefined
  }
  return made(env, type, 'ups', [registerOf(env, v), shift], at)
}

const product =
  (negate: boolean) =>
  (call: ApiCall): Value | undefined =>
    multiply(
      call.env,
      call.args[0]!,
      call.args[1]!,
      typeArgument(call.targs, 0),
      negate,
      call.at,
      call.name,
    )

const sum =
  (op: OpName) =>
  (call: ApiCall): Value | undefined =>
    accumulate(call.env, call.args[0]!, call.args[1]!, call.args[2]!, op, call.at, call.name)

/** Weighted sum: acc + Σ coeff[start + i] · data i. */
function weighted({ env, args, targs, at, name }: ApiCall): Value | undefined {
  const hasAcc = args[0]!.type.kind === 'accum'
  const coeff = load(env, args[hasAcc ? 1 : 0]!)
  const start = knownInt(env, args[hasAcc ? 2 : 1]!, 'The first coefficient of accumulate')
  const data = args.slice(hasAcc ? 3 : 2)
  if (start === undefined || coeff.type.kind !== 'vector' || data.length === 0) return undefined
  let acc: Value | undefined = hasAcc ? load(env, args[0]!) : undefined
  for (const [i, item] of data.entries()) {
    const type = { kind: 'int', of: coeff.type.of } as CType
    const lane = { imm: (start + i) % coeff.type.lanes }
    const factor: Value = {
      type,
      at,
      operand: env.b.value('extract', irOf(type), [registerOf(env, coeff), lane], at),
    }
    acc = acc
      ? accumulate(env, acc, item, factor, 'vmac', at, name)
      : multiply(env, item, factor, typeArgument(targs, 1), false, at, name)
    if (!acc) return undefined
  }
  return acc
}

export const multiplyRows: readonly ApiRow[] = [
  {
    space: 'aie',
    name: 'mul',
    shape: 'mul(a, b)',
    about: 'Products of two vectors, or of a vector and a number, in an accumulator.',
    forms: [{ takes: ['operand', 'operand'], lower: product(false) }],
  },
  {
    space: 'aie',
    name: 'negmul',
    shape: 'negmul(a, b)',
    about: 'Negated products in an accumulator.',
    forms: [{ takes: ['operand', 'operand'], lower: product(true) }],
  },
  {
    space: 'aie',
    name: 'mul_square',
    shape: 'mul_square(a)',
    about: 'Squares of the lanes in an accumulator.',
    forms: [
      {
        takes: ['vector'],
        lower: ({ env, args, targs, at, name }) =>
          multiply(env, args[0]!, args[0]!, typeArgument(targs, 0), false, at, name),
      },
    ],
  },
  {
    space: 'aie',
    name: 'mac',
    shape: 'mac(acc, a, b)',
    about: 'Accumulator plus products.',
    forms: [{ takes: ['accum', 'operand', 'operand'], lower: sum('vmac') }],
  },
  {
    space: 'aie',
    name: 'msc',
    shape: 'msc(acc, a, b)',
    about: 'Accumulator minus products.',
    forms: [{ takes: ['accum', 'operand', 'operand'], lower: sum('vmsc') }],
  },
  {
    space: 'aie',
    name: 'mac_square',
    shape: 'mac_square(acc, a)',
    about: 'Accumulator plus the squares of the lanes.',
    forms: [
      {
        takes: ['accum', 'vector'],
        lower: ({ env, args, at, name }) =>
          accumulate(env, args[0]!, args[1]!, args[1]!, 'vmac', at, name),
      },
    ],
  },
  {
    space: 'aie',
    name: 'accumulate',
    shape: 'accumulate<N>(acc, coeff, start, data...)',
    about: 'Weighted sum of vectors; the weights are lanes of one vector.',
    forms: [1, 2, 3, 4, 5, 6, 7, 8].flatMap(
      (n) =>
        [
          {
            takes: ['accum', 'vector', 'number', ...Array<'vector'>(n).fill('vector')],
            lower: weighted,
          },
          { takes: ['vector', 'number', ...Array<'vector'>(n).fill('vector')], lower: weighted },
        ] as const,
    ),
  },
]
