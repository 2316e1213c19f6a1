/**
 * Watch: finds operations that wait longer than the time-out, and commands that last too long.
 *
 *     uC begins a share ── arm ──▶ ┌───────┐ ── hang(uc, state) ──▶ commands: the context is in error
 *                                  │ Watch │ ── overrun(uc) ──▶ the command fails
 *                                  └───────┘ looks at the time at which the oldest wait would be over
 *
 * Faithful    time-out per operation, state words and misc bits by the kind of hang
 * Modelled    which kind a wait counts as; the limit of a whole command; the addresses that never answer
 */
import type { CertFacts } from '../../device/uc-facts.ts'
import { never } from '../../sim/scheduler.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { controlCode, Opcode } from '../../device/abi/control-code.ts'
import { Stall } from './pages.ts'
import type { CertState } from './state.ts'
import { JobState, Lead, levels, Phase, Wait } from './state.ts'

/** What happens when time is over. */
export interface WatchListener {
  hang(uc: number, opcode: number): void
  overrun(uc: number): void
}

const text = controlCode.page.headerBytes

export class Watch {
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly listener: WatchListener
  private readonly slots: Slot[]

  constructor(sim: Sim, facts: CertFacts, state: CertState, listener: WatchListener) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.listener = listener
    this.slots = Array.from({ length: facts.count }, (_, uc) =>
      sim.schedule.slot(`uc[${uc}].watch`, () => this.look(uc)),
    )
  }

  /** The uC has something to do from now on. */
  arm(uc: number): void {
    if (this.timeout > 0) this.sim.schedule.at(this.slots[uc], this.sim.schedule.now + this.timeout)
  }

  cancel(uc: number): void {
    this.sim.schedule.cancel(this.slots[uc])
  }

  /** Changes the time-out; 0 switches it off. Whoever is waiting has the new time from now on. */
  setTimeLimit(ticks: number): void {
    const s = this.state
    s.timeout[0] = ticks
    for (let uc = 0; uc < s.ucs; uc++) {
      if (s.phase[uc] === Phase.idle && s.leadPhase[uc] !== Lead.finish) continue
      if (ticks > 0) this.arm(uc)
      else this.cancel(uc)
    }
  }

  /** Tick since which the uC waits without a break for the longest of its waits, or `never`. */
  waitingSince(uc: number): number {
    const s = this.state
    if (s.leadOf[uc] === uc && s.finishStall[uc] !== 0) return s.phaseSince[uc]
    if (s.phase[uc] === Phase.scan) return s.pageStall[uc] === Stall.no ? never : s.phaseSince[uc]
    if (s.phase[uc] === Phase.drain) return s.phaseSince[uc]
    if (s.phase[uc] !== Phase.run) return never
    const j = this.oldest(uc)
    return j < 0 ? never : s.waitSince[j]
  }

  /** The job of the uC that has waited longest, -1 when none waits. Loads do not count: their pages run. */
  private oldest(uc: number): number {
    const s = this.state
    let found = -1
    for (let level = 0; level <= s.level[uc]; level++) {
      const base = (uc * levels + level) * s.jobsPerLevel
      for (let j = base; j < base + s.jobCount[uc * levels + level]; j++) {
        const isOpen = s.jobState[j] === JobState.waiting || s.jobState[j] === JobState.ready
        if (!isOpen || s.jobWait[j] === Wait.none || s.jobWait[j] === Wait.load) continue
        if (found < 0 || s.waitSince[j] < s.waitSince[found]) found = j
      }
    }
    return found
  }

  private get timeout(): number {
    return this.state.timeout[0]
  }

  private look(uc: number): void {
    const s = this.state
    const { now } = this.sim.schedule
    const lead = s.leadOf[uc]
    const end = s.commandSince[lead] + this.timeout * this.facts.packetTimeouts
    if (lead === uc && now >= end && s.leadPhase[lead] === Lead.running) {
      this.listener.overrun(uc)
      return
    }
    const due = this.waitingSince(uc) + this.timeout
    if (due <= now) {
      this.listener.hang(uc, this.opcodeOf(uc))
      return
    }
    const limit = lead === uc && end > now ? end : never
    this.sim.schedule.at(this.slots[uc], Math.min(due, now + this.timeout, limit))
  }

  private opcodeOf(uc: number): number {
    const s = this.state
    const j = s.phase[uc] === Phase.run ? this.oldest(uc) : -1
    return j < 0 ? Opcode.eof : s.byte(uc, text + s.jobPc[j])
  }

  /** State word of a uC that hangs, alone or with one that does; 0 when it does not wait for long. */
  hangState(uc: number): number {
    const s = this.state
    const limit = this.timeout / this.facts.hangShare
    if (!(this.waitingSince(uc) + limit <= this.sim.schedule.now)) return 0
    const { state } = this.facts
    if (s.leadOf[uc] === uc && s.finishStall[uc] !== 0) return state.atomicDm2mmHang
    if (s.phase[uc] === Phase.scan) {
      return s.pageStall[uc] === Stall.ahead ? state.asyncMm2dmHang : state.syncMm2dmHang
    }
    if (s.phase[uc] === Phase.drain) return state.asyncDm2mmHang
    const j = this.oldest(uc)
    switch (s.jobWait[j]) {
      case Wait.dma:
        return s.byte(uc, text + s.jobPc[j]) === Opcode.ucDmaWriteDesSync
          ? state.syncDm2mmHang
          : state.asyncDm2mmHang
      case Wait.dmaQueue:
        return state.asyncDm2mmHang
      case Wait.localBarrier:
      case Wait.remoteBarrier:
      case Wait.remoteBarrierTable:
      case Wait.meet:
      case Wait.point:
        return state.barrierHang
      default:
        return state.controlCodeHang
    }
  }

  /** Misc status bits that go with a state word. */
  miscOf(stateWord: number): number {
    const { state, misc } = this.facts
    switch (stateWord) {
      case state.exception:
        return misc.exception
      case state.asyncDm2mmHang:
        return misc.asyncDm2mmHang
      case state.asyncMm2dmHang:
        return misc.asyncMm2dmHang
      case state.syncDm2mmHang:
        return misc.syncDm2mmHang
      case state.syncMm2dmHang:
        return misc.syncMm2dmHang
      case state.atomicDm2mmHang:
        return misc.syncDm2mmHang | misc.unrecoverable
      case state.controlCodeHang:
      case state.barrierHang:
        return misc.controlCodeHang
      default:
        return 0
    }
  }
}
