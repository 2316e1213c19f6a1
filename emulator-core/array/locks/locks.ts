/**
 * Locks: counting semaphores that pass a tile's buffers between its core and its DMA channels.
 *
 *     core ── acquire ──▶ ┌───────┐ ◀── acquire ── DMA channel
 *     core ── release ──▶ │ Locks │ ◀── release ── DMA channel
 *     bus  ── set, request ▶──────┘ ── wake one tick later ──▶ waiting slots
 *
 * Faithful    value range, acquire-at-least and acquire-equal, sticky overflow and underflow bits
 * Simplified  on overflow the value saturates (undocumented); all waiters of a changed lock wake
 *             together and try in slot order, so that one lock can serve several requests in a tick
 */
import type { ArrayNumbering } from '../../device/parts.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import type { Slot } from '../../sim/scheduler.ts'
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
}

const maxSlots = 4096
const none = 0

export class Locks {
  /** One value per lock of the whole array, tile after tile. */
  readonly value: Int8Array
  /** Sticky bits: 1 overflow, 2 underflow. */
  private readonly sticky: Uint8Array
  /** First waiting slot + 1 of each lock; 0 when nobody waits. */
  private readonly firstWaiter: Int32Array
  /** Next waiting slot + 1 behind a slot in the list of the same lock. */
  private readonly nextWaiter: Int32Array
  /** Lock + 1 that a slot waits for. */
  private readonly waitsFor: Int32Array
  private readonly sim: Sim
  private readonly notes: Notes
  private readonly facts: LockFacts

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
    this.firstWaiter = sim.state.i32('array.lock.firstWaiter', facts.total)
    this.nextWaiter = sim.state.i32('array.lock.nextWaiter', maxSlots)
    this.waitsFor = sim.state.i32('array.lock.waitsFor', maxSlots)
  }

  /**
   * Takes `amount` and returns true, or changes nothing and returns false. `equal`: only at exactly
   * that value. Otherwise at least that value.
   */
  acquire(lock: number, amount: number, equal: boolean): boolean {
    const value = this.value[lock]!
    if (equal ? value !== amount : value < amount) return false
    if (amount !== 0) this.change(lock, value - amount)
    this.tell(lock, equal ? HwEvent.lockAcquiredEqual : HwEvent.lockAcquiredAtLeast)
    return true
  }

  /**
   * Takes by the signed operand of descriptors and request registers: negative = at least that
   * much, else equal.
   */
  acquireBy(lock: number, operand: number): boolean {
    return operand < 0 ? this.acquire(lock, -operand, false) : this.acquire(lock, operand, true)
  }

  /**
   * Adds a signed amount; beyond the range the value stays at the limit and a sticky bit is set.
   */
  release(lock: number, amount: number): void {
    if (amount !== 0) this.change(lock, this.value[lock]! + amount)
    this.tell(lock, HwEvent.lockReleased)
  }

  /** A request register read: true when the request succeeded. */
  request(lock: number, acquire: boolean, operand: number): boolean {
    if (acquire) return this.acquireBy(lock, operand)
    this.release(lock, operand)
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
    if (this.value[lock] !== 0) this.set(lock, 0)
  }

  /**
   * Wakes `slot` one tick after the next change of the lock. One wait per slot; a new one replaces
   * it.
   */
  wait(lock: number, slot: Slot): void {
    this.cancel(slot)
    this.waitsFor[slot] = lock + 1
    this.nextWaiter[slot] = this.firstWaiter[lock]!
    this.firstWaiter[lock] = slot + 1
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

  private change(lock: number, wanted: number): void {
    const old = this.value[lock]!
    let value = wanted
    if (wanted > this.facts.max) {
      value = this.facts.max
      this.sticky[lock]! |= 1
      this.notes.add(NoteCode.lockOverflow, partOf(PartKind.lock, lock), value)
    } else if (wanted < this.facts.min) {
      value = this.facts.min
      this.sticky[lock]! |= 2
      this.notes.add(NoteCode.lockUnderflow, partOf(PartKind.lock, lock), value)
    }
    if (value !== wanted) this.tell(lock, HwEvent.lockError)
    this.value[lock] = value
    this.sim.trace.emit(ArrayEvent.lockChange, partOf(PartKind.lock, lock), old, value)
    this.tell(lock, HwEvent.lockChanged)
    this.wake(lock)
  }

  private tell(lock: number, event: HwEvent): void {
    this.events.pulse(this.tileOf[lock]!, event, this.placeOf[lock]!)
  }

  private wake(lock: number): void {
    let waiter = this.firstWaiter[lock]!
    if (waiter === none) return
    this.firstWaiter[lock] = none
    const tick = this.sim.schedule.now + 1
    while (waiter !== none) {
      this.waitsFor[waiter - 1] = none
      this.sim.schedule.at(waiter - 1, tick)
      waiter = this.nextWaiter[waiter - 1]!
    }
  }
}
