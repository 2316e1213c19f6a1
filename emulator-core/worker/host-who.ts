/**
 * Who: which host thread is at work at a record, for which step, in which call; and who files, handles and firmware
 * numbers are.
 *
 *     trace ── records ──▶ ┌─────┐ ── thread, step, client, context ──▶ PacketStory, MemoryStory
 *                          └─────┘
 *
 * In the kernel a thread runs until it parks or returns, so the driver's records without a thread belong to the one
 * heard of last. Records of user code are told apart by the step that makes them.
 */
import type { HostStep } from '../artifacts/host-program.ts'
import { DriverEvent, RuntimeEvent } from '../machine/vocabulary.ts'
import { subjectOf } from './host-scene.ts'

/** What is known of a thread. */
export interface ThreadTrack {
  step: number
  stepAt: number
  stepRecord: number
  call: number
  callAt: number
  /** When its last wait in the kernel ended. */
  wokenAt: number
}

export class Who {
  thread = 0
  /** Client of each file, program's context of each handle, handle of each firmware number. */
  readonly client = new Map<number, number>()
  readonly hwctx = new Map<number, number>()
  readonly handle = new Map<number, number>()
  private readonly threads = new Map<number, ThreadTrack>()
  private readonly steps: readonly HostStep[]

  constructor(steps: readonly HostStep[]) {
    this.steps = steps
  }

  /** What is known of a thread; the one at work when none is named. */
  track(thread = this.thread): ThreadTrack {
    let found = this.threads.get(thread)
    if (!found) {
      found = { step: -1, stepAt: -1, stepRecord: -1, call: 0, callAt: -1, wokenAt: -1 }
      this.threads.set(thread, found)
    }
    return found
  }

  /** The thread that performs a step of a kind; user code goes on without a record of its own. */
  threadAt(isIt: (step: HostStep) => boolean): number {
    for (const [thread, { step }] of this.threads) {
      const found = this.steps[step]
      if (found && isIt(found)) return thread
    }
    return this.thread
  }

  /** The step that the thread at work performs. */
  get step(): HostStep | undefined {
    return this.steps[this.track().step]
  }

  see(record: number, tick: number, kind: number, part: number, a: number): void {
    switch (kind) {
      case RuntimeEvent.stepBegin: {
        this.thread = part
        const track = this.track()
        track.step = a
        track.stepAt = tick
        track.stepRecord = record
        return
      }
      case RuntimeEvent.stepEnd:
        this.thread = part
        return
      case DriverEvent.callBegin: {
        this.thread = part
        const track = this.track()
        track.call = a
        track.callAt = tick
        return
      }
      case DriverEvent.waitEnd:
        this.thread = part
        this.track().wokenAt = tick
        return
      case DriverEvent.callEnd:
        this.thread = part
        return
      case DriverEvent.fileOpened:
        this.client.set(part, subjectOf(this.step).client)
        return
      case DriverEvent.contextCreated:
        this.hwctx.set(part, subjectOf(this.step).hwctx)
        this.handle.set(a, part)
        return
      case DriverEvent.recoveryEnd:
        if (a >= 0) this.handle.set(a, part)
        return
      default:
    }
  }
}
