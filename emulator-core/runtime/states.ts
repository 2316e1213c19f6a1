/**
 * States: what a program can compare besides the contents of buffers.
 *
 *     expectState ──▶ ┌────────┐ ── GET_ARRAY, GET_INFO ──▶ driver
 *                     │ States │ ── loads ──▶ command buffer, queue
 *                     └────────┘ ◀── what the process itself remembers
 *
 * Faithful    everything is read as a process could: words of its own memory, or answers of the driver
 * Simplified  the device is asked by the first process that has it open
 */
import type { HostStep, StateField } from '../artifacts/host-program.ts'
import { arrayInfo } from '../device/abi/array-info.ts'
import { command } from '../device/abi/command.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { queries } from '../device/abi/queries.ts'
import { power } from '../device/abi/power.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { Made } from './calls.ts'
import type { Calls, Fail } from './calls.ts'
import type { Objects } from './objects.ts'
import { Why } from './outcome.ts'

type Step = Extract<HostStep, { do: 'expectState' }>

const high32 = 2 ** 32
/** What `firstDifference` answers when every field is as expected. */
export const asExpected = -1
/** What a number that is not there reads as. */
const absent = -1

const { clock } = arrayInfo
/** Where the clocks lie in a thread's window, behind the power mode; the phase behind that question. */
const clocksAt = 8
const clocksTaken = 2

const { health, healthUcBytes, chain } = command
/** Words of a uC in a health block, by name. */
const ucWord: Readonly<Record<string, number>> = {
  index: 0,
  idle: 1,
  misc: 2,
  state: 3,
  page: 4,
  offset: 5,
  restorePage: 6,
  restoreOffset: 7,
  ear: 8,
  esr: 9,
  pc: 10,
}
const healthWord: Readonly<Record<string, number>> = {
  version: health.version,
  generation: health.generation,
  state: health.state,
  errorType: health.errorType,
}
const mostUcs = 6

export class States {
  private readonly facts: HostFacts
  private readonly calls: Calls
  private readonly objects: Objects
  private readonly fail: Fail

  constructor(facts: HostFacts, calls: Calls, objects: Objects, fail: Fail) {
    this.facts = facts
    this.calls = calls
    this.objects = objects
    this.fail = fail
  }

  /** Asks the driver for what the process does not know by itself; done when there is nothing to ask. */
  ask(thread: number, step: Step): number {
    const phase = this.calls.phase[thread]
    // A file of sysfs says whether the device sleeps; reading it wakes nothing, as a question after it may.
    if (phase === 0) this.calls.asleep[thread] = this.calls.driver.isSuspended() ? 1 : 0
    if (phase === 0 && asksForClock(step)) return this.askForClocks(thread)
    if (phase > 0 && phase !== clocksTaken) return Made.done
    switch (step.of) {
      case 'run':
        return this.lookAtCommand(thread, step.what)
      case 'hwctx':
        return this.askAboutContext(thread, step)
      case 'client':
        return this.askAboutMemory(thread, step.what)
      case 'device':
        return this.asksForMode(step) ? this.askForPowerMode(thread) : Made.done
      default:
        return Made.done
    }
  }

  /** Bytes of its own memory that the process loads for a comparison. */
  bytesRead(step: Step): number {
    if (step.of === 'hwctx') return 16
    return step.of === 'run' ? 4 * step.fields.length : 0
  }

  /** The first field that differs, or `asExpected`. */
  firstDifference(thread: number, step: Step): number {
    return step.fields.findIndex((field) => !fits(field, this.valueOf(thread, step, field)))
  }

  /** The value of a field now. */
  valueOf(thread: number, step: Step, field: StateField): number {
    const { objects } = this
    const { what } = step
    switch (step.of) {
      case 'run':
        return this.ofRun(what, field)
      case 'hwctx':
        return this.ofContext(thread, what, field.key)
      case 'bo':
        return field.key === 'address' ? objects.boDevice[what] : objects.boSize[what]
      case 'device':
        if (field.key === 'suspended') return this.calls.asleep[thread]
        if (field.key === 'clockMHz') return this.clockOf(thread)
        if (field.key === 'vfs') return this.calls.driver.vfCount
        if (!this.asksForMode(step)) return this.calls.driver.powerMode
        return this.word(this.deviceFile(), this.calls.window(thread, this.deviceFile())) & 0xff
      default:
        return field.key === 'heapChunks'
          ? objects.heapChunks[what]
          : this.usage(thread, what, field.key)
    }
  }

  /** A command buffer that the process can look at; what the device wrote is fetched anew. */
  private lookAtCommand(thread: number, run: number): number {
    const { objects } = this
    if (!objects.hasCommand(run)) {
      return this.fail(thread, Why.noCommand, errno.EINVAL, -1, run, 0, 0)
    }
    const file = objects.clientFile[objects.runClient[run]]
    this.fetch(file, objects.commandAddress[run])
    const whole = objects.runChain[run]
    if (whole >= 0) this.fetch(file, objects.commandAddress[whole])
    return Made.done
  }

  private askAboutContext(thread: number, step: Step): number {
    const { driver } = this.calls
    const file = this.objects.fileOfHwctx(step.what)
    if (file >= 0) {
      this.fetch(file, this.objects.queueAddress[step.what])
      const record = this.calls.window(thread, file)
      const { id, pid } = queries.hwContext
      driver.memory.write32(file, record + id, this.objects.hwctxHandle[step.what])
      driver.memory.write32(file, record + pid, driver.memory.pid[file])
      driver.memory.write32(file, record + pid + 4, 0)
    }
    return this.askArray(thread, file, queries.array.hwContextById, queries.hwContextBytes)
  }

  private askAboutMemory(thread: number, client: number): number {
    const { driver } = this.calls
    const file = this.objects.clientFile[client]
    if (file >= 0) {
      const record = this.calls.window(thread, file)
      driver.memory.write32(file, record, driver.memory.pid[file])
      driver.memory.write32(file, record + 4, 0)
    }
    return this.askArray(thread, file, queries.array.boUsage, queries.boUsageBytes)
  }

  private askArray(thread: number, file: number, param: number, bytes: number): number {
    const { driver } = this.calls
    const at = argument.getArray
    driver.clearArgs(thread)
    driver.setArg(thread, at.param, param)
    driver.setArg(thread, at.elementSize, bytes)
    driver.setArg(thread, at.numElement, 1)
    if (file >= 0) driver.setArg64(thread, at.buffer, this.calls.window(thread, file))
    driver.ioctl(thread, file, ioctls.getArray.code)
    return this.calls.called(thread, 1)
  }

  private askForPowerMode(thread: number): number {
    const { driver } = this.calls
    const at = argument.getInfo
    const file = this.deviceFile()
    driver.clearArgs(thread)
    driver.setArg(thread, at.param, queries.info.powerMode)
    driver.setArg(thread, at.bufferSize, power.stateBytes)
    if (file >= 0) driver.setArg64(thread, at.buffer, this.calls.window(thread, file))
    driver.ioctl(thread, file, ioctls.getInfo.code)
    return this.calls.called(thread, 1)
  }

  /** A classic device is asked for its power mode; of one with VFs it is the highest that a function asks for. */
  private asksForMode(step: Step): boolean {
    const isClassic = this.facts.functions.vfLimit === 0
    return isClassic && step.fields.some(({ key }) => key === 'powerMode')
  }

  /** CLOCK_METADATA: the driver asks the firmware at which level it runs. */
  private askForClocks(thread: number): number {
    const { driver } = this.calls
    const at = argument.getInfo
    const file = this.deviceFile()
    driver.clearArgs(thread)
    driver.setArg(thread, at.param, queries.info.clockMetadata)
    driver.setArg(thread, at.bufferSize, 2 * clock.bytes)
    if (file >= 0) driver.setArg64(thread, at.buffer, this.calls.window(thread, file) + clocksAt)
    driver.ioctl(thread, file, ioctls.getInfo.code)
    return this.calls.called(thread, clocksTaken)
  }

  /** MHz of the array, from the second of the two records. */
  private clockOf(thread: number): number {
    const file = this.deviceFile()
    return this.word(file, this.calls.window(thread, file) + clocksAt + clock.bytes + clock.mhz)
  }

  /** Whoever has the device open first; a file of a PF answers nothing. -1 for nobody. */
  private deviceFile(): number {
    const { kinds } = this.facts.functions
    const { fn } = this.calls.driver.memory
    return this.objects.clientFile.find((file) => file >= 0 && kinds[fn[file]] !== 'pf') ?? -1
  }

  private ofRun(run: number, { key, uc }: StateField): number {
    const { objects } = this
    const file = objects.clientFile[objects.runClient[run]]
    const at = objects.commandAddress[run]
    const { stateMask } = command.header
    if (key === 'state') return this.word(file, at) & stateMask
    if (key === 'code') return this.word(file, at) >>> 4
    if (key === 'errorIndex') {
      const whole = objects.runChain[run]
      if (whole < 0) return absent
      return this.word(file, objects.commandAddress[whole] + 4 + chain.errorIndex)
    }
    const name = key.slice(key.lastIndexOf('.') + 1)
    if (uc === undefined) return this.word(file, at + healthWord[name])
    const count = Math.min(mostUcs, this.word(file, at + health.count))
    for (let i = 0; i < count; i++) {
      const record = at + health.ucs + i * healthUcBytes
      if (this.word(file, record) === uc) return this.word(file, record + 4 * ucWord[name])
    }
    return absent
  }

  private ofContext(thread: number, hwctx: number, key: string): number {
    const file = this.objects.fileOfHwctx(hwctx)
    const queue = this.objects.queueAddress[hwctx]
    const record = this.calls.window(thread, file)
    const at = queries.hwContext
    switch (key) {
      case 'handle':
        return this.objects.hwctxHandle[hwctx]
      case 'readIndex':
        return this.wide(file, queue + hostQueue.readIndex)
      case 'writeIndex':
        return this.wide(file, queue + hostQueue.writeIndex)
      case 'submissions':
        return this.wide(file, record + at.submissions)
      case 'completions':
        return this.wide(file, record + at.completions)
      case 'fwId':
        return this.word(file, record + at.fwId) | 0
      case 'state':
        return this.word(file, record + at.state)
      default:
        return this.word(file, record + (key === 'startCol' ? at.startCol : at.numCol))
    }
  }

  private usage(thread: number, client: number, key: string): number {
    const { total, internal, heap } = queries.boUsage
    const at = key === 'totalBytes' ? total : key === 'internalBytes' ? internal : heap
    const file = this.objects.clientFile[client]
    return this.wide(file, this.calls.window(thread, file) + at)
  }

  private word(file: number, address: number): number {
    return this.calls.driver.memory.read32(file, address) >>> 0
  }

  private wide(file: number, address: number): number {
    return this.word(file, address) + this.word(file, address + 4) * high32
  }

  /** Drops what the cache has of a page, where the device writes behind it. */
  private fetch(file: number, address: number): void {
    if (this.facts.memory.coherent) return
    this.calls.driver.memory.flush(file, address, this.facts.pageBytes)
  }
}

function asksForClock(step: Step): boolean {
  return step.of === 'device' && step.fields.some(({ key }) => key === 'clockMHz')
}

/** Whether a number is as a field says. */
function fits(field: StateField, found: number): boolean {
  if (field.mask === undefined || found < 0) return found === field.value
  const low = (found % high32) & (field.mask % high32)
  const high = Math.floor(found / high32) & Math.floor(field.mask / high32)
  return (high >>> 0) * high32 + (low >>> 0) === field.value
}
