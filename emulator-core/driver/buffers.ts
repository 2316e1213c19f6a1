/**
 * Buffer objects: host memory that a process and the device share, from handle to pinned pages.
 *
 *     CREATE_BO ──▶ handle ── mmap ──▶ address ── first touch ──▶ pages ── submit ──▶ pinned
 *
 * Faithful    which call gives what; a page exists from its first touch; a pinned buffer outlives its handle; an
 *             unmap waits for the commands that use the buffer
 * Simplified  the pages of a buffer are contiguous
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Soc } from '../soc/soc.ts'
import { DriverEvent, WaitKind } from './events.ts'
import type { Files } from './files.ts'
import type { PageSource } from './page-source.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { HandleTable } from './table.ts'
import { localCount } from './threads.ts'
import type { Threads } from './threads.ts'
import { never } from '../sim/scheduler.ts'

export const boCapacity = 1024
const pinCapacity = 8192
const unmapped = -1
const none = -1

/** What stands behind a buffer object. */
export const Behind = {
  /** Pages of its own. */
  pages: 0,
  /** A range of the device heap. */
  heap: 1,
  /** Memory of the process. */
  process: 2,
  /** The pages of another buffer object, through a dma-buf. */
  other: 3,
} as const

/** What a new row starts with. */
export interface NewBo {
  readonly file: number
  readonly type: number
  readonly sizeBytes: number
  readonly pages: number
  readonly behind: number
}

/** What a buffer without pages of its own concerns. */
export interface BufferConnections {
  /** It is kept for a command. */
  pinned(row: number): void
  /** Nobody has it any more. */
  gone(row: number): void
}

export class Buffers {
  readonly table: HandleTable
  readonly file: Int32Array
  readonly type: Int32Array
  readonly sizeBytes: Float64Array
  /** User address, -1 before mmap. */
  readonly address: Float64Array
  readonly behind: Uint8Array
  /** First page, -1 while it has none of its own. */
  readonly page: Int32Array
  readonly pages: Int32Array
  /** Where its pages come from: a `Source`. */
  readonly source: Uint8Array
  /** Address in the device heap, -1 for everything else. */
  readonly heapAddress: Float64Array
  /** Address on the bus where the device has no map of the process, else -1. */
  readonly busAddress: Float64Array
  /** The heap's record of a range, or the row whose pages an import uses. */
  readonly link: Int32Array
  /** When it was made. */
  readonly createdAt: Float64Array
  private readonly refs: Int32Array
  /** Pin records of unfinished commands. */
  readonly holds: Int32Array
  /** 1: kept for commands. */
  readonly pinned: Uint8Array
  /** 1: the kernel has taken its pages elsewhere. */
  readonly moved: Uint8Array
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
  private readonly pageSource: PageSource
  private readonly others: BufferConnections

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    pageSource: PageSource,
    others: BufferConnections,
  ) {
    this.sim = sim
    this.facts = facts
    this.soc = soc
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.pageSource = pageSource
    this.others = others
    const { state } = sim
    this.table = new HandleTable(sim, 'driver.bo', boCapacity)
    this.file = state.i32('driver.bo.file', boCapacity)
    this.type = state.i32('driver.bo.type', boCapacity)
    this.sizeBytes = state.f64('driver.bo.size', boCapacity)
    this.address = state.f64('driver.bo.address', boCapacity)
    this.behind = state.u8('driver.bo.behind', boCapacity)
    this.page = state.i32('driver.bo.page', boCapacity)
    this.pages = state.i32('driver.bo.pages', boCapacity)
    this.source = state.u8('driver.bo.source', boCapacity)
    this.heapAddress = state.f64('driver.bo.heapAddress', boCapacity)
    this.busAddress = state.f64('driver.bo.busAddress', boCapacity)
    this.link = state.i32('driver.bo.link', boCapacity)
    this.createdAt = state.f64('driver.bo.createdAt', boCapacity)
    this.refs = state.i32('driver.bo.refs', boCapacity)
    this.holds = state.i32('driver.bo.holds', boCapacity)
    this.pinned = state.u8('driver.bo.pinned', boCapacity)
    this.moved = state.u8('driver.bo.moved', boCapacity)
    this.open = state.u8('driver.bo.open', boCapacity)
    this.pinRow = state.i32('driver.pin.row', pinCapacity)
    this.pinNext = state.i32('driver.pin.next', pinCapacity)
    this.pinFree = state.i32('driver.pin.free', 1)
    for (let i = 0; i < pinCapacity; i++) this.pinNext[i] = i + 1 < pinCapacity ? i + 1 : -1
  }

  /** Takes a row with one reference and no handle yet; -1 when the driver has no more. */
  add(bo: NewBo): number {
    const row = this.table.take()
    if (row < 0) return none
    this.file[row] = bo.file
    this.type[row] = bo.type
    this.sizeBytes[row] = bo.sizeBytes
    this.pages[row] = bo.pages
    this.behind[row] = bo.behind
    this.address[row] = unmapped
    this.page[row] = none
    this.source[row] = 0
    this.heapAddress[row] = none
    this.busAddress[row] = none
    this.link[row] = none
    this.createdAt[row] = this.sim.schedule.now
    this.refs[row] = 1
    this.holds[row] = 0
    this.pinned[row] = 0
    this.moved[row] = 0
    this.open[row] = 0
    return row
  }

  /** Gives a row its handle and counts it; the handle holds the row's first reference. */
  publish(row: number): number {
    this.open[row] = 1
    this.account(row, 1)
    const handle = this.table.handleOf(row)
    this.sim.trace.emit(DriverEvent.boCreated, handle, this.type[row], this.pages[row])
    return handle
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
    threads.setArg64(thread, at.xdnaAddress, this.deviceAddressOf(row))
    return 0
  }

  /** SYNC_BO: flushes, then asks for a debug-buffer sync where the direction says so. */
  sync(thread: number): number {
    const at = argument.syncBo
    const { threads } = this
    const handle = threads.arg(thread, at.handle)
    const row = this.rowOf(threads.file[thread], handle)
    if (row < 0) return this.refuse(thread, errno.ENOENT, Reason.unknownBo, handle, 0)
    const direction = threads.arg(thread, at.direction)
    const offset = threads.arg64(thread, at.offset)
    const size = threads.arg64(thread, at.size)
    if (direction > argument.direction.fromDevice) {
      return this.refuse(thread, errno.EINVAL, Reason.badDirection, direction, 0)
    }
    if (offset >= this.sizeBytes[row] || (offset > 0 && offset + size >= 2 ** 64)) {
      return this.refuse(thread, errno.EINVAL, Reason.rangeOutside, offset, this.sizeBytes[row])
    }
    this.flush(row, offset, Math.min(size, this.sizeBytes[row] - offset))
    if (direction === argument.direction.fromDevice && !this.facts.device.debugSync) {
      return this.refuse(thread, errno.EOPNOTSUPP, Reason.noDebugSync, 0, 0)
    }
    return 0
  }

  /** GEM_CLOSE: the handle goes now, the memory when no unfinished command uses it. */
  close(thread: number): number {
    const handle = this.threads.arg(thread, argument.gemClose.handle)
    const row = this.rowOf(this.threads.file[thread], handle)
    if (row < 0) return this.refuse(thread, errno.EINVAL, Reason.unknownBo, handle, 0)
    this.dropHandle(row)
    return 0
  }

  /** mmap of a buffer at its map offset, where the process likes it or at a fixed address; the address is the value. */
  mmap(thread: number, offset: number, length: number, fixed: number): number {
    const file = this.threads.file[thread]
    const row = this.rowAtOffset(file, offset)
    if (row < 0) {
      const beyond = offset - argument.fakeOffsetBase
      return this.refuse(thread, errno.EINVAL, Reason.mapOffset, beyond, 0)
    }
    if (this.behind[row] === Behind.process) {
      return this.refuse(thread, errno.EINVAL, Reason.userPointerMap, 0, 0)
    }
    if (length <= 0 || length > this.pages[row] * this.facts.pageBytes) {
      return this.refuse(thread, errno.EINVAL, Reason.mapLength, length, this.sizeBytes[row])
    }
    if (this.address[row] >= 0) return this.refuse(thread, errno.EINVAL, Reason.mappedTwice, 0, 0)
    if (!this.hostMap(row)) {
      return this.refuse(thread, errno.ENOMEM, Reason.noMemory, this.pages[row], 0)
    }
    const address = this.mapPages(file, row, fixed)
    if (address < 0) return this.refuse(thread, errno.ENOMEM, Reason.tooManyMappings, 0, 0)
    this.address[row] = address
    this.threads.value[thread] = address
    const number = Math.floor(address / this.facts.pageBytes)
    this.sim.trace.emit(DriverEvent.boMapped, this.table.handleOf(row), number | 0, this.pages[row])
    return 0
  }

  /**
   * munmap of a whole buffer, once the commands that use it have ended; the device loses its address too, where the
   * map is shared.
   */
  munmap(thread: number, address: number): number {
    const file = this.threads.file[thread]
    const row = this.rowMappedAt(file, address)
    if (row < 0) return this.refuse(thread, errno.EINVAL, Reason.notMapped, 0, 0)
    if (this.holds[row] > 0) {
      this.threads.locals[thread * localCount] = address
      return this.threads.park(thread, WaitKind.fences, row, never)
    }
    this.files.unmap(file, address)
    this.address[row] = unmapped
    return 0
  }

  /** The row of a handle of a process, or -1. */
  rowOf(file: number, handle: number): number {
    const row = this.table.rowOf(handle)
    return row >= 0 && this.file[row] === file && this.open[row] !== 0 ? row : -1
  }

  /** The row of a handle of type share or cmd, or -1. */
  shareRowOf(file: number, handle: number): number {
    const row = this.rowOf(file, handle)
    if (row < 0) return row
    const { share, cmd } = argument.boType
    return this.type[row] === share || this.type[row] === cmd ? row : -1
  }

  /** The row of a handle whose buffer the kernel can use as a command, or -1. */
  kernelRowOf(file: number, handle: number): number {
    const row = this.shareRowOf(file, handle)
    return row >= 0 && this.isForKernel(row) ? row : -1
  }

  /** Whether the kernel can map a buffer for itself: not where it is memory of the process. */
  isForKernel(row: number): boolean {
    return this.behind[row] !== Behind.process
  }

  /** What the device calls a buffer; -1 while it has no address. */
  deviceAddressOf(row: number): number {
    return this.heapAddress[row] >= 0 ? this.heapAddress[row] : this.hostAddressOf(row)
  }

  /** The host address that stands for a buffer on the bus; -1 while there is none. */
  hostAddressOf(row: number): number {
    return this.busAddress[row] >= 0 ? this.busAddress[row] : this.addressOfProcess(row)
  }

  /** Hands out every page of a buffer and keeps them. */
  pin(row: number): void {
    if (this.page[row] < 0) {
      this.pinned[row] = 1
      this.others.pinned(row)
      return
    }
    const fresh = this.soc.dram.commit(this.page[row], this.pages[row])
    if (this.moved[row] !== 0) this.faultInAgain(row)
    if (this.pinned[row] !== 0) return
    this.pinned[row] = 1
    this.sim.trace.emit(DriverEvent.boPinned, this.table.handleOf(row), fresh, this.pages[row])
  }

  /** Pins a buffer for a job and puts it in front of the job's list; the new head, or -1 when records run out. */
  hold(row: number, list: number): number {
    const record = this.pinFree[0]
    if (record < 0 || !this.hostMap(row)) return -1
    this.pinFree[0] = this.pinNext[record]
    this.pinRow[record] = row
    this.pinNext[record] = list
    this.pin(row)
    this.refs[row]++
    this.holds[row]++
    return record
  }

  /** Releases every buffer of a job's list. */
  release(list: number): void {
    while (list >= 0) {
      const next = this.pinNext[list]
      const row = this.pinRow[list]
      if (--this.holds[row] === 0) this.threads.wakeAll(WaitKind.fences, row)
      this.drop(row)
      this.pinNext[list] = this.pinFree[0]
      this.pinFree[0] = list
      list = next
    }
  }

  /**
   * The kernel takes the pages of a buffer elsewhere, as compaction does; false when it may not, because the
   * buffer is pinned, shared, or has no pages of its own.
   */
  move(file: number, handle: number): boolean {
    const row = this.rowOf(file, handle)
    if (row < 0 || this.pinned[row] !== 0 || this.refs[row] > 1 || this.page[row] < 0) return false
    const isPlain = this.behind[row] === Behind.pages && this.source[row] === 0
    if (!isPlain || !this.pageSource.hasPasid || this.address[row] < 0) return false
    const { dram, cpu } = this.soc
    const to = dram.reserve(this.pages[row])
    if (to < 0) return false
    const { pageBytes } = this.facts
    const bytes = new Uint8Array(pageBytes)
    for (let i = 0; i < this.pages[row]; i++) {
      if (!dram.isCommitted(this.page[row] + i)) continue
      cpu.flush((this.page[row] + i) * pageBytes, pageBytes)
      dram.memory.read((this.page[row] + i) * pageBytes, bytes, 0, pageBytes)
      dram.commit(to + i, 1)
      dram.memory.write((to + i) * pageBytes, bytes, 0, pageBytes)
    }
    dram.release(this.page[row], this.pages[row])
    this.page[row] = to
    this.moved[row] = 1
    this.soc.iommu.move(this.files.pasid[file], this.address[row], to)
    this.sim.trace.emit(DriverEvent.boMoved, handle, this.pages[row], 0)
    return true
  }

  /** Physical address of byte 0 of a buffer, for the kernel's own accesses to a pinned buffer. */
  physicalOf(row: number): number {
    return this.page[row] * this.facts.pageBytes
  }

  /** Bytes of whole pages that a buffer owns. */
  capacityOf(row: number): number {
    return this.pages[row] * this.facts.pageBytes
  }

  /** Adds a reference that is no handle and no job. */
  keep(row: number): void {
    this.refs[row]++
  }

  /** Drops a reference; the last one frees the pages. */
  drop(row: number): void {
    if (--this.refs[row] > 0) return
    if (this.ownsMapping(row) && this.address[row] >= 0) {
      this.files.unmap(this.file[row], this.address[row])
    }
    if (this.busAddress[row] >= 0) {
      this.pageSource.unmapForDevice(this.busAddress[row], this.pages[row])
    }
    if (this.behind[row] === Behind.pages && this.page[row] >= 0) {
      this.pageSource.give(this.source[row], this.page[row], this.pages[row])
    }
    this.sim.trace.emit(DriverEvent.boDestroyed, this.table.handleOf(row), this.type[row], 0)
    this.others.gone(row)
    this.table.free(row)
  }

  /** Closes every handle of a process, and its mappings. */
  closeAll(file: number): void {
    for (let row = 0; row < boCapacity; row++) {
      const mine = this.table.used[row] !== 0 && this.file[row] === file
      if (mine && this.open[row] !== 0) this.dropHandle(row)
    }
    for (let row = 0; row < boCapacity; row++) {
      const mine = this.table.used[row] !== 0 && this.file[row] === file
      if (!mine || this.address[row] < 0) continue
      if (this.ownsMapping(row)) this.files.unmap(file, this.address[row])
      this.address[row] = unmapped
    }
  }

  /** Whether a row has a handle. */
  hasHandle(row: number): boolean {
    return this.open[row] !== 0
  }

  /** Gives a buffer host memory if it waits for some; false when there is none. */
  hostMap(row: number): boolean {
    if (this.behind[row] !== Behind.pages || this.page[row] >= 0) return true
    const page = this.pageSource.take(this.source[row], this.pages[row], 0)
    if (page < 0) return false
    this.page[row] = page
    this.sim.trace.emit(DriverEvent.hostMapped, this.table.handleOf(row), page, this.pages[row])
    return true
  }

  /** Whether the address of a buffer is a mapping of its own. */
  private ownsMapping(row: number): boolean {
    return this.behind[row] === Behind.pages || this.behind[row] === Behind.other
  }

  /** The row that a process has mapped at an address, or -1. */
  private rowMappedAt(file: number, address: number): number {
    for (let row = 0; row < boCapacity; row++) {
      if (this.table.used[row] === 0 || this.file[row] !== file) continue
      if (this.ownsMapping(row) && this.address[row] === address) return row
    }
    return none
  }

  private faultInAgain(row: number): void {
    this.moved[row] = 0
    this.soc.iommu.validate(this.files.pasid[this.file[row]], this.address[row])
    this.sim.trace.emit(DriverEvent.boFaultedIn, this.table.handleOf(row), this.pages[row], 0)
  }

  /** Where the process has a buffer, as the device would call it; -1 where the device has no map of the process. */
  private addressOfProcess(row: number): number {
    return this.pageSource.hasPasid ? this.address[row] : none
  }

  private mapPages(file: number, row: number, fixed: number): number {
    if (fixed < 0) return this.files.map(file, this.pages[row], this.page[row])
    return this.files.mapAt(file, fixed, this.pages[row], this.page[row]) ? fixed : none
  }

  private flush(row: number, offset: number, count: number): void {
    if (this.page[row] < 0) {
      if (this.address[row] >= 0)
        this.files.flush(this.file[row], this.address[row] + offset, count)
      return
    }
    const dirty = this.soc.cpu.flush(this.physicalOf(row) + offset, count)
    if (dirty > 0) this.sim.trace.emit(DriverEvent.flushed, this.file[row], 0, dirty)
  }

  private dropHandle(row: number): void {
    this.open[row] = 0
    this.account(row, -1)
    this.drop(row)
  }

  /** Counts a buffer for its process from its handle's start to its end. */
  private account(row: number, sign: number): void {
    const { heap, dev, cmd } = argument.boType
    if (this.type[row] === dev) return
    const bytes = sign * this.pages[row] * this.facts.pageBytes
    const file = this.file[row]
    this.files.totalBytes[file] += bytes
    const isInternal = this.type[row] === cmd || this.type[row] === heap
    if (isInternal) this.files.internalBytes[file] += bytes
  }

  /** Fake offsets follow the physical place, or the row where there is none, so no two live buffers share one. */
  private mapOffsetOf(row: number): number {
    if (this.behind[row] === Behind.heap) return none
    const { fakeOffsetBase } = argument
    const isOwn = this.behind[row] === Behind.pages && this.page[row] >= 0
    if (isOwn) return fakeOffsetBase + this.physicalOf(row)
    return fakeOffsetBase + laterOffsets + row * offsetStride
  }

  private rowAtOffset(file: number, offset: number): number {
    for (let row = 0; row < boCapacity; row++) {
      const mine = this.table.used[row] !== 0 && this.file[row] === file && this.open[row] !== 0
      if (mine && this.mapOffsetOf(row) === offset) return row
    }
    return -1
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}

/** Fake offsets of buffers without a physical place, from this distance on. */
const laterOffsets = 2 ** 40
const offsetStride = 2 ** 32
