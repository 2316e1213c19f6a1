/**
 * Submission: from EXEC_CMD to the doorbell, from the interrupt to WAIT_CMD's answer.
 *
 *     EXEC_CMD ─ pin ─ take turns ─ wait for slots ─ write packets ─ doorbell ──▶ uCs
 *     WAIT_CMD ◀── wake ── read_index moved ◀── MSI-X of the context's vector ◀── uCs
 *
 * Faithful    checks and their order, strict turns per context, chains without interleaving, seq of the last packet
 */
import { command } from '../device/abi/command.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import { argument, errno } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { never } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import type { KernelMemory } from '../soc/cpu-cache.ts'
import type { Buffers } from './buffers.ts'
import { ContextState } from './contexts.ts'
import type { Contexts } from './contexts.ts'
import { DriverEvent, WaitKind } from './events.ts'
import type { FdInfo } from './fdinfo.ts'
import type { Files } from './files.ts'
import type { Packets } from './packets.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { interrupted, localCount, parked, threadCount, Woken } from './threads.ts'
import type { Threads } from './threads.ts'

/** Locals of EXEC_CMD and WAIT_CMD. */
const Local = {
  context: 0,
  command: 1,
  pins: 2,
  next: 3,
  count: 4,
  ticket: 5,
  handle: 6,
  deadline: 7,
} as const

/** Phases of EXEC_CMD. */
const Phase = { check: 0, turn: 1, publish: 2 } as const

const none = -1

export class Submission {
  /** Per context and slot: head of the pin list of the job whose last packet is there, -1 without a job. */
  private readonly jobPins: Int32Array
  private readonly jobCommand: Int32Array
  /** Oldest packet whose job has not been looked at, per context. */
  private readonly oldest: Float64Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly memory: KernelMemory
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly buffers: Buffers
  private readonly contexts: Contexts
  private readonly packets: Packets
  private readonly fdInfo: FdInfo

  constructor(
    sim: Sim,
    facts: HostFacts,
    memory: KernelMemory,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    buffers: Buffers,
    contexts: Contexts,
    packets: Packets,
    fdInfo: FdInfo,
  ) {
    this.sim = sim
    this.facts = facts
    this.memory = memory
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.buffers = buffers
    this.contexts = contexts
    this.packets = packets
    this.fdInfo = fdInfo
    const n = contexts.capacity * hostQueue.capacity
    this.jobPins = sim.state.i32('driver.job.pins', n)
    this.jobCommand = sim.state.i32('driver.job.command', n)
    this.oldest = sim.state.f64('driver.job.oldest', contexts.capacity)
    this.jobPins.fill(none)
  }

  /** A context starts with an empty queue. */
  begin(context: number): void {
    this.oldest[context] = 0
  }

  /** EXEC_CMD. */
  exec(thread: number): number {
    const phase = this.threads.phase[thread]
    if (phase === Phase.check) return this.check(thread)
    const context = this.local(thread, Local.context)
    if (this.threads.woken[thread] === Woken.signal) {
      const result = this.refuse(thread, errno.EINTR, Reason.interrupted, 0, 0)
      return phase === Phase.publish
        ? this.stopPublishing(thread, result)
        : this.unpin(thread, result)
    }
    if (this.isGone(thread, context) || this.isRecovering(context)) {
      const result = this.refuseGone(thread, context)
      return phase === Phase.publish
        ? this.stopPublishing(thread, result)
        : this.unpin(thread, result)
    }
    return this.publish(thread)
  }

  /** WAIT_CMD. */
  wait(thread: number): number {
    const at = argument.waitCmd
    const { threads } = this
    const seq = threads.arg64(thread, at.seq)
    const handle = threads.arg(thread, at.hwctx)
    const timeoutMs = threads.arg(thread, at.timeoutMs)
    const isNew = threads.phase[thread] === 0
    if (isNew) {
      const context = this.contexts.rowOf(threads.file[thread], handle)
      if (context < 0) return this.refuse(thread, errno.EINVAL, Reason.unknownContext, handle, 0)
      this.setLocal(thread, Local.context, context)
      this.setLocal(thread, Local.handle, handle)
      const limit = timeoutMs === 0 ? never : timeoutMs * 1000 * this.facts.ticksPerMicrosecond
      this.setLocal(thread, Local.deadline, this.sim.schedule.now + limit)
      threads.phase[thread] = 1
    }
    const context = this.local(thread, Local.context)
    const isLost = this.contexts.state[context] === ContextState.lost
    if (this.isGone(thread, context) && !isLost)
      return this.refuse(thread, errno.EAGAIN, Reason.disconnected, 0, 0)
    if (this.contexts.state[context] === ContextState.suspended)
      return this.refuse(thread, errno.EAGAIN, Reason.disconnected, 0, 0)
    // Who waits already is told by what becomes of the command; who comes now finds no context.
    if (isNew && this.isRecovering(context))
      return this.refuse(thread, errno.EAGAIN, Reason.recovering, 0, 0)
    if (this.contexts.sampleRead(context) > seq) return 0
    if (isLost) return this.refuseGone(thread, context)
    if (threads.woken[thread] === Woken.signal) {
      this.refuse(thread, errno.EINTR, Reason.interrupted, 0, 0)
      return interrupted
    }
    const left = this.local(thread, Local.deadline) - this.sim.schedule.now
    if (left <= 0) return this.refuse(thread, errno.ETIME, Reason.waitTimeout, timeoutMs, 0)
    return threads.park(thread, WaitKind.completion, context, left)
  }

  /** A job vector of a function arrived: every context of it looks at its own read_index. */
  onInterrupt(vector: number, fn: number): void {
    for (let context = 0; context < this.contexts.capacity; context++) {
      if (this.contexts.state[context] !== ContextState.connected) continue
      if (this.contexts.vector[context] !== vector) continue
      if (this.contexts.functionOf(context) === fn) this.collect(context)
    }
  }

  /** A context is in error: who has not published yet is told so; who waits for a completion waits on. */
  interrupt(context: number): void {
    this.threads.wakeAll(WaitKind.turn, context)
    this.threads.wakeAll(WaitKind.queueSlot, context)
  }

  /** Ends the jobs of a context in error: `timeOut` gets the command of the oldest one, the others are aborted. */
  drain(context: number, timeOut: (command: number) => void): void {
    this.retire(context, this.contexts.sampleRead(context), false)
    const oldest = this.oldestJob(context)
    if (oldest >= 0) {
      const job = context * hostQueue.capacity + (oldest % hostQueue.capacity)
      timeOut(this.jobCommand[job])
    }
    this.retire(context, this.contexts.writeIndex[context], true, oldest)
    this.contexts.skipPublished(context)
  }

  /** A context is back, or lost: whoever waits for a completion, or to submit, looks again. */
  resume(context: number): void {
    this.threads.wakeAll(WaitKind.completion, context)
    this.threads.wakeAll(WaitKind.recovery, context)
  }

  /** The device sleeps or is reset: whoever waits for a completion is told to try again. */
  suspend(context: number): void {
    this.threads.wakeAll(WaitKind.completion, context)
  }

  /** The device is back: what it had finished before is collected, whoever waits looks again. */
  wakeUp(context: number): void {
    this.collect(context)
    this.resume(context)
  }

  /** Whether jobs of a context are under way. */
  hasJobs(context: number): boolean {
    return this.oldestJob(context) >= 0
  }

  /** How many jobs of a context are under way. */
  jobsOf(context: number): number {
    let count = 0
    for (let seq = this.oldest[context]; seq < this.contexts.writeIndex[context]; seq++) {
      const job = context * hostQueue.capacity + (seq % hostQueue.capacity)
      if (this.jobPins[job] !== none) count++
    }
    return count
  }

  /** Sequence number of the oldest job under way, -1 when there is none. */
  private oldestJob(context: number): number {
    if (this.contexts.userMode[context] !== 0) return none
    for (let seq = this.oldest[context]; seq < this.contexts.writeIndex[context]; seq++) {
      const job = context * hostQueue.capacity + (seq % hostQueue.capacity)
      if (this.jobPins[job] !== none) return seq
    }
    return none
  }

  /** Wakes everybody who waits for something of a context that is going away. */
  dismiss(context: number): void {
    this.threads.wakeAll(WaitKind.turn, context)
    this.threads.wakeAll(WaitKind.queueSlot, context)
    this.threads.wakeAll(WaitKind.completion, context)
  }

  /** Ends the jobs of a context that the firmware has destroyed: unfinished commands become ABORT. */
  abort(context: number): void {
    this.retire(context, this.contexts.sampleRead(context), false)
    this.retire(context, this.contexts.writeIndex[context], true)
  }

  /** Notes how far the device has come, ends finished jobs, wakes waiters. */
  private collect(context: number): void {
    const read = this.contexts.sampleRead(context)
    this.retire(context, read, false)
    this.threads.wakeAll(WaitKind.queueSlot, context)
    this.threads.wakeAll(WaitKind.completion, context)
  }

  private retire(context: number, upTo: number, aborted: boolean, timedOut = none): void {
    // In user mode there are no jobs, and the indices are whatever the process has written.
    if (this.contexts.userMode[context] !== 0) return
    for (let seq = this.oldest[context]; seq < upTo; seq++) {
      const job = context * hostQueue.capacity + (seq % hostQueue.capacity)
      if (this.jobPins[job] === none) continue
      const how = !aborted ? 0 : seq === timedOut ? 2 : 1
      if (how === 1) this.packets.setState(this.jobCommand[job], command.state.abort)
      this.buffers.release(this.jobPins[job])
      this.jobPins[job] = none
      this.contexts.completions[context]++
      this.fdInfo.jobEnds(this.contexts.file[context])
      const handle = this.contexts.handle[context]
      this.sim.trace.emit(DriverEvent.jobEnded, handle, seq | 0, how)
    }
    if (upTo > this.oldest[context]) this.oldest[context] = upTo
  }

  private check(thread: number): number {
    const at = argument.execCmd
    const { threads, buffers } = this
    const file = threads.file[thread]
    if (threads.arg64(thread, at.ext) !== 0 || threads.arg64(thread, at.extFlags) !== 0) {
      return this.refuse(thread, errno.EINVAL, Reason.extNotZero, 0, 0)
    }
    const type = threads.arg(thread, at.type)
    if (type !== 0) return this.refuse(thread, errno.EINVAL, Reason.execType, type, 0)
    const commands = threads.arg(thread, at.commandCount)
    if (commands !== 1) return this.refuse(thread, errno.EINVAL, Reason.commandCount, commands, 0)
    const argCount = threads.arg(thread, at.argCount)
    if (argCount > argument.maxArgs) {
      return this.refuse(thread, errno.EINVAL, Reason.tooManyArgs, argCount, argument.maxArgs)
    }
    const handle = threads.arg64(thread, at.commandHandle)
    const bo = buffers.kernelRowOf(file, handle)
    if (bo < 0) return this.refuse(thread, errno.EINVAL, Reason.commandBo, handle, 0)
    if (buffers.deviceAddressOf(bo) < 0)
      return this.refuse(thread, errno.EINVAL, Reason.commandNotMapped, 0, 0)
    this.setLocal(thread, Local.command, bo)
    this.setLocal(thread, Local.pins, none)
    if (!this.pin(thread, bo)) return this.refuse(thread, errno.ENOMEM, Reason.noPins, 0, 0)
    const pinned = this.pinArguments(thread, threads.arg64(thread, at.argsPointer), argCount)
    if (pinned < 0) return this.unpin(thread, pinned)
    const context = this.contexts.rowOf(file, threads.arg(thread, at.hwctx))
    if (context < 0) {
      const unknown = threads.arg(thread, at.hwctx)
      return this.unpin(
        thread,
        this.refuse(thread, errno.EINVAL, Reason.unknownContext, unknown, 0),
      )
    }
    if (this.isRecovering(context)) {
      // The whole call begins again when the context is back.
      this.unpin(thread, 0)
      return threads.park(thread, WaitKind.recovery, context, never)
    }
    if (this.contexts.state[context] !== ContextState.connected) {
      return this.unpin(thread, this.refuseGone(thread, context))
    }
    if (this.contexts.userMode[context] !== 0) {
      return this.unpin(thread, this.refuse(thread, errno.EOPNOTSUPP, Reason.userMode, 0, 0))
    }
    this.setLocal(thread, Local.context, context)
    this.setLocal(thread, Local.handle, threads.arg(thread, at.hwctx))
    const opcode = this.packets.opcodeOf(bo)
    if (opcode !== command.opcode.startDpu && opcode !== command.opcode.chain) {
      return this.unpin(thread, this.refuse(thread, errno.EINVAL, Reason.commandOpcode, opcode, 0))
    }
    this.setLocal(thread, Local.next, 0)
    this.setLocal(thread, Local.count, 0)
    return this.takeTurn(thread, context)
  }

  /** How many packets a command needs: 1, or the length of a chain; a negative errno when it is malformed. */
  private countCommands(thread: number, bo: number): number {
    if (this.packets.opcodeOf(bo) !== command.opcode.chain) return 1
    const words = this.packets.wordsOf(bo)
    const fixed = command.chain.handles >> 2
    if (words < fixed) return this.refuse(thread, errno.EINVAL, Reason.payloadShort, words, fixed)
    const count = this.memory.read32(this.buffers.physicalOf(bo) + 4 + command.chain.count)
    if (count === 0 || count > command.maxChain) {
      return this.refuse(thread, errno.EINVAL, Reason.chainCount, count, command.maxChain)
    }
    const needed = fixed + count * (command.chainHandleBytes >> 2)
    if (words < needed) return this.refuse(thread, errno.EINVAL, Reason.payloadShort, words, needed)
    return count
  }

  private pinArguments(thread: number, pointer: number, count: number): number {
    const file = this.threads.file[thread]
    if (count > 0 && this.files.touch(file, pointer, 4 * count) < 0) {
      return this.refuse(thread, errno.EFAULT, Reason.badPointer, 0, 0)
    }
    for (let i = 0; i < count; i++) {
      const handle = this.files.read32(file, pointer + 4 * i)
      const row = this.buffers.rowOf(file, handle)
      if (row < 0) return this.refuse(thread, errno.ENOENT, Reason.argumentBo, handle, 0)
      if (!this.pin(thread, row)) return this.refuse(thread, errno.ENOMEM, Reason.noPins, 0, 0)
    }
    return 0
  }

  private pin(thread: number, row: number): boolean {
    const head = this.buffers.hold(row, this.local(thread, Local.pins))
    if (head < 0) {
      this.unpin(thread, 0)
      return false
    }
    this.setLocal(thread, Local.pins, head)
    return true
  }

  private unpin(thread: number, result: number): number {
    this.buffers.release(this.local(thread, Local.pins))
    this.setLocal(thread, Local.pins, none)
    return result
  }

  private takeTurn(thread: number, context: number): number {
    if (this.contexts.submitter[context] === 0) {
      this.contexts.submitter[context] = thread + 1
      return this.publish(thread)
    }
    this.setLocal(thread, Local.ticket, this.contexts.ticketNext[context]++)
    this.threads.phase[thread] = Phase.turn
    return this.threads.park(thread, WaitKind.turn, context, never)
  }

  /** Writes packets until the command is done or the queue is full. */
  private publish(thread: number): number {
    const context = this.local(thread, Local.context)
    this.threads.phase[thread] = Phase.publish
    if (this.local(thread, Local.count) === 0) {
      const counted = this.countCommands(thread, this.local(thread, Local.command))
      if (counted < 0) return this.stopPublishing(thread, counted)
      this.setLocal(thread, Local.count, counted)
    }
    const count = this.local(thread, Local.count)
    while (this.local(thread, Local.next) < count) {
      const written = this.publishOne(thread, context, this.local(thread, Local.next), count)
      if (written === parked) return written
      if (written < 0) return this.stopPublishing(thread, written)
      this.setLocal(thread, Local.next, this.local(thread, Local.next) + 1)
    }
    return this.finish(thread, context)
  }

  /** Checks a command, waits for a slot, and writes its packet: 0, parked, or a negative errno. */
  private publishOne(thread: number, context: number, index: number, count: number): number {
    const bo = this.local(thread, Local.command)
    let part = bo
    const isChain = this.packets.opcodeOf(bo) === command.opcode.chain
    if (isChain) {
      const { handles } = command.chain
      const at = this.buffers.physicalOf(bo) + 4 + handles + index * command.chainHandleBytes
      const handle = this.memory.read32(at)
      part = this.buffers.kernelRowOf(this.threads.file[thread], handle)
      if (part < 0) return this.refuse(thread, errno.ENOENT, Reason.chainBo, handle, 0)
      if (this.buffers.deviceAddressOf(part) < 0) {
        return this.refuse(thread, errno.EINVAL, Reason.commandNotMapped, 0, 0)
      }
      // What is looked at has to be the process's: pages nobody has touched still hold bytes of others.
      this.buffers.pin(part)
    }
    const checked = this.packets.check(thread, part)
    if (checked < 0) return checked
    const read = this.contexts.sampleRead(context)
    this.retire(context, read, false)
    if (this.contexts.writeIndex[context] - read >= hostQueue.capacity) {
      return this.threads.park(thread, WaitKind.queueSlot, context, never)
    }
    if (isChain) {
      const head = this.buffers.hold(part, this.local(thread, Local.pins))
      if (head < 0) return this.refuse(thread, errno.ENOMEM, Reason.noPins, 0, 0)
      this.setLocal(thread, Local.pins, head)
    }
    const written = this.packets.write(thread, context, part, index + 1 < count)
    if (written === 0) this.contexts.publish(context)
    return written
  }

  /** Ends a submission early. A published prefix keeps running; its job ends as ABORT and the call succeeds. */
  private stopPublishing(thread: number, result: number): number {
    const context = this.local(thread, Local.context)
    if (this.local(thread, Local.next) === 0 || this.isGone(thread, context)) {
      this.passTurn(thread, context)
      return this.unpin(thread, result)
    }
    this.packets.setState(this.local(thread, Local.command), command.state.abort)
    if (!this.isRecovering(context)) return this.finish(thread, context)
    // Nothing of it will run any more, so there is no job to make of it.
    this.threads.setArg64(thread, argument.execCmd.seq, this.contexts.writeIndex[context] - 1)
    this.passTurn(thread, context)
    return this.unpin(thread, 0)
  }

  /** Makes a job of what was published and answers the seq of its last packet. */
  private finish(thread: number, context: number): number {
    const seq = this.contexts.writeIndex[context] - 1
    const job = context * hostQueue.capacity + (seq % hostQueue.capacity)
    this.jobPins[job] = this.local(thread, Local.pins)
    this.jobCommand[job] = this.local(thread, Local.command)
    this.contexts.submissions[context]++
    this.fdInfo.jobBegins(this.contexts.file[context])
    this.threads.setArg64(thread, argument.execCmd.seq, seq)
    this.passTurn(thread, context)
    return 0
  }

  /** Lets the submitter with the oldest ticket go on. */
  private passTurn(thread: number, context: number): void {
    if (this.contexts.submitter[context] !== thread + 1) return
    let next = none
    for (let other = 0; other < threadCount; other++) {
      if (!this.threads.isParked(other) || this.threads.woken[other] !== 0) continue
      if (this.threads.waitKind[other] !== WaitKind.turn) continue
      if (this.threads.waitFor[other] !== context) continue
      const older =
        next === none || this.local(other, Local.ticket) < this.local(next, Local.ticket)
      if (older) next = other
    }
    this.contexts.submitter[context] = next + 1
    if (next !== none) this.threads.wake(next, Woken.event)
  }

  private isRecovering(context: number): boolean {
    return this.contexts.state[context] === ContextState.recovering
  }

  private refuseGone(thread: number, context: number): number {
    if (this.contexts.state[context] === ContextState.lost) {
      return this.refuse(thread, errno.ENODEV, Reason.lost, 0, 0)
    }
    const reason = this.isRecovering(context) ? Reason.recovering : Reason.disconnected
    return this.refuse(thread, errno.EAGAIN, reason, 0, 0)
  }

  private isGone(thread: number, context: number): boolean {
    return (
      !this.contexts.isThere(context) ||
      this.contexts.handle[context] !== this.local(thread, Local.handle)
    )
  }

  private local(thread: number, index: number): number {
    return this.threads.locals[thread * localCount + index]
  }

  private setLocal(thread: number, index: number, value: number): void {
    this.threads.locals[thread * localCount + index] = value
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
