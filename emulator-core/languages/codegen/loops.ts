/**
 * Loops in SSA form: addresses that step along, hardware loops, and accesses that move their base
 * on.
 */
import { Op, type OpName } from '../../device/abi/core-isa.ts'
import { loopsOf, preheader, type Loop } from './cfg.ts'
import { baseOperand } from './destruct.ts'
import {
  eachDef,
  eachUse,
  edgesOf,
  isReg,
  newReg,
  reg,
  resultOf,
  specOf,
  type Arg,
  type Edge,
  type MBlock,
  type MFunction,
  type MOp,
} from './mir.ts'
import { definitions } from './optimise.ts'

type Definitions = (MOp | undefined)[]

/** A parameter of a loop header that grows by a constant each turn. */
interface Induction {
  readonly param: number
  readonly index: number
  readonly step: number
  /** The register that holds the next value. */
  readonly next: number
}

interface LoopShape {
  readonly loop: Loop
  readonly header: MBlock
  readonly latch: MBlock
  readonly back: Edge
  readonly variant: Set<number>
  readonly inductions: Induction[]
}

function shapeOf(fn: MFunction, loop: Loop, defs: Definitions): LoopShape | undefined {
  if (loop.latches.length !== 1) return undefined
  const header = fn.blocks[loop.header]!
  const latch = fn.blocks[loop.latches[0]!]!
  const back = edgesOf(latch.end).filter((e) => e.to === loop.header)
  if (back.length !== 1) return undefined
  const variant = new Set<number>()
  for (const b of loop.blocks) {
    for (const p of fn.blocks[b]!.params) variant.add(p)
    for (const op of fn.blocks[b]!.ops) eachDef(op, (r) => variant.add(r))
  }
  const inductions: Induction[] = []
  header.params.forEach((param, index) => {
    const arg = back[0]!.args[index]!
    const op = isReg(arg) ? defs[arg.reg] : undefined
    if (!isReg(arg) || op?.code !== Op.add || isReg(op.args[2]!) || !isReg(op.args[1]!)) return
    if (op.args[1].reg === param) inductions.push({ param, index, step: op.args[2], next: arg.reg })
  })
  return { loop, header, latch, back: back[0]!, variant, inductions }
}

/** A value as coefficient times an induction plus something that does not change in the loop. */
interface Linear {
  readonly of: Induction | undefined
  readonly coefficient: number
}

function linearIn(shape: LoopShape, defs: Definitions, arg: Arg, depth = 0): Linear | undefined {
  if (!isReg(arg) || !shape.variant.has(arg.reg)) return { of: undefined, coefficient: 0 }
  const own = shape.inductions.find((i) => i.param === arg.reg)
  if (own) return { of: own, coefficient: 1 }
  const op = defs[arg.reg]
  if (!op || depth > 12) return undefined
  const [a, b] = [op.args[1], op.args[2]]
  if (a === undefined || b === undefined) return undefined
  if (op.code === Op.shl || op.code === Op.mul) {
    if (isReg(b)) return undefined
    const left = linearIn(shape, defs, a, depth + 1)
    const factor = op.code === Op.shl ? 2 ** (b & 31) : b
    return left && { of: left.of, coefficient: Math.imul(left.coefficient, factor) }
  }
  if (op.code !== Op.add && op.code !== Op.sub && op.code !== Op.rsub) return undefined
  const left = linearIn(shape, defs, a, depth + 1)
  const right = linearIn(shape, defs, b, depth + 1)
  if (!left || !right || (left.of && right.of && left.of !== right.of)) return undefined
  const sum =
    op.code === Op.add
      ? left.coefficient + right.coefficient
      : op.code === Op.sub
        ? left.coefficient - right.coefficient
        : right.coefficient - left.coefficient
  return { of: left.of ?? right.of, coefficient: sum | 0 }
}

/** Appends an operation with a new scalar result. */
function append(
  fn: MFunction,
  block: MBlock,
  like: MOp | undefined,
  name: OpName,
  ...args: Arg[]
): Arg {
  const result = reg(newReg(fn, 'r'))
  const { at, symbol } = like ?? { at: block.end.at, symbol: block.symbol }
  block.ops.push({ code: Op[name], args: [result, ...args], at, symbol, scope: 0 })
  return result
}

/** The value of `arg` in the first turn, computed before the loop. */
function firstValue(
  fn: MFunction,
  shape: LoopShape,
  before: MBlock,
  defs: Definitions,
  arg: Arg,
): Arg {
  if (!isReg(arg) || !shape.variant.has(arg.reg)) return arg
  const index = shape.header.params.indexOf(arg.reg)
  if (index >= 0) return edgesOf(before.end).find((e) => e.to === shape.loop.header)!.args[index]!
  const op = defs[arg.reg]!
  const result = reg(newReg(fn, 'r'))
  const args = op.args.map((a, i) => (i === 0 ? result : firstValue(fn, shape, before, defs, a)))
  if (!isReg(args[1]!)) args[1] = append(fn, before, op, 'movi', args[1]!)
  before.ops.push({ ...op, args })
  return result
}

function inRegister(fn: MFunction, block: MBlock, arg: Arg): Arg {
  return isReg(arg) ? arg : append(fn, block, undefined, 'movi', arg)
}

/** Replaces addresses computed from a counter by pointers that step along with it. */
export function stepPointers(fn: MFunction): void {
  for (const loop of loopsOf(fn)) {
    const defs = definitions(fn)
    const shape = shapeOf(fn, loop, defs)
    if (!shape || shape.inductions.length === 0) continue
    const pointers = new Map<number, number>()
    for (const b of loop.blocks) {
      for (const op of fn.blocks[b]!.ops) {
        const at = baseOperand(op)
        if (at < 0 || op.post !== undefined) continue
        const base = op.args[at]!
        if (!isReg(base) || shape.header.params.includes(base.reg)) continue
        const linear = linearIn(shape, defs, base)
        if (!linear?.of || linear.coefficient === 0) continue
        let pointer = pointers.get(base.reg)
        if (pointer === undefined) {
          pointer = makePointer(fn, shape, defs, base, linear)
          pointers.set(base.reg, pointer)
        }
        op.args[at] = reg(pointer)
      }
    }
  }
}

function makePointer(
  fn: MFunction,
  shape: LoopShape,
  defs: Definitions,
  base: Arg,
  linear: Linear,
): number {
  const before = fn.blocks[preheader(fn, shape.loop)]!
  const first = firstValue(fn, shape, before, defs, base)
  const pointer = newReg(fn, 'r')
  const by = Math.imul(linear.coefficient, linear.of!.step)
  const next = append(fn, shape.latch, undefined, 'add', reg(pointer), by)
  shape.header.params.push(pointer)
  edgesOf(before.end)
    .find((e) => e.to === shape.loop.header)!
    .args.push(first)
  shape.back.args.push(next)
  return pointer
}

const inverted: Partial<Record<number, number>> = {
  [Op.eq]: Op.ne,
  [Op.ne]: Op.eq,
  [Op.lt]: Op.ge,
  [Op.ge]: Op.lt,
  [Op.le]: Op.gt,
  [Op.gt]: Op.le,
  [Op.ltu]: Op.geu,
  [Op.geu]: Op.ltu,
  [Op.leu]: Op.gtu,
  [Op.gtu]: Op.leu,
}

/** Turns counted loops of one block into hardware loops, which cost nothing per turn. */
export function hardwareLoops(fn: MFunction): void {
  for (const loop of loopsOf(fn)) {
    if (loop.blocks.size !== 1) continue
    const defs = definitions(fn)
    const shape = shapeOf(fn, loop, defs)
    const end = fn.blocks[loop.header]!.end
    if (!shape || end.kind !== 'branch' || !isReg(end.on)) continue
    const test = testOf(shape, defs, end.on, end.then.to === loop.header)
    if (!test) continue
    const before = fn.blocks[preheader(fn, loop)]!
    if (before.end.kind !== 'jump') continue
    const count = turns(fn, shape, before, defs, test)
    if (count === undefined) continue
    const exit = end.then.to === loop.header ? end.else : end.then
    before.end = { kind: 'enter', count, to: before.end.to, at: before.end.at }
    shape.header.end = { kind: 'repeat', to: shape.back, exit, at: end.at }
  }
}

/** `relation` of a stepping value and a fixed one keeps the loop going. */
interface Test {
  readonly relation: number
  readonly value: Arg
  readonly step: number
  readonly bound: Arg
}

function testOf(
  shape: LoopShape,
  defs: Definitions,
  on: { reg: number },
  continuesWhenTrue: boolean,
): Test | undefined {
  const op = defs[on.reg]
  const stepOf = (arg: Arg): number => {
    const linear = linearIn(shape, defs, arg)
    return linear?.of ? Math.imul(linear.coefficient, linear.of.step) : 0
  }
  if (!op || inverted[op.code] === undefined) {
    const step = stepOf(on)
    if (step === 0 || !continuesWhenTrue) return undefined
    return { relation: Op.ne, value: on, step, bound: 0 }
  }
  const step = stepOf(op.args[1]!)
  const bound = op.args[2]!
  if (step === 0 || (isReg(bound) && shape.variant.has(bound.reg))) return undefined
  const relation = continuesWhenTrue ? op.code : inverted[op.code]!
  return { relation, value: op.args[1]!, step, bound }
}

/** How often the body runs: computed before the loop; undefined when the test has no such form. */
function turns(
  fn: MFunction,
  shape: LoopShape,
  before: MBlock,
  defs: Definitions,
  test: Test,
): Arg | undefined {
  const { relation, step, bound } = test
  const up = relation === Op.lt || relation === Op.le || relation === Op.ltu || relation === Op.leu
  const down =
    relation === Op.gt || relation === Op.ge || relation === Op.gtu || relation === Op.geu
  if ((up && step <= 0) || (down && step >= 0) || relation === Op.eq) return undefined
  const size = Math.abs(step)
  const isPower = (size & (size - 1)) === 0
  if (!up && !down && !isPower) return undefined
  if (!isReg(bound) && wraps(relation, bound, size)) return undefined
  const first = inRegister(fn, before, firstValue(fn, shape, before, defs, test.value))
  const add = (name: OpName, ...args: Arg[]): Arg => append(fn, before, undefined, name, ...args)
  const end = inRegister(fn, before, bound)
  const distance = step > 0 ? add('sub', end, first) : add('sub', first, end)
  const quotient = (value: Arg): Arg => (size === 1 ? value : add('divu', value, size))
  if (!up && !down) return add('add', quotient(distance), 1)
  const isStrict =
    relation === Op.lt || relation === Op.gt || relation === Op.ltu || relation === Op.gtu
  const more = add('add', quotient(isStrict ? add('add', distance, -1) : distance), 2)
  const holds = reg(newReg(fn, 'r'))
  before.ops.push({
    code: relation,
    args: [holds, first, end],
    at: before.end.at,
    symbol: before.symbol,
    scope: 0,
  })
  return add('sel', holds, more, add('movi', 1))
}

/** The stepping value would run past the end of its range before it passes the bound. */
function wraps(relation: number, bound: number, size: number): boolean {
  switch (relation) {
    case Op.lt:
      return bound - 1 + size > 0x7fffffff
    case Op.le:
      return bound + size > 0x7fffffff
    case Op.gt:
      return bound + 1 - size < -0x80000000
    case Op.ge:
      return bound - size < -0x80000000
    case Op.ltu:
      return (bound >>> 0) - 1 + size > 0xffffffff
    case Op.leu:
      return (bound >>> 0) + size > 0xffffffff
    case Op.gtu:
      return (bound >>> 0) + 1 - size < 0
    case Op.geu:
      return (bound >>> 0) - size < 0
    default:
      return false
  }
}

const sharedAccesses = 4

/** Loads and stores whose base only steps along take over the stepping. */
export function moveBases(fn: MFunction): void {
  for (const loop of loopsOf(fn)) {
    const header = fn.blocks[loop.header]!
    if (header.end.kind !== 'repeat') continue
    const defs = definitions(fn)
    const shape = shapeOf(fn, loop, defs)
    if (!shape) continue
    for (const induction of shape.inductions) splitBase(fn, shape, induction)
  }
}

function splitBase(fn: MFunction, shape: LoopShape, induction: Induction): void {
  const { param, next, step } = induction
  const accesses: MOp[] = []
  let others = 0
  const { header } = shape
  for (const block of fn.blocks) {
    for (const op of block.ops) {
      eachUse(op, (r, i) => {
        if (r !== param && r !== next) return
        const at = baseOperand(op)
        const isBase =
          r === param &&
          i === at &&
          specOf(op).operands[i + 1]!.kind === 'w' &&
          !isReg(op.args[i + 2]!)
        if (isBase) accesses.push(op)
        else if (!(r === param && resultOf(op) === next)) others++
      })
    }
    for (const edge of edgesOf(block.end)) {
      for (const a of edge.args) {
        if (isReg(a) && (a.reg === param || (a.reg === next && edge !== shape.back))) others++
      }
    }
  }
  if (others > 0 || accesses.length === 0 || accesses.length > sharedAccesses) return
  if (new Set(accesses).size !== accesses.length) return
  const before = fn.blocks[preheader(fn, shape.loop)]!
  const enter = edgesOf(before.end).find((e) => e.to === shape.loop.header)!
  const index = header.params.indexOf(param)
  const first = enter.args[index]!
  for (const op of accesses) {
    const at = baseOperand(op)
    const offset = op.args[at + 2] as number
    const base = newReg(fn, 'r')
    const moved = newReg(fn, 'r')
    const start = inRegister(fn, before, first)
    enter.args.push(offset === 0 ? start : append(fn, before, op, 'add', start, offset))
    shape.back.args.push(reg(moved))
    header.params.push(base)
    op.args[at] = reg(base)
    op.args[at + 1] = 1
    op.args[at + 2] = step
    op.post = moved
  }
  header.params.splice(index, 1)
  enter.args.splice(index, 1)
  shape.back.args.splice(index, 1)
  header.ops = header.ops.filter((op) => resultOf(op) !== next)
}
