/** The floor plan that fills a large core tile: banks with their buffers, lock values, DMA channels with their state. */
import { ChannelColumn, type SceneTile } from '../../../emulator-core/worker/frame.ts'
import { fade } from '../../canvas/colour.ts'
import { fillBox, fineDash, font, solid, strokeBox, write } from '../../canvas/draw.ts'
import { channelAt, lockAt, wordsOf } from '../../canvas/reading.ts'
import { inset, type Rect } from '../../canvas/shape.ts'
import { coreAnatomy, usedChannels } from './anatomy.ts'
import { micro, type Lively } from './brush.ts'
import type { TilePlace } from './layout.ts'
import { levelFrom, sizeOf } from './levels.ts'

const rowHeight = 14
const rowPitch = 19

/** Rows of the floor plan from the top; as many as fit between cells and progress bar. */
export function floorRows(lively: Pick<Lively, 'scene'>, place: TilePlace): readonly Rect[] {
  const { rect, unit } = place
  if (sizeOf(rect.w, rect.h) < levelFrom.floorPlan || place.tile.kind !== 'core') return []
  const parts = coreAnatomy(lively.scene, place)
  const top = Math.max(
    parts.comb.y + parts.comb.h,
    ...parts.cells.map((cell) => cell.rect.y + cell.rect.h),
  )
  const room = parts.bar.y - top - 6 * unit
  const count = Math.min(3, Math.floor(room / (rowPitch * unit)))
  const x = rect.x + 8 * unit
  const w = rect.w - 16 * unit
  return Array.from({ length: Math.max(0, count) }, (_, row) => ({
    x,
    y: top + 6 * unit + row * rowPitch * unit,
    w,
    h: rowHeight * unit,
  }))
}

export function paintFloor(lively: Lively, place: TilePlace): void {
  const [banks, locks, channels] = floorRows(lively, place)
  if (banks) paintBanks(lively, place.tile, banks)
  if (locks) paintLocks(lively, place, locks)
  if (channels) paintChannels(lively, place, channels)
}

function paintBanks({ ctx, paint, scene }: Lively, tile: SceneTile, row: Rect): void {
  const { palette } = paint
  const count = Math.max(1, tile.banks)
  const edge = fade(palette.line, 0.55)
  const x = (byte: number) => row.x + (byte / Math.max(1, tile.memoryBytes)) * row.w
  const colours = {
    in: palette.textQuiet,
    out: palette.done,
    inner: fade(palette.textQuiet, 0.5),
    stack: palette.line,
  }
  for (const buffer of scene.buffers) {
    if (buffer.column !== tile.column || buffer.row !== tile.row) continue
    const from = x(buffer.offset)
    const w = Math.max(1, x(buffer.offset + buffer.sizeBytes) - from)
    fillBox(ctx, { x: from, y: row.y, w, h: row.h }, 0, colours[buffer.role])
  }
  const bank = row.w / count
  for (let i = 0; i < count; i++) {
    strokeBox(ctx, inset({ x: row.x + i * bank, y: row.y, w: bank - 1, h: row.h }), 2, edge)
  }
}

function paintLocks({ ctx, paint, frame }: Lively, { tile, unit }: TilePlace, row: Rect): void {
  const { palette } = paint
  const pitch = Math.min(12.2 * unit, row.w / Math.max(1, tile.locks.length))
  const name = font(Math.min(micro(unit), pitch * 0.9), 600, 'mono')
  tile.locks.forEach((lock, i) => {
    const value = lockAt(frame, lock)
    const cell = { x: row.x + i * pitch, y: row.y, w: pitch * 0.87, h: row.h }
    if (value > 0) fillBox(ctx, cell, 2.5 * unit, palette.textQuiet)
    strokeBox(ctx, inset(cell), 2.5 * unit, fade(palette.line, value === 0 ? 0.5 : 1))
    write(ctx, String(value), cell.x + cell.w / 2, cell.y + cell.h / 2 + 3.8 * unit, {
      font: name,
      fill: value > 0 ? palette.ground : palette.textQuiet,
      align: 'center',
    })
  })
}

function paintChannels(lively: Lively, { tile, unit }: TilePlace, row: Rect): void {
  const { ctx, paint, frame, scene } = lively
  const { palette } = paint
  const used = [...usedChannels(scene, tile, 's2mm'), ...usedChannels(scene, tile, 'mm2s')]
  const gap = 4 * unit
  const w = Math.min(78 * unit, (row.w + gap) / Math.max(1, used.length) - gap)
  used.forEach((channel, i) => {
    const words = wordsOf(channelAt(frame, channel, ChannelColumn.state))
    const waits = words.family === 'wait'
    const colour = waits ? palette.wait : words.family === 'run' ? palette.active : palette.idle
    const box = { x: row.x + i * (w + gap), y: row.y, w, h: row.h }
    strokeBox(ctx, inset(box), 4 * unit, colour, 1, waits ? fineDash : solid)
    const baseline = box.y + box.h / 2 + 3.6 * unit
    const size = font(micro(unit) * 0.9)
    if (w > 56 * unit) {
      write(ctx, scene.channels[channel]?.label ?? '', box.x + 5 * unit, baseline, {
        font: size,
        fill: palette.textQuiet,
      })
    }
    write(ctx, words.family === 'run' ? '▶' : words.letter, box.x + w - 5 * unit, baseline, {
      font: font(micro(unit) * 0.9, 700),
      fill: colour,
      align: 'right',
    })
  })
}
