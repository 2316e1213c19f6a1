import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { eventName, eventNumber } from '../../device/hw-events.ts'
import { EventRegister } from '../../device/registers/events.ts'
import { profileIds } from '../test-kit/bed.ts'
import { EventBed } from './test-kit/event-bed.ts'
import { HwEvent } from './vocabulary.ts'

for (const id of profileIds) {
  suite(`event modules of ${id}`, () => {
    it('name every number once and find it again by its name', () => {
      const bed = new EventBed(id)
      for (let row = 0; row < 3; row++) {
        for (const module of bed.modules(row)) {
          const names = module.names.filter((name) => name !== '')
          expect(new Set(names).size).toBe(names.length)
          for (const name of names) expect(eventName(module, eventNumber(module, name))).toBe(name)
          for (const { event } of module.groups) expect(module.names[event]).toContain('GROUP')
        }
      }
    })

    it('keep a fired event in the status until a 1 is written to its bit', () => {
      const bed = new EventBed(id)
      for (const row of [0, 1, 2]) {
        const user = bed.eventOf(row, 0, 'USER_EVENT_1')
        expect(bed.status(0, row, 0, user)).toBe(false)
        bed.generate(0, row, 0, user)
        bed.settle()
        expect(bed.status(0, row, 0, user)).toBe(true)
        bed.clearStatus(0, row, 0, user)
        bed.settle()
        expect(bed.status(0, row, 0, user)).toBe(false)
        expect(bed.status(1, row, 0, user)).toBe(false)
      }
    })

    it('put a member into its group only while the group enables it', () => {
      const bed = new EventBed(id)
      const module = bed.modules(2)[0]!
      const g = module.groups.findIndex((x) => module.names[x.event]!.startsWith('GROUP_ERRORS'))
      const group = module.groups[g]!
      const member = group.first + 9
      bed.set(0, 2, 0, EventRegister.group, g, 0)
      bed.generate(0, 2, 0, member)
      bed.settle()
      expect(bed.status(0, 2, 0, group.event)).toBe(false)
      bed.set(0, 2, 0, EventRegister.group, g, 1 << 9)
      bed.generate(0, 2, 0, member)
      bed.settle()
      expect(bed.status(0, 2, 0, group.event)).toBe(true)
    })

    it.each([
      [0, [false, false, false, true]],
      [1, [false, true, false, false]],
      [2, [false, true, true, true]],
      [3, [true, true, false, true]],
    ])('combine two events by operation %i', (operation, expected) => {
      for (const [i, [a, b]] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ].entries()) {
        const bed = new EventBed(id)
        const [x, y] = [bed.eventOf(2, 0, 'USER_EVENT_0'), bed.eventOf(2, 0, 'USER_EVENT_1')]
        const combo = bed.eventOf(2, 0, 'COMBO_EVENT_0')
        bed.set(0, 2, 0, EventRegister.comboInputs, 0, x | (y << 8))
        bed.set(0, 2, 0, EventRegister.comboControl, 0, operation)
        bed.countOccurrences(0, 2, 0, 0, combo)
        bed.run(10)
        const before = bed.counter(0, 2, 0, 0)
        if (a) bed.generate(0, 2, 0, x)
        if (b) bed.generate(0, 2, 0, y)
        bed.run(1)
        const counted = bed.counter(0, 2, 0, 0) - before === 1
        // The list is in the order of a, b as two bits.
        expect(counted).toBe(expected[[0, 1, 2, 3][i]!])
      }
    })

    it('detect the edges of a level and of a pulse', () => {
      const bed = new EventBed(id)
      const user = bed.eventOf(2, 0, 'USER_EVENT_0')
      const edge = (n: number) => bed.eventOf(2, 0, `EDGE_DETECTION_EVENT_${n}`)
      bed.set(0, 2, 0, EventRegister.edges, 0, user | 0x200 | ((user | 0x400) << 16))
      bed.countOccurrences(0, 2, 0, 0, edge(0))
      bed.countOccurrences(0, 2, 0, 1, edge(1))
      bed.run(5)
      for (let i = 0; i < 3; i++) {
        bed.generate(0, 2, 0, user)
        bed.run(4)
      }
      expect([bed.counter(0, 2, 0, 0), bed.counter(0, 2, 0, 1)]).toEqual([3, 3])
    })

    it('see DMA events under the number of their channel, and of mem tiles by selection', () => {
      const bed = new EventBed(id)
      const coreModule = id === 'aie4' ? 0 : 1
      bed.array.hwEvents.pulse(bed.tile(0, 2), HwEvent.dmaStartTask, 1)
      expect(
        bed.status(0, 2, coreModule, bed.eventOf(2, coreModule, 'DMA_S2MM_1_START_TASK')),
      ).toBe(true)
      const sel1 = bed.eventOf(1, 0, 'DMA_S2MM_SEL1_FINISHED_BD')
      bed.array.hwEvents.pulse(bed.tile(0, 1), HwEvent.dmaFinishedBd, 3)
      expect(bed.status(0, 1, 0, sel1)).toBe(false)
      bed.set(0, 1, 0, EventRegister.dmaChannels, 0, 3 << 8)
      bed.array.hwEvents.pulse(bed.tile(0, 1), HwEvent.dmaFinishedBd, 3)
      expect(bed.status(0, 1, 0, sel1)).toBe(true)
    })

    it('see a selected lock taken, given, and at the value asked for', () => {
      const bed = new EventBed(id)
      const locks = bed.device.memTile.locks
      bed.set(0, 1, 0, EventRegister.lockSelect, 2, (5 << 16) | 3)
      const line = (name: string) => bed.status(0, 1, 0, bed.eventOf(1, 0, `LOCK_SEL2_${name}`))
      bed.write(0, 1, locks.value(5), 2)
      expect(line('EQUAL_TO_VALUE')).toBe(false)
      bed.write(0, 1, locks.value(5), 3)
      expect(line('EQUAL_TO_VALUE')).toBe(true)
      expect([line('ACQ_GE'), line('ACQ_EQ'), line('REL')]).toEqual([false, false, false])
      bed.read(0, 1, locks.requestOffset(5, true, -1))
      expect([line('ACQ_GE'), line('ACQ_EQ')]).toEqual([true, false])
      bed.read(0, 1, locks.requestOffset(5, true, 2))
      bed.read(0, 1, locks.requestOffset(5, false, 1))
      expect([line('ACQ_EQ'), line('REL')]).toEqual([true, true])
    })

    it('see a selected port run, and idle while it neither runs nor stalls', () => {
      const bed = new EventBed(id)
      const tile = bed.tile(0, 2)
      const { masters } = bed.device.coreTile.data
      const port = masters.findIndex((p) => p.bundle === 'dma' && p.channel === 1)
      bed.set(0, 2, 0, EventRegister.ports, 0, (0x20 | masters[port]!.id) << 8)
      const running = bed.eventOf(2, 0, 'PORT_RUNNING_1')
      bed.countOccurrences(0, 2, 0, 0, running)
      bed.countOccurrences(0, 2, 0, 1, bed.eventOf(2, 0, 'PORT_IDLE_1'))
      const start = bed.now
      bed.run(10)
      bed.array.hwEvents.level(tile, HwEvent.portRunning, port * 2, true)
      bed.run(7)
      bed.array.hwEvents.level(tile, HwEvent.portRunning, port * 2, false)
      bed.run(5)
      expect(bed.counter(0, 2, 0, 0)).toBe(7)
      expect(bed.counter(0, 2, 0, 1)).toBe(bed.now - start - 7)
      expect(bed.array.hwEvents.hears(tile, HwEvent.portRunning, port * 2)).toBe(true)
      expect(bed.array.hwEvents.hears(tile, HwEvent.portRunning, port * 2 + 1)).toBe(false)
    })

    it('raise a bus error where no register answers', () => {
      const bed = new EventBed(id)
      const name = id === 'aie4' ? 'AXI_MM_SLAVE_ERROR' : 'AXI_MM_SLAVE_ERROR'
      bed.read(0, 2, 0xffff0)
      expect(bed.status(0, 2, 0, bed.eventOf(2, 0, name))).toBe(true)
    })

    it('count spans that parts announce ahead of time as they pass', () => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 30 })), { maxLength: 12 }),
          fc.nat(90),
          (list, until) => {
            const bed = new EventBed(id)
            bed.countOccurrences(0, 2, 0, 0, bed.eventOf(2, 0, 'MEMORY_STALL'))
            bed.run(2)
            const from = bed.now
            for (const [begin, length] of list)
              bed.array.hwEvents.span(
                bed.tile(0, 2),
                HwEvent.coreMemoryStall,
                0,
                from + begin,
                from + begin + length,
              )
            bed.run(until)
            let expected = 0
            for (let t = from; t < from + until; t++)
              if (list.some(([b, n]) => t >= from + b && t < from + b + n)) expected++
            expect(bed.counter(0, 2, 0, 0)).toBe(expected)
          },
        ),
        { numRuns: 40 },
      )
    })
  })
}
