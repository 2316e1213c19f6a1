/**
 * Addresses: what descriptors visit, against an odometer that is written from the manual and knows
 * nothing of walks.
 */
import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { bdField, bdFieldMax } from '../../device/abi/bd.ts'
import { profileIds } from '../test-kit/bed.ts'
import { distinct, Loopback, type LoopKind, loopKinds } from './test-kit/loopback.ts'
import { put, shapes, visited } from './test-kit/naive.ts'

const extent = 0x1800
const loads = 3

for (const id of profileIds) {
  for (const kind of loopKinds) {
    suite(`the addresses of a ${kind} tile of ${id}`, () => {
      it('are read in the order of the manual, with padding and iteration', () => {
        const loop = new Loopback(id, kind)
        const data = distinct(0x2000)
        loop.fill(0, data)
        fc.assert(
          fc.property(shapes(loop.send, kind), (shape) => {
            const expected = Array.from({ length: loads }, (_, i) => visited(shape, i)).flat()
            fc.pre(Math.max(...expected) < extent)
            put(loop, loop.send, 0, 0x10, shape)
            loop.bd(loop.receive, 1, 0x2400, shape.length * loads)
            loop.push(loop.receive, 1)
            loop.push(loop.send, 0, loads)
            loop.bed.settle()
            expect(loop.words(0x2400, expected.length)).toEqual(
              expected.map((at) => (at < 0 ? 0 : data[0x10 + at]!)),
            )
            expect(loop.bed.array.notes()).toEqual([])
            const words = Uint32Array.from({ length: loop.send.layout.words }, (_, i) =>
              loop.register(loop.send.bdBase + 4 * i),
            )
            expect(bdField(loop.send.layout, words, 0, 'iterationCurrent')).toBe(
              (shape.current + loads) % shape.iterations,
            )
          }),
          { numRuns: 40 },
        )
      })

      it('are written in the order of the manual, with iteration', () => {
        const loop = new Loopback(id, kind)
        const blank = Array.from({ length: extent }, () => 0)
        fc.assert(
          fc.property(shapes(loop.receive, kind), (shape) => {
            const order = Array.from({ length: loads }, (_, i) => visited(shape, i)).flat()
            fc.pre(Math.max(...order) < extent - 0x10)
            loop.fill(0, blank)
            const data = distinct(shape.length * loads)
            loop.fill(0x2000, data)
            loop.bd(loop.send, 0, 0x2000, data.length)
            put(loop, loop.receive, 1, 0x10, shape)
            loop.push(loop.receive, 1, loads)
            loop.push(loop.send, 0)
            loop.bed.settle()
            const memory = [...blank]
            order.forEach((at, i) => (memory[0x10 + at] = data[i]!))
            expect(loop.words(0, extent)).toEqual(memory)
          }),
          { numRuns: 40 },
        )
      })
    })
  }
}

suite('the limits of descriptors', () => {
  it('are those of each generation', () => {
    const limits = (id: (typeof profileIds)[number], kind: LoopKind) => {
      const { layout } = new Loopback(id, kind).send
      const max = (name: Parameters<typeof bdFieldMax>[1]) => bdFieldMax(layout, name)
      const pads = (['d0PadBefore', 'd1PadBefore', 'd2PadAfter'] as const).map(max)
      return [max('d1Step'), max('d0Wrap'), max('iterationWrap') + 1, ...pads]
    }
    const bits = (n: number) => 2 ** n - 1
    expect(limits('npu1', 'core')).toEqual([bits(13), bits(8), 64, 0, 0, 0])
    expect(limits('npu4', 'mem')).toEqual([bits(17), bits(10), 64, 63, 31, 15])
    expect(limits('npu4', 'shim')).toEqual([bits(20), bits(10), 64, 0, 0, 0])
    expect(limits('aie4', 'core')).toEqual([bits(15), bits(9), 64, 0, 0, 0])
    expect(limits('aie4', 'mem')).toEqual([bits(23), bits(12), 256, 255, 255, 255])
    expect(limits('aie4', 'shim')).toEqual([bits(22), bits(12), 64, 0, 0, 0])
  })

  for (const id of ['npu4', 'aie4'] as const) {
    it(`hold on ${id} for as much padding as the fields can say`, () => {
      const loop = new Loopback(id, 'mem')
      const most = (['d0PadBefore', 'd1PadAfter', 'd2PadBefore'] as const).map((name) =>
        bdFieldMax(loop.send.layout, name),
      )
      // One word after the largest planes in front, then the largest rows behind.
      const row = most[0]! + 1
      const plane = row * (1 + most[1]!)
      const length = plane * (most[2]! > 20 ? 2 : most[2]! + 1)
      const planes = length / plane - 1
      loop.fill(0, [77])
      loop.bd(loop.send, 0, 0, length, {
        d0Wrap: 1,
        d1Wrap: 1,
        d2Wrap: 1,
        d0PadBefore: most[0],
        d1PadAfter: most[1],
        d2PadBefore: planes,
      })
      loop.bd(loop.receive, 1, 0x4000, length)
      loop.push(loop.receive, 1)
      loop.push(loop.send, 0)
      loop.bed.settle()
      const words = loop.words(0x4000, length)
      expect(words.flatMap((word, i) => (word === 0 ? [] : [i, word]))).toEqual([
        planes * plane + most[0]!,
        77,
      ])
    })
  }
})
