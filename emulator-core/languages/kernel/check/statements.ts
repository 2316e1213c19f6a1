/** Statements to blocks. */
import { scalar } from '../../codegen/ir.ts'
import type { LoopHint } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import type { Expr, Hint, Stmt } from '../syntax/tree.ts'
import * as w from '../wide.ts'
import { cast, implicit, promoted, truth } from './convert.ts'
import { fillAuto } from './calls.ts'
import { fail, inner, isBroken, type Env, type SwitchCases } from './env.ts'
import { bindReference } from './inline.ts'
import { declareAll, declareLocal, declareVariable } from './locals.ts'
import { index } from './operators.ts'
import type { Value } from './entities.ts'
import { intOf, intType, irTypeOf, typeName, withoutReference, type CType } from './types.ts'
import { constantNumber, load, newRegister, operandOf, store } from './values.ts'

export function checkStatement(env: Env, node: Stmt): void {
  if (env.b.exhausted) return
  switch (node.kind) {
    case 'block': {
      const inside = inner(env)
      for (const item of node.items) checkStatement(inside, item)
      return
    }
    case 'declare':
      declareAll(env, node.items)
      return
    case 'expression':
      checkExpressionStatement(env, node.of)
      return
    case 'if':
      return ifStatement(inner(env), node)
    case 'for':
      return forStatement(inner(env), node)
    case 'range-for':
      return rangeFor(inner(env), node)
    case 'while':
      return whileStatement(env, node)
    case 'do':
      return doStatement(env, node)
    case 'switch':
      return switchStatement(env, node)
    case 'case':
      return caseStatement(env, node)
    case 'break':
    case 'continue':
      return leave(env, node.kind, node.at)
    case 'return':
      return returnStatement(env, node)
    case 'empty':
  }
}

function checkExpressionStatement(env: Env, node: Expr): void {
  const value = env.unit.checks.expression(env, node)
  if (value.callee && !isBroken(value))
    fail(env, 'C0303', node.at, 'A function is named here but not called.')
}

function ifStatement(env: Env, node: Extract<Stmt, { kind: 'if' }>): void {
  if (node.init) checkStatement(env, node.init)
  if (node.isConstexpr) {
    const known = env.unit.checks.constant(
      env,
      node.test,
      undefined,
      "The condition of 'if constexpr'",
    )
    if (!known) return
    const taken = w.isZero(known) ? node.no : node.yes
    if (taken) checkStatement(inner(env), taken)
    return
  }
  const { b } = env
  const test = truth(env, env.unit.checks.expression(env, node.test))
  const yes = b.block(node.at)
  const done = b.block(node.at)
  const no = node.no ? b.block(node.at) : done
  b.branch(isBroken(test) ? { imm: 1 } : operandOf(env, test), yes, no, node.at)
  b.enter(yes)
  checkStatement(inner(env), node.yes)
  b.jump(done, node.at)
  if (node.no) {
    b.enter(no)
    checkStatement(inner(env), node.no)
    b.jump(done, node.at)
  }
  b.enter(done)
}

/** Records what the source says about the loop whose test is in `header`. */
function hintLoop(env: Env, header: number, hint: Hint): void {
  const { unroll, pipeline, minIterations } = hint
  if (unroll === undefined && pipeline === undefined && minIterations === undefined) return
  const entry: LoopHint = {
    header,
    ...(unroll !== undefined ? { unroll } : {}),
    ...(pipeline !== undefined ? { pipeline } : {}),
    ...(minIterations !== undefined ? { minIterations } : {}),
  }
  env.b.hints.push(entry)
}

function forStatement(env: Env, node: Extract<Stmt, { kind: 'for' }>): void {
  if (node.init) checkStatement(env, node.init)
  loop(env, node.at, node.hint, node.test, node.body, () => {
    if (node.step) env.unit.checks.expression(env, node.step)
  })
}

function whileStatement(env: Env, node: Extract<Stmt, { kind: 'while' }>): void {
  loop(env, node.at, node.hint, node.test, node.body, () => undefined)
}

/** test → body → step → test */
function loop(
  env: Env,
  at: Span,
  hint: Hint,
  test: Expr | undefined,
  body: Stmt,
  step: () => void,
): void {
  const { b } = env
  const header = b.block(at)
  const start = b.block(at)
  const latch = b.block(at)
  const done = b.block(at)
  b.jump(header, at)
  b.enter(header)
  hintLoop(env, header, hint)
  const value = test && truth(env, env.unit.checks.expression(env, test))
  const on = !value || isBroken(value) ? { imm: 1 } : operandOf(env, value)
  b.branch(on, start, done, test?.at ?? at)
  b.enter(start)
  checkStatement({ ...inner(env), breakTo: done, continueTo: latch }, body)
  b.jump(latch, at)
  b.enter(latch)
  step()
  b.jump(header, at)
  b.enter(done)
}

function doStatement(env: Env, node: Extract<Stmt, { kind: 'do' }>): void {
  const { b } = env
  const start = b.block(node.at)
  const header = b.block(node.at)
  const done = b.block(node.at)
  b.jump(start, node.at)
  b.enter(start)
  hintLoop(env, start, node.hint)
  checkStatement({ ...inner(env), breakTo: done, continueTo: header }, node.body)
  b.jump(header, node.at)
  b.enter(header)
  const test = truth(env, env.unit.checks.expression(env, node.test))
  b.branch(isBroken(test) ? { imm: 0 } : operandOf(env, test), start, done, node.test.at)
  b.enter(done)
}

/** `for (auto x : array)` counts through an array of known length. */
function rangeFor(env: Env, node: Extract<Stmt, { kind: 'range-for' }>): void {
  const over = env.unit.checks.expression(env, node.over)
  if (isBroken(over)) return
  if (over.type.kind !== 'array') {
    fail(
      env,
      'C0801',
      node.over.at,
      `A loop over ${typeName(over.type)}: known C++, not emulated; arrays can be looped over.`,
    )
    return
  }
  const counter = newRegister(env, intType)
  const i: Value = { type: intType, at: node.at, place: counter }
  store(env, counter, intType, constantNumber(intType, 0, node.at), node.at)
  const { b } = env
  const [header, start, latch, done] = [
    b.block(node.at),
    b.block(node.at),
    b.block(node.at),
    b.block(node.at),
  ]
  b.jump(header, node.at)
  b.enter(header)
  hintLoop(env, header, node.hint)
  const test = b.compare(
    'lt',
    scalar('i32'),
    { reg: counter.reg },
    { imm: over.type.length },
    node.at,
  )
  b.branch(test, start, done, node.at)
  b.enter(start)
  const inside = { ...inner(env), breakTo: done, continueTo: latch }
  const item = index(env, over, load(env, i), node.over.at)
  bindItem(inside, node, item)
  checkStatement(inside, node.body)
  b.jump(latch, node.at)
  b.enter(latch)
  b.effect('add', scalar('i32'), [{ reg: counter.reg }, { imm: 1 }], node.at, { dst: counter.reg })
  b.jump(header, node.at)
  b.enter(done)
}

function bindItem(env: Env, node: Extract<Stmt, { kind: 'range-for' }>, item: Value): void {
  const { variable } = node
  const declared = fillAuto(env.unit.checks.type(env, variable.type), item.type)
  if (declared.kind === 'reference') {
    const bound = bindReference(env, item, declared, `'${variable.name}'`)
    if (!isBroken(bound)) {
      declareLocal(
        env,
        variable,
        declared.to,
        { kind: 'alias', value: bound },
        { constant: declared.constant },
      )
    }
    return
  }
  declareVariable(env, variable, item)
}

function switchStatement(env: Env, node: Extract<Stmt, { kind: 'switch' }>): void {
  const on = load(env, env.unit.checks.expression(env, node.on))
  if (isBroken(on)) return
  if (!intOf(on.type)) {
    fail(env, 'C0401', node.on.at, `'switch' needs a whole number, this is ${typeName(on.type)}.`)
    return
  }
  const { b } = env
  const type = on.type.kind === 'enum' ? on.type : promoted(on.type)
  const value = operandOf(env, cast(env, on, type))
  const held = newRegister(env, type)
  store(env, held, type, { type, at: node.at, operand: value }, node.at)
  const tests = b.block(node.at)
  const done = b.block(node.at)
  b.jump(tests, node.at)
  const cases: SwitchCases = { on: irTypeOf(type)!, type, cases: [], byDefault: undefined }
  // What stands before the first case is never reached.
  b.enter(b.block(node.at))
  checkStatement({ ...env, breakTo: done, switchCases: cases }, node.body)
  b.jump(done, node.at)
  b.enter(tests)
  for (const item of cases.cases) {
    const next = b.block(item.at)
    const imm = { imm: w.toNumber(item.value) }
    b.branch(b.compare('eq', cases.on, { reg: held.reg }, imm, item.at), item.block, next, item.at)
    b.enter(next)
  }
  b.jump(cases.byDefault ?? done, node.at)
  b.enter(done)
}

function caseStatement(env: Env, node: Extract<Stmt, { kind: 'case' }>): void {
  const cases = env.switchCases
  if (!cases) {
    fail(env, 'C0410', node.at, `'${node.value ? 'case' : 'default'}' stands outside a switch.`)
    return
  }
  const { b } = env
  const block = b.block(node.at)
  b.jump(block, node.at)
  b.enter(block)
  if (!node.value) {
    if (cases.byDefault !== undefined)
      fail(env, 'C0410', node.at, "This switch has two 'default' labels.")
    cases.byDefault = block
  } else {
    const value = env.unit.checks.constant(env, node.value, cases.type, 'The value of a case')
    const twice = value && cases.cases.some((c) => w.equal(c.value, value))
    if (twice) fail(env, 'C0410', node.at, 'This switch has this case twice.')
    else if (value) cases.cases.push({ value, block, at: node.at })
  }
  checkStatement(env, node.of)
}

function leave(env: Env, word: 'break' | 'continue', at: Span): void {
  const to = word === 'break' ? env.breakTo : env.continueTo
  if (to === undefined) {
    fail(
      env,
      'C0410',
      at,
      `'${word}' stands outside a loop${word === 'break' ? ' or switch' : ''}.`,
    )
    return
  }
  env.b.jump(to, at)
  env.b.enter(env.b.block(at))
}

function returnStatement(env: Env, node: Extract<Stmt, { kind: 'return' }>): void {
  const { ret, b } = env
  if (!ret) return
  const value = node.value && env.unit.checks.expression(env, node.value)
  deduceResult(env, value)
  ret.used = true
  if (value && !isBroken(value)) give(env, ret.type, value, node.at)
  else if (!value && ret.type.kind !== 'void' && ret.type.kind !== 'error') {
    fail(
      env,
      'C0407',
      node.at,
      `This function returns ${typeName(ret.type)}, this return gives nothing.`,
    )
  }
  if (ret.exit !== undefined) b.jump(ret.exit, node.at)
  else if (!b.isDead && ret.value?.operand && ret.type.kind !== 'void') {
    b.end({ kind: 'return', value: ret.value.operand, at: node.at })
  } else b.end({ kind: 'return', at: node.at })
  b.enter(b.block(node.at))
}

/** The first return of an `auto` function fixes its type. */
function deduceResult(env: Env, value: Value | undefined): void {
  const { ret } = env
  if (!ret || (value && isBroken(value))) return
  const auto =
    ret.type.kind === 'auto' || (ret.type.kind === 'pointer' && ret.type.to.kind === 'auto')
  if (!auto) return
  if (!value) {
    ret.type = { kind: 'void' }
    return
  }
  const type = value.type.kind === 'array' ? load(env, value).type : withoutReference(value.type)
  ret.type = fillAuto(ret.type, type)
  const ir = irTypeOf(ret.type)
  if (ret.exit !== undefined && ir && ret.type.kind !== 'void' && ret.reg === undefined)
    ret.reg = env.b.reg(ir)
}

/** Hands the value over as the function's result. */
function give(env: Env, type: CType, value: Value, at: Span): void {
  const ret = env.ret!
  if (type.kind === 'void') {
    if (value.type.kind !== 'void') fail(env, 'C0407', value.at, 'This function returns nothing.')
    return
  }
  if (type.kind === 'reference') {
    const bound = bindReference(env, value, type, 'The result')
    if (isBroken(bound)) return
    if (ret.value) fail(env, 'C0801', at, 'Several returns of references: known C++, not emulated.')
    ret.value = bound
    return
  }
  if (type.kind === 'closure') {
    ret.value = value
    return
  }
  if (type.kind === 'struct') {
    if (!ret.memory) {
      ret.value = value
      return
    }
    const place = { kind: 'memory' as const, ...ret.memory, scope: 0 }
    if (value.items) env.unit.checks.construct(env, { type, at, place }, value.items, true, at)
    else store(env, place, type, implicitStruct(env, value, type), at)
    return
  }
  const converted = implicit(env, value, type, 'The result')
  if (isBroken(converted)) return
  if (ret.reg !== undefined) store(env, { kind: 'register', reg: ret.reg }, type, converted, at)
  else ret.value = { type, at, operand: operandOf(env, converted) }
}

function implicitStruct(env: Env, value: Value, type: CType): Value {
  return value.type === type || typeName(value.type) === typeName(type)
    ? value
    : implicit(env, value, type, 'The result')
}
