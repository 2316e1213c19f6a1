/** What the thing under the pointer is, in words; it stands beside its target and never on it. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import { ChannelColumn } from '../../../emulator-core/worker/frame.ts'
import type { RaceInfo } from '../../../emulator-core/worker/protocol.ts'
import { latestFrame } from '../../session/frames.ts'
import { bytes, counted, percent } from '../../canvas/format.ts'
import { channelAt, movedShare, wordsOf } from '../../canvas/reading.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import { raceSentence } from '../../session/race-words.ts'
import { useLive } from '../../stores/live.ts'
import { racesAt, type RaceMark } from './race-marks.ts'
import { routeRow, tileSentence, ucSentence } from './speech.ts'
import { tileIndexOf } from './parts.ts'

interface TooltipProps {
  readonly scene: Scene
  readonly part: string
  readonly races: readonly RaceMark[]
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
const mostRaces = 3

/** One sentence per race; of many the first few. */
export function raceLines(races: readonly RaceInfo[], origin: number): readonly string[] {
  const lines = races.slice(0, mostRaces).map((race) => `${raceSentence(race, origin)}.`)
  const rest = races.length - lines.length
  return rest > 0 ? [...lines, `${counted(rest, 'more race')} in the list of problems.`] : lines
}

export function Tooltip({ scene, part, races, x, y, width, height }: TooltipProps) {
  useFramePace(8)
  const origin = useLive((state) => state.moment.origin)
  const pointed = racesAt(races, part)
  const lines = pointed.length > 0 ? raceLines(pointed, origin) : tooltipLines(scene, part)
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
