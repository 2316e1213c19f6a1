/** What CERT needs from the parts around a uC. */

/**
 * The register bus of the array. Addresses are absolute; CERT adds its context's first column. A read of a
 * lock-request address makes the request; an unmapped address reads 0 and is reported by the array.
 */
export interface ArrayBus {
  read32(address: number): number
  write32(address: number, value: number): void
  /** Is there a tile at an address? Where there is none, the bus answers with an error. */
  reaches(address: number): boolean
}

/** Host memory as a context sees it; false means that the address has no mapping. */
export interface HostMemory {
  read(context: number, address: number, target: Uint8Array, at: number, count: number): boolean
  write32(context: number, address: number, value: number): boolean
}

/** The completion interrupt of a context. */
export interface Completion {
  raise(context: number): void
}

/** What a context's uCs tell the controller that schedules contexts. */
export interface ContextEvents {
  /**
   * The context has done what `requestSwitch` asked for: it does nothing any more and may be detached; attaching
   * it again lets it go on. `atPoint`: in the middle of a command, with its memories saved.
   */
  switched(context: number, atPoint: boolean): void
  /** The context cannot go on. `error` is a `contextError` of device/uc-facts.ts. */
  failed(context: number, error: number): void
}

/** Moments of a chain and of its descriptors. */
export const UcDmaMoment = { startTask: 0, startBd: 1, finishedBd: 2, finishedTask: 3 } as const
export type UcDmaMoment = (typeof UcDmaMoment)[keyof typeof UcDmaMoment]

/** The event units of the tile that a uC sits in. */
export interface UcDmaEvents {
  moment(uc: number, what: UcDmaMoment): void
  /** The uC-DMA has something to do from now on, or nothing any more. */
  running(uc: number, on: boolean): void
}

export interface CertConnections {
  readonly array: ArrayBus
  readonly host: HostMemory
  readonly completion: Completion
  /** Absent where nobody schedules contexts. */
  readonly events?: ContextEvents
  /** Absent where the tiles have no events of a uC-DMA. */
  readonly dmaEvents?: UcDmaEvents
}

/** Where a context's queue is and what it runs on. The object may be reused: nothing here keeps it. */
export interface CertSetup {
  /** Device address of the host queue. */
  readonly queueAddress: number
  /** Physical uC numbers by the context's own numbering, lead first. */
  readonly ucs: readonly number[]
  /** First column of the context; array addresses and token columns count from here. Default 0. */
  readonly startColumn?: number
  /** Columns it has, as the handshake tells. */
  readonly columns?: number
  /** Every preemption point switches, wanted or not. */
  readonly forcePreemption?: boolean
}
