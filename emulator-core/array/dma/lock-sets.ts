/**
 * Lock sets: which locks a channel can touch with the tasks it has, found by following its
 * descriptor chains. A cache of registers and queues: only software changes either, apart from
 * channels that work off what is in the set already.
 */
import { dmaControl, wordField } from '../../device/abi/dma-words.ts'
import type { ArrayNumbering } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import type { Sim } from '../../sim/sim.ts'
import type { ChannelInfo, Channels } from './channels.ts'
import { ChannelState, queueSlots } from './channels.ts'
import { F, readField } from './descriptor.ts'
import { lockOf } from './loader.ts'

/** Locks a set can hold; a channel with more is taken to touch any. */
const capacity = 16
/** Descriptors of one channel at most. */
const maxBds = 256

export class LockSets {
  /** Locks of channel `c` are `locks[first(c) … first(c) + count[c] − 1]`; count −1 = any lock. */
  readonly locks: Int32Array
  readonly count: Int32Array
  private readonly stamp: Float64Array
  private readonly seen = new Uint8Array(maxBds)
  private readonly sim: Sim
  private readonly device: Device
  private readonly numbering: ArrayNumbering
  private readonly channels: Channels
  private readonly words: Uint32Array

  constructor(
    sim: Sim,
    device: Device,
    numbering: ArrayNumbering,
    channels: Channels,
    words: Uint32Array,
  ) {
    this.sim = sim
    this.device = device
    this.numbering = numbering
    this.channels = channels
    this.words = words
    this.locks = new Int32Array(numbering.channelCount * capacity)
    this.count = new Int32Array(numbering.channelCount)
    this.stamp = new Float64Array(numbering.channelCount).fill(-1)
  }

  /** Place in `locks` of the first lock of a channel. */
  first(c: number): number {
    return c * capacity
  }

  /** Brings the set of a busy channel up to date. */
  refresh(c: number): void {
    const stamp = this.sim.schedule.outerCount
    if (this.stamp[c] === stamp) return
    this.stamp[c] = stamp
    this.count[c] = 0
    this.seen.fill(0)
    const { channels } = this
    const info = channels.info[c]!
    if (this.isOutOfOrder(c)) {
      this.count[c] = -1
      return
    }
    if (channels.state[c] === ChannelState.starting) this.follow(c, info, channels.bd[c]!)
    this.add(c, channels.acquireLock[c]! - 1)
    this.add(c, channels.releaseLock[c]! - 1)
    if (channels.next[c] !== 0) this.follow(c, info, channels.next[c]! - 1)
    if (channels.taskRuns[c]! > 1) this.follow(c, info, channels.taskBd[c]!)
    for (let i = 0; i < channels.queueLength[c]!; i++) {
      const at = c * queueSlots + ((channels.queueHead[c]! + i) % queueSlots)
      this.follow(c, info, channels.queueBd[at]!)
    }
  }

  /** Packets may name any descriptor. A change of the register is an act from outside. */
  private isOutOfOrder(c: number): boolean {
    const { outOfOrder, info } = this.channels
    if (info[c]!.isMm2s) return false
    return (
      outOfOrder[c] !== 0 ||
      wordField(this.words[info[c]!.controlWord]!, dmaControl.outOfOrder) !== 0
    )
  }

  private follow(c: number, info: ChannelInfo, from: number): void {
    const { plan, channel } = info
    const [lowest, highest] = channel.legalBds
    for (let bd = from; ;) {
      const number = bd + channel.firstBd
      // A channel stops at a descriptor that is not its own.
      if (bd < 0 || bd >= maxBds || number < lowest || number > highest) return
      if (this.seen[bd] !== 0) return
      this.seen[bd] = 1
      const at = info.bdWord + bd * plan.layout.words
      const { device, numbering, words } = this
      if (readField(plan, words, at, F.acquireEnable) !== 0)
        this.add(c, lockOf(device, numbering, info, readField(plan, words, at, F.acquireId)))
      this.add(c, lockOf(device, numbering, info, readField(plan, words, at, F.releaseId)))
      if (readField(plan, words, at, F.useNext) === 0) return
      bd = readField(plan, words, at, F.next) + channel.nextBias - channel.firstBd
    }
  }

  private add(c: number, lock: number): void {
    const count = this.count[c]!
    if (lock < 0 || count < 0) return
    const first = c * capacity
    for (let i = 0; i < count; i++) if (this.locks[first + i] === lock) return
    if (count === capacity) this.count[c] = -1
    else {
      this.locks[first + count] = lock
      this.count[c] = count + 1
    }
  }
}
