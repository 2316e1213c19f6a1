/** The laws under which every part lives: time, schedule, state, memories, trace, faults and seeded chance. */
import { assert } from './assert.ts'
import { StateArena } from './arena.ts'
import { Faults } from './faults.ts'
import { avalanche } from './hash.ts'
import { FlatMemory, PagedMemory } from './memory.ts'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { Trace } from './trace.ts'

export interface Sim {
  readonly state: StateArena
  readonly schedule: Scheduler
  readonly trace: Trace
  readonly faults: Faults
  readonly random: Random
  /** Memories in the order in which parts made them. */
  readonly memories: (FlatMemory | PagedMemory)[]
  /** Makes a dense memory that checkpoints and checksums know of. */
  flatMemory(name: string, sizeBytes: number): FlatMemory
  /** Makes a sparse memory that checkpoints and checksums know of. */
  pagedMemory(name: string): PagedMemory
}

export interface SimOptions {
  readonly seed?: number
  readonly traceCapacity?: number
}

/** Makes the ground on which one machine is built. */
export function createSim(options: SimOptions = {}): Sim {
  const state = new StateArena()
  const schedule = new Scheduler(state)
  const memories: (FlatMemory | PagedMemory)[] = []
  return {
    state,
    schedule,
    trace: new Trace(state, schedule, options.traceCapacity),
    faults: new Faults(state, schedule),
    random: new Random(state, options.seed),
    memories,
    flatMemory(name, sizeBytes) {
      const memory = new FlatMemory(name, sizeBytes)
      memories.push(memory)
      return memory
    },
    pagedMemory(name) {
      const memory = new PagedMemory(name)
      memories.push(memory)
      return memory
    },
  }
}

/** The checksum of the present moment: all state fields and all memories, 32 bits as 8 hexadecimal digits. */
export function momentChecksum(sim: Sim): string {
  let sum = sim.state.checksum()
  sim.memories.forEach((memory, i) => {
    sum = avalanche(sum ^ Math.imul(memory.checksum(), 2 * i + 1))
  })
  return (sum >>> 0).toString(16).padStart(8, '0')
}

/** Makes the moment of one sim that of another whose parts were built alike. */
export function copyMoment(from: Sim, to: Sim): void {
  assert(from.state.words.length === to.state.words.length, 'both sims have the same parts')
  to.state.words.set(from.state.words)
  from.memories.forEach((memory, i) => {
    const mine = to.memories[i]
    if (memory instanceof FlatMemory && mine instanceof FlatMemory) mine.takeOver(memory)
    if (memory instanceof PagedMemory && mine instanceof PagedMemory) mine.takeOver(memory)
  })
  to.schedule.rebuild()
}
