/**
 * List scheduling: the operations of one block as bundles, one per cycle.
 *
 * The core has no interlocks, so an operation stands where its operands have arrived. Empty cycles
 * become one `nop` that lasts; the jump that ends a block waits for delay slots that could not be
 * filled.
 */
import { Op, bundleOps } from '../../device/abi/core-isa.ts'
import type { CoreFacts } from '../../device/core-facts.ts'
import { dependencesOf, isSync, occupancyOf, settleCycles, type Occupancy } from './depend.ts'
import { endUse, isReg, latencyEnd, resultOf, type MBlock, type MOp } from './mir.ts'

/** Slots in use, cycle by cycle; with `interval` cycles are counted modulo it. */
export class Reservations {
  /** Per cycle the slot masks of what issues or still holds there. */
  private readonly rows: number[][] = []
  private readonly fixed: number[] = []
  private readonly counts: number[] = []
  private readonly interval: number

  constructor(interval = 0) {
    this.interval = interval
  }

  private row(cycle: number): number {
    return this.interval > 0 ? cycle % this.interval : cycle
  }

  /** True when an operation fits at `cycle`. */
  fits(cycle: number, use: Occupancy): boolean {
    if (this.interval > 0 && use.cycles > this.interval) return false
    if ((this.counts[this.row(cycle)] ?? 0) >= bundleOps) return false
    for (let i = 0; i < use.cycles; i++) {
      const row = this.row(cycle + i)
      const held = this.fixed[row] ?? 0
      const masks = this.rows[row] ?? []
      if (use.takesAll) {
        if (held & use.slots || !assignable([...masks], held | use.slots)) return false
      } else if (!assignable([...masks, use.slots], held)) return false
    }
    return true
  }

  take(cycle: number, use: Occupancy): void {
    const first = this.row(cycle)
    this.counts[first] = (this.counts[first] ?? 0) + 1
    for (let i = 0; i < use.cycles; i++) {
      const row = this.row(cycle + i)
      if (use.takesAll) this.fixed[row] = (this.fixed[row] ?? 0) | use.slots
      else (this.rows[row] ??= []).push(use.slots)
    }
  }

  drop(cycle: number, use: Occupancy): void {
    const first = this.row(cycle)
    this.counts[first]!--
    for (let i = 0; i < use.cycles; i++) {
      const row = this.row(cycle + i)
      if (use.takesAll) this.fixed[row]! &= ~use.slots
      else this.rows[row]!.splice(this.rows[row]!.indexOf(use.slots), 1)
    }
  }
}

/** Can every mask get a slot of its own among those not held? */
function assignable(masks: number[], held: number): boolean {
  const mask = masks.pop()
  if (mask === undefined) return true
  for (let free = mask & ~held; free !== 0; free &= free - 1) {
    if (assignable([...masks], held | (free & -free))) return true
  }
  return false
}

export interface BlockSchedule {
  /** Operations by cycle; an empty list is a cycle in which nothing starts. */
  readonly cycles: MOp[][]
  /** Cycles of the block including those its end waits. */
  readonly length: number
}

/**
 * Schedules one block. With `keepOrder` operations start in source order, which needs fewer
 * registers.
 */
export function scheduleBlock(block: MBlock, facts: CoreFacts, keepOrder: boolean): BlockSchedule {
  const ops = block.ops
  const dependences = dependencesOf(ops, facts)
  const next: { to: number; cycles: number }[][] = ops.map(() => [])
  const waits = new Int32Array(ops.length)
  for (const d of dependences) {
    next[d.from]!.push(d)
    waits[d.to]!++
  }
  const height = new Int32Array(ops.length)
  for (let i = ops.length - 1; i >= 0; i--) {
    height[i] = settleCycles(ops[i]!, facts)
    for (const d of next[i]!) height[i] = Math.max(height[i]!, d.cycles + height[d.to]!)
  }
  const earliest = new Int32Array(ops.length)
  const start = new Int32Array(ops.length).fill(-1)
  const use = ops.map((op) => occupancyOf(op, facts))
  const table = new Reservations()
  const cycles: MOp[][] = []
  let ready = ops.map((_, i) => i).filter((i) => waits[i] === 0)
  let left = ops.length
  for (let cycle = 0; left > 0; cycle++) {
    cycles.push([])
    ready.sort((a, b) => (keepOrder ? a - b : height[b]! - height[a]! || a - b))
    for (const i of ready) {
      const canStart = earliest[i]! <= cycle && table.fits(cycle, use[i]!)
      const isTurn = !keepOrder || ready.every((j) => j >= i)
      if (!canStart || !isTurn) continue
      table.take(cycle, use[i]!)
      start[i] = cycle
      cycles[cycle]!.push(ops[i]!)
      left--
      ready = ready.filter((j) => j !== i)
      for (const d of next[i]!) {
        earliest[d.to] = Math.max(earliest[d.to]!, cycle + d.cycles)
        if (--waits[d.to]! === 0) ready.push(d.to)
      }
    }
  }
  return finish(block, cycles, start, facts)
}

/** Adds the block's end: everything has arrived, and the delay slots of a jump have passed. */
function finish(
  block: MBlock,
  cycles: MOp[][],
  start: Int32Array,
  facts: CoreFacts,
): BlockSchedule {
  let length = cycles.length
  block.ops.forEach((op, i) => (length = Math.max(length, start[i]! + settleCycles(op, facts))))
  const use = endUse(block.end)
  let decided = 0
  if (use !== undefined && isReg(use)) {
    block.ops.forEach((op, i) => {
      if (writes(op, use.reg)) decided = Math.max(decided, start[i]! + settleCycles(op, facts))
    })
  }
  length = Math.max(length, decided + latencyEnd(block.end, facts))
  return { cycles, length }
}

function writes(op: MOp, register: number): boolean {
  return op.post === register || resultOf(op) === register
}

/**
 * Operations of one cycle in the order in which they act: reads before writes, loads before stores.
 */
export function orderInBundle(ops: readonly MOp[]): MOp[] {
  const rank = (op: MOp): number =>
    isSync(op)
      ? 3
      : op.code >= Op.st8 && op.code <= Op.stm
        ? 2
        : op.code >= Op.ld8 && op.code <= Op.ldm
          ? 0
          : 1
  return [...ops].sort((a, b) => rank(a) - rank(b))
}
