import { describe as suite, expect, it } from 'vitest'
import {
  countWord,
  dmaControl,
  dmaStatus,
  FinishMode,
  readToken,
} from '../../device/abi/dma-words.ts'
import { dmaNumbers } from '../../device/dma-facts.ts'
import { NoteCode } from '../notes.ts'
import { profileIds } from '../test-kit/bed.ts'
import { ChannelState } from './channels.ts'
import { distinct, Loopback, loopKinds } from './test-kit/loopback.ts'

const finish = (mode: FinishMode) => mode << dmaControl.finishOnLast[1]
const { countFifoDepth } = dmaNumbers.finishOnLast

/** Descriptors of `lengths` words, one behind the other, each of which ends in TLAST. */
function sendParts(loop: Loopback, lengths: readonly number[]): number[] {
  const data = distinct(lengths.reduce((a, b) => a + b, 0))
  loop.fill(0, data)
  let at = 0
  lengths.forEach((length, i) => {
    const isEnd = i === lengths.length - 1
    loop.bd(loop.send, i, at, length, { useNext: isEnd ? 0 : 1, next: i + 1 })
    at += length
  })
  loop.push(loop.send, 0)
  return data
}

for (const id of profileIds) {
  for (const kind of loopKinds) {
    suite(`finish on TLAST in a ${kind} tile of ${id}`, () => {
      it('ends each descriptor with the packet and counts what came', () => {
        const loop = new Loopback(id, kind)
        loop.control(loop.receive, finish(FinishMode.countsByRegister))
        const first = loop.receive.firstBd + 8
        loop.bd(loop.receive, 8, 0x200, 100, { useNext: 1, next: 9 })
        loop.bd(loop.receive, 9, 0x300, 100)
        loop.push(loop.receive, 8, 2)
        const data = sendParts(loop, [7, 33, 1, 100])
        loop.bed.settle()
        expect(loop.words(0x200, 1)).toEqual(data.slice(40, 41))
        expect(loop.words(0x300, 100)).toEqual(data.slice(41))
        expect(loop.register(loop.receive.writeCount!)).toBe(100)
        const pops = [0, 1, 2, 3, 4].map(() => loop.register(loop.receive.countPop!))
        expect(pops).toEqual([
          countWord(7, first, false),
          countWord(33, first + 1, false),
          countWord(1, first, false),
          countWord(100, first + 1, true),
          0,
        ])
        expect(loop.bed.array.notes()).toEqual([])
      })

      it('stops with a status bit when a descriptor is full before TLAST', () => {
        const loop = new Loopback(id, kind)
        loop.control(loop.receive, finish(FinishMode.noCounts))
        loop.bd(loop.receive, 8, 0x200, 6)
        loop.push(loop.receive, 8)
        const data = sendParts(loop, [7])
        loop.bed.settle()
        expect(loop.words(0x200, 7)).toEqual([...data.slice(0, 6), 0])
        expect(loop.register(loop.receive.status) & dmaStatus.finishLengthExceeded).not.toBe(0)
        expect(loop.bed.array.notes().map((n) => n.code)).toEqual([NoteCode.finishTooLong])
      })
    })
  }

  suite(`the counts of ${id}`, () => {
    it('follow the token of their task, word by word, in its packet', () => {
      const loop = new Loopback(id, 'mem')
      loop.bed.tokenPath(0, 1)
      loop.control(loop.receive, finish(FinishMode.countsByToken))
      loop.bd(loop.receive, 8, 0x200, 100, { useNext: 1, next: 9 })
      loop.bd(loop.receive, 9, 0x300, 100)
      loop.push(loop.receive, 8, 1, true)
      loop.push(loop.receive, 9, 1, true)
      sendParts(loop, [7, 33, 5])
      loop.bed.settle()
      const [first, second] = [8, 9]
      const { tokens } = loop.bed
      expect(tokens.map((t) => t.place)).toEqual([0, 1, 2, 0, 1])
      expect(readToken(tokens[0]!.word).actor).toBe(loop.receive.actor)
      expect(tokens.slice(1, 3).map((t) => t.word)).toEqual([
        countWord(7, first, false),
        countWord(33, second, true),
      ])
      expect(tokens[4]!.word).toBe(countWord(5, second, true))
      expect(tokens[1]!.tick).toBe(tokens[0]!.tick + 1)
      expect(loop.register(loop.receive.countPop!)).toBe(0)
    })
  })
}

suite('finish on TLAST', () => {
  it('ignores a TLAST that the sender suppresses', () => {
    const loop = new Loopback('npu4', 'core')
    loop.control(loop.receive, finish(FinishMode.noCounts))
    const data = distinct(9)
    loop.fill(0, data)
    loop.bd(loop.send, 0, 0, 4, { lastSuppress: 1, useNext: 1, next: 1 })
    loop.bd(loop.send, 1, 4, 5)
    loop.bd(loop.receive, 8, 0x200, 20)
    loop.push(loop.receive, 8)
    loop.push(loop.send, 0)
    loop.bed.settle()
    expect(loop.words(0x200, 9)).toEqual(data)
    expect(loop.register(loop.receive.status) & dmaStatus.channelRunning).toBe(0)
  })

  it('ends a packet of an out-of-order channel too', () => {
    const loop = new Loopback('npu1', 'core')
    loop.control(loop.receive, finish(FinishMode.countsByRegister) | 8)
    loop.fill(0, [1, 2, 3])
    loop.bd(loop.send, 0, 0, 2, { packetEnable: 1, outOfOrderId: 4, useNext: 1, next: 1 })
    loop.bd(loop.send, 1, 2, 1, { packetEnable: 1, outOfOrderId: 5 })
    loop.bd(loop.receive, 4, 0x200, 20)
    loop.bd(loop.receive, 5, 0x300, 20)
    loop.push(loop.receive, 0, 2)
    loop.push(loop.send, 0)
    loop.bed.settle()
    expect([...loop.words(0x200, 2), ...loop.words(0x300, 1)]).toEqual([1, 2, 3])
    expect(loop.register(loop.receive.countPop!)).toBe(countWord(2, 4, false))
    expect(loop.register(loop.receive.countPop!)).toBe(countWord(1, 5, true))
  })

  it('takes nothing of the next packet while its next descriptor waits for a lock', () => {
    const loop = new Loopback('npu1', 'core')
    const { bed } = loop
    loop.control(loop.receive, finish(FinishMode.noCounts))
    loop.bd(loop.receive, 8, 0x200, 600, { useNext: 1, next: 9 })
    const lock = { acquireEnable: 1, acquireValue: 0x7f, acquireId: 3 }
    loop.bd(loop.receive, 9, 0x600, 600, lock)
    loop.push(loop.receive, 8)
    sendParts(loop, [3, 400])
    bed.settle()
    // No more has left than the path holds, although the first descriptor had room for all of it.
    const view = bed.array.channel(bed.number(0, 2, 'mm2s', 0))
    expect(view.state).toBe(ChannelState.stream)
    expect(view.wordsDone).toBeLessThan(60)
    bed.write(0, 2, bed.device.coreTile.locks.value(3), 1)
    bed.settle()
    expect(loop.register(loop.receive.writeCount!)).toBe(400)
  })

  it('stalls while the count register is full, and goes on when it is read', () => {
    const loop = new Loopback('npu1', 'core')
    const { bed } = loop
    loop.control(loop.receive, finish(FinishMode.countsByRegister))
    loop.bd(loop.receive, 8, 0x200, 10, { releaseValue: 1, releaseId: 2 })
    loop.push(loop.receive, 8, countFifoDepth + 2)
    loop.bd(loop.send, 0, 0, 3)
    loop.push(loop.send, 0, countFifoDepth + 2)
    bed.settle()
    const status = loop.register(loop.receive.status)
    expect(status & dmaStatus.tokenStall).not.toBe(0)
    expect(status & dmaStatus.channelRunning).not.toBe(0)
    expect(bed.array.waits()).toContainEqual(expect.objectContaining({ kind: 'count' }))
    expect(bed.read(0, 2, bed.device.coreTile.locks.value(2))).toBe(countFifoDepth)
    expect(loop.register(loop.receive.countPop!)).toBe(countWord(3, 8, false))
    bed.settle()
    expect(bed.read(0, 2, bed.device.coreTile.locks.value(2))).toBe(countFifoDepth + 1)
    for (let i = 0; i < countFifoDepth; i++) loop.register(loop.receive.countPop!)
    bed.settle()
    expect(loop.register(loop.receive.countPop!)).toBe(countWord(3, 8, true))
    expect(loop.register(loop.receive.status) & dmaStatus.channelRunning).toBe(0)
  })

  it('stops a task that finishes more descriptors than its token can report', () => {
    const loop = new Loopback('npu1', 'core')
    loop.control(loop.receive, finish(FinishMode.countsByToken))
    loop.bd(loop.receive, 8, 0x200, 10)
    loop.push(loop.receive, 8, countFifoDepth + 1, true)
    loop.bd(loop.send, 0, 0, 3)
    loop.push(loop.send, 0, countFifoDepth + 1)
    loop.bed.settle()
    expect(loop.register(loop.receive.status) & dmaStatus.finishBdsExceeded).not.toBe(0)
    expect(loop.bed.array.notes().map((n) => n.code)).toEqual([NoteCode.finishTooMany])
    expect(loop.bed.tokens).toEqual([])
  })

  it('forgets the counts of a mode when another is chosen', () => {
    const loop = new Loopback('npu1', 'mem')
    loop.bed.tokenPath(0, 1)
    loop.control(loop.receive, finish(FinishMode.countsByRegister))
    loop.bd(loop.receive, 8, 0x200, 10)
    loop.push(loop.receive, 8, 3)
    sendParts(loop, [3, 4, 5])
    loop.bed.settle()
    expect(loop.register(loop.receive.countPop!)).toBe(countWord(3, 8, false))
    loop.control(loop.receive, finish(FinishMode.countsByToken))
    expect(loop.register(loop.receive.countPop!)).toBe(0)
    loop.push(loop.receive, 8, countFifoDepth, true)
    loop.bd(loop.send, 0, 0, 6)
    loop.push(loop.send, 0, countFifoDepth)
    loop.bed.settle()
    const counts = loop.bed.tokens.filter((t) => t.place > 0).map((t) => t.word)
    const expected = Array.from({ length: countFifoDepth }, (_, i) =>
      countWord(6, 8, i === countFifoDepth - 1),
    )
    expect(counts).toEqual(expected)
  })

  it('shows counts to a read, not to a look', () => {
    const loop = new Loopback('aie4', 'mem')
    loop.control(loop.receive, finish(FinishMode.countsByRegister))
    loop.bd(loop.receive, 8, 0x200, 10)
    loop.push(loop.receive, 8)
    sendParts(loop, [3])
    loop.bed.settle()
    const address = loop.bed.address(0, 1, loop.receive.countPop!)
    expect(loop.bed.array.peek32(address)).toBe(countWord(3, 8, true))
    expect(loop.bed.array.read32(address)).toBe(countWord(3, 8, true))
    expect(loop.bed.array.peek32(address)).toBe(0)
  })
})

suite('a task whose token cannot leave', () => {
  it('stalls after its last lock is given, and sends one token when there is room', () => {
    const loop = new Loopback('npu4', 'mem')
    const { bed } = loop
    const depth = bed.device.dma.tokenDepth
    const task = () => {
      loop.push(loop.receive, 1)
      loop.push(loop.send, 0, 1, true)
      bed.settle()
    }
    loop.bd(loop.send, 0, 0, 4, { releaseValue: 1, releaseId: bed.localLock(2) })
    loop.bd(loop.receive, 1, 0x100, 4)
    // Without a path the tile's control block keeps tokens until it is full.
    for (let i = 0; i < depth; i++) {
      task()
      bed.write(0, 1, bed.device.memTile.locks.value(2), 0)
    }
    expect(loop.register(loop.send.status) & dmaStatus.tokenStall).toBe(0)
    task()
    expect(loop.register(loop.send.status) & dmaStatus.tokenStall).not.toBe(0)
    expect(bed.read(0, 1, bed.device.memTile.locks.value(2))).toBe(1)
    expect(bed.array.waits()).toContainEqual(expect.objectContaining({ kind: 'token' }))
    expect(bed.tokens).toEqual([])
    bed.tokenPath(0, 1)
    bed.settle()
    expect(loop.register(loop.send.status) & dmaStatus.tokenStall).toBe(0)
    expect(bed.tokens).toHaveLength(depth + 1)
  })
})
