/**
 * Bands: who goes before whom, and the share that band normal keeps while band focus is busy.
 *
 *     real time (by level) > focus > normal > idle        normal > focus while it claims its share
 *
 *     window ├───────────── focus first ─────────────┤ normal claims ┤
 *
 * Faithful    strict order of the bands; levels inside the real-time band; the share and its limits
 * Modelled    a window begins when normal waits for focus; the share is claimed at the latest moment that fills it
 */
import { resolve } from '../../device/fact.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import { schedulerFacts } from '../../device/scheduler-facts.ts'
import { never } from '../../sim/scheduler.ts'
import type { Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { ContextTable } from './context-table.ts'
import { ManagementEvent } from './events.ts'

const { band, normalShare, shareMargin } = resolve(schedulerFacts)
const percent = 100
/** Ranks: bands spread so that a claim and levels fit between them. */
const rankStep = 64

export class Bands {
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly table: ContextTable
  /** Begin of the window, `never` while normal does not wait for focus; what normal had of it; last account. */
  private readonly windowSince: Float64Array
  private readonly normalRan: Float64Array
  private readonly accountedAt: Float64Array
  /** [normal claims its share, normal runs, normal waits] */
  private readonly flags: Uint8Array
  /** [percent] */
  private readonly share: Int32Array

  constructor(sim: Sim, facts: HostFacts, table: ContextTable) {
    this.sim = sim
    this.facts = facts
    this.table = table
    this.windowSince = sim.state.f64('management.share.since', 1).fill(never)
    this.normalRan = sim.state.f64('management.share.ran', 1)
    this.accountedAt = sim.state.f64('management.share.accounted', 1)
    this.flags = sim.state.u8('management.share.flags', 3)
    this.share = sim.state.i32('management.share.percent', 1).fill(normalShare.usual)
  }

  /** Sets the share of band normal; false outside its range. */
  setShare(share: number): boolean {
    if (share > normalShare.most) return false
    this.share[0] = share
    return true
  }

  /** The usual share. */
  reset(): void {
    this.share[0] = normalShare.usual
  }

  /** The higher goes first. */
  rankOf(c: number): number {
    const own = this.table.band[c]
    if (own === band.realtime) return own * rankStep + this.table.level[c]
    const isClaiming = own === band.normal && this.flags[0] !== 0
    return isClaiming ? band.focus * rankStep + 1 : own * rankStep
  }

  /** Brings the account up to now, and begins and ends windows and claims. */
  update(): void {
    const { now } = this.sim.schedule
    if (this.flags[1] !== 0) this.normalRan[0] += now - this.accountedAt[0]
    this.accountedAt[0] = now
    const isContended = this.look()
    if (!isContended || this.share[0] === 0) {
      this.windowSince[0] = never
      this.normalRan[0] = 0
      this.flags[0] = 0
      return
    }
    if (this.windowSince[0] === never) this.beginWindow()
    const isOver = now >= this.windowSince[0] + this.facts.ticks.shareWindow
    if (this.flags[0] !== 0 && this.owed() <= 0) {
      this.flags[0] = 0
      if (isOver) this.beginWindow()
    } else if (this.flags[0] === 0 && isOver) this.beginWindow()
    if (this.flags[0] === 0 && this.owed() > 0 && now >= this.claimAt()) {
      this.flags[0] = 1
      this.sim.trace.emit(ManagementEvent.shareClaimed, 0, this.share[0], 0)
    }
  }

  /** When something of this changes by itself. */
  nextDue(): Tick {
    if (this.windowSince[0] === never) return never
    const { now } = this.sim.schedule
    if (this.flags[0] !== 0) return this.flags[1] === 0 ? never : now + Math.max(1, this.owed())
    const end = this.windowSince[0] + this.facts.ticks.shareWindow
    const claim = this.owed() > 0 ? this.claimAt() : end
    return Math.max(now + 1, Math.min(claim, end))
  }

  private beginWindow(): void {
    this.windowSince[0] = this.sim.schedule.now
    this.normalRan[0] = 0
  }

  /** Ticks that normal still has to get of the window. */
  private owed(): number {
    const full = Math.ceil((this.facts.ticks.shareWindow * this.share[0]) / percent)
    return full - this.normalRan[0]
  }

  /** The latest moment at which a claim fills the share. */
  private claimAt(): Tick {
    const { shareWindow } = this.facts.ticks
    const margin = Math.ceil((shareWindow * shareMargin) / percent)
    return this.windowSince[0] + shareWindow - this.owed() - margin
  }

  /** Notes whether normal runs and waits; true while focus is busy and normal has work that waits or is claimed. */
  private look(): boolean {
    const { table, flags } = this
    let isFocusBusy = false
    flags[1] = 0
    flags[2] = 0
    for (let c = 0; c < table.count; c++) {
      if (table.used[c] === 0) continue
      if (table.band[c] === band.focus) isFocusBusy ||= table.isBusy(c)
      else if (table.band[c] === band.normal) {
        if (table.isRunning(c)) flags[1] = 1
        else if (table.isBusy(c)) flags[2] = 1
      }
    }
    return (
      isFocusBusy &&
      (flags[2] !== 0 || this.windowSince[0] !== never) &&
      (flags[1] | flags[2]) !== 0
    )
  }
}
