/**
 * Heap announcer: tells the firmware, context by context, which chunks the device heap has.
 *
 *     DEV buffer placed, context created ──▶ pin chunk ── MAP_HOST_BUFFER, ADD_HOST_BUFFER ──▶ firmware
 *
 * Faithful    each context hears of each chunk once and in order, at the next buffer in the heap, not when the chunk
 *             is made
 */
import { mailbox, MailOpcode, message } from '../device/abi/mailbox.ts'
import type { Sim } from '../sim/sim.ts'
import type { Buffers } from './buffers.ts'
import { ContextState } from './contexts.ts'
import type { Contexts } from './contexts.ts'
import type { DeviceHeap } from './device-heap.ts'
import { DriverEvent } from './events.ts'
import { kernelThread } from './mailbox.ts'
import { localCount } from './threads.ts'
import type { Threads } from './threads.ts'

const high32 = 2 ** 32
const none = -1
/** Locals of the calling thread: the context that is being told, and of which chunk. */
const Asked = { context: 6, chunk: 7 } as const

export class HeapAnnouncer {
  /** Chunks that each context has heard of. */
  private readonly told: Int32Array
  private readonly sim: Sim
  private readonly threads: Threads
  private readonly buffers: Buffers
  private readonly contexts: Contexts
  private readonly heap: DeviceHeap

  constructor(sim: Sim, threads: Threads, buffers: Buffers, contexts: Contexts, heap: DeviceHeap) {
    this.sim = sim
    this.threads = threads
    this.buffers = buffers
    this.contexts = contexts
    this.heap = heap
    this.told = sim.state.i32('driver.context.chunksTold', contexts.capacity)
  }

  /** A new context has heard of nothing. */
  begin(context: number): void {
    this.told[context] = 0
  }

  /** Tells one context, or with -1 all of a process, the next chunk: parked, 0 when all is said, or an errno. */
  next(thread: number, file: number, only: number): number {
    for (let context = 0; context < this.contexts.capacity; context++) {
      if (this.contexts.state[context] !== ContextState.connected) continue
      if (this.contexts.file[context] !== file || (only !== none && only !== context)) continue
      if (this.told[context] >= this.heap.chunkCount[file]) continue
      const chunk = this.heap.chunkAt(file, this.told[context])
      if (this.buffers.hostAddressOf(chunk) < 0) continue
      this.threads.locals[thread * localCount + Asked.context] = context
      this.threads.locals[thread * localCount + Asked.chunk] = this.told[context]
      this.write(thread, context, chunk)
      return this.contexts.mailOf(context).request(thread, opcodeFor(this.told[context]))
    }
    return 0
  }

  /** Takes the answer that the thread was parked for: 0 or an errno. */
  take(thread: number): number {
    const context = this.threads.locals[thread * localCount + Asked.context]
    const index = this.threads.locals[thread * localCount + Asked.chunk]
    const answer = this.contexts.mailOf(context).response(thread, opcodeFor(index))
    if (answer < 0) return answer
    // A recovery starts the list anew; it tells the rest itself.
    if (this.told[context] === index) this.noteTold(context)
    return 0
  }

  /** Tells a context that is made again its next chunk: the message, -1 when all is said, or an errno. */
  post(context: number): number {
    const file = this.contexts.file[context]
    const index = this.told[context]
    const chunk = index < this.heap.chunkCount[file] ? this.heap.chunkAt(file, index) : none
    if (chunk < 0 || this.buffers.hostAddressOf(chunk) < 0) return none
    this.write(kernelThread, context, chunk)
    return this.contexts.mailOf(context).post(kernelThread, opcodeFor(index))
  }

  /** Takes the answer to `post`; false when the firmware refused the chunk. */
  posted(context: number): boolean {
    if (this.contexts.mailOf(context).word(kernelThread, 0) !== mailbox.status.success) return false
    this.noteTold(context)
    return true
  }

  private noteTold(context: number): void {
    const index = this.told[context]++
    const { handle } = this.contexts
    this.sim.trace.emit(DriverEvent.chunkTold, handle[context], index, this.told[context])
  }

  private write(thread: number, context: number, chunk: number): void {
    const at = message.hostBuffer
    const address = this.buffers.hostAddressOf(chunk)
    const bytes = this.buffers.capacityOf(chunk)
    this.buffers.pin(chunk)
    const mail = this.contexts.mailOf(context)
    mail.begin(thread)
    mail.put(thread, at.context, this.contexts.fwId[context])
    mail.put(thread, at.low, address % high32)
    mail.put(thread, at.high, Math.floor(address / high32))
    mail.put(thread, at.sizeLow, bytes % high32)
    mail.put(thread, at.sizeHigh, Math.floor(bytes / high32))
  }
}

/** The first chunk is mapped, the others are added. */
function opcodeFor(index: number): number {
  return index === 0 ? MailOpcode.mapHostBuffer : MailOpcode.addHostBuffer
}
