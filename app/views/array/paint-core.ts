/** The inside of a core tile at card and diagram level: cells, comb, chip, progress or the length of the wait. */
import { CoreColumn, type SceneTile } from '../../../emulator-core/worker/frame.ts'
import { fade } from '../../canvas/colour.ts'
import { fillBox, fitted, font, widthOf, write } from '../../canvas/draw.ts'
import { cycles } from '../../canvas/format.ts'
import {
  busyShare,
  coreAt,
  isOnVector,
  lasted,
  progressOf,
  type StateWords,
} from '../../canvas/reading.ts'
import type { Rect } from '../../canvas/shape.ts'
import { combTeeth, coreAnatomy } from './anatomy.ts'
import { micro, type Lively, type Still } from './brush.ts'
import type { TilePlace } from './layout.ts'
import { overlayText } from './overlay.ts'
import { paintCell } from './paint-cell.ts'
import { paintChip } from './paint-chip.ts'
import { paintFloor } from './paint-floor.ts'

function usesChannels({ scene }: Still, tile: SceneTile): boolean {
  return tile.channels.some((channel) => scene.channels[channel]?.used === true)
}

export function paintCore(lively: Lively, place: TilePlace, words: StateWords): void {
  const { ctx, paint, frame, scene } = lively
  const { tile, rect, unit } = place
  const parts = coreAnatomy(scene, place)
  for (const cell of parts.cells) paintCell(lively, cell, unit)
  if (words.family === 'off') {
    paintChip(lively, parts.chip, words, unit, parts.chipOnTop)
    const reason =
      tile.owner === 0 ? 'free' : usesChannels(lively, tile) ? 'not started' : 'not used'
    if (!parts.chipOnTop && rect.w > 110) {
      write(ctx, reason, rect.x + rect.w - 7 * unit, parts.chip.y + parts.chip.h / 2 + 3.9 * unit, {
        font: font(micro(unit)),
        fill: paint.palette.textQuiet,
        align: 'right',
      })
    }
    return
  }
  paintComb(lively, parts.comb, tile.core, words, unit)
  const chip = paintChip(lively, parts.chip, words, unit, parts.chipOnTop)
  paintFloor(lively, place)
  const overlay = overlayText(lively, tile)
  const right = rect.x + rect.w - 7 * unit
  const baseline = parts.chip.y + parts.chip.h / 2 + 3.9 * unit
  const small = font(micro(unit))
  const quiet = { font: small, fill: paint.palette.textQuiet, align: 'right' } as const
  if (overlay) {
    if (!parts.chipOnTop)
      write(ctx, fitted(ctx, overlay, small, right - chip - 4), right, baseline, quiet)
    return
  }
  if (words.family === 'run' && parts.bar.w > 6) {
    const { bar } = parts
    fillBox(ctx, bar, bar.h / 2, paint.track)
    fillBox(ctx, { ...bar, w: bar.w * progressOf(frame, tile.core) }, bar.h / 2, paint.palette.lit)
  } else if (words.family === 'wait') {
    const text = cycles(lasted(coreAt(frame, tile.core, CoreColumn.since)))
    if (place.level === 'diagram') {
      const middle = parts.comb.x + parts.comb.w / 2
      const w = widthOf(ctx, text, small) + 10 * unit
      const plate = {
        x: middle - w / 2,
        y: parts.comb.y + parts.comb.h / 2 - 8 * unit,
        w,
        h: 16 * unit,
      }
      fillBox(ctx, plate, 4 * unit, paint.owner(tile.owner).body)
      write(ctx, text, middle, plate.y + 12 * unit, { ...quiet, align: 'center' })
    } else if (parts.chipOnTop) {
      if (parts.comb.w > 46)
        write(ctx, text, parts.comb.x + parts.comb.w / 2, parts.bar.y + 3, {
          ...quiet,
          align: 'center',
        })
    } else if (right - chip > widthOf(ctx, text, small)) write(ctx, text, right, baseline, quiet)
  }
}

/** The lanes of the vector unit: lit on a vector operation, bright in the loop, faint otherwise. */
function paintComb(
  { ctx, paint, frame, aggregated }: Lively,
  comb: Rect,
  core: number,
  words: StateWords,
  unit: number,
): void {
  if (comb.w <= 0) return
  const steps = 9
  const running = words.family === 'run'
  let colour = running ? paint.combLoop : paint.combFaint
  if (running && isOnVector(frame, core)) colour = paint.palette.lit
  if (aggregated) {
    const share = Math.round(Math.max(0, busyShare(frame, core)) * (steps - 1)) / (steps - 1)
    colour = fade(paint.palette.lit, 0.2 + 0.8 * share)
  }
  const teeth = Math.min(combTeeth, Math.floor(comb.w / 4))
  const pitch = teeth > 1 ? comb.w / (teeth - 1) : 0
  ctx.beginPath()
  for (let i = 0; i < teeth; i++) {
    ctx.moveTo(comb.x + i * pitch, comb.y)
    ctx.lineTo(comb.x + i * pitch, comb.y + comb.h)
  }
  ctx.strokeStyle = colour
  ctx.lineWidth = 2.2 * unit
  ctx.stroke()
}
