/**
 * ELF reader: any bytes as sections and segments of an ELF32, or a reason with the byte where it fails.
 *
 *     bytes ──▶ header ──▶ section headers ──▶ names, contents ──▶ ElfFile
 *
 * Every number of the file is checked before it is used; contents are views, so that what many headers share
 * costs nothing. Compressed sections are opened.
 */
import type { ElfFile, ElfSection, ElfSegment } from '../../../artifacts/elf.ts'
import { controlElf } from '../../../device/abi/control-elf.ts'
import { Report } from '../../text/source.ts'
import { unpackCodes } from './codes.ts'
import type { UnpackProblem } from './codes.ts'
import { inflate } from './inflate.ts'

const { header } = controlElf
/** Sections without bytes in the file. */
const noBits = 8
const compressionHeaderBytes = 12
const zlib = 1
/** Deflate makes at most so many bytes of one. */
const mostRatio = 1040
/** Opened sections of one file together. */
const mostOpened = 2 ** 26
/** Numbers from here on stand in the first section header instead. */
const reservedSections = 0xff00

/** Reports with byte places: messages name the offset in the file. */
export class ByteReport {
  readonly report = new Report()
  readonly file: string

  constructor(file: string) {
    this.file = file
  }

  error(problem: UnpackProblem, offset: number, message: string): void {
    this.say('error', problem, offset, message)
  }

  warning(problem: UnpackProblem, offset: number, message: string): void {
    this.say('warning', problem, offset, message)
  }

  private say(
    severity: 'error' | 'warning',
    problem: UnpackProblem,
    offset: number,
    message: string,
  ): void {
    const at = { file: this.file, start: offset, end: offset + 1 }
    const text = `${message} (byte 0x${offset.toString(16)} of ${this.file})`
    this.report[severity](unpackCodes[problem][0], at, text)
  }
}

/** A section with the places of its header and content in the file. */
export interface PlacedSection extends ElfSection {
  readonly headerAt: number
  readonly at: number
}

export interface PlacedElf extends ElfFile {
  readonly sections: readonly PlacedSection[]
}

/** Reads a file; undefined after an error. */
export function readElf(bytes: Uint8Array, report: ByteReport): PlacedElf | undefined {
  return new Reader(bytes, report).run()
}

class Reader {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly report: ByteReport
  private opened = 0

  constructor(bytes: Uint8Array, report: ByteReport) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.report = report
  }

  run(): PlacedElf | undefined {
    if (!this.checkHeader()) return undefined
    const table = this.view.getUint32(32, true)
    const sections = this.sections(table)
    const segments = sections && this.segments(sections)
    if (!sections || !segments) return undefined
    const osAbi = this.view.getUint8(7)
    const abiVersion = this.view.getUint8(8)
    return { osAbi, abiVersion, machine: this.view.getUint16(18, true), sections, segments }
  }

  private checkHeader(): boolean {
    const { length } = this.bytes
    if (length < 4 || this.view.getUint32(0, true) !== header.magic) {
      this.report.error('notElf', 0, 'this is no ELF file: it does not begin with 7F 45 4C 46')
      return false
    }
    if (length < header.bytes) {
      this.report.error('cut', length, `the ELF header needs ${header.bytes} bytes`)
      return false
    }
    if (this.view.getUint8(4) !== header.class32 || this.view.getUint8(5) !== header.littleEndian) {
      this.report.error('notElf', 4, 'a control ELF has 32-bit words in little-endian order')
      return false
    }
    const size = this.view.getUint16(46, true)
    if (size === header.sectionBytes) return true
    const message = `section headers have ${header.sectionBytes} bytes, not ${size}`
    this.report.error('notElf', 46, message)
    return false
  }

  private inside(offset: number, size: number): boolean {
    return offset + size <= this.bytes.length
  }

  private sections(table: number): PlacedSection[] | undefined {
    if (table === 0 || !this.inside(table, header.sectionBytes)) {
      this.report.error('cut', 32, `the section headers at 0x${table.toString(16)} are not there`)
      return undefined
    }
    const said = this.view.getUint16(48, true)
    const count = said === 0 ? this.view.getUint32(table + 20, true) : said
    if (!this.inside(table, count * header.sectionBytes)) {
      this.report.error('cut', 48, `${count} section headers do not fit in the file`)
      return undefined
    }
    const named = this.view.getUint16(50, true)
    const namesAt = named < reservedSections ? named : this.view.getUint32(table + 24, true)
    if (namesAt === 0 || namesAt >= count) {
      this.report.error('symbol', 50, `section ${namesAt} cannot hold the names of sections`)
      return undefined
    }
    const names = this.content(table + namesAt * header.sectionBytes)
    const sections: PlacedSection[] = []
    for (let i = 1; i < count && names; i++) {
      const section = this.section(table + i * header.sectionBytes, names.bytes)
      if (!section) return undefined
      sections.push(section)
    }
    return names && sections
  }

  private word(at: number, index: number): number {
    return this.view.getUint32(at + 4 * index, true)
  }

  private section(at: number, names: Uint8Array): PlacedSection | undefined {
    const name = stringAt(names, this.word(at, 0))
    if (name === undefined) {
      this.report.error('symbol', at, `the name of a section lies outside the table of names`)
      return undefined
    }
    const content = this.content(at)
    if (!content) return undefined
    return {
      name,
      type: this.word(at, 1),
      flags: this.word(at, 2),
      address: this.word(at, 3),
      link: this.word(at, 6),
      info: this.word(at, 7),
      align: this.word(at, 8),
      entryBytes: this.word(at, 9),
      bytes: content.bytes,
      headerAt: at,
      at: content.at,
    }
  }

  private content(at: number): { bytes: Uint8Array; at: number } | undefined {
    const offset = this.word(at, 4)
    const size = this.word(at, 5)
    if (this.word(at, 1) === noBits) return { bytes: new Uint8Array(), at: offset }
    if (!this.inside(offset, size)) {
      const end = (offset + size).toString(16)
      this.report.error('cut', at + 16, `a section ends at 0x${end}, behind the end of the file`)
      return undefined
    }
    const bytes = this.bytes.subarray(offset, offset + size)
    if ((this.word(at, 2) & controlElf.sectionFlag.compressed) === 0) return { bytes, at: offset }
    const opened = this.open(bytes, offset)
    return opened && { bytes: opened, at: offset }
  }

  private open(packed: Uint8Array, at: number): Uint8Array | undefined {
    if (packed.length < compressionHeaderBytes) {
      this.report.error('packed', at, 'a compressed section is shorter than its header')
      return undefined
    }
    const kind = this.view.getUint32(at, true)
    const size = this.view.getUint32(at + 4, true)
    if (kind !== zlib) {
      const message = `compression ${kind} is known, not emulated: only zlib (1) is opened`
      this.report.error('packed', at, message)
      return undefined
    }
    this.opened += size
    const isSane = size <= packed.length * mostRatio && this.opened <= mostOpened
    const bytes = isSane ? inflate(packed.subarray(compressionHeaderBytes), size) : undefined
    if (!bytes)
      this.report.error('packed', at, `the compressed section does not make ${size} bytes`)
    return bytes
  }

  private segments(sections: readonly PlacedSection[]): ElfSegment[] | undefined {
    const table = this.view.getUint32(28, true)
    const count = this.view.getUint16(44, true)
    if (!this.inside(table, count * header.segmentBytes)) {
      this.report.error('cut', 44, `${count} program headers do not fit in the file`)
      return undefined
    }
    const byPlace = new Map(sections.map((s, i) => [`${s.at} ${s.bytes.length}`, i + 1]))
    return Array.from({ length: count }, (_, i) => {
      const at = table + i * header.segmentBytes
      const type = this.word(at, 0)
      const covered = byPlace.get(`${this.word(at, 1)} ${this.word(at, 4)}`)
      return {
        type,
        flags: this.word(at, 6),
        address: this.word(at, 2),
        align: this.word(at, 7),
        section: type === controlElf.segment.headers ? 0 : (covered ?? 0),
      }
    })
  }
}

/** Names longer than this are damage. */
const longestName = 4096

/** The string at a place of a table; undefined outside, and where no end is near. */
export function stringAt(table: Uint8Array, at: number): string | undefined {
  if (at === 0 && table.length === 0) return ''
  const near = table.subarray(Math.min(at, table.length), at + longestName)
  const end = near.indexOf(0)
  return end < 0 ? undefined : String.fromCharCode(...near.subarray(0, end))
}
