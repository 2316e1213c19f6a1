/** Rows of the host side: sequences, transfers from and to host memory, tasks, waits, direct writes. */
import { Kind } from '../syntax/lexer.ts'
import type { Parser } from '../syntax/parser.ts'
import { argumentList, direction, handle, mixedList, numberOrValue, put } from './read.ts'
import type { OpDraft, OpRow } from './row.ts'

function sequence(p: Parser, op: OpDraft): void {
  if (p.kind === Kind.symbol) p.symbolAttr(op.attrs, 'sym_name', 'the name of the sequence')
  op.regions.push(p.region(argumentList(p)))
  p.dict(op.attrs)
}

/**
 * `(%b[offsets][sizes][strides]) {attrs} : type`; before 2025 two numbers came first and only three strides were
 * written.
 */
function memcpy(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aiex.npu.dma_memcpy_nd'`)
  for (const key of ['x', 'y']) {
    if (p.kind !== Kind.integer) break
    p.integerAttr(op.attrs, key, 'a number')
    p.expect(',', 'after the number')
  }
  const buffer = p.operand('a buffer')
  put(op, 'memref', buffer)
  for (const key of ['offsets', 'sizes', 'strides']) mixedList(p, op, key)
  while (p.accept(',')) {
    const key = p.keyword('the name of an attribute')
    p.expect('=', `after '${key}'`)
    op.attrs.set(key, p.attribute())
  }
  p.expect(')', 'after the pattern')
  p.dict(op.attrs)
  p.expect(':', 'before the type of the buffer')
  p.typed(buffer, p.type())
}

/** Only attributes follow. */
function attributesOnly(p: Parser, op: OpDraft): void {
  p.dict(op.attrs)
}

/** Scalars as attributes, or as operands of these names: `(%a, %b) {attrs} : types`. */
function scalars(...names: readonly string[]): NonNullable<OpRow['parse']> {
  return (p, op) => {
    if (p.is('(')) {
      let i = 0
      p.list('(', ')', 'in the operands', () => {
        const name = names[i++] ?? p.fail(`'${op.name}' has ${names.length} operands`)
        numberOrValue(p, op, name, 'a number')
        if (p.accept(':')) p.type()
      })
    }
    p.dict(op.attrs)
    operandTypes(p)
  }
}

/** `: type, type …`, which say nothing that is not known. */
function operandTypes(p: Parser): void {
  if (!p.accept(':')) return
  do p.types()
  while (p.accept(','))
}

function rtpWrite(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aiex.npu.rtp_write'`)
  p.symbolAttr(op.attrs, 'buffer', 'a buffer')
  p.expect(',', 'after the buffer')
  numberOrValue(p, op, 'index', 'a word number')
  p.expect(',', 'after the word number')
  numberOrValue(p, op, 'value', 'a value')
  p.expect(')', 'after the value')
  p.dict(op.attrs)
  operandTypes(p)
}

/** `(%tile, DIR, ch) {descriptors} {attrs}` */
function configureTask(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aiex.dma_configure_task'`)
  put(op, 'tile', p.operand('a tile'))
  p.expect(',', 'after the tile')
  direction(p, op)
  if (p.accept(',')) op.attrs.set('packet', p.attribute())
  p.expect(')', 'after the channel')
  taskBody(p, op)
}

function configureTaskFor(p: Parser, op: OpDraft): void {
  p.symbolAttr(op.attrs, 'alloc', 'an allocation or objectFifo')
  taskBody(p, op)
}

function taskBody(p: Parser, op: OpDraft): void {
  while (p.is('repeat') || p.is('bd_id')) {
    const key = p.keyword('a word')
    numberOrValue(p, op, key === 'repeat' ? 'repeat_count' : key, 'a number')
    if (p.accept(':')) p.type()
  }
  op.regions.push(p.region())
  p.dict(op.attrs)
  op.resultTypes.push(handle)
}

function taskUse(p: Parser, op: OpDraft): void {
  p.expect('(', 'before the task')
  put(op, 'task', p.operand('a task'))
  p.expect(')', 'after the task')
  p.dict(op.attrs)
}

/** `(%data) {address} : type` */
function blockWrite(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aiex.npu.blockwrite'`)
  put(op, 'data', p.operand('the buffer of a global'))
  p.expect(')', 'after the buffer')
  p.dict(op.attrs)
  operandTypes(p)
}

function setLock(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aiex.set_lock'`)
  put(op, 'lock', p.operand('a lock'))
  p.expect(',', 'after the lock')
  numberOrValue(p, op, 'value', 'a value')
  p.expect(')', 'after the value')
  p.dict(op.attrs)
  operandTypes(p)
}

/** `(%c, %r, DIR : ch) bd_id %b repeat %n {issue_token}`, or everything as attributes. */
function pushQueue(p: Parser, op: OpDraft): void {
  if (p.accept('(')) {
    numberOrValue(p, op, 'column', 'a column')
    p.expect(',', 'after the column')
    numberOrValue(p, op, 'row', 'a row')
    p.expect(',', 'after the row')
    p.keywordAttr(op.attrs, 'direction', 'S2MM or MM2S')
    p.expect(':', 'after the direction')
    numberOrValue(p, op, 'channel', 'a channel number')
    p.expect(')', 'after the channel')
    while (p.is('bd_id') || p.is('repeat')) {
      const key = p.keyword('a word')
      numberOrValue(p, op, key === 'repeat' ? 'repeat_count' : key, 'a number')
    }
  }
  p.dict(op.attrs)
  operandTypes(p)
}

const queueKeys = ['column', 'row', 'direction', 'channel', 'bd_id', 'repeat_count', 'issue_token']

const memcpyAttributes = [
  'x',
  'y',
  'static_offsets',
  'static_sizes',
  'static_strides',
  'metadata',
  'id',
  'issue_token',
  'packet',
  'burst_length',
  'd0_zero_before',
  'd1_zero_before',
  'd2_zero_before',
  'd0_zero_after',
  'd1_zero_after',
  'd2_zero_after',
  'offset_parameter',
]

export const sequenceRows: readonly OpRow[] = [
  {
    name: 'aie.runtime_sequence',
    doc: 'What the control processor does in one run.',
    groups: [],
    parse: sequence,
  },
  {
    name: 'aiex.npu.dma_memcpy_nd',
    doc: 'Queues a transfer between host memory and a shim stream.',
    groups: ['memref', 'offsets', 'sizes', 'strides'],
    parse: memcpy,
    attributes: memcpyAttributes,
  },
  {
    name: 'aiex.npu.dma_wait',
    doc: 'Waits for one finished transfer of an allocation.',
    groups: [],
    parse: attributesOnly,
    attributes: ['symbol'],
  },
  {
    name: 'aiex.npu.sync',
    doc: 'Waits for one token from each tile of a rectangle.',
    groups: ['column', 'row', 'direction', 'channel', 'column_num', 'row_num'],
    parse: scalars('column', 'row', 'direction', 'channel', 'column_num', 'row_num'),
  },
  {
    name: 'aiex.npu.write32',
    doc: 'Writes a register.',
    groups: ['address', 'value'],
    parse: scalars('address', 'value'),
    attributes: ['address', 'value', 'column', 'row', 'buffer'],
  },
  {
    name: 'aiex.npu.maskwrite32',
    doc: 'Replaces the masked bits of a register.',
    groups: ['address', 'value', 'mask'],
    parse: scalars('address', 'value', 'mask'),
    attributes: ['address', 'value', 'mask', 'column', 'row', 'buffer'],
  },
  {
    name: 'aiex.npu.push_queue',
    doc: 'Starts a descriptor on a channel.',
    groups: ['column', 'row', 'channel', 'bd_id', 'repeat_count'],
    parse: pushQueue,
    attributes: queueKeys,
  },
  {
    name: 'aiex.npu.rtp_write',
    doc: 'Writes a word of a buffer, as a run-time parameter.',
    groups: ['index', 'value'],
    parse: rtpWrite,
    attributes: ['buffer', 'index', 'value'],
  },
  {
    name: 'aiex.set_lock',
    doc: 'Writes the value of a lock.',
    groups: ['lock', 'value'],
    parse: setLock,
  },
  {
    name: 'aiex.dma_configure_task',
    doc: 'Writes the descriptors of a task on a channel.',
    groups: ['tile', 'repeat_count', 'bd_id'],
    parse: configureTask,
    normalise: (op) => {
      const attr = op.attrs.get('channel_dir') ?? op.attrs.get('direction')
      if (attr?.kind !== 'int') return
      op.attrs.set('channel_dir', {
        kind: 'keyword',
        name: attr.value === 0 ? 'S2MM' : 'MM2S',
        at: attr.at,
      })
    },
  },
  {
    name: 'aiex.dma_configure_task_for',
    doc: 'Writes the descriptors of a task on an allocation.',
    groups: ['repeat_count', 'bd_id'],
    parse: configureTaskFor,
  },
  {
    name: 'aiex.dma_start_task',
    doc: 'Starts a configured task.',
    groups: ['task'],
    parse: taskUse,
  },
  {
    name: 'aiex.dma_await_task',
    doc: 'Waits for a task and frees its descriptors.',
    groups: ['task'],
    parse: taskUse,
  },
  {
    name: 'aiex.dma_free_task',
    doc: 'Frees the descriptors of a task without waiting.',
    groups: ['task'],
    parse: taskUse,
  },
  {
    name: 'aiex.npu.writebd',
    doc: 'Writes a descriptor, field by field, as the hardware stores it.',
    groups: [],
    parse: attributesOnly,
  },
  {
    name: 'aiex.npu.blockwrite',
    doc: 'Writes the words of a global to consecutive registers.',
    groups: ['data'],
    parse: blockWrite,
  },
  {
    name: 'aiex.npu.address_patch',
    doc: 'Adds the host address of an argument to a written descriptor.',
    groups: ['arg_plus'],
    parse: scalars('arg_plus'),
  },
  {
    name: 'aiex.npu.preempt',
    doc: 'A point where the run may be interrupted.',
    groups: [],
    parse: attributesOnly,
  },
]
