/**
 * Power management: which functions are awake, who needs them awake, and the worker that changes it.
 *
 *     calls ── acquire, release ──▶ ┌────┐ ── one operation after the other ──▶ PowerCycle of a function
 *     suspend, resume, flr ───────▶ │ Pm │
 *     idle for 5 s ───────────────▶ └────┘ ── done ──▶ who waits for it
 *
 * Faithful    delay of the autosuspend; calls that need the firmware wake the device first; an awake VF keeps the PF
 *             awake; the system takes VFs down first and wakes the PF first
 * Modelled    a job under way, a context in user mode and a context that is made again keep the device awake; waiting
 *             for a job of a device that sleeps wakes it; a system that sleeps refuses calls that need the firmware,
 *             where the kernel would freeze the processes
 */
import { errno } from '../device/abi/ioctl.ts'
import { functionOfVf } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { never } from '../sim/scheduler.ts'
import type { Slot, Tick } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import { ContextState } from './contexts.ts'
import { DriverEvent, KernelCall, WaitKind } from './events.ts'
import type { Functions } from './functions.ts'
import { PowerCycle } from './power-cycle.ts'
import type { CycleParts } from './power-cycle.ts'
import { Reason } from './refusals.ts'
import { localCount, parked, threadCount, workerThread } from './threads.ts'

/** Power states of a function, by number. */
const states = ['awake', 'going to sleep', 'asleep', 'waking', 'resetting', 'offline'] as const

export type PowerStateName = (typeof states)[number]

const State = { awake: 0, falling: 1, asleep: 2, waking: 3, resetting: 4, offline: 5 } as const

/** The word for a power state. */
export function powerStateName(state: number): string {
  return states[state] ?? 'awake'
}

/** What the worker does to a function. */
const Op = {
  runtimeSleep: 1,
  systemSleep: 2,
  wake: 3,
  /** Of a VF whose PF is about to be reset. */
  letGo: 4,
  prepareReset: 5,
  finishReset: 6,
} as const

/** Words of `plan`: how many operations, which is at hand, its stage, who asked (-1: nobody), the outcome. */
const Plan = { count: 0, at: 1, stage: 2, asker: 3, result: 4, numbers: 5, ops: 8 } as const

/** A function's power as the app shows it. */
export interface PowerView {
  readonly state: PowerStateName
  /** It sleeps because the system does. */
  readonly isSystem: boolean
  /** When it falls asleep if nobody needs it, absent while somebody does. */
  readonly autosuspend?: Tick
}

const high = 2 ** 32

export class Pm {
  private readonly state: Uint8Array
  /** 1: the system sleeps. */
  private readonly system: Uint8Array
  /** When each function falls asleep, `never` while it is needed. */
  private readonly due: Float64Array
  /** Per thread: the function plus 1 that its call keeps awake. */
  private readonly held: Int32Array
  private readonly plan: Float64Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly functions: Functions
  private readonly parts: CycleParts
  private readonly cycles: readonly PowerCycle[]
  private readonly slot: Slot

  constructor(sim: Sim, functions: Functions, parts: CycleParts) {
    this.sim = sim
    this.functions = functions
    this.parts = parts
    this.facts = parts.facts
    const { all } = functions
    this.cycles = all.map((on) => new PowerCycle(on, parts))
    this.state = sim.state.u8('driver.pm.state', all.length)
    this.system = sim.state.u8('driver.pm.system', 1)
    this.due = sim.state.f64('driver.pm.due', all.length).fill(never)
    this.held = sim.state.i32('driver.pm.held', threadCount)
    this.plan = sim.state.f64('driver.pm.plan', Plan.ops + 3 * all.length)
    this.slot = sim.schedule.slot('driver.autosuspend', () => this.fallAsleep())
  }

  /** Whether a function has no power, or is on its way there. */
  isSuspended(fn: number): boolean {
    return this.state[fn] === State.asleep || this.state[fn] === State.falling
  }

  /** Whether a VF keeps its PF awake. */
  isAwake(fn: number): boolean {
    return this.state[fn] === State.awake || this.state[fn] === State.waking
  }

  /** Plain view of a function's power, for the app. */
  inspect(fn: number): PowerView {
    const due = this.due[fn]
    return {
      state: states[this.state[fn]],
      isSystem: this.system[0] !== 0,
      ...(due === never ? {} : { autosuspend: due }),
    }
  }

  /** A function has been brought up or has gone: it is awake, and nobody needs it. */
  begin(fn: number): void {
    this.enter(fn, State.awake)
    this.look(fn)
  }

  /** A call needs a function awake: 0 when it is, parked until it is, or a negative errno. */
  acquire(thread: number, fn: number): number {
    if (this.held[thread] !== 0) return 0
    const { threads } = this.parts
    if (this.state[fn] === State.awake) {
      this.held[thread] = fn + 1
      this.due[fn] = never
      this.arm()
      threads.woken[thread] = 0
      return 0
    }
    if (this.state[fn] === State.offline) return this.refuse(thread, errno.ENODEV, Reason.offline)
    const isBusy = this.plan[Plan.count] !== 0
    if (!isBusy && this.system[0] !== 0) return this.refuse(thread, errno.ENODEV, Reason.asleep)
    if (!isBusy) this.start(-1, this.wakeOps(fn))
    return threads.park(thread, WaitKind.power, fn, never)
  }

  /** Whether a function that sleeps can be woken for a call. */
  canWake(fn: number): boolean {
    return this.state[fn] !== State.offline && this.system[0] === 0
  }

  /** The driver is loaded anew: goes down first, if processes and VFs let it. 0, parked, or a negative errno. */
  unload(thread: number, isFirst: boolean): number {
    const { files, sriov } = this.parts
    if (isFirst && files.openCount > 0) {
      return this.refuse(thread, errno.EBUSY, Reason.filesOpen, files.openCount)
    }
    if (isFirst && (sriov.vfCount > 0 || this.plan[Plan.count] !== 0)) {
      return this.refuse(thread, errno.EBUSY, Reason.vfAwake, 0)
    }
    const result = this.state[0] === State.awake ? this.cycles[0].unload(thread) : 0
    if (result === parked) return parked
    this.functions.first.forget()
    this.system[0] = 0
    this.due.fill(never)
    this.arm()
    return 0
  }

  /** A call has ended. */
  release(thread: number): void {
    if (thread >= threadCount || this.held[thread] === 0) return
    const fn = this.held[thread] - 1
    this.held[thread] = 0
    this.look(fn)
  }

  /** Looks whether somebody needs a function; the time until it falls asleep begins when nobody does. */
  look(fn: number): void {
    const isIdle = this.functions.all[fn].isUp && this.state[fn] === State.awake && !this.isBusy(fn)
    if (!isIdle) this.due[fn] = never
    else this.due[fn] = this.sim.schedule.now + this.facts.ticks.autosuspend
    this.arm()
  }

  /** The step `suspend`, as a kernel call: locals are whether it is the runtime path, and the function. */
  suspend(thread: number): number {
    const [isRuntime, fn] = this.parts.threads.locals.subarray(thread * localCount)
    return this.ask(thread, fn, () => {
      if (isRuntime === 0) return this.systemSleepOps()
      if (this.state[fn] === State.asleep) return []
      const vf = this.awakeVf(fn)
      if (vf >= 0) return this.refuse(thread, errno.EBUSY, Reason.vfAwake, vf)
      if (this.held.includes(fn + 1)) return this.refuse(thread, errno.EAGAIN, Reason.inUse)
      return [Op.runtimeSleep, fn]
    })
  }

  /** The step `resume`: the system wakes, or one function that sleeps. */
  resume(thread: number): number {
    const fn = this.parts.threads.locals[thread * localCount + 1]
    return this.ask(thread, fn, () =>
      this.system[0] === 0 ? this.wakeOps(fn) : this.systemWakeOps(),
    )
  }

  /** The step `flr`: a reset of a PF takes its VFs with it. */
  flr(thread: number): number {
    const fn = this.parts.threads.locals[thread * localCount + 1]
    return this.ask(thread, fn, () => {
      if (this.system[0] !== 0) return this.refuse(thread, errno.ENODEV, Reason.asleep)
      const vfs = fn === 0 ? this.vfs().filter((vf) => this.state[vf] === State.awake) : []
      const wake = this.state[fn] === State.asleep ? this.wakeOps(fn) : []
      const each = (op: number, list: readonly number[]): number[] => list.flatMap((f) => [op, f])
      return [
        ...wake,
        ...each(Op.letGo, vfs),
        ...each(Op.prepareReset, [fn]),
        ...each(Op.finishReset, [fn, ...vfs]),
      ]
    })
  }

  /** The worker's call: goes on with the plan. */
  work(thread: number): number {
    for (;;) {
      const result = this.perform(thread)
      if (result === parked) return parked
      const failed = result < 0 && !this.survives(thread, result)
      const next = this.plan[Plan.at] + 1
      if (failed || next === this.plan[Plan.count]) return this.finish()
      this.plan[Plan.at] = next
      this.beginOp(thread)
    }
  }

  private ask(thread: number, fn: number, make: () => readonly number[] | number): number {
    const { threads } = this.parts
    const at = thread * localCount
    if (threads.phase[thread] === 1) {
      const [result, reason, a, b] = threads.locals.subarray(at + 2, at + 6)
      return result === 0 ? 0 : this.refuse(thread, -result, reason, a, b)
    }
    if (this.functions.all[fn]?.isUp !== true) {
      const isOffline = this.state[fn] === State.offline
      return this.refuse(thread, errno.ENODEV, isOffline ? Reason.offline : Reason.deviceNotUp)
    }
    if (this.plan[Plan.count] !== 0) return threads.park(thread, WaitKind.power, fn, never)
    const ops = make()
    if (typeof ops === 'number') return ops
    if (ops.length === 0) return 0
    threads.phase[thread] = 1
    this.start(thread, ops)
    return threads.park(thread, WaitKind.power, fn, never)
  }

  private vfs(): number[] {
    return Array.from({ length: this.parts.sriov.vfCount }, (_, vf) => functionOfVf(vf)).filter(
      (fn) => this.functions.all[fn].isUp,
    )
  }

  /** The VF that keeps a PF awake, or -1. */
  private awakeVf(fn: number): number {
    if (fn !== 0) return -1
    const { sriov } = this.parts
    for (let vf = 0; vf < sriov.vfCount; vf++) {
      const on = functionOfVf(vf)
      if (sriov.isAssigned(vf) || (this.functions.all[on].isUp && this.isAwake(on))) return vf
    }
    return -1
  }

  private wakeOps(fn: number): number[] {
    const ops: number[] = []
    if (fn !== 0 && this.state[0] === State.asleep) ops.push(Op.wake, 0)
    if (this.state[fn] === State.asleep) ops.push(Op.wake, fn)
    return ops
  }

  private systemSleepOps(): number[] {
    if (this.system[0] !== 0) return []
    this.system[0] = 1
    return [...this.vfs(), 0]
      .filter((fn) => this.state[fn] === State.awake)
      .flatMap((fn) => [Op.systemSleep, fn])
  }

  private systemWakeOps(): number[] {
    this.system[0] = 0
    return [0, ...this.vfs()]
      .filter((fn) => this.state[fn] === State.asleep)
      .flatMap((fn) => [Op.wake, fn])
  }

  private start(asker: number, ops: readonly number[]): void {
    this.plan.fill(0)
    for (let i = 0; i < ops.length; i += 2) {
      this.plan[Plan.ops + i / 2] = ops[i] * high + ops[i + 1]
    }
    this.plan[Plan.count] = ops.length / 2
    this.plan[Plan.asker] = asker
    for (let i = 1; i < ops.length; i += 2) this.due[ops[i]] = never
    this.arm()
    this.functions.all[this.opFn].bringUp.begin(workerThread)
    this.parts.threads.startKernel(workerThread, KernelCall.powerWork)
  }

  private get op(): number {
    return Math.floor(this.plan[Plan.ops + this.plan[Plan.at]] / high)
  }

  private get opFn(): number {
    return this.plan[Plan.ops + this.plan[Plan.at]] % high
  }

  private beginOp(thread: number): void {
    this.plan[Plan.stage] = 0
    this.functions.all[this.opFn].bringUp.begin(thread)
  }

  /** Goes on with the operation at hand: 0, parked, or a negative errno. */
  private perform(thread: number): number {
    const fn = this.opFn
    const cycle = this.cycles[fn]
    const isFirst = this.plan[Plan.stage] === 0
    switch (this.op) {
      case Op.runtimeSleep:
      case Op.systemSleep: {
        this.enter(fn, State.falling)
        const result = cycle.sleep(thread, this.op === Op.runtimeSleep)
        if (result !== parked) this.enter(fn, State.asleep)
        return result
      }
      case Op.letGo:
        this.enter(fn, State.resetting)
        return cycle.letGo(thread)
      case Op.prepareReset:
        this.enter(fn, State.resetting)
        return cycle.prepareReset(thread)
      case Op.wake:
        this.enter(fn, State.waking)
        return this.inTwo(thread, isFirst ? cycle.bringBack(thread) : cycle.makeAgain(thread), () =>
          cycle.makeAgain(thread),
        )
      default:
        return this.inTwo(
          thread,
          isFirst ? cycle.bringBackFromReset(thread) : cycle.finishReset(thread),
          () => cycle.finishReset(thread),
        )
    }
  }

  /** Goes on to the second part of an operation when the first one is through. */
  private inTwo(thread: number, result: number, second: () => number): number {
    let outcome = result
    if (result === 0 && this.plan[Plan.stage] === 0) {
      this.plan[Plan.stage] = 1
      this.functions.all[this.opFn].bringUp.begin(thread)
      outcome = second()
    }
    if (outcome === 0) this.enter(this.opFn, State.awake)
    return outcome
  }

  /** A function that did not come back is offline; the others of the plan go on where they can. */
  private survives(thread: number, result: number): boolean {
    const fn = this.opFn
    this.plan[Plan.result] = result
    this.plan.set(this.parts.refusals.lastNumbers(thread), Plan.numbers)
    this.enter(fn, State.offline)
    this.cycles[fn].lose()
    return fn !== 0
  }

  private finish(): number {
    const { threads } = this.parts
    const asker = this.plan[Plan.asker]
    if (asker >= 0) {
      const outcome = this.plan.subarray(Plan.result, Plan.result + 4)
      threads.locals.set(outcome, asker * localCount + 2)
    }
    const count = this.plan[Plan.count]
    this.plan[Plan.count] = 0
    for (let i = 0; i < count; i++) this.look(this.plan[Plan.ops + i] % high)
    // The last VF that falls asleep leaves its PF alone.
    if (this.due[0] === never) this.look(0)
    for (let fn = 0; fn < this.functions.all.length; fn++) threads.wakeAll(WaitKind.power, fn)
    return 0
  }

  private fallAsleep(): void {
    const { now } = this.sim.schedule
    const fn = this.due.findIndex((due) => due <= now)
    if (fn < 0 || this.plan[Plan.count] !== 0) return
    this.due[fn] = never
    if (!this.functions.all[fn].isUp || this.isBusy(fn)) this.arm()
    else this.start(-1, [Op.runtimeSleep, fn])
  }

  private isBusy(fn: number): boolean {
    const { contexts, submission } = this.parts
    if (this.held.includes(fn + 1)) return true
    if (fn === 0 && this.awakeVf(fn) >= 0) return true
    for (let row = 0; row < contexts.capacity; row++) {
      const state = contexts.state[row]
      if (state === ContextState.free || contexts.functionOf(row) !== fn) continue
      if (state !== ContextState.connected && state !== ContextState.lost) return true
      if (contexts.userMode[row] !== 0 || submission.hasJobs(row)) return true
    }
    return false
  }

  private arm(): void {
    let next = never
    for (let fn = 0; fn < this.due.length; fn++) if (this.due[fn] < next) next = this.due[fn]
    const { schedule } = this.sim
    if (next === never) schedule.cancel(this.slot)
    else schedule.at(this.slot, Math.max(next, schedule.now))
  }

  private enter(fn: number, state: number): void {
    const before = this.state[fn]
    if (before === state) return
    this.state[fn] = state
    this.sim.trace.emit(DriverEvent.powerState, fn, state, before)
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    const { refusals, threads } = this.parts
    return refusals.note(thread, threads.call[thread], number, reason, a, b)
  }
}
