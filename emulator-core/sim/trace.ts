/**
 * Trace: what happened, as fixed-size records that cost nothing to write and nothing to keep out of checkpoints.
 *
 *     part ── emit(kind, part, a, b) ──▶ ┌───────┐ ── read ──▶ timeline, event list, `--trace`
 *                                        │ Trace │ ── lens(kind, …) ──▶ observers with state in the arena
 *                                        └───────┘
 *
 * A record that replay emits again is not stored twice: the arena holds how many records the machine has
 * emitted at this moment, the store how many it ever kept. After a branch the store is cut back.
 *
 * Simplified  when the ring is full the oldest records are dropped and `first` moves up
 */
import type { StateArena } from './arena.ts'
import type { Scheduler, Tick } from './scheduler.ts'

/** Called for every record once it is stored, replayed ones included. A lens may emit records of its own. */
export type Lens = (kind: number, part: number, a: number, b: number) => void

export interface TraceRecord {
  readonly index: number
  readonly tick: Tick
  readonly kind: number
  readonly part: number
  readonly a: number
  readonly b: number
}

export class Trace {
  private readonly emitted: Float64Array
  private readonly schedule: Scheduler
  private readonly ticks: Float64Array
  private readonly words: Int32Array
  private readonly capacity: number
  private readonly lenses: Lens[] = []
  private kept = 0
  private oldest = 0
  /** When false nothing is stored (the count still advances, so a later replay can store). */
  recording = true

  constructor(state: StateArena, schedule: Scheduler, capacity = 1 << 20) {
    this.emitted = state.f64('sim.trace.emitted', 1)
    this.schedule = schedule
    this.capacity = capacity
    this.ticks = new Float64Array(capacity)
    this.words = new Int32Array(capacity * 4)
  }

  /** Registers an observer; part of building the machine. */
  watch(lens: Lens): void {
    this.lenses.push(lens)
  }

  /** Records that `kind` happened now at `part`; `a` and `b` are 32-bit operands whose meaning the kind fixes. */
  emit(kind: number, part: number, a: number, b: number): void {
    const index = this.emitted[0]!
    this.emitted[0] = index + 1
    if (index >= this.kept && this.recording) this.store(index, kind, part, a, b)
    for (let i = 0; i < this.lenses.length; i++) this.lenses[i]!(kind, part, a, b)
  }

  private store(index: number, kind: number, part: number, a: number, b: number): void {
    const at = index % this.capacity
    this.ticks[at] = this.schedule.now
    const w = at * 4
    this.words[w] = kind
    this.words[w + 1] = part
    this.words[w + 2] = a
    this.words[w + 3] = b
    this.kept = index + 1
    if (this.kept - this.oldest > this.capacity) this.oldest = this.kept - this.capacity
  }

  /** Number of records emitted up to the present moment. */
  get position(): number {
    return this.emitted[0]!
  }

  /** Index of the oldest record still kept. */
  get first(): number {
    return this.oldest
  }

  /** One past the index of the newest record kept; may lie in the future of the present moment. */
  get end(): number {
    return this.kept
  }

  /** Tick of a kept record. */
  tickOf(index: number): Tick {
    return this.ticks[index % this.capacity]!
  }

  /** Word `field` of a kept record: 0 kind, 1 part, 2 a, 3 b. */
  wordOf(index: number, field: number): number {
    return this.words[(index % this.capacity) * 4 + field]!
  }

  /** A kept record as an object, for readers that are not hot. */
  record(index: number): TraceRecord {
    return {
      index,
      tick: this.tickOf(index),
      kind: this.wordOf(index, 0),
      part: this.wordOf(index, 1),
      a: this.wordOf(index, 2),
      b: this.wordOf(index, 3),
    }
  }

  /** Forgets everything after the present moment, because the past is about to change. */
  branch(): void {
    this.kept = Math.min(this.kept, this.emitted[0]!)
    this.oldest = Math.min(this.oldest, this.kept)
  }
}
