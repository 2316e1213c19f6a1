/** State of all uCs, as named arrays of the arena: struct of arrays, uC after uC. */
import { controlCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { StateArena } from '../../sim/arena.ts'

/** What a uC is busy with. */
export const Phase = {
  idle: 0,
  /** Has a share of a command and is about to fetch a page. */
  fetch: 1,
  /** The page is on its way. */
  scan: 2,
  run: 3,
  /** All jobs of the page are done; uC-DMA chains are not. */
  drain: 4,
  /** Its share is done; others are not. */
  done: 5,
  /** Has a share that has not begun. */
  begin: 6,
  /** Its memories are saved; it waits to be taken off the array. */
  saved: 7,
} as const

/** What the lead of a context is busy with. */
export const Lead = {
  idle: 0,
  /** About to look at the queue. */
  pop: 1,
  running: 2,
  finish: 3,
  /** A chain's next packet is not published yet. */
  chain: 4,
  /** About to leave the array, because the host wants it for another context. */
  leave: 5,
  /** Has left, or stopped for good after an error: only attaching helps. */
  off: 6,
} as const

export const JobState = {
  none: 0,
  /** Deferred and not launched. */
  dormant: 1,
  /** Launched in this cycle; ready in the next. */
  launched: 2,
  ready: 3,
  waiting: 4,
  done: 5,
} as const

/** Why a job waits. */
export const Wait = {
  none: 0,
  tokens: 1,
  dma: 2,
  dmaQueue: 3,
  localBarrier: 4,
  remoteBarrier: 5,
  remoteBarrierTable: 6,
  poll: 7,
  lock: 8,
  /** All uCs of the command meet (LOAD_*, PREEMPT). */
  meet: 9,
  /** Another chain of pages runs first. */
  load: 10,
  /** No wait handle is free. */
  handle: 11,
  /** All uCs of the command meet at a preemption point. */
  point: 12,
  /** A switch is wanted; earlier jobs of the page end first. */
  earlier: 13,
} as const
const waitKinds = Object.keys(Wait).length

/** Why a chain of pages runs. */
export const Chain = { main: 0, load: 1, save: 2, restore: 3 } as const

/** What a job is, when later jobs of its page wait for it. */
export const Special = { none: 0, load: 1, conditional: 2 } as const

/** What the page of a uC that is being fetched is, besides new: its jobs are in the table or in a record. */
export const Returning = { no: 0, known: 1, recorded: 2 } as const

/** Counters that CERT keeps per uC. */
export const Counter = {
  opcodes: 0,
  jobsLaunched: 1,
  jobsFinished: 2,
  packets: 3,
  pages: 4,
  prefetchedPages: 5,
  doorbells: 6,
  tokensRequested: 7,
  tokensReceived: 8,
  outOfDmaHandles: 9,
  outOfSyncHandles: 10,
  outOfTokenHandles: 11,
  pollRetries: 12,
  maskPollRetries: 13,
  outOfRemoteBarriers: 14,
  actorHashConflicts: 15,
  recordsFlushed: 16,
} as const
export const counterNames = Object.keys(Counter) as readonly (keyof typeof Counter)[]

/**
 * Chains of pages that can be open at once: the command's own; one that it loads, saves or restores with; and
 * the images that a restore loads again.
 */
export const levels = 3

const privateRegisters = controlCode.registers.firstShared
const sharedRegisters = controlCode.registers.shared

export class CertState {
  readonly ucs: number
  readonly jobsPerLevel: number
  readonly pageBytes = controlCode.page.bytes

  /** Context that holds the uC, -1 when none. */
  readonly context: Int32Array
  readonly ownIndex: Uint8Array
  readonly leadOf: Uint8Array
  readonly phase: Uint8Array
  readonly level: Uint8Array
  readonly busyUntil: Float64Array
  readonly steps: Float64Array
  readonly page: Uint16Array
  readonly nextLength: Uint16Array
  readonly codeBase: Float64Array
  readonly argsBase: Float64Array
  readonly argsBytes: Uint16Array
  /** Index of the job that has the turn, -1 between turns. */
  readonly current: Int32Array
  /** Where the next turn is looked for. */
  readonly cursor: Int32Array
  readonly jobCount: Uint16Array
  readonly shared: Uint32Array
  readonly pages: Uint8Array
  /** Why each level runs (`Chain`). */
  readonly chainKind: Uint8Array
  /** The page fetched ahead: its number or -1, its bytes, how many came, and when they are there. */
  readonly aheadPage: Int32Array
  readonly aheadBytes: Uint8Array
  readonly aheadLength: Uint16Array
  readonly aheadReady: Float64Array
  /** 1: the page on its way will never come; 2: the same, and it was fetched ahead. */
  readonly pageStall: Uint8Array
  /** Since when the uC is in its phase. */
  readonly phaseSince: Float64Array
  /** State word of a hang or an exception, 0 while all is well; and the misc status with it. */
  readonly trouble: Uint8Array
  readonly misc: Uint8Array
  readonly exceptionAddress: Float64Array
  readonly exceptionStatus: Uint8Array
  /** 1: the last packet told CERT to exit. */
  readonly exited: Uint8Array
  readonly counters: Uint32Array
  readonly blocked: Uint32Array
  /** Where a preempted uC goes on: page, offset of the point in the text, its job, and the restore page. */
  readonly restorePage: Uint16Array
  readonly pointPage: Uint16Array
  readonly pointPc: Uint16Array
  readonly pointJob: Uint16Array
  readonly preemptId: Uint16Array
  /** 1: a preemption happened since START_COND_JOB_PREEMPT looked. */
  readonly preempted: Uint8Array

  /** Per uC and level, `jobsPerLevel` each. */
  readonly jobId: Uint16Array
  readonly jobState: Uint8Array
  /** 1: later jobs of the page wait until this one has ended. */
  readonly jobSpecial: Uint8Array
  /** How far the operation in hand has come, for operations of more than one attempt. */
  readonly jobStage: Uint8Array
  readonly jobPc: Uint16Array
  readonly jobStart: Uint16Array
  readonly jobEnd: Uint16Array
  readonly jobWait: Uint8Array
  readonly waitOn: Uint32Array
  readonly waitCount: Uint32Array
  /** What a poll read last. */
  readonly waitSeen: Uint32Array
  readonly retryAt: Float64Array
  /** When the present wait began. */
  readonly waitSince: Float64Array
  readonly registers: Uint32Array
  readonly localArrived: Uint8Array

  /** Tokens: channel key + 1 (0 is a free entry) and count. */
  readonly tokenKey: Uint32Array
  readonly tokenCount: Uint32Array

  readonly pdiId: Uint32Array
  readonly pdiKnown: Uint8Array
  readonly pdiPage: Uint16Array
  readonly coresId: Uint32Array
  readonly coresKnown: Uint8Array
  readonly coresPage: Uint16Array
  /** 1: the page being fetched is one whose jobs are already in the table. */
  readonly isReturning: Uint8Array
  /** Second page chain that LOAD_LAST_PDI still has to run, -1 when none. */
  readonly pendingLoad: Int32Array

  /** uC-DMA: a ring of chains, progress in the front one. */
  readonly chainBd: Uint16Array
  readonly chainHead: Uint8Array
  readonly chainCount: Uint8Array
  readonly chainsStarted: Uint32Array
  readonly chainsDone: Uint32Array
  /** Wait handles: the chain each stands for (0: free) and the job that took it. */
  readonly handleChain: Uint32Array
  readonly handleJob: Uint16Array
  /** 1: the front chain has met an address that never answers. */
  readonly dmaStall: Uint8Array
  readonly dmaActive: Uint8Array
  readonly dmaBd: Uint16Array
  readonly dmaWord: Uint16Array
  readonly dmaBurst: Uint16Array

  /** Debug records, 4 words each. */
  readonly recordWords: Uint32Array
  readonly recordTotal: Float64Array
  readonly recordSent: Float64Array
  /** Host debug buffer: address, size (0: none) and where the next record goes. */
  readonly debugAddress: Float64Array
  readonly debugBytes: Uint32Array
  readonly debugAt: Uint32Array

  /** Per lead uC. */
  readonly leadPhase: Uint8Array
  readonly queueAddress: Float64Array
  readonly startColumn: Uint8Array
  /** Own numbering to physical, `ucs` entries per lead, -1 beyond the context. */
  readonly members: Int8Array
  /** Masks in the context's own numbering. */
  readonly party: Uint32Array
  readonly finished: Uint32Array
  readonly met: Uint32Array
  readonly remote: Uint32Array
  readonly packet: Float64Array
  /** Packets of the open chain that are behind us, the present one not counted. */
  readonly chainPackets: Uint16Array
  readonly chainFlag: Uint8Array
  readonly chainFailed: Uint8Array
  readonly completionAddress: Float64Array
  readonly result: Uint32Array
  readonly commands: Float64Array
  readonly columns: Uint8Array
  /** uCs at a preemption point, and uCs that have saved. */
  readonly point: Uint32Array
  readonly saved: Uint32Array
  /** 1: the host wants the array for another context. */
  readonly switchWanted: Uint8Array
  /** 1: every preemption point switches. */
  readonly switchForced: Uint8Array
  /** 1: the completion word cannot be written. */
  readonly finishStall: Uint8Array
  readonly commandSince: Float64Array
  readonly doorbellPending: Uint8Array
  /** Ticks that one operation may wait; 0 switches the time-out off. One number for all uCs. */
  readonly timeout: Float64Array

  constructor(state: StateArena, facts: CertFacts) {
    const n = facts.count
    const jobs = n * levels * facts.jobs
    this.ucs = n
    this.jobsPerLevel = facts.jobs
    this.context = state.i32('cert.uc.context', n).fill(-1)
    this.ownIndex = state.u8('cert.uc.ownIndex', n)
    this.leadOf = state.u8('cert.uc.lead', n)
    this.phase = state.u8('cert.uc.phase', n)
    this.level = state.u8('cert.uc.level', n)
    this.busyUntil = state.f64('cert.uc.busyUntil', n)
    this.steps = state.f64('cert.uc.steps', n)
    this.page = state.u16('cert.uc.page', n * levels)
    this.nextLength = state.u16('cert.uc.nextLength', n * levels)
    this.codeBase = state.f64('cert.uc.codeBase', n)
    this.argsBase = state.f64('cert.uc.argsBase', n)
    this.argsBytes = state.u16('cert.uc.argsBytes', n)
    this.current = state.i32('cert.uc.current', n).fill(-1)
    this.cursor = state.i32('cert.uc.cursor', n * levels)
    this.jobCount = state.u16('cert.uc.jobCount', n * levels)
    this.shared = state.u32('cert.uc.shared', n * sharedRegisters)
    this.pages = state.u8('cert.uc.pageBytes', n * this.pageBytes)
    this.chainKind = state.u8('cert.uc.chainKind', n * levels)
    this.aheadPage = state.i32('cert.ahead.page', n).fill(-1)
    this.aheadBytes = state.u8('cert.ahead.bytes', n * this.pageBytes)
    this.aheadLength = state.u16('cert.ahead.length', n)
    this.aheadReady = state.f64('cert.ahead.ready', n)
    this.pageStall = state.u8('cert.uc.pageStall', n)
    this.phaseSince = state.f64('cert.uc.phaseSince', n)
    this.trouble = state.u8('cert.uc.trouble', n)
    this.misc = state.u8('cert.uc.misc', n)
    this.exceptionAddress = state.f64('cert.uc.exceptionAddress', n)
    this.exceptionStatus = state.u8('cert.uc.exceptionStatus', n)
    this.exited = state.u8('cert.uc.exited', n)
    this.counters = state.u32('cert.uc.counters', n * counterNames.length)
    this.blocked = state.u32('cert.uc.blocked', n * waitKinds)
    this.restorePage = state.u16('cert.preempt.restorePage', n)
    this.pointPage = state.u16('cert.preempt.page', n)
    this.pointPc = state.u16('cert.preempt.pc', n)
    this.pointJob = state.u16('cert.preempt.job', n)
    this.preemptId = state.u16('cert.preempt.id', n)
    this.preempted = state.u8('cert.preempt.flag', n)
    this.jobId = state.u16('cert.job.id', jobs)
    this.jobState = state.u8('cert.job.state', jobs)
    this.jobSpecial = state.u8('cert.job.special', jobs)
    this.jobStage = state.u8('cert.job.stage', jobs)
    this.jobPc = state.u16('cert.job.pc', jobs)
    this.jobStart = state.u16('cert.job.start', jobs)
    this.jobEnd = state.u16('cert.job.end', jobs)
    this.jobWait = state.u8('cert.job.wait', jobs)
    this.waitOn = state.u32('cert.job.waitOn', jobs)
    this.waitCount = state.u32('cert.job.waitCount', jobs)
    this.waitSeen = state.u32('cert.job.waitSeen', jobs)
    this.retryAt = state.f64('cert.job.retryAt', jobs)
    this.waitSince = state.f64('cert.job.waitSince', jobs)
    this.registers = state.u32('cert.job.registers', jobs * privateRegisters)
    this.localArrived = state.u8('cert.barrier.local', n * levels * controlCode.barriers.local)
    this.tokenKey = state.u32('cert.token.key', n * facts.tokens)
    this.tokenCount = state.u32('cert.token.count', n * facts.tokens)
    this.pdiId = state.u32('cert.pdi.id', n)
    this.pdiKnown = state.u8('cert.pdi.known', n)
    this.pdiPage = state.u16('cert.pdi.page', n)
    this.coresId = state.u32('cert.cores.id', n)
    this.coresKnown = state.u8('cert.cores.known', n)
    this.coresPage = state.u16('cert.cores.page', n)
    this.isReturning = state.u8('cert.uc.returning', n)
    this.pendingLoad = state.i32('cert.uc.pendingLoad', n).fill(-1)
    this.chainBd = state.u16('cert.dma.chainBd', n * facts.chains)
    this.chainHead = state.u8('cert.dma.chainHead', n)
    this.chainCount = state.u8('cert.dma.chainCount', n)
    this.chainsStarted = state.u32('cert.dma.started', n)
    this.chainsDone = state.u32('cert.dma.done', n)
    this.handleChain = state.u32('cert.dma.handleChain', n * facts.handles)
    this.handleJob = state.u16('cert.dma.handleJob', n * facts.handles)
    this.dmaStall = state.u8('cert.dma.stall', n)
    this.dmaActive = state.u8('cert.dma.active', n)
    this.dmaBd = state.u16('cert.dma.bd', n)
    this.dmaWord = state.u16('cert.dma.word', n)
    this.dmaBurst = state.u16('cert.dma.burst', n)
    this.recordWords = state.u32('cert.record.words', n * facts.records * 4)
    this.recordTotal = state.f64('cert.record.total', n)
    this.recordSent = state.f64('cert.record.sent', n)
    this.debugAddress = state.f64('cert.record.hostAddress', n)
    this.debugBytes = state.u32('cert.record.hostBytes', n)
    this.debugAt = state.u32('cert.record.hostAt', n)
    this.leadPhase = state.u8('cert.lead.phase', n)
    this.queueAddress = state.f64('cert.lead.queue', n)
    this.startColumn = state.u8('cert.lead.startColumn', n)
    this.members = state.i8('cert.lead.members', n * n).fill(-1)
    this.party = state.u32('cert.lead.party', n)
    this.finished = state.u32('cert.lead.finished', n)
    this.met = state.u32('cert.lead.met', n)
    this.remote = state.u32('cert.lead.remote', n * (controlCode.barriers.remoteEncodings + 1))
    this.packet = state.f64('cert.lead.packet', n)
    this.chainPackets = state.u16('cert.lead.chainPackets', n)
    this.chainFlag = state.u8('cert.lead.chainFlag', n)
    this.chainFailed = state.u8('cert.lead.chainFailed', n)
    this.completionAddress = state.f64('cert.lead.completion', n)
    this.result = state.u32('cert.lead.result', n)
    this.commands = state.f64('cert.lead.commands', n)
    this.columns = state.u8('cert.lead.columns', n)
    this.point = state.u32('cert.lead.point', n)
    this.saved = state.u32('cert.lead.saved', n)
    this.switchWanted = state.u8('cert.lead.switchWanted', n)
    this.switchForced = state.u8('cert.lead.switchForced', n)
    this.finishStall = state.u8('cert.lead.finishStall', n)
    this.commandSince = state.f64('cert.lead.commandSince', n)
    this.doorbellPending = state.u8('cert.lead.doorbell', n)
    this.timeout = state.f64('cert.timeout', 1).fill(facts.timeout)
  }

  /** Index of job 0 of the uC at its present level. */
  jobBase(uc: number): number {
    return (uc * levels + this.level[uc]) * this.jobsPerLevel
  }

  /** Reads the uC's page at a byte offset from its start. */
  byte(uc: number, at: number): number {
    return this.pages[uc * this.pageBytes + at]
  }

  half(uc: number, at: number): number {
    const i = uc * this.pageBytes + at
    return this.pages[i] | (this.pages[i + 1] << 8)
  }

  word(uc: number, at: number): number {
    return (this.half(uc, at) | (this.half(uc, at + 2) << 16)) >>> 0
  }

  setWord(uc: number, at: number, value: number): void {
    const i = uc * this.pageBytes + at
    this.pages[i] = value & 0xff
    this.pages[i + 1] = (value >>> 8) & 0xff
    this.pages[i + 2] = (value >>> 16) & 0xff
    this.pages[i + 3] = value >>> 24
  }

  /** Adds to a counter of the uC. */
  count(uc: number, counter: number, by = 1): void {
    this.counters[uc * counterNames.length + counter] += by
  }

  /** Notes that a job of the uC had to wait. */
  countBlocked(uc: number, wait: number): void {
    this.blocked[uc * waitKinds + wait]++
  }

  /** The uC is in a phase from now on. */
  enterPhase(uc: number, phase: number, now: number): void {
    this.phase[uc] = phase
    this.phaseSince[uc] = now
  }

  /** The page that the uC runs. */
  pageOf(uc: number): number {
    return this.page[uc * levels + this.level[uc]]
  }

  /** First register address of the uC's context. */
  columnBase(uc: number, columnShift: number): number {
    return this.startColumn[this.leadOf[uc]] * 2 ** columnShift
  }
}
