import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lines, problems, run, wrap } from './test-kit/run.ts'
import type { Extra } from './test-kit/run.ts'

describe('mistakes', () => {
  const cases: readonly [what: string, source: string, found: string[], extra?: Extra][] = [
    ['an unknown operation', wrap('FROB 1'), ['A0101 FROB 1']],
    ['a missing operand', wrap('MOV $r0'), ['A0102 MOV $r0']],
    ['a comma without a space', wrap('MOV $r0,5'), ['A0107 $r0,5', 'A0102 MOV $r0,5']],
    ['a lone comma', wrap('MOV $r0 , 5'), ['A0103 ,']],
    ['a lone comma, as of old', wrap('MOV $r0 , 5'), ['A0103 ,', 'A0004 5'], { rules: '2025' }],
    ['a register that is none', wrap('MOV 3, 5'), ['A0104 3']],
    ['a shared register beyond the last', wrap('MOV $g16, 5'), ['A0104 $g16']],
    ['a barrier that is none', wrap('LOCAL_BARRIER $b0, 1'), ['A0105 $b0']],
    ['a remote barrier beyond the last', wrap('REMOTE_BARRIER $rb65, 1'), ['A0105 $rb65']],
    [
      'a channel the target lacks',
      wrap('WAIT_TCTS TILE_0_0, SHIM_MM2S_4, 1'),
      ['A0106 SHIM_MM2S_4'],
    ],
    ['a number with a tail', wrap('MOV $r0, 0x12zz'), ['A0107 0x12zz']],
    ['a value too wide', wrap('LAUNCH_JOB_X 1'), ['A0101 LAUNCH_JOB_X 1']],
    ['upper bits that are lost', wrap('WAIT_TCTS TILE_0_0, 0, 256'), ['A0108 256']],
    ['a line that says nothing', wrap('# note'), ['A0001 # note']],
    ['a source without a job', lines('EOF'), ['A0509 ']],
    ['an ELF file', '\x7fELF\x01\x01\x01', ['A0005 \x7fELF']],
    [
      'a deferred job far in front of its launcher',
      [
        `START_JOB_DEFERRED 1\n${'NOP\n'.repeat(1500)}END_JOB`,
        `START_JOB 2\n${'NOP\n'.repeat(1500)}END_JOB`,
        'START_JOB 0\nLAUNCH_JOB 1\nEND_JOB\nEOF\n',
      ].join('\n'),
      ['A0510 START_JOB_DEFERRED 1'],
    ],
    ['words behind the operands', wrap('NOP 5'), ['A0004 5']],
    [
      'a label in a comment',
      lines('START_JOB 0', 'NOP ; like @d', 'END_JOB', 'EOF', 'd:', '.long 1'),
      ['A0003 @d'],
    ],
    [
      'a uC that is no number',
      lines('.attach_to_group x') + wrap('NOP'),
      ['A0201 .attach_to_group x'],
    ],
    ['a file that is not there', lines('.include no.asm') + wrap('NOP'), ['A0202 .include no.asm']],
    [
      'a scope closed under another name',
      lines('p:', 'START_JOB 0', 'END_JOB', 'EOF', '.endl q', 'EOF'),
      ['A0204 .endl q'],
    ],
    ['a section without a name', lines('.section') + wrap('NOP'), ['A0205 .section']],
    ['a pad without a size', lines('.setpad x') + wrap('NOP'), ['A0206 .setpad x']],
    ['a pad in ordinary code', lines('.setpad x, 4') + wrap('NOP'), ['A0207 .setpad x, 4']],
    ['a malformed partition', lines('.partition 3col') + wrap('NOP'), ['A0208 .partition 3col']],
    ['a malformed target', lines('.target a-b-c') + wrap('NOP'), ['A0209 .target a-b-c']],
    [
      'another target than asked',
      lines('.target aie2ps') + wrap('NOP'),
      ['A0210 .target aie2ps'],
      { target: 'aie4' },
    ],
    ['an unknown target', lines('.target aie9') + wrap('NOP'), ['A0211 .target aie9']],
    [
      'a malformed topology',
      lines('.aie_row_topology 1-1-4') + wrap('NOP'),
      ['A0212 .aie_row_topology 1-1-4'],
    ],
    [
      'an annotation with a wrong field',
      lines('START_JOB 0', '.section annotation', 'id: 1', 'name: x', 'what: y', 'END_JOB', 'EOF'),
      ['A0213 what: y'],
    ],
    ['an unknown section', lines('.section .other') + wrap('NOP'), ['A0214 .section .other']],
    ['a job twice', wrap('NOP').replace('EOF\n', '') + wrap('NOP'), ['A0302 START_JOB 0']],
    ['a label that is not there', wrap('UC_DMA_WRITE_DES_SYNC @x'), ['A0303 @x']],
    [
      'a label without entries',
      lines('START_JOB 0', 'UC_DMA_WRITE_DES_SYNC @x', 'END_JOB', 'EOF', 'x:', 'y:', '.long 1'),
      ['A0304 x:'],
    ],
    [
      'a split label',
      lines(
        'START_JOB 0',
        'UC_DMA_WRITE_DES_SYNC @x',
        'END_JOB',
        'EOF',
        'x:',
        '.long 1',
        '.align 16',
        '.long 2',
      ),
      ['A0305 .align 16'],
    ],
    ['a job without an end', lines('START_JOB 0', 'NOP', 'EOF'), ['A0306 START_JOB 0']],
    ['an end without a job', lines('END_JOB') + wrap('NOP'), ['A0306 END_JOB']],
    ['an operation outside a job', lines('NOP') + wrap('NOP'), ['A0307 NOP']],
    ['a launch of nothing', wrap('LAUNCH_JOB 9'), ['A0308 LAUNCH_JOB 9']],
    ['a load of cores without an array', wrap('LOAD_CORES_CP 1'), ['A0403 LOAD_CORES_CP 1']],
    [
      'a conditional job without a point',
      lines('START_COND_JOB_PREEMPT 0', 'END_JOB', 'EOF'),
      ['A0404 START_COND_JOB_PREEMPT 0'],
    ],
    ['the tracer', wrap('TRACE 1'), ['A0405 TRACE 1']],
    ['no EOF', lines('START_JOB 0', 'NOP', 'END_JOB'), ['A0501 START_JOB 0']],
    ['a scope that is not there', wrap('LOAD_PDI 1, @x'), ['A0506 @x']],
    ['a number that is negative', wrap('MOV $r0, -5'), ['A0109 -5']],
    [
      'a scope in capitals',
      lines(
        'START_JOB 0',
        'LOAD_PDI 1, @P',
        'END_JOB',
        'P:',
        'START_JOB 0',
        'END_JOB',
        'EOF',
        '.endl P',
        'EOF',
      ),
      ['A0506 @P'],
    ],
    [
      'one job number in two spellings',
      lines('START_JOB 1', 'END_JOB', 'START_JOB 0x1', 'END_JOB', 'EOF'),
      ['A0310 START_JOB 0x1'],
    ],
    [
      'an alignment that is none',
      lines('START_JOB 0', 'END_JOB', 'EOF', '.align x'),
      ['A0110 .align x'],
    ],
  ]
  it.each(cases)('are reported once and where they are: %s', (_, source, found, extra) => {
    expect(problems(source, extra)).toEqual(found)
  })

  it('that span uCs are found by counting', () => {
    const pdi = (uc: number, n: number) =>
      lines(
        `.attach_to_group ${uc}`,
        ...Array.from({ length: n }, (_, i) => [
          `START_JOB ${i}`,
          `LOAD_PDI 1, @p${i}`,
          'END_JOB',
        ]).flat(),
        ...Array.from({ length: n }, (_, i) => [
          `p${i}:`,
          'START_JOB 0',
          'END_JOB',
          'EOF',
          `.endl p${i}`,
        ]).flat(),
        'EOF',
      )
    const { diagnostics } = run(pdi(0, 1) + pdi(2, 2))
    expect(diagnostics.map((d) => d.message)).toEqual([
      'load_pdi opcode count mismatch: 1 for column 0, but 2 for column 2',
    ])
  })

  it('of size are found before a page overflows', () => {
    const { diagnostics } = run(wrap(...Array<string>(700).fill('WRITE_32 0, 0')))
    expect(diagnostics.map((d) => [d.code, d.message])).toEqual([
      ['A0502', 'text and data section size 8432 > pagesize(8192)'],
    ])
  })

  it('of preemption are named: the target, the uC without code, the operands', () => {
    const point = (uc: number, operands: string) =>
      lines(
        `.attach_to_group ${uc}`,
        'START_JOB 0',
        'LOAD_PDI 0, @p',
        'END_JOB',
        'START_JOB 1',
        `PREEMPT${operands}`,
        'END_JOB',
        'p:',
        'START_JOB 0',
        'END_JOB',
        'EOF',
        '.endl p',
        'EOF',
      )
    expect(problems(point(0, ' 0, @s, @r'))).toEqual([])
    expect(problems(point(0, ' 0, @s, @r'), { target: 'aie2ps' })).toEqual([
      'A0406 PREEMPT 0, @s, @r',
    ])
    expect(problems(point(0, ''))).toEqual(['A0407 PREEMPT'])
    const three = point(0, ' 0, @s, @r') + point(6, ' 0, @s, @r')
    expect(problems(three)).toEqual(['A0408 PREEMPT 0, @s, @r'])
  })

  it('never throw, whatever the text', () => {
    const words = [
      'START_JOB',
      'END_JOB',
      'EOF',
      '.eop',
      '.align',
      '.long',
      'UC_DMA_BD',
      '@x',
      'x:',
      '.endl',
      'x',
      '0',
      '0x',
      '$r1',
      '$lb0',
      ',',
      ' ',
      '\n',
      '\n',
      '\n',
      'LOCAL_BARRIER',
      'LAUNCH_JOB',
      'APPLY_OFFSET_57',
      'PREEMPT',
      '.setpad',
      '.include main.asm',
      '.attach_to_group 1',
      '.section annotation',
      'LOAD_PDI',
      'é',
      'TILE_1',
      'SHIM_MM2S_',
      '99999999999999999999999',
    ]
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...words), { maxLength: 60 }),
        fc.constantFrom('2025', '2026'),
        (parts, rules) => {
          const result = run(parts.join(' '), { rules: rules as '2025' | '2026' })
          expect(result.artifact === undefined).toBe(
            result.diagnostics.some((d) => d.severity === 'error'),
          )
        },
      ),
      { numRuns: 400 },
    )
  })
})
