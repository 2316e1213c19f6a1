import { describe, expect, it } from 'vitest'
import { designWords } from '../languages/design/language.ts'
import { schemaSteps } from '../languages/host/schema.ts'
import type { WordItem, WordLanguage } from './protocol.ts'
import { wordsOf } from './words.ts'

const find = (language: WordLanguage, label: string, within?: string): WordItem | undefined =>
  wordsOf(language).find(
    (item) => item.label === label && (within === undefined || item.within === within),
  )

describe('words for the editor', () => {
  it('tell how a library call is written and what it does', () => {
    const load = find('kernel', 'aie::load_v')
    expect(load?.kind).toBe('function')
    expect(load?.detail).toContain('load_v')
    expect(load?.about).not.toBe('')
  })

  it('say of a known call that it is not emulated', () => {
    expect(wordsOf('kernel').some((item) => item.about.endsWith('Known, not emulated.'))).toBe(true)
    expect(find('kernel', 'aie::load_v')?.about).not.toContain('not emulated')
  })

  it('offer every operation of a design with its attributes', () => {
    const labels = new Set(wordsOf('design').map((item) => item.label))
    for (const name of designWords.operations) expect(labels).toContain(name)
    expect(find('design', 'aie.tile')?.about).toMatch(/\.$/)
  })

  it('offer every word of control code once', () => {
    const labels = wordsOf('control').map((item) => item.label)
    expect(new Set(labels).size).toBe(labels.length)
    expect(find('control', 'WAIT_TCTS')?.detail).toContain('WAIT_TCTS')
  })

  it('place the keys of a project file and of every host step', () => {
    expect(find('host', 'kernels', 'project')?.detail).toBe('list')
    expect(find('host', 'shape', 'project.args')).toBeDefined()
    expect(find('host', 'iota', 'project.args.init')).toBeDefined()
    for (const step of schemaSteps) expect(find('host', step, 'host.steps')).toBeDefined()
    expect(find('host', 'size', 'host.steps.createBo')?.detail).toBe('whole number')
    expect(find('host', 'run', 'host.steps.exec.chain')).toBeDefined()
  })

  it('list the values that a key may have', () => {
    expect(find('host', 'npu1', 'project.device')?.kind).toBe('value')
    expect(find('host', 'toDevice', 'host.steps.syncBo.direction')?.kind).toBe('value')
  })

  it('have nothing to say of a language that does not exist', () => {
    expect(wordsOf('toString' as WordLanguage)).toEqual([])
  })
})
