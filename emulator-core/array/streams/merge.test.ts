import { describe as suite, expect, it } from 'vitest'
import {
  mergeWord,
  packetHeader,
  packetMaster,
  packetSlave,
  packetSlot,
  portWord,
} from '../../device/abi/stream-words.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { Bed, profileIds } from '../test-kit/bed.ts'

const arbitersOf = (id: ProfileId) => (id === 'aie4' ? [0, 1, 4, 5] : [0, 1])
const received = (id: ProfileId, arbiter: number) => (id === 'aie4' && arbiter >= 4 ? 4 : 0)

/**
 * Two cores send packets of one word down to the mem tile, whose arbiter lets both through one
 * master. Core rows 2 and 3 send 4 and 2 packets with the values 20… and 30….
 */
function setUp(id: ProfileId, arbiter: number): Bed {
  const bed = new Bed(id)
  bed.circuit(0, 2, ['dma', 0], ['south', 0])
  bed.circuit(0, 3, ['dma', 0], ['south', 1])
  bed.circuit(0, 2, ['north', 1], ['south', 1])
  const { slaves, masters } = bed.device.memTile.data
  for (const channel of [0, 1]) {
    const port = slaves.find((p) => p.bundle === 'north' && p.channel === channel)!
    bed.write(0, 1, port.register, packetSlave)
    bed.write(0, 1, port.slots!, packetSlot(channel, 0x1f, arbiter, 0))
  }
  const number = received(id, arbiter)
  const sink = masters.find((p) => p.bundle === 'dma' && p.channel === number)!
  bed.write(0, 1, sink.register, packetMaster(arbiter, 1) + portWord.dropHeader)
  for (const [row, count] of [
    [2, 4],
    [3, 2],
  ] as const) {
    const channel = bed.channel(row, 'mm2s', 0)
    for (let i = 0; i < count; i++) {
      bed.write(0, row, 8 * i, packetHeader({ id: row - 2, type: 0, row, column: 0 }))
      bed.write(0, row, 8 * i + 4, row * 10 + i)
      const more = i + 1 < count ? { useNext: 1, next: i + 1 } : {}
      bed.bd(0, row, channel, i, { base: 2 * i, length: 2, ...more })
    }
    bed.push(0, row, channel, 0)
  }
  return bed
}

/** What the mem tile receives, once it takes words. */
function receive(bed: Bed, id: ProfileId, arbiter: number): number[] {
  const channel = bed.channel(1, 's2mm', received(id, arbiter))
  bed.bd(0, 1, channel, channel.firstBd, { base: bed.localBase(0x400), length: 6 })
  bed.push(0, 1, channel, channel.firstBd)
  bed.settle()
  return Array.from({ length: 6 }, (_, i) =>
    bed.read(0, 1, bed.device.mem.dmOffset + 0x400 + 4 * i),
  )
}

for (const id of profileIds) {
  suite(`the deterministic merge of ${id}`, () => {
    for (const arbiter of arbitersOf(id)) {
      it(`makes arbiter ${arbiter} serve its slaves in the order of its registers`, () => {
        const bed = setUp(id, arbiter)
        const { merge, slaves } = bed.device.memTile.data
        const { register } = merge!.find((m) => m.arbiter === arbiter)!
        const [first, second] = [0, 1].map(
          (c) => slaves.find((p) => p.bundle === 'north' && p.channel === c)!.id,
        )
        bed.write(0, 1, register, mergeWord(second!, 1, first!, 2))
        bed.write(0, 1, register + 8, 1)
        expect(receive(bed, id, arbiter)).toEqual([30, 20, 21, 31, 22, 23])
      })
    }

    it('serves them in turn while it is off, whatever its registers say', () => {
      const bed = setUp(id, 0)
      bed.write(0, 1, bed.device.memTile.data.merge![0]!.register, mergeWord(0, 9))
      const came = receive(bed, id, 0)
      const from = (row: number) => came.filter((word) => Math.floor(word / 10) === row)
      expect([from(2), from(3)]).toEqual([
        [20, 21, 22, 23],
        [30, 31],
      ])
    })
  })
}
