/** Routes on canvas: idle lines that stay; beads, tags and waits that follow the words moved. */
import { ChannelColumn, RouteColumn, State } from '../../../emulator-core/worker/frame.ts'
import { fade } from '../../canvas/colour.ts'
import {
  arrowHead,
  fillBox,
  fineDash,
  font,
  solid,
  stallDash,
  strokeBox,
  trace,
  widthOf,
  write,
  type Context,
} from '../../canvas/draw.ts'
import { compact, cycles } from '../../canvas/format.ts'
import {
  channelAt,
  lasted,
  movedShare,
  routeAt,
  RouteMoves,
  wordsOf,
} from '../../canvas/reading.ts'
import { clamp, pointAt, type Rect } from '../../canvas/shape.ts'
import { micro, type Lively, type Still } from './brush.ts'
import type { RoutePlace } from './lanes.ts'
import type { Piece } from './pieces.ts'

/** Distance between beads, and how many words one such step stands for. */
const beadPitch = 14
const wordsPerBead = 64

function stroke(
  ctx: Context,
  piece: Piece,
  width: number,
  style: string,
  dash: readonly number[] = solid,
  offset = 0,
): void {
  trace(ctx, piece.points, 5)
  ctx.strokeStyle = style
  ctx.lineWidth = width
  ctx.setLineDash(dash as number[])
  ctx.lineDashOffset = offset
  ctx.stroke()
}

/** Every route as a quiet line with the switches it passes. */
export function paintRoutesStill({ ctx, paint, routes, layout }: Still): void {
  const unit = scaleOf(layout.unit)
  ctx.lineCap = 'butt'
  for (const { route, pieces, dots, arrows } of routes) {
    for (const piece of pieces) {
      if (route.kind === 'packet') {
        stroke(ctx, piece, 3 * unit, paint.routeIdle)
        stroke(ctx, piece, 1.4 * unit, paint.palette.ground)
      } else stroke(ctx, piece, Math.min(1.5, unit), paint.routeIdle)
    }
    ctx.fillStyle = paint.palette.line
    for (const dot of dots) {
      ctx.beginPath()
      ctx.arc(dot.x, dot.y, 1.7 * unit, 0, Math.PI * 2)
      ctx.fill()
    }
    if (layout.level === 'dot') continue
    for (const { x, y, to } of arrows) arrowHead(ctx, x, y, to, paint.palette.line, unit)
  }
  ctx.setLineDash(solid)
}

function scaleOf(unit: number): number {
  return Math.min(2, Math.max(1, unit))
}

/** The whole path of the selection, beneath everything that moves. */
export function paintPath({ ctx, paint, routes, path, layout }: Lively): void {
  if (path.size === 0) return
  ctx.lineCap = 'round'
  ctx.lineJoin = 'round'
  for (const index of path) {
    for (const piece of routes[index]?.pieces ?? [])
      stroke(ctx, piece, 7 * scaleOf(layout.unit), paint.path)
  }
  ctx.lineCap = 'butt'
  ctx.lineJoin = 'miter'
}

/** Routes that move or stand in a queue. */
export function paintRoutesLively(lively: Lively): void {
  const { ctx, frame, routes, filter } = lively
  routes.forEach((place, index) => {
    const moves = routeAt(frame, index, RouteColumn.state)
    if (moves !== RouteMoves.moving && moves !== RouteMoves.stalled) return
    ctx.globalAlpha = filter.route(index) ? 0.45 : 1
    if (moves === RouteMoves.moving) paintMoving(lively, place, index)
    else paintStalled(lively, place)
    ctx.globalAlpha = 1
  })
  ctx.setLineDash(solid)
  ctx.lineDashOffset = 0
  ctx.lineCap = 'butt'
}

function paintMoving(
  { ctx, paint, frame, layout, aggregated, reducedMotion }: Lively,
  place: RoutePlace,
  index: number,
): void {
  const thin = layout.columns[0] && layout.columns[0].gutter < 24 ? 0.65 : 1
  const unit = scaleOf(layout.unit) * thin
  const words = Math.max(0, routeAt(frame, index, RouteColumn.words))
  const phase = ((words / wordsPerBead) * beadPitch * unit) % (beadPitch * unit)
  const packet = place.route.kind === 'packet'
  for (const piece of place.pieces) {
    const width = (piece.wide ? 5 : 3) * unit
    if (paint.glow) {
      stroke(ctx, piece, width + 7 * unit, fade(paint.palette.active, 0.06))
      stroke(ctx, piece, width + 3.5 * unit, fade(paint.palette.active, 0.1))
    }
    if (aggregated) {
      stroke(ctx, piece, width, fade(paint.palette.lit, 0.75))
      continue
    }
    if (!packet) stroke(ctx, piece, width, paint.routeMoving)
    if (reducedMotion) paintHead(ctx, piece, paint.palette.active, unit)
    else {
      ctx.lineCap = 'round'
      stroke(
        ctx,
        piece,
        4 * unit,
        paint.palette.active,
        [5 * unit, (beadPitch - 5) * unit],
        piece.start - phase,
      )
      ctx.lineCap = 'butt'
    }
  }
  if (layout.level === 'dot') return
  for (const { x, y, to } of place.arrows) arrowHead(ctx, x, y, to, paint.palette.active, unit)
}

/** One arrow head on a chain, clear of its tag, pointing the way of the data. */
function paintHead(ctx: Context, piece: Piece, colour: string, unit: number): void {
  const a = pointAt(piece.points, piece.length * 0.3 - 1)
  const b = pointAt(piece.points, piece.length * 0.3 + 3)
  const to =
    Math.abs(b.x - a.x) > Math.abs(b.y - a.y)
      ? b.x > a.x
        ? 'right'
        : 'left'
      : b.y > a.y
        ? 'down'
        : 'up'
  arrowHead(ctx, b.x, b.y, to, colour, unit * 1.4)
}

function paintStalled({ ctx, paint, layout }: Lively, place: RoutePlace): void {
  const unit = scaleOf(layout.unit)
  const width = (layout.columns[0]?.gutter ?? 38) < 24 ? 2 : 3 * unit
  for (const piece of place.pieces) stroke(ctx, piece, width, paint.palette.wait, stallDash)
}

/** Block numbers riding on what moves, and the reason beside what stands. */
export function paintTags(lively: Lively): void {
  const { frame, routes, aggregated, layout } = lively
  if (aggregated || layout.level === 'dot') return
  routes.forEach((place, index) => {
    const moves = routeAt(frame, index, RouteColumn.state)
    if (moves !== RouteMoves.moving && moves !== RouteMoves.stalled) return
    const tag = tagRect(lively, place, index)
    if (!tag) return
    paintTag(lively, tag.rect, tag.text, moves === RouteMoves.stalled)
    if (moves === RouteMoves.stalled) paintReason(lively, place, tag.rect)
  })
}

interface Tag {
  readonly rect: Rect
  readonly text: string
}

/** Where the tag of a route rides: as far along its chain as the present descriptor has moved. */
export function tagRect(lively: Lively, place: RoutePlace, index: number): Tag | undefined {
  const { ctx, frame, layout, reducedMotion } = lively
  const piece = place.pieces[place.tagPiece]
  if (!piece) return undefined
  const unit = scaleOf(layout.unit)
  const block = routeAt(frame, index, RouteColumn.block)
  const words = routeAt(frame, index, RouteColumn.words)
  const packet = place.route.kind === 'packet' ? 'p' : ''
  const text =
    block >= 0 ? `${packet}${block}` : reducedMotion ? `${compact(Math.max(0, words))} w` : packet
  if (text === '') return undefined
  const name = font(micro(unit), 500, 'mono')
  const w = Math.max(19 * unit, widthOf(ctx, text, name) + 7 * unit)
  const h = 14 * unit
  if ((layout.columns[0]?.gutter ?? 0) < 14) return undefined
  const share = movedShare(frame, place.route.source)
  const rim = Math.min(piece.length / 2, 12 * unit)
  const middle = piece.length < 60 || reducedMotion
  const at = pointAt(
    piece.points,
    middle ? piece.length / 2 : clamp(share * piece.length, rim, piece.length - rim),
  )
  return { rect: { x: at.x - w / 2, y: at.y - h / 2, w, h }, text }
}

function paintTag(
  { ctx, paint, layout }: Lively,
  rect: Rect,
  text: string,
  stalled: boolean,
): void {
  const unit = scaleOf(layout.unit)
  const { palette } = paint
  fillBox(ctx, rect, 4 * unit, palette.ground)
  strokeBox(
    ctx,
    rect,
    4 * unit,
    stalled ? palette.wait : palette.active,
    1.25,
    stalled ? fineDash : solid,
  )
  write(ctx, text, rect.x + rect.w / 2, rect.y + 10.8 * unit, {
    font: font(micro(unit), 500, 'mono'),
    fill: palette.text,
    align: 'center',
  })
}

/** Why a route stands, as far as its two ends know. */
export function stallReason(
  { scene, frame }: Pick<Lively, 'scene' | 'frame'>,
  place: RoutePlace,
): string {
  const { source, sinks } = place.route
  for (const channel of [...sinks, source]) {
    const state = channelAt(frame, channel, ChannelColumn.state)
    if (wordsOf(state).family !== 'wait') continue
    const since = cycles(lasted(channelAt(frame, channel, ChannelColumn.since)))
    const isShim = scene.channels[channel]?.row === 0
    if (state === State.dma) return `${isShim ? 'DDR' : 'memory'} wait ${since}`
    if (state === State.lock) {
      const lock = channelAt(frame, channel, ChannelColumn.waitLock)
      return lock >= 0 ? `lock ${lock}, ${since}` : `lock, ${since}`
    }
    return `${wordsOf(state).code.toLowerCase()}, ${since}`
  }
  return 'stalled'
}

/** The reason fits beside a link between shim and mem tile; in a gutter the dashes and the tag must do. */
function paintReason(lively: Lively, place: RoutePlace, tag: Rect): void {
  const { ctx, paint, layout } = lively
  const piece = place.pieces[place.tagPiece]
  if (!piece?.wide) return
  const unit = scaleOf(layout.unit)
  const text = stallReason(lively, place)
  const name = font(micro(unit))
  const column = layout.columns.find(({ x, w }) => tag.x >= x - 10 && tag.x <= x + w)
  if (!column || widthOf(ctx, text, name) > column.w - 60 * unit) return
  const onRight = tag.x > column.x + column.w / 2
  write(ctx, text, onRight ? tag.x - 6 : tag.x + tag.w + 6, tag.y + 10.8 * unit, {
    font: name,
    fill: paint.palette.wait,
    align: onRight ? 'right' : 'left',
  })
}
