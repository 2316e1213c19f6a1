/** Registers of the event modules: status, groups, combos, broadcast, timers, counters, trace units, interrupts. */
import type { BitField } from '../abi/bd.ts'
import type { EventModule } from '../hw-event-module.ts'
import { aie2Modules } from '../hw-events-aie2.ts'
import { aie4Modules } from '../hw-events-aie4.ts'
import type { RegisterRow } from '../registers.ts'
import type { SourceKey } from '../sources.ts'
import { TileKind } from '../tiles.ts'

/** What a register of an event module is; the index says which of several. */
export const EventRegister = {
  timerControl: 0,
  /** 0 low, 1 high word; likewise `timerValue`. */
  timerTrigger: 1,
  timerValue: 2,
  generate: 3,
  broadcast: 4,
  /** index = switch · 4 + side (0 south, 1 west, 2 north, 3 east); likewise clear and value. */
  blockSet: 5,
  blockClear: 6,
  blockValue: 7,
  /** index = trace unit · 2 + register; likewise `traceEvents`. */
  traceControl: 8,
  traceStatus: 9,
  traceEvents: 10,
  status: 11,
  comboInputs: 12,
  comboControl: 13,
  edges: 14,
  group: 15,
  counterEvents: 16,
  counterReset: 17,
  counter: 18,
  snapshot: 19,
  compare: 20,
  snapshotLoad: 21,
  ports: 22,
  dmaChannels: 23,
  lockSelect: 24,
  /** index = interrupt controller, for all from here on. */
  irqMask: 25,
  irqEnable: 26,
  irqDisable: 27,
  irqStatus: 28,
  irqNumber: 29,
  irqEvents: 30,
  irqBlockSet: 31,
  irqBlockClear: 32,
  irqBlockValue: 33,
} as const
export type EventRegister = (typeof EventRegister)[keyof typeof EventRegister]

const indexBits = 5
const kindBits = 6
/** Registers of one module: `kind` and `index` packed. */
export const eventRegisterCount = 1 << (indexBits + kindBits)

/** The place of a register among those of its module. */
export function eventRegister(kind: EventRegister, index: number): number {
  return (kind << indexBits) | index
}
/** Module of the tile, kind and index of a register's `arg`. */
export const moduleOfArg = (arg: number): number => arg >> (indexBits + kindBits)
export const kindOfArg = (arg: number): EventRegister =>
  ((arg >> indexBits) & ((1 << kindBits) - 1)) as EventRegister
export const indexOfArg = (arg: number): number => arg & ((1 << indexBits) - 1)

type Fields = Readonly<Record<string, BitField>>

/** Bytes of a register by name, each `bits` wide. */
function bytes(bits: number, ...names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name, i) => [name, [0, 8 * i, bits] as BitField]))
}

/** Offsets of a module's blocks; a missing one means that the module has no such registers. */
interface Layout {
  readonly prefix: string
  readonly suffix: string
  readonly source: SourceKey
  readonly timer: readonly [control: number, trigger: number, value: number]
  readonly generate: number
  readonly broadcast: number
  /** First block register of each switch, bytes from side to side. */
  readonly blocks: readonly number[]
  readonly blockStride: number
  readonly traces: readonly number[]
  readonly status: number
  readonly combos: readonly [inputs: number, control: number]
  readonly edges: number
  readonly groups: number
  readonly counterEvents: number
  readonly counterReset: number
  readonly counter: number
  readonly compare: number
  readonly snapshot?: readonly [values: number, load: number]
  readonly ports?: number
  readonly dmaChannels?: number
  readonly lockSelect?: number
  readonly interrupts?: readonly Interrupt[]
}

interface Interrupt {
  readonly name: string
  readonly mask: number
  readonly number?: number
  readonly events?: number
  readonly blocks?: number
}

/** The register rows of module number `which` of a tile. */
function rows(module: EventModule, which: number, at: Layout): RegisterRow[] {
  const list: RegisterRow[] = []
  const { bits, counters } = module
  const put = (
    name: string,
    offset: number,
    kind: EventRegister,
    more: Partial<RegisterRow> & { readonly index?: number } = {},
  ) => {
    const { index, ...rest } = more
    list.push({
      name: `${at.prefix}${name}${at.suffix}`,
      offset,
      role: 'event',
      which: (which << (indexBits + kindBits)) | eventRegister(kind, index ?? 0),
      source: at.source,
      ...rest,
    })
  }
  const [control, trigger, value] = at.timer
  put('Timer_Control', control, EventRegister.timerControl, {
    fields: { resetEvent: [0, 8, bits], reset: [0, 31, 1] },
  })
  put('Timer_Trig_Event', trigger, EventRegister.timerTrigger, { count: 2, resetValue: 0xffffffff })
  put('Timer_Low', value, EventRegister.timerValue)
  put('Timer_High', value + 4, EventRegister.timerValue, { index: 1 })
  put('Event_Generate', at.generate, EventRegister.generate, { fields: bytes(bits, 'event') })
  put('Event_Broadcast', at.broadcast, EventRegister.broadcast, {
    count: 16,
    fields: bytes(bits, 'event'),
  })
  at.blocks.forEach((first, s) => {
    const name = `Event_Broadcast${at.blocks.length > 1 ? `_${'AB'[s]!}` : ''}_Block`
    const run = { count: 4, stride: at.blockStride, index: 4 * s }
    put(`${name}_Set`, first, EventRegister.blockSet, run)
    put(`${name}_Clr`, first + 4, EventRegister.blockClear, run)
    put(`${name}_Value`, first + 8, EventRegister.blockValue, run)
  })
  at.traces.forEach((first, t) => {
    const name = `Trace${at.traces.length > 1 ? t : ''}`
    put(`${name}_Control0`, first, EventRegister.traceControl, {
      index: 2 * t,
      fields: { mode: [0, 0, 2], startEvent: [0, 16, bits], stopEvent: [0, 24, bits] },
    })
    put(`${name}_Control1`, first + 4, EventRegister.traceControl, {
      index: 2 * t + 1,
      fields: { packetId: [0, 0, 5], packetType: [0, 12, 3] },
    })
    put(`${name}_Status`, first + 8, EventRegister.traceStatus, {
      index: t,
      fields: { mode: [0, 0, 3], state: [0, 8, 2] },
    })
    put(`${name}_Event`, first + 0x10, EventRegister.traceEvents, {
      index: 2 * t,
      count: 2,
      fields: bytes(bits, 'slot0', 'slot1', 'slot2', 'slot3'),
    })
  })
  put('Event_Status', at.status, EventRegister.status, { count: module.statusWords })
  const pairs = module.combos / 4
  put('Combo_Event_Inputs', at.combos[0], EventRegister.comboInputs, {
    count: pairs,
    fields: bytes(bits, 'eventA', 'eventB', 'eventC', 'eventD'),
  })
  put('Combo_Event_Control', at.combos[1], EventRegister.comboControl, {
    count: pairs,
    fields: bytes(2, 'combo0', 'combo1', 'combo2'),
  })
  put('Edge_Detection_Event_Control', at.edges, EventRegister.edges, {
    count: module.edges / 2,
    fields: {
      event0: [0, 0, bits],
      rising0: [0, 9, 1],
      falling0: [0, 10, 1],
      event1: [0, 16, bits],
      rising1: [0, 25, 1],
      falling1: [0, 26, 1],
    },
  })
  module.groups.forEach((group, i) =>
    put(`Event_Group_${i}_Enable`, at.groups + 4 * i, EventRegister.group, {
      index: i,
      resetValue: 2 ** group.count - 1,
    }),
  )
  putCounters(put, module, counters, at)
  putSelectors(put, module, at)
  at.interrupts?.forEach((irq, c) => putInterrupt(put, irq, c))
  return list
}

type Put = (
  name: string,
  offset: number,
  kind: EventRegister,
  more?: Partial<RegisterRow> & { readonly index?: number },
) => void

function putCounters(put: Put, module: EventModule, counters: number, at: Layout): void {
  const { bits } = module
  put('Performance_Start_Stop', at.counterEvents, EventRegister.counterEvents, {
    count: Math.ceil(counters / 2),
    fields: bytes(bits, 'start0', 'stop0', 'start1', 'stop1'),
  })
  put('Performance_Reset', at.counterReset, EventRegister.counterReset, {
    count: Math.ceil(counters / 4),
    fields: bytes(bits, 'reset0', 'reset1', 'reset2', 'reset3'),
  })
  put('Performance_Counter', at.counter, EventRegister.counter, { count: counters })
  put('Performance_Counter_Event_Value', at.compare, EventRegister.compare, { count: counters })
  if (!at.snapshot) return
  put('Performance_Counter_Snapshot', at.snapshot[0], EventRegister.snapshot, { count: counters })
  put('Performance_Counter_Snapshots_Load_Event', at.snapshot[1], EventRegister.snapshotLoad, {
    fields: bytes(bits, 'event'),
  })
}

function putSelectors(put: Put, module: EventModule, at: Layout): void {
  if (at.ports !== undefined) {
    const fields: Record<string, BitField> = {}
    for (let p = 0; p < 4; p++) {
      fields[`port${p}`] = [0, 8 * p, 5]
      fields[`master${p}`] = [0, 8 * p + 5, 1]
      if (module.bits === 8 && module.combos === 8) fields[`narrow${p}`] = [0, 8 * p + 6, 1]
    }
    put('Stream_Switch_Event_Port_Selection', at.ports, EventRegister.ports, { count: 2, fields })
  }
  if (at.dmaChannels !== undefined) {
    put('DMA_Event_Channel_Selection', at.dmaChannels, EventRegister.dmaChannels, {
      fields: bytes(3, 's2mm0', 's2mm1', 'mm2s0', 'mm2s1'),
    })
  }
  if (at.lockSelect !== undefined) {
    put('Locks_Event_Selection', at.lockSelect, EventRegister.lockSelect, {
      count: module.lockSelectors,
      resetValue: 0x3f,
      fields: { value: [0, 0, 6], lock: [0, 16, 6] },
    })
  }
}

function putInterrupt(put: Put, irq: Interrupt, controller: number): void {
  const here = (name: string, offset: number, kind: EventRegister, more = {}) =>
    put(`Interrupt_Controller${irq.name}_${name}`, offset, kind, { index: controller, ...more })
  here('Mask', irq.mask, EventRegister.irqMask)
  here('Enable', irq.mask + 4, EventRegister.irqEnable)
  here('Disable', irq.mask + 8, EventRegister.irqDisable)
  here('Status', irq.mask + 12, EventRegister.irqStatus)
  if (irq.number !== undefined) here('Irq_No', irq.number, EventRegister.irqNumber)
  if (irq.events !== undefined) {
    here('Irq_Event', irq.events, EventRegister.irqEvents, {
      fields: bytes(7, 'irq16', 'irq17', 'irq18', 'irq19'),
    })
  }
  if (irq.blocks === undefined) return
  here('Block_North_Set', irq.blocks, EventRegister.irqBlockSet)
  here('Block_North_Clear', irq.blocks + 4, EventRegister.irqBlockClear)
  here('Block_North_Value', irq.blocks + 8, EventRegister.irqBlockValue)
}

/** A module of the AIE2 family: event block at `base`, counters at `counters`. */
function family(
  module: EventModule,
  base: number,
  counters: number,
  resets: number,
  rest: Partial<Layout> = {},
): Layout {
  return {
    prefix: `${module.name}_`,
    suffix: '',
    source: 'am025',
    timer: [base, base + 0xf0, base + 0xf8],
    generate: base + 8,
    broadcast: base + 0x10,
    blocks: module.switches === 2 ? [base + 0x50, base + 0x90] : [base + 0x50],
    blockStride: 0x10,
    traces: [base + 0xd0],
    status: base + 0x200,
    combos: [base + 0x400, base + 0x404],
    edges: base + 0x408,
    groups: base + 0x500,
    counterEvents: counters,
    counterReset: counters + resets,
    counter: counters + 0x20,
    compare: counters + 0x80,
    ...rest,
  }
}

const [core2, memory2] = aie2Modules[TileKind.core]
const [mem2] = aie2Modules[TileKind.mem]
const [shim2] = aie2Modules[TileKind.shim]

export const aie2CoreEvents: readonly RegisterRow[] = [
  ...rows(core2!, 0, family(core2!, 0x34000, 0x31500, 8, { ports: 0x3ff00 })),
  ...rows(memory2!, 1, family(memory2!, 0x14000, 0x11000, 8, { lockSelect: 0x1f100 })),
]
export const aie2MemEvents: readonly RegisterRow[] = rows(
  mem2!,
  0,
  family(mem2!, 0x94000, 0x91000, 8, {
    ports: 0xb0f00,
    dmaChannels: 0xa06a0,
    lockSelect: 0xc0400,
  }),
)
export const aie2ShimEvents: readonly RegisterRow[] = rows(
  shim2!,
  0,
  family(shim2!, 0x34000, 0x31000, 8, {
    ports: 0x3ff00,
    lockSelect: 0x14100,
    interrupts: [
      { name: '_1st_Level_A', mask: 0x35000, number: 0x35010, events: 0x35014, blocks: 0x35018 },
      { name: '_1st_Level_B', mask: 0x35030, number: 0x35040, events: 0x35044, blocks: 0x35048 },
      { name: '_2nd_Level', mask: 0x15000, number: 0x15010 },
    ],
  }),
)

const [core4] = aie4Modules[TileKind.core]

export const aie4CoreEvents: readonly RegisterRow[] = rows(core4!, 0, {
  prefix: '',
  suffix: '',
  source: 'xdp',
  timer: [0xa0110, 0xa0114, 0xa0120],
  generate: 0xa0008,
  broadcast: 0xa0010,
  blocks: [0xa0050],
  blockStride: 0x10,
  traces: [0xa00d0, 0xa00f0],
  status: 0xa0200,
  combos: [0xa0400, 0xa0408],
  edges: 0xa0410,
  groups: 0xa0500,
  counterEvents: 0xa2500,
  counterReset: 0xa2518,
  counter: 0xa2530,
  compare: 0xa2590,
  snapshot: [0xa2560, 0xa25c0],
  ports: 0xb4f00,
  lockSelect: 0xae100,
})

const half = 0x40000

function perHalf(
  kind: typeof TileKind.mem | typeof TileKind.shim,
  of: (at: number) => Omit<Layout, 'prefix' | 'suffix' | 'source' | 'blockStride'>,
): readonly RegisterRow[] {
  return aie4Modules[kind].flatMap((module, i) =>
    rows(module, i, {
      prefix: '',
      suffix: i === 0 ? '' : '_B',
      source: 'xdp',
      blockStride: 0xc,
      ...of(half * i),
    }),
  )
}

/** The profiler's list puts the port selection of mem tiles in front of the status of control packets. */
export const aie4MemEvents: readonly RegisterRow[] = perHalf(TileKind.mem, (at) => ({
  timer: [at + 0x130, at + 0x134, at + 0x140],
  generate: at + 0x90,
  broadcast: at + 0xa0,
  blocks: [at + 0xe0],
  traces: [at + 0x110],
  status: at + 0x170,
  combos: [at + 0x190, at + 0x198],
  edges: at + 0x1a0,
  groups: at + 0x1b0,
  counterEvents: at,
  counterReset: at + 0xc,
  counter: at + 0x20,
  compare: at + 0x60,
  snapshot: [at + 0x40, at + 0x80],
  ports: at + 0x20250,
  dmaChannels: at + 0x9f40,
  lockSelect: at + 0x10200,
}))

/** Combo and edge registers of the shim follow the order of the mem tile in front of its groups (inferred). */
export const aie4ShimEvents: readonly RegisterRow[] = perHalf(TileKind.shim, (at) => ({
  timer: [at + 0x4090, at + 0x4094, at + 0x4140],
  generate: at + 0x40a0,
  broadcast: at + 0x40b0,
  blocks: [at + 0x40f0],
  traces: [at + 0x4120],
  status: at + 0x4150,
  combos: [at + 0x4170, at + 0x4178],
  edges: at + 0x4180,
  groups: at + 0x4190,
  counterEvents: at + 0x4000,
  counterReset: at + 0x400c,
  counter: at + 0x4020,
  compare: at + 0x4060,
  snapshot: [at + 0x4040, at + 0x4080],
  ports: at + 0x8250,
  lockSelect: at + 0x10100,
  interrupts: [{ name: '', mask: at + 0x1c010, events: at + 0x41c0 }],
}))
