/**
 * Choices: random decisions read from a tape of numbers, so that a property can shrink them. Behind the end of
 * the tape every choice is the first one.
 */
export class Choices {
  private readonly tape: readonly number[]
  private at = 0

  constructor(tape: readonly number[]) {
    this.tape = tape
  }

  /** A number from 0 to `count` − 1. */
  below(count: number): number {
    return (this.tape[this.at++] ?? 0) % count
  }

  /** A number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** True in about `percent` of all cases, never behind the end of the tape. */
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent
  }
}
