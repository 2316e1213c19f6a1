/** Rows of what cores execute: arith, scf, cf, memref, affine, func. */
import { affineExpression } from '../syntax/affine.ts'
import { Kind } from '../syntax/lexer.ts'
import type { Parser } from '../syntax/parser.ts'
import type { Affine, AffineMap, Operand, Type, Value } from '../syntax/tree.ts'
import { indexType, intType, unknownType } from '../syntax/tree.ts'
import { argumentList, i1, mixedList, numberOrValue, put } from './read.ts'
import type { OpDraft, OpRow } from './row.ts'

/** `%a, %b : type`; flags as `overflow<nsw>` are read over. */
function sameTypes(count: number): NonNullable<OpRow['parse']> {
  return (p, op) => {
    const list: Operand[] = []
    do list.push(p.operand())
    while (p.accept(','))
    if (list.length !== count) p.fail(`'${op.name}' has ${count} operands, found ${list.length}`)
    flags(p)
    p.dict(op.attrs)
    p.expect(':', 'before the type')
    const type = p.type()
    for (const o of list) p.typed(o, type)
    put(op, 'args', ...list)
    op.resultTypes.push(type)
  }
}

function flags(p: Parser): void {
  while (p.is('overflow') || p.is('fastmath') || p.is('exact')) {
    p.advance()
    if (p.is('<')) {
      while (!p.accept('>')) {
        if (p.kind === Kind.end) p.fail(`expected '>', found the end of the file`)
        p.advance()
      }
    }
  }
}

/** `predicate, %a, %b : type` */
function comparison(p: Parser, op: OpDraft): void {
  p.keywordAttr(op.attrs, 'predicate', 'a comparison')
  p.expect(',', 'after the comparison')
  sameTypes(2)(p, op)
  op.resultTypes[0] = i1
}

const integerPredicates = ['eq', 'ne', 'slt', 'sle', 'sgt', 'sge', 'ult', 'ule', 'ugt', 'uge']
const floatPredicates = [
  'false', 'oeq', 'ogt', 'oge', 'olt', 'ole', 'one', 'ord', 'ueq', 'ugt', 'uge', 'ult', 'ule', 'une', 'uno', 'true',
]

function predicates(names: readonly string[]): (op: OpDraft) => void {
  return (op) => {
    const attr = op.attrs.get('predicate')
    if (attr?.kind !== 'int') return
    op.attrs.set('predicate', { kind: 'keyword', name: names[attr.value] ?? '', at: attr.at })
  }
}

function select(p: Parser, op: OpDraft): void {
  const list = [p.operand()]
  p.expect(',', 'after the condition')
  list.push(p.operand())
  p.expect(',', 'between the choices')
  list.push(p.operand())
  p.dict(op.attrs)
  p.expect(':', 'before the type')
  let type = p.type()
  if (p.accept(',')) type = p.type()
  p.typed(list[0]!, i1)
  p.typed(list[1]!, type)
  p.typed(list[2]!, type)
  put(op, 'args', ...list)
  op.resultTypes.push(type)
}

/** `%a : type to type` */
function conversion(word: string): NonNullable<OpRow['parse']> {
  return (p, op) => {
    const a = p.operand()
    put(op, 'args', a)
    flags(p)
    p.dict(op.attrs)
    p.expect(':', 'before the type')
    p.typed(a, p.type())
    p.expect(word, 'between the types')
    op.resultTypes.push(p.type())
  }
}

function constant(p: Parser, op: OpDraft): void {
  p.dict(op.attrs)
  const attr = p.attribute()
  op.attrs.set('value', attr)
  if (attr.kind === 'bool') op.resultTypes.push(i1)
  else if ('type' in attr && attr.type) op.resultTypes.push(attr.type)
  else op.resultTypes.push(attr.kind === 'float' ? { kind: 'float', name: 'f64' } : intType(64))
}

/** `%i = %a to %b step %c iter_args(%x = %y) -> (types) : type {` */
function scfFor(p: Parser, op: OpDraft): void {
  p.accept('unsigned')
  const at = p.here
  if (p.kind !== Kind.value) p.fail(`expected the loop variable, found ${p.found()}`)
  const name = p.lexer.word
  p.advance()
  p.expect('=', 'after the loop variable')
  const bounds = [p.operand('the first value')]
  p.expect('to', 'between the bounds')
  bounds.push(p.operand('the bound'))
  p.expect('step', 'after the bound')
  bounds.push(p.operand('the step'))
  const args = iterationArguments(p, op)
  const type = p.accept(':') ? p.type() : indexType
  for (const b of bounds) p.typed(b, type)
  put(op, 'bounds', ...bounds)
  const variable: Value = { name, at, type, index: 0 }
  op.regions.push(p.region([variable, ...args]))
  p.dict(op.attrs)
}

/** `iter_args(%x = %y, ...) -> (types)`: results take the types. */
function iterationArguments(p: Parser, op: OpDraft): Value[] {
  const args: { name: string; at: Value['at'] }[] = []
  if (!p.accept('iter_args')) return []
  const inits: Operand[] = []
  p.list('(', ')', 'in the loop-carried values', () => {
    if (p.kind !== Kind.value) p.fail(`expected a name, found ${p.found()}`)
    args.push({ name: p.lexer.word, at: p.here })
    p.advance()
    p.expect('=', 'after the name')
    inits.push(p.operand())
  })
  p.expect('->', 'before the types of the results')
  const types = p.types()
  inits.forEach((o, i) => p.typed(o, types[i] ?? unknownType))
  put(op, 'inits', ...inits)
  op.resultTypes.push(...types)
  return args.map((a, i) => ({ ...a, type: types[i] ?? unknownType, index: i + 1 }))
}

function scfIf(p: Parser, op: OpDraft): void {
  const condition = p.operand('a condition')
  p.typed(condition, i1)
  put(op, 'condition', condition)
  if (p.accept('->')) op.resultTypes.push(...p.types())
  op.regions.push(p.region())
  if (p.accept('else')) op.regions.push(p.region())
  p.dict(op.attrs)
}

/** `(%a = %init) : (types) -> (types) { before } do { after }` */
function scfWhile(p: Parser, op: OpDraft): void {
  const names: { name: string; at: Value['at'] }[] = []
  const inits: Operand[] = []
  if (p.is('(')) {
    p.list('(', ')', 'in the loop-carried values', () => {
      if (p.kind !== Kind.value) p.fail(`expected a name, found ${p.found()}`)
      names.push({ name: p.lexer.word, at: p.here })
      p.advance()
      p.expect('=', 'after the name')
      inits.push(p.operand())
    })
  }
  p.expect(':', 'before the types of the loop')
  const type = p.type()
  if (type.kind !== 'function') return p.fail('the type of a loop is (values) -> (results)')
  inits.forEach((o, i) => p.typed(o, type.inputs[i] ?? unknownType))
  put(op, 'inits', ...inits)
  op.resultTypes.push(...type.results)
  op.regions.push(p.region(names.map((n, i) => ({ ...n, type: type.inputs[i] ?? unknownType, index: i }))))
  p.expect('do', 'before the body of the loop')
  op.regions.push(p.region())
  p.dict(op.attrs)
}

/** `%a, %b : types`, or nothing. */
function yielded(p: Parser, op: OpDraft): void {
  p.dict(op.attrs)
  if (p.kind !== Kind.value || p.lexer.newline) return
  operandsWithTypes(p, op, 'args')
}

function operandsWithTypes(p: Parser, op: OpDraft, group: string): void {
  const list: Operand[] = []
  do list.push(p.operand())
  while (p.accept(','))
  p.dict(op.attrs)
  p.expect(':', 'before the types')
  let i = 0
  do {
    const type = p.type()
    if (list[i]) p.typed(list[i++]!, type)
  } while (p.accept(','))
  put(op, group, ...list)
}

/** `(%c) %a, %b : types` */
function scfCondition(p: Parser, op: OpDraft): void {
  p.expect('(', 'before the condition')
  const condition = p.operand('a condition')
  p.typed(condition, i1)
  put(op, 'condition', condition)
  p.expect(')', 'after the condition')
  yielded(p, op)
}

function branch(p: Parser, op: OpDraft): void {
  op.successors.push(p.successor())
  p.dict(op.attrs)
}

function conditionalBranch(p: Parser, op: OpDraft): void {
  const condition = p.operand('a condition')
  p.typed(condition, i1)
  put(op, 'condition', condition)
  p.expect(',', 'after the condition')
  op.successors.push(p.successor())
  p.expect(',', 'between the blocks')
  op.successors.push(p.successor())
  p.dict(op.attrs)
}

function elementOf(type: Type): Type {
  return type.kind === 'memref' ? type.element : unknownType
}

/** `%m[%i, %j] : type` */
function load(p: Parser, op: OpDraft): void {
  const memref = p.operand('a buffer')
  put(op, 'memref', memref)
  put(op, 'indices', ...p.operands('[', ']', 'in the indices'))
  p.dict(op.attrs)
  p.expect(':', 'before the type of the buffer')
  const type = p.type()
  p.typed(memref, type)
  op.resultTypes.push(elementOf(type))
}

function store(p: Parser, op: OpDraft): void {
  const value = p.operand('the value to store')
  put(op, 'value', value)
  p.expect(',', 'after the value')
  const memref = p.operand('a buffer')
  put(op, 'memref', memref)
  put(op, 'indices', ...p.operands('[', ']', 'in the indices'))
  p.dict(op.attrs)
  p.expect(':', 'before the type of the buffer')
  const type = p.type()
  p.typed(memref, type)
  p.typed(value, elementOf(type))
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
  for (const [word, key] of [['offset', 'offsets'], ['sizes', 'sizes'], ['strides', 'strides']] as const) {
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

/** One bound: a number, a value, or a map applied to values. */
function affineBound(p: Parser, op: OpDraft, key: string): void {
  if (p.is('min') || p.is('max')) p.advance()
  if (p.kind === Kind.value || p.isInteger()) return numberOrValue(p, op, key, 'a bound')
  op.attrs.set(`${key}_map`, p.attribute())
  mapOperands(p, op, key)
}

/** `(%a, %b)[%s]` */
function mapOperands(p: Parser, op: OpDraft, group: string): void {
  put(op, group, ...p.operands('(', ')', 'in the operands of the map'))
  if (p.is('[')) put(op, group, ...p.operands('[', ']', 'in the symbols of the map'))
}

function affineFor(p: Parser, op: OpDraft): void {
  const at = p.here
  if (p.kind !== Kind.value) p.fail(`expected the loop variable, found ${p.found()}`)
  const name = p.lexer.word
  p.advance()
  p.expect('=', 'after the loop variable')
  affineBound(p, op, 'lower')
  p.expect('to', 'between the bounds')
  affineBound(p, op, 'upper')
  if (p.accept('step')) p.integerAttr(op.attrs, 'step', 'a step')
  const args = iterationArguments(p, op)
  op.regions.push(p.region([{ name, at, type: indexType, index: 0 }, ...args]))
  p.dict(op.attrs)
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

function affineLoad(p: Parser, op: OpDraft): void {
  const memref = p.operand('a buffer')
  put(op, 'memref', memref)
  subscripts(p, op)
  p.dict(op.attrs)
  p.expect(':', 'before the type of the buffer')
  const type = p.type()
  p.typed(memref, type)
  op.resultTypes.push(elementOf(type))
}

function affineStore(p: Parser, op: OpDraft): void {
  const value = p.operand('the value to store')
  put(op, 'value', value)
  p.expect(',', 'after the value')
  const memref = p.operand('a buffer')
  put(op, 'memref', memref)
  subscripts(p, op)
  p.dict(op.attrs)
  p.expect(':', 'before the type of the buffer')
  const type = p.type()
  p.typed(memref, type)
  p.typed(value, elementOf(type))
}

function affineApply(p: Parser, op: OpDraft): void {
  op.attrs.set('map', p.attribute())
  mapOperands(p, op, 'indices')
  op.resultTypes.push(indexType)
}

/** `private @f(types) -> types attributes {..}` or with names and a body. */
function func(p: Parser, op: OpDraft): void {
  if (p.accept('private') || p.accept('public')) op.attrs.set('visibility', { kind: 'unit', at: op.nameAt })
  p.symbolAttr(op.attrs, 'sym_name', 'the name of the function')
  const inputs: Type[] = []
  let args: Value[] = []
  p.expect('(', 'after the name')
  if (p.kind === Kind.value) {
    p.lexer.seek(p.lastEnd - 1)
    args = argumentList(p)
    inputs.push(...args.map((a) => a.type))
  } else if (!p.accept(')')) {
    do {
      inputs.push(p.type())
      p.dict(new Map())
    } while (p.accept(','))
    p.expect(')', 'after the types')
  }
  const results = p.accept('->') ? p.types() : []
  op.attrs.set('function_type', { kind: 'type', type: { kind: 'function', inputs, results }, at: op.nameAt })
  if (p.accept('attributes')) p.dict(op.attrs)
  if (p.is('{')) op.regions.push(p.region(args))
}

/** `@f(%a, %b) : (types) -> types` */
function call(p: Parser, op: OpDraft): void {
  p.symbolAttr(op.attrs, 'callee', 'a function')
  const args = p.operands('(', ')', 'in the arguments')
  put(op, 'args', ...args)
  p.dict(op.attrs)
  p.expect(':', 'before the type of the call')
  const type = p.type()
  if (type.kind !== 'function') return p.fail('the type of a call is (arguments) -> results')
  args.forEach((a, i) => p.typed(a, type.inputs[i] ?? unknownType))
  op.resultTypes.push(...type.results)
}

function event(p: Parser, op: OpDraft): void {
  p.expect('(', `after 'aie.event'`)
  p.integerAttr(op.attrs, 'val', '0 or 1')
  p.expect(')', 'after the number')
  p.dict(op.attrs)
}

const binary = [
  'addi', 'subi', 'muli', 'divsi', 'divui', 'remsi', 'remui', 'ceildivsi', 'ceildivui', 'floordivsi', 'andi', 'ori', 'xori', 'shli', 'shrsi',
  'shrui', 'maxsi', 'maxui', 'minsi', 'minui', 'addf', 'subf', 'mulf', 'divf', 'maximumf', 'minimumf', 'maxnumf',
  'minnumf',
]
const conversions = [
  'extsi', 'extui', 'trunci', 'extf', 'truncf', 'sitofp', 'uitofp', 'fptosi', 'fptoui', 'index_cast', 'index_castui',
  'bitcast',
]

const args = ['args']

export const coreRows: readonly OpRow[] = [
  { name: 'arith.constant', doc: 'A number.', groups: [], parse: constant },
  ...binary.map((n) => ({ name: `arith.${n}`, doc: `Arithmetic of two values: ${n}.`, groups: args, parse: sameTypes(2) })),
  { name: 'arith.negf', doc: 'The negative of a float.', groups: args, parse: sameTypes(1) },
  { name: 'arith.cmpi', doc: 'Compares integers.', groups: args, parse: comparison, normalise: predicates(integerPredicates) },
  { name: 'arith.cmpf', doc: 'Compares floats.', groups: args, parse: comparison, normalise: predicates(floatPredicates) },
  { name: 'arith.select', doc: 'One of two values.', groups: args, parse: select },
  ...conversions.map((n) => ({
    name: `arith.${n}`, doc: `Converts a value: ${n}.`, groups: args, parse: conversion('to'),
  })),
  { name: 'scf.for', doc: 'A counted loop.', groups: ['bounds', 'inits'], parse: scfFor },
  { name: 'scf.if', doc: 'One of two bodies.', groups: ['condition'], parse: scfIf },
  { name: 'scf.while', doc: 'A loop with a condition.', groups: ['inits'], parse: scfWhile },
  { name: 'scf.condition', doc: 'Goes on with the loop or leaves it.', groups: ['condition', 'args'], parse: scfCondition },
  { name: 'scf.yield', doc: 'Values of a body.', groups: args, parse: yielded },
  { name: 'cf.br', doc: 'Goes to a block.', groups: [], parse: branch },
  { name: 'cf.cond_br', doc: 'Goes to one of two blocks.', groups: ['condition'], parse: conditionalBranch },
  { name: 'memref.load', doc: 'Reads an element.', groups: ['memref', 'indices'], parse: load },
  { name: 'memref.store', doc: 'Writes an element.', groups: ['value', 'memref', 'indices'], parse: store },
  { name: 'memref.subview', doc: 'A part of a buffer.', groups: ['memref', 'offsets', 'sizes', 'strides'], parse: subview },
  {
    name: 'memref.reinterpret_cast', doc: 'A buffer with another layout.',
    groups: ['memref', 'offsets', 'sizes', 'strides'], parse: reinterpret,
  },
  { name: 'memref.cast', doc: 'A buffer under a compatible type.', groups: ['memref'], parse: memrefCast },
  { name: 'memref.collapse_shape', doc: 'A buffer with merged dimensions.', groups: ['memref'], parse: reshape },
  { name: 'memref.expand_shape', doc: 'A buffer with split dimensions.', groups: ['memref'], parse: reshape },
  { name: 'memref.copy', doc: 'Copies a buffer.', groups: ['source', 'target'], parse: copy },
  { name: 'memref.assume_alignment', doc: 'A promise to the compiler.', groups: ['memref'], parse: assumeAlignment },
  { name: 'memref.alloca', doc: 'Memory on the stack of the core.', groups: [], parse: alloc },
  { name: 'memref.alloc', doc: 'Memory of the core for the whole run.', groups: [], parse: alloc },
  { name: 'memref.dealloc', doc: 'Gives memory back.', groups: ['memref'], parse: dealloc },
  { name: 'memref.dim', doc: 'The size of a dimension.', groups: ['memref', 'index'], parse: dim },
  { name: 'memref.global', doc: 'A table of constants or a variable.', groups: [], parse: global },
  { name: 'memref.get_global', doc: 'The buffer of a global.', groups: [], parse: getGlobal },
  { name: 'affine.for', doc: 'A counted loop.', groups: ['lower', 'upper', 'inits'], parse: affineFor },
  { name: 'affine.load', doc: 'Reads an element.', groups: ['memref', 'indices'], parse: affineLoad },
  { name: 'affine.store', doc: 'Writes an element.', groups: ['value', 'memref', 'indices'], parse: affineStore },
  { name: 'affine.apply', doc: 'The value of a map.', groups: ['indices'], parse: affineApply },
  { name: 'affine.yield', doc: 'Values of a body.', groups: args, parse: yielded },
  { name: 'func.func', doc: 'A function, or the declaration of an external kernel.', groups: [], parse: func },
  { name: 'func.call', doc: 'Calls a function.', groups: args, parse: call },
  { name: 'func.return', doc: 'Leaves a function.', groups: args, parse: yielded },
  { name: 'aie.event', doc: 'A user event in the trace.', groups: [], parse: event },
]
