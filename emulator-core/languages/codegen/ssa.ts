/**
 * Static single assignment: every register written once, values that meet are block parameters.
 */
import { Op } from '../../device/abi/core-isa.ts'
import { liveness } from './liveness.ts'
import {
  eachDef,
  edgesOf,
  isReg,
  newReg,
  predecessors,
  reg,
  reversePostorder,
  sameArg,
  specOf,
  type Arg,
  type MEnd,
  type MFunction,
  type MOp,
} from './mir.ts'

/** Drops blocks that cannot be reached and numbers the rest in reverse postorder. */
export function compact(fn: MFunction): void {
  const order = reversePostorder(fn)
  const place = new Map(order.map((b, i) => [b, i]))
  const kept = order.map((b) => fn.blocks[b]!)
  fn.blocks.splice(0, fn.blocks.length, ...kept)
  for (const block of kept) for (const edge of edgesOf(block.end)) edge.to = place.get(edge.to)!
}

/** Rewrites every register a block end reads, its edges included. */
export function mapEnd(end: MEnd, map: (arg: Arg) => Arg): void {
  if (end.kind === 'branch') end.on = map(end.on)
  if (end.kind === 'enter') end.count = map(end.count)
  for (const edge of edgesOf(end)) edge.args = edge.args.map(map)
}

/** Rewrites every register an operation reads. */
export function mapUses(op: MOp, map: (arg: Arg) => Arg): void {
  const operands = specOf(op).operands
  for (let i = 0; i < operands.length; i++) {
    if (!operands[i]!.isDef && isReg(op.args[i]!)) op.args[i] = map(op.args[i]!)
  }
}

/** Turns mutable registers into values. The entry block gets no predecessor and no parameters. */
export function toSsa(fn: MFunction): void {
  compact(fn)
  const preds = predecessors(fn)
  const writes = new Int32Array(fn.classes.length)
  for (const block of fn.blocks) for (const op of block.ops) eachDef(op, (r) => writes[r]!++)
  const { liveIn } = liveness(fn)
  const several = (r: number): boolean => writes[r]! > 1 || liveIn[0]!.has(r)
  const undefinedValue = entryValues(fn, liveIn[0]!.members())
  const outgoing: Map<number, Arg>[] = []
  const variables: number[][] = []
  fn.blocks.forEach((block, b) => {
    const current = new Map<number, Arg>()
    variables[b] = []
    if (b === 0) undefinedValue.forEach((value, r) => current.set(r, value))
    else if (preds[b]!.length === 1)
      outgoing[preds[b]![0]!]!.forEach((value, r) => current.set(r, value))
    else {
      for (const r of liveIn[b]!.members()) {
        if (!several(r)) continue
        const param = newReg(fn, fn.classes[r]!)
        block.params.push(param)
        variables[b]!.push(r)
        current.set(r, reg(param))
      }
    }
    const read = (arg: Arg): Arg => (isReg(arg) ? (current.get(arg.reg) ?? arg) : arg)
    for (const op of block.ops) {
      mapUses(op, read)
      const operands = specOf(op).operands
      operands.forEach((operand, i) => {
        const arg = op.args[i]!
        if (!operand.isDef || !isReg(arg) || !several(arg.reg)) return
        const value = reg(newReg(fn, fn.classes[arg.reg]!))
        op.args[i] = value
        current.set(arg.reg, value)
      })
    }
    mapEnd(block.end, read)
    outgoing[b] = current
  })
  fn.blocks.forEach((block, b) => {
    for (const edge of edgesOf(block.end)) {
      edge.args = variables[edge.to]!.map((r) => outgoing[b]!.get(r) ?? 0)
    }
  })
  dropTrivialParams(fn)
}

/** Registers that may be read before they are written start as zero. */
function entryValues(fn: MFunction, registers: number[]): Map<number, Arg> {
  const out = new Map<number, Arg>()
  const zero = { r: 'movi', x: 'vzero', c: 'czero', m: 'mzero' } as const
  const first = fn.blocks[0]!
  for (const r of registers) {
    const kind = fn.classes[r]!
    const value = reg(newReg(fn, kind))
    const args: Arg[] = kind === 'r' ? [value, 0] : [value]
    const at = first.end.at
    first.ops.unshift({ code: Op[zero[kind]], args, at, symbol: first.symbol, scope: 0 })
    out.set(r, value)
  }
  return out
}

/** Removes parameters that always receive the same value. */
export function dropTrivialParams(fn: MFunction): boolean {
  let any = false
  for (let changed = true; changed;) {
    changed = false
    const replace = new Map<number, Arg>()
    const incoming = incomingEdges(fn)
    fn.blocks.forEach((block, b) => {
      for (let i = block.params.length - 1; i >= 0; i--) {
        const param = block.params[i]!
        let only: Arg | undefined
        let isTrivial = true
        for (const edge of incoming[b]!) {
          const arg = edge.args[i]!
          if (isReg(arg) && (arg.reg === param || replace.has(arg.reg))) {
            if (arg.reg !== param) isTrivial = false
            continue
          }
          if (only === undefined) only = arg
          else if (!sameArg(only, arg)) isTrivial = false
        }
        if (!isTrivial || only === undefined) continue
        if (isReg(only)) replace.set(param, only)
        else {
          const args = [reg(param), only]
          block.ops.unshift({
            code: Op.movi,
            args,
            at: block.end.at,
            symbol: block.symbol,
            scope: 0,
          })
        }
        block.params.splice(i, 1)
        for (const edge of incoming[b]!) edge.args.splice(i, 1)
        changed = true
      }
    })
    if (replace.size > 0) replaceAll(fn, replace)
    any ||= changed
  }
  return any
}

function incomingEdges(fn: MFunction): { args: Arg[]; to: number }[][] {
  const out: { args: Arg[]; to: number }[][] = fn.blocks.map(() => [])
  for (const block of fn.blocks) for (const edge of edgesOf(block.end)) out[edge.to]!.push(edge)
  return out
}

/** Replaces registers everywhere; chains of replacements are followed. */
export function replaceAll(fn: MFunction, replace: ReadonlyMap<number, Arg>): void {
  const resolve = (arg: Arg): Arg => {
    let a = arg
    for (let i = 0; isReg(a) && i <= replace.size; i++) {
      const next: Arg | undefined = replace.get(a.reg)
      if (next === undefined) break
      a = next
    }
    return a
  }
  for (const block of fn.blocks) {
    for (const op of block.ops) mapUses(op, resolve)
    mapEnd(block.end, resolve)
  }
}
