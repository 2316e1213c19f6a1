/** Arithmetic of cores: integers wrap at their width, unsigned operations go through unsigned registers. */
import type { Operand, OpName, Relation, ScalarKind } from '../../codegen/ir.ts'
import { scalar } from '../../codegen/ir.ts'
import { bf16Bits, f32Bits } from '../elaborate/bytes.ts'
import { operandsOf, textOf } from '../ops/read.ts'
import type { Op } from '../syntax/tree.ts'
import { typeText } from '../syntax/tree.ts'
import { scalarKind, signedKind, unsignedKind } from './builder.ts'
import type { Body } from './context.ts'
import { bindResult, refuse, scalarOf } from './context.ts'

const plain: Readonly<Record<string, OpName>> = {
  addi: 'add',
  subi: 'sub',
  muli: 'mul',
  andi: 'and',
  ori: 'or',
  xori: 'xor',
  shli: 'shl',
  addf: 'add',
  subf: 'sub',
  mulf: 'mul',
  divf: 'div',
  maximumf: 'max',
  minimumf: 'min',
  maxnumf: 'max',
  minnumf: 'min',
  negf: 'neg',
}
const signed: Readonly<Record<string, OpName>> = {
  divsi: 'div',
  remsi: 'rem',
  shrsi: 'shr',
  maxsi: 'max',
  minsi: 'min',
}
const unsigned: Readonly<Record<string, OpName>> = {
  divui: 'div',
  remui: 'rem',
  shrui: 'shr',
  maxui: 'max',
  minui: 'min',
}
const integerRelations: Readonly<Record<string, Relation>> = {
  eq: 'eq',
  ne: 'ne',
  slt: 'lt',
  sle: 'le',
  sgt: 'gt',
  sge: 'ge',
  ult: 'lt',
  ule: 'le',
  ugt: 'gt',
  uge: 'ge',
}
/** Float comparisons that hold for ordered numbers only; the unordered ones are negations of these. */
const orderedRelations: Readonly<Record<string, Relation>> = {
  oeq: 'eq',
  olt: 'lt',
  ole: 'le',
  ogt: 'gt',
  oge: 'ge',
  une: 'ne',
}
const negatedRelations: Readonly<Record<string, Relation>> = {
  ult: 'ge',
  ule: 'gt',
  ugt: 'le',
  uge: 'lt',
}

/** Emits an `arith` operation; false when its name is none. */
export function arithmetic(body: Body, op: Op): boolean {
  const name = arithName(op)
  if (name === undefined) return false
  const type = op.resultTypes[0] && scalarKind(op.resultTypes[0])
  if (!type) {
    const word = op.resultTypes[0] ? typeText(op.resultTypes[0]) : 'nothing'
    refuse(body, 'CoreOpUnsupported', op.nameAt, `a core has no scalar of type ${word} here`)
    return true
  }
  if (name === 'constant') constant(body, op, type)
  else if (name === 'select') select(body, op, type)
  else if (name === 'cmpi' || name === 'cmpf') compare(body, op, name === 'cmpf')
  else if (name === 'ceildivsi' || name === 'floordivsi') roundedDivision(body, op, name, type)
  else if (name === 'ceildivui') roundedDivision(body, op, name, type)
  else if (plain[name] ?? signed[name] ?? unsigned[name]) binary(body, op, name, type)
  else conversion(body, op, name, type)
  return true
}

/** Operations of the index dialect by the names of arith. */
const indexNames: Readonly<Record<string, string>> = {
  constant: 'constant',
  add: 'addi',
  sub: 'subi',
  mul: 'muli',
  divs: 'divsi',
  divu: 'divui',
  rems: 'remsi',
  remu: 'remui',
  ceildivs: 'ceildivsi',
  ceildivu: 'ceildivui',
  floordivs: 'floordivsi',
  maxs: 'maxsi',
  maxu: 'maxui',
  mins: 'minsi',
  minu: 'minui',
  and: 'andi',
  or: 'ori',
  xor: 'xori',
  shl: 'shli',
  shrs: 'shrsi',
  shru: 'shrui',
  cmp: 'cmpi',
  casts: 'index_cast',
  castu: 'index_castui',
}

function arithName(op: Op): string | undefined {
  if (op.name.startsWith('arith.')) return op.name.slice(6)
  return op.name.startsWith('index.') ? indexNames[op.name.slice(6)] : undefined
}

function put(body: Body, op: Op, operand: Operand, type: ScalarKind): void {
  bindResult(body, op, { kind: 'scalar', operand, type })
}

function constant(body: Body, op: Op, type: ScalarKind): void {
  const attr = op.attrs.get('value')
  if (attr?.kind === 'float') {
    put(body, op, { imm: type === 'bf16' ? bf16Bits(attr.value) : f32Bits(attr.value) | 0 }, type)
    return
  }
  if (attr?.kind === 'bool') return put(body, op, { imm: Number(attr.value) }, type)
  if (attr?.kind !== 'int') {
    refuse(body, 'CoreOpUnsupported', op.nameAt, 'a core has scalar constants only')
    return
  }
  if (type === 'f32' || type === 'bf16') return put(body, op, { imm: attr.low }, type)
  if (type === 'i64' || type === 'u64') return put(body, op, { imm: attr.value }, type)
  put(body, op, { imm: wrap(attr.low, type) }, type)
}

/** A number cut to the width of an integer type of at most 32 bits. */
export function wrap(value: number, type: ScalarKind): number {
  switch (type) {
    case 'i1':
      return value & 1
    case 'i8':
      return (value << 24) >> 24
    case 'u8':
      return value & 0xff
    case 'i16':
      return (value << 16) >> 16
    case 'u16':
      return value & 0xffff
    case 'u32':
      return value >>> 0
    default:
      return value | 0
  }
}

function binary(body: Body, op: Op, name: string, type: ScalarKind): void {
  const args = operandsOf(op, 'args').map((a) => scalarOf(body, a).operand)
  const { f } = body
  const folded = foldable(name, type, args)
  if (folded !== undefined) return put(body, op, { imm: folded }, type)
  const code = plain[name]
  if (code) return put(body, op, f.emit(code, type, args, op.at), type)
  const kind = unsigned[name] ? unsignedKind(type) : signedKind(type)
  const inside = args.map((a) => f.convert(a, type, kind, op.at))
  const result = f.emit((unsigned[name] ?? signed[name])!, kind, inside, op.at)
  put(body, op, f.convert(result, kind, type, op.at), type)
}

/** Sums and products of constants, which addresses are made of. */
function foldable(name: string, type: ScalarKind, args: readonly Operand[]): number | undefined {
  const [a, b] = args
  if (type !== 'i32' || !a || !b || !('imm' in a) || !('imm' in b)) return undefined
  if (name === 'addi') return (a.imm + b.imm) | 0
  if (name === 'subi') return (a.imm - b.imm) | 0
  return name === 'muli' ? Math.imul(a.imm, b.imm) : undefined
}

/** Division that rounds down or up. */
function roundedDivision(body: Body, op: Op, name: string, type: ScalarKind): void {
  const { f } = body
  const kind = name === 'ceildivui' ? unsignedKind(type) : signedKind(type)
  const [a, b] = operandsOf(op, 'args').map((x) =>
    f.convert(scalarOf(body, x).operand, type, kind, op.at),
  )
  const result = divideRounded(body, kind, a!, b!, name === 'floordivsi', op)
  put(body, op, f.convert(result, kind, type, op.at), type)
}

/** Quotient rounded down (`floor`) or up. */
export function divideRounded(
  body: Body,
  kind: ScalarKind,
  a: Operand,
  b: Operand,
  floor: boolean,
  op: Op,
): Operand {
  const { f } = body
  const quotient = f.emit('div', kind, [a, b], op.at)
  const rest = f.emit('sub', kind, [a, f.emit('mul', kind, [quotient, b], op.at)], op.at)
  const inexact = f.compare('ne', kind, rest, { imm: 0 }, op.at)
  const mixed = f.emit('xor', kind, [rest, b], op.at)
  const differs = f.compare(floor ? 'lt' : 'ge', kind, mixed, { imm: 0 }, op.at)
  const both = f.emit('and', 'i1', [inexact, differs], op.at)
  const moved = f.emit(floor ? 'sub' : 'add', kind, [quotient, { imm: 1 }], op.at)
  return f.emit('select', kind, [both, moved, quotient], op.at)
}

function select(body: Body, op: Op, type: ScalarKind): void {
  const args = operandsOf(op, 'args').map((a) => scalarOf(body, a).operand)
  put(body, op, body.f.emit('select', type, args, op.at), type)
}

function compare(body: Body, op: Op, isFloat: boolean): void {
  const { f } = body
  const [a, b] = operandsOf(op, 'args').map((x) => scalarOf(body, x))
  const word = textOf(op, 'predicate') ?? ''
  if (!a || !b) return
  if (!isFloat) {
    const relation = integerRelations[word]
    if (!relation)
      return void refuse(body, 'SyntaxError', op.nameAt, `there is no comparison '${word}'`)
    const kind = word[0] === 'u' ? unsignedKind(a.type) : signedKind(a.type)
    const [x, y] = [a, b].map((s) => f.convert(s.operand, s.type, kind, op.at))
    return put(body, op, f.compare(relation, kind, x!, y!, op.at), 'i1')
  }
  const result = compareFloats(body, op, word, a, b)
  if (result) put(body, op, result, 'i1')
  else refuse(body, 'SyntaxError', op.nameAt, `there is no comparison '${word}'`)
}

function compareFloats(
  body: Body,
  op: Op,
  word: string,
  a: { operand: Operand; type: ScalarKind },
  b: { operand: Operand; type: ScalarKind },
): Operand | undefined {
  const { f } = body
  const test = (relation: Relation, x: Operand, y: Operand) =>
    f.compare(relation, a.type, x, y, op.at)
  const not = (x: Operand) => f.emit('xor', 'i1', [x, { imm: 1 }], op.at)
  const [x, y] = [a.operand, b.operand]
  if (word === 'true' || word === 'false') return { imm: Number(word === 'true') }
  if (orderedRelations[word]) return test(orderedRelations[word], x, y)
  if (negatedRelations[word]) return not(test(negatedRelations[word], x, y))
  const ordered = () => f.emit('and', 'i1', [test('eq', x, x), test('eq', y, y)], op.at)
  const unequal = () => f.emit('or', 'i1', [test('lt', x, y), test('gt', x, y)], op.at)
  if (word === 'ord') return ordered()
  if (word === 'uno') return not(ordered())
  if (word === 'one') return unequal()
  return word === 'ueq' ? not(unequal()) : undefined
}

function conversion(body: Body, op: Op, name: string, type: ScalarKind): void {
  const { f } = body
  const use = operandsOf(op, 'args')[0]
  const source = scalarOf(body, use)
  const { operand } = source
  if (name === 'bitcast') return put(body, op, bitcast(body, op, source, type), type)
  if (name === 'extui' || name === 'uitofp' || name === 'index_castui') {
    const wide = f.convert(operand, source.type, unsignedKind(source.type), op.at)
    return put(body, op, f.convert(wide, unsignedKind(source.type), type, op.at), type)
  }
  if (name === 'extsi' && source.type === 'i1') {
    const wide = f.convert(operand, 'i1', type, op.at)
    return put(body, op, f.emit('neg', type, [wide], op.at), type)
  }
  if (name === 'fptoui') {
    const whole = f.convert(operand, source.type, unsignedKind(type), op.at)
    return put(body, op, f.convert(whole, unsignedKind(type), type, op.at), type)
  }
  if (!/^(extsi|trunci|extf|truncf|sitofp|fptosi|index_cast)$/.test(name)) {
    refuse(body, 'CoreOpUnsupported', op.nameAt, `'${op.name}' is not emulated on a core`)
    return
  }
  const kind =
    name === 'extsi' || name === 'sitofp' || name === 'index_cast'
      ? signedKind(source.type)
      : source.type
  const value = f.convert(operand, source.type, kind, op.at)
  put(body, op, f.convert(value, kind, type, op.at), type)
}

/** The same bits under another type, through memory. */
function bitcast(
  body: Body,
  op: Op,
  source: { operand: Operand; type: ScalarKind },
  type: ScalarKind,
): Operand {
  const { f } = body
  const offset = f.frame(8)
  const pointer = f.emit('frame', 'ptr', [], op.at, { offset })
  f.push({
    op: 'store',
    type: scalar(source.type),
    args: [pointer, source.operand],
    at: op.at,
    offset: 0,
  })
  return f.emit('load', type, [pointer], op.at, { offset: 0 })
}
