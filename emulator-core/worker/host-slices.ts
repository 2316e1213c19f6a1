/**
 * Host slices: what every host thread, every context's queue and every process's heap did when, on lanes of their own.
 *
 *     trace ── records of runtime and driver ──▶ ┌────────────┐ ── start, end, state, label ──▶ Slices
 *     host program ── what a step is about ────▶ │ HostSlices │
 *                                                └────────────┘
 *
 * Simplified  a call that parks nowhere is drawn as long as the modelled way into the kernel and back
 */
import type { HostStep } from '../artifacts/host-program.ts'
import { errnoName } from '../device/abi/ioctl.ts'
import { DriverEvent } from '../machine/vocabulary.ts'
import { SliceState } from './frame.ts'
import { Who } from './host-who.ts'
import type { Lane } from './lane.ts'

export interface HostLaneNames {
  /** Word for an ioctl code or kernel call. */
  ioctl(code: number): string
  /** Steps of the host program: they say whose file or context is made. */
  readonly steps: readonly HostStep[]
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
  private who: Who

  constructor(store: LaneStore, names: HostLaneNames) {
    this.store = store
    this.names = names
    this.who = new Who(names.steps)
  }

  /** Forgets who is who: the trace is read again from its beginning. */
  reset(): void {
    this.who = new Who(this.names.steps)
  }

  see(record: number, tick: number, kind: number, part: number, a: number, b: number): void {
    this.who.see(record, tick, kind, part, a, b)
    switch (kind) {
      case DriverEvent.fileClosed:
        if (this.who.client.has(part)) this.heap(part).next(tick, -1, -1)
        return
      case DriverEvent.heapGrew:
        return this.heap(part).next(tick, SliceState.run, this.store.label(`${b} MiB`))
      case DriverEvent.packetWritten:
        return this.queue(part).next(tick, SliceState.wait, this.store.label('written'))
      case DriverEvent.doorbell:
        return this.queue(part).next(tick, SliceState.run, this.store.label('rung'))
      case DriverEvent.packetsRead:
        return this.queue(part).next(tick, -1, -1)
      default:
        this.seeThread(tick, kind, part, a, b)
    }
  }

  private seeThread(tick: number, kind: number, part: number, a: number, b: number): void {
    switch (kind) {
      case DriverEvent.callBegin:
        return this.calls(part).next(tick, SliceState.setup, this.store.label(this.names.ioctl(a)))
      case DriverEvent.waitBegin:
        return this.calls(part).next(
          tick,
          SliceState.wait,
          this.store.label(hostWaits[a] ?? 'wait'),
        )
      case DriverEvent.waitEnd:
        return this.calls(part).next(tick, SliceState.setup, -1)
      case DriverEvent.callEnd: {
        const lane = this.calls(part)
        if (b < 0) lane.restate(SliceState.fault, this.store.label(errnoName(-b)))
        return lane.close(tick + this.names.callTicks)
      }
      default:
    }
  }

  private calls(thread: number): Lane {
    return this.store.lane(threadLane(thread))
  }

  private queue(handle: number): Lane {
    return this.store.lane(queueLane(Math.max(0, this.who.hwctx.get(this.who.keyOf(handle)) ?? 0)))
  }

  private heap(file: number): Lane {
    return this.store.lane(heapLane(Math.max(0, this.who.client.get(file) ?? 0)))
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
