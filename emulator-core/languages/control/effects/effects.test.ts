import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describe as profile } from '../../../device/profiles.ts'
import { assemble } from '../assemble.ts'
import type { ControlEffect } from './effect.ts'
import { effectsOf } from './effects.ts'
import { foldWrites, runsOf } from './fold.ts'
import { locate } from './target.ts'

const device = profile('aie4')

/** Effects of a program, by the text of the line. */
function effects(text: string): Map<string, ControlEffect | undefined> {
  const { artifact, diagnostics } = assemble('a.asm', { files: new Map([['a.asm', text]]) })
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  const [uc] = artifact!.ucs
  const list = effectsOf(artifact!, uc!, device)
  return new Map(uc!.places.map((place, i) => [place.text, list[i]]))
}

/** The effect of one operation in a job of its own. */
function effect(line: string): string | undefined {
  return effects(`START_JOB 0\n${line}\nEND_JOB\nEOF\n`).get(line)?.text
}

describe('what an operation does, in words', () => {
  it.each([
    ['WRITE_32 0x026A3000, 1', 'core [1,2] enable'],
    ['WRITE_32 0x006A3000, 2', 'core [0,2] reset'],
    ['WRITE_32 0x00109E64, 5', 'BD 5 start, MM2S 0 of mem [0,1]'],
    ['WRITE_32 0x02018544, 0x80030001', 'BD 1 start, S2MM 0 of shim [1,0], 4 times, token'],
    ['WRITE_32 0x00110030, 2', 'lock 3 of mem [0,1] ← 2'],
    ['WRITE_32 0x00110030, 0x7F', 'lock 3 of mem [0,1] ← −1'],
    ['WRITE_32 0x00008020, 0x80000000', 'shim [0,0] switch: MM2S 0 → north 0'],
    ['WRITE_32 0x00008020, 0', 'shim [0,0] switch: north 0 off'],
    [
      'WRITE_32 0x00120000, 0xC0000088',
      'mem [0,1] switch: arbiter 0, msel 0 → S2MM 0, drops the header',
    ],
    [
      'WRITE_32 0x001200F4, 0x021F0110',
      'mem [0,1] switch: slot 1 of south 0: packet 2 to arbiter 0, msel 1',
    ],
    ['WRITE_32 0x00600400, 0x11', 'memory of core [0,2] at 0x400 ← 0x11'],
    ['WRITE_32 0x00680010, 0x11', 'program of core [0,2] at 0x10 ← 0x11'],
    ['WRITE_32 0x0E000000, 1', '0xE000000, which is outside the array ← 0x1'],
    ['MASK_WRITE_32 0x026A3000, 1, 0', 'core [1,2] disable'],
    ['MASK_POLL_32 0x00109F00, 0x01F8003C, 0', 'poll until MM2S 0 of mem [0,1] is idle'],
    ['POLL_32 0x00110030, 2', 'poll until lock 3 of mem [0,1] is 2'],
    ['READ_32 $r9, 0x00110030', '$g1 ← lock 3 of mem [0,1]'],
    ['WRITE_32_D 2, 0x00110030, 3', 'lock 3 of mem [0,1] ← $r3'],
    ['WRITE_32_D 0, 2, 3', 'register at $r2 ← $r3'],
    ['MOV $r0, 0x18', '$r0 ← 0x18'],
    ['WAIT_TCTS tile_1_1, mem_mm2s_0, 1', 'wait 1 token of MM2S 0 at [1,1]'],
    ['REMOTE_BARRIER $rb1, 0x15', 'wait for uC 0, 2, 4 at $rb1'],
    ['REMOTE_BARRIER $rb1, 0x7', 'wait for uC 0..2 at $rb1'],
    [
      'REL_ACQ_SYNC 0x00115C0C, 0x00115E04',
      'read 0x15C0C of mem [0,1], which is no register, then until it succeeds read 0x15E04 of mem [0,1], which is no register',
    ],
    [
      'REL_ACQ_SYNC 0x00118C0C, 0x00118E04',
      'give lock 3 of mem [0,1] +3, then until it succeeds take lock 3 of mem [0,1] at 1',
    ],
  ])('%s', (line, text) => expect(effect(line)).toBe(text))

  it('names the part that is touched, so that it can be lit', () => {
    const text =
      'START_JOB 0\nWRITE_32 0x00109E64, 5\nWAIT_TCTS tile_0_0, shim_s2mm_0, 1\nEND_JOB\nEOF\n'
    const found = effects(text)
    expect(found.get('WRITE_32 0x00109E64, 5')?.parts).toEqual(['tile[0,1].dma.mm2s0'])
    expect(found.get('WAIT_TCTS tile_0_0, shim_s2mm_0, 1')?.parts).toEqual(['tile[0,0].dma.s2mm0'])
  })

  it('says which words only the loader knows', () => {
    expect(effect('WRITE_32 0x00110030, scalar_word')).toMatch(/· 'scalar_word' set at load$/)
  })
})

const longs = (count: number, value = '0') => `.long ${value}\n`.repeat(count)

describe('a uC-DMA chain', () => {
  const program = `START_JOB 0
UC_DMA_WRITE_DES_SYNC @chain
APPLY_OFFSET_57 @host, 1, 2
UC_DMA_WRITE_DES $r1, @one
END_JOB
EOF
chain:
UC_DMA_BD 0, 0x00108000, @first, 11, 0, 1
UC_DMA_BD 0, 0x00108030, @first, 11, 0, 1
UC_DMA_BD 0, 0x00109E04, @queue, 1, 0, 1
UC_DMA_BD 0, 0x00018000, @host, 9, 0, 0
one:
UC_DMA_BD 0, 0x00600000, @table, 3, 0, 0
first:
${longs(1)}.long 0x18
${longs(9)}
queue:
.long 0x80000000
host:
${longs(2)}.long 48
${longs(6)}
table:
${longs(3, '7')}`

  it('is followed and folded into one line', () => {
    expect(effects(program).get('UC_DMA_WRITE_DES_SYNC @chain')?.text).toBe(
      '32 registers: BD 0, 1 of S2MM 0 of mem [0,1], start of S2MM 0 of mem [0,1], BD 0 of shim [0,0]',
    )
  })

  it('is told thing by thing to whoever wants to know more', () => {
    expect(effects(program).get('UC_DMA_WRITE_DES_SYNC @chain')?.lines).toEqual([
      'BD 0 of S2MM 0 of mem [0,1]: 24 words at 0x0',
      'BD 1 of S2MM 0 of mem [0,1]: 24 words at 0x0',
      'BD 0 start, S2MM 0 of mem [0,1], token',
      'BD 0 of shim [0,0]: 48 words',
    ])
  })

  it('gives each descriptor and each word of data its own meaning', () => {
    const found = effects(program)
    expect(found.get('UC_DMA_BD 0, 0x00108030, @first, 11, 0, 1')?.text).toBe(
      'BD 1 of S2MM 0 of mem [0,1]: 24 words at 0x0',
    )
    expect(found.get('.long 0x18')?.text).toBe('word 1: length 24')
    expect(found.get('.long 0x80000000')?.text).toBe('BD 0 start, S2MM 0 of mem [0,1], token')
  })

  it('shows where an argument is added', () => {
    const found = effects(program)
    expect(found.get('APPLY_OFFSET_57 @host, 1, 2')?.text).toBe(
      'add argument 2 to the address of BD 0 of shim [0,0]',
    )
    expect(found.get('UC_DMA_BD 0, 0x00018000, @host, 9, 0, 0')?.text).toBe(
      'BD 0 of shim [0,0]: 48 words, argument 2',
    )
  })

  it('into memory is told in bytes, and keeps its handle in sight', () => {
    expect(effects(program).get('UC_DMA_WRITE_DES $r1, @one')?.text).toBe(
      '12 bytes of memory of core [0,2] · handle in $r1',
    )
  })
})

describe('folding', () => {
  it('writes numbers as runs', () => {
    expect(runsOf([5, 0, 1, 2, 7, 8])).toBe('0..2, 5, 7, 8')
  })

  it('says something of any words at any addresses', () => {
    const address = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 2 ** 27 - 1 }).map((a) => a & ~3),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(address, fc.integer()), { maxLength: 40 }), (writes) => {
        const list = writes.map(([a, value]) => ({ target: locate(device, a), value }))
        const { text, parts } = foldWrites(device, list)
        expect(text).not.toMatch(/undefined|NaN/)
        expect(text.length).toBeGreaterThan(3)
        for (const part of parts) expect(part).toMatch(/^tile\[\d,\d\]/)
      }),
    )
  })

  it('says something of any bytes taken for a page', () => {
    const code = assemble('a.asm', {
      files: new Map([['a.asm', 'START_JOB 0\nNOP\nEND_JOB\nEOF\n']]),
    }).artifact!
    const [uc] = code.ucs
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 200, maxLength: 200 }), (bytes) => {
        const pages = uc!.pages.slice()
        pages.set(bytes, 16)
        const places = [0, 4, 8, 60, 150].map((offset) => ({ ...uc!.places[0]!, offset }))
        for (const one of effectsOf(code, { ...uc!, pages, places }, device))
          expect(one?.text ?? 'nothing').not.toMatch(/undefined|NaN/)
      }),
    )
  })
})
