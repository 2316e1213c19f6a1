/** What the register bus and the inspector ask of the cores. `Cores` fits it. */
import type { CoreActions } from './hw-events/actions.ts'
import type { Slot, Tick } from '../sim/scheduler.ts'

export interface CoreControl {
  readonly control: CoreActions
  pmRead32(core: number, offset: number): number
  pmWrite32(core: number, offset: number, value: number): void
  readControl(core: number): number
  writeControl(core: number, value: number): void
  readStatus(core: number): number
  /** A register of the core by `CoreRegister`. */
  readRegister(core: number, register: number): number
  writeRegister(core: number, register: number, value: number): void
  /** Core and debug registers back to power-up; memories stay. */
  resetRegisters(core: number): void
  slotOf(core: number): Slot
  /** What a waiting core waits for and since when. */
  inspect(core: number): {
    readonly since: Tick
    /** Cycles lost to banks of data memory, where they are charged. */
    readonly memoryCycles?: number
    readonly wait?: { readonly amount: number }
    readonly stall?: { readonly kind: number; readonly port: number; readonly words: number }
  }
  /** Forgets everything derived from program memory. */
  dropCaches(): void
  /** Accounts what has become known by the end of the present tick. */
  settle?(): void
}
