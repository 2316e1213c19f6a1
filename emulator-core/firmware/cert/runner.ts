/**
 * Runner: takes a uC through the pages of its share of a command.
 *
 *     fetch ──▶ scan ──▶ run, one attempt of one operation per step ──▶ drain ──▶ next page, or done
 *
 * Faithful    page chains; a page is scanned once; a load runs another chain and the page that asked for it is
 *             fetched again; so do restore pages with the images they load
 * Simplified  a page is not replaced before its uC-DMA chains have ended; jobs before a load pause while it runs
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { UcAccounts } from './accounts.ts'
import { Barriers } from './barriers.ts'
import { Breaks } from './breaks.ts'
import type { CertConnections } from './connections.ts'
import { UcDma } from './dma.ts'
import { CertEvent, CertFault } from './events.ts'
import { Jobs } from './jobs.ts'
import { Operations, parked } from './operations.ts'
import { Pages, Stall } from './pages.ts'
import { Preemption } from './preemption.ts'
import type { Records } from './records.ts'
import { Stage } from './stage.ts'
import type { OperationListener } from './stage.ts'
import type { CertState } from './state.ts'
import { Chain, Counter, JobState, levels, Phase, Returning, Wait } from './state.ts'
import { Suspended } from './suspended.ts'
import { Tokens } from './tokens.ts'
import { Watch } from './watch.ts'
import type { WatchListener } from './watch.ts'

/** Who wants to know how a share of a command ends. */
export interface RunnerListener extends WatchListener {
  partDone(uc: number): void
  /** The memories of the uC's share are saved. */
  partSaved(uc: number): void
  /** `error` is a detail of device/uc-facts.ts. */
  partFailed(uc: number, error: number): void
  /** No tile is at an address that the uC or its DMA went to. */
  busError(uc: number, address: number): void
}

const { page: layout, registers } = controlCode
const noBreakpoint = -1

export class Runner {
  /** The uC whose next operation has a breakpoint and was not executed, or -1. Not part of the state. */
  breakHit = noBreakpoint
  /** The uC that may execute one operation despite its breakpoint, or -1. Not part of the state. */
  passBreakpoint = noBreakpoint
  readonly dma: UcDma
  readonly jobs: Jobs
  readonly tokens: Tokens
  readonly accounts: UcAccounts
  readonly breaks: Breaks
  readonly watch: Watch
  readonly records: Records
  readonly suspended: Suspended
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly listener: RunnerListener
  private readonly operations: Operations
  private readonly pages: Pages

  constructor(
    sim: Sim,
    facts: CertFacts,
    state: CertState,
    connections: CertConnections,
    listener: RunnerListener,
  ) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.listener = listener
    this.breaks = new Breaks(state)
    this.jobs = new Jobs(sim, facts, state, (uc) => {
      this.step(uc)
      this.accounts.settle(uc)
    })
    this.accounts = new UcAccounts(sim, facts, state, this.jobs)
    this.dma = new UcDma(sim, facts, state, connections, {
      chainDone: (uc) => this.chainDone(uc),
      chainFailed: (uc, fault, detail) => this.fail(uc, facts.error.invalidPage, fault, detail),
      busError: (uc, address) => listener.busError(uc, address),
    })
    this.tokens = new Tokens(sim, facts, state)
    this.suspended = new Suspended(sim, facts, state)
    this.watch = new Watch(sim, facts, state, listener)
    this.pages = new Pages(sim, facts, state, this.jobs, connections, {
      failPage: (uc, fault, detail) => this.failPage(uc, fault, detail),
      failOperation: (uc, code) =>
        this.fail(uc, facts.error.invalidOpcode, CertFault.unknownOperation, code),
    })
    this.operations = this.makeOperations(connections)
    this.records = this.operations.records
  }

  private makeOperations(connections: CertConnections): Operations {
    const { sim, facts, state, jobs, dma } = this
    const up: OperationListener = {
      load: (uc, page, chain) => this.enter(uc, page, chain),
      fail: (uc, error, fault, detail) => this.fail(uc, error, fault, detail),
      busError: (uc, address) => this.listener.busError(uc, address),
    }
    const barriers = new Barriers(sim, facts, state, jobs, up)
    const preemption = new Preemption(sim, facts, state, jobs, dma, barriers, up)
    const { tokens } = this
    return new Operations(
      sim,
      facts,
      state,
      jobs,
      dma,
      tokens,
      connections,
      barriers,
      preemption,
      up,
    )
  }

  /** Begins the uC's share of a command after `ticks`. */
  begin(uc: number, code: number, args: number, argsBytes: number, ticks: number): void {
    const s = this.state
    s.codeBase[uc] = code
    s.argsBase[uc] = args
    s.argsBytes[uc] = argsBytes
    s.shared.fill(0, uc * registers.shared, (uc + 1) * registers.shared)
    this.beginLevel(uc, 0, 0, Chain.main)
    s.enterPhase(uc, Phase.begin, this.sim.schedule.now)
    this.jobs.busy(uc, ticks)
    this.watch.arm(uc)
    this.accounts.settle(uc)
  }

  /** Takes up a share where a preemption left it: what was kept is back, now the restore pages run. */
  resume(uc: number): void {
    const s = this.state
    s.preempted[uc] = 1
    this.beginLevel(uc, 0, s.pointPage[uc], Chain.main)
    this.beginLevel(uc, 1, s.restorePage[uc], Chain.restore)
    s.enterPhase(uc, Phase.begin, this.sim.schedule.now)
    this.jobs.busy(uc, this.facts.operation)
    this.watch.arm(uc)
    this.accounts.settle(uc)
  }

  private beginLevel(uc: number, level: number, page: number, chain: number): void {
    const s = this.state
    s.level[uc] = level
    s.page[uc * levels + level] = page
    s.chainKind[uc * levels + level] = chain
    s.pendingLoad[uc] = -1
    s.isReturning[uc] = Returning.no
    this.pages.drop(uc)
  }

  /** Drops what the uC is doing. */
  abort(uc: number): void {
    const s = this.state
    this.dma.abort(uc)
    this.freeze(uc)
    for (let level = levels - 1; level >= 0; level--) {
      s.level[uc] = level
      this.jobs.clear(uc)
    }
    s.enterPhase(uc, Phase.idle, this.sim.schedule.now)
    s.pendingLoad[uc] = -1
    s.isReturning[uc] = Returning.no
    s.pageStall[uc] = Stall.no
    this.pages.drop(uc)
    this.accounts.settle(uc)
  }

  /** Stops the uC where it is, for whoever looks at what went wrong. */
  freeze(uc: number): void {
    this.jobs.stop(uc)
    this.dma.stop(uc)
    this.watch.cancel(uc)
  }

  /** A task-complete token arrived at the uC. */
  token(uc: number, word: number): void {
    const key = this.tokens.receive(uc, word)
    this.state.count(uc, Counter.tokensReceived)
    if (key >= 0) this.jobs.retry(uc, Wait.tokens, key)
  }

  private step(uc: number): void {
    switch (this.state.phase[uc]) {
      case Phase.begin:
      case Phase.fetch:
        this.pages.fetch(uc)
        break
      case Phase.scan:
        this.scan(uc)
        break
      case Phase.run:
        this.run(uc)
        break
      case Phase.drain:
        if (this.dma.isIdle(uc)) this.endPage(uc)
        break
      default:
    }
  }

  private failPage(uc: number, fault: number, detail: number): void {
    const { pdiLoad, invalidPage } = this.facts.error
    this.fail(uc, this.state.level[uc] > 0 ? pdiLoad : invalidPage, fault, detail)
  }

  /** Fills the job table from the page, then lets the first job have its turn. */
  private scan(uc: number): void {
    const s = this.state
    const level = uc * levels + s.level[uc]
    s.nextLength[level] = s.half(uc, layout.nextLengthAt)
    s.count(uc, Counter.pages)
    this.sim.trace.emit(CertEvent.pageFetched, uc, s.page[level], s.half(uc, layout.lengthAt))
    s.enterPhase(uc, Phase.run, this.sim.schedule.now)
    const returning = s.isReturning[uc]
    s.isReturning[uc] = Returning.no
    if (returning !== Returning.known && !this.pages.scanJobs(uc)) return
    if (returning === Returning.recorded) this.recallJobs(uc)
    this.pages.fetchAhead(uc)
    this.jobs.busy(uc, 0)
  }

  /** Gives the jobs of a page the states that they had when the context was taken off the array. */
  private recallJobs(uc: number): void {
    const s = this.state
    const base = s.jobBase(uc)
    for (let i = 0; i < s.jobCount[uc * levels]; i++) {
      const kept = this.suspended.jobState(s.context[uc], s.ownIndex[uc], i)
      if (kept !== JobState.none) s.jobState[base + i] = kept
    }
    const j = base + s.pointJob[uc]
    s.jobState[j] = JobState.ready
    s.jobPc[j] = s.pointPc[uc]
    s.jobStage[j] = Stage.restored
    s.cursor[uc * levels] = s.pointJob[uc]
  }

  private run(uc: number): void {
    const s = this.state
    let j = s.current[uc]
    if (j < 0) {
      j = this.jobs.pick(uc)
      if (j < 0) {
        this.rest(uc)
        return
      }
      s.current[uc] = j
      s.jobState[j] = JobState.ready
    }
    if (this.stopsAt(uc, j)) return
    s.steps[uc]++
    if (s.jobWait[j] === Wait.none) {
      s.count(uc, Counter.opcodes)
      const place = (s.pageOf(uc) << 13) | s.jobPc[j]
      const code = s.byte(uc, layout.headerBytes + s.jobPc[j])
      this.sim.trace.emit(CertEvent.operation, uc, place, (code << 16) | s.jobId[j])
    }
    const pc = s.jobPc[j]
    const cost = this.operations.attempt(uc, j)
    if (s.trouble[uc] !== 0) {
      // Whoever looks at what went wrong finds the operation that did it.
      s.jobPc[j] = pc
      s.current[uc] = j
      return
    }
    if (cost === parked) this.jobs.park(uc, this.facts.operation)
    else if (s.phase[uc] !== Phase.idle) this.jobs.busy(uc, cost)
  }

  private stopsAt(uc: number, j: number): boolean {
    if (this.passBreakpoint === uc) {
      this.passBreakpoint = noBreakpoint
      return false
    }
    if (!this.breaks.stopsAt(uc, j)) return false
    this.breakHit = uc
    this.jobs.busy(uc, 0)
    return true
  }

  /** No job can run now: the page is over, or everything waits. */
  private rest(uc: number): void {
    if (!this.jobs.areFinished(uc)) {
      const retry = this.jobs.nextRetry(uc)
      if (retry !== never) this.jobs.wakeAt(uc, retry)
      return
    }
    this.state.enterPhase(uc, Phase.drain, this.sim.schedule.now)
    if (this.dma.isIdle(uc)) this.endPage(uc)
  }

  private endPage(uc: number): void {
    const s = this.state
    const { now } = this.sim.schedule
    const level = uc * levels + s.level[uc]
    this.dma.releaseAll(uc)
    if (s.nextLength[level] !== 0) {
      s.page[level]++
      s.enterPhase(uc, Phase.fetch, now)
      this.jobs.busy(uc, 0)
      return
    }
    const chain = s.chainKind[level]
    // A save leaves the table of the page it interrupted as it is: that is what is kept.
    this.jobs.clear(uc)
    if (chain === Chain.save) this.saved(uc)
    else if (s.level[uc] > 0) this.leave(uc, chain)
    else {
      this.records.flush(uc)
      s.enterPhase(uc, Phase.done, now)
      this.sim.trace.emit(CertEvent.shareDone, uc, s.context[uc], 0)
      this.listener.partDone(uc)
    }
  }

  private saved(uc: number): void {
    const s = this.state
    s.level[uc] = 0
    s.enterPhase(uc, Phase.saved, this.sim.schedule.now)
    this.jobs.stop(uc)
    this.listener.partSaved(uc)
  }

  /** Begins a chain of pages above the present one. */
  private enter(uc: number, page: number, chain: number): void {
    const s = this.state
    const level = s.level[uc] + 1
    s.level[uc] = level
    s.page[uc * levels + level] = page
    s.chainKind[uc * levels + level] = chain
    this.pages.drop(uc)
    s.current[uc] = -1
    s.enterPhase(uc, Phase.fetch, this.sim.schedule.now)
  }

  /** A chain has ended: runs the second one of LOAD_LAST_PDI, or brings the page below back. */
  private leave(uc: number, chain: number): void {
    const s = this.state
    this.pages.drop(uc)
    s.level[uc]--
    if (s.pendingLoad[uc] >= 0) {
      this.enter(uc, s.pendingLoad[uc], Chain.load)
      s.pendingLoad[uc] = -1
      this.jobs.busy(uc, 0)
      return
    }
    s.isReturning[uc] = chain === Chain.restore ? Returning.recorded : Returning.known
    s.enterPhase(uc, Phase.fetch, this.sim.schedule.now)
    this.jobs.busy(uc, 0)
    const level = uc * levels + s.level[uc]
    const base = s.jobBase(uc)
    for (let j = base; chain === Chain.load && j < base + s.jobCount[level]; j++) {
      if (s.jobState[j] !== JobState.waiting || s.jobWait[j] !== Wait.load) continue
      s.jobState[j] = JobState.ready
      s.jobStage[j] = Stage.loaded
      s.cursor[level] = j - base
    }
  }

  private chainDone(uc: number): void {
    this.jobs.retry(uc, Wait.dma, -1)
    this.jobs.retry(uc, Wait.dmaQueue, -1)
    const { current, jobWait, phase } = this.state
    const isParked = current[uc] >= 0 && jobWait[current[uc]] === Wait.dma
    if (phase[uc] === Phase.drain || isParked) this.jobs.wake(uc)
  }

  private fail(uc: number, error: number, fault: number, detail: number): void {
    this.sim.faults.raise(fault, uc, detail)
    this.listener.partFailed(uc, error)
  }
}
