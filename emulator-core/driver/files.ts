/**
 * Open files: one process each, with the address map that its device contexts share.
 *
 *     runtime ── loads and stores ──▶ ┌───────┐ ── first touch hands a page out ──▶ Dram
 *     driver ── map, unmap ─────────▶ │ Files │ ── one PASID per open ────────────▶ Iommu
 *                                     └───────┘
 *
 * Faithful    the device uses the process's own addresses; pages appear at first touch, zeroed
 * Modelled    PASIDs count up from 1; addresses are handed out from the top down and not reused
 * Simplified  a process has one private region besides its buffers, made when it opens the device, and pieces that
 *             it keeps until it closes the file
 */
import { pasidOfRequester, requesterOf } from '../device/functions.ts'
import { queries } from '../device/abi/queries.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { LineCounts } from '../soc/cpu-cache.ts'
import type { Soc } from '../soc/soc.ts'
import { DriverEvent } from './events.ts'

/** Processes that can have the device open at once. */
export const maxFiles = 64

/** Bytes of a process's private region: argument lists and small structures, a part for every thread. */
export const privateBytes = 128 << 10

/** Pieces of private memory that processes ask for beside it, all processes together. */
const maxPieces = 256
/** Words of a piece: its file plus 1 (0: free), first page, pages. */
const Piece = { file: 0, page: 1, pages: 2, count: 3 } as const

export class Files {
  readonly used: Uint8Array
  /** The device function that is open. */
  readonly fn: Uint8Array
  /** 1: the function has gone meanwhile, and the file is good for closing only. */
  readonly orphaned: Uint8Array
  /** What the IOMMU knows the process by: its PASID, with the function above it. */
  readonly pasid: Int32Array
  readonly pid: Int32Array
  /** Start of the private region. */
  readonly privateAddress: Float64Array
  /** Bytes of all live buffer objects, and of those that are internal (heap, cmd). */
  readonly totalBytes: Float64Array
  readonly internalBytes: Float64Array
  /** Bytes of live buffers in the device heap; they lie inside chunks, so the total does not have them. */
  readonly heapBytes: Float64Array
  /** Name of each process, as many bytes as an entry of a context has for it. */
  readonly names: Uint8Array
  /** User id; 0 may do everything. */
  readonly uid: Int32Array
  /** How much memory the process may lock, and how much of its own the device holds. */
  readonly memlockLimit: Float64Array
  readonly lockedBytes: Float64Array
  private readonly top: Float64Array
  private readonly privatePage: Int32Array
  private readonly pieces: Int32Array
  /** Opens so far, and of each function. */
  private readonly opened: Int32Array
  private readonly bound: Int32Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly soc: Soc
  /** One word on its way; used within a call. */
  private readonly word = new Uint8Array(4)
  private readonly wordView = new Uint32Array(this.word.buffer)

  constructor(sim: Sim, facts: HostFacts, soc: Soc) {
    this.sim = sim
    this.facts = facts
    this.soc = soc
    const { state } = sim
    this.used = state.u8('driver.file.used', maxFiles)
    this.fn = state.u8('driver.file.function', maxFiles)
    this.orphaned = state.u8('driver.file.orphaned', maxFiles)
    this.pasid = state.i32('driver.file.pasid', maxFiles)
    this.pid = state.i32('driver.file.pid', maxFiles)
    this.privateAddress = state.f64('driver.file.privateAddress', maxFiles)
    this.totalBytes = state.f64('driver.file.totalBytes', maxFiles)
    this.internalBytes = state.f64('driver.file.internalBytes', maxFiles)
    this.heapBytes = state.f64('driver.file.heapBytes', maxFiles)
    this.uid = state.i32('driver.file.uid', maxFiles)
    this.names = state.u8('driver.file.name', maxFiles * queries.processNameBytes)
    this.memlockLimit = state.f64('driver.file.memlockLimit', maxFiles)
    this.lockedBytes = state.f64('driver.file.lockedBytes', maxFiles)
    this.top = state.f64('driver.file.top', maxFiles)
    this.privatePage = state.i32('driver.file.privatePage', maxFiles)
    this.pieces = state.i32('driver.file.pieces', maxPieces * Piece.count)
    this.opened = state.i32('driver.file.opened', 1)
    this.bound = state.i32('driver.file.bound', facts.functions.kinds.length)
  }

  /** Opens a device function for a new process: its file, or -1 without room for files, -2 without memory. */
  open(uid: number, fn: number): number {
    const file = this.used.indexOf(0)
    if (file < 0) return -1
    const pages = privateBytes / this.facts.pageBytes
    const page = this.soc.dram.reserve(pages)
    if (page < 0) return -2
    this.used[file] = 1
    this.fn[file] = fn
    this.orphaned[file] = 0
    this.pasid[file] = requesterOf(fn, this.facts.pasidFirst + this.bound[fn]++)
    this.pid[file] = this.facts.pasidFirst + this.opened[0]++
    this.top[file] = this.facts.userTop
    this.totalBytes[file] = 0
    this.internalBytes[file] = 0
    this.heapBytes[file] = 0
    this.uid[file] = uid
    this.rename(file, '')
    this.memlockLimit[file] = this.facts.memlockBytes
    this.lockedBytes[file] = 0
    this.privatePage[file] = page
    this.privateAddress[file] = this.map(file, pages, page)
    this.sim.trace.emit(DriverEvent.fileOpened, file, this.pasidOf(file), fn)
    return file
  }

  /** The process takes a name; what does not fit is cut. */
  rename(file: number, name: string): void {
    const room = queries.processNameBytes
    this.names.fill(0, file * room, (file + 1) * room)
    for (let i = 0; i < room - 1 && i < name.length; i++) {
      this.names[file * room + i] = name.charCodeAt(i)
    }
  }

  /** Files that are open. */
  get openCount(): number {
    let count = 0
    for (let file = 0; file < this.used.length; file++) count += this.used[file]
    return count
  }

  /** Closes a file whose buffers and contexts are gone. */
  close(file: number): void {
    this.soc.iommu.unmapAll(this.pasid[file])
    this.soc.dram.release(this.privatePage[file], privateBytes / this.facts.pageBytes)
    for (let at = 0; at < this.pieces.length; at += Piece.count) {
      if (this.pieces[at] !== file + 1) continue
      this.pieces[at] = 0
      this.soc.dram.release(this.pieces[at + Piece.page], this.pieces[at + Piece.pages])
    }
    this.used[file] = 0
    this.sim.trace.emit(DriverEvent.fileClosed, file, this.pasidOf(file), this.fn[file])
  }

  /** The PASID that a process has on its function. */
  pasidOf(file: number): number {
    return pasidOfRequester(this.pasid[file])
  }

  /** A function is gone: what its processes have open leads nowhere. */
  orphan(fn: number): void {
    for (let file = 0; file < maxFiles; file++) {
      if (this.used[file] !== 0 && this.fn[file] === fn) this.orphaned[file] = 1
    }
  }

  isOpen(file: number): boolean {
    return file >= 0 && file < maxFiles && this.used[file] !== 0
  }

  /** Maps reserved pages below what is mapped so far; returns the address, or -1 when the map is full. */
  map(file: number, pages: number, physicalPage: number): number {
    const address = this.top[file] - pages * this.facts.pageBytes
    if (!this.mapAt(file, address, pages, physicalPage)) return -1
    this.top[file] = address
    return address
  }

  /** Maps reserved pages at an address the process has set aside; false when the map is full. */
  mapAt(file: number, address: number, pages: number, physicalPage: number): boolean {
    return this.soc.iommu.map(this.pasid[file], address, pages, physicalPage, true)
  }

  /** The process sets a range of its addresses aside, without memory behind it; returns where it starts. */
  setAside(file: number, bytes: number, alignment: number): number {
    const at = Math.floor((this.top[file] - bytes) / alignment) * alignment
    this.top[file] = at
    return at
  }

  /** The process makes the mapping at an address read-only or writable; false when nothing starts there. */
  protect(file: number, address: number, writable: boolean): boolean {
    return this.soc.iommu.protect(this.pasid[file], address, writable)
  }

  /** Whether the process may write where an address is. */
  isWritable(file: number, address: number): boolean {
    return this.soc.iommu.isWritable(this.pasid[file], address)
  }

  /** Whether a range lies in memory of the process itself, which no buffer object stands behind. */
  isPrivate(file: number, address: number, bytes: number): boolean {
    const { pageBytes } = this.facts
    for (let at = address; at < address + bytes; at += pageBytes) {
      const page = this.soc.iommu.physicalPageOf(this.pasid[file], at)
      if (page < 0 || !this.isOwnPage(file, page)) return false
    }
    return true
  }

  private isOwnPage(file: number, page: number): boolean {
    const first = this.privatePage[file]
    if (page >= first && page < first + privateBytes / this.facts.pageBytes) return true
    for (let at = 0; at < this.pieces.length; at += Piece.count) {
      if (this.pieces[at] !== file + 1) continue
      const from = this.pieces[at + Piece.page]
      if (page >= from && page < from + this.pieces[at + Piece.pages]) return true
    }
    return false
  }

  /** Gives the process more private memory, until it closes the file; returns the address, or -1 without room. */
  allot(file: number, bytes: number): number {
    let at = 0
    while (at < this.pieces.length && this.pieces[at] !== 0) at += Piece.count
    if (at === this.pieces.length) return -1
    const pages = Math.max(1, Math.ceil(bytes / this.facts.pageBytes))
    const page = this.soc.dram.reserve(pages)
    if (page < 0) return -1
    const address = this.map(file, pages, page)
    if (address < 0) {
      this.soc.dram.release(page, pages)
      return -1
    }
    this.pieces[at] = file + 1
    this.pieces[at + Piece.page] = page
    this.pieces[at + Piece.pages] = pages
    return address
  }

  /** Takes a mapping away. */
  unmap(file: number, address: number): void {
    this.soc.iommu.unmap(this.pasid[file], address)
  }

  /** Makes the pages of a range present, as the CPU's first access does; how many were not, or -1 when unmapped. */
  touch(file: number, address: number, bytes: number): number {
    const { pageBytes } = this.facts
    const { iommu, dram } = this.soc
    const pasid = this.pasid[file]
    let fresh = 0
    const end = address + bytes
    for (let at = Math.floor(address / pageBytes) * pageBytes; at < end; at += pageBytes) {
      const page = iommu.physicalPageOf(pasid, at)
      if (page < 0) return -1
      fresh += dram.commit(page, 1)
      iommu.validate(pasid, at)
    }
    if (fresh > 0) {
      this.sim.trace.emit(DriverEvent.pageFault, file, Math.floor(address / pageBytes) | 0, fresh)
    }
    return fresh
  }

  /** The CPU of the process reads bytes; false when something of the range is not mapped. */
  read(file: number, address: number, target: Uint8Array, at: number, count: number): boolean {
    if (this.touch(file, address, count) < 0) return false
    const { iommu, cpu } = this.soc
    let stale = 0
    const from = address
    while (count > 0) {
      const physical = iommu.translate(this.pasid[file], address, false)
      const run = iommu.contiguous(this.pasid[file], address, count)
      stale += cpu.read(physical, target, at, run)
      address += run
      at += run
      count -= run
    }
    if (stale > 0) this.noteStale(file, from, stale)
    return true
  }

  /** Reads bytes for an observer: pages that are not there yet read as zero and stay away. */
  peek(file: number, address: number, target: Uint8Array): boolean {
    const { iommu, dram, cpu } = this.soc
    const { pageBytes } = this.facts
    for (let at = 0; at < target.length;) {
      const page = iommu.physicalPageOf(this.pasid[file], address + at)
      if (page < 0) return false
      const inPage = (address + at) % pageBytes
      const run = Math.min(pageBytes - inPage, target.length - at)
      if (dram.isCommitted(page)) cpu.peek(page * pageBytes + inPage, target, at, run)
      else target.fill(0, at, at + run)
      at += run
    }
    return true
  }

  /** The CPU of the process writes bytes; false when something of the range may not be written. */
  write(file: number, address: number, source: Uint8Array, at: number, count: number): boolean {
    if (this.touch(file, address, count) < 0) return false
    const { iommu, cpu } = this.soc
    while (count > 0) {
      const physical = iommu.translate(this.pasid[file], address, true)
      if (physical < 0) return false
      const run = iommu.contiguous(this.pasid[file], address, count)
      cpu.write(physical, source, at, run)
      address += run
      at += run
      count -= run
    }
    return true
  }

  /** The CPU of the process reads a 4-aligned word; -1 when it is not mapped. */
  read32(file: number, address: number): number {
    return this.read(file, address, this.word, 0, 4) ? this.wordView[0] : -1
  }

  /** The CPU of the process stores a 4-aligned word; false when it is not mapped or may not be written. */
  write32(file: number, address: number, value: number): boolean {
    this.wordView[0] = value
    return this.write(file, address, this.word, 0, 4)
  }

  /** The process writes its cache lines of a range back and drops them; how many were dirty. */
  flush(file: number, address: number, count: number): number {
    const { iommu, cpu } = this.soc
    let dirty = 0
    const from = address
    while (count > 0) {
      const physical = iommu.translate(this.pasid[file], address, false)
      const { pageBytes } = this.facts
      const toPageEnd = Math.min(count, pageBytes - (address % pageBytes))
      const run = physical < 0 ? toPageEnd : iommu.contiguous(this.pasid[file], address, count)
      if (physical >= 0) dirty += cpu.flush(physical, run)
      address += run
      count -= run
    }
    if (dirty > 0) {
      const page = Math.floor(from / this.facts.pageBytes) | 0
      this.sim.trace.emit(DriverEvent.flushed, file, page, dirty)
    }
    return dirty
  }

  /** What the cache holds of a range that is mapped. */
  lines(file: number, address: number, count: number): LineCounts {
    const found = { present: 0, dirty: 0, stale: 0 }
    const { iommu, cpu } = this.soc
    const { pageBytes } = this.facts
    for (let at = address; at < address + count;) {
      const run = Math.min(address + count - at, pageBytes - (at % pageBytes))
      const physical = iommu.translate(this.pasid[file], at, false)
      const lines = physical < 0 ? found : cpu.lines(physical, run)
      if (lines !== found) {
        found.present += lines.present
        found.dirty += lines.dirty
        found.stale += lines.stale
      }
      at += run
    }
    return found
  }

  private noteStale(file: number, address: number, lines: number): void {
    const page = Math.floor(address / this.facts.pageBytes) | 0
    this.sim.trace.emit(DriverEvent.staleLoad, file, page, lines)
  }
}
