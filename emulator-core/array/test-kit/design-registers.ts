/**
 * The sixty registers that are enough to run compiled designs, as a table: what each does, where it lies in the AIE2
 * family and in AIE4, what its name must say and which fields it must name.
 */
type Kind = 'core' | 'mem' | 'shim'
export interface Where {
  /** Offsets of registers, a memory by its first and last word, or the first request of a lock window. */
  readonly registers?: readonly number[]
  readonly memory?: readonly [number, number]
  readonly request?: number
}
export interface DesignRegister {
  readonly no: number
  readonly what: string
  readonly tile: Kind
  readonly name?: RegExp
  readonly fields?: readonly string[]
  readonly aie2?: Where
  readonly aie4?: Where
}

const half = 0x40000
const run = (first: number, count: number, stride = 4) =>
  Array.from({ length: count }, (_, i) => first + i * stride)
const at = (...lists: readonly (number | readonly number[])[]): Where => ({
  registers: lists.flat(),
})
const both = (offsets: readonly number[]) => [...offsets, ...offsets.map((o) => o + half)]
const memory = (from: number, bytes: number): Where => ({ memory: [from, from + bytes - 4] })
const request = (first: number): Where => ({ request: first })
/** Words of descriptors: `count` of them, `words` each. */
const descriptors = (base: number, count: number, words: number, stride: number) =>
  run(base, count, stride).flatMap((first) => run(first, words))
/** Slots of the slaves behind a base: 4 each, 16 bytes apart. */
const slots = (base: number, slaves: readonly number[]) =>
  slaves.flatMap((slave) => run(base + 0x10 * slave, 4))

const coreSlaves4 = [
  0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 20, 21, 23, 24, 27, 28, 29,
]
const coreMasters4 = [
  0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 28, 29, 30, 31,
]
const byId = (base: number, ids: readonly number[]) => ids.map((id) => base + 4 * id)
const memMasters4 = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14]
const memSlaves4 = [0, 1, 2, 3, 4, 6, 7, 8, 11, 12, 14, 15]
const shimMasters4 = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15]
const shimSlaves4 = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
const stalls = ['state', 'lockAcquireStall', 'lockReleaseStall', 'streamStall', 'queueSize']
const queueFields = ['startBd', 'repeat', 'token']
const controlFields = ['reset', 'outOfOrder', 'controllerId', 'finishOnLast']
const portFields = ['enable', 'packet']
const slotFields = ['id', 'mask', 'enable', 'msel', 'arbiter']

export const designRegisters: readonly DesignRegister[] = [
  {
    no: 1,
    what: 'data memory',
    tile: 'core',
    aie2: memory(0, 0x10000),
    aie4: memory(0, 0x20000),
  },
  {
    no: 2,
    what: 'program memory',
    tile: 'core',
    aie2: memory(0x20000, 0x4000),
    aie4: memory(0x80000, 0x8000),
  },
  {
    no: 3,
    what: 'core control',
    tile: 'core',
    name: /Core_Control/,
    fields: ['enable', 'reset'],
    aie2: at(0x32000),
    aie4: at(0xa3000),
  },
  {
    no: 4,
    what: 'core status',
    tile: 'core',
    name: /Core_Status/,
    fields: ['enabled', 'reset', 'done', 'errorHalt'],
    aie2: at(0x32004),
    aie4: at(0xa3004),
  },
  {
    no: 5,
    what: 'processor bus',
    tile: 'core',
    name: /Processor_Bus/,
    fields: ['enable', 'slaveError'],
    aie2: at(0x32038),
    aie4: at(0xa3060),
  },
  {
    no: 6,
    what: 'program counter',
    tile: 'core',
    name: /PC/,
    aie2: at(0x31100),
    aie4: at(0x95540),
  },
  { no: 7, what: 'spare, ready handshake', tile: 'core', name: /Spare/, aie4: at(0xa3070) },
  {
    no: 8,
    what: 'accumulator control',
    tile: 'core',
    name: /Accumulator_Control/,
    fields: ['input', 'output'],
    aie2: at(0x36060),
    aie4: at(0xa1060),
  },
  {
    no: 9,
    what: 'tile control, isolation',
    tile: 'core',
    name: /Tile_Control/,
    fields: ['south', 'west', 'north', 'east'],
    aie2: at(0x36030),
    aie4: at(0xe0040),
  },
  {
    no: 10,
    what: 'module clock',
    tile: 'core',
    name: /Module_Clock_Control/,
    fields: ['streamSwitch', 'memoryModule', 'coreModule'],
    aie2: at(0x60000),
    aie4: at(0xe0030),
  },
  {
    no: 11,
    what: 'zeroisation of program and data memory',
    tile: 'core',
    name: /Memory_Control/,
    aie2: at(0x36070, 0x16010),
    aie4: at(0xe0080, 0xf0030),
  },
  {
    no: 12,
    what: 'lock values 0 to 15',
    tile: 'core',
    name: /Lock\d+_value/,
    fields: ['value'],
    aie2: at(run(0x1f000, 16, 0x10)),
    aie4: at(run(0xae000, 16, 0x10)),
  },
  {
    no: 13,
    what: 'lock request',
    tile: 'core',
    aie2: request(0x40000),
    aie4: request(0xb0000),
  },
  {
    no: 14,
    what: 'lock overflow and underflow',
    tile: 'core',
    name: /Locks_(Over|Under)flow/,
    aie2: at(0x1f120, 0x1f128),
    aie4: at(0xae120, 0xae130),
  },
  {
    no: 15,
    what: 'descriptor words',
    tile: 'core',
    name: /BD/,
    aie2: at(descriptors(0x1d000, 16, 6, 0x20)),
    aie4: at(descriptors(0xac000, 16, 6, 0x20)),
  },
  {
    no: 16,
    what: 'S2MM control',
    tile: 'core',
    name: /S2MM_\d_Ctrl/,
    fields: controlFields,
    aie2: at(0x1de00, 0x1de08),
    aie4: at(0xace00, 0xace08),
  },
  {
    no: 17,
    what: 'S2MM queue',
    tile: 'core',
    name: /S2MM_\d_\w*Queue/,
    fields: queueFields,
    aie2: at(0x1de04, 0x1de0c),
    aie4: at(0xace04, 0xace0c),
  },
  {
    no: 18,
    what: 'MM2S control',
    tile: 'core',
    name: /MM2S_\d_Ctrl/,
    fields: ['reset', 'controllerId'],
    aie2: at(0x1de10, 0x1de18),
    aie4: at(0xace10),
  },
  {
    no: 19,
    what: 'MM2S queue',
    tile: 'core',
    name: /MM2S_\d_\w*Queue/,
    fields: queueFields,
    aie2: at(0x1de14, 0x1de1c),
    aie4: at(0xace14),
  },
  {
    no: 20,
    what: 'S2MM status',
    tile: 'core',
    name: /S2MM_\w*Status|Status\w*S2MM/,
    fields: stalls,
    aie2: at(0x1df00, 0x1df04),
    aie4: at(0xacf00, 0xacf04),
  },
  {
    no: 21,
    what: 'MM2S status',
    tile: 'core',
    name: /MM2S_\w*Status|Status\w*MM2S/,
    fields: stalls,
    aie2: at(0x1df10, 0x1df14),
    aie4: at(0xacf10),
  },
  {
    no: 22,
    what: 'switch masters',
    tile: 'core',
    name: /Master|Manager/,
    fields: [...portFields, 'dropHeader', 'configuration'],
    aie2: at(run(0x3f000, 23)),
    aie4: at(byId(0xb4000, coreMasters4)),
  },
  {
    no: 23,
    what: 'switch slaves',
    tile: 'core',
    name: /Slave|Subordinate/,
    fields: portFields,
    aie2: at(run(0x3f100, 25)),
    aie4: at(byId(0xb4100, coreSlaves4)),
  },
  {
    no: 24,
    what: 'switch slots',
    tile: 'core',
    name: /Slot\d/i,
    fields: slotFields,
    aie2: at(slots(0x3f200, run(0, 25, 1))),
    aie4: at(slots(0xb4200, coreSlaves4)),
  },
  {
    no: 25,
    what: '32-bit switch',
    tile: 'core',
    aie4: at(run(0xb4900, 7), run(0xb4a00, 10), slots(0xb4b00, run(0, 10, 1))),
  },
  {
    no: 26,
    what: 'data memory',
    tile: 'mem',
    aie2: memory(0, 0x80000),
    aie4: memory(0x100000, 0x300000),
  },
  {
    no: 27,
    what: 'lock values',
    tile: 'mem',
    name: /Lock\d+_value/,
    fields: ['value'],
    aie2: at(run(0xc0000, 64, 0x10)),
    aie4: at(both(run(0x10000, 32, 0x10))),
  },
  { no: 28, what: 'lock request', tile: 'mem', aie2: request(0xd0000), aie4: request(0x18000) },
  {
    no: 29,
    what: 'descriptor words',
    tile: 'mem',
    name: /BD/,
    aie2: at(descriptors(0xa0000, 48, 8, 0x20)),
    aie4: at(
      both(
        [...run(0x8000, 4, 0x300), ...run(0x8c00, 5, 0x300)].flatMap((base) =>
          descriptors(base, 16, 11, 0x30),
        ),
      ),
    ),
  },
  {
    no: 30,
    what: 'S2MM control and queue',
    tile: 'mem',
    name: /S2MM_\d+_(Ctrl|\w*Queue)/,
    aie2: at(run(0xa0600, 12)),
    aie4: at(both(run(0x9e00, 8))),
  },
  {
    no: 31,
    what: 'MM2S control and queue',
    tile: 'mem',
    name: /MM2S_\d+_(Ctrl|\w*Queue)/,
    aie2: at(run(0xa0630, 12)),
    aie4: at(both(run(0x9e60, 10))),
  },
  {
    no: 32,
    what: 'S2MM and MM2S status',
    tile: 'mem',
    name: /Status/,
    fields: stalls,
    aie2: at(run(0xa0660, 6), run(0xa0680, 6)),
    aie4: at(both([...run(0x9ed0, 4), ...run(0x9f00, 5)])),
  },
  {
    no: 33,
    what: 'constant pad value',
    tile: 'mem',
    name: /Pad_Value/,
    aie4: at(both(run(0x9f70, 5))),
  },
  {
    no: 34,
    what: 'switch masters and slaves',
    tile: 'mem',
    name: /Master|Manager|Slave|Subordinate/,
    fields: portFields,
    aie2: at(run(0xb0000, 17), run(0xb0100, 18)),
    aie4: at(both([...byId(0x20000, memMasters4), ...byId(0x20040, memSlaves4)])),
  },
  {
    no: 35,
    what: 'switch slots',
    tile: 'mem',
    name: /Slot\d/i,
    fields: slotFields,
    aie2: at(slots(0xb0200, run(0, 18, 1))),
    aie4: at(both(slots(0x20080, memSlaves4))),
  },
  {
    no: 36,
    what: '32-bit switch',
    tile: 'mem',
    aie4: at(
      both([
        0x201a0,
        0x201a8,
        0x201b0,
        0x201c0,
        0x201c4,
        0x201c8,
        0x201d0,
        0x201d8,
        ...slots(0x201e0, [0, 1, 2, 4, 6]),
      ]),
    ),
  },
  {
    no: 37,
    what: 'tile control and clock',
    tile: 'mem',
    name: /Tile_Control|Module_Clock_Control/,
    aie2: at(0x96030, 0xfff00),
    aie4: at(0xe0080, 0xe0070),
  },
  {
    no: 38,
    what: 'lock values',
    tile: 'shim',
    name: /Lock\d+_value/,
    fields: ['value'],
    aie2: at(run(0x14000, 16, 0x10)),
    aie4: at(both(run(0x10000, 16, 0x10))),
  },
  { no: 39, what: 'lock request', tile: 'shim', aie2: request(0x40000), aie4: request(0x14000) },
  {
    no: 40,
    what: 'descriptor words',
    tile: 'shim',
    name: /BD/,
    aie2: at(descriptors(0x1d000, 16, 8, 0x20)),
    aie4: at(both(descriptors(0x18000, 16, 9, 0x30))),
  },
  {
    no: 41,
    what: 'S2MM control and queue',
    tile: 'shim',
    name: /S2MM_\d_(Ctrl|\w*Queue)/,
    aie2: at(run(0x1d200, 4)),
    aie4: at(both([0x18540, 0x18544])),
  },
  {
    no: 42,
    what: 'MM2S control and queue',
    tile: 'shim',
    name: /MM2S_\d_(Ctrl|\w*Queue)/,
    aie2: at(run(0x1d210, 4)),
    aie4: at(both(run(0x18550, 4))),
  },
  {
    no: 43,
    what: 'S2MM and MM2S status',
    tile: 'shim',
    name: /Status/,
    fields: stalls,
    aie2: at(run(0x1d220, 4)),
    aie4: at(both([0x18570, 0x18580, 0x18584])),
  },
  {
    no: 44,
    what: 'control MM2S descriptors and queue',
    tile: 'shim',
    name: /CONTROL_MM2S/i,
    aie4: at(both([...descriptors(0x18300, 8, 9, 0x30), 0x18560, 0x18564])),
  },
  {
    no: 45,
    what: 'trace S2MM descriptors and queue',
    tile: 'shim',
    name: /TRACE_S2MM/i,
    aie4: at(descriptors(0x18480, 4, 9, 0x30), 0x18548, 0x1854c),
  },
  {
    no: 46,
    what: 'multiplexers',
    tile: 'shim',
    name: /(Mux|Demux)_Config/,
    fields: ['south2', 'south3'],
    aie2: at(0x1f000, 0x1f004),
  },
  {
    no: 47,
    what: 'switch masters, slaves, slots',
    tile: 'shim',
    name: /Stream_Switch/,
    aie2: at(run(0x3f000, 22), run(0x3f100, 23), slots(0x3f200, run(0, 23, 1))),
    aie4: at(byId(0x8000, shimMasters4), byId(0x8040, shimSlaves4), slots(0x8080, shimSlaves4)),
  },
  {
    no: 48,
    what: '32-bit switch with its way to the microcontroller',
    tile: 'shim',
    aie4: at(run(0x8190, 5), run(0x81b0, 7), slots(0x81d0, run(0, 7, 1)), half + 0x8190),
  },
  { no: 49, what: 'spare, handshake', tile: 'shim', name: /Spare/, aie4: at(both([0x1c000])) },
  {
    no: 50,
    what: 'column clock and reset',
    tile: 'shim',
    name: /Column_Clock|Reset/,
    aie2: at(0xfff20, 0xfff28),
    aie4: at(0xe0090, 0xe00a0, 0xe00a4),
  },
  ...everywhere(51, 'timer', /Timer/, {
    aie2: (base) => [base, base + 0xf8, base + 0xfc],
    aie4: {
      core: [0xa0110, 0xa0120, 0xa0124],
      mem: both([0x130, 0x140, 0x144]),
      shim: both([0x4090, 0x4140, 0x4144]),
    },
  }),
  ...everywhere(52, 'event generate', /Event_Generate/, {
    aie2: (base) => [base + 8],
    aie4: { core: [0xa0008], mem: both([0x90]), shim: both([0x40a0]) },
  }),
  ...everywhere(53, 'broadcast 0 to 15', /Broadcast/, {
    aie2: (base) => run(base + 0x10, 16),
    aie4: { core: run(0xa0010, 16), mem: both(run(0xa0, 16)), shim: both(run(0x40b0, 16)) },
  }),
  ...everywhere(54, 'broadcast blocks', /Broadcast\w*Block/, {
    aie2: (base) => [base + 0x50, base + 0x60, base + 0x70, base + 0x80],
    aie4: {
      core: [0xa0050, 0xa0060, 0xa0070, 0xa0080],
      mem: both([0xe0, 0xf8]),
      shim: [0x40f0, 0x40fc, 0x4108, 0x4114],
    },
  }),
  ...everywhere(55, 'trace control', /Trace/, {
    aie2: (base) => [base + 0xd0, base + 0xd4],
    aie4: {
      core: [0xa00d0, 0xa00d4, 0xa00f0, 0xa00f4],
      mem: both([0x110, 0x114]),
      shim: both([0x4120, 0x4124]),
    },
  }),
  ...everywhere(56, 'trace events', /Trace/, {
    aie2: (base) => [base + 0xe0, base + 0xe4],
    aie4: {
      core: [0xa00e0, 0xa00e4, 0xa0100, 0xa0104],
      mem: both([0x120, 0x124]),
      shim: both([0x4130, 0x4134]),
    },
  }),
  {
    no: 57,
    what: 'stream-port event selection',
    tile: 'core',
    name: /Port_Selection/,
    aie2: at(0x3ff00, 0x3ff04),
    aie4: at(0xb4f00, 0xb4f04),
  },
  {
    no: 57,
    what: 'stream-port event selection',
    tile: 'mem',
    aie2: at(0xb0f00, 0xb0f04),
    aie4: at(both([0x20250, 0x20254])),
  },
  {
    no: 57,
    what: 'stream-port event selection',
    tile: 'shim',
    name: /Port_Selection/,
    aie2: at(0x3ff00, 0x3ff04),
    aie4: at(both([0x8250])),
  },
  {
    no: 58,
    what: 'performance control, counters, comparison',
    tile: 'core',
    name: /Performance/,
    aie2: at(run(0x31500, 3), run(0x31520, 4), run(0x31580, 4), 0x11000, 0x11020, 0x11080),
    aie4: at(run(0xa2500, 9), run(0xa2530, 12), run(0xa2590, 12)),
  },
  {
    no: 58,
    what: 'performance control, counters, comparison',
    tile: 'mem',
    name: /Performance/,
    aie2: at(run(0x91000, 3), run(0x91020, 4), run(0x91080, 4)),
    aie4: at(both([...run(0, 5), ...run(0x20, 6), ...run(0x60, 6)])),
  },
  {
    no: 58,
    what: 'performance control, counters, comparison',
    tile: 'shim',
    name: /Performance/,
    aie2: at(0x31000, run(0x31020, 2), run(0x31080, 2)),
    aie4: at(both([...run(0x4000, 5), ...run(0x4020, 6), ...run(0x4060, 6)])),
  },
  ...everywhere(59, 'group enable and event status', /Group|Event_Status/, {
    aie2: (base) => [base + 0x500, base + 0x200],
    aie4: { core: [0xa0500, 0xa0200], mem: both([0x1b0, 0x170]), shim: both([0x4190, 0x4150]) },
  }),
  {
    no: 60,
    what: 'interrupt controllers',
    tile: 'shim',
    name: /Interrupt/,
    aie2: at(run(0x35000, 6), 0x15000, 0x15004, 0x15008, 0x1500c, 0x15010),
    aie4: at(both(run(0x1c010, 4))),
  },
]

/** A function that every module with events has, as rows for the three tile kinds. */
function everywhere(
  no: number,
  what: string,
  name: RegExp,
  where: {
    readonly aie2: (base: number) => readonly number[]
    readonly aie4: Readonly<Record<Kind, readonly number[]>>
  },
): DesignRegister[] {
  const bases = { core: [0x34000, 0x14000], mem: [0x94000], shim: [0x34000] }
  return (['core', 'mem', 'shim'] as const).map((tile) => ({
    no,
    what,
    tile,
    name,
    aie2: at(bases[tile].flatMap(where.aie2)),
    aie4: at(where.aie4[tile]),
  }))
}
