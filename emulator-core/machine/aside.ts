/**
 * Aside: asks the driver something on a copy of a machine, so that the machine itself is not disturbed.
 *
 *     machine ── its moment ──▶ ┌───────┐ ── calls of a process of its own ──▶ driver of the copy
 *     question ───────────────▶ │ Aside │ ◀── result, bytes ────────────────── when the call has returned
 *                               └───────┘
 *
 * The copy is an emulated machine like any other: the host program goes on in it while the question is under way,
 * and time passes. It is thrown away afterwards.
 */
import type { Package } from '../artifacts/package.ts'
import type { Driver } from '../driver/driver.ts'
import { toolThread } from '../driver/threads.ts'
import { never } from '../sim/scheduler.ts'
import type { Tick } from '../sim/scheduler.ts'
import { copyMoment } from '../sim/sim.ts'
import { Machine } from './machine.ts'

/** User code: makes one call, yields, and goes on when it has returned. */
export type UserCode<T> = (driver: Driver, thread: number) => Generator<void, T, void>

export interface Answer<T> {
  readonly value: T
  /** When it was asked and answered. */
  readonly asked: Tick
  readonly answered: Tick
}

/** Nobody looks at the records of a copy. */
const traceCapacity = 1
const historyLimitBytes = 1

export class Aside {
  private readonly twin: Machine
  private code: Generator<void, unknown, void> | undefined
  private value: unknown
  private isDone = false

  constructor(pkg: Package) {
    this.twin = new Machine(pkg, {
      traceCapacity,
      historyLimitBytes,
      tool: () => this.goOn(),
    })
    this.twin.parts.sim.trace.recording = false
  }

  /** Asks as of the moment of `machine`; nothing when no answer came within `patience` ticks. */
  ask<T>(machine: Machine, code: UserCode<T>, patience: Tick): Answer<T> | undefined {
    const { twin } = this
    machine.parts.array.settle()
    copyMoment(machine.parts.sim, twin.parts.sim)
    twin.clockwork.begin()
    const { driver } = twin.parts
    this.isDone = false
    this.code = code(driver, toolThread)
    const asked = twin.now
    driver.run(toolThread, 0)
    this.runOn(asked + patience)
    this.code = undefined
    return this.isDone ? { value: this.value as T, asked, answered: twin.now } : undefined
  }

  /** Runs everything due, tick by tick, until the code has come to its end. */
  private runOn(limit: Tick): void {
    const { sim, array } = this.twin.parts
    while (!this.isDone) {
      const next = sim.schedule.nextDue()
      if (next === never || next > limit) return
      array.cores.limit = next
      while (!this.isDone && sim.schedule.runOne(next));
    }
  }

  /** The thread has control: after its call has returned, or for the first time. */
  private goOn(): void {
    const step = this.code?.next()
    if (step?.done !== true) return
    this.value = step.value
    this.isDone = true
    this.twin.parts.driver.stop(toolThread)
  }
}
