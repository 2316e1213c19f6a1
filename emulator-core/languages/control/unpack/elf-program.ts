/** One program of a control ELF: its sections as pages of uCs, pads and control packets, with their patches. */
import { controlCode } from '../../../device/abi/control-code.ts'
import { controlElf } from '../../../device/abi/control-elf.ts'
import type { ControlElf } from '../../../artifacts/control-elf.ts'
import type {
  ControlPacket,
  ControlPad,
  ControlRelocation,
  UcControlCode,
} from '../../../artifacts/control-code.ts'
import { patch } from '../../../device/abi/patch.ts'
import type { ByteReport, PlacedElf, PlacedSection } from './elf.ts'
import type { PlacedPatch } from './elf-patches.ts'

const { page: layout } = controlCode
const maxUc = 127

interface Piece {
  readonly number: number
  readonly section: PlacedSection
}

/** Sections of one uC: by page text and data, or all pages at once. */
interface UcSections {
  readonly texts: Map<number, Piece>
  readonly datas: Map<number, Piece>
  pad?: Piece
}

export interface Program {
  readonly ucs: readonly UcControlCode[]
  readonly packets: readonly ControlPacket[]
  readonly relocations: readonly ControlRelocation[]
}

type PatchesOf = ReadonlyMap<number, readonly PlacedPatch[]>

export class ProgramReader {
  private readonly elf: PlacedElf
  private readonly isMerged: boolean
  private readonly report: ByteReport
  private readonly found = new Map<number, UcSections>()
  private readonly packets: { id: number; piece: Piece }[] = []

  constructor(elf: PlacedElf, layoutOf: ControlElf['layout'], report: ByteReport) {
    this.elf = elf
    this.isMerged = layoutOf === 'merged'
    this.report = report
  }

  /** Reads the sections with these numbers. */
  read(members: readonly number[], patches: PatchesOf): Program {
    for (const number of members) this.sort({ number, section: this.elf.sections[number - 1] })
    const relocations: ControlRelocation[] = []
    const ucs = [...this.found]
      .sort(([a], [b]) => a - b)
      .flatMap(([uc, sections]) => this.uc(uc, sections, patches, relocations) ?? [])
    const packets = this.packets.map(({ id, piece }) => ({
      id,
      bytes: piece.section.bytes,
      patches: this.dataPatches(piece, patches),
    }))
    return { ucs, packets, relocations }
  }

  /** Puts a section where its name says; others are no part of the program. */
  private sort(piece: Piece): void {
    const { section } = piece
    const { name } = controlElf
    const packet = /^\.ctrlpkt-(\d{1,9})(?:\.\d+)?$/.exec(section.name)
    if (packet) {
      this.packets.push({ id: Number(packet[1]), piece })
      return
    }
    const stem = [name.text, name.data, name.pad].find((s) => section.name.startsWith(`${s}.`))
    if (stem === undefined) return
    const [uc, page = 0] = section.name
      .slice(stem.length + 1)
      .split('.')
      .map(Number)
    if (!(uc >= 0 && uc <= maxUc && Number.isInteger(uc) && page >= 0)) {
      this.report.error('section', section.headerAt, `section ${section.name} names no uC`)
      return
    }
    const sections: UcSections = this.found.get(uc) ?? { texts: new Map(), datas: new Map() }
    this.found.set(uc, sections)
    if (stem === name.pad) sections.pad = piece
    else {
      const list = stem === name.text ? sections.texts : sections.datas
      const number = this.isMerged ? 0 : page
      if (list.has(number)) {
        this.report.error('section', section.headerAt, `section ${section.name} is there twice`)
      } else list.set(number, piece)
    }
  }

  private uc(
    uc: number,
    sections: UcSections,
    patches: PatchesOf,
    relocations: ControlRelocation[],
  ): UcControlCode | undefined {
    const pages = this.isMerged ? this.mergedPages(sections) : this.pagesOf(uc, sections)
    if (!pages || pages.length === 0) return undefined
    const list: ControlRelocation[] = []
    for (const [page, piece] of sections.texts) {
      for (const found of patches.get(piece.number) ?? []) {
        const made = this.relocation(uc, page, pages.length, found)
        if (made) list.push(made)
      }
    }
    relocations.push(...list)
    const pads = this.pads(sections, pages.length, patches)
    return { uc, pages, scopes: [], places: [], labels: [], pads }
  }

  private mergedPages({ texts }: UcSections): Uint8Array | undefined {
    const section = texts.get(0)?.section
    if (!section || section.bytes.length % layout.bytes === 0) return section?.bytes
    const message = `section ${section.name} has ${section.bytes.length} bytes, no whole number of pages`
    this.report.error('pages', section.at, message)
    return undefined
  }

  private pagesOf(uc: number, { texts, datas }: UcSections): Uint8Array | undefined {
    const count = texts.size
    const pages = new Uint8Array(count * layout.bytes)
    for (let page = 0; page < count; page++) {
      const text = texts.get(page)?.section
      const data = datas.get(page)?.section
      if (!text) {
        const first = [...texts.values()][0].section
        this.report.error('pages', first.headerAt, `page ${page} of uC ${uc} is missing`)
        return undefined
      }
      const size = text.bytes.length + (data?.bytes.length ?? 0)
      if (size > layout.bytes) {
        const message = `page ${page} of uC ${uc} has ${size} bytes instead of ${layout.bytes}`
        this.report.error('pages', text.at, message)
        return undefined
      }
      pages.set(text.bytes, page * layout.bytes)
      if (data) pages.set(data.bytes, page * layout.bytes + text.bytes.length)
    }
    return pages
  }

  private relocation(
    uc: number,
    page: number,
    size: number,
    { at, ...found }: PlacedPatch,
  ): ControlRelocation | undefined {
    const inUc = page * layout.bytes + found.offset
    const place = {
      uc,
      page: Math.floor(inUc / layout.bytes),
      offset: inUc % layout.bytes,
    }
    const isInside = inUc + layout.headerBytes + reachOf(found.schema) <= size
    if (isInside && place.offset + layout.headerBytes < layout.bytes) return { ...found, ...place }
    this.report.error('relocation', at, `a relocation of uC ${uc} lies behind its pages`)
    return undefined
  }

  private pads({ pad }: UcSections, offset: number, patches: PatchesOf): ControlPad[] {
    if (!pad) return []
    const { bytes } = pad.section
    return [{ name: 'pad', offset, bytes, patches: this.dataPatches(pad, patches) }]
  }

  private dataPatches({ number, section }: Piece, patches: PatchesOf) {
    return (patches.get(number) ?? []).flatMap(({ at, ...found }) => {
      if (found.offset + reachOf(found.schema) <= section.bytes.length) return [found]
      this.report.error('relocation', at, `a relocation lies behind the end of ${section.name}`)
      return []
    })
  }
}

/** Bytes from the place of a patch to the end of the last word it changes. */
function reachOf(schema: number): number {
  const field = patch.schemas[schema] as (typeof patch.schemas)[number] | undefined
  return field ? 4 * Math.max(field.low, field.high, field.top) + 4 : 4
}
