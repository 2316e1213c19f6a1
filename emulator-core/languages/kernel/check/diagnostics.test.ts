import { describe, expect, it } from 'vitest'
import { codes } from '../codes.ts'
import { codesOf, compileFiles, compileText } from '../test-kit/kit.ts'

const api = '#include <aie_api/aie.hpp>\n'
const deep = '('.repeat(400)

/** One small source per code; the code must be the only one reported. */
const cases: Readonly<Record<string, string>> = {
  C0001: 'int a = 1 @ 2;',
  C0002: 'int a = 1; /* open',
  C0003: 'int a = 09;',
  C0101: '#define 3',
  C0102: '#include "nowhere.h"',
  C0103: '#if 1 +\n#endif',
  C0104: '#endif',
  C0105: '#error stop here',
  C0106: '#define f(a, b) a\nint x = f(1);',
  C0107: '#define A 1\n#define A 2',
  C0108: '#define p(a, b) a##b\nint x = p(1, +) 1;',
  C0201: 'extern "C" void f(int a) { for a; }',
  C0202: 'int a = 1\nint b;',
  C0203: 'extern "C" void f(int a { }',
  C0204: 'int a = ;',
  C0205: '+;',
  C0301: 'int a = b;',
  C0302: 'extern "C" void f() { int a; int a; }',
  C0303: 'extern "C" void f(int a) { f; }',
  C0304: `${api}extern "C" void f() { aie::vector<int, 16> v; v.nothing(); }`,
  C0305: 'extern "C" void f() { aie::zeros<int, 16>(); }',
  C0401: 'extern "C" void f(const int *a) { int *b = a; }',
  C0402: 'extern "C" void f(int *a, int *b) { a * b; }',
  C0403: 'extern "C" void f(const int *a) { *a = 1; }',
  C0404: 'extern "C" void f(int a) { a + 1 = 2; }',
  C0405: 'static void g(int a) { }\nextern "C" void f() { g(); }',
  C0406: 'static void g(int a) { }\nstatic void g(unsigned a) { }\nextern "C" void f() { g(1LL); }',
  C0407: 'extern "C" int f() { return; }',
  C0408: 'extern "C" void f() { void a; }',
  C0409: 'int a[2] = {1, 2, 3};',
  C0410: 'extern "C" void f() { break; }',
  C0411: 'unsigned char a = 256;',
  C0412: 'static int g();\nextern "C" int f() { return g(); }',
  C0413: 'extern "C" int f(int a) { return a / 0; }',
  C0501: 'template <typename T> T g() { return 1; }\nextern "C" int f() { return g(); }',
  C0502: 'template <typename T> using P = T *;\nP<3> p;',
  C0601: 'extern "C" void f(int n) { int a[n]; }',
  C0602: 'static_assert(1 + 1 == 3, "sums");',
  C0603: 'constexpr int g() { int i = 0; while (true) i++; return i; }\nconstexpr int a = g();',
  C0701: `${api}extern "C" void f(int *p) { aie::vector<int, 16> a; aie::vector<int, 8> b; aie::store_v(p, aie::add(a, b)); }`,
  C0702: `${api}extern "C" void f() { aie::vector<int, 7> v; }`,
  C0703: `${api}extern "C" void f() { aie::nothing(); }`,
  C0801: 'extern "C" void f() { goto out; }',
  C0802: `${api}extern "C" void f() { aie::vector<int, 16> v; aie::interleave_zip(v, v, 1); }`,
  C0803: 'extern "C" void f(float *a) { *a = *a * 2.0f; }',
  C0902: `int a = ${deep};`,
  C0903: `#define A0 1 +\n${Array.from({ length: 30 }, (_, i) => `#define A${i + 1} A${i} A${i}`).join('\n')}\nint a = A30 0;`,
  C0904: 'extern "C" int f(int a) { return f(a - 1); }',
}

describe('diagnostics', () => {
  it.each(Object.entries(cases))('%s is reported alone', (code, text) => {
    expect([...new Set(codesOf(`${text}\n`).map((line) => line.split(' ')[2]))]).toEqual([code])
  })

  it('have a case for every code that a source can cause', () => {
    const elsewhere = ['C0901', 'C0905']
    expect([...Object.keys(cases), ...elsewhere].sort()).toEqual(Object.keys(codes).sort())
  })

  it('say which file is missing from the project', () => {
    expect(compileFiles({}, 'a.cc').diagnostics.map((d) => d.code)).toEqual(['C0905'])
  })

  it('tell where a template was asked for', () => {
    const text = `template <typename T> T g(T x) { return x.y; }\ntemplate <typename T> T h(T x) { return g(x); }\nextern "C" int f(int a) { return h(a); }\n`
    const [problem] = compileText(text).diagnostics
    expect(problem!.code).toBe('C0304')
    expect(problem!.notes.map((n) => n.message)).toEqual([
      'required from here, with T = int',
      'required from here, with T = int',
    ])
    expect(problem!.notes.map((n) => n.at!.start)).toEqual([
      text.indexOf('g(x); }'),
      text.indexOf('h(a)'),
    ])
  })

  it('suggest a name that is close', () => {
    const [problem] = compileText('extern "C" int f(int lenght) { return length; }\n').diagnostics
    expect(problem!.notes.map((n) => n.message)).toContain("did you mean 'lenght'?")
  })

  it('mention an unknown name once per function', () => {
    expect(codesOf('extern "C" int f(int a) { a += n; a -= n; return n; }\n')).toEqual([
      '1:32 error C0301',
    ])
  })

  it('leave the module out', () => {
    expect(compileText('extern "C" int f() { return x; }').module).toBeUndefined()
    expect(compileText('extern "C" int f() { return 1; }').module).toBeDefined()
  })
})
