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

/** Hover, click and drag on the picture. */
export function usePointer(work: PointerWork) {
  const [at, setAt] = useState<{ readonly x: number; readonly y: number } | undefined>(undefined)
  const [dragging, setDragging] = useState(false)
  const start = useRef<{ x: number; y: number; camera: Camera } | undefined>(undefined)
  const { stage, targets, camera, layout, size, select, setHover, setCamera } = work
  const place = (event: PointerEvent) => {
    const box = stage.current?.getBoundingClientRect()
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) }
  }
  const partAt = ({ x, y }: { x: number; y: number }) =>
    hitPart(targets, x + camera.x, y + camera.y)
  const canPan =
    layout !== undefined && (layout.width > size.width + 1 || layout.height > size.height + 1)
  return {
    at,
    dragging,
    handlers: {
      onPointerMove(event: PointerEvent) {
        const point = place(event)
        const from = start.current
        if (from && canPan && layout) {
          const moved = Math.abs(point.x - from.x) + Math.abs(point.y - from.y)
          if (dragging || moved > dragFrom) {
            setDragging(true)
            const next = {
              zoom: camera.zoom,
              x: from.camera.x + from.x - point.x,
              y: from.camera.y + from.y - point.y,
            }
            setCamera(held(next, layout, size.width, size.height))
          }
          return
        }
        const part = partAt(point)
        setHover(part || undefined)
        setAt(part ? point : undefined)
      },
      onPointerDown(event: PointerEvent) {
        if (event.button === 0) start.current = { ...place(event), camera }
      },
      onPointerUp(event: PointerEvent) {
        const from = start.current
        start.current = undefined
        if (!from || event.button !== 0) return
        if (!dragging) {
          const part = partAt(place(event))
          select(part || undefined)
        }
        setDragging(false)
      },
      onPointerLeave() {
        start.current = undefined
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
