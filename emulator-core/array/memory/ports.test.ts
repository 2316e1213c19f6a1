import { describe as suite, expect, it } from 'vitest'
import { ArrayEvent } from '../events.ts'
import { ChannelState } from '../dma/channels.ts'
import { Bed, profileIds } from '../test-kit/bed.ts'

const partWords = 1024

/** A mem tile sends words to its own memory through its switch; says how long that takes. */
function copy(id: (typeof profileIds)[number], step: number, pairs = 1) {
  const bed = new Bed(id)
  for (let i = 0; i < pairs; i++) {
    bed.circuit(0, 1, ['dma', i], ['dma', i])
    const send = bed.channel(1, 'mm2s', i)
    const receive = bed.channel(1, 's2mm', i)
    const odd = id !== 'aie4' && i % 2 === 1 ? 24 : 0
    const from = id === 'aie4' ? { d0Wrap: 1, d1Step: step } : { d0Step: step }
    bed.bd(0, 1, send, odd, { base: bed.localBase(0), length: partWords, ...from })
    const to = bed.localBase(0x40000 + 0x4000 * i)
    bed.bd(0, 1, receive, odd + 1, { base: to, length: partWords })
    bed.push(0, 1, receive, odd + 1)
    bed.push(0, 1, send, odd)
  }
  bed.settle()
  const { trace } = bed.sim
  let waits = 0
  for (let i = 0; i < trace.end; i++)
    if (trace.wordOf(i, 0) === ArrayEvent.waitBegin && trace.wordOf(i, 2) === ChannelState.memory)
      waits++
  const lost = Array.from({ length: bed.device.mem.banks }, (_, bank) =>
    bed.array.dma.ports.lostAt(0, 1, bank),
  )
  return { bed, ticks: bed.now, waits, lost: lost.reduce((a, b) => a + b, 0) }
}

suite('a mem tile channel and the banks', () => {
  for (const id of profileIds) {
    it(`of ${id} is held up by nobody when it runs along memory`, () => {
      expect(copy(id, 1)).toMatchObject({ waits: 0 })
    })
  }

  it('of AIE4 that gathers words from one bank gets one of them per cycle', () => {
    const along = copy('aie4', 1).ticks
    const gather = copy('aie4', 64)
    expect(gather.waits).toBeGreaterThan(0)
    const slower = gather.ticks - along
    expect(slower).toBeGreaterThan(partWords - partWords / 16 - 40)
    expect(slower).toBeLessThan(partWords)
  })

  it('of AIE4 that gathers words from four banks gets four of them per cycle', () => {
    const one = copy('aie4', 64).ticks
    const four = copy('aie4', 16).ticks
    expect(one - four).toBeGreaterThan(partWords / 2)
  })

  it('of Phoenix shares a bank with others at one access per cycle in all', () => {
    const one = copy('npu1', 64, 1)
    expect(one.ticks - copy('npu1', 1).ticks).toBeLessThan(partWords / 32)
    const two = copy('npu1', 64, 2)
    expect(two.waits).toBeGreaterThan(0)
    expect(two.ticks - one.ticks).toBeGreaterThan(partWords - 60)
    expect(two.lost).toBeGreaterThan(partWords / 2)
  })

  it('moves the same words however late its accesses come', () => {
    const { bed } = copy('npu1', 64, 3)
    const { memDm } = bed.array
    for (let i = 0; i < partWords; i++)
      expect(memDm.read32(0x40000 + 4 * i)).toBe(memDm.read32(4 * 64 * i))
  })
})
