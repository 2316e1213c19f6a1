/**
 * Conformance: assembles a corpus of control-code sources and compares what comes out with what is expected.
 *
 * The corpus is a folder with a manifest (`entries` with files, a mode and an expectation). It is read through
 * callbacks, so that a script or a test can hand any folder to these functions, which are pure.
 */
import type { ControlRules } from '../../artifacts/control-code.ts'
import { assembleElf } from './assemble-elf.ts'
import type { AssembledElf, ElfOptions } from './assemble-elf.ts'
import { planEntry } from './conformance-plan.ts'
import type { CorpusReader, Plan } from './conformance-plan.ts'
import {
  judgeError,
  judgeHex,
  judgeMd5,
  judgePages,
  judgeTable,
  refusal,
} from './conformance-judge.ts'
import { isJson, textOf } from './json-values.ts'
import type { Json } from './json-values.ts'

export interface ConformanceResult {
  readonly name: string
  readonly outcome: 'pass' | 'fail' | 'skip'
  readonly detail: string
}

/** Runs every entry of `manifest` (the parsed manifest.json). */
export function runConformance(manifest: unknown, read: CorpusReader): ConformanceResult[] {
  const entries = isJson(manifest) && Array.isArray(manifest.entries) ? manifest.entries : []
  return entries.filter(isJson).flatMap((entry) => runEntry(entry, read))
}

function runEntry(entry: Json, read: CorpusReader): ConformanceResult[] {
  const name = textOf(entry.name)
  const listed = (Array.isArray(entry.file) ? entry.file : [entry.file]).map(textOf)
  const { expected } = entry
  const mode = textOf(entry.mode)
  if (expected === 'inside the file') return runCases(name, listed[0], read)
  if (!isJson(expected) || !listed.some((file) => file.endsWith('.asm'))) {
    return [{ name, outcome: 'skip', detail: 'no source or no expectation' }]
  }
  const both = textOf(entry.valid_for).startsWith('both')
  const rules: ControlRules[] = both ? ['2025', '2026'] : [mode.includes('2025') ? '2025' : '2026']
  return rules.map((rule) => {
    const plan = planEntry(listed, mode, rule, read)
    const label = both ? `${name} (${rule})` : name
    const detail = judge(plan, expected, read)
    if (detail === undefined) {
      return { name: label, outcome: 'skip', detail: 'nothing here can be compared' }
    }
    return { name: label, outcome: detail === '' ? 'pass' : 'fail', detail }
  })
}

function run(plan: Plan, more: Partial<ElfOptions> = {}): AssembledElf {
  return assembleElf(plan.main, { ...plan.options, ...more })
}

/** Everything that differs from the expectation; undefined when it names nothing that is known. */
function judge(plan: Plan, expected: Json, read: CorpusReader): string | undefined {
  const result = run(plan)
  if (typeof expected.error_contains === 'string') {
    return judgeError(result, expected.error_contains)
  }
  const hex = read.text(textOf(expected.pages_hex))
  const json = read.text(textOf(expected.json))
  const table = read.text(textOf(expected.read_bd))
  const digests = Object.keys(expected).filter((key) => key.startsWith('elf_md5'))
  const size = expected.elf_size
  const isKnown = [hex, json, table, size].some((one) => one !== undefined)
  if (!isKnown && digests.length === 0) return undefined
  if (!result.elf) return refusal(result)
  const wrong: string[] = []
  if (hex !== undefined) wrong.push(judgeHex(result, hex))
  if (json !== undefined) wrong.push(judgePages(result, JSON.parse(json) as unknown))
  if (table !== undefined) wrong.push(judgeTable(result, table))
  for (const key of digests) {
    const old = () => run(plan, { isBeforeMid2026: true })
    const revisions = key === 'elf_md5' ? [() => result, old] : [old]
    wrong.push(judgeMd5(revisions, textOf(expected[key])))
  }
  if (typeof size === 'number' && size !== result.elf.length) {
    wrong.push(`the file has ${result.elf.length} bytes instead of ${size}`)
  }
  return wrong.filter(Boolean).join('; ')
}

/** A file of small programs, each with the error it must earn. */
function runCases(name: string, file: string, read: CorpusReader): ConformanceResult[] {
  const parsed = JSON.parse(read.text(file) ?? '{}') as unknown
  const cases = isJson(parsed) && Array.isArray(parsed.cases) ? parsed.cases.filter(isJson) : []
  const usual = isJson(parsed) ? textOf(parsed.mode) : ''
  return cases.map((one) => {
    const texts = new Map([['test.asm', textOf(one.asm)]])
    for (const [path, text] of Object.entries(isJson(one.files) ? one.files : {})) {
      texts.set(path, textOf(text))
    }
    const own = textOf(one.mode)
    const mode = own === '' ? (usual.split(' ')[0] ?? '') : own
    const inside: CorpusReader = { text: (path) => texts.get(path) }
    const plan = planEntry([...texts.keys()], mode, mode.includes('2025') ? '2025' : '2026', inside)
    const detail = judgeError(run(plan), textOf(one.error_contains))
    const outcome = detail === '' ? 'pass' : 'fail'
    return { name: `${name}/${textOf(one.name)}`, outcome, detail }
  })
}
