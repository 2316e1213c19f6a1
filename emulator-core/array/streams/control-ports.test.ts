import { describe as suite, expect, it } from 'vitest'
import { composeHeader, withOddParity } from '../../device/abi/stream-words.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { NoteCode } from '../notes.ts'
import { Bed } from '../test-kit/bed.ts'
import { ControlError } from './control-ports.ts'

const family: readonly ProfileId[] = ['npu4', 'npu1']
const [column, row] = [0, 3]
const answers = 0x8_0000

/** A control packet of the AIE2 family: header, command, data. */
const packet = (
  address: number,
  count: number,
  operation: number,
  data: readonly number[] = [],
) => [
  composeHeader(0, 0, 0, 0, 0),
  withOddParity(address | ((count - 1) << 20) | (operation << 22) | (9 << 24)),
  ...data,
]

/** Leads shim MM2S 0 to the control port of a core tile, and its answers to shim S2MM 0. */
function control(id: ProfileId): { bed: Bed; send: (words: readonly number[]) => void } {
  const bed = new Bed(id)
  bed.circuit(column, 0, bed.shimPort(column, 'mm2s', 0), ['north', 0])
  bed.circuit(column, 0, ['north', 1], bed.shimPort(column, 's2mm', 0))
  for (let r = 1; r < row; r++) {
    bed.circuit(column, r, ['south', 0], ['north', 0])
    bed.circuit(column, r, ['north', 1], ['south', 1])
  }
  bed.circuit(column, row, ['south', 0], ['control', 0])
  bed.circuit(column, row, ['control', 0], ['south', 1])
  let at = 0x1_0000
  const send = (words: readonly number[]) => {
    const channel = bed.channel(0, 'mm2s', 0)
    bed.fillHost(at, words.length, (i) => words[i]!)
    bed.bd(column, 0, channel, 0, { ...bed.hostAddress(at), length: words.length })
    bed.push(column, 0, channel, 0)
    at += 4 * words.length
    bed.settle()
  }
  return { bed, send }
}

for (const id of family) {
  suite(`the control port of a tile of ${id}`, () => {
    it('writes consecutive words', () => {
      const { bed, send } = control(id)
      send(packet(0x400, 4, 0, [11, 22, 33, 44]))
      send(packet(0x500, 2, 3, [55, 66]))
      expect([0, 4, 8, 12].map((o) => bed.read(column, row, 0x400 + o))).toEqual([11, 22, 33, 44])
      expect([0, 4].map((o) => bed.read(column, row, 0x500 + o))).toEqual([55, 66])
      expect(bed.array.notes()).toEqual([])
    })

    it('answers a read with a packet that bears the response id', () => {
      const { bed, send } = control(id)
      const lock = bed.device.coreTile.locks.value(5)
      bed.write(column, row, lock, 13)
      bed.write(column, row, bed.device.coreTile.locks.value(6), 0x7e)
      const channel = bed.channel(0, 's2mm', 0)
      bed.bd(column, 0, channel, 1, { ...bed.hostAddress(answers), length: 2 })
      bed.push(column, 0, channel, 1)
      send(packet(lock, 1, 1))
      expect(bed.hostWords(answers, 2)).toEqual([composeHeader(9, 0, row, column, 0), 13])
    })

    it('keeps errors in its status until they are cleared, and drops the packet', () => {
      const { bed, send } = control(id)
      const status = bed.device.coreTile.status!(0)
      const good = packet(0x400, 1, 0, [1])
      send([good[0]! ^ 0x80000000, good[1]!, 2])
      expect(bed.read(column, row, status)).toBe(ControlError.header)
      send([good[0]!, good[1]! ^ 0x80000000, 3])
      send(packet(0x400, 2, 0, [4]))
      send(packet(0x2f000, 1, 0, [5]))
      expect(bed.read(column, row, status)).toBe(15)
      bed.write(column, row, status, 5)
      expect(bed.read(column, row, status)).toBe(ControlError.command | ControlError.last)
      expect(bed.read(column, row, 0x400)).toBe(4)
      send(good)
      expect(bed.read(column, row, 0x400)).toBe(1)
      expect(bed.array.notes().map((n) => [n.code, n.detail])).toEqual([
        [NoteCode.controlPacket, ControlError.header],
        [NoteCode.controlPacket, ControlError.command],
        [NoteCode.controlPacket, ControlError.last],
        [NoteCode.controlPacket, ControlError.slave],
      ])
    })
  })
}

suite('the control port of a core tile of AIE4', () => {
  it('carries out one command after the other without a header', () => {
    const bed = new Bed('aie4')
    bed.circuit(0, 0, ['controlDma', 0], ['northControl', 0])
    bed.circuit(0, 1, ['southControl', 0], ['northControl', 0])
    bed.circuit(0, 2, ['southControl', 0], ['control', 0])
    const command = (address: number, count: number) =>
      withOddParity((address >> 2) | ((count - 1) << 21))
    const words = [command(0x1000, 3), 7, 8, 9, command(0xae020, 1), 21]
    bed.fillHost(0x1_0000, words.length, (i) => words[i]!)
    const channel = bed.device.shimTile.channels.find((c) => c.role === 'control')!
    bed.bd(0, 0, channel, 0, { ...bed.hostAddress(0x1_0000), length: words.length })
    bed.push(0, 0, channel, 0)
    bed.settle()
    expect([0, 4, 8].map((o) => bed.read(0, 2, 0x1000 + o))).toEqual([7, 8, 9])
    expect(bed.read(0, 2, bed.device.coreTile.locks.value(2))).toBe(21)
  })
})
