/** A column of cores with memories and locks and nothing else, for tests. */
import type { CoreProgram } from '../../../artifacts/core-program.ts'
import type { BankRule } from '../../../device/banks.ts'
import type { CoreArch } from '../../../device/core-facts.ts'
import type { FlatMemory } from '../../../sim/memory.ts'
import type { Slot, Tick } from '../../../sim/scheduler.ts'
import { createSim, momentChecksum, type Sim } from '../../../sim/sim.ts'
import { Cores } from '../cores.ts'
import type { CoreSurroundings } from '../surroundings.ts'

export const testDmBytes = 0x10000
/** Pairs of banks that take turns every 16 bytes, four pairs, as in the AIE2 family. */
export const testBanks: BankRule = {
  count: 8,
  groupShift: 14,
  perGroupShift: 1,
  interleaveShift: 4,
}
export const testPmBytes = 0x4000
export const testWindowBase = 0x40000
export const testOwn = testWindowBase + 3 * testDmBytes

export class TestArray {
  readonly sim: Sim
  readonly cores: Cores
  readonly dm: FlatMemory
  readonly locks: Int32Array
  /** How far a core may run ahead; a test may set it. */
  ahead: Tick = Infinity
  private readonly waiters = new Map<Slot, { owner: number; lock: number }>()

  constructor(engine: 'jit' | 'interpreter' = 'interpreter', count = 1, arch: CoreArch = 'aie4') {
    this.sim = createSim({ traceCapacity: 4096 })
    this.dm = this.sim.flatMemory('dm', count * testDmBytes)
    this.locks = this.sim.state.i32('test.locks', count * 16)
    const surroundings: CoreSurroundings = {
      dm: this.dm,
      neighbour: (core, direction) => {
        if (direction === 3) return core
        if (direction === 0) return core - 1
        if (direction === 2) return core + 1 < count ? core + 1 : -1
        return -1
      },
      acquire: (owner, lock, amount, equal, slot) => {
        const at = owner * 16 + lock
        const value = this.locks[at]!
        if (equal ? value !== amount : value < amount) {
          this.waiters.set(slot, { owner, lock })
          return false
        }
        this.locks[at] = value - amount
        return true
      },
      release: (owner, lock, amount) => this.addToLock(owner, lock, amount),
      forgetWaits: (core) => void this.waiters.delete(this.cores.slotOf(core)),
      horizon: () => this.sim.schedule.now + this.ahead,
    }
    const facts = {
      arch,
      count,
      dmBytes: testDmBytes,
      pmBytes: testPmBytes,
      windowBase: testWindowBase,
      banks: testBanks,
    }
    this.cores = new Cores(this.sim, facts, surroundings, { engine, hotTurns: 2 })
  }

  addToLock(owner: number, lock: number, amount: number): void {
    this.locks[owner * 16 + lock]! += amount
    for (const [slot, wait] of this.waiters) {
      if (wait.owner !== owner || wait.lock !== lock) continue
      this.waiters.delete(slot)
      this.sim.schedule.at(slot, this.sim.schedule.now + 1)
    }
  }

  load(core: number, program: CoreProgram): void {
    program.image.forEach((word, i) => this.cores.pmWrite32(core, i * 4, word))
    for (const image of program.data) {
      const at = core * testDmBytes + image.offset
      this.dm.u8.set(image.bytes, at)
      this.dm.mark(at, at + image.bytes.length)
    }
  }

  start(core = 0): void {
    this.cores.writeControl(core, 0)
    this.cores.writeControl(core, 1)
  }

  /** Runs until nothing is due or `limit` is reached. */
  run(limit: Tick = 1_000_000): void {
    this.cores.limit = limit
    this.sim.schedule.runUntil(limit)
  }

  checksum(): string {
    return momentChecksum(this.sim)
  }
}
