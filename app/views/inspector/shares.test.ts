import { describe, expect, it } from 'vitest'
import { thin } from '../../canvas/format.ts'
import { partOfAll } from './shares.tsx'

describe('a share', () => {
  it('is a percentage with one decimal', () => {
    expect(partOfAll(250, 1000)).toBe(`25.0${thin}%`)
    expect(partOfAll(1, 3)).toBe(`33.3${thin}%`)
  })

  it('that is there is never shown as nothing', () => {
    expect(partOfAll(1, 1_000_000)).toBe(`< 0.1${thin}%`)
    expect(partOfAll(0, 10)).toBe(`0.0${thin}%`)
  })
})
