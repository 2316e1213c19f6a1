/**
 * Banking: cycles that the accesses of one bundle wait for one another at the banks of a memory.
 *
 *     accesses of a bundle ── bank bits ──▶ ┌────────────┐ ──▶ cycles lost
 *                                           │ waitsAmong │
 *                                           └────────────┘
 *
 * Every cycle each bank serves one access. The accesses of a bundle are tried in their order; one
 * that finds any of its banks taken is tried again in the next cycle, whole. An access wider than a
 * port never waits for itself: its halves have cycles of their own in the schedule.
 */

/** Cycles that `count` accesses with these banks take beyond the first. */
export function waitsAmong(banks: Int32Array, first: number, count: number): number {
  if (count < 2) return 0
  if (count === 2) return (banks[first]! & banks[first + 1]!) !== 0 ? 1 : 0
  let left = (1 << count) - 1
  let rounds = 0
  while (left !== 0) {
    let taken = 0
    for (let i = 0; i < count; i++) {
      if (((left >> i) & 1) === 0 || (banks[first + i]! & taken) !== 0) continue
      taken |= banks[first + i]!
      left &= ~(1 << i)
    }
    rounds++
  }
  return rounds - 1
}

/** Banks that more than one of the accesses want. */
export function contestedAmong(banks: Int32Array, first: number, count: number): number {
  let once = 0
  let twice = 0
  for (let i = first; i < first + count; i++) {
    twice |= once & banks[i]!
    once |= banks[i]!
  }
  return twice
}
