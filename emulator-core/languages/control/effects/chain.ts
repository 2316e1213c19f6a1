/**
 * Chains: the uC-DMA descriptors of a page as the writes they make.
 *
 *     page bytes, offset of a descriptor ── readChain ──▶ descriptors ──▶ writes, word by word
 */
import { controlCode } from '../../../device/abi/control-code.ts'
import type { Device } from '../../../device/tiles.ts'
import type { Write } from './fold.ts'
import { locate } from './target.ts'

const { descriptor, page: layout } = controlCode

/** One uC-DMA descriptor of a page. Offsets count from the start of the page's text. */
export interface ChainLink {
  readonly offset: number
  /** Where its words lie in the page. */
  readonly local: number
  readonly words: number
  readonly address: number
  /** The remote side is host memory. */
  readonly isExternal: boolean
  readonly hasNext: boolean
}

/** The bytes of one page, read by offsets from the start of its text. */
export class PageBytes {
  readonly page: number
  private readonly view: DataView

  constructor(pages: Uint8Array, page: number) {
    this.page = page
    const at = page * layout.bytes + layout.headerBytes
    this.view = new DataView(pages.buffer, pages.byteOffset + at, layout.bytes - layout.headerBytes)
  }

  holds(offset: number, bytes: number): boolean {
    return offset >= 0 && offset + bytes <= this.view.byteLength
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    if (!this.holds(offset, bytes)) return 0
    if (bytes === 1) return this.view.getUint8(offset)
    return bytes === 2 ? this.view.getUint16(offset, true) : this.view.getUint32(offset, true)
  }
}

/** The descriptor at an offset; undefined when it leaves the page. */
export function readLink(bytes: PageBytes, offset: number): ChainLink | undefined {
  if (!bytes.holds(offset, descriptor.bytes)) return undefined
  const flags = bytes.read(offset + descriptor.flagsAt, 1)
  const local = (offset + bytes.read(offset + descriptor.localAt, 4)) | 0
  const words = bytes.read(offset, 2) & descriptor.lengthMask
  if (!bytes.holds(local, words * 4)) return undefined
  const high = bytes.read(offset + descriptor.remoteHighAt, 4) & descriptor.remoteHighMask
  const low = bytes.read(offset + descriptor.remoteLowAt, 4)
  return {
    offset,
    local,
    words,
    address: high * 2 ** 32 + low,
    isExternal: (flags & descriptor.external) !== 0,
    hasNext: (flags & descriptor.more) !== 0,
  }
}

/** Every descriptor of the chain that begins at an offset; it ends early where one leaves the page. */
export function readChain(bytes: PageBytes, offset: number): readonly ChainLink[] {
  const links: ChainLink[] = []
  for (let at = offset; ; at += descriptor.bytes) {
    const link = readLink(bytes, at)
    if (!link) return links
    links.push(link)
    if (!link.hasNext) return links
  }
}

/** The writes of a descriptor, in their order; none when it goes to the host. */
export function writesOf(device: Device, bytes: PageBytes, link: ChainLink): Write[] {
  if (link.isExternal) return []
  return Array.from({ length: link.words }, (_, i) => ({
    target: locate(device, link.address + 4 * i),
    value: bytes.read(link.local + 4 * i, 4),
  }))
}
