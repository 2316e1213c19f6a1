/**
 * The kernel driver: the door through which every process reaches the device.
 *
 *     runtime ── open, ioctl, mmap, close ──▶ ┌────────┐ ── BARs, host memory, IOMMU ──▶ soc
 *     runtime ◀── step(thread) ────────────── │ Driver │ ◀── interrupts ─────────────── soc
 *                                             └────────┘
 *
 * Calls are asynchronous in emulated time: a call starts at once, may park its thread, and its result is in
 * `result(thread)` when the runtime's `step(thread)` runs next. Results are 0 or a negative errno; every
 * refusal leaves a sentence.
 */
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Soc } from '../soc/soc.ts'
import type { LastError } from './async-errors.ts'
import { AsyncErrors } from './async-errors.ts'
import { BringUp } from './bring-up.ts'
import type { DeviceView } from './bring-up.ts'
import { Buffers } from './buffers.ts'
import type { BoView } from './buffers.ts'
import { Contexts, ContextState } from './contexts.ts'
import { KernelCall, WaitKind, waitNames } from './events.ts'
import { Files, maxFiles } from './files.ts'
import { Mailbox } from './mailbox.ts'
import { Packets } from './packets.ts'
import { Queries } from './queries.ts'
import { callName, Reason, Refusals } from './refusals.ts'
import type { RefusalView } from './refusals.ts'
import { Submission } from './submit.ts'
import { inspectQueue } from './queue-view.ts'
import type { ContextView } from './queue-view.ts'
import { localCount, parked, threadCount, Threads } from './threads.ts'
import type { UserSpace } from './threads.ts'

/** A host thread as the app shows it. */
export interface ThreadView {
  readonly thread: number
  /** The kernel call it is in, or nothing while it is in user code. */
  readonly call: string | undefined
  readonly waitsFor: string | undefined
  /** What the wait is about: a context handle, a message id. */
  readonly waitDetail: number
}

/** Locals of CLOSE and DESTROY_HWCTX. */
const Local = { context: 0 } as const

export class Driver {
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly mail: Mailbox
  private readonly buffers: Buffers
  private readonly contexts: Contexts
  private readonly submission: Submission
  private readonly bringUp: BringUp
  private readonly errors: AsyncErrors
  private readonly queries: Queries
  private readonly soc: Soc

  /** Takes one scheduler slot per host thread. `user` gets control whenever a call has returned. */
  constructor(sim: Sim, facts: HostFacts, soc: Soc, user: UserSpace) {
    this.soc = soc
    this.refusals = new Refusals(sim, threadCount)
    this.threads = new Threads(sim, facts, user, (thread) => this.serve(thread))
    const { threads, refusals } = this
    this.files = new Files(sim, facts, soc)
    this.errors = new AsyncErrors(sim, facts, soc.dram.memory)
    this.mail = new Mailbox(sim, facts, soc, threads, refusals, (id, type) =>
      this.errors.reported(this.mail, id, type, this.bringUp.firstCoreRow),
    )
    this.buffers = new Buffers(sim, facts, soc, threads, refusals, this.files)
    this.contexts = new Contexts(
      sim,
      facts,
      soc,
      threads,
      refusals,
      this.files,
      this.buffers,
      this.mail,
    )
    const { memory } = soc.dram
    const packets = new Packets(sim, memory, threads, refusals, this.buffers, this.contexts)
    this.submission = new Submission(
      sim,
      facts,
      memory,
      threads,
      refusals,
      this.files,
      this.buffers,
      this.contexts,
      packets,
    )
    this.bringUp = new BringUp(
      sim,
      facts,
      soc,
      threads,
      refusals,
      this.mail,
      this.contexts,
      this.errors,
    )
    this.queries = new Queries(sim, threads, refusals, this.files, this.errors, this.bringUp)
  }

  /** A vector reached the host; the soc's connection. */
  onInterrupt(vector: number): void {
    if (vector === this.mail.vector) this.mail.onInterrupt()
    else this.submission.onInterrupt(vector)
  }

  /** Starts a thread's user code, or lets it go on after working for `ticks`. */
  run(thread: number, ticks: Tick): void {
    this.threads.startUser(thread, ticks)
  }

  /** Ends a thread. */
  stop(thread: number): void {
    this.threads.stop(thread)
  }

  /** Brings the device up, as loading the driver does. */
  boot(thread: number): void {
    this.threads.enter(thread, KernelCall.boot, 0)
  }

  /** Opens the device for a new process; `value` is the file. */
  open(thread: number): void {
    this.threads.enter(thread, KernelCall.open, 0)
  }

  /** Closes a file: its contexts end, its handles go. */
  close(thread: number, file: number): void {
    this.threads.enter(thread, KernelCall.close, file)
  }

  /** Calls ioctl `code` with the thread's argument block. */
  ioctl(thread: number, file: number, code: number): void {
    this.threads.enter(thread, code, file)
  }

  /** Maps a buffer at its map offset; `value` is the address. */
  mmap(thread: number, file: number, offset: number, length: number): void {
    this.threads.locals[thread * localCount] = offset
    this.threads.locals[thread * localCount + 1] = length
    this.threads.enter(thread, KernelCall.mmap, file)
  }

  /** Takes a whole mapping away. */
  munmap(thread: number, file: number, address: number): void {
    this.threads.locals[thread * localCount] = address
    this.threads.enter(thread, KernelCall.munmap, file)
  }

  /** Sends a signal: an interruptible wait ends with -EINTR. False when the thread is in no such wait. */
  signal(thread: number): boolean {
    return this.threads.signal(
      thread,
      (kind) =>
        kind === WaitKind.turn || kind === WaitKind.queueSlot || kind === WaitKind.completion,
    )
  }

  /** Result of a thread's last call. */
  result(thread: number): number {
    return this.threads.result[thread]
  }

  /** What the call delivered beside its result. */
  value(thread: number): number {
    return this.threads.value[thread]
  }

  /** Why the thread's last refused call was refused. */
  reason(thread: number): string {
    return this.refusals.lastOf(thread)
  }

  /** Clears a thread's argument block. */
  clearArgs(thread: number): void {
    this.threads.clearArgs(thread)
  }

  /** Sets a word of a thread's argument block. */
  setArg(thread: number, offset: number, value: number): void {
    this.threads.setArg(thread, offset, value)
  }

  /** Sets a 64-bit field of a thread's argument block. */
  setArg64(thread: number, offset: number, value: number): void {
    this.threads.setArg64(thread, offset, value)
  }

  /** A word of a thread's argument block. */
  arg(thread: number, offset: number): number {
    return this.threads.arg(thread, offset)
  }

  /** A 64-bit field of a thread's argument block. */
  arg64(thread: number, offset: number): number {
    return this.threads.arg64(thread, offset)
  }

  /** The process's memory: loads and stores of its own code. */
  get memory(): Files {
    return this.files
  }

  /** Whether a thread is inside a call. */
  inKernel(thread: number): boolean {
    return this.threads.inKernel(thread)
  }

  /** Device facts learned at bring-up. */
  inspectDevice(): DeviceView {
    return this.bringUp.inspect()
  }

  /** All buffer objects. */
  inspectBuffers(): readonly BoView[] {
    return this.buffers.inspect()
  }

  /** All contexts with their queues. */
  inspectContexts(): readonly ContextView[] {
    return inspectQueue(this.contexts, this.soc.dram.memory)
  }

  /** The last asynchronous error, undefined while there was none. */
  inspectLastError(): LastError | undefined {
    return this.errors.inspect()
  }

  /** Recent refusals, oldest first. */
  inspectRefusals(): readonly RefusalView[] {
    return this.refusals.list()
  }

  /** Threads that exist, with what they wait for. */
  inspectThreads(): readonly ThreadView[] {
    const views: ThreadView[] = []
    for (let thread = 0; thread < threadCount; thread++) {
      if (!this.threads.isAlive(thread)) continue
      const inside = this.threads.inKernel(thread)
      const waits = this.threads.isParked(thread)
      const kind = this.threads.waitKind[thread]
      const what = this.threads.waitFor[thread]
      const ofContext =
        kind === WaitKind.turn || kind === WaitKind.queueSlot || kind === WaitKind.completion
      views.push({
        thread,
        call: inside ? callName(this.threads.call[thread]) : undefined,
        waitsFor: waits ? waitNames[kind] : undefined,
        waitDetail: ofContext ? this.contexts.handle[what] : what,
      })
    }
    return views
  }

  /** Runs the kernel side of a thread's call until it ends or parks. */
  private serve(thread: number): number {
    const call = this.threads.call[thread]
    if (call === KernelCall.boot) return this.bringUp.run(thread)
    if (!this.bringUp.isUp) return this.refuse(thread, errno.ENODEV, Reason.deviceNotUp)
    if (call === KernelCall.open) return this.openFile(thread)
    if (!this.files.isOpen(this.threads.file[thread])) {
      return this.refuse(thread, errno.EBADF, Reason.unknownFile)
    }
    return call > 0 && call <= KernelCall.munmap ? this.serveCall(thread) : this.serveIoctl(thread)
  }

  private serveCall(thread: number): number {
    const first = this.threads.locals[thread * localCount]
    switch (this.threads.call[thread]) {
      case KernelCall.close:
        return this.closeFile(thread)
      case KernelCall.mmap:
        return this.buffers.mmap(thread, first, this.threads.locals[thread * localCount + 1])
      default:
        return this.buffers.munmap(thread, first)
    }
  }

  private serveIoctl(thread: number): number {
    switch (this.threads.call[thread] >>> 0) {
      case ioctls.createHwctx.code:
        return this.createContext(thread)
      case ioctls.destroyHwctx.code:
        return this.destroyContext(thread)
      case ioctls.configHwctx.code:
        return this.contexts.configure(thread)
      case ioctls.createBo.code:
        return this.buffers.create(thread)
      case ioctls.getBoInfo.code:
        return this.buffers.info(thread)
      case ioctls.syncBo.code:
        return this.buffers.sync(thread)
      case ioctls.gemClose.code:
        return this.buffers.close(thread)
      case ioctls.execCmd.code:
        return this.submission.exec(thread)
      case ioctls.waitCmd.code:
        return this.submission.wait(thread)
      case ioctls.getInfo.code:
        return this.queries.info(thread)
      case ioctls.getArray.code:
        return this.queries.array(thread)
      case ioctls.setState.code:
        return this.refuse(thread, errno.EOPNOTSUPP, Reason.notEmulated)
      default:
        return this.refuse(thread, errno.EINVAL, Reason.unknownIoctl)
    }
  }

  private openFile(thread: number): number {
    const file = this.files.open()
    if (file === -1) return this.refuse(thread, errno.EMFILE, Reason.tooManyFiles, maxFiles)
    if (file < 0) return this.refuse(thread, errno.ENOMEM, Reason.noMemory, 1)
    this.threads.value[thread] = file
    return 0
  }

  private createContext(thread: number): number {
    const result = this.contexts.create(thread)
    if (result === 0) this.submission.begin(this.threads.locals[thread * localCount])
    return result
  }

  private destroyContext(thread: number): number {
    const at = argument.destroyHwctx
    if (this.threads.phase[thread] > 0) return this.contextEnded(thread)
    if (this.threads.arg(thread, at.pad) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.padNotZero)
    }
    const handle = this.threads.arg(thread, at.handle)
    const context = this.contexts.rowOf(this.threads.file[thread], handle)
    if (context < 0) return this.refuse(thread, errno.EINVAL, Reason.unknownContext, handle)
    return this.endContext(thread, context)
  }

  /** Closing a file ends its contexts one after the other, then its buffers. */
  private closeFile(thread: number): number {
    const file = this.threads.file[thread]
    if (this.threads.phase[thread] > 0) this.contextEnded(thread)
    for (let context = 0; context < this.contexts.capacity; context++) {
      if (this.contexts.state[context] !== ContextState.connected) continue
      if (this.contexts.file[context] !== file) continue
      const result = this.endContext(thread, context)
      if (result === parked) return parked
    }
    this.buffers.closeAll(file)
    this.files.close(file)
    return 0
  }

  private endContext(thread: number, context: number): number {
    this.threads.locals[thread * localCount + Local.context] = context
    this.threads.phase[thread] = 1
    const asked = this.contexts.disconnect(thread, context)
    this.submission.dismiss(context)
    if (asked === parked) return parked
    this.contextEnded(thread)
    return asked
  }

  /** The firmware has ended a context, or cannot any more: its jobs are aborted, its row is free. */
  private contextEnded(thread: number): number {
    const context = this.threads.locals[thread * localCount + Local.context]
    this.submission.abort(context)
    this.contexts.free(context)
    return 0
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
