/**
 * The meaning of core IR, written slowly and plainly with big integers: the reference for the code
 * generator.
 */
import {
  elementBits,
  sizeBytes,
  type IrFunction,
  type IrModule,
  type IrOp,
  type IrType,
  type Operand,
} from '../ir.ts'

type Value = bigint | bigint[]

export interface Place {
  readonly memory: Uint8Array
  /** Address of the first byte of `memory`. */
  readonly base: number
  readonly symbols: ReadonlyMap<string, number>
  readonly frame: number
}

function bitsOf(type: IrType): { bits: number; signed: boolean } {
  switch (type.kind) {
    case 'scalar':
      if (type.of === 'i1') return { bits: 1, signed: false }
      return { bits: elementBits(type.of), signed: type.of.startsWith('i') }
    case 'vector':
      return { bits: elementBits(type.of), signed: type.of.startsWith('i') }
    case 'accum':
      return { bits: type.of === 'acc64' ? 64 : 32, signed: true }
    default:
      return { bits: 1, signed: false }
  }
}

function wrap(value: bigint, type: IrType): bigint {
  const { bits, signed } = bitsOf(type)
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)
}

export class Evaluator {
  rounding = 0
  saturation = 0
  steps = 0
  private readonly module: IrModule
  private readonly place: Place

  constructor(module: IrModule, place: Place) {
    this.module = module
    this.place = place
  }

  call(name: string, args: Value[], frame = this.place.frame): Value | undefined {
    const fn = this.module.functions.find((f) => f.name === name)!
    const regs: Value[] = fn.registers.map((t) => zeroOf(t))
    fn.parameters.forEach((p, i) => (regs[p] = args[i]!))
    let block = fn.blocks[0]!
    for (;;) {
      for (const op of block.ops) this.step(fn, op, regs, frame)
      const end = block.end
      if (++this.steps > 100_000) throw new Error('the reference does not end')
      if (end.kind === 'return') return end.value && read(end.value, regs)
      if (end.kind === 'jump') block = fn.blocks[end.to]!
      else block = fn.blocks[read(end.on, regs) !== 0n ? end.then : end.else]!
    }
  }

  private step(fn: IrFunction, op: IrOp, regs: Value[], frame: number): void {
    const value = this.value(fn, op, regs, frame)
    if (op.dst !== undefined && value !== undefined) regs[op.dst] = value
  }

  private value(fn: IrFunction, op: IrOp, regs: Value[], frame: number): Value | undefined {
    const { type } = op
    const typeOf = (o: Operand): IrType => ('reg' in o ? fn.registers[o.reg]! : type)
    const lanesOf = (t: IrType): number => ('lanes' in t ? t.lanes : 1)
    const arg = (i: number): bigint => {
      const v = read(op.args[i]!, regs)
      return Array.isArray(v) ? v[0]! : v
    }
    const lanes = (i: number, t: IrType = type): bigint[] => {
      const v = read(op.args[i]!, regs)
      return Array.isArray(v) ? v : Array.from({ length: lanesOf(t) }, () => wrap(v, t))
    }
    const scalarWise = (f: (a: bigint, b: bigint) => bigint): Value => {
      if (type.kind === 'scalar') return wrap(f(wrap(arg(0), type), op.args[1] ? arg(1) : 0n), type)
      const a = lanes(0)
      const b = op.args[1] ? lanes(1) : a
      return a.map((x, i) => wrap(f(x, b[i]!), type))
    }
    switch (op.op) {
      case 'copy':
        return type.kind === 'scalar' ? wrap(arg(0), type) : lanes(0)
      case 'add':
        return scalarWise((a, b) => a + b)
      case 'sub':
        return scalarWise((a, b) => a - b)
      case 'mul':
        return scalarWise((a, b) => a * b)
      case 'div':
        return scalarWise((a, b) => (wrap(b, type) === 0n ? 0n : a / wrap(b, type)))
      case 'rem':
        return scalarWise((a, b) => (wrap(b, type) === 0n ? a : a % wrap(b, type)))
      case 'and':
        return scalarWise((a, b) => a & b)
      case 'or':
        return scalarWise((a, b) => a | b)
      case 'xor':
        return scalarWise((a, b) => a ^ b)
      case 'shl':
      case 'shr': {
        const amount = (b: bigint): bigint =>
          b & (bitsOf(type).bits === 64 && type.kind === 'scalar' ? 63n : 31n)
        const f = (a: bigint, b: bigint): bigint =>
          op.op === 'shl' ? a << amount(b) : a >> amount(b)
        if (type.kind === 'scalar') return wrap(f(arg(0), arg(1)), type)
        const by = op.args[1]!
        const isVector = typeOf(by).kind === 'vector' && 'reg' in by
        const b = isVector ? lanes(1) : lanes(0).map(() => arg(1))
        return lanes(0).map((x, i) => wrap(f(x, b[i]!), type))
      }
      case 'min':
        return scalarWise((a, b) => (wrap(b, type) < a ? wrap(b, type) : a))
      case 'max':
        return scalarWise((a, b) => (wrap(b, type) > a ? wrap(b, type) : a))
      case 'neg':
        return scalarWise((a) => -a)
      case 'not':
        return scalarWise((a) => ~a)
      case 'abs':
        return scalarWise((a) => (a < 0n ? -a : a))
      case 'compare': {
        const holds = (a: bigint, b: bigint): bigint => {
          const yes = { eq: a === b, ne: a !== b, lt: a < b, le: a <= b, gt: a > b, ge: a >= b }
          return yes[op.relation!] ? 1n : 0n
        }
        if (type.kind === 'scalar') return holds(wrap(arg(0), type), wrap(arg(1), type))
        return lanes(0).map((a, i) => holds(a, lanes(1)[i]!))
      }
      case 'select': {
        if (type.kind === 'scalar') return arg(0) !== 0n ? wrap(arg(1), type) : wrap(arg(2), type)
        const mask = read(op.args[0]!, regs) as bigint[]
        return mask.map((m, i) => (m === 0n ? lanes(1)[i]! : lanes(2)[i]!))
      }
      case 'convert':
        return type.kind === 'scalar' && type.of === 'i1'
          ? arg(0) !== 0n
            ? 1n
            : 0n
          : wrap(arg(0), type)
      case 'load':
        return this.load(Number(arg(0)) + (op.offset ?? 0), type)
      case 'store': {
        const v = type.kind === 'scalar' ? wrap(arg(1), type) : lanes(1)
        this.store(Number(arg(0)) + (op.offset ?? 0), type, v)
        return undefined
      }
      case 'frame':
        return BigInt(frame + (op.offset ?? 0))
      case 'symbol':
        return BigInt(this.place.symbols.get(op.symbol!)! + (op.offset ?? 0))
      case 'call':
        return this.call(
          op.symbol!,
          op.args.map((a) => read(a, regs)),
          frame + fn.frameBytes,
        )
      case 'broadcast':
      case 'zeros':
        return Array.from({ length: lanesOf(type) }, () =>
          op.op === 'zeros' ? 0n : wrap(arg(0), type),
        )
      case 'vmul':
      case 'vmac':
      case 'vmsc': {
        const first = op.op === 'vmul' ? 0 : 1
        const n = lanesOf(type)
        const factor = (i: number): bigint[] => {
          const v = read(op.args[i]!, regs)
          return Array.isArray(v) ? v : Array.from({ length: n }, () => v)
        }
        const [a, b] = [factor(first), factor(first + 1)]
        const old = first === 1 ? lanes(0) : []
        return a.map((x, i) => {
          const p = x * b[i]!
          return wrap(op.op === 'vmul' ? p : op.op === 'vmac' ? old[i]! + p : old[i]! - p, type)
        })
      }
      case 'accadd':
        return lanes(0).map((a, i) => wrap(a + lanes(1)[i]!, type))
      case 'accsub':
        return lanes(0).map((a, i) => wrap(a - lanes(1)[i]!, type))
      case 'srs':
        return (read(op.args[0]!, regs) as bigint[]).map((a) => this.srs(a, arg(1) & 63n, type))
      case 'ups': {
        const v = read(op.args[0]!, regs) as bigint[]
        return v.map((x) => this.saturate(x << (arg(1) & 63n), type))
      }
      case 'extract': {
        const v = read(op.args[0]!, regs) as bigint[]
        return wrap(v[Number(op.args[1] ? arg(1) : BigInt(op.index ?? 0)) & (v.length - 1)]!, type)
      }
      case 'insert': {
        const v = [...(read(op.args[0]!, regs) as bigint[])]
        v[Number(arg(1)) & (v.length - 1)] = wrap(arg(2), type)
        return v
      }
      case 'subvector': {
        const n = lanesOf(type)
        return (read(op.args[0]!, regs) as bigint[]).slice(op.index! * n, (op.index! + 1) * n)
      }
      case 'concat':
        return op.args.flatMap((a) => read(a, regs) as bigint[])
      case 'setmode':
        if (op.symbol === 'saturation') this.saturation = Number(arg(0) & 3n)
        else this.rounding = Number(arg(0) & 15n)
        return undefined
      case 'getmode':
        return BigInt(op.symbol === 'saturation' ? this.saturation : this.rounding)
      default:
        return undefined
    }
  }

  private srs(a: bigint, shift: bigint, type: IrType): bigint {
    return this.saturate(roundShift(a, shift, this.rounding), type)
  }

  private saturate(value: bigint, type: IrType): bigint {
    if (this.saturation !== 1 && this.saturation !== 3) return wrap(value, type)
    const { bits, signed } = bitsOf(type)
    const high = signed ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n
    const low = !signed ? 0n : this.saturation === 3 ? -high : -high - 1n
    return value > high ? high : value < low ? low : value
  }

  private load(address: number, type: IrType): Value {
    const { memory, base } = this.place
    const one = (at: number, t: IrType): bigint => {
      const { bits } = bitsOf(t)
      let v = 0n
      for (let i = 0; i < Math.max(1, bits >> 3); i++)
        v |= BigInt(memory[at - base + i]!) << BigInt(8 * i)
      return wrap(v, t)
    }
    if (type.kind === 'scalar') return one(address, type)
    const n = 'lanes' in type ? type.lanes : 0
    const each = sizeBytes(type) / n
    return Array.from({ length: n }, (_, i) => one(address + i * each, type))
  }

  private store(address: number, type: IrType, value: Value): void {
    const { memory, base } = this.place
    const all = Array.isArray(value) ? value : [value]
    const each = sizeBytes(type) / all.length
    all.forEach((v, lane) => {
      for (let i = 0; i < each; i++)
        memory[address - base + lane * each + i] = Number((v >> BigInt(8 * i)) & 0xffn)
    })
  }
}

function zeroOf(type: IrType): Value {
  return type.kind === 'scalar'
    ? 0n
    : 'lanes' in type
      ? Array.from({ length: type.lanes }, () => 0n)
      : 0n
}

function read(operand: Operand, regs: readonly Value[]): Value {
  return 'reg' in operand ? regs[operand.reg]! : BigInt(operand.imm)
}

/** Rounds a / 2^shift to an integer by comparing with the exact value, mode by mode. */
export function roundShift(a: bigint, shift: bigint, mode: number): bigint {
  const unit = 1n << shift
  const floor = a >> shift
  const rest = a - floor * unit
  if (rest === 0n) return floor
  const up = floor + 1n
  const isNegative = a < 0n
  switch (mode) {
    case 1:
      return up
    case 2:
      return isNegative ? up : floor
    case 3:
      return isNegative ? floor : up
    case 8:
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
      break
    default:
      return floor
  }
  if (2n * rest !== unit) return 2n * rest > unit ? up : floor
  switch (mode) {
    case 8:
      return floor
    case 9:
      return up
    case 10:
      return isNegative ? up : floor
    case 11:
      return isNegative ? floor : up
    case 12:
      return (floor & 1n) === 0n ? floor : up
    default:
      return (floor & 1n) === 1n ? floor : up
  }
}
