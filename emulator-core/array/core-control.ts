/** What the register bus and the inspector ask of the cores. `Cores` fits it. */
import type { Slot, Tick } from '../sim/scheduler.ts'

export interface CoreControl {
  readonly registers: { readonly pc: Int32Array }
  pmRead32(core: number, offset: number): number
  pmWrite32(core: number, offset: number, value: number): void
  readControl(core: number): number
  writeControl(core: number, value: number): void
  readStatus(core: number): number
  slotOf(core: number): Slot
  /** The lock a waiting core waits for and since when. */
  inspect(core: number): { readonly since: Tick; readonly wait?: { readonly amount: number } }
  /** Forgets everything derived from program memory. */
  dropCaches(): void
}
