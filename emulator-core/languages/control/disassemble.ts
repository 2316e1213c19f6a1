/**
 * Disassembler: pages back to assembly, data found by following references from the text.
 *
 * Names are made from the page and offset; what nothing refers to (hint maps, unused words) cannot be
 * recovered. Assembling the result of a program whose labels are each used once per page, in the order in
 * which they are defined, gives the same pages.
 */
import { controlCode, Opcode, operationByCode } from '../../device/abi/control-code.ts'
import type { ControlTarget, OperandSpec, OperationSpec } from '../../device/abi/control-code.ts'
import type { ControlCode } from '../../artifacts/control-code.ts'
import { actorsOf } from './values.ts'

const { page: layout, descriptor, registers, applyOffset, shimDescriptorWords, tile } = controlCode

/** Assembly text of all uCs. Bytes that are no operation end their page with a comment. */
export function disassemble(code: ControlCode): string {
  const lines = [`.target ${code.target}`]
  if (code.partition?.columns !== undefined)
    lines.push(`.partition ${code.partition.columns}column`)
  else if (code.partition) {
    lines.push(`.partition ${code.partition.cores ?? 0}core:${code.partition.memChunks ?? 0}mem`)
  }
  for (const uc of code.ucs) {
    if (code.ucs.length > 1 || uc.uc !== 0) lines.push(`.attach_to_group ${uc.uc}`)
    lines.push(...new UcText(uc.pages, code.target).run())
  }
  return `${lines.join('\n')}\n`
}

class UcText {
  private readonly pages: Uint8Array
  private readonly view: DataView
  private readonly target: ControlTarget
  private readonly count: number
  /** First pages of scopes, found from page operands. */
  private readonly scopes = new Map<number, string>()

  constructor(pages: Uint8Array, target: ControlTarget) {
    this.pages = pages
    this.view = new DataView(pages.buffer, pages.byteOffset, pages.length)
    this.target = target
    this.count = Math.floor(pages.length / layout.bytes)
  }

  run(): string[] {
    for (let page = 0; page < this.count; page++) this.findScopes(page)
    const out: string[] = []
    const main: string[] = []
    for (let page = 0; page < this.count;) {
      const name = this.scopes.get(page)
      const body = name === undefined ? main : out
      if (name !== undefined) body.push(`${name}:`)
      const last = this.lastOfChain(page)
      const texts: string[] = []
      const data: string[] = []
      for (let p = page; p <= last; p++) {
        const parts = new PageText(this.pages, p, this.target, this.scopes).run()
        if (p > page) texts.push('.eop')
        texts.push(...parts.text)
        data.push(...parts.data)
      }
      if (name !== undefined) body.push(...texts, 'EOF', ...data, `.endl ${name}`)
      else {
        out.push(...texts)
        main.push('EOF', ...data)
      }
      page = last + 1
    }
    return [...out, ...main]
  }

  private lastOfChain(first: number): number {
    let page = first
    while (page + 1 < this.count && !this.scopes.has(page + 1)) {
      if (this.view.getUint16(page * layout.bytes + layout.nextLengthAt, true) === 0) break
      page++
    }
    return page
  }

  private findScopes(page: number): void {
    walk(this.view, page, (spec, at) => {
      for (const operand of spec.operands) {
        if (operand.kind !== 'page') continue
        const target = this.view.getUint16(at + operand.offset, true)
        this.scopes.set(target, `scope_${target}`)
      }
    })
  }
}

/** Calls `visit` for each operation of a page's text; returns the byte behind EOF, or where reading failed. */
function walk(
  view: DataView,
  page: number,
  visit: (spec: OperationSpec, at: number) => void,
): number {
  const end = (page + 1) * layout.bytes
  let at = page * layout.bytes + layout.headerBytes
  while (at < end) {
    const spec = operationByCode[view.getUint8(at)]
    if (!spec || at + spec.sizeBytes > end) return at
    visit(spec, at)
    at += spec.sizeBytes
    if (spec.code === Opcode.eof) return at
  }
  return at
}

class PageText {
  private readonly view: DataView
  private readonly page: number
  private readonly target: ControlTarget
  private readonly scopes: ReadonlyMap<number, string>
  private readonly start: number
  /** Words by offset of their label; chains are 0. */
  private readonly labels = new Map<number, number>()
  private readonly text: string[] = []

  constructor(
    pages: Uint8Array,
    page: number,
    target: ControlTarget,
    scopes: ReadonlyMap<number, string>,
  ) {
    this.view = new DataView(pages.buffer, pages.byteOffset, pages.length)
    this.page = page
    this.target = target
    this.scopes = scopes
    this.start = page * layout.bytes + layout.headerBytes
  }

  run(): { text: string[]; data: string[] } {
    const end = walk(this.view, this.page, (spec, at) => {
      if (spec.code !== Opcode.eof) this.text.push(this.operation(spec, at))
    })
    const last = end - controlCode.page.eofBytes
    if (last < this.start || this.view.getUint8(last) !== Opcode.eof) {
      this.text.push(
        `; byte 0x${this.view.getUint8(Math.min(end, this.view.byteLength - 1)).toString(16)} is no operation`,
      )
    }
    return { text: this.text, data: this.data() }
  }

  private name(offset: number): string {
    return `p${this.page}_${offset.toString(16)}`
  }

  private reference(offset: number, words: number): string {
    this.labels.set(offset, Math.max(this.labels.get(offset) ?? 0, words))
    return `@${this.name(offset)}`
  }

  private operation(spec: OperationSpec, at: number): string {
    const operands = spec.written.map((operand) => this.operand(spec, operand, at))
    return [spec.mnemonic, operands.join(', ')].filter(Boolean).join(' ')
  }

  private operand(spec: OperationSpec, operand: OperandSpec, at: number): string {
    const value = this.read(at + operand.offset, operand.bytes)
    if (operand.kind === 'register') {
      return value < registers.firstShared ? `$r${value}` : `$g${value - registers.firstShared}`
    }
    if (operand.kind === 'barrier') {
      if (spec.code === Opcode.localBarrier) return `$lb${value}`
      return value === 0 ? '0' : `$rb${value - 1}`
    }
    if (operand.kind === 'page') return `@${this.scopes.get(value) ?? `scope_${value}`}`
    switch (operand.name) {
      case 'descriptor_ptr':
        return this.reference(value, 0)
      case 'table_ptr': {
        const entries = spec.code === Opcode.applyOffset57 ? this.read(at + 4, 2) : 1
        for (let i = 1; i < entries; i++) {
          this.reference(value + 4 * shimDescriptorWords * i, shimDescriptorWords)
        }
        return this.reference(value, shimDescriptorWords)
      }
      case 'tile_id':
        return `TILE_${value >>> tile.columnShift}_${value & tile.rowMask}`
      case 'actor_id':
        return this.actor(value, this.read(at + 2, 2) & tile.rowMask)
      case 'offset':
        return value === applyOffset.controlCode ? '0xFFFF' : String(value / 2)
      default:
        return operand.bytes === 4 ? `0x${value.toString(16).toUpperCase()}` : String(value)
    }
  }

  private actor(number: number, row: number): string {
    const memRows = this.target === 'aie2ps' ? 2 : 1
    const kind = row === 0 ? 'shim' : row <= memRows ? 'mem' : 'core'
    for (const range of actorsOf(this.target, '2026')) {
      const index = number - range.number
      if (range.row !== kind || index < 0 || index >= range.count) continue
      return (
        range.first < 0 ? range.prefix : `${range.prefix}${range.first + index}`
      ).toUpperCase()
    }
    return String(number)
  }

  private read(at: number, bytes: 1 | 2 | 4): number {
    if (bytes === 1) return this.view.getUint8(at)
    return bytes === 2 ? this.view.getUint16(at, true) : this.view.getUint32(at, true)
  }

  private data(): string[] {
    const chains = [...this.labels].filter(([, words]) => words === 0).map(([offset]) => offset)
    const text = new Map<number, string[]>()
    for (const offset of chains) text.set(offset, this.chain(offset))
    for (const [offset, words] of this.labels) {
      if (text.has(offset)) continue
      const rows: string[] = []
      for (let i = 0; i < words && this.isInside(offset + 4 * i, 4); i++) {
        const value = this.read(this.start + offset + 4 * i, 4)
        rows.push(`.long 0x${value.toString(16).toUpperCase().padStart(8, '0')}`)
      }
      text.set(offset, rows)
    }
    return [...text.keys()]
      .sort((a, b) => a - b)
      .flatMap((offset) => [`${this.name(offset)}:`, ...(text.get(offset) ?? [])])
  }

  private isInside(offset: number, bytes: number): boolean {
    return offset >= 0 && this.start + offset + bytes <= (this.page + 1) * layout.bytes
  }

  private chain(first: number): string[] {
    const rows: string[] = []
    for (let offset = first; this.isInside(offset, descriptor.bytes); offset += descriptor.bytes) {
      const at = this.start + offset
      const words = this.view.getUint16(at, true) & descriptor.lengthMask
      const flags = this.view.getUint8(at + descriptor.flagsAt)
      const local = offset + this.view.getInt32(at + descriptor.localAt, true)
      const low = this.read(at + descriptor.remoteLowAt, 4)
        .toString(16)
        .toUpperCase()
        .padStart(8, '0')
      const high = this.read(at + descriptor.remoteHighAt, 4) & descriptor.remoteHighMask
      const external = (flags & descriptor.external) !== 0 ? 1 : 0
      const more = flags & descriptor.more
      rows.push(
        `UC_DMA_BD ${high}, 0x${low}, ${this.reference(local, words)}, ${words}, ${external}, ${more}`,
      )
      if (more === 0) break
    }
    return rows
  }
}
