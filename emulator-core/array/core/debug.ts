/**
 * Debug: what the debug registers of a core ask for, and its PC events.
 *
 *     debug control 2, PC events ── write ──▶ ┌───────┐ ── halts? ──▶ the loop that runs a core
 *                                             └───────┘ ── pulse ───▶ event units
 *
 * A core with a valid PC event is armed: it runs bundle by bundle in a loop of its own. A core
 * without one never asks.
 */
import { debugControl2 } from '../../device/registers/core.ts'
import type { Sim } from '../../sim/sim.ts'
import { HwEvent } from '../hw-events/vocabulary.ts'
import { CoreState, Halt } from './events.ts'
import type { Report } from './report.ts'

const validBit = 1 << 31
const addressMask = 0x3fff

export class Debug {
  /** 1 for cores that have a valid PC event. */
  readonly armed: Uint8Array
  /** Debug control 2 of each core. */
  readonly stallHalts: Uint8Array
  /** PC event registers, core after core. */
  readonly pcEvents: Int32Array
  /** 1 when the PC events of the bundle that is next were seen already. */
  private readonly seen: Uint8Array
  private readonly perCore: number
  private readonly report: Report

  constructor(sim: Sim, cores: number, perCore: number, report: Report) {
    const { state } = sim
    this.perCore = perCore
    this.report = report
    this.armed = state.u8('array.core.debug.armed', cores)
    this.stallHalts = state.u8('array.core.debug.stallHalts', cores)
    this.pcEvents = state.i32('array.core.debug.pcEvents', cores * perCore)
    this.seen = state.u8('array.core.debug.seen', cores)
  }

  /** Writes a PC event register. */
  setPcEvent(core: number, index: number, word: number): void {
    const { perCore, pcEvents } = this
    pcEvents[core * perCore + index] = word & (validBit | addressMask)
    this.armed[core] = 0
    for (let i = 0; i < perCore; i++) if (pcEvents[core * perCore + i]! < 0) this.armed[core] = 1
  }

  /** The core is about to start the bundle at `pc`. True when it must halt before it. */
  arrive(core: number, pc: number): boolean {
    if (this.armed[core] === 0 || this.seen[core] !== 0) return false
    let isHit = false
    for (let i = 0; i < this.perCore; i++) {
      const word = this.pcEvents[core * this.perCore + i]!
      if (word >= 0 || (word & addressMask) !== (pc & addressMask)) continue
      isHit = true
      this.report.pulse(core, HwEvent.programCounter, i)
    }
    this.seen[core] = 1
    return isHit && (this.stallHalts[core]! & debugControl2.pcEventHalt) !== 0
  }

  /** A bundle has run, or the program counter was set: the next bundle is a new one. */
  moveOn(core: number): void {
    this.seen[core] = 0
  }

  /** The bit of `Halt` with which waiting in a state halts the core, 0 when it does not. */
  haltOf(core: number, state: number): number {
    const bits = this.stallHalts[core]!
    if (state === CoreState.waiting)
      return (bits & debugControl2.lockStallHalt) !== 0 ? Halt.lockStall : 0
    const isStream = state === CoreState.stream
    return isStream && (bits & debugControl2.streamStallHalt) !== 0 ? Halt.streamStall : 0
  }

  /** True while waiting for a bank of memory halts the core. */
  haltsAtBanks(core: number): boolean {
    return (this.stallHalts[core]! & debugControl2.memoryStallHalt) !== 0
  }

  /** Back to the state after power-up. */
  reset(core: number): void {
    const { perCore } = this
    this.armed[core] = 0
    this.stallHalts[core] = 0
    this.seen[core] = 0
    this.pcEvents.fill(0, core * perCore, (core + 1) * perCore)
  }
}
