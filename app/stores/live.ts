/**
 * Live: what the machine says about itself at a pace for people. Never kept. Numbers of single frames are not
 * here; `moment` follows them at most ten times a second and exactly when the machine stands.
 */
import { create } from 'zustand'
import type { Scene } from '../../emulator-core/worker/frame.ts'
import type {
  Narration,
  Problem,
  ResultInfo,
  StopInfo,
} from '../../emulator-core/worker/protocol.ts'

/** The header of a recent frame. Ticks are absolute; people see `tick − origin`. */
export interface Moment {
  readonly tick: number
  readonly origin: number
  readonly recordedEnd: number
  readonly historyStart: number
  readonly historyBytes: number
  readonly historyLimitBytes: number
  readonly rate: number
  readonly event: number
  readonly eventCount: number
  readonly blocksDone: number
}

/** Engines (cores, uCs, the host) that stand on one line of a source. */
export interface Standing {
  readonly file: string
  readonly line: number
  readonly running: number
  readonly waiting: number
  readonly parts: readonly string[]
  /** Tokens that have come, where one of them waits for tokens. */
  readonly tokens?: number
}

export interface BoundBreakpoint {
  readonly file: string
  readonly line: number
  readonly on?: 'barrier'
  readonly bound: boolean
  /** What stops there, when it is more than the line. */
  readonly what?: string
  readonly reason?: string
}

/** Diagnostics of one version of one file; the file name '' stands for the project as a whole. */
export interface Checked {
  readonly version: number
  readonly problems: readonly Problem[]
}

export interface Live {
  /** `starting` until the worker answers, `silent` while it does not, `dead` after a bug notice. */
  readonly engine: 'starting' | 'ready' | 'silent' | 'dead'
  readonly bug: string | undefined
  readonly building: boolean
  /** The sources have changed since the machine was built. */
  readonly stale: boolean
  readonly scene: Scene | undefined
  readonly generated: Readonly<Record<string, string>>
  readonly running: boolean
  readonly stop: StopInfo | undefined
  /** Grows when the past was changed; what was asked before is no longer true. */
  readonly epoch: number
  readonly checked: Readonly<Record<string, Checked>>
  readonly results: readonly ResultInfo[]
  readonly status: string
  readonly console: string
  readonly moment: Moment
  readonly standing: readonly Standing[]
  readonly bound: readonly BoundBreakpoint[]
  readonly narration: readonly Narration[]
  /** Index of the sentence about this moment, or −1. */
  readonly narrationNow: number
}

export const noMoment: Moment = {
  tick: 0,
  origin: 0,
  recordedEnd: 0,
  historyStart: 0,
  historyBytes: 0,
  historyLimitBytes: 0,
  rate: 0,
  event: 0,
  eventCount: 0,
  blocksDone: 0,
}

export const freshLive: Live = {
  engine: 'starting',
  bug: undefined,
  building: false,
  stale: false,
  scene: undefined,
  generated: {},
  running: false,
  stop: undefined,
  epoch: 0,
  checked: {},
  results: [],
  status: '',
  console: '',
  moment: noMoment,
  standing: [],
  bound: [],
  narration: [],
  narrationNow: -1,
}

export const useLive = create<Live>()(() => freshLive)

const troubles: ReadonlySet<StopInfo['kind']> = new Set([
  'fault',
  'deadlock',
  'spinning',
  'refused',
  'mismatch',
  'limit',
])

/** True for a stop that nobody asked for. */
export const isTrouble = (stop: StopInfo | undefined): boolean =>
  stop !== undefined && troubles.has(stop.kind)

/** How many problems of a severity there are in all files. */
export function countProblems(checked: Live['checked'], severity?: Problem['severity']): number {
  let count = 0
  for (const { problems } of Object.values(checked)) {
    count += severity ? problems.filter((one) => one.severity === severity).length : problems.length
  }
  return count
}
