/** One lane's slices in typed arrays, in order of time; slices of a lane never overlap. */

/** Four numbers a slice, as the worker sends them: start, end, state, label. */
const wordsPerSlice = 4

export interface Lane {
  count: number
  start: Float64Array
  end: Float64Array
  state: Uint8Array
  /** Index into `labels`, or −1. */
  label: Int32Array
  readonly labels: string[]
}

export function emptyLane(): Lane {
  return {
    count: 0,
    start: new Float64Array(16),
    end: new Float64Array(16),
    state: new Uint8Array(16),
    label: new Int32Array(16),
    labels: [],
  }
}

function grow(lane: Lane): void {
  const size = lane.start.length * 2
  const copy = <A extends Float64Array | Uint8Array | Int32Array>(into: A, from: A): A => {
    into.set(from)
    return into
  }
  lane.start = copy(new Float64Array(size), lane.start)
  lane.end = copy(new Float64Array(size), lane.end)
  lane.state = copy(new Uint8Array(size), lane.state)
  lane.label = copy(new Int32Array(size), lane.label)
}

/**
 * Adds slices that follow those already there. A slice that was still open is sent again with a later end: it
 * replaces itself. `grew` hears of every stretch of time that is new.
 */
export function addSlices(
  lane: Lane,
  numbers: Float64Array,
  labels: readonly string[],
  grew: (start: number, end: number, state: number) => void,
): void {
  for (let i = 0; i + wordsPerSlice <= numbers.length; i += wordsPerSlice) {
    const start = numbers[i]!
    const end = numbers[i + 1]!
    const state = numbers[i + 2]!
    const text = labels[numbers[i + 3]!]
    let at = lane.count - 1
    if (at >= 0 && start < lane.start[at]!) continue
    if (at >= 0 && start === lane.start[at]) {
      const known = lane.end[at]!
      if (end > known) grew(known, end, state)
      lane.end[at] = Math.max(known, end)
    } else {
      if (lane.count === lane.start.length) grow(lane)
      at = lane.count++
      lane.start[at] = start
      lane.end[at] = end
      grew(start, end, state)
    }
    lane.state[at] = state
    lane.label[at] = text === undefined ? -1 : labelIndex(lane, text)
  }
}

function labelIndex(lane: Lane, text: string): number {
  const last = lane.labels.length - 1
  if (lane.labels[last] === text) return last
  const found = lane.labels.indexOf(text)
  return found >= 0 ? found : lane.labels.push(text) - 1
}

/** Index of the first slice that ends after a tick; `count` when there is none. */
export function firstAfter(lane: Lane, tick: number): number {
  let low = 0
  let high = lane.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (lane.end[middle]! > tick) high = middle
    else low = middle + 1
  }
  return low
}

/** Index of the first slice that starts at or after a tick. */
export function firstFrom(lane: Lane, tick: number): number {
  let low = 0
  let high = lane.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (lane.start[middle]! >= tick) high = middle
    else low = middle + 1
  }
  return low
}

/** How many slices touch a range of ticks. */
export function countWithin(lane: Lane, from: number, to: number): number {
  return Math.max(0, firstFrom(lane, to) - firstAfter(lane, from))
}

/** The slice at a tick, or −1. */
export function sliceAt(lane: Lane, tick: number): number {
  const at = firstAfter(lane, tick)
  return at < lane.count && lane.start[at]! <= tick ? at : -1
}

export function labelOf(lane: Lane, slice: number): string {
  return lane.labels[lane.label[slice] ?? -1] ?? ''
}
