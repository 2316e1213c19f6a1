/**
 * Runner: takes a uC through the pages of its share of a command.
 *
 *     fetch ──▶ scan ──▶ run, one attempt of one operation per step ──▶ drain ──▶ next page, or done
 *
 * Faithful    page chains by `in_order_page_len`; a page is scanned once; a load runs another chain and the
 *             page that asked for it is fetched again
 * Simplified  a page is not replaced before its uC-DMA chains have ended; jobs before a load pause while it
 *             runs; no prefetch
 */
import { controlCode, Opcode, operationByCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { UcAccounts } from './accounts.ts'
import { Breaks } from './breaks.ts'
import type { CertConnections } from './connections.ts'
import { UcDma } from './dma.ts'
import { CertEvent, CertFault } from './events.ts'
import { Jobs } from './jobs.ts'
import { Operations } from './operations.ts'
import type { CertState } from './state.ts'
import { JobState, levels, Phase, Wait } from './state.ts'
import { Tokens } from './tokens.ts'

/** Who wants to know how a share of a command ends. */
export interface RunnerListener {
  partDone(uc: number): void
  /** `error` is a detail of device/uc-facts.ts. */
  partFailed(uc: number, error: number): void
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
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly connections: CertConnections
  private readonly listener: RunnerListener
  private readonly operations: Operations

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
    this.connections = connections
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
    })
    this.tokens = new Tokens(sim, facts, state)
    this.operations = new Operations(
      sim,
      facts,
      state,
      this.jobs,
      this.dma,
      this.tokens,
      connections,
      {
        load: (uc, page) => this.enter(uc, page),
        fail: (uc, error, fault, detail) => this.fail(uc, error, fault, detail),
      },
    )
  }

  /** Begins the uC's share of a command after `ticks`. */
  begin(uc: number, code: number, args: number, argsBytes: number, ticks: number): void {
    const s = this.state
    s.codeBase[uc] = code
    s.argsBase[uc] = args
    s.argsBytes[uc] = argsBytes
    s.shared.fill(0, uc * registers.shared, (uc + 1) * registers.shared)
    s.level[uc] = 0
    s.pendingLoad[uc] = -1
    s.isReturning[uc] = 0
    s.page[uc * levels] = 0
    s.phase[uc] = Phase.fetch
    this.jobs.busy(uc, ticks)
    this.accounts.settle(uc)
  }

  /** Drops what the uC is doing. */
  abort(uc: number): void {
    const s = this.state
    this.dma.abort(uc)
    this.jobs.stop(uc)
    for (let level = levels - 1; level >= 0; level--) {
      s.level[uc] = level
      this.jobs.clear(uc)
    }
    s.phase[uc] = Phase.idle
    s.pendingLoad[uc] = -1
    s.isReturning[uc] = 0
    this.accounts.settle(uc)
  }

  /** A task-complete token arrived at the uC. */
  token(uc: number, word: number): void {
    const key = this.tokens.receive(uc, word)
    if (key >= 0) this.jobs.retry(uc, Wait.tokens, key)
  }

  private step(uc: number): void {
    switch (this.state.phase[uc]) {
      case Phase.fetch:
        this.fetch(uc)
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

  /** Reads the page's header and bytes; the uC goes on when the time of the transfer has passed. */
  private fetch(uc: number): void {
    const s = this.state
    const page = s.page[uc * levels + s.level[uc]]
    const address = s.codeBase[uc] + page * s.pageBytes
    const at = uc * s.pageBytes
    const { host } = this.connections
    if (!host.read(s.context[uc], address, s.pages, at, layout.headerBytes)) {
      this.failPage(uc, CertFault.hostMemory, s.context[uc])
      return
    }
    const length = s.half(uc, layout.lengthAt)
    const least = layout.headerBytes + layout.eofBytes
    const isPage = s.half(uc, 0) === layout.magic && s.half(uc, layout.indexAt) === page
    if (!isPage || length < least || length > s.pageBytes) {
      this.failPage(uc, CertFault.badPage, page)
      return
    }
    if (!host.read(s.context[uc], address, s.pages, at, length)) {
      this.failPage(uc, CertFault.hostMemory, s.context[uc])
      return
    }
    s.pages.fill(0, at + length, at + s.pageBytes)
    s.phase[uc] = Phase.scan
    const cycles = Math.ceil(length / this.facts.pageBytesPerCycle)
    this.jobs.busy(uc, this.facts.pageLatency + cycles)
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
    this.sim.trace.emit(CertEvent.pageFetched, uc, s.page[level], s.half(uc, layout.lengthAt))
    s.phase[uc] = Phase.run
    if (s.isReturning[uc] !== 0) s.isReturning[uc] = 0
    else if (!this.scanJobs(uc)) return
    this.jobs.busy(uc, 0)
  }

  private scanJobs(uc: number): boolean {
    const s = this.state
    this.jobs.clear(uc)
    const length = s.half(uc, layout.lengthAt) - layout.headerBytes
    let at = 0
    while (at + layout.eofBytes <= length) {
      const code = s.byte(uc, layout.headerBytes + at)
      if (code === Opcode.eof) return true
      const isDormant = code === Opcode.startJobDeferred
      const isConditional = code === Opcode.startCondJobPreempt
      if (code !== Opcode.startJob && !isDormant && !isConditional) break
      const id = s.half(uc, layout.headerBytes + at + 2)
      const size = s.half(uc, layout.headerBytes + at + 4)
      if (size < 12 || at + size > length) break
      const special = isConditional || this.holdsSpecial(uc, at, size)
      if (!this.jobs.add(uc, at, size, id, isDormant, special)) {
        this.failPage(uc, CertFault.tooManyJobs, s.page[uc * levels + s.level[uc]])
        return false
      }
      at += size
    }
    const code = s.byte(uc, layout.headerBytes + at)
    this.fail(uc, this.facts.error.invalidOpcode, CertFault.unknownOperation, code)
    return false
  }

  /** True when a job contains an operation behind which the page may not go on. */
  private holdsSpecial(uc: number, start: number, size: number): boolean {
    let at = start
    while (at < start + size) {
      const code = this.state.byte(uc, layout.headerBytes + at)
      const spec = operationByCode[code]
      if (spec === undefined) return false
      if (spec.group === 'load') return true
      at += spec.sizeBytes
    }
    return false
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
      const place = (this.pageOf(uc) << 13) | s.jobPc[j]
      const code = s.byte(uc, layout.headerBytes + s.jobPc[j])
      this.sim.trace.emit(CertEvent.operation, uc, place, (code << 16) | s.jobId[j])
    }
    const cost = this.operations.attempt(uc, j)
    if (s.phase[uc] !== Phase.idle) this.jobs.busy(uc, cost)
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

  private pageOf(uc: number): number {
    return this.state.page[uc * levels + this.state.level[uc]]
  }

  /** No job can run now: the page is over, or everything waits. */
  private rest(uc: number): void {
    if (!this.jobs.areFinished(uc)) {
      const retry = this.jobs.nextRetry(uc)
      if (retry !== never) this.jobs.wakeAt(uc, retry)
      return
    }
    this.state.phase[uc] = Phase.drain
    if (this.dma.isIdle(uc)) this.endPage(uc)
  }

  private endPage(uc: number): void {
    const s = this.state
    const level = uc * levels + s.level[uc]
    if (s.nextLength[level] !== 0) {
      s.page[level]++
      s.phase[uc] = Phase.fetch
      this.jobs.busy(uc, 0)
      return
    }
    this.jobs.clear(uc)
    if (s.level[uc] > 0) {
      this.leave(uc)
      return
    }
    s.phase[uc] = Phase.done
    this.sim.trace.emit(CertEvent.shareDone, uc, s.context[uc], 0)
    this.listener.partDone(uc)
  }

  /** Begins the chain of pages that a load names. */
  private enter(uc: number, page: number): void {
    const s = this.state
    s.level[uc] = 1
    s.page[uc * levels + 1] = page
    s.phase[uc] = Phase.fetch
  }

  /** The loaded chain has ended: runs the second one of LOAD_LAST_PDI, or brings the asking page back. */
  private leave(uc: number): void {
    const s = this.state
    if (s.pendingLoad[uc] >= 0) {
      this.enter(uc, s.pendingLoad[uc])
      s.pendingLoad[uc] = -1
      this.jobs.busy(uc, 0)
      return
    }
    s.level[uc] = 0
    s.isReturning[uc] = 1
    s.phase[uc] = Phase.fetch
    const base = s.jobBase(uc)
    for (let j = base; j < base + s.jobCount[uc * levels]; j++) {
      if (s.jobState[j] !== JobState.waiting || s.jobWait[j] !== Wait.load) continue
      s.jobState[j] = JobState.ready
      s.jobStage[j] = 2
      s.cursor[uc * levels] = j - base
    }
    this.jobs.busy(uc, 0)
  }

  private chainDone(uc: number): void {
    this.jobs.retry(uc, Wait.dma, -1)
    this.jobs.retry(uc, Wait.dmaQueue, -1)
    if (this.state.phase[uc] === Phase.drain) this.jobs.wake(uc)
  }

  private fail(uc: number, error: number, fault: number, detail: number): void {
    this.sim.faults.raise(fault, uc, detail)
    this.listener.partFailed(uc, error)
  }
}
