/**
 * Task queue: what software has asked of each channel and the channel has not begun yet.
 *
 *     start queue register ── push ──▶ ┌───────────┐ ── begin ──▶ the channel's present task
 *                                      └───────────┘
 *                          full: the push is dropped and a sticky bit says so
 */
import { dmaQueue, dmaStatus, queueBd, wordField } from '../../device/abi/dma-words.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import type { ArrayAccounts } from '../accounts.ts'
import type { Notes } from '../notes.ts'
import type { Lens } from '../races/probe.ts'
import { NoteCode } from '../notes.ts'
import type { DmaParts } from './engine.ts'
import { type Channels, ChannelState, queueSlots } from './channels.ts'

export class TaskQueue {
  private readonly channels: Channels
  private readonly maxRepeat: number
  private readonly notes: Notes
  private readonly accounts: ArrayAccounts
  private readonly lens: Lens

  constructor(
    channels: Channels,
    maxRepeat: number,
    parts: Pick<DmaParts, 'notes' | 'accounts' | 'lens'>,
  ) {
    this.accounts = parts.accounts
    this.lens = parts.lens
    this.channels = channels
    this.maxRepeat = maxRepeat
    this.notes = parts.notes
  }

  /** Enqueues the task that a start-queue word describes; false when it was dropped. */
  push(c: number, word: number): boolean {
    const { channels } = this
    const { channel } = channels.info[c]!
    const bd = queueBd(channel, word)
    if (channels.queueLength[c]! >= channel.queueDepth) {
      channels.sticky[c]! |= dmaStatus.queueOverflow
      const part = partOf(PartKind.channel, c)
      this.notes.add(NoteCode.queueOverflow, part, bd + channel.firstBd)
      return false
    }
    const at = c * queueSlots + ((channels.queueHead[c]! + channels.queueLength[c]!) % queueSlots)
    channels.queueBd[at] = bd
    channels.queueRuns[at] = (wordField(word, dmaQueue.repeat) % this.maxRepeat) + 1
    channels.queueToken[at] = wordField(word, dmaQueue.token)
    channels.queueLength[c]!++
    this.lens.probe?.pushed(c)
    if (channels.state[c] !== ChannelState.idle) this.accounts.queued(c, 1)
    channels.tokens[c]! += channels.queueToken[at]!
    channels.tokenTasks[0]! += channels.queueToken[at]!
    return true
  }

  /** Makes the oldest task the channel's present one. */
  begin(c: number): void {
    const { channels } = this
    const head = channels.queueHead[c]!
    const at = c * queueSlots + head
    channels.queueHead[c] = (head + 1) % queueSlots
    channels.queueLength[c]!--
    this.accounts.queued(c, channels.queueLength[c]!)
    this.lens.probe?.begun(c)
    channels.taskBd[c] = channels.queueBd[at]!
    channels.taskRuns[c] = channels.queueRuns[at]!
    channels.taskToken[c] = channels.queueToken[at]!
  }

  /** The present task has ended, and its token, if it has one, is on its way. */
  end(c: number): void {
    const { channels } = this
    channels.tokens[c]! -= channels.taskToken[c]!
    channels.tokenTasks[0]! -= channels.taskToken[c]!
  }

  /** Forgets all tasks, the present one too. */
  flush(c: number): void {
    const { channels } = this
    channels.queueLength[c] = 0
    this.accounts.queued(c, 0)
    this.lens.probe?.flushed(c)
    channels.tokenTasks[0]! -= channels.tokens[c]!
    channels.tokens[c] = 0
  }
}
