import { describe, expect, it } from 'vitest'
import { apiRows } from './api/registry.ts'
import { apiNames, kernelKeywords } from './tokens.ts'

describe('names for the editor', () => {
  it('have a shape and a text of one line', () => {
    for (const name of apiNames) {
      expect(name.about, name.label).toMatch(/^[^\n]{5,120}$/)
      expect(name.shape, name.label).not.toBe('')
    }
  })

  it('say what is planned', () => {
    expect(apiNames.find((name) => name.label === 'aie::load_v')?.planned).toBeUndefined()
    expect(apiNames.find((name) => name.label === 'aie::tanh')?.planned).toBe(2)
  })

  it('have one row per emulated name', () => {
    const keys = apiRows
      .filter((row) => row.forms.length > 0)
      .map((row) => `${row.space} ${row.name}`)
    expect(keys.length).toBe(new Set(keys).size)
  })

  it('know the keywords', () => {
    expect(kernelKeywords).toContain('constexpr')
    expect(kernelKeywords).not.toContain('aie')
  })
})
