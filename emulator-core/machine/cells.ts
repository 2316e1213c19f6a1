/** Cells: the block-sized pieces of tile buffers that are drawn as numbered boxes, derived from a design image. */
import type { DesignBuffer, DesignImage } from '../artifacts/design-image.ts'
import { tileIndex } from '../device/geometry.ts'
import type { Device } from '../device/tiles.ts'

export type BufferRole = 'in' | 'out' | 'inner' | 'stack'

export interface PlacedBuffer {
  readonly tile: number
  readonly column: number
  readonly row: number
  readonly name: string
  readonly address: number
  readonly sizeBytes: number
  readonly element: string
  readonly role: BufferRole
  readonly fifo: string | undefined
  /** First cell and number of cells. */
  readonly firstCell: number
  readonly cells: number
}

export interface CellPlan {
  /** Bytes of the smallest object that moves between tiles; 0 when nothing moves. */
  readonly blockBytes: number
  readonly buffers: readonly PlacedBuffer[]
  /** Buffer, offset in the buffer and size of each cell. */
  readonly cells: readonly {
    readonly buffer: number
    readonly offset: number
    readonly sizeBytes: number
  }[]
}

/** A buffer with more pieces than this is one cell. */
const maxCellsPerBuffer = 16

/** Plans the cells of a design. */
export function planCells(device: Device, image: DesignImage | undefined): CellPlan {
  if (!image) return { blockBytes: 0, buffers: [], cells: [] }
  const roles = bufferRoles(image)
  const moved = image.tiles.flatMap((t) =>
    t.buffers
      .filter((b) => roles.has(keyOf(t.column, t.row, b.name)))
      .map((b) => ({ tile: t, buffer: b })),
  )
  const inCores = moved.filter(({ tile }) => tile.kind === 'core')
  const sizes = (inCores.length > 0 ? inCores : moved).map(({ buffer }) => buffer.sizeBytes)
  const blockBytes = sizes.length > 0 ? Math.min(...sizes) : 0
  const buffers: PlacedBuffer[] = []
  const cells: { buffer: number; offset: number; sizeBytes: number }[] = []
  for (const tile of image.tiles) {
    for (const buffer of tile.buffers) {
      const found = roles.get(keyOf(tile.column, tile.row, buffer.name))
      const firstCell = cells.length
      if (found) splitBuffer(buffer, blockBytes, buffers.length, cells)
      buffers.push({
        tile: tileIndex(device, tile.column, tile.row),
        column: tile.column,
        row: tile.row,
        name: buffer.name,
        address: buffer.address,
        sizeBytes: buffer.sizeBytes,
        element: buffer.element,
        role: found?.role ?? 'inner',
        fifo: found?.fifo,
        firstCell,
        cells: cells.length - firstCell,
      })
    }
  }
  return { blockBytes, buffers, cells }
}

export function keyOf(column: number, row: number, name: string): string {
  return `${column},${row},${name}`
}

function splitBuffer(
  buffer: DesignBuffer,
  blockBytes: number,
  index: number,
  cells: { buffer: number; offset: number; sizeBytes: number }[],
): void {
  const pieces = Math.ceil(buffer.sizeBytes / blockBytes)
  const count = pieces > maxCellsPerBuffer ? 1 : pieces
  const size = count === 1 ? buffer.sizeBytes : blockBytes
  for (let i = 0; i < count; i++) {
    cells.push({
      buffer: index,
      offset: i * size,
      sizeBytes: Math.min(size, buffer.sizeBytes - i * size),
    })
  }
}

/** Which buffers data pass through, and on which side of the tile they are drawn. */
function bufferRoles(
  image: DesignImage,
): Map<string, { role: BufferRole; fifo: string | undefined }> {
  const roles = new Map<string, { role: BufferRole; fifo: string | undefined }>()
  const fifoOf = new Map<string, string>()
  for (const fifo of image.fifos) {
    for (const end of fifo.ends) {
      for (const name of end.buffers) {
        const key = keyOf(end.memory.column, end.memory.row, name)
        if (!fifoOf.has(key)) fifoOf.set(key, fifo.name)
      }
    }
  }
  for (const channel of image.dma) {
    const isCore = image.tiles.some(
      (t) => t.kind === 'core' && t.column === channel.column && t.row === channel.row,
    )
    const fromCores = comesFromCores(image, channel)
    for (const bd of channel.bds) {
      if (bd.buffer === undefined) continue
      const key = keyOf(channel.column, channel.row, bd.buffer)
      const fifo = fifoOf.get(key)
      const filled = channel.direction === 's2mm'
      if (isCore) {
        if (!roles.has(key) || filled) roles.set(key, { role: filled ? 'in' : 'out', fifo })
      } else if (filled) roles.set(key, { role: fromCores ? 'out' : 'in', fifo })
      else if (!roles.has(key)) roles.set(key, { role: 'out', fifo })
    }
  }
  for (const fifo of image.fifos) {
    for (const end of fifo.ends) {
      for (const name of end.buffers) {
        const key = keyOf(end.memory.column, end.memory.row, name)
        if (!roles.has(key))
          roles.set(key, { role: end.role === 'producer' ? 'out' : 'in', fifo: fifo.name })
      }
    }
  }
  return roles
}

function comesFromCores(
  image: DesignImage,
  channel: { column: number; row: number; direction: string; channel: number },
): boolean {
  if (channel.direction !== 's2mm') return false
  const route = image.routes.find((r) =>
    r.sinks.some(
      (s) =>
        s.bundle === 'dma' &&
        s.column === channel.column &&
        s.row === channel.row &&
        s.channel === channel.channel,
    ),
  )
  if (!route) return false
  return image.tiles.some(
    (t) => t.kind === 'core' && t.column === route.source.column && t.row === route.source.row,
  )
}
