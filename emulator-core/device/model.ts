/**
 * The device as a table of counts: what register maps imply, said with sources. The maps are what the parts read; a
 * test holds the two together.
 */
import { fact, guess } from './fact.ts'

const noBuffer = 'a branch that stalls holds up the others, once its buffer is full'

const aie2Model = {
  core: {
    cascadeBits: fact(512, 'am020', 'from west to east and from north to south'),
    cascadeDepth: fact(2, 'am020', 'values at the sender and again at the receiver'),
  },
  dma: {
    core: {
      s2mm: fact(2, 'am025'),
      mm2s: fact(2, 'am025'),
      bds: fact(16, 'am025', 'shared by the channels'),
      dimensions: fact(3, 'am025', 'and iteration'),
    },
    mem: {
      s2mm: fact(6, 'am025'),
      mm2s: fact(6, 'am025'),
      bds: fact(48, 'am025', '0 to 23 for even channels, 24 to 47 for odd ones'),
      dimensions: fact(4, 'am025', 'and iteration'),
    },
    shim: {
      s2mm: fact(2, 'am025'),
      mm2s: fact(2, 'am025'),
      bds: fact(16, 'am025', 'shared by the channels'),
      dimensions: fact(3, 'am025', 'and iteration'),
    },
    queueDepth: fact(4, 'aie-rt'),
    compressionIn: fact(['core', 'mem'], 'am020', 'senders compress, receivers expand'),
    neighbourChannels: fact([0, 3], 'am020', 'chapter 5: first and last channel that reach them'),
  },
  switch: {
    dataBeatBytes: fact(4, 'am020'),
    controlBeatBytes: fact(4, 'am020', 'one fabric carries both'),
    slotsPerSlave: fact(4, 'am025'),
    arbiters: fact(8, 'am025', 'three-bit field; some tables use six'),
    multicast: fact('all branches together', 'am020', noBuffer),
  },
  events: {
    bits: fact({ core: 7, mem: 8, shim: 7 }, 'am025'),
    shimRowHorizontal: fact(false, 'xdna-emu', 'broadcasts do not cross from shim to shim'),
  },
  performance: {
    counters: fact({ core: 4, memoryModule: 2, mem: 4, shim: 2 }, 'am025'),
    snapshots: fact(false, 'am025'),
  },
  trace: {
    units: fact({ core: 2, mem: 1, shim: 1 }, 'am025'),
    ownShimChannel: fact(false, 'am025', 'trace reaches memory through a data channel'),
  },
} as const

/** Counts of each profile. */
export const modelFacts = {
  npu1: { generationId: fact(3, 'aie-codegen'), ...aie2Model },
  npu4: { generationId: fact(4, 'aie-codegen'), ...aie2Model },
  aie4: {
    generationId: fact(42, 'aie-codegen'),
    core: {
      cascadeBits: guess(512, 'as its predecessors; its register has the same name'),
      cascadeDepth: guess(2, 'as its predecessors'),
    },
    dma: {
      core: {
        s2mm: fact(2, 'aie-codegen'),
        mm2s: fact(1, 'aie-codegen'),
        bds: fact(16, 'aie-codegen', 'shared by the channels'),
        dimensions: fact(3, 'aie-codegen', 'and iteration'),
      },
      mem: {
        s2mm: fact(8, 'aie-codegen', 'four in each half'),
        mm2s: fact(10, 'aie-codegen', 'five in each half'),
        bds: fact(288, 'aie-codegen', '16 of its own for each channel'),
        dimensions: fact(4, 'aie-codegen', 'and iteration'),
      },
      shim: {
        s2mm: fact(2, 'aie-codegen', 'one in each half'),
        mm2s: fact(4, 'aie-codegen', 'two in each half'),
        bds: fact(32, 'aie-codegen', '16 in each half, besides those for control and trace'),
        dimensions: fact(4, 'aie-codegen', 'and iteration'),
      },
      control: fact({ channels: 2, bds: 8 }, 'aie-codegen', 'control MM2S, one in each half'),
      trace: fact({ channels: 1, bds: 4 }, 'xdp', 'trace S2MM'),
      queueDepth: fact(16, 'aie-codegen', '8 on control channels'),
      compressionIn: fact(['shim'], 'aie-codegen'),
    },
    switch: {
      dataBeatBytes: guess(64, 'its ports are called 512b; two 512-bit loads would match'),
      controlBeatBytes: guess(4, 'its ports are called 32b'),
      slotsPerSlave: fact(4, 'xdp'),
      arbiters: guess(8, 'three-bit field; the profiler names arbiters up to 5'),
      multicast: guess('all branches together', noBuffer),
    },
    events: {
      bits: fact({ core: 8, mem: 8, shim: 8 }, 'aie-codegen'),
      shimRowHorizontal: guess(false, 'measured on Phoenix only'),
    },
    performance: {
      counters: fact({ core: 12, memoryModule: 0, mem: 12, shim: 12 }, 'xdp'),
      snapshots: fact(true, 'xdp'),
    },
    trace: {
      units: fact({ core: 2, mem: 2, shim: 2 }, 'xdp'),
      ownShimChannel: fact(true, 'aie-codegen'),
    },
    uc: {
      programBytes: fact(0x8000, 'xdp'),
      privateDataBytes: fact(0x4000, 'xdp'),
      sharedDataBytes: fact(0x8000, 'xdp'),
    },
    dualApp: {
      modes: fact(
        ['one application', 'A', 'top row of A', 'bottom row of B', 'B'],
        'aie-codegen',
        'values of the mode register of a core tile',
      ),
      split: guess('rows', 'A owns the lower core rows; streams of B pass them without latency'),
    },
  },
} as const
