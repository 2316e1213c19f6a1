/** Above the lanes: the mini-map of the whole run with the window on it, and the axis. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import { fade } from '../../canvas/colour.ts'
import { fillBox, font, hatch, strokeBox, widthOf, write, type Context } from '../../canvas/draw.ts'
import type { Paint } from '../../canvas/paint.ts'
import type { LaneRecord } from './lane-data.ts'
import { pixelKey } from './paint-lanes.ts'
import { Kind } from './pyramid.ts'
import type { Tick, Window } from './window.ts'

export const mapTop = 4
export const mapHeight = 8
export const headHeight = 32

export interface HeadPicture {
  readonly ctx: Context
  readonly paint: Paint
  readonly scene: Scene
  readonly records: readonly LaneRecord[]
  readonly window: Window
  /** The whole of what can be seen: oldest kept tick to newest recorded. */
  readonly whole: Window
  /** Cycle 0; what lies before is the start of the machine. */
  readonly origin: number
  readonly ticks: readonly Tick[]
  readonly left: number
  readonly right: number
  /** Ticks kept in history begin here; older ones can be seen but not gone back to. */
  readonly keptFrom: number
}

export function paintHead(picture: HeadPicture): void {
  paintMap(picture)
  paintAxis(picture)
}

/** What a stretch of the run was about: 2 cores at work, 1 something was set up, 0 only waiting, −1 nothing. */
function phaseOf({ scene, records }: HeadPicture, from: number, to: number): number {
  let phase = -1
  for (let index = 0; index < records.length; index++) {
    const group = scene.lanes[index]?.group
    const key = pixelKey(records[index]!, from, to)
    if (key < 0) continue
    const kind = key >> 4
    if (group === 'core' && kind === Kind.run) return 2
    if (kind !== Kind.wait && group !== 'host' && group !== 'queue') phase = Math.max(phase, 1)
    else phase = Math.max(phase, 0)
  }
  return phase
}

function paintMap(picture: HeadPicture): void {
  const { ctx, paint, whole, window, left, right, keptFrom } = picture
  const { palette } = paint
  const width = right - left
  fillBox(ctx, { x: left, y: mapTop, w: width, h: mapHeight }, 2, palette.hairQuiet)
  const span = Math.max(1, whole.to - whole.from)
  const step = 2
  const fills = [hatch(ctx, palette.wait, 0.3, { under: 0.07 }), fade(palette.done, 0.45), fade(palette.active, 0.75)]
  let start = left
  let phase = -2
  const flush = (x: number) => {
    const fill = fills[phase]
    if (fill) {
      ctx.fillStyle = fill
      ctx.fillRect(start, mapTop, x - start, mapHeight)
    }
  }
  for (let x = 0; x < width; x += step) {
    const from = whole.from + (x / width) * span
    const next = phaseOf(picture, from, from + (step / width) * span)
    if (next === phase) continue
    flush(left + x)
    start = left + x
    phase = next
  }
  flush(right)
  if (keptFrom > whole.from) {
    const lost = ((keptFrom - whole.from) / span) * width
    fillBox(ctx, { x: left, y: mapTop, w: lost, h: mapHeight }, 0, fade(palette.ground, 0.6))
  }
  const x = left + ((window.from - whole.from) / span) * width
  const w = ((window.to - window.from) / span) * width
  const clipped = Math.max(left, x)
  const shown = Math.max(8, Math.min(right, x + w) - clipped)
  strokeBox(ctx, { x: Math.min(clipped, right - 8), y: 2, w: shown, h: 12 }, 3, palette.text, 1.25)
}

function paintAxis({ ctx, paint, ticks, window, origin, left, right }: HeadPicture): void {
  const { palette } = paint
  const name = font(11)
  const perTick = (right - left) / (window.to - window.from)
  const zero = left + (origin - window.from) * perTick
  if (zero > left) {
    ctx.fillStyle = fade(palette.line, 0.12)
    ctx.fillRect(left, 18, Math.min(zero, right) - left, headHeight - 18)
    const word = 'before cycle 0'
    if (zero - left > widthOf(ctx, word, name) + 90) {
      write(ctx, word, Math.min(zero, right) - 6, 29, { font: name, fill: palette.idle, align: 'right' })
    }
  }
  for (const { tick, text, major } of ticks) {
    const x = left + (tick - window.from) * perTick
    ctx.fillStyle = palette.hairQuiet
    if (x >= left && x <= right) ctx.fillRect(Math.round(x), 30, 1, 2)
    if (major && x >= left - 1 && x + 3 + widthOf(ctx, text, name) < right) {
      write(ctx, text, x + 3, 29, { font: name, fill: tick < origin ? palette.idle : palette.textQuiet })
    }
  }
}
