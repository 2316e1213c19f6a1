/**
 * Buffer calls: those calls on buffer objects that concern more than the object itself.
 *
 *     CREATE_BO ────▶ ┌─────────────┐ ── create ──▶ BoCreation, DeviceHeap
 *     import, close ▶ │ BufferCalls │ ── tell ────▶ contexts of the process
 *                     └─────────────┘
 */
import { argument } from '../device/abi/ioctl.ts'
import { Behind } from './buffers.ts'
import type { Buffers } from './buffers.ts'
import { CallPhase } from './context-calls.ts'
import type { ContextCalls } from './context-calls.ts'
import type { BoCreation } from './create-bo.ts'
import type { DeviceHeap } from './device-heap.ts'
import type { DmaBufs } from './dma-bufs.ts'
import { localCount, parked } from './threads.ts'
import type { Threads } from './threads.ts'

/** Locals of CREATE_BO: the row. */
const Local = { row: 0 } as const

export class BufferCalls {
  private readonly threads: Threads
  private readonly buffers: Buffers
  private readonly creation: BoCreation
  private readonly heap: DeviceHeap
  private readonly dmaBufs: DmaBufs
  private readonly contextCalls: ContextCalls

  constructor(
    threads: Threads,
    buffers: Buffers,
    creation: BoCreation,
    heap: DeviceHeap,
    dmaBufs: DmaBufs,
    contextCalls: ContextCalls,
  ) {
    this.threads = threads
    this.buffers = buffers
    this.creation = creation
    this.heap = heap
    this.dmaBufs = dmaBufs
    this.contextCalls = contextCalls
  }

  /** CREATE_BO: the object, then what contexts have to hear of the heap under it, then the handle. */
  create(thread: number): number {
    const at = thread * localCount + Local.row
    const isTelling = this.threads.phase[thread] === CallPhase.announcing
    if (!isTelling) {
      if (this.creation.waitsForHost(thread)) return parked
      const row = this.creation.create(thread)
      if (row < 0) return row
      this.threads.locals[at] = row
    }
    const row = this.threads.locals[at]
    const isHeap = this.buffers.behind[row] === Behind.heap
    const told = isHeap ? this.contextCalls.tell(thread, -1, isTelling) : 0
    if (told === parked) return parked
    if (told < 0) {
      this.buffers.drop(row)
      return told
    }
    this.threads.setArg(thread, argument.createBo.handle, this.buffers.publish(row))
    return 0
  }

  /** Opens a dma-buf as a buffer object. */
  import(thread: number): number {
    const row = this.dmaBufs.open(thread)
    if (row < 0) return row
    const isNew = !this.buffers.hasHandle(row)
    const opened = isNew ? this.creation.openForDevice(thread, row, true) : row
    if (opened < 0) return opened
    const handle = isNew ? this.buffers.publish(row) : this.buffers.table.handleOf(row)
    this.threads.setArg(thread, argument.prime.handle, handle)
    return 0
  }

  /** Closes a handle; a chunk of the heap is missed there. */
  close(thread: number): number {
    const file = this.threads.file[thread]
    const row = this.buffers.rowOf(file, this.threads.arg(thread, argument.gemClose.handle))
    if (row >= 0 && this.buffers.type[row] === argument.boType.heap) this.heap.chunkClosed(file)
    return this.buffers.close(thread)
  }
}
