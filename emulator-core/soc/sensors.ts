/**
 * Sensors: what the platform measures of the device, apart from its firmware.
 *
 *     management firmware ── column runs, clock ──▶ ┌─────────┐ ── power, temperature, utilisation ──▶ driver
 *                                                   └─────────┘
 *
 * Modelled    all three; the numbers illustrate and claim nothing about products
 * Simplified  utilisation is kept in buckets of a millisecond; temperature moves in steps of one
 */
import type { HostFacts } from '../device/host-facts.ts'
import { sensorModel } from '../device/sensor-facts.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'

/** Buckets of a column: the window, and the one that is about to leave it. */
const bucketCount = sensorModel.windowMs + 1
/** Words of `numbers`. */
const Numbers = { seen: 0, temperature: 1, relaxed: 2, mhz: 3, count: 4 } as const

export class Sensors {
  private readonly running: Uint8Array
  /** Ticks that a column ran in each millisecond, column after column. */
  private readonly busy: Float64Array
  private readonly numbers: Float64Array
  private readonly sim: Sim
  private readonly topMHz: number
  private readonly bucketTicks: Tick

  constructor(sim: Sim, facts: HostFacts) {
    const { columns, clockMHz } = facts.device
    this.sim = sim
    this.topMHz = clockMHz
    this.bucketTicks = facts.ticksPerMicrosecond * 1000
    this.running = sim.state.u8('soc.sensors.running', columns)
    this.busy = sim.state.f64('soc.sensors.busy', columns * bucketCount)
    this.numbers = sim.state.f64('soc.sensors.numbers', Numbers.count)
    this.numbers[Numbers.temperature] = sensorModel.idleCelsius
    this.numbers[Numbers.mhz] = clockMHz
  }

  /** A column begins or ends to run a context. */
  setRunning(column: number, runs: boolean): void {
    if ((this.running[column] !== 0) === runs) return
    this.advance()
    this.relax()
    this.running[column] = runs ? 1 : 0
  }

  /** The clock of the array changes. */
  setClock(mhz: number): void {
    this.relax()
    this.numbers[Numbers.mhz] = mhz
  }

  /** Power of the device now, in milliwatts. */
  get milliwatts(): number {
    const { idle, active, perColumn } = sensorModel.milliwatts
    let columns = 0
    for (let c = 0; c < this.running.length; c++) columns += this.running[c]
    if (columns === 0) return idle
    return Math.round(active + (perColumn * columns * this.numbers[Numbers.mhz]) / this.topMHz)
  }

  /** Temperature now, in degrees Celsius. */
  get celsius(): number {
    const steps = this.stepsTo(this.sim.schedule.now)
    return Math.round(this.after(steps))
  }

  /** Percent of the last window that a column ran a context. */
  utilization(column: number): number {
    const { now } = this.sim.schedule
    const window = this.bucketTicks * sensorModel.windowMs
    const from = Math.max(0, now - window)
    const first = Math.floor(from / this.bucketTicks)
    let sum = 0
    for (let b = first; b * this.bucketTicks < now; b++) {
      const whole = this.busyIn(column, b)
      const inside = (b + 1) * this.bucketTicks - from
      sum += b === first ? (whole * Math.min(inside, this.bucketTicks)) / this.bucketTicks : whole
    }
    return Math.round((100 * sum) / window)
  }

  /** Ticks that a column ran in a bucket, those since the last change included. */
  private busyIn(column: number, bucket: number): number {
    const seen = this.numbers[Numbers.seen]
    const start = bucket * this.bucketTicks
    const kept = seen > start ? this.busy[column * bucketCount + (bucket % bucketCount)] : 0
    if (this.running[column] === 0) return kept
    const end = Math.min(this.sim.schedule.now, start + this.bucketTicks)
    return kept + Math.max(0, end - Math.max(seen, start))
  }

  /** Books the time since the last change. */
  private advance(): void {
    const { now } = this.sim.schedule
    const { busy, running, bucketTicks } = this
    const oldest = (Math.floor(now / bucketTicks) - bucketCount + 1) * bucketTicks
    let at = Math.max(this.numbers[Numbers.seen], oldest)
    while (at < now) {
      const bucket = Math.floor(at / bucketTicks)
      const end = Math.min(now, (bucket + 1) * bucketTicks)
      const isFresh = at === bucket * bucketTicks
      for (let c = 0; c < running.length; c++) {
        const cell = c * bucketCount + (bucket % bucketCount)
        if (isFresh) busy[cell] = 0
        if (running[c] !== 0) busy[cell] += end - at
      }
      at = end
    }
    this.numbers[Numbers.seen] = now
  }

  private stepsTo(now: Tick): number {
    return Math.floor((now - this.numbers[Numbers.relaxed]) / this.bucketTicks)
  }

  /** Moves the temperature to the present, before what it moves to changes. */
  private relax(): void {
    const steps = this.stepsTo(this.sim.schedule.now)
    this.numbers[Numbers.temperature] = this.after(steps)
    this.numbers[Numbers.relaxed] += steps * this.bucketTicks
  }

  /** The temperature some steps on, by repeated squaring. */
  private after(steps: number): number {
    const { milliwatts, idleCelsius, swingCelsius, lagMs } = sensorModel
    const { idle, active, perColumn } = milliwatts
    const most = active + perColumn * this.running.length
    const target = idleCelsius + (swingCelsius * (this.milliwatts - idle)) / (most - idle)
    let factor = 1
    let power = 1 - 1 / lagMs
    for (let n = steps; n > 0; n = Math.floor(n / 2)) {
      if (n % 2 === 1) factor *= power
      power *= power
    }
    return target + (this.numbers[Numbers.temperature] - target) * factor
  }
}
