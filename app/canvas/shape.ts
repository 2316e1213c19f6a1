/** Rectangles and points: the little geometry that layouts, painters and hit testing share. */

export interface Rect {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export function contains(rect: Rect, x: number, y: number): boolean {
  return x >= rect.x && x < rect.x + rect.w && y >= rect.y && y < rect.y + rect.h
}

/** Is `inner` wholly within `outer`? */
export function encloses(outer: Rect, inner: Rect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.w <= outer.x + outer.w &&
    inner.y + inner.h <= outer.y + outer.h
  )
}

export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

/** The rectangle grown by `by` on every side. */
export function grown(rect: Rect, by: number): Rect {
  return { x: rect.x - by, y: rect.y - by, w: rect.w + 2 * by, h: rect.h + 2 * by }
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value
}

/** Length of a chain of points. */
export function lengthOf(points: readonly Point[]): number {
  let length = 0
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1]!
    const b = points[i]!
    length += Math.abs(b.x - a.x) + Math.abs(b.y - a.y)
  }
  return length
}

/** The point at a distance along a chain of points, clamped to its ends. */
export function pointAt(points: readonly Point[], distance: number): Point {
  let left = Math.max(0, distance)
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1]!
    const b = points[i]!
    const length = Math.abs(b.x - a.x) + Math.abs(b.y - a.y)
    if (left <= length && length > 0) {
      const share = left / length
      return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share }
    }
    left -= length
  }
  return points[points.length - 1] ?? { x: 0, y: 0 }
}

/** The rectangle on whose edge a 1 px line stays inside the given one. */
export function inset({ x, y, w, h }: Rect): Rect {
  return { x: x + 0.5, y: y + 0.5, w: Math.max(0, w - 1), h: Math.max(0, h - 1) }
}
