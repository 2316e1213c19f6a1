/** Control flow: straightening, loops, preheaders and loop rotation. */
import { Op } from '../../device/abi/core-isa.ts'
import {
  dominates,
  dominators,
  edgesOf,
  isReg,
  predecessors,
  reg,
  reversePostorder,
  type Arg,
  type Edge,
  type MBlock,
  type MEnd,
  type MFunction,
} from './mir.ts'
import { compact, replaceAll } from './ssa.ts'

/** Merges blocks that always follow each other, follows empty jumps, decides constant branches. */
export function straighten(fn: MFunction): void {
  for (let changed = true; changed;) {
    changed = false
    for (const block of fn.blocks) {
      const end = block.end
      if (end.kind === 'branch' && (typeof end.on === 'number' || sameEdge(end.then, end.else))) {
        const to = typeof end.on === 'number' && end.on === 0 ? end.else : end.then
        block.end = { kind: 'jump', to, at: end.at }
        changed = true
      }
    }
    compact(fn)
    if (skipEmpty(fn)) {
      changed = true
      compact(fn)
    }
    if (mergeChains(fn)) changed = true
  }
  compact(fn)
}

function sameEdge(a: Edge, b: Edge): boolean {
  return a.to === b.to && a.args.length === 0 && b.args.length === 0
}

/** An edge to an empty block without parameters that only jumps goes where that block goes. */
function skipEmpty(fn: MFunction): boolean {
  let changed = false
  for (const block of fn.blocks) {
    if (block.end.kind === 'enter' || block.end.kind === 'repeat') continue
    for (const edge of edgesOf(block.end)) {
      const next = fn.blocks[edge.to]!
      if (next.ops.length > 0 || next.params.length > 0 || next.end.kind !== 'jump') continue
      const to = next.end.to
      if (to.to === edge.to || next === block) continue
      if (next.hint) fn.blocks[to.to]!.hint ??= next.hint
      edge.to = to.to
      edge.args = [...to.args]
      changed = true
    }
  }
  return changed
}

function mergeChains(fn: MFunction): boolean {
  const preds = predecessors(fn)
  const replace = new Map<number, Arg>()
  let changed = false
  for (let b = 0; b < fn.blocks.length; b++) {
    const block = fn.blocks[b]!
    for (;;) {
      const end = block.end
      if (end.kind !== 'jump' || end.to.to === b || end.to.to === 0) break
      const next = fn.blocks[end.to.to]!
      if (preds[end.to.to]!.length !== 1) break
      next.params.forEach((p, i) => {
        const arg = end.to.args[i]!
        if (isReg(arg)) replace.set(p, arg)
        else
          block.ops.push({
            code: Op.movi,
            args: [reg(p), arg],
            at: end.at,
            symbol: block.symbol,
            scope: 0,
          })
      })
      block.ops.push(...next.ops)
      block.end = next.end
      if (next.hint) block.hint ??= next.hint
      next.ops = []
      next.params = []
      next.end = { kind: 'done', at: end.at }
      preds[end.to.to] = []
      changed = true
    }
  }
  if (replace.size > 0) replaceAll(fn, replace)
  if (changed) compact(fn)
  return changed
}

export interface Loop {
  readonly header: number
  /** Blocks with an edge back to the header. */
  readonly latches: readonly number[]
  readonly blocks: ReadonlySet<number>
}

/** Natural loops, inner ones first. */
export function loopsOf(fn: MFunction): Loop[] {
  const order = reversePostorder(fn)
  const idom = dominators(fn, order)
  const preds = predecessors(fn)
  const loops: Loop[] = []
  for (const header of order) {
    const latches = [...new Set(preds[header]!)].filter(
      (p) => idom[p] !== -1 && dominates(idom, header, p),
    )
    if (latches.length === 0) continue
    const blocks = new Set([header])
    const work = [...latches]
    while (work.length > 0) {
      const b = work.pop()!
      if (blocks.has(b)) continue
      blocks.add(b)
      work.push(...preds[b]!)
    }
    loops.push({ header, latches, blocks })
  }
  return loops.sort((a, b) => a.blocks.size - b.blocks.size)
}

/** How deep in loops each block lies. */
export function loopDepths(fn: MFunction): Int32Array {
  const depth = new Int32Array(fn.blocks.length)
  for (const loop of loopsOf(fn)) for (const b of loop.blocks) depth[b]!++
  return depth
}

const rotatedOps = 24

/**
 * Moves the test of a loop from its head to its end: the head stays as a guard before the first
 * turn, and each jump back becomes a copy of the head. Works on mutable registers, before SSA.
 */
export function rotateLoops(fn: MFunction): void {
  for (const loop of loopsOf(fn)) {
    const head = fn.blocks[loop.header]!
    if (head.end.kind !== 'branch' || head.ops.length > rotatedOps) continue
    const inside = edgesOf(head.end).filter((e) => loop.blocks.has(e.to))
    if (inside.length !== 1 || inside[0]!.to === loop.header) continue
    const first = fn.blocks[inside[0]!.to]!
    if (head.hint) first.hint = head.hint
    for (const latch of loop.latches) {
      const block = fn.blocks[latch]!
      if (block.end.kind !== 'jump') continue
      block.ops.push(...head.ops.map((op) => ({ ...op, args: [...op.args] })))
      block.end = copyEnd(head.end)
    }
  }
}

function copyEdge(edge: Edge): Edge {
  return { to: edge.to, args: [...edge.args] }
}

/** A copy that shares no edge. */
export function copyEnd(end: MEnd): MEnd {
  switch (end.kind) {
    case 'jump':
      return { ...end, to: copyEdge(end.to) }
    case 'branch':
      return { ...end, then: copyEdge(end.then), else: copyEdge(end.else) }
    case 'enter':
      return { ...end, to: copyEdge(end.to) }
    case 'repeat':
      return { ...end, to: copyEdge(end.to), exit: copyEdge(end.exit) }
    case 'done':
      return { ...end }
  }
}

/**
 * The block that runs just before a loop and nothing else: the only outside predecessor of its
 * header, ending in a jump or entering it. Made when missing; the caller's block numbers stay
 * valid.
 */
export function preheader(fn: MFunction, loop: Loop): number {
  const outside = predecessors(fn)[loop.header]!.filter((p) => !loop.blocks.has(p))
  const only = outside.length === 1 ? fn.blocks[outside[0]!]!.end.kind : undefined
  if (only === 'jump' || only === 'enter') return outside[0]!
  const header = fn.blocks[loop.header]!
  const fresh = fn.blocks.length
  const params = header.params.map((p) => {
    fn.classes.push(fn.classes[p]!)
    return fn.classes.length - 1
  })
  const to = { to: loop.header, args: params.map((p) => ({ reg: p })) }
  const at = header.end.at
  const block: MBlock = { params, ops: [], end: { kind: 'jump', to, at }, symbol: header.symbol }
  for (const p of new Set(outside)) {
    for (const edge of edgesOf(fn.blocks[p]!.end)) if (edge.to === loop.header) edge.to = fresh
  }
  fn.blocks.push(block)
  return fresh
}
