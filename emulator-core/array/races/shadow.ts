/**
 * Shadow: who last wrote each word of the tile memories and who has read it since.
 *
 * Pages come into being with the first access. A word remembers one reader; when several read it
 * without an order among them, all are remembered.
 */
import type { Tick } from '../../sim/scheduler.ts'

/** One access to a word. */
export interface Access {
  readonly agent: number
  readonly epoch: number
  readonly tick: Tick
}

interface Page {
  /** Agent + 1 of the last writer and of the only reader since; 0 for none. */
  readonly writer: Uint16Array
  readonly writeEpoch: Int32Array
  readonly writeTick: Float64Array
  readonly reader: Uint16Array
  readonly readEpoch: Int32Array
  readonly readTick: Float64Array
  /** Further readers by word. */
  more: Map<number, Access[]> | undefined
}

const pageWords = 1024

export class Shadow {
  private readonly pages: (Page | undefined)[] = []

  /** The last write of a word, if there was one. */
  writeOf(word: number): Access | undefined {
    const page = this.pages[Math.floor(word / pageWords)]
    const i = word % pageWords
    if (page === undefined || page.writer[i] === 0) return undefined
    return { agent: page.writer[i]! - 1, epoch: page.writeEpoch[i]!, tick: page.writeTick[i]! }
  }

  /** Agent of the last write and its epoch, without making an object: −1 for none. */
  writerOf(word: number): number {
    const page = this.pages[Math.floor(word / pageWords)]
    return page === undefined ? -1 : page.writer[word % pageWords]! - 1
  }

  writeEpochOf(word: number): number {
    return this.pages[Math.floor(word / pageWords)]!.writeEpoch[word % pageWords]!
  }

  /** The reads of a word since its last write, as far as they are not ordered before one another. */
  readsOf(word: number): readonly Access[] {
    const page = this.pages[Math.floor(word / pageWords)]
    const i = word % pageWords
    if (page === undefined || page.reader[i] === 0) return none
    const first = {
      agent: page.reader[i]! - 1,
      epoch: page.readEpoch[i]!,
      tick: page.readTick[i]!,
    }
    return [first, ...(page.more?.get(i) ?? none)]
  }

  /** A write replaces all that is remembered. */
  write(word: number, agent: number, epoch: number, tick: Tick): void {
    const page = this.pageOf(word)
    const i = word % pageWords
    page.writer[i] = agent + 1
    page.writeEpoch[i] = epoch
    page.writeTick[i] = tick
    page.reader[i] = 0
    page.more?.delete(i)
  }

  /** Remembers a read; `knows` tells which earlier reads it makes superfluous. */
  read(
    word: number,
    agent: number,
    epoch: number,
    tick: Tick,
    knows: (other: number, epoch: number) => boolean,
  ): void {
    const page = this.pageOf(word)
    const i = word % pageWords
    const other = page.reader[i]! - 1
    if (page.more?.has(i) === true) {
      const kept = this.readsOf(word).filter((r) => r.agent !== agent && !knows(r.agent, r.epoch))
      page.more.delete(i)
      if (kept.length > 0) page.more.set(i, [...kept])
    } else if (other >= 0 && other !== agent && !knows(other, page.readEpoch[i]!)) {
      page.more ??= new Map()
      page.more.set(i, [...this.readsOf(word)])
    }
    page.reader[i] = agent + 1
    page.readEpoch[i] = epoch
    page.readTick[i] = tick
  }

  private pageOf(word: number): Page {
    return (this.pages[Math.floor(word / pageWords)] ??= {
      writer: new Uint16Array(pageWords),
      writeEpoch: new Int32Array(pageWords),
      writeTick: new Float64Array(pageWords),
      reader: new Uint16Array(pageWords),
      readEpoch: new Int32Array(pageWords),
      readTick: new Float64Array(pageWords),
      more: undefined,
    })
  }
}

const none: readonly Access[] = []
