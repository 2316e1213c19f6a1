/** The story of memory as pictures need it: who is shown, bands that stand on each other, the envelope, peaks. */
import type {
  BufferLife,
  CoherencyMark,
  GrowthGroup,
  MemoryStory,
} from '../../../emulator-core/worker/protocol.ts'

/** A process by its index in the scene, or all of them. */
export type Scope = number | 'all'
/** Buffers in the device heap, or those that processes have in host memory. */
export type Side = 'heap' | 'host'

export const emptyStory: MemoryStory = {
  version: -1,
  buffers: [],
  steps: [],
  groups: [],
  marks: [],
  coherency: [],
  isCut: false,
}

const isOf = (scope: Scope, client: number) => scope === 'all' || scope === client

/** Buffers that a picture shows; chunks are the ground of the heap, not buffers in it. */
export function buffersIn(story: MemoryStory, scope: Scope, side: Side): readonly BufferLife[] {
  return story.buffers.filter(
    ({ client, kind }) =>
      isOf(scope, client) && (side === 'heap' ? kind === 'dev' : kind !== 'dev' && kind !== 'heap'),
  )
}

export function groupsIn(story: MemoryStory, scope: Scope): readonly GrowthGroup[] {
  return story.groups.filter(({ client }) => isOf(scope, client))
}

export function coherencyIn(story: MemoryStory, scope: Scope): readonly CoherencyMark[] {
  return story.coherency.filter(({ client }) => client < 0 || isOf(scope, client))
}

/** A step line: value from each tick on. */
export interface StepLine {
  readonly ticks: readonly number[]
  readonly values: readonly number[]
}

/** Bytes that chunks cover over time, summed over the processes shown. */
export function envelopeOf(story: MemoryStory, scope: Scope): StepLine {
  const now = new Map<number, number>()
  const ticks: number[] = []
  const values: number[] = []
  for (const { tick, client, bytes } of story.steps) {
    if (!isOf(scope, client)) continue
    now.set(client, bytes)
    ticks.push(tick)
    values.push([...now.values()].reduce((sum, value) => sum + value, 0))
  }
  return { ticks, values }
}

/** The value of a step line at a tick; 0 before it begins. */
export function valueAt({ ticks, values }: StepLine, tick: number): number {
  let low = 0
  let high = ticks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ticks[middle]! <= tick) low = middle + 1
    else high = middle
  }
  return values[low - 1] ?? 0
}

/** One band of the stack: somebody's bytes between two ticks, standing on what is below. */
export interface Piece {
  readonly key: number
  readonly from: number
  readonly to: number
  readonly base: number
  readonly bytes: number
}

export interface Stack {
  readonly pieces: readonly Piece[]
  readonly total: StepLine
  /** The most that was in use, and when that began. */
  readonly peak: number
  readonly peakAt: number
}

/** Changes that are further apart than this are drawn apart; finer ones share a column. */
const mostColumns = 1200

/**
 * Bands in the order of their making, `keyOf` saying whose they are; a key's buffers share a band. Time ends at `to`.
 */
export function stackOf(
  buffers: readonly BufferLife[],
  keyOf: (buffer: BufferLife) => number,
  from: number,
  to: number,
): Stack {
  const changes = new Map<number, { key: number; bytes: number }[]>()
  const note = (tick: number, key: number, bytes: number) => {
    const list = changes.get(tick)
    if (list) list.push({ key, bytes })
    else changes.set(tick, [{ key, bytes }])
  }
  for (const buffer of buffers) {
    note(buffer.born, keyOf(buffer), buffer.bytes)
    if (buffer.died >= 0) note(buffer.died, keyOf(buffer), -buffer.bytes)
  }
  const ticks = [...changes.keys()].sort((a, b) => a - b)
  const grain = (to - from) / mostColumns
  const held = new Map<number, number>()
  const open = new Map<number, Piece>()
  const pieces: Piece[] = []
  const totals = { ticks: [] as number[], values: [] as number[] }
  let peak = 0
  let peakAt = from
  let drawn = -Infinity
  const close = (tick: number) => {
    let base = 0
    for (const [key, bytes] of held) {
      const before = open.get(key)
      if (!before || before.base !== base || before.bytes !== bytes) {
        if (before && tick > before.from) pieces.push({ ...before, to: tick })
        open.set(key, { key, from: tick, to: tick, base, bytes })
      }
      base += bytes
    }
    for (const [key, before] of open) {
      if (held.has(key)) continue
      if (tick > before.from) pieces.push({ ...before, to: tick })
      open.delete(key)
    }
  }
  ticks.forEach((tick, index) => {
    for (const { key, bytes } of changes.get(tick)!) {
      const left = (held.get(key) ?? 0) + bytes
      if (left > 0) held.set(key, left)
      else held.delete(key)
    }
    let total = 0
    for (const bytes of held.values()) total += bytes
    totals.ticks.push(tick)
    totals.values.push(total)
    if (total > peak) {
      peak = total
      peakAt = tick
    }
    const next = ticks[index + 1] ?? Infinity
    if (next - drawn < grain && next !== Infinity) return
    drawn = tick
    close(tick)
  })
  for (const before of open.values()) if (to > before.from) pieces.push({ ...before, to })
  return { pieces, total: totals, peak, peakAt }
}

/** Who holds what at a tick, the largest first. */
export function holdersAt(buffers: readonly BufferLife[], tick: number): readonly BufferLife[] {
  return buffers
    .filter(({ born, died }) => born <= tick && (died < 0 || died > tick))
    .sort((a, b) => b.bytes - a.bytes)
}

/** The stretch of time that the charts show: from a little before the first thing to the end of the record. */
export function spanOf(story: MemoryStory, recordedEnd: number): { from: number; to: number } {
  const first = Math.min(
    ...story.steps.map(({ tick }) => tick),
    ...story.marks.map(({ tick }) => tick),
    story.buffers[0]?.born ?? Infinity,
  )
  if (!Number.isFinite(first)) return { from: Math.max(0, recordedEnd - 1), to: recordedEnd }
  const to = Math.max(recordedEnd, first + 1)
  return { from: Math.max(0, first - (to - first) * 0.03), to }
}

/** The next round number of bytes above a peak: 1, 1.5, 2 times a power of two. */
export function niceLimit(peak: number): number {
  let limit = 1024
  while (limit * 2 < peak) limit *= 2
  return [1, 1.5, 2].map((factor) => limit * factor).find((value) => value >= peak) ?? limit * 2
}

/** Phases of the host program between its marks. */
export function phasesOf(
  story: MemoryStory,
  to: number,
): readonly { readonly name: string; readonly from: number; readonly to: number }[] {
  return story.marks.map(({ tick, name }, index) => ({
    name,
    from: tick,
    to: story.marks[index + 1]?.tick ?? to,
  }))
}
