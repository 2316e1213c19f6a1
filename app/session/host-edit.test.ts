import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countSteps, freeName, insertSteps, stepLine } from './host-edit.ts'

const text = `{
  // Two processes.
  "steps": [
    { "open": { "client": "a" } }, // the first
    /* and */ { "open": { "client": "b" } },
    { "mark": "], \\"steps\\": [" } // last
  ]
}
`

describe('steps put into a host program', () => {
  it('come behind the step before them and the remark about it', () => {
    expect(insertSteps(text, 1, ['{ "mark": "x" }'])).toBe(
      text.replace('// the first\n', '// the first\n    { "mark": "x" },\n'),
    )
  })

  it('come first or last', () => {
    expect(insertSteps(text, 0, ['{ "mark": "x" }'])).toContain(
      '"steps": [\n    { "mark": "x" },\n    { "open": { "client": "a" } }',
    )
    expect(insertSteps(text, 9, ['{ "mark": "x" }', '{ "mark": "y" }'])).toContain(
      '{ "mark": "], \\"steps\\": [" }, // last\n    { "mark": "x" },\n    { "mark": "y" }\n  ]',
    )
  })

  it('fill an empty list, and nothing that is none', () => {
    expect(insertSteps('{ "steps": [] }', 0, ['1'])).toBe('{ "steps": [\n  1\n] }')
    expect(insertSteps('{ "title": 3 }', 0, ['1'])).toBeUndefined()
    expect(insertSteps('{ "steps": [ { ', 0, ['1'])).toBeUndefined()
    expect(countSteps('nonsense')).toBe(-1)
  })

  it('leave every other sign where it was, wherever they go', () => {
    const piece = fc.constantFrom('{ "a": [1, {}] }', '"x"', '3', '[ ]', '{ "s": "//," }')
    const gap = fc.constantFrom('', ' ', '\n  ', ' // note\n  ', ' /* , ] */ ')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(gap, piece, gap), { maxLength: 5 }),
        fc.nat(6),
        fc.boolean(),
        (parts, index, trailing) => {
          const list = parts.map((part) => part.join('')).join(',')
          const whole = `{ "steps": [${list}${trailing && parts.length > 0 ? ',\n' : '\n'}] }`
          expect(countSteps(whole)).toBe(parts.length)
          const made = insertSteps(whole, index, ['"new"'])!
          expect(countSteps(made)).toBe(parts.length + 1)
          const bare = (one: string) => one.replaceAll(/[\s,]/g, '')
          expect(bare(made.replace('"new"', ''))).toBe(bare(whole))
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('names and lines', () => {
  it('are free and in the form of the language', () => {
    expect(freeName(text, 'client', 'a')).toBe('a2')
    expect(freeName(text, 'client', 'c')).toBe('c')
    expect(stepLine('open', { client: 'c', user: undefined }, 'EINVAL')).toBe(
      '{ "open": { "client": "c" }, "errno": "EINVAL" }',
    )
    expect(stepLine('boot', {})).toBe('{ "boot": {} }')
  })
})
