/** Emission: blocks in an order, bundles as words, one place of the source map per bundle. */
import type { CodePlace } from '../../artifacts/core-program.ts'
import {
  bundleWords,
  encode,
  Op,
  opText,
  operation,
  type MachineOp,
} from '../../device/abi/core-isa.ts'
import type { CoreFacts } from '../../device/core-facts.ts'
import type { Span } from '../../sim/diagnostics.ts'
import { isSync } from './depend.ts'
import { isReg, specOf, type Arg, type MEnd, type MFunction, type MOp } from './mir.ts'
import { orderInBundle, type BlockSchedule } from './schedule.ts'

interface Bundle {
  ops: MachineOp[]
  at: Span
  symbol: string
  /** Block whose first word the target operand of the last operation becomes, or -1. */
  target: number
  /** The target is the last bundle of that block instead. */
  isLoopEnd: boolean
}

export interface Emitted {
  readonly image: Uint32Array
  readonly places: readonly CodePlace[]
}

/** Physical form of an operation. */
function toMachine(op: MOp, colour: Int32Array): MachineOp {
  let constants = 0
  const args = op.args.map((arg, i) => {
    const kind = specOf(op).operands[i]!.kind
    if (isReg(arg)) return colour[arg.reg]!
    if (kind === 'v' || kind === 's') constants |= 1 << i
    if (kind === 'w') return op.post === undefined ? 0 : 1
    return arg
  })
  return { code: op.code, args, constants }
}

/** Blocks in the order in which they lie in memory; hardware loops follow their entry. */
function layout(fn: MFunction): number[] {
  const order: number[] = []
  const placed = new Set<number>()
  const work = [0]
  const reserved = new Set<number>()
  for (const block of fn.blocks) if (block.end.kind === 'enter') reserved.add(block.end.to.to)
  while (work.length > 0) {
    let b: number | undefined = work.pop()!
    while (b !== undefined && !placed.has(b)) {
      placed.add(b)
      order.push(b)
      b = follow(fn.blocks[b]!.end, placed, reserved, work)
    }
  }
  return order
}

function follow(
  end: MEnd,
  placed: Set<number>,
  reserved: Set<number>,
  work: number[],
): number | undefined {
  const isFree = (b: number): boolean => !placed.has(b) && !reserved.has(b)
  switch (end.kind) {
    case 'enter':
      return end.to.to
    case 'repeat':
      return isFree(end.exit.to) ? end.exit.to : undefined
    case 'jump':
      return isFree(end.to.to) ? end.to.to : undefined
    case 'branch': {
      const [first, second] = [end.then.to, end.else.to]
      if (isFree(first)) {
        if (isFree(second)) work.push(second)
        return first
      }
      return isFree(second) ? second : undefined
    }
    case 'done':
      return undefined
  }
}

/** Makes the program; `lineOf` gives the line of a span. */
export function emit(
  fn: MFunction,
  schedules: readonly BlockSchedule[],
  colour: Int32Array,
  facts: CoreFacts,
  lineOf: (at: Span) => number,
): Emitted {
  const order = layout(fn)
  const bundles: Bundle[] = []
  const first = new Map<number, number>()
  const last = new Map<number, number>()
  order.forEach((b, i) => {
    first.set(b, bundles.length)
    emitBlock(fn, b, order[i + 1], schedules[b]!, colour, facts, bundles)
    last.set(b, bundles.length - 1)
  })
  return resolve(bundles, first, last, lineOf)
}

function nop(cycles: number): MachineOp {
  return { code: Op.nop, args: [cycles - 1], constants: 0 }
}

function emitBlock(
  fn: MFunction,
  b: number,
  next: number | undefined,
  schedule: BlockSchedule,
  colour: Int32Array,
  facts: CoreFacts,
  out: Bundle[],
): void {
  const block = fn.blocks[b]!
  const { symbol, end } = block
  const jumps = endOps(end, next, colour)
  let length = schedule.length
  if (end.kind === 'jump' && jumps.length > 0) length = Math.max(length, 1 + facts.delaySlots)
  if ((jumps.length > 0 || end.kind === 'repeat') && length === 0) length = 1
  const lastOp = schedule.cycles.findLastIndex((ops) => ops.length > 0)
  const isTaken = lastOp >= 0 && schedule.cycles[lastOp]!.some(isSync)
  // The jump reads its operand where it stands, so it stands no earlier than its delay slots need.
  const most = end.kind === 'done' ? 0 : end.kind === 'enter' ? facts.loopSetup : facts.delaySlots
  const endAt =
    jumps.length === 0 ? -1 : Math.max(isTaken ? lastOp + 1 : lastOp, length - 1 - most, 0)
  if (endAt >= length) length = endAt + 1
  const start = out.length
  const push = (ops: MachineOp[], at: Span, from = symbol): void => {
    out.push({ ops, at, symbol: from, target: -1, isLoopEnd: false })
  }
  for (let cycle = 0; cycle < length;) {
    const ops = orderInBundle(schedule.cycles[cycle] ?? [])
    if (ops.length > 0) {
      const main = placeOf(ops)
      push(
        ops.map((op) => toMachine(op, colour)),
        main.at,
        main.symbol,
      )
    }
    if (cycle === endAt) {
      if (ops.length === 0) push([], end.at)
      break
    }
    if (ops.length > 0) {
      cycle++
      continue
    }
    let until = cycle + 1
    while (
      until < length &&
      until !== endAt &&
      until - cycle < 256 &&
      !schedule.cycles[until]?.length
    )
      until++
    push([nop(until - cycle)], end.at)
    cycle = until
  }
  if (jumps.length === 0) return
  if (out.length === start) push([], end.at)
  const bundle = out[out.length - 1]!
  const [main, extra] = jumps
  const hold = Math.max(0, length - 1 - endAt)
  attach(bundle, main!, hold)
  if (!extra) return
  push([], end.at)
  attach(out[out.length - 1]!, extra, facts.delaySlots)
}

interface Jump {
  readonly op: MachineOp
  readonly target: number
  readonly isLoopEnd: boolean
}

function attach(bundle: Bundle, jump: Jump, hold: number): void {
  const spec = operation(jump.op.code)!
  const args = jump.op.args.map((a, i) => (spec.operands[i]!.kind === 'h' ? hold : a))
  bundle.ops.push({ ...jump.op, args })
  bundle.target = jump.target
  bundle.isLoopEnd = jump.isLoopEnd
}

/** Where most of a bundle comes from: its slowest part, the memory or vector operation. */
function placeOf(ops: readonly MOp[]): MOp {
  return ops.find((op) => op.code >= Op.ld8) ?? ops[0]!
}

function endOps(end: MEnd, next: number | undefined, colour: Int32Array): Jump[] {
  const on = (arg: Arg): number => (isReg(arg) ? colour[arg.reg]! : arg)
  const jump = (target: number): Jump => ({
    op: { code: Op.jump, args: [0, 0], constants: 0 },
    target,
    isLoopEnd: false,
  })
  switch (end.kind) {
    case 'jump':
      return end.to.to === next ? [] : [jump(end.to.to)]
    case 'branch': {
      const [yes, no] = [end.then.to, end.else.to]
      const code = yes === next ? Op.bz : Op.bnz
      const target = yes === next ? no : yes
      const main: Jump = {
        op: { code, args: [on(end.on), 0, 0], constants: 0 },
        target,
        isLoopEnd: false,
      }
      return yes === next || no === next ? [main] : [main, jump(no)]
    }
    case 'enter': {
      const constants = isReg(end.count) ? 0 : 1
      return [
        {
          op: { code: Op.loop, args: [on(end.count), 0, 0], constants },
          target: end.to.to,
          isLoopEnd: true,
        },
      ]
    }
    case 'repeat':
      return []
    case 'done':
      return [{ op: { code: Op.done, args: [], constants: 0 }, target: -1, isLoopEnd: false }]
  }
}

function resolve(
  bundles: readonly Bundle[],
  first: ReadonlyMap<number, number>,
  last: ReadonlyMap<number, number>,
  lineOf: (at: Span) => number,
): Emitted {
  const starts: number[] = []
  let word = 0
  for (const bundle of bundles) {
    starts.push(word)
    word += bundleWords(bundle.ops)
  }
  starts.push(word)
  const image: number[] = []
  const places: CodePlace[] = []
  bundles.forEach((bundle, i) => {
    const ops = bundle.ops.map((op, n) => {
      if (bundle.target < 0 || n !== bundle.ops.length - 1) return op
      const to = bundle.isLoopEnd ? last.get(bundle.target)! : first.get(bundle.target)!
      const at = operation(op.code)!.operands.findIndex((o) => o.kind === 't')
      return { ...op, args: op.args.map((a, j) => (j === at ? starts[to]! : a)) }
    })
    image.push(...encode(ops))
    const { at, symbol } = bundle
    places.push({ pc: starts[i]! * 4, at, line: lineOf(at), symbol, text: ops.map(opText) })
  })
  return { image: Uint32Array.from(image), places }
}
