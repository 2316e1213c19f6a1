/**
 * Reports: what a channel tells software when it is done: counts of descriptors that ended at TLAST,
 * and task-complete tokens.
 *
 *     finished descriptor ── count ──▶ ┌─────────┐ ◀── read ── count register
 *     finished task ────── complete ─▶ └─────────┘ ── token, counts behind it ──▶ Tokens
 */
import { countWord, FinishMode } from '../../device/abi/dma-words.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Tokens } from '../streams/tokens.ts'
import type { Channels } from './channels.ts'
import type { Control } from './control.ts'
import { Counts } from './counts.ts'

export class Reports {
  private readonly channels: Channels
  private readonly control: Control
  private readonly counts: Counts
  private readonly tokens: Tokens

  constructor(sim: Sim, channels: Channels, control: Control, tokens: Tokens) {
    this.channels = channels
    this.control = control
    this.counts = new Counts(sim, channels.info.length)
    this.tokens = tokens
  }

  /** What the count register of a channel shows: the oldest count word, or 0. */
  shown(c: number): number {
    return this.control.finishMode(c) === FinishMode.countsByRegister ? this.counts.front(c) : 0
  }

  /** The count register was read: the count it showed is gone. */
  pop(c: number): void {
    if (this.shown(c) !== 0) this.counts.pop(c)
  }

  /** Keeps the count of the descriptor that just ended; false when there is no room for it. */
  count(c: number, bd: number): boolean {
    const { channels, counts } = this
    if (channels.finishMode[c]! < FinishMode.countsByToken) return true
    if (counts.isFull(c)) return false
    const isLast = channels.next[c] === 0 && channels.taskRuns[c] === 1
    counts.push(c, countWord(channels.length[c]! - channels.remaining[c]!, bd, isLast))
    return true
  }

  /** Can the task that just ended be reported? If not, the channel is woken when it may. */
  mayComplete(c: number): boolean {
    const { channels, tokens } = this
    const { tile, half } = channels.info[c]!
    if (channels.taskToken[c] === 0) return true
    const isCounting = channels.finishMode[c] === FinishMode.countsByToken
    const words = 1 + (isCounting ? this.counts.length[c]! : 0)
    if (tokens.hasRoom(tile, half, words)) return true
    tokens.waitForRoom(tile, half, channels.slot[c]!)
    return false
  }

  /**
   * Sends the token of the task that just ended, with the counts of its descriptors where the mode
   * asks for them.
   */
  complete(c: number): void {
    const { channels, counts, tokens } = this
    const { tile, half, channel } = channels.info[c]!
    const hasCounts = channels.finishMode[c] === FinishMode.countsByToken
    if (channels.taskToken[c] !== 0) {
      const id = this.control.controllerId(c)
      const more = hasCounts ? counts.length[c]! : 0
      tokens.send(c, tile, half, channel.actor, id, counts.words, counts.first(c), more)
    }
    if (hasCounts) counts.flush(c)
  }

  /** A write to the control register: counts of another mode are worth nothing. */
  modeChanged(c: number): void {
    if (this.control.finishMode(c) !== this.channels.finishMode[c]) this.counts.flush(c)
  }

  flush(c: number): void {
    this.counts.flush(c)
  }
}
