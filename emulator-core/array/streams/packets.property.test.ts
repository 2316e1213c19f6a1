import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { dmaStatus, readToken } from '../../device/abi/dma-words.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { NoteCode } from '../notes.ts'
import { Bed, profileIds } from '../test-kit/bed.ts'
import { blockedProgram } from '../test-kit/blocked-programs.ts'
import { memoryWords, prepare, start } from '../test-kit/packet-play.ts'
import { packetProgram, tapes, type PacketProgram } from '../test-kit/packet-programs.ts'
import { slack } from '../test-kit/packet-transfers.ts'
import { unpick } from '../test-kit/reference/packets.ts'

const limit = 1_000_000

function started(id: ProfileId, program: PacketProgram): Bed {
  const bed = new Bed(id)
  prepare(bed, program)
  start(bed, program)
  return bed
}

/** Every sink holds whole packets, each way's in order, all that are due and nothing behind them. */
function expectSinks(bed: Bed, program: PacketProgram): void {
  for (const { name, column, row, word, due, expected } of program.sinks) {
    const words = memoryWords(bed, column, row, word, due + slack)
    const { wrong, left } = unpick(words.slice(0, due), expected)
    expect([name, wrong]).toEqual([name, undefined])
    expect([name, ...left.values()].slice(1).every((n) => n === 0)).toBe(true)
    expect([name, words.slice(due)]).toEqual([name, Array<number>(slack).fill(0)])
  }
}

/** Senders are idle; sinks wait in their last task, of which not a word has come. */
function expectAtRest(bed: Bed, program: PacketProgram): void {
  for (const { name, column, row, channel } of program.sources) {
    const status = bed.read(column, row, channel.status)
    expect([name, status & (dmaStatus.channelRunning | 3)]).toEqual([name, 0])
  }
  for (const { name, column, row, channel } of program.sinks) {
    const view = bed.array.channel(bed.number(column, row, 's2mm', channel.channel))
    expect([name, view.queue.length, view.wordsDone]).toEqual([name, 0, 0])
  }
}

function tokensOf(bed: Bed): string[] {
  return bed.tokens
    .map(({ word }) => readToken(word))
    .map((t) => [t.column, t.row, t.actor, t.controllerId].join())
    .sort()
}

for (const id of profileIds) {
  suite(`packets on ${id}`, () => {
    it('arrive where the router says, whole, in order, once, and leave their tokens', () => {
      fc.assert(
        fc.property(tapes, (tape) => {
          const program = packetProgram(id, tape)
          fc.pre(program !== undefined)
          const bed = started(id, program)
          bed.settle(limit)
          expect(bed.array.notes()).toEqual([])
          expectSinks(bed, program)
          expectAtRest(bed, program)
          expect(tokensOf(bed)).toEqual(program.tokens.map((t) => t.join()).sort())
        }),
        { numRuns: 10 },
      )
    })

    it('come to the same end at the same tick in slices and from a copy of any instant', () => {
      fc.assert(
        fc.property(tapes, fc.nat(), fc.integer({ min: 1, max: 301 }), (tape, cut, slice) => {
          const program = packetProgram(id, tape)
          fc.pre(program !== undefined)
          const straight = started(id, program)
          const begin = straight.now
          straight.settle(limit)
          const end = straight.now
          const copied = started(id, program)
          copied.settle(begin + (cut % (end - begin + 1)))
          const saved = copied.save()
          const there = copied.checksum()
          copied.settle(end)
          copied.load(saved)
          expect(copied.checksum()).toBe(there)
          copied.settle(limit)
          expect([copied.now, copied.checksum()]).toEqual([end, straight.checksum()])
          const sliced = started(id, program)
          for (let tick = begin; tick < end; tick += slice) sliced.sim.schedule.runUntil(tick)
          sliced.sim.schedule.runUntil(end)
          expect(sliced.checksum()).toBe(straight.checksum())
        }),
        { numRuns: 6 },
      )
    })

    it('that find no slot block what is behind them and nothing else, until a slot takes them', () => {
      fc.assert(
        fc.property(tapes, (tape) => {
          const program = blockedProgram(id, tape)
          fc.pre(program !== undefined)
          const { bounds, cure, isBlocked } = program
          const bed = started(id, program)
          bed.settle(limit)
          for (const { name, column, row, word, due } of program.sinks) {
            const words = memoryWords(bed, column, row, word, due + slack)
            const end = words.indexOf(0)
            const ways = [...(bounds.get(name) ?? [])]
            const most = new Map(ways.map(([way, { packets }]) => [way, packets]))
            const { wrong, left } = unpick(words.slice(0, end), most)
            expect([name, wrong]).toEqual([name, undefined])
            for (const [way, { packets, certain }] of ways)
              expect(packets.length - left.get(way)!).toBeGreaterThanOrEqual(certain)
          }
          const codes = new Set(bed.array.notes().map((n) => n.code))
          expect([...codes]).toEqual(isBlocked ? [NoteCode.packetUnrouted] : [])
          bed.write(cure.column, cure.row, cure.offset, cure.value)
          bed.settle(limit)
          expectSinks(bed, program)
          expectAtRest(bed, program)
          expect(tokensOf(bed)).toEqual(program.tokens.map((t) => t.join()).sort())
        }),
        { numRuns: 10 },
      )
    })
  })
}
