/** Array microcontrollers: how many there are, what CERT's tables hold and what its work costs. */
import type { ProfileId } from './tiles.ts'
import { derived, fact, guess, resolve } from './fact.ts'

export const ucFacts = {
  count: fact(6, 'xdna-driver', 'AIE4: two per column, halves A and B'),
  columnShift: fact(25, 'aie-codegen', 'column in an AXI-MM address'),
  /** Address that XRT and CERT add to host addresses in shim descriptors of AIE4. */
  ddrOffset: fact(0x8000_0000, 'xrt', 'elf_patcher.cpp'),

  shim57: fact({ aie4HighMask: 0x1ff_ffff, aie2psMiddleMask: 0xffff }, 'xrt', 'elf_patcher.cpp'),

  /** Capacities. */
  jobs: guess(
    512,
    'jobs of one page: as many as fit with one operation each; the real table is not public',
  ),
  chains: guess(4, 'outstanding uC-DMA chains'),
  tokens: guess(64, 'actors with tokens; the driver counts hash conflicts, the size is not public'),
  remoteBarriers: guess(8, 'physical remote barriers per context'),
  records: guess(64, 'debug records kept in the shared data memory'),
  handles: guess(16, 'wait handles of uC-DMA chains; the driver counts when CERT runs out of them'),
  tokenHandles: guess(16, 'token waits that have a handle; the others ask again now and then'),

  /** Costs in cycles of the uC clock, which is the array clock. */
  operation: guess(20, 'interpreting one operation'),
  registerWrite: guess(8, 'store through the uC port'),
  registerRead: guess(16, 'load through the uC port'),
  pollRetry: guess(64, 'between two attempts of a poll, a lock request or a full table'),
  pollRetryMost: guess(16384, 'longest time between two attempts; keeps long waits cheap'),
  pollPatience: guess(64, 'a wait is looked at again after this part of what it has lasted'),
  pageLatency: guess(300, 'page fetch, before the first bytes'),
  pageBytesPerCycle: guess(16, 'page fetch'),
  chainSetup: guess(16, 'starting a uC-DMA chain'),
  descriptorSetup: guess(4, 'reading one uC-DMA descriptor'),
  dmaWordsPerCycle: guess(1, 'uC-DMA'),
  packetFetch: guess(100, 'reading the queue and one packet'),
  recordFetch: guess(60, 'handing one uC its share of an indirect packet'),
  finish: guess(60, 'completion word, read index and interrupt'),
  remoteBarrier: derived(20, 'aiebu-spec', 'one operation; the crossing time is not public'),

  /** Time-outs. */
  timeoutUs: fact(2_000_000, 'xdna-driver', 'aie4_pci.c: the CERT time-out that the host programs'),
  hangShare: guess(
    2,
    'a uC that has waited this part of the time-out hangs too, once another one does',
  ),
  packetTimeouts: guess(5, 'time-outs that a whole command may last, though no operation hangs'),

  /** CERT state words as user space knows them. */
  state: fact(
    {
      popQueue: 0x1001,
      distribute: 0x1002,
      barrierBefore: 0x1003,
      barrierAfter: 0x1004,
      leaderRun: 0x1005,
      finishEntry: 0x1006,
      workerBefore: 0x2001,
      workerAfter: 0x2002,
      workerRun: 0x2003,
      handshake: 0xffe,
      exit: 0xfff,
      initBarrier: 1,
      configurePartition: 2,
      hsaConfig: 3,
      pageIn: 4,
      initialPass: 5,
      eventLoop: 6,
      outOfOrder: 7,
      prefetch: 8,
      emptyPage: 9,
      wokenAfterPreempt: 0xa,
      executePage: 0xb,
      checkNewPage: 0xc,
      taskCompletion: 0xd,
      prefetchInOrder: 0xe,
      reloadOutOfOrder: 0xf,
      runSave: 0x10,
      reloadCore: 0x11,
      noPage: 0x12,
      prefetchOutOfOrder: 0x13,
      waitForPage: 0x14,
      invalidPacket: 0x15,
      asyncDm2mmHang: 0x16,
      syncDm2mmHang: 0x17,
      asyncMm2dmHang: 0x18,
      controlCodeHang: 0x19,
      exception: 0x1a,
      barrierHang: 0x1b,
      uncorrectable: 0x1c,
      correctable: 0x1d,
      axiError: 0x1e,
      atomicDm2mmHang: 0x1f,
      hsaCritical: 0x20,
      wokenAfterSwitch: 0x21,
      syncMm2dmHang: 0x22,
    },
    'xrt',
    'xrt_kernel.cpp',
  ),
  /** Bits of the misc status word. */
  misc: fact(
    {
      exception: 1,
      controlCodeHang: 2,
      asyncDm2mmHang: 4,
      asyncMm2dmHang: 8,
      syncDm2mmHang: 16,
      syncMm2dmHang: 32,
      unrecoverable: 64,
    },
    'xrt',
    'xrt_kernel.cpp',
  ),
  /** Bits of the idle status word. */
  idle: fact({ queueNotEmpty: 1, saveDone: 2, idle: 4 }, 'xrt', 'xrt_kernel.cpp'),
  /** Exception words of the uC. */
  dataBusError: guess(4, 'exception status of a data bus error, as a MicroBlaze numbers causes'),
  /** Handshake words by byte offset, one block per uC. */
  handshake: fact(
    {
      alive: 0,
      partitionBase: 4,
      partitionSize: 8,
      queueHigh: 0xc,
      queueLow: 0x10,
      switchRequest: 0x14,
      idleStatus: 0x1c,
      miscStatus: 0x20,
      restorePoint: 0x40,
      lastPdiId: 0x44,
      lastPdiPlace: 0x48,
      lastCoresId: 0x4c,
      lastCoresPlace: 0x50,
      doorbellPending: 0x6c,
      runListIndex: 0x70,
      lastPreemptId: 0x78,
      state: 0xa0,
      pageIndex: 0xa4,
      previousPc: 0xa8,
      exceptionAddress: 0xac,
      exceptionStatus: 0xb0,
      exceptionPc: 0xb4,
    },
    'xdna-driver',
    've2_mgmt.h; the word behind each image id and behind 0xA0 is our reading of the order',
  ),
  aliveMagic: fact(0x404c_5645, 'xdna-driver', 've2_mgmt.h'),
  /** Errors of a context as the firmware reports them. */
  contextError: fact(
    {
      schedulerFailure: 0,
      stopFailure: 1,
      arrayFailure: 2,
      preemptionTimeout: 3,
      newProcessFailure: 4,
      ucCritical: 5,
      completionTimeout: 6,
    },
    'xdna-driver',
    'aie4_error.c',
  ),
  /** Health report: its version, its size, which word is what, words of one uC. */
  health: fact(
    { version: 1, words: 70, status: 2, runListIndex: 3, firstUc: 4, ucWords: 11, mostUcs: 6 },
    'xdna-driver',
    'aie4_msg_priv.h, 280 bytes',
  ),
  /** Details of a failed command: uC number times 100 plus this, except `exit` and `invalidPacket`. */
  error: fact(
    {
      exit: 0,
      noPdi: 1,
      pdiLoad: 2,
      invalidOpcode: 3,
      invalidPacket: 4,
      invalidPage: 5,
      timeout: 6,
      perUc: 100,
    },
    'xdna-driver',
    'umq/host_queue.h',
  ),
  detailShift: fact(4, 'xdna-driver', 'completion word: state in the low 4 bits'),
}

/** What CERT needs to know, tags taken off. */
export interface CertFacts extends Plainly {
  /** Ticks between a doorbell and the lead uC looking at its queue. */
  readonly wakeUp: number
  readonly ticksPerMicrosecond: number
  /** Ticks that one operation may wait. */
  readonly timeout: number
  /** Whose tiles and registers it talks about. */
  readonly profile: ProfileId
  /** Base address fields of a shim descriptor, for APPLY_OFFSET_57 with run-time arguments. */
  readonly shimLayout: 'aie4' | 'aie2ps'
}

type Plainly = ReturnType<typeof resolve<typeof ucFacts>>

const plain: Plainly = resolve(ucFacts)
const known = new Map<string, CertFacts>()

/**
 * Facts of CERT on a profile. `count` replaces the number of uCs where the device has another one;
 * `wakeUp` and `ticksPerMicrosecond` come from the profile's clocks.
 */
export function certFacts(options: {
  readonly wakeUp: number
  readonly ticksPerMicrosecond: number
  readonly count?: number
  readonly profile?: ProfileId
  readonly shimLayout?: CertFacts['shimLayout']
}): CertFacts {
  const { wakeUp, ticksPerMicrosecond, count = plain.count } = options
  const { profile = 'aie4', shimLayout = 'aie4' } = options
  const timeout = plain.timeoutUs * ticksPerMicrosecond
  const key = [wakeUp, ticksPerMicrosecond, count, profile, shimLayout].join()
  let facts = known.get(key)
  if (!facts) {
    facts = { ...plain, count, wakeUp, ticksPerMicrosecond, timeout, profile, shimLayout }
    known.set(key, facts)
  }
  return facts
}

const stateNames = new Map(
  Object.entries(resolve(ucFacts.state)).map(([name, code]) => [code, name]),
)

/** The name of a CERT state word, for people: words in the order of the name. */
export function ucStateName(code: number): string {
  const name = stateNames.get(code)
  return name ? words(name) : `state 0x${code.toString(16)}`
}

const contextErrors = new Map(
  Object.entries(resolve(ucFacts.contextError)).map(([name, code]) => [code, name]),
)

/** The name of a context error, for people. */
export function contextErrorName(code: number): string {
  const name = contextErrors.get(code)
  return name ? words(name) : `error ${code}`
}

function words(name: string): string {
  return name.replaceAll(/([A-Z])/g, ' $1').toLowerCase()
}

/** Bits of the idle and misc status words with their names in words. */
export const ucIdleNames = bitWords(resolve(ucFacts.idle))
export const ucMiscNames = bitWords(resolve(ucFacts.misc))

function bitWords(bits: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(bits).map(([name, bit]) => [words(name), bit] as const)
}
