/**
 * Shim: what user space does for processes, buffers and contexts.
 *
 *     program step ──▶ ┌──────┐ ── ioctl, mmap, munmap ──▶ driver
 *                      └──────┘
 *
 * Faithful    which calls a buffer and a context cost, and in which order
 */
import type { HostStep } from '../artifacts/host-program.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import { argument, ioctls } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { Made } from './calls.ts'
import type { Calls } from './calls.ts'
import type { Objects } from './objects.ts'

type Step<K extends HostStep['do']> = Extract<HostStep, { do: K }>

/** Phases of `createHwctx` behind the four that make its queue. */
const contextAsked = 4
const tidyUp = 5

export class Shim {
  private readonly facts: HostFacts
  private readonly calls: Calls
  private readonly objects: Objects

  constructor(facts: HostFacts, calls: Calls, objects: Objects) {
    this.facts = facts
    this.calls = calls
    this.objects = objects
  }

  boot(thread: number): number {
    if (this.calls.phase[thread] > 0) return Made.done
    this.calls.driver.boot(thread)
    return this.calls.called(thread, 1)
  }

  open(thread: number, step: Step<'open'>): number {
    const { driver } = this.calls
    if (this.calls.phase[thread] === 0) {
      driver.open(thread)
      return this.calls.called(thread, 1)
    }
    this.objects.clientFile[step.client] = driver.value(thread)
    this.objects.clientEpoch[step.client]++
    return Made.done
  }

  close(thread: number, step: Step<'close'>): number {
    if (this.calls.phase[thread] === 0) {
      this.calls.driver.close(thread, this.objects.clientFile[step.client])
      return this.calls.called(thread, 1)
    }
    this.objects.forgetClient(step.client)
    return Made.done
  }

  createBo(thread: number, step: Step<'createBo'>): number {
    const { objects, calls } = this
    if (calls.phase[thread] === 0) {
      objects.boClient[step.bo] = step.client
      objects.boHandle[step.bo] = 0
      objects.boAddress[step.bo] = -1
      objects.boSize[step.bo] = 0
      objects.boRoom[step.bo] = -1
      objects.boKept[step.bo] = -1
    }
    const file = objects.clientFile[step.client]
    if (!calls.makeBuffer(thread, file, step.size, step.type, 0)) return Made.call
    objects.boHandle[step.bo] = calls.madeHandle(thread)
    objects.boAddress[step.bo] = calls.madeAddress(thread)
    objects.boSize[step.bo] = step.size
    return Made.done
  }

  destroyBo(thread: number, step: Step<'destroyBo'>): number {
    const { objects, calls } = this
    const file = objects.fileOfBo(step.bo)
    const address = objects.boAddress[step.bo]
    if (calls.phase[thread] === 0 && address >= 0) {
      calls.driver.munmap(thread, file, address)
      return calls.called(thread, 1)
    }
    if (calls.phase[thread] > 1) return Made.done
    objects.boAddress[step.bo] = -1
    return calls.closeHandle(thread, file, objects.boHandle[step.bo], 2)
  }

  /** A sync is a call only where the device is not coherent. */
  syncBo(thread: number, step: Step<'syncBo'>): number {
    const { objects, calls } = this
    if (this.facts.device.coherent || calls.phase[thread] > 0) return Made.done
    const at = argument.syncBo
    const size = step.size === 0 ? objects.boSize[step.bo] - step.offset : step.size
    calls.driver.clearArgs(thread)
    calls.driver.setArg(thread, at.handle, objects.boHandle[step.bo])
    calls.driver.setArg(thread, at.direction, step.direction)
    calls.driver.setArg64(thread, at.offset, step.offset)
    calls.driver.setArg64(thread, at.size, Math.max(0, size))
    calls.driver.ioctl(thread, objects.fileOfBo(step.bo), ioctls.syncBo.code)
    return calls.called(thread, 1)
  }

  createHwctx(thread: number, step: Step<'createHwctx'>): number {
    const { objects, calls } = this
    if (calls.phase[thread] === 0) {
      objects.hwctxClient[step.hwctx] = step.client
      objects.hwctxHandle[step.hwctx] = 0
      objects.scratchHandle[step.hwctx] = 0
    }
    const file = objects.clientFile[step.client]
    switch (calls.phase[thread]) {
      case tidyUp:
        calls.driver.munmap(thread, file, objects.queueAddress[step.hwctx])
        return calls.called(thread, tidyUp + 1)
      case tidyUp + 1:
        return calls.closeHandle(thread, file, objects.queueHandle[step.hwctx], tidyUp + 2)
      case tidyUp + 2:
        return Made.refused
      case contextAsked:
        objects.hwctxHandle[step.hwctx] = calls.driver.arg(thread, argument.createHwctx.handle)
        return Made.done
      default:
    }
    if (!calls.makeBuffer(thread, file, hostQueue.totalBytes, argument.boType.cmd, 0))
      return Made.call
    objects.queueHandle[step.hwctx] = calls.madeHandle(thread)
    objects.queueAddress[step.hwctx] = calls.madeAddress(thread)
    return this.askForContext(thread, step, file)
  }

  /** A refused context leaves a queue buffer: true when the step goes on to free it. */
  tidies(thread: number): boolean {
    if (this.calls.phase[thread] !== contextAsked) return false
    this.calls.phase[thread] = tidyUp
    return true
  }

  /** Configures a context with zeros from the private region. */
  configHwctx(thread: number, step: Step<'configHwctx'>): number {
    const { objects, calls } = this
    if (calls.phase[thread] > 0) return Made.done
    const file = objects.fileOfHwctx(step.hwctx)
    const at = argument.configHwctx
    calls.driver.clearArgs(thread)
    calls.driver.setArg(thread, at.handle, objects.hwctxHandle[step.hwctx])
    calls.driver.setArg(thread, at.paramType, step.paramType)
    calls.driver.setArg(thread, at.paramSize, step.size)
    if (file >= 0) calls.driver.setArg64(thread, at.paramValue, calls.window(thread, file))
    calls.driver.ioctl(thread, file, ioctls.configHwctx.code)
    return calls.called(thread, 1)
  }

  destroyHwctx(thread: number, step: Step<'destroyHwctx'>): number {
    const { objects, calls } = this
    const file = objects.fileOfHwctx(step.hwctx)
    switch (calls.phase[thread]) {
      case 0:
        calls.driver.clearArgs(thread)
        calls.driver.setArg(thread, argument.destroyHwctx.handle, objects.hwctxHandle[step.hwctx])
        calls.driver.ioctl(thread, file, ioctls.destroyHwctx.code)
        return calls.called(thread, 1)
      case 1:
        calls.driver.munmap(thread, file, objects.queueAddress[step.hwctx])
        return calls.called(thread, 2)
      case 2:
        return calls.closeHandle(thread, file, objects.queueHandle[step.hwctx], 3)
      default:
        return Made.done
    }
  }

  private askForContext(thread: number, step: Step<'createHwctx'>, file: number): number {
    const { objects, calls } = this
    const { driver } = calls
    const qos = calls.window(thread, file)
    driver.memory.write32(file, qos + argument.qos.gops, step.gops)
    driver.memory.write32(file, qos + argument.qos.fps, step.fps)
    driver.memory.write32(file, qos + argument.qos.latency, step.latency)
    driver.memory.write32(file, qos + argument.qos.priority, step.priority)
    const at = argument.createHwctx
    driver.clearArgs(thread)
    driver.setArg64(thread, at.qosPointer, qos)
    driver.setArg(thread, at.umqBo, objects.queueHandle[step.hwctx])
    driver.setArg(thread, at.numTiles, step.numTiles)
    driver.ioctl(thread, file, ioctls.createHwctx.code)
    return calls.called(thread, contextAsked)
  }
}
