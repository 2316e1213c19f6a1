/**
 * Where banks are contended, words still take either way through the switches in the same time:
 * nobody can tell the short way from the hops, and watching a port shifts no tick.
 */
import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { bankRule, banksBy } from '../../device/banks.ts'
import { TileKind } from '../../device/tiles.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import { profileIds } from '../test-kit/bed.ts'
import { ContendedBed, contendedDesigns, type Contended, type Ways } from '../test-kit/contended.ts'

type Id = (typeof profileIds)[number]

/** Everything that happened, as far as anybody can see it. */
function played(id: Id, plan: Contended, ways: Ways, engine: 'jit' | 'interpreter' = 'jit') {
  const bed = new ContendedBed(id, plan, ways, engine)
  bed.play()
  bed.array.settle()
  const { array, sim } = bed
  const { trace } = sim
  const channels = [1, 2].flatMap((row) =>
    (['mm2s', 's2mm'] as const).flatMap((direction) =>
      [0, 1, 2, 3, 4].flatMap((i) =>
        bed.channel(row, direction, i) === undefined ? [] : [bed.number(0, row, direction, i)],
      ),
    ),
  )
  const events: string[] = []
  for (let i = Math.max(0, trace.end - 4096); i < trace.end; i++)
    events.push([trace.tickOf(i), ...[0, 1, 2, 3].map((field) => trace.wordOf(i, field))].join(' '))
  const lost = (row: number, banks: number) =>
    Array.from({ length: banks }, (_, bank) => array.dma.ports.lostAt(0, row, bank))
  return {
    events,
    ends: channels.map((c) => [array.channel(c).state, array.channel(c).since]),
    done: channels.map((c) => array.channel(c).wordsDone),
    stalls: array.stalls().map(({ part, ticks }) => [part, ...ticks]),
    locks: [...array.lockValues],
    lost: [lost(1, bed.device.mem.banks), lost(2, 8)],
    core: bed.cores.inspect(0).since,
    memories: [sumOf(array.coreDm, 0x2800), sumOf(array.memDm, 0x20000)],
  }
}

/** A number that is another one when any of the first words is. */
function sumOf(memory: FlatMemory, words: number): number {
  let sum = 0
  for (let i = 0; i < words; i++) sum = (Math.imul(sum, 31) + memory.read32(4 * i)) | 0
  return sum
}

suite('contended banks', { timeout: 240_000 }, () => {
  for (const id of profileIds) {
    it(`of ${id} hold up words by the short way and hop by hop at the same ticks`, () => {
      fc.assert(
        fc.property(contendedDesigns, (plan) => {
          const short = played(id, plan, {})
          expect(played(id, plan, { allByHops: true })).toEqual(short)
        }),
        { numRuns: 8, endOnFailure: true },
      )
    })
  }
})

suite('a core that uses one bank in every cycle while words arrive there', () => {
  const words = 64
  const place = 0x2800
  const end = (late: number) => ({ lengths: [words], step: 1, at: 0, late })
  const still = { reads: [0, 0], step: 0, turns: 0, rest: 0 }
  const plan: Contended = {
    up: [{ from: end(100), to: end(0), runs: 1 }],
    down: [],
    loops: [],
    isLocked: false,
    core: { reads: [place, place], step: 0, turns: 300, rest: 0 },
    above: still,
  }
  for (const id of profileIds) {
    it.each([
      ['jit', false],
      ['interpreter', false],
      ['jit', true],
      ['interpreter', true],
    ] as const)(
      `of ${id} loses a cycle to each line that is written there (%s, by hops: %s)`,
      (engine, allByHops) => {
        const bed = new ContendedBed(id, plan, { allByHops }, engine)
        const { device } = bed
        const rule = bankRule(device, TileKind.core)
        const line = Math.max(device.coreTile.data.beatBytes, device.bank.core.granuleBytes)
        const bank = banksBy(rule, place, 4)
        let lines = 0
        for (let at = 0; at < words * 4; at += line)
          if ((banksBy(rule, place + at, line) & bank) !== 0) lines++
        const quiet = new ContendedBed(id, { ...plan, up: [] }, { allByHops }, engine)
        for (const each of [bed, quiet]) {
          each.play()
          each.array.settle()
        }
        const lost = bed.cores.inspect(0).memoryCycles - quiet.cores.inspect(0).memoryCycles
        expect(lost).toBe(lines)
        // Until its FIFO runs out, the channel loses more.
        expect(bed.array.dma.ports.lostAt(0, 2, 31 - Math.clz32(bank))).toBeGreaterThan(lines * 2)
      },
    )
  }
})
