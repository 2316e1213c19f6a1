import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { countWord, dmaControl, FinishMode } from '../../device/abi/dma-words.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { packedLength, packUnit, unpackUnit } from './compress.ts'
import { distinct, Loopback, type LoopKind } from './test-kit/loopback.ts'

/** What the manual says, byte by byte: a mask, the bytes that are not zero, filled up to a word. */
function packed(words: readonly number[]): number[] {
  const out: number[] = []
  for (let unit = 0; unit < words.length; unit += 8) {
    const bytes = Array.from({ length: 32 }, (_, i) => {
      const word = words[unit + Math.floor(i / 4)] ?? 0
      return Math.floor(word / 256 ** (i % 4)) % 256
    })
    const kept = bytes.filter((b) => b !== 0)
    while (kept.length % 4 !== 0) kept.push(0)
    out.push(bytes.reduce((mask, b, i) => mask + (b === 0 ? 0 : 2 ** i), 0))
    for (let i = 0; i < kept.length; i += 4)
      out.push(kept[i]! + kept[i + 1]! * 2 ** 8 + kept[i + 2]! * 2 ** 16 + kept[i + 3]! * 2 ** 24)
  }
  return out
}

/** Words with many zero bytes. */
const sparse = fc
  .array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 255 })), {
    minLength: 4,
    maxLength: 4,
  })
  .map(([a, b, c, d]) => (a! + b! * 2 ** 8 + c! * 2 ** 16 + d! * 2 ** 24) % 2 ** 32)

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
        { numRuns: 20 },
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
        { numRuns: 20 },
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

suite('compression', () => {
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
    expect(zeros).toBeLessThan(512 / 4)
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
