import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applySplice, diffText, joinSplices, reverseSplice } from './splice.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '😀'), maxLength: 30 })

describe('a splice', () => {
  it('turns any text into any other, and back', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const splice = diffText('f', before, after)
        expect(applySplice(before, splice)).toBe(after)
        expect(applySplice(after, reverseSplice(splice))).toBe(before)
      }),
    )
  })

  it('touches no more than what differs', () => {
    expect(diffText('f', 'kFactor = 2;', 'kFactor = 3;')).toEqual({
      file: 'f',
      at: 10,
      removed: '2',
      inserted: '3',
    })
  })

  it('joins another splice only when both together do what they do in turn', () => {
    fc.assert(
      fc.property(text, text, text, (first, second, third) => {
        const one = diffText('f', first, second)
        const two = diffText('f', second, third)
        const both = joinSplices(one, two)
        if (both) expect(applySplice(first, both)).toBe(third)
      }),
    )
  })

  it('joins typing on and deleting on, and nothing else', () => {
    const typed = { file: 'f', at: 3, removed: '', inserted: 'a' }
    expect(joinSplices(typed, { file: 'f', at: 4, removed: '', inserted: 'b' })?.inserted).toBe(
      'ab',
    )
    expect(joinSplices(typed, { file: 'f', at: 9, removed: '', inserted: 'b' })).toBeUndefined()
    expect(joinSplices(typed, { file: 'g', at: 4, removed: '', inserted: 'b' })).toBeUndefined()
    expect(joinSplices(typed, { file: 'f', at: 4, removed: '', inserted: '\n' })).toBeUndefined()
    const deleted = { file: 'f', at: 3, removed: 'd', inserted: '' }
    expect(joinSplices(deleted, { file: 'f', at: 2, removed: 'c', inserted: '' })).toEqual({
      file: 'f',
      at: 2,
      removed: 'cd',
      inserted: '',
    })
  })
})
