import { describe as suite, expect, it } from 'vitest'
import { readToken } from '../device/abi/dma-words.ts'
import { Bed, lockOperand, profileIds } from './test-kit/bed.ts'

const input = 0x10000
const output = 0x8_0000
const blockWords = 64
const blocks = 8

/** DDR → shim → mem → shim → DDR through two buffers of the mem tile that two locks hand over. */
function loop(bed: Bed): void {
  const shimOut = bed.channel(0, 'mm2s', 0)
  const shimIn = bed.channel(0, 's2mm', 0)
  const memIn = bed.channel(1, 's2mm', 0)
  const memOut = bed.channel(1, 'mm2s', 0)
  bed.circuit(0, 0, bed.shimPort(0, 'mm2s', 0), ['north', 0])
  bed.circuit(0, 1, ['south', 0], ['dma', 0])
  bed.circuit(0, 1, ['dma', 0], ['south', 0])
  bed.circuit(0, 0, ['north', 0], bed.shimPort(0, 's2mm', 0))
  bed.tokenPath(0, 0)
  const { locks } = bed.device.memTile
  bed.write(0, 1, locks.value(0), 2)
  bed.write(0, 1, locks.value(1), 0)
  const one = lockOperand(-1)
  for (const [bd, next] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const place = {
      base: bed.localBase(0x1000 * bd),
      length: blockWords,
      useNext: 1,
      acquireEnable: 1,
      acquireValue: one,
    }
    bed.bd(0, 1, memIn, bd, {
      ...place,
      next,
      acquireId: bed.localLock(0),
      releaseId: bed.localLock(1),
      releaseValue: 1,
    })
    bed.bd(0, 1, memOut, bd + 2, {
      ...place,
      next: next + 2,
      acquireId: bed.localLock(1),
      releaseId: bed.localLock(0),
      releaseValue: 1,
    })
  }
  bed.push(0, 1, memIn, 0)
  bed.push(0, 1, memOut, 2)
  bed.bd(0, 0, shimIn, 1, { ...bed.hostAddress(output), length: blockWords * blocks })
  bed.push(0, 0, shimIn, 1, 1, true)
  bed.bd(0, 0, shimOut, 0, { ...bed.hostAddress(input), length: blockWords * blocks })
  bed.push(0, 0, shimOut, 0, 1, true)
}

for (const id of profileIds) {
  suite(`a ping-pong loop through the mem tile of ${id}, set up by register writes only`, () => {
    it('copies host memory and reports both shim tasks', () => {
      const bed = new Bed(id)
      bed.fillHost(input, blockWords * blocks, (i) => i * 3 + 1)
      loop(bed)
      bed.settle()
      expect(bed.array.notes().map((n) => bed.array.explain(n.code, n.part, n.detail))).toEqual([])
      expect(bed.hostWords(output, blockWords * blocks)).toEqual(
        Array.from({ length: blockWords * blocks }, (_, i) => i * 3 + 1),
      )
      expect(bed.tokens.map((t) => [t.uc, readToken(t.word).actor])).toEqual([
        [0, bed.channel(0, 'mm2s', 0).actor],
        [0, bed.channel(0, 's2mm', 0).actor],
      ])
      expect(bed.array.waits()).toHaveLength(2)
    })
  })
}
