/** All ways in which words travel, from copies of the machine and in slices. */
import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { dmaControl, FinishMode } from '../../device/abi/dma-words.ts'
import { profileIds } from '../test-kit/bed.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { distinct, Loopback } from './test-kit/loopback.ts'

/** Packets out of order whose lengths TLAST tells, counted, compressed where there is a bit for it. */
function busy(id: ProfileId): Loopback {
  const loop = new Loopback(id, id === 'aie4' ? 'shim' : 'mem')
  loop.bed.tokenPath(0, loop.row)
  loop.fill(
    0,
    distinct(600).map((w, i) => (i % 5 < 2 ? w : 0)),
  )
  const pack = 1 << dmaControl.compression[1]
  const order = 1 << dmaControl.outOfOrder[1]
  const counts = FinishMode.countsByToken << dmaControl.finishOnLast[1]
  loop.control(loop.send, pack)
  loop.control(loop.receive, pack | order | counts)
  ;[190, 33, 260].forEach((length, i) => {
    const header = { packetEnable: 1, outOfOrderId: 8 + i, compression: 1 }
    const chain = { useNext: i < 2 ? 1 : 0, next: i + 1 }
    loop.bd(loop.send, i, 100 * i, length, { ...header, ...chain, iterationStep: 7 })
    loop.bd(loop.receive, 8 + i, 0x400 + 0x200 * i, 400, { compression: 1, d1Step: 3, d0Wrap: 2 })
  })
  loop.push(loop.receive, 0, 3, true)
  loop.push(loop.receive, 0, 3, true)
  loop.push(loop.send, 0, 2)
  return loop
}

for (const id of profileIds) {
  suite(`packets, counts and compression on ${id}`, () => {
    it('come to the same end from a copy taken at any instant, and in slices', () => {
      const straight = busy(id)
      straight.bed.settle()
      expect(straight.bed.tokens.map((t) => t.place)).toEqual([0, 1, 2, 3, 0, 1, 2, 3])
      expect(straight.bed.array.notes()).toEqual([])
      const last = straight.bed.now
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: last }),
          fc.integer({ min: 1, max: last }),
          (cut, later) => {
            const { bed } = busy(id)
            bed.settle(cut)
            const saved = bed.save()
            const at = bed.checksum()
            bed.settle(later)
            bed.load(saved)
            expect(bed.checksum()).toBe(at)
            bed.settle()
            expect(bed.checksum()).toBe(straight.bed.checksum())
          },
        ),
        { numRuns: 10 },
      )
      const sliced = busy(id)
      for (let tick = 0; tick <= last + 97; tick += 97) sliced.bed.settle(tick)
      sliced.bed.settle()
      expect(sliced.bed.checksum()).toBe(straight.bed.checksum())
    })
  })
}
