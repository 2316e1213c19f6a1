/** A small builder of core IR for tests. */
import type { Span } from '../../../sim/diagnostics.ts'
import {
  scalar,
  voidType,
  type IrBlock,
  type IrEnd,
  type IrFunction,
  type IrOp,
  type IrType,
  type Operand,
  type Reg,
} from '../ir.ts'

export const nowhere: Span = { file: 'test.cc', start: 0, end: 0 }

export const i32 = scalar('i32')
export const i1 = scalar('i1')
export const ptr = scalar('ptr')

export class IrBuilder {
  readonly registers: IrType[] = []
  readonly blocks: IrBlock[] = []
  readonly parameters: Reg[] = []
  private current: IrOp[] = []
  readonly name: string
  frameBytes = 0

  constructor(name: string) {
    this.name = name
    this.block()
  }

  reg(type: IrType): Reg {
    this.registers.push(type)
    return this.registers.length - 1
  }

  parameter(type: IrType): Reg {
    const r = this.reg(type)
    this.parameters.push(r)
    return r
  }

  /** Starts a new block and gives its number. */
  block(): number {
    this.current = []
    this.blocks.push({ ops: this.current, end: { kind: 'return', at: nowhere } })
    return this.blocks.length - 1
  }

  end(end: IrEnd): void {
    this.blocks[this.blocks.length - 1]!.end = end
  }

  jump(to: number): void {
    this.end({ kind: 'jump', to, at: nowhere })
  }

  branch(on: Operand, then: number, otherwise: number): void {
    this.end({ kind: 'branch', on, then, else: otherwise, at: nowhere })
  }

  /** Emits into `dst`. */
  set(dst: Reg, op: IrOp['op'], args: Operand[], extra: Partial<IrOp> = {}): void {
    this.current.push({ op, type: this.registers[dst]!, dst, args, at: nowhere, ...extra })
  }

  /** Emits into a new register of `type`. */
  value(type: IrType, op: IrOp['op'], args: Operand[], extra: Partial<IrOp> = {}): { reg: Reg } {
    const dst = this.reg(type)
    this.set(dst, op, args, extra)
    return { reg: dst }
  }

  /** Emits without a result. */
  effect(op: IrOp['op'], type: IrType, args: Operand[], extra: Partial<IrOp> = {}): void {
    this.current.push({ op, type, args, at: nowhere, ...extra })
  }

  /** `for (i = from; i < to; i += step) body(i)`. */
  loop(from: Operand, to: Operand, step: number, body: (i: { reg: Reg }) => void): void {
    const i = this.reg(i32)
    this.set(i, 'copy', [from])
    const before = this.blocks.length - 1
    const header = this.block()
    this.blocks[before]!.end = { kind: 'jump', to: header, at: nowhere }
    const c = this.value(i1, 'compare', [{ reg: i }, to], { relation: 'lt', type: i32 })
    const first = this.block()
    body({ reg: i })
    this.set(i, 'add', [{ reg: i }, { imm: step }])
    this.jump(header)
    const after = this.block()
    this.blocks[header]!.end = { kind: 'branch', on: c, then: first, else: after, at: nowhere }
  }

  build(result: IrType = voidType): IrFunction {
    const { name, parameters, registers, blocks, frameBytes } = this
    return { name, parameters, result, registers, blocks, frameBytes, hints: [], at: nowhere }
  }
}
