import { describe as suite, expect, it } from 'vitest'
import { dmaControl } from '../../device/abi/dma-words.ts'
import { packetMaster, packetSlave, packetSlot, portWord } from '../../device/abi/stream-words.ts'
import { mapOfRow } from '../../device/geometry.ts'
import type { Bundle, ProfileId } from '../../device/tiles.ts'
import { Bed, profileIds } from '../test-kit/bed.ts'
import { headerWord } from '../test-kit/reference/packets.ts'

const input = 0x1_0000
const output = 0x8_0000
const size = 12

/** A slave in packet mode: `slots` are [id, mask, arbiter, msel]. */
function slave(
  bed: Bed,
  row: number,
  [bundle, channel]: readonly [Bundle, number],
  slots: readonly (readonly [number, number, number, number])[],
): void {
  const port = mapOfRow(bed.device, row).data.slaves.find(
    (p) => p.bundle === bundle && p.channel === channel,
  )!
  bed.write(0, row, port.register, packetSlave)
  slots.forEach(([id, mask, arbiter, msel], s) =>
    bed.write(0, row, port.slots! + 4 * s, packetSlot(id, mask, arbiter, msel)),
  )
}

/** A master in packet mode on an arbiter, with the msels it listens to. */
function master(
  bed: Bed,
  row: number,
  [bundle, channel]: readonly [Bundle, number],
  arbiter: number,
  mselMask: number,
  drop = false,
): void {
  const port = mapOfRow(bed.device, row).data.masters.find(
    (p) => p.bundle === bundle && p.channel === channel,
  )!
  bed.write(
    0,
    row,
    port.register,
    packetMaster(arbiter, mselMask) + (drop ? portWord.dropHeader : 0),
  )
}

const any = [0, 0, 0, 0] as const

/** Queues one packet of `size` words per id on MM2S `channel` of the mem tile; word i is id · 256 + i. */
function sendFromMem(bed: Bed, channel: number, ids: readonly number[], room: number): void {
  const send = bed.channel(1, 'mm2s', channel)
  // Channels of one parity share their descriptors on the AIE2 family.
  const first = send.legalBds[0] + 8 * (channel >> 1)
  ids.forEach((id, i) => {
    const at = room + 4 * size * i
    for (let k = 0; k < size; k++)
      bed.write(0, 1, bed.device.memTile.dmOffset + at + 4 * k, id * 256 + k)
    const bd = first + i
    bed.bd(0, 1, send, bd, {
      base: bed.localBase(at),
      length: size,
      packetEnable: 1,
      packetId: id,
      useNext: i + 1 < ids.length ? 1 : 0,
      next: bd + 1,
    })
  })
  bed.push(0, 1, send, first)
}

const payload = (id: number) => Array.from({ length: size }, (_, k) => id * 256 + k)

/** Three channels of a mem tile share one lane down to the shim and one S2MM of it. */
function fanIn(id: ProfileId, drop: boolean, rounds: number): number[] {
  const bed = new Bed(id)
  for (const channel of [0, 1, 2]) slave(bed, 1, ['dma', channel], [any])
  master(bed, 1, ['south', 0], 0, 1)
  slave(bed, 0, ['north', 0], [any])
  master(bed, 0, bed.shimPort(0, 's2mm', 0), 0, 1, drop)
  const host = bed.channel(0, 's2mm', 0)
  const words = 3 * rounds * (size + (drop ? 0 : 1))
  bed.bd(0, 0, host, 0, { ...bed.hostAddress(output), length: words })
  bed.push(0, 0, host, 0)
  for (const channel of [0, 1, 2]) {
    const ids = Array.from({ length: rounds }, (_, r) => 3 * r + channel + 1)
    sendFromMem(bed, channel, ids, 0x1000 * channel)
  }
  bed.settle()
  expect(bed.array.notes()).toEqual([])
  return bed.hostWords(output, words)
}

for (const id of profileIds) {
  suite(`packets that fan in on ${id}`, () => {
    it('share a lane one whole packet at a time, each under its header', () => {
      const found = fanIn(id, false, 2)
      const packets = Array.from({ length: 6 }, (_, p) =>
        found.slice(p * (size + 1), (p + 1) * (size + 1)),
      )
      const order = packets.map((packet) => packet[0]! & 0x1f)
      expect([...order].sort()).toEqual([1, 2, 3, 4, 5, 6])
      packets.forEach((packet, p) =>
        expect(packet).toEqual([headerWord(order[p]!, 0, 0, 1), ...payload(order[p]!)]),
      )
    })

    it('take turns at the arbiter, and arrive bare where the last master drops headers', () => {
      const found = fanIn(id, true, 4)
      const order = Array.from({ length: 12 }, (_, p) => found[p * size]! >>> 8)
      order.forEach((packet, p) =>
        expect(found.slice(p * size, (p + 1) * size)).toEqual(payload(packet)),
      )
      // Every channel always has a packet ready: each round serves all three once.
      for (let round = 0; round < 4; round++) {
        const turns = order.slice(3 * round, 3 * round + 3).map((packet) => (packet - 1) % 3)
        expect([...turns].sort()).toEqual([0, 1, 2])
      }
    })
  })

  suite(`packets that fan out on ${id}`, () => {
    it('find the core that their id names, and both when a slot names both', () => {
      const bed = new Bed(id)
      const ids = [4, 9, 5, 31]
      bed.fillHost(input, ids.length * size, (i) => payload(ids[Math.floor(i / size)]!)[i % size]!)
      slave(bed, 0, bed.shimPort(0, 'mm2s', 0), [any])
      master(bed, 0, ['north', 0], 0, 1)
      slave(bed, 1, ['south', 0], [any])
      master(bed, 1, ['north', 0], 0, 1)
      // Ids 4 and 5 stay in this core; 9 goes on to the next; all others do both.
      slave(
        bed,
        2,
        ['south', 0],
        [
          [4, 0x1e, 2, 0],
          [9, 0x1f, 2, 1],
          [0, 0, 2, 3],
        ],
      )
      master(bed, 2, ['dma', 0], 2, 0b1001, true)
      master(bed, 2, ['north', 0], 2, 0b1010)
      bed.circuit(0, 3, ['south', 0], ['dma', 1])
      const send = bed.channel(0, 'mm2s', 0)
      ids.forEach((packetId, i) =>
        bed.bd(0, 0, send, i, {
          ...bed.hostAddress(input + 4 * size * i),
          length: size,
          packetEnable: 1,
          packetId,
          packetType: id === 'aie4' ? 0 : 2,
          useNext: i < 3 ? 1 : 0,
          next: i + 1,
        }),
      )
      if (id === 'aie4') bed.write(0, 0, send.control, 2 << dmaControl.packetType[1])
      const near = bed.channel(2, 's2mm', 0)
      const far = bed.channel(3, 's2mm', 1)
      bed.bd(0, 2, near, 0, { base: 0x100, length: 3 * size })
      bed.bd(0, 3, far, 0, { base: 0x100, length: 2 * (size + 1) })
      bed.push(0, 2, near, 0)
      bed.push(0, 3, far, 0)
      bed.push(0, 0, send, 0)
      bed.settle()
      const words = (row: number, count: number) =>
        Array.from({ length: count }, (_, i) => bed.read(0, row, 0x400 + 4 * i))
      expect(words(2, 3 * size)).toEqual([4, 5, 31].flatMap(payload))
      expect(words(3, 2 * (size + 1))).toEqual(
        [9, 31].flatMap((packet) => [headerWord(packet, 2, 0, 0), ...payload(packet)]),
      )
      expect(bed.array.notes()).toEqual([])
    })
  })
}
