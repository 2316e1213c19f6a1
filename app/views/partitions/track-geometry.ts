/** Geometry of the track: two halves per column, contexts over them, and where a dragged block would lie. */
import type { LayoutNow } from '../../session/host-request.ts'

/** Grid lines of a block, from 1: two tracks per column. */
export interface Span {
  readonly from: number
  readonly to: number
}

type Context = LayoutNow['contexts'][number]

/** Where a context lies; undefined while it is off the array. */
export function spanOf({ hold }: Context): Span | undefined {
  if (!hold || hold.columns <= 0) return undefined
  const from = 2 * hold.start + 1
  if (hold.half === 'a') return { from, to: from + 1 }
  if (hold.half === 'b') return { from: from + 1, to: from + 2 }
  return { from, to: from + 2 * hold.columns }
}

/** Halves that a number of tiles takes. */
export function halvesOf(now: LayoutNow, numTiles: number): number {
  const { tilesPerColumn, halves, columns } = now
  if (halves && numTiles < tilesPerColumn) return 1
  return 2 * Math.min(columns, Math.max(1, Math.ceil(numTiles / tilesPerColumn)))
}

/** Where a block of so many tiles lies when its left edge is at a half. */
export function draftSpan(now: LayoutNow, numTiles: number, start: number): Span {
  const width = halvesOf(now, numTiles)
  const last = 2 * now.columns - width
  const step = width === 1 ? 1 : 2
  const at = Math.max(0, Math.min(last, Math.round(start / step) * step))
  return { from: at + 1, to: at + 1 + width }
}

/** Halves that nobody holds, from 0. */
export function freeHalves(now: LayoutNow): readonly number[] {
  const taken = new Set<number>()
  for (const context of now.contexts) {
    const span = spanOf(context)
    for (let at = span?.from ?? 0; span && at < span.to; at++) taken.add(at - 1)
  }
  return Array.from({ length: 2 * now.columns }, (_, half) => half).filter((h) => !taken.has(h))
}

/** Who lies under a span. */
export function under(now: LayoutNow, span: Span): readonly Context[] {
  return now.contexts.filter((context) => {
    const own = spanOf(context)
    return own !== undefined && own.from < span.to && span.from < own.to
  })
}
