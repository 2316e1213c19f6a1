/**
 * Firmware data: the log or the trace of one device function, from its ring in host memory to those who read it.
 *
 *     SET_STATE, debug file ──▶ ┌──────────────┐ ── START, STOP, level or categories ──▶ firmware
 *     GET_ARRAY ──────────────▶ │ FirmwareData │ ◀── ring and footer ────────────────── firmware
 *                               └──────────────┘ ── bytes from an offset ──▶ memory of the process
 *
 * Faithful    who may read, order of the checks, tail as 64 bits, where a reader goes on that has fallen behind, a
 *             watcher looks every 10 ms and is told when the stream ends
 * Simplified  every read looks at the footer, also without a watcher
 */
import { firmwareData } from '../device/abi/firmware-data.ts'
import { argument, errno } from '../device/abi/ioctl.ts'
import { MailOpcode, message } from '../device/abi/mailbox.ts'
import { fieldOf } from '../device/functions.ts'
import type { Sim } from '../sim/sim.ts'
import { DriverEvent, WaitKind } from './events.ts'
import type { Mailbox } from './mailbox.ts'
import { Reason } from './refusals.ts'
import type { Replies } from './replies.ts'
import { interrupted, Woken } from './threads.ts'

const high32 = 2 ** 32
const { ringBytes, footerBytes, footer, reader, set, get } = firmwareData
const dataBytes = ringBytes - footerBytes

/** What bring-up needs of a stream to start it. */
interface StreamStart {
  readonly wantsStart: boolean
  askStart(thread: number): void
  takeStart(): number
}

/** The streams of a function, as bring-up starts them. */
export interface StreamStarts {
  readonly log: StreamStart
  readonly trace: StreamStart
}

/** Which of the two. */
export const Stream = { log: 0, trace: 1 } as const

/** Words of `state`. */
const State = {
  active: 0,
  address: 1,
  tail: 2,
  config: 3,
  version: 4,
  known: 5,
  starting: 6,
  count: 7,
} as const
/** What a request in flight is going to do, and with what. */
const Local = { action: 0, config: 1 } as const
const Action = { start: 0, change: 1, stop: 2 } as const

export class FirmwareData implements StreamStart {
  private readonly state: Float64Array
  private readonly stream: number
  private readonly replies: Replies
  private readonly mail: Mailbox
  /** A structure at hand; it lives for one copy. */
  private readonly record = new Uint8Array(set.bytes)
  private readonly view = new DataView(this.record.buffer)

  constructor(sim: Sim, replies: Replies, mail: Mailbox, stream: number, fn: number) {
    const name = stream === Stream.log ? 'driver.fwLog' : 'driver.fwTrace'
    this.state = sim.state.f64(fieldOf(name, fn), State.count)
    this.replies = replies
    this.mail = mail
    this.stream = stream
  }

  /** Whether the firmware writes it now. */
  get isActive(): boolean {
    return this.state[State.active] !== 0
  }

  /** The level of the log or the categories of the trace; 0 while it is off. */
  get config(): number {
    return this.isActive ? this.state[State.config] : 0
  }

  /** Bytes that the firmware has written since the stream began. */
  get tail(): number {
    this.look()
    return this.state[State.tail]
  }

  /** Whether bring-up has to start it: the first time, or because it ran when the device went to sleep. */
  get wantsStart(): boolean {
    const isFirst = this.stream === Stream.log && this.state[State.known] === 0
    return isFirst || this.isActive || this.state[State.starting] !== 0
  }

  /** Makes the message that starts it, with a fresh ring or with the one there is. */
  askStart(thread: number): void {
    if (!this.isActive) {
      this.lend()
      this.state[State.config] = firmwareData.startLevel
    }
    this.state[State.known] = 1
    this.state[State.starting] = 1
    this.state[State.active] = 0
    this.putStart(thread, this.state[State.config])
  }

  /** The firmware has started it. */
  takeStart(): number {
    this.state[State.starting] = 0
    this.state[State.active] = 1
    this.state[State.version] = this.footerWord()
    return 0
  }

  /** The function is gone: nothing is left of it. */
  forget(): void {
    if (this.state[State.address] !== 0) this.end()
    this.state.fill(0)
  }

  /** SET_STATE: the structure, then as `change`. Phase 1 takes the firmware's answer. */
  setState(thread: number): number {
    const { replies } = this
    const { threads } = replies
    if (threads.phase[thread] > 0) return this.take(thread)
    const at = argument.setState
    const size = threads.arg(thread, at.bufferSize)
    if (size !== set.bytes) {
      return replies.refuse(thread, errno.EINVAL, Reason.dataSize, size, set.bytes)
    }
    const read = replies.copyIn(thread, threads.arg64(thread, at.buffer), this.record, set.bytes)
    if (read < 0) return read
    if (this.record.subarray(set.pad).some((byte) => byte !== 0)) {
      return replies.refuse(thread, errno.EINVAL, Reason.padNotZero)
    }
    if (this.view.getUint32(set.action, true) === 0) return this.change(thread, 0)
    const config = this.view.getUint32(set.config, true)
    const isBad = config === 0 || (this.stream === Stream.log && config > firmwareData.level.debug)
    if (!isBad) return this.change(thread, config)
    const reason = this.stream === Stream.log ? Reason.dataLevel : Reason.dataCategories
    return replies.refuse(thread, errno.EINVAL, reason, config)
  }

  /** Starts the stream, changes its configuration, or ends it with 0. */
  change(thread: number, config: number): number {
    const { replies, mail } = this
    if (config === 0 && !this.isActive) return 0
    const action = config === 0 ? Action.stop : this.isActive ? Action.change : Action.start
    replies.setLocal(thread, Local.action, action)
    replies.setLocal(thread, Local.config, config)
    if (action === Action.start && !this.lend()) {
      return replies.refuse(thread, errno.ENOMEM, Reason.noMemory, 1)
    }
    mail.begin(thread)
    if (action === Action.start) this.putStart(thread, config)
    else if (action === Action.change) this.putChange(thread, config)
    replies.threads.phase[thread] = 1
    const asked = mail.request(thread, this.opcodes[action])
    if (asked < 0 && action === Action.start) this.giveBack()
    return asked
  }

  /** Phase 1 of `change`: the firmware's answer. */
  take(thread: number): number {
    const { replies } = this
    const action = replies.local(thread, Local.action)
    const config = replies.local(thread, Local.config)
    const answer = this.mail.response(thread, this.opcodes[action])
    if (action === Action.stop) {
      // A stream ends also when the firmware would not hear of it.
      this.end()
    } else if (answer < 0) {
      if (action === Action.start) this.giveBack()
      return answer
    } else {
      if (action === Action.start) this.state[State.version] = this.footerWord()
      this.state[State.active] = 1
      this.state[State.config] = config
    }
    replies.sim.trace.emit(DriverEvent.firmwareData, this.stream, config, 0)
    return 0
  }

  /** GET_ARRAY of what is set. */
  told(thread: number, size: number, count: number): number {
    const { replies, view } = this
    if (count !== 1) return replies.refuse(thread, errno.EINVAL, Reason.oneElement, count)
    if (size < get.bytes) {
      return replies.refuse(thread, errno.ENOSPC, Reason.accessShort, size, get.bytes)
    }
    this.record.fill(0)
    if (this.isActive) {
      view.setUint32(get.version, this.state[State.version], true)
      view.setUint32(get.status, 1, true)
      view.setUint32(get.config, this.state[State.config], true)
    }
    const address = replies.threads.arg64(thread, argument.getArray.buffer)
    const copied = replies.copyOut(thread, address, this.record, 0, get.bytes)
    const param = replies.threads.arg(thread, argument.getArray.param)
    return copied < 0 ? copied : replies.answered(thread, param, get.bytes)
  }

  /** GET_ARRAY of the bytes behind an offset. A watcher sleeps until there are some. */
  read(thread: number, size: number, count: number): number {
    const { replies } = this
    const { threads } = replies
    const isBack = threads.phase[thread] > 0
    const end = threads.arg64(thread, argument.getArray.buffer) + size - reader.bytes
    if (!isBack) {
      const refused = this.mayRead(thread, size, count)
      if (refused < 0) return refused
    }
    const fetched = replies.copyIn(thread, end, this.record, reader.bytes)
    if (fetched < 0) return fetched
    if (isBack && !this.isActive) {
      this.view.setUint32(reader.size, 0, true)
      replies.copyOut(thread, end, this.record, 0, reader.bytes)
      return replies.refuse(thread, errno.ESHUTDOWN, Reason.dataOff, this.stream)
    }
    if (isBack && threads.woken[thread] === Woken.signal) {
      replies.refuse(thread, errno.EINTR, Reason.interrupted)
      return interrupted
    }
    if (this.record.subarray(reader.pad, reader.bytes).some((byte) => byte !== 0)) {
      return replies.refuse(thread, errno.EINVAL, Reason.padNotZero)
    }
    this.look()
    const offset = this.view.getUint32(0, true) + this.view.getUint32(4, true) * high32
    const isWatcher = this.record[reader.watch] !== 0
    if (offset === this.state[State.tail] && isWatcher) {
      threads.phase[thread] = 1
      const ticks = firmwareData.pollMs * 1000 * replies.facts.ticksPerMicrosecond
      return threads.park(thread, WaitKind.firmwareData, this.stream, ticks)
    }
    return this.fetch(thread, offset, size - reader.bytes, end)
  }

  /** The bytes behind an offset, for the kernel itself; where they end. */
  copy(offset: number, target: Uint8Array): { readonly from: number; readonly count: number } {
    this.look()
    const tail = this.state[State.tail]
    const from = Math.max(offset, tail - dataBytes)
    const count = Math.min(target.length, tail - from)
    const start = from % dataBytes
    const first = Math.min(count, dataBytes - start)
    const { buffers } = this.replies
    buffers.read(this.state[State.address] + start, target, 0, first)
    buffers.read(this.state[State.address], target, first, count - first)
    return { from, count }
  }

  private mayRead(thread: number, size: number, count: number): number {
    const { replies } = this
    if (!replies.isRoot(thread)) {
      return replies.refuse(thread, errno.EPERM, Reason.dataRoot, this.stream)
    }
    if (!this.isActive) return replies.refuse(thread, errno.ESHUTDOWN, Reason.dataOff, this.stream)
    if (count !== 1) return replies.refuse(thread, errno.EINVAL, Reason.oneElement, count)
    if (size >= reader.bytes) return 0
    return replies.refuse(thread, errno.ENOSPC, Reason.accessShort, size, reader.bytes)
  }

  /** Copies what there is behind an offset, as much as there is room for, and says how far the reader is. */
  private fetch(thread: number, offset: number, room: number, end: number): number {
    const { replies } = this
    const tail = this.state[State.tail]
    if (offset > tail) return replies.refuse(thread, errno.EINVAL, Reason.dataAhead, offset)
    const from = Math.max(offset, tail - dataBytes)
    const count = Math.min(room, tail - from)
    const start = from % dataBytes
    const first = Math.min(count, dataBytes - start)
    const ring = this.state[State.address]
    const to = replies.threads.arg64(thread, argument.getArray.buffer)
    const isCopied =
      replies.copyFrom(thread, ring + start, to, first) === 0 &&
      replies.copyFrom(thread, ring, to + first, count - first) === 0
    if (!isCopied) return replies.refuse(thread, errno.EINVAL, Reason.badPointer)
    const next = from + count
    this.view.setUint32(0, next % high32, true)
    this.view.setUint32(4, Math.floor(next / high32), true)
    this.view.setUint32(reader.size, count, true)
    const copied = replies.copyOut(thread, end, this.record, 0, reader.bytes)
    const param = replies.threads.arg(thread, argument.getArray.param)
    return copied < 0 ? copied : replies.answered(thread, param, count)
  }

  /** Opcodes of starting, changing and stopping it. */
  private get opcodes(): readonly number[] {
    return this.stream === Stream.log
      ? [MailOpcode.startLog, MailOpcode.setRuntimeConfig, MailOpcode.stopLog]
      : [MailOpcode.startTrace, MailOpcode.setTraceCategories, MailOpcode.stopTrace]
  }

  private putStart(thread: number, config: number): void {
    const { mail } = this
    const address = this.state[State.address]
    const at = this.stream === Stream.log ? message.startLog : message.startTrace
    mail.begin(thread)
    mail.put(thread, at.low, address % high32)
    mail.put(thread, at.high, Math.floor(address / high32))
    mail.put(thread, at.size, ringBytes)
    if (this.stream === Stream.log) {
      mail.put(thread, message.startLog.level, config)
      return
    }
    mail.put(thread, message.startTrace.categories, config)
    mail.put(thread, message.startTrace.timestamp, message.traceTimestamp.nsOffset)
  }

  private putChange(thread: number, config: number): void {
    const { mail } = this
    const { type, value } = message.runtimeConfig
    if (this.stream === Stream.trace) {
      mail.put(thread, 0, config)
      return
    }
    mail.put(thread, type, message.runtimeConfigType.logLevel)
    mail.put(thread, value, config)
  }

  /** Takes a fresh ring; its footer reads as zeros, its other pages are handed out as they are written. */
  private lend(): boolean {
    const { buffers } = this.replies
    if (this.state[State.address] !== 0) this.giveBack()
    const address = buffers.take(ringBytes)
    if (address < 0) return false
    buffers.clear(address + dataBytes, footerBytes)
    this.state[State.address] = address
    this.state[State.tail] = 0
    return true
  }

  private giveBack(): void {
    this.replies.buffers.give(this.state[State.address], ringBytes)
    this.state[State.address] = 0
    this.state[State.tail] = 0
  }

  /** The stream is over: its ring goes, and those who watch it are told. */
  private end(): void {
    this.giveBack()
    this.state[State.active] = 0
    this.replies.threads.wakeAll(WaitKind.firmwareData, this.stream)
  }

  private footerWord(): number {
    return this.replies.buffers.word(this.state[State.address] + dataBytes + footer.version)
  }

  /** Looks how far the firmware has written: the footer counts in 32 bits. */
  private look(): void {
    if (!this.isActive) return
    const low = this.replies.buffers.word(this.state[State.address] + dataBytes + footer.tail)
    const known = this.state[State.tail]
    let tail = known - (known % high32) + low
    if (tail < known) tail += high32
    this.state[State.tail] = tail
  }
}
