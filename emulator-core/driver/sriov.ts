/**
 * SR-IOV: the virtual functions of a PF, from the write of their number to the last driver that leaves.
 *
 *     sriov_numvfs ← n ──▶ CREATE_VFS ─ PCI enable ─ bring-up of each VF, one after the other
 *     sriov_numvfs ← 0 ──▶ leave each VF (contexts, partition, channel) ─ PCI disable ─ DESTROY_VFS
 *
 * Faithful    order of the steps; no VF ends while one is given to a VM; a PCI failure takes the VFs back; processes of
 *             a VF that is gone keep a file that is good for closing only
 * Modelled    PCI runs out of room for BARs only when it is told to; giving a VF to a VM marks it and no more
 * Simplified  guests are processes of one host: a VF's driver is this driver, wherever the VF is
 */
import { errno } from '../device/abi/ioctl.ts'
import { MailOpcode } from '../device/abi/mailbox.ts'
import { functionOfVf } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { ContextState } from './contexts.ts'
import type { Contexts } from './contexts.ts'
import { DriverEvent } from './events.ts'
import type { Files } from './files.ts'
import type { DeviceFunction, Functions } from './functions.ts'
import type { Recovery } from './recovery.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Submission } from './submit.ts'
import { localCount, parked } from './threads.ts'
import type { Threads } from './threads.ts'

/**
 * Locals: how many VFs are wanted (later the context that is ended), whether PCI has room for them, how far the call
 * is, and with which VF. The bring-up of a VF runs inside with the phase and the lower locals of the thread.
 */
const Local = { count: 4, context: 4, noRoom: 5, stage: 6, at: 7 } as const

const Stage = {
  begin: 0,
  created: 1,
  taking: 2,
  probing: 3,
  leaving: 4,
  contextEnded: 5,
  partitionEnded: 6,
  destroyed: 7,
} as const

/** VFs of a mask word. */
const maskBits = 32

export class Sriov {
  /** [VFs that exist] */
  private readonly count: Int32Array
  /** Per VF, 1: it is given to a VM. */
  private readonly assigned: Uint8Array
  private readonly sim: Sim
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly files: Files
  private readonly functions: Functions
  private readonly contexts: Contexts
  private readonly submission: Submission
  private readonly recovery: Recovery

  constructor(
    sim: Sim,
    facts: HostFacts,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    functions: Functions,
    contexts: Contexts,
    submission: Submission,
    recovery: Recovery,
  ) {
    this.sim = sim
    this.threads = threads
    this.refusals = refusals
    this.files = files
    this.functions = functions
    this.contexts = contexts
    this.submission = submission
    this.recovery = recovery
    this.count = sim.state.i32('driver.vf.count', 1)
    this.assigned = sim.state.u8('driver.vf.assigned', facts.functions.vfLimit)
  }

  /** VFs that exist. */
  get vfCount(): number {
    return this.count[0]
  }

  /** Whether a VF is given to a VM. */
  isAssigned(vf: number): boolean {
    return vf < this.assigned.length && this.assigned[vf] !== 0
  }

  /** The write of a number of VFs; the call's value is how many there are. */
  configure(thread: number): number {
    const { stage } = Local
    switch (this.local(thread, stage)) {
      case Stage.created:
        return this.enable(thread)
      case Stage.taking:
        return this.refuse(thread, errno.ENOMEM, Reason.noBarRoom, this.local(thread, Local.count))
      case Stage.probing:
        return this.probe(thread)
      case Stage.leaving:
        return this.leave(thread)
      case Stage.contextEnded:
        this.endContext(this.local(thread, Local.context))
        return this.leave(thread)
      case Stage.partitionEnded:
        return this.left(thread)
      case Stage.destroyed:
        return this.functions.first.mail.response(thread, MailOpcode.destroyVfs)
      default:
        return this.begin(thread)
    }
  }

  /** Gives VFs to VMs, the set as a whole: locals 0 and 1 are a mask. */
  assign(thread: number): number {
    const pf = this.functions.first
    if (pf.kind !== 'pf') return this.refuse(thread, errno.EOPNOTSUPP, Reason.notPf)
    const isIn = (vf: number): boolean => {
      const word = this.local(thread, Math.floor(vf / maskBits))
      return Math.floor(word / 2 ** (vf % maskBits)) % 2 === 1
    }
    for (let vf = this.count[0]; vf < 2 * maskBits; vf++) {
      if (isIn(vf)) return this.refuse(thread, errno.ENODEV, Reason.noVf, vf, this.count[0])
    }
    for (let vf = 0; vf < this.count[0]; vf++) this.assigned[vf] = isIn(vf) ? 1 : 0
    return 0
  }

  private begin(thread: number): number {
    const pf = this.functions.first
    if (pf.kind !== 'pf') return this.refuse(thread, errno.EOPNOTSUPP, Reason.notPf)
    const count = this.local(thread, Local.count)
    if (count > 0) {
      this.setLocal(thread, Local.stage, Stage.created)
      pf.mail.begin(thread)
      pf.mail.put(thread, 0, count)
      return pf.mail.request(thread, MailOpcode.createVfs)
    }
    if (this.count[0] === 0) return 0
    const vf = this.assigned.indexOf(1)
    if (vf >= 0) return this.refuse(thread, errno.EPERM, Reason.vfAssigned, vf)
    this.setLocal(thread, Local.stage, Stage.leaving)
    this.setLocal(thread, Local.at, 0)
    this.files.orphan(functionOfVf(0))
    return this.leave(thread)
  }

  /** The firmware has made the VFs: PCI shows them to the host, or has no room and they go again. */
  private enable(thread: number): number {
    const pf = this.functions.first
    const why = (): number => {
      const made = this.count[0] * 2 ** 16 + this.assigned.length
      const asked = this.local(thread, Local.count)
      return this.refuse(thread, errno.EINVAL, Reason.vfsRefused, asked, made)
    }
    const answer = pf.mail.response(thread, MailOpcode.createVfs, why)
    if (answer < 0) return answer
    if (this.local(thread, Local.noRoom) !== 0) {
      this.setLocal(thread, Local.stage, Stage.taking)
      pf.mail.begin(thread)
      return pf.mail.request(thread, MailOpcode.destroyVfs)
    }
    this.count[0] = this.local(thread, Local.count)
    this.sim.trace.emit(DriverEvent.vfs, this.count[0], 0, 0)
    this.setLocal(thread, Local.stage, Stage.probing)
    this.beginProbe(thread, 0)
    return this.probe(thread)
  }

  private beginProbe(thread: number, vf: number): void {
    this.setLocal(thread, Local.at, vf)
    this.threads.phase[thread] = 0
    this.threads.woken[thread] = 0
    this.threads.locals.fill(0, thread * localCount, thread * localCount + Local.count)
  }

  /** Brings VF after VF up. One that does not come up stays without a driver; the others go on. */
  private probe(thread: number): number {
    for (;;) {
      const vf = this.local(thread, Local.at)
      const { bringUp } = this.functions.all[functionOfVf(vf)]
      if (bringUp.run(thread) === parked) return parked
      if (vf + 1 === this.count[0]) break
      this.beginProbe(thread, vf + 1)
    }
    this.threads.value[thread] = this.count[0]
    return 0
  }

  /** Leaves VF after VF: each context by a message, then the partition. */
  private leave(thread: number): number {
    const on = this.leaving(thread)
    for (let row = 0; row < this.contexts.capacity; row++) {
      if (!this.isOf(row, on.index)) continue
      this.setLocal(thread, Local.stage, Stage.contextEnded)
      this.setLocal(thread, Local.context, row)
      this.recovery.forget(row)
      const asked = this.contexts.disconnect(thread, row)
      this.submission.dismiss(row)
      if (asked === parked) return parked
      this.endContext(row)
    }
    if (!on.isUp) return this.left(thread)
    this.setLocal(thread, Local.stage, Stage.partitionEnded)
    on.mail.begin(thread)
    on.mail.put(thread, 0, on.partition)
    const asked = on.mail.request(thread, MailOpcode.destroyPartition)
    return asked === parked ? parked : this.left(thread)
  }

  /** A VF has no driver any more: the next one, or PCI disable and the firmware's end of all of them. */
  private left(thread: number): number {
    const on = this.leaving(thread)
    on.forget()
    this.contexts.forgetFunction(on.index)
    for (let row = 0; row < this.contexts.capacity; row++) {
      if (!this.isOf(row, on.index)) continue
      this.recovery.forget(row)
      this.submission.dismiss(row)
      this.endContext(row)
    }
    const vf = this.local(thread, Local.at) + 1
    if (vf < this.count[0]) {
      this.setLocal(thread, Local.at, vf)
      this.files.orphan(functionOfVf(vf))
      return this.leave(thread)
    }
    this.count[0] = 0
    this.sim.trace.emit(DriverEvent.vfs, 0, 0, 0)
    this.setLocal(thread, Local.stage, Stage.destroyed)
    const { mail } = this.functions.first
    mail.begin(thread)
    return mail.request(thread, MailOpcode.destroyVfs)
  }

  private leaving(thread: number): DeviceFunction {
    return this.functions.all[functionOfVf(this.local(thread, Local.at))]
  }

  /** Whether a context is of a function and not on its way in or out by somebody else's call. */
  private isOf(row: number, fn: number): boolean {
    const { contexts } = this
    const isThere = contexts.isThere(row) || contexts.state[row] === ContextState.lost
    return isThere && contexts.functionOf(row) === fn
  }

  private endContext(row: number): void {
    this.submission.abort(row)
    this.submission.resume(row)
    this.contexts.free(row)
  }

  private local(thread: number, i: number): number {
    return this.threads.locals[thread * localCount + i]
  }

  private setLocal(thread: number, i: number, value: number): void {
    this.threads.locals[thread * localCount + i] = value
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
