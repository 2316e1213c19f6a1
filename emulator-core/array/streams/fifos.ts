/**
 * Fifos: the beats that wait at each slave port of the hop-level network.
 *
 * A beat is up to a port's width of words that move together. An entry holds the tick from which it
 * may move on (its low 32 bits), how many words it has, how many of them are gone, and whether its
 * last word carries TLAST.
 */
import type { FlatMemory } from '../../sim/memory.ts'
import { pageBytes } from '../../sim/memory.ts'
import type { Sim } from '../../sim/sim.ts'

/** Words of an entry before its data. */
const prefix = 2
const lastFlag = 1 << 16
const countMask = 0xff
const goneShift = 8

export class Fifos {
  readonly count: number
  /** Entries that a port holds, and how many fit. */
  readonly length: Uint8Array
  readonly capacity: Uint8Array
  /** Entries that a branch of a multicast may hold besides. */
  readonly extra: Uint8Array
  /** Words of a beat at each port. */
  readonly beat: Uint8Array
  private readonly head: Uint8Array
  private readonly memory: FlatMemory
  private readonly base: Int32Array

  constructor(sim: Sim, capacity: Uint8Array, extra: Uint8Array, beat: Uint8Array) {
    this.count = capacity.length
    this.capacity = capacity
    this.extra = extra
    this.beat = beat
    this.length = sim.state.u8('array.net.length', this.count)
    this.head = sim.state.u8('array.net.head', this.count)
    this.base = new Int32Array(this.count)
    let words = 0
    for (let port = 0; port < this.count; port++) {
      this.base[port] = words
      words += (capacity[port]! + extra[port]!) * (beat[port]! + prefix)
    }
    this.memory = sim.flatMemory('array.net.fifo', Math.ceil((words * 4) / pageBytes) * pageBytes)
  }

  /** Is there room for one more beat? `isBranch`: it comes by a multicast. */
  hasRoom(port: number, isBranch = false): boolean {
    return this.length[port]! < this.capacity[port]! + (isBranch ? this.extra[port]! : 0)
  }

  /** Ticks until the head entry may move; 0 or less when it may. */
  wait(port: number, now: number): number {
    return (this.memory.i32[this.entry(port, 0)]! - now) | 0
  }

  /** Holds the head entry back until `tick`. */
  delay(port: number, tick: number): void {
    this.store(this.entry(port, 0), tick | 0)
  }

  /** Words of the head entry that are still there. */
  words(port: number): number {
    const meta = this.memory.i32[this.entry(port, 0) + 1]!
    return (meta & countMask) - ((meta >> goneShift) & countMask)
  }

  isLast(port: number): boolean {
    return (this.memory.i32[this.entry(port, 0) + 1]! & lastFlag) !== 0
  }

  /** Place in `data` of the first word of the head entry that is still there. */
  place(port: number): number {
    const at = this.entry(port, 0)
    return at + prefix + ((this.memory.i32[at + 1]! >> goneShift) & countMask)
  }

  get data(): Int32Array {
    return this.memory.i32
  }

  /** Puts a beat of `count` words behind what is there; it may move on from `tick`. */
  push(
    port: number,
    tick: number,
    from: Int32Array,
    at: number,
    count: number,
    isLast: boolean,
  ): void {
    const entry = this.entry(port, this.length[port]!)
    const { i32 } = this.memory
    i32[entry] = tick | 0
    i32[entry + 1] = count | (isLast ? lastFlag : 0)
    for (let i = 0; i < count; i++) i32[entry + prefix + i] = from[at + i]!
    this.memory.mark(entry * 4, (entry + prefix + count) * 4)
    this.length[port]!++
  }

  /** Takes `count` words from the head entry; true when that was its rest. */
  take(port: number, count: number): boolean {
    const at = this.entry(port, 0)
    const meta = this.memory.i32[at + 1]!
    const gone = ((meta >> goneShift) & countMask) + count
    if (gone < (meta & countMask)) {
      this.store(at + 1, (meta & (lastFlag | countMask)) | (gone << goneShift))
      return false
    }
    this.head[port] = (this.head[port]! + 1) % (this.capacity[port]! + this.extra[port]!)
    this.length[port]!--
    return true
  }

  /** Words that a port holds in all. */
  held(port: number): number {
    let words = 0
    for (let i = 0; i < this.length[port]!; i++) {
      const meta = this.memory.i32[this.entry(port, i) + 1]!
      words += (meta & countMask) - ((meta >> goneShift) & countMask)
    }
    return words
  }

  /** Forgets what a port holds. */
  clear(port: number): void {
    this.length[port] = 0
  }

  /** After a long sleep, lets every entry move: ticks are kept in 32 bits only. */
  age(now: number): void {
    for (let port = 0; port < this.count; port++) {
      for (let i = 0; i < this.length[port]!; i++) this.store(this.entry(port, i), now | 0)
    }
  }

  private entry(port: number, i: number): number {
    const slot = (this.head[port]! + i) % (this.capacity[port]! + this.extra[port]!)
    return this.base[port]! + slot * (this.beat[port]! + prefix)
  }

  private store(at: number, value: number): void {
    this.memory.i32[at] = value
    this.memory.mark(at * 4, at * 4 + 4)
  }
}
