/**
 * Jobs: the table of one page's jobs, whose turn it is, and what wakes those that wait.
 *
 * Faithful    cooperative turns in page order; a launched job starts in the next round; jobs behind a special
 *             job wait for its end; a blocked operation is tried again
 * Simplified  the order of turns is ours (round robin), no public source gives it
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { Slot } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { CertEvent } from './events.ts'
import type { CertState } from './state.ts'
import { Counter, JobState, levels, Phase, Special, Wait } from './state.ts'

const registerCount = controlCode.registers.firstShared
const localBarriers = controlCode.barriers.local

/** Waits that end by themselves at `retryAt`. */
function isTimed(wait: number): boolean {
  return (
    wait === Wait.poll ||
    wait === Wait.lock ||
    wait === Wait.remoteBarrierTable ||
    wait === Wait.handle
  )
}

export class Jobs {
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly slots: Slot[]

  constructor(sim: Sim, facts: CertFacts, state: CertState, run: (uc: number) => void) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.slots = Array.from({ length: facts.count }, (_, uc) =>
      sim.schedule.slot(`uc[${uc}]`, () => run(uc)),
    )
  }

  /** Lets the uC act after `ticks`, during which it is busy. */
  busy(uc: number, ticks: number): void {
    const at = this.sim.schedule.now + ticks
    this.state.busyUntil[uc] = at
    this.sim.schedule.at(this.slots[uc], at)
  }

  /** The uC is busy for `ticks` and then does nothing until it is woken. */
  park(uc: number, ticks: number): void {
    this.state.busyUntil[uc] = this.sim.schedule.now + ticks
    this.stop(uc)
  }

  /** Something the uC may be waiting for happened. */
  wake(uc: number): void {
    const { now } = this.sim.schedule
    const at = Math.max(now, this.state.busyUntil[uc])
    if (this.sim.schedule.dueOf(this.slots[uc]) > at) this.sim.schedule.at(this.slots[uc], at)
  }

  /** The uC acts again at `tick` at the latest. */
  wakeAt(uc: number, tick: number): void {
    this.sim.schedule.at(this.slots[uc], Math.max(tick, this.state.busyUntil[uc]))
  }

  stop(uc: number): void {
    this.sim.schedule.cancel(this.slots[uc])
  }

  /** Empties the table of the present level. */
  clear(uc: number): void {
    const s = this.state
    const base = s.jobBase(uc)
    const level = uc * levels + s.level[uc]
    s.jobState.fill(JobState.none, base, base + s.jobCount[level])
    s.jobCount[level] = 0
    s.cursor[level] = 0
    s.localArrived.fill(0, level * localBarriers, (level + 1) * localBarriers)
    s.current[uc] = -1
  }

  /** Adds a job of the page; false when the table is full. */
  add(
    uc: number,
    start: number,
    size: number,
    id: number,
    dormant: boolean,
    special: number,
  ): boolean {
    const s = this.state
    const level = uc * levels + s.level[uc]
    if (s.jobCount[level] >= s.jobsPerLevel) return false
    const j = s.jobBase(uc) + s.jobCount[level]++
    s.jobId[j] = id
    s.jobState[j] = dormant ? JobState.dormant : JobState.ready
    s.jobSpecial[j] = special
    s.jobStage[j] = 0
    s.jobPc[j] = start
    s.jobStart[j] = start
    s.jobEnd[j] = start + size
    s.jobWait[j] = Wait.none
    s.waitOn[j] = 0
    s.waitCount[j] = 0
    s.retryAt[j] = 0
    s.waitSince[j] = 0
    s.registers.fill(0, j * registerCount, (j + 1) * registerCount)
    return true
  }

  /** The job whose turn it is, -1 when none can run now. */
  pick(uc: number): number {
    const s = this.state
    const level = uc * levels + s.level[uc]
    const found = this.search(uc, s.cursor[level])
    if (found >= 0) return found
    const base = s.jobBase(uc)
    for (let j = base; j < base + s.jobCount[level]; j++) {
      if (s.jobState[j] === JobState.launched) s.jobState[j] = JobState.ready
    }
    s.cursor[level] = 0
    return this.search(uc, 0)
  }

  private search(uc: number, from: number): number {
    const s = this.state
    const base = s.jobBase(uc)
    const count = s.jobCount[uc * levels + s.level[uc]]
    const { now } = this.sim.schedule
    for (let i = 0; i < count; i++) {
      const j = base + i
      const state = s.jobState[j]
      const isDue = state === JobState.waiting && isTimed(s.jobWait[j]) && s.retryAt[j] <= now
      if (i >= from && (state === JobState.ready || isDue)) return j
      if (s.jobSpecial[j] !== Special.none && state !== JobState.done && state !== JobState.dormant)
        return -1
    }
    return -1
  }

  /** The job that would run next, without giving it the turn; -1 when all wait or have ended. */
  peek(uc: number): number {
    const s = this.state
    if (s.current[uc] >= 0) return s.current[uc]
    const found = this.search(uc, s.cursor[uc * levels + s.level[uc]])
    if (found >= 0) return found
    const base = s.jobBase(uc)
    const end = base + s.jobCount[uc * levels + s.level[uc]]
    for (let j = base; j < end; j++) if (s.jobState[j] === JobState.launched) return j
    return this.search(uc, 0)
  }

  /** True when every job of the page has ended or was never launched. */
  areFinished(uc: number): boolean {
    const s = this.state
    const base = s.jobBase(uc)
    const end = base + s.jobCount[uc * levels + s.level[uc]]
    for (let j = base; j < end; j++) {
      if (s.jobState[j] !== JobState.done && s.jobState[j] !== JobState.dormant) return false
    }
    return true
  }

  /** The earliest tick at which a timed wait of the page ends, or never. */
  nextRetry(uc: number): number {
    const s = this.state
    const base = s.jobBase(uc)
    const end = base + s.jobCount[uc * levels + s.level[uc]]
    let least = never
    for (let j = base; j < end; j++) {
      if (s.jobState[j] !== JobState.waiting || !isTimed(s.jobWait[j])) continue
      if (s.retryAt[j] < least) least = s.retryAt[j]
    }
    return least
  }

  /** Gives the turn away; the next round robin search begins behind this job. */
  endTurn(uc: number): void {
    const s = this.state
    s.cursor[uc * levels + s.level[uc]] = s.current[uc] - s.jobBase(uc) + 1
    s.current[uc] = -1
  }

  /** The job waits. Its operation is tried again when it is woken. */
  block(uc: number, j: number, wait: number, on: number, count: number, retryAt = 0): void {
    const s = this.state
    this.beginWait(uc, j, wait, on, count)
    s.jobState[j] = JobState.waiting
    s.retryAt[j] = retryAt
    this.endTurn(uc)
  }

  /** The job waits and keeps its turn: the uC does nothing else meanwhile. */
  spin(uc: number, j: number, wait: number, on: number, count: number): void {
    this.beginWait(uc, j, wait, on, count)
  }

  private beginWait(uc: number, j: number, wait: number, on: number, count: number): void {
    const s = this.state
    if (s.jobWait[j] !== wait) {
      s.jobWait[j] = wait
      s.waitSince[j] = this.sim.schedule.now
      s.countBlocked(uc, wait)
      this.sim.trace.emit(CertEvent.waitBegin, uc, wait, on | 0)
    }
    s.waitOn[j] = on
    s.waitCount[j] = count
  }

  /** Ticks until a wait is looked at again: `least`, and longer the longer it has lasted. */
  retryDelay(j: number, least: number): number {
    const { pollRetryMost, pollPatience } = this.facts
    const s = this.state
    const waited = s.jobWait[j] === Wait.none ? 0 : this.sim.schedule.now - s.waitSince[j]
    return Math.max(least, Math.min(pollRetryMost, Math.floor(waited / pollPatience)))
  }

  /** Ends the wait of a job without moving on. */
  endWait(uc: number, j: number): void {
    const s = this.state
    if (s.jobWait[j] === Wait.none) return
    this.sim.trace.emit(CertEvent.waitEnd, uc, s.jobWait[j], s.waitOn[j] | 0)
    s.jobWait[j] = Wait.none
  }

  /** True when every job in front of `j` on its page has ended or was never launched. */
  areEarlierDone(uc: number, j: number): boolean {
    const s = this.state
    for (let i = s.jobBase(uc); i < j; i++) {
      if (s.jobState[i] !== JobState.done && s.jobState[i] !== JobState.dormant) return false
    }
    return true
  }

  /** The operation in hand is done. */
  advance(uc: number, j: number, bytes: number): void {
    const s = this.state
    this.endWait(uc, j)
    s.jobStage[j] = 0
    s.jobPc[j] += bytes
  }

  /** Ends the wait of a job that its partner served: its operation counts as done. */
  release(uc: number, j: number, bytes: number): void {
    this.advance(uc, j, bytes)
    this.state.jobState[j] = JobState.ready
    this.wake(uc)
  }

  finish(uc: number, j: number): void {
    const s = this.state
    s.jobState[j] = JobState.done
    this.sim.trace.emit(CertEvent.jobEnd, uc, s.jobId[j], s.pageOf(uc))
    this.ended(uc)
    if (s.current[uc] === j) this.endTurn(uc)
  }

  /** Counts a job that has ended and wakes a preemption point that waits for it. */
  private ended(uc: number): void {
    this.state.count(uc, Counter.jobsFinished)
    this.retry(uc, Wait.earlier, -1)
  }

  /** Lets every job of the uC that waits for `wait` (on `on`, unless -1) try again, suspended ones too. */
  retry(uc: number, wait: number, on: number): void {
    const s = this.state
    const base = uc * levels * s.jobsPerLevel
    for (let level = 0; level < levels; level++) {
      const from = base + level * s.jobsPerLevel
      for (let j = from; j < from + s.jobCount[uc * levels + level]; j++) {
        if (s.jobState[j] !== JobState.waiting || s.jobWait[j] !== wait) continue
        if (on >= 0 && s.waitOn[j] !== on) continue
        s.jobState[j] = JobState.ready
        this.wake(uc)
      }
    }
  }

  /** Ends the wait of every job of the uC on a barrier, in the levels given. */
  releaseAll(
    uc: number,
    firstLevel: number,
    lastLevel: number,
    wait: number,
    on: number,
    bytes: number,
  ): void {
    const s = this.state
    for (let level = firstLevel; level <= lastLevel; level++) {
      const base = (uc * levels + level) * s.jobsPerLevel
      for (let j = base; j < base + s.jobCount[uc * levels + level]; j++) {
        if (s.jobState[j] !== JobState.waiting || s.jobWait[j] !== wait) continue
        if (s.waitOn[j] === on) this.release(uc, j, bytes)
      }
    }
  }

  /** True when the uC does nothing but ask again and again. */
  isPolling(uc: number): boolean {
    const s = this.state
    if (s.phase[uc] !== Phase.run) return false
    if (s.current[uc] >= 0) return isTimed(s.jobWait[s.current[uc]])
    return this.search(uc, 0) < 0 && this.nextRetry(uc) !== never
  }
}
