/** Memory tiles that are too full lend room from their neighbours: objects of fifos move, left first, then right. */
import { TileKind } from '../../../device/tiles.ts'
import type { Buffer, Build, Tile } from './build.ts'
import { hardwareChannel, tileAt } from './build.ts'

/** Buffers start on such boundaries, see the placing of buffers. */
const alignment = 64

function roomOf(tile: Tile): number {
  const used = tile.buffers.reduce((n, b) => n + Math.ceil(b.sizeBytes / alignment) * alignment, 0)
  return tile.map.dmBytes - used
}

/** Moves what does not fit; what cannot move stays and is reported when addresses are given. */
export function spillMemoryTiles(b: Build): void {
  const movable = new Set([...b.fifos.values()].flatMap((f) => f.ends.flatMap((e) => e.buffers)))
  for (const tile of b.tiles.values()) {
    if (tile.kind !== TileKind.mem) continue
    for (const buffer of tile.buffers.toReversed()) {
      if (roomOf(tile) >= 0) break
      if (movable.has(buffer) && neighboursReach(b, buffer)) move(b, tile, buffer)
    }
  }
}

/** Can all channels that use this buffer reach memory beside their tile? */
function neighboursReach(b: Build, buffer: Buffer): boolean {
  return b.programs
    .filter((p) => p.bds.some((bd) => bd.buffer === buffer))
    .every((p) => hardwareChannel(p.channel)?.reachesNeighbours)
}

function move(b: Build, tile: Tile, buffer: Buffer): void {
  const columns = Math.min(b.columns, b.device.columns)
  for (const column of [tile.column - 1, tile.column + 1]) {
    if (column < 0 || column >= columns) continue
    const to = tileAt(b, column, tile.row, buffer.at)
    if (!to || roomOf(to) < buffer.sizeBytes) continue
    tile.buffers.splice(tile.buffers.indexOf(buffer), 1)
    to.buffers.push(buffer)
    buffer.tile = to
    return
  }
}
