import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSim, momentChecksum } from '../sim/sim.ts'
import { History } from './history.ts'

const actions = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('arena' as const), at: fc.nat(4999), value: fc.nat(3) }),
    fc.record({ kind: fc.constant('flat' as const), at: fc.nat(65_535), value: fc.nat(3) }),
    fc.record({ kind: fc.constant('paged' as const), at: fc.nat(2 ** 30), value: fc.nat(3) }),
    fc.record({ kind: fc.constant('take' as const), at: fc.nat(9), value: fc.constant(0) }),
    fc.record({ kind: fc.constant('restore' as const), at: fc.nat(30), value: fc.constant(0) }),
  ),
  { minLength: 10, maxLength: 80 },
)

describe('history', () => {
  it('brings back every checkpoint, whatever was stored, taken and restored in between', () => {
    fc.assert(
      fc.property(actions, (list) => {
        const sim = createSim({ traceCapacity: 16 })
        const cells = sim.state.i32('cells', 5000)
        const flat = sim.flatMemory('flat', 65_536 * 4)
        const paged = sim.pagedMemory('paged')
        const history = new History(sim)
        const sums = new Map<number, string>()
        const take = () => {
          history.take()
          const { tick } = history.before(sim.schedule.now)!
          if (!sums.has(tick)) sums.set(tick, momentChecksum(sim))
        }
        take()
        for (const { kind, at, value } of list) {
          if (kind === 'arena') cells[at] = value
          else if (kind === 'flat') flat.write32(at * 4, value)
          else if (kind === 'paged') paged.write32(at * 4, value)
          else if (kind === 'take') {
            sim.schedule.advanceTo(Math.max(...sums.keys()) + 1 + at)
            take()
          } else {
            const checkpoint = history.checkpoints[at % history.checkpoints.length]!
            history.restore(checkpoint)
            expect(momentChecksum(sim)).toBe(sums.get(checkpoint.tick))
          }
        }
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })

  it('keeps next to nothing for a moment at which nothing has changed', () => {
    const sim = createSim({ traceCapacity: 16 })
    const flat = sim.flatMemory('flat', 1 << 20)
    flat.u8.fill(1)
    flat.mark(0, 1 << 20)
    const history = new History(sim)
    history.take()
    const before = history.keptBytes
    expect(before).toBeGreaterThan(1 << 20)
    sim.schedule.advanceTo(1)
    history.take()
    expect(history.checkpoints.length).toBe(2)
    expect(history.keptBytes - before).toBeLessThan(16 << 10)
  })

  it('gives the bytes of dropped checkpoints back', () => {
    const sim = createSim({ traceCapacity: 16 })
    const flat = sim.flatMemory('flat', 1 << 16)
    const history = new History(sim)
    history.take()
    const before = history.keptBytes
    for (let tick = 1; tick <= 20; tick++) {
      sim.schedule.advanceTo(tick)
      flat.write32((tick % 8) * 1024, tick)
      history.take()
    }
    expect(history.keptBytes).toBeGreaterThan(before)
    history.branch(0, Infinity)
    expect(history.keptBytes).toBe(before)
  })
})
