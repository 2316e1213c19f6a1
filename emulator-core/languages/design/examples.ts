/** One design per code that earns exactly this code, and what to do about it. */
import { examplesOf } from '../diagnostic-example.ts'
import type { ExampleRow } from '../diagnostic-example.ts'
import type { DesignCodeName } from './codes.ts'
import { codeOf } from './codes.ts'

const indented = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((l) => `    ${l.trim()}`)
    .join('\n')
const device = (body: string, name = 'aie4') =>
  `module {\n  aie.device(${name}) {\n${indented(body)}\n  }\n}\n`
const threeTiles = '%shim = aie.tile(0, 0)\n%mem = aie.tile(0, 1)\n%core = aie.tile(0, 2)\n'
const tiles = (body: string, name?: string) => device(threeTiles + body, name)
const count = (n: number, line: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => line(i)).join('\n')
const fifoType = '!aie.objectfifo<memref<8xi32>>'
const fifo = (name: string, ends: string, rest = '') =>
  `aie.objectfifo @${name}(${ends}, 2 : i32)${rest} : ${fifoType}`
const buffer = '%b = aie.buffer(%core) : memref<4xi32>\n'
const coreDma = (inside: string, attrs = '', name?: string) =>
  tiles(`${buffer}aie.mem(%core) { %0 = aie.dma(MM2S, 0) ${attrs}[{ ${inside} }] aie.end }`, name)
const inCore = (body: string) => tiles(`aie.core(%core) {\n${body}\naie.end }`)
const older = 'npu1_2col'
const sequence = (body: string, name?: string) =>
  tiles(
    `${fifo('a', '%shim, {%core}')}
    aie.runtime_sequence(%x : memref<4096xi32>, %bytes : memref<4096xi8>) {
    ${body}
    }`,
    name,
  )
const copy = (lists: string, type = 'i32', attrs = 'id = 0 : i64') =>
  `aiex.npu.dma_memcpy_nd(%${type === 'i8' ? 'bytes' : 'x'}${lists}) {metadata = @a, ${attrs}} : memref<4096x${type}>`
const plain = '[0, 0, 0, 0][1, 1, 1, 8][0, 0, 0, 1]'
const task = (attrs = '') =>
  `%t = aiex.dma_configure_task_for @a { aie.dma_bd(%x : memref<4096xi32>, 0, 8) aie.end } ${attrs}`
const kernelCall = `func.func private @work(memref<4xi32>)\n${buffer}aie.core(%core) { func.call @work(%b) : (memref<4xi32>) -> () aie.end }`

const rows: Partial<Record<DesignCodeName, ExampleRow>> = {
  SyntaxError: [
    'Look at the place: the message says what is expected there.',
    device('%t = aie.tile(0 2)'),
  ],
  UnknownOp: ['Correct the name of the operation.', device('aie.teapot(%x) {a = 1}')],
  UnknownAttribute: [
    'Remove the attribute, or correct its name.',
    sequence(copy(plain, 'i32', 'id = 0 : i64, shoe_size = 43 : i64')),
  ],
  Unsupported: [
    'Use another operation for the same purpose; this one is real, but left out here.',
    device('', 'xcve2802'),
  ],
  TooDeep: ['Nest less.', device(`aie.end {a = ${'['.repeat(200)}${']'.repeat(200)}}`)],
  UndefinedSymbol: [
    'Define the symbol in this device, or correct its name.',
    tiles('aie.runtime_sequence() { aiex.npu.dma_wait {symbol = @nothing} }'),
  ],
  UndefinedValue: [
    'Define the value before its use, or correct its name.',
    device('%b = aie.buffer(%nowhere) : memref<4xi32>'),
  ],
  DuplicateSymbol: [
    'Give the second one another name.',
    tiles(
      '%a = aie.buffer(%core) {sym_name = "x"} : memref<4xi32>\n%b = aie.buffer(%core) {sym_name = "x"} : memref<4xi32>',
    ),
  ],
  TypeMismatch: [
    'Write the type that the value has, or convert it.',
    inCore('%a = arith.constant 1 : i32\n%b = arith.extsi %a : i16 to i32'),
  ],
  Misplaced: [
    'Move the operation to where it belongs, for example into a core.',
    tiles('%l = aie.lock(%core)\naie.use_lock(%l, Release, 1)'),
  ],
  NoDevice: ['Put everything into an aie.device.', 'module {\n}\n'],
  UnknownDevice: ['Use aie4, or a device of the npu1 or npu2 family.', device('', 'npu9')],
  Aie1Device: ['Use a newer device.', device('', 'xcvc1902')],
  NoSuchTile: ['Use a column and row that the device has.', device('%t = aie.tile(0, 9)')],
  DuplicateTile: ['Declare a tile once.', device('%a = aie.tile(0, 2)\n%b = aie.tile(0, 2)')],
  WrongTileKind: [
    'Use a tile that has such a thing: shim tiles have no memory, only core tiles run programs.',
    tiles('%b = aie.buffer(%shim) : memref<4xi32>'),
  ],
  PlacementFailed: [
    'Use fewer tiles of this kind.',
    device(count(13, (i) => `%t${i} = aie.logical_tile<CoreTile>(?, ?)`)),
  ],
  DuplicateCore: [
    'Keep one program per tile.',
    tiles('aie.core(%core) { aie.end }\naie.core(%core) { aie.end }'),
  ],
  TooManyLocks: [
    'Use fewer locks, or objectFifos with fewer ends on this tile.',
    tiles(count(17, (i) => `%l${i} = aie.lock(%core)`)),
  ],
  LockIdClash: [
    'Give the second lock another number, or none.',
    tiles('%l = aie.lock(%core, 3)\n%k = aie.lock(%core, 3)'),
  ],
  LockValueRange: ['Use a value from 0 to 63.', tiles('%l = aie.lock(%core) {init = 64 : i32}')],
  NotReachable: [
    'Put the buffer or lock on this tile or a direct neighbour.',
    tiles(
      '%far = aie.tile(2, 2)\n%l = aie.lock(%far)\naie.core(%core) { aie.use_lock(%l, Release, 1) aie.end }',
    ),
  ],
  TooManyBds: [
    'Use fewer descriptors: fewer or shallower objectFifos on this tile.',
    tiles(
      `${buffer}aie.mem(%core) { %0 = aie.dma(S2MM, 0) [${count(17, () => '{ aie.dma_bd(%b : memref<4xi32>) }').replaceAll('\n', ', ')}] aie.end }`,
    ),
  ],
  BdIdIllegalForChannel: [
    'Use a number that this channel can use; leave it out to have one chosen.',
    sequence(copy(plain, 'i32', 'id = 16 : i64')),
  ],
  NoFreeDmaChannel: [
    'Let fewer streams begin or end on this tile.',
    tiles(['a', 'b', 'c'].map((n) => `${fifo(n, '%shim, {%core}')}`).join('\n')),
  ],
  NoSuchDmaChannel: [
    'Use a channel that the tile has.',
    tiles('aie.flow(%shim, DMA : 0, %core, DMA : 9)'),
  ],
  OutOfTileMemory: [
    'Use smaller buffers, fewer objects, or a memory tile.',
    tiles('%b = aie.buffer(%core) : memref<262144xi8>'),
  ],
  BufferOverlap: [
    'Move one of the buffers, or leave the address out.',
    tiles(
      '%a = aie.buffer(%core) {address = 2048 : i32} : memref<8xi32>\n%b = aie.buffer(%core) {address = 2064 : i32} : memref<8xi32>',
    ),
  ],
  BadInitialValue: [
    'Give as many values as the buffer has elements.',
    tiles('%a = aie.buffer(%core) : memref<8xi32> = dense<[1, 2]>'),
  ],
  LinkShape: [
    'Let the parts add up to the whole; offsets count elements.',
    tiles(
      `%up = aie.tile(0, 3)\n${fifo('a', '%shim, {%mem}')}\n${fifo('b', '%mem, {%core}')}\n${fifo('c', '%mem, {%up}')}\naie.objectfifo.link [@a] -> [@b, @c] ([] [0, 9])`,
    ),
  ],
  LinkTileMissing: [
    'Let the first objectFifo end on the tile where the second begins.',
    tiles(
      `${fifo('a', '%shim, {%core}')}\n${fifo('b', '%mem, {%core}')}\naie.objectfifo.link [@a] -> [@b] ()`,
    ),
  ],
  LinkedFifoUsedOnLinkTile: [
    'Take the link away when a core works on the objects.',
    tiles(
      `%up = aie.tile(0, 3)\n${fifo('a', '%shim, {%core}')}\n${fifo('b', '%core, {%up}')}\naie.objectfifo.link [@a] -> [@b] ()\naie.core(%core) { %v = aie.objectfifo.acquire @a(Consume, 1) : !aie.objectfifosubview<memref<8xi32>>\naie.end }`,
    ),
  ],
  RepeatOnShim: [
    'Repeat on a memory tile.',
    tiles(fifo('a', '%shim, {%core}', ' {repeat_count = 2 : i32}')),
  ],
  InitOnShim: [
    'Begin with objects on a memory or core tile.',
    tiles(
      'aie.objectfifo @a(%shim, {%core}, 1 : i32) : !aie.objectfifo<memref<2xi32>> = [dense<[1, 2]> : memref<2xi32>]',
    ),
  ],
  ReleaseMoreThanHeld: [
    'Acquire before you release, on every path.',
    tiles(
      `${fifo('a', '%shim, {%core}')}\naie.core(%core) { aie.objectfifo.release @a(Consume, 1)\naie.end }`,
    ),
  ],
  FifoShape: [
    'Write one depth, or one for the producer and each consumer; acquire no more than that.',
    tiles(`aie.objectfifo @a(%shim, {%core}, [2, 2, 2]) : ${fifoType}`),
  ],
  DmaSizeNotWordMultiple: [
    'Move a multiple of four bytes.',
    tiles('aie.objectfifo @a(%shim, {%core}, 2 : i32) : !aie.objectfifo<memref<3xi8>>'),
  ],
  StrideNotWordMultiple: [
    'Let strides be multiples of four bytes.',
    sequence(copy('[0, 0, 0, 0][1, 1, 4, 4][0, 0, 6, 1]', 'i8')),
  ],
  WrapTooLarge: [
    'Split the dimension into two.',
    sequence(copy('[0, 0, 0, 0][1, 1, 2, 1024][0, 0, 2048, 1]'), older),
  ],
  StrideTooLarge: [
    'Arrange the data so that strides are smaller, or use several transfers.',
    sequence(copy('[0, 0, 0, 0][1, 1, 2, 8][0, 0, 2000000, 1]'), older),
  ],
  LenDimsMismatch: [
    'Let the length be the product of the sizes.',
    tiles(
      '%b = aie.buffer(%core) : memref<16xi32>\naie.mem(%core) { %0 = aie.dma(MM2S, 0) [{ aie.dma_bd(%b : memref<16xi32>, 0, 12, [<size = 4, stride = 4>, <size = 4, stride = 1>]) }] aie.end }',
    ),
  ],
  PaddingUnsupported: [
    'Pad on a memory tile, on the way out.',
    coreDma(
      'aie.dma_bd(%b : memref<4xi32>, 0, 6, [<size = 4, stride = 1>], [<const_pad_before = 1, const_pad_after = 1>])',
    ),
  ],
  TooManyDimensions: [
    'Use at most three dimensions, four on a memory tile.',
    tiles(
      '%b = aie.buffer(%core) : memref<4096xi32>\naie.mem(%core) { %0 = aie.dma(MM2S, 0) [{ aie.dma_bd(%b : memref<4096xi32>, 0, 16,\n[<size = 2, stride = 2000>, <size = 2, stride = 300>, <size = 2, stride = 50>, <size = 2, stride = 7>]) }] aie.end }',
    ),
  ],
  LengthTooLarge: [
    'Move less at a time.',
    device(
      '%m = aie.tile(0, 1)\n%b = aie.buffer(%m) : memref<131072xi32>\naie.memtile_dma(%m) { %0 = aie.dma(MM2S, 0) [{ aie.dma_bd(%b : memref<131072xi32>) }] aie.end }',
      'npu1_2col',
    ),
  ],
  OutOfBuffer: [
    'Keep offset and length within the buffer.',
    coreDma('aie.dma_bd(%b : memref<4xi32>, 2, 4)'),
  ],
  RepeatTooLarge: [
    'Repeat at most 256 times, or start the task again.',
    coreDma('aie.dma_bd(%b : memref<4xi32>)', '{repeat_count = 256 : i32} ', older),
  ],
  BdBlock: [
    'Write one aie.dma_bd per block.',
    coreDma('aie.dma_bd(%b : memref<4xi32>) aie.dma_bd(%b : memref<4xi32>)'),
  ],
  PacketRange: [
    'Use an id from 0 to 31 and a type from 0 to 7.',
    coreDma(
      'aie.dma_bd(%b : memref<4xi32>) {packet = #aie.packet_info<pkt_type = 0, pkt_id = 32>}',
    ),
  ],
  RouteImpossible: [
    'Use fewer streams between these tiles, or place the work elsewhere.',
    device(
      `%mem = aie.tile(0, 1)\n${count(3, (i) => `%t${i + 2} = aie.tile(0, ${i + 2})`)}\n${[
        [2, 0, 0],
        [2, 1, 1],
        [3, 0, 2],
        [3, 1, 3],
        [4, 0, 4],
      ]
        .map(([row, from, to]) => `aie.flow(%t${row}, DMA : ${from}, %mem, DMA : ${to})`)
        .join('\n')}`,
      'npu1_1col',
    ),
  ],
  NoSuchPort: ['Use a port that the tile has.', tiles('aie.flow(%shim, DMA : 0, %core, Core : 9)')],
  DestinationTaken: [
    'Lead each destination to one source.',
    tiles('aie.flow(%shim, DMA : 0, %core, DMA : 0)\naie.flow(%shim, DMA : 1, %core, DMA : 0)'),
  ],
  MissingKernel: [
    'Add the source to "kernels", and write extern "C" before the function.',
    tiles(kernelCall),
  ],
  KernelSignatureMismatch: [
    'Declare the function in the design as the kernel has it.',
    { 'design.mlir': tiles(kernelCall), 'k.cc': 'extern "C" void work(int *a, int n) { }\n' },
  ],
  CoreOpUnsupported: [
    'Use types and operations that a core has; put more into a kernel.',
    inCore('%a = arith.constant 1.0 : f64'),
  ],
  Recursion: [
    'Write a loop.',
    tiles(
      'func.func @f() { func.call @f() : () -> () return }\naie.core(%core) { func.call @f() : () -> () aie.end }',
    ),
  ],
  AwaitWithoutToken: [
    'Write issue_token = true on the task.',
    sequence(`${task()}\naiex.dma_start_task(%t)\naiex.dma_await_task(%t)`),
  ],
  AwaitTwice: [
    'Wait once; awaiting also frees the task.',
    sequence(
      `${task('{issue_token = true}')}\naiex.dma_start_task(%t)\naiex.dma_await_task(%t)\naiex.dma_await_task(%t)`,
    ),
  ],
  UseAfterFree: [
    'Free the task after its last use.',
    sequence(`${task()}\naiex.dma_free_task(%t)\naiex.dma_start_task(%t)`),
  ],
  BdRewrittenInFlight: [
    'Use another id, or wait for the first transfer before.',
    sequence(`${copy(plain)}\n${copy('[0, 0, 0, 8][1, 1, 1, 8][0, 0, 0, 1]')}`),
  ],
  NotConstant: [
    'Use constants where the control code must know a value.',
    sequence(
      `%z = arith.constant 0 : index\n%n = memref.dim %x, %z : memref<4096xi32>\n${copy('[0, 0, 0, 0][1, 1, 1, %n][0, 0, 0, 1]')}`,
    ),
  ],
  WaitWithoutPush: [
    'Start a transfer with a token before you wait for it.',
    sequence('aiex.npu.dma_wait {symbol = @a}'),
  ],
}

export const designExamples = examplesOf(
  Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [codeOf(name as DesignCodeName), row]),
  ),
  {
    [codeOf('RawAddressOnForeignProfile')]: [
      'Run the design on the device it was written for, or use symbols instead of addresses.',
      'It depends on the device that the project asks for beside the text.',
    ],
    [codeOf('MissingProgram')]: [
      'Look at the other messages: the core has no program because of them.',
      'It follows from other mistakes.',
    ],
    [codeOf('NoSequence')]: [
      'Name a sequence of the design in "sequence" of project.json.',
      'It depends on the sequence that the project asks for beside the text.',
    ],
  },
)
