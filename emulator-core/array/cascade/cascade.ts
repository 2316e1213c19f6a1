/**
 * Cascade: 512-bit links on which a core hands values to the core south or east of it.
 *
 *     core ── put ──▶ [ sender's FIFO ] ── one per cycle ──▶ [ receiver's FIFO ] ── get ──▶ core
 *                          two deep                               two deep
 *     bus ── Accumulator_Control ──▶ which links exist
 *
 * A value's moves are decided as soon as they are certain and carry their ticks, so that no slot of
 * its own is needed: a put, a get and a change of direction are the only instants at which anything
 * can be decided, and all of them happen at their exact tick.
 *
 * Faithful    width, depth, directions, stalls of put and get, four values in flight
 * Simplified  one cycle per FIFO is our figure; a changed direction leaves values where they are
 */
import { closedLens, type Lens } from '../races/probe.ts'
import type { Sim } from '../../sim/sim.ts'
import { never, type Slot, type Tick } from '../../sim/scheduler.ts'

/** Facts the links are built from. */
export interface CascadeFacts {
  /** Number of cores, and of cores in a column; columns from the west, rows from the south. */
  readonly count: number
  readonly rows: number
  /** Words of a value, values in a FIFO, cycles from one FIFO to the next. */
  readonly words: number
  readonly depth: number
  readonly stage: number
}

/** Accumulator_Control: where the input comes from (0 north, 1 west) and the output goes (0 south, 1 east). */
const inputBit = 1
const outputBit = 2
const noSlot = -1

export class Cascade {
  /** Accumulator_Control of each core. */
  readonly control: Uint8Array
  /** Values ever put by a core and moved on; ever arrived at a core and taken by it. */
  private readonly put: Float64Array
  private readonly moved: Float64Array
  private readonly arrived: Float64Array
  private readonly taken: Float64Array
  /** Tick at which a value leaves the sender's FIFO, and from which on it can be taken. */
  private readonly leaves: Float64Array
  private readonly ready: Float64Array
  private readonly outgoing: Int32Array
  private readonly incoming: Int32Array
  /** Who waits for a value, and who for room, without knowing until when. */
  private readonly wantsValue: Uint8Array
  private readonly wantsRoom: Uint8Array
  private readonly slots: Int32Array
  private readonly sim: Sim
  private readonly facts: CascadeFacts
  private readonly lens: Lens

  constructor(sim: Sim, facts: CascadeFacts, lens: Lens = closedLens()) {
    this.lens = lens
    const { count, depth, words } = facts
    const { state } = sim
    this.sim = sim
    this.facts = facts
    const f64 = (name: string, length: number) => state.f64(`array.cascade.${name}`, length)
    this.control = state.u8('array.cascade.control', count)
    this.put = f64('put', count)
    this.moved = f64('moved', count)
    this.arrived = f64('arrived', count)
    this.taken = f64('taken', count)
    this.leaves = f64('leaves', count * depth)
    this.ready = f64('ready', count * depth)
    this.outgoing = state.i32('array.cascade.outgoing', count * depth * words)
    this.incoming = state.i32('array.cascade.incoming', count * depth * words)
    this.wantsValue = state.u8('array.cascade.wantsValue', count)
    this.wantsRoom = state.u8('array.cascade.wantsRoom', count)
    this.slots = new Int32Array(count).fill(noSlot)
  }

  /** Tells which slot acts for a core; part of building the array. */
  bind(core: number, slot: Slot): void {
    this.slots[core] = slot
  }

  /** The core that sends to `core`, or −1. */
  inputOf(core: number): number {
    const from = (this.control[core]! & inputBit) === 0 ? this.northOf(core) : this.westOf(core)
    return from >= 0 && this.targetOf(from) === core ? from : -1
  }

  /** The core to which `core` sends, or −1. */
  outputOf(core: number): number {
    const to = this.targetOf(core)
    return to >= 0 && this.inputOf(to) === core ? to : -1
  }

  /**
   * Writes Accumulator_Control. Gives the number of values that were under way on a link that ends
   * with it.
   */
  configure(core: number, value: number): number {
    const before = this.control[core]!
    const now = value & (inputBit | outputBit)
    const changed = before ^ now
    const cut =
      ((changed & inputBit) === 0 ? 0 : this.arrived[core]! - this.taken[core]!) +
      ((changed & outputBit) === 0 ? 0 : this.put[core]! - this.moved[core]!)
    this.control[core] = now
    this.transfer(core)
    this.transfer(this.inputOf(core))
    return cut
  }

  /** Empties both FIFOs of a core. */
  reset(core: number): void {
    const { depth } = this.facts
    this.put[core] = 0
    this.moved[core] = 0
    this.arrived[core] = 0
    this.taken[core] = 0
    this.leaves.fill(0, core * depth, (core + 1) * depth)
    this.ready.fill(0, core * depth, (core + 1) * depth)
    this.cancel(core)
    this.transfer(this.inputOf(core))
  }

  /** Puts the words at `source[at…]`; false when there is no room at this tick. */
  send(core: number, source: Int32Array, at: number): boolean {
    const { depth, words } = this.facts
    const number = this.put[core]!
    if (this.roomAt(core) > this.sim.schedule.now) return false
    const base = this.placeOf(core, number % depth)
    for (let i = 0; i < words; i++) this.outgoing[base + i] = source[at + i]!
    this.lens.probe?.cascadePut(this.outputOf(core))
    this.put[core] = number + 1
    this.transfer(core)
    return true
  }

  /** Takes the oldest value into `target[at…]`; false when none is ready at this tick. */
  take(core: number, target: Int32Array, at: number): boolean {
    const { depth, words } = this.facts
    const number = this.taken[core]!
    if (this.valueAt(core) > this.sim.schedule.now) return false
    this.lens.probe?.cascadeTaken(core)
    const base = this.placeOf(core, number % depth)
    for (let i = 0; i < words; i++) target[at + i] = this.incoming[base + i]!
    this.taken[core] = number + 1
    this.transfer(this.inputOf(core))
    return true
  }

  /** Makes the core's slot due when a value can be taken, as soon as that is known. */
  waitForValue(core: number): void {
    const tick = this.valueAt(core)
    if (tick === never) this.wantsValue[core] = 1
    else this.sim.schedule.at(this.slots[core]!, tick)
  }

  /** Makes the core's slot due when there is room, as soon as that is known. */
  waitForRoom(core: number): void {
    const tick = this.roomAt(core)
    if (tick === never) this.wantsRoom[core] = 1
    else this.sim.schedule.at(this.slots[core]!, tick)
  }

  /** Forgets what a core waits for. */
  cancel(core: number): void {
    this.wantsValue[core] = 0
    this.wantsRoom[core] = 0
  }

  /** Values in a core's own FIFO that have nowhere to go yet, and values that wait to be taken. */
  held(core: number): { readonly toSend: number; readonly toTake: number } {
    return {
      toSend: this.put[core]! - this.moved[core]!,
      toTake: this.arrived[core]! - this.taken[core]!,
    }
  }

  /** When the FIFO of a sender has room: a place is free once its last value has left. */
  private roomAt(core: number): Tick {
    const { depth } = this.facts
    const number = this.put[core]!
    if (number < depth) return 0
    return this.moved[core]! > number - depth
      ? this.leaves[core * depth + (number % depth)]!
      : never
  }

  private valueAt(core: number): Tick {
    const { depth } = this.facts
    const number = this.taken[core]!
    return this.arrived[core]! > number ? this.ready[core * depth + (number % depth)]! : never
  }

  /** Moves on what can move: one value per cycle, while the receiver has room. */
  private transfer(from: number): void {
    if (from < 0) return
    const to = this.outputOf(from)
    if (to < 0) return
    const { depth, words, stage } = this.facts
    while (this.moved[from]! < this.put[from]! && this.arrived[to]! - this.taken[to]! < depth) {
      const source = this.moved[from]! % depth
      const target = this.arrived[to]! % depth
      const tick = this.nextMove(from, to)
      const a = this.placeOf(from, source)
      const b = this.placeOf(to, target)
      for (let i = 0; i < words; i++) this.incoming[b + i] = this.outgoing[a + i]!
      this.leaves[from * depth + source] = tick
      this.ready[to * depth + target] = tick + stage
      this.moved[from]!++
      this.arrived[to]!++
      if (this.wantsRoom[from] !== 0) this.wake(this.wantsRoom, from, tick)
      if (this.wantsValue[to] !== 0) this.wake(this.wantsValue, to, tick + stage)
    }
  }

  private nextMove(from: number, to: number): Tick {
    const { depth, stage } = this.facts
    let tick = this.sim.schedule.now + stage
    if (this.moved[from]! > 0) {
      const last = this.leaves[from * depth + ((this.moved[from]! - 1) % depth)]!
      if (last >= tick) tick = last + 1
    }
    if (this.arrived[to]! > 0) {
      const last = this.ready[to * depth + ((this.arrived[to]! - 1) % depth)]! - stage
      if (last >= tick) tick = last + 1
    }
    return tick
  }

  private wake(wants: Uint8Array, core: number, tick: Tick): void {
    wants[core] = 0
    this.sim.schedule.at(this.slots[core]!, tick)
  }

  private placeOf(core: number, place: number): number {
    return (core * this.facts.depth + place) * this.facts.words
  }

  private targetOf(core: number): number {
    return (this.control[core]! & outputBit) === 0 ? this.southOf(core) : this.eastOf(core)
  }

  private southOf(core: number): number {
    return core % this.facts.rows === 0 ? -1 : core - 1
  }

  private northOf(core: number): number {
    return core % this.facts.rows === this.facts.rows - 1 ? -1 : core + 1
  }

  private westOf(core: number): number {
    return core < this.facts.rows ? -1 : core - this.facts.rows
  }

  private eastOf(core: number): number {
    return core + this.facts.rows < this.facts.count ? core + this.facts.rows : -1
  }
}
