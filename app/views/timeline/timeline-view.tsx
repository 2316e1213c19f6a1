/** The timeline: mini-map, axis, lanes, and the playhead that is dragged to travel in time. */
import { useCallback, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { Header, type Scene } from '../../../emulator-core/worker/frame.ts'
import { latestFrame } from '../../session/frames.ts'
import { seek } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { usePalette } from '../../styles/theme.ts'
import type { Context } from '../../canvas/draw.ts'
import { grouped } from '../../canvas/format.ts'
import { paintOf } from '../../canvas/paint.ts'
import { clamp } from '../../canvas/shape.ts'
import { Surface, useSize } from '../../canvas/surface.tsx'
import { DockTools } from './dock-tools.tsx'
import { activity, useLaneData } from './lane-data.ts'
import { LaneTree } from './lane-tree.tsx'
import { Labels } from './labels.tsx'
import { headHeight, mapTop, paintHead } from './paint-head.ts'
import { paintLanes } from './paint-lanes.ts'
import { usePlayhead } from './playhead.ts'
import { narrowLabelWidth, useTimelinePointer, useWheelZoom } from './pointer.ts'
import { arrangeRows } from './rows.ts'
import {
  axisTicks,
  followed,
  kept,
  keyStep,
  mapScale,
  panned,
  windowText,
  zoomed,
  type Window,
} from './window.ts'
import './timeline.css'

const labelWidth = 132
const rightRim = 16

export function TimelineView() {
  const scene = useLive((state) => state.scene)
  const building = useLive((state) => state.building)
  if (scene) return <Timeline scene={scene} />
  if (building)
    return (
      <div
        className="timeline-skeleton skeleton"
        role="status"
        aria-label="Building the timeline"
      />
    )
  return (
    <div className="empty">
      <h2>No time yet</h2>
      <p>Lanes appear once a project is built. Press Run to build the sources.</p>
    </div>
  )
}

function Timeline({ scene }: { readonly scene: Scene }) {
  const box = useRef<HTMLDivElement>(null)
  const size = useSize(box)
  const data = useLaneData(scene)
  const paint = paintOf(usePalette())
  const selection = useWorkspace((state) => state.selection) ?? ''
  const origin = useLive((state) => state.moment.origin)
  const historyStart = useLive((state) => state.moment.historyStart)
  const recordedEnd = useLive((state) => state.moment.recordedEnd)
  const tick = useLive((state) => state.moment.tick)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [pins, setPins] = useState<readonly string[]>([])
  const [asTree, setAsTree] = useState(false)
  const [choice, setChoice] = useState<
    { readonly scene: Scene; readonly window: Window; readonly tick: number } | undefined
  >(undefined)
  const chosen = choice?.scene === scene ? choice : undefined
  const whole: Window = useMemo(() => {
    const from = Math.min(historyStart, origin)
    return { from, to: Math.max(recordedEnd, from + 100) }
  }, [historyStart, origin, recordedEnd])
  const fitting = useMemo(
    () => activity(scene, data) ?? { from: origin, to: Math.max(recordedEnd, origin + 1000) },
    [scene, data, origin, recordedEnd],
  )
  // A chosen window follows the playhead once that has moved on; the fitting one grows with the record instead.
  const hasMoved = chosen !== undefined && chosen.tick !== tick
  const { from, to } = hasMoved ? followed(chosen.window, tick) : (chosen?.window ?? fitting)
  const shown: Window = useMemo(() => ({ from, to }), [from, to])
  const left = size.width < 700 ? narrowLabelWidth : labelWidth
  const right = Math.max(left + 40, size.width - rightRim)
  const { rows, height } = useMemo(
    () => arrangeRows(scene, selection, open, pins, size.height - headHeight),
    [scene, selection, open, pins, size.height],
  )
  const ticks = useMemo(
    () => axisTicks(shown, origin, right - left, size.width < 700 ? 80 : 120),
    [shown, origin, right, left, size.width],
  )
  const bodyHeight = Math.max(height, size.height - headHeight)

  const paintHeadLayer = useCallback(
    (ctx: Context) =>
      paintHead({
        ctx,
        paint,
        scene,
        records: data.records,
        window: shown,
        whole,
        origin,
        ticks,
        left,
        right,
        keptFrom: historyStart,
      }),
    [paint, scene, data, shown, whole, origin, ticks, left, right, historyStart],
  )
  const paintBody = useCallback(
    (ctx: Context) =>
      paintLanes({
        ctx,
        paint,
        rows,
        records: data.records,
        window: shown,
        ticks,
        left,
        right,
        height: bodyHeight,
      }),
    [paint, rows, data, shown, ticks, left, right, bodyHeight],
  )
  const tickAt = (x: number) =>
    shown.from + (clamp(x, left, right) - left) * ((shown.to - shown.from) / (right - left))
  const show = (next: Window) => setChoice({ scene, window: kept(next, whole), tick })
  const travel = (goal: number) =>
    void seek(Math.round(clamp(goal, historyStart, recordedEnd))).catch(() => undefined)

  const scale = useMemo(() => mapScale(whole, origin, left, right), [whole, origin, left, right])
  usePlayhead(box, !asTree, shown, left, right, scale)
  const pointer = useTimelinePointer({
    box,
    left,
    right,
    window: shown,
    whole,
    scale,
    tickAt,
    show,
    travel,
  })
  useWheelZoom(box, (event, x) => {
    if (
      event.ctrlKey ||
      event.metaKey ||
      (!event.shiftKey && Math.abs(event.deltaY) > Math.abs(event.deltaX))
    ) {
      show(zoomed(shown, event.deltaY < 0 ? 0.8 : 1.25, tickAt(x), whole))
    } else
      show(
        panned(
          shown,
          ((event.deltaX || event.deltaY) / (right - left)) * (shown.to - shown.from),
          whole,
        ),
      )
  })

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const now = latestFrame()?.header[Header.tick] ?? 0
    const letters = useWorkspace.getState().letterKeys
    const span = shown.to - shown.from
    const step = keyStep(shown) * (event.shiftKey ? 10 : 1)
    if (event.key === 'ArrowLeft') travel(now - step)
    else if (event.key === 'ArrowRight') travel(now + step)
    else if (event.key === 'PageUp') travel(now - span / 4)
    else if (event.key === 'PageDown') travel(now + span / 4)
    else if (event.key === 'Home') travel(historyStart)
    else if (event.key === 'End') travel(recordedEnd)
    else if (letters && event.key === 'a') show(panned(shown, -span * 0.15, whole))
    else if (letters && event.key === 'd') show(panned(shown, span * 0.15, whole))
    else if (letters && event.key === 'w')
      show(zoomed(shown, 0.7, clamp(now, shown.from, shown.to), whole))
    else if (letters && event.key === 's')
      show(zoomed(shown, 1 / 0.7, clamp(now, shown.from, shown.to), whole))
    else if (letters && event.key === 'f') setChoice(undefined)
    else if (letters && event.key === 't') setAsTree(!asTree)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const toggle = (group: string) =>
    setOpen((now) => {
      const next = new Set(now)
      if (!next.delete(group)) next.add(group)
      return next
    })
  const pin = (part: string) =>
    setPins((now) => (now.includes(part) ? now.filter((one) => one !== part) : [...now, part]))

  return (
    <div className="timeline" ref={box} onKeyDown={onKeyDown}>
      <DockTools
        text={windowText(shown, origin)}
        asTree={asTree}
        onTree={() => setAsTree(!asTree)}
      />
      {asTree ? (
        <LaneTree
          scene={scene}
          data={data}
          actions={{ open, onToggle: toggle, pins, onPin: pin }}
        />
      ) : (
        <>
          <div className="timeline-head" style={{ height: headHeight }} {...pointer.head}>
            <Surface paint={paintHeadLayer} />
            <span className="timeline-label quiet" style={{ top: mapTop - 4, width: left }}>
              Whole run
            </span>
            <div className="timeline-map-mark" />
          </div>
          <div
            className="timeline-body"
            {...pointer.body}
            tabIndex={0}
            role="group"
            aria-label="Lanes"
          >
            <div className="timeline-lanes" style={{ height: bodyHeight }}>
              <Surface paint={paintBody} />
              <Labels rows={rows} width={left} onToggle={toggle} onPin={pin} />
            </div>
          </div>
          <div className="timeline-veil" />
          <div className="timeline-line" />
          <div
            className="timeline-pill"
            role="slider"
            tabIndex={0}
            data-hint="playhead"
            aria-label="Playhead"
            aria-valuemin={historyStart - origin}
            aria-valuemax={recordedEnd - origin}
            aria-valuenow={Math.round(tick - origin)}
            aria-valuetext={`Cycle ${grouped(tick - origin)}`}
            {...pointer.handle}
          />
          <LaneTree scene={scene} data={data} />
        </>
      )}
    </div>
  )
}
