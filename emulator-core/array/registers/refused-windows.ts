/**
 * Refused windows: ranges of a tile that have a name but that nothing behind the register map answers for.
 *
 *     bus ── offset without a register ──▶ ┌────────────────┐ ── first use ──▶ notes
 *                                          │ RefusedWindows │
 *     windows of device/ ── once ────────▶ └────────────────┘
 *
 * Faithful    where the windows lie and what they are called
 * Simplified  reads give 0 and writes are dropped: the microcontrollers run control code outside the register map
 */
import { tileCount } from '../../device/geometry.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import type { RefusedWindow } from '../../device/registers/system.ts'
import { refusedWindows } from '../../device/registers/system.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'

export class RefusedWindows {
  private readonly windows: readonly (readonly RefusedWindow[])[]
  /** One bit per window of each tile whose first use was noted. */
  private readonly noted: Int32Array
  private readonly notes: Notes

  constructor(sim: Sim, device: Device, notes: Notes) {
    this.notes = notes
    this.windows = [TileKind.shim, TileKind.mem, TileKind.core].map((kind) =>
      refusedWindows(device.generation === 'aie4', kind),
    )
    this.noted = sim.state.i32('array.window.noted', tileCount(device))
  }

  /** True when `offset` lies in a refused window of the tile; its first use is noted. */
  refuses(tile: number, kind: TileKind, offset: number): boolean {
    const windows = this.windows[kind]!
    for (let i = 0; i < windows.length; i++) {
      const { offset: from, bytes } = windows[i]!
      if (offset < from || offset >= from + bytes) continue
      if (((this.noted[tile]! >>> i) & 1) === 0) {
        this.noted[tile]! |= 1 << i
        this.notes.add(NoteCode.refusedWindow, partOf(PartKind.tile, tile), offset)
      }
      return true
    }
    return false
  }
}
