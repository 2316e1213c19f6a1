/**
 * Scheduler: decides which part acts next. Pending work is data: one due tick per slot.
 *
 *     part ── at(slot, tick) ──▶ ┌───────────┐ ── run() of the least (tick, slot) ──▶ part
 *                                │ Scheduler │
 *     machine ── runUntil ─────▶ └───────────┘
 *
 * Faithful    the next slot to run is the least pair (due tick, slot index), whatever happened before
 *
 * The wheel (4,096 one-tick buckets and an overflow list) is a cache of the due times in the arena: it is
 * rebuilt when a checkpoint is loaded and never saved.
 */
import type { StateArena } from './arena.ts'
import { assert } from './assert.ts'

/** A point of emulated time in array clock cycles; an integer held in a double. */
export type Tick = number

/** Index of a place where pending work waits. */
export type Slot = number

/** The due time of a slot with nothing to do. */
export const never = Infinity

const maxSlots = 4096
const wheelTicks = 4096
const wheelMask = wheelTicks - 1
const none = -1
/** Work counted for any slot run. */
const runWork = 8

export class Scheduler {
  private readonly due: Float64Array
  private readonly clock: Float64Array
  private readonly runs: (() => void)[] = []
  private readonly names: string[] = []
  private readonly head = new Int32Array(wheelTicks).fill(none)
  private readonly next = new Int32Array(maxSlots).fill(none)
  private readonly prev = new Int32Array(maxSlots).fill(none)
  /** Bit per bucket that holds a slot. */
  private readonly occupied = new Int32Array(wheelTicks / 32)
  /** Which structure a slot sits in: 0 none, 1 wheel, 2 overflow. */
  private readonly place = new Uint8Array(maxSlots)
  private overflowHead = none
  private overflowCount = 0
  /** No overflow slot is due before this tick. */
  private overflowFloor = never
  private inWheel = 0
  /** First slot of the fenced group and the one behind its last. */
  private fenceFirst = 0
  private fenceEnd = 0
  /** Earliest due tick outside the fence while `outerFresh`. */
  private outer: Tick = never
  private outerFresh = false
  private outerActs = 0
  private running: Slot = none
  private spent = 0

  constructor(state: StateArena) {
    this.due = state.f64('sim.schedule.due', maxSlots)
    this.clock = state.f64('sim.schedule.now', 1)
    this.due.fill(never)
  }

  /** The tick that is being served. */
  get now(): Tick {
    return this.clock[0]!
  }

  /** The slot that is acting, −1 outside of any run. */
  get active(): Slot {
    return this.running
  }

  /** Takes a slot for a part while the machine is built. Slots of one tick run in the order in which they were taken. */
  slot(name: string, run: () => void): Slot {
    assert(this.runs.length < maxSlots, 'out of scheduler slots')
    this.names.push(name)
    this.runs.push(run)
    return this.runs.length - 1
  }

  /** The name a slot was taken under. */
  nameOf(slot: Slot): string {
    return this.names[slot]!
  }

  /** Number of slots taken. */
  get slotCount(): number {
    return this.runs.length
  }

  /** Makes a slot due at `tick` (not before now), replacing what was pending there. */
  at(slot: Slot, tick: Tick): void {
    if (this.due[slot] === tick && this.place[slot] !== 0) return
    assert(tick >= this.clock[0]!, 'work was scheduled in the past')
    if (this.running === none) this.outerActs++
    if (slot < this.fenceFirst || slot >= this.fenceEnd) this.outerFresh = false
    if (this.place[slot] !== 0) this.remove(slot)
    this.due[slot] = tick
    if (tick !== never) this.insert(slot, tick)
  }

  /** Forgets what is pending at a slot. */
  cancel(slot: Slot): void {
    if (this.running === none) this.outerActs++
    if (slot < this.fenceFirst || slot >= this.fenceEnd) this.outerFresh = false
    if (this.place[slot] !== 0) this.remove(slot)
    this.due[slot] = never
  }

  /** When a slot is due, or `never`. */
  dueOf(slot: Slot): Tick {
    return this.due[slot]!
  }

  /** The earliest due tick of all slots, or `never`. */
  nextDue(): Tick {
    const slot = this.peek()
    return slot === none ? never : this.due[slot]!
  }

  /** Runs the one slot that is next if it is due at or before `limit`; says whether one ran. */
  runOne(limit: Tick): boolean {
    const slot = this.peek()
    if (slot === none) return false
    const tick = this.due[slot]!
    if (tick > limit) return false
    if (tick > this.clock[0]!) this.moveClock(tick)
    this.remove(slot)
    this.due[slot] = never
    if (slot < this.fenceFirst || slot >= this.fenceEnd) {
      this.outerFresh = false
      this.outerActs++
    }
    this.spent += runWork
    this.running = slot
    this.runs[slot]!()
    this.running = none
    return true
  }

  /**
   * Sets the slots `[first, end)` apart from all others; what the others do is counted and their
   * earliest due tick is at hand.
   */
  fence(first: Slot, end: Slot): void {
    this.fenceFirst = first
    this.fenceEnd = end
    this.outerFresh = false
  }

  /** The earliest due tick of all slots outside the fence, or `never`. */
  get outerDue(): Tick {
    if (!this.outerFresh) this.findOuter()
    return this.outer
  }

  /**
   * Grows whenever a slot outside the fence ran, somebody scheduled from outside of any run, or the
   * state was loaded. What was concluded from state holds while it stays.
   */
  get outerCount(): number {
    return this.outerActs
  }

  /** Somebody inside the fence did what only those outside do: nothing that was concluded holds. */
  disturb(): void {
    this.outerActs++
  }

  /** Work done since the machine was made, in units of some tenth of a microsecond. Not state. */
  get work(): number {
    return this.spent
  }

  /** Counts work that a slot run did beyond the usual. */
  spend(units: number): void {
    this.spent += units
  }

  private findOuter(): void {
    let earliest = never
    for (let slot = 0; slot < this.runs.length; slot++) {
      if (slot === this.fenceFirst) slot = this.fenceEnd
      if (slot < this.runs.length && this.due[slot]! < earliest) earliest = this.due[slot]!
    }
    this.outer = earliest
    this.outerFresh = true
  }

  /** Runs everything due at or before `limit`, then sets the clock to `limit` when that is finite. */
  runUntil(limit: Tick): void {
    while (this.runOne(limit));
    if (limit !== never && limit > this.clock[0]!) this.moveClock(limit)
  }

  /** Sets the clock forward to `tick`; nothing may be due before it. */
  advanceTo(tick: Tick): void {
    assert(tick >= this.clock[0]! && this.nextDue() >= tick, 'the clock would skip pending work')
    this.moveClock(tick)
  }

  /** Rebuilds the wheel from the due times in the arena; called after the arena was loaded. */
  rebuild(): void {
    this.outerActs++
    this.outerFresh = false
    this.head.fill(none)
    this.occupied.fill(0)
    this.place.fill(0)
    this.overflowHead = none
    this.overflowCount = 0
    this.overflowFloor = never
    this.inWheel = 0
    for (let slot = 0; slot < this.runs.length; slot++) {
      const tick = this.due[slot]!
      if (tick !== never) this.insert(slot, tick)
    }
  }

  private insert(slot: Slot, tick: Tick): void {
    if (tick - this.clock[0]! >= wheelTicks) {
      this.place[slot] = 2
      this.prev[slot] = none
      this.next[slot] = this.overflowHead
      if (this.overflowHead !== none) this.prev[this.overflowHead] = slot
      this.overflowHead = slot
      this.overflowCount++
      if (tick < this.overflowFloor) this.overflowFloor = tick
      return
    }
    const bucket = tick & wheelMask
    let before = none
    let after = this.head[bucket]!
    while (after !== none && after < slot) {
      before = after
      after = this.next[after]!
    }
    this.prev[slot] = before
    this.next[slot] = after
    if (before === none) this.head[bucket] = slot
    else this.next[before] = slot
    if (after !== none) this.prev[after] = slot
    this.place[slot] = 1
    this.inWheel++
    this.occupied[bucket >> 5]! |= 1 << (bucket & 31)
  }

  private remove(slot: Slot): void {
    const before = this.prev[slot]!
    const after = this.next[slot]!
    if (after !== none) this.prev[after] = before
    if (before !== none) this.next[before] = after
    else if (this.place[slot] === 2) this.overflowHead = after
    else {
      const bucket = this.due[slot]! & wheelMask
      this.head[bucket] = after
      if (after === none) this.occupied[bucket >> 5]! &= ~(1 << (bucket & 31))
    }
    if (this.place[slot] === 2) this.overflowCount--
    else this.inWheel--
    this.place[slot] = 0
  }

  /** The slot to run next, or `none`. The wheel covers 4,096 ticks from now; all else is in the overflow list. */
  private peek(): Slot {
    if (this.inWheel > 0) {
      return this.head[this.firstOccupied(this.clock[0]! & wheelMask)]!
    }
    let best = none
    for (let slot = this.overflowHead; slot !== none; slot = this.next[slot]!) {
      if (best === none || this.due[slot]! < this.due[best]!) best = slot
      else if (this.due[slot] === this.due[best] && slot < best) best = slot
    }
    return best
  }

  private moveClock(tick: Tick): void {
    this.clock[0] = tick
    if (this.overflowCount > 0 && this.overflowFloor - tick < wheelTicks) this.refill()
  }

  /** Moves every overflow slot that the window now covers into the wheel. */
  private refill(): void {
    let remaining = never
    for (let slot = this.overflowHead; slot !== none;) {
      const following = this.next[slot]!
      const tick = this.due[slot]!
      if (tick - this.clock[0]! < wheelTicks) {
        this.remove(slot)
        this.insert(slot, tick)
      } else if (tick < remaining) remaining = tick
      slot = following
    }
    this.overflowFloor = remaining
  }

  private firstOccupied(start: number): number {
    let word = start >> 5
    let bits = this.occupied[word]! & (-1 << (start & 31))
    for (let i = 0; i <= this.occupied.length; i++) {
      if (bits !== 0) return (word << 5) + (31 - Math.clz32(bits & -bits))
      word = (word + 1) & (this.occupied.length - 1)
      bits = this.occupied[word]!
    }
    return none
  }
}
