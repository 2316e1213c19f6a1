/** Views of a uC for the debugger, for "why?" and for deadlock reports. Plain objects, made on request. */
import { controlCode, Opcode, operationByCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import { ucStateName } from '../../device/uc-facts.ts'
import { countersOf, handshakeOf, healthOf, stateWord } from './handshake.ts'
import type { HandshakeWord, UcHealth } from './handshake.ts'
import type { Jobs } from './jobs.ts'
import type { CertState } from './state.ts'
import type { Counter } from './state.ts'
import { Chain, JobState, Lead, levels, Phase, Wait } from './state.ts'

/** Names of the wait kinds, by number. */
const waitNames = Object.keys(Wait) as readonly (keyof typeof Wait)[]
const phaseNames = Object.keys(Phase) as readonly (keyof typeof Phase)[]
const leadNames = Object.keys(Lead) as readonly (keyof typeof Lead)[]
const chainNames = Object.keys(Chain) as readonly (keyof typeof Chain)[]
const jobStateNames = Object.keys(JobState) as readonly (keyof typeof JobState)[]

/** What a job waits for. The meaning of the operands depends on the kind. */
export interface WaitView {
  readonly kind: keyof typeof Wait
  /** tokens: tile word << 8 | actor; dma: handle; barriers, point: number; poll, lock: address; load: page. */
  readonly on: number
  /** tokens: how many; local barrier: participants; remote barrier, meet, point: mask; poll: value; dma: chain. */
  readonly count: number
  /**
   * tokens: how many are there; local barrier: how many have arrived; remote barrier, meet, point: who has, as a mask;
   * poll: the word that was read last.
   */
  readonly have: number
  /** poll: the bits that count. */
  readonly mask?: number
}

export interface JobView {
  readonly id: number
  readonly state: keyof typeof JobState
  /** Offset of its next operation from the start of the text. */
  readonly offset: number
  readonly mnemonic: string
  readonly wait: WaitView | undefined
  readonly registers: readonly number[]
}

/** A context's command, as its lead sees it. Masks are in the context's own numbering. */
export interface LeadView {
  readonly phase: keyof typeof Lead
  /** Number of the packet in hand, counted from the beginning of the queue. */
  readonly packet: number
  /** uCs that have a share of the command, and those that are done with it. */
  readonly party: number
  readonly finished: number
  readonly commands: number
}

export interface UcView {
  readonly uc: number
  readonly context: number
  /** Number within the context. */
  readonly ownIndex: number
  readonly lead: number
  readonly phase: keyof typeof Phase
  /** CERT's own state word for what it is doing. */
  readonly stateWord: number
  readonly stateName: string
  /** What the firmware reports of it in an error, and the words other controllers see. */
  readonly health: UcHealth
  readonly handshake: readonly HandshakeWord[]
  readonly counters: Readonly<Record<keyof typeof Counter, number>>
  /** Why the present chain of pages runs. */
  readonly chain: keyof typeof Chain
  /** The page that is fetched ahead, undefined when none is. */
  readonly aheadPage: number | undefined
  /** The page that is being fetched will never come: its address has no mapping. */
  readonly pageStalled: boolean
  /** The page says that waits may keep the turn. */
  readonly busyPoll: boolean
  readonly page: number
  readonly level: number
  readonly jobs: readonly JobView[]
  /** The wait that holds the uC up: the first waiting job's, when no job can run. */
  readonly wait: WaitView | undefined
  readonly shared: readonly number[]
  readonly tokens: readonly {
    readonly tile: number
    readonly actor: number
    readonly count: number
  }[]
  readonly chainsPending: number
  readonly pdi: number | undefined
  readonly cores: number | undefined
  readonly records: readonly DebugRecord[]
  readonly steps: number
  /** Present on the lead of a context. */
  readonly command: LeadView | undefined
}

export interface DebugRecord {
  readonly kind: 'timestamp' | 'register'
  readonly id: number
  readonly value: number
}

/** Where a uC is. Offsets count from the start of the page's text. */
export interface UcPosition {
  readonly context: number
  readonly page: number
  /** Offset of the operation that is next, -1 when every job waits or has ended. */
  readonly offset: number
  readonly job: number
  readonly jobs: readonly JobView[]
  readonly wait: WaitView | undefined
  /** It hangs or met an exception, until its context is made again. */
  readonly isInTrouble: boolean
}

/** Everything about one uC. */
export function inspectUc(state: CertState, facts: CertFacts, jobs: Jobs, uc: number): UcView {
  const list = listJobs(state, uc)
  return {
    uc,
    context: state.context[uc],
    ownIndex: state.ownIndex[uc],
    lead: state.leadOf[uc],
    phase: phaseNames[state.phase[uc]],
    stateWord: stateWord(state, facts, uc),
    stateName: ucStateName(stateWord(state, facts, uc)),
    health: healthOf(state, facts, uc),
    handshake: handshakeOf(state, facts, uc),
    counters: countersOf(state, uc),
    chain: chainNames[state.chainKind[uc * levels + state.level[uc]]],
    aheadPage: state.aheadPage[uc] < 0 ? undefined : state.aheadPage[uc],
    pageStalled: state.pageStall[uc] !== 0,
    busyPoll: state.byte(uc, controlCode.page.busyPollAt) !== 0,
    page: state.page[uc * levels + state.level[uc]],
    level: state.level[uc],
    jobs: list,
    wait: waitOf(state, jobs, uc, list),
    shared: Array.from(
      { length: controlCode.registers.shared },
      (_, i) => state.shared[uc * controlCode.registers.shared + i],
    ),
    tokens: listTokens(state, facts, uc),
    chainsPending: state.chainCount[uc],
    pdi: state.pdiKnown[uc] !== 0 ? state.pdiId[uc] : undefined,
    cores: state.coresKnown[uc] !== 0 ? state.coresId[uc] : undefined,
    records: listRecords(state, facts, uc),
    steps: state.steps[uc],
    command: state.context[uc] >= 0 && state.leadOf[uc] === uc ? leadView(state, uc) : undefined,
  }
}

function leadView(state: CertState, lead: number): LeadView {
  return {
    phase: leadNames[state.leadPhase[lead]],
    packet: state.packet[lead],
    party: state.party[lead],
    finished: state.finished[lead],
    commands: state.commands[lead],
  }
}

/** Where the uC is and what it does next. */
export function positionOf(state: CertState, jobs: Jobs, uc: number): UcPosition {
  const list = listJobs(state, uc)
  const next = state.phase[uc] === Phase.run ? jobs.peek(uc) : -1
  return {
    context: state.context[uc],
    page: state.page[uc * levels + state.level[uc]],
    offset: next < 0 ? -1 : state.jobPc[next],
    job: next < 0 ? -1 : state.jobId[next],
    jobs: list,
    wait: waitOf(state, jobs, uc, list),
    isInTrouble: state.misc[uc] !== 0,
  }
}

function waitOf(
  state: CertState,
  jobs: Jobs,
  uc: number,
  list: readonly JobView[],
): WaitView | undefined {
  if (state.phase[uc] !== Phase.run) return undefined
  const current = state.current[uc]
  if (current >= 0 && state.jobWait[current] !== Wait.none) return waitView(state, uc, current)
  if (jobs.peek(uc) >= 0) return undefined
  return list.find((job) => job.wait !== undefined)?.wait
}

function listJobs(state: CertState, uc: number): JobView[] {
  const base = state.jobBase(uc)
  const count = state.jobCount[uc * levels + state.level[uc]]
  const { firstShared } = controlCode.registers
  return Array.from({ length: count }, (_, i) => {
    const j = base + i
    const code = state.byte(uc, controlCode.page.headerBytes + state.jobPc[j])
    return {
      id: state.jobId[j],
      state: jobStateNames[state.jobState[j]],
      offset: state.jobPc[j],
      mnemonic: operationByCode[code]?.mnemonic ?? '',
      wait: isOpen(state, j) ? waitView(state, uc, j) : undefined,
      registers: Array.from(state.registers.subarray(j * firstShared, (j + 1) * firstShared)),
    }
  })
}

/** True for a job that waits, with or without its turn. */
function isOpen(state: CertState, j: number): boolean {
  const isHere = state.jobState[j] === JobState.waiting || state.jobState[j] === JobState.ready
  return isHere && state.jobWait[j] !== Wait.none
}

function waitView(state: CertState, uc: number, j: number): WaitView {
  const kind = waitNames[state.jobWait[j]]
  const on = state.waitOn[j]
  return {
    kind,
    on,
    count: state.waitCount[j],
    have: arrived(state, uc, j, on),
    ...(kind === 'poll' ? { mask: maskOf(state, uc, j) } : {}),
  }
}

/** Bits that a poll looks at. */
function maskOf(state: CertState, uc: number, j: number): number {
  const at = controlCode.page.headerBytes + state.jobPc[j]
  return state.byte(uc, at) === Opcode.maskPoll32 ? state.word(uc, at + 8) : 0xffff_ffff
}

function arrived(state: CertState, uc: number, j: number, on: number): number {
  const lead = state.leadOf[uc]
  switch (state.jobWait[j]) {
    case Wait.tokens: {
      const per = state.tokenKey.length / state.ucs
      for (let at = uc * per; at < (uc + 1) * per; at++) {
        if (state.tokenKey[at] === on + 1) return state.tokenCount[at]
      }
      return 0
    }
    case Wait.localBarrier: {
      const level = Math.floor(j / state.jobsPerLevel)
      return state.localArrived[level * controlCode.barriers.local + on]
    }
    case Wait.remoteBarrier:
      return state.remote[lead * (controlCode.barriers.remoteEncodings + 1) + on]
    case Wait.meet:
      return state.met[lead]
    case Wait.point:
      return state.point[lead]
    case Wait.poll:
      return state.waitSeen[j]
    default:
      return 0
  }
}

function listTokens(state: CertState, facts: CertFacts, uc: number) {
  const list: { tile: number; actor: number; count: number }[] = []
  for (let at = uc * facts.tokens; at < (uc + 1) * facts.tokens; at++) {
    if (state.tokenKey[at] === 0) continue
    const key = state.tokenKey[at] - 1
    list.push({ tile: key >>> 8, actor: key & 0xff, count: state.tokenCount[at] })
  }
  return list
}

function listRecords(state: CertState, facts: CertFacts, uc: number): DebugRecord[] {
  const total = state.recordTotal[uc]
  const first = Math.max(0, total - facts.records)
  return Array.from({ length: total - first }, (_, i) => {
    const at = (uc * facts.records + ((first + i) % facts.records)) * 4
    const words = state.recordWords
    return {
      kind: words[at] === 0 ? ('timestamp' as const) : ('register' as const),
      id: words[at + 1],
      value: words[at + 2] + words[at + 3] * 2 ** 32,
    }
  })
}
