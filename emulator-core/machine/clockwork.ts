/**
 * Clockwork: runs the parts forward and back. Every way to the same moment gives the same state.
 *
 *     machine ── runTo, seek, until ──▶ ┌───────────┐ ── runOne ──▶ schedule
 *                                       │ Clockwork │ ── take/restore ──▶ history
 *                                       └───────────┘ ── limit ──▶ cores (how far they may run ahead)
 *
 * All long work is a generator that yields now and then, so that whoever drives it can stop or repaint.
 * A core may run ahead of the clock, but never past `limit`; a stop always ends at a tick up to which
 * everything has happened and beyond which nothing has.
 */
import type { Fault } from '../sim/faults.ts'
import type { Tick } from '../sim/scheduler.ts'
import { never } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import type { History } from './history.ts'
import type { Moment, Stop } from './stop.ts'

/** Work that can be interrupted between any two steps; its value says how it ended. */
export type Work<T> = Generator<void, T, void>

/** What the clockwork needs of the built machine. */
export interface Driven {
  readonly sim: Sim
  /** Sets the last tick at which any core may start a bundle. */
  setLimit(tick: Tick): void
  /** May something have happened already that belongs after `tick`? */
  isAhead(tick: Tick): boolean
  /** Drops caches that derive from state, after a checkpoint was restored. */
  reload(): void
  /** True once the host program has ended. */
  finished(): boolean
  /** Part whose breakpoint was hit, taken; or undefined. The part has put itself back at the same tick. */
  takeBreak(): number | undefined
  /** Lets the part that was hit go on. */
  passBreak(part: number): void
  /** True when the host program is told of a fault and takes care itself: then it ends no run. */
  isHandled(fault: Fault): boolean
  /** True when nothing but polls is scheduled, and time-outs. */
  onlyPolls(): boolean
  /** True when nothing but time-outs is scheduled. */
  onlyTimeouts?(): boolean
}

/** Steps of a search between two yields. */
const batchSteps = 256
/** Work between two yields, in the scheduler's units: half a millisecond once code is warm. */
const yieldWork = 4_000
/** Work between two checkpoints. */
const checkpointWork = 80_000
/** How far cores may run ahead of the clock. Shorter windows while much happens in one. */
const leastAhead = 512
const mostAhead = 8192
/** Ticks before a goal in the past at which checkpoints are left. */
const approaches = [16_384, 1024, 64] as const
/** Ticks that a search backwards looks at first, and how it widens. */
const firstSpan = 64
const spanGrowth = 4
/** Work that a window should take, at least and at most. */
const lightWindow = 5_000
const heavyWindow = 20_000

export class Clockwork {
  private readonly driven: Driven
  private readonly history: History
  /** Work done when the last checkpoint was taken or restored, and when work last yielded. */
  private checkpointAt = 0
  private yieldedAt = 0
  private ahead = mostAhead
  /** Breakpoints at this tick were already reported. */
  private passTick: Tick = -1
  /** Tick at which the host program ended, once known. */
  private end: Tick = never
  /** Last tick of the window that is being run; cores are at most that far. */
  private windowEnd: Tick = 0
  /** The present moment lies inside a tick: some of its slots have run, others have not. */
  private midTick = false
  /** A standstill was reported from which only time-outs lead: whoever runs on wants to see them. */
  private patient = false

  constructor(driven: Driven, history: History) {
    this.driven = driven
    this.history = history
    history.take()
  }

  get now(): Tick {
    return this.driven.sim.schedule.now
  }

  /** Tick at which the host program ended, or `never` while that is not known. */
  get endTick(): Tick {
    return this.end
  }

  /** The present moment, for coming back to it. */
  get moment(): Moment {
    const tick = this.now
    return this.midTick ? { tick, event: this.driven.sim.trace.position } : { tick }
  }

  /** Goes to a moment, backwards or forwards; stops early where nothing more can happen. */
  *seek(moment: Moment): Work<Stop> {
    const goal = Math.min(moment.tick, this.end)
    const inside = moment.event !== undefined
    const isBack = goal < this.now || inside || this.midTick
    if (isBack) this.rewind(inside ? goal - 1 : goal)
    this.passTick = -1
    if (isBack) yield* this.approach(inside ? goal - 1 : goal)
    if (!inside) return yield* this.runTo(goal, false)
    const early = yield* this.runTo(goal - 1, false)
    return early.kind === 'goal' ? this.runToEvent(goal, moment.event) : early
  }

  /**
   * Runs forward until `limit`, a breakpoint, a fault, the end or a standstill. `enough` is asked at the end of every
   * window and ends the run early as if the limit were there.
   */
  *forward(limit: Tick, enough?: () => boolean): Work<Stop> {
    const goal = Math.min(limit, this.end)
    const stop = yield* this.runTo(goal, true, enough)
    return stop.kind === 'goal' && this.now === this.end ? { ...stop, kind: 'end' } : stop
  }

  /**
   * Runs forward tick by tick until `done` says so at the end of a tick. `limit` bounds the search; reaching it is a
   * stop of kind `limit`.
   */
  *until(done: () => boolean, limit: Tick): Work<Stop> {
    const { schedule } = this.driven.sim
    const bound = Math.min(limit, this.end)
    for (let steps = 0; ; steps++) {
      const next = schedule.nextDue()
      if (next === never) return this.standstill()
      if (this.isFarOff(next) && this.standsStill()) return this.standstill()
      if (next > bound) {
        const stop = yield* this.runTo(bound, false)
        return { ...stop, kind: bound === this.end ? 'end' : 'limit' }
      }
      const stop = yield* this.runTo(next, false)
      if (stop.kind !== 'goal') return stop
      if (done()) return stop
      if (steps % batchSteps === 0) yield
    }
  }

  /**
   * Goes back to the last tick before `before` during which `mark` changed its value. Ends at the start of history
   * when there is none.
   */
  *backTo(mark: () => number, before: Tick): Work<Stop> {
    const { schedule } = this.driven.sim
    let upper = before
    for (let span = firstSpan; ; span *= spanGrowth) {
      const from = Math.max(this.history.startTick, upper - span)
      yield* this.seek({ tick: from })
      let last = -1
      let seen = mark()
      while (schedule.nextDue() < upper) {
        const stop = yield* this.runTo(schedule.nextDue(), false)
        if (stop.kind !== 'goal') break
        const value = mark()
        if (value !== seen) last = stop.tick
        seen = value
      }
      if (last >= 0) return yield* this.seek({ tick: last })
      if (from <= this.history.startTick) return yield* this.toStart()
      upper = from + 1
    }
  }

  /** Runs backwards to the moment before the last breakpoint that lies before now. */
  *backToBreak(): Work<Stop> {
    let upper = this.now
    let from = this.history.before(upper - 1)
    while (from) {
      this.rewind(from.tick)
      this.passTick = -1
      let last: Stop | undefined
      for (;;) {
        const stop = yield* this.runTo(upper, true)
        if (stop.kind === 'breakpoint' && stop.tick < upper) last = stop
        else if (stop.kind !== 'fault') break
      }
      if (last) {
        yield* this.seek({ tick: last.tick })
        this.passTick = last.tick + 1
        return last
      }
      upper = from.tick + 1
      from = this.history.before(from.tick - 1)
    }
    return yield* this.toStart()
  }

  /**
   * Runs to shortly before a goal in the past and leaves checkpoints on the way, the closer to it
   * the denser: whoever steps back once will do so again.
   */
  private *approach(goal: Tick): Work<void> {
    for (const distance of approaches) {
      if (goal - distance <= this.now) continue
      const stop = yield* this.runTo(goal - distance, false)
      if (stop.kind !== 'goal') return
      this.history.take()
    }
  }

  /** The state was replaced from outside: everything derived from it goes, and so does the past. */
  begin(): void {
    this.history.branch(-1, 0)
    this.driven.reload()
    this.passTick = -1
    this.end = never
    this.midTick = false
    this.patient = false
    this.history.take()
  }

  /** Ends a run that was left in the middle: at a tick up to which everything has happened. */
  *settle(): Work<Stop> {
    const stop = yield* this.runTo(Math.min(Math.max(this.windowEnd, this.now), this.end), false)
    return stop.kind === 'goal' ? { ...stop, kind: 'pause' } : stop
  }

  private *toStart(): Work<Stop> {
    yield* this.seek({ tick: this.history.startTick })
    return { kind: 'start', tick: this.now }
  }

  /**
   * Runs everything due up to `goal`, window by window; with `stops`, breakpoints, faults and spinning end it. At the
   * end of a window everything up to its last tick has happened and nothing beyond.
   */
  private *runTo(goal: Tick, stops: boolean, enough?: () => boolean): Work<Stop> {
    const { schedule, faults } = this.driven.sim
    let faultsSeen = faults.total
    for (;;) {
      const workBefore = schedule.work
      const next = schedule.nextDue()
      if (stops && this.isFarOff(next) && this.standsStill()) return this.standstill()
      if (next > goal || next === never) {
        if (next === never && !this.driven.finished()) return this.standstill()
        if (goal > schedule.now && goal !== never) schedule.advanceTo(goal)
        this.midTick = false
        return { kind: 'goal', tick: this.now }
      }
      this.windowEnd = Math.min(goal, Math.max(next, schedule.now) + this.ahead)
      this.driven.setLimit(this.windowEnd)
      const stop = yield* this.runWindow(this.windowEnd, stops)
      if (stop) return stop
      if (stops && faults.total > faultsSeen) {
        const fault = this.unhandled(faultsSeen)
        if (fault) return yield* this.faultStop(fault)
        faultsSeen = faults.total
      }
      if (this.windowEnd > schedule.now) schedule.advanceTo(this.windowEnd)
      this.adapt(schedule.work - workBefore)
      if (schedule.work - this.checkpointAt >= checkpointWork) {
        this.checkpointAt = schedule.work
        this.history.take()
      }
      if (enough?.()) return { kind: 'goal', tick: this.now }
      if (stops && this.spins()) return { kind: 'spinning', tick: this.now }
    }
  }

  private isFarOff(next: Tick): boolean {
    return next !== never && next > this.now + mostAhead && !this.driven.finished()
  }

  /** True, once, when only time-outs are scheduled. */
  private standsStill(): boolean {
    if (this.driven.onlyTimeouts?.() !== true || this.patient) return false
    this.patient = true
    return true
  }

  /** True, once, when only polls are scheduled. */
  private spins(): boolean {
    const isOver = this.driven.onlyPolls()
    const isOpen = this.patient && !isOver && this.driven.onlyTimeouts?.() !== true
    if (isOpen) this.patient = false
    if (!isOver || this.patient) return false
    this.patient = true
    return true
  }

  /** Chooses the length of the next window by the work that the last one took. */
  private adapt(work: number): void {
    if (work > heavyWindow) this.ahead = Math.max(leastAhead, this.ahead / 2)
    else if (work < lightWindow) this.ahead = Math.min(mostAhead, this.ahead * 2)
  }

  private *runWindow(limit: Tick, stops: boolean): Work<Stop | undefined> {
    const { schedule } = this.driven.sim
    while (schedule.runOne(limit)) {
      if (this.driven.finished() && schedule.now < this.end) return yield* this.finish()
      const hit = this.driven.takeBreak()
      if (hit !== undefined) {
        if (stops && schedule.now !== this.passTick) return yield* this.breakAt(schedule.now, hit)
        this.driven.passBreak(hit)
      }
      if (schedule.work - this.yieldedAt >= yieldWork) {
        this.yieldedAt = schedule.work
        yield
      }
    }
    return undefined
  }

  /** Runs slot by slot inside one tick until `event` trace records were emitted. */
  private runToEvent(tick: Tick, event: number): Stop {
    const { schedule, trace } = this.driven.sim
    this.driven.setLimit(tick)
    while (trace.position < event && schedule.runOne(tick)) {
      const hit = this.driven.takeBreak()
      if (hit !== undefined) this.driven.passBreak(hit)
    }
    this.midTick = true
    return { kind: 'goal', tick: this.now }
  }

  /** The host program has ended: everything of its tick happens, nothing after it. */
  private *finish(): Work<Stop> {
    this.end = this.now
    if (this.driven.isAhead(this.end)) this.rewind(this.end)
    const stop = yield* this.runTo(this.end, false)
    return { ...stop, kind: 'end' }
  }

  /** A breakpoint is about to be executed at `tick`: goes to the moment before it. */
  private *breakAt(tick: Tick, part: number): Work<Stop> {
    this.rewind(tick - 1)
    yield* this.runTo(tick - 1, false)
    this.passTick = tick
    return { kind: 'breakpoint', tick: this.now, part }
  }

  /** The first fault after `seen` that nobody takes care of. */
  private unhandled(seen: number): Fault | undefined {
    const { faults } = this.driven.sim
    const list = faults.list()
    const fresh = list.slice(Math.max(0, list.length - (faults.total - seen)))
    return fresh.find((fault) => !this.driven.isHandled(fault))
  }

  /** Goes to the end of the tick of a fault. */
  private *faultStop(fault: Fault): Work<Stop> {
    this.rewind(fault.tick)
    yield* this.runTo(fault.tick, false)
    return { kind: 'fault', tick: this.now, part: fault.part }
  }

  private standstill(): Stop {
    return { kind: this.driven.finished() ? 'end' : 'deadlock', tick: this.now }
  }

  private rewind(tick: Tick): void {
    const checkpoint = this.history.before(tick) ?? this.history.checkpoints[0]!
    this.history.restore(checkpoint)
    this.driven.reload()
    this.checkpointAt = this.driven.sim.schedule.work
    this.midTick = false
    this.patient = false
  }
}
