/**
 * History: instants to which the machine can return. Going back restores the nearest earlier one and replays.
 *
 *     machine ── take() ──▶ ┌─────────┐  arena copy + pages that changed since the one before
 *                           │ History │
 *     machine ◀─ restore ── └─────────┘  unchanged pages are shared between checkpoints
 *
 * Old checkpoints are thinned so that the kept bytes stay under a limit: the one whose loss leaves the
 * smallest gap goes first; the first and the last always stay.
 */
import { assert } from '../sim/assert.ts'
import type { FlatMemory, PagedMemory } from '../sim/memory.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'

/** A page as some checkpoints saw it. */
interface PageCopy {
  readonly bytes: Uint8Array
  uses: number
}

export interface Checkpoint {
  readonly tick: Tick
  /** Trace records emitted before it. */
  readonly event: number
  readonly arena: Uint8Array
  /** Per memory, per page: its contents, absent while zero. */
  readonly pages: readonly (PageCopy | undefined)[][]
}

/** Default bound of everything kept. */
export const historyLimitBytes = 256 << 20

export class History {
  readonly limitBytes: number
  private readonly sim: Sim
  private readonly list: Checkpoint[] = []
  /** Per memory, the copies that equal the live pages as of the last take or restore. */
  private current: (PageCopy | undefined)[][] = []
  private kept = 0

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
    const pages = memories.map((memory, m) => this.copyPages(memory, m))
    const arena = state.save()
    this.kept += arena.length
    this.list.splice(at + 1, 0, { tick: schedule.now, event: trace.position, arena, pages })
    this.thin()
  }

  /** The newest checkpoint not after the moment, or undefined. */
  before(tick: Tick, event = Infinity): Checkpoint | undefined {
    return this.list[this.indexAtOrBefore(tick, event)]
  }

  /** Brings a checkpoint's state and memories back. Caches of parts are the caller's to drop. */
  restore(checkpoint: Checkpoint): void {
    this.sim.state.load(checkpoint.arena)
    this.sim.memories.forEach((memory, m) => this.restorePages(memory, m, checkpoint.pages[m]!))
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

  private copyPages(memory: FlatMemory | PagedMemory, m: number): (PageCopy | undefined)[] {
    const known = (this.current[m] ??= [])
    for (let page = 0; page < memory.pageCount; page++) {
      if (memory.dirty[page] === 0) continue
      memory.dirty[page] = 0
      known[page] = { bytes: memory.page(page).slice(), uses: 0 }
    }
    const copy = known.slice()
    for (const page of copy) {
      if (!page) continue
      if (page.uses === 0) this.kept += page.bytes.length
      page.uses++
    }
    return copy
  }

  private restorePages(
    memory: FlatMemory | PagedMemory,
    m: number,
    saved: readonly (PageCopy | undefined)[],
  ): void {
    const known = (this.current[m] ??= [])
    for (let page = 0; page < memory.pageCount; page++) {
      const wanted = saved[page]
      if (memory.dirty[page] === 0 && known[page] === wanted) continue
      memory.restore(page, wanted?.bytes)
      memory.dirty[page] = 0
    }
    this.current[m] = saved.slice()
  }

  private release(checkpoint: Checkpoint): void {
    this.kept -= checkpoint.arena.length
    for (const pages of checkpoint.pages) {
      for (const page of pages) {
        if (page && --page.uses === 0) this.kept -= page.bytes.length
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
