import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dumpControlCode, placeAt } from '../../artifacts/control-code.ts'
import { operationByName } from '../../device/abi/control-code.ts'
import { controlCodes } from './codes.ts'
import { disassemble } from './disassemble.ts'
import { pagesHex } from './pages-hex.ts'
import { completions, describeWord } from './reference.ts'
import { lines, run, wrap } from './test-kit/run.ts'
import type { Extra } from './test-kit/run.ts'

function bytes(source: string, extra: Extra = {}, page = 0): string {
  const { artifact, diagnostics } = run(source, extra)
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  const all = artifact?.ucs[0].pages ?? new Uint8Array()
  const length = all[page * 8192 + 8] | (all[page * 8192 + 9] << 8)
  const part = all.subarray(page * 8192, page * 8192 + length)
  return Array.from(part, (b) => b.toString(16).padStart(2, '0')).join('')
}

const word = (value: number) => value.toString(16).padStart(2, '0') + '000000'

describe('the page', () => {
  it('has a header, the jobs, EOF, filler and data behind them', () => {
    const source = lines(
      'START_JOB 1',
      'UC_DMA_WRITE_DES_SYNC @c',
      'END_JOB',
      'EOF',
      'c:',
      'UC_DMA_BD 0, 0x100, @d, 1, 0, 0',
      'd:',
      '.long 0x11223344',
    )
    expect(bytes(source)).toBe(
      'ffff0000' +
        '00000000' +
        '44000000' +
        '01000000' +
        '0000010010000000' +
        '09002000' +
        '07000000' +
        'ff000000' +
        'a5'.repeat(12) +
        '01000400' +
        '10000000' +
        '00010000' +
        '00000000' +
        '44332211',
    )
  })

  it('ends at a page break, whose next page has its length in the header', () => {
    const source = lines('START_JOB 0', 'END_JOB', '.eop', 'START_JOB 0', 'NOP', 'END_JOB', 'EOF')
    expect(bytes(source).slice(16, 24)).toBe('20002400')
    expect(bytes(source, {}, 1).slice(0, 24)).toBe('ffff01000000000024000000')
  })

  it('tells CERT when it may spin, on AIE4 under the rules of 2026 only', () => {
    const two = lines('START_JOB 0', 'NOP', 'END_JOB', 'START_JOB 1', 'NOP', 'END_JOB', 'EOF')
    expect(bytes(wrap('NOP')).slice(24, 26)).toBe('01')
    expect(bytes(two).slice(24, 26)).toBe('00')
    expect(bytes(wrap('NOP'), { target: 'aie2ps' }).slice(24, 26)).toBe('00')
    expect(bytes(wrap('NOP'), { rules: '2025' }).slice(24, 26)).toBe('00')
  })

  it('copies data that several pages use and leaves out data that none uses', () => {
    const source = lines(
      'START_JOB 0',
      'APPLY_OFFSET_57 @d, 1, 0',
      'END_JOB',
      '.eop',
      'START_JOB 1',
      'APPLY_OFFSET_57 @d, 1, 0',
      'END_JOB',
      'EOF',
      'd:',
      '.long 7',
      'e:',
      '.long 8',
    )
    const { artifact, diagnostics } = run(source)
    expect(artifact?.ucs[0].labels.map((l) => [l.name, l.page])).toEqual([
      ['d', 0],
      ['d', 1],
    ])
    expect(diagnostics.map((d) => d.code)).toEqual([controlCodes.unusedLabel[0]])
  })

  it('keeps jobs that share a barrier together', () => {
    const source = lines(
      'START_JOB 0',
      'LOCAL_BARRIER $lb0, 2',
      'END_JOB',
      'START_JOB 1',
      'NOP',
      'END_JOB',
      'START_JOB 2',
      'LOCAL_BARRIER $lb0, 2',
      'END_JOB',
      'EOF',
    )
    const { artifact } = run(source)
    const starts = artifact?.ucs[0].places.filter((p) => p.text.startsWith('START'))
    expect(starts?.map((p) => p.job)).toEqual([0, 2, 1])
  })

  it('is never larger than its bound and splits between jobs only', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 30 }),
        (sizes) => {
          const jobs = sizes.map((n, i) => [
            `START_JOB ${i}`,
            ...Array<string>(n).fill('WRITE_32 0, 0'),
            'END_JOB',
          ])
          const { artifact } = run(lines(...jobs.flat(), 'EOF'))
          const pages = artifact?.ucs[0].pages ?? new Uint8Array()
          const seen: number[] = []
          for (let at = 0; at < pages.length; at += 8192) {
            const view = new DataView(pages.buffer, at, 8192)
            const length = view.getUint16(8, true)
            expect(length).toBeLessThanOrEqual(8192)
            const next =
              at + 8192 < pages.length
                ? new DataView(pages.buffer, at + 8192).getUint16(8, true)
                : 0
            expect(view.getUint16(10, true)).toBe(next)
            let offset = 16
            while (view.getUint8(offset) !== 0xff) {
              seen.push(view.getUint16(offset + 2, true))
              offset += view.getUint16(offset + 4, true)
            }
            expect(offset + 4).toBe(length)
          }
          expect(seen).toEqual(sizes.map((_, i) => i))
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('operands', () => {
  it('are registers, barriers, tiles, actors and numbers', () => {
    const source = wrap(
      'MOV $g15, 0XFF',
      'REMOTE_BARRIER $rb0, 21',
      'WAIT_TCTS TILE_2_1, mem_mm2s_7, 3',
    )
    expect(bytes(source).slice(48, -16)).toBe(
      '10001700ff000000' + '1200010015000000' + '0600410018000300',
    )
  })

  it('become run-time symbols when they are no value, with the previous value in their place', () => {
    const { artifact } = run(wrap('MASK_WRITE_32 4, what_mask, 5', 'MOV $r0, later'))
    expect(artifact?.relocations.map((r) => [r.symbol, r.offset, r.schema])).toEqual([
      ['what_mask', 16, 3],
      ['later', 28, 3],
    ])
    expect(bytes(wrap('MASK_WRITE_32 4, what_mask, 5')).slice(48, 80)).toBe(
      '03000000' + word(4) + word(4) + word(5),
    )
  })

  it('of APPLY_OFFSET_57 relocate the descriptors of the table', () => {
    const data = (name: string) => [`${name}:`, ...Array<string>(9).fill('.long 0')]
    const source = lines(
      'START_JOB 0',
      'APPLY_OFFSET_57 @a, 2, 3',
      'APPLY_OFFSET_57 @c, 1, 0xFFFF',
      'END_JOB',
      'EOF',
      ...data('a'),
      ...data('b'),
      ...data('c'),
    )
    const { artifact } = run(source)
    expect(artifact?.relocations.map((r) => [r.symbol, r.argument, r.offset, r.schema])).toEqual([
      ['3', 3, 32, 6],
      ['3', 3, 68, 6],
      ['control-code-0', undefined, 104, 6],
    ])
    expect(bytes(source).slice(48, 80)).toBe('0e00200002000600' + '0e0068000100ffff')
  })

  it('are pointers to scopes by page', () => {
    const scope = (name: string, value: number) => [
      `${name}:`,
      'START_JOB 0',
      `WRITE_32 0, ${value}`,
      'END_JOB',
      'EOF',
      `.endl ${name}`,
    ]
    const source = lines(
      'START_JOB 0',
      'LOAD_PDI 9, @late',
      'END_JOB',
      ...scope('other', 1),
      ...scope('late', 2),
      'EOF',
    )
    expect(bytes(source).slice(48, 72)).toBe('1a000000' + word(9) + '02000000')
  })
})

describe('sources', () => {
  it('include files, whose jobs and labels are their own', () => {
    const part = lines('START_JOB 0', 'APPLY_OFFSET_57 @d, 1, 1', 'END_JOB', 'EOF', 'd:', '.long 2')
    const main = lines(
      'START_JOB 0',
      'APPLY_OFFSET_57 @d, 1, 0',
      'END_JOB',
      '.eop',
      '.include part.asm',
      'EOF',
      'd:',
      '.long 1',
    )
    const { artifact } = run(main, { more: { 'lib/part.asm': part }, include: ['lib'] })
    expect(
      artifact?.ucs[0].places.filter((p) => p.kind === 'data').map((p) => [p.at.file, p.text]),
    ).toEqual([
      ['main.asm', '.long 1'],
      ['lib/part.asm', '.long 2'],
    ])
  })

  it('may come back to a uC', () => {
    const job = (n: number) => [`START_JOB ${n}`, 'END_JOB']
    const source = lines(
      '.attach_to_group 0',
      ...job(0),
      '.attach_to_group 2',
      ...job(1),
      '.attach_to_group 0',
      ...job(2),
      'EOF',
      '.attach_to_group 2',
    )
    const { artifact } = run(source)
    const jobs = artifact?.ucs.map((u) => [
      u.uc,
      u.places.filter((p) => p.text.startsWith('START')).map((p) => p.job),
    ])
    expect(jobs).toEqual([
      [0, [0, 2]],
      [2, [1]],
    ])
  })

  it('map every byte of the text back to its line', () => {
    const source = lines('; head', 'START_JOB 0', '  WRITE_32 0x10, 1 ; set', 'END_JOB', 'EOF')
    const { artifact } = run(source)
    const uc = artifact?.ucs[0]
    const place = uc && placeAt(uc, 0, 8 + 11)
    expect(place).toMatchObject({
      offset: 8,
      sizeBytes: 12,
      line: 3,
      text: 'WRITE_32 0x10, 1',
      job: 0,
    })
    expect(source.slice(place?.at.start, place?.at.end)).toBe('WRITE_32 0x10, 1 ; set')
    expect(uc && placeAt(uc, 0, 8 + 12)?.text).toBe('END_JOB')
    expect(uc && placeAt(uc, 1, 0)).toBeUndefined()
  })

  it('are dumped with bytes and labels', () => {
    const { artifact } = run(wrap('NOP'))
    expect(artifact && dumpControlCode(artifact)).toBe(
      [
        'target aie4-a',
        'uc 0 page 0 default length 36 next 0',
        '  0000  0000000010000000  START_JOB 0',
        '  0008  16000000  NOP',
        '  000c  07000000  END_JOB',
        '  0010  ff000000  EOF',
      ].join('\n'),
    )
    expect(artifact && pagesHex(artifact).split('\n').slice(0, 3)).toEqual([
      'ff ff 00 00 00 00 00 00',
      '24 00 00 00 01 00 00 00',
      '00 00 00 00 10 00 00 00',
    ])
  })
})

describe('the rules of 2025', () => {
  it('have a short LOAD_PDI, alphabetical scopes and far lengths in the header', () => {
    const scope = (name: string) => [
      `${name}:`,
      'START_JOB 0',
      'NOP',
      'END_JOB',
      'EOF',
      `.endl ${name}`,
      '.section .ctrltext',
    ]
    const source = lines(
      'START_JOB 0',
      'LOAD_PDI 3, @b',
      'END_JOB',
      ...scope('b'),
      ...scope('a'),
      'EOF',
    )
    const { artifact } = run(source, { rules: '2025' })
    expect(artifact?.ucs[0].scopes.map((s) => s.name)).toEqual(['default', 'a', 'b'])
    expect(bytes(source, { rules: '2025' })).toBe(
      'ffff0000' +
        '24000000' +
        '28000000' +
        '00000000' +
        '0000000012000000' +
        '1a0003000200' +
        '07000000' +
        'ff000000' +
        '0000',
    )
  })

  it('turn all ones into zero', () => {
    expect(bytes(wrap('MOV $r0, 0xFFFFFFFF'), { rules: '2025' }).slice(48, 64)).toBe(
      '1000000000000000',
    )
    expect(bytes(wrap('MOV $r0, 0xFFFFFFFF')).slice(48, 64)).toBe('10000000ffffffff')
  })
})

describe('the disassembler', () => {
  it('gives text that assembles to the same pages', () => {
    const source = lines(
      '.target aie4',
      '.partition 3column',
      'START_JOB 0',
      'LOAD_PDI 1, @cfg',
      'END_JOB',
      'START_JOB 1',
      'APPLY_OFFSET_57 @t, 1, 2',
      'UC_DMA_WRITE_DES $g2, @c',
      'WAIT_UC_DMA $g2',
      'LOCAL_BARRIER $lb3, 1',
      'REMOTE_BARRIER $rb0, 1',
      'WAIT_TCTS TILE_1_1, MEM_MM2S_6, 2',
      'MASK_POLL_32 0x18570, 0x1F8003C, 0',
      'END_JOB',
      'cfg:',
      'START_JOB 0',
      'UC_DMA_WRITE_DES_SYNC @w',
      'END_JOB',
      '.eop',
      'START_JOB 0',
      'NOP',
      'END_JOB',
      'EOF',
      'w:',
      'UC_DMA_BD 0, 0x8000, @v, 2, 0, 0',
      'v:',
      '.long 1',
      '.long 2',
      '.endl cfg',
      'EOF',
      'c:',
      'UC_DMA_BD 0, 0x18000, @t, 9, 0, 1',
      'UC_DMA_BD 0, 0x108000, @u, 3, 0, 0',
      't:',
      ...Array<string>(9).fill('.long 5'),
      'u:',
      '.long 6',
      '.long 7',
      '.long 8',
    )
    const first = run(source).artifact
    const text = first ? disassemble(first, 'a.asm').text : ''
    const second = run(text).artifact
    expect(second && pagesHex(second)).toBe(first && pagesHex(first))
    expect(second && disassemble(second, 'a.asm').text).toBe(text)
  })
})

describe('the reference', () => {
  it('describes every operation with its signature', () => {
    expect(describeWord('mov')).toMatchObject({ detail: 'MOV $dest, value', kind: 'operation' })
    const labels = new Set(completions('aie4').map((c) => c.label))
    for (const spec of operationByName.values()) expect(labels.has(spec.mnemonic)).toBe(true)
    expect(describeWord('mem_mm2s_5')?.detail).toBe('actor 22')
    expect(describeWord('nothing')).toBeUndefined()
  })
})
