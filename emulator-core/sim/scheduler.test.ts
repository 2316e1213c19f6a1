import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StateArena } from './arena.ts'
import { never, Scheduler } from './scheduler.ts'

/** The obvious scheduler: scan all slots for the least (due, slot). */
function reference(slots: number) {
  const due = Array.from({ length: slots }, () => never)
  return {
    due,
    next(): number {
      let best = -1
      for (let s = 0; s < slots; s++) if (due[s]! < (best < 0 ? never : due[best]!)) best = s
      return best
    },
  }
}

describe('the scheduler', () => {
  it('serves slots of one tick in slot order, whatever the order of insertion', () => {
    const log: number[] = []
    const s = new Scheduler(new StateArena())
    const slots = [0, 1, 2].map((i) => s.slot(`s${i}`, () => log.push(i)))
    for (const slot of [slots[2]!, slots[0]!, slots[1]!]) s.at(slot, 10)
    s.runUntil(10)
    expect(log).toEqual([0, 1, 2])
    expect(s.now).toBe(10)
  })

  it('jumps over idle time beyond the wheel', () => {
    const s = new Scheduler(new StateArena())
    let ran = 0
    const slot = s.slot('far', () => ran++)
    s.at(slot, 123_456_789_012)
    expect(s.nextDue()).toBe(123_456_789_012)
    s.runUntil(never)
    expect([ran, s.now]).toEqual([1, 123_456_789_012])
  })

  it('runs the same slots at the same ticks as a naive scan, also when work is moved, cancelled and rebuilt', () => {
    const action = fc.record({
      slot: fc.nat(19),
      delay: fc.oneof(
        fc.nat(5),
        fc.nat(6000),
        fc.integer({ min: 4000, max: 4200 }),
        fc.nat(1_000_000),
      ),
      kind: fc.constantFrom('at', 'at', 'at', 'cancel', 'run', 'run', 'rebuild', 'advance'),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const s = new Scheduler(new StateArena())
        const naive = reference(20)
        const log: string[] = []
        for (let i = 0; i < 20; i++) s.slot(`s${i}`, () => log.push(`${i}@${s.now}`))
        for (const { slot, delay, kind } of actions) {
          if (kind === 'at') {
            s.at(slot, s.now + delay)
            naive.due[slot] = s.now + delay
          } else if (kind === 'cancel') {
            s.cancel(slot)
            naive.due[slot] = never
          } else if (kind === 'rebuild') s.rebuild()
          else if (kind === 'advance') {
            const to = Math.min(s.nextDue(), s.now + delay)
            if (to !== never) s.advanceTo(to)
          } else {
            const expected = naive.next()
            const before = log.length
            s.runOne(never)
            if (expected < 0) expect(log.length).toBe(before)
            else {
              expect(log[before]).toBe(`${expected}@${naive.due[expected]}`)
              naive.due[expected] = never
            }
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it('knows the earliest due tick outside the fence, and counts what happens there', () => {
    const action = fc.record({
      slot: fc.nat(9),
      ahead: fc.nat(50),
      kind: fc.constantFrom('at' as const, 'cancel' as const, 'run' as const, 'rebuild' as const),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.nat(9), fc.nat(9), (list, a, b) => {
        const s = new Scheduler(new StateArena())
        let ranOutside = 0
        const [first, end] = [Math.min(a, b), Math.max(a, b)]
        const isOutside = (slot: number) => slot < first || slot >= end
        for (let i = 0; i < 10; i++) s.slot(`s${i}`, () => (ranOutside += isOutside(i) ? 1 : 0))
        s.fence(first, end)
        for (const { slot, ahead, kind } of list) {
          const count = s.outerCount
          const ran = ranOutside
          if (kind === 'at') s.at(slot, s.now + ahead)
          else if (kind === 'cancel') s.cancel(slot)
          else if (kind === 'rebuild') s.rebuild()
          else s.runOne(never)
          if (kind === 'run') expect(s.outerCount - count).toBe(ranOutside - ran)
          let earliest = never
          for (let i = 0; i < 10; i++) if (isOutside(i)) earliest = Math.min(earliest, s.dueOf(i))
          expect(s.outerDue).toBe(earliest)
        }
      }),
    )
  })
})
