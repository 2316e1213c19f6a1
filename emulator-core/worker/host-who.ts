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

/** Handles end below this in each function. */
const keysPerFunction = 2048

/** What tells contexts of all functions apart: the handle, for those of the first function. */
export function contextKey(fn: number, handle: number): number {
  return fn * keysPerFunction + handle
}

/** What is known of a thread. */
export interface ThreadTrack {
  step: number
  stepAt: number
  stepRecord: number
  call: number
  callAt: number
  /** The file that its last call was about. */
  file: number
  /** When its last wait in the kernel ended. */
  wokenAt: number
}

export class Who {
  thread = 0
  /** Client of each file, program's context of each key, key of each firmware number. */
  readonly client = new Map<number, number>()
  readonly hwctx = new Map<number, number>()
  readonly key = new Map<number, number>()
  private readonly fn = new Map<number, number>()
  private readonly keys = new Map<number, readonly number[]>()
  private readonly threads = new Map<number, ThreadTrack>()
  private readonly steps: readonly HostStep[]

  constructor(steps: readonly HostStep[]) {
    this.steps = steps
  }

  /** What is known of a thread; the one at work when none is named. */
  track(thread = this.thread): ThreadTrack {
    let found = this.threads.get(thread)
    if (!found) {
      found = { step: -1, stepAt: -1, stepRecord: -1, call: 0, callAt: -1, file: -1, wokenAt: -1 }
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

  /**
   * The key of the context that a record names by handle. Handles count per function: where several contexts have
   * it, it is the one of the function that the thread at work has open, or the one that `fits`.
   */
  keyOf(handle: number, fits?: (key: number) => boolean): number {
    const keys = this.keys.get(handle)
    if (!keys || keys.length < 2) return keys?.[0] ?? handle
    const found = fits && keys.find(fits)
    return found ?? keys.find((key) => key === contextKey(this.fnAtWork, handle)) ?? keys[0]!
  }

  private get fnAtWork(): number {
    return this.fn.get(this.track().file) ?? 0
  }

  see(record: number, tick: number, kind: number, part: number, a: number, b: number): void {
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
        track.file = b
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
        this.fn.set(part, b)
        return
      case DriverEvent.contextCreated: {
        const key = contextKey(this.fnAtWork, part)
        const keys = this.keys.get(part) ?? []
        if (!keys.includes(key)) this.keys.set(part, [...keys, key])
        this.hwctx.set(key, subjectOf(this.step).hwctx)
        this.key.set(a, key)
        return
      }
      case DriverEvent.recoveryEnd:
        if (a >= 0) this.key.set(a, this.keyOf(part))
        return
      default:
    }
  }
}
