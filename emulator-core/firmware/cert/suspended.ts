/**
 * Suspended: what is kept of a context that was taken off the array, until its uCs go on.
 *
 *     preemption ── keep(context) ──▶ ┌───────────┐ ── restore(context) ──▶ uCs, perhaps other ones
 *                                     └───────────┘ memory of its own, one record per context
 *
 * Faithful    the restore point, the remembered images, the shared registers
 * Modelled    how the firmware keeps them: the job states of the page, tokens, and the command in hand as well
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { PagedMemory } from '../../sim/memory.ts'
import type { Sim } from '../../sim/sim.ts'
import type { CertState } from './state.ts'
import { levels } from './state.ts'

/** How a context left: not at all, between two commands, or at a preemption point. */
export const Held = { nothing: 0, boundary: 1, point: 2 } as const

/** Words of a record's front. */
const Front = {
  kind: 0,
  party: 1,
  packet: 2,
  completion: 4,
  commands: 6,
  chainPackets: 8,
  chainFailed: 9,
  chainFlag: 10,
  boundaries: 11,
  points: 12,
  since: 14,
  words: 16,
} as const
/** Words of one uC's part. */
const Part = {
  code: 0,
  args: 2,
  argsBytes: 4,
  restorePage: 5,
  pointPage: 6,
  pointPc: 7,
  pointJob: 8,
  preemptId: 9,
  pdiKnown: 10,
  pdiId: 11,
  pdiPage: 12,
  coresKnown: 13,
  coresId: 14,
  coresPage: 15,
  jobCount: 16,
  shared: 17,
  tokens: 17 + controlCode.registers.shared,
} as const
const high32 = 2 ** 32

export class Suspended {
  private readonly state: CertState
  private readonly facts: CertFacts
  private readonly memory: PagedMemory
  private readonly jobsAt: number
  private readonly ucBytes: number
  private readonly recordBytes: number

  constructor(sim: Sim, facts: CertFacts, state: CertState) {
    this.state = state
    this.facts = facts
    this.memory = sim.pagedMemory('cert.suspended')
    this.jobsAt = 4 * (Part.tokens + 2 * facts.tokens)
    this.ucBytes = this.jobsAt + 4 * facts.jobs
    this.recordBytes = 4 * Front.words + facts.count * this.ucBytes
  }

  /** How the context left (`Held`). */
  kind(context: number): number {
    return this.front(context, Front.kind)
  }

  /** How often the context left between commands and at a preemption point. */
  counts(context: number): { readonly boundaries: number; readonly points: number } {
    return {
      boundaries: this.front(context, Front.boundaries),
      points: this.front(context, Front.points),
    }
  }

  /** Keeps what a context's lead and its uCs know. */
  keep(context: number, lead: number, kind: number): void {
    const s = this.state
    this.put(context, Front.kind, kind)
    this.put(context, Front.party, s.party[lead])
    this.putLong(context, Front.packet, s.packet[lead])
    this.putLong(context, Front.completion, s.completionAddress[lead])
    this.putLong(context, Front.commands, s.commands[lead])
    this.putLong(context, Front.since, s.commandSince[lead])
    this.put(context, Front.chainPackets, s.chainPackets[lead])
    this.put(context, Front.chainFailed, s.chainFailed[lead])
    this.put(context, Front.chainFlag, s.chainFlag[lead])
    const counter = kind === Held.point ? Front.points : Front.boundaries
    this.put(context, counter, this.front(context, counter) + 1)
    if (kind !== Held.point) return
    for (let own = 0; own < s.ucs; own++) {
      const uc = s.members[lead * s.ucs + own]
      if (uc >= 0 && (s.party[lead] & (2 ** own)) !== 0) this.keepUc(this.partAt(context, own), uc)
    }
  }

  /** Gives the lead back what was kept; the record counts as used up. Returns how the context had left. */
  restoreLead(context: number, lead: number): number {
    const s = this.state
    const kind = this.kind(context)
    this.put(context, Front.kind, Held.nothing)
    s.packet[lead] = this.long(context, Front.packet)
    s.completionAddress[lead] = this.long(context, Front.completion)
    s.commands[lead] = this.long(context, Front.commands)
    s.commandSince[lead] = this.long(context, Front.since)
    s.chainPackets[lead] = this.front(context, Front.chainPackets)
    s.chainFailed[lead] = this.front(context, Front.chainFailed)
    s.chainFlag[lead] = this.front(context, Front.chainFlag)
    s.party[lead] = kind === Held.point ? this.front(context, Front.party) : 0
    return kind
  }

  /** Gives a uC back what was kept of its share. */
  restoreUc(context: number, own: number, uc: number): void {
    const s = this.state
    const at = this.partAt(context, own)
    const word = (i: number): number => this.memory.read32(at + 4 * i)
    s.codeBase[uc] = word(Part.code) + word(Part.code + 1) * high32
    s.argsBase[uc] = word(Part.args) + word(Part.args + 1) * high32
    s.argsBytes[uc] = word(Part.argsBytes)
    s.restorePage[uc] = word(Part.restorePage)
    s.pointPage[uc] = word(Part.pointPage)
    s.pointPc[uc] = word(Part.pointPc)
    s.pointJob[uc] = word(Part.pointJob)
    s.preemptId[uc] = word(Part.preemptId)
    s.pdiKnown[uc] = word(Part.pdiKnown)
    s.pdiId[uc] = word(Part.pdiId)
    s.pdiPage[uc] = word(Part.pdiPage)
    s.coresKnown[uc] = word(Part.coresKnown)
    s.coresId[uc] = word(Part.coresId)
    s.coresPage[uc] = word(Part.coresPage)
    const { shared } = controlCode.registers
    for (let i = 0; i < shared; i++) s.shared[uc * shared + i] = word(Part.shared + i)
    const { tokens } = this.facts
    for (let i = 0; i < tokens; i++) {
      s.tokenKey[uc * tokens + i] = word(Part.tokens + 2 * i)
      s.tokenCount[uc * tokens + i] = word(Part.tokens + 2 * i + 1)
    }
  }

  /** State that job `i` of the page had, as number of `JobState`; 0 beyond the page's jobs. */
  jobState(context: number, own: number, i: number): number {
    const at = this.partAt(context, own)
    if (i >= this.memory.read32(at + 4 * Part.jobCount)) return 0
    return this.memory.read32(at + this.jobsAt + 4 * i)
  }

  /** Forgets a context for good. */
  forget(context: number): void {
    if (this.kind(context) !== 0) this.put(context, Front.kind, Held.nothing)
    if (this.front(context, Front.boundaries) !== 0) this.put(context, Front.boundaries, 0)
    if (this.front(context, Front.points) !== 0) this.put(context, Front.points, 0)
  }

  private keepUc(at: number, uc: number): void {
    const s = this.state
    const put = (i: number, value: number): void => this.memory.write32(at + 4 * i, value >>> 0)
    put(Part.code, s.codeBase[uc] % high32)
    put(Part.code + 1, Math.floor(s.codeBase[uc] / high32))
    put(Part.args, s.argsBase[uc] % high32)
    put(Part.args + 1, Math.floor(s.argsBase[uc] / high32))
    put(Part.argsBytes, s.argsBytes[uc])
    put(Part.restorePage, s.restorePage[uc])
    put(Part.pointPage, s.pointPage[uc])
    put(Part.pointPc, s.pointPc[uc])
    put(Part.pointJob, s.pointJob[uc])
    put(Part.preemptId, s.preemptId[uc])
    put(Part.pdiKnown, s.pdiKnown[uc])
    put(Part.pdiId, s.pdiId[uc])
    put(Part.pdiPage, s.pdiPage[uc])
    put(Part.coresKnown, s.coresKnown[uc])
    put(Part.coresId, s.coresId[uc])
    put(Part.coresPage, s.coresPage[uc])
    const { shared } = controlCode.registers
    for (let i = 0; i < shared; i++) put(Part.shared + i, s.shared[uc * shared + i])
    const { tokens } = this.facts
    for (let i = 0; i < tokens; i++) {
      put(Part.tokens + 2 * i, s.tokenKey[uc * tokens + i])
      put(Part.tokens + 2 * i + 1, s.tokenCount[uc * tokens + i])
    }
    const count = s.jobCount[uc * levels]
    const base = uc * levels * s.jobsPerLevel
    put(Part.jobCount, count)
    for (let i = 0; i < count; i++)
      this.memory.write32(at + this.jobsAt + 4 * i, s.jobState[base + i])
  }

  private at(context: number): number {
    return context * this.recordBytes
  }

  private partAt(context: number, own: number): number {
    return this.at(context) + 4 * Front.words + own * this.ucBytes
  }

  private front(context: number, word: number): number {
    return this.memory.read32(this.at(context) + 4 * word)
  }

  private put(context: number, word: number, value: number): void {
    this.memory.write32(this.at(context) + 4 * word, value >>> 0)
  }

  private long(context: number, word: number): number {
    return this.front(context, word) + this.front(context, word + 1) * high32
  }

  private putLong(context: number, word: number, value: number): void {
    this.put(context, word, value % high32)
    this.put(context, word + 1, Math.floor(value / high32))
  }
}
