/** Rows of DMA programs: channels, chains of buffer descriptors. */
import { Kind } from '../syntax/lexer.ts'
import type { Parser } from '../syntax/parser.ts'
import { direction, dynamic, handle, i1, mixedList, numberOrValue, put } from './read.ts'
import type { OpDraft, OpRow } from './row.ts'

function program(p: Parser, op: OpDraft): void {
  p.expect('(', 'before the tile')
  put(op, 'tile', p.operand('a tile'))
  p.expect(')', 'after the tile')
  op.regions.push(p.region())
  p.dict(op.attrs)
  op.resultTypes.push(handle)
}

function dmaStart(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.dma_start'`)
  direction(p, op)
  while (p.accept(',')) {
    if (p.kind === Kind.caret) op.successors.push(p.successor())
    else keyed(p, op)
  }
  p.expect(')', 'after the blocks')
  p.dict(op.attrs)
  op.resultTypes.push(i1)
}

/** `key = number` inside parentheses. */
function keyed(p: Parser, op: OpDraft): void {
  const key = p.keyword('the name of an attribute')
  p.expect('=', `after '${key}'`)
  numberOrValue(p, op, key, 'a number')
}

function nextBd(p: Parser, op: OpDraft): void {
  op.successors.push(p.successor())
}

function dma(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.dma'`)
  direction(p, op)
  p.expect(')', 'after the channel')
  p.dict(op.attrs)
  p.list('[', ']', 'in the list of transfers', () => op.regions.push(p.region()))
  p.dict(op.attrs)
  op.resultTypes.push(i1)
}

/**
 * Two spellings of a descriptor: `(%b : type, offset, len, [dims], [pads], pad_value = n)` and
 * `(%b : type offset = n len = n sizes = [..] strides = [..] pad [..])`.
 */
function dmaBd(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.dma_bd'`)
  const buffer = p.operand('a buffer')
  put(op, 'buffer', buffer)
  p.expect(':', 'before the type of the buffer')
  p.typed(buffer, p.type())
  let position = 0
  while (!p.is(')')) {
    p.accept(',')
    if (p.is('[')) bracketList(p, op)
    else if (p.kind === Kind.bare) namedPart(p, op)
    else if (p.kind === Kind.integer || p.kind === Kind.value || p.is('-')) {
      numberOrValue(p, op, position++ === 0 ? 'offset' : 'len', 'a number')
    } else p.fail(`expected ')' after the transfer, found ${p.found()}`)
  }
  p.expect(')', 'after the transfer')
  p.dict(op.attrs)
  if (p.accept(':')) p.types()
}

function bracketList(p: Parser, op: OpDraft): void {
  const list = p.attribute()
  const first = list.kind === 'array' ? list.items[0] : undefined
  const isPad = first?.kind === 'dict' && first.entries.has('const_pad_before')
  if (isPad) op.attrs.set('pad_dimensions', list)
  else if (list.kind === 'array' && (list.items.length > 0 || !op.attrs.has('dimensions'))) {
    op.attrs.set('dimensions', list)
  }
}

function namedPart(p: Parser, op: OpDraft): void {
  const key = p.keyword('a part of the transfer')
  if (key === 'pad' && p.is('[')) return bracketList(p, op)
  p.expect('=', `after '${key}'`)
  if (key === 'sizes' || key === 'strides') return mixedList(p, op, key)
  if (p.kind === Kind.value || p.isInteger()) return numberOrValue(p, op, key, 'a number')
  op.attrs.set(key === 'pad' ? 'pad_dimensions' : key, p.attribute())
}

function dmaBdPacket(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.dma_bd_packet'`)
  p.integerAttr(op.attrs, 'packet_type', 'a packet type')
  p.expect(',', 'after the packet type')
  p.integerAttr(op.attrs, 'packet_id', 'a packet id')
  p.expect(')', 'after the packet id')
  p.dict(op.attrs)
}

/** Dynamic places of the generic form's static lists are the smallest number; nothing else differs. */
function normaliseBd(op: OpDraft): void {
  for (const key of ['offset', 'len']) {
    const list = op.attrs.get(`static_${key}`)
    if (list?.kind === 'int' && list.value !== dynamic) op.attrs.set(key, list)
  }
  const dims = op.attrs.get('dimensions')
  if (dims?.kind === 'opaque') op.attrs.delete('dimensions')
}

const directions = (op: OpDraft): void => {
  const attr = op.attrs.get('channel_dir')
  if (attr?.kind !== 'int') return
  op.attrs.set('channel_dir', {
    kind: 'keyword',
    name: attr.value === 0 ? 'S2MM' : 'MM2S',
    at: attr.at,
  })
}

const channelAttributes = [
  'channel_dir',
  'channel_index',
  'repeat_count',
  'loop',
  'sym_name',
  'pad_value',
]

export const dmaRows: readonly OpRow[] = [
  { name: 'aie.mem', doc: 'Program of the DMA of a core tile.', groups: ['tile'], parse: program },
  {
    name: 'aie.memtile_dma',
    doc: 'Program of the DMA of a memory tile.',
    groups: ['tile'],
    parse: program,
  },
  {
    name: 'aie.shim_dma',
    doc: 'Program of the DMA of a shim tile.',
    groups: ['tile'],
    parse: program,
  },
  {
    name: 'aie.dma_start',
    doc: 'Starts a channel with a chain of descriptors.',
    groups: ['value'],
    parse: dmaStart,
    attributes: channelAttributes,
    normalise: directions,
  },
  { name: 'aie.next_bd', doc: 'Names the descriptor that follows.', groups: [], parse: nextBd },
  {
    name: 'aie.dma',
    doc: 'A channel and its descriptors, one body each.',
    groups: ['value'],
    parse: dma,
    attributes: channelAttributes,
    normalise: directions,
  },
  {
    name: 'aie.dma_bd',
    doc: 'One transfer: a buffer, or a pattern of its elements.',
    groups: ['buffer', 'offset', 'len', 'sizes', 'strides'],
    parse: dmaBd,
    normalise: normaliseBd,
  },
  {
    name: 'aie.dma_bd_packet',
    doc: 'Packet header of the transfer of this block.',
    groups: [],
    parse: dmaBdPacket,
  },
]
