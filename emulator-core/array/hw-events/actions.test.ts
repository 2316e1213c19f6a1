import { describe as suite, expect, it } from 'vitest'
import { EventRegister } from '../../device/registers/events.ts'
import { profileIds } from '../test-kit/bed.ts'
import { EventBed } from './test-kit/event-bed.ts'
import { HwEvent } from './vocabulary.ts'

/** Registers of the core block behind its control register. */
const place = { enable: 8, reset: 12, debug1: 20 }

for (const id of profileIds) {
  suite(`core actions on ${id}`, () => {
    it('enable, disable and reset a core by the events that its registers select', () => {
      const bed = new EventBed(id)
      const { control } = bed.device.core
      const [u0, u1, u2] = [0, 1, 2].map((n) => bed.eventOf(2, 0, `USER_EVENT_${n}`)) as [
        number,
        number,
        number,
      ]
      const state = () => bed.read(0, 2, control) & 3
      bed.write(0, 2, control, 0)
      bed.write(0, 2, control + place.enable, u0 | (u1 << 8))
      bed.write(0, 2, control + place.reset, u2)
      bed.settle()
      expect(state()).toBe(0)
      bed.generate(0, 2, 0, u0)
      bed.settle()
      expect(state()).toBe(1)
      bed.generate(0, 2, 0, u1)
      bed.settle()
      expect(state()).toBe(0)
      bed.generate(0, 2, 0, u2)
      bed.settle()
      expect(state()).toBe(2)
      expect(bed.read(0, 3, control) & 3).toBe(2)
    })

    it('act once on an event that stays on', () => {
      const bed = new EventBed(id)
      const { control } = bed.device.core
      bed.write(0, 2, control, 0)
      bed.write(0, 2, control + place.enable, bed.eventOf(2, 0, 'MEMORY_STALL'))
      bed.array.hwEvents.level(bed.tile(0, 2), HwEvent.coreMemoryStall, 0, true)
      bed.run(5)
      expect(bed.read(0, 2, control) & 3).toBe(1)
      bed.write(0, 2, control, 0)
      bed.run(5)
      expect(bed.read(0, 2, control) & 3).toBe(0)
    })

    it('halt a core by the events that its debug register selects', () => {
      const bed = new EventBed(id)
      const { control } = bed.device.core
      const user = bed.eventOf(2, 0, 'USER_EVENT_0')
      bed.write(0, 2, control + place.debug1, user << 16)
      bed.generate(0, 2, 0, user)
      bed.settle()
      expect(bed.array.cores.halted[0]).toBe(1)
    })

    it('keep a core from running ahead while its instructions are listened to', () => {
      const bed = new EventBed(id)
      const { hwEvents, cores } = bed.array
      const far = bed.now + 1000
      bed.sim.schedule.runUntil(far)
      expect(hwEvents.isWatched(0)).toBe(false)
      expect(cores.surroundings.horizon(0)).toBeGreaterThan(bed.now)
      bed.countOccurrences(0, 2, 0, 0, bed.eventOf(2, 0, 'INSTR_VECTOR'))
      bed.settle()
      expect(hwEvents.hears(bed.tile(0, 2), HwEvent.vector, 0)).toBe(true)
      expect(hwEvents.isWatched(0)).toBe(true)
      expect(hwEvents.isWatched(1)).toBe(false)
      expect(cores.surroundings.horizon(0)).toBe(bed.now)
      bed.set(0, 2, 0, EventRegister.counterEvents, 0, 0)
      bed.settle()
      expect(hwEvents.isWatched(0)).toBe(false)
    })

    it('are the same after a checkpoint was loaded', () => {
      const bed = new EventBed(id)
      const user = bed.eventOf(0, 0, 'USER_EVENT_1')
      bed.set(0, 0, 0, EventRegister.broadcast, 2, user)
      const heard = bed.eventOf(5, 0, 'BROADCAST_2')
      bed.countOccurrences(1, 5, 0, 1, heard)
      bed.run(3)
      bed.generate(0, 0, 0, user)
      bed.run(4)
      const saved = bed.save()
      bed.run(60)
      const straight = [bed.counter(1, 5, 0, 1), bed.checksum()]
      expect(straight[0]).toBe(1)
      bed.load(saved)
      bed.run(60)
      expect([bed.counter(1, 5, 0, 1), bed.checksum()]).toEqual(straight)
      const other = new EventBed(id)
      other.load(saved)
      other.run(60)
      expect([other.counter(1, 5, 0, 1), other.checksum()]).toEqual(straight)
    })
  })
}
