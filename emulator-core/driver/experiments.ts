/**
 * Experiments: what can be asked of the management firmware though no ioctl does.
 *
 *     runtime ── createPartition, destroyPartition, hint ──▶ ┌─────────────┐ ── messages ──▶ firmware
 *                                                            └─────────────┘ ── ends contexts ──▶ Contexts
 *
 * Faithful    the messages, and what they do to contexts
 * Modelled    that somebody sends them: the real driver makes one partition at bring-up and sends no hint
 */
import { errno } from '../device/abi/ioctl.ts'
import { MailOpcode, message } from '../device/abi/mailbox.ts'
import { resolve } from '../device/fact.ts'
import { schedulerFacts } from '../device/scheduler-facts.ts'
import type { HintKind } from '../device/scheduler-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { bandOf, ContextState } from './contexts.ts'
import type { Contexts } from './contexts.ts'
import { DriverEvent, KernelCall } from './events.ts'
import type { Files } from './files.ts'
import type { DeviceFunction, Functions } from './functions.ts'
import type { Mailbox } from './mailbox.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Submission } from './submit.ts'
import { localCount } from './threads.ts'
import type { Threads } from './threads.ts'

/** Locals of the call: what is asked, then its operands. */
const Local = { kind: 0, first: 1, second: 2, own: 3, fn: 4 } as const
const Kind = { create: 0, destroy: 1, hint: 2 } as const
const { property, quantumUnitNs } = resolve(schedulerFacts)
const nsPerUs = 1000

export class Experiments {
  private readonly sim: Sim
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly functions: Functions
  private readonly contexts: Contexts
  private readonly submission: Submission

  constructor(
    sim: Sim,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    functions: Functions,
    contexts: Contexts,
    submission: Submission,
  ) {
    this.sim = sim
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.functions = functions
    this.contexts = contexts
    this.submission = submission
  }

  /** Asks for a partition; its id is the call's value. `own`: the driver puts contexts there that name none. */
  createPartition(thread: number, start: number, count: number, own: boolean, fn = 0): void {
    this.enter(thread, 0, Kind.create, start, count, own ? 1 : 0, fn)
  }

  /** Ends a partition with its contexts; -1 stands for the driver's own. */
  destroyPartition(thread: number, id: number, fn = 0): void {
    this.enter(thread, 0, Kind.destroy, id, 0, 0, fn)
  }

  /** Tells the firmware something about a context: the words of one kind of hint. */
  hint(
    thread: number,
    file: number,
    handle: number,
    kind: HintKind,
    values: readonly number[],
  ): void {
    const at = message.configureContext
    const { mail, index } = file < 0 ? this.functions.first : this.functions.ofFile(file)
    mail.begin(thread)
    mail.put(thread, at.property, property[kind])
    values.forEach((value, i) => {
      mail.put(thread, at.band + 4 * i, hintWord(kind, i, value))
    })
    this.enter(thread, file, Kind.hint, handle, 0, 0, index)
  }

  /** The partition that the next context of a thread is put in; -1 for the driver's own. */
  choosePartition(thread: number, id: number): void {
    this.contexts.chosen[thread] = id
  }

  /** The kernel side: asks, then takes the answer. */
  serve(thread: number): number {
    const kind = this.local(thread, Local.kind)
    if (this.threads.phase[thread] > 0) return this.take(thread, kind)
    this.threads.phase[thread] = 1
    const on = this.functionOf(thread)
    const { mail } = on
    if (!on.isUp) return this.refuse(thread, errno.ENODEV, Reason.noFunction, on.index)
    if (kind === Kind.create) {
      const at = message.createPartition
      mail.begin(thread)
      mail.put(thread, at.start, this.local(thread, Local.first))
      mail.put(thread, at.count, this.local(thread, Local.second))
      return mail.request(thread, MailOpcode.createPartition)
    }
    if (kind === Kind.destroy) {
      const given = this.local(thread, Local.first)
      const id = given < 0 ? on.partition : given
      if (id === 0) return this.refuse(thread, errno.EINVAL, Reason.partitionUnknown)
      this.threads.locals[thread * localCount + Local.first] = id
      mail.begin(thread)
      mail.put(thread, 0, id)
      return mail.request(thread, MailOpcode.destroyPartition)
    }
    return this.sendHint(thread, mail)
  }

  private sendHint(thread: number, mail: Mailbox): number {
    const { threads } = this
    const file = threads.file[thread]
    if (!this.files.isOpen(file)) return this.refuse(thread, errno.EBADF, Reason.unknownFile)
    const handle = this.local(thread, Local.first)
    const row = this.contexts.rowOf(file, handle)
    if (row < 0) return this.refuse(thread, errno.EINVAL, Reason.unknownContext, handle)
    mail.put(thread, message.configureContext.id, this.contexts.fwId[row])
    return mail.request(thread, MailOpcode.configureHwContext)
  }

  private take(thread: number, kind: number): number {
    if (kind === Kind.create) return this.created(thread)
    const isHint = kind === Kind.hint
    const opcode = isHint ? MailOpcode.configureHwContext : MailOpcode.destroyPartition
    const on = this.functionOf(thread)
    const reason = isHint ? Reason.hintRefused : Reason.partitionUnknown
    const answer = on.mail.response(thread, opcode, () => this.refuse(thread, errno.EINVAL, reason))
    if (answer < 0) return answer
    if (!isHint) this.destroyed(on, this.local(thread, Local.first))
    this.sim.trace.emit(DriverEvent.experiment, thread, kind, 0)
    return 0
  }

  private created(thread: number): number {
    const { mail, bringUp } = this.functionOf(thread)
    const why = (): number => {
      const rule = mail.word(thread, message.createPartition.replyId)
      const asked = this.local(thread, Local.first) | (this.local(thread, Local.second) << 8)
      return rule && this.refuse(thread, errno.EINVAL, Reason.partitionRefused, rule, asked)
    }
    const answer = mail.response(thread, MailOpcode.createPartition, why)
    if (answer < 0) return answer
    const word = mail.word(thread, message.createPartition.replyId)
    this.threads.value[thread] = word
    if (this.local(thread, Local.own) !== 0) bringUp.setPartition(word)
    this.sim.trace.emit(DriverEvent.experiment, thread, Kind.create, word)
    return 0
  }

  /** The firmware has ended a partition: its contexts are lost, their jobs aborted. */
  private destroyed(on: DeviceFunction, id: number): void {
    const { contexts } = this
    for (let row = 0; row < contexts.capacity; row++) {
      if (!contexts.isThere(row) || contexts.functionOf(row) !== on.index) continue
      if (contexts.partitionOf(row) !== id) continue
      contexts.state[row] = ContextState.lost
      this.submission.abort(row)
      contexts.skipPublished(row)
      this.submission.dismiss(row)
      this.submission.resume(row)
    }
    if (on.partition === id) on.bringUp.setPartition(0)
  }

  private enter(
    thread: number,
    file: number,
    kind: number,
    first: number,
    second: number,
    own: number,
    fn: number,
  ): void {
    const { locals } = this.threads
    const at = thread * localCount
    locals[at + Local.kind] = kind
    locals[at + Local.first] = first
    locals[at + Local.second] = second
    locals[at + Local.own] = own
    locals[at + Local.fn] = fn
    this.threads.enter(thread, KernelCall.experiment, file)
  }

  private functionOf(thread: number): DeviceFunction {
    return this.functions.all[this.local(thread, Local.fn)]
  }

  private local(thread: number, index: number): number {
    return this.threads.locals[thread * localCount + index]
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}

/** A number of a hint as the firmware's word. */
function hintWord(kind: HintKind, index: number, value: number): number {
  if (kind === 'band') return bandOf(value)
  if (kind === 'scheduling' && index === 0) return (value * nsPerUs) / quantumUnitNs
  return value >>> 0
}
