/**
 * Register allocation: virtual registers of scheduled code to the register files, by graph
 * colouring.
 *
 * A register is taken from the cycle its writer starts to the last cycle that reads it, and a
 * writer never shares with what another operation of its cycle reads. What finds no register is
 * spilled to the stack; constants are made again instead.
 */
import { Op, type RegisterClass } from '../../device/abi/core-isa.ts'
import type { CoreFacts } from '../../device/core-facts.ts'
import { loopDepths } from './cfg.ts'
import { BitSet } from './liveness.ts'
import {
  eachDef,
  eachUse,
  edgesOf,
  endUse,
  isReg,
  newReg,
  reg,
  type MFunction,
  type MOp,
} from './mir.ts'
import type { BlockSchedule } from './schedule.ts'

export function registerLimits(facts: CoreFacts): Readonly<Record<RegisterClass, number>> {
  const { scalar, vector, accumulator, mask } = facts.registers
  return { r: scalar, x: vector, c: accumulator, m: mask }
}

export interface Allocation {
  /** Physical register of each virtual one. */
  readonly colour: Int32Array
  /** Registers that found none; empty when the allocation is complete. */
  readonly spilled: readonly number[]
}

/** Registers live into each block, over scheduled code. */
function liveIntoBlocks(fn: MFunction, schedules: readonly BlockSchedule[]): BitSet[] {
  const size = fn.classes.length
  const liveIn = fn.blocks.map(() => new BitSet(size))
  for (let changed = true; changed;) {
    changed = false
    for (let b = fn.blocks.length - 1; b >= 0; b--) {
      const live = liveAtEnd(fn, b, liveIn)
      const { cycles } = schedules[b]!
      for (let c = cycles.length - 1; c >= 0; c--) stepBack(cycles[c]!, live)
      if (liveIn[b]!.unite(live)) changed = true
    }
  }
  return liveIn
}

function liveAtEnd(fn: MFunction, b: number, liveIn: readonly BitSet[]): BitSet {
  const live = new BitSet(fn.classes.length)
  const end = fn.blocks[b]!.end
  for (const edge of edgesOf(end)) live.unite(liveIn[edge.to]!)
  const use = endUse(end)
  if (use !== undefined && isReg(use)) live.add(use.reg)
  return live
}

function stepBack(cycle: readonly MOp[], live: BitSet): void {
  for (const op of cycle) eachDef(op, (r) => live.delete(r))
  for (const op of cycle) eachUse(op, (r) => live.add(r))
}

interface Graph {
  readonly near: Set<number>[]
  readonly cost: Float64Array
  readonly moves: Map<number, number[]>
  readonly used: Uint8Array
}

const moveCodes: ReadonlySet<number> = new Set([Op.mov, Op.vmov, Op.cmov, Op.mmov])

function buildGraph(fn: MFunction, schedules: readonly BlockSchedule[]): Graph {
  const size = fn.classes.length
  const near = Array.from({ length: size }, () => new Set<number>())
  const cost = new Float64Array(size)
  const used = new Uint8Array(size)
  const moves = new Map<number, number[]>()
  const liveIn = liveIntoBlocks(fn, schedules)
  const depth = loopDepths(fn)
  const clash = (a: number, b: number): void => {
    if (a === b || fn.classes[a] !== fn.classes[b]) return
    near[a]!.add(b)
    near[b]!.add(a)
  }
  fn.blocks.forEach((block, b) => {
    const live = liveAtEnd(fn, b, liveIn)
    const weight = 10 ** Math.min(6, depth[b]!)
    const use = endUse(block.end)
    if (use !== undefined && isReg(use)) used[use.reg] = 1
    const { cycles } = schedules[b]!
    for (let c = cycles.length - 1; c >= 0; c--) {
      const after = live.members()
      for (const op of cycles[c]!) {
        eachDef(op, (d) => {
          used[d] = 1
          cost[d]! += weight
          for (const r of after) clash(d, r)
          for (const other of cycles[c]!) {
            if (other === op) eachDef(op, (r) => clash(d, r))
            else {
              eachDef(other, (r) => clash(d, r))
              eachUse(other, (r) => clash(d, r))
            }
          }
        })
        eachUse(op, (r) => {
          used[r] = 1
          cost[r]! += weight
        })
        if (moveCodes.has(op.code)) noteMove(op, moves)
      }
      stepBack(cycles[c]!, live)
    }
  })
  return { near, cost, moves, used }
}

function noteMove(op: MOp, moves: Map<number, number[]>): void {
  const [a, b] = [op.args[0]!, op.args[1]!]
  if (!isReg(a) || !isReg(b)) return
  for (const [x, y] of [
    [a.reg, b.reg],
    [b.reg, a.reg],
  ] as const) {
    const list = moves.get(x)
    if (list) list.push(y)
    else moves.set(x, [y])
  }
}

/** Colours the code; `fixed` registers are never spilled. */
export function allocate(
  fn: MFunction,
  schedules: readonly BlockSchedule[],
  facts: CoreFacts,
  fixed: ReadonlySet<number>,
): Allocation {
  const limits = registerLimits(facts)
  const graph = buildGraph(fn, schedules)
  const size = fn.classes.length
  const degree = Int32Array.from(graph.near, (set) => set.size)
  const gone = new Uint8Array(size)
  const stack: number[] = []
  const all = Array.from({ length: size }, (_, r) => r).filter((r) => graph.used[r] === 1)
  const remove = (r: number): void => {
    gone[r] = 1
    stack.push(r)
    for (const n of graph.near[r]!) degree[n]!--
  }
  let work = all.filter((r) => degree[r]! < limits[fn.classes[r]!])
  let left = all.length
  while (left > 0) {
    while (work.length > 0) {
      const r = work.pop()!
      if (gone[r]) continue
      remove(r)
      left--
      for (const n of graph.near[r]!)
        if (!gone[n] && degree[n]! === limits[fn.classes[n]!] - 1) work.push(n)
    }
    if (left === 0) break
    let worst = -1
    let least = Infinity
    for (const r of all) {
      if (gone[r]) continue
      const price = fixed.has(r) ? 1e30 : graph.cost[r]! / Math.max(1, degree[r]!)
      if (price < least) {
        least = price
        worst = r
      }
    }
    work = [worst]
  }
  return paint(fn, graph, stack, limits)
}

function paint(
  fn: MFunction,
  graph: Graph,
  stack: readonly number[],
  limits: Readonly<Record<RegisterClass, number>>,
): Allocation {
  const colour = new Int32Array(fn.classes.length).fill(-1)
  const spilled: number[] = []
  for (let i = stack.length - 1; i >= 0; i--) {
    const r = stack[i]!
    let taken = 0
    for (const n of graph.near[r]!) if (colour[n]! >= 0) taken |= 1 << colour[n]!
    const wish = (graph.moves.get(r) ?? [])
      .map((m) => colour[m]!)
      .find((c) => c >= 0 && !((taken >>> c) & 1))
    const limit = limits[fn.classes[r]!]
    let c = wish ?? 0
    if (wish === undefined) while (c < limit && (taken >>> c) & 1) c++
    if (c < limit) colour[r] = c
    else spilled.push(r)
  }
  return { colour, spilled }
}

const spillBytes: Readonly<Record<RegisterClass, number>> = { r: 4, x: 64, c: 128, m: 16 }

/** Where spilled registers live: a growing part of the stack. */
export interface SpillArea {
  /** Bytes used, frames included. */
  bytes: number
  /** Register that holds the address of the stack. */
  base: number
}

/**
 * Rewrites the operations so that `spilled` registers live in memory: a load before each use, a
 * store after each write. Gives the new short-lived registers.
 */
export function spill(fn: MFunction, spilled: readonly number[], area: SpillArea): Set<number> {
  const fresh = new Set<number>()
  const constants = singleConstants(fn)
  for (const r of spilled) {
    const kind = fn.classes[r]!
    const constant = constants.get(r)
    let at = 0
    if (constant === undefined) {
      const size = spillBytes[kind]
      at = Math.ceil(area.bytes / size) * size
      area.bytes = at + size
    }
    for (const block of fn.blocks) {
      const out: MOp[] = []
      const bring = (like: MOp): number => {
        const temp = newReg(fn, kind)
        fresh.add(temp)
        out.push(
          constant
            ? { ...constant, args: [reg(temp), constant.args[1]!] }
            : loadOp(kind, temp, area.base, at, like),
        )
        return temp
      }
      for (const op of block.ops) {
        if (constant === op) continue
        let temp = -1
        eachUse(op, (u) => {
          if (u === r && temp < 0) temp = bring(op)
        })
        let isWritten = false
        eachDef(op, (d) => (isWritten ||= d === r))
        if (isWritten && temp < 0) {
          temp = newReg(fn, kind)
          fresh.add(temp)
        }
        if (temp >= 0) {
          op.args = op.args.map((a) => (isReg(a) && a.reg === r ? reg(temp) : a))
          if (op.post === r) op.post = temp
        }
        out.push(op)
        if (isWritten) out.push(storeOp(kind, temp, area.base, at, op))
      }
      const end = block.end
      const use = endUse(end)
      if (use !== undefined && isReg(use) && use.reg === r) {
        const like: MOp = { code: Op.nop, args: [0], at: end.at, symbol: block.symbol, scope: 0 }
        const temp = reg(bring(like))
        if (end.kind === 'branch') end.on = temp
        else if (end.kind === 'enter') end.count = temp
      }
      block.ops = out
    }
  }
  return fresh
}

function singleConstants(fn: MFunction): Map<number, MOp> {
  const writes = new Int32Array(fn.classes.length)
  const out = new Map<number, MOp>()
  for (const block of fn.blocks) {
    for (const op of block.ops) {
      eachDef(op, (r) => writes[r]!++)
      if (op.code === Op.movi && !isReg(op.args[1]!))
        out.set((op.args[0] as { reg: number }).reg, op)
    }
  }
  for (const r of out.keys()) if (writes[r] !== 1) out.delete(r)
  return out
}

/** Spill slots never overlap anything else, so they have a scope of their own. */
const spillScope = -1

function loadOp(kind: RegisterClass, to: number, base: number, at: number, like: MOp): MOp {
  const tail = { at: like.at, symbol: like.symbol, scope: spillScope }
  switch (kind) {
    case 'r':
      return { code: Op.ld32, args: [reg(to), reg(base), 0, at], ...tail }
    case 'x':
      return { code: Op.ldv64, args: [reg(to), reg(base), 0, at], ...tail }
    case 'c':
      return { code: Op.ldc, args: [reg(to), reg(base), at, 3], ...tail }
    case 'm':
      return { code: Op.ldm, args: [reg(to), reg(base), at], ...tail }
  }
}

function storeOp(kind: RegisterClass, from: number, base: number, at: number, like: MOp): MOp {
  const tail = { at: like.at, symbol: like.symbol, scope: spillScope }
  switch (kind) {
    case 'r':
      return { code: Op.st32, args: [reg(from), reg(base), 0, at], ...tail }
    case 'x':
      return { code: Op.stv64, args: [reg(from), reg(base), 0, at], ...tail }
    case 'c':
      return { code: Op.stc, args: [reg(from), reg(base), at, 3], ...tail }
    case 'm':
      return { code: Op.stm, args: [reg(from), reg(base), at], ...tail }
  }
}
