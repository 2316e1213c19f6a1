/**
 * Container: assembled control code as sections, symbols, relocations and groups of one ELF file.
 *
 *     ControlCode of each instance ──▶ ElfFile ──▶ artifacts/elf-write.ts ──▶ bytes
 *
 * Faithful: order, names, flags and addresses of every section of all kinds of container, before and after 2026.
 */
import { controlCode } from '../../device/abi/control-code.ts'
import { controlElf } from '../../device/abi/control-elf.ts'
import type { ControlCode, UcControlCode } from '../../artifacts/control-code.ts'
import { pageCount } from '../../artifacts/control-code.ts'
import { elfSection, nameSection, writeElf } from '../../artifacts/elf-write.ts'
import type { ElfSection, ElfSegment } from '../../artifacts/elf.ts'
import { md5 } from '../../artifacts/md5.ts'
import type { Span } from '../../sim/diagnostics.ts'
import { StringTable, SymbolTable } from './elf-tables.ts'

/** A packet image with the places in it that need an address. */
export interface PacketSection {
  readonly id: number
  readonly bytes: Uint8Array
  readonly patches: readonly PacketPatch[]
}

export interface PacketPatch {
  readonly offset: number
  readonly schema: number
  /** Decimal argument number. */
  readonly symbol: string
  readonly addend: number
  /** Where the patch map names the place. */
  readonly at?: Span
}

/** One program of the file. */
export interface ElfInstance {
  readonly code: ControlCode
  readonly packets: readonly PacketSection[]
  /** Patches of the pads of uC 0 (2025). */
  readonly padPatches: readonly PacketPatch[]
}

export interface ElfKernel {
  /** The name as the symbol table has it. */
  readonly symbol: string
  readonly instances: readonly (ElfInstance & { readonly id: string })[]
}

/** A file that the container carries as it is. */
export interface CustomSection {
  readonly name: string
  readonly bytes: Uint8Array
}

/** What kind of file, and what goes into it. */
export interface Container {
  readonly osAbi: number
  readonly abiVersion: number
  readonly machine: number
  /** All pages of a uC in one section. */
  readonly isMerged: boolean
  /** The layout of February 2025. */
  readonly is2025: boolean
}

const { section: type, sectionFlag: flag, segment, segmentFlag, name } = controlElf

/** A plain file: one program, no groups. */
export function plainElf(container: Container, instance: ElfInstance): Uint8Array {
  const writer = new ContainerWriter(container)
  writer.instance(instance, '')
  return writer.finish()
}

/** What a file of kernels holds. */
export interface GroupedParts {
  readonly kernels: readonly ElfKernel[]
  readonly sections: readonly CustomSection[]
  /** Size of the partition. */
  readonly columns: number
}

/** A file of kernels with instances. */
export function groupedElf(container: Container, parts: GroupedParts): Uint8Array {
  const writer = new ContainerWriter(container)
  writer.kernels(parts.kernels, parts.sections)
  return writer.finish(parts.columns)
}

class ContainerWriter {
  private readonly container: Container
  private readonly sections: ElfSection[] = [nameSection()]
  private readonly segments: ElfSegment[] = []
  /** Numbers of sections by name. */
  private readonly numbers = new Map<string, number>()
  private readonly content: Uint8Array[] = []
  private address = 0
  private readonly strings = new StringTable()
  private readonly symbols = new SymbolTable(this.strings)
  private readonly dynamicStrings = new StringTable()
  private readonly dynamicSymbols = new SymbolTable(this.dynamicStrings)
  private readonly relocations: number[] = []
  /** Number of `.dynstr`, 0 while no relocation was seen. */
  private dynamicFrom = 0

  constructor(container: Container) {
    this.container = container
    this.segments.push({
      type: segment.headers,
      flags: segmentFlag.read,
      address: 0,
      align: 0,
      section: 0,
    })
  }

  kernels(kernels: readonly ElfKernel[], custom: readonly CustomSection[]): void {
    const stringsAt = this.add('.strtab', type.strings, {})
    const { symbolBytes } = controlElf.header
    const align = controlElf.symbolAlign
    const more = { align, entryBytes: symbolBytes, link: stringsAt, info: 1 }
    const symbolsAt = this.add('.symtab', type.symbols, more)
    for (const { name: title, bytes } of custom) this.load(title, bytes, false, type.custom)
    const { weak, func, object } = controlElf.symbol
    let group = 0
    for (const kernel of kernels) {
      const kernelAt = this.symbols.add(kernel.symbol, weak, func, 0)
      for (const one of kernel.instances) {
        const info = this.symbols.add(one.id, weak, object, kernelAt)
        const members = this.instance(one, `.${group}`)
        const words = Uint32Array.from([controlElf.groupComdat, ...members])
        this.add(`${name.group}.${group}`, type.group, {
          bytes: wordBytes(words),
          align: controlElf.sectionAlign,
          entryBytes: controlElf.header.wordBytes,
          link: symbolsAt,
          info,
        })
        group++
      }
    }
    this.fill(stringsAt, this.strings.bytes())
    this.fill(symbolsAt, this.symbols.bytes())
  }

  /** Sections and relocations of one program; returns the numbers of the sections. */
  instance(one: ElfInstance, suffix: string): number[] {
    const members: number[] = []
    const patches: Patch[] = []
    for (const uc of one.code.ucs) {
      const added = this.container.isMerged
        ? [this.load(`${name.text}.${uc.uc}${suffix}`, uc.pages, true)]
        : this.pageSections(uc, suffix)
      members.push(...added)
      patches.push(...this.codePatches(one.code, uc, suffix))
      if (!this.container.is2025 || uc.pads.length === 0) continue
      const pad = this.load(`${name.pad}.${uc.uc}${suffix}`, padBytes(uc), false)
      members.push(pad)
      if (uc.uc === 0) patches.push(...one.padPatches.map((p) => ({ ...p, section: pad })))
    }
    for (const packet of one.packets) {
      const at = this.load(`${name.packet}-${packet.id}${suffix}`, packet.bytes, false)
      if (at === 0) continue
      members.push(at)
      patches.push(...packet.patches.map((p) => ({ ...p, section: at })))
    }
    this.relocate(patches)
    return members.filter((at) => at > 0)
  }

  /** Notes and tables that come last. */
  finish(columns?: number): Uint8Array {
    if (this.dynamicFrom > 0) this.finishDynamic()
    const { note } = controlElf
    if (columns !== undefined) {
      const word = wordBytes(Uint32Array.of(columns))
      this.note(name.configuration, note.configuration, word)
    }
    const digest = md5(...this.content)
    this.note(name.uid, note.uid, this.container.is2025 ? hexBytes(digest) : digest)
    const { osAbi, abiVersion, machine } = this.container
    const { sections, segments } = this
    return writeElf({ osAbi, abiVersion, machine, sections, segments })
  }

  private pageSections(uc: UcControlCode, suffix: string): number[] {
    const { bytes } = controlCode.page
    const cuts = textBytes(uc)
    return Array.from({ length: pageCount(uc) }, (_, page) => {
      const all = uc.pages.subarray(page * bytes, (page + 1) * bytes)
      const cut = cuts[page]
      const which = `${uc.uc}.${page}${suffix}`
      return [
        this.load(`${name.text}.${which}`, all.subarray(0, cut), true),
        this.load(`${name.data}.${which}`, all.subarray(cut), false),
      ]
    }).flat()
  }

  private codePatches(code: ControlCode, uc: UcControlCode, suffix: string): Patch[] {
    const { isMerged } = this.container
    const own = code.relocations.filter((r) => r.uc === uc.uc)
    return own.map(({ page, offset, schema, symbol, addend }) => {
      const section = isMerged ? `${uc.uc}${suffix}` : `${uc.uc}.${page}${suffix}`
      return {
        section: this.numbers.get(`${name.text}.${section}`) ?? 0,
        offset: isMerged ? offset + page * controlCode.page.bytes : offset,
        schema,
        symbol,
        addend,
      }
    })
  }

  /** A section of text or data with its segment; 0 when it would be empty. */
  private load(
    title: string,
    bytes: Uint8Array,
    isText: boolean,
    kind: number = type.progBits,
  ): number {
    if (bytes.length === 0) return 0
    this.content.push(bytes)
    const align = controlElf.sectionAlign
    const { is2025 } = this.container
    const address = is2025 ? 0 : Math.ceil(this.address / align) * align
    this.address = address + bytes.length
    const flags = flag.alloc | (isText ? flag.execute : flag.write)
    const section = this.add(title, kind, { bytes, flags, address, align })
    const access = segmentFlag.read | (isText ? segmentFlag.execute : segmentFlag.write)
    this.segments.push({ type: segment.load, flags: access, address, align, section })
    return section
  }

  private relocate(patches: readonly Patch[]): void {
    if (patches.length === 0) return
    if (this.dynamicFrom === 0) this.startDynamic()
    const known = new Map<string, number>()
    for (const { section, offset, schema, symbol, addend } of patches) {
      const key = `${section} ${symbol}`
      let number = known.get(key)
      if (number === undefined) {
        const { global, object } = controlElf.symbol
        number = this.dynamicSymbols.add(symbol, global, object, section)
        known.set(key, number)
      }
      this.relocations.push(offset, ((number << 8) | schema) >>> 0, addend >>> 0)
    }
  }

  private startDynamic(): void {
    const { header, dynamicAlign: align } = controlElf
    const flags = this.container.is2025 ? flag.alloc : 0
    const strings = this.add('.dynstr', type.strings, {})
    this.dynamicFrom = strings
    const entryBytes = header.symbolBytes
    const symbols = this.add('.dynsym', type.dynamicSymbols, {
      flags,
      align,
      entryBytes,
      link: strings,
      info: 1,
    })
    const relocation = { flags, align, entryBytes: header.relocationBytes, link: symbols }
    this.add('.rela.dyn', type.relocations, relocation)
    const dynamic = { flags, align, entryBytes: header.dynamicBytes, link: strings }
    const section = this.add('.dynamic', type.dynamic, dynamic)
    if (!this.container.is2025) return
    const access = segmentFlag.read | segmentFlag.write
    this.segments.push({ type: segment.dynamic, flags: access, address: 0, align, section })
  }

  private finishDynamic(): void {
    const from = this.dynamicFrom
    const relocations = wordBytes(Uint32Array.from(this.relocations))
    const { dynamicTag: tag } = controlElf
    const words = [tag.relocations, from + 2, tag.relocationBytes, relocations.length]
    this.fill(from, this.dynamicStrings.bytes())
    this.fill(from + 1, this.dynamicSymbols.bytes())
    this.fill(from + 2, relocations)
    this.fill(from + 3, wordBytes(Uint32Array.from(words)))
  }

  private note(title: string, kind: number, content: Uint8Array): void {
    const owner = `${controlElf.note.name}\0`
    const padded = Math.ceil(content.length / 4) * 4
    const bytes = new Uint8Array(12 + owner.length + padded)
    bytes.set(wordBytes(Uint32Array.of(owner.length, content.length, kind)))
    bytes.set(asciiBytes(owner), 12)
    bytes.set(content, 12 + owner.length)
    this.add(title, type.note, { bytes, align: 1 })
  }

  private add(title: string, kind: number, more: Partial<ElfSection>): number {
    const section = elfSection(title, kind, more.bytes ?? new Uint8Array(), more)
    const number = this.sections.push(section)
    this.numbers.set(title, number)
    return number
  }

  private fill(number: number, bytes: Uint8Array): void {
    this.sections[number - 1] = { ...this.sections[number - 1], bytes }
  }
}

interface Patch {
  readonly section: number
  readonly offset: number
  readonly schema: number
  readonly symbol: string
  readonly addend: number
}

/** Bytes of each page up to the end of the filler behind EOF: where its data begins, or its text ends. */
function textBytes(uc: UcControlCode): number[] {
  const { headerBytes, bytes } = controlCode.page
  const cuts = Array.from({ length: pageCount(uc) }, () => 0)
  const hasData = cuts.map(() => false)
  for (const { page, kind, offset, sizeBytes } of uc.places) {
    if (hasData[page]) continue
    hasData[page] = kind === 'data'
    cuts[page] = headerBytes + offset + (hasData[page] ? 0 : sizeBytes)
  }
  return cuts.map((cut) => cut || bytes)
}

/** Pads back to back as their offsets say, the first at the start of the section. */
function padBytes(uc: UcControlCode): Uint8Array {
  const base = uc.pages.length
  const end = uc.pads.reduce((most, pad) => Math.max(most, pad.offset - base + pad.bytes.length), 0)
  const bytes = new Uint8Array(end)
  for (const pad of uc.pads) bytes.set(pad.bytes, pad.offset - base)
  return bytes
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff)
}

function hexBytes(bytes: Uint8Array): Uint8Array {
  return asciiBytes(Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(''))
}

/** Words in little-endian order. */
function wordBytes(words: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length))
  words.forEach((word, i) => view.setUint32(4 * i, word, true))
  return new Uint8Array(view.buffer)
}
