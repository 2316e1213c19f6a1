/**
 * Handshake: what a uC tells the rest of the die about itself, as words: state, health, counters.
 *
 * Faithful    state words, status bits, health record, word offsets of the previous generation's handshake block
 * Modelled    the words are made when somebody looks; which state word a moment counts as; exception words
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { CertState } from './state.ts'
import {
  Chain,
  Counter,
  counterNames,
  JobState,
  Lead,
  levels,
  Phase,
  Returning,
  Wait,
} from './state.ts'

/** One word of the handshake block. */
export interface HandshakeWord {
  readonly name: string
  readonly offset: number
  readonly value: number
}

/** What the firmware reports of one uC when its context is in error. */
export interface UcHealth {
  readonly uc: number
  readonly idle: number
  readonly misc: number
  readonly state: number
  readonly page: number
  /** Bytes from the start of the page. */
  readonly offset: number
  readonly restorePage: number
  readonly restoreOffset: number
  readonly exceptionAddress: number
  readonly exceptionStatus: number
  readonly exceptionPc: number
}

const text = controlCode.page.headerBytes

/** CERT's word for what the uC is doing. */
export function stateWord(state: CertState, facts: CertFacts, uc: number): number {
  const { state: words } = facts
  const isLead = state.leadOf[uc] === uc
  if (state.trouble[uc] !== 0) return state.trouble[uc]
  if (state.context[uc] < 0) return words.handshake
  switch (state.phase[uc]) {
    case Phase.begin:
      if (state.level[uc] > 0) return words.wokenAfterPreempt
      return isLead ? words.barrierBefore : words.workerBefore
    case Phase.fetch:
      return state.isReturning[uc] === Returning.no ? words.pageIn : words.reloadOutOfOrder
    case Phase.scan:
      return words.waitForPage
    case Phase.run:
      return runWord(state, facts, uc, isLead)
    case Phase.drain:
      return words.taskCompletion
    case Phase.done:
      return isLead ? words.barrierAfter : words.workerAfter
    case Phase.saved:
      return words.runSave
    default:
      return isLead ? leadWord(state, facts, uc) : words.eventLoop
  }
}

function runWord(state: CertState, facts: CertFacts, uc: number, isLead: boolean): number {
  const { state: words } = facts
  const chain = state.chainKind[uc * levels + state.level[uc]]
  if (chain === Chain.save) return words.runSave
  if (chain === Chain.load) return words.outOfOrder
  if (chain === Chain.restore) return words.wokenAfterPreempt
  return isLead ? words.leaderRun : words.workerRun
}

function leadWord(state: CertState, facts: CertFacts, lead: number): number {
  const { state: words, error, detailShift } = facts
  switch (state.leadPhase[lead]) {
    case Lead.pop:
      return words.popQueue
    case Lead.running:
      return words.barrierAfter
    case Lead.finish: {
      const isInvalid = state.result[lead] >>> detailShift === error.invalidPacket
      return isInvalid ? words.invalidPacket : words.finishEntry
    }
    case Lead.leave:
      return words.wokenAfterSwitch
    default:
      return state.exited[lead] !== 0 ? words.exit : words.eventLoop
  }
}

/** Where the uC stands: the operation that has waited longest, else the one whose turn it is, else the page. */
function offsetOf(state: CertState, uc: number): number {
  if (state.phase[uc] !== Phase.run) return 0
  const base = state.jobBase(uc)
  let found = state.current[uc]
  for (let j = base; j < base + state.jobCount[uc * levels + state.level[uc]]; j++) {
    if (state.jobState[j] !== JobState.waiting || state.jobWait[j] === Wait.none) continue
    if (found < 0 || state.waitSince[j] < state.waitSince[found]) found = j
  }
  return found < 0 ? text : text + state.jobPc[found]
}

/** Health of one uC. */
export function healthOf(state: CertState, facts: CertFacts, uc: number): UcHealth {
  const lead = state.leadOf[uc]
  const { idle } = facts
  const isIdle = state.phase[uc] === Phase.idle || state.phase[uc] === Phase.saved
  const isSaved = state.phase[uc] === Phase.saved
  const hasWork = state.doorbellPending[lead] !== 0 || state.leadPhase[lead] !== Lead.idle
  return {
    uc: state.ownIndex[uc],
    idle:
      (state.context[uc] >= 0 && hasWork ? idle.queueNotEmpty : 0) |
      (isSaved ? idle.saveDone : 0) |
      (isIdle ? idle.idle : 0),
    misc: state.misc[uc],
    state: stateWord(state, facts, uc),
    page: state.pageOf(uc),
    offset: offsetOf(state, uc),
    restorePage: state.restorePage[uc],
    restoreOffset: state.pointPc[uc],
    exceptionAddress: state.exceptionAddress[uc] % 2 ** 32,
    exceptionStatus: state.exceptionStatus[uc],
    exceptionPc: 0,
  }
}

/** Fills the words of a health report from the first uC's record on; returns the number of uCs. */
export function writeHealth(
  state: CertState,
  facts: CertFacts,
  lead: number,
  words: Uint32Array,
  at: number,
): number {
  const { health } = facts
  let count = 0
  for (let own = 0; own < state.ucs && count < health.mostUcs; own++) {
    const uc = state.members[lead * state.ucs + own]
    if (uc < 0) continue
    words.set(Object.values(healthOf(state, facts, uc)), at + count * health.ucWords)
    count++
  }
  return count
}

/** The words of a uC's handshake block that mean something in this model. */
export function handshakeOf(state: CertState, facts: CertFacts, uc: number): HandshakeWord[] {
  const { handshake: at } = facts
  const lead = state.leadOf[uc]
  const health = healthOf(state, facts, uc)
  const isHeld = state.context[uc] >= 0
  const value: Readonly<Record<keyof typeof at, number>> = {
    alive: facts.aliveMagic,
    partitionBase: isHeld ? state.columnBase(uc, facts.columnShift) : 0,
    partitionSize: (isHeld ? state.columns[lead] : 0) | ((uc & 1) << 31),
    queueHigh: isHeld ? Math.floor(state.queueAddress[lead] / 2 ** 32) : 0,
    queueLow: isHeld ? state.queueAddress[lead] % 2 ** 32 : 0,
    switchRequest: isHeld ? state.switchWanted[lead] : 0,
    idleStatus: health.idle,
    miscStatus: health.misc,
    restorePoint: (state.pointPage[uc] << 17) | (state.chainFailed[lead] << 16) | state.pointPc[uc],
    lastPdiId: state.pdiKnown[uc] === 0 ? controlCode.noImage : state.pdiId[uc],
    lastPdiPlace: state.pdiPage[uc],
    lastCoresId: state.coresKnown[uc] === 0 ? controlCode.noImage : state.coresId[uc],
    lastCoresPlace: state.coresPage[uc],
    doorbellPending: isHeld ? state.doorbellPending[lead] : 0,
    runListIndex: isHeld ? state.chainPackets[lead] : 0,
    lastPreemptId: state.preemptId[uc],
    state: health.state,
    pageIndex: health.page,
    previousPc: health.offset,
    exceptionAddress: health.exceptionAddress,
    exceptionStatus: health.exceptionStatus,
    exceptionPc: health.exceptionPc,
  }
  return Object.entries(value).map(([name, word]) => ({
    name,
    offset: at[name as keyof typeof at],
    value: word >>> 0,
  }))
}

/** The uC's counters by name. */
export function countersOf(state: CertState, uc: number): Record<keyof typeof Counter, number> {
  const entries = counterNames.map((name) => [
    name,
    state.counters[uc * counterNames.length + Counter[name]],
  ])
  return Object.fromEntries(entries) as Record<keyof typeof Counter, number>
}
