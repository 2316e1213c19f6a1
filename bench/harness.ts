/** Bench harness: ratios measured in one run, interleaved rounds, medians, JSON. Absolute times are never compared. */

export interface Metric {
  /** Number in the list of promised ratios. */
  readonly id: number
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What is divided by what, or how it was taken. */
  readonly how: string
  /** Correctness gate of the samples. */
  readonly correct: boolean
}

/** Milliseconds that `work` takes. */
export function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
