/**
 * Clean-up of machine IR in SSA form: copies, constants, common values, dead code, loop invariants.
 */
import { Op } from '../../device/abi/core-isa.ts'
import { loopsOf, preheader, straighten } from './cfg.ts'
import { foldOp } from './fold.ts'
import {
  dominators,
  eachDef,
  eachUse,
  edgesOf,
  endUse,
  isReg,
  reversePostorder,
  resultOf,
  specOf,
  type Arg,
  type MFunction,
  type MOp,
} from './mir.ts'
import { dropTrivialParams, replaceAll } from './ssa.ts'

/** Definition of every register in SSA form; parameters have none. */
export function definitions(fn: MFunction): (MOp | undefined)[] {
  const out: (MOp | undefined)[] = Array.from({ length: fn.classes.length }, () => undefined)
  for (const block of fn.blocks) for (const op of block.ops) eachDef(op, (r) => (out[r] = op))
  return out
}

const copies: ReadonlySet<number> = new Set([Op.mov, Op.vmov, Op.cmov, Op.mmov])

/** Operations whose only effect is their result, although they may not move freely. */
const removable: ReadonlySet<number> = new Set([
  Op.ld8,
  Op.ldu8,
  Op.ld16,
  Op.ldu16,
  Op.ld32,
  Op.ldv16,
  Op.ldv32,
  Op.ldv64,
  Op.ldc,
  Op.ldm,
  Op.getrnd,
  Op.getsat,
  Op.cycles,
  Op.srs32,
  Op.srsu32,
  Op.srs64,
  Op.srsp32,
  Op.srsp64,
  Op.ups32,
  Op.ups64,
])

/** Runs all of it until nothing changes or enough rounds are done. */
export function optimise(fn: MFunction): void {
  for (let round = 0; round < 6; round++) {
    let changed = propagate(fn)
    if (shareCommon(fn)) changed = true
    if (dropTrivialParams(fn)) changed = true
    if (dropDead(fn)) changed = true
    straighten(fn)
    if (!changed) break
  }
}

/** Copies and constants, folding and identities. */
export function propagate(fn: MFunction): boolean {
  const defs = definitions(fn)
  const replace = new Map<number, Arg>()
  let changed = false
  for (const b of reversePostorder(fn)) {
    const block = fn.blocks[b]!
    const fresh: MOp[] = []
    for (const op of block.ops) {
      followCopies(op, replace)
      if (foldOp(fn, op, defs, fresh)) changed = true
      fresh.push(op)
      if (copies.has(op.code) && isReg(op.args[1]!)) {
        replace.set(resultOf(op), op.args[1]!)
        changed = true
      }
    }
    block.ops = fresh.filter((op) => !(copies.has(op.code) && replace.has(resultOf(op))))
  }
  if (replace.size > 0) replaceAll(fn, replace)
  return foldEnds(fn, definitions(fn)) || changed
}

function followCopies(op: MOp, replace: ReadonlyMap<number, Arg>): void {
  eachUse(op, (r, i) => {
    let arg = replace.get(r)
    while (arg !== undefined && isReg(arg) && replace.has(arg.reg)) arg = replace.get(arg.reg)
    if (arg !== undefined) op.args[i] = arg
  })
}

/** Constants into branches, and tests against zero into the branch itself. */
function foldEnds(fn: MFunction, defs: readonly (MOp | undefined)[]): boolean {
  let changed = false
  for (const block of fn.blocks) {
    const end = block.end
    for (const edge of edgesOf(end)) {
      edge.args.forEach((arg, i) => {
        const op = isReg(arg) ? defs[arg.reg] : undefined
        if (op?.code === Op.movi && !isReg(op.args[1]!)) edge.args[i] = op.args[1]!
      })
    }
    if (end.kind === 'enter' && isReg(end.count)) {
      const count = defs[end.count.reg]
      if (count?.code === Op.movi) end.count = count.args[1]!
    }
    if (end.kind !== 'branch' || !isReg(end.on)) continue
    const op = defs[end.on.reg]
    if (op?.code === Op.movi) {
      end.on = op.args[1]!
      changed = true
    } else if (op && (op.code === Op.ne || op.code === Op.eq) && op.args[2] === 0) {
      end.on = op.args[1]!
      if (op.code === Op.eq) [end.then, end.else] = [end.else, end.then]
      changed = true
    }
  }
  return changed
}

function keyOf(op: MOp): string {
  let key = String(op.code)
  op.args.forEach((arg, i) => {
    if (!specOf(op).operands[i]!.isDef) key += isReg(arg) ? ` %${arg.reg}` : ` ${arg}`
  })
  return key
}

/** Pure operations that repeat one which dominates them. */
function shareCommon(fn: MFunction): boolean {
  const order = reversePostorder(fn)
  const idom = dominators(fn, order)
  const children: number[][] = fn.blocks.map(() => [])
  for (const b of order) if (b !== order[0]) children[idom[b]!]!.push(b)
  const replace = new Map<number, Arg>()
  const known = new Map<string, Arg>()
  const work: { block: number; undo: string[] | undefined }[] = [
    { block: order[0]!, undo: undefined },
  ]
  while (work.length > 0) {
    const item = work.pop()!
    if (item.undo) {
      for (const key of item.undo) known.delete(key)
      continue
    }
    const added: string[] = []
    const block = fn.blocks[item.block]!
    block.ops = block.ops.filter((op) => {
      followCopies(op, replace)
      if (!specOf(op).isPure || resultOf(op) < 0) return true
      const key = keyOf(op)
      const same = known.get(key)
      if (same !== undefined) {
        replace.set(resultOf(op), same)
        return false
      }
      known.set(key, op.args[0]!)
      added.push(key)
      return true
    })
    work.push({ block: item.block, undo: added })
    for (const child of children[item.block]!) work.push({ block: child, undo: undefined })
  }
  if (replace.size > 0) replaceAll(fn, replace)
  return replace.size > 0
}

/** Results and parameters that nothing with an effect needs. */
export function dropDead(fn: MFunction): boolean {
  const defs = definitions(fn)
  const needed = new Uint8Array(fn.classes.length)
  const paramOf = new Map<number, { block: number; index: number }>()
  fn.blocks.forEach((block, b) =>
    block.params.forEach((p, index) => paramOf.set(p, { block: b, index })),
  )
  const incoming: Arg[][][] = fn.blocks.map(() => [])
  for (const block of fn.blocks)
    for (const edge of edgesOf(block.end)) incoming[edge.to]!.push(edge.args)
  const work: number[] = []
  const need = (arg: Arg | undefined): void => {
    if (arg === undefined || !isReg(arg) || needed[arg.reg]) return
    needed[arg.reg] = 1
    work.push(arg.reg)
  }
  const hasEffect = (op: MOp): boolean => !specOf(op).isPure && !removable.has(op.code)
  for (const block of fn.blocks) {
    need(endUse(block.end))
    for (const op of block.ops) if (hasEffect(op)) eachUse(op, (r) => need({ reg: r }))
  }
  while (work.length > 0) {
    const r = work.pop()!
    const op = defs[r]
    if (op) eachUse(op, (u) => need({ reg: u }))
    const param = paramOf.get(r)
    if (param) for (const args of incoming[param.block]!) need(args[param.index])
  }
  let changed = false
  fn.blocks.forEach((block, b) => {
    const before = block.ops.length
    block.ops = block.ops.filter((op) => hasEffect(op) || needed[resultOf(op)] === 1)
    if (block.ops.length !== before) changed = true
    for (let i = block.params.length - 1; i >= 0; i--) {
      if (needed[block.params[i]!]) continue
      block.params.splice(i, 1)
      for (const args of incoming[b]!) args.splice(i, 1)
      changed = true
    }
  })
  return changed
}

/** Moves pure operations on values from outside a loop to just before it. */
export function hoistInvariants(fn: MFunction): void {
  for (const loop of loopsOf(fn)) {
    const variant = new Set<number>()
    const inside = [...loop.blocks].sort((a, b) => a - b)
    for (const b of inside) {
      for (const p of fn.blocks[b]!.params) variant.add(p)
      for (const op of fn.blocks[b]!.ops) eachDef(op, (r) => variant.add(r))
    }
    const moved: MOp[] = []
    for (let changed = true; changed;) {
      changed = false
      for (const b of inside) {
        const block = fn.blocks[b]!
        block.ops = block.ops.filter((op) => {
          if (!specOf(op).isPure || resultOf(op) < 0) return true
          let isInvariant = true
          eachUse(op, (r) => (isInvariant &&= !variant.has(r)))
          if (!isInvariant) return true
          variant.delete(resultOf(op))
          moved.push(op)
          changed = true
          return false
        })
      }
    }
    if (moved.length > 0) fn.blocks[preheader(fn, loop)]!.ops.push(...moved)
  }
}
