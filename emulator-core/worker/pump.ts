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

export class Pump {
  private readonly channel = new MessageChannel()
  private readonly afterSlice: () => void
  private work: Work<unknown> | undefined
  private settled: ((result: { done: boolean; value?: unknown }) => void) | undefined
  private failed: ((error: unknown) => void) | undefined
  private interrupted = false

  constructor(afterSlice: () => void) {
    this.afterSlice = afterSlice
    this.channel.port1.onmessage = () => this.slice()
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
      this.channel.port2.postMessage(0)
    })
  }

  /** Leaves the work where it is after the current slice. */
  interrupt(): void {
    this.interrupted = true
  }

  private slice(): void {
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
    this.channel.port2.postMessage(0)
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
