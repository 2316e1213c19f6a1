/** What the thing under the pointer is, in words; it stands beside its target and never on it. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import { ChannelColumn } from '../../../emulator-core/worker/frame.ts'
import { latestFrame } from '../../session/frames.ts'
import { bytes, percent } from '../../canvas/format.ts'
import { channelAt, movedShare, wordsOf } from '../../canvas/reading.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import { routeRow, tileSentence, ucSentence } from './speech.ts'
import { tileIndexOf } from './parts.ts'

interface TooltipProps {
  readonly scene: Scene
  readonly part: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Lines about a part: the sentence its twin speaks, and for a channel its route. */
export function tooltipLines(scene: Scene, part: string): readonly string[] {
  const frame = latestFrame()
  const bo = scene.bos.find(({ handle }) => `bo${handle}` === part)
  if (bo) return [`Buffer ${bo.name}, ${bytes(bo.sizeBytes)}, ${bo.role}`]
  const uc = scene.ucs.findIndex((one) => one.part === part)
  if (uc >= 0) return [ucSentence(scene, frame, uc)]
  const channel = scene.channels.findIndex((one) => one.part === part)
  if (channel >= 0) {
    const { label, column, row } = scene.channels[channel]!
    const words = frame ? wordsOf(channelAt(frame, channel, ChannelColumn.state)).word : ''
    const share =
      frame && channelAt(frame, channel, ChannelColumn.total) > 0
        ? `, ${percent(movedShare(frame, channel))} moved`
        : ''
    const lines = [`${label} of (${column},${row})${words ? `: ${words}` : ''}${share}`]
    scene.routes.forEach((route, index) => {
      if (route.source !== channel && !route.sinks.includes(channel)) return
      const row2 = routeRow(scene, frame, index)
      lines.push(`Route ${row2.name}: ${row2.from} to ${row2.to}, ${row2.words} words`)
    })
    return lines
  }
  const tile = scene.tiles[tileIndexOf(scene, part)]
  return tile ? [tileSentence(scene, frame, tile)] : []
}

const tipWidth = 260

export function Tooltip({ scene, part, x, y, width, height }: TooltipProps) {
  useFramePace(8)
  const lines = tooltipLines(scene, part)
  if (lines.length === 0) return null
  const left = x + 16 + tipWidth > width ? Math.max(4, x - tipWidth - 12) : x + 16
  const below = y + 90 < height
  return (
    <div
      className="array-tip"
      role="presentation"
      style={{ left, ...(below ? { top: y + 18 } : { bottom: height - y + 12 }), width: tipWidth }}
    >
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  )
}
