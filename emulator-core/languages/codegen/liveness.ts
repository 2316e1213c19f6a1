/** Liveness of virtual registers at the borders of blocks. */
import { eachDef, eachUse, edgesOf, endUse, isReg, type MBlock, type MFunction } from './mir.ts'

/** A set of small integers. */
export class BitSet {
  private readonly words: Int32Array

  constructor(size: number) {
    this.words = new Int32Array((size + 31) >> 5)
  }

  has(n: number): boolean {
    return ((this.words[n >> 5]! >>> (n & 31)) & 1) === 1
  }

  add(n: number): void {
    this.words[n >> 5]! |= 1 << (n & 31)
  }

  delete(n: number): void {
    this.words[n >> 5]! &= ~(1 << (n & 31))
  }

  /** Adds all of `other`; says whether anything was new. */
  unite(other: BitSet): boolean {
    let changed = 0
    for (let i = 0; i < this.words.length; i++) {
      const before = this.words[i]!
      this.words[i] = before | other.words[i]!
      changed |= before ^ this.words[i]!
    }
    return changed !== 0
  }

  copy(): BitSet {
    const out = new BitSet(this.words.length * 32)
    out.words.set(this.words)
    return out
  }

  members(): number[] {
    const out: number[] = []
    for (let i = 0; i < this.words.length; i++) {
      for (let w = this.words[i]!; w !== 0; w &= w - 1) out.push(i * 32 + 31 - Math.clz32(w & -w))
    }
    return out
  }
}

export interface Liveness {
  /** Registers live before the first operation; parameters of the block are not. */
  readonly liveIn: BitSet[]
  /** Registers live after the last operation and the end: without what edges pass. */
  readonly liveOut: BitSet[]
}

/** What a block's end and its edges read. */
export function addEndUses(block: MBlock, live: BitSet): void {
  const use = endUse(block.end)
  if (use !== undefined && isReg(use)) live.add(use.reg)
  for (const edge of edgesOf(block.end)) for (const a of edge.args) if (isReg(a)) live.add(a.reg)
}

export function liveness(fn: MFunction): Liveness {
  const size = fn.classes.length
  const liveIn = fn.blocks.map(() => new BitSet(size))
  const liveOut = fn.blocks.map(() => new BitSet(size))
  for (let changed = true; changed;) {
    changed = false
    for (let b = fn.blocks.length - 1; b >= 0; b--) {
      const block = fn.blocks[b]!
      for (const edge of edgesOf(block.end)) liveOut[b]!.unite(liveIn[edge.to]!)
      const live = liveOut[b]!.copy()
      addEndUses(block, live)
      for (let i = block.ops.length - 1; i >= 0; i--) {
        eachDef(block.ops[i]!, (r) => live.delete(r))
        eachUse(block.ops[i]!, (r) => live.add(r))
      }
      for (const p of block.params) live.delete(p)
      if (liveIn[b]!.unite(live)) changed = true
    }
  }
  return { liveIn, liveOut }
}
