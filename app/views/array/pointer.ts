/** Pointers on the array: hover, click and drag; two fingers pan and zoom. */
import { useEffect, useRef, useState, type PointerEvent } from 'react'
import { hitPart, type Target } from '../../canvas/hit.ts'
import { held, zoomedBy, type Camera } from './camera.ts'
import type { ArrayLayout } from './layout.ts'

interface PointerWork {
  readonly stage: { readonly current: HTMLDivElement | null }
  readonly targets: readonly Target[]
  readonly camera: Camera
  readonly layout: ArrayLayout | undefined
  readonly size: { readonly width: number; readonly height: number }
  readonly select: (part: string | undefined) => void
  readonly setHover: (part: string | undefined) => void
  readonly setCamera: (camera: Camera) => void
}

const dragFrom = 4

interface Finger {
  readonly x: number
  readonly y: number
}

/** Middle and distance of two fingers. */
function spread(
  fingers: ReadonlyMap<number, Finger>,
): { x: number; y: number; apart: number } | undefined {
  const [a, b] = [...fingers.values()]
  if (!a || !b) return undefined
  return {
    x: (a.x + b.x) / 2,
    y: (a.y + b.y) / 2,
    apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
  }
}

/** Hover, click, drag and pinch on the picture. */
export function usePointer(work: PointerWork) {
  const [at, setAt] = useState<Finger | undefined>(undefined)
  const [dragging, setDragging] = useState(false)
  const start = useRef<(Finger & { readonly camera: Camera }) | undefined>(undefined)
  const fingers = useRef(new Map<number, Finger>())
  const { stage, targets, camera, layout, size, select, setHover, setCamera } = work
  const place = (event: PointerEvent): Finger => {
    const box = stage.current?.getBoundingClientRect()
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) }
  }
  const partAt = ({ x, y }: Finger) => hitPart(targets, x + camera.x, y + camera.y)
  const canPan =
    layout !== undefined && (layout.width > size.width + 1 || layout.height > size.height + 1)
  const forget = (event: PointerEvent) => {
    fingers.current.delete(event.pointerId)
    start.current = undefined
  }

  const pinch = (event: PointerEvent, point: Finger): boolean => {
    const before = spread(fingers.current)
    if (!before || !fingers.current.has(event.pointerId)) return false
    fingers.current.set(event.pointerId, point)
    const now = spread(fingers.current)
    if (!now) return false
    setDragging(true)
    const near = zoomedBy(camera, now.apart / before.apart, before.x, before.y)
    setCamera({ zoom: near.zoom, x: near.x + before.x - now.x, y: near.y + before.y - now.y })
    return true
  }
  return {
    at,
    dragging,
    handlers: {
      onPointerMove(event: PointerEvent) {
        const point = place(event)
        if (pinch(event, point)) return
        const from = start.current
        if (from && canPan && layout) {
          const moved = Math.abs(point.x - from.x) + Math.abs(point.y - from.y)
          if (dragging || moved > dragFrom) {
            setDragging(true)
            const x = from.camera.x + from.x - point.x
            const y = from.camera.y + from.y - point.y
            setCamera(held({ zoom: camera.zoom, x, y }, layout, size.width, size.height))
          }
          return
        }
        const part = partAt(point)
        setHover(part || undefined)
        setAt(part ? point : undefined)
      },
      onPointerDown(event: PointerEvent) {
        if (event.button !== 0) return
        const point = place(event)
        fingers.current.set(event.pointerId, point)
        start.current = { ...point, camera }
      },
      onPointerUp(event: PointerEvent) {
        const pressed = start.current !== undefined && event.button === 0
        forget(event)
        if (pressed && !dragging) select(partAt(place(event)) || undefined)
        if (fingers.current.size === 0) setDragging(false)
      },
      onPointerCancel: forget,
      onPointerLeave(event: PointerEvent) {
        forget(event)
        if (fingers.current.size > 0) return
        setDragging(false)
        setHover(undefined)
        setAt(undefined)
      },
    },
  }
}

/** A wheel listener that may keep the page from scrolling: it answers true when it used the event. */
export function useWheel(
  stage: { readonly current: HTMLDivElement | null },
  use: (event: WheelEvent) => boolean,
): void {
  const latest = useRef(use)
  useEffect(() => {
    latest.current = use
  })
  useEffect(() => {
    const element = stage.current
    if (!element) return
    const listen = (event: WheelEvent) => {
      if (latest.current(event)) event.preventDefault()
    }
    element.addEventListener('wheel', listen, { passive: false })
    return () => element.removeEventListener('wheel', listen)
  })
}
