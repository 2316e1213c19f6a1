/**
 * Interpreter: the exact stepper of the cores, one bundle at a time. The reference for generated
 * code.
 *
 * The memory addresses of a bundle are formed before anything acts, so that a bundle either runs
 * whole or, when it reaches outside the core's own memory, not at all.
 */
import { Op } from '../../device/abi/core-isa.ts'
import { banksBy, type BankRule } from '../../device/banks.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import { contestedAmong, waitsAmong } from './banking.ts'
import { B, F, isMemory, opStride, type DecodedPrograms } from './decode.ts'
import { productHigh } from './lanes.ts'
import type { Registers } from './registers.ts'
import type { CorePorts } from './surroundings.ts'
import { VectorUnit } from './vector-unit.ts'
import type { Windows } from './windows.ts'

/** Bytes of a load or store by operation code; accumulators say it themselves. */
const accessBytes = new Int32Array(256)
for (const [code, bytes] of [
  [Op.ld8, 1],
  [Op.ldu8, 1],
  [Op.ld16, 2],
  [Op.ldu16, 2],
  [Op.ld32, 4],
  [Op.ldv16, 16],
  [Op.ldv32, 32],
  [Op.ldv64, 64],
  [Op.ldm, 16],
  [Op.st8, 1],
  [Op.st16, 2],
  [Op.st32, 4],
  [Op.stv16, 16],
  [Op.stv32, 32],
  [Op.stv64, 64],
  [Op.stm, 16],
] as const)
  accessBytes[code] = bytes

/* Plain constants, so that the hot path looks nothing up. */
const firstLoad: number = Op.ld8
const lastLoad: number = Op.ldm
const firstStore: number = Op.st8
const lastStore: number = Op.stm
const firstMultiply: number = Op.vmul32
const loadAccumulator: number = Op.ldc
const loadMask: number = Op.ldm
const storeAccumulator: number = Op.stc
const storeMask: number = Op.stm

/** Bytes the memory operation whose record is at `at` moves. */
export function sizeOf(ops: Int32Array, at: number): number {
  const bytes = accessBytes[ops[at + F.code]!]!
  return bytes !== 0 ? bytes : ops[at + F.n]!
}

export class Interpreter {
  private readonly regs: Registers
  private readonly dm: FlatMemory
  private readonly windows: Windows
  private readonly programs: DecodedPrograms
  private readonly vectors: VectorUnit
  private readonly rule: BankRule
  private readonly dmShift: number
  /**
   * Offsets in the data memories of the accesses of the present bundle, -1 for none. Scratch, not
   * state.
   */
  readonly offsets = new Int32Array(8)
  /** Their sizes, and what `wait` makes of them. Scratch, not state. */
  private readonly sizes = new Int32Array(8)
  private readonly banks = new Int32Array(8)
  /** Windows (bits south, west, north, own) at which the last bundle that waited did so. */
  waitSides = 0
  /** Byte offset a jump of the present bundle goes to, -1 for none. Scratch, not state. */
  jumpTo = -1

  constructor(
    regs: Registers,
    dm: FlatMemory,
    windows: Windows,
    programs: DecodedPrograms,
    rule: BankRule,
  ) {
    this.rule = rule
    this.dmShift = 31 - Math.clz32(windows.dmBytes)
    this.regs = regs
    this.dm = dm
    this.windows = windows
    this.programs = programs
    this.vectors = new VectorUnit(regs)
  }

  /**
   * Forms the addresses of a bundle. False when one of them is not an aligned place of the own
   * memory and `mayReachOut` is false; then nothing has happened.
   */
  prepare(core: number, bundle: number, mayReachOut: boolean): boolean {
    const { ops, bundles } = this.programs
    const { r } = this.regs
    let at = bundles[bundle + B.first]!
    let k = 0
    for (let i = bundles[bundle + B.count]!; i > 0; i--, at += opStride) {
      const code = ops[at]!
      if (!isMemory(code)) continue
      const size = sizeOf(ops, at)
      const base = r[code >= firstStore ? ops[at + F.b]! : ops[at + F.a]!]!
      const address = ops[at + F.x] !== 0 ? base : base + this.flexible(ops, at)
      this.sizes[k] = size
      const local = this.windows.local(address, size)
      if (local >= 0) this.offsets[k++] = core * this.windows.dmBytes + local
      else if (mayReachOut) this.offsets[k++] = -1
      else return false
    }
    if (mayReachOut) this.reachOut(core, bundle)
    return true
  }

  /** Resolves the accesses that are not plainly own, in order, with their faults. */
  private reachOut(core: number, bundle: number): void {
    const { ops, bundles } = this.programs
    let at = bundles[bundle + B.first]!
    let k = 0
    for (let i = bundles[bundle + B.count]!; i > 0; i--, at += opStride) {
      const code = ops[at]!
      if (!isMemory(code)) continue
      if (this.offsets[k]! < 0) {
        const base = this.regs.r[code >= firstStore ? ops[at + F.b]! : ops[at + F.a]!]!
        const address = ops[at + F.x] !== 0 ? base : base + this.flexible(ops, at)
        this.offsets[k] = this.windows.locate(core, address, sizeOf(ops, at))
      }
      k++
    }
  }

  /**
   * Cycles that the prepared bundle, which begins at `tick`, waits for banks; −1 when that is not
   * known yet, beyond cycle `known`. `isFree`: no channel can use the own banks.
   */
  wait(
    core: number,
    bundle: number,
    tick: number,
    isFree: boolean,
    known: number,
    ports: CorePorts | undefined,
  ): number {
    const count = this.programs.bundles[bundle + B.accesses]!
    const { offsets, sizes, banks, rule, dmShift } = this
    const mask = (1 << dmShift) - 1
    let own = 0
    let reachesOut = false
    for (let k = 0; k < count; k++) {
      const offset = offsets[k]!
      if (offset >= 0 && offset >> dmShift !== core) reachesOut = true
      else if (offset >= 0) banks[own++] = banksBy(rule, offset & mask, sizes[k]!)
    }
    this.waitSides = 0
    if (ports !== undefined && reachesOut) {
      for (let k = 0; k < count; k++) {
        const offset = offsets[k]!
        if (offset < 0) continue
        ports.reach(core, offset >> dmShift, tick, banksBy(rule, offset & mask, sizes[k]!))
      }
      return -1
    }
    if (own === 0) return reachesOut ? this.waitOutside(core, count) : 0
    let lost = 0
    if (ports !== undefined && !(isFree && ports.isAlone(core, tick, own, known))) {
      lost = ports.serve(core, tick, banks, 0, own, known)
      ports.flush()
    } else {
      lost = waitsAmong(banks, 0, own)
      if (lost > 0) ports?.lost(core, core, tick, lost, contestedAmong(banks, 0, own))
      if (tick > known) ports?.wasAlone(core, tick, together(banks, own))
    }
    if (lost > 0) this.waitSides = 8
    return reachesOut && lost >= 0 ? Math.max(lost, this.waitOutside(core, count)) : lost
  }

  /** The same for the memories of neighbours where nobody but this core uses any. */
  private waitOutside(core: number, count: number): number {
    const { offsets, sizes, banks, rule, dmShift } = this
    let most = 0
    for (let k = 0; k < count; k++) {
      const owner = offsets[k]! >> dmShift
      if (owner < 0 || owner === core) continue
      let same = 0
      let isFirst = true
      for (let i = 0; i < count; i++) {
        if (offsets[i]! >> dmShift !== owner) continue
        if (i < k) isFirst = false
        banks[same++] = banksBy(rule, offsets[i]! & ((1 << dmShift) - 1), sizes[i]!)
      }
      if (!isFirst) continue
      const lost = waitsAmong(banks, 0, same)
      if (lost === 0) continue
      for (let direction = 0; direction < 3; direction++)
        if (this.windows.ownerOf(core, direction) === owner) this.waitSides |= 1 << direction
      if (lost > most) most = lost
    }
    return most
  }

  private flexible(ops: Int32Array, at: number): number {
    const register = ops[at + F.vReg]!
    return register >= 0 ? this.regs.r[register]! : ops[at + F.v]!
  }

  /** Runs the operations of a bundle whose addresses are formed; interactions are the caller's. */
  execute(core: number, bundle: number, tick: number): void {
    const { ops, bundles } = this.programs
    let at = bundles[bundle + B.first]!
    let k = 0
    this.jumpTo = -1
    for (let i = bundles[bundle + B.count]!; i > 0; i--, at += opStride) {
      const code = ops[at]!
      if (code < firstLoad) this.scalar(core, ops, at, code, tick)
      else if (code <= lastLoad) this.load(ops, at, code, this.offsets[k++]!)
      else if (code <= lastStore) this.store(ops, at, code, this.offsets[k++]!)
      else if (code < firstMultiply) this.vectors.vector(ops, at, code)
      else this.vectors.accumulate(core, ops, at, code)
    }
  }

  private scalar(core: number, ops: Int32Array, at: number, code: number, tick: number): void {
    const { r } = this.regs
    const register = ops[at + F.vReg]!
    const b = register >= 0 ? r[register]! : ops[at + F.v]!
    const d = ops[at + F.d]!
    const a = r[ops[at + F.a]!]!
    switch (code) {
      case 2 /* jump */:
        this.jumpTo = ops[at + F.x]!
        return
      case 3 /* bnz */:
        if (a !== 0) this.jumpTo = ops[at + F.x]!
        return
      case 4 /* bz */:
        if (a === 0) this.jumpTo = ops[at + F.x]!
        return
      case 5 /* loop */:
        this.regs.loopCount[core] = b
        this.regs.loopEnd[core] = ops[at + F.x]!
        this.regs.loopStart[core] = ops[at + F.p]!
        return
      case 11 /* setrnd */:
        this.regs.rounding[core] = b & 15
        return
      case 12 /* setsat */:
        this.regs.saturation[core] = b & 3
        return
      case 13 /* getrnd */:
        r[d] = this.regs.rounding[core]!
        return
      case 14 /* getsat */:
        r[d] = this.regs.saturation[core]!
        return
      case 15 /* cycles */:
        r[d] = tick % 4294967296
        return
      case 16 /* add */:
        r[d] = a + b
        return
      case 17 /* sub */:
        r[d] = a - b
        return
      case 18 /* rsub */:
        r[d] = b - a
        return
      case 19 /* and */:
        r[d] = a & b
        return
      case 20 /* or */:
        r[d] = a | b
        return
      case 21 /* xor */:
        r[d] = a ^ b
        return
      case 22 /* shl */:
        r[d] = a << b
        return
      case 23 /* asr */:
        r[d] = a >> b
        return
      case 24 /* lsr */:
        r[d] = a >>> b
        return
      case 25 /* min */:
        r[d] = a < b ? a : b
        return
      case 26 /* max */:
        r[d] = a > b ? a : b
        return
      case 27 /* minu */:
        r[d] = a >>> 0 < b >>> 0 ? a : b
        return
      case 28 /* maxu */:
        r[d] = a >>> 0 > b >>> 0 ? a : b
        return
      case 29 /* eq */:
        r[d] = a === b ? 1 : 0
        return
      case 30 /* ne */:
        r[d] = a !== b ? 1 : 0
        return
      case 31 /* lt */:
        r[d] = a < b ? 1 : 0
        return
      case 32 /* le */:
        r[d] = a <= b ? 1 : 0
        return
      case 33 /* gt */:
        r[d] = a > b ? 1 : 0
        return
      case 34 /* ge */:
        r[d] = a >= b ? 1 : 0
        return
      case 35 /* ltu */:
        r[d] = a >>> 0 < b >>> 0 ? 1 : 0
        return
      case 36 /* leu */:
        r[d] = a >>> 0 <= b >>> 0 ? 1 : 0
        return
      case 37 /* gtu */:
        r[d] = a >>> 0 > b >>> 0 ? 1 : 0
        return
      case 38 /* geu */:
        r[d] = a >>> 0 >= b >>> 0 ? 1 : 0
        return
      case 39 /* mul */:
        r[d] = Math.imul(a, b)
        return
      case 40 /* mulh */:
        r[d] = productHigh(a, b, Math.imul(a, b))
        return
      case 41 /* mulhu */:
        r[d] = productHigh(a >>> 0, b >>> 0, Math.imul(a, b))
        return
      case 42 /* div */:
        r[d] = b === 0 ? 0 : (a / b) | 0
        return
      case 43 /* divu */:
        r[d] = b === 0 ? 0 : Math.floor((a >>> 0) / (b >>> 0))
        return
      case 44 /* rem */:
        r[d] = b === 0 ? a : a % b
        return
      case 45 /* remu */:
        r[d] = b === 0 ? a : (a >>> 0) % (b >>> 0)
        return
      case 46 /* sel */:
        r[d] = a !== 0 ? r[ops[at + F.b]!]! : r[ops[at + F.c]!]!
        return
      case 47 /* ext8 */:
        r[d] = (a << 24) >> 24
        return
      case 48 /* extu8 */:
        r[d] = a & 0xff
        return
      case 49 /* ext16 */:
        r[d] = (a << 16) >> 16
        return
      case 50 /* extu16 */:
        r[d] = a & 0xffff
        return
      case 51 /* abs */:
        r[d] = a < 0 ? -a : a
        return
      case 52 /* mov */:
        r[d] = a
        return
      case 53 /* movi */:
        r[d] = b
        return
      case 54 /* call */:
        this.regs.link[core] = ops[at + F.p]!
        this.jumpTo = ops[at + F.x]!
        return
      case 55 /* ret */:
        this.jumpTo = this.regs.link[core]!
        return
      case 63 /* getsr */:
        r[d] = this.regs.flags[core]!
        return
      default:
    }
  }

  private load(ops: Int32Array, at: number, code: number, from: number): void {
    const { r, x, c, m } = this.regs
    const { dm } = this
    const d = ops[at + F.d]!
    const a = ops[at + F.a]!
    const base = r[a]!
    const step = ops[at + F.x] !== 0
    const by = step ? this.flexible(ops, at) : 0
    switch (code) {
      case 64 /* ld8 */:
        r[d] = from < 0 ? 0 : dm.i8[from]!
        break
      case 65 /* ldu8 */:
        r[d] = from < 0 ? 0 : dm.u8[from]!
        break
      case 66 /* ld16 */:
        r[d] = from < 0 ? 0 : dm.i16[from >> 1]!
        break
      case 67 /* ldu16 */:
        r[d] = from < 0 ? 0 : dm.u16[from >> 1]!
        break
      case 68 /* ld32 */:
        r[d] = from < 0 ? 0 : dm.i32[from >> 2]!
        break
      default: {
        const to = code === loadAccumulator ? c : code === loadMask ? m : x.i32
        const count = sizeOf(ops, at) >> 2
        const source = from >> 2
        if (from < 0) for (let i = 0; i < count; i++) to[d + i] = 0
        else for (let i = 0; i < count; i++) to[d + i] = dm.i32[source + i]!
      }
    }
    if (step) r[a] = base + by
  }

  private store(ops: Int32Array, at: number, code: number, to: number): void {
    const { r, x, c, m } = this.regs
    const { dm } = this
    const a = ops[at + F.a]!
    const b = ops[at + F.b]!
    if (to >= 0) {
      switch (code) {
        case 80 /* st8 */:
          dm.u8[to] = r[a]!
          break
        case 81 /* st16 */:
          dm.u16[to >> 1] = r[a]!
          break
        case 82 /* st32 */:
          dm.i32[to >> 2] = r[a]!
          break
        default: {
          const from = code === storeAccumulator ? c : code === storeMask ? m : x.i32
          const count = sizeOf(ops, at) >> 2
          const target = to >> 2
          for (let i = 0; i < count; i++) dm.i32[target + i] = from[a + i]!
        }
      }
      dm.mark(to, to + sizeOf(ops, at))
    }
    if (ops[at + F.x] !== 0) r[b] = r[b]! + this.flexible(ops, at)
  }
}

/** Banks of the first `count` accesses together. */
function together(banks: Int32Array, count: number): number {
  let all = 0
  for (let i = 0; i < count; i++) all |= banks[i]!
  return all
}
