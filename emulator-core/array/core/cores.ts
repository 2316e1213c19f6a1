/**
 * Cores: the processors of the array. Each runs bundles of machine operations out of its program
 * memory.
 *
 *     registers ── control, program words ──▶ ┌───────┐ ── loads, stores ──▶ data memories
 *                                             │ Cores │ ── acquire, release ─▶ locks
 *     scheduler ── one slot per core ───────▶ └───────┘ ── events, faults ──▶ trace
 *
 * Faithful    bundle timing, exposed latencies through the schedule, integer arithmetic to the bit,
 *             rounding and saturation modes, blocking locks, memory windows and their faults, one
 *             cycle for each lost try at a bank of data memory
 * Simplified  the encoding is ours; results are visible at once, also those of a bundle that waits
 *
 * A turn of a core may run ahead of the schedule as far as `horizon` and `limit` allow. What others
 * can see (locks, events, foreign memory, faults) happens only in the first bundle of a turn, so at
 * its very tick.
 */
import { Op } from '../../device/abi/core-isa.ts'
import type { BankRule } from '../../device/banks.ts'
import { describeCore, type CoreArch, type CoreFacts } from '../../device/core-facts.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import { never, type Slot, type Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { B, DecodedPrograms, F, Flag, opStride } from './decode.ts'
import { CoreEvent, CoreFault, CoreState } from './events.ts'
import { inspectCore, type CoreView } from './inspect.ts'
import { Interpreter } from './interpreter.ts'
import { LoopCompiler } from './jit.ts'
import { makeRegisters, type CoreFields, type Registers } from './registers.ts'
import type { CoreSurroundings } from './surroundings.ts'
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

const enableBit = 1
const resetBit = 2

/** CORE_STATUS bits that are modelled. */
const status = {
  enable: 1,
  reset: 2,
  memoryStallSouth: 1 << 2,
  lockStallSouth: 1 << 6,
  errorHalt: 1 << 19,
  done: 1 << 20,
} as const

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
  /** Pages of program memory that had been restored when caches were last dropped. */
  private seenRestored = 0
  readonly fields: CoreFields
  readonly registers: Registers
  readonly pm: FlatMemory
  private readonly sim: Sim
  private readonly facts: CoresFacts
  private readonly timing: CoreFacts
  private readonly surroundings: CoreSurroundings
  private readonly slots: Slot[]
  private readonly windows: Windows
  private readonly programs: DecodedPrograms
  private readonly interpreter: Interpreter
  private readonly jit: LoopCompiler | undefined
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
    this.timing = describeCore(facts.arch)
    const { count } = facts
    const { state } = sim
    this.fields = {
      control: state.u8('array.core.control', count),
      state: state.u8('array.core.state', count),
      waitLock: state.i32('array.core.waitLock', count),
      waitAmount: state.i32('array.core.waitAmount', count),
      since: state.f64('array.core.since', count),
      busyCycles: state.f64('array.core.busyCycles', count),
      lockCycles: state.f64('array.core.lockCycles', count),
      bundles: state.f64('array.core.bundles', count),
      memoryCycles: state.f64('array.core.memoryCycles', count),
      memoryStallEnd: state.f64('array.core.memoryStallEnd', count),
      memoryStallSides: state.u8('array.core.memoryStallSides', count),
    }
    this.fields.control.fill(resetBit)
    this.registers = makeRegisters(state, count)
    this.pm = sim.flatMemory('array.core.pm', count * facts.pmBytes)
    const { vectorAlign } = this.timing
    this.windows = new Windows(
      sim,
      { dmBytes: facts.dmBytes, windowBase: facts.windowBase, vectorAlign },
      surroundings,
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
        surroundings.ports,
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
  }

  private forget(core: number): void {
    this.programs.drop(core)
    this.jit?.drop(core)
  }

  /** Forgets what derives from program memory if that changed when a checkpoint was loaded. */
  dropCaches(): void {
    if (this.pm.restored === this.seenRestored) return
    this.seenRestored = this.pm.restored
    for (let core = 0; core < this.facts.count; core++) this.forget(core)
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
    const { control, state, since } = this.fields
    const before = control[core]!
    const now = value & (enableBit | resetBit)
    control[core] = now
    if (now & resetBit) this.reset(core)
    const runs = now === enableBit
    if (runs && before !== enableBit) {
      if (state[core] === CoreState.faulted) return
      this.sim.trace.emit(CoreEvent.start, core, this.registers.pc[core]!, 0)
      const earliest = this.sim.schedule.now + 1
      if (since[core]! < earliest) since[core] = earliest
      state[core] = CoreState.running
      this.sim.schedule.at(this.slots[core]!, since[core]!)
    } else if (!runs && before === enableBit) {
      this.sim.trace.emit(CoreEvent.stop, core, this.registers.pc[core]!, 0)
      this.pause(core)
    }
  }

  private pause(core: number): void {
    const { state, since } = this.fields
    if (state[core] === CoreState.waiting) {
      this.fields.lockCycles[core]! += this.sim.schedule.now - since[core]!
      since[core] = this.sim.schedule.now
      this.surroundings.cancelWait(this.slots[core]!)
    }
    if (state[core] === CoreState.running || state[core] === CoreState.waiting)
      state[core] = CoreState.stopped
    this.sim.schedule.cancel(this.slots[core]!)
  }

  private reset(core: number): void {
    this.pause(core)
    const { registers, fields } = this
    fields.state[core] = CoreState.stopped
    fields.since[core] = this.sim.schedule.now
    registers.pc[core] = 0
    registers.rounding[core] = 0
    registers.saturation[core] = 0
    registers.loopCount[core] = 0
    registers.loopStart[core] = 0
    registers.loopEnd[core] = 0
  }

  /** CORE_STATUS as a 32-bit word. */
  readStatus(core: number): number {
    const { control, state, waitLock } = this.fields
    let word =
      (control[core]! & enableBit ? status.enable : 0) |
      (control[core]! & resetBit ? status.reset : 0)
    if (state[core] === CoreState.waiting) word |= status.lockStallSouth << (waitLock[core]! >> 4)
    if (
      state[core] === CoreState.running &&
      this.fields.memoryStallEnd[core]! > this.sim.schedule.now
    )
      word |= this.fields.memoryStallSides[core]! * status.memoryStallSouth
    if (state[core] === CoreState.faulted) word |= status.errorHalt
    if (state[core] === CoreState.done) word |= status.done
    return word >>> 0
  }

  /** Everything a person may want to see of a core. */
  inspect(core: number): CoreView {
    return inspectCore(core, this.fields, this.registers, this.sim.schedule.now)
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
    const begin = this.sim.schedule.now
    const wasWaiting = fields.state[core] === CoreState.waiting
    if (wasWaiting) this.endWait(core, begin)
    else if (fields.state[core] !== CoreState.running) return
    const stops = this.breakpoints[core]
    const horizon = this.surroundings.horizon(core)
    const last = horizon < this.limit ? horizon : this.limit
    const { ports } = this.surroundings
    const contested = ports === undefined ? 0 : ports.contested(core)
    let tick = begin
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
        const turns = left > 0 ? jit.run(core, at, loopEnd[core]!, left, tick, last, contested) : 0
        if (turns > 0) {
          loopCount[core] = left - turns
          if (jit.lost > 0) {
            lost += jit.lost
            this.stalled(core, jit.stallEnd, ownSide)
          }
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
        if (jit.runBlock(core, at, inLoop, tick, last, contested)) {
          if (jit.lost > 0) {
            lost += jit.lost
            this.stalled(core, jit.stallEnd, ownSide)
          }
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
        if (isFirst) this.fault(core, CoreFault.illegalInstruction, at)
        break
      }
      const flags = programs.bundles[bundle + B.flags]!
      if (flags !== 0) {
        if (!isFirst && (flags & Flag.interaction) !== 0) break
        if ((flags & Flag.memory) !== 0 && !interpreter.prepare(core, bundle, isFirst)) break
        if ((flags & Flag.interaction) !== 0 && !this.interact(core, bundle, wasWaiting)) break
      }
      let waited = 0
      const accesses = programs.bundles[bundle + B.accesses]!
      if (accesses > 1 || (accesses > 0 && contested !== 0)) {
        waited = interpreter.wait(core, bundle, tick, contested === 0, ports)
        if (waited > 0) {
          lost += waited
          this.stalled(core, tick + waited, interpreter.waitSides)
        }
      }
      interpreter.execute(core, bundle, tick)
      bundles++
      work += bundleWork
      tick += programs.bundles[bundle + B.cycles]! + waited
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
      // A lock that changed hands may have woken somebody: the horizon is another one now.
      if ((flags & Flag.interaction) !== 0) break
    }
    this.sim.schedule.spend(work)
    fields.bundles[core]! += bundles
    fields.busyCycles[core]! += tick - begin - lost
    fields.memoryCycles[core]! += lost
    if (fields.state[core] !== CoreState.running) return
    fields.since[core] = tick
    this.sim.schedule.at(this.slots[core]!, tick)
  }

  private stalled(core: number, end: Tick, sides: number): void {
    this.fields.memoryStallEnd[core] = end
    this.fields.memoryStallSides[core] = sides
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

  private endWait(core: number, now: Tick): void {
    const { state, since, lockCycles } = this.fields
    lockCycles[core]! += now - since[core]!
    since[core] = now
    state[core] = CoreState.running
  }

  private fault(core: number, code: number, detail: number): void {
    this.windows.raise(core, code, detail)
    this.fields.state[core] = CoreState.faulted
    this.fields.since[core] = this.sim.schedule.now
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
          break
        case 6 /* done */:
          this.sim.trace.emit(CoreEvent.done, core, this.registers.pc[core]!, 0)
          this.fields.state[core] = CoreState.done
          this.fields.since[core] = this.sim.schedule.now
          break
        default:
      }
    }
    return true
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
    if (ops[at] === releaseCode) {
      this.surroundings.release(owner, lock & 15, amount, this.slots[core]!)
      this.sim.trace.emit(CoreEvent.lockReleased, core, lock, amount)
      return true
    }
    const isEqual = ops[at] === acquireEqualCode
    if (this.surroundings.acquire(owner, lock & 15, amount, isEqual, this.slots[core]!)) {
      this.sim.trace.emit(CoreEvent.lockAcquired, core, lock, amount)
      return true
    }
    const { state, since, waitLock, waitAmount } = this.fields
    if (!isRetry) this.sim.trace.emit(CoreEvent.lockWait, core, lock, amount)
    state[core] = CoreState.waiting
    since[core] = this.sim.schedule.now
    waitLock[core] = lock
    waitAmount[core] = amount
    return false
  }
}
