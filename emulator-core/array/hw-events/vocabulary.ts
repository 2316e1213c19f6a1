/**
 * What the parts of a tile tell its event units: the silicon's own events by meaning. `device/`
 * says which number each has in which module of which tile.
 */
import type { Tick } from '../../sim/scheduler.ts'

/** The meaning of an event; `index` says which of several, as written beside each group. */
export const HwEvent = {
  // DMA: index = place of the channel in the tile's `TileMap.channels`. Pulses.
  dmaStartTask: 0,
  dmaStartBd: 1,
  dmaFinishedBd: 2,
  dmaFinishedTask: 3,
  dmaError: 4,
  // DMA: index as above. Levels.
  dmaLockStall: 8,
  dmaStreamStall: 9,
  dmaMemoryStall: 10,
  dmaTokenStall: 11,
  dmaRunning: 12,
  // Locks: index = lock of the tile. Pulses.
  lockAcquiredEqual: 16,
  lockAcquiredAtLeast: 17,
  lockReleased: 18,
  lockError: 19,
  /** The value was set or changed; the unit compares it with what a selector asks for. */
  lockChanged: 20,
  // Stream switches: index = `portArg(fabric, port)` · 2 + (1 for a slave port). Levels.
  portRunning: 24,
  portStalled: 25,
  // Stream switches: index as above. Pulse.
  portLast: 26,
  // Errors of switches and of the register bus: index = application half. Pulses.
  controlPacketError: 32,
  streamParity: 33,
  busError: 34,
  // Data memory: index = bank. Pulses, one per lost cycle.
  bankConflict: 40,
  // The core: index 0 where nothing is said. Levels.
  coreActive: 48,
  coreDisabled: 49,
  coreMemoryStall: 50,
  coreStreamStall: 51,
  coreCascadeStall: 52,
  coreLockStall: 53,
  coreDebugHalted: 54,
  // The core. Pulses.
  /** index = number of the instruction event. */
  instructionEvent: 64,
  call: 65,
  return: 66,
  vector: 67,
  load: 68,
  store: 69,
  /** index = stream port. */
  streamGet: 70,
  streamPut: 71,
  cascadeGet: 72,
  cascadePut: 73,
  lockAcquireRequest: 74,
  lockReleaseRequest: 75,
  matrix: 76,
  move: 77,
  alu: 78,
  /** index = PC event register. */
  programCounter: 79,
  dmAddressOutOfRange: 80,
  dmAddressUnavailable: 81,
  pmAddressOutOfRange: 82,
  coreLockUnavailable: 83,
  instructionError: 84,
  processorBusError: 85,
  /** index = pair of PC event registers. Level: the program counter lies between the two. */
  programRange: 86,
  // uC-DMA: index = half for writes to the array or the host (2 + half would be reads). Pulses.
  ucDmaStartTask: 88,
  ucDmaStartBd: 89,
  ucDmaFinishedBd: 90,
  ucDmaFinishedTask: 91,
  // uC-DMA: index as above. Level.
  ucDmaRunning: 92,
} as const
export type HwEvent = (typeof HwEvent)[keyof typeof HwEvent]

/** The event units as the parts see them. `tile` is the tile's number over the array. */
export interface HwEventSink {
  /** An event of one cycle, at the present tick. */
  pulse(tile: number, event: HwEvent, index: number): void
  /** A level event begins or ends at the present tick. */
  level(tile: number, event: HwEvent, index: number, on: boolean): void
  /**
   * A level event holds in the ticks `[begin, end)`, neither of which lies in the past: for parts
   * that move in batches.
   */
  span(tile: number, event: HwEvent, index: number, begin: Tick, end: Tick): void
  /**
   * Does anybody (a counter, a trace unit, a broadcast, an action) listen to this event of the
   * tile? A part may keep silent about what nobody listens to, except about pulses.
   */
  hears(tile: number, event: HwEvent, index: number): boolean
}
