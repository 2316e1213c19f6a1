/**
 * Decoded programs: what the interpreter runs instead of words. A cache of program memory, never
 * state.
 *
 * Register operands are indices into the register fields of all cores, so a record belongs to one
 * core.
 */
import {
  decode,
  encodesCode,
  Op,
  operation,
  type MachineOp,
  type OperandKind,
} from '../../device/abi/core-isa.ts'
import type { CoreFacts } from '../../device/core-facts.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import { classOf } from './classes.ts'

/** Words per operation record, and where in it what lies. */
export const opStride = 16
export const F = {
  code: 0,
  d: 1,
  a: 2,
  b: 3,
  c: 4,
  vReg: 5,
  v: 6,
  e: 7,
  e2: 8,
  n: 9,
  p: 10,
  p2: 11,
  x: 12,
  hold: 13,
  wReg: 14,
  w: 15,
} as const

/**
 * Words per bundle record: first operation, count, byte offset of the next bundle, cycles, flags,
 * memory operations.
 */
export const bundleStride = 8
export const B = {
  first: 0,
  count: 1,
  next: 2,
  cycles: 3,
  flags: 4,
  accesses: 5,
  /** What its operations are, as bits of `Class`. */
  classes: 6,
} as const

/** Bundle flags. */
export const Flag = {
  /** Others can see it happen: runs only as the first bundle of a turn. */
  interaction: 1,
  /** Contains loads or stores. */
  memory: 2,
  /** Contains a lock operation. */
  lock: 4,
  /** Moves the program counter or the hardware loop. */
  control: 8,
  /** Contains an operation on a stream, the cascade or the processor bus. */
  port: 16,
} as const

/** Words per core of each register file in the arena. */
export const words = { r: 32, x: 192, c: 512, m: 16 } as const

const locks: ReadonlySet<number> = new Set([Op.acqge, Op.acqeq, Op.rel])
const others: ReadonlySet<number> = new Set([Op.event, Op.done])
const controls: ReadonlySet<number> = new Set([Op.jump, Op.bnz, Op.bz, Op.loop, Op.call, Op.ret])
/** Control operations whose cost is written in them. */
const holds: ReadonlySet<number> = new Set([Op.nop, ...controls])

const firstAccess: number = Op.ld8
const lastAccess: number = Op.stm

/** Is it an operation on streams, the cascade or the processor bus? */
export function isPort(code: number): boolean {
  return (code >= Op.getss && code <= Op.getcdx) || (code >= Op.ldtm && code <= Op.putcdx)
}

function isInteraction(code: number): boolean {
  return locks.has(code) || others.has(code) || isPort(code)
}

export function isMemory(code: number): boolean {
  return code >= firstAccess && code <= lastAccess
}

export class DecodedPrograms {
  /** Operation records. */
  ops = new Int32Array(opStride * 1024)
  /** Bundle records. */
  bundles = new Int32Array(bundleStride * 512)
  private opCount = 0
  private bundleCount = 0
  /** Per core and word of program memory: 1 + bundle record, 0 when not decoded yet. */
  private readonly places: Int32Array[]
  private readonly filled: Uint8Array
  /** Per core what `writesRegisters` says, −1 when not asked yet. */
  private readonly writing: Int8Array
  private readonly pm: FlatMemory
  private readonly pmBytes: number
  readonly facts: CoreFacts

  constructor(pm: FlatMemory, cores: number, pmBytes: number, facts: CoreFacts) {
    this.pm = pm
    this.pmBytes = pmBytes
    this.facts = facts
    this.places = Array.from({ length: cores }, () => new Int32Array(pmBytes >> 2))
    this.filled = new Uint8Array(cores)
    this.writing = new Int8Array(cores).fill(-1)
  }

  /** May the program of a core hold an operation that writes registers? */
  writesRegisters(core: number): boolean {
    if (this.writing[core]! < 0) {
      const code = this.codeOf(core)
      this.writing[core] = code.some((word) => encodesCode(word, Op.sttm)) ? 1 : 0
    }
    return this.writing[core] !== 0
  }

  /** The program memory of a core. */
  codeOf(core: number): Uint32Array {
    const base = (core * this.pmBytes) >> 2
    return this.pm.u32.subarray(base, base + (this.pmBytes >> 2))
  }

  /** Forgets what was decoded of one core. */
  drop(core: number): void {
    this.writing[core] = -1
    if (this.filled[core] === 0) return
    this.filled[core] = 0
    this.places[core]!.fill(0)
    if (this.filled.every((f) => f === 0)) {
      this.opCount = 0
      this.bundleCount = 0
    }
  }

  /** Index of the bundle record at byte `pc`, or -1 when no operation is encoded there. */
  at(core: number, pc: number): number {
    const word = pc >>> 2
    const places = this.places[core]!
    if (word >= places.length) return -1
    const known = places[word]!
    return known > 0 ? known - 1 : this.fill(core, word)
  }

  private fill(core: number, word: number): number {
    const bundle = decode(this.codeOf(core), word)
    if (!bundle || bundle.ops.filter((op) => isInteraction(op.code)).length > 1) return -1
    this.filled[core] = 1
    while ((this.opCount + bundle.ops.length) * opStride > this.ops.length)
      this.ops = doubled(this.ops)
    if ((this.bundleCount + 1) * bundleStride > this.bundles.length)
      this.bundles = doubled(this.bundles)
    const index = this.bundleCount++ * bundleStride
    let flags = 0
    let cycles = 1
    let accesses = 0
    let classes = 0
    bundle.ops.forEach((op, i) => {
      const at = (this.opCount + i) * opStride
      this.record(at, core, op)
      if (isInteraction(op.code)) flags |= Flag.interaction
      if (locks.has(op.code)) flags |= Flag.lock
      if (isPort(op.code)) flags |= Flag.port
      if (controls.has(op.code)) flags |= Flag.control
      classes |= classOf(op.code, accesses)
      if (isMemory(op.code)) {
        flags |= Flag.memory
        accesses++
      }
      cycles += this.extraCycles(op, at)
      if (op.code === Op.loop || op.code === Op.call)
        this.ops[at + F.p] = (word + bundle.length) * 4
    })
    this.bundles[index + B.first] = this.opCount * opStride
    this.bundles[index + B.count] = bundle.ops.length
    this.bundles[index + B.next] = (word + bundle.length) * 4
    this.bundles[index + B.cycles] = cycles
    this.bundles[index + B.flags] = flags
    this.bundles[index + B.accesses] = accesses
    this.bundles[index + B.classes] = classes
    this.opCount += bundle.ops.length
    this.places[core]![word] = index + 1
    return index
  }

  /** Cycles an operation holds the core beyond the one of its bundle. */
  private extraCycles(op: MachineOp, at: number): number {
    if (holds.has(op.code)) return this.ops[at + F.hold]!
    if (locks.has(op.code)) return this.facts.lockCallCycles + this.facts.lockArbitrationCycles - 1
    return operation(op.code)!.latency === 'divide' ? this.facts.divideCycles - 1 : 0
  }

  private record(at: number, core: number, op: MachineOp): void {
    const { ops } = this
    ops.fill(0, at, at + opStride)
    ops[at + F.code] = op.code
    ops[at + F.vReg] = -1
    ops[at + F.wReg] = -1
    let sources = 0
    let elements = 0
    let parts = 0
    let values = 0
    operation(op.code)!.operands.forEach((operand, i) => {
      const value = op.args[i]!
      const isConstant = ((op.constants >> i) & 1) === 1
      const index = registerIndex(operand.kind, core, value)
      if (index >= 0) ops[at + (operand.isDef ? F.d : F.a + sources++)] = index
      else if (operand.kind === 'v' || operand.kind === 's') {
        const to = values++ === 0 ? F.vReg : F.wReg
        if (isConstant) ops[at + to + 1] = value
        else ops[at + to] = core * words.r + value
      } else if (operand.kind === 'e') ops[at + F.e + elements++] = value
      else if (operand.kind === 'l') ops[at + F.n] = 1 << value
      else if (operand.kind === 'k') ops[at + F.n] = 4 << value
      else if (operand.kind === 'p') ops[at + F.p + parts++] = value
      else if (operand.kind === 'z') ops[at + F.n] = 16 << value
      else if (operand.kind === 'h' || operand.kind === 'n') ops[at + F.hold] = value
      else ops[at + F.x] = operand.kind === 't' ? value * 4 : value
    })
  }
}

function registerIndex(kind: OperandKind, core: number, value: number): number {
  if (kind === 'r') return core * words.r + value
  if (kind === 'x') return core * words.x + value * 16
  if (kind === 'c') return core * words.c + value * 32
  return kind === 'm' ? core * words.m + value * 4 : -1
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const out = new Int32Array(array.length * 2)
  out.set(array)
  return out
}
