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
import { functionOfVf } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Soc } from '../soc/soc.ts'
import type { LastError } from './async-errors.ts'
import type { DeviceView } from './bring-up.ts'
import type { BootStepView } from './boot-log.ts'
import { inspectBuffers } from './bo-view.ts'
import type { BoView } from './bo-view.ts'
import type { HeapView } from './device-heap.ts'
import { inspectFunctions } from './function-view.ts'
import type { FunctionView } from './function-view.ts'
import { Dispatch } from './dispatch.ts'
import type { Experiments } from './experiments.ts'
import { DebugLocal } from './debug-files.ts'
import type { SystemFile } from './debug-files.ts'
import { KernelCall, WaitKind, waitNames } from './events.ts'
import type { FirmwareFiles } from './firmware-files.ts'
import type { Files } from './files.ts'
import { Kernel } from './kernel.ts'
import type { PowerView } from './pm.ts'
import { inspectQueue } from './queue-view.ts'
import type { ContextView } from './queue-view.ts'
import { callName } from './refusals.ts'
import type { RefusalView } from './refusals.ts'
import { localCount, threadCount } from './threads.ts'
import type { Threads, UserSpace } from './threads.ts'

/** A host thread as the app shows it. */
export interface ThreadView {
  readonly thread: number
  /** The kernel call it is in, or nothing while it is in user code. */
  readonly call: string | undefined
  readonly waitsFor: string | undefined
  /** What the wait is about: a context handle, a message id. */
  readonly waitDetail: number
}

export class Driver {
  /** What can be asked of the firmware though no ioctl does. */
  readonly experiments: Experiments
  private readonly kernel: Kernel
  private readonly threads: Threads
  private readonly soc: Soc

  /** Takes one scheduler slot per host thread. `user` gets control whenever a call has returned. */
  constructor(sim: Sim, facts: HostFacts, soc: Soc, user: UserSpace) {
    this.soc = soc
    this.kernel = new Kernel(sim, facts, soc, user, (thread) => dispatch.serve(thread))
    this.threads = this.kernel.threads
    this.experiments = this.kernel.experiments
    const dispatch = new Dispatch(facts, this.kernel)
  }

  /** A vector of a function reached the host; the soc's connection. */
  onInterrupt(vector: number, fn = 0): void {
    this.kernel.onInterrupt(vector, fn)
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
  boot(thread: number, again = false): void {
    this.threads.locals.fill(0, thread * localCount, (thread + 1) * localCount)
    this.threads.locals[thread * localCount + localCount - 1] = again ? 1 : 0
    this.threads.enter(thread, KernelCall.boot, 0)
  }

  /** Puts the system to sleep, or (`runtime`) a function alone: a VF, or the first one. */
  suspend(thread: number, runtime: boolean, vf?: number): void {
    this.change(thread, KernelCall.suspend, runtime ? 1 : 0, vf)
  }

  /** Wakes the system, or a function that sleeps alone. */
  resume(thread: number, vf?: number): void {
    this.change(thread, KernelCall.resume, 0, vf)
  }

  /** Resets a function. */
  flr(thread: number, vf?: number): void {
    this.change(thread, KernelCall.flr, 0, vf)
  }

  private change(thread: number, call: number, first: number, vf: number | undefined): void {
    this.threads.locals[thread * localCount] = first
    this.threads.locals[thread * localCount + 1] = vf === undefined ? 0 : functionOfVf(vf)
    this.threads.enter(thread, call, 0)
  }

  /** The power state of a function, as sysfs says it. */
  isSuspended(fn = 0): boolean {
    return this.kernel.pm.isSuspended(fn)
  }

  /** Power of every function that is up, for the app. */
  inspectPower(): readonly PowerView[] {
    return this.kernel.functions.all.map(({ index }) => this.kernel.pm.inspect(index))
  }

  /** Opens a device function for a new process of a user; `value` is the file. */
  open(thread: number, uid = 0, fn = 0): void {
    this.threads.locals[thread * localCount] = uid
    this.threads.locals[thread * localCount + 1] = fn
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

  /** Writes the switch in the debug file system of a function that decides who submits to new contexts. */
  switchSubmission(thread: number, toUser: boolean, fn = 0): void {
    this.threads.locals[thread * localCount] = toUser ? 1 : 0
    this.threads.locals[thread * localCount + 1] = fn
    this.threads.enter(thread, KernelCall.submission, 0)
  }

  /** Writes a number to a file in the debug file system of a function (`DebugFile`). */
  writeDebugFile(thread: number, file: number, value: number, fn = 0): void {
    this.threads.locals[thread * localCount + DebugLocal.file] = file
    this.threads.locals[thread * localCount + DebugLocal.value] = value
    this.threads.locals[thread * localCount + DebugLocal.fn] = fn
    this.threads.enter(thread, KernelCall.debugFile, 0)
  }

  /** Files of the device in sysfs, hwmon and debugfs, as they read now. */
  inspectFiles(): readonly SystemFile[] {
    return this.kernel.debugFiles.list()
  }

  /** Lines that the driver has copied from the firmware's log to the kernel's. */
  inspectDmesg(): readonly string[] {
    return this.kernel.queries.streams.dmesg()
  }

  /** Writes the number of VFs that the PF is to have; `value` is how many it has. PCI may have no room for them. */
  setVfs(thread: number, count: number, noRoom = false): void {
    const at = thread * localCount
    this.threads.locals.fill(0, at, at + localCount)
    this.threads.locals[at + 4] = count
    this.threads.locals[at + 5] = noRoom ? 1 : 0
    this.threads.enter(thread, KernelCall.sriov, 0)
  }

  /** Gives VFs to VMs: these and no others. */
  assignVfs(thread: number, vfs: readonly number[]): void {
    const at = thread * localCount
    this.threads.locals.fill(0, at, at + localCount)
    for (const vf of new Set(vfs)) this.threads.locals[at + (vf >> 5)] += 2 ** (vf & 31)
    this.threads.enter(thread, KernelCall.assign, 0)
  }

  /** A process stores to a doorbell page that it has mapped; no call. False when none is at the address. */
  ring(file: number, address: number): boolean {
    return this.kernel.contexts.storeDoorbell(file, address)
  }

  /** The kernel takes the pages of a buffer elsewhere; false when it may not. */
  movePages(file: number, handle: number): boolean {
    return this.kernel.buffers.move(file, handle)
  }

  /** Sends a signal: an interruptible wait ends with -EINTR. False when the thread is in no such wait. */
  signal(thread: number): boolean {
    return this.threads.signal(
      thread,
      (kind) =>
        kind === WaitKind.turn ||
        kind === WaitKind.queueSlot ||
        kind === WaitKind.completion ||
        kind === WaitKind.firmwareData,
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
    return this.kernel.refusals.lastOf(thread)
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
    return this.kernel.files
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

  /** The power mode that the device runs in: the highest that a function asks for. */
  get powerMode(): number {
    return this.kernel.functions.powerMode
  }

  /** VFs that exist. */
  get vfCount(): number {
    return this.kernel.sriov.vfCount
  }

  /** Whether a VF is given to a VM. */
  isAssigned(vf: number): boolean {
    return this.kernel.sriov.isAssigned(vf)
  }

  /** The device functions that exist. */
  inspectFunctions(): readonly FunctionView[] {
    return inspectFunctions(this.kernel, this.soc)
  }

  /** Device facts learned at bring-up. */
  inspectDevice(): DeviceView {
    return this.kernel.functions.first.bringUp.inspect()
  }

  /** Steps that brought functions of the device up, down and back, oldest first. */
  inspectBoot(): readonly BootStepView[] {
    return this.kernel.functions.log.list()
  }

  /** The firmware images on the host's disk. */
  get disk(): FirmwareFiles {
    return this.kernel.functions.disk
  }

  /** All buffer objects. */
  inspectBuffers(): readonly BoView[] {
    return inspectBuffers(this.kernel.buffers, this.kernel.files, this.soc)
  }

  /** The device heap of a process. */
  inspectHeap(file: number): HeapView {
    return this.kernel.heap.inspect(file)
  }

  /** What the kernel says of an open file, keys and values. */
  inspectFile(file: number): readonly (readonly [string, string])[] {
    return this.kernel.fdInfo.lines(file)
  }

  /** All contexts with their queues. */
  inspectContexts(): readonly ContextView[] {
    return inspectQueue(this.kernel.contexts, this.soc.dram.memory)
  }

  /** The last asynchronous error, undefined while there was none. */
  inspectLastError(): LastError | undefined {
    return this.kernel.functions.first.errors.inspect()
  }

  /** Recent refusals, oldest first. */
  inspectRefusals(): readonly RefusalView[] {
    return this.kernel.refusals.list()
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
        waitDetail: ofContext ? this.kernel.contexts.handle[what] : what,
      })
    }
    return views
  }
}
