/** What of a tile does not change while the machine runs: body, badge, words, the tracks of its gauges. */
import { fade } from '../../canvas/colour.ts'
import { fillBox, fitted, font, hatch, widthOf, write } from '../../canvas/draw.ts'
import { bytes, usedOfMemory } from '../../canvas/format.ts'
import { coreAnatomy, kindWord, memAnatomy, shimAnatomy } from './anatomy.ts'
import { micro, type Still } from './brush.ts'
import type { TilePlace } from './layout.ts'
import { outline } from './outline.ts'
import { overlayFill } from './overlay.ts'

/** Body, badge and words of one tile: what does not change while the machine runs. */
export function paintTileStill(still: Still, place: TilePlace): void {
  const { ctx, paint, scene } = still
  const { tile, rect, level, unit } = place
  const owner = paint.owner(tile.owner)
  outline(ctx, place)
  ctx.fillStyle = overlayFill(still, tile) ?? (level === 'dot' ? owner.hue : owner.body)
  ctx.fill()
  if (tile.owner === 0) {
    ctx.fillStyle = hatch(ctx, paint.palette.line, 0.22, { width: 1 })
    ctx.fill()
  }
  if (owner.pattern > 0) {
    ctx.fillStyle = hatch(ctx, paint.palette.ground, 0.35, { step: owner.pattern === 2 ? 4 : 6 })
    ctx.fill()
  }
  if (level === 'dot') return
  if (level === 'letter' || rect.h < 24) {
    const bar = { x: rect.x + 3, y: rect.y + 1.5, w: rect.w - 6, h: Math.min(3, rect.h / 4) }
    fillBox(ctx, bar, 1.5, owner.hue)
    return
  }
  const at = headOf(still, place)
  const { palette } = paint
  fillBox(ctx, at.badge, 3.5 * unit, tile.owner > 0 ? owner.hue : fade(palette.line, 0.3))
  if (tile.owner > 0) {
    write(ctx, String(tile.owner), at.badge.x + at.badge.w / 2, at.textY, {
      font: font(micro(at.unit), 700),
      fill: owner.ink,
      align: 'center',
    })
  }
  let x = at.textX
  if (at.showsKind) {
    const name = font(micro(at.unit), 600)
    const spread = `${0.04 * micro(at.unit)}px`
    ctx.letterSpacing = spread
    write(ctx, kindWord(tile), x, at.textY, { font: name, fill: palette.textQuiet })
    x += widthOf(ctx, kindWord(tile), name) + 5 * at.unit
    ctx.letterSpacing = '0px'
  }
  if (at.showsPlace) {
    const name = `${tile.column},${tile.row}`
    write(ctx, name, x, at.textY, { font: font(micro(at.unit), 500, 'mono'), fill: palette.text })
  }
  if (tile.kind === 'mem') {
    const parts = memAnatomy(scene, place)
    if (parts.showsUse) {
      const used = usedOfMemory(tile.usedBytes, tile.memoryBytes)
      const name = font(micro(at.unit))
      const room = rect.x + rect.w - 9 * at.unit - x - 30 * at.unit
      const whole = fitted(ctx, used, name, room)
      const text =
        whole === used ? used : fitted(ctx, bytes(Math.max(tile.usedBytes, 0)), name, room)
      write(ctx, text, rect.x + rect.w - 9 * at.unit, at.textY, {
        font: font(micro(at.unit)),
        fill: palette.textQuiet,
        align: 'right',
      })
    }
    for (const label of parts.labels) {
      write(ctx, label.text, label.x, label.y, {
        font: font(micro(at.unit)),
        fill: palette.textQuiet,
      })
    }
  }
  if (tile.kind === 'shim') {
    for (const gauge of shimAnatomy(scene, place).gauges) {
      fillBox(ctx, gauge.bar, 2, paint.track)
      if (gauge.label) {
        write(ctx, gauge.label, gauge.labelX, gauge.labelY, {
          font: font(micro(at.unit)),
          fill: palette.textQuiet,
        })
      }
    }
  }
}

function headOf(still: Still, place: TilePlace) {
  const { tile, rect } = place
  if (tile.kind === 'core') return { ...coreAnatomy(still.scene, place), unit: place.unit }
  const unit = Math.min(place.unit, rect.h / (tile.kind === 'mem' ? 56 : 30))
  const parts =
    tile.kind === 'mem' ? memAnatomy(still.scene, place) : shimAnatomy(still.scene, place)
  return { ...parts, unit, showsKind: rect.w >= 90 * unit, showsPlace: true }
}
