/** DRAM in use over time: bands per buffer object under the line of what the frames said. */
import { useCallback, useEffect, useState } from 'react'
import { Header, type Scene } from '../../../emulator-core/worker/frame.ts'
import { latestFrame, subscribeFrame } from '../../session/frames.ts'
import { useLive } from '../../stores/live.ts'
import { usePalette } from '../../styles/theme.ts'
import { fade } from '../../canvas/colour.ts'
import { fillBox, fitted, font, hatch, write, type Context } from '../../canvas/draw.ts'
import { bytes, compact, grouped } from '../../canvas/format.ts'
import { paintOf } from '../../canvas/paint.ts'
import { Surface, type Size } from '../../canvas/surface.tsx'
import { isFlat, withSample, type Sample } from './growth.ts'

const left = 64
const right = 12
const top = 14
const bottom = 22

interface Seen {
  readonly scene: Scene
  readonly epoch: number
  readonly series: readonly Sample[]
}

const noSamples: readonly Sample[] = []

/** Samples of one machine; another machine or a changed past starts anew. */
function useSamples(scene: Scene, epoch: number): readonly Sample[] {
  const [seen, setSeen] = useState<Seen | undefined>(undefined)
  useEffect(
    () =>
      subscribeFrame(() => {
        const frame = latestFrame()
        const dram = frame?.header[Header.dramBytes] ?? -1
        if (!frame || dram < 0) return
        const sample = { tick: frame.header[Header.tick] ?? 0, bytes: dram }
        setSeen((now) => {
          const known = now?.scene === scene && now.epoch === epoch ? now.series : noSamples
          const series = withSample(known, sample)
          return series === now?.series ? now : { scene, epoch, series }
        })
      }),
    [scene, epoch],
  )
  return seen?.scene === scene && seen.epoch === epoch ? seen.series : noSamples
}

export function GrowthChart({ scene }: { readonly scene: Scene }) {
  const palette = usePalette()
  const paint = paintOf(palette)
  const epoch = useLive((state) => state.epoch)
  const origin = useLive((state) => state.moment.origin)
  const to = useLive((state) => state.moment.recordedEnd)
  // The start of the machine lasts far longer than most runs: only its end is shown.
  const from = useLive(({ moment }) =>
    Math.max(moment.historyStart, moment.origin - (moment.recordedEnd - moment.origin) / 10),
  )
  const samples = useSamples(scene, epoch)
  const flat = isFlat(samples)

  const draw = useCallback(
    (ctx: Context, { width, height }: Size) => {
      const frame = latestFrame()
      if (!frame) return
      const tick = frame.header[Header.tick] ?? 0
      const used = frame.header[Header.dramBytes] ?? 0
      const sum = scene.bos.reduce((all, bo) => all + bo.sizeBytes, 0)
      const peak = Math.max(used, sum, ...samples.map((sample) => sample.bytes), 1)
      const limit = niceLimit(peak)
      const x = (at: number) =>
        left + ((at - from) / Math.max(1, to - from)) * (width - left - right)
      const y = (value: number) => height - bottom - (value / limit) * (height - top - bottom)
      const small = font(11)
      for (const share of [0, 0.5, 1]) {
        const at = Math.round(y(limit * share)) + 0.5
        ctx.fillStyle = palette.hairQuiet
        ctx.fillRect(left, at - 0.5, width - left - right, 1)
        write(ctx, bytes(limit * share), left - 8, at + 4, {
          font: small,
          fill: palette.textQuiet,
          align: 'right',
        })
      }
      // Bands stand on each other in the order of addresses, 1 px of ground between, and end where the line does.
      ctx.save()
      tracePath(ctx, samples, used, x, y, from, to)
      ctx.lineTo(x(to), y(0))
      ctx.lineTo(x(from), y(0))
      ctx.clip()
      let base = 0
      for (const bo of [...scene.bos].sort((a, b) => a.address - b.address)) {
        const owner = paint.owner(bo.owner)
        const topY = y(base + bo.sizeBytes)
        const h = y(base) - topY
        fillBox(
          ctx,
          { x: left, y: topY, w: x(tick) - left, h: Math.max(1, h - 1) },
          0,
          fade(owner.hue, 0.55),
        )
        fillBox(
          ctx,
          { x: x(tick), y: topY, w: width - right - x(tick), h: Math.max(1, h - 1) },
          0,
          fade(owner.hue, 0.25),
        )
        if (h >= 14) {
          const text = fitted(
            ctx,
            `${bo.name}  ${bytes(bo.sizeBytes)}`,
            font(11, 600),
            width - left - right - 16,
          )
          write(ctx, text, left + 8, topY + h / 2 + 4, { font: font(11, 600), fill: palette.text })
        }
        base += bo.sizeBytes
      }
      if (used > base) {
        const topY = y(used)
        fillBox(
          ctx,
          { x: left, y: topY, w: width - left - right, h: y(base) - topY - 1 },
          0,
          hatch(ctx, palette.line, 0.35, { width: 1 }),
        )
        if (y(base) - topY >= 14) {
          const text = `queue, control code, firmware  ${bytes(used - base)}`
          write(ctx, text, left + 8, (topY + y(base)) / 2 + 4, {
            font: small,
            fill: palette.textQuiet,
          })
        }
      }
      ctx.restore()
      tracePath(ctx, samples, used, x, y, from, to)
      ctx.strokeStyle = palette.text
      ctx.lineWidth = 1.75
      ctx.stroke()
      const head = Math.round(x(tick))
      ctx.fillStyle = palette.accent
      ctx.fillRect(head - 1, top - 8, 2, height - top - bottom + 8)
      const onLeft = head > width * 0.7
      write(ctx, `${bytes(used)} used`, head + (onLeft ? -8 : 8), top + 2, {
        font: font(12, 600),
        fill: palette.text,
        align: onLeft ? 'right' : 'left',
      })
      write(ctx, compact(from - origin), left, height - 6, { font: small, fill: palette.textQuiet })
      write(
        ctx,
        `cycle ${grouped(tick - origin)}`,
        Math.min(Math.max(head, left + 90), width - 120),
        height - 6,
        {
          font: small,
          fill: palette.textQuiet,
          align: 'center',
        },
      )
      write(ctx, compact(to - origin), width - right, height - 6, {
        font: small,
        fill: palette.textQuiet,
        align: 'right',
      })
    },
    [palette, paint, scene, from, to, origin, samples],
  )
  return (
    <>
      <div
        className="memory-chart"
        role="img"
        aria-label="DRAM in use over time; the table below has the same figures"
      >
        <Surface paint={draw} lively />
      </div>
      <p className="memory-note quiet">
        {scene.device.heap !== 'flat'
          ? 'Host memory that buffers of processes hold. The chunks of the device heap and the buffers in it are listed below; they are not drawn here yet.'
          : flat
            ? `The memory model of ${scene.device.id} is flat: use changes only when a program makes or frees a buffer, and none did in this stretch.`
            : 'The line steps where a program made or freed a buffer.'}
      </p>
    </>
  )
}

/** The step line of what was in use; before and after what was seen it stays level. */
function tracePath(
  ctx: Context,
  samples: readonly Sample[],
  used: number,
  x: (tick: number) => number,
  y: (value: number) => number,
  from: number,
  to: number,
): void {
  ctx.beginPath()
  ctx.moveTo(x(from), y(samples[0]?.bytes ?? used))
  samples.forEach((sample, i) => {
    ctx.lineTo(x(sample.tick), y(samples[i - 1]?.bytes ?? sample.bytes))
    ctx.lineTo(x(sample.tick), y(sample.bytes))
  })
  ctx.lineTo(x(to), y(samples[samples.length - 1]?.bytes ?? used))
}

/** The next round number of bytes above a peak: 1, 1.5, 2, 3, 4, 6 times a power of two. */
export function niceLimit(peak: number): number {
  let limit = 1024
  while (limit * 2 < peak) limit *= 2
  return [1, 1.5, 2].map((factor) => limit * factor).find((value) => value >= peak) ?? limit * 2
}
