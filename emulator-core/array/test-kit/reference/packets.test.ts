import { describe as suite, expect, it } from 'vitest'
import { headerWord, unpick, withOddParity } from './packets.ts'

suite('the reference packets', () => {
  it('have headers of odd parity', () => {
    expect(withOddParity(0)).toBe(0x80000000)
    expect(withOddParity(1)).toBe(1)
    expect(withOddParity(3)).toBe(0x80000003)
    // id 5 (two ones), type 2, row 3 (two ones), column 1: six ones
    expect(headerWord(5, 2, 1, 3)).toBe(0x80232005)
    expect(headerWord(1, 0, 0, 0, 3)).toBe(0x61)
  })

  it('are found in a stream as long as they do not interleave', () => {
    const sources = new Map([
      [
        'a',
        [
          [1, 10, 11],
          [1, 12],
        ],
      ],
      [
        'b',
        [
          [2, 20],
          [2, 21],
        ],
      ],
    ])
    expect(unpick([2, 20, 1, 10, 11, 2, 21, 1, 12], sources)).toMatchObject({
      order: ['b', 'a', 'b', 'a'],
      left: new Map([
        ['a', 0],
        ['b', 0],
      ]),
    })
    expect(unpick([1, 10, 2, 20, 11], sources).wrong).toContain('at word 0')
    expect(unpick([1, 12], sources).wrong).toContain('at word 0')
    expect(unpick([2, 20], sources).left.get('b')).toBe(1)
  })
})
