import { describe as suite, expect, it } from 'vitest'
import { decodeAddress, tileAddress } from '../../device/geometry.ts'
import { describe, withSwitches } from '../../device/profiles.ts'
import type { Device } from '../../device/tiles.ts'
import { NoteCode } from '../notes.ts'
import { Bed, profileIds } from '../test-kit/bed.ts'

const aie4 = describe('aie4')
const switched = (switches: Parameters<typeof withSwitches>[1]): Device =>
  withSwitches(aie4, switches)!
const named = (bed: Bed, row: number, name: string) =>
  bed.array.registers(0, row).find((r) => r.name === name)!

suite('addresses of aie4', () => {
  it('name column, logical row and offset although the mem tile takes five address rows', () => {
    const places: readonly [number, number, number, number][] = [
      [0x46a0400, 2, 2, 0xa0400],
      [0x06ace04, 0, 2, 0xace04],
      [0x0018540, 0, 0, 0x18540],
      [0x2118608, 1, 1, 0x18608],
      [0x21fffff, 1, 1, 0xfffff],
      [0x2200000, 1, 1, 0x100000],
      [0x24ffffc, 1, 1, 0x3ffffc],
      [0x0700000, 0, 3, 0],
      [0x49a3000, 2, 5, 0xa3000],
    ]
    for (const [address, column, row, offset] of places) {
      expect(decodeAddress(aie4, address)).toEqual({ column, row, offset })
      expect(tileAddress(aie4, column, row, offset)).toBe(address)
    }
    for (const nowhere of [0x0a00000, 0x1f00000, 0x6000000]) {
      expect(decodeAddress(aie4, nowhere)).toBeUndefined()
    }
  })

  it('count from the first column of the partition, whatever its place in the array', () => {
    const phoenix = describe('npu1')
    expect(phoenix.firstPhysicalColumn).toBe(1)
    expect(tileAddress(phoenix, 0, 2, 0x32000)).toBe(0x232000)
    expect(decodeAddress(phoenix, 0x2232000)).toEqual({ column: 1, row: 2, offset: 0x32000 })
  })

  it('reach one to eight columns', () => {
    for (let columns = 1; columns <= 8; columns++) {
      const bed = new Bed('aie4', undefined, {}, { columns })
      const last = columns - 1
      bed.write(last, 5, 0, columns)
      expect(bed.read(last, 5, 0)).toBe(columns)
      expect(bed.device.uc.count).toBe(2 * columns)
      expect(decodeAddress(bed.device, columns * 2 ** 25)).toBeUndefined()
    }
    for (const columns of [0, 9, 1.5]) expect(withSwitches(aie4, { columns })).toBeUndefined()
  })

  it('repeat registers of shim and mem tiles in their B half, 0x40000 further on', () => {
    const bed = new Bed('aie4')
    const { locks } = bed.device.memTile
    bed.write(0, 1, 0x10000, 5)
    bed.write(0, 1, 0x50000, 6)
    expect([locks.lockAt(0x10000), locks.lockAt(0x50000)]).toEqual([0, 32])
    expect([bed.read(0, 1, 0x10000), bed.read(0, 1, 0x50000)]).toEqual([5, 6])
    expect(bed.array.notes()).toEqual([])
  })

  it('take bit 27 for the B half only where the device says so', () => {
    const alias = 2 ** 27
    const lock = tileAddress(aie4, 1, 1, 0x10000)
    expect(decodeAddress(aie4, lock + alias)).toBeUndefined()
    const decoding = switched({ appBAlias: true })
    expect(decodeAddress(decoding, lock + alias)).toEqual({ column: 1, row: 1, offset: 0x50000 })
    // Memory and core tiles are one, whoever asks.
    const data = tileAddress(aie4, 1, 1, 0x123450)
    expect(decodeAddress(decoding, data + alias)).toMatchObject({ offset: 0x123450 })
    const core = tileAddress(aie4, 2, 3, 0xa3000)
    expect(decodeAddress(decoding, core + alias)).toMatchObject({ row: 3, offset: 0xa3000 })
    // Privileged registers have bit 18 set already.
    expect(decodeAddress(decoding, 0xe0090 + alias)).toMatchObject({ offset: 0xe0090 })
    expect(withSwitches(aie4, { appBAlias: true, columns: 5 })).toBeUndefined()
    expect(withSwitches(describe('npu4'), { appBAlias: true })).toBeUndefined()

    const bed = new Bed('aie4', undefined, {}, { appBAlias: true, columns: 4 })
    bed.array.write32(lock + alias, 9)
    expect(bed.array.lockValues[bed.array.lockNumber(1, 1, 32)]).toBe(9)
    expect(bed.array.read32(tileAddress(aie4, 1, 1, 0x50000))).toBe(9)
    const outside = new Bed('aie4')
    outside.array.write32(lock + alias, 9)
    expect(outside.array.notes().map((n) => n.code)).toEqual([NoteCode.outsideArray])
  })
})

for (const id of profileIds) {
  const isAie4 = id === 'aie4'

  suite(`the deterministic merge registers of ${id}`, () => {
    it('hold two positions to a word, slave and packet count, and an enable of their own', () => {
      const bed = new Bed(id)
      const first = named(bed, 2, 'Stream_Switch_Deterministic_Merge_Arb1_Slave2_3')
      const enable = named(bed, 2, 'Stream_Switch_Deterministic_Merge_Arb1_Ctrl')
      expect([first.offset, enable.offset]).toEqual(
        isAie4 ? [0xb4810, 0xb4814] : [0x3f814, 0x3f818],
      )
      bed.write(0, 2, first.offset, (63 << 24) | (5 << 16) | (2 << 8) | 17)
      bed.write(0, 2, enable.offset, 1)
      expect(named(bed, 2, first.name).fields).toEqual([
        { name: 'slave2', value: 17 },
        { name: 'packets2', value: 2 },
        { name: 'slave3', value: 5 },
        { name: 'packets3', value: 63 },
      ])
      expect(named(bed, 2, enable.name).fields).toEqual([{ name: 'enable', value: 1 }])
    })

    it('lie behind the switches of all tiles', () => {
      const bed = new Bed(id)
      const offsets = (row: number) =>
        bed.array
          .registers(0, row)
          .filter((r) => /Deterministic_Merge_Arb\d_Slave0_1/.test(r.name))
          .map((r) => r.offset)
      expect([0, 1, 2].map(offsets)).toEqual(
        isAie4
          ? [
              [0x8170, 0x817c, 0x48170, 0x4817c],
              [0x20180, 0x2018c, 0x60180, 0x6018c],
              [0xb4800, 0xb480c],
            ]
          : [
              [0x3f800, 0x3f810],
              [0xb0800, 0xb0810],
              [0x3f800, 0x3f810],
            ],
      )
    })
  })

  suite(`clocks and resets of ${id}`, () => {
    it('begin as published, read back, and say that they gate nothing', () => {
      const bed = new Bed(id)
      const clock = named(bed, 2, 'Module_Clock_Control')
      expect(bed.read(0, 2, clock.offset)).toBe(isAie4 ? 0 : 0x37)
      bed.write(0, 2, clock.offset, 1)
      expect(named(bed, 2, clock.name).fields).toContainEqual({ name: 'streamSwitch', value: 1 })
      expect(bed.array.notes().map((n) => n.code)).toEqual([NoteCode.unmodelledRegister])
    })
  })
}

suite('the microcontroller modules of an aie4 shim', () => {
  it('have named registers in both halves', () => {
    const bed = new Bed('aie4')
    expect(named(bed, 0, 'uC_Core_Control').offset).toBe(0x2c004)
    expect(named(bed, 0, 'uC_Core_Control_B').offset).toBe(0x6c004)
    expect(named(bed, 0, 'uC_MDM_PCSR').offset).toBe(0x3d4c0)
  })

  it('refuse their memories by name, once for each, however often they are touched', () => {
    const bed = new Bed('aie4')
    for (let word = 0; word < 8; word++) bed.write(0, 0, 0x20000 + 4 * word, word)
    expect(bed.read(0, 0, 0x20004)).toBe(0)
    bed.read(0, 0, 0x37ffc)
    bed.write(1, 0, 0x68000, 1)
    expect(bed.array.notes().map((n) => [n.code, n.detail])).toEqual([
      [NoteCode.refusedWindow, 0x20000],
      [NoteCode.refusedWindow, 0x37ffc],
      [NoteCode.refusedWindow, 0x68000],
    ])
    const { code, part, detail } = bed.array.notes()[2]!
    expect(bed.array.explain(code, part, detail)).toBe(
      'tile[1,0]: uC_Private_Data_Memory_B at tile offset 0x68000 is not modelled; reads give 0 and writes are ignored.',
    )
  })

  it('read busy while their memories are cleared, each on its own', () => {
    const bed = new Bed('aie4')
    const [a, b] = ['Memory_Zeroization_A', 'Memory_Zeroization_B'].map((n) => named(bed, 0, n))
    bed.write(0, 0, a!.offset, 1)
    expect([bed.read(0, 0, a!.offset), bed.read(0, 0, b!.offset)]).toEqual([1, 0])
    bed.sim.schedule.advanceTo(((32 + 16 + 32) * 1024) / 32)
    expect(bed.read(0, 0, a!.offset)).toBe(0)
  })
})

suite('isolation of an aie4 shim', () => {
  it('keeps the four sides of its tile control', () => {
    const bed = new Bed('aie4')
    const tile = named(bed, 0, 'Tile_Control')
    expect(tile.offset).toBe(0xe00c0)
    bed.write(0, 0, tile.offset, 0xa)
    expect(named(bed, 0, 'Tile_Control').fields).toEqual([
      { name: 'south', value: 0 },
      { name: 'west', value: 1 },
      { name: 'north', value: 0 },
      { name: 'east', value: 1 },
    ])
  })
})
