/**
 * Lane: what one part did when, as slices in the order of time. The last may be open: its end is not known yet.
 */
/** Start, end, state, label. */
export const fields = 4
export const open = -1

/** A growing list of slices of one lane. The last may be open: its end is −1. */
export class Lane {
  numbers = new Float64Array(256 * fields)
  count = 0

  /** Ends the open slice at `tick` and begins another; state −1 begins none. Empty slices vanish. */
  next(tick: number, state: number, label: number): void {
    this.close(tick)
    if (state < 0) return
    if ((this.count + 1) * fields > this.numbers.length) {
      const larger = new Float64Array(this.numbers.length * 2)
      larger.set(this.numbers)
      this.numbers = larger
    }
    this.numbers.set([tick, open, state, label], this.count * fields)
    this.count++
  }

  /** Ends the open slice at a tick, which may lie ahead. */
  close(tick: number): void {
    if (this.count === 0) return
    const at = (this.count - 1) * fields
    const end = this.numbers[at + 1]!
    // A slice whose end was set ahead of time gives way to what begins before it.
    if (end !== open && end <= tick) return
    if (this.numbers[at]! >= tick) this.count--
    else this.numbers[at + 1] = tick
  }

  /** Gives the open slice another state and label. */
  restate(state: number, label: number): void {
    const at = (this.count - 1) * fields
    if (this.count === 0 || this.numbers[at + 1] !== open) return
    this.numbers[at + 2] = state
    this.numbers[at + 3] = label
  }

  /** Index of the slice that covers `tick`, −1 when none does. */
  at(tick: number): number {
    let low = 0
    let high = this.count - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.numbers[middle * fields]! <= tick) low = middle
      else high = middle - 1
    }
    if (high < 0) return -1
    const end = this.numbers[low * fields + 1]!
    return this.numbers[low * fields]! <= tick && (end === open || end > tick) ? low : -1
  }

  /** Ticks within `[from, to)` spent in slices of a state. */
  timeIn(state: number, from: number, to: number): number {
    let total = 0
    for (let i = this.count - 1; i >= 0; i--) {
      const start = this.numbers[i * fields]!
      const end = this.numbers[i * fields + 1] === open ? to : this.numbers[i * fields + 1]!
      if (end <= from) break
      if (this.numbers[i * fields + 2] !== state || start >= to) continue
      total += Math.min(end, to) - Math.max(start, from)
    }
    return total
  }
}
