/** Control: what the control registers of the channels say at this moment. */
import { dmaControl, FinishMode, wordField } from '../../device/abi/dma-words.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Channels } from './channels.ts'

export class Control {
  private readonly channels: Channels
  private readonly words: Uint32Array

  constructor(channels: Channels, words: Uint32Array) {
    this.channels = channels
    this.words = words
  }

  /** Shim channels have no reset bit; the same bit pauses them. */
  isInReset(c: number): boolean {
    const { kind } = this.channels.info[c]!
    return kind !== TileKind.shim && wordField(this.wordOf(c), dmaControl.reset) !== 0
  }

  /** Shim channels pause by either of their own bits, or with all of their half. */
  isPaused(c: number): boolean {
    const info = this.channels.info[c]!
    if (info.kind !== TileKind.shim) return false
    const word = this.wordOf(c)
    if (wordField(word, dmaControl.pauseMemory) !== 0) return true
    if (wordField(word, dmaControl.pauseStream) !== 0) return true
    return info.pauseWord >= 0 && ((this.words[info.pauseWord]! >>> info.half) & 1) !== 0
  }

  /** Do packet headers name the descriptors that this channel takes? */
  isOutOfOrder(c: number): boolean {
    return !this.channels.info[c]!.isMm2s && wordField(this.wordOf(c), dmaControl.outOfOrder) !== 0
  }

  finishMode(c: number): FinishMode {
    if (this.channels.info[c]!.isMm2s) return FinishMode.off
    return wordField(this.wordOf(c), dmaControl.finishOnLast) as FinishMode
  }

  /** May descriptors compress or decompress? */
  packs(c: number): boolean {
    return wordField(this.wordOf(c), dmaControl.compression) !== 0
  }

  packetType(c: number): number {
    return wordField(this.wordOf(c), dmaControl.packetType)
  }

  controllerId(c: number): number {
    return wordField(this.wordOf(c), dmaControl.controllerId)
  }

  private wordOf(c: number): number {
    return this.words[this.channels.info[c]!.controlWord]!
  }
}
