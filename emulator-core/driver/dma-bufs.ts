/**
 * Dma-bufs: buffers handed from process to process as file descriptors.
 *
 *     PRIME_HANDLE_TO_FD ──▶ fd ──▶ PRIME_FD_TO_HANDLE, or CREATE_BO with a va table without entries
 *
 * Faithful    what may not be exported; an import shares the pages and counts for the process that imports; the
 *             pages live as long as anybody has them
 * Simplified  descriptors are numbers of the whole machine: whoever knows one was given it
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { Behind, boCapacity } from './buffers.ts'
import type { Buffers } from './buffers.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Threads } from './threads.ts'

const capacity = 256
/** Standard input, output and error come before. */
const firstFd = 3

export class DmaBufs {
  /** Exported row plus 1 by descriptor (0: free), and who exported it. */
  private readonly row: Int32Array
  private readonly file: Int32Array
  private readonly facts: HostFacts
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly buffers: Buffers

  constructor(sim: Sim, facts: HostFacts, threads: Threads, refusals: Refusals, buffers: Buffers) {
    this.row = sim.state.i32('driver.dmaBuf.row', capacity)
    this.file = sim.state.i32('driver.dmaBuf.file', capacity)
    this.facts = facts
    this.threads = threads
    this.refusals = refusals
    this.buffers = buffers
  }

  /** PRIME_HANDLE_TO_FD. */
  export(thread: number): number {
    const at = argument.prime
    const { threads, buffers } = this
    const flags = threads.arg(thread, at.flags)
    if ((flags & ~argument.primeFlags) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.primeFlags, flags, 0)
    }
    const handle = threads.arg(thread, at.handle)
    const row = buffers.rowOf(threads.file[thread], handle)
    if (row < 0) return this.refuse(thread, errno.ENOENT, Reason.unknownBo, handle, 0)
    const { behind } = buffers
    if (behind[row] === Behind.heap || behind[row] === Behind.process) {
      return this.refuse(thread, errno.EOPNOTSUPP, Reason.noExport, 0, 0)
    }
    if (!buffers.hostMap(row)) {
      return this.refuse(thread, errno.ENOMEM, Reason.noMemory, buffers.pages[row], 0)
    }
    const known = this.row.findIndex(
      (r, i) => r === row + 1 && this.file[i] === threads.file[thread],
    )
    const fd = known >= 0 ? known : this.row.indexOf(0)
    if (fd < 0) return this.refuse(thread, errno.EMFILE, Reason.tooManyFds, capacity, 0)
    if (known < 0) {
      this.row[fd] = row + 1
      this.file[fd] = threads.file[thread]
      buffers.keep(row)
    }
    threads.setArg(thread, at.fd, fd + firstFd)
    return 0
  }

  /** PRIME_FD_TO_HANDLE without its handle: the row, which may be one that has a handle. */
  open(thread: number): number {
    const fd = this.threads.arg(thread, argument.prime.fd) | 0
    const row = this.rowOf(fd)
    const file = this.threads.file[thread]
    if (row >= 0 && this.buffers.file[row] === file && this.buffers.hasHandle(row)) return row
    return this.import(thread, fd, argument.boType.share)
  }

  /** Makes a buffer of the pages of a descriptor: its row, or a negative errno. */
  import(thread: number, fd: number, type: number): number {
    const { buffers } = this
    const from = this.rowOf(fd)
    if (from < 0) return this.refuse(thread, errno.EBADF, Reason.unknownFd, fd, 0)
    const file = this.threads.file[thread]
    const isOthers = buffers.file[from] !== file
    if (this.facts.memory.deferred && isOthers && buffers.type[from] !== argument.boType.share) {
      return this.refuse(thread, errno.EACCES, Reason.privateBo, 0, 0)
    }
    const row = buffers.add({
      file,
      type,
      sizeBytes: buffers.sizeBytes[from],
      pages: buffers.pages[from],
      behind: Behind.other,
    })
    if (row < 0) return this.refuse(thread, errno.ENOMEM, Reason.tooManyObjects, boCapacity, 0)
    buffers.page[row] = buffers.page[from]
    buffers.link[row] = from
    buffers.keep(from)
    return row
  }

  /** A process closes a descriptor: 0 or a negative errno. */
  close(thread: number, fd: number): number {
    const row = this.rowOf(fd)
    if (row < 0) return this.refuse(thread, errno.EBADF, Reason.unknownFd, fd, 0)
    this.row[fd - firstFd] = 0
    this.buffers.drop(row)
    return 0
  }

  /** A process ends: the descriptors it made go. */
  closeAll(file: number): void {
    for (let i = 0; i < capacity; i++) {
      if (this.row[i] === 0 || this.file[i] !== file) continue
      const row = this.row[i] - 1
      this.row[i] = 0
      this.buffers.drop(row)
    }
  }

  /** An import is gone: it lets go of the pages. */
  gone(row: number): void {
    this.buffers.drop(this.buffers.link[row])
  }

  private rowOf(fd: number): number {
    const i = fd - firstFd
    return i >= 0 && i < capacity ? this.row[i] - 1 : -1
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
