/** What only the shim of AIE4 has: two halves, control and trace channels, a pause register. */
import { describe as suite, expect, it } from 'vitest'
import { dmaControl, dmaStatus } from '../../device/abi/dma-words.ts'
import type { DmaChannel } from '../../device/tiles.ts'
import { Bed, profileIds } from '../test-kit/bed.ts'
import { ChannelState } from './channels.ts'

const input = 0x1_0000
const output = 0x4_0000

function special(bed: Bed, role: DmaChannel['role'], channel = 0): DmaChannel {
  return bed.device.shimTile.channels.find((c) => c.role === role && c.channel === channel)!
}

/** Host memory to host memory through the shim of column 0. */
function copy(bed: Bed, from: DmaChannel, to: DmaChannel, words: number, bd = 0): void {
  bed.fillHost(input, words, (i) => i + 1)
  bed.circuit(0, 0, [from.port.bundle, from.port.channel], [to.port.bundle, to.port.channel])
  bed.bd(0, 0, to, bd, { ...bed.hostAddress(output), length: words })
  bed.bd(0, 0, from, bd + 1, { ...bed.hostAddress(input), length: words })
}

const sequence = (words: number) => Array.from({ length: words }, (_, i) => i + 1)

suite('the shim of aie4', () => {
  it('has control channels with eight descriptors of their own, one dimension and no locks', () => {
    for (const half of [0, 1]) {
      const bed = new Bed('aie4')
      const control = special(bed, 'control', half)
      expect([control.bdCount, control.queueDepth]).toEqual([8, 8])
      // A control packet's way to the mem tile, taken as data by a channel of the same half.
      bed.circuit(0, 0, ['controlDma', half], ['north', 2 * half])
      bed.circuit(0, 1, ['south', 2 * half], ['dma', 4 * half])
      const receive = bed.channel(1, 's2mm', 4 * half)
      bed.fillHost(input, 24, (i) => i + 1)
      bed.bd(0, 0, control, 7, {
        ...bed.hostAddress(input),
        length: 24,
        acquireEnable: 1,
        acquireId: 3,
      })
      bed.bd(0, 1, receive, 0, { base: bed.localBase(0), length: 24 })
      bed.push(0, 1, receive, 0)
      bed.push(0, 0, control, 7)
      bed.settle()
      expect([...bed.array.memDm.u32.subarray(0, 24)]).toEqual(sequence(24))
      expect(bed.array.notes()).toEqual([])
    }
  })

  it('has a trace channel with four descriptors of its own', () => {
    const bed = new Bed('aie4')
    const trace = special(bed, 'trace')
    expect(trace.bdCount).toBe(4)
    bed.circuit(0, 1, ['dma', 0], ['south', 0])
    bed.circuit(0, 0, ['north', 0], ['traceDma', 0])
    const send = bed.channel(1, 'mm2s', 0)
    for (let i = 0; i < 8; i++) bed.array.memDm.write32(4 * i, i + 1)
    bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: 8 })
    bed.bd(0, 0, trace, 3, { ...bed.hostAddress(output), length: 8 })
    bed.push(0, 0, trace, 3)
    bed.push(0, 1, send, 0)
    bed.settle()
    expect(bed.array.notes()).toEqual([])
    expect(bed.hostWords(output, 8)).toEqual(sequence(8))
  })

  it('keeps the chains of its second half there: next counts from descriptor 16', () => {
    const bed = new Bed('aie4')
    const [send, receive] = [bed.channel(0, 'mm2s', 2), bed.channel(0, 's2mm', 1)]
    expect([send.firstBd, receive.firstBd]).toEqual([16, 16])
    copy(bed, send, receive, 8)
    bed.bd(0, 0, send, 1, { ...bed.hostAddress(input), length: 3, useNext: 1, next: 5 })
    bed.bd(0, 0, send, 5, { ...bed.hostAddress(input + 12), length: 5 })
    bed.push(0, 0, receive, 0)
    bed.push(0, 0, send, 1)
    bed.settle()
    expect(bed.hostWords(output, 8)).toEqual(sequence(8))
    expect(bed.array.channel(bed.number(0, 0, 'mm2s', 2)).bd).toBe(16 + 5)
  })

  it('halts the channels of a half while its pause bit is set', () => {
    const bed = new Bed('aie4')
    const pause = bed.array.registers(0, 0).find((r) => r.name === 'DMA_Pause')!
    const halves = [
      [bed.channel(0, 'mm2s', 0), bed.channel(0, 's2mm', 0)],
      [bed.channel(0, 'mm2s', 2), bed.channel(0, 's2mm', 1)],
    ] as const
    bed.write(0, 0, pause.offset, 0b10)
    const done = () =>
      [0, 1].map((s) => bed.array.channel(bed.number(0, 0, 's2mm', s)).state === ChannelState.idle)
    for (const [send, receive] of halves) {
      copy(bed, send, receive, 4)
      bed.push(0, 0, receive, 0)
      bed.push(0, 0, send, 1)
    }
    bed.settle()
    expect(done()).toEqual([true, false])
    bed.write(0, 0, pause.offset, 0)
    bed.settle()
    expect(done()).toEqual([true, true])
  })
})

for (const id of profileIds) {
  suite(`the shim of ${id}`, () => {
    it('takes bits that reset other channels as a pause, and has no reset', () => {
      for (const bit of [dmaControl.pauseMemory[1], dmaControl.pauseStream[1]]) {
        const bed = new Bed(id)
        const [send, receive] = [bed.channel(0, 'mm2s', 0), bed.channel(0, 's2mm', 0)]
        bed.shimPort(0, 'mm2s', 0)
        bed.shimPort(0, 's2mm', 0)
        copy(bed, send, receive, 4)
        bed.write(0, 0, send.control, 1 << bit)
        bed.push(0, 0, receive, 0)
        bed.push(0, 0, send, 1)
        bed.settle()
        expect(bed.read(0, 0, send.status) & dmaStatus.channelRunning).not.toBe(0)
        bed.write(0, 0, send.control, 0)
        bed.settle()
        expect(bed.hostWords(output, 4)).toEqual(sequence(4))
      }
    })
  })

  suite(`a start queue of ${id}`, () => {
    it('runs a chain as often as its repeat field can say, and no more', () => {
      const bed = new Bed(id)
      const { maxRepeat } = bed.device.dma
      const [send, receive] = [bed.channel(2, 'mm2s', 0), bed.channel(2, 's2mm', 0)]
      bed.circuit(0, 2, ['dma', 0], ['dma', 0])
      bed.bd(0, 2, send, 0, { base: 0, length: 1 })
      bed.bd(0, 2, receive, 1, { base: 8, length: maxRepeat })
      bed.push(0, 2, receive, 1)
      // Bits above the field belong to nobody.
      bed.write(0, 2, send.queue, (((maxRepeat - 1) << 16) | 0x60000000) >>> 0)
      bed.settle()
      const number = bed.number(0, 2, 's2mm', 0)
      expect(bed.array.channel(number).state).toBe(ChannelState.idle)
      expect(bed.array.waits()).toEqual([])
      expect(bed.array.channel(bed.number(0, 2, 'mm2s', 0)).state).toBe(ChannelState.idle)
    })
  })
}
