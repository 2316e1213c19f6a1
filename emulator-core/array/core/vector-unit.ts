/**
 * Vector unit of the interpreter: operations on vector registers, masks and accumulators.
 */
import { Op } from '../../device/abi/core-isa.ts'
import { F } from './decode.ts'
import * as lanes from './lanes.ts'
import { laneA, laneB } from './lanes.ts'
import type { Registers } from './registers.ts'

const partCompare: number = Op.vcmpp

export class VectorUnit {
  private readonly regs: Registers

  constructor(regs: Registers) {
    this.regs = regs
  }

  private flexible(ops: Int32Array, at: number): number {
    const register = ops[at + F.vReg]!
    return register >= 0 ? this.regs.r[register]! : ops[at + F.v]!
  }

  /** A vector or mask operation. */
  vector(ops: Int32Array, at: number, code: number): void {
    const { r, x, c, m } = this.regs
    const w = x.i32
    const d = ops[at + F.d]!
    const a = ops[at + F.a]!
    const b = ops[at + F.b]!
    const e = ops[at + F.e]!
    const n = ops[at + F.n]!
    switch (code) {
      case 96 /* vmov */:
        for (let i = 0; i < 16; i++) w[d + i] = w[a + i]!
        return
      case 97 /* cmov */:
        for (let i = 0; i < 32; i++) c[d + i] = c[a + i]!
        return
      case 98 /* mmov */:
        for (let i = 0; i < 4; i++) m[d + i] = m[a + i]!
        return
      case 99 /* vzero */:
        for (let i = 0; i < 16; i++) w[d + i] = 0
        return
      case 100 /* czero */:
        for (let i = 0; i < 32; i++) c[d + i] = 0
        return
      case 101 /* mzero */:
        for (let i = 0; i < 4; i++) m[d + i] = 0
        return
      case 102 /* vbc */: {
        const value = this.flexible(ops, at)
        const word =
          e >= 4
            ? value
            : e >= 2
              ? Math.imul(value & 0xffff, 0x10001)
              : Math.imul(value & 0xff, 0x1010101)
        const count = (n * lanes.bitsOf(e)) >> 5
        for (let i = 0; i < count; i++) w[d + i] = word
        return
      }
      case 103 /* vext */: {
        const lane = this.flexible(ops, at) & ((512 >> (3 + (e >> 1))) - 1)
        lanes.unpack(x, a * 4 + lane * (1 << (e >> 1)), e, 1, laneA)
        r[d] = laneA[0]!
        return
      }
      case 104 /* vins */: {
        const lane = this.flexible(ops, at) & ((512 >> (3 + (e >> 1))) - 1)
        for (let i = 0; i < 16; i++) w[d + i] = w[a + i]!
        laneA[0] = r[b]!
        lanes.pack(x, d * 4 + lane * (1 << (e >> 1)), e, 1, laneA)
        return
      }
      case 105 /* vget */: {
        const count = n >> 2
        const from = a + ((ops[at + F.p]! * count) & 15)
        for (let i = 0; i < count; i++) w[d + i] = w[from + i]!
        return
      }
      case 106 /* vput */: {
        const count = n >> 2
        const part = (ops[at + F.p]! * count) & 15
        for (let i = 0; i < count; i++) laneA[i] = w[b + i]!
        for (let i = 0; i < 16; i++) w[d + i] = w[a + i]!
        for (let i = 0; i < count; i++) w[d + part + i] = laneA[i]!
        return
      }
      case 107 /* vselm */:
        this.select(ops, at, 0)
        return
      case 137 /* vselmp */:
        this.select(ops, at, ops[at + F.p]! * n)
        return
      case 108 /* mand */:
        for (let i = 0; i < 4; i++) m[d + i] = m[a + i]! & m[b + i]!
        return
      case 109 /* mor */:
        for (let i = 0; i < 4; i++) m[d + i] = m[a + i]! | m[b + i]!
        return
      case 110 /* mxor */:
        for (let i = 0; i < 4; i++) m[d + i] = m[a + i]! ^ m[b + i]!
        return
      case 111 /* mnot */:
        for (let i = 0; i < 4; i++) {
          const bits = n - 32 * i
          m[d + i] = bits <= 0 ? 0 : bits >= 32 ? ~m[a + i]! : ~m[a + i]! & ((1 << bits) - 1)
        }
        return
      case 112 /* mget */:
        r[d] = m[a + (this.flexible(ops, at) & 3)]!
        return
      case 113 /* mput */: {
        const value = r[b]!
        for (let i = 0; i < 4; i++) m[d + i] = m[a + i]!
        m[d + (this.flexible(ops, at) & 3)] = value
        return
      }
      case 120 /* vadd */:
        lanes.addWords(w, d, a, b, (n * lanes.bitsOf(e)) >> 5, e)
        return
      case 121 /* vsub */:
        lanes.subWords(w, d, a, b, (n * lanes.bitsOf(e)) >> 5, e)
        return
      case 124 /* vand */:
        for (let i = 0; i < 16; i++) w[d + i] = w[a + i]! & w[b + i]!
        return
      case 125 /* vor */:
        for (let i = 0; i < 16; i++) w[d + i] = w[a + i]! | w[b + i]!
        return
      case 126 /* vxor */:
        for (let i = 0; i < 16; i++) w[d + i] = w[a + i]! ^ w[b + i]!
        return
      case 131 /* vcmp */:
        this.compare(ops, at, 0)
        return
      case 136 /* vcmpp */:
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

  /**
   * Part comparisons keep the mask bits of the other parts; a whole comparison clears what is
   * above.
   */
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
        case 122 /* vmin */:
          lanes.minLanes(laneA, laneB, n, e)
          break
        case 123 /* vmax */:
          lanes.maxLanes(laneA, laneB, n, e)
          break
        case 132 /* vlmul */:
          lanes.mulLanes(laneA, laneB, n)
          break
        case 133 /* vdiv */:
          lanes.divLanes(laneA, laneB, n, e)
          break
        case 134 /* vrem */:
          lanes.remLanes(laneA, laneB, n, e)
          break
        case 129 /* vshlv */:
          lanes.shlvLanes(laneA, laneB, n)
          break
        case 130 /* vshrv */:
          lanes.shrvLanes(laneA, laneB, n, e)
          break
        default:
      }
    }
    lanes.pack(x, ops[at + F.d]! * 4, e, n, laneA)
  }

  /** An operation on accumulators. */
  accumulate(core: number, ops: Int32Array, at: number, code: number): void {
    const { c, x } = this.regs
    const d = ops[at + F.d]!
    const a = ops[at + F.a]!
    const n = ops[at + F.n]!
    switch (code) {
      case 144 /* vmul32 */:
      case 145 /* vmul64 */:
        this.multiply(ops, at, code === 145 /* vmul64 */, 0, a, ops[at + F.b]!)
        return
      case 146 /* vmac32 */:
      case 147 /* vmac64 */:
        this.multiply(ops, at, code === 147 /* vmac64 */, 1, ops[at + F.b]!, ops[at + F.c]!)
        return
      case 148 /* vmsc32 */:
      case 149 /* vmsc64 */:
        this.multiply(ops, at, code === 149 /* vmsc64 */, -1, ops[at + F.b]!, ops[at + F.c]!)
        return
      case 150 /* cadd32 */:
      case 151 /* cadd64 */:
        lanes.addAccumulators(c, d, a, ops[at + F.b]!, n, 1, code === 151 /* cadd64 */)
        return
      case 152 /* csub32 */:
      case 153 /* csub64 */:
        lanes.addAccumulators(c, d, a, ops[at + F.b]!, n, -1, code === 153 /* csub64 */)
        return
      case 154 /* srs32 */:
      case 155 /* srs64 */:
        this.srs(core, ops, at, a, code === 155 /* srs64 */)
        lanes.pack(x, d * 4, ops[at + F.e]!, n, laneA)
        return
      case 160 /* srsu32 */:
        this.srs(core, ops, at, a + 16, false)
        lanes.pack(x, d * 4, ops[at + F.e]!, n, laneA)
        return
      case 161 /* cput */: {
        const b = ops[at + F.b]!
        for (let i = 0; i < 16; i++) laneA[i] = c[b + i]!
        for (let i = 0; i < 16; i++) c[d + i] = c[a + i]!
        for (let i = 0; i < 16; i++) c[d + 16 + i] = laneA[i]!
        return
      }
      case 162 /* cget */:
        for (let i = 0; i < 16; i++) c[d + i] = c[a + 16 + i]!
        return
      case 156 /* srsp32 */:
      case 157 /* srsp64 */: {
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
        lanes.upsLanes(
          c,
          d,
          n,
          code === 159 /* ups64 */,
          shift,
          this.regs.saturation[core]!,
          e,
          laneA,
        )
      }
    }
  }

  private multiply(
    ops: Int32Array,
    at: number,
    isWide: boolean,
    sign: number,
    a: number,
    b: number,
  ): void {
    const { x, c } = this.regs
    const n = ops[at + F.n]!
    const e = ops[at + F.e]!
    const e2 = ops[at + F.e2]!
    lanes.unpack(x, a * 4 + partOffset(ops[at + F.p]!, n, e), e, n, laneA)
    lanes.unpack(x, b * 4 + partOffset(ops[at + F.p2]!, n, e2), e2, n, laneB)
    const d = ops[at + F.d]!
    const old = ops[at + F.a]!
    if (isWide)
      lanes.multiply64(c, d, old, laneA, laneB, n, sign, e === 5 ? 1 : 0, e2 === 5 ? 1 : 0)
    else lanes.multiply32(c, d, old, laneA, laneB, n, sign)
  }

  private srs(core: number, ops: Int32Array, at: number, from: number, isWide: boolean): void {
    const { rounding, saturation } = this.regs
    const shift = this.flexible(ops, at) & 63
    const e = ops[at + F.e]!
    lanes.srsLanes(
      this.regs.c,
      from,
      ops[at + F.n]!,
      isWide,
      shift,
      rounding[core]!,
      saturation[core]!,
      e,
      laneA,
    )
  }
}

/** Byte offset of part `p` of `n` lanes; parts beyond the register wrap. */
export function partOffset(p: number, n: number, e: number): number {
  return (p * n * (1 << (e >> 1))) & 63
}
