/**
 * Blocks: which numbered piece of data is where. An observer: it reads the trace and changes nothing.
 *
 *     trace ── descriptor and lock records ──▶ ┌────────┐ ── block of a cell, of a channel ──▶ frame
 *     host  ── block number of an address ───▶ │ Blocks │
 *                                              └────────┘  its state lies in the arena and goes back with it
 *
 * A block gets its number when a shim channel reads it from a host buffer; the number rides along streams by word
 * count, rests in tile buffers, and passes from what a core took to what the core gives.
 *
 * Simplified  a core's output carries the number of the input it took last; a transfer that reorders words
 *             inside a block keeps the block's number
 */
import type { DesignFifoEnd, DesignImage } from '../artifacts/design-image.ts'
import { ArrayEvent } from '../array/events.ts'
import { CoreEvent } from '../array/core/events.ts'
import {
  coreCount,
  coreIndex,
  mapOfRow,
  rowCount,
  tileCount,
  tileIndex,
} from '../device/geometry.ts'
import type { ArrayNumbering } from '../device/parts.ts'
import { partIndex } from '../device/parts.ts'
import type { Device } from '../device/tiles.ts'
import { TileKind } from '../device/tiles.ts'
import type { Sim } from '../sim/sim.ts'
import type { CellPlan } from './cells.ts'
import { keyOf } from './cells.ts'

/** Trace record of the observer: a core took a block. `part` is the core, a = block. */
export const blockTaken = 500

export const CellContent = { empty: 0, arriving: 1, held: 2, result: 3, leaving: 4 } as const

/** Descriptors remembered per source channel: as many as may be in flight on a route. */
const remembered = 8
const locksPerCore = 64
const none = -1

export class Blocks {
  /** Block number per cell, −1 when it holds none, and `CellContent`. */
  readonly cellBlock: Int32Array
  readonly cellContent: Uint8Array
  private readonly sim: Sim
  private readonly plan: CellPlan
  private readonly hostBlock: (addressLow: number) => number
  private readonly isShim: Uint8Array
  private readonly isMm2s: Uint8Array
  private readonly tileOf: Int32Array
  private readonly isMem: Uint8Array
  private readonly rows: number
  private readonly mem: Device['mem']
  /** Source channel of each sink channel, −1 when nothing known feeds it. */
  private readonly source: Int32Array
  /** Words of finished descriptors per channel. */
  private readonly moved: Float64Array
  /** Start of the open descriptor: byte offset in its tile, or host address; −1 when none is open. And the tile. */
  private readonly openAt: Float64Array
  private readonly openTile: Int32Array
  private readonly ringStart: Float64Array
  private readonly ringAt: Float64Array
  private readonly ringTile: Int32Array
  private readonly ringBlock: Int32Array
  private readonly ringCount: Float64Array
  /** What a core took last. */
  private readonly coreBlock: Int32Array
  /** First cell and cell count per tile are looked up here. */
  private readonly cellsOfTile: readonly Int32Array[]
  private readonly cellFrom: Int32Array
  private readonly cellTo: Int32Array
  /** Per (core, lock as it numbers it): fifo end + 1 that a take or a give of that lock moves. */
  private readonly takes: Int16Array
  private readonly gives: Int16Array
  private readonly ends: readonly {
    readonly consumer: boolean
    readonly buffers: readonly Int32Array[]
  }[]
  private readonly endHead: Int32Array
  private readonly endHeld: Int32Array

  constructor(
    sim: Sim,
    device: Device,
    numbering: ArrayNumbering,
    image: DesignImage | undefined,
    plan: CellPlan,
    hostBlock: (addressLow: number) => number,
  ) {
    const { channelCount } = numbering
    this.sim = sim
    this.plan = plan
    this.hostBlock = hostBlock
    const cells = Math.max(1, plan.cells.length)
    this.cellBlock = sim.state.i32('machine.blocks.cell', cells).fill(none)
    this.cellContent = sim.state.u8('machine.blocks.content', cells)
    this.moved = sim.state.f64('machine.blocks.moved', channelCount)
    this.openAt = sim.state.f64('machine.blocks.openAt', channelCount).fill(none)
    this.openTile = sim.state.i32('machine.blocks.openTile', channelCount)
    this.ringStart = sim.state.f64('machine.blocks.ringStart', channelCount * remembered)
    this.ringAt = sim.state.f64('machine.blocks.ringAt', channelCount * remembered)
    this.ringTile = sim.state.i32('machine.blocks.ringTile', channelCount * remembered)
    this.ringBlock = sim.state.i32('machine.blocks.ringBlock', channelCount * remembered).fill(none)
    this.ringCount = sim.state.f64('machine.blocks.ringCount', channelCount)
    this.coreBlock = sim.state.i32('machine.blocks.core', coreCount(device)).fill(none)
    this.isShim = new Uint8Array(channelCount)
    this.isMm2s = new Uint8Array(channelCount)
    this.tileOf = new Int32Array(channelCount)
    this.isMem = new Uint8Array(tileCount(device))
    this.mem = device.mem
    this.source = sourcesOf(device, numbering, image)
    this.rows = rowCount(device)
    for (let tile = 0; tile < tileCount(device); tile++) {
      const map = mapOfRow(device, tile % this.rows)
      this.isMem[tile] = map.kind === TileKind.mem ? 1 : 0
      map.channels.forEach((channel, i) => {
        const c = numbering.firstChannel[tile]! + i
        this.isShim[c] = map.kind === TileKind.shim ? 1 : 0
        this.isMm2s[c] = channel.direction === 'mm2s' ? 1 : 0
        this.tileOf[c] = tile
      })
    }
    this.cellFrom = Int32Array.from(plan.cells, (c) => plan.buffers[c.buffer]!.address + c.offset)
    this.cellTo = Int32Array.from(plan.cells, (c, i) => this.cellFrom[i]! + c.sizeBytes)
    this.cellsOfTile = Array.from({ length: tileCount(device) }, (_, tile) =>
      Int32Array.from(
        plan.cells.flatMap((c, i) => (plan.buffers[c.buffer]!.tile === tile ? [i] : [])),
      ),
    )
    this.takes = new Int16Array(coreCount(device) * locksPerCore)
    this.gives = new Int16Array(coreCount(device) * locksPerCore)
    this.ends = this.bindEnds(device, image)
    this.endHead = sim.state.i32('machine.blocks.endHead', Math.max(1, this.ends.length))
    this.endHeld = sim.state.i32('machine.blocks.endHeld', Math.max(1, this.ends.length))
    sim.trace.watch((kind, part, a, b) => this.see(kind, part, a, b))
  }

  /** Number of the block that a channel is moving after `words` of its open descriptor, −1 when unknown or at rest. */
  blockOf(channel: number, words: number): number {
    if (this.openAt[channel] === none || this.plan.blockBytes === 0) return none
    if (this.isMm2s[channel] === 0) return this.incoming(channel, words * 4)
    const first = this.newest(channel)
    return first === none ? none : first + Math.floor((words * 4) / this.plan.blockBytes)
  }

  /** First cell that the channel's open descriptor covers, −1 when none. */
  openCell(channel: number): number {
    const at = this.openAt[channel]!
    return at === none || this.isShim[channel] !== 0
      ? none
      : this.cellAt(this.openTile[channel]!, at)
  }

  /** Number of the block that a core took last, −1 before it took one. */
  blockOfCore(core: number): number {
    return this.coreBlock[core]!
  }

  /** Block that a receiving channel's open descriptor puts into the `n`-th cell it covers. */
  incomingBlock(channel: number, n: number): number {
    return this.incoming(channel, n * this.plan.blockBytes)
  }

  /** Words that a channel has moved since the beginning; `open` are those of its open descriptor. */
  wordsMoved(channel: number, open: number): number {
    return this.moved[channel]! + (this.openAt[channel] === none ? 0 : open)
  }

  private see(kind: number, part: number, a: number, b: number): void {
    if (kind === ArrayEvent.bdStart) this.bdStart(partIndex(part), b)
    else if (kind === ArrayEvent.bdFinish) this.bdFinish(partIndex(part), b)
    else if (kind === CoreEvent.lockAcquired) this.take(part, a, b)
    else if (kind === CoreEvent.lockReleased) this.give(part, a, b)
  }

  private bdStart(channel: number, address: number): void {
    this.place(channel, address)
    if (this.isMm2s[channel] === 0) return
    const slot = channel * remembered + (this.ringCount[channel]! % remembered)
    this.ringCount[channel]!++
    this.ringStart[slot] = this.moved[channel]!
    this.ringAt[slot] = this.openAt[channel]!
    this.ringTile[slot] = this.openTile[channel]!
    this.ringBlock[slot] = this.isShim[channel] !== 0 ? this.hostBlock(address >>> 0) : none
  }

  /** Says where a descriptor's address leads: a mem tile's windows reach its neighbours too. */
  private place(channel: number, address: number): void {
    const tile = this.tileOf[channel]!
    this.openTile[channel] = tile
    if (this.isMem[tile] === 0) {
      this.openAt[channel] = this.isShim[channel] !== 0 ? address >>> 0 : address
      return
    }
    const { windowBytes, localWindow } = this.mem
    const distance = Math.floor(address / windowBytes) - localWindow
    this.openTile[channel] = tile + distance * this.rows
    this.openAt[channel] = address % windowBytes
  }

  private bdFinish(channel: number, words: number): void {
    if (this.isMm2s[channel] !== 0) {
      const slot = channel * remembered + ((this.ringCount[channel]! - 1) % remembered)
      this.ringBlock[slot] = this.newest(channel)
      if (this.isShim[channel] === 0) this.markCells(channel, words, CellContent.empty)
    } else if (this.isShim[channel] === 0) this.markCells(channel, words, CellContent.held)
    this.moved[channel]! += words
    this.openAt[channel] = none
  }

  /** Gives the cells that the finished descriptor covered their content. */
  private markCells(channel: number, words: number, content: number): void {
    const from = this.openAt[channel]!
    const to = from + words * 4
    const cells = this.cellsOfTile[this.openTile[channel]!]
    if (!cells) return
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!
      if (this.cellFrom[cell]! < from || this.cellFrom[cell]! >= to) continue
      this.cellContent[cell] = content
      if (content === CellContent.held) {
        this.cellBlock[cell] = this.incoming(channel, this.cellFrom[cell]! - from)
        if (this.plan.buffers[this.plan.cells[cell]!.buffer]!.role === 'out') {
          this.cellContent[cell] = CellContent.result
        }
      } else this.cellBlock[cell] = none
    }
  }

  /** Block of the newest descriptor of a source channel. */
  private newest(channel: number): number {
    if (this.ringCount[channel] === 0) return none
    return this.resolve(
      channel,
      channel * remembered + ((this.ringCount[channel]! - 1) % remembered),
    )
  }

  private resolve(channel: number, slot: number): number {
    if (this.ringBlock[slot] !== none || this.isShim[channel] !== 0) return this.ringBlock[slot]!
    const cell = this.cellAt(this.ringTile[slot]!, this.ringAt[slot]!)
    return cell === none ? none : this.cellBlock[cell]!
  }

  /** Block that reaches a sink channel `bytes` behind the start of its open descriptor. */
  private incoming(channel: number, bytes: number): number {
    const source = this.source[channel]!
    if (source === none) return none
    const position = this.moved[channel]! + bytes / 4
    const count = this.ringCount[source]!
    for (let back = 1; back <= Math.min(count, remembered); back++) {
      const slot = source * remembered + ((count - back) % remembered)
      const start = this.ringStart[slot]!
      if (start > position) continue
      const block = this.resolve(source, slot)
      if (block === none || this.plan.blockBytes === 0) return none
      return block + Math.floor(((position - start) * 4) / this.plan.blockBytes)
    }
    return none
  }

  private cellAt(tile: number, address: number): number {
    const cells = this.cellsOfTile[tile]
    if (!cells) return none
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!
      if (address >= this.cellFrom[cell]! && address < this.cellTo[cell]!) return cell
    }
    return none
  }

  private take(core: number, lock: number, amount: number): void {
    const e = this.takes[core * locksPerCore + lock]! - 1
    if (e < 0) return
    const end = this.ends[e]!
    const objects = Math.abs(amount)
    if (end.consumer && end.buffers.length > 0) {
      const cells = end.buffers[(this.endHead[e]! + this.endHeld[e]!) % end.buffers.length]!
      const block = cells.length > 0 ? this.cellBlock[cells[0]!]! : none
      if (cells.length > 0) this.coreBlock[core] = block
      if (block !== none) this.sim.trace.emit(blockTaken, core, block, 0)
    }
    this.endHeld[e]! += objects
  }

  private give(core: number, lock: number, amount: number): void {
    const e = this.gives[core * locksPerCore + lock]! - 1
    if (e < 0) return
    const { consumer, buffers } = this.ends[e]!
    const objects = Math.min(Math.abs(amount), buffers.length)
    for (let n = 0; n < objects; n++) {
      const cells = buffers[this.endHead[e]! % buffers.length]!
      for (let i = 0; i < cells.length; i++) {
        this.cellContent[cells[i]!] = consumer ? CellContent.empty : CellContent.result
        this.cellBlock[cells[i]!] = consumer ? none : this.coreBlock[core]!
      }
      this.endHead[e]!++
    }
    this.endHeld[e] = Math.max(0, this.endHeld[e]! - objects)
  }

  private bindEnds(device: Device, image: DesignImage | undefined) {
    const ends: { consumer: boolean; buffers: Int32Array[] }[] = []
    for (const fifo of image?.fifos ?? []) {
      for (const end of fifo.ends) {
        if (!isCore(image!, end) || end.locks.length < 2) continue
        const core = coreIndex(device, end.column, end.row)
        const produce = this.lockAsSeen(device, image!, end, end.locks[0]!)
        const consume = this.lockAsSeen(device, image!, end, end.locks[1]!)
        if (produce < 0 || consume < 0) continue
        const consumer = end.role === 'consumer'
        ends.push({ consumer, buffers: end.buffers.map((name) => this.cellsOfBuffer(end, name)) })
        this.takes[core * locksPerCore + (consumer ? consume : produce)] = ends.length
        this.gives[core * locksPerCore + (consumer ? produce : consume)] = ends.length
      }
    }
    return ends
  }

  private cellsOfBuffer(end: DesignFifoEnd, name: string): Int32Array {
    const key = keyOf(end.memory.column, end.memory.row, name)
    const buffer = this.plan.buffers.find((b) => keyOf(b.column, b.row, b.name) === key)
    return Int32Array.from({ length: buffer?.cells ?? 0 }, (_, i) => buffer!.firstCell + i)
  }

  /** The number by which the end's core asks for a lock of the tile that holds the fifo. */
  private lockAsSeen(device: Device, image: DesignImage, end: DesignFifoEnd, name: string): number {
    const { memory } = end
    const tile = image.tiles.find((t) => t.column === memory.column && t.row === memory.row)
    const lock = tile?.locks.find((l) => l.name === name)
    if (!lock) return none
    const { lockWindow } = device.core
    const windows = [
      [0, -1],
      [-1, 0],
      [0, 1],
      [0, 0],
    ] as const
    const window = windows.findIndex(
      ([dc, dr]) => memory.column === end.column + dc && memory.row === end.row + dr,
    )
    return window < 0 ? none : window * lockWindow + lock.id
  }
}

function isCore(image: DesignImage, end: { column: number; row: number }): boolean {
  return image.tiles.some((t) => t.kind === 'core' && t.column === end.column && t.row === end.row)
}

/** For each channel that receives, the channel that feeds it. */
function sourcesOf(
  device: Device,
  numbering: ArrayNumbering,
  image: DesignImage | undefined,
): Int32Array {
  const source = new Int32Array(numbering.channelCount).fill(none)
  const numberOf = (
    end: { column: number; row: number; bundle: string; channel: number },
    direction: string,
  ) => {
    const tile = tileIndex(device, end.column, end.row)
    const at = mapOfRow(device, end.row).channels.findIndex(
      (c) =>
        c.direction === direction && c.port.bundle === end.bundle && c.port.channel === end.channel,
    )
    return at < 0 ? none : numbering.firstChannel[tile]! + at
  }
  for (const route of image?.routes ?? []) {
    const from = numberOf(route.source, 'mm2s')
    for (const sink of route.sinks) {
      const to = numberOf(sink, 's2mm')
      if (to !== none) source[to] = from
    }
  }
  return source
}
