/**
 * A slow, obvious evaluator of core IR over a byte memory, for tests only. Numbers are big integers
 * throughout.
 */
import type {
  ElementKind,
  IrFunction,
  IrModule,
  IrOp,
  IrType,
  Operand,
  ScalarKind,
} from '../../codegen/ir.ts'

type Cell = bigint | bigint[]

export interface Traced {
  readonly op: string
  readonly args: readonly bigint[]
}

const accBits = { acc32: 32, acc64: 64, accfloat: 32 } as const

function widthOf(of: ScalarKind | ElementKind): number {
  if (of === 'ptr') return 32
  return of === 'bf16' ? 16 : Number(of.slice(1))
}

function wrap(value: bigint, of: ScalarKind | ElementKind): bigint {
  if (of === 'i1') return value & 1n
  return of.startsWith('i') ? BigInt.asIntN(widthOf(of), value) : BigInt.asUintN(widthOf(of), value)
}

function bytesOf(of: ScalarKind | ElementKind): number {
  return of === 'i1' ? 1 : widthOf(of) / 8
}

function divide(a: bigint, b: bigint): [bigint, bigint] {
  return b === 0n ? [0n, a] : [a / b, a % b]
}

export class Machine {
  readonly memory = new Uint8Array(1 << 18)
  readonly trace: Traced[] = []
  rounding = 0
  saturation = 0
  private readonly module: IrModule
  private readonly symbols = new Map<string, number>()
  private stack = 0x30000
  private steps = 0

  constructor(module: IrModule) {
    this.module = module
    let at = 0x20000
    for (const global of module.globals) {
      at = Math.ceil(at / Math.max(64, global.align)) * Math.max(64, global.align)
      this.symbols.set(global.name, at)
      if (global.bytes) this.memory.set(global.bytes, at)
      at += global.sizeBytes
    }
  }

  call(name: string, ...args: (number | bigint)[]): bigint {
    const fn = this.module.functions.find((f) => f.name === name)
    if (!fn) throw new Error(`no function ${name}`)
    const result = this.run(fn, args.map(BigInt))
    return typeof result === 'bigint' ? result : 0n
  }

  private run(fn: IrFunction, args: readonly Cell[]): Cell | undefined {
    const frame = this.stack
    this.stack += Math.ceil(fn.frameBytes / 64) * 64
    const registers = new Map<number, Cell>()
    fn.parameters.forEach((reg, i) => registers.set(reg, this.normal(args[i]!, fn.registers[reg]!)))
    let block = fn.blocks[0]!
    for (;;) {
      for (const op of block.ops) {
        if (++this.steps > 5_000_000) throw new Error('too many steps')
        const value = this.step(op, registers, frame)
        if (op.dst !== undefined && value !== undefined)
          registers.set(op.dst, this.normal(value, fn.registers[op.dst]!))
      }
      const { end } = block
      if (end.kind === 'return') {
        this.stack = frame
        return end.value && this.read(end.value, registers)
      }
      if (++this.steps > 5_000_000) throw new Error('too many steps')
      if (end.kind === 'jump') block = fn.blocks[end.to]!
      else block = fn.blocks[this.read(end.on, registers) !== 0n ? end.then : end.else]!
    }
  }

  private normal(value: Cell, type: IrType): Cell {
    if (typeof value === 'bigint') return type.kind === 'scalar' ? wrap(value, type.of) : value
    if (type.kind === 'vector') return value.map((lane) => wrap(lane, type.of))
    if (type.kind === 'accum') return value.map((lane) => BigInt.asIntN(accBits[type.of], lane))
    return value
  }

  private read(operand: Operand, registers: Map<number, Cell>): Cell {
    if ('imm' in operand) return BigInt(operand.imm)
    const value = registers.get(operand.reg)
    if (value === undefined) throw new Error(`register ${operand.reg} is read before it is written`)
    return value
  }

  private step(op: IrOp, registers: Map<number, Cell>, frame: number): Cell | undefined {
    const args = op.args.map((arg) => this.read(arg, registers))
    const [a, b] = args
    const { type } = op
    const one = a as bigint
    const lanesOf = (cell: Cell | undefined, count: number): bigint[] =>
      typeof cell === 'bigint' ? Array<bigint>(count).fill(cell) : (cell ?? [])
    switch (op.op) {
      case 'load':
        return this.load(Number(one) + (op.offset ?? 0), type)
      case 'store':
        this.store(Number(one) + (op.offset ?? 0), type, b!)
        return undefined
      case 'frame':
        return BigInt(frame + (op.offset ?? 0))
      case 'symbol': {
        const at = this.symbols.get(op.symbol!)
        if (at === undefined) throw new Error(`no symbol ${op.symbol}`)
        return BigInt(at + (op.offset ?? 0))
      }
      case 'call': {
        const callee = this.module.functions.find((f) => f.name === op.symbol)
        if (!callee) throw new Error(`no function ${op.symbol}`)
        return this.run(callee, args)
      }
      case 'acquire':
      case 'release':
      case 'event':
      case 'setmode':
        this.trace.push({
          op: `${op.op}${op.mode ? ` ${op.mode}` : ''}${op.symbol ? ` ${op.symbol}` : ''}${op.op === 'event' ? ` ${op.offset}` : ''}`,
          args: args as bigint[],
        })
        if (op.op === 'setmode') this[op.symbol as 'rounding' | 'saturation'] = Number(one)
        return undefined
      case 'portPut':
        this.trace.push({ op: `put ${op.symbol}`, args: args as bigint[] })
        return undefined
      case 'portGet':
        this.trace.push({ op: `get ${op.symbol}`, args: [] })
        return type.kind === 'scalar' ? 0n : Array<bigint>(lanes(type)).fill(0n)
      case 'getmode':
        return BigInt(this[op.symbol as 'rounding' | 'saturation'])
      case 'cycles':
        return BigInt(this.steps)
      case 'convert': {
        if (type.kind === 'scalar' && type.of === 'i1') return one !== 0n ? 1n : 0n
        return one
      }
      case 'copy':
        return a
      case 'compare':
        return this.compare(op, a!, b!)
      case 'select': {
        if (type.kind !== 'vector') return one !== 0n ? b : args[2]
        const [x, y] = [lanesOf(b, type.lanes), lanesOf(args[2], type.lanes)]
        return (a as bigint[]).map((bit, i) => (bit !== 0n ? y[i]! : x[i]!))
      }
      case 'broadcast':
        return Array<bigint>(lanes(type)).fill(one)
      case 'zeros':
        return Array<bigint>(lanes(type)).fill(0n)
      case 'vmul':
      case 'vmac':
      case 'vmsc':
        return this.multiply(op, args, lanes(type))
      case 'accadd':
        return (a as bigint[]).map((x, i) => x + (b as bigint[])[i]!)
      case 'accsub':
        return (a as bigint[]).map((x, i) => x - (b as bigint[])[i]!)
      case 'ups':
        return (a as bigint[]).map((x) =>
          this.clamp(x << (b as bigint), type.kind === 'accum' ? accBits[type.of] : 32, true),
        )
      case 'srs':
        return (a as bigint[]).map((x) => this.srs(x, b as bigint, type))
      case 'extract':
        return (a as bigint[])[Number(b)]
      case 'insert':
        return (a as bigint[]).map((x, i) => (i === Number(b) ? (args[2] as bigint) : x))
      case 'subvector': {
        const n = lanes(type)
        return (a as bigint[]).slice(op.index! * n, (op.index! + 1) * n)
      }
      case 'concat':
        return [...(a as bigint[]), ...(b as bigint[])]
      default:
        return this.arithmetic(op, a!, b, lanesOf)
    }
  }

  private arithmetic(
    op: IrOp,
    a: Cell,
    b: Cell | undefined,
    lanesOf: (cell: Cell | undefined, n: number) => bigint[],
  ): Cell {
    const { type } = op
    if (type.kind === 'vector' || type.kind === 'mask') {
      const of = type.kind === 'vector' ? type.of : 'i1'
      const x = lanesOf(a, type.lanes)
      const y = lanesOf(b, type.lanes)
      if (x.length !== type.lanes) throw new Error(`${op.op}: ${x.length} lanes for ${type.lanes}`)
      return x.map((lane, i) => scalarOp(op.op, wrap(lane, of), b === undefined ? 0n : y[i]!, of))
    }
    if (type.kind !== 'scalar') throw new Error(`${op.op} on ${type.kind}`)
    if (typeof a !== 'bigint') throw new Error(`${op.op} wants a scalar`)
    return scalarOp(op.op, wrap(a, type.of), (b as bigint | undefined) ?? 0n, type.of)
  }

  private compare(op: IrOp, a: Cell, b: Cell): Cell {
    const decide = (x: bigint, y: bigint): bigint => {
      switch (op.relation!) {
        case 'eq':
          return x === y ? 1n : 0n
        case 'ne':
          return x !== y ? 1n : 0n
        case 'lt':
          return x < y ? 1n : 0n
        case 'le':
          return x <= y ? 1n : 0n
        case 'gt':
          return x > y ? 1n : 0n
        case 'ge':
          return x >= y ? 1n : 0n
      }
    }
    const { type } = op
    const of = type.kind === 'scalar' || type.kind === 'vector' ? type.of : 'i32'
    if (typeof a === 'bigint') return decide(wrap(a, of), wrap(b as bigint, of))
    return a.map((x, i) => decide(wrap(x, of), wrap((b as bigint[])[i]!, of)))
  }

  private multiply(op: IrOp, args: readonly Cell[], n: number): bigint[] {
    const [x, y] = op.op === 'vmul' ? [args[0]!, args[1]!] : [args[1]!, args[2]!]
    const lane = (cell: Cell, i: number): bigint => (typeof cell === 'bigint' ? cell : cell[i]!)
    const base = op.op === 'vmul' ? Array<bigint>(n).fill(0n) : (args[0] as bigint[])
    return base.map((sum, i) =>
      op.op === 'vmsc' ? sum - lane(x, i) * lane(y, i) : sum + lane(x, i) * lane(y, i),
    )
  }

  /** Rounds to an integer by the mode's definition in words, then applies the saturation mode. */
  private srs(value: bigint, shift: bigint, type: IrType): bigint {
    const unit = 1n << shift
    const down = value >> shift
    const rest = value - (down << shift)
    const up = rest === 0n ? down : down + 1n
    const nearest = 2n * rest < unit ? down : 2n * rest > unit ? up : undefined
    const towardZero = value < 0n ? up : down
    const awayFromZero = value < 0n ? down : up
    const even = down % 2n === 0n ? down : up
    const byMode: Record<number, bigint> = {
      0: down,
      1: up,
      2: towardZero,
      3: awayFromZero,
      8: nearest ?? down,
      9: nearest ?? up,
      10: nearest ?? towardZero,
      11: nearest ?? awayFromZero,
      12: nearest ?? even,
      13: nearest ?? (even === down ? up : down),
    }
    if (type.kind !== 'vector') throw new Error('srs gives a vector')
    return this.clamp(byMode[this.rounding] ?? down, widthOf(type.of), type.of.startsWith('i'))
  }

  private clamp(value: bigint, bits: number, signed: boolean): bigint {
    if (this.saturation === 0) return value
    const top = signed ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n
    const low = signed ? -top - (this.saturation === 3 ? 0n : 1n) : 0n
    return value < low ? low : value > top ? top : value
  }

  private load(at: number, type: IrType): Cell {
    if (type.kind === 'scalar') return this.number(at, type.of)
    if (type.kind === 'vector')
      return Array.from({ length: type.lanes }, (_, i) =>
        this.number(at + i * bytesOf(type.of), type.of),
      )
    if (type.kind === 'mask')
      return Array.from({ length: type.lanes }, (_, i) =>
        BigInt((this.memory[at + (i >> 3)]! >> (i & 7)) & 1),
      )
    if (type.kind === 'accum')
      return Array.from({ length: type.lanes }, (_, i) =>
        this.number(at + (i * accBits[type.of]) / 8, type.of === 'acc64' ? 'i64' : 'i32'),
      )
    throw new Error('load of nothing')
  }

  private number(at: number, of: ScalarKind | ElementKind): bigint {
    let value = 0n
    for (let i = bytesOf(of) - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.memory[at + i]!)
    return wrap(value, of)
  }

  private store(at: number, type: IrType, value: Cell): void {
    const put = (address: number, lane: bigint, bytes: number): void => {
      for (let i = 0; i < bytes; i++)
        this.memory[address + i] = Number((lane >> BigInt(8 * i)) & 255n)
    }
    if (type.kind === 'scalar') put(at, value as bigint, bytesOf(type.of))
    else if (type.kind === 'vector')
      (value as bigint[]).forEach((lane, i) =>
        put(at + i * bytesOf(type.of), lane, bytesOf(type.of)),
      )
    else if (type.kind === 'accum')
      (value as bigint[]).forEach((lane, i) =>
        put(at + (i * accBits[type.of]) / 8, lane, accBits[type.of] / 8),
      )
    else if (type.kind === 'mask') {
      for (let i = 0; i < type.lanes; i += 8) {
        put(
          at + i / 8,
          (value as bigint[]).slice(i, i + 8).reduce((sum, bit, k) => sum | (bit << BigInt(k)), 0n),
          1,
        )
      }
    }
  }
}

function lanes(type: IrType): number {
  return 'lanes' in type ? type.lanes : 1
}

function scalarOp(name: string, a: bigint, second: bigint, of: ScalarKind | ElementKind): bigint {
  const isShift = name === 'shl' || name === 'shr'
  const b = isShift ? second & (widthOf(of) === 64 ? 63n : 31n) : wrap(second, of)
  switch (name) {
    case 'add':
      return wrap(a + b, of)
    case 'sub':
      return wrap(a - b, of)
    case 'mul':
      return wrap(a * b, of)
    case 'div':
      return wrap(divide(a, b)[0], of)
    case 'rem':
      return wrap(divide(a, b)[1], of)
    case 'and':
      return wrap(a & b, of)
    case 'or':
      return wrap(a | b, of)
    case 'xor':
      return wrap(a ^ b, of)
    case 'shl':
      return wrap(a << b, of)
    case 'shr':
      return wrap(a >> b, of)
    case 'min':
      return a < b ? a : b
    case 'max':
      return a > b ? a : b
    case 'neg':
      return wrap(-a, of)
    case 'not':
      return wrap(~a, of)
    case 'abs':
      return wrap(a < 0n ? -a : a, of)
    default:
      throw new Error(`unknown operation ${name}`)
  }
}
