/**
 * Barriers: where jobs of one uC, and uCs of one command, wait for each other.
 *
 * Faithful    participants, masks by the context's own uC numbers, a limited number of remote barriers in use
 * Simplified  a remote barrier is passed at the tick at which the last uC arrives
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { Sim } from '../../sim/sim.ts'
import { CertEvent, CertFault } from './events.ts'
import type { Jobs } from './jobs.ts'
import type { OperationListener } from './stage.ts'
import type { CertState } from './state.ts'
import { Counter, JobState, levels, Wait } from './state.ts'

const { barriers } = controlCode
/** Set in trace records of remote barriers. */
const remoteMark = 0x100

export class Barriers {
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly jobs: Jobs
  private readonly listener: OperationListener

  constructor(
    sim: Sim,
    facts: CertFacts,
    state: CertState,
    jobs: Jobs,
    listener: OperationListener,
  ) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.jobs = jobs
    this.listener = listener
  }

  private refuse(uc: number, fault: number, detail: number): number {
    this.listener.fail(uc, this.facts.error.invalidOpcode, fault, detail)
    return 0
  }

  /** LOCAL_BARRIER at byte `at` of the page. Like all attempts, returns its ticks. */
  localBarrier(uc: number, j: number, at: number, size: number): number {
    const s = this.state
    const id = s.byte(uc, at + 2)
    if (id >= barriers.local) return this.refuse(uc, CertFault.badOperand, id)
    const participants = s.byte(uc, at + 3)
    const slot = (uc * levels + s.level[uc]) * barriers.local + id
    if (s.localArrived[slot] + 1 < participants) {
      s.localArrived[slot]++
      this.sim.trace.emit(CertEvent.barrierReached, uc, id, s.localArrived[slot])
      this.jobs.block(uc, j, Wait.localBarrier, id, participants)
      return this.facts.operation
    }
    s.localArrived[slot] = 0
    this.jobs.releaseAll(uc, s.level[uc], s.level[uc], Wait.localBarrier, id, size)
    this.sim.trace.emit(CertEvent.barrierPassed, uc, id, participants)
    this.jobs.advance(uc, j, size)
    return this.facts.operation
  }

  /** REMOTE_BARRIER at byte `at` of the page. */
  remoteBarrier(uc: number, j: number, at: number, size: number): number {
    const s = this.state
    const lead = s.leadOf[uc]
    const own = 2 ** s.ownIndex[uc]
    const id = s.byte(uc, at + 2)
    const mask = s.word(uc, at + 4)
    if (id > barriers.remoteEncodings) return this.refuse(uc, CertFault.badOperand, id)
    if ((mask & ~s.party[lead]) !== 0 || (mask & own) === 0) {
      return this.refuse(uc, CertFault.remoteParty, mask)
    }
    const slot = lead * (barriers.remoteEncodings + 1) + id
    if (s.remote[slot] === 0 && this.remoteInUse(lead) >= this.facts.remoteBarriers) {
      s.count(uc, Counter.outOfRemoteBarriers)
      const retryAt = this.sim.schedule.now + this.jobs.retryDelay(j, this.facts.pollRetry)
      this.jobs.block(uc, j, Wait.remoteBarrierTable, id, 0, retryAt)
      return this.facts.operation
    }
    const arrived = (s.remote[slot] | own) >>> 0
    s.remote[slot] = arrived
    this.sim.trace.emit(CertEvent.barrierReached, uc, id | remoteMark, arrived)
    if ((arrived & mask) >>> 0 !== mask) {
      this.jobs.block(uc, j, Wait.remoteBarrier, id, mask)
      return this.facts.remoteBarrier
    }
    s.remote[slot] = 0
    this.forMembers(lead, Wait.remoteBarrier, id, size)
    this.sim.trace.emit(CertEvent.barrierPassed, uc, id | remoteMark, mask)
    this.jobs.advance(uc, j, size)
    return this.facts.remoteBarrier
  }

  private remoteInUse(lead: number): number {
    const from = lead * (barriers.remoteEncodings + 1)
    let used = 0
    for (let i = 0; i <= barriers.remoteEncodings; i++)
      if (this.state.remote[from + i] !== 0) used++
    return used
  }

  private forMembers(lead: number, wait: number, on: number, bytes: number): void {
    const s = this.state
    for (let i = 0; i < s.ucs; i++) {
      const member = s.members[lead * s.ucs + i]
      if (member >= 0) this.jobs.releaseAll(member, 0, levels - 1, wait, on, bytes)
    }
  }

  /** All uCs of the command meet; the last one lets everybody on. Sizes differ, so each releases its own. */
  meet(uc: number, j: number, bytes: number): number {
    const s = this.state
    const lead = s.leadOf[uc]
    s.met[lead] = (s.met[lead] | (2 ** s.ownIndex[uc])) >>> 0
    if (s.met[lead] !== s.party[lead]) {
      this.jobs.block(uc, j, Wait.meet, bytes, s.party[lead])
      return this.facts.operation
    }
    s.met[lead] = 0
    for (let i = 0; i < s.ucs; i++) {
      const member = s.members[lead * s.ucs + i]
      if (member >= 0) this.releaseMeeting(member)
    }
    this.pass(uc, j, bytes)
    return this.facts.operation
  }

  private releaseMeeting(uc: number): void {
    const s = this.state
    const base = s.jobBase(uc)
    const end = base + s.jobCount[uc * levels + s.level[uc]]
    for (let j = base; j < end; j++) {
      if (s.jobState[j] !== JobState.waiting || s.jobWait[j] !== Wait.meet) continue
      s.jobState[j] = JobState.ready
      this.pass(uc, j, s.waitOn[j])
      this.jobs.wake(uc)
    }
  }

  /** Goes on behind a meeting; a conditional job, which meets at its very end, ends here. */
  private pass(uc: number, j: number, bytes: number): void {
    const s = this.state
    this.jobs.advance(uc, j, bytes)
    if (s.jobPc[j] >= s.jobEnd[j]) this.jobs.finish(uc, j)
  }
}
