/** Encoder: the bytes of one page, its relocations and the map from bytes back to the source. */
import { controlCode, firstApplyOffsetPl } from '../../device/abi/control-code.ts'
import type { ControlTarget, OperandSpec, OperationSpec } from '../../device/abi/control-code.ts'
import { controlElf } from '../../device/abi/control-elf.ts'
import type {
  ControlLabel,
  ControlPlace,
  ControlRelocation,
  ControlRules,
} from '../../artifacts/control-code.ts'
import { analyse, tokenBytes } from './analyse.ts'
import type { Analysis } from './analyse.ts'
import { alignmentOf } from './pager.ts'
import type { PageDraft } from './pager.ts'
import type { ControlReport, Token, Word } from './syntax.ts'
import { readBarrier, readConstant, readRegister } from './values.ts'

export interface EncodeInputs {
  readonly uc: number
  readonly target: ControlTarget
  readonly rules: ControlRules
  readonly writesBusyPollHint: boolean
  /** Argument number that stands for a control packet (2025). */
  readonly controlPacket: number | undefined
  /** Arguments that are control packets with sections of their own (2026). */
  readonly packets: readonly number[]
  /** First page of each scope, by the last part of its name. */
  readonly scopePages: ReadonlyMap<string, number>
  /** Offset of each pad from the start of the buffer that holds the pages. */
  readonly pads: ReadonlyMap<string, number>
  /** Lengths of the first pages of the scopes that the page names (2025). */
  readonly farLengths: readonly number[]
  readonly report: ControlReport
}

export interface EncodedPage {
  readonly bytes: Uint8Array
  readonly places: readonly ControlPlace[]
  readonly labels: readonly ControlLabel[]
  readonly relocations: readonly ControlRelocation[]
  /** Pad that the page names as the control packet (2025), or empty. */
  readonly packetPad: string
}

const specials = new Set(['load_pdi', 'load_cores', 'load_cores_cp', 'preempt'])

/** A page without content, for one that was found too large. */
function emptyPage(): EncodedPage {
  const bytes = new Uint8Array(controlCode.page.bytes)
  return { bytes, places: [], labels: [], relocations: [], packetPad: '' }
}

/** Encodes a page; mistakes go to the report and leave zeros. */
export function encodePage(draft: PageDraft, inputs: EncodeInputs): EncodedPage {
  if (draft.isTooLarge) return emptyPage()
  return new PageEncoder(draft, inputs).run()
}

class PageEncoder {
  private readonly draft: PageDraft
  private readonly inputs: EncodeInputs
  private readonly analysis: Analysis
  private readonly bytes = new Uint8Array(controlCode.page.bytes)
  private readonly view = new DataView(this.bytes.buffer)
  private readonly places: ControlPlace[] = []
  private readonly relocations: ControlRelocation[] = []
  private readonly padPatches: { offset: number; add: number }[] = []
  /** Bytes from the start of the text. */
  private position = 0
  private job = -1
  private packetPad = ''
  private isFull = false

  constructor(draft: PageDraft, inputs: EncodeInputs) {
    this.draft = draft
    this.inputs = inputs
    const filler: Token[] = []
    if (draft.hasData) filler.push(alignToken(draft.text[draft.text.length - 1]))
    const tokens = [...draft.text, ...filler, ...draft.data]
    this.analysis = analyse(tokens, false, inputs.rules, inputs.report)
  }

  run(): EncodedPage {
    for (const token of this.draft.text) this.operation(token)
    if (this.draft.hasData) this.fill()
    const data = this.position
    for (const token of this.draft.data) {
      if (token.kind === 'operation' && token.name !== 'eof') this.entry(token)
    }
    this.padPatches.forEach((p) => this.patchDescriptor(p.offset, p.add))
    this.header()
    const labels = [...this.analysis.labels.values()].map((label): ControlLabel => ({
      name: label.token.name,
      page: this.draft.index,
      offset: Math.max(label.position, data),
      sizeBytes: label.sizeBytes,
      align: alignmentOf(this.analysis, label) === 16 ? 16 : 4,
      at: label.token.at,
      line: label.token.line,
    }))
    const { bytes, places, relocations, packetPad } = this
    return { bytes, places, labels, relocations, packetPad }
  }

  private header(): void {
    const { page } = controlCode
    this.view.setUint16(0, page.magic, true)
    this.view.setUint16(page.indexAt, this.draft.index, true)
    this.inputs.farLengths.forEach((length, i) => {
      this.view.setUint16(page.farLengthsAt + 2 * i, length, true)
    })
    this.view.setUint16(page.lengthAt, this.draft.lengthBytes, true)
    this.view.setUint16(page.nextLengthAt, this.draft.nextBytes, true)
    if (this.inputs.writesBusyPollHint) this.view.setUint8(page.busyPollAt, this.busyPollHint())
  }

  /** 1 when CERT may spin: no two ordinary jobs could run in turns. */
  private busyPollHint(): number {
    const { jobs } = this.draft
    if (jobs.length < 2) return 1
    let run = 0
    for (const job of jobs) {
      if (job.isDeferred) return 0
      const isConditional = job.token.name === 'start_cond_job_preempt'
      const tokens = this.draft.text
      const from = tokens.indexOf(job.token)
      const body = tokens.slice(from, from + job.last - job.first + 1)
      if (isConditional || body.some((t) => specials.has(t.name))) run = 0
      else if (++run > 1) return 0
    }
    return 1
  }

  private room(size: number, token: Token): boolean {
    if (controlCode.page.headerBytes + this.position + size <= this.bytes.length) return true
    if (this.draft.isSound && !this.isFull) {
      this.inputs.report.error('pageTooLarge', token.at, 'page content more the pagesize !!!')
    }
    this.isFull = true
    return false
  }

  private fill(): void {
    const { headerBytes, filler, dataAlign } = controlCode.page
    const size = (dataAlign - (this.position % dataAlign)) % dataAlign
    const from = headerBytes + this.position
    this.bytes.fill(filler, from, from + size)
    this.position += size
  }

  private place(token: Token, sizeBytes: number, kind: ControlPlace['kind']): void {
    const { at, line, text } = token
    const page = this.draft.index
    this.places.push({
      page,
      offset: this.position,
      sizeBytes,
      at,
      line,
      text,
      job: this.job,
      kind,
    })
  }

  private operation(token: Token): void {
    const { spec } = token
    if (!spec) {
      const message = `Invalid operation: ${token.name} in TEXT section !!!`
      this.inputs.report.error('unknownOperation', token.at, message)
      return
    }
    if (!this.room(spec.sizeBytes, token)) return
    if (token.name.startsWith('start_')) {
      this.job = Number(token.words[0]?.text ?? 0)
      if (Number.isNaN(this.job)) this.job = 0
    } else if (token.name === 'eof') this.job = -1
    const isWritten = spec.sizeBytes > 0
    const start = controlCode.page.headerBytes + this.position
    if (isWritten) {
      this.place(token, spec.sizeBytes, 'operation')
      this.view.setUint8(start, spec.code)
    }
    this.operands(token, spec, isWritten ? start : -1)
    this.position += spec.sizeBytes
  }

  /** Evaluates the operands, and writes them unless `start` is negative. */
  private operands(token: Token, spec: OperationSpec, start: number): void {
    let value = 0
    let next = 0
    for (const operand of spec.operands) {
      if (operand.kind === 'pad') value = 0
      else if (operand.kind === 'size') value = this.jobBytes(token)
      else {
        const word = token.words[next++]
        if (!word) {
          this.missingOperand(token)
          break
        }
        value = this.operand(token, operand, word, value)
      }
      if (start >= 0) this.put(start + operand.offset, operand.bytes, value)
    }
    this.checkRest(token, next)
  }

  private missingOperand(token: Token): void {
    const names = token.spec?.written.map((o) => o.name) ?? []
    const glued = token.words.some((w) => w.text.includes(',') || w.text.includes('\t'))
    const hint = glued ? '; operands are separated by a comma and a space' : ''
    const name = token.spec?.mnemonic ?? token.name
    const message = `${name} needs ${names.length} operands (${names.join(', ')}), found ${token.words.length}${hint}`
    this.inputs.report.error('missingOperand', token.at, message)
  }

  private checkRest(token: Token, used: number): void {
    const rest = token.words.slice(used)
    const isTable = token.name === 'apply_offset_57' && token.words.length === 4
    if (rest.length === 0 || (isTable && rest[0].text.startsWith('@'))) return
    const pulled = rest.find((word) => word.text.startsWith('@'))
    if (pulled) {
      const message = `'${pulled.text}' behind the operands counts as a reference to that label`
      this.inputs.report.warning('labelInComment', pulled.at, message)
    } else if (!rest[0].text.startsWith(';')) {
      const message = `words behind the operands are ignored`
      this.inputs.report.warning('extraWords', rest[0].at, message)
    }
  }

  private jobBytes(token: Token): number {
    const job = this.analysis.jobs.get(token.words[0]?.text ?? '')
    return job ? job.end - job.start : 0
  }

  /** Value of one written operand; a run-time word keeps the previous value, as the reference does. */
  private operand(token: Token, operand: OperandSpec, word: Word, before: number): number {
    const { report, target, rules, scopePages } = this.inputs
    if (operand.kind === 'register') return readRegister(word, report) ?? 0
    if (operand.kind === 'barrier') return this.barrier(token, word)
    if (operand.kind === 'page') {
      const page = scopePages.get(word.text.slice(1))
      if (page === undefined) this.reportScope(word)
      return page ?? 0
    }
    const read = word.text.startsWith('@')
      ? this.labelValue(word)
      : readConstant(word, target, rules, report)
    if (read === 'symbol') {
      this.relocate(this.position + operand.offset, controlCode.schema.scalar32, word.text)
      this.reportSymbol(word)
    }
    const value = read === 'symbol' ? before : (read ?? 0)
    if (token.name === 'apply_offset_57' && operand.name === 'offset') {
      return this.applyOffset(token, word, value)
    }
    const { spec } = token
    if (token.name === 'apply_offset_pl' && operand.name === 'buffer_id') {
      const { plDdr64, unknown } = controlCode.schema
      const isFirst = spec === firstApplyOffsetPl
      const blocks = isFirst ? this.count(token) : 1
      this.relocateTable(token, blocks, isFirst ? unknown : plDdr64, numberName(word, value))
    }
    this.checkWidth(word, operand, value)
    if (rules === '2025' && value === 0xffff_ffff) return 0
    return value
  }

  private reportScope(word: Word): void {
    const name = word.text.slice(1)
    const alike = [...this.inputs.scopePages.keys()].find((s) => s.toLowerCase() === name)
    const why =
      alike === undefined
        ? 'no scope of this uC has that name'
        : `operands are read in lower case, so scope '${alike}' cannot be reached`
    const message = `Label ${name}not present in label list: ${why}`
    this.inputs.report.error('missingScope', word.at, message)
  }

  private reportSymbol(word: Word): void {
    const { report } = this.inputs
    const message = `'${word.text}' is no value: it becomes a run-time symbol`
    if (/^[a-z_][a-z0-9_]*$/.test(word.text)) report.note('runTimeSymbol', word.at, message)
    else report.warning('runTimeSymbol', word.at, message)
  }

  private barrier(token: Token, word: Word): number {
    const { report } = this.inputs
    const isLocal = token.name === 'local_barrier'
    if (word.text.startsWith(isLocal ? '$rb' : '$lb')) {
      const message = `'${word.text}' is a ${isLocal ? 'remote' : 'local'} barrier`
      report.warning('barrier', word.at, message)
    }
    return readBarrier(word, report) ?? 0
  }

  private checkWidth(word: Word, operand: OperandSpec, value: number): void {
    const limit = 2 ** (8 * operand.bytes)
    if (value < limit) return
    const message = `'${word.text}' does not fit in the ${8 * operand.bytes} bits of ${operand.name}: the upper bits are lost`
    this.inputs.report.warning('truncated', word.at, message)
  }

  private put(at: number, bytes: 1 | 2 | 4, value: number): void {
    if (bytes === 1) this.view.setUint8(at, value & 0xff)
    else if (bytes === 2) this.view.setUint16(at, value & 0xffff, true)
    else this.view.setUint32(at, value >>> 0, true)
  }

  private labelValue(word: Word): number {
    const name = word.text.slice(1)
    const pad = this.inputs.pads.get(name)
    if (pad !== undefined) return pad
    const label = this.analysis.labels.get(name)
    if (label) return label.position
    if (this.draft.isSound) {
      const message = `Label ${name} not present in label map`
      this.inputs.report.error('missingLabel', word.at, message)
    }
    return 0
  }

  private relocate(offset: number, schema: number, symbol: string): void {
    const { uc } = this.inputs
    const common = { uc, page: this.draft.index, offset, schema, symbol, addend: 0 }
    const isArgument = schema !== controlCode.schema.scalar32 && /^\d+$/.test(symbol)
    this.relocations.push(isArgument ? { ...common, argument: Number(symbol) } : common)
  }

  /** Relocates the descriptors of a table and gives the field: twice the argument number, or 0xFFFF. */
  private applyOffset(token: Token, word: Word, value: number): number {
    const { rules, target, uc, controlPacket, packets, pads, report } = this.inputs
    const { controlCode: ownCode, lastRunTimeArgument } = controlCode.applyOffset
    const isPacket = packets.includes(value)
    const isOwn = isPacket || value === controlPacket || value === ownCode
    const wanted = rules === '2025' ? 1 : this.count(token)
    const { schema } = controlCode
    const { symbolName } = controlElf
    const kind = target === 'aie2ps' || rules === '2025' ? schema.shimDma57 : schema.shimDma57Aie4
    const own = isPacket
      ? `${symbolName.packet}${value}`
      : token.isGenerated
        ? symbolName.scratchPad
        : `${symbolName.ownCode}${uc}`
    const offsets = this.relocateTable(token, wanted, kind, isOwn ? own : numberName(word, value))
    const padName = token.words.length === 4 ? token.words[3].text.slice(1) : ''
    const pad = pads.get(padName)
    if (value === controlPacket) this.packetPad = padName
    if (pad !== undefined) for (const offset of offsets) this.padPatches.push({ offset, add: pad })
    if (!isOwn && value > lastRunTimeArgument) {
      const message = `argument ${value} is beyond ${lastRunTimeArgument}: only the host can patch it`
      report.note('truncated', word.at, message)
    }
    return isOwn ? ownCode : value * 2
  }

  /** Relocates `wanted` labels in page order from the one that `token` names, and gives their positions. */
  private relocateTable(token: Token, wanted: number, schema: number, symbol: string): number[] {
    const table = token.words[0]?.text.slice(1) ?? ''
    const { labels, labelOrder } = this.analysis
    const from = labelOrder.indexOf(table)
    if (from < 0 || from + wanted > labelOrder.length) {
      const at = token.words[0]?.at ?? token.at
      const message = `Label ${table} not present in label list: ${wanted} descriptors were expected from there on`
      this.inputs.report.error('missingLabel', at, message)
      return []
    }
    const offsets = labelOrder.slice(from, from + wanted).map((id) => labels.get(id)?.position ?? 0)
    for (const offset of offsets) this.relocate(offset, schema, symbol)
    return offsets
  }

  private count(token: Token): number {
    const word = token.words[1]
    if (!word) return 0
    const { target, rules, report } = this.inputs
    const value = readConstant(word, target, rules, report)
    return typeof value === 'number' ? value : 0
  }

  /** Adds a pad's offset to the base address of a shim descriptor. */
  private patchDescriptor(offset: number, add: number): void {
    const at = controlCode.page.headerBytes + offset
    const isAie4 = this.inputs.target !== 'aie2ps' && this.inputs.rules !== '2025'
    const low = this.view.getUint32(at + 4, true) + add
    this.view.setUint32(at + 4, low >>> 0, true)
    if (low < 2 ** 32) return
    const high = at + (isAie4 ? 0 : 8)
    const mask = isAie4 ? 0x1ff_ffff : 0xffff
    const word = this.view.getUint32(high, true)
    this.view.setUint32(high, ((word & ~mask) | ((word + 1) & mask)) >>> 0, true)
  }

  /** One entry of the data: a word, a descriptor, or any operation. */
  private entry(token: Token): void {
    if (token.spec) {
      this.operation(token)
      return
    }
    const size = tokenBytes(token, this.position)
    if (token.name === '.align' || token.name === '.eop' || !this.room(size, token)) return
    this.place(token, size, 'data')
    const at = controlCode.page.headerBytes + this.position
    if (token.name === '.long') this.view.setUint32(at, this.dataValue(token, 0), true)
    else if (token.name === 'uc_dma_bd') this.descriptor(token, at)
    this.checkRest(token, token.name === '.long' ? 1 : 6)
    this.position += size
  }

  private dataValue(token: Token, index: number): number {
    const { report, target, rules } = this.inputs
    const word = token.words[index]
    if (!word) {
      report.error('missingOperand', token.at, `${token.name} needs a value`)
      return 0
    }
    if (word.text.startsWith('@')) return this.labelValue(word)
    const value = readConstant(word, target, rules, report)
    if (typeof value === 'number') return value
    if (value === 'symbol') report.error('value', word.at, `'${word.text}' is no value`)
    return 0
  }

  private descriptor(token: Token, at: number): void {
    const { descriptor } = controlCode
    if (token.words.length < 6) {
      const message = `UC_DMA_BD needs high, low, @label, length, external, next; found ${token.words.length} operands`
      this.inputs.report.error('missingOperand', token.at, message)
      return
    }
    const [high, low, local, length, external, next] = [0, 1, 2, 3, 4, 5].map((i) =>
      this.dataValue(token, i),
    )
    if (length > descriptor.lengthMask) {
      const message = `a descriptor moves at most ${descriptor.lengthMask} words`
      this.inputs.report.warning('truncated', token.words[3].at, message)
    }
    this.view.setUint16(at, length & descriptor.lengthMask, true)
    const flags =
      (next !== 0 ? descriptor.more : 0) |
      (external !== 0 ? descriptor.external : 0) |
      descriptor.relative
    this.view.setUint8(at + descriptor.flagsAt, flags)
    this.view.setUint32(at + descriptor.localAt, (local - this.position) >>> 0, true)
    this.view.setUint32(at + descriptor.remoteLowAt, low, true)
    this.view.setUint32(at + descriptor.remoteHighAt, high & descriptor.remoteHighMask, true)
  }
}

/** Numbers name an argument by their decimal digits, other words by themselves. */
function numberName(word: Word, value: number): string {
  return /^\d/.test(word.text) ? `${value}` : word.text
}

function alignToken(like: Token): Token {
  const word = { text: String(controlCode.page.dataAlign), at: like.at }
  return {
    ...like,
    kind: 'operation',
    name: '.align',
    words: [word],
    spec: undefined,
    text: '.align',
  }
}
