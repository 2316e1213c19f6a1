/**
 * Lowering context: what the lowering of one operation may use.
 *
 * A value becomes one virtual register or several: 64-bit scalars are a low and a high word,
 * vectors are split into 512-bit registers, accumulators into registers of 1,024 bits.
 */
import { Op, type OpName, type RegisterClass } from '../../device/abi/core-isa.ts'
import type { Span } from '../../sim/diagnostics.ts'
import type { Report } from '../text/source.ts'
import type { FlatFunction } from './inline.ts'
import { sizeBytes, type IrType, type Operand } from './ir.ts'
import { newReg, reg, type Arg, type MBlock, type MFunction, type MOp } from './mir.ts'

/** Registers that hold a value of this type; undefined when the machine has no such value. */
export function partsOf(type: IrType): RegisterClass[] | undefined {
  switch (type.kind) {
    case 'scalar':
      return type.of === 'i64' || type.of === 'u64' ? ['r', 'r'] : ['r']
    case 'vector': {
      const bytes = sizeBytes(type)
      if (type.of === 'i4' || type.of === 'u4' || !isPowerOfTwo(type.lanes)) return undefined
      if (bytes < 16 || bytes > 256) return undefined
      return Array.from({ length: Math.max(1, bytes >> 6) }, () => 'x' as const)
    }
    case 'accum': {
      const bytes = sizeBytes(type)
      if (!isPowerOfTwo(type.lanes) || type.lanes < 4 || bytes > 1024) return undefined
      return Array.from({ length: Math.max(1, bytes >> 7) }, () => 'c' as const)
    }
    case 'mask':
      return type.lanes <= 128 ? ['m'] : undefined
    case 'void':
      return []
  }
}

function isPowerOfTwo(n: number): boolean {
  return n > 0 && (n & (n - 1)) === 0
}

/** How people write a type. */
export function typeText(type: IrType): string {
  if (type.kind === 'scalar') return type.of
  if (type.kind === 'void') return 'void'
  if (type.kind === 'mask') return `mask of ${type.lanes}`
  return `${type.of} × ${type.lanes}`
}

/** What the lowering of one operation may use. */
export class Lowering {
  readonly fn: MFunction = { classes: [], blocks: [] }
  readonly flat: FlatFunction
  readonly report: Report
  /** Machine registers of each IR register. */
  private readonly parts: (readonly number[] | undefined)[]
  private block: MBlock
  private at: Span
  private symbol = ''
  private scope = 0

  constructor(flat: FlatFunction, report: Report, at: Span) {
    this.flat = flat
    this.report = report
    this.at = at
    this.parts = flat.registers.map(() => undefined)
    this.block = { params: [], ops: [], end: { kind: 'done', at }, symbol: '' }
  }

  /** Starts the next block; operations go there from now on. */
  startBlock(symbol: string): MBlock {
    this.block = { params: [], ops: [], end: { kind: 'done', at: this.at }, symbol }
    this.fn.blocks.push(this.block)
    return this.block
  }

  /** Starts the lowering of an operation: what follows is from there. */
  startOp(at: Span, symbol: string, scope: number): void {
    this.at = at
    this.symbol = symbol
    this.scope = scope
  }

  typeOf(register: number): IrType {
    return this.flat.registers[register] ?? { kind: 'void' }
  }

  /** Reports something real that the code generator does not cover. */
  refuse(what: string): void {
    this.report.error('C9020', this.at, `${what} are known, not emulated yet.`)
  }

  error(code: string, message: string): void {
    this.report.error(code, this.at, message)
  }

  /** Machine registers of an IR register. */
  registers(register: number): readonly number[] {
    let parts = this.parts[register]
    if (!parts) {
      parts = (partsOf(this.typeOf(register)) ?? []).map((kind) => newReg(this.fn, kind))
      this.parts[register] = parts
    }
    return parts
  }

  /** Machine operands of an IR operand; a constant gives its low and high word. */
  operand(operand: Operand): Arg[] {
    if ('reg' in operand) return this.registers(operand.reg).map(reg)
    return [operand.imm | 0, Math.floor(operand.imm / 2 ** 32) | 0]
  }

  /** Emits an operation; results come first in `args`. */
  emit(name: OpName, ...args: Arg[]): void {
    const op: MOp = { code: Op[name], args, at: this.at, symbol: this.symbol, scope: this.scope }
    this.block.ops.push(op)
  }

  /** Emits an operation into a new register of class `kind` and gives that. */
  value(kind: RegisterClass, name: OpName, ...args: Arg[]): Arg {
    const result = reg(newReg(this.fn, kind))
    this.emit(name, result, ...args)
    return result
  }

  /** The operand as a scalar register. */
  inRegister(arg: Arg): Arg {
    return typeof arg === 'number' ? this.value('r', 'movi', arg) : arg
  }
}
