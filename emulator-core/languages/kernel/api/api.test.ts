import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { get, machineFor, put, type AnyArray } from '../test-kit/kit.ts'
import type { Machine } from '../test-kit/evaluate.ts'

const head = '#include <aie_api/aie.hpp>\n'

const elements = {
  int8_t: Int8Array,
  uint8_t: Uint8Array,
  int16_t: Int16Array,
  uint16_t: Uint16Array,
  int32_t: Int32Array,
  uint32_t: Uint32Array,
} as const
type Element = keyof typeof elements
const names = Object.keys(elements) as Element[]

function lanesOf(type: Element): number {
  return 64 / elements[type].BYTES_PER_ELEMENT
}

function random(type: Element): fc.Arbitrary<AnyArray> {
  const lanes = lanesOf(type)
  const edge = fc.constantFrom(
    0,
    1,
    -1,
    127,
    128,
    -128,
    255,
    32767,
    -32768,
    65535,
    2147483647,
    -2147483648,
  )
  const number = fc.oneof(edge, fc.integer())
  return fc
    .array(number, { minLength: lanes, maxLength: lanes })
    .map((list) => elements[type].from(list))
}

/** A kernel that works on one vector of each input and stores the result. */
function kernel(type: Element, body: string): Machine {
  const n = lanesOf(type)
  return machineFor(`${head}
    extern "C" void f(const ${type} *p, const ${type} *q, ${type} *out) {
      using T = ${type};
      constexpr unsigned N = ${n};
      aie::vector<T, N> a = aie::load_v<N>(p);
      aie::vector<T, N> b = aie::load_v<N>(q);
      ${body}
    }`)
}

function run(machine: Machine, a: AnyArray, b: AnyArray): AnyArray {
  put(machine, 0x1000, a)
  put(machine, 0x2000, b)
  machine.call('f', 0x1000, 0x2000, 0x3000)
  return get(machine, 0x3000, a)
}

type Lane = (x: number, y: number) => number

const binary: readonly (readonly [string, Lane])[] = [
  ['aie::add(a, b)', (x, y) => x + y],
  ['aie::sub(a, b)', (x, y) => x - y],
  ['aie::min(a, b)', (x, y) => Math.min(x, y)],
  ['aie::max(a, b)', (x, y) => Math.max(x, y)],
  ['aie::bit_and(a, b)', (x, y) => x & y],
  ['aie::bit_or(a, b)', (x, y) => x | y],
  ['aie::bit_xor(a, b)', (x, y) => x ^ y],
  ['aie::bit_not(a)', (x) => ~x],
  ['aie::neg(a)', (x) => -x],
  ['aie::abs(a)', (x) => Math.abs(x)],
  ['aie::upshift(a, 3)', (x) => x << 3],
  ['aie::maxdiff(a, b)', (x, y) => (x > y ? x - y : 0)],
  ['aie::clamp(a, 3, 90)', (x) => Math.min(Math.max(x, 3), 90)],
  ['a + b - 1', (x, y) => x + y - 1],
  ['(a ^ b) | (a & b)', (x, y) => x | y],
  ['~a', (x) => ~x],
  ['a << 2', (x) => x << 2],
  ['aie::select(a, b, aie::lt(a, b))', (x, y) => (x < y ? y : x)],
  ['aie::select(a, 7, aie::ge(a, b))', (x, y) => (x >= y ? 7 : x)],
  ['aie::select(a, b, aie::eq(a, b) | aie::gt(a, b))', (x, y) => (x >= y ? y : x)],
  ['aie::mul(a, b).to_vector<T>()', (x, y) => Math.imul(x, y)],
  ['aie::mac(aie::mul(a, b), a, T(3)).to_vector<T>()', (x, y) => Math.imul(x, y) + Math.imul(x, 3)],
  ['aie::msc(aie::mul(a, b), a, T(3)).to_vector<T>()', (x, y) => Math.imul(x, y) - Math.imul(x, 3)],
  ['aie::negmul(a, b).to_vector<T>()', (x, y) => -Math.imul(x, y)],
  ['aie::vector<T, N>(a * b)', (x, y) => Math.imul(x, y)],
]

describe('lane-wise functions', () => {
  it.each(binary)('%s works on every element type', (text, lane) => {
    for (const type of names) {
      const machine = kernel(type, `aie::vector<T, N> r = ${text}; aie::store_v(out, r);`)
      fc.assert(
        fc.property(random(type), random(type), (a, b) => {
          const wanted = elements[type].from(Array.from(a, (x, i) => lane(x, b[i]!)))
          expect(run(machine, a, b)).toEqual(wanted)
        }),
        { numRuns: 12 },
      )
    }
  })

  it('shift right by sign or by zeros', () => {
    for (const type of names) {
      const machine = kernel(type, 'aie::store_v(out, aie::downshift(a, 2));')
      const a = elements[type].from(Array.from({ length: lanesOf(type) }, (_, i) => i * 37 - 100))
      expect(run(machine, a, a)).toEqual(
        elements[type].from(Array.from(a, (x) => Math.floor(x / 4))),
      )
    }
  })
})

describe('reductions', () => {
  it.each(names)('sum, smallest and largest lane of %s', (type) => {
    const machine = kernel(
      type,
      'out[0] = aie::reduce_add(a); out[1] = aie::reduce_min(a); out[2] = aie::reduce_max(a);',
    )
    fc.assert(
      fc.property(random(type), (a) => {
        const list = Array.from(a)
        const sum = list.reduce((s, x) => s + BigInt(x), 0n)
        const wanted = elements[type].from([
          Number(BigInt.asIntN(32, sum)),
          Math.min(...list),
          Math.max(...list),
        ])
        expect(run(machine, a, a).slice(0, 3)).toEqual(wanted)
      }),
      { numRuns: 25 },
    )
  })

  it('obey saturation when 8-bit sums leave the accumulator', () => {
    const machine = kernel(
      'int8_t',
      'aie::set_saturation(aie::saturation_mode::saturate); out[0] = aie::reduce_add(a);',
    )
    const a = new Int8Array(64)
    a.fill(31, 0, 16)
    expect(run(machine, a, a)[0]).toBe(127)
  })
})

describe('reshaping', () => {
  const a = Int16Array.from({ length: 32 }, (_, i) => i * 100 - 50)
  const b = Int16Array.from({ length: 32 }, (_, i) => -i)
  const cases: readonly (readonly [string, (i: number) => number])[] = [
    ['aie::concat(b.extract<16>(1), a.extract<16>(0))', (i) => (i < 16 ? b[16 + i]! : a[i - 16]!)],
    ['shift_bytes(a, b, 6)', (i) => (i + 3 < 32 ? a[i + 3]! : b[i - 29]!)],
    ['shift_bytes(a, b, 32)', (i) => (i < 16 ? a[16 + i]! : b[i - 16]!)],
    ['aie::reverse(a)', (i) => a[31 - i]!],
    ['aie::transpose(a, 4, 8)', (i) => a[(i % 4) * 8 + Math.floor(i / 4)]!],
    ['aie::shuffle_down_rotate(a, 5)', (i) => a[(i + 5) % 32]!],
    [
      'aie::concat(aie::filter_even(a, 2), aie::filter_odd(a, 2))',
      (i) => a[(i < 16 ? 0 : 2) + Math.floor((i % 16) / 2) * 4 + (i % 2)]!,
    ],
    [
      'aie::vector<T, N>(a.extract<8>(0), a.extract<8>(3), b.extract<8>(1), b.extract<8>(2))',
      (i) => [a[i]!, a[24 + i - 8]!, b[8 + i - 16]!, b[16 + i - 24]!][i >> 3]!,
    ],
    ['a.cast_to<int8_t>().cast_to<T>()', (i) => a[i]!],
  ]
  it.each(cases)('%s moves lanes', (text, lane) => {
    const machine = kernel('int16_t', `aie::vector<T, N> r = ${text}; aie::store_v(out, r);`)
    expect(run(machine, a, b)).toEqual(Int16Array.from(a, (_, i) => lane(i)))
  })

  it('insert, set, push and single lanes change the vector itself', () => {
    const machine = kernel(
      'int16_t',
      `
      a.insert(1, b.extract<8>(2)); a.set(77, 3); a[4] = a[5] + 1; a[0] += 9; a.push(b.get(7));
      aie::vector<T, N> c(1, 2, 3); c[31] = c.size(); aie::store_v(out, aie::add(a, c));`,
    )
    const wanted = Int16Array.from(a)
    wanted.set(b.slice(16, 24), 8)
    wanted[3] = 77
    wanted[4] = wanted[5]! + 1
    wanted[0]! += 9
    const pushed = Int16Array.from([b[7]!, ...wanted.slice(0, 31)])
    pushed[0]! += 1
    pushed[1]! += 2
    pushed[2]! += 3
    pushed[31]! += 32
    expect(run(machine, a, b)).toEqual(pushed)
  })

  it('index lanes by a variable', () => {
    const machine = kernel(
      'int16_t',
      'for (int i = 0; i < 32; i++) b[31 - i] = a[i] * 2; aie::store_v(out, b);',
    )
    expect(run(machine, a, b)).toEqual(Int16Array.from(a, (_, i) => a[31 - i]! * 2))
  })
})

describe('masks', () => {
  it('count, answer and combine', () => {
    const machine = kernel(
      'int32_t',
      `
      auto m = aie::lt(a, b); auto n = ~m & aie::neq(a, b);
      out[0] = m.count(); out[1] = n.count(); out[2] = m.empty(); out[3] = (m ^ ~m).full(); out[4] = m[2]; out[5] = n.test(3);`,
    )
    const a = Int32Array.from({ length: 16 }, (_, i) => i - 4)
    const b = Int32Array.from({ length: 16 }, () => 0)
    expect(Array.from(run(machine, a, b).slice(0, 6))).toEqual([4, 11, 0, 1, 1, 0])
  })
})

describe('accumulators', () => {
  it('take 64 bits when a factor has 32', () => {
    const machine = kernel(
      'int32_t',
      'auto p = aie::mul(a, b); aie::store_v(out, p.to_vector<int32_t>(31));',
    )
    const a = new Int32Array(16).fill(1 << 30)
    expect(run(machine, a, a)[0]).toBe(2 ** 29)
  })

  it('round and saturate by the modes in force', () => {
    const body = (mode: string): string => `
      aie::set_rounding(aie::rounding_mode::${mode}); aie::set_saturation(aie::saturation_mode::saturate);
      aie::store_v(out, aie::mul(a, b).to_vector<T>(1));`
    const a = Int16Array.from({ length: 32 }, (_, i) => [5, -5, 3, -3, 32767, -32768][i % 6]!)
    const b = Int16Array.from({ length: 32 }, (_, i) => (i % 6 > 3 ? 4 : 1))
    const results = [
      'floor',
      'ceil',
      'symmetric_zero',
      'symmetric_inf',
      'conv_even',
      'positive_inf',
    ].map((mode) => Array.from(run(kernel('int16_t', body(mode)), a, b).slice(0, 6)))
    expect(results).toEqual([
      [2, -3, 1, -2, 32767, -32768],
      [3, -2, 2, -1, 32767, -32768],
      [2, -2, 1, -1, 32767, -32768],
      [3, -3, 2, -2, 32767, -32768],
      [2, -2, 2, -2, 32767, -32768],
      [3, -2, 2, -1, 32767, -32768],
    ])
  })

  it('start from vectors, add up and give parts', () => {
    const machine = kernel(
      'int16_t',
      `
      aie::accum<acc32, N> c; c.from_vector(a, 2);
      aie::accum<acc32, N> d(b);
      c = aie::add(c, d); c = c - b; c = aie::mac(c, a, b);
      aie::vector<T, N> r = aie::concat(c.extract<16>(0), c.extract<16>(1));
      aie::store_v(out, r);`,
    )
    const a = Int16Array.from({ length: 32 }, (_, i) => i - 7)
    const b = Int16Array.from({ length: 32 }, (_, i) => 3 * i)
    expect(run(machine, a, b)).toEqual(Int16Array.from(a, (x, i) => 4 * x + x * b[i]!))
  })

  it('give the sum of weighted vectors', () => {
    const machine = kernel(
      'uint8_t',
      `
      aie::vector<int16_t, 32> w(3, -2); aie::accum<acc32, N> base(b, 4);
      aie::store_v(out, aie::accumulate<N>(base, w, 0, a, b).to_vector<T>(4));`,
    )
    const a = Uint8Array.from({ length: 64 }, (_, i) => i * 4)
    const b = Uint8Array.from({ length: 64 }, (_, i) => i)
    expect(run(machine, a, b)).toEqual(
      Uint8Array.from(a, (x, i) => (b[i]! * 16 + 3 * x - 2 * b[i]!) >> 4),
    )
  })
})

describe('memory', () => {
  it('reads and writes at any element address', () => {
    const machine = kernel(
      'int8_t',
      'aie::store_unaligned_v(out + 3, aie::load_unaligned_v<16>(p + 5));',
    )
    const a = Int8Array.from({ length: 64 }, (_, i) => i)
    expect(Array.from(run(machine, a, a).slice(0, 21))).toEqual([
      0,
      0,
      0,
      ...Array.from({ length: 16 }, (_, i) => i + 5),
      0,
      0,
    ])
  })

  it('steps through memory with iterators and raw vector pointers', () => {
    const text = `${head}
      extern "C" void f(uint8_t *restrict in, uint8_t *restrict out, int n) {
        auto it = aie::begin_restrict_vector<32>(in); auto to = aie::begin_vector<32>(out);
        *to++ = *it++; *to++ = aie::add(*it++, (uint8_t)1);
        v64uint8 *restrict from = (v64uint8 *)(in + 64); v64uint8 *target = (v64uint8 *)(out + 64);
        for (int i = 0; i < n; i++) *target++ = *from++;
      }`
    const machine = machineFor(text)
    const data = Uint8Array.from({ length: 192 }, (_, i) => i)
    put(machine, 0x1000, data)
    machine.call('f', 0x1000, 0x2000, 2)
    expect(get(machine, 0x2000, data)).toEqual(data.map((x, i) => (i >= 32 && i < 64 ? x + 1 : x)))
  })

  it('moves bfloat16 without touching its bits', () => {
    const text = `${head}extern "C" void f(bfloat16 *a, bfloat16 *b) { aie::vector<bfloat16, 32> v = aie::load_v<32>(a); v[1] = 1.5f; aie::store_v(b, v); b[2] = a[5]; }`
    const machine = machineFor(text)
    const data = Uint16Array.from({ length: 32 }, (_, i) => 0x7f80 + i)
    put(machine, 0x1000, data)
    machine.call('f', 0x1000, 0x2000)
    const wanted = Uint16Array.from(data)
    wanted[1] = 0x3fc0
    wanted[2] = data[5]!
    expect(get(machine, 0x2000, data)).toEqual(wanted)
  })
})

describe('the core', () => {
  it('sees locks, events and modes in source order', () => {
    const text = `${head}extern "C" int f() {
      event0(); acquire_greater_equal(48, 1); acquire_equal(49, 2); release(50, -1); event1();
      auto old = aie::swap_rounding(aie::rounding_mode::ceil); aie::set_rounding(old); set_sat();
      uint64_t from = get_cycles(); return (int)(get_cycles() - from) > 0; }`
    const machine = machineFor(text)
    expect(machine.call('f')).toBe(1n)
    expect(machine.trace.map((t) => `${t.op} ${t.args.join(' ')}`.trim())).toEqual([
      'event 0',
      'acquire ge 48 1',
      'acquire eq 49 2',
      'release 50 -1',
      'event 1',
      'setmode rounding 1',
      'setmode rounding 0',
      'setmode saturation 1',
    ])
  })
})
