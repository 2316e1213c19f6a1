/** The camera over the array: how near, and from which corner. */
import { clamp } from '../../canvas/shape.ts'
import type { ArrayLayout } from './layout.ts'

export const zoomStep = 1.25
const zoomLimits = [0.2, 8] as const

export interface Camera {
  readonly zoom: number
  readonly x: number
  readonly y: number
}

export const fitCamera: Camera = { zoom: 1, x: 0, y: 0 }

/** Keeps a camera inside what there is to see. */
export function held(camera: Camera, layout: ArrayLayout, width: number, height: number): Camera {
  return {
    zoom: camera.zoom,
    x: clamp(camera.x, 0, Math.max(0, layout.width - width)),
    y: clamp(camera.y, 0, Math.max(0, layout.height - height)),
  }
}

/** The camera after zooming by a factor; the point at (`atX`, `atY`) of the stage stays where it is. */
export function zoomedBy(camera: Camera, factor: number, atX: number, atY: number): Camera {
  const zoom = clamp(camera.zoom * factor, zoomLimits[0], zoomLimits[1])
  const scale = zoom / camera.zoom
  return { zoom, x: (camera.x + atX) * scale - atX, y: (camera.y + atY) * scale - atY }
}
