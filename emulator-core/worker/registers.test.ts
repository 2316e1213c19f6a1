import { describe, expect, it } from 'vitest'
import { readFolder } from './cli/files.ts'
import { registerMap, registerValues } from './registers.ts'
import { Studio } from './studio.ts'

const studio = new Studio(new Map(readFolder('public/examples/double')), 'double', undefined)
const mapOf = (part: string) => registerMap(studio, part)!

describe('the registers of a tile as the page sees them', () => {
  it('have one value for every row, read without side effects', () => {
    for (const part of ['tile[0,0]', 'tile[0,1]', 'tile[1,3].core', 'tile[1,3].dma.mm2s0']) {
      const before = studio.machine!.checksum()
      const { tile, values } = registerValues(studio, part)!
      expect(part.startsWith(tile)).toBe(true)
      expect(values.length).toBe(mapOf(part).registers.length)
      expect(studio.machine!.checksum()).toBe(before)
    }
  })

  it('are grouped by function, each group in one piece and by offset', () => {
    for (const row of [0, 1, 2]) {
      const { groups, registers } = mapOf(`tile[0,${row}]`)
      const order = registers.map(({ group }) => group)
      expect([...order].sort((a, b) => a - b)).toEqual(order)
      expect(new Set(groups.map(({ title }) => title)).size).toBe(groups.length)
      for (let at = 1; at < registers.length; at++) {
        const [a, b] = [registers[at - 1]!, registers[at]!]
        if (a.group === b.group) expect(b.offset).toBeGreaterThan(a.offset)
      }
    }
  })

  it('lead to the channel, lock or core that they belong to', () => {
    const { groups, registers } = mapOf('tile[1,1]')
    const named = (name: string) => registers.find((r) => r.name === name)!
    const queue = registers.find((r) => r.link === 'tile[1,1].dma.mm2s2')!
    expect(groups[queue.group]).toEqual({ title: 'MM2S 2', link: 'tile[1,1].dma.mm2s2' })
    expect(named('Lock5_value').link).toBe('tile[1,1].lock5')
    const core = mapOf('tile[1,2]').registers.find((r) => r.name === 'Core_Control')!
    expect(core.link).toBe('tile[1,2].core')
  })

  it('say in words what enumerated fields hold, and which slave feeds a circuit', () => {
    const { registers } = mapOf('tile[0,2]')
    const field = (register: RegExp, name: string) =>
      registers.find((r) => register.test(r.name))!.fields.find((f) => f.name === name)!
    expect(field(/S2MM_Status_0/, 'state').words).toEqual(['idle', 'starting', 'running'])
    const acquire = field(/BD0_5/, 'acquireValue').words!
    expect([acquire[1], acquire[127], acquire[64]]).toEqual(['', 'is −1', 'is −64'])
    const source = field(/Stream_Switch_Master_dma0/, 'configuration')
    expect(source.words![5]).toBe('south 0')
    expect(source.onlyWhen).toEqual({ field: 'packet', value: 0 })
  })

  it('carry their source, what of them is inferred, and whether anything acts on them', () => {
    const { registers, sources } = mapOf('tile[0,2]')
    const named = (name: string) => registers.find((r) => r.name === name)!
    const merge = named('Stream_Switch_Deterministic_Merge_Arb0_Ctrl')
    expect(sources[merge.source]!.title).toContain('XDP')
    expect(merge.inferred).toContain('fields are those of AIE2')
    expect(named('Core_Control').isModelled).toBe(true)
    expect(named('CSSD_Trigger').isModelled).toBe(false)
    expect(named('Core_Control').inferred).toBeUndefined()
  })

  it('exist for every tile of the array and for nothing else', () => {
    for (const tile of studio.index!.scene.tiles)
      expect(mapOf(`tile[${tile.column},${tile.row}]`).registers.length).toBeGreaterThan(100)
    for (const part of ['uc0', 'tile[9,9]', 'queue', '']) {
      expect(registerMap(studio, part)).toBeUndefined()
      expect(registerValues(studio, part)).toBeUndefined()
    }
  })
})
