/**
 * Power: which performance level the device runs at, from the mode that is asked for and what contexts need.
 *
 *     Functions ── highest mode ──▶ ┌──────────────┐ ── level ──▶ GET_CURRENT_DPM_LEVEL, sensors
 *     contexts ── busy, demand ───▶ │ PowerControl │
 *                                   └──────────────┘
 *
 * Faithful    the table of levels; the highest request of all functions counts
 * Modelled    which level a mode means; without a mode: the lowest level whose clock carries what busy contexts said
 *             they need, not below the third while one is busy, and level 0 when none was for a millisecond
 * Simplified  levels change at once. They say how long a cycle lasts and change no count of cycles: durations outside
 *             the array are converted at the clock of the top level
 */
import { powerFacts } from '../../device/abi/power.ts'
import { resolve } from '../../device/fact.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import { arrayTops, driverTops } from '../../device/peak.ts'
import { describe } from '../../device/profiles.ts'
import { never } from '../../sim/scheduler.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { ContextTable } from './context-table.ts'
import { ManagementEvent } from './events.ts'

const { modes, leastBusyLevel, balancedLevel } = resolve(powerFacts)
const gigaPerTera = 1000

/** Power, for the app. */
export interface PowerView {
  /** The mode that the device runs in: the highest of its functions'. */
  readonly mode: number
  readonly level: number
  readonly levels: readonly (readonly [npuMHz: number, aieMHz: number])[]
  readonly aieMHz: number
  /** What a cycle of the array lasts at this level. */
  readonly cycleNs: number
  /** Billions of operations per second that busy contexts said they need. */
  readonly demandGops: number
  /** By the formula that the driver prints, and by the count of multipliers in the array. */
  readonly driverTops: number
  readonly arrayTops: number
}

export class PowerControl {
  /** [level] */
  private readonly now: Int32Array
  /** Since when no context is busy, `never` while one is. */
  private readonly idleSince: Float64Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly table: ContextTable
  private readonly mode: () => number
  private readonly changed: (aieMHz: number) => void
  private readonly slot: Slot
  private readonly topGops: number

  /** `mode` is the highest that a function asks for; `changed` hears of a new clock. */
  constructor(
    sim: Sim,
    facts: HostFacts,
    table: ContextTable,
    mode: () => number,
    changed: (aieMHz: number) => void,
  ) {
    this.sim = sim
    this.facts = facts
    this.table = table
    this.mode = mode
    this.changed = changed
    this.now = sim.state.i32('management.power.level', 1)
    this.idleSince = sim.state.f64('management.power.idleSince', 1)
    this.slot = sim.schedule.slot('management.power', () => this.update())
    this.topGops = arrayTops(describe(facts.profile)) * gigaPerTera
  }

  /** The level that the device runs at. */
  get level(): number {
    return this.now[0]
  }

  /** The firmware starts: nothing is asked for. */
  reset(): void {
    this.idleSince[0] = 0
    this.sim.schedule.cancel(this.slot)
    this.enter(0)
  }

  /** A context said what it needs. */
  setDemand(context: number, gops: number, fps: number): void {
    this.table.demand[context] = gops * fps
    this.update()
  }

  /** Modes, contexts or demands may have changed. */
  update(): void {
    const { now } = this.sim.schedule
    const isBusy = this.isBusy()
    if (isBusy) this.idleSince[0] = never
    else if (this.idleSince[0] === never) this.idleSince[0] = now
    const rest = this.idleSince[0] + this.facts.ticks.powerIdle
    const isResting = rest <= now
    if (!isBusy && !isResting) this.sim.schedule.at(this.slot, rest)
    else this.sim.schedule.cancel(this.slot)
    this.enter(this.levelFor(isResting))
  }

  /** Plain view, for the app. */
  inspect(): PowerView {
    const device = describe(this.facts.profile)
    const { dpm, clockMHz } = this.facts.device
    const [, aieMHz] = dpm[this.level]
    return {
      mode: this.mode(),
      level: this.level,
      levels: dpm,
      aieMHz,
      cycleNs: gigaPerTera / aieMHz,
      demandGops: this.demanded(),
      driverTops: Math.floor((driverTops(device) * aieMHz) / clockMHz),
      arrayTops: (arrayTops(device) * aieMHz) / clockMHz,
    }
  }

  private enter(level: number): void {
    const [, mhz] = this.facts.device.dpm[level]
    if (level === this.now[0]) return
    this.now[0] = level
    this.sim.trace.emit(ManagementEvent.powerLevel, 0, level, mhz)
    this.changed(mhz)
  }

  private levelFor(isResting: boolean): number {
    const top = this.facts.device.dpm.length - 1
    const mode = this.mode()
    if (mode === modes.powersaver) return 0
    if (mode === modes.balanced) return Math.min(balancedLevel, top)
    if (mode !== modes.default) return top
    if (isResting) return 0
    return Math.max(Math.min(leastBusyLevel, top), this.levelCarrying(this.demanded()))
  }

  /** The lowest level at which the array does so many billions of operations per second; the top one if none does. */
  private levelCarrying(gops: number): number {
    const { dpm, clockMHz } = this.facts.device
    const last = dpm.length - 1
    for (let level = 0; level < last; level++) {
      if ((this.topGops * dpm[level][1]) / clockMHz >= gops) return level
    }
    return last
  }

  private isBusy(): boolean {
    for (let c = 0; c < this.table.count; c++) {
      if (this.table.used[c] !== 0 && this.table.isBusy(c)) return true
    }
    return false
  }

  /** What busy contexts said that they need. */
  private demanded(): number {
    let sum = 0
    for (let c = 0; c < this.table.count; c++) {
      if (this.table.used[c] !== 0 && this.table.isBusy(c)) sum += this.table.demand[c]
    }
    return sum
  }
}
