import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileText, get, machineFor, put } from './test-kit/kit.ts'

const head =
  '#include <stdint.h>\n#include <stdio.h>\n#include <type_traits>\n#include "../aie_kernel_utils.h"\n#include <aie_api/aie.hpp>\n'

const threshold = `${head}
enum Kind { BINARY = 0, BINARY_INV = 1, TRUNC = 2, TOZERO = 3 };
template <typename T, int N>
__attribute__((noinline)) void threshold_impl(const T *restrict in, T *restrict out, const int32_t count,
                                              const T &level, const T &top, const uint8_t kind) {
  ::aie::vector<T, N> constants;
  ::aie::vector<T, N> result;
  constants[0] = 0;
  constants[1] = level;
  constants[2] = top;
  AIE_PREPARE_FOR_PIPELINING
  AIE_LOOP_MIN_ITERATION_COUNT(4)
  for (int j = 0; j < count; j += N) {
    ::aie::vector<T, N> data = ::aie::load_v(in);
    in += N;
    ::aie::mask<N> above = ::aie::lt(constants[1], data);
    switch (kind) {
    case BINARY: result = ::aie::select(constants[0], constants[2], above); break;
    case BINARY_INV: result = ::aie::select(constants[2], constants[0], above); break;
    case TOZERO: result = ::aie::select(constants[0], data, above); break;
    case TRUNC:
    default: result = ::aie::min(constants[1], data);
    }
    ::aie::store_v(out, result);
    out += N;
  }
}
extern "C" {
#define ENTRY(T, N) \\
  void threshold_##T(T *in, T *out, int32_t count, int32_t level, int32_t top, int32_t kind) { \\
    threshold_impl<T, N>(in, out, count, level, top, kind); \\
  }
ENTRY(uint8_t, 64)
ENTRY(int16_t, 32)
ENTRY(int32_t, 16)
} // extern "C"
`

describe('threshold', () => {
  const reference = [
    (x: number, t: number, m: number) => (x > t ? m : 0),
    (x: number, t: number, m: number) => (x > t ? 0 : m),
    (x: number, t: number) => Math.min(x, t),
    (x: number, t: number) => (x > t ? x : 0),
    (x: number, t: number) => Math.min(x, t),
  ]

  it('is right for every kind, type and level', () => {
    const machine = machineFor(threshold)
    const types = [
      ['uint8_t', Uint8Array],
      ['int16_t', Int16Array],
      ['int32_t', Int32Array],
    ] as const
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.nat(4),
        fc.array(fc.integer(), { minLength: 128, maxLength: 128 }),
        fc.integer(),
        fc.integer(),
        ([type, Make], kind, raw, level, top) => {
          const data = Make.from(raw)
          const [t] = Make.of(level)
          const [m] = Make.of(top)
          put(machine, 0x1000, data)
          machine.call(`threshold_${type}`, 0x1000, 0x4000, 128, level, top, kind)
          expect(get(machine, 0x4000, data)).toEqual(
            Make.from(Array.from(data, (x) => reference[kind]!(x, t!, m!))),
          )
        },
      ),
      { numRuns: 40 },
    )
  })
})

const scale = `${head}
template <typename T> void scale_scalar(T *a, T *c, T factor, const int32_t n) {
  event0();
  for (int i = 0; i < n; i++) { c[i] = factor * a[i]; }
  event1();
}
template <typename T> void scale_vectorized(T *__restrict a, T *__restrict c, int32_t factor, const int32_t n);
template <> void scale_vectorized<int16_t>(int16_t *__restrict a, int16_t *__restrict c, int32_t factor, const int32_t n) {
  constexpr int lanes = 32;
  int16_t *__restrict pa = a;
  int16_t *__restrict pc = c;
  const int steps = n / lanes;
  int16_t narrow = factor;
  for (int i = 0; i < steps; i++)
    chess_prepare_for_pipelining chess_loop_range(16, ) {
      aie::vector<int16_t, lanes> v = aie::load_v<lanes>(pa);
      pa += lanes;
      aie::accum<acc32, lanes> acc = aie::mul(v, narrow);
      aie::store_v(pc, acc.template to_vector<int16_t>(0));
      pc += lanes;
    }
}
template <> void scale_vectorized<int32_t>(int32_t *__restrict a, int32_t *__restrict c, int32_t factor, const int32_t n) {
  for (int i = 0; i < n; i += 16) {
    aie::vector<int32_t, 16> v = aie::load_v<16>(a + i);
    aie::accum<acc64, 16> acc = aie::mul(v, factor);
    aie::store_v(c + i, acc.to_vector<int32_t>());
  }
}
extern "C" {
void scale_i16(int16_t *a, int16_t *c, int32_t *factor, int32_t n) { scale_vectorized<int16_t>(a, c, *factor, n); }
void scale_i32(int32_t *a, int32_t *c, int32_t *factor, int32_t n) { scale_vectorized<int32_t>(a, c, *factor, n); }
void scale_i16_scalar(int16_t *a, int16_t *c, int32_t *factor, int32_t n) { scale_scalar<int16_t>(a, c, *factor, n); }
}
`

describe('scale', () => {
  it('gives the same in vector and scalar form', () => {
    const machine = machineFor(scale)
    fc.assert(
      fc.property(fc.int16Array({ minLength: 64, maxLength: 64 }), fc.integer(), (data, factor) => {
        put(machine, 0x1000, data)
        put(machine, 0x800, Int32Array.of(factor))
        machine.call('scale_i16', 0x1000, 0x2000, 0x800, 64)
        machine.call('scale_i16_scalar', 0x1000, 0x3000, 0x800, 64)
        const wanted = data.map((x) => Math.imul(x, (factor << 16) >> 16))
        expect(get(machine, 0x2000, data)).toEqual(wanted)
        expect(get(machine, 0x3000, data)).toEqual(wanted)
      }),
      { numRuns: 30 },
    )
  })

  it('wraps 32-bit products', () => {
    const machine = machineFor(scale)
    const data = Int32Array.from({ length: 32 }, (_, i) => (i - 9) * 123456789)
    put(machine, 0x1000, data)
    put(machine, 0x800, Int32Array.of(-77777))
    machine.call('scale_i32', 0x1000, 0x2000, 0x800, 32)
    expect(get(machine, 0x2000, data)).toEqual(data.map((x) => Math.imul(x, -77777)))
  })

  it('says what it needs to be pipelined', () => {
    const fn = compileText(scale).module!.functions.find((f) =>
      f.name.includes('scale_vectorized<T = int16_t>'),
    )!
    expect(fn.hints).toEqual([{ header: 1, pipeline: true, minIterations: 16 }])
  })
})

const blend = `${head}
const int32_t SHIFT = 14;
template <typename T, int N, int MAX>
void blend_vector(const T *a, const T *b, T *out, const int32_t n, const int16_t alpha, const int16_t beta, const T gamma) {
  ::aie::set_saturation(aie::saturation_mode::saturate);
  ::aie::vector<int16_t, N> coeff(alpha, beta);
  ::aie::vector<T, N> gammas;
  ::aie::accum<acc32, N> start;
  for (int i = 0; i < N; i++) { gammas[i] = gamma; }
  start.template from_vector(gammas, 0);
  for (int j = 0; j < n; j += N) {
    ::aie::vector<T, N> x = ::aie::load_v<N>(a);
    a += N;
    ::aie::vector<T, N> y = ::aie::load_v<N>(b);
    b += N;
    ::aie::accum<acc32, N> acc = ::aie::accumulate<N>(start, coeff, 0, x, y);
    ::aie::store_v(out, acc.template to_vector<T>(SHIFT));
    out += N;
  }
}
template <typename T, int MAX>
void blend_scalar(const T *a, const T *b, T *out, const int32_t n, const int16_t alpha, const int16_t beta, const T gamma) {
  for (int i = 0; i < n; i++) {
    int t = ((a[i] * alpha + b[i] * beta + (1 << (SHIFT - 1))) >> SHIFT) + gamma;
    t = (t > MAX) ? MAX : (t < 0) ? 0 : t;
    out[i] = (T)t;
  }
}
extern "C" void blend(uint8_t *a, uint8_t *b, uint8_t *out, int32_t n, int16_t alpha, int16_t beta, uint8_t gamma, int scalar) {
  if (scalar) blend_scalar<uint8_t, UINT8_MAX>(a, b, out, n, alpha, beta, gamma);
  else blend_vector<uint8_t, 32, UINT8_MAX>(a, b, out, n, alpha, beta, gamma);
}
`

describe('weighted sum of two images', () => {
  it('follows the fixed-point formulas, which differ in rounding', () => {
    const machine = machineFor(blend)
    const pixels = fc.uint8Array({ minLength: 64, maxLength: 64 })
    const weight = fc.integer({ min: -32768, max: 32767 })
    const clamp = (x: number): number => Math.min(255, Math.max(0, x))
    fc.assert(
      fc.property(pixels, pixels, weight, weight, fc.nat(255), (a, b, alpha, beta, gamma) => {
        put(machine, 0x1000, a)
        put(machine, 0x1100, b)
        machine.call('blend', 0x1000, 0x1100, 0x2000, 64, alpha, beta, gamma, 0)
        machine.call('blend', 0x1000, 0x1100, 0x3000, 64, alpha, beta, gamma, 1)
        expect(get(machine, 0x2000, a)).toEqual(
          a.map((x, i) => clamp((gamma + alpha * x + beta * b[i]!) >> 14)),
        )
        expect(get(machine, 0x3000, a)).toEqual(
          a.map((x, i) => clamp(((x * alpha + b[i]! * beta + 8192) >> 14) + gamma)),
        )
      }),
      { numRuns: 40 },
    )
  })
})

const reduce = `${head}
#ifndef COUNT
#define COUNT n
#endif
template <typename T, typename V>
void reduce_max_vector(T *restrict in, T *restrict out, const int32_t n) {
  event0();
  constexpr int32_t LANES = V::size();
  V best = aie::broadcast<T>(std::numeric_limits<T>::lowest());
  for (int32_t i = 0; i < COUNT; i += LANES) {
    V next = aie::load_v(in + i);
    best = max(best, next);
  }
  V half = max(best, shift_bytes(best, best, 32U));
  V quarter = max(half, shift_bytes(half, half, 16U));
  *(T *)out = aie::reduce_max(quarter);
  event1();
}
extern "C" void reduce_add(int32_t *restrict in, int32_t *restrict out, int32_t n) {
  v16int32 total = broadcast_to_v16int32((int32_t)0);
  for (int32_t i = 0; i < COUNT; i += 16) total = add(total, *(v16int32 *)(in + i));
  v16int32 first = add(total, shift_bytes(total, total, 32U));
  v16int32 second = add(first, shift_bytes(first, first, 16U));
  v16int32 third = add(second, shift_bytes(second, second, 8U));
  v16int32 last = add(third, shift_bytes(third, third, 4U));
  *out = ext_elem(last, 0U);
}
extern "C" void reduce_max(int16_t *in, int16_t *out, int32_t n) { reduce_max_vector<int16_t, aie::vector<int16_t>>(in, out, n); }
`

describe('reductions over a buffer', () => {
  it('add and find the largest', () => {
    for (const defines of [{}, { COUNT: '128' }]) {
      const machine = machineFor(reduce, { defines })
      const words = Int32Array.from({ length: 128 }, (_, i) => Math.imul(i * i, 77777777))
      const halves = Int16Array.from(words, (x) => x >> 13)
      put(machine, 0x1000, words)
      put(machine, 0x2000, halves)
      machine.call('reduce_add', 0x1000, 0x800, 128)
      machine.call('reduce_max', 0x2000, 0x840, 128)
      expect(get(machine, 0x800, new Int32Array(1))[0]).toBe(words.reduce((s, x) => (s + x) | 0, 0))
      expect(get(machine, 0x840, new Int16Array(1))[0]).toBe(Math.max(...halves))
    }
  })
})
