/** Small drawing verbs for 2D canvases: text, boxes, lines with round corners, arrow heads, hatches. */
import { fade } from './colour.ts'
import type { Point, Rect } from './shape.ts'

export type Context = CanvasRenderingContext2D

const sans = 'Inter, "Segoe UI", system-ui, "DejaVu Sans", sans-serif'
const mono = '"JetBrains Mono", "DejaVu Sans Mono", monospace'

const fonts = new Map<string, string>()

/** A CSS font; the string is made once per size and weight. */
export function font(size: number, weight = 400, family: 'sans' | 'mono' = 'sans'): string {
  const key = `${size} ${weight} ${family}`
  let made = fonts.get(key)
  if (!made) {
    made = `${weight} ${Math.round(size * 100) / 100}px ${family === 'sans' ? sans : mono}`
    fonts.set(key, made)
  }
  return made
}

/** Writes one line at a baseline. */
export function write(
  ctx: Context,
  text: string,
  x: number,
  y: number,
  style: { readonly font: string; readonly fill: string; readonly align?: CanvasTextAlign },
): void {
  if (ctx.font !== style.font) ctx.font = style.font
  ctx.fillStyle = style.fill
  ctx.textAlign = style.align ?? 'left'
  ctx.textBaseline = 'alphabetic'
  ctx.fillText(text, x, y)
}

const widths = new Map<string, number>()

/** Width of a line; measured once per font and text. */
export function widthOf(ctx: Context, text: string, fontName: string): number {
  const key = `${fontName}|${text}`
  let width = widths.get(key)
  if (width === undefined) {
    if (widths.size > 5000) widths.clear()
    ctx.font = fontName
    width = ctx.measureText(text).width
    widths.set(key, width)
  }
  return width
}

/** The text, cut with an ellipsis so that it fits; empty when not even one letter does. */
export function fitted(ctx: Context, text: string, fontName: string, room: number): string {
  if (widthOf(ctx, text, fontName) <= room) return text
  let keep = text.length
  while (keep > 0) {
    keep--
    const cut = `${text.slice(0, keep)}…`
    if (widthOf(ctx, cut, fontName) <= room) return keep === 0 ? '' : cut
  }
  return ''
}

/** Forgets measured widths: after the page's fonts have arrived. */
export function forgetWidths(): void {
  widths.clear()
}

/** Starts a path around a rectangle; one that a small picture has squeezed below nothing has no size. */
export function box(ctx: Context, rect: Rect, radius: number): void {
  const w = Math.max(0, rect.w)
  const h = Math.max(0, rect.h)
  ctx.beginPath()
  ctx.roundRect(rect.x, rect.y, w, h, Math.max(0, Math.min(radius, w / 2, h / 2)))
}

export function fillBox(
  ctx: Context,
  rect: Rect,
  radius: number,
  fill: string | CanvasPattern,
): void {
  if (rect.w <= 0 || rect.h <= 0) return
  box(ctx, rect, radius)
  ctx.fillStyle = fill
  ctx.fill()
}

export function strokeBox(
  ctx: Context,
  rect: Rect,
  radius: number,
  stroke: string,
  width = 1,
  dash: readonly number[] = solid,
): void {
  box(ctx, rect, radius)
  ctx.strokeStyle = stroke
  ctx.lineWidth = width
  ctx.setLineDash(dash as number[])
  ctx.stroke()
  if (dash.length > 0) ctx.setLineDash(solid)
}

export const solid: number[] = []
export const waitDash: readonly number[] = [4, 3]
export const fineDash: readonly number[] = [3, 2]
export const cellDash: readonly number[] = [2, 2]
export const stallDash: readonly number[] = [6, 4]

/** Starts a path along points with rounded corners. */
export function trace(ctx: Context, points: readonly Point[], radius: number): void {
  const first = points[0]
  if (!first) return
  ctx.beginPath()
  ctx.moveTo(first.x, first.y)
  for (let i = 1; i < points.length; i++) {
    const point = points[i]!
    const next = points[i + 1]
    if (!next) {
      ctx.lineTo(point.x, point.y)
      continue
    }
    const before = points[i - 1]!
    const room = Math.min(
      Math.abs(point.x - before.x) + Math.abs(point.y - before.y),
      Math.abs(next.x - point.x) + Math.abs(next.y - point.y),
    )
    ctx.arcTo(point.x, point.y, next.x, next.y, Math.min(radius, room / 1.2))
  }
}

export type Heading = 'right' | 'left' | 'up' | 'down'

/** A solid arrow head whose tip is at a point. */
export function arrowHead(
  ctx: Context,
  x: number,
  y: number,
  to: Heading,
  fill: string,
  unit = 1,
): void {
  const long = 5 * unit
  const half = 3.2 * unit
  ctx.beginPath()
  ctx.moveTo(x, y)
  if (to === 'right' || to === 'left') {
    const back = to === 'right' ? x - long : x + long
    ctx.lineTo(back, y - half)
    ctx.lineTo(back, y + half)
  } else {
    const back = to === 'down' ? y - long : y + long
    ctx.lineTo(x - half, back)
    ctx.lineTo(x + half, back)
  }
  ctx.closePath()
  ctx.fillStyle = fill
  ctx.fill()
}

const hatches = new Map<string, CanvasPattern>()

/**
 * Diagonal stripes as a fill. Patterns are made once per colour and spacing; `under` is a wash below them.
 */
export function hatch(
  ctx: Context,
  colour: string,
  strength: number,
  options: {
    readonly under?: number
    readonly step?: number
    readonly width?: number
    readonly upright?: boolean
  } = {},
): CanvasPattern | string {
  const { under = 0, step = 6, width = 2, upright = false } = options
  const key = `${colour}|${strength}|${under}|${step}|${width}|${upright}`
  const made = hatches.get(key)
  if (made) return made
  const scale = 2
  const side = step * scale * (upright ? 1 : Math.SQRT2)
  const tile = document.createElement('canvas')
  tile.width = Math.round(side)
  tile.height = Math.round(side)
  const brush = tile.getContext('2d')
  if (!brush) return colour
  const n = tile.width
  if (under > 0) {
    brush.fillStyle = fade(colour, under)
    brush.fillRect(0, 0, n, n)
  }
  brush.strokeStyle = fade(colour, strength)
  brush.lineWidth = width * scale
  brush.beginPath()
  if (upright) {
    brush.moveTo(n / 2, 0)
    brush.lineTo(n / 2, n)
  } else {
    for (const shift of [-n, 0, n]) {
      brush.moveTo(shift - n / 2, n + n / 2)
      brush.lineTo(shift + n + n / 2, -n / 2)
    }
  }
  brush.stroke()
  const pattern = ctx.createPattern(tile, 'repeat')
  if (!pattern) return colour
  pattern.setTransform(new DOMMatrix().scale(1 / scale))
  hatches.set(key, pattern)
  return pattern
}
