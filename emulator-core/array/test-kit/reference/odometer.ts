/**
 * Odometer: which words a buffer descriptor touches, counted digit by digit like the mileage of a car.
 *
 *     digits  d2 d1 d0 ── each wraps at its own count and carries ──▶ base + iteration + Σ digit · step
 *
 * Faithful    the outermost digit and every digit with wrap 0 run on; padded digits begin before 0 and end
 *             behind their wrap, and a word is padding when any digit is outside the data
 * Simplified  nothing: it is the reference, slow and obvious, for the address walks of the DMA engines
 */

/** An address pattern in words. Lists are innermost dimension first; what is missing is 0 (steps: 1). */
export interface Pattern {
  readonly base: number
  readonly length: number
  readonly steps?: readonly number[]
  readonly wraps?: readonly number[]
  readonly before?: readonly number[]
  readonly after?: readonly number[]
  /** Distance between loads of the descriptor, loads until it starts over, and loads so far. */
  readonly iteration?: { readonly step: number; readonly wrap: number; readonly current: number }
}

const dimensions = 4

/** Word addresses of one load of a descriptor in order; undefined stands for a word of padding. */
export function touched(pattern: Pattern): (number | undefined)[] {
  const { steps = [], wraps = [], before = [], after = [], iteration } = pattern
  const start = pattern.base + (iteration ? iteration.current * iteration.step : 0)
  const first = Array.from({ length: dimensions }, (_, d) => -(before[d] ?? 0))
  const digits = [...first]
  const list: (number | undefined)[] = []
  while (list.length < pattern.length) {
    let address = start
    let isData = true
    for (let d = 0; d < dimensions; d++) {
      const wrap = wraps[d] ?? 0
      address += digits[d]! * (steps[d] ?? 1)
      if (wrap !== 0 && (digits[d]! < 0 || digits[d]! >= wrap)) isData = false
    }
    list.push(isData ? address : undefined)
    for (let d = 0; d < dimensions; d++) {
      digits[d]! += 1
      const wrap = wraps[d] ?? 0
      if (wrap === 0 || digits[d]! < wrap + (after[d] ?? 0)) break
      digits[d] = first[d]!
    }
  }
  return list
}

/** The same descriptor after one more load: its iteration counts on and starts over at its wrap. */
export function reloaded(pattern: Pattern): Pattern {
  const { iteration } = pattern
  if (!iteration) return pattern
  const next = iteration.current + 1
  return { ...pattern, iteration: { ...iteration, current: next >= iteration.wrap ? 0 : next } }
}

/** A chain of descriptors run several times: all words touched, and the chain as it is left. */
export function chained(
  chain: readonly Pattern[],
  runs: number,
): { words: (number | undefined)[]; left: Pattern[] } {
  const left = [...chain]
  const words: (number | undefined)[] = []
  for (let run = 0; run < runs; run++) {
    for (let i = 0; i < left.length; i++) {
      words.push(...touched(left[i]!))
      left[i] = reloaded(left[i]!)
    }
  }
  return { words, left }
}
