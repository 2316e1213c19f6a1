import { describe as suite, expect, it } from 'vitest'
import { dmaControl, dmaStatus } from '../../device/abi/dma-words.ts'
import { hasOddParity, packetHeader, readPacketHeader } from '../../device/abi/stream-words.ts'
import { NoteCode } from '../notes.ts'
import { profileIds } from '../test-kit/bed.ts'
import { ChannelState } from './channels.ts'
import { distinct, Loopback, loopKinds } from './test-kit/loopback.ts'

suite('a packet header', () => {
  it('has its fields where the manual puts them, and odd parity', () => {
    const fields = { id: 0x15, type: 5, row: 3, column: 2, outOfOrderId: 0x2a }
    const word = packetHeader(fields)
    const expected = 0x15 | (0x2a << 5) | (5 << 12) | (3 << 16) | (2 << 21)
    expect(word & 0x7fffffff).toBe(expected)
    expect(hasOddParity(word)).toBe(true)
    expect(hasOddParity((word ^ 1) >>> 0)).toBe(false)
    expect(readPacketHeader(word)).toEqual(fields)
    expect(packetHeader({ id: 0, type: 0, row: 0, column: 0 })).toBe(0x80000000)
  })
})

for (const id of profileIds) {
  for (const kind of loopKinds) {
    suite(`a descriptor of a ${kind} tile of ${id} with its packet bit set`, () => {
      it('sends one header before its words, and the words do not count it', () => {
        const loop = new Loopback(id, kind)
        const data = distinct(20)
        loop.fill(0, data)
        const typed = loop.send.layout.fields.packetType !== undefined
        if (!typed) loop.control(loop.send, 6 << dmaControl.packetType[1])
        const header = { packetEnable: 1, packetId: 9, outOfOrderId: 5, packetType: 6 }
        loop.bd(loop.send, 0, 0, 10, { ...header, useNext: 1, next: 1 })
        loop.bd(loop.send, 1, 10, 10)
        loop.bd(loop.receive, 2, 0x100, 21)
        loop.push(loop.receive, 2)
        loop.push(loop.send, 0)
        loop.bed.settle()
        const [first, ...rest] = loop.words(0x100, 21)
        expect(rest).toEqual(data)
        expect(readPacketHeader(first!)).toEqual({
          id: 9,
          type: 6,
          row: loop.row,
          column: 0,
          outOfOrderId: 5,
        })
        expect(hasOddParity(first!)).toBe(true)
        expect(loop.bed.array.notes()).toEqual([])
      })

      it('takes the descriptor that each header names when it receives out of order', () => {
        const loop = new Loopback(id, kind)
        const data = distinct(18)
        loop.fill(0, data)
        loop.control(loop.receive, 1 << dmaControl.outOfOrder[1])
        const order = [7, 5, 6]
        order.forEach((bd, i) => {
          const chain = { useNext: i < 2 ? 1 : 0, next: i + 1 }
          loop.bd(loop.send, i, 6 * i, 6, { packetEnable: 1, outOfOrderId: bd, ...chain })
          loop.bd(loop.receive, bd, 0x100 + 0x10 * bd, 6)
        })
        loop.bed.tokenPath(0, Math.min(1, loop.row))
        // The start descriptor means nothing; the repeat counts packets.
        loop.push(loop.receive, 15, 3)
        loop.push(loop.send, 0)
        loop.bed.settle()
        order.forEach((bd, i) =>
          expect(loop.words(0x100 + 0x10 * bd, 6)).toEqual(data.slice(6 * i, 6 * i + 6)),
        )
        const number = loop.bed.number(0, loop.row, 's2mm', 0)
        expect(loop.bed.array.channel(number).state).toBe(ChannelState.idle)
        expect(loop.bed.array.notes()).toEqual([])
      })
    })
  }
}

suite('an out-of-order channel', () => {
  it('counts starvation while it awaits a header', () => {
    const loop = new Loopback('npu1', 'mem')
    loop.control(loop.receive, 1 << dmaControl.outOfOrder[1])
    loop.push(loop.receive, 0)
    loop.bed.settle()
    expect(loop.register(loop.receive.status) & dmaStatus.streamStall).not.toBe(0)
  })

  it('takes and gives the locks of the descriptor that was named', () => {
    const loop = new Loopback('npu4', 'mem')
    const { bed } = loop
    loop.control(loop.receive, 1 << dmaControl.outOfOrder[1])
    loop.bd(loop.send, 0, 0, 4, { packetEnable: 1, outOfOrderId: 3 })
    loop.bd(loop.receive, 3, 0x100, 4, {
      acquireEnable: 1,
      acquireValue: 0x7f,
      acquireId: bed.localLock(4),
      releaseValue: 1,
      releaseId: bed.localLock(5),
    })
    loop.push(loop.receive, 0)
    loop.push(loop.send, 0)
    bed.settle()
    expect(loop.register(loop.receive.status) & dmaStatus.lockAcquireStall).not.toBe(0)
    bed.write(0, 1, bed.device.memTile.locks.value(4), 1)
    bed.settle()
    expect(bed.read(0, 1, bed.device.memTile.locks.value(5))).toBe(1)
  })

  it('does not follow a chain', () => {
    const loop = new Loopback('aie4', 'core')
    loop.control(loop.receive, 1 << dmaControl.outOfOrder[1])
    loop.bd(loop.send, 0, 0, 4, { packetEnable: 1, outOfOrderId: 3 })
    loop.bd(loop.receive, 3, 0x100, 4, { useNext: 1, next: 3 })
    loop.push(loop.receive, 0)
    loop.push(loop.send, 0)
    loop.bed.settle()
    expect(loop.register(loop.receive.status) & dmaStatus.channelRunning).toBe(0)
  })

  it('stops with a status bit when a header names a descriptor that is not its own', () => {
    const loop = new Loopback('npu1', 'mem')
    loop.control(loop.receive, 1 << dmaControl.outOfOrder[1])
    loop.bd(loop.send, 0, 0, 4, { packetEnable: 1, outOfOrderId: 30 })
    loop.push(loop.receive, 0)
    loop.push(loop.send, 0)
    loop.bed.settle()
    expect(loop.register(loop.receive.status) & dmaStatus.bdUnavailable).not.toBe(0)
    expect(loop.bed.array.notes().map((n) => [n.code, n.detail])).toEqual([
      [NoteCode.bdUnavailable, 30],
    ])
  })

  it('forgets what it awaited when it is reset', () => {
    const loop = new Loopback('npu1', 'core')
    loop.control(loop.receive, 1 << dmaControl.outOfOrder[1])
    loop.push(loop.receive, 0, 4)
    loop.bed.settle()
    loop.control(loop.receive, 1 << dmaControl.reset[1])
    loop.control(loop.receive, 0)
    loop.fill(0, [1, 2])
    loop.bd(loop.send, 0, 0, 2)
    loop.bd(loop.receive, 1, 0x100, 2)
    loop.push(loop.receive, 1)
    loop.push(loop.send, 0)
    loop.bed.settle()
    expect(loop.words(0x100, 2)).toEqual([1, 2])
  })
})
