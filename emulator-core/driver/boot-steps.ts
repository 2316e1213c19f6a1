/**
 * Boot steps: runs a list of steps in a kernel call, one after the other, and keeps a record of each.
 *
 *     bring-up, suspend ── list ──▶ ┌────────────┐ ── begin, end, failure ──▶ BootLog
 *     kernel call ── run ─────────▶ │ StepRunner │ ── run(thread, sub) ─────▶ step
 *                                   └────────────┘
 *
 * The phase of the call says which step it is at, and where inside that step: a step that parks its thread is asked
 * again, with the sub-phase it has set.
 */
import type { FunctionKind } from '../device/functions.ts'
import type { BootLog } from './boot-log.ts'
import type { Mailbox } from './mailbox.ts'
import type { Refusals } from './refusals.ts'
import { localCount, parked } from './threads.ts'
import type { Threads } from './threads.ts'

/** One step up or down. */
export interface BootStep {
  /** Which kinds of function take it; all when absent. */
  readonly of?: readonly FunctionKind[]
  /** A `BootKind`. */
  readonly kind: number
  /** What exactly, for the record. */
  readonly what?: () => number
  /** True when it is not to be done this time. */
  readonly skips?: () => boolean
  /** A failure leaves a warning. */
  readonly mayFail?: boolean
  /** Does it, or goes on with it: 0, parked, or a negative errno. */
  readonly run: (thread: number, sub: number, record: number) => number
}

/** A message as a step: what goes in, and what is made of the answer. */
export interface MessageStep {
  readonly of?: readonly FunctionKind[]
  readonly opcode: number
  readonly ask?: (thread: number) => void
  readonly take?: (thread: number) => number
  readonly skips?: () => boolean
  readonly mayFail?: boolean
}

/** Bits of a call's phase that say where inside a step it is; the step is above. */
const subBits = 3
const subMask = (1 << subBits) - 1
/** The local of the call that holds the record of the step at hand; the one before counts polls. */
const recordLocal = 1

/** Says where a step goes on when its thread wakes. */
export function goOnAt(threads: Threads, thread: number, sub: number): void {
  threads.phase[thread] = (threads.phase[thread] & ~subMask) | sub
}

export class StepRunner {
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly log: BootLog
  private readonly fn: number

  constructor(threads: Threads, refusals: Refusals, log: BootLog, fn: number) {
    this.threads = threads
    this.refusals = refusals
    this.log = log
    this.fn = fn
  }

  /** Goes on with the list: 0 at its end, parked, or the negative errno of the step that failed. */
  run(thread: number, sequence: number, steps: readonly BootStep[]): number {
    const { threads } = this
    for (;;) {
      const step = steps[threads.phase[thread] >> subBits]
      if (step === undefined) return 0
      const at = thread * localCount + recordLocal
      if (step.skips?.() !== true) {
        const sub = threads.phase[thread] & subMask
        if (sub === 0) {
          threads.locals[at] = this.log.begin(sequence, this.fn, step.kind, step.what?.() ?? 0)
        }
        const result = step.run(thread, sub, threads.locals[at])
        if (result === parked) return parked
        if (result < 0 && step.mayFail !== true) {
          this.fails(thread, threads.locals[at], -result, false)
          return result
        }
        if (result < 0) this.fails(thread, threads.locals[at], -result, true)
        else this.log.end(threads.locals[at])
      }
      threads.phase[thread] = ((threads.phase[thread] >> subBits) + 1) << subBits
    }
  }

  /** The step that a call is at. */
  place(thread: number): number {
    return this.threads.phase[thread] >> subBits
  }

  /** Says at which step a call goes on. */
  goTo(thread: number, place: number): void {
    this.threads.phase[thread] = place << subBits
  }

  private fails(thread: number, record: number, errno: number, goesOn: boolean): void {
    const [reason, a, b] = this.refusals.lastNumbers(thread)
    this.log.fail(record, errno, reason, a, b, goesOn)
  }
}

/** The step that sends a message and takes its answer. */
export function messageStep(
  threads: Threads,
  mail: Mailbox,
  kind: number,
  step: MessageStep,
): BootStep {
  const { of, opcode, ask, take, skips, mayFail } = step
  return {
    ...(of ? { of } : {}),
    ...(skips ? { skips } : {}),
    ...(mayFail ? { mayFail } : {}),
    kind,
    what: () => opcode,
    run: (thread, sub) => {
      if (sub === 0) {
        mail.begin(thread)
        ask?.(thread)
        goOnAt(threads, thread, 1)
        return mail.request(thread, opcode)
      }
      const answer = mail.response(thread, opcode)
      return answer < 0 || take === undefined ? answer : take(thread)
    },
  }
}
