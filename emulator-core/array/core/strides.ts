/**
 * Strides: how the addresses of a straight loop body move from turn to turn.
 *
 * Scalar registers are followed as sums of their values at the start of a turn. A register that
 * comes back as itself plus a constant is a counter; one that is made from counters anew lags a
 * turn behind them, and so on. Addresses made of these step by a constant once the lag is over, so
 * the first few turns are checked one by one and all others by their ends.
 */
import { Op } from '../../device/abi/core-isa.ts'
import { F, isMemory, opStride } from './decode.ts'
import { sizeOf } from './interpreter.ts'

/** Decoded bundles with register operands local to the core. */
interface Body {
  readonly ops: Int32Array
  readonly count: number
}

/** Registers with their factors, plus a constant; values at the start of a turn. */
interface Sum {
  readonly registers: readonly number[]
  readonly factors: readonly number[]
  readonly constant: number
}

/** An access of the loop: its address by the start of a turn, and its step once it is steady. */
export interface Access {
  readonly address: Sum
  readonly step: number
  readonly size: number
  readonly isStore: boolean
}

interface Found {
  readonly address: Sum
  readonly size: number
  readonly isStore: boolean
}

export interface Strides {
  readonly accesses: readonly Access[]
  /** Registers that addresses depend on, and what each becomes in a turn. */
  readonly followed: readonly number[]
  readonly updates: readonly Sum[]
  /** Turns after which all addresses step by constants. */
  readonly lag: number
}

/** Most turns until addresses step by constants. */
export const maxLag = 3
const maxTerms = 4
const scalars = 32

/** The value of a sum over the registers from `base` of `values`. */
export function valueOf(sum: Sum, values: Int32Array, base: number): number {
  let value = sum.constant
  for (let i = 0; i < sum.registers.length; i++)
    value = (value + Math.imul(sum.factors[i]!, values[base + sum.registers[i]!]!)) | 0
  return value
}

/** How many leading bundles of a straight run have addresses that are known sums at its start. */
export function knownPrefix(bundles: readonly Body[]): number {
  const values = new Map<number, Sum | undefined>()
  for (let n = 0; n < bundles.length; n++) {
    if (!noteAddresses(values, bundles[n]!, [])) return n
  }
  return bundles.length
}

/** The strides of a body, or undefined when an address moves in another way. */
export function stridesOf(bundles: readonly Body[]): Strides | undefined {
  const values = new Map<number, Sum | undefined>()
  const found: Found[] = []
  for (const bundle of bundles) if (!noteAddresses(values, bundle, found)) return undefined
  return settle(values, found)
}

/** Adds the accesses of a bundle and follows its writes; false when an address is no known sum. */
function noteAddresses(values: Map<number, Sum | undefined>, body: Body, found: Found[]): boolean {
  const { ops, count } = body
  for (let i = 0; i < count; i++) {
    const at = i * opStride
    const code = ops[at]!
    if (!isMemory(code)) continue
    const isStore = code >= Op.st8
    const base = read(values, ops[at + (isStore ? F.b : F.a)]!)
    const address = ops[at + F.x] !== 0 ? base : add(base, flexible(values, ops, at), 1)
    if (!address) return false
    found.push({ address, size: sizeOf(ops, at), isStore })
  }
  for (let i = 0; i < count; i++) write(values, ops, i * opStride)
  return true
}

function settle(
  values: ReadonlyMap<number, Sum | undefined>,
  found: readonly Found[],
): Strides | undefined {
  const lags = new Map<number, number>()
  const steps = new Map<number, number>()
  for (const { address } of found) {
    for (const r of address.registers) if (lagOf(values, r, lags, steps, 0) < 0) return undefined
  }
  const stepOf = (sum: Sum) =>
    sum.registers.reduce((total, r, i) => total + sum.factors[i]! * steps.get(r)!, 0)
  const followed = [...lags.keys()]
  return {
    accesses: found.map((f) => ({ ...f, step: stepOf(f.address) })),
    followed,
    updates: followed.map((r) => (values.has(r) ? values.get(r)! : start(r))),
    lag: Math.max(0, ...lags.values()),
  }
}

/** Turns until a register steps by a constant, which goes into `steps`; −1 when it never does. */
function lagOf(
  values: ReadonlyMap<number, Sum | undefined>,
  r: number,
  lags: Map<number, number>,
  steps: Map<number, number>,
  depth: number,
): number {
  const known = lags.get(r)
  if (known !== undefined) return known
  const update = values.has(r) ? values.get(r) : start(r)
  if (!update || depth > maxLag) return -1
  let lag = 0
  let step = 0
  if (update.registers.length === 1 && update.registers[0] === r && update.factors[0] === 1) {
    step = update.constant
  } else {
    for (let i = 0; i < update.registers.length; i++) {
      const other = update.registers[i]!
      const below = other === r ? -1 : lagOf(values, other, lags, steps, depth + 1)
      if (below < 0) return -1
      lag = Math.max(lag, below + 1)
      step += update.factors[i]! * steps.get(other)!
    }
    lag = Math.max(lag, 1)
  }
  if (lag > maxLag) return -1
  lags.set(r, lag)
  steps.set(r, step)
  return lag
}

function start(r: number): Sum {
  return { registers: [r], factors: [1], constant: 0 }
}

function read(values: ReadonlyMap<number, Sum | undefined>, r: number): Sum | undefined {
  return values.has(r) ? values.get(r) : start(r)
}

function constant(value: number): Sum {
  return { registers: [], factors: [], constant: value }
}

function flexible(
  values: ReadonlyMap<number, Sum | undefined>,
  ops: Int32Array,
  at: number,
): Sum | undefined {
  const register = ops[at + F.vReg]!
  return register >= 0 ? read(values, register) : constant(ops[at + F.v]!)
}

function add(a: Sum | undefined, b: Sum | undefined, sign: number): Sum | undefined {
  if (!a || !b) return undefined
  const total = new Map<number, number>()
  a.registers.forEach((r, i) => total.set(r, a.factors[i]!))
  b.registers.forEach((r, i) => total.set(r, ((total.get(r) ?? 0) + sign * b.factors[i]!) | 0))
  const registers = [...total.keys()].filter((r) => total.get(r) !== 0)
  if (registers.length > maxTerms) return undefined
  return {
    registers,
    factors: registers.map((r) => total.get(r)!),
    constant: (a.constant + sign * b.constant) | 0,
  }
}

function scale(a: Sum | undefined, shift: Sum | undefined): Sum | undefined {
  if (!a || !shift || shift.registers.length > 0) return undefined
  const by = 1 << shift.constant
  return {
    registers: a.registers,
    factors: a.factors.map((f) => Math.imul(f, by)),
    constant: Math.imul(a.constant, by),
  }
}

function write(values: Map<number, Sum | undefined>, ops: Int32Array, at: number): void {
  const code = ops[at]!
  if (isMemory(code)) {
    if (code <= Op.ld32) values.set(ops[at + F.d]!, undefined)
    if (ops[at + F.x] === 0) return
    const base = ops[at + (code >= Op.st8 ? F.b : F.a)]!
    values.set(base, add(read(values, base), flexible(values, ops, at), 1))
    return
  }
  const writesScalar = code < Op.ld8 ? code !== Op.nop : code === Op.vext || code === Op.mget
  if (!writesScalar) return
  const d = ops[at + F.d]!
  if (d < 0 || d >= scalars) return
  const a = read(values, ops[at + F.a]!)
  const b = flexible(values, ops, at)
  switch (code) {
    case Op.add:
      values.set(d, add(a, b, 1))
      return
    case Op.sub:
      values.set(d, add(a, b, -1))
      return
    case Op.rsub:
      values.set(d, add(b, a, -1))
      return
    case Op.shl:
      values.set(d, scale(a, b))
      return
    case Op.mov:
      values.set(d, a)
      return
    case Op.movi:
      values.set(d, b)
      return
    default:
      values.set(d, undefined)
  }
}
