/**
 * Queries: what user space does to ask the driver, and how the reply becomes a buffer of the program.
 *
 *     step ──▶ ┌─────────┐ ── GET_ARRAY, GET_INFO ──▶ driver
 *              │ Queries │
 *              └─────────┘ ◀── bytes in memory of the process: a buffer there is, or a piece of private memory
 *
 * Faithful    the driver copies to the address it is given, into a buffer object as well as into private memory
 * Simplified  private memory of a reply is kept until the process closes the device
 */
import type { HostStep } from '../artifacts/host-program.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import type { Sim } from '../sim/sim.ts'
import { Made } from './calls.ts'
import type { Calls, Fail } from './calls.ts'
import { RuntimeEvent } from './events.ts'
import type { Objects } from './objects.ts'
import { Why } from './outcome.ts'

type Step = Extract<HostStep, { do: 'query' }>

export class Queries {
  private readonly sim: Sim
  private readonly calls: Calls
  private readonly objects: Objects
  private readonly fail: Fail

  constructor(sim: Sim, calls: Calls, objects: Objects, fail: Fail) {
    this.sim = sim
    this.calls = calls
    this.objects = objects
    this.fail = fail
  }

  /** Asks in phase 0 and takes the reply in phase 1. */
  query(thread: number, step: Step): number {
    if (this.calls.phase[thread] > 0) return this.take(thread, step)
    const room = step.size * step.elements
    const file = this.objects.clientFile[step.client]
    const address = file < 0 ? 0 : this.placeOf(step, file, room)
    if (address < 0) return this.fail(thread, Why.noMemory, errno.ENOMEM, step.bo, -1, room, 0)
    const { driver } = this.calls
    driver.clearArgs(thread)
    if (step.of === 'array') {
      const at = argument.getArray
      driver.setArg(thread, at.param, step.param)
      driver.setArg(thread, at.elementSize, step.size)
      driver.setArg(thread, at.numElement, step.elements)
      driver.setArg64(thread, at.buffer, address)
      driver.ioctl(thread, file, ioctls.getArray.code)
    } else {
      const at = argument.getInfo
      driver.setArg(thread, at.param, step.param)
      driver.setArg(thread, at.bufferSize, step.size)
      driver.setArg64(thread, at.buffer, address)
      driver.ioctl(thread, file, ioctls.getInfo.code)
    }
    return this.calls.called(thread, 1)
  }

  /** A buffer object that is there is written as it is; a reply of its own gets memory when it has too little. */
  private placeOf(step: Step, file: number, room: number): number {
    const { objects } = this
    const { bo } = step
    const isObject = objects.boAddress[bo] >= 0 && objects.boRoom[bo] < 0
    if (isObject) return objects.boAddress[bo]
    if (objects.boAddress[bo] >= 0 && objects.boRoom[bo] >= room) return objects.boAddress[bo]
    const address = this.calls.driver.memory.allot(file, room)
    if (address < 0) return address
    objects.boClient[bo] = step.client
    objects.boHandle[bo] = 0
    objects.boAddress[bo] = address
    objects.boDevice[bo] = address
    objects.boType[bo] = 0
    objects.boSize[bo] = 0
    objects.boRoom[bo] = room
    objects.boKept[bo] = -1
    return address
  }

  private take(thread: number, step: Step): number {
    const { driver } = this.calls
    const { objects } = this
    const at = argument.getArray
    const bytes =
      step.of === 'array'
        ? driver.arg(thread, at.elementSize) * driver.arg(thread, at.numElement)
        : driver.arg(thread, argument.getInfo.bufferSize)
    if (objects.boRoom[step.bo] >= 0) objects.boSize[step.bo] = bytes
    this.sim.trace.emit(RuntimeEvent.replied, step.bo, step.param, bytes)
    return Made.done
  }
}
