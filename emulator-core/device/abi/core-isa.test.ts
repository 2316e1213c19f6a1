import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bundleOps,
  decode,
  disassemble,
  elements,
  encode,
  Op,
  operation,
  operations,
  opText,
  registerFile,
  relations,
  type MachineOp,
  type OperandKind,
  type OpSpec,
} from './core-isa.ts'

const limits: Readonly<Record<OperandKind, number>> = {
  r: 32,
  x: registerFile.x,
  c: 16,
  m: 4,
  v: 0,
  s: 0,
  e: elements.length,
  l: 5,
  k: 3,
  p: 4,
  z: 3,
  q: relations.length,
  w: 2,
  f: 2,
  t: 16384,
  h: 8,
  n: 256,
}

/** Lanes stay small enough to fit a register with any lane type. */
function operandOf(
  kind: OperandKind,
  isFirstFlexible: boolean,
): fc.Arbitrary<{ value: number; isConstant: boolean }> {
  const register = fc.nat(31).map((value) => ({ value, isConstant: false }))
  if (kind === 's')
    return fc.oneof(
      register,
      fc.nat(63).map((value) => ({ value, isConstant: true })),
    )
  if (kind === 'v') {
    const constant = isFirstFlexible
      ? fc.oneof(fc.integer({ min: -512, max: 511 }), fc.integer())
      : fc.integer({ min: -512, max: 511 })
    return fc.oneof(
      register,
      constant.map((value) => ({ value, isConstant: true })),
    )
  }
  return fc.nat(limits[kind] - 1).map((value) => ({ value, isConstant: false }))
}

function opOf(spec: OpSpec): fc.Arbitrary<MachineOp> {
  const first = spec.operands.findIndex((o) => o.kind === 'v')
  return fc
    .tuple(...spec.operands.map((o, i) => operandOf(o.kind, i === first)))
    .map((operands) => ({
      code: spec.code,
      args: operands.map((o) => o.value),
      constants: operands.reduce((bits, o, i) => bits | (o.isConstant ? 1 << i : 0), 0),
    }))
}

const anyOp = fc.constantFrom(...operations).chain(opOf)

describe('the core instruction set', () => {
  it('gives every operation a code and a name of its own', () => {
    expect(new Set(operations.map((o) => o.code)).size).toBe(operations.length)
    expect(new Set(operations.map((o) => o.name)).size).toBe(operations.length)
  })

  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(fc.array(anyOp, { minLength: 1, maxLength: bundleOps }), (ops) => {
        const words = encode(ops)
        expect(decode([99, ...words, 0], 1)).toEqual({ ops, length: words.length })
      }),
      { numRuns: 500 },
    )
  })

  it('encodes what it decoded, or finds no bundle in the words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 1, maxLength: 8 }),
        (words) => {
          const bundle = decode(words, 0)
          if (bundle) expect(decode(encode(bundle.ops), 0)?.ops).toEqual(bundle.ops)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('finds no bundle in cleared memory, in an unfinished bundle or in lanes that overflow a register', () => {
    expect(decode([0], 0)).toBeUndefined()
    const add: MachineOp = { code: Op.add, args: [1, 2, 3], constants: 0 }
    expect(decode(encode([add, add]).slice(0, 1), 0)).toBeUndefined()
    const wide: MachineOp = { code: Op.vadd, args: [0, 1, 2, 4, 6], constants: 0 }
    expect(decode(encode([wide]), 0)).toBeUndefined()
  })

  it('disassembles bundle by bundle', () => {
    const words = [
      ...encode([
        { code: Op.ldv64, args: [3, 4, 1, 64], constants: 8 },
        { code: Op.add, args: [1, 2, -7], constants: 4 },
      ]),
      ...encode([{ code: Op.movi, args: [5, 100000], constants: 2 }]),
    ]
    expect(disassemble(words)).toEqual([
      { pc: 0, text: ['ldv64 x3, r4, post, #64', 'add r1, r2, #-7'] },
      { pc: 8, text: ['movi r5, #100000'] },
    ])
  })

  it('names every operation in its text', () => {
    for (const spec of operations) {
      const op: MachineOp = { code: spec.code, args: spec.operands.map(() => 0), constants: 0 }
      expect(opText(op).split(' ')[0]).toBe(operation(spec.code)!.name)
    }
  })
})
