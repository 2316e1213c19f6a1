/** The design under construction: what elaboration steps read and add to. */
import type { Device, TileMap } from '../../../device/tiles.ts'
import { TileKind } from '../../../device/tiles.ts'
import { kindOfRow, mapOfRow } from '../../../device/geometry.ts'
import type { DmaDirection } from '../../../artifacts/design-image.ts'
import type { Note, Span } from '../../../sim/diagnostics.ts'
import type { Report } from '../../text/source.ts'
import { codeOf } from '../codes.ts'
import type { DesignCodeName } from '../codes.ts'
import type { MemrefType, Op, Value } from '../syntax/tree.ts'

export interface Tile {
  readonly column: number
  readonly row: number
  readonly kind: TileKind
  readonly map: TileMap
  readonly buffers: Buffer[]
  readonly locks: Lock[]
  core: Op | undefined
  stackBytes: number
  readonly at: Span
}

export interface Buffer {
  readonly name: string
  /** Where it lies; a full memory tile may move it to a neighbour. */
  tile: Tile
  readonly type: MemrefType
  readonly sizeBytes: number
  readonly bytes?: Uint8Array
  /** Wanted by the source. */
  readonly fixedAddress?: number
  readonly bank?: number
  address: number
  readonly at: Span
}

export interface Lock {
  readonly name: string
  readonly tile: Tile
  readonly fixedId?: number
  id: number
  readonly init: number
  readonly at: Span
}

/** A DMA channel as the design means it; `index` is the hardware's number, −1 until routing chose it. */
export interface Channel {
  readonly tile: Tile
  readonly direction: DmaDirection
  /** Number the source writes. */
  readonly wanted?: number
  /** The source's number must be kept. */
  readonly fixed: boolean
  index: number
  readonly at: Span
}

export interface LockUse {
  readonly lock: Lock
  readonly amount: number
  readonly equal: boolean
}

/** One dimension in words, innermost first in lists. */
export interface Dimension {
  readonly size: number
  readonly step: number
}

/** Where the words of a transfer are, in words. */
export interface Pattern {
  readonly dims: readonly Dimension[]
  readonly lengthWords: number
  readonly iteration?: Dimension & { readonly current?: number }
  readonly pads?: readonly { readonly before: number; readonly after: number }[]
}

export interface Bd {
  readonly buffer?: Buffer
  readonly argument?: number
  readonly offsetBytes: number
  readonly pattern: Pattern
  readonly acquire?: LockUse
  readonly release?: LockUse
  next: Bd | undefined
  readonly fixedId?: number
  id: number
  readonly packet?: { readonly id: number; readonly type: number }
  readonly burst: number
  /** Times the outermost of four shim dimensions asks for; 1 otherwise. */
  readonly rounds: number
  readonly at: Span
}

export interface Program {
  readonly channel: Channel
  readonly starts: { readonly bd: Bd; readonly repeat: number }[]
  /** In textual order. */
  readonly bds: Bd[]
  /** Word that the channel pads with. */
  padWord?: number
  readonly at: Span
}

export type StreamEnd =
  | { readonly kind: 'channel'; readonly channel: Channel }
  | {
      readonly kind: 'port'
      readonly tile: Tile
      readonly bundle: 'core' | 'fifo' | 'south' | 'north' | 'east' | 'west' | 'control' | 'trace'
      readonly channel: number
    }

export interface Stream {
  readonly source: StreamEnd
  readonly sinks: StreamEnd[]
  readonly fifo?: string
  readonly at: Span
}

export interface Allocation {
  readonly name: string
  readonly channel: Channel
  readonly at: Span
}

/** Where objects of an objectFifo are, as one of its ends sees them. */
export interface FifoEnd {
  readonly fifo: string
  readonly role: 'producer' | 'consumer'
  readonly tile: Tile
  readonly buffers: readonly Buffer[]
  /** Taken by the producing side, given by the consuming side. */
  readonly produceLocks: readonly Lock[]
  readonly consumeLocks: readonly Lock[]
  /** Units per object on the locks (repeats). */
  readonly units: number
  readonly channel?: Channel
}

export interface FifoRecord {
  readonly name: string
  readonly type: MemrefType
  readonly ends: readonly FifoEnd[]
  readonly linkedTo: string[]
  readonly at: Span
}

/** Everything elaboration knows. */
export interface Build {
  readonly device: Device
  readonly report: Report
  /** The design was written for another device: numbers of channels may change. */
  readonly retargeted: boolean
  /** Columns the source's device has; tiles beyond do not exist. */
  readonly columns: number
  readonly tiles: Map<string, Tile>
  /** Tile of each tile value. */
  readonly tileOf: Map<Value, Tile>
  readonly bufferOf: Map<Value, Buffer>
  readonly lockOf: Map<Value, Lock>
  readonly symbols: Map<string, Op>
  readonly buffersByName: Map<string, Buffer>
  readonly channels: Channel[]
  readonly programs: Program[]
  readonly streams: Stream[]
  readonly allocations: Map<string, Allocation>
  readonly fifos: Map<string, FifoRecord>
  /** Tiles above the shim row whose channels issue tokens. */
  readonly tokenTiles: Set<Tile>
  anonymous: number
}

export function complain(
  b: Build,
  code: DesignCodeName,
  at: Span,
  message: string,
  notes: readonly Note[] = [],
): undefined {
  b.report.error(codeOf(code), at, message, notes)
  return undefined
}

export function tileKey(column: number, row: number): string {
  return `${column},${row}`
}

/** Name of a tile in messages. */
export function tileName(tile: { column: number; row: number }): string {
  return `tile (${tile.column}, ${tile.row})`
}

export const kindWord = ['shim', 'memory', 'core'] as const

/** The tile at a place, made on first use; undefined when the device has none there. */
export function tileAt(b: Build, column: number, row: number, at: Span): Tile | undefined {
  const rows = b.device.rows.shim + b.device.rows.mem + b.device.rows.core
  if (!(column >= 0 && column < Math.min(b.columns, b.device.columns) && row >= 0 && row < rows)) {
    const columns = Math.min(b.columns, b.device.columns)
    const size = `${columns} column${columns === 1 ? '' : 's'} and ${rows} rows`
    return complain(
      b,
      'NoSuchTile',
      at,
      `there is no tile (${column}, ${row}); the device has ${size}`,
    )
  }
  const key = tileKey(column, row)
  let tile = b.tiles.get(key)
  if (!tile) {
    tile = {
      column,
      row,
      kind: kindOfRow(b.device, row),
      map: mapOfRow(b.device, row),
      buffers: [],
      locks: [],
      core: undefined,
      stackBytes: 0,
      at,
    }
    b.tiles.set(key, tile)
  }
  return tile
}

/** The channel a source names by number; one object per tile, direction and number. */
export function namedChannel(
  b: Build,
  tile: Tile,
  direction: DmaDirection,
  wanted: number,
  at: Span,
): Channel | undefined {
  const existing = b.channels.find(
    (c) => c.tile === tile && c.direction === direction && c.wanted === wanted,
  )
  if (existing) return existing
  const count = dataChannels(tile, direction)
  if ((wanted < 0 || wanted >= count) && !b.retargeted) {
    const word = direction.toUpperCase()
    const message = `${tileName(tile)} has ${count} ${word} channels, there is no number ${wanted}`
    return complain(b, 'NoSuchDmaChannel', at, message)
  }
  const channel: Channel = { tile, direction, wanted, fixed: !b.retargeted, index: -1, at }
  b.channels.push(channel)
  return channel
}

/** Number of data channels of a tile in one direction. */
export function dataChannels(tile: Tile, direction: DmaDirection): number {
  return tile.map.channels.filter((c) => c.role === 'data' && c.direction === direction).length
}

/** A channel whose number is left to the compiler. */
export function freeChannel(b: Build, tile: Tile, direction: DmaDirection, at: Span): Channel {
  const channel: Channel = { tile, direction, fixed: false, index: -1, at }
  b.channels.push(channel)
  return channel
}

/** Device facts of a channel, once its number is known. */
export function hardwareChannel(channel: Channel): TileMap['channels'][number] | undefined {
  return channel.tile.map.channels.find(
    (c) => c.role === 'data' && c.direction === channel.direction && c.channel === channel.index,
  )
}

/** A name nobody else has. */
export function anonymousName(b: Build): string {
  return `_anonymous${b.anonymous++}`
}

/** Direction words of the source. */
export function directionOf(word: string | undefined): DmaDirection | undefined {
  const lower = word?.toLowerCase()
  return lower === 's2mm' || lower === 'mm2s' ? lower : undefined
}

/** Which window of core `from` shows the memory and locks of `to`; undefined when none does. */
export function coreWindow(from: Tile, to: Tile): 0 | 1 | 2 | 3 | undefined {
  if (from.kind !== TileKind.core || to.kind !== TileKind.core) return undefined
  const dc = to.column - from.column
  const dr = to.row - from.row
  if (dc === 0 && dr === 0) return 3
  if (dc === 0 && dr === -1) return 0
  if (dc === -1 && dr === 0) return 1
  return dc === 0 && dr === 1 ? 2 : undefined
}
