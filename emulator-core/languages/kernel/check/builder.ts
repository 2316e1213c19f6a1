/** Builds one IR function: registers, blocks, frame objects. */
import type {
  IrBlock,
  IrEnd,
  IrFunction,
  IrOp,
  IrType,
  LoopHint,
  Operand,
  Reg,
  Relation,
} from '../../codegen/ir.ts'
import { scalar } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'

export type OpFields = Partial<
  Pick<IrOp, 'relation' | 'from' | 'offset' | 'symbol' | 'index' | 'mode' | 'scope'>
>

/** Operations counted over one compilation, so that no input expands without end. */
export interface Budget {
  left: number
}

export class Builder {
  readonly registers: IrType[]
  readonly blocks: IrBlock[] = []
  readonly hints: LoopHint[] = []
  frameBytes = 0
  current: number
  private readonly budget: Budget
  /** Disjointness scopes that turned out not to hold. */
  private readonly forgotten = new Set<number>()
  /** No code can reach the current block. */
  private dead = false

  constructor(budget: Budget, at: Span, registers: IrType[] = []) {
    this.budget = budget
    this.registers = registers
    this.current = this.block(at)
  }

  /**
   * A builder for code that is thrown away or run at compile time; registers are shared, blocks are
   * not.
   */
  fork(at: Span): Builder {
    return new Builder(this.budget, at, this.registers)
  }

  get exhausted(): boolean {
    return this.budget.left <= 0
  }

  /** Counts work that emits nothing, such as an expansion. */
  spend(amount: number): void {
    this.budget.left -= amount
  }

  /** Takes a disjointness scope back, for all operations of the function. */
  forget(scope: number): void {
    this.forgotten.add(scope)
  }

  reg(type: IrType): Reg {
    this.registers.push(type)
    return this.registers.length - 1
  }

  block(at: Span): number {
    this.blocks.push({ ops: [], end: { kind: 'return', at } })
    this.budget.left--
    return this.blocks.length - 1
  }

  /** Continues in this block. */
  enter(block: number): void {
    this.current = block
    this.dead = false
  }

  get isDead(): boolean {
    return this.dead
  }

  private push(op: IrOp): void {
    if (this.dead || this.budget.left <= 0) return
    this.budget.left--
    this.blocks[this.current]!.ops.push(op)
  }

  /** Emits an operation with a fresh result register. */
  value(
    op: IrOp['op'],
    type: IrType,
    args: readonly Operand[],
    at: Span,
    fields: OpFields = {},
  ): Operand {
    const result = op === 'compare' ? compareResult(type) : type
    const dst = this.reg(result)
    this.push({ op, type, dst, args, at, ...fields })
    return { reg: dst }
  }

  /** Emits an operation into a given register, or without a result. */
  effect(
    op: IrOp['op'],
    type: IrType,
    args: readonly Operand[],
    at: Span,
    fields: OpFields & { dst?: Reg } = {},
  ): void {
    this.push({ op, type, args, at, ...fields })
  }

  compare(relation: Relation, type: IrType, a: Operand, b: Operand, at: Span): Operand {
    return this.value('compare', type, [a, b], at, { relation })
  }

  /** Ends the current block; what follows is unreachable until another block is entered. */
  end(end: IrEnd): void {
    if (!this.dead) this.blocks[this.current]!.end = end
    this.dead = true
  }

  jump(to: number, at: Span): void {
    this.end({ kind: 'jump', to, at })
  }

  branch(on: Operand, then: number, otherwise: number, at: Span): void {
    if ('imm' in on) this.jump(on.imm !== 0 ? then : otherwise, at)
    else this.end({ kind: 'branch', on, then, else: otherwise, at })
  }

  /** Reserves bytes in the frame and gives their offset. */
  frame(sizeBytes: number, align: number): number {
    const offset = Math.ceil(this.frameBytes / align) * align
    this.frameBytes = offset + Math.max(sizeBytes, 1)
    return offset
  }

  /** The finished function: unreachable blocks dropped, straight jumps followed. */
  finish(
    head: Pick<IrFunction, 'name' | 'parameters' | 'result' | 'at'>,
    alwaysInline: boolean,
  ): IrFunction {
    const order = reachable(this.blocks)
    const place = new Map(order.map((block, i) => [block, i]))
    const to = (block: number): number => place.get(block) ?? 0
    const blocks = order.map((number) => {
      const { end } = this.blocks[number]!
      const ops = this.blocks[number]!.ops.map((op) =>
        this.forgotten.has(op.scope ?? 0) ? { ...op, scope: 0 } : op,
      )
      if (end.kind === 'jump') return { ops, end: { ...end, to: to(end.to) } }
      if (end.kind === 'branch')
        return { ops, end: { ...end, then: to(end.then), else: to(end.else) } }
      return { ops, end }
    })
    const hints = this.hints
      .filter((h) => place.has(h.header))
      .map((h) => ({ ...h, header: to(h.header) }))
    const frameBytes = this.frameBytes
    const whole = { ...head, registers: this.registers, blocks, frameBytes, hints }
    return compact(alwaysInline ? { ...whole, alwaysInline } : whole)
  }
}

function compareResult(type: IrType): IrType {
  return type.kind === 'vector' ? { kind: 'mask', lanes: type.lanes } : scalar('i1')
}

/** Blocks that control can reach, in source order. */
function reachable(blocks: readonly IrBlock[]): number[] {
  const seen = new Set<number>([0])
  const work = [0]
  while (work.length > 0) {
    const end = blocks[work.pop()!]!.end
    const next = end.kind === 'jump' ? [end.to] : end.kind === 'branch' ? [end.then, end.else] : []
    for (const block of next) {
      if (seen.has(block)) continue
      seen.add(block)
      work.push(block)
    }
  }
  return [...seen].sort((a, b) => a - b)
}

/** Renumbers registers so that only used ones remain. */
function compact(fn: IrFunction): IrFunction {
  const number = new Map<Reg, Reg>()
  const registers: IrType[] = []
  const map = (reg: Reg): Reg => {
    let known = number.get(reg)
    if (known === undefined) {
      known = registers.length
      number.set(reg, known)
      registers.push(fn.registers[reg]!)
    }
    return known
  }
  const operand = (o: Operand): Operand => ('reg' in o ? { reg: map(o.reg) } : o)
  const parameters = fn.parameters.map(map)
  const blocks = fn.blocks.map((block) => {
    const ops = block.ops.map((op) => {
      const args = op.args.map(operand)
      return op.dst === undefined ? { ...op, args } : { ...op, args, dst: map(op.dst) }
    })
    const { end } = block
    if (end.kind === 'branch') return { ops, end: { ...end, on: operand(end.on) } }
    if (end.kind === 'return' && end.value)
      return { ops, end: { ...end, value: operand(end.value) } }
    return { ops, end }
  })
  return { ...fn, parameters, blocks, registers }
}
