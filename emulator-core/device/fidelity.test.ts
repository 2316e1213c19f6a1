import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { factTrees, fidelityPage, unusedSources } from './fidelity.ts'
import { listFacts } from './fact.ts'
import { sources } from './sources.ts'

describe('the fidelity page', () => {
  it('is up to date', () => {
    expect(readFileSync('docs/fidelity.md', 'utf8')).toBe(fidelityPage())
  })

  it('names no source that is not listed, and lists none that nobody uses', () => {
    for (const [name, tree] of Object.entries(factTrees)) {
      for (const { path, fact } of listFacts(tree)) {
        const { kind, source, note } = fact.tag
        if (kind === 'guess') expect(note.length, `${name}.${path}`).toBeGreaterThan(0)
        else expect(Object.keys(sources), `${name}.${path}`).toContain(source)
      }
    }
    expect(unusedSources()).toEqual([])
  })
})
