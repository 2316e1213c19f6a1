/**
 * Counts: how many words each descriptor received that ended at TLAST, until somebody asks.
 *
 *     S2MM channel ── push ──▶ ┌────────┐ ── pop ───▶ count register (mode 3)
 *                              └────────┘ ── words ─▶ behind the task's token (mode 2)
 *
 * In mode 2 the counts of one task gather here and leave with its token; in mode 3 they stay until
 * they are read.
 */
import { dmaNumbers } from '../../device/dma-facts.ts'
import type { Sim } from '../../sim/sim.ts'

const depth: number = dmaNumbers.finishOnLast.countFifoDepth

export class Counts {
  /** Count words of channel `c` from `c · depth`. */
  readonly words: Uint32Array
  readonly length: Uint8Array
  private readonly head: Uint8Array

  constructor(sim: Sim, channels: number) {
    this.words = sim.state.u32('array.dma.count.word', channels * depth)
    this.length = sim.state.u8('array.dma.count.length', channels)
    this.head = sim.state.u8('array.dma.count.head', channels)
  }

  isFull(c: number): boolean {
    return this.length[c] === depth
  }

  push(c: number, word: number): void {
    this.words[c * depth + ((this.head[c]! + this.length[c]!) % depth)] = word
    this.length[c]!++
  }

  /** The oldest count word, 0 when there is none. */
  front(c: number): number {
    return this.length[c] === 0 ? 0 : this.words[c * depth + this.head[c]!]!
  }

  /** Forgets the oldest count word. */
  pop(c: number): void {
    if (this.length[c] === 0) return
    this.head[c] = (this.head[c]! + 1) % depth
    this.length[c]!--
  }

  /** Place in `words` of the oldest count word; the others follow when none was ever popped. */
  first(c: number): number {
    return c * depth + this.head[c]!
  }

  flush(c: number): void {
    this.length[c] = 0
    this.head[c] = 0
  }
}
