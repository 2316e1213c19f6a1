/**
 * Broadcast: sixteen event channels that run from tile to tile, like wires along a column with branches along the rows.
 *
 *     unit ── own events ──▶ ┌────────┐ ── north, south, west, east ──▶ neighbours, some cycles later
 *     neighbours ──────────▶ │ switch │ ── received channels ─────────▶ unit, interrupt controllers
 *                            └────────┘
 *
 * What comes from below goes on north, what comes from above south, and both branch west and east; what comes from the
 * side goes straight on. So a signal reaches a switch by one way only and loops cannot form.
 *
 * Faithful    forwarding rules, block registers, two coupled switches in core and mem tiles of the AIE2 family, no
 *             horizontal links in shim rows (measured on Phoenix)
 * Modelled    on AIE4 the switches of both application halves meet at the first core row
 */
import { columnOf, kindOfRow, rowCount } from '../../device/geometry.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { EventUnits } from './units.ts'

/** Sides of a switch; `internal` is where its own unit drives. */
export const Side = { south: 0, west: 1, north: 2, east: 3, internal: 4 } as const
const sides = 4
const inputs = 5
const linksPerSide = 2

/** Who carries a changed output to its neighbour later: target switch and side, and the channels that are on. */
export type Carry = (tick: Tick, where: number, channels: number) => void

export class Broadcast {
  /** First switch of each unit. */
  readonly first: Int32Array
  readonly unitOf: Int32Array
  private readonly input: Uint16Array
  private readonly output: Uint16Array
  private readonly block: Uint16Array
  /** Target switch · 4 + side of each link, −1 for none, and its delay. */
  private readonly link: Int32Array
  private readonly delay: Int32Array
  private readonly units: EventUnits
  private readonly carry: Carry

  constructor(sim: Sim, device: Device, units: EventUnits, carry: Carry) {
    this.units = units
    this.carry = carry
    this.first = new Int32Array(units.count + 1)
    const unitOf: number[] = []
    units.modules.forEach((module, u) => {
      for (let i = 0; i < module.switches; i++) unitOf.push(u)
      this.first[u + 1] = unitOf.length
    })
    this.unitOf = Int32Array.from(unitOf)
    const n = unitOf.length
    this.input = sim.state.u16('array.broadcast.input', n * inputs)
    this.output = sim.state.u16('array.broadcast.output', n * sides)
    this.block = sim.state.u16('array.broadcast.block', n * sides)
    this.link = new Int32Array(n * sides * linksPerSide).fill(-1)
    this.delay = new Int32Array(n * sides * linksPerSide)
    this.wire(device)
  }

  /**
   * Channels that reach a unit from other switches. A unit with two hears the first: what comes by
   * the second passes the first too, or is the echo of it.
   */
  received(u: number): number {
    return this.arriving(this.first[u]!)
  }

  /** Channels that reach a switch from its neighbours. */
  arriving(s: number): number {
    const at = s * inputs
    const { input } = this
    return input[at]! | input[at + 1]! | input[at + 2]! | input[at + 3]!
  }

  /** Channels that the unit of a switch drives. */
  driven(s: number): number {
    return this.input[s * inputs + Side.internal]!
  }

  /** A unit drives these channels from `tick` on. */
  drive(u: number, channels: number, tick: Tick): void {
    this.arrive(this.first[u]!, Side.internal, channels, tick)
  }

  /** The channels that are on at a side of a switch change at `tick`. */
  arrive(s: number, side: number, channels: number, tick: Tick): void {
    if (this.input[s * inputs + side] === channels) return
    this.input[s * inputs + side] = channels
    this.forward(s, tick)
  }

  /** Block bits of a side, as the value register shows them. */
  blocked(s: number, side: number): number {
    return this.block[s * sides + side]!
  }

  /** Sets the block bits of a side; what flows already is cut at `tick`. */
  setBlocked(s: number, side: number, channels: number, tick: Tick): void {
    this.block[s * sides + side] = channels
    this.forward(s, tick)
  }

  /** Puts the switches of a unit into their reset state; what was on ends at `tick`. */
  reset(u: number, tick: Tick): void {
    for (let s = this.first[u]!; s < this.first[u + 1]!; s++) {
      for (let side = 0; side < sides; side++) this.block[s * sides + side] = 0
      this.input[s * inputs + Side.internal] = 0
      this.forward(s, tick)
    }
  }

  private forward(s: number, tick: Tick): void {
    const at = s * inputs
    const south = this.input[at]!
    const west = this.input[at + 1]!
    const north = this.input[at + 2]!
    const east = this.input[at + 3]!
    const own = this.input[at + 4]!
    this.send(s, Side.south, own | north, tick)
    this.send(s, Side.west, own | south | north | east, tick)
    this.send(s, Side.north, own | south, tick)
    this.send(s, Side.east, own | south | north | west, tick)
  }

  private send(s: number, side: number, wanted: number, tick: Tick): void {
    const at = s * sides + side
    const channels = wanted & ~this.block[at]! & 0xffff
    if (this.output[at] === channels) return
    this.output[at] = channels
    for (let l = at * linksPerSide; l < (at + 1) * linksPerSide; l++)
      if (this.link[l]! >= 0) this.carry(tick + this.delay[l]!, this.link[l]!, channels)
  }

  private connect(s: number, side: number, target: number, cycles: number): void {
    const at = (s * sides + side) * linksPerSide
    const l = this.link[at]! < 0 ? at : at + 1
    this.link[l] = target * sides + ((side + 2) % sides)
    this.delay[l] = cycles
  }

  /** Joins neighbours, both ways. */
  private wire(device: Device): void {
    const { units } = this
    const { broadcastVertical, broadcastHorizontal } = device.timing
    const rows = rowCount(device)
    for (let tile = 0; tile < units.first.length - 1; tile++) {
      const mine = this.switchesOf(tile)
      const row = tile % rows
      if (row + 1 < rows) this.wireUp(mine, this.switchesOf(tile + 1), broadcastVertical)
      if (kindOfRow(device, row) === TileKind.shim) continue
      const east = columnOf(device, tile) + 1 < device.columns ? this.switchesOf(tile + rows) : []
      if (device.generation === 'aie4') {
        mine.forEach((s, i) => this.both(s, Side.east, east[i], 2 * broadcastHorizontal))
      } else {
        this.both(mine[0]!, Side.east, mine[1], broadcastHorizontal)
        this.both(mine[1]!, Side.east, east[0], broadcastHorizontal)
      }
    }
  }

  /** Switches of a tile, west to east: A or core first. */
  private switchesOf(tile: number): number[] {
    const from = this.first[this.units.first[tile]!]!
    const to = this.first[this.units.first[tile + 1]!]!
    return Array.from({ length: to - from }, (_, i) => from + i)
  }

  private wireUp(below: readonly number[], above: readonly number[], cycles: number): void {
    if (below.length === above.length)
      below.forEach((s, i) => this.both(s, Side.north, above[i], cycles))
    else below.forEach((s) => this.both(s, Side.north, above[0], cycles))
  }

  private both(s: number, side: number, other: number | undefined, cycles: number): void {
    if (other === undefined) return
    this.connect(s, side, other, cycles)
    this.connect(other, (side + 2) % sides, s, cycles)
  }
}
