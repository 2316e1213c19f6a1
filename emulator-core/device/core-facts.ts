/**
 * Core facts: register files, latencies and fixed costs of a core, per architecture.
 *
 * A latency is the number of cycles after which a dependent operation may issue. The AIE4 column
 * has no public source; it takes the newest published ancestor and says so.
 */
import { derived, fact, guess, measured, resolve, type Plain } from './fact.ts'

export type CoreArch = 'aie2' | 'aie2p' | 'aie4'

const aie4Reason = 'no public figure for this core; value of the newest published ancestor'

const aie2 = {
  registers: {
    scalar: fact(32, 'am020', 'general registers'),
    vector: fact(12, 'am020', '512-bit registers'),
    accumulator: fact(9, 'am020', '1,024-bit registers'),
    mask: fact(4, 'am020', '128-bit registers'),
  },
  /** Address alignment that a 64-byte vector access needs, in bytes. */
  vectorAlign: fact(32, 'aie-api', 'vector_ldst_align'),
  /** Bits of one load port (there are two) and of the store port. */
  loadBits: fact(256, 'am020', 'two 256-bit loads per cycle'),
  storeBits: fact(256, 'am020', 'one 256-bit store per cycle'),
  latency: {
    alu: fact(1, 'llvm-aie'),
    multiply: fact(2, 'llvm-aie'),
    load: fact(7, 'llvm-aie'),
    vector: fact(2, 'llvm-aie'),
    extract: fact(2, 'llvm-aie'),
    vmul: fact(5, 'llvm-aie'),
    vmac: fact(5, 'llvm-aie'),
    /** From an accumulating multiply to the accumulator operand of the next one. */
    vmacToVmac: fact(2, 'llvm-aie', 'accumulator bypass'),
    accadd: fact(5, 'llvm-aie'),
    srs: fact(4, 'llvm-aie'),
    ups: fact(3, 'llvm-aie'),
    move: fact(1, 'llvm-aie'),
    vmove: fact(2, 'llvm-aie'),
    port: fact(7, 'llvm-aie', 'stream and cascade reads'),
    /** From a store to a load that may read the same bytes. */
    storeToLoad: derived(5, 'llvm-aie', 'stage at which a store writes memory'),
  },
  cascade: {
    words: fact(16, 'am020', '512-bit links'),
    /** Values held at the sender, and again at the receiver. */
    depth: fact(2, 'am020', 'two-deep FIFO at both ends'),
    /** Cycles from one stage to the next: into the sender's FIFO, then into the receiver's. */
    stage: guess(1, 'a register per FIFO; no figure is public'),
  },
  /**
   * Vector-slot issues of one multiply of 1,024 accumulator bits, by the wider and the narrower
   * operand.
   */
  multiplyIssues: {
    narrow: fact(1, 'llvm-aie', '8 and 16 bit operands'),
    wideByNarrow: fact(2, 'aie-api', '32 by 16 bit: two 16-bit products'),
    wide: fact(4, 'aie-api', '32 by 32 bit: four 16-bit products'),
  },
  /** Bundles after a jump that are issued before it takes effect. */
  delaySlots: fact(5, 'xdna-emu', 'branch, call, return'),
  /** Cycles between setting up a hardware loop and its first bundle. */
  loopSetup: guess(5, 'the minimum distance is not published; taken equal to the delay slots'),
  /** Cycles one division costs as a library call. */
  divideCycles: guess(40, 'software division: 32 steps plus the call'),
  /** Cycles of the call that wraps a lock operation. */
  lockCallCycles: measured(13, 'xdna-emu', 'object-fifo loop on Phoenix silicon, per call'),
  /** Cycles a lock request takes in the arbiter even when free. */
  lockArbitrationCycles: measured(1, 'xdna-emu', 'free lock on Phoenix silicon'),
}

const aie2p = {
  ...aie2,
  registers: {
    ...aie2.registers,
    accumulator: guess(10, 'five 2,048-bit registers seen as halves; the manual names no count'),
  },
  vectorAlign: fact(64, 'aie-api', 'vector_ldst_align'),
  loadBits: fact(512, 'llvm-aie', '512-bit accesses'),
  storeBits: fact(512, 'llvm-aie', '512-bit accesses'),
  latency: {
    ...aie2.latency,
    vmul: fact(6, 'llvm-aie'),
    vmac: fact(6, 'llvm-aie'),
  },
}

const aie4 = {
  registers: {
    scalar: guess(32, aie4Reason),
    vector: guess(12, aie4Reason),
    accumulator: guess(
      16,
      'two banks of accumulator space are visible in the register map; count unknown',
    ),
    mask: guess(4, aie4Reason),
  },
  vectorAlign: guess(64, aie4Reason),
  loadBits: guess(512, aie4Reason),
  storeBits: guess(512, aie4Reason),
  latency: {
    alu: guess(1, aie4Reason),
    multiply: guess(2, aie4Reason),
    load: guess(7, aie4Reason),
    vector: guess(2, aie4Reason),
    extract: guess(2, aie4Reason),
    vmul: guess(6, aie4Reason),
    vmac: guess(6, aie4Reason),
    vmacToVmac: guess(2, aie4Reason),
    accadd: guess(5, aie4Reason),
    srs: guess(4, aie4Reason),
    ups: guess(3, aie4Reason),
    move: guess(1, aie4Reason),
    vmove: guess(2, aie4Reason),
    port: guess(7, aie4Reason),
    storeToLoad: guess(5, aie4Reason),
  },
  cascade: {
    words: guess(16, 'the event set keeps the cascade; width of the ancestors'),
    depth: guess(2, aie4Reason),
    stage: guess(1, 'a register per FIFO; no figure is public'),
  },
  multiplyIssues: {
    narrow: guess(1, aie4Reason),
    wideByNarrow: guess(2, aie4Reason),
    wide: guess(4, aie4Reason),
  },
  delaySlots: guess(5, aie4Reason),
  loopSetup: guess(5, aie4Reason),
  divideCycles: guess(40, aie4Reason),
  lockCallCycles: guess(13, aie4Reason),
  lockArbitrationCycles: guess(1, aie4Reason),
}

/** The tagged facts per architecture. */
export const coreFacts = { aie2, aie2p, aie4 } as const

/** Plain numbers of one architecture. */
export type CoreFacts = Plain<typeof aie4>

const described = new Map<CoreArch, CoreFacts>()

/** The facts of an architecture as plain numbers. */
export function describeCore(arch: CoreArch): CoreFacts {
  let facts = described.get(arch)
  if (!facts) {
    facts = resolve(coreFacts[arch]) as CoreFacts
    described.set(arch, facts)
  }
  return facts
}

/** Vector-slot issues of a multiply of operands with these bits per lane. */
export function multiplyIssues(facts: CoreFacts, bitsA: number, bitsB: number): number {
  if (bitsA === 32 && bitsB === 32) return facts.multiplyIssues.wide
  if (bitsA === 32 || bitsB === 32) return facts.multiplyIssues.wideByNarrow
  return facts.multiplyIssues.narrow
}
