/** Loopback: a tile whose MM2S 0 feeds its own S2MM 0 by a circuit, to see what both do to memory. */
import type { DmaChannel, ProfileId } from '../../../device/tiles.ts'
import { Bed, type Fields } from '../../test-kit/bed.ts'

export type LoopKind = 'shim' | 'mem' | 'core'
export const loopKinds: readonly LoopKind[] = ['shim', 'mem', 'core']

const hostBase = 0x1_0000

export class Loopback {
  readonly bed: Bed
  readonly row: number
  readonly send: DmaChannel
  readonly receive: DmaChannel
  private readonly kind: LoopKind

  constructor(id: ProfileId, kind: LoopKind) {
    const bed = new Bed(id)
    this.bed = bed
    this.kind = kind
    this.row = loopKinds.indexOf(kind)
    this.send = bed.channel(this.row, 'mm2s', 0)
    this.receive = bed.channel(this.row, 's2mm', 0)
    if (kind === 'shim') bed.circuit(0, 0, bed.shimPort(0, 'mm2s', 0), bed.shimPort(0, 's2mm', 0))
    else bed.circuit(0, this.row, ['dma', 0], ['dma', 0])
  }

  /** Writes a descriptor for words from `word` of the tile's memory (shim: of host memory) on. */
  bd(on: DmaChannel, bd: number, word: number, length: number, fields: Fields = {}): void {
    this.bed.bd(0, this.row, on, bd, { ...this.place(word), length, ...fields })
  }

  push(on: DmaChannel, bd: number, runs = 1, token = false): void {
    this.bed.push(0, this.row, on, bd, runs, token)
  }

  control(on: DmaChannel, word: number): void {
    this.bed.write(0, this.row, on.control, word)
  }

  register(offset: number): number {
    return this.bed.read(0, this.row, offset)
  }

  /** Stores words into memory from `word` on. */
  fill(word: number, values: readonly number[]): void {
    const { bed } = this
    values.forEach((value, i) => {
      if (this.kind === 'core') bed.array.coreDm.write32(4 * (word + i), value)
      else if (this.kind === 'mem') bed.array.memDm.write32(4 * (word + i), value)
      else bed.host.write32(hostBase + 4 * (word + i), value)
    })
  }

  /** `count` words of memory from `word` on. */
  words(word: number, count: number): number[] {
    const { bed } = this
    if (this.kind === 'shim') return bed.hostWords(hostBase + 4 * word, count)
    const memory = this.kind === 'core' ? bed.array.coreDm : bed.array.memDm
    return [...memory.u32.subarray(word, word + count)]
  }

  private place(word: number): Fields {
    if (this.kind === 'shim') return this.bed.hostAddress(hostBase + 4 * word)
    return { base: this.kind === 'core' ? word : this.bed.localBase(4 * word) }
  }
}

/** `count` words that all differ. */
export function distinct(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) ^ 0x51) >>> 0)
}
