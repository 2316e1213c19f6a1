/**
 * Interrupts: how events of a column reach the world outside the array.
 *
 *     broadcast channels, shim events ──▶ ┌────────────┐ ── level 1, level 2 ──▶ interrupt(column)
 *     bus ── enable, disable, clear ────▶ │ Interrupts │
 *                                         └────────────┘
 *
 * The AIE2 family has two first-level controllers in a shim tile, one per broadcast switch, which drive an input of the
 * second level; AIE4 has one controller per application half. Status bits are sticky; a line rises when an enabled bit
 * appears that was not there.
 *
 * Faithful    masks, sticky status, interrupt number of the first level
 * Modelled    the 17th input of an AIE4 controller is the event that its uC interrupt register names
 */
import { EventRegister } from '../../device/registers/events.ts'
import type { Sim } from '../../sim/sim.ts'
import { isOn } from './counters.ts'
import type { EventUnits } from './units.ts'

const firstEvent = 16
const levelTwo = 2

export class Interrupts {
  private readonly mask: Uint32Array
  private readonly status: Uint32Array
  private readonly block: Uint32Array
  private readonly units: EventUnits
  private readonly line: (unit: number) => void

  constructor(sim: Sim, units: EventUnits, line: (unit: number) => void) {
    this.units = units
    this.line = line
    const n = units.firstController[units.count]!
    this.mask = sim.state.u32('array.interrupt.mask', n)
    this.status = sim.state.u32('array.interrupt.status', n)
    this.block = sim.state.u32('array.interrupt.block', n)
  }

  /** Is any interrupt of the array enabled? */
  get isArmed(): boolean {
    for (let c = 0; c < this.mask.length; c++) if (this.mask[c] !== 0) return true
    return false
  }

  /** Broadcast channels begin at switch `s` of a unit. */
  broadcast(u: number, s: number, channels: number): void {
    const count = this.units.modules[u]!.interrupts.length
    const first = this.units.firstController[u]!
    if (count === 0 || channels === 0) return
    const controller = count > 1 ? s : 0
    this.raise(u, controller, channels & ~this.block[first + controller]!)
  }

  /** Events of a cycle that begin; `before` holds the cycle before from word `at` on. */
  events(u: number, vector: Uint32Array, before: Uint32Array, at: number): void {
    const { interrupts } = this.units.modules[u]!
    for (let c = 0; c < interrupts.length; c++) {
      const inputs = interrupts[c]! - firstEvent
      let bits = 0
      for (let i = 0; i < inputs; i++) {
        const event =
          (this.units.read(u, EventRegister.irqEvents, c) >>> (8 * i)) & this.units.mask(u)
        const was = ((before[at + (event >> 5)]! >>> (event & 31)) & 1) !== 0
        if (isOn(vector, event) && !was) bits |= 1 << (firstEvent + i)
      }
      if (bits !== 0) this.raise(u, c, bits)
    }
  }

  read(u: number, kind: EventRegister, controller: number, stored: number): number {
    const c = this.units.firstController[u]! + controller
    switch (kind) {
      case EventRegister.irqMask:
        return this.mask[c]!
      case EventRegister.irqStatus:
        return this.status[c]!
      case EventRegister.irqBlockValue:
        return this.block[c]!
      case EventRegister.irqNumber:
      case EventRegister.irqEvents:
        return stored
      default:
        return 0
    }
  }

  write(u: number, kind: EventRegister, controller: number, value: number): void {
    const c = this.units.firstController[u]! + controller
    const all = 2 ** this.units.modules[u]!.interrupts[controller]! - 1
    switch (kind) {
      case EventRegister.irqEnable: {
        const fresh = value & all & ~this.mask[c]!
        this.mask[c]! |= fresh
        if ((fresh & this.status[c]!) !== 0) this.signal(u, controller)
        break
      }
      case EventRegister.irqDisable:
        this.mask[c]! &= ~value
        break
      case EventRegister.irqStatus:
        this.status[c]! &= ~value
        break
      case EventRegister.irqBlockSet:
        this.block[c]! |= value & 0xffff
        break
      case EventRegister.irqBlockClear:
        this.block[c]! &= ~value
        break
      default:
    }
  }

  reset(u: number): void {
    const from = this.units.firstController[u]!
    const to = this.units.firstController[u + 1]!
    this.mask.fill(0, from, to)
    this.status.fill(0, from, to)
    this.block.fill(0, from, to)
  }

  private raise(u: number, controller: number, bits: number): void {
    const c = this.units.firstController[u]! + controller
    const fresh = bits & ~this.status[c]!
    this.status[c]! |= bits
    if ((fresh & this.mask[c]!) !== 0) this.signal(u, controller)
  }

  /** The output of a controller rises. */
  private signal(u: number, controller: number): void {
    const isFirstLevel = this.units.modules[u]!.interrupts.length > 1 && controller < levelTwo
    if (!isFirstLevel) return this.line(u)
    const number = this.units.read(u, EventRegister.irqNumber, controller) & 0xf
    this.raise(u, levelTwo, 1 << number)
  }
}
