/** Stalls: which core waits at a stream port or at the cascade, for everybody who must know. */
import type { StateArena } from '../../sim/arena.ts'

/** What a core waits for besides locks. */
export const Stall = { none: 0, streamIn: 1, streamOut: 2, cascadeIn: 3, cascadeOut: 4 } as const

export class Stalls {
  /** One of `Stall` per core. */
  readonly kind: Uint8Array
  /** Stream port, and the words it waits for. */
  readonly port: Int32Array
  readonly words: Int32Array
  /** Words of a wide put that are on their way already. */
  readonly sent: Int32Array

  constructor(state: StateArena, cores: number) {
    this.kind = state.u8('array.core.stall.kind', cores)
    this.port = state.i32('array.core.stall.port', cores)
    this.words = state.i32('array.core.stall.words', cores)
    this.sent = state.i32('array.core.stall.sent', cores)
  }
}
