/** What the cores ask of the tiles around them. */
import type { FlatMemory } from '../../sim/memory.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import type { HwEvent } from '../hw-events/vocabulary.ts'

/** Where a core's load, store or lock request leads. Cores are numbered column by column, bottom row first. */
export interface CoreSurroundings {
  /** All cores' data memories, core after core (`dmBytes` each). */
  readonly dm: FlatMemory
  /** The core whose memory and locks core `core` sees in window `direction` (0 south, 1 west, 2 north, 3 own), or -1. */
  neighbour(core: number, direction: number): number
  /** Takes `amount` from lock `lock` (0…15) of core tile `owner`, or changes nothing. `equal`: only at exactly that value. */
  acquire(owner: number, lock: number, amount: number, equal: boolean): boolean
  /** Gives `amount` to a lock of core tile `owner`; never blocks. */
  release(owner: number, lock: number, amount: number): void
  /** Wakes `slot` one tick after the next change of that lock. One wait per slot; a new one replaces it. */
  waitForLock(owner: number, lock: number, slot: Slot): void
  /**
   * The last tick at which core `core` may start a bundle now without anybody else being able to notice: nobody who
   * shares memory with it acts before (slots of equal ticks run in slot order).
   */
  horizon(core: number): Tick
  /** An event of the core's tile at this tick; `index` says which of several. */
  pulse(core: number, event: HwEvent, index: number): void
  /** An event of the core's tile begins or ends at this tick. */
  level(core: number, event: HwEvent, on: boolean): void
}
