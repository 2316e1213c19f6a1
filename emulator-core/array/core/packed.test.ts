import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode, type MachineOp } from '../../device/abi/core-isa.ts'
import { op } from '../test-kit/programs.ts'
import { TestArray, testDmBytes, testOwn } from './test-kit/harness.ts'

/* Registers: r1 vectors, r2 scalars, r3 a scalar; x0 and x1 vectors, x2 a scalar in every lane. */
const matrix = 0x1000
const factors = 0x9000

interface Product {
  readonly name: 'vmac32' | 'vmsc32'
  readonly sum: number
  readonly vector: number
  readonly part: number
  readonly lanes: 2 | 3
  readonly isUnsigned: boolean
  readonly isSwapped: boolean
}

const product: fc.Arbitrary<Product> = fc.record({
  name: fc.constantFrom('vmac32', 'vmsc32'),
  sum: fc.nat(2),
  vector: fc.nat(1),
  part: fc.nat(3),
  lanes: fc.constantFrom(2, 3),
  isUnsigned: fc.boolean(),
  isSwapped: fc.boolean(),
})

const load = fc.record({
  vector: fc.nat(1),
  isWide: fc.boolean(),
  step: fc.constantFrom(0, 64, 128, 192, -64),
})

const bundle = fc.oneof(
  { weight: 3, arbitrary: product.map((p) => multiply(p)) },
  {
    weight: 3,
    arbitrary: load.map(({ vector, isWide, step }) => [
      op(isWide ? 'ldv64' : 'ldv32', vector, 1, 1, `#${step}`),
    ]),
  },
  { weight: 1, arbitrary: fc.constant([op('add', 5, 5, 3)]) },
)

function multiply(p: Product): MachineOp[] {
  const scalar = p.isUnsigned ? 1 : 0
  const [a, b] = p.isSwapped ? [2, p.vector] : [p.vector, 2]
  const [ea, eb] = p.isSwapped ? [scalar, 0] : [0, scalar]
  const [pa, pb] = p.isSwapped ? [0, p.part] : [p.part, 0]
  return [op('vbc', 2, scalar, 6, 3), op(p.name, p.sum, p.sum, a, b, ea, eb, p.lanes, pa, pb)]
}

/** A loop of so many turns; each takes another scalar. */
function program(turns: number, body: readonly (readonly MachineOp[])[]): MachineOp[][] {
  const head = [[op('movi', 1, `#${testOwn + matrix}`)], [op('movi', 2, `#${testOwn + factors}`)]]
  const inside = [[op('ld8', 3, 2, 1, '#1')], ...body.map((ops) => [...ops])]
  const words = (bundles: readonly MachineOp[][]) =>
    bundles.reduce((n, b) => n + encode(b).length, 0)
  const start = words([...head, [op('loop', `#${turns}`, 0, 0)]])
  const end = start + words(inside.slice(0, -1))
  return [...head, [op('loop', `#${turns}`, end, 0)], ...inside, [op('done')]]
}

function arrayWith(engine: 'jit' | 'interpreter', code: readonly MachineOp[][]): TestArray {
  const array = new TestArray(engine)
  let at = 0
  for (const ops of code) {
    for (const word of encode(ops)) {
      array.cores.pmWrite32(0, at, word)
      at += 4
    }
  }
  return array
}

/** Fills the memory by a rule, or with the values that make the largest sums. */
function fill(array: TestArray, seed: number, from: number, to: number): void {
  const { dm } = array
  let x = seed
  for (let i = from; i < to; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    dm.i8[i] = seed === 0 ? -128 : x >> 24
  }
  dm.mark(from, to)
}

function run(array: TestArray): string {
  array.cores.writeControl(0, 2)
  array.start()
  array.run(array.sim.schedule.now + 100_000)
  return array.checksum()
}

describe('a loop of products of narrow vectors with scalars', () => {
  it('leaves the state that the stepper leaves, with old and new contents of memory', () => {
    const bodies = fc.array(bundle, { minLength: 1, maxLength: 5 })
    const stores = fc.array(
      fc.record({ seed: fc.nat(3), from: fc.nat(0x7000), length: fc.nat(3000) }),
      { minLength: 2, maxLength: 6 },
    )
    fc.assert(
      fc.property(bodies, fc.integer({ min: 1, max: 60 }), stores, (body, turns, list) => {
        const code = program(turns, body)
        const twins = [arrayWith('jit', code), arrayWith('interpreter', code)] as const
        for (const array of twins) fill(array, 7, 0, testDmBytes)
        for (const { seed, from, length } of list) {
          for (const array of twins) fill(array, seed, matrix + from, matrix + from + length)
          expect(run(twins[0])).toBe(run(twins[1]))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('keeps sums apart that grow as far as they can', () => {
    const body = [
      [op('ldv64', 0, 1, 1, '#0')],
      multiply({
        name: 'vmac32',
        sum: 0,
        vector: 0,
        part: 0,
        lanes: 3,
        isUnsigned: true,
        isSwapped: false,
      }),
    ]
    const code = program(4000, body)
    const twins = [arrayWith('jit', code), arrayWith('interpreter', code)] as const
    for (const array of twins) fill(array, 0, 0, testDmBytes)
    for (let round = 0; round < 3; round++) expect(run(twins[0])).toBe(run(twins[1]))
    expect(twins[0].cores.registers.c[0]).toBe(3 * 4000 * -128 * 128)
  })
})
