/** The array stage: legend, picture in two layers, its twin for keyboard and screen reader, and its table. */
import {
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
} from 'react'
import { createPortal } from 'react-dom'
import { Header, type Scene } from '../../../emulator-core/worker/frame.ts'
import { latestFrame } from '../../session/frames.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { usePalette } from '../../styles/theme.ts'
import type { Context } from '../../canvas/draw.ts'
import { hitPart, type Target } from '../../canvas/hit.ts'
import { paintOf } from '../../canvas/paint.ts'
import { usePlace } from '../../canvas/place.ts'
import { clamp, type Rect } from '../../canvas/shape.ts'
import { Surface, useReducedMotion, useSize } from '../../canvas/surface.tsx'
import { Icon } from '../../widgets/icon.tsx'
import './array.css'
import type { Lively, Still } from './brush.ts'
import { filterOf, type Choice } from './filters.ts'
import { placeRoutes } from './lanes.ts'
import { arrange, type ArrayLayout } from './layout.ts'
import { Legend } from './legend.tsx'
import { overlayNamed } from './overlay.ts'
import { pathOf } from './parts.ts'
import { paintLively, paintStill } from './scene-paint.ts'
import { ArrayTable } from './table.tsx'
import { targetsOf } from './targets.ts'
import { Tooltip } from './tooltip.tsx'
import { Twin } from './twin.tsx'

/** Cycles per wall second above which single words cannot be followed: 60 a picture. */
const followLimit = 3600
const zoomStep = 1.25
const zoomLimits = [0.2, 8] as const

interface Camera {
  readonly zoom: number
  readonly x: number
  readonly y: number
}

const fitCamera: Camera = { zoom: 1, x: 0, y: 0 }

export function ArrayView() {
  const scene = useLive((state) => state.scene)
  const building = useLive((state) => state.building)
  if (scene && scene.tiles.length > 0) return <ArrayStage scene={scene} />
  if (building || !scene) return <ArraySkeleton />
  return (
    <div className="empty">
      <h2>No tiles to show</h2>
      <p>
        The design names no tile. Add an aie.tile to the design, or open an example, and press Run.
      </p>
    </div>
  )
}

/** Bands in the final geometry while the first build is under way. */
function ArraySkeleton() {
  return (
    <div className="array-skeleton" role="status" aria-label="Building the array">
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  )
}

/** Keeps a camera inside what there is to see. */
function held(camera: Camera, layout: ArrayLayout, width: number, height: number): Camera {
  return {
    zoom: camera.zoom,
    x: clamp(camera.x, 0, Math.max(0, layout.width - width)),
    y: clamp(camera.y, 0, Math.max(0, layout.height - height)),
  }
}

function ArrayStage({ scene }: { readonly scene: Scene }) {
  const stage = useRef<HTMLDivElement>(null)
  const size = useSize(stage)
  const palette = usePalette()
  const paint = paintOf(palette)
  const selection = useWorkspace((state) => state.selection) ?? ''
  const hover = useWorkspace((state) => state.hover) ?? ''
  const overlay = useWorkspace((state) => overlayNamed(state.overlay))
  const select = useWorkspace((state) => state.select)
  const setHover = useWorkspace((state) => state.setHover)
  const fast = useLive((state) => state.running && state.moment.rate > followLimit)
  const reducedMotion = useReducedMotion()
  const [asked, setCamera] = useState<Camera>(fitCamera)
  const [chosen, setChosen] = useState<readonly Choice[]>([])
  const [asTable, setAsTable] = useState(false)

  const layout = useMemo(
    () => (size.width > 0 && size.height > 0 ? arrange(scene, size, asked.zoom) : undefined),
    [scene, size, asked.zoom],
  )
  const routes = useMemo(() => (layout ? placeRoutes(scene, layout) : []), [scene, layout])
  const path = useMemo(() => pathOf(scene, selection), [scene, selection])
  const targets = useMemo(
    () => (layout ? targetsOf(scene, layout, routes) : []),
    [scene, layout, routes],
  )
  const camera = layout ? held(asked, layout, size.width, size.height) : asked

  const paintStillLayer = useCallback(
    (ctx: Context) => {
      if (!layout) return
      ctx.translate(-camera.x, -camera.y)
      const still: Still = { ctx, paint, scene, layout, routes, overlay }
      paintStill(still)
    },
    [layout, routes, paint, scene, overlay, camera.x, camera.y],
  )
  const paintLivelyLayer = useCallback(
    (ctx: Context) => {
      const frame = latestFrame()
      if (!layout || !frame) return
      ctx.translate(-camera.x, -camera.y)
      const aggregated =
        (frame.header[Header.running] ?? 0) > 0 && (frame.header[Header.rate] ?? 0) > followLimit
      const filter = filterOf(scene, frame, chosen)
      const lively: Lively = {
        ctx,
        paint,
        scene,
        layout,
        routes,
        overlay,
        frame,
        selection,
        hover,
        path,
        filter,
        reducedMotion,
        aggregated,
      }
      paintLively(lively)
    },
    [
      layout,
      routes,
      paint,
      scene,
      overlay,
      selection,
      hover,
      path,
      chosen,
      reducedMotion,
      camera.x,
      camera.y,
    ],
  )

  const zoomTo = (zoom: number, atX = size.width / 2, atY = size.height / 2) => {
    const next = clamp(zoom, zoomLimits[0], zoomLimits[1])
    const scale = next / camera.zoom
    setCamera({ zoom: next, x: (camera.x + atX) * scale - atX, y: (camera.y + atY) * scale - atY })
  }
  const pointer = usePointer({ stage, targets, camera, layout, size, select, setHover, setCamera })
  useWheel(stage, (event) => {
    const box = stage.current?.getBoundingClientRect()
    if (!box) return false
    const isPan = !event.ctrlKey && !event.metaKey
    if (!isPan) {
      zoomTo(
        camera.zoom * (event.deltaY < 0 ? zoomStep : 1 / zoomStep),
        event.clientX - box.left,
        event.clientY - box.top,
      )
      return true
    }
    if (!layout || (layout.width <= size.width && layout.height <= size.height)) return false
    const x = camera.x + (event.shiftKey ? event.deltaY : event.deltaX)
    setCamera(
      held(
        { zoom: camera.zoom, x, y: camera.y + (event.shiftKey ? 0 : event.deltaY) },
        layout,
        size.width,
        size.height,
      ),
    )
    return true
  })

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !useWorkspace.getState().letterKeys)
      return
    const tag = (event.target as HTMLElement).tagName
    if (tag === 'SELECT' || tag === 'INPUT') return
    if (event.key === 't') setAsTable(!asTable)
    else if (event.key === '+') zoomTo(camera.zoom * zoomStep)
    else if (event.key === '_') zoomTo(camera.zoom / zoomStep)
    else if (event.key === 'f') setCamera(fitCamera)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const choose = (choice: Choice) =>
    setChosen((now) =>
      now.includes(choice) ? now.filter((one) => one !== choice) : [...now, choice],
    )
  const reach = (rect: Rect) => {
    if (!layout) return
    const x =
      rect.x < camera.x ? rect.x - 12 : Math.max(camera.x, rect.x + rect.w + 12 - size.width)
    const y =
      rect.y < camera.y ? rect.y - 12 : Math.max(camera.y, rect.y + rect.h + 12 - size.height)
    if (x !== camera.x || y !== camera.y)
      setCamera(held({ zoom: camera.zoom, x, y }, layout, size.width, size.height))
  }

  return (
    <div className="array" onKeyDown={onKeyDown}>
      <Tools
        asTable={asTable}
        onTable={() => setAsTable(!asTable)}
        onZoom={(by) =>
          by === 0
            ? setCamera(fitCamera)
            : zoomTo(by > 0 ? camera.zoom * zoomStep : camera.zoom / zoomStep)
        }
      />
      <Legend scene={scene} chosen={chosen} onChoose={choose} aggregated={fast} />
      {asTable ? (
        <ArrayTable scene={scene} />
      ) : (
        <div
          className="array-stage"
          ref={stage}
          {...pointer.handlers}
          data-dragging={pointer.dragging || undefined}
        >
          <Surface paint={paintStillLayer} />
          <Surface paint={paintLivelyLayer} lively />
          {layout && (
            <Twin
              scene={scene}
              layout={layout}
              shiftX={camera.x}
              shiftY={camera.y}
              onReach={reach}
            />
          )}
          {pointer.at && hover && (
            <Tooltip
              scene={scene}
              part={hover}
              x={pointer.at.x}
              y={pointer.at.y}
              width={size.width}
              height={size.height}
            />
          )}
        </div>
      )}
    </div>
  )
}

interface ToolsProps {
  readonly asTable: boolean
  readonly onTable: () => void
  readonly onZoom: (by: -1 | 0 | 1) => void
}

/** Zoom and table buttons; they sit in the stage's tab row when it offers a place. */
function Tools({ asTable, onTable, onZoom }: ToolsProps) {
  const host = usePlace('stage-tools')
  const buttons = (
    <div
      className={host ? 'array-tools' : 'array-tools floating'}
      role="group"
      aria-label="Array tools"
    >
      <button
        type="button"
        className="button ghost icon-only"
        aria-label="Zoom out"
        title="Zoom out"
        onClick={() => onZoom(-1)}
      >
        <Icon name="minus" />
      </button>
      <button
        type="button"
        className="button ghost icon-only"
        aria-label="Zoom in"
        title="Zoom in (+)"
        onClick={() => onZoom(1)}
      >
        <Icon name="plus" />
      </button>
      <button
        type="button"
        className="button ghost icon-only"
        aria-label="Fit"
        title="Fit (f)"
        onClick={() => onZoom(0)}
      >
        <Icon name="fit" />
      </button>
      <button
        type="button"
        className="button ghost small"
        aria-pressed={asTable}
        title="Show as tables (t)"
        onClick={onTable}
      >
        Table <kbd>t</kbd>
      </button>
    </div>
  )
  return host ? createPortal(buttons, host) : buttons
}

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
function usePointer(work: PointerWork) {
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
function useWheel(
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
