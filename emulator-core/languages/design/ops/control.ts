/** Rows of control flow and functions: scf, cf, affine loops, func. */
import { Kind } from '../syntax/lexer.ts'
import type { Parser } from '../syntax/parser.ts'
import type { Attr, Operand, Type, Value } from '../syntax/tree.ts'
import { indexType, unknownType } from '../syntax/tree.ts'
import { argumentList, i1, mapOperands, numberOrValue, put } from './read.ts'
import type { OpDraft, OpRow } from './row.ts'

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
  op.regions.push(
    p.region(names.map((n, i) => ({ ...n, type: type.inputs[i] ?? unknownType, index: i }))),
  )
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

/** One bound: a number, a value, or a map applied to values. */
function affineBound(p: Parser, op: OpDraft, key: string): void {
  if (p.is('min') || p.is('max')) p.advance()
  if (p.kind === Kind.value || p.isInteger()) return numberOrValue(p, op, key, 'a bound')
  op.attrs.set(`${key}_map`, p.attribute())
  mapOperands(p, op, key)
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

/** `private @f(types) -> types attributes {..}` or with names and a body. */
function func(p: Parser, op: OpDraft): void {
  if (p.accept('private') || p.accept('public'))
    op.attrs.set('visibility', { kind: 'unit', at: op.nameAt })
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
  op.attrs.set('function_type', {
    kind: 'type',
    type: { kind: 'function', inputs, results },
    at: op.nameAt,
  })
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

/** `%v -> types case 0 {..} case 1 {..} default {..}` */
function indexSwitch(p: Parser, op: OpDraft): void {
  const value = p.operand('a number')
  p.typed(value, indexType)
  put(op, 'value', value)
  p.dict(op.attrs)
  if (p.accept('->')) op.resultTypes.push(...p.types())
  const start = p.lexer.start
  const items: Attr[] = []
  while (p.accept('case')) {
    const at = p.here
    const number = p.integer('a number')
    items.push({ kind: 'int', value: number, low: number | 0, at })
    op.regions.push(p.region())
  }
  p.expect('default', 'behind the cases')
  op.regions.push(p.region())
  op.attrs.set('cases', { kind: 'array', items, at: p.spanFrom(start) })
}

const args = ['args']

export const controlRows: readonly OpRow[] = [
  {
    name: 'scf.index_switch',
    doc: 'One of several bodies, by number.',
    groups: ['value'],
    parse: indexSwitch,
  },
  { name: 'scf.for', doc: 'A counted loop.', groups: ['bounds', 'inits'], parse: scfFor },
  { name: 'scf.if', doc: 'One of two bodies.', groups: ['condition'], parse: scfIf },
  { name: 'scf.while', doc: 'A loop with a condition.', groups: ['inits'], parse: scfWhile },
  {
    name: 'scf.condition',
    doc: 'Goes on with the loop or leaves it.',
    groups: ['condition', 'args'],
    parse: scfCondition,
  },
  { name: 'scf.yield', doc: 'Values of a body.', groups: args, parse: yielded },
  { name: 'cf.br', doc: 'Goes to a block.', groups: [], parse: branch },
  {
    name: 'cf.cond_br',
    doc: 'Goes to one of two blocks.',
    groups: ['condition'],
    parse: conditionalBranch,
  },
  {
    name: 'affine.for',
    doc: 'A counted loop.',
    groups: ['lower', 'upper', 'inits'],
    parse: affineFor,
  },
  { name: 'affine.yield', doc: 'Values of a body.', groups: args, parse: yielded },
  {
    name: 'func.func',
    doc: 'A function, or the declaration of an external kernel.',
    groups: [],
    parse: func,
  },
  { name: 'func.call', doc: 'Calls a function.', groups: args, parse: call },
  { name: 'func.return', doc: 'Leaves a function.', groups: args, parse: yielded },
  { name: 'aie.event', doc: 'A user event in the trace.', groups: [], parse: event },
]
