/** How much DRAM was in use when: samples of the frames that went by, kept in order of time. */

export interface Sample {
  readonly tick: number
  readonly bytes: number
}

const mostSamples = 4000

/**
 * The series with one more sample. Times that were seen before are replaced: going back and forth does not make
 * the series longer. Runs of equal values keep only their ends.
 */
export function withSample(series: readonly Sample[], sample: Sample): readonly Sample[] {
  let low = 0
  let high = series.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (series[middle]!.tick < sample.tick) low = middle + 1
    else high = middle
  }
  const same = series[low]?.tick === sample.tick
  if (same && series[low]!.bytes === sample.bytes) return series
  const before = series[low - 1]
  const after = series[same ? low + 1 : low]
  const isInside = before && after && before.bytes === sample.bytes && after.bytes === sample.bytes
  if (isInside && !same) return series
  const next = [...series.slice(0, low), sample, ...series.slice(same ? low + 1 : low)]
  const beforeLast = next[next.length - 3]
  const middle = next[next.length - 2]
  const endsRun =
    low === next.length - 1 &&
    beforeLast &&
    middle &&
    beforeLast.bytes === middle.bytes &&
    middle.bytes === sample.bytes
  if (endsRun) next.splice(next.length - 2, 1)
  return next.length > mostSamples ? next.filter((_, i) => i % 2 === 0) : next
}

/** Did the use ever change in what was seen? */
export function isFlat(series: readonly Sample[]): boolean {
  return series.every(({ bytes }) => bytes === series[0]!.bytes)
}
