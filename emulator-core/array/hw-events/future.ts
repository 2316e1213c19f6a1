/**
 * Future edges: what is known to happen to event lines later, as rows of a bounded table in order of time.
 *
 *     span, broadcast hop ── add(tick, kind, where, what) ──▶ ┌─────────────┐ ── take, in order ──▶ event units
 *                                                             └─────────────┘
 *
 * A binary heap by (tick, order of arrival). When the table is full a row is refused and the caller says so.
 */
import type { Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'

const capacity = 2048
const rowWords = 3

export class FutureEdges {
  /** The row that `take` took out. */
  kind = 0
  where = 0
  what = 0
  private readonly ticks: Float64Array
  private readonly order: Float64Array
  private readonly rows: Int32Array
  /** Rows in the table, and rows ever added. */
  private readonly size: Int32Array
  private readonly added: Float64Array

  constructor(sim: Sim) {
    this.ticks = sim.state.f64('array.event.future.tick', capacity)
    this.order = sim.state.f64('array.event.future.order', capacity)
    this.rows = sim.state.i32('array.event.future.row', capacity * rowWords)
    this.size = sim.state.i32('array.event.future.size', 1)
    this.added = sim.state.f64('array.event.future.added', 1)
  }

  /** The tick of the first row, or `never`. */
  get next(): Tick {
    return this.size[0] === 0 ? never : this.ticks[0]!
  }

  /** Puts a row in; false when the table is full. */
  add(tick: Tick, kind: number, where: number, what: number): boolean {
    let at = this.size[0]!
    if (at === capacity) return false
    this.size[0] = at + 1
    const order = this.added[0]!
    this.added[0] = order + 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.isBefore(parent, tick, order)) break
      this.move(parent, at)
      at = parent
    }
    this.put(at, tick, order, kind, where, what)
    return true
  }

  /** Takes the first row out into `kind`, `where`, `what`. */
  take(): void {
    this.kind = this.rows[0]!
    this.where = this.rows[1]!
    this.what = this.rows[2]!
    const last = this.size[0]! - 1
    this.size[0] = last
    if (last === 0) return
    const tick = this.ticks[last]!
    const order = this.order[last]!
    const w = last * rowWords
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= last) break
      const right = child + 1
      if (right < last && this.isBefore(right, this.ticks[child]!, this.order[child]!))
        child = right
      if (!this.isBefore(child, tick, order)) break
      this.move(child, at)
      at = child
    }
    this.put(at, tick, order, this.rows[w]!, this.rows[w + 1]!, this.rows[w + 2]!)
  }

  private isBefore(row: number, tick: Tick, order: number): boolean {
    const other = this.ticks[row]!
    return other < tick || (other === tick && this.order[row]! < order)
  }

  private move(from: number, to: number): void {
    this.ticks[to] = this.ticks[from]!
    this.order[to] = this.order[from]!
    this.rows.copyWithin(to * rowWords, from * rowWords, (from + 1) * rowWords)
  }

  private put(
    at: number,
    tick: Tick,
    order: number,
    kind: number,
    where: number,
    what: number,
  ): void {
    this.ticks[at] = tick
    this.order[at] = order
    const w = at * rowWords
    this.rows[w] = kind
    this.rows[w + 1] = where
    this.rows[w + 2] = what
  }
}
