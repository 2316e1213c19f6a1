/** Folding of one machine operation: constants, identities, cheaper forms. Works on SSA form. */
import { Op, type OpName } from '../../device/abi/core-isa.ts'
import { isReg, newReg, reg, specOf, type Arg, type MFunction, type MOp } from './mir.ts'

type Definitions = readonly (MOp | undefined)[]

/** Value of a scalar operation on two words. The same arithmetic as the core's. */
export function evaluate(code: number, a: number, b: number): number | undefined {
  switch (code) {
    case Op.add:
      return (a + b) | 0
    case Op.sub:
      return (a - b) | 0
    case Op.rsub:
      return (b - a) | 0
    case Op.and:
      return a & b
    case Op.or:
      return a | b
    case Op.xor:
      return a ^ b
    case Op.shl:
      return a << (b & 31)
    case Op.asr:
      return a >> (b & 31)
    case Op.lsr:
      return (a >>> (b & 31)) | 0
    case Op.min:
      return Math.min(a, b)
    case Op.max:
      return Math.max(a, b)
    case Op.minu:
      return Math.min(a >>> 0, b >>> 0) | 0
    case Op.maxu:
      return Math.max(a >>> 0, b >>> 0) | 0
    case Op.eq:
      return a === b ? 1 : 0
    case Op.ne:
      return a !== b ? 1 : 0
    case Op.lt:
      return a < b ? 1 : 0
    case Op.le:
      return a <= b ? 1 : 0
    case Op.gt:
      return a > b ? 1 : 0
    case Op.ge:
      return a >= b ? 1 : 0
    case Op.ltu:
      return a >>> 0 < b >>> 0 ? 1 : 0
    case Op.leu:
      return a >>> 0 <= b >>> 0 ? 1 : 0
    case Op.gtu:
      return a >>> 0 > b >>> 0 ? 1 : 0
    case Op.geu:
      return a >>> 0 >= b >>> 0 ? 1 : 0
    case Op.mul:
      return Math.imul(a, b)
    case Op.div:
      return b === 0 ? 0 : (a / b) | 0
    case Op.divu:
      return b === 0 ? 0 : Math.floor((a >>> 0) / (b >>> 0)) | 0
    case Op.rem:
      return b === 0 ? a : (a % b) | 0
    case Op.remu:
      return b === 0 ? a : ((a >>> 0) % (b >>> 0)) | 0
    case Op.ext8:
      return (a << 24) >> 24
    case Op.extu8:
      return a & 0xff
    case Op.ext16:
      return (a << 16) >> 16
    case Op.extu16:
      return a & 0xffff
    case Op.abs:
      return Math.abs(a) | 0
    default:
      return undefined
  }
}

/** The operation with its two operands exchanged. */
const mirrored: Partial<Record<number, number>> = {
  [Op.add]: Op.add,
  [Op.and]: Op.and,
  [Op.or]: Op.or,
  [Op.xor]: Op.xor,
  [Op.mul]: Op.mul,
  [Op.min]: Op.min,
  [Op.max]: Op.max,
  [Op.minu]: Op.minu,
  [Op.maxu]: Op.maxu,
  [Op.eq]: Op.eq,
  [Op.ne]: Op.ne,
  [Op.lt]: Op.gt,
  [Op.gt]: Op.lt,
  [Op.le]: Op.ge,
  [Op.ge]: Op.le,
  [Op.ltu]: Op.gtu,
  [Op.gtu]: Op.ltu,
  [Op.leu]: Op.geu,
  [Op.geu]: Op.leu,
  [Op.sub]: Op.rsub,
  [Op.rsub]: Op.sub,
}

const inverse: Partial<Record<number, number>> = {
  [Op.eq]: Op.ne,
  [Op.ne]: Op.eq,
  [Op.lt]: Op.ge,
  [Op.ge]: Op.lt,
  [Op.le]: Op.gt,
  [Op.gt]: Op.le,
  [Op.ltu]: Op.geu,
  [Op.geu]: Op.ltu,
  [Op.leu]: Op.gtu,
  [Op.gtu]: Op.leu,
}

function constantOf(arg: Arg, defs: Definitions): number | undefined {
  if (!isReg(arg)) return arg
  const op = defs[arg.reg]
  return op?.code === Op.movi && !isReg(op.args[1]!) ? op.args[1] : undefined
}

function become(op: MOp, name: OpName, ...args: Arg[]): true {
  op.code = Op[name]
  op.args = [op.args[0]!, ...args]
  return true
}

/** A value that is 0 or 1. */
function isTruth(arg: Arg, defs: Definitions): boolean {
  const op = isReg(arg) ? defs[arg.reg] : undefined
  return op !== undefined && inverse[op.code] !== undefined
}

/**
 * Simplifies `op` in place, putting operations it newly needs into `before`; says whether anything
 * changed.
 */
export function foldOp(fn: MFunction, op: MOp, defs: Definitions, before: MOp[]): boolean {
  let changed = useConstants(op, defs)
  const spec = specOf(op)
  if (spec.latency === 'load' || spec.latency === 'store') return foldAddress(op, defs) || changed
  if (op.code === Op.sel) return foldSelect(op, defs) || changed
  const shape = spec.operands
  if (shape.length < 2 || shape[0]!.kind !== 'r' || shape[1]!.kind !== 'r' || spec.slots & 32)
    return changed
  const a = constantOf(op.args[1]!, defs)
  if (shape.length === 2) {
    if (op.code === Op.mov) return a === undefined ? changed : become(op, 'movi', a)
    const value = a === undefined ? undefined : evaluate(op.code, a, 0)
    return value === undefined ? foldExtension(op, defs) || changed : become(op, 'movi', value)
  }
  if (shape[2]!.kind !== 'v') return changed
  const b = constantOf(op.args[2]!, defs)
  if (a !== undefined && b !== undefined) {
    const value = evaluate(op.code, a, b)
    return value === undefined ? changed : become(op, 'movi', value)
  }
  if (a !== undefined && mirrored[op.code] !== undefined) {
    op.code = mirrored[op.code]!
    op.args = [op.args[0]!, op.args[2]!, a]
    changed = true
  }
  const right = constantOf(op.args[2]!, defs)
  return (right !== undefined && foldConstantRight(fn, op, right, defs, before)) || changed
}

/** Constants into operands that can hold them. */
function useConstants(op: MOp, defs: Definitions): boolean {
  let changed = false
  let isFirst = true
  specOf(op).operands.forEach((operand, i) => {
    if (operand.kind !== 'v' && operand.kind !== 's') return
    const arg = op.args[i]!
    const value = isReg(arg) ? constantOf(arg, defs) : undefined
    const fits =
      operand.kind === 's'
        ? value! >= 0 && value! <= 63
        : isFirst || (value! >= -512 && value! <= 511)
    if (operand.kind === 'v') isFirst = false
    if (value === undefined || !fits) return
    op.args[i] = value
    changed = true
  })
  return changed
}

/** A base that is another register plus a constant: the constant joins the offset. */
function foldAddress(op: MOp, defs: Definitions): boolean {
  const spec = specOf(op)
  const base = spec.operands.findIndex(
    (o, i) => o.kind === 'r' && !o.isDef && spec.operands[i + 1]?.kind !== 'r',
  )
  const offset = spec.operands.findIndex((o) => o.kind === 'v')
  if (base < 0 || op.post !== undefined || isReg(op.args[offset]!)) return false
  const arg = op.args[base]!
  const add = isReg(arg) ? defs[arg.reg] : undefined
  if (add?.code !== Op.add || isReg(add.args[2]!) || !isReg(add.args[1]!)) return false
  op.args[base] = add.args[1]!
  op.args[offset] = ((op.args[offset] as number) + add.args[2]) | 0
  return true
}

function foldSelect(op: MOp, defs: Definitions): boolean {
  const c = constantOf(op.args[1]!, defs)
  if (c !== undefined) return become(op, 'mov', op.args[c !== 0 ? 2 : 3]!)
  const [a, b] = [op.args[2]!, op.args[3]!]
  return isReg(a) && isReg(b) && a.reg === b.reg ? become(op, 'mov', a) : false
}

const rangeOf: Partial<Record<number, readonly [number, number]>> = {
  [Op.ext8]: [-128, 127],
  [Op.ld8]: [-128, 127],
  [Op.extu8]: [0, 255],
  [Op.ldu8]: [0, 255],
  [Op.ext16]: [-32768, 32767],
  [Op.ld16]: [-32768, 32767],
  [Op.extu16]: [0, 65535],
  [Op.ldu16]: [0, 65535],
}

/** An extension of a value that is in range already. */
function foldExtension(op: MOp, defs: Definitions): boolean {
  const range = rangeOf[op.code]
  const arg = op.args[1]!
  const from = isReg(arg) ? defs[arg.reg] : undefined
  if (!range || !from) return false
  const given = inverse[from.code] !== undefined ? ([0, 1] as const) : rangeOf[from.code]
  return given && given[0] >= range[0] && given[1] <= range[1] ? become(op, 'mov', arg) : false
}

function shiftOf(value: number): number {
  return value > 0 && (value & (value - 1)) === 0 ? 31 - Math.clz32(value) : -1
}

function foldConstantRight(
  fn: MFunction,
  op: MOp,
  b: number,
  defs: Definitions,
  before: MOp[],
): boolean {
  const a = op.args[1]!
  const k = shiftOf(b)
  switch (op.code) {
    case Op.sub:
      return become(op, 'add', a, -b | 0)
    case Op.add:
      return b === 0 ? become(op, 'mov', a) : foldSum(op, b, defs)
    case Op.or:
    case Op.xor:
    case Op.shl:
    case Op.asr:
    case Op.lsr:
      return b === 0 ? become(op, 'mov', a) : false
    case Op.and:
      if (b === 0) return become(op, 'movi', 0)
      return b === -1 || (b === 1 && isTruth(a, defs)) ? become(op, 'mov', a) : false
    case Op.mul:
      if (b === 0) return become(op, 'movi', 0)
      if (b === 1) return become(op, 'mov', a)
      return k > 0 ? become(op, 'shl', a, k) : false
    case Op.divu:
      return k === 0 ? become(op, 'mov', a) : k > 0 ? become(op, 'lsr', a, k) : false
    case Op.remu:
      return k >= 0 ? become(op, 'and', a, b - 1) : false
    case Op.div:
      if (k === 0) return become(op, 'mov', a)
      return k > 0 ? become(op, 'asr', biased(fn, op, a, k, before), k) : false
    case Op.rem: {
      if (k <= 0) return k === 0 ? become(op, 'movi', 0) : false
      const whole = step(fn, op, before, 'and', biased(fn, op, a, k, before), -b)
      return become(op, 'sub', a, whole)
    }
    case Op.ne:
      return b === 0 && isTruth(a, defs) ? become(op, 'mov', a) : false
    case Op.eq: {
      const from = isReg(a) ? defs[a.reg] : undefined
      if (b !== 0 || !from || inverse[from.code] === undefined) return false
      op.code = inverse[from.code]!
      op.args = [op.args[0]!, from.args[1]!, from.args[2]!]
      return true
    }
    default:
      return false
  }
}

/** x + c1 + c2. */
function foldSum(op: MOp, b: number, defs: Definitions): boolean {
  const a = op.args[1]!
  const from = isReg(a) ? defs[a.reg] : undefined
  if (from?.code !== Op.add || isReg(from.args[2]!)) return false
  op.args[1] = from.args[1]!
  op.args[2] = (from.args[2] + b) | 0
  return true
}

function step(fn: MFunction, like: MOp, before: MOp[], name: OpName, ...args: Arg[]): Arg {
  const result = reg(newReg(fn, 'r'))
  before.push({ ...like, code: Op[name], args: [result, ...args] })
  return result
}

/** What a negative dividend needs so that an arithmetic shift truncates toward zero. */
function biased(fn: MFunction, op: MOp, a: Arg, k: number, before: MOp[]): Arg {
  const sign = step(fn, op, before, 'asr', a, 31)
  return step(fn, op, before, 'add', a, step(fn, op, before, 'lsr', sign, 32 - k))
}
