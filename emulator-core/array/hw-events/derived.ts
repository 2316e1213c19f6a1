/**
 * Derived events: combinations, groups and edges, computed from the other events of the same cycle.
 *
 * Combos, then groups, then edges; a second round lets them see each other once more.
 */
import { EventRegister } from '../../device/registers/events.ts'
import { isOn } from './counters.ts'
import type { EventUnits } from './units.ts'

/** Switches an event on in a vector of event words. */
export function turnOn(vector: Uint32Array, event: number): void {
  vector[event >> 5]! |= 1 << (event & 31)
}

const rounds = 2

export class Derived {
  private readonly units: EventUnits
  /** Combo `i` of each unit and edge `i` begin at these numbers. */
  private readonly firstCombo: Int32Array
  private readonly firstEdge: Int32Array

  constructor(units: EventUnits) {
    this.units = units
    this.firstCombo = Int32Array.from(units.modules, (m) => m.runs['combo']![0])
    this.firstEdge = Int32Array.from(units.modules, (m) => m.runs['edge']![0])
  }

  /**
   * Adds the derived events to `vector`; `before` holds the events of the cycle before, from word
   * `at` on. True when an edge fired, which lasts one cycle.
   */
  add(u: number, vector: Uint32Array, before: Uint32Array, at: number): boolean {
    let pulsed = false
    for (let round = 0; round < rounds; round++) {
      this.combos(u, vector)
      this.groups(u, vector)
      if (this.edges(u, vector, before, at)) pulsed = true
    }
    return pulsed
  }

  private combos(u: number, vector: Uint32Array): void {
    const { units } = this
    const quads = units.modules[u]!.combos >> 2
    for (let q = 0; q < quads; q++) {
      const control = units.read(u, EventRegister.comboControl, q)
      if (control === 0 && units.read(u, EventRegister.comboInputs, q) === 0) continue
      const a = isOn(vector, units.event(u, EventRegister.comboInputs, 4 * q))
      const b = isOn(vector, units.event(u, EventRegister.comboInputs, 4 * q + 1))
      const c = isOn(vector, units.event(u, EventRegister.comboInputs, 4 * q + 2))
      const d = isOn(vector, units.event(u, EventRegister.comboInputs, 4 * q + 3))
      const first = combine(control & 3, a, b)
      const second = combine((control >>> 8) & 3, c, d)
      const number = this.firstCombo[u]! + 4 * q
      if (first) turnOn(vector, number)
      if (second) turnOn(vector, number + 1)
      if (combine((control >>> 16) & 3, first, second)) turnOn(vector, number + 2)
    }
  }

  private groups(u: number, vector: Uint32Array): void {
    const { groups } = this.units.modules[u]!
    for (let g = groups.length - 1; g >= 0; g--) {
      const group = groups[g]!
      const enabled = this.units.read(u, EventRegister.group, group.register)
      if ((members(vector, group.first) & enabled) !== 0) turnOn(vector, group.event)
    }
  }

  private edges(u: number, vector: Uint32Array, before: Uint32Array, at: number): boolean {
    const { units } = this
    const count = units.modules[u]!.edges
    let pulsed = false
    for (let e = 0; e < count; e++) {
      const half = units.read(u, EventRegister.edges, e >> 1) >>> ((e & 1) * 16)
      if ((half & 0x600) === 0) continue
      const event = half & units.mask(u)
      const was = event !== 0 && ((before[at + (event >> 5)]! >>> (event & 31)) & 1) !== 0
      const is = isOn(vector, event)
      if (was === is || (half & (is ? 0x200 : 0x400)) === 0) continue
      turnOn(vector, this.firstEdge[u]! + e)
      pulsed = true
    }
    return pulsed
  }
}

/** The 32 events from `first` on, as a word. */
function members(vector: Uint32Array, first: number): number {
  const shift = first & 31
  const low = vector[first >> 5]! >>> shift
  return shift === 0 ? low : low | (vector[(first >> 5) + 1]! << (32 - shift))
}

function combine(operation: number, a: boolean, b: boolean): boolean {
  switch (operation) {
    case 0:
      return a && b
    case 1:
      return a && !b
    case 2:
      return a || b
    default:
      return a || !b
  }
}
