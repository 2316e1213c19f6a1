/**
 * ObjectFifos become buffers, locks, descriptor chains and streams.
 *
 *     producer end ── buffers + locks ── MM2S chain ══ stream ══▶ S2MM chain ── buffers + locks ── consumer end
 *
 * Neighbouring cores share one end without a stream. On a linking tile one side owns the buffers and the other runs
 * over them.
 */
import { TileKind } from '../../../device/tiles.ts'
import { intOf, placeOf, textOf } from '../ops/read.ts'
import type { MemrefType, Op } from '../syntax/tree.ts'
import { bitsOf, elementCount } from '../syntax/tree.ts'
import type { Bd, Buffer, Build, Channel, FifoEnd, Lock, Program, Tile } from './build.ts'
import { complain, freeChannel, namedChannel, tileName } from './build.ts'
import { arrayBytes, initialBytes } from './bytes.ts'
import type { Dims, Fifo, Link } from './fifo-read.ts'
import { mostObjects, readFifos, readLinks, sharedTile } from './fifo-read.ts'
import { wordsOf } from './pattern.ts'
import { dimsFor, padWordOf, typicalChannel } from './programs.ts'

/** A run of elements of each object, with the locks that guard it. */
interface Segment {
  readonly offset: number
  readonly length: number
  readonly produce: Lock | undefined
  readonly consume: Lock | undefined
}

/** What one side of a tile works on. */
interface Store {
  readonly buffers: readonly Buffer[]
  readonly type: MemrefType
  readonly segments: readonly Segment[]
}

export function elaborateFifos(b: Build, ops: readonly Op[]): void {
  const fifos = readFifos(b, ops)
  readLinks(b, ops, fifos)
  checkCores(b, fifos)
  const stores = new Map<string, Store>()
  for (const fifo of fifos.values()) {
    const tile = sharedTile(fifo)
    if (tile) shared(b, fifo, tile)
    else streamed(b, fifo, stores)
  }
}

// ---- what cores do with fifos

/** Largest number of objects that the core of `tile` takes from a fifo at once. */
function largestAcquire(tile: Tile, fifo: string): number {
  let largest = 0
  visit(tile.core, (op) => {
    if (op.name === 'aie.objectfifo.acquire' && textOf(op, 'objFifo_name') === fifo) {
      largest = Math.max(largest, intOf(op, 'size') ?? 0)
    }
  })
  return largest
}

/** Calls `see` for every operation inside. */
export function visit(op: Op | undefined, see: (op: Op) => void): void {
  if (!op) return
  for (const region of op.regions) {
    for (const block of region.blocks) {
      for (const inner of block.ops) {
        see(inner)
        visit(inner, see)
      }
    }
  }
}

function checkCores(b: Build, fifos: ReadonlyMap<string, Fifo>): void {
  for (const tile of b.tiles.values()) {
    visit(tile.core, (op) => {
      if (op.name !== 'aie.objectfifo.acquire' && op.name !== 'aie.objectfifo.release') return
      const fifo = fifos.get(textOf(op, 'objFifo_name') ?? '')
      const link =
        fifo?.linkIn?.tile === tile
          ? fifo.linkIn
          : fifo?.linkOut?.tile === tile
            ? fifo.linkOut
            : undefined
      if (!fifo || !link) return
      const message = `objectFifo '${fifo.name}' is linked on ${tileName(tile)}; its core may not use it there`
      complain(b, 'LinkedFifoUsedOnLinkTile', placeOf(op, 'objFifo_name'), message)
    })
  }
}

/** Objects that one end holds. `end` 0 is the producer. */
function depthOf(fifo: Fifo, tile: Tile, end: number): number {
  if (tile.kind === TileKind.shim) return 0
  if (fifo.depths.length > 1) return fifo.depths[end]!
  const depth = fifo.depths[0]!
  if (tile.kind === TileKind.mem || (end === 0 && fifo.inits.length > 0)) return depth
  const most = largestAcquire(tile, fifo.name)
  if (most === 0) return depth
  return most === 1 && depth === 1 ? 1 : Math.min(most + 1, mostObjects)
}

// ---- buffers and locks

function makeBuffers(
  b: Build,
  name: string,
  tile: Tile,
  type: MemrefType,
  depth: number,
  fifo: Fifo,
): Buffer[] {
  return Array.from({ length: depth }, (_, i) => {
    const initial = name === fifo.name ? fifo.inits[i] : undefined
    const bytes = initial && initialBytes(initial, type)
    if (typeof bytes === 'string') complain(b, 'BadInitialValue', initial!.at, bytes)
    const buffer: Buffer = {
      name: `${name}_buff_${i}`,
      tile,
      type,
      sizeBytes: arrayBytes(type),
      ...(bytes instanceof Uint8Array ? { bytes } : {}),
      address: -1,
      at: fifo.op.at,
    }
    tile.buffers.push(buffer)
    b.buffersByName.set(buffer.name, buffer)
    return buffer
  })
}

function makeLocks(
  fifo: Fifo,
  name: string,
  tile: Tile,
  depth: number,
  full: number,
  units: number,
  branch: number,
) {
  const lock = (word: string, init: number): Lock => {
    const made: Lock = {
      name: `${name}_${word}_lock_${branch}`,
      tile,
      id: -1,
      init,
      at: fifo.op.at,
    }
    tile.locks.push(made)
    return made
  }
  if (!fifo.synchronised) return { produce: undefined, consume: undefined }
  return { produce: lock('prod', (depth - full) * units), consume: lock('cons', full * units) }
}

/** Both ends in one memory. */
function shared(b: Build, fifo: Fifo, tile: Tile): void {
  const depth = Math.max(...fifo.depths)
  const buffers = makeBuffers(b, fifo.name, tile, fifo.type, depth, fifo)
  const { produce, consume } = makeLocks(fifo, fifo.name, tile, depth, fifo.inits.length, 1, 0)
  const end = (role: FifoEnd['role'], at: Tile): FifoEnd => ({
    fifo: fifo.name,
    role,
    tile: at,
    buffers,
    produceLocks: produce ? [produce] : [],
    consumeLocks: consume ? [consume] : [],
    units: 1,
  })
  const ends = [end('producer', fifo.producer), end('consumer', fifo.consumers[0]!)]
  b.fifos.set(fifo.name, { name: fifo.name, type: fifo.type, ends, linkedTo: [], at: fifo.op.at })
}

// ---- streams

function streamed(b: Build, fifo: Fifo, stores: Map<string, Store>): void {
  const source = pinned(b, fifo, fifo.producer, 'mm2s', fifo.producerChannel)
  const sinks = fifo.consumers.map((tile, i) =>
    pinned(b, fifo, tile, 's2mm', fifo.consumerChannels?.[i]),
  )
  if (!source || sinks.some((s) => !s)) return
  b.streams.push({
    source: { kind: 'channel', channel: source },
    sinks: sinks.map((channel) => ({ kind: 'channel', channel: channel! })),
    fifo: fifo.name,
    at: fifo.op.at,
  })
  const ends = [producerEnd(b, fifo, source, stores)]
  fifo.consumers.forEach((tile, i) => ends.push(consumerEnd(b, fifo, tile, i, sinks[i]!, stores)))
  b.fifos.set(fifo.name, {
    name: fifo.name,
    type: fifo.type,
    ends: ends.filter((e) => e !== undefined),
    linkedTo: fifo.linkOut ? fifo.linkOut.outs.map((f) => f.name) : [],
    at: fifo.op.at,
  })
  allocate(b, fifo, source, sinks as Channel[])
}

function pinned(
  b: Build,
  fifo: Fifo,
  tile: Tile,
  direction: 'mm2s' | 's2mm',
  number: number | undefined,
) {
  return number === undefined
    ? freeChannel(b, tile, direction, fifo.op.nameAt)
    : namedChannel(b, tile, direction, number, fifo.op.nameAt)
}

/** Shim ends get a name that sequences know. */
function allocate(b: Build, fifo: Fifo, source: Channel, sinks: readonly Channel[]): void {
  const shim = [source, ...sinks].find((c) => c.tile.kind === TileKind.shim)
  if (!shim) return
  const allocation = { name: `${fifo.name}_shim_alloc`, channel: shim, at: fifo.op.at }
  b.allocations.set(allocation.name, allocation)
  if (!b.allocations.has(fifo.name)) b.allocations.set(fifo.name, allocation)
}

function producerEnd(
  b: Build,
  fifo: Fifo,
  channel: Channel,
  stores: Map<string, Store>,
): FifoEnd | undefined {
  const tile = fifo.producer
  if (tile.kind === TileKind.shim) return end(fifo, 'producer', tile, [], [], fifo.repeat, channel)
  const store = fifo.linkIn
    ? linkStore(b, fifo.linkIn, fifo, stores)
    : ownStore(b, fifo, fifo.name, tile, fifo.type, depthOf(fifo, tile, 0))
  if (!store) return undefined
  const segments =
    fifo.linkIn && fifo.linkIn.outs.length > 1
      ? [store.segments[fifo.linkIn.outs.indexOf(fifo)]!]
      : store.segments
  const unit = linkedLength(fifo, store, segments, fifo.type)
  chain(
    b,
    fifo,
    channel,
    store,
    segments.map((s) => ({ ...s, length: unit ?? s.length })),
    {
      dims: fifo.toStream,
      pads: fifo.pads,
      sends: true,
      repeat: fifo.repeat,
      units: 1,
    },
  )
  return end(fifo, 'producer', tile, store.buffers, segments, fifo.repeat, channel)
}

/** When a link's owner is the smaller object, each direction moves its own element. */
function linkedLength(
  fifo: Fifo,
  store: Store,
  segments: readonly Segment[],
  type: MemrefType,
): number | undefined {
  const link = fifo.linkIn ?? fifo.linkOut
  if (!link || segments.length !== 1 || !fifo.pads) return undefined
  const own = elementCount(type.shape)
  return own > elementCount(store.type.shape) ? own : undefined
}

function consumerEnd(
  b: Build,
  fifo: Fifo,
  tile: Tile,
  index: number,
  channel: Channel,
  stores: Map<string, Store>,
): FifoEnd | undefined {
  if (tile.kind === TileKind.shim) return end(fifo, 'consumer', tile, [], [], 1, channel)
  const name = fifo.consumers.length === 1 ? `${fifo.name}_cons` : `${fifo.name}_${index}_cons`
  const link = fifo.linkOut?.tile === tile ? fifo.linkOut : undefined
  const store = link
    ? linkStore(b, link, fifo, stores)
    : ownStore(b, fifo, name, tile, fifo.consumerType, depthOf(fifo, tile, index + 1))
  if (!store) return undefined
  const segments =
    link && link.ins.length > 1 ? [store.segments[link.ins.indexOf(fifo)]!] : store.segments
  const units = link ? Math.max(...link.outs.map((f) => f.repeat)) : 1
  chain(b, fifo, channel, store, segments, {
    dims: fifo.fromStream[index],
    pads: undefined,
    sends: false,
    repeat: 1,
    units,
  })
  return end(fifo, 'consumer', tile, store.buffers, segments, 1, channel)
}

function end(
  fifo: Fifo,
  role: FifoEnd['role'],
  tile: Tile,
  buffers: readonly Buffer[],
  segments: readonly Segment[],
  units: number,
  channel: Channel,
): FifoEnd {
  return {
    fifo: fifo.name,
    role,
    tile,
    buffers,
    produceLocks: segments.map((s) => s.produce).filter((l) => l !== undefined),
    consumeLocks: segments.map((s) => s.consume).filter((l) => l !== undefined),
    units,
    channel,
  }
}

function ownStore(
  b: Build,
  fifo: Fifo,
  name: string,
  tile: Tile,
  type: MemrefType,
  depth: number,
): Store {
  const isProducer = name === fifo.name
  const full = isProducer ? Math.min(fifo.inits.length, depth) : 0
  const buffers = makeBuffers(b, name, tile, type, depth, fifo)
  const locks = makeLocks(fifo, name, tile, depth, full, isProducer ? fifo.repeat : 1, 0)
  return { buffers, type, segments: [{ offset: 0, length: elementCount(type.shape), ...locks }] }
}

/** The buffers that the two sides of a link share, made by whichever side comes first. */
function linkStore(
  b: Build,
  link: Link,
  _side: Fifo,
  stores: Map<string, Store>,
): Store | undefined {
  const owner = ownerOf(link)
  const key = `${link.ins.map((f) => f.name).join()}>${link.outs.map((f) => f.name).join()}`
  const made = stores.get(key)
  if (made) return made
  const isOut = link.outs.includes(owner)
  const type = isOut ? owner.type : owner.consumerType
  const endIndex = isOut ? 0 : owner.consumers.indexOf(link.tile) + 1
  const several = owner.consumers.length > 1
  const name = isOut
    ? owner.name
    : several
      ? `${owner.name}_${endIndex - 1}_cons`
      : `${owner.name}_cons`
  const depth = depthOf(owner, link.tile, endIndex)
  const full = isOut ? Math.min(owner.inits.length, depth) : 0
  const buffers = makeBuffers(b, name, link.tile, type, depth, owner)
  const size = elementCount(type.shape)
  const segments = link.offsets.map((offset, j) => {
    const units = link.outs.length > 1 ? link.outs[j]!.repeat : link.outs[0]!.repeat
    const length = (link.offsets[j + 1] ?? size) - offset
    return { offset, length, ...makeLocks(owner, name, link.tile, depth, full, units, j) }
  })
  const store = { buffers, type, segments }
  stores.set(key, store)
  return store
}

/** Which fifo of a link holds the objects. */
function ownerOf(link: Link): Fifo {
  const [input] = link.ins
  const [output] = link.outs
  if (link.ins.length > 1) return output!
  if (link.outs.length > 1) return input!
  if (output!.inits.length > 0) return output!
  if (output!.pads) return input!
  return elementCount(output!.type.shape) > elementCount(input!.consumerType.shape)
    ? output!
    : input!
}

interface ChainPlan {
  readonly dims: Dims | undefined
  readonly pads: readonly { before: number; after: number }[] | undefined
  readonly sends: boolean
  /** Times each object is sent. */
  readonly repeat: number
  /** Units that each object takes and gives on the locks. */
  readonly units: number
}

/** One descriptor per buffer and segment, cyclic unless the fifo ends after some rounds. */
function chain(
  b: Build,
  fifo: Fifo,
  channel: Channel,
  store: Store,
  segments: readonly Segment[],
  plan: ChainPlan,
): void {
  const bds: Bd[] = []
  const copies =
    store.buffers.length === 1 && segments.length === 1 && fifo.iterations === 0 ? 1 : plan.repeat
  for (const buffer of store.buffers) {
    for (let r = 0; r < copies; r++) {
      for (const segment of segments) {
        const bd = descriptor(b, fifo, channel, buffer, segment, plan)
        if (!bd) return
        bds.push(bd)
      }
    }
  }
  bds.forEach((bd, i) => (bd.next = bds[i + 1]))
  const endless = fifo.iterations === 0
  if (endless) bds.at(-1)!.next = bds[0]
  const repeat = endless ? 1 : fifo.iterations
  const max = b.device.dma.maxRepeat
  if (repeat < 1 || repeat > max) {
    complain(
      b,
      'RepeatTooLarge',
      placeOf(fifo.op, 'iter_count'),
      `a chain runs 1 to ${max} times, not ${repeat}`,
    )
  }
  const program: Program = { channel, starts: [{ bd: bds[0]!, repeat }], bds, at: fifo.op.at }
  if (plan.pads && fifo.padValue !== 0) {
    program.padWord = padWordOf(fifo.padValue, bitsOf(store.type.element))
  }
  b.programs.push(program)
}

function descriptor(
  b: Build,
  fifo: Fifo,
  channel: Channel,
  buffer: Buffer,
  segment: Segment,
  plan: ChainPlan,
): Bd | undefined {
  const at = fifo.op.nameAt
  const dims = plan.pads
    ? (plan.dims ?? { sizes: [], strides: [] })
    : dimsFor(b, plan.dims, segment.length, at)
  if (!dims) return undefined
  const bits = bitsOf(buffer.type.element)
  const { layout } = typicalChannel(channel.tile, channel)
  const length = plan.pads
    ? dims.sizes.reduce(
        (n, s, i) => n * (s + (plan.pads![i]?.before ?? 0) + (plan.pads![i]?.after ?? 0)),
        1,
      )
    : segment.length
  const pattern = wordsOf(
    b,
    { dims, length, bits, ...(plan.pads ? { pads: plan.pads } : {}) },
    layout,
    at,
  )
  if (!pattern) return undefined
  const offsetBits = segment.offset * bits
  if (offsetBits % 32 !== 0) {
    return complain(
      b,
      'DmaSizeNotWordMultiple',
      at,
      `a branch starts at byte ${offsetBits / 8}, not at a whole 32-bit word`,
    )
  }
  const [take, give] = plan.sends
    ? [segment.consume, segment.produce]
    : [segment.produce, segment.consume]
  return {
    buffer,
    offsetBytes: offsetBits / 8,
    pattern,
    ...(take ? { acquire: { lock: take, amount: plan.units, equal: false } } : {}),
    ...(give ? { release: { lock: give, amount: plan.units, equal: false } } : {}),
    next: undefined,
    id: -1,
    burst: 0,
    rounds: 1,
    at: fifo.op.at,
  }
}
