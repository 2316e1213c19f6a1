/**
 * Creation of buffer objects: what CREATE_BO makes of each type, and of memory that is there already.
 *
 *     share, cmd ──▶ pages of its own · memory of the process (va table) · a dma-buf (va table without entries)
 *     heap ────────▶ the same, as the next chunk
 *     dev ─────────▶ a range of the chunks there are
 *
 * Faithful    order of the checks and their errno; nothing is there before the first touch, except where the device
 *             has no map of the process: then pages and device address come at once
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Soc } from '../soc/soc.ts'
import { Behind, boCapacity } from './buffers.ts'
import type { Buffers } from './buffers.ts'
import type { DeviceHeap } from './device-heap.ts'
import type { DmaBufs } from './dma-bufs.ts'
import { WaitKind } from './events.ts'
import type { Files } from './files.ts'
import { Source } from './page-source.ts'
import type { PageSource } from './page-source.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Threads } from './threads.ts'
import { UserPages } from './user-pages.ts'

/** A row counts its pages in 32 bits. */
const mostPages = 2 ** 31 - 1

export class BoCreation {
  readonly userPages: UserPages
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly buffers: Buffers
  private readonly heap: DeviceHeap
  private readonly dmaBufs: DmaBufs
  private readonly pageSource: PageSource

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    buffers: Buffers,
    heap: DeviceHeap,
    dmaBufs: DmaBufs,
    pageSource: PageSource,
  ) {
    this.facts = facts
    this.soc = soc
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.buffers = buffers
    this.heap = heap
    this.dmaBufs = dmaBufs
    this.pageSource = pageSource
    this.userPages = new UserPages(sim, facts, threads, refusals, files, buffers)
  }

  /** CREATE_BO without its handle: the row with one reference, or a negative errno, or that it is parked. */
  create(thread: number): number {
    const at = argument.createBo
    const type = this.threads.arg(thread, at.type)
    const size = this.threads.arg64(thread, at.size)
    if (this.threads.arg64(thread, at.flags) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.flagsNotZero, 0, 0)
    }
    const { share, cmd, heap, dev } = argument.boType
    if (type === share || type === cmd) return this.createShare(thread, type, size)
    if (type === dev) return this.heap.place(thread, size)
    if (type !== heap) return this.refuse(thread, errno.EINVAL, Reason.boType, type, 0)
    const isChunk = this.heap.checkChunk(thread, size)
    if (isChunk < 0) return isChunk
    const row = this.createShare(thread, type, size)
    if (row < 0) return row
    const added = this.heap.addChunk(thread, row)
    if (added >= 0) return row
    this.buffers.drop(row)
    return added
  }

  /** A guest's request goes to its host first: true when the thread is parked for that. */
  waitsForHost(thread: number): boolean {
    if (!this.facts.memory.deferred || this.threads.phase[thread] > 0) return false
    this.threads.phase[thread] = 1
    this.threads.park(thread, WaitKind.host, 0, this.facts.ticks.virtio)
    return true
  }

  private createShare(thread: number, type: number, size: number): number {
    const table = this.threads.arg64(thread, argument.createBo.vaddr)
    if (table !== 0) return this.fromTable(thread, type, table)
    const source = this.pageSource.sourceNow()
    const { heap } = argument.boType
    if (source === Source.contiguous && type === heap) {
      return this.refuse(thread, errno.EINVAL, Reason.noHeapInCma, 0, 0)
    }
    if (size === 0) return this.refuse(thread, errno.EINVAL, Reason.sizeZero, 0, 0)
    const pages = Math.ceil(size / this.facts.pageBytes)
    if (pages > mostPages) return this.refuse(thread, errno.ENOMEM, Reason.noMemory, pages, 0)
    const row = this.buffers.add({
      file: this.threads.file[thread],
      type,
      sizeBytes: size,
      pages,
      behind: Behind.pages,
    })
    if (row < 0) {
      return this.refuse(thread, errno.ENOMEM, Reason.tooManyObjects, boCapacity, 0)
    }
    this.buffers.source[row] = source
    const isLater = this.facts.memory.deferred && this.pageSource.hasPasid
    if (isLater && source === Source.pageable) return row
    const alignment = type === heap ? this.facts.memory.heap.chunkBytes : 0
    const page = this.pageSource.take(source, pages, alignment)
    if (page < 0) {
      this.buffers.drop(row)
      const number = source === Source.carveout ? errno.ENOSPC : errno.ENOMEM
      return this.refuse(thread, number, Reason.noMemory, pages, 0)
    }
    this.buffers.page[row] = page
    return this.openForDevice(thread, row, true)
  }

  private fromTable(thread: number, type: number, table: number): number {
    const file = this.threads.file[thread]
    const at = argument.vaTable
    if (this.files.touch(file, table, argument.vaTableBytes) < 0) {
      return this.refuse(thread, errno.EINVAL, Reason.badPointer, 0, 0)
    }
    const entries = this.files.read32(file, table + at.count)
    if (entries === 0) {
      const row = this.dmaBufs.import(thread, this.files.read32(file, table + at.fd) | 0, type)
      return row < 0 ? row : this.openForDevice(thread, row, true)
    }
    const row = this.userPages.create(thread, type, table + argument.vaTableBytes, entries)
    if (row < 0 || this.pageSource.hasPasid) return row
    return this.openForDevice(thread, row, this.files.isWritable(file, this.buffers.address[row]))
  }

  /** First open by a process: where the device has no map of it, pages and device address come now. */
  openForDevice(thread: number, row: number, writable: boolean): number {
    if (this.pageSource.hasPasid) return row
    const { buffers } = this
    const { pageBytes } = this.facts
    const pageOf =
      buffers.page[row] >= 0
        ? (i: number): number => buffers.page[row] + i
        : (i: number): number => this.userPageOf(row, i)
    const pages = buffers.pages[row]
    const needsOneRun = this.facts.memory.addressing === 'physical'
    for (let i = 1; needsOneRun && i < pages; i++) {
      if (pageOf(i) === pageOf(i - 1) + 1) continue
      buffers.drop(row)
      return this.refuse(thread, errno.EINVAL, Reason.notContiguous, i * pageBytes, 0)
    }
    const isHeap = buffers.type[row] === argument.boType.heap
    const address = this.pageSource.mapForDevice(pages, pageOf, isHeap, writable)
    if (address < 0) {
      buffers.drop(row)
      return this.refuse(thread, errno.ENOMEM, Reason.noIova, pages * pageBytes, 0)
    }
    buffers.busAddress[row] = address
    return row
  }

  private userPageOf(row: number, i: number): number {
    const address = this.userPages.addressOf(row, i)
    return this.soc.iommu.physicalPageOf(this.files.pasid[this.buffers.file[row]], address)
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
