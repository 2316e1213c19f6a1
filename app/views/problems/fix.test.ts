import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyFix, offsetAt } from './fix.ts'

describe('a fix', () => {
  it('replaces what stands between its places', () => {
    const at = (line: number, column: number) => ({ file: 'a', line, column })
    const fix = { title: '', from: at(2, 5), to: at(2, 8), text: 'int32_t' }
    expect(applyFix('one\nfor int x\n', fix)).toBe('one\nfor int32_t x\n')
  })

  it('finds every offset again from its line and column', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n'), minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(text, fc.nat(), (body, seed) => {
        const offset = seed % body.length
        const before = body.slice(0, offset).split('\n')
        const column = (before.at(-1) ?? '').length + 1
        expect(offsetAt(body, { line: before.length, column })).toBe(offset)
      }),
    )
  })

  it('takes places beyond the text as its end', () => {
    expect(offsetAt('ab\n', { line: 9, column: 1 })).toBe(3)
  })
})
