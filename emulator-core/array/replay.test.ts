import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { Bed, lockOperand, profileIds } from './test-kit/bed.ts'

/**
 * Host → mem tile → two core tiles (broadcast) → mem tile → host, all with locks, in descriptors of
 * odd sizes.
 */
function pipeline(bed: Bed): void {
  const total = 700
  const part = 35
  bed.fillHost(0x1000, total, (i) => Math.imul(i + 1, 0x9e3779b1) >>> 0)
  bed.circuit(0, 0, bed.shimPort(0, 'mm2s', 0), ['north', 0])
  bed.circuit(0, 1, ['south', 0], ['dma', 0])
  bed.circuit(0, 1, ['dma', 0], ['north', 0])
  bed.circuit(0, 2, ['south', 0], ['dma', 0])
  bed.circuit(0, 2, ['south', 0], ['north', 0])
  bed.circuit(0, 3, ['south', 0], ['dma', 0])
  bed.circuit(0, 2, ['dma', 0], ['south', 1])
  bed.circuit(0, 1, ['north', 1], ['dma', 1])
  bed.circuit(0, 1, ['dma', 1], ['south', 1])
  bed.circuit(0, 0, ['north', 1], bed.shimPort(0, 's2mm', 0))
  bed.tokenPath(0, 0)
  const hand = (from: number, to: number) => ({
    acquireEnable: 1,
    acquireValue: lockOperand(-1),
    acquireId: from,
    releaseId: to,
    releaseValue: 1,
  })
  const local = (from: number, to: number) => hand(bed.localLock(from), bed.localLock(to))
  const start = (
    row: number,
    direction: 's2mm' | 'mm2s',
    channel: number,
    bd: number,
    fields: Record<string, number>,
    runs: number,
  ) => {
    const on = bed.channel(row, direction, channel)
    bed.bd(0, row, on, bd, fields)
    bed.push(0, row, on, bd, runs)
  }
  bed.write(0, 1, bed.device.memTile.locks.value(0), 1)
  bed.write(0, 1, bed.device.memTile.locks.value(2), 1)
  for (const row of [2, 3]) bed.write(0, row, bed.device.coreTile.locks.value(0), 1)
  start(1, 's2mm', 0, 0, { base: bed.localBase(0), length: part, ...local(0, 1) }, 20)
  start(1, 'mm2s', 0, 1, { base: bed.localBase(0), length: part, ...local(1, 0) }, 20)
  start(2, 's2mm', 0, 0, { base: 0x40, length: part, ...hand(0, 1) }, 20)
  start(2, 'mm2s', 0, 1, { base: 0x40, length: part, ...hand(1, 0) }, 20)
  start(3, 's2mm', 0, 0, { base: 0x40, length: 70, iterationStep: 70, iterationWrap: 9 }, 10)
  start(1, 's2mm', 1, 24, { base: bed.localBase(0x8000), length: 50, ...local(2, 3) }, 14)
  start(1, 'mm2s', 1, 25, { base: bed.localBase(0x8000), length: 50, ...local(3, 2) }, 14)
  bed.bd(0, 0, bed.channel(0, 's2mm', 0), 1, { ...bed.hostAddress(0x9000), length: total })
  bed.push(0, 0, bed.channel(0, 's2mm', 0), 1, 1, true)
  bed.bd(0, 0, bed.channel(0, 'mm2s', 0), 0, { ...bed.hostAddress(0x1000), length: total })
  bed.push(0, 0, bed.channel(0, 'mm2s', 0), 0)
}

/** Mem tile descriptors 24 and 25 are 8 and 9 where each channel has sixteen of its own. */
function prepared(id: (typeof profileIds)[number]): Bed {
  const bed = new Bed(id)
  if (id === 'aie4') {
    const { bd, push } = bed
    bed.bd = (column, row, on, n, fields) => bd.call(bed, column, row, on, n % 16, fields)
    bed.push = (column, row, on, n, runs, token) =>
      push.call(bed, column, row, on, n % 16, runs, token)
  }
  pipeline(bed)
  return bed
}

for (const id of profileIds) {
  suite(`the array of ${id}`, () => {
    it('comes to the same end, bit for bit and tick for tick, from a copy taken at any instant', () => {
      const straight = prepared(id)
      straight.settle()
      expect(straight.tokens).toHaveLength(1)
      expect(straight.hostWords(0x9000, 700)).toEqual(straight.hostWords(0x1000, 700))
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: straight.now }),
          fc.integer({ min: 1, max: straight.now }),
          (cut, later) => {
            const bed = prepared(id)
            bed.settle(cut)
            const saved = bed.save()
            const at = bed.checksum()
            bed.settle(later)
            bed.load(saved)
            expect(bed.checksum()).toBe(at)
            bed.settle()
            expect(bed.checksum()).toBe(straight.checksum())
          },
        ),
        { numRuns: 12 },
      )
    })

    it('does not depend on how a run is sliced', () => {
      const straight = prepared(id)
      straight.sim.schedule.runUntil(20_000)
      const sliced = prepared(id)
      for (let tick = 0; tick <= 20_000; tick += 97) sliced.sim.schedule.runUntil(tick)
      sliced.sim.schedule.runUntil(20_000)
      expect(sliced.checksum()).toBe(straight.checksum())
    })

    it('looks without touching', () => {
      const bed = prepared(id)
      bed.settle(2000)
      const before = bed.checksum()
      for (let row = 0; row < 6; row++) bed.array.registers(0, row)
      bed.array.routes()
      bed.array.waits()
      expect(bed.checksum()).toBe(before)
    })
  })
}
