import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { eventTimerSync, eventTimerValue, eventTrue } from '../../device/hw-event-module.ts'
import { EventRegister } from '../../device/registers/events.ts'
import { profileIds } from '../test-kit/bed.ts'
import { EventBed } from './test-kit/event-bed.ts'
import { HwEvent } from './vocabulary.ts'

const here = [0, 2, 0] as const

for (const id of profileIds) {
  suite(`performance counters of ${id}`, () => {
    it('count the cycles from a start event up to a stop event', () => {
      const bed = new EventBed(id)
      const [start, stop] = [bed.eventOf(2, 0, 'USER_EVENT_0'), bed.eventOf(2, 0, 'USER_EVENT_1')]
      bed.count(1, here, start, stop)
      bed.run(10)
      bed.generate(...here, start)
      bed.run(25)
      expect(bed.counter(...here, 1)).toBe(25)
      bed.generate(...here, stop)
      bed.run(100)
      expect(bed.counter(...here, 1)).toBe(25)
    })

    it('count occurrences when both events are the same', () => {
      const bed = new EventBed(id)
      const user = bed.eventOf(2, 0, 'USER_EVENT_0')
      bed.countOccurrences(...here, 0, user)
      for (let i = 0; i < 5; i++) {
        bed.run(3)
        bed.generate(...here, user)
      }
      bed.run(3)
      expect(bed.counter(...here, 0)).toBe(5)
    })

    it('tick with a period when they reset themselves by reaching a value', () => {
      const bed = new EventBed(id)
      const reached = bed.eventOf(2, 0, 'PERF_CNT_0')
      bed.countOccurrences(...here, 1, reached)
      bed.set(...here, EventRegister.compare, 0, 100)
      bed.set(...here, EventRegister.counterReset, 0, reached)
      bed.countOccurrences(...here, 0, eventTrue)
      bed.run(1000)
      expect(bed.counter(...here, 1)).toBe(9)
      bed.run(2)
      expect(bed.counter(...here, 1)).toBe(10)
      bed.run(100_000)
      expect(bed.counter(...here, 1)).toBe(1010)
    })

    it('wrap at 2^32 and go on without a reset', () => {
      const bed = new EventBed(id)
      bed.set(...here, EventRegister.compare, 0, 3)
      bed.countOccurrences(...here, 0, eventTrue)
      bed.set(...here, EventRegister.counter, 0, 2 ** 32 - 5)
      bed.run(4)
      expect(bed.counter(...here, 0)).toBe(2 ** 32 - 1)
      bed.run(6)
      expect(bed.counter(...here, 0)).toBe(5)
      expect(bed.status(...here, bed.eventOf(2, 0, 'PERF_CNT_0'))).toBe(true)
    })

    it('cost no scheduler work while nothing changes', () => {
      const bed = new EventBed(id)
      bed.countOccurrences(...here, 0, eventTrue)
      bed.run(10)
      let steps = 0
      while (bed.sim.schedule.runOne(2 ** 31)) steps++
      expect(steps).toBeLessThan(3)
      bed.sim.schedule.runUntil(2 ** 31)
      expect(bed.counter(...here, 0)).toBe(2 ** 31)
    })

    it('agree with a counter that looks at every cycle', () => {
      const step = fc.tuple(fc.nat(7), fc.integer({ min: 1, max: 9 }))
      fc.assert(
        fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
          const bed = new EventBed(id)
          const [u0, u1] = [bed.eventOf(2, 0, 'USER_EVENT_0'), bed.eventOf(2, 0, 'USER_EVENT_1')]
          const stall = bed.eventOf(2, 0, 'LOCK_STALL')
          const plan = [
            [u0, u1],
            [u1, u1],
            [stall, stall],
            [stall, u1],
          ] as const
          plan.forEach(([start, stop], c) => bed.count(c, here, start, stop))
          bed.run(3)
          const value = [0, 0, 0, 0]
          const running = [false, false, false, false]
          let level = false
          for (const [what, cycles] of steps) {
            if ((what & 1) !== 0) bed.generate(...here, u0)
            if ((what & 2) !== 0) bed.generate(...here, u1)
            if ((what & 4) !== 0) {
              level = !level
              bed.array.hwEvents.level(bed.tile(0, 2), HwEvent.coreLockStall, 0, level)
            }
            for (let i = 0; i < cycles; i++) {
              const isOn = (event: number) =>
                event === stall ? level : i === 0 && (what & (event === u0 ? 1 : 2)) !== 0
              plan.forEach(([start, stop], c) => {
                if (start === stop) running[c] = isOn(start)
                else if (isOn(stop)) running[c] = false
                else if (isOn(start)) running[c] = true
                if (running[c]) value[c]!++
              })
            }
            bed.run(cycles)
          }
          expect([0, 1, 2, 3].map((c) => bed.counter(...here, c))).toEqual(value)
        }),
        { numRuns: 25 },
      )
    })
  })

  suite(`timers of ${id}`, () => {
    it('raise an event when they show the trigger value', () => {
      const bed = new EventBed(id)
      bed.countOccurrences(...here, 0, eventTimerValue)
      bed.set(...here, EventRegister.timerTrigger, 1, 0)
      bed.set(...here, EventRegister.timerTrigger, 0, 500)
      bed.run(500)
      expect(bed.counter(...here, 0)).toBe(0)
      bed.run(1)
      expect(bed.counter(...here, 0)).toBe(1)
      expect(bed.status(...here, eventTimerValue)).toBe(true)
    })

    it('start anew with an event, and say so', () => {
      const bed = new EventBed(id)
      const user = bed.eventOf(2, 0, 'USER_EVENT_0')
      bed.set(...here, EventRegister.timerControl, 0, user << 8)
      bed.run(100)
      expect(bed.status(...here, eventTimerSync)).toBe(false)
      bed.generate(...here, user)
      bed.run(11)
      expect(bed.get(...here, EventRegister.timerValue, 0)).toBe(10)
      expect(bed.status(...here, eventTimerSync)).toBe(true)
    })

    it('are set to one time over the whole array by a broadcast, but for the way it takes', () => {
      const bed = new EventBed(id)
      const { columns } = bed.device
      const rows = 6
      const all = (act: (column: number, row: number, module: number) => void) => {
        for (let column = 0; column < columns; column++)
          for (let row = 0; row < rows; row++)
            for (let m = 0; m < bed.modules(row).length; m++) act(column, row, m)
      }
      all((column, row, m) => {
        const name = bed.modules(row)[m]!.names.find((n) => /^BROADCAST_(A_)?15$/.test(n))!
        bed.set(column, row, m, EventRegister.timerControl, 0, bed.eventOf(row, m, name) << 8)
      })
      bed.set(0, 0, 0, EventRegister.broadcast, 15, bed.eventOf(0, 0, 'USER_EVENT_1'))
      bed.run(777)
      bed.generate(0, 0, 0, bed.eventOf(0, 0, 'USER_EVENT_1'))
      bed.run(200)
      const { broadcastVertical: v, broadcastHorizontal: h } = bed.device.timing
      all((column, row, m) => {
        const time = bed.get(column, row, m, EventRegister.timerValue, 0)
        if (row === 0 && (column > 0 || m > 0)) return expect(time).toBe(977)
        const way = bed.device.generation === 'aie4' ? 2 * h * column : 2 * h * column + h * m
        if (bed.device.generation !== 'aie4' || row > 1 || m === 0)
          expect(time).toBe(199 - v * row - way)
      })
    })
  })
}

suite('counters of AIE4', () => {
  it('are copied to their snapshots by an event', () => {
    const bed = new EventBed('aie4')
    const user = bed.eventOf(2, 0, 'USER_EVENT_0')
    bed.set(...here, EventRegister.snapshotLoad, 0, user)
    bed.countOccurrences(...here, 7, eventTrue)
    bed.run(40)
    bed.generate(...here, user)
    bed.run(60)
    expect(bed.get(...here, EventRegister.snapshot, 7)).toBe(40)
    expect(bed.counter(...here, 7)).toBe(100)
  })

  it('of the halves of a tile count on their own', () => {
    const bed = new EventBed('aie4')
    for (const half of [0, 1]) {
      const user = bed.eventOf(1, half, 'USER_EVENT_0')
      bed.countOccurrences(0, 1, half, 0, user)
      for (let i = 0; i <= half; i++) {
        bed.run(2)
        bed.generate(0, 1, half, user)
      }
    }
    bed.run(2)
    expect([bed.counter(0, 1, 0, 0), bed.counter(0, 1, 1, 0)]).toEqual([1, 2])
  })
})
