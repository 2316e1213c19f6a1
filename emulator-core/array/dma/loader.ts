/**
 * Loader: latches a descriptor into a channel, so that rewriting it affects the next load only.
 *
 *     descriptor words ──▶ ┌────────┐ ── walk, length, locks, successor ──▶ channel
 *                          └────────┘ ── why not, when it cannot run ─────▶ note, status bit
 */
import { dmaStatus, FinishMode } from '../../device/abi/dma-words.ts'
import { tileIndex } from '../../device/geometry.ts'
import type { ArrayNumbering } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Memories } from '../memory/memories.ts'
import { NoteCode } from '../notes.ts'
import type { ChannelInfo, Channels } from './channels.ts'
import type { Control } from './control.ts'
import { F, readField, signed7, stepIteration, stepOf, wrapOf } from './descriptor.ts'
import { headerOf } from './packets.ts'
import type { Pads } from './pads.ts'
import type { Walks } from './walk.ts'
import { dimensions } from './walk.ts'

/**
 * Outcome of loading a descriptor. `refused` and `stalled` leave a status bit and a note to write.
 */
export interface Verdict {
  code: NoteCode
  detail: number
  sticky: number
}

export class Loader {
  /** Why the last load failed. */
  readonly verdict: Verdict = { code: NoteCode.bdInvalid, detail: 0, sticky: 0 }
  private readonly device: Device
  private readonly words: Uint32Array
  private readonly channels: Channels
  private readonly walks: Walks
  private readonly pads: Pads
  private readonly control: Control
  private readonly memories: Memories
  private readonly numbering: ArrayNumbering

  constructor(
    device: Device,
    parts: {
      words: Uint32Array
      channels: Channels
      walks: Walks
      pads: Pads
      control: Control
      memories: Memories
      numbering: ArrayNumbering
    },
  ) {
    this.device = device
    this.words = parts.words
    this.channels = parts.channels
    this.walks = parts.walks
    this.pads = parts.pads
    this.control = parts.control
    this.memories = parts.memories
    this.numbering = parts.numbering
  }

  /**
   * Loads descriptor `channels.bd[c]` of channel `c`; false when it cannot run, and `verdict` says
   * why.
   */
  load(c: number): boolean {
    const { channels, words } = this
    const info = channels.info[c]!
    const { plan } = info
    const bd = channels.bd[c]!
    const [lowest, highest] = info.channel.legalBds
    const number = bd + info.channel.firstBd
    if (number < lowest || number > highest)
      return this.fail(NoteCode.bdUnavailable, number, dmaStatus.bdUnavailable)
    const at = info.bdWord + bd * plan.layout.words
    if (plan.mask[F.valid] !== 0 && readField(plan, words, at, F.valid) === 0) {
      return this.fail(NoteCode.bdInvalid, number, dmaStatus.bdInvalid)
    }
    const length = readField(plan, words, at, F.length)
    channels.length[c] = length
    channels.remaining[c] = length
    channels.next[c] = 0
    if (channels.outOfOrder[c] === 0 && readField(plan, words, at, F.useNext) !== 0) {
      channels.next[c] =
        readField(plan, words, at, F.next) + info.channel.nextBias - info.channel.firstBd + 1
    }
    this.latchModes(c, info, at)
    this.latchLocks(c, info, at)
    const iteration = stepIteration(plan, words, at)
    const base = c * dimensions
    for (let d = 0; d < dimensions; d++) {
      this.walks.step[base + d] = stepOf(plan, words, at, d)
      this.walks.wrap[base + d] = wrapOf(plan, words, at, d)
    }
    channels.pads[c] = 0
    if (info.kind === TileKind.mem && info.isMm2s && this.pads.latch(c, plan, words, at)) {
      if (!this.pads.isSound(c, this.walks)) return this.fail(NoteCode.padding, number, 0)
      channels.pads[c] = 1
    }
    if (length === 0) return true
    return this.place(c, info, at, iteration)
  }

  /**
   * Locks that the descriptor latched lie out of reach: the channel stalls. Checked after a load
   * that succeeded.
   */
  lockOutOfReach(c: number): boolean {
    return this.channels.acquireLock[c]! < 0 || this.channels.releaseLock[c]! < 0
  }

  private place(c: number, info: ChannelInfo, at: number, iteration: number): boolean {
    const { channels, words, walks } = this
    const { plan } = info
    const bd = channels.bd[c]!
    channels.wraps[c] = 0
    if (info.kind === TileKind.shim) {
      const low = readField(plan, words, at, F.addressLow)
      channels.origin[c] = readField(plan, words, at, F.addressHigh) * 2 ** 32 + (low - (low % 4))
      walks.begin(c, iteration)
      return true
    }
    const start = readField(plan, words, at, F.base) + iteration
    const length = channels.length[c]!
    if (channels.pads[c] === 0) walks.begin(c, start)
    else this.pads.begin(c, walks, start)
    const highest =
      channels.pads[c] === 0
        ? walks.highest(c, start, length)
        : this.pads.highest(c, walks, start, length)
    if (info.kind === TileKind.core) {
      const dmWords = this.device.core.dmBytes / 4
      channels.origin[c] = this.coreOf(info) * dmWords
      if (highest >= dmWords) channels.wraps[c] = 1
      return true
    }
    const offset = this.memories.memOffset(
      info.column,
      info.row,
      start,
      highest,
      info.channel.reachesNeighbours,
    )
    if (Number.isNaN(offset))
      return this.fail(
        NoteCode.memoryUnavailable,
        bd + info.channel.firstBd,
        dmaStatus.memoryUnavailable,
      )
    channels.origin[c] = offset / 4
    return true
  }

  private coreOf(info: ChannelInfo): number {
    return (
      info.column * this.device.rows.core + info.row - this.device.rows.shim - this.device.rows.mem
    )
  }

  private latchModes(c: number, info: ChannelInfo, at: number): void {
    const { channels, control, words } = this
    const { plan } = info
    const isPacking = readField(plan, words, at, F.compression) !== 0 && control.packs(c)
    channels.packs[c] = isPacking ? 1 : 0
    channels.header[c] = 0
    if (!info.isMm2s) {
      channels.finishMode[c] = control.finishMode(c)
      return
    }
    channels.finishMode[c] = FinishMode.off
    channels.lastSuppress[c] = readField(plan, words, at, F.lastSuppress)
    if (readField(plan, words, at, F.packetEnable) === 0) return
    channels.header[c] = 1
    channels.headerWord[c] = headerOf(info, words, at, control.packetType(c))
  }

  private latchLocks(c: number, info: ChannelInfo, at: number): void {
    const { channels, words } = this
    const { plan } = info
    channels.acquireLock[c] = 0
    channels.releaseLock[c] = 0
    if (readField(plan, words, at, F.acquireEnable) !== 0) {
      channels.acquireOperand[c] = signed7(readField(plan, words, at, F.acquireValue))
      channels.acquireLock[c] = this.lockOf(info, at, F.acquireId) + 1
      if (channels.acquireLock[c] === 0) channels.acquireLock[c] = -1
    }
    channels.releaseAmount[c] = signed7(readField(plan, words, at, F.releaseValue))
    if (channels.releaseAmount[c] !== 0) {
      channels.releaseLock[c] = this.lockOf(info, at, F.releaseId) + 1
      if (channels.releaseLock[c] === 0) channels.releaseLock[c] = -1
    }
  }

  private lockOf(info: ChannelInfo, at: number, field: number): number {
    const id = readField(info.plan, this.words, at, field)
    if (info.kind === TileKind.mem) {
      const { lockWindow, localLockWindow } = this.device.mem
      const distance = Math.floor(id / lockWindow) - localLockWindow
      if (!this.memories.isOpen(info.column, info.row, distance)) return -1
    }
    return lockOf(this.device, this.numbering, info, id)
  }

  private fail(code: NoteCode, detail: number, sticky: number): false {
    this.verdict.code = code
    this.verdict.detail = detail
    this.verdict.sticky = sticky
    return false
  }
}

/**
 * Lock of the whole array that lock id `id` in a descriptor of a channel names, or −1 when it is
 * out of reach.
 */
export function lockOf(
  device: Device,
  numbering: ArrayNumbering,
  info: ChannelInfo,
  id: number,
): number {
  const { firstLock } = numbering
  if (info.kind !== TileKind.mem) {
    return id < firstLock[info.tile + 1]! - firstLock[info.tile]! ? firstLock[info.tile]! + id : -1
  }
  const { lockWindow, localLockWindow, reach } = device.mem
  const distance = Math.floor(id / lockWindow) - localLockWindow
  const column = info.column + distance
  if (distance !== 0 && (!info.channel.reachesNeighbours || Math.abs(distance) > reach)) return -1
  if (column < 0 || column >= device.columns) return -1
  return firstLock[tileIndex(device, column, info.row)]! + (id % lockWindow)
}
