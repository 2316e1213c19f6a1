import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import type { ProfileId } from '../../device/tiles.ts'
import { Bed } from '../test-kit/bed.ts'
import {
  ControlOperation,
  ControlStatus,
  readAnswerHeader,
  ReferenceRegisters,
  requestWords,
  writeWords,
  type ControlRequest,
} from '../test-kit/reference/control-packets.ts'
import { headerWord } from '../test-kit/reference/packets.ts'

const column = 1
const requests = 0x1_0000
const answers = 0x8_0000
const most = 6

/** A run of registers that keep what is written, and the handler's status register, per tile kind. */
interface Target {
  readonly name: string
  readonly row: number
  readonly first: number
  readonly words: number
  readonly status: number
}

const family: readonly Target[] = [
  { name: 'a shim tile', row: 0, first: 0x1d100, words: 64, status: 0x3ff30 },
  { name: 'a mem tile', row: 1, first: 0x4000, words: 64, status: 0xb0f30 },
  { name: 'a core tile', row: 3, first: 0x2000, words: 64, status: 0x3ff30 },
]

/** Shim MM2S 0 leads to the control port of a tile of the AIE2 family; its answers come to shim S2MM 0. */
class ControlledTile {
  readonly bed: Bed
  readonly target: Target
  private at = requests
  private bd = 0

  constructor(id: ProfileId, target: Target) {
    this.target = target
    const bed = new Bed(id)
    this.bed = bed
    const [to, from] = [bed.shimPort(column, 'mm2s', 0), bed.shimPort(column, 's2mm', 0)]
    if (target.row === 0) {
      bed.circuit(column, 0, to, ['control', 0])
      bed.circuit(column, 0, ['control', 0], from)
    } else {
      bed.circuit(column, 0, to, ['north', 2])
      bed.circuit(column, 0, ['north', 3], from)
      for (let row = 1; row < target.row; row++) {
        bed.circuit(column, row, ['south', 2], ['north', 2])
        bed.circuit(column, row, ['north', 3], ['south', 3])
      }
      bed.circuit(column, target.row, ['south', 2], ['control', 0])
      bed.circuit(column, target.row, ['control', 0], ['south', 3])
    }
    const receive = bed.channel(0, 's2mm', 0)
    bed.bd(column, 0, receive, 7, { ...bed.hostAddress(answers), length: 1000 })
    bed.push(column, 0, receive, 7)
  }

  /** Sends packets, one descriptor each, and lets them act. */
  send(packets: readonly (readonly number[])[]): void {
    const { bed } = this
    const channel = bed.channel(0, 'mm2s', 0)
    packets.forEach((packet, i) => {
      bed.fillHost(this.at, packet.length, (k) => packet[k]!)
      const next = (this.bd + 1) % (most + 1)
      const useNext = i + 1 < packets.length ? 1 : 0
      const fields = { ...bed.hostAddress(this.at), length: packet.length, useNext, next }
      bed.bd(column, 0, channel, this.bd, fields)
      if (i === 0) bed.push(column, 0, channel, this.bd)
      this.bd = next
      this.at += 4 * packet.length
    })
    bed.settle()
  }

  get status(): number {
    return this.bed.read(column, this.target.row, this.target.status)
  }

  word(index: number): number {
    return this.bed.read(column, this.target.row, this.target.first + 4 * index)
  }
}

const header = headerWord(0, 0, column, 0)

interface Drawn {
  at: number
  operation: 0 | 1 | 2 | 3
  data: number[]
  responseId: number
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  at: fc.nat({ max: 60 }),
  operation: fc.constantFrom(0, 1, 2, 3) as fc.Arbitrary<0 | 1 | 2 | 3>,
  data: fc.array(fc.nat({ max: 0xffffffff }), { minLength: 1, maxLength: 4 }),
  responseId: fc.nat({ max: 31 }),
})

function requestOf(d: Drawn, target: Target): ControlRequest {
  const isRead = d.operation === ControlOperation.read
  return {
    address: target.first + 4 * d.at,
    operation: d.operation,
    words: isRead ? d.data.length : d.data,
    responseId: d.responseId,
  }
}

for (const id of ['npu4', 'npu1'] as const) {
  for (const target of family) {
    suite(`control packets to ${target.name} of ${id}`, () => {
      it('write and read words in order and answer under the response id', () => {
        fc.assert(
          fc.property(fc.array(drawn, { minLength: 1, maxLength: most, size: 'max' }), (list) => {
            const tile = new ControlledTile(id, target)
            const model = new ReferenceRegisters()
            const wanted = list.map((d) => requestOf(d, target))
            tile.send(wanted.map((r) => [header, ...requestWords(r)]))
            const found = tile.bed.hostWords(answers, 1000)
            let at = 0
            for (const request of wanted) {
              const words = model.carryOut(request)
              if (!words) continue
              expect(readAnswerHeader(found[at]!)).toEqual({
                id: request.responseId,
                row: target.row,
                column,
                isOdd: true,
              })
              expect(found.slice(at + 1, at + 1 + words.length)).toEqual(words)
              at += 1 + words.length
            }
            expect(found.slice(at).every((word) => word === 0)).toBe(true)
            for (let i = 0; i < target.words; i++)
              expect(tile.word(i)).toBe(model.words.get(target.first + 4 * i) ?? 0)
            expect(tile.status).toBe(0)
          }),
          { numRuns: 8 },
        )
      })

      const good = [
        header,
        ...requestWords({
          ...requestOf({ at: 0, operation: 0, data: [5], responseId: 0 }, target),
        }),
      ]
      const flip = (packet: number[], word: number) =>
        packet.map((w, i) => (i === word ? (w ^ 0x80000000) >>> 0 : w))
      const cases: readonly [string, number[], number][] = [
        ['a header of even parity', flip(good, 0), ControlStatus.header],
        ['a command of even parity', flip(good, 1), ControlStatus.command],
        [
          'a register that does not exist',
          [
            header,
            ...requestWords({
              address: target.row === 1 ? 0xa8000 : 0x2f000,
              operation: 0,
              words: [1],
              responseId: 0,
            }),
          ],
          ControlStatus.slave,
        ],
        ['a packet that goes on behind its last word', [...good, 6], ControlStatus.last],
        [
          'a packet that ends before its last word',
          [
            header,
            ...requestWords({
              address: target.first,
              operation: 0,
              words: [1, 2, 3],
              responseId: 0,
            }),
          ].slice(0, 4),
          ControlStatus.last,
        ],
      ]
      for (const [what, packet, bit] of cases) {
        it(`note ${what} in the status, and go on with the next packet`, () => {
          const tile = new ControlledTile(id, target)
          tile.send([packet])
          expect(tile.status & bit).toBe(bit)
          tile.send([good])
          expect(tile.word(0)).toBe(5)
          expect(tile.status & bit).toBe(bit)
        })
      }
    })
  }
}

const aie4: readonly (Target & { readonly run: number })[] = [
  { name: 'a shim tile', row: 0, first: 0x18000 + 0x30 * 12, words: 9, run: 9, status: 0x8260 },
  { name: 'a mem tile', row: 1, first: 0x8c00 + 0x300 * 4, words: 11, run: 11, status: 0 },
  { name: 'a core tile', row: 3, first: 0x1000, words: 32, run: 16, status: 0xb4f10 },
]

suite('control packets of AIE4', () => {
  for (const target of aie4) {
    it(`write runs of words of ${target.name}, sent by the control channel of the shim without a header`, () => {
      fc.assert(
        fc.property(fc.array(drawn, { minLength: 1, maxLength: most, size: 'max' }), (list) => {
          const bed = new Bed('aie4')
          const top = target.row
          bed.circuit(
            column,
            0,
            ['controlDma', 0],
            top === 0 ? ['control', 0] : ['northControl', 0],
          )
          for (let row = 1; row <= top; row++)
            bed.circuit(
              column,
              row,
              ['southControl', 0],
              row === top ? ['control', 0] : ['northControl', 0],
            )
          const model = new ReferenceRegisters()
          const channel = bed.device.shimTile.channels.find((c) => c.role === 'control')!
          let at = requests
          list.forEach((d, i) => {
            const words = [...d.data, ...d.data, ...d.data].slice(0, 1 + ((3 * d.at) % target.run))
            const first = d.at % (target.words - words.length + 1)
            const address = target.first + 4 * first
            model.carryOut({ address, operation: 0, words, responseId: 0 })
            const packet = writeWords(address, words)
            bed.fillHost(at, packet.length, (k) => packet[k]!)
            const useNext = i + 1 < list.length ? 1 : 0
            bed.bd(column, 0, channel, i, {
              ...bed.hostAddress(at),
              length: packet.length,
              useNext,
              next: i + 1,
            })
            at += 4 * packet.length
          })
          bed.push(column, 0, channel, 0)
          bed.settle()
          for (let i = 0; i < target.words; i++) {
            const address = target.first + 4 * i
            expect(bed.read(column, top, address)).toBe(model.words.get(address) ?? 0)
          }
          if (target.status > 0) expect(bed.read(column, top, target.status)).toBe(0)
          expect(bed.array.notes()).toEqual([])
        }),
        { numRuns: 8 },
      )
    })
  }
})
