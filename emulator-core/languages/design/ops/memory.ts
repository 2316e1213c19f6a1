/** Rows of memory: the memref dialect and affine accesses. */
import { affineExpression } from '../syntax/affine.ts'
import { Kind } from '../syntax/lexer.ts'
import type { Parser } from '../syntax/parser.ts'
import type { Affine, AffineMap, Operand, Type } from '../syntax/tree.ts'
import { indexType, unknownType } from '../syntax/tree.ts'
import { mapOperands, mixedList, put } from './read.ts'
import type { OpDraft, OpRow } from './row.ts'

function elementOf(type: Type): Type {
  return type.kind === 'memref' ? type.element : unknownType
}

/** How an access names its place within the buffer. */
type ReadPlace = (p: Parser, op: OpDraft) => void

const plainIndices: ReadPlace = (p, op) =>
  put(op, 'indices', ...p.operands('[', ']', 'in the indices'))

/** `%m[place] : type`; gives the type of an element. */
function access(p: Parser, op: OpDraft, readPlace: ReadPlace): Type {
  const memref = p.operand('a buffer')
  put(op, 'memref', memref)
  readPlace(p, op)
  p.dict(op.attrs)
  p.expect(':', 'before the type of the buffer')
  const type = p.type()
  p.typed(memref, type)
  return elementOf(type)
}

const loadFrom = (readPlace: ReadPlace) => (p: Parser, op: OpDraft) => {
  op.resultTypes.push(access(p, op, readPlace))
}

const storeTo = (readPlace: ReadPlace) => (p: Parser, op: OpDraft) => {
  const value = p.operand('the value to store')
  put(op, 'value', value)
  p.expect(',', 'after the value')
  p.typed(value, access(p, op, readPlace))
}

function subview(p: Parser, op: OpDraft): void {
  put(op, 'memref', p.operand('a buffer'))
  for (const key of ['offsets', 'sizes', 'strides']) mixedList(p, op, key)
  p.dict(op.attrs)
  viewTypes(p, op, 'to')
}

function viewTypes(p: Parser, op: OpDraft, word: string): void {
  p.expect(':', 'before the type of the buffer')
  p.typed(op.groups.get('memref')![0]!, p.type())
  p.expect(word, 'between the types')
  op.resultTypes.push(p.type())
}

/** `%m to offset: [n], sizes: [..], strides: [..] : type to type` */
function reinterpret(p: Parser, op: OpDraft): void {
  put(op, 'memref', p.operand('a buffer'))
  p.expect('to', 'after the buffer')
  for (const [word, key] of [
    ['offset', 'offsets'],
    ['sizes', 'sizes'],
    ['strides', 'strides'],
  ] as const) {
    p.expect(word, 'in the layout')
    p.expect(':', `after '${word}'`)
    mixedList(p, op, key)
    p.accept(',')
  }
  p.dict(op.attrs)
  viewTypes(p, op, 'to')
}

function memrefCast(p: Parser, op: OpDraft): void {
  put(op, 'memref', p.operand('a buffer'))
  viewTypes(p, op, 'to')
}

/** `%m [[0, 1], [2]] output_shape [..] : type into type` */
function reshape(p: Parser, op: OpDraft): void {
  put(op, 'memref', p.operand('a buffer'))
  op.attrs.set('reassociation', p.attribute())
  if (p.accept('output_shape')) mixedList(p, op, 'output_shape')
  viewTypes(p, op, 'into')
}

function copy(p: Parser, op: OpDraft): void {
  const source = p.operand('a buffer')
  p.expect(',', 'between the buffers')
  const target = p.operand('a buffer')
  put(op, 'source', source)
  put(op, 'target', target)
  p.expect(':', 'before the types')
  p.typed(source, p.type())
  p.expect('to', 'between the types')
  p.typed(target, p.type())
}

function assumeAlignment(p: Parser, op: OpDraft): void {
  const memref = p.operand('a buffer')
  put(op, 'memref', memref)
  p.expect(',', 'after the buffer')
  p.integerAttr(op.attrs, 'alignment', 'a number of bytes')
  if (!p.accept(':')) return
  const type = p.type()
  p.typed(memref, type)
  op.resultTypes.push(type)
}

function alloc(p: Parser, op: OpDraft): void {
  p.expect('(', `after '${op.name}'`)
  p.expect(')', 'because sizes must be known')
  p.dict(op.attrs)
  p.expect(':', 'before the type')
  op.resultTypes.push(p.type())
}

function dealloc(p: Parser, op: OpDraft): void {
  const memref = p.operand('a buffer')
  put(op, 'memref', memref)
  p.expect(':', 'before the type')
  p.typed(memref, p.type())
}

function dim(p: Parser, op: OpDraft): void {
  const memref = p.operand('a buffer')
  put(op, 'memref', memref)
  p.expect(',', 'after the buffer')
  const at = p.operand('the number of a dimension')
  put(op, 'index', at)
  p.typed(at, indexType)
  p.expect(':', 'before the type')
  p.typed(memref, p.type())
  op.resultTypes.push(indexType)
}

/** `"private" constant @n : type = dense<..>` */
function global(p: Parser, op: OpDraft): void {
  if (p.kind === Kind.string) p.string()
  if (p.accept('constant')) op.attrs.set('constant', { kind: 'unit', at: op.nameAt })
  p.symbolAttr(op.attrs, 'sym_name', 'a name')
  p.expect(':', 'before the type')
  op.attrs.set('type', { kind: 'type', type: p.type(), at: op.nameAt })
  if (p.accept('=')) op.attrs.set('initial_value', p.attribute())
  p.dict(op.attrs)
}

function getGlobal(p: Parser, op: OpDraft): void {
  p.symbolAttr(op.attrs, 'name', 'a global')
  p.expect(':', 'before the type')
  op.resultTypes.push(p.type())
}

/** Subscripts are expressions over values: `[%i + 1, %j * 4]`. */
function subscripts(p: Parser, op: OpDraft): void {
  const operands: Operand[] = []
  const results: Affine[] = []
  const start = p.lexer.start
  p.list('[', ']', 'in the subscripts', () => {
    results.push(
      affineExpression(p, (q) => {
        if (q.accept('symbol')) {
          q.expect('(', `after 'symbol'`)
          const inner = q.operand()
          q.expect(')', 'after the value')
          operands.push(inner)
        } else operands.push(q.operand())
        return { kind: 'dim', index: operands.length - 1 }
      }),
    )
  })
  const map: AffineMap = { dims: operands.length, symbols: 0, results }
  op.attrs.set('map', { kind: 'map', map, at: p.spanFrom(start) })
  put(op, 'indices', ...operands)
}

function affineApply(p: Parser, op: OpDraft): void {
  op.attrs.set('map', p.attribute())
  mapOperands(p, op, 'indices')
  op.resultTypes.push(indexType)
}

export const memoryRows: readonly OpRow[] = [
  {
    name: 'memref.load',
    doc: 'Reads an element.',
    groups: ['memref', 'indices'],
    parse: loadFrom(plainIndices),
  },
  {
    name: 'memref.store',
    doc: 'Writes an element.',
    groups: ['value', 'memref', 'indices'],
    parse: storeTo(plainIndices),
  },
  {
    name: 'memref.subview',
    doc: 'A part of a buffer.',
    groups: ['memref', 'offsets', 'sizes', 'strides'],
    parse: subview,
  },
  {
    name: 'memref.reinterpret_cast',
    doc: 'A buffer with another layout.',
    groups: ['memref', 'offsets', 'sizes', 'strides'],
    parse: reinterpret,
  },
  {
    name: 'memref.cast',
    doc: 'A buffer under a compatible type.',
    groups: ['memref'],
    parse: memrefCast,
  },
  {
    name: 'memref.collapse_shape',
    doc: 'A buffer with merged dimensions.',
    groups: ['memref'],
    parse: reshape,
  },
  {
    name: 'memref.expand_shape',
    doc: 'A buffer with split dimensions.',
    groups: ['memref'],
    parse: reshape,
  },
  { name: 'memref.copy', doc: 'Copies a buffer.', groups: ['source', 'target'], parse: copy },
  {
    name: 'memref.assume_alignment',
    doc: 'A promise to the compiler.',
    groups: ['memref'],
    parse: assumeAlignment,
  },
  { name: 'memref.alloca', doc: 'Memory on the stack of the core.', groups: [], parse: alloc },
  { name: 'memref.alloc', doc: 'Memory of the core for the whole run.', groups: [], parse: alloc },
  { name: 'memref.dealloc', doc: 'Gives memory back.', groups: ['memref'], parse: dealloc },
  { name: 'memref.dim', doc: 'The size of a dimension.', groups: ['memref', 'index'], parse: dim },
  { name: 'memref.global', doc: 'A table of constants or a variable.', groups: [], parse: global },
  { name: 'memref.get_global', doc: 'The buffer of a global.', groups: [], parse: getGlobal },
  {
    name: 'affine.load',
    doc: 'Reads an element.',
    groups: ['memref', 'indices'],
    parse: loadFrom(subscripts),
  },
  {
    name: 'affine.store',
    doc: 'Writes an element.',
    groups: ['value', 'memref', 'indices'],
    parse: storeTo(subscripts),
  },
  { name: 'affine.apply', doc: 'The value of a map.', groups: ['indices'], parse: affineApply },
]
