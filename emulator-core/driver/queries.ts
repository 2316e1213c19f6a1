/**
 * Queries: what a process can ask the driver about the device, as bytes copied to its memory.
 *
 *     GET_ARRAY ──▶ ┌─────────┐ ◀── last error ── AsyncErrors
 *     GET_INFO ───▶ │ Queries │ ◀── versions ──── BringUp
 *     SET_STATE ──▶ └─────────┘ ◀── usage ─────── Files; contexts, power, tiles, status, log ── their own
 *                        └── bytes ──▶ memory of the process
 *
 * Faithful    element size and count in and out, layouts, what is clipped, the order of the checks
 * Simplified  a copy that would leave the mapping copies nothing
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import type { Sim } from '../sim/sim.ts'
import type { ContextQueries } from './context-queries.ts'
import type { Contexts } from './contexts.ts'
import { DeviceQueries } from './device-queries.ts'
import { DriverEvent } from './events.ts'
import { maxFiles } from './files.ts'
import type { Files } from './files.ts'
import { FirmwareStreams } from './firmware-streams.ts'
import type { DeviceFunction, Functions } from './functions.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Replies } from './replies.ts'
import { StatusQueries } from './status-queries.ts'
import type { Threads } from './threads.ts'
import { TileQueries } from './tile-queries.ts'

const high32 = 2 ** 32

export class Queries {
  private readonly sim: Sim
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly functions: Functions
  private readonly contexts: ContextQueries
  private readonly device: DeviceQueries
  private readonly status: StatusQueries
  private readonly tiles: TileQueries
  readonly streams: FirmwareStreams
  /** The record at hand; it lives for one copy. */
  private readonly record = new Uint8Array(Math.max(queries.asyncErrorBytes, queries.boUsageBytes))
  private readonly view = new DataView(this.record.buffer)

  constructor(
    sim: Sim,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    functions: Functions,
    contexts: ContextQueries,
    replies: Replies,
    rows: Contexts,
  ) {
    this.contexts = contexts
    this.device = new DeviceQueries(replies)
    this.status = new StatusQueries(replies, rows)
    this.tiles = new TileQueries(replies, rows)
    this.streams = new FirmwareStreams(sim, replies)
    this.sim = sim
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.functions = functions
  }

  /** GET_ARRAY. */
  array(thread: number): number {
    const at = argument.getArray
    const { threads } = this
    if (threads.arg(thread, at.pad) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.padNotZero)
    }
    const size = threads.arg(thread, at.elementSize)
    const count = threads.arg(thread, at.numElement)
    if (size === 0 || count === 0) {
      return this.refuse(thread, errno.EINVAL, Reason.arrayEmpty, size, count)
    }
    const param = threads.arg(thread, at.param)
    switch (param) {
      case queries.array.hwContextAll:
        return this.contexts.all(thread, size, count)
      case queries.array.hwContextById:
        return this.contexts.byId(thread, size, count)
      case queries.array.lastAsyncError:
        return this.lastError(thread, size)
      case queries.array.boUsage:
        return this.boUsage(thread, size, count)
      case queries.array.coredump:
        return this.tiles.dump(thread, size, count)
      case queries.array.tileRead:
        return this.tiles.read(thread, size, count)
      case queries.array.fwLog:
      case queries.array.fwTrace:
      case queries.array.fwLogConfig:
      case queries.array.fwTraceConfig:
        return this.streams.array(thread, param, size, count)
      default:
        return this.refuse(thread, errno.EOPNOTSUPP, Reason.arrayUnknown, param)
    }
  }

  /** GET_INFO. */
  info(thread: number): number {
    const param = this.threads.arg(thread, argument.getInfo.param)
    switch (param) {
      case queries.info.hwContexts:
        return this.contexts.old(thread)
      case queries.info.firmwareVersion:
        return this.version(thread, 'npu')
      case queries.info.powerMode:
      case queries.info.forcePreempt:
      case queries.info.framePreempt:
        return this.functionOf(thread).power.info(thread, param)
      case queries.info.certFirmwareVersion:
        return this.version(thread, 'cert')
      case queries.info.aieStatus:
        return this.status.columns(thread)
      case queries.info.aieMetadata:
        return this.device.metadata(thread)
      case queries.info.aieVersion:
        return this.device.version(thread)
      case queries.info.clockMetadata:
      case queries.info.resourceInfo:
        return this.device.clocks(thread)
      case queries.info.sensors:
        return this.device.sensors(thread)
      case queries.info.telemetry:
        return this.status.telemetry(thread)
      case queries.info.autoCoredump:
        return this.device.autoCoredump(thread)
      default:
        return this.refuse(thread, errno.EOPNOTSUPP, Reason.infoUnknown, param)
    }
  }

  /** The function that the caller has open. */
  private functionOf(thread: number): DeviceFunction {
    return this.functions.ofFile(this.threads.file[thread])
  }

  /** SET_STATE. */
  setState(thread: number): number {
    const { threads } = this
    const { powerMode, forcePreempt, fwLog, fwTrace, tileWrite } = power.setState
    const param = threads.arg(thread, argument.setState.param)
    const isRoot = this.files.uid[threads.file[thread]] === 0
    if (!isRoot) return this.refuse(thread, errno.EACCES, Reason.rootOnly)
    switch (param) {
      case powerMode:
      case forcePreempt:
        return this.functions.ofFile(threads.file[thread]).power.setState(thread)
      case fwLog:
      case fwTrace:
        return this.streams.setState(thread, param)
      case tileWrite:
        return this.tiles.write(thread)
      default:
        return this.refuse(thread, errno.EOPNOTSUPP, Reason.setUnknown, param)
    }
  }

  /** One record, zeros while nothing has happened; how many were asked for does not matter. */
  private lastError(thread: number, size: number): number {
    const at = queries.asyncError
    const last = this.functionOf(thread).errors.inspect()
    this.record.fill(0)
    if (last) {
      this.put64(at.code, last.code)
      this.put64(at.timestamp, last.timestampUs)
      this.put64(at.extra, last.extra)
    }
    return this.answer(thread, Math.min(size, queries.asyncErrorBytes))
  }

  /** Sums over all opens of the process that the record names. */
  private boUsage(thread: number, size: number, count: number): number {
    const at = queries.boUsage
    const { files, threads } = this
    const bytes = Math.min(size, queries.boUsageBytes)
    const address = threads.arg64(thread, argument.getArray.buffer)
    this.record.fill(0)
    if (!files.read(threads.file[thread], address, this.record, 0, bytes)) {
      return this.refuse(thread, errno.EFAULT, Reason.badPointer)
    }
    const low = this.view.getUint32(at.pid, true)
    const high = this.view.getUint32(at.pid + 4, true)
    if (low === 0 && high === 0) return this.refuse(thread, errno.EINVAL, Reason.noProcess)
    if (count !== 1) return this.refuse(thread, errno.EINVAL, Reason.onePid, count)
    let total = 0
    let internal = 0
    let heap = 0
    for (let file = 0; file < maxFiles; file++) {
      if (!files.isOpen(file) || high !== 0 || files.pid[file] !== low) continue
      if (files.fn[file] !== files.fn[threads.file[thread]]) continue
      total += files.totalBytes[file]
      internal += files.internalBytes[file]
      heap += files.heapBytes[file]
    }
    this.put64(at.total, total)
    this.put64(at.internal, internal)
    this.put64(at.heap, heap)
    return this.answer(thread, bytes)
  }

  /** Answers one element of `bytes` of the record. */
  private answer(thread: number, bytes: number): number {
    const at = argument.getArray
    this.threads.setArg(thread, at.numElement, 1)
    this.threads.setArg(thread, at.elementSize, bytes)
    return this.copy(thread, at.param, at.buffer, bytes)
  }

  /** Answers a version, as much as the process has room for; the size it gave stays as it is. */
  private version(thread: number, of: 'npu' | 'cert'): number {
    const at = argument.getInfo
    const { bringUp } = this.functionOf(thread)
    this.record.fill(0)
    for (let i = 0; i < 4; i++) {
      this.view.setUint32(4 * i, bringUp.versionWord(of, i), true)
    }
    const room = this.threads.arg(thread, at.bufferSize)
    return this.copy(thread, at.param, at.buffer, Math.min(room, queries.versionBytes))
  }

  private copy(thread: number, param: number, buffer: number, bytes: number): number {
    const { threads } = this
    const address = threads.arg64(thread, buffer)
    if (!this.files.write(threads.file[thread], address, this.record, 0, bytes)) {
      return this.refuse(thread, errno.EFAULT, Reason.badPointer)
    }
    this.sim.trace.emit(DriverEvent.answered, thread, threads.arg(thread, param), bytes)
    return 0
  }

  private put64(offset: number, value: number): void {
    this.view.setUint32(offset, value % high32, true)
    this.view.setUint32(offset + 4, Math.floor(value / high32), true)
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
