/** Filters: the legend's chips dim what they do not name. Several chips together name more. */
import {
  CoreColumn,
  RouteColumn,
  State,
  type Frame,
  type Scene,
} from '../../../emulator-core/worker/frame.ts'
import { coreAt, routeAt, RouteMoves, wordsOf } from '../../canvas/reading.ts'
import type { Filter } from './brush.ts'

/** `run`, `lock`, `waiting`, `fault`, `done`, `moving`, `stalled`, or `owner:3`. */
export type Choice = string

export const noFilter: Filter = { tile: () => false, route: () => false }

/** Which tiles and routes the chosen chips leave dimmed; nothing chosen dims nothing. */
export function filterOf(
  scene: Scene,
  frame: Frame | undefined,
  chosen: readonly Choice[],
): Filter {
  if (chosen.length === 0 || !frame) return noFilter
  const owners = chosen.flatMap((one) => (one.startsWith('owner:') ? [Number(one.slice(6))] : []))
  const states = chosen.filter((one) => !one.startsWith('owner:'))
  const routesNamed = states.some((one) => one === 'moving' || one === 'stalled')
  const tilesNamed = states.some((one) => one !== 'moving' && one !== 'stalled')
  return {
    tile(index) {
      const tile = scene.tiles[index]
      if (!tile) return false
      if (owners.length > 0 && !owners.includes(tile.owner)) return true
      if (!tilesNamed) return routesNamed
      if (tile.core < 0) return true
      return !states.includes(choiceOfState(coreAt(frame, tile.core, CoreColumn.state)))
    },
    route(index) {
      if (states.length === 0) return false
      const moves = routeAt(frame, index, RouteColumn.state)
      return !states.includes(moves === RouteMoves.moving ? 'moving' : 'stalled')
    },
  }
}

function choiceOfState(state: number): Choice {
  if (state === State.lock) return 'lock'
  const { family } = wordsOf(state)
  return family === 'wait' ? 'waiting' : family
}
