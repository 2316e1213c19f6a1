import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileText, evaluate, machineFor, listDiagnostics } from '../test-kit/kit.ts'
import { Machine } from '../test-kit/evaluate.ts'
import { known, trees, variables, type Variable } from '../test-kit/reference.ts'

const types = '#include <stdint.h>\n'

/** A function that reads its variables from memory and stores the expression as 64 bits. */
function program(text: string, list: readonly Variable[]): string {
  const reads = list.map((v, i) => `  ${v.type} ${v.name} = *(const ${v.type} *)(in + ${i * 8});`)
  return `${types}extern "C" void f(const char *in, long long *out) {\n${reads.join('\n')}\n  *out = ${text};\n}\n`
}

function run(text: string, list: readonly Variable[]): bigint {
  const compiled = compileText(program(text, list))
  const errors = listDiagnostics(compiled, {}).filter((line) => line.includes(' error '))
  expect(errors).toEqual([])
  const machine = new Machine(compiled.module!)
  const view = new DataView(machine.memory.buffer)
  list.forEach((v, i) => view.setBigInt64(0x1000 + 8 * i, BigInt.asIntN(64, v.value), true))
  machine.call('f', 0x1000, 0x2000)
  return view.getBigInt64(0x2000, true)
}

describe('integer expressions', () => {
  it('agree with the rules of C++ when computed at run time', () => {
    fc.assert(
      fc.property(trees, variables, (tree, list) => {
        const k = known(tree, list)
        expect(run(k.text, list)).toBe(BigInt.asIntN(64, k.value))
      }),
      { numRuns: 250 },
    )
  })

  it('agree with the rules of C++ when folded at compile time', () => {
    fc.assert(
      fc.property(trees, variables, (tree, list) => {
        const constants = list.map(
          (v) => `constexpr ${v.type} ${v.name} = (${v.type})${BigInt.asUintN(64, v.value)}uLL;`,
        )
        const k = known(tree, list)
        const wide = BigInt.asUintN(64, k.value)
        const text = `${types}${constants.join('\n')}\nstatic_assert((unsigned long long)(${k.text}) == ${wide}uLL);\n`
        const lines = listDiagnostics(compileText(text), {}).filter((line) =>
          line.includes(' error '),
        )
        expect(lines).toEqual([])
      }),
      { numRuns: 250 },
    )
  })

  it('promote small types before they compute', () => {
    const text = `${types}extern "C" int f(int a, int b) { int8_t x = a; uint8_t y = b; return x * y; }`
    expect(evaluate(text, 'f', -128, 255)).toBe(-128 * 255)
  })

  it('wrap when the result is stored back', () => {
    const text = `${types}extern "C" int f(int a) { uint8_t x = a; x += 10; x <<= 1; return x; }`
    expect(evaluate(text, 'f', 250)).toBe(8)
  })

  it('shift by the low five bits of the count', () => {
    const text = 'extern "C" int f(int a, int n) { return (a << n) | (a >> n); }'
    expect(evaluate(text, 'f', 3, 33)).toBe(7)
  })

  it('divide toward zero', () => {
    const text = 'extern "C" int f(int a, int b) { return a / b * 100 + a % b; }'
    expect(evaluate(text, 'f', -7, 2)).toBe(-301)
  })

  it('compare signed with unsigned as unsigned', () => {
    expect(evaluate('extern "C" bool f(int a, unsigned b) { return a < b; }', 'f', -1, 1)).toBe(0)
  })

  it('evaluate the right side of && and || only when it decides', () => {
    const text = `extern "C" int f(int a) { int n = 0; (a && ++n) || (n += 10); return n; }`
    expect(evaluate(text, 'f', 0)).toBe(10)
    expect(evaluate(text, 'f', 1)).toBe(1)
  })

  it('give increments their old and new values', () => {
    const text =
      'extern "C" int f(int a) { int b = a++; int c = ++a; return a * 10000 + b * 100 + c; }'
    expect(evaluate(text, 'f', 5)).toBe(70507)
  })

  it('take the value before a later change of the variable', () => {
    const text =
      'extern "C" int f(int *p) { int *q = p; int x = *p++; return x + (int)(p - q) * 100; }'
    const machine = machineFor(text)
    new Int32Array(machine.memory.buffer)[0x400] = 42
    expect(machine.call('f', 0x1000)).toBe(142n)
  })

  it('compute 64-bit numbers', () => {
    const text =
      'extern "C" int f(int a, int b) { long long p = (long long)a * b; return (int)(p >> 32); }'
    expect(evaluate(text, 'f', 0x40000000, 12)).toBe(3)
  })
})
