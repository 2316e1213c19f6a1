/**
 * Configuration of contexts: what this device makes of each kind that CONFIG_HWCTX knows.
 *
 *     CONFIG_HWCTX ──▶ ┌───────────────┐ ── 0: CUs ──▶ copied, then refused
 *                      │ Configuration │ ── 1, 2: buffers of the uCs ──▶ metadata and payload checked, slice by slice
 *                      └───────────────┘
 *
 * Faithful    the checks and their order, layout of the metadata
 * Simplified  the uCs write no log, trace or debug data, so a description without mistakes is refused in the end
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import type { KernelMemory } from '../soc/cpu-cache.ts'
import type { Buffers } from './buffers.ts'
import type { Contexts } from './contexts.ts'
import type { Files } from './files.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Threads } from './threads.ts'

const { ucBuffers } = argument

export class Configuration {
  private readonly memory: KernelMemory
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly buffers: Buffers
  private readonly contexts: Contexts
  /** Slices by uC of the description at hand; used within one call. */
  private readonly sizes = new Uint32Array(ucBuffers.maxUcs)

  constructor(
    memory: KernelMemory,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    buffers: Buffers,
    contexts: Contexts,
  ) {
    this.memory = memory
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.buffers = buffers
    this.contexts = contexts
  }

  /** CONFIG_HWCTX: the kind and its value first, then the context. */
  configure(thread: number): number {
    const at = argument.configHwctx
    const { threads } = this
    if (threads.arg(thread, at.pad) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.padNotZero)
    }
    const type = threads.arg(thread, at.paramType)
    const { cu, attachDebug, detachDebug } = argument.configType
    if (type === cu) {
      const copied = this.copyCus(thread)
      if (copied < 0) return copied
    } else if (type !== attachDebug && type !== detachDebug) {
      return this.refuse(thread, errno.EINVAL, Reason.configType, type)
    }
    const handle = threads.arg(thread, at.handle)
    if (this.contexts.rowOf(threads.file[thread], handle) < 0) {
      return this.refuse(thread, errno.EINVAL, Reason.unknownContext, handle)
    }
    if (type === cu) return this.refuse(thread, errno.EOPNOTSUPP, Reason.configCu)
    return this.checkBuffers(thread, threads.arg(thread, at.paramValue), type === attachDebug)
  }

  private copyCus(thread: number): number {
    const at = argument.configHwctx
    const { threads } = this
    const size = threads.arg(thread, at.paramSize)
    if (size > argument.maxConfigBytes) {
      return this.refuse(thread, errno.E2BIG, Reason.configTooBig, size, argument.maxConfigBytes)
    }
    const pointer = threads.arg64(thread, at.paramValue)
    if (this.files.touch(threads.file[thread], pointer, size) >= 0) return 0
    return this.refuse(thread, errno.EFAULT, Reason.badPointer)
  }

  /** The buffers of uCs that a metadata buffer describes. */
  private checkBuffers(thread: number, handle: number, isAttach: boolean): number {
    const { buffers } = this
    const file = this.threads.file[thread]
    const metadata = buffers.shareRowOf(file, handle)
    if (metadata < 0) return this.refuse(thread, errno.EINVAL, Reason.configMetadata, handle)
    const bytes = buffers.sizeBytes[metadata]
    if (bytes < ucBuffers.entries) {
      return this.refuse(thread, errno.EINVAL, Reason.metadataShort, bytes, ucBuffers.entries)
    }
    if (!buffers.isForKernel(metadata) || !buffers.hostMap(metadata)) {
      return this.refuse(thread, errno.ENOMEM, Reason.metadataNotForKernel, handle)
    }
    buffers.pin(metadata)
    const base = buffers.physicalOf(metadata)
    const first = this.memory.read32(base)
    const [type, count] = [first & 0xff, (first >>> 8) & 0xff]
    if (type >= ucBuffers.types) {
      return this.refuse(thread, errno.EOPNOTSUPP, Reason.ucBufferType, type)
    }
    if (count > ucBuffers.maxUcs) {
      return this.refuse(thread, errno.EINVAL, Reason.ucBufferCount, count, ucBuffers.maxUcs)
    }
    const needed = ucBuffers.entries + count * ucBuffers.entryBytes
    if (bytes < needed) {
      return this.refuse(thread, errno.EINVAL, Reason.metadataShort, bytes, needed)
    }
    const payload = buffers.shareRowOf(file, this.memory.read32(base + ucBuffers.payload))
    if (payload < 0) {
      const named = this.memory.read32(base + ucBuffers.payload)
      return this.refuse(thread, errno.EINVAL, Reason.configPayload, named)
    }
    const sliced = this.checkSlices(thread, base, count, buffers.sizeBytes[payload], isAttach)
    return sliced < 0 ? sliced : this.refuse(thread, errno.EOPNOTSUPP, Reason.configDebug)
  }

  /** Slices lie behind each other in the payload, in the order of the entries; one of no bytes is none. */
  private checkSlices(
    thread: number,
    base: number,
    count: number,
    room: number,
    isAttach: boolean,
  ): number {
    this.sizes.fill(0)
    let end = 0
    for (let i = 0; i < count; i++) {
      const at = base + ucBuffers.entries + i * ucBuffers.entryBytes
      const uc = this.memory.read32(at + ucBuffers.entry.uc)
      const size = this.memory.read32(at + ucBuffers.entry.size)
      if (uc >= ucBuffers.maxUcs) {
        return this.refuse(thread, errno.EINVAL, Reason.badUc, uc, ucBuffers.maxUcs)
      }
      if (!isAttach || size === 0) continue
      if (this.sizes[uc] > 0) return this.refuse(thread, errno.EINVAL, Reason.ucTwice, uc)
      end += size
      if (end > room) return this.refuse(thread, errno.EINVAL, Reason.sliceOutside, end, room)
      this.sizes[uc] = size
    }
    return 0
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
