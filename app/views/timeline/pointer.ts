/** Pointers on the timeline. */
import { useEffect, useRef, type PointerEvent } from 'react'
import { clamp } from '../../canvas/shape.ts'
import { panned, type MapScale, type Window } from './window.ts'

/** Narrowest label column: left of it the wheel scrolls the lanes as anywhere else. */
export const narrowLabelWidth = 112

interface PointerWork {
  readonly box: { readonly current: HTMLDivElement | null }
  readonly left: number
  readonly right: number
  readonly window: Window
  readonly whole: Window
  readonly scale: MapScale
  readonly tickAt: (x: number) => number
  readonly show: (window: Window) => void
  readonly travel: (tick: number) => void
}

/** Dragging: the playhead and the axis scrub, the mini-map moves the window, the lanes pan. */
export function useTimelinePointer(work: PointerWork) {
  const drag = useRef<{ readonly kind: 'scrub' | 'map' | 'pan'; x: number } | undefined>(undefined)
  const at = (event: PointerEvent) => {
    const rect = work.box.current?.getBoundingClientRect()
    return { x: event.clientX - (rect?.left ?? 0), y: event.clientY - (rect?.top ?? 0) }
  }
  const mapTo = (x: number) => {
    const middle = work.scale.tick(clamp(x, work.left, work.right))
    const half = (work.window.to - work.window.from) / 2
    work.show({ from: middle - half, to: middle + half })
  }
  const begin = (event: PointerEvent, kind: 'scrub' | 'map' | 'pan') => {
    if (event.button !== 0) return
    const { x } = at(event)
    drag.current = { kind, x }
    event.currentTarget.setPointerCapture(event.pointerId)
    if (kind === 'scrub') work.travel(work.tickAt(x))
    else if (kind === 'map') mapTo(x)
  }
  const move = (event: PointerEvent) => {
    const now = drag.current
    if (!now) return
    const { x } = at(event)
    if (now.kind === 'scrub') work.travel(work.tickAt(x))
    else if (now.kind === 'map') mapTo(x)
    else {
      const perPixel = (work.window.to - work.window.from) / (work.right - work.left)
      work.show(panned(work.window, (now.x - x) * perPixel, work.whole))
      now.x = x
    }
  }
  const end = () => {
    drag.current = undefined
  }
  const rest = { onPointerMove: move, onPointerUp: end, onPointerCancel: end }
  return {
    head: {
      ...rest,
      onPointerDown: (event: PointerEvent) => {
        const { x, y } = at(event)
        if (x >= work.left) begin(event, y < 16 ? 'map' : 'scrub')
      },
    },
    handle: { ...rest, onPointerDown: (event: PointerEvent) => begin(event, 'scrub') },
    body: {
      ...rest,
      onPointerDown: (event: PointerEvent) => {
        if (at(event).x >= work.left) begin(event, 'pan')
      },
      onDoubleClick: (event: { clientX: number }) => {
        const rect = work.box.current?.getBoundingClientRect()
        work.travel(work.tickAt(event.clientX - (rect?.left ?? 0)))
      },
    },
  }
}

/** The wheel over lanes and axis, with the x at which it turned. */
export function useWheelZoom(
  box: { readonly current: HTMLDivElement | null },
  use: (event: WheelEvent, x: number) => void,
): void {
  const latest = useRef(use)
  useEffect(() => {
    latest.current = use
  })
  useEffect(() => {
    const element = box.current
    if (!element) return
    const listen = (event: WheelEvent) => {
      const rect = element.getBoundingClientRect()
      const x = event.clientX - rect.left
      if (
        x < narrowLabelWidth ||
        !(event.target as HTMLElement).closest('.timeline-body, .timeline-head')
      )
        return
      event.preventDefault()
      latest.current(event, x)
    }
    element.addEventListener('wheel', listen, { passive: false })
    return () => element.removeEventListener('wheel', listen)
  })
}
