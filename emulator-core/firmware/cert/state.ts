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
} as const

/** Chains of pages that can be open at once: the command's own, and one that it loads. */
export const levels = 2

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
  readonly retryAt: Float64Array
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
  readonly dmaActive: Uint8Array
  readonly dmaBd: Uint16Array
  readonly dmaWord: Uint16Array
  readonly dmaBurst: Uint16Array

  /** Debug records, 4 words each. */
  readonly recordWords: Uint32Array
  readonly recordTotal: Float64Array

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
    this.retryAt = state.f64('cert.job.retryAt', jobs)
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
    this.dmaActive = state.u8('cert.dma.active', n)
    this.dmaBd = state.u16('cert.dma.bd', n)
    this.dmaWord = state.u16('cert.dma.word', n)
    this.dmaBurst = state.u16('cert.dma.burst', n)
    this.recordWords = state.u32('cert.record.words', n * facts.records * 4)
    this.recordTotal = state.f64('cert.record.total', n)
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

  /** First register address of the uC's context. */
  columnBase(uc: number, columnShift: number): number {
    return this.startColumn[this.leadOf[uc]] * 2 ** columnShift
  }
}
