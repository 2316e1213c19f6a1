/**
 * Register bus: 32-bit reads and writes by address, the only way in which software reaches a tile.
 *
 *     controller ── read32, write32 ──▶ ┌─────────────┐ ──▶ memories, locks, DMA, switches, cores
 *                                       └─────────────┘ ──▶ notes about what finds nobody
 *
 * Faithful    side effects of reads (lock requests) and writes, write-1-to-clear bits, ranges of
 *             data and program memory
 * Simplified  what is not mapped reads as 0 and ignores writes; a slave error is told as an event only
 */
import { isEnabled } from '../../device/abi/stream-words.ts'
import {
  addressRow,
  coreIndex,
  decodeAddress,
  inHalfB,
  kindOfRow,
  rowCount,
} from '../../device/geometry.ts'
import type { ArrayNumbering } from '../../device/parts.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import { inSecondHalf, lockBitsPerWord } from '../../device/registers.ts'
import { CoreRegister } from '../../device/registers/core.ts'
import { system, ucModuleBytes } from '../../device/registers/system.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Cascade } from '../cascade/cascade.ts'
import type { CoreControl } from '../core-control.ts'
import { signed7 } from '../dma/descriptor.ts'
import type { Dma } from '../dma/engine.ts'
import type { HwEvents } from '../hw-events/hw-events.ts'
import { HwEvent } from '../hw-events/vocabulary.ts'
import type { Locks } from '../locks/locks.ts'
import type { Memories } from '../memory/memories.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import type { Lens } from '../races/probe.ts'
import type { Streams } from '../streams/streams.ts'
import type { Tokens } from '../streams/tokens.ts'
import { RefusedWindows } from './refused-windows.ts'
import { portOfArg, type RegisterEntry } from '../../device/registers/space.ts'
import type { RegisterFile } from './register-file.ts'

export interface BusParts {
  readonly numbering: ArrayNumbering
  readonly registers: RegisterFile
  readonly memories: Memories
  readonly locks: Locks
  readonly streams: Streams
  readonly tokens: Tokens
  readonly dma: Dma
  readonly cores: CoreControl
  readonly cascade: Cascade
  readonly hwEvents: HwEvents
  readonly notes: Notes
  readonly lens: Lens
}

/** Where an address leads: filled by `locate`, so that decoding allocates nothing. */
interface Place {
  tile: number
  column: number
  row: number
  kind: TileKind
  offset: number
}

/** Enable and reset of core control, and their value while a core runs. */
const runMask = 3
const coreRuns = 1

export class RegisterBus {
  private readonly sim: Sim
  private readonly device: Device
  private readonly parts: BusParts
  private readonly windows: RefusedWindows
  /**
   * Logical row at an address row, −1 for none; first byte inside the column and kind of each
   * logical row.
   */
  private readonly rowAt: Int32Array
  private readonly rowStart: Int32Array
  private readonly kinds: readonly TileKind[]
  private readonly place: Place = { tile: 0, column: 0, row: 0, kind: TileKind.shim, offset: 0 }
  /**
   * Tick until which each tile's data and program memory are being cleared; in shim tiles, the
   * memories of microcontrollers A and B.
   */
  private readonly zeroiseEnd: Float64Array

  constructor(sim: Sim, device: Device, parts: BusParts) {
    this.sim = sim
    this.device = device
    this.parts = parts
    this.windows = new RefusedWindows(sim, device, parts.notes)
    const rows = rowCount(device)
    const tiles = device.columns * rows
    const { columnShift, rowShift } = device.address
    this.rowAt = Int32Array.from({ length: 2 ** (columnShift - rowShift) }, (_, at) => {
      return decodeAddress(device, at * 2 ** rowShift)?.row ?? -1
    })
    this.rowStart = Int32Array.from(
      { length: rows },
      (_, row) => addressRow(device, row) * 2 ** rowShift,
    )
    this.kinds = Array.from({ length: rows }, (_, row) => kindOfRow(device, row))
    this.zeroiseEnd = sim.state.f64('array.zeroise.end', tiles * 2)
  }

  /** Reads the word at a partition-relative address, with the side effects a read has. */
  read32(address: number): number {
    if (!this.locate(address)) {
      this.parts.notes.add(NoteCode.outsideArray, partOf(PartKind.machine, 0), address | 0)
      return 0
    }
    const { tile, kind, offset } = this.place
    if (this.inMemory(kind, offset)) {
      this.tellAccess(false)
      return this.readMemory()
    }
    const { locks } = this.parts.registers.mapOf(tile)
    const request = locks.request(offset)
    if (request) {
      const lock = this.parts.numbering.firstLock[tile]! + request.lock
      const isGranted = this.parts.locks.request(lock, request.acquire, request.value)
      const { probe } = this.parts.lens
      if (!request.acquire) probe?.released(lock, request.value)
      else if (isGranted) probe?.acquired(lock, Math.abs(request.value), request.value >= 0)
      return isGranted ? 1 : 0
    }
    const word = this.parts.registers.find(tile, offset)
    if (word < 0) {
      if (!this.windows.refuses(tile, kind, offset))
        this.parts.notes.add(NoteCode.unmappedRead, partOf(PartKind.tile, tile), offset)
      this.parts.hwEvents.pulse(tile, HwEvent.busError, this.halfOf(kind, offset))
      return 0
    }
    const entry = this.parts.registers.entry(tile, word)
    this.tellSeen(tile, entry)
    const value = this.readRegister(tile, word, entry)
    if (entry.role === 'dmaCountPop') this.parts.dma.popCount(this.channelOf(tile, entry.arg))
    return value
  }

  /** The word at an address without any side effect; 0 where there is nothing. */
  peek32(address: number): number {
    if (!this.locate(address)) return 0
    const { tile, kind, offset } = this.place
    if (this.inMemory(kind, offset)) return this.readMemory()
    const word = this.parts.registers.find(tile, offset)
    return word < 0 ? 0 : this.readRegister(tile, word, this.parts.registers.entry(tile, word))
  }

  /** Is there a tile at an address? */
  reaches(address: number): boolean {
    return this.locate(address)
  }

  /** Is there a register, a lock request or memory at an address? */
  isMapped(address: number): boolean {
    if (!this.locate(address)) return false
    const { tile, kind, offset } = this.place
    if (this.inMemory(kind, offset) || this.parts.registers.find(tile, offset) >= 0) return true
    return this.parts.registers.mapOf(tile).locks.request(offset) !== undefined
  }

  /** Writes the word at a partition-relative address. */
  write32(address: number, value: number): void {
    value >>>= 0
    if (!this.locate(address)) {
      this.parts.notes.add(NoteCode.outsideArray, partOf(PartKind.machine, 0), address | 0)
      return
    }
    const { tile, kind, offset } = this.place
    if (this.inMemory(kind, offset)) {
      this.tellAccess(true)
      return this.writeMemory(value)
    }
    const word = this.parts.registers.find(tile, offset)
    if (word < 0) {
      if (!this.windows.refuses(tile, kind, offset))
        this.parts.notes.add(NoteCode.unmappedWrite, partOf(PartKind.tile, tile), offset)
      this.parts.hwEvents.pulse(tile, HwEvent.busError, this.halfOf(kind, offset))
      return
    }
    this.writeRegister(tile, word, this.parts.registers.entry(tile, word), value)
    this.parts.hwEvents.follow(tile, word)
  }

  private locate(address: number): boolean {
    const { columnShift, rowShift, appBAlias, appBAliasBit } = this.device.address
    const isAlias = appBAlias && address >= 2 ** appBAliasBit && address < 2 ** (appBAliasBit + 1)
    if (isAlias) address -= 2 ** appBAliasBit
    if (!(address >= 0 && address < this.device.columns * 2 ** columnShift)) return false
    const word = address - (address % 4)
    const { place } = this
    place.column = word >>> columnShift
    const inColumn = word - place.column * 2 ** columnShift
    place.row = this.rowAt[inColumn >>> rowShift]!
    if (place.row < 0) return false
    place.offset = inColumn - this.rowStart[place.row]!
    place.tile = place.column * this.kinds.length + place.row
    place.kind = this.kinds[place.row]!
    if (isAlias) place.offset = inHalfB(this.device, place.kind, place.offset)
    return true
  }

  private halfOf(kind: TileKind, offset: number): number {
    return kind !== TileKind.core && inSecondHalf(this.device, offset) ? 1 : 0
  }

  private inMemory(kind: TileKind, offset: number): boolean {
    const { core, mem } = this.device
    if (kind === TileKind.mem) return offset >= mem.dmOffset && offset < mem.dmOffset + mem.dmBytes
    if (kind !== TileKind.core) return false
    return (
      offset < core.dmBytes || (offset >= core.pmOffset && offset < core.pmOffset + core.pmBytes)
    )
  }

  /** A word of data memory is read or written from outside of the tile. */
  private tellAccess(isStore: boolean): void {
    const { probe } = this.parts.lens
    if (probe === undefined) return
    const { kind, offset, column, row } = this.place
    const { core, mem } = this.device
    if (kind === TileKind.mem)
      probe.accessed(
        false,
        this.parts.memories.memBase(column, row) + offset - mem.dmOffset,
        isStore,
      )
    else if (offset < core.dmBytes)
      probe.accessed(true, coreIndex(this.device, column, row) * core.dmBytes + offset, isStore)
  }

  /** What whoever reads a register learns of others. */
  private tellSeen(tile: number, { role, arg }: RegisterEntry): void {
    const { probe } = this.parts.lens
    if (probe === undefined) return
    if (role === 'dmaStatus') probe.sawChannel(this.channelOf(tile, arg))
    else if (role === 'coreStatus') probe.sawCore(this.coreOf(tile))
    else if (role === 'lockValue') probe.sawLock(this.parts.numbering.firstLock[tile]! + arg)
  }

  private readMemory(): number {
    const { kind, offset, column, row } = this.place
    const { core, mem } = this.device
    const { memories, cores } = this.parts
    if (kind === TileKind.mem)
      return memories.memDm.read32(memories.memBase(column, row) + offset - mem.dmOffset)
    const number = coreIndex(this.device, column, row)
    if (offset < core.dmBytes) return memories.coreDm.read32(number * core.dmBytes + offset)
    return cores.pmRead32(number, offset - core.pmOffset)
  }

  private writeMemory(value: number): void {
    const { kind, offset, column, row } = this.place
    const { core, mem } = this.device
    const { memories, cores } = this.parts
    if (kind === TileKind.mem) {
      memories.memDm.write32(memories.memBase(column, row) + offset - mem.dmOffset, value)
      return
    }
    const number = coreIndex(this.device, column, row)
    if (offset < core.dmBytes) memories.coreDm.write32(number * core.dmBytes + offset, value)
    else cores.pmWrite32(number, offset - core.pmOffset, value)
  }

  private readRegister(tile: number, word: number, entry: RegisterEntry): number {
    const { parts } = this
    const stored = parts.registers.words[word]!
    switch (entry.role) {
      case 'dmaStatus':
        return parts.dma.status(this.channelOf(tile, entry.arg))
      case 'dmaWriteCount':
        return parts.dma.channels.writeCount[this.channelOf(tile, entry.arg)]!
      case 'dmaCountPop':
        return parts.dma.countAt(this.channelOf(tile, entry.arg))
      case 'lockValue':
        return parts.locks.value[parts.numbering.firstLock[tile]! + entry.arg]! >>> 0
      case 'lockOverflow':
      case 'lockUnderflow':
        return this.lockBits(tile, entry)
      case 'coreControl':
        return parts.cores.readControl(this.coreOf(tile)) >>> 0
      case 'coreStatus':
        return parts.cores.readStatus(this.coreOf(tile)) >>> 0
      case 'core':
        if (entry.arg === CoreRegister.accumulatorControl)
          return parts.cascade.control[this.coreOf(tile)]!
        return parts.cores.readRegister(this.coreOf(tile), entry.arg) >>> 0
      case 'isolation':
        return parts.memories.isolationOf(tile)
      case 'event':
        return parts.hwEvents.read(tile, entry.arg, stored)
      case 'zeroiseDm':
      case 'zeroisePm':
        return this.zeroiseEnd[tile * 2 + (entry.role === 'zeroiseDm' ? 0 : 1)]! >
          this.sim.schedule.now
          ? stored
          : 0
      case 'zeroiseUc':
        return this.zeroiseEnd[tile * 2 + entry.arg]! > this.sim.schedule.now ? stored : 0
      default:
        return stored
    }
  }

  private writeRegister(tile: number, word: number, entry: RegisterEntry, value: number): void {
    const { parts } = this
    const { words } = parts.registers
    switch (entry.role) {
      case 'dmaQueue':
        parts.dma.push(this.channelOf(tile, entry.arg), value)
        return
      case 'dmaControl':
        words[word] = value
        parts.dma.controlled(this.channelOf(tile, entry.arg))
        return
      case 'dmaPause':
        words[word] = value
        parts.dma.pauseChanged(tile)
        return
      case 'dmaStatus':
        parts.dma.clearStatus(this.channelOf(tile, entry.arg), value)
        return
      case 'master':
      case 'slave':
      case 'slot':
      case 'mux':
        if (words[word] === value) return
        words[word] = value
        parts.streams.reconfigure()
        parts.tokens.rebuild()
        if (entry.role === 'master') this.checkCircuit(tile, entry, value)
        return
      case 'lockValue':
        parts.lens.probe?.setLock(parts.numbering.firstLock[tile]! + entry.arg, signed7(value))
        parts.locks.set(parts.numbering.firstLock[tile]! + entry.arg, signed7(value))
        return
      case 'sticky':
        words[word]! &= ~value
        return
      case 'lockOverflow':
      case 'lockUnderflow':
        this.clearLockBits(tile, entry, value)
        return
      case 'coreControl':
        parts.cores.writeControl(this.coreOf(tile), value)
        return
      case 'core':
        if (entry.arg === CoreRegister.accumulatorControl) this.steerCascade(tile, value)
        else parts.cores.writeRegister(this.coreOf(tile), entry.arg, value)
        return
      case 'isolation':
        words[word] = value
        parts.memories.isolate(tile, value)
        return
      case 'event':
        parts.hwEvents.write(tile, entry.arg, word, value)
        return
      case 'zeroiseDm':
      case 'zeroisePm':
        words[word] = value
        if ((value & 1) !== 0) this.zeroise(tile, entry.role === 'zeroiseDm')
        return
      case 'zeroiseUc':
        words[word] = value
        if ((value & 1) !== 0) {
          const cycles = ucModuleBytes / system.ucZeroiseBytesPerCycle
          this.zeroiseEnd[tile * 2 + entry.arg] = this.sim.schedule.now + cycles
        }
        return
      case 'reset':
        words[word] = value
        if ((value & 1) !== 0) this.resetColumn(Math.floor(tile / rowCount(this.device)), entry.arg)
        return
      case 'dmaWriteCount':
      case 'dmaCountPop':
      case 'coreStatus':
        parts.notes.add(NoteCode.readOnlyWrite, partOf(PartKind.tile, tile), entry.offset)
        return
      case 'unmodelled':
        words[word] = value
        if (parts.registers.noted[word] !== 0) return
        parts.registers.noted[word] = 1
        parts.notes.add(NoteCode.unmodelledRegister, partOf(PartKind.tile, tile), entry.offset)
        return
      default:
        words[word] = value
    }
  }

  private steerCascade(tile: number, value: number): void {
    const core = this.coreOf(tile)
    const cut = this.parts.cascade.configure(core, value)
    if (cut > 0) this.parts.notes.add(NoteCode.cascadeCut, partOf(PartKind.core, core), cut)
  }

  private checkCircuit(tile: number, entry: RegisterEntry, value: number): void {
    if (!isEnabled(value)) return
    const { routes } = this.parts.streams.table
    const { fabric, port } = portOfArg(entry.arg)
    const legal = routes.isLegal(tile, fabric, port, value)
    if (!legal)
      this.parts.notes.add(NoteCode.illegalCircuit, partOf(PartKind.tile, tile), entry.offset)
  }

  private channelOf(tile: number, index: number): number {
    return this.parts.numbering.firstChannel[tile]! + index
  }

  private coreOf(tile: number): number {
    const rows = rowCount(this.device)
    return coreIndex(this.device, Math.floor(tile / rows), tile % rows)
  }

  private lockBits(tile: number, entry: RegisterEntry): number {
    const { locks, numbering } = this.parts
    let word = 0
    for (let i = 0; i < lockBitsPerWord; i++) {
      const lock = numbering.firstLock[tile]! + entry.arg + i
      if (lock >= numbering.firstLock[tile + 1]!) break
      const set =
        entry.role === 'lockOverflow' ? locks.hasOverflowed(lock) : locks.hasUnderflowed(lock)
      if (set) word |= 1 << i
    }
    return word >>> 0
  }

  private clearLockBits(tile: number, entry: RegisterEntry, value: number): void {
    const { locks, numbering } = this.parts
    for (let i = 0; i < lockBitsPerWord; i++) {
      const lock = numbering.firstLock[tile]! + entry.arg + i
      if (((value >>> i) & 1) === 0 || lock >= numbering.firstLock[tile + 1]!) continue
      if (entry.role === 'lockOverflow') locks.clearOverflow(lock)
      else locks.clearUnderflow(lock)
    }
  }

  private zeroise(tile: number, isData: boolean): void {
    const rows = rowCount(this.device)
    const { kind } = this.parts.registers.mapOf(tile)
    const { core, mem } = this.device
    const { memories, cores } = this.parts
    const isMem = kind === TileKind.mem
    const bytes = isMem ? mem.dmBytes : isData ? core.dmBytes : core.pmBytes
    const perCycle = isMem ? this.device.zeroise.mem : this.device.zeroise.core
    if (!isMem && (cores.readControl(this.coreOf(tile)) & runMask) === coreRuns)
      this.parts.notes.add(NoteCode.clearedUnderCore, partOf(PartKind.tile, tile), isData ? 1 : 0)
    if (isData) {
      const memory = isMem ? memories.memDm : memories.coreDm
      const from = isMem
        ? memories.memBase(Math.floor(tile / rows), tile % rows)
        : this.coreOf(tile) * core.dmBytes
      memory.u8.fill(0, from, from + bytes)
      memory.mark(from, from + bytes)
    } else {
      for (let offset = 0; offset < bytes; offset += 4)
        cores.pmWrite32(this.coreOf(tile), offset, 0)
    }
    this.zeroiseEnd[tile * 2 + (isData ? 0 : 1)] = this.sim.schedule.now + bytes / perCycle
  }

  /**
   * Column reset, or the reset of one application half: channels, locks, switches and registers;
   * memories stay.
   */
  private resetColumn(column: number, half: number): void {
    const { device, parts } = this
    const rows = rowCount(device)
    for (let row = 0; row < rows; row++) {
      const tile = column * rows + row
      const map = parts.registers.mapOf(tile)
      const isMine = (offset: number) =>
        (map.kind !== TileKind.core && inSecondHalf(device, offset) ? 1 : 0) === half
      parts.registers.reset(tile, (entry) => isMine(entry.offset) && entry.role !== 'reset')
      parts.streams.resetTile(tile, isMine)
      parts.hwEvents.reset(tile, half)
      if (half === 0) parts.memories.isolate(tile, 0)
      map.channels.forEach((channel, i) => {
        if (isMine(channel.control)) parts.dma.reset(this.channelOf(tile, i))
      })
      for (let lock = 0; lock < map.locks.count; lock++) {
        if (isMine(map.locks.value(lock)))
          parts.locks.reset(parts.numbering.firstLock[tile]! + lock)
      }
      if (map.kind === TileKind.core && half === 0) {
        parts.cores.resetRegisters(this.coreOf(tile))
        parts.cascade.configure(this.coreOf(tile), 0)
      }
    }
    parts.streams.reconfigure()
    parts.tokens.rebuild()
  }
}
