/** What every painter of the array is handed: the canvas, the colours, the places, the moment. */
import type { Frame, Scene } from '../../../emulator-core/worker/frame.ts'
import type { RaceInfo } from '../../../emulator-core/worker/protocol.ts'
import type { Context } from '../../canvas/draw.ts'
import type { Paint } from '../../canvas/paint.ts'
import type { RoutePlace } from './lanes.ts'
import type { ArrayLayout } from './layout.ts'
import type { RaceMark } from './race-marks.ts'

export type Overlay = 'state' | 'memory' | 'stall' | 'races'

export interface Still {
  readonly ctx: Context
  readonly paint: Paint
  readonly scene: Scene
  readonly layout: ArrayLayout
  readonly routes: readonly RoutePlace[]
  readonly overlay: Overlay
}

export interface Lively extends Still {
  readonly frame: Frame
  /** Part names, '' when there is none. */
  readonly selection: string
  readonly hover: string
  /** Routes of the selection's whole path. */
  readonly path: ReadonlySet<number>
  /** Is this tile, uC or route dimmed by the filter? */
  readonly filter: Filter
  /** Beads stand still and become arrow heads with counts. */
  readonly reducedMotion: boolean
  /** Races of this machine, tile by tile, and the one that stands out. */
  readonly races: readonly RaceMark[]
  readonly shown: RaceInfo | undefined
  /** So many cycles pass between two pictures that single words cannot be followed. */
  readonly aggregated: boolean
}

export interface Filter {
  readonly tile: (index: number) => boolean
  readonly route: (index: number) => boolean
}

/** Text size of canvas words at a unit. */
export function micro(unit: number): number {
  return 11 * unit
}
