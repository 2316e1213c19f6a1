/** A trace unit of a mem tile sends what it sees to host memory, by register writes alone. */
import { describe as suite, expect, it } from 'vitest'
import { EventRegister } from '../../device/registers/events.ts'
import { decodeTrace, type TraceSpan } from '../hw-events/decode-trace.ts'
import { EventBed } from '../hw-events/test-kit/event-bed.ts'
import { profileIds } from '../test-kit/bed.ts'

const [data, capture] = [0x4_0000, 0x8_0000]
const mem = [0, 1, 0] as const
const words = 64

/** Cycles in which a slot was on. */
const cyclesOf = (spans: readonly TraceSpan[], slot: number) =>
  spans.reduce((sum, s) => sum + (((s.mask >> slot) & 1) !== 0 ? s.end - s.begin : 0), 0)

for (const id of profileIds) {
  suite(`a trace of ${id}`, () => {
    it('reaches host memory and says when a port ran and a task began and ended', () => {
      const bed = new EventBed(id)
      const isAie4 = bed.device.generation === 'aie4'
      // Data: mem tile MM2S 0 to shim S2MM 0.
      const send = bed.channel(1, 'mm2s', 0)
      const receive = bed.channel(0, 's2mm', 0)
      bed.circuit(0, 1, ['dma', 0], ['south', 0])
      bed.circuit(0, 0, ['north', 0], bed.shimPort(0, 's2mm', 0))
      bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: words })
      bed.bd(0, 0, receive, 0, { ...bed.hostAddress(data), length: words })
      for (let i = 0; i < words; i++) bed.array.memDm.write32(4 * i, i)
      // Trace: its own way down, and a channel that takes it.
      const channels = bed.device.shimTile.channels
      const taker = isAie4 ? channels.find((c) => c.role === 'trace')! : bed.channel(0, 's2mm', 1)
      if (isAie4) {
        bed.circuit(0, 1, ['trace', 0], ['south', 0], 'control')
        bed.circuit(0, 0, ['north', 0], ['bridge', 0], 'control')
        bed.circuit(0, 0, ['bridge', 0], ['traceDma', 0])
      } else {
        bed.circuit(0, 1, ['trace', 0], ['south', 1])
        bed.circuit(0, 0, ['north', 1], bed.shimPort(0, 's2mm', 1))
      }
      const first = isAie4 ? 0 : 1
      bed.bd(0, 0, taker, first, { ...bed.hostAddress(capture), length: 1024 })
      bed.push(0, 0, taker, first)
      // What is traced: the slave port of MM2S 0, and the tasks of the selected MM2S channel.
      const slots = ['PORT_RUNNING_0', 'DMA_MM2S_SEL0_START_TASK', 'DMA_MM2S_SEL0_FINISHED_TASK']
      const event = (name: string) => bed.eventOf(1, 0, name)
      bed.set(...mem, EventRegister.ports, 0, 0)
      bed.set(
        ...mem,
        EventRegister.traceEvents,
        0,
        slots.reduce((word, name, s) => word | (event(name) << (8 * s)), 0),
      )
      const [start, stop] = [event('USER_EVENT_0'), event('USER_EVENT_1')]
      bed.set(...mem, EventRegister.traceControl, 1, (3 << 12) | 7)
      bed.set(...mem, EventRegister.traceControl, 0, ((start << 16) | (stop << 24)) >>> 0)
      bed.settle()
      bed.generate(...mem, start)
      bed.run(10)
      bed.push(0, 0, receive, 0)
      bed.push(0, 1, send, 0)
      bed.settle()
      bed.generate(...mem, stop)
      bed.settle()

      expect(bed.hostWords(data, words)).toEqual(Array.from({ length: words }, (_, i) => i))
      const number = bed.array.channelNumber(0, 0, channels.indexOf(taker))
      const taken = bed.array.channel(number).wordsDone
      expect(taken).toBeGreaterThan(0)
      expect(taken % 8).toBe(0)
      const [trace, ...others] = decodeTrace(bed.hostWords(capture, taken))
      expect(others).toEqual([])
      expect(trace).toMatchObject({ column: 0, row: 1, type: 3, id: 7, isDamaged: false })
      const beat = bed.device.memTile.data.beatBytes / 4
      expect(slots.map((_, s) => cyclesOf(trace!.spans, s))).toEqual([words / beat, 1, 1])
      expect(bed.array.notes()).toEqual([])
    })

    it('does not change when anything happens', () => {
      const end = [false, true].map((isWatched) => {
        const bed = new EventBed(id)
        const send = bed.channel(1, 'mm2s', 0)
        const receive = bed.channel(0, 's2mm', 0)
        bed.circuit(0, 1, ['dma', 0], ['south', 0])
        bed.circuit(0, 0, ['north', 0], bed.shimPort(0, 's2mm', 0))
        bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: 1500 })
        bed.bd(0, 0, receive, 0, { ...bed.hostAddress(data), length: 1500 })
        bed.settle()
        const start = bed.now
        bed.push(0, 0, receive, 0)
        bed.push(0, 1, send, 0)
        // Somebody begins to listen while words are under way, and stops again.
        bed.sim.schedule.runUntil(start + 420)
        if (isWatched) {
          bed.countOccurrences(...mem, 0, bed.eventOf(1, 0, 'PORT_RUNNING_0'))
          bed.sim.schedule.runUntil(start + 900)
          bed.countOccurrences(...mem, 0, 0)
        }
        bed.settle(start + 100_000)
        const at = bed.array.channel(bed.number(0, 0, 's2mm', 0))
        return [at.state, at.since - start, at.wordsDone]
      })
      expect(end[1]).toEqual(end[0])
    })
  })
}
