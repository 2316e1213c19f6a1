import { describe, expect, it } from 'vitest'
import { stepKindOf } from './run.ts'

describe('a step', () => {
  it('is one operation of a selected uC, one call of a host thread, where it would be one of a core', () => {
    expect(stepKindOf('bundle', 'uc2')).toBe('operation')
    expect(stepKindOf('line', 'uc0')).toBe('operation')
    expect(stepKindOf('cycle', 'uc0')).toBe('cycle')
    expect(stepKindOf('bundle', 'thread1')).toBe('hostCall')
    expect(stepKindOf('operation', 'thread1')).toBe('operation')
    expect(stepKindOf('bundle', 'tile[0,2].core')).toBe('bundle')
    expect(stepKindOf('line', undefined)).toBe('line')
  })
})
