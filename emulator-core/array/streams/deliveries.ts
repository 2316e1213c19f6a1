/**
 * Deliveries: hands the packets that reach a controller's port to that controller.
 *
 *     network ── packets ──▶ ┌────────────┐ ── token(uc, word, place) ──▶ controller
 *                            └────────────┘
 *
 * Simplified  a controller always takes what comes
 */
import type { Device } from '../../device/tiles.ts'
import type { Slot } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Streams } from './streams.ts'

export class Deliveries {
  /** Tokens delivered to each controller since the machine was made. */
  readonly delivered: Float64Array
  /** Place of a controller's next word in its packet. */
  private readonly place: Int32Array
  private readonly slots: Slot[]
  private readonly sim: Sim
  private readonly streams: Streams
  private readonly token: (uc: number, word: number, place: number) => void

  constructor(
    sim: Sim,
    device: Device,
    streams: Streams,
    token: (uc: number, word: number, place: number) => void,
  ) {
    this.sim = sim
    this.streams = streams
    this.token = token
    this.delivered = sim.state.f64('array.token.delivered', device.uc.count)
    this.place = sim.state.i32('array.token.place', device.uc.count)
    this.slots = Array.from({ length: device.uc.count }, (_, uc) => {
      const slot = sim.schedule.slot(`array.uc-port.${uc}`, () => this.run(uc))
      streams.bind(-1, streams.ends.firstUcSink + uc, slot)
      streams.waitForWords(streams.ends.firstUcSink + uc)
      return slot
    })
  }

  private run(uc: number): void {
    const { streams } = this
    const sink = streams.ends.firstUcSink + uc
    for (let left = streams.arrived(sink); left > 0; left--) {
      const at = streams.readAt(sink)
      const word = streams.fifo.u32[at]!
      const isLast = streams.lastFlags.u8[at] !== 0
      streams.consume(sink, 1)
      if (this.place[uc] === 0) this.delivered[uc]!++
      this.token(uc, word, this.place[uc]!)
      this.place[uc] = isLast ? 0 : this.place[uc]! + 1
    }
    const next = streams.nextArrival(sink, 1)
    if (next === never) streams.waitForWords(sink)
    else this.sim.schedule.at(this.slots[uc]!, next)
  }
}
