/** Lanes on canvas: slices with words where they fit, and one row of pixels per lane where they do not. */
import { SliceState } from '../../../emulator-core/worker/frame.ts'
import { fade } from '../../canvas/colour.ts'
import {
  fillBox,
  fineDash,
  fitted,
  font,
  hatch,
  solid,
  strokeBox,
  write,
  type Context,
} from '../../canvas/draw.ts'
import type { Paint } from '../../canvas/paint.ts'
import type { LaneRecord } from './lane-data.ts'
import { countWithin, firstAfter, labelOf } from './lane.ts'
import { Kind, kindOf } from './pyramid.ts'
import type { Row, Spot } from './rows.ts'
import type { Tick, Window } from './window.ts'

/** Above this many slices on screen, lanes are painted from sums. */
export const sliceLimit = 5000

export interface LanePicture {
  readonly ctx: Context
  readonly paint: Paint
  readonly rows: readonly Row[]
  readonly records: readonly LaneRecord[]
  readonly window: Window
  readonly ticks: readonly Tick[]
  /** Left and right end of the time axis in px. */
  readonly left: number
  readonly right: number
  readonly height: number
}

const xOf = ({ window, left, right }: LanePicture, tick: number) =>
  left + ((tick - window.from) / (window.to - window.from)) * (right - left)

/** Slices that touch the window, over all lanes that are shown. */
export function slicesShown(picture: Pick<LanePicture, 'rows' | 'records' | 'window'>): number {
  let count = 0
  for (const { spots } of picture.rows) {
    for (const { lane } of spots) {
      const record = picture.records[lane]
      if (record) count += countWithin(record.lane, picture.window.from, picture.window.to)
    }
  }
  return count
}

export function paintLanes(picture: LanePicture): void {
  const { ctx, paint, rows, records, left, right, height } = picture
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, 0, right - left, height)
  ctx.clip()
  ctx.fillStyle = paint.palette.hairQuiet
  for (const { tick } of picture.ticks) ctx.fillRect(Math.round(xOf(picture, tick)), 0, 1, height)
  const summed = slicesShown(picture) > sliceLimit
  for (const { spots } of rows) {
    for (const spot of spots) {
      const record = records[spot.lane]
      if (!record) continue
      if (summed) paintSummed(picture, record, spot)
      else if (spot.full) paintFull(picture, record, spot)
      else paintMicro(picture, record, spot)
    }
  }
  ctx.restore()
}

function microColour(paint: Paint, state: number): string {
  const { palette } = paint
  if (state === SliceState.run) return paint.runSlice
  if (state === SliceState.wait) return paint.waitMicro
  return state === SliceState.fault ? palette.fault : palette.done
}

function paintMicro(picture: LanePicture, { lane }: LaneRecord, { y, h }: Spot): void {
  const { ctx, paint, window } = picture
  for (let i = firstAfter(lane, window.from); i < lane.count && lane.start[i]! < window.to; i++) {
    const x = xOf(picture, lane.start[i]!)
    const w = Math.max(1, xOf(picture, lane.end[i]!) - x - 0.4)
    const state = lane.state[i]!
    // A wait in a thin lane is thinner still: height tells it from work without the colour.
    const thin = state === SliceState.wait && h <= 3
    ctx.fillStyle = microColour(paint, state)
    ctx.fillRect(x, thin ? y + Math.floor(h / 2) : y, w, thin ? 1 : h)
  }
}

function paintFull(picture: LanePicture, { lane }: LaneRecord, { y, h }: Spot): void {
  const { ctx, paint, window, left } = picture
  const { palette } = paint
  for (let i = firstAfter(lane, window.from); i < lane.count && lane.start[i]! < window.to; i++) {
    const x = xOf(picture, lane.start[i]!)
    const w = Math.max(1, xOf(picture, lane.end[i]!) - x)
    const state = lane.state[i]!
    const body = { x, y, w, h }
    const edge = { x: x + 0.5, y: y + 0.5, w: Math.max(0, w - 1), h: h - 1 }
    let ink: string = palette.text
    let weight = 600
    if (state === SliceState.run) {
      fillBox(ctx, body, 1, paint.runBody)
      if (w > 2) strokeBox(ctx, edge, 1, fade(palette.active, 0.8))
    } else if (state === SliceState.wait) {
      fillBox(ctx, body, 0, hatch(ctx, palette.wait, 0.3, { under: 0.07 }))
      if (w > 4) strokeBox(ctx, edge, 0, fade(palette.wait, 0.75), 1, fineDash)
      ink = palette.wait
      weight = 400
    } else if (state === SliceState.fault) {
      fillBox(ctx, body, 0, palette.ground)
      strokeBox(ctx, edge, 0, palette.fault, 2, solid)
      ink = palette.fault
    } else {
      fillBox(ctx, body, 1, paint.doneBody)
      if (w > 2) strokeBox(ctx, edge, 1, paint.doneLine)
      weight = 500
    }
    const text = labelOf(lane, i)
    if (!text || w < 12) continue
    const name = font(11, weight)
    const from = Math.max(x, left) + 5
    const shown = fitted(ctx, text, name, x + w - from - 3)
    if (shown) write(ctx, shown, from, y + h / 2 + 3.8, { font: name, fill: ink })
  }
}

/** One pixel column after another: the colour is what took most of it, its strength how much. */
function paintSummed(picture: LanePicture, record: LaneRecord, { y, h }: Spot): void {
  const { ctx, paint, window, left, right } = picture
  const { palette } = paint
  const colours = [palette.active, palette.wait, palette.done]
  const ticksPerPixel = (window.to - window.from) / (right - left)
  let runStart = left
  let runKey = -1
  const flush = (until: number) => {
    if (runKey < 0 || until <= runStart) return
    ctx.fillStyle = fade(colours[runKey >> 4] ?? palette.idle, 0.25 + 0.6 * ((runKey & 15) / 8))
    ctx.fillRect(runStart, y, until - runStart, h)
  }
  for (let x = left; x < right; x++) {
    const from = window.from + (x - left) * ticksPerPixel
    const key = pixelKey(record, from, from + ticksPerPixel)
    if (key === runKey) continue
    flush(x)
    runStart = x
    runKey = key
  }
  flush(right)
}

/** Kind that took most of a stretch and its share in eighths, or −1 when it was idle. */
export function pixelKey({ lane, pyramid }: LaneRecord, from: number, to: number): number {
  const level = pyramid.levelFor(to - from)
  const sums = [0, 0, 0]
  if (level >= 0)
    for (const kind of [Kind.run, Kind.wait, Kind.done])
      sums[kind] = pyramid.busy(level, kind, from, to)
  else {
    for (let i = firstAfter(lane, from); i < lane.count && lane.start[i]! < to; i++) {
      const kind = kindOf(lane.state[i]!)
      sums[kind] = sums[kind]! + Math.min(to, lane.end[i]!) - Math.max(from, lane.start[i]!)
    }
  }
  let most = 0
  for (let kind = 1; kind < sums.length; kind++) if (sums[kind]! > sums[most]!) most = kind
  const share = sums[most]! / (to - from)
  return share <= 0 ? -1 : (most << 4) | Math.max(1, Math.round(Math.min(1, share) * 8))
}
