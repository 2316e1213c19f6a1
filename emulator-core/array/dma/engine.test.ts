import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { bdField } from '../../device/abi/bd.ts'
import { dmaControl, dmaStatus, readToken } from '../../device/abi/dma-words.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { ArrayEvent } from '../events.ts'
import { NoteCode } from '../notes.ts'
import { Bed, lockOperand, profileIds } from '../test-kit/bed.ts'
import { ChannelState } from './channels.ts'

const input = 0x1_0000
const output = 0x4_0000

/** Mem tile 1 sends by MM2S 0 to host memory at `output` through S2MM 0 of its shim. */
function memToHost(id: ProfileId, words: number) {
  const bed = new Bed(id)
  const send = bed.channel(1, 'mm2s', 0)
  const shim = bed.channel(0, 's2mm', 0)
  bed.circuit(0, 1, ['dma', 0], ['south', 0])
  bed.circuit(0, 0, ['north', 0], bed.shimPort(0, 's2mm', 0))
  bed.tokenPath(0, 1)
  bed.bd(0, 0, shim, 0, { ...bed.hostAddress(output), length: words })
  bed.push(0, 0, shim, 0)
  for (let i = 0; i < 0x1000; i++) bed.array.memDm.write32(4 * i, i)
  return { bed, send }
}

suite('a task queue', () => {
  for (const id of profileIds) {
    it(`of ${id} drops what does not fit, says so in its status, and runs the rest`, () => {
      const bed = new Bed(id)
      const channel = bed.channel(1, 's2mm', 1)
      bed.bd(0, 1, channel, 0, { base: bed.localBase(0), length: 4 })
      for (let i = 0; i <= channel.queueDepth; i++) bed.push(0, 1, channel, 0)
      expect(bed.read(0, 1, channel.status) & dmaStatus.queueOverflow).toBe(0)
      bed.push(0, 1, channel, 0)
      const status = bed.read(0, 1, channel.status)
      expect(status & dmaStatus.queueOverflow).not.toBe(0)
      expect((status >>> dmaStatus.queueSizeShift) & (2 * channel.queueDepth - 1)).toBe(
        channel.queueDepth,
      )
      expect(bed.array.channel(bed.number(0, 1, 's2mm', 1)).queue).toHaveLength(channel.queueDepth)
      bed.write(0, 1, channel.status, dmaStatus.queueOverflow)
      expect(bed.read(0, 1, channel.status) & dmaStatus.queueOverflow).toBe(0)
      expect(bed.array.notes().map((n) => n.code)).toEqual([NoteCode.queueOverflow])
    })

    it(`of ${id} is empty and its channel idle when the poll mask of public programs reads 0`, () => {
      const { bed, send } = memToHost(id, 64)
      bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: 64 })
      bed.push(0, 1, send, 0)
      const busy = 0x01f8003c
      expect(bed.read(0, 1, send.status) & busy).not.toBe(0)
      bed.settle()
      expect(bed.read(0, 1, send.status) & (id === 'aie4' ? busy : 0x0078003f)).toBe(0)
    })
  }
})

suite('a task', () => {
  for (const id of profileIds) {
    it(`on ${id} runs its chain as often as the repeat says and sends one token`, () => {
      const { bed, send } = memToHost(id, 48)
      bed.bd(0, 1, send, 0, { base: bed.localBase(0x100), length: 8, useNext: 1, next: 1 })
      bed.bd(0, 1, send, 1, { base: bed.localBase(0x200), length: 8 })
      bed.write(0, 1, send.control, 5 << dmaControl.controllerId[1])
      bed.push(0, 1, send, 0, 3, true)
      bed.settle()
      const run = [
        ...Array.from({ length: 8 }, (_, i) => 0x40 + i),
        ...Array.from({ length: 8 }, (_, i) => 0x80 + i),
      ]
      expect(bed.hostWords(output, 48)).toEqual([...run, ...run, ...run])
      expect(bed.tokens.map((t) => readToken(t.word))).toEqual([
        { column: 0, row: 1, actor: send.actor, controllerId: 5 },
      ])
      const parity = bed.tokens[0]!.word.toString(2).replaceAll('0', '').length
      expect(parity % 2).toBe(1)
    })

    it(`on ${id} moves on by the iteration step at each load and leaves the count in the descriptor`, () => {
      const { bed, send } = memToHost(id, 20)
      bed.bd(0, 1, send, 0, {
        base: bed.localBase(0),
        length: 4,
        iterationStep: 16,
        iterationWrap: 3 - 1,
      })
      bed.push(0, 1, send, 0, 5)
      bed.settle()
      const at = [0, 16, 32, 0, 16]
      expect(bed.hostWords(output, 20)).toEqual(at.flatMap((a) => [a, a + 1, a + 2, a + 3]))
      const words = Uint32Array.from({ length: send.layout.words }, (_, i) =>
        bed.read(0, 1, send.bdBase + 4 * i),
      )
      expect(bdField(send.layout, words, 0, 'iterationCurrent')).toBe(2)
    })
  }

  it('keeps the descriptor it loaded while software rewrites it', () => {
    const { bed, send } = memToHost('npu4', 8)
    const fields = {
      length: 4,
      acquireEnable: 1,
      acquireValue: lockOperand(-1),
      acquireId: bed.localLock(7),
    }
    bed.bd(0, 1, send, 0, { ...fields, base: bed.localBase(0x100) })
    bed.push(0, 1, send, 0, 2)
    bed.settle(100)
    bed.bd(0, 1, send, 0, { ...fields, base: bed.localBase(0x200) })
    bed.write(0, 1, bed.device.memTile.locks.value(7), 2)
    bed.settle()
    expect(bed.hostWords(output, 8)).toEqual([0x40, 0x41, 0x42, 0x43, 0x80, 0x81, 0x82, 0x83])
  })

  it('takes its lock before the first word and gives it after the last', () => {
    const { bed, send } = memToHost('aie4', 16)
    const { locks } = bed.device.memTile
    bed.bd(0, 1, send, 3, {
      base: bed.localBase(0),
      length: 16,
      acquireEnable: 1,
      acquireValue: lockOperand(-2),
      acquireId: bed.localLock(9),
      releaseId: bed.localLock(40),
      releaseValue: lockOperand(3),
    })
    bed.push(0, 1, send, 3)
    bed.settle()
    const number = bed.number(0, 1, 'mm2s', 0)
    expect(bed.array.channel(number)).toMatchObject({
      state: ChannelState.lock,
      wordsDone: 0,
      wordsTotal: 16,
      bd: 3,
    })
    expect(bed.read(0, 1, send.status) & dmaStatus.lockAcquireStall).not.toBe(0)
    expect(bed.array.waits()).toContainEqual(
      expect.objectContaining({ kind: 'lock', current: 0, needed: -2 }),
    )
    bed.write(0, 1, locks.value(9), 3)
    bed.settle()
    expect([bed.read(0, 1, locks.value(9)), bed.read(0, 1, locks.value(40))]).toEqual([1, 3])
    expect(bed.hostWords(output, 16)).toEqual(Array.from({ length: 16 }, (_, i) => i))
  })

  it('of a mem tile reaches the memory and locks of its neighbour by windows', () => {
    for (const id of profileIds) {
      const { bed, send } = memToHost(id, 4)
      const { mem } = bed.device
      bed.array.memDm.write32(mem.dmBytes + 0x40, 77)
      bed.bd(0, 1, send, 0, {
        base: bed.localBase(mem.windowBytes + 0x40),
        length: 4,
        acquireEnable: 1,
        acquireValue: lockOperand(-1),
        acquireId: bed.localLock(mem.lockWindow + 2),
      })
      bed.write(1, 1, bed.device.memTile.locks.value(2), 1)
      bed.push(0, 1, send, 0)
      bed.settle()
      expect(bed.hostWords(output, 1)).toEqual([77])
      expect(bed.read(1, 1, bed.device.memTile.locks.value(2))).toBe(0)
    }
  })
})

suite('a descriptor that cannot run', () => {
  const cases: readonly [
    string,
    ProfileId,
    (bed: Bed) => Record<string, number>,
    number,
    number,
  ][] = [
    [
      'is not valid',
      'npu1',
      (bed) => ({ base: bed.localBase(0), length: 4, valid: 0 }),
      NoteCode.bdInvalid,
      dmaStatus.bdInvalid,
    ],
    [
      'leaves its windows',
      'aie4',
      (bed) => ({ base: bed.localBase(0x300000 - 8), length: 4 }),
      NoteCode.memoryUnavailable,
      dmaStatus.memoryUnavailable,
    ],
    [
      'reaches beyond the array',
      'npu1',
      () => ({ base: 0, length: 4 }),
      NoteCode.memoryUnavailable,
      dmaStatus.memoryUnavailable,
    ],
    [
      'names a lock out of reach',
      'npu1',
      (bed) => ({ base: bed.localBase(0), length: 4, acquireEnable: 1, acquireId: 3 }),
      NoteCode.lockUnavailable,
      dmaStatus.lockUnavailable,
    ],
  ]
  for (const [what, id, fields, code, bit] of cases) {
    it(`because it ${what} stops its channel until reset`, () => {
      const { bed, send } = memToHost(id, 4)
      bed.bd(0, 1, send, 0, fields(bed))
      bed.push(0, 1, send, 0)
      bed.push(0, 1, send, 0)
      bed.settle()
      expect(bed.array.notes().map((n) => n.code)).toEqual([code])
      expect(bed.sim.faults.total).toBe(1)
      expect(bed.read(0, 1, send.status) & bit).toBe(bit)
      expect(bed.array.channel(bed.number(0, 1, 'mm2s', 0))).toMatchObject({
        state: ChannelState.stopped,
      })
      bed.write(0, 1, send.control, 2)
      bed.write(0, 1, send.control, 0)
      expect(bed.read(0, 1, send.status) & 0xffffff).toBe(0)
      bed.bd(0, 1, send, 0, { base: bed.localBase(4), length: 4 })
      bed.push(0, 1, send, 0)
      bed.settle()
      expect(bed.hostWords(output, 4)).toEqual([1, 2, 3, 4])
    })
  }

  it('because it has no length ends at once, with a note', () => {
    const { bed, send } = memToHost('npu4', 4)
    bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: 0, useNext: 1, next: 1 })
    bed.bd(0, 1, send, 1, { base: bed.localBase(0), length: 4 })
    bed.push(0, 1, send, 0)
    bed.settle()
    expect(bed.array.notes().map((n) => n.code)).toEqual([NoteCode.zeroLength])
    expect(bed.hostWords(output, 4)).toEqual([0, 1, 2, 3])
  })

  it('belongs to channels of the other parity stops its channel', () => {
    const bed = new Bed('npu4')
    const channel = bed.channel(1, 's2mm', 1)
    bed.bd(0, 1, channel, 23, { base: bed.localBase(0), length: 4 })
    bed.push(0, 1, channel, 23)
    bed.settle()
    expect(bed.array.notes().map((n) => [n.code, n.detail])).toEqual([[NoteCode.bdUnavailable, 23]])
  })

  it('does not exist', () => {
    const { bed, send } = memToHost('npu4', 4)
    bed.push(0, 1, send, 50)
    bed.settle()
    expect(bed.read(0, 1, send.status) & dmaStatus.bdUnavailable).not.toBe(0)
  })
})

suite('a channel reset', () => {
  it('in mid-flight ends the task, keeps what is in the stream, and lets the next task go on from there', () => {
    const { bed, send } = memToHost('npu1', 900)
    bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: 700 })
    bed.push(0, 1, send, 0)
    const number = bed.number(0, 1, 'mm2s', 0)
    while (bed.array.channel(number).wordsDone < 300) bed.sim.schedule.runOne(100_000)
    const left = bed.array.channel(number).wordsDone
    expect(left).toBeLessThan(700)
    bed.write(0, 1, send.control, 2)
    bed.push(0, 1, send, 0)
    bed.settle()
    expect(bed.array.channel(number)).toMatchObject({
      state: ChannelState.idle,
      queue: [],
      task: undefined,
    })
    bed.write(0, 1, send.control, 0)
    bed.bd(0, 1, send, 0, { base: bed.localBase(0x2000), length: 900 - left })
    bed.push(0, 1, send, 0)
    bed.settle()
    const expected = Array.from({ length: 900 }, (_, i) => (i < left ? i : 0x800 + i - left))
    expect(bed.hostWords(output, 900)).toEqual(expected)
  })

  it('forgets a wait for a lock without touching the lock', () => {
    const { bed, send } = memToHost('aie4', 4)
    const { locks } = bed.device.memTile
    const wait = { acquireEnable: 1, acquireValue: lockOperand(-1), acquireId: bed.localLock(6) }
    bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: 4, ...wait })
    bed.push(0, 1, send, 0)
    bed.settle()
    bed.write(0, 1, send.control, 2)
    bed.write(0, 1, send.control, 0)
    bed.write(0, 1, locks.value(6), 5)
    bed.settle()
    expect(bed.read(0, 1, locks.value(6))).toBe(5)
    expect(bed.hostWords(output, 2)).toEqual([0, 0])
  })
})

suite('a core tile descriptor', () => {
  it('that runs past the end of its memory wraps around and says so', () => {
    const bed = new Bed('npu1')
    bed.circuit(0, 2, ['dma', 0], ['dma', 0])
    const send = bed.channel(2, 'mm2s', 0)
    const receive = bed.channel(2, 's2mm', 0)
    const last = bed.device.core.dmBytes - 8
    for (const [offset, value] of [
      [last, 1],
      [last + 4, 2],
      [0, 3],
      [4, 4],
    ] as const)
      bed.write(0, 2, offset, value)
    bed.bd(0, 2, receive, 1, { base: 0x100, length: 4 })
    bed.bd(0, 2, send, 0, { base: last / 4, length: 4 })
    bed.push(0, 2, receive, 1)
    bed.push(0, 2, send, 0)
    bed.settle()
    expect([0, 1, 2, 3].map((i) => bed.read(0, 2, 0x400 + 4 * i))).toEqual([1, 2, 3, 4])
    expect(bed.array.notes().map((n) => n.code)).toEqual([NoteCode.addressWraps])
  })
})

suite('a shim channel', () => {
  it('pays the cold start once, less of it for each task that follows, and all of it again after a rest', () => {
    const bed = new Bed('npu1')
    const send = bed.channel(0, 'mm2s', 0)
    const receive = bed.channel(1, 's2mm', 0)
    bed.circuit(0, 0, bed.shimPort(0, 'mm2s', 0), ['north', 0])
    bed.circuit(0, 1, ['south', 0], ['dma', 0])
    bed.bd(0, 1, receive, 0, { base: bed.localBase(0), length: 4 })
    bed.bd(0, 0, send, 0, { ...bed.hostAddress(input), length: 4 })
    bed.push(0, 1, receive, 0, 4)
    for (let i = 0; i < 3; i++) bed.push(0, 0, send, 0)
    bed.settle()
    bed.push(0, 0, send, 0)
    bed.settle()
    const part = bed.array.channel(bed.number(0, 0, 'mm2s', 0)).part
    const ticks = (kind: number) =>
      Array.from({ length: bed.sim.trace.end }, (_, i) => bed.sim.trace.record(i))
        .filter((r) => r.kind === kind && r.part === part)
        .map((r) => r.tick)
    const starts = ticks(ArrayEvent.taskStart)
    const { timing } = bed.device
    const waits = ticks(ArrayEvent.bdStart).map(
      (tick, i) => tick - starts[i]! - timing.bdLoad - timing.shimTaskRead,
    )
    const second = Math.floor((timing.shimColdRead * timing.shimColdDecayPercent) / 100)
    const third = Math.floor((second * timing.shimColdDecayPercent) / 100)
    const cold = timing.shimColdRead + timing.channelStart
    expect(waits).toEqual([cold, second, third, cold])
  })

  it('latches the descriptor before memory is awake, so that rewriting it then changes nothing', () => {
    const bed = new Bed('npu1')
    bed.fillHost(input, 8, (i) => i)
    const send = bed.channel(0, 'mm2s', 0)
    const receive = bed.channel(1, 's2mm', 0)
    bed.circuit(0, 0, bed.shimPort(0, 'mm2s', 0), ['north', 0])
    bed.circuit(0, 1, ['south', 0], ['dma', 0])
    bed.bd(0, 1, receive, 0, { base: bed.localBase(0), length: 4 })
    bed.push(0, 1, receive, 0)
    bed.bd(0, 0, send, 0, { ...bed.hostAddress(input), length: 4 })
    bed.push(0, 0, send, 0)
    bed.sim.schedule.runUntil(bed.sim.schedule.now + bed.device.timing.shimColdRead / 2)
    bed.bd(0, 0, send, 0, { ...bed.hostAddress(input + 16), length: 4 })
    bed.settle()
    expect([...bed.array.memDm.u32.subarray(0, 4)]).toEqual([0, 1, 2, 3])
  })

  it('reads 0 and sets its error bit when host memory faults, and goes on', () => {
    const bed = new Bed('aie4')
    bed.faultFrom = input + 8
    bed.fillHost(input, 4, () => 9)
    const send = bed.channel(0, 'mm2s', 0)
    const receive = bed.channel(1, 's2mm', 0)
    bed.circuit(0, 0, ['dma', 0], ['north', 0])
    bed.circuit(0, 1, ['south', 0], ['dma', 0])
    bed.bd(0, 1, receive, 0, { base: bed.localBase(0), length: 4 })
    bed.bd(0, 0, send, 0, { ...bed.hostAddress(input), length: 4, d1Step: 2, d0Wrap: 1 })
    bed.push(0, 1, receive, 0)
    bed.push(0, 0, send, 0)
    bed.settle()
    expect([...bed.array.memDm.u32.subarray(0, 4)]).toEqual([9, 0, 0, 0])
    expect(bed.read(0, 0, send.status) & dmaStatus.decodeError).not.toBe(0)
    expect(bed.array.notes().map((n) => n.code)).toEqual([NoteCode.hostAccess])
  })

  it('halts between batches while a pause bit is set', () => {
    const { bed, send } = memToHost('npu1', 16)
    const shim = bed.channel(0, 's2mm', 0)
    bed.write(0, 0, shim.control, 1 << dmaControl.pauseMemory[1])
    bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: 16 })
    bed.push(0, 1, send, 0)
    bed.settle()
    expect(bed.hostWords(output, 2)).toEqual([0, 0])
    bed.write(0, 0, shim.control, 0)
    bed.settle()
    expect(bed.hostWords(output, 4)).toEqual([0, 1, 2, 3])
  })
})

/** What a padded descriptor sends, dimension by dimension. */
function padded(
  wraps: number[],
  steps: number[],
  before: number[],
  after: number[],
  planes: number,
): number[] {
  const out: number[] = []
  for (let p = 0; p < planes; p++) {
    for (let k = -before[2]!; k < wraps[2]! + after[2]!; k++) {
      for (let j = -before[1]!; j < wraps[1]! + after[1]!; j++) {
        for (let i = -before[0]!; i < wraps[0]! + after[0]!; i++) {
          const inside =
            k >= 0 && k < wraps[2]! && j >= 0 && j < wraps[1]! && i >= 0 && i < wraps[0]!
          out.push(inside ? i * steps[0]! + j * steps[1]! + k * steps[2]! + p * steps[3]! : -1)
        }
      }
    }
  }
  return out
}

suite('padding', () => {
  const triple = (max: number) =>
    fc.tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max }), fc.integer({ min: 0, max }))
  const sizes = fc.tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 3 }),
  )
  for (const id of ['aie4', 'npu4'] as const) {
    it(`on ${id} surrounds the data by constant words in up to three dimensions`, () => {
      fc.assert(
        fc.property(sizes, triple(3), triple(3), (wraps, before, after) => {
          const steps = [1, 5, 23, 70]
          const expected = padded(wraps, steps, before, after, 2)
          const { bed, send } = memToHost(id, expected.length)
          const pad = bed.array
            .registers(0, 1)
            .find((r) => r.name === 'DMA_MM2S_Constant_Pad_Value_0')
          if (pad) bed.write(0, 1, pad.offset, 0x77)
          bed.bd(0, 1, send, 0, {
            base: bed.localBase(0),
            length: expected.length,
            d0Wrap: wraps[0],
            d1Wrap: wraps[1],
            d2Wrap: wraps[2],
            d1Step: 5,
            d2Step: 23,
            d3Step: 70,
            d0PadBefore: before[0],
            d1PadBefore: before[1],
            d2PadBefore: before[2],
            d0PadAfter: after[0],
            d1PadAfter: after[1],
            d2PadAfter: after[2],
          })
          bed.push(0, 1, send, 0)
          bed.settle()
          expect(bed.array.notes()).toEqual([])
          expect(bed.hostWords(output, expected.length)).toEqual(
            expected.map((w) => (w < 0 ? (pad ? 0x77 : 0) : w)),
          )
        }),
        { numRuns: 15 },
      )
    })
  }

  it('of a dimension without a wrap is refused', () => {
    const { bed, send } = memToHost('aie4', 4)
    bed.bd(0, 1, send, 0, { base: bed.localBase(0), length: 4, d0PadBefore: 1 })
    bed.push(0, 1, send, 0)
    bed.settle()
    expect(bed.array.notes().map((n) => n.code)).toEqual([NoteCode.padding])
  })
})
