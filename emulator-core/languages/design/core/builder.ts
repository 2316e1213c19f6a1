/** Builds one IR function: registers, blocks, operations, and the values of the source they stand for. */
import type { Span } from '../../../sim/diagnostics.ts'
import type {
  IrBlock,
  IrEnd,
  IrFunction,
  IrOp,
  IrType,
  Operand,
  Reg,
  Relation,
  ScalarKind,
} from '../../codegen/ir.ts'
import { scalar, voidType } from '../../codegen/ir.ts'
import type { Type, Value } from '../syntax/tree.ts'

/** A memref while code is made: where it starts and how its elements lie. */
export interface View {
  readonly kind: 'view'
  readonly element: Type
  readonly base: Operand
  /** Bytes from `base` to element 0, as far as they are known. */
  readonly offsetBytes: number
  readonly sizes: readonly Operand[]
  /** In elements. */
  readonly strides: readonly Operand[]
}

/** What a value of the source is in the function. */
export type Bound =
  | { readonly kind: 'scalar'; readonly operand: Operand; readonly type: ScalarKind }
  | View
  /** Objects taken from a fifo, oldest first. */
  | { readonly kind: 'objects'; readonly objects: readonly View[] }

export class FunctionBuilder {
  readonly name: string
  readonly at: Span
  readonly registers: IrType[] = []
  readonly blocks: IrBlock[] = []
  readonly parameters: Reg[] = []
  readonly bound = new Map<Value, Bound>()
  result: IrType = voidType
  frameBytes = 0
  /** Block that operations go to. */
  current = 0
  private open = new Set<number>()

  constructor(name: string, at: Span) {
    this.name = name
    this.at = at
    this.current = this.block()
  }

  register(type: ScalarKind): Reg {
    this.registers.push(scalar(type))
    return this.registers.length - 1
  }

  parameter(type: ScalarKind): Operand {
    const reg = this.register(type)
    this.parameters.push(reg)
    return { reg }
  }

  /** A new empty block; `goTo` makes it the current one. */
  block(): number {
    this.blocks.push({ ops: [], end: { kind: 'return', at: this.at } })
    this.open.add(this.blocks.length - 1)
    return this.blocks.length - 1
  }

  goTo(block: number): void {
    this.current = block
  }

  /** Ends the current block. Code after it, if any, is out of reach. */
  end(end: IrEnd): void {
    if (!this.open.delete(this.current)) return
    this.blocks[this.current]!.end = end
  }

  get isOpen(): boolean {
    return this.open.has(this.current)
  }

  push(op: IrOp): void {
    if (this.open.has(this.current)) this.blocks[this.current]!.ops.push(op)
  }

  /** An operation with a scalar result. */
  emit(
    op: IrOp['op'],
    type: ScalarKind,
    args: readonly Operand[],
    at: Span,
    more: Partial<IrOp> = {},
  ): Operand {
    const dst = this.register(type)
    this.push({ op, type: scalar(type), dst, args, at, ...more })
    return { reg: dst }
  }

  /** Puts a value into a register that exists already. */
  assign(dst: Reg, type: ScalarKind, value: Operand, at: Span): void {
    this.push({ op: 'copy', type: scalar(type), dst, args: [value], at })
  }

  compare(relation: Relation, type: ScalarKind, a: Operand, b: Operand, at: Span): Operand {
    const dst = this.register('i1')
    this.push({ op: 'compare', type: scalar(type), dst, args: [a, b], relation, at })
    return { reg: dst }
  }

  convert(value: Operand, from: ScalarKind, to: ScalarKind, at: Span): Operand {
    if (from === to) return value
    return this.emit('convert', to, [value], at, { from: scalar(from) })
  }

  /** Memory on the stack; the offset of its first byte. */
  frame(bytes: number): number {
    const align = 32
    const at = Math.ceil(this.frameBytes / align) * align
    this.frameBytes = at + bytes
    return at
  }

  // ---- index arithmetic with constants folded

  add(a: Operand, b: Operand, at: Span): Operand {
    if ('imm' in a && 'imm' in b) return { imm: (a.imm + b.imm) | 0 }
    if ('imm' in a) return a.imm === 0 ? b : this.add(b, a, at)
    if ('imm' in b && b.imm === 0) return a
    return this.emit('add', 'i32', [a, b], at)
  }

  multiply(a: Operand, b: Operand, at: Span): Operand {
    if ('imm' in a && 'imm' in b) return { imm: Math.imul(a.imm, b.imm) }
    if ('imm' in a) return this.multiply(b, a, at)
    if (!('imm' in b)) return this.emit('mul', 'i32', [a, b], at)
    if (b.imm === 0) return { imm: 0 }
    if (b.imm === 1) return a
    const shift = 31 - Math.clz32(b.imm)
    if (b.imm > 0 && b.imm === 2 ** shift) return this.emit('shl', 'i32', [a, { imm: shift }], at)
    return this.emit('mul', 'i32', [a, b], at)
  }

  /** A pointer moved by a number of bytes. */
  pointer(base: Operand, bytes: Operand, at: Span): Operand {
    if ('imm' in bytes && bytes.imm === 0) return base
    return this.emit('add', 'ptr', [base, bytes], at)
  }

  /** The function, without blocks that nothing leads to. */
  finish(): IrFunction {
    const { name, parameters, result, registers, frameBytes, at } = this
    return {
      name,
      parameters,
      result,
      registers,
      blocks: reachable(this.blocks),
      frameBytes,
      hints: [],
      at,
    }
  }
}

/** Blocks that the entry leads to, renumbered in order. */
function reachable(blocks: readonly IrBlock[]): IrBlock[] {
  const seen = new Set([0])
  for (const number of seen) for (const next of followers(blocks[number]!.end)) seen.add(next)
  const kept = [...seen].sort((a, b) => a - b)
  const renumbered = new Map(kept.map((old, i) => [old, i]))
  const to = (old: number) => renumbered.get(old)!
  return kept.map((old) => {
    const { ops, end } = blocks[old]!
    if (end.kind === 'jump') return { ops, end: { ...end, to: to(end.to) } }
    if (end.kind === 'branch')
      return { ops, end: { ...end, then: to(end.then), else: to(end.else) } }
    return { ops, end }
  })
}

function followers(end: IrEnd): number[] {
  if (end.kind === 'jump') return [end.to]
  return end.kind === 'branch' ? [end.then, end.else] : []
}

/** How a scalar of the source is held; undefined when a core has no such scalar. `index` is 32 bits. */
export function scalarKind(type: Type): ScalarKind | undefined {
  if (type.kind === 'index') return 'i32'
  if (type.kind === 'float')
    return type.name === 'f32' || type.name === 'bf16' ? type.name : undefined
  if (type.kind !== 'int') return undefined
  const sign = type.sign === 'u' ? 'u' : 'i'
  switch (type.width) {
    case 1:
      return 'i1'
    case 8:
    case 16:
    case 32:
    case 64:
      return `${sign}${type.width}`
    default:
      return undefined
  }
}

/** The unsigned kind of the same width. */
export function unsignedKind(kind: ScalarKind): ScalarKind {
  return /^i(8|16|32|64)$/.test(kind) ? (`u${kind.slice(1)}` as ScalarKind) : kind
}

/** The signed kind of the same width. */
export function signedKind(kind: ScalarKind): ScalarKind {
  return /^u(8|16|32|64)$/.test(kind) ? (`i${kind.slice(1)}` as ScalarKind) : kind
}
