import { describe as suite, expect, it } from 'vitest'
import { packetMaster, packetSlave, packetSlot } from '../../device/abi/stream-words.ts'
import { mapOfRow } from '../../device/geometry.ts'
import type { Bundle } from '../../device/tiles.ts'
import { Bed } from '../test-kit/bed.ts'
import {
  ControlOperation,
  readAnswerHeader,
  requestWords,
} from '../test-kit/reference/control-packets.ts'

/**
 * Host memory asks three tiles for the value of a lock, over the network that carries data:
 *
 *     host ── shim MM2S 0 ── lane 0 up ──▶ mem ──▶ core 2 ──▶ core 3      by packet id 1, 2, 3
 *     host ◀─ shim S2MM 0 ◀─ lane 0 down ─ mem ◀── core 2 ◀── core 3      by response id 11, 12, 13
 */
const requests = 0x1_0000
const answers = 0x8_0000
const column = 2
const lock = 5

type PortName = readonly [Bundle, number]

function packets(
  bed: Bed,
  row: number,
  from: PortName,
  slots: readonly (readonly [number, number, number, number])[],
): void {
  const { slaves } = mapOfRow(bed.device, row).data
  const port = slaves.find((p) => p.bundle === from[0] && p.channel === from[1])!
  bed.write(column, row, port.register, packetSlave)
  slots.forEach(([id, mask, arbiter, msel], s) =>
    bed.write(column, row, port.slots! + 4 * s, packetSlot(id, mask, arbiter, msel)),
  )
}

function listen(bed: Bed, row: number, to: PortName, arbiter: number, msels: number): void {
  const { masters } = mapOfRow(bed.device, row).data
  const port = masters.find((p) => p.bundle === to[0] && p.channel === to[1])!
  bed.write(column, row, port.register, packetMaster(arbiter, msels))
}

for (const id of ['npu4', 'npu1'] as const) {
  suite(`control packets on ${id}`, () => {
    it('read the locks of three tiles back to host memory, and leave them as they are', () => {
      const bed = new Bed(id)
      const values = [21, 42, 63]
      const rows = [1, 2, 3]
      packets(bed, 0, bed.shimPort(column, 'mm2s', 0), [[0, 0, 0, 0]])
      listen(bed, 0, ['north', 0], 0, 1)
      packets(bed, 0, ['north', 0], [[0, 0, 1, 0]])
      listen(bed, 0, bed.shimPort(column, 's2mm', 0), 1, 1)
      for (const row of rows) {
        // Requests: the tile's own id stays, all others go up. Answers: its own and those from above go down.
        packets(
          bed,
          row,
          ['south', 0],
          [
            [row, 0x1f, 0, 0],
            [0, 0, 2, 0],
          ],
        )
        listen(bed, row, ['control', 0], 0, 1)
        if (row < 3) listen(bed, row, ['north', 0], 2, 1)
        packets(bed, row, ['control', 0], [[8, 0x18, 1, 0]])
        if (row < 3) packets(bed, row, ['north', 0], [[8, 0x18, 1, 0]])
        listen(bed, row, ['south', 0], 1, 1)
        const { locks } = mapOfRow(bed.device, row)
        bed.write(column, row, locks.value(lock), values[row - 1]!)
      }
      const send = bed.channel(0, 'mm2s', 0)
      rows.forEach((row, i) => {
        const [command] = requestWords({
          address: mapOfRow(bed.device, row).locks.value(lock),
          operation: ControlOperation.read,
          words: 1,
          responseId: 10 + row,
        })
        bed.host.write32(requests + 4 * i, command!)
        bed.bd(column, 0, send, i, {
          ...bed.hostAddress(requests + 4 * i),
          length: 1,
          packetEnable: 1,
          packetId: row,
          useNext: i < 2 ? 1 : 0,
          next: i + 1,
        })
      })
      const receive = bed.channel(0, 's2mm', 0)
      bed.bd(column, 0, receive, 8, { ...bed.hostAddress(answers), length: 6 })
      bed.push(column, 0, receive, 8)
      bed.push(column, 0, send, 0)
      bed.settle()
      const found = bed.hostWords(answers, 6)
      const byRow = new Map([0, 2, 4].map((at) => [readAnswerHeader(found[at]!).row, at]))
      rows.forEach((row, i) => {
        const at = byRow.get(row)!
        expect(readAnswerHeader(found[at]!)).toEqual({ id: 10 + row, row, column, isOdd: true })
        expect(found[at + 1]).toBe(values[i])
        expect(bed.read(column, row, mapOfRow(bed.device, row).locks.value(lock))).toBe(values[i])
      })
      expect(bed.array.notes()).toEqual([])
    })
  })
}
