/**
 * Breaks: where a uC stops, asked before the first attempt of every operation.
 *
 *     worker/breakpoints ── places, jobs, barriers ──▶ ┌────────┐ ◀── stopsAt(uc, job) ── runner
 *                                                      └────────┘
 *
 * Sets travel whole: what is set replaces what was. An operation that waits is not asked about again when it is
 * tried again, so a poll stops once and not at every look. None of this is part of the state.
 */
import { controlCode, Opcode } from '../../device/abi/control-code.ts'
import type { CertState } from './state.ts'
import { levels, Wait } from './state.ts'

/** What a uC stops before. Every set may be left out. */
export interface UcBreaks {
  /** Operations: page * 8192 + offset from the start of the text. */
  readonly operations?: ReadonlySet<number>
  /** Starts and ends of jobs, as `jobPlace` numbers them: before START_JOB and before END_JOB. */
  readonly jobStarts?: ReadonlySet<number>
  readonly jobEnds?: ReadonlySet<number>
  /** Barriers the uC is about to reach, as `barrierPlace` numbers them. */
  readonly barriers?: ReadonlySet<number>
}

const jobIds = 0x1_0000
/** Set in the numbers of remote barriers. */
const remoteMark = 0x100
const text = controlCode.page.headerBytes

/** Number of a job of a page in `UcBreaks`. */
export function jobPlace(page: number, id: number): number {
  return page * jobIds + id
}

/** Number of a barrier in `UcBreaks`: `$lb3` is `('local', 3)`, `$rb3` is `('remote', 3)`. */
export function barrierPlace(kind: 'local' | 'remote', number: number): number {
  // $rbN is encoded as N + 1.
  return kind === 'local' ? number : remoteMark | (number + 1)
}

export class Breaks {
  private readonly state: CertState
  private readonly set: (UcBreaks | undefined)[]

  constructor(state: CertState) {
    this.state = state
    this.set = Array.from({ length: state.ucs }, () => undefined)
  }

  /** Replaces what a uC stops before; nothing when every set is empty. */
  put(uc: number, breaks: UcBreaks): void {
    const { operations, jobStarts, jobEnds, barriers } = breaks
    const sets = [operations, jobStarts, jobEnds, barriers]
    this.set[uc] = sets.some((s) => s !== undefined && s.size > 0) ? breaks : undefined
  }

  /** True when job `j` of the uC is about to try an operation with a break for the first time. */
  stopsAt(uc: number, j: number): boolean {
    const set = this.set[uc]
    const s = this.state
    if (set === undefined || s.jobWait[j] !== Wait.none || s.jobStage[j] !== 0) return false
    const page = s.page[uc * levels + s.level[uc]]
    const pc = s.jobPc[j]
    if (set.operations?.has(page * s.pageBytes + pc)) return true
    const at = text + pc
    switch (s.byte(uc, at)) {
      case Opcode.startJob:
      case Opcode.startJobDeferred:
      case Opcode.startCondJobPreempt:
        return set.jobStarts?.has(jobPlace(page, s.jobId[j])) === true
      case Opcode.endJob:
        return set.jobEnds?.has(jobPlace(page, s.jobId[j])) === true
      case Opcode.localBarrier:
        return set.barriers?.has(s.byte(uc, at + 2)) === true
      case Opcode.remoteBarrier:
        return set.barriers?.has(remoteMark | s.byte(uc, at + 2)) === true
      default:
        return false
    }
  }
}
