/** Memory over time: bands of buffers under the envelope of what chunks cover, phases and coherency on the axis. */
import { useCallback, useMemo, useRef, type MouseEvent } from 'react'
import { Header, type Scene } from '../../../emulator-core/worker/frame.ts'
import type { GrowthGroup, MemoryStory } from '../../../emulator-core/worker/protocol.ts'
import { latestFrame } from '../../session/frames.ts'
import { seek } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { usePalette } from '../../styles/theme.ts'
import type { Palette } from '../../styles/tokens.ts'
import { fade, mix } from '../../canvas/colour.ts'
import { fillBox, fitted, font, hatch, widthOf, write, type Context } from '../../canvas/draw.ts'
import { bytes, compact, grouped } from '../../canvas/format.ts'
import { paintOf } from '../../canvas/paint.ts'
import { Surface, useSize, type Size } from '../../canvas/surface.tsx'
import {
  buffersIn,
  coherencyIn,
  envelopeOf,
  groupsIn,
  niceLimit,
  phasesOf,
  spanOf,
  stackOf,
  valueAt,
  type Scope,
  type Side,
} from './story.ts'

const left = 64
const right = 12
const top = 18
/** Under the plot: axis, coherency marks, phases. */
const bottom = 58

interface ChartProps {
  readonly scene: Scene
  readonly story: MemoryStory
  readonly scope: Scope
  readonly side: Side
  /** The most one heap may cover, 0 without one. */
  readonly limit: number
}

/** More buffers than this in one picture are drawn by process. */
const mostBands = 160

export function GrowthChart({ scene, story, scope, side, limit }: ChartProps) {
  const palette = usePalette()
  const paint = paintOf(palette)
  const origin = useLive((state) => state.moment.origin)
  const recordedEnd = useLive((state) => state.moment.recordedEnd)
  const selection = useWorkspace((state) => state.selection)
  const select = useWorkspace((state) => state.select)
  const box = useRef<HTMLDivElement>(null)
  const { width } = useSize(box)
  const span = useMemo(() => spanOf(story, recordedEnd), [story, recordedEnd])
  const shown = useMemo(() => buffersIn(story, scope, side), [story, scope, side])
  const byProcess = scope === 'all' && (scene.clients.length > 1 || shown.length > mostBands)
  const stack = useMemo(
    () => stackOf(shown, (one) => (byProcess ? one.client : one.id), span.from, span.to),
    [shown, byProcess, span],
  )
  const envelope = useMemo(() => envelopeOf(story, scope), [story, scope])
  const most = side === 'heap' ? Math.max(0, ...envelope.values) : 0
  const bound = side === 'heap' && scope !== 'all' ? limit : 0
  // A heap is drawn up to its limit, with room above for what was refused there.
  const grid = bound > 0 ? bound : niceLimit(Math.max(stack.peak, most, 1) * 1.06)
  const ceiling = bound > 0 ? bound * 1.14 : grid
  const x = useCallback(
    (at: number) =>
      left + ((at - span.from) / Math.max(1, span.to - span.from)) * (width - left - right),
    [span, width],
  )

  const marks = useMemo(
    () =>
      (side === 'heap' ? groupsIn(story, scope) : []).map((group): Mark => {
        const item = group.items.findLast(({ kind }) => kind === 'chunk') ?? group.items[0]
        const at = item?.tick ?? group.from
        const share = group.chunks > 0 ? valueAt(envelope, at) / ceiling : 0.96
        return { group, x: x(at), share }
      }),
    [story, scope, side, envelope, ceiling, x],
  )

  const draw = useCallback(
    (ctx: Context, { height }: Size) => {
      const tick = latestFrame()?.header[Header.tick] ?? span.to
      const y = (value: number) => height - bottom - (value / ceiling) * (height - top - bottom)
      const small = font(11)
      const quiet = { font: small, fill: palette.textQuiet }
      for (const share of [0, 0.25, 0.5, 0.75, 1]) {
        const at = Math.round(y(grid * share)) + 0.5
        ctx.fillStyle = palette.hairQuiet
        ctx.fillRect(left, at - 0.5, width - left - right, 1)
        write(ctx, bytes(grid * share), left - 8, at + 4, { ...quiet, align: 'right' })
      }
      if (side === 'heap') {
        trace(ctx, envelope, x, y, span.to)
        ctx.lineTo(x(span.to), y(0))
        ctx.lineTo(left, y(0))
        ctx.fillStyle = hatch(ctx, palette.line, 0.3, { width: 1 })
        ctx.fill()
      }
      for (const piece of stack.pieces) {
        const buffer = byProcess ? undefined : story.buffers[piece.key]
        const client = byProcess ? piece.key : (buffer?.client ?? 0)
        const { hue } = paint.owner(client + 1)
        const rect = {
          x: x(piece.from),
          y: y(piece.base + piece.bytes),
          w: Math.max(1, x(piece.to) - x(piece.from)),
          h: Math.max(1, y(piece.base) - y(piece.base + piece.bytes) - 1),
        }
        const strength = byProcess ? 0.62 : 0.48 + ((piece.key * 37) % 5) * 0.08
        fillBox(ctx, rect, 0, mix(hue, strength, palette.ground))
        if (rect.h < 13 || rect.w < 40) continue
        const name = byProcess ? scene.clients[client] : buffer?.name
        const label = fitted(
          ctx,
          `${name ?? '?'}  ${bytes(piece.bytes)}`,
          font(11, 600),
          rect.w - 10,
        )
        write(ctx, label, rect.x + 5, rect.y + rect.h / 2 + 4, {
          font: font(11, 600),
          fill: palette.text,
        })
      }
      if (bound > 0) {
        ctx.strokeStyle = palette.textQuiet
        ctx.setLineDash([2, 3])
        ctx.beginPath()
        ctx.moveTo(left, y(bound) + 0.5)
        ctx.lineTo(width - right, y(bound) + 0.5)
        ctx.stroke()
        ctx.setLineDash([])
        write(ctx, `limit ${bytes(bound)}, from the device profile`, left + 6, y(bound) + 13, quiet)
      }
      trace(ctx, side === 'heap' ? envelope : stack.total, x, y, span.to)
      ctx.strokeStyle = palette.text
      ctx.lineWidth = 1.75
      ctx.stroke()
      if (stack.peak > 0) {
        const text = `peak ${bytes(stack.peak)}`
        const at = Math.min(x(stack.peakAt) + 4, width - right - widthOf(ctx, text, small) - 2)
        const isAtLimit = bound > 0 && y(stack.peak) - y(bound) < 16
        const base = isAtLimit ? y(stack.peak) + 13 : Math.max(12, y(stack.peak) - 4)
        // The envelope may run through it.
        ctx.fillStyle = palette.ground
        ctx.fillRect(at - 3, base - 10, widthOf(ctx, text, small) + 6, 13)
        write(ctx, text, at, base, {
          font: small,
          fill: palette.text,
        })
      }
      drawMarks(ctx, palette, marks, height, selection, x(Math.min(tick, span.to)))
      drawUnder(ctx, height)
      veil(ctx, tick, height, y(0))

      function drawUnder(context: Context, tall: number) {
        const axis = tall - bottom
        for (const share of [0, 0.25, 0.5, 0.75, 1]) {
          const at = span.from + (span.to - span.from) * share
          write(context, tickText(at - origin, span.to - span.from), x(at), axis + 14, {
            ...quiet,
            align: share === 0 ? 'left' : share === 1 ? 'right' : 'center',
          })
        }
        for (const mark of coherencyIn(story, scope)) {
          const at = Math.round(x(mark.tick))
          context.fillStyle =
            mark.kind === 'zeroed'
              ? palette.done
              : mark.kind === 'flush'
                ? palette.active
                : palette.fault
          if (mark.kind === 'zeroed') context.fillRect(at - 1, axis + 20, 2, 8)
          else if (mark.kind === 'flush') triangle(context, at, axis + 20)
          else cross(context, at, axis + 24, palette.fault)
        }
        for (const { name, from, to } of phasesOf(story, span.to)) {
          const [a, b] = [x(from) + 0.5, x(to) - 2.5]
          if (b - a < 2) continue
          context.strokeStyle = palette.line
          context.lineWidth = 1
          context.beginPath()
          context.moveTo(a, axis + 33)
          context.lineTo(a, axis + 38.5)
          context.lineTo(b, axis + 38.5)
          context.lineTo(b, axis + 33)
          context.stroke()
          const text = fitted(context, name, small, b - a - 4)
          if (text !== '…')
            write(context, text, (a + b) / 2, axis + 52, { ...quiet, align: 'center' })
        }
      }

      function veil(context: Context, at: number, tall: number, ground: number) {
        const head = Math.round(x(Math.min(at, span.to)))
        context.fillStyle = palette.fut
        context.fillRect(head, 0, Math.max(0, width - right - head), tall - bottom)
        context.fillStyle = palette.accent
        context.fillRect(head - 1, 4, 2, ground - 4)
        const used = valueAt(stack.total, at)
        const covered = valueAt(envelope, at)
        const onLeft = head > width - 180
        const style = { fill: palette.text, align: onLeft ? ('right' as const) : ('left' as const) }
        const lines = [
          { text: `${bytes(used)} used`, font: font(12, 600), fill: palette.text },
          ...(side === 'heap'
            ? [{ text: `${bytes(covered)} reserved`, font: small, fill: palette.textQuiet }]
            : []),
        ]
        lines.forEach((line, i) => {
          const w = widthOf(context, line.text, line.font)
          const tx = head + (onLeft ? -8 : 8)
          context.fillStyle = fade(palette.ground, 0.8)
          context.fillRect(onLeft ? tx - w - 2 : tx - 2, 4 + i * 15, w + 4, 15)
          write(context, line.text, tx, 15 + i * 15, { ...style, font: line.font, fill: line.fill })
        })
      }
    },
    [
      grid,
      palette,
      paint,
      scene,
      story,
      scope,
      side,
      span,
      stack,
      envelope,
      x,
      width,
      ceiling,
      bound,
      byProcess,
      origin,
      marks,
      selection,
    ],
  )

  const onPress = (event: MouseEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    const [px, py] = [event.clientX - box.left, event.clientY - box.top]
    const plot = box.height - top - bottom
    const near = marks.find(
      (mark) => Math.hypot(mark.x - px, top + plot * (1 - mark.share) - py) <= reach,
    )
    if (near) return select(`growth${near.group.id}`)
    if (px < left || px > width - right) return
    const tick = span.from + ((px - left) / (width - left - right)) * (span.to - span.from)
    void seek(Math.round(tick)).catch(() => undefined)
  }
  return (
    <div className="memory-chart" ref={box}>
      <div
        className="memory-plot"
        role="img"
        aria-label={`${side === 'heap' ? 'Device heap' : 'Host memory of buffers'} over time, peak ${bytes(stack.peak)}; the tables below have the same figures`}
        onClick={onPress}
      >
        <Surface paint={draw} lively />
      </div>
    </div>
  )
}

/** A tick on the axis: short where that tells neighbours apart. */
function tickText(value: number, span: number): string {
  return span * 12 < Math.abs(value) ? grouped(value) : compact(value)
}

/** Distance within which a press means a mark. */
const reach = 12

interface Mark {
  readonly group: GrowthGroup
  readonly x: number
  /** Height in the plot, from 0 at the ground to 1. */
  readonly share: number
}

/** A ring where the heap grew, a cross where a request was refused. */
function drawMarks(
  ctx: Context,
  palette: Palette,
  marks: readonly Mark[],
  height: number,
  selection: string | undefined,
  head: number,
): void {
  let labelled = -Infinity
  for (const { group, x, share } of marks) {
    const y = top + (height - top - bottom) * (1 - share)
    const isOn = selection === `growth${group.id}`
    if (group.chunks === 0) {
      cross(ctx, x, y, isOn ? palette.accent : palette.fault)
      if (isOn) ring(ctx, x, y, 7, palette.accent)
      continue
    }
    ctx.fillStyle = isOn ? palette.accent : palette.ground
    ring(ctx, x, y, 4.5, isOn ? palette.accent : palette.text, true)
    // The figures at the playhead stand where a label would.
    const isCovered = share > 0.75 && Math.abs(head - x) < 100
    if (!isOn && (isCovered || x - labelled < 64)) continue
    labelled = x
    const text = `+${group.chunks > 1 ? `${group.chunks} × ` : ''}chunk`
    write(ctx, text, x - 7, y - 6, {
      font: font(11, isOn ? 600 : 400),
      fill: isOn ? palette.accent : palette.textQuiet,
      align: 'right',
    })
  }
}

function ring(
  ctx: Context,
  x: number,
  y: number,
  radius: number,
  colour: string,
  isFilled = false,
): void {
  ctx.beginPath()
  ctx.arc(x, y, radius, 0, Math.PI * 2)
  if (isFilled) ctx.fill()
  ctx.strokeStyle = colour
  ctx.lineWidth = 1.5
  ctx.stroke()
}

/** A step line from where it begins to the right edge; before it begins it stays on the ground. */
function trace(
  ctx: Context,
  { ticks, values }: { readonly ticks: readonly number[]; readonly values: readonly number[] },
  x: (tick: number) => number,
  y: (value: number) => number,
  to: number,
): void {
  ctx.beginPath()
  ctx.moveTo(left, y(0))
  ticks.forEach((tick, i) => {
    ctx.lineTo(x(tick), y(values[i - 1] ?? 0))
    ctx.lineTo(x(tick), y(values[i] ?? 0))
  })
  ctx.lineTo(x(to), y(values[values.length - 1] ?? 0))
}

function triangle(ctx: Context, x: number, y: number): void {
  ctx.beginPath()
  ctx.moveTo(x - 4, y)
  ctx.lineTo(x + 4, y)
  ctx.lineTo(x, y + 8)
  ctx.closePath()
  ctx.fill()
}

function cross(ctx: Context, x: number, y: number, colour: string): void {
  ctx.strokeStyle = colour
  ctx.lineWidth = 1.75
  ctx.beginPath()
  ctx.moveTo(x - 3.5, y - 3.5)
  ctx.lineTo(x + 3.5, y + 3.5)
  ctx.moveTo(x + 3.5, y - 3.5)
  ctx.lineTo(x - 3.5, y + 3.5)
  ctx.stroke()
}
