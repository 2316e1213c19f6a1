/** Where the engines stand: from the latest frame to lines of sources, for badges and gutter marks. */
import {
  CoreColumn,
  Header,
  State,
  ThreadColumn,
  ThreadState,
  UcColumn,
  type Frame,
  type FrameCounts,
  type Scene,
} from '../../emulator-core/worker/frame.ts'
import type { Moment, Standing } from '../stores/live.ts'

/** The counts that fix the frame layout of a scene. */
export function countsOf(scene: Scene): FrameCounts {
  return {
    cores: scene.cores.length,
    channels: scene.channels.length,
    cells: scene.cells.length,
    locks: scene.locks.length,
    routes: scene.routes.length,
    ucs: scene.ucs.length,
    bos: scene.bos.length,
    queueSlots: scene.device.queueSlots,
    threads: scene.threads,
  }
}

/** The header of a frame as a plain object. */
export function momentOf({ header }: Frame): Moment {
  const at = (index: number) => header[index] ?? 0
  return {
    tick: at(Header.tick),
    origin: at(Header.origin),
    recordedEnd: at(Header.recordedEnd),
    historyStart: at(Header.historyStart),
    historyBytes: at(Header.historyBytes),
    historyLimitBytes: at(Header.historyLimitBytes),
    rate: at(Header.rate),
    event: at(Header.event),
    eventCount: at(Header.eventCount),
    blocksDone: at(Header.blocksDone),
  }
}

const isWaiting = (state: number) =>
  (state >= State.lock && state <= State.dma) || (state >= State.token && state <= State.poll)

interface Count {
  file: string
  line: number
  running: number
  waiting: number
  parts: string[]
  tokens?: number
}

/** Lines with engines on them, busiest file order kept as in the scene. Idle engines stand nowhere. */
export function standingOf(scene: Scene, { words, layout }: Frame): readonly Standing[] {
  const lines = new Map<string, Count>()
  const stand = (file: string, line: number, part: string, state: number) => {
    const waiting = isWaiting(state)
    if (!waiting && state !== State.run) return
    const key = `${file}:${line}`
    const count = lines.get(key) ?? { file, line, running: 0, waiting: 0, parts: [] }
    if (waiting) count.waiting++
    else count.running++
    count.parts.push(part)
    lines.set(key, count)
    return count
  }
  scene.cores.forEach((core, index) => {
    const row = layout.cores + index * CoreColumn.size
    const place = core.places[words[row + CoreColumn.place] ?? -1]
    if (place) stand(place.file, place.line, core.part, words[row + CoreColumn.state] ?? 0)
  })
  scene.ucs.forEach((uc, index) => {
    const row = layout.ucs + index * UcColumn.size
    const line = words[row + UcColumn.line] ?? 0
    const state = words[row + UcColumn.state] ?? 0
    const count = line > 0 && uc.file !== '' ? stand(uc.file, line, uc.part, state) : undefined
    const tokens = words[row + UcColumn.tokens] ?? -1
    if (count && state === State.token && tokens >= 0) count.tokens = tokens
  })
  for (let thread = 0; thread < scene.threads; thread++) {
    const row = layout.threads + thread * ThreadColumn.size
    const state = words[row + ThreadColumn.state] ?? ThreadState.gone
    const place = scene.hostSteps[words[row + ThreadColumn.step] ?? -1]?.place
    if (!place || state <= ThreadState.gone) continue
    const waits = state !== ThreadState.user
    stand(place.file, place.line, `thread${thread}`, waits ? State.token : State.run)
  }
  return [...lines.values()]
}

/** True when both lists say the same, so that the old one can stay. */
export function sameStanding(one: readonly Standing[], other: readonly Standing[]): boolean {
  return (
    one.length === other.length &&
    one.every((left, index) => {
      const right = other[index]
      return (
        right !== undefined &&
        left.file === right.file &&
        left.line === right.line &&
        left.running === right.running &&
        left.waiting === right.waiting &&
        left.tokens === right.tokens &&
        left.parts.length === right.parts.length &&
        left.parts.every((part, at) => part === right.parts[at])
      )
    })
  )
}
