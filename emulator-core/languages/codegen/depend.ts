/** What must come before what among the operations of a block, and by how many cycles. */
import { elements, Op } from '../../device/abi/core-isa.ts'
import { multiplyIssues, type CoreFacts } from '../../device/core-facts.ts'
import { baseOperand } from './destruct.ts'
import { eachDef, eachUse, isReg, resultOf, specOf, type MOp } from './mir.ts'

const syncs: ReadonlySet<number> = new Set([Op.acqge, Op.acqeq, Op.rel, Op.event])
/** Streams, cascade and their flags: kept in order, but beside other operations of a bundle. */
const portOps: ReadonlySet<number> = new Set([
  Op.getss,
  Op.getsv,
  Op.putms,
  Op.putsv,
  Op.putcd,
  Op.putcdx,
  Op.getcd,
  Op.getcdx,
  Op.getsr,
])
const modeSets: ReadonlySet<number> = new Set([Op.setrnd, Op.setsat])
const modeReads: ReadonlySet<number> = new Set([
  Op.getrnd,
  Op.getsat,
  Op.srs32,
  Op.srsu32,
  Op.srs64,
  Op.srsp32,
  Op.srsp64,
  Op.ups32,
  Op.ups64,
])

export function isSync(op: MOp): boolean {
  return syncs.has(op.code) || portOps.has(op.code)
}

function isLoad(op: MOp): boolean {
  return specOf(op).latency === 'load'
}

function isStore(op: MOp): boolean {
  return specOf(op).latency === 'store'
}

function elementBitsAt(op: MOp, nth: number): number {
  const operands = specOf(op).operands
  let seen = 0
  for (let i = 0; i < operands.length; i++) {
    if (operands[i]!.kind === 'e' && seen++ === nth)
      return Number(elements[op.args[i] as number]!.slice(1))
  }
  return 0
}

/** Slots an operation holds and for how many cycles. */
export interface Occupancy {
  readonly slots: number
  /** All slots of the mask are held, not one of them. */
  readonly takesAll: boolean
  readonly cycles: number
}

const allSlots = 127

export function occupancyOf(op: MOp, facts: CoreFacts): Occupancy {
  const spec = specOf(op)
  if (syncs.has(op.code)) return { slots: allSlots, takesAll: true, cycles: 1 }
  if (spec.latency === 'vmul' || spec.latency === 'vmac') {
    const bits = elementBitsAt(op, 0)
    const other = op.code === Op.vlmul ? bits : elementBitsAt(op, 1)
    return { slots: spec.slots, takesAll: false, cycles: multiplyIssues(facts, bits, other) }
  }
  const bits = accessBits(op)
  if (spec.latency === 'load' && bits > facts.loadBits) {
    return { slots: 3, takesAll: true, cycles: Math.max(1, bits / (2 * facts.loadBits)) }
  }
  if (spec.latency === 'store' && bits > facts.storeBits) {
    return { slots: spec.slots, takesAll: false, cycles: bits / facts.storeBits }
  }
  return { slots: spec.slots, takesAll: false, cycles: 1 }
}

const widths: Partial<Record<number, number>> = {
  [Op.ldv16]: 128,
  [Op.ldv32]: 256,
  [Op.ldv64]: 512,
  [Op.stv16]: 128,
  [Op.stv32]: 256,
  [Op.stv64]: 512,
  [Op.ldm]: 128,
  [Op.stm]: 128,
  [Op.ld8]: 8,
  [Op.ldu8]: 8,
  [Op.st8]: 8,
  [Op.ld16]: 16,
  [Op.ldu16]: 16,
  [Op.st16]: 16,
}

/** Bits a memory operation moves. */
export function accessBits(op: MOp): number {
  if (op.code === Op.ldc || op.code === Op.stc) return 128 << (op.args[3] as number)
  return widths[op.code] ?? 32
}

/** Cycles after which the result of an operation may be read. */
export function latencyOf(op: MOp, facts: CoreFacts): number {
  const { latency } = facts
  const issues = occupancyOf(op, facts).cycles - 1
  switch (specOf(op).latency) {
    case 'alu':
      return latency.alu
    case 'multiply':
      return latency.multiply
    case 'divide':
      return latency.alu
    case 'load':
      return latency.load + issues
    case 'vector':
      return latency.vector
    case 'extract':
      return latency.extract
    case 'vmul':
      return latency.vmul + issues
    case 'vmac':
      return latency.vmac + issues
    case 'accadd':
      return latency.accadd
    case 'srs':
      return latency.srs
    case 'ups':
      return latency.ups
    case 'port':
      return latency.port
    case 'move':
      return latency.move
    case 'vmove':
      return latency.vmove
    default:
      return 1
  }
}

/** Cycles from `from` writing `register` to `to` reading it. */
function readAfter(from: MOp, to: MOp, register: number, facts: CoreFacts): number {
  if (from.post === register && resultOf(from) !== register) return facts.latency.alu
  const chained = specOf(from).latency === 'vmac' && specOf(to).latency === 'vmac'
  const accumulates = chained && isReg(to.args[1]!) && to.args[1].reg === register
  if (accumulates) return facts.latency.vmacToVmac + occupancyOf(from, facts).cycles - 1
  return latencyOf(from, facts)
}

/** Cycles that pass until everything an operation does is done. */
export function settleCycles(op: MOp, facts: CoreFacts): number {
  return Math.max(resultOf(op) >= 0 ? latencyOf(op, facts) : 1, occupancyOf(op, facts).cycles)
}

/**
 * True when the accesses of two memory operations may touch the same byte. `sameBase` knows equal
 * addresses.
 */
function mayOverlap(a: MOp, b: MOp, sameBase: boolean): boolean {
  if (a.scope !== 0 && b.scope !== 0 && a.scope !== b.scope) return false
  if (!sameBase) return true
  const [ia, ib] = [baseOperand(a), baseOperand(b)]
  const offset = (op: MOp, i: number): number | undefined => {
    const spec = specOf(op).operands
    const at = op.args[spec[i + 1]!.kind === 'w' ? i + 2 : i + 1]!
    if (op.post !== undefined) return 0
    return isReg(at) ? undefined : at
  }
  const [oa, ob] = [offset(a, ia), offset(b, ib)]
  if (oa === undefined || ob === undefined) return true
  return oa < ob + accessBits(b) / 8 && ob < oa + accessBits(a) / 8
}

export interface Dependence {
  readonly from: number
  readonly to: number
  readonly cycles: number
  /** How many turns of the loop later `to` is. */
  readonly distance: number
}

/**
 * Orders two operations may need besides registers; undefined when they are free. `a` comes first.
 */
export function effectOrder(
  a: MOp,
  b: MOp,
  sameBase: boolean,
  facts: CoreFacts,
): number | undefined {
  const memoryA = isLoad(a) || isStore(a)
  const memoryB = isLoad(b) || isStore(b)
  const orderedA = isSync(a) || a.code === Op.cycles
  const orderedB = isSync(b) || b.code === Op.cycles
  if (orderedA && orderedB) return 1
  if ((isSync(a) && memoryB) || (memoryA && isSync(b))) return 1
  if (modeSets.has(a.code) && (modeReads.has(b.code) || modeSets.has(b.code))) return 1
  if (modeReads.has(a.code) && modeSets.has(b.code)) return 1
  if ((orderedA && modeSets.has(b.code)) || (modeSets.has(a.code) && orderedB)) return 1
  if (!memoryA || !memoryB || (isLoad(a) && isLoad(b)) || !mayOverlap(a, b, sameBase))
    return undefined
  if (isLoad(a)) return 1
  return isLoad(b) ? facts.latency.storeToLoad : 1
}

/** Dependences inside one straight run of operations over mutable registers. */
export function dependencesOf(ops: readonly MOp[], facts: CoreFacts): Dependence[] {
  const out: Dependence[] = []
  const lastWrite = new Map<number, number>()
  const readers = new Map<number, number[]>()
  const add = (from: number, to: number, cycles: number): void => {
    if (from !== to) out.push({ from, to, cycles, distance: 0 })
  }
  const ordered: number[] = []
  ops.forEach((op, i) => {
    const base = baseRegister(op)
    const baseWritten = lastWrite.get(base) ?? -1
    eachUse(op, (r) => {
      const from = lastWrite.get(r)
      if (from !== undefined) add(from, i, readAfter(ops[from]!, op, r, facts))
    })
    eachDef(op, (r) => {
      const before = lastWrite.get(r)
      if (before !== undefined)
        add(before, i, Math.max(1, latencyOf(ops[before]!, facts) - latencyOf(op, facts) + 1))
      for (const reader of readers.get(r) ?? []) add(reader, i, 1)
    })
    eachUse(op, (r) => {
      const list = readers.get(r)
      if (list) list.push(i)
      else readers.set(r, [i])
    })
    eachDef(op, (r) => {
      lastWrite.set(r, i)
      readers.set(r, [])
    })
    if (!isOrdered(op)) return
    for (const j of ordered) {
      const cycles = effectOrder(
        ops[j]!,
        op,
        base >= 0 && baseWritten < j && baseRegister(ops[j]!) === base,
        facts,
      )
      if (cycles !== undefined) add(j, i, cycles)
    }
    ordered.push(i)
  })
  return out
}

/** Operations whose order among each other may matter. */
export function isOrdered(op: MOp): boolean {
  return (
    isLoad(op) ||
    isStore(op) ||
    isSync(op) ||
    op.code === Op.cycles ||
    modeSets.has(op.code) ||
    modeReads.has(op.code)
  )
}

/** Register that holds the base of an access, −1 when there is none. */
function baseRegister(op: MOp): number {
  const at = baseOperand(op)
  const base = at < 0 ? undefined : op.args[at]
  return base !== undefined && isReg(base) ? base.reg : -1
}

export { readAfter }
