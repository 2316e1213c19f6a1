import { describe as suite, expect, it } from 'vitest'
import type { ProfileId } from '../../device/tiles.ts'
import { Bed, profileIds } from '../test-kit/bed.ts'
import type { DesignRegister, Where } from '../test-kit/design-registers.ts'
import { designRegisters } from '../test-kit/design-registers.ts'

const rowOf = { shim: 0, mem: 1, core: 2 }
const hex = (offset: number) => `0x${offset.toString(16)}`

/** What is wrong with a row on a device, in words. */
function missing(bed: Bed, row: DesignRegister, where: Where): string[] {
  const wrong: string[] = []
  const tileRow = rowOf[row.tile]
  const list = new Map(bed.array.registers(0, tileRow).map((r) => [r.offset, r]))
  for (const offset of where.registers ?? []) {
    const register = list.get(offset)
    if (!register) wrong.push(`no register at ${hex(offset)}`)
    else if (row.name && !row.name.test(register.name))
      wrong.push(`${hex(offset)} is called ${register.name}`)
    else
      for (const field of row.fields ?? [])
        if (!register.fields.some((f) => f.name === field))
          wrong.push(`${register.name} has no field ${field}`)
  }
  for (const offset of where.memory ?? []) {
    bed.write(0, tileRow, offset, 0x1234)
    if (bed.read(0, tileRow, offset) !== 0x1234) wrong.push(`no memory at ${hex(offset)}`)
  }
  if (where.request !== undefined) {
    // Acquiring at least 0 of lock 0 always succeeds.
    const before = bed.array.noteCount
    bed.read(0, tileRow, where.request + 0x200)
    if (bed.array.noteCount !== before) wrong.push(`no lock request at ${hex(where.request)}`)
  }
  return wrong
}

const generationOf = (id: ProfileId) => (id === 'aie4' ? 'aie4' : 'aie2')

suite('the registers that designs need', () => {
  it('are sixty, none left out', () => {
    expect(new Set(designRegisters.map((row) => row.no))).toEqual(
      new Set(Array.from({ length: 60 }, (_, i) => i + 1)),
    )
  })

  for (const id of profileIds) {
    it(`are all in the register file of ${id}, with the names and fields they are known by`, () => {
      const bed = new Bed(id)
      const wrong = designRegisters.flatMap((row) => {
        const where = row[generationOf(id)]
        return where ? missing(bed, row, where).map((text) => `${row.no} ${row.what}: ${text}`) : []
      })
      expect(wrong).toEqual([])
    })
  }

  it('exist on one side only where a generation lacks the function', () => {
    const only = (lacks: 'aie2' | 'aie4') =>
      designRegisters.filter((row) => row[lacks] === undefined).map((row) => row.no)
    expect(only('aie2')).toEqual([7, 25, 33, 36, 44, 45, 48, 49])
    expect(only('aie4')).toEqual([46])
  })
})
