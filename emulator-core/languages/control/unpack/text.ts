/**
 * The source of one uC: its chains of pages as scopes, operations, data, and where each line's bytes are.
 *
 * The first chain is the main program; each other one becomes a scope named after the operation that loads it.
 * Pages that PREEMPT brings along are made by the assembler again, so their lines are comments.
 */
import { controlCode, firstApplyOffsetPl, Opcode } from '../../../device/abi/control-code.ts'
import type { ControlTarget } from '../../../device/abi/control-code.ts'
import type {
  ControlPlace,
  ControlRelocation,
  ControlRules,
  ControlScope,
} from '../../../artifacts/control-code.ts'
import { patch } from '../../../device/abi/patch.ts'
import type { Region } from '../save-restore.ts'
import { hintWords, regionOf } from './hints.ts'
import { findLabels } from './labels.ts'
import type { FoundEntry, FoundLabel, PageLabels } from './labels.ts'
import { hex, operationTable, writeOperation } from './operands.ts'
import type { Naming } from './operands.ts'
import { readPage } from './page.ts'
import type { FoundPage } from './page.ts'

const { page: layout, descriptor } = controlCode
const startScope = 'default'
/** Byte of a PREEMPT that holds its restore page. */
const restoreAt = 6

/** Where the bytes of a line are. */
export type LinePlace = Pick<ControlPlace, 'page' | 'offset' | 'sizeBytes' | 'job' | 'kind'>

export interface Line {
  readonly text: string
  readonly place?: LinePlace
  /** The line defines this label. */
  readonly label?: { readonly page: number; readonly name: string; readonly found: FoundLabel }
}

export interface UcText {
  readonly lines: readonly Line[]
  readonly scopes: readonly ControlScope[]
}

export interface UcInputs {
  readonly uc: number
  readonly pages: Uint8Array
  readonly target: ControlTarget
  readonly isTargetGuessed: boolean
  readonly rules: ControlRules
  /** Relocations of this uC. */
  readonly relocations: readonly ControlRelocation[]
  /** What a PREEMPT without a hint map saves. */
  readonly whole: Region
}

/** Whether pages have one of these operations. */
export function hasOperation(
  pages: Uint8Array,
  rules: ControlRules,
  codes: readonly number[],
): boolean {
  const table = operationTable(rules)
  for (let page = 0; page < Math.floor(pages.length / layout.bytes); page++) {
    const { operations } = readPage(pages, page, table)
    if (operations.some((o) => codes.includes(o.spec.code))) return true
  }
  return false
}

/** Writes the source of one uC. */
export function writeUc(inputs: UcInputs): UcText {
  return new Writer(inputs).run()
}

/** APPLY_OFFSET_PL has a first form, which its bytes or the relocation of its table may show. */
function inForm(page: FoundPage, relocations: readonly ControlRelocation[]): FoundPage {
  const { unknown } = controlCode.schema
  const firsts = relocations.filter((r) => r.page === page.page && r.schema === unknown)
  const operations = page.operations.map((operation) => {
    const { spec, offset } = operation
    if (spec.code !== Opcode.applyOffsetPl) return operation
    const table = page.view.getUint16(offset + 2, true)
    const isFirst =
      page.view.getUint16(offset + 6, true) !== 0 || firsts.some((r) => r.offset === table)
    return isFirst ? { spec: firstApplyOffsetPl, offset } : operation
  })
  return { ...page, operations }
}

interface Chain extends ControlScope {
  /** Made by the assembler for PREEMPT. */
  readonly isGenerated: boolean
}

class Writer {
  private readonly inputs: UcInputs
  private readonly pages: readonly FoundPage[]
  private readonly names = new Map<number, { name: string; isGenerated: boolean }>()
  private readonly lines: Line[] = []
  /** Hint maps of the scope that is being written, by name. */
  private readonly hints = new Map<string, string[]>()
  /** How often a job number was opened where its spelling has to differ. */
  private readonly spelled = new Map<number, number>()

  constructor(inputs: UcInputs) {
    this.inputs = inputs
    const table = operationTable(inputs.rules)
    const count = Math.floor(inputs.pages.length / layout.bytes)
    this.pages = Array.from({ length: count }, (_, page) =>
      inForm(readPage(inputs.pages, page, table), inputs.relocations),
    )
  }

  run(): UcText {
    for (const page of this.pages) this.nameScopes(page)
    const chains = this.chains()
    for (const chain of chains) this.writeChain(chain)
    this.emptyScopes()
    const scopes = chains.map(({ name, firstPage, pageCount }) => ({ name, firstPage, pageCount }))
    return { lines: this.lines, scopes }
  }

  private nameScopes({ view, operations }: FoundPage): void {
    for (const { spec, offset } of operations) {
      const isGenerated = spec.code === Opcode.preempt && this.inputs.rules === '2026'
      for (const operand of spec.written) {
        if (operand.kind !== 'page') continue
        const page = view.getUint16(offset + operand.offset, true)
        if (page === 0) continue
        const stem = operand.name.replace(/_page$/, '').replace(/_elf$/, '')
        // The tools of 2025 order scopes by name.
        const number = this.inputs.rules === '2025' ? String(page).padStart(5, '0') : String(page)
        const name = this.inputs.rules === '2025' ? `page${number}_${stem}` : `${stem}_${number}`
        if (!this.names.has(page)) this.names.set(page, { name, isGenerated })
      }
    }
  }

  private scopeName(page: number): string {
    if (page === 0) return startScope
    const number = this.inputs.rules === '2025' ? String(page).padStart(5, '0') : String(page)
    return this.names.get(page)?.name ?? `page${number}`
  }

  /** A chain ends where the header names no next page, and before a page that somebody loads. */
  private chains(): Chain[] {
    const chains: Chain[] = []
    let first = 0
    this.pages.forEach(({ page, nextBytes }) => {
      const isLast = nextBytes === 0 || page + 1 === this.pages.length || this.names.has(page + 1)
      if (!isLast) return
      const isGenerated = this.names.get(first)?.isGenerated ?? false
      const name = this.scopeName(first)
      chains.push({ name, firstPage: first, pageCount: page + 1 - first, isGenerated })
      first = page + 1
    })
    return chains
  }

  /** The pages from one on to the end of its chain. */
  private chainFrom(first: number): FoundPage[] {
    const pages = this.pages.slice(first)
    const last = pages.findIndex((page) => page.nextBytes === 0)
    return last < 0 ? pages : pages.slice(0, last + 1)
  }

  private writeChain(chain: Chain): void {
    const from = this.lines.length
    const isNested = chain.firstPage > 0
    if (isNested) this.add('', '.section .ctrltext', `${chain.name}:`)
    this.spelled.clear()
    const data: Line[] = []
    this.hints.clear()
    for (let p = chain.firstPage; p < chain.firstPage + chain.pageCount; p++) {
      const page = this.pages[p]
      if (p > chain.firstPage) this.add('.eop')
      if (this.inputs.rules === '2026') this.spelled.clear()
      this.add(`; page ${p}, ${page.lengthBytes} bytes`)
      const labels = findLabels(page, this.inputs.rules, this.tablesOf(p))
      this.writeText(page, labels)
      data.push(...this.writeData(page, labels))
    }
    this.add('EOF')
    this.lines.push(...data)
    for (const [name, words] of this.hints) this.add(`${name}:`, ...words)
    if (isNested) this.add(`.endl ${chain.name}`)
    if (!chain.isGenerated) return
    const made = this.lines.splice(from).map((line) => ({ ...line, text: `; ${line.text}`.trim() }))
    const what = `; The assembler makes what follows for PREEMPT: scope ${chain.name}.`
    this.lines.push({ text: '' }, { text: what }, ...made.slice(2))
  }

  /** Scopes without pages, which stand for the number behind the last page. */
  private emptyScopes(): void {
    const found = this.names.get(this.pages.length)
    if (!found || found.isGenerated) return
    this.add('', '.section .ctrltext', `${found.name}:`, 'EOF', `.endl ${found.name}`)
  }

  private add(...texts: string[]): void {
    for (const text of texts) this.lines.push({ text })
  }

  /** Offsets of the shim descriptors of a page that a loader patches. */
  private tablesOf(page: number): number[] {
    return this.inputs.relocations
      .filter((r) => r.page === page && r.schema !== patch.scalar)
      .map((r) => r.offset)
  }

  private naming(page: FoundPage, labels: PageLabels): Naming {
    const { target, isTargetGuessed, rules, relocations } = this.inputs
    const here = relocations.filter((r) => r.page === page.page)
    return {
      view: page.view,
      target,
      isTargetGuessed,
      rules,
      scope: (number) => this.scopeName(number),
      label: (offset) => (labels.kindAt(offset) ? labelName(page.page, labels, offset) : undefined),
      symbol: (offset) =>
        here.find((r) => r.schema === patch.scalar && r.offset === offset && isWord(r.symbol))
          ?.symbol,
      tableSymbols: (offset) =>
        here.filter((r) => r.schema !== patch.scalar && r.offset === offset).map((r) => r.symbol),
      job: (number, opens) => this.job(number, opens),
    }
  }

  /** Two jobs with one number are told apart by spelling, as the assembler compares words. */
  private job(number: number, opens: boolean): string {
    const times = this.spelled.get(number) ?? 0
    if (opens) this.spelled.set(number, times + 1)
    if (!opens || times === 0) return String(number)
    return `0x${'0'.repeat(times - 1)}${number.toString(16)}`
  }

  private writeText(page: FoundPage, labels: PageLabels): void {
    const naming = this.naming(page, labels)
    const { pulled } = labels
    let needsPull = pulled !== undefined
    page.operations.forEach((operation, i) => {
      const { spec, offset } = operation
      const { text, remark } = writeOperation(operation, naming)
      const hint = spec.code === Opcode.preempt ? this.hintOf(page.view, offset) : ''
      const job = page.jobs.find((j) => i >= j.first && i <= j.last)
      const opens = job?.first === i
      const indent = opens || job?.last === i ? '' : '  '
      if (remark !== undefined) this.add(`; ${remark}`)
      if (job === undefined) this.add('; the next line stands outside a job')
      const pull =
        needsPull && opens ? ` ; @${labelName(page.page, labels, pulled ?? 0)} stands first` : ''
      if (pull !== '') needsPull = false
      const pulls = (labels.pulls.get(i) ?? []).map((at) => `@${labelName(page.page, labels, at)}`)
      const also = pulls.length > 0 ? ` ; ${pulls.join(' ')} follow` : ''
      const place: LinePlace = {
        page: page.page,
        offset,
        sizeBytes: spec.sizeBytes,
        job: job?.number ?? -1,
        kind: 'operation',
      }
      this.lines.push({ text: `${indent}${text}${hint}${pull}${also}`, place })
    })
    if (page.problem !== undefined) this.add(`; ${page.problem}: the rest is left out`)
    if (!labels.isExact) {
      this.add(`; the length ${page.lengthBytes} of this page does not follow from its labels`)
    }
  }

  /** The hint map that makes an assembler save the same region again, as a further operand. */
  private hintOf(view: DataView, offset: number): string {
    const { rules, whole } = this.inputs
    if (rules === '2025') return ''
    const region = regionOf(this.chainFrom(view.getUint16(offset + restoreAt, true)))
    if (region.base === whole.base && region.sizeBytes === whole.sizeBytes) return ''
    const { name, words } = hintWords(region)
    this.hints.set(
      name,
      words.map((word) => `  .long ${hex(word, 8)}`),
    )
    return `, @${name}`
  }

  private writeData(page: FoundPage, labels: PageLabels): Line[] {
    const lines: Line[] = []
    for (const found of labels.labels) {
      const name = labelName(page.page, labels, found.offset)
      const symbols = [...new Set(this.naming(page, labels).tableSymbols(found.offset))]
      if (symbols.length > 0) lines.push({ text: `; ${symbols.map(symbolText).join(' and ')}` })
      lines.push({ text: `${name}:`, label: { page: page.page, name, found } })
      for (const entry of found.entries) {
        const line = this.entry(page.page, labels, entry)
        const { brings } = found
        const isFirst = entry.offset === found.offset && brings !== undefined
        const next = isFirst ? ` ; @${labelName(page.page, labels, brings)} follows` : ''
        lines.push({ ...line, text: line.text + next })
      }
    }
    return lines
  }

  private entry(page: number, labels: PageLabels, entry: FoundEntry): Line {
    const isWordEntry = entry.kind === 'word'
    const sizeBytes = isWordEntry ? 4 : descriptor.bytes
    const place: LinePlace = { page, offset: entry.offset, sizeBytes, job: -1, kind: 'data' }
    if (isWordEntry) return { text: `  .long ${hex(entry.value, 8)}`, place }
    const { bd, isLabel } = entry
    const local = isLabel
      ? `@${labelName(page, labels, bd.local)}`
      : `0x${(bd.local >>> 0).toString(16)}`
    const flags = `${bd.external ? 1 : 0}, ${bd.more ? 1 : 0}`
    const text = `  UC_DMA_BD ${bd.high}, ${hex(bd.low, 8)}, ${local}, ${bd.words}, ${flags}`
    return { text, place }
  }
}

const stems = { chain: 'chain', words: 'words', table: 'table' } as const

function labelName(page: number, labels: PageLabels, offset: number): string {
  const kind = labels.kindAt(offset) ?? 'words'
  return `p${page}_${stems[kind]}_${offset.toString(16)}`
}

/** Words that the assembler reads as run-time symbols, and nothing else. */
function isWord(symbol: string): boolean {
  return /^[a-z_][a-z0-9_.-]*$/.test(symbol)
}

function symbolText(symbol: string): string {
  if (/^\d+$/.test(symbol)) return `argument ${symbol}`
  return symbol
}
