/**
 * Power cycle of one function: how it is put to sleep, woken and reset, with its contexts and their jobs.
 *
 *     sleep   contexts end in the firmware ─ partition ─ SUSPEND ─ mailbox ─ PSP release, SMU off ─ report buffers
 *     wake    BringUp ─ VFs again ─ contexts again, doorbells of those with jobs
 *     reset   contexts marked, no message ─ mailbox ─ report buffers ─ valid := 0 ─ FLR ─ BringUp ─ VFs ─ jobs end
 *
 * Faithful    the steps of each kind of function and their order; queue indices and jobs are kept over a sleep and
 *             jobs end at a reset; a reset does not load the firmware
 * Modelled    a job that the sleep has caught starts again from its packet; a failed step of going to sleep is a
 *             warning
 */
import { mailbox, MailOpcode } from '../device/abi/mailbox.ts'
import type { FunctionKind } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Soc } from '../soc/soc.ts'
import { BootKind, BootSequence } from './boot-log.ts'
import type { BootLog } from './boot-log.ts'
import { goOnAt, messageStep } from './boot-steps.ts'
import type { BootStep, MessageStep } from './boot-steps.ts'
import { ContextState } from './contexts.ts'
import type { Contexts } from './contexts.ts'
import { WaitKind } from './events.ts'
import type { Files } from './files.ts'
import type { DeviceFunction } from './functions.ts'
import type { HeapAnnouncer } from './heap-announcer.ts'
import type { Recovery } from './recovery.ts'
import type { Refusals } from './refusals.ts'
import type { Sriov } from './sriov.ts'
import type { Submission } from './submit.ts'
import { localCount, parked } from './threads.ts'
import type { Threads } from './threads.ts'

/** Locals behind those of BringUp: the context at hand plus 1, and how many were done. */
const Local = { row: 2, count: 3 } as const

/** Where the step that makes contexts again goes on. */
const Again = { begin: 0, asked: 1, told: 2 } as const

/** Driver parts that a cycle needs, of all functions. */
export interface CycleParts {
  readonly facts: HostFacts
  readonly soc: Soc
  readonly threads: Threads
  readonly refusals: Refusals
  readonly log: BootLog
  readonly contexts: Contexts
  readonly submission: Submission
  readonly recovery: Recovery
  readonly announcer: HeapAnnouncer
  readonly sriov: Sriov
  readonly files: Files
}

const withFirmware: readonly FunctionKind[] = ['classic', 'pf']
const withContexts: readonly FunctionKind[] = ['classic', 'vf']

export class PowerCycle {
  private readonly on: DeviceFunction
  private readonly parts: CycleParts
  private readonly runtimeSleep: readonly BootStep[]
  private readonly systemSleep: readonly BootStep[]
  private readonly wake: readonly BootStep[]
  private readonly released: readonly BootStep[]
  private readonly resetPrepare: readonly BootStep[]
  private readonly resetDone: readonly BootStep[]

  constructor(on: DeviceFunction, parts: CycleParts) {
    this.on = on
    this.parts = parts
    const { kind } = on
    const mine = (steps: readonly BootStep[]): readonly BootStep[] =>
      steps.filter(({ of }) => of === undefined || of.includes(kind))
    const down = this.contextsDown()
    const partition = this.message({
      of: withContexts,
      opcode: MailOpcode.destroyPartition,
      mayFail: true,
      ask: (thread) => on.mail.put(thread, 0, on.partition),
    })
    const rest = [
      this.message({ of: withFirmware, opcode: MailOpcode.suspend, mayFail: true }),
      this.dropStep(),
      ...on.bringUp.loading.stop.map((step) => ({ ...step, mayFail: true })),
      this.freeStep(),
    ]
    this.runtimeSleep = mine([down, partition, ...rest])
    this.systemSleep = mine(kind === 'vf' ? [down, ...rest] : [down, partition, ...rest])
    this.wake = mine([this.vfsAgain(), this.contextsAgain()])
    const letGo = [this.markStep(), this.dropStep(), this.freeStep()]
    this.released = mine(letGo)
    this.resetPrepare = mine([...letGo, this.clearStep()])
    this.resetDone = mine([this.vfsAgain(), this.abortStep(), this.contextsAgain()])
  }

  /** Puts the function to sleep: 0 or parked. */
  sleep(thread: number, isRuntime: boolean): number {
    const steps = isRuntime ? this.runtimeSleep : this.systemSleep
    return this.on.bringUp.runner.run(thread, BootSequence.suspend, steps)
  }

  /** Takes the function down for good, as unloading the driver does. */
  unload(thread: number): number {
    return this.on.bringUp.runner.run(thread, BootSequence.unload, this.runtimeSleep)
  }

  /** First part of waking: power, firmware, mailbox. */
  bringBack(thread: number): number {
    return this.on.bringUp.run(thread, BootSequence.resume)
  }

  /** Second part: VFs, contexts. */
  makeAgain(thread: number): number {
    return this.on.bringUp.runner.run(thread, BootSequence.resume, this.wake)
  }

  /** Before a reset: nothing is told to the firmware. The last step is the reset itself. */
  prepareReset(thread: number): number {
    return this.on.bringUp.runner.run(thread, BootSequence.flr, this.resetPrepare)
  }

  /** Before a reset of its PF takes a VF with it. */
  letGo(thread: number): number {
    return this.on.bringUp.runner.run(thread, BootSequence.flr, this.released)
  }

  /** Behind the reset: the firmware is there already. */
  bringBackFromReset(thread: number): number {
    return this.on.bringUp.run(thread, BootSequence.flr)
  }

  finishReset(thread: number): number {
    return this.on.bringUp.runner.run(thread, BootSequence.flr, this.resetDone)
  }

  /** The function did not come back: its contexts are lost and their jobs end. */
  lose(): void {
    const { contexts, submission } = this.parts
    this.on.mail.drop()
    this.on.bringUp.info.isUp = false
    for (let row = 0; row < contexts.capacity; row++) {
      if (!this.isMine(row)) continue
      submission.abort(row)
      contexts.skipPublished(row)
      contexts.state[row] = ContextState.lost
      submission.resume(row)
    }
  }

  private isMine(row: number): boolean {
    const { contexts } = this.parts
    return contexts.isThere(row) && contexts.functionOf(row) === this.on.index
  }

  private message(step: MessageStep): BootStep {
    return messageStep(this.parts.threads, this.on.mail, BootKind.message, step)
  }

  /** A context sleeps from now on; its jobs are kept. */
  private putToSleep(row: number): void {
    const { contexts, submission, recovery } = this.parts
    recovery.forget(row)
    contexts.state[row] = ContextState.suspended
    submission.suspend(row)
  }

  /** Ends context after context in the firmware. What the firmware says to it does not matter any more. */
  private contextsDown(): BootStep {
    const { contexts, log } = this.parts
    return {
      of: withContexts,
      kind: BootKind.contexts,
      run: (thread, sub, record) => {
        if (sub === 0) this.begin(thread)
        for (let row = this.next(thread); row >= 0; row = this.next(thread)) {
          this.putToSleep(row)
          log.found(record, this.count(thread))
          goOnAt(this.parts.threads, thread, 1)
          if (contexts.askToEnd(thread, row) === parked) return parked
        }
        return 0
      },
    }
  }

  /** Makes context after context again, tells it of its heap, and rings where jobs are under way. */
  private contextsAgain(): BootStep {
    return {
      of: withContexts,
      kind: BootKind.contexts,
      what: () => 1,
      run: (thread, sub, record) => {
        if (sub === Again.begin) this.begin(thread)
        else {
          const done = this.goOnWith(thread, sub, this.local(thread, Local.row) - 1)
          if (done === parked) return parked
        }
        const { contexts } = this.parts
        for (let row = this.next(thread); row >= 0; row = this.next(thread)) {
          this.parts.log.found(record, this.count(thread))
          goOnAt(this.parts.threads, thread, Again.asked)
          const asked = contexts.askAgain(thread, row)
          if (asked === parked) return parked
          this.giveUp(row)
        }
        return 0
      },
    }
  }

  private goOnWith(thread: number, sub: number, row: number): number {
    const { contexts, announcer, threads } = this.parts
    if (sub === Again.asked) {
      if (contexts.madeAgain(thread, row) < 0) return this.giveUp(row)
      announcer.begin(row)
    } else if (announcer.take(thread) < 0) return this.giveUp(row)
    goOnAt(threads, thread, Again.told)
    const told = announcer.next(thread, contexts.file[row], row)
    if (told === parked) return parked
    if (told < 0) return this.giveUp(row)
    this.parts.submission.wakeUp(row)
    contexts.ringIfBusy(row)
    return 0
  }

  /** The firmware would not make a context again. */
  private giveUp(row: number): number {
    const { contexts, submission } = this.parts
    submission.abort(row)
    contexts.skipPublished(row)
    contexts.state[row] = ContextState.lost
    submission.resume(row)
    return 0
  }

  /** The PF asks for as many VFs as it had. */
  private vfsAgain(): BootStep {
    const { sriov } = this.parts
    return this.message({
      of: ['pf'],
      opcode: MailOpcode.createVfs,
      skips: () => sriov.vfCount === 0,
      ask: (thread) => this.on.mail.put(thread, 0, sriov.vfCount),
    })
  }

  private dropStep(): BootStep {
    return {
      kind: BootKind.mailbox,
      what: () => 0,
      run: () => {
        this.on.mail.drop()
        this.on.bringUp.info.forgetPartition()
        return 0
      },
    }
  }

  private freeStep(): BootStep {
    return {
      of: withContexts,
      kind: BootKind.asyncBuffers,
      what: () => 0,
      run: (_thread, _sub, record) => {
        this.parts.log.found(record, this.on.bringUp.freeReports())
        return 0
      },
    }
  }

  /** Marks every context disconnected, without a message; who has not published yet is told to try again. */
  private markStep(): BootStep {
    const { contexts, log, recovery, submission } = this.parts
    return {
      of: withContexts,
      kind: BootKind.contexts,
      run: (_thread, _sub, record) => {
        let count = 0
        for (let row = 0; row < contexts.capacity; row++) {
          if (!this.isMine(row)) continue
          recovery.forget(row)
          contexts.state[row] = ContextState.recovering
          submission.interrupt(row)
          log.found(record, ++count)
        }
        return 0
      },
    }
  }

  /** Takes the valid word back, resets the function, and gives it the time to come back. */
  private clearStep(): BootStep {
    const { facts, soc, threads } = this.parts
    const fn = this.on.index
    return {
      kind: BootKind.reset,
      what: () => 1,
      run: (thread, sub) => {
        if (sub > 0) return 0
        soc.functions[fn].write32(facts.bar.sram, mailbox.infoBlock.valid, 0)
        soc.pci.resetFunction(fn)
        goOnAt(threads, thread, 1)
        return threads.park(thread, WaitKind.power, fn, facts.ticks.flrWait)
      },
    }
  }

  /** Ends the jobs of all contexts: the reset has taken what they had done. */
  private abortStep(): BootStep {
    const { contexts, submission } = this.parts
    return {
      of: withContexts,
      kind: BootKind.jobs,
      run: (_thread, _sub, record) => {
        let jobs = 0
        for (let row = 0; row < contexts.capacity; row++) {
          if (!this.isMine(row)) continue
          jobs += submission.jobsOf(row)
          submission.abort(row)
          contexts.skipPublished(row)
        }
        this.parts.log.found(record, jobs)
        return 0
      },
    }
  }

  private begin(thread: number): void {
    this.setLocal(thread, Local.row, 0)
    this.setLocal(thread, Local.count, 0)
  }

  /** The next context of the function that the step has not done; it becomes the one at hand. -1: none. */
  private next(thread: number): number {
    for (let row = this.local(thread, Local.row); row < this.parts.contexts.capacity; row++) {
      if (!this.isMine(row)) continue
      this.setLocal(thread, Local.row, row + 1)
      this.setLocal(thread, Local.count, this.count(thread) + 1)
      return row
    }
    this.setLocal(thread, Local.row, this.parts.contexts.capacity)
    return -1
  }

  private count(thread: number): number {
    return this.local(thread, Local.count)
  }

  private local(thread: number, i: number): number {
    return this.parts.threads.locals[thread * localCount + i]
  }

  private setLocal(thread: number, i: number, value: number): void {
    this.parts.threads.locals[thread * localCount + i] = value
  }
}
