/** ObjectFifos and their links as the source declares them, checked but not yet turned into buffers and streams. */
import { TileKind } from '../../../device/tiles.ts'
import {
  flagOf,
  intOf,
  intsOf,
  itemsOf,
  operandsOf,
  placeOf,
  textOf,
  valueOf,
} from '../ops/read.ts'
import type { Attr, MemrefType, Op } from '../syntax/tree.ts'
import { elementCount, typeText } from '../syntax/tree.ts'
import { tileOfValue } from './collect.ts'
import type { Build, Tile } from './build.ts'
import { complain, coreWindow, tileName } from './build.ts'
import { dimensionPairs, padPairs } from './values.ts'

export interface Dims {
  readonly sizes: number[]
  readonly strides: number[]
}

export interface Fifo {
  readonly name: string
  readonly op: Op
  readonly producer: Tile
  readonly consumers: readonly Tile[]
  /** One number for all ends, or one per end, producer first. */
  readonly depths: readonly number[]
  readonly type: MemrefType
  readonly consumerType: MemrefType
  readonly toStream: Dims | undefined
  readonly fromStream: readonly (Dims | undefined)[]
  readonly pads: readonly { before: number; after: number }[] | undefined
  readonly padValue: number
  readonly repeat: number
  readonly hasRepeat: boolean
  /** Times the chain runs; 0 = for ever. */
  readonly iterations: number
  readonly synchronised: boolean
  readonly viaDma: boolean
  readonly inits: readonly Attr[]
  readonly producerChannel: number | undefined
  readonly consumerChannels: readonly number[] | undefined
  allocated: Tile | undefined
  /** Set when the fifo ends in a link, or starts in one. */
  linkOut: Link | undefined
  linkIn: Link | undefined
}

export interface Link {
  readonly op: Op
  readonly tile: Tile
  readonly ins: readonly Fifo[]
  readonly outs: readonly Fifo[]
  /** Start of each branch in the big object, in elements. */
  readonly offsets: readonly number[]
}

/** Reads all objectFifos, in program order. */
export function readFifos(b: Build, ops: readonly Op[]): Map<string, Fifo> {
  const fifos = new Map<string, Fifo>()
  for (const op of ops) {
    if (op.name !== 'aie.objectfifo') continue
    const fifo = readFifo(b, op)
    if (fifo && !fifos.has(fifo.name)) fifos.set(fifo.name, fifo)
  }
  for (const op of ops) {
    if (op.name !== 'aie.objectfifo.allocate') continue
    const fifo = fifos.get(textOf(op, 'objFifo_name') ?? '')
    const tile = tileOfValue(b, valueOf(op, 'tile'), op)
    if (!fifo)
      complain(
        b,
        'UndefinedSymbol',
        placeOf(op, 'objFifo_name'),
        `there is no objectFifo '${textOf(op, 'objFifo_name')}'`,
      )
    else if (tile) fifo.allocated = tile
  }
  return fifos
}

function memrefOf(attr: Attr | undefined): MemrefType | undefined {
  const type = attr?.kind === 'type' ? attr.type : undefined
  const element = type?.kind === 'fifo' ? type.element : type
  return element?.kind === 'memref' && elementCount(element.shape) > 0 ? element : undefined
}

function readFifo(b: Build, op: Op): Fifo | undefined {
  const name = textOf(op, 'sym_name') ?? ''
  const producer = tileOfValue(b, valueOf(op, 'producer'), op)
  const consumers = operandsOf(op, 'consumers').map((o) => tileOfValue(b, o.value, op))
  const type = memrefOf(op.attrs.get('elemType'))
  if (!type) {
    const attr = op.attrs.get('elemType')
    const found = attr?.kind === 'type' ? typeText(attr.type) : 'nothing'
    return complain(
      b,
      'TypeMismatch',
      op.nameAt,
      `an objectFifo holds memrefs of known size, found ${found}`,
    )
  }
  if (!producer || consumers.length === 0 || consumers.some((c) => !c)) return undefined
  const depths = depthsOf(b, op, consumers.length)
  if (!depths) return undefined
  const repeat = Math.max(1, intOf(op, 'repeat_count') ?? 1)
  if (repeat > mostObjects) {
    const message = `objects are repeated at most ${mostObjects} times, not ${repeat}`
    return complain(b, 'RepeatTooLarge', placeOf(op, 'repeat_count'), message)
  }
  const inits = itemsOf(op, 'initValues')
  if (unsupported(b, op, producer, inits)) return undefined
  const from = itemsOf(op, 'dimensionsFromStreamPerConsumer')
  return {
    name,
    op,
    producer,
    consumers: consumers as Tile[],
    depths,
    type,
    consumerType: memrefOf(op.attrs.get('consumerElemType')) ?? type,
    toStream: dimensionPairs(op.attrs.get('dimensionsToStream')),
    fromStream: consumers.map((_, i) => dimensionPairs(from[i])),
    pads: padPairs(op.attrs.get('padDimensions')),
    padValue: intOf(op, 'padValue') ?? 0,
    repeat,
    hasRepeat: op.attrs.has('repeat_count'),
    iterations: intOf(op, 'iter_count') ?? 0,
    synchronised: !flagOf(op, 'disable_synchronization'),
    viaDma: flagOf(op, 'via_DMA'),
    inits,
    producerChannel: intOf(op, 'prod_dma_channel'),
    consumerChannels: intsOf(op, 'cons_dma_channels'),
    allocated: undefined,
    linkOut: undefined,
    linkIn: undefined,
  }
}

function unsupported(b: Build, op: Op, producer: Tile, inits: readonly Attr[]): boolean {
  if (op.attrs.has('aie_stream')) {
    complain(
      b,
      'Unsupported',
      placeOf(op, 'aie_stream'),
      'an objectFifo on the stream port of a core is known, but not emulated',
    )
    return true
  }
  if (flagOf(op, 'plio')) {
    complain(
      b,
      'Unsupported',
      placeOf(op, 'plio'),
      'a programmable-logic port is known, but not emulated',
    )
    return true
  }
  if (op.attrs.has('packet')) {
    complain(
      b,
      'Unsupported',
      placeOf(op, 'packet'),
      'a packet-switched objectFifo is known, but not emulated',
    )
    return true
  }
  if (producer.kind === TileKind.shim) {
    if (op.attrs.has('repeat_count')) {
      complain(
        b,
        'RepeatOnShim',
        placeOf(op, 'repeat_count'),
        `${tileName(producer)} is a shim tile and cannot repeat objects`,
      )
    }
    if (inits.length > 0) {
      complain(
        b,
        'InitOnShim',
        placeOf(op, 'initValues'),
        `${tileName(producer)} is a shim tile and holds no initial objects`,
      )
    }
  }
  return false
}

/** More objects than the locks of any tile can count: what asks for more is a slip of the pen. */
export const mostObjects = 1024

function depthsOf(b: Build, op: Op, consumers: number): number[] | undefined {
  const attr = op.attrs.get('elemNumber')
  const list = attr?.kind === 'int' ? [attr.value] : intsOf(op, 'elemNumber')
  const bad = !list || list.length === 0 || list.some((d) => !(d >= 1 && d <= mostObjects))
  if (bad || (list.length !== 1 && list.length !== consumers + 1)) {
    const message = `a depth is one number, or one per end (${consumers + 1}), each from 1 to ${mostObjects}`
    return complain(b, 'FifoShape', placeOf(op, 'elemNumber'), message)
  }
  return [...list]
}

/** Reads all links and ties the fifos to them. */
export function readLinks(b: Build, ops: readonly Op[], fifos: ReadonlyMap<string, Fifo>): Link[] {
  const links: Link[] = []
  for (const op of ops) {
    if (op.name !== 'aie.objectfifo.link') continue
    const link = readLink(b, op, fifos)
    if (link) links.push(link)
  }
  return links
}

function readLink(b: Build, op: Op, fifos: ReadonlyMap<string, Fifo>): Link | undefined {
  const find = (key: string): Fifo[] | undefined => {
    const list: Fifo[] = []
    for (const item of itemsOf(op, key)) {
      const name = item.kind === 'symbol' ? item.path.at(-1)! : ''
      const fifo = fifos.get(name)
      if (fifo) list.push(fifo)
      else if (!b.symbols.has(name))
        return complain(b, 'UndefinedSymbol', item.at, `there is no objectFifo '${name}'`)
    }
    return list
  }
  const ins = find('fifoIns')
  const outs = find('fifoOuts')
  if (!ins || !outs || ins.length === 0 || outs.length === 0) return undefined
  if (ins.length > 1 && outs.length > 1) {
    return complain(b, 'LinkShape', op.nameAt, 'a link has one objectFifo on one of its sides')
  }
  const tile = meetingTile(ins, outs)
  if (!tile)
    return complain(
      b,
      'LinkTileMissing',
      op.nameAt,
      'the linked objectFifos do not meet on exactly one tile',
    )
  if (
    tile.kind === TileKind.shim ||
    (tile.kind !== TileKind.mem && (ins.length > 1 || outs.length > 1))
  ) {
    return complain(
      b,
      'LinkShape',
      op.nameAt,
      `${tileName(tile)} is not a memory tile and cannot distribute or join`,
    )
  }
  const again = ins.find((f) => f.linkOut) ?? outs.find((f) => f.linkIn)
  if (again)
    return complain(
      b,
      'LinkShape',
      op.nameAt,
      `objectFifo '${again.name}' is in two links on this side`,
    )
  const offsets = offsetsOf(b, op, ins, outs)
  if (!offsets) return undefined
  const link: Link = { op, tile, ins, outs, offsets }
  for (const f of ins) f.linkOut = link
  for (const f of outs) f.linkIn = link
  return link
}

function meetingTile(ins: readonly Fifo[], outs: readonly Fifo[]): Tile | undefined {
  const tile = outs[0]!.producer
  if (outs.some((f) => f.producer !== tile)) return undefined
  return ins.every((f) => f.consumers.includes(tile)) ? tile : undefined
}

function offsetsOf(
  b: Build,
  op: Op,
  ins: readonly Fifo[],
  outs: readonly Fifo[],
): number[] | undefined {
  const source = intsOf(op, 'src_offsets') ?? []
  const target = intsOf(op, 'dst_offsets') ?? []
  if (ins.length === 1 && outs.length === 1) {
    const used = [...source, ...target].some((o) => o !== 0)
    return used ? complain(b, 'LinkShape', op.nameAt, 'a link of one to one has no offsets') : [0]
  }
  const joins = ins.length > 1
  const branches = joins ? ins : outs
  const big = joins ? outs[0]!.type : ins[0]!.consumerType
  const given = joins ? source : target
  const offsets =
    given.length === 0 &&
    branches.every((f) => elementCount(f.type.shape) === elementCount(big.shape))
      ? branches.map(() => 0)
      : given
  if (offsets.length !== branches.length) {
    return complain(
      b,
      'LinkShape',
      op.nameAt,
      `the link has ${branches.length} branches, but ${offsets.length} offsets`,
    )
  }
  const size = elementCount(big.shape)
  for (const [j, offset] of offsets.entries()) {
    const end = offsets[j + 1] ?? size
    if ((j === 0 && offset !== 0) || offset < 0 || end <= offset || end > size) {
      return complain(
        b,
        'LinkShape',
        op.nameAt,
        `offsets ascend from 0 inside an object of ${size} elements`,
      )
    }
  }
  return [...offsets]
}

/**
 * Tile whose memory both ends share, when neighbours can do without DMA: undefined means that the objects travel by
 * stream.
 */
export function sharedTile(fifo: Fifo): Tile | undefined {
  const consumer = fifo.consumers[0]!
  const dims = [fifo.toStream, ...fifo.fromStream].some((d) => d && d.sizes.length > 0)
  const linked = (fifo.linkIn || fifo.linkOut) && !fifo.allocated
  if (fifo.viaDma || fifo.hasRepeat || fifo.consumers.length !== 1 || dims || fifo.pads || linked)
    return undefined
  const consumerSees = coreWindow(consumer, fifo.producer) !== undefined
  const producerSees = coreWindow(fifo.producer, consumer) !== undefined
  if (!consumerSees && !producerSees) return undefined
  if (fifo.allocated) return fifo.allocated
  return consumerSees ? fifo.producer : consumer
}
