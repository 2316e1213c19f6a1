/**
 * Disassembler: pages back to source, with a map from lines to bytes.
 *
 *     ControlCode ──▶ pages, chains, labels (unpack/) ──▶ text ──▶ assemble ──▶ the same pages
 *
 * Names are made from page and offset. What leaves no trace in the pages cannot be recovered: label names, comments,
 * labels that nothing refers to.
 */
import type {
  ControlCode,
  ControlLabel,
  ControlPad,
  ControlPlace,
  UcControlCode,
} from '../../artifacts/control-code.ts'
import type { Span } from '../../sim/diagnostics.ts'
import { Opcode } from '../../device/abi/control-code.ts'
import { preemptCode } from '../../device/abi/preempt-code.ts'
import type { Region } from './save-restore.ts'
import { hasOperation, writeUc } from './unpack/text.ts'
import type { Line, UcText } from './unpack/text.ts'

export interface Disassembly {
  readonly text: string
  /** The code with scopes, labels and places that point into the text. */
  readonly code: ControlCode
}

export interface DisassembleOptions {
  /** Lines that stand above the text as comments. */
  readonly head?: readonly string[]
  /** The target is a guess: the text must mean the same for any other. */
  readonly isTargetGuessed?: boolean
  /** Name of the file that holds what a pad of a uC holds. */
  readonly padFile?: (uc: number, pad: ControlPad) => string | undefined
}

/** Source of all uCs as one text that the places call `file`. */
export function disassemble(
  code: ControlCode,
  file: string,
  options: DisassembleOptions = {},
): Disassembly {
  const page = new TextPage(file)
  page.begin(code, options)
  const ucs = code.ucs.map((uc, i) => {
    // The end that .attach_to_group puts into the text of the uC before must not reach its data.
    if (i > 0) page.add('', '.section .ctrltext')
    if (code.ucs.length > 1 || uc.uc !== 0) page.add(`.attach_to_group ${uc.uc}`)
    return page.addUc(code, uc, options)
  })
  return { text: page.text(), code: { ...code, ucs } }
}

/** The text of one uC. */
export interface UcSource {
  readonly uc: number
  readonly file: string
  readonly text: string
}

/** The same with a text for each uC, which the places call what `nameOf` says. */
export function disassembleUcs(
  code: ControlCode,
  nameOf: (uc: number) => string,
  options: DisassembleOptions = {},
): { readonly texts: readonly UcSource[]; readonly code: ControlCode } {
  const texts: UcSource[] = []
  const ucs = code.ucs.map((uc) => {
    const file = nameOf(uc.uc)
    const page = new TextPage(file)
    page.begin(code, options)
    page.add(`.attach_to_group ${uc.uc}`)
    const placed = page.addUc(code, uc, options)
    texts.push({ uc: uc.uc, file, text: page.text() })
    return placed
  })
  return { texts, code: { ...code, ucs } }
}

/** Whether several uCs have preemption points: then each saves its own column. */
function isShared({ ucs, rules }: ControlCode): boolean {
  return ucs.filter(({ pages }) => hasOperation(pages, rules, [Opcode.preempt])).length > 1
}

/** What a PREEMPT without a map saves: the own column, or the partition when one uC alone has points. */
function wholeRegion(code: ControlCode, uc: number): Region {
  const { columnBytes, columns } = preemptCode
  if (isShared(code)) return { base: (uc / 2) * columnBytes, sizeBytes: columnBytes }
  return { base: 0, sizeBytes: (code.partition?.columns ?? columns) * columnBytes }
}

/** What the program says about itself; the tools of 2025 have no words for it. */
function directives(
  { target, rules, partition, rowTopology }: ControlCode,
  isTargetGuessed: boolean,
): string[] {
  if (rules === '2025') return [`; target ${target}, rules of 2025`]
  const lines = [isTargetGuessed ? `; target ${target}` : `.target ${target}`]
  if (partition?.columns !== undefined) lines.push(`.partition ${partition.columns}column`)
  else if (partition) {
    lines.push(`.partition ${partition.cores ?? 0}core:${partition.memChunks ?? 0}mem`)
  }
  if (rowTopology) lines.push(`.aie_row_topology ${rowTopology.join('-')}`)
  return lines
}

/** A pad by its file, or by its size: contents other than zeros cannot stand in a source. */
function padLines({ name, bytes }: ControlPad, file: string | undefined): string[] {
  if (file !== undefined) return [`.setpad ${name}, ${file}`]
  const lines = [`.setpad ${name}, ${Math.ceil(bytes.length / 4)}`]
  if (bytes.some((b) => b !== 0)) lines.unshift(`; the next buffer is not empty in the file`)
  return lines
}

class TextPage {
  private readonly file: string
  private readonly lines: string[] = []
  private length = 0

  constructor(file: string) {
    this.file = file
  }

  add(...lines: string[]): void {
    this.addAll(lines)
  }

  addAll(lines: readonly string[]): void {
    for (const line of lines) {
      this.lines.push(line)
      this.length += line.length + 1
    }
  }

  text(): string {
    return `${this.lines.join('\n')}\n`
  }

  /** What stands above the code. */
  begin(code: ControlCode, { head = [], isTargetGuessed = false }: DisassembleOptions): void {
    for (const line of head) this.add(`; ${line}`)
    this.addAll(directives(code, isTargetGuessed))
  }

  /** Adds the source of one uC and points its places there. */
  addUc(code: ControlCode, uc: UcControlCode, options: DisassembleOptions): UcControlCode {
    const { isTargetGuessed = false, padFile } = options
    for (const pad of uc.pads) this.addAll(padLines(pad, padFile?.(uc.uc, pad)))
    const { target, rules } = code
    const relocations = code.relocations.filter((r) => r.uc === uc.uc)
    const whole = wholeRegion(code, uc.uc)
    const { pages } = uc
    const inputs = { uc: uc.uc, pages, target, isTargetGuessed, rules, relocations, whole }
    return this.place(uc, writeUc(inputs))
  }

  private place(uc: UcControlCode, { lines, scopes }: UcText): UcControlCode {
    const places: ControlPlace[] = []
    const labels: ControlLabel[] = []
    for (const line of lines) {
      const { at, text } = this.span(line.text)
      this.add(line.text)
      const number = this.lines.length
      if (line.place) places.push({ ...line.place, at, line: number, text })
      if (line.label) labels.push(labelOf(line.label, at, number))
    }
    places.sort((a, b) => a.page - b.page || a.offset - b.offset)
    labels.sort((a, b) => a.page - b.page || a.offset - b.offset)
    return { ...uc, scopes, places, labels }
  }

  /** Where the text of the line that comes next stands, without blanks. */
  private span(line: string): { at: Span; text: string } {
    const text = line.trim()
    const start = this.length + (line.length - line.trimStart().length)
    return { at: { file: this.file, start, end: start + text.length }, text }
  }
}

function labelOf(
  { page, name, found }: NonNullable<Line['label']>,
  at: Span,
  line: number,
): ControlLabel {
  const align = found.entries[0]?.kind === 'descriptor' ? 16 : 4
  return { name, page, offset: found.offset, sizeBytes: found.sizeBytes, align, at, line }
}
