/**
 * Choices: what a random design is made of, a list of numbers that shrinks well.
 *
 * Every decision reads the next number; beyond the end of the list every answer is the first one, which is the simplest.
 */
import fc from 'fast-check'

export class Choices {
  private readonly numbers: readonly number[]
  private next = 0

  constructor(numbers: readonly number[]) {
    this.numbers = numbers
  }

  /** An integer from 0 to `count` − 1. */
  below(count: number): number {
    return (this.numbers[this.next++] ?? 0) % count
  }

  /** An integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1)
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** True once in `oneIn` times; false when nothing is left to choose. */
  rarely(oneIn = 3): boolean {
    return this.below(oneIn) === oneIn - 1
  }

  /** The list in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list]
    const out: T[] = []
    while (rest.length > 0) out.push(...rest.splice(this.below(rest.length), 1))
    return out
  }
}

/** Lists of numbers for `Choices`. */
export function choiceLists(length = 300): fc.Arbitrary<number[]> {
  return fc.array(fc.nat(0x7fff_ffff), { minLength: length, maxLength: length })
}
