/** Rows of the objectFifo family. */
import { Kind } from '../syntax/lexer.ts'
import type { Parser } from '../syntax/parser.ts'
import type { Attr, Operand } from '../syntax/tree.ts'
import { put } from './read.ts'
import type { OpDraft, OpRow } from './row.ts'

/** `@n(%prod dimensionsToStream [..], {%cons dimensionsFromStream [..], ..}, depth) {attrs} : type = [inits]` */
function objectFifo(p: Parser, op: OpDraft): void {
  p.symbolAttr(op.attrs, 'sym_name', 'the name of the objectFifo')
  p.expect('(', 'after the name')
  put(op, 'producer', p.operand('a tile'))
  if (p.accept('dimensionsToStream') || p.accept('toStream')) {
    op.attrs.set('dimensionsToStream', p.attribute())
  }
  p.expect(',', 'after the producer')
  const from: Attr[] = []
  const start = p.lexer.start
  p.list('{', '}', 'in the list of consumers', () => {
    put(op, 'consumers', p.operand('a tile'))
    const has = p.accept('dimensionsFromStream') || p.accept('fromStream')
    from.push(has ? p.attribute() : { kind: 'array', items: [], at: p.here })
  })
  op.attrs.set('dimensionsFromStreamPerConsumer', {
    kind: 'array',
    items: from,
    at: p.spanFrom(start),
  })
  p.expect(',', 'after the consumers')
  op.attrs.set('elemNumber', p.attribute())
  p.expect(')', 'after the depth')
  p.dict(op.attrs)
  p.expect(':', 'before the type of the objectFifo')
  const type = p.type()
  op.attrs.set('elemType', { kind: 'type', type, at: p.here })
  if (p.accept('=')) op.attrs.set('initValues', p.attribute())
}

function symbolList(p: Parser, op: OpDraft, key: string): void {
  const start = p.lexer.start
  const items: Attr[] = []
  const one = () => {
    const at = p.here
    items.push({ kind: 'symbol', path: p.symbolPath('an objectFifo'), at })
  }
  if (p.is('[')) p.list('[', ']', 'in the link', one)
  else one()
  op.attrs.set(key, { kind: 'array', items, at: p.spanFrom(start) })
}

/** `[@a] -> [@b, @c] ([] [0, 48])`; the parentheses may be empty or missing. */
function link(p: Parser, op: OpDraft): void {
  symbolList(p, op, 'fifoIns')
  p.expect('->', 'between the linked objectFifos')
  symbolList(p, op, 'fifoOuts')
  if (p.accept('(')) {
    if (p.is('[')) op.attrs.set('src_offsets', p.attribute())
    p.accept(',')
    if (p.is('[')) op.attrs.set('dst_offsets', p.attribute())
    p.expect(')', 'after the offsets')
  }
  p.dict(op.attrs)
}

/** `@n(Produce, k)`, in any spacing. */
function access(p: Parser, op: OpDraft): void {
  p.symbolAttr(op.attrs, 'objFifo_name', 'an objectFifo')
  p.expect('(', 'after the objectFifo')
  p.keywordAttr(op.attrs, 'port', 'Produce or Consume')
  p.expect(',', 'after the port')
  p.integerAttr(op.attrs, 'size', 'a number of objects')
  p.expect(')', 'after the number of objects')
  p.dict(op.attrs)
}

function acquire(p: Parser, op: OpDraft): void {
  access(p, op)
  p.expect(':', 'before the type of the objects')
  do op.resultTypes.push(p.type())
  while (p.accept(','))
}

function subviewAccess(p: Parser, op: OpDraft): void {
  const subview: Operand = p.operand('acquired objects')
  put(op, 'subview', subview)
  p.expect('[', 'before the number of the object')
  p.integerAttr(op.attrs, 'index', 'the number of an object')
  p.expect(']', 'after the number of the object')
  p.dict(op.attrs)
  p.expect(':', 'before the type')
  p.typed(subview, p.type())
  p.expect('->', 'between the types')
  op.resultTypes.push(p.type())
}

function allocate(p: Parser, op: OpDraft): void {
  p.symbolAttr(op.attrs, 'objFifo_name', 'an objectFifo')
  p.expect('(', 'after the objectFifo')
  put(op, 'tile', p.operand('a tile'))
  p.expect(')', 'after the tile')
  p.dict(op.attrs)
}

/** `@n(%shim, MM2S, 0)`; before 2025 `@n(MM2S, 0, column)`. */
function shimAllocation(p: Parser, op: OpDraft): void {
  p.symbolAttr(op.attrs, 'sym_name', 'the name of the allocation')
  p.expect('(', 'after the name')
  if (p.kind === Kind.value) {
    put(op, 'tile', p.operand('a shim tile'))
    p.expect(',', 'after the tile')
  }
  p.keywordAttr(op.attrs, 'channel_dir', 'S2MM or MM2S')
  p.expect(',', 'after the direction')
  p.integerAttr(op.attrs, 'channel_index', 'a channel number')
  if (p.accept(',')) p.integerAttr(op.attrs, 'col', 'a column')
  p.expect(')', 'after the channel')
  p.dict(op.attrs)
}

const ports = (op: OpDraft): void => {
  const attr = op.attrs.get('port')
  if (attr?.kind !== 'int') return
  op.attrs.set('port', {
    kind: 'keyword',
    name: attr.value === 0 ? 'Produce' : 'Consume',
    at: attr.at,
  })
}

export const fifoRows: readonly OpRow[] = [
  {
    name: 'aie.objectfifo',
    doc: 'A FIFO of objects between one producer and its consumers.',
    groups: ['producer', 'consumers'],
    parse: objectFifo,
    attributes: [
      'sym_name',
      'dimensionsToStream',
      'dimensionsFromStreamPerConsumer',
      'elemNumber',
      'elemType',
      'initValues',
      'via_DMA',
      'disable_synchronization',
      'repeat_count',
      'iter_count',
      'padDimensions',
      'padValue',
      'plio',
      'aie_stream',
      'aie_stream_port',
      'prod_dma_channel',
      'cons_dma_channels',
      'consumerElemType',
    ],
  },
  {
    name: 'aie.objectfifo.link',
    doc: 'Forwards, distributes or joins objectFifos on a shared tile.',
    groups: [],
    parse: link,
    attributes: ['fifoIns', 'fifoOuts', 'src_offsets', 'dst_offsets'],
  },
  {
    name: 'aie.objectfifo.acquire',
    doc: 'Waits until so many objects are held.',
    groups: [],
    parse: acquire,
    normalise: ports,
  },
  {
    name: 'aie.objectfifo.subview.access',
    doc: 'One of the held objects, oldest first.',
    groups: ['subview'],
    parse: subviewAccess,
  },
  {
    name: 'aie.objectfifo.release',
    doc: 'Gives back the oldest held objects.',
    groups: [],
    parse: access,
    normalise: ports,
  },
  {
    name: 'aie.objectfifo.allocate',
    doc: 'Puts the buffers of an objectFifo on a given tile.',
    groups: ['tile'],
    parse: allocate,
  },
  {
    name: 'aie.shim_dma_allocation',
    doc: 'Names a DMA channel of a shim tile.',
    groups: ['tile'],
    parse: shimAllocation,
    attributes: ['sym_name', 'channel_dir', 'channel_index', 'col', 'plio', 'packet'],
    normalise: (op) => {
      const attr = op.attrs.get('channel_dir')
      if (attr?.kind !== 'int') return
      op.attrs.set('channel_dir', {
        kind: 'keyword',
        name: attr.value === 0 ? 'S2MM' : 'MM2S',
        at: attr.at,
      })
    },
  },
]
