/** Overlays: one quantity at a time as the fill of the tiles, with its number printed. */
import { fade } from '../../canvas/colour.ts'
import { counted, percent } from '../../canvas/format.ts'
import { busyShare, coreAt } from '../../canvas/reading.ts'
import { CoreColumn, type SceneTile } from '../../../emulator-core/worker/frame.ts'
import type { Lively, Overlay, Still } from './brush.ts'

export const overlays: readonly {
  readonly id: Overlay
  readonly title: string
  readonly note: string
}[] = [
  { id: 'state', title: 'State', note: 'what each tile does at this moment' },
  {
    id: 'memory',
    title: 'Memory used',
    note: 'share of a tile’s data memory that buffers and stack take',
  },
  {
    id: 'stall',
    title: 'Stall share',
    note: 'share of the recent past in which a core did not run',
  },
  {
    id: 'races',
    title: 'Races',
    note: 'words of memory that two agents touch while nothing says who comes first',
  },
]

export function overlayNamed(name: string): Overlay {
  return overlays.find(({ id }) => id === name)?.id ?? 'state'
}

const steps = 9

function stepColour({ paint }: Still, share: number): string {
  const { sequential } = paint.palette
  const step = Math.min(steps - 1, Math.floor(share * steps))
  return fade(sequential[step] ?? paint.palette.ground, 0.75)
}

/** Body of a tile under an overlay that does not change while running, or undefined. */
export function overlayFill(still: Still, tile: SceneTile): string | undefined {
  if (still.overlay !== 'memory') return undefined
  return tile.memoryBytes > 0 && tile.usedBytes > 0
    ? stepColour(still, tile.usedBytes / tile.memoryBytes)
    : undefined
}

/** Body of a core under an overlay that follows the machine, or undefined. */
export function overlayLivelyFill(lively: Lively, tile: SceneTile): string | undefined {
  const share = lively.overlay === 'stall' ? stallShare(lively, tile) : -1
  return share < 0 ? undefined : stepColour(lively, share)
}

function stallShare({ frame }: Lively, tile: SceneTile): number {
  if (tile.core < 0 || coreAt(frame, tile.core, CoreColumn.busy) < 0) return -1
  const busy = busyShare(frame, tile.core)
  return busy < 0 ? -1 : 1 - busy
}

/** The overlay's number for a tile, in words; empty when there is none. */
export function overlayText(lively: Lively, tile: SceneTile): string {
  if (lively.overlay === 'memory') {
    return tile.memoryBytes > 0 && tile.usedBytes >= 0
      ? `${percent(tile.usedBytes / tile.memoryBytes)} used`
      : ''
  }
  if (lively.overlay === 'stall') {
    const share = stallShare(lively, tile)
    return share < 0 ? '' : `${percent(share)} stalled`
  }
  if (lively.overlay === 'races') {
    const mark = lively.races.find((one) => lively.layout.tiles[one.tile]?.tile === tile)
    return mark ? counted(mark.races.length, 'race') : ''
  }
  return ''
}
