import { describe as suite, expect, it } from 'vitest'
import { dmaStatus } from '../../device/abi/dma-words.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { NoteCode } from '../notes.ts'
import { Bed, lockOperand, profileIds } from '../test-kit/bed.ts'

const tileControl: Readonly<Record<ProfileId, number>> = {
  aie4: 0xe0080,
  npu4: 0x96030,
  npu1: 0x96030,
}

/** A mem tile's S2MM channel `channel` loads a descriptor that reaches `distance` columns. */
function reach(bed: Bed, column: number, distance: number, channel: number, lockOnly = false) {
  const { mem } = bed.device
  const on = bed.channel(1, 's2mm', channel)
  const odd = bed.device.generation !== 'aie4' && channel % 2 === 1 ? 24 : 0
  bed.bd(column, 1, on, odd, {
    base: bed.localBase(lockOnly ? 0 : distance * mem.windowBytes),
    length: 4,
    acquireEnable: 1,
    acquireValue: lockOperand(-1),
    acquireId: bed.localLock(distance * mem.lockWindow),
  })
  bed.push(column, 1, on, odd)
  bed.settle()
  const status = bed.read(column, 1, on.status)
  const waits = bed.array.locks.waitOf(
    bed.array.dma.channels.slot[bed.number(column, 1, 's2mm', channel)]!,
  )
  return {
    lock: waits,
    memory: (status & dmaStatus.memoryUnavailable) !== 0,
    locks: (status & dmaStatus.lockUnavailable) !== 0,
  }
}

suite('the windows of a mem tile DMA', () => {
  for (const id of profileIds) {
    it(`of ${id} reach every mem tile within reach and none behind the edges`, () => {
      const { columns, mem } = new Bed(id).device
      const least = -mem.localLockWindow
      const most = id === 'aie4' ? mem.reach : 1
      for (let column = 0; column < columns; column++) {
        for (let distance = least; distance <= most; distance++) {
          const bed = new Bed(id)
          const found = reach(bed, column, distance, 0)
          const other = column + distance
          const isThere = other >= 0 && other < columns
          expect([column, distance, found.memory]).toEqual([column, distance, !isThere])
          if (isThere) expect(found.lock).toBe(bed.array.lockNumber(other, 1, 0))
        }
      }
    }, 60_000)
  }

  it('of the AIE2 family serve channels 0 to 3, and on AIE4 all', () => {
    for (const id of profileIds) {
      const bed = new Bed(id)
      const channels = bed.device.memTile.channels.filter((c) => c.direction === 's2mm').length
      const outside = Array.from({ length: channels }, (_, c) => reach(bed, 1, 1, c).memory)
      expect(outside).toEqual(outside.map((_, c) => id !== 'aie4' && c > 3))
    }
  })

  it('count memories from index 8 and locks from index 7 on AIE4', () => {
    const { mem } = new Bed('aie4').device
    expect([mem.localWindow, mem.localLockWindow]).toEqual([8, 7])
    expect(mem.localWindow * mem.windowBytes).toBe(0x2000000)
    expect(mem.localLockWindow * mem.lockWindow).toBe(448)
  })

  for (const id of profileIds) {
    it(`of ${id} are closed to memory and locks by isolation on either side of a border`, () => {
      for (const [column, side] of [
        [0, 3],
        [1, 1],
      ] as const) {
        const bed = new Bed(id)
        bed.write(column, 1, tileControl[id], 1 << side)
        expect(reach(bed, 0, 1, 0)).toMatchObject({ memory: true })
        expect(reach(bed, 0, 1, 2, true)).toMatchObject({ memory: false, locks: true })
        expect(reach(bed, 1, 1, 0)).toMatchObject({ memory: false, locks: false })
        const codes = bed.array.notes().map((n) => n.code)
        expect(codes).toEqual([NoteCode.memoryUnavailable, NoteCode.lockUnavailable])
      }
    })
  }

  it('are stopped by any closed side between two far mem tiles', () => {
    const bed = new Bed('aie4')
    bed.write(1, 1, tileControl.aie4, 1 << 3)
    expect(reach(bed, 0, 1, 0).memory).toBe(false)
    expect(reach(bed, 0, 2, 1).memory).toBe(true)
  })
})

suite('isolation', () => {
  for (const id of profileIds) {
    it(`of ${id} lets streams pass`, () => {
      const bed = new Bed(id)
      for (let row = 1; row <= 2; row++)
        bed.write(0, row, row === 1 ? tileControl[id] : bed.device.core.isolation, 0xf)
      bed.circuit(0, 1, ['dma', 0], ['north', 0])
      bed.circuit(0, 2, ['south', 0], ['dma', 0])
      bed.write(0, 1, bed.device.mem.dmOffset, 99)
      const send = bed.channel(1, 'mm2s', 0)
      const receive = bed.channel(2, 's2mm', 0)
      bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: 1 })
      bed.bd(0, 2, receive, 0, { base: 16, length: 1 })
      bed.push(0, 1, send, 0)
      bed.push(0, 2, receive, 0)
      bed.settle()
      expect(bed.read(0, 2, 64)).toBe(99)
    })
  }
})

suite('clearing a memory', () => {
  for (const id of profileIds) {
    it(`of a mem tile of ${id} reads busy for its bytes over its width and leaves zeros`, () => {
      const bed = new Bed(id)
      const { mem, zeroise } = bed.device
      const control = bed.array.registers(0, 1).find((r) => r.name === 'Memory_Control')!
      bed.write(0, 1, mem.dmOffset + mem.dmBytes - 4, 7)
      bed.write(0, 1, control.offset, 1)
      expect(bed.read(0, 1, control.offset)).toBe(1)
      expect(bed.read(0, 1, mem.dmOffset + mem.dmBytes - 4)).toBe(0)
      bed.sim.schedule.advanceTo(mem.dmBytes / zeroise.mem - 1)
      expect(bed.read(0, 1, control.offset)).toBe(1)
      bed.sim.schedule.advanceTo(mem.dmBytes / zeroise.mem)
      expect(bed.read(0, 1, control.offset)).toBe(0)
    })

    it(`of ${id} under a running core is noted`, () => {
      const bed = new Bed(id)
      const name = id === 'aie4' ? 'Data_Memory_Control' : 'Memory_Module_Memory_Control'
      const control = bed.array.registers(0, 2).find((r) => r.name === name)!
      bed.write(0, 2, control.offset, 1)
      expect(bed.array.noteCount).toBe(0)
      bed.write(0, 2, bed.device.core.control, 1)
      bed.write(0, 2, control.offset, 1)
      expect(bed.array.notes().map((n) => n.code)).toEqual([NoteCode.clearedUnderCore])
    })
  }
})

suite('the registers that split a tile between two applications', () => {
  it('are stored, named, and say that nothing reads them', () => {
    const bed = new Bed('aie4')
    for (const [row, name] of [
      [0, 'Dual_App_Mode'],
      [1, 'L2_Split'],
      [2, 'Dual_App_Mode'],
    ] as const) {
      const register = bed.array.registers(0, row).find((r) => r.name === name)!
      bed.write(0, row, register.offset, 3)
      expect(bed.read(0, row, register.offset)).toBe(3)
    }
    expect(bed.array.notes().map((n) => n.code)).toEqual([1, 1, 1])
  })
})
