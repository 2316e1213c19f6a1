/**
 * States: what a program can compare besides the contents of buffers.
 *
 *     expectState ──▶ ┌────────┐ ── GET_ARRAY of memory usage ──▶ driver
 *                     │ States │
 *                     └────────┘ ◀── what the process itself remembers
 */
import type { HostStep, StateField } from '../artifacts/host-program.ts'
import { argument, ioctls } from '../device/abi/ioctl.ts'
import { queries } from '../device/abi/queries.ts'
import { Made } from './calls.ts'
import type { Calls } from './calls.ts'
import type { Objects } from './objects.ts'

type Step = Extract<HostStep, { do: 'expectState' }>

const high32 = 2 ** 32
/** What `take` answers when every field is as expected. */
export const asExpected = -1

export class States {
  private readonly calls: Calls
  private readonly objects: Objects

  constructor(calls: Calls, objects: Objects) {
    this.calls = calls
    this.objects = objects
  }

  /** Asks the driver for what the process does not know by itself; done when there is nothing to ask. */
  ask(thread: number, step: Step): number {
    if (step.of !== 'client' || this.calls.phase[thread] > 0) return Made.done
    const { driver } = this.calls
    const file = this.objects.clientFile[step.what]
    if (file >= 0) {
      const record = this.calls.window(thread, file)
      driver.memory.write32(file, record, driver.memory.pid[file])
      driver.memory.write32(file, record + 4, 0)
    }
    const at = argument.getArray
    driver.clearArgs(thread)
    driver.setArg(thread, at.param, queries.array.boUsage)
    driver.setArg(thread, at.elementSize, queries.boUsageBytes)
    driver.setArg(thread, at.numElement, 1)
    if (file >= 0) driver.setArg64(thread, at.buffer, this.calls.window(thread, file))
    driver.ioctl(thread, file, ioctls.getArray.code)
    return this.calls.called(thread, 1)
  }

  /** The first field that differs, or `asExpected`. */
  firstDifference(thread: number, step: Step): number {
    return step.fields.findIndex((field) => !fits(field, this.valueOf(thread, step, field.key)))
  }

  /** The value of a field now. */
  valueOf(thread: number, step: Step, key: string): number {
    const { objects } = this
    const { what } = step
    switch (key) {
      case 'address':
        return objects.boDevice[what]
      case 'size':
        return objects.boSize[what]
      case 'heapChunks':
        return objects.heapChunks[what]
      default:
        return this.usage(thread, what, key)
    }
  }

  private usage(thread: number, client: number, key: string): number {
    const { total, internal, heap } = queries.boUsage
    const at = key === 'totalBytes' ? total : key === 'internalBytes' ? internal : heap
    const { memory } = this.calls.driver
    const file = this.objects.clientFile[client]
    const record = this.calls.window(thread, file) + at
    return memory.read32(file, record) + memory.read32(file, record + 4) * high32
  }
}

/** Whether a number is as a field says. */
function fits(field: StateField, found: number): boolean {
  if (field.mask === undefined) return found === field.value
  const low = (found % high32) & (field.mask % high32)
  const high = Math.floor(found / high32) & Math.floor(field.mask / high32)
  return (high >>> 0) * high32 + (low >>> 0) === field.value
}
