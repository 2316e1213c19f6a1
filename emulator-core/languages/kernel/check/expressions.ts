/** Expressions: from syntax to values, emitting IR on the way. */
import { scalar } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import type { Expr } from '../syntax/tree.ts'
import { methodRow } from '../api/registry.ts'
import * as w from '../wide.ts'
import { explicit, implicit, truth, usualType } from './convert.ts'
import type { Entity, Place, Value, VariableEntity } from './entities.ts'
import { errorValue, fail, isBroken, type Env } from './env.ts'
import { assign, binary, index, settled, step, unary } from './operators.ts'
import { closure } from './lambdas.ts'
import { dereference } from './pointers.ts'
import { resolveName, resolveType, templateValues } from './resolve.ts'
import {
  alignOf,
  boolType,
  int,
  intOf,
  isArithmetic,
  sameType,
  sizeOf,
  typeName,
  uintType,
  voidCType,
  withoutReference,
  type CType,
} from './types.ts'
import {
  constant,
  constantNumber,
  frameMemory,
  load,
  newRegister,
  operandOf,
  store,
} from './values.ts'

const ptr = scalar('ptr')

export function checkExpression(env: Env, node: Expr): Value {
  if (env.b.exhausted) return errorValue(node.at)
  switch (node.kind) {
    case 'integer':
      return constant(int(node.of === 'char' ? 'i8' : (node.of as 'i32')), node.value, node.at)
    case 'real': {
      const of = node.single ? 'float' : 'double'
      return {
        type: { kind: 'real', of },
        at: node.at,
        real: node.single ? Math.fround(node.value) : node.value,
      }
    }
    case 'bool':
      return constantNumber(boolType, node.value ? 1 : 0, node.at)
    case 'nullptr':
      return { type: { kind: 'nullptr' }, at: node.at, known: w.wideZero }
    case 'string': {
      const type: CType = {
        kind: 'array',
        of: int('i8'),
        length: node.codes.length + 1,
        constant: true,
      }
      return { type, at: node.at, text: node.codes }
    }
    case 'this': {
      if (!env.self?.place)
        return fail(env, 'C0303', node.at, "'this' exists in member functions only.")
      return unary(env, '&', env.self, node.at)
    }
    case 'name':
      return name(env, node)
    case 'unary':
      return node.op === '&'
        ? addressOfExpression(env, node)
        : unary(env, node.op, checkExpression(env, node.of), node.at)
    case 'postfix':
      return step(env, node.op, checkExpression(env, node.of), node.at, true)
    case 'binary':
      return binaryExpression(env, node)
    case 'assign':
      return assignment(env, node)
    case 'ternary':
      return ternary(env, node)
    case 'comma':
      checkExpression(env, node.left)
      return checkExpression(env, node.right)
    case 'call':
      return call(env, node)
    case 'index':
      return index(env, checkExpression(env, node.of), checkExpression(env, node.index), node.at)
    case 'member':
      return member(env, node)
    case 'cast': {
      const type = resolveType(env, node.type)
      const value = checkExpression(env, node.of)
      return type.kind === 'error' || isBroken(value)
        ? errorValue(node.at)
        : explicit(env, value, type, node.style, node.at)
    }
    case 'construct':
      return construct(env, node)
    case 'list':
      return {
        type: voidCType,
        at: node.at,
        items: node.items.map((item) => checkExpression(env, item)),
      }
    case 'sizeof':
      return sizeOfExpression(env, node)
    case 'lambda':
      return closure(env, node.lambda, node.at)
    case 'unsupported':
      return errorValue(node.at)
  }
}

function addressOfExpression(env: Env, node: Extract<Expr, { kind: 'unary' }>): Value {
  const value = checkExpression(env, node.of)
  if (value.callee)
    return fail(env, 'C0801', node.at, 'A pointer to a function: known C++, not emulated.')
  return unary(env, '&', value, node.at)
}

function name(env: Env, node: Extract<Expr, { kind: 'name' }>): Value {
  const found = resolveName(env, node.name)
  if (found.kind === 'none') return errorValue(node.at)
  if (found.kind === 'value') return { ...found.value, at: node.at }
  return entityValue(env, found.entity, found.args, node.at, found.part.text)
}

function entityValue(
  env: Env,
  entity: Entity,
  args: Extract<ReturnType<typeof resolveName>, { kind: 'entity' }>['args'],
  at: Span,
  text: string,
): Value {
  switch (entity.kind) {
    case 'variable':
      return variable(env, entity, at)
    case 'functions': {
      const method = entity.list[0]?.isMethod ? entity.list[0] : undefined
      if (method)
        return { type: voidCType, at, callee: { kind: 'method', fn: method, self: env.self } }
      return { type: voidCType, at, callee: { kind: 'functions', set: entity, args } }
    }
    case 'api':
      return { type: voidCType, at, callee: { kind: 'api', row: entity.row, args } }
    case 'field':
      if (env.self) return fieldOf(env, env.self, entity, at)
      return fail(env, 'C0303', at, `'${text}' is a field and needs an object.`)
    case 'type':
      return {
        type: voidCType,
        at,
        items: [],
        callee: {
          kind: 'functions',
          set: { kind: 'functions', name: text, list: [] },
          args: [{ kind: 'type', type: entity.type }],
        },
      }
    default:
      return fail(env, 'C0303', at, `'${text}' is no value.`)
  }
}

/** The variable as an lvalue, or its constant. */
export function variable(env: Env, entity: VariableEntity, at: Span): Value {
  const { storage, type } = entity
  const flags = entity.constant ? { constant: true } : {}
  const scope = entity.scope ? { scope: entity.scope } : {}
  if (type.kind === 'error') return errorValue(at)
  const foreign = entity.owner !== undefined && entity.owner !== env.owner
  if (
    foreign &&
    entity.known === undefined &&
    entity.real === undefined &&
    storage.kind !== 'global'
  ) {
    return fail(env, 'C0303', at, `'${entity.name}' belongs to another function.`)
  }
  switch (storage.kind) {
    case 'none':
      if (entity.real !== undefined) return { type, at, real: entity.real, constant: true }
      if (type.kind === 'closure') return { type, at }
      return { type, at, known: entity.known ?? w.wideZero, constant: true }
    case 'alias':
      return { ...storage.value, at, ...(entity.constant ? { constant: true } : {}) }
    case 'register': {
      if (entity.known !== undefined) return { type, at, known: entity.known, constant: true }
      return { type, at, place: { kind: 'register', reg: storage.reg }, ...flags, ...scope }
    }
    case 'frame': {
      if (entity.known !== undefined)
        return { type, at, known: entity.known, ...frameLvalue(env, entity, at) }
      return { type, at, place: framePlace(env, storage.offset, at), ...flags, ...scope }
    }
    case 'global': {
      const base = env.b.value('symbol', ptr, [], at, { symbol: storage.global.name })
      const place: Place = { kind: 'memory', base, offset: 0, scope: 0, global: storage.global }
      return { type, at, place, ...flags }
    }
  }
}

/** A constant whose address is taken keeps its place as well. */
function frameLvalue(env: Env, entity: VariableEntity, at: Span): Partial<Value> {
  if (entity.storage.kind !== 'frame') return {}
  return { place: framePlace(env, entity.storage.offset, at), constant: true }
}

function framePlace(env: Env, offset: number, at: Span): Place {
  return {
    kind: 'memory',
    base: env.b.value('frame', ptr, [], at, { offset }),
    offset: 0,
    scope: 0,
  }
}

function binaryExpression(env: Env, node: Extract<Expr, { kind: 'binary' }>): Value {
  if (node.op === '&&' || node.op === '||') return logical(env, node)
  const first = checkExpression(env, node.left)
  const left = first.place && mayChange(node.right) ? taken(env, first) : first
  const right = checkExpression(env, node.right)
  return binary(env, node.op, left, right, node.at)
}

/** The value of a variable before anything else can change it. */
function taken(env: Env, value: Value): Value {
  if (value.type.kind === 'array' || value.type.kind === 'struct') return value
  return settled(env, load(env, value), value.at)
}

/** True when evaluating the expression may change a variable. */
function mayChange(node: Expr): boolean {
  switch (node.kind) {
    case 'assign':
    case 'postfix':
    case 'call':
      return true
    case 'unary':
      return node.op === '++' || node.op === '--' || mayChange(node.of)
    case 'binary':
    case 'comma':
      return mayChange(node.left) || mayChange(node.right)
    case 'ternary':
      return mayChange(node.test) || mayChange(node.yes) || mayChange(node.no)
    case 'index':
      return mayChange(node.of) || mayChange(node.index)
    case 'cast':
    case 'member':
      return mayChange(node.of)
    default:
      return false
  }
}

/** `&&` and `||`: the right side runs only when it decides. */
function logical(env: Env, node: Extract<Expr, { kind: 'binary' }>): Value {
  const isAnd = node.op === '&&'
  const left = truth(env, checkExpression(env, node.left))
  if (isBroken(left)) {
    checkExpression({ ...env, b: env.b.fork(node.at) }, node.right)
    return left
  }
  if (left.known) {
    const decides = w.isZero(left.known) === isAnd
    if (decides) {
      truth(
        { ...env, b: env.b.fork(node.at) },
        checkExpression({ ...env, b: env.b.fork(node.at) }, node.right),
      )
      return { ...left, at: node.at }
    }
    return truth(env, checkExpression(env, node.right))
  }
  const { b } = env
  const result = newRegister(env, boolType)
  const more = b.block(node.at)
  const done = b.block(node.at)
  store(env, result, boolType, left, node.at)
  b.branch(operandOf(env, left), isAnd ? more : done, isAnd ? done : more, node.opAt)
  b.enter(more)
  const right = truth(env, checkExpression(env, node.right))
  if (!isBroken(right)) store(env, result, boolType, right, node.at)
  b.jump(done, node.at)
  b.enter(done)
  return isBroken(right) ? right : { type: boolType, at: node.at, operand: { reg: result.reg } }
}

function assignment(env: Env, node: Extract<Expr, { kind: 'assign' }>): Value {
  const right = checkExpression(env, node.right)
  const held =
    node.op === '' && right.place && right.type.kind !== 'struct' && right.type.kind !== 'array'
      ? load(env, right)
      : right
  const left = checkExpression(env, node.left)
  return assign(env, node.op, left, held, node.at)
}

function ternary(env: Env, node: Extract<Expr, { kind: 'ternary' }>): Value {
  const test = truth(env, checkExpression(env, node.test))
  const { b } = env
  if (test.known || isBroken(test)) return decided(env, node, test)
  const ends: { value: Value; block: number; at: Span }[] = []
  const [yes, no, done] = [b.block(node.at), b.block(node.at), b.block(node.at)]
  b.branch(operandOf(env, test), yes, no, node.at)
  for (const [block, side] of [
    [yes, node.yes],
    [no, node.no],
  ] as const) {
    b.enter(block)
    const value = load(env, checkExpression(env, side))
    ends.push({ value, block: b.current, at: side.at })
  }
  const [first, second] = ends as [(typeof ends)[0], (typeof ends)[0]]
  const broken = isBroken(first.value, second.value)
  const type = broken ? undefined : commonType(env, first.value, second.value, node.at)
  const offset = type?.kind === 'struct' ? b.frame(type.info.sizeBytes, type.info.align) : -1
  const held = type && offset < 0 && type.kind !== 'void' ? newRegister(env, type) : undefined
  for (const end of ends) {
    b.enter(end.block)
    const place = offset < 0 ? held : framePlace(env, offset, end.at)
    if (type && place) store(env, place, type, sideValue(env, end.value, type), end.at)
    b.jump(done, node.at)
  }
  b.enter(done)
  if (!type) return errorValue(node.at)
  const place = offset < 0 ? held : framePlace(env, offset, node.at)
  return place ? load(env, { type, at: node.at, place }) : { type, at: node.at }
}

/** A choice made at compile time; the other side counts for the type only. */
function decided(env: Env, node: Extract<Expr, { kind: 'ternary' }>, test: Value): Value {
  const takesYes = test.known !== undefined && !w.isZero(test.known)
  const fork = { ...env, b: env.b.fork(node.at) }
  const other = load(fork, checkExpression(fork, takesYes ? node.no : node.yes))
  const value = load(env, checkExpression(env, takesYes ? node.yes : node.no))
  if (isBroken(test, value, other)) return errorValue(node.at)
  const type = commonType(env, value, other, node.at)
  return type ? sideValue(env, value, type) : errorValue(node.at)
}

function sideValue(env: Env, value: Value, type: CType): Value {
  return type.kind === 'struct' || type.kind === 'void'
    ? value
    : implicit(env, value, type, "The value of '?'")
}

function commonType(env: Env, a: Value, b: Value, at: Span): CType | undefined {
  if (sameType(a.type, b.type)) return a.type
  if (isArithmetic(a.type) && isArithmetic(b.type)) return usualType(a.type, b.type)
  if (a.type.kind === 'pointer' && (b.type.kind === 'nullptr' || b.known)) return a.type
  if (b.type.kind === 'pointer' && (a.type.kind === 'nullptr' || a.known)) return b.type
  if (a.type.kind === 'pointer' && b.type.kind === 'pointer' && sameType(a.type.to, b.type.to)) {
    return a.type.constant ? a.type : b.type
  }
  fail(
    env,
    'C0402',
    at,
    `The two values of '?' do not fit: ${typeName(a.type)} and ${typeName(b.type)}.`,
  )
  return undefined
}

function call(env: Env, node: Extract<Expr, { kind: 'call' }>): Value {
  const callee = checkExpression(env, node.callee)
  const args = node.args.map((arg) => checkExpression(env, arg))
  if (isBroken(callee)) return callee
  if (callee.callee?.kind === 'functions' && callee.callee.set.list.length === 0) {
    const type = callee.callee.args[0]
    if (type?.kind === 'type') return constructType(env, type.type, args, false, node.at)
  }
  if (callee.callee) return env.unit.checks.call(env, callee.callee, args, node.at)
  if (callee.type.kind === 'closure') return callClosure(env, callee, args, node.at)
  // Names such as V::size are constants here that the source calls.
  const constantCall =
    callee.known !== undefined &&
    args.length === 0 &&
    node.callee.kind === 'name' &&
    node.callee.name.parts.length > 1
  if (constantCall) return { ...callee, at: node.at }
  return fail(
    env,
    'C0402',
    node.at,
    `${typeName(callee.type)} is no function and cannot be called.`,
  )
}

function callClosure(env: Env, callee: Value, args: readonly Value[], at: Span): Value {
  if (callee.type.kind !== 'closure') return errorValue(at)
  const { info } = callee.type
  const entity = {
    node: info.lambda.fn,
    scope: info.scope,
    name: '(lambda)',
    specialisations: [],
    instances: new Map(),
    isMethod: false,
    owner: info.owner,
  }
  const set = { kind: 'functions' as const, name: '(lambda)', list: [entity] }
  return env.unit.checks.call(env, { kind: 'functions', set, args: [] }, args, at)
}

function member(env: Env, node: Extract<Expr, { kind: 'member' }>): Value {
  const left = checkExpression(env, node.of)
  if (isBroken(left)) return left
  const object = node.arrow ? dereference(env, left, node.of.at) : left
  if (isBroken(object)) return object
  const { type } = object
  const { text, at } = node.part
  if (type.kind === 'struct') {
    const field = type.info.fields.find((f) => f.name === text)
    if (field) return fieldOf(env, object, field, node.at)
    const found = type.info.scope.names.get(text)
    if (found?.kind === 'variable') return variable(env, found, node.at)
    const method = type.info.methods.get(text)?.list[0]
    if (method)
      return { type: voidCType, at: node.at, callee: { kind: 'method', fn: method, self: object } }
    return fail(env, 'C0304', at, `${typeName(type)} has no member '${text}'.`)
  }
  const row = methodRow(type, text)
  if (!row) return fail(env, 'C0304', at, `${typeName(type)} has no member '${text}'.`)
  const args = node.part.args ? templateValues(env, node.part.args) : []
  if (!args) return errorValue(at)
  return { type: voidCType, at: node.at, callee: { kind: 'api', row, args, self: object } }
}

/** A field of a struct in memory. */
export function fieldOf(
  env: Env,
  object: Value,
  field: { readonly type: CType; readonly offset: number },
  at: Span,
): Value {
  const place = object.place
  if (place?.kind !== 'memory')
    return fail(env, 'C0404', at, 'The fields of this value cannot be reached.')
  const flags = object.constant ? { constant: true } : {}
  return {
    type: field.type,
    at,
    place: { ...place, offset: place.offset + field.offset },
    ...flags,
  }
}

function construct(env: Env, node: Extract<Expr, { kind: 'construct' }>): Value {
  const type = resolveType(env, node.type)
  const args = node.args.map((arg) => checkExpression(env, arg))
  if (type.kind === 'error' || isBroken(...args)) return errorValue(node.at)
  return constructType(env, type, args, node.braces, node.at)
}

/** `T(a, b)` and `T{a, b}` */
export function constructType(
  env: Env,
  type: CType,
  args: readonly Value[],
  braces: boolean,
  at: Span,
): Value {
  if (type.kind === 'void') return { type, at }
  if (
    type.kind === 'struct' ||
    type.kind === 'vector' ||
    type.kind === 'accum' ||
    type.kind === 'mask' ||
    type.kind === 'array'
  ) {
    const place =
      type.kind === 'struct' || type.kind === 'array'
        ? frameMemory(env, type, alignOf(type), at)
        : newRegister(env, type)
    const whole: Value = { type, at, place }
    env.unit.checks.construct(env, whole, args, braces, at)
    return type.kind === 'struct' || type.kind === 'array' ? whole : load(env, whole)
  }
  const first = args[0]
  if (!first) {
    if (intOf(type)) return constant(type, w.wideZero, at)
    if (type.kind === 'real') return { type, at, real: 0 }
    return { type, at, operand: { imm: 0 } }
  }
  if (args.length > 1)
    return fail(env, 'C0409', at, `${typeName(type)} is made of one value, got ${args.length}.`)
  return explicit(env, first, type, 'c', at)
}

function sizeOfExpression(env: Env, node: Extract<Expr, { kind: 'sizeof' }>): Value {
  const fork = { ...env, b: env.b.fork(node.at) }
  const type = node.type
    ? resolveType(env, node.type)
    : node.of
      ? checkExpression(fork, node.of).type
      : voidCType
  if (type.kind === 'error') return errorValue(node.at)
  const plain = withoutReference(type)
  const size = sizeOf(plain)
  if (size === undefined) return fail(env, 'C0408', node.at, `${typeName(type)} has no size.`)
  return constantNumber(uintType, node.align ? alignOf(plain) : size, node.at)
}
