/**
 * User pages: buffers made of memory that the process has already.
 *
 *     va table ── {address, length} … ──▶ checks ──▶ pages pinned where they are, their bytes as they are
 *
 * Faithful    alignment, contiguity where the device uses the map of the process, the limit of locked memory, that
 *             nothing is cleared, that such a buffer is neither mapped again nor exported
 * Simplified  at most 64 entries; only memory of the process itself, not that of other buffers
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { Behind, boCapacity } from './buffers.ts'
import type { Buffers } from './buffers.ts'
import { DriverEvent } from './events.ts'
import type { Files } from './files.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Threads } from './threads.ts'

const maxEntries = 64
/** Records of entries, all buffers together. */
const capacity = 256
const none = -1

export class UserPages {
  /** Entries of buffers: whose plus 1 (0: free), first page of the buffer, pages, address. */
  private readonly owner: Int32Array
  private readonly first: Int32Array
  private readonly pages: Int32Array
  private readonly start: Float64Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly buffers: Buffers

  constructor(
    sim: Sim,
    facts: HostFacts,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    buffers: Buffers,
  ) {
    this.sim = sim
    this.facts = facts
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.buffers = buffers
    this.owner = sim.state.i32('driver.userPages.owner', capacity)
    this.first = sim.state.i32('driver.userPages.first', capacity)
    this.pages = sim.state.i32('driver.userPages.pages', capacity)
    this.start = sim.state.f64('driver.userPages.start', capacity)
  }

  /** Makes a buffer of the entries at `table`: its row, or a negative errno. */
  create(thread: number, type: number, table: number, entries: number): number {
    const file = this.threads.file[thread]
    const isPrivileged = this.files.uid[file] === 0
    if (!isPrivileged && this.files.memlockLimit[file] === 0) {
      return this.refuse(thread, errno.EPERM, Reason.noMlock, 0, 0)
    }
    if (entries > maxEntries) {
      return this.refuse(thread, errno.ENOMEM, Reason.tooManyEntries, entries, maxEntries)
    }
    if (this.files.touch(file, table, entries * argument.vaEntryBytes) < 0) {
      return this.refuse(thread, errno.EINVAL, Reason.badPointer, 0, 0)
    }
    const bytes = this.checkEntries(thread, file, table, entries)
    if (bytes < 0) return bytes
    const locked = this.files.lockedBytes[file] + bytes
    if (!isPrivileged && locked > this.files.memlockLimit[file]) {
      const limit = this.files.memlockLimit[file]
      return this.refuse(thread, errno.ENOMEM, Reason.memlock, locked, limit)
    }
    for (let i = 0; i < entries; i++) {
      if (
        this.files.isPrivate(file, this.addressAt(file, table, i), this.bytesAt(file, table, i))
      ) {
        continue
      }
      return this.refuse(thread, errno.EFAULT, Reason.badPages, i, 0)
    }
    return this.pin(thread, type, table, entries, bytes)
  }

  /** Address of page `i` of a buffer. */
  addressOf(row: number, i: number): number {
    for (let at = 0; at < capacity; at++) {
      const ahead = i - this.first[at]
      if (this.owner[at] !== row + 1 || ahead < 0 || ahead >= this.pages[at]) continue
      return this.start[at] + ahead * this.facts.pageBytes
    }
    return none
  }

  /** A buffer is gone: its memory is the process's alone again. */
  gone(row: number): void {
    for (let at = 0; at < capacity; at++) if (this.owner[at] === row + 1) this.owner[at] = 0
    this.files.lockedBytes[this.buffers.file[row]] -= this.buffers.capacityOf(row)
  }

  /** Sum of the lengths, or a negative errno. */
  private checkEntries(thread: number, file: number, table: number, entries: number): number {
    const { pageBytes, memory } = this.facts
    let bytes = 0
    let end = none
    for (let i = 0; i < entries; i++) {
      const address = this.addressAt(file, table, i)
      const length = this.bytesAt(file, table, i)
      if (address % pageBytes !== 0 || length % pageBytes !== 0 || length === 0) {
        return this.refuse(thread, errno.EINVAL, Reason.entryShape, i, pageBytes)
      }
      if (memory.addressing !== 'iova' && i > 0 && address !== end) {
        return this.refuse(thread, errno.EINVAL, Reason.entriesApart, i, 0)
      }
      end = address + length
      bytes += length
      if (bytes >= 2 ** 53)
        return this.refuse(thread, errno.EINVAL, Reason.entryShape, i, pageBytes)
    }
    return bytes
  }

  private pin(thread: number, type: number, table: number, entries: number, bytes: number): number {
    const file = this.threads.file[thread]
    const { pageBytes } = this.facts
    const row = this.buffers.add({
      file,
      type,
      sizeBytes: bytes,
      pages: bytes / pageBytes,
      behind: Behind.process,
    })
    const room = this.owner.reduce((n, owner) => n + (owner === 0 ? 1 : 0), 0)
    if (row < 0 || room < entries) {
      return this.refuse(thread, errno.ENOMEM, Reason.tooManyObjects, boCapacity, 0)
    }
    let page = 0
    for (let i = 0; i < entries; i++) {
      const at = this.owner.indexOf(0)
      const address = this.addressAt(file, table, i)
      const length = this.bytesAt(file, table, i)
      this.owner[at] = row + 1
      this.first[at] = page
      this.pages[at] = length / pageBytes
      this.start[at] = address
      page += length / pageBytes
      this.files.touch(file, address, length)
    }
    this.buffers.address[row] = this.addressAt(file, table, 0)
    this.files.lockedBytes[file] += bytes
    this.sim.trace.emit(DriverEvent.userPinned, file, entries, page)
    return row
  }

  private addressAt(file: number, table: number, i: number): number {
    return this.word64(file, table + i * argument.vaEntryBytes + argument.vaEntry.address)
  }

  private bytesAt(file: number, table: number, i: number): number {
    return this.word64(file, table + i * argument.vaEntryBytes + argument.vaEntry.length)
  }

  private word64(file: number, at: number): number {
    return this.files.read32(file, at) + this.files.read32(file, at + 4) * 2 ** 32
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
