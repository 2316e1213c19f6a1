/**
 * Shim: what user space does for processes, buffers and contexts.
 *
 *     program step ──▶ ┌──────┐ ── ioctl, mmap, munmap ──▶ driver
 *                      └──────┘ ── cache lines written back ──▶ memory
 *
 * Faithful    which calls a buffer and a context cost, and in which order; where the device heap lies, its first
 *             chunk at open, a further chunk whenever a buffer has to try again; a sync writes cache lines back
 *             where the device is not coherent, and is nothing where it is
 * Modelled    the time that writing back takes
 */
import type { HostStep } from '../artifacts/host-program.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { power } from '../device/abi/power.ts'
import { functionOfVf } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { Made } from './calls.ts'
import type { Calls, Fail } from './calls.ts'
import type { Objects } from './objects.ts'
import { Why } from './outcome.ts'
import type { UserQueues } from './user-queues.ts'

type Step<K extends HostStep['do']> = Extract<HostStep, { do: K }>

/** Phases of `createHwctx` behind the four that make its queue. */
const contextAsked = 4
const tidyUp = 5
const askedForUser = 20
const switchedBack = 21
const doorbellMapped = 22
const pfAsked = 30

/** Phases of `open` and `createBo` that make a chunk; four. */
const openChunk = 1
const growth = 10

export class Shim {
  private readonly facts: HostFacts
  private readonly calls: Calls
  private readonly objects: Objects
  private readonly fail: Fail
  private readonly queues: UserQueues

  constructor(facts: HostFacts, calls: Calls, objects: Objects, queues: UserQueues, fail: Fail) {
    this.queues = queues
    this.fail = fail
    this.facts = facts
    this.calls = calls
    this.objects = objects
  }

  /** Opens the device; where it has a heap, sets addresses aside for it and makes the first chunk. */
  open(thread: number, step: Step<'open'>): number {
    const { driver, phase } = this.calls
    const { objects } = this
    if (phase[thread] === 0) {
      driver.open(thread, step.user ?? 0, step.vf === undefined ? 0 : functionOfVf(step.vf))
      return this.calls.called(thread, openChunk)
    }
    const { heap } = this.facts.memory
    if (phase[thread] === openChunk) {
      const file = driver.value(thread)
      objects.clientFile[step.client] = file
      objects.clientEpoch[step.client]++
      driver.memory.rename(file, objects.names.clients[step.client])
      if (heap.chunkBytes === 0 || this.isPf(file)) return Made.done
      objects.heapAddress[step.client] = driver.memory.setAside(
        file,
        heap.maxBytes,
        heap.chunkBytes,
      )
    }
    return this.makeChunk(thread, step.client, openChunk) ? Made.done : Made.call
  }

  close(thread: number, step: Step<'close'>): number {
    if (this.calls.phase[thread] === 0) {
      this.calls.driver.close(thread, this.objects.clientFile[step.client])
      return this.calls.called(thread, 1)
    }
    this.objects.forgetClient(step.client)
    return Made.done
  }

  /** A file of a PF takes no buffers and contexts: its shim knows. */
  private isPf(file: number): boolean {
    return file >= 0 && this.facts.functions.kinds[this.calls.driver.memory.fn[file]] === 'pf'
  }

  createBo(thread: number, step: Step<'createBo'>): number {
    const { objects, calls } = this
    if (this.isPf(objects.clientFile[step.client])) {
      return this.fail(thread, Why.buffersOfPf, errno.EOPNOTSUPP, -1, -1, 0, 0)
    }
    if (calls.phase[thread] === 0) {
      objects.boClient[step.bo] = step.client
      objects.boHandle[step.bo] = 0
      objects.boAddress[step.bo] = -1
      objects.boSize[step.bo] = 0
      objects.boRoom[step.bo] = -1
      objects.boKept[step.bo] = -1
    }
    const { heap, dev } = argument.boType
    if (calls.phase[thread] >= growth) {
      if (!this.makeChunk(thread, step.client, growth)) return Made.call
      calls.phase[thread] = 0
    }
    const file = objects.clientFile[step.client]
    const fixed = step.type === heap ? this.nextChunk(step.client, step.size) : -1
    if (!calls.makeBuffer(thread, file, step.size, step.type, 0, fixed)) return Made.call
    objects.boHandle[step.bo] = calls.madeHandle(thread)
    objects.boDevice[step.bo] = calls.madeDevice(thread)
    objects.boAddress[step.bo] =
      step.type === dev ? this.inHeap(step.client, thread) : calls.madeAddress(thread)
    objects.boSize[step.bo] = step.size
    objects.boType[step.bo] = step.type
    if (step.type === heap) this.noteChunk(thread, step.client, step.size)
    return Made.done
  }

  /** A buffer of the heap has to try again: true when the step goes on to add a chunk. */
  grows(thread: number, step: Step<'createBo'>, number: number): boolean {
    if (number !== errno.EAGAIN || step.type !== argument.boType.dev) return false
    if (step.grow === false || this.calls.phase[thread] >= growth) return false
    this.calls.phase[thread] = growth
    return true
  }

  destroyBo(thread: number, step: Step<'destroyBo'>): number {
    const { objects, calls } = this
    const file = objects.fileOfBo(step.bo)
    const address = objects.boAddress[step.bo]
    const isMapped = address >= 0 && objects.boType[step.bo] !== argument.boType.dev
    if (calls.phase[thread] === 0 && isMapped) {
      calls.driver.munmap(thread, file, address)
      return calls.called(thread, 1)
    }
    if (calls.phase[thread] > 1) return Made.done
    objects.boAddress[step.bo] = -1
    objects.boDevice[step.bo] = -1
    return calls.closeHandle(thread, file, objects.boHandle[step.bo], 2)
  }

  /**
   * Where the device is not coherent, the lines of the range are written back and dropped; no call. A buffer that is
   * gone is the driver's to refuse.
   */
  syncBo(thread: number, step: Step<'syncBo'>): number {
    const { objects, calls } = this
    if (this.facts.memory.coherent || calls.phase[thread] > 0) return Made.done
    const file = objects.fileOfBo(step.bo)
    const address = objects.boAddress[step.bo]
    if (address < 0) return this.syncByDriver(thread, step, file)
    const room = objects.boSize[step.bo] - step.offset
    const size = step.size === 0 ? room : step.size
    if (size > room || room <= 0) {
      const end = step.offset + size
      const why = Why.rangeOutside
      return this.fail(thread, why, errno.EINVAL, step.bo, -1, end, objects.boSize[step.bo])
    }
    calls.driver.memory.flush(file, address + step.offset, size)
    calls.phase[thread] = 1
    calls.driver.run(thread, this.facts.ticks.flush)
    return Made.work
  }

  createHwctx(thread: number, step: Step<'createHwctx'>): number {
    const { objects, calls } = this
    if (calls.phase[thread] === 0) {
      objects.hwctxClient[step.hwctx] = step.client
      objects.hwctxHandle[step.hwctx] = 0
      objects.scratchHandle[step.hwctx] = 0
      objects.doorbellAddress[step.hwctx] = 0
    }
    const file = objects.clientFile[step.client]
    if (this.isPf(file)) {
      // No buffer for a queue either: the driver is asked without one, to say why.
      objects.queueHandle[step.hwctx] = 0
      this.askForContext(thread, step, file)
      return calls.called(thread, pfAsked)
    }
    switch (calls.phase[thread]) {
      case tidyUp:
        calls.driver.munmap(thread, file, objects.queueAddress[step.hwctx])
        return calls.called(thread, tidyUp + 1)
      case tidyUp + 1:
        return calls.closeHandle(thread, file, objects.queueHandle[step.hwctx], tidyUp + 2)
      case tidyUp + 2:
        if (step.userMode !== true) return Made.refused
        calls.driver.switchSubmission(thread, false, calls.driver.memory.fn[file])
        return calls.called(thread, tidyUp + 3)
      case tidyUp + 3:
        return Made.refused
      case askedForUser:
        this.queues.format(file, step.hwctx)
        return this.askForContext(thread, step, file)
      case contextAsked:
        return this.contextMade(thread, step, file)
      case switchedBack:
        calls.driver.mmap(thread, file, objects.doorbellOffset[step.hwctx], this.facts.pageBytes)
        return calls.called(thread, doorbellMapped)
      case doorbellMapped:
        objects.doorbellAddress[step.hwctx] = calls.driver.value(thread)
        return Made.done
      default:
    }
    if (!calls.makeBuffer(thread, file, hostQueue.totalBytes, argument.boType.cmd, 0))
      return Made.call
    objects.queueHandle[step.hwctx] = calls.madeHandle(thread)
    objects.queueAddress[step.hwctx] = calls.madeAddress(thread)
    objects.queueDevice[step.hwctx] = calls.madeDevice(thread)
    if (step.userMode !== true) return this.askForContext(thread, step, file)
    calls.driver.switchSubmission(thread, true, calls.driver.memory.fn[file])
    return calls.called(thread, askedForUser)
  }

  /** The driver has made the context. In user mode the process still needs its doorbell. */
  private contextMade(thread: number, step: Step<'createHwctx'>, file: number): number {
    const { objects, calls } = this
    const at = argument.createHwctx
    objects.hwctxHandle[step.hwctx] = calls.driver.arg(thread, at.handle)
    if (step.userMode !== true) return Made.done
    objects.doorbellOffset[step.hwctx] = calls.driver.arg(thread, at.umqDoorbell)
    calls.driver.switchSubmission(thread, false, calls.driver.memory.fn[file])
    return calls.called(thread, switchedBack)
  }

  /** Stores to the doorbell of a context; one that the process does not have is the driver's to refuse. */
  ring(thread: number, step: Step<'ring'>): number {
    const { objects, calls } = this
    if (calls.phase[thread] > 0) return Made.done
    const file = objects.fileOfHwctx(step.hwctx)
    const address = objects.doorbellAddress[step.hwctx]
    if (address > 0 && calls.driver.ring(file, address)) return Made.done
    calls.driver.mmap(thread, file, argument.noDoorbell, this.facts.pageBytes)
    return calls.called(thread, 1)
  }

  /** A refused context leaves a queue buffer: true when the step goes on to free it. */
  tidies(thread: number): boolean {
    if (this.calls.phase[thread] !== contextAsked) return false
    this.calls.phase[thread] = tidyUp
    return true
  }

  /** Sets the power mode or forces preemption, for the whole device. */
  power(thread: number, step: Step<'power'>): number {
    const { objects, calls } = this
    const { driver } = calls
    if (calls.phase[thread] > 0) return Made.done
    const file = objects.clientFile[step.client]
    const at = argument.setState
    const { powerMode, forcePreempt } = power.setState
    driver.clearArgs(thread)
    driver.setArg(thread, at.param, step.set === 'mode' ? powerMode : forcePreempt)
    driver.setArg(thread, at.bufferSize, power.stateBytes)
    if (file >= 0) {
      const record = calls.window(thread, file)
      driver.memory.write32(file, record, step.value)
      driver.memory.write32(file, record + 4, 0)
      driver.setArg64(thread, at.buffer, record)
    }
    driver.ioctl(thread, file, ioctls.setState.code)
    return calls.called(thread, 1)
  }

  /** Configures a context: with zeros from the private region, or, where a buffer is wanted, without one. */
  configHwctx(thread: number, step: Step<'configHwctx'>): number {
    const { objects, calls } = this
    if (calls.phase[thread] > 0) return Made.done
    const file = objects.fileOfHwctx(step.hwctx)
    const at = argument.configHwctx
    calls.driver.clearArgs(thread)
    calls.driver.setArg(thread, at.handle, objects.hwctxHandle[step.hwctx])
    calls.driver.setArg(thread, at.paramType, step.paramType)
    calls.driver.setArg(thread, at.paramSize, step.size)
    if (file >= 0 && step.paramType === argument.configType.cu) {
      calls.driver.setArg64(thread, at.paramValue, calls.window(thread, file))
    }
    calls.driver.ioctl(thread, file, ioctls.configHwctx.code)
    return calls.called(thread, 1)
  }

  destroyHwctx(thread: number, step: Step<'destroyHwctx'>): number {
    const { objects, calls } = this
    const file = objects.fileOfHwctx(step.hwctx)
    if (calls.phase[thread] === 0 && objects.doorbellAddress[step.hwctx] > 0) {
      calls.driver.munmap(thread, file, objects.doorbellAddress[step.hwctx])
      objects.doorbellAddress[step.hwctx] = 0
      return calls.called(thread, 0)
    }
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

  private syncByDriver(thread: number, step: Step<'syncBo'>, file: number): number {
    const { calls } = this
    const at = argument.syncBo
    calls.driver.clearArgs(thread)
    calls.driver.setArg(thread, at.handle, this.objects.boHandle[step.bo])
    calls.driver.setArg(thread, at.direction, step.direction)
    calls.driver.setArg64(thread, at.offset, step.offset)
    calls.driver.setArg64(thread, at.size, step.size)
    calls.driver.ioctl(thread, file, ioctls.syncBo.code)
    return calls.called(thread, 1)
  }

  /** Makes the next chunk in phases `first` to `first + 3`; true when it is there. */
  private makeChunk(thread: number, client: number, first: number): boolean {
    const { chunkBytes } = this.facts.memory.heap
    const { heap } = argument.boType
    const file = this.objects.clientFile[client]
    const fixed = this.nextChunk(client, chunkBytes)
    if (!this.calls.makeBuffer(thread, file, chunkBytes, heap, first, fixed)) return false
    this.noteChunk(thread, client, chunkBytes)
    return true
  }

  /** Where a chunk belongs: behind the ones there are, as far as addresses were set aside; else anywhere. */
  private nextChunk(client: number, bytes: number): number {
    const { heapAddress, heapBytes } = this.objects
    const fits = heapBytes[client] + bytes <= this.facts.memory.heap.maxBytes
    return heapAddress[client] > 0 && fits ? heapAddress[client] + heapBytes[client] : -1
  }

  private noteChunk(thread: number, client: number, bytes: number): void {
    const { objects } = this
    if (objects.heapChunks[client] === 0) objects.heapDevice[client] = this.calls.madeDevice(thread)
    objects.heapBytes[client] += bytes
    objects.heapChunks[client]++
  }

  /** Where the process finds a buffer of its heap. */
  private inHeap(client: number, thread: number): number {
    const { heapAddress, heapDevice } = this.objects
    return heapAddress[client] + this.calls.madeDevice(thread) - heapDevice[client]
  }

  private askForContext(thread: number, step: Step<'createHwctx'>, file: number): number {
    const { objects, calls } = this
    const { driver } = calls
    const qos = calls.window(thread, file)
    driver.memory.write32(file, qos + argument.qos.gops, step.gops)
    driver.memory.write32(file, qos + argument.qos.fps, step.fps)
    driver.memory.write32(file, qos + argument.qos.latency, step.latency)
    driver.memory.write32(file, qos + argument.qos.priority, step.priority)
    const named = step.partition ?? 0
    driver.experiments.choosePartition(thread, objects.partitionId[named])
    const at = argument.createHwctx
    driver.clearArgs(thread)
    driver.setArg64(thread, at.qosPointer, qos)
    driver.setArg(thread, at.umqBo, objects.queueHandle[step.hwctx])
    driver.setArg(thread, at.numTiles, step.numTiles)
    driver.ioctl(thread, file, ioctls.createHwctx.code)
    return calls.called(thread, contextAsked)
  }
}
