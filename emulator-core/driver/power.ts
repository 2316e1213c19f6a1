/**
 * Power of one device function: the mode and the switches that an administrator sets, and what everybody can ask of them.
 *
 *     SET_STATE ──▶ ┌───────┐ ── POWER_OVERRIDE, SET_RUNTIME_CONFIG ──▶ firmware
 *     GET_INFO ───▶ │ Power │
 *                   └───────┘ ── bytes ──▶ memory of the process
 *
 * Faithful    who may set, the order of the checks, what is sent and when it counts, frame-boundary preemption is on
 * Simplified  no mode changes a clock
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import { MailOpcode, message } from '../device/abi/mailbox.ts'
import { fieldOf } from '../device/functions.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import type { Sim } from '../sim/sim.ts'
import { DriverEvent } from './events.ts'
import type { Files } from './files.ts'
import type { Mailbox } from './mailbox.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { localCount } from './threads.ts'
import type { Threads } from './threads.ts'

/** Words of `set`: the power mode, and whether preemption is forced. */
const Set = { mode: 0, forced: 1, count: 2 } as const

export class Power {
  private readonly sim: Sim
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly mail: Mailbox
  private readonly set: Uint8Array
  /** The structure at hand; it lives for one copy. */
  private readonly record = new Uint8Array(power.stateBytes)

  constructor(
    sim: Sim,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    mail: Mailbox,
    fn: number,
  ) {
    this.sim = sim
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.mail = mail
    this.set = sim.state.u8(fieldOf('driver.power.set', fn), Set.count)
  }

  /** The mode that was set last. */
  get mode(): number {
    return this.set[Set.mode]
  }

  /** Whether preemption is forced. */
  get isForced(): boolean {
    return this.set[Set.forced] !== 0
  }

  /** The function is gone, or made anew: nothing is set. */
  forget(): void {
    this.set.fill(0)
  }

  /** SET_STATE of one of the two, by root. Phase 0 checks and tells the firmware, phase 1 takes its answer. */
  setState(thread: number): number {
    const { threads } = this
    const param = threads.arg(thread, argument.setState.param)
    const { powerMode } = power.setState
    const isMode = param === powerMode
    if (threads.phase[thread] === 0) return this.ask(thread, isMode)
    const opcode = isMode ? MailOpcode.powerOverride : MailOpcode.setRuntimeConfig
    const why = (): number =>
      isMode ? 0 : this.refuse(thread, errno.EINVAL, Reason.preemptShared, 0)
    const answer = this.mail.response(thread, opcode, why)
    if (answer < 0) return answer
    const value = threads.locals[thread * localCount]
    this.set[isMode ? Set.mode : Set.forced] = value
    this.sim.trace.emit(DriverEvent.stateSet, thread, param, value)
    return 0
  }

  /** GET_INFO of the mode or a switch, as much as the process has room for. */
  info(thread: number, param: number): number {
    const { threads } = this
    const at = argument.getInfo
    const { powerMode, forcePreempt } = queries.info
    this.record.fill(0)
    this.record[0] =
      param === powerMode ? this.set[Set.mode] : param === forcePreempt ? this.set[Set.forced] : 1
    const bytes = Math.min(threads.arg(thread, at.bufferSize), power.stateBytes)
    const address = threads.arg64(thread, at.buffer)
    if (!this.files.write(threads.file[thread], address, this.record, 0, bytes)) {
      return this.refuse(thread, errno.EFAULT, Reason.badPointer)
    }
    this.sim.trace.emit(DriverEvent.answered, thread, param, bytes)
    return 0
  }

  private ask(thread: number, isMode: boolean): number {
    const { threads } = this
    const at = argument.setState
    const bytes = Math.min(threads.arg(thread, at.bufferSize), power.stateBytes)
    const address = threads.arg64(thread, at.buffer)
    this.record.fill(0)
    if (!this.files.read(threads.file[thread], address, this.record, 0, bytes)) {
      return this.refuse(thread, errno.EFAULT, Reason.badPointer)
    }
    const [value] = this.record
    const last = isMode ? power.lastMode : 1
    if (value > last) {
      return this.refuse(
        thread,
        errno.EINVAL,
        isMode ? Reason.powerMode : Reason.preemptState,
        value,
      )
    }
    if (this.record.subarray(1).some((byte) => byte !== 0)) {
      return this.refuse(thread, errno.EINVAL, Reason.padNotZero)
    }
    threads.locals[thread * localCount] = value
    threads.phase[thread] = 1
    this.mail.begin(thread)
    if (isMode) {
      this.mail.put(thread, message.powerOverride.mode, value)
      return this.mail.request(thread, MailOpcode.powerOverride)
    }
    const { runtimeConfig, runtimeConfigType } = message
    this.mail.put(thread, runtimeConfig.type, runtimeConfigType.forcePreemption)
    this.mail.put(thread, runtimeConfig.value, value)
    return this.mail.request(thread, MailOpcode.setRuntimeConfig)
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
