/** What of a tile follows the machine: edges, letters and feet at the small levels, cells and gauges at the large. */
import { ChannelColumn, CoreColumn } from '../../../emulator-core/worker/frame.ts'
import { fade } from '../../canvas/colour.ts'
import { fillBox, font, hatch, solid, strokeBox, waitDash, write } from '../../canvas/draw.ts'
import { channelAt, coreAt, movedShare, wordsOf, type StateWords } from '../../canvas/reading.ts'
import { grown, inset } from '../../canvas/shape.ts'
import { memAnatomy, shimAnatomy } from './anatomy.ts'
import { micro, type Lively, type Still } from './brush.ts'
import type { TilePlace } from './layout.ts'
import { outline } from './outline.ts'
import { overlayText } from './overlay.ts'
import { paintCell } from './paint-cell.ts'
import { paintCore } from './paint-core.ts'

/** State of one tile at this moment. */
export function paintTileLively(lively: Lively, place: TilePlace, index: number): void {
  const { ctx, paint, frame, filter } = lively
  const { tile, level } = place
  if (filter.tile(index)) {
    outline(ctx, place)
    ctx.fillStyle = fade(paint.palette.ground, 0.55)
    ctx.fill()
  }
  if (tile.kind === 'core') {
    const words = wordsOf(tile.core < 0 ? 0 : coreAt(frame, tile.core, CoreColumn.state))
    if (level === 'dot') paintFoot(lively, place, words)
    else {
      if (words.family === 'off' && tile.owner > 0) {
        outline(ctx, place)
        ctx.fillStyle = hatch(ctx, paint.palette.line, 0.22, { width: 1 })
        ctx.fill()
      }
      paintEdge(lively, place, words)
      if (level === 'letter' || place.rect.h < 24) paintLetter(lively, place, words)
      else paintCore(lively, place, words)
    }
    return
  }
  outline(ctx, place)
  ctx.strokeStyle = paint.owner(tile.owner).edge
  ctx.lineWidth = 1.25
  ctx.stroke()
  if (level === 'dot' || level === 'letter' || place.rect.h < 24) return
  if (tile.kind === 'mem') paintMem(lively, place)
  else paintShim(lively, place)
}

function edgeColour({ paint }: Still, owner: number, words: StateWords): string {
  switch (words.family) {
    case 'run':
      return paint.runEdge
    case 'wait':
      return paint.palette.wait
    case 'done':
      return paint.palette.done
    case 'fault':
      return paint.palette.fault
    default:
      return paint.owner(owner).edge
  }
}

function paintEdge(lively: Lively, place: TilePlace, words: StateWords): void {
  const { ctx } = lively
  outline(ctx, place)
  ctx.strokeStyle = edgeColour(lively, place.tile.owner, words)
  ctx.lineWidth = 1.25
  ctx.setLineDash((words.family === 'wait' ? waitDash : solid) as number[])
  ctx.stroke()
  ctx.setLineDash(solid)
  if (words.family === 'fault') {
    outline(ctx, place, -3)
    ctx.stroke()
  }
}

function paintFoot({ ctx, paint }: Lively, { rect }: TilePlace, words: StateWords): void {
  const { palette } = paint
  const h = Math.min(5, rect.h / 3)
  const y = rect.y + rect.h - h
  if (words.family === 'run') fillBox(ctx, { x: rect.x, y, w: rect.w, h }, 1, palette.active)
  else if (words.family === 'wait') {
    const w = rect.w / 5
    for (let i = 0; i < 3; i++) fillBox(ctx, { x: rect.x + 2 * i * w, y, w, h }, 0, palette.wait)
  } else if (words.family === 'done')
    fillBox(ctx, { x: rect.x, y: y + h / 2, w: rect.w, h: h / 2 }, 0, palette.done)
  else if (words.family === 'fault') {
    ctx.beginPath()
    ctx.moveTo(rect.x, rect.y)
    ctx.lineTo(rect.x + rect.w, rect.y + rect.h)
    ctx.moveTo(rect.x + rect.w, rect.y)
    ctx.lineTo(rect.x, rect.y + rect.h)
    ctx.strokeStyle = palette.fault
    ctx.lineWidth = 1.5
    ctx.stroke()
  }
}

function paintLetter({ ctx, paint }: Lively, { rect }: TilePlace, words: StateWords): void {
  const { palette } = paint
  const colours = {
    run: palette.active,
    wait: palette.wait,
    done: palette.done,
    fault: palette.fault,
  }
  const colour = colours[words.family as keyof typeof colours] ?? palette.idle
  const size = Math.min(14, rect.h * 0.6, rect.w * 0.7)
  write(ctx, words.letter, rect.x + rect.w / 2, rect.y + rect.h / 2 + size * 0.36 + 1, {
    font: font(size, 700),
    fill: colour,
    align: 'center',
  })
}

function paintMem(lively: Lively, place: TilePlace): void {
  const { ctx, paint, frame, scene } = lively
  const parts = memAnatomy(scene, place)
  for (const cell of parts.cells) paintCell(lively, cell, place.unit)
  for (const { channel, rect } of parts.squares) {
    const { family } = wordsOf(channelAt(frame, channel, ChannelColumn.state))
    if (family === 'run') fillBox(ctx, rect, 1, paint.palette.active)
    else if (family === 'fault') fillBox(ctx, rect, 1, paint.palette.fault)
    else if (family === 'wait') strokeBox(ctx, inset(rect), 1, paint.palette.wait, 1, [1.6, 1.2])
    else strokeBox(ctx, inset(rect), 1, paint.cellEmptyEdge)
  }
  const overlay = overlayText(lively, place.tile)
  if (overlay && parts.showsUse) {
    write(ctx, overlay, place.rect.x + place.rect.w / 2, parts.textY, {
      font: font(micro(place.unit), 600),
      fill: paint.palette.text,
      align: 'center',
    })
  }
}

function paintShim(lively: Lively, place: TilePlace): void {
  const { ctx, paint, frame, scene } = lively
  for (const { channel, bar } of shimAnatomy(scene, place).gauges) {
    const { family } = wordsOf(channelAt(frame, channel, ChannelColumn.state))
    if (family === 'wait') strokeBox(ctx, grown(bar, 1), 2, paint.palette.wait, 1, [1.6, 1.2])
    // What has come to rest is no activity: the whole descriptor is done, and its bar as quiet as a result.
    const fill = family === 'idle' ? fade(paint.palette.done, 0.6) : paint.palette.lit
    fillBox(ctx, { ...bar, w: bar.w * movedShare(frame, channel) }, bar.h / 2, fill)
  }
}
