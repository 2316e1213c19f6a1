/**
 * Context queries: what a process can ask about hardware contexts, its own and those of others.
 *
 *     GET_ARRAY 0, 1 ──▶ ┌────────────────┐ ◀── rows ── Contexts
 *     GET_INFO 5 ──────▶ │ ContextQueries │
 *                        └────────────────┘ ── entries ──▶ memory of the process
 *
 * Faithful    the entry, who sees which context, limits, every context spans all columns, the older form is the front
 *             part of the entry and its size counts down
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import { queries } from '../device/abi/queries.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { ContextState } from './contexts.ts'
import type { Contexts } from './contexts.ts'
import { DriverEvent } from './events.ts'
import { maxFiles } from './files.ts'
import type { Files } from './files.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Threads } from './threads.ts'

const high32 = 2 ** 32
const { hwContextBytes: entryBytes, hwContextOldBytes: oldBytes } = queries

export class ContextQueries {
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly contexts: Contexts
  /** The entry at hand; it lives for one copy. */
  private readonly entry = new Uint8Array(entryBytes)
  private readonly view = new DataView(this.entry.buffer)

  constructor(
    sim: Sim,
    facts: HostFacts,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    contexts: Contexts,
  ) {
    this.sim = sim
    this.facts = facts
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.contexts = contexts
  }

  /** GET_ARRAY of all contexts that the process may see, as many as it has room for. */
  all(thread: number, size: number, count: number): number {
    const { mostBytes, mostElements } = queries.hwContextAll
    if (size > mostBytes || count > mostElements) {
      return this.refuse(thread, errno.EINVAL, Reason.arrayTooLarge, size, count)
    }
    const at = argument.getArray
    const bytes = Math.min(size, entryBytes)
    // The room is what counts: entries shorter than the caller's elements are more of them.
    const most = Math.floor((count * size) / bytes)
    const written = this.list(thread, this.threads.arg64(thread, at.buffer), bytes, bytes, most)
    if (written < 0) return written
    this.threads.setArg(thread, at.elementSize, bytes)
    this.threads.setArg(thread, at.numElement, written)
    return this.answered(thread, at.param, written * bytes)
  }

  /** GET_ARRAY of the context that the record in the buffer names by handle and process. */
  byId(thread: number, size: number, count: number): number {
    const at = argument.getArray
    const { threads, files } = this
    const least = queries.hwContextById.leastBytes
    if (count !== 1) return this.refuse(thread, errno.EINVAL, Reason.oneContext, count)
    if (size < least) return this.refuse(thread, errno.EINVAL, Reason.entryShort, size, least)
    const address = threads.arg64(thread, at.buffer)
    if (!files.read(threads.file[thread], address, this.entry, 0, least)) {
      return this.refuse(thread, errno.EFAULT, Reason.badPointer)
    }
    const { id, pid } = queries.hwContext
    const handle = this.view.getUint32(id, true)
    const process = this.view.getUint32(pid, true) + this.view.getUint32(pid + 4, true) * high32
    if (handle === 0 || process === 0) {
      return this.refuse(thread, errno.EINVAL, Reason.noContextNamed, handle, process)
    }
    const row = this.find(thread, handle, process)
    if (row < 0) return this.refuse(thread, errno.ENOENT, Reason.contextHidden, handle, process)
    const bytes = Math.min(size, entryBytes)
    this.fill(row)
    if (!files.write(threads.file[thread], address, this.entry, 0, bytes)) {
      return this.refuse(thread, errno.EFAULT, Reason.badPointer)
    }
    threads.setArg(thread, at.elementSize, bytes)
    threads.setArg(thread, at.numElement, 1)
    return this.answered(thread, at.param, bytes)
  }

  /** GET_INFO of contexts in the older form. */
  old(thread: number): number {
    const at = argument.getInfo
    const room = this.threads.arg(thread, at.bufferSize)
    const address = this.threads.arg64(thread, at.buffer)
    const count = Math.floor(room / oldBytes)
    const written = this.list(thread, address, oldBytes, oldBytes, count)
    if (written < 0) return written
    this.threads.setArg(thread, at.bufferSize, room - written * oldBytes)
    return this.answered(thread, at.param, written * oldBytes)
  }

  /** Copies entries by process and handle; how many, or a negative errno. */
  private list(thread: number, address: number, bytes: number, stride: number, most: number) {
    const { files, threads, contexts } = this
    let written = 0
    for (let file = 0; file < maxFiles && written < most; file++) {
      if (!this.sees(thread, file)) continue
      for (let handle = 1; handle <= this.facts.maxHandle && written < most; handle++) {
        const row = contexts.rowOf(file, handle)
        if (row < 0) continue
        this.fill(row)
        const to = address + written * stride
        if (!files.write(threads.file[thread], to, this.entry, 0, bytes)) {
          return this.refuse(thread, errno.EFAULT, Reason.badPointer)
        }
        written++
      }
    }
    return written
  }

  private find(thread: number, handle: number, process: number): number {
    for (let file = 0; file < maxFiles; file++) {
      if (this.files.pid[file] !== process || !this.sees(thread, file)) continue
      const row = this.contexts.rowOf(file, handle)
      if (row >= 0) return row
    }
    return -1
  }

  /** Whether the caller may see what a file of its function has: its own user's, or everything. */
  private sees(thread: number, file: number): boolean {
    const { fn } = this.files
    if (!this.files.isOpen(file) || fn[file] !== fn[this.threads.file[thread]]) return false
    const own = this.files.uid[this.threads.file[thread]]
    return own === 0 || own === this.files.uid[file]
  }

  private fill(row: number): void {
    const at = queries.hwContext
    const { contexts, files } = this
    const file = contexts.file[row]
    const put = (offset: number, value: number): void => this.view.setUint32(offset, value, true)
    const put64 = (offset: number, value: number): void => {
      put(offset, value % high32)
      put(offset + 4, Math.floor(value / high32))
    }
    const isConnected = contexts.state[row] === ContextState.connected
    const isBusy = contexts.submissions[row] !== contexts.completions[row]
    const { idle, active } = queries.hwContextState
    this.entry.fill(0)
    put(at.id, contexts.handle[row])
    put(at.startCol, 0)
    put(at.numCol, this.facts.device.columns)
    put(at.fwId, isConnected ? contexts.fwId[row] : high32 - 1)
    put64(at.pid, files.pid[file])
    put64(at.submissions, contexts.submissions[row])
    put64(at.completions, contexts.completions[row])
    put64(at.priority, contexts.priorityOf(row))
    put64(at.heapUsage, files.heapBytes[file])
    put(at.state, isConnected && isBusy ? active : idle)
    put(at.pasid, files.pasidOf(file))
    const { qos } = argument
    put(at.gops, contexts.qosOf(row, qos.gops))
    put(at.fps, contexts.qosOf(row, qos.fps))
    put(at.dmaBandwidth, contexts.qosOf(row, qos.dmaBandwidth))
    put(at.latency, contexts.qosOf(row, qos.latency))
    put(at.frameTime, contexts.qosOf(row, qos.frameTime))
    const room = queries.processNameBytes
    this.entry.set(files.names.subarray(file * room, (file + 1) * room), at.name)
  }

  private answered(thread: number, param: number, bytes: number): number {
    this.sim.trace.emit(DriverEvent.answered, thread, this.threads.arg(thread, param), bytes)
    return 0
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
