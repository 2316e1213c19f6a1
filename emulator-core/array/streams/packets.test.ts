import { describe as suite, expect, it } from 'vitest'
import { packetMaster, packetSlave, packetSlot } from '../../device/abi/stream-words.ts'
import { mapOfRow } from '../../device/geometry.ts'
import type { Bundle } from '../../device/tiles.ts'
import { Bed, profileIds } from '../test-kit/bed.ts'
import { headerWord } from '../test-kit/reference/packets.ts'

/** Puts a slave into packet mode with one slot, and a master on its arbiter. */
function packetWay(
  bed: Bed,
  row: number,
  from: readonly [Bundle, number],
  to: readonly [Bundle, number],
  arbiter: number,
): void {
  const { data } = mapOfRow(bed.device, row)
  const slave = data.slaves.find((p) => p.bundle === from[0] && p.channel === from[1])!
  const master = data.masters.find((p) => p.bundle === to[0] && p.channel === to[1])!
  bed.write(0, row, slave.register, packetSlave)
  bed.write(0, row, slave.slots!, packetSlot(0, 0, arbiter, 0))
  bed.write(0, row, master.register, packetMaster(arbiter, 1))
}

for (const id of profileIds) {
  suite(`two packet streams through one switch of ${id}`, () => {
    for (const delay of [0, 5]) {
      it(`both arrive when the second begins ${delay} ticks later`, () => {
        const bed = new Bed(id)
        for (const c of [0, 1]) {
          const [send, receive] = [bed.channel(1, 'mm2s', c), bed.channel(1, 's2mm', c)]
          packetWay(bed, 1, ['dma', c], ['dma', c], c)
          const words = [headerWord(c, 0, 0, 1), 7 + c]
          words.forEach((word, i) => bed.array.memDm.write32(0x100 * c + 4 * i, word))
          const bd = id === 'aie4' ? 0 : 24 * c
          bed.bd(0, 1, receive, bd, { base: bed.localBase(0x1000 + 0x100 * c), length: 2 })
          bed.bd(0, 1, send, bd + 1, { base: bed.localBase(0x100 * c), length: 2 })
          bed.push(0, 1, receive, bd)
          bed.push(0, 1, send, bd + 1)
          if (delay > 0) bed.sim.schedule.runUntil(bed.now + delay)
        }
        bed.settle()
        const got = [0, 1].map((c) => bed.array.memDm.u32.slice(0x400 + 0x40 * c, 0x402 + 0x40 * c))
        expect(got.map((words) => [...words])).toEqual([
          [headerWord(0, 0, 0, 1), 7],
          [headerWord(1, 0, 0, 1), 8],
        ])
      })
    }
  })
}
