/** DMA programs as the source writes them: chains of descriptors per channel, in both spellings. */
import type { DmaChannel } from '../../../device/tiles.ts'
import { TileKind } from '../../../device/tiles.ts'
import { bodyOf, flagOf, intOf, operandOf, placeOf, textOf, valueOf } from '../ops/read.ts'
import type { Block, Op, Value } from '../syntax/tree.ts'
import { bitsOf, elementCount, typeText } from '../syntax/tree.ts'
import { tileOfValue } from './collect.ts'
import type { Bd, Buffer, Build, Channel, LockUse, Program, Tile } from './build.ts'
import { complain, directionOf, kindWord, namedChannel, tileName } from './build.ts'
import type { ElementPattern } from './pattern.ts'
import { linear, reachOf, streamElements, stretch, wordsOf } from './pattern.ts'
import type { Environment } from './values.ts'
import { dimensionPairs, mixedNumbers, numberOf, packetOf, padPairs } from './values.ts'

/** What the buffer operand of a descriptor names. */
export type Target =
  | { readonly kind: 'buffer'; readonly buffer: Buffer }
  | { readonly kind: 'argument'; readonly argument: number; readonly offsetBytes: number }

/** Where descriptors are read: tiles' programs know buffers only, sequences know arguments too. */
export interface BdContext {
  readonly tile: Tile
  readonly channel: DmaChannel
  readonly env: Environment
  readonly targetOf: (value: Value) => Target | undefined
  /** Takes the word that the channel shall pad with. */
  readonly pad?: (word: number) => void
}

/** A value of elements repeated over a 32-bit word. */
export function padWordOf(value: number, bits: number): number {
  let word = 0
  const element = bits >= 32 ? value : value & (2 ** bits - 1)
  for (let at = 0; at < 32; at += bits) word |= element << at
  return word >>> 0
}

const programKinds: Readonly<Record<string, TileKind>> = {
  'aie.mem': TileKind.core,
  'aie.memtile_dma': TileKind.mem,
  'aie.shim_dma': TileKind.shim,
}

/** Reads all DMA programs of the device body. */
export function explicitPrograms(b: Build, ops: readonly Op[]): void {
  for (const op of ops) {
    const kind = programKinds[op.name]
    if (kind === undefined) continue
    const tile = tileOfValue(b, valueOf(op, 'tile'), op)
    if (!tile) continue
    if (tile.kind !== kind) {
      const message = `'${op.name}' programs a ${kindWord[kind]} tile, ${tileName(tile)} is a ${kindWord[tile.kind]} tile`
      complain(b, 'WrongTileKind', op.nameAt, message)
      continue
    }
    for (const start of bodyOf(op)) {
      if (start.name === 'aie.dma_start') blockChain(b, tile, start)
      else if (start.name === 'aie.dma') regionChain(b, tile, start)
    }
  }
}

/** A data channel of the tile with this direction; layouts and depths do not depend on the number. */
export function typicalChannel(
  tile: Tile,
  channel: Pick<Channel, 'direction' | 'wanted' | 'index'>,
): DmaChannel {
  const all = tile.map.channels.filter(
    (c) => c.role === 'data' && c.direction === channel.direction,
  )
  const wanted = channel.index >= 0 ? channel.index : channel.wanted
  return all.find((c) => c.channel === wanted) ?? all[0]!
}

function channelOf(b: Build, tile: Tile, op: Op): Channel | undefined {
  const word = textOf(op, 'channel_dir')
  const direction = directionOf(word)
  if (!direction)
    return complain(
      b,
      'SyntaxError',
      placeOf(op, 'channel_dir'),
      `a direction is S2MM or MM2S, not '${word}'`,
    )
  return namedChannel(b, tile, direction, intOf(op, 'channel_index') ?? 0, op.nameAt)
}

function contextFor(b: Build, tile: Tile, channel: Channel, program: Program): BdContext {
  return {
    pad: (word) => (program.padWord = word),
    tile,
    channel: typicalChannel(tile, channel),
    env: new Map(),
    targetOf: (value) => {
      const buffer = b.bufferOf.get(value)
      return buffer && { kind: 'buffer', buffer }
    },
  }
}

function programOf(b: Build, channel: Channel, op: Op): Program {
  let program = b.programs.find((p) => p.channel === channel)
  if (!program) {
    program = { channel, starts: [], bds: [], at: op.at }
    b.programs.push(program)
  }
  const padding = intOf(op, 'pad_value') ?? 0
  if (padding !== 0) program.padWord = padWordOf(padding, 32)
  return program
}

function repeatOf(b: Build, op: Op): number {
  const repeat = (intOf(op, 'repeat_count') ?? 0) + 1
  const max = b.device.dma.maxRepeat
  if (repeat >= 1 && repeat <= max) return repeat
  complain(
    b,
    'RepeatTooLarge',
    placeOf(op, 'repeat_count'),
    `a task runs 1 to ${max} times, not ${repeat}`,
  )
  return 1
}

/** `dma_start` with its blocks. */
function blockChain(b: Build, tile: Tile, op: Op): void {
  const channel = channelOf(b, tile, op)
  const first = op.successors[0]?.block
  if (!channel || !first) return
  const program = programOf(b, channel, op)
  const bds = chainFrom(b, first, contextFor(b, tile, channel, program))
  program.bds.push(...bds)
  if (bds[0]) program.starts.push({ bd: bds[0], repeat: repeatOf(b, op) })
}

/** Descriptors of the blocks from `first` on, linked by `next_bd`. */
export function chainFrom(b: Build, first: Block, context: BdContext): Bd[] {
  const made = new Map<Block, Bd>()
  const list: Bd[] = []
  let previous: Bd | undefined
  for (let block: Block | undefined = first; block;) {
    const earlier = made.get(block)
    if (earlier) {
      if (previous) previous.next = earlier
      break
    }
    if (block.ops.every((op) => op.name === 'aie.end')) break
    const bd = blockBd(b, block.ops, block.at, context)
    if (!bd) break
    made.set(block, bd)
    list.push(bd)
    if (previous) previous.next = bd
    previous = bd
    const next: Op | undefined = block.ops.find((op) => op.name === 'aie.next_bd')
    block = next?.successors[0]?.block
  }
  return list
}

/** `aie.dma` with one body per descriptor. */
function regionChain(b: Build, tile: Tile, op: Op): void {
  const channel = channelOf(b, tile, op)
  if (!channel) return
  const program = programOf(b, channel, op)
  const context = contextFor(b, tile, channel, program)
  const bds: Bd[] = []
  for (const region of op.regions) {
    const ops = region.blocks.flatMap((block) => block.ops)
    const bd = blockBd(b, ops, region.at, context)
    if (bd) bds.push(bd)
  }
  bds.forEach((bd, i) => (bd.next = bds[i + 1]))
  const loops = op.attrs.has('loop') ? flagOf(op, 'loop') : true
  if (loops && bds.length > 0) bds.at(-1)!.next = bds[0]
  program.bds.push(...bds)
  if (bds[0]) program.starts.push({ bd: bds[0], repeat: repeatOf(b, op) })
}

const allowedInBlock = new Set([
  'aie.use_lock',
  'aie.dma_bd',
  'aie.dma_bd_packet',
  'aie.next_bd',
  'aie.end',
  'aie.buffer',
  'aie.lock',
  'arith.constant',
  'aie.dma_start',
])

/** One block: at most one acquire, one transfer, at most one release. */
function blockBd(
  b: Build,
  ops: readonly Op[],
  at: Block['at'],
  context: BdContext,
): Bd | undefined {
  const bds = ops.filter((op) => op.name === 'aie.dma_bd')
  const stranger = ops.find((op) => !allowedInBlock.has(op.name) && !op.name.startsWith('arith.'))
  if (stranger)
    return complain(
      b,
      'BdBlock',
      stranger.nameAt,
      `'${stranger.name}' may not stand among transfers`,
    )
  if (bds.length !== 1) {
    return complain(
      b,
      'BdBlock',
      bds[1]?.nameAt ?? at,
      `a block holds one transfer, this one holds ${bds.length}`,
    )
  }
  const position = ops.indexOf(bds[0]!)
  const locks = lockUses(b, ops, position, context)
  if (!locks) return undefined
  const packetOp = ops.find((op) => op.name === 'aie.dma_bd_packet')
  const packet = packetOp && {
    id: intOf(packetOp, 'packet_id') ?? 0,
    type: intOf(packetOp, 'packet_type') ?? 0,
  }
  return transfer(b, bds[0]!, locks, packet, context)
}

interface BlockLocks {
  acquire?: LockUse
  release?: LockUse
}

function lockUses(
  b: Build,
  ops: readonly Op[],
  position: number,
  context: BdContext,
): BlockLocks | undefined {
  const uses: BlockLocks = {}
  for (const [i, op] of ops.entries()) {
    if (op.name !== 'aie.use_lock') continue
    const use = lockUse(b, op, context.env)
    if (!use) return undefined
    if (!reachable(b, context, use.lock.tile, op, `lock '${use.lock.name}'`)) return undefined
    const isRelease = textOf(op, 'action') === 'Release'
    const slot = isRelease ? 'release' : 'acquire'
    if (uses[slot] || isRelease !== i > position) {
      return complain(
        b,
        'BdBlock',
        op.nameAt,
        'a transfer has at most one acquire before it and one release behind it',
      )
    }
    if (use.amount !== 0 || use.equal) uses[slot] = use
  }
  return uses
}

/** Reads a `use_lock`: which lock, how much, exactly or at least. */
export function lockUse(b: Build, op: Op, env: Environment): LockUse | undefined {
  const operand = operandOf(op, 'lock')
  const lock = operand?.value && b.lockOf.get(operand.value)
  if (!lock) {
    if (
      !operand?.value ||
      operand.value.type.kind === 'unknown' ||
      operand.value.op?.name === 'aie.lock'
    )
      return undefined
    return complain(b, 'TypeMismatch', operand.at, `${operand.name} is not a lock`)
  }
  const amount = op.groups.has('value') || op.attrs.has('value') ? numberOf(op, 'value', env) : 1
  if (amount === undefined)
    return complain(
      b,
      'NotConstant',
      op.nameAt,
      'the amount of a lock must be known before the run',
    )
  const action = textOf(op, 'action')
  if (action !== 'Acquire' && action !== 'AcquireGreaterEqual' && action !== 'Release') {
    return complain(
      b,
      'SyntaxError',
      placeOf(op, 'action'),
      `an action is Acquire, AcquireGreaterEqual or Release, not '${action}'`,
    )
  }
  if (textOf(op, 'blocking') === 'NonBlocking') {
    return complain(
      b,
      'Unsupported',
      placeOf(op, 'blocking'),
      'a non-blocking acquire is known, but not emulated',
    )
  }
  const { max } = b.device.lock
  if (Math.abs(amount) > max) {
    return complain(
      b,
      'LockValueRange',
      op.nameAt,
      `a lock changes by at most ${max} at once, not by ${amount}`,
    )
  }
  return { lock, amount, equal: action === 'Acquire' }
}

/** May this DMA use something that lies on `owner`? */
function reachable(b: Build, context: BdContext, owner: Tile, op: Op, what: string): boolean {
  const { tile, channel } = context
  const distance = owner.column - tile.column
  const near =
    owner === tile ||
    (tile.kind === TileKind.mem &&
      owner.row === tile.row &&
      channel.reachesNeighbours &&
      Math.abs(distance) <= b.device.mem.reach)
  if (!near) {
    complain(
      b,
      'NotReachable',
      op.nameAt,
      `the DMA of ${tileName(tile)} cannot reach ${what} on ${tileName(owner)}`,
    )
  }
  return near
}

/** Reads one `dma_bd`. */
function transfer(
  b: Build,
  op: Op,
  locks: BlockLocks,
  header: { id: number; type: number } | undefined,
  context: BdContext,
): Bd | undefined {
  const operand = operandOf(op, 'buffer')
  const value = operand?.value
  if (!value || value.type.kind === 'unknown') return undefined
  const target = context.targetOf(value)
  if (!target || value.type.kind !== 'memref') {
    if (value.op?.name === 'aie.buffer') return undefined
    return complain(
      b,
      'TypeMismatch',
      operand.at,
      `${operand.name} is not a buffer that a DMA can use here (${typeText(value.type)})`,
    )
  }
  if (target.kind === 'buffer') {
    if (!reachable(b, context, target.buffer.tile, op, `buffer '${target.buffer.name}'`))
      return undefined
  } else if (context.tile.kind !== TileKind.shim) {
    return complain(
      b,
      'NotReachable',
      op.nameAt,
      `only shim tiles reach host memory, not ${tileName(context.tile)}`,
    )
  }
  const bits = bitsOf(value.type.element)
  const pattern = elementPattern(b, op, elementCount(value.type.shape), bits, context)
  if (!pattern) return undefined
  const offset = pattern.offset
  if (target.kind === 'buffer') {
    const reach = offset + reachOf(pattern.dims, unpaddedLength(pattern))
    const size = elementCount(value.type.shape)
    if (offset < 0 || reach > size) {
      return complain(
        b,
        'OutOfBuffer',
        op.nameAt,
        `the transfer touches elements ${offset} to ${reach - 1}, buffer '${target.buffer.name}' has ${size}`,
      )
    }
  }
  const words = wordsOf(b, pattern, context.channel.layout, op.nameAt)
  if (!words) return undefined
  const offsetBits = offset * bits
  if (offsetBits % 32 !== 0) {
    return complain(
      b,
      'DmaSizeNotWordMultiple',
      op.nameAt,
      `the transfer starts at byte ${offsetBits / 8}, not at a whole 32-bit word`,
    )
  }
  return finishBd(b, op, target, offsetBits / 8, words, { locks, header, rounds: pattern.rounds })
}

/** Five bits of a packet header name the stream, three its type. */
const packetIds = 2 ** 5
const packetTypes = 2 ** 3

function isBelow(value: number, bound: number): boolean {
  return value >= 0 && value < bound
}

function unpaddedLength(pattern: ElementPattern): number {
  return pattern.pads ? pattern.dims.sizes.reduce((n, s) => n * s, 1) : pattern.length
}

function finishBd(
  b: Build,
  op: Op,
  target: Target,
  offsetBytes: number,
  pattern: Bd['pattern'],
  rest: { locks: BlockLocks; header: { id: number; type: number } | undefined; rounds: number },
): Bd | undefined {
  const packet = packetOf(op.attrs.get('packet')) ?? rest.header
  if (packet && !(isBelow(packet.id, packetIds) && isBelow(packet.type, packetTypes))) {
    return complain(
      b,
      'PacketRange',
      op.nameAt,
      `a packet has an id of 0 to 31 and a type of 0 to 7, not ${packet.id} and ${packet.type}`,
    )
  }
  const fixedId = intOf(op, 'bd_id')
  const base = target.kind === 'argument' ? target.offsetBytes : 0
  return {
    ...(target.kind === 'buffer' ? { buffer: target.buffer } : { argument: target.argument }),
    offsetBytes: base + offsetBytes,
    pattern,
    ...rest.locks,
    next: undefined,
    ...(fixedId === undefined ? {} : { fixedId }),
    id: fixedId ?? -1,
    ...(packet ? { packet } : {}),
    burst: intOf(op, 'burst_length') ?? 0,
    rounds: rest.rounds,
    at: op.at,
  }
}

/** Offset, length and dimensions in elements. Four dimensions on a shim make the outermost the iteration. */
function elementPattern(
  b: Build,
  op: Op,
  elements: number,
  bits: number,
  context: BdContext,
): (ElementPattern & { offset: number; rounds: number }) | undefined {
  const { env } = context
  const read = (key: string, fallback: number) =>
    op.groups.has(key) || op.attrs.has(key) ? numberOf(op, key, env) : fallback
  const offset = read('offset', 0)
  const given = op.groups.has('len') || op.attrs.has('len')
  const pads = padPairs(op.attrs.get('pad_dimensions'))
  const dims = dimensionsOf(op, env)
  const lengthGiven = given ? numberOf(op, 'len', env) : undefined
  if (offset === undefined || (given && lengthGiven === undefined) || dims === undefined) {
    return complain(
      b,
      'NotConstant',
      op.nameAt,
      'offset, length, sizes and strides must be known before the run',
    )
  }
  if (dims.sizes.some((s) => s < 1))
    return complain(b, 'WrapTooLarge', op.nameAt, 'every size is at least 1')
  const padding = intOf(op, 'pad_value') ?? 0
  if (padding !== 0) {
    if (!context.pad) {
      const message = 'a task cannot change the value that its channel pads with'
      return complain(b, 'PaddingUnsupported', placeOf(op, 'pad_value'), message)
    }
    context.pad(padWordOf(padding, bits))
  }
  const iterates = context.tile.kind === TileKind.shim && dims.sizes.length === 4
  const inner = iterates ? { sizes: dims.sizes.slice(1), strides: dims.strides.slice(1) } : dims
  const product = streamElements(inner.sizes, pads)
  const bare = streamElements(inner.sizes, undefined)
  // Some files count the padding in the length and some do not; the stream is the same.
  const counted = pads && lengthGiven === bare ? product : lengthGiven
  const length = counted ?? (inner.sizes.length > 0 ? product : Math.max(0, elements - offset))
  const fitting = checkedDims(
    b,
    op,
    inner,
    product,
    length,
    lengthGiven !== undefined && iterates ? dims.sizes[0]! : 1,
  )
  if (!fitting) return undefined
  const iteration = iterates ? { size: dims.sizes[0]!, stride: dims.strides[0]! } : iterationOf(op)
  return {
    offset,
    dims: fitting,
    length: product === length || inner.sizes.length === 0 ? length : product,
    bits,
    ...(pads && pads.length > 0 ? { pads } : {}),
    ...(iteration ? { iteration } : {}),
    rounds: iterates ? dims.sizes[0]! : 1,
  }
}

/** Length and sizes must agree; a length over all iterations counts as one over the inner dimensions. */
function checkedDims(
  b: Build,
  op: Op,
  dims: { sizes: number[]; strides: number[] },
  product: number,
  length: number,
  iterations: number,
): { sizes: readonly number[]; strides: readonly number[] } | undefined {
  if (dims.sizes.length === 0) return linear
  if (product === length || product * iterations === length) return dims
  return complain(
    b,
    'LenDimsMismatch',
    op.nameAt,
    `the length is ${length} elements, but the sizes make ${product}`,
  )
}

function dimensionsOf(
  op: Op,
  env: Environment,
): { sizes: number[]; strides: number[] } | undefined {
  const sizes = mixedNumbers(op, 'sizes', env)
  const strides = mixedNumbers(op, 'strides', env)
  if (sizes && strides) {
    if (sizes.length !== strides.length) return undefined
    if ([...sizes, ...strides].some((n) => n === undefined)) return undefined
    return { sizes: sizes as number[], strides: strides as number[] }
  }
  return dimensionPairs(op.attrs.get('dimensions')) ?? { sizes: [], strides: [] }
}

function iterationOf(op: Op): ElementPattern['iteration'] {
  const attr = op.attrs.get('iteration')
  if (attr?.kind !== 'dict') return undefined
  const number = (key: string) => {
    const entry = attr.entries.get(key)
    return entry?.kind === 'int' ? entry.value : 0
  }
  return { size: number('size'), stride: number('stride'), current: number('current') }
}

/** Stretches given dimensions over a whole object; used by objectFifos. */
export function dimsFor(
  b: Build,
  dims: { sizes: number[]; strides: number[] } | undefined,
  length: number,
  at: Op['at'],
): { sizes: readonly number[]; strides: readonly number[] } | undefined {
  if (!dims || dims.sizes.length === 0) return linear
  return (
    stretch(dims, length) ??
    complain(b, 'LenDimsMismatch', at, `the sizes do not divide an object of ${length} elements`)
  )
}
