/**
 * Memories: the data memories of all tiles, and the windows through which neighbours see them.
 *
 *     core, DMA channel ── views, mark ──▶ ┌──────────┐
 *     register bus ── read32, write32 ───▶ │ Memories │  tile after tile in two flat memories
 *                                          └──────────┘
 *
 * Faithful    sizes, windows of cores and mem-tile DMA, isolation between neighbouring tiles
 * Simplified  clearing a memory takes effect at once, only its busy bit takes time; whoever reaches
 *             over several mem tiles is stopped by any closed side on the way
 */
import { coreCount, coreIndex, firstCoreRow, kindOfRow, rowCount } from '../../device/geometry.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import type { Sim } from '../../sim/sim.ts'

/** Directions as core windows and isolation bits count them. */
export const Direction = { south: 0, west: 1, north: 2, own: 3, east: 3 } as const

const directions = 4

export class Memories {
  /** Data memories of all cores, in the order of core numbers. */
  readonly coreDm: FlatMemory
  /** Data memories of all mem tiles, row by row, column after column. */
  readonly memDm: FlatMemory
  private readonly device: Device
  /** Isolation bits of every tile: side south 0, west 1, north 2, east 3. */
  private readonly isolation: Uint8Array
  /** Core seen by core `c` in direction `d` at `4·c + d`, or −1. A cache of the isolation bits. */
  private readonly seen: Int32Array
  /** Cores that see the memory of core `c`, itself included, at `4·c …`, −1 for none. */
  private readonly seers: Int32Array
  private fresh = false

  constructor(sim: Sim, device: Device) {
    this.device = device
    this.coreDm = sim.flatMemory('array.core.dm', coreCount(device) * device.core.dmBytes)
    this.memDm = sim.flatMemory(
      'array.mem.dm',
      device.columns * device.rows.mem * device.mem.dmBytes,
    )
    this.isolation = sim.state.u8('array.tile.isolation', device.columns * rowCount(device))
    this.seen = new Int32Array(coreCount(device) * directions)
    this.seers = new Int32Array(coreCount(device) * directions)
  }

  /** First byte in `memDm` of the mem tile at a column and logical row. */
  memBase(column: number, row: number): number {
    return ((row - this.device.rows.shim) * this.device.columns + column) * this.device.mem.dmBytes
  }

  /** Sets the isolation bits of a tile. */
  isolate(tile: number, bits: number): void {
    this.isolation[tile] = bits & 0xf
    this.fresh = false
  }

  isolationOf(tile: number): number {
    return this.isolation[tile]!
  }

  /** The core whose memory and locks core `core` sees in window `direction` (3 = own), or −1. */
  neighbour(core: number, direction: number): number {
    if (!this.fresh) this.refresh()
    return this.seen[core * directions + direction]!
  }

  /** The `i`-th (0…3) core that sees the memory and locks of core `core`, or −1. */
  seer(core: number, i: number): number {
    if (!this.fresh) this.refresh()
    return this.seers[core * directions + i]!
  }

  /** Forgets caches after the state was loaded. */
  rebuild(): void {
    this.fresh = false
  }

  /**
   * Finds where the words `[low, high]` of a mem tile descriptor lie. Returns what to add to a
   * windowed byte address to get an offset in `memDm`, or `NaN` when some of the range is out of
   * reach.
   */
  memOffset(column: number, row: number, low: number, high: number, reaches: boolean): number {
    const { windowBytes, dmBytes, localWindow, reach } = this.device.mem
    const first = Math.floor((low * 4) / windowBytes)
    const last = Math.floor((high * 4) / windowBytes)
    // Adjacent windows without a gap are one address range; with a gap nothing may cross.
    if (first !== last && windowBytes !== dmBytes) return NaN
    if ((high * 4) % windowBytes >= dmBytes || (low * 4) % windowBytes >= dmBytes) return NaN
    for (let window = first; window <= last; window++) {
      const distance = window - localWindow
      if (distance !== 0 && !reaches) return NaN
      if (Math.abs(distance) > reach || !this.isOpen(column, row, distance)) return NaN
    }
    return this.memBase(column + first - localWindow, row) - first * windowBytes
  }

  /**
   * True when a mem tile is there at `distance` columns and no side on the way to it is closed to
   * memory and lock traffic.
   */
  isOpen(column: number, row: number, distance: number): boolean {
    const to = column + distance
    if (to < 0 || to >= this.device.columns) return false
    const rows = rowCount(this.device)
    for (let at = Math.min(column, to); at < Math.max(column, to); at++) {
      const left = this.isolation[at * rows + row]! >> Direction.east
      const right = this.isolation[(at + 1) * rows + row]! >> Direction.west
      if (((left | right) & 1) !== 0) return false
    }
    return true
  }

  private refresh(): void {
    const { device } = this
    const rows = rowCount(device)
    const blocked = (tile: number, side: number) => (this.isolation[tile]! >> side) & 1
    const look = (
      column: number,
      row: number,
      toColumn: number,
      toRow: number,
      side: number,
      back: number,
    ) => {
      if (toColumn < 0 || toRow >= rows || kindOfRow(device, toRow) !== TileKind.core) return -1
      const from = column * rows + row
      const to = toColumn * rows + toRow
      return blocked(from, side) || blocked(to, back) ? -1 : coreIndex(device, toColumn, toRow)
    }
    for (let column = 0; column < device.columns; column++) {
      for (let row = firstCoreRow(device); row < rows; row++) {
        const core = coreIndex(device, column, row)
        const at = core * directions
        this.seen[at + Direction.south] = look(
          column,
          row,
          column,
          row - 1,
          Direction.south,
          Direction.north,
        )
        this.seen[at + Direction.west] = look(
          column,
          row,
          column - 1,
          row,
          Direction.west,
          Direction.east,
        )
        this.seen[at + Direction.north] = look(
          column,
          row,
          column,
          row + 1,
          Direction.north,
          Direction.south,
        )
        this.seen[at + Direction.own] = core
      }
    }
    this.seers.fill(-1)
    for (let at = 0; at < this.seen.length; at++) {
      const seen = this.seen[at]!
      if (seen < 0) continue
      let place = seen * directions
      while (this.seers[place] !== -1) place++
      this.seers[place] = Math.floor(at / directions)
    }
    this.fresh = true
  }
}
