/** What the cores ask of the tiles around them. */
import type { FlatMemory } from '../../sim/memory.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'

/** The banks of the data memories, as far as others than the core at work use them too. */
export interface CorePorts {
  /**
   * Banks of core `core`'s memory, as bits, that others may use while it runs ahead to the horizon
   * it was just given; 0 when nobody does.
   */
  contested(core: number): number
  /**
   * Serves `count` accesses to the memory of core `core`, whose banks are `banks[first …]`, for a
   * bundle of the core that begins at `tick`. Returns the cycles it loses; `denied` are banks, as
   * bits, at which it does.
   */
  readonly denied: number
  serve(core: number, tick: Tick, banks: Int32Array, first: number, count: number): number
  /** Remembers what `serve` of own accesses changes, and takes back what it did since then. */
  save(core: number): void
  restore(core: number): void
  /** A bundle of `core` lost `lost` cycles from `tick` on at these banks of core `owner`'s memory. */
  lost(core: number, owner: number, tick: Tick, lost: number, banks: number): void
}

/** Where a core's load, store or lock request leads. Cores are numbered column by column, bottom row first. */
export interface CoreSurroundings {
  /** All cores' data memories, core after core (`dmBytes` each). */
  readonly dm: FlatMemory
  /** Left out where no bank has other users than one core. */
  readonly ports?: CorePorts
  /** The core whose memory and locks core `core` sees in window `direction` (0 south, 1 west, 2 north, 3 own), or -1. */
  neighbour(core: number, direction: number): number
  /**
   * Takes `amount` from lock `lock` (0…15) of core tile `owner` for the core of `slot`, or changes nothing and runs the
   * slot again when it is worth asking anew. `equal`: only at exactly that value.
   */
  acquire(owner: number, lock: number, amount: number, equal: boolean, slot: Slot): boolean
  /** The core of `slot` gives `amount` to a lock of core tile `owner`; never blocks. */
  release(owner: number, lock: number, amount: number, slot: Slot): void
  /** The core of `slot` waits for no lock any more. */
  cancelWait(slot: Slot): void
  /**
   * The last tick at which core `core` may start a bundle now without anybody else being able to notice: nobody who
   * shares memory with it acts before (slots of equal ticks run in slot order).
   */
  horizon(core: number): Tick
}
