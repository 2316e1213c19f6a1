/**
 * Tile access: registers and memories of tiles for those who look from outside, one word at a time.
 *
 *     AIE_RW_ACCESS, AIE_COREDUMP, AIE_COLUMN_INFO ──▶ ┌────────────┐ ── register interface ──▶ tiles
 *                                                      │ TileAccess │ ── bytes ──▶ kernel buffers
 *                                                      └────────────┘
 *
 * Columns count from the first one that the context holds; a context that holds none shows nothing.
 *
 * Faithful    a dump has 1 MiB per tile, each register and memory byte at its offset in the tile
 * Modelled    the records of the column status; registers whose reading takes something away are left out of dumps
 * Simplified  the data memory of an AIE4 mem tile lies above the 1 MiB that a dump has of it; a context on half a
 *             column sees the whole of it
 */
import { arrayInfo } from '../../device/abi/array-info.ts'
import { message } from '../../device/abi/mailbox.ts'
import { tileAccess } from '../../device/abi/tile-access.ts'
import { kindOfRow, mapOfRow, rowCount, tileAddress } from '../../device/geometry.ts'
import { registerSpace } from '../../device/registers/space.ts'
import type { RegisterSpace } from '../../device/registers/space.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { TileRegisters } from './connections.ts'
import type { HostMemory } from './host-memory.ts'

/** Columns that a context holds now; the object is the caller's to read, not to keep. */
export interface Held {
  readonly startColumn: number
  readonly columns: number
}

/** Bytes moved at a time. */
const chunkBytes = 4096
const { tileRecord, tileRecordVersion } = arrayInfo

export class TileAccess {
  private readonly device: Device
  private readonly registers: TileRegisters
  private readonly memory: HostMemory
  private readonly chunk = new Uint8Array(chunkBytes)
  private readonly view = new DataView(this.chunk.buffer)
  private readonly spaces = new Map<TileKind, RegisterSpace>()

  constructor(device: Device, registers: TileRegisters, memory: HostMemory) {
    this.device = device
    this.registers = registers
    this.memory = memory
  }

  /** The register at an offset of a tile of the context; undefined when there is none. */
  readRegister(held: Held, column: number, row: number, offset: number): number | undefined {
    if (!this.isRegister(held, column, row, offset)) return undefined
    return this.registers.read32(this.address(held, column, row, offset)) >>> 0
  }

  /** Writes a register; false when there is none. */
  writeRegister(held: Held, column: number, row: number, offset: number, value: number): boolean {
    if (!this.isRegister(held, column, row, offset)) return false
    this.registers.write32(this.address(held, column, row, offset), value)
    return true
  }

  /** Copies memory of a tile to a kernel buffer or back; false when the range is not memory. */
  move(
    held: Held,
    operation: number,
    column: number,
    row: number,
    offset: number,
    length: number,
    buffer: number,
  ): boolean {
    if (!this.isInside(held, column, row) || !this.isMemory(row, offset, length)) return false
    const base = this.address(held, column, row, 0)
    for (let done = 0; done < length;) {
      const bytes = Math.min(chunkBytes, length - done)
      if (operation === message.rwOperation.memRead) {
        for (let i = 0; i < bytes; i++) this.chunk[i] = this.byte(base, offset + done + i)
        this.memory.write(buffer + done, this.chunk, 0, bytes)
      } else {
        this.memory.read(buffer + done, this.chunk, 0, bytes)
        for (let i = 0; i < bytes; i++) this.setByte(base, offset + done + i, this.chunk[i])
      }
      done += bytes
    }
    return true
  }

  /** Fills the buffers of a list with tiles, column by column; false when the list has an entry too small. */
  dump(held: Held | undefined, list: number, count: number): boolean {
    const { coredumpEntry: at } = message
    const rows = rowCount(this.device)
    for (let tile = 0; tile < count; tile++) {
      const entry = list + tile * at.bytes
      const buffer =
        this.memory.word32(entry + at.low) + this.memory.word32(entry + at.high) * 2 ** 32
      const size = this.memory.word32(entry + at.size)
      if (size < tileAccess.dumpPerTile) return false
      const column = Math.floor(tile / rows)
      const row = tile % rows
      if (held && this.isInside(held, column, row)) this.dumpTile(held, column, row, buffer)
    }
    return true
  }

  /** Writes the status of every column of a bitmap, one behind the other; the bytes that have a meaning. */
  columns(bitmap: number, buffer: number, columnBytes: number): number {
    let filled = 0
    for (let column = 0; column < this.device.columns; column++) {
      if (((bitmap >>> column) & 1) === 0) continue
      const rows = rowCount(this.device)
      this.chunk.fill(0)
      for (let row = 0; row < rows; row++) this.record(column, row, row * tileRecord.bytes)
      this.memory.write(buffer + filled * columnBytes, this.chunk, 0, rows * tileRecord.bytes)
      filled++
    }
    return filled * columnBytes
  }

  private record(column: number, row: number, at: number): void {
    const { device } = this
    const map = mapOfRow(device, row)
    const kind = kindOfRow(device, row)
    const read = (offset: number): number =>
      this.registers.read32(tileAddress(device, column, row, offset))
    const locks = Math.min(map.locks.count, tileRecord.mostLocks)
    const channels = Math.min(map.channels.length, tileRecord.mostChannels)
    this.chunk[at + tileRecord.version] = tileRecordVersion
    this.chunk[at + tileRecord.kind] = kind
    this.chunk[at + tileRecord.column] = column
    this.chunk[at + tileRecord.row] = row
    this.chunk[at + tileRecord.locks] = locks
    this.chunk[at + tileRecord.channels] = channels
    if (kind === TileKind.core) {
      this.view.setUint32(at + tileRecord.programCounter, read(device.core.programCounter), true)
      this.view.setUint32(at + tileRecord.status, read(device.core.status), true)
    }
    for (let c = 0; c < channels; c++) {
      const status = read(map.channels[c]!.status)
      this.view.setUint32(at + tileRecord.channelStatus + 4 * c, status, true)
    }
    for (let lock = 0; lock < locks; lock++) {
      this.chunk[at + tileRecord.lockValues + lock] = read(map.locks.value(lock))
    }
  }

  private dumpTile(held: Held, column: number, row: number, buffer: number): void {
    const { device, memory } = this
    const map = mapOfRow(device, row)
    const base = this.address(held, column, row, 0)
    const limit = tileAccess.dumpPerTile
    memory.count()
    for (const { offset, role } of this.spaceOf(row).entries) {
      if (role === 'dmaCountPop' || offset >= limit) continue
      const value = this.registers.read32(base + offset)
      if (value !== 0) memory.putWord(buffer + offset, value)
    }
    this.dumpRange(base, map.dmOffset, Math.min(map.dmBytes, limit - map.dmOffset), buffer)
    if (kindOfRow(device, row) === TileKind.core)
      this.dumpRange(base, device.core.pmOffset, device.core.pmBytes, buffer)
  }

  /** Copies a range of memory; parts of zeros are zero already. */
  private dumpRange(base: number, offset: number, length: number, buffer: number): void {
    for (let done = 0; done < length; done += chunkBytes) {
      let any = 0
      for (let i = 0; i < chunkBytes; i += 4) {
        const word = this.registers.read32(base + offset + done + i)
        this.view.setUint32(i, word, true)
        any |= word
      }
      if (any !== 0) this.memory.write(buffer + offset + done, this.chunk, 0, chunkBytes)
    }
  }

  private isRegister(held: Held, column: number, row: number, offset: number): boolean {
    return this.isInside(held, column, row) && this.spaceOf(row).at.has(offset)
  }

  private isInside(held: Held, column: number, row: number): boolean {
    return column < held.columns && row < rowCount(this.device)
  }

  private isMemory(row: number, offset: number, length: number): boolean {
    const map = mapOfRow(this.device, row)
    const { pmOffset, pmBytes } = this.device.core
    if (offset >= map.dmOffset && offset + length <= map.dmOffset + map.dmBytes) return true
    const isCore = kindOfRow(this.device, row) === TileKind.core
    return isCore && offset >= pmOffset && offset + length <= pmOffset + pmBytes
  }

  private spaceOf(row: number): RegisterSpace {
    const kind = kindOfRow(this.device, row)
    let space = this.spaces.get(kind)
    if (!space) {
      space = registerSpace(mapOfRow(this.device, row), this.device.generation === 'aie4')
      this.spaces.set(kind, space)
    }
    return space
  }

  private address(held: Held, column: number, row: number, offset: number): number {
    return tileAddress(this.device, held.startColumn + column, row, offset)
  }

  private byte(base: number, offset: number): number {
    const word = this.registers.read32(base + offset - (offset % 4))
    return (word >>> ((offset % 4) * 8)) & 0xff
  }

  private setByte(base: number, offset: number, value: number): void {
    const at = base + offset - (offset % 4)
    const shift = (offset % 4) * 8
    const word = this.registers.read32(at)
    this.registers.write32(at, (word & ~(0xff << shift)) | (value << shift))
  }
}
