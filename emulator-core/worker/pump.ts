/**
 * Pump: drives long work in slices of a few milliseconds, so that messages get through whatever a program does.
 *
 *     worker ── start(work) ──▶ ┌──────┐ ── next() for 4 ms, then a message to itself ──▶ work
 *     worker ── interrupt() ──▶ └──────┘ ── afterSlice ──▶ publish a frame when there is credit
 *
 * Wall time decides only how soon the end comes; every step of the work is the same whatever the slices are.
 */
import type { Work } from '../machine/clockwork.ts'

const sliceMs = 4

/** Calls something once the messages that wait by now have been served. */
export type Later = (act: () => void) => void

/** By a message to itself: a page's timers would wait too long. */
function byMessage(): Later {
  const channel = new MessageChannel()
  let next: (() => void) | undefined
  channel.port1.onmessage = () => next?.()
  return (act) => {
    next = act
    channel.port2.postMessage(0)
  }
}

export class Pump {
  private readonly afterSlice: () => void
  private readonly later: Later
  private work: Work<unknown> | undefined
  private settled: ((result: { done: boolean; value?: unknown }) => void) | undefined
  private failed: ((error: unknown) => void) | undefined
  private interrupted = false

  constructor(afterSlice: () => void, later: Later = byMessage()) {
    this.afterSlice = afterSlice
    this.later = later
  }

  get busy(): boolean {
    return this.work !== undefined
  }

  /** Runs work to its end, or until `interrupt`; resolves with whether it got there. One work at a time. */
  run<T>(work: Work<T>): Promise<{ done: true; value: T } | { done: false }> {
    this.work = work
    this.interrupted = false
    return new Promise((settled, failed) => {
      this.settled = settled as never
      this.failed = failed
      this.later(this.slice)
    })
  }

  /** Leaves the work where it is after the current slice. */
  interrupt(): void {
    this.interrupted = true
  }

  private readonly slice = (): void => {
    const { work, settled, failed } = this
    if (!work) return
    try {
      const until = performance.now() + sliceMs
      do {
        if (this.interrupted) return this.finish(() => settled!({ done: false }))
        const step = work.next()
        if (step.done) return this.finish(() => settled!({ done: true, value: step.value }))
      } while (performance.now() < until)
    } catch (error) {
      return this.finish(() => failed!(error))
    }
    this.afterSlice()
    this.later(this.slice)
  }

  private finish(tell: () => void): void {
    this.work = undefined
    tell()
  }
}

/** Runs work to its end at once; for the command line and tests. */
export function drain<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}
