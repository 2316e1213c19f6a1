import { describe, expect, it } from 'vitest'
import { md5Hex } from '../../artifacts/md5.ts'
import { assembleElf } from './assemble-elf.ts'
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

const kernel = {
  name: 'DPU',
  arguments: [{ name: 'a', type: 'char *', offset: '0' }],
  instance: [{ id: 'dpu', ctrl_code_file: 'a/test.asm' }],
}
const configured = {
  ...corpus,
  'c.json': JSON.stringify({ 'xrt-kernels': [kernel] }),
  'part.asm': corpus['a/part.asm'],
}

function outcome(expected: unknown, file = 'a/test.asm'): string[] {
  const manifest = { entries: [{ name: 'one', file, mode: 'aie4_config', expected }] }
  return runConformance(manifest, { text: (path) => corpus[path] }).map((r) => r.outcome)
}

describe('a conformance run', () => {
  it('compares pages, page texts, relocations and error texts', () => {
    expect(outcome({ json: 'a/expected.json' })).toEqual(['pass'])
    expect(outcome({ json: 'a/wrong.json' })).toEqual(['fail'])
    expect(outcome({ json: 'a/moved.json' })).toEqual(['fail'])
    expect(outcome({ pages_hex: 'a/pages.txt' })).toEqual(['pass'])
    expect(outcome('inside the file', 'cases.json')).toEqual(['pass', 'fail', 'fail'])
  })

  it('compares whole files by their digest', () => {
    expect(outcome({ elf_md5: '0' })).toEqual(['fail'])
    const { elf } = assembleElf('c.json', { files: new Map(Object.entries(configured)) })
    expect(outcome({ elf_md5: md5Hex(elf ?? new Uint8Array()) })).toEqual(['pass'])
    expect(outcome({ elf_size: 1 })).toEqual(['fail'])
    expect(outcome({ elf_size: elf?.length })).toEqual(['pass'])
  })

  it('skips what it cannot judge', () => {
    expect(outcome(undefined)).toEqual(['skip'])
  })
})
