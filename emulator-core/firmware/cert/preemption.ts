/**
 * Preemption: points in control code at which a context may be taken off the array, and how it comes back.
 *
 *     switch wanted ─▶ all uCs meet at PREEMPT ─▶ save pages ─▶ off the array
 *     attached again ─▶ restore pages, which load the last images ─▶ all uCs meet ─▶ on behind PREEMPT
 *
 * Faithful    the uCs meet whether or not a switch is wanted; a conditional job runs once after a preemption and the
 *             uCs meet behind it
 * Modelled    jobs in front of the point end before the memories are saved; the uCs meet again once all have restored
 */
import { CertEvent, CertFault } from './events.ts'
import { Joint } from './joint.ts'
import { Stage } from './stage.ts'
import { Chain, JobState, levels, Wait } from './state.ts'

export class Preemption extends Joint {
  /** PREEMPT at byte `at` of the page. Like all attempts, returns its ticks. */
  point(uc: number, j: number, at: number, size: number): number {
    const s = this.state
    if (s.level[uc] > 0) {
      this.listener.fail(uc, this.facts.error.invalidOpcode, CertFault.nestedLoad, s.pageOf(uc))
      return 0
    }
    if (s.jobStage[j] === Stage.saving) return this.save(uc, j, at)
    if (s.jobStage[j] === Stage.restored) {
      this.sim.trace.emit(CertEvent.restored, uc, s.context[uc], 0)
      return this.barriers.meet(uc, j, size)
    }
    return this.arrive(uc, j, at, size)
  }

  /** START_COND_JOB_PREEMPT: into the job after a preemption, else to the meeting behind it. */
  conditional(uc: number, j: number, size: number): number {
    const s = this.state
    if (s.preempted[uc] === 0) return this.barriers.meet(uc, j, s.jobEnd[j] - s.jobPc[j])
    s.preempted[uc] = 0
    this.sim.trace.emit(CertEvent.jobStart, uc, s.jobId[j], s.pageOf(uc))
    this.jobs.advance(uc, j, size)
    return this.facts.operation
  }

  private arrive(uc: number, j: number, at: number, size: number): number {
    const s = this.state
    const lead = s.leadOf[uc]
    const { operation } = this.facts
    s.preemptId[uc] = s.half(uc, at + 2)
    s.point[lead] = (s.point[lead] | (2 ** s.ownIndex[uc])) >>> 0
    if (s.point[lead] !== s.party[lead]) {
      this.jobs.block(uc, j, Wait.point, s.preemptId[uc], s.party[lead])
      return operation
    }
    s.point[lead] = 0
    const isWanted = s.switchWanted[lead] !== 0 || s.switchForced[lead] !== 0
    this.sim.trace.emit(CertEvent.preemptPoint, uc, s.preemptId[uc], isWanted ? 1 : 0)
    for (let own = 0; own < s.ucs; own++) {
      const member = s.members[lead * s.ucs + own]
      if (member >= 0 && member !== uc) this.releaseOther(member, isWanted, size)
    }
    this.go(uc, j, isWanted, size)
    return operation
  }

  private releaseOther(uc: number, isWanted: boolean, size: number): void {
    const s = this.state
    const base = s.jobBase(uc)
    for (let j = base; j < base + s.jobCount[uc * levels + s.level[uc]]; j++) {
      if (s.jobState[j] !== JobState.waiting || s.jobWait[j] !== Wait.point) continue
      s.jobState[j] = JobState.ready
      this.go(uc, j, isWanted, size)
      this.jobs.wake(uc)
    }
  }

  private go(uc: number, j: number, isWanted: boolean, size: number): void {
    if (!isWanted) this.jobs.advance(uc, j, size)
    else {
      this.jobs.endWait(uc, j)
      this.state.jobStage[j] = Stage.saving
    }
  }

  /** Notes where to go on and runs the save pages, once nothing of the page is under way any more. */
  private save(uc: number, j: number, at: number): number {
    const s = this.state
    const { operation } = this.facts
    if (!this.jobs.areEarlierDone(uc, j)) {
      this.jobs.block(uc, j, Wait.earlier, 0, 0)
      return operation
    }
    if (!this.dma.isIdle(uc)) {
      this.jobs.block(uc, j, Wait.dmaQueue, 0, 0)
      return operation
    }
    s.pointPage[uc] = s.pageOf(uc)
    s.pointPc[uc] = s.jobPc[j]
    s.pointJob[uc] = j - s.jobBase(uc)
    s.restorePage[uc] = s.half(uc, at + 6)
    const page = s.half(uc, at + 4)
    this.jobs.block(uc, j, Wait.load, page, 0)
    this.listener.load(uc, page, Chain.save)
    return operation
  }
}
