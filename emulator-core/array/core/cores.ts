/**
 * Cores: the processors of the array. Each runs bundles of machine operations out of its program
 * memory.
 *
 *     registers ── control, program words ──▶ ┌───────┐ ── loads, stores ──▶ data memories
 *                                             │ Cores │ ── acquire, release ─▶ locks
 *     scheduler ── one slot per core ───────▶ └───────┘ ── events, faults ──▶ trace
 *
 * Faithful    bundle timing, exposed latencies through the schedule, integer arithmetic to the bit,
 *             rounding and saturation modes, blocking locks, streams and cascade, memory windows
 *             and their faults, one cycle for each lost try at a bank of data memory, debug halt,
 *             single step and PC events
 * Simplified  the encoding is ours; results are visible at once, also those of a bundle that waits
 *
 * A turn of a core may run ahead of the schedule as far as `horizon` and `limit` allow. What others
 * can see (locks, streams, events, foreign memory, faults) happens only in the first bundle of a
 * turn, so at its very tick. A core that is watched, armed with PC events or stepped takes one
 * bundle per turn in a loop of its own; the other loop never asks about it.
 */
import { Op } from '../../device/abi/core-isa.ts'
import type { BankRule } from '../../device/banks.ts'
import { describeCore, type CoreArch, type CoreFacts } from '../../device/core-facts.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import { coreControlReset } from '../../device/registers.ts'
import { coreRegisterResets, pcEventCount } from '../../device/registers/core.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import { never, type Slot, type Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { HwEvent } from '../hw-events/vocabulary.ts'
import { ArrayEvent } from '../events.ts'
import { NoteCode } from '../notes.ts'
import { closedLens, type Lens } from '../races/probe.ts'
import { tellAccesses } from './accesses.ts'
import { Control } from './control.ts'
import { Debug } from './debug.ts'
import { B, DecodedPrograms, F, Flag, isPort, opStride } from './decode.ts'
import { CoreEvent, CoreFault, CoreState, Halt } from './events.ts'
import { inspectCore, type CoreView } from './inspect.ts'
import { Interpreter } from './interpreter.ts'
import { LoopCompiler } from './jit.ts'
import { Ports } from './ports.ts'
import { RegisterSpace } from './register-space.ts'
import { makeFields, makeRegisters, type CoreFields, type Registers } from './registers.ts'
import { Report } from './report.ts'
import { Stall, Stalls } from './stalls.ts'
import { type CoreSurroundings, Watch } from './surroundings.ts'
import { Windows } from './windows.ts'

/** Facts the cores of a device are built from. */
export interface CoresFacts {
  readonly arch: CoreArch
  /** Number of cores, column by column, bottom row first. */
  readonly count: number
  readonly dmBytes: number
  readonly pmBytes: number
  /** Address of the first (south) memory window as a core sees it. */
  readonly windowBase: number
  /** How a core's data memory is cut into banks. */
  readonly banks: BankRule
}

export interface CoresOptions {
  /** `jit` also generates code for hot loops; results are the same. */
  readonly engine?: 'jit' | 'interpreter'
  /** Turns of a hardware loop after which code is generated for it. */
  readonly hotTurns?: number
}

const defaultHotTurns = 64
/** Work of an interpreted bundle, in the scheduler's units. */
const bundleWork = 2
const releaseCode: number = Op.rel
const acquireEqualCode: number = Op.acqeq
/** The own window as a bit among the four. */
const ownSide = 8

export class Cores {
  /** Run-ahead starts no bundle after this tick. */
  limit: Tick = never
  /**
   * Core that stands at a breakpoint, or -1. Set when its slot runs; nothing has happened in that
   * turn.
   */
  breakHit = -1
  /** Core that ignores a breakpoint once, or -1. */
  passBreakpoint = -1
  /**
   * No bundle has started after this tick since it was last set back to -1. Known only roughly: the
   * last cycle of the bundle that ends last.
   */
  furthest: Tick = -1
  /** Pages of program memory that had been restored when caches were last dropped. */
  private seenRestored = 0
  readonly fields: CoreFields
  readonly registers: Registers
  readonly pm: FlatMemory
  /** Starts, stops, halts and steps cores; what events do to them. */
  readonly control: Control
  /** Who waits at ports. */
  readonly stalls: Stalls
  /** Bits of `Watch` per core: a setting of the event units, not state. */
  readonly watched: Uint8Array
  private readonly sim: Sim
  private readonly facts: CoresFacts
  private readonly timing: CoreFacts
  private readonly surroundings: CoreSurroundings
  private readonly slots: Slot[]
  private readonly windows: Windows
  private readonly programs: DecodedPrograms
  private readonly interpreter: Interpreter
  private readonly jit: LoopCompiler | undefined
  private readonly debug: Debug
  private readonly ports: Ports
  private readonly report: Report
  private readonly space: RegisterSpace
  private readonly lens: Lens
  /** 1 from a write of program memory while the core runs until it is started anew. */
  private readonly programNoted: Uint8Array
  /**
   * Per core one flag per word of program memory; undefined without breakpoints. A setting, not
   * state.
   */
  private readonly breakpoints: (Uint8Array | undefined)[]

  constructor(
    sim: Sim,
    facts: CoresFacts,
    surroundings: CoreSurroundings,
    options: CoresOptions = {},
  ) {
    this.sim = sim
    this.facts = facts
    this.surroundings = surroundings
    this.lens = surroundings.lens ?? closedLens()
    this.timing = describeCore(facts.arch)
    const { count } = facts
    const { state } = sim
    this.fields = makeFields(state, count)
    this.fields.control.fill(coreControlReset)
    this.watched = surroundings.watched ?? new Uint8Array(count)
    this.stalls = surroundings.stalls ?? new Stalls(state, count)
    this.report = new Report(this.fields, surroundings)
    this.programNoted = state.u8('array.core.programNoted', count)
    this.registers = makeRegisters(state, count)
    this.registers.loopEnd.fill(coreRegisterResets.loopEnd)
    this.pm = sim.flatMemory('array.core.pm', count * facts.pmBytes)
    const { vectorAlign } = this.timing
    this.windows = new Windows(
      sim,
      { dmBytes: facts.dmBytes, windowBase: facts.windowBase, vectorAlign },
      surroundings,
      this.report,
    )
    this.programs = new DecodedPrograms(this.pm, count, facts.pmBytes, this.timing)
    this.interpreter = new Interpreter(
      this.registers,
      surroundings.dm,
      this.windows,
      this.programs,
      facts.banks,
    )
    this.slots = Array.from({ length: count }, (_, core) =>
      sim.schedule.slot(`array.core.${core}`, () => this.run(core)),
    )
    this.breakpoints = Array.from({ length: count }, () => undefined)
    const pcEvents = pcEventCount[facts.arch]
    const { fields, registers, windows, report, slots, stalls } = this
    const debug = new Debug(sim, count, pcEvents, report)
    const parts = { fields, registers, stalls, debug, report, windows, slots }
    const control = new Control(sim, parts, surroundings)
    const ports = new Ports(sim, count, registers, stalls, surroundings, parts)
    this.debug = debug
    this.control = control
    this.ports = ports
    const { pmBytes } = facts
    const all = { fields, registers, control, debug, ports, pcEvents, pmBytes }
    this.space = new RegisterSpace(sim, count, all, surroundings)
    if (options.engine === 'jit') {
      const { dm } = surroundings
      const turns = options.hotTurns ?? defaultHotTurns
      this.jit = new LoopCompiler(
        this.registers,
        dm,
        this.windows,
        this.programs,
        count,
        facts.pmBytes,
        turns,
        facts.banks,
        surroundings.memoryPorts,
      )
    }
  }

  /** The scheduler slot of a core. */
  slotOf(core: number): Slot {
    return this.slots[core]!
  }

  /** Reads the word at a 4-aligned byte offset of a core's program memory. */
  pmRead32(core: number, offset: number): number {
    return this.pm.read32(core * this.facts.pmBytes + offset)
  }

  /** Writes the word at a 4-aligned byte offset of a core's program memory. */
  pmWrite32(core: number, offset: number, value: number): void {
    this.pm.write32(core * this.facts.pmBytes + offset, value)
    this.forget(core)
    if (this.fields.control[core] === 1) this.findWriter(core)
    if (this.programNoted[core] !== 0 || this.control.isAtRest(core)) return
    this.programNoted[core] = 1
    this.surroundings.note?.(core, NoteCode.programWhileRunning, offset)
  }

  private forget(core: number): void {
    this.programs.drop(core)
    this.jit?.drop(core)
  }

  /** Forgets what derives from program memory if that changed when a checkpoint was loaded. */
  dropCaches(): void {
    const isOther = this.pm.restored !== this.seenRestored
    this.seenRestored = this.pm.restored
    for (let core = 0; core < this.facts.count; core++) {
      if (isOther) this.forget(core)
      this.findWriter(core)
    }
  }

  /** Says whether a core that runs may write registers. */
  private findWriter(core: number): void {
    const { writers } = this.surroundings
    if (!writers) return
    const may = this.ports.bus[core] !== 0 && this.programs.writesRegisters(core)
    writers[core] = may ? 1 : 0
  }

  /** CORE_CONTROL: bit 0 enable, bit 1 reset. */
  readControl(core: number): number {
    return this.fields.control[core]!
  }

  /**
   * Writes CORE_CONTROL. Reset puts the core back to byte 0; it runs while enabled and not in
   * reset.
   */
  writeControl(core: number, value: number): void {
    this.programNoted[core] = 0
    this.control.write(core, value)
    this.findWriter(core)
  }

  /** CORE_STATUS as a 32-bit word. */
  readStatus(core: number): number {
    return this.control.status(core)
  }

  /** Reads a register of the core by `CoreRegister`. */
  readRegister(core: number, register: number): number {
    return this.space.read(core, register)
  }

  /** Writes a register of the core by `CoreRegister`. */
  writeRegister(core: number, register: number, value: number): void {
    this.space.write(core, register, value)
    this.findWriter(core)
  }

  /** Brings a core and its debug registers to the state after power-up; memories stay. */
  resetRegisters(core: number): void {
    this.space.reset(core)
  }

  /** Everything a person may want to see of a core. */
  inspect(core: number): CoreView {
    return inspectCore(core, this.fields, this.registers, this.stalls, this.sim.schedule.now)
  }

  /** Stops the machine before the bundles at these byte offsets; replaces what was set before. */
  setBreakpoints(core: number, pcs: readonly number[]): void {
    const flags = new Uint8Array(this.facts.pmBytes >> 2)
    for (const pc of pcs) flags[pc >>> 2] = 1
    this.breakpoints[core] = pcs.length > 0 ? flags : undefined
  }

  /**
   * One turn of a core: from the bundle that is due now up to the horizon, the limit or an
   * interaction.
   */
  private run(core: number): void {
    const { pc, loopCount, loopStart, loopEnd } = this.registers
    const { fields, interpreter, programs, jit } = this
    if (fields.halts[core] !== 0) return
    if (fields.owed[core] !== 0 && !this.isServed(core)) return
    if (
      (this.watched[core]! & Watch.instructions) !== 0 ||
      this.debug.armed[core] !== 0 ||
      this.debug.haltsAtBanks(core) ||
      this.lens.probe !== undefined ||
      fields.steps[core] !== 0
    )
      return this.attend(core)
    const begin = this.sim.schedule.now
    const wasWaiting = this.wakes(core, begin)
    if (fields.state[core] !== CoreState.running) return
    const stops = this.breakpoints[core]
    const horizon = this.surroundings.horizon(core)
    const last = horizon < this.limit ? horizon : this.limit
    const contested = this.surroundings.memoryPorts?.contested(core) ?? 0
    // Nobody else acts before the horizon; at it somebody may.
    const known = horizon - 1 < this.limit ? horizon - 1 : this.limit
    let tick = begin
    let waited = 0
    let lost = 0
    let bundles = 0
    let work = 0
    let isFirst = true
    /** A straight run may begin here. */
    let isHead = true
    while (isFirst || tick <= last) {
      const at = pc[core]!
      if (jit !== undefined && stops === undefined && at === loopStart[core]) {
        const left = loopCount[core]! >>> 0
        const turns = left > 0 ? jit.run(core, at, loopEnd[core]!, left, tick, known, contested) : 0
        if (turns > 0) {
          loopCount[core] = left - turns
          lost += this.lostIn(core, jit)
          tick += turns * jit.cycles + jit.lost
          bundles += turns * jit.bundles
          work += turns * jit.work
          isFirst = false
          if (turns === left) pc[core] = jit.after
          // The rest of a turn comes later, unless this is as far as anybody goes.
          else if (horizon < this.limit) break
          isHead = true
          continue
        }
      }
      if (isHead && jit !== undefined && stops === undefined) {
        const inLoop = loopCount[core] === 0 ? -1 : loopEnd[core]!
        if (jit.runBlock(core, at, inLoop, tick, known, contested)) {
          lost += this.lostIn(core, jit)
          tick += jit.cycles + jit.lost
          bundles += jit.bundles
          work += jit.work
          pc[core] = jit.after
          isFirst = false
          continue
        }
      }
      if (
        stops !== undefined &&
        stops[at >>> 2] !== 0 &&
        !(wasWaiting && isFirst) &&
        !this.passes(core, isFirst)
      )
        break
      const bundle = programs.at(core, at)
      if (bundle < 0) {
        if (isFirst) this.noBundle(core, at)
        break
      }
      const flags = programs.bundles[bundle + B.flags]!
      if (flags !== 0) {
        if (!isFirst && (flags & Flag.interaction) !== 0) break
        if ((flags & Flag.memory) !== 0 && !interpreter.prepare(core, bundle, isFirst)) break
        if ((flags & Flag.interaction) !== 0 && !this.interact(core, bundle, wasWaiting)) break
      }
      waited = 0
      const from = tick
      const accesses = programs.bundles[bundle + B.accesses]!
      if (accesses > 1 || (accesses > 0 && (contested !== 0 || isFirst || tick > known)))
        waited = this.waitForBanks(core, bundle, tick, contested, known)
      if (waited > 0) lost += waited
      interpreter.execute(core, bundle, tick)
      if ((flags & Flag.port) !== 0) {
        this.ports.land()
        tick += this.ports.extraCycles
      }
      bundles++
      work += bundleWork
      tick += programs.bundles[bundle + B.cycles]! + (waited > 0 ? waited : 0)
      // As `next`, written out: this is the hot loop.
      let next = interpreter.jumpTo
      if (next < 0) {
        next = programs.bundles[bundle + B.next]!
        if (at === loopEnd[core] && loopCount[core] !== 0) {
          loopCount[core] = loopCount[core]! - 1
          if (loopCount[core] !== 0) next = loopStart[core]!
        }
      }
      isHead = next !== programs.bundles[bundle + B.next] || (flags & Flag.control) !== 0
      pc[core] = next
      isFirst = false
      if (waited < 0) {
        this.owe(core, from, tick)
        break
      }
      // A lock that changed hands may have woken somebody: the horizon is another one now.
      if ((flags & Flag.interaction) !== 0) break
    }
    // Whole units: a sum of fractions would make engines give up code made for integers.
    this.sim.schedule.spend(Math.ceil(work))
    fields.bundles[core]! += bundles
    fields.busyCycles[core]! += tick - begin - lost
    fields.memoryCycles[core]! += lost
    if (tick > this.furthest) this.furthest = tick - 1
    this.endTurn(core, waited < 0 ? fields.since[core]! : tick)
  }

  /** One turn of a core that somebody attends to: one bundle, with all that is to be told of it. */
  private attend(core: number): void {
    const { fields, registers, interpreter, programs } = this
    const begin = this.sim.schedule.now
    const wasWaiting = this.wakes(core, begin)
    if (fields.state[core] !== CoreState.running) return
    const at = registers.pc[core]!
    const stops = this.breakpoints[core]
    if (stops !== undefined && stops[at >>> 2] !== 0 && !wasWaiting && !this.passes(core, true))
      return this.endTurn(core, begin)
    if (this.debug.arrive(core, at)) {
      fields.since[core] = begin
      return this.control.haltFor(core, Halt.programCounter)
    }
    const bundle = programs.at(core, at)
    if (bundle < 0) return this.noBundle(core, at)
    const flags = programs.bundles[bundle + B.flags]!
    const { probe } = this.lens
    probe?.bundle(core)
    if ((flags & Flag.memory) !== 0) interpreter.prepare(core, bundle, true)
    if ((flags & Flag.interaction) !== 0 && !this.interact(core, bundle, wasWaiting)) return
    if (probe !== undefined && (flags & Flag.memory) !== 0)
      tellAccesses(probe, programs, interpreter.offsets, core, bundle)
    const contested = this.surroundings.memoryPorts?.contested(core) ?? 0
    const lost =
      programs.bundles[bundle + B.accesses]! > 0
        ? this.waitForBanks(core, bundle, begin, contested, begin - 1)
        : 0
    interpreter.execute(core, bundle, begin)
    let tick = begin + Math.max(0, lost) + programs.bundles[bundle + B.cycles]!
    if ((flags & Flag.port) !== 0) {
      this.ports.land()
      tick += this.ports.extraCycles
    }
    registers.pc[core] = this.next(core, at, bundle)
    this.debug.moveOn(core)
    fields.bundles[core]! += 1
    fields.busyCycles[core]! += tick - begin - Math.max(0, lost)
    fields.memoryCycles[core]! += Math.max(0, lost)
    this.sim.schedule.spend(bundleWork)
    if (lost < 0) this.owe(core, begin, tick)
    this.endTurn(core, lost < 0 ? fields.since[core]! : tick)
    this.report.classes(core, programs.bundles[bundle + B.classes]!)
    if (fields.steps[core] === 0) {
      if (lost > 0 && this.debug.haltsAtBanks(core)) this.control.haltFor(core, Halt.memoryStall)
      return
    }
    fields.steps[core]! -= 1
    if (fields.steps[core] === 0) this.control.haltFor(core, Halt.control)
  }

  /** Cycles that a bundle about to run at `tick` waits for banks; −1 when it is to be asked later. */
  private waitForBanks(
    core: number,
    bundle: number,
    tick: Tick,
    contested: number,
    known: Tick,
  ): number {
    const { interpreter } = this
    const { memoryPorts } = this.surroundings
    const lost = interpreter.wait(core, bundle, tick, contested === 0, known, memoryPorts)
    if (lost > 0) this.stalled(core, tick + lost, interpreter.waitSides)
    return lost
  }

  /** A bundle that begins at `from` and ends at `to` at the earliest waits for its accesses. */
  private owe(core: number, from: Tick, to: Tick): void {
    const { fields } = this
    fields.owed[core] = to - from
    fields.owedFrom[core] = from
    fields.since[core] = Math.max(from + 1, this.surroundings.memoryPorts!.again(core))
  }

  /** The accesses of the last bundle of a core: true when they are served and it may go on now. */
  private isServed(core: number): boolean {
    const { now } = this.sim.schedule
    const ports = this.surroundings.memoryPorts!
    if (!ports.isServed(core, now - 1)) {
      this.stalled(core, now + 1, this.deniedSides(core))
      this.endTurn(core, ports.again(core))
      return false
    }
    const lost = this.finish(core)
    if (lost > 0 && this.debug.haltsAtBanks(core)) {
      this.control.haltFor(core, Halt.memoryStall)
      return false
    }
    if (this.fields.since[core]! <= now) return true
    this.endTurn(core, this.fields.since[core]!)
    return false
  }

  /** Accounts the cycles that the last bundle has lost, all of whose accesses are served. */
  private finish(core: number): number {
    const { fields } = this
    const sides = this.deniedSides(core)
    const from = fields.owedFrom[core]!
    const lost = this.surroundings.memoryPorts!.finish(core) - from
    fields.since[core] = from + fields.owed[core]! + lost
    fields.memoryCycles[core]! += lost
    if (lost > 0) this.stalled(core, from + lost, sides)
    fields.owed[core] = 0
    fields.owedFrom[core] = 0
    return lost
  }

  private deniedSides(core: number): number {
    const ports = this.surroundings.memoryPorts!
    let sides = 0
    for (let direction = 0; direction < 4; direction++) {
      const owner = this.windows.ownerOf(core, direction)
      if (owner >= 0 && ports.wasDenied(core, owner)) sides |= 1 << direction
    }
    return sides
  }

  /** Accounts what has become known of bundles that waited, at the end of the present tick. */
  settle(): void {
    const { fields } = this
    const ports = this.surroundings.memoryPorts
    const { now } = this.sim.schedule
    for (let core = 0; core < fields.owed.length; core++) {
      if (fields.owed[core] === 0 || !ports!.isServed(core, -1)) continue
      const { since } = fields
      const before = since[core]!
      this.finish(core)
      if (fields.state[core] !== CoreState.running) since[core] = before
      else this.endTurn(core, Math.max(now + 1, since[core]!))
    }
  }

  /** Cycles that the generated code which has just run has waited for banks. */
  private lostIn(core: number, jit: LoopCompiler): number {
    if (jit.lost > 0) this.stalled(core, jit.stallEnd, ownSide)
    return jit.lost
  }

  private stalled(core: number, end: Tick, sides: number): void {
    this.fields.memoryStallEnd[core] = end
    this.fields.memoryStallSides[core] = sides
  }

  /** The next bundle starts at `tick`, if there is one. */
  private endTurn(core: number, tick: Tick): void {
    const { fields } = this
    if (fields.state[core] !== CoreState.running) return
    fields.since[core] = tick
    if (fields.halts[core] === 0) this.sim.schedule.at(this.slots[core]!, tick)
  }

  /** Byte offset of the bundle that follows the one just executed. */
  private next(core: number, at: number, bundle: number): number {
    const { jumpTo } = this.interpreter
    if (jumpTo >= 0) return jumpTo
    const { loopCount, loopStart, loopEnd } = this.registers
    if (at === loopEnd[core] && loopCount[core] !== 0) {
      loopCount[core] = loopCount[core]! - 1
      if (loopCount[core] !== 0) return loopStart[core]!
    }
    return this.programs.bundles[bundle + B.next]!
  }

  /** At a breakpoint: true when the core is let pass this once. */
  private passes(core: number, isFirst: boolean): boolean {
    if (!isFirst) return false
    if (this.passBreakpoint === core) {
      this.passBreakpoint = -1
      return true
    }
    this.breakHit = core
    return false
  }

  /** The slot of a core has come: one that waited looks again. Says whether it did wait. */
  private wakes(core: number, now: Tick): boolean {
    const state = this.fields.state[core]!
    if (state === CoreState.running) return false
    this.control.endWait(core, now)
    return this.fields.state[core] === CoreState.running
  }

  /** There is no bundle at `pc`. */
  private noBundle(core: number, pc: number): void {
    const isInside = pc < this.facts.pmBytes
    this.fault(core, isInside ? CoreFault.illegalInstruction : CoreFault.programOutOfRange, pc)
  }

  private fault(core: number, code: number, detail: number): void {
    this.windows.raise(core, code, detail)
    this.control.fault(core)
  }

  /** The part of a bundle that others see. False when the bundle does not run now. */
  private interact(core: number, bundle: number, isRetry: boolean): boolean {
    const { ops, bundles } = this.programs
    let at = bundles[bundle + B.first]!
    for (let i = bundles[bundle + B.count]!; i > 0; i--, at += opStride) {
      switch (ops[at]) {
        case 7 /* acqge */:
        case 8 /* acqeq */:
        case 9 /* rel */:
          if (!this.lock(core, at, isRetry)) return false
          break
        case 10 /* event */:
          this.sim.trace.emit(CoreEvent.event, core, ops[at + F.x]!, 0)
          this.report.pulse(core, HwEvent.instructionEvent, ops[at + F.x]!)
          break
        case 6 /* done */:
          this.sim.trace.emit(CoreEvent.done, core, this.registers.pc[core]!, 0)
          this.fields.state[core] = CoreState.done
          this.fields.since[core] = this.sim.schedule.now
          break
        default:
          if (!isPort(ops[at]!) || this.ports.act(core, ops, at)) break
          this.waitAtPort(core, isRetry)
          return false
      }
    }
    if (isRetry || this.fields.state[core] === CoreState.done) this.report.settle(core)
    return true
  }

  /** A stream port or the cascade was not ready. */
  private waitAtPort(core: number, isRetry: boolean): void {
    const { kind, port } = this.stalls
    const isStream = kind[core]! <= Stall.streamOut
    if (!isRetry) {
      const part = partOf(PartKind.core, core)
      this.sim.trace.emit(ArrayEvent.coreWait, part, kind[core]!, port[core]!)
    }
    this.beginWait(core, isStream ? CoreState.stream : CoreState.cascade)
  }

  private beginWait(core: number, state: number): void {
    this.fields.state[core] = state
    this.fields.since[core] = this.sim.schedule.now
    this.report.settle(core)
    const halt = this.debug.haltOf(core, state)
    if (halt !== 0 && this.fields.steps[core] === 0) this.control.haltFor(core, halt)
  }

  private lock(core: number, at: number, isRetry: boolean): boolean {
    const { ops } = this.programs
    const { r } = this.registers
    const lockRegister = ops[at + F.vReg]!
    const amountRegister = ops[at + F.wReg]!
    const lock = lockRegister >= 0 ? r[lockRegister]! : ops[at + F.v]!
    const amount = amountRegister >= 0 ? r[amountRegister]! : ops[at + F.w]!
    const direction = lock >> 4
    const owner =
      direction === 3
        ? core
        : direction < 0 || direction > 3
          ? -1
          : this.surroundings.neighbour(core, direction)
    if (owner < 0) {
      this.fault(core, CoreFault.lockUnavailable, lock)
      return false
    }
    const isRelease = ops[at] === releaseCode
    if (!isRetry)
      this.report.pulse(
        core,
        isRelease ? HwEvent.lockReleaseRequest : HwEvent.lockAcquireRequest,
        0,
      )
    if (isRelease) {
      this.surroundings.release(owner, lock & 15, amount, this.slots[core]!)
      this.sim.trace.emit(CoreEvent.lockReleased, core, lock, amount)
      return true
    }
    const isEqual = ops[at] === acquireEqualCode
    if (this.surroundings.acquire(owner, lock & 15, amount, isEqual, this.slots[core]!)) {
      this.sim.trace.emit(CoreEvent.lockAcquired, core, lock, amount)
      return true
    }
    const { waitLock, waitAmount } = this.fields
    if (!isRetry) this.sim.trace.emit(CoreEvent.lockWait, core, lock, amount)
    waitLock[core] = lock
    waitAmount[core] = amount
    this.beginWait(core, CoreState.waiting)
    return false
  }
}
