/** The space–time chart: lanes of space from top to bottom, time from left to right. */
import { useCallback, useEffect, useMemo, useRef, useState, type PointerEvent } from 'react'
import { ticks as niceTicks } from 'd3'
import { Header, type Scene } from '../../../emulator-core/worker/frame.ts'
import type { LaneSlices } from '../../../emulator-core/worker/protocol.ts'
import { latestFrame } from '../../session/frames.ts'
import { ask, seek } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { usePalette } from '../../styles/theme.ts'
import { fillBox, font, hatch, strokeBox, write, type Context } from '../../canvas/draw.ts'
import { compact, grouped, percent } from '../../canvas/format.ts'
import { paintOf, type Paint } from '../../canvas/paint.ts'
import { clamp } from '../../canvas/shape.ts'
import { Surface, useFramePace, type Size } from '../../canvas/surface.tsx'
import { spaceLanes, workShare, type SpaceLane } from './space-time.ts'

const axis = 22
const laneH = 21
const pitch = 24
const columnGap = 6
const left = 64
const right = 128

/** Slices of controllers and cores over all that was recorded. */
function useSlices(scene: Scene): readonly LaneSlices[] {
  const epoch = useLive((state) => state.epoch)
  const running = useLive((state) => state.running)
  const start = useLive((state) => state.moment.historyStart)
  const end = useLive((state) => (state.running ? 0 : state.moment.recordedEnd))
  const pace = useFramePace(1)
  const turn = running ? pace : 0
  const [lanes, setLanes] = useState<readonly LaneSlices[]>([])
  useEffect(() => {
    let stale = false
    const to = useLive.getState().moment.recordedEnd
    if (to <= start) return
    const wanted = scene.lanes
      .filter(({ group }) => group === 'uc' || group === 'core')
      .map(({ id }) => id)
    ask('slices', { from: start, to, lanes: wanted }).then(
      (answer) => {
        if (!stale) setLanes(answer.lanes)
      },
      () => undefined,
    )
    return () => {
      stale = true
    }
  }, [scene, epoch, start, end, turn])
  return lanes
}

/** End of the range shown: a little after the last work, or all that was recorded when the playhead is later. */
export function rangeEnd(
  lanes: readonly SpaceLane[],
  origin: number,
  recordedEnd: number,
  tick: number,
): number {
  const last = Math.max(
    origin,
    ...lanes.flatMap(({ stretches }) => stretches.map((stretch) => stretch.to)),
  )
  const end = origin + (last - origin) * 1.1
  return last > origin && tick <= end ? Math.min(recordedEnd, end) : recordedEnd
}

/** Top of each lane; columns stand a little apart. */
export function laneTops(lanes: readonly SpaceLane[]): readonly number[] {
  let y = axis
  return lanes.map((lane, index) => {
    const before = lanes[index - 1]
    if (before) y += pitch + (before.column !== lane.column ? columnGap : 0)
    return y
  })
}

export function SpaceTime({ scene }: { readonly scene: Scene }) {
  const answers = useSlices(scene)
  const palette = usePalette()
  const paint = paintOf(palette)
  const origin = useLive((state) => state.moment.origin)
  const recordedEnd = useLive((state) =>
    Math.max(state.moment.recordedEnd, state.moment.origin + 1),
  )
  const beyond = useLive(({ moment }) => moment.tick)
  const select = useWorkspace((state) => state.select)
  const lanes = useMemo(() => spaceLanes(scene, answers), [scene, answers])
  const tops = useMemo(() => laneTops(lanes), [lanes])
  const to = rangeEnd(lanes, origin, recordedEnd, beyond)
  const height = (tops[tops.length - 1] ?? axis) + laneH + 4
  const box = useRef<HTMLDivElement>(null)
  const span = Math.max(1, to - origin)

  const draw = useCallback(
    (ctx: Context, { width }: Size) => {
      const end = width - right
      const x = (tick: number) => left + ((tick - origin) / span) * (end - left)
      const small = font(11)
      write(ctx, 'column', left - 10, 13, { font: small, fill: palette.textQuiet, align: 'right' })
      for (const cycle of niceTicks(0, span, Math.max(2, Math.floor((end - left) / 110)))) {
        const at = Math.round(x(origin + cycle))
        ctx.fillStyle = palette.hairQuiet
        ctx.fillRect(at, axis - 4, 1, height - axis)
        write(ctx, compact(cycle), at + 2, 13, { font: small, fill: palette.textQuiet })
      }
      write(ctx, 'at work', end + 12, 13, { font: small, fill: palette.textQuiet })
      const picture = { ctx, paint, x, end, from: origin, to }
      lanes.forEach((lane, index) => paintLane(picture, lane, tops[index]!))
      const frame = latestFrame()
      if (!frame) return
      const tick = frame.header[Header.tick] ?? 0
      const head = x(clamp(tick, origin, to))
      fillBox(
        ctx,
        { x: head, y: axis - 4, w: Math.max(0, end - head), h: height - axis },
        0,
        palette.fut,
      )
      ctx.fillStyle = palette.accent
      ctx.fillRect(head - 1, 2, 2, height)
      const text = grouped(tick - origin)
      const w = text.length * 6.6 + 12
      const pill = clamp(head, left + w / 2, end - w / 2)
      fillBox(ctx, { x: pill - w / 2, y: 0, w, h: 16 }, 4, palette.accent)
      write(ctx, text, pill, 12, { font: font(11, 600), fill: palette.onAccent, align: 'center' })
    },
    [lanes, tops, palette, paint, origin, span, to, height],
  )

  const onPointerDown = (event: PointerEvent) => {
    const rect = box.current?.getBoundingClientRect()
    if (!rect) return
    const x = event.clientX - rect.left
    const y = event.clientY - rect.top
    const index = tops.findIndex((top) => y >= top && y < top + laneH)
    if (x < left) {
      const part = lanes[index]?.part
      if (part) select(part)
    } else if (x <= rect.width - right) {
      const tick = origin + ((x - left) / Math.max(1, rect.width - right - left)) * span
      void seek(Math.round(tick)).catch(() => undefined)
    }
  }

  return (
    <>
      <div
        className="partitions-chart"
        ref={box}
        style={{ height }}
        role="img"
        onPointerDown={onPointerDown}
        aria-label="Who ran where, over time; the table after it has the shares"
      >
        <Surface paint={draw} lively />
      </div>
      <table className="sr">
        <caption>
          Share of the recorded time in which each half column and each column’s cores worked
        </caption>
        <tbody>
          {lanes.map((lane) => (
            <tr key={lane.key}>
              <th scope="row">Column {lane.label}</th>
              <td>{lane.owner > 0 ? `context ${lane.owner}` : 'nobody'}</td>
              <td>{percent(workShare(lane, origin, to))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

interface LanePicture {
  readonly ctx: Context
  readonly paint: Paint
  readonly x: (tick: number) => number
  /** Right end of the time axis in px. */
  readonly end: number
  readonly from: number
  readonly to: number
}

/** One lane: solid where its owner ran, hatched where it was kept, and at the right how much of the time it worked. */
function paintLane(picture: LanePicture, lane: SpaceLane, y: number): void {
  const { ctx, paint, x, end, from: start, to } = picture
  const { palette } = paint
  const owner = paint.owner(lane.owner)
  write(ctx, lane.label, left - 10, y + 14.5, {
    font: font(11),
    fill: palette.text,
    align: 'right',
  })
  fillBox(ctx, { x: left, y, w: end - left, h: laneH }, 2, palette.band)
  for (const { from, to: until, works } of lane.stretches) {
    const begin = Math.max(left, x(from))
    const w = Math.max(1, x(until) - begin)
    if (x(until) < left) continue
    const body = { x: begin, y, w, h: laneH }
    if (works) fillBox(ctx, body, 2, owner.hue)
    else {
      fillBox(ctx, body, 2, owner.body)
      fillBox(ctx, body, 2, hatch(ctx, owner.hue, 0.6, { width: 1 }))
      if (w > 3)
        strokeBox(ctx, { x: begin + 0.5, y: y + 0.5, w: w - 1, h: laneH - 1 }, 2, owner.hue)
    }
    if (w < 14) continue
    const badge = { x: begin + 3, y: y + 4, w: 13, h: 13 }
    if (!works) fillBox(ctx, badge, 2, palette.ground)
    write(ctx, String(lane.owner), badge.x + 6.5, y + 14.5, {
      font: font(11, 700),
      fill: works ? owner.ink : palette.text,
      align: 'center',
    })
  }
  const share = workShare(lane, start, to)
  const bar = { x: end + 12, y: y + 8, w: 62, h: 6 }
  fillBox(ctx, bar, 3, palette.hair)
  fillBox(ctx, { ...bar, w: bar.w * share }, 3, palette.textQuiet)
  write(ctx, percent(share), end + right - 6, y + 14.5, {
    font: font(11),
    fill: palette.textQuiet,
    align: 'right',
  })
}
