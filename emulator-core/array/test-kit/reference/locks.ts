/**
 * Locks as the sheet tells them: small signed counters, two sticky bits each, and one DMA channel that waits.
 *
 * Faithful    acquire-at-least, acquire-equal, release, saturation, sticky bits, the order of a channel's tasks
 * Simplified  a waiting task goes on at once when its lock allows; silicon takes a few cycles
 */

/** A task of one descriptor: what it acquires before, and releases after, its words. */
export interface LockTask {
  readonly acquire?: { readonly lock: number; readonly operand: number }
  readonly release?: { readonly lock: number; readonly amount: number }
}

const least = -64
const most = 63

export class ReferenceLocks {
  readonly values: number[]
  readonly overflow: boolean[]
  readonly underflow: boolean[]
  /** Tasks of the channel that have not finished, and how many have. */
  readonly queue: LockTask[] = []
  finished = 0

  constructor(count: number) {
    this.values = Array<number>(count).fill(0)
    this.overflow = Array<boolean>(count).fill(false)
    this.underflow = Array<boolean>(count).fill(false)
  }

  /** A write to the value register. */
  set(lock: number, value: number): void {
    this.values[lock] = value
    this.drain()
  }

  /** A read of an acquire request: did it succeed? */
  acquire(lock: number, operand: number): boolean {
    const isTaken = this.take(lock, operand)
    this.drain()
    return isTaken
  }

  /** A read of a release request: it always succeeds. */
  release(lock: number, amount: number): void {
    this.add(lock, amount)
    this.drain()
  }

  /** A task pushed into the queue of the channel. */
  push(task: LockTask): void {
    this.queue.push(task)
    this.drain()
  }

  /** Writes of ones clear sticky bits. */
  clear(which: 'overflow' | 'underflow', lock: number): void {
    this[which][lock] = false
  }

  private take(lock: number, operand: number): boolean {
    const value = this.values[lock]!
    if (operand < 0) {
      if (value < -operand) return false
      this.values[lock] = value + operand
      return true
    }
    if (value !== operand) return false
    this.values[lock] = 0
    return true
  }

  private add(lock: number, amount: number): void {
    const sum = this.values[lock]! + amount
    if (sum > most) this.overflow[lock] = true
    if (sum < least) this.underflow[lock] = true
    this.values[lock] = Math.min(most, Math.max(least, sum))
  }

  private drain(): void {
    while (this.queue.length > 0) {
      const { acquire, release } = this.queue[0]!
      if (acquire && !this.take(acquire.lock, acquire.operand)) return
      if (release) this.add(release.lock, release.amount)
      this.finished++
      this.queue.shift()
    }
  }
}
