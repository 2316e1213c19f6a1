/** What can be pointed at on the array, lowest first. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { Target } from '../../canvas/hit.ts'
import { memAnatomy, shimAnatomy } from './anatomy.ts'
import type { RoutePlace } from './lanes.ts'
import type { ArrayLayout } from './layout.ts'
import { tilePart } from './parts.ts'

const laneReach = 3

/** Hit rectangles of routes (they select their source channel), strips, tiles, controllers and channels. */
export function targetsOf(
  scene: Scene,
  layout: ArrayLayout,
  routes: readonly RoutePlace[],
): readonly Target[] {
  const targets: Target[] = []
  for (const { route, pieces } of routes) {
    const part = scene.channels[route.source]?.part
    if (!part) continue
    for (const { points } of pieces) {
      for (let i = 1; i < points.length; i++) {
        const a = points[i - 1]!
        const b = points[i]!
        targets.push({
          part,
          rect: {
            x: Math.min(a.x, b.x) - laneReach,
            y: Math.min(a.y, b.y) - laneReach,
            w: Math.abs(b.x - a.x) + 2 * laneReach,
            h: Math.abs(b.y - a.y) + 2 * laneReach,
          },
        })
      }
    }
  }
  for (const strip of layout.strips) {
    for (const way of ['in', 'out'] as const) {
      const bo = scene.bos.find(
        ({ role, columns }) =>
          (role === way || role === 'both') &&
          columns.some(({ column }) => column === strip.column),
      )
      if (bo) targets.push({ part: `bo${bo.handle}`, rect: strip[way] })
    }
  }
  layout.tiles.forEach((place) => {
    targets.push({ part: tilePart(scene, place.tile), rect: place.rect })
    if (place.level === 'dot' || place.level === 'letter') return
    const squares =
      place.tile.kind === 'mem'
        ? memAnatomy(scene, place).squares
        : place.tile.kind === 'shim'
          ? shimAnatomy(scene, place).gauges.map(({ channel, bar }) => ({ channel, rect: bar }))
          : []
    for (const { channel, rect } of squares) {
      const part = scene.channels[channel]?.part
      if (part)
        targets.push({ part, rect: { x: rect.x - 1, y: rect.y - 3, w: rect.w + 2, h: rect.h + 6 } })
    }
  })
  scene.ucs.forEach((uc, index) => {
    const rect = layout.ucs[index]
    if (rect) targets.push({ part: uc.part, rect })
  })
  return targets
}
