/** Cores of five instructions, run in lockstep or ahead to the horizon, to compare the two. */
import type { Device } from '../../device/tiles.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { CoreSurroundings } from '../core/surroundings.ts'
import type { CoreActions } from '../hw-events/actions.ts'
import type { TestCores } from './bed.ts'

export type CoreStep =
  /** Reads a word of the own memory and stores something made of it and the tick. */
  | { readonly kind: 'mix'; readonly at: number; readonly cycles: number }
  /** Copies a word of a neighbour to the own memory, or the other way. */
  | { readonly kind: 'peek' | 'poke'; readonly at: number; readonly direction: number }
  | { readonly kind: 'release'; readonly lock: number; readonly direction: number }
  | { readonly kind: 'acquire'; readonly lock: number }

/** Events do nothing to these cores. */
const noActions: CoreActions = {
  enable: () => {},
  disable: () => {},
  reset: () => {},
  halt: () => {},
  resume: () => {},
  step: () => {},
  errorHalt: () => {},
}

export class MiniCores implements TestCores {
  readonly surroundings: CoreSurroundings
  readonly registers: { pc: Int32Array }
  readonly halted: Uint8Array
  readonly control = noActions
  turns = 0
  private readonly sim: Sim
  private readonly dmWords: number
  private readonly programs: readonly (readonly CoreStep[])[]
  private readonly isAhead: boolean
  private readonly slots: Slot[]

  constructor(
    sim: Sim,
    device: Device,
    surroundings: CoreSurroundings,
    programs: readonly (readonly CoreStep[])[],
    isAhead: boolean,
  ) {
    this.sim = sim
    this.surroundings = surroundings
    this.dmWords = device.core.dmBytes / 4
    this.programs = programs
    this.isAhead = isAhead
    const cores = device.columns * device.rows.core
    this.halted = new Uint8Array(cores)
    this.registers = { pc: new Int32Array(cores) }
    this.slots = Array.from({ length: cores }, (_, core) =>
      sim.schedule.slot(`core${core}`, () => this.run(core)),
    )
  }

  start(core: number): void {
    this.sim.schedule.at(this.slots[core]!, this.sim.schedule.now + 1)
  }

  readRegister(): number {
    return 0
  }

  writeRegister(): void {}

  resetRegisters(): void {}

  slotOf(core: number): Slot {
    return this.slots[core]!
  }

  pmRead32(): number {
    return 0
  }

  pmWrite32(): void {}

  readControl(): number {
    return 1
  }

  writeControl(): void {}

  readStatus(): number {
    return 0
  }

  inspect(): { since: number } {
    return { since: 0 }
  }

  dropCaches(): void {}

  private run(core: number): void {
    this.turns++
    const program = this.programs[core]!
    let tick = this.sim.schedule.now
    let last = this.isAhead ? this.surroundings.horizon(core) : tick
    for (let isFirst = true; ; isFirst = false) {
      const step = program[this.registers.pc[core]!]
      if (!step) return
      if (!isFirst && (step.kind !== 'mix' || tick > last)) break
      if (!this.execute(core, step, tick)) return
      this.registers.pc[core]!++
      tick += step.kind === 'mix' ? step.cycles : 2
      if (step.kind !== 'mix') last = this.isAhead ? this.surroundings.horizon(core) : last
    }
    this.sim.schedule.at(this.slots[core]!, tick)
  }

  private execute(core: number, step: CoreStep, tick: number): boolean {
    const { dm } = this.surroundings
    const own = core * this.dmWords
    switch (step.kind) {
      case 'mix':
        dm.write32(
          (own + step.at) * 4,
          (Math.imul(dm.read32((own + step.at) * 4), 31) + tick) >>> 0,
        )
        return true
      case 'peek':
      case 'poke': {
        const other = this.surroundings.neighbour(core, step.direction)
        if (other < 0) return true
        const there = (other * this.dmWords + step.at) * 4
        const here = (own + step.at) * 4
        if (step.kind === 'peek') dm.write32(here, dm.read32(there) ^ tick)
        else dm.write32(there, dm.read32(here) ^ tick)
        return true
      }
      case 'release': {
        const owner = this.surroundings.neighbour(core, step.direction)
        if (owner >= 0) this.surroundings.release(owner, step.lock, 1, this.slots[core]!)
        return true
      }
      case 'acquire':
        return this.surroundings.acquire(core, step.lock, 1, false, this.slots[core]!)
    }
  }
}
