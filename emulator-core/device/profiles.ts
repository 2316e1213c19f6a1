/** The device profiles: trees of facts, and `describe` which hands out plain numbers. */
import { aie2CoreTile, aie2MemTile, aie2ShimTile } from './aie2-map.ts'
import { aie4CoreTile, aie4MemTile, aie4ShimTile } from './aie4-map.ts'
import type { Provenance } from './fact.ts'
import { derived, fact, guess, listFacts, measured, resolve } from './fact.ts'
import { aie2Banks, aie4Banks, lockWraps, zeroise } from './memory-facts.ts'
import type { Device, ProfileFacts, ProfileId, TimingFacts } from './tiles.ts'

/** Timings measured on Phoenix; the other generations take them over unless they say otherwise. */
const aie2Timing: TimingFacts = {
  lockGrant: measured(1, 'xdna-emu', 'one grant per lock and cycle'),
  coreLockArbitration: measured(1, 'xdna-emu', 'every core lock request, even when uncontended'),
  bdLoad: measured(4, 'xdna-emu'),
  channelStart: measured(2, 'xdna-emu'),
  bdChain: measured(2, 'xdna-emu'),
  dmaMemoryLatency: measured(5, 'xdna-emu'),
  slavePortLatency: fact(2, 'am020', 'chapter 2'),
  localMasterLatency: fact(1, 'am020', 'chapter 2'),
  externalMasterLatency: fact(2, 'am020', 'chapter 2'),
  tileHop: fact(2, 'am020', 'to the next slave port'),
  slavePortDepth: fact(4, 'am020', 'words'),
  localMasterDepth: fact(2, 'am020', 'words'),
  externalMasterDepth: fact(4, 'am020', 'words'),
  switchFifoDepth: fact(16, 'am020', 'words'),
  multicastBuffer: derived(16, 'xdna-emu', 'words per branch, as that emulator gives them'),
  s2mmFifo: measured(16, 'xdna-emu', 'words'),
  mm2sFifo: measured(12, 'xdna-emu', 'words'),
  shimColdRead: measured(1330, 'xdna-emu', 'first MM2S task after idle'),
  shimColdWrite: measured(341, 'xdna-emu', 'first S2MM task after idle'),
  shimColdDecayPercent: measured(31, 'xdna-emu', 'share kept per back-to-back task'),
  shimTaskRead: measured(325, 'xdna-emu', 'steady overhead of an MM2S task'),
  shimTaskWrite: measured(179, 'xdna-emu', 'steady overhead of an S2MM task'),
  broadcastVertical: measured(2, 'xdna-emu', 'tile to tile in a column'),
  broadcastHorizontal: measured(2, 'xdna-emu', 'switch to switch in a row, two switches a tile'),
  tracePackets: guess(4, 'no public figure'),
}

/** No figure is public for AIE4: the Phoenix values, counted in beats of its own fabrics. */
const aie4Timing = Object.fromEntries(
  Object.entries(aie2Timing).map(([name, f]) => [
    name,
    guess(f.value, `no public figure for AIE4; the Phoenix value, in beats of its own fabric`),
  ]),
) as unknown as TimingFacts

const aie2Common = {
  rows: {
    shim: fact(1, 'mlir-aie'),
    mem: fact(1, 'mlir-aie'),
    core: fact(4, 'mlir-aie'),
  },
  address: {
    columnShift: fact(25, 'mlir-aie'),
    rowShift: fact(20, 'mlir-aie'),
    memRowSpan: fact(1, 'mlir-aie'),
    appBOffset: fact(0, 'am025', 'one application per tile'),
    appBAliasBit: fact(0, 'am025', 'one application per tile'),
    appBAlias: fact(false, 'am025', 'one application per tile'),
    ddrOffset: fact(0x8000_0000, 'xrt', '48-bit shim descriptors'),
  },
  core: {
    dmBytes: fact(0x10000, 'am020'),
    pmBytes: fact(0x4000, 'am020'),
    pmOffset: fact(0x20000, 'am025'),
    windowBase: fact(0x40000, 'mlir-aie', 'south window'),
    windowBytes: fact(0x10000, 'mlir-aie'),
    banks: fact(8, 'am020'),
    lockWindow: fact(16, 'mlir-aie'),
    control: fact(0x32000, 'am025'),
    status: fact(0x32004, 'am025'),
    programCounter: fact(0x31100, 'am025'),
    processorBus: fact(0x32038, 'am025'),
    isolation: fact(0x36030, 'am025', 'Tile_Control'),
    streamIn: fact(1, 'am020'),
    streamOut: fact(1, 'am020'),
  },
  mem: {
    dmBytes: fact(0x80000, 'am020'),
    dmOffset: fact(0, 'am025'),
    banks: fact(16, 'am020'),
    windowBytes: fact(0x80000, 'am020', 'chapter 5'),
    localWindow: fact(1, 'am020', 'chapter 5'),
    reach: fact(1, 'am020', 'chapter 5'),
    lockWindow: fact(64, 'am020', 'chapter 5'),
    localLockWindow: fact(1, 'am020', 'chapter 5'),
  },
  bank: aie2Banks,
  lock: {
    min: fact(-64, 'am025', '7-bit signed value'),
    max: fact(63, 'am025', '7-bit signed value'),
    wraps: lockWraps,
  },
  zeroise,
  dma: {
    maxRepeat: fact(256, 'am025'),
    hasValidBit: fact(true, 'am025'),
    tokenDepth: measured(128, 'xdna-emu', 'device file value'),
  },
  uc: {
    count: guess(1, 'the management CPU runs control code, one command at a time'),
    perColumn: fact(0, 'mlir-aie'),
  },
  timing: aie2Timing,
} satisfies Partial<ProfileFacts>

const npu1: ProfileFacts = {
  ...aie2Common,
  columns: fact(4, 'mlir-aie', 'usable columns'),
  mostColumns: fact(4, 'mlir-aie'),
  firstPhysicalColumn: fact(1, 'xdna-driver'),
  clock: {
    hclkMHz: fact(1600, 'xdna-driver', 'top DPM level'),
    opsPerColumnCycle: fact(2048, 'xdna-driver', 'TOPS formula'),
    int8MacsPerCoreCycle: fact(256, 'am020', 'chapter 4'),
  },
}

const npu4: ProfileFacts = {
  ...aie2Common,
  columns: fact(8, 'mlir-aie'),
  mostColumns: fact(8, 'mlir-aie'),
  firstPhysicalColumn: fact(0, 'xdna-driver'),
  clock: {
    hclkMHz: fact(1800, 'xdna-driver', 'top DPM level'),
    opsPerColumnCycle: fact(4096, 'xdna-driver', 'TOPS formula'),
    int8MacsPerCoreCycle: fact(512, 'aie-api', 'matrix shapes'),
  },
}

const aie4: ProfileFacts = {
  columns: fact(3, 'xdna-driver', 'partition message of the driver'),
  mostColumns: guess(8, 'three in every public program; a newer profiler table says four'),
  firstPhysicalColumn: fact(0, 'xdna-driver'),
  rows: {
    shim: fact(1, 'aiebu-tests', 'row topology 1-1-4-0'),
    mem: fact(1, 'aiebu-tests', 'row topology 1-1-4-0'),
    core: fact(4, 'aiebu-tests', 'row topology 1-1-4-0'),
  },
  address: {
    columnShift: fact(25, 'aie-codegen'),
    rowShift: fact(20, 'aie-codegen'),
    memRowSpan: fact(5, 'aie-codegen', 'core rows move up by four'),
    appBOffset: fact(0x40000, 'aie-codegen', 'register bit 18'),
    appBAliasBit: fact(27, 'aie-codegen', 'set by the driver in mode B of its simulator build'),
    appBAlias: guess(
      false,
      'only the simulator build of the driver uses it; a switch of the device',
    ),
    ddrOffset: fact(0x8000_0000, 'xrt', 'added by the patcher'),
  },
  core: {
    dmBytes: fact(0x20000, 'aie-codegen'),
    pmBytes: fact(0x8000, 'aie-codegen'),
    pmOffset: fact(0x80000, 'aiebu-tests'),
    windowBase: fact(0x80000, 'aie-codegen', 'south window'),
    windowBytes: fact(0x20000, 'aie-codegen'),
    banks: fact(8, 'aie-codegen', 'conflict events 0 to 7'),
    lockWindow: fact(16, 'aie-codegen'),
    control: fact(0xa3000, 'aiebu-tests'),
    status: fact(0xa3004, 'xdp'),
    programCounter: fact(0x95540, 'xdp'),
    processorBus: fact(0xa3060, 'aiebu-tests'),
    isolation: fact(0xe0040, 'xdp', 'tile control'),
    streamIn: fact(2, 'aie-codegen'),
    streamOut: fact(1, 'aie-codegen'),
  },
  mem: {
    dmBytes: fact(0x300000, 'aie-codegen'),
    dmOffset: fact(0x100000, 'aiebu-tests'),
    banks: fact(24, 'aie-codegen', 'conflict events 0 to 23'),
    windowBytes: fact(0x400000, 'aie-codegen'),
    localWindow: fact(8, 'aiebu-tests'),
    reach: fact(7, 'aie-codegen'),
    lockWindow: fact(64, 'aie-codegen'),
    localLockWindow: fact(7, 'aiebu-tests'),
  },
  bank: aie4Banks,
  lock: {
    min: fact(-64, 'aie-codegen'),
    max: fact(63, 'aie-codegen'),
    wraps: lockWraps,
  },
  zeroise,
  dma: {
    maxRepeat: fact(4096, 'aie-codegen'),
    hasValidBit: fact(false, 'aiebu-tests', 'bit 25 is unused'),
    tokenDepth: guess(128, 'the value measured on Phoenix'),
  },
  uc: {
    count: fact(6, 'xdna-driver'),
    perColumn: fact(2, 'aiebu-spec'),
  },
  clock: {
    hclkMHz: fact(1200, 'xdna-driver', 'top DPM level'),
    int8MacsPerCoreCycle: derived(
      4096,
      'xrt',
      'power of two above the 7,598 operations per cycle of its self-test',
    ),
    opsPerColumnCycle: derived(
      4096,
      'xdna-driver',
      'the TOPS formula reuses the constant of the generation before',
    ),
  },
  timing: aie4Timing,
}

/** The trees themselves, for the inspector and the fidelity page. */
export const profiles: Readonly<Record<ProfileId, ProfileFacts>> = { aie4, npu4, npu1 }

/** Names under which a profile is asked for. */
const aliases: Readonly<Record<string, ProfileId>> = {
  aie4: 'aie4',
  npu3: 'aie4',
  npu4: 'npu4',
  npu2: 'npu4',
  npu1: 'npu1',
}

/** The profile a user's word means, or undefined. `npu1_2col` and the like name the whole device. */
export function profileNamed(word: string): ProfileId | undefined {
  const base = /^(npu[12])_[1-7]col$/.exec(word)
  return aliases[base ? base[1]! : word]
}

const shapes = {
  aie4: {
    title: 'AIE4 (npu3 family)',
    generation: 'aie4',
    shimTile: aie4ShimTile,
    memTile: aie4MemTile,
    coreTile: aie4CoreTile,
  },
  npu4: {
    title: 'XDNA 2 (Strix)',
    generation: 'aie2p',
    shimTile: aie2ShimTile,
    memTile: aie2MemTile,
    coreTile: aie2CoreTile,
  },
  npu1: {
    title: 'XDNA (Phoenix)',
    generation: 'aie2',
    shimTile: aie2ShimTile,
    memTile: aie2MemTile,
    coreTile: aie2CoreTile,
  },
} as const

const described = new Map<ProfileId, Device>()

/** The plain numbers and register maps of a profile. */
export function describe(id: ProfileId): Device {
  let device = described.get(id)
  if (!device) {
    device = { ...resolve(profiles[id]), id, ...shapes[id] }
    described.set(id, device)
  }
  return device
}

/** What may be chosen about a device beyond its profile. */
export interface DeviceSwitches {
  readonly columns?: number
  /** Decodes the address bit that names the B half of shim and mem tiles. */
  readonly appBAlias?: boolean
}

/** The device with its switches set as asked; undefined when it cannot have them so. */
export function withSwitches(device: Device, switches: DeviceSwitches): Device | undefined {
  const { columns = device.columns, appBAlias = device.address.appBAlias } = switches
  const { appBAliasBit, columnShift } = device.address
  if (!Number.isInteger(columns) || columns < 1 || columns > device.mostColumns) return undefined
  // The alias bit is a column bit: columns must stay below it.
  if (appBAlias && (appBAliasBit === 0 || columns > 2 ** (appBAliasBit - columnShift)))
    return undefined
  const { uc } = device
  const count = uc.perColumn === 0 ? uc.count : uc.perColumn * columns
  return { ...device, columns, uc: { ...uc, count }, address: { ...device.address, appBAlias } }
}

/** Where one number of a profile comes from; `path` as in `mem.dmBytes`. */
export function sourceOf(id: ProfileId, path: string): Provenance | undefined {
  return listFacts(profiles[id]).find((entry) => entry.path === path)?.fact.tag
}
