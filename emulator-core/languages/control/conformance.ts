/**
 * Conformance: runs a corpus of control-code sources and compares pages, relocations and error texts.
 *
 * The corpus is a folder with a manifest (`entries` with files, a mode and an expectation); this function
 * is pure and reads it through a callback, so that a script or a test can hand it any folder.
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { ControlTarget } from '../../device/abi/control-code.ts'
import type { ControlCode, ControlRules } from '../../artifacts/control-code.ts'
import { assemble } from './assemble.ts'
import type { Assembled } from './assemble.ts'
import { pagesHex } from './pages-hex.ts'
import { normalisePath } from './parse.ts'

/** Reads a text file of the corpus by its path from the corpus folder; undefined when it is not there. */
export type ReadCorpusFile = (path: string) => string | undefined

export interface ConformanceResult {
  readonly name: string
  readonly outcome: 'pass' | 'fail' | 'skip'
  readonly detail: string
}

type Json = { readonly [key: string]: unknown }

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Runs every entry of `manifest` (the parsed manifest.json). */
export function runConformance(manifest: unknown, read: ReadCorpusFile): ConformanceResult[] {
  const entries = isJson(manifest) && Array.isArray(manifest.entries) ? manifest.entries : []
  return entries.filter(isJson).flatMap((entry) => runEntry(entry, read))
}

function runEntry(entry: Json, read: ReadCorpusFile): ConformanceResult[] {
  const name = textOf(entry.name)
  const listed = Array.isArray(entry.file) ? entry.file.map(textOf) : [textOf(entry.file)]
  const { expected } = entry
  if (expected === 'inside the file') return runCases(name, listed[0], read)
  const main = listed.find((f) => f.endsWith('test.asm')) ?? listed.find((f) => f.endsWith('.asm'))
  if (!isJson(expected) || main === undefined) {
    return [{ name, outcome: 'skip', detail: 'no source or no expectation' }]
  }
  const mode = textOf(entry.mode)
  const target = mode.startsWith('aie2ps') ? 'aie2ps' : 'aie4'
  const rules: ControlRules[] = textOf(entry.valid_for).startsWith('both')
    ? ['2025', '2026']
    : mode.includes('2025')
      ? ['2025']
      : ['2026']
  return rules.map((rule) => {
    const label = rules.length > 1 ? `${name} (${rule})` : name
    const result = run(main, target, rule, read)
    return { name: label, ...judge(result, expected, read) }
  })
}

function run(
  main: string,
  target: ControlTarget,
  rules: ControlRules,
  read: ReadCorpusFile,
): Assembled {
  return assemble(main, { files: gather(main, read), target, rules })
}

/** The main file and everything its `.include` lines reach. */
function gather(main: string, read: ReadCorpusFile): Map<string, string> {
  const files = new Map<string, string>()
  const waiting = [main]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = files.has(path) ? undefined : read(path)
    if (text === undefined) continue
    files.set(path, text)
    const folder = main.slice(0, main.lastIndexOf('/') + 1)
    for (const match of text.matchAll(/^\s*\.include\s+"?([^"\r\n]+?)"?\s*$/gm)) {
      for (const candidate of [`${folder}${match[1]}`, match[1]]) {
        const clean = normalisePath(candidate)
        if (clean !== undefined) waiting.push(clean)
      }
    }
  }
  return files
}

type Judgement = Omit<ConformanceResult, 'name'>

function errorsOf(result: Assembled): string {
  return result.diagnostics
    .filter((d) => d.severity === 'error')
    .map((d) => d.message)
    .join(' | ')
}

function judge(result: Assembled, expected: Json, read: ReadCorpusFile): Judgement {
  if (typeof expected.error_contains === 'string') {
    return judgeError(result, expected.error_contains)
  }
  const hex = read(textOf(expected.pages_hex))
  const json = read(textOf(expected.json))
  if (hex === undefined && json === undefined) {
    return { outcome: 'skip', detail: 'expects a container, which is not made here' }
  }
  if (!result.artifact) return { outcome: 'fail', detail: `refused: ${errorsOf(result)}` }
  if (hex !== undefined) return judgeHex(result.artifact, hex)
  return judgePages(result.artifact, JSON.parse(json ?? '{}') as unknown)
}

function judgeError(result: Assembled, wanted: string): Judgement {
  const errors = errorsOf(result)
  if (result.artifact) return { outcome: 'fail', detail: `assembled, but '${wanted}' was expected` }
  if (wanted === '*' || errors.includes(wanted)) return { outcome: 'pass', detail: errors }
  return { outcome: 'fail', detail: `'${wanted}' was expected, found: ${errors}` }
}

function judgeHex(code: ControlCode, wanted: string): Judgement {
  const found = pagesHex(code).trimEnd().split('\n')
  const lines = wanted.trimEnd().split(/\r?\n/)
  const row = lines.findIndex((line, i) => line.trim() !== found[i])
  if (row < 0 && lines.length === found.length) return { outcome: 'pass', detail: '' }
  const at = row < 0 ? lines.length : row
  const detail = `line ${at + 1}: expected '${lines[at] ?? ''}', found '${found[at] ?? ''}'`
  return { outcome: 'fail', detail }
}

function judgePages(code: ControlCode, wanted: unknown): Judgement {
  const pages = isJson(wanted) && Array.isArray(wanted.pages) ? wanted.pages.filter(isJson) : []
  const { bytes: pageBytes } = controlCode.page
  const total = code.ucs.reduce((sum, uc) => sum + uc.pages.length / pageBytes, 0)
  if (total !== pages.length) {
    return { outcome: 'fail', detail: `expected ${pages.length} pages, found ${total}` }
  }
  for (const page of pages) {
    const uc = code.ucs.find((u) => u.uc === page.uc)
    const from = Number(page.page) * pageBytes
    const bytes = uc?.pages.subarray(from, from + pageBytes) ?? new Uint8Array()
    const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
    const expected = textOf(page.hex).padEnd(2 * pageBytes, '0')
    if (hex !== expected) {
      const at = [...expected].findIndex((c, i) => c !== hex[i]) >> 1
      const detail = `uc ${String(page.uc)} page ${String(page.page)} differs at byte ${at}`
      return { outcome: 'fail', detail }
    }
    const detail = compareRelocations(code, page)
    if (detail !== '') return { outcome: 'fail', detail }
  }
  return { outcome: 'pass', detail: '' }
}

function compareRelocations(code: ControlCode, page: Json): string {
  const found = code.relocations
    .filter((r) => r.uc === page.uc && r.page === page.page)
    .map((r) => `${r.symbol}@${r.offset}:${r.schema}+${r.addend}`)
    .sort()
  const list = Array.isArray(page.relocations) ? page.relocations.filter(isJson) : []
  const wanted = list
    .map((r) => `${textOf(r.symbol)}@${String(r.r_offset)}:${String(r.schema)}+${String(r.addend)}`)
    .sort()
  if (found.join() === wanted.join()) return ''
  return `uc ${String(page.uc)} page ${String(page.page)}: expected relocations ${wanted.join()}, found ${found.join()}`
}

function runCases(name: string, file: string, read: ReadCorpusFile): ConformanceResult[] {
  const parsed = JSON.parse(read(file) ?? '{}') as unknown
  const cases = isJson(parsed) && Array.isArray(parsed.cases) ? parsed.cases.filter(isJson) : []
  return cases.map((one) => {
    const files = new Map([['test.asm', textOf(one.asm)]])
    const result = assemble('test.asm', { files, target: 'aie4' })
    const label = `${name}/${textOf(one.name)}`
    return { name: label, ...judgeError(result, textOf(one.error_contains)) }
  })
}
