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
import { MailOpcode, message } from '../device/abi/mailbox.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { never } from '../sim/scheduler.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Soc } from '../soc/soc.ts'
import type { LastError } from './async-errors.ts'
import { AsyncErrors } from './async-errors.ts'
import { BringUp } from './bring-up.ts'
import type { DeviceView } from './bring-up.ts'
import { inspectBuffers } from './bo-view.ts'
import type { BoView } from './bo-view.ts'
import { Behind, Buffers } from './buffers.ts'
import { ContextQueries } from './context-queries.ts'
import { Contexts, ContextState } from './contexts.ts'
import { BoCreation } from './create-bo.ts'
import { DeviceHeap } from './device-heap.ts'
import type { HeapView } from './device-heap.ts'
import { DmaBufs } from './dma-bufs.ts'
import { KernelCall, WaitKind, waitNames } from './events.ts'
import { FdInfo } from './fdinfo.ts'
import { Files, maxFiles } from './files.ts'
import { Health } from './health.ts'
import { HeapAnnouncer } from './heap-announcer.ts'
import { kernelThread, Mailbox } from './mailbox.ts'
import { Packets } from './packets.ts'
import { PageSource } from './page-source.ts'
import { Power } from './power.ts'
import { Queries } from './queries.ts'
import { callName, Reason, Refusals } from './refusals.ts'
import type { RefusalView } from './refusals.ts'
import { Recovery } from './recovery.ts'
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

/** Locals of CLOSE, DESTROY_HWCTX and CREATE_HWCTX; of CREATE_BO: the row. */
const Local = { context: 0, row: 0, refusal: 5 } as const

/** Phases of CREATE_BO and CREATE_HWCTX behind their own. */
const Phase = { announcing: 2, undoing: 3 } as const

export class Driver {
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly mail: Mailbox
  private readonly pageSource: PageSource
  private readonly buffers: Buffers
  private readonly heap: DeviceHeap
  private readonly dmaBufs: DmaBufs
  private readonly creation: BoCreation
  private readonly announcer: HeapAnnouncer
  private readonly contexts: Contexts
  private readonly fdInfo: FdInfo
  private readonly submission: Submission
  private readonly bringUp: BringUp
  private readonly errors: AsyncErrors
  private readonly recovery: Recovery
  private readonly queries: Queries
  private readonly power: Power
  private readonly facts: HostFacts
  private readonly soc: Soc

  /** Takes one scheduler slot per host thread. `user` gets control whenever a call has returned. */
  constructor(sim: Sim, facts: HostFacts, soc: Soc, user: UserSpace) {
    this.soc = soc
    this.facts = facts
    this.refusals = new Refusals(sim, threadCount)
    this.threads = new Threads(sim, facts, user, (thread) => this.serve(thread))
    const { threads, refusals } = this
    this.files = new Files(sim, facts, soc)
    this.errors = new AsyncErrors(sim, facts, soc.dram.memory, (fwId, type, report) =>
      this.recovery.begin(fwId, type, report),
    )
    this.mail = new Mailbox(sim, facts, soc, threads, refusals, {
      answered: (id, opcode) => this.answered(id, opcode),
      noted: (note, a) => this.errors.noted(note, a),
    })
    const { files } = this
    const pageSource = new PageSource(sim, facts, soc)
    this.pageSource = pageSource
    const others = {
      pinned: (row: number): void => this.pinnedElsewhere(row),
      gone: (row: number): void => this.bufferGone(row),
    }
    const buffers = new Buffers(sim, facts, soc, threads, refusals, files, pageSource, others)
    this.buffers = buffers
    this.heap = new DeviceHeap(sim, facts, threads, refusals, files, buffers, pageSource)
    this.dmaBufs = new DmaBufs(sim, facts, threads, refusals, buffers)
    this.creation = new BoCreation(
      sim,
      facts,
      soc,
      threads,
      refusals,
      files,
      buffers,
      this.heap,
      this.dmaBufs,
      pageSource,
    )
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
    this.announcer = new HeapAnnouncer(sim, threads, buffers, this.contexts, this.heap, this.mail)
    const memory = soc.cpu
    const packets = new Packets(sim, memory, threads, refusals, this.buffers, this.contexts)
    this.fdInfo = new FdInfo(sim, facts, soc, files, buffers)
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
      this.fdInfo,
    )
    const health = new Health(sim, memory, this.buffers, packets)
    this.recovery = new Recovery(sim, this.contexts, this.submission, health, this.announcer)
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
    this.power = new Power(sim, threads, refusals, files, this.mail)
    this.queries = new Queries(
      sim,
      threads,
      refusals,
      this.files,
      this.errors,
      this.bringUp,
      new ContextQueries(sim, facts, threads, refusals, files, this.contexts),
      this.power,
    )
  }

  /** The firmware answered a message that no thread waits for. */
  private answered(id: number, opcode: number): void {
    if (opcode !== MailOpcode.asyncEventReport) {
      this.recovery.answered(id, opcode)
      return
    }
    const type = this.mail.word(kernelThread, message.asyncReply.type)
    this.errors.reported(this.mail, id, type, this.bringUp.firstCoreRow)
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

  /** Opens the device for a new process of a user; `value` is the file. */
  open(thread: number, uid = 0): void {
    this.threads.locals[thread * localCount] = uid
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

  /** Maps a buffer at its map offset, at a fixed address or (-1) at any; `value` is the address. */
  mmap(thread: number, file: number, offset: number, length: number, fixed = -1): void {
    this.threads.locals[thread * localCount] = offset
    this.threads.locals[thread * localCount + 1] = length
    this.threads.locals[thread * localCount + 2] = fixed
    this.threads.enter(thread, KernelCall.mmap, file)
  }

  /** Takes a whole mapping away. */
  munmap(thread: number, file: number, address: number): void {
    this.threads.locals[thread * localCount] = address
    this.threads.enter(thread, KernelCall.munmap, file)
  }

  /** Closes a dma-buf descriptor. */
  closeFd(thread: number, file: number, fd: number): void {
    this.threads.locals[thread * localCount] = fd
    this.threads.enter(thread, KernelCall.closeFd, file)
  }

  /** Writes the file in the debug file system that carves memory out: `size@address`. */
  carve(thread: number, text: string): void {
    const [, size = NaN, address = NaN] = /^(\w+)@(\w+)$/.exec(text)?.map(Number) ?? []
    this.threads.locals[thread * localCount] = Number.isSafeInteger(size) ? size : -1
    this.threads.locals[thread * localCount + 1] = Number.isSafeInteger(address) ? address : -1
    this.threads.enter(thread, KernelCall.carve, 0)
  }

  /** Writes the switch in the debug file system that decides who submits to new contexts. */
  switchSubmission(thread: number, toUser: boolean): void {
    this.threads.locals[thread * localCount] = toUser ? 1 : 0
    this.threads.enter(thread, KernelCall.submission, 0)
  }

  /** A process stores to a doorbell page that it has mapped; no call. False when none is at the address. */
  ring(file: number, address: number): boolean {
    return this.contexts.storeDoorbell(file, address)
  }

  /** The kernel takes the pages of a buffer elsewhere; false when it may not. */
  movePages(file: number, handle: number): boolean {
    return this.buffers.move(file, handle)
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

  /** Whether a thread exists. */
  isAlive(thread: number): boolean {
    return this.threads.isAlive(thread)
  }

  /** Whether a thread is inside a call. */
  inKernel(thread: number): boolean {
    return this.threads.inKernel(thread)
  }

  /** Whether a thread waits inside a call. */
  isParked(thread: number): boolean {
    return this.threads.isParked(thread)
  }

  /** Device facts learned at bring-up. */
  inspectDevice(): DeviceView {
    return this.bringUp.inspect()
  }

  /** All buffer objects. */
  inspectBuffers(): readonly BoView[] {
    return inspectBuffers(this.buffers, this.files, this.soc)
  }

  /** The device heap of a process. */
  inspectHeap(file: number): HeapView {
    return this.heap.inspect(file)
  }

  /** What the kernel says of an open file, keys and values. */
  inspectFile(file: number): readonly (readonly [string, string])[] {
    return this.fdInfo.lines(file)
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
        kind === WaitKind.turn ||
        kind === WaitKind.queueSlot ||
        kind === WaitKind.completion ||
        kind === WaitKind.recovery
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
    if (call === KernelCall.carve) return this.carveOut(thread)
    if (call === KernelCall.submission) {
      this.contexts.setUserMode(this.threads.locals[thread * localCount] !== 0)
      return 0
    }
    if (!this.files.isOpen(this.threads.file[thread])) {
      return this.refuse(thread, errno.EBADF, Reason.unknownFile)
    }
    return call > 0 && call <= KernelCall.carve ? this.serveCall(thread) : this.serveIoctl(thread)
  }

  private serveCall(thread: number): number {
    const first = this.threads.locals[thread * localCount]
    switch (this.threads.call[thread]) {
      case KernelCall.close:
        return this.closeFile(thread)
      case KernelCall.mmap:
        if (first < argument.fakeOffsetBase) {
          return this.contexts.mapDoorbell(
            thread,
            first,
            this.threads.locals[thread * localCount + 1],
          )
        }
        return this.buffers.mmap(
          thread,
          first,
          this.threads.locals[thread * localCount + 1],
          this.threads.locals[thread * localCount + 2],
        )
      case KernelCall.closeFd:
        return this.dmaBufs.close(thread, first)
      default:
        if (this.contexts.unmapDoorbell(this.threads.file[thread], first)) return 0
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
        return this.createBuffer(thread)
      case ioctls.getBoInfo.code:
        return this.buffers.info(thread)
      case ioctls.syncBo.code:
        return this.buffers.sync(thread)
      case ioctls.gemClose.code:
        return this.closeHandle(thread)
      case ioctls.handleToFd.code:
        return this.dmaBufs.export(thread)
      case ioctls.fdToHandle.code:
        return this.importFd(thread)
      case ioctls.execCmd.code:
        return this.submission.exec(thread)
      case ioctls.waitCmd.code:
        return this.submission.wait(thread)
      case ioctls.getInfo.code:
        return this.queries.info(thread)
      case ioctls.getArray.code:
        return this.queries.array(thread)
      case ioctls.setState.code:
        return this.power.setState(thread)
      default:
        return this.refuse(thread, errno.EINVAL, Reason.unknownIoctl)
    }
  }

  private openFile(thread: number): number {
    const { memory } = this.facts
    const hasMap = memory.addressing !== 'physical' || memory.cma || this.pageSource.hasCarveout
    if (!hasMap) return this.refuse(thread, errno.EINVAL, Reason.noPasid)
    const file = this.files.open(this.threads.locals[thread * localCount])
    if (file === -1) return this.refuse(thread, errno.EMFILE, Reason.tooManyFiles, maxFiles)
    if (file < 0) return this.refuse(thread, errno.ENOMEM, Reason.noMemory, 1)
    this.heap.open(file)
    this.fdInfo.open(file)
    this.threads.value[thread] = file
    return 0
  }

  private carveOut(thread: number): number {
    const [bytes, address] = this.threads.locals.subarray(thread * localCount)
    const { pageBytes } = this.facts
    const isWhole =
      bytes > 0 && bytes % pageBytes === 0 && address >= 0 && address % pageBytes === 0
    if (!isWhole) return this.refuse(thread, errno.EINVAL, Reason.carveShape, bytes, address)
    if (this.pageSource.hasCarveout) return this.refuse(thread, errno.EBUSY, Reason.carvedOut)
    if (this.pageSource.carve(bytes, address)) return 0
    return this.refuse(thread, errno.EINVAL, Reason.carveTaken, bytes, address)
  }

  /** CREATE_BO: the object, then what contexts have to hear of the heap under it, then the handle. */
  private createBuffer(thread: number): number {
    const at = thread * localCount + Local.row
    const isTelling = this.threads.phase[thread] === Phase.announcing
    if (!isTelling) {
      if (this.creation.waitsForHost(thread)) return parked
      const row = this.creation.create(thread)
      if (row < 0) return row
      this.threads.locals[at] = row
    }
    const row = this.threads.locals[at]
    const told = this.buffers.behind[row] === Behind.heap ? this.tell(thread, -1, isTelling) : 0
    if (told === parked) return parked
    if (told < 0) {
      this.buffers.drop(row)
      return told
    }
    this.threads.setArg(thread, argument.createBo.handle, this.buffers.publish(row))
    return 0
  }

  /** Tells contexts of chunks, one message at a time: parked, 0 at the end, or an errno. */
  private tell(thread: number, context: number, isTelling: boolean): number {
    const taken = isTelling ? this.announcer.take(thread) : 0
    if (taken < 0) return taken
    this.threads.phase[thread] = Phase.announcing
    return this.announcer.next(thread, this.threads.file[thread], context)
  }

  private importFd(thread: number): number {
    const row = this.dmaBufs.open(thread)
    if (row < 0) return row
    const isNew = !this.buffers.hasHandle(row)
    const opened = isNew ? this.creation.openForDevice(thread, row, true) : row
    if (opened < 0) return opened
    const handle = isNew ? this.buffers.publish(row) : this.buffers.table.handleOf(row)
    this.threads.setArg(thread, argument.prime.handle, handle)
    return 0
  }

  private closeHandle(thread: number): number {
    const file = this.threads.file[thread]
    const row = this.buffers.rowOf(file, this.threads.arg(thread, argument.gemClose.handle))
    if (row >= 0 && this.buffers.type[row] === argument.boType.heap) this.heap.chunkClosed(file)
    return this.buffers.close(thread)
  }

  /** A buffer without pages of its own is kept for a command. */
  private pinnedElsewhere(row: number): void {
    if (this.buffers.behind[row] === Behind.heap) this.heap.pinUnder(row)
  }

  /** The last reference to a buffer is gone. */
  private bufferGone(row: number): void {
    const behind = this.buffers.behind[row]
    if (behind === Behind.heap) this.heap.gone(row)
    else if (behind === Behind.process) this.creation.userPages.gone(row)
    else if (behind === Behind.other) this.dmaBufs.gone(row)
  }

  /** CREATE_HWCTX: the context, then the heap it can use. */
  private createContext(thread: number): number {
    const phase = this.threads.phase[thread]
    const at = thread * localCount
    if (phase === Phase.undoing) {
      this.contextEnded(thread)
      return this.threads.locals[at + Local.refusal]
    }
    if (phase < Phase.announcing) {
      const result = this.contexts.create(thread)
      if (result !== 0) return result
      this.submission.begin(this.threads.locals[at])
      this.announcer.begin(this.threads.locals[at])
    }
    const context = this.threads.locals[at + Local.context]
    const told = this.tell(thread, context, phase === Phase.announcing)
    if (told >= 0) return told
    this.threads.locals[at + Local.refusal] = told
    this.threads.phase[thread] = Phase.undoing
    const ended = this.contexts.disconnect(thread, context)
    if (ended === parked) return parked
    this.contextEnded(thread)
    return told
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
      if (!this.contexts.isThere(context) && this.contexts.state[context] !== ContextState.lost)
        continue
      if (this.contexts.file[context] !== file) continue
      const result = this.endContext(thread, context)
      if (result === parked) return parked
    }
    this.dmaBufs.closeAll(file)
    this.buffers.closeAll(file)
    this.heap.close(file)
    this.files.close(file)
    return 0
  }

  private endContext(thread: number, context: number): number {
    // One that comes back is ended when it is back.
    if (this.contexts.state[context] === ContextState.recovering) {
      this.threads.phase[thread] = 0
      return this.threads.park(thread, WaitKind.recovery, context, never)
    }
    this.threads.locals[thread * localCount + Local.context] = context
    if (this.contexts.state[context] === ContextState.lost) return this.contextEnded(thread)
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
