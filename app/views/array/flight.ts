/** Flight: the camera on its way to a tile, as pictures between here and there. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { Rect } from '../../canvas/shape.ts'
import { held, type Camera } from './camera.ts'
import { arrange, zoomForSize } from './layout.ts'
import { levelFrom } from './levels.ts'

/** Milliseconds that a flight takes. */
export const flightTime = 180

interface Stage {
  readonly width: number
  readonly height: number
}

/**
 * The camera after a share of the way to a tile: it ends in the middle of the stage, large enough to see inside. Who
 * is nearer already stays as near.
 */
export function flight(
  scene: Scene,
  stage: Stage,
  from: Camera,
  tile: number,
): (share: number) => Camera {
  const zoom = Math.max(from.zoom, zoomForSize(scene, stage, levelFrom.diagram + 8))
  const before = arrange(scene, stage, from.zoom)
  const start = middle(before.tiles[tile]!.rect)
  const onStage = { x: start.x - from.x, y: start.y - from.y }
  return (share) => {
    const now = from.zoom * (zoom / from.zoom) ** share
    const layout = arrange(scene, stage, now)
    const at = middle(layout.tiles[tile]!.rect)
    const x = at.x - onStage.x - (stage.width / 2 - onStage.x) * share
    const y = at.y - onStage.y - (stage.height / 2 - onStage.y) * share
    return held({ zoom: now, x, y }, layout, stage.width, stage.height)
  }
}

/** Fast first, slow at the end. */
export const eased = (share: number) => 1 - (1 - share) ** 3

const middle = ({ x, y, w, h }: Rect) => ({ x: x + w / 2, y: y + h / 2 })
