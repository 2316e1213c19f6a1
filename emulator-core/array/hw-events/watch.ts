/**
 * Watch: which events of a unit anybody listens to, so that the others cost no more than their status bit.
 *
 * A cache of the configuration registers: made anew when one of them is written or the state is loaded.
 */
import type { EventModule } from '../../device/hw-event-module.ts'
import { broadcastChannels, traceSlots } from '../../device/hw-event-module.ts'
import { EventRegister } from '../../device/registers/events.ts'
import type { Actions } from './actions.ts'
import { actionCount } from './actions.ts'
import type { EventUnits } from './units.ts'

export const vectorWords = 8

/** Runs that a core which runs ahead or runs generated code does not report. */
const perInstruction = [
  'programCounter',
  'programRange',
  'coreMemoryStall',
  'coreStreamStall',
  'coreCascadeStall',
  'instructionEvent',
  'call',
  'return',
  'vector',
  'matrix',
  'move',
  'alu',
  'load',
  'store',
  'streamGet',
  'streamPut',
  'cascadeGet',
  'cascadePut',
  'lockAcquireRequest',
  'lockReleaseRequest',
]

export class Watch {
  /** Bits of the events that matter, unit after unit. */
  readonly bits: Uint32Array
  /** 1 where a core's instructions are listened to, or events act on it. */
  readonly core: Uint8Array
  /** Units whose events act on their core. */
  actingUnits = 0
  private readonly acts: Uint8Array
  private readonly units: EventUnits
  private readonly actions: Actions

  constructor(units: EventUnits, actions: Actions) {
    this.units = units
    this.actions = actions
    this.bits = new Uint32Array(units.count * vectorWords)
    this.core = new Uint8Array(units.count)
    this.acts = new Uint8Array(units.count)
  }

  /** Does anybody listen to this event? */
  has(u: number, event: number): boolean {
    return ((this.bits[u * vectorWords + (event >> 5)]! >>> (event & 31)) & 1) !== 0
  }

  /** Does nobody listen to anything of a unit? */
  isEmpty(u: number): boolean {
    for (let i = u * vectorWords; i < (u + 1) * vectorWords; i++)
      if (this.bits[i] !== 0) return false
    return true
  }

  /** Reads the configuration of a unit anew. */
  refresh(u: number): void {
    const module = this.units.modules[u]!
    this.bits.fill(0, u * vectorWords, (u + 1) * vectorWords)
    this.counters(u, module)
    this.traces(u, module)
    this.selectors(u, module)
    const acts = this.actions.isUsed(u) ? 1 : 0
    this.actingUnits += acts - this.acts[u]!
    this.acts[u] = acts
    if (acts !== 0) for (let i = 0; i < actionCount; i++) this.add(u, this.actions.event(u, i))
    // Groups of groups need a second look.
    this.groups(u, module)
    this.groups(u, module)
    this.core[u] = this.hearsInstructions(u, module) ? 1 : 0
  }

  private add(u: number, event: number): void {
    if (event !== 0) this.bits[u * vectorWords + (event >> 5)]! |= 1 << (event & 31)
  }

  private counters(u: number, module: EventModule): void {
    const { units } = this
    for (let c = 0; c < module.counters; c++) {
      this.add(u, units.event(u, EventRegister.counterEvents, 2 * c))
      this.add(u, units.event(u, EventRegister.counterEvents, 2 * c + 1))
      this.add(u, units.event(u, EventRegister.counterReset, c))
    }
    this.add(u, units.event(u, EventRegister.snapshotLoad, 0))
    const timer = units.read(u, EventRegister.timerControl, 0)
    this.add(u, (timer >>> 8) & units.mask(u))
  }

  private traces(u: number, module: EventModule): void {
    const { units } = this
    const mask = units.mask(u)
    for (let k = 0; k < module.traceUnits; k++) {
      const control = units.read(u, EventRegister.traceControl, 2 * k)
      const start = (control >>> 16) & mask
      if (start === 0) continue
      this.add(u, start)
      this.add(u, (control >>> 24) & mask)
      for (let s = 0; s < traceSlots; s++)
        this.add(u, units.event(u, EventRegister.traceEvents, 8 * k + s))
    }
  }

  private selectors(u: number, module: EventModule): void {
    const { units } = this
    for (let n = 0; n < broadcastChannels; n++)
      this.add(u, units.broadcast(u, EventRegister.broadcast, n))
    for (let i = 0; i < module.combos; i++)
      this.add(u, units.event(u, EventRegister.comboInputs, i))
    for (let e = 0; e < module.edges; e++) {
      const half = units.read(u, EventRegister.edges, e >> 1) >>> ((e & 1) * 16)
      if ((half & 0x600) !== 0) this.add(u, half & units.mask(u))
    }
    for (let c = 0; c < module.interrupts.length; c++) {
      const word = units.read(u, EventRegister.irqEvents, c)
      for (let i = 0; i < 4; i++) this.add(u, (word >>> (8 * i)) & units.mask(u))
    }
  }

  private groups(u: number, module: EventModule): void {
    for (const group of module.groups) {
      if (!this.has(u, group.event)) continue
      const enabled = this.units.read(u, EventRegister.group, group.register)
      for (let m = 0; m < group.count; m++)
        if (((enabled >>> m) & 1) !== 0) this.add(u, group.first + m)
    }
  }

  private hearsInstructions(u: number, module: EventModule): boolean {
    if (this.actions.coreOf(u) < 0) return false
    for (const name of perInstruction) {
      const run = module.runs[name]
      if (run === undefined) continue
      for (let i = 0; i < run[1]; i++) if (this.has(u, run[0] + i)) return true
    }
    return false
  }
}
