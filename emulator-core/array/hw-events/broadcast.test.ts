import { describe as suite, expect, it } from 'vitest'
import { EventRegister } from '../../device/registers/events.ts'
import { profileIds } from '../test-kit/bed.ts'
import { EventBed } from './test-kit/event-bed.ts'
import { Side } from './broadcast.ts'

/** Modules of the array in which broadcast 3 has been seen, as `column,row,module`. */
function reached(bed: EventBed): string[] {
  const list: string[] = []
  for (let column = 0; column < bed.device.columns; column++)
    for (let row = 0; row < 6; row++)
      bed.modules(row).forEach((module, m) => {
        const event = module.names.findIndex((n) => /^BROADCAST_(A_)?3$/.test(n))
        if (bed.status(column, row, m, event)) list.push(`${column},${row},${m}`)
      })
  return list
}

function send(bed: EventBed, column: number, row: number, module: number): void {
  const user = bed.eventOf(row, module, 'USER_EVENT_0')
  bed.set(column, row, module, EventRegister.broadcast, 3, user)
  bed.generate(column, row, module, user)
  bed.settle()
}

for (const id of profileIds) {
  suite(`broadcast on ${id}`, () => {
    it('from a shim goes up, then across, and never along the shim row', () => {
      const bed = new EventBed(id)
      send(bed, 1, 0, 0)
      const seen = reached(bed)
      for (let column = 0; column < bed.device.columns; column++) {
        expect(seen.includes(`${column},0,0`)).toBe(column === 1)
        for (let row = 1; row < 6; row++) expect(seen).toContain(`${column},${row},0`)
      }
    })

    it('from a core reaches every core and the column below', () => {
      const bed = new EventBed(id)
      send(bed, 0, 3, 0)
      const seen = reached(bed)
      for (let column = 0; column < bed.device.columns; column++)
        for (let row = 2; row < 6; row++) expect(seen).toContain(`${column},${row},0`)
      expect(seen).toContain('0,0,0')
    })

    it('stops at blocked sides, and the value registers show them', () => {
      const bed = new EventBed(id)
      bed.set(0, 3, 0, EventRegister.blockSet, Side.north, 1 << 3)
      bed.set(0, 2, 0, EventRegister.blockSet, Side.east, 0xffff)
      bed.set(0, 2, 0, EventRegister.blockClear, Side.east, 1 << 4)
      expect(bed.get(0, 2, 0, EventRegister.blockValue, Side.east)).toBe(0xffef)
      expect(bed.get(0, 2, 0, EventRegister.blockValue, Side.west)).toBe(0)
      send(bed, 0, 0, 0)
      const seen = reached(bed)
      expect(seen).toContain('0,3,0')
      expect(seen).not.toContain('0,4,0')
      expect(seen).toContain('1,3,0')
      expect(seen).not.toContain('1,2,0')
    })

    it('stops at the isolated side of a tile', () => {
      const bed = new EventBed(id)
      const { isolation } = bed.device.core
      bed.write(0, 3, isolation, 1)
      send(bed, 0, 0, 0)
      expect(reached(bed)).toContain('0,2,0')
      expect(reached(bed)).not.toContain('0,3,0')
    })

    it('carries a level for as long as it holds, one count a cycle', () => {
      const bed = new EventBed(id)
      const name = bed.modules(4)[0]!.names.find((n) => n === 'BROADCAST_3')!
      const heard = bed.eventOf(4, 0, name)
      bed.countOccurrences(0, 4, 0, 0, heard)
      const [u0, u1] = [bed.eventOf(0, 0, 'USER_EVENT_0'), bed.eventOf(0, 0, 'USER_EVENT_1')]
      bed.set(0, 0, 0, EventRegister.broadcast, 3, bed.eventOf(0, 0, 'COMBO_EVENT_0'))
      bed.set(0, 0, 0, EventRegister.comboInputs, 0, u0 | (u1 << 8))
      bed.run(20)
      expect(bed.counter(0, 4, 0, 0)).toBe(0)
      bed.set(0, 0, 0, EventRegister.comboControl, 0, 3)
      bed.run(13)
      bed.set(0, 0, 0, EventRegister.comboControl, 0, 0)
      bed.settle()
      expect(bed.counter(0, 4, 0, 0)).toBe(13)
    })
  })
}

suite('broadcast in core tiles of the AIE2 family', () => {
  it('enters the memory module from the core module and goes on east', () => {
    const bed = new EventBed('npu1')
    bed.set(0, 2, 1, EventRegister.blockSet, Side.east, 1 << 3)
    send(bed, 0, 2, 0)
    expect(reached(bed)).toContain('0,2,1')
    expect(reached(bed)).not.toContain('1,2,0')
    expect(reached(bed)).toContain('1,3,0')
  })

  it('reaches the first switch of a shim from cores and the second from memory modules', () => {
    const bed = new EventBed('npu1')
    bed.set(0, 0, 0, EventRegister.irqNumber, 0, 0)
    send(bed, 0, 2, 1)
    expect(bed.get(0, 0, 0, EventRegister.irqStatus, 0)).toBe(0)
    expect(bed.get(0, 0, 0, EventRegister.irqStatus, 1)).toBe(1 << 3)
  })
})
