/**
 * Power steps: a program brings the device up, lets the system sleep and wake, and resets functions.
 *
 *     boot ── what is not as shipped ──▶ Lab (disk, PCI, SMU, PSP, firmware)
 *     boot, suspend, resume, flr ──────▶ driver
 *
 * Faithful    these are no calls of a process: the kernel is told from outside, and the step ends when it has done it
 */
import type { BootFaults, HostStep } from '../artifacts/host-program.ts'
import { Made } from './calls.ts'
import type { Calls } from './calls.ts'

type Step<K extends HostStep['do']> = Extract<HostStep, { do: K }>

/** Changes what the driver is about to find; what is not named is as shipped. */
export interface Lab {
  prepare(faults: BootFaults): void
}

export class PowerSteps {
  private readonly calls: Calls
  private readonly lab: Lab | undefined

  constructor(calls: Calls, lab: Lab | undefined) {
    this.calls = calls
    this.lab = lab
  }

  boot(thread: number, step: Step<'boot'>): number {
    if (this.calls.phase[thread] > 0) return Made.done
    this.lab?.prepare(step.faults ?? {})
    this.calls.driver.boot(thread, step.faults !== undefined)
    return this.calls.called(thread, 1)
  }

  suspend(thread: number, step: Step<'suspend'>): number {
    if (this.calls.phase[thread] > 0) return Made.done
    this.calls.driver.suspend(thread, step.runtime === true, step.vf)
    return this.calls.called(thread, 1)
  }

  resume(thread: number, step: Step<'resume'>): number {
    if (this.calls.phase[thread] > 0) return Made.done
    this.calls.driver.resume(thread, step.vf)
    return this.calls.called(thread, 1)
  }

  flr(thread: number, step: Step<'flr'>): number {
    if (this.calls.phase[thread] > 0) return Made.done
    this.calls.driver.flr(thread, step.vf)
    return this.calls.called(thread, 1)
  }
}
