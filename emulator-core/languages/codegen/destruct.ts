/**
 * Out of SSA: block parameters become registers that their predecessors write.
 *
 * A parameter and its arguments share one register wherever they are never alive together;
 * elsewhere a copy is put at the end of the predecessor, in a block of its own when the copy must
 * not be seen on the other way out.
 */
import { Op, type RegisterClass } from '../../device/abi/core-isa.ts'
import { loopDepths } from './cfg.ts'
import { addEndUses, BitSet, liveness } from './liveness.ts'
import {
  eachDef,
  eachUse,
  edgesOf,
  endUse,
  isReg,
  newReg,
  reg,
  specOf,
  type Arg,
  type Edge,
  type MBlock,
  type MFunction,
  type MOp,
} from './mir.ts'
import { mapEnd } from './ssa.ts'

const copyCode: Readonly<Record<RegisterClass, number>> = {
  r: Op.mov,
  x: Op.vmov,
  c: Op.cmov,
  m: Op.mmov,
}

function copyOp(fn: MFunction, block: MBlock, to: number, from: Arg): MOp {
  const code = isReg(from) ? copyCode[fn.classes[to]!] : Op.movi
  return { code, args: [reg(to), from], at: block.end.at, symbol: block.symbol, scope: 0 }
}

/** Turns block parameters into copies; afterwards registers may be written several times. */
export function fromSsa(fn: MFunction): void {
  for (let b = 0; b < fn.blocks.length; b++) keepOldParams(fn, b)
  splitEdges(fn)
  sinkSteps(fn)
  const shared = coalesce(fn)
  const rename = (arg: Arg): Arg => (isReg(arg) ? reg(shared.find(arg.reg)) : arg)
  for (const block of fn.blocks) {
    block.params = block.params.map((p) => shared.find(p))
    for (const op of block.ops) {
      op.args = op.args.map((arg, i) => {
        const kind = specOf(op).operands[i]!.kind
        return isReg(arg) || kind === 'v' || kind === 's' ? rename(arg) : arg
      })
      if (op.post !== undefined) op.post = shared.find(op.post)
    }
    mapEnd(block.end, rename)
  }
  for (const block of fn.blocks) {
    for (const edge of edgesOf(block.end)) {
      const target = fn.blocks[edge.to]!
      block.ops.push(...sequence(fn, block, target.params, edge.args))
      edge.args = []
    }
  }
  for (const block of fn.blocks) block.params = []
}

/**
 * A parameter of a hardware loop that is read after the loop gets a copy, because the next turn
 * overwrites it.
 */
export function keepOldParams(fn: MFunction, b: number): void {
  const block = fn.blocks[b]!
  if (block.end.kind !== 'repeat' || block.cycles) return
  const exit = block.end.exit
  const { liveIn } = liveness(fn)
  for (const p of block.params) {
    const inArgs = exit.args.some((a) => isReg(a) && a.reg === p)
    if (!inArgs && !liveIn[exit.to]!.has(p)) continue
    const kept = newReg(fn, fn.classes[p]!)
    block.ops.unshift(copyOp(fn, block, kept, reg(p)))
    const map = (arg: Arg): Arg => (isReg(arg) && arg.reg === p ? reg(kept) : arg)
    exit.args = exit.args.map(map)
    fn.blocks.forEach((other, o) => {
      if (o === b) return
      for (const op of other.ops) {
        op.args = op.args.map((a, i) => (specOf(op).operands[i]!.isDef ? a : map(a)))
      }
      mapEnd(other.end, map)
    })
  }
}

/** Blocks of their own for the copies of an edge that must not run on the other way. */
function splitEdges(fn: MFunction): void {
  const { liveIn } = liveness(fn)
  const count = fn.blocks.length
  for (let b = 0; b < count; b++) {
    const block = fn.blocks[b]!
    const edges = edgesOf(block.end)
    if (edges.length < 2) continue
    for (const edge of edges) {
      if (edge.args.length === 0) continue
      const isBack = block.end.kind === 'repeat' && edge === block.end.to
      if (isBack || canCopyBefore(fn, block, edge, edges, liveIn)) continue
      const to = { to: edge.to, args: edge.args }
      fn.blocks.push({
        params: [],
        ops: [],
        end: { kind: 'jump', to, at: block.end.at },
        symbol: block.symbol,
      })
      edge.to = fn.blocks.length - 1
      edge.args = []
      liveIn.push(new BitSet(fn.classes.length))
    }
  }
}

function canCopyBefore(
  fn: MFunction,
  block: MBlock,
  edge: Edge,
  edges: Edge[],
  liveIn: BitSet[],
): boolean {
  if (block.end.kind === 'repeat') return false
  const params = fn.blocks[edge.to]!.params
  const use = endUse(block.end)
  return params.every((p) => {
    if (use !== undefined && isReg(use) && use.reg === p) return false
    return edges.every((other) => {
      if (other === edge) return true
      if (other.to >= liveIn.length || other.args.length > 0) return false
      return !liveIn[other.to]!.has(p)
    })
  })
}

/**
 * Moves the step of a loop variable behind the last use of its old value, so that both share a
 * register.
 */
function sinkSteps(fn: MFunction): void {
  for (const block of fn.blocks) {
    if (block.cycles) continue
    for (const edge of edgesOf(block.end)) {
      fn.blocks[edge.to]!.params.forEach((p, i) => {
        const arg = edge.args[i]!
        if (!isReg(arg)) return
        const at = block.ops.findIndex(
          (op) =>
            specOf(op).isPure &&
            specOf(op).operands[0]?.isDef &&
            (op.args[0] as { reg: number }).reg === arg.reg,
        )
        if (at < 0) return
        let last = at
        let isFree = true
        for (let j = at + 1; j < block.ops.length; j++) {
          eachUse(block.ops[j]!, (r) => {
            if (r === p) last = j
          })
        }
        for (let j = at + 1; j <= last; j++) {
          eachUse(block.ops[j]!, (r) => {
            if (r === arg.reg) isFree = false
          })
        }
        if (!isFree || last === at) return
        const [op] = block.ops.splice(at, 1)
        block.ops.splice(last, 0, op!)
      })
    }
  }
}

class UnionFind {
  private readonly up: Int32Array
  readonly members: (number[] | undefined)[]

  constructor(size: number) {
    this.up = Int32Array.from({ length: size }, (_, i) => i)
    this.members = Array.from({ length: size }, () => undefined)
  }

  find(n: number): number {
    while (this.up[n] !== n) n = this.up[n] = this.up[this.up[n]!]!
    return n
  }

  of(n: number): number[] {
    return (this.members[n] ??= [n])
  }

  unite(a: number, b: number): void {
    const all = [...this.of(a), ...this.of(b)]
    this.up[b] = a
    this.members[a] = all
    this.members[b] = undefined
  }
}

/** Registers that are alive together, as SSA values. */
function conflicts(fn: MFunction): BitSet[] {
  const { liveIn, liveOut } = liveness(fn)
  const out = fn.classes.map(() => new BitSet(fn.classes.length))
  const clash = (r: number, live: BitSet): void => {
    for (const other of live.members()) {
      if (other === r || fn.classes[other] !== fn.classes[r]) continue
      out[r]!.add(other)
      out[other]!.add(r)
    }
  }
  fn.blocks.forEach((block, b) => {
    const live = liveOut[b]!.copy()
    addEndUses(block, live)
    clashEarlyCopies(fn, block, liveIn, clash)
    for (let i = block.ops.length - 1; i >= 0; i--) {
      const op = block.ops[i]!
      eachDef(op, (r) => clash(r, live))
      eachDef(op, (r) => live.delete(r))
      eachUse(op, (r) => live.add(r))
    }
    for (const p of block.params) live.add(p)
    for (const p of block.params) clash(p, live)
  })
  return out
}

/**
 * Copies that run before a branch also run on the other way: they must not touch what lives there.
 */
function clashEarlyCopies(
  fn: MFunction,
  block: MBlock,
  liveIn: readonly BitSet[],
  clash: (r: number, live: BitSet) => void,
): void {
  const edges = edgesOf(block.end)
  if (edges.length < 2) return
  const use = endUse(block.end)
  for (const edge of edges) {
    fn.blocks[edge.to]!.params.forEach((p, i) => {
      const other = new BitSet(fn.classes.length)
      if (use !== undefined && isReg(use)) other.add(use.reg)
      for (const o of edges) if (o !== edge) other.unite(liveIn[o.to]!)
      const arg = edge.args[i]!
      if (isReg(arg)) other.delete(arg.reg)
      clash(p, other)
    })
  }
}

function coalesce(fn: MFunction): UnionFind {
  const clash = conflicts(fn)
  const shared = new UnionFind(fn.classes.length)
  const tryUnite = (p: number, a: number): boolean => {
    const [x, y] = [shared.find(p), shared.find(a)]
    if (x === y) return true
    if (fn.classes[x] !== fn.classes[y]) return false
    for (const m of shared.of(x)) for (const n of shared.of(y)) if (clash[m]!.has(n)) return false
    shared.unite(x, y)
    return true
  }
  tiePostModify(fn, tryUnite)
  const depth = loopDepths(fn)
  const order = fn.blocks.map((_, b) => b).sort((a, b) => depth[b]! - depth[a]!)
  for (const b of order) {
    for (const edge of edgesOf(fn.blocks[b]!.end)) {
      fn.blocks[edge.to]!.params.forEach((p, i) => {
        const arg = edge.args[i]!
        if (isReg(arg)) tryUnite(p, arg.reg)
      })
    }
  }
  return shared
}

/** The base of an access that moves it on and the moved base are one register. */
function tiePostModify(fn: MFunction, tryUnite: (a: number, b: number) => boolean): void {
  for (const block of fn.blocks) {
    for (let i = 0; i < block.ops.length; i++) {
      const op = block.ops[i]!
      if (op.post === undefined) continue
      const operand = baseOperand(op)
      const base = op.args[operand] as { reg: number }
      if (tryUnite(base.reg, op.post)) continue
      // The old base is needed later: step a copy of it.
      const step = op.post
      delete op.post
      op.args[operand + 1] = 0
      const by = op.args[operand + 2]!
      op.args[operand + 2] = 0
      block.ops.splice(i + 1, 0, {
        ...copyOp(fn, block, step, base),
        code: Op.add,
        args: [reg(step), base, by],
      })
    }
  }
}

/** Index of the base register of a memory operation; the moves-on flag and the offset follow it. */
export function baseOperand(op: MOp): number {
  const operands = specOf(op).operands
  return operands.findIndex(
    (o, i) => o.kind === 'r' && !o.isDef && ['w', 'v'].includes(operands[i + 1]?.kind ?? ''),
  )
}

/** Simultaneous copies `to[i] = from[i]` one after the other. */
function sequence(
  fn: MFunction,
  block: MBlock,
  to: readonly number[],
  from: readonly Arg[],
): MOp[] {
  const out: MOp[] = []
  let pending = to
    .map((t, i) => ({ to: t, from: from[i]! }))
    .filter((c) => !isReg(c.from) || c.from.reg !== c.to)
  while (pending.length > 0) {
    const ready = pending.filter(
      (c) => !pending.some((o) => o !== c && isReg(o.from) && o.from.reg === c.to),
    )
    if (ready.length > 0) {
      for (const c of ready) out.push(copyOp(fn, block, c.to, c.from))
      pending = pending.filter((c) => !ready.includes(c))
      continue
    }
    const first = pending[0]!
    const saved = newReg(fn, fn.classes[first.to]!)
    out.push(copyOp(fn, block, saved, reg(first.to)))
    pending = pending.map((c) =>
      isReg(c.from) && c.from.reg === first.to ? { ...c, from: reg(saved) } : c,
    )
  }
  return out
}
