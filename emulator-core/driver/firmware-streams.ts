/**
 * Firmware streams: log and trace of every device function, and the debug files that belong to the log.
 *
 *     GET_ARRAY, SET_STATE, debug files ──▶ ┌─────────────────┐ ──▶ FirmwareData, one per stream and function
 *                                           │ FirmwareStreams │ ── lines, every 10 ms ──▶ kernel log
 *                                           └─────────────────┘
 *
 * Faithful    a VF has no log; the log starts at bring-up, the trace does not; kernel lines are cut at 800 bytes
 */
import { firmwareData } from '../device/abi/firmware-data.ts'
import { errno } from '../device/abi/ioctl.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import type { Slot } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import { FirmwareData, Stream } from './firmware-data.ts'
import type { StreamStarts } from './firmware-data.ts'
import { Reason } from './refusals.ts'
import type { Replies } from './replies.ts'

/** Bytes of the kernel log that are kept. */
const kernelLogBytes = 16 << 10
/** Words of `tap`: whether the log goes to the kernel's, bytes of it that did, bytes of the kernel log ever written. */
const Tap = { on: 0, head: 1, written: 2, count: 3 } as const
/** Words of refusals for a missing feature. */
const Feature = { log: 2, trace: 3 } as const
const newline = 0x0a
const mark = Uint8Array.from('[FW LOG] ', (c) => c.charCodeAt(0))

export class FirmwareStreams {
  private readonly logs: readonly FirmwareData[]
  private readonly traces: readonly FirmwareData[]
  private readonly replies: Replies
  private readonly tap: Float64Array
  private readonly kernelLog: Uint8Array
  private readonly slot: Slot
  private readonly chunk = new Uint8Array(1 << 12)

  /** Takes one scheduler slot. */
  constructor(sim: Sim, replies: Replies) {
    const { all } = replies.functions
    this.replies = replies
    this.logs = all.map(({ mail }, fn) => new FirmwareData(sim, replies, mail, Stream.log, fn))
    this.traces = all.map(({ mail }, fn) => new FirmwareData(sim, replies, mail, Stream.trace, fn))
    this.tap = sim.state.f64('driver.dmesg.tap', Tap.count)
    this.kernelLog = sim.state.u8('driver.dmesg.bytes', kernelLogBytes)
    this.slot = sim.schedule.slot('driver.dmesg', () => this.poll())
  }

  /** The streams of a function, for its bring-up. */
  startsOf(fn: number): StreamStarts {
    return { log: this.logs[fn], trace: this.traces[fn] }
  }

  /** A function is gone. */
  forget(fn: number): void {
    this.logs[fn].forget()
    this.traces[fn].forget()
  }

  /** GET_ARRAY of a stream or of what is set of it. */
  array(thread: number, param: number, size: number, count: number): number {
    const { fwLog, fwLogConfig } = queries.array
    const isLog = param === fwLog || param === fwLogConfig
    const data = this.of(thread, isLog)
    if (param === fwLog || param === queries.array.fwTrace) return data.read(thread, size, count)
    if (count !== 1) return this.replies.refuse(thread, errno.EINVAL, Reason.oneElement, count)
    const lacks = this.lacks(thread, isLog)
    return lacks < 0 ? lacks : data.told(thread, size, count)
  }

  /** SET_STATE of a stream. */
  setState(thread: number, param: number): number {
    const isLog = param === power.setState.fwLog
    const lacks = this.lacks(thread, isLog)
    return lacks < 0 ? lacks : this.of(thread, isLog).setState(thread)
  }

  /** Writes the debug file with the level of a function's log; phase 1 takes the firmware's answer. */
  writeLevel(thread: number, fn: number, level: number): number {
    const log = this.logs[fn]
    if (this.replies.threads.phase[thread] > 0) return log.take(thread)
    if (!(level <= firmwareData.level.debug)) {
      return this.replies.refuse(thread, errno.EINVAL, Reason.dataLevel, level)
    }
    const isVf = this.replies.functions.all[fn].kind === 'vf'
    if (isVf) return this.replies.refuse(thread, errno.EOPNOTSUPP, Reason.dataVf)
    return log.change(thread, level)
  }

  /** Writes the debug file that sends the log to the kernel's. */
  writeTap(thread: number, fn: number, on: number): number {
    const { replies } = this
    if (on !== 0 && on !== 1) return replies.refuse(thread, errno.EINVAL, Reason.dmesgValue, on)
    if (fn !== 0 || !this.logs[fn].isActive) {
      return replies.refuse(thread, errno.EINVAL, Reason.dataOff, Stream.log)
    }
    if (this.tap[Tap.on] === on) return 0
    this.tap[Tap.on] = on
    this.tap[Tap.head] = 0
    if (on === 1) this.poll()
    else replies.sim.schedule.cancel(this.slot)
    return 0
  }

  /** Level of a function's log as its debug file reads, 0 while it is off. */
  levelOf(fn: number): number {
    return this.logs[fn].config
  }

  /** Categories of a function's trace, 0 while it is off. */
  categoriesOf(fn: number): number {
    return this.traces[fn].config
  }

  /** Whether the log goes to the kernel's. */
  get isTapped(): boolean {
    return this.tap[Tap.on] !== 0 && this.logs[0].isActive
  }

  /** Lines of the kernel log that are kept, oldest first. */
  dmesg(): readonly string[] {
    const written = this.tap[Tap.written]
    let text = ''
    for (let i = Math.max(0, written - kernelLogBytes); i < written; i++) {
      text += String.fromCharCode(this.kernelLog[i % kernelLogBytes])
    }
    return text.split('\n').filter((line) => line !== '')
  }

  /** Copies what is new to the kernel log, and looks again in a while. */
  private poll(): void {
    const log = this.logs[0]
    if (!this.isTapped) {
      this.tap[Tap.on] = 0
      return
    }
    for (;;) {
      const { from, count } = log.copy(this.tap[Tap.head], this.chunk)
      if (count === 0) break
      this.tap[Tap.head] = from + count
      this.parse(count)
    }
    const { sim, facts } = this.replies
    const ticks = firmwareData.pollMs * 1000 * facts.ticksPerMicrosecond
    sim.schedule.at(this.slot, sim.schedule.now + ticks)
  }

  /** One kernel line per line of the log; a longer one is cut. */
  private parse(count: number): void {
    for (let at = 0; at < count;) {
      const limit = Math.min(count, at + firmwareData.dmesgBytes)
      let end = at
      while (end < limit && this.chunk[end] !== newline) end++
      if (end < limit) end++
      this.append(mark, 0, mark.length)
      this.append(this.chunk, at, end)
      if (this.chunk[end - 1] !== newline) this.appendByte(newline)
      at = end
    }
  }

  private append(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.appendByte(bytes[i])
  }

  private appendByte(byte: number): void {
    this.kernelLog[this.tap[Tap.written]++ % kernelLogBytes] = byte
  }

  private of(thread: number, isLog: boolean): FirmwareData {
    const fn = this.replies.functionOf(thread).index
    return isLog ? this.logs[fn] : this.traces[fn]
  }

  /** A refusal when the caller's function has no such stream. */
  private lacks(thread: number, isLog: boolean): number {
    const { bringUp, kind } = this.replies.functionOf(thread)
    if (!bringUp.array.has(isLog ? 'log' : 'trace')) {
      const feature = isLog ? Feature.log : Feature.trace
      return this.replies.refuse(thread, errno.EOPNOTSUPP, Reason.noFeature, feature)
    }
    if (isLog && kind === 'vf') {
      return this.replies.refuse(thread, errno.EOPNOTSUPP, Reason.dataVf)
    }
    return 0
  }
}
