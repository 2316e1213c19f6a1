/**
 * Interpreter: the exact stepper of the cores, one bundle at a time. The reference for generated code.
 *
 * The memory addresses of a bundle are formed before anything acts, so that a bundle either runs whole or, when it
 * reaches outside the core's own memory, not at all.
 */
import { Op } from '../../device/abi/core-isa.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import { B, F, isMemory, opStride, type DecodedPrograms } from './decode.ts'
import * as lanes from './lanes.ts'
import { laneA, laneB } from './lanes.ts'
import type { Registers } from './registers.ts'
import type { Windows } from './windows.ts'

/** Bytes of a load or store by operation code; accumulators say it themselves. */
const accessBytes = new Int32Array(256)
for (const [code, bytes] of [
  [Op.ld8, 1], [Op.ldu8, 1], [Op.ld16, 2], [Op.ldu16, 2], [Op.ld32, 4], [Op.ldv16, 16], [Op.ldv32, 32],
  [Op.ldv64, 64], [Op.ldm, 16], [Op.st8, 1], [Op.st16, 2], [Op.st32, 4], [Op.stv16, 16], [Op.stv32, 32],
  [Op.stv64, 64], [Op.stm, 16],
] as const) accessBytes[code] = bytes

/* Plain constants, so that the hot path looks nothing up. */
const firstLoad: number = Op.ld8
const lastLoad: number = Op.ldm
const firstStore: number = Op.st8
const lastStore: number = Op.stm
const firstMultiply: number = Op.vmul32
const partCompare: number = Op.vcmpp
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
  /** Offsets in the data memories of the accesses of the present bundle, -1 for none. Scratch, not state. */
  private readonly offsets = new Int32Array(8)
  /** Byte offset a jump of the present bundle goes to, -1 for none. Scratch, not state. */
  jumpTo = -1

  constructor(regs: Registers, dm: FlatMemory, windows: Windows, programs: DecodedPrograms) {
    this.regs = regs
    this.dm = dm
    this.windows = windows
    this.programs = programs
  }

  /**
   * Forms the addresses of a bundle. False when one of them is not an aligned place of the own memory and
   * `mayReachOut` is false; then nothing has happened.
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
      else if (code < firstMultiply) this.vector(ops, at, code)
      else this.accumulate(core, ops, at, code)
    }
  }

  private scalar(core: number, ops: Int32Array, at: number, code: number, tick: number): void {
    const { r } = this.regs
    const register = ops[at + F.vReg]!
    const b = register >= 0 ? r[register]! : ops[at + F.v]!
    const d = ops[at + F.d]!
    const a = r[ops[at + F.a]!]!
    switch (code) {
      case 2: /* jump */ this.jumpTo = ops[at + F.x]!; return
      case 3: /* bnz */ if (a !== 0) this.jumpTo = ops[at + F.x]!; return
      case 4: /* bz */ if (a === 0) this.jumpTo = ops[at + F.x]!; return
      case 5: /* loop */
        this.regs.loopCount[core] = b
        this.regs.loopEnd[core] = ops[at + F.x]!
        this.regs.loopStart[core] = ops[at + F.p]!
        return
      case 11: /* setrnd */ this.regs.rounding[core] = b & 15; return
      case 12: /* setsat */ this.regs.saturation[core] = b & 3; return
      case 13: /* getrnd */ r[d] = this.regs.rounding[core]!; return
      case 14: /* getsat */ r[d] = this.regs.saturation[core]!; return
      case 15: /* cycles */ r[d] = tick % 4294967296; return
      case 16: /* add */ r[d] = a + b; return
      case 17: /* sub */ r[d] = a - b; return
      case 18: /* rsub */ r[d] = b - a; return
      case 19: /* and */ r[d] = a & b; return
      case 20: /* or */ r[d] = a | b; return
      case 21: /* xor */ r[d] = a ^ b; return
      case 22: /* shl */ r[d] = a << b; return
      case 23: /* asr */ r[d] = a >> b; return
      case 24: /* lsr */ r[d] = a >>> b; return
      case 25: /* min */ r[d] = a < b ? a : b; return
      case 26: /* max */ r[d] = a > b ? a : b; return
      case 27: /* minu */ r[d] = a >>> 0 < b >>> 0 ? a : b; return
      case 28: /* maxu */ r[d] = a >>> 0 > b >>> 0 ? a : b; return
      case 29: /* eq */ r[d] = a === b ? 1 : 0; return
      case 30: /* ne */ r[d] = a !== b ? 1 : 0; return
      case 31: /* lt */ r[d] = a < b ? 1 : 0; return
      case 32: /* le */ r[d] = a <= b ? 1 : 0; return
      case 33: /* gt */ r[d] = a > b ? 1 : 0; return
      case 34: /* ge */ r[d] = a >= b ? 1 : 0; return
      case 35: /* ltu */ r[d] = a >>> 0 < b >>> 0 ? 1 : 0; return
      case 36: /* leu */ r[d] = a >>> 0 <= b >>> 0 ? 1 : 0; return
      case 37: /* gtu */ r[d] = a >>> 0 > b >>> 0 ? 1 : 0; return
      case 38: /* geu */ r[d] = a >>> 0 >= b >>> 0 ? 1 : 0; return
      case 39: /* mul */ r[d] = Math.imul(a, b); return
      case 40: /* mulh */ r[d] = lanes.productHigh(a, b, Math.imul(a, b)); return
      case 41: /* mulhu */ r[d] = lanes.productHigh(a >>> 0, b >>> 0, Math.imul(a, b)); return
      case 42: /* div */ r[d] = b === 0 ? 0 : (a / b) | 0; return
      case 43: /* divu */ r[d] = b === 0 ? 0 : Math.floor((a >>> 0) / (b >>> 0)); return
      case 44: /* rem */ r[d] = b === 0 ? a : a % b; return
      case 45: /* remu */ r[d] = b === 0 ? a : (a >>> 0) % (b >>> 0); return
      case 46: /* sel */ r[d] = a !== 0 ? r[ops[at + F.b]!]! : r[ops[at + F.c]!]!; return
      case 47: /* ext8 */ r[d] = (a << 24) >> 24; return
      case 48: /* extu8 */ r[d] = a & 0xff; return
      case 49: /* ext16 */ r[d] = (a << 16) >> 16; return
      case 50: /* extu16 */ r[d] = a & 0xffff; return
      case 51: /* abs */ r[d] = a < 0 ? -a : a; return
      case 52: /* mov */ r[d] = a; return
      case 53: /* movi */ r[d] = b; return
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
      case 64: /* ld8 */ r[d] = from < 0 ? 0 : dm.i8[from]!; break
      case 65: /* ldu8 */ r[d] = from < 0 ? 0 : dm.u8[from]!; break
      case 66: /* ld16 */ r[d] = from < 0 ? 0 : dm.i16[from >> 1]!; break
      case 67: /* ldu16 */ r[d] = from < 0 ? 0 : dm.u16[from >> 1]!; break
      case 68: /* ld32 */ r[d] = from < 0 ? 0 : dm.i32[from >> 2]!; break
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
        case 80: /* st8 */ dm.u8[to] = r[a]!; break
        case 81: /* st16 */ dm.u16[to >> 1] = r[a]!; break
        case 82: /* st32 */ dm.i32[to >> 2] = r[a]!; break
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

  private vector(ops: Int32Array, at: number, code: number): void {
    const { r, x, c, m } = this.regs
    const w = x.i32
    const d = ops[at + F.d]!
    const a = ops[at + F.a]!
    const b = ops[at + F.b]!
    const e = ops[at + F.e]!
    const n = ops[at + F.n]!
    switch (code) {
      case 96: /* vmov */ for (let i = 0; i < 16; i++) w[d + i] = w[a + i]!; return
      case 97: /* cmov */ for (let i = 0; i < 32; i++) c[d + i] = c[a + i]!; return
      case 98: /* mmov */ for (let i = 0; i < 4; i++) m[d + i] = m[a + i]!; return
      case 99: /* vzero */ for (let i = 0; i < 16; i++) w[d + i] = 0; return
      case 100: /* czero */ for (let i = 0; i < 32; i++) c[d + i] = 0; return
      case 101: /* mzero */ for (let i = 0; i < 4; i++) m[d + i] = 0; return
      case 102: /* vbc */ {
        const value = this.flexible(ops, at)
        const word = e >= 4 ? value : e >= 2 ? Math.imul(value & 0xffff, 0x10001) : Math.imul(value & 0xff, 0x1010101)
        const count = (n * lanes.bitsOf(e)) >> 5
        for (let i = 0; i < count; i++) w[d + i] = word
        return
      }
      case 103: /* vext */ {
        const lane = this.flexible(ops, at) & ((512 >> (3 + (e >> 1))) - 1)
        lanes.unpack(x, a * 4 + lane * (1 << (e >> 1)), e, 1, laneA)
        r[d] = laneA[0]!
        return
      }
      case 104: /* vins */ {
        const lane = this.flexible(ops, at) & ((512 >> (3 + (e >> 1))) - 1)
        for (let i = 0; i < 16; i++) w[d + i] = w[a + i]!
        laneA[0] = r[b]!
        lanes.pack(x, d * 4 + lane * (1 << (e >> 1)), e, 1, laneA)
        return
      }
      case 105: /* vget */ {
        const count = n >> 2
        const from = a + ((ops[at + F.p]! * count) & 15)
        for (let i = 0; i < count; i++) w[d + i] = w[from + i]!
        return
      }
      case 106: /* vput */ {
        const count = n >> 2
        const part = (ops[at + F.p]! * count) & 15
        for (let i = 0; i < count; i++) laneA[i] = w[b + i]!
        for (let i = 0; i < 16; i++) w[d + i] = w[a + i]!
        for (let i = 0; i < count; i++) w[d + part + i] = laneA[i]!
        return
      }
      case 107: /* vselm */ this.select(ops, at, 0); return
      case 137: /* vselmp */ this.select(ops, at, ops[at + F.p]! * n); return
      case 108: /* mand */ for (let i = 0; i < 4; i++) m[d + i] = m[a + i]! & m[b + i]!; return
      case 109: /* mor */ for (let i = 0; i < 4; i++) m[d + i] = m[a + i]! | m[b + i]!; return
      case 110: /* mxor */ for (let i = 0; i < 4; i++) m[d + i] = m[a + i]! ^ m[b + i]!; return
      case 111: /* mnot */
        for (let i = 0; i < 4; i++) {
          const bits = n - 32 * i
          m[d + i] = bits <= 0 ? 0 : bits >= 32 ? ~m[a + i]! : ~m[a + i]! & ((1 << bits) - 1)
        }
        return
      case 112: /* mget */ r[d] = m[a + (this.flexible(ops, at) & 3)]!; return
      case 113: /* mput */ {
        const value = r[b]!
        for (let i = 0; i < 4; i++) m[d + i] = m[a + i]!
        m[d + (this.flexible(ops, at) & 3)] = value
        return
      }
      case 120: /* vadd */ lanes.addWords(w, d, a, b, (n * lanes.bitsOf(e)) >> 5, e); return
      case 121: /* vsub */ lanes.subWords(w, d, a, b, (n * lanes.bitsOf(e)) >> 5, e); return
      case 124: /* vand */ for (let i = 0; i < 16; i++) w[d + i] = w[a + i]! & w[b + i]!; return
      case 125: /* vor */ for (let i = 0; i < 16; i++) w[d + i] = w[a + i]! | w[b + i]!; return
      case 126: /* vxor */ for (let i = 0; i < 16; i++) w[d + i] = w[a + i]! ^ w[b + i]!; return
      case 131: /* vcmp */
        this.compare(ops, at, 0)
        return
      case 136: /* vcmpp */
        this.compare(ops, at, ops[at + F.p]! * n)
        return
      default:
        this.lanewise(ops, at, code)
    }
  }

  private select(ops: Int32Array, at: number, from: number): void {
    const { x, m } = this.regs
    const e = ops[at + F.e]!
    const n = ops[at + F.n]!
    lanes.unpack(x, ops[at + F.b]! * 4, e, n, laneA)
    lanes.unpack(x, ops[at + F.c]! * 4, e, n, laneB)
    lanes.selectLanes(laneA, laneB, n, m, ops[at + F.a]!, from)
    lanes.pack(x, ops[at + F.d]! * 4, e, n, laneA)
  }

  /** Part comparisons keep the mask bits of the other parts; a whole comparison clears what is above. */
  private compare(ops: Int32Array, at: number, from: number): void {
    const { x, m } = this.regs
    const e = ops[at + F.e]!
    const n = ops[at + F.n]!
    const d = ops[at + F.d]!
    const isPart = ops[at] === partCompare
    const a = ops[at + (isPart ? F.b : F.a)]!
    const b = ops[at + (isPart ? F.c : F.b)]!
    lanes.unpack(x, a * 4, e, n, laneA)
    lanes.unpack(x, b * 4, e, n, laneB)
    for (let i = 0; i < 4; i++) m[d + i] = isPart ? m[ops[at + F.a]! + i]! : 0
    lanes.compareLanes(laneA, laneB, n, e, ops[at + F.x]!, m, d, from & 127)
  }

  private lanewise(ops: Int32Array, at: number, code: number): void {
    const { x } = this.regs
    const e = ops[at + F.e]!
    const n = ops[at + F.n]!
    lanes.unpack(x, ops[at + F.a]! * 4, e, n, laneA)
    if (code === 127 /* vshl */) lanes.shlLanes(laneA, n, this.flexible(ops, at))
    else if (code === 128 /* vshr */) lanes.shrLanes(laneA, n, this.flexible(ops, at), e)
    else if (code === 135 /* vabs */) lanes.absLanes(laneA, n)
    else {
      lanes.unpack(x, ops[at + F.b]! * 4, e, n, laneB)
      switch (code) {
        case 122: /* vmin */ lanes.minLanes(laneA, laneB, n, e); break
        case 123: /* vmax */ lanes.maxLanes(laneA, laneB, n, e); break
        case 132: /* vlmul */ lanes.mulLanes(laneA, laneB, n); break
        case 133: /* vdiv */ lanes.divLanes(laneA, laneB, n, e); break
        case 134: /* vrem */ lanes.remLanes(laneA, laneB, n, e); break
        case 129: /* vshlv */ lanes.shlvLanes(laneA, laneB, n); break
        case 130: /* vshrv */ lanes.shrvLanes(laneA, laneB, n, e); break
        default:
      }
    }
    lanes.pack(x, ops[at + F.d]! * 4, e, n, laneA)
  }

  private accumulate(core: number, ops: Int32Array, at: number, code: number): void {
    const { c, x } = this.regs
    const d = ops[at + F.d]!
    const a = ops[at + F.a]!
    const n = ops[at + F.n]!
    switch (code) {
      case 144: /* vmul32 */ case 145: /* vmul64 */ this.multiply(ops, at, code === 145 /* vmul64 */, 0, a, ops[at + F.b]!); return
      case 146: /* vmac32 */ case 147: /* vmac64 */
        this.multiply(ops, at, code === 147 /* vmac64 */, 1, ops[at + F.b]!, ops[at + F.c]!)
        return
      case 148: /* vmsc32 */ case 149: /* vmsc64 */
        this.multiply(ops, at, code === 149 /* vmsc64 */, -1, ops[at + F.b]!, ops[at + F.c]!)
        return
      case 150: /* cadd32 */ case 151: /* cadd64 */
        lanes.addAccumulators(c, d, a, ops[at + F.b]!, n, 1, code === 151 /* cadd64 */)
        return
      case 152: /* csub32 */ case 153: /* csub64 */
        lanes.addAccumulators(c, d, a, ops[at + F.b]!, n, -1, code === 153 /* csub64 */)
        return
      case 154: /* srs32 */ case 155: /* srs64 */
        this.srs(core, ops, at, a, code === 155 /* srs64 */)
        lanes.pack(x, d * 4, ops[at + F.e]!, n, laneA)
        return
      case 160: /* srsu32 */
        this.srs(core, ops, at, a + 16, false)
        lanes.pack(x, d * 4, ops[at + F.e]!, n, laneA)
        return
      case 161: /* cput */ {
        const b = ops[at + F.b]!
        for (let i = 0; i < 16; i++) laneA[i] = c[b + i]!
        for (let i = 0; i < 16; i++) c[d + i] = c[a + i]!
        for (let i = 0; i < 16; i++) c[d + 16 + i] = laneA[i]!
        return
      }
      case 162: /* cget */ for (let i = 0; i < 16; i++) c[d + i] = c[a + 16 + i]!; return
      case 156: /* srsp32 */ case 157: /* srsp64 */ {
        const e = ops[at + F.e]!
        this.srs(core, ops, at, ops[at + F.b]!, code === 157 /* srsp64 */)
        const w = x.i32
        for (let i = 0; i < 16; i++) w[d + i] = w[a + i]!
        lanes.pack(x, d * 4 + partOffset(ops[at + F.p]!, n, e), e, n, laneA)
        return
      }
      default: {
        const e = ops[at + F.e]!
        lanes.unpack(x, a * 4 + partOffset(ops[at + F.p]!, n, e), e, n, laneA)
        const shift = this.flexible(ops, at) & 63
        lanes.upsLanes(c, d, n, code === 159 /* ups64 */, shift, this.regs.saturation[core]!, e, laneA)
      }
    }
  }

  private multiply(ops: Int32Array, at: number, isWide: boolean, sign: number, a: number, b: number): void {
    const { x, c } = this.regs
    const n = ops[at + F.n]!
    const e = ops[at + F.e]!
    const e2 = ops[at + F.e2]!
    lanes.unpack(x, a * 4 + partOffset(ops[at + F.p]!, n, e), e, n, laneA)
    lanes.unpack(x, b * 4 + partOffset(ops[at + F.p2]!, n, e2), e2, n, laneB)
    const d = ops[at + F.d]!
    const old = ops[at + F.a]!
    if (isWide) lanes.multiply64(c, d, old, laneA, laneB, n, sign, e === 5 ? 1 : 0, e2 === 5 ? 1 : 0)
    else lanes.multiply32(c, d, old, laneA, laneB, n, sign)
  }

  private srs(core: number, ops: Int32Array, at: number, from: number, isWide: boolean): void {
    const { rounding, saturation } = this.regs
    const shift = this.flexible(ops, at) & 63
    const e = ops[at + F.e]!
    lanes.srsLanes(this.regs.c, from, ops[at + F.n]!, isWide, shift, rounding[core]!, saturation[core]!, e, laneA)
  }
}

/** Byte offset of part `p` of `n` lanes; parts beyond the register wrap. */
export function partOffset(p: number, n: number, e: number): number {
  return (p * n * (1 << (e >> 1))) & 63
}
