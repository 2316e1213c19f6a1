/** What surrounds the tiles: column bands and heads, row names, controllers, and the DDR strips below. */
import { RouteColumn, UcColumn, type SceneBo } from '../../../emulator-core/worker/frame.ts'
import {
  fillBox,
  fineDash,
  fitted,
  font,
  solid,
  strokeBox,
  widthOf,
  write,
} from '../../canvas/draw.ts'
import { percent } from '../../canvas/format.ts'
import { busyShare, routeAt, ucAt, wordsOf } from '../../canvas/reading.ts'
import type { Rect } from '../../canvas/shape.ts'
import { micro, type Lively, type Still } from './brush.ts'
import type { StripPlace } from './layout.ts'

const mostCells = 16

export function paintGround(still: Still): void {
  const { ctx, paint, layout } = still
  const { palette } = paint
  const unit = layout.unit
  for (const column of layout.columns) {
    fillBox(ctx, column.band, 10 * unit, palette.band)
    if (column.w < 16) continue
    const name = font(micro(unit))
    const head = column.w >= 100 * unit ? `Column ${column.column}` : String(column.column)
    write(ctx, head, column.x + 3, column.headY, { font: name, fill: palette.text })
  }
  const small = {
    font: font(micro(unit), 400, 'mono'),
    fill: palette.textQuiet,
    align: 'right',
  } as const
  const plain = { ...small, font: font(micro(unit)) }
  const firstHead = layout.columns[0]?.headY ?? 17
  if (layout.axisX > 14) write(ctx, 'row', layout.axisX, firstHead, plain)
  for (const { text, y } of layout.axis) {
    const digits = text.length === 1
    write(ctx, text, layout.axisX + (text === 'DDR' ? 5 : 0), y, digits ? small : plain)
  }
  for (const strip of layout.strips) paintStripStill(still, strip)
}

/** Average activity of a column's cores at the right of its head. */
export function paintHeads({ ctx, paint, layout, scene, frame }: Lively): void {
  const name = font(micro(layout.unit))
  for (const column of layout.columns) {
    let sum = 0
    let count = 0
    for (const tile of scene.tiles) {
      if (tile.column !== column.column || tile.core < 0 || tile.owner === 0) continue
      const share = busyShare(frame, tile.core)
      if (share < 0) continue
      sum += share
      count++
    }
    if (count === 0) continue
    const text =
      column.w >= 130 * layout.unit ? `${percent(sum / count)} busy` : percent(sum / count)
    if (column.w < widthOf(ctx, text, name) + 24) continue
    write(ctx, text, column.x + column.w - 3, column.headY, {
      font: name,
      fill: paint.palette.textQuiet,
      align: 'right',
    })
  }
}

export function paintUcs(lively: Lively): void {
  const { ctx, paint, layout, scene, frame } = lively
  const { palette } = paint
  const unit = Math.max(1, Math.min(layout.unit, (layout.metrics.ucH / 22) * 1.2))
  scene.ucs.forEach((uc, index) => {
    const rect = layout.ucs[index]
    if (!rect || rect.w < 6 || rect.h < 6) return
    const words = wordsOf(ucAt(frame, index, UcColumn.state))
    const waits = words.family === 'wait'
    const edge = waits
      ? palette.wait
      : words.family === 'run'
        ? palette.active
        : words.family === 'fault'
          ? palette.fault
          : paint.cellEmptyEdge
    fillBox(ctx, rect, 5, palette.ground)
    strokeBox(ctx, rect, 5, edge, 1, waits ? fineDash : solid)
    if (rect.h < 14) return
    const baseline = rect.y + rect.h / 2 + 3.9 * unit
    const label =
      uc.half === 'B' ? `${uc.index} B` : `uC ${uc.index}${uc.half ? ` ${uc.half}` : ''}`
    const plain = font(micro(unit))
    const bold = font(micro(unit), waits || words.family === 'run' ? 700 : 400)
    const code = words.family === 'idle' ? 'idle' : words.code
    const colour = waits
      ? palette.wait
      : words.family === 'run'
        ? palette.active
        : words.family === 'fault'
          ? palette.fault
          : palette.idle
    const codeW = widthOf(ctx, code, bold)
    const inner = rect.w - 14 * unit
    const showsCode = inner >= codeW + 22 * unit
    const room = showsCode ? inner - codeW - 4 : inner
    const short = fitted(ctx, label, plain, room) === label ? label : String(uc.index)
    write(
      ctx,
      fitted(ctx, short, plain, rect.w - 6),
      rect.x + Math.min(7.5 * unit, rect.w / 6),
      baseline,
      {
        font: plain,
        fill: uc.used ? palette.text : palette.textQuiet,
      },
    )
    if (showsCode)
      write(ctx, code, rect.x + rect.w - 7 * unit, baseline, {
        font: bold,
        fill: colour,
        align: 'right',
      })
  })
}

/** Buffer objects that the shim of a column reads (`in`) or writes (`out`), with how many blocks each. */
export function blocksOf(bos: readonly SceneBo[], column: number, way: 'in' | 'out'): number {
  let blocks = 0
  for (const bo of bos) {
    if (bo.role !== way && bo.role !== 'both') continue
    for (const share of bo.columns) if (share.column === column) blocks += share.blocks
  }
  return blocks
}

/** Rectangles of a strip's cells: one per block, at most sixteen. */
export function stripCells(strip: Rect, blocks: number): Rect[] {
  const count = Math.min(mostCells, Math.max(0, blocks))
  const pitch = strip.w / mostCells
  return Array.from({ length: count }, (_, i) => ({
    x: strip.x + i * pitch,
    y: strip.y,
    w: pitch * 0.82,
    h: strip.h,
  }))
}

function paintStripStill({ ctx, paint, scene, layout }: Still, place: StripPlace): void {
  const unit = layout.unit
  if (place.in.w < 84 * unit) return
  for (const way of ['in', 'out'] as const) {
    const rect = place[way]
    const blocks = blocksOf(scene.bos, place.column, way)
    if (blocks === 0) continue
    write(ctx, way, rect.x - (way === 'in' ? 17.8 : 21.3) * unit, rect.y + rect.h / 2 + 4 * unit, {
      font: font(micro(unit)),
      fill: paint.palette.textQuiet,
    })
  }
}

/** Words that the shim channels of a column have moved, one way. */
export function wordsMoved(
  { scene, frame }: Pick<Lively, 'scene' | 'frame'>,
  column: number,
  way: 'in' | 'out',
): number {
  let words = 0
  scene.routes.forEach((route, index) => {
    const ends = way === 'in' ? [route.source] : route.sinks
    const mine = ends.some((end) => {
      const channel = scene.channels[end]
      return channel !== undefined && channel.row === 0 && channel.column === column
    })
    if (mine) words += Math.max(0, routeAt(frame, index, RouteColumn.words))
  })
  return words
}

export function paintStrips(lively: Lively): void {
  const { ctx, paint, scene, layout } = lively
  const { palette } = paint
  const wordBytes = 4
  for (const strip of layout.strips) {
    for (const way of ['in', 'out'] as const) {
      const blocks = blocksOf(scene.bos, strip.column, way)
      if (blocks === 0 || scene.blockBytes === 0) continue
      const cells = stripCells(strip[way], blocks)
      const moved = (wordsMoved(lively, strip.column, way) * wordBytes) / scene.blockBytes
      const done = (Math.min(blocks, moved) / blocks) * cells.length
      cells.forEach((rect, i) => {
        const share = Math.min(1, Math.max(0, done - i))
        if (way === 'in') {
          fillBox(ctx, rect, 0, share >= 1 ? paint.spent : paint.queued)
          if (share > 0 && share < 1) {
            fillBox(ctx, { ...rect, w: rect.w * share }, 0, palette.ground)
            fillBox(ctx, { ...rect, w: rect.w * share }, 0, palette.lit)
          }
        } else if (share >= 1) fillBox(ctx, rect, 0, palette.done)
        else {
          strokeBox(
            ctx,
            { x: rect.x + 0.5, y: rect.y + 0.5, w: rect.w - 1, h: rect.h - 1 },
            0,
            paint.cellEdge,
          )
          fillBox(ctx, { ...rect, w: rect.w * share }, 0, palette.lit)
        }
      })
    }
  }
}
