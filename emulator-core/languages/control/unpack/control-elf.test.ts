import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { controlElf } from '../../../device/abi/control-elf.ts'
import type { ControlTarget } from '../../../device/abi/control-code.ts'
import type { ControlElf } from '../../../artifacts/control-elf.ts'
import type { ControlRules } from '../../../artifacts/control-code.ts'
import { writeElf } from '../../../artifacts/elf-write.ts'
import { assemble } from '../assemble.ts'
import { assembleElf } from '../assemble-elf.ts'
import { disassemble } from '../disassemble.ts'
import { programSeed, programText } from '../test-kit/random-program.ts'
import type { ElfOptions } from '../assemble-elf.ts'
import { readControlElf } from './control-elf.ts'
import { ByteReport, readElf } from './elf.ts'
import { demangle } from './elf-groups.ts'
import { sourcesOf } from './sources.ts'

const data = ['c:', 'UC_DMA_BD 0, 0x18000, @t, 9, 0, 1', 'UC_DMA_BD 0, 0x18030, @u, 9, 0, 0']
const tables = [
  't:',
  ...Array<string>(9).fill('.long 5'),
  'u:',
  ...Array<string>(9).fill('.long 6'),
]

/** A program of two pages and a scope; `lines` go into its first job. */
function program(head: readonly string[], ...lines: readonly string[]): string {
  const scope = ['pdi:', 'START_JOB 0', 'NOP', 'END_JOB', 'EOF', '.endl pdi']
  const first = ['START_JOB 0', 'LOAD_PDI 7, @pdi', 'END_JOB', 'START_JOB 1', ...lines, 'END_JOB']
  const second = ['.eop', 'START_JOB 2', 'UC_DMA_WRITE_DES_SYNC @c', 'END_JOB']
  return `${[...head, ...first, ...second, ...scope, 'EOF', ...data, ...tables].join('\n')}\n`
}

const apply = ['APPLY_OFFSET_57 @t, 2, 3', 'APPLY_OFFSET_57 @u, 1, 0xFFFF', 'MOV $r0, run_word']
const plain = program([], ...apply)
/** Two uCs that meet at a preemption point. */
const twoUcs = (target: string): string => {
  const point = ['END_JOB', 'START_JOB 5', 'PREEMPT 1, @a, @b', 'END_JOB', 'START_JOB 6', 'NOP']
  const uc = (n: number) => program([`.attach_to_group ${n}`], ...apply, ...point)
  return `${target}.partition 3column\n${uc(0)}.section .ctrltext\n${uc(2)}`
}

function built(
  main: string,
  files: Record<string, string | Uint8Array>,
  more: Partial<ElfOptions>,
) {
  const texts = Object.entries(files).filter((e): e is [string, string] => typeof e[1] === 'string')
  const binaries = Object.entries(files).filter(
    (e): e is [string, Uint8Array] => typeof e[1] !== 'string',
  )
  const options = { files: new Map(texts), binaries: new Map(binaries), ...more }
  const { elf, diagnostics } = assembleElf(main, options)
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  return elf!
}

function reads(bytes: Uint8Array, assume?: ControlTarget): ControlElf {
  const { artifact, diagnostics } = readControlElf(bytes, 'x.elf', assume)
  expect(diagnostics).toEqual([])
  return artifact!
}

/** Assembles the sources of a file again and compares every byte. */
function makesItself(
  bytes: Uint8Array,
  more: Partial<ElfOptions>,
  assume?: ControlTarget,
): ControlElf {
  const elf = reads(bytes, assume)
  const files = Object.fromEntries(sourcesOf(elf))
  const again = built(Object.keys(files)[0], files, more)
  expect(Buffer.from(again).equals(Buffer.from(bytes))).toBe(true)
  return elf
}

const configuration = JSON.stringify({
  'xrt-kernels': [
    {
      name: 'DPU',
      arguments: [
        { name: 'a', type: 'char *', offset: '0x0' },
        { name: 'b', type: 'scalar', offset: '0x8' },
      ],
      instance: [
        { id: 'one', ctrl_code_file: 'a.asm', patch_info_file: 'p.json' },
        { id: 'two', ctrl_code_file: 'b.asm' },
      ],
    },
    { name: 'ALL', arguments: [], instance: [{ id: 'x', ctrl_code_file: 'b.asm' }] },
  ],
})
const patchMap = JSON.stringify({
  external_buffers: {
    packet: { xrt_id: 4, ctrl_pkt_buffer: 1, path: 'p.bin' },
    b: { xrt_id: 2, control_packet_patch_locations: [{ offset: 16 }], offset_in_bytes: 24 },
  },
})

function configured(target: string): Record<string, string | Uint8Array> {
  const packet = program([target.trim()], ...apply, 'APPLY_OFFSET_57 @t, 1, 4')
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i)
  const files = { 'a.asm': packet, 'b.asm': program([target.trim()], ...apply) }
  return { 'config.json': configuration, 'p.json': patchMap, 'p.bin': bytes, ...files }
}

describe('a control ELF', () => {
  it.each<[ControlRules, ControlTarget, number, number]>([
    ['2025', 'aie2ps', 0x40, 2],
    ['2026', 'aie2ps', 0x46, 2],
    ['2026', 'aie4-a', 0x46, 2],
  ])('of a plain program (%s, %s) is read and made again', (rules, target, osAbi, abiVersion) => {
    const bytes = built('a.asm', { 'a.asm': plain }, { rules, target })
    const elf = makesItself(bytes, { rules, target }, target)
    expect([elf.osAbi, elf.abiVersion, elf.kind, elf.layout]).toEqual([
      osAbi,
      abiVersion,
      'plain',
      'pages',
    ])
    const { artifact } = assemble('a.asm', { files: new Map([['a.asm', plain]]), rules, target })
    const [{ code }] = elf.instances
    expect(code.relocations).toEqual(artifact!.relocations)
    expect(code.ucs.map((uc) => uc.pages.length)).toEqual(
      artifact!.ucs.map((uc) => uc.pages.length),
    )
    expect(elf.uid).toMatch(/^[0-9a-f]{32}$/)
  })

  it.each<[string, number, number, string]>([
    ['.target aie4\n', 0x4b, 0x21, 'merged'],
    ['.target aie4-a\n', 0x56, 0x21, 'merged'],
    ['.target aie4-z\n', 0x69, 0x21, 'merged'],
    ['', 0x46, 3, 'pages'],
  ])('of kernels (%j) is read and made again', (target, osAbi, abiVersion, layout) => {
    const bytes = built('config.json', configured(target), {})
    const elf = makesItself(bytes, {})
    expect([elf.osAbi, elf.abiVersion, elf.layout]).toEqual([osAbi, abiVersion, layout])
    expect(elf.targetFrom).toBe(target === '' ? 'patches' : 'file')
    const names = elf.instances.map((i) => [i.kernel, i.id, i.args])
    expect(names).toEqual([
      ['ALL', 'x', []],
      ['DPU', 'one', ['char *', 'scalar']],
      ['DPU', 'two', ['char *', 'scalar']],
    ])
    const packets = elf.instances[1].code.packets
    expect(packets).toMatchObject([
      { id: 4, patches: [{ offset: 12, schema: 9, symbol: '2', argument: 2, addend: 0 }] },
    ])
    expect(elf.instances[1].code.relocations.map((r) => r.symbol)).toContain('.ctrlpkt-4')
  })

  it('of several uCs with preemption points is read and made again, in old files too', () => {
    for (const target of ['.target aie4\n', '.target aie4-a\n']) {
      const files = { 'config.json': configuration.replace(',"patch_info_file":"p.json"', '') }
      const both = { ...files, 'a.asm': twoUcs(target), 'b.asm': twoUcs(target) }
      const elf = makesItself(built('config.json', both, {}), {})
      expect(elf.instances[0].code.ucs.map((uc) => uc.uc)).toEqual([0, 2])
      expect(elf.columns).toBe(3)
      const early = { isBeforeMid2026: true }
      expect(makesItself(built('config.json', both, early), early).machine).toBe(1)
    }
  })

  it('of random programs makes itself again, plain and as two instances', () => {
    fc.assert(
      fc.property(fc.array(programSeed, { minLength: 2, maxLength: 2 }), ([first, second]) => {
        const { rules, target } = first
        const list = [first, { ...second, rules: '2026' as const, target }]
        const texts = list.map(programText)
        const more = { rules, target }
        const refused = texts.some((text, i) => {
          const files = new Map([['a.asm', text]])
          const options = { files, target, rules: i === 0 ? rules : ('2026' as const) }
          const { artifact } = assemble('a.asm', options)
          // One table with two lengths, which no other text makes.
          const { text: again } = artifact ? disassemble(artifact, 'x') : { text: '' }
          return !artifact || again.includes('does not follow from its labels')
        })
        fc.pre(!refused)
        makesItself(built('a.asm', { 'a.asm': texts[0] }, more), more, target)
        if (rules === '2025') return
        const line = `.target ${target}\n.partition 3column\n`
        const named = { 'a.asm': line + texts[0], 'b.asm': line + texts[1] }
        const files = { 'config.json': configuration.replace(',"patch_info_file":"p.json"', '') }
        makesItself(built('config.json', { ...files, ...named }, {}), {})
      }),
      { numRuns: 8 },
    )
  })

  it('carries sections along, and APPLY_OFFSET_PL in both of its forms', () => {
    const carried = JSON.stringify({
      'xrt-kernels': [
        { name: 'K', arguments: [], instance: [{ id: 'x', ctrl_code_file: 'a.asm' }] },
      ],
      custom_section: [{ section_name: '.mine', path: 'm.bin' }],
    })
    const lines = ['APPLY_OFFSET_PL @t, 5', 'APPLY_OFFSET_PL @u, 1, 0', 'APPLY_OFFSET_57 @t, 1, 0']
    const files = { 'c.json': carried, 'm.bin': Uint8Array.of(1, 2, 3) }
    for (const source of [lines.slice(0, 1), lines.slice(1), lines]) {
      const text = program(['.target aie2ps'], ...source)
      const early = { isBeforeMid2026: text.includes(', 1, 0') }
      const elf = makesItself(built('c.json', { ...files, 'a.asm': text }, early), early)
      expect(elf.carried).toEqual([{ name: '.mine', bytes: Uint8Array.of(1, 2, 3) }])
    }
  })

  it('may have compressed sections', () => {
    const bytes = built('config.json', configured('.target aie4\n'), {})
    const report = new ByteReport('x.elf')
    const elf = readElf(bytes, report)!
    const { compressed } = controlElf.sectionFlag
    const sections = elf.sections.map((section) => {
      if (!section.name.startsWith('.ctrltext')) return section
      const packed = deflateSync(section.bytes)
      const head = new Uint8Array(Uint32Array.of(1, section.bytes.length, 16).buffer)
      return { ...section, flags: section.flags | compressed, bytes: Buffer.concat([head, packed]) }
    })
    const found = reads(writeElf({ ...elf, sections }))
    expect(found.instances).toEqual(reads(bytes).instances)
  })
})

describe('a damaged control ELF', () => {
  const whole = built('config.json', configured('.target aie4\n'), {})
  const problems = (bytes: Uint8Array) =>
    readControlElf(bytes, 'x.elf').diagnostics.map((d) => `${d.code} ${d.message}`)
  const changed = (at: number, ...values: number[]) => {
    const copy = whole.slice()
    copy.set(values, at)
    return copy
  }

  it('is refused with the byte where it fails', () => {
    expect(problems(new Uint8Array(3))[0]).toContain('E0001')
    expect(problems(whole.subarray(0, 40))[0]).toContain('byte 0x28 of x.elf')
    expect(problems(changed(4, 2))[0]).toContain('E0001')
    expect(problems(changed(7, 0x12))[0]).toContain('OS ABI 0x12 with ABI version 0x21')
    expect(problems(changed(8, 0x22))[0]).toContain('E0003')
    expect(problems(changed(32, 0xff, 0xff, 0xff, 0x7f))[0]).toContain('E0002')
    expect(problems(changed(50, 0xf0, 0xfe))[0]).toContain('E0005')
    expect(problems(changed(18, 9, 0))[0]).toContain('machine 9')
  })

  it('says which part of it is wrong', () => {
    const report = new ByteReport('x.elf')
    const elf = readElf(whole, report)!
    const broken = (name: string, change: (bytes: DataView) => void) => {
      const sections = elf.sections.map((s) => {
        if (s.name !== name) return s
        const bytes = s.bytes.slice()
        change(new DataView(bytes.buffer))
        return { ...s, bytes }
      })
      return problems(writeElf({ ...elf, sections })).join()
    }
    expect(broken('.rela.dyn', (v) => v.setUint32(0, 0x7fff_0000, true))).toContain('E0006')
    expect(broken('.rela.dyn', (v) => v.setUint8(4, 77))).toContain(
      'relocation schema 77 is unknown',
    )
    expect(broken('.rela.dyn', (v) => v.setUint32(4, 0xff00_0006, true))).toContain(
      'symbol 16711680',
    )
    expect(broken('.group.0', (v) => v.setUint32(4, 999, true))).toContain('section 999')
    expect(broken('.dynsym', (v) => v.setUint16(16 + 14, 999, true))).toContain('E0005')
    const half = elf.sections.map((s) =>
      s.name === '.ctrltext.0.0' ? { ...s, bytes: s.bytes.subarray(0, 100) } : s,
    )
    expect(problems(writeElf({ ...elf, sections: half })).join()).toContain('E0010')
  })

  it('never throws and never hangs, whatever bytes change', () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    const inHeaders = fc.tuple(
      fc.oneof(fc.nat(60), fc.integer({ min: whole.length - 900, max: whole.length - 1 })),
      fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 255)),
    )
    fc.assert(
      fc.property(
        fc.array(fc.oneof(change, inHeaders), { maxLength: 8 }),
        fc.nat(),
        (list, cut) => {
          const bytes = whole.slice(0, cut % 7 === 0 ? cut % whole.length : whole.length)
          for (const [at, value] of list) if (at < bytes.length) bytes[at] = value
          const { artifact, diagnostics } = readControlElf(bytes, 'x.elf')
          expect(artifact !== undefined || diagnostics.some((d) => d.severity === 'error')).toBe(
            true,
          )
          for (const d of diagnostics) expect(d.message).toMatch(/byte 0x[0-9a-f]+ of x\.elf/)
          if (artifact) sourcesOf(artifact)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('never throws for plain noise', () => {
    const magic = [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]
    const kind = fc.constantFrom([0x40, 2], [0x46, 2], [0x46, 3], [0x4b, 0x21], [0x56, 0x20])
    fc.assert(
      fc.property(kind, fc.uint8Array({ maxLength: 400 }), (ident, noise) => {
        const bytes = Uint8Array.from([...magic, ...ident, ...noise])
        expect(readControlElf(bytes, 'x.elf').artifact).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })
})

describe('the name of a kernel', () => {
  it('is taken apart', () => {
    expect(demangle('_Z3DPUPcPci')).toEqual({ name: 'DPU', args: ['char *', 'char *', 'scalar'] })
    expect(demangle('DPU')).toEqual({ name: 'DPU', args: [] })
    expect(demangle('_Z9DPU')).toEqual({ name: '_Z9DPU', args: [] })
    expect(demangle('_Z1aQ')).toEqual({ name: 'a', args: ['Q'] })
  })
})
