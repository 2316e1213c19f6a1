/**
 * Lock orders: what an agent knows that has taken a lock.
 *
 * A lock counts units. Whoever takes the n-th unit knows that n units had been given, so it comes
 * behind whoever gave the first n, but not behind those who had given more in advance. Who waits for
 * an exact value knows of everybody.
 */
import { type Clock, merged } from './clocks.ts'

/** Units given until a moment, and the clock of all who gave them. */
interface Gift {
  readonly units: number
  readonly clock: Clock | undefined
}

interface Lock {
  readonly gifts: Gift[]
  units: number
  taken: number
  all: Clock | undefined
  takers: Clock | undefined
}

export class LockOrders {
  private readonly locks: Lock[] = []
  private readonly values: Int8Array

  /** `values` are the locks as they stand now; nobody is known to have given them. */
  constructor(values: Int8Array) {
    this.values = values.slice()
  }

  give(number: number, amount: number, clock: Clock): void {
    const lock = this.lockOf(number)
    lock.all = merged(lock.all, clock)
    if (amount < 0) {
      lock.taken -= amount
      return
    }
    lock.units += amount
    lock.gifts.push({ units: lock.units, clock: lock.all.slice() })
  }

  /** Takes units; gives the clock of those who must have come before. */
  take(number: number, amount: number): Clock | undefined {
    const lock = this.lockOf(number)
    const { gifts } = lock
    lock.taken += amount
    while (gifts.length > 1 && gifts[0]!.units < lock.taken) gifts.shift()
    return gifts[0]!.units < lock.taken ? lock.all : gifts[0]!.clock
  }

  /** Sets a lock to a value, whatever it was. */
  set(number: number, value: number, clock: Clock): void {
    const lock = this.lockOf(number)
    lock.all = merged(lock.all, clock)
    lock.units = value
    lock.taken = 0
    lock.gifts.splice(0, lock.gifts.length, { units: value, clock: lock.all.slice() })
  }

  /** Somebody has taken the lock; matters to those who wait for an exact value. */
  tookBy(number: number, clock: Clock): void {
    const lock = this.lockOf(number)
    lock.takers = merged(lock.takers, clock)
  }

  /** Everybody who ever gave to the lock, and everybody who ever took it. */
  givers(number: number): Clock | undefined {
    return this.lockOf(number).all
  }

  takers(number: number): Clock | undefined {
    return this.lockOf(number).takers
  }

  private lockOf(number: number): Lock {
    const units = this.values[number]!
    return (this.locks[number] ??= {
      gifts: [{ units, clock: undefined }],
      units,
      taken: 0,
      all: undefined,
      takers: undefined,
    })
  }
}
