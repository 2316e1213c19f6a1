/** Core bodies: structured and unstructured control flow, calls, and the way to the other operations. */
import type { Operand, ScalarKind } from '../../codegen/ir.ts'
import { scalar, voidType } from '../../codegen/ir.ts'
import { constantOf } from '../elaborate/values.ts'
import { intOf, intsOf, operandOf, operandsOf, textOf, valueOf } from '../ops/read.ts'
import type { Attr, Block, Op, Region } from '../syntax/tree.ts'
import { typeText } from '../syntax/tree.ts'
import { arithmetic } from './arith.ts'
import { FunctionBuilder, scalarKind } from './builder.ts'
import { callFunction } from './calls.ts'
import type { Carrier } from './carriers.ts'
import { assignAll, bindCarriers, bindResults, carrierFor, carriers } from './carriers.ts'
import type { Body, CoreContext } from './context.ts'
import { refuse, scalarOf, typedView } from './context.ts'
import { access, acquire, openFifo, release, useLock } from './fifo.ts'
import { countedLoop } from './loops.ts'
import { affineValue, memory } from './memory.ts'

/** Bounds from here on cannot be reached: the loop never ends. */
const endless = 2 ** 31

/** The entry function of a core. */
export function coreBody(c: CoreContext): FunctionBuilder {
  const f = new FunctionBuilder(`core_${c.tile.column}_${c.tile.row}`, c.core.nameAt)
  const body: Body = { c, f, isCore: true }
  const region = c.core.regions[0]
  if (!region) return f
  openFifos(body, region)
  emitRegion(body, region, () => f.end({ kind: 'return', at: c.core.at }))
  if (f.isOpen) f.end({ kind: 'return', at: c.core.at })
  return f
}

function openFifos(body: Body, region: Region): void {
  for (const block of region.blocks) {
    for (const op of block.ops) {
      if (op.name === 'aie.objectfifo.acquire' || op.name === 'aie.objectfifo.release')
        openFifo(body, op)
      for (const inner of op.regions) openFifos(body, inner)
    }
  }
}

/**
 * Emits the blocks of a region into the current place. `leave` handles the last operation of a block that ends the
 * region: it gets the operation, or nothing when the block just ends.
 */
export function emitRegion(body: Body, region: Region, leave: (op: Op | undefined) => void): void {
  const { f } = body
  const first = region.blocks[0]
  if (!first) return leave(undefined)
  if (region.blocks.length === 1 && !first.ops.some((op) => op.successors.length > 0)) {
    emitBlock(body, first, leave)
    return
  }
  const numbers = new Map<Block, number>()
  const args = new Map<Block, Carrier[]>()
  for (const block of region.blocks) {
    numbers.set(block, f.block())
    if (block === first) continue
    const list = block.args.map((a) => carrierFor(body, a.type, a.at))
    bindCarriers(body, block.args, list)
    args.set(block, list)
  }
  f.end({ kind: 'jump', to: numbers.get(first)!, at: first.at })
  for (const block of region.blocks) {
    f.goTo(numbers.get(block)!)
    emitBlock(body, block, leave, { numbers, args })
  }
}

interface Labels {
  readonly numbers: ReadonlyMap<Block, number>
  readonly args: ReadonlyMap<Block, readonly Carrier[]>
}

const terminators = new Set([
  'aie.end',
  'scf.yield',
  'affine.yield',
  'scf.condition',
  'func.return',
  'cf.br',
  'cf.cond_br',
])

function emitBlock(
  body: Body,
  block: Block,
  leave: (op: Op | undefined) => void,
  labels?: Labels,
): void {
  for (const op of block.ops) {
    if (terminators.has(op.name)) {
      if (labels && op.name === 'cf.br') jump(body, op, labels)
      else if (labels && op.name === 'cf.cond_br') branch(body, op, labels)
      else leave(op)
      return
    }
    emitOp(body, op)
  }
  leave(undefined)
}

function jump(body: Body, op: Op, labels: Labels): void {
  passArguments(body, op, 0, labels)
  const to = op.successors[0]?.block && labels.numbers.get(op.successors[0].block)
  if (to !== undefined) body.f.end({ kind: 'jump', to, at: op.at })
}

function branch(body: Body, op: Op, labels: Labels): void {
  const { f } = body
  const on = scalarOf(body, operandOf(op, 'condition')).operand
  const ways = [f.block(), f.block()]
  f.end({ kind: 'branch', on, then: ways[0]!, else: ways[1]!, at: op.at })
  ways.forEach((way, i) => {
    f.goTo(way)
    passArguments(body, op, i, labels)
    const to = op.successors[i]?.block && labels.numbers.get(op.successors[i].block)
    if (to !== undefined) f.end({ kind: 'jump', to, at: op.at })
  })
}

function passArguments(body: Body, op: Op, index: number, labels: Labels): void {
  const successor = op.successors[index]
  const targets = successor?.block ? labels.args.get(successor.block) : undefined
  if (!successor || !targets) return
  assignAll(body, targets, successor.operands, op.at)
}

/** Emits one operation that does not end a block. */
function emitOp(body: Body, op: Op): void {
  switch (op.name) {
    case 'scf.for':
      return scfFor(body, op)
    case 'scf.if':
      return scfIf(body, op)
    case 'scf.while':
      return scfWhile(body, op)
    case 'scf.index_switch':
      return indexSwitch(body, op)
    case 'affine.for':
      return affineFor(body, op)
    case 'func.call':
      return callFunction(body, op, compileFunction)
    case 'aie.use_lock':
      return useLock(body, op)
    case 'aie.objectfifo.acquire':
      return acquire(body, op)
    case 'aie.objectfifo.subview.access':
      return access(body, op)
    case 'aie.objectfifo.release':
      return release(body, op)
    case 'aie.event':
      body.f.push({
        op: 'event',
        type: voidType,
        args: [],
        offset: intOf(op, 'val') ?? 0,
        at: op.at,
      })
      return
    case 'aie.debug':
    case 'aie.buffer':
    case 'aie.lock':
      return
    default:
      if (arithmetic(body, op) || memory(body, op)) return
      refuse(body, 'Misplaced', op.nameAt, `'${op.name}' may not stand in the program of a core`)
  }
}

function yieldTo(body: Body, targets: readonly Carrier[]): (op: Op | undefined) => void {
  return (op) => {
    if (op) assignAll(body, targets, operandsOf(op, 'args'), op.at)
  }
}

function scfFor(body: Body, op: Op): void {
  const [lower, upper, step] = operandsOf(op, 'bounds')
  const bound = constantOf(upper?.value)
  const kind = (upper?.value && scalarKind(upper.value.type)) ?? 'i32'
  const isEndless = bound !== undefined && bound >= endless
  const type = isEndless ? 'i32' : kind
  const from = isEndless
    ? { imm: (constantOf(lower?.value) ?? 0) | 0 }
    : scalarOf(body, lower).operand
  const by = isEndless ? { imm: (constantOf(step?.value) ?? 1) | 0 } : scalarOf(body, step).operand
  loopOver(body, op, from, isEndless ? undefined : scalarOf(body, upper).operand, by, type)
}

function loopOver(
  body: Body,
  op: Op,
  from: Operand,
  to: Operand | undefined,
  by: Operand,
  type: ScalarKind,
): void {
  const region = op.regions[0]
  if (!region) return
  const regs = carriers(body, op)
  assignAll(body, regs, operandsOf(op, 'inits'), op.at)
  const [variable, ...carried] = region.blocks[0]?.args ?? []
  bindCarriers(body, carried, regs)
  countedLoop(
    body,
    from,
    to,
    by,
    op.at,
    (i) => {
      if (variable) body.f.bound.set(variable, { kind: 'scalar', operand: i, type })
      emitRegion(body, region, yieldTo(body, regs))
    },
    type,
  )
  bindResults(body, op, regs)
}

function affineFor(body: Body, op: Op): void {
  const from = affineBound(body, op, 'lower', 'max')
  const to = affineBound(body, op, 'upper', 'min')
  const isEndless = to && 'imm' in to && to.imm >= endless
  if (from && to)
    loopOver(body, op, from, isEndless ? undefined : to, { imm: intOf(op, 'step') ?? 1 }, 'i32')
}

function affineBound(body: Body, op: Op, key: string, several: 'min' | 'max'): Operand | undefined {
  const number = intOf(op, key)
  if (number !== undefined) return { imm: number }
  const map: Attr | undefined = op.attrs.get(`${key}_map`)
  const values = operandsOf(op, key)
  if (map?.kind !== 'map') return scalarOf(body, values[0]).operand
  const operands = values.map((v) => scalarOf(body, v).operand)
  const results = map.map.results.map((e) => affineValue(body, op, e, operands, map.map.dims))
  return results.length === 0
    ? undefined
    : results.reduce((a, b) => body.f.emit(several, 'i32', [a, b], op.at))
}

function scfIf(body: Body, op: Op): void {
  const { f } = body
  const on = scalarOf(body, operandOf(op, 'condition')).operand
  const regs = carriers(body, op)
  const [then, other, after] = [f.block(), f.block(), f.block()]
  f.end({ kind: 'branch', on, then, else: other, at: op.at })
  for (const [i, block] of [then, other].entries()) {
    f.goTo(block)
    const region = op.regions[i]
    if (region) emitRegion(body, region, yieldTo(body, regs))
    f.end({ kind: 'jump', to: after, at: op.at })
  }
  f.goTo(after)
  bindResults(body, op, regs)
}

/** One body per case, compared in order; the last body is the default. */
function indexSwitch(body: Body, op: Op): void {
  const { f } = body
  const on = scalarOf(body, operandOf(op, 'value')).operand
  const cases = intsOf(op, 'cases') ?? []
  const regs = carriers(body, op)
  const after = f.block()
  op.regions.forEach((region, i) => {
    const number = cases[i]
    const next = f.block()
    if (number !== undefined) {
      const inside = f.block()
      const hit = f.compare('eq', 'i32', on, { imm: number | 0 }, op.at)
      f.end({ kind: 'branch', on: hit, then: inside, else: next, at: op.at })
      f.goTo(inside)
    }
    emitRegion(body, region, yieldTo(body, regs))
    f.end({ kind: 'jump', to: after, at: op.at })
    f.goTo(next)
  })
  f.goTo(after)
  bindResults(body, op, regs)
}

function scfWhile(body: Body, op: Op): void {
  const { f } = body
  const [before, after] = op.regions
  if (!before || !after) return
  const first = before.blocks[0]?.args ?? []
  const inputs = first.map((a) => carrierFor(body, a.type, a.at))
  bindCarriers(body, first, inputs)
  const outputs = carriers(body, op)
  assignAll(body, inputs, operandsOf(op, 'inits'), op.at)
  const [header, loop, exit] = [f.block(), f.block(), f.block()]
  f.end({ kind: 'jump', to: header, at: op.at })
  f.goTo(header)
  emitRegion(body, before, (end) => {
    if (!end) return
    const on = scalarOf(body, operandOf(end, 'condition')).operand
    assignAll(body, outputs, operandsOf(end, 'args'), end.at)
    f.end({ kind: 'branch', on, then: loop, else: exit, at: end.at })
  })
  f.goTo(loop)
  bindCarriers(body, after.blocks[0]?.args ?? [], outputs)
  emitRegion(body, after, yieldTo(body, inputs))
  f.end({ kind: 'jump', to: header, at: op.at })
  f.goTo(exit)
  bindResults(body, op, outputs)
}

/** Compiles a function with a body; it becomes part of the core's module. */
export function compileFunction(c: CoreContext, op: Op): void {
  const name = textOf(op, 'sym_name') ?? ''
  if (c.functions.has(name)) return
  const f = new FunctionBuilder(name, op.nameAt)
  const body: Body = { c, f, isCore: false }
  const region = op.regions[0]
  const attr = op.attrs.get('function_type')
  const result =
    attr?.kind === 'type' && attr.type.kind === 'function' ? attr.type.results[0] : undefined
  const kind = result && scalarKind(result)
  if (result && !kind)
    refuse(
      body,
      'CoreOpUnsupported',
      op.nameAt,
      `a function of a core returns a number, not ${typeText(result)}`,
    )
  if (kind) f.result = scalar(kind)
  for (const arg of region?.blocks[0]?.args ?? []) parameter(body, arg)
  c.stack.push(name)
  if (region) emitRegion(body, region, (end) => returnFrom(body, op, end, kind))
  c.stack.pop()
  c.functions.set(name, f.finish())
}

function parameter(body: Body, arg: Block['args'][number]): void {
  const { f } = body
  if (arg.type.kind === 'memref') {
    f.bound.set(arg, typedView(arg.type, f.parameter('ptr')))
    return
  }
  const kind = scalarKind(arg.type)
  if (!kind)
    refuse(body, 'CoreOpUnsupported', arg.at, `a function of a core takes no ${typeText(arg.type)}`)
  f.bound.set(arg, { kind: 'scalar', operand: f.parameter(kind ?? 'i32'), type: kind ?? 'i32' })
}

function returnFrom(body: Body, op: Op, end: Op | undefined, kind: ScalarKind | undefined): void {
  const at = end?.at ?? op.at
  const use = end && valueOf(end, 'args') ? operandOf(end, 'args') : undefined
  if (kind && use) body.f.end({ kind: 'return', value: scalarOf(body, use).operand, at })
  else body.f.end({ kind: 'return', at })
}
