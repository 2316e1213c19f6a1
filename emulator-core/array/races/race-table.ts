/** Race table: what was found, each pair of agents and region of memory once. */
import type { Tick } from '../../sim/scheduler.ts'

/** One of the two accesses of a race. */
export interface RaceAccess {
  readonly agent: number
  readonly tick: Tick
  readonly isWrite: boolean
}

/** Races of one pair of agents in one region. */
export interface RaceRow {
  /** The first that was found: the earlier and the later access, and the word. */
  readonly first: RaceAccess
  readonly second: RaceAccess
  readonly word: number
  /** Words of the region, the last one included. */
  low: number
  high: number
  count: number
}

/** Words of one pair that lie no further apart belong to one region. */
const regionGap = 64
const capacity = 256

export class RaceTable {
  readonly rows: RaceRow[] = []
  /** Races found, those without a row included. */
  total = 0
  /** Tick of the last race that was counted; going back does not count those before it again. */
  private last: Tick = -1
  private countedTo: Tick = -1
  private readonly byPair = new Map<number, RaceRow[]>()
  private readonly agents: number

  constructor(agents: number) {
    this.agents = agents
  }

  /** The machine went back: what comes again is counted already. */
  restart(): void {
    this.countedTo = this.last
  }

  /** Counts a race; `second` happens now. */
  add(first: RaceAccess, second: RaceAccess, word: number): void {
    if (second.tick <= this.countedTo) return
    this.last = second.tick
    this.total++
    const low = Math.min(first.agent, second.agent)
    const pair = low * this.agents + Math.max(first.agent, second.agent)
    const known = this.byPair.get(pair) ?? []
    for (const row of known) {
      if (word < row.low - regionGap || word > row.high + regionGap) continue
      row.low = Math.min(row.low, word)
      row.high = Math.max(row.high, word)
      row.count++
      return
    }
    if (this.rows.length >= capacity) return
    const row = { first, second, word, low: word, high: word, count: 1 }
    this.byPair.set(pair, known)
    known.push(row)
    this.rows.push(row)
  }
}
