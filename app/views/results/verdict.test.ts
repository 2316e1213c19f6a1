import { describe, expect, it } from 'vitest'
import { verdictOf } from './verdict.ts'

describe('the verdict on a buffer', () => {
  it('says bit-exact only when every element agrees', () => {
    expect(verdictOf({ equal: 16, elements: 16 }, true)).toBe('exact')
    expect(verdictOf({ equal: 15, elements: 16 }, true)).toBe('differs')
  })

  it('is not final before the end', () => {
    expect(verdictOf({ equal: 15, elements: 16 }, false)).toBe('underway')
  })

  it('claims nothing when nothing was expected', () => {
    expect(verdictOf({ equal: -1, elements: 16 }, true)).toBe('unchecked')
  })
})
