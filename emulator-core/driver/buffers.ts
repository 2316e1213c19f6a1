/**
 * Buffer objects: host memory that a process and the device share, from handle to pinned pages.
 *
 *     CREATE_BO ──▶ handle ── mmap ──▶ address ── first touch ──▶ pages ── submit ──▶ pinned
 *
 * Faithful    which call gives what; a page exists from its first touch; a pinned buffer outlives its handle
 * Simplified  the pages of a buffer are contiguous; device heap, imported and user-pointer buffers are refused
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Soc } from '../soc/soc.ts'
import { DriverEvent } from './events.ts'
import type { Files } from './files.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { HandleTable } from './table.ts'
import type { Threads } from './threads.ts'

const capacity = 1024
const pinCapacity = 8192
const unmapped = -1

export type BoMapping = 'created' | 'mapped' | 'present' | 'pinned'

/** A buffer object as the app shows it. */
export interface BoView {
  readonly handle: number
  readonly file: number
  readonly kind: 'share' | 'cmd'
  readonly sizeBytes: number
  /** User and device address, -1 before mmap. */
  readonly address: number
  readonly pages: number
  readonly presentPages: number
  readonly physicalAddress: number
  /** How far its mapping has come. */
  readonly mapping: BoMapping
  /** False when only unfinished commands keep it. */
  readonly hasHandle: boolean
}

export class Buffers {
  readonly table: HandleTable
  readonly file: Int32Array
  readonly type: Int32Array
  readonly sizeBytes: Float64Array
  /** User address, -1 before mmap. */
  readonly address: Float64Array
  private readonly page: Int32Array
  private readonly pages: Int32Array
  private readonly refs: Int32Array
  private readonly pinned: Uint8Array
  private readonly open: Uint8Array
  /** Pin records: which buffer, next record of the same job. */
  private readonly pinRow: Int32Array
  private readonly pinNext: Int32Array
  /** [head of the free list of pin records] */
  private readonly pinFree: Int32Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    threads: Threads,
    refusals: Refusals,
    files: Files,
  ) {
    this.sim = sim
    this.facts = facts
    this.soc = soc
    this.threads = threads
    this.refusals = refusals
    this.files = files
    const { state } = sim
    this.table = new HandleTable(sim, 'driver.bo', capacity)
    this.file = state.i32('driver.bo.file', capacity)
    this.type = state.i32('driver.bo.type', capacity)
    this.sizeBytes = state.f64('driver.bo.size', capacity)
    this.address = state.f64('driver.bo.address', capacity)
    this.page = state.i32('driver.bo.page', capacity)
    this.pages = state.i32('driver.bo.pages', capacity)
    this.refs = state.i32('driver.bo.refs', capacity)
    this.pinned = state.u8('driver.bo.pinned', capacity)
    this.open = state.u8('driver.bo.open', capacity)
    this.pinRow = state.i32('driver.pin.row', pinCapacity)
    this.pinNext = state.i32('driver.pin.next', pinCapacity)
    this.pinFree = state.i32('driver.pin.free', 1)
    for (let i = 0; i < pinCapacity; i++) this.pinNext[i] = i + 1 < pinCapacity ? i + 1 : -1
  }

  /** CREATE_BO. */
  create(thread: number): number {
    const at = argument.createBo
    const file = this.threads.file[thread]
    const size = this.threads.arg64(thread, at.size)
    const type = this.threads.arg(thread, at.type)
    if (this.threads.arg64(thread, at.flags) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.flagsNotZero, 0, 0)
    }
    const { share, cmd, heap, dev } = argument.boType
    if (type === heap || type === dev) return this.refuse(thread, errno.EINVAL, Reason.noHeap, 0, 0)
    if (type !== share && type !== cmd)
      return this.refuse(thread, errno.EINVAL, Reason.boType, type, 0)
    if (this.threads.arg64(thread, at.vaddr) !== 0) {
      return this.refuse(thread, errno.EOPNOTSUPP, Reason.userPointer, 0, 0)
    }
    if (size === 0) return this.refuse(thread, errno.EINVAL, Reason.sizeZero, 0, 0)
    const pages = Math.ceil(size / this.facts.pageBytes)
    const page = pages <= this.soc.dram.pageCount ? this.soc.dram.reserve(pages) : -1
    if (page < 0) return this.refuse(thread, errno.ENOMEM, Reason.noMemory, pages, 0)
    const row = this.table.take()
    if (row < 0) {
      this.soc.dram.release(page, pages)
      return this.refuse(thread, errno.ENOMEM, Reason.tooManyObjects, capacity, 0)
    }
    this.file[row] = file
    this.type[row] = type
    this.sizeBytes[row] = size
    this.address[row] = unmapped
    this.page[row] = page
    this.pages[row] = pages
    this.refs[row] = 1
    this.pinned[row] = 0
    this.open[row] = 1
    this.account(row, 1)
    const handle = this.table.handleOf(row)
    this.threads.setArg(thread, at.handle, handle)
    this.sim.trace.emit(DriverEvent.boCreated, handle, type, pages)
    return 0
  }

  /** GET_BO_INFO. */
  info(thread: number): number {
    const at = argument.getBoInfo
    const { threads } = this
    if (threads.arg64(thread, at.ext) !== 0 || threads.arg64(thread, at.extFlags) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.extNotZero, 0, 0)
    }
    if (threads.arg(thread, at.pad) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.padNotZero, 0, 0)
    }
    const handle = threads.arg(thread, at.handle)
    const row = this.rowOf(threads.file[thread], handle)
    if (row < 0) return this.refuse(thread, errno.ENOENT, Reason.unknownBo, handle, 0)
    threads.setArg64(thread, at.mapOffset, this.mapOffsetOf(row))
    threads.setArg64(thread, at.vaddr, this.address[row])
    threads.setArg64(thread, at.xdnaAddress, this.address[row])
    return 0
  }

  /**
   * SYNC_BO. The flush changes nothing here; a coherent device refuses the direction from the device after it,
   * because it has no debug-buffer sync.
   */
  sync(thread: number): number {
    const at = argument.syncBo
    const { threads } = this
    const handle = threads.arg(thread, at.handle)
    const row = this.rowOf(threads.file[thread], handle)
    if (row < 0) return this.refuse(thread, errno.ENOENT, Reason.unknownBo, handle, 0)
    const direction = threads.arg(thread, at.direction)
    const offset = threads.arg64(thread, at.offset)
    if (direction > argument.direction.fromDevice) {
      return this.refuse(thread, errno.EINVAL, Reason.badDirection, direction, 0)
    }
    if (offset >= this.sizeBytes[row] || offset + threads.arg64(thread, at.size) >= 2 ** 64) {
      return this.refuse(thread, errno.EINVAL, Reason.rangeOutside, offset, this.sizeBytes[row])
    }
    if (direction === argument.direction.fromDevice && this.facts.device.coherent) {
      return this.refuse(thread, errno.EOPNOTSUPP, Reason.noDebugSync, 0, 0)
    }
    return 0
  }

  /** GEM_CLOSE: the handle goes now, the memory when no unfinished command uses it. */
  close(thread: number): number {
    const at = argument.gemClose
    const handle = this.threads.arg(thread, at.handle)
    const row = this.rowOf(this.threads.file[thread], handle)
    if (row < 0) return this.refuse(thread, errno.EINVAL, Reason.unknownBo, handle, 0)
    this.dropHandle(row)
    return 0
  }

  /** mmap of a buffer at its map offset; the address goes to the thread's `value`. */
  mmap(thread: number, offset: number, length: number): number {
    const file = this.threads.file[thread]
    if (offset < argument.fakeOffsetBase) {
      return this.refuse(thread, errno.EINVAL, Reason.doorbellMap, 0, 0)
    }
    const row = this.rowAtOffset(file, offset)
    if (row < 0) {
      return this.refuse(
        thread,
        errno.EINVAL,
        Reason.mapOffset,
        offset - argument.fakeOffsetBase,
        0,
      )
    }
    if (length <= 0 || length > this.pages[row] * this.facts.pageBytes) {
      return this.refuse(thread, errno.EINVAL, Reason.mapLength, length, this.sizeBytes[row])
    }
    if (this.address[row] >= 0) return this.refuse(thread, errno.EINVAL, Reason.mappedTwice, 0, 0)
    const address = this.files.map(file, this.pages[row], this.page[row])
    if (address < 0) return this.refuse(thread, errno.ENOMEM, Reason.tooManyMappings, 0, 0)
    this.address[row] = address
    this.threads.value[thread] = address
    const number = Math.floor(address / this.facts.pageBytes)
    this.sim.trace.emit(DriverEvent.boMapped, this.table.handleOf(row), number | 0, this.pages[row])
    return 0
  }

  /** munmap of a whole buffer; the device loses its address too, because the map is shared. */
  munmap(thread: number, address: number): number {
    const file = this.threads.file[thread]
    for (let row = 0; row < capacity; row++) {
      if (this.table.used[row] === 0 || this.file[row] !== file) continue
      if (this.address[row] !== address) continue
      this.files.unmap(file, address)
      this.address[row] = unmapped
      return 0
    }
    return this.refuse(thread, errno.EINVAL, Reason.notMapped, 0, 0)
  }

  /** The row of a handle of a process, or -1. */
  rowOf(file: number, handle: number): number {
    const row = this.table.rowOf(handle)
    return row >= 0 && this.file[row] === file && this.open[row] !== 0 ? row : -1
  }

  /** Hands out every page of a buffer and keeps them. */
  pin(row: number): void {
    const fresh = this.soc.dram.commit(this.page[row], this.pages[row])
    if (this.pinned[row] !== 0) return
    this.pinned[row] = 1
    this.sim.trace.emit(DriverEvent.boPinned, this.table.handleOf(row), fresh, this.pages[row])
  }

  /** Pins a buffer for a job and puts it in front of the job's list; the new head, or -1 when records run out. */
  hold(row: number, list: number): number {
    const record = this.pinFree[0]
    if (record < 0) return -1
    this.pinFree[0] = this.pinNext[record]
    this.pinRow[record] = row
    this.pinNext[record] = list
    this.pin(row)
    this.refs[row]++
    return record
  }

  /** Releases every buffer of a job's list. */
  release(list: number): void {
    while (list >= 0) {
      const next = this.pinNext[list]
      this.drop(this.pinRow[list])
      this.pinNext[list] = this.pinFree[0]
      this.pinFree[0] = list
      list = next
    }
  }

  /** Physical address of byte 0 of a buffer, for the kernel's own accesses to a pinned buffer. */
  physicalOf(row: number): number {
    return this.page[row] * this.facts.pageBytes
  }

  /** Bytes of whole pages that a buffer owns. */
  capacityOf(row: number): number {
    return this.pages[row] * this.facts.pageBytes
  }

  /** Adds or drops a reference that is no handle and no job. */
  keep(row: number): void {
    this.refs[row]++
  }

  /** Drops a reference; the last one frees the pages. */
  drop(row: number): void {
    if (--this.refs[row] > 0) return
    if (this.address[row] >= 0) this.files.unmap(this.file[row], this.address[row])
    this.soc.dram.release(this.page[row], this.pages[row])
    this.account(row, -1)
    this.sim.trace.emit(DriverEvent.boDestroyed, this.table.handleOf(row), this.type[row], 0)
    this.table.free(row)
  }

  /** Closes every handle of a process. */
  closeAll(file: number): void {
    for (let row = 0; row < capacity; row++) {
      const mine = this.table.used[row] !== 0 && this.file[row] === file
      if (mine && this.open[row] !== 0) this.dropHandle(row)
    }
  }

  /** Plain view of all buffer objects, for the app. */
  inspect(): readonly BoView[] {
    const views: BoView[] = []
    for (let row = 0; row < capacity; row++) {
      if (this.table.used[row] === 0) continue
      const present = this.soc.dram.committedIn(this.page[row], this.pages[row])
      views.push({
        handle: this.table.handleOf(row),
        file: this.file[row],
        kind: this.type[row] === argument.boType.cmd ? 'cmd' : 'share',
        sizeBytes: this.sizeBytes[row],
        address: this.address[row],
        pages: this.pages[row],
        presentPages: present,
        physicalAddress: this.physicalOf(row),
        mapping:
          this.pinned[row] !== 0
            ? 'pinned'
            : present > 0
              ? 'present'
              : this.address[row] >= 0
                ? 'mapped'
                : 'created',
        hasHandle: this.open[row] !== 0,
      })
    }
    return views
  }

  private dropHandle(row: number): void {
    this.open[row] = 0
    this.drop(row)
  }

  private account(row: number, sign: number): void {
    const bytes = sign * this.pages[row] * this.facts.pageBytes
    const file = this.file[row]
    this.files.totalBytes[file] += bytes
    if (this.type[row] === argument.boType.cmd) this.files.internalBytes[file] += bytes
  }

  /** Fake offsets follow the physical place, so no two live buffers share one. */
  private mapOffsetOf(row: number): number {
    return argument.fakeOffsetBase + this.physicalOf(row)
  }

  private rowAtOffset(file: number, offset: number): number {
    for (let row = 0; row < capacity; row++) {
      const mine = this.table.used[row] !== 0 && this.file[row] === file && this.open[row] !== 0
      if (mine && this.mapOffsetOf(row) === offset) return row
    }
    return -1
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
