/** Rows of arithmetic: the arith and index dialects. */
import type { Parser } from '../syntax/parser.ts'
import { Kind } from '../syntax/lexer.ts'
import type { Operand } from '../syntax/tree.ts'
import { indexType, intType } from '../syntax/tree.ts'
import { i1, put } from './read.ts'
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
  'false',
  'oeq',
  'ogt',
  'oge',
  'olt',
  'ole',
  'one',
  'ord',
  'ueq',
  'ugt',
  'uge',
  'ult',
  'ule',
  'une',
  'uno',
  'true',
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

/** `%a, %b` of the index dialect. */
function indexBinary(p: Parser, op: OpDraft): void {
  const a = p.operand()
  p.expect(',', 'between the operands')
  const b = p.operand()
  p.typed(a, indexType)
  p.typed(b, indexType)
  put(op, 'args', a, b)
  p.dict(op.attrs)
  op.resultTypes.push(indexType)
}

/** `eq(%a, %b)` */
function indexCompare(p: Parser, op: OpDraft): void {
  p.keywordAttr(op.attrs, 'predicate', 'a comparison')
  put(op, 'args', ...p.operands('(', ')', 'in the operands'))
  p.dict(op.attrs)
  op.resultTypes.push(i1)
}

function indexConstant(p: Parser, op: OpDraft): void {
  op.attrs.set('value', p.attribute())
  p.dict(op.attrs)
  op.resultTypes.push(indexType)
}

const indexOps = [
  'add',
  'sub',
  'mul',
  'divs',
  'divu',
  'rems',
  'remu',
  'ceildivs',
  'ceildivu',
  'floordivs',
  'maxs',
  'maxu',
  'mins',
  'minu',
  'and',
  'or',
  'xor',
  'shl',
  'shrs',
  'shru',
]

const binary = [
  'addi',
  'subi',
  'muli',
  'divsi',
  'divui',
  'remsi',
  'remui',
  'ceildivsi',
  'ceildivui',
  'floordivsi',
  'andi',
  'ori',
  'xori',
  'shli',
  'shrsi',
  'shrui',
  'maxsi',
  'maxui',
  'minsi',
  'minui',
  'addf',
  'subf',
  'mulf',
  'divf',
  'maximumf',
  'minimumf',
  'maxnumf',
  'minnumf',
]
const conversions = [
  'extsi',
  'extui',
  'trunci',
  'extf',
  'truncf',
  'sitofp',
  'uitofp',
  'fptosi',
  'fptoui',
  'index_cast',
  'index_castui',
  'bitcast',
]

const args = ['args']

export const arithRows: readonly OpRow[] = [
  { name: 'arith.constant', doc: 'A number.', groups: [], parse: constant },
  ...binary.map((n) => ({
    name: `arith.${n}`,
    doc: `Arithmetic of two values: ${n}.`,
    groups: args,
    parse: sameTypes(2),
  })),
  { name: 'arith.negf', doc: 'The negative of a float.', groups: args, parse: sameTypes(1) },
  {
    name: 'arith.cmpi',
    doc: 'Compares integers.',
    groups: args,
    parse: comparison,
    normalise: predicates(integerPredicates),
  },
  {
    name: 'arith.cmpf',
    doc: 'Compares floats.',
    groups: args,
    parse: comparison,
    normalise: predicates(floatPredicates),
  },
  { name: 'arith.select', doc: 'One of two values.', groups: args, parse: select },
  ...conversions.map((n) => ({
    name: `arith.${n}`,
    doc: `Converts a value: ${n}.`,
    groups: args,
    parse: conversion('to'),
  })),
  { name: 'index.constant', doc: 'A number.', groups: [], parse: indexConstant },
  ...indexOps.map((n) => ({
    name: `index.${n}`,
    doc: `Arithmetic of two indices: ${n}.`,
    groups: args,
    parse: indexBinary,
  })),
  { name: 'index.cmp', doc: 'Compares indices.', groups: args, parse: indexCompare },
  {
    name: 'index.casts',
    doc: 'Converts between index and integer, with sign.',
    groups: args,
    parse: conversion('to'),
  },
  {
    name: 'index.castu',
    doc: 'Converts between index and integer, without sign.',
    groups: args,
    parse: conversion('to'),
  },
]
