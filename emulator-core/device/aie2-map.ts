/** Register maps and stream ports of the AIE2 family (npu1) and AIE2P (npu4), which share them. */
import { aie2CoreBd, aie2MemBd, aie2ShimBd } from './abi/bd.ts'
import { lockMap } from './lock-map.ts'
import type { Bundle, DmaChannel, Fabric, Port, ShimMux, TileMap } from './tiles.ts'
import { TileKind } from './tiles.ts'

type Row = readonly [Bundle, number]

function ports(base: number, slots: number | undefined, rows: readonly Row[]): Port[] {
  const list: Port[] = []
  for (const [bundle, count] of rows) {
    for (let channel = 0; channel < count; channel++) {
      const id = list.length
      const port = { bundle, channel, id, register: base + 4 * id }
      list.push(slots === undefined ? port : { ...port, slots: slots + 0x10 * id })
    }
  }
  return list
}

function fabric(
  masters: Port[],
  slaves: Port[],
  merge: number,
  legal: (from: Port, to: Port) => boolean,
): Fabric {
  return {
    masters,
    slaves,
    beatBytes: 4,
    merge: [0, 1].map((arbiter) => ({ arbiter, register: merge + 0x10 * arbiter })),
    legal: (s, m) => legal(slaves[s]!, masters[m]!),
  }
}

const queueDepth = 4

function channels(
  s2mm: number,
  mm2s: number,
  at: {
    s2mm: number
    mm2s: number
    s2mmStatus: number
    mm2sStatus: number
    writeCount: number
    countPop: number
    bd: number
  },
  actors: { s2mm: number; mm2s: number },
  rest: (
    channel: number,
    direction: 's2mm' | 'mm2s',
  ) => Pick<DmaChannel, 'bdCount' | 'legalBds' | 'port' | 'layout' | 'reachesNeighbours'>,
): DmaChannel[] {
  const one = (direction: 's2mm' | 'mm2s', channel: number): DmaChannel => {
    const control = (direction === 's2mm' ? at.s2mm : at.mm2s) + 8 * channel
    const status = (direction === 's2mm' ? at.s2mmStatus : at.mm2sStatus) + 4 * channel
    return {
      direction,
      channel,
      role: 'data',
      control,
      queue: control + 4,
      status,
      bdBase: at.bd,
      firstBd: 0,
      nextBias: 0,
      queueDepth,
      actor: actors[direction] + channel,
      ...(direction === 's2mm' && {
        writeCount: at.writeCount + 4 * channel,
        countPop: at.countPop + 4 * channel,
      }),
      ...rest(channel, direction),
    }
  }
  return [
    ...Array.from({ length: s2mm }, (_, c) => one('s2mm', c)),
    ...Array.from({ length: mm2s }, (_, c) => one('mm2s', c)),
  ]
}

const coreMasters = ports(0x3f000, undefined, [
  ['core', 1],
  ['dma', 2],
  ['control', 1],
  ['fifo', 1],
  ['south', 4],
  ['west', 4],
  ['north', 6],
  ['east', 4],
])
const coreSlaves = ports(0x3f100, 0x3f200, [
  ['core', 1],
  ['dma', 2],
  ['control', 1],
  ['fifo', 1],
  ['south', 6],
  ['west', 4],
  ['north', 4],
  ['east', 4],
  ['trace', 2],
])
const memMasters = ports(0xb0000, undefined, [
  ['dma', 6],
  ['control', 1],
  ['south', 4],
  ['north', 6],
])
const memSlaves = ports(0xb0100, 0xb0200, [
  ['dma', 6],
  ['control', 1],
  ['south', 6],
  ['north', 4],
  ['trace', 1],
])
const shimMasters = ports(0x3f000, undefined, [
  ['control', 1],
  ['fifo', 1],
  ['south', 6],
  ['west', 4],
  ['north', 6],
  ['east', 4],
])
const shimSlaves = ports(0x3f100, 0x3f200, [
  ['control', 1],
  ['fifo', 1],
  ['south', 8],
  ['west', 4],
  ['north', 4],
  ['east', 4],
  ['trace', 1],
])

function legalInCore(from: Port, to: Port): boolean {
  if (from.bundle === 'trace')
    return (
      (to.bundle === 'dma' && to.channel === 0) || to.bundle === 'fifo' || to.bundle === 'south'
    )
  if (from.bundle === 'core') return to.bundle !== 'core'
  if (from.bundle === 'control') return to.bundle !== 'control' && to.bundle !== 'dma'
  return from.bundle !== to.bundle || from.channel === to.channel
}

function legalInMem(from: Port, to: Port): boolean {
  const through = to.bundle === 'south' || to.bundle === 'north'
  if (from.bundle === 'dma') return to.bundle === 'dma' ? from.channel === to.channel : true
  if (from.bundle === 'control') return (to.bundle === 'dma' && to.channel === 5) || through
  if (from.bundle === 'trace')
    return (to.bundle === 'dma' && to.channel === 5) || to.bundle === 'south'
  return through ? from.channel === to.channel : true
}

function legalInShim(from: Port, to: Port): boolean {
  if (from.bundle === 'control') return to.bundle !== 'control'
  if (from.bundle === 'trace') {
    if (to.bundle === 'west' || to.bundle === 'east') return to.channel === 0
    return to.bundle === 'fifo' || to.bundle === 'south'
  }
  if (from.bundle === 'fifo' || from.bundle === 'south') return true
  return from.bundle !== to.bundle || from.channel === to.channel
}

/** South port of the shim switch that each DMA channel uses once the multiplexer selects it. */
const shimMm2sPort = [3, 7]
const shimS2mmPort = [2, 3]

const coreFabric = fabric(coreMasters, coreSlaves, 0x3f800, legalInCore)
const memFabric = fabric(memMasters, memSlaves, 0xb0800, legalInMem)
const shimFabric = fabric(shimMasters, shimSlaves, 0x3f800, legalInShim)

export const aie2CoreTile: TileMap = {
  kind: TileKind.core,
  status: (half) => (half === 0 ? 0x3ff30 : -1),
  dmOffset: 0,
  dmBytes: 0x10000,
  data: coreFabric,
  control: coreFabric,
  locks: lockMap([{ first: 0, count: 16, value: 0x1f000, request: 0x40000 }]),
  channels: channels(
    2,
    2,
    {
      s2mm: 0x1de00,
      mm2s: 0x1de10,
      s2mmStatus: 0x1df00,
      mm2sStatus: 0x1df10,
      writeCount: 0x1df18,
      countPop: 0x1df20,
      bd: 0x1d000,
    },
    { s2mm: 0, mm2s: 6 },
    (channel) => ({
      bdCount: 16,
      legalBds: [0, 15],
      port: { bundle: 'dma', channel },
      layout: aie2CoreBd,
      reachesNeighbours: false,
    }),
  ),
}

export const aie2MemTile: TileMap = {
  kind: TileKind.mem,
  status: (half) => (half === 0 ? 0xb0f30 : -1),
  dmOffset: 0,
  dmBytes: 0x80000,
  data: memFabric,
  control: memFabric,
  locks: lockMap([{ first: 0, count: 64, value: 0xc0000, request: 0xd0000 }]),
  channels: channels(
    6,
    6,
    {
      s2mm: 0xa0600,
      mm2s: 0xa0630,
      s2mmStatus: 0xa0660,
      mm2sStatus: 0xa0680,
      writeCount: 0xa06b0,
      countPop: 0xa06c8,
      bd: 0xa0000,
    },
    { s2mm: 0, mm2s: 6 },
    (channel) => ({
      bdCount: 48,
      legalBds: channel % 2 === 0 ? [0, 23] : [24, 47],
      port: { bundle: 'dma', channel },
      layout: aie2MemBd,
      reachesNeighbours: channel < 4,
    }),
  ),
}

/**
 * Shim multiplexers of the AIE2 family: two bits per south port; 0 PL, 1 DMA, 2 NoC. `mux` selects what enters the
 * switch at a south slave, `demux` where a south master leads.
 */
export const aie2ShimMux: ShimMux = {
  mux: 0x1f000,
  demux: 0x1f004,
  muxShift: new Map([
    [2, 8],
    [3, 10],
    [6, 12],
    [7, 14],
  ]),
  demuxShift: new Map([
    [2, 4],
    [3, 6],
    [4, 8],
    [5, 10],
  ]),
  mask: 3,
  dma: 1,
}

export const aie2ShimTile: TileMap = {
  kind: TileKind.shim,
  status: (half) => (half === 0 ? 0x3ff30 : -1),
  mux: aie2ShimMux,
  dmOffset: 0,
  dmBytes: 0,
  data: shimFabric,
  control: shimFabric,
  locks: lockMap([{ first: 0, count: 16, value: 0x14000, request: 0x40000 }]),
  channels: channels(
    2,
    2,
    {
      s2mm: 0x1d200,
      mm2s: 0x1d210,
      s2mmStatus: 0x1d220,
      mm2sStatus: 0x1d228,
      writeCount: 0x1d230,
      countPop: 0x1d238,
      bd: 0x1d000,
    },
    { s2mm: 0, mm2s: 6 },
    (channel, direction) => ({
      bdCount: 16,
      legalBds: [0, 15],
      port: {
        bundle: 'south',
        channel: (direction === 'mm2s' ? shimMm2sPort : shimS2mmPort)[channel]!,
      },
      layout: aie2ShimBd,
      reachesNeighbours: false,
    }),
  ),
}
