import { describe, expect, it } from 'vitest'
import { runConformance } from './conformance.ts'

const page = 'ffff0000000000002400000001000000' + '00000000100000001600000007000000' + 'ff000000'
const hexLines = Array.from({ length: 1024 }, (_, i) => {
  const bytes = page.padEnd(16384, '0').slice(16 * i, 16 * i + 16)
  return bytes.replace(/../g, (b) => `${b} `).trim()
}).join('\n')

const corpus: Record<string, string> = {
  'a/test.asm': '.target aie4\n.include part.asm\nEOF\n',
  'a/part.asm': 'START_JOB 0\nNOP\nEND_JOB\n',
  'a/expected.json': JSON.stringify({ pages: [{ uc: 0, page: 0, hex: page, relocations: [] }] }),
  'a/wrong.json': JSON.stringify({
    pages: [{ uc: 0, page: 0, hex: page.replace('16000000', '08000000'), relocations: [] }],
  }),
  'a/moved.json': JSON.stringify({
    pages: [
      {
        uc: 0,
        page: 0,
        hex: page,
        relocations: [{ symbol: 'x', r_offset: 4, schema: 3, addend: 0 }],
      },
    ],
  }),
  'a/pages.txt': `${hexLines}\n`,
  'cases.json': JSON.stringify({
    cases: [
      { name: 'known', asm: 'FROB\n', error_contains: 'Invalid operation:frob' },
      { name: 'other', asm: 'FROB\n', error_contains: 'Label not found' },
      { name: 'fine', asm: 'EOF\n', error_contains: '*' },
    ],
  }),
}

function outcome(expected: unknown, file = 'a/test.asm'): string[] {
  const manifest = { entries: [{ name: 'one', file, mode: 'aie4_config', expected }] }
  return runConformance(manifest, (path) => corpus[path]).map((r) => r.outcome)
}

describe('a conformance run', () => {
  it('compares pages, page texts, relocations and error texts', () => {
    expect(outcome({ json: 'a/expected.json' })).toEqual(['pass'])
    expect(outcome({ json: 'a/wrong.json' })).toEqual(['fail'])
    expect(outcome({ json: 'a/moved.json' })).toEqual(['fail'])
    expect(outcome({ pages_hex: 'a/pages.txt' })).toEqual(['pass'])
    expect(outcome('inside the file', 'cases.json')).toEqual(['pass', 'fail', 'fail'])
  })

  it('skips what it cannot judge', () => {
    expect(outcome({ elf_md5: '0' })).toEqual(['skip'])
    expect(outcome(undefined)).toEqual(['skip'])
  })
})
