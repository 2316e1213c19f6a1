/**
 * Machine IR: machine operations over virtual registers, between the core IR and the encoded
 * program.
 *
 *     core IR ── lower ──▶ machine IR ── ssa … schedule, allocate ──▶ bundles ── emit ──▶ words
 *
 * A block has parameters; an edge passes one argument per parameter. Before `toSsa` blocks have no
 * parameters and a register may be written several times; after it every register is written once;
 * `fromSsa` undoes that.
 */
import { elements, operation, type OpSpec, type RegisterClass } from '../../device/abi/core-isa.ts'
import type { CoreFacts } from '../../device/core-facts.ts'
import type { Span } from '../../sim/diagnostics.ts'
import type { LoopHint } from './ir.ts'

/** A register operand. */
export interface RegArg {
  readonly reg: number
}

/** A virtual register, or a constant. */
export type Arg = number | RegArg

export interface MOp {
  code: number
  /** In table order, results included. */
  args: Arg[]
  /**
   * Memory operations that move their base register on: the register that receives the new address.
   */
  post?: number
  readonly at: Span
  /** Function the operation came from. */
  readonly symbol: string
  /** Accesses with different non-zero scopes never overlap. */
  readonly scope: number
}

export interface Edge {
  to: number
  args: Arg[]
}

/**
 * How a block ends. `enter` starts the hardware loop whose body is block `to`; that body ends in
 * `repeat`.
 */
export type MEnd =
  | { kind: 'jump'; to: Edge; at: Span }
  | { kind: 'branch'; on: Arg; then: Edge; else: Edge; at: Span }
  | { kind: 'enter'; count: Arg; to: Edge; at: Span }
  | { kind: 'repeat'; to: Edge; exit: Edge; at: Span }
  | { kind: 'done'; at: Span }

export interface MBlock {
  params: number[]
  ops: MOp[]
  end: MEnd
  symbol: string
  /** What the source says about the loop that starts here. */
  hint?: LoopHint
  /** Operations by cycle when the block is scheduled already; the same ones as `ops`. */
  cycles?: MOp[][]
  /** Cycles of such a block. */
  length?: number
}

export interface MFunction {
  /** Class of each virtual register. */
  readonly classes: RegisterClass[]
  readonly blocks: MBlock[]
}

export function newReg(fn: MFunction, kind: RegisterClass): number {
  fn.classes.push(kind)
  return fn.classes.length - 1
}

export function reg(register: number): RegArg {
  return { reg: register }
}

export function isReg(arg: Arg): arg is RegArg {
  return typeof arg !== 'number'
}

export function sameArg(a: Arg, b: Arg): boolean {
  return typeof a === 'number' ? a === b : typeof b !== 'number' && a.reg === b.reg
}

export function specOf(op: MOp): OpSpec {
  return operation(op.code)!
}

/** The register an operation writes, or -1. At most one besides `post`. */
export function resultOf(op: MOp): number {
  const first = specOf(op).operands[0]
  return first?.isDef ? (op.args[0] as RegArg).reg : -1
}

/** Calls `see` for every register an operation writes. */
export function eachDef(op: MOp, see: (register: number) => void): void {
  const result = resultOf(op)
  if (result >= 0) see(result)
  if (op.post !== undefined) see(op.post)
}

/** Calls `see` for every register an operation reads. */
export function eachUse(op: MOp, see: (register: number, operand: number) => void): void {
  const operands = specOf(op).operands
  for (let i = 0; i < operands.length; i++) {
    const arg = op.args[i]!
    if (!operands[i]!.isDef && isReg(arg)) see(arg.reg, i)
  }
}

/** The edges out of a block end. */
export function edgesOf(end: MEnd): Edge[] {
  switch (end.kind) {
    case 'jump':
    case 'enter':
      return [end.to]
    case 'branch':
      return [end.then, end.else]
    case 'repeat':
      return [end.to, end.exit]
    case 'done':
      return []
  }
}

/** The value a block end itself reads (not its edges), if any. */
export function endUse(end: MEnd): Arg | undefined {
  if (end.kind === 'branch') return end.on
  return end.kind === 'enter' ? end.count : undefined
}

/** Predecessors of every block, one entry per edge. */
export function predecessors(fn: MFunction): number[][] {
  const out: number[][] = fn.blocks.map(() => [])
  fn.blocks.forEach((block, b) => {
    for (const edge of edgesOf(block.end)) out[edge.to]!.push(b)
  })
  return out
}

/** Blocks that can be reached, in reverse postorder. */
export function reversePostorder(fn: MFunction): number[] {
  const order: number[] = []
  const seen = new Uint8Array(fn.blocks.length)
  const stack: { block: number; next: number }[] = [{ block: 0, next: 0 }]
  seen[0] = 1
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!
    const edges = edgesOf(fn.blocks[top.block]!.end)
    if (top.next < edges.length) {
      const to = edges[top.next++]!.to
      if (!seen[to]) {
        seen[to] = 1
        stack.push({ block: to, next: 0 })
      }
    } else {
      order.push(top.block)
      stack.pop()
    }
  }
  return order.reverse()
}

/** Immediate dominators by block number; the entry is its own, unreachable blocks have -1. */
export function dominators(fn: MFunction, order: readonly number[]): Int32Array {
  const position = new Int32Array(fn.blocks.length).fill(-1)
  order.forEach((b, i) => (position[b] = i))
  const idom = new Int32Array(fn.blocks.length).fill(-1)
  idom[order[0]!] = order[0]!
  const preds = predecessors(fn)
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      while (position[a]! > position[b]!) a = idom[a]!
      while (position[b]! > position[a]!) b = idom[b]!
    }
    return a
  }
  for (let changed = true; changed;) {
    changed = false
    for (const b of order.slice(1)) {
      let best = -1
      for (const p of preds[b]!) {
        if (idom[p] === -1) continue
        best = best === -1 ? p : meet(p, best)
      }
      if (best !== idom[b]) {
        idom[b] = best
        changed = true
      }
    }
  }
  return idom
}

/** True when `a` dominates `b`. */
export function dominates(idom: Int32Array, a: number, b: number): boolean {
  for (;;) {
    if (a === b) return true
    const up = idom[b]!
    if (up === b || up < 0) return false
    b = up
  }
}

export function elementCode(of: string): number {
  return (elements as readonly string[]).indexOf(of)
}

/** Readable machine IR, for tests and for looking at a problem. */
export function dump(fn: MFunction): string {
  const text = (a: Arg): string => (isReg(a) ? `${fn.classes[a.reg]}%${a.reg}` : `#${a}`)
  const edge = (e: Edge): string => `b${e.to}(${e.args.map(text).join(', ')})`
  return fn.blocks
    .map((block, b) => {
      const ops = block.ops.map((op) => {
        const post = op.post === undefined ? '' : ` post %${op.post}`
        return `  ${specOf(op).name} ${op.args.map(text).join(', ')}${post}`
      })
      const end = block.end
      const use = endUse(end)
      const last = `  ${end.kind} ${use === undefined ? '' : `${text(use)} `}${edgesOf(end).map(edge).join(' ')}`
      return [`b${b}(${block.params.map((p) => text(reg(p))).join(', ')}):`, ...ops, last].join(
        '\n',
      )
    })
    .join('\n')
}

/** Cycles from when a block end can decide until the next block starts. */
export function latencyEnd(end: MEnd, facts: CoreFacts): number {
  switch (end.kind) {
    case 'branch':
      return 1 + facts.delaySlots
    case 'enter':
      return 1 + facts.loopSetup
    case 'done':
    case 'jump':
    case 'repeat':
      return 0
  }
}
