/** The array stage: legend, picture in two layers, its twin for keyboard and screen reader, and its table. */
import { useCallback, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { Header, type Scene } from '../../../emulator-core/worker/frame.ts'
import { latestFrame } from '../../session/frames.ts'
import { listRace } from '../../session/races.ts'
import { useShownRaces } from '../../session/use-races.ts'
import { useLive } from '../../stores/live.ts'
import { useRaces } from '../../stores/races.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { usePalette } from '../../styles/theme.ts'
import type { Context } from '../../canvas/draw.ts'
import { paintOf } from '../../canvas/paint.ts'
import type { Rect } from '../../canvas/shape.ts'
import { Surface, useReducedMotion, useSize } from '../../canvas/surface.tsx'
import './array.css'
import type { Lively, Still } from './brush.ts'
import { fitCamera, held, zoomedBy, zoomStep, type Camera } from './camera.ts'
import { filterOf, type Choice } from './filters.ts'
import { placeRoutes } from './lanes.ts'
import { arrange } from './layout.ts'
import { Legend } from './legend.tsx'
import { overlayNamed } from './overlay.ts'
import { pathOf } from './parts.ts'
import { usePointer, useWheel } from './pointer.ts'
import { raceMarks, racesAt, raceTargets } from './race-marks.ts'
import { paintLively, paintStill } from './scene-paint.ts'
import { ArrayTable } from './table.tsx'
import { targetsOf } from './targets.ts'
import { Tools } from './tools.tsx'
import { Tooltip } from './tooltip.tsx'
import { Twin } from './twin.tsx'
import { useFlight } from './use-flight.ts'

/** Cycles per wall second above which single words cannot be followed: 60 a picture. */
const followLimit = 3600

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
  const found = useShownRaces()
  const races = useMemo(
    () => (layout ? raceMarks(scene, layout, found) : []),
    [scene, layout, found],
  )
  const shown = useRaces((state) => state.shown)
  const allTargets = useMemo(
    () => [...targets, ...raceTargets(races, overlay === 'races')],
    [targets, races, overlay],
  )
  const pick = (part: string | undefined) => {
    const at = racesAt(races, part ?? '')
    if (at.length > 0) listRace(at[0])
    select(at[0]?.tile ?? part)
  }
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
        races,
        shown,
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
      races,
      shown,
      camera.x,
      camera.y,
    ],
  )

  const zoomBy = (factor: number, atX = size.width / 2, atY = size.height / 2) =>
    setCamera(zoomedBy(camera, factor, atX, atY))
  const pointer = usePointer({
    stage,
    targets: allTargets,
    camera,
    layout,
    size,
    select: pick,
    setHover,
    setCamera,
  })
  useFlight(scene, size, camera, reducedMotion, setCamera)
  useWheel(stage, (event) => {
    const box = stage.current?.getBoundingClientRect()
    if (!box) return false
    const isPan = !event.ctrlKey && !event.metaKey
    if (!isPan) {
      zoomBy(
        event.deltaY < 0 ? zoomStep : 1 / zoomStep,
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
    else if (event.key === '+') zoomBy(zoomStep)
    else if (event.key === '_') zoomBy(1 / zoomStep)
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
          by === 0 ? setCamera(fitCamera) : zoomBy(by > 0 ? zoomStep : 1 / zoomStep)
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
              races={races}
              shiftX={camera.x}
              shiftY={camera.y}
              onReach={reach}
            />
          )}
          {pointer.at && hover && (
            <Tooltip
              scene={scene}
              part={hover}
              races={races}
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
