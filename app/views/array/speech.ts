/** The array in words: what each tile, controller and route says of itself at this moment. */
import {
  CellColumn,
  ChannelColumn,
  CoreColumn,
  RouteColumn,
  State,
  UcColumn,
  type Frame,
  type Scene,
  type SceneTile,
} from '../../../emulator-core/worker/frame.ts'
import { bytes, counted, grouped, percent } from '../../canvas/format.ts'
import {
  busyShare,
  cellAt,
  channelAt,
  coreAt,
  isEmptyCell,
  lasted,
  movedShare,
  progressOf,
  routeAt,
  RouteMoves,
  ucAt,
  wordsOf,
} from '../../canvas/reading.ts'

const kindNames = { core: 'Core', mem: 'Mem tile', shim: 'Shim' } as const

export function tileName(tile: SceneTile): string {
  return `${kindNames[tile.kind]} (${tile.column},${tile.row})`
}

/** One sentence about a tile, as the grid speaks it. Without a frame it says what is known before a run. */
export function tileSentence(scene: Scene, frame: Frame | undefined, tile: SceneTile): string {
  const owner = tile.owner > 0 ? `context ${tile.owner}` : 'nobody’s'
  const parts = [tileName(tile), owner]
  if (!frame) return parts.join(', ')
  if (tile.kind === 'core') parts.push(...coreWords(frame, tile))
  else parts.push(...channelWords(scene, frame, tile))
  if (tile.memoryBytes > 0)
    parts.push(
      tile.usedBytes < 0
        ? `${bytes(tile.memoryBytes)} of memory`
        : `${bytes(tile.usedBytes)} of ${bytes(tile.memoryBytes)} used`,
    )
  return parts.join(', ')
}

function coreWords(frame: Frame, tile: SceneTile): string[] {
  const state = coreAt(frame, tile.core, CoreColumn.state)
  const { family, word } = wordsOf(state)
  const out: string[] = []
  const since = `${grouped(lasted(coreAt(frame, tile.core, CoreColumn.since)))} cycles`
  const lock = coreAt(frame, tile.core, CoreColumn.waitLock)
  if (state === State.lock && lock >= 0) out.push(`waiting on lock ${lock}, ${since}`)
  else if (family === 'wait') out.push(`${word}, ${since}`)
  else out.push(word)
  const block = coreAt(frame, tile.core, CoreColumn.block)
  if (family === 'run' && block >= 0)
    out.push(`block ${block}, ${percent(progressOf(frame, tile.core))} through`)
  const busy = busyShare(frame, tile.core)
  if (busy >= 0) out.push(`${percent(busy)} busy`)
  return out
}

function channelWords(scene: Scene, frame: Frame, tile: SceneTile): string[] {
  let moving = 0
  let waiting = 0
  let used = 0
  for (const index of tile.channels) {
    if (!scene.channels[index]?.used) continue
    used++
    const { family } = wordsOf(channelAt(frame, index, ChannelColumn.state))
    if (family === 'run') moving++
    else if (family === 'wait') waiting++
  }
  if (used === 0) return ['no channel in use']
  const out = [`${moving} of ${counted(used, 'channel')} moving`]
  if (waiting > 0) out.push(`${waiting} waiting`)
  const held = [...tile.inCells, ...tile.outCells].filter((cell) => !isEmptyCell(frame, cell))
  if (tile.kind === 'mem') out.push(`${counted(held.length, 'block')} held`)
  return out
}

/** Block numbers that a tile holds, in and out, for the table. */
export function heldBlocks(frame: Frame, cells: readonly number[]): string {
  const blocks = cells.flatMap((cell) => {
    if (isEmptyCell(frame, cell)) return []
    const block = cellAt(frame, cell, CellColumn.block)
    return [block >= 0 ? String(block) : '?']
  })
  return blocks.length > 0 ? blocks.join(' ') : '–'
}

export function ucSentence(scene: Scene, frame: Frame | undefined, index: number): string {
  const uc = scene.ucs[index]
  if (!uc) return ''
  const name = `uC ${uc.index}, column ${uc.column}${uc.half ? `, half ${uc.half}` : ''}`
  if (!frame) return name
  const state = ucAt(frame, index, UcColumn.state)
  const line = ucAt(frame, index, UcColumn.line)
  const place = line > 0 && uc.file ? `, ${uc.file} line ${line}` : ''
  return `${name}, ${wordsOf(state).word}${place}`
}

export interface RouteRow {
  readonly name: string
  readonly from: string
  readonly to: string
  readonly kind: string
  readonly state: string
  readonly words: string
  readonly block: string
}

/** One route as a row of the table twin. */
export function routeRow(scene: Scene, frame: Frame | undefined, index: number): RouteRow {
  const route = scene.routes[index]!
  const first = route.paths[0]?.[0]
  const end = (at: { column: number; row: number } | undefined) =>
    at ? `(${at.column},${at.row})` : '–'
  const state = frame ? routeAt(frame, index, RouteColumn.state) : -1
  const share = frame ? movedShare(frame, route.source) : 0
  return {
    name: route.name,
    from: `${scene.channels[route.source]?.label ?? 'core port'} of ${end(first)}`,
    to: route.paths.map((path) => end(path[path.length - 1])).join(' '),
    kind: route.kind,
    state:
      state === RouteMoves.moving
        ? `moving, ${percent(share)}`
        : state === RouteMoves.stalled
          ? 'stalled'
          : 'idle',
    words: frame ? grouped(Math.max(0, routeAt(frame, index, RouteColumn.words))) : '–',
    block:
      frame && routeAt(frame, index, RouteColumn.block) >= 0
        ? String(routeAt(frame, index, RouteColumn.block))
        : '–',
  }
}
