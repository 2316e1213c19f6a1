import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diagnoseExample } from '../worker/diagnose-example.ts'
import { diagnosticFamilies, diagnosticPages, exampleFiles } from './diagnostics-pages.ts'

const cases = diagnosticFamilies.flatMap((family) =>
  [...family.examples].flatMap(([code, example]) => {
    const files = exampleFiles(family, example)
    return files ? [{ code, files, isProject: family.isProject }] : []
  }),
)

describe('the example of a page', () => {
  it.each(cases)('of $code earns this code and no other', ({ code, files, isProject }) => {
    const found = diagnoseExample(files, isProject).filter(
      (d) => d.severity !== 'note' || d.code === code,
    )
    expect(
      [...new Set(found.map((d) => d.code))],
      found.map((d) => `${d.code} ${d.message}`).join('\n'),
    ).toEqual([code])
  })
})

describe('the pages of the diagnostics', () => {
  it('are one per code, with an example or the reason why there is none', () => {
    for (const { titles, examples } of diagnosticFamilies) {
      expect([...examples.keys()].sort()).toEqual([...titles.keys()].sort())
    }
    const all = diagnosticFamilies.flatMap(({ titles }) => [...titles.keys()])
    expect(new Set(all).size).toBe(all.length)
  })

  it('are up to date', () => {
    const folder = 'docs/diagnostics'
    const pages = diagnosticPages(diagnoseExample)
    expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort())
    for (const [name, text] of pages)
      expect(readFileSync(join(folder, name), 'utf8'), name).toBe(text)
  })

  it('cover every code that a source speaks of', () => {
    const known = new Set(diagnosticFamilies.flatMap(({ titles }) => [...titles.keys()]))
    const spoken = ['emulator-core/languages', 'emulator-core/worker'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter(
          (name) =>
            name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.includes('test-kit'),
        )
        .flatMap((name) =>
          [...readFileSync(join(folder, name), 'utf8').matchAll(/'([CDAEHMP]\d{4})'/g)].map(
            (m) => m[1]!,
          ),
        ),
    )
    expect([...new Set(spoken)].filter((code) => !known.has(code))).toEqual([])
    expect(spoken.length).toBeGreaterThan(100)
  })
})
