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
}

/** The uC firmware, as the management firmware directs it. */
export interface UcControl {
  /** The context gets its uCs: they look at its queue from now on. */
  attach(context: number, setup: UcSetup): void
  /** The context loses its uCs; what they were doing is dropped. */
  detach(context: number): void
  /** The doorbell of an attached context was rung. */
  doorbell(context: number): void
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
