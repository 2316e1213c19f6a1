/**
 * Register file: which registers every tile has, under which offsets, and the words they hold.
 *
 *     bus, DMA, streams ── find, words ──▶ ┌──────────────┐
 *                                          │ RegisterFile │  one storage word per register and tile
 *     tables of device/ ── once ─────────▶ └──────────────┘
 */
import { kindOfRow, mapOfRow, rowCount, rowOf, tileCount } from '../../device/geometry.ts'
import type { RegisterEntry, RegisterSpace } from '../../device/registers/space.ts'
import { registerSpace } from '../../device/registers/space.ts'
import type { Device, TileMap } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Sim } from '../../sim/sim.ts'

export class RegisterFile {
  /** One word per register and tile, tile after tile. */
  readonly words: Uint32Array
  /** 1 where the first use of an unmodelled register was noted. */
  readonly noted: Uint8Array
  /** First storage word of a tile. */
  readonly base: Int32Array
  private readonly spaces: readonly RegisterSpace[]
  private readonly device: Device

  constructor(sim: Sim, device: Device) {
    this.device = device
    const isAie4 = device.generation === 'aie4'
    this.spaces = [device.shimTile, device.memTile, device.coreTile].map((map) =>
      registerSpace(map, isAie4),
    )
    const tiles = tileCount(device)
    this.base = new Int32Array(tiles + 1)
    for (let tile = 0; tile < tiles; tile++) {
      this.base[tile + 1] = this.base[tile]! + this.spaceOf(tile).entries.length
    }
    this.words = sim.state.u32('array.register', this.base[tiles]!)
    this.noted = sim.state.u8('array.register.noted', this.base[tiles]!)
    for (let tile = 0; tile < tiles; tile++) this.reset(tile, () => true)
  }

  /** The registers of a tile. */
  spaceOf(tile: number): RegisterSpace {
    const kind = kindOfRow(this.device, rowOf(this.device, tile))
    return this.spaces[kind === TileKind.shim ? 0 : kind === TileKind.mem ? 1 : 2]!
  }

  /** Storage word of the register at a tile offset, or −1. */
  find(tile: number, offset: number): number {
    const entry = this.spaceOf(tile).at.get(offset)
    return entry === undefined ? -1 : this.base[tile]! + entry
  }

  /** The register behind a storage word of a tile. */
  entry(tile: number, word: number): RegisterEntry {
    return this.spaceOf(tile).entries[word - this.base[tile]!]!
  }

  /** Brings the registers that `which` names back to their reset values. */
  reset(tile: number, which: (entry: RegisterEntry) => boolean): void {
    this.spaceOf(tile).entries.forEach((entry, i) => {
      if (which(entry)) this.words[this.base[tile]! + i] = entry.resetValue
    })
  }

  /** Register map of a tile. */
  mapOf(tile: number): TileMap {
    return mapOfRow(this.device, tile % rowCount(this.device))
  }
}
