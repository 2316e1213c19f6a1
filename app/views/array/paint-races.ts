/** Races on the array: badges while somebody wants them; with the overlay, what two agents share and who they are. */
import { fade } from '../../canvas/colour.ts'
import { box, fillBox, fineDash, font, hatch, solid, strokeBox, write } from '../../canvas/draw.ts'
import { grown, type Rect } from '../../canvas/shape.ts'
import { micro, type Lively } from './brush.ts'
import { outline } from './outline.ts'
import { racesAt, type RaceMark } from './race-marks.ts'

export function paintRaces(lively: Lively): void {
  const { races, shown, hover, overlay } = lively
  for (const mark of races) {
    const pointed = racesAt(races, hover)
    if (overlay === 'races') paintMark(lively, mark)
    for (const race of mark.races)
      if (race === shown || pointed.includes(race))
        paintPair(lively, mark, mark.races.indexOf(race))
    paintBadge(lively, mark)
  }
}

/** Outline of the tile, its memory as a strip, and the words that races are about. */
function paintMark({ ctx, paint, layout }: Lively, mark: RaceMark): void {
  const { palette } = paint
  outline(ctx, layout.tiles[mark.tile]!, 1.5)
  ctx.strokeStyle = palette.wait
  ctx.lineWidth = 1.5
  ctx.setLineDash(fineDash as number[])
  ctx.stroke()
  ctx.setLineDash(solid)
  fillBox(ctx, mark.strip, 1, fade(palette.line, 0.8))
  for (const region of mark.regions) {
    fillBox(ctx, region, 0, palette.ground)
    box(ctx, region, 0)
    ctx.fillStyle = hatch(ctx, palette.wait, 1, { under: 0.4, step: 3, width: 1 })
    ctx.fill()
  }
}

/** One race: its words ringed, both agents ringed, and a line to an agent that works from another tile. */
function paintPair({ ctx, paint, layout }: Lively, mark: RaceMark, index: number): void {
  const { palette } = paint
  const region = mark.regions[index]!
  fillBox(ctx, region, 0, palette.wait)
  strokeBox(ctx, grown(region, 2), 2, palette.wait, 2)
  for (const { race, rect, isAway } of mark.agents) {
    if (race !== mark.races[index]) continue
    strokeBox(ctx, grown(rect, 2.5), 4 * layout.unit, palette.wait, 2)
    if (!isAway) continue
    const from = middle(rect)
    const to = middle(region)
    ctx.beginPath()
    ctx.moveTo(from.x, from.y)
    ctx.lineTo(to.x, to.y)
    ctx.strokeStyle = palette.wait
    ctx.lineWidth = 1.5
    ctx.setLineDash(fineDash as number[])
    ctx.stroke()
    ctx.setLineDash(solid)
  }
}

function paintBadge({ ctx, paint, layout }: Lively, { badge, races, tile }: RaceMark): void {
  const { palette } = paint
  const { unit } = layout.tiles[tile]!
  fillBox(ctx, badge, 4 * unit, palette.wait)
  strokeBox(ctx, badge, 4 * unit, palette.ground, 1)
  const text = races.length > 1 ? `! ${races.length}` : '!'
  write(ctx, text, badge.x + badge.w / 2, badge.y + badge.h / 2 + 3.9 * unit, {
    font: font(micro(unit), 700),
    fill: palette.ground,
    align: 'center',
  })
}

const middle = ({ x, y, w, h }: Rect) => ({ x: x + w / 2, y: y + h / 2 })
