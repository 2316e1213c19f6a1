/**
 * Replies: what every query of a process needs: bytes to and from its memory, refusals, and the record of an answer.
 *
 *     queries ──▶ ┌─────────┐ ──▶ Files, Refusals, trace
 *                 │ Replies │ ◀── geometry, clocks, features: ArrayInfo
 *                 └─────────┘ ──▶ Mailbox, KernelBuffers
 */
import type { HostFacts } from '../device/host-facts.ts'
import { errno } from '../device/abi/ioctl.ts'
import type { Sim } from '../sim/sim.ts'
import type { Soc } from '../soc/soc.ts'
import type { ArrayInfo } from './array-info.ts'
import { DriverEvent } from './events.ts'
import type { Files } from './files.ts'
import { KernelBuffers } from './kernel-buffers.ts'
import type { DeviceFunction, Functions } from './functions.ts'
import type { Mailbox } from './mailbox.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { localCount } from './threads.ts'
import type { Threads } from './threads.ts'

/** Bytes copied at a time. */
const chunkBytes = 1 << 16

export class Replies {
  readonly sim: Sim
  readonly facts: HostFacts
  readonly soc: Soc
  readonly threads: Threads
  readonly files: Files
  readonly functions: Functions
  readonly buffers: KernelBuffers
  private readonly refusals: Refusals
  private readonly chunk = new Uint8Array(chunkBytes)

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    functions: Functions,
  ) {
    this.sim = sim
    this.facts = facts
    this.soc = soc
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.functions = functions
    this.buffers = new KernelBuffers(soc)
  }

  /** The device function that the caller has open. */
  functionOf(thread: number): DeviceFunction {
    return this.functions.ofFile(this.threads.file[thread])
  }

  /** The mailbox of the caller's function. */
  mailOf(thread: number): Mailbox {
    return this.functionOf(thread).mail
  }

  /** What the caller's function was told of the array. */
  infoOf(thread: number): ArrayInfo {
    return this.functionOf(thread).bringUp.array
  }

  /** Whether the caller is root. */
  isRoot(thread: number): boolean {
    return this.files.uid[this.threads.file[thread]] === 0
  }

  /** Whether a file of the caller's function exists. */
  isNear(thread: number, file: number): boolean {
    const { fn } = this.files
    return this.files.isOpen(file) && fn[file] === fn[this.threads.file[thread]]
  }

  /** Whether the caller may see what a file of its function has: its own user's, or everything. */
  sees(thread: number, file: number): boolean {
    if (!this.isNear(thread, file)) return false
    return this.isRoot(thread) || this.files.uid[this.threads.file[thread]] === this.files.uid[file]
  }

  /** Copies bytes to the process: 0 or -EFAULT. */
  copyOut(thread: number, address: number, source: Uint8Array, at: number, count: number): number {
    if (count === 0) return 0
    const isThere = this.files.write(this.threads.file[thread], address, source, at, count)
    return isThere ? 0 : this.refuse(thread, errno.EFAULT, Reason.badPointer)
  }

  /** Copies bytes from the process: 0 or -EFAULT. */
  copyIn(thread: number, address: number, target: Uint8Array, count: number): number {
    if (count === 0) return 0
    const isThere = this.files.read(this.threads.file[thread], address, target, 0, count)
    return isThere ? 0 : this.refuse(thread, errno.EFAULT, Reason.badPointer)
  }

  /** Copies from a kernel buffer to the process: 0 or -EFAULT. */
  copyFrom(thread: number, buffer: number, address: number, count: number): number {
    for (let done = 0; done < count; done += chunkBytes) {
      const bytes = Math.min(chunkBytes, count - done)
      this.buffers.read(buffer + done, this.chunk, 0, bytes)
      const copied = this.copyOut(thread, address + done, this.chunk, 0, bytes)
      if (copied < 0) return copied
    }
    return 0
  }

  /** Copies from the process to a kernel buffer: 0 or -EFAULT. */
  copyInto(thread: number, buffer: number, address: number, count: number): number {
    for (let done = 0; done < count; done += chunkBytes) {
      const bytes = Math.min(chunkBytes, count - done)
      const copied = this.copyIn(thread, address + done, this.chunk, bytes)
      if (copied < 0) return copied
      this.buffers.write(buffer + done, this.chunk, 0, bytes)
    }
    return 0
  }

  /** A number that the call keeps while it is parked. */
  local(thread: number, index: number): number {
    return this.threads.locals[thread * localCount + index]
  }

  setLocal(thread: number, index: number, value: number): void {
    this.threads.locals[thread * localCount + index] = value
  }

  /** Records an answer. */
  answered(thread: number, param: number, bytes: number): number {
    this.sim.trace.emit(DriverEvent.answered, thread, param, bytes)
    return 0
  }

  refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
