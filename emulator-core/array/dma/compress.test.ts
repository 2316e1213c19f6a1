import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { countWord, dmaControl, FinishMode } from '../../device/abi/dma-words.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { ArrayEvent } from '../events.ts'
import { packedLength, packUnit, unpackUnit } from './compress.ts'
import { distinct, Loopback, type LoopKind } from './test-kit/loopback.ts'
import { packed, sparse } from './test-kit/naive.ts'

const unit = fc.array(sparse, { minLength: 8, maxLength: 8 })

suite('a compressed unit', () => {
  it('is a mask and the bytes that are not zero, and comes back as it was', () => {
    fc.assert(
      fc.property(unit, (words) => {
        const stream = new Int32Array(12).fill(-1)
        const length = packUnit(Int32Array.from(words), 0, stream, 1)
        expect([...new Uint32Array(stream.buffer, 4, length)]).toEqual(packed(words))
        expect(stream[0]).toBe(-1)
        expect(stream[1 + length]).toBe(-1)
        expect(packedLength(stream[1]!)).toBe(length)
        const back = new Int32Array(8)
        unpackUnit(stream, 1, back, 0)
        expect([...new Uint32Array(back.buffer)]).toEqual(words)
      }),
    )
  })

  it('of zeros is one word, and of bytes that are all set nine', () => {
    expect(packed([0, 0, 0, 0, 0, 0, 0, 0])).toEqual([0])
    expect(packedLength(-1)).toBe(9)
    expect(packedLength(0)).toBe(1)
    expect(packedLength(0x80000001 | 0)).toBe(2)
  })
})

/** Where a descriptor has the bit: core and mem tiles of the AIE2 family, the shim of AIE4. */
const places: readonly (readonly [ProfileId, LoopKind])[] = [
  ['npu1', 'core'],
  ['npu4', 'mem'],
  ['aie4', 'shim'],
]
const on = 1 << dmaControl.compression[1]

for (const [id, kind] of places) {
  suite(`the ${kind} tile of ${id}`, () => {
    const start = (words: readonly number[], sending: number, receiving: number, expect = 0) => {
      const loop = new Loopback(id, kind)
      loop.fill(0, words)
      loop.control(loop.send, sending)
      loop.control(loop.receive, receiving)
      loop.bd(loop.send, 0, 0, words.length, { compression: 1 })
      loop.bd(loop.receive, 1, 0x400, expect || words.length, { compression: 1 })
      loop.push(loop.receive, 1)
      loop.push(loop.send, 0)
      loop.bed.settle()
      return loop
    }

    it('sends compressed words where descriptor and channel ask for it', () => {
      fc.assert(
        fc.property(fc.array(sparse, { minLength: 1, maxLength: 400 }), (words) => {
          const stream = packed(words)
          const loop = start(words, on, 0, stream.length)
          expect(loop.words(0x400, stream.length + 1)).toEqual([...stream, 0])
        }),
        { numRuns: 10 },
      )
    })

    it('restores what was compressed', () => {
      fc.assert(
        fc.property(fc.array(sparse, { minLength: 1, maxLength: 700 }), (words) => {
          const loop = start(words, on, on)
          expect(loop.words(0x400, words.length + 1)).toEqual([...words, 0])
          expect(loop.register(loop.receive.writeCount!)).toBe(words.length)
          expect(loop.bed.array.waits()).toEqual([])
        }),
        { numRuns: 10 },
      )
    })

    it('leaves words as they are when the channel does not ask', () => {
      const words = distinct(40)
      expect(start(words, 0, 0).words(0x400, 40)).toEqual(words)
    })

    it('ends at the TLAST of a compressed packet and counts words of memory', () => {
      const loop = new Loopback(id, kind)
      const words = distinct(24).map((w, i) => (i % 3 === 0 ? w : 0))
      loop.fill(0, words)
      loop.control(loop.send, on)
      const mode = FinishMode.countsByRegister << dmaControl.finishOnLast[1]
      loop.control(loop.receive, on | mode)
      loop.bd(loop.send, 0, 0, 24, { compression: 1 })
      loop.bd(loop.receive, 8, 0x400, 500, { compression: 1 })
      loop.push(loop.receive, 8)
      loop.push(loop.send, 0)
      loop.bed.settle()
      expect(loop.words(0x400, 25)).toEqual([...words, 0])
      expect(loop.register(loop.receive.countPop!)).toBe(countWord(24, 8, true))
    })
  })
}

/**
 * Sends a stream that is compressed already to a receiver that unpacks it, or to one that takes it
 * as it is, and then blocks on a lock.
 */
function receive(words: readonly number[], unpacks: boolean): { end: number; left: number } {
  const loop = new Loopback('npu1', 'core')
  const stream = packed(words)
  loop.fill(0x400, [...stream, ...distinct(200)])
  loop.control(loop.receive, unpacks ? on : 0)
  loop.bd(loop.send, 0, 0x400, stream.length, { useNext: 1, next: 1 })
  loop.bd(loop.send, 1, 0x400 + stream.length, 200)
  const length = unpacks ? words.length : stream.length
  loop.bd(loop.receive, 8, 0, length, { compression: 1, useNext: 1, next: 9 })
  loop.bd(loop.receive, 9, 0, 200, { acquireEnable: 1, acquireValue: 0x7f, acquireId: 3 })
  loop.push(loop.receive, 8)
  loop.push(loop.send, 0)
  loop.bed.settle()
  const { trace } = loop.bed.sim
  const records = Array.from({ length: trace.end }, (_, i) => trace.record(i))
  const channel = loop.bed.number(0, 2, 's2mm', 0)
  const end = records.find((r) => {
    return r.kind === ArrayEvent.bdFinish && r.part === partOf(PartKind.channel, channel)
  })!
  const source = loop.bed.number(0, 2, 'mm2s', 0)
  return { end: end.tick, left: loop.bed.array.streams.written[source]! - stream.length }
}

suite('compression', () => {
  it('takes a word no sooner and lets no more leave than if nothing were compressed', () => {
    fc.assert(
      fc.property(fc.array(sparse, { minLength: 1, maxLength: 300 }), (words) => {
        const plain = receive(words, false)
        const unpacking = receive(words, true)
        expect(unpacking.left).toBe(plain.left)
        if (words.length < 24) expect(unpacking.end).toBe(plain.end)
        else expect(unpacking.end).toBeGreaterThanOrEqual(plain.end)
        expect(unpacking.end).toBeLessThan(plain.end * 1.6)
      }),
      { numRuns: 15 },
    )
    const zeros = Array.from({ length: 96 }, () => 0)
    expect(receive(zeros, true)).toEqual(receive(zeros, false))
  })

  it('moves zeros faster than one word per cycle', () => {
    const cycles = (words: readonly number[]) => {
      const loop = new Loopback('npu1', 'core')
      loop.fill(0, words)
      loop.control(loop.send, on)
      loop.control(loop.receive, on)
      loop.bd(loop.send, 0, 0, words.length, { compression: 1 })
      loop.bd(loop.receive, 1, 0x400, words.length, { compression: 1 })
      loop.push(loop.receive, 1)
      loop.push(loop.send, 0)
      loop.bed.settle()
      return loop.bed.now
    }
    const zeros = cycles(Array.from({ length: 512 }, () => 0))
    const dense = cycles(distinct(512))
    expect(zeros).toBeLessThan(512 / 3)
    expect(dense).toBeGreaterThanOrEqual((512 * 9) / 8)
  })

  it('is not there in the tiles whose descriptors have no bit for it', () => {
    for (const [id, kind] of [
      ['aie4', 'core'],
      ['aie4', 'mem'],
      ['npu4', 'shim'],
    ] as const) {
      const loop = new Loopback(id, kind)
      expect(loop.send.layout.fields.compression).toBeUndefined()
      loop.fill(0, [1, 0, 0])
      if (kind !== 'shim') loop.control(loop.send, on)
      loop.bd(loop.send, 0, 0, 3, { compression: 1 })
      loop.bd(loop.receive, 1, 0x400, 3)
      loop.push(loop.receive, 1)
      loop.push(loop.send, 0)
      loop.bed.settle()
      expect(loop.words(0x400, 3)).toEqual([1, 0, 0])
    }
  })
})
