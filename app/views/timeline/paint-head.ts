/** Above the lanes: the mini-map of the whole run with the window on it, and the axis. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import { fade } from '../../canvas/colour.ts'
import { fillBox, font, hatch, strokeBox, widthOf, write, type Context } from '../../canvas/draw.ts'
import type { Paint } from '../../canvas/paint.ts'
import type { LaneRecord } from './lane-data.ts'
import { isHostSide } from './lane-parts.ts'
import { pixelKey } from './paint-lanes.ts'
import { Kind } from './pyramid.ts'
import { mapScale, type Tick, type Window } from './window.ts'

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
    if (kind !== Kind.wait && !isHostSide(group ?? '')) phase = Math.max(phase, 1)
    else phase = Math.max(phase, 0)
  }
  return phase
}

function paintMap(picture: HeadPicture): void {
  const { ctx, paint, whole, window, origin, left, right, keptFrom } = picture
  const { palette } = paint
  const scale = mapScale(whole, origin, left, right)
  fillBox(ctx, { x: left, y: mapTop, w: right - left, h: mapHeight }, 2, palette.hairQuiet)
  const step = 2
  const fills = [
    hatch(ctx, palette.wait, 0.3, { under: 0.07 }),
    fade(palette.done, 0.45),
    fade(palette.active, 0.75),
  ]
  let start = left
  let phase = -2
  const flush = (x: number) => {
    const fill = fills[phase]
    if (fill) {
      ctx.fillStyle = fill
      ctx.fillRect(start, mapTop, x - start, mapHeight)
    }
  }
  for (let x = left; x < right; x += step) {
    const next = phaseOf(picture, scale.tick(x), Math.max(scale.tick(x) + 1, scale.tick(x + step)))
    if (next === phase) continue
    flush(x)
    start = x
    phase = next
  }
  flush(right)
  // What lies before cycle 0 is greyed, and what can no longer be gone back to more so.
  if (scale.zeroX > left)
    fillBox(
      ctx,
      { x: left, y: mapTop, w: scale.zeroX - left - 1, h: mapHeight },
      0,
      fade(palette.ground, 0.5),
    )
  if (keptFrom > whole.from)
    fillBox(
      ctx,
      { x: left, y: mapTop, w: scale.x(keptFrom) - left, h: mapHeight },
      0,
      fade(palette.ground, 0.6),
    )
  const from = Math.max(left, scale.x(window.from))
  const w = Math.max(8, Math.min(right, scale.x(window.to)) - from)
  strokeBox(ctx, { x: Math.min(from, right - 8), y: 2, w, h: 12 }, 3, palette.text, 1.25)
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
      write(ctx, word, Math.min(zero, right) - 6, 29, {
        font: name,
        fill: palette.idle,
        align: 'right',
      })
    }
  }
  for (const { tick, text, major } of ticks) {
    const x = left + (tick - window.from) * perTick
    ctx.fillStyle = palette.hairQuiet
    if (x >= left && x <= right) ctx.fillRect(Math.round(x), 30, 1, 2)
    if (major && x >= left - 1 && x + 3 + widthOf(ctx, text, name) < right) {
      write(ctx, text, x + 3, 29, {
        font: name,
        fill: tick < origin ? palette.idle : palette.textQuiet,
      })
    }
  }
}
