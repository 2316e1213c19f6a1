import { describe as suite, expect, it } from 'vitest'
import { slotsPerSlave } from './abi/stream-words.ts'
import { resolve } from './fact.ts'
import { modelFacts } from './model.ts'
import { arrayTops, driverTops, peakFacts } from './peak.ts'
import { describe } from './profiles.ts'
import { refusedWindows, ucModuleBytes } from './registers/system.ts'
import type { ProfileId, TileMap } from './tiles.ts'
import { TileKind } from './tiles.ts'

const ids: readonly ProfileId[] = ['aie4', 'npu4', 'npu1']

/** What the register map of a tile says about its data channels. */
function counts({ channels }: TileMap) {
  const data = channels.filter((c) => c.role === 'data')
  const pools = new Map(data.map((c) => [c.bdBase, c.bdCount]))
  return {
    s2mm: data.filter((c) => c.direction === 's2mm').length,
    mm2s: data.filter((c) => c.direction === 'mm2s').length,
    bds: [...pools.values()].reduce((sum, count) => sum + count, 0),
    dimensions: data[0]!.layout.dimensions,
  }
}

suite('the table of counts', () => {
  for (const id of ids) {
    const device = describe(id)
    const model = resolve(modelFacts[id])

    it(`says of the DMA engines of ${id} what the register maps say`, () => {
      const { core, mem, shim, queueDepth } = model.dma
      expect(counts(device.coreTile)).toEqual(core)
      expect(counts(device.memTile)).toEqual(mem)
      expect(counts(device.shimTile)).toEqual(shim)
      for (const { channels } of [device.coreTile, device.memTile, device.shimTile])
        for (const channel of channels)
          expect(channel.queueDepth).toBe(channel.role === 'control' ? 8 : queueDepth)
    })

    it(`says of the switches of ${id} what the register maps say`, () => {
      expect(model.switch.slotsPerSlave).toBe(slotsPerSlave)
      for (const { data, control } of [device.coreTile, device.memTile, device.shimTile]) {
        expect(data.beatBytes).toBe(model.switch.dataBeatBytes)
        expect(control.beatBytes).toBe(model.switch.controlBeatBytes)
        for (const { arbiter } of data.merge ?? [])
          expect(arbiter).toBeLessThan(model.switch.arbiters)
      }
    })
  }

  it('counts the extra channels of an AIE4 shim and the memories of its controllers', () => {
    const { dma, uc } = resolve(modelFacts.aie4)
    const { channels } = describe('aie4').shimTile
    const of = (role: string) => channels.filter((c) => c.role === role)
    expect([of('control').length, of('control')[0]!.bdCount]).toEqual([2, dma.control.bds])
    expect([of('trace').length, of('trace')[0]!.bdCount]).toEqual([1, dma.trace.bds])
    expect(uc.programBytes + uc.privateDataBytes + uc.sharedDataBytes).toBe(ucModuleBytes)
    expect(refusedWindows(true, TileKind.shim)).toHaveLength(6)
  })
})

suite('peak arithmetic', () => {
  it('gives the two figures of each device in TOPS', () => {
    const figures = (id: ProfileId) =>
      [driverTops(describe(id)), arrayTops(describe(id))].map((tops) => Math.round(tops * 10) / 10)
    expect(figures('npu1')).toEqual([13.1, 13.1])
    expect(figures('npu4')).toEqual([59, 59])
    expect(figures('aie4')).toEqual([14.7, 118])
  })

  it('takes the 8-bit figure from the profile', () => {
    for (const id of ids)
      expect(peakFacts[id].macs['int8 int8'].value).toBe(describe(id).clock.int8MacsPerCoreCycle)
  })
})
