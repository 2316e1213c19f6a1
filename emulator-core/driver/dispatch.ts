/**
 * Dispatch: which part of the driver serves a call, after the checks that every call shares.
 *
 *     Threads ── serve(thread) ──▶ ┌──────────┐ ──▶ bring-up, files, contexts, buffers, submission, queries
 *                                  └──────────┘
 *
 * Faithful    a PF has no contexts, info, state and arrays; the order of its refusals and of the other checks
 */
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { queries } from '../device/abi/queries.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { ContextState } from './contexts.ts'
import { DebugLocal } from './debug-files.ts'
import { KernelCall } from './events.ts'
import { maxFiles } from './files.ts'
import type { Kernel } from './kernel.ts'
import { Reason } from './refusals.ts'
import { localCount, parked } from './threads.ts'

/** Queries whose answer the firmware has to give. */
const { info, array } = queries
const askingInfo: ReadonlySet<number> = new Set([
  info.aieStatus,
  info.clockMetadata,
  info.resourceInfo,
  info.telemetry,
])
const askingArrays: ReadonlySet<number> = new Set([array.coredump, array.tileRead])

/** The local of `boot` that says whether a driver that is loaded goes first. */
const Reload = { local: localCount - 1, none: 0, wanted: 1, unloading: 2 } as const

export class Dispatch {
  private readonly facts: HostFacts
  private readonly kernel: Kernel

  constructor(facts: HostFacts, kernel: Kernel) {
    this.facts = facts
    this.kernel = kernel
  }

  /** Runs the kernel side of a thread's call until it ends or parks; what the call kept awake may sleep then. */
  serve(thread: number): number {
    const result = this.perform(thread)
    if (result !== parked) this.kernel.pm.release(thread)
    return result
  }

  private perform(thread: number): number {
    const { threads, functions, files, pm } = this.kernel
    const call = threads.call[thread]
    if (call === KernelCall.powerWork) return pm.work(thread)
    if (call === KernelCall.boot) return this.boot(thread)
    if (call === KernelCall.suspend) return pm.suspend(thread)
    if (call === KernelCall.resume) return pm.resume(thread)
    if (call === KernelCall.flr) return pm.flr(thread)
    if (!functions.first.isUp && call !== KernelCall.close)
      return this.refuse(thread, errno.ENODEV, Reason.deviceNotUp)
    if (call === KernelCall.open) return this.openFile(thread)
    if (call === KernelCall.carve) return this.carveOut(thread)
    if (call === KernelCall.submission) return this.switchSubmission(thread)
    if (call === KernelCall.debugFile) return this.writeFile(thread)
    if (call === KernelCall.sriov) return this.changeVfs(thread)
    if (call === KernelCall.assign) return this.kernel.sriov.assign(thread)
    if (call === KernelCall.experiment) return this.kernel.experiments.serve(thread)
    const file = threads.file[thread]
    if (!files.isOpen(file)) return this.refuse(thread, errno.EBADF, Reason.unknownFile)
    if (call === KernelCall.close) return this.closeFile(thread)
    // A call that is under way ends by itself when its function goes.
    const isNew = threads.woken[thread] === 0
    if (isNew && files.orphaned[file] !== 0)
      return this.refuse(thread, errno.ENODEV, Reason.functionGone)
    return call > 0 && call <= KernelCall.carve ? this.serveCall(thread) : this.serveIoctl(thread)
  }

  /** Loads the driver; one that is loaded already goes first where the disk or the device was changed. */
  private boot(thread: number): number {
    const { threads, functions, pm } = this.kernel
    const { bringUp } = functions.first
    const at = thread * localCount + Reload.local
    if (threads.locals[at] !== Reload.none && bringUp.isUp) {
      const isFirst = threads.locals[at] === Reload.wanted
      threads.locals[at] = Reload.unloading
      const gone = pm.unload(thread, isFirst)
      if (gone !== 0) return gone
      bringUp.begin(thread)
    }
    threads.locals[at] = Reload.none
    const result = bringUp.run(thread)
    if (result === 0) pm.begin(0)
    return result
  }

  /** A file of the debug file system; those that change something ask the firmware. */
  private writeFile(thread: number): number {
    const { debugFiles, functions, pm, threads } = this.kernel
    const fn = threads.locals[thread * localCount + DebugLocal.fn]
    const ready = functions.all[fn]?.isUp === true ? pm.acquire(thread, fn) : 0
    return ready === 0 ? debugFiles.write(thread) : ready
  }

  private changeVfs(thread: number): number {
    const { functions, pm, sriov } = this.kernel
    const ready = pm.acquire(thread, 0)
    if (ready !== 0) return ready
    const result = sriov.configure(thread)
    if (result !== 0) return result
    for (const { index, isUp } of functions.all) if (index > 0 && isUp) pm.begin(index)
    return 0
  }

  private serveCall(thread: number): number {
    const { threads, contexts, buffers, dmaBufs, functions } = this.kernel
    const [first, length, fixed] = threads.locals.subarray(thread * localCount)
    const file = threads.file[thread]
    switch (threads.call[thread]) {
      case KernelCall.mmap:
        if (first >= argument.fakeOffsetBase) return buffers.mmap(thread, first, length, fixed)
        if (functions.ofFile(file).kind !== 'pf') return contexts.mapDoorbell(thread, first, length)
        return this.refuse(thread, errno.EOPNOTSUPP, Reason.pfHasNone)
      case KernelCall.closeFd:
        return dmaBufs.close(thread, first)
      default:
        return contexts.unmapDoorbell(file, first) ? 0 : buffers.munmap(thread, first)
    }
  }

  private serveIoctl(thread: number): number {
    const { threads, buffers, dmaBufs, submission } = this.kernel
    const { contextCalls, bufferCalls, functions } = this.kernel
    const on = functions.ofFile(threads.file[thread])
    if (on.kind === 'pf' && this.pfLacks(thread)) {
      return this.refuse(thread, errno.EOPNOTSUPP, Reason.pfHasNone)
    }
    const ready = this.needsPower(thread) ? this.kernel.pm.acquire(thread, on.index) : 0
    if (ready !== 0) return ready
    switch (threads.call[thread] >>> 0) {
      case ioctls.createHwctx.code:
        return contextCalls.create(thread)
      case ioctls.destroyHwctx.code:
        return contextCalls.destroy(thread)
      case ioctls.configHwctx.code:
        return this.kernel.configuration.configure(thread)
      case ioctls.createBo.code:
        return bufferCalls.create(thread)
      case ioctls.getBoInfo.code:
        return buffers.info(thread)
      case ioctls.syncBo.code:
        return buffers.sync(thread)
      case ioctls.gemClose.code:
        return bufferCalls.close(thread)
      case ioctls.handleToFd.code:
        return dmaBufs.export(thread)
      case ioctls.fdToHandle.code:
        return bufferCalls.import(thread)
      case ioctls.execCmd.code:
        return submission.exec(thread)
      case ioctls.waitCmd.code:
        return submission.wait(thread)
      case ioctls.getInfo.code:
        return this.kernel.queries.info(thread)
      case ioctls.getArray.code:
        return this.kernel.queries.array(thread)
      case ioctls.setState.code:
        return this.kernel.queries.setState(thread)
      default:
        return this.refuse(thread, errno.EINVAL, Reason.unknownIoctl)
    }
  }

  /** Whether the thread's ioctl talks to the firmware, so that the device has to be awake for it. */
  private needsPower(thread: number): boolean {
    const { threads, files, functions, contexts, pm } = this.kernel
    const file = threads.file[thread]
    switch (threads.call[thread] >>> 0) {
      case ioctls.createHwctx.code:
      case ioctls.destroyHwctx.code:
      case ioctls.execCmd.code:
        return true
      case ioctls.setState.code:
        return files.uid[file] === 0
      case ioctls.getInfo.code:
        return askingInfo.has(threads.arg(thread, argument.getInfo.param))
      case ioctls.getArray.code:
        return askingArrays.has(threads.arg(thread, argument.getArray.param))
      case ioctls.createBo.code:
        return threads.arg(thread, argument.createBo.type) === argument.boType.dev
      case ioctls.waitCmd.code: {
        const row = contexts.rowOf(file, threads.arg(thread, argument.waitCmd.hwctx))
        const sleeps = row >= 0 && contexts.state[row] === ContextState.suspended
        return sleeps && pm.canWake(functions.ofFile(file).index)
      }
      default:
        return false
    }
  }

  /** Whether a PF has no operation for the thread's ioctl; what comes before that check is refused by its own part. */
  private pfLacks(thread: number): boolean {
    const { threads, files } = this.kernel
    switch (threads.call[thread] >>> 0) {
      case ioctls.createHwctx.code: {
        const { ext, extFlags } = argument.createHwctx
        return threads.arg64(thread, ext) === 0 && threads.arg64(thread, extFlags) === 0
      }
      case ioctls.configHwctx.code:
        return threads.arg(thread, argument.configHwctx.pad) === 0
      case ioctls.setState.code:
        return files.uid[threads.file[thread]] === 0
      case ioctls.waitCmd.code:
      case ioctls.getInfo.code:
      case ioctls.getArray.code:
        return true
      default:
        return false
    }
  }

  private openFile(thread: number): number {
    const { threads, files, functions, pageSource, heap, fdInfo } = this.kernel
    const { memory } = this.facts
    const [uid, fn] = threads.locals.subarray(thread * localCount)
    if (functions.all[fn]?.isUp !== true) {
      return this.refuse(thread, errno.ENODEV, Reason.noFunction, fn)
    }
    const hasMap = memory.addressing !== 'physical' || memory.cma || pageSource.hasCarveout
    if (!hasMap) return this.refuse(thread, errno.EINVAL, Reason.noPasid)
    const file = files.open(uid, fn)
    if (file === -1) return this.refuse(thread, errno.EMFILE, Reason.tooManyFiles, maxFiles)
    if (file < 0) return this.refuse(thread, errno.ENOMEM, Reason.noMemory, 1)
    heap.open(file)
    fdInfo.open(file)
    threads.value[thread] = file
    return 0
  }

  /** Closing a file ends its contexts one after the other, then its buffers. */
  private closeFile(thread: number): number {
    const { threads, files, contextCalls, dmaBufs, buffers, heap } = this.kernel
    const file = threads.file[thread]
    const fn = files.fn[file]
    const hasContexts = this.kernel.contexts.isUsedBy(file)
    if (hasContexts && this.kernel.pm.canWake(fn) && this.kernel.pm.acquire(thread, fn) === parked)
      return parked
    if (contextCalls.endAll(thread) === parked) return parked
    dmaBufs.closeAll(file)
    buffers.closeAll(file)
    heap.close(file)
    files.close(file)
    return 0
  }

  private carveOut(thread: number): number {
    const { threads, pageSource } = this.kernel
    const [bytes, address] = threads.locals.subarray(thread * localCount)
    const { pageBytes } = this.facts
    const isWhole =
      bytes > 0 && bytes % pageBytes === 0 && address >= 0 && address % pageBytes === 0
    if (!isWhole) return this.refuse(thread, errno.EINVAL, Reason.carveShape, bytes, address)
    if (pageSource.hasCarveout) return this.refuse(thread, errno.EBUSY, Reason.carvedOut)
    if (pageSource.carve(bytes, address)) return 0
    return this.refuse(thread, errno.EINVAL, Reason.carveTaken, bytes, address)
  }

  /** The file of the switch is there for every function with contexts. */
  private switchSubmission(thread: number): number {
    const { threads, contexts, functions } = this.kernel
    const [toUser, fn] = threads.locals.subarray(thread * localCount)
    if (functions.all[fn]?.isUp !== true || functions.all[fn].kind === 'pf') {
      return this.refuse(thread, errno.ENOENT, Reason.noSuchFile)
    }
    contexts.setUserMode(fn, toUser !== 0)
    return 0
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    const { refusals, threads } = this.kernel
    return refusals.note(thread, threads.call[thread], number, reason, a, b)
  }
}
