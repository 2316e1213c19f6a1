/**
 * What a comparison of layouts is asked and answers: plain data that travels to the page.
 */

/** Ways of handing out columns: the firmware's own, and the modes of a solver. */
export const placementStrategies = ['firmware', 'static', 'dynamic', 'temporal', 'group'] as const
export type PlacementStrategy = (typeof placementStrategies)[number]

/** One context that comes, has jobs, and goes. */
export interface WorkloadTask {
  readonly name: string
  readonly tiles: number
  readonly arriveUs: number
  readonly jobs: number
  readonly jobUs: number
  /** Microseconds between preemption points; it leaves between jobs only when absent. */
  readonly pointUs?: number
  readonly band?: 'idle' | 'normal' | 'focus' | 'realtime'
  readonly process?: number
  /** Makes its partition exclusive, for a solver. */
  readonly latencyMs?: number
  /** Whose requests may share, for the mode of groups. */
  readonly group?: number
  /** Place of its partition in the layout; the first that is wide enough when absent. */
  readonly partition?: number
}

export interface ComparisonRequest {
  readonly strategy: PlacementStrategy
  readonly tasks: readonly WorkloadTask[]
  /** Static partitions, for the firmware's rule; one over all columns when absent. */
  readonly layout?: readonly { readonly start: number; readonly columns: number }[]
}

/** A time in which a task had a half column. */
export interface LaneSpell {
  readonly task: number
  readonly fromUs: number
  readonly toUs: number
  readonly kind: 'load' | 'run'
  /** How a run ended: the task was done, had to give way, or its partition moved. */
  readonly end?: 'done' | 'gaveWay' | 'moved'
}

export interface TaskOutcome {
  readonly name: string
  readonly arrivedUs: number
  /** −1 while it never ran or never finished. */
  readonly startedUs: number
  readonly finishedUs: number
  /** Time between arrival and end in which it did not work. */
  readonly waitedUs: number
  /** How often it had to give way with work left, and came back elsewhere. */
  readonly switches: number
  readonly migrations: number
  readonly errno?: string
  /** How its request was decided, one sentence each. */
  readonly steps: readonly string[]
}

export interface ComparisonResult {
  readonly strategy: PlacementStrategy
  readonly columns: number
  readonly finishUs: number
  readonly waitedUs: number
  readonly switches: number
  readonly migrations: number
  /** Column-microseconds without a running task until the last one finished, and their share of all. */
  readonly idleColumnUs: number
  readonly idleShare: number
  readonly tasks: readonly TaskOutcome[]
  /** Two lanes per column, half A first. */
  readonly lanes: readonly (readonly LaneSpell[])[]
}
