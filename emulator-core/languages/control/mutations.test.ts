import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assembleElf } from './assemble-elf.ts'
import { lines } from './test-kit/run.ts'

/** Programs with a bit of everything, which mutations then spoil. */
const everything = lines(
  '.target aie4',
  '.partition 3column',
  '.attach_to_group 0',
  'START_JOB 0',
  '  LOAD_PDI 0, @pdi',
  'END_JOB',
  'START_JOB 1',
  '  LOCAL_BARRIER $lb0, 2',
  '  APPLY_OFFSET_57 @bd, 1, 3',
  '  UC_DMA_WRITE_DES $r0, @chain',
  '  WAIT_UC_DMA $r0',
  '  WAIT_TCTS TILE_0_1, MEM_MM2S_0, 1',
  'END_JOB',
  'START_JOB_DEFERRED 2',
  '  WRITE_32_D 2, 0x18554, 8',
  'END_JOB',
  'START_JOB 3',
  '  LOCAL_BARRIER $lb0, 2',
  '  LAUNCH_JOB 2',
  'END_JOB',
  '.eop',
  'START_JOB 4',
  '  PREEMPT 0, @save, @restore, @map',
  'END_JOB',
  'START_COND_JOB_PREEMPT 5',
  '  MASK_POLL_32 0x1C000, 0xFF, later',
  'END_JOB',
  '.include part.asm',
  'EOF',
  '.align 16',
  'chain:',
  '  UC_DMA_BD 0, 0x18000, @bd, 9, 0, 0',
  '.align 4',
  'bd:',
  ...Array<string>(9).fill('  .long 0x400'),
  'map:',
  '  .long 0xF',
)
const part = lines('pdi:', 'START_JOB 0', '  NOP', 'END_JOB', 'EOF', '.endl pdi')
const configuration = JSON.stringify(
  {
    'xrt-kernels': [
      {
        name: 'DPU',
        arguments: [{ name: 'a', type: 'char *', offset: '0x0' }],
        instance: [{ id: 'dpu', ctrl_code_file: 'main.asm', patch_info_file: 'map.json' }],
      },
    ],
    custom_section: [{ section_name: 'X', path: 'part.asm' }],
  },
  undefined,
  1,
)
const patchMap = JSON.stringify({
  external_buffers: {
    a: { xrt_id: 1, control_packet_patch_locations: [{ offset: 12, size: 6 }] },
    p: { xrt_id: 3, ctrl_pkt_buffer: true, path: 'part.asm' },
  },
})

const intact = {
  'main.asm': everything,
  'part.asm': part,
  'c.json': configuration,
  'map.json': patchMap,
}
type Name = keyof typeof intact

/** One act of spoiling: where, how much, and what to put there. */
const edit = fc.record({
  at: fc.nat(),
  length: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(40)),
  text: fc.oneof(
    fc.constantFrom('', '\n', ' ', ',', '@', '.', '$', '0x', '"', '{', '[', ':', '\r', '\t', 'é'),
    fc.constantFrom('.eop\n', 'EOF\n', '.include main.asm\n', '.attach_to_group 2\n', '\np:\n'),
    fc.constantFrom('4294967296', '-1', '99999999999999999999', 'START_JOB 1\n', '.setpad a, 9\n'),
    fc.string({ maxLength: 4, unit: 'binary' }),
  ),
})

const mutation = fc.record({
  name: fc.constantFrom<Name>('main.asm', 'main.asm', 'part.asm', 'c.json', 'map.json'),
  edits: fc.array(edit, { minLength: 1, maxLength: 5 }),
  /** Lines to swap, as parts of the number of lines. */
  swap: fc.option(fc.tuple(fc.nat(), fc.nat())),
})

function spoil({ name, edits, swap }: typeof mutation extends fc.Arbitrary<infer T> ? T : never) {
  let text: string = intact[name]
  for (const { at, length, text: put } of edits) {
    const from = at % (text.length + 1)
    text = text.slice(0, from) + put + text.slice(from + length)
  }
  const all = text.split('\n')
  if (swap) {
    const [a, b] = swap.map((n) => n % all.length)
    ;[all[a], all[b]] = [all[b], all[a]]
  }
  return new Map<string, string>(Object.entries({ ...intact, [name]: all.join('\n') }))
}

describe('a spoiled program', () => {
  it('is whole before it is spoiled', () => {
    for (const main of ['main.asm', 'c.json']) {
      const { elf, diagnostics } = assembleElf(main, { files: new Map(Object.entries(intact)) })
      expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
      expect(elf).toBeDefined()
    }
  })

  it('gives a file or an error with a place in a file, and never throws', () => {
    const rules = fc.constantFrom('2025' as const, '2026' as const)
    const main = fc.constantFrom('main.asm', 'c.json')
    const target = fc.constantFrom('aie2ps' as const, 'aie4' as const)
    fc.assert(
      fc.property(mutation, rules, main, target, (what, rule, file, asked) => {
        const files = spoil(what)
        const result = assembleElf(file, {
          files,
          rules: rule,
          target: asked,
          patchMap: 'map.json',
        })
        const hasErrors = result.diagnostics.some((d) => d.severity === 'error')
        expect(result.elf === undefined).toBe(hasErrors)
        for (const { at, notes } of result.diagnostics) {
          for (const span of [at, ...notes.flatMap((note) => note.at ?? [])]) {
            const length = files.get(span.file)?.length ?? -1
            expect(span.start).toBeGreaterThanOrEqual(0)
            expect(span.end).toBeGreaterThanOrEqual(span.start)
            expect(span.end).toBeLessThanOrEqual(length)
          }
        }
      }),
      { numRuns: 120 },
    )
  })

  it('is read the same with other line ends and empty lines', () => {
    const ends = fc.constantFrom('\n', '\r\n', '\n\n', ' \n\t', '\n; words\n')
    const expected = assembleElf('main.asm', { files: new Map(Object.entries(intact)) }).elf
    fc.assert(
      fc.property(fc.array(ends, { minLength: 1, maxLength: 7 }), (all) => {
        let n = 0
        const text = everything.replaceAll('\n', () => all[n++ % all.length])
        const files = new Map(Object.entries({ ...intact, 'main.asm': text }))
        expect(assembleElf('main.asm', { files }).elf).toEqual(expected)
      }),
      { numRuns: 12 },
    )
  })
})
