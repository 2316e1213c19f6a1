/** From the objects of elaboration to the plain data of the image. */
import type {
  DesignBd,
  DesignBdLock,
  DesignChannelProgram,
  DesignFifo,
  DesignTile,
} from '../../../artifacts/design-image.ts'
import { TileKind } from '../../../device/tiles.ts'
import { typeText } from '../syntax/tree.ts'
import { freeMemory } from './assign.ts'
import type { Bd, Buffer, Build, Channel, LockUse, Tile } from './build.ts'

const kinds = ['shim', 'mem', 'core'] as const

export function designTile(tile: Tile): DesignTile {
  return {
    column: tile.column,
    row: tile.row,
    kind: kinds[tile.kind],
    buffers: tile.buffers.map((buffer) => ({
      name: buffer.name,
      address: buffer.address,
      sizeBytes: buffer.sizeBytes,
      element: typeText(buffer.type.element),
      shape: buffer.type.shape,
      ...(buffer.bytes ? { bytes: buffer.bytes } : {}),
      at: buffer.at,
    })),
    locks: tile.locks.map((l) => ({ id: l.id, init: l.init, name: l.name, at: l.at })),
    stackBytes: tile.stackBytes,
    free: tile.kind === TileKind.shim ? [] : freeMemory(tile),
    at: tile.at,
  }
}

/** Address of a byte of a buffer in the address space of a channel's descriptors. */
function bdAddress(b: Build, tile: Tile, buffer: Buffer): number {
  if (tile.kind !== TileKind.mem) return buffer.address
  const { windowBytes, localWindow } = b.device.mem
  return (localWindow + buffer.tile.column - tile.column) * windowBytes + buffer.address
}

function bdLock(b: Build, tile: Tile, use: LockUse, value: number): DesignBdLock {
  const { lock } = use
  const { lockWindow, localLockWindow } = b.device.mem
  const window =
    tile.kind === TileKind.mem ? (localLockWindow + lock.tile.column - tile.column) * lockWindow : 0
  return {
    id: window + lock.id,
    value,
    tile: { column: lock.tile.column, row: lock.tile.row },
    lock: lock.id,
  }
}

/** A descriptor in plain numbers. All ids must be assigned. */
export function designBd(b: Build, channel: Channel, bd: Bd): DesignBd {
  const { tile } = channel
  const { acquire, release, pattern } = bd
  return {
    id: bd.id,
    ...(bd.buffer ? { buffer: bd.buffer.name } : {}),
    ...(bd.argument === undefined ? {} : { argument: bd.argument }),
    address: (bd.buffer ? bdAddress(b, tile, bd.buffer) : 0) + bd.offsetBytes,
    lengthWords: pattern.lengthWords,
    dims: pattern.dims,
    ...(pattern.iteration ? { iteration: pattern.iteration } : {}),
    ...(pattern.pads ? { pads: pattern.pads } : {}),
    ...(acquire
      ? { acquire: bdLock(b, tile, acquire, acquire.equal ? acquire.amount : -acquire.amount) }
      : {}),
    ...(release ? { release: bdLock(b, tile, release, release.amount) } : {}),
    ...(bd.next ? { next: bd.next.id } : {}),
    ...(bd.packet ? { packet: bd.packet } : {}),
    burst: bd.burst,
    at: bd.at,
  }
}

export function designPrograms(b: Build): DesignChannelProgram[] {
  return b.programs.map((program) => ({
    column: program.channel.tile.column,
    row: program.channel.tile.row,
    direction: program.channel.direction,
    channel: program.channel.index,
    starts: program.starts.map((s) => ({ bd: s.bd.id, repeat: s.repeat })),
    bds: program.bds.map((bd) => designBd(b, program.channel, bd)),
    ...(program.padWord ? { padWord: program.padWord } : {}),
    at: program.at,
  }))
}

export function designFifos(b: Build): DesignFifo[] {
  return [...b.fifos.values()].map((fifo) => ({
    name: fifo.name,
    element: typeText(fifo.type.element),
    shape: fifo.type.shape,
    ends: fifo.ends.map((end) => {
      const memory = end.buffers[0]?.tile ?? end.tile
      return {
        column: end.tile.column,
        row: end.tile.row,
        role: end.role,
        memory: { column: memory.column, row: memory.row },
        depth: end.buffers.length,
        buffers: end.buffers.map((x) => x.name),
        locks: [...end.produceLocks, ...end.consumeLocks].map((l) => l.name),
        ...(end.channel
          ? { channel: { direction: end.channel.direction, channel: end.channel.index } }
          : {}),
      }
    }),
    linkedTo: fifo.linkedTo,
    at: fifo.at,
  }))
}
