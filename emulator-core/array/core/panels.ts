/**
 * Panels: the bytes of a core's memory once more, two to a double, as packed loops want them.
 *
 *     FlatMemory ── pages stored to ──▶ ┌────────┐ ── even + odd · 2^26 ──▶ generated code
 *                                       └────────┘
 *
 * A cache: a page is packed anew once somebody has stored to it. Packing a page for a loop that
 * reads little of it does not pay, so the loop goes the usual way until it has read as much as
 * there is to pack.
 */
import type { FlatMemory } from '../../sim/memory.ts'
import { pageBytes, pageShift } from '../../sim/memory.ts'

/** Distance between the two fields of a packed double, as a factor and its inverse. */
export const fieldFactor = 2 ** 26
export const fieldShare = 2 ** -26
/** Sums of a field stay below this in magnitude. */
export const fieldLimit = 2 ** 25
/** Generated code that keeps two narrow lanes of an accumulator in one double. */
export interface PackedSource {
  readonly text: string
  readonly statements: number
  /** Turns for which no field can run into its neighbour. */
  readonly mostTurns: number
}

export class Panels {
  private readonly dm: FlatMemory
  private readonly dmBytes: number
  private readonly panels: (Float64Array | undefined)[]
  /** Bytes read the usual way since pages of a core were last packed. */
  private readonly owed: Float64Array
  /** Pages that the next loop needs and that are out of date, from `base` on. Scratch. */
  private readonly wanted: Int32Array
  private wantedCount = 0
  private base = 0
  private lastPage = -1

  constructor(dm: FlatMemory, dmBytes: number, cores: number) {
    this.dm = dm
    this.dmBytes = dmBytes
    this.panels = Array.from({ length: cores }, () => undefined)
    this.owed = new Float64Array(cores)
    this.wanted = new Int32Array(dmBytes >> pageShift)
  }

  /** The panel of a core. */
  of(core: number): Float64Array {
    return (this.panels[core] ??= new Float64Array(this.dmBytes / 2))
  }

  /** A loop of a core is about to read; `need` says what. */
  begin(core: number): void {
    this.base = core * this.dmBytes
    this.wantedCount = 0
    this.lastPage = -1
  }

  /** The loop reads the bytes `[from, to)` of the core's memory. */
  need(from: number, to: number): void {
    const { dm, wanted } = this
    const first = (this.base + from) >> pageShift
    const last = (this.base + to - 1) >> pageShift
    if (first === this.lastPage && last === first) return
    for (let page = first; page <= last; page++) {
      if (!dm.isPanelStale(page)) continue
      dm.panelMade(page)
      wanted[this.wantedCount++] = page
    }
    this.lastPage = last
  }

  /** Packs what is out of date; false when that costs more than reading `bytes` the usual way. */
  ready(core: number, bytes: number): boolean {
    const { dm, wanted, wantedCount, owed } = this
    if (wantedCount === 0) return true
    owed[core]! += bytes
    if (owed[core]! < wantedCount * pageBytes) {
      for (let i = 0; i < wantedCount; i++) dm.panelStale(wanted[i]!)
      return false
    }
    owed[core] = 0
    const panel = this.of(core)
    for (let i = 0; i < wantedCount; i++) this.pack(panel, wanted[i]!)
    return true
  }

  private pack(panel: Float64Array, page: number): void {
    const { i32 } = this.dm
    const from = (page << pageShift) >> 2
    let at = ((page << pageShift) - this.base) >> 1
    for (let i = from; i < from + (pageBytes >> 2); i++, at += 2) {
      const word = i32[i]!
      panel[at] = ((word << 24) >> 24) + ((word << 16) >> 24) * fieldFactor
      panel[at + 1] = ((word << 8) >> 24) + (word >> 24) * fieldFactor
    }
  }
}
