/**
 * Device heap: addresses of the device's own, filled by chunks that the process adds and buffers placed in them.
 *
 *     DEV_HEAP ──▶ [ chunk 0 ][ chunk 1 ] ···  the chunks grow from the base, mapped behind each other
 *     DEV ───────▶   ▓▓▓   ▓▓▓▓▓▓▓             best fit in the whole range, then: is there a chunk under it?
 *
 * Faithful    sizes, order of the checks, best fit, what is refused with EAGAIN, that chunks stay until the file
 *             closes, that a freed range keeps its bytes
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { Behind, boCapacity } from './buffers.ts'
import type { Buffers } from './buffers.ts'
import { DriverEvent } from './events.ts'
import { maxFiles } from './files.ts'
import type { Files } from './files.ts'
import type { PageSource } from './page-source.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { Space } from './space.ts'
import type { FreeSpace } from './space.ts'
import type { Threads } from './threads.ts'

/** A heap has at most so many chunks. */
export const maxChunks = 16
const none = -1

/** One chunk, for the app. */
export interface ChunkView {
  readonly handle: number
  readonly deviceAddress: number
  /** Where the process has mapped it, -1 when it has not. */
  readonly address: number
  readonly bytes: number
}

/** The heap of a process, for the app. */
export interface HeapView {
  readonly file: number
  readonly base: number
  readonly chunkBytes: number
  readonly maxBytes: number
  /** Bytes that chunks cover, and bytes of live buffers. */
  readonly totalBytes: number
  readonly usedBytes: number
  readonly chunks: readonly ChunkView[]
  /** Free space of the whole range, chunks or not. */
  readonly free: FreeSpace
}

export class DeviceHeap {
  /** Chunks of each process, and the bytes they cover. */
  readonly chunkCount: Int32Array
  private readonly totalBytes: Float64Array
  private readonly chunkRow: Int32Array
  /** 1: a chunk was closed where that forbids further ones. */
  private readonly closed: Uint8Array
  private readonly space: Space
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly buffers: Buffers
  private readonly pageSource: PageSource

  constructor(
    sim: Sim,
    facts: HostFacts,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    buffers: Buffers,
    pageSource: PageSource,
  ) {
    this.sim = sim
    this.facts = facts
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.buffers = buffers
    this.pageSource = pageSource
    this.chunkCount = sim.state.i32('driver.heap.chunks', maxFiles)
    this.totalBytes = sim.state.f64('driver.heap.total', maxFiles)
    this.chunkRow = sim.state.i32('driver.heap.chunkRow', maxFiles * maxChunks)
    this.closed = sim.state.u8('driver.heap.closed', maxFiles)
    const hasHeap = facts.memory.heap.chunkBytes > 0
    this.space = new Space(sim, 'driver.heap.space', maxFiles, hasHeap ? boCapacity : 1)
  }

  /** A process starts with an empty heap. */
  open(file: number): void {
    const { base, maxBytes } = this.facts.memory.heap
    this.chunkCount[file] = 0
    this.totalBytes[file] = 0
    this.closed[file] = 0
    this.space.setUp(file, base, base + maxBytes)
  }

  /** The file closes: the heap lets go of its chunks. */
  close(file: number): void {
    for (let i = 0; i < this.chunkCount[file]; i++) this.buffers.drop(this.chunkAt(file, i))
    this.chunkCount[file] = 0
  }

  /** Whether a size is one of chunks: 0, or a negative errno. */
  checkChunk(thread: number, bytes: number): number {
    const { chunkBytes } = this.facts.memory.heap
    if (chunkBytes === 0) return this.refuse(thread, errno.EINVAL, Reason.noHeap, 0, 0)
    if (bytes === 0 || bytes % chunkBytes !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.chunkSize, bytes, chunkBytes)
    }
    return this.checkOpen(thread)
  }

  /** Makes a buffer the next chunk: 0, or a negative errno and the buffer is none. */
  addChunk(thread: number, row: number): number {
    const file = this.threads.file[thread]
    const { base, maxBytes, grows } = this.facts.memory.heap
    const bytes = this.buffers.capacityOf(row)
    const count = this.chunkCount[file]
    if (count > 0 && !grows) return this.refuse(thread, errno.EOPNOTSUPP, Reason.heapFixed, 0, 0)
    if (this.totalBytes[file] + bytes > maxBytes || count === maxChunks) {
      return this.refuse(thread, errno.ENOSPC, Reason.heapFull, this.totalBytes[file], maxBytes)
    }
    this.chunkRow[file * maxChunks + count] = row
    this.buffers.heapAddress[row] = base + this.totalBytes[file]
    this.buffers.keep(row)
    this.totalBytes[file] += bytes
    this.chunkCount[file]++
    const mib = this.totalBytes[file] / (1 << 20)
    this.sim.trace.emit(DriverEvent.heapGrew, file, this.chunkCount[file], mib)
    return 0
  }

  /** Places a buffer in the heap: its row, or a negative errno. */
  place(thread: number, size: number): number {
    const file = this.threads.file[thread]
    const { pageBytes } = this.facts
    const { maxBytes, alignBytes } = this.facts.memory.heap
    const bytes = Math.ceil(size / pageBytes) * pageBytes
    if (bytes === 0) return this.refuse(thread, errno.EINVAL, Reason.sizeZero, 0, 0)
    if (maxBytes === 0) return this.refuse(thread, errno.EINVAL, Reason.noHeap, 0, 0)
    if (bytes > maxBytes) return this.refuse(thread, errno.EINVAL, Reason.heapSize, bytes, maxBytes)
    const isOpen = this.checkOpen(thread)
    if (isOpen < 0) return isOpen
    const node = this.space.bestFit(file, bytes, alignBytes)
    if (node < 0) {
      const { largestHole } = this.space.freeOf(file)
      return this.refuse(thread, errno.ENOSPC, Reason.heapNoRoom, bytes, largestHole)
    }
    const start = this.space.startOf(node)
    const covered = this.coverOf(thread, file, start, bytes)
    const pages = bytes / pageBytes
    const row =
      covered < 0
        ? none
        : this.buffers.add({
            file,
            type: argument.boType.dev,
            sizeBytes: size,
            pages,
            behind: Behind.heap,
          })
    if (row < 0) {
      this.space.free(node)
      return covered < 0
        ? covered
        : this.refuse(thread, errno.ENOMEM, Reason.tooManyObjects, boCapacity, 0)
    }
    this.buffers.heapAddress[row] = start
    this.buffers.link[row] = node
    this.buffers.address[row] = this.userAddress(file, start)
    this.files.heapBytes[file] += bytes
    this.eachChunk(row, (chunk) => this.buffers.keep(chunk))
    return row
  }

  /** A buffer of the heap is gone: its range is free, with the bytes it holds; its chunks are let go. */
  gone(row: number): void {
    this.space.free(this.buffers.link[row])
    this.files.heapBytes[this.buffers.file[row]] -= this.buffers.capacityOf(row)
    this.eachChunk(row, (chunk) => this.buffers.drop(chunk))
  }

  /** Keeps the chunks under a buffer of the heap for the device. */
  pinUnder(row: number): void {
    this.eachChunk(row, (chunk) => this.buffers.pin(chunk))
  }

  /** Notes that the handle of a chunk was closed. */
  chunkClosed(file: number): void {
    if (this.facts.memory.deferred) this.closed[file] = 1
  }

  /** The row of a chunk. */
  chunkAt(file: number, index: number): number {
    return this.chunkRow[file * maxChunks + index]
  }

  /** The heap of a process, for the app. */
  inspect(file: number): HeapView {
    const { base, chunkBytes, maxBytes } = this.facts.memory.heap
    return {
      file,
      base,
      chunkBytes,
      maxBytes,
      totalBytes: this.totalBytes[file],
      usedBytes: this.files.heapBytes[file],
      chunks: Array.from({ length: this.chunkCount[file] }, (_, i) => {
        const row = this.chunkAt(file, i)
        return {
          handle: this.buffers.table.handleOf(row),
          deviceAddress: this.buffers.heapAddress[row],
          address: this.buffers.address[row],
          bytes: this.buffers.capacityOf(row),
        }
      }),
      free: this.space.freeOf(file),
    }
  }

  /** A host that maps for its guests takes nothing more once a chunk has gone. */
  private checkOpen(thread: number): number {
    const isClosed = this.closed[this.threads.file[thread]] !== 0
    return isClosed ? this.refuse(thread, errno.EINVAL, Reason.heapClosed, 0, 0) : 0
  }

  /** Whether usable chunks lie under a whole range: 0, or a negative errno. */
  private coverOf(thread: number, file: number, start: number, bytes: number): number {
    const end = start + bytes
    let expected = none
    for (let i = 0; i < this.chunkCount[file]; i++) {
      const chunk = this.chunkAt(file, i)
      const from = this.buffers.heapAddress[chunk]
      const to = from + this.buffers.capacityOf(chunk)
      if (to <= start) continue
      const host = this.buffers.hostAddressOf(chunk)
      if (host < 0) return this.refuse(thread, errno.EAGAIN, Reason.chunkNotMapped, i, 0)
      const isApart = expected >= 0 && host !== expected
      if (isApart && this.pageSource.hasPasid) {
        return this.refuse(thread, errno.EINVAL, Reason.chunksApart, i, 0)
      }
      if (to >= end) return 0
      expected = host + (to - from)
    }
    return this.refuse(
      thread,
      errno.EAGAIN,
      Reason.noChunk,
      end - this.facts.memory.heap.base,
      this.totalBytes[file],
    )
  }

  /** Where the process has a heap address, -1 when it has not mapped the chunk. */
  private userAddress(file: number, address: number): number {
    for (let i = 0; i < this.chunkCount[file]; i++) {
      const chunk = this.chunkAt(file, i)
      const ahead = address - this.buffers.heapAddress[chunk]
      if (ahead < 0 || ahead >= this.buffers.capacityOf(chunk)) continue
      return this.buffers.address[chunk] < 0 ? none : this.buffers.address[chunk] + ahead
    }
    return none
  }

  /** Calls for each chunk under a buffer of the heap. */
  private eachChunk(row: number, call: (chunk: number) => void): void {
    const file = this.buffers.file[row]
    const start = this.buffers.heapAddress[row]
    const end = start + this.buffers.capacityOf(row)
    for (let i = 0; i < this.chunkCount[file]; i++) {
      const chunk = this.chunkAt(file, i)
      const from = this.buffers.heapAddress[chunk]
      if (from < end && from + this.buffers.capacityOf(chunk) > start) call(chunk)
    }
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
