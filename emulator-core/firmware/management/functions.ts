/**
 * Functions: which virtual functions the management firmware serves beside the first one, and what each of them
 * wants of the device as a whole.
 *
 *     PF ── CREATE_VFS, DESTROY_VFS ──▶ ┌───────────┐ ── info block of each VF ──▶ Rings
 *     every function ── power mode ───▶ │ Functions │ ── the highest mode ──▶ clocks
 *                                       └───────────┘
 *
 * Faithful    1 to 4 VFs, all made at once, none while there are some; the device runs at the highest power mode that
 *             a function asks for
 * Hypothetical  more than 4 VFs, where the switch of the profile says so
 * Simplified  CONFIGURE_VF only looks whether the VF exists: its settings are not defined
 */
import type { HostFacts } from '../../device/host-facts.ts'
import { functionOfVf } from '../../device/functions.ts'
import type { Sim } from '../../sim/sim.ts'
import { ManagementEvent } from './events.ts'
import type { Rings } from './rings.ts'

export class Functions {
  /** [VFs that exist] */
  private readonly counts: Int32Array
  /** Power mode that each function asks for. */
  private readonly mode: Uint8Array
  private readonly sim: Sim
  private readonly limit: number
  private readonly ringsOf: readonly Rings[]

  constructor(sim: Sim, facts: HostFacts, ringsOf: readonly Rings[]) {
    this.sim = sim
    this.limit = facts.functions.vfLimit
    this.ringsOf = ringsOf
    this.counts = sim.state.i32('management.vf.count', 1)
    this.mode = sim.state.u8('management.power.mode', ringsOf.length)
  }

  /** VFs that exist. */
  get vfCount(): number {
    return this.counts[0]
  }

  /** Whether a function exists: the first always does. */
  exists(fn: number): boolean {
    return fn <= this.counts[0]
  }

  /** Makes VFs, all at once; false when there are some, or for a number that is none of theirs. */
  createVfs(count: number): boolean {
    if (this.counts[0] > 0 || count < 1 || count > this.limit) return false
    this.counts[0] = count
    for (let vf = 0; vf < count; vf++) this.ringsOf[functionOfVf(vf)].publish()
    this.sim.trace.emit(ManagementEvent.vfs, count, 0, 0)
    return true
  }

  /** Ends all VFs; what they had of the array is gone already. */
  destroyVfs(): void {
    for (let vf = 0; vf < this.counts[0]; vf++) {
      const fn = functionOfVf(vf)
      this.ringsOf[fn].withdraw()
      this.mode[fn] = 0
    }
    this.counts[0] = 0
    this.sim.trace.emit(ManagementEvent.vfs, 0, 0, 0)
  }

  /** The firmware is gone, with all VFs and what functions asked for. */
  lose(): void {
    if (this.counts[0] > 0) this.destroyVfs()
    this.mode.fill(0)
  }

  /** Notes the power mode that a function asks for. */
  setMode(fn: number, mode: number): void {
    this.mode[fn] = mode
  }

  /** The mode that a function asks for. */
  modeOf(fn: number): number {
    return this.mode[fn]
  }

  /** The mode that the device runs in: the highest that anyone asks for. */
  get highestMode(): number {
    let highest = 0
    for (let fn = 0; fn < this.mode.length; fn++) {
      if (this.mode[fn] > highest) highest = this.mode[fn]
    }
    return highest
  }
}
