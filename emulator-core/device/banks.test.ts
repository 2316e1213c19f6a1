import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { bankOf, bankRule, banksBy } from './banks.ts'
import { describe } from './profiles.ts'
import type { ProfileId } from './tiles.ts'
import { TileKind } from './tiles.ts'

/** The published or modelled formulas, as the data sheet prints them. */
const printed: readonly [ProfileId, TileKind, (a: number) => number][] = [
  ['npu1', TileKind.core, (a) => 2 * ((a >> 14) & 3) + ((a >> 4) & 1)],
  ['npu4', TileKind.core, (a) => 2 * ((a >> 14) & 3) + ((a >> 4) & 1)],
  ['aie4', TileKind.core, (a) => 2 * ((a >> 15) & 3) + ((a >> 5) & 1)],
  ['npu1', TileKind.mem, (a) => (a >> 4) & 15],
  ['npu4', TileKind.mem, (a) => (a >> 4) & 15],
  ['aie4', TileKind.mem, (a) => Math.floor(a / 0x80000) * 4 + ((a >> 6) & 3)],
]

const bytesOf = (id: ProfileId, kind: TileKind) =>
  kind === TileKind.core ? describe(id).core.dmBytes : describe(id).mem.dmBytes

suite('the bank of a byte', () => {
  for (const [id, kind, formula] of printed) {
    it(`of a ${kind === TileKind.core ? 'core' : 'mem'} tile of ${id} is what the sheet says`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: bytesOf(id, kind) - 1 }), (at) => {
          expect(bankOf(describe(id), kind, at)).toBe(formula(at))
        }),
      )
    })

    it(`spreads the ${kind === TileKind.core ? 'core' : 'mem'} memory of ${id} evenly over its banks`, () => {
      const device = describe(id)
      const { count } = bankRule(device, kind)
      const facts = kind === TileKind.core ? device.bank.core : device.bank.mem
      expect(count * facts.bytes).toBe(bytesOf(id, kind))
      const sizes = new Int32Array(count)
      for (let at = 0; at < bytesOf(id, kind); at += 16) sizes[bankOf(device, kind, at)]! += 16
      expect([...sizes]).toEqual(Array.from({ length: count }, () => facts.bytes))
    })

    it(`gives an access of a ${kind === TileKind.core ? 'core' : 'mem'} tile of ${id} all banks of its bytes`, () => {
      const rule = bankRule(describe(id), kind)
      fc.assert(
        fc.property(
          fc.nat(bytesOf(id, kind) - 256),
          fc.integer({ min: 1, max: 256 }),
          (at, size) => {
            let mask = 0
            for (let i = 0; i < size; i++) mask |= 1 << formula(at + i)
            expect(banksBy(rule, at, size)).toBe(mask)
          },
        ),
      )
    })
  }
})
