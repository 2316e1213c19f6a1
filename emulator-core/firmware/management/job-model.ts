/**
 * Job model: uCs that only let time pass, for playing a workload against the scheduler without an array.
 *
 *     comparison, tests ── submit(context) ──▶ ┌──────────┐ ◀── attach, detach, requestSwitch ── TimeSharing
 *                                              └──────────┘ ── switched, finished ──▶ Contexts
 *
 * A job lasts so many ticks and has a preemption point every so many. What runs here is no machine that can be walked
 * back: it plays once, from its beginning to its end, and always alike.
 */
import { hostQueue } from '../../device/abi/host-queue.ts'
import { never } from '../../sim/scheduler.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { UcControl, UcSetup } from './connections.ts'

/** What a context's jobs are like. */
export interface JobKind {
  readonly ticks: Tick
  /** Ticks between preemption points; without points it leaves between two jobs only. */
  readonly points: Tick | undefined
}

/** Who hears what happens. */
export interface JobListener {
  switched(context: number, atPoint: boolean): void
  finished(context: number): void
  /** A context begins to be on the array, or ends. */
  attached?(context: number, setup: UcSetup): void
  detached?(context: number): void
}

const queueBytes = 256

/** Where the queue of the n-th context lies. */
export function queueOf(n: number): number {
  return n * queueBytes
}

export class JobModel implements UcControl {
  /** Ticks that each context worked, jobs finished and submitted, by queue. */
  readonly worked: number[] = []
  readonly finished: number[] = []
  readonly submitted: number[] = []
  /** Every preemption point switches. */
  forced = false
  private readonly kinds: JobKind[] = []
  /** Jobs begun, ticks that the one at hand still needs, since when it runs, and when something happens. */
  private readonly begun: number[] = []
  private readonly left: number[] = []
  private readonly since: Tick[] = []
  private readonly due: Tick[] = []
  private readonly wanted: boolean[] = []
  /** Queue of each context, by firmware id. */
  private readonly queue: number[] = []
  private readonly sim: Sim
  private readonly listener: JobListener
  private readonly slot: Slot

  constructor(sim: Sim, listener: JobListener) {
    this.sim = sim
    this.listener = listener
    this.slot = sim.schedule.slot('job model', () => this.work())
  }

  /** A context with a queue that nobody used before is there. */
  add(context: number, queue: number, kind: JobKind): void {
    this.adopt(context, queue)
    this.kinds[queue] = kind
    this.submitted[queue] = 0
    this.finished[queue] = 0
    this.worked[queue] = 0
    this.begun[queue] = 0
    this.left[queue] = 0
  }

  /** A context goes on with a queue that another one had. */
  adopt(context: number, queue: number): void {
    this.queue[context] = queue
    this.due[context] = never
  }

  /** What the firmware reads of a queue. */
  read32(at: number): number {
    const n = Math.floor(at / queueBytes)
    const field = at % queueBytes
    if (field === hostQueue.readIndex) return this.finished[n]
    return field === hostQueue.writeIndex ? this.submitted[n] : 0
  }

  /** Ticks that a context has worked, those of its present spell included. */
  workedBy(context: number): Tick {
    const more = this.due[context] === never ? 0 : this.sim.schedule.now - this.since[context]
    return this.worked[this.queue[context]] + more
  }

  attach(c: number, setup: UcSetup): void {
    this.wanted[c] = false
    this.listener.attached?.(c, setup)
    if (this.left[this.queue[c]] > 0) this.go(c)
  }

  detach(c: number): void {
    this.stop(c)
    this.listener.detached?.(c)
  }

  doorbell(c: number): void {
    const n = this.queue[c]
    const isFree = this.due[c] === never && this.left[n] === 0
    if (isFree && this.submitted[n] > this.finished[n]) this.begin(c)
  }

  requestSwitch(c: number): void {
    this.wanted[c] = true
    this.go(c)
  }

  private begin(c: number): void {
    const n = this.queue[c]
    this.begun[n] = this.finished[n] + 1
    this.left[n] = this.kinds[n].ticks
    this.go(c)
  }

  /** Works until the next thing that can happen: a point at which it leaves, or the end of the job. */
  private go(c: number): void {
    this.stop(c)
    const n = this.queue[c]
    const step = this.kinds[n].points ?? never
    const toPoint = this.left[n] % step || step
    const isLeaving = this.wanted[c] || this.forced
    this.since[c] = this.sim.schedule.now
    this.due[c] = this.since[c] + (isLeaving ? Math.min(toPoint, this.left[n]) : this.left[n])
    this.arm()
  }

  /** Notes what was worked so far. */
  private stop(c: number): void {
    if (this.due[c] === never) return
    const n = this.queue[c]
    const worked = this.sim.schedule.now - this.since[c]
    this.worked[n] += worked
    this.left[n] -= worked
    this.due[c] = never
    this.arm()
  }

  private work(): void {
    const { now } = this.sim.schedule
    for (let c = 0; c < this.due.length; c++) {
      if (!(this.due[c] <= now)) continue
      this.stop(c)
      const n = this.queue[c]
      if (this.left[n] > 0) this.listener.switched(c, true)
      else if (this.finished[n] >= this.begun[n]) this.listener.switched(c, false)
      else this.end(c, n)
    }
    this.arm()
  }

  private end(c: number, n: number): void {
    this.finished[n]++
    if (this.wanted[c]) this.listener.switched(c, false)
    else if (this.finished[n] < this.submitted[n]) this.begin(c)
    this.listener.finished(c)
  }

  private arm(): void {
    let next = never
    for (const tick of this.due) if (tick < next) next = tick
    if (next === never) this.sim.schedule.cancel(this.slot)
    else this.sim.schedule.at(this.slot, next)
  }
}
