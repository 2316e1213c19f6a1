/**
 * Trace ports: where trace units hand their packets to the switches.
 *
 *     trace unit ── offer ──▶ ┌────────────┐ ── packet ──▶ network
 *                ◀── ready ── └────────────┘
 */
import type { Sim } from '../../sim/sim.ts'
import type { Streams } from './streams.ts'

/** Words that wait at a trace port at most; a choice, nothing is published. */
const holds = 32

export class TracePorts {
  private readonly streams: Streams

  /** `ready(unit)`: a unit whose packet was refused may offer it again. */
  constructor(sim: Sim, streams: Streams, ready: (unit: number) => void) {
    this.streams = streams
    const { firstTraceSource, sourceCount } = streams.ends
    for (let source = firstTraceSource; source < sourceCount; source++) {
      const unit = source - firstTraceSource
      const slot = sim.schedule.slot(`array.trace-port.${unit}`, () => ready(unit))
      streams.bind(source, -1, slot)
    }
  }

  /**
   * Takes a packet of a trace unit, or answers false and lets the unit know when there is room.
   * Units are counted over the array, tile after tile.
   */
  offer(unit: number, words: Int32Array, at: number, count: number): boolean {
    const { streams } = this
    const source = streams.ends.firstTraceSource + unit
    if (Math.min(holds - streams.waiting(source), streams.room(source, true)) < count) {
      streams.waitForRoom(source)
      return false
    }
    for (let i = 0; i < count; i++) {
      streams.fifo.i32[streams.writeAt(source)] = words[at + i]!
      streams.post(source, 1, i + 1 === count)
    }
    return true
  }
}
