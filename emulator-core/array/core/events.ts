/** What cores write into the trace and the faults they raise. */

/** Trace kinds of the cores: `part` is the core, `a` and `b` as said here. */
export const CoreEvent = {
  /** Control was written so that the core runs; a = pc. */
  start: 100,
  /** Control was written so that the core stops; a = pc. */
  stop: 101,
  /** A `done` operation; a = pc. */
  done: 102,
  /** A trace event of the program; a = 0 or 1. */
  event: 103,
  /** A lock was not to be had: the core waits; a = lock as the core numbers it, b = amount. */
  lockWait: 104,
  /** A lock was acquired; a = lock, b = amount. */
  lockAcquired: 105,
  /** A lock was released; a = lock, b = amount. */
  lockReleased: 106,
  /** A fault; a = its code, b = its detail. */
  fault: 107,
} as const

/** Fault codes of the cores: `part` is the core. */
export const CoreFault = {
  /**
   * A load or store outside all windows; detail = address. The load gives 0, the store is dropped.
   */
  addressOutOfRange: 100,
  /** A load or store in the window of a neighbour that is not there; detail = address. */
  addressUnavailable: 101,
  /**
   * An address that is not a multiple of its access; detail = address. The low bits are ignored.
   */
  unaligned: 102,
  /** No operation has this encoding; detail = pc. The core stops. */
  illegalInstruction: 103,
  /** A lock of a neighbour that is not there; detail = lock. The core stops. */
  lockUnavailable: 104,
  /** The program counter left program memory; detail = pc. The core stops. */
  programOutOfRange: 105,
  /**
   * An access of the processor bus while it is off, or to an offset without a register; detail =
   * offset. A read gives 0, a write is dropped.
   */
  busError: 106,
} as const

/**
 * Why a core is halted, as bits: those of the debug status register, and the error halt above them.
 */
export const Halt = {
  control: 1,
  programCounter: 2,
  memoryStall: 4,
  lockStall: 8,
  streamStall: 16,
  event0: 32,
  event1: 64,
  /** All of debug. */
  debug: 127,
  error: 128,
} as const

/** What a core is doing. */
export const CoreState = {
  /** Reset, or enable cleared. */
  stopped: 0,
  running: 1,
  /** Waiting for a lock. */
  waiting: 2,
  done: 3,
  faulted: 4,
  /** Waiting for a stream port. */
  stream: 5,
  /** Waiting for the cascade. */
  cascade: 6,
} as const
