/** Firmware steps: what a host program asks of the management firmware by way of experiment. */
import type { HostStep } from '../artifacts/host-program.ts'
import { Made } from './calls.ts'
import type { Calls } from './calls.ts'
import type { Objects } from './objects.ts'

type Step<K extends HostStep['do']> = Extract<HostStep, { do: K }>

/** The driver's own partition, as a name and as an id. */
const driverName = 0
const driverId = -1

export class FirmwareSteps {
  private readonly calls: Calls
  private readonly objects: Objects

  constructor(calls: Calls, objects: Objects) {
    this.calls = calls
    this.objects = objects
  }

  createPartition(thread: number, step: Step<'createPartition'>): number {
    const { driver, phase } = this.calls
    const isOwn = step.partition === driverName
    if (phase[thread] > 0) {
      this.objects.partitionId[step.partition] = isOwn ? driverId : driver.value(thread)
      return Made.done
    }
    if (!isOwn) this.objects.partitionId[step.partition] = 0
    driver.experiments.createPartition(thread, step.start, step.count, isOwn, this.fnOf(step))
    return this.calls.called(thread, 1)
  }

  destroyPartition(thread: number, step: Step<'destroyPartition'>): number {
    const { driver, phase } = this.calls
    if (phase[thread] > 0) return Made.done
    driver.experiments.destroyPartition(
      thread,
      this.objects.partitionId[step.partition],
      this.fnOf(step),
    )
    return this.calls.called(thread, 1)
  }

  /** The device function of the process that a step names. */
  private fnOf({ client }: { readonly client?: number }): number {
    const file = client === undefined ? -1 : this.objects.clientFile[client]
    return file < 0 ? 0 : this.calls.driver.memory.fn[file]
  }

  hint(thread: number, step: Step<'hint'>): number {
    const { driver, phase } = this.calls
    if (phase[thread] > 0) return Made.done
    const file = this.objects.fileOfHwctx(step.hwctx)
    const handle = this.objects.hwctxHandle[step.hwctx]
    driver.experiments.hint(thread, file, handle, step.kind, step.values)
    return this.calls.called(thread, 1)
  }
}
