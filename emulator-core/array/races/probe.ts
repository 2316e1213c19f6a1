/**
 * Probe: what the parts of the array tell a race detector while one looks. Nobody looks most of the
 * time; then there is no probe, and each of these places asks only that.
 */

export interface Probe {
  /** Whoever runs now took units of a lock; `isEqual`: at exactly this value. */
  acquired(lock: number, amount: number, isEqual: boolean): void
  /** Whoever runs now gave to a lock, set it or looked at its value. */
  released(lock: number, amount: number): void
  setLock(lock: number, value: number): void
  sawLock(lock: number): void
  /** A task was put into the queue of a channel, became its present one, or all were dropped. */
  pushed(channel: number): void
  begun(channel: number): void
  flushed(channel: number): void
  /** A source is about to send words, behind `position` words that it has sent. */
  posted(source: number, position: number, byHops: boolean): void
  /** A sink is about to take words of a ring up to a position; `byHops`: of the network. */
  heard(ring: number, position: number, byHops: boolean): void
  /** A core put a value into the cascade towards `to` (−1 nowhere yet), or took one. */
  cascadePut(to: number): void
  cascadeTaken(core: number): void
  /** Whoever runs now lets a core go on. */
  started(core: number): void
  /** Whoever runs now has read the status of a channel or of a core. */
  sawChannel(channel: number): void
  sawCore(core: number): void
  /** A bundle of a core begins; then its accesses, by byte in the memories of all cores. */
  bundle(core: number): void
  touched(core: number, at: number, bytes: number, isStore: boolean): void
  /** A channel is about to move words; then, that it moved so many words of memory. */
  moves(channel: number): void
  moved(channel: number, words: number): void
  /** The register bus read or wrote a word of a core's or a mem tile's memory. */
  accessed(isCore: boolean, at: number, isStore: boolean): void
}

/** Where the parts find the probe. A setting, not state. */
export interface Lens {
  probe: Probe | undefined
}

/** A lens that nobody looks through. */
export function closedLens(): Lens {
  return { probe: undefined }
}
