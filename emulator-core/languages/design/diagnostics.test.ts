import { describe, expect, it } from 'vitest'
import { codeOf, designCodes } from './codes.ts'
import { addOneCore, compile, module, names, tiles } from './test-kit/kit.ts'

/** One mistake per line: the design inside a device, and the names that must come of it. */
const inDevice: readonly (readonly [string, string])[] = [
  ['SyntaxError', '%t = aie.tile(0 2)'],
  [
    'SyntaxError',
    `${tiles} %l = aie.lock(%core) aie.core(%core) { aie.use_lock(%l, Grab, 1) aie.end }`,
  ],
  ['UnknownOp', 'aie.teapot(%x) {a = 1}'],
  [
    'Unsupported',
    `${tiles} aie.packet_flow(3) { aie.packet_source<%shim, DMA : 0> aie.packet_dest<%core, DMA : 0> }`,
  ],
  ['TooDeep', `aie.end {a = ${'['.repeat(300)}${']'.repeat(300)}}`],
  ['UndefinedSymbol', `${tiles} aie.runtime_sequence() { aiex.npu.dma_wait {symbol = @nothing} }`],
  ['UndefinedValue', '%b = aie.buffer(%nowhere) : memref<4xi32>'],
  [
    'DuplicateSymbol',
    `${tiles} %a = aie.buffer(%core) {sym_name = "x"} : memref<4xi32>
    %b = aie.buffer(%core) {sym_name = "x"} : memref<4xi32>`,
  ],
  ['DuplicateSymbol', `%a = aie.tile(0, 0) %a = aie.tile(0, 1)`],
  [
    'TypeMismatch',
    `${tiles} aie.core(%core) { %a = arith.constant 1 : i32
    %b = arith.extsi %a : i16 to i32
    aie.end }`,
  ],
  ['Misplaced', `${tiles} aie.use_lock(%core, Release, 1)`],
  ['NoSuchTile', '%t = aie.tile(0, 9)'],
  ['NoSuchTile', '%t = aie.tile(2, 2)'],
  ['WrongTileKind', `${tiles} %b = aie.buffer(%shim) : memref<4xi32>`],
  ['WrongTileKind', `${tiles} aie.core(%mem) { aie.end }`],
  ['WrongTileKind', `${tiles} aie.mem(%mem) { aie.end }`],
  [
    'PlacementFailed',
    Array.from({ length: 9 }, (_, i) => `%t${i} = aie.logical_tile<CoreTile>(?, ?)`).join('\n'),
  ],
  ['DuplicateCore', `${tiles} aie.core(%core) { aie.end } aie.core(%core) { aie.end }`],
  [
    'TooManyLocks',
    `${tiles} ${Array.from({ length: 17 }, (_, i) => `%l${i} = aie.lock(%core)`).join('\n')}`,
  ],
  ['TooManyLocks', `${tiles} %l = aie.lock(%core, 16)`],
  ['LockIdClash', `${tiles} %l = aie.lock(%core, 3) %k = aie.lock(%core, 3)`],
  ['LockValueRange', `${tiles} %l = aie.lock(%core) {init = 64 : i32}`],
  [
    'NotReachable',
    `${tiles} %far = aie.tile(1, 2) %l = aie.lock(%far)
    aie.core(%core) { aie.use_lock(%l, Release, 1) aie.end }`,
  ],
  [
    'NotReachable',
    `${tiles} %far = aie.tile(1, 2) %b = aie.buffer(%far) : memref<4xi32>
    aie.core(%core) { %c = arith.constant 0 : index
      %v = memref.load %b[%c] : memref<4xi32>
      aie.end }`,
  ],
  [
    'NotReachable',
    `${tiles} %b = aie.buffer(%core) : memref<4xi32>
    aie.memtile_dma(%mem) { %0 = aie.dma(S2MM, 0) [{ aie.dma_bd(%b : memref<4xi32>) }] aie.end }`,
  ],
  [
    'TooManyBds',
    `${tiles} %b = aie.buffer(%core) : memref<4xi32>
    aie.mem(%core) { %0 = aie.dma(S2MM, 0) [${Array.from({ length: 17 }, () => '{ aie.dma_bd(%b : memref<4xi32>) }').join(', ')}] aie.end }`,
  ],
  [
    'BdIdIllegalForChannel',
    `${tiles} %b = aie.buffer(%mem) : memref<4xi32>
    aie.memtile_dma(%mem) { %0 = aie.dma(S2MM, 1) [{ aie.dma_bd(%b : memref<4xi32>) {bd_id = 2 : i32} }] aie.end }`,
  ],
  [
    'NoFreeDmaChannel',
    `${tiles} ${['a', 'b', 'c'].map((n) => `aie.objectfifo @${n}(%shim, {%core}, 1 : i32) : !aie.objectfifo<memref<8xi32>>`).join('\n')}`,
  ],
  ['NoSuchDmaChannel', `${tiles} aie.flow(%shim, DMA : 0, %core, DMA : 5)`],
  ['OutOfTileMemory', `${tiles} %b = aie.buffer(%core) : memref<65540xi8>`],
  [
    'BufferOverlap',
    `${tiles} %a = aie.buffer(%core) {address = 2048 : i32} : memref<8xi32>
    %b = aie.buffer(%core) {address = 2064 : i32} : memref<8xi32>`,
  ],
  ['BadInitialValue', `${tiles} %a = aie.buffer(%core) : memref<8xi32> = dense<[1, 2]>`],
  [
    'LinkShape',
    `${tiles} aie.objectfifo @a(%shim, {%mem}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
    aie.objectfifo @b(%mem, {%core}, 2 : i32) : !aie.objectfifo<memref<4xi32>>
    %up = aie.tile(0, 3) aie.objectfifo @c(%mem, {%up}, 2 : i32) : !aie.objectfifo<memref<4xi32>>
    aie.objectfifo.link [@a] -> [@b, @c] ([] [0, 9])`,
  ],
  [
    'LinkTileMissing',
    `${tiles} aie.objectfifo @a(%shim, {%core}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
    aie.objectfifo @b(%mem, {%core}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
    aie.objectfifo.link [@a] -> [@b] ()`,
  ],
  [
    'LinkedFifoUsedOnLinkTile',
    `${tiles} %up = aie.tile(0, 3)
    aie.objectfifo @a(%shim, {%core}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
    aie.objectfifo @b(%core, {%up}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
    aie.objectfifo.link [@a] -> [@b] ()
    aie.core(%core) { %v = aie.objectfifo.acquire @a(Consume, 1) : !aie.objectfifosubview<memref<8xi32>>
      aie.end }`,
  ],
  [
    'RepeatOnShim',
    `${tiles} aie.objectfifo @a(%shim, {%core}, 2 : i32) {repeat_count = 2 : i32} : !aie.objectfifo<memref<8xi32>>`,
  ],
  [
    'InitOnShim',
    `${tiles} aie.objectfifo @a(%shim, {%core}, 1 : i32) : !aie.objectfifo<memref<2xi32>> = [dense<[1, 2]> : memref<2xi32>]`,
  ],
  [
    'ReleaseMoreThanHeld',
    `${tiles} aie.objectfifo @a(%shim, {%core}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
    aie.core(%core) { aie.objectfifo.release @a(Consume, 1) aie.end }`,
  ],
  [
    'FifoShape',
    `${tiles} aie.objectfifo @a(%shim, {%core}, [2, 2, 2]) : !aie.objectfifo<memref<8xi32>>`,
  ],
  [
    'DmaSizeNotWordMultiple',
    `${tiles} aie.objectfifo @a(%shim, {%core}, 2 : i32) : !aie.objectfifo<memref<3xi8>>`,
  ],
  [
    'BdBlock',
    `${tiles} %b = aie.buffer(%core) : memref<4xi32>
    aie.mem(%core) { %0 = aie.dma(S2MM, 0) [{ aie.dma_bd(%b : memref<4xi32>) aie.dma_bd(%b : memref<4xi32>) }] aie.end }`,
  ],
  [
    'OutOfBuffer',
    `${tiles} %b = aie.buffer(%core) : memref<4xi32>
    aie.mem(%core) { %0 = aie.dma(S2MM, 0) [{ aie.dma_bd(%b : memref<4xi32>, 2, 4) }] aie.end }`,
  ],
  [
    'LenDimsMismatch',
    `${tiles} %b = aie.buffer(%core) : memref<16xi32>
    aie.mem(%core) { %0 = aie.dma(MM2S, 0) [{ aie.dma_bd(%b : memref<16xi32>, 0, 12, [<size = 4, stride = 4>, <size = 4, stride = 1>]) }] aie.end }`,
  ],
  [
    'LengthTooLarge',
    `%m = aie.tile(0, 1) %b = aie.buffer(%m) : memref<131072xi32>
    aie.memtile_dma(%m) { %0 = aie.dma(MM2S, 0) [{ aie.dma_bd(%b : memref<131072xi32>) }] aie.end }`,
  ],
  [
    'TooManyDimensions',
    `${tiles} %b = aie.buffer(%core) : memref<4096xi32>
    aie.mem(%core) { %0 = aie.dma(MM2S, 0) [{ aie.dma_bd(%b : memref<4096xi32>, 0, 16,
      [<size = 2, stride = 2000>, <size = 2, stride = 300>, <size = 2, stride = 50>, <size = 2, stride = 7>]) }] aie.end }`,
  ],
  [
    'PaddingUnsupported',
    `${tiles} %b = aie.buffer(%core) : memref<4xi32>
    aie.mem(%core) { %0 = aie.dma(MM2S, 0) [{ aie.dma_bd(%b : memref<4xi32>, 0, 6, [<size = 4, stride = 1>], [<const_pad_before = 1, const_pad_after = 1>]) }] aie.end }`,
  ],
  [
    'PacketRange',
    `${tiles} %b = aie.buffer(%core) : memref<4xi32>
    aie.mem(%core) { %0 = aie.dma(MM2S, 0) [{ aie.dma_bd(%b : memref<4xi32>) {packet = #aie.packet_info<pkt_type = 0, pkt_id = 32>} }] aie.end }`,
  ],
  [
    'RepeatTooLarge',
    `${tiles} %b = aie.buffer(%core) : memref<4xi32>
    aie.mem(%core) { %0 = aie.dma(MM2S, 0) {repeat_count = 256 : i32} [{ aie.dma_bd(%b : memref<4xi32>) }] aie.end }`,
  ],
  ['NoSuchPort', `${tiles} aie.flow(%shim, DMA : 0, %core, Core : 3)`],
  [
    'DestinationTaken',
    `${tiles} aie.flow(%shim, DMA : 0, %core, DMA : 0) aie.flow(%shim, DMA : 1, %core, DMA : 0)`,
  ],
  [
    'Recursion',
    `${tiles} func.func @f() { func.call @f() : () -> () return }
    aie.core(%core) { func.call @f() : () -> () aie.end }`,
  ],
  [
    'CoreOpUnsupported',
    `${tiles} aie.core(%core) { %a = arith.constant 1.0 : f64
    aie.end }`,
  ],
  [
    'NotConstant',
    `${tiles} aie.objectfifo @a(%shim, {%core}, 1 : i32) : !aie.objectfifo<memref<8xi32>>
    aie.runtime_sequence(%x : memref<8xi32>) { %z = arith.constant 0 : index
      %n = memref.dim %x, %z : memref<8xi32>
      aiex.npu.dma_memcpy_nd(%x[0, 0, 0, 0][1, 1, 1, %n][0, 0, 0, 1]) {metadata = @a, id = 0 : i64} : memref<8xi32> }`,
  ],
]

/** A sequence over a fifo from shim to core. */
function sequence(body: string): string {
  return `${tiles}
    aie.objectfifo @a(%shim, {%core}, 1 : i32) : !aie.objectfifo<memref<8xi32>>
    %rtp = aie.buffer(%core) {sym_name = "rtp"} : memref<4xi32>
    aie.runtime_sequence(%x : memref<4096xi32>, %bytes : memref<4096xi8>) {
      ${body}
    }`
}

const copy = (lists: string, type = 'i32', attrs = 'id = 0 : i64') =>
  `aiex.npu.dma_memcpy_nd(%${type === 'i8' ? 'bytes' : 'x'}${lists}) {metadata = @a, ${attrs}} : memref<4096x${type}>`
const task = (attrs: string, bd = 'aie.dma_bd(%x : memref<4096xi32>, 0, 8)') =>
  `%t = aiex.dma_configure_task_for @a { ${bd} aie.end } ${attrs}`

const inSequence: readonly (readonly [string, string])[] = [
  ['DmaSizeNotWordMultiple', copy('[0, 0, 0, 0][1, 1, 1, 6][0, 0, 0, 1]', 'i8')],
  ['DmaSizeNotWordMultiple', copy('[0, 0, 0, 1][1, 1, 1, 8][0, 0, 0, 1]', 'i8')],
  ['StrideNotWordMultiple', copy('[0, 0, 0, 0][1, 1, 4, 4][0, 0, 6, 1]', 'i8')],
  ['StrideNotWordMultiple', copy('[0, 0, 0, 0][1, 1, 4, 4][0, 0, 8, 2]', 'i8')],
  ['WrapTooLarge', copy('[0, 0, 0, 0][1, 1, 2, 1024][0, 0, 2048, 1]')],
  ['WrapTooLarge', copy('[0, 0, 0, 0][65, 1, 1, 8][8, 0, 0, 1]')],
  ['WrapTooLarge', copy('[0, 0, 0, 0][1, 1, 0, 8][0, 0, 0, 1]')],
  ['StrideTooLarge', copy('[0, 0, 0, 0][1, 1, 2, 8][0, 0, 1048577, 1]')],
  ['StrideTooLarge', copy('[0, 0, 0, 0][1, 4, 1, 8][0, 0, 0, 1]')],
  ['RepeatTooLarge', copy('[0, 0, 0, 0][257, 1, 1, 8][0, 0, 0, 1]')],
  ['BdIdIllegalForChannel', copy('[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]', 'i32', 'id = 16 : i64')],
  [
    'PaddingUnsupported',
    copy('[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]', 'i32', 'd0_zero_before = 1 : i64'),
  ],
  ['AwaitWithoutToken', `${task('')} aiex.dma_start_task(%t) aiex.dma_await_task(%t)`],
  [
    'AwaitTwice',
    `${task('{issue_token = true}')} aiex.dma_start_task(%t) aiex.dma_await_task(%t) aiex.dma_await_task(%t)`,
  ],
  ['UseAfterFree', `${task('')} aiex.dma_free_task(%t) aiex.dma_start_task(%t)`],
  [
    'UseAfterFree',
    `${task('{issue_token = true}')} aiex.dma_free_task(%t) aiex.dma_await_task(%t)`,
  ],
  [
    'BdRewrittenInFlight',
    `${copy('[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]')} ${copy('[0, 0, 0, 8][1, 1, 1, 8][0, 0, 0, 1]')}`,
  ],
  ['WaitWithoutPush', 'aiex.npu.dma_wait {symbol = @a}'],
  ['OutOfBuffer', 'aiex.npu.rtp_write(@rtp, 4, 1)'],
  ['UndefinedSymbol', 'aiex.npu.rtp_write(@nothing, 0, 1)'],
  ['Misplaced', 'aie.event(0)'],
  ['UnknownAttribute', copy('[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]', 'i32', 'shoe_size = 43 : i64')],
]

describe('each mistake has its name', () => {
  for (const [name, text] of inDevice) {
    it(`${name}: ${text.trim().split('\n').at(-1)!.trim().slice(0, 70)}`, () => {
      expect(names(module(text))).toEqual([name])
    })
  }

  for (const [name, text] of inSequence) {
    it(`${name} in a sequence: ${text.slice(0, 70)}`, () => {
      expect(names(module(sequence(text)))).toEqual([name])
    })
  }

  it('a tile declared twice is worth a warning, and is one tile', () => {
    const { diagnostics, image } = compile(module('%a = aie.tile(0, 2) %b = aie.tile(0, 2)'))
    expect(diagnostics.map((d) => d.severity)).toEqual(['warning'])
    expect(diagnostics[0]!.code).toBe(codeOf('DuplicateTile'))
    expect(image!.tiles).toHaveLength(1)
  })

  it('a device is found, known, of the second generation and later', () => {
    expect(names('module { }')).toEqual(['NoDevice'])
    expect(names(module('', 'npu9'))).toEqual(['UnknownDevice'])
    expect(names(module('', 'xcvc1902'))).toEqual(['Aie1Device'])
    expect(names(module('', 'xcve2802'))).toEqual(['Unsupported'])
    expect(names(module('aie.runtime_sequence @a() {}'), { sequence: 'b' })).toEqual(['NoSequence'])
    expect(names(module(''), { sequence: 'other::a' })).toEqual(['NoDevice'])
  })

  it('raw addresses stay on the device they were written for', () => {
    const text = module(
      sequence(
        'aiex.npu.write32 {address = 0x1000 : ui32, column = 0 : i32, row = 2 : i32, value = 1 : ui32}',
      ),
    )
    expect(names(text)).toEqual([])
    expect(names(text, { profile: 'aie4' })).toEqual(['RawAddressOnForeignProfile'])
  })

  it('streams find no way when every port to the south is taken', () => {
    const flow = (row: number, from: number, to: number) =>
      `aie.flow(%t${row}, DMA : ${from}, %mem, DMA : ${to})`
    const rows = `%mem = aie.tile(0, 1) ${[2, 3, 4].map((r) => `%t${r} = aie.tile(0, ${r})`).join(' ')}`
    const four = [flow(2, 0, 0), flow(2, 1, 1), flow(3, 0, 2), flow(3, 1, 3)].join('\n')
    expect(names(module(`${rows} ${four}`, 'npu1_1col'))).toEqual([])
    expect(names(module(`${rows} ${four} ${flow(4, 0, 4)}`, 'npu1_1col'))).toEqual([
      'RouteImpossible',
    ])
  })

  it('streams of the hardware trace are passed over with a note', () => {
    const { diagnostics, image } = compile(
      module(`${tiles} aie.packet_flow(1) {
      aie.packet_source<%core, Trace : 0>
      aie.packet_dest<%shim, DMA : 1> } {keep_pkt_header = true}`),
    )
    expect(diagnostics.map((d) => d.severity)).toEqual(['note'])
    expect(image!.routes).toEqual([])
  })

  it('a column that another device lacks is no tile there', () => {
    const text = module('%t = aie.tile(5, 2)', 'npu2')
    expect(names(text)).toEqual([])
    expect(names(text, { profile: 'aie4' })).toEqual(['NoSuchTile'])
  })

  it('kernels are looked for when the sources are known', () => {
    const text =
      module(`${tiles} func.func private @work(memref<8xi32>, i32) attributes {link_with = "work.o"}
      %b = aie.buffer(%core) : memref<8xi32>
      aie.core(%core) { %n = arith.constant 8 : i32
        func.call @work(%b, %n) : (memref<8xi32>, i32) -> ()
        aie.end }`)
    const pointer = { type: 'pointer' as const, element: 'i32' }
    const int = { type: 'scalar' as const, element: 'i32' }
    const float = { type: 'scalar' as const, element: 'f32' }
    const kernel = (...parameters: { type: 'pointer' | 'scalar'; element: string }[]) => ({
      kernels: [{ name: 'work', parameters, result: 'void' }],
    })
    expect(names(text, kernel(pointer, int))).toEqual([])
    expect(names(text, kernel(pointer))).toEqual(['KernelSignatureMismatch'])
    expect(names(text, kernel(pointer, float))).toEqual(['KernelSignatureMismatch'])
    expect(names(text, kernel(int, pointer))).toEqual(['KernelSignatureMismatch'])
    const narrow = { type: 'scalar' as const, element: 'u8' }
    const made = compile(text, kernel(pointer, narrow))
    expect(made.image).toBeDefined()
    expect(made.diagnostics.map((d) => d.severity)).toEqual(['warning'])
    expect(names(text, { kernels: [] })).toEqual(['MissingKernel'])
    expect(compile(text).diagnostics.map((d) => d.severity)).toEqual(['note'])
    expect(compile(text, { kernels: [] }).diagnostics[0]!.message).toContain('work.cc')
  })

  it('unknown operations are counted, each name once', () => {
    const { diagnostics } = compile(
      module(
        `foo.bar %a, %b : i32 foo.bar\n foo.bar {\n x.y\n }\n other.op ${addOneCore('%core', 'a', 'b')}`,
      ),
    )
    const unknown = diagnostics.filter((d) => d.message.includes('no operation'))
    expect(unknown.map((d) => d.message)).toEqual([
      `there is no operation 'foo.bar' (2 times)`,
      `there is no operation 'other.op'`,
    ])
  })

  it('codes are stable: numbers in order, no two alike', () => {
    const codes = designCodes.map((c) => c.code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes.every((c) => /^D0\d{3}$/.test(c))).toBe(true)
    expect([...codes].sort()).toEqual(codes)
  })
})
