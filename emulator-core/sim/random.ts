import type { StateArena } from './arena.ts'

/** The only source of chance in the machine: a seeded 32-bit generator whose state is saved and restored. */
export class Random {
  private readonly state: Uint32Array

  constructor(state: StateArena, seed = 1) {
    this.state = state.u32('sim.random', 1)
    this.state[0] = seed >>> 0
  }

  /** The next unsigned 32-bit number. */
  next(): number {
    let t = (this.state[0]! + 0x6d2b79f5) >>> 0
    this.state[0] = t
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
}
