import { describe, expect, it } from 'vitest'
import { md5Hex } from '../../artifacts/md5.ts'
import { lines, wrap } from './test-kit/run.ts'
import { link, linked, words } from './test-kit/elf.ts'

const table = lines(
  'START_JOB 0',
  'APPLY_OFFSET_57 @a, 2, 3',
  'MOV $r0, later',
  'END_JOB',
  'EOF',
  'a:',
  ...Array<string>(9).fill('.long 1'),
  'b:',
  ...Array<string>(9).fill('.long 2'),
)

function configuration(...instances: readonly (readonly [id: string, file: string])[]): string {
  return JSON.stringify({
    'xrt-kernels': [
      {
        name: 'DPU',
        arguments: [{ name: 'a', type: 'char *', offset: '0x0' }],
        instance: instances.map(([id, file]) => ({ id, ctrl_code_file: file })),
      },
    ],
  })
}

describe('a plain container', () => {
  it('holds text and data of each page, relocations and the digest', () => {
    const elf = linked({ 'main.asm': table }, { target: 'aie4' })
    expect([elf.osAbi, elf.abiVersion, elf.machine]).toEqual([0x46, 2, 269])
    expect(elf.sections.map((s) => s.name)).toEqual([
      '',
      '.shstrtab',
      '.ctrltext.0.0',
      '.ctrldata.0.0',
      '.dynstr',
      '.dynsym',
      '.rela.dyn',
      '.dynamic',
      '.note.xrt.UID',
    ])
    const code = [elf.section('.ctrltext.0.0').bytes, elf.section('.ctrldata.0.0').bytes]
    expect(code.map((b) => b.length)).toEqual([16 + 32, 8192 - 48])
    const digest = md5Hex(Uint8Array.from([...code[0], ...code[1]]))
    const note = elf.section('.note.xrt.UID').bytes
    expect(Buffer.from(note.subarray(16)).toString('hex')).toBe(digest)
    expect(words(note).slice(0, 4)).toEqual([4, 16, 4, 0x0054_5258])
    expect(elf.segments).toEqual([
      [6, 4],
      [1, 5],
      [1, 6],
    ])
  })

  it('names arguments, run-time words and the own code by symbols', () => {
    const own = table.replace('2, 3', '1, 0xFFFF')
    expect(linked({ 'main.asm': table }, { target: 'aie4' }).relocations).toEqual([
      '3 @32 in .ctrltext.0.0: 6',
      '3 @68 in .ctrltext.0.0: 6',
      'later @20 in .ctrltext.0.0: 3',
    ])
    expect(linked({ 'main.asm': table }, { target: 'aie2ps' }).relocations[0]).toBe(
      '3 @32 in .ctrltext.0.0: 2',
    )
    expect(linked({ 'main.asm': own }, { target: 'aie4' }).relocations[0]).toBe(
      'control-code-0 @32 in .ctrltext.0.0: 6',
    )
  })

  it('has the machine number of its time', () => {
    const old = linked({ 'main.asm': table }, { isBeforeMid2026: true })
    expect(old.machine).toBe(1)
    const oldest = linked({ 'main.asm': table }, { rules: '2025' })
    expect([oldest.osAbi, oldest.abiVersion, oldest.machine]).toEqual([0x40, 2, 1])
    expect(oldest.section('.dynsym').flags).toBe(2)
    expect(oldest.segments.at(-1)).toEqual([2, 6])
    expect(oldest.section('.ctrldata.0.0').address).toBe(0)
    expect(oldest.section('.note.xrt.UID').bytes.length).toBe(16 + 32)
  })

  it('keeps the buffers of 2025 in name order behind the pages', () => {
    const source = `.setpad b, 2\n.setpad a, file.bin\n${wrap('NOP')}`
    const binaries = new Map([['file.bin', Uint8Array.of(1, 2, 3, 4, 5)]])
    const elf = linked({ 'main.asm': source }, { rules: '2025', binaries })
    expect([...elf.section('.pad.0').bytes]).toEqual([
      1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ])
  })

  it('relocates the blocks of programmable logic in both forms of the operation', () => {
    const source = (operands: string) =>
      lines('START_JOB 0', `APPLY_OFFSET_PL @a, ${operands}`, 'END_JOB', 'EOF', 'a:', '.long 1')
    const now = linked({ 'main.asm': source('2') }, { target: 'aie2ps' })
    expect([now.relocations, now.machine]).toEqual([['2 @32 in .ctrltext.0.0: 11'], 269])
    const first = linked({ 'main.asm': source('1, 2') }, { target: 'aie2ps' })
    expect([first.relocations, first.machine]).toEqual([['2 @32 in .ctrltext.0.0: 10'], 1])
  })

  it('leaves out what the host patches, but not its relocations', () => {
    const elf = linked({ 'main.asm': table }, { target: 'aie4', isHostPatched: true })
    expect(elf.section('.ctrltext.0.0').bytes.length).toBe(16 + 32)
    expect(elf.section('.ctrltext.0.0').bytes[16 + 8]).toBe(0x10)
    expect(elf.relocations).toContain('3 @32 in .ctrltext.0.0: 6')
  })
})

describe('a configured container', () => {
  const two = configuration(['b', 'x.asm'], ['a', 'y.asm'])
  const sources = { 'x.asm': `.target aie4-a\n${table}`, 'y.asm': `.target aie4-a\n${wrap('NOP')}` }

  it('holds all pages of a uC in one section, and a group for each instance in name order', () => {
    const elf = linked({ 'c.json': two, ...sources })
    expect([elf.osAbi, elf.abiVersion, elf.machine]).toEqual([0x56, 0x21, 269])
    expect(elf.sections.map((s) => s.name)).toEqual([
      '',
      '.shstrtab',
      '.strtab',
      '.symtab',
      '.ctrltext.0.0',
      '.group.0',
      '.ctrltext.0.1',
      '.dynstr',
      '.dynsym',
      '.rela.dyn',
      '.dynamic',
      '.group.1',
      '.note.xrt.configuration',
      '.note.xrt.UID',
    ])
    expect(words(elf.section('.group.1').bytes)).toEqual([1, 6])
    expect(elf.section('.group.1').info).toBe(3)
    expect(String.fromCharCode(...elf.section('.strtab').bytes)).toBe('\0_Z3DPUPc\0a\0b\0')
    expect(words(elf.section('.note.xrt.configuration').bytes)).toEqual([4, 4, 6, 0x0054_5258, 3])
  })

  it.each([
    ['aie2ps', 0x40],
    ['aie4', 0x4b],
    ['aie4-a', 0x56],
    ['aie4-z', 0x69],
  ])('carries the number of its target: %s', (target, osAbi) => {
    const source = `.target ${target}\n.partition 2column\n${wrap('NOP')}`
    const elf = linked({ 'c.json': configuration(['a', 'x.asm']), 'x.asm': source })
    expect([elf.osAbi, elf.abiVersion]).toEqual([osAbi, 0x21])
    expect(words(elf.section('.note.xrt.configuration').bytes)[4]).toBe(2)
  })

  it('has a section for each page when no .target line is there', () => {
    const elf = linked({ 'c.json': configuration(['a', 'x.asm']), 'x.asm': table })
    expect([elf.osAbi, elf.abiVersion]).toEqual([0x46, 3])
    expect(elf.section('.ctrldata.0.0.0').flags).toBe(3)
  })

  it('writes the busy-poll hint where a .target line is', () => {
    const hint = (target: string, old: boolean) => {
      const files = { 'c.json': configuration(['a', 'x.asm']), 'x.asm': target + wrap('NOP') }
      const elf = linked(files, { isBeforeMid2026: old })
      return elf.sections.find((s) => s.name.startsWith('.ctrltext'))?.bytes[12]
    }
    expect([hint('.target aie4\n', false), hint('', false)]).toEqual([1, 0])
    expect(hint('.target aie4\n', true)).toBe(0)
  })

  it('counts relocations of merged sections from the start of the first page', () => {
    const files = {
      'c.json': configuration(['a', 'x.asm']),
      'x.asm': `.target aie4\nSTART_JOB 9\nNOP\nEND_JOB\n.eop\n${table}`,
    }
    expect(linked(files).relocations[0]).toBe('3 @8224 in .ctrltext.0.0: 6')
  })

  it('carries custom sections in front, in name order', () => {
    const parsed = JSON.parse(configuration(['a', 'x.asm'])) as object
    const custom = [
      { section_name: 'Z', path: 'x.asm' },
      { section_name: 'B', path: 'blob.bin' },
    ]
    const files = {
      'c.json': JSON.stringify({ ...parsed, custom_section: custom }),
      'x.asm': wrap('NOP'),
    }
    const binaries = new Map([['blob.bin', Uint8Array.of(7, 8)]])
    const elf = linked(files, { binaries })
    expect(elf.sections.slice(4, 7).map((s) => s.name)).toEqual(['B', 'Z', '.ctrltext.0.0.0'])
    expect([elf.section('B').type, [...elf.section('B').bytes]]).toEqual([0x8000_0001, [7, 8]])
  })

  it('puts control packets into sections of their own', () => {
    const map = {
      external_buffers: {
        data: {
          xrt_id: 1,
          control_packet_patch_locations: [{ offset: 12, size: 6 }],
        },
        packet: { xrt_id: 3, ctrl_pkt_buffer: true, path: 'packet.bin' },
      },
    }
    const config = configuration(['a', 'x.asm']).replace('}]}]', ',"patch_info_file":"m.json"}]}]')
    const files = {
      'c.json': config,
      'm.json': JSON.stringify(map),
      'x.asm': `.target aie4\n${table}`,
    }
    const binaries = new Map([['packet.bin', new Uint8Array(48)]])
    const elf = linked(files, { binaries })
    expect(elf.section('.ctrlpkt-3.0').bytes.length).toBe(48)
    expect(elf.relocations).toEqual([
      '.ctrlpkt-3 @32 in .ctrltext.0.0: 6',
      '.ctrlpkt-3 @68 in .ctrltext.0.0: 6',
      'later @20 in .ctrltext.0.0: 3',
      '1 @8 in .ctrlpkt-3.0: 9',
    ])
  })

  it('needs instances that are made for the same machine', () => {
    const files = {
      'c.json': two,
      'x.asm': `.target aie4\n${wrap('NOP')}`,
      'y.asm': `.target aie4-z\n${wrap('NOP')}`,
    }
    const { elf, diagnostics } = link(files)
    expect([elf, diagnostics.map((d) => d.code)]).toEqual([undefined, ['A0605']])
  })
})

describe('a configuration with a mistake', () => {
  const base = () => JSON.parse(configuration(['a', 'x.asm'])) as Record<string, never[]>
  const codes = (config: string) =>
    link({ 'c.json': config, 'x.asm': wrap('NOP') }).diagnostics.map((d) => [d.code, d.message])

  it('is told which key is missing', () => {
    const { name: _, ...nameless } = base()['xrt-kernels'][0] as Record<string, unknown>
    expect(codes(JSON.stringify({ 'xrt-kernels': [nameless] }))).toEqual([
      ['A0601', "the key 'name' is missing: a text is expected"],
    ])
  })

  it('is told that its file is not there, and that a PDI list has no place', () => {
    expect(codes(configuration(['a', 'z.asm']))).toEqual([['A0202', 'File z.asm not exist']])
    const config = configuration(['a', 'x.asm']).replace('"instance"', '"PDIs":[],"instance"')
    expect(codes(config)[0][1]).toContain('PDIs section should not be present')
  })

  it('is not accepted under the rules of 2025', () => {
    const files = { 'c.json': configuration(['a', 'x.asm']), 'x.asm': wrap('NOP') }
    expect(link(files, { rules: '2025' }).diagnostics.map((d) => d.code)).toEqual(['A0601'])
  })
})
