import { describe as suite, expect, it } from 'vitest'
import { circuitMaster } from '../../device/abi/stream-words.ts'
import { NoteCode } from '../notes.ts'
import { Bed, profileIds } from '../test-kit/bed.ts'

const named = (bed: Bed, row: number, name: string) =>
  bed.array.registers(0, row).find((r) => r.name === name)!

for (const id of profileIds) {
  suite(`the register bus of ${id}`, () => {
    it('reaches data and program memory at both ends and nothing behind them', () => {
      const bed = new Bed(id)
      const { core, mem } = bed.device
      const places: readonly [number, number, number][] = [
        [2, 0, core.dmBytes],
        [2, core.pmOffset, core.pmBytes],
        [1, mem.dmOffset, mem.dmBytes],
      ]
      for (const [row, offset, bytes] of places) {
        for (const at of [offset, offset + bytes - 4]) {
          bed.write(1, row, at, at ^ 0xfedcba98)
          expect(bed.read(1, row, at)).toBe((at ^ 0xfedcba98) >>> 0)
          expect(bed.read(0, row, at)).toBe(0)
        }
      }
      expect(bed.array.notes()).toEqual([])
      expect(bed.array.coreDm.read32(4 * core.dmBytes)).toBe(0xfedcba98)
    })

    it('keeps what is written to storage registers and notes the first use of those that do nothing', () => {
      const bed = new Bed(id)
      const register = named(bed, 2, 'Core_SP')
      expect(register.isModelled).toBe(false)
      bed.write(0, 2, register.offset, 0x1234)
      bed.write(0, 2, register.offset, 0x5678)
      bed.write(1, 2, register.offset, 1)
      expect(bed.read(0, 2, register.offset)).toBe(0x5678)
      expect(bed.array.notes().map((n) => [n.code, n.detail])).toEqual([
        [NoteCode.unmodelledRegister, register.offset],
        [NoteCode.unmodelledRegister, register.offset],
      ])
    })

    it('reads 0 and ignores writes where there is nothing, and notes both', () => {
      const bed = new Bed(id)
      const outside = bed.device.columns * 2 ** bed.device.address.columnShift
      bed.write(0, 0, 0xffffc, 7)
      expect(bed.read(0, 0, 0xffffc)).toBe(0)
      bed.array.write32(outside, 7)
      expect(bed.array.read32(outside)).toBe(0)
      expect(bed.array.notes().map((n) => n.code)).toEqual([
        NoteCode.unmappedWrite,
        NoteCode.unmappedRead,
        NoteCode.outsideArray,
        NoteCode.outsideArray,
      ])
    })

    it('gives each name and each offset of a tile once, and fields that make up the value', () => {
      const bed = new Bed(id)
      for (let row = 0; row < 6; row++) {
        const list = bed.array.registers(0, row)
        expect(new Set(list.map((r) => r.offset)).size).toBe(list.length)
        expect(new Set(list.map((r) => r.name)).size).toBe(list.length)
        for (const register of list)
          expect(register.address).toBe(bed.address(0, row, register.offset))
      }
      const master = bed.device.coreTile.data.masters[0]!
      bed.write(0, 2, master.register, circuitMaster(3))
      const view = bed.array.registers(0, 2).find((r) => r.offset === master.register)!
      expect(view.fields).toContainEqual({ name: 'configuration', value: 3 })
      expect(view.fields).toContainEqual({ name: 'enable', value: 1 })
    })

    it('counts time in every timer from its last reset', () => {
      const bed = new Bed(id)
      const low = bed.array.registers(0, 1).find((r) => r.name.endsWith('Timer_Low'))!
      const control = bed.array.registers(0, 1).find((r) => r.name.endsWith('Timer_Control'))!
      bed.sim.schedule.advanceTo(1000)
      expect(bed.read(0, 1, low.offset)).toBe(1000)
      bed.write(0, 1, control.offset, 2 ** 31)
      bed.sim.schedule.advanceTo(1234)
      expect(bed.read(0, 1, low.offset)).toBe(234)
    })

    it('clears a memory on request and reads busy until that is done', () => {
      const bed = new Bed(id)
      const { dmBytes } = bed.device.core
      const name = id === 'aie4' ? 'Data_Memory_Control' : 'Memory_Module_Memory_Control'
      const { offset } = named(bed, 2, name)
      for (const at of [0, dmBytes - 4]) bed.write(0, 2, at, 5)
      bed.write(0, 3, 0, 6)
      bed.write(0, 2, offset, 1)
      expect(bed.read(0, 2, offset)).toBe(1)
      expect([bed.read(0, 2, 0), bed.read(0, 2, dmBytes - 4), bed.read(0, 3, 0)]).toEqual([0, 0, 6])
      bed.sim.schedule.advanceTo(dmBytes / 64)
      expect(bed.read(0, 2, offset)).toBe(0)
    })

    it('resets a column: channels, locks, switches and registers, but not memories', () => {
      const bed = new Bed(id)
      const reset = named(bed, 0, id === 'aie4' ? 'Application_Reset_A' : 'Column_Reset_Control')
      const { data, locks } = bed.device.memTile
      const channel = bed.channel(1, 's2mm', 0)
      bed.bd(0, 1, channel, 0, { base: bed.localBase(0), length: 4 })
      bed.push(0, 1, channel, 0)
      bed.push(0, 1, channel, 0)
      bed.write(0, 1, data.masters[0]!.register, circuitMaster(2))
      bed.write(0, 1, locks.value(3), 7)
      bed.write(1, 1, locks.value(3), 8)
      bed.write(0, 1, bed.device.mem.dmOffset, 99)
      bed.settle()
      expect(bed.read(0, 1, channel.status)).not.toBe(0)
      bed.write(0, 0, reset.offset, 1)
      bed.settle()
      expect(bed.read(0, 1, channel.status)).toBe(0)
      expect(bed.read(0, 1, data.masters[0]!.register)).toBe(0)
      expect(bed.read(0, 1, channel.bdBase)).toBe(0)
      expect([bed.read(0, 1, locks.value(3)), bed.read(1, 1, locks.value(3))]).toEqual([0, 8])
      expect(bed.read(0, 1, bed.device.mem.dmOffset)).toBe(99)
    })
  })
}

suite('the halves of AIE4 tiles', () => {
  it('are reset one by one', () => {
    const bed = new Bed('aie4')
    const { locks } = bed.device.memTile
    bed.write(0, 1, locks.value(0), 3)
    bed.write(0, 1, locks.value(32), 4)
    bed.write(0, 0, named(bed, 0, 'Application_Reset_B').offset, 1)
    expect([bed.read(0, 1, locks.value(0)), bed.read(0, 1, locks.value(32))]).toEqual([3, 0])
  })

  it('repeat the named registers of the first half at their own offsets', () => {
    const bed = new Bed('aie4')
    const a = named(bed, 0, 'Spare_Reg')
    const b = named(bed, 0, 'Spare_Reg_B')
    expect(b.offset - a.offset).toBe(bed.device.address.appBOffset)
    bed.write(0, 0, a.offset, 7)
    expect([bed.read(0, 0, a.offset), bed.read(0, 0, b.offset)]).toEqual([7, 0])
  })
})

suite('sentences', () => {
  it('name the part and the register', () => {
    const bed = new Bed('aie4')
    bed.write(0, 0, 0xffffc, 7)
    const note = bed.array.notes()[0]!
    expect(bed.array.explain(note.code, note.part, note.detail)).toBe(
      'tile[0,0]: a write to tile offset 0xffffc found no register and was ignored.',
    )
  })
})
