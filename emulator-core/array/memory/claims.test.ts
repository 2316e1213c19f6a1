import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { banksBy, bankRule } from '../../device/banks.ts'
import { describe } from '../../device/profiles.ts'
import { TileKind } from '../../device/tiles.ts'
import { createSim } from '../../sim/sim.ts'
import { profileIds } from '../test-kit/bed.ts'
import { Claims } from './claims.ts'

type Access = readonly [due: number, banks: number]

interface Walk {
  readonly at: number
  readonly step: number
  /** Beats of each batch. */
  readonly beats: readonly number[]
  /** Words that the last beat lacks. */
  readonly short: number
}

const walks: fc.Arbitrary<Walk> = fc.record({
  at: fc.nat(200),
  step: fc.constantFrom(1, 1, 1, 2, 3, 8, 16, 64),
  beats: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
  short: fc.nat(15),
})

function claimsOf(id: (typeof profileIds)[number], kind: TileKind, isMm2s: boolean) {
  const device = describe(id)
  const row = kind === TileKind.core ? device.rows.shim + device.rows.mem : device.rows.shim
  const claims = new Claims(createSim(), device, [{ column: 0, row, kind, isMm2s }], 1024)
  const from = kind === TileKind.core ? 0 : (row - device.rows.shim) * device.mem.dmBytes
  const tile = kind === TileKind.core ? device.coreTile : device.memTile
  return { claims, device, firstWord: from / 4, beatWords: tile.data.beatBytes / 4 }
}

function listOf(claims: Claims): Access[] {
  const list: Access[] = []
  while (claims.isPending(0)) {
    list.push([claims.dueOf(0, 0), claims.banksOf(0)])
    claims.served[0] = (claims.served[0]! + 1) | 0
  }
  return list
}

suite('the accesses of a walk', () => {
  for (const id of profileIds)
    for (const kind of [TileKind.core, TileKind.mem])
      for (const isMm2s of [true, false])
        it(`are the same however it is cut: ${id}, ${kind === TileKind.core ? 'core' : 'mem'} tile, ${isMm2s ? 'reads' : 'writes'}`, () => {
          fc.assert(
            fc.property(walks, ({ at, step, beats, short }) => {
              const whole = claimsOf(id, kind, isMm2s)
              const { beatWords, firstWord } = whole
              const sum = beats.reduce((a, b) => a + b, 0)
              const words = sum * beatWords - (short % beatWords)
              whole.claims.beginAt(100)
              whole.claims.add(0, firstWord + at, step, words)
              const { claims } = claimsOf(id, kind, isMm2s)
              let done = 0
              let tick = 100
              for (const n of beats) {
                const part = Math.min(n * beatWords, words - done)
                claims.beginAt(tick)
                claims.add(0, firstWord + at + done * step, step, part, words - done - part)
                done += part
                tick += n
              }
              expect(listOf(claims)).toEqual(listOf(whole.claims))
            }),
            { numRuns: 15 },
          )
        })

  it('begin a line anew where another walk begins', () => {
    const { claims } = claimsOf('npu1', TileKind.core, true)
    claims.beginAt(10)
    claims.add(0, 0, 1, 2, 6)
    claims.restart(0)
    claims.add(0, 2, 1, 2)
    expect(listOf(claims)).toEqual([
      [10, 1],
      [12, 1],
    ])
  })
})

suite('a compressed unit', () => {
  it('is one access to every bank its words lie in', () => {
    for (const id of profileIds) {
      const { claims, device } = claimsOf(id, TileKind.core, false)
      claims.beginUnit(50)
      claims.add(0, 8, 1, 5)
      claims.add(0, 64, 1, 3)
      claims.beginUnit(51)
      claims.add(0, 13, 1, 8)
      const rule = bankRule(device, TileKind.core)
      expect(listOf(claims)).toEqual([
        [50, banksBy(rule, 32, 20) | banksBy(rule, 256, 12)],
        [51, banksBy(rule, 52, 32)],
      ])
    }
  })
})
