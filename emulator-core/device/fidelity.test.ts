import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { factTrees, fidelityPage, unusedSources } from './fidelity.ts'
import { listFacts } from './fact.ts'
import { sources } from './sources.ts'
import { unknowns } from './unknowns.ts'

describe('the fidelity page', () => {
  it('is up to date', () => {
    expect(readFileSync('docs/fidelity.md', 'utf8')).toBe(fidelityPage())
  })

  it('answers every open question about the array, and ties the answers to marked numbers', () => {
    expect(unknowns).toHaveLength(24)
    const page = fidelityPage()
    unknowns.forEach((one, i) => {
      expect(page, one.what).toContain(`| ${i + 1} | ${one.what} | ${one.where} | ${one.taken} |`)
      expect(one.why.length, one.what).toBeGreaterThan(0)
      for (const [tree, path] of one.facts ?? []) {
        const found = listFacts(factTrees[tree]).find((f) => f.path === path)
        expect(['guess', 'derived'], `${tree}: ${path}`).toContain(found?.fact.tag.kind)
      }
    })
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
