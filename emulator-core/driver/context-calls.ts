/**
 * Context calls: CREATE_HWCTX, DESTROY_HWCTX and the end of contexts when their file closes, message by message.
 *
 *     CREATE_HWCTX ──▶ ┌──────────────┐ ── create, disconnect, free ──▶ Contexts
 *     DESTROY_HWCTX ─▶ │ ContextCalls │ ── begin, abort ──▶ Submission
 *     close ─────────▶ └──────────────┘ ── chunks of the heap ──▶ HeapAnnouncer
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import { never } from '../sim/scheduler.ts'
import { ContextState } from './contexts.ts'
import type { Contexts } from './contexts.ts'
import { WaitKind } from './events.ts'
import type { HeapAnnouncer } from './heap-announcer.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Submission } from './submit.ts'
import { localCount, parked } from './threads.ts'
import type { Threads } from './threads.ts'

/** Locals of these calls. */
const Local = { context: 0, refusal: 5 } as const

/** Phases of CREATE_HWCTX behind those of the context itself; CREATE_BO announces in the same phase. */
export const CallPhase = { announcing: 2, undoing: 3 } as const

export class ContextCalls {
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly contexts: Contexts
  private readonly submission: Submission
  private readonly announcer: HeapAnnouncer

  constructor(
    threads: Threads,
    refusals: Refusals,
    contexts: Contexts,
    submission: Submission,
    announcer: HeapAnnouncer,
  ) {
    this.threads = threads
    this.refusals = refusals
    this.contexts = contexts
    this.submission = submission
    this.announcer = announcer
  }

  /** Tells contexts of chunks, one message at a time: parked, 0 at the end, or an errno. */
  tell(thread: number, context: number, isTelling: boolean): number {
    const taken = isTelling ? this.announcer.take(thread) : 0
    if (taken < 0) return taken
    this.threads.phase[thread] = CallPhase.announcing
    return this.announcer.next(thread, this.threads.file[thread], context)
  }

  /** CREATE_HWCTX: the context, then the heap it can use. */
  create(thread: number): number {
    const phase = this.threads.phase[thread]
    const at = thread * localCount
    if (phase === CallPhase.undoing) {
      this.answered(thread)
      return this.threads.locals[at + Local.refusal]
    }
    if (phase < CallPhase.announcing) {
      const result = this.contexts.create(thread)
      if (result !== 0) return result
      this.submission.begin(this.threads.locals[at])
      this.announcer.begin(this.threads.locals[at])
    }
    const context = this.threads.locals[at + Local.context]
    const told = this.tell(thread, context, phase === CallPhase.announcing)
    if (told >= 0) return told
    this.threads.locals[at + Local.refusal] = told
    this.threads.phase[thread] = CallPhase.undoing
    const ended = this.contexts.disconnect(thread, context)
    if (ended === parked) return parked
    this.ended(thread)
    return told
  }

  /** DESTROY_HWCTX. */
  destroy(thread: number): number {
    const at = argument.destroyHwctx
    if (this.threads.phase[thread] > 0) return this.answered(thread)
    if (this.threads.arg(thread, at.pad) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.padNotZero)
    }
    const handle = this.threads.arg(thread, at.handle)
    const context = this.contexts.rowOf(this.threads.file[thread], handle)
    if (context < 0) return this.refuse(thread, errno.EINVAL, Reason.unknownContext, handle)
    return this.end(thread, context)
  }

  /** Ends the contexts of the thread's file one after the other: parked, or 0 when there are none left. */
  endAll(thread: number): number {
    const file = this.threads.file[thread]
    if (this.threads.phase[thread] > 0) this.answered(thread)
    for (let context = 0; context < this.contexts.capacity; context++) {
      if (!this.contexts.isThere(context) && this.contexts.state[context] !== ContextState.lost)
        continue
      if (this.contexts.file[context] !== file) continue
      const result = this.end(thread, context)
      if (result === parked) return parked
    }
    return 0
  }

  private end(thread: number, context: number): number {
    // One that comes back is ended when it is back.
    if (this.contexts.state[context] === ContextState.recovering) {
      this.threads.phase[thread] = 0
      return this.threads.park(thread, WaitKind.recovery, context, never)
    }
    this.threads.locals[thread * localCount + Local.context] = context
    const state = this.contexts.state[context]
    // The firmware does not have it.
    if (state === ContextState.lost || state === ContextState.suspended) return this.ended(thread)
    this.threads.phase[thread] = 1
    const asked = this.contexts.disconnect(thread, context)
    this.submission.dismiss(context)
    if (asked === parked) return parked
    this.ended(thread)
    return asked
  }

  /** The firmware has answered that it ended a context, or has let its time pass. */
  private answered(thread: number): number {
    this.contexts.settle(thread, this.threads.locals[thread * localCount + Local.context])
    return this.ended(thread)
  }

  /** The firmware has ended a context, or cannot any more: its jobs are aborted, its row is free. */
  private ended(thread: number): number {
    const context = this.threads.locals[thread * localCount + Local.context]
    this.submission.abort(context)
    this.contexts.free(context)
    return 0
  }

  private refuse(thread: number, number: number, reason: number, a = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, 0)
  }
}
