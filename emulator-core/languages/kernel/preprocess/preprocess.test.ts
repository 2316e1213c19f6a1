import { describe, expect, it } from 'vitest'
import { Report, Source } from '../../text/source.ts'
import { preprocess, type PreprocessOptions } from './preprocess.ts'
import { codesOf, compileFiles, listDiagnostics } from '../test-kit/kit.ts'

function expand(text: string, options: Partial<PreprocessOptions> = {}): string {
  const report = new Report()
  const files = new Map([['k.cc', text]])
  const { tokens } = preprocess(
    'k.cc',
    { files, defines: {}, include: [], arch: 'aie2', ...options },
    report,
  )
  expect(report.diagnostics).toEqual([])
  return tokens
    .slice(0, -1)
    .map((token) => token.text)
    .join(' ')
}

describe('macros', () => {
  it('replace names, also inside their own results', () => {
    expect(expand('#define A B\n#define B 3\nA')).toBe('3')
  })

  it('never expand inside themselves', () => {
    expect(expand('#define f(x) x f(x)\n#define g g + 1\nf(1) g')).toBe('1 f ( 1 ) g + 1')
    expect(expand('#define p(x) q(p(x))\n#define q(x) x\np(1)')).toBe('p ( 1 )')
  })

  it('with parameters leave a bare name alone', () => {
    expect(expand('#define f(x) (x)\nf f(2)')).toBe('f ( 2 )')
  })

  it('expand arguments before substitution, but not for # and ##', () => {
    expect(
      expand(
        '#define N 4\n#define s(x) #x\n#define c(a, b) a##b\n#define e(x) x s(x) c(x, 1)\ne(N)',
      ),
    ).toBe('4 "4" 41')
  })

  it('make strings as the source spells them', () => {
    expect(expand('#define s(x) #x\ns(a  +   "b\\n")')).toBe('"a + \\"b\\\\n\\""')
  })

  it('take any number of arguments', () => {
    const text =
      '#define v(a, ...) f(a, ##__VA_ARGS__)\n#define o(a, ...) g(a __VA_OPT__(,) __VA_ARGS__)\nv(1) v(1, 2, 3) o(1) o(1, 2)'
    expect(expand(text)).toBe('f ( 1 ) f ( 1 , 2 , 3 ) g ( 1 ) g ( 1 , 2 )')
  })

  it('paste names with empty arguments', () => {
    expect(expand('#define c(a, b) a##b\nc(x,) c(,y) c(in, t)')).toBe('x y int')
  })

  it('span lines and come from the project', () => {
    expect(expand('#define A 1 + \\\n  2\nA W', { defines: { W: '32' } })).toBe('1 + 2 32')
  })

  it('are forgotten with #undef', () => {
    expect(expand('#define A 1\n#undef A\nA')).toBe('A')
  })

  it('know their line', () => {
    expect(expand('\n\n__LINE__')).toBe('3')
  })

  it('stop growing before they fill the memory', () => {
    const lines = Array.from({ length: 40 }, (_, i) => `#define A${i + 1} A${i} A${i}`)
    expect(codesOf(`#define A0 x x\n${lines.join('\n')}\nA40\n`)[0]).toMatch(/error C0903$/)
  })
})

describe('conditions', () => {
  it('choose one branch', () => {
    const text = '#if W == 8\na\n#elif W == 16\nb\n#else\nc\n#endif'
    expect(expand(text, { defines: { W: '8' } })).toBe('a')
    expect(expand(text, { defines: { W: '16' } })).toBe('b')
    expect(expand(text)).toBe('c')
  })

  it('compute with 64 bits, signs and precedence', () => {
    expect(
      expand('#if (1 << 40) > 0 && -1 < 0 && !(3 & 4) && (2 + 3 * 4 == 14 ? 1 : 0)\nyes\n#endif'),
    ).toBe('yes')
    expect(expand('#if -1 > 0u\nyes\n#endif')).toBe('yes')
    expect(expand('#if -7 / 2 == -3 && -7 % 2 == -1\nyes\n#endif')).toBe('yes')
  })

  it('ask for macros and headers', () => {
    const text =
      '#if defined(A) && !defined B && __has_include(<stdint.h>) && !__has_include("no.h")\nyes\n#endif'
    expect(expand(`#define A\n${text}`)).toBe('yes')
  })

  it('nest, and skip what is not read', () => {
    expect(expand('#ifdef X\n#if nonsense (\n#else\n#endif\n#error no\n#else\nz\n#endif')).toBe('z')
  })

  it('know the architecture', () => {
    expect(expand('__AIE_ARCH__ __AIENGINE__')).toBe('20 1')
    expect(
      expand('#if __AIE_ARCH__ == 20 || __AIE_ARCH__ == 21\nold\n#else\nnew\n#endif', {
        arch: 'aie4',
      }),
    ).toBe('new')
  })
})

describe('includes', () => {
  const files = {
    'kernels/a.cc':
      '#include "b.h"\n#include "../common/c.h"\n#include "deep.h"\nextern "C" int f() { return B + C + D; }\n',
    'kernels/b.h': '#pragma once\n#include "b.h"\n#define B 1\n',
    'common/c.h': '#ifndef C_H\n#define C_H\n#define C 20\n#endif\n',
    'lib/deep.h': '#define D 300\n',
  }

  it('look beside the file, along the path and in the extra folders', () => {
    const compiled = compileFiles(files, 'kernels/a.cc', { include: ['lib'] })
    expect(compiled.diagnostics).toEqual([])
  })

  it('say which file is missing, at its name', () => {
    const lines = listDiagnostics(compileFiles(files, 'kernels/a.cc'), files)
    expect(lines[0]).toMatch(/^kernels\/a\.cc:3:10: error C0102: No file 'deep\.h'/)
  })

  it('of a file in itself end', () => {
    expect(codesOf('#include "k.cc"\n')[0]).toMatch(/error C0902$/)
  })
})

describe('places', () => {
  it('point at the call of the macro whose text is wrong', () => {
    const text = '#define BAD(x) (x + nothing)\nextern "C" int f(int a) {\n  return BAD(a);\n}\n'
    const compiled = compileFiles({ 'k.cc': text }, 'k.cc')
    const source = new Source('k.cc', text)
    const [problem] = compiled.diagnostics
    expect(source.place(problem!.at.start)).toEqual({ line: 3, column: 10 })
    expect(problem!.notes.map((note) => note.message)).toContain("in the expansion of macro 'BAD'")
  })

  it('point at the argument when the argument is wrong', () => {
    const text = '#define GOOD(x) (x + 1)\nextern "C" int f(int a) {\n  return GOOD(b);\n}\n'
    expect(codesOf(text)).toEqual(['3:15 error C0301'])
  })

  it('survive line splices and comments', () => {
    expect(codesOf('/* one\ntwo */ extern "C" int f(int a) { \\\n  return zz; }\n')).toEqual([
      '3:10 error C0301',
    ])
  })
})
