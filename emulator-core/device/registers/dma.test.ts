import { describe as suite, expect, it } from 'vitest'
import { describe } from '../profiles.ts'
import type { RegisterRow } from '../registers.ts'
import type { ProfileId } from '../tiles.ts'
import { dmaRegisters } from './dma.ts'

const tile = (id: ProfileId, kind: 'core' | 'mem' | 'shim'): readonly RegisterRow[] => {
  const device = describe(id)
  return dmaRegisters({ core: device.coreTile, mem: device.memTile, shim: device.shimTile }[kind])
}
const offset = (rows: readonly RegisterRow[], name: string) =>
  rows.find((r) => r.name === name)?.offset
const fields = (rows: readonly RegisterRow[], name: string) =>
  Object.keys(rows.find((r) => r.name === name)?.fields ?? {})

suite('the DMA registers', () => {
  it('lie where the register references put them', () => {
    const names = [
      'DMA_S2MM_0_Ctrl',
      'DMA_S2MM_1_Start_Queue',
      'DMA_MM2S_0_Ctrl',
      'DMA_S2MM_Status_1',
      'DMA_MM2S_Status_0',
      'DMA_S2MM_Current_Write_Count_1',
      'DMA_S2MM_FoT_Count_FIFO_Pop_1',
    ]
    const at = (id: ProfileId, kind: 'core' | 'mem') =>
      names.map((name) => offset(tile(id, kind), name))
    expect(at('npu1', 'core')).toEqual([
      0x1de00, 0x1de0c, 0x1de10, 0x1df04, 0x1df10, 0x1df1c, 0x1df24,
    ])
    expect(at('npu4', 'mem')).toEqual([
      0xa0600, 0xa060c, 0xa0630, 0xa0664, 0xa0680, 0xa06b4, 0xa06cc,
    ])
    expect(at('aie4', 'core')).toEqual([
      0xace00, 0xace0c, 0xace10, 0xacf04, 0xacf10, 0xacf24, 0xacf34,
    ])
    expect(at('aie4', 'mem')).toEqual([0x9e00, 0x9e0c, 0x9e60, 0x9ed4, 0x9f00, 0x9f54, 0x9f64])
    const shim = tile('npu1', 'shim')
    expect(offset(shim, 'DMA_S2MM_1_Task_Queue')).toBe(0x1d20c)
    expect(offset(shim, 'DMA_S2MM_Current_Write_Count_1')).toBe(0x1d234)
    expect(offset(shim, 'DMA_S2MM_FoT_Count_FIFO_Pop_0')).toBe(0x1d238)
  })

  it('of AIE4 come again for the second half, at bit 18', () => {
    const mem = tile('aie4', 'mem')
    for (const [first, second] of [
      ['DMA_S2MM_1_Ctrl', 'DMA_S2MM_5_Ctrl'],
      ['DMA_MM2S_Status_0', 'DMA_MM2S_Status_5'],
      ['DMA_S2MM_FoT_Count_FIFO_Pop_3', 'DMA_S2MM_FoT_Count_FIFO_Pop_7'],
      ['DMA_MM2S_Constant_Pad_Value_4', 'DMA_MM2S_Constant_Pad_Value_9'],
      ['DMA_S2MM_2_BD15_10', 'DMA_S2MM_6_BD15_10'],
    ] as const)
      expect(offset(mem, second)).toBe(offset(mem, first)! | 0x40000)
    const shim = tile('aie4', 'shim')
    expect(offset(shim, 'DMA_BD31_8')).toBe(offset(shim, 'DMA_BD15_8')! | 0x40000)
    expect(offset(shim, 'DMA_CONTROL_MM2S_0_BD7_8')).toBe(0x18300 + 0x30 * 7 + 0x20)
    expect(offset(shim, 'DMA_TRACE_S2MM_0_Start_Queue')).toBe(0x1854c)
  })

  it('name the control fields that tile kind, direction and generation have', () => {
    const control = (id: ProfileId, kind: 'core' | 'mem' | 'shim', name: string) =>
      fields(tile(id, kind), `DMA_${name}_Ctrl`)
    const receiver = ['outOfOrder', 'controllerId', 'finishOnLast']
    expect(control('npu1', 'core', 'S2MM_0')).toEqual([
      'reset',
      'outOfOrder',
      'decompression',
      'controllerId',
      'finishOnLast',
    ])
    expect(control('npu4', 'mem', 'MM2S_5')).toEqual(['reset', 'compression', 'controllerId'])
    expect(control('npu4', 'shim', 'S2MM_0')).toEqual(['pauseMemory', 'pauseStream', ...receiver])
    expect(control('aie4', 'core', 'MM2S_0')).toEqual(['reset', 'controllerId'])
    expect(control('aie4', 'mem', 'MM2S_9')).toEqual(['reset', 'packetType', 'controllerId'])
    expect(control('aie4', 'shim', 'MM2S_0')).toContain('compression')
  })
})
