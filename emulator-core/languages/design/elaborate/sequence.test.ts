import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DesignBd } from '../../../artifacts/design-image.ts'
import { compile, image, module, section, tiles } from '../test-kit/kit.ts'

function steps(body: string, device = 'npu1_2col', options = {}): string {
  const text = module(
    `${tiles}
    aie.objectfifo @in(%shim, {%core}, 1 : i32) : !aie.objectfifo<memref<8xi32>>
    aie.objectfifo @out(%core, {%shim}, 1 : i32) : !aie.objectfifo<memref<8xi32>>
    %rtp = aie.buffer(%core) {sym_name = "rtp"} : memref<4xi32>
    %go = aie.lock(%core, 5)
    aie.runtime_sequence @s(%a : memref<8x16xi16>, %b : memref<256xi32>) { ${body} }`,
    device,
  )
  return section(image(text, options), 'sequence').split('\n').slice(2).join('\n')
}

describe('copies between host and stream', () => {
  it('start at the offsets times the strides, in bytes, and run dimension by dimension', () => {
    expect(
      steps(
        'aiex.npu.dma_memcpy_nd(%a[0, 0, 2, 4][1, 1, 3, 8][0, 0, 16, 1]) {metadata = @in, id = 3 : i64} : memref<8x16xi16>',
      ),
    ).toBe(
      `  set 0,0 mm2s 0: bd 3 argument 0 at 0x48, 12 words, dims 4*1 3*8
  push 0,0 mm2s 0: bd 3, 1 times
`,
    )
  })

  it('repeat without a stride by the queue alone, with a stride by the iteration too', () => {
    expect(
      steps(`aiex.npu.dma_memcpy_nd(%b[0, 0, 0, 0][3, 1, 1, 10][0, 0, 0, 1]) {metadata = @in, id = 0 : i64, issue_token = true} : memref<256xi32>
      aiex.npu.dma_memcpy_nd(%b[1, 0, 0, 0][4, 1, 1, 8][32, 0, 0, 1]) {metadata = @out, id = 1 : i64} : memref<256xi32>`),
    ).toBe(
      `  set 0,0 mm2s 0: bd 0 argument 1 at 0x0, 10 words
  push 0,0 mm2s 0: bd 0, 3 times, token
  set 0,0 s2mm 0: bd 1 argument 1 at 0x80, 8 words, iteration 4*32
  push 0,0 s2mm 0: bd 1, 4 times, token
`,
    )
  })

  it('merge what continues, so that a scan of rows is one long run', () => {
    expect(
      steps(
        'aiex.npu.dma_memcpy_nd(%b[0, 0, 0, 0][1, 4, 4, 16][0, 64, 16, 1]) {metadata = @in, id = 0 : i64} : memref<256xi32>',
      ),
    ).toContain('256 words\n')
  })

  it('count descriptors inside the half that the channel uses on AIE4', () => {
    const text = (id: number) =>
      `aiex.npu.dma_memcpy_nd(%b[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]) {metadata = @in, id = ${id} : i64} : memref<256xi32>`
    expect(steps(text(7), 'aie4')).toContain('bd 7')
  })

  it('visit the elements that the four loops visit', () => {
    const size = fc.integer({ min: 1, max: 4 })
    const stride = fc.integer({ min: 1, max: 40 })
    const plan = fc.record({
      sizes: fc.tuple(size, size, size, size),
      strides: fc.tuple(fc.nat(40), stride, stride, stride),
      offset: fc.nat(3),
    })
    fc.assert(
      fc.property(plan, fc.constantFrom('npu1', 'aie4'), ({ sizes, strides, offset }, device) => {
        const lists = `[0, 0, 0, ${offset}][${sizes.join()}][${strides.join()}]`
        const text = module(
          `${tiles}
          aie.objectfifo @in(%shim, {%core}, 1 : i32) : !aie.objectfifo<memref<8xi32>>
          aie.runtime_sequence @s(%b : memref<4096xi32>) {
            aiex.npu.dma_memcpy_nd(%b${lists}) {metadata = @in, id = 0 : i64} : memref<4096xi32> }`,
          device,
        )
        const [set] = image(text).sequences[0]!.steps
        const expected: number[] = []
        for (let r = 0; r < sizes[0]; r++)
          for (let k = 0; k < sizes[1]; k++)
            for (let j = 0; j < sizes[2]; j++)
              for (let i = 0; i < sizes[3]; i++)
                expected.push(
                  offset * strides[3] +
                    r * strides[0] +
                    k * strides[1] +
                    j * strides[2] +
                    i * strides[3],
                )
        expect(set!.kind === 'bd' && visited(set!.bd, sizes[0])).toEqual(expected)
      }),
      { numRuns: 150 },
    )
  })
})

/** Word addresses that a descriptor touches in `runs` rounds, by the rules of the hardware. */
function visited(bd: DesignBd, runs: number): number[] {
  const list: number[] = []
  for (let r = 0; r < runs; r++) {
    for (let n = 0; n < bd.lengthWords; n++) {
      let rest = n
      let at = bd.address / 4 + (bd.iteration ? (r % bd.iteration.size) * bd.iteration.step : 0)
      if (bd.dims.length === 0) at += n
      bd.dims.forEach(({ size, step }, d) => {
        const index = d === bd.dims.length - 1 ? rest : rest % size
        at += index * step
        rest = Math.floor(rest / size)
      })
      list.push(at)
    }
  }
  return list
}

describe('tasks', () => {
  it('number their descriptors, chain them and free them when awaited', () => {
    expect(
      steps(`%t = aiex.dma_configure_task_for @out {
        aie.dma_bd(%b : memref<256xi32>, 0, 8)
        aie.next_bd ^more
      ^more:
        aie.dma_bd(%b : memref<256xi32>, 8, 8)
        aie.end
      } {issue_token = true, repeat_count = 1 : i32}
      aiex.dma_start_task(%t)
      aiex.dma_await_task(%t)
      %u = aiex.dma_configure_task(%shim, S2MM, 0) { aie.dma_bd(%b : memref<256xi32>, 16, 8) aie.end }
      aiex.dma_start_task(%u)`),
    ).toBe(
      `  set 0,0 s2mm 0: bd 0 argument 1 at 0x0, 8 words, next 1
  set 0,0 s2mm 0: bd 1 argument 1 at 0x20, 8 words
  push 0,0 s2mm 0: bd 0, 2 times, token
  wait 0,0 s2mm 0
  set 0,0 s2mm 0: bd 0 argument 1 at 0x40, 8 words
  push 0,0 s2mm 0: bd 0, 1 times
`,
    )
  })

  it('may be freed after they were awaited, which gives nothing back', () => {
    const task = (name: string, more: string) => `%${name} = aiex.dma_configure_task_for @out {
        aie.dma_bd(%b : memref<256xi32>, 0, 8)
        aie.end
      } {issue_token = true}
      aiex.dma_start_task(%${name})
      aiex.dma_await_task(%${name}) ${more}`
    const free = 'aiex.dma_free_task(%t)'
    expect(steps(task('t', free) + task('u', free))).toBe(steps(task('t', '') + task('u', '')))
  })

  it('take the outermost of four dimensions as the iteration', () => {
    expect(
      steps(`%t = aiex.dma_configure_task_for @in {
        aie.dma_bd(%b : memref<256xi32>, 0, 16, [<size = 4, stride = 64>, <size = 1, stride = 0>, <size = 2, stride = 32>, <size = 8, stride = 1>])
        aie.end
      }
      aiex.dma_start_task(%t)`),
    ).toBe(
      `  set 0,0 mm2s 0: bd 0 argument 1 at 0x0, 16 words, dims 8*1 2*32, iteration 4*64
  push 0,0 mm2s 0: bd 0, 4 times
`,
    )
  })

  it('wait for the tokens of all tasks before them on the channel', () => {
    const start = (
      n: string,
    ) => `%${n} = aiex.dma_configure_task_for @in { aie.dma_bd(%b : memref<256xi32>, 0, 8) aie.end } {issue_token = true}
      aiex.dma_start_task(%${n})`
    const text = steps(
      `${start('t')} ${start('u')} aiex.dma_await_task(%u) aiex.dma_await_task(%t)`,
    )
    expect(text.split('\n').filter((l) => l.includes('wait'))).toHaveLength(2)
  })

  it('unroll loops, with their task handles', () => {
    const text =
      steps(`%c0 = arith.constant 0 : index %c1 = arith.constant 1 : index %c3 = arith.constant 3 : index
      %n = arith.constant 8 : i64
      scf.for %i = %c0 to %c3 step %c1 {
        %o = arith.index_cast %i : index to i64
        %p = arith.muli %o, %n : i64
        aiex.npu.dma_memcpy_nd(%b[0, 0, 0, %p][1, 1, 1, 8][0, 0, 0, 1]) {metadata = @out, id = 0 : i64} : memref<256xi32>
        aiex.npu.dma_wait {symbol = @out}
      }`)
    expect(text.match(/at 0x\w+/g)).toEqual(['at 0x0', 'at 0x20', 'at 0x40'])
  })
})

describe('views of arguments', () => {
  it('move the start by their offset', () => {
    expect(
      steps(`%v = memref.subview %b[64][16][1] : memref<256xi32> to memref<16xi32, strided<[1], offset: 64>>
      %w = memref.reinterpret_cast %v to offset: [4], sizes: [8], strides: [1] : memref<16xi32, strided<[1], offset: 64>> to memref<8xi32>
      aiex.npu.dma_memcpy_nd(%w[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]) {metadata = @in, id = 0 : i64} : memref<8xi32>`),
    ).toContain(`argument 1 at 0x${((64 + 4) * 4).toString(16)},`)
  })
})

describe('direct writes', () => {
  it('reach buffers and locks by name on every device', () => {
    const body = 'aiex.npu.rtp_write(@rtp, 2, -1) aiex.set_lock(%go, 1)'
    expect(steps(body)).toBe(`  write 0,2 0x8008 = 0xffffffff (rtp[2])
  write 0,2 0x1f050 = 0x1 (lock _anonymous0)
`)
    expect(steps(body, 'npu1', { profile: 'aie4' })).toContain('0xae050 = 0x1')
  })
})

describe('descriptors written by number', () => {
  const body = `%d = memref.get_global @image : memref<8xi32>
    aiex.npu.blockwrite(%d) {address = 0x1d020 : ui32} : memref<8xi32>
    aiex.npu.address_patch {addr = 0x1d024 : ui32, arg_idx = 1 : i32, arg_plus = 8 : i32}
    aiex.npu.writebd {bd_id = 2 : i32, column = 0 : i32, row = 0 : i32, buffer_length = 16 : i32, valid_bd = 1 : i32, use_next_bd = 1 : i32, next_bd = 3 : i32}
    aiex.npu.push_queue (0, 0, S2MM : 0) {bd_id = 2 : i32, repeat_count = 1 : i32, issue_token = true}
    %bd = arith.constant 2 : i32 %again = arith.constant 1 : i32
    aiex.npu.push_queue (0, 0, S2MM:0) bd_id %bd repeat %again {issue_token = true} : i32, i32`
  const text = (inside: string) =>
    module(`memref.global "private" constant @image : memref<8xi32> = dense<[16, 4, 0, 0, 0, 0, 0, 7]>
    ${tiles} aie.runtime_sequence @s(%a : memref<8xi32>, %b : memref<8xi32>) { ${inside} }`)

  it('are blocks of words, with the address of an argument added', () => {
    const made = image(text(body))
    expect(section(made, 'sequence').split('\n').slice(2).join('\n'))
      .toBe(`  write 0,0 0x1d020, 8 words with argument 1 (words of image)
  write 0,0 0x1d040, 8 words (descriptor 2)
  push 0,0 s2mm 0: bd 2, 2 times, token
  push 0,0 s2mm 0: bd 2, 2 times, token
`)
    const [first, second] = made.sequences[0]!.steps
    expect(first!.kind === 'block' && first.words).toEqual([16, 12, 0, 0, 0, 0, 0, 7])
    expect(second!.kind === 'block' && second.words.map((w) => w >>> 0)).toEqual([
      16, 0, 0, 0, 0, 0, 0, 0x1e000000,
    ])
  })

  it('may be words for a buffer, which any device has', () => {
    const into = (index: number) =>
      text(`%d = memref.get_global @image : memref<8xi32>
      aiex.npu.blockwrite(%d) {buffer = @table, address = ${index} : ui32} : memref<8xi32>`).replace(
        'aie.runtime_sequence',
        '%table = aie.buffer(%core) {sym_name = "table", address = 4096 : i32} : memref<10xi32> aie.runtime_sequence',
      )
    for (const profile of ['npu1', 'aie4'] as const) {
      const made = image(into(2), { profile })
      expect(section(made, 'sequence')).toContain('write 0,2 0x1008, 8 words (words of image)')
    }
    expect(compile(into(3)).diagnostics.map((d) => d.code)).toEqual(['D0609'])
  })

  it('must be written before an address is patched in', () => {
    const patch =
      'aiex.npu.address_patch {addr = 0x1d024 : ui32, arg_idx = 0 : i32, arg_plus = 0 : i32}'
    expect(compile(text(patch)).diagnostics.map((d) => d.code)).toEqual(['D0206'])
  })
})

describe('scalar arguments', () => {
  const text =
    module(`${tiles} aie.objectfifo @in(%shim, {%core}, 1 : i32) : !aie.objectfifo<memref<8xi32>>
    aie.runtime_sequence @s(%b : memref<256xi32>, %n : i64) {
      aiex.npu.dma_memcpy_nd(%b[0, 0, 0, 0][1, 1, 1, %n][0, 0, 0, 1]) {metadata = @in, id = 0 : i64} : memref<256xi32> }`)

  it('are bound when the design is compiled for a launch', () => {
    expect(section(image(text, { scalars: new Map([[1, 24]]) }), 'sequence')).toContain('24 words')
  })

  it('leave the sequence open until then', () => {
    const [sequence] = image(text).sequences
    expect(sequence!.unbound).toBe(true)
    expect(sequence!.steps).toEqual([])
    expect(sequence!.args[1]!.scalar).toBe(true)
  })
})

describe('sequences of before 2025', () => {
  it('are functions, with allocations by column and three strides', () => {
    const made = compile(
      module(`${tiles} aie.flow(%shim, DMA : 0, %core, DMA : 0)
      memref.global "public" @in : memref<8xi32>
      aie.shim_dma_allocation @in(MM2S, 0, 0)
      func.func @sequence(%b : memref<256xi32>) {
        aiex.ipu.dma_memcpy_nd(0, 0, %b[0, 0, 0, 0][1, 1, 4, 8][0, 0, 16]) {metadata = @in, id = 0 : i64} : memref<256xi32>
        return
      }`),
    )
    expect(made.diagnostics).toEqual([])
    expect(section(made.image!, 'sequence')).toContain('32 words, dims 8*1 4*16')
  })
})
