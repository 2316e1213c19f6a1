/** Tiles on canvas: bodies and words that stay, states that change, at all four levels of detail. */
import {
  CellColumn,
  CellState,
  CoreColumn,
  ChannelColumn,
  type SceneTile,
} from '../../../emulator-core/worker/frame.ts'
import {
  cellDash,
  fillBox,
  fineDash,
  fitted,
  font,
  hatch,
  solid,
  strokeBox,
  waitDash,
  widthOf,
  write,
  type Context,
} from '../../canvas/draw.ts'
import { fade } from '../../canvas/colour.ts'
import { bytes, cycles } from '../../canvas/format.ts'
import {
  busyShare,
  cellAt,
  channelAt,
  coreAt,
  isEmptyCell,
  isOnVector,
  lasted,
  movedShare,
  progressOf,
  wordsOf,
  type StateWords,
} from '../../canvas/reading.ts'
import { grown, type Rect } from '../../canvas/shape.ts'
import {
  combTeeth,
  coreAnatomy,
  kindWord,
  memAnatomy,
  shimAnatomy,
  usedChannels,
  type CellPlace,
} from './anatomy.ts'
import { micro, type Lively, type Still } from './brush.ts'
import { overlayFill, overlayText } from './overlay.ts'
import type { TilePlace } from './layout.ts'

const tileRadius = 6

/** The outline of a tile of any kind: shims have their lower corners cut. */
export function outline(ctx: Context, place: TilePlace, by = 0): void {
  const rect = grown(place.rect, by)
  if (place.tile.kind !== 'shim') {
    ctx.beginPath()
    ctx.roundRect(
      rect.x,
      rect.y,
      rect.w,
      rect.h,
      Math.min(tileRadius * place.unit, rect.w / 4, rect.h / 4),
    )
    return
  }
  const cut = Math.min(8 * place.unit, rect.h / 4, rect.w / 4)
  const round = Math.min(tileRadius * place.unit, rect.h / 4)
  const { x, y, w, h } = rect
  ctx.beginPath()
  ctx.moveTo(x + round, y)
  ctx.lineTo(x + w - round, y)
  ctx.quadraticCurveTo(x + w, y, x + w, y + round)
  ctx.lineTo(x + w, y + h - cut)
  ctx.lineTo(x + w - cut, y + h)
  ctx.lineTo(x + cut, y + h)
  ctx.lineTo(x, y + h - cut)
  ctx.lineTo(x, y + round)
  ctx.quadraticCurveTo(x, y, x + round, y)
  ctx.closePath()
}

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
      const used = `${bytes(tile.usedBytes)} of ${bytes(tile.memoryBytes)}`
      const text = fitted(
        ctx,
        used,
        font(micro(at.unit)),
        rect.x + rect.w - 9 * at.unit - x - 30 * at.unit,
      )
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

/** State of one tile at this moment. */
export function paintTileLively(lively: Lively, place: TilePlace, index: number): void {
  const { ctx, paint, frame, filter } = lively
  const { tile, level } = place
  if (filter.tile(index)) {
    outline(ctx, place)
    ctx.fillStyle = fade(paint.palette.ground, 0.55)
    ctx.fill()
  }
  if (tile.kind === 'core') {
    const words = wordsOf(tile.core < 0 ? 0 : coreAt(frame, tile.core, CoreColumn.state))
    if (level === 'dot') paintFoot(lively, place, words)
    else {
      if (words.family === 'off' && tile.owner > 0) {
        outline(ctx, place)
        ctx.fillStyle = hatch(ctx, paint.palette.line, 0.22, { width: 1 })
        ctx.fill()
      }
      paintEdge(lively, place, words)
      if (level === 'letter' || place.rect.h < 24) paintLetter(lively, place, words)
      else paintCore(lively, place, words)
    }
    return
  }
  outline(ctx, place)
  ctx.strokeStyle = paint.owner(tile.owner).edge
  ctx.lineWidth = 1.25
  ctx.stroke()
  if (level === 'dot' || level === 'letter' || place.rect.h < 24) return
  if (tile.kind === 'mem') paintMem(lively, place)
  else paintShim(lively, place)
}

function edgeColour({ paint }: Still, owner: number, words: StateWords): string {
  switch (words.family) {
    case 'run':
      return paint.runEdge
    case 'wait':
      return paint.palette.wait
    case 'done':
      return paint.palette.done
    case 'fault':
      return paint.palette.fault
    default:
      return paint.owner(owner).edge
  }
}

function paintEdge(lively: Lively, place: TilePlace, words: StateWords): void {
  const { ctx } = lively
  outline(ctx, place)
  ctx.strokeStyle = edgeColour(lively, place.tile.owner, words)
  ctx.lineWidth = 1.25
  ctx.setLineDash((words.family === 'wait' ? waitDash : solid) as number[])
  ctx.stroke()
  ctx.setLineDash(solid)
  if (words.family === 'fault') {
    outline(ctx, place, -3)
    ctx.stroke()
  }
}

function paintFoot({ ctx, paint }: Lively, { rect }: TilePlace, words: StateWords): void {
  const { palette } = paint
  const h = Math.min(5, rect.h / 3)
  const y = rect.y + rect.h - h
  if (words.family === 'run') fillBox(ctx, { x: rect.x, y, w: rect.w, h }, 1, palette.active)
  else if (words.family === 'wait') {
    const w = rect.w / 5
    for (let i = 0; i < 3; i++) fillBox(ctx, { x: rect.x + 2 * i * w, y, w, h }, 0, palette.wait)
  } else if (words.family === 'done')
    fillBox(ctx, { x: rect.x, y: y + h / 2, w: rect.w, h: h / 2 }, 0, palette.done)
  else if (words.family === 'fault') {
    ctx.beginPath()
    ctx.moveTo(rect.x, rect.y)
    ctx.lineTo(rect.x + rect.w, rect.y + rect.h)
    ctx.moveTo(rect.x + rect.w, rect.y)
    ctx.lineTo(rect.x, rect.y + rect.h)
    ctx.strokeStyle = palette.fault
    ctx.lineWidth = 1.5
    ctx.stroke()
  }
}

function paintLetter({ ctx, paint }: Lively, { rect }: TilePlace, words: StateWords): void {
  const { palette } = paint
  const colours = {
    run: palette.active,
    wait: palette.wait,
    done: palette.done,
    fault: palette.fault,
  }
  const colour = colours[words.family as keyof typeof colours] ?? palette.idle
  const size = Math.min(14, rect.h * 0.6, rect.w * 0.7)
  write(ctx, words.letter, rect.x + rect.w / 2, rect.y + rect.h / 2 + size * 0.36 + 1, {
    font: font(size, 700),
    fill: colour,
    align: 'center',
  })
}

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

function inset({ x, y, w, h }: Rect): Rect {
  return { x: x + 0.5, y: y + 0.5, w: Math.max(0, w - 1), h: Math.max(0, h - 1) }
}

function usesChannels({ scene }: Still, tile: SceneTile): boolean {
  return tile.channels.some((channel) => scene.channels[channel]?.used === true)
}

function paintCore(lively: Lively, place: TilePlace, words: StateWords): void {
  const { ctx, paint, frame, scene } = lively
  const { tile, rect, unit } = place
  const parts = coreAnatomy(scene, place)
  for (const cell of parts.cells) paintCell(lively, cell, unit)
  if (words.family === 'off') {
    paintChip(lively, parts.chip, words, unit, parts.chipOnTop)
    const reason =
      tile.owner === 0 ? 'free' : usesChannels(lively, tile) ? 'not started' : 'not used'
    if (!parts.chipOnTop && rect.w > 110) {
      write(ctx, reason, rect.x + rect.w - 7 * unit, parts.chip.y + parts.chip.h / 2 + 3.9 * unit, {
        font: font(micro(unit)),
        fill: paint.palette.textQuiet,
        align: 'right',
      })
    }
    return
  }
  paintComb(lively, parts.comb, tile.core, words, unit)
  const chip = paintChip(lively, parts.chip, words, unit, parts.chipOnTop)
  const overlay = overlayText(lively, tile)
  const right = rect.x + rect.w - 7 * unit
  const baseline = parts.chip.y + parts.chip.h / 2 + 3.9 * unit
  const small = font(micro(unit))
  const quiet = { font: small, fill: paint.palette.textQuiet, align: 'right' } as const
  if (overlay) {
    if (!parts.chipOnTop)
      write(ctx, fitted(ctx, overlay, small, right - chip - 4), right, baseline, quiet)
    return
  }
  if (words.family === 'run' && parts.bar.w > 6) {
    const { bar } = parts
    fillBox(ctx, bar, bar.h / 2, paint.track)
    fillBox(ctx, { ...bar, w: bar.w * progressOf(frame, tile.core) }, bar.h / 2, paint.palette.lit)
  } else if (words.family === 'wait') {
    const text = cycles(lasted(coreAt(frame, tile.core, CoreColumn.since)))
    if (place.level === 'diagram') {
      const middle = parts.comb.x + parts.comb.w / 2
      const w = widthOf(ctx, text, small) + 10 * unit
      const plate = {
        x: middle - w / 2,
        y: parts.comb.y + parts.comb.h / 2 - 8 * unit,
        w,
        h: 16 * unit,
      }
      fillBox(ctx, plate, 4 * unit, paint.owner(tile.owner).body)
      write(ctx, text, middle, plate.y + 12 * unit, { ...quiet, align: 'center' })
    } else if (parts.chipOnTop) {
      if (parts.comb.w > 46)
        write(ctx, text, parts.comb.x + parts.comb.w / 2, parts.bar.y + 3, {
          ...quiet,
          align: 'center',
        })
    } else if (right - chip > widthOf(ctx, text, small)) write(ctx, text, right, baseline, quiet)
  }
}

/** The lanes of the vector unit: lit on a vector operation, bright in the loop, faint otherwise. */
function paintComb(
  { ctx, paint, frame, aggregated }: Lively,
  comb: Rect,
  core: number,
  words: StateWords,
  unit: number,
): void {
  if (comb.w <= 0) return
  const steps = 9
  const running = words.family === 'run'
  let colour = running ? paint.combLoop : paint.combFaint
  if (running && isOnVector(frame, core)) colour = paint.palette.lit
  if (aggregated) {
    const share = Math.round(Math.max(0, busyShare(frame, core)) * (steps - 1)) / (steps - 1)
    colour = fade(paint.palette.lit, 0.2 + 0.8 * share)
  }
  const teeth = Math.min(combTeeth, Math.floor(comb.w / 4))
  const pitch = teeth > 1 ? comb.w / (teeth - 1) : 0
  ctx.beginPath()
  for (let i = 0; i < teeth; i++) {
    ctx.moveTo(comb.x + i * pitch, comb.y)
    ctx.lineTo(comb.x + i * pitch, comb.y + comb.h)
  }
  ctx.strokeStyle = colour
  ctx.lineWidth = 2.2 * unit
  ctx.stroke()
}

/** The state chip; answers the x at which it ends. With `anchorRight` its right edge stays where it is. */
export function paintChip(
  { ctx, paint }: Still,
  chip: Rect,
  words: StateWords,
  unit: number,
  anchorRight = false,
): number {
  const { palette } = paint
  const name = font(Math.min(micro(unit), chip.h * 0.85), 700)
  const narrow = chip.w < 40 * unit
  const text = narrow ? words.letter : words.code
  const glyphW = narrow ? 4 * unit : 15 * unit
  const w = Math.min(
    chip.w * 1.3,
    Math.max(narrow ? 14 * unit : chip.w, glyphW + widthOf(ctx, text, name) + 5 * unit),
  )
  const x = anchorRight ? chip.x + chip.w - w : chip.x
  const rect = { x, y: chip.y, w, h: chip.h }
  const baseline = chip.y + chip.h / 2 + 3.9 * unit
  const middle = chip.y + chip.h / 2
  const left = x + 6 * unit
  let ink: string = palette.idle
  if (words.family === 'run') {
    fillBox(ctx, rect, 3 * unit, palette.active)
    ink = palette.onActive
  } else if (words.family === 'wait') {
    strokeBox(ctx, inset(rect), 3 * unit, palette.wait, 1, fineDash)
    ink = palette.wait
  } else if (words.family === 'done') {
    strokeBox(ctx, inset(rect), 3 * unit, palette.done)
    ink = palette.done
  } else if (words.family === 'fault') {
    strokeBox(ctx, inset(rect), 3 * unit, palette.fault)
    strokeBox(ctx, inset(grown(rect, -2)), 2 * unit, palette.fault)
    ink = palette.fault
  } else strokeBox(ctx, inset(rect), 3 * unit, palette.hair)
  if (!narrow) paintGlyph(ctx, words, left, middle, unit, ink)
  write(ctx, text, x + glyphW, baseline, { font: name, fill: ink })
  return x + w
}

function paintGlyph(
  ctx: Context,
  words: StateWords,
  x: number,
  y: number,
  unit: number,
  ink: string,
): void {
  ctx.beginPath()
  if (words.family === 'run') {
    ctx.moveTo(x, y - 3.3 * unit)
    ctx.lineTo(x, y + 3.3 * unit)
    ctx.lineTo(x + 5.4 * unit, y)
    ctx.closePath()
    ctx.fillStyle = ink
    ctx.fill()
    return
  }
  if (words.family === 'wait') {
    ctx.moveTo(x + 0.5, y - 3 * unit)
    ctx.lineTo(x + 0.5, y + 3 * unit)
    ctx.moveTo(x + 0.5 + 3 * unit, y - 3 * unit)
    ctx.lineTo(x + 0.5 + 3 * unit, y + 3 * unit)
  } else if (words.family === 'done') {
    ctx.moveTo(x, y)
    ctx.lineTo(x + 2 * unit, y + 2.5 * unit)
    ctx.lineTo(x + 6 * unit, y - 3 * unit)
  } else if (words.family === 'fault') {
    ctx.moveTo(x, y - 2.6 * unit)
    ctx.lineTo(x + 5.2 * unit, y + 2.6 * unit)
    ctx.moveTo(x + 5.2 * unit, y - 2.6 * unit)
    ctx.lineTo(x, y + 2.6 * unit)
  } else if (words.family === 'off') {
    ctx.arc(x + 2.5 * unit, y, 2.4 * unit, 0, Math.PI * 2)
    ctx.moveTo(x - 0.5 * unit, y + 3.2 * unit)
    ctx.lineTo(x + 5.5 * unit, y - 3.2 * unit)
  } else {
    ctx.moveTo(x + 2 * unit, y)
    ctx.lineTo(x + 3.6 * unit, y)
  }
  ctx.strokeStyle = ink
  ctx.lineWidth = (words.family === 'off' ? 1.1 : 1.6) * unit
  ctx.stroke()
}

function paintMem(lively: Lively, place: TilePlace): void {
  const { ctx, paint, frame, scene } = lively
  const parts = memAnatomy(scene, place)
  for (const cell of parts.cells) paintCell(lively, cell, place.unit)
  for (const { channel, rect } of parts.squares) {
    const { family } = wordsOf(channelAt(frame, channel, ChannelColumn.state))
    if (family === 'run') fillBox(ctx, rect, 1, paint.palette.active)
    else if (family === 'fault') fillBox(ctx, rect, 1, paint.palette.fault)
    else if (family === 'wait') strokeBox(ctx, inset(rect), 1, paint.palette.wait, 1, [1.6, 1.2])
    else strokeBox(ctx, inset(rect), 1, paint.cellEmptyEdge)
  }
  const overlay = overlayText(lively, place.tile)
  if (overlay && parts.showsUse) {
    write(ctx, overlay, place.rect.x + place.rect.w / 2, parts.textY, {
      font: font(micro(place.unit), 600),
      fill: paint.palette.text,
      align: 'center',
    })
  }
}

function paintShim(lively: Lively, place: TilePlace): void {
  const { ctx, paint, frame, scene } = lively
  for (const { channel, bar } of shimAnatomy(scene, place).gauges) {
    const { family } = wordsOf(channelAt(frame, channel, ChannelColumn.state))
    if (family === 'wait') strokeBox(ctx, grown(bar, 1), 2, paint.palette.wait, 1, [1.6, 1.2])
    fillBox(ctx, { ...bar, w: bar.w * movedShare(frame, channel) }, bar.h / 2, paint.palette.lit)
  }
}

/** Does any used channel of a tile wait? For filters and words. */
export function hasWaitingChannel(
  lively: Pick<Lively, 'scene' | 'frame'>,
  place: TilePlace,
): boolean {
  const { scene, frame } = lively
  return (['s2mm', 'mm2s'] as const).some((direction) =>
    usedChannels(scene, place.tile, direction).some(
      (channel) => wordsOf(channelAt(frame, channel, ChannelColumn.state)).family === 'wait',
    ),
  )
}
