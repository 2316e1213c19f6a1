/** Array microcontrollers: how many there are, what CERT's tables hold and what its work costs. */
import { derived, fact, guess, resolve } from './fact.ts'

export const ucFacts = {
  count: fact(6, 'xdna-driver', 'AIE4: two per column, halves A and B'),
  columnShift: fact(25, 'aie-codegen', 'column in an AXI-MM address'),
  /** Address that XRT and CERT add to host addresses in shim descriptors of AIE4. */
  ddrOffset: fact(0x8000_0000, 'xrt', 'elf_patcher.cpp'),

  shim57: fact({ aie4HighMask: 0x1ff_ffff, aie2psMiddleMask: 0xffff }, 'xrt', 'elf_patcher.cpp'),

  /** Capacities. */
  jobs: guess(256, 'jobs of one page; the real table is not public'),
  chains: guess(4, 'outstanding uC-DMA chains'),
  tokens: guess(64, 'actors with tokens; the driver counts hash conflicts, the size is not public'),
  remoteBarriers: guess(8, 'physical remote barriers per context'),
  records: guess(64, 'debug records kept in the shared data memory'),

  /** Costs in cycles of the uC clock, which is the array clock. */
  operation: guess(20, 'interpreting one operation'),
  registerWrite: guess(8, 'store through the uC port'),
  registerRead: guess(16, 'load through the uC port'),
  pollRetry: guess(64, 'between two attempts of a poll, a lock request or a full table'),
  pageLatency: guess(300, 'page fetch, before the first bytes'),
  pageBytesPerCycle: guess(16, 'page fetch'),
  chainSetup: guess(16, 'starting a uC-DMA chain'),
  descriptorSetup: guess(4, 'reading one uC-DMA descriptor'),
  dmaWordsPerCycle: guess(1, 'uC-DMA'),
  packetFetch: guess(100, 'reading the queue and one packet'),
  recordFetch: guess(60, 'handing one uC its share of an indirect packet'),
  finish: guess(60, 'completion word, read index and interrupt'),
  remoteBarrier: derived(20, 'aiebu-spec', 'one operation; the crossing time is not public'),

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
      pageIn: 4,
      eventLoop: 6,
      executePage: 0xb,
      invalidPacket: 0x15,
    },
    'xrt',
    'xrt_kernel.cpp',
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
  readonly shimLayout?: CertFacts['shimLayout']
}): CertFacts {
  const { wakeUp, ticksPerMicrosecond, count = plain.count, shimLayout = 'aie4' } = options
  const key = [wakeUp, ticksPerMicrosecond, count, shimLayout].join()
  let facts = known.get(key)
  if (!facts) {
    facts = { ...plain, count, wakeUp, ticksPerMicrosecond, shimLayout }
    known.set(key, facts)
  }
  return facts
}
