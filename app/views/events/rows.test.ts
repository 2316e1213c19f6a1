import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mostHeight, pageSize, pagesOf, rowHeight, scrollTo, windowOf } from './rows.ts'

const totals = fc.integer({ min: 0, max: 5_000_000 })

describe('the rows in view', () => {
  it('always lie in the list and fill the room', () => {
    fc.assert(
      fc.property(totals, fc.double({ min: 0, max: 1, noNaN: true }), (total, share) => {
        const { height } = windowOf(total, 0, 300)
        const { first, count } = windowOf(total, share * Math.max(0, height - 300), 300)
        expect(first).toBeGreaterThanOrEqual(0)
        expect(first + count).toBeLessThanOrEqual(total)
        expect(count).toBe(Math.min(total, Math.ceil(300 / rowHeight) + 1))
      }),
    )
  })

  it('reach the last row of a list too long for the browser', () => {
    const total = 5_000_000
    const { height } = windowOf(total, 0, 300)
    expect(height).toBe(mostHeight)
    const { first, count } = windowOf(total, height - 300, 300)
    expect(first + count).toBe(total)
  })

  it('contain the row that was scrolled to', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000_000 }), fc.nat(), (total, seed) => {
        const row = seed % total
        const { height } = windowOf(total, 0, 300)
        const scroll = Math.min(scrollTo(row, total, 300), Math.max(0, height - 300))
        const { first, count } = windowOf(total, scroll, 300)
        expect(row).toBeGreaterThanOrEqual(first)
        expect(row).toBeLessThan(first + count)
      }),
    )
  })
})

describe('pages', () => {
  it('cover exactly the rows asked for', () => {
    expect(pagesOf(0, 1)).toEqual([0])
    expect(pagesOf(pageSize - 1, 2)).toEqual([0, 1])
    expect(pagesOf(pageSize, pageSize)).toEqual([1])
  })
})
