/** State chips on canvas: code and glyph, filled, dashed, outlined or doubled by the kind of state. */
import {
  fillBox,
  fineDash,
  font,
  strokeBox,
  widthOf,
  write,
  type Context,
} from '../../canvas/draw.ts'
import type { StateWords } from '../../canvas/reading.ts'
import { grown, inset, type Rect } from '../../canvas/shape.ts'
import { micro, type Still } from './brush.ts'

/** The state chip; answers the x at which it ends. With `anchorRight` its right edge stays where it is. */
export function paintChip(
  { ctx, paint }: Still,
  chip: Rect,
  words: StateWords,
  unit: number,
  anchorRight = false,
): number {
  const { palette } = paint
  const name = font(Math.min(micro(unit), chip.h * 0.85), 700)
  const narrow = chip.w < 40 * unit
  const text = narrow ? words.letter : words.code
  const glyphW = narrow ? 4 * unit : 15 * unit
  const w = Math.min(
    chip.w * 1.3,
    Math.max(narrow ? 14 * unit : chip.w, glyphW + widthOf(ctx, text, name) + 5 * unit),
  )
  const x = anchorRight ? chip.x + chip.w - w : chip.x
  const rect = { x, y: chip.y, w, h: chip.h }
  const baseline = chip.y + chip.h / 2 + 3.9 * unit
  const middle = chip.y + chip.h / 2
  const left = x + 6 * unit
  let ink: string = palette.idle
  if (words.family === 'run') {
    fillBox(ctx, rect, 3 * unit, palette.active)
    ink = palette.onActive
  } else if (words.family === 'wait') {
    strokeBox(ctx, inset(rect), 3 * unit, palette.wait, 1, fineDash)
    ink = palette.wait
  } else if (words.family === 'done') {
    strokeBox(ctx, inset(rect), 3 * unit, palette.done)
    ink = palette.done
  } else if (words.family === 'fault') {
    strokeBox(ctx, inset(rect), 3 * unit, palette.fault)
    strokeBox(ctx, inset(grown(rect, -2)), 2 * unit, palette.fault)
    ink = palette.fault
  } else strokeBox(ctx, inset(rect), 3 * unit, palette.hair)
  if (!narrow) paintGlyph(ctx, words, left, middle, unit, ink)
  write(ctx, text, x + glyphW, baseline, { font: name, fill: ink })
  return x + w
}

function paintGlyph(
  ctx: Context,
  words: StateWords,
  x: number,
  y: number,
  unit: number,
  ink: string,
): void {
  ctx.beginPath()
  if (words.family === 'run') {
    ctx.moveTo(x, y - 3.3 * unit)
    ctx.lineTo(x, y + 3.3 * unit)
    ctx.lineTo(x + 5.4 * unit, y)
    ctx.closePath()
    ctx.fillStyle = ink
    ctx.fill()
    return
  }
  if (words.family === 'wait') {
    ctx.moveTo(x + 0.5, y - 3 * unit)
    ctx.lineTo(x + 0.5, y + 3 * unit)
    ctx.moveTo(x + 0.5 + 3 * unit, y - 3 * unit)
    ctx.lineTo(x + 0.5 + 3 * unit, y + 3 * unit)
  } else if (words.family === 'done') {
    ctx.moveTo(x, y)
    ctx.lineTo(x + 2 * unit, y + 2.5 * unit)
    ctx.lineTo(x + 6 * unit, y - 3 * unit)
  } else if (words.family === 'fault') {
    ctx.moveTo(x, y - 2.6 * unit)
    ctx.lineTo(x + 5.2 * unit, y + 2.6 * unit)
    ctx.moveTo(x + 5.2 * unit, y - 2.6 * unit)
    ctx.lineTo(x, y + 2.6 * unit)
  } else if (words.family === 'off') {
    ctx.arc(x + 2.5 * unit, y, 2.4 * unit, 0, Math.PI * 2)
    ctx.moveTo(x - 0.5 * unit, y + 3.2 * unit)
    ctx.lineTo(x + 5.5 * unit, y - 3.2 * unit)
  } else {
    ctx.moveTo(x + 2 * unit, y)
    ctx.lineTo(x + 3.6 * unit, y)
  }
  ctx.strokeStyle = ink
  ctx.lineWidth = (words.family === 'off' ? 1.1 : 1.6) * unit
  ctx.stroke()
}
