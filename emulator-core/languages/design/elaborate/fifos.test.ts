import { describe, expect, it } from 'vitest'
import { addOne, image, module, names, section, tiles } from '../test-kit/kit.ts'

const forever = `%c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %forever = arith.constant 4294967295 : index`

/** A core that takes `n` objects at a time. */
function taker(tile: string, fifo: string, port: string, n: number): string {
  return `aie.core(${tile}) { ${forever}
    scf.for %r = %c0 to %forever step %c1 {
      %v = aie.objectfifo.acquire @${fifo}(${port}, ${n}) : !aie.objectfifosubview<memref<8xi32>>
      aie.objectfifo.release @${fifo}(${port}, ${n})
    }
    aie.end }`
}

describe('objectFifos by stream', () => {
  it('become buffers, lock pairs, cyclic chains and routes', () => {
    expect(section(image(addOne), 'tile 0,1', 'dma 0,1', 'route')).toBe(`
tile 0,1 mem
  buffer in0_cons_buff_0 at 0x0, 64 bytes, 16xi32
  buffer in0_cons_buff_1 at 0x10000, 64 bytes, 16xi32
  buffer out0_buff_0 at 0x20000, 64 bytes, 16xi32
  buffer out0_buff_1 at 0x30000, 64 bytes, 16xi32
  lock 0 in0_cons_prod_lock_0 = 2
  lock 1 in0_cons_cons_lock_0 = 0
  lock 2 out0_prod_lock_0 = 2
  lock 3 out0_cons_lock_0 = 0
dma 0,1 s2mm 0, start 0
  bd 0 in0_cons_buff_0 at 0x80000, 16 words, acquire 64 >= 1, release 65 + 1, next 1
  bd 1 in0_cons_buff_1 at 0x90000, 16 words, acquire 64 >= 1, release 65 + 1, next 0
dma 0,1 mm2s 0, start 2
  bd 2 in0_cons_buff_0 at 0x80000, 16 words, acquire 65 >= 1, release 64 + 1, next 3
  bd 3 in0_cons_buff_1 at 0x90000, 16 words, acquire 65 >= 1, release 64 + 1, next 2
dma 0,1 s2mm 1, start 24
  bd 24 out0_buff_0 at 0xa0000, 16 words, acquire 66 >= 1, release 67 + 1, next 25
  bd 25 out0_buff_1 at 0xb0000, 16 words, acquire 66 >= 1, release 67 + 1, next 24
dma 0,1 mm2s 1, start 26
  bd 26 out0_buff_0 at 0xa0000, 16 words, acquire 67 >= 1, release 66 + 1, next 27
  bd 27 out0_buff_1 at 0xb0000, 16 words, acquire 67 >= 1, release 66 + 1, next 26
route 0,0 dma 0 to 0,1 dma 0 by 0,0 0,1
route 0,1 dma 0 to 0,2 dma 0 by 0,1 0,2
route 0,2 dma 0 to 0,1 dma 1 by 0,2 0,1
route 0,1 dma 1 to 0,0 dma 0 by 0,1 0,0
`)
  })

  it('give a core one object more than it takes at once, whatever the depth says', () => {
    const depth = (n: number, takes: number) =>
      image(
        module(`${tiles} aie.objectfifo @f(%shim, {%core}, ${n} : i32) : !aie.objectfifo<memref<8xi32>>
        ${taker('%core', 'f', 'Consume', takes)}`),
      ).fifos[0]!.ends[1]!.depth
    expect(depth(4, 1)).toBe(2)
    expect(depth(3, 3)).toBe(4)
    expect(depth(1, 1)).toBe(1)
  })

  it('keep depths that are written per end, and the depth of ends that no core uses', () => {
    const ends = (depth: string) =>
      image(
        module(
          `${tiles} aie.objectfifo @f(%mem, {%core}, ${depth}) : !aie.objectfifo<memref<8xi32>>`,
        ),
      ).fifos[0]!.ends.map((e) => e.depth)
    expect(ends('[3, 5]')).toEqual([3, 5])
    expect(ends('4 : i32')).toEqual([4, 4])
  })

  it('broadcast from one channel to several tiles', () => {
    const text =
      module(`%shim = aie.tile(0, 0) %a = aie.tile(0, 2) %b = aie.tile(0, 3) %c = aie.tile(1, 4)
      aie.objectfifo @all(%shim, {%a, %b, %c}, 2 : i32) : !aie.objectfifo<memref<8xi32>>`)
    const made = image(text)
    expect(made.routes).toHaveLength(1)
    expect(made.routes[0]!.sinks.map((s) => [s.column, s.row])).toEqual([
      [0, 2],
      [0, 3],
      [1, 4],
    ])
    expect(made.fifos[0]!.ends.map((e) => e.buffers)).toEqual([
      [],
      ['all_0_cons_buff_0', 'all_0_cons_buff_1'],
      ['all_1_cons_buff_0', 'all_1_cons_buff_1'],
      ['all_2_cons_buff_0', 'all_2_cons_buff_1'],
    ])
  })

  it('send each object as often as it is to be repeated', () => {
    const text = (depth: number) =>
      module(`${tiles}
      aie.objectfifo @f(%core, {%shim}, ${depth} : i32) {repeat_count = 3 : i32} : !aie.objectfifo<memref<8xi32>>`)
    expect(section(image(text(2)), 'dma', 'tile 0,2')).toBe(`
tile 0,2 core
  buffer f_buff_0 at 0x0, 32 bytes, 8xi32
  buffer f_buff_1 at 0x4000, 32 bytes, 8xi32
  lock 0 f_prod_lock_0 = 6
  lock 1 f_cons_lock_0 = 0
dma 0,2 mm2s 0, start 0
  bd 0 f_buff_0 at 0x0, 8 words, acquire 1 >= 1, release 0 + 1, next 1
  bd 1 f_buff_0 at 0x0, 8 words, acquire 1 >= 1, release 0 + 1, next 2
  bd 2 f_buff_0 at 0x0, 8 words, acquire 1 >= 1, release 0 + 1, next 3
  bd 3 f_buff_1 at 0x4000, 8 words, acquire 1 >= 1, release 0 + 1, next 4
  bd 4 f_buff_1 at 0x4000, 8 words, acquire 1 >= 1, release 0 + 1, next 5
  bd 5 f_buff_1 at 0x4000, 8 words, acquire 1 >= 1, release 0 + 1, next 0
`)
    expect(image(text(1)).dma[0]!.bds).toHaveLength(1)
  })

  it('end after some rounds when they are counted', () => {
    const text = module(`${tiles}
      aie.objectfifo @a(%shim, {%mem}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
      aie.objectfifo @b(%mem, {%shim}, 2 : i32) {iter_count = 5 : i32} : !aie.objectfifo<memref<8xi32>>
      aie.objectfifo.link [@a] -> [@b] ()`)
    expect(section(image(text), 'dma 0,1 mm2s')).toBe(`
dma 0,1 mm2s 0, start 2 5 times
  bd 2 a_cons_buff_0 at 0x80000, 8 words, acquire 65 >= 1, release 64 + 1, next 3
  bd 3 a_cons_buff_1 at 0x90000, 8 words, acquire 65 >= 1, release 64 + 1
`)
  })

  it('start full as far as initial objects are given', () => {
    const text = module(`${tiles}
      aie.objectfifo @f(%core, {%shim}, 2 : i32) : !aie.objectfifo<memref<2xi16>> = [dense<[1, -2]> : memref<2xi16>]`)
    const tile = image(text).tiles[2]!
    expect([...tile.buffers[0]!.bytes!]).toEqual([1, 0, 0xfe, 0xff])
    expect(tile.buffers[1]!.bytes).toBeUndefined()
    expect(tile.locks.map((l) => l.init)).toEqual([1, 1])
  })

  it('do without locks when told to', () => {
    const text = module(`${tiles}
      aie.objectfifo @f(%mem, {%shim}, 1 : i32) {disable_synchronization = true} : !aie.objectfifo<memref<8xi32>>`)
    expect(section(image(text), 'dma')).toBe(`
dma 0,1 mm2s 0, start 0
  bd 0 f_buff_0 at 0x80000, 8 words, next 0
`)
  })
})

describe('a full memory tile', () => {
  const text = (device: string) =>
    module(
      `%s = aie.tile(0, 0) %m = aie.tile(0, 1)
    aie.objectfifo @in(%s, {%m}, 2 : i32) : !aie.objectfifo<memref<75000xi32>>
    aie.objectfifo @out(%m, {%s}, 2 : i32) : !aie.objectfifo<memref<75000xi32>>
    aie.objectfifo.link [@in] -> [@out] ()`,
      device,
    )

  it('lends room from the neighbour on its right when there is none on its left', () => {
    const made = image(text('npu1_2col'))
    expect(section(made, 'tile', 'dma 0,1 s2mm')).toBe(`
tile 0,0 shim
tile 0,1 mem
  buffer in_cons_buff_0 at 0x0, 300000 bytes, 75000xi32
  lock 0 in_cons_prod_lock_0 = 2
  lock 1 in_cons_cons_lock_0 = 0
tile 1,1 mem
  buffer in_cons_buff_1 at 0x0, 300000 bytes, 75000xi32
dma 0,1 s2mm 0, start 0
  bd 0 in_cons_buff_0 at 0x80000, 75000 words, acquire 64 >= 1, release 65 + 1, next 1
  bd 1 in_cons_buff_1 at 0x100000, 75000 words, acquire 64 >= 1, release 65 + 1, next 0
`)
    expect(made.columns).toBe(2)
  })

  it('is too full when it has no neighbour', () => {
    expect(names(text('npu1_1col'))).toEqual(['OutOfTileMemory'])
  })
})

describe('neighbouring cores', () => {
  const pair = (attrs: string, up = '0, 3') =>
    module(`%low = aie.tile(0, 2) %up = aie.tile(${up})
    aie.objectfifo @f(%low, {%up}, 2 : i32) ${attrs} : !aie.objectfifo<memref<8xi32>>`)

  it('share one memory without a stream', () => {
    const made = image(pair(''))
    expect(made.routes).toEqual([])
    expect(
      made.fifos[0]!.ends.map((e) => [e.memory.row, e.buffers.length, e.locks.length]),
    ).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ])
  })

  it('share the memory that both of them see', () => {
    // The core to the east sees its west neighbour; a core has no window to its east.
    expect(image(pair('', '1, 2')).fifos[0]!.ends[0]!.memory).toEqual({ column: 0, row: 2 })
    expect(
      image(
        module(`%east = aie.tile(1, 2) %west = aie.tile(0, 2)
      aie.objectfifo @f(%east, {%west}, 2 : i32) : !aie.objectfifo<memref<8xi32>>`),
      ).fifos[0]!.ends[0]!.memory,
    ).toEqual({ column: 0, row: 2 })
  })

  it('use a stream when asked to, or when they are not neighbours', () => {
    expect(image(pair('{via_DMA = true}')).routes).toHaveLength(1)
    expect(image(pair('', '1, 3')).routes).toHaveLength(1)
  })
})

describe('links on a memory tile', () => {
  const branches = ['2', '3', '4', '5']
  const cores = branches.map((r) => `%c${r} = aie.tile(0, ${r})`).join('\n')
  const distribute = module(`${tiles.replace(/%core.*/, '')} ${cores}
    aie.objectfifo @big(%shim, {%mem}, 2 : i32) : !aie.objectfifo<memref<32xi32>>
    ${branches.map((r) => `aie.objectfifo @b${r}(%mem, {%c${r}}, 2 : i32) : !aie.objectfifo<memref<8xi32>>`).join('\n')}
    aie.objectfifo.link [@big] -> [@b2, @b3, @b4, @b5] ([] [0, 8, 16, 24])`)

  it('distribute slices, each with its own locks', () => {
    const made = image(distribute)
    expect(section(made, 'dma 0,1 s2mm')).toBe(`
dma 0,1 s2mm 0, start 0
  bd 0 big_cons_buff_0 at 0x80000, 8 words, acquire 64 >= 1, release 65 + 1, next 1
  bd 1 big_cons_buff_0 at 0x80020, 8 words, acquire 66 >= 1, release 67 + 1, next 2
  bd 2 big_cons_buff_0 at 0x80040, 8 words, acquire 68 >= 1, release 69 + 1, next 3
  bd 3 big_cons_buff_0 at 0x80060, 8 words, acquire 70 >= 1, release 71 + 1, next 4
  bd 4 big_cons_buff_1 at 0x90000, 8 words, acquire 64 >= 1, release 65 + 1, next 5
  bd 5 big_cons_buff_1 at 0x90020, 8 words, acquire 66 >= 1, release 67 + 1, next 6
  bd 6 big_cons_buff_1 at 0x90040, 8 words, acquire 68 >= 1, release 69 + 1, next 7
  bd 7 big_cons_buff_1 at 0x90060, 8 words, acquire 70 >= 1, release 71 + 1, next 0
`)
    expect(section(made, 'dma 0,1 mm2s 2')).toBe(`
dma 0,1 mm2s 2, start 10
  bd 10 big_cons_buff_0 at 0x80040, 8 words, acquire 69 >= 1, release 68 + 1, next 11
  bd 11 big_cons_buff_1 at 0x90040, 8 words, acquire 69 >= 1, release 68 + 1, next 10
`)
  })

  it('join the other way round: the output holds the objects', () => {
    const text = module(`${tiles} %up = aie.tile(0, 3)
      aie.objectfifo @a(%core, {%mem}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
      aie.objectfifo @b(%up, {%mem}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
      aie.objectfifo @both(%mem, {%shim}, 1 : i32) : !aie.objectfifo<memref<16xi32>>
      aie.objectfifo.link [@a, @b] -> [@both] ([0, 8] [])`)
    expect(section(image(text), 'dma 0,1')).toBe(`
dma 0,1 s2mm 0, start 0
  bd 0 both_buff_0 at 0x80000, 8 words, acquire 64 >= 1, release 65 + 1, next 0
dma 0,1 s2mm 1, start 24
  bd 24 both_buff_0 at 0x80020, 8 words, acquire 66 >= 1, release 67 + 1, next 24
dma 0,1 mm2s 0, start 1
  bd 1 both_buff_0 at 0x80000, 8 words, acquire 65 >= 1, release 64 + 1, next 2
  bd 2 both_buff_0 at 0x80020, 8 words, acquire 67 >= 1, release 66 + 1, next 1
`)
  })

  it('let the larger object own the memory, and repeats count on its locks', () => {
    const text = module(`${tiles}
      aie.objectfifo @small(%core, {%mem}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
      aie.objectfifo @large(%mem, {%shim}, 1 : i32) {repeat_count = 2 : i32} : !aie.objectfifo<memref<16xi32>>
      aie.objectfifo.link [@small] -> [@large] ()`)
    expect(section(image(text), 'tile 0,1', 'dma 0,1')).toBe(`
tile 0,1 mem
  buffer large_buff_0 at 0x0, 64 bytes, 16xi32
  lock 0 large_prod_lock_0 = 2
  lock 1 large_cons_lock_0 = 0
dma 0,1 s2mm 0, start 0
  bd 0 large_buff_0 at 0x80000, 16 words, acquire 64 >= 2, release 65 + 2, next 0
dma 0,1 mm2s 0, start 1
  bd 1 large_buff_0 at 0x80000, 16 words, acquire 65 >= 1, release 64 + 1, next 1
`)
  })

  it('reorder and pad on the way out', () => {
    const text = module(`${tiles}
      aie.objectfifo @in(%shim, {%mem}, 1 : i32) : !aie.objectfifo<memref<3x4xi32>>
      aie.objectfifo @out(%mem dimensionsToStream [<size = 3, stride = 4>, <size = 4, stride = 1>], {%core}, 1 : i32)
        {padDimensions = #aie<bd_pad_layout_array[<const_pad_before = 1, const_pad_after = 0>, <const_pad_before = 2, const_pad_after = 1>]>}
        : !aie.objectfifo<memref<4x7xi32>>
      aie.objectfifo.link [@in] -> [@out] ()`)
    expect(section(image(text), 'dma 0,1 mm2s')).toBe(`
dma 0,1 mm2s 0, start 1
  bd 1 in_cons_buff_0 at 0x80000, 28 words, dims 4*1 3*4, pads 2+1 1+0, acquire 65 >= 1, release 64 + 1, next 1
`)
  })

  it('pad with a value where the device can', () => {
    const text = module(`${tiles}
      aie.objectfifo @in(%shim, {%mem}, 1 : i32) : !aie.objectfifo<memref<8xi8>>
      aie.objectfifo @out(%mem dimensionsToStream [<size = 8, stride = 1>], {%core}, 1 : i32)
        {padDimensions = #aie<bd_pad_layout_array[<const_pad_before = 4, const_pad_after = 0>]>, padValue = -2 : i32}
        : !aie.objectfifo<memref<12xi8>>
      aie.objectfifo.link [@in] -> [@out] ()`)
    const sender = image(text, { profile: 'aie4' }).dma.find(
      (d) => d.row === 1 && d.direction === 'mm2s',
    )
    expect(sender!.padWord).toBe(0xfefefefe)
    expect(names(text)).toEqual(['PaddingUnsupported'])
  })

  it('take an extra dimension on AIE4 when the innermost stride is not 1', () => {
    const text = module(`${tiles}
      aie.objectfifo @in(%shim, {%mem}, 1 : i32) : !aie.objectfifo<memref<8x16xi32>>
      aie.objectfifo @out(%mem dimensionsToStream [<size = 16, stride = 1>, <size = 8, stride = 16>], {%shim}, 1 : i32)
        : !aie.objectfifo<memref<8x16xi32>>
      aie.objectfifo.link [@in] -> [@out] ()`)
    expect(section(image(text), 'dma 0,1 mm2s')).toContain('128 words, dims 8*16 16*1,')
    expect(section(image(text, { profile: 'aie4' }), 'dma 0,1 mm2s')).toContain(
      '128 words, dims 1*1 8*16 16*1,',
    )
  })
})
