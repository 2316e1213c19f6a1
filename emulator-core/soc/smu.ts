/**
 * SMU: the controller that switches the NPU's power, behind a handful of registers in BAR 5.
 *
 *     driver ── RESPONSE := 0, ARGUMENT, COMMAND ──▶ ┌─────┐ ── power on, off ──▶ management firmware, array
 *     driver ◀── RESPONSE ≠ 0 ───────────────────── └─────┘
 *
 * Faithful    register places, commands, 1 means done
 * Modelled    the time that a command takes, the number of a refusal
 */
import { powerUp } from '../device/abi/power-up.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Slot } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import { SocEvent } from './events.ts'

/** How a controller behind registers behaves: as it should, says no to everything, or says nothing. */
export const Manner = { works: 0, refuses: 1, silent: 2 } as const

export class Smu {
  private readonly registers: Uint32Array
  /** [power is on, manner] */
  private readonly flags: Uint8Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly slot: Slot
  private readonly onPower: (on: boolean) => void

  constructor(sim: Sim, facts: HostFacts, onPower: (on: boolean) => void) {
    this.sim = sim
    this.facts = facts
    this.onPower = onPower
    this.registers = sim.state.u32('soc.smu.registers', Object.keys(facts.smuRegister).length)
    this.flags = sim.state.u8('soc.smu.flags', 2)
    this.slot = sim.schedule.slot('soc.smu', () => this.answer())
  }

  /** Whether the NPU has power. */
  get isOn(): boolean {
    return this.flags[0] !== 0
  }

  /** Behaves in a `Manner` from now on. */
  behave(manner: number): void {
    this.flags[1] = manner
  }

  /** The register at an offset of the BAR, or -1. */
  find(offset: number): number {
    return Object.values(this.facts.smuRegister).indexOf(offset)
  }

  read(register: number): number {
    return this.registers[register]!
  }

  /** Stores to a register; a command begins. */
  write(register: number, value: number): void {
    const { smuRegister, ticks } = this.facts
    this.registers[register] = value
    if (register !== this.find(smuRegister.command)) return
    this.sim.trace.emit(SocEvent.smuCommand, value, this.argument, 0)
    if (this.flags[1] !== Manner.silent) {
      this.sim.schedule.at(this.slot, this.sim.schedule.now + ticks.smuCommand)
    }
  }

  private get argument(): number {
    return this.registers[this.find(this.facts.smuRegister.argument)]!
  }

  private answer(): void {
    const { smu } = powerUp
    const { smuRegister } = this.facts
    const command = this.registers[this.find(smuRegister.command)]!
    const isOn = command === smu.command.powerOn
    const isKnown = isOn || command === smu.command.powerOff
    const response = isKnown && this.flags[1] === Manner.works ? smu.done : smu.refused
    this.registers[this.find(smuRegister.response)] = response
    this.sim.trace.emit(SocEvent.smuAnswer, command, response, 0)
    if (response !== smu.done || isOn === this.isOn) return
    this.flags[0] = isOn ? 1 : 0
    this.onPower(isOn)
  }
}
