import { describe, expect, it } from 'vitest'
import {
  dropControl,
  hasOwnControl,
  takeControl,
  withControl,
  withoutControl,
} from './own-control.ts'

const text = `// a project
{
  "title": "T, with { in it", /* the "control": here is a comment */
  "design": "design.mlir",
  "args": [{ "name": "a", "init": { "iota": { "start": 1 } } }]
}
`

describe('control code of the project itself', () => {
  it('is named before the design, and the text is the old one again without it', () => {
    const next = withControl(text, { 0: 'control/uc0.asm', 2: 'control/uc2.asm' })
    expect(next).toBe(
      text.replace(
        '"design"',
        '"control": { "0": "control/uc0.asm", "2": "control/uc2.asm" },\n  "design"',
      ),
    )
    expect(withoutControl(next!)).toBe(text)
  })

  it('replaces what was named before, wherever it stands', () => {
    const last = '{ "design": "d.mlir", "control": {"0": "a.asm"} }'
    expect(withControl(last, { 0: 'b.asm' })).toBe(
      '{ "design": "d.mlir", "control": { "0": "b.asm" } }',
    )
    expect(withoutControl(last)).toBe('{ "design": "d.mlir" }')
    const first = '{ "control": {"0": "a.asm"}, "design": "d.mlir" }'
    expect(withControl(first, { 1: 'b.asm' })).toBe(
      '{ "control": { "1": "b.asm" }, "design": "d.mlir" }',
    )
    expect(withoutControl(first)).toBe('{ "design": "d.mlir" }')
  })

  it('is refused in a text that is no object, without looping', () => {
    for (const bad of ['', '[]', '{', '{ "a', '/* open', '{ "a" 1', '{}', '"x"', '{ / }'])
      expect(withControl(bad, { 0: 'x' })).toBeUndefined()
  })

  it('is copied from the build and given up again', () => {
    const files = { 'project.json': text, 'design.mlir': '' }
    expect(hasOwnControl(files)).toBe(false)
    const taken = takeControl(files, { 'uc0.asm': 'EOF\n', 'other.txt': '' })
    if (!('change' in taken)) throw new Error(taken.refusal)
    expect(Object.keys(taken.change)).toEqual(['control/uc0.asm', 'project.json'])
    const now = { ...files, ...taken.change } as Record<string, string>
    expect(hasOwnControl(now)).toBe(true)
    expect(dropControl(now)).toEqual({ 'control/uc0.asm': undefined, 'project.json': text })
  })

  it('is left to the host program where there is one', () => {
    const files = { 'project.json': '{ "host": "host.json", "design": "d.mlir" }' }
    expect(takeControl(files, { 'uc0.asm': '' })).toHaveProperty('refusal')
    expect(takeControl({ 'project.json': text }, {})).toHaveProperty('refusal')
  })
})
