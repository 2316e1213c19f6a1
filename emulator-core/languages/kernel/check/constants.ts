/**
 * Constant expressions: what folding leaves open is run, block by block, on a small machine at
 * compile time.
 */
import type { IrFunction, IrOp, IrType, Operand, ScalarKind } from '../../codegen/ir.ts'
import { elementBits, sizeBytes } from '../../codegen/ir.ts'
import type { Expr } from '../syntax/tree.ts'
import * as w from '../wide.ts'
import type { Builder } from './builder.ts'
import { implicit } from './convert.ts'
import { fail, isBroken, type Env, type Unit } from './env.ts'
import { foldBinary } from './fold.ts'
import { intOf, typeName, type CType, type IntKind } from './types.ts'
import { load, operandOf } from './values.ts'

export type ConstantRun =
  | { readonly kind: 'ok'; readonly value: w.Wide | undefined; readonly memory: Uint8Array }
  | { readonly kind: 'no'; readonly why: string }

const maxSteps = 1_000_000
const maxCalls = 120
const memoryBytes = 1 << 21
const firstFrame = 64

/**
 * The value of an integer constant expression, converted to `type`; reports when it is not
 * constant.
 */
export function constantExpression(
  env: Env,
  node: Expr,
  type: CType | undefined,
  what: string,
): w.Wide | undefined {
  const fork: Env = { ...env, b: env.b.fork(node.at) }
  let value = load(fork, env.unit.checks.expression(fork, node))
  if (isBroken(value)) return undefined
  if (type && type.kind !== 'auto') value = implicit(fork, value, type, what)
  if (isBroken(value)) return undefined
  if (value.known) return value.known
  if (!intOf(value.type)) {
    fail(
      env,
      'C0601',
      node.at,
      `${what} must be a whole-number constant, this is ${typeName(value.type)}.`,
    )
    return undefined
  }
  fork.b.end({ kind: 'return', value: operandOf(fork, value), at: node.at })
  const result = runConstant(env.unit, fork.b)
  if (result.kind === 'ok' && result.value) return result.value
  const why = result.kind === 'no' ? result.why : 'it has no value'
  const code = result.kind === 'no' && result.why.startsWith('it runs') ? 'C0603' : 'C0601'
  fail(env, code, node.at, `${what} must be a constant: ${why}.`)
  return undefined
}

/** Runs the code of a forked builder from its first block. */
export function runConstant(unit: Unit, b: Builder): ConstantRun {
  const machine = new Machine(unit)
  const end = { kind: 'void' } as const
  const fn: IrFunction = {
    name: '',
    parameters: [],
    result: end,
    registers: b.registers,
    blocks: b.blocks,
    frameBytes: b.frameBytes,
    hints: [],
    at: { file: '', start: 0, end: 0 },
  }
  const value = machine.call(fn, [])
  if (machine.why) return { kind: 'no', why: machine.why }
  return { kind: 'ok', value, memory: machine.memory.slice(firstFrame) }
}

const binaries: Partial<
  Record<IrOp['op'], '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>'>
> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  rem: '%',
  and: '&',
  or: '|',
  xor: '^',
  shl: '<<',
  shr: '>>',
}

const relations = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' } as const

class Machine {
  readonly memory = new Uint8Array(memoryBytes)
  why = ''
  private readonly unit: Unit
  private readonly symbols = new Map<string, number>()
  private top = firstFrame
  private bottom = memoryBytes
  private steps = 0
  private depth = 0

  constructor(unit: Unit) {
    this.unit = unit
  }

  private stop(why: string): undefined {
    this.why ||= why
  }

  /** Runs a function; the value it returns, or undefined when there is none or it stopped. */
  call(fn: IrFunction, args: readonly w.Wide[]): w.Wide | undefined {
    if (++this.depth > maxCalls) return this.stop('it runs into too many nested calls')
    const frame = this.top
    this.top += (fn.frameBytes + 63) & ~63
    if (this.top > this.bottom) return this.stop('it runs out of memory')
    const registers = new Map<number, w.Wide>()
    fn.parameters.forEach((reg, i) => registers.set(reg, args[i]!))
    let block = fn.blocks[0]
    let result: w.Wide | undefined
    while (block && !this.why) {
      for (const op of block.ops) {
        if (++this.steps > maxSteps) return this.stop('it runs without end')
        this.run(op, registers, frame)
        if (this.why) return undefined
      }
      if (++this.steps > maxSteps) return this.stop('it runs without end')
      const { end } = block
      if (end.kind === 'return') {
        result = end.value && this.read(end.value, registers)
        break
      }
      const on = end.kind === 'branch' ? this.read(end.on, registers) : undefined
      const next = end.kind === 'jump' ? end.to : on && !w.isZero(on) ? end.then : end.else
      block = fn.blocks[next]
    }
    this.top = this.depth === 1 ? this.top : frame
    this.depth--
    return result
  }

  private read(operand: Operand, registers: Map<number, w.Wide>): w.Wide {
    if ('imm' in operand) return w.fromNumber(operand.imm)
    const value = registers.get(operand.reg)
    if (!value) {
      this.stop('it depends on a value known at run time only')
      return w.wideZero
    }
    return value
  }

  private run(op: IrOp, registers: Map<number, w.Wide>, frame: number): void {
    const args = op.args.map((arg) => this.read(arg, registers))
    if (this.why) return
    const value = this.compute(op, args, frame)
    if (value && op.dst !== undefined) registers.set(op.dst, value)
  }

  private compute(op: IrOp, args: readonly w.Wide[], frame: number): w.Wide | undefined {
    if (op.type.kind !== 'scalar' && op.type.kind !== 'void')
      return this.stop('vectors exist at run time only')
    const kind = op.type.kind === 'scalar' ? op.type.of : 'i32'
    if (kind === 'f32' || kind === 'bf16') {
      if (op.op !== 'store' && op.op !== 'load' && op.op !== 'copy')
        return this.stop('real arithmetic is folded only')
    }
    const [a, b] = args
    const binary = binaries[op.op]
    if (binary) {
      const folded = foldBinary(
        binary,
        intKind(kind),
        this.fit(a!, kind),
        this.fit(b!, binary === '<<' || binary === '>>' ? 'i64' : kind),
      )
      return folded ? this.fit(folded, kind) : this.stop('it divides by zero')
    }
    switch (op.op) {
      case 'copy':
        return this.fit(a!, kind)
      case 'convert':
        return kind === 'i1' ? flag(!w.isZero(a!)) : this.fit(a!, kind)
      case 'neg':
        return this.fit(w.neg(a!), kind)
      case 'not':
        return this.fit(w.not(a!), kind)
      case 'abs':
        return this.fit(signedKind(kind) && w.less(a!, w.wideZero, true) ? w.neg(a!) : a!, kind)
      case 'min':
        return w.less(b!, a!, signedKind(kind)) ? b : a
      case 'max':
        return w.less(a!, b!, signedKind(kind)) ? b : a
      case 'compare':
        return foldBinary(
          relations[op.relation ?? 'eq'],
          intKind(kind),
          this.fit(a!, kind),
          this.fit(b!, kind),
        )
      case 'select':
        return w.isZero(a!) ? args[2] : b
      case 'load':
        return this.loadFrom(a!, op)
      case 'store':
        return this.storeTo(a!, b!, op)
      case 'frame':
        return w.fromNumber(frame + (op.offset ?? 0))
      case 'symbol':
        return this.symbol(op)
      case 'call':
        return this.callNamed(op, args)
      default:
        return this.stop(`'${op.op}' happens at run time only`)
    }
  }

  private fit(value: w.Wide, kind: ScalarKind): w.Wide {
    if (kind === 'i1') return w.wide(value.lo & 1, 0)
    return w.normalise(value, elementBits(kind), signedKind(kind))
  }

  private place(base: w.Wide, op: IrOp): number {
    const address = base.lo + (op.offset ?? 0)
    const size = sizeBytes(op.type)
    const inside =
      address >= firstFrame && address + size <= memoryBytes && base.hi === base.lo >> 31
    const allocated = address + size <= this.top || address >= this.bottom
    if (inside && allocated) return address
    this.stop('it runs beyond the memory it may use')
    return -1
  }

  private loadFrom(base: w.Wide, op: IrOp): w.Wide | undefined {
    const address = this.place(base, op)
    if (address < 0) return undefined
    let value = w.wideZero
    for (let i = sizeBytes(op.type) - 1; i >= 0; i--)
      value = w.or(w.shl(value, 8), w.wide(this.memory[address + i]!, 0))
    return this.fit(value, scalarKind(op.type))
  }

  private storeTo(base: w.Wide, value: w.Wide, op: IrOp): undefined {
    const address = this.place(base, op)
    if (address < 0) return undefined
    if (address >= this.bottom) return this.stop('it writes to a constant')
    for (let i = 0; i < sizeBytes(op.type); i++)
      this.memory[address + i] = w.shr(value, 8 * i, false).lo & 255
  }

  private symbol(op: IrOp): w.Wide | undefined {
    const name = op.symbol ?? ''
    let address = this.symbols.get(name)
    if (address === undefined) {
      const global = this.unit.globals.get(name)
      if (!global?.readOnly) return this.stop(`'${name}' can change at run time`)
      this.bottom -= (global.sizeBytes + 63) & ~63
      if (this.bottom < this.top) return this.stop('it runs out of memory')
      if (global.bytes) this.memory.set(global.bytes, this.bottom)
      address = this.bottom
      this.symbols.set(name, address)
    }
    return w.fromNumber(address + (op.offset ?? 0))
  }

  private callNamed(op: IrOp, args: readonly w.Wide[]): w.Wide | undefined {
    const instance = this.unit.instances.find((i) => i.name === op.symbol)
    if (!instance || instance.state === 'lowering')
      return this.stop(`'${op.symbol}' is not known yet`)
    this.unit.checks.lower(this.unit, instance)
    const fn = instance.ir
    if (!fn) return this.stop(`'${op.symbol}' has no body`)
    return this.call(fn, args)
  }
}

function flag(value: boolean): w.Wide {
  return value ? w.wideOne : w.wideZero
}

function signedKind(kind: ScalarKind): boolean {
  return kind === 'i8' || kind === 'i16' || kind === 'i32' || kind === 'i64'
}

function scalarKind(type: IrType): ScalarKind {
  return type.kind === 'scalar' ? type.of : 'i32'
}

function intKind(kind: ScalarKind): IntKind {
  if (kind === 'i1') return 'bool'
  return kind === 'ptr' || kind === 'bf16' || kind === 'f32' ? 'u32' : kind
}
