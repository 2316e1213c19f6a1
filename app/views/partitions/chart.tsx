/** The space–time chart: lanes of space from top to bottom, time from left to right. */
import { useCallback, useEffect, useMemo, useRef, useState, type PointerEvent } from 'react'
import { ticks as niceTicks } from 'd3'
import { Header, type Scene } from '../../../emulator-core/worker/frame.ts'
import type { LaneSlices, Replies } from '../../../emulator-core/worker/protocol.ts'
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
import { useAsk } from '../../widgets/use-ask.ts'
import { Shares } from './shares.tsx'
import { spaceLanes, vfLanes, workShare, type SpaceLane } from './space-time.ts'
import { useMomentKey } from './use-layout.ts'

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
    // A context runs on the controllers of the columns that it got, not on those that its code names.
    const wanted = [
      ...scene.ucs.map(({ part }) => part),
      ...scene.lanes.filter(({ group }) => group === 'core').map(({ id }) => id),
    ]
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

type Mark = Replies['occupancy']['marks'][number]

/** A range of time that somebody has brushed, in ticks. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Pointer travel in px from which a press is a brush and no click. */
const brushFrom = 4
const nothing = {}

interface Props {
  readonly scene: Scene
  /** Virtual functions that get a lane of their own. */
  readonly vfs: readonly number[]
}

export function SpaceTime({ scene, vfs }: Props) {
  const answers = useSlices(scene)
  const history = useAsk('occupancy', nothing, useMomentKey(1))
  const [range, setRange] = useState<Range | undefined>(undefined)
  const press = useRef<{ readonly x: number; readonly tick: number } | undefined>(undefined)
  const palette = usePalette()
  const paint = paintOf(palette)
  const origin = useLive((state) => state.moment.origin)
  const recordedEnd = useLive((state) =>
    Math.max(state.moment.recordedEnd, state.moment.origin + 1),
  )
  const beyond = useLive(({ moment }) => moment.tick)
  const select = useWorkspace((state) => state.select)
  const lanes = useMemo(() => {
    const { residences = [], end = Infinity } = history ?? {}
    return [...spaceLanes(scene, answers, residences, end), ...vfLanes(vfs, residences, end)]
  }, [scene, answers, history, vfs])
  const marks = history?.marks
  const tops = useMemo(() => laneTops(lanes), [lanes])
  // Where nothing was ever submitted the boot would take all the room.
  const firstHeld = history?.residences.reduce((least, one) => Math.min(least, one.from), Infinity)
  const begin =
    firstHeld === undefined || firstHeld === Infinity ? origin : Math.max(origin, firstHeld)
  const to = rangeEnd(lanes, begin, recordedEnd, beyond)
  const height = (tops[tops.length - 1] ?? axis) + laneH + 4
  const box = useRef<HTMLDivElement>(null)
  const span = Math.max(1, to - begin)

  const draw = useCallback(
    (ctx: Context, { width }: Size) => {
      const end = width - right
      const x = (tick: number) => left + ((tick - begin) / span) * (end - left)
      const small = font(11)
      write(ctx, 'column', left - 10, 13, { font: small, fill: palette.textQuiet, align: 'right' })
      for (const cycle of niceTicks(0, span, Math.max(2, Math.floor((end - left) / 110)))) {
        const at = Math.round(x(begin + cycle))
        ctx.fillStyle = palette.hairQuiet
        ctx.fillRect(at, axis - 4, 1, height - axis)
        if (at < end - 34)
          write(ctx, compact(begin - origin + cycle), at + 2, 13, {
            font: small,
            fill: palette.textQuiet,
          })
      }
      write(ctx, 'at work', end + 12, 13, { font: small, fill: palette.textQuiet })
      const picture = { ctx, paint, x, end, from: begin, to }
      lanes.forEach((lane, index) => paintLane(picture, lane, tops[index]!, range))
      paintMarks(picture, marks ?? [])
      if (range) paintRange(picture, range, height)
      const frame = latestFrame()
      if (!frame) return
      const tick = frame.header[Header.tick] ?? 0
      const head = x(clamp(tick, begin, to))
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
    [lanes, tops, palette, paint, origin, begin, span, to, height, marks, range],
  )

  const tickAt = (x: number, width: number) =>
    Math.round(begin + (clamp(x - left, 0, width) / Math.max(1, width)) * span)
  const place = (event: PointerEvent) => {
    const rect = box.current?.getBoundingClientRect()
    const x = event.clientX - (rect?.left ?? 0)
    const width = (rect?.width ?? 0) - right - left
    return { x, y: event.clientY - (rect?.top ?? 0), width, tick: tickAt(x, width) }
  }
  const onPointerDown = (event: PointerEvent) => {
    const { x, y, width, tick } = place(event)
    const index = tops.findIndex((top) => y >= top && y < top + laneH)
    if (x < left) {
      const part = lanes[index]?.part
      if (part) select(part)
    } else if (x <= left + width) {
      press.current = { x, tick }
      event.currentTarget.setPointerCapture(event.pointerId)
    }
  }
  const onPointerMove = (event: PointerEvent) => {
    const begun = press.current
    if (!begun) return
    const { x, tick } = place(event)
    if (Math.abs(x - begun.x) < brushFrom) return
    setRange({ from: Math.min(begun.tick, tick), to: Math.max(begun.tick, tick) })
  }
  const onPointerUp = (event: PointerEvent) => {
    const begun = press.current
    press.current = undefined
    if (!begun || Math.abs(place(event).x - begun.x) >= brushFrom) return
    void seek(begun.tick).catch(() => undefined)
  }

  return (
    <>
      <div
        className="partitions-chart"
        ref={box}
        style={{ height }}
        role="img"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        aria-label="Who ran where, over time; the table after it has the shares"
      >
        <Surface paint={draw} lively />
      </div>
      <Shares
        lanes={lanes}
        marks={marks ?? []}
        names={history?.residences ?? []}
        whole={{ from: begin, to }}
        range={range}
        choose={setRange}
      />
      <table className="sr">
        <caption>
          Share of the recorded time in which each half column and each column’s cores worked
        </caption>
        <tbody>
          {lanes.map((lane) => (
            <tr key={lane.key}>
              <th scope="row">
                {lane.label.startsWith('VF') ? lane.label : `Column ${lane.label}`}
              </th>
              <td>{lane.owner > 0 ? `context ${lane.owner}` : 'nobody'}</td>
              <td>{percent(workShare(lane, begin, to))}</td>
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
function paintLane(picture: LanePicture, lane: SpaceLane, y: number, range?: Range): void {
  const { ctx, paint, end, from: start, to } = picture
  const { palette } = paint
  write(ctx, lane.label, left - 10, y + 14.5, {
    font: font(11),
    fill: palette.text,
    align: 'right',
  })
  fillBox(ctx, { x: left, y, w: end - left, h: laneH }, 2, palette.band)
  for (const stretch of lane.stretches) paintStretch(picture, stretch, lane.owner, y)
  const share = workShare(lane, range?.from ?? start, range?.to ?? to)
  const bar = { x: end + 12, y: y + 8, w: 62, h: 6 }
  fillBox(ctx, bar, 3, palette.hair)
  fillBox(ctx, { ...bar, w: bar.w * share }, 3, palette.textQuiet)
  write(ctx, percent(share), end + right - 6, y + 14.5, {
    font: font(11),
    fill: palette.textQuiet,
    align: 'right',
  })
}

function paintStretch(
  { ctx, paint, x, end }: LanePicture,
  stretch: SpaceLane['stretches'][number],
  laneOwner: number,
  y: number,
): void {
  const begin = Math.max(left, x(stretch.from))
  const until = Math.min(end, x(stretch.to))
  if (until < left || begin > end) return
  const number = stretch.owner ?? laneOwner
  const owner = paint.owner(number)
  const w = Math.max(1, until - begin)
  const body = { x: begin, y, w, h: laneH }
  if (stretch.works) fillBox(ctx, body, 2, owner.hue)
  else {
    fillBox(ctx, body, 2, owner.body)
    fillBox(ctx, body, 2, hatch(ctx, owner.hue, 0.6, { width: 1 }))
    if (w > 3) strokeBox(ctx, { x: begin + 0.5, y: y + 0.5, w: w - 1, h: laneH - 1 }, 2, owner.hue)
  }
  const badgeW = number > 9 ? 19 : 13
  if (w < badgeW + 3) return
  const badge = { x: begin + 3, y: y + 4, w: badgeW, h: 13 }
  if (!stretch.works) fillBox(ctx, badge, 2, paint.palette.ground)
  write(ctx, String(number), badge.x + badgeW / 2, y + 14.5, {
    font: font(11, 700),
    fill: stretch.works ? owner.ink : paint.palette.text,
    align: 'center',
  })
}

const markLetters: Readonly<Record<Mark['kind'], string>> = {
  wanted: '▾',
  switched: '⇄',
  error: '✕',
  waits: '…',
}

/** Short happenings as signs on the axis: asked to leave, left, in error, waits. */
function paintMarks({ ctx, paint, x, end }: LanePicture, marks: readonly Mark[]): void {
  let last = -Infinity
  for (const mark of marks) {
    const at = x(mark.tick)
    if (at < left || at > end || at - last < 7) continue
    last = at
    write(ctx, markLetters[mark.kind], at, axis - 1, {
      font: font(11, 700),
      fill: mark.kind === 'error' ? paint.palette.fault : paint.palette.text,
      align: 'center',
    })
  }
}

function paintRange({ ctx, paint, x, end }: LanePicture, range: Range, height: number): void {
  const from = clamp(x(range.from), left, end)
  const to = clamp(x(range.to), left, end)
  fillBox(ctx, { x: from, y: axis - 4, w: to - from, h: height - axis }, 0, paint.palette.sel)
  ctx.fillStyle = paint.palette.accent
  ctx.fillRect(from, axis - 4, 1, height - axis)
  ctx.fillRect(to - 1, axis - 4, 1, height - axis)
}
