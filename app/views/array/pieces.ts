/** Chains of points for drawing: tidied, and drawn once where several sinks share them. */
import { lengthOf, type Point } from '../../canvas/shape.ts'

/** One drawn chain. `start` is how far from the route's source it begins: the phase of its beads. */
export interface Piece {
  readonly points: readonly Point[]
  readonly start: number
  readonly length: number
  /** Links below the cores (mem, shim, DDR) are drawn wider. */
  readonly wide: boolean
}

/** Drops points that repeat or lie between their neighbours on a straight line. */
export function tidy(points: readonly Point[]): Point[] {
  const out: Point[] = []
  for (const point of points) {
    const last = out[out.length - 1]
    if (last && last.x === point.x && last.y === point.y) continue
    const before = out[out.length - 2]
    if (before && last && isBetween(before, last, point)) out.pop()
    out.push(point)
  }
  return out
}

function isBetween(a: Point, b: Point, c: Point): boolean {
  const alongX = a.y === b.y && b.y === c.y && (b.x - a.x) * (c.x - b.x) >= 0
  const alongY = a.x === b.x && b.x === c.x && (b.y - a.y) * (c.y - b.y) >= 0
  return alongX || alongY
}

/** Adds a chain, leaving out the head that it shares with a chain already drawn (one source, many sinks). */
export function addPiece(
  pieces: Piece[],
  points: readonly Point[],
  travelled: number,
  wide: boolean,
): void {
  let best: { readonly points: Point[]; readonly shared: number } = {
    points: [...points],
    shared: 0,
  }
  for (const piece of pieces) {
    const rest = unshared(piece.points, points)
    if (rest.shared > best.shared) best = rest
  }
  const length = lengthOf(best.points)
  if (length > 0) pieces.push({ points: best.points, start: travelled + best.shared, length, wide })
}

function unshared(
  drawn: readonly Point[],
  points: readonly Point[],
): { points: Point[]; shared: number } {
  const first = drawn[0]
  const start = points[0]
  if (!first || !start || first.x !== start.x || first.y !== start.y)
    return { points: [...points], shared: 0 }
  let shared = 0
  let i = 1
  for (; i < points.length && i < drawn.length; i++) {
    const from = points[i - 1]!
    const a = drawn[i]!
    const b = points[i]!
    const same =
      Math.sign(a.x - from.x) === Math.sign(b.x - from.x) &&
      Math.sign(a.y - from.y) === Math.sign(b.y - from.y)
    if (!same) return { points: points.slice(i - 1), shared }
    const lengthA = Math.abs(a.x - from.x) + Math.abs(a.y - from.y)
    const lengthB = Math.abs(b.x - from.x) + Math.abs(b.y - from.y)
    const near = lengthA < lengthB ? a : b
    shared += Math.min(lengthA, lengthB)
    if (lengthA !== lengthB)
      return {
        points: lengthB > lengthA ? [near, ...points.slice(i)] : [near, ...points.slice(i + 1)],
        shared,
      }
  }
  return { points: points.slice(i - 1), shared }
}
