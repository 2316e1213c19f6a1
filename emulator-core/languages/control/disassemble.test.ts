import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { operationByName } from '../../device/abi/control-code.ts'
import type { ControlTarget } from '../../device/abi/control-code.ts'
import type { ControlCode, ControlRules } from '../../artifacts/control-code.ts'
import { assemble } from './assemble.ts'
import { disassemble, disassembleUcs } from './disassemble.ts'
import { knownRefusals, programSeed, programText } from './test-kit/random-program.ts'

const file = 'uc.asm'

function assembled(text: string, rules: ControlRules, target: ControlTarget): ControlCode {
  const options = { files: new Map([[file, text]]), rules, target }
  const { artifact, diagnostics } = assemble(file, options)
  const errors = diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)
  expect(errors, text).toEqual([])
  return artifact!
}

/** Everything that an ELF of the code would hold. */
function contents(code: ControlCode) {
  const ucs = code.ucs.map(({ uc, pages }) => ({ uc, pages: Buffer.from(pages).toString('hex') }))
  const scopes = code.ucs.map((uc) => uc.scopes.map((s) => [s.firstPage, s.pageCount]))
  const pads = code.ucs.map((uc) => uc.pads.map((pad) => [pad.name, pad.offset, pad.bytes.length]))
  return { ucs, scopes, pads, relocations: code.relocations }
}

/** The texts of all uCs, each a file of its own, assembled as one program. */
function assembledApart(code: ControlCode): ControlCode {
  const { texts } = disassembleUcs(code, (uc) => `uc${uc}.asm`)
  const files = new Map(texts.map(({ file: name, text }) => [name, text]))
  const lines = texts.map(({ uc, file: name }) => `.attach_to_group ${uc}\n.include ${name}\n`)
  const options = { files: files.set(file, lines.join('')), rules: code.rules, target: code.target }
  const { artifact, diagnostics } = assemble(file, options)
  expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([])
  return artifact!
}

/**
 * Checks that the text of `source` gives the same pages again, with and without relocations. A table whose entries
 * the page holds in another order than the source leaves no trace: then the text says that it differs.
 */
function comesBack(source: string, rules: ControlRules, target: ControlTarget): void {
  const code = assembled(source, rules, target)
  const { text, code: named } = disassemble(code, file)
  const isMixed = /APPLY_OFFSET_57 @t\d+, [23]/.test(source)
  fc.pre(!isMixed || !text.includes('does not follow from its labels'))
  const again = assembled(text, rules, target)
  expect(contents(again), text).toEqual(contents(code))
  expect(contents(named)).toEqual(contents(code))
  expect(contents(assembledApart(code)).ucs).toEqual(contents(code).ucs)
  const bare = disassemble({ ...code, relocations: [] }, file).text
  fc.pre(!isMixed || !bare.includes('does not follow from its labels'))
  const hasWords = code.relocations.some((r) => r.schema === 3)
  if (!hasWords)
    expect(contents(assembled(bare, rules, target)).ucs, bare).toEqual(contents(code).ucs)
}

describe('the text of pages', () => {
  it('has a word for every operation', () => {
    const numbers = [3, 0, 2, 4, 5]
    const jobs = Array.from({ length: 30 }, (_, pick) => ({
      operations: [{ pick, numbers }],
      barrier: -1,
      breaks: pick % 8 === 7,
      launches: pick === 0 ? 3 : 0,
    }))
    const one = { jobs, data: Array.from({ length: 6 }, () => ({ words: 2, next: [] })) }
    const scopes = [
      { ...one, jobs: [...jobs, { ...jobs[0], barrier: 1 }, { ...jobs[1], barrier: 1 }] },
    ]
    const plan = {
      rules: '2026',
      target: 'aie4',
      pads: [],
      points: [{ from: 1, count: 2 }],
    } as const
    const source = programText({ ...plan, ucs: [{ scopes: [...scopes, one, one] }] })
    comesBack(source, '2026', 'aie4')
    const seen = new Set([...source.matchAll(/^ *([A-Z][A-Z_0-9]+)/gm)].map((match) => match[1]))
    const left = [...operationByName.values()].map((s) => s.mnemonic).filter((m) => !seen.has(m))
    expect(left).toEqual(['TRACE'])
  })

  it.each([
    // What t1 brings has to be pulled in by an operation: t1 itself came with t3.
    [['@t5, 1', '@t3, 3', '@t1, 2'], ['@c0']],
    // What t2 brings is on the page before it.
    [['@c3', '@t2, 2'], ['@c0']],
  ])('keeps the order of tables that share entries (%j)', (...jobs) => {
    const operation = (word: string) =>
      word.startsWith('@c') ? `UC_DMA_WRITE_DES_SYNC ${word}` : `APPLY_OFFSET_57 ${word}, 0xFFFF`
    const text = jobs.flatMap((words, i) => [`START_JOB ${i}`, ...words.map(operation), 'END_JOB'])
    const data = [0, 1, 2, 3, 4, 5].flatMap((n) => [
      `t${n}:`,
      ...Array.from({ length: 9 }, (_, k) => `.long ${1000 * n + k}`),
    ])
    const chains = [0, 3].flatMap((n) => [`c${n}:`, `UC_DMA_BD 1, 0, @t${n}, 9, 0, 0`])
    const source = `${[...text, 'EOF', ...chains, ...data].join('\n')}\n`
    const { text: made } = disassemble(assembled(source, '2026', 'aie4'), file)
    expect(made).not.toContain('does not follow')
    comesBack(source, '2026', 'aie4')
  })

  it('assembles to the same pages and relocations, for random programs', () => {
    fc.assert(
      fc.property(programSeed, (one) => {
        const source = programText(one)
        const options = { files: new Map([[file, source]]), rules: one.rules, target: one.target }
        const { diagnostics } = assemble(file, options)
        const reasons = diagnostics.filter((d) => d.severity === 'error').map((d) => d.code)
        expect(reasons.filter((code) => !knownRefusals.includes(code))).toEqual([])
        fc.pre(reasons.length === 0)
        comesBack(source, one.rules, one.target)
      }),
      { numRuns: 25 },
    )
  })
})
