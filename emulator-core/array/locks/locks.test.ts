import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { Bed, lockOperand, profileIds } from '../test-kit/bed.ts'

type Step = { kind: 'acquire' | 'release' | 'set'; lock: number; operand: number }

/** The rule of a lock, said as plainly as possible. */
function reference(values: number[], step: Step): number {
  const value = values[step.lock]!
  const clamp = (v: number) => Math.max(-64, Math.min(63, v))
  if (step.kind === 'set') {
    values[step.lock] = step.operand
    return 0
  }
  if (step.kind === 'release') {
    values[step.lock] = clamp(value + step.operand)
    return 1
  }
  const enough = step.operand < 0 ? value >= -step.operand : value === step.operand
  if (enough) values[step.lock] = step.operand < 0 ? clamp(value + step.operand) : 0
  return enough ? 1 : 0
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('acquire' as const, 'release' as const, 'set' as const),
    lock: fc.integer({ min: 0, max: 15 }),
    operand: fc.integer({ min: -64, max: 63 }),
  }),
  { maxLength: 60 },
)

suite('lock registers', () => {
  for (const id of profileIds) {
    it(`of every tile kind of ${id} follow the reference, requested by reads`, () => {
      const bed = new Bed(id)
      fc.assert(
        fc.property(fc.constantFrom(0, 1, 2, 5), steps, (row, list) => {
          const { locks } =
            row === 0 ? bed.device.shimTile : row === 1 ? bed.device.memTile : bed.device.coreTile
          const values: number[] = []
          for (let lock = 0; lock < 16; lock++) {
            bed.write(0, row, locks.value(lock), 0)
            values.push(0)
          }
          for (const step of list) {
            const expected = reference(values, step)
            if (step.kind === 'set') bed.write(0, row, locks.value(step.lock), step.operand)
            else
              expect(
                bed.read(
                  0,
                  row,
                  locks.requestOffset(step.lock, step.kind === 'acquire', step.operand),
                ),
              ).toBe(expected)
            expect(bed.read(0, row, locks.value(step.lock)) | 0).toBe(values[step.lock])
          }
        }),
        { numRuns: 40 },
      )
    })
  }

  it('reach the locks of both halves of an AIE4 mem tile', () => {
    const bed = new Bed('aie4')
    const { locks } = bed.device.memTile
    for (let lock = 0; lock < 64; lock++) bed.write(1, 1, locks.value(lock), lock)
    for (let lock = 0; lock < 64; lock++)
      expect(bed.read(1, 1, locks.requestOffset(lock, true, lock))).toBe(1)
    expect(bed.read(1, 1, locks.requestOffset(40, true, -1))).toBe(0)
  })

  it('decode the acquire that public programs poll', () => {
    const bed = new Bed('aie4')
    bed.write(0, 1, bed.device.memTile.locks.value(1), 2)
    expect(bed.read(0, 1, 0x18608)).toBe(1)
    expect(bed.read(0, 1, 0x18608)).toBe(0)
  })

  it('keep sticky overflow and underflow bits until a one is written to them', () => {
    const bed = new Bed('npu1')
    const { locks } = bed.device.coreTile
    bed.write(0, 2, locks.value(3), 63)
    bed.read(0, 2, locks.requestOffset(3, false, 1))
    bed.write(0, 2, locks.value(5), lockOperand(-64))
    bed.read(0, 2, locks.requestOffset(5, false, -1))
    const overflow = bed.array.registers(0, 2).find((r) => r.name === 'Locks_Overflow')!
    const underflow = bed.array.registers(0, 2).find((r) => r.name === 'Locks_Underflow')!
    expect([overflow.value, underflow.value]).toEqual([1 << 3, 1 << 5])
    expect([bed.read(0, 2, locks.value(3)) | 0, bed.read(0, 2, locks.value(5)) | 0]).toEqual([
      63, -64,
    ])
    bed.write(0, 2, overflow.offset, 1 << 3)
    bed.write(0, 2, underflow.offset, 1 << 4)
    expect(bed.read(0, 2, overflow.offset)).toBe(0)
    expect(bed.read(0, 2, underflow.offset)).toBe(1 << 5)
    expect(bed.sim.faults.total).toBe(2)
  })
})

suite('waiting for a lock', () => {
  it('ends one tick after a change that suits, for one in each cycle', () => {
    const bed = new Bed('npu1')
    const lock = bed.array.lockNumber(0, 2, 4)
    const order: string[] = []
    const slots: number[] = ['a', 'b', 'c'].map((name, i) =>
      bed.sim.schedule.slot(name, () => {
        if (bed.array.locks.acquire(lock, i + 1, false, slots[i]!)) order.push(`${name}@${bed.now}`)
      }),
    )
    slots.forEach((slot, i) => bed.array.locks.acquire(lock, i + 1, false, slot))
    bed.settle(10)
    bed.sim.schedule.advanceTo(10)
    bed.array.locks.set(lock, 6)
    bed.settle()
    expect(order).toEqual(['a@11', 'b@12', 'c@13'])
  })

  it('is one per slot: a new one replaces it, and a cancelled one never wakes', () => {
    const bed = new Bed('npu1')
    const order: string[] = []
    const slots = ['a', 'b', 'c'].map((name) => bed.sim.schedule.slot(name, () => order.push(name)))
    const first = bed.array.lockNumber(0, 2, 0)
    for (const slot of slots) bed.array.locks.acquire(first, 1, false, slot)
    bed.array.locks.acquire(first + 1, 1, false, slots[1]!)
    bed.array.locks.cancel(slots[2]!)
    bed.array.locks.set(first, 5)
    bed.settle()
    expect(order).toEqual(['a'])
    expect([0, 1, 2].map((i) => bed.array.locks.waitOf(slots[i]!))).toEqual([first, first + 1, -1])
  })

  it('does not end while the value does not suit', () => {
    const bed = new Bed('npu1')
    const order: string[] = []
    const slot = bed.sim.schedule.slot('a', () => order.push('a'))
    const lock = bed.array.lockNumber(0, 2, 0)
    bed.array.locks.acquire(lock, 2, true, slot)
    for (const value of [1, 3]) bed.array.locks.set(lock, value)
    bed.settle()
    expect(order).toEqual([])
  })
})
