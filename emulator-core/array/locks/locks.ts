/**
 * Locks: counting semaphores that pass a tile's buffers between its core and its DMA channels.
 *
 *     core ── acquire ──▶ ┌───────┐ ◀── acquire ── DMA channel
 *     core ── release ──▶ │ Locks │ ◀── release ── DMA channel
 *     bus  ── set, request ▶──────┘ ── wake one tick later ──▶ waiting slots
 *
 * Each lock grants one request per cycle. Who waits asks again in every cycle in which it could be
 * granted; among those who ask in one cycle the turn goes round by slot, behind the one served
 * last. A release that finds the lock busy is carried out in the next cycle, before anybody else.
 * The register bus asks once: 0 means try again. Its requests of one tick are cycles of their own.
 *
 * Faithful    value range, acquire-at-least and acquire-equal, sticky overflow and underflow bits,
 *             one grant per lock and cycle, round-robin among those who wait
 * Simplified  on overflow the value saturates or wraps (undocumented, a fact of the device); of two
 *             who first ask in the same cycle the lower slot goes first; nobody waits for its own
 *             postponed release
 */
import type { ArrayNumbering } from '../../device/parts.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { ArrayEvent } from '../events.ts'
import type { HwEventSink } from '../hw-events/vocabulary.ts'
import { HwEvent } from '../hw-events/vocabulary.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'

export interface LockFacts {
  /** Locks of the whole array. */
  readonly total: number
  readonly min: number
  readonly max: number
  /** Beyond the range a value wraps around instead of staying at the limit. */
  readonly wraps: boolean
}

const maxSlots = 4096
const none = 0
/** Postponed releases over the whole array at most; more would mean as many requesters. */
const maxPostponed = 1024
/** Who asked, when it was the register bus. */
const byBus = -1

export class Locks {
  /** One value per lock of the whole array, tile after tile. */
  readonly value: Int8Array
  /** Sticky bits: 1 overflow, 2 underflow. */
  private readonly sticky: Uint8Array
  /** Tick of the last grant of each lock, and the slot + 1 that had it (0 = the bus). */
  private readonly grantTick: Float64Array
  private readonly granted: Int32Array
  /** First waiting slot + 1 of each lock; 0 when nobody waits. */
  private readonly firstWaiter: Int32Array
  /** Next waiting slot + 1 behind a slot in the list of the same lock. */
  private readonly nextWaiter: Int32Array
  /** Lock + 1 that a slot waits for, and what it asks for: amount, and 1 for exactly that value. */
  private readonly waitsFor: Int32Array
  private readonly waitAmount: Int32Array
  private readonly waitEqual: Uint8Array
  /** Releases put off to the next cycle, in their order: lock, amount, slot + 1. */
  private readonly postponed: Int32Array
  private readonly postponedCount: Int32Array
  private readonly sim: Sim
  private readonly notes: Notes
  private readonly facts: LockFacts
  private readonly slot: Slot
  private readonly events: HwEventSink
  /** Tile of each lock and its place there. */
  private readonly tileOf: Int32Array
  private readonly placeOf: Int32Array

  constructor(
    sim: Sim,
    facts: LockFacts,
    notes: Notes,
    events: HwEventSink,
    numbering: ArrayNumbering,
  ) {
    this.events = events
    const { firstLock } = numbering
    this.tileOf = new Int32Array(facts.total)
    this.placeOf = new Int32Array(facts.total)
    for (let tile = 0; tile + 1 < firstLock.length; tile++) {
      for (let lock = firstLock[tile]!; lock < firstLock[tile + 1]!; lock++) {
        this.tileOf[lock] = tile
        this.placeOf[lock] = lock - firstLock[tile]!
      }
    }
    this.sim = sim
    this.notes = notes
    this.facts = facts
    this.value = sim.state.i8('array.lock.value', facts.total)
    this.sticky = sim.state.u8('array.lock.sticky', facts.total)
    this.grantTick = sim.state.f64('array.lock.grantTick', facts.total)
    this.grantTick.fill(-1)
    this.granted = sim.state.i32('array.lock.granted', facts.total)
    this.firstWaiter = sim.state.i32('array.lock.firstWaiter', facts.total)
    this.nextWaiter = sim.state.i32('array.lock.nextWaiter', maxSlots)
    this.waitsFor = sim.state.i32('array.lock.waitsFor', maxSlots)
    this.waitAmount = sim.state.i32('array.lock.waitAmount', maxSlots)
    this.waitEqual = sim.state.u8('array.lock.waitEqual', maxSlots)
    this.postponed = sim.state.i32('array.lock.postponed', maxPostponed * 3)
    this.postponedCount = sim.state.i32('array.lock.postponedCount', 1)
    this.slot = sim.schedule.slot('array.locks', () => this.catchUp())
  }

  /**
   * Takes `amount` for the part that acts in `slot` and returns true, or changes nothing, returns
   * false and runs the slot again when it is worth asking anew. `equal`: only at exactly that value.
   * Otherwise at least that value. One wait per slot; a new one replaces it.
   */
  acquire(lock: number, amount: number, equal: boolean, slot: Slot): boolean {
    this.cancel(slot)
    const suits = this.suits(lock, amount, equal)
    if (suits && this.isFree(lock) && this.isTurnOf(lock, slot)) {
      this.take(lock, amount, equal, slot)
      return true
    }
    this.waitsFor[slot] = lock + 1
    this.waitAmount[slot] = amount
    this.waitEqual[slot] = equal ? 1 : 0
    this.nextWaiter[slot] = this.firstWaiter[lock]!
    this.firstWaiter[lock] = slot + 1
    if (suits) this.sim.schedule.at(slot, this.sim.schedule.now + 1)
    return false
  }

  /**
   * Takes by the signed operand of descriptors and request registers: negative = at least that
   * much, else equal.
   */
  acquireBy(lock: number, operand: number, slot: Slot): boolean {
    return operand < 0
      ? this.acquire(lock, -operand, false, slot)
      : this.acquire(lock, operand, true, slot)
  }

  /**
   * Adds a signed amount for the part that acts in `slot`, in the next cycle when the lock is busy
   * in this one; beyond the range a sticky bit is set.
   */
  release(lock: number, amount: number, slot: Slot): void {
    const isBusy = amount !== 0 && !this.isFree(lock)
    if (isBusy && this.postponedCount[0]! < maxPostponed) this.postpone(lock, amount, slot)
    else this.give(lock, amount, slot)
  }

  /** A request register read: true when the request succeeded. */
  request(lock: number, acquire: boolean, operand: number): boolean {
    if (!acquire) {
      if (operand !== 0 && this.isTakenByOthers(lock)) this.postpone(lock, operand, byBus)
      else this.give(lock, operand, byBus)
      return true
    }
    const amount = Math.abs(operand)
    if (!this.suits(lock, amount, operand >= 0) || this.isTakenByOthers(lock)) return false
    this.take(lock, amount, operand >= 0, byBus)
    return true
  }

  /** A write of the value register: sets the lock unconditionally. */
  set(lock: number, value: number): void {
    const old = this.value[lock]!
    this.value[lock] = value
    this.sim.trace.emit(ArrayEvent.lockSet, partOf(PartKind.lock, lock), old, value)
    this.tell(lock, HwEvent.lockChanged)
    this.wake(lock)
  }

  hasOverflowed(lock: number): boolean {
    return (this.sticky[lock]! & 1) !== 0
  }

  hasUnderflowed(lock: number): boolean {
    return (this.sticky[lock]! & 2) !== 0
  }

  clearOverflow(lock: number): void {
    this.sticky[lock]! &= ~1
  }

  clearUnderflow(lock: number): void {
    this.sticky[lock]! &= ~2
  }

  /** Sets a lock and its sticky bits to their reset state. */
  reset(lock: number): void {
    this.sticky[lock] = 0
    for (let i = 0; i < this.postponedCount[0]!; i++)
      if (this.postponed[i * 3] === lock) this.postponed[i * 3 + 1] = 0
    if (this.value[lock] !== 0) this.set(lock, 0)
  }

  /** Forgets what a slot waits for. */
  cancel(slot: Slot): void {
    const lock = this.waitsFor[slot]! - 1
    if (lock < 0) return
    this.waitsFor[slot] = none
    let before = this.firstWaiter[lock]!
    if (before === slot + 1) {
      this.firstWaiter[lock] = this.nextWaiter[slot]!
      return
    }
    while (this.nextWaiter[before - 1] !== slot + 1) before = this.nextWaiter[before - 1]!
    this.nextWaiter[before - 1] = this.nextWaiter[slot]!
  }

  /** The lock a slot waits for, or −1. */
  waitOf(slot: Slot): number {
    return this.waitsFor[slot]! - 1
  }

  /** True while a release that the part in `slot` gave waits for its cycle. */
  isReleasing(slot: Slot): boolean {
    for (let i = 0; i < this.postponedCount[0]!; i++)
      if (this.postponed[i * 3 + 2] === slot + 1) return true
    return false
  }

  /** Locks with a postponed release: how many, and which. */
  get releases(): number {
    return this.postponedCount[0]!
  }

  releaseOf(i: number): number {
    return this.postponed[i * 3]!
  }

  /** When the next postponed release is carried out, or `never`. */
  get nextRelease(): Tick {
    return this.postponedCount[0] === 0 ? never : this.sim.schedule.dueOf(this.slot)
  }

  private suits(lock: number, amount: number, equal: boolean): boolean {
    const value = this.value[lock]!
    return equal ? value === amount : value >= amount
  }

  private isFree(lock: number): boolean {
    return this.grantTick[lock] !== this.sim.schedule.now
  }

  /** The bus does not stand in its own way. */
  private isTakenByOthers(lock: number): boolean {
    return !this.isFree(lock) && this.granted[lock] !== byBus + 1
  }

  /** Carries out an acquire. */
  private take(lock: number, amount: number, equal: boolean, slot: Slot): void {
    this.grant(lock, slot)
    if (amount !== 0) this.change(lock, this.value[lock]! - amount)
    this.tell(lock, equal ? HwEvent.lockAcquiredEqual : HwEvent.lockAcquiredAtLeast)
  }

  /** Carries out a release. One of nothing needs no turn. */
  private give(lock: number, amount: number, slot: Slot): void {
    if (amount !== 0) {
      this.grant(lock, slot)
      this.change(lock, this.value[lock]! + amount)
    }
    this.tell(lock, HwEvent.lockReleased)
  }

  private tell(lock: number, event: HwEvent): void {
    this.events.pulse(this.tileOf[lock]!, event, this.placeOf[lock]!)
  }

  private grant(lock: number, slot: Slot): void {
    this.grantTick[lock] = this.sim.schedule.now
    this.granted[lock] = slot + 1
  }

  /**
   * True when nobody who waits, could be granted and is still to ask in this cycle comes before
   * `slot` in the round.
   */
  private isTurnOf(lock: number, slot: Slot): boolean {
    const { schedule } = this.sim
    const last = this.granted[lock]! - 1
    const mine = distance(last, slot)
    for (let w = this.firstWaiter[lock]!; w !== none; w = this.nextWaiter[w - 1]!) {
      const other = w - 1
      if (schedule.dueOf(other) !== schedule.now || distance(last, other) > mine) continue
      if (this.suits(lock, this.waitAmount[other]!, this.waitEqual[other] !== 0)) return false
    }
    return true
  }

  private postpone(lock: number, amount: number, slot: Slot): void {
    const at = this.postponedCount[0]!++ * 3
    this.postponed[at] = lock
    this.postponed[at + 1] = amount
    this.postponed[at + 2] = slot + 1
    this.sim.schedule.at(this.slot, this.sim.schedule.now + 1)
  }

  /** Carries out postponed releases, one per lock; the rest waits another cycle. */
  private catchUp(): void {
    const { postponed } = this
    const count = this.postponedCount[0]!
    let kept = 0
    for (let i = 0; i < count; i++) {
      const lock = postponed[i * 3]!
      const amount = postponed[i * 3 + 1]!
      const who = postponed[i * 3 + 2]!
      // What a reset has taken back is no release any more.
      if (amount === 0) continue
      if (this.isFree(lock)) {
        this.give(lock, amount, who - 1)
        continue
      }
      postponed[kept * 3] = lock
      postponed[kept * 3 + 1] = amount
      postponed[kept * 3 + 2] = who
      kept++
    }
    postponed.fill(0, kept * 3, count * 3)
    this.postponedCount[0] = kept
    if (kept > 0) this.sim.schedule.at(this.slot, this.sim.schedule.now + 1)
  }

  private change(lock: number, wanted: number): void {
    const { min, max, wraps } = this.facts
    const old = this.value[lock]!
    const range = max - min + 1
    let value = wanted
    if (wanted > max) {
      value = wraps ? wanted - range : max
      this.sticky[lock]! |= 1
      this.notes.add(NoteCode.lockOverflow, partOf(PartKind.lock, lock), value)
    } else if (wanted < min) {
      value = wraps ? wanted + range : min
      this.sticky[lock]! |= 2
      this.notes.add(NoteCode.lockUnderflow, partOf(PartKind.lock, lock), value)
    }
    if (value !== wanted) this.tell(lock, HwEvent.lockError)
    this.value[lock] = value
    this.sim.trace.emit(ArrayEvent.lockChange, partOf(PartKind.lock, lock), old, value)
    this.tell(lock, HwEvent.lockChanged)
    this.wake(lock)
  }

  /** Runs those who wait and whom the new value suits, one tick later. */
  private wake(lock: number): void {
    const { schedule } = this.sim
    for (let w = this.firstWaiter[lock]!; w !== none; w = this.nextWaiter[w - 1]!) {
      if (!this.suits(lock, this.waitAmount[w - 1]!, this.waitEqual[w - 1] !== 0)) continue
      if (schedule.dueOf(w - 1) !== schedule.now) schedule.at(w - 1, schedule.now + 1)
    }
  }
}

/** Steps from behind slot `last` round to `slot`. */
function distance(last: Slot, slot: Slot): number {
  return slot > last ? slot - last : slot - last + maxSlots
}
