/** The short way of circuits and the hop-level network are twins: same words, same ticks. */
import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import type { ProfileId } from '../../device/tiles.ts'
import { Bed, idleCores, profileIds } from '../test-kit/bed.ts'

interface Plan {
  readonly rows: readonly number[]
  readonly from: readonly number[]
  readonly to: readonly (readonly number[])[]
  /** Ticks after the start at which each receiver's task is queued. */
  readonly late: readonly number[]
  readonly senderLate: number
}

const lengths = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 8 })
const plans: fc.Arbitrary<Plan> = fc.record({
  rows: fc.constantFrom(2, 3, 4, 5).map((row) => [row]),
  from: lengths,
  to: fc.array(lengths, { minLength: 4, maxLength: 4 }),
  late: fc.array(fc.nat(400), { minLength: 4, maxLength: 4 }),
  senderLate: fc.nat(400),
})

/** Runs a broadcast from the mem tile to cores and says when each channel ended and what came. */
function run(id: ProfileId, plan: Plan, allByHops: boolean) {
  const bed = new Bed(id, idleCores, { allByHops })
  bed.circuit(0, 1, ['dma', 0], ['north', 0])
  const top = Math.max(...plan.rows)
  for (let row = 2; row <= top; row++) {
    if (plan.rows.includes(row)) bed.circuit(0, row, ['south', 0], ['dma', 0])
    if (row < top) bed.circuit(0, row, ['south', 0], ['north', 0])
  }
  for (let i = 0; i < 1200; i++) bed.array.memDm.write32(4 * i, i + 1)
  const start = (
    row: number,
    direction: 'mm2s' | 's2mm',
    list: readonly number[],
    base: number,
  ) => {
    const channel = bed.channel(row, direction, 0)
    let offset = base
    list.forEach((length, bd) => {
      const more = bd + 1 < list.length
      bed.bd(0, row, channel, bd, {
        base: offset,
        length,
        useNext: more ? 1 : 0,
        next: more ? bd + 1 : 0,
      })
      offset += length
    })
    bed.push(0, row, channel, 0)
  }
  const acts = [
    { at: plan.senderLate, go: () => start(1, 'mm2s', plan.from, bed.localBase(0)) },
    ...plan.rows.map((row, i) => ({
      at: plan.late[i]!,
      go: () => start(row, 's2mm', plan.to[i]!, 0x40),
    })),
  ].sort((a, b) => a.at - b.at)
  for (const { at, go } of acts) {
    bed.sim.schedule.runUntil(at + 10)
    go()
  }
  bed.settle()
  const numbers = [
    bed.number(0, 1, 'mm2s', 0),
    ...plan.rows.map((row) => bed.number(0, row, 's2mm', 0)),
  ]
  return {
    ends: numbers.map((c) => [bed.array.channel(c).state, bed.array.channel(c).since]),
    done: numbers.map((c) => bed.array.channel(c).wordsDone),
    words: plan.rows.map((row) =>
      Array.from({ length: 1200 }, (_, i) => bed.read(0, row, 0x100 + 4 * i)),
    ),
  }
}

suite('circuits by the short way and hop by hop', () => {
  for (const id of profileIds) {
    it(`agree on ${id} to the word and the tick`, () => {
      fc.assert(
        fc.property(plans, (plan) => {
          expect(run(id, plan, true)).toEqual(run(id, plan, false))
        }),
        { numRuns: 25 },
      )
    })
  }
})
