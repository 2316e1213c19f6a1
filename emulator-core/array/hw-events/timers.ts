/** Timers: one per unit, counting from its last reset; reaching the trigger value is an event. */
import { EventRegister } from '../../device/registers/events.ts'
import type { Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { isOn } from './counters.ts'
import type { EventUnits } from './units.ts'

const high = 2 ** 32
/** Trigger values from here on lie beyond any emulated time. */
const farAway = 2 ** 53

export class Timers {
  /** Tick at which each timer stood at 0. */
  private readonly start: Float64Array
  private readonly units: EventUnits

  constructor(sim: Sim, units: EventUnits) {
    this.units = units
    this.start = sim.state.f64('array.timer.start', units.count)
  }

  /** What the timer shows at `now`. */
  value(u: number, now: Tick): number {
    return Math.max(0, now - this.start[u]!)
  }

  /** The low or high word of the timer. */
  word(u: number, index: number, now: Tick): number {
    const value = this.value(u, now)
    return index === 0 ? value % high : Math.floor(value / high)
  }

  /** The timer stands at 0 at `tick`. */
  restart(u: number, tick: Tick): void {
    this.start[u] = tick
  }

  /** The tick in which the timer shows its trigger value, or `never`. */
  triggerTick(u: number): Tick {
    const value =
      this.units.read(u, EventRegister.timerTrigger, 1) * high +
      this.units.read(u, EventRegister.timerTrigger, 0)
    return value >= farAway ? never : this.start[u]! + value
  }

  /** Is the reset event of the timer on? */
  isReset(u: number, vector: Uint32Array): boolean {
    const control = this.units.read(u, EventRegister.timerControl, 0)
    return isOn(vector, (control >>> 8) & this.units.mask(u))
  }
}
