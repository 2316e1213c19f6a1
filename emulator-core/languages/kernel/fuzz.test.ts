import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileText } from './test-kit/kit.ts'

const good = `
#include <aie_api/aie.hpp>
#define LANES(T) (64 / sizeof(T))
template <typename T, unsigned N = LANES(T)>
static void scale(const T *restrict in, T *restrict out, int n, T by = T(2)) {
  static_assert(N >= 16, "too few");
  for (int i = 0; i < n; i += N) {
    aie::vector<T, N> v = aie::load_v<N>(in + i);
    auto p = aie::mul(v, by);
    aie::store_v(out + i, p.template to_vector<T>(1));
  }
}
struct Pair { int a = 1; short b; int sum() const { return a + b; } };
enum class Mode { up, down = 4 };
constexpr int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
static const int table[2][3] = {{1, 2, 3}, {fib(6), 5}};
namespace tools { template <typename F> int twice(F f) { return f(1) + f(2); } }
extern "C" {
int entry(int8_t *a, int8_t *b, int n) {
  scale(a, b, n);
  Pair p = {n, 3};
  int t = tools::twice([&](int x) { return x * p.sum(); });
  switch (n) { case 1: t++; break; default: t += table[n & 1][n % 3]; }
  do { t -= 3; if (t == 7) continue; } while (t > 10 && n-- > 0);
  return (Mode)t == Mode::down ? t : -t << 2;
}
}
`

const snippets = [
  '(',
  ')',
  '{',
  '}',
  '<',
  '>',
  '>>',
  ';',
  ',',
  '#',
  '##',
  '::',
  '...',
  '"',
  "'",
  '/*',
  '\\\n',
  '\n#if 1\n',
  '\n#endif\n',
  '\n#define F(x) F(x) x\n',
  'F(F(1))',
  'template <',
  'aie::',
  'auto',
  'struct',
  '[&]',
  'operator',
  '= {',
  'case',
  '9'.repeat(30),
  'aie::vector<int, 16> v;',
  'constexpr int q = fib(40);',
  'while (true);',
  'sizeof',
  '&&',
  '-',
  '@',
  '\0',
  '\u2603',
]

/**
 * The promise: an answer, with a reason when there is no module, and never a failure of the
 * compiler itself.
 */
function check(text: string): void {
  const compiled = compileText(text)
  expect(compiled.diagnostics.filter((d) => d.code === 'C0901')).toEqual([])
  const errors = compiled.diagnostics.some((d) => d.severity === 'error')
  expect(compiled.module === undefined).toBe(errors)
  for (const d of compiled.diagnostics) expect(d.at.start).toBeLessThanOrEqual(d.at.end)
}

describe('any input', () => {
  it('compiles when it is the good kernel', () => {
    expect(compileText(good).diagnostics).toEqual([])
  })

  it('is answered when the kernel is cut off anywhere', () => {
    fc.assert(
      fc.property(fc.nat(good.length), (end) => check(good.slice(0, end))),
      { numRuns: 150 },
    )
  })

  it('is answered when pieces are inserted, removed and doubled', () => {
    const edit = fc.tuple(
      fc.nat(good.length),
      fc.nat(40),
      fc.constantFrom('', ...snippets),
      fc.boolean(),
    )
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let text = good
        for (const [at, length, piece, double] of edits) {
          text =
            text.slice(0, at) +
            piece +
            (double ? text.slice(at, at + length) : '') +
            text.slice(double ? at : at + length)
        }
        check(text)
      }),
      { numRuns: 250 },
    )
  })

  it('is answered when it is noise', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), check), { numRuns: 150 })
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...snippets, 'int', 'x', '=', '*', '1'), { maxLength: 60 }),
        (list) => check(list.join(' ')),
      ),
      { numRuns: 150 },
    )
  })

  it('ends when templates, macros, calls or constants unfold without end', () => {
    check('template <int N> int f() { return f<N + 1>(); }\nextern "C" int g() { return f<0>(); }')
    check(
      'template <int N> struct S; template <int N> auto f() { return f<N + 1>(); }\nextern "C" int g() { return f<0>(); }',
    )
    check('constexpr int f(int n) { return f(n + 1); }\nint a = f(0);\nint b[f(1)];')
    check(`${'{'.repeat(5000)}`)
    check(`int a = ${'-'.repeat(5000)}1;`)
    check(`int a = ${'1+'.repeat(5000)}1;`)
    check(`extern "C" void f() { ${'if (1) '.repeat(3000)}; }`)
    check(`#define M(x) ${'x '.repeat(200)}\nint a = ${'M('.repeat(200)}1${')'.repeat(200)};`)
    check(`${'namespace a {'.repeat(1000)}`)
    check(`int a = ${'f('.repeat(1000)}`)
    check('static int a(int &x) { return a(x); }\nextern "C" int f(int x) { return a(x); }')
    check('extern "C" int f(int x) { auto g = [&](auto h) { return h(h); }; return g(g); }')
  })
})
