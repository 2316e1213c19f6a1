/**
 * Commands: what user space does to run control code and to learn how it ended.
 *
 *     exec ─ code buffer ─ load and patch ─ command buffer ─ EXEC_CMD
 *     wait ─ WAIT_CMD ─ header word of the command
 *
 * Faithful    one START_DPU record per uC with code, arguments behind the records, a chain as a list of commands
 * Simplified  one code buffer and one command buffer per run, kept until the process closes the device
 */
import type { HostStep } from '../artifacts/host-program.ts'
import { command, commandHeader } from '../device/abi/command.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { Made, maxHandles } from './calls.ts'
import type { Calls, Fail } from './calls.ts'
import type { CodeImage } from './code-image.ts'
import { RuntimeEvent } from './events.ts'
import type { Objects } from './objects.ts'
import { Why } from './outcome.ts'
import type { UserQueues } from './user-queues.ts'

type ExecStep = Extract<HostStep, { do: 'exec' }>
type WaitStep = Extract<HostStep, { do: 'wait' }>

/** Phases of `exec`; making a buffer takes four. */
const Phase = {
  begin: 0,
  pick: 1,
  code: 4,
  commandBuffer: 8,
  scratch: 12,
  load: 16,
  chainBuffer: 20,
  fillChain: 24,
  submit: 25,
  submitted: 26,
} as const

const commandBytes = 4096
const maskWords = 1
const noChain = -1
const high32 = 2 ** 32

export class Commands {
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly calls: Calls
  private readonly objects: Objects
  private readonly queues: UserQueues
  private readonly images: readonly (CodeImage | undefined)[]
  private readonly fail: Fail
  /** Argument values of the command that is being patched; filled and used within one phase. */
  private readonly values: Float64Array
  private readonly valueOf: (k: number) => number

  constructor(
    sim: Sim,
    facts: HostFacts,
    calls: Calls,
    objects: Objects,
    queues: UserQueues,
    images: readonly (CodeImage | undefined)[],
    maxArgs: number,
    fail: Fail,
  ) {
    this.sim = sim
    this.facts = facts
    this.calls = calls
    this.objects = objects
    this.queues = queues
    this.images = images
    this.fail = fail
    this.values = new Float64Array(Math.max(1, maxArgs))
    this.valueOf = (k) => this.values[k]
  }

  /** Loads and patches the code of each command, builds the command buffers, submits. */
  exec(thread: number, step: ExecStep): number {
    const { phase } = this.calls
    if (phase[thread] === Phase.begin) {
      this.calls.setCommandIndex(thread, 0)
      this.calls.clearHandles(thread)
      phase[thread] = Phase.pick
    }
    while (phase[thread] < Phase.chainBuffer) {
      const made = this.prepare(thread, step)
      if (made !== Made.work) return made
    }
    return step.submit === false ? Made.done : this.submit(thread, step)
  }

  /** Waits for a run; its header is noted when the call is back. */
  wait(thread: number, step: WaitStep): number {
    const { objects, calls } = this
    const { driver } = calls
    const hwctx = objects.runHwctx[step.run]
    const file = objects.fileOfHwctx(hwctx)
    if (calls.phase[thread] === 0) {
      if (objects.runSeq[step.run] < 0) {
        return this.fail(thread, Why.notSubmitted, errno.EINVAL, -1, step.run, 0, 0)
      }
      const at = argument.waitCmd
      driver.clearArgs(thread)
      driver.setArg(thread, at.hwctx, objects.hwctxHandle[hwctx])
      driver.setArg(thread, at.timeoutMs, step.timeoutMs)
      driver.setArg64(thread, at.seq, objects.runSeq[step.run])
      driver.ioctl(thread, file, ioctls.waitCmd.code)
      return calls.called(thread, 1)
    }
    this.flush(file, objects.commandAddress[step.run], 4)
    if (objects.runChain[step.run] >= 0) this.concludeChain(file, objects.runChain[step.run])
    if (objects.doorbellAddress[hwctx] > 0) this.queues.abandon(file, step.run)
    const header = driver.memory.read32(file, objects.commandAddress[step.run])
    objects.runHeader[step.run] = header
    objects.runFinished[step.run] = this.sim.schedule.now
    this.sim.trace.emit(RuntimeEvent.finished, step.run, header & command.header.stateMask, 0)
    return Made.done
  }

  /**
   * The device has left the chain's own header as it was: its state is that of the last command that ran, and the
   * index says which that was unless all are completed. A state that the driver has written stays.
   */
  private concludeChain(file: number, chain: number): void {
    const { memory } = this.calls.driver
    const { objects } = this
    const { stateMask } = command.header
    const at = objects.commandAddress[chain]
    this.flush(file, at, commandBytes)
    const header = memory.read32(file, at)
    if ((header & stateMask) !== command.state.new) return
    const count = memory.read32(file, at + 4 + command.chain.count)
    for (let place = count - 1; place >= 0; place--) {
      const run = objects.memberOf(chain, place)
      if (run < 0) return
      this.flush(file, objects.commandAddress[run], 4)
      const state = memory.read32(file, objects.commandAddress[run]) & stateMask
      if (state === command.state.abort && place > 0) continue
      memory.write32(file, at, header - command.state.new + state)
      const isWhole = state === command.state.completed && place === count - 1
      if (!isWhole) memory.write32(file, at + 4 + command.chain.errorIndex, place)
      break
    }
    this.flush(file, at, commandBytes)
  }

  /** One phase of preparing one command; `Made.work` when the next phase can start at once. */
  private prepare(thread: number, step: ExecStep): number {
    const { objects, calls } = this
    const item = step.commands[calls.commandIndex(thread)]
    const { run } = item
    const image = this.images[item.code]
    const file = objects.fileOfHwctx(step.hwctx)
    const { phase } = calls
    if (image === undefined) return this.fail(thread, Why.codeMissing, errno.EINVAL, -1, run, 0, 0)
    const { cmd } = argument.boType
    if (phase[thread] === Phase.pick) return this.pick(thread, step, image)
    if (phase[thread] < Phase.commandBuffer) {
      if (!calls.makeBuffer(thread, file, image.sizeBytes, cmd, Phase.code)) return Made.call
      objects.codeHandle[run] = calls.madeHandle(thread)
      objects.codeAddress[run] = calls.madeAddress(thread)
      objects.codeDevice[run] = calls.madeDevice(thread)
      objects.codeSize[run] = image.sizeBytes
      phase[thread] = this.afterCode(step, run, image)
    } else if (phase[thread] < Phase.scratch) {
      if (!calls.makeBuffer(thread, file, commandBytes, cmd, Phase.commandBuffer)) return Made.call
      objects.commandHandle[run] = calls.madeHandle(thread)
      objects.commandAddress[run] = calls.madeAddress(thread)
      objects.commandDevice[run] = calls.madeDevice(thread)
      phase[thread] = this.afterCommand(step, image)
    } else if (phase[thread] < Phase.load) {
      const scratchBytes = this.facts.scratchBytes * this.facts.device.columns
      if (!calls.makeBuffer(thread, file, scratchBytes, cmd, Phase.scratch)) return Made.call
      objects.scratchHandle[step.hwctx] = calls.madeHandle(thread)
      objects.scratchAddress[step.hwctx] = calls.madeDevice(thread)
      phase[thread] = Phase.load
    } else {
      return this.load(thread, step, image)
    }
    return Made.work
  }

  /** Checks a command and finds the first buffer that it still needs. */
  private pick(thread: number, step: ExecStep, image: CodeImage): number {
    const { objects } = this
    const { run, args, code, built } = step.commands[this.calls.commandIndex(thread)]
    const refuse = (why: number, number: number, a: number, b: number): number =>
      this.fail(thread, why, number, -1, run, a, b)
    if (image.problem !== undefined) return refuse(Why.codeProblem, errno.EINVAL, code, 0)
    if (image.argCount > args.length) {
      return refuse(Why.missingArgument, errno.EINVAL, image.argCount - 1, args.length)
    }
    const ucs = this.facts.device.ucsPerColumn * this.facts.device.columns || 1
    for (const place of image.places) {
      if (place.uc >= ucs) return refuse(Why.ucAbsent, errno.EINVAL, place.uc, ucs)
    }
    const handles = this.calls.handleCount(thread) + args.length + 3
    if (handles > maxHandles) return refuse(Why.tooManyArgs, errno.E2BIG, handles, maxHandles)
    const client = objects.hwctxClient[step.hwctx]
    if (built === true) {
      const isThere = objects.hasCommand(run) && objects.runClient[run] === client
      if (!isThere) return refuse(Why.noCommand, errno.EINVAL, 0, 0)
    }
    if (
      objects.runEpoch[run] !== objects.clientEpoch[client] ||
      objects.runClient[run] !== client
    ) {
      objects.codeSize[run] = 0
      objects.commandHandle[run] = 0
    }
    objects.runEpoch[run] = objects.clientEpoch[client]
    objects.runClient[run] = client
    objects.runHwctx[run] = step.hwctx
    const hasCode = objects.codeSize[run] >= image.sizeBytes
    this.calls.phase[thread] = hasCode ? this.afterCode(step, run, image) : Phase.code
    return Made.work
  }

  private afterCode(step: ExecStep, run: number, image: CodeImage): number {
    return this.objects.commandHandle[run] > 0
      ? this.afterCommand(step, image)
      : Phase.commandBuffer
  }

  private afterCommand(step: ExecStep, image: CodeImage): number {
    const hasScratch = !image.needsScratch || this.objects.scratchHandle[step.hwctx] > 0
    return hasScratch ? Phase.load : Phase.scratch
  }

  /** Puts code and command into their buffers and lists the buffers that the command uses. */
  private load(thread: number, step: ExecStep, image: CodeImage): number {
    const { objects, calls } = this
    const index = calls.commandIndex(thread)
    const { run, args } = step.commands[index]
    const file = objects.fileOfHwctx(step.hwctx)
    for (let k = 0; k < args.length; k++) {
      const arg = args[k]
      if (arg.kind !== 'bo' && arg.kind !== 'addressOf') {
        this.values[k] = arg.kind === 'address' ? arg.address : arg.value
        continue
      }
      if (objects.boAddress[arg.bo] < 0 && arg.kind === 'addressOf') {
        return this.fail(thread, Why.notMapped, errno.EFAULT, arg.bo, run, 0, 0)
      }
      this.values[k] = Math.max(0, objects.boDevice[arg.bo]) + (arg.kind === 'bo' ? 0 : arg.plus)
      if (arg.kind === 'bo') calls.addHandle(thread, file, objects.boHandle[arg.bo])
      if (objects.doorbellAddress[step.hwctx] > 0 && objects.boAddress[arg.bo] >= 0) {
        this.queues.prepare(file, objects.boAddress[arg.bo], objects.boSize[arg.bo])
      }
    }
    calls.addHandle(thread, file, objects.codeHandle[run])
    if (image.needsScratch) calls.addHandle(thread, file, objects.scratchHandle[step.hwctx])
    if (step.chain !== undefined) calls.addHandle(thread, file, objects.commandHandle[run])
    // The device has written over the command; the code is as it was.
    if (step.commands[index].built === true) {
      this.writeCommand(file, run, image, args.length)
      this.flush(file, objects.commandAddress[run], commandBytes)
      return this.loaded(thread, step, index)
    }
    const { memory } = calls.driver
    const scratch = objects.scratchAddress[step.hwctx]
    const patches = image.load(
      memory,
      file,
      objects.codeAddress[run],
      this.valueOf,
      scratch,
      this.facts.ddrOffset,
      objects.codeDevice[run],
    )
    this.sim.trace.emit(RuntimeEvent.codeLoaded, run, image.sizeBytes, patches)
    this.writeCommand(file, run, image, args.length)
    this.flush(file, objects.codeAddress[run], image.sizeBytes)
    this.flush(file, objects.commandAddress[run], commandBytes)
    return this.loaded(thread, step, index)
  }

  private loaded(thread: number, step: ExecStep, index: number): number {
    const { calls } = this
    calls.setCommandIndex(thread, index + 1)
    const isLast = index + 1 === step.commands.length
    calls.phase[thread] = isLast ? this.afterCommands(step) : Phase.pick
    return Made.work
  }

  private afterCommands(step: ExecStep): number {
    if (step.chain === undefined) return Phase.submit
    const { objects } = this
    const client = objects.hwctxClient[step.hwctx]
    const isFresh = objects.runEpoch[step.chain] === objects.clientEpoch[client]
    if (isFresh && objects.runClient[step.chain] === client) return Phase.fillChain
    objects.runEpoch[step.chain] = objects.clientEpoch[client]
    objects.runClient[step.chain] = client
    return Phase.chainBuffer
  }

  /** One record per uC with code, then the argument values. */
  private writeCommand(file: number, run: number, image: CodeImage, argCount: number): void {
    const { memory } = this.calls.driver
    const at = this.objects.commandAddress[run]
    const { record } = command
    let to = at + 4 * (1 + maskWords)
    memory.write32(file, at + 4, 1)
    for (let i = 0; i < image.places.length; i++) {
      const place = image.places[i]
      const code = this.objects.codeDevice[run] + place.offset
      memory.write32(file, to + record.dtraceLow, 0)
      memory.write32(file, to + record.dtraceHigh, 0)
      memory.write32(file, to + record.codeLow, code % high32)
      memory.write32(file, to + record.codeHigh, Math.floor(code / high32))
      memory.write32(file, to + record.size, place.sizeBytes)
      memory.write32(file, to + record.uc, place.uc | ((image.places.length - 1 - i) << 16))
      to += command.recordBytes
    }
    const shown = Math.min(argCount, Math.floor((at + commandBytes - to) / 8))
    for (let k = 0; k < shown; k++, to += 8) {
      memory.write32(file, to, this.values[k] % high32)
      memory.write32(file, to + 4, Math.floor(this.values[k] / high32))
    }
    const words = (to - at) / 4 - 1
    memory.write32(file, at, commandHeader(command.opcode.startDpu, words, command.state.new))
  }

  /** Builds the chain if there is one, and calls EXEC_CMD. */
  private submit(thread: number, step: ExecStep): number {
    const { objects, calls } = this
    const file = objects.fileOfHwctx(step.hwctx)
    const { chain } = step
    if (chain !== undefined && calls.phase[thread] < Phase.fillChain) {
      const { cmd } = argument.boType
      if (!calls.makeBuffer(thread, file, commandBytes, cmd, Phase.chainBuffer)) return Made.call
      objects.commandHandle[chain] = calls.madeHandle(thread)
      objects.commandAddress[chain] = calls.madeAddress(thread)
      calls.phase[thread] = Phase.fillChain
    }
    if (chain !== undefined && calls.phase[thread] === Phase.fillChain)
      this.writeChain(file, step, chain)
    const isUser = objects.doorbellAddress[step.hwctx] > 0
    if (isUser) {
      const made = this.queues.submit(thread, step, Phase.submitted)
      if (made !== Made.work) return made
    } else if (calls.phase[thread] < Phase.submitted) {
      const at = argument.execCmd
      const run = chain ?? step.commands[0].run
      calls.driver.clearArgs(thread)
      calls.driver.setArg(thread, at.hwctx, objects.hwctxHandle[step.hwctx])
      calls.driver.setArg(thread, at.commandHandle, objects.commandHandle[run])
      calls.driver.setArg(thread, at.commandCount, 1)
      calls.driver.setArg(thread, at.argCount, calls.handleCount(thread))
      calls.driver.setArg64(thread, at.argsPointer, calls.handleList(thread, file))
      calls.driver.ioctl(thread, file, ioctls.execCmd.code)
      return calls.called(thread, Phase.submitted)
    }
    const seq = isUser
      ? this.queues.lastSeq(file, step.hwctx)
      : calls.driver.arg64(thread, argument.execCmd.seq)
    for (let i = 0; i < step.commands.length; i++) {
      const { run } = step.commands[i]
      this.noteSubmitted(run, seq)
      objects.runChain[run] = chain ?? noChain
      objects.runPlace[run] = i
    }
    if (chain !== undefined) this.noteSubmitted(chain, seq)
    return Made.done
  }

  private noteSubmitted(run: number, seq: number): void {
    this.objects.runSeq[run] = seq
    this.objects.runSubmitted[run] = this.sim.schedule.now
    this.objects.runFinished[run] = -1
    this.objects.runHeader[run] = 0
    this.sim.trace.emit(RuntimeEvent.submitted, run, seq | 0, 0)
  }

  private writeChain(file: number, step: ExecStep, chain: number): void {
    const { memory } = this.calls.driver
    const at = this.objects.commandAddress[chain]
    const { handles } = command.chain
    for (let i = 0; i < handles; i += 4) memory.write32(file, at + 4 + i, 0)
    memory.write32(file, at + 4 + command.chain.count, step.commands.length)
    let to = at + 4 + handles
    for (const { run } of step.commands) {
      memory.write32(file, to, this.objects.commandHandle[run])
      memory.write32(file, to + 4, 0)
      to += command.chainHandleBytes
    }
    const words = (to - at) / 4 - 1
    memory.write32(file, at, commandHeader(command.opcode.chain, words, command.state.new))
    this.flush(file, at, commandBytes)
  }

  /** Writes back and drops the cache lines of a range, where the device does not see them. */
  private flush(file: number, address: number, bytes: number): void {
    if (!this.facts.memory.coherent) this.calls.driver.memory.flush(file, address, bytes)
  }
}
