/**
 * Batches: which words of each ring are under way, when they are there, and when a reader that takes
 * one beat per cycle can have taken them.
 *
 *     sender ── append ──▶ ┌─────────┐ ── arrived, nextTick, freeAfter ──▶ reader
 *                          │ Batches │ ── room they take ───────────────▶ sender
 *                          └─────────┘
 *
 * A batch leaves at one beat per cycle; its beats are whole but for the last. Words are counted from
 * the first that a ring ever held. A reader says how far it has read, the latency between the ring
 * and itself, and from when on it is free.
 */
import type { Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'

export class Batches {
  /** Batches under way of each ring. */
  readonly length: Int32Array
  /** Tick at which the last word of a batch has left, words ever sent with it, its words. */
  readonly end: Float64Array
  readonly count: Float64Array
  readonly words: Int32Array
  /** Batches of ring `r` are the places `base[r] … base[r + 1] − 1`, used in a circle. */
  private readonly base: Int32Array
  private readonly head: Int32Array

  /** `capacity[r]` = batches that ring `r` can have under way; 1 = all its words are one batch. */
  constructor(sim: Sim, capacity: ArrayLike<number>) {
    const rings = capacity.length
    this.base = new Int32Array(rings + 1)
    for (let ring = 0; ring < rings; ring++)
      this.base[ring + 1] = this.base[ring]! + capacity[ring]!
    const places = this.base[rings]!
    this.end = sim.state.f64('array.stream.entryEnd', places)
    this.count = sim.state.f64('array.stream.entryCount', places)
    this.words = sim.state.i32('array.stream.entryWords', places)
    this.head = sim.state.i32('array.stream.entryHead', rings)
    this.length = sim.state.i32('array.stream.entryLength', rings)
  }

  isFull(ring: number): boolean {
    return this.length[ring] === this.capacity(ring)
  }

  /** Place of the `i`-th batch under way of a ring. */
  at(ring: number, i: number): number {
    return this.base[ring]! + ((this.head[ring]! + i) % this.capacity(ring))
  }

  /** `count` words go under way that have left by `end`; the ring has then sent `total`. */
  append(ring: number, end: Tick, total: number, count: number): void {
    const length = this.length[ring]!
    if (this.capacity(ring) === 1 && length === 1) {
      // The words line up behind each other: what still waits has long come.
      const place = this.at(ring, 0)
      this.end[place] = Math.max(end, this.end[place]! + count)
      this.count[place] = total
      this.words[place]! += count
      return
    }
    const place = this.at(ring, length)
    this.end[place] = end
    this.count[place] = total
    this.words[place] = count
    this.length[ring]!++
  }

  /** Forgets the batches that every reader has read. */
  drop(ring: number, least: number): void {
    while (this.length[ring]! > 0 && this.count[this.at(ring, 0)]! <= least) {
      this.head[ring] = (this.head[ring]! + 1) % this.capacity(ring)
      this.length[ring]!--
    }
  }

  /** Place of the batch that holds the word after `read`, or −1. */
  firstUnread(ring: number, read: number): number {
    for (let i = 0; i < this.length[ring]!; i++) {
      const place = this.at(ring, i)
      if (this.count[place]! > read) return place
    }
    return -1
  }

  /** Words that unread beats take the place of: one that is not full takes that of a full one. */
  room(ring: number, read: number, beat: number): number {
    let words = 0
    for (let i = this.length[ring]! - 1; i >= 0; i--) {
      const place = this.at(ring, i)
      const left = this.count[place]! - read
      if (left <= 0) break
      words += this.beatsIn(place, Math.min(left, this.words[place]!), beat) * beat
    }
    return words
  }

  /** Unread words that a reader can have taken by `now`. */
  arrived(
    ring: number,
    read: number,
    beat: number,
    latency: number,
    free: Tick,
    now: Tick,
  ): number {
    let before = read
    for (let i = 0; i < this.length[ring]!; i++) {
      const place = this.at(ring, i)
      const left = this.count[place]! - before
      if (left <= 0) continue
      const beats = this.beatsIn(place, left, beat)
      const end = Math.max(this.end[place]! + latency, free + beats - 1)
      if (end > now) {
        const taken = beats - (end - now)
        return before - read + (taken <= 0 ? 0 : this.wordsOf(place, left, taken, beat))
      }
      before = this.count[place]!
      free = end + 1
    }
    return before - read
  }

  /**
   * The tick after `now` by which a reader can have taken `wanted` unread words or, when fewer are
   * under way, the last of the first batch that is not wholly there; `never` when nothing is.
   */
  nextTick(
    ring: number,
    read: number,
    wanted: number,
    beat: number,
    latency: number,
    free: Tick,
    now: Tick,
  ): Tick {
    let before = read
    for (let i = 0; i < this.length[ring]!; i++) {
      const place = this.at(ring, i)
      const left = this.count[place]! - before
      if (left <= 0) continue
      const beats = this.beatsIn(place, left, beat)
      const end = Math.max(this.end[place]! + latency, free + beats - 1)
      if (end > now) {
        const more = read + wanted - before
        if (more >= left) return end
        return Math.max(now + 1, end - (beats - this.beatsFor(place, left, more, beat)))
      }
      before = this.count[place]!
      free = end + 1
    }
    return never
  }

  /** From when on a reader is free again that takes the next `count` words, all of them there. */
  freeAfter(
    ring: number,
    read: number,
    count: number,
    beat: number,
    latency: number,
    free: Tick,
  ): Tick {
    const target = read + count
    let before = read
    for (let i = 0; i < this.length[ring]!; i++) {
      const place = this.at(ring, i)
      const left = this.count[place]! - before
      if (left <= 0) continue
      const beats = this.beatsIn(place, left, beat)
      const end = Math.max(this.end[place]! + latency, free + beats - 1)
      const more = target - before
      if (more > left) {
        before = this.count[place]!
        free = end + 1
        continue
      }
      const gone = Math.max(0, this.words[place]! - left)
      const isWhole = more === left || (gone + more) % beat === 0
      return end - (beats - this.beatsFor(place, left, more, beat)) + (isWhole ? 1 : 0)
    }
    return free
  }

  private capacity(ring: number): number {
    return this.base[ring + 1]! - this.base[ring]!
  }

  /** Beats that the last `left` words of a batch take. */
  private beatsIn(place: number, left: number, beat: number): number {
    if (beat === 1) return left
    const words = this.words[place]!
    return Math.ceil(words / beat) - Math.floor(Math.max(0, words - left) / beat)
  }

  /** Of the last `left` words of a batch, those in the first `beats` beats that are not gone. */
  private wordsOf(place: number, left: number, beats: number, beat: number): number {
    const gone = Math.max(0, this.words[place]! - left)
    return Math.min(left, beats * beat - (gone % beat))
  }

  /** Of the last `left` words of a batch, the beats in which the first `words` come. */
  private beatsFor(place: number, left: number, words: number, beat: number): number {
    const gone = Math.max(0, this.words[place]! - left)
    return Math.ceil(((gone % beat) + words) / beat)
  }
}
