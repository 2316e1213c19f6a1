/**
 * History: instants to which the machine can return. Going back restores the nearest earlier one and replays.
 *
 *     machine ── take() ──▶ ┌─────────┐  pages of arena and memories that changed since
 *                           │ History │
 *     machine ◀─ restore ── └─────────┘  unchanged pages, and tables of them, are shared
 *
 * Old checkpoints are thinned so that the kept bytes stay under a limit: the one whose loss leaves the
 * smallest gap goes first; the first and the last always stay.
 */
import { assert } from '../sim/assert.ts'
import type { StateArena } from '../sim/arena.ts'
import type { FlatMemory, PagedMemory } from '../sim/memory.ts'
import { pageBytes } from '../sim/memory.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'

/** A block of memory for copies of pages: making few large ones is quicker than many small ones. */
interface Slab {
  readonly bytes: Uint8Array
  /** Bytes that were given away. */
  used: number
  /** Copies in it that chunks hold. */
  uses: number
}

/** A page as some checkpoints saw it. */
interface PageCopy {
  readonly bytes: Uint8Array
  readonly slab: Slab
  /** Chunks that hold it. */
  uses: number
}

/** A run of neighbouring pages; absent ones are zero. Never changed once a checkpoint holds it. */
interface Chunk {
  readonly pages: (PageCopy | undefined)[]
  /** Checkpoints that hold it. */
  uses: number
}

/** The pages of one memory, in chunks; a chunk that is absent holds zeros alone. */
type PageTable = (Chunk | undefined)[]

export interface Checkpoint {
  readonly tick: Tick
  /** Trace records emitted before it. */
  readonly event: number
  /** State arena, then the memories in their order. */
  readonly tables: readonly PageTable[]
}

/** Default bound of everything kept. */
export const historyLimitBytes = 256 << 20

const chunkPages = 64
/** The first slab of a checkpoint and the largest; each is twice the one before. */
const leastSlab = 4 << 10
const mostSlab = 32 << 10
/** Bytes that a page copy and a chunk cost beyond their contents, about. */
const pageCost = 64
const chunkCost = chunkPages * 8

export class History {
  readonly limitBytes: number
  private readonly sim: Sim
  private readonly list: Checkpoint[] = []
  /** Arena and memories as of the last take or restore; live pages not dirty equal them. */
  private current: PageTable[] = []
  /** The words of the arena as of then. */
  private arena = new Int32Array(0)
  private kept = 0
  /** Where the next copies go. */
  private slab: Slab = newSlab(0)

  constructor(sim: Sim, limitBytes = historyLimitBytes) {
    this.sim = sim
    this.limitBytes = limitBytes
  }

  /** Checkpoints in order of time. */
  get checkpoints(): readonly Checkpoint[] {
    return this.list
  }

  /** Bytes held by all checkpoints. */
  get keptBytes(): number {
    return this.kept
  }

  /** The oldest tick that can be restored. */
  get startTick(): Tick {
    return this.list[0]?.tick ?? 0
  }

  /** Saves the present moment, unless one at this tick and event exists. */
  take(): void {
    const { schedule, trace, state, memories } = this.sim
    const at = this.indexAtOrBefore(schedule.now, trace.position)
    const same = this.list[at]
    if (same && same.tick === schedule.now && same.event === trace.position) return
    const tables = [this.copyArena(state)]
    memories.forEach((memory, m) => tables.push(this.copyPages(memory, m + 1)))
    for (const table of tables) {
      for (const chunk of table) if (chunk && chunk.uses++ === 0) this.hold(chunk)
    }
    this.list.splice(at + 1, 0, { tick: schedule.now, event: trace.position, tables })
    // Checkpoints share no slab, so that what goes with one of them is free.
    this.slab = newSlab(0)
    this.thin()
  }

  /** The newest checkpoint not after the moment, or undefined. */
  before(tick: Tick, event = Infinity): Checkpoint | undefined {
    return this.list[this.indexAtOrBefore(tick, event)]
  }

  /** Brings a checkpoint's state and memories back. Caches of parts are the caller's to drop. */
  restore(checkpoint: Checkpoint): void {
    this.restoreArena(checkpoint.tables[0]!)
    this.sim.memories.forEach((memory, m) =>
      this.restorePages(memory, m + 1, checkpoint.tables[m + 1]!),
    )
    this.sim.schedule.rebuild()
  }

  /** Forgets every checkpoint after the moment, because what follows will be different. */
  branch(tick: Tick, event: number): void {
    const keep = this.indexAtOrBefore(tick, event) + 1
    for (const dropped of this.list.splice(keep)) this.release(dropped)
  }

  private indexAtOrBefore(tick: Tick, event: number): number {
    let low = -1
    let high = this.list.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      const c = this.list[middle]!
      if (c.tick < tick || (c.tick === tick && c.event <= event)) low = middle
      else high = middle - 1
    }
    return low
  }

  /** The arena has no marks: what changed is found by comparing, which is cheaper than copying. */
  private copyArena(state: StateArena): PageTable {
    const table = (this.current[0] ??= [])
    const owned = new Set<number>()
    const live = state.words
    const bytes = new Uint8Array(live.buffer, live.byteOffset, live.byteLength)
    const pageWords = pageBytes >> 2
    if (this.arena.length !== live.length) this.arena = new Int32Array(live.length)
    const { arena } = this
    for (let page = 0, from = 0; from < live.length; page++, from += pageWords) {
      const to = Math.min(live.length, from + pageWords)
      if (isSame(live, arena, from, to) && pageAt(table, page)) continue
      arena.set(live.subarray(from, to), from)
      put(table, page, this.copy(bytes, from << 2, to << 2), owned)
    }
    return table.slice()
  }

  private copyPages(memory: FlatMemory | PagedMemory, m: number): PageTable {
    const table = (this.current[m] ??= [])
    const owned = new Set<number>()
    const { dirty, pageCount } = memory
    for (let page = dirty.indexOf(1); page >= 0 && page < pageCount;) {
      dirty[page] = 0
      const bytes = memory.page(page)
      put(table, page, this.copy(bytes, 0, bytes.length), owned)
      page = dirty.indexOf(1, page + 1)
    }
    return table.slice()
  }

  /** A copy of some bytes, 8-aligned. */
  private copy(from: Uint8Array, start: number, end: number): PageCopy {
    const size = end - start
    if (this.slab.used + size > this.slab.bytes.length) {
      const next = Math.min(mostSlab, 2 * this.slab.bytes.length)
      this.slab = newSlab(Math.max(leastSlab, size, next))
    }
    const { slab } = this
    const bytes = slab.bytes.subarray(slab.used, slab.used + size)
    bytes.set(size === from.length ? from : from.subarray(start, end))
    slab.used += (size + 7) & ~7
    return { bytes, slab, uses: 0 }
  }

  private restoreArena(saved: PageTable): void {
    const { words } = this.sim.state
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
    saved.forEach((chunk, c) =>
      chunk?.pages.forEach((page, i) => {
        if (page) bytes.set(page.bytes, (c * chunkPages + i) * pageBytes)
      }),
    )
    this.arena.set(words)
    this.current[0] = saved.slice()
  }

  private restorePages(memory: FlatMemory | PagedMemory, m: number, saved: PageTable): void {
    const table = (this.current[m] ??= [])
    const { dirty, pageCount } = memory
    for (let c = 0; c * chunkPages < pageCount; c++) {
      if (table[c] === saved[c]) continue
      const end = Math.min(pageCount, (c + 1) * chunkPages)
      for (let page = c * chunkPages; page < end; page++) {
        const wanted = pageAt(saved, page)
        if (dirty[page] !== 0 || pageAt(table, page) === wanted) continue
        memory.restore(page, wanted?.bytes)
      }
    }
    for (let page = dirty.indexOf(1); page >= 0 && page < pageCount;) {
      memory.restore(page, pageAt(saved, page)?.bytes)
      dirty[page] = 0
      page = dirty.indexOf(1, page + 1)
    }
    this.current[m] = saved.slice()
  }

  private hold(chunk: Chunk): void {
    this.kept += chunkCost
    for (const page of chunk.pages) {
      if (!page || page.uses++ > 0) continue
      this.kept += pageCost
      if (page.slab.uses++ === 0) this.kept += page.slab.bytes.length
    }
  }

  private release(checkpoint: Checkpoint): void {
    for (const table of checkpoint.tables) {
      for (const chunk of table) {
        if (!chunk || --chunk.uses > 0) continue
        this.kept -= chunkCost
        for (const page of chunk.pages) {
          if (!page || --page.uses > 0) continue
          this.kept -= pageCost
          if (--page.slab.uses === 0) this.kept -= page.slab.bytes.length
        }
      }
    }
  }

  private thin(): void {
    while (this.kept > this.limitBytes && this.list.length > 3) {
      let best = 1
      let gap = Infinity
      for (let i = 1; i < this.list.length - 1; i++) {
        const width = this.list[i + 1]!.tick - this.list[i - 1]!.tick
        if (width < gap) {
          gap = width
          best = i
        }
      }
      const [dropped] = this.list.splice(best, 1)
      assert(dropped !== undefined, 'a checkpoint to drop exists')
      this.release(dropped)
    }
  }
}

function newSlab(size: number): Slab {
  return { bytes: new Uint8Array(size), used: 0, uses: 0 }
}

function pageAt(table: PageTable, page: number): PageCopy | undefined {
  return table[Math.floor(page / chunkPages)]?.pages[page % chunkPages]
}

/** Puts a copy into a table; chunks that a checkpoint may hold are copied first, once each. */
function put(table: PageTable, page: number, copy: PageCopy, owned: Set<number>): void {
  const c = Math.floor(page / chunkPages)
  if (!owned.has(c)) {
    owned.add(c)
    table[c] = { pages: table[c]?.pages.slice() ?? [], uses: 0 }
  }
  table[c]!.pages[page % chunkPages] = copy
}

function isSame(one: Int32Array, other: Int32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (one[i] !== other[i]) return false
  return true
}
