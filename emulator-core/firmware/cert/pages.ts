/**
 * Pages: brings a page of control code from host memory to a uC, and the next one ahead of time.
 *
 *     host memory ── fetch ──▶ page ── scan ──▶ job table
 *                 └─ ahead ──▶ second buffer, while the page runs
 *
 * Faithful    page chains by `in_order_page_len`, which is what lets the next page come ahead; the header's checks
 * Modelled    a page of an address without mapping never comes: the uC waits until its time-out
 * Simplified  the bytes are taken when a transfer begins; the next page does not share the uC-DMA with chains
 */
import { controlCode, Opcode, operationByCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { CertConnections } from './connections.ts'
import { CertEvent, CertFault } from './events.ts'
import type { Jobs } from './jobs.ts'
import type { CertState } from './state.ts'
import { Counter, levels, Phase, Special } from './state.ts'

/** Why a page never comes. */
export const Stall = { no: 0, sync: 1, ahead: 2 } as const

/** Who wants to know that a page is no good. */
export interface PageListener {
  failPage(uc: number, fault: number, detail: number): void
  failOperation(uc: number, code: number): void
}

const { page: layout } = controlCode
const none = -1

export class Pages {
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly jobs: Jobs
  private readonly connections: CertConnections
  private readonly listener: PageListener

  constructor(
    sim: Sim,
    facts: CertFacts,
    state: CertState,
    jobs: Jobs,
    connections: CertConnections,
    listener: PageListener,
  ) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.jobs = jobs
    this.connections = connections
    this.listener = listener
  }

  /** Forgets the page that was fetched ahead. */
  drop(uc: number): void {
    this.state.aheadPage[uc] = none
  }

  /** Reads the page's header and bytes; the uC goes on when the time of the transfer has passed. */
  fetch(uc: number): void {
    const s = this.state
    const page = s.pageOf(uc)
    if (s.aheadPage[uc] === page && this.takeAhead(uc)) return
    this.drop(uc)
    const address = s.codeBase[uc] + page * s.pageBytes
    const at = uc * s.pageBytes
    const { host } = this.connections
    if (!host.read(s.context[uc], address, s.pages, at, layout.headerBytes)) {
      this.stall(uc, Stall.sync)
      return
    }
    if (!this.isPage(uc, page)) return
    const length = s.half(uc, layout.lengthAt)
    if (!host.read(s.context[uc], address, s.pages, at, length)) {
      this.stall(uc, Stall.sync)
      return
    }
    s.pages.fill(0, at + length, at + s.pageBytes)
    s.enterPhase(uc, Phase.scan, this.sim.schedule.now)
    this.jobs.busy(uc, this.ticksOf(length))
  }

  /** Takes the page that was fetched ahead; false when too little of it came. */
  private takeAhead(uc: number): boolean {
    const s = this.state
    const at = uc * s.pageBytes
    if (s.aheadReady[uc] === never) {
      this.stall(uc, Stall.ahead)
      return true
    }
    const length =
      s.aheadBytes[at + layout.lengthAt] | (s.aheadBytes[at + layout.lengthAt + 1] << 8)
    if (length > s.aheadLength[uc]) return false
    for (let i = at; i < at + s.aheadLength[uc]; i++) s.pages[i] = s.aheadBytes[i]
    if (!this.isPage(uc, s.aheadPage[uc])) return true
    s.pages.fill(0, at + length, at + s.pageBytes)
    s.count(uc, Counter.prefetchedPages)
    this.drop(uc)
    s.enterPhase(uc, Phase.scan, this.sim.schedule.now)
    this.jobs.busy(uc, Math.max(0, s.aheadReady[uc] - this.sim.schedule.now))
    return true
  }

  private ticksOf(length: number): number {
    return this.facts.pageLatency + Math.ceil(length / this.facts.pageBytesPerCycle)
  }

  /** False, and the command has failed, when the header is not one of this page. */
  private isPage(uc: number, page: number): boolean {
    const s = this.state
    const length = s.half(uc, layout.lengthAt)
    const least = layout.headerBytes + layout.eofBytes
    const isPage = s.half(uc, 0) === layout.magic && s.half(uc, layout.indexAt) === page
    if (isPage && length >= least && length <= s.pageBytes) return true
    this.listener.failPage(uc, CertFault.badPage, page)
    return false
  }

  /** The address has no mapping: the page is on its way for ever. */
  private stall(uc: number, kind: number): void {
    const s = this.state
    s.enterPhase(uc, Phase.scan, this.sim.schedule.now)
    s.pageStall[uc] = kind
    this.sim.faults.raise(CertFault.hostMemory, uc, s.context[uc])
    this.jobs.stop(uc)
  }

  /** Begins to fetch the page behind the one that runs, if there is one. */
  fetchAhead(uc: number): void {
    const s = this.state
    const level = uc * levels + s.level[uc]
    const page = s.page[level] + 1
    const length = s.nextLength[level]
    if (length < layout.headerBytes || length > s.pageBytes || s.aheadPage[uc] === page) return
    const address = s.codeBase[uc] + page * s.pageBytes
    const at = uc * s.pageBytes
    const { host } = this.connections
    const isThere = host.read(s.context[uc], address, s.aheadBytes, at, length)
    s.aheadPage[uc] = page
    s.aheadLength[uc] = length
    s.aheadReady[uc] = isThere ? this.sim.schedule.now + this.ticksOf(length) : never
    this.sim.trace.emit(CertEvent.prefetch, uc, page, length)
  }

  /** Fills the job table from the page; false when it cannot. */
  scanJobs(uc: number): boolean {
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
      const special = isConditional ? Special.conditional : this.specialOf(uc, at, size)
      if (!this.jobs.add(uc, at, size, id, isDormant, special)) {
        this.listener.failPage(uc, CertFault.tooManyJobs, s.pageOf(uc))
        return false
      }
      at += size
    }
    this.listener.failOperation(uc, s.byte(uc, layout.headerBytes + at))
    return false
  }

  /** Whether a job contains an operation behind which the page may not go on. */
  private specialOf(uc: number, start: number, size: number): number {
    let at = start
    while (at < start + size) {
      const spec = operationByCode[this.state.byte(uc, layout.headerBytes + at)]
      if (spec === undefined) return Special.none
      if (spec.group === 'load') return Special.load
      at += spec.sizeBytes
    }
    return Special.none
  }
}
