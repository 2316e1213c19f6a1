/** The shape of a tile as a path: kind is readable without words. */
import { box, type Context } from '../../canvas/draw.ts'
import { grown } from '../../canvas/shape.ts'
import type { TilePlace } from './layout.ts'

const tileRadius = 6

/** The outline of a tile of any kind: shims have their lower corners cut. */
export function outline(ctx: Context, place: TilePlace, by = 0): void {
  const rect = grown(place.rect, by)
  if (place.tile.kind !== 'shim') {
    box(ctx, rect, Math.min(tileRadius * place.unit, rect.w / 4, rect.h / 4))
    return
  }
  const cut = Math.min(8 * place.unit, rect.h / 4, rect.w / 4)
  const round = Math.min(tileRadius * place.unit, rect.h / 4)
  const { x, y, w, h } = rect
  ctx.beginPath()
  ctx.moveTo(x + round, y)
  ctx.lineTo(x + w - round, y)
  ctx.quadraticCurveTo(x + w, y, x + w, y + round)
  ctx.lineTo(x + w, y + h - cut)
  ctx.lineTo(x + w - cut, y + h)
  ctx.lineTo(x + cut, y + h)
  ctx.lineTo(x, y + h - cut)
  ctx.lineTo(x, y + round)
  ctx.quadraticCurveTo(x, y, x + round, y)
  ctx.closePath()
}
