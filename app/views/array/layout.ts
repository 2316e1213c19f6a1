/**
 * Where everything of the array stands on the stage: pure arithmetic over the scene and the stage's size.
 *
 *     band per column      cores inset, gutters left and right of them for lanes
 *     row 5 … 2  cores     row 1 mem slab     row 0 shim slab     uC chips     DDR strips
 */
import type { Scene, SceneTile } from '../../../emulator-core/worker/frame.ts'
import { clamp, type Rect } from '../../canvas/shape.ts'
import { coreUnitOf, levelFrom, levelOf, sizeOf, unitOf, type Level } from './levels.ts'

/** Sizes in CSS pixels; one set for the workbench, one for the conference screen, mixed in between. */
export interface Metrics {
  readonly top: number
  readonly coreH: number
  readonly coreGap: number
  readonly coresToMem: number
  readonly memH: number
  readonly memToShim: number
  readonly shimH: number
  readonly shimToUc: number
  readonly ucH: number
  readonly ucToDdr: number
  readonly ddrH: number
  readonly bottom: number
  readonly axis: number
  readonly between: number
  readonly firstLane: number
  readonly lanePitch: number
  readonly link: number
}

const workbench: Metrics = {
  top: 26,
  coreH: 72,
  coreGap: 8,
  coresToMem: 18,
  memH: 78,
  memToShim: 24,
  shimH: 40,
  shimToUc: 5,
  ucH: 22,
  ucToDdr: 16,
  ddrH: 38,
  bottom: 9,
  axis: 36,
  between: 12,
  firstLane: 7,
  lanePitch: 8,
  link: 14,
}

const conference: Metrics = {
  top: 40,
  coreH: 112,
  coreGap: 10,
  coresToMem: 24,
  memH: 106,
  memToShim: 34,
  shimH: 42,
  shimToUc: 8,
  ucH: 36,
  ucToDdr: 18,
  ddrH: 56,
  bottom: 16,
  axis: 72,
  between: 18,
  firstLane: 15,
  lanePitch: 18,
  link: 32,
}

/** Share of a column that each gutter takes beside the cores. */
const gutterShare = 0.176
const leastGutter = 16
/** Width beyond which a column is not stretched further, as a multiple of the core height. */
const widestColumn = 4.4

export interface ColumnPlace {
  readonly column: number
  readonly band: Rect
  readonly x: number
  readonly w: number
  readonly gutter: number
  /** Baseline of the column's name. */
  readonly headY: number
}

export interface TilePlace {
  readonly tile: SceneTile
  readonly rect: Rect
  readonly level: Level
  readonly unit: number
}

export interface StripPlace {
  readonly column: number
  readonly in: Rect
  readonly out: Rect
}

export interface ArrayLayout {
  readonly width: number
  readonly height: number
  readonly metrics: Metrics
  readonly columns: readonly ColumnPlace[]
  /** In the order of `scene.tiles`. */
  readonly tiles: readonly TilePlace[]
  /** In the order of `scene.ucs`. */
  readonly ucs: readonly Rect[]
  readonly strips: readonly StripPlace[]
  /** Names at the left edge with the baseline of each. */
  readonly axis: readonly { readonly text: string; readonly y: number }[]
  readonly axisX: number
  readonly level: Level
  readonly unit: number
  /** Row numbers of core tiles, lowest first. */
  readonly coreRows: readonly number[]
}

function mixed(share: number): Metrics {
  const out: Record<string, number> = {}
  for (const [name, small] of Object.entries(workbench)) {
    const large = conference[name as keyof Metrics]
    const shrinks = name !== 'axis' && name !== 'link' && name !== 'between'
    out[name] = share >= 0 ? small + (large - small) * share : small * (shrinks ? 1 + share : 1)
  }
  return out as unknown as Metrics
}

function stackHeight(metrics: Metrics, cores: number): number {
  return (
    metrics.top +
    cores * metrics.coreH +
    (cores - 1) * metrics.coreGap +
    metrics.coresToMem +
    metrics.memH +
    metrics.memToShim +
    metrics.shimH +
    metrics.shimToUc +
    metrics.ucH +
    metrics.ucToDdr +
    metrics.ddrH +
    metrics.bottom
  )
}

/** The metrics whose stack of `cores` core rows is `height` tall, within what stays legible. */
export function metricsFor(height: number, cores: number): Metrics {
  const base = stackHeight(workbench, cores)
  const large = stackHeight(conference, cores)
  const share = height >= base ? (height - base) / (large - base) : height / base - 1
  return mixed(clamp(share, -0.97, 6))
}

export interface StageSize {
  readonly width: number
  readonly height: number
}

/**
 * Places a scene on a stage. `zoom` 1 fits the stage, unless columns would fall under card level: then the
 * array keeps that size and is wider than the stage, to be panned.
 */
export function arrange(scene: Scene, stage: StageSize, zoom: number): ArrayLayout {
  const coreRows = [...new Set(scene.tiles.filter((t) => t.kind === 'core').map((t) => t.row))]
  coreRows.sort((a, b) => a - b)
  const cores = Math.max(1, coreRows.length)
  const metrics = metricsFor(stage.height * zoom, cores)
  const columns = Math.max(1, scene.device.columns)
  const pitch = columnPitch(stage.width, zoom, columns, metrics)
  const needed = metrics.axis + pitch * columns
  const spare = Math.max(0, stage.width - needed)
  const left = metrics.axis + Math.floor(spare / 2)
  const content = pitch - metrics.between
  const gutter = Math.max(Math.min(leastGutter, content / 5), Math.round(content * gutterShare))
  const coreW = content - 2 * gutter

  const y = {} as Record<number, number>
  let at = metrics.top
  for (let i = coreRows.length - 1; i >= 0; i--) {
    y[coreRows[i]!] = at
    at += metrics.coreH + (i > 0 ? metrics.coreGap : 0)
  }
  if (coreRows.length === 0) at += metrics.coreH
  const memY = at + metrics.coresToMem
  const shimY = memY + metrics.memH + metrics.memToShim
  const ucY = shimY + metrics.shimH + metrics.shimToUc
  const ddrY = ucY + metrics.ucH + metrics.ucToDdr

  const columnPlaces = Array.from({ length: columns }, (_, column): ColumnPlace => {
    const x = left + pitch * column
    const rim = metrics.between * 0.42
    return {
      column,
      x,
      w: content,
      gutter,
      band: { x: x - rim, y: 2, w: content + 2 * rim, h: ucY + metrics.ucH + rim - 2 },
      headY: metrics.top - 9,
    }
  })
  const rectOf = (tile: SceneTile): Rect => {
    const column = columnPlaces[tile.column] ?? columnPlaces[0]!
    if (tile.kind === 'mem') return { x: column.x, y: memY, w: column.w, h: metrics.memH }
    if (tile.kind === 'shim') return { x: column.x, y: shimY, w: column.w, h: metrics.shimH }
    return { x: column.x + gutter, y: y[tile.row] ?? metrics.top, w: coreW, h: metrics.coreH }
  }
  const level = levelOf(coreW, metrics.coreH)
  const unit = unitOf(coreW, metrics.coreH)
  return {
    width: Math.max(stage.width, needed),
    height: ddrY + metrics.ddrH + metrics.bottom,
    metrics,
    level,
    unit,
    coreRows,
    columns: columnPlaces,
    tiles: scene.tiles.map((tile) => ({
      tile,
      rect: rectOf(tile),
      level,
      unit: tile.kind === 'core' ? coreUnitOf(coreW, metrics.coreH) : unit,
    })),
    ucs: placeUcs(scene, columnPlaces, ucY, metrics.ucH),
    strips: columnPlaces.map((column) => placeStrip(column, ddrY, metrics.ddrH)),
    axisX: left - metrics.axis * 0.36,
    axis: [
      ...coreRows.map((row) => ({ text: String(row), y: y[row]! + metrics.coreH * 0.53 + 2 })),
      { text: '1', y: memY + metrics.memH / 2 + 4 },
      { text: '0', y: shimY + metrics.shimH / 2 + 4 },
      { text: 'uC', y: ucY + metrics.ucH / 2 + 4 },
      { text: 'DDR', y: ddrY + metrics.ddrH / 2 + 4 },
    ],
  }
}

function columnPitch(width: number, zoom: number, columns: number, metrics: Metrics): number {
  const fitting = Math.floor((width * zoom - metrics.axis) / columns)
  const widest = metrics.coreH * widestColumn
  // Narrowest column whose cores are still cards at this height, while the whole is not zoomed out.
  const cardW = (levelFrom.card * levelFrom.card) / metrics.coreH
  const narrowest = cardW + 2 * leastGutter + metrics.between
  const pitch = Math.min(fitting, widest)
  return Math.max(zoom < 1 ? 12 : Math.min(narrowest, widest), pitch)
}

/** A pair of controllers shares the strip under its column, 58 to 38; a single one takes it whole. */
function placeUcs(scene: Scene, columns: readonly ColumnPlace[], y: number, h: number): Rect[] {
  const inset = 0.132
  return scene.ucs.map((uc) => {
    const column = columns[uc.column] ?? columns[0]!
    const whole = column.w * (1 - 2 * inset)
    const x = column.x + column.w * inset
    if (uc.half === 'A') return { x, y, w: whole * 0.58, h }
    if (uc.half === 'B') return { x: x + whole * 0.61, y, w: whole * 0.39, h }
    return { x, y, w: whole, h }
  })
}

function placeStrip(column: ColumnPlace, y: number, h: number): StripPlace {
  const cellH = Math.round(h * 0.42)
  const x = column.x + column.w * 0.23
  const w = column.w * 0.643
  return {
    column: column.column,
    in: { x, y, w, h: cellH },
    out: { x, y: y + h - cellH, w, h: cellH },
  }
}

/** The y at which routes enter and leave a core tile: the middle of its buffer cells. */
export function portY(rect: Rect): number {
  return rect.y + rect.h * 0.53
}

/** Zoom at which cores are `size` large on this stage, for the buttons that step from level to level. */
export function zoomForSize(scene: Scene, stage: StageSize, size: number): number {
  let low = 0.05
  let high = 12
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2
    const core = arrange(scene, stage, middle).tiles.find(({ tile }) => tile.kind === 'core')
    if (!core) return 1
    if (sizeOf(core.rect.w, core.rect.h) < size) low = middle
    else high = middle
  }
  return high
}
