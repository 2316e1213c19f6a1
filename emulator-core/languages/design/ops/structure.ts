/** Rows of modules, devices, tiles, buffers, locks, cores and streams. */
import { Kind } from '../syntax/lexer.ts'
import type { Parser } from '../syntax/parser.ts'
import { handle, numberOrValue, optionalRegion, port, put } from './read.ts'
import type { OpDraft, OpRow } from './row.ts'

/** Unknown words as a device: test drivers put a name there. */
function device(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.device'`)
  p.keywordAttr(op.attrs, 'device', 'the name of a device')
  p.expect(')', 'after the name of the device')
  if (p.kind === Kind.symbol) p.symbolAttr(op.attrs, 'sym_name', 'a name')
  op.regions.push(p.region())
  p.dict(op.attrs)
}

function module(p: Parser, op: OpDraft): void {
  if (p.kind === Kind.symbol) p.symbolAttr(op.attrs, 'sym_name', 'a name')
  if (p.accept('attributes')) p.dict(op.attrs)
  op.regions.push(p.region())
}

function tile(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.tile'`)
  p.integerAttr(op.attrs, 'col', 'a column')
  p.expect(',', 'after the column')
  p.integerAttr(op.attrs, 'row', 'a row')
  p.expect(')', 'after the row')
  p.dict(op.attrs)
  op.resultTypes.push(handle)
}

function logicalTile(p: Parser, op: OpDraft): void {
  p.expect('<', `after 'aie.logical_tile'`)
  p.keywordAttr(op.attrs, 'tile_type', 'a kind of tile')
  p.expect('>', 'after the kind of tile')
  p.expect('(', 'before the place of the tile')
  if (!p.accept('?')) p.integerAttr(op.attrs, 'col', `a column or '?'`)
  p.expect(',', 'after the column')
  if (!p.accept('?')) p.integerAttr(op.attrs, 'row', `a row or '?'`)
  p.expect(')', 'after the row')
  p.dict(op.attrs)
  if (p.accept(':')) p.type()
  op.resultTypes.push(handle)
}

function buffer(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.buffer'`)
  put(op, 'tile', p.operand('a tile'))
  p.expect(')', 'after the tile')
  p.dict(op.attrs)
  p.expect(':', 'before the type of the buffer')
  op.resultTypes.push(p.type())
  if (p.accept('=')) op.attrs.set('initial_value', p.attribute())
}

function externalBuffer(p: Parser, op: OpDraft): void {
  p.dict(op.attrs)
  p.expect(':', 'before the type of the buffer')
  op.resultTypes.push(p.type())
}

function lock(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.lock'`)
  put(op, 'tile', p.operand('a tile'))
  if (p.accept(',')) p.integerAttr(op.attrs, 'lockID', 'a lock number')
  p.expect(')', 'after the tile')
  p.dict(op.attrs)
  op.resultTypes.push(handle)
}

function core(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.core'`)
  put(op, 'tile', p.operand('a tile'))
  p.expect(')', 'after the tile')
  optionalRegion(p, op)
  p.dict(op.attrs)
  op.resultTypes.push(handle)
}

function flow(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.flow'`)
  put(op, 'source', p.operand('a tile'))
  p.expect(',', 'after the source tile')
  port(p, op, 'source')
  p.expect(',', 'after the source')
  put(op, 'dest', p.operand('a tile'))
  p.expect(',', 'after the destination tile')
  port(p, op, 'dest')
  p.expect(')', 'after the destination')
  p.dict(op.attrs)
}

/** `(id) { sources and destinations }` */
function packetFlow(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.packet_flow'`)
  p.integerAttr(op.attrs, 'ID', 'a packet id')
  p.expect(')', 'after the packet id')
  op.regions.push(p.region())
  p.dict(op.attrs)
}

/** `<%tile, Bundle : channel>` */
function packetEnd(p: Parser, op: OpDraft): void {
  p.expect('<', `after '${op.name}'`)
  put(op, 'tile', p.operand('a tile'))
  p.expect(',', 'after the tile')
  port(p, op, 'port')
  p.expect('>', 'after the port')
}

function useLock(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.use_lock'`)
  put(op, 'lock', p.operand('a lock'))
  p.expect(',', 'after the lock')
  p.keywordAttr(op.attrs, 'action', 'Acquire, AcquireGreaterEqual or Release')
  while (p.accept(',')) {
    if (p.kind === Kind.bare) p.keywordAttr(op.attrs, 'blocking', 'Blocking or NonBlocking')
    else numberOrValue(p, op, 'value', 'an amount')
  }
  p.expect(')', 'after the action')
  p.dict(op.attrs)
}

function end(p: Parser, op: OpDraft): void {
  p.dict(op.attrs)
}

const actions = ['Acquire', 'Release', 'AcquireGreaterEqual']

function enumeration(key: string, names: readonly string[]): (op: OpDraft) => void {
  return (op) => {
    const attr = op.attrs.get(key)
    if (attr?.kind !== 'int') return
    op.attrs.set(key, {
      kind: 'keyword',
      name: names[attr.value] ?? String(attr.value),
      at: attr.at,
    })
  }
}

const bundles = [
  'Core',
  'DMA',
  'FIFO',
  'South',
  'West',
  'North',
  'East',
  'PLIO',
  'NOC',
  'Trace',
  'TileControl',
]
const deviceNumbers: Readonly<Record<number, string>> = {
  1: 'xcvc1902',
  2: 'xcve2302',
  3: 'xcve2802',
  4: 'npu1',
  5: 'npu1_1col',
  6: 'npu1_2col',
  7: 'npu1_3col',
  8: 'npu2',
}

export const structureRows: readonly OpRow[] = [
  { name: 'builtin.module', doc: 'Holds everything of one file.', groups: [], parse: module },
  {
    name: 'aie.device',
    doc: 'One loadable configuration of an array.',
    groups: [],
    parse: device,
    normalise: (op) =>
      enumeration(
        'device',
        Array.from({ length: 16 }, (_, i) => deviceNumbers[i] ?? `npu2_${i - 8}col`),
      )(op),
  },
  {
    name: 'aie.tile',
    doc: 'The tile at a column and row; the row says its kind.',
    groups: [],
    parse: tile,
  },
  {
    name: 'aie.logical_tile',
    doc: 'A tile whose place may be left to the compiler.',
    groups: [],
    parse: logicalTile,
    normalise: enumeration('tile_type', ['CoreTile', 'MemTile', 'ShimNOCTile', 'ShimPLTile']),
  },
  {
    name: 'aie.buffer',
    doc: 'Static memory on a core or memory tile.',
    groups: ['tile'],
    parse: buffer,
    attributes: ['sym_name', 'address', 'mem_bank', 'initial_value', 'aligned'],
  },
  {
    name: 'aie.external_buffer',
    doc: 'Memory outside the array.',
    groups: [],
    parse: externalBuffer,
  },
  {
    name: 'aie.lock',
    doc: 'A counting semaphore of a tile.',
    groups: ['tile'],
    parse: lock,
    attributes: ['lockID', 'init', 'sym_name'],
  },
  { name: 'aie.core', doc: 'The program of a core tile.', groups: ['tile'], parse: core },
  { name: 'aie.end', doc: 'Ends a body.', groups: [], parse: end },
  {
    name: 'aie.flow',
    doc: 'A circuit-switched stream; one source may feed several destinations.',
    groups: ['source', 'dest'],
    parse: flow,
    normalise: (op) => {
      enumeration('source_bundle', bundles)(op)
      enumeration('dest_bundle', bundles)(op)
    },
  },
  {
    name: 'aie.packet_flow',
    doc: 'A packet-switched stream; only trace streams are passed over.',
    groups: [],
    parse: packetFlow,
  },
  {
    name: 'aie.packet_source',
    doc: 'Where the packets of a stream come from.',
    groups: ['tile'],
    parse: packetEnd,
  },
  {
    name: 'aie.packet_dest',
    doc: 'Where the packets of a stream go.',
    groups: ['tile'],
    parse: packetEnd,
  },
  {
    name: 'aie.use_lock',
    doc: 'Takes from or gives to a lock.',
    groups: ['lock', 'value'],
    parse: useLock,
    attributes: ['action', 'value', 'blocking', 'acq_en'],
    normalise: (op) => {
      enumeration('action', actions)(op)
      enumeration('blocking', ['NonBlocking', 'Blocking'])(op)
    },
  },
  {
    name: 'aie.debug',
    doc: 'Prints while simulating; does nothing here.',
    groups: ['value'],
    parse: debug,
  },
]

function debug(p: Parser, op: OpDraft): void {
  p.list('(', ')', 'in the operands', () => put(op, 'value', p.operand()))
  p.dict(op.attrs)
  if (p.accept(':')) p.type()
}
