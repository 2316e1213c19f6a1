/** Vocabulary of the array: tile kinds, stream ports, DMA channels, and the shape every profile's tree has. */
import type { BdLayout } from './abi/bd.ts'
import type { Fact, Plain } from './fact.ts'

export const TileKind = { shim: 0, mem: 1, core: 2 } as const
export type TileKind = (typeof TileKind)[keyof typeof TileKind]

/** What a stream port leads to. `control` = tile control, `bridge` = the other fabric of the same tile (AIE4). */
export type Bundle =
  | 'core'
  | 'dma'
  | 'fifo'
  | 'south'
  | 'west'
  | 'north'
  | 'east'
  | 'trace'
  | 'control'
  | 'bridge'
  | 'uc'
  | 'pl'
  | 'northControl'
  | 'southControl'
  | 'traceDma'
  | 'controlDma'

/** One port of a stream switch. */
export interface Port {
  readonly bundle: Bundle
  /** Index within the bundle over the whole tile. */
  readonly channel: number
  /** The number that circuit configuration uses for this port (slaves), or the port's own index (masters). */
  readonly id: number
  /** Tile offset of its configuration register. */
  readonly register: number
  /** Slaves: tile offset of packet slot 0; slots follow every 4 bytes. */
  readonly slots?: number
}

/** Deterministic merge of one arbiter: two registers of positions, then the one that turns it on. */
export interface MergeRegisters {
  readonly arbiter: number
  /** Tile offset of the first register. */
  readonly register: number
}

/** One of a tile's stream switches. */
export interface Fabric {
  readonly masters: readonly Port[]
  readonly slaves: readonly Port[]
  /** Bytes a port moves per cycle. */
  readonly beatBytes: number
  /** Arbiters that can serve slaves in a fixed order. */
  readonly merge?: readonly MergeRegisters[]
  /** May this slave (index in `slaves`) feed this master (index in `masters`) as a circuit? */
  readonly legal: (slave: number, master: number) => boolean
}

/** One DMA channel of a tile kind. */
export interface DmaChannel {
  readonly direction: 's2mm' | 'mm2s'
  /** Index among the data channels of its direction (trace and control channels: among their kind). */
  readonly channel: number
  readonly role: 'data' | 'trace' | 'control'
  /** Tile offsets of the control, start-queue and status registers. */
  readonly control: number
  readonly queue: number
  readonly status: number
  /** Tile offset of the descriptor that the queue calls `firstBd`. */
  readonly bdBase: number
  /** Number the queue and `next` use for the descriptor at `bdBase` (16 for the B half of an AIE4 shim queue). */
  readonly firstBd: number
  /** What is added to a stored `next` to get a queue number (AIE4 shim B half stores next − 16). */
  readonly nextBias: number
  /** Descriptors reachable from `bdBase`. */
  readonly bdCount: number
  /** Descriptor numbers a design may use on this channel (mem tiles of AIE2: even or odd halves). */
  readonly legalBds: readonly [number, number]
  readonly queueDepth: number
  /** Actor number in task-complete tokens. */
  readonly actor: number
  /** Port of the data switch it feeds or drains, as bundle and channel. */
  readonly port: { readonly bundle: Bundle; readonly channel: number }
  readonly layout: BdLayout
  /** Tile offset of the word it pads with; without it padding is zero. */
  readonly padValue?: number
  /** S2MM: tile offsets of the count of words written, and of the finish-on-TLAST count FIFO. */
  readonly writeCount?: number
  readonly countPop?: number
  /** May its descriptors reach neighbouring mem tiles? */
  readonly reachesNeighbours: boolean
}

/** Where a tile kind keeps its locks. */
export interface LockMap {
  readonly count: number
  /** Tile offset of the value register of lock `i`. */
  readonly value: (lock: number) => number
  /** Lock whose value register is at `offset`, or −1. */
  readonly lockAt: (offset: number) => number
  /** Decodes a lock request offset: lock, acquire flag and signed value; undefined when it is none. */
  readonly request: (
    offset: number,
  ) => { lock: number; acquire: boolean; value: number } | undefined
  /** Tile offset of a lock request. `value` is −64…63; negative acquires at least that much. */
  readonly requestOffset: (lock: number, acquire: boolean, value: number) => number
}

/** Multiplexers between a shim's switch and its DMA: two bits per south port. */
export interface ShimMux {
  /** Tile offset of the register that selects what enters the switch at a south slave. */
  readonly mux: number
  /** Tile offset of the register that selects where a south master leads. */
  readonly demux: number
  /** Position of the field of each south port that has one. */
  readonly muxShift: ReadonlyMap<number, number>
  readonly demuxShift: ReadonlyMap<number, number>
  /** Mask of one field, and the value that selects the DMA. */
  readonly mask: number
  readonly dma: number
}

export interface TileMap {
  readonly kind: TileKind
  /** Shim tiles of the AIE2 family: what connects DMA channels to south ports. */
  readonly mux?: ShimMux
  readonly channels: readonly DmaChannel[]
  readonly locks: LockMap
  readonly data: Fabric
  /** The 32-bit switch for tokens, trace and control responses (AIE4); the data switch itself elsewhere. */
  readonly control: Fabric
  /** Tile offset of the status register of the control-packet handler of a half, −1 for none. */
  readonly status?: (half: number) => number
  /** Tile offset and size of data memory; size 0 for shim tiles. */
  readonly dmOffset: number
  readonly dmBytes: number
}

/** Numbers of a profile that are not register maps. Every leaf carries its source. */
export interface ProfileFacts {
  readonly columns: Fact<number>
  /** Most columns that may be chosen. */
  readonly mostColumns: Fact<number>
  readonly firstPhysicalColumn: Fact<number>
  readonly rows: {
    readonly shim: Fact<number>
    readonly mem: Fact<number>
    readonly core: Fact<number>
  }
  readonly address: {
    readonly columnShift: Fact<number>
    readonly rowShift: Fact<number>
    /** Address rows a mem tile takes. */
    readonly memRowSpan: Fact<number>
    /** Distance of the B half's registers, 0 when there is none. */
    readonly appBOffset: Fact<number>
    /** Address bit that names the B half in another way, 0 when there is none; and whether it is decoded. */
    readonly appBAliasBit: Fact<number>
    readonly appBAlias: Fact<boolean>
    /** Added to a buffer's device address in shim descriptors. */
    readonly ddrOffset: Fact<number>
  }
  readonly core: {
    readonly dmBytes: Fact<number>
    readonly pmBytes: Fact<number>
    readonly pmOffset: Fact<number>
    readonly windowBase: Fact<number>
    readonly windowBytes: Fact<number>
    readonly banks: Fact<number>
    readonly lockWindow: Fact<number>
    readonly control: Fact<number>
    readonly status: Fact<number>
    readonly programCounter: Fact<number>
    readonly processorBus: Fact<number>
    /** Tile control: bits south 0, west 1, north 2, east 3 close a side to memory and lock traffic. */
    readonly isolation: Fact<number>
    readonly streamIn: Fact<number>
    readonly streamOut: Fact<number>
  }
  readonly mem: {
    readonly dmBytes: Fact<number>
    readonly dmOffset: Fact<number>
    readonly banks: Fact<number>
    readonly windowBytes: Fact<number>
    /** Window index of the tile's own memory; neighbour at distance d is `local + d`. */
    readonly localWindow: Fact<number>
    readonly reach: Fact<number>
    readonly lockWindow: Fact<number>
    readonly localLockWindow: Fact<number>
  }
  /** How data memories are cut into banks; `banks.ts` computes with it. */
  readonly bank: { readonly core: BankFacts; readonly mem: BankFacts }
  readonly lock: {
    readonly min: Fact<number>
    readonly max: Fact<number>
    /** Beyond the range a value wraps around instead of staying at the limit. */
    readonly wraps: Fact<boolean>
  }
  /** Bytes that clearing a memory covers per cycle. */
  readonly zeroise: { readonly core: Fact<number>; readonly mem: Fact<number> }
  readonly dma: {
    readonly maxRepeat: Fact<number>
    readonly hasValidBit: Fact<boolean>
    readonly tokenDepth: Fact<number>
  }
  readonly uc: {
    /** Controllers that run control code: two per column on AIE4, one management CPU elsewhere. */
    readonly count: Fact<number>
    readonly perColumn: Fact<number>
  }
  readonly clock: {
    readonly hclkMHz: Fact<number>
    /** Constant of the driver's TOPS formula. */
    readonly opsPerColumnCycle: Fact<number>
    /** Multiply-accumulates of 8-bit integers per core and cycle. */
    readonly int8MacsPerCoreCycle: Fact<number>
  }
  readonly timing: TimingFacts
}

/** Banks of one kind of data memory: logical banks, each of `perGroup` interleaved physical ones. */
export interface BankFacts {
  /** Bytes and width of a physical bank. */
  readonly bytes: Fact<number>
  readonly widthBits: Fact<number>
  /** Physical banks that take turns every `interleaveBytes`. */
  readonly perGroup: Fact<number>
  readonly interleaveBytes: Fact<number>
  /** Bytes of one access of a DMA channel. */
  readonly granuleBytes: Fact<number>
}

/** Array timings in cycles of the array clock. */
export interface TimingFacts {
  readonly lockGrant: Fact<number>
  readonly coreLockArbitration: Fact<number>
  readonly bdLoad: Fact<number>
  readonly channelStart: Fact<number>
  readonly bdChain: Fact<number>
  readonly dmaMemoryLatency: Fact<number>
  readonly slavePortLatency: Fact<number>
  readonly localMasterLatency: Fact<number>
  readonly externalMasterLatency: Fact<number>
  readonly tileHop: Fact<number>
  /** Buffer depths in beats. */
  readonly slavePortDepth: Fact<number>
  readonly localMasterDepth: Fact<number>
  readonly externalMasterDepth: Fact<number>
  /** Beats that a switch's FIFO port holds besides. */
  readonly switchFifoDepth: Fact<number>
  /** Words that each branch of a multicast holds besides. */
  readonly multicastBuffer: Fact<number>
  readonly s2mmFifo: Fact<number>
  readonly mm2sFifo: Fact<number>
  readonly shimColdRead: Fact<number>
  readonly shimColdWrite: Fact<number>
  /** Share of the cold start that each back-to-back task keeps, in percent. */
  readonly shimColdDecayPercent: Fact<number>
  readonly shimTaskRead: Fact<number>
  readonly shimTaskWrite: Fact<number>
  /** One hop of the event broadcast network, tile to tile in a column and switch to switch in a row. */
  readonly broadcastVertical: Fact<number>
  readonly broadcastHorizontal: Fact<number>
  /** Packets a trace unit holds while its stream port is not ready. */
  readonly tracePackets: Fact<number>
}

/** A profile with the tags taken off, plus its register maps. */
export type Device = Plain<ProfileFacts> & {
  readonly id: ProfileId
  readonly title: string
  /** Generation of the array: rules of arithmetic and register maps follow it. */
  readonly generation: 'aie2' | 'aie2p' | 'aie4'
  readonly shimTile: TileMap
  readonly memTile: TileMap
  readonly coreTile: TileMap
}

export type ProfileId = 'aie4' | 'npu4' | 'npu1'
