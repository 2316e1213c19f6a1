/** Inside a tile: where badge, words, buffer cells, comb, chip and bar stand, as plain rectangles. */
import type { Scene, SceneTile } from '../../../emulator-core/worker/frame.ts'
import type { Rect } from '../../canvas/shape.ts'
import type { TilePlace } from './layout.ts'

/** Below these widths a card gives up its kind word, then its comb. */
const wordFrom = 92
const combLeast = 16
export const combTeeth = 16

export interface CellPlace {
  /** Index into `scene.cells`. */
  readonly cell: number
  readonly rect: Rect
}

export interface CoreAnatomy {
  readonly badge: Rect
  readonly textX: number
  readonly textY: number
  readonly showsKind: boolean
  readonly showsPlace: boolean
  /** The chip stands beside the name, as on diagrams and low cards. */
  readonly chipOnTop: boolean
  readonly cells: readonly CellPlace[]
  /** Empty (width 0) when there is no room. */
  readonly comb: Rect
  readonly chip: Rect
  readonly bar: Rect
}

/** A block of cells: columns filled top down. */
interface CellBlock {
  readonly x: number
  readonly y: number
  readonly room: number
  readonly w: number
  readonly h: number
  readonly gapX: number
  readonly gapY: number
  readonly fromRight: boolean
}

/**
 * Arranges the cells of one side. Buffers of one cell stand in pairs under each other (the two halves of a
 * double buffer); a buffer of several cells is a row of its own.
 */
export function arrangeCells(
  scene: Scene,
  cells: readonly number[],
  block: CellBlock,
  maxRows = 2,
): CellPlace[] {
  const rows = rowsOf(scene, cells, maxRows)
  const columns = Math.max(1, ...rows.map((row) => row.length))
  const w = Math.max(1, Math.min(block.w, (block.room + block.gapX) / columns - block.gapX))
  const gapX = w < 5 ? 0.5 : block.gapX
  const total = columns * (w + gapX) - gapX
  const x = block.fromRight ? block.x - total : block.x
  const tall =
    rows.length > maxRows ? (maxRows * (block.h + block.gapY)) / rows.length - 1 : block.h
  const gapY = rows.length > maxRows ? 1 : block.gapY
  return rows.flatMap((row, r) =>
    row.map((cell, c) => ({
      cell,
      rect: { x: x + c * (w + gapX), y: block.y + r * (tall + gapY), w, h: tall },
    })),
  )
}

function rowsOf(scene: Scene, cells: readonly number[], maxRows: number): number[][] {
  const byBuffer = new Map<number, number[]>()
  for (const cell of cells) {
    const buffer = scene.cells[cell]?.buffer ?? -1
    const row = byBuffer.get(buffer)
    if (row) row.push(cell)
    else byBuffer.set(buffer, [cell])
  }
  const buffers = [...byBuffer.values()]
  if (buffers.some((row) => row.length > 1)) {
    if (buffers.length <= maxRows * 2) return buffers
    const rows = Array.from({ length: maxRows }, (): number[] => [])
    buffers.forEach((row, index) => rows[index % maxRows]!.push(...row))
    return rows
  }
  const rows = Array.from(
    { length: Math.min(maxRows, Math.max(1, cells.length)) },
    (): number[] => [],
  )
  cells.forEach((cell, index) => rows[index % rows.length]!.push(cell))
  return rows
}

/** Card height under which the state chip moves up beside the name, to leave the cells their room. */
const lowCard = 66

/** Remembers what was worked out for a place: layouts live long, frames do not. */
function remembered<T>(
  work: (scene: Scene, place: TilePlace) => T,
): (scene: Scene, place: TilePlace) => T {
  const known = new WeakMap<TilePlace, T>()
  return (scene, place) => {
    let found = known.get(place)
    if (found === undefined) {
      found = work(scene, place)
      known.set(place, found)
    }
    return found
  }
}

/** Anatomy of a core tile at card or diagram level. */
export const coreAnatomy = remembered(arrangeCore)

function arrangeCore(scene: Scene, place: TilePlace): CoreAnatomy {
  const { rect, unit: u, tile } = place
  const diagram = place.level === 'diagram'
  const chipOnTop = diagram || rect.h < lowCard
  const rim = 6 * u * (diagram ? 0.85 : rect.h < 56 || rect.w < 60 ? 0.6 : 1)
  const badge = { x: rect.x + rim, y: rect.y + rim, w: 14 * u, h: 14 * u }
  const textX = badge.x + badge.w + (rect.w < 60 ? 3 : 6) * u
  const textY = badge.y + 10.9 * u
  const side = (rect.w < 60 ? 4 : 7) * u * (diagram ? 0.8 : 1)
  const showsKind = rect.w >= (chipOnTop && !diagram ? wordFrom + 62 : wordFrom) * u
  const chipW = diagram ? 46 * u : Math.min(chipOnTop && rect.w < 110 ? 14 : 46, rect.w - 2 * side)
  const chip = chipOnTop
    ? { x: rect.x + rect.w - side - chipW, y: badge.y, w: chipW, h: diagram ? badge.h : 13 }
    : { x: rect.x + side, y: rect.y + rect.h - 17, w: chipW, h: 13 }

  // Rows of cells fill what head and foot leave; on an ordinary card they keep 13 px.
  const foot = chipOnTop ? rect.y + rect.h - 8 * u : chip.y
  const gap = 2 * u
  const least = badge.y + badge.h + (diagram ? 6 * u : chipOnTop ? 3 : 4)
  const cellH = Math.max(4, Math.min(diagram ? 14.5 * u : 13, (foot - least - gap - 2) / 2))
  const cellY = least + Math.max(0, foot - least - 2 * cellH - gap - 3) * (diagram ? 0 : 0.5)
  const wide = rect.w > 148 ? 26 : 22
  const room = (rect.w - 2 * side - (rect.w < 80 ? 4 : combLeast + 14) * u) / 2
  const cellW = Math.min(wide * u, room, rect.w < 80 ? Math.max(13, rect.w * 0.32) : Infinity)
  const block = { y: cellY, room, w: cellW, h: cellH, gapX: 2 * u, gapY: gap }
  const inCells = arrangeCells(scene, tile.inCells, {
    ...block,
    x: rect.x + side,
    fromRight: false,
  })
  const outCells = arrangeCells(scene, tile.outCells, {
    ...block,
    x: rect.x + rect.w - side,
    fromRight: true,
  })

  const inEnd = Math.max(rect.x + side, ...inCells.map((cell) => cell.rect.x + cell.rect.w))
  const outStart = Math.min(rect.x + rect.w - side, ...outCells.map((cell) => cell.rect.x))
  const combX = inEnd + 7 * u
  const combW = outStart - 7 * u - combX
  const combH = Math.max(6, 2 * cellH + gap - 4 * u)
  const comb = { x: combX, y: cellY + 2 * u, w: combW >= combLeast * u ? combW : 0, h: combH }
  const barX = chip.x + chip.w + 6
  const bar = chipOnTop
    ? {
        x: comb.w > 0 ? combX : rect.x + side,
        y: foot + (diagram ? 0 : 1),
        w: comb.w > 0 ? combW : rect.w - 2 * side,
        h: diagram ? Math.max(4, 2.8 * u) : 3,
      }
    : { x: barX, y: chip.y + 4.5, w: Math.max(0, rect.x + rect.w - side - barX), h: 4 }
  const showsPlace = !chipOnTop || textX + 21 * u <= chip.x
  return {
    badge,
    textX,
    textY,
    showsKind,
    showsPlace,
    chipOnTop,
    cells: [...inCells, ...outCells],
    comb,
    chip,
    bar,
  }
}

export interface SquarePlace {
  readonly channel: number
  readonly rect: Rect
}

export interface MemAnatomy {
  readonly badge: Rect
  readonly textX: number
  readonly textY: number
  readonly showsUse: boolean
  readonly cells: readonly CellPlace[]
  readonly squares: readonly SquarePlace[]
  /** Words before the two rows of squares; empty when there is no room. */
  readonly labels: readonly { readonly text: string; readonly x: number; readonly y: number }[]
}

/** Channels of a tile that the design uses, of one direction. */
export function usedChannels(scene: Scene, tile: SceneTile, direction: 's2mm' | 'mm2s'): number[] {
  return tile.channels.filter((index) => {
    const channel = scene.channels[index]
    return channel?.used === true && channel.direction === direction
  })
}

export const memAnatomy = remembered(arrangeMem)

function arrangeMem(scene: Scene, place: TilePlace): MemAnatomy {
  const { rect, tile } = place
  const u = Math.min(place.unit, rect.h / 58)
  const tight = rect.w < 150 * u
  const badge = { x: rect.x + 6 * u * 0.85, y: rect.y + 6 * u * 0.85, w: 14 * u, h: 14 * u }
  const side = (tight ? 5 : 9) * u
  const cellY = badge.y + badge.h + (rect.h < 70 ? 4 : 6) * u
  const squareY = rect.y + rect.h - (rect.h < 70 ? 10 : 13) * u
  const room = (rect.w - 2 * side - 8 * u) / 2
  const withSquares = (squareY - cellY - 7 * u) / 2
  const roomy = withSquares >= 8.5 * u
  const bottom = roomy ? squareY - 5 * u : rect.y + rect.h - 4 * u
  const cellH = Math.max(4, Math.min(14 * u, (bottom - cellY - 2 * u) / 2))
  const block = {
    y: cellY,
    room,
    w: Math.min(rect.w > 230 ? 24 * u : 21 * u, room),
    h: cellH,
    gapX: 2 * u,
    gapY: 2 * u,
  }
  const cells = [
    ...arrangeCells(scene, tile.inCells, { ...block, x: rect.x + side, fromRight: false }),
    ...arrangeCells(scene, tile.outCells, { ...block, x: rect.x + rect.w - side, fromRight: true }),
  ]
  const inward = usedChannels(scene, tile, 's2mm')
  const outward = usedChannels(scene, tile, 'mm2s')
  const most = Math.max(1, inward.length, outward.length)
  const labelW = tight ? 0 : 36 * u
  const pitch = Math.min(9 * u, (rect.w / 2 - side - labelW) / most)
  const size = Math.min(6 * u, pitch * 0.7)
  const right = rect.x + rect.w - side - 1
  const outX = right - (outward.length - 1) * pitch - size
  const squares = !roomy
    ? []
    : [
        ...inward.map((channel, i) => ({
          channel,
          rect: { x: rect.x + side + labelW + i * pitch, y: squareY, w: size, h: size },
        })),
        ...outward.map((channel, i) => ({
          channel,
          rect: { x: outX + i * pitch, y: squareY, w: size, h: size },
        })),
      ]
  const labels =
    tight || !roomy
      ? []
      : [
          { text: inward.length > 0 ? 'S2MM' : '', x: rect.x + side, y: squareY + 6.6 * u },
          { text: outward.length > 0 ? 'MM2S' : '', x: outX - labelW, y: squareY + 6.6 * u },
        ]
  return {
    badge,
    textX: badge.x + badge.w + (tight ? 3 : 6) * u,
    textY: badge.y + 10.9 * u,
    showsUse: rect.w >= 150 * u,
    cells,
    squares,
    labels: labels.filter((label) => label.text !== ''),
  }
}

export interface GaugePlace {
  readonly channel: number
  readonly bar: Rect
  readonly label: string
  readonly labelX: number
  readonly labelY: number
}

export interface ShimAnatomy {
  readonly badge: Rect
  readonly textX: number
  readonly textY: number
  readonly gauges: readonly GaugePlace[]
}

export const shimAnatomy = remembered(arrangeShim)

function arrangeShim(scene: Scene, place: TilePlace): ShimAnatomy {
  const { rect, tile } = place
  const u = Math.min(place.unit, rect.h / 30)
  const badge = { x: rect.x + 6 * u * 0.85, y: rect.y + 6 * u * 0.85, w: 14 * u, h: 14 * u }
  const below = rect.h >= 36 * u
  const barY = below ? rect.y + rect.h - 12.5 * u : badge.y + 5 * u
  const gauges: GaugePlace[] = []
  const half = rect.w / 2
  const labelW = rect.w >= 170 * u ? 50 * u : 0
  for (const [at, direction] of (['mm2s', 's2mm'] as const).entries()) {
    const channels = usedChannels(scene, tile, direction)
    const name = below ? 0 : Math.max(0, 80 * u - at * half)
    const left = rect.x + at * half + 10 * u + name
    const room = half - 20 * u - name
    const share = room / Math.max(1, channels.length)
    const worded = labelW > 0 && channels.length === 1 && below
    channels.forEach((channel, i) => {
      const x = left + i * share + (worded ? labelW : 0)
      const w = Math.max(2, share - (worded ? labelW : 0) - (channels.length > 1 ? 4 : 0))
      gauges.push({
        channel,
        bar: { x, y: barY, w, h: 4 * u * 0.9 },
        label: worded ? (scene.channels[channel]?.label ?? '') : '',
        labelX: left + i * share,
        labelY: barY + 5.9 * u,
      })
    })
  }
  return { badge, textX: badge.x + badge.w + 6 * u, textY: badge.y + 10.9 * u, gauges }
}

/** Badge, kind and coordinates for a tile of any kind, for screens that only need the head. */
export function kindWord(tile: SceneTile): string {
  return tile.kind === 'core' ? 'CORE' : tile.kind === 'mem' ? 'MEM' : 'SHIM'
}
