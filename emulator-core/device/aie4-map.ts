/** Register maps and stream ports of AIE4 (npu3 family): two fabrics per tile, two halves in shim and mem tiles. */
import { aie4ControlBd, aie4CoreBd, aie4MemBd, aie4ShimBd } from './abi/bd.ts'
import type { BdLayout } from './abi/bd.ts'
import { lockMap } from './lock-map.ts'
import type { Bundle, DmaChannel, Fabric, MergeRegisters, Port, TileMap } from './tiles.ts'
import { TileKind } from './tiles.ts'

const half = 0x40000
const dataBeat = 64
const controlBeat = 4

/** `[bundle, first channel, circuit ids, register of the first, slots of the first]`; registers 4, slots 16 bytes apart. */
type Run = readonly [Bundle, number, readonly number[], number, number?]

function ports(runs: readonly Run[]): Port[] {
  return runs.flatMap(([bundle, first, ids, register, slots]) =>
    ids.map((id, i) => {
      const port = { bundle, channel: first + i, id, register: register + 4 * i }
      return slots === undefined ? port : { ...port, slots: slots + 0x10 * i }
    }),
  )
}

/** Ports whose registers sit at `base + 4·id` and slots at `slots + 16·id`. */
function byId(
  base: number,
  slots: number | undefined,
  rows: readonly (readonly [Bundle, readonly number[]])[],
): Port[] {
  return rows.flatMap(([bundle, ids]) =>
    ids.map((id, channel) => {
      const port = { bundle, channel, id, register: base + 4 * id }
      return slots === undefined ? port : { ...port, slots: slots + 0x10 * id }
    }),
  )
}

const anyToAny = () => true

/**
 * Legality from bit masks: bit k of a slave's mask is the k-th master of `order`. Ports that the published tables
 * do not list (FIFO, PL) are unrestricted.
 */
function masked(
  masters: readonly Port[],
  slaves: readonly Port[],
  order: readonly string[],
  masks: Readonly<Record<string, number>>,
): Fabric['legal'] {
  const name = (p: Port) => `${p.bundle}${p.channel}`
  const bit = masters.map((p) => order.indexOf(name(p)))
  const mask = slaves.map((p) => masks[name(p)])
  return (s, m) => {
    const allowed = mask[s]
    const at = bit[m]!
    return allowed === undefined || at < 0 ? true : ((allowed >>> at) & 1) !== 0
  }
}

function numbered(bundle: Bundle, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${bundle}${i}`)
}

// ---- core tile

const coreMasters = byId(0xb4000, undefined, [
  ['core', [0, 1]],
  ['dma', [2, 3]],
  ['fifo', [4, 5]],
  ['south', [6, 7, 9, 10]],
  ['west', [12, 13]],
  ['north', [16, 17, 18, 19, 20, 21, 22, 23]],
  ['east', [24, 25]],
  ['northControl', [28, 29]],
  ['control', [30]],
  ['bridge', [31]],
])
const coreSlaves = byId(0xb4100, 0xb4200, [
  ['core', [0]],
  ['dma', [1]],
  ['fifo', [3, 4]],
  ['south', [5, 6, 7, 8, 9, 10, 11, 12]],
  ['west', [13, 14]],
  ['north', [17, 18, 20, 21]],
  ['east', [23, 24]],
  ['southControl', [27, 28]],
  ['bridge', [29]],
])
const coreOrder = [
  ...numbered('core', 2),
  ...numbered('dma', 2),
  ...numbered('south', 4),
  ...numbered('west', 2),
  ...numbered('north', 8),
  ...numbered('east', 2),
  ...numbered('northControl', 2),
  'control0',
  'bridge0',
]
const coreLegal = masked(coreMasters, coreSlaves, coreOrder, {
  core0: 0xdffff8,
  dma0: 0xfffff7,
  south0: 0x8fff1f,
  south1: 0x8fff2f,
  south2: 0x8fff0f,
  south3: 0x8fff0f,
  south4: 0x8fff4f,
  south5: 0x8fff8f,
  south6: 0x8fff0f,
  south7: 0x8fff0f,
  west0: 0xfffdff,
  west1: 0xfffeff,
  north0: 0x8c07ff,
  north1: 0x8c0bff,
  north2: 0x8c43ff,
  north3: 0x8c83ff,
  east0: 0xf7ffff,
  east1: 0xfbffff,
  southControl0: 0xdc0305,
  southControl1: 0xf8020a,
  bridge0: 0x7fffff,
})
const coreControlMasters = ports([
  ['south', 0, [0, 1], 0xb4900],
  ['west', 0, [2], 0xb4908],
  ['north', 0, [3, 4], 0xb490c],
  ['east', 0, [5], 0xb4914],
  ['bridge', 0, [6], 0xb4918],
])
const coreControlSlaves = ports([
  ['control', 0, [0], 0xb4a00, 0xb4b00],
  ['trace', 0, [1, 2], 0xb4a04, 0xb4b10],
  ['south', 0, [3, 4], 0xb4a0c, 0xb4b30],
  ['west', 0, [5], 0xb4a14, 0xb4b50],
  ['north', 0, [6, 7], 0xb4a18, 0xb4b60],
  ['east', 0, [8], 0xb4a20, 0xb4b80],
  ['bridge', 0, [9], 0xb4a24, 0xb4b90],
])

// ---- mem tile

const memMasters = ports([
  ['dma', 0, [0, 1, 2, 3], 0x20000],
  ['fifo', 0, [4], 0x20010],
  ['south', 0, [5, 6], 0x20014],
  ['north', 0, [8, 9, 10, 11], 0x20020],
  ['northControl', 0, [12], 0x20030],
  ['control', 0, [13], 0x20034],
  ['bridge', 0, [14], 0x20038],
  ['dma', 4, [16, 17, 18, 19], half + 0x20000],
  ['fifo', 1, [20], half + 0x20010],
  ['south', 2, [21, 22], half + 0x20014],
  ['north', 4, [24, 25, 26, 27], half + 0x20020],
  ['northControl', 1, [28], half + 0x20030],
  ['control', 1, [29], half + 0x20034],
  ['bridge', 1, [30], half + 0x20038],
])
const memSlaves = ports([
  ['dma', 0, [0, 1, 2, 3, 4], 0x20040, 0x20080],
  ['fifo', 0, [12], 0x20058, 0x200e0],
  ['south', 0, [14, 15], 0x2005c, 0x200f0],
  ['north', 0, [22, 23], 0x2006c, 0x20130],
  ['southControl', 0, [28], 0x20078, 0x20160],
  ['bridge', 0, [30], 0x2007c, 0x20170],
  ['dma', 5, [6, 7, 8, 9, 10], half + 0x20040, half + 0x20080],
  ['fifo', 1, [13], half + 0x20058, half + 0x200e0],
  ['south', 2, [18, 19], half + 0x2005c, half + 0x200f0],
  ['north', 2, [25, 26], half + 0x2006c, half + 0x20130],
  ['southControl', 1, [29], half + 0x20078, half + 0x20160],
  ['bridge', 1, [31], half + 0x2007c, half + 0x20170],
])
const memOrder = [
  ...numbered('dma', 8),
  ...numbered('south', 4),
  ...numbered('north', 8),
  ...numbered('northControl', 2),
  ...numbered('control', 2),
  ...numbered('bridge', 2),
]
const memLegal = masked(memMasters, memSlaves, memOrder, {
  dma0: 0x30ff101,
  dma1: 0x30ff202,
  dma2: 0x30ff104,
  dma3: 0x35ff208,
  dma4: 0x3501f00,
  dma5: 0x30ff410,
  dma6: 0x30ff820,
  dma7: 0x30ff440,
  dma8: 0x3aff880,
  dma9: 0x3a10f00,
  south0: 0x30ff10d,
  south1: 0x30ff20e,
  south2: 0x30ff4d0,
  south3: 0x30ff8e0,
  north0: 0x3001f07,
  north1: 0x3402f0b,
  north2: 0x3010f73,
  north3: 0x3c20fb3,
  southControl0: 0x3500008,
  southControl1: 0x3e00080,
  bridge0: 0x05fffff,
  bridge1: 0x0afffff,
})
const memControlMasters = ports([
  ['south', 0, [0], 0x201a0],
  ['north', 0, [2], 0x201a8],
  ['bridge', 0, [4], 0x201b0],
  ['south', 1, [1], half + 0x201a0],
  ['north', 1, [3], half + 0x201a8],
  ['bridge', 1, [5], half + 0x201b0],
])
const memControlSlaves = ports([
  ['control', 0, [0], 0x201c0, 0x201e0],
  ['trace', 0, [1], 0x201c4, 0x201f0],
  ['south', 0, [2], 0x201c8, 0x20200],
  ['north', 0, [4], 0x201d0, 0x20220],
  ['bridge', 0, [6], 0x201d8, 0x20240],
  ['control', 1, [7], half + 0x201c0, half + 0x201e0],
  ['trace', 1, [8], half + 0x201c4, half + 0x201f0],
  ['south', 1, [3], half + 0x201c8, half + 0x20200],
  ['north', 1, [5], half + 0x201d0, half + 0x20220],
  ['bridge', 1, [9], half + 0x201d8, half + 0x20240],
])

// ---- shim tile

const shimMasters = ports([
  ['dma', 0, [0], 0x8000],
  ['traceDma', 0, [1], 0x8004],
  ['fifo', 0, [2], 0x8008],
  ['pl', 0, [3, 4, 5], 0x800c],
  ['west', 0, [6, 7], 0x8018],
  ['north', 0, [8, 9], 0x8020],
  ['east', 0, [11, 12], 0x802c],
  ['northControl', 0, [13], 0x8034],
  ['control', 0, [14], 0x8038],
  ['bridge', 0, [15], 0x803c],
  ['dma', 1, [16], half + 0x8000],
  ['fifo', 1, [18], half + 0x8008],
  ['north', 2, [24, 25], half + 0x8020],
  ['northControl', 1, [29], half + 0x8034],
  ['control', 1, [30], half + 0x8038],
  ['bridge', 1, [31], half + 0x803c],
])
const shimSlaves = ports([
  ['dma', 0, [0, 1], 0x8040, 0x8080],
  ['fifo', 0, [4], 0x8048, 0x80a0],
  ['pl', 0, [6, 7, 8, 9], 0x804c, 0x80b0],
  ['west', 0, [14, 15], 0x805c, 0x80f0],
  ['north', 0, [18, 19], 0x8064, 0x8110],
  ['east', 0, [22, 23], 0x806c, 0x8130],
  ['controlDma', 0, [26], 0x8074, 0x8150],
  ['bridge', 0, [28], 0x8078, 0x8160],
  ['dma', 2, [2, 3], half + 0x8040, half + 0x8080],
  ['fifo', 1, [5], half + 0x8048, half + 0x80a0],
  ['north', 2, [20, 21], half + 0x8064, half + 0x8110],
  ['controlDma', 1, [27], half + 0x8074, half + 0x8150],
  ['bridge', 1, [29], half + 0x8078, half + 0x8160],
])
const shimOrder = [
  'dma0',
  'traceDma0',
  'dma1',
  'west0',
  'west1',
  ...numbered('north', 4),
  'east0',
  'east1',
  ...numbered('northControl', 2),
  ...numbered('control', 2),
  ...numbered('bridge', 2),
]
const shimLegal = masked(shimMasters, shimSlaves, shimOrder, {
  dma0: 0x1aff9,
  dma1: 0x1aff8,
  dma2: 0x1d7fc,
  dma3: 0x1d7f8,
  west0: 0x1bfef,
  west1: 0x1bff7,
  north0: 0x1863f,
  north1: 0x1ae5f,
  north2: 0x1869f,
  north3: 0x1ff1f,
  east0: 0x1bbff,
  east1: 0x1bdff,
  controlDma0: 0x0ae78,
  controlDma1: 0x17590,
  bridge0: 0x03fff,
  bridge1: 0x05fff,
})
const shimControlMasters = ports([
  ['uc', 0, [0], 0x8190],
  ['west', 0, [1], 0x8194],
  ['north', 0, [2], 0x8198],
  ['east', 0, [3], 0x819c],
  ['bridge', 0, [4], 0x81a0],
  ['uc', 1, [5], half + 0x8190],
  ['north', 1, [7], half + 0x8198],
  ['bridge', 1, [9], half + 0x81a0],
])
const shimControlSlaves = ports([
  ['control', 0, [0], 0x81b0, 0x81d0],
  ['trace', 0, [1], 0x81b4, 0x81e0],
  ['uc', 0, [2], 0x81b8, 0x81f0],
  ['west', 0, [3], 0x81bc, 0x8200],
  ['north', 0, [4], 0x81c0, 0x8210],
  ['east', 0, [5], 0x81c4, 0x8220],
  ['bridge', 0, [6], 0x81c8, 0x8230],
  ['control', 1, [7], half + 0x81b0, half + 0x81d0],
  ['trace', 1, [8], half + 0x81b4, half + 0x81e0],
  ['uc', 1, [9], half + 0x81b8, half + 0x81f0],
  ['north', 1, [11], half + 0x81c0, half + 0x8210],
  ['bridge', 1, [13], half + 0x81c8, half + 0x8230],
])

function fabric(
  masters: Port[],
  slaves: Port[],
  beatBytes: number,
  legal: Fabric['legal'] = anyToAny,
  merge: readonly MergeRegisters[] = [],
): Fabric {
  return { masters, slaves, beatBytes, legal, merge }
}

/**
 * Two arbiters of a half with deterministic merge. The profiler calls those of the second half 4
 * and 5: the eight arbiters of a switch are numbered through both halves.
 */
const merges = (register: number, first = 0): MergeRegisters[] => [
  { arbiter: first, register },
  { arbiter: first + 1, register: register + 0xc },
]

interface ChannelPlan {
  readonly direction: 's2mm' | 'mm2s'
  readonly channel: number
  readonly role?: DmaChannel['role']
  readonly control: number
  readonly status: number
  readonly bdBase: number
  readonly firstBd?: number
  readonly bdCount: number
  readonly depth?: number
  readonly actor: number
  readonly layout: BdLayout
  readonly bundle?: Bundle
  readonly reaches?: boolean
  readonly padValue?: number
  readonly writeCount?: number
  readonly countPop?: number
}

function channel(plan: ChannelPlan): DmaChannel {
  const first = plan.firstBd ?? 0
  return {
    ...(plan.padValue === undefined ? {} : { padValue: plan.padValue }),
    ...(plan.writeCount === undefined ? {} : { writeCount: plan.writeCount }),
    ...(plan.countPop === undefined ? {} : { countPop: plan.countPop }),
    direction: plan.direction,
    channel: plan.channel,
    role: plan.role ?? 'data',
    control: plan.control,
    queue: plan.control + 4,
    status: plan.status,
    bdBase: plan.bdBase,
    firstBd: first,
    nextBias: first,
    bdCount: plan.bdCount,
    legalBds: [first, first + plan.bdCount - 1],
    queueDepth: plan.depth ?? 16,
    actor: plan.actor,
    port: { bundle: plan.bundle ?? 'dma', channel: plan.channel },
    layout: plan.layout,
    reachesNeighbours: plan.reaches ?? false,
  }
}

export const aie4CoreTile: TileMap = {
  kind: TileKind.core,
  status: (half) => (half === 0 ? 0xb4f10 : -1),
  dmOffset: 0,
  dmBytes: 0x20000,
  data: fabric(coreMasters, coreSlaves, dataBeat, coreLegal, merges(0xb4800)),
  control: fabric(coreControlMasters, coreControlSlaves, controlBeat),
  locks: lockMap([{ first: 0, count: 16, value: 0xae000, request: 0xb0000 }]),
  channels: [
    ...[0, 1].map((c) =>
      channel({
        direction: 's2mm',
        channel: c,
        control: 0xace00 + 8 * c,
        status: 0xacf00 + 4 * c,
        bdBase: 0xac000,
        bdCount: 16,
        actor: c,
        layout: aie4CoreBd,
        writeCount: 0xacf20 + 4 * c,
        countPop: 0xacf30 + 4 * c,
      }),
    ),
    channel({
      direction: 'mm2s',
      channel: 0,
      control: 0xace10,
      status: 0xacf10,
      bdBase: 0xac000,
      bdCount: 16,
      actor: 6,
      layout: aie4CoreBd,
    }),
  ],
}

export const aie4MemTile: TileMap = {
  kind: TileKind.mem,
  status: (which) => 0x20260 + which * half,
  dmOffset: 0x100000,
  dmBytes: 0x300000,
  data: fabric(memMasters, memSlaves, dataBeat, memLegal, [
    ...merges(0x20180),
    ...merges(half + 0x20180, 4),
  ]),
  control: fabric(memControlMasters, memControlSlaves, controlBeat),
  locks: lockMap([
    { first: 0, count: 32, value: 0x10000, request: 0x18000 },
    { first: 32, count: 32, value: half + 0x10000, request: half + 0x18000 },
  ]),
  channels: [
    ...Array.from({ length: 8 }, (_, c) =>
      channel({
        direction: 's2mm',
        channel: c,
        control: (c >> 2) * half + 0x9e00 + 8 * (c & 3),
        status: (c >> 2) * half + 0x9ed0 + 4 * (c & 3),
        bdBase: (c >> 2) * half + 0x8000 + 0x300 * (c & 3),
        bdCount: 16,
        actor: c,
        layout: aie4MemBd,
        reaches: true,
        writeCount: (c >> 2) * half + 0x9f50 + 4 * (c & 3),
        countPop: (c >> 2) * half + 0x9f60 + 4 * (c & 3),
      }),
    ),
    ...Array.from({ length: 10 }, (_, c) => {
      const inHalf = c % 5
      const at = c < 5 ? 0 : half
      return channel({
        direction: 'mm2s',
        channel: c,
        control: at + 0x9e60 + 8 * inHalf,
        status: at + 0x9f00 + 4 * inHalf,
        bdBase: at + 0x8c00 + 0x300 * inHalf,
        bdCount: 16,
        actor: c < 5 ? 16 + c : 17 + c,
        layout: aie4MemBd,
        reaches: true,
        padValue: at + 0x9f70 + 4 * inHalf,
      })
    }),
  ],
}

export const aie4ShimTile: TileMap = {
  kind: TileKind.shim,
  status: (which) => 0x8260 + which * half,
  dmOffset: 0,
  dmBytes: 0,
  data: fabric(shimMasters, shimSlaves, dataBeat, shimLegal, [
    ...merges(0x8170),
    ...merges(half + 0x8170, 4),
  ]),
  control: fabric(shimControlMasters, shimControlSlaves, controlBeat),
  locks: lockMap([
    { first: 0, count: 16, value: 0x10000, request: 0x14000 },
    { first: 16, count: 16, value: half + 0x10000, request: half + 0x14000 },
  ]),
  channels: [
    ...[0, 1].map((c) =>
      channel({
        direction: 's2mm',
        channel: c,
        control: c * half + 0x18540,
        status: c * half + 0x18570,
        bdBase: c * half + 0x18000,
        firstBd: 16 * c,
        bdCount: 16,
        actor: 2 * c,
        layout: aie4ShimBd,
        writeCount: c * half + 0x185a0,
        countPop: c * half + 0x185b0,
      }),
    ),
    ...[0, 1, 2, 3].map((c) =>
      channel({
        direction: 'mm2s',
        channel: c,
        control: (c >> 1) * half + 0x18550 + 8 * (c & 1),
        status: (c >> 1) * half + 0x18580 + 4 * (c & 1),
        bdBase: (c >> 1) * half + 0x18000,
        firstBd: 16 * (c >> 1),
        bdCount: 16,
        actor: 6 + c,
        layout: aie4ShimBd,
      }),
    ),
    ...[0, 1].map((c) =>
      channel({
        direction: 'mm2s',
        channel: c,
        role: 'control',
        control: c * half + 0x18560,
        status: c * half + 0x18590,
        bdBase: c * half + 0x18300,
        bdCount: 8,
        depth: 8,
        actor: 16 + c,
        layout: aie4ControlBd,
        bundle: 'controlDma',
      }),
    ),
    channel({
      direction: 's2mm',
      channel: 0,
      role: 'trace',
      control: 0x18548,
      status: 0x18574,
      bdBase: 0x18480,
      bdCount: 4,
      actor: 1,
      layout: aie4ShimBd,
      bundle: 'traceDma',
    }),
  ],
}
