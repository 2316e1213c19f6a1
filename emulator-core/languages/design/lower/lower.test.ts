import { describe as suite, expect, it } from 'vitest'
import { bdField } from '../../../device/abi/bd.ts'
import { decodeAddress, mapOfRow } from '../../../device/geometry.ts'
import { describe } from '../../../device/profiles.ts'
import type { CoreProgram } from '../../../artifacts/core-program.ts'
import type { DesignBd } from '../../../artifacts/design-image.ts'
import { assemble } from '../../control/assemble.ts'
import type { Design } from '../compile.ts'
import { addOne, compile, image, module, profileIds, tiles } from '../test-kit/kit.ts'
import { bdWords } from './bd-words.ts'
import { lowerControl } from './lower.ts'

/** A program that is easy to tell from others. */
function program(words: number): CoreProgram {
  return {
    image: Uint32Array.from({ length: words }, (_, i) => 0xc0de0000 + i),
    data: [],
    symbols: [],
    places: [],
    codeBytes: 4 * words,
  }
}

function programsOf(design: Design, words = 40): Map<string, CoreProgram> {
  return new Map(design.cores.map((c) => [`${c.column},${c.row}`, program(words)]))
}

function lowered(text: string, options = {}, words = 40) {
  const design = image(text, options)
  const result = lowerControl(design, programsOf(design, words))
  expect(result.diagnostics).toEqual([])
  return { design, ...result }
}

/** Operations of the main program of a file, without operands' comments. */
function main(text: string): string[] {
  const end = text.indexOf('\npdi:')
  return text
    .slice(0, end)
    .split('\n')
    .map((l) => l.replace(/ *;.*$/, '').trim())
    .filter(Boolean)
}

/** Everything the load image of a file writes, in order: address and words. */
function writes(text: string): { address: number; words: number[] }[] {
  const labels = new Map<string, number[]>()
  let open: number[] | undefined
  for (const line of text.split('\n')) {
    const label = /^(\w+):$/.exec(line)
    if (label) {
      open = []
      labels.set(label[1]!, open)
    }
    const word = /^ {2}\.long (\S+)/.exec(line)
    if (word) open?.push(Number(word[1]))
  }
  const scope = text.slice(text.indexOf('\npdi:'), text.indexOf('.endl'))
  return [...scope.matchAll(/UC_DMA_BD 0, (\S+), @(\w+), (\d+)/g)].map((m) => ({
    address: Number(m[1]),
    words: labels.get(m[2]!)!.slice(0, Number(m[3])),
  }))
}

/** Two columns whose memory tiles each pass eight numbers on. */
const twoColumns =
  module(`%s0 = aie.tile(0, 0) %m0 = aie.tile(0, 1) %s1 = aie.tile(1, 0) %m1 = aie.tile(1, 1)
  ${[0, 1]
    .map(
      (c) => `
  aie.objectfifo @in${c}(%s${c}, {%m${c}}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
  aie.objectfifo @out${c}(%m${c}, {%s${c}}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
  aie.objectfifo.link [@in${c}] -> [@out${c}] ()`,
    )
    .join('\n')}
  %rtp = aie.buffer(%m1) {sym_name = "rtp"} : memref<4xi32>
  aie.runtime_sequence @s(%a : memref<8xi32>, %b : memref<8xi32>) {
    aiex.npu.dma_memcpy_nd(%b[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]) {metadata = @out0, id = 1 : i64} : memref<8xi32>
    aiex.npu.dma_memcpy_nd(%a[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]) {metadata = @in0, id = 0 : i64} : memref<8xi32>
    aiex.npu.dma_memcpy_nd(%b[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]) {metadata = @out1, id = 1 : i64} : memref<8xi32>
    aiex.npu.dma_wait {symbol = @out0}
    aiex.npu.rtp_write(@rtp, 0, 7)
    aiex.npu.dma_memcpy_nd(%b[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]) {metadata = @in1, id = 0 : i64} : memref<8xi32>
    aiex.npu.dma_wait {symbol = @out1}
  }`)

suite('descriptors in words', () => {
  const base: DesignBd = {
    id: 0,
    address: 0,
    lengthWords: 1,
    dims: [],
    burst: 0,
    at: { file: '', start: 0, end: 0 },
  }
  const aie4 = describe('aie4')

  it('are those of public programs', () => {
    const mem = aie4.memTile.channels[0]!
    const bd: DesignBd = {
      ...base,
      address: 0x81c0e0 * 4,
      lengthWords: 14336,
      dims: [
        { size: 32, step: 1 },
        { size: 28, step: 512 },
        { size: 0, step: 32 },
      ],
      acquire: { id: 470, value: -1, tile: { column: 0, row: 1 }, lock: 22 },
      release: { id: 469, value: 1, tile: { column: 0, row: 1 }, lock: 21 },
      next: 1,
    }
    expect([...bdWords(aie4, mem, bd)].map((w) => w.toString(16))).toEqual([
      '81c0e0',
      'fe003800',
      '1d500bad',
      '200',
      '20',
      '1',
      '1',
      '0',
      '0',
      'e00400',
      'c000000',
    ])
    const core = aie4.coreTile.channels[0]!
    const small: DesignBd = {
      ...base,
      address: 0x7f80,
      lengthWords: 4,
      acquire: { id: 0, value: -1, tile: { column: 0, row: 2 }, lock: 0 },
      release: { id: 1, value: 1, tile: { column: 0, row: 2 }, lock: 1 },
    }
    expect([...bdWords(aie4, core, small)].map((w) => w.toString(16))).toEqual([
      '1fe00004',
      '0',
      '10000',
      '1',
      '1',
      '43fe0',
    ])
    const shim = aie4.shimTile.channels[0]!
    expect(
      [...bdWords(aie4, shim, { ...base, address: 0x1dc3000, lengthWords: 1024 })].map((w) =>
        w.toString(16),
      ),
    ).toEqual(['0', '1dc3000', '400', '3000000', '0', '1', '1', '20000001', '400'])
  })

  it('store steps less one and a valid bit on AIE2', () => {
    const device = describe('npu1')
    const channel = device.shimTile.channels[2]!
    const words = bdWords(device, channel, {
      ...base,
      argument: 0,
      address: 8,
      lengthWords: 24,
      dims: [
        { size: 4, step: 1 },
        { size: 3, step: 8 },
      ],
      iteration: { size: 2, step: 64 },
      burst: 128,
    })
    const f = (name: Parameters<typeof bdField>[3]) => bdField(channel.layout, words, 0, name)
    expect([f('addressLow'), f('length'), f('valid'), f('burst')]).toEqual([8, 24, 1, 1])
    expect([f('d0Step'), f('d0Wrap'), f('d1Step'), f('d1Wrap'), f('d2Step')]).toEqual([
      0, 4, 7, 3, 0,
    ])
    expect([f('iterationStep'), f('iterationWrap'), f('useNext'), f('acquireEnable')]).toEqual([
      63, 1, 0, 0,
    ])
  })

  it('count followers inside their half on AIE4 shims', () => {
    const upper = aie4.shimTile.channels.find((c) => c.firstBd === 16)!
    const words = bdWords(aie4, upper, { ...base, id: 16, next: 18 })
    expect(bdField(upper.layout, words, 0, 'next')).toBe(2)
  })
})

suite('assembly', () => {
  for (const profile of profileIds) {
    for (const [name, text] of [
      ['one column', addOne],
      ['two columns', twoColumns],
    ] as const) {
      it(`of ${name} for ${profile} is taken by the assembler without a word`, () => {
        const { files } = lowered(text, { profile })
        const root = files.map((f) => `.attach_to_group ${f.uc}\n.include ${f.name}\n`).join('')
        const all = new Map([
          ...files.map((f): [string, string] => [f.name, f.text]),
          ['root.asm', root],
        ])
        const target = profile === 'aie4' ? 'aie4-a' : 'aie2ps'
        const { artifact, diagnostics } = assemble('root.asm', { files: all, target })
        expect(diagnostics.map((d) => d.message)).toEqual([])
        expect(artifact!.ucs.map((u) => u.uc)).toEqual(files.map((f) => f.uc))
      })
    }
  }

  it('is one file per column on AIE4 and one for all elsewhere', () => {
    expect(lowered(twoColumns, { profile: 'aie4' }).files.map((f) => f.name)).toEqual([
      'uc0.asm',
      'uc2.asm',
    ])
    expect(lowered(twoColumns).files.map((f) => f.name)).toEqual(['uc0.asm'])
  })

  it('says for every line where in the design it comes from', () => {
    const { files, design } = lowered(addOne, { profile: 'aie4' })
    const [file] = files
    expect(file!.lines).toHaveLength(file!.text.split('\n').length - 1)
    const wait = file!.text.split('\n').findIndex((l) => l.includes('WAIT_TCTS'))
    expect(file!.lines[wait]).toEqual(design.sequences[0]!.steps.at(-1)!.at)
  })

  it('reads like the sequence', () => {
    expect(main(lowered(addOne, { profile: 'aie4' }).files[0]!.text).slice(5)).toEqual([
      'START_JOB 1',
      'APPLY_OFFSET_57 @mc0b0, 1, 2',
      'UC_DMA_WRITE_DES_SYNC @mc0',
      'WRITE_32 0x00018544, 0x80000001',
      'APPLY_OFFSET_57 @mc1b0, 1, 0',
      'UC_DMA_WRITE_DES_SYNC @mc1',
      'WRITE_32 0x00018554, 0x00000000',
      'WAIT_TCTS tile_0_0, shim_s2mm_0, 1',
      'END_JOB',
    ])
  })

  it('splits what does not fit a page, and keeps every word in its place', () => {
    const words = 5000
    const { files } = lowered(addOne, { profile: 'npu4' }, words)
    const written = new Map<number, number>()
    for (const w of writes(files[0]!.text))
      w.words.forEach((v, i) => written.set(w.address + 4 * i, v))
    const device = describe('npu4')
    const start = 2 * 2 ** 20 + device.core.pmOffset
    for (let i = 0; i < words; i++) expect(written.get(start + 4 * i)).toBe(0xc0de0000 + i)
    const { artifact, diagnostics } = assemble('uc0.asm', {
      files: new Map([['uc0.asm', files[0]!.text]]),
      target: 'aie2ps',
    })
    expect(diagnostics).toEqual([])
    expect(artifact!.ucs[0]!.scopes.find((s) => s.name.endsWith('pdi'))!.pageCount).toBeGreaterThan(
      2,
    )
  })

  it('names the load by its contents, so that another design is not taken for it', () => {
    const id = (text: string, words = 40) =>
      /LOAD_PDI (\S+),/.exec(lowered(text, { profile: 'aie4' }, words).files[0]!.text)![1]
    expect(id(addOne)).toBe(id(addOne))
    expect(id(addOne, 41)).not.toBe(id(addOne))
    expect(id(twoColumns)).not.toBe(id(addOne))
  })
})

suite('the load image', () => {
  for (const profile of profileIds) {
    it(`on ${profile} stops, configures and starts, in this order`, () => {
      const device = describe(profile)
      const order = writes(lowered(addOne, { profile }).files[0]!.text).map(
        ({ address, words }) => {
          const { row, offset } = decodeAddress(device, address)!
          const map = mapOfRow(device, row)
          if (row === 2 && offset === device.core.control) return `core ${words[0]}`
          if (map.channels.some((c) => c.queue === offset)) return 'queue'
          if (map.channels.some((c) => c.control === offset)) return 'reset'
          if (map.data.masters.some((p) => p.register === offset) && words[0] !== 0) return 'switch'
          if (map.locks.lockAt(offset) >= 0) return 'lock'
          if (
            map.channels.some(
              (c) => offset >= c.bdBase && offset < c.bdBase + c.bdCount * c.layout.strideBytes,
            )
          )
            return 'descriptor'
          return row >= 2 &&
            offset >= device.core.pmOffset &&
            offset < device.core.pmOffset + device.core.pmBytes
            ? 'program'
            : ''
        },
      )
      const phases = order.filter(
        (what, i) => what !== '' && what !== order.slice(0, i).findLast((w) => w !== ''),
      )
      expect(phases).toEqual([
        'core 2',
        'reset',
        'lock',
        'program',
        'descriptor',
        'switch',
        'queue',
        'core 0',
        'core 1',
      ])
    })
  }

  it('selects the DMA behind the shim switch on AIE2', () => {
    const found = writes(lowered(addOne).files[0]!.text).filter(
      (w) => w.address === 0x1f000 || w.address === 0x1f004,
    )
    expect(found.map((w) => w.words)).toEqual([[0x400], [0x10]])
  })

  it('opens a path for tokens from every tile that is waited for', () => {
    const text =
      module(`${tiles} %b = aie.buffer(%core) : memref<8xi32> aie.flow(%core, DMA : 0, %shim, DMA : 0)
      aie.runtime_sequence @s() {
        %t = aiex.dma_configure_task(%core, MM2S, 0) { aie.dma_bd(%b : memref<8xi32>) aie.end } {issue_token = true}
        aiex.dma_start_task(%t)
        aiex.dma_await_task(%t)
      }`)
    for (const profile of profileIds) {
      const device = describe(profile)
      const found = writes(lowered(text, { profile }).files[0]!.text)
      for (const row of [0, 1, 2]) {
        const { masters } = mapOfRow(device, row).control
        const sink = row === 0 && profile === 'aie4' ? 'uc' : 'south'
        const register = masters.find((p) => p.bundle === sink && p.channel === 0)!.register
        const at = found.findLast((w) => {
          const place = decodeAddress(device, w.address)!
          return place.row === row && place.column === 0 && place.offset === register
        })
        expect(at?.words).toEqual([0xc0000078])
      }
      expect(lowered(text, { profile }).files[0]!.text).toContain(
        'WAIT_TCTS tile_0_2, tile_mm2s_0, 1',
      )
    }
  })

  it('meets the other columns before anything starts', () => {
    const { files } = lowered(twoColumns, { profile: 'aie4' })
    for (const { text } of files) {
      const pdi = text.slice(text.indexOf('\npdi:'))
      expect(pdi.match(/REMOTE_BARRIER \$rb0, 0x05/g)).toHaveLength(1)
      expect(pdi.indexOf('REMOTE_BARRIER')).toBeLessThan(pdi.lastIndexOf('UC_DMA_WRITE_DES_SYNC'))
    }
  })
})

suite('one sequence on several controllers', () => {
  it('holds back what must not overtake a wait or a write of another column', () => {
    const [first, second] = lowered(twoColumns, { profile: 'aie4' }).files.map((f) =>
      main(f.text).map((l) => l.split(' ')[0]),
    )
    expect(first!.slice(5)).toEqual([
      'START_JOB',
      'APPLY_OFFSET_57',
      'UC_DMA_WRITE_DES_SYNC',
      'WRITE_32',
      'APPLY_OFFSET_57',
      'UC_DMA_WRITE_DES_SYNC',
      'WRITE_32',
      'WAIT_TCTS',
      'REMOTE_BARRIER',
      'REMOTE_BARRIER',
      'END_JOB',
    ])
    expect(second!.slice(5)).toEqual([
      'START_JOB',
      'APPLY_OFFSET_57',
      'UC_DMA_WRITE_DES_SYNC',
      'WRITE_32',
      'REMOTE_BARRIER',
      'WRITE_32',
      'APPLY_OFFSET_57',
      'UC_DMA_WRITE_DES_SYNC',
      'WRITE_32',
      'WAIT_TCTS',
      'REMOTE_BARRIER',
      'END_JOB',
    ])
  })

  it('gives barriers of different parties different numbers', () => {
    const { files } = lowered(twoColumns, { profile: 'aie4' })
    const used = new Map<string, string>()
    for (const { text } of files) {
      for (const [, id, mask] of text.matchAll(/REMOTE_BARRIER (\$rb\d+), (\S+)/g)) {
        if (id !== '$rb0') expect(used.get(id!) ?? mask).toBe(mask)
        used.set(id!, mask!)
      }
    }
  })
})

suite('task queues', () => {
  const many = (n: number, waits: boolean) =>
    module(`${tiles}
    aie.objectfifo @in(%shim, {%core}, 1 : i32) : !aie.objectfifo<memref<8xi32>>
    aie.runtime_sequence @s(%a : memref<800xi32>) {
      ${Array.from(
        { length: n },
        (
          _,
          i,
        ) => `aiex.npu.dma_memcpy_nd(%a[0, 0, 0, ${8 * i}][1, 1, 1, 8][0, 0, 0, 1]) {metadata = @in, id = ${i % 16} : i64, issue_token = true} : memref<800xi32>
        ${waits ? 'aiex.npu.dma_wait {symbol = @in}' : ''}`,
      ).join('\n')}
    }`)
  const polls = (text: string, profile: 'aie4' | 'npu1') =>
    lowered(text, { profile }).files[0]!.text.match(/MASK_POLL_32 .*0x0*(4|10)00000, 0/g)?.length ??
    0

  it('are asked for room exactly from the push on that may not fit', () => {
    expect(polls(many(4, false), 'npu1')).toBe(0)
    expect(polls(many(7, false), 'npu1')).toBe(3)
    expect(polls(many(16, false), 'aie4')).toBe(0)
    expect(
      lowered(many(18, false), { profile: 'aie4' }).files[0]!.text.match(
        /MASK_POLL_32 0x00018580, 0x01000000, 0/g,
      ),
    ).toHaveLength(2)
  })

  it('are known to be empty after a wait', () => {
    expect(polls(many(12, true), 'npu1')).toBe(0)
  })
})

suite('what cannot be lowered', () => {
  it('is a core without a program, a sequence that does not exist, one without its constants', () => {
    const design = image(addOne)
    expect(lowerControl(design, new Map()).diagnostics.map((d) => d.code)).toEqual(['D0805'])
    expect(
      lowerControl(design, programsOf(design), { sequence: 'other' }).diagnostics.map(
        (d) => d.code,
      ),
    ).toEqual(['D0906'])
    const open = image(module(`${tiles} aie.runtime_sequence @s(%n : i32) {}`))
    expect(lowerControl(open, new Map()).diagnostics.map((d) => d.code)).toEqual(['D0905'])
  })

  it('leaves a design without sequence loaded and nothing else', () => {
    const { image: design } = compile(module('%c = aie.tile(0, 2)'))
    const { files, argumentCount } = lowerControl(design!, new Map())
    expect(argumentCount).toBe(0)
    expect(main(files[0]!.text)).toEqual([
      '.attach_to_group 0',
      '.partition 1column',
      'START_JOB 0',
      expect.stringContaining('LOAD_PDI'),
      'END_JOB',
    ])
  })
})
