/**
 * Hardware contexts: a queue, a doorbell and a place in the firmware's schedule, created for one process.
 *
 *     CREATE_HWCTX ──▶ ┌──────────┐ ── CREATE_HW_CONTEXT ──▶ firmware
 *                      │ Contexts │ ── formats the queue ──▶ queue buffer of the process
 *                      └──────────┘ ── ring ──▶ doorbell in BAR 2
 *
 * Faithful    order of the checks, what the firmware is told, handles 1..1024 that count on
 * Faithful    how submissions go is decided when a context is created; who may map which doorbell
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import { mailbox, MailOpcode, message } from '../device/abi/mailbox.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Bars } from '../soc/bars.ts'
import type { Soc } from '../soc/soc.ts'
import type { Buffers } from './buffers.ts'
import { DriverEvent } from './events.ts'
import type { Files } from './files.ts'
import type { Functions } from './functions.ts'
import { kernelThread } from './mailbox.ts'
import type { Mailbox } from './mailbox.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { localCount, parked, threadCount } from './threads.ts'
import type { Threads } from './threads.ts'

/** Rows beyond the firmware's limit serve requests that the firmware is about to refuse. */
const spareRows = 16
const qosWords = 6
const high32 = 2 ** 32

/** Phases of CREATE_HWCTX: ask, take the answer, take back what cannot be used. */
const Phase = { ask: 0, answer: 1, takeBack: -1 } as const
/** Locals of CREATE_HWCTX: its row, and the errno of a context that is taken back. */
const Local = { row: 0, refusal: 5 } as const

export const ContextState = {
  free: 0,
  creating: 1,
  connected: 2,
  disconnected: 3,
  /** In error: taken down and about to be made again. */
  recovering: 4,
  /** In error, and the firmware would not make it again. */
  lost: 5,
  /** The device sleeps or is reset: the firmware does not have it, and it is made again. */
  suspended: 6,
} as const

export class Contexts {
  readonly state: Uint8Array
  readonly file: Int32Array
  readonly handle: Int32Array
  readonly fwId: Int32Array
  readonly vector: Int32Array
  readonly numTiles: Int32Array
  readonly qos: Uint32Array
  readonly queueRow: Int32Array
  /** The driver's own copy of write_index and the last good read_index. */
  readonly writeIndex: Float64Array
  readonly readIndex: Float64Array
  readonly submissions: Float64Array
  readonly completions: Float64Array
  /** How often the firmware said that it was in error. */
  readonly errors: Float64Array
  /** Next submit ticket, and the thread that submits now plus 1 (0: none). */
  readonly ticketNext: Float64Array
  readonly submitter: Int32Array
  readonly doorbell: Int32Array
  private readonly lastHandle: Int32Array
  /** 1: the process submits to the context itself. */
  readonly userMode: Uint8Array
  /** Where the process has the context's doorbell page, 0 for nowhere. */
  private readonly doorbellAddress: Float64Array
  /** Per function, 1: new contexts are in user mode. */
  private readonly userSwitch: Uint8Array
  readonly capacity: number
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly threads: Threads
  private readonly refusals: Refusals
  /** Whose contexts they are. */
  readonly files: Files
  private readonly buffers: Buffers
  /** Partition of each context, and the one that a thread asked for by way of experiment, -1 for the driver's own. */
  private readonly named: Int32Array
  readonly chosen: Int32Array
  private readonly functions: Functions

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    buffers: Buffers,
    functions: Functions,
  ) {
    this.sim = sim
    this.facts = facts
    this.soc = soc
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.buffers = buffers
    this.functions = functions
    const n = facts.maxContexts + spareRows
    const { state } = sim
    this.capacity = n
    this.state = state.u8('driver.context.state', n)
    this.file = state.i32('driver.context.file', n)
    this.handle = state.i32('driver.context.handle', n)
    this.fwId = state.i32('driver.context.fwId', n)
    this.vector = state.i32('driver.context.vector', n)
    this.numTiles = state.i32('driver.context.numTiles', n)
    this.qos = state.u32('driver.context.qos', n * qosWords)
    this.queueRow = state.i32('driver.context.queueRow', n)
    this.writeIndex = state.f64('driver.context.writeIndex', n)
    this.readIndex = state.f64('driver.context.readIndex', n)
    this.submissions = state.f64('driver.context.submissions', n)
    this.completions = state.f64('driver.context.completions', n)
    this.errors = state.f64('driver.context.errors', n)
    this.ticketNext = state.f64('driver.context.ticketNext', n)
    this.submitter = state.i32('driver.context.submitter', n)
    this.doorbell = state.i32('driver.context.doorbell', n)
    this.userMode = state.u8('driver.context.userMode', n)
    this.doorbellAddress = state.f64('driver.context.doorbellAddress', n)
    const count = facts.functions.kinds.length
    this.userSwitch = state.u8('driver.context.userSwitch', count)
    this.lastHandle = state.i32('driver.context.lastHandle', count)
    this.named = state.i32('driver.context.partition', n)
    this.chosen = state.i32('driver.context.chosen', threadCount).fill(-1)
  }

  /** CREATE_HWCTX: checks and asks the firmware, takes its answer, and gives back what it cannot use. */
  create(thread: number): number {
    const phase = this.threads.phase[thread]
    if (phase === Phase.ask) return this.createAsk(thread)
    if (phase === Phase.answer) return this.createDone(thread)
    this.settle(thread, this.threads.locals[thread * localCount + Local.row])
    return this.givenBack(thread)
  }

  private createAsk(thread: number): number {
    const at = argument.createHwctx
    const { threads } = this
    const file = threads.file[thread]
    if (threads.arg64(thread, at.ext) !== 0 || threads.arg64(thread, at.extFlags) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.extNotZero, 0, 0)
    }
    const qos = threads.arg64(thread, at.qosPointer)
    if (this.files.touch(file, qos, argument.qosBytes) < 0) {
      return this.refuse(thread, errno.EFAULT, Reason.badPointer, 0, 0)
    }
    const handle = threads.arg(thread, at.umqBo)
    const queueRow = this.buffers.shareRowOf(file, handle)
    if (queueRow < 0) return this.refuse(thread, errno.ENOENT, Reason.unknownQueueBo, handle, 0)
    const fn = this.files.fn[file]
    const isUser = this.userSwitch[fn] !== 0
    const least = isUser ? hostQueue.headerBytes : hostQueue.totalBytes
    if (this.buffers.sizeBytes[queueRow] < least) {
      const has = this.buffers.sizeBytes[queueRow]
      return this.refuse(thread, errno.EINVAL, Reason.queueTooSmall, has, least)
    }
    if (!this.buffers.isForKernel(queueRow)) {
      return this.refuse(thread, errno.ENOMEM, Reason.queueNotForKernel, handle, 0)
    }
    if (this.buffers.deviceAddressOf(queueRow) < 0) {
      return this.refuse(thread, errno.EINVAL, Reason.queueNotMapped, 0, 0)
    }
    this.buffers.pin(queueRow)
    if (!isUser) this.formatQueue(queueRow)
    const numTiles = threads.arg(thread, at.numTiles)
    if (numTiles === 0) return this.refuse(thread, errno.EINVAL, Reason.noTiles, 0, 0)
    const own = this.functions.all[fn].partition
    const partition = this.chosen[thread] < 0 ? own : this.chosen[thread]
    if (partition === 0) return this.refuse(thread, errno.EINVAL, Reason.noPartition, 0, 0)
    const row = this.state.indexOf(ContextState.free)
    if (row < 0) return this.refuse(thread, errno.ENOSPC, Reason.noHandles, 0, 0)
    this.state[row] = ContextState.creating
    this.file[row] = file
    this.numTiles[row] = numTiles
    this.named[row] = this.chosen[thread]
    this.queueRow[row] = queueRow
    this.writeIndex[row] = 0
    this.readIndex[row] = 0
    this.submissions[row] = 0
    this.completions[row] = 0
    this.errors[row] = 0
    this.ticketNext[row] = 0
    this.submitter[row] = 0
    for (let i = 0; i < qosWords; i++) {
      this.qos[row * qosWords + i] = this.files.read32(file, qos + 4 * i)
    }
    this.userMode[row] = this.userSwitch[fn]
    this.doorbellAddress[row] = 0
    this.buffers.keep(queueRow)
    threads.locals[thread * localCount + Local.row] = row
    threads.phase[thread] = Phase.answer
    const asked = this.askFirmware(thread, row)
    return asked < 0 ? this.giveUp(row, asked) : asked
  }

  private createDone(thread: number): number {
    const { threads } = this
    const row = threads.locals[thread * localCount + Local.row]
    const why = (): number => this.whyRefused(thread, row)
    const answer = this.mailOf(row).response(thread, MailOpcode.createHwContext, why)
    if (answer < 0) return this.giveUp(row, answer)
    this.takeIds(thread, row)
    const isUser = this.userMode[row] !== 0
    if (!isUser && !this.isInBar(row, this.doorbell[row])) {
      const offset = this.doorbell[row]
      return this.takeBack(
        thread,
        this.refuse(thread, errno.EINVAL, Reason.doorbellOutside, offset, 0),
      )
    }
    const { count } = this.facts.vectors
    if (this.vector[row] >= count) {
      const refused = this.refuse(
        thread,
        errno.ENODEV,
        Reason.vectorOutside,
        this.vector[row],
        count,
      )
      return this.takeBack(thread, refused)
    }
    const handle = this.freeHandle(row)
    if (handle < 0) {
      return this.takeBack(thread, this.refuse(thread, errno.ENOSPC, Reason.noHandles, 0, 0))
    }
    this.handle[row] = handle
    this.state[row] = ContextState.connected
    const at = argument.createHwctx
    threads.setArg(thread, at.umqDoorbell, isUser ? this.doorbell[row] : argument.noDoorbell)
    threads.setArg(thread, at.handle, handle)
    threads.setArg(thread, at.syncobj, 0)
    this.sim.trace.emit(DriverEvent.contextCreated, handle, this.fwId[row], this.numTiles[row])
    return 0
  }

  /** The firmware made a context that the driver cannot use: it is asked to end it. */
  private takeBack(thread: number, refusal: number): number {
    const at = thread * localCount
    this.threads.locals[at + Local.refusal] = refusal
    this.threads.phase[thread] = Phase.takeBack
    const asked = this.disconnect(thread, this.threads.locals[at + Local.row])
    return asked === parked ? asked : this.givenBack(thread)
  }

  private givenBack(thread: number): number {
    const at = thread * localCount
    return this.giveUp(this.threads.locals[at + Local.row], this.threads.locals[at + Local.refusal])
  }

  /** Whether the doorbell at an offset lies in the BAR of a context's function. */
  private isInBar(row: number, offset: number): boolean {
    return offset + 4 <= this.barsOf(row).sizeOf(this.facts.bar.sram)
  }

  /** Refuses in the words that the firmware added to its status; 0 when it added none. */
  private whyRefused(thread: number, row: number): number {
    const word = this.mailOf(row).word(thread, message.createContext.replyId)
    if (word === 0) return 0
    const asked = this.numTiles[row] + this.partitionOf(row) * 2 ** 16
    return this.refuse(thread, errno.EINVAL, Reason.contextRefused, word, asked)
  }

  /** Decides how submissions of contexts of a function go that are created from now on. */
  setUserMode(fn: number, on: boolean): void {
    this.userSwitch[fn] = on ? 1 : 0
  }

  /** Whether processes submit to new contexts of a function themselves. */
  isUserMode(fn: number): boolean {
    return this.userSwitch[fn] !== 0
  }

  /** A function is gone: its handles count from 1 again, and the kernel submits. */
  forgetFunction(fn: number): void {
    this.lastHandle[fn] = 0
    this.userSwitch[fn] = 0
  }

  /** The function whose process has a context. */
  functionOf(row: number): number {
    return this.files.fn[this.file[row]]
  }

  /** The partition that a context is in: the one it named, else the driver's own as it is now. */
  partitionOf(row: number): number {
    const own = this.functions.all[this.functionOf(row)].partition
    return this.named[row] < 0 ? own : this.named[row]
  }

  /** The mailbox that a context's messages take. */
  mailOf(row: number): Mailbox {
    return this.functions.all[this.functionOf(row)].mail
  }

  private barsOf(row: number): Bars {
    return this.soc.functions[this.functionOf(row)]
  }

  /** mmap of the doorbell page of a context of the process in user mode; the address is the call's value. */
  mapDoorbell(thread: number, offset: number, length: number): number {
    const { threads } = this
    const file = threads.file[thread]
    const { pageBytes } = this.facts
    let row = 0
    while (row < this.capacity && !this.ownsDoorbell(row, file, offset)) row++
    if (row === this.capacity) return this.refuse(thread, errno.EINVAL, Reason.doorbellMap, 0, 0)
    if (length !== pageBytes) {
      return this.refuse(thread, errno.EINVAL, Reason.doorbellPage, length, pageBytes)
    }
    if (this.doorbellAddress[row] !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.mappedTwice, 0, 0)
    }
    const address = this.files.setAside(file, pageBytes, pageBytes)
    this.doorbellAddress[row] = address
    threads.value[thread] = address
    return 0
  }

  /** Takes the mapping of a doorbell away; false when none is at the address. */
  unmapDoorbell(file: number, address: number): boolean {
    const row = this.rowAtDoorbell(file, address)
    if (row >= 0) this.doorbellAddress[row] = 0
    return row >= 0
  }

  /** The process stores to a doorbell that it has mapped; false when none is at the address. */
  storeDoorbell(file: number, address: number): boolean {
    const row = this.rowAtDoorbell(file, address)
    if (row >= 0 && this.state[row] === ContextState.connected) this.ring(row)
    return row >= 0
  }

  private ownsDoorbell(row: number, file: number, offset: number): boolean {
    const isOwn = this.isThere(row) && this.file[row] === file && this.userMode[row] !== 0
    return isOwn && this.doorbell[row] === offset && this.isInBar(row, offset)
  }

  private rowAtDoorbell(file: number, address: number): number {
    for (let row = 0; row < this.capacity; row++) {
      const isMapped = this.isThere(row) && this.doorbellAddress[row] !== 0
      if (isMapped && this.file[row] === file && this.doorbellAddress[row] === address) return row
    }
    return -1
  }

  /** Asks the firmware to end a context; the caller is parked until it has. */
  disconnect(thread: number, row: number): number {
    this.state[row] = ContextState.disconnected
    const mail = this.mailOf(row)
    mail.begin(thread)
    mail.put(thread, message.destroyContext.id, this.fwId[row])
    return mail.request(thread, MailOpcode.destroyHwContext)
  }

  /** Takes the answer to `disconnect`, or that there was none in time; nobody is told. */
  settle(thread: number, row: number): void {
    this.mailOf(row).settle(thread, MailOpcode.destroyHwContext)
  }

  /** Asks the firmware to end a context in error; the message id or a negative errno. */
  postDestroy(row: number): number {
    const mail = this.mailOf(row)
    mail.begin(kernelThread)
    mail.put(kernelThread, message.destroyContext.id, this.fwId[row])
    return mail.post(kernelThread, MailOpcode.destroyHwContext)
  }

  /** Asks the firmware for the context again; the message id or a negative errno. */
  postCreate(row: number): number {
    this.putRequest(kernelThread, row)
    return this.mailOf(row).post(kernelThread, MailOpcode.createHwContext)
  }

  /** Takes the answer to `postCreate`; false when the firmware refused. */
  takeReply(row: number): boolean {
    if (this.mailOf(row).word(kernelThread, 0) !== mailbox.status.success) return false
    this.takeIds(kernelThread, row)
    return true
  }

  private takeIds(thread: number, row: number): void {
    const { replyId, replyDoorbell, replyVector } = message.createContext
    const mail = this.mailOf(row)
    this.fwId[row] = mail.word(thread, replyId)
    this.doorbell[row] = mail.word(thread, replyDoorbell)
    this.vector[row] = mail.word(thread, replyVector)
  }

  /** Forgets a context that the firmware has ended. */
  free(row: number): void {
    this.sim.trace.emit(DriverEvent.contextDestroyed, this.handle[row], this.fwId[row], 0)
    this.buffers.drop(this.queueRow[row])
    this.state[row] = ContextState.free
  }

  /** The row of a context of a process that is there or comes back, or -1. */
  rowOf(file: number, handle: number): number {
    for (let row = 0; row < this.capacity; row++) {
      if (this.handle[row] !== handle || this.file[row] !== file) continue
      if (this.isThere(row) || this.state[row] === ContextState.lost) return row
    }
    return -1
  }

  /** True for a context that is connected or will be again. */
  isThere(row: number): boolean {
    const state = this.state[row]
    const { connected, recovering, suspended } = ContextState
    return state === connected || state === recovering || state === suspended
  }

  /** Whether a process has contexts that the firmware may know. */
  isUsedBy(file: number): boolean {
    for (let row = 0; row < this.capacity; row++) {
      if (this.file[row] === file && this.isThere(row)) return true
    }
    return false
  }

  /** Asks the firmware to end a context that sleeps; the caller is parked until it has. */
  askToEnd(thread: number, row: number): number {
    const mail = this.mailOf(row)
    mail.begin(thread)
    mail.put(thread, message.destroyContext.id, this.fwId[row])
    return mail.request(thread, MailOpcode.destroyHwContext)
  }

  /** Asks the firmware for a context that sleeps; the caller is parked until it has answered. */
  askAgain(thread: number, row: number): number {
    return this.askFirmware(thread, row)
  }

  /** Takes the answer: the context is connected again, or the negative errno why not. */
  madeAgain(thread: number, row: number): number {
    const answer = this.mailOf(row).response(thread, MailOpcode.createHwContext)
    if (answer < 0) return answer
    this.takeIds(thread, row)
    this.state[row] = ContextState.connected
    return 0
  }

  /** Rings the doorbell of a context with packets that nobody has read. */
  ringIfBusy(row: number): void {
    this.sampleRead(row)
    if (this.writeIndex[row] > this.readIndex[row]) this.ring(row)
  }

  /** The row of a connected context of a function by the firmware's number, or -1. */
  rowOfFirmware(fn: number, fwId: number): number {
    for (let row = 0; row < this.capacity; row++) {
      if (this.state[row] !== ContextState.connected || this.fwId[row] !== fwId) continue
      if (this.functionOf(row) === fn) return row
    }
    return -1
  }

  /** Takes everything published as read: nobody will read it any more. */
  skipPublished(row: number): void {
    const memory = this.soc.cpu
    const at = this.queueOf(row) + hostQueue.readIndex
    this.takeWritten(row)
    this.readIndex[row] = this.writeIndex[row]
    memory.write32(at, this.writeIndex[row] % high32)
    memory.write32(at + 4, Math.floor(this.writeIndex[row] / high32))
  }

  /** Physical address of a context's queue. */
  queueOf(row: number): number {
    return this.buffers.physicalOf(this.queueRow[row])
  }

  /** Device address of a context's queue. */
  queueAddressOf(row: number): number {
    return this.buffers.deviceAddressOf(this.queueRow[row])
  }

  /** Samples read_index; a value that makes no sense leaves the last good one. */
  sampleRead(row: number): number {
    const at = this.queueOf(row) + hostQueue.readIndex
    const memory = this.soc.cpu
    const read = memory.read32(at) + memory.read32(at + 4) * high32
    this.takeWritten(row)
    const ahead = this.writeIndex[row] - read
    if (ahead >= 0 && ahead <= hostQueue.capacity && read > this.readIndex[row]) {
      this.readIndex[row] = read
      this.sim.trace.emit(DriverEvent.packetsRead, this.handle[row], read | 0, 0)
    }
    return this.readIndex[row]
  }

  /** Publishes one more packet and rings the doorbell. */
  publish(row: number): void {
    const memory = this.soc.cpu
    const at = this.queueOf(row) + hostQueue.writeIndex
    const index = this.writeIndex[row] + 1
    this.writeIndex[row] = index
    memory.write32(at, index % high32)
    memory.write32(at + 4, Math.floor(index / high32))
    this.ring(row)
  }

  private ring(row: number): void {
    this.sim.trace.emit(DriverEvent.doorbell, this.handle[row], this.doorbell[row], 0)
    this.barsOf(row).write32(this.facts.bar.sram, this.doorbell[row], 0)
  }

  /** In user mode it is the process that counts what is written. */
  private takeWritten(row: number): void {
    if (this.userMode[row] === 0) return
    const memory = this.soc.cpu
    const at = this.queueOf(row) + hostQueue.writeIndex
    this.writeIndex[row] = memory.read32(at) + memory.read32(at + 4) * high32
  }

  /** Writes the header of an empty queue into a zeroed buffer. */
  private formatQueue(queueRow: number): void {
    const memory = this.soc.cpu
    const at = this.buffers.physicalOf(queueRow)
    memory.fill(at, 0, hostQueue.totalBytes)
    const data = this.buffers.deviceAddressOf(queueRow) + hostQueue.packets
    memory.write32(
      at + hostQueue.versionMajor,
      (hostQueue.version.minor << 16) | hostQueue.version.major,
    )
    memory.write32(at + hostQueue.capacityAt, hostQueue.capacity)
    memory.write32(at + hostQueue.dataAddress, data % high32)
    memory.write32(at + hostQueue.dataAddress + 4, Math.floor(data / high32))
  }

  private askFirmware(thread: number, row: number): number {
    this.putRequest(thread, row)
    return this.mailOf(row).request(thread, MailOpcode.createHwContext)
  }

  private putRequest(thread: number, row: number): void {
    const at = message.createContext
    const queue = this.queueAddressOf(row)
    const { mail } = this.functions.all[this.functionOf(row)]
    mail.begin(thread)
    mail.put(thread, at.partition, this.partitionOf(row))
    mail.put(thread, at.numTiles, this.numTiles[row])
    mail.put(thread, at.queueHigh, Math.floor(queue / high32))
    mail.put(thread, at.queueLow, queue % high32)
    const hasPasid = this.facts.memory.addressing === 'pasid'
    const pasid = this.files.pasidOf(this.file[row]) | mailbox.pasidValid
    mail.put(thread, at.pasid, hasPasid ? pasid : 0)
    mail.put(thread, at.band, bandOf(this.priorityOf(row)))
  }

  /** The priority a context asked for. */
  priorityOf(row: number): number {
    return this.qosOf(row, argument.qos.priority)
  }

  /** A word of the QoS block that a context was created with, by its offset there. */
  qosOf(row: number, offset: number): number {
    return this.qos[row * qosWords + (offset >> 2)]
  }

  private giveUp(row: number, result: number): number {
    this.buffers.drop(this.queueRow[row])
    this.state[row] = ContextState.free
    return result
  }

  /** The next handle that its function has free, counting on from the last one handed out. */
  private freeHandle(context: number): number {
    const max = this.facts.maxHandle
    const fn = this.functionOf(context)
    for (let tries = 0; tries < max; tries++) {
      const handle = (this.lastHandle[fn] % max) + 1
      this.lastHandle[fn] = handle
      if (!this.isTaken(fn, handle)) return handle
    }
    return -1
  }

  private isTaken(fn: number, handle: number): boolean {
    for (let row = 0; row < this.capacity; row++) {
      const { free, creating } = ContextState
      if (this.state[row] === free || this.state[row] === creating) continue
      if (this.handle[row] === handle && this.functionOf(row) === fn) return true
    }
    return false
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}

/** Priority band: 3 realtime, 2 high, 1 normal and everything else, 0 low. */
export function bandOf(priority: number): number {
  const { realtime, high, low } = argument.priority
  return priority === realtime ? 3 : priority === high ? 2 : priority === low ? 0 : 1
}
