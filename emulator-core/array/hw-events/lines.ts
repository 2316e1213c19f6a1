/**
 * Event lines: which events of each unit are on, which were, and which have been.
 *
 * Levels are on until they are told off; spans are levels that were announced with their end, of which several may hold
 * an event on at a time; pulses last the open cycle. Status bits stay until somebody clears them.
 */
import { EventRegister } from '../../device/registers/events.ts'
import type { Sim } from '../../sim/sim.ts'
import type { EventUnits } from './units.ts'
import { vectorWords } from './watch.ts'

export const eventsPerUnit = 256

export class Lines {
  /** The events of the cycle looked at last, `vectorWords` words a unit. */
  readonly before: Uint32Array
  private readonly sticky: Uint32Array
  private readonly levels: Uint32Array
  private readonly spans: Uint32Array
  private readonly pulses: Uint32Array
  private readonly spanCount: Uint8Array
  /** Per unit and event: a bit for each group it belongs to. */
  private readonly groupBits: Uint16Array
  private readonly units: EventUnits

  constructor(sim: Sim, units: EventUnits) {
    this.units = units
    const words = units.count * vectorWords
    this.sticky = sim.state.u32('array.event.sticky', words)
    this.levels = sim.state.u32('array.event.levels', words)
    this.spans = sim.state.u32('array.event.spans', words)
    this.pulses = sim.state.u32('array.event.pulses', words)
    this.before = sim.state.u32('array.event.before', words)
    this.spanCount = sim.state.u8('array.event.spanCount', units.count * eventsPerUnit)
    this.groupBits = groupTable(units)
    for (let u = 0; u < units.count; u++) this.start(u)
  }

  /** Word `word` of the status. */
  status(u: number, word: number): number {
    const at = u * vectorWords + word
    return (this.sticky[at]! | this.levels[at]! | this.spans[at]!) >>> 0
  }

  /** Clears the status bits that are set in `bits`. */
  clear(u: number, word: number, bits: number): void {
    this.sticky[u * vectorWords + word]! &= ~bits
  }

  /** Forgets pulses and status; levels are their parts' to end. */
  reset(u: number): void {
    const from = u * vectorWords
    this.sticky.fill(0, from, from + vectorWords)
    this.pulses.fill(0, from, from + vectorWords)
    this.before.fill(0, from, from + vectorWords)
  }

  /** Sets the status bits of an event and of the groups that it is enabled in. */
  stick(u: number, number: number): void {
    const at = u * vectorWords
    this.sticky[at + (number >> 5)]! |= 1 << (number & 31)
    let bits = this.groupBits[u * eventsPerUnit + number]!
    const { groups } = this.units.modules[u]!
    for (let g = 0; bits !== 0; g++, bits >>>= 1) {
      if ((bits & 1) === 0) continue
      const group = groups[g]!
      const enabled = this.units.read(u, EventRegister.group, group.register)
      if (((enabled >>> (number - group.first)) & 1) !== 0)
        this.sticky[at + (group.event >> 5)]! |= 1 << (group.event & 31)
    }
  }

  /** An event of the open cycle. */
  pulse(u: number, number: number): void {
    this.pulses[u * vectorWords + (number >> 5)]! |= 1 << (number & 31)
  }

  isLevel(u: number, number: number): boolean {
    return ((this.levels[u * vectorWords + (number >> 5)]! >>> (number & 31)) & 1) !== 0
  }

  setLevel(u: number, number: number, on: boolean): void {
    const at = u * vectorWords + (number >> 5)
    if (on) this.levels[at]! |= 1 << (number & 31)
    else this.levels[at]! &= ~(1 << (number & 31))
  }

  /** One of the spans of an event begins or ends. */
  spanEdge(u: number, number: number, begins: boolean): void {
    const count = (this.spanCount[u * eventsPerUnit + number]! += begins ? 1 : -1)
    const at = u * vectorWords + (number >> 5)
    if (count === 0) this.spans[at]! &= ~(1 << (number & 31))
    else this.spans[at]! |= 1 << (number & 31)
  }

  /** Fills `vector` with what is on in the open cycle and ends its pulses; true when there were any. */
  gather(u: number, vector: Uint32Array): boolean {
    const at = u * vectorWords
    let pulsed = false
    for (let i = 0; i < vectorWords; i++) {
      const pulses = this.pulses[at + i]!
      if (pulses !== 0) pulsed = true
      vector[i] = this.levels[at + i]! | this.spans[at + i]! | pulses
      this.pulses[at + i] = 0
    }
    return pulsed
  }

  /** Keeps the events of a cycle as status and for the next look. */
  keep(u: number, vector: Uint32Array): void {
    const at = u * vectorWords
    for (let i = 0; i < vectorWords; i++) {
      this.sticky[at + i]! |= vector[i]!
      this.before[at + i] = vector[i]!
    }
  }

  /** What is on from the beginning: the event that always is, and cores that are not enabled. */
  private start(u: number): void {
    this.levels[u * vectorWords]! |= 2
    const disabled = this.units.modules[u]!.runs['coreDisabled']
    if (disabled) this.setLevel(u, disabled[0], true)
  }
}

function groupTable(units: EventUnits): Uint16Array {
  const table = new Uint16Array(units.count * eventsPerUnit)
  units.modules.forEach((module, u) =>
    module.groups.forEach(({ first, count }, g) => {
      for (let m = 0; m < count; m++) table[u * eventsPerUnit + first + m]! |= 1 << g
    }),
  )
  return table
}
