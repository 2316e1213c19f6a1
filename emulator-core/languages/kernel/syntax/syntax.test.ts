import { describe, expect, it } from 'vitest'
import { codesOf, evaluate, expectDiagnostics } from '../test-kit/kit.ts'

describe('recovery', () => {
  it('reports a missing semicolon where it should stand', () => {
    expectDiagnostics('extern "C" void f(int *p) {\n  int x = 5\n  p[0] = x;\n}\n', [
      '2:12 error C0202',
    ])
    expectDiagnostics('extern "C" int f(int a) {\n  a += 1\n  return a;\n}\n', ['2:9 error C0202'])
    expectDiagnostics('extern "C" int f(int a) {\n  return a\n}\n', ['2:11 error C0202'])
    expectDiagnostics('struct P { int a; }\nextern "C" int f(int a) { return a; }\n', [
      '1:20 error C0202',
    ])
  })

  it('goes on and finds the next mistake', () => {
    const text =
      'extern "C" int f(int a) {\n  int b = (a + ;\n  return a b;\n}\nextern "C" int g() { return ]; }\n'
    expect(codesOf(text).map((line) => line.split(':')[0])).toEqual(['2', '3', '5'])
  })

  it('says which bracket is open', () => {
    expectDiagnostics(
      'extern "C" int f(int a) {\n  if (a > 1 {\n    a = 2;\n  }\n  return a;\n}\n',
      ['2:13 error C0203'],
    )
    expectDiagnostics('extern "C" int f(int a) {\n  return a;\n', ['1:25 error C0203'])
  })

  it('reports a misspelt keyword once', () => {
    expectDiagnostics('extern "C" int f(int a) {\n  retrun a;\n}\n', ['2:3 error C0301'])
  })

  it('reports an unknown type once', () => {
    expectDiagnostics(
      'extern "C" int f(int a) {\n  std::deque<int> d;\n  d.push_back(a);\n  return a;\n}\n',
      ['2:3 error C0301'],
    )
  })
})

describe('real C++ that is not emulated', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['goto', 'void f() { goto out; }'],
    ['label', 'void f() { out: ; }'],
    ['new', 'void f() { int *p = new int; }'],
    ['delete', 'void f(int *p) { delete p; }'],
    ['try', 'void f(int a) { try { a = 1; } catch (...) { a = 2; } }'],
    ['throw', 'void f() { throw 1; }'],
    ['asm', 'void f() { asm("nop"); }'],
    ['virtual', 'struct S { virtual int f(); };'],
    ['inheritance', 'struct A { int a; };\nstruct B : public A { int b; };'],
    ['constructor', 'struct A { A() { } int a; };'],
    ['destructor', 'struct A { ~A() { } int a; };'],
    ['operator', 'struct A { int a; };\nA operator+(A x, A y) { return x; }'],
    ['union', 'union U { int a; float b; };'],
    ['class template', 'template <typename T> struct S { T a; };'],
    ['pack', 'template <typename... T> void f(T... t) { }'],
    ['structured binding', 'void f(int *p) { auto [a, b] = p; }'],
    ['function pointer', 'void f(int (*g)(int)) { }'],
    ['dynamic_cast', 'void f(int *p) { dynamic_cast<int *>(p); }'],
    ['concept', 'template <typename T> concept C = true;'],
    ['bit-field', 'struct S { int a : 3; };'],
  ]
  it.each(cases)('gets its own message: %s', (_, text) => {
    const codes = codesOf(`${text}\n`)
    expect(codes.length).toBeGreaterThan(0)
    expect(codes.every((line) => line.endsWith('error C0801'))).toBe(true)
  })
})

describe('syntax', () => {
  it('tells casts from parentheses', () => {
    expect(
      evaluate('extern "C" int f(int a) { int b = 2; return (a) - 1 + (int)-1 + (b)*2; }', 'f', 10),
    ).toBe(12)
  })

  it('tells template lists from comparisons', () => {
    const text = `
      template <int A, int B> int t() { return A * 10 + B; }
      template <typename T> T same(T x) { return x; }
      extern "C" int f(int a) { const int n = 3; return t<n, (4 > 3)>() + (a < 3) + (a > 3) + same<int>(t<1, 8 / 2>()); }`
    expect(evaluate(text, 'f', 1)).toBe(31 + 1 + 14)
  })

  it('closes nested template lists with >>', () => {
    const text = `
      #include <aie_api/aie.hpp>
      #include <type_traits>
      static_assert(std::is_same_v<std::conditional_t<(8 >> 1) == 4, int, char>, std::make_signed_t<unsigned>>);
      static_assert(std::is_same<aie::vector<int, 16>, aie::vector<int32_t, 16>>::value);
      extern "C" int f() { return 1; }`
    expect(evaluate(text, 'f')).toBe(1)
  })

  it('reads numbers in every base with separators and suffixes', () => {
    expect(
      evaluate(
        "extern \"C\" int f() { return 0x1F + 0b101 + 017 + 1'000 + 'a' + '\\n' + (int)2.5e1f; }",
        'f',
      ),
    ).toBe(31 + 5 + 15 + 1000 + 97 + 10 + 25)
  })

  it('takes every spelling of restrict and attributes', () => {
    const text = `
      __attribute__((noinline)) static void g(int *restrict a, int *__restrict b, int *__restrict__ c) { *a = *b + *c; }
      [[maybe_unused]] static inline int h(int x) __attribute__((always_inline)) { return x; }
      extern "C" void f(int *a, int *b, int *c) noexcept { g(a, b, c); }`
    expect(
      codesOf(text.replace('h(int x) __attribute__((always_inline)) {', 'h(int x) {')),
    ).toEqual([])
  })

  it('reads declarators from the inside out', () => {
    const text = `
      int sum(const int (&rows)[2][3]) { int s = 0; for (int i = 0; i < 2; i++) for (int j = 0; j < 3; j++) s += rows[i][j]; return s; }
      extern "C" int f() { static const int t[2][3] = {{1, 2, 3}, {4, 5, 6}}; return sum(t); }`
    expect(evaluate(text, 'f')).toBe(21)
  })

  it('keeps hints with their loops', () => {
    const text = `
      extern "C" void f(int *p, int n) {
        #pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) p[i] = i;
        for (int i = 0; i < n; i++) chess_prepare_for_pipelining chess_loop_range(8, ) { p[i] = 0; }
        [[chess::unroll_loop(2)]] while (n > 0) { n--; *p++ = 1; }
      }`
    expect(codesOf(text)).toEqual([])
  })
})
