/**
 * Calls: the short sequences of driver calls that every step is made of.
 *
 * A step is performed in phases: a function is asked again, one phase on, when the call it made has returned.
 */
import { maxHostThreads } from '../artifacts/host-program.ts'
import { argument, ioctls } from '../device/abi/ioctl.ts'
import type { Driver } from '../driver/driver.ts'
import { privateBytes } from '../driver/files.ts'
import { threadCount } from '../driver/threads.ts'
import type { Sim } from '../sim/sim.ts'

/** What performing a phase came to. */
export const Made = { call: 0, done: 1, ended: 2, work: 3, refused: 4 } as const

/** Ends the program or accepts the refusal as expected: why, errno, buffer, run, two operands. */
export type Fail = (
  thread: number,
  why: number,
  errno: number,
  bo: number,
  run: number,
  a: number,
  b: number,
) => number

const windowBytes = privateBytes / maxHostThreads
/** Offset of the handle list in a thread's window; the QoS block lies before it. */
export const listOffset = 64
/** Buffers a command may pass. */
export const maxHandles = (windowBytes - listOffset) / 4

const localCount = 6
const Local = { handle: 0, address: 1, command: 2, handles: 3, refused: 4, device: 5 } as const

/** What a 64-bit address of all ones reads as, or more. */
const noAddress = 2 ** 63

export class Calls {
  readonly driver: Driver
  /** Phase of the step at hand, per thread. */
  readonly phase: Int32Array
  /** Per thread, 1: the device slept when a question about it began. */
  readonly asleep: Uint8Array
  private readonly locals: Float64Array

  constructor(sim: Sim, driver: Driver) {
    this.driver = driver
    this.phase = sim.state.i32('runtime.call.phase', threadCount)
    this.asleep = sim.state.u8('runtime.call.asleep', threadCount)
    this.locals = sim.state.f64('runtime.call.locals', threadCount * localCount)
  }

  /** Says that a call was made and which phase takes its result. */
  called(thread: number, next: number): number {
    this.phase[thread] = next
    return Made.call
  }

  /**
   * Creates and maps a buffer in phases `first` to `first + 3`; true when `madeHandle`, `madeAddress` and
   * `madeDevice` are there, in phase `first + 3`. A buffer of the device heap is mapped with its chunks.
   */
  makeBuffer(
    thread: number,
    file: number,
    size: number,
    type: number,
    first: number,
    fixed = -1,
  ): boolean {
    const { driver } = this
    switch (this.phase[thread] - first) {
      case 0: {
        const at = argument.createBo
        driver.clearArgs(thread)
        driver.setArg64(thread, at.size, size)
        driver.setArg(thread, at.type, type)
        driver.ioctl(thread, file, ioctls.createBo.code)
        break
      }
      case 1:
        this.setLocal(thread, Local.handle, driver.arg(thread, argument.createBo.handle))
        driver.clearArgs(thread)
        driver.setArg(thread, argument.getBoInfo.handle, this.madeHandle(thread))
        driver.ioctl(thread, file, ioctls.getBoInfo.code)
        break
      case 2: {
        const at = argument.getBoInfo
        this.setLocal(thread, Local.device, driver.arg64(thread, at.xdnaAddress))
        this.setLocal(thread, Local.address, driver.arg64(thread, at.vaddr))
        if (type === argument.boType.dev) {
          this.phase[thread]++
          return true
        }
        driver.mmap(thread, file, driver.arg64(thread, at.mapOffset), size, fixed)
        break
      }
      default:
        this.setLocal(thread, Local.address, driver.value(thread))
        return true
    }
    this.phase[thread]++
    return false
  }

  /** Closes a handle; the result is taken in phase `next`. */
  closeHandle(thread: number, file: number, handle: number, next: number): number {
    this.driver.clearArgs(thread)
    this.driver.setArg(thread, argument.gemClose.handle, handle)
    this.driver.ioctl(thread, file, ioctls.gemClose.code)
    return this.called(thread, next)
  }

  /** The part of the process's private region that a thread uses. */
  window(thread: number, file: number): number {
    return this.driver.memory.privateAddress[file] + thread * windowBytes
  }

  /** Keeps the errno of a refusal while the step tidies up behind it. */
  setRefused(thread: number, number: number): void {
    this.setLocal(thread, Local.refused, number)
  }

  refused(thread: number): number {
    return this.local(thread, Local.refused)
  }

  madeHandle(thread: number): number {
    return this.local(thread, Local.handle)
  }

  madeAddress(thread: number): number {
    return this.local(thread, Local.address)
  }

  /** What the device calls the buffer: an address of its own, or the process's. */
  madeDevice(thread: number): number {
    const device = this.local(thread, Local.device)
    return device >= noAddress ? this.madeAddress(thread) : device
  }

  /** Which command of an exec is being prepared. */
  commandIndex(thread: number): number {
    return this.local(thread, Local.command)
  }

  setCommandIndex(thread: number, index: number): void {
    this.setLocal(thread, Local.command, index)
  }

  /** Empties the thread's list of buffer handles. */
  clearHandles(thread: number): void {
    this.setLocal(thread, Local.handles, 0)
  }

  /** Puts a handle into the thread's list; the list is as long as `maxHandles` allows. */
  addHandle(thread: number, file: number, handle: number): void {
    const count = this.handleCount(thread)
    this.driver.memory.write32(file, this.handleList(thread, file) + 4 * count, handle)
    this.setLocal(thread, Local.handles, count + 1)
  }

  handleCount(thread: number): number {
    return this.local(thread, Local.handles)
  }

  handleList(thread: number, file: number): number {
    return this.window(thread, file) + listOffset
  }

  private local(thread: number, index: number): number {
    return this.locals[thread * localCount + index]
  }

  private setLocal(thread: number, index: number, value: number): void {
    this.locals[thread * localCount + index] = value
  }
}
