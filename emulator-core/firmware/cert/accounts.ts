/**
 * Accounts of the uCs: what every tick of a microcontroller went into.
 *
 *     runner ── settle(uc), behind every step ──▶ ┌────────────┐ ── view(uc) ──▶ inspector
 *                                                 └────────────┘
 *
 * A uC that has several jobs waits only when none of them can go on; then its time belongs to what
 * the first of them in the page waits for, and with it the tries that find nothing.
 */
import type { CertFacts } from '../../device/uc-facts.ts'
import { Accounts } from '../../sim/accounts.ts'
import type { Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Jobs } from './jobs.ts'
import type { CertState } from './state.ts'
import { JobState, levels, Phase, Wait } from './state.ts'

/** What a tick of a uC goes into. */
export const UcCause = {
  idle: 0,
  run: 1,
  /** A page is on its way, or the uC wakes up for one. */
  page: 2,
  token: 3,
  poll: 4,
  lock: 5,
  /** Chains of its own DMA. */
  dma: 6,
  barrier: 7,
  /** Its share of a command is done, the others' are not. */
  others: 8,
} as const
export type UcCause = (typeof UcCause)[keyof typeof UcCause]

const causeOfWait: Readonly<Record<number, UcCause>> = {
  [Wait.tokens]: UcCause.token,
  [Wait.dma]: UcCause.dma,
  [Wait.dmaQueue]: UcCause.dma,
  [Wait.localBarrier]: UcCause.barrier,
  [Wait.remoteBarrier]: UcCause.barrier,
  [Wait.remoteBarrierTable]: UcCause.barrier,
  [Wait.poll]: UcCause.poll,
  [Wait.lock]: UcCause.lock,
  [Wait.meet]: UcCause.barrier,
  [Wait.load]: UcCause.page,
  [Wait.handle]: UcCause.dma,
  [Wait.point]: UcCause.barrier,
  [Wait.earlier]: UcCause.barrier,
}

/** Where the time of a uC went; the ticks per `UcCause` add up to `elapsed`. */
export interface UcStallView {
  readonly start: Tick
  readonly elapsed: number
  readonly ticks: readonly number[]
}

const causes = Object.values(UcCause)

export class UcAccounts {
  private readonly state: CertState
  private readonly jobs: Jobs
  private readonly accounts: Accounts

  constructor(sim: Sim, facts: CertFacts, state: CertState, jobs: Jobs) {
    this.jobs = jobs
    this.state = state
    this.accounts = new Accounts(sim, 'cert.stall', facts.count, causes.length)
  }

  /** The uC has done something, or was made to: its time from now on belongs to what it does now. */
  settle(uc: number): void {
    this.accounts.enter(uc, this.causeOf(uc))
  }

  /** The account of a uC, undefined when it never did anything. */
  view(uc: number): UcStallView | undefined {
    const { accounts } = this
    if (accounts.start(uc) < 0) return undefined
    return {
      start: accounts.start(uc),
      elapsed: accounts.elapsed(uc),
      ticks: causes.map((cause) => accounts.spent(uc, cause)),
    }
  }

  private causeOf(uc: number): UcCause {
    switch (this.state.phase[uc]) {
      case Phase.idle:
        return UcCause.idle
      case Phase.begin:
      case Phase.fetch:
      case Phase.scan:
        return UcCause.page
      case Phase.saved:
        return UcCause.others
      case Phase.drain:
        return UcCause.dma
      case Phase.done:
        return UcCause.others
      default:
        return this.inPage(uc)
    }
  }

  private inPage(uc: number): UcCause {
    const s = this.state
    const current = s.current[uc]!
    if (current >= 0 && s.jobWait[current] !== Wait.none) return causeOfWait[s.jobWait[current]!]!
    if (this.jobs.peek(uc) >= 0) return UcCause.run
    const base = s.jobBase(uc)
    const end = base + s.jobCount[uc * levels + s.level[uc]!]!
    for (let j = base; j < end; j++) {
      if (s.jobState[j] === JobState.waiting) return causeOfWait[s.jobWait[j]!] ?? UcCause.run
    }
    return UcCause.run
  }
}
