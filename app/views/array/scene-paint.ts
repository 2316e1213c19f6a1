/** The two layers of the array: what stays, and what follows the machine. */
import type { Context } from '../../canvas/draw.ts'
import { strokeBox } from '../../canvas/draw.ts'
import { grown, type Rect } from '../../canvas/shape.ts'
import type { Lively, Still } from './brush.ts'
import { overlayLivelyFill } from './overlay.ts'
import { paintGround, paintHeads, paintStrips, paintUcs } from './paint-ground.ts'
import { paintRaces } from './paint-races.ts'
import { paintPath, paintRoutesLively, paintRoutesStill, paintTags } from './paint-route.ts'
import { outline } from './outline.ts'
import { paintTileLively } from './paint-tile.ts'
import { paintTileStill } from './paint-tile-still.ts'
import { tileIndexOf, tilePart } from './parts.ts'

export function paintStill(still: Still): void {
  paintGround(still)
  paintRoutesStill(still)
  for (const place of still.layout.tiles) paintTileStill(still, place)
}

export function paintLively(lively: Lively): void {
  const { ctx, layout, overlay } = lively
  paintPath(lively)
  paintRoutesLively(lively)
  layout.tiles.forEach((place, index) => {
    const fill = overlay === 'stall' ? overlayLivelyFill(lively, place.tile) : undefined
    if (fill) {
      ctx.globalAlpha = 0.6
      outline(ctx, place)
      ctx.fillStyle = fill
      ctx.fill()
      ctx.globalAlpha = 1
    }
    paintTileLively(lively, place, index)
  })
  paintHeads(lively)
  paintUcs(lively)
  paintStrips(lively)
  paintTags(lively)
  paintMarks(lively)
  paintRaces(lively)
}

/** The rectangle of a part on the array, or undefined when it is not drawn there. */
export function rectOfPart(
  { scene, layout }: Pick<Still, 'scene' | 'layout'>,
  part: string,
): Rect | undefined {
  const uc = scene.ucs.findIndex((one) => one.part === part)
  if (uc >= 0) return layout.ucs[uc]
  return layout.tiles[tileIndexOf(scene, part)]?.rect
}

/** Hover and selection. */
function paintMarks(lively: Lively): void {
  const { ctx, paint, scene, layout, selection, hover } = lively
  const over = hover && hover !== selection ? rectOfPart(lively, hover) : undefined
  if (over) strokeBox(ctx, grown(over, 0.5), 6 * layout.unit, paint.palette.text, 1)
  const chosen = selection ? rectOfPart(lively, selection) : undefined
  if (!chosen) return
  const index = tileIndexOf(scene, selection)
  const tile = layout.tiles[index]?.tile
  const exact = !tile || tilePart(scene, tile) === selection
  lift(ctx, paint.palette.shade, () => {
    strokeBox(ctx, grown(chosen, 3), 9 * layout.unit, paint.palette.accent, exact ? 2 : 1.25)
  })
}

function lift(ctx: Context, shade: string, draw: () => void): void {
  ctx.shadowColor = shade
  ctx.shadowOffsetY = 3
  ctx.shadowBlur = 8
  draw()
  ctx.shadowColor = 'transparent'
  ctx.shadowOffsetY = 0
  ctx.shadowBlur = 0
}
