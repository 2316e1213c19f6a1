/**
 * Where races stand on the array: a badge at the tile whose memory it is, the memory as a strip with the words that
 * two agents share, and the places of the two agents.
 *
 *     ┌───────────────[! 2]         badge: so many races in this memory
 *     │  core or mem tile  │
 *     └─────▇▇▇────────▇───┘        strip: the whole memory, and the words of each race
 */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { RaceInfo } from '../../../emulator-core/worker/protocol.ts'
import type { Target } from '../../canvas/hit.ts'
import type { Rect } from '../../canvas/shape.ts'
import { memAnatomy, shimAnatomy } from './anatomy.ts'
import type { ArrayLayout, TilePlace } from './layout.ts'
import { floorRows } from './paint-floor.ts'
import { tileIndexOf } from './parts.ts'

/** One of the two agents of a race: where it is drawn. */
interface RaceAgent {
  readonly race: RaceInfo
  readonly rect: Rect
  /** It works on the memory of another tile. */
  readonly isAway: boolean
}

/** The races in the memory of one tile. */
export interface RaceMark {
  /** Index into `scene.tiles`. */
  readonly tile: number
  readonly races: readonly RaceInfo[]
  readonly badge: Rect
  readonly strip: Rect
  /** Words of each race on the strip, in the order of `races`. */
  readonly regions: readonly Rect[]
  readonly agents: readonly RaceAgent[]
}

const prefix = 'race:'
const stripHeight = 3
const stripInset = 6
/** Between the strip and the edge, where the ring of a selection lies. */
const stripFoot = 3
const leastRegion = 3
/** A strip is hard to hit: its target reaches so far up and down. */
const stripReach = 3

/** Marks for what a look has found; races of tiles that the scene does not have are left out. */
export function raceMarks(
  scene: Scene,
  layout: ArrayLayout,
  races: readonly RaceInfo[],
): readonly RaceMark[] {
  const byTile = new Map<number, RaceInfo[]>()
  for (const race of races) {
    const tile = tileIndexOf(scene, race.tile)
    if (tile < 0) continue
    const known = byTile.get(tile)
    if (known) known.push(race)
    else byTile.set(tile, [race])
  }
  return [...byTile].map(([tile, own]) => {
    const place = layout.tiles[tile]!
    const strip = stripOf(scene, place)
    return {
      tile,
      races: own,
      badge: badgeOf(place, own.length),
      strip,
      regions: own.map((race) => regionOf(race, place, strip)),
      agents: own.flatMap((race) => agentsOf(scene, layout, race)),
    }
  })
}

/** The badge straddles the corner at which no tile has words of its own. */
function badgeOf({ rect, unit }: TilePlace, count: number): Rect {
  const w = (count > 1 ? 15 + 7 * String(count).length : 14) * unit
  return { x: rect.x + rect.w - w + 5, y: rect.y - 6 * unit, w, h: 14 * unit }
}

/** The banks of a floor plan where there is one, else a line along the foot of the tile. */
function stripOf(scene: Scene, place: TilePlace): Rect {
  const banks = floorRows({ scene }, place)[0]
  if (banks) return banks
  const { x, y, w, h } = place.rect
  return {
    x: x + stripInset,
    y: y + h - stripHeight - stripFoot,
    w: w - 2 * stripInset,
    h: stripHeight,
  }
}

function regionOf({ low, end }: RaceInfo, { tile }: TilePlace, strip: Rect): Rect {
  const scale = strip.w / Math.max(1, tile.memoryBytes)
  const w = Math.max(leastRegion, (end - low) * scale)
  const x = Math.min(strip.x + low * scale, strip.x + strip.w - w)
  return { x, y: strip.y, w, h: strip.h }
}

function agentsOf(scene: Scene, layout: ArrayLayout, race: RaceInfo): RaceAgent[] {
  return [race.first, race.second].flatMap(({ part }) => {
    const rect = part === undefined ? undefined : agentRect(scene, layout, part)
    if (!rect || part === undefined) return []
    const isAway = tileIndexOf(scene, part) !== tileIndexOf(scene, race.tile)
    return [{ race, rect, isAway }]
  })
}

/** A channel where channels are drawn, else its tile; controllers of the AIE2 family have no place. */
function agentRect(scene: Scene, layout: ArrayLayout, part: string): Rect | undefined {
  const place = layout.tiles[tileIndexOf(scene, part)]
  if (!place) return undefined
  const channel = scene.channels.findIndex((one) => one.part === part)
  const isDrawn = place.level === 'card' || place.level === 'diagram'
  if (channel < 0 || !isDrawn) return place.rect
  if (place.tile.kind === 'mem')
    return memAnatomy(scene, place).squares.find((s) => s.channel === channel)?.rect ?? place.rect
  if (place.tile.kind === 'shim')
    return shimAnatomy(scene, place).gauges.find((g) => g.channel === channel)?.bar ?? place.rect
  return place.rect
}

/** Hit rectangles: the badge names all races of its tile, a region its own. */
export function raceTargets(marks: readonly RaceMark[], withStrips: boolean): readonly Target[] {
  return marks.flatMap((mark) => {
    const badge = { part: `${prefix}${mark.tile}`, rect: mark.badge }
    if (!withStrips) return [badge]
    const regions = mark.regions.map(({ x, y, w, h }, i) => ({
      part: `${prefix}${mark.tile}.${i}`,
      rect: { x: x - 2, y: y - stripReach, w: w + 4, h: h + 2 * stripReach },
    }))
    return [...regions, badge]
  })
}

/** The races that a hit names; none when it names something else. */
export function racesAt(marks: readonly RaceMark[], part: string): readonly RaceInfo[] {
  const found = /^race:(\d+)(?:\.(\d+))?$/.exec(part)
  const mark = found && marks.find(({ tile }) => tile === Number(found[1]))
  if (!mark) return []
  return found[2] === undefined ? mark.races : mark.races.slice(Number(found[2]), +found[2] + 1)
}
