/**
 * The runtime: runs a host program, step by step, as the calls and memory accesses of a real process.
 *
 *     HostProgram ──▶ ┌─────────┐ ── calls ──▶ driver
 *     control code ─▶ │ Runtime │ ◀── step(thread) when a call has returned
 *                     └─────────┘ ──▶ status, stop, buffers
 *
 * Faithful    every step costs the calls the real user space makes; a wait that finds the context in recovery
 *             sleeps a second and tries again
 * Modelled    copying memory costs time per byte
 * Modelled    threads of one program run at the same time and never wait for a CPU
 */
import type { ControlCode } from '../artifacts/control-code.ts'
import { bytesOf, elementBits } from '../artifacts/elements.ts'
import { maxHostThreads, maxLoopDepth } from '../artifacts/host-program.ts'
import type { HostProgram, HostStep } from '../artifacts/host-program.ts'
import { Sha256 } from '../artifacts/sha256.ts'
import { command, commandStateName } from '../device/abi/command.ts'
import { errno, errnoName } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Driver } from '../driver/driver.ts'
import { threadCount } from '../driver/threads.ts'
import type { UserSpace } from '../driver/threads.ts'
import { assert } from '../sim/assert.ts'
import type { Sim } from '../sim/sim.ts'
import { Calls, Made } from './calls.ts'
import type { Fail } from './calls.ts'
import { Captures } from './captures.ts'
import { CodeImage } from './code-image.ts'
import { Commands } from './commands.ts'
import { digestRange, firstDifference, pieceBytes } from './compare.ts'
import { RuntimeEvent } from './events.ts'
import { FirmwareSteps } from './firmware-steps.ts'
import { Objects } from './objects.ts'
import { PowerSteps } from './power-steps.ts'
import type { Lab } from './power-steps.ts'
import { Queries } from './queries.ts'
import { Outcome, Status, Why } from './outcome.ts'
import type { HostStop, StatusName } from './outcome.ts'
import { Shim } from './shim.ts'
import { writeSriov } from './sriov.ts'
import { asExpected, States } from './states.ts'
import { UserQueues } from './user-queues.ts'
import { inspectObjects } from './views.ts'
import type { ObjectsView } from './views.ts'

type Step<K extends HostStep['do']> = Extract<HostStep, { do: K }>

const thread0 = 0

export class Runtime implements UserSpace {
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly program: HostProgram
  private readonly driver: Driver
  private readonly objects: Objects
  private readonly calls: Calls
  private readonly powerSteps: PowerSteps
  private readonly shim: Shim
  private readonly commands: Commands
  private readonly queries: Queries
  private readonly states: States
  private readonly captures: Captures
  private readonly firmwareSteps: FirmwareSteps
  private readonly outcome: Outcome
  /** Step that each thread performs. */
  private readonly pc: Int32Array
  /** 1: the step has begun. */
  private readonly begun: Uint8Array
  /** 1: a call of the step is under way or has just returned. */
  private readonly calling: Uint8Array
  /** Loops a thread is in: depth and, per level, rounds left. */
  private readonly depth: Int32Array
  private readonly rounds: Float64Array
  /** The thread that started a thread, and how many it has started that still run. */
  private readonly parent: Int32Array
  private readonly children: Int32Array
  private readonly piece = new Uint8Array(pieceBytes)
  private readonly digest = new Sha256()

  /**
   * `codes` holds the control code of `program.codes`, by the same index; boots that find something other than
   * shipped need a `lab`. Call `start` to begin.
   */
  constructor(
    sim: Sim,
    facts: HostFacts,
    driver: Driver,
    program: HostProgram,
    codes: readonly (ControlCode | undefined)[],
    lab?: Lab,
  ) {
    this.sim = sim
    this.facts = facts
    this.driver = driver
    this.program = program
    const images = program.codes.map((_, i) => {
      const code = codes[i]
      return code === undefined ? undefined : new CodeImage(code)
    })
    const maxArgs = program.steps.reduce(
      (most, s) =>
        s.do === 'exec' ? s.commands.reduce((m, c) => Math.max(m, c.args.length), most) : most,
      0,
    )
    this.objects = new Objects(sim, program.names)
    this.calls = new Calls(sim, driver)
    this.powerSteps = new PowerSteps(this.calls, lab)
    const fail: Fail = (thread, why, number, bo, run, a, b) =>
      this.fail(thread, why, number, bo, run, a, b)
    const queues = new UserQueues(facts, this.calls, this.objects)
    this.shim = new Shim(facts, this.calls, this.objects, queues, fail)
    this.commands = new Commands(
      sim,
      facts,
      this.calls,
      this.objects,
      queues,
      images,
      maxArgs,
      fail,
    )
    this.firmwareSteps = new FirmwareSteps(this.calls, this.objects)
    this.queries = new Queries(sim, this.calls, this.objects, fail)
    this.states = new States(facts, this.calls, this.objects, fail)
    this.captures = new Captures(sim, driver.memory, this.objects, this.piece)
    this.outcome = new Outcome(
      sim,
      driver,
      program,
      (code) => images[code]?.problem ?? '',
      (pc) => this.digestFound(pc),
    )
    this.pc = sim.state.i32('runtime.thread.pc', threadCount)
    this.begun = sim.state.u8('runtime.thread.begun', threadCount)
    this.calling = sim.state.u8('runtime.thread.calling', threadCount)
    this.depth = sim.state.i32('runtime.thread.depth', threadCount)
    this.parent = sim.state.i32('runtime.thread.parent', threadCount)
    this.children = sim.state.i32('runtime.thread.children', threadCount)
    this.rounds = sim.state.f64('runtime.thread.rounds', threadCount * maxLoopDepth)
  }

  /** Begins the program at the present tick. */
  start(): void {
    this.driver.run(thread0, 0)
  }

  /** Whether the program has more to do. */
  get isRunning(): boolean {
    return this.outcome.isRunning
  }

  /** How the program stands or ended. */
  get status(): StatusName {
    return this.outcome.status
  }

  /** Why it ended, unless it runs or reached its end. */
  stop(): HostStop | undefined {
    return this.outcome.stop()
  }

  /** The step that a thread performs, as an index into the program's steps. */
  position(thread = thread0): number {
    return Math.min(this.pc[thread], this.program.steps.length)
  }

  /** Contents of every buffer the program names: what a `readBo` kept, else what it held last. */
  buffers(): ReadonlyMap<string, Uint8Array> {
    const found = new Map<string, Uint8Array>()
    this.program.names.bos.forEach((name, bo) => {
      const bytes = this.captures.bytes(bo)
      if (bytes) found.set(name, bytes)
    })
    return found
  }

  /** Contents of the latest buffer of a name; other buffers, which may be large, are not looked at. */
  buffer(name: string): Uint8Array | undefined {
    const bo = this.program.names.bos.lastIndexOf(name)
    return bo < 0 ? undefined : this.captures.bytes(bo)
  }

  /** Clients, contexts, buffers and runs by name, for the app. */
  inspect(): ObjectsView {
    return inspectObjects(this.objects, this.program.names)
  }

  /** Goes on with a thread: takes the result of its call, performs phases until the next call or the end. */
  step(thread: number): void {
    if (!this.outcome.isRunning) {
      this.driver.stop(thread)
      return
    }
    const pc = this.pc[thread]
    const step = this.program.steps[pc]
    if (step === undefined) {
      this.end(Status.ok, thread, 0, Why.none, -1, -1, 0, 0)
      return
    }
    if (this.begun[thread] === 0) {
      this.begun[thread] = 1
      this.calls.phase[thread] = 0
      this.sim.trace.emit(RuntimeEvent.stepBegin, thread, pc, 0)
    }
    if (this.calling[thread] !== 0) {
      this.calling[thread] = 0
      if (this.driver.result(thread) < 0 && !this.takeRefusal(thread, step)) return
    }
    const made = this.perform(thread, step)
    if (made === Made.call) this.calling[thread] = 1
    else if (made === Made.done) this.finish(thread, 0)
    else if (made === Made.refused) {
      this.fail(thread, Why.driver, this.calls.refused(thread), -1, -1, 0, 0)
    }
  }

  /** A call was refused: retried, expected, or the end. True when the step has to tidy up first. */
  private takeRefusal(thread: number, step: HostStep): boolean {
    const result = this.driver.result(thread)
    if (step.do === 'wait' && result === -errno.EAGAIN && step.errno === undefined) {
      this.calls.phase[thread] = 0
      this.driver.run(thread, this.facts.ticks.retry)
      return false
    }
    if (step.do === 'createBo' && this.shim.grows(thread, step, -result)) return true
    if (step.do === 'createHwctx' && this.shim.tidies(thread)) {
      this.calls.setRefused(thread, -result)
      return true
    }
    this.fail(thread, Why.driver, -result, -1, -1, 0, 0)
    return false
  }

  /** A step cannot go on: the end, unless exactly this refusal was expected. */
  private fail(
    thread: number,
    why: number,
    number: number,
    bo: number,
    run: number,
    a: number,
    b: number,
  ): number {
    const step = this.program.steps[this.pc[thread]]
    if (step.errno !== undefined && step.errno === errnoName(number)) {
      this.advance(thread, 1, 0, this.pc[thread] + 1)
      return Made.ended
    }
    this.end(Status.refused, thread, number, why, bo, run, a, b)
    return Made.ended
  }

  private perform(thread: number, step: HostStep): number {
    switch (step.do) {
      case 'boot':
        return this.powerSteps.boot(thread, step)
      case 'suspend':
        return this.powerSteps.suspend(thread, step)
      case 'resume':
        return this.powerSteps.resume(thread, step)
      case 'flr':
        return this.powerSteps.flr(thread, step)
      case 'open':
        return this.shim.open(thread, step)
      case 'close':
        if (this.calls.phase[thread] === 0) this.captures.keepAll(step.client)
        return this.shim.close(thread, step)
      case 'createHwctx':
        return this.shim.createHwctx(thread, step)
      case 'configHwctx':
        return this.shim.configHwctx(thread, step)
      case 'destroyHwctx':
        return this.shim.destroyHwctx(thread, step)
      case 'createBo':
        return this.shim.createBo(thread, step)
      case 'destroyBo':
        if (this.calls.phase[thread] === 0) this.captures.keepLast(step.bo)
        return this.shim.destroyBo(thread, step)
      case 'syncBo':
        return this.shim.syncBo(thread, step)
      case 'writeBo':
        return this.write(thread, step)
      case 'readBo':
        return this.read(thread, step)
      case 'expectBo':
        return this.expect(thread, step)
      case 'query':
        return this.queries.query(thread, step)
      case 'ring':
        return this.shim.ring(thread, step)
      case 'power':
        return this.shim.power(thread, step)
      case 'sriov':
        return writeSriov(this.calls, thread, step)
      case 'createPartition':
        return this.firmwareSteps.createPartition(thread, step)
      case 'destroyPartition':
        return this.firmwareSteps.destroyPartition(thread, step)
      case 'hint':
        return this.firmwareSteps.hint(thread, step)
      case 'expectState':
        return this.expectState(thread, step)
      case 'exec':
        return this.commands.exec(thread, step)
      case 'wait':
        return this.wait(thread, step)
      case 'mark':
        this.sim.trace.emit(RuntimeEvent.mark, thread, this.pc[thread], 0)
        return Made.done
      case 'sleep':
        return this.sleep(thread, step)
      case 'fork':
        return this.fork(thread, step)
      case 'join':
        return this.join(thread)
      case 'loop':
        return this.loop(thread, step)
      default:
        return this.again(thread, step)
    }
  }

  private write(thread: number, step: Step<'writeBo'>): number {
    const count = step.bytes.length
    const address = this.reach(thread, step.bo, step.offset, count)
    if (address < 0) return Made.ended
    const file = this.objects.fileOfBo(step.bo)
    if (!this.driver.memory.write(file, address, step.bytes, 0, count)) {
      return this.fail(thread, Why.notMapped, errno.EFAULT, step.bo, -1, 0, 0)
    }
    this.sim.trace.emit(RuntimeEvent.access, step.bo, 1, count)
    return this.work(thread, count)
  }

  private read(thread: number, step: Step<'readBo'>): number {
    const rest = Math.max(0, this.objects.boSize[step.bo] - step.offset)
    const count = step.size === 0 ? rest : step.size
    const address = this.reach(thread, step.bo, step.offset, count)
    if (address < 0) return Made.ended
    this.captures.keep(step.bo, step.offset, count)
    this.sim.trace.emit(RuntimeEvent.access, step.bo, 2, count)
    return this.work(thread, count)
  }

  private expect(thread: number, step: Step<'expectBo'>): number {
    const count = bytesOf(step.type, step.count)
    const address = this.reach(thread, step.bo, step.offset, count)
    if (address < 0) return Made.ended
    this.sim.trace.emit(RuntimeEvent.access, step.bo, 3, count)
    const file = this.objects.fileOfBo(step.bo)
    if (step.expect.kind === 'sha256') {
      digestRange(this.driver.memory, file, address, count, this.piece, this.digest)
      if (this.digest.hex() !== step.expect.hex) {
        return this.end(Status.mismatch, thread, 0, Why.digest, step.bo, -1, 0, 0)
      }
      return this.work(thread, count)
    }
    const tolerance = step.expect.tolerance ?? 0
    for (let at = 0; at < count; at += pieceBytes) {
      const run = Math.min(pieceBytes, count - at)
      if (!this.driver.memory.read(file, address + at, this.piece, 0, run)) {
        return this.fail(thread, Why.notMapped, errno.EFAULT, step.bo, -1, 0, 0)
      }
      const { bytes } = step.expect
      const index = firstDifference(step.type, this.piece, bytes, at, run, step.count, tolerance)
      if (index >= 0) return this.differs(thread, step, index, at)
    }
    return this.work(thread, count)
  }

  private expectState(thread: number, step: Step<'expectState'>): number {
    const made = this.states.ask(thread, step)
    if (made !== Made.done) return made
    const index = this.states.firstDifference(thread, step)
    const bytes = this.states.bytesRead(step)
    if (index === asExpected) return bytes > 0 ? this.work(thread, bytes) : Made.done
    const found = this.states.valueOf(thread, step, step.fields[index])
    const bo = step.of === 'bo' ? step.what : -1
    const run = step.of === 'run' ? step.what : -1
    return this.end(Status.mismatch, thread, 0, Why.field, bo, run, found, index)
  }

  private differs(thread: number, step: Step<'expectBo'>, index: number, from: number): number {
    const bits = elementBits(step.type)
    const at = Math.floor((index * bits) / 8) - from
    if (bits < 8 && (index & 1) === 1) this.piece[at] >>>= 4
    this.outcome.keepFound(this.piece, at, Math.ceil(bits / 8))
    return this.end(Status.mismatch, thread, 0, Why.element, step.bo, -1, index, 0)
  }

  private wait(thread: number, step: Step<'wait'>): number {
    const made = this.commands.wait(thread, step)
    if (made !== Made.done) return made
    const header = this.objects.runHeader[step.run]
    if (commandStateName(header & command.header.stateMask) === (step.state ?? 'completed'))
      return Made.done
    const status = step.state === undefined ? Status.fault : Status.mismatch
    return this.end(status, thread, 0, Why.state, -1, step.run, header, 0)
  }

  private sleep(thread: number, step: Step<'sleep'>): number {
    if (this.calls.phase[thread] > 0) return Made.done
    this.calls.phase[thread] = 1
    this.driver.run(thread, Math.ceil(step.us * this.facts.ticksPerMicrosecond))
    return Made.work
  }

  /** Starts a thread per list; this one goes on when the last of them has joined. */
  private fork(thread: number, step: Step<'fork'>): number {
    let started = 0
    for (let other = 0; other < maxHostThreads && started < step.begins.length; other++) {
      if (this.driver.isAlive(other)) continue
      this.pc[other] = step.begins[started++]
      this.begun[other] = 0
      this.calling[other] = 0
      this.depth[other] = 0
      this.parent[other] = thread
      this.driver.run(other, 1)
    }
    assert(started === step.begins.length, 'the language counts the threads')
    this.children[thread] = started
    if (started === 0) this.advance(thread, 0, 0, step.end)
    return Made.work
  }

  private join(thread: number): number {
    const parent = this.parent[thread]
    this.sim.trace.emit(RuntimeEvent.stepEnd, thread, this.pc[thread], 0)
    this.driver.stop(thread)
    if (--this.children[parent] > 0) return Made.ended
    const fork = this.program.steps[this.pc[parent]]
    if (fork.do === 'fork') this.advance(parent, 0, 0, fork.end)
    return Made.ended
  }

  private loop(thread: number, step: Step<'loop'>): number {
    const pc = this.pc[thread]
    if (step.times > 0) this.rounds[thread * maxLoopDepth + this.depth[thread]++] = step.times
    this.advance(thread, 0, 0, step.times > 0 ? pc + 1 : step.end + 1)
    return Made.work
  }

  private again(thread: number, step: Step<'again'>): number {
    const level = thread * maxLoopDepth + this.depth[thread] - 1
    const left = --this.rounds[level]
    if (left === 0) this.depth[thread]--
    this.advance(thread, 0, 0, left > 0 ? step.begin + 1 : this.pc[thread] + 1)
    return Made.work
  }

  /** Address of a range of a buffer for the process's own access, or -1 after a failure. */
  private reach(thread: number, bo: number, offset: number, count: number): number {
    const address = this.objects.boAddress[bo]
    if (address < 0) {
      this.fail(thread, Why.notMapped, errno.EFAULT, bo, -1, 0, 0)
      return -1
    }
    const size = this.objects.boSize[bo]
    if (offset + count > size) {
      this.fail(thread, Why.rangeOutside, errno.EFAULT, bo, -1, offset + count, size)
      return -1
    }
    return address + offset
  }

  /** Charges the time of touching `bytes` once; the step is done when it is over. */
  private work(thread: number, bytes: number): number {
    const { copyBytesPer } = this.facts.ticks
    this.finish(thread, Math.ceil((bytes * this.facts.ticksPerMicrosecond) / copyBytesPer))
    return Made.work
  }

  /** The step has done what it says after `ticks` more; where a refusal was expected, that is a mismatch. */
  private finish(thread: number, ticks: number): void {
    const pc = this.pc[thread]
    if (this.program.steps[pc].errno === undefined) this.advance(thread, 0, ticks, pc + 1)
    else this.end(Status.mismatch, thread, 0, Why.noRefusal, -1, -1, 0, 0)
  }

  /** Goes to another step after `ticks`, at least one. */
  private advance(thread: number, outcome: number, ticks: number, next: number): void {
    this.sim.trace.emit(RuntimeEvent.stepEnd, thread, this.pc[thread], outcome)
    this.pc[thread] = next
    this.begun[thread] = 0
    this.driver.run(thread, Math.max(1, ticks))
  }

  private end(
    status: number,
    thread: number,
    number: number,
    why: number,
    bo: number,
    run: number,
    a: number,
    b: number,
  ): number {
    const pc = this.pc[thread]
    this.outcome.end(status, thread, pc, number, why, bo, run, a, b)
    this.sim.trace.emit(RuntimeEvent.ended, thread, pc, status)
    this.driver.stop(thread)
    return Made.ended
  }

  private digestFound(pc: number): string {
    const step = this.program.steps[pc]
    if (step.do !== 'expectBo') return ''
    const address = this.objects.boAddress[step.bo] + step.offset
    const count = bytesOf(step.type, step.count)
    const file = this.objects.fileOfBo(step.bo)
    digestRange(this.driver.memory, file, address, count, this.piece, this.digest)
    return this.digest.hex()
  }
}
