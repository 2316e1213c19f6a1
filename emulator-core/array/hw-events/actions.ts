/**
 * Core actions: what an event of a core tile may do to its core, as the core's event registers select it.
 *
 *     events of a cycle ──▶ ┌─────────────┐ ── enable, disable, reset, halt, resume, step ──▶ CoreActions
 *                           └─────────────┘
 *
 * The registers belong to the core; this reads the selected numbers only. On AIE4 the fields are eight bits wide at the
 * same places (inferred).
 */
import { coreIndex, columnOf, rowOf } from '../../device/geometry.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { RegisterFile } from '../registers/register-file.ts'
import { isOn } from './counters.ts'
import type { EventUnits } from './units.ts'

/** What events do to cores. */
export interface CoreActions {
  enable(core: number): void
  disable(core: number): void
  reset(core: number): void
  /** Halts it for one of the two halt events. */
  halt(core: number, which: 0 | 1): void
  resume(core: number): void
  /** Runs one bundle of a halted core. */
  step(core: number): void
  /** Halts it for an error. */
  errorHalt(core: number): void
}

/** Registers in the order of the core block: control, status, enable events, reset event, debug control 0 and 1. */
const place = { enable: 8, reset: 12, debug: 20 } as const
/** Distance of the error-halt event register from core control. */
const errorHaltAt = { aie2: 0x34, aie2p: 0x34, aie4: 0x54 } as const
export const registers = 4
export const actionCount = 8

export class Actions {
  /** Words of the registers of each unit that has a core, −1 elsewhere; `registers` a unit. */
  private readonly word: Int32Array
  private readonly core: Int32Array
  private readonly units: EventUnits
  private readonly actions: CoreActions

  constructor(device: Device, units: EventUnits, file: RegisterFile, actions: CoreActions) {
    this.units = units
    this.actions = actions
    this.word = new Int32Array(units.count * registers).fill(-1)
    this.core = new Int32Array(units.count).fill(-1)
    units.modules.forEach((module, u) => {
      const tile = units.tileOf[u]!
      if (module.runs['coreActive'] === undefined) return
      if (file.mapOf(tile).kind !== TileKind.core) return
      this.core[u] = coreIndex(device, columnOf(device, tile), rowOf(device, tile))
      const { control } = device.core
      this.word[u * registers] = file.find(tile, control + place.enable)
      this.word[u * registers + 1] = file.find(tile, control + place.reset)
      this.word[u * registers + 2] = file.find(tile, control + place.debug)
      this.word[u * registers + 3] = file.find(tile, control + errorHaltAt[device.generation])
    })
  }

  /** The core of a unit, −1 when it has none. */
  coreOf(u: number): number {
    return this.core[u]!
  }

  /** Storage word of one of the registers that are read here. */
  wordOf(u: number, which: number): number {
    return this.word[u * registers + which]!
  }

  /** Event of action `i`: enable, disable, reset, resume, step, halt 0, halt 1, error halt. */
  event(u: number, i: number): number {
    const mask = this.units.mask(u)
    if (i < 2) return (this.read(u, 0) >>> (8 * i)) & mask
    if (i === 2) return this.read(u, 1) & mask
    if (i === actionCount - 1) return this.read(u, 3) & mask
    return (this.read(u, 2) >>> (8 * (i - 3))) & mask
  }

  /** Does any event of a unit act on its core? */
  isUsed(u: number): boolean {
    return (
      this.core[u]! >= 0 &&
      (this.read(u, 0) | this.read(u, 1) | this.read(u, 2) | this.read(u, 3)) !== 0
    )
  }

  /** Acts on the events that begin in this cycle; `before` holds the cycle before from word `at` on. */
  step(u: number, vector: Uint32Array, before: Uint32Array, at: number): void {
    const core = this.core[u]!
    for (let i = 0; i < actionCount; i++) {
      const event = this.event(u, i)
      if (!isOn(vector, event) || ((before[at + (event >> 5)]! >>> (event & 31)) & 1) !== 0)
        continue
      this.act(core, i)
    }
  }

  private act(core: number, i: number): void {
    switch (i) {
      case 0:
        return this.actions.enable(core)
      case 1:
        return this.actions.disable(core)
      case 2:
        return this.actions.reset(core)
      case 3:
        return this.actions.resume(core)
      case 4:
        return this.actions.step(core)
      case 5:
        return this.actions.halt(core, 0)
      case 6:
        return this.actions.halt(core, 1)
      default:
        return this.actions.errorHalt(core)
    }
  }

  private read(u: number, which: number): number {
    const word = this.word[u * registers + which]!
    return word < 0 ? 0 : this.units.words[word]!
  }
}
