/**
 * Host slices: what every host thread, every context's queue and every process's heap did when, on lanes of their own.
 *
 *     trace ── records of runtime and driver ──▶ ┌────────────┐ ── start, end, state, label ──▶ Slices
 *     host program ── what a step is about ────▶ │ HostSlices │
 *                                                └────────────┘
 *
 * The driver's records name threads, files and handles. Which thread is at work is the one that was heard of last,
 * because a thread runs until it calls, parks or ends; the step it performs says whose file or context is made.
 *
 * Simplified  a call that parks nowhere is drawn as long as the modelled way into the kernel and back
 */
import { errnoName } from '../device/abi/ioctl.ts'
import { DriverEvent, RuntimeEvent } from '../machine/vocabulary.ts'
import { SliceState } from './frame.ts'
import type { Lane } from './lane.ts'

/** What a step of the host program is about, as numbers into its names; −1 for nothing. */
export interface StepSubject {
  readonly client: number
  readonly hwctx: number
}

export interface HostLaneNames {
  /** Word for an ioctl code or kernel call. */
  ioctl(code: number): string
  /** What the step at a place of the program is about. */
  subject(step: number): StepSubject
  /** Ticks that a call takes which does not park. */
  readonly callTicks: number
}

/** Lane of a host thread, of a context's queue by its number in the program, of a client's device heap. */
export const threadLane = (thread: number): string => (thread === 0 ? 'host' : `host${thread}`)
export const queueLane = (hwctx: number): string => (hwctx === 0 ? 'queue' : `queue${hwctx}`)
export const heapLane = (client: number): string => `heap${client}`

/** Where slices go. */
export interface LaneStore {
  lane(id: string): Lane
  label(text: string): number
}

export class HostSlices {
  private readonly store: LaneStore
  private readonly names: HostLaneNames
  /** The thread that was heard of last, and the step each performs. */
  private thread = 0
  private readonly step = new Map<number, number>()
  /** Context of each handle and client of each file, by their numbers in the program. */
  private readonly hwctx = new Map<number, number>()
  private readonly client = new Map<number, number>()

  constructor(store: LaneStore, names: HostLaneNames) {
    this.store = store
    this.names = names
  }

  /** Forgets who is who: the trace is read again from its beginning. */
  reset(): void {
    this.thread = 0
    this.step.clear()
    this.hwctx.clear()
    this.client.clear()
  }

  see(tick: number, kind: number, part: number, a: number, b: number): void {
    if (kind >= DriverEvent.contextCreated || kind === DriverEvent.packetWritten)
      this.follow(tick, kind, part, a, b)
    else this.seeThread(tick, kind, part, a, b)
  }

  /** Records that say who somebody is, or are about somebody's queue or heap. */
  private follow(tick: number, kind: number, part: number, a: number, b: number): void {
    switch (kind) {
      case RuntimeEvent.stepBegin:
        this.thread = part
        this.step.set(part, a)
        return
      case DriverEvent.contextCreated:
        this.hwctx.set(part, Math.max(0, this.subject().hwctx))
        return
      case DriverEvent.fileOpened:
        this.client.set(part, Math.max(0, this.subject().client))
        return
      case DriverEvent.fileClosed:
        if (this.client.has(part)) this.heap(part).next(tick, -1, -1)
        return
      case DriverEvent.heapGrew:
        return this.heap(part).next(tick, SliceState.run, this.store.label(`${b} MiB`))
      case DriverEvent.packetWritten:
        return this.queue(part).next(tick, SliceState.wait, this.store.label('written'))
      default:
    }
  }

  private seeThread(tick: number, kind: number, part: number, a: number, b: number): void {
    switch (kind) {
      case DriverEvent.callBegin:
        this.thread = part
        return this.calls(part).next(tick, SliceState.setup, this.store.label(this.names.ioctl(a)))
      case DriverEvent.waitBegin:
        return this.calls(part).next(
          tick,
          SliceState.wait,
          this.store.label(hostWaits[a] ?? 'wait'),
        )
      case DriverEvent.waitEnd:
        this.thread = part
        return this.calls(part).next(tick, SliceState.setup, -1)
      case DriverEvent.callEnd: {
        this.thread = part
        const lane = this.calls(part)
        if (b < 0) lane.restate(SliceState.fault, this.store.label(errnoName(-b)))
        return lane.close(tick + this.names.callTicks)
      }
      case DriverEvent.doorbell:
        return this.queue(part).next(tick, SliceState.run, this.store.label('rung'))
      case DriverEvent.packetsRead:
        return this.queue(part).next(tick, -1, -1)
      default:
    }
  }

  private subject(): StepSubject {
    return this.names.subject(this.step.get(this.thread) ?? -1)
  }

  private calls(thread: number): Lane {
    return this.store.lane(threadLane(thread))
  }

  private queue(handle: number): Lane {
    return this.store.lane(queueLane(this.hwctx.get(handle) ?? 0))
  }

  private heap(file: number): Lane {
    return this.store.lane(heapLane(this.client.get(file) ?? 0))
  }
}

/** What a host thread waits for, by the driver's wait kind. */
const hostWaits: Readonly<Record<number, string>> = {
  1: 'mailbox',
  2: 'turn',
  3: 'queue full',
  4: 'WAIT ioctl',
  5: 'firmware',
  6: 'recovery',
  7: 'fences',
  8: 'host of the guest',
}
