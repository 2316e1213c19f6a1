/** What the cores ask of the tiles around them. */
import type { FlatMemory } from '../../sim/memory.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import type { HwEventSink } from '../hw-events/vocabulary.ts'
import type { ArrayAccounts } from '../accounts.ts'
import type { Lens } from '../races/probe.ts'
import type { Stalls } from './stalls.ts'

/** How a core is watched, as bits: what others find out about it bundle by bundle. */
export const Watch = {
  /** Somebody listens to its instructions: every bundle is a turn of its own and reports itself. */
  instructions: 1,
  /** An event may start, stop, halt or reset it: nobody may count on when it acts. */
  actions: 2,
} as const

/** The banks of the data memories, as far as others than the core at work use them too. */
export interface CorePorts {
  /**
   * Banks of core `core`'s memory, as bits, that others may use while it runs ahead to the horizon
   * it was just given; 0 when nobody does.
   */
  contested(core: number): number
  /**
   * True when nobody else can come to a core's own memory in the `count` cycles from `tick` on, as
   * far as other cores go. `known`: the last cycle of which everybody's accesses are known.
   */
  isAlone(core: number, tick: Tick, count: number, known: Tick): boolean
  /** A bundle that begins at `tick` uses these banks of its core's memory; nobody was asked. */
  wasAlone(core: number, tick: Tick, banks: number): void
  /**
   * Serves `count` accesses to the memory of core `core`, whose banks are `banks[first …]`, for a
   * bundle of the core that begins at `tick`. Returns the cycles it loses, or −1 when that is not
   * known after cycle `known`; then they stay asked for.
   */
  serve(
    core: number,
    tick: Tick,
    banks: Int32Array,
    first: number,
    count: number,
    known: Tick,
  ): number
  /** Asks for banks of core `owner`'s memory for a bundle of `core` that begins at `tick`. */
  reach(core: number, owner: number, tick: Tick, banks: number): void
  /** True when all that a core has asked for is served by the end of cycle `to`. */
  isServed(core: number, to: Tick): boolean
  /** The tick at which a core that waits for banks may look again. */
  again(core: number): Tick
  /** Was a core that has asked denied banks of the memory of core `owner`? */
  wasDenied(core: number, owner: number): boolean
  /** Says in which cycle the last access of a core was served, and forgets them all. */
  finish(core: number): Tick
  /** Forgets what a core has asked for. */
  drop(core: number): void
  /** Remembers what `serve` of own accesses changes, and takes back what it did since then. */
  save(core: number): void
  restore(core: number): void
  /** Reports the cycles that `serve` and `isServed` have found lost. */
  flush(): void
  /** A bundle of `core` lost `lost` cycles from `tick` on at these banks of core `owner`'s memory. */
  lost(core: number, owner: number, tick: Tick, lost: number, banks: number): void
}

/** Where a core's load, store or lock request leads. Cores are numbered column by column, bottom row first. */
export interface CoreSurroundings {
  /** All cores' data memories, core after core (`dmBytes` each). */
  readonly dm: FlatMemory
  /** The core whose memory and locks core `core` sees in window `direction` (0 south, 1 west, 2 north, 3 own), or -1. */
  neighbour(core: number, direction: number): number
  /**
   * Takes `amount` from lock `lock` (0…15) of core tile `owner` for the core of `slot`, or changes nothing and runs the
   * slot again when it is worth asking anew. `equal`: only at exactly that value.
   */
  acquire(owner: number, lock: number, amount: number, equal: boolean, slot: Slot): boolean
  /** The core of `slot` gives `amount` to a lock of core tile `owner`; never blocks. */
  release(owner: number, lock: number, amount: number, slot: Slot): void
  /** Forgets whatever `core` waits for: locks, streams, cascade. */
  forgetWaits?(core: number): void
  /**
   * The last tick at which core `core` may start a bundle now without anybody else being able to notice: nobody who
   * shares memory with it acts before (slots of equal ticks run in slot order).
   */
  horizon(core: number): Tick
  /** Left out where no bank has other users than one core. */
  readonly memoryPorts?: CorePorts
  /** Bits of `Watch` per core; a setting of the event units, not state. */
  readonly watched?: Uint8Array
  /** Who waits at ports, shared with those who must know. */
  readonly stalls?: Stalls
  /** Where it is kept what their time went into. */
  readonly accounts?: ArrayAccounts
  /** Where a race detector is found while one looks. */
  readonly lens?: Lens
  /** Without streams, a cascade or a bus their operations find nobody: they wait for ever, or do nothing. */
  readonly streams?: CoreStreams
  readonly cascade?: CascadeEnds
  readonly bus?: TileBus
  /** Here the cores say which of them may write registers through the bus: 1 per core that may. */
  readonly writers?: Uint8Array
  /** The event units; nobody listens without them. */
  readonly events?: HwEventSink
  /** Number over the array of the tile of a core, as the event units count. */
  tileOf?(core: number): number
  /** Tells people something worth knowing about a core. */
  note?(core: number, code: number, detail: number): void
}

/** The stream switch as cores see it. */
export interface CoreStreams {
  readonly ends: StreamEnds
  /** Number of the first source and sink of core 0; cores and their ports follow. */
  readonly first: number
  /** Stream ports of one core. */
  readonly inputs: number
  readonly outputs: number
}

/** What `Streams` offers to whoever sends and receives words. */
export interface StreamEnds {
  readonly fifo: FlatMemory
  readonly lastFlags: FlatMemory
  readonly ringWords: number
  readonly written: Float64Array
  room(source: number): number
  ringOf(source: number): number
  post(source: number, count: number, isLast: boolean): number
  arrived(sink: number): number
  nextArrival(sink: number, wanted: number): Tick
  untilLast(sink: number): number
  readAt(sink: number): number
  consume(sink: number, count: number): void
  commit(sink: number, count: number): void
  waitForRoom(source: number): void
  waitForWords(sink: number): void
}

/** The cascade as cores see it. */
export interface CascadeEnds {
  send(core: number, source: Int32Array, at: number): boolean
  take(core: number, target: Int32Array, at: number): boolean
  waitForValue(core: number): void
  waitForRoom(core: number): void
  reset(core: number): void
}

/** The registers of a core's own tile, reached by its processor bus. */
export interface TileBus {
  read(core: number, offset: number): number
  write(core: number, offset: number, value: number): void
  /** Is there a register or memory at this offset of the core's tile? */
  has(core: number, offset: number): boolean
}
