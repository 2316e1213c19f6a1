/**
 * Effects: what each operation of control code writes or waits for, in words.
 *
 *     pages, places ──▶ effectsOf ──▶ one line for each operation and data entry
 *     device tables ──▶     │
 *                           └ uC-DMA chains are followed and folded
 *
 * Read from the bytes, so the words are the same for written, lowered and disassembled code. What stands in
 * registers of the uC at run time is not known here, and said so.
 */
import type { ControlCode, ControlPlace, UcControlCode } from '../../../artifacts/control-code.ts'
import type { OperationSpec } from '../../../device/abi/control-code.ts'
import { controlCode, Opcode, operationByCode } from '../../../device/abi/control-code.ts'
import type { Device } from '../../../device/tiles.ts'
import type { ControlEffect } from './effect.ts'
import { operationEffect } from './operations.ts'
import type { ChainLink } from './chain.ts'
import { PageBytes, readChain, readLink, writesOf } from './chain.ts'
import { descriptorLine, foldWrites } from './fold.ts'
import { descriptorOf, locate, partOfTarget } from './target.ts'
import { hex, writeWords } from './writes.ts'

/** What a data word is for. */
interface WordUse {
  readonly link: ChainLink
  readonly index: number
}

/** The effects of one uC's places, in their order; undefined where there is nothing to say. */
export function effectsOf(
  code: ControlCode,
  uc: UcControlCode,
  device: Device,
): readonly (ControlEffect | undefined)[] {
  const pages = new Map<number, PageReader>()
  return uc.places.map((place) => {
    let reader = pages.get(place.page)
    if (!reader) {
      reader = new PageReader(code, uc, device, place.page)
      pages.set(place.page, reader)
    }
    return reader.effect(place)
  })
}

/** One page with its chains. */
class PageReader {
  private readonly code: ControlCode
  private readonly uc: UcControlCode
  private readonly device: Device
  private readonly bytes: PageBytes
  /** By offset of the word in the text. */
  private readonly uses = new Map<number, WordUse>()
  private readonly links = new Map<number, ChainLink>()
  /** Words that the loader or APPLY_OFFSET_57 changes: what is added, by offset. */
  private readonly patches = new Map<number, string>()

  constructor(code: ControlCode, uc: UcControlCode, device: Device, page: number) {
    this.code = code
    this.uc = uc
    this.device = device
    this.bytes = new PageBytes(uc.pages, page)
    for (const place of uc.places) {
      if (place.page === page && place.kind === 'operation') this.follow(place)
    }
    for (const place of uc.places) {
      const isLink = place.page === page && place.kind === 'data' && isDescriptor(place)
      if (isLink && !this.links.has(place.offset)) this.note(readLink(this.bytes, place.offset))
    }
    for (const r of code.relocations) {
      if (r.uc !== uc.uc || r.page !== page) continue
      const isScalar = r.schema === controlCode.schema.scalar32
      const what = r.argument === undefined ? `'${r.symbol}'` : `argument ${r.argument}`
      this.patches.set(isScalar ? r.offset : r.offset + 4, what)
    }
  }

  effect(place: ControlPlace): ControlEffect | undefined {
    if (place.kind === 'data') return this.data(place)
    const spec = operationByCode[this.bytes.read(place.offset, 1)]
    return spec && this.operation(spec, place)
  }

  /** Notes the chains that an operation starts. */
  private follow({ offset }: ControlPlace): void {
    const spec = operationByCode[this.bytes.read(offset, 1)]
    const pointer = spec?.operands.find((o) => o.name === 'descriptor_ptr')
    if (!pointer) return
    const first = this.bytes.read(offset + pointer.offset, pointer.bytes)
    for (const link of readChain(this.bytes, first)) this.note(link)
  }

  private note(link: ChainLink | undefined): void {
    if (!link) return
    this.links.set(link.offset, link)
    for (let i = 0; i < link.words; i++) {
      if (!this.uses.has(link.local + 4 * i)) this.uses.set(link.local + 4 * i, { link, index: i })
    }
  }

  private operation(spec: OperationSpec, place: ControlPlace): ControlEffect {
    const values = new Map(
      spec.operands.map((o) => [o.name, this.bytes.read(place.offset + o.offset, o.bytes)]),
    )
    const value = (name: string) => values.get(name) ?? 0
    const effect =
      spec.code === Opcode.ucDmaWriteDes || spec.code === Opcode.ucDmaWriteDesSync
        ? this.chain(value('descriptor_ptr'))
        : spec.code === Opcode.applyOffset57
          ? this.apply(value('table_ptr'), value('num_entries'), value('offset'))
          : operationEffect(spec, value, this.code, this.uc, this.device)
    const handle =
      spec.code === Opcode.ucDmaWriteDes ? ` · handle in $r${value('wait_handle')}` : ''
    const late = this.lateWords(place)
    return handle || late ? { ...effect, text: effect.text + handle + late } : effect
  }

  /** Words of an operation that only the loader knows. */
  private lateWords({ offset, sizeBytes }: ControlPlace): string {
    const names = [...this.patches].filter(([at]) => at >= offset && at < offset + sizeBytes)
    return names.length > 0 ? ` · ${names.map(([, name]) => name).join(', ')} set at load` : ''
  }

  private chain(offset: number): ControlEffect {
    const links = readChain(this.bytes, offset)
    const outside = links.filter((link) => link.isExternal)
    const writes = links.flatMap((link) => writesOf(this.device, this.bytes, link))
    const folded = foldWrites(this.device, writes)
    const out = outside.map((link) => `${link.words} words to host address ${hex(link.address)}`)
    const text = writes.length > 0 ? [folded.text, ...out].join(', ') : out.join(', ')
    return {
      kind: 'write',
      text: text || `a descriptor at ${hex(offset)} that leaves the page`,
      parts: folded.parts,
      lines: folded.lines,
    }
  }

  private apply(table: number, count: number, raw: number): ControlEffect {
    const { controlCode: own } = controlCode.applyOffset
    const what = raw === own ? 'the address of the control code' : `argument ${raw >> 1}`
    const stride = controlCode.shimDescriptorWords * 4
    const targets = Array.from({ length: count }, (_, i) => this.uses.get(table + i * stride))
      .filter((use) => use !== undefined)
      .map(({ link }) => locate(this.device, link.address))
    const names = targets.map((target) => {
      const bd = descriptorOf(target)
      return bd ? `BD ${bd.number} of ${target.tile}` : target.tile
    })
    const where = names.length > 0 ? `the address of ${names.join(', ')}` : `${count} descriptors`
    const parts = targets.flatMap((target) => partOfTarget(target) ?? [])
    return { kind: 'write', text: `add ${what} to ${where}`, parts: [...new Set(parts)], lines: [] }
  }

  private data({ offset }: ControlPlace): ControlEffect | undefined {
    const link = this.links.get(offset)
    if (link) return this.descriptor(link)
    const use = this.uses.get(offset)
    const patch = this.patches.get(offset)
    if (!use) return patch ? flow('data', `address, ${patch} is added`) : undefined
    const target = locate(this.device, use.link.address + 4 * use.index)
    const words = wordText(writeWords(target, this.bytes.read(offset, 4)), use.link)
    const text = patch ? `address low, ${patch} is added` : words
    const part = partOfTarget(target)
    return { kind: 'data', text, parts: part ? [part] : [], lines: [] }
  }

  /** One descriptor: what its own words make. */
  private descriptor(link: ChainLink): ControlEffect {
    if (link.isExternal)
      return flow('data', `${link.words} words to host address ${hex(link.address)}`)
    const writes = writesOf(this.device, this.bytes, link)
    const folded = foldWrites(this.device, writes)
    const bd = writes[0] && descriptorOf(writes[0].target)
    const isWhole = bd?.word === 0 && writes.length === bd.first.layout.words
    const patch = this.patches.get(link.local + 4)
    const text = isWhole ? descriptorLine(this.device, writes) : folded.text
    return {
      kind: 'data',
      text: patch && isWhole ? `${text}, ${patch}` : text,
      parts: folded.parts,
      lines: isWhole ? [] : folded.lines,
    }
  }
}

/** The word within its descriptor: the name of the whole stands on the descriptor's own line. */
function wordText(words: string, link: ChainLink): string {
  const inBd = /^BD .*?, (word \d+: .*)$/.exec(words)?.[1]
  return link.words > 1 && inBd ? inBd : words
}

function flow(kind: ControlEffect['kind'], text: string): ControlEffect {
  return { kind, text, parts: [], lines: [] }
}

function isDescriptor(place: ControlPlace): boolean {
  return /^uc_dma_bd\b/i.test(place.text)
}
