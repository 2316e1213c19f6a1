import { describe, expect, it } from 'vitest'
import { tokens } from '../../styles/tokens.ts'
import { editorTheme, hexColour } from './theme.ts'

describe('the editor theme', () => {
  it('writes translucent colours the way the editor reads them', () => {
    expect(hexColour('rgba(110, 127, 146, 0.28)')).toBe('#6e7f9247')
    expect(hexColour('#0E1319')).toBe('#0E1319')
  })

  it('has only colours that the editor can read', () => {
    for (const palette of [tokens.dark, tokens.light]) {
      const { colors, rules } = editorTheme(palette)
      for (const colour of Object.values(colors))
        expect(colour).toMatch(/^#([0-9a-f]{6}|[0-9a-f]{8})$/i)
      for (const rule of rules) expect(rule.foreground).toMatch(/^[0-9a-f]{6}$/i)
    }
  })
})
