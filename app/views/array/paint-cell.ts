/** Buffer cells on canvas: level gauges with the number of the block they hold. */
import { CellColumn, CellState } from '../../../emulator-core/worker/frame.ts'
import { cellDash, fillBox, font, solid, strokeBox, widthOf, write } from '../../canvas/draw.ts'
import { cellAt, isEmptyCell } from '../../canvas/reading.ts'
import { inset } from '../../canvas/shape.ts'
import type { CellPlace } from './anatomy.ts'
import { micro, type Lively } from './brush.ts'

/** One buffer cell: filled as far as it holds bytes, with its block number. */
export function paintCell(lively: Lively, { cell, rect }: CellPlace, unit: number): void {
  const { ctx, paint, frame, scene } = lively
  const inner = rect.w >= 4
  if (isEmptyCell(frame, cell)) {
    strokeBox(ctx, inset(rect), 2.5 * unit, paint.cellEmptyEdge, 1, inner ? cellDash : solid)
    return
  }
  const { palette } = paint
  const state = cellAt(frame, cell, CellColumn.state)
  const shape = scene.cells[cell]
  const size = shape?.sizeBytes ?? 1
  const share = Math.min(1, Math.max(0, cellAt(frame, cell, CellColumn.bytes)) / Math.max(1, size))
  fillBox(ctx, rect, 2.5 * unit, palette.ground)
  strokeBox(ctx, inset(rect), 2.5 * unit, paint.cellEdge)
  const leavesAsResult =
    state === CellState.leaving && scene.buffers[shape?.buffer ?? -1]?.role === 'out'
  const fill =
    state === CellState.arriving
      ? paint.arriving
      : state === CellState.result || leavesAsResult
        ? paint.result
        : paint.held
  const w = (rect.w - 1) * share
  fillBox(ctx, { x: rect.x + 0.5, y: rect.y + 0.5, w, h: rect.h - 1 }, 2 * unit, fill)
  if (state === CellState.arriving) {
    fillBox(
      ctx,
      { x: rect.x + 1, y: rect.y + rect.h - 2.5, w: Math.max(2, w - 1), h: 2 },
      0,
      palette.active,
    )
  }
  const block = cellAt(frame, cell, CellColumn.block)
  if (block < 0 || rect.w < 12 || rect.h < 9) return
  const text = String(block)
  const name = font(Math.min(micro(unit), rect.h * 0.85), 500, 'mono')
  if (widthOf(ctx, text, name) > rect.w) return
  write(
    ctx,
    text,
    rect.x + rect.w / 2,
    rect.y + rect.h / 2 + Math.min(micro(unit), rect.h * 0.85) * 0.36,
    {
      font: name,
      fill: palette.text,
      align: 'center',
    },
  )
}
