import { describe, expect, it } from 'vitest'
import type { RegisterInfo, RegisterMap } from '../../../emulator-core/worker/protocol.ts'
import {
  fieldLine,
  fieldText,
  groupsOf,
  moved,
  outward,
  placeRows,
  rowsInView,
  rowsOf,
  shownRegisters,
} from './register-rows.ts'

const register = (name: string, offset: number, group: number, rest: Partial<RegisterInfo> = {}) =>
  ({
    name,
    offset,
    group,
    fields: [],
    resetValue: 0,
    isModelled: true,
    source: 0,
    ...rest,
  }) as const

const master = register('Master_dma0', 0x3f004, 1, {
  fields: [
    { name: 'enable', lsb: 31, width: 1 },
    { name: 'packet', lsb: 30, width: 1, words: ['circuit', 'packet'] },
    {
      name: 'configuration',
      lsb: 0,
      width: 7,
      words: ['', '', 'south 0'],
      onlyWhen: { field: 'packet', value: 0 },
    },
  ],
})

const map: RegisterMap = {
  tile: 'tile[1,2]',
  base: 0x2200000,
  groups: [
    { title: 'Core', link: 'tile[1,2].core' },
    { title: 'Stream switch' },
    { title: 'Locks' },
  ],
  sources: [{ title: 'A manual', publisher: 'AMD' }],
  registers: [
    register('Core_Control', 0x32000, 0, { resetValue: 2 }),
    register('Core_Status', 0x32004, 0),
    master,
    register('Lock0_value', 0x1f000, 2, { link: 'tile[1,2].lock0' }),
  ],
}
const values = Uint32Array.of(2, 1, 0x80000002, 0)
const none = { text: '', nonDefault: false }
const names = (shown: readonly number[]) => shown.map((at) => map.registers[at]?.name)

describe('fields of a register', () => {
  it('say their number and what it means', () => {
    const [, packet, configuration] = master.fields
    expect(fieldText(master, 0x80000002, packet!)).toBe('0 circuit')
    expect(fieldText(master, 0x80000002, configuration!)).toBe('2 south 0')
    // In packet mode the same bits mean something else.
    expect(fieldText(master, 0xc0000002, configuration!)).toBe('2')
  })

  it('stand in one line, without those that are 0 and say nothing', () => {
    expect(fieldLine(master, 0x80000002)).toBe(
      'enable 1 · packet 0 circuit · configuration 2 south 0',
    )
    expect(fieldLine(map.registers[0]!, 7)).toBe('')
  })
})

describe('the list of registers', () => {
  it('finds by name, field, group, offset and address', () => {
    const find = (text: string) => names(shownRegisters(map, values, { ...none, text }))
    expect(find('core stat')).toEqual(['Core_Status'])
    expect(find('configuration')).toEqual(['Master_dma0'])
    expect(find('stream switch')).toEqual(['Master_dma0'])
    expect(find('0x32004')).toEqual(['Core_Status'])
    expect(find('0x221f000')).toEqual(['Lock0_value'])
    expect(find('nothing')).toEqual([])
  })

  it('leaves out what holds its reset value when asked to', () => {
    expect(names(shownRegisters(map, values, { ...none, nonDefault: true }))).toEqual([
      'Core_Status',
      'Master_dma0',
    ])
  })

  it('shows groups with their counts, and registers of open groups only', () => {
    const rows = rowsOf(map, shownRegisters(map, values, none), new Set([0]), new Set([1]))
    expect(rows).toEqual([
      { kind: 'group', group: 0, count: 2 },
      { kind: 'register', at: 0 },
      { kind: 'register', at: 1 },
      { kind: 'fields', at: 1 },
      { kind: 'group', group: 1, count: 1 },
      { kind: 'group', group: 2, count: 1 },
    ])
  })

  it('keeps only the rows in view, whatever their heights', () => {
    const rows = rowsOf(map, [0, 1, 2, 3], 'all', new Set([2]))
    const tops = placeRows(map, rows, values, undefined)
    expect([...tops]).toEqual([0, 28, 68, 108, 136, 176, 268, 296, 336])
    expect(rowsInView(tops, 0, 60)).toEqual({ first: 0, end: 2 })
    expect(rowsInView(tops, 180, 100)).toEqual({ first: 5, end: 7 })
    expect(rowsInView(tops, 330, 500)).toEqual({ first: 7, end: 8 })
    expect(rowsInView(new Float64Array(1), 0, 100)).toEqual({ first: 0, end: 0 })
  })

  it('leaves room for what a register held before, once it has changed', () => {
    const rows = rowsOf(map, [2], 'all', new Set([2]))
    const end = (before: Uint32Array) => placeRows(map, rows, values, before).at(-1)!
    expect(end(Uint32Array.of(2, 1, 0, 0)) - end(values)).toBe(20)
  })

  it('moves by keys from end to end, and outward from fields to register to group', () => {
    const rows = rowsOf(map, [0, 1, 2, 3], 'all', new Set([1]))
    expect(
      ['ArrowDown', 'PageDown', 'End', 'ArrowUp', 'Home', 'x'].map((key) => moved(key, 6, 8, 5)),
    ).toEqual([7, 7, 7, 5, 0, undefined])
    expect([3, 2, 0].map((index) => outward(rows, index))).toEqual([2, 0, 0])
  })

  it('knows the groups of a core and of a lock', () => {
    expect(groupsOf(map, 'tile[1,2].core')).toEqual([0])
    expect(groupsOf(map, 'tile[1,2].lock0')).toEqual([2])
    expect(groupsOf(map, 'tile[1,2]')).toEqual([])
  })
})
