/**
 * Parser of control-code assembly: follows directives, includes and scopes, and sorts operations by uC and scope.
 *
 * The state stack says whether a line is text or data; what pushes and pops it differs between the two
 * rule sets and is kept, because bytes depend on it.
 */
import {
  controlTargets,
  firstApplyOffsetPl,
  operationByName,
  operationByName2025,
} from '../../device/abi/control-code.ts'
import type { ControlTarget, OperationSpec } from '../../device/abi/control-code.ts'
import type { ControlPartition, ControlRules } from '../../artifacts/control-code.ts'
import type { Span } from '../../sim/diagnostics.ts'
import { Source } from '../text/source.ts'
import { readLines, readWords } from './syntax.ts'
import type {
  ControlReport,
  CountedOperation,
  Line,
  ScopeSource,
  Token,
  UcSource,
  Word,
} from './syntax.ts'

export interface ParseInputs {
  readonly files: ReadonlyMap<string, string>
  readonly binaries?: ReadonlyMap<string, Uint8Array>
  readonly include: readonly string[]
  readonly rules: ControlRules
  readonly target: ControlTarget | undefined
  /** Leaves APPLY_OFFSET_57 out of the text. */
  readonly isHostPatched?: boolean
}

export interface ParsedControl {
  readonly ucs: Map<number, UcSource>
  target: ControlTarget | undefined
  partition: ControlPartition | undefined
  rowTopology: readonly [number, number, number, number] | undefined
}

const labelPattern = /^([a-zA-Z0-9_]+):$/
const operationPattern = /^([.a-zA-Z0-9_]+)(?:[ \t]+(.+))?$/
const maxUc = 127
const elfMagic = '\x7fELF'
/** Of scopes in scopes, and of files in files. */
const maxDepth = 100
/** What all buffers may take together; the format has no limit of its own. */
const mostPadBytes = 2 ** 26

const counted: readonly CountedOperation[] = [
  'preempt',
  'load_pdi',
  'load_cores',
  'load_cores_cp',
  'start_cond_job_preempt',
]

/** Collapses `.` and `..` of a project path; undefined when it leaves the project. */
export function normalisePath(path: string): string | undefined {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`
}

/** The part of a path before its last name, without the slash. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

/** The first of `folders` in which there is a file of this name; an absolute name stands for itself. */
export function findFile(
  name: string,
  folders: readonly string[],
  has: (path: string) => boolean,
): string | undefined {
  for (const folder of name.startsWith('/') ? [''] : folders) {
    const path = normalisePath(folder === '' ? name : `${folder}/${name}`)
    if (path !== undefined && has(path)) return path
  }
  return undefined
}

/** Reads `main` and everything it includes. Mistakes go to `report`; reading always goes on. */
export function parseControl(
  main: string,
  inputs: ParseInputs,
  report: ControlReport,
): ParsedControl {
  const parser = new Parser(main, inputs, report)
  const text = inputs.files.get(main)
  const nowhere = { file: main, start: 0, end: 0 }
  if (text === undefined) report.error('missingFile', nowhere, `File ${main} not exist`)
  else parser.readFile(main, text)
  return parser.result
}

class Parser {
  readonly result: ParsedControl
  private readonly main: string
  private readonly inputs: ParseInputs
  private readonly report: ControlReport
  private readonly is2025: boolean
  private readonly states: boolean[] = [false]
  private readonly open: string[] = []
  private scope = 'default'
  private depth = 0
  private padBytes = 0
  private uc = -1

  constructor(main: string, inputs: ParseInputs, report: ControlReport) {
    this.main = main
    this.inputs = inputs
    this.report = report
    this.is2025 = inputs.rules === '2025'
    const nothing = undefined
    this.result = { ucs: new Map(), target: nothing, partition: nothing, rowTopology: nothing }
  }

  readFile(name: string, text: string): void {
    const source = new Source(name, text)
    if (text.startsWith(elfMagic)) {
      const message = `${name} is an ELF file, no source of control code: disassemble it, or run it as it is`
      this.report.error('binary', source.span(0, elfMagic.length), message)
      return
    }
    const lines = readLines(source, this.report)
    this.open.push(name)
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]
      if (line.text[0] === ';') continue
      const used = this.directive(source, lines, i)
      if (used > 0) i += used - 1
      else this.labelOrOperation(source, line)
    }
    this.open.pop()
  }

  private get isData(): boolean {
    return this.states[this.states.length - 1]
  }

  private pop(): void {
    if (this.states.length > 1) this.states.pop()
  }

  private current(): UcSource {
    if (this.uc < 0) this.uc = 0
    return this.ucSource(this.uc)
  }

  private ucSource(uc: number): UcSource {
    let found = this.result.ucs.get(uc)
    if (!found) {
      found = {
        uc,
        scopes: new Map(),
        pads: new Map(),
        files: new Set([this.main]),
        counts: new Map(),
        loads: new Set(),
        preempts: [],
        hintMaps: new Set(),
      }
      this.result.ucs.set(uc, found)
    }
    return found
  }

  private insert(token: Token): void {
    const scope = this.scopeSource()
    ;(this.isData ? scope.data : scope.text).push(token)
  }

  private scopeSource(): ScopeSource {
    const { scopes } = this.current()
    let scope = scopes.get(this.scope)
    if (!scope) {
      scope = { name: this.scope, text: [], data: [] }
      scopes.set(this.scope, scope)
    }
    return scope
  }

  private labelOrOperation(source: Source, line: Line): void {
    const file = source.name
    const label = labelPattern.exec(line.text)
    if (label) {
      if (!this.isData) {
        this.openScope(line, label[1])
        if (!this.is2025) this.states.push(false)
        return
      }
      const name = label[1].toLowerCase()
      this.insert({ ...this.token(line, file, name, []), kind: 'label' })
      return
    }
    const match = operationPattern.exec(line.text)
    if (!match) {
      const message = `this line is neither a directive, a label nor an operation and is ignored`
      this.report.warning('ignoredLine', line.at, message)
      return
    }
    const name = match[1].toLowerCase()
    const rest = match[2] === undefined ? line.text.length : line.text.length - match[2].length
    const token = this.token(line, file, name, this.words(source, line, rest, name))
    if (!this.is2025 && !this.count(token, match[2] ?? '')) return
    this.insert(token)
    if (this.is2025 ? match[1] === 'EOF' : name === 'eof') this.states.push(true)
  }

  private words(source: Source, line: Line, from: number, name: string): Word[] {
    const words = readWords(source, line, from)
    if (this.is2025 || words.every((word) => word.text !== '')) return words
    for (const { text, at } of words) {
      if (text !== '' || name === 'preempt') continue
      this.report.warning('emptyOperand', at, 'a comma that stands alone separates nothing')
    }
    return words.filter((word) => word.text !== '')
  }

  private openScope(line: Line, name: string): void {
    if (this.depth >= maxDepth) {
      const message = `scopes are nested more than ${maxDepth} deep: an .endl may be missing`
      this.report.error('tooDeep', line.at, message)
      return
    }
    this.depth++
    this.scope = `${this.scope}:${name}`
  }

  private token(line: Line, file: string, name: string, words: readonly Word[]): Token {
    const text = plainText(line.text)
    const at = line.at
    return {
      kind: 'operation',
      name,
      words,
      spec: this.spec(name, words, at),
      file,
      at,
      line: line.number,
      text,
    }
  }

  private spec(name: string, words: readonly Word[], at: Span): OperationSpec | undefined {
    const spec = (this.is2025 ? operationByName2025 : operationByName).get(name)
    if (!spec) return undefined
    if (name === 'apply_offset_57' && this.inputs.isHostPatched) return { ...spec, sizeBytes: 0 }
    if (name !== 'apply_offset_pl' || !/^\d/.test(words[2]?.text ?? '')) return spec
    const message = `APPLY_OFFSET_PL has two operands; with three it is that of early 2026, whose relocation no loader patches`
    this.report.warning('firstForm', at, message)
    return firstApplyOffsetPl
  }

  /** Keeps the books of the operations that all uCs must share; false when the token is refused. */
  private count(token: Token, rest: string): boolean {
    const name = token.name as CountedOperation
    if (!counted.includes(name)) return true
    const uc = this.current()
    if (name === 'preempt' && !this.preempt(token, rest)) return false
    if (name === 'start_cond_job_preempt' && !uc.counts.has('preempt')) {
      this.report.error(
        'beforePreempt',
        token.at,
        `start_cond_job_preempt found in column ${uc.uc} before any preempt opcode; it must follow one`,
      )
    }
    if (name === 'load_pdi' || name === 'load_cores') {
      const label = /,\s*(@[a-zA-Z0-9_]+)/.exec(rest)?.[1] ?? ''
      const key = `${name} ${label}`
      if (uc.loads.has(key)) {
        const message = `${name} location '${label}' is not unique in column ${uc.uc}; each must name its own scope`
        this.report.error('notUnique', token.at, message)
      }
      uc.loads.add(key)
    }
    const list = uc.counts.get(name) ?? []
    list.push(token)
    uc.counts.set(name, list)
    return true
  }

  /** Notes a preemption point; its operands count by their commas, and only the first and fourth are read. */
  private preempt(token: Token, rest: string): boolean {
    const target = this.result.target ?? this.inputs.target
    if (target === 'aie2ps') {
      const message = 'PREEMPT opcode is not supported for aie2ps target'
      this.report.error('preemptTarget', token.at, message)
      return false
    }
    const operands = rest.match(/[^,]+/g)?.map((part) => part.trim()) ?? []
    if (operands.length === 0 || operands[0] === '') {
      this.report.error('preemptOperands', token.at, 'PREEMPT opcode has no arguments')
      return false
    }
    const scope = this.scopeSource()
    const index = this.isData ? -1 : scope.text.length
    const map = (operands[3] ?? '').replace(/^@/, '').toLowerCase()
    this.current().preempts.push({ scope, index, token, map })
    return true
  }

  /** Executes the directive on line `index`; returns how many lines it used, 0 when it is none. */
  private directive(source: Source, lines: readonly Line[], index: number): number {
    const line = lines[index]
    if (line.text[0] !== '.') return 0
    const match = operationPattern.exec(line.text)
    const tail = match?.[2] ?? ''
    switch (match?.[1]) {
      case '.attach_to_group':
        this.attach(line, tail, source.name)
        return 1
      case '.include':
        this.include(line, tail)
        return 1
      case '.endl':
        this.endScope(line, tail)
        return 1
      case '.setpad':
        this.setPad(line, tail)
        return 1
      case '.section':
        return this.section(source, lines, index, tail)
      default:
        return this.is2025 ? 0 : this.describe(line, match?.[1] ?? '')
    }
  }

  private attach(line: Line, tail: string, file: string): void {
    const number = Number.parseInt(tail, 10)
    if (!(number >= 0 && number <= maxUc)) {
      const message = `Invalid attach_to_group directive argument '${tail}': a uC number is expected`
      this.report.error('attach', line.at, message)
      return
    }
    this.insert(this.token({ ...line, text: 'eof' }, file, 'eof', []))
    this.uc = number
    if (this.is2025) this.result.ucs.delete(number)
    this.ucSource(number)
    this.states.push(false)
  }

  private lookUp(name: string): string | undefined {
    const { files, binaries, include } = this.inputs
    const has = (path: string) => files.has(path) || binaries?.has(path) === true
    return findFile(name, ['', ...include, folderOf(this.main)], has)
  }

  private include(line: Line, tail: string): void {
    const name = unquote(tail)
    const path = this.lookUp(name)
    const text = path === undefined ? undefined : this.inputs.files.get(path)
    if (path === undefined || text === undefined) {
      this.report.error('missingFile', line.at, `File ${name} not exist`)
      return
    }
    const { files } = this.current()
    if (this.open.includes(path) || (!this.is2025 && files.has(path))) {
      this.report.error('repeatedFile', line.at, `duplicate asm file name "${name}"`)
      return
    }
    if (this.open.length > maxDepth) {
      const message = `files include each other more than ${maxDepth} deep`
      this.report.error('tooDeep', line.at, message)
      return
    }
    files.add(path)
    this.states.push(false)
    this.readFile(path, text)
    this.pop()
  }

  private endScope(line: Line, tail: string): void {
    const parts = this.scope.split(':')
    const innermost = parts[parts.length - 1]
    if (parts.length > 1) {
      this.scope = parts.slice(0, -1).join(':')
      this.depth--
    }
    const name = tail.split(',')[0]
    if (name === '' && !this.is2025) {
      this.report.error('scopeEnd', line.at, '.endl directive requires a label argument')
    } else if (name !== innermost) {
      const message = `endl label mismatch (${innermost} != ${name})`
      this.report.error('scopeEnd', line.at, message)
    }
    if (!this.is2025) this.pop()
  }

  private section(source: Source, lines: readonly Line[], index: number, tail: string): number {
    const line = lines[index]
    const name = tail.split(',')[0]
    if (name.startsWith('.ctrltext')) this.states.push(false)
    else if (name.startsWith('.ctrldata')) this.states.push(true)
    else if (name.startsWith('annotation') && !this.is2025) return this.annotation(lines, index)
    else if (name === '') {
      this.report.error('section', line.at, '.section directive requires arguments')
    } else {
      const message = `section '${name}' is neither .ctrltext nor .ctrldata and is ignored`
      this.report.warning('unknownSection', source.span(line.at.start, line.at.end), message)
    }
    return 1
  }

  private annotation(lines: readonly Line[], index: number): number {
    const first = lines[index]
    if (this.uc < 0) {
      const message = 'Invalid while adding annotation: no operation stands before it'
      this.report.error('annotation', first.at, message)
    }
    let used = 1
    for (let i = 1; i <= 3; i++) {
      const line = lines[index + used] as Line | undefined
      const isThere = line?.number === first.number + i
      if (isThere) used++
      if (isThere && /^(id|name|description):/.test(line.text)) continue
      const found = isThere ? line : undefined
      const message = `Unknown annotation field ${found?.text ?? ''}!!! Three lines follow: id, name and description`
      this.report.error('annotation', found?.at ?? first.at, message)
    }
    return used
  }

  private setPad(line: Line, tail: string): void {
    const [name, what] = tail.split(',')
    if (name === undefined || name === '' || what === undefined || what.trim() === '') {
      this.report.error(
        'pad',
        line.at,
        '.setpad directive requires arguments: a name and a size or file',
      )
      return
    }
    if (!this.is2025) {
      const message = '.setpad outside save and restore code: the buffer lies behind the pages'
      this.report.warning('padOutside', line.at, message)
    }
    const value = what.trim()
    const { pads } = this.current()
    if (/^(\d+|0[xX][0-9a-fA-F]+)$/.test(value)) {
      const isOctal = /^0\d+$/.test(value)
      if (isOctal && /[89]/.test(value)) {
        const message = `Invalid characters found in the scratchpad size: '${value}' is octal`
        this.report.error('pad', line.at, message)
        return
      }
      const sizeBytes = 4 * (isOctal ? Number.parseInt(value, 8) : Number(value))
      this.padBytes += sizeBytes
      if (this.padBytes <= mostPadBytes) pads.set(name, { name, sizeBytes, content: undefined })
      else {
        const message = `Out of range scratchpad size: all buffers together take at most ${mostPadBytes} bytes here`
        this.report.error('pad', line.at, message)
      }
      return
    }
    const path = this.lookUp(unquote(value))
    if (path === undefined) {
      this.report.error('missingFile', line.at, `File ${unquote(value)} not exist`)
      return
    }
    const content =
      this.inputs.binaries?.get(path) ??
      Uint8Array.from(this.inputs.files.get(path) ?? '', (c) => c.charCodeAt(0) & 0xff)
    pads.set(name, { name, sizeBytes: content.length, content })
    this.states.push(false)
  }

  /** `.partition`, `.target` and `.aie_row_topology`. */
  private describe(line: Line, name: string): number {
    if (name === '.partition') this.partition(line)
    else if (name === '.target') this.target(line)
    else if (name === '.aie_row_topology') {
      const match = /^\.aie_row_topology\s+(\d+)-(\d+)-(\d+)-(\d+)$/.exec(line.text)
      if (match) {
        const [south, mem, core, north] = match.slice(1).map(Number)
        this.result.rowTopology = [south, mem, core, north]
      } else {
        const message = `Invalid .aie_row_topology format!! ${line.text}: expected A-B-C-D`
        this.report.error('topology', line.at, message)
      }
    } else return 0
    return 1
  }

  private partition(line: Line): void {
    const match = /^\.partition\s+(\d+)(column|core:(\d+)mem)$/.exec(line.text)
    if (!match) {
      const message = `Invalid format!! ${line.text}: expected Ncolumn or Ncore:Mmem`
      this.report.error('partition', line.at, message)
    } else if (match[2] === 'column') this.result.partition = { columns: Number(match[1]) }
    else this.result.partition = { cores: Number(match[1]), memChunks: Number(match[3]) }
  }

  private target(line: Line): void {
    const match = /^\.target\s+([a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)?)$/.exec(line.text)
    if (!match) {
      const message = `Invalid .target format!! ${line.text}: expected an architecture`
      this.report.error('targetFormat', line.at, message)
      return
    }
    const named = controlTargets.find((t) => t === match[1])
    const asked = this.inputs.target
    if (asked !== undefined && !isCompatible(match[1], asked)) {
      const message = `Target mismatch: .target directive specifies '${match[1]}' but -t option specifies '${asked}'`
      this.report.error('targetMismatch', line.at, message)
    } else if (!named) {
      const message = `target '${match[1]}' is unknown: expected one of ${controlTargets.join(', ')}`
      this.report.error('targetUnknown', line.at, message)
    } else this.result.target = named
  }
}

/** A line without its comment, with one space between words. */
function plainText(text: string): string {
  if (!/;|\t|  /.test(text)) return text
  const comment = text.search(/\s;/)
  return (comment < 0 ? text : text.slice(0, comment)).trim().replace(/\s+/g, ' ')
}

/** Equal, or one of them names the architecture without a variant. */
function isCompatible(named: string, asked: string): boolean {
  return named === asked || named.split('-')[0] === asked || named === asked.split('-')[0]
}

function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}

/** A place for mistakes that belong to a whole file. */
export function fileSpan(file: string): Span {
  return { file, start: 0, end: 0 }
}
