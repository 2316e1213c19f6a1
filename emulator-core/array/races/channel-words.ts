/** Channel words: which words of memory a batch of a DMA channel touched, found by walking it again. */
import { TileKind } from '../../device/tiles.ts'
import type { Channels } from '../dma/channels.ts'
import type { Pads } from '../dma/pads.ts'
import { dimensions, type Walks } from '../dma/walk.ts'

export class ChannelWords {
  private readonly channels: Channels
  private readonly walks: Walks
  private readonly pads: Pads
  private readonly wrapMask: number
  /** Where the walk and the padding of the channel stood before the batch, and stand behind it. */
  private at = 0
  private readonly index = new Int32Array(dimensions)
  private readonly padIndex = new Int32Array(dimensions)
  private readonly indexAfter = new Int32Array(dimensions)
  private readonly padIndexAfter = new Int32Array(dimensions)

  /** `coreWords`: words of one core's memory, at whose end addresses wrap. */
  constructor(channels: Channels, walks: Walks, pads: Pads, coreWords: number) {
    this.channels = channels
    this.walks = walks
    this.pads = pads
    this.wrapMask = coreWords - 1
  }

  /** Which memory a channel moves, and in which direction. */
  kindOf(c: number): { isMem: boolean; isStore: boolean } {
    const info = this.channels.info[c]!
    return { isMem: info.kind === TileKind.mem, isStore: !info.isMm2s }
  }

  /** A batch is about to move. */
  begin(c: number): void {
    const base = c * dimensions
    this.at = this.walks.at[c]!
    for (let d = 0; d < dimensions; d++) {
      this.index[d] = this.walks.index[base + d]!
      this.padIndex[d] = this.pads.index[base + d]!
    }
  }

  /** Calls `touch` for each word of memory of the batch that moved `count` words. */
  visit(c: number, count: number, touch: (word: number) => void): void {
    const { channels, walks, pads } = this
    if (channels.info[c]!.kind === TileKind.shim || count === 0) return
    const after = walks.at[c]!
    keep(this.indexAfter, walks.index, c)
    keep(this.padIndexAfter, pads.index, c)
    walks.at[c] = this.at
    put(this.index, walks.index, c)
    put(this.padIndex, pads.index, c)
    const origin = channels.origin[c]!
    const mask = channels.wraps[c] === 0 ? -1 : this.wrapMask
    const run = (word: number, step: number, length: number) => {
      for (let i = 0; i < length; i++, word += step) touch(origin + (mask < 0 ? word : word & mask))
    }
    if (channels.pads[c] !== 0) pads.visit(c, walks, count, run)
    else this.plain(c, count, run)
    walks.at[c] = after
    put(this.indexAfter, walks.index, c)
    put(this.padIndexAfter, pads.index, c)
  }

  private plain(c: number, count: number, run: (word: number, step: number, n: number) => void) {
    const { walks } = this
    for (let left = count; left > 0;) {
      const length = walks.stretch(c, left)
      run(walks.at[c]!, walks.step[c * dimensions]!, length)
      walks.advance(c, length)
      left -= length
    }
  }
}

function keep(into: Int32Array, from: Int32Array, c: number): void {
  for (let d = 0; d < dimensions; d++) into[d] = from[c * dimensions + d]!
}

function put(from: Int32Array, into: Int32Array, c: number): void {
  for (let d = 0; d < dimensions; d++) into[c * dimensions + d] = from[d]!
}
