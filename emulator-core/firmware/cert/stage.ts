/** What the classes of operations share: the runner's side, stages, and what is known of images. */

/** What an operation can ask of the runner. */
export interface OperationListener {
  /** Runs the chain of pages from `page` for a reason (`Chain`); a load then tries the job again as loaded. */
  load(uc: number, page: number, chain: number): void
  /** Stops the command. `error` is a detail of device/uc-facts.ts. */
  fail(uc: number, error: number, fault: number, detail: number): void
  /** No tile is at an address: the bus answered with an error. */
  busError(uc: number, address: number): void
}

/** Stages of an operation that takes more than one attempt. */
export const Stage = {
  first: 0,
  loading: 1,
  loaded: 2,
  requested: 3,
  /** A switch is wanted at this preemption point. */
  saving: 4,
  /** The memories are restored; all uCs meet before they go on. */
  restored: 5,
} as const

/** What is known of an image: nothing, the page it came from, or only its number (LOAD_CORES_CP). */
export const Known = { nothing: 0, page: 1, inline: 2 } as const
