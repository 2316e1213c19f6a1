import { describe as suite, expect, it } from 'vitest'
import { ReferenceLocks } from './locks.ts'

suite('the reference locks', () => {
  it('give what an acquire asks for and nothing else', () => {
    const locks = new ReferenceLocks(2)
    locks.set(0, 3)
    expect(locks.acquire(0, -4)).toBe(false)
    expect(locks.acquire(0, -2)).toBe(true)
    expect(locks.values).toEqual([1, 0])
    expect(locks.acquire(0, 2)).toBe(false)
    expect(locks.acquire(0, 1)).toBe(true)
    expect(locks.acquire(1, 0)).toBe(true)
    expect(locks.values).toEqual([0, 0])
  })

  it('saturate and remember it', () => {
    const locks = new ReferenceLocks(2)
    locks.set(0, 60)
    locks.release(0, 4)
    locks.set(1, -64)
    locks.release(1, -1)
    expect(locks.values).toEqual([63, -64])
    expect([locks.overflow, locks.underflow]).toEqual([
      [true, false],
      [false, true],
    ])
    locks.clear('overflow', 0)
    expect(locks.overflow).toEqual([false, false])
  })

  it('let the tasks of a channel through in order as their locks allow', () => {
    const locks = new ReferenceLocks(3)
    locks.push({ acquire: { lock: 0, operand: -2 }, release: { lock: 1, amount: 1 } })
    locks.push({ acquire: { lock: 1, operand: 1 }, release: { lock: 2, amount: -5 } })
    locks.release(0, 1)
    expect(locks.finished).toBe(0)
    locks.release(0, 1)
    expect(locks.finished).toBe(2)
    expect(locks.values).toEqual([0, 0, -5])
  })
})
