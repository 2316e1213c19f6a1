/**
 * Control: starts, stops, resets, halts and steps cores.
 *
 *     CORE_CONTROL, debug control ──▶ ┌─────────┐ ── slot due or not ──▶ scheduler
 *     event actions ────────────────▶ │ Control │ ── levels ───────────▶ event units
 *                                     └─────────┘ ◀── read ─────────── CORE_STATUS
 *
 * A core runs while it is enabled, out of reset, and nothing halts it. Halting takes its place from
 * nobody: it keeps its state, stall included, and goes on exactly there.
 */
import { PartKind, partOf } from '../../device/parts.ts'
import { coreControlReset } from '../../device/registers.ts'
import { coreRegisterResets } from '../../device/registers/core.ts'
import type { Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { ArrayEvent } from '../events.ts'
import type { Debug } from './debug.ts'
import { CoreEvent, CoreState, Halt } from './events.ts'
import type { CoreFields, Registers } from './registers.ts'
import type { CoreActions } from '../hw-events/actions.ts'
import type { Report } from './report.ts'
import { Stall, type Stalls } from './stalls.ts'
import type { CoreSurroundings } from './surroundings.ts'

const enableBit = 1
const resetBit = 2

/** CORE_STATUS bits. Memory and lock stalls: bit of the south side, the other sides follow. */
const status = {
  enable: 1,
  reset: 2,
  memoryStallSouth: 1 << 2,
  lockStallSouth: 1 << 6,
  streamIn: 1 << 10,
  streamOut: 1 << 12,
  cascadeIn: 1 << 14,
  cascadeOut: 1 << 15,
  debugHalt: 1 << 16,
  errorHalt: 1 << 19,
  done: 1 << 20,
} as const

const statusOfStall = [0, status.streamIn, status.streamOut, status.cascadeIn, status.cascadeOut]

export interface ControlParts {
  readonly fields: CoreFields
  readonly registers: Registers
  readonly stalls: Stalls
  readonly debug: Debug
  readonly report: Report
  /** Scheduler slot of each core. */
  readonly slots: readonly number[]
}

export class Control implements CoreActions {
  private readonly sim: Sim
  private readonly parts: ControlParts
  private readonly surroundings: CoreSurroundings

  constructor(sim: Sim, parts: ControlParts, surroundings: CoreSurroundings) {
    this.sim = sim
    this.parts = parts
    this.surroundings = surroundings
  }

  /** Writes CORE_CONTROL: bit 0 enable, bit 1 reset. */
  write(core: number, value: number): void {
    const { fields, report } = this.parts
    const before = fields.control[core]!
    const now = value & (enableBit | resetBit)
    fields.control[core] = now
    if (now & resetBit) this.clear(core)
    const runs = now === enableBit
    if (runs && before !== enableBit) this.start(core)
    else if (!runs && before === enableBit) {
      this.emit(CoreEvent.stop, core)
      this.pause(core)
    }
    report.settle(core)
  }

  /** CORE_STATUS as a 32-bit word. */
  status(core: number): number {
    const { fields, stalls } = this.parts
    const { control, state, waitLock, halts } = fields
    let word = control[core]! & (enableBit | resetBit)
    if (state[core] === CoreState.waiting) word |= status.lockStallSouth << (waitLock[core]! >> 4)
    if (state[core] === CoreState.running && fields.memoryStallEnd[core]! > this.sim.schedule.now)
      word |= fields.memoryStallSides[core]! * status.memoryStallSouth
    word |= statusOfStall[stalls.kind[core]!]!
    if ((halts[core]! & Halt.debug) !== 0) word |= status.debugHalt
    if (this.isErrorHalted(core)) word |= status.errorHalt
    if (state[core] === CoreState.done) word |= status.done
    return word
  }

  /** True while an error keeps the core from going on. */
  isErrorHalted(core: number): boolean {
    const { state, halts } = this.parts.fields
    return (halts[core]! & Halt.error) !== 0 || state[core] === CoreState.faulted
  }

  /** True while software may set the registers of a core: it is stopped, done, faulted or halted. */
  isAtRest(core: number): boolean {
    const { state, halts } = this.parts.fields
    return halts[core] !== 0 || !isBusy(state[core]!)
  }

  enable(core: number): void {
    this.write(core, this.parts.fields.control[core]! | enableBit)
  }

  disable(core: number): void {
    this.write(core, this.parts.fields.control[core]! & ~enableBit)
  }

  reset(core: number): void {
    const value = this.parts.fields.control[core]!
    this.write(core, value | resetBit)
    this.write(core, value)
  }

  halt(core: number, which: 0 | 1): void {
    this.haltFor(core, which === 0 ? Halt.event0 : Halt.event1)
  }

  errorHalt(core: number): void {
    this.haltFor(core, Halt.error)
  }

  /** Ends every debug halt, or the error halt. */
  resume(core: number): void {
    this.release(core, Halt.debug)
  }

  step(core: number): void {
    this.run(core, 1)
  }

  /** Lets a core run so many bundles and halts it behind them. */
  run(core: number, bundles: number): void {
    const { fields } = this.parts
    if ((fields.halts[core]! & Halt.debug) === 0) return
    fields.steps[core] = bundles
    this.release(core, Halt.debug)
  }

  /** Halts a core for a reason of `Halt`. */
  haltFor(core: number, reason: number): void {
    const { fields, registers, report } = this.parts
    const before = fields.halts[core]!
    fields.halts[core] = before | reason
    fields.steps[core] = 0
    if (before === 0) {
      this.sim.schedule.cancel(this.parts.slots[core]!)
      this.surroundings.forgetWaits?.(core)
    }
    if (before !== fields.halts[core]) {
      const part = partOf(PartKind.core, core)
      this.sim.trace.emit(ArrayEvent.coreHalt, part, fields.halts[core]!, registers.pc[core]!)
    }
    report.settle(core)
  }

  /** Takes reasons of `Halt` away; a core without any goes on where it was. */
  release(core: number, reasons: number): void {
    const { fields, registers, report } = this.parts
    const before = fields.halts[core]!
    fields.halts[core] = before & ~reasons
    if (before === 0 || fields.halts[core] !== 0) return
    this.surroundings.lens?.probe?.started(core)
    const part = partOf(PartKind.core, core)
    this.sim.trace.emit(ArrayEvent.coreResume, part, registers.pc[core]!, 0)
    if (isBusy(fields.state[core]!)) this.proceed(core)
    report.settle(core)
  }

  /** A fault stops the core at its bundle until its error halt is cleared or it is reset. */
  fault(core: number): void {
    const { fields, report } = this.parts
    fields.state[core] = CoreState.faulted
    fields.since[core] = this.sim.schedule.now
    report.settle(core)
  }

  /** Error halt cleared by software: the core tries its bundle again. */
  retry(core: number): void {
    const { fields } = this.parts
    if (fields.state[core] === CoreState.faulted && fields.control[core] === enableBit) {
      fields.state[core] = CoreState.running
      if (fields.halts[core] === 0) this.proceed(core)
    }
    this.release(core, Halt.error)
    this.parts.report.settle(core)
  }

  /** The program counter of a core at rest was set: what it waited for is forgotten. */
  abandon(core: number): void {
    const { fields, stalls, debug } = this.parts
    debug.moveOn(core)
    this.endWait(core, this.sim.schedule.now)
    stalls.sent[core] = 0
    if (fields.state[core] === CoreState.faulted && fields.control[core] !== enableBit)
      fields.state[core] = CoreState.stopped
  }

  /** A core that waited waits no longer: accounts the time. */
  endWait(core: number, now: Tick): void {
    const { fields, stalls } = this.parts
    const state = fields.state[core]!
    if (state !== CoreState.waiting && state !== CoreState.stream && state !== CoreState.cascade)
      return
    const cycles = state === CoreState.waiting ? fields.lockCycles : fields.portCycles
    cycles[core]! += now - fields.since[core]!
    fields.since[core] = now
    fields.state[core] = CoreState.running
    stalls.kind[core] = Stall.none
  }

  /** Everything about a core back to the state after power-up, registers of debug included. */
  powerUp(core: number): void {
    const { fields, debug } = this.parts
    debug.reset(core)
    fields.halts[core] = 0
    fields.steps[core] = 0
    this.write(core, coreControlReset)
  }

  private start(core: number): void {
    const { fields } = this.parts
    if (fields.state[core] === CoreState.faulted) return
    this.surroundings.lens?.probe?.started(core)
    this.emit(CoreEvent.start, core)
    fields.state[core] = CoreState.running
    this.proceed(core)
  }

  /** Makes a core due at its next bundle, or now when it waits. */
  private proceed(core: number): void {
    const { fields, slots } = this.parts
    const earliest = this.sim.schedule.now + 1
    const isRunning = fields.state[core] === CoreState.running
    if (isRunning && fields.since[core]! < earliest) fields.since[core] = earliest
    if (fields.halts[core] !== 0) return
    this.sim.schedule.at(slots[core]!, isRunning ? fields.since[core]! : earliest)
  }

  private pause(core: number): void {
    const { fields } = this.parts
    this.sim.schedule.cancel(this.parts.slots[core]!)
    this.surroundings.forgetWaits?.(core)
    this.endWait(core, this.sim.schedule.now)
    if (fields.state[core] === CoreState.running) fields.state[core] = CoreState.stopped
  }

  private clear(core: number): void {
    this.pause(core)
    const { registers, fields, stalls, debug } = this.parts
    fields.state[core] = CoreState.stopped
    fields.since[core] = this.sim.schedule.now
    fields.halts[core]! &= Halt.debug
    stalls.sent[core] = 0
    debug.moveOn(core)
    fields.owed[core] = 0
    fields.owedFrom[core] = 0
    this.surroundings.memoryPorts?.drop(core)
    registers.pc[core] = 0
    registers.rounding[core] = 0
    registers.saturation[core] = 0
    registers.loopCount[core] = 0
    registers.loopStart[core] = 0
    registers.loopEnd[core] = coreRegisterResets.loopEnd
    registers.link[core] = 0
    registers.flags[core] = 0
    this.surroundings.cascade?.reset(core)
  }

  private emit(kind: number, core: number): void {
    this.sim.trace.emit(kind, core, this.parts.registers.pc[core]!, 0)
  }
}

/** Would a core in this state go on by itself? */
function isBusy(state: number): boolean {
  return (
    state === CoreState.running ||
    state === CoreState.waiting ||
    state === CoreState.stream ||
    state === CoreState.cascade
  )
}
