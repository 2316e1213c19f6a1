/**
 * Redistribution: gives the uCs of one preemption point save regions that do not overlap.
 *
 * A region is one span from the first to the last chunk of a hint map, holes and all. Where spans of several uCs
 * overlap though their chunks do not, the chunks are pooled and cut anew into as many spans, at the largest holes.
 */
import { preemptCode } from '../../device/abi/preempt-code.ts'
import type { Region } from './save-restore.ts'

/** What one uC saves at a point. `chunks` is undefined when it has no map and saves its whole column. */
export interface PointMember {
  readonly uc: number
  readonly region: Region
  readonly chunks: readonly number[] | undefined
}

/** Two members that both want a chunk. */
export interface Conflict {
  readonly a: number
  readonly b: number
}

export interface Redistribution {
  readonly conflict?: Conflict
  /** New regions by index of the member. */
  readonly regions: ReadonlyMap<number, Region>
  /** Spans of chunks that no member is left to save. */
  readonly lost: readonly Region[]
}

const { chunkBytes } = preemptCode

function overlaps(a: Region, b: Region): boolean {
  return a.base < b.base + b.sizeBytes && b.base < a.base + a.sizeBytes
}

function inRegion(chunks: readonly number[], region: Region): boolean {
  const from = region.base / chunkBytes
  const to = (region.base + region.sizeBytes) / chunkBytes
  return chunks.some((chunk) => chunk >= from && chunk < to)
}

/** The span from the first to the last of some chunks. */
export function spanOf(chunks: readonly number[]): Region {
  if (chunks.length === 0) return { base: 0, sizeBytes: 0 }
  const first = chunks[0]
  const last = chunks[chunks.length - 1]
  return { base: first * chunkBytes, sizeBytes: (last - first + 1) * chunkBytes }
}

/** Finds overlapping spans and cuts them anew; a chunk that two members want is a conflict. */
export function redistribute(members: readonly PointMember[]): Redistribution {
  const groups = new Groups(members)
  const conflict = groups.joinOverlaps()
  if (conflict) return { conflict, regions: new Map(), lost: [] }
  const regions = new Map<number, Region>()
  const lost: Region[] = []
  if (!groups.isJoined) return { regions, lost }
  const fixed = members.flatMap((m) => (m.chunks ? [] : [m.region]))
  const idle = members.flatMap((m, i) => (m.chunks && m.region.sizeBytes === 0 ? [i] : []))
  for (const group of groups.list()) {
    if (fixed.length === 0 && group.length < 2) continue
    const pool = group.flatMap((i) => members[i].chunks ?? []).sort((a, b) => a - b)
    const cuts = forcedCuts(pool, fixed)
    while (group.length < cuts.size + 1 && idle.length > 0) group.push(idle.shift() as number)
    const spans = cutPool(pool, cuts, group.length)
    const order = [...group].sort((a, b) => members[a].region.base - members[b].region.base)
    spans.forEach((span, i) => {
      if (i < order.length) regions.set(order[i], span)
      else lost.push(span)
    })
  }
  return { regions, lost }
}

/** Members whose spans overlap, joined step by step. */
class Groups {
  isJoined = false
  private readonly members: readonly PointMember[]
  private readonly parent: number[]

  constructor(members: readonly PointMember[]) {
    this.members = members
    this.parent = members.map((_, i) => i)
  }

  joinOverlaps(): Conflict | undefined {
    const { members } = this
    for (let a = 0; a < members.length; a++) {
      for (let b = a + 1; b < members.length; b++) {
        if (!overlaps(members[a].region, members[b].region)) continue
        if (this.shareChunk(a, b)) return { a, b }
        this.isJoined = true
        this.join(a, b)
      }
    }
    return undefined
  }

  /** Members with chunks, group by group. */
  list(): number[][] {
    const groups = new Map<number, number[]>()
    this.members.forEach((member, i) => {
      if (!member.chunks || member.region.sizeBytes === 0) return
      const root = this.find(i)
      groups.set(root, [...(groups.get(root) ?? []), i])
    })
    return [...groups.entries()].sort((x, y) => x[0] - y[0]).map(([, group]) => group)
  }

  private shareChunk(a: number, b: number): boolean {
    const first = this.members[a]
    const second = this.members[b]
    if (first.chunks && second.chunks) {
      const has = new Set(first.chunks)
      return second.chunks.some((chunk) => has.has(chunk))
    }
    if (first.chunks) return inRegion(first.chunks, second.region)
    return second.chunks ? inRegion(second.chunks, first.region) : true
  }

  /** Two with maps join each other; one that reaches over a whole column joins all that have maps. */
  private join(a: number, b: number): void {
    const { members } = this
    if (members[a].chunks && members[b].chunks) {
      this.union(a, b)
      return
    }
    const mapped = members[a].chunks ? a : b
    members.forEach((member, i) => {
      if (member.chunks && member.region.sizeBytes > 0) this.union(i, mapped)
    })
  }

  private union(a: number, b: number): void {
    const x = this.find(a)
    const y = this.find(b)
    if (x !== y) this.parent[x] = y
  }

  private find(i: number): number {
    let at = i
    while (this.parent[at] !== at) at = this.parent[at]
    return at
  }
}

/** Places (index of the chunk before) where a whole column without a map lies in a hole. */
function forcedCuts(pool: readonly number[], fixed: readonly Region[]): Set<number> {
  const cuts = new Set<number>()
  for (let i = 0; i + 1 < pool.length; i++) {
    const from = (pool[i] + 1) * chunkBytes
    const to = pool[i + 1] * chunkBytes
    if (fixed.some((r) => r.base >= from && r.base + r.sizeBytes <= to)) cuts.add(i)
  }
  return cuts
}

interface Cut {
  readonly at: number
  readonly hole: number
  readonly length: number
  readonly distance: number
}

/** The larger hole, then the longer segment, then the place nearer to its middle. */
function isBetter(a: Cut, b: Cut | undefined): boolean {
  if (!b) return true
  if (a.hole !== b.hole) return a.hole > b.hole
  if (a.length !== b.length) return a.length > b.length
  return a.distance < b.distance
}

function segmentsOf(pool: readonly number[], cuts: ReadonlySet<number>): [number, number][] {
  const segments: [number, number][] = []
  let from = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    segments.push([from, cut])
    from = cut + 1
  }
  segments.push([from, pool.length - 1])
  return segments
}

function cutPool(pool: readonly number[], forced: ReadonlySet<number>, wanted: number): Region[] {
  const cuts = new Set(forced)
  while (cuts.size + 1 < wanted) {
    let best: Cut | undefined
    for (const [from, to] of segmentsOf(pool, cuts)) {
      const length = to - from + 1
      const middle = from + Math.floor(length / 2) - 1
      for (let at = from; at < to; at++) {
        const hole = pool[at + 1] - pool[at] - 1
        const cut = { at, hole, length, distance: Math.abs(at - middle) }
        if (isBetter(cut, best)) best = cut
      }
    }
    if (!best) break
    cuts.add(best.at)
  }
  return segmentsOf(pool, cuts).map(([from, to]) => spanOf(pool.slice(from, to + 1)))
}
