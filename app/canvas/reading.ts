/** Reading a frame: what its numbers mean for pictures and for words, in one place. */
import {
  CellColumn,
  CellState,
  ChannelColumn,
  CoreColumn,
  RouteColumn,
  State,
  UcColumn,
  type Frame,
  type Scene,
} from '../../emulator-core/worker/frame.ts'

export type Family = 'run' | 'wait' | 'done' | 'fault' | 'idle' | 'off'

export interface StateWords {
  readonly code: string
  readonly letter: string
  readonly family: Family
  /** Completes "Core (1,3) is …". */
  readonly word: string
}

const unknownState: StateWords = {
  code: '–',
  letter: '–',
  family: 'idle',
  word: 'in an unknown state',
}

const words: Readonly<Record<number, StateWords>> = {
  [State.off]: { code: 'OFF', letter: '∅', family: 'off', word: 'off' },
  [State.idle]: { code: 'IDLE', letter: '·', family: 'idle', word: 'idle' },
  [State.run]: { code: 'RUN', letter: 'R', family: 'run', word: 'running' },
  [State.lock]: { code: 'LOCK', letter: 'L', family: 'wait', word: 'waiting on a lock' },
  [State.stream]: { code: 'STRM', letter: 'S', family: 'wait', word: 'waiting on a stream' },
  [State.bank]: { code: 'BANK', letter: 'B', family: 'wait', word: 'waiting on a memory bank' },
  [State.dma]: { code: 'DMA', letter: 'D', family: 'wait', word: 'waiting on memory' },
  [State.done]: { code: 'DONE', letter: '✓', family: 'done', word: 'done' },
  [State.fault]: { code: 'FAULT', letter: '✕', family: 'fault', word: 'stopped by a fault' },
  [State.token]: { code: 'TCT', letter: 'T', family: 'wait', word: 'waiting for a task token' },
  [State.barrier]: { code: 'BAR', letter: 'B', family: 'wait', word: 'waiting at a barrier' },
  [State.poll]: { code: 'POLL', letter: 'P', family: 'wait', word: 'polling' },
}

export function wordsOf(state: number): StateWords {
  return words[state] ?? unknownState
}

/** Cycles that a state has lasted, from the `since` column of a row; 0 when it is not known. */
export function lasted(since: number): number {
  return Math.max(0, since)
}

/** Progress and activity of cores are counted in thousandths. */
const thousand = 1000

/** One number of a core row; −1 when the frame does not know it. */
export function coreAt(frame: Frame, core: number, column: number): number {
  return core < 0 ? -1 : (frame.words[frame.layout.cores + core * CoreColumn.size + column] ?? -1)
}

export function channelAt(frame: Frame, channel: number, column: number): number {
  if (channel < 0) return -1
  return frame.words[frame.layout.channels + channel * ChannelColumn.size + column] ?? -1
}

export function routeAt(frame: Frame, route: number, column: number): number {
  return frame.words[frame.layout.routes + route * RouteColumn.size + column] ?? -1
}

export function cellAt(frame: Frame, cell: number, column: number): number {
  return frame.words[frame.layout.cells + cell * CellColumn.size + column] ?? -1
}

export function ucAt(frame: Frame, uc: number, column: number): number {
  return frame.words[frame.layout.ucs + uc * UcColumn.size + column] ?? -1
}

/** Value of a lock. */
export function lockAt(frame: Frame, lock: number): number {
  return frame.words[frame.layout.locks + lock] ?? 0
}

/** Share of the present block that a core has worked through, 0 to 1. */
export function progressOf(frame: Frame, core: number): number {
  const progress = coreAt(frame, core, CoreColumn.progress)
  return progress < 0 ? 0 : Math.min(1, progress / thousand)
}

/** Share of the present descriptor that a channel has moved, 0 to 1. */
export function movedShare(frame: Frame, channel: number): number {
  const total = channelAt(frame, channel, ChannelColumn.total)
  return total > 0
    ? Math.min(1, Math.max(0, channelAt(frame, channel, ChannelColumn.words) / total))
    : 0
}

/** Share of the recent past in which a core ran, 0 to 1; −1 when it is not known. */
export function busyShare(frame: Frame, core: number): number {
  const busy = coreAt(frame, core, CoreColumn.busy)
  return busy < 0 ? -1 : Math.min(1, busy / thousand)
}

/** Does the core stand on a vector operation? */
export function isOnVector(frame: Frame, core: number): boolean {
  return coreAt(frame, core, CoreColumn.vector) > 0
}

export const RouteMoves = { idle: 0, moving: 1, stalled: 2 } as const

/** Is a cell empty, as far as the frame knows? */
export function isEmptyCell(frame: Frame, cell: number): boolean {
  const state = cellAt(frame, cell, CellColumn.state)
  return state < 0 || state === CellState.empty
}

/** What the legend counts. */
export interface Tally {
  readonly run: number
  readonly lock: number
  readonly waiting: number
  readonly moving: number
  readonly stalled: number
  readonly fault: number
  readonly done: number
}

/** Counts cores by state and routes by movement. */
export function tally(scene: Scene, frame: Frame): Tally {
  const out = { run: 0, lock: 0, waiting: 0, moving: 0, stalled: 0, fault: 0, done: 0 }
  for (let core = 0; core < scene.cores.length; core++) {
    const state = coreAt(frame, core, CoreColumn.state)
    const { family } = wordsOf(state)
    if (family === 'run') out.run++
    else if (state === State.lock) out.lock++
    else if (family === 'wait') out.waiting++
    else if (family === 'fault') out.fault++
    else if (family === 'done') out.done++
  }
  for (let route = 0; route < scene.routes.length; route++) {
    const moves = routeAt(frame, route, RouteColumn.state)
    if (moves === RouteMoves.moving) out.moving++
    else if (moves === RouteMoves.stalled) out.stalled++
  }
  return out
}
