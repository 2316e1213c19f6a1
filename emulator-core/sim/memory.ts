/**
 * Memories: bulk bytes with the pages that changed marked, so that a checkpoint costs what changed.
 *
 *     part ── u8/i32 views, mark(from, to) ──▶ ┌────────────┐ ── pages ──▶ checkpoint
 *     bus  ── read32/write32/copy ───────────▶ │ FlatMemory │
 *                                              └────────────┘  PagedMemory: the same for a sparse space
 *
 * Whoever stores through a view must `mark` what it stored. Memory reads as zero before its first store.
 */
import { assert } from './assert.ts'
import { avalanche, hashWords } from './hash.ts'

/** log2 of the page size of flat memories (1 KiB). */
export const pageShift = 10
export const pageBytes = 1 << pageShift

const staleForDigest = 1
const staleForPanel = 2
const staleForAll = staleForDigest | staleForPanel

/** What a checkpoint needs from a memory: numbered pages, which of them changed, and their contents. */
export interface Paged {
  readonly name: string
  /** One past the highest page number in use. */
  readonly pageCount: number
  /** Size of a page in bytes. */
  readonly bytesPerPage: number
  /** Non-zero for pages stored to since the flag was last cleared; index = page number. */
  readonly dirty: Uint8Array
  /** The live bytes of a page. */
  page(index: number): Uint8Array
  /** Sets a page from saved bytes, or to zero. Does not mark it. */
  restore(index: number, saved: Uint8Array | undefined): void
}

/** One contiguous memory, all instances of a kind side by side. */
export class FlatMemory implements Paged {
  readonly name: string
  readonly u8: Uint8Array
  readonly i8: Int8Array
  readonly u16: Uint16Array
  readonly i16: Int16Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly dirty: Uint8Array
  readonly pageCount: number
  readonly bytesPerPage = pageBytes
  /** Pages ever restored; tells caches of the contents whether they still hold. */
  restored = 0
  /** Per page, who has not seen its latest contents: a bit for the digest, one for panels. */
  private readonly stale: Uint8Array
  private readonly hashes: Int32Array

  constructor(name: string, sizeBytes: number) {
    assert(sizeBytes % pageBytes === 0, 'a flat memory is a whole number of pages')
    const buffer = new ArrayBuffer(sizeBytes)
    this.name = name
    this.u8 = new Uint8Array(buffer)
    this.i8 = new Int8Array(buffer)
    this.u16 = new Uint16Array(buffer)
    this.i16 = new Int16Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.u32 = new Uint32Array(buffer)
    this.pageCount = sizeBytes >> pageShift
    this.dirty = new Uint8Array(this.pageCount)
    this.stale = new Uint8Array(this.pageCount)
    this.hashes = new Int32Array(this.pageCount)
  }

  get sizeBytes(): number {
    return this.u8.length
  }

  /** Marks the pages of the byte range `[from, to)` as stored to. */
  mark(from: number, to: number): void {
    for (let page = from >> pageShift; page <= (to - 1) >> pageShift; page++) {
      this.dirty[page] = 1
      this.stale[page] = staleForAll
    }
  }

  /** Reads the word at a 4-aligned byte offset. */
  read32(offset: number): number {
    return this.u32[offset >> 2]!
  }

  /** Stores a word at a 4-aligned byte offset. */
  write32(offset: number, value: number): void {
    this.u32[offset >> 2] = value
    const page = offset >> pageShift
    this.dirty[page] = 1
    this.stale[page] = staleForAll
  }

  /** True when a page was stored to or restored since `panelMade` was last called for it. */
  isPanelStale(page: number): boolean {
    return (this.stale[page]! & staleForPanel) !== 0
  }

  /** Somebody has derived what they need from a page. */
  panelMade(page: number): void {
    this.stale[page]! &= ~staleForPanel
  }

  /** Takes back what `panelMade` said. */
  panelStale(page: number): void {
    this.stale[page]! |= staleForPanel
  }

  page(index: number): Uint8Array {
    return this.u8.subarray(index << pageShift, (index + 1) << pageShift)
  }

  restore(index: number, saved: Uint8Array | undefined): void {
    if (saved) this.u8.set(saved, index << pageShift)
    else this.u8.fill(0, index << pageShift, (index + 1) << pageShift)
    this.restored++
    this.stale[index] = staleForAll
  }

  /** Takes over the contents of the same memory of another machine. */
  takeOver(other: FlatMemory): void {
    this.u8.set(other.u8)
    this.restored++
    this.dirty.fill(1)
    this.stale.fill(staleForAll)
  }

  /** A digest of the contents. Pages of zeros count as absent. */
  checksum(): number {
    let sum = 0
    for (let page = 0; page < this.pageCount; page++) {
      if ((this.stale[page]! & staleForDigest) !== 0) {
        this.stale[page]! &= ~staleForDigest
        this.hashes[page] = hashPage(this.i32, (page << pageShift) >> 2, pageBytes >> 2, page)
      }
      sum = (sum + this.hashes[page]!) | 0
    }
    return sum
  }
}

/** Digest of one page, 0 when every word is 0. */
export function hashPage(words: Int32Array, from: number, length: number, page: number): number {
  let any = 0
  for (let i = from; i < from + length; i++) any |= words[i]!
  return any === 0 ? 0 : hashWords(words, from, from + length, avalanche(page + 1))
}

const sparseShift = 12
const sparseBytes = 1 << sparseShift

/**
 * A sparse memory over addresses below 2^53: a page comes into being, zeroed, at the first store to it.
 * Reading what was never stored gives zero and creates nothing.
 */
export class PagedMemory implements Paged {
  readonly name: string
  readonly bytesPerPage = sparseBytes
  dirty = new Uint8Array(256)
  private stale = new Uint8Array(256)
  private hashes = new Int32Array(256)
  private readonly frames: Uint8Array[] = []
  private readonly words: Int32Array[] = []
  /** Page number in the address space by frame index. */
  private readonly numbers: number[] = []
  private readonly index = new Map<number, number>()
  private lastNumber = -1
  private lastFrame = -1

  constructor(name: string) {
    this.name = name
  }

  get pageCount(): number {
    return this.frames.length
  }

  /** Bytes of pages that exist. */
  get residentBytes(): number {
    return this.frames.length * sparseBytes
  }

  page(index: number): Uint8Array {
    return this.frames[index]!
  }

  restore(index: number, saved: Uint8Array | undefined): void {
    if (saved) this.frames[index]!.set(saved)
    else this.frames[index]!.fill(0)
    this.stale[index] = 1
  }

  /** Takes over the contents of the same memory of another machine, whose pages came in another order. */
  takeOver(other: PagedMemory): void {
    for (const number of this.numbers) this.fill(number * sparseBytes, 0, sparseBytes)
    other.frames.forEach((bytes, frame) =>
      this.write(other.numbers[frame]! * sparseBytes, bytes, 0, sparseBytes),
    )
  }

  /** Reads the word at a 4-aligned address. */
  read32(address: number): number {
    const frame = this.find(address)
    return frame < 0 ? 0 : this.words[frame]![(address % sparseBytes) >> 2]! >>> 0
  }

  /** Stores a word at a 4-aligned address. */
  write32(address: number, value: number): void {
    const frame = this.need(address)
    this.words[frame]![(address % sparseBytes) >> 2] = value
  }

  /** Copies `count` bytes from `address` into `target` at `at`. */
  read(address: number, target: Uint8Array, at: number, count: number): void {
    while (count > 0) {
      const inPage = address % sparseBytes
      const run = Math.min(count, sparseBytes - inPage)
      const frame = this.find(address)
      if (frame < 0) target.fill(0, at, at + run)
      else if (run === sparseBytes) target.set(this.frames[frame]!, at)
      else target.set(this.frames[frame]!.subarray(inPage, inPage + run), at)
      address += run
      at += run
      count -= run
    }
  }

  /** Copies `count` bytes of `source` from `at` to `address`. */
  write(address: number, source: Uint8Array, at: number, count: number): void {
    while (count > 0) {
      const inPage = address % sparseBytes
      const run = Math.min(count, sparseBytes - inPage)
      const frame = this.need(address)
      this.frames[frame]!.set(source.subarray(at, at + run), inPage)
      address += run
      at += run
      count -= run
    }
  }

  /** Fills `count` bytes from `address` with `value`; zero creates no pages. */
  fill(address: number, value: number, count: number): void {
    while (count > 0) {
      const inPage = address % sparseBytes
      const run = Math.min(count, sparseBytes - inPage)
      const frame = value === 0 ? this.find(address) : this.need(address)
      if (frame >= 0) {
        this.frames[frame]!.fill(value, inPage, inPage + run)
        this.touch(frame)
      }
      address += run
      count -= run
    }
  }

  /** A digest of the contents. Pages of zeros count as absent. */
  checksum(): number {
    let sum = 0
    for (let frame = 0; frame < this.frames.length; frame++) {
      if (this.stale[frame] !== 0) {
        this.stale[frame] = 0
        this.hashes[frame] = hashPage(this.words[frame]!, 0, sparseBytes >> 2, this.numbers[frame]!)
      }
      sum = (sum + this.hashes[frame]!) | 0
    }
    return sum
  }

  private find(address: number): number {
    const number = Math.floor(address / sparseBytes)
    if (number === this.lastNumber) return this.lastFrame
    const frame = this.index.get(number)
    if (frame === undefined) return -1
    this.lastNumber = number
    this.lastFrame = frame
    return frame
  }

  private need(address: number): number {
    let frame = this.find(address)
    if (frame < 0) frame = this.create(Math.floor(address / sparseBytes))
    this.touch(frame)
    return frame
  }

  private touch(frame: number): void {
    this.dirty[frame] = 1
    this.stale[frame] = 1
  }

  private create(number: number): number {
    const frame = this.frames.length
    const bytes = new Uint8Array(sparseBytes)
    this.frames.push(bytes)
    this.words.push(new Int32Array(bytes.buffer))
    this.numbers.push(number)
    this.index.set(number, frame)
    if (frame >= this.dirty.length) {
      this.dirty = grow(this.dirty)
      this.stale = grow(this.stale)
      const hashes = new Int32Array(this.dirty.length)
      hashes.set(this.hashes)
      this.hashes = hashes
    }
    return frame
  }
}

function grow(flags: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(flags.length * 2)
  larger.set(flags)
  return larger
}
