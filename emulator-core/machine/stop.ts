/** Goals and stops: where to run to, and where and why the machine stood still. */
import type { Tick } from '../sim/scheduler.ts'

export type StopKind =
  /** The goal was reached. */
  | 'goal'
  | 'breakpoint'
  /** The host program reached its end; its own status says how. */
  | 'end'
  /** Nothing is scheduled and somebody waits. */
  | 'deadlock'
  /** Only polls are scheduled, and nothing left running can satisfy them. */
  | 'spinning'
  | 'fault'
  /** The cycle limit was reached. */
  | 'limit'
  /** The beginning of kept history. */
  | 'start'
  | 'pause'

export interface Stop {
  readonly kind: StopKind
  readonly tick: Tick
  /** Part number to look at, when there is one. */
  readonly part?: number
}

/** A point of emulated time: after everything due up to `tick`, or in the middle of it after `event` trace records. */
export interface Moment {
  readonly tick: Tick
  readonly event?: number
}
