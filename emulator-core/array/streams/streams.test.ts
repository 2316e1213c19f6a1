import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import {
  circuitMaster,
  circuitSlave,
  packetMaster,
  packetSlave,
  packetSlot,
} from '../../device/abi/stream-words.ts'
import { dmaControl, readToken } from '../../device/abi/dma-words.ts'
import { mapOfRow } from '../../device/geometry.ts'
import { NoteCode } from '../notes.ts'
import { Bed, lockOperand, profileIds } from '../test-kit/bed.ts'

/** The mem tile of column 0 sends to S2MM 0 of the core tiles in `rows` of its column. */
function downTheColumn(bed: Bed, rows: readonly number[]): void {
  bed.circuit(0, 1, ['dma', 0], ['north', 0])
  for (let row = 2; row <= Math.max(...rows); row++) {
    if (rows.includes(row)) bed.circuit(0, row, ['south', 0], ['dma', 0])
    if (row < Math.max(...rows)) bed.circuit(0, row, ['south', 0], ['north', 0])
  }
}

const words = 2400

function sendFromMem(bed: Bed, count = words): void {
  const send = bed.channel(1, 'mm2s', 0)
  for (let i = 0; i < count; i++) bed.array.memDm.write32(4 * i, i + 1)
  bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: count })
  bed.push(0, 1, send, 0)
}

function receiveInCore(bed: Bed, row: number, count = words): void {
  const channel = bed.channel(row, 's2mm', 0)
  bed.bd(0, row, channel, 0, { base: 0x40, length: count })
  bed.push(0, row, channel, 0)
}

const received = (bed: Bed, row: number, count = words) =>
  Array.from({ length: count }, (_, i) => bed.read(0, row, 0x100 + 4 * i))
const sent = Array.from({ length: words }, (_, i) => i + 1)

for (const id of profileIds) {
  suite(`circuits of ${id}`, () => {
    it('broadcast the same words to every sink', () => {
      const bed = new Bed(id)
      downTheColumn(bed, [2, 4, 5])
      for (const row of [2, 4, 5]) receiveInCore(bed, row)
      sendFromMem(bed)
      bed.settle()
      for (const row of [2, 4, 5]) expect(received(bed, row)).toEqual(sent)
      expect(received(bed, 3, 1)).toEqual([0])
      expect(bed.array.routes()).toHaveLength(1)
      expect(bed.array.routes()[0]!.sinks).toHaveLength(3)
    })

    it('hold a broadcast back until the slowest sink has room, and lose nothing', () => {
      const bed = new Bed(id)
      downTheColumn(bed, [2, 3])
      receiveInCore(bed, 2)
      sendFromMem(bed)
      bed.settle()
      const source = bed.number(0, 1, 'mm2s', 0)
      const waiting = bed.array.channel(source)
      const done = bed.array.channel(bed.number(0, 2, 's2mm', 0)).wordsDone
      expect(waiting.wordsDone).toBeLessThan(words)
      // What is before the fork has reached nobody yet.
      expect(done).toBeLessThan(waiting.wordsDone)
      expect(waiting.inFlight).toBeGreaterThanOrEqual(waiting.wordsDone - done)
      expect(bed.array.waits().find((w) => w.part === waiting.part)).toMatchObject({ kind: 'room' })
      receiveInCore(bed, 3)
      bed.settle()
      for (const row of [2, 3]) expect(received(bed, row)).toEqual(sent)
      expect(bed.array.channel(source).inFlight).toBe(0)
    })

    it('buffer a few words when nobody receives, the fewer the shorter the path', () => {
      const held = [2, 5].map((row) => {
        const bed = new Bed(id)
        downTheColumn(bed, [row])
        sendFromMem(bed)
        bed.settle()
        return bed.array.channel(bed.number(0, 1, 'mm2s', 0)).wordsDone
      })
      const beat = bed0(id).device.memTile.data.beatBytes / 4
      expect(held[0]).toBeGreaterThanOrEqual(8)
      expect(held[0]).toBeLessThan(64 * beat)
      expect(held[1]! - held[0]!).toBe(3 * 8 * beat)
    })

    it('move one beat per cycle once they flow', () => {
      const times = [512, 4096].map((count) => {
        const bed = new Bed(id)
        downTheColumn(bed, [5])
        receiveInCore(bed, 5, count)
        sendFromMem(bed, count)
        bed.settle()
        return bed.now
      })
      expect(times[1]! - times[0]!).toBe(
        (4096 - 512) / (bed0(id).device.memTile.data.beatBytes / 4),
      )
    })

    it('deliver in order whatever the sizes of the descriptors on both ends', () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 })
      fc.assert(
        fc.property(sizes, sizes, fc.boolean(), (from, to, sinkFirst) => {
          const bed = new Bed(id)
          downTheColumn(bed, [3])
          const total = Math.min(sum(from), sum(to))
          const setUp = (
            column: number,
            row: number,
            direction: 'mm2s' | 's2mm',
            list: number[],
            base: number,
          ) => {
            const channel = bed.channel(row, direction, 0)
            let offset = base
            list.forEach((length, bd) => {
              bed.bd(column, row, channel, bd, {
                base: offset,
                length,
                useNext: bd + 1 < list.length ? 1 : 0,
                next: bd + 1,
              })
              offset += length
            })
            bed.push(column, row, channel, 0)
          }
          for (let i = 0; i < sum(from); i++) bed.array.memDm.write32(4 * i, i + 1)
          const ends = [
            () => setUp(0, 1, 'mm2s', from, bed.localBase(0)),
            () => setUp(0, 3, 's2mm', to, 0x40),
          ]
          if (sinkFirst) ends.reverse()
          ends[0]!()
          bed.settle(500)
          ends[1]!()
          bed.settle()
          expect(received(bed, 3, total)).toEqual(Array.from({ length: total }, (_, i) => i + 1))
        }),
        { numRuns: 25 },
      )
    })

    it('carry tokens through packet slots that match the controller id; another id blocks the port', () => {
      const bed = new Bed(id)
      const fabric = mapOfRow(bed.device, 0).control
      const slave = fabric.slaves.find((p) => p.bundle === 'control' && p.channel === 0)!
      const out = bed.device.generation === 'aie4' ? 'uc' : 'south'
      const master = fabric.masters.find((p) => p.bundle === out && p.channel === 0)!
      bed.write(0, 0, slave.register, packetSlave)
      bed.write(0, 0, slave.slots! + 4, packetSlot(6, 0x1e, 3, 2))
      bed.write(0, 0, master.register, packetMaster(3, 0b0100))
      const channel = bed.channel(0, 's2mm', 0)
      const sink = bed.channel(1, 'mm2s', 0)
      bed.circuit(0, 1, ['dma', 0], ['south', 0])
      bed.circuit(0, 0, ['north', 0], bed.shimPort(0, 's2mm', 0))
      bed.bd(0, 1, sink, 0, { base: bed.localBase(0), length: 4 })
      bed.bd(0, 0, channel, 0, { ...bed.hostAddress(0x1000), length: 4 })
      for (const controllerId of [7, 8, 6]) {
        bed.write(0, 0, channel.control, controllerId << dmaControl.controllerId[1])
        bed.push(0, 1, sink, 0)
        bed.push(0, 0, channel, 0, 1, true)
        bed.settle()
      }
      expect(bed.tokens.map((t) => readToken(t.word).controllerId)).toEqual([7])
      expect(bed.array.notes().map((n) => n.code)).toEqual([
        NoteCode.tokenLost,
        NoteCode.packetUnrouted,
      ])
      // A slot for the id that waits lets both go on.
      bed.write(0, 0, slave.slots! + 8, packetSlot(8, 0x1f, 3, 2))
      bed.settle()
      expect(bed.tokens.map((t) => readToken(t.word).controllerId)).toEqual([7, 8, 6])
    })
  })
}

function bed0(id: (typeof profileIds)[number]): Bed {
  return new Bed(id)
}

const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0)

suite('configuration', () => {
  it('of an illegal circuit is noted and connects nothing', () => {
    const bed = new Bed('npu1')
    const { data } = bed.device.memTile
    const slave = data.slaves.find((p) => p.bundle === 'south' && p.channel === 0)!
    const master = data.masters.find((p) => p.bundle === 'north' && p.channel === 3)!
    bed.write(0, 1, slave.register, circuitSlave)
    bed.write(0, 1, master.register, circuitMaster(slave.id))
    bed.settle()
    expect(bed.array.notes().map((n) => [n.code, n.detail])).toEqual([
      [NoteCode.illegalCircuit, master.register],
    ])
  })

  it('reads back as written', () => {
    const bed = new Bed('aie4')
    const port = bed.device.coreTile.data.masters[5]!
    bed.write(2, 3, port.register, circuitMaster(9))
    expect(bed.read(2, 3, port.register)).toBe(0x80000009)
  })

  it('that comes after the tasks were queued starts them', () => {
    const bed = new Bed('aie4')
    receiveInCore(bed, 4)
    sendFromMem(bed)
    bed.settle()
    expect(bed.array.channel(bed.number(0, 1, 'mm2s', 0)).wordsDone).toBe(0)
    downTheColumn(bed, [4])
    bed.settle()
    expect(received(bed, 4)).toEqual(sent)
  })

  it('that moves a sink to another source drops what was in flight and says how much', () => {
    const bed = new Bed('npu4')
    downTheColumn(bed, [2])
    sendFromMem(bed)
    bed.settle()
    const held = bed.array.channel(bed.number(0, 1, 'mm2s', 0)).wordsDone
    const slave = bed.device.coreTile.data.slaves.find(
      (p) => p.bundle === 'south' && p.channel === 0,
    )!
    bed.write(0, 2, slave.register, 0)
    bed.settle()
    expect(bed.array.notes().map((n) => [n.code, n.detail])).toEqual([
      [NoteCode.streamDataLost, held],
    ])
  })

  it('of the shim multiplexers decides whether the DMA is connected', () => {
    const bed = new Bed('npu1')
    const send = bed.channel(0, 'mm2s', 0)
    bed.circuit(0, 0, ['south', send.port.channel], ['north', 0])
    bed.circuit(0, 1, ['south', 0], ['dma', 0])
    expect(bed.array.routes()).toHaveLength(0)
    bed.shimPort(0, 'mm2s', 0)
    expect(bed.array.routes()).toHaveLength(1)
  })

  it('that leads plain data to a port in packet mode blocks at the first word no slot takes', () => {
    const bed = new Bed('aie4')
    downTheColumn(bed, [2])
    const slave = bed.device.coreTile.data.slaves.find(
      (p) => p.bundle === 'south' && p.channel === 0,
    )!
    bed.write(0, 2, slave.register, packetSlave)
    sendFromMem(bed)
    bed.settle()
    const [note] = bed.array.notes()
    expect(note!.code).toBe(NoteCode.packetUnrouted)
    expect(bed.array.explain(note!.code, note!.part, note!.detail)).toContain('takes packet id 1')
  })
})

suite('tokens of AIE4', () => {
  it('reach the microcontroller of their column and half', () => {
    const bed = new Bed('aie4')
    for (let column = 0; column < bed.device.columns; column++) {
      for (const half of [0, 1]) {
        bed.circuit(column, 0, ['control', half], ['uc', half], 'control')
        bed.circuit(column, 1, ['dma', 5 * half], ['south', 2 * half])
        bed.circuit(column, 0, ['north', 2 * half], ['dma', half])
        const sink = bed.channel(0, 's2mm', half)
        const source = bed.channel(1, 'mm2s', 5 * half)
        bed.bd(column, 1, source, 0, { base: bed.localBase(0), length: 16 })
        bed.bd(column, 0, sink, 2, { ...bed.hostAddress(0x1000 * half), length: 16 })
        bed.push(column, 1, source, 0)
        bed.push(column, 0, sink, 2 + sink.firstBd, 1, true)
      }
    }
    bed.settle()
    expect(bed.tokens.map((t) => t.uc).sort()).toEqual([0, 1, 2, 3, 4, 5])
    expect(
      bed.tokens
        .map((t) => readToken(t.word))
        .map((t) => [t.column, t.row, t.actor])
        .sort(),
    ).toEqual([
      [0, 0, 0],
      [0, 0, 2],
      [1, 0, 0],
      [1, 0, 2],
      [2, 0, 0],
      [2, 0, 2],
    ])
    expect([...bed.array.deliveries.delivered]).toEqual([1, 1, 1, 1, 1, 1])
  })
})

suite('a lock between the ends', () => {
  it('lets a sink without its lock take nothing, so that its source stalls', () => {
    const bed = new Bed('npu1')
    downTheColumn(bed, [2])
    const channel = bed.channel(2, 's2mm', 0)
    bed.bd(0, 2, channel, 0, {
      base: 0x40,
      length: words,
      acquireEnable: 1,
      acquireValue: lockOperand(-1),
      acquireId: 4,
    })
    bed.push(0, 2, channel, 0)
    sendFromMem(bed)
    bed.settle()
    expect(received(bed, 2, 1)).toEqual([0])
    expect(
      bed.array
        .waits()
        .map((w) => w.kind)
        .sort(),
    ).toEqual(['lock', 'room'])
    bed.write(0, 2, bed.device.coreTile.locks.value(4), 1)
    bed.settle()
    expect(received(bed, 2)).toEqual(sent)
  })
})
