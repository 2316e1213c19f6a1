/**
 * Host threads: user code that now and then is inside the kernel, as rows of numbers.
 *
 *     runtime ── ioctl, open, … ──▶ ┌─────────┐ ── step(thread) ──▶ runtime goes on
 *     driver ── park, wake ───────▶ │ Threads │ ── resume(thread) ─▶ driver goes on
 *                                   └─────────┘
 *
 * A thread is in user code, in the kernel, or parked there until it is woken or its time is up. Everything
 * it will need again (program counter of the call, locals, argument block) lies in the arena.
 */
import type { HostFacts } from '../device/host-facts.ts'
import { errno } from '../device/abi/ioctl.ts'
import { never } from '../sim/scheduler.ts'
import type { Slot, Tick } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import { DriverEvent } from './events.ts'

/** The thread of a tool that looks at the device beside the program: no thread of the program has its number. */
export const toolThread = 16

/** Threads that a machine can run. */
export const threadCount = toolThread + 1

const rowCount = threadCount + 1

/** The kernel's own thread behind them: it puts the device to sleep, wakes and resets it. */
export const workerThread = rowCount - 1

/** What a kernel call answers instead of 0 or a negative errno while its thread is parked. */
export const parked = 1

/** Words of a thread's argument block; the largest ioctl structure has 14. */
export const argumentWords = 16

/** Words of a thread's message buffer. */
export const mailWords = 32

/** Numbers a kernel call keeps across parking. */
export const localCount = 8

const State = { unused: 0, user: 1, kernel: 2, parked: 3, returning: 4, starting: 5 } as const

/** Why a parked thread goes on. */
export const Woken = { event: 1, timeout: 2, signal: 3 } as const

/** User code: goes on with a thread. The result of the call it made, if any, is in `threads.result`. */
export interface UserSpace {
  step(thread: number): void
}

export class Threads {
  /** Argument blocks, `argumentWords` per thread: the ioctl structure. */
  readonly args: Uint32Array
  /** Message buffers, `mailWords` per thread: request, then response payload. */
  readonly mail: Uint32Array
  /** `localCount` numbers per thread for the call at hand. */
  readonly locals: Float64Array
  /** The call at hand: an ioctl code or a `KernelCall`. */
  readonly call: Int32Array
  readonly phase: Int32Array
  readonly file: Int32Array
  /** Result of the last call: 0 or a negative errno. */
  readonly result: Int32Array
  /** Number that a call delivers beside its result: a file, an address. */
  readonly value: Float64Array
  readonly woken: Uint8Array
  readonly waitKind: Int32Array
  readonly waitFor: Int32Array
  private readonly state: Uint8Array
  private readonly slots: Slot[] = []
  private readonly sim: Sim
  private readonly syscallTicks: number
  private readonly resume: (thread: number) => number

  constructor(sim: Sim, facts: HostFacts, user: UserSpace, resume: (thread: number) => number) {
    this.sim = sim
    this.syscallTicks = facts.ticks.syscall
    this.resume = resume
    const { state } = sim
    this.args = state.u32('driver.thread.args', rowCount * argumentWords)
    this.mail = state.u32('driver.thread.mail', rowCount * mailWords)
    this.locals = state.f64('driver.thread.locals', rowCount * localCount)
    this.call = state.i32('driver.thread.call', rowCount)
    this.phase = state.i32('driver.thread.phase', rowCount)
    this.file = state.i32('driver.thread.file', rowCount)
    this.result = state.i32('driver.thread.result', rowCount)
    this.value = state.f64('driver.thread.value', rowCount)
    this.woken = state.u8('driver.thread.woken', rowCount)
    this.waitKind = state.i32('driver.thread.waitKind', rowCount)
    this.waitFor = state.i32('driver.thread.waitFor', rowCount)
    this.state = state.u8('driver.thread.state', rowCount)
    for (let thread = 0; thread < rowCount; thread++) {
      this.slots.push(
        sim.schedule.slot(thread === workerThread ? 'driver.worker' : `host.thread${thread}`, () =>
          this.run(thread, user),
        ),
      )
    }
  }

  /** Starts user code of a thread, or lets it go on, after `delay` ticks. */
  startUser(thread: number, delay: Tick): void {
    this.state[thread] = State.user
    this.sim.schedule.at(this.slots[thread], this.sim.schedule.now + delay)
  }

  /** Ends a thread. */
  stop(thread: number): void {
    this.state[thread] = State.unused
    this.sim.schedule.cancel(this.slots[thread])
  }

  /** Enters the kernel; the thread's user code goes on when the call has returned. */
  enter(thread: number, call: number, file: number): void {
    this.state[thread] = State.kernel
    this.call[thread] = call
    this.phase[thread] = 0
    this.file[thread] = file
    this.value[thread] = 0
    this.woken[thread] = 0
    this.tell(DriverEvent.callBegin, thread, call, file)
    this.goOn(thread)
  }

  /** Starts a call of the kernel itself, which no user code waits for. */
  startKernel(thread: number, call: number): void {
    this.state[thread] = State.starting
    this.call[thread] = call
    this.phase[thread] = 0
    this.woken[thread] = 0
    this.sim.schedule.at(this.slots[thread], this.sim.schedule.now)
  }

  /** Parks the thread of the call at hand until it is woken or `timeout` ticks are over. */
  park(thread: number, kind: number, what: number, timeout: Tick): number {
    this.state[thread] = State.parked
    this.woken[thread] = 0
    this.waitKind[thread] = kind
    this.waitFor[thread] = what
    this.tell(DriverEvent.waitBegin, thread, kind, what)
    if (timeout === never) this.sim.schedule.cancel(this.slots[thread])
    else this.sim.schedule.at(this.slots[thread], this.sim.schedule.now + timeout)
    return parked
  }

  /** Lets a parked thread go on; nothing happens to a thread that is not parked. */
  wake(thread: number, why: number): void {
    if (this.state[thread] !== State.parked || this.woken[thread] !== 0) return
    this.woken[thread] = why
    this.sim.schedule.at(this.slots[thread], this.sim.schedule.now)
  }

  /** Wakes every thread that waits for one thing. */
  wakeAll(kind: number, what: number): void {
    for (let thread = 0; thread < threadCount; thread++) {
      if (this.waitKind[thread] === kind && this.waitFor[thread] === what) {
        this.wake(thread, Woken.event)
      }
    }
  }

  /** Interrupts an interruptible wait: the call answers -EINTR. False when the thread is in no such wait. */
  signal(thread: number, interruptible: (kind: number) => boolean): boolean {
    if (this.state[thread] !== State.parked || !interruptible(this.waitKind[thread])) return false
    this.wake(thread, Woken.signal)
    return true
  }

  /** Whether a thread is parked in the kernel. */
  isParked(thread: number): boolean {
    return this.state[thread] === State.parked
  }

  /** Whether a thread exists. */
  isAlive(thread: number): boolean {
    return this.state[thread] !== State.unused
  }

  /** Whether a thread is inside a call. */
  inKernel(thread: number): boolean {
    return this.state[thread] >= State.kernel
  }

  /** The word of the argument block at a byte offset. */
  arg(thread: number, offset: number): number {
    return this.args[thread * argumentWords + (offset >> 2)]
  }

  /** The 64-bit field of the argument block at a byte offset; exact below 2^53. */
  arg64(thread: number, offset: number): number {
    return this.arg(thread, offset) + this.arg(thread, offset + 4) * 2 ** 32
  }

  /** Sets a word of the argument block. */
  setArg(thread: number, offset: number, value: number): void {
    this.args[thread * argumentWords + (offset >> 2)] = value
  }

  /** Sets a 64-bit field of the argument block; -1 gives all ones. */
  setArg64(thread: number, offset: number, value: number): void {
    this.setArg(thread, offset, value < 0 ? -1 : value % 2 ** 32)
    this.setArg(thread, offset + 4, value < 0 ? -1 : Math.floor(value / 2 ** 32))
  }

  /** Clears the argument block. */
  clearArgs(thread: number): void {
    this.args.fill(0, thread * argumentWords, (thread + 1) * argumentWords)
  }

  /** Records what a thread does; the kernel's own one has the records of its steps. */
  private tell(kind: number, thread: number, a: number, b: number): void {
    if (thread !== workerThread) this.sim.trace.emit(kind, thread, a, b)
  }

  private run(thread: number, user: UserSpace): void {
    switch (this.state[thread]) {
      case State.starting:
        this.state[thread] = State.kernel
        this.goOn(thread)
        return
      case State.returning:
        this.state[thread] = thread === workerThread ? State.unused : State.user
        if (thread === workerThread) return
        user.step(thread)
        return
      case State.user:
        user.step(thread)
        return
      case State.parked:
        if (this.woken[thread] === 0) this.woken[thread] = Woken.timeout
        this.tell(DriverEvent.waitEnd, thread, this.waitKind[thread], this.woken[thread])
        this.state[thread] = State.kernel
        this.waitKind[thread] = 0
        this.goOn(thread)
        return
      default:
    }
  }

  /** Runs the call until it parks or ends; an ended call returns after the modelled cost. */
  private goOn(thread: number): void {
    const result = this.resume(thread)
    if (result === parked) return
    this.result[thread] = result
    this.state[thread] = State.returning
    this.tell(DriverEvent.callEnd, thread, this.call[thread], result)
    this.sim.schedule.at(this.slots[thread], this.sim.schedule.now + this.syscallTicks)
  }
}

/** The answer of an interrupted wait. */
export const interrupted = -errno.EINTR
