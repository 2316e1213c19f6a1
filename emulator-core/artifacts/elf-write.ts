/**
 * ELF writer: lays an ElfFile out and gives its bytes.
 *
 *     header │ program headers │ sections of segments │ other sections │ section headers
 *
 * Faithful: where every byte lies, so that a digest of the whole file equals that of the tools for control code.
 */
import { controlElf } from '../device/abi/control-elf.ts'
import type { ElfFile, ElfSection, ElfSegment } from './elf.ts'

const { header, section: sectionType, sectionFlag } = controlElf
/** Alignment of the table of section headers; a whole step is left free even where none is needed. */
const tableAlign = 16

interface Placed {
  readonly offsets: readonly number[]
  readonly table: number
  readonly totalBytes: number
}

/** Names of sections, each once, as the table of the file holds them. */
function nameTable(sections: readonly ElfSection[]): { bytes: Uint8Array; at: number[] } {
  let text = '\0'
  const at = sections.map(({ name }) => {
    const place = text.length
    text += `${name}\0`
    return place
  })
  return { bytes: Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff), at }
}

/** The file as bytes. Section 1 must be `.shstrtab`; its content is filled in here. */
export function writeElf(file: ElfFile): Uint8Array {
  const names = nameTable(file.sections)
  const sections = file.sections.map((s, i) => (i === 0 ? { ...s, bytes: names.bytes } : s))
  const placed = place(file.segments, sections)
  const bytes = new Uint8Array(placed.totalBytes)
  const view = new DataView(bytes.buffer)
  writeHeader(view, file, placed.table)
  file.segments.forEach((segment, i) => {
    writeSegment(view, header.bytes + i * header.segmentBytes, segment, file, sections, placed)
  })
  sections.forEach((section, i) => {
    bytes.set(section.bytes, placed.offsets[i])
    const at = placed.table + (i + 1) * header.sectionBytes
    writeSection(view, at, section, names.at[i], placed.offsets[i])
  })
  return bytes
}

function place(segments: readonly ElfSegment[], sections: readonly ElfSection[]): Placed {
  const offsets = sections.map(() => -1)
  let at = header.bytes + segments.length * header.segmentBytes
  for (const { section, address, align } of segments) {
    if (section === 0) continue
    if (align > 1) at += (((address - at) % align) + align) % align
    offsets[section - 1] = at
    at += sections[section - 1].bytes.length
  }
  sections.forEach((section, i) => {
    if (offsets[i] >= 0) return
    if (section.align > 1) at = Math.ceil(at / section.align) * section.align
    offsets[i] = at
    at += section.bytes.length
  })
  const table = at + tableAlign - (at % tableAlign)
  return { offsets, table, totalBytes: table + (sections.length + 1) * header.sectionBytes }
}

function writeHeader(view: DataView, file: ElfFile, table: number): void {
  view.setUint32(0, header.magic, true)
  view.setUint8(4, header.class32)
  view.setUint8(5, header.littleEndian)
  view.setUint8(6, header.version)
  view.setUint8(7, file.osAbi)
  view.setUint8(8, file.abiVersion)
  view.setUint16(16, header.executable, true)
  view.setUint16(18, file.machine, true)
  view.setUint32(20, header.version, true)
  view.setUint32(28, file.segments.length > 0 ? header.bytes : 0, true)
  view.setUint32(32, table, true)
  view.setUint16(40, header.bytes, true)
  view.setUint16(42, header.segmentBytes, true)
  view.setUint16(44, file.segments.length, true)
  view.setUint16(46, header.sectionBytes, true)
  view.setUint16(48, file.sections.length + 1, true)
  view.setUint16(50, 1, true)
}

function writeSegment(
  view: DataView,
  at: number,
  segment: ElfSegment,
  file: ElfFile,
  sections: readonly ElfSection[],
  placed: Placed,
): void {
  const covered = sections[segment.section - 1] as ElfSection | undefined
  const fileBytes = covered?.bytes.length ?? file.segments.length * header.segmentBytes
  const isLoaded = !covered || (covered.flags & sectionFlag.alloc) !== 0
  const words = [
    segment.type,
    covered ? placed.offsets[segment.section - 1] : header.bytes,
    segment.address,
    0,
    fileBytes,
    isLoaded ? fileBytes : 0,
    segment.flags,
    segment.align,
  ]
  words.forEach((word, i) => view.setUint32(at + 4 * i, word, true))
}

function writeSection(
  view: DataView,
  at: number,
  section: ElfSection,
  name: number,
  offset: number,
): void {
  const words = [
    name,
    section.type,
    section.flags,
    section.address,
    offset,
    section.bytes.length,
    section.link,
    section.info,
    section.align,
    section.entryBytes,
  ]
  words.forEach((word, i) => view.setUint32(at + 4 * i, word, true))
}

/** A section with the usual values where none are given. */
export function elfSection(
  name: string,
  type: number,
  bytes: Uint8Array,
  more: Partial<ElfSection> = {},
): ElfSection {
  return {
    name,
    type,
    bytes,
    flags: 0,
    address: 0,
    align: 0,
    entryBytes: 0,
    link: 0,
    info: 0,
    ...more,
  }
}

/** The table of section names, which must come first; writeElf fills it. */
export function nameSection(): ElfSection {
  return elfSection('.shstrtab', sectionType.strings, new Uint8Array(), { align: 1 })
}
