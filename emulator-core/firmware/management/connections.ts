/** What the management firmware needs from the parts it directs. */

/** Where a context's queue is and what it runs on. The object is reused: read it, do not keep it. */
export interface UcSetup {
  /** Device address of the host queue. */
  readonly queueAddress: number
  readonly pasid: number
  /** Physical uC numbers by the context's own index, lead first. */
  readonly ucs: readonly number[]
  /** First column; array addresses of the context count from here. */
  readonly startColumn: number
  readonly columns: number
  /** Every preemption point switches. */
  readonly forcePreemption: boolean
}

/** The uC firmware, as the management firmware directs it. */
export interface UcControl extends Partial<UcSwitching> {
  /** The context gets its uCs: they look at its queue from now on. */
  attach(context: number, setup: UcSetup): void
  /** The context loses its uCs; what they were doing is dropped. */
  detach(context: number): void
  /** The doorbell of an attached context was rung. */
  doorbell(context: number): void
}

/** What uCs can do besides, where they run contexts that share the array in time. */
export interface UcSwitching {
  /** Asks a context to leave at its next preemption point or between two commands; it answers later, when it has. */
  requestSwitch(context: number): void
  /** The context will not come back: what was kept of it is dropped. */
  forget(context: number): void
  /** Ticks that an operation may wait. */
  setTimeLimit(ticks: number): void
  /** Packets of the context's open chain that are behind it. */
  runListIndex(context: number): number
  /** Fills the uC records of a health report; returns their number. */
  health(context: number, words: Uint32Array, at: number): number
}

/** The array, as the management firmware resets it between contexts. */
export interface TileReset {
  /** Puts columns into their reset state; `clearMemory` when they pass to another process. */
  reset(startColumn: number, columns: number, clearMemory: boolean): void
}

/** Tiles, as the management firmware reaches them: by register. */
export interface TileRegisters {
  read32(address: number): number
  write32(address: number, value: number): void
}
