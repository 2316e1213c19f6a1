/** State of all DMA channels of the array as columns of numbers, and what each channel is. */
import { columnOf, kindOfRow, rowCount, rowOf, tileCount } from '../../device/geometry.ts'
import type { ArrayNumbering } from '../../device/parts.ts'
import { typesInControl } from '../../device/registers/dma.ts'
import type { Device, DmaChannel } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { RegisterFile } from '../registers/register-file.ts'
import type { BdPlan } from './descriptor.ts'
import { planOf } from './descriptor.ts'

/** What a channel is doing. From `lock` on it waits for others. */
export const ChannelState = {
  idle: 0,
  /** A task or descriptor is being fetched. */
  starting: 1,
  /** A lock was granted, or a batch is under way. */
  moving: 2,
  lock: 3,
  /** MM2S: no room downstream; S2MM: no words upstream. */
  stream: 4,
  /** Stopped by an error until reset. */
  stopped: 5,
  /** Done, but its token or its count cannot leave. */
  token: 6,
  /** Its accesses come later to the banks of memory than its FIFO lasts. */
  memory: 7,
} as const
export type ChannelState = (typeof ChannelState)[keyof typeof ChannelState]

/** Deepest task queue of any channel. */
export const queueSlots = 16

/** What a channel in state `token` waits to get rid of. */
export const Pending = { none: 0, count: 1, token: 2 } as const
export type Pending = (typeof Pending)[keyof typeof Pending]

/** What never changes about a channel. */
export interface ChannelInfo {
  readonly tile: number
  readonly column: number
  readonly row: number
  readonly kind: TileKind
  readonly channel: DmaChannel
  /** Place among the channels of its tile. */
  readonly index: number
  readonly isMm2s: boolean
  /** Storage words of its control register and its first descriptor. */
  readonly controlWord: number
  readonly bdWord: number
  readonly plan: BdPlan
  /** Storage word of its constant pad value, −1 when padding is zero. */
  readonly padWord: number
  /** Storage word whose bit `half` pauses it, −1 when there is none. */
  readonly pauseWord: number
  /** Its packets take their type from the control register. */
  readonly typesInControl: boolean
  /** 1 when its registers lie in the second application half. */
  readonly half: number
}

export class Channels {
  readonly info: readonly ChannelInfo[]
  /** Scheduler slot of each channel; filled while the array is built. */
  readonly slot: Slot[] = []
  readonly state: Uint8Array
  /** Tick at which the present state began. */
  readonly since: Float64Array
  readonly queueBd: Uint8Array
  readonly queueRuns: Int32Array
  readonly queueToken: Uint8Array
  readonly queueHead: Uint8Array
  readonly queueLength: Uint8Array
  /**
   * First descriptor of the present task, runs of the chain left (this one included), token wanted.
   */
  readonly taskBd: Uint8Array
  readonly taskRuns: Int32Array
  readonly taskToken: Uint8Array
  /** Tasks with a token that are queued or under way. */
  readonly tokens: Uint8Array
  /** Their number over all channels. */
  readonly tokenTasks: Int32Array
  /** Descriptor being worked on, counted from the channel's first. */
  readonly bd: Uint8Array
  /** Successor in the chain + 1, 0 at its end. */
  readonly next: Uint8Array
  readonly length: Float64Array
  readonly remaining: Float64Array
  /**
   * What to add to a walk's addresses: words in a flat memory, bytes of host memory for shim tiles.
   */
  readonly origin: Float64Array
  /** 1 when addresses wrap at the end of a core's memory. */
  readonly wraps: Uint8Array
  /** Lock + 1 of the whole array to take before and give after, and the signed operands. */
  readonly acquireLock: Int32Array
  readonly acquireOperand: Int8Array
  readonly releaseLock: Int32Array
  readonly releaseAmount: Int8Array
  /** Sticky status bits. */
  readonly sticky: Int32Array
  /** Share of the cold start that the next back-to-back task of a shim channel pays. */
  readonly cold: Int32Array
  /**
   * Cycles that DDR holds up the first word of a shim task: negative until its first descriptor is
   * loaded, positive while it is waited for.
   */
  readonly startUp: Int32Array
  /** 1 while a pause bit holds back an event that was due. */
  readonly held: Uint8Array
  /** Words that the present or last descriptor has moved into memory. */
  readonly writeCount: Float64Array
  /** 1 when the present descriptor pads. */
  readonly pads: Uint8Array
  /** MM2S: a header is to be sent, and which. S2MM: the header that names the descriptor is awaited. */
  readonly header: Uint8Array
  readonly headerWord: Uint32Array
  /** 1 when the present descriptor's last word carries no TLAST. */
  readonly lastSuppress: Uint8Array
  /** 1 when the words of the present descriptor are compressed in the stream. */
  readonly packs: Uint8Array
  /** `FinishMode` of the present descriptor. */
  readonly finishMode: Uint8Array
  /** 1 when packet headers name the descriptors of the present task. */
  readonly outOfOrder: Uint8Array
  readonly pending: Uint8Array

  constructor(sim: Sim, device: Device, numbering: ArrayNumbering, registers: RegisterFile) {
    this.info = describeChannels(device, registers)
    const n = numbering.channelCount
    const u8 = (name: string, length = n) => sim.state.u8(`array.dma.${name}`, length)
    const i32 = (name: string, length = n) => sim.state.i32(`array.dma.${name}`, length)
    const f64 = (name: string) => sim.state.f64(`array.dma.${name}`, n)
    this.state = u8('state')
    this.since = f64('since')
    this.queueBd = u8('queueBd', n * queueSlots)
    this.queueRuns = i32('queueRuns', n * queueSlots)
    this.queueToken = u8('queueToken', n * queueSlots)
    this.queueHead = u8('queueHead')
    this.queueLength = u8('queueLength')
    this.taskBd = u8('taskBd')
    this.taskRuns = i32('taskRuns')
    this.taskToken = u8('taskToken')
    this.tokens = u8('tokens')
    this.tokenTasks = i32('tokenTasks', 1)
    this.bd = u8('bd')
    this.next = u8('next')
    this.length = f64('length')
    this.remaining = f64('remaining')
    this.origin = f64('origin')
    this.wraps = u8('wraps')
    this.acquireLock = i32('acquireLock')
    this.acquireOperand = sim.state.i8('array.dma.acquireOperand', n)
    this.releaseLock = i32('releaseLock')
    this.releaseAmount = sim.state.i8('array.dma.releaseAmount', n)
    this.sticky = i32('sticky')
    this.cold = i32('cold')
    this.startUp = i32('startUp')
    this.held = u8('held')
    this.writeCount = f64('writeCount')
    this.pads = u8('pads')
    this.header = u8('header')
    this.headerWord = sim.state.u32('array.dma.headerWord', n)
    this.lastSuppress = u8('lastSuppress')
    this.packs = u8('packs')
    this.finishMode = u8('finishMode')
    this.outOfOrder = u8('outOfOrder')
    this.pending = u8('pending')
  }
}

function describeChannels(device: Device, registers: RegisterFile): ChannelInfo[] {
  const info: ChannelInfo[] = []
  const rows = rowCount(device)
  for (let tile = 0; tile < tileCount(device); tile++) {
    const pause = registers.spaceOf(tile).entries.findIndex((entry) => entry.role === 'dmaPause')
    const half = device.address.appBOffset
    registers.mapOf(tile).channels.forEach((channel, index) => {
      info.push({
        tile,
        column: columnOf(device, tile),
        row: tile % rows,
        kind: kindOfRow(device, rowOf(device, tile)),
        channel,
        index,
        isMm2s: channel.direction === 'mm2s',
        controlWord: registers.find(tile, channel.control),
        bdWord: registers.find(tile, channel.bdBase),
        plan: planOf(channel.layout),
        padWord: channel.padValue === undefined ? -1 : registers.find(tile, channel.padValue),
        pauseWord: pause < 0 ? -1 : registers.base[tile]! + pause,
        typesInControl: typesInControl(channel),
        half:
          half !== 0 &&
          channel.control % (2 * half) >= half &&
          kindOfRow(device, tile % rows) !== TileKind.core
            ? 1
            : 0,
      })
    })
  }
  return info
}
