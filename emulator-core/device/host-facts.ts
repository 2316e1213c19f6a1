/**
 * Host facts: identity, windows, vectors and durations of everything between a host program and the uCs.
 *
 * Durations are written in microseconds, as people quote them; `hostFacts` turns them into ticks of the
 * profile's array clock once. Values tagged as guesses are shown as modelled.
 */
import { fact, guess, resolve } from './fact.ts'
import type { Fact, Plain } from './fact.ts'
import { functionsOf } from './functions.ts'
import type { FunctionSet } from './functions.ts'
import { heapFacts, reachFacts } from './host-memory.ts'
import type { HostMemory, HostSwitches } from './host-memory.ts'

export type HostProfile = 'aie4' | 'npu4' | 'npu1'

/** What every profile shares. */
export const hostCommonFacts = {
  bar: {
    bytes: guess(
      [0x10000, 0, 0x10_0000, 0, 0x10000, 0x10000],
      'large enough for every known offset',
    ),
    mailbox: fact(0, 'xdna-driver', 'npu3_regs.c: BAR of head and tail registers'),
    sram: fact(2, 'xdna-driver', 'npu3_regs.c: BAR of SRAM and doorbells'),
    psp: fact(4, 'xdna-driver', 'npu3_regs.c'),
    smu: fact(5, 'xdna-driver', 'npu3_regs.c'),
  },
  /** Offsets in BAR 0; the driver learns them from the info block. */
  mailboxRegister: guess(
    { x2iTail: 0, x2iHead: 4, i2xTail: 8, i2xHead: 12, count: 4 },
    'any consistent placement works, the driver reads it from the info block',
  ),
  /** Offsets in BAR 2. */
  ring: guess(
    { x2i: 0x1000, x2iBytes: 0x1000, i2x: 0x2000, i2xBytes: 0x1000 },
    'any consistent placement works',
  ),
  /** Named registers behind BAR 4 and BAR 5, as offsets in their BAR. */
  pspRegister: fact(
    { command: 0xaec, arg0: 0xb70, arg1: 0xb74, interrupt: 0xa24 },
    'xdna-driver',
    'npu3_regs.c; command, argument 2 and status are one register, argument 0 and response another',
  ),
  smuRegister: fact(
    { command: 0x9ec, argument: 0x9f4, response: 0x9f0, interrupt: 0 },
    'xdna-driver',
    'npu3_regs.c; argument and output are one register',
  ),
  doorbell: {
    base: guess(0x4_0000, 'where the bring-up test of the older driver rings'),
    stride: guess(0x1000, 'a doorbell is mapped as one page'),
    pages: guess(128, 'one per context'),
  },
  vectors: {
    count: guess(9, '1 for management, 8 shared by contexts'),
    management: guess(0, 'the info block says which'),
    firstJob: guess(1, 'behind management'),
    job: guess(8, 'shows sharing without hiding it'),
  },
  protocol: fact({ major: 6, minor: 0 }, 'xdna-driver', 'npu3_regs.c: the pair it accepts'),
  hostQueue: fact({ major: 1, minor: 0 }, 'xdna-driver', 'npu3_regs.c'),
  npuVersion: fact([2, 14, 0, 114], 'xdna-driver', 'tools/WHENCE'),
  certVersion: fact([1, 8, 0, 46], 'xdna-driver', 'tools/WHENCE'),
  certHash: guess('0'.repeat(40), 'not published'),
  certDate: guess('2026-08-20', 'not published'),
  maxContexts: fact(128, 'xdna-driver', 'test/shim_test: 128 succeed, the next fails'),
  maxHandle: fact(1024, 'xdna-driver', 'context handles 1..1024, cyclic'),
  maxPartitions: guess(3, 'one per column'),
  workBufferBytes: fact(4 << 20, 'xdna-driver', 'aie4_msg_priv.h'),
  asyncBufferBytes: fact(8 << 10, 'xdna-driver', 'aie4_error.c'),
  tilesPerColumn: fact(4, 'xdna-driver', 'num_tiles 4, 8, 12 stand for 1, 2, 3 columns'),
  pageBytes: fact(4096, 'xdna-driver', 'host page'),
  dramBytes: guess(2 ** 31, 'host memory that buffers may take, 2 GiB'),
  pasidFirst: guess(1, 'one per open, counting up'),
  userTop: guess(0x7f00_0000_0000, 'resembles mmap and is reproducible'),
  ddrOffset: fact(
    0x8000_0000,
    'xrt',
    'elf_patcher.cpp: what shim descriptors carry above the host address',
  ),
  scratchBytes: fact(3 << 20, 'xrt', 'preemption scratch pad of AIE4 programs, per column'),
  epochSeconds: guess(1_767_225_600, 'the emulated host clock starts with 2026'),
  columnBytesPerRow: guess(4096, 'size of a column dump, per row'),
}

/** Durations in microseconds. */
export const hostTimeFacts = {
  doorbell: guess(1, 'doorbell to uC wake-up; no public measurement'),
  interrupt: guess(5, 'completion word to host wake-up; no public measurement'),
  errorService: guess(20, 'array interrupt to the report of what went wrong'),
  mailbox: guess(45, 'request to response; with the interrupt a round trip is 50'),
  smuCommand: guess(1000, 'power on or off; well inside the 1 s poll'),
  pspValidate: guess(5000, 'checking one image; well inside the 1 s poll'),
  pspStart: guess(20_000, 'releasing the controller; well inside the 1 s poll'),
  firmwareStart: guess(30_000, 'start to a valid info block, well inside the 1 s poll'),
  flrWait: guess(100_000, 'PCI Express gives a function 100 ms to come back from a reset'),
  autosuspend: fact(
    5_000_000,
    'xdna-driver',
    'amdxdna_pm.c: idle so long, the device is powered off',
  ),
  contextLoad: guess(50, 'taking a context onto its columns'),
  savePerMib: guess(100, 'a switch, beyond its base, per MiB of memory that was saved'),
  shareWindow: fact(100_000, 'xdna-driver', 'the normal band has its share of each 100 ms'),
  syscall: guess(1, 'entering and leaving the kernel'),
  pageFault: guess(1, 'first touch of a page range'),
  copyBytesPer: guess(8192, 'bytes a host core copies per microsecond'),
  poll: fact(20_000, 'xdna-driver', 'info block poll'),
  pollLimit: fact(1_000_000, 'xdna-driver', 'info block poll gives up'),
  ringFullPoll: fact(100, 'xdna-driver', 'a full ring is polled so long'),
  mailTimeout: fact(5_000_000, 'xdna-driver', 'response timeout'),
  retry: fact(1_000_000, 'xdna-driver', 'the shim sleeps so long after EAGAIN'),
  quantum: fact(5000, 'xdna-driver', 'aie4_msg_priv.h: time a context has while others wait'),
  preemption: fact(2_000_000, 'xdna-driver', 'aie4_pci.c: the CERT time-out, for a switch as well'),
  powerIdle: guess(1000, 'so long nothing is busy before the lowest level'),
  hysteresis: fact(1000, 'xdna-driver', 'an idle context stays loaded'),
  flush: guess(1, 'writing back and dropping the cache lines of a buffer'),
  virtio: reachFacts.virtioRoundTrip,
}

interface ProfileFacts {
  readonly clockMHz: Fact<number>
  readonly columns: Fact<number>
  readonly coreRows: Fact<number>
  readonly ucsPerColumn: Fact<number>
  /** A context may hold half a column. */
  readonly halves: Fact<boolean>
  /** Device and CPU caches agree, so a buffer sync does nothing. */
  readonly coherent: Fact<boolean>
  /** SYNC_BO from the device can also ask for a debug buffer. */
  readonly debugSync: Fact<boolean>
  readonly vendor: Fact<number>
  readonly deviceId: Fact<number>
  readonly revision: Fact<number>
  readonly name: Fact<string>
  readonly aieVersion: Fact<{ readonly major: number; readonly minor: number }>
  /** [aieclk, npuhclk] by level, as GET_DPM_FREQ_TABLE fills it. */
  readonly dpm: Fact<readonly (readonly [number, number])[]>
}

const vendor = fact(0x1022, 'xdna-driver', 'PCI vendor AMD')

export const hostProfileFacts = {
  aie4: {
    clockMHz: fact(1200, 'xdna-driver', 'npu3_regs.c: hclk of the top level'),
    columns: fact(3, 'xdna-driver', 'aie4_pci.c: partition message'),
    coreRows: fact(4, 'xdna-driver', 'num_tiles per column'),
    ucsPerColumn: fact(2, 'xdna-driver', 'aie4_msg_priv.h: six uCs'),
    halves: fact(true, 'xdna-driver', 'num_tiles 1..3 is dual mode'),
    coherent: fact(true, 'xdna-driver', 'shim: UMQ devices report coherent'),
    debugSync: fact(false, 'xdna-driver', 'amdxdna_ctx.c: the operation is missing'),
    vendor,
    deviceId: fact(0x17f1, 'xdna-driver'),
    revision: fact(0x10, 'xdna-driver'),
    name: fact('RyzenAI-npu3', 'xdna-driver'),
    aieVersion: guess({ major: 4, minor: 0 }, "the architecture's name; not published"),
    dpm: fact(
      [
        [400, 400],
        [960, 576],
        [1108, 576],
        [1200, 847],
        [1200, 1200],
        [1200, 1200],
        [1200, 1200],
        [1200, 1200],
      ] as const,
      'xdna-driver',
      'npu3_regs.c fallback table',
    ),
  },
  npu4: {
    clockMHz: fact(1800, 'xdna-driver', 'npu4_regs.c: hclk of the top level'),
    columns: fact(8, 'mlir-aie', 'target model npu2'),
    coreRows: fact(4, 'mlir-aie', 'target model npu2'),
    ucsPerColumn: fact(
      0,
      'mlir-aie',
      'no uC in the array; one controller runs control code, modelled',
    ),
    halves: fact(false, 'mlir-aie', 'no halves'),
    coherent: fact(false, 'xdna-driver', 'shim: KMQ devices flush'),
    debugSync: fact(true, 'xdna-driver', 'aie2_ctx.c'),
    vendor,
    deviceId: fact(0x17f0, 'xdna-driver'),
    revision: fact(0x10, 'xdna-driver'),
    name: fact('RyzenAI-npu4', 'xdna-driver'),
    aieVersion: guess({ major: 2, minor: 1 }, 'AIE2P; the real reply is not published'),
    dpm: fact(
      [
        [396, 792],
        [600, 1056],
        [792, 1152],
        [975, 1267],
        [975, 1267],
        [1056, 1408],
        [1152, 1584],
        [1267, 1800],
      ] as const,
      'xdna-driver',
      'npu4_regs.c',
    ),
  },
  npu1: {
    clockMHz: fact(1600, 'xdna-driver', 'npu1_regs.c: hclk of the top level'),
    columns: fact(4, 'mlir-aie', 'target model npu1'),
    coreRows: fact(4, 'mlir-aie', 'target model npu1'),
    ucsPerColumn: fact(
      0,
      'mlir-aie',
      'no uC in the array; one controller runs control code, modelled',
    ),
    halves: fact(false, 'mlir-aie', 'no halves'),
    coherent: fact(false, 'xdna-driver', 'shim: KMQ devices flush'),
    debugSync: fact(true, 'xdna-driver', 'aie2_ctx.c'),
    vendor,
    deviceId: fact(0x1502, 'xdna-driver'),
    revision: fact(0, 'xdna-driver'),
    name: fact('RyzenAI-npu1', 'xdna-driver'),
    aieVersion: guess({ major: 2, minor: 0 }, 'AIE2; the real reply is not published'),
    dpm: fact(
      [
        [400, 800],
        [600, 1024],
        [600, 1024],
        [600, 1024],
        [600, 1024],
        [720, 1309],
        [720, 1309],
        [847, 1600],
      ] as const,
      'xdna-driver',
      'npu1_regs.c',
    ),
  },
} satisfies Record<HostProfile, ProfileFacts>

export type HostCommon = Plain<typeof hostCommonFacts>
export type HostTimes = { readonly [K in keyof typeof hostTimeFacts]: number }
export type HostProfileFacts = Plain<ProfileFacts>

/** Everything that soc, management firmware, driver and runtime need to know, with the tags taken off. */
export interface HostFacts extends HostCommon {
  readonly profile: HostProfile
  readonly device: HostProfileFacts
  readonly memory: HostMemory
  readonly functions: FunctionSet
  /** Bytes that a process without privileges may lock. */
  readonly memlockBytes: number
  /** The durations of `hostTimeFacts` in ticks; `copyBytesPer` stays bytes per microsecond. */
  readonly ticks: HostTimes
  readonly ticksPerMicrosecond: number
}

/** What the switches make of a profile's memory. */
function memoryOf(profile: HostProfile, switches: HostSwitches): HostMemory {
  const model = { expandable: heapFacts.npu4, flat: heapFacts.aie4 }
  const heap = switches.heap === undefined ? heapFacts[profile] : model[switches.heap]
  const iommu = switches.iommu ?? 'sva'
  const forceIova = switches.forceIova ?? false
  const isPhysical = switches.cma === true || iommu !== 'sva'
  return {
    heap: resolve(heap),
    coherent: switches.coherent ?? hostProfileFacts[profile].coherent.value,
    deferred: switches.deferredMapping ?? false,
    iommu,
    forceIova,
    cma: switches.cma ?? false,
    addressing: forceIova ? 'iova' : isPhysical ? 'physical' : 'pasid',
    iovaTop: 2 ** (switches.iovaBits ?? reachFacts.iovaBits.value),
  }
}

const known = new Map<string, HostFacts>()

/** The facts of a profile with its switches set. One microsecond is `clockMHz` ticks. */
export function hostFacts(profile: HostProfile, switches: HostSwitches = {}): HostFacts {
  const key = JSON.stringify([profile, switches])
  let facts = known.get(key)
  if (!facts) {
    facts = makeFacts(profile, switches)
    known.set(key, facts)
  }
  return facts
}

function makeFacts(profile: HostProfile, switches: HostSwitches): HostFacts {
  const device = resolve<ProfileFacts>(hostProfileFacts[profile])
  const mhz = device.clockMHz
  const times = resolve(hostTimeFacts)
  const ticks: Record<string, number> = {}
  for (const [key, value] of Object.entries(times)) {
    ticks[key] = key === 'copyBytesPer' ? value : value * mhz
  }
  return {
    ...resolve(hostCommonFacts),
    profile,
    device,
    memory: memoryOf(profile, switches),
    functions: functionsOf(switches),
    memlockBytes: reachFacts.memlockBytes.value,
    ticks: ticks as HostTimes,
    ticksPerMicrosecond: mhz,
  }
}

/** Array constants that AIE_TILE_INFO reports; their owner is the array's own profile. */
export interface TileInfo {
  readonly memRows: number
  readonly shimRows: number
  readonly coreDma: number
  readonly memDma: number
  readonly shimDma: number
  readonly coreLocks: number
  readonly memLocks: number
  readonly shimLocks: number
  readonly coreEvents: number
  readonly memEvents: number
  readonly shimEvents: number
}
