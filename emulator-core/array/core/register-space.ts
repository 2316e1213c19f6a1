/**
 * Register space: the registers of a core as the bus reads and writes them, by `CoreRegister`.
 *
 *     bus ── read, write ──▶ ┌───────────────┐ ──▶ Control, Debug, Ports
 *                            │ RegisterSpace │ ──▶ register files of the cores
 *                            └───────────────┘ ──▶ a note when the core is not at rest
 *
 * Faithful    what control, debug and PC event registers do; the register files and modes
 * Simplified  the fetch counter is the program counter, because our core fetches what it runs;
 *             writes of a running core's own registers are dropped, silicon leaves them open
 */
import {
  coreModes,
  coreRegisterResets,
  CoreRegister,
  debugControl0,
} from '../../device/registers/core.ts'
import type { Sim } from '../../sim/sim.ts'
import { NoteCode } from '../notes.ts'
import type { Control } from './control.ts'
import type { Debug } from './debug.ts'
import { words } from './decode.ts'
import { Halt } from './events.ts'
import type { Ports } from './ports.ts'
import type { CoreFields, Registers } from './registers.ts'
import type { CoreSurroundings } from './surroundings.ts'

export interface RegisterSpaceParts {
  readonly fields: CoreFields
  readonly registers: Registers
  readonly control: Control
  readonly debug: Debug
  readonly ports: Ports
  /** PC event registers and program memory bytes of a core. */
  readonly pcEvents: number
  readonly pmBytes: number
}

const modesMask = coreModes.saturationMask | (coreModes.roundingMask << coreModes.roundingShift)

export class RegisterSpace {
  /** Bits of the control register that no operation of ours looks at. */
  private readonly otherModes: Int32Array
  private readonly parts: RegisterSpaceParts
  private readonly surroundings: CoreSurroundings

  constructor(sim: Sim, cores: number, parts: RegisterSpaceParts, surroundings: CoreSurroundings) {
    this.parts = parts
    this.surroundings = surroundings
    this.otherModes = sim.state.i32('array.core.otherModes', cores)
    this.otherModes.fill(coreRegisterResets.control)
  }

  /** The value of a register. */
  read(core: number, register: number): number {
    const { registers, fields, debug, control, ports, pcEvents } = this.parts
    if (register >= CoreRegister.accumulator)
      return registers.c[core * words.c + register - CoreRegister.accumulator]! >>> 0
    if (register >= CoreRegister.vector)
      return registers.x.i32[core * words.x + register - CoreRegister.vector]! >>> 0
    if (register >= CoreRegister.scalar)
      return registers.r[core * words.r + register - CoreRegister.scalar]! >>> 0
    if (register >= CoreRegister.pcEvent)
      return debug.pcEvents[core * pcEvents + register - CoreRegister.pcEvent]! >>> 0
    switch (register) {
      case CoreRegister.pc:
      case CoreRegister.fetchCounter:
        return registers.pc[core]! >>> 0
      case CoreRegister.control:
        return (this.otherModes[core]! | this.modes(core)) >>> 0
      case CoreRegister.debugControl0:
        return (
          (fields.halts[core]! & Halt.control) | (fields.steps[core]! << debugControl0.stepShift)
        )
      case CoreRegister.debugControl2:
        return debug.stallHalts[core]!
      case CoreRegister.debugStatus:
        return fields.halts[core]! & Halt.debug
      case CoreRegister.errorHaltControl:
        return control.isErrorHalted(core) ? 1 : 0
      case CoreRegister.processorBus:
        return ports.bus[core]!
      default:
        return this.plain(register)[core]! >>> 0
    }
  }

  /** Writes a register, with what that does. */
  write(core: number, register: number, value: number): void {
    const { debug, control, ports } = this.parts
    switch (register) {
      case CoreRegister.debugControl0:
        return this.debug(core, value)
      case CoreRegister.debugControl2:
        debug.stallHalts[core] = value & 15
        return
      case CoreRegister.debugStatus:
        return this.refuse(core, NoteCode.readOnlyCoreRegister, register)
      case CoreRegister.errorHaltControl:
        if ((value & 1) !== 0) control.errorHalt(core)
        else control.retry(core)
        return
      case CoreRegister.processorBus:
        ports.bus[core] = value & 5
        return
      case CoreRegister.fetchCounter:
        return this.refuse(core, NoteCode.readOnlyCoreRegister, register)
      default:
    }
    if (register >= CoreRegister.pcEvent && register < CoreRegister.scalar)
      return debug.setPcEvent(core, register - CoreRegister.pcEvent, value)
    if (!control.isAtRest(core)) return this.refuse(core, NoteCode.coreNotAtRest, register)
    this.set(core, register, value)
  }

  /** Back to the state after power-up. */
  reset(core: number): void {
    const { ports, control } = this.parts
    this.otherModes[core] = coreRegisterResets.control
    ports.bus[core] = 0
    control.powerUp(core)
  }

  /** A register of a core at rest. */
  private set(core: number, register: number, value: number): void {
    const { registers, control, pmBytes } = this.parts
    if (register >= CoreRegister.accumulator)
      registers.c[core * words.c + register - CoreRegister.accumulator] = value
    else if (register >= CoreRegister.vector)
      registers.x.i32[core * words.x + register - CoreRegister.vector] = value
    else if (register >= CoreRegister.scalar)
      registers.r[core * words.r + register - CoreRegister.scalar] = value
    else if (register === CoreRegister.pc) {
      registers.pc[core] = value & (pmBytes - 1) & ~3
      control.abandon(core)
    } else if (register === CoreRegister.control) {
      this.otherModes[core] = value & ~modesMask
      registers.saturation[core] = value & coreModes.saturationMask
      registers.rounding[core] = (value >> coreModes.roundingShift) & coreModes.roundingMask
    } else this.plain(register)[core] = value
  }

  /** Debug control 0: halt, go on, or run so many bundles. */
  private debug(core: number, value: number): void {
    const { control } = this.parts
    const steps = (value >> debugControl0.stepShift) & debugControl0.stepMask
    if ((value & debugControl0.halt) === 0) return control.resume(core)
    control.haltFor(core, Halt.control)
    if (steps > 0) control.run(core, steps)
  }

  private modes(core: number): number {
    const { saturation, rounding } = this.parts.registers
    return saturation[core]! | (rounding[core]! << coreModes.roundingShift)
  }

  private plain(register: number): Int32Array {
    const { registers } = this.parts
    switch (register) {
      case CoreRegister.link:
        return registers.link
      case CoreRegister.loopStart:
        return registers.loopStart
      case CoreRegister.loopEnd:
        return registers.loopEnd
      case CoreRegister.loopCount:
        return registers.loopCount
      default:
        return registers.flags
    }
  }

  private refuse(core: number, code: number, register: number): void {
    this.surroundings.note?.(core, code, register)
  }
}
