/**
 * Copying: stretches, rings and units against one word at a time, for descriptors that stride, wrap,
 * pad and compress at once.
 */
import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { dmaControl } from '../../device/abi/dma-words.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { NoteCode } from '../notes.ts'
import { Loopback, type LoopKind } from './test-kit/loopback.ts'
import { packed, put, shapes, sparse, visited } from './test-kit/naive.ts'

const places: readonly (readonly [ProfileId, LoopKind])[] = [
  ['npu1', 'core'],
  ['npu4', 'mem'],
  ['aie4', 'core'],
  ['aie4', 'mem'],
  ['aie4', 'shim'],
]
const pack = 1 << dmaControl.compression[1]
const longest = 900
/** Where the other end of the loop keeps its words. */
const buffer = 0x3000
const isBuffer = (word: number) => word >= buffer && word < buffer + 0xc00

for (const [id, kind] of places) {
  suite(`copying in a ${kind} tile of ${id}`, () => {
    const probe = new Loopback(id, kind)
    const canPack = probe.send.layout.fields.compression !== undefined
    const memoryWords = kind === 'core' ? probe.bed.device.core.dmBytes / 4 : Infinity
    // Core tile descriptors may run past the end of their memory and wrap around.
    const bases = kind === 'core' ? fc.constantFrom(0, memoryWords - 50) : fc.constantFrom(0, 0x33)
    const data = fc.array(sparse, { minLength: 64, maxLength: 64 })

    it('reads what one word at a time would read', () => {
      const loop = new Loopback(id, kind)
      fc.assert(
        fc.property(
          shapes(loop.send, kind, longest),
          data,
          bases,
          fc.boolean(),
          (shape, words, base, packs) => {
            const isPacking = packs && canPack
            const place = (at: number) => (base + at) % memoryWords
            const order = visited(shape, 0)
            fc.pre(order.every((a) => a < 0 || !isBuffer(place(a))))
            const at = [...new Set(order.filter((a) => a >= 0).map(place))]
            at.forEach((a) => loop.fill(a, [words[a % 64]!]))
            const plain = order.map((a) => (a < 0 ? 0 : words[place(a) % 64]!))
            const expected = isPacking ? packed(plain) : plain
            if (kind !== 'shim' || canPack) loop.control(loop.send, isPacking ? pack : 0)
            put(loop, loop.send, 0, base, shape, { compression: isPacking ? 1 : 0 })
            loop.bd(loop.receive, 1, buffer, expected.length)
            loop.push(loop.receive, 1)
            loop.push(loop.send, 0)
            loop.bed.settle()
            expect(loop.words(buffer, expected.length)).toEqual(expected)
          },
        ),
        { numRuns: 40 },
      )
    })

    it('writes what one word at a time would write', () => {
      const loop = new Loopback(id, kind)
      fc.assert(
        fc.property(
          shapes(loop.receive, kind, longest),
          fc.array(sparse, { minLength: longest, maxLength: longest }),
          bases,
          fc.boolean(),
          (shape, words, base, packs) => {
            const isPacking = packs && canPack
            const plain = words.slice(0, shape.length)
            const stream = isPacking ? packed(plain) : plain
            const memory = new Map<number, number>()
            visited(shape, 0).forEach((at, i) => memory.set((base + at) % memoryWords, plain[i]!))
            fc.pre([...memory.keys()].every((at) => !isBuffer(at)))
            loop.fill(buffer, stream)
            if (kind !== 'shim' || canPack) loop.control(loop.receive, isPacking ? pack : 0)
            loop.bd(loop.send, 0, buffer, stream.length)
            put(loop, loop.receive, 1, base, shape, { compression: isPacking ? 1 : 0 })
            loop.push(loop.receive, 1)
            loop.push(loop.send, 0)
            loop.bed.settle()
            const after = [...memory.keys()].map((at) => loop.words(at, 1)[0])
            expect(after).toEqual([...memory.values()])
            const { notes } = loop.bed.array
            expect(notes().filter((n) => n.code !== NoteCode.addressWraps)).toEqual([])
          },
        ),
        { numRuns: 40 },
      )
    })
  })
}
