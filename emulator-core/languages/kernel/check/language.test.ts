import { describe, expect, it } from 'vitest'
import { compileText, evaluate, machineFor } from '../test-kit/kit.ts'

describe('statements', () => {
  it('loop, leave and continue', () => {
    const text = `extern "C" int f(int n) {
      int s = 0;
      for (int i = 0; ; i++) { if (i == n) break; if (i % 3 == 0) continue; s += i; }
      int k = 0;
      while (true) { if (++k > 5) break; }
      do { s += 100; } while (--k > 4);
      return s;
    }`
    expect(evaluate(text, 'f', 10)).toBe(1 + 2 + 4 + 5 + 7 + 8 + 200)
  })

  it('switch with fall-through, default in the middle and nested loops', () => {
    const text = `extern "C" int f(int a) {
      int r = 0;
      for (int i = 0; i < 2; i++) {
        switch (a) {
          case 1: r += 1;
          case 2: r += 10; break;
          default: r += 100;
          case -3: r += 1000; continue;
        }
        r += 10000;
      }
      return r;
    }`
    expect([1, 2, -3, 7].map((a) => evaluate(text, 'f', a))).toEqual([20022, 20020, 2000, 2200])
  })

  it('declare in conditions and shadow outer names', () => {
    const text =
      'extern "C" int f(int a) { int x = 1; { int x = 2; a += x; } if (int y = a; y > 3) x += y; return x; }'
    expect(evaluate(text, 'f', 4)).toBe(7)
  })

  it('go through arrays', () => {
    const text =
      'extern "C" int f() { int t[] = {3, 4, 5}; for (int &x : t) x *= 2; int s = 0; for (auto x : t) s += x; return s; }'
    expect(evaluate(text, 'f')).toBe(24)
  })
})

describe('functions', () => {
  it('overload by type and take default arguments', () => {
    const text = `
      static int g(int) { return 1; } static int g(unsigned) { return 2; } static int g(const char *) { return 3; }
      static int h(int a, int b = 10, int c = 100) { return a + b + c; }
      extern "C" int f(unsigned u) { return g(1) + 10 * g(u) + 100 * g("x") + 1000 * h(1) + h(1, 2) * 10000; }`
    expect(evaluate(text, 'f', 0)).toBe(1 + 20 + 300 + 111000 + 1030000)
  })

  it('pass references and write through them', () => {
    const text = `
      static void swap(int &a, int &b) { int t = a; a = b; b = t; }
      static int &second(int *p) { return p[1]; }
      static int twice(const int &x) { return 2 * x; }
      extern "C" int f(int a, int b) { swap(a, b); int t[2] = {a, b}; swap(t[0], t[1]); second(t) += 1000; return twice(t[0]) * 10000 + t[1]; }`
    expect(evaluate(text, 'f', 7, 9)).toBe(141009)
  })

  it('bind references before pointers move', () => {
    const text = 'extern "C" int f(int *p) { int &r = *p; p++; r = 5; return *p; }'
    const machine = machineFor(text)
    const words = new Int32Array(machine.memory.buffer)
    words[0x401] = 77
    expect(machine.call('f', 0x1000)).toBe(77n)
    expect(words[0x400]).toBe(5)
  })

  it('instantiate templates by deduction, by explicit arguments and by specialisation', () => {
    const text = `
      #include <stdint.h>
      template <typename T> T largest(const T *p, int n) { T best = p[0]; for (int i = 1; i < n; i++) if (p[i] > best) best = p[i]; return best; }
      template <typename T, int N = 4> int size() { return sizeof(T) * N; }
      template <typename T> int kind() { return 0; }
      template <> int kind<int8_t>() { return 8; }
      template <> int kind<uint8_t>() { return 108; }
      template <typename T, unsigned N> int count(T (&)[N]) { return N; }
      extern "C" int f() {
        int8_t a[3] = {-5, 7, 3};
        return largest(a, 3) + 10 * size<int16_t>() + 1000 * size<char, 2>() + 10000 * kind<int8_t>() + 100000 * count(a) + kind<int>();
      }`
    expect(evaluate(text, 'f')).toBe(7 + 80 + 2000 + 80000 + 300000)
  })

  it('choose code by if constexpr without reading the other branch', () => {
    const text = `
      #include <type_traits>
      template <typename T> int f0(T x) { if constexpr (std::is_signed_v<T>) return -x; else return x.nothing(); }
      extern "C" int f(int a) { return f0(a); }`
    expect(evaluate(text, 'f', 5)).toBe(-5)
  })

  it('run constexpr functions at compile time, loops and recursion included', () => {
    const text = `
      constexpr int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
      constexpr int digits(unsigned n) { int d = 0; do { d++; n /= 10; } while (n); return d; }
      constexpr int total(const int *p, int n) { int s = 0; for (int i = 0; i < n; i++) s += p[i]; return s; }
      constexpr int squares[5] = {0, 1, 4, 9, 16};
      static_assert(fib(15) == 610 && digits(12345u) == 5 && squares[3] == 9 && total(squares, 5) == 30);
      int table[fib(6)] = {fib(7), digits(99)};
      extern "C" int f() { return sizeof(table) * 100 + table[0] + table[1]; }`
    expect(evaluate(text, 'f')).toBe(3200 + 13 + 2)
  })

  it('expand lambdas with captures by reference and by copy', () => {
    const text = `
      template <typename F> static void repeat(int n, F body) { for (int i = 0; i < n; i++) body(i); }
      extern "C" int f(int n) {
        int sum = 0, k = 3;
        auto copy = [=](int x) { return x * k; };
        auto by = [k, &sum](int x) -> int { sum += 1; return x + k; };
        k = 100;
        repeat(n, [&](int i) { sum += copy(i); });
        return sum + by(1000);
      }`
    expect(evaluate(text, 'f', 4)).toBe(18 + 1003)
  })
})

describe('types', () => {
  it('lay out structs and call their members', () => {
    const text = `
      #include <stdint.h>
      struct Sum { int total = 5; int8_t count; static constexpr int step = 2; void add(int x) { total += x * step; count++; } int get() const { return total; } };
      typedef struct { int8_t a; int16_t b; int c; } Packed;
      static Packed make(int a) { Packed p = {(int8_t)a, 2, 3}; p.c += a; return p; }
      extern "C" int f(int a) { Sum s; s.count = 0; s.total = 0; s.add(a); s.add(1); Packed p = make(a), q; q = p; Packed *r = &q; return s.get() + s.count * 100 + sizeof(Packed) * 1000 + r->c * 10000 + Sum::step * 1000000; }`
    expect(evaluate(text, 'f', 4)).toBe(10 + 200 + 8000 + 70000 + 2000000)
  })

  it('keep enumerations, aliases and namespaces apart', () => {
    const text = `
      #include <stdint.h>
      enum Colour { red = 3, green, blue = green * 2 };
      enum class Mode : uint8_t { off, on = 200 };
      namespace a { constexpr int n = 1; namespace b { using number = int16_t; constexpr int n = 2; } }
      namespace a::b { static int twice(number x) { return 2 * x; } }
      template <typename T> using pointer = T *;
      using namespace a;
      extern "C" int f(pointer<int> p) { Mode m = Mode::on; return blue + (int)m + b::n * 1000 + b::twice(n) * 10000 + (m == Mode::on) * 100000; }`
    expect(evaluate(text, 'f', 0)).toBe(8 + 200 + 2000 + 20000 + 100000)
  })

  it('give globals their initial bytes and keep what is written to them', () => {
    const text = `
      #include <stdint.h>
      static int16_t gain[4] = {1, -2};
      const uint8_t lut[2][2] = {{1, 2}, {3, 250}};
      extern "C" int f(int i) { static int calls = 10; gain[3] += 1; return gain[1] + gain[3] * 10 + lut[i][1] * 100 + ++calls * 100000; }`
    const machine = machineFor(text)
    expect(machine.call('f', 1)).toBe(BigInt(-2 + 10 + 25000 + 1100000))
    expect(machine.call('f', 0)).toBe(BigInt(-2 + 20 + 200 + 1200000))
  })

  it('measure and align', () => {
    const text = `
      #include <stdint.h>
      extern "C" int f() { alignas(32) int8_t t[3]; int8_t u; t[0] = 0; return sizeof(long) + 10 * sizeof(long long) + 100 * sizeof(int *) + 1000 * sizeof(t) + (((uintptr_t)&t[0] & 31) == 0) * 10000 + alignof(int16_t) * 100000; }`
    expect(evaluate(text, 'f')).toBe(4 + 80 + 400 + 3000 + 10000 + 200000)
  })

  it('name disjointness only for pointers that stay what they were', () => {
    const text = `
      extern "C" void f(int *__restrict a, int *__restrict b, int *c) {
        int *p = a + 4; p++; *p = 1;
        int *q = b; q = c; *q = 2;
        *b = 3; *c = 4;
      }`
    const ops = compileText(text).module!.functions[0]!.blocks.flatMap((block) => block.ops)
    expect(ops.filter((op) => op.op === 'store').map((op) => op.scope)).toEqual([1, 0, 2, 0])
  })

  it('take the promise of restrict back when a pointer hides behind a reference', () => {
    const text = `
      static void swap(int *&a, int *&b) { int *t = a; a = b; b = t; }
      extern "C" void f(int *__restrict a, int *__restrict b) { *a = 1; swap(a, b); *b = 2; }`
    const ops = compileText(text).module!.functions[0]!.blocks.flatMap((block) => block.ops)
    expect(ops.filter((op) => op.op === 'store').map((op) => op.scope)).toEqual([0, 0])
  })

  it('keep functions, types and statics of equal names apart', () => {
    const text = `
      namespace a { struct P { int x; }; static int f(int v) { return v + 1; } int n = 5; }
      namespace b { struct P { short x; }; static int f(int v) { return v * 2; } int n = 7; }
      template <typename T> int size() { static int calls = sizeof(T); return calls++; }
      extern "C" int g(int v) {
        return a::f(v) + 10 * b::f(v) + 1000 * size<a::P>() + 10000 * size<b::P>() + 100000 * size<a::P>() + a::n * 1000000 + b::n * 10000000;
      }`
    expect(evaluate(text, 'g', 3)).toBe(4 + 60 + 4000 + 20000 + 500000 + 5000000 + 70000000)
  })
})
