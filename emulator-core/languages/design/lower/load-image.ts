/**
 * The load image of one column: every register write that makes it the design's, in an order that leaves nothing
 * running on half a configuration.
 *
 *     cores into reset ─▶ DMA reset, switches off ─▶ locks, memory, programs ─▶ descriptors ─▶ switches, token path
 *                                    (all columns meet) ─▶ DMA queues ─▶ cores out of reset
 */
import { queueWord, dmaControl } from '../../../device/abi/dma-words.ts'
import {
  circuitMaster,
  circuitSlave,
  packetMaster,
  packetSlave,
  packetSlot,
  slotsPerSlave,
} from '../../../device/abi/stream-words.ts'
import { aie2ShimMux } from '../../../device/aie2-map.ts'
import { kindOfRow, mapOfRow, rowCount, tileAddress } from '../../../device/geometry.ts'
import { coreControlFields } from '../../../device/registers.ts'
import type { Bundle, Device, DmaChannel, Port } from '../../../device/tiles.ts'
import { TileKind } from '../../../device/tiles.ts'
import type { CoreProgram } from '../../../artifacts/core-program.ts'
import type {
  DesignBd,
  DesignChannelProgram,
  DesignImage,
  DesignTile,
} from '../../../artifacts/design-image.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import { bdOffset, bdWords } from './bd-words.ts'
import { isolationOf } from './isolation.ts'
import type { Block } from './writer.ts'

export interface LoadImage {
  /** Everything that may be written in any state of the other columns. */
  readonly configure: readonly Block[]
  /** What starts things moving. */
  readonly start: readonly Block[]
}

type Programs = ReadonlyMap<string, CoreProgram>

const resetBit = 2 ** coreControlFields.reset[1]
const enableBit = 2 ** coreControlFields.enable[1]
const channelReset = 2 ** dmaControl.reset[1]

/** Register writes of one column. */
class Column {
  readonly blocks: Block[] = []
  private readonly device: Device
  private readonly column: number

  constructor(device: Device, column: number) {
    this.device = device
    this.column = column
  }

  put(row: number, offset: number, words: ArrayLike<number>, what: string, at?: Span): void {
    const address = tileAddress(this.device, this.column, row, offset)
    this.blocks.push({ address, words, what: `${what}, tile ${this.column} ${row}`, at })
  }
}

export function loadImage(
  device: Device,
  image: DesignImage,
  programs: Programs,
  column: number,
): LoadImage {
  const rows = Array.from({ length: rowCount(device) }, (_, row) => row)
  const tiles = image.tiles.filter((t) => t.column === column)
  const dma = image.dma.filter((d) => d.column === column)
  const configure = new Column(device, column)
  for (const row of rows) {
    if (kindOfRow(device, row) !== TileKind.core) continue
    configure.put(row, device.core.control, [resetBit], 'core into reset')
    const bits = isolationOf(device, image, column, row)
    configure.put(row, device.core.isolation, [bits], 'sides closed that nobody uses')
  }
  for (const row of rows) stop(device, configure, row)
  for (const tile of tiles) contents(device, configure, tile, programs.get(`${column},${tile.row}`))
  for (const program of dma) {
    const channel = channelOf(device, program)
    for (const bd of program.bds) descriptor(device, configure, program.row, channel, bd)
    if (channel.padValue !== undefined) {
      const what = `padding of ${program.direction} ${program.channel}`
      configure.put(program.row, channel.padValue, [program.padWord ?? 0], what, program.at)
    }
  }
  switches(device, configure, image, column)
  tokenPath(device, configure, image, column)

  const start = new Column(device, column)
  for (const program of dma) {
    const channel = channelOf(device, program)
    for (const { bd, repeat } of program.starts) {
      const what = `start ${program.direction} ${program.channel} at descriptor ${bd}`
      start.put(program.row, channel.queue, [queueWord(bd, repeat)], what, program.at)
    }
  }
  for (const core of image.cores) {
    if (core.column !== column) continue
    start.put(core.row, device.core.control, [0], 'core out of reset', core.at)
    start.put(core.row, device.core.control, [enableBit], 'core enabled', core.at)
  }
  return { configure: configure.blocks, start: start.blocks }
}

export function channelOf(
  device: Device,
  at: Pick<DesignChannelProgram, 'row' | 'direction' | 'channel'>,
): DmaChannel {
  return mapOfRow(device, at.row).channels.find(
    (c) => c.role === 'data' && c.direction === at.direction && c.channel === at.channel,
  )!
}

function descriptor(
  device: Device,
  out: Column,
  row: number,
  channel: DmaChannel,
  bd: DesignBd,
): void {
  const words = bdWords(device, channel, bd)
  out.put(
    row,
    bdOffset(channel, bd.id),
    words,
    `descriptor ${bd.id} of ${channel.direction} ${channel.channel}`,
    bd.at,
  )
}

/** Whatever ran before in this tile ends: channels are reset and all switch ports closed. */
function stop(device: Device, out: Column, row: number): void {
  const map = mapOfRow(device, row)
  for (const channel of map.channels) {
    if (channel.role !== 'data') continue
    const what = `reset of ${channel.direction} ${channel.channel}`
    out.put(row, channel.control, [channelReset], what)
    out.put(row, channel.control, [0], `end of ${what}`)
  }
  const fabrics = map.control === map.data ? [map.data] : [map.data, map.control]
  for (const fabric of fabrics) {
    for (const [offset, count] of runs([...fabric.masters, ...fabric.slaves])) {
      out.put(row, offset, new Uint32Array(count), 'switch ports closed')
    }
  }
}

/** Consecutive registers of ports as `[offset, count]`. */
function runs(ports: readonly Port[]): [number, number][] {
  const offsets = ports.map((p) => p.register).sort((a, b) => a - b)
  const list: [number, number][] = []
  for (const offset of offsets) {
    const last = list.at(-1)
    if (last && last[0] + 4 * last[1] === offset) last[1]++
    else list.push([offset, 1])
  }
  return list
}

/** Locks, initial values, program memory. */
function contents(
  device: Device,
  out: Column,
  tile: DesignTile,
  program: CoreProgram | undefined,
): void {
  const map = mapOfRow(device, tile.row)
  for (const lock of tile.locks) {
    out.put(tile.row, map.locks.value(lock.id), [lock.init >>> 0], `lock ${lock.name}`, lock.at)
  }
  for (const buffer of tile.buffers) {
    if (!buffer.bytes) continue
    out.put(
      tile.row,
      map.dmOffset + buffer.address,
      wordsOf(buffer.bytes),
      `contents of ${buffer.name}`,
      buffer.at,
    )
  }
  if (!program) return
  for (const { offset, bytes, name } of program.data) {
    out.put(tile.row, map.dmOffset + offset, wordsOf(bytes), `contents of ${name}`, tile.at)
  }
  if (program.image.length > 0)
    out.put(tile.row, device.core.pmOffset, program.image, 'program', tile.at)
}

/** Bytes as little-endian words; the last one is filled up with zeros. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(Math.ceil(bytes.length / 4))
  bytes.forEach((byte, i) => (words[i >> 2]! |= byte << (8 * (i & 3))))
  return words
}

/** Circuits of the routes, and on AIE2 the multiplexers behind the shim switch. */
function switches(device: Device, out: Column, image: DesignImage, column: number): void {
  const mux = { into: 0, outOf: 0 }
  for (const route of image.routes) {
    for (const hop of route.hops) {
      if (hop.column !== column) continue
      const fabric = mapOfRow(device, hop.row).data
      const slave = fabric.slaves[hop.slave]!
      out.put(
        hop.row,
        slave.register,
        [circuitSlave],
        `circuit from ${slave.bundle} ${slave.channel}`,
        route.at,
      )
      for (const index of hop.masters) {
        const master = fabric.masters[index]!
        const what = `circuit ${slave.bundle} ${slave.channel} to ${master.bundle} ${master.channel}`
        out.put(hop.row, master.register, [circuitMaster(slave.id)], what, route.at)
        if (hop.row === 0 && master.bundle === 'south')
          mux.outOf += muxBits(aie2ShimMux.demuxShift, master.channel)
      }
      if (hop.row === 0 && slave.bundle === 'south')
        mux.into += muxBits(aie2ShimMux.muxShift, slave.channel)
    }
  }
  if (device.generation === 'aie4') return
  out.put(0, aie2ShimMux.mux, [mux.into], 'DMA into the shim switch')
  out.put(0, aie2ShimMux.demux, [mux.outOf], 'shim switch to the DMA')
}

function muxBits(shifts: ReadonlyMap<number, number>, port: number): number {
  const shift = shifts.get(port)
  return shift === undefined ? 0 : aie2ShimMux.dma * 2 ** shift
}

/** Arbiter and msel that carry tokens. */
const tokenArbiter = 0
const allMsels = 0xf

/** Tokens of the shim tile, and of tiles above it that are waited for, reach the controller. */
function tokenPath(device: Device, out: Column, image: DesignImage, column: number): void {
  const top = Math.max(0, ...image.tokenTiles.filter((t) => t.column === column).map((t) => t.row))
  for (let row = top; row >= 0; row--) {
    const fabric = mapOfRow(device, row).control
    const isShim = row === 0
    const sink: Bundle = isShim && device.generation === 'aie4' ? 'uc' : 'south'
    const master = fabric.masters.find((p) => p.bundle === sink && p.channel === 0)
    if (!master) continue
    const issues = isShim || image.tokenTiles.some((t) => t.column === column && t.row === row)
    if (issues)
      for (const slave of fabric.slaves) if (slave.bundle === 'control') packetPort(out, row, slave)
    const above = fabric.slaves.find((p) => p.bundle === 'north' && p.channel === 0)
    if (row < top && above) packetPort(out, row, above)
    out.put(
      row,
      master.register,
      [packetMaster(tokenArbiter, allMsels)],
      `tokens to ${master.bundle} ${master.channel}`,
    )
  }
}

/** Opens a slave to packets of any id. */
function packetPort(out: Column, row: number, slave: Port): void {
  const slots = new Uint32Array(slotsPerSlave)
  slots[0] = packetSlot(0, 0, tokenArbiter, 0)
  out.put(row, slave.register, [packetSlave], `tokens from ${slave.bundle} ${slave.channel}`)
  if (slave.slots !== undefined)
    out.put(row, slave.slots, slots, `token slot of ${slave.bundle} ${slave.channel}`)
}
