/** Hit testing: which named thing lies under a pointer, with small targets enlarged to what a finger needs. */
import { contains, type Rect } from './shape.ts'

export interface Target {
  readonly part: string
  readonly rect: Rect
}

/** Smallest side of a hit area in CSS pixels. */
export const smallestTarget = 24

/**
 * The part at a point. Later targets lie on top. A true hit always beats an enlarged one; among enlarged hits the
 * one whose centre is nearest wins. Empty when nothing is there.
 */
export function hitPart(targets: readonly Target[], x: number, y: number): string {
  for (let i = targets.length - 1; i >= 0; i--) {
    const target = targets[i]!
    if (contains(target.rect, x, y)) return target.part
  }
  let best = ''
  let nearest = Infinity
  for (const { part, rect } of targets) {
    const dx = Math.max(0, (smallestTarget - rect.w) / 2)
    const dy = Math.max(0, (smallestTarget - rect.h) / 2)
    if (dx === 0 && dy === 0) continue
    const grown = { x: rect.x - dx, y: rect.y - dy, w: rect.w + 2 * dx, h: rect.h + 2 * dy }
    if (!contains(grown, x, y)) continue
    const away = Math.abs(x - rect.x - rect.w / 2) + Math.abs(y - rect.y - rect.h / 2)
    if (away < nearest) {
      nearest = away
      best = part
    }
  }
  return best
}
